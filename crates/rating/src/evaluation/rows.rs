//! Stored evaluations: the head once, one row per organisation.

use std::collections::BTreeMap;

use assessment::{Evaluation, Row, decimal, fingerprint};
use jiff::civil::Date;
use policy::{Key, Period};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{evaluation, evaluation_row};
use store::{OrgId, Tx, execute, insert_all, query};

use crate::app::App;

/// An evaluation as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvaluation {
    pub id: i64,
    pub plan_entry: i64,
    /// `evaluation` or `ranking`.
    pub kind: String,
    pub of_key: Key,
    pub name: String,
    /// The office that organises it.
    pub organisation: OrgId,
    pub period: Period,
    pub closed_until: Date,
    pub pack_version: String,
    pub is_example: bool,
    pub fingerprint: String,
    pub n_rows: i64,
    pub case_id: Option<i64>,
    pub opened_at: String,
    pub calculated_at: String,
    pub published_at: Option<String>,
}

const COLUMNS: &str = "e.id, e.plan_entry_id, e.kind, e.of_key, e.name, e.organisation_id, e.period, e.closed_until, e.pack_version, e.is_example, e.fingerprint, e.n_rows, e.case_id, e.opened_at, e.calculated_at, e.published_at";

/// What is stored of a result beside its rows.
pub(super) struct Kept<'a> {
    pub kind: &'static str,
    pub of_key: &'a str,
    pub name: &'a str,
    pub organisation: OrgId,
    pub period: Period,
    pub closed_until: Date,
    pub pack: &'a str,
    pub is_example: bool,
    pub head: String,
    pub fingerprint: String,
    pub n_rows: usize,
}

pub(super) async fn insert(tx: &mut Tx, id: i64, plan_entry: i64, case_id: i64, kept: Kept<'_>) -> anyhow::Result<()> {
    evaluation::ActiveModel {
        id: Set(id),
        plan_entry_id: Set(plan_entry),
        kind: Set(kept.kind.to_owned()),
        of_key: Set(kept.of_key.to_owned()),
        name: Set(kept.name.to_owned()),
        organisation_id: Set(kept.organisation),
        period: Set(kept.period.to_string()),
        closed_until: Set(kept.closed_until.to_string()),
        pack_version: Set(kept.pack.to_owned()),
        is_example: Set(kept.is_example),
        state: Set("draft".to_owned()),
        head: Set(kept.head),
        fingerprint: Set(kept.fingerprint),
        n_rows: Set(i64::try_from(kept.n_rows)?),
        case_id: Set(Some(case_id)),
        opened_at: Set(tx.at_text()),
        opened_by: Set(tx.actor_id()),
        calculated_at: Set(tx.at_text()),
        published_at: Set(None),
    }
    .insert(tx.connection())
    .await?;
    Ok(())
}

/// Puts a fresh calculation in place of the stored one; its rows are inserted by the caller.
pub(super) async fn replace(tx: &mut Tx, id: i64, kept: Kept<'_>) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from evaluation_row where evaluation_id = $1", [id.into()]).await?;
    execute(
        tx.connection(),
        "update evaluation set head = $2, fingerprint = $3, n_rows = $4, closed_until = $5, pack_version = $6, is_example = $7, calculated_at = $8 where id = $1 and published_at is null",
        [
            id.into(),
            kept.head.into(),
            kept.fingerprint.into(),
            i64::try_from(kept.n_rows)?.into(),
            kept.closed_until.to_string().into(),
            kept.pack.into(),
            kept.is_example.into(),
            tx.at_text().into(),
        ],
    )
    .await?;
    Ok(())
}

/// What is stored of an evaluation.
pub(super) fn kept<'a>(result: &'a Evaluation, name: &'a str, organisation: OrgId) -> anyhow::Result<Kept<'a>> {
    Ok(Kept {
        kind: super::KIND,
        of_key: &result.scheme,
        name,
        organisation,
        period: result.period,
        closed_until: result.closed_until,
        pack: &result.pack,
        is_example: result.example,
        head: head(result)?,
        fingerprint: fingerprint(result),
        n_rows: result.rows.len(),
    })
}

/// The evaluation without its rows.
fn head(result: &Evaluation) -> anyhow::Result<String> {
    let head = Evaluation { rows: Vec::new(), ..result.clone() };
    Ok(serde_json::to_string(&head)?)
}

pub(super) async fn insert_rows(app: &App, tx: &mut Tx, id: i64, result: &Evaluation) -> anyhow::Result<()> {
    let rows = super::brief::models(&app.pack(), id, result)?;
    insert_all::<evaluation_row::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

pub(super) async fn publish(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    execute(
        tx.connection(),
        "update evaluation set state = 'published', published_at = $2 where id = $1 and published_at is null",
        [id.into(), tx.at_text().into()],
    )
    .await?;
    Ok(())
}

/// One evaluation, without asking for scope.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<StoredEvaluation>> {
    let rows = query(connection, format!("select {COLUMNS} from evaluation e where e.id = $1"), [id.into()]).await?;
    rows.first().map(read).transpose()
}

pub(super) async fn of_plan_entry<C: ConnectionTrait>(connection: &C, plan_entry: i64) -> anyhow::Result<Option<StoredEvaluation>> {
    let rows = query(connection, format!("select {COLUMNS} from evaluation e where e.plan_entry_id = $1"), [plan_entry.into()]).await?;
    rows.first().map(read).transpose()
}

/// Every stored result of a kind, newest first; who may see it is asked afterwards, in memory.
///
/// # Errors
/// When the database cannot be read.
pub async fn all_of_kind<C: ConnectionTrait>(connection: &C, kind: &str) -> anyhow::Result<Vec<StoredEvaluation>> {
    let rows =
        query(connection, format!("select {COLUMNS} from evaluation e where e.kind = $1 order by e.period desc, e.id desc"), [kind.into()]).await?;
    rows.iter().map(read).collect()
}

/// Published results of the same scheme and office, oldest first: what a trend is drawn from.
///
/// # Errors
/// When the database cannot be read.
pub async fn published_series<C: ConnectionTrait>(connection: &C, evaluation: &StoredEvaluation) -> anyhow::Result<Vec<StoredEvaluation>> {
    let sql = format!(
        "select {COLUMNS} from evaluation e where e.kind = $1 and e.of_key = $2 and e.organisation_id = $3 and e.published_at is not null order by e.published_at, e.id"
    );
    let rows = query(connection, sql, [evaluation.kind.clone().into(), evaluation.of_key.clone().into(), evaluation.organisation.into()]).await?;
    rows.iter().map(read).collect()
}

/// The published result that a change is measured against: the same scheme and office, the last earlier period of the same length.
///
/// # Errors
/// When the database cannot be read.
pub async fn published_before<C: ConnectionTrait>(connection: &C, evaluation: &StoredEvaluation) -> anyhow::Result<Option<StoredEvaluation>> {
    let rows = query(
        connection,
        format!("select {COLUMNS} from evaluation e where e.kind = $1 and e.of_key = $2 and e.organisation_id = $3 and e.published_at is not null and e.period < $4 order by e.period desc, e.id desc"),
        [evaluation.kind.clone().into(), evaluation.of_key.clone().into(), evaluation.organisation.into(), evaluation.period.to_string().into()],
    )
    .await?;
    let earlier = rows.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(earlier.into_iter().find(|other| other.period.per == evaluation.period.per))
}

/// The last published result of every scheme, office and year: number, scheme, office, year.
pub(super) async fn last_published<C: ConnectionTrait>(connection: &C) -> anyhow::Result<Vec<(i64, String, i64, i16)>> {
    let sql = "select e.id, e.of_key, e.organisation_id, e.period from evaluation e where e.kind = $1 and e.published_at is not null order by e.closed_until, e.id";
    let mut last: BTreeMap<(String, i64, i16), i64> = BTreeMap::new();
    for row in query(connection, sql, [super::KIND.into()]).await? {
        let period: Period = row.try_get_by_index::<String>(3)?.parse().map_err(|_| anyhow::anyhow!("the period of a result is none"))?;
        last.insert((row.try_get_by_index(1)?, row.try_get_by_index(2)?, period.year), row.try_get_by_index(0)?);
    }
    Ok(last.into_iter().map(|((scheme, office, year), id)| (id, scheme, office, year)).collect())
}

/// Published results of a scheme and period, whoever organised them.
pub(super) async fn published_of<C: ConnectionTrait>(connection: &C, scheme: &str, period: Period) -> anyhow::Result<Vec<StoredEvaluation>> {
    let rows = query(
        connection,
        format!(
            "select {COLUMNS} from evaluation e where e.kind = $1 and e.of_key = $2 and e.period = $3 and e.published_at is not null order by e.id"
        ),
        [super::KIND.into(), scheme.into(), period.to_string().into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// The whole stored result.
///
/// # Errors
/// When it cannot be read.
pub async fn result<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Evaluation> {
    let mut evaluation = result_head(connection, id).await?;
    let rows = query(connection, "select body from evaluation_row where evaluation_id = $1 order by code", [id.into()]).await?;
    evaluation.rows = rows.iter().map(|row| Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)).collect::<anyhow::Result<_>>()?;
    Ok(evaluation)
}

/// The stored result of a few organisations.
///
/// # Errors
/// When it cannot be read.
pub async fn result_of<C: ConnectionTrait>(connection: &C, id: i64, organisations: &[OrgId]) -> anyhow::Result<Evaluation> {
    let mut evaluation = result_head(connection, id).await?;
    let list = organisations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!("select body from evaluation_row where evaluation_id = $1 and organisation_id in ({list}) order by code");
    let rows = query(connection, sql, [id.into()]).await?;
    evaluation.rows = rows.iter().map(|row| Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)).collect::<anyhow::Result<_>>()?;
    Ok(evaluation)
}

/// The head alone: items and cohorts.
///
/// # Errors
/// When it cannot be read.
pub async fn result_head<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Evaluation> {
    let rows = query(connection, "select head from evaluation where id = $1", [id.into()]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("no evaluation {id}"))?;
    Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)
}

/// One organisation's whole row, without asking who sees it.
///
/// # Errors
/// When it cannot be read.
pub async fn row_of<C: ConnectionTrait>(connection: &C, id: i64, organisation: OrgId) -> anyhow::Result<Option<(Row, Option<Key>)>> {
    let rows = query(
        connection,
        "select body, tier from evaluation_row where evaluation_id = $1 and organisation_id = $2",
        [id.into(), organisation.into()],
    )
    .await?;
    rows.first().map(|row| Ok((serde_json::from_str(&row.try_get_by_index::<String>(0)?)?, row.try_get_by_index(1)?))).transpose()
}

/// A score as it is printed, with its open part.
#[must_use]
pub fn printed_score(row: &Row) -> String {
    if row.is_open() { format!("{}，另有 {} 待佐证", decimal(row.score), decimal(row.score_to - row.score)) } else { decimal(row.score) }
}

fn read(row: &QueryResult) -> anyhow::Result<StoredEvaluation> {
    Ok(StoredEvaluation {
        id: row.try_get("", "id")?,
        plan_entry: row.try_get("", "plan_entry_id")?,
        kind: row.try_get("", "kind")?,
        of_key: row.try_get("", "of_key")?,
        name: row.try_get("", "name")?,
        organisation: row.try_get("", "organisation_id")?,
        period: row.try_get::<String>("", "period")?.parse().map_err(|e: String| anyhow::anyhow!(e))?,
        closed_until: row.try_get::<String>("", "closed_until")?.parse()?,
        pack_version: row.try_get("", "pack_version")?,
        is_example: row.try_get("", "is_example")?,
        fingerprint: row.try_get("", "fingerprint")?,
        n_rows: row.try_get("", "n_rows")?,
        case_id: row.try_get("", "case_id")?,
        opened_at: row.try_get("", "opened_at")?,
        calculated_at: row.try_get("", "calculated_at")?,
        published_at: row.try_get("", "published_at")?,
    })
}
