//! Calls the engine on the columns in memory.

use std::sync::Arc;

use assessment::{Compiled, Evaluation, Marks, Subject, evaluate};
use jiff::civil::Date;
use policy::Period;
use store::{OrgId, Refusal};

use super::judged;
use crate::app::App;

/// Evaluates every organisation that a scheme judges.
///
/// # Errors
/// [`Refusal`] when the pack has no such scheme or a field has no standard.
pub async fn compute(app: &App, scheme: &str, period: Period, closed_until: Date) -> anyhow::Result<Evaluation> {
    compute_for(app, scheme, period, closed_until, None).await
}

/// The same for the organisations under one superior. Cohorts are formed over all of them, so that pooling is right.
///
/// # Errors
/// As [`compute`].
pub async fn compute_for(app: &App, scheme: &str, period: Period, closed_until: Date, under: Option<OrgId>) -> anyhow::Result<Evaluation> {
    let policies = app.policies();
    let compiled = Compiled::new(&policies.pack, scheme, period.from()).map_err(|problems| Refusal(problems.join("；")))?;
    let last_day = closed_until.yesterday()?.max(period.from()).min(period.last_day());
    let subjects = subjects_under(app, last_day, under).await?;
    let missing = compiled.fields_without_items(&subjects);
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|key| policies.pack.fields.get(key).map_or(key.clone(), |field| field.name.clone())).collect();
        return Err(Refusal(format!("方案里没有这些领域的标准：{}。请先在制度包里补上。", names.join("、"))).into());
    }
    let facts = app.figures().facts(app, period.year).await?;
    let marks = marks_of(app, period).await?;
    let version = policies.version();
    tokio::task::spawn_blocking(move || {
        let mut evaluation = evaluate(&compiled, &subjects, &facts, &marks, period, closed_until);
        evaluation.pack = version;
        evaluation
    })
    .await
    .map_err(Into::into)
}

/// Excuses, judged values and waivers of a period.
///
/// # Errors
/// When the database cannot be read.
pub async fn marks_of(app: &App, period: Period) -> anyhow::Result<Marks> {
    let mut marks = app.figures().marks(app, period.year).await?;
    judged::put_into(app, &mut marks, period).await?;
    Ok(marks)
}

async fn subjects_under(app: &App, on: Date, under: Option<OrgId>) -> anyhow::Result<Arc<Vec<Subject>>> {
    let all = app.figures().subjects(app, on).await?;
    Ok(match under {
        None => all,
        Some(root) => Arc::new(all.iter().filter(|s| s.id == root || s.superiors.iter().any(|above| above.id == root)).cloned().collect()),
    })
}
