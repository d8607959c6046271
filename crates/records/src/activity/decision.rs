//! Decisions of meetings, followed up until they are done.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::decision;
use store::{Actor, OrgId, Refusal, Scope, Tx, execute, insert_all, query};

use super::model::Activity;

/// A decision as it is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDecision {
    pub id: i64,
    pub activity_id: i64,
    pub organisation: OrgId,
    pub text: String,
    pub owner: String,
    pub due_on: Option<Date>,
    pub done_on: Option<Date>,
    /// How it was done.
    pub note: String,
}

const COLUMNS: &str = "d.id, d.activity_id, d.organisation_id, d.text, d.owner, d.due_on, d.done_on, d.note";

/// Puts the decisions of records in place: what is done stays done, what is no longer decided goes.
pub(super) async fn put(tx: &mut Tx, new: &[Activity], changed: &[Activity]) -> anyhow::Result<()> {
    let mut done: HashSet<(i64, String)> = HashSet::new();
    for some in changed.chunks(500) {
        let list = some.iter().map(|it| it.id.to_string()).collect::<Vec<_>>().join(", ");
        execute(tx.connection(), format!("delete from decision where activity_id in ({list}) and done_on is null"), []).await?;
        for row in query(tx.connection(), format!("select activity_id, text from decision where activity_id in ({list})"), []).await? {
            done.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
    }
    let mut wanted: Vec<(&Activity, &super::Decision)> = Vec::new();
    for activity in new.iter().chain(changed) {
        for of in &activity.record.decisions {
            if done.insert((activity.id, of.text.clone())) {
                wanted.push((activity, of));
            }
        }
    }
    let ids = tx.next_ids(wanted.len()).await?;
    let rows = wanted.into_iter().zip(ids).map(|((activity, of), id)| decision::ActiveModel {
        id: Set(id),
        activity_id: Set(activity.id),
        organisation_id: Set(activity.organisation()),
        text: Set(of.text.clone()),
        owner: Set(of.owner.clone()),
        due_on: Set(of.due_on.map(|day| day.to_string())),
        done_on: Set(None),
        note: Set(String::new()),
        done_by: Set(None),
        done_at: Set(None),
    });
    insert_all::<decision::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Says that a decision was carried out.
///
/// # Errors
/// [`Refusal`]: out of reach, done already, or without saying how.
pub async fn follow_up(tx: &mut Tx, actor: &Actor, id: i64, note: &str) -> anyhow::Result<OpenDecision> {
    tx.lock("decision", id).await?;
    let scope = actor.scope(Capability::RecordActivities);
    let rows =
        query(tx.connection(), format!("select {COLUMNS} from decision d where d.id = $1 and {}", scope.sql("d.organisation_id")), [id.into()])
            .await?;
    let found = rows.first().map(read).transpose()?.ok_or_else(|| Refusal("没有找到这项决定。".to_owned()))?;
    if found.done_on.is_some() {
        return Err(Refusal("这项决定已经记为办结了。".to_owned()).into());
    }
    if note.trim().is_empty() {
        return Err(Refusal("请用一句话写明怎么办的、结果怎样。".to_owned()).into());
    }
    execute(
        tx.connection(),
        "update decision set done_on = $2, note = $3, done_by = $4, done_at = $5 where id = $1",
        [id.into(), tx.today().to_string().into(), note.trim().into(), tx.actor_id().into(), tx.at_text().into()],
    )
    .await?;
    tx.record("decision.follow_up", "decision", id, Some(found.organisation), json!({ "activity": found.activity_id }));
    tx.changed("decision", id, Some(found.organisation));
    Ok(found)
}

/// The decisions of many records, in the order of the records' numbers.
///
/// # Errors
/// When the database cannot be read.
pub async fn decisions_of_all<C: ConnectionTrait>(connection: &C, activities: &[i64]) -> anyhow::Result<Vec<OpenDecision>> {
    let mut found = Vec::new();
    for chunk in activities.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!("select {COLUMNS} from decision d where d.activity_id in ({list}) order by d.activity_id, d.id");
        for row in query(connection, sql, []).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// The decisions of one record.
///
/// # Errors
/// When the database cannot be read.
pub async fn decisions_of<C: ConnectionTrait>(connection: &C, activity_id: i64) -> anyhow::Result<Vec<OpenDecision>> {
    let rows = query(connection, format!("select {COLUMNS} from decision d where d.activity_id = $1 order by d.id"), [activity_id.into()]).await?;
    rows.iter().map(read).collect()
}

/// Decisions of a scope that are not done and due by `until`, or have no date; those due first first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_decisions<C: ConnectionTrait>(connection: &C, scope: &Scope, until: Date) -> anyhow::Result<Vec<OpenDecision>> {
    let rows = query(
        connection,
        format!(
            "select {COLUMNS} from decision d where d.done_on is null and d.due_on <= $1 and {} order by d.due_on, d.id limit 200",
            scope.sql("d.organisation_id")
        ),
        [until.to_string().into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> anyhow::Result<OpenDecision> {
    Ok(OpenDecision {
        id: row.try_get("", "id")?,
        activity_id: row.try_get("", "activity_id")?,
        organisation: row.try_get("", "organisation_id")?,
        text: row.try_get("", "text")?,
        owner: row.try_get("", "owner")?,
        due_on: crate::directory::optional_day(row, "due_on")?,
        done_on: crate::directory::optional_day(row, "done_on")?,
        note: row.try_get("", "note")?,
    })
}
