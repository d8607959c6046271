//! Filed lines of the yearly plan (年度计划): what an office may open, and when. Filing them is a page of the ratings; whoever opens
//! something on one reads it here.

use jiff::civil::Date;
use policy::{Key, Period, PlanLineKind};
use sea_orm::{ConnectionTrait, QueryResult};
use store::{OrgId, query};

/// A filed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanEntry {
    pub id: i64,
    pub pack_key: Key,
    pub name: String,
    pub kind: PlanLineKind,
    pub of_key: Key,
    pub organisation: OrgId,
    pub period: Period,
    pub opens_on: Date,
    pub basis: String,
    pub approver: String,
    pub number: Option<String>,
    pub filed_on: Date,
}

const COLUMNS: &str = "id, pack_key, name, kind, of_key, organisation_id, period, opens_on, basis, approver, number, filed_at";

/// One filed line.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<PlanEntry>> {
    let rows = query(connection, format!("select {COLUMNS} from plan_entry where id = $1 and withdrawn_at is null"), [id.into()]).await?;
    rows.first().map(read).transpose()
}

/// Filed lines of a year of the given offices, by opening day.
///
/// # Errors
/// When the database cannot be read.
pub async fn plan_entries<C: ConnectionTrait>(connection: &C, offices: &[OrgId], year: i16) -> anyhow::Result<Vec<PlanEntry>> {
    if offices.is_empty() {
        return Ok(Vec::new());
    }
    let list = offices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let rows = query(
        connection,
        format!("select {COLUMNS} from plan_entry where organisation_id in ({list}) and year = $1 and withdrawn_at is null order by opens_on, id"),
        [i64::from(year).into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// Filed lines of a kind and a year that have begun by a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn begun<C: ConnectionTrait>(connection: &C, kind: PlanLineKind, on: Date) -> anyhow::Result<Vec<PlanEntry>> {
    let sql = format!("select {COLUMNS} from plan_entry where kind = $1 and year = $2 and opens_on <= $3 and withdrawn_at is null order by id");
    query(connection, sql, [kind_key(kind).into(), i64::from(on.year()).into(), on.to_string().into()]).await?.iter().map(read).collect()
}

/// What a row calls a kind of line.
#[must_use]
pub fn kind_key(kind: PlanLineKind) -> String {
    match kind {
        PlanLineKind::Evaluation => "evaluation",
        PlanLineKind::Ranking => "ranking",
        PlanLineKind::WeakList => "weak_list",
        PlanLineKind::Inspection => "inspection",
        PlanLineKind::Appraisal => "appraisal",
        PlanLineKind::Contest => "contest",
        PlanLineKind::Selection => "selection",
    }
    .to_owned()
}

fn read(row: &QueryResult) -> anyhow::Result<PlanEntry> {
    let kind: String = row.try_get("", "kind")?;
    let filed_at: jiff::Timestamp = row.try_get::<String>("", "filed_at")?.parse()?;
    Ok(PlanEntry {
        id: row.try_get("", "id")?,
        pack_key: row.try_get("", "pack_key")?,
        name: row.try_get("", "name")?,
        kind: match kind.as_str() {
            "ranking" => PlanLineKind::Ranking,
            "weak_list" => PlanLineKind::WeakList,
            "inspection" => PlanLineKind::Inspection,
            "appraisal" => PlanLineKind::Appraisal,
            "contest" => PlanLineKind::Contest,
            "selection" => PlanLineKind::Selection,
            _ => PlanLineKind::Evaluation,
        },
        of_key: row.try_get("", "of_key")?,
        organisation: row.try_get("", "organisation_id")?,
        period: row.try_get::<String>("", "period")?.parse().map_err(|e: String| anyhow::anyhow!(e))?,
        opens_on: row.try_get::<String>("", "opens_on")?.parse()?,
        basis: row.try_get("", "basis")?,
        approver: row.try_get("", "approver")?,
        number: row.try_get("", "number")?,
        filed_on: store::day_of(filed_at),
    })
}
