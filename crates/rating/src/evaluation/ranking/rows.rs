//! Stored rankings: one row per ranked unit, one per branch below it for the way down.

use assessment::{CompositeRanking, CompositeRow, Evaluation, Outcome, Row, Subject, decimal};
use policy::Key;
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use store::entities::evaluation_row;
use store::{OrgId, Tx, insert_all, query};

use super::compute::{Calculated, RankingHead};
use crate::evaluation::brief::micro;

/// Cohort of the ranked units; branches stand under the code of their unit.
const UNITS: &str = "";

/// Stands for the score of a branch that is not rated.
pub(super) const UNRATED: &str = "暂不评定";

/// A ranked unit as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitBrief {
    pub org: OrgId,
    pub code: String,
    pub name: String,
    pub total_micro: i64,
    pub total_to_micro: i64,
    pub rank: u32,
    pub remark: String,
}

/// What one branch gives to its unit's figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchTrace {
    pub org: OrgId,
    pub code: String,
    pub name: String,
    pub field: Key,
    pub unit: String,
    /// By component: the printed score; 暂不评定 is left out of the mean.
    pub scores: Vec<(Key, String)>,
    /// Component, item, what was found.
    pub not_met: Vec<(Key, Key, String)>,
    pub lacking: Vec<(Key, Key)>,
}

impl BranchTrace {
    pub(super) fn new(subject: &Subject, unit: &str) -> Self {
        Self {
            org: subject.id,
            code: subject.code.clone(),
            name: subject.name.clone(),
            field: subject.field.clone(),
            unit: unit.to_owned(),
            scores: Vec::new(),
            not_met: Vec::new(),
            lacking: Vec::new(),
        }
    }

    pub(super) fn take_score(&mut self, component: &str, evaluation: &Evaluation, row: &Row) {
        self.scores.push((component.to_owned(), if row.is_unrated() { UNRATED.to_owned() } else { decimal(row.score) }));
        for item in &row.items {
            let key = evaluation.definition(item).key.clone();
            match item.outcome {
                Outcome::NotMet => self.not_met.push((component.to_owned(), key, format!("{} / {}", item.numerator, item.denominator))),
                Outcome::NotEvidenced(_) => self.lacking.push((component.to_owned(), key)),
                _ => {}
            }
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, id: i64, result: &Calculated) -> anyhow::Result<()> {
    let row = |org: OrgId, code: &str, name: &str, cohort: &str, body: String| evaluation_row::ActiveModel {
        evaluation_id: Set(id),
        organisation_id: Set(org),
        code: Set(code.to_owned()),
        name: Set(name.to_owned()),
        field: Set(String::new()),
        cohort: Set(cohort.to_owned()),
        score_micro: Set(0),
        score_to_micro: Set(0),
        evidenced_micro: Set(0),
        star: Set(None),
        rank: Set(None),
        tier: Set(None),
        marks: Set(0),
        lacking: Set(String::new()),
        remark: Set(String::new()),
        parts: Set(String::new()),
        body: Set(body),
    };
    let mut models = Vec::with_capacity(result.ranking.rows.len() + result.traces.len());
    for unit in &result.ranking.rows {
        let worst: Vec<String> = unit.worst.iter().map(|item| result.head.item_name(item)).collect();
        models.push(evaluation_row::ActiveModel {
            score_micro: Set(micro(unit.total)),
            score_to_micro: Set(micro(unit.total_to)),
            rank: Set(Some(i64::from(unit.rank))),
            remark: Set(worst.join("、")),
            ..row(unit.org, &unit.code, &unit.name, UNITS, serde_json::to_string(unit)?)
        });
    }
    for trace in &result.traces {
        models.push(evaluation_row::ActiveModel {
            field: Set(trace.field.clone()),
            ..row(trace.org, &trace.code, &trace.name, &trace.unit, serde_json::to_string(trace)?)
        });
    }
    insert_all::<evaluation_row::Entity, _, _>(tx.connection(), models).await?;
    Ok(())
}

/// What a ranking is made of.
///
/// # Errors
/// When it cannot be read.
pub async fn head_of<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<RankingHead> {
    let rows = query(connection, "select head from evaluation where id = $1", [id.into()]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("no ranking {id}"))?;
    Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)
}

/// The ranked units, best first.
///
/// # Errors
/// When they cannot be read.
pub async fn unit_briefs<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Vec<UnitBrief>> {
    let rows = query(
        connection,
        "select organisation_id, code, name, score_micro, score_to_micro, rank, remark from evaluation_row where evaluation_id = $1 and cohort = $2 order by rank, code",
        [id.into(), UNITS.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(UnitBrief {
                org: row.try_get_by_index(0)?,
                code: row.try_get_by_index(1)?,
                name: row.try_get_by_index(2)?,
                total_micro: row.try_get_by_index(3)?,
                total_to_micro: row.try_get_by_index(4)?,
                rank: u32::try_from(row.try_get_by_index::<i64>(5)?)?,
                remark: row.try_get_by_index(6)?,
            })
        })
        .collect()
}

/// One unit's whole row.
///
/// # Errors
/// When it cannot be read.
pub async fn unit_row<C: ConnectionTrait>(connection: &C, id: i64, unit: OrgId) -> anyhow::Result<Option<CompositeRow>> {
    let rows = query(
        connection,
        "select body from evaluation_row where evaluation_id = $1 and organisation_id = $2 and cohort = $3",
        [id.into(), unit.into(), UNITS.into()],
    )
    .await?;
    rows.first().map(|row| Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)).transpose()
}

/// The whole ranking, best first.
pub(super) async fn ranking<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<CompositeRanking> {
    let head = head_of(connection, id).await?;
    let rows =
        query(connection, "select body from evaluation_row where evaluation_id = $1 and cohort = $2 order by rank, code", [id.into(), UNITS.into()])
            .await?;
    let rows = rows.iter().map(|row| Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)).collect::<anyhow::Result<_>>()?;
    Ok(CompositeRanking { name: head.name, period: head.period, rows })
}

/// What the branches below a unit give to it, by code.
///
/// # Errors
/// When they cannot be read.
pub async fn branch_traces<C: ConnectionTrait>(connection: &C, id: i64, unit_code: &str) -> anyhow::Result<Vec<BranchTrace>> {
    let rows =
        query(connection, "select body from evaluation_row where evaluation_id = $1 and cohort = $2 order by code", [id.into(), unit_code.into()])
            .await?;
    rows.iter().map(|row| Ok(serde_json::from_str(&row.try_get_by_index::<String>(0)?)?)).collect()
}
