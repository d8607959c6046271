//! One pass: every organisation's rows are read once, its items judged, its total made; then cohorts are graded.

use std::thread;

use jiff::civil::Date;
use num_traits::Zero;
use policy::{Period, Ratio};

use crate::cohort::grade;
use crate::compile::Compiled;
use crate::exact::{add, divide, multiply, whole};
use crate::facts::Facts;
use crate::formula::Memo;
use crate::item::item_result;
use crate::measure::{Figures, Routes};
use crate::part::{ItemContext, Reading};
use crate::result::{Evaluation, ItemResult, Outcome, Row};
use crate::subject::{Marks, Subject};

/// From so many subjects on a second thread pays.
const SUBJECTS_PER_THREAD_MIN: usize = 1_000;

/// Evaluates every subject that the scheme judges and that exists on the last day that counts.
///
/// Only periods that end by `closed_until` count; while the evaluated period is not over,
/// weights are due in that share (至10月应得／实得).
#[must_use]
pub fn evaluate(compiled: &Compiled, subjects: &[Subject], facts: &Facts, marks: &Marks, period: Period, closed_until: Date) -> Evaluation {
    let closed_until = closed_until.min(period.until());
    let last_day = closed_until.yesterday().unwrap_or(closed_until).max(period.from());
    let mut judged: Vec<&Subject> = subjects.iter().filter(|s| compiled.judges(s) && s.exists_on(last_day)).collect();
    judged.sort_by(|a, b| a.code.cmp(&b.code));
    let pass = Pass::new(compiled, facts, marks, period, closed_until);
    let mut rows = pass.rows(&judged);
    let cohorts = grade(compiled, &judged, &mut rows);
    Evaluation {
        scheme: compiled.scheme.clone(),
        name: compiled.name.clone(),
        example: compiled.example,
        period,
        closed_until,
        pack: String::new(),
        evidenced_weight_min: compiled.evidenced_weight_min.to_string(),
        items: compiled.definitions.clone(),
        rows,
        cohorts,
    }
}

/// Item values of one organisation without star, rank or cohort: its own health check, fresh after each record.
#[must_use]
pub fn items_of(compiled: &Compiled, subject: &Subject, facts: &Facts, marks: &Marks, period: Period, closed_until: Date) -> Vec<ItemResult> {
    let pass = Pass::new(compiled, facts, marks, period, closed_until.min(period.until()));
    pass.items(subject, &mut Scratch::default())
}

/// All that is the same for every organisation of one evaluation.
pub(crate) struct Pass<'a> {
    compiled: &'a Compiled,
    facts: &'a Facts,
    marks: &'a Marks,
    period: Period,
    routes: Routes,
    contexts: Vec<ItemContext>,
}

/// What one thread uses again from organisation to organisation.
#[derive(Default)]
pub(crate) struct Scratch {
    figures: Figures,
    memo: Memo,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(compiled: &'a Compiled, facts: &'a Facts, marks: &'a Marks, period: Period, closed_until: Date) -> Self {
        let routes = Routes::new(&compiled.measures, facts, period);
        let contexts = compiled.plans.iter().enumerate().map(|(i, plan)| ItemContext::new(i, plan, facts, period, closed_until)).collect();
        Self { compiled, facts, marks, period, routes, contexts }
    }

    fn rows(&self, subjects: &[&Subject]) -> Vec<Row> {
        let n_threads = thread::available_parallelism().map_or(1, usize::from).min(subjects.len() / SUBJECTS_PER_THREAD_MIN).max(1);
        if n_threads == 1 {
            return self.rows_of(subjects);
        }
        let per_thread = subjects.len().div_ceil(n_threads);
        thread::scope(|scope| {
            let threads: Vec<_> = subjects.chunks(per_thread).map(|chunk| scope.spawn(|| self.rows_of(chunk))).collect();
            threads.into_iter().flat_map(|t| t.join().expect("a pass over facts does not panic")).collect()
        })
    }

    fn rows_of(&self, subjects: &[&Subject]) -> Vec<Row> {
        let mut scratch = Scratch::default();
        subjects.iter().map(|subject| self.row(subject, &mut scratch)).collect()
    }

    pub(crate) fn items(&self, subject: &Subject, scratch: &mut Scratch) -> Vec<ItemResult> {
        let Scratch { figures, memo } = scratch;
        let facts = self.facts.of(subject.id);
        figures.read(&self.compiled.measures, &self.routes, &facts);
        let reading = Reading {
            subject,
            facts,
            marks: self.marks.of(subject.id),
            measures: &self.compiled.measures,
            figures,
            period: self.period,
            life: subject.life(),
        };
        let numbers = self.compiled.items_of(&subject.field);
        numbers.map(|i| item_result(&self.compiled.plans[i], &self.contexts[i], &reading, memo)).collect()
    }

    fn row(&self, subject: &Subject, scratch: &mut Scratch) -> Row {
        let items = self.items(subject, scratch);
        let blank = Row {
            org: subject.id,
            code: subject.code.clone(),
            name: subject.name.clone(),
            field: subject.field.clone(),
            cohort: String::new(),
            score: Ratio::zero(),
            score_to: Ratio::zero(),
            evidenced_weight: Ratio::zero(),
            left_out: Ratio::zero(),
            due: Ratio::zero(),
            star: None,
            rank: None,
            without_place: false,
            vetoes: Vec::new(),
            items: Vec::new(),
        };
        let row = self.total(&items, blank.clone()).unwrap_or(blank);
        Row { items, ..row }
    }

    /// The total of the items; `None` when nothing is due or a sum does not fit.
    fn total(&self, items: &[ItemResult], blank: Row) -> Option<Row> {
        let sum = |figure: &dyn Fn(&ItemResult) -> Ratio| items.iter().try_fold(Ratio::zero(), |sum, item| add(sum, figure(item)));
        let due = sum(&|i| i.due)?;
        let applicable = sum(&|i| i.applicable)?;
        let evidenced = sum(&|i| i.evidenced)?;
        let points = sum(&|i| i.points.unwrap_or_default())?;
        let points_to = if items.iter().all(|i| i.points_to == i.points) { points } else { sum(&|i| i.points_to.unwrap_or_default())? };
        let score = divide(multiply(points, whole(100))?, due)?;
        let score_to = if points_to == points { score } else { divide(multiply(points_to, whole(100))?, due)? };
        let evidenced_weight = divide(evidenced, applicable)?;
        let is_rated = evidenced_weight >= self.compiled.evidenced_weight_min;
        Some(Row {
            score,
            score_to,
            evidenced_weight,
            left_out: add(applicable, -due)?,
            due,
            // The lowest for now; grading within the cohort raises it.
            star: is_rated.then_some(self.compiled.star_below),
            ..blank
        })
    }
}

impl Evaluation {
    /// Organisations whose item came to `outcome` by its published word, for lists behind a figure.
    pub fn rows_with<'a>(&'a self, item: &'a str, outcome: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| self.item_of(row, item).map(|i| &i.outcome).map(Outcome::key) == Some(outcome))
    }
}
