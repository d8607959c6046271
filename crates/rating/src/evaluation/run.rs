//! Calls the engine on the columns in memory.

use std::collections::HashSet;
use std::sync::Arc;

use assessment::{Compiled, Evaluation, Subject, evaluate};
use jiff::civil::Date;
use policy::{Pack, Period};
use store::{OrgId, Refusal};

use crate::app::App;

/// The packs by which something is calculated: those in force, or those that a stored result names.
#[derive(Clone)]
pub(super) struct Rules {
    pub pack: Arc<Pack>,
    pub version: String,
}

impl Rules {
    /// Those in force now.
    pub fn in_force(app: &App) -> Self {
        let policies = app.policies();
        Self { pack: policies.pack.clone(), version: policies.version() }
    }

    /// Those of a stored result.
    pub async fn of(app: &App, version: &str) -> anyhow::Result<Self> {
        Ok(Self { pack: app.policies_of(version).await?, version: version.to_owned() })
    }
}

/// Evaluates every organisation that a scheme judges.
///
/// # Errors
/// [`Refusal`] when the pack has no such scheme or a field has no standard.
pub async fn compute(app: &App, scheme: &str, period: Period, closed_until: Date) -> anyhow::Result<Evaluation> {
    compute_by(app, &Rules::in_force(app), scheme, period, closed_until).await
}

/// The same, kept to the organisations under one superior. Cohorts are formed and graded over all of them, so that a
/// cohort that is pooled with those of other superiors has its right size and quota.
///
/// # Errors
/// As [`compute`].
pub async fn compute_for(app: &App, scheme: &str, period: Period, closed_until: Date, under: Option<OrgId>) -> anyhow::Result<Evaluation> {
    compute_under(app, &Rules::in_force(app), scheme, period, closed_until, under).await
}

pub(super) async fn compute_under(
    app: &App,
    rules: &Rules,
    scheme: &str,
    period: Period,
    closed_until: Date,
    under: Option<OrgId>,
) -> anyhow::Result<Evaluation> {
    let mut evaluation = compute_by(app, rules, scheme, period, closed_until).await?;
    if let Some(root) = under {
        let subjects = app.figures().subjects(app, last_day(period, closed_until)?).await?;
        let below: HashSet<OrgId> =
            subjects.iter().filter(|s| s.id == root || s.superiors.iter().any(|above| above.id == root)).map(|s| s.id).collect();
        evaluation.rows.retain(|row| below.contains(&row.org));
        let used: HashSet<&str> = evaluation.rows.iter().map(|row| row.cohort.as_str()).collect();
        evaluation.cohorts.retain(|cohort| used.contains(cohort.key.as_str()));
    }
    Ok(evaluation)
}

async fn compute_by(app: &App, rules: &Rules, scheme: &str, period: Period, closed_until: Date) -> anyhow::Result<Evaluation> {
    let compiled = Compiled::new(&rules.pack, scheme, period.from()).map_err(|problems| Refusal(problems.join("；")))?;
    let subjects = subjects_judged(app, rules, &compiled, period, closed_until).await?;
    let facts = app.figures().facts_against(app, period.year, &compiled.years_back()).await?;
    let marks = app.figures().marks_of(app, period, None).await?;
    let version = rules.version.clone();
    tokio::task::spawn_blocking(move || {
        let mut evaluation = evaluate(&compiled, &subjects, &facts, &marks, period, closed_until);
        evaluation.pack = version;
        evaluation
    })
    .await
    .map_err(Into::into)
}

/// All organisations as they stood when the period closed.
///
/// # Errors
/// [`Refusal`] when the scheme has no standard for the field of one.
pub(super) async fn subjects_judged(
    app: &App,
    rules: &Rules,
    compiled: &Compiled,
    period: Period,
    closed_until: Date,
) -> anyhow::Result<Arc<Vec<Subject>>> {
    let subjects = subjects(app, period, closed_until).await?;
    let missing = compiled.fields_without_items(&subjects);
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|key| rules.pack.fields.get(key).map_or(key.clone(), |field| field.name.clone())).collect();
        return Err(Refusal(format!("方案里没有这些领域的标准：{}。请先在制度包里补上。", names.join("、"))).into());
    }
    Ok(subjects)
}

/// Items and scores of a few organisations from today's records. Their stars and ranks mean nothing: the others are missing.
/// Where points depend on the others of the cohort, all are evaluated.
pub(super) async fn compute_only(
    app: &App,
    rules: &Rules,
    scheme: &str,
    period: Period,
    closed_until: Date,
    organisations: &[OrgId],
) -> anyhow::Result<Evaluation> {
    let compiled = Compiled::new(&rules.pack, scheme, period.from()).map_err(|problems| Refusal(problems.join("；")))?;
    let wanted: HashSet<OrgId> = organisations.iter().copied().collect();
    if compiled.compares_within_cohorts() {
        let mut all = compute_by(app, rules, scheme, period, closed_until).await?;
        all.rows.retain(|row| wanted.contains(&row.org));
        return Ok(all);
    }
    let subjects = app.figures().subjects(app, last_day(period, closed_until)?).await?;
    let subjects: Vec<Subject> = subjects.iter().filter(|subject| wanted.contains(&subject.id)).cloned().collect();
    let facts = app.figures().facts_against(app, period.year, &compiled.years_back()).await?;
    let marks = app.figures().marks_of(app, period, Some(organisations)).await?;
    Ok(evaluate(&compiled, &subjects, &facts, &marks, period, closed_until))
}

/// The day on which the tree is read: the last that counts.
pub(super) fn last_day(period: Period, closed_until: Date) -> anyhow::Result<Date> {
    Ok(closed_until.yesterday()?.max(period.from()).min(period.last_day()))
}

/// All organisations as they stood when a period closed.
pub(super) async fn subjects(app: &App, period: Period, closed_until: Date) -> anyhow::Result<Arc<Vec<Subject>>> {
    app.figures().subjects(app, last_day(period, closed_until)?).await
}
