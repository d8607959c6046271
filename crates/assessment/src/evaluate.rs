//! One pass: every organisation's rows are read once, its items judged, its total made; then cohorts are formed, items scored by
//! their place get their points (and totals are made again), and stars are given.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};
use std::thread;

use jiff::civil::Date;
use num_traits::Zero;
use policy::{Period, Ratio};

use crate::cohort::{Group, Standing, form_cohorts, grade, vetoes_of};
use crate::compile::Compiled;
use crate::exact::{Sum, add, compare, divide, multiply, same, whole};
use crate::facts::Facts;
use crate::formula::Memo;
use crate::item::{Shared, item_result};
use crate::measure::{Figures, Routes};
use crate::part::{EarlierReading, ItemContext, Reading};
use crate::place::give_points;
use crate::result::{Evaluation, Evidence, ItemResult, Outcome, Row};
use crate::subject::{Marks, Subject};

/// From so many subjects on a second thread pays.
const SUBJECTS_PER_THREAD_MIN: usize = 1_000;
/// A thread takes so many at a time: whichever has a core to itself does more.
const SUBJECTS_PER_BLOCK: usize = 256;

/// Evaluates every subject that the scheme judges and that exists on the last day that counts.
///
/// Only periods that end by `closed_until` count; while the evaluated period is not over,
/// weights are due in that share (至10月应得／实得).
#[must_use]
pub fn evaluate(compiled: &Compiled, subjects: &[Subject], facts: &Facts, marks: &Marks, period: Period, closed_until: Date) -> Evaluation {
    let closed_until = closed_until.min(period.until());
    let judged = judged(compiled, subjects, period, closed_until);
    let pass = Pass::new(compiled, facts, marks, period, closed_until);
    let (rows, groups) = pass.rows_beside(&judged, || form_cohorts(compiled, &judged));
    finish(compiled, groups, rows, period, closed_until)
}

/// [`evaluate`] over facts that come in blocks, so that no more than one or two of these are in memory. A block holds the facts of all
/// organisations up to a number, the last those of all others; blocks come by that number.
///
/// # Errors
/// What a block could not be read for.
pub fn evaluate_blocks<E>(
    compiled: &Compiled,
    subjects: &[Subject],
    blocks: impl IntoIterator<Item = Result<(Facts, i64), E>>,
    marks: &Marks,
    period: Period,
    closed_until: Date,
) -> Result<Evaluation, E> {
    let closed_until = closed_until.min(period.until());
    let judged = judged(compiled, subjects, period, closed_until);
    let mut by_id: Vec<usize> = (0..judged.len()).collect();
    by_id.sort_by_key(|&i| judged[i].id);
    let mut rows: Vec<Option<(Row, Standing)>> = judged.iter().map(|_| None).collect();
    let mut waiting = by_id.as_slice();
    let mut take = |facts: &Facts, n: usize| {
        let (now, later) = waiting.split_at(n);
        waiting = later;
        let subjects: Vec<&Subject> = now.iter().map(|&i| judged[i]).collect();
        for (&i, row) in now.iter().zip(Pass::new(compiled, facts, marks, period, closed_until).rows(&subjects)) {
            rows[i] = Some(row);
        }
        later.len()
    };
    let mut n_left = by_id.len();
    for block in blocks {
        let (facts, until) = block?;
        let left = &by_id[by_id.len() - n_left..];
        n_left = take(&facts, left.partition_point(|&i| judged[i].id <= until));
    }
    // Whoever comes after the last block has no facts.
    take(&Facts::default(), n_left);
    let groups = form_cohorts(compiled, &judged);
    Ok(finish(compiled, groups, rows.into_iter().flatten().collect(), period, closed_until))
}

/// How many threads so many organisations are worth.
pub(crate) fn n_threads(n_subjects: usize) -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(n_subjects / SUBJECTS_PER_THREAD_MIN).max(1)
}

/// Whom the scheme judges of those that exist on the last day that counts, by code.
fn judged<'s>(compiled: &Compiled, subjects: &'s [Subject], period: Period, closed_until: Date) -> Vec<&'s Subject> {
    let last_day = closed_until.yesterday().unwrap_or(closed_until).max(period.from());
    let mut judged: Vec<&Subject> = subjects.iter().filter(|s| compiled.judges(s) && s.exists_on(last_day)).collect();
    judged.sort_by(|a, b| a.code.cmp(&b.code));
    judged
}

/// Places and stars: what needs everybody.
fn finish(compiled: &Compiled, groups: BTreeMap<String, Group>, rows: Vec<(Row, Standing)>, period: Period, closed_until: Date) -> Evaluation {
    let (mut rows, mut standings): (Vec<Row>, Vec<Standing>) = rows.into_iter().unzip();
    if compiled.compares_within_cohorts() {
        give_points(compiled, groups.values().map(|group| group.members()), &mut rows);
        rows.iter_mut().for_each(|row| total(compiled, row));
        standings = rows.iter().map(|row| Standing::of(compiled, row)).collect();
    }
    let cohorts = grade(compiled, groups, &mut rows, &standings);
    Evaluation {
        scheme: compiled.scheme.clone(),
        name: compiled.name.clone(),
        example: compiled.example,
        period,
        closed_until,
        pack: String::new(),
        evidenced_weight_min: compiled.evidenced_weight_min.to_string(),
        below_includes: compiled.below_includes,
        items: compiled.definitions.clone(),
        rows,
        cohorts,
    }
}

/// Item values of one organisation without star, rank or cohort: its own health check, fresh after each record.
/// Items scored by their place in the cohort have no points here.
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
    /// Facts of earlier years that items are held against.
    earlier: Vec<Earlier<'a>>,
    /// Items of each field, and at the end those of all others.
    items_by_field: Vec<(Option<&'a str>, Vec<usize>)>,
}

/// Facts of an earlier year, read by the same measures.
struct Earlier<'a> {
    years_back: i16,
    facts: &'a Facts,
    routes: Routes,
}

/// What one thread uses again from organisation to organisation.
#[derive(Default)]
pub(crate) struct Scratch {
    figures: Figures,
    earlier: Vec<Figures>,
    memo: Memo,
    shared: Shared,
    /// Records behind the items of one organisation, one item after another.
    evidence: Vec<i64>,
    parts: Vec<Range<usize>>,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(compiled: &'a Compiled, facts: &'a Facts, marks: &'a Marks, period: Period, closed_until: Date) -> Self {
        let routes = Routes::new(&compiled.measures, facts, period);
        let contexts = compiled.plans.iter().enumerate().map(|(i, plan)| ItemContext::new(i, plan, facts, period, closed_until)).collect();
        let earlier = compiled.years_back().into_iter().filter_map(|years_back| {
            let facts = facts.earlier(years_back)?;
            let period = Period { year: period.year - years_back, ..period };
            Some(Earlier { years_back, facts, routes: Routes::new(&compiled.measures, facts, period) })
        });
        let earlier = earlier.collect();
        let fields = compiled.field_names.keys().chain(compiled.definitions.iter().filter_map(|d| d.field.as_ref()));
        let fields: BTreeSet<&str> = fields.map(String::as_str).collect();
        let of = |field: &str| compiled.items_of(field).collect();
        let items_by_field = fields.into_iter().map(|field| (Some(field), of(field))).chain([(None, of(""))]).collect();
        Self { compiled, facts, marks, period, routes, contexts, earlier, items_by_field }
    }

    fn items_of(&self, field: &str) -> &[usize] {
        let of_field = self.items_by_field.iter().find(|(of, _)| of.is_none_or(|of| of == field));
        of_field.map_or(&[], |(_, items)| items)
    }

    fn rows(&self, subjects: &[&Subject]) -> Vec<(Row, Standing)> {
        self.rows_beside(subjects, || ()).0
    }

    /// Rows on all cores; one of them does `other` first.
    fn rows_beside<T>(&self, subjects: &[&Subject], other: impl FnOnce() -> T) -> (Vec<(Row, Standing)>, T) {
        let n_threads = n_threads(subjects.len());
        if n_threads == 1 {
            return (self.rows_of(subjects, &mut Scratch::default()), other());
        }
        let next = AtomicUsize::new(0);
        let take_blocks = || {
            let (mut scratch, mut done) = (Scratch::default(), Vec::new());
            loop {
                let number = next.fetch_add(1, atomic::Ordering::Relaxed);
                let Some(block) = subjects.chunks(SUBJECTS_PER_BLOCK).nth(number) else { return done };
                done.push((number, self.rows_of(block, &mut scratch)));
            }
        };
        let (mut blocks, other) = thread::scope(|scope| {
            let threads: Vec<_> = (1..n_threads).map(|_| scope.spawn(take_blocks)).collect();
            let other = other();
            let mut blocks = take_blocks();
            threads.into_iter().for_each(|thread| blocks.extend(thread.join().expect("a pass over facts does not panic")));
            (blocks, other)
        });
        blocks.sort_unstable_by_key(|(number, _)| *number);
        let mut rows = Vec::with_capacity(subjects.len());
        blocks.iter_mut().for_each(|(_, of_block)| rows.append(of_block));
        (rows, other)
    }

    fn rows_of(&self, subjects: &[&Subject], scratch: &mut Scratch) -> Vec<(Row, Standing)> {
        subjects.iter().map(|subject| self.row(subject, scratch)).collect()
    }

    pub(crate) fn items<'s>(&'s self, subject: &Subject, scratch: &'s mut Scratch) -> Vec<ItemResult> {
        let Scratch { figures, earlier, memo, shared, evidence, parts } = scratch;
        let facts = self.facts.of(subject.id);
        self.read(figures, &self.routes, self.facts, self.period, subject.id);
        earlier.resize_with(self.earlier.len(), Figures::default);
        let read = |(year, figures): (&Earlier<'a>, &mut Figures)| {
            let period = Period { year: self.period.year - year.years_back, ..self.period };
            self.read(figures, &year.routes, year.facts, period, subject.id);
        };
        self.earlier.iter().zip(earlier.iter_mut()).for_each(read);
        let year =
            |(year, figures): (&Earlier<'a>, &'s Figures)| EarlierReading { years_back: year.years_back, facts: year.facts.of(subject.id), figures };
        let earlier: Vec<EarlierReading<'_>> = self.earlier.iter().zip(earlier.iter()).map(year).collect();
        let reading = Reading {
            subject,
            facts,
            marks: self.marks.of(subject.id),
            measures: &self.compiled.measures,
            figures,
            earlier: &earlier,
            period: self.period,
            life: subject.life(),
        };
        evidence.clear();
        parts.clear();
        let numbers = self.items_of(&subject.field);
        let mut items = Vec::with_capacity(numbers.len());
        for &i in numbers {
            let first = evidence.len();
            items.push(item_result(&self.compiled.plans[i], &self.contexts[i], &reading, memo, shared, evidence));
            parts.push(first..evidence.len());
        }
        let evidence: Arc<[i64]> = evidence.as_slice().into();
        for (item, part) in items.iter_mut().zip(parts.drain(..)) {
            item.evidence = Evidence::part(&evidence, part);
        }
        items
    }

    fn read(&self, figures: &mut Figures, routes: &Routes, facts: &Facts, period: Period, org: i64) {
        match facts.counted_of(org) {
            Some(counted) => figures.take(&self.compiled.measures, routes, counted, period),
            None => figures.read(&self.compiled.measures, routes, &facts.of(org)),
        }
    }

    fn row(&self, subject: &Subject, scratch: &mut Scratch) -> (Row, Standing) {
        let mut row = Row {
            org: subject.id,
            code: subject.code.clone(),
            name: subject.name.clone(),
            field: subject.field.clone(),
            cohort: String::new(),
            score: Ratio::zero(),
            score_to: Ratio::zero(),
            bonus: Ratio::zero(),
            evidenced_weight: Ratio::zero(),
            left_out: Ratio::zero(),
            due: Ratio::zero(),
            star: None,
            rank: None,
            without_place: false,
            vetoes: Vec::new(),
            items: self.items(subject, scratch),
        };
        row.vetoes = vetoes_of(self.compiled, &row);
        total(self.compiled, &mut row);
        // While the items are at hand: later they lie far apart.
        let standing = Standing::of(self.compiled, &row);
        (row, standing)
    }
}

/// Makes the total of a row from its items; nothing, when nothing is due or a sum does not fit.
fn total(compiled: &Compiled, row: &mut Row) {
    let totals = Sums::of(compiled, &row.items).and_then(|sums| sums.totals(compiled)).unwrap_or_default();
    row.score = totals.score;
    row.score_to = totals.score_to;
    row.bonus = totals.bonus;
    row.evidenced_weight = totals.evidenced_weight;
    row.left_out = totals.left_out;
    row.due = totals.due;
    // The lowest for now; grading within the cohort raises it.
    row.star = totals.is_rated.then_some(compiled.star_below);
}

/// Figures of the items added up, those of bonus items apart.
struct Sums {
    due: Ratio,
    applicable: Ratio,
    evidenced: Ratio,
    points: Ratio,
    points_to: Ratio,
    bonus: Ratio,
    bonus_to: Ratio,
}

#[derive(Default)]
struct Totals {
    score: Ratio,
    score_to: Ratio,
    bonus: Ratio,
    evidenced_weight: Ratio,
    left_out: Ratio,
    due: Ratio,
    is_rated: bool,
}

impl Sums {
    fn of(compiled: &Compiled, items: &[ItemResult]) -> Option<Self> {
        let [mut due, mut applicable, mut evidenced, mut points, mut points_to, mut bonus, mut bonus_to] = [Sum::default(); 7];
        for item in items {
            let figures = &*item.figures;
            let (to_points, to_points_to) = if compiled.plans[usize::from(item.item)].is_bonus {
                (&mut bonus, &mut bonus_to)
            } else {
                due.add(figures.due);
                applicable.add(figures.applicable);
                evidenced.add(figures.evidenced);
                (&mut points, &mut points_to)
            };
            to_points.add(figures.points.unwrap_or_default());
            to_points_to.add(figures.points_to.unwrap_or_default());
        }
        Some(Self {
            due: due.value()?,
            applicable: applicable.value()?,
            evidenced: evidenced.value()?,
            points: points.value()?,
            points_to: points_to.value()?,
            bonus: bonus.value()?,
            bonus_to: bonus_to.value()?,
        })
    }

    fn totals(self, compiled: &Compiled) -> Option<Totals> {
        let bonus = self.bonus.min(compiled.bonus_cap);
        let of_hundred = |points: Ratio, bonus: Ratio| add(divide(multiply(points, whole(100))?, self.due)?, bonus);
        let score = of_hundred(self.points, bonus)?;
        let bonus_to = self.bonus_to.min(compiled.bonus_cap);
        let score_to = if same(self.points_to, self.points) && same(bonus_to, bonus) { score } else { of_hundred(self.points_to, bonus_to)? };
        let evidenced_weight = divide(self.evidenced, self.applicable)?;
        let is_rated = compare(&evidenced_weight, &compiled.evidenced_weight_min).is_ge();
        Some(Totals { score, score_to, bonus, evidenced_weight, left_out: add(self.applicable, -self.due)?, due: self.due, is_rated })
    }
}

impl Evaluation {
    /// Organisations whose item came to `outcome` by its published word, for lists behind a figure.
    pub fn rows_with<'a>(&'a self, item: &'a str, outcome: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| self.item_of(row, item).map(|i| &i.outcome).map(Outcome::key) == Some(outcome))
    }
}
