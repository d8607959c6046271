//! What today's records would say beside a stored result. The result stays as it was published; a later change of data is
//! shown as a difference.

use assessment::{Compiled, Evaluation, ItemResult, Outcome, Row, decimal};
use store::OrgId;

use super::rows::{self, StoredEvaluation};
use super::run::{self, Rules};
use crate::app::App;

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
    let now = run::compute_one(app, &rules, &evaluation.of_key, evaluation.period, evaluation.closed_until, row.org).await?;
    Ok(now.map_or_else(Vec::new, |(compiled, items)| compare(head, row, &compiled, &items)))
}

fn compare(head: &Evaluation, row: &Row, compiled: &Compiled, now: &[ItemResult]) -> Vec<Difference> {
    row.items
        .iter()
        .filter_map(|stored| {
            let definition = head.definition(stored);
            let fresh = now.iter().find(|item| compiled.items()[usize::from(item.item)].key == definition.key)?;
            is_otherwise(stored, fresh).then(|| Difference { item: definition.name.clone(), stored: figure(stored), now: figure(fresh) })
        })
        .collect()
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

/// Every organisation of a stored result that would come out otherwise today, by code.
///
/// # Errors
/// When records cannot be read.
pub async fn of_all(app: &App, evaluation: &StoredEvaluation) -> anyhow::Result<Vec<ChangedRow>> {
    let rules = Rules::of(app, &evaluation.pack_version).await?;
    let stored = rows::result(app.store().reader(), evaluation.id).await?;
    let now = run::compute_under(app, &rules, &evaluation.of_key, evaluation.period, evaluation.closed_until, Some(evaluation.organisation)).await?;
    let changed = stored.rows.iter().filter_map(|row| {
        let fresh = now.row(&row.code)?;
        let differences: Vec<Difference> = row
            .items
            .iter()
            .filter_map(|item| {
                let definition = stored.definition(item);
                let other = now.item_of(fresh, &definition.key)?;
                is_otherwise(item, other).then(|| Difference { item: definition.name.clone(), stored: figure(item), now: figure(other) })
            })
            .collect();
        (!differences.is_empty()).then(|| ChangedRow {
            org: row.org,
            code: row.code.clone(),
            name: row.name.clone(),
            score: decimal(row.score),
            score_now: decimal(fresh.score),
            differences,
        })
    });
    Ok(changed.collect())
}
