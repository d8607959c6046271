//! The roster comes again: same identity number; what differs is brought in line and named.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::{affiliation, member, member_mobile};
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all};

use super::create::{MAY_WRITE, branches};
use super::model::{NewMember, normal_id_number};
use super::store::{affiliations, ids_of_indexes, members, move_affiliations, refresh_facts, replace_members};
use crate::app::App;
use crate::organisation::{Outcome, last4, listed, within};

/// Brings members in line with a roster, by identity number. An empty cell changes nothing, except that a roster which
/// lists somebody as probationary takes a day of full membership back. A new branch holds from `on`.
///
/// # Errors
/// When the database refuses; single records do not fail the call.
pub async fn update_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    list: Vec<NewMember>,
    on: Date,
) -> anyhow::Result<Vec<Result<(i64, Outcome), Refusal>>> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let indexes: Vec<String> = list.iter().map(|it| tx.keys().blind_index("member.id_number", &normal_id_number(&it.id_number))).collect();
    let known = ids_of_indexes(tx, &indexes).await?;
    let ids: Vec<i64> = known.values().copied().collect();
    let (rows, belongs) = (members(tx, &ids).await?, affiliations(tx, &ids).await?);
    let reach = Reach::of(app, tx, actor, &list, &belongs).await?;
    let mut pass = Pass { on, ..Pass::default() };
    let mut answers = Vec::with_capacity(list.len());
    for (it, index) in list.iter().zip(&indexes) {
        let row = known.get(index).and_then(|id| rows.get(id));
        let now = row.and_then(|row| belongs.get(&row.id)).and_then(|rows| rows.last()).filter(|row| row.until_on.is_none());
        answers.push(match (row, now) {
            (Some(row), Some(now)) => pass.one(tx, it, row, now, &reach),
            (Some(_), None) => Err(Refusal(format!("{}：这名党员已经登记离开，名册里又有，请先查明原因。", it.name))),
            (None, _) => Err(Refusal(format!("{}：这个公民身份号码不在库里。", it.name))),
        });
    }
    pass.write(tx).await?;
    Ok(answers)
}

/// Where the actor may write.
struct Reach {
    branches: HashMap<OrgId, Date>,
    left: std::collections::HashSet<OrgId>,
}

impl Reach {
    async fn of(app: &App, tx: &Tx, actor: &Actor, list: &[NewMember], belongs: &HashMap<i64, Vec<affiliation::Model>>) -> anyhow::Result<Self> {
        let mut now: Vec<OrgId> = belongs.values().filter_map(|rows| rows.last()).map(|row| row.organisation_id).collect();
        now.sort_unstable();
        now.dedup();
        Ok(Self { branches: branches(app, tx, actor, list.iter().map(|it| it.branch)).await?, left: within(tx, actor, &MAY_WRITE, &now).await? })
    }
}

/// What one call changes, written together at its end.
#[derive(Default)]
struct Pass {
    on: Date,
    rows: Vec<member::Model>,
    moves: Vec<(i64, OrgId, Date)>,
    mobile_begun: Vec<i64>,
    mobile_ended: Vec<i64>,
    entries: Vec<Entry>,
    source: String,
}

/// For the audit: the member, the branch, the branch that was left, the fields that changed, the source.
type Entry = (i64, OrgId, Option<OrgId>, Vec<&'static str>, String);

impl Pass {
    fn one(&mut self, tx: &Tx, it: &NewMember, row: &member::Model, now: &affiliation::Model, reach: &Reach) -> Result<(i64, Outcome), Refusal> {
        if !reach.branches.contains_key(&it.branch) {
            return Err(Refusal(format!("{}：没有找到所在党支部，请核对支部编码。", it.name)));
        }
        if !reach.left.contains(&now.organisation_id) {
            return Err(Refusal(format!("{}：这名党员的组织关系在别的党组织，请办理组织关系转接。", it.name)));
        }
        let mut fresh = row.clone();
        let mut fields = differences(tx, it, &mut fresh);
        let mut left = None;
        if it.branch != now.organisation_id {
            fields.push("branch");
            left = Some(now.organisation_id);
            self.moves.push((row.id, it.branch, self.on));
        }
        if fields.is_empty() {
            return Ok((row.id, Outcome::Unchanged));
        }
        if fields.contains(&"is_mobile") {
            if it.is_mobile { self.mobile_begun.push(row.id) } else { self.mobile_ended.push(row.id) }
        }
        fresh.updated_at = tx.at_text();
        // What was compared with the papers is no longer what the record says.
        (fresh.verified_by, fresh.verified_at) = (None, None);
        self.rows.push(fresh);
        self.source.clone_from(&it.source);
        self.entries.push((row.id, it.branch, left, fields, it.source.clone()));
        Ok((row.id, Outcome::Updated))
    }

    async fn write(self, tx: &mut Tx) -> anyhow::Result<()> {
        let ids: Vec<i64> = self.rows.iter().map(|row| row.id).collect();
        replace_members(tx, self.rows).await?;
        move_affiliations(tx, &self.moves, "roster", &self.source).await?;
        for chunk in self.mobile_ended.chunks(500) {
            let sql = format!("update member_mobile set until_on = $1 where until_on is null and member_id in ({})", listed(chunk));
            execute(tx.connection(), sql, [self.on.to_string().into()]).await?;
        }
        let numbers = tx.next_ids(self.mobile_begun.len()).await?;
        let begun = self.mobile_begun.iter().zip(numbers).map(|(member, id)| member_mobile::ActiveModel {
            id: Set(id),
            member_id: Set(*member),
            destination: Set(None),
            source: Set(self.source.clone()),
            from_on: Set(self.on.to_string()),
            until_on: Set(None),
            recorded_by: Set(tx.actor_id()),
            recorded_at: Set(tx.at_text()),
        });
        insert_all::<member_mobile::Entity, _, _>(tx.connection(), begun.collect()).await?;
        refresh_facts(tx, &ids).await?;
        for (id, branch, left, fields, source) in self.entries {
            tx.record("member.update", "member", id, Some(branch), json!({ "fields": fields, "source": source }));
            tx.changed("member", id, Some(branch));
            if left.is_some() {
                tx.changed("member", id, left);
            }
        }
        Ok(())
    }
}

/// Puts what the roster says into the row and answers the names of what differs. Numbers are compared by their blind index.
fn differences(tx: &Tx, it: &NewMember, row: &mut member::Model) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut text = |field: &'static str, old: &mut String, new: &str| {
        let new = new.trim();
        if !new.is_empty() && new != old {
            new.clone_into(old);
            fields.push(field);
        }
    };
    text("name", &mut row.name, &it.name);
    text("sex", &mut row.sex, &it.sex);
    text("ethnicity", &mut row.ethnicity, &it.ethnicity);
    text("category", &mut row.category, &it.category);
    text("status", &mut row.status, &it.status);
    row.pinyin = crate::pinyin::key(&row.name);
    let mut given = |field: &'static str, old: &mut Option<String>, new: Option<String>| {
        if new.is_some() && new != *old {
            *old = new;
            fields.push(field);
        }
    };
    given("born_on", &mut row.born_on, it.born_on.map(|day| day.to_string()));
    given("education", &mut row.education, it.education.clone());
    given("joined_on", &mut row.joined_on, it.joined_on.map(|day| day.to_string()));
    given("full_on", &mut row.full_on, it.full_on.map(|day| day.to_string()));
    given("occupation", &mut row.occupation, it.occupation.clone());
    if it.full_on.is_none() && row.full_on.is_some() && fields.contains(&"category") {
        row.full_on = None;
        fields.push("full_on");
    }
    if let Some(telephone) = it.telephone.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let index = tx.keys().blind_index("member.telephone", telephone);
        if row.telephone_index.as_ref() != Some(&index) {
            row.telephone = Some(tx.keys().seal("member.telephone", row.id, telephone));
            row.telephone_index = Some(index);
            row.telephone_last4 = Some(tx.keys().blind_index("member.telephone.last4", last4(telephone)));
            fields.push("telephone");
        }
    }
    if row.is_mobile != it.is_mobile {
        row.is_mobile = it.is_mobile;
        fields.push("is_mobile");
    }
    fields
}
