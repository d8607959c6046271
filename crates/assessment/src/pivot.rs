//! Measures and indicators over groups of organisations and over periods (数据透视): one pass over the rows, then every figure is made
//! from what the rows of all its organisations say together, so that a ratio or a distinct count is right at every level.

use std::thread;

use jiff::civil::Date;
use num_traits::Zero;
use policy::{DayOf, Key, Pack, Per, Period, Ratio};

use crate::compile::Compiled;
use crate::exact::{add, divide, whole};
use crate::facts::Facts;
use crate::formula::Memo;
use crate::measure::{Figures, Months, Operation, Routes, months_within};
use crate::part::{ItemContext, Part, Reading, judge_part};
use crate::subject::{Marks, Subject};

/// From so many organisations on a second thread pays.
const MEMBERS_PER_THREAD_MIN: usize = 1_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    Measure(Key),
    Indicator(Key),
}

/// An organisation, and the groups in which its rows count.
#[derive(Debug, Clone, Copy)]
pub struct GroupMember<'a> {
    pub subject: &'a Subject,
    pub groups: [Option<u32>; 4],
    /// Whether indicators judge it; measures count the rows of all.
    pub is_judged: bool,
}

/// The days that a table is about.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// All columns lie within it.
    pub whole: Period,
    /// They may overlap: twelve months and the year.
    pub columns: &'a [Period],
    /// Periods are judged when they end by this day.
    pub closed_until: Date,
    /// What holds at the end of a period that is not over is seen on this day.
    pub as_of: Date,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFigure {
    /// Of a measure what it counts; of an indicator the periods met in time, or what is divided.
    pub above: Ratio,
    /// The periods judged, or what it is divided by; a measure has none.
    pub below: Option<Ratio>,
    /// Periods met late, within `below` and not in `above`.
    pub n_late: u32,
    /// Periods that nothing evidences: in neither.
    pub n_unknown: u32,
}

impl GroupFigure {
    /// The share, or what was counted; nothing where nothing was judged.
    #[must_use]
    pub fn value(&self) -> Option<Ratio> {
        match self.below {
            None => Some(self.above),
            Some(below) => divide(self.above, below),
        }
    }
}

/// Figures by group, column and what was asked for.
#[derive(Debug)]
pub struct Table {
    n_columns: usize,
    n_wanted: usize,
    figures: Vec<Option<GroupFigure>>,
}

impl Table {
    /// A figure; `None`: it is judged over longer periods than this column, or does not fit.
    #[must_use]
    pub fn at(&self, group: usize, column: usize, wanted: usize) -> Option<&GroupFigure> {
        self.figures.get((group * self.n_columns + column) * self.n_wanted + wanted)?.as_ref()
    }
}

/// What one period of one organisation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    Met,
    Late,
    NotMet,
    Unknown(String),
    Outside(String),
    Coming,
}

/// One period of one organisation behind an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedPeriod {
    pub period: Period,
    pub judged: Judged,
    /// What was found, and what it is divided by.
    pub found: Option<Ratio>,
    pub of: Option<Ratio>,
}

/// One row that a figure counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowBehind {
    pub kind: String,
    /// The day of an event, the first day of what holds.
    pub on: Date,
    pub until: Option<Date>,
    pub is_span: bool,
    pub quantity: i64,
    pub subject: i64,
    pub source: i64,
    /// Counted for the period it makes up.
    pub makes_up: Option<Date>,
}

/// What is asked for, ready to be counted.
#[derive(Debug, Clone)]
pub struct Pivot {
    compiled: Compiled,
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    of: Of,
    /// Counted by such periods, then put together.
    per: Per,
    /// Measures of which sums are kept.
    measures: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Measure(usize),
    Indicator(usize),
}

impl Pivot {
    /// Binds what is asked for to a pack.
    ///
    /// # Errors
    /// What the pack lacks, one sentence each.
    pub fn new(pack: &Pack, wanted: &[Wanted], on: Date) -> Result<Self, Vec<String>> {
        let measures: Vec<&Key> = wanted.iter().filter_map(|it| if let Wanted::Measure(key) = it { Some(key) } else { None }).collect();
        let indicators: Vec<Key> = wanted.iter().filter_map(|it| if let Wanted::Indicator(key) = it { Some(key.clone()) } else { None }).collect();
        if let Some(key) = indicators.iter().find(|key| pack.indicators.get(*key).is_some_and(|it| it.value.is_none())) {
            let name = &pack.indicators[key].name;
            return Err(vec![format!("“{name}”由人评判，没有记录可数，请在考核里看")]);
        }
        let (compiled, numbers) = Compiled::of_indicators_and_measures(pack, &indicators, &measures, on)?;
        let (mut items, mut numbers) = (0.., numbers.into_iter());
        let lines = wanted.iter().filter_map(|it| match it {
            Wanted::Measure(_) => numbers.next().map(|number| Line { of: Of::Measure(number), per: Per::Month, measures: vec![number] }),
            Wanted::Indicator(_) => items.next().map(|item| {
                let plan: &crate::compile::ItemPlan = &compiled.plans[item];
                let measures = if plan.of.is_some() { plan.traced.clone() } else { Vec::new() };
                Line { of: Of::Indicator(item), per: plan.per, measures }
            }),
        });
        let lines = lines.collect();
        Ok(Self { compiled, lines })
    }

    /// Counts everything in one pass. Whoever asks has put only organisations within reach among the members.
    #[must_use]
    pub fn count(&self, members: &[GroupMember<'_>], n_groups: usize, facts: &Facts, marks: &Marks, span: Span<'_>) -> Table {
        let counting = Counting::new(self, n_groups, facts, marks, span);
        let n_threads = thread::available_parallelism().map_or(1, usize::from).min(members.len() / MEMBERS_PER_THREAD_MIN).max(1);
        let mut sums = if n_threads == 1 {
            counting.sums_of(members)
        } else {
            let per_thread = members.len().div_ceil(n_threads);
            thread::scope(|scope| {
                let threads: Vec<_> = members.chunks(per_thread).map(|chunk| scope.spawn(|| counting.sums_of(chunk))).collect();
                let parts = threads.into_iter().map(|thread| thread.join().expect("counting does not panic"));
                parts.reduce(Sums::merged).unwrap_or_default()
            })
        };
        sums.distinct.sort_unstable();
        sums.distinct.dedup();
        counting.table(members, &sums)
    }

    /// The periods behind an indicator, of each of these organisations.
    #[must_use]
    pub fn judged(&self, wanted: usize, subjects: &[&Subject], facts: &Facts, marks: &Marks, span: Span<'_>) -> Vec<Vec<JudgedPeriod>> {
        let Some(Line { of: Of::Indicator(item), .. }) = self.lines.get(wanted) else { return subjects.iter().map(|_| Vec::new()).collect() };
        let counting = Counting::new(self, 0, facts, marks, span);
        let (plan, context) = (&self.compiled.plans[*item], counting.contexts[*item].as_ref().expect("every item asked for has its context"));
        let mut figures = Figures::default();
        let mut memo = Memo::default();
        let mut of_one = |subject: &&Subject| -> Vec<JudgedPeriod> {
            let reading = counting.read(subject, &mut figures);
            let is_covered = context.is_covered(&reading.facts);
            let parts = context.parts.iter().filter(|part| span.columns.iter().any(|column| is_within(part.period, *column)));
            parts
                .map(|part| {
                    let months = months_within(part.period, span.whole);
                    let over = |measure: usize| reading.figures.over(reading.measures, measure, &months);
                    let found = plan.value.as_ref().and_then(|formula| formula.value(&over, subject, &mut memo));
                    let of = plan.of.as_ref().and_then(|formula| formula.value(&over, subject, &mut memo));
                    let judged = match judge_part(plan, context, part, &reading, &mut memo, is_covered) {
                        Part::Met(_) => Judged::Met,
                        Part::Late(_) => Judged::Late,
                        Part::NotMet(_) => Judged::NotMet,
                        Part::Unknown(what) => Judged::Unknown(what.to_owned()),
                        Part::Outside(why) => Judged::Outside(why.into_owned()),
                        Part::Coming { .. } => Judged::Coming,
                    };
                    JudgedPeriod { period: part.period, judged, found, of }
                })
                .collect()
        };
        subjects.iter().map(&mut of_one).collect()
    }

    /// Whether it is judged period by period; else it only counts.
    #[must_use]
    pub fn is_judged(&self, wanted: usize) -> bool {
        matches!(self.lines.get(wanted), Some(Line { of: Of::Indicator(_), .. }))
    }

    /// The kinds of fact that it reads.
    #[must_use]
    pub fn kinds(&self, wanted: usize) -> Vec<Key> {
        let Some(line) = self.lines.get(wanted) else { return Vec::new() };
        let measures = self.traced(line);
        let mut kinds: Vec<Key> = measures.iter().flat_map(|&number| self.compiled.measures[number].kinds.iter().cloned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn traced<'a>(&'a self, line: &'a Line) -> &'a [usize] {
        match line.of {
            Of::Measure(_) => &line.measures,
            Of::Indicator(item) => &self.compiled.plans[item].traced,
        }
    }

    /// Shows every row of one organisation that a figure counts in a period, each once; events by day, then what holds.
    pub fn rows_behind(&self, wanted: usize, organisation: i64, facts: &Facts, period: Period, as_of: Date, mut visit: impl FnMut(RowBehind)) {
        let Some(line) = self.lines.get(wanted) else { return };
        let plans: Vec<_> = self.traced(line).iter().map(|&number| &self.compiled.measures[number]).collect();
        for event in facts.events_of(organisation) {
            let is_made_up = event.makes_up.is_some() && event.flags.has(crate::Flags::ACCEPTED);
            let taken =
                plans.iter().filter(|plan| !matches!(plan.operation, Operation::Active(_)) && plan.kinds.iter().any(|kind| kind == event.kind));
            let taken = taken.filter_map(|plan| {
                if is_made_up && !plan.takes_made_up {
                    return event.makes_up.filter(|_| !event.flags.has(crate::Flags::RETURNED));
                }
                (event.flags.has(plan.must) && event.flags.0 & plan.must_not.0 == 0).then_some(event.on)
            });
            let Some(day) = { taken }.find(|day| period.contains(*day)) else { continue };
            visit(RowBehind {
                kind: event.kind.to_owned(),
                on: event.on,
                until: None,
                is_span: false,
                quantity: event.quantity,
                subject: event.subject,
                source: event.source,
                makes_up: Some(day).filter(|day| *day != event.on),
            });
        }
        for row in facts.spans_of(organisation) {
            let holds_on = |day: Date| row.from <= day && row.until.is_none_or(|until| day < until);
            let is_taken = plans.iter().any(|plan| {
                let Operation::Active(at) = plan.operation else { return false };
                plan.kinds.iter().any(|kind| kind == row.kind)
                    && holds_on(if at == DayOf::First { period.from() } else { period.last_day().min(as_of) })
            });
            if is_taken {
                let (on, until) = (row.from, row.until);
                visit(RowBehind {
                    kind: row.kind.to_owned(),
                    on,
                    until,
                    is_span: true,
                    quantity: row.quantity,
                    subject: row.subject,
                    source: row.source,
                    makes_up: None,
                });
            }
        }
    }
}

fn is_within(part: Period, column: Period) -> bool {
    column.from() <= part.from() && part.until() <= column.until()
}

/// Periods of one line that came to each outcome.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n_met: u32,
    n_late: u32,
    n_not_met: u32,
    n_unknown: u32,
}

/// What one thread has counted, by group, line and part.
#[derive(Debug, Default)]
struct Sums {
    counts: Vec<Counts>,
    sums: Vec<i64>,
    /// Part, measure, person or unit.
    distinct: Vec<(u32, u16, i64)>,
}

impl Sums {
    fn merged(mut self, other: Self) -> Self {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            mine.n_met += theirs.n_met;
            mine.n_late += theirs.n_late;
            mine.n_not_met += theirs.n_not_met;
            mine.n_unknown += theirs.n_unknown;
        }
        self.sums.iter_mut().zip(other.sums).for_each(|(mine, theirs)| *mine = mine.saturating_add(theirs));
        self.distinct.extend(other.distinct);
        self
    }

    fn n_distinct(&self, part: u32, measure: usize) -> i64 {
        self.subjects(part, measure).count() as i64
    }

    fn subjects(&self, part: u32, measure: usize) -> impl Iterator<Item = i64> + '_ {
        let first = self.distinct.partition_point(|&(p, m, _)| (p, usize::from(m)) < (part, measure));
        self.distinct[first..].iter().take_while(move |&&(p, m, _)| (p, usize::from(m)) == (part, measure)).map(|&(_, _, subject)| subject)
    }
}

/// The parts of a line, where they begin among those of a group, and where their sums begin.
type LineParts = (Vec<(Period, Months)>, usize, usize);

/// Everything that is the same for all organisations of one table.
struct Counting<'a> {
    pivot: &'a Pivot,
    n_groups: usize,
    facts: &'a Facts,
    marks: &'a Marks,
    span: Span<'a>,
    routes: Routes,
    /// By item.
    contexts: Vec<Option<ItemContext>>,
    /// By line.
    parts: Vec<LineParts>,
    n_parts: usize,
    n_sums: usize,
}

impl<'a> Counting<'a> {
    fn new(pivot: &'a Pivot, n_groups: usize, facts: &'a Facts, marks: &'a Marks, span: Span<'a>) -> Self {
        let routes = Routes::new(&pivot.compiled.measures, facts, span.whole).seen_on(span.as_of);
        let context = |(number, plan)| Some(ItemContext::new(number, plan, facts, span.whole, span.closed_until));
        let contexts = pivot.compiled.plans.iter().enumerate().map(context).collect();
        let (mut n_parts, mut n_sums) = (0, 0);
        let parts = pivot.lines.iter().map(|line| {
            let parts: Vec<_> = span.whole.parts(line.per).into_iter().map(|part| (part, months_within(part, span.whole))).collect();
            let place = (n_parts, n_sums);
            n_parts += parts.len();
            n_sums += parts.len() * line.measures.len();
            (parts, place.0, place.1)
        });
        let parts = parts.collect();
        Self { pivot, n_groups, facts, marks, span, routes, contexts, parts, n_parts, n_sums }
    }

    fn read<'r>(&'r self, subject: &'r Subject, figures: &'r mut Figures) -> Reading<'r> {
        let facts = self.facts.of(subject.id);
        figures.read(&self.pivot.compiled.measures, &self.routes, &facts);
        Reading {
            subject,
            facts,
            marks: self.marks.of(subject.id),
            measures: &self.pivot.compiled.measures,
            figures,
            earlier: &[],
            period: self.span.whole,
            life: subject.life(),
        }
    }

    fn sums_of(&self, members: &[GroupMember<'_>]) -> Sums {
        let mut sums =
            Sums { counts: vec![Counts::default(); self.n_groups * self.n_parts], sums: vec![0; self.n_groups * self.n_sums], distinct: Vec::new() };
        let mut figures = Figures::default();
        let mut memo = Memo::default();
        for member in members {
            let reading = self.read(member.subject, &mut figures);
            for (number, line) in self.pivot.lines.iter().enumerate() {
                match line.of {
                    Of::Measure(_) => self.add_measure(number, member, &reading, &mut sums),
                    Of::Indicator(item) if member.is_judged => self.add_indicator(number, item, member, &reading, &mut memo, &mut sums),
                    Of::Indicator(_) => {}
                }
            }
        }
        sums
    }

    fn add_measure(&self, line: usize, member: &GroupMember<'_>, reading: &Reading<'_>, sums: &mut Sums) {
        for part in 0..self.parts[line].0.len() {
            self.add_sums(line, part, member, reading, sums);
        }
    }

    fn add_indicator(&self, line: usize, item: usize, member: &GroupMember<'_>, reading: &Reading<'_>, memo: &mut Memo, sums: &mut Sums) {
        let plan = &self.pivot.compiled.plans[item];
        let Some(context) = &self.contexts[item] else { return };
        let is_covered = context.is_covered(&reading.facts);
        let (_, first, _) = self.parts[line];
        for (at, part) in context.parts.iter().enumerate() {
            let came_to: fn(&mut Counts) = match judge_part(plan, context, part, reading, memo, is_covered) {
                Part::Outside(_) | Part::Coming { .. } => continue,
                Part::Unknown(_) => |counts| counts.n_unknown += 1,
                Part::Met(_) => |counts| counts.n_met += 1,
                Part::Late(_) => |counts| counts.n_late += 1,
                Part::NotMet(_) => |counts| counts.n_not_met += 1,
            };
            let mut one = Counts::default();
            came_to(&mut one);
            for group in member.groups.into_iter().flatten() {
                came_to(&mut sums.counts[group as usize * self.n_parts + first + at]);
            }
            if one.n_unknown == 0 {
                self.add_sums(line, at, member, reading, sums);
            }
        }
    }

    /// Adds what one part of the period holds of a line's measures.
    fn add_sums(&self, line: usize, part: usize, member: &GroupMember<'_>, reading: &Reading<'_>, sums: &mut Sums) {
        let (parts, first, first_sum) = &self.parts[line];
        let months = &parts[part].1;
        let measures = &self.pivot.lines[line].measures;
        for (at, &number) in measures.iter().enumerate() {
            if reading.measures[number].operation == Operation::Distinct {
                for group in member.groups.into_iter().flatten() {
                    let slot = group as usize * self.n_parts + first + part;
                    let subjects = reading.figures.subjects_over(number, months);
                    sums.distinct.extend(subjects.map(|subject| (slot as u32, number as u16, subject)));
                }
                continue;
            }
            let value = if reading.figures.has_made_up() && matches!(self.pivot.lines[line].of, Of::Measure(_)) {
                reading.figures.over_with_made_up(reading.measures, number, months)
            } else {
                reading.figures.over(reading.measures, number, months)
            };
            if value == 0 {
                continue;
            }
            for group in member.groups.into_iter().flatten() {
                let sum = &mut sums.sums[group as usize * self.n_sums + first_sum + part * measures.len() + at];
                *sum = sum.saturating_add(value);
            }
        }
    }

    fn table(&self, members: &[GroupMember<'_>], sums: &Sums) -> Table {
        // A condition on field or level is asked of the first that is judged, as for any set of organisations.
        let mut first_of: Vec<Option<&Subject>> = vec![None; self.n_groups];
        for member in members.iter().filter(|member| member.is_judged) {
            member.groups.into_iter().flatten().for_each(|group| _ = first_of[group as usize].get_or_insert(member.subject));
        }
        let (n_columns, n_wanted) = (self.span.columns.len(), self.pivot.lines.len());
        let mut memo = Memo::default();
        let mut figures = Vec::with_capacity(self.n_groups * n_columns * n_wanted);
        for (group, first) in first_of.into_iter().enumerate() {
            for column in self.span.columns {
                figures.extend((0..n_wanted).map(|line| match self.pivot.lines[line].of {
                    Of::Measure(number) => self.counted(group, line, number, *column, sums),
                    Of::Indicator(item) => self.judged(group, line, item, *column, first, sums, &mut memo),
                }));
            }
        }
        Table { n_columns, n_wanted, figures }
    }

    fn counted(&self, group: usize, line: usize, number: usize, column: Period, sums: &Sums) -> Option<GroupFigure> {
        let (parts, first, first_sum) = &self.parts[line];
        let months = months_within(column, self.span.whole);
        let sum = |month: usize| sums.sums[group * self.n_sums + first_sum + month];
        let value = match self.pivot.compiled.measures[number].operation {
            Operation::Count | Operation::Sum => months.map(sum).fold(0, i64::saturating_add),
            Operation::Active(DayOf::First) => sum(months.start),
            Operation::Active(DayOf::Last) => sum(months.end - 1),
            Operation::Distinct => {
                debug_assert!(months.end <= parts.len());
                let slot = |month: usize| (group * self.n_parts + first + month) as u32;
                let mut subjects: Vec<i64> = months.flat_map(|month| sums.subjects(slot(month), number)).collect();
                subjects.sort_unstable();
                subjects.dedup();
                subjects.len() as i64
            }
        };
        Some(GroupFigure { above: whole(value), below: None, n_late: 0, n_unknown: 0 })
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a figure follows from")]
    fn judged(
        &self,
        group: usize,
        line: usize,
        item: usize,
        column: Period,
        subject: Option<&Subject>,
        sums: &Sums,
        memo: &mut Memo,
    ) -> Option<GroupFigure> {
        let plan = &self.pivot.compiled.plans[item];
        if column.per.months() < plan.per.months() {
            return None;
        }
        let (parts, first, first_sum) = &self.parts[line];
        let measures = &self.pivot.lines[line].measures;
        let mut all = Counts::default();
        let (mut above, mut below) = (Ratio::zero(), Ratio::zero());
        for (at, _) in parts.iter().enumerate().filter(|(_, (part, _))| is_within(*part, column)) {
            let counts = sums.counts[group * self.n_parts + first + at];
            all.n_met += counts.n_met;
            all.n_late += counts.n_late;
            all.n_not_met += counts.n_not_met;
            all.n_unknown += counts.n_unknown;
            let (Some(of), Some(subject)) = (&plan.of, subject) else { continue };
            if counts.n_met + counts.n_late + counts.n_not_met == 0 {
                continue;
            }
            let over = |measure: usize| {
                if self.pivot.compiled.measures[measure].operation == Operation::Distinct {
                    return sums.n_distinct((group * self.n_parts + first + at) as u32, measure);
                }
                let place = measures.iter().position(|known| *known == measure);
                place.map_or(0, |place| sums.sums[group * self.n_sums + first_sum + at * measures.len() + place])
            };
            above = add(above, plan.value.as_ref()?.value(&over, subject, memo)?)?;
            below = add(below, of.value(&over, subject, memo)?)?;
        }
        if plan.of.is_none() {
            above = whole(i64::from(all.n_met));
            below = whole(i64::from(all.n_met + all.n_late + all.n_not_met));
        }
        Some(GroupFigure { above, below: Some(below), n_late: all.n_late, n_unknown: all.n_unknown })
    }
}
