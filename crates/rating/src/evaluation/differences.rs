//! What today's records would say beside a stored result. The result stays as it was published; a later change of data is
//! shown as a difference.

use std::sync::Arc;

use assessment::{Evaluation, ItemDefinition, ItemResult, Outcome, Row, decimal};
use policy::ScoreRule;
use store::OrgId;

use super::rows::{self, StoredEvaluation};
use super::run::{self, Rules};
use crate::app::App;
use crate::kept::{Before, Kept};

/// An item that today's records would score otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub item: String,
    pub stored: String,
    pub now: String,
}

/// An organisation whose items would come out otherwise today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    pub org: OrgId,
    pub code: String,
    pub name: String,
    pub score: String,
    pub score_now: String,
    pub differences: Vec<Difference>,
}

/// One organisation's stored items against today's records, by the rules of the stored result.
///
/// # Errors
/// When records cannot be read.
pub async fn of_row(app: &App, evaluation: &StoredEvaluation, head: &Evaluation, row: &Row) -> anyhow::Result<Vec<Difference>> {
    let rules = Rules::of(app, &evaluation.pack_version).await?;
    let now = run::compute_only(app, &rules, &evaluation.of_key, evaluation.period, evaluation.closed_until, &[row.org]).await?;
    Ok(now.row(&row.code).map_or_else(Vec::new, |fresh| compare(head, row, &now, fresh)))
}

fn compare(stored: &Evaluation, row: &Row, now: &Evaluation, fresh: &Row) -> Vec<Difference> {
    let differing = row.items.iter().filter_map(|item| {
        let definition = stored.definition(item);
        let other = now.item_of(fresh, &definition.key)?;
        let (before, after) = (own(definition, item), own(definition, other));
        is_otherwise(&before, &after).then(|| Difference { item: definition.name.clone(), stored: figure(&before), now: figure(&after) })
    });
    differing.collect()
}

/// What an item says of the organisation itself: points of a place move with the records of others.
fn own(definition: &ItemDefinition, item: &ItemResult) -> ItemResult {
    let mut own = item.clone();
    if definition.rule == ScoreRule::RankInCohort {
        own.points = None;
    }
    own
}

fn is_otherwise(a: &ItemResult, b: &ItemResult) -> bool {
    (a.numerator, a.denominator, a.points, a.outcome.key()) != (b.numerator, b.denominator, b.points, b.outcome.key())
}

fn figure(item: &ItemResult) -> String {
    let points = item.points.map_or_else(|| "不计".to_owned(), |points| format!("{} 分", decimal(points)));
    match item.outcome {
        Outcome::Met | Outcome::NotMet if item.denominator > 0 => format!("{} / {}，{points}", item.numerator, item.denominator),
        _ => format!("{}，{points}", item.outcome.label()),
    }
}

/// Every organisation of a published result that would come out otherwise today, by code; compared once per change.
///
/// # Errors
/// When records cannot be read.
pub async fn of_all(app: &App, evaluation: &StoredEvaluation) -> anyhow::Result<Arc<Vec<ChangedRow>>> {
    Kept::<i64, Vec<ChangedRow>>::of(app).get(evaluation.id, |_| true, |before| compare_all(app, evaluation, before)).await
}

async fn compare_all(app: &App, evaluation: &StoredEvaluation, before: Option<Before<Vec<ChangedRow>>>) -> anyhow::Result<Vec<ChangedRow>> {
    let rules = Rules::of(app, &evaluation.pack_version).await?;
    let reader = app.store().reader();
    let (scheme, period, closed_until) = (&evaluation.of_key, evaluation.period, evaluation.closed_until);
    let (stored, now, mut changed) = match before {
        None => {
            let now = run::compute_under(app, &rules, scheme, period, closed_until, Some(evaluation.organisation)).await?;
            (rows::result(reader, evaluation.id).await?, now, Vec::new())
        }
        Some((before, stale)) => {
            let now = run::compute_only(app, &rules, scheme, period, closed_until, &stale).await?;
            let kept = before.iter().filter(|row| stale.binary_search(&row.org).is_err()).cloned().collect();
            (rows::result_of(reader, evaluation.id, &stale).await?, now, kept)
        }
    };
    changed.extend(stored.rows.iter().filter_map(|row| {
        let fresh = now.row(&row.code)?;
        let differences = compare(&stored, row, &now, fresh);
        (!differences.is_empty()).then(|| ChangedRow {
            org: row.org,
            code: row.code.clone(),
            name: row.name.clone(),
            score: decimal(row.score),
            score_now: decimal(fresh.score),
            differences,
        })
    }));
    changed.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(changed)
}
