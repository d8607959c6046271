//! Rows of matters: SQL in, model out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::matter as matter_row;
use store::{OrgId, Tx, execute, query};

use super::model::Row;
use crate::directory::optional_day;

const ROW: &str = "select m.id, m.matter, m.kind, m.pack_version, m.organisation_id, m.issuer_id, m.case_id, m.number, m.title, m.body, m.skipped, m.opened_on, m.opened_by, m.due_on, m.n_returned, m.is_late, m.closed_on, m.extended_on, c.stage, c.stage_since from matter m join case_file c on c.id = m.case_id";

fn read(row: &QueryResult) -> anyhow::Result<Row> {
    let body: BTreeMap<String, serde_json::Value> = serde_json::from_str(&row.try_get::<String>("", "body")?)?;
    let text = |value: serde_json::Value| if let serde_json::Value::String(text) = value { text } else { value.to_string() };
    Ok(Row {
        id: row.try_get("", "id")?,
        matter: row.try_get("", "matter")?,
        kind: row.try_get("", "kind")?,
        pack_version: row.try_get("", "pack_version")?,
        organisation: row.try_get("", "organisation_id")?,
        issuer: row.try_get("", "issuer_id")?,
        case_id: row.try_get("", "case_id")?,
        number: row.try_get("", "number")?,
        title: row.try_get("", "title")?,
        fields: body.into_iter().map(|(key, value)| (key, text(value))).collect(),
        skipped: row.try_get("", "skipped")?,
        opened_on: row.try_get::<String>("", "opened_on")?.parse()?,
        opened_by: row.try_get("", "opened_by")?,
        due_on: optional_day(row, "due_on")?,
        n_returned: row.try_get("", "n_returned")?,
        is_late: row.try_get("", "is_late")?,
        closed_on: optional_day(row, "closed_on")?,
        extended_on: optional_day(row, "extended_on")?,
        stage: row.try_get("", "stage")?,
        stage_since: row.try_get::<String>("", "stage_since")?.parse()?,
    })
}

/// Matters under a condition over `m`, the newest first.
pub(super) async fn rows_where<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Row>> {
    let sql = format!("{ROW} where {condition} order by m.opened_on desc, m.id desc");
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One matter.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Row>> {
    Ok(rows_where(connection, "m.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// How many of a kind an office opened in a year.
pub(super) async fn n_of_year<C: ConnectionTrait>(connection: &C, matter: &str, kind: &str, issuer: OrgId, year: i16) -> anyhow::Result<i64> {
    let sql = "select count(*) from matter where matter = $1 and kind = $2 and issuer_id = $3 and opened_on >= $4 and opened_on < $5";
    let values = [matter.into(), kind.into(), issuer.into(), format!("{year}-01-01").into(), format!("{}-01-01", year + 1).into()];
    let rows = query(connection, sql, values).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// How many of a kind there are at an organisation, open or ended.
pub(super) async fn n_at<C: ConnectionTrait>(
    connection: &C,
    matter: &str,
    kind: Option<&str>,
    organisation: OrgId,
    is_closed: bool,
) -> anyhow::Result<i64> {
    let ended = if is_closed { "not null" } else { "null" };
    let sql = format!("select count(*) from matter where matter = $1 and organisation_id = $2 and closed_on is {ended} and ($3 = '' or kind = $3)");
    let rows = query(connection, sql, [matter.into(), organisation.into(), kind.unwrap_or_default().into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Open cases of a procedure about an organisation, those at some stages aside.
pub(super) async fn n_cases<C: ConnectionTrait>(connection: &C, procedure: &str, over_at: &[String], organisation: OrgId) -> anyhow::Result<i64> {
    let sql = "select stage from case_file where procedure = $1 and organisation_id = $2 and closed_at is null order by id";
    let rows = query(connection, sql, [procedure.into(), organisation.into()]).await?;
    let stages: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(i64::try_from(stages.iter().filter(|stage| !over_at.contains(stage)).count())?)
}

/// The organisations about which a case of a procedure is open, those at some stages aside.
pub(super) async fn places_of<C: ConnectionTrait>(connection: &C, procedure: &str, over_at: &[String]) -> anyhow::Result<BTreeSet<OrgId>> {
    let sql = "select organisation_id, stage from case_file where procedure = $1 and closed_at is null order by organisation_id";
    let rows = query(connection, sql, [procedure.into()]).await?;
    let places: Vec<(OrgId, String)> =
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect::<anyhow::Result<_>>()?;
    Ok(places.into_iter().filter(|(_, stage)| !over_at.contains(stage)).map(|(place, _)| place).collect())
}

/// The organisations at which a matter is open already.
pub(super) async fn open_at<C: ConnectionTrait>(connection: &C, matter: &str) -> anyhow::Result<Vec<(OrgId, String)>> {
    let sql = "select distinct organisation_id, kind from matter where matter = $1 and closed_on is null order by organisation_id, kind";
    query(connection, sql, [matter.into()]).await?.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

pub(super) async fn insert(tx: &mut Tx, it: &Row, body: String) -> anyhow::Result<()> {
    matter_row::ActiveModel {
        id: Set(it.id),
        matter: Set(it.matter.clone()),
        kind: Set(it.kind.clone()),
        pack_version: Set(it.pack_version.clone()),
        organisation_id: Set(it.organisation),
        issuer_id: Set(it.issuer),
        case_id: Set(it.case_id),
        number: Set(it.number.clone()),
        title: Set(it.title.clone()),
        body: Set(body),
        skipped: Set(it.skipped.clone()),
        opened_on: Set(it.opened_on.to_string()),
        opened_by: Set(it.opened_by),
        due_on: Set(it.due_on.map(|day| day.to_string())),
        n_returned: Set(it.n_returned),
        is_late: Set(it.is_late),
        closed_on: Set(it.closed_on.map(|day| day.to_string())),
        extended_on: Set(it.extended_on.map(|day| day.to_string())),
    }
    .insert(tx.connection())
    .await?;
    Ok(())
}

/// Writes what changes while it goes on.
pub(super) async fn update(tx: &mut Tx, it: &Row) -> anyhow::Result<()> {
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    execute(
        tx.connection(),
        "update matter set due_on = $2, n_returned = $3, is_late = $4, closed_on = $5, extended_on = $6 where id = $1",
        [it.id.into(), day(it.due_on).into(), it.n_returned.into(), it.is_late.into(), day(it.closed_on).into(), day(it.extended_on).into()],
    )
    .await?;
    Ok(())
}
