//! The states of all duties of a year, judged once, brought forward by what commits changed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use assessment::{DutyPlan, DutyState, Facts, Marks, Subject, duty_states};
use jiff::civil::Date;
use policy::{Pack, Period};
use store::{OrgId, Refusal};

use super::model::Code;
use crate::app::App;
use crate::kept::{Before, Kept};

/// A column of the matrix: one duty in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Index into [`YearStates::duties`].
    pub duty: usize,
    pub period: Period,
}

/// Every organisation that owes duties, or did until it ended in the year × every duty × every period of a year.
pub struct YearStates {
    pub year: i16,
    pub today: Date,
    pub duties: Vec<DutyPlan>,
    pub columns: Vec<Column>,
    pack: Arc<Pack>,
    rows: HashMap<OrgId, Arc<[Code]>>,
}

impl YearStates {
    /// The codes of an organisation, one per column; `None`: it owes nothing at all.
    #[must_use]
    pub fn row(&self, organisation: OrgId) -> Option<&[Code]> {
        self.rows.get(&organisation).map(AsRef::as_ref)
    }

    /// The code of one cell.
    #[must_use]
    pub fn code(&self, organisation: OrgId, duty: &str, period: Period) -> Option<Code> {
        let at = self.columns.iter().position(|column| column.period == period && self.duties[column.duty].key == duty)?;
        self.row(organisation)?.get(at).copied()
    }

    /// The duty of a column.
    #[must_use]
    pub fn duty(&self, column: &Column) -> &DutyPlan {
        &self.duties[column.duty]
    }
}

/// The states of a year as of `today`, judged once per change.
///
/// # Errors
/// When the database cannot be read, or the pack's duties do not hold together.
pub async fn states_of_year(app: &App, year: i16, today: Date) -> anyhow::Result<Arc<YearStates>> {
    let pack = app.pack();
    let kept = Kept::<i16, YearStates>::of(app);
    kept.get(year, |states| is_of(states, today, &pack), |before| judge_year(app, year, today, pack.clone(), before)).await
}

async fn judge_year(app: &App, year: i16, today: Date, pack: Arc<Pack>, before: Option<Before<YearStates>>) -> anyhow::Result<YearStates> {
    let facts = app.figures().facts(app, year).await?;
    let marks = app.figures().marks(app, year, None).await?;
    let on = day_of_year(year, today);
    let (subjects, ended) = (app.figures().subjects(app, on).await?, app.figures().ended(app, on));
    let gone: HashSet<OrgId> = app.directory().gone().iter().map(|org| org.id).collect();
    let duties = duties(&pack, today)?;
    let judging = move || {
        judge(year, today, pack, duties, (&subjects, &ended, &gone), &facts, &marks, before.as_ref().map(|(states, stale)| (&**states, &**stale)))
    };
    Ok(tokio::task::spawn_blocking(judging).await?)
}

fn is_of(states: &YearStates, today: Date, pack: &Arc<Pack>) -> bool {
    states.today == today && Arc::ptr_eq(&states.pack, pack)
}

/// The day whose tree a year is judged over: today, or the year's last day when it is past.
#[must_use]
pub(super) fn day_of_year(year: i16, today: Date) -> Date {
    today.min(Period::year(year).last_day())
}

/// The duties of the pack.
pub(super) fn duties(pack: &Pack, today: Date) -> anyhow::Result<Vec<DutyPlan>> {
    DutyPlan::all(pack, today).map_err(|problems| Refusal(problems.join("；")).into())
}

#[expect(clippy::too_many_arguments, reason = "everything that states follow from")]
fn judge(
    year: i16,
    today: Date,
    pack: Arc<Pack>,
    duties: Vec<DutyPlan>,
    (subjects, ended, gone): (&[Subject], &[Subject], &HashSet<OrgId>),
    facts: &Facts,
    marks: &Marks,
    before: Option<(&YearStates, &[OrgId])>,
) -> YearStates {
    let period = Period::year(year);
    let columns: Vec<Column> =
        duties.iter().enumerate().flat_map(|(duty, plan)| period.parts(plan.per).into_iter().map(move |period| Column { duty, period })).collect();
    let owes = |subject: &&Subject| duties.iter().any(|plan| plan.concerns(subject));
    let mut rows = before.map(|(states, _)| states.rows.clone()).unwrap_or_default();
    let judged: Vec<&Subject> = match before {
        None => subjects.iter().chain(ended).filter(owes).collect(),
        Some((_, only)) => {
            only.iter().for_each(|id| _ = rows.remove(id));
            subjects.iter().chain(ended).filter(|subject| only.binary_search(&subject.id).is_ok()).filter(owes).collect()
        }
    };
    let mut codes: Vec<Vec<Code>> = judged.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for plan in &duties {
        for (row, states) in codes.iter_mut().zip(plan.states(&judged, facts, marks, period, today)) {
            row.extend(states.iter().map(|(period, state)| Code::of(state, *period, today)));
        }
    }
    // Nothing is entered any more for one that ended.
    let closed = |subject: &Subject, row: Vec<Code>| row.into_iter().map(|code| code.of_ended(gone.contains(&subject.id))).collect();
    rows.extend(judged.iter().zip(codes).map(|(subject, row)| (subject.id, closed(subject, row))));
    YearStates { year, today, duties, columns, pack, rows }
}

/// One cell in full: the state with its reason, its records, its days. `None`: there is no such duty or organisation.
///
/// # Errors
/// When the database cannot be read.
pub async fn state_of(app: &App, organisation: OrgId, duty: &str, period: Period, today: Date) -> anyhow::Result<Option<(DutyPlan, DutyState)>> {
    let pack = app.pack();
    let Some(plan) = duties(&pack, today)?.into_iter().find(|plan| plan.key == duty && plan.per == period.per) else { return Ok(None) };
    let facts = app.figures().facts(app, period.year).await?;
    let marks = app.figures().marks(app, period.year, Some(&[organisation])).await?;
    let on = day_of_year(period.year, today);
    let (subjects, ended) = (app.figures().subjects(app, on).await?, app.figures().ended(app, on));
    let Some(subject) = subjects.iter().chain(&ended).find(|subject| subject.id == organisation) else { return Ok(None) };
    let state = duty_states(&plan, subject, &facts, &marks, period, today).into_iter().find(|(of, _)| *of == period);
    Ok(state.map(|(_, state)| (plan, state)))
}
