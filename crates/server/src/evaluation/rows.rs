//! Stored evaluations: the head once, one row per organisation.

use assessment::{Evaluation, Row, decimal, fingerprint};
use jiff::civil::Date;
use policy::{Key, Period, Ratio};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::{evaluation, evaluation_row};
use store::{OrgId, Scope, Tx, execute, insert_all, query};

use super::plan::PlanEntry;
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

pub(super) async fn insert(app: &App, tx: &mut Tx, id: i64, entry: &PlanEntry, name: &str, case_id: i64, result: &Evaluation) -> anyhow::Result<()> {
    evaluation::ActiveModel {
        id: Set(id),
        plan_entry_id: Set(entry.id),
        kind: Set("evaluation".to_owned()),
        of_key: Set(entry.of_key.clone()),
        name: Set(name.to_owned()),
        organisation_id: Set(entry.organisation),
        period: Set(entry.period.to_string()),
        closed_until: Set(result.closed_until.to_string()),
        pack_version: Set(result.pack.clone()),
        is_example: Set(result.example),
        state: Set("draft".to_owned()),
        head: Set(head(result)?),
        fingerprint: Set(fingerprint(result)),
        n_rows: Set(i64::try_from(result.rows.len())?),
        case_id: Set(Some(case_id)),
        opened_at: Set(tx.at_text()),
        opened_by: Set(tx.actor_id()),
        calculated_at: Set(tx.at_text()),
        published_at: Set(None),
    }
    .insert(tx.connection())
    .await?;
    insert_rows(app, tx, id, result).await
}

pub(super) async fn replace(app: &App, tx: &mut Tx, kept: &StoredEvaluation, result: &Evaluation) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from evaluation_row where evaluation_id = $1", [kept.id.into()]).await?;
    execute(
        tx.connection(),
        "update evaluation set head = $2, fingerprint = $3, n_rows = $4, closed_until = $5, pack_version = $6, calculated_at = $7 where id = $1",
        [
            kept.id.into(),
            head(result)?.into(),
            fingerprint(result).into(),
            i64::try_from(result.rows.len())?.into(),
            result.closed_until.to_string().into(),
            result.pack.clone().into(),
            tx.at_text().into(),
        ],
    )
    .await?;
    insert_rows(app, tx, kept.id, result).await
}

/// The evaluation without its rows.
fn head(result: &Evaluation) -> anyhow::Result<String> {
    let head = Evaluation { rows: Vec::new(), ..result.clone() };
    Ok(serde_json::to_string(&head)?)
}

async fn insert_rows(app: &App, tx: &mut Tx, id: i64, result: &Evaluation) -> anyhow::Result<()> {
    let pack = app.pack();
    let mut rows = Vec::with_capacity(result.rows.len());
    for row in &result.rows {
        let tier = assessment::tier_of(&pack, &result.scheme, row);
        rows.push(evaluation_row::ActiveModel {
            evaluation_id: Set(id),
            organisation_id: Set(row.org),
            code: Set(row.code.clone()),
            field: Set(row.field.clone()),
            cohort: Set(row.cohort.clone()),
            score_micro: Set(i64::try_from((row.score * Ratio::from_integer(1_000_000)).floor().to_integer())?),
            star: Set(row.star.map(i64::from)),
            rank: Set(row.rank.map(i64::from)),
            tier: Set(tier.map(|key| key.to_string())),
            body: Set(serde_json::to_string(row)?),
        });
    }
    insert_all::<evaluation_row::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

pub(super) async fn publish(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "update evaluation set state = 'published', published_at = $2 where id = $1 and published_at is null", [id.into(), tx.at_text().into()]).await?;
    Ok(())
}

/// Freezes: what is stored must still be what was signed.
pub(super) async fn freeze(tx: &mut Tx, id: i64) -> anyhow::Result<()> {
    let stored = result(tx.connection(), id).await?;
    let rows = query(tx.connection(), "select fingerprint from evaluation where id = $1", [id.into()]).await?;
    let kept: String = rows.first().map_or(Ok(String::new()), |row| row.try_get_by_index(0))?;
    anyhow::ensure!(fingerprint(&stored) == kept, "the stored result {id} does not match its fingerprint");
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

/// Evaluations that concern a scope: organised by an office in it, or with a row of an organisation in it; newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn evaluations<C: ConnectionTrait>(connection: &C, scope: &Scope) -> anyhow::Result<Vec<StoredEvaluation>> {
    let rows = query(
        connection,
        format!(
            "select {COLUMNS} from evaluation e where {} or exists (select 1 from evaluation_row r where r.evaluation_id = e.id and {}) order by e.period desc, e.id desc",
            scope.sql("e.organisation_id"),
            scope.sql("r.organisation_id")
        ),
        [],
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

/// The head alone: items and cohorts.
///
/// # Errors
/// When it cannot be read.
pub async fn result_head<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Evaluation> {
    let rows = query(connection, "select head from evaluation where id = $1", [id.into()]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("no evaluation {id}"))?;
    Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)
}

/// Rows of the organisations in a scope, by cohort and rank.
///
/// # Errors
/// When they cannot be read.
pub async fn rows_in<C: ConnectionTrait>(connection: &C, scope: &Scope, id: i64) -> anyhow::Result<Vec<(Row, Option<String>)>> {
    let rows = query(
        connection,
        format!("select r.body, r.tier from evaluation_row r where r.evaluation_id = $1 and {} order by r.cohort, r.rank nulls last, r.code", scope.sql("r.organisation_id")),
        [id.into()],
    )
    .await?;
    rows.iter().map(|row| Ok((serde_json::from_str(&row.try_get_by_index::<String>(0)?)?, row.try_get_by_index(1)?))).collect()
}

/// One organisation's row through a scope.
///
/// # Errors
/// When it cannot be read.
pub async fn row_of<C: ConnectionTrait>(connection: &C, scope: &Scope, id: i64, organisation: OrgId) -> anyhow::Result<Option<(Row, Option<String>)>> {
    let rows = query(
        connection,
        format!("select r.body, r.tier from evaluation_row r where r.evaluation_id = $1 and r.organisation_id = $2 and {}", scope.sql("r.organisation_id")),
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
