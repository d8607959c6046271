//! Measures, all in one pass over an organisation's rows.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{DayOf, Key, Measure, Pack, Period};

use crate::exact::day_number;
use crate::fact::Flags;
use crate::facts::{Facts, NO_DAY, OrgFacts};
use crate::integers::Cell;

/// What a measure does with the rows of its kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Count,
    Sum,
    Distinct,
    Active(DayOf),
}

/// A measure ready for the pass.
#[derive(Debug, Clone)]
pub(crate) struct MeasurePlan {
    pub(crate) name: Key,
    pub(crate) operation: Operation,
    pub(crate) kinds: Vec<Key>,
    pub(crate) must: Flags,
    pub(crate) must_not: Flags,
    /// Counts what was held late and made up on the day it was held; otherwise it stands for the period it makes up.
    pub(crate) takes_made_up: bool,
}

/// The measures that a scheme's formulas name, each once.
pub(crate) struct MeasureTable<'p> {
    pack: &'p Pack,
    numbers: HashMap<Key, usize>,
    pub(crate) plans: Vec<MeasurePlan>,
    n_formulas: usize,
}

impl<'p> MeasureTable<'p> {
    pub(crate) fn new(pack: &'p Pack) -> Self {
        Self { pack, numbers: HashMap::new(), plans: Vec::new(), n_formulas: 0 }
    }

    /// The number of a measure; `None` when the pack has none of this name.
    pub(crate) fn number_of(&mut self, name: &str, problems: &mut Vec<String>) -> Option<usize> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let measure = self.pack.measures.get(name)?;
        match MeasurePlan::new(name, measure) {
            Ok(plan) => self.plans.push(plan),
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        }
        self.numbers.insert(name.to_owned(), self.plans.len() - 1);
        Some(self.plans.len() - 1)
    }

    pub(crate) fn next_formula(&mut self) -> usize {
        self.n_formulas += 1;
        self.n_formulas - 1
    }
}

impl MeasurePlan {
    fn new(name: &str, measure: &Measure) -> Result<Self, String> {
        let sources = [
            (&measure.count, Operation::Count),
            (&measure.sum, Operation::Sum),
            (&measure.distinct, Operation::Distinct),
            (&measure.active, Operation::Active(measure.at)),
        ];
        let mut given = sources.into_iter().filter(|(kinds, _)| !kinds.is_empty());
        let (Some((kinds, operation)), None) = (given.next(), given.next()) else {
            return Err(format!("计量 {name} 应当在 count、sum、distinct、active 中写且只写一项"));
        };
        let (mut must, mut must_not) = (Flags::default(), Flags::RETURNED);
        for (flag, wanted) in &measure.flags {
            let flag = Flags::named(flag).ok_or_else(|| format!("计量 {name} 的 where 中没有 {flag} 这个标记"))?;
            if *wanted {
                must = must | flag;
                must_not = Flags(must_not.0 & !flag.0);
            } else {
                must_not = must_not | flag;
            }
        }
        let takes_made_up = operation != Operation::Count || must.has(Flags::LATE) || must.has(Flags::ACCEPTED);
        Ok(Self { name: name.to_owned(), operation, kinds: kinds.clone(), must, must_not, takes_made_up })
    }

    fn is_active(&self) -> bool {
        matches!(self.operation, Operation::Active(_))
    }
}

/// Which measures a kind of fact feeds, for one set of facts; and the months of the period.
#[derive(Debug)]
pub(crate) struct Routes {
    events: ByKind,
    spans: ByKind,
    /// First day of each month, and the day after the last.
    months: Vec<i32>,
    /// In which of the months each day lies, from the first on.
    month_of_day: Vec<u8>,
    /// What holds on the last day of a month that is not over is seen on this day.
    as_of: i32,
}

/// What is done with the rows of each kind of fact, one list after another: looked up for every row of a city.
#[derive(Debug)]
struct ByKind {
    /// Where the list of each kind begins and ends.
    lists: Vec<(u32, u32)>,
    steps: Vec<Step>,
}

/// One measure that takes a kind, with all that the pass asks of it.
#[derive(Debug, Clone, Copy)]
struct Step {
    number: u16,
    operation: Operation,
    takes_made_up: bool,
    /// The marks of a row that matter, and those of them that it has to have.
    mask: u32,
    must: u32,
}

/// Beside the flags of a row: it makes up another period and is accepted for it.
const MADE_UP: u32 = 1 << u16::BITS;

impl Step {
    fn new(number: u16, plan: &MeasurePlan) -> Self {
        let MeasurePlan { operation, must, must_not, takes_made_up, .. } = *plan;
        let must = u32::from(must.0);
        let mask = must | u32::from(must_not.0) | if takes_made_up { 0 } else { MADE_UP };
        Self { number, operation, takes_made_up, mask, must }
    }

    fn takes(&self, marks: u32) -> bool {
        marks & self.mask == self.must
    }
}

impl ByKind {
    fn new(n_kinds: usize, mut pairs: Vec<(u16, u16)>, measures: &[MeasurePlan]) -> Self {
        pairs.sort_unstable();
        let start = |kind: usize| pairs.partition_point(|&(k, _)| usize::from(k) < kind) as u32;
        let lists = (0..n_kinds).map(|kind| (start(kind), start(kind + 1))).collect();
        let step = |&(_, number): &(u16, u16)| Step::new(number, &measures[usize::from(number)]);
        Self { lists, steps: pairs.iter().map(step).collect() }
    }

    fn of(&self, kind: u16) -> &[Step] {
        let (from, until) = self.lists[usize::from(kind)];
        &self.steps[from as usize..until as usize]
    }
}

impl Routes {
    pub(crate) fn new(measures: &[MeasurePlan], facts: &Facts, period: Period) -> Self {
        let (mut events, mut spans) = (Vec::new(), Vec::new());
        for (number, measure) in (0_u16..).zip(measures) {
            for kind in measure.kinds.iter().filter_map(|name| facts.kind(name)) {
                let pairs = if measure.is_active() { &mut spans } else { &mut events };
                pairs.push((kind, number));
            }
        }
        let n_kinds = facts.n_kinds();
        let months = months_of(period);
        let month_of_day = (months[0]..months[months.len() - 1]).map(|day| (months.partition_point(|&m| m <= day) - 1) as u8).collect();
        Self { events: ByKind::new(n_kinds, events, measures), spans: ByKind::new(n_kinds, spans, measures), months, month_of_day, as_of: i32::MAX }
    }

    /// The same, with what lies after a day not known yet: a span that only begins later does not hold at the end of the month.
    pub(crate) fn seen_on(self, day: Date) -> Self {
        Self { as_of: day_number(day), ..self }
    }

    fn n_months(&self) -> usize {
        self.months.len() - 1
    }
}

fn months_of(period: Period) -> Vec<i32> {
    let mut months: Vec<i32> = period.parts(policy::Per::Month).into_iter().map(|m| day_number(m.from())).collect();
    months.push(day_number(period.until()));
    months
}

/// Months `[first, until)` of the evaluated period, counted from its first.
pub(crate) type Months = std::ops::Range<usize>;

/// The months of `part` within `whole`.
pub(crate) fn months_within(part: Period, whole: Period) -> Months {
    let first = |p: Period| (p.ordinal - 1) * p.per.months();
    let from = usize::try_from(first(part) - first(whole)).expect("a part begins within the whole");
    from..from + usize::try_from(part.per.months()).expect("a period has months")
}

/// The figures of one organisation, month by month; used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    n_months: usize,
    /// Count and sum: of the month. Active: on its first or last day.
    cells: Vec<i64>,
    /// Accepted make-ups, by the month that they make up.
    made_up: Vec<i64>,
    /// Spans that hold all through the period, by measure.
    throughout: Vec<i64>,
    has_made_up: bool,
    /// Who was counted once, by measure.
    people: Vec<People>,
    /// Distinct counts that somebody else made: measure, months, count.
    given_distinct: Vec<(usize, Months, i64)>,
    /// Records behind each measure.
    traces: Vec<Vec<i64>>,
}

/// Rows of one kind and day that stand together: whoever came to one meeting.
struct Run<'r> {
    flags: &'r [Flags],
    makes_up: &'r [i32],
    quantities: &'r [i64],
    sources: &'r [i64],
    /// Marks that some row has, and those that all have.
    some: u32,
    all: u32,
    is_of_one_record: bool,
}

/// Which rows of a run a measure takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    All,
    /// Some, row by row: they differ in what it asks for.
    Some,
    None,
}

impl<'r> Run<'r> {
    /// Slices of one length.
    fn new(flags: &'r [Flags], makes_up: &'r [i32], quantities: &'r [i64], sources: &'r [i64]) -> Self {
        let both = |(some, all): (u32, u32), (flags, makes_up): (&Flags, &i32)| {
            let marks = marks(*flags, *makes_up);
            (some | marks, all & marks)
        };
        let (some, all) = flags.iter().zip(makes_up).fold((0, u32::MAX), both);
        let is_of_one_record = sources.iter().all(|source| *source == sources[0]);
        Self { flags, makes_up, quantities, sources, some, all, is_of_one_record }
    }

    fn taken(&self, step: &Step) -> Taken {
        if (self.some ^ self.all) & step.mask != 0 {
            return Taken::Some;
        }
        if step.takes(self.all) { Taken::All } else { Taken::None }
    }

    fn takes(&self, step: &Step, taken: Taken, row: usize) -> bool {
        taken == Taken::All || step.takes(marks(self.flags[row], self.makes_up[row]))
    }

    /// A count or sum with what the rows taken add to it.
    fn added_to(&self, sum: i64, step: &Step, taken: Taken) -> i64 {
        let is_sum = step.operation == Operation::Sum;
        if taken == Taken::All {
            let n = self.flags.len() as i64;
            return if is_sum { self.quantities.iter().fold(sum, |sum, n| sum.saturating_add(*n)) } else { sum.saturating_add(n) };
        }
        let rows = self.flags.iter().zip(self.makes_up).zip(self.quantities);
        let taken = rows.filter(|((flags, makes_up), _)| step.takes(marks(**flags, **makes_up)));
        taken.fold(sum, |sum, (_, quantity)| sum.saturating_add(if is_sum { *quantity } else { 1 }))
    }

    /// Puts the records of the rows taken to a trace.
    fn trace(&self, step: &Step, taken: Taken, trace: &mut Vec<i64>) {
        let mut sources = self.sources.iter().enumerate().filter(|(row, _)| self.takes(step, taken, *row));
        if self.is_of_one_record {
            sources.next().into_iter().for_each(|(_, source)| add_to_trace(trace, *source));
        } else {
            sources.for_each(|(_, source)| add_to_trace(trace, *source));
        }
    }
}

/// Rows of one record mostly lie together: somebody's presence stands in twenty.
fn add_to_trace(trace: &mut Vec<i64>, source: i64) {
    if trace.last() != Some(&source) {
        trace.push(source);
    }
}

/// The flags of a row, and whether it makes up another period.
fn marks(flags: Flags, makes_up: i32) -> u32 {
    let is_made_up = makes_up != NO_DAY && flags.has(Flags::ACCEPTED);
    u32::from(flags.0) | if is_made_up { MADE_UP } else { 0 }
}

/// People or units that a measure meets, each once, with the months in which it does.
#[derive(Debug, Default)]
struct People {
    /// By a digest of the id: one more than its place among those met, or nothing.
    slots: Vec<u32>,
    met: Vec<(i64, u16)>,
}

impl People {
    fn clear(&mut self) {
        if !self.met.is_empty() {
            self.slots.fill(0);
            self.met.clear();
        }
    }

    fn meet(&mut self, id: i64, month: usize) {
        if self.met.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let at = self.slot(id);
        if self.slots[at] == 0 {
            self.met.push((id, 0));
            self.slots[at] = u32::try_from(self.met.len()).expect("one process knows fewer than four thousand million people");
        }
        self.met[self.slots[at] as usize - 1].1 |= 1 << month;
    }

    /// Where an id stands, or would.
    fn slot(&self, id: i64) -> usize {
        let last = self.slots.len() - 1;
        let mut at = ((id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & last;
        while self.slots[at] != 0 && self.met[self.slots[at] as usize - 1].0 != id {
            at = (at + 1) & last;
        }
        at
    }

    fn grow(&mut self) {
        let n_slots = (self.slots.len() * 2).max(64);
        self.slots.clear();
        self.slots.resize(n_slots, 0);
        for i in 0..self.met.len() {
            let at = self.slot(self.met[i].0);
            self.slots[at] = i as u32 + 1;
        }
    }

    fn n_over(&self, months: &Months) -> i64 {
        self.over(months).count() as i64
    }

    fn over(&self, months: &Months) -> impl Iterator<Item = i64> + '_ {
        let wanted = months.clone().fold(0_u16, |bits, month| bits | 1 << month);
        self.met.iter().filter(move |(_, met)| met & wanted != 0).map(|(id, _)| *id)
    }
}

impl Figures {
    /// Reads one organisation's rows of the whole period; which parts of it count is decided later.
    pub(crate) fn read(&mut self, measures: &[MeasurePlan], routes: &Routes, facts: &OrgFacts<'_>) {
        self.clear(measures, routes);
        let mut traces = std::mem::take(&mut self.traces);
        traces.resize_with(measures.len(), Vec::new);
        self.read_rows(routes, facts, Some(&mut traces));
        self.traces = traces;
    }

    /// [`Figures::read`] without the records behind the figures.
    pub(crate) fn count(&mut self, measures: &[MeasurePlan], routes: &Routes, facts: &OrgFacts<'_>) {
        self.count_all(measures, routes, [*facts]);
    }

    /// Counts over the rows of several organisations as if they were one's: a person in two of them is one person.
    pub(crate) fn count_all<'f>(&mut self, measures: &[MeasurePlan], routes: &Routes, all: impl IntoIterator<Item = OrgFacts<'f>>) {
        self.clear(measures, routes);
        for facts in all {
            self.read_rows(routes, &facts, None);
        }
    }

    fn read_rows(&mut self, routes: &Routes, facts: &OrgFacts<'_>, mut traces: Option<&mut [Vec<i64>]>) {
        self.read_events(routes, facts, traces.as_deref_mut());
        self.read_made_up(routes, facts, traces);
        self.read_spans(routes, facts);
    }

    /// Takes what another engine counted, in place of reading rows; the records behind it are not known here.
    pub(crate) fn take(&mut self, measures: &[MeasurePlan], routes: &Routes, counted: &[Cell], period: Period) {
        self.clear(measures, routes);
        for cell in counted {
            let (number, months) = (usize::from(cell.measure), months_within(cell.period, period));
            if measures[number].operation == Operation::Distinct {
                self.given_distinct.push((number, months, cell.value));
                continue;
            }
            let at = number * self.n_months + months.start;
            if cell.made_up {
                self.begin_made_up();
                self.made_up[at] += cell.value;
            } else {
                self.cells[at] = self.cells[at].saturating_add(cell.value);
            }
        }
    }

    /// All that was counted over these parts of each measure, without zeros: months, and for distinct counts what items ask for.
    pub(crate) fn each_cell(&self, measures: &[MeasurePlan], parts: &[Vec<(Period, Months)>], mut take: impl FnMut(Cell)) {
        for (number, (parts, plan)) in parts.iter().zip(measures).enumerate() {
            let (measure, first) = (number as u16, number * self.n_months);
            let mut give = |period: Period, made_up: bool, value: i64| {
                if value != 0 {
                    take(Cell { measure, period, made_up, value });
                }
            };
            if plan.operation == Operation::Distinct {
                parts.iter().for_each(|(period, months)| give(*period, false, self.distinct_over(number, months)));
                continue;
            }
            let (months, throughout) = (first..first + self.n_months, self.throughout[number]);
            if self.has_made_up {
                for ((period, _), (value, made_up)) in parts.iter().zip(self.cells[months.clone()].iter().zip(&self.made_up[months])) {
                    give(*period, false, throughout + value);
                    give(*period, true, *made_up);
                }
                continue;
            }
            parts.iter().zip(&self.cells[months]).for_each(|((period, _), value)| give(*period, false, throughout + value));
        }
    }

    fn begin_made_up(&mut self) {
        if !self.has_made_up {
            self.has_made_up = true;
            self.made_up.clear();
            self.made_up.resize(self.cells.len(), 0);
        }
    }

    fn clear(&mut self, measures: &[MeasurePlan], routes: &Routes) {
        self.n_months = routes.n_months();
        self.cells.clear();
        self.cells.resize(measures.len() * self.n_months, 0);
        self.throughout.clear();
        self.throughout.resize(measures.len(), 0);
        self.people.resize_with(measures.len(), People::default);
        self.people.iter_mut().for_each(People::clear);
        self.given_distinct.clear();
        self.traces.iter_mut().for_each(Vec::clear);
        self.has_made_up = false;
    }

    /// Run by run of one kind and day: all who came to a meeting stand together, and what their kind feeds is looked up once. Where
    /// the rows of a run do not differ in what a measure asks for, it takes all of them or none.
    fn read_events(&mut self, routes: &Routes, facts: &OrgFacts<'_>, mut traces: Option<&mut [Vec<i64>]>) {
        let rows = facts.events_between(routes.months[0], routes.months[self.n_months]);
        // Slices of one length: nothing is checked row by row.
        let n = rows.len();
        let (days, kinds, flags) = (&facts.day[rows.clone()][..n], &facts.kind[rows.clone()][..n], &facts.flags[rows.clone()][..n]);
        let (quantities, subjects) = (&facts.quantity[rows.clone()][..n], &facts.subject[rows.clone()][..n]);
        let (sources, makes_up) = (&facts.source[rows.clone()][..n], &facts.makes_up[rows][..n]);
        let mut end = 0;
        while end < n {
            let (first, kind, day) = (end, kinds[end], days[end]);
            end += 1;
            while end < n && kinds[end] == kind && days[end] == day {
                end += 1;
            }
            let steps = routes.events.of(kind);
            if steps.is_empty() {
                continue;
            }
            let month = usize::from(routes.month_of_day[(day - routes.months[0]) as usize]);
            let run = Run::new(&flags[first..end], &makes_up[first..end], &quantities[first..end], &sources[first..end]);
            for step in steps {
                let number = usize::from(step.number);
                let taken = run.taken(step);
                if taken == Taken::None {
                    continue;
                }
                if step.operation == Operation::Distinct {
                    let people = &mut self.people[number];
                    let subjects = &subjects[first..end];
                    (0..subjects.len()).filter(|&row| run.takes(step, taken, row)).for_each(|row| people.meet(subjects[row], month));
                } else {
                    let cell = &mut self.cells[number * self.n_months + month];
                    *cell = run.added_to(*cell, step, taken);
                }
                if let Some(traces) = traces.as_deref_mut() {
                    run.trace(step, taken, &mut traces[number]);
                }
            }
        }
    }

    /// What was held after a period and accepted for it; it may have been held after the evaluated period.
    fn read_made_up(&mut self, routes: &Routes, facts: &OrgFacts<'_>, mut traces: Option<&mut [Vec<i64>]>) {
        let (first, last) = (routes.months[0], routes.months[self.n_months]);
        let rows = facts.events_between(first, i32::MAX);
        // Hardly anybody makes anything up: one look at the column says so.
        if facts.makes_up[rows.clone()].iter().all(|day| *day == NO_DAY) {
            return;
        }
        for row in rows {
            let owed = facts.makes_up[row];
            if owed == NO_DAY || owed < first || owed >= last || !facts.flags[row].has(Flags::ACCEPTED) {
                continue;
            }
            let month = routes.months.partition_point(|&m| m <= owed) - 1;
            for step in routes.events.of(facts.kind[row]) {
                let number = usize::from(step.number);
                if step.takes_made_up || facts.flags[row].has(Flags::RETURNED) {
                    continue;
                }
                self.begin_made_up();
                self.made_up[number * self.n_months + month] += 1;
                if let Some(traces) = traces.as_deref_mut() {
                    add_to_trace(&mut traces[number], facts.source[row]);
                }
            }
        }
    }

    fn read_spans(&mut self, routes: &Routes, facts: &OrgFacts<'_>) {
        for (kind, from, until) in facts.spans() {
            let measured = routes.spans.of(kind);
            if measured.is_empty() {
                continue;
            }
            // Most spans hold all through the period.
            let holds_throughout = from <= routes.months[0] && until >= routes.months[self.n_months];
            if holds_throughout {
                for step in measured {
                    self.throughout[usize::from(step.number)] += 1;
                }
                continue;
            }
            for step in measured {
                let number = usize::from(step.number);
                let is_last = step.operation == Operation::Active(DayOf::Last);
                for month in 0..self.n_months {
                    let day = if is_last { (routes.months[month + 1] - 1).min(routes.as_of) } else { routes.months[month] };
                    self.cells[number * self.n_months + month] += i64::from(from <= day && day < until);
                }
            }
        }
    }

    /// The value of a measure over some months.
    #[inline]
    pub(crate) fn over(&self, measures: &[MeasurePlan], number: usize, months: &Months) -> i64 {
        let cells = &self.cells[number * self.n_months..(number + 1) * self.n_months];
        match measures[number].operation {
            Operation::Count | Operation::Sum => cells[months.clone()].iter().fold(0, |sum: i64, n| sum.saturating_add(*n)),
            Operation::Active(DayOf::First) => self.throughout[number] + cells[months.start],
            Operation::Active(DayOf::Last) => self.throughout[number] + cells[months.end - 1],
            Operation::Distinct => self.distinct_over(number, months),
        }
    }

    /// As [`Figures::over`], with what was made up for these months.
    pub(crate) fn over_with_made_up(&self, measures: &[MeasurePlan], number: usize, months: &Months) -> i64 {
        let made_up = &self.made_up[number * self.n_months..(number + 1) * self.n_months];
        self.over(measures, number, months) + made_up[months.clone()].iter().sum::<i64>()
    }

    /// Whether anything was made up at all.
    pub(crate) fn has_made_up(&self) -> bool {
        self.has_made_up
    }

    fn distinct_over(&self, number: usize, months: &Months) -> i64 {
        let given = self.given_distinct.iter().find(|(of, over, _)| *of == number && over == months);
        given.map_or_else(|| self.people[number].n_over(months), |(_, _, count)| *count)
    }

    /// The persons or units that a distinct count finds in these months, each once.
    pub(crate) fn subjects_over<'f>(&'f self, number: usize, months: &Months) -> impl Iterator<Item = i64> + 'f {
        self.people[number].over(months)
    }

    /// Puts the records behind these measures to the end of a list, each once, ascending.
    pub(crate) fn add_evidence(&self, of: &[usize], list: &mut Vec<i64>) {
        let first = list.len();
        // Figures that somebody else counted come without their records.
        of.iter().filter_map(|&m| self.traces.get(m)).for_each(|trace| list.extend_from_slice(trace));
        if list[first..].is_sorted_by(|a, b| a < b) {
            return;
        }
        list[first..].sort_unstable();
        let mut kept = first;
        for i in first..list.len() {
            if i == first || list[i] != list[kept - 1] {
                list[kept] = list[i];
                kept += 1;
            }
        }
        list.truncate(kept);
    }
}
