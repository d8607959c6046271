//! What may be asked of organisations (准入清单): entries that an office approved, and what was demanded beside them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::{Capability, Pack, PermittedList};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;
use store::entities::{permitted_item, unlisted_demand};
use store::{Actor, OrgId, PersonId, Refusal, Tx, execute, insert_all, query};

use crate::app::App;
use crate::directory::{Directory, OrgNode, optional_day};
use crate::http::view::Choice;
use crate::notice::{self, To};

/// An entry of a list: proposed, approved, struck off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: i64,
    pub list: String,
    /// The office that approves, for those below it.
    pub organisation: OrgId,
    /// The office that asks for it.
    pub office: OrgId,
    pub name: String,
    pub kind: String,
    pub frequency: String,
    pub basis: String,
    pub minutes: i64,
    pub proposed_on: Date,
    pub proposed_by: Option<PersonId>,
    pub decided_on: Option<Date>,
    pub is_accepted: bool,
    pub answer: String,
    pub ended_on: Option<Date>,
    pub end_reason: String,
}

impl Item {
    /// Whether it may be asked on a day.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        self.is_accepted && self.decided_on.is_some_and(|day| day <= on) && self.ended_on.is_none_or(|day| day > on)
    }
}

/// What was demanded of an organisation and is on no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    pub id: i64,
    pub organisation: OrgId,
    pub asker: String,
    pub what: String,
    pub demanded_on: Date,
    pub decided_on: Option<Date>,
    pub noted_by: Option<PersonId>,
    /// `upheld`: it need not be done; `to_list`: whoever wants it has to have it listed.
    pub outcome: String,
    pub answer: String,
}

/// An entry about to be proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewItem {
    pub list: String,
    pub office: OrgId,
    pub name: String,
    pub kind: String,
    pub frequency: String,
    pub basis: String,
    pub minutes: i64,
}

/// Entries under a condition over `i`, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn items<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Item>> {
    let sql = format!(
        "select i.id, i.list, i.organisation_id, i.office_id, i.name, i.kind, i.frequency, i.basis, i.minutes, i.proposed_on, i.proposed_by, i.decided_on, i.is_accepted, i.answer, i.ended_on, i.end_reason from permitted_item i where {condition} order by i.name, i.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Item> {
        Ok(Item {
            id: row.try_get("", "id")?,
            list: row.try_get("", "list")?,
            organisation: row.try_get("", "organisation_id")?,
            office: row.try_get("", "office_id")?,
            name: row.try_get("", "name")?,
            kind: row.try_get("", "kind")?,
            frequency: row.try_get("", "frequency")?,
            basis: row.try_get("", "basis")?,
            minutes: row.try_get("", "minutes")?,
            proposed_on: row.try_get::<String>("", "proposed_on")?.parse()?,
            proposed_by: row.try_get("", "proposed_by")?,
            decided_on: optional_day(row, "decided_on")?,
            is_accepted: row.try_get("", "is_accepted")?,
            answer: row.try_get("", "answer")?,
            ended_on: optional_day(row, "ended_on")?,
            end_reason: row.try_get("", "end_reason")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// Demands under a condition over `d`, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn demands<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Demand>> {
    let sql = format!(
        "select d.id, d.organisation_id, d.asker, d.what, d.demanded_on, d.noted_by, d.decided_on, d.outcome, d.answer from unlisted_demand d where {condition} order by d.demanded_on desc, d.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Demand> {
        Ok(Demand {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            asker: row.try_get("", "asker")?,
            what: row.try_get("", "what")?,
            demanded_on: row.try_get::<String>("", "demanded_on")?.parse()?,
            noted_by: row.try_get("", "noted_by")?,
            decided_on: optional_day(row, "decided_on")?,
            outcome: row.try_get("", "outcome")?,
            answer: row.try_get("", "answer")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

fn covers(directory: &Directory, list: &PermittedList, org: &OrgNode) -> bool {
    list.covers(&org.field, org.superiors.iter().filter_map(|id| directory.org(*id)).map(|above| above.level.as_str()))
}

/// The lists that an organisation stands under, each with the office that approves for it.
#[must_use]
pub fn lists_for<'p>(pack: &'p Pack, directory: &Directory, org: &OrgNode) -> Vec<(&'p str, &'p PermittedList, OrgId)> {
    let under = |(key, list): (&'p String, &'p PermittedList)| {
        let office = directory.at_level(org.id, &list.approved_at)?;
        covers(directory, list, org).then_some((key.as_str(), list, office.id))
    };
    pack.permitted_lists.iter().filter_map(under).filter(|(_, _, office)| *office != org.id).collect()
}

/// The offices that approve what an office wants to ask: the one above it, or each below it with organisations that the list covers.
#[must_use]
pub fn offices_for(directory: &Directory, list: &PermittedList, office: OrgId) -> Vec<OrgId> {
    if let Some(above) = directory.at_level(office, &list.approved_at) {
        return vec![above.id];
    }
    let covered = directory.subtree(office).filter(|org| covers(directory, list, org));
    let offices: BTreeSet<OrgId> = covered.filter_map(|org| directory.at_level(org.id, &list.approved_at)).map(|above| above.id).collect();
    offices.into_iter().collect()
}

/// Whether somebody's post stands at the office that approves.
#[must_use]
pub fn may_approve(actor: &Actor, office: OrgId) -> bool {
    actor.person_id.is_some()
        && actor
            .grants_with(Capability::ApproveBurden)
            .any(|grant| grant.set.root == Some(office) && grant.set.fields.is_empty() && grant.set.case_id.is_none())
}

/// Names of what may be asked on a day of organisations below these offices: by all of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn names_for<C: ConnectionTrait>(connection: &C, offices: &BTreeSet<OrgId>, on: Date) -> anyhow::Result<Vec<String>> {
    let mut by_name: BTreeMap<String, BTreeSet<OrgId>> = BTreeMap::new();
    for item in items(connection, "i.is_accepted", Vec::new()).await?.into_iter().filter(|item| item.holds(on)) {
        by_name.entry(item.name).or_default().insert(item.organisation);
    }
    Ok(by_name.into_iter().filter(|(_, of)| offices.is_subset(of)).map(|(name, _)| name).collect())
}

/// Offices that approve for organisations, with the name of their list.
fn offices_over(app: &App, units: &[OrgId]) -> (BTreeSet<OrgId>, String) {
    let pack = app.pack();
    let directory = app.directory();
    let mut offices = BTreeSet::new();
    let mut named = "";
    for org in units.iter().filter_map(|id| directory.org(*id)) {
        for (_, list, office) in lists_for(&pack, &directory, org) {
            offices.insert(office);
            named = list.name.as_str();
        }
    }
    (offices, named.to_owned())
}

/// What may be chosen as asked of these organisations; none: they stand under no list.
///
/// # Errors
/// When the database cannot be read.
pub async fn choices<C: ConnectionTrait>(connection: &C, app: &App, units: &[OrgId], chosen: &str, on: Date) -> anyhow::Result<Vec<Choice>> {
    let (offices, _) = offices_over(app, units);
    if offices.is_empty() {
        return Ok(Vec::new());
    }
    let names = names_for(connection, &offices, on).await?;
    let first = if names.is_empty() { "清单里还没有能选的，先报请列入" } else { "请选" };
    let first = Choice { value: String::new(), label: first.to_owned(), selected: chosen.is_empty() };
    let own = names.into_iter().map(|name| Choice { selected: name == chosen, value: name.clone(), label: name });
    Ok(std::iter::once(first).chain(own).collect())
}

/// Lets through what is asked of organisations under no list, and what the list of each has.
///
/// # Errors
/// [`Refusal`] naming the offices that have not approved it.
pub async fn check(app: &App, tx: &Tx, units: &[OrgId], name: &str) -> anyhow::Result<()> {
    let (offices, list) = offices_over(app, units);
    if offices.is_empty() {
        return Ok(());
    }
    let on = tx.today();
    let has = items(tx.connection(), "i.is_accepted and i.name = $1", vec![name.into()]).await?;
    let has: BTreeSet<OrgId> = has.into_iter().filter(|item| item.holds(on)).map(|item| item.organisation).collect();
    let lacking: Vec<OrgId> = offices.difference(&has).copied().collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = {
        let directory = app.directory();
        lacking.iter().map(|id| directory.name_of(*id).to_owned()).collect()
    };
    let what =
        if name.is_empty() { format!("请选这次要的是“{list}”里的哪一项") } else { format!("“{name}”不在“{list}”里") };
    Err(Refusal(format!("{what}；{}没有批准过的，先报请列入清单，批准以后再下发，或者不发给清单管的单位。", names.join("、"))).into())
}

/// Proposes an entry to every office that has to approve it.
///
/// # Errors
/// [`Refusal`] without name, kind, frequency, basis, and of what is listed or proposed already everywhere.
pub async fn propose(app: &App, tx: &mut Tx, actor: &Actor, new: NewItem) -> anyhow::Result<Vec<i64>> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(list) = pack.permitted_lists.get(&new.list) else { return refuse("制度包里没有这份清单。".to_owned()) };
    let knows = |list: &str, value: &str| pack.code_lists.get(list).is_some_and(|list| list.values.iter().any(|known| known == value));
    if new.name.trim().is_empty() {
        return refuse("请写事项名称。".to_owned());
    }
    if !knows(&list.kinds, &new.kind) || !knows(&list.frequencies, &new.frequency) {
        return refuse("请选事项的类别和频次。".to_owned());
    }
    if new.basis.trim().is_empty() {
        return refuse("请写依据：哪个文件的哪一条要求的。没有依据的不能列入清单。".to_owned());
    }
    let offices = {
        let directory = app.directory();
        match directory.visible(&actor.scope(Capability::AskTables), new.office) {
            Some(office) => offices_for(&directory, list, office.id),
            None => Vec::new(),
        }
    };
    if offices.is_empty() {
        return refuse(format!("您的单位下面没有“{}”管的党组织。", list.name));
    }
    let name = new.name.trim().to_owned();
    let known =
        items(tx.connection(), "i.list = $1 and i.name = $2 and i.ended_on is null", vec![new.list.clone().into(), name.clone().into()]).await?;
    let known: BTreeSet<OrgId> =
        known.into_iter().filter(|item| item.is_accepted || item.decided_on.is_none()).map(|item| item.organisation).collect();
    let asked: Vec<OrgId> = offices.into_iter().filter(|office| !known.contains(office)).collect();
    if asked.is_empty() {
        return refuse(format!("“{name}”已经在清单里，或者已经报过。"));
    }
    let ids = tx.next_ids(asked.len()).await?;
    let mut rows = Vec::with_capacity(asked.len());
    for (organisation, id) in asked.iter().zip(&ids) {
        rows.push(permitted_item::ActiveModel {
            id: Set(*id),
            list: Set(new.list.clone()),
            organisation_id: Set(*organisation),
            office_id: Set(new.office),
            name: Set(name.clone()),
            kind: Set(new.kind.clone()),
            frequency: Set(new.frequency.clone()),
            basis: Set(new.basis.trim().to_owned()),
            minutes: Set(new.minutes),
            proposed_on: Set(tx.today().to_string()),
            proposed_by: Set(tx.actor_id()),
            decided_on: Set(None),
            decided_by: Set(None),
            is_accepted: Set(false),
            answer: Set(String::new()),
            ended_on: Set(None),
            end_reason: Set(String::new()),
        });
        tx.record("permitted.propose", "permitted_item", *id, Some(*organisation), json!({ "kind": new.kind }));
        tx.changed("permitted_item", *id, None);
    }
    insert_all::<permitted_item::Entity, _, _>(tx.connection(), rows).await?;
    Ok(ids)
}

async fn open_item(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<Item> {
    tx.lock("permitted_item", id).await?;
    let item = items(tx.connection(), "i.id = $1", vec![id.into()]).await?.into_iter().next();
    item.filter(|item| may_approve(actor, item.organisation)).ok_or_else(|| Refusal("没有找到由您的单位批准的这个事项。".to_owned()).into())
}

/// Takes an entry into the list, or not.
///
/// # Errors
/// [`Refusal`] of anybody whose post does not stand at the office, of whoever proposed it, of a second decision, of a no without a reason.
pub async fn decide_item(tx: &mut Tx, actor: &Actor, id: i64, is_accepted: bool, answer: &str) -> anyhow::Result<()> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let item = open_item(tx, actor, id).await?;
    if item.decided_on.is_some() {
        return refuse("已经答复过了。");
    }
    if item.proposed_by == actor.person_id {
        return refuse("报请的人自己不批，请另一个人办。");
    }
    if !is_accepted && answer.trim().is_empty() {
        return refuse("不列入清单的，请写明为什么。");
    }
    let sql = "update permitted_item set decided_on = $2, decided_by = $3, is_accepted = $4, answer = $5 where id = $1";
    execute(tx.connection(), sql, [id.into(), tx.today().to_string().into(), tx.actor_id().into(), is_accepted.into(), answer.trim().into()]).await?;
    tx.record(if is_accepted { "permitted.accept" } else { "permitted.reject" }, "permitted_item", id, Some(item.organisation), json!(null));
    tx.changed("permitted_item", id, None);
    if let Some(person) = item.proposed_by {
        let said = if is_accepted { "列入了清单" } else { "没有列入清单" };
        notice::send(tx, To::Person(person), "burden", &format!("“{}”{said}", item.name), &format!("/burden/items/{id}")).await?;
    }
    Ok(())
}

/// Strikes an entry off from today on.
///
/// # Errors
/// [`Refusal`] of anybody else, without a reason, or of what is not on the list.
pub async fn end_item(tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    let item = open_item(tx, actor, id).await?;
    if !item.holds(tx.today()) {
        return Err(Refusal("这个事项不在清单里。".to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写为什么移出清单。".to_owned()).into());
    }
    let sql = "update permitted_item set ended_on = $2, end_reason = $3 where id = $1";
    execute(tx.connection(), sql, [id.into(), tx.today().to_string().into(), reason.trim().into()]).await?;
    tx.record("permitted.end", "permitted_item", id, Some(item.organisation), json!(null));
    tx.changed("permitted_item", id, None);
    Ok(())
}

/// Writes down what was demanded and is on no list: it may be refused.
///
/// # Errors
/// [`Refusal`] of an organisation under no list or out of reach, without who asked for what, of a day to come.
pub async fn note_demand(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, asker: &str, what: &str, on: Date) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let office = {
        let directory = app.directory();
        let is_own = actor.grants_with(Capability::AnswerTables).any(|grant| grant.set.root == Some(organisation) && grant.set.case_id.is_none());
        let Some(org) = directory.org(organisation).filter(|_| is_own) else {
            return refuse("没有找到这个党组织，请选您任职的党组织。".to_owned());
        };
        match lists_for(&pack, &directory, org).first() {
            Some((_, _, office)) => *office,
            None => return refuse(format!("{}没有准入清单。", org.name)),
        }
    };
    if asker.trim().is_empty() || what.trim().is_empty() {
        return refuse("请写清楚哪个单位要什么。".to_owned());
    }
    if on > tx.today() {
        return refuse(format!("日期不能晚于今天（{}）。", tx.today()));
    }
    let listed = names_for(tx.connection(), &BTreeSet::from([office]), on).await?;
    if listed.iter().any(|name| name == what.trim()) {
        return refuse(format!("“{}”在清单里，应当办。", what.trim()));
    }
    let id = tx.next_id().await?;
    let row = unlisted_demand::ActiveModel {
        id: Set(id),
        organisation_id: Set(organisation),
        asker: Set(asker.trim().to_owned()),
        what: Set(what.trim().to_owned()),
        demanded_on: Set(on.to_string()),
        noted_by: Set(tx.actor_id()),
        decided_on: Set(None),
        decided_by: Set(None),
        outcome: Set(String::new()),
        answer: Set(String::new()),
    };
    insert_all::<unlisted_demand::Entity, _, _>(tx.connection(), vec![row]).await?;
    tx.record("permitted.demand", "unlisted_demand", id, Some(organisation), json!(null));
    tx.changed("unlisted_demand", id, None);
    Ok(id)
}

/// Says what becomes of a demand: it need not be done, or has to be listed first.
///
/// # Errors
/// [`Refusal`] of anybody whose post does not stand at the office that approves, and of a second answer.
pub async fn answer_demand(app: &App, tx: &mut Tx, actor: &Actor, id: i64, outcome: &str, answer: &str) -> anyhow::Result<()> {
    tx.lock("unlisted_demand", id).await?;
    let pack = app.pack();
    let it = demands(tx.connection(), "d.id = $1", vec![id.into()]).await?.into_iter().next();
    let it = it.filter(|it| {
        let directory = app.directory();
        directory.org(it.organisation).is_some_and(|org| lists_for(&pack, &directory, org).iter().any(|(_, _, office)| may_approve(actor, *office)))
    });
    let Some(it) = it else { return Err(Refusal("没有找到由您的单位答复的这件事。".to_owned()).into()) };
    if it.decided_on.is_some() {
        return Err(Refusal("已经答复过了。".to_owned()).into());
    }
    if it.noted_by.is_some() && it.noted_by == actor.person_id {
        return Err(Refusal("记这件事的人不能自己答复，请另一个人办。".to_owned()).into());
    }
    if !["upheld", "to_list"].contains(&outcome) {
        return Err(Refusal("请选答复。".to_owned()).into());
    }
    let sql = "update unlisted_demand set decided_on = $2, decided_by = $3, outcome = $4, answer = $5 where id = $1";
    execute(tx.connection(), sql, [id.into(), tx.today().to_string().into(), tx.actor_id().into(), outcome.into(), answer.trim().into()]).await?;
    tx.record("permitted.answer", "unlisted_demand", id, Some(it.organisation), json!({ "outcome": outcome }));
    tx.changed("unlisted_demand", id, None);
    notice::send(tx, To::Organisation(it.organisation), "burden", &format!("关于“{}”的答复", it.what), "/burden/demands").await?;
    Ok(())
}
