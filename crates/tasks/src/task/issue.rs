//! Handing down: items of a directive to units, and a unit's task to those below it. One road for both: parts of a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::directives;
use super::form::SplitForm;
use super::model::{Issuer, Item, ItemState, Part, PartsKind, Task, Turn, check_parts};
use super::{PROCEDURE, see, store as rows, times_of};
use crate::answerable::lacks_first;
use crate::app::App;
use crate::burden::{self, Cost, Wish};
use crate::case::{self, NewCase};

/// One item with the units that get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub item_id: i64,
    pub kind: PartsKind,
    pub parts: Vec<Part>,
    /// What it is on the list of what may be asked of communities; empty where no unit stands under one.
    pub permitted: String,
}

fn units_of(parts: &[Part]) -> Vec<OrgId> {
    parts.iter().map(|part| part.organisation).collect()
}

/// Hands items down: for each one whole at the issuer, and one task per unit. Says the numbers of the wholes.
///
/// # Errors
/// [`Refusal`] naming per item what is missing or does not add up, what is not on the list of what may be asked; nothing is handed
/// down then.
pub async fn issue(app: &App, tx: &mut Tx, actor: &Actor, directive_id: i64, issued: Vec<Issued>) -> anyhow::Result<Vec<i64>> {
    issue_as(app, tx, actor, directive_id, issued, (PROCEDURE, directive_id)).await
}

/// As [`issue`], with the kind and number under which an approval of what is above the ceiling was asked for.
pub(super) async fn issue_as(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    directive_id: i64,
    issued: Vec<Issued>,
    asked_for: (&str, i64),
) -> anyhow::Result<Vec<i64>> {
    tx.lock("directive", directive_id).await?;
    let directive = directives::find(tx.connection(), actor, directive_id).await?.ok_or_else(|| Refusal("没有找到这份文件。".to_owned()))?;
    let items: BTreeMap<i64, Item> = rows::items_of(tx.connection(), directive_id).await?.into_iter().map(|item| (item.id, item)).collect();
    if issued.is_empty() {
        return Err(Refusal("请至少选一条要下发的任务。".to_owned()).into());
    }
    let mut problems = Vec::new();
    for issued in &issued {
        match items.get(&issued.item_id) {
            None => problems.push("选中的任务里有一条不在这份文件里，请刷新再试。".to_owned()),
            Some(item) => problems.extend(
                problems_of(app, &directive.issuer, item, issued, tx.today()).into_iter().map(|problem| format!("“{}”{problem}", item.action)),
            ),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal(problems.join("；")).into());
    }
    // Mostly the same units for every item: each list of them is asked about once.
    let mut seen: BTreeSet<(Vec<OrgId>, &str)> = BTreeSet::new();
    for issued in &issued {
        let units = units_of(&issued.parts);
        if seen.insert((units.clone(), &issued.permitted)) {
            burden::check_permitted(app, tx, &units, &issued.permitted).await?;
        }
    }
    let cost = cost_of(tx.connection(), app, &issued, tx.today()).await?;
    burden::permit(tx, asked_for.0, asked_for.1, &cost).await?;
    let mut wholes = Vec::with_capacity(issued.len());
    let mut all_parts = Vec::new();
    let ids = tx.next_ids(issued.len()).await?;
    for (issued, id) in issued.into_iter().zip(ids) {
        let item = &items[&issued.item_id];
        let due_on = item.due_on.ok_or_else(|| anyhow::anyhow!("checked above"))?;
        wholes.push(rows::NewTask {
            id,
            item_id: item.id,
            whole_id: None,
            organisation: directive.issuer.organisation,
            issuer: directive.issuer.clone(),
            quantity_milli: item.target.as_ref().and_then(|target| target.milli),
            parts_kind: Some(issued.kind),
            owner: item.owner.clone(),
            owner_level: item.owner_level.clone(),
            due_on,
            case_id: None,
            is_across: false,
            permitted: String::new(),
        });
        rows::update_item(tx, &Item { state: ItemState::Issued, is_due_asked: false, ..item.clone() }).await?;
        tx.record("task.issue", "task", id, Some(directive.issuer.organisation), json!({ "item": item.id, "units": issued.parts.len() }));
        all_parts.push((id, item, issued.parts, issued.permitted));
    }
    let whole_ids: Vec<i64> = wholes.iter().map(|whole| whole.id).collect();
    rows::insert_tasks(tx, wholes).await?;
    for (whole_id, item, parts, permitted) in all_parts {
        hand_down(app, tx, whole_id, item, &directive.issuer, parts, &permitted).await?;
    }
    tx.changed("directive", directive_id, None);
    Ok(whole_ids)
}

/// What handing these down takes of the units.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of<C: ConnectionTrait>(connection: &C, app: &App, issued: &[Issued], on: Date) -> anyhow::Result<Cost> {
    let mut each: BTreeMap<OrgId, u64> = BTreeMap::new();
    for part in issued.iter().flat_map(|issued| &issued.parts) {
        *each.entry(part.organisation).or_default() += 1;
    }
    burden::cost(connection, &app.pack(), on, burden::TASK, &each.into_iter().collect::<Vec<_>>()).await
}

/// Asks for an approval of what is above the ceiling.
///
/// # Errors
/// [`Refusal`] when none is needed or no reason is given.
pub async fn ask_approval(app: &App, tx: &mut Tx, actor: &Actor, directive_id: i64, issued: &[Issued], reason: &str) -> anyhow::Result<i64> {
    let directive = directives::find(tx.connection(), actor, directive_id).await?.ok_or_else(|| Refusal("没有找到这份文件。".to_owned()))?;
    let cost = cost_of(tx.connection(), app, issued, tx.today()).await?;
    let wish = Wish { kind: PROCEDURE, subject: directive_id, organisation: directive.issuer.organisation, title: &directive.title };
    burden::ask(tx, &wish, reason, &cost).await
}

/// What an approval is about that is asked for a split.
pub(super) const SPLIT: &str = "task_split";

/// What splitting a task takes of the units that get a part newly; those that have theirs already are counted with what they have open.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of_split<C: ConnectionTrait>(connection: &C, app: &App, task_id: i64, units: &[OrgId], on: Date) -> anyhow::Result<Cost> {
    let before = rows::parts_of(connection, &[task_id]).await?;
    let mut each: Vec<(OrgId, u64)> =
        units.iter().filter(|unit| !before.iter().any(|old| old.organisation == **unit)).map(|unit| (*unit, 1)).collect();
    each.sort_unstable();
    each.dedup();
    burden::cost(connection, &app.pack(), on, burden::TASK, &each).await
}

/// Asks for an approval of a split above the ceiling.
///
/// # Errors
/// [`Refusal`] of whoever may not split it, when none is needed or no reason is given.
pub async fn ask_split_approval(app: &App, tx: &mut Tx, actor: &Actor, task_id: i64, parts: &[Part], reason: &str) -> anyhow::Result<i64> {
    tx.lock("task", task_id).await?;
    let task = see::find(tx.connection(), app, actor, task_id).await?.ok_or_else(|| Refusal("没有找到这项任务。".to_owned()))?;
    let issuer = may_split(app, actor, &task, tx.today()).map_err(Refusal)?;
    let units = units_of(parts);
    let cost = cost_of_split(tx.connection(), app, task_id, &units, tx.today()).await?;
    let title = format!("分解：{}", task.item.action);
    burden::ask(tx, &Wish { kind: SPLIT, subject: task_id, organisation: issuer.organisation, title: &title }, reason, &cost).await
}

fn problems_of(app: &App, issuer: &Issuer, item: &Item, issued: &Issued, today: Date) -> Vec<String> {
    let missing = item.missing();
    if !missing.is_empty() {
        return vec![format!("缺{}，补上才能下发", missing.join("、"))];
    }
    match item.state {
        ItemState::Checked => {}
        ItemState::Issued => return vec!["已经下发".to_owned()],
        ItemState::Proposed => return vec!["还没有核对".to_owned()],
        ItemState::Dropped | ItemState::Merged => return vec!["已经不作为任务".to_owned()],
    }
    if let Some(sentence) = item.due_on.and_then(|due_on| over_before_it_begins(due_on, today)) {
        return vec![sentence];
    }
    let directory = app.directory();
    if !issued.parts.iter().all(|part| directory.org(part.organisation).is_some_and(|org| may_receive(issuer, org))) {
        return vec!["选了不在您下发范围内的单位".to_owned()];
    }
    let lacking: Vec<String> = issued.parts.iter().filter_map(|part| lacks_first(&directory, part.organisation)).collect();
    if !lacking.is_empty() {
        return lacking.into_iter().map(|sentence| format!("不能下发：{sentence}")).collect();
    }
    let name = |org: OrgId| directory.name_of(org).to_owned();
    let Some(due_on) = item.due_on else { return Vec::new() };
    check_parts(item.target.as_ref(), due_on, issued.kind, &issued.parts, &name).err().unwrap_or_default()
}

/// A day before the day of handing down would be overdue at once.
#[must_use]
pub fn over_before_it_begins(due_on: Date, today: Date) -> Option<String> {
    (due_on < today).then(|| format!("的完成时限 {due_on} 已经过了，请改到 {today} 或以后再下发"))
}

/// Whether an issuer hands down to this unit: below it, and of its fields.
#[must_use]
pub fn may_receive(issuer: &Issuer, org: &crate::directory::OrgNode) -> bool {
    org.superiors.contains(&issuer.organisation) && (issuer.fields.is_empty() || issuer.fields.contains(&org.field))
}

/// Opens a task with its case at each unit, all in a few statements.
async fn hand_down(app: &App, tx: &mut Tx, whole_id: i64, item: &Item, issuer: &Issuer, parts: Vec<Part>, permitted: &str) -> anyhow::Result<()> {
    let ids = tx.next_ids(parts.len()).await?;
    let cases = parts.iter().zip(&ids).map(|(part, id)| NewCase {
        procedure: PROCEDURE.to_owned(),
        subject_kind: "task",
        subject_id: *id,
        organisation: part.organisation,
        issuer: Some(issuer.organisation),
        title: item.action.clone(),
        due_on: Some(part.due_on),
        items: Vec::new(),
    });
    let cases = case::open_all(app, tx, cases.collect()).await?;
    let pack = app.pack();
    let parents: Vec<(Option<OrgId>, bool)> = {
        let directory = app.directory();
        let of = |part: &Part| {
            let org = directory.org(part.organisation);
            (org.and_then(|org| org.parent), org.is_some_and(|org| !burden::lists_for(&pack, &directory, org).is_empty()))
        };
        parts.iter().map(of).collect()
    };
    let mut tasks = Vec::with_capacity(parts.len());
    let own = ids.clone();
    for (((part, id), case_id), (parent, is_listed)) in parts.into_iter().zip(ids).zip(cases).zip(parents) {
        tasks.push(rows::NewTask {
            id,
            item_id: item.id,
            whole_id: Some(whole_id),
            organisation: part.organisation,
            issuer: issuer.clone(),
            quantity_milli: part.quantity_milli.or(item.target.as_ref().and_then(|target| target.milli)),
            parts_kind: None,
            owner: part.owner,
            owner_level: part.owner_level,
            due_on: part.due_on,
            case_id: Some(case_id),
            is_across: parent != Some(issuer.organisation),
            permitted: if is_listed { permitted.to_owned() } else { String::new() },
        });
    }
    rows::insert_tasks(tx, tasks).await?;
    let facts = super::derive_facts(tx, &own).await?;
    crate::facts::insert(tx, super::facts::SOURCE, facts).await?;
    Ok(())
}

/// Splits a task to the units below, or adjusts a split: parts that are there already keep their history and may get
/// another number, day or owner; further units are added; none is taken away.
///
/// # Errors
/// [`Refusal`] saying who may, what does not add up and by how much; not on the list of what may be asked of communities; above the
/// ceiling without an approval.
pub async fn split(app: &App, tx: &mut Tx, actor: &Actor, task_id: i64, form: SplitForm) -> anyhow::Result<()> {
    let SplitForm { kind, parts, permitted } = form;
    tx.lock("task", task_id).await?;
    let task = see::find(tx.connection(), app, actor, task_id).await?.ok_or_else(|| Refusal("没有找到这项任务。".to_owned()))?;
    let issuer = may_split(app, actor, &task, tx.today()).map_err(Refusal)?;
    let before = rows::parts_of(tx.connection(), &[task.id]).await?;
    let mut problems = Vec::new();
    {
        let directory = app.directory();
        let name = |org: OrgId| directory.name_of(org).to_owned();
        if !parts.iter().all(|part| directory.org(part.organisation).is_some_and(|org| may_receive(&issuer, org))) {
            problems.push("只能分解给下级单位。".to_owned());
        }
        let gone: Vec<String> =
            before.iter().filter(|old| !parts.iter().any(|part| part.organisation == old.organisation)).map(|old| name(old.organisation)).collect();
        if !gone.is_empty() {
            problems.push(format!("{}已经交办，不能去掉，可以调整数量和时限。", gone.join("、")));
        }
        let done: Vec<String> =
            before.iter().filter(|old| old.fulfilled_on.is_some() && changed_part(old, &parts).is_some()).map(|old| name(old.organisation)).collect();
        if !done.is_empty() {
            problems.push(format!("{}已经办结，数量和时限不能再改。", done.join("、")));
        }
        let is_new = |part: &&Part| !before.iter().any(|old| old.organisation == part.organisation);
        problems.extend(parts.iter().filter(is_new).filter_map(|part| lacks_first(&directory, part.organisation)));
        problems.extend(check_parts(task.target().as_ref(), task.due_now(), kind, &parts, &name).err().unwrap_or_default());
    }
    if !problems.is_empty() {
        return Err(Refusal(problems.join("；")).into());
    }
    let units = units_of(&parts);
    let is_fresh = |unit: &OrgId| !before.iter().any(|old| old.organisation == *unit);
    let fresh: Vec<OrgId> = units.iter().copied().filter(is_fresh).collect();
    burden::check_permitted(app, tx, &fresh, &permitted).await?;
    let cost = cost_of_split(tx.connection(), app, task.id, &units, tx.today()).await?;
    burden::permit(tx, SPLIT, task.id, &cost).await?;
    for old in &before {
        if let Some(part) = changed_part(old, &parts) {
            rows::update_part(tx, old, part.quantity_milli.or(old.quantity_milli), &part.owner, part.due_on).await?;
            super::acts::renew_facts(tx, &[old.id]).await?;
            tx.changed("task", old.id, Some(old.organisation));
        }
    }
    rows::set_parts_kind(tx, task.id, kind).await?;
    let fresh: Vec<Part> = parts.into_iter().filter(|part| !before.iter().any(|old| old.organisation == part.organisation)).collect();
    tx.record("task.split", "task", task.id, Some(task.organisation), json!({ "kind": kind.word(), "before": before.len(), "added": fresh.len() }));
    tx.changed("task", task.id, None);
    let item = Item { target: task.target(), ..task.item.clone() };
    hand_down(app, tx, task.id, &item, &issuer, fresh, &permitted).await?;
    super::acts::sum_up(tx, task.id).await
}

fn changed_part<'a>(old: &Task, parts: &'a [Part]) -> Option<&'a Part> {
    parts.iter().find(|part| {
        part.organisation == old.organisation
            && (part.quantity_milli.is_some_and(|milli| Some(milli) != old.quantity_milli) || part.due_on != old.due_now() || part.owner != old.owner)
    })
}

/// As whom somebody may split a task now, or the sentence that says who may, and when.
///
/// # Errors
/// The sentence.
pub fn may_split(app: &App, actor: &Actor, task: &Task, on: jiff::civil::Date) -> Result<Issuer, String> {
    if task.is_whole() {
        return if task.issuer.is_acted_for_by(actor, Capability::IssueTasks) {
            Ok(task.issuer.clone())
        } else {
            Err("由部署单位调整。".to_owned())
        };
    }
    let directory = app.directory();
    let issuer = Issuer { organisation: task.organisation, fields: Vec::new() };
    if !issuer.is_acted_for_by(actor, Capability::SplitTasks) {
        return Err(format!("由承办单位{}分解。", directory.name_of(task.organisation)));
    }
    if directory.children(task.organisation).next().is_none() {
        return Err("没有下级单位可以分解。".to_owned());
    }
    let pack = app.pack();
    let times = times_of(&pack, on).map_err(|error| error.to_string())?;
    match task.at.as_ref().map(|at| times.standing(at, on).turn) {
        Some(Turn::Receive) => Err("先签收，再分解。".to_owned()),
        Some(Turn::Work) => Ok(issuer),
        Some(Turn::Verify) => Err("已经反馈，等交办单位核验；退回后可以再调整。".to_owned()),
        _ => Err("已经办结。".to_owned()),
    }
}
