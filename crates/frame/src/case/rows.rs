//! Rows of cases, acts and items.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::Action;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{case_act, case_file, case_item};
use store::{Actor, OrgId, Scope, Tx, execute, query};

use super::NewCase;
use super::form::{Filled, NewItem};
use super::model::{Act, CaseFile, Item};

const CASE: &str = "c.id, c.procedure, c.pack_version, c.subject_kind, c.subject_id, c.organisation_id, c.issuer_id, c.title, c.stage, c.stage_since, c.due_on, c.opened_at, c.opened_by, c.closed_at, c.remark";

/// Writes new cases, each at its stage; their numbers in the same order.
pub(super) async fn insert_all(tx: &mut Tx, new: &[(&NewCase, &str)], pack_version: &str) -> anyhow::Result<Vec<i64>> {
    let ids = tx.next_ids(new.len()).await?;
    let (today, at, by) = (tx.today().to_string(), tx.at_text(), tx.actor_id());
    let rows = new.iter().zip(&ids).map(|((case, stage), id)| case_file::ActiveModel {
        id: Set(*id),
        procedure: Set(case.procedure.clone()),
        pack_version: Set(pack_version.to_owned()),
        subject_kind: Set(case.subject_kind.to_owned()),
        subject_id: Set(case.subject_id),
        organisation_id: Set(case.organisation),
        issuer_id: Set(case.issuer),
        title: Set(case.title.clone()),
        stage: Set((*stage).to_owned()),
        stage_since: Set(today.clone()),
        due_on: Set(case.due_on.map(|day| day.to_string())),
        opened_at: Set(at.clone()),
        opened_by: Set(by),
        closed_at: Set(None),
        remark: Set(None),
    });
    store::insert_all::<case_file::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(ids)
}

pub(super) async fn insert_items(tx: &mut Tx, case_id: i64, act_id: i64, items: &[NewItem]) -> anyhow::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let ids = tx.next_ids(items.len()).await?;
    let rows = items.iter().zip(ids).map(|(item, id)| case_item::ActiveModel {
        id: Set(id),
        case_id: Set(case_id),
        kind: Set(item.kind.clone()),
        text: Set(item.text.clone()),
        owner: Set(item.owner.clone()),
        due_on: Set(item.due_on.map(|day| day.to_string())),
        opened_in: Set(act_id),
        closed_in: Set(None),
    });
    store::insert_all::<case_item::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Closes items of a case by an act.
///
/// # Errors
/// When the database refuses.
pub async fn close_items(tx: &mut Tx, case_id: i64, act_id: i64, closes: &[i64]) -> anyhow::Result<()> {
    if closes.is_empty() {
        return Ok(());
    }
    let list = closes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    execute(
        tx.connection(),
        format!("update case_item set closed_in = $1 where case_id = $2 and id in ({list}) and closed_in is null"),
        [act_id.into(), case_id.into()],
    )
    .await?;
    Ok(())
}

/// What was closed is open again.
///
/// # Errors
/// When the database refuses.
pub async fn open_again(tx: &mut Tx, case_id: i64, item: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update case_item set closed_in = null where case_id = $1 and id = $2", [case_id.into(), item.into()]).await?;
    Ok(())
}

pub(super) async fn insert_act(
    tx: &mut Tx,
    case: &CaseFile,
    action: &Action,
    filled: &Filled,
    actor: &Actor,
    at: Option<OrgId>,
) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    let kind = serde_json::to_value(action.kind)?.as_str().unwrap_or_default().to_owned();
    case_act::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        stage: Set(case.stage.clone()),
        action: Set(action.key.clone()),
        kind: Set(kind),
        to_stage: Set(action.to.clone()),
        fields: Set(filled.values.to_string()),
        acted_by: Set(actor.person_id),
        actor_name: Set(actor.name.clone()),
        post: Set(actor.post_line()),
        organisation_id: Set(at),
        acted_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    Ok(id)
}

pub(super) async fn enter(tx: &mut Tx, case: &CaseFile, stage: &str, closes: bool, due_on: Option<Date>) -> anyhow::Result<()> {
    let closed_at = closes.then(|| tx.at_text());
    let due_on = due_on.or(case.due_on).map(|day| day.to_string());
    execute(
        tx.connection(),
        "update case_file set stage = $2, stage_since = $3, closed_at = $4, due_on = $5 where id = $1",
        [case.id.into(), stage.into(), tx.today().to_string().into(), closed_at.into(), due_on.into()],
    )
    .await?;
    Ok(())
}

/// One case.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<CaseFile>> {
    let rows = query(connection, format!("select {CASE} from case_file c where c.id = $1"), [id.into()]).await?;
    rows.first().map(read_case).transpose()
}

/// Cases of a procedure in a scope (over the organisation they are about), newest first; with `open_only`, those not closed.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_cases<C: ConnectionTrait>(connection: &C, scope: &Scope, procedure: &str, open_only: bool) -> anyhow::Result<Vec<CaseFile>> {
    let open = if open_only { " and c.closed_at is null" } else { "" };
    let rows = query(
        connection,
        format!("select {CASE} from case_file c where c.procedure = $1 and {}{open} order by c.id desc", reached(scope)),
        [procedure.into()],
    )
    .await?;
    rows.iter().map(read_case).collect()
}

/// Cases `c` of a scope's organisations, and its single cases, as a condition.
#[must_use]
pub fn reached(scope: &Scope) -> String {
    format!("({} or {})", scope.sql("c.organisation_id"), scope.cases_sql("c.id"))
}

/// Cases about one subject, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn cases_of<C: ConnectionTrait>(connection: &C, subject_kind: &str, subject_id: i64) -> anyhow::Result<Vec<CaseFile>> {
    let rows = query(
        connection,
        format!("select {CASE} from case_file c where c.subject_kind = $1 and c.subject_id = $2 order by c.id"),
        [subject_kind.into(), subject_id.into()],
    )
    .await?;
    rows.iter().map(read_case).collect()
}

/// Open cases of any procedure but `except` about organisations of `scope` or about `above` these, at none of the stages `left_out` of
/// its procedure; oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn awaited_cases<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    above: &[OrgId],
    except: &[&str],
    left_out: &BTreeMap<&str, Vec<&str>>,
) -> anyhow::Result<Vec<CaseFile>> {
    // Found from an index of what is open, procedure by procedure: those left out may be most of it, and are not read for that.
    let found = query(connection, OPEN_PROCEDURES, []).await?;
    let mut values: Vec<sea_orm::Value> = Vec::new();
    let mut wanted = Vec::new();
    for row in &found {
        let procedure: String = row.try_get("", "procedure")?;
        if except.contains(&procedure.as_str()) {
            continue;
        }
        let stages = left_out.get(procedure.as_str()).map_or(&[][..], Vec::as_slice);
        values.push(procedure.clone().into());
        let mut condition = format!("w.procedure = ${}", values.len());
        if !stages.is_empty() {
            let first = values.len() + 1;
            values.extend(stages.iter().map(|stage| sea_orm::Value::from(*stage)));
            let places: Vec<String> = (first..=values.len()).map(|n| format!("${n}")).collect();
            condition += &format!(" and w.stage not in ({})", places.join(", "));
        }
        wanted.push(format!("({condition})"));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let of_above = if above.is_empty() { String::new() } else { format!(" or c.organisation_id in ({})", list(above)) };
    let open = format!("select w.id from case_file w where w.closed_at is null and ({})", wanted.join(" or "));
    let sql = format!("select {CASE} from case_file c where c.id in ({open}) and ({}{of_above}) order by c.id", reached(scope));
    query(connection, sql, values).await?.iter().map(read_case).collect()
}

/// Procedures of which a case is open, each found by one step in the index.
const OPEN_PROCEDURES: &str = "with recursive open_ones(procedure) as (select min(procedure) from case_file where closed_at is null \
     union all select (select min(c.procedure) from case_file c where c.closed_at is null and c.procedure > o.procedure) \
     from open_ones o where o.procedure is not null) select procedure from open_ones where procedure is not null";

fn list(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What was done in a case, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn acts_of<C: ConnectionTrait>(connection: &C, case_id: i64) -> anyhow::Result<Vec<Act>> {
    acts_of_all(connection, &[case_id]).await
}

/// What was done in several cases, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn acts_of_all<C: ConnectionTrait>(connection: &C, cases: &[i64]) -> anyhow::Result<Vec<Act>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select id, case_id, stage, action, kind, to_stage, fields, acted_by, actor_name, post, organisation_id, acted_at from case_act where case_id in ({}) order by id",
        list(cases)
    );
    let rows = query(connection, sql, []).await?;
    rows.iter()
        .map(|row| {
            let at: jiff::Timestamp = row.try_get::<String>("", "acted_at")?.parse()?;
            Ok(Act {
                id: row.try_get("", "id")?,
                case_id: row.try_get("", "case_id")?,
                stage: row.try_get("", "stage")?,
                action: row.try_get("", "action")?,
                kind: row.try_get("", "kind")?,
                to_stage: row.try_get("", "to_stage")?,
                fields: serde_json::from_str(&row.try_get::<String>("", "fields")?)?,
                acted_by: row.try_get("", "acted_by")?,
                actor_name: row.try_get("", "actor_name")?,
                post: row.try_get("", "post")?,
                organisation: row.try_get("", "organisation_id")?,
                on: store::day_of(at),
            })
        })
        .collect()
}

/// Items of a case, in the order they were opened.
///
/// # Errors
/// When the database cannot be read.
pub async fn items_of<C: ConnectionTrait>(connection: &C, case_id: i64) -> anyhow::Result<Vec<Item>> {
    items_of_all(connection, &[case_id]).await
}

/// Items of several cases, in the order they were opened.
///
/// # Errors
/// When the database cannot be read.
pub async fn items_of_all<C: ConnectionTrait>(connection: &C, cases: &[i64]) -> anyhow::Result<Vec<Item>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let sql =
        format!("select id, case_id, kind, text, owner, due_on, opened_in, closed_in from case_item where case_id in ({}) order by id", list(cases));
    let rows = query(connection, sql, []).await?;
    rows.iter()
        .map(|row| {
            Ok(Item {
                id: row.try_get("", "id")?,
                case_id: row.try_get("", "case_id")?,
                kind: row.try_get("", "kind")?,
                text: row.try_get("", "text")?,
                owner: row.try_get("", "owner")?,
                due_on: crate::directory::optional_day(row, "due_on")?,
                opened_in: row.try_get("", "opened_in")?,
                closed_in: row.try_get("", "closed_in")?,
            })
        })
        .collect()
}

fn read_case(row: &QueryResult) -> anyhow::Result<CaseFile> {
    Ok(CaseFile {
        id: row.try_get("", "id")?,
        procedure: row.try_get("", "procedure")?,
        pack_version: row.try_get("", "pack_version")?,
        subject_kind: row.try_get("", "subject_kind")?,
        subject_id: row.try_get("", "subject_id")?,
        organisation: row.try_get::<OrgId>("", "organisation_id")?,
        issuer: row.try_get("", "issuer_id")?,
        title: row.try_get("", "title")?,
        stage: row.try_get("", "stage")?,
        stage_since: row.try_get::<String>("", "stage_since")?.parse()?,
        due_on: crate::directory::optional_day(row, "due_on")?,
        opened_at: row.try_get("", "opened_at")?,
        opened_by: row.try_get("", "opened_by")?,
        closed_at: row.try_get("", "closed_at")?,
        remark: row.try_get("", "remark")?,
    })
}
