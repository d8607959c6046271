//! Members enter the registry: many in one call.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use policy::{Capability, OrganisationRole};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::{affiliation, member, member_mobile};
use store::{Actor, OrgId, Refusal, Tx, insert_all, query};

use super::facts::{Belongs, Record, SOURCE, facts_of};
use super::model::{NewMember, is_valid_id_number, normal_id_number};
use super::store::{ids_of_indexes, new_affiliation};
use super::update::update_all;
use crate::app::App;
use crate::organisation::{Outcome, day, last4, listed, within};

/// Who may write the roster: whoever manages members, or imports.
pub(super) const MAY_WRITE: [Capability; 2] = [Capability::ManageMembers, Capability::Import];

/// Puts in members that are not there yet, with affiliation and facts. Each record has its own answer, in the order given:
/// the member's number, or why it was refused (number wrong or already there, branch unknown or out of reach).
///
/// # Errors
/// When the database refuses; single records do not fail the call.
pub async fn create_all(app: &App, tx: &mut Tx, actor: &Actor, new: Vec<NewMember>) -> anyhow::Result<Vec<Result<i64, Refusal>>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<NewMember> = new.into_iter().map(|it| NewMember { id_number: normal_id_number(&it.id_number), ..it }).collect();
    let indexes: Vec<String> = new.iter().map(|it| tx.keys().blind_index("member.id_number", &it.id_number)).collect();
    let known = ids_of_indexes(tx, &indexes).await?;
    let branches = branches(app, tx, actor, new.iter().map(|it| it.branch)).await?;
    let mut seen = HashSet::new();
    let mut answers: Vec<Result<i64, Refusal>> = Vec::with_capacity(new.len());
    for (it, index) in new.iter().zip(&indexes) {
        answers.push(match fault(it, &branches) {
            Some(refusal) => Err(refusal),
            None if known.contains_key(index) => Err(Refusal(format!("{}：这个公民身份号码已经登记过，同一号码只能有一份记录。", it.name))),
            None if !seen.insert(index.as_str()) => Err(Refusal(format!("{}：这一批里有两条记录用了同一个公民身份号码，只收第一条。", it.name))),
            None => Ok(0),
        });
    }
    let ids = tx.next_ids(new.len()).await?;
    let mut accepted = Vec::new();
    for (((it, index), id), answer) in new.iter().zip(&indexes).zip(&ids).zip(&mut answers) {
        if let Ok(number) = answer {
            *number = *id;
            accepted.push((it, index.as_str(), *id, branches[&it.branch]));
        }
    }
    insert_rows(tx, &accepted).await?;
    for (it, _, id, _) in &accepted {
        tx.record("member.create", "member", *id, Some(it.branch), json!({ "source": it.source }));
        tx.changed("member", *id, Some(it.branch));
    }
    Ok(answers)
}

/// Creates who is not there and updates who is, in the order given; `on` is the day from which a new branch holds.
///
/// # Errors
/// As [`create_all`].
pub async fn put_all(app: &App, tx: &mut Tx, actor: &Actor, list: Vec<NewMember>, on: Date) -> anyhow::Result<Vec<Result<(i64, Outcome), Refusal>>> {
    let index = |it: &NewMember| tx.keys().blind_index("member.id_number", &normal_id_number(&it.id_number));
    let indexes: Vec<String> = list.iter().map(index).collect();
    let known = ids_of_indexes(tx, &indexes).await?;
    let (old, new): (Vec<_>, Vec<_>) = list.into_iter().enumerate().partition(|(i, _)| known.contains_key(&indexes[*i]));
    let mut answers = BTreeMap::new();
    let (places, fresh): (Vec<usize>, Vec<_>) = new.into_iter().unzip();
    for (place, answer) in places.into_iter().zip(create_all(app, tx, actor, fresh).await?) {
        answers.insert(place, answer.map(|id| (id, Outcome::Created)));
    }
    let (places, again): (Vec<usize>, Vec<_>) = old.into_iter().unzip();
    for (place, answer) in places.into_iter().zip(update_all(app, tx, actor, again, on).await?) {
        answers.insert(place, answer);
    }
    Ok(answers.into_values().collect())
}

/// First days of the branches that the actor may write to; others are left out.
pub(super) async fn branches(app: &App, tx: &Tx, actor: &Actor, ids: impl Iterator<Item = OrgId>) -> anyhow::Result<HashMap<OrgId, Date>> {
    let mut ids: Vec<OrgId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let reached = within(tx, actor, &MAY_WRITE, &ids).await?;
    let pack = app.pack();
    let mut branches = HashMap::new();
    for chunk in ids.chunks(500) {
        let rows = query(
            tx.connection(),
            format!(
                "select s.organisation_id, s.kind, (select min(f.from_on) from organisation_state f where f.organisation_id = s.organisation_id and f.superseded_in is null) \
                 from organisation_state s where s.organisation_id in ({}) and s.superseded_in is null and s.until_on is null",
                listed(chunk)
            ),
            [],
        )
        .await?;
        for row in rows {
            let (id, kind, from): (OrgId, String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let is_branch = pack.organisation_kinds.get(&kind).is_some_and(|kind| kind.role == OrganisationRole::Branch);
            if is_branch && reached.contains(&id) {
                branches.insert(id, day(&from)?);
            }
        }
    }
    Ok(branches)
}

fn fault(it: &NewMember, branches: &HashMap<OrgId, Date>) -> Option<Refusal> {
    if it.name.trim().is_empty() {
        return Some(Refusal("姓名没有填写。".to_owned()));
    }
    if !is_valid_id_number(&it.id_number) {
        return Some(Refusal(format!("{}：公民身份号码不对（位数、出生日期或者校验码），请核对证件后改正。", it.name)));
    }
    if !branches.contains_key(&it.branch) {
        return Some(Refusal(format!("{}：没有找到所在党支部，请核对支部编码。", it.name)));
    }
    None
}

async fn insert_rows(tx: &mut Tx, accepted: &[(&NewMember, &str, i64, Date)]) -> anyhow::Result<()> {
    let mut ids = tx.next_ids(accepted.len() * 2).await?.into_iter();
    let mut next = || ids.next().expect("two numbers were taken for each member");
    let no = tx.pending_no("affiliation");
    let at = tx.at_text();
    let (mut rows, mut belongs, mut mobiles, mut facts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (it, index, id, founded) in accepted {
        rows.push(new_row(tx, it, index, *id, &at));
        let from = it.belongs_from.unwrap_or_else(|| it.joined_on.or(it.full_on).unwrap_or(*founded).max(*founded));
        belongs.push(new_affiliation(next(), *id, it.branch, "roster", &it.source, from, no));
        if it.is_mobile {
            mobiles.push(member_mobile::ActiveModel {
                id: Set(next()),
                member_id: Set(*id),
                destination: Set(None),
                source: Set(it.source.clone()),
                from_on: Set(from.to_string()),
                until_on: Set(None),
                recorded_by: Set(tx.actor_id()),
                recorded_at: Set(at.clone()),
            });
        }
        let mobile = if it.is_mobile { vec![(from, None)] } else { Vec::new() };
        let record = Record { id: *id, full_on: it.full_on, belongs: vec![Belongs { organisation: it.branch, from, until: None }], mobile };
        facts.push((*id, facts_of(&record)));
    }
    insert_all::<member::Entity, _, _>(tx.connection(), rows).await?;
    insert_all::<affiliation::Entity, _, _>(tx.connection(), belongs).await?;
    insert_all::<member_mobile::Entity, _, _>(tx.connection(), mobiles).await?;
    crate::facts::insert(tx, SOURCE, facts).await?;
    Ok(())
}

fn new_row(tx: &Tx, it: &NewMember, index: &str, id: i64, at: &str) -> member::ActiveModel {
    let telephone = it.telephone.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let keys = tx.keys();
    member::ActiveModel {
        id: Set(id),
        name: Set(it.name.trim().to_owned()),
        pinyin: Set(crate::pinyin::key(&it.name)),
        sex: Set(it.sex.clone()),
        ethnicity: Set(it.ethnicity.clone()),
        id_number: Set(keys.seal("member.id_number", id, &it.id_number)),
        id_number_index: Set(index.to_owned()),
        id_number_last4: Set(keys.blind_index("member.id_number.last4", last4(&it.id_number))),
        telephone: Set(telephone.map(|text| keys.seal("member.telephone", id, text))),
        telephone_index: Set(telephone.map(|text| keys.blind_index("member.telephone", text))),
        telephone_last4: Set(telephone.map(|text| keys.blind_index("member.telephone.last4", last4(text)))),
        born_on: Set(it.born_on.map(|day| day.to_string())),
        education: Set(it.education.clone()),
        joined_on: Set(it.joined_on.map(|day| day.to_string())),
        full_on: Set(it.full_on.map(|day| day.to_string())),
        category: Set(it.category.clone()),
        occupation: Set(it.occupation.clone()),
        is_mobile: Set(it.is_mobile),
        status: Set(it.status.clone()),
        source: Set(it.source.clone()),
        verified_by: Set(None),
        verified_at: Set(None),
        left_on: Set(None),
        left_reason: Set(None),
        created_at: Set(at.to_owned()),
        updated_at: Set(at.to_owned()),
    }
}
