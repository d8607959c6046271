//! Rows of directives, items and tasks: SQL in, model out.

use std::collections::{BTreeMap, HashMap};

use directive::Comparator;
use jiff::civil::Date;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{directive as directive_row, directive_item, task as task_row};
use store::{OrgId, Tx, execute, insert_all, query};

use super::model::{Alike, At, Directive, Issuer, Item, ItemState, PartsKind, Task};
use super::quantity::{COMPARATORS, Target};
use super::reading::NewItem;
use super::see::Late;
use crate::directory::optional_day;

const DIRECTIVE: &str =
    "d.id, d.organisation_id, d.fields, d.title, d.source_body, d.issued_on, d.file_name, d.scope, d.year, d.is_year_asked, d.created_at";
const ITEM: &str = "i.id as item_id, i.directive_id, i.position, i.start_char, i.end_char, i.span, i.action, i.standard, i.units, i.scope, i.comparator, i.quantity_milli as item_milli, i.quantity_text, i.quantity_unit, i.deadline, i.frequency, i.due_on as item_due_on, i.is_due_asked, i.indicator, i.measure, i.weight_hundredths, i.owner as item_owner, i.owner_level as item_owner_level, i.state, i.merged_into";
const TASK: &str = "t.id as task_id, t.whole_id, t.organisation_id, t.issuer_id, t.fields, t.quantity_milli, t.parts_kind, t.owner, t.owner_level, t.due_on, t.case_id, t.issued_on, t.done_milli, t.verified_milli, t.fulfilled_on, t.is_late, t.permitted, c.stage, c.stage_since, c.due_on as case_due_on";
const TASK_FROM: &str = "from task t join directive_item i on i.id = t.item_id left join case_file c on c.id = t.case_id";

/// A directive about to be written.
pub(super) struct DirectiveRow<'a> {
    pub issuer: &'a Issuer,
    pub title: &'a str,
    pub source_body: &'a str,
    pub issued_on: Option<Date>,
    pub file_name: &'a str,
    pub text: &'a str,
    pub scope: String,
    pub year: Option<i16>,
    pub is_year_asked: bool,
}

pub(super) async fn insert_directive(tx: &mut Tx, row: DirectiveRow<'_>) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    directive_row::ActiveModel {
        id: Set(id),
        organisation_id: Set(row.issuer.organisation),
        fields: Set(joined(&row.issuer.fields)),
        title: Set(row.title.to_owned()),
        source_body: Set(row.source_body.to_owned()),
        issued_on: Set(row.issued_on.map(|day| day.to_string())),
        file_name: Set(row.file_name.to_owned()),
        text: Set(row.text.to_owned()),
        n_chars: Set(i64::try_from(row.text.chars().count())?),
        scope: Set(row.scope),
        year: Set(row.year.map(i64::from)),
        is_year_asked: Set(row.is_year_asked),
        created_at: Set(tx.at_text()),
        created_by: Set(tx.actor_id()),
    }
    .insert(tx.connection())
    .await?;
    Ok(id)
}

pub(super) async fn insert_items(tx: &mut Tx, directive_id: i64, first_position: i64, items: &[NewItem]) -> anyhow::Result<Vec<i64>> {
    let ids = tx.next_ids(items.len()).await?;
    let (at, by) = (tx.at_text(), tx.actor_id());
    let mut rows = Vec::with_capacity(items.len());
    for ((item, id), position) in items.iter().zip(&ids).zip(first_position..) {
        let (comparator, milli, text, unit) = target_columns(item.target.as_ref());
        rows.push(directive_item::ActiveModel {
            id: Set(*id),
            directive_id: Set(directive_id),
            position: Set(position),
            start_char: Set(item.place.and_then(|(start, _)| i64::try_from(start).ok())),
            end_char: Set(item.place.and_then(|(_, end)| i64::try_from(end).ok())),
            span: Set(item.span.clone()),
            action: Set(item.action.clone()),
            standard: Set(String::new()),
            units: Set(item.units.clone()),
            scope: Set(item.scope.clone()),
            comparator: Set(comparator),
            quantity_milli: Set(milli),
            quantity_text: Set(text),
            quantity_unit: Set(unit),
            deadline: Set(item.deadline.clone()),
            frequency: Set(item.frequency.clone()),
            due_on: Set(item.due_on.map(|day| day.to_string())),
            is_due_asked: Set(item.is_due_asked),
            indicator: Set(None),
            measure: Set(String::new()),
            weight_hundredths: Set(None),
            owner: Set(item.owner.clone()),
            owner_level: Set(item.owner_level.clone()),
            state: Set(ItemState::Proposed.word().to_owned()),
            merged_into: Set(None),
            updated_at: Set(at.clone()),
            updated_by: Set(by),
        });
    }
    insert_all::<directive_item::Entity, _, _>(tx.connection(), rows).await?;
    Ok(ids)
}

/// Writes everything of an item that a person may change.
pub(super) async fn update_item(tx: &mut Tx, item: &Item) -> anyhow::Result<()> {
    let (comparator, milli, text, unit) = target_columns(item.target.as_ref());
    execute(
        tx.connection(),
        "update directive_item set position = $2, action = $3, standard = $4, units = $5, scope = $6, comparator = $7, quantity_milli = $8, quantity_text = $9, quantity_unit = $10, frequency = $11, due_on = $12, is_due_asked = $13, indicator = $14, measure = $15, weight_hundredths = $16, owner = $17, owner_level = $18, state = $19, merged_into = $20, updated_at = $21, updated_by = $22 where id = $1",
        [
            item.id.into(),
            item.position.into(),
            item.action.clone().into(),
            item.standard.clone().into(),
            item.units.clone().into(),
            item.scope.clone().into(),
            comparator.into(),
            milli.into(),
            text.into(),
            unit.into(),
            item.frequency.clone().into(),
            item.due_on.map(|day| day.to_string()).into(),
            item.is_due_asked.into(),
            item.indicator.clone().into(),
            item.measure.clone().into(),
            item.weight_hundredths.into(),
            item.owner.clone().into(),
            item.owner_level.clone().into(),
            item.state.word().into(),
            item.merged_into.into(),
            tx.at_text().into(),
            tx.actor_id().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_year(tx: &mut Tx, directive_id: i64, year: i16) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update directive set year = $2, is_year_asked = $3 where id = $1",
        [directive_id.into(), i64::from(year).into(), false.into()],
    )
    .await?;
    Ok(())
}

/// The last day on which these units reminded of each of these cases.
pub(super) async fn urged<C: ConnectionTrait>(connection: &C, cases: &[i64], by: &[OrgId]) -> anyhow::Result<HashMap<i64, Date>> {
    let mut found = HashMap::new();
    if by.is_empty() {
        return Ok(found);
    }
    for some in cases.chunks(500) {
        let sql = format!(
            "select case_id, max(acted_at) from case_act where kind = 'urge' and case_id in ({}) and organisation_id in ({}) group by case_id",
            listed(some),
            listed(by)
        );
        for row in query(connection, sql, []).await? {
            found.insert(row.try_get_by_index(0)?, store::day_of(row.try_get_by_index::<String>(1)?.parse()?));
        }
    }
    Ok(found)
}

/// Steps under a condition over `t` and `c`, those that stand alike together: how many, and one for all, of no task and no unit.
pub(super) async fn late_alike<C: ConnectionTrait>(
    connection: &C,
    condition: &str,
    values: Vec<sea_orm::Value>,
) -> anyhow::Result<Vec<(usize, Late)>> {
    let sql = format!(
        "select t.issuer_id, t.fields, c.stage, c.stage_since, coalesce(c.due_on, t.due_on), cast(count(*) as bigint) from task t join case_file c on c.id = t.case_id where {condition} group by t.issuer_id, t.fields, c.stage, c.stage_since, coalesce(c.due_on, t.due_on)"
    );
    let rows = query(connection, sql, values).await?;
    let read = |row: &QueryResult| {
        let at = At {
            case_id: 0,
            stage: row.try_get_by_index(2)?,
            since: row.try_get_by_index::<String>(3)?.parse()?,
            due_on: row.try_get_by_index::<String>(4)?.parse()?,
        };
        let issuer = Issuer { organisation: row.try_get_by_index(0)?, fields: split(&row.try_get_by_index::<String>(1)?) };
        Ok((usize::try_from(row.try_get_by_index::<i64>(5)?)?, Late { id: 0, organisation: 0, issuer, at, urged_on: None }))
    };
    rows.iter().map(read).collect()
}

/// Steps under a condition over `t` and `c`, each with the last day on which one of these offices reminded of it.
pub(super) async fn late_where<C: ConnectionTrait>(
    connection: &C,
    condition: &str,
    values: Vec<sea_orm::Value>,
    by: &[OrgId],
) -> anyhow::Result<Vec<Late>> {
    let sql = format!(
        "select t.id, t.organisation_id, t.issuer_id, t.fields, c.id, c.stage, c.stage_since, coalesce(c.due_on, t.due_on), (select max(a.acted_at) from case_act a where a.case_id = c.id and a.kind = 'urge' and a.organisation_id in ({})) from task t join case_file c on c.id = t.case_id where {condition}",
        listed(by)
    );
    let rows = query(connection, sql, values).await?;
    let read = |row: &QueryResult| {
        let urged_at: Option<String> = row.try_get_by_index(8)?;
        let at = At {
            case_id: row.try_get_by_index(4)?,
            stage: row.try_get_by_index(5)?,
            since: row.try_get_by_index::<String>(6)?.parse()?,
            due_on: row.try_get_by_index::<String>(7)?.parse()?,
        };
        Ok(Late {
            id: row.try_get_by_index(0)?,
            organisation: row.try_get_by_index(1)?,
            issuer: Issuer { organisation: row.try_get_by_index(2)?, fields: split(&row.try_get_by_index::<String>(3)?) },
            at,
            urged_on: urged_at.map(|at| anyhow::Ok(store::day_of(at.parse()?))).transpose()?,
        })
    };
    rows.iter().map(read).collect()
}

/// Those of the cases that were sent back after the last time something was handed in.
pub(super) async fn returned<C: ConnectionTrait>(connection: &C, cases: &[i64]) -> anyhow::Result<std::collections::HashSet<i64>> {
    let mut found = std::collections::HashSet::new();
    for some in cases.chunks(500) {
        let sql = format!(
            "select case_id from case_act where kind in ('return', 'submit') and case_id in ({}) group by case_id having max(case when kind = 'return' then id else 0 end) > max(case when kind = 'submit' then id else 0 end)",
            listed(some)
        );
        for row in query(connection, sql, []).await? {
            found.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(found)
}

/// One directive with its text.
pub(super) async fn directive<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Directive>> {
    let rows = query(connection, format!("select {DIRECTIVE}, d.text from directive d where d.id = $1"), [id.into()]).await?;
    rows.first().map(|row| read_directive(row, row.try_get("", "text")?)).transpose()
}

/// How far the items of a directive are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemCounts {
    pub n: u32,
    pub n_proposed: u32,
    pub n_checked: u32,
    pub n_issued: u32,
}

/// Directives of units, newest first, without their texts, each with how far its items are.
pub(super) async fn directives_of<C: ConnectionTrait>(connection: &C, organisations: &[OrgId]) -> anyhow::Result<Vec<(Directive, ItemCounts)>> {
    if organisations.is_empty() {
        return Ok(Vec::new());
    }
    let list = listed(organisations);
    let rows = query(connection, format!("select {DIRECTIVE} from directive d where d.organisation_id in ({list}) order by d.id desc"), []).await?;
    let counts = query(
        connection,
        format!("select i.directive_id, i.state, count(*) from directive_item i join directive d on d.id = i.directive_id where d.organisation_id in ({list}) group by i.directive_id, i.state order by i.directive_id, i.state"),
        [],
    )
    .await?;
    let mut by_id: BTreeMap<i64, ItemCounts> = BTreeMap::new();
    for row in &counts {
        let state: String = row.try_get_by_index(1)?;
        let n = u32::try_from(row.try_get_by_index::<i64>(2)?)?;
        let sum = by_id.entry(row.try_get_by_index(0)?).or_default();
        match state.as_str() {
            "proposed" => sum.n_proposed += n,
            "checked" => sum.n_checked += n,
            "issued" => sum.n_issued += n,
            _ => continue,
        }
        sum.n += n;
    }
    rows.iter()
        .map(|row| {
            let directive = read_directive(row, String::new())?;
            let counts = by_id.get(&directive.id).copied().unwrap_or_default();
            Ok((directive, counts))
        })
        .collect()
}

/// Items of a directive, in the order of the text.
pub(super) async fn items_of<C: ConnectionTrait>(connection: &C, directive_id: i64) -> anyhow::Result<Vec<Item>> {
    let rows =
        query(connection, format!("select {ITEM} from directive_item i where i.directive_id = $1 order by i.position, i.id"), [directive_id.into()])
            .await?;
    rows.iter().map(read_item).collect()
}

/// A task about to be written.
pub(super) struct NewTask {
    pub id: i64,
    pub item_id: i64,
    pub whole_id: Option<i64>,
    pub organisation: OrgId,
    pub issuer: Issuer,
    pub quantity_milli: Option<i64>,
    pub parts_kind: Option<PartsKind>,
    pub owner: String,
    pub owner_level: Option<String>,
    pub due_on: Date,
    pub case_id: Option<i64>,
    pub is_across: bool,
    pub permitted: String,
}

pub(super) async fn insert_tasks(tx: &mut Tx, tasks: Vec<NewTask>) -> anyhow::Result<()> {
    let today = tx.today().to_string();
    let rows = tasks.into_iter().map(|task| task_row::ActiveModel {
        id: Set(task.id),
        item_id: Set(task.item_id),
        whole_id: Set(task.whole_id),
        organisation_id: Set(task.organisation),
        issuer_id: Set(task.issuer.organisation),
        fields: Set(joined(&task.issuer.fields)),
        quantity_milli: Set(task.quantity_milli),
        parts_kind: Set(task.parts_kind.map(|kind| kind.word().to_owned())),
        owner: Set(task.owner),
        owner_level: Set(task.owner_level),
        due_on: Set(task.due_on.to_string()),
        case_id: Set(task.case_id),
        issued_on: Set(today.clone()),
        is_across: Set(task.is_across),
        done_milli: Set(None),
        verified_milli: Set(None),
        fulfilled_on: Set(None),
        is_late: Set(false),
        permitted: Set(task.permitted),
    });
    insert_all::<task_row::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Changes what a split says about a part that is there already. A day that is not moved leaves the first one as it was: what was late
/// by it stays late.
pub(super) async fn update_part(tx: &mut Tx, task: &Task, quantity_milli: Option<i64>, owner: &str, due_on: Date) -> anyhow::Result<()> {
    let first_due_on = if due_on == task.due_now() { task.due_on } else { due_on };
    execute(
        tx.connection(),
        "update task set quantity_milli = $2, owner = $3, due_on = $4 where id = $1",
        [task.id.into(), quantity_milli.into(), owner.into(), first_due_on.to_string().into()],
    )
    .await?;
    if let Some(at) = &task.at {
        execute(tx.connection(), "update case_file set due_on = $2 where id = $1", [at.case_id.into(), due_on.to_string().into()]).await?;
    }
    Ok(())
}

pub(super) async fn set_parts_kind(tx: &mut Tx, id: i64, kind: PartsKind) -> anyhow::Result<()> {
    execute(tx.connection(), "update task set parts_kind = $2 where id = $1", [id.into(), kind.word().into()]).await?;
    Ok(())
}

pub(super) async fn set_done(tx: &mut Tx, id: i64, done_milli: Option<i64>, verified_milli: Option<i64>) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update task set done_milli = $2, verified_milli = $3 where id = $1",
        [id.into(), done_milli.into(), verified_milli.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_fulfilled(tx: &mut Tx, id: i64, on: Option<Date>, is_late: bool) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update task set fulfilled_on = $2, is_late = $3 where id = $1",
        [id.into(), on.map(|day| day.to_string()).into(), is_late.into()],
    )
    .await?;
    Ok(())
}

/// Tasks under a condition over `t`, `i` and `c`, in the order of their days.
pub(super) async fn tasks_where<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<sea_orm::Value>) -> anyhow::Result<Vec<Task>> {
    let rows = query(connection, format!("select {TASK}, {ITEM} {TASK_FROM} where {condition} order by t.due_on, i.position, t.id"), values).await?;
    rows.iter().map(read_task).collect()
}

/// One task.
pub(super) async fn task<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Task>> {
    Ok(tasks_where(connection, "t.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// Parts of several tasks.
pub(super) async fn parts_of<C: ConnectionTrait>(connection: &C, wholes: &[i64]) -> anyhow::Result<Vec<Task>> {
    let mut parts = Vec::new();
    for some in wholes.chunks(500) {
        parts.extend(tasks_where(connection, &format!("t.whole_id in ({})", listed(some)), Vec::new()).await?);
    }
    Ok(parts)
}

/// Parts of these tasks, those that stand alike together; `seen` says in SQL over `t` which.
pub(super) async fn alike_of<C: ConnectionTrait>(connection: &C, tasks: &[&Task], seen: &str) -> anyhow::Result<Vec<Alike>> {
    let wholes: BTreeMap<i64, &Task> = tasks.iter().filter(|task| task.parts_kind.is_some()).map(|task| (task.id, *task)).collect();
    let ids: Vec<i64> = wholes.keys().copied().collect();
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let sql = format!(
            "select t.whole_id, c.stage, c.stage_since, coalesce(c.due_on, t.due_on), t.quantity_milli, t.done_milli, cast(coalesce(sum(t.verified_milli), 0) as bigint), cast(count(*) as bigint) from task t join case_file c on c.id = t.case_id where t.whole_id in ({}) and {seen} group by t.whole_id, c.stage, c.stage_since, coalesce(c.due_on, t.due_on), t.quantity_milli, t.done_milli",
            listed(some)
        );
        for row in query(connection, sql, []).await? {
            let whole_id: i64 = row.try_get_by_index(0)?;
            let quantity_milli: Option<i64> = row.try_get_by_index(4)?;
            found.push(Alike {
                whole_id,
                at: At {
                    case_id: 0,
                    stage: row.try_get_by_index(1)?,
                    since: row.try_get_by_index::<String>(2)?.parse()?,
                    due_on: row.try_get_by_index::<String>(3)?.parse()?,
                },
                target: wholes.get(&whole_id).and_then(|whole| whole.item.target.as_ref()).map(|target| target.with(quantity_milli)),
                done_milli: row.try_get_by_index(5)?,
                verified_milli: row.try_get_by_index(6)?,
                n: u32::try_from(row.try_get_by_index::<i64>(7)?)?,
            });
        }
    }
    Ok(found)
}

/// Numbers for an `in (…)`.
pub(super) fn listed(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn joined(fields: &[String]) -> String {
    fields.join(",")
}

fn split(fields: &str) -> Vec<String> {
    fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect()
}

type TargetColumns = (Option<String>, Option<i64>, Option<String>, Option<String>);

fn target_columns(target: Option<&Target>) -> TargetColumns {
    let Some(target) = target else { return (None, None, None, None) };
    let sign = COMPARATORS.iter().find(|(_, _, comparator)| *comparator == target.comparator).map(|(sign, _, _)| (*sign).to_owned());
    (sign, target.milli, Some(target.text.clone()).filter(|text| !text.is_empty()), Some(target.unit.clone()))
}

fn read_directive(row: &QueryResult, text: String) -> anyhow::Result<Directive> {
    let at: jiff::Timestamp = row.try_get::<String>("", "created_at")?.parse()?;
    Ok(Directive {
        id: row.try_get("", "id")?,
        issuer: Issuer { organisation: row.try_get("", "organisation_id")?, fields: split(&row.try_get::<String>("", "fields")?) },
        title: row.try_get("", "title")?,
        source_body: row.try_get("", "source_body")?,
        issued_on: optional_day(row, "issued_on")?,
        file_name: row.try_get("", "file_name")?,
        text,
        scope: row.try_get("", "scope")?,
        year: row.try_get::<Option<i64>>("", "year")?.and_then(|year| i16::try_from(year).ok()),
        is_year_asked: row.try_get("", "is_year_asked")?,
        created_on: store::day_of(at),
    })
}

fn read_item(row: &QueryResult) -> anyhow::Result<Item> {
    let sign: Option<String> = row.try_get("", "comparator")?;
    let comparator = sign.and_then(|sign| COMPARATORS.iter().find(|(known, _, _)| *known == sign).map(|(_, _, comparator)| *comparator));
    let target = comparator.map(|comparator: Comparator| {
        anyhow::Ok(Target {
            comparator,
            milli: row.try_get("", "item_milli")?,
            text: row.try_get::<Option<String>>("", "quantity_text")?.unwrap_or_default(),
            unit: row.try_get::<Option<String>>("", "quantity_unit")?.unwrap_or_default(),
        })
    });
    let char_at = |column: &str| anyhow::Ok(row.try_get::<Option<i64>>("", column)?.and_then(|n| usize::try_from(n).ok()));
    let state: String = row.try_get("", "state")?;
    Ok(Item {
        id: row.try_get("", "item_id")?,
        directive_id: row.try_get("", "directive_id")?,
        position: row.try_get("", "position")?,
        place: char_at("start_char")?.zip(char_at("end_char")?),
        span: row.try_get("", "span")?,
        action: row.try_get("", "action")?,
        standard: row.try_get("", "standard")?,
        target: target.transpose()?,
        frequency: row.try_get("", "frequency")?,
        due_on: optional_day(row, "item_due_on")?,
        is_due_asked: row.try_get("", "is_due_asked")?,
        deadline: row.try_get("", "deadline")?,
        units: row.try_get("", "units")?,
        scope: row.try_get("", "scope")?,
        owner: row.try_get("", "item_owner")?,
        owner_level: row.try_get("", "item_owner_level")?,
        measure: row.try_get("", "measure")?,
        weight_hundredths: row.try_get("", "weight_hundredths")?,
        indicator: row.try_get("", "indicator")?,
        state: ItemState::ALL.iter().find(|(_, word)| *word == state).map_or(ItemState::Proposed, |(state, _)| *state),
        merged_into: row.try_get("", "merged_into")?,
    })
}

fn read_task(row: &QueryResult) -> anyhow::Result<Task> {
    let due_on: Date = row.try_get::<String>("", "due_on")?.parse()?;
    let case_id: Option<i64> = row.try_get("", "case_id")?;
    let at = case_id.map(|case_id| {
        anyhow::Ok(At {
            case_id,
            stage: row.try_get("", "stage")?,
            since: row.try_get::<String>("", "stage_since")?.parse()?,
            due_on: optional_day(row, "case_due_on")?.unwrap_or(due_on),
        })
    });
    Ok(Task {
        id: row.try_get("", "task_id")?,
        item: read_item(row)?,
        whole_id: row.try_get("", "whole_id")?,
        organisation: row.try_get("", "organisation_id")?,
        issuer: Issuer { organisation: row.try_get("", "issuer_id")?, fields: split(&row.try_get::<String>("", "fields")?) },
        quantity_milli: row.try_get("", "quantity_milli")?,
        parts_kind: row.try_get::<Option<String>>("", "parts_kind")?.and_then(|word| PartsKind::read(&word)),
        owner: row.try_get("", "owner")?,
        owner_level: row.try_get("", "owner_level")?,
        due_on,
        issued_on: row.try_get::<String>("", "issued_on")?.parse()?,
        at: at.transpose()?,
        done_milli: row.try_get("", "done_milli")?,
        verified_milli: row.try_get("", "verified_milli")?,
        fulfilled_on: optional_day(row, "fulfilled_on")?,
        is_late: row.try_get("", "is_late")?,
        permitted: row.try_get("", "permitted")?,
    })
}

/// Titles of the directives that tasks come from, by number.
pub(super) async fn titles_of<C: ConnectionTrait>(connection: &C, tasks: &[Task]) -> anyhow::Result<BTreeMap<i64, String>> {
    let mut ids: Vec<i64> = tasks.iter().map(|task| task.item.directive_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut titles = BTreeMap::new();
    for some in ids.chunks(500) {
        let rows = query(connection, format!("select id, title from directive where id in ({}) order by id", listed(some)), []).await?;
        for row in rows {
            titles.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(titles)
}
