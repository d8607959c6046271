//! The lower bound: what somebody would write by hand for just these measures over just these columns. Every organisation's
//! figures lie in one small table that stays in the cache; each row is looked at once.

use std::thread;

use assessment::{Compiled, EventColumns, Flags, SpanColumns, day_number};
use policy::{DayOf, Pack, Per, Period};

use crate::{checked, weight};

/// What one kind of event adds to.
#[derive(Clone, Copy)]
struct Target {
    measure: usize,
    must: u16,
    must_not: u16,
    is_sum: bool,
    takes_made_up: bool,
}

pub struct Plan {
    weights: Vec<i64>,
    targets: Vec<Vec<Target>>,
    /// By kind of span: measure, and whether the last day of a month counts.
    held: Vec<Vec<(usize, bool)>>,
    first_day: i32,
    /// The month of each day of the year.
    months: Vec<u8>,
    starts: Vec<i32>,
}

impl Plan {
    pub fn new(pack: &Pack, compiled: &Compiled, kinds: &[String], year: Period) -> Self {
        let names: Vec<&str> = compiled.measure_names().collect();
        let (mut targets, mut held) = (vec![Vec::new(); kinds.len()], vec![Vec::new(); kinds.len()]);
        for (measure, name) in names.iter().enumerate() {
            let definition = &pack.measures[*name];
            let (mut must, mut must_not) = (0, Flags::RETURNED.0);
            for (flag, wanted) in &definition.flags {
                let flag = Flags::named(flag).expect("the pack is sound").0;
                if *wanted {
                    must |= flag;
                    must_not &= !flag;
                } else {
                    must_not |= flag;
                }
            }
            let is_sum = !definition.sum.is_empty();
            assert!(definition.distinct.is_empty(), "the schemes that are measured count nobody once");
            let takes_made_up = is_sum || must & (Flags::LATE.0 | Flags::ACCEPTED.0) != 0;
            // A kind may stand twice in the list: once in the events, once in the spans.
            let places = |kind: &String| kinds.iter().enumerate().filter(|(_, known)| **known == *kind).map(|(at, _)| at).collect::<Vec<_>>();
            for at in definition.count.iter().chain(&definition.sum).flat_map(places) {
                targets[at].push(Target { measure, must, must_not, is_sum, takes_made_up });
            }
            for at in definition.active.iter().flat_map(places) {
                held[at].push((measure, definition.at == DayOf::Last));
            }
        }
        let parts = year.parts(Per::Month);
        let mut starts: Vec<i32> = parts.iter().map(|month| day_number(month.from())).collect();
        starts.push(day_number(year.until()));
        let months = (starts[0]..starts[12]).map(|day| (starts.partition_point(|start| *start <= day) - 1) as u8).collect();
        let weights = names.into_iter().map(weight).collect();
        Self { weights, targets, held, first_day: starts[0], months, starts }
    }

    /// All figures in one number, on both cores.
    pub fn sum(&self, events: &EventColumns, spans: &SpanColumns) -> i64 {
        let n = events.organisation.len();
        let middle = n / 2 + events.organisation[n / 2..].partition_point(|org| *org == events.organisation[n / 2]);
        let cut = events.organisation.get(middle).map_or(spans.organisation.len(), |org| spans.organisation.partition_point(|of| of < org));
        thread::scope(|scope| {
            let other = scope.spawn(|| self.part(events, spans, middle..n, cut..spans.organisation.len()));
            self.part(events, spans, 0..middle, 0..cut).wrapping_add(other.join().expect("the loop does not panic"))
        })
    }

    fn part(&self, events: &EventColumns, spans: &SpanColumns, rows: std::ops::Range<usize>, span_rows: std::ops::Range<usize>) -> i64 {
        let mut cells = vec![[0_i64; 12]; self.weights.len()];
        let mut throughout = vec![0_i64; self.weights.len()];
        let (mut row, mut span) = (rows.start, span_rows.start);
        let mut sum = 0;
        while row < rows.end || span < span_rows.end {
            let next = |list: &[i64], at: usize, end: usize| if at < end { list[at] } else { i64::MAX };
            let org = next(&events.organisation, row, rows.end).min(next(&spans.organisation, span, span_rows.end));
            while row < rows.end && events.organisation[row] == org {
                let day = events.day[row] - self.first_day;
                if let Some(&month) = usize::try_from(day).ok().and_then(|day| self.months.get(day)) {
                    let flags = events.flags[row].0;
                    let made_up = events.makes_up[row] != EventColumns::NO_DAY && flags & Flags::ACCEPTED.0 != 0;
                    for target in &self.targets[usize::from(events.kind[row])] {
                        if flags & target.must == target.must && flags & target.must_not == 0 && (!made_up || target.takes_made_up) {
                            cells[target.measure][usize::from(month)] += if target.is_sum { events.quantity[row] } else { 1 };
                        }
                    }
                }
                row += 1;
            }
            while span < span_rows.end && spans.organisation[span] == org {
                for &(measure, is_last) in &self.held[usize::from(spans.kind[span])] {
                    // Most hold all the year.
                    if spans.from[span] <= self.starts[0] && spans.until[span] >= self.starts[12] {
                        throughout[measure] += 1;
                        continue;
                    }
                    for (month, cell) in cells[measure].iter_mut().enumerate() {
                        let day = if is_last { self.starts[month + 1] - 1 } else { self.starts[month] };
                        *cell += i64::from(spans.from[span] <= day && day < spans.until[span]);
                    }
                }
                span += 1;
            }
            for ((&weight, months), throughout) in self.weights.iter().zip(&mut cells).zip(&mut throughout) {
                let throughout = std::mem::take(throughout);
                for (month, value) in (1..).zip(months.iter_mut()) {
                    let value = std::mem::take(value) + throughout;
                    if value != 0 {
                        sum = checked(sum, org, weight, month, value);
                    }
                }
            }
        }
        sum
    }
}
