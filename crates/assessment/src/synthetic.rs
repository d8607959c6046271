//! An invented city for benchmarks: the same for the same numbers, on every machine.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use policy::{Key, Period};

use crate::compile::Compiled;
use crate::exact::{date_of, day_number};
use crate::fact::{Event, Flags, Span};
use crate::facts::{Facts, FactsBuilder};
use crate::measure::Operation;
use crate::subject::{Subject, Superior};

/// Members with a span in every invented branch.
const MEMBERS: i64 = 20;

/// `n` branches in ten counties, with up to twelve events of every kind that the scheme counts,
/// twenty members each, and complete coverage.
#[must_use]
pub fn synthetic_city(compiled: &Compiled, n: i64, period: Period) -> (Vec<Subject>, Facts) {
    let mut facts = FactsBuilder::new();
    let subjects = synthetic_subjects(compiled, n, period);
    for subject in &subjects {
        let (events, spans) = synthetic_rows(compiled, subject.id, period, 1);
        events.iter().for_each(|event| facts.event(subject.id, event));
        spans.iter().for_each(|span| facts.span(subject.id, span));
    }
    (subjects, facts.build())
}

/// The branches of [`synthetic_city`].
#[must_use]
pub fn synthetic_subjects(compiled: &Compiled, n: i64, period: Period) -> Vec<Subject> {
    synthetic_subjects_between(compiled, 1..=n, period)
}

/// Those of them with these numbers.
#[must_use]
pub fn synthetic_subjects_between(compiled: &Compiled, numbers: RangeInclusive<i64>, period: Period) -> Vec<Subject> {
    let fields: Vec<Key> = compiled.field_names.keys().cloned().collect();
    let kind = compiled.kinds.first().cloned().unwrap_or_default();
    let founded = founded_before(period);
    let mut subjects = Vec::new();
    for id in numbers {
        let county = id % 10;
        let superior = |code: String, level: &str| Superior { id: 0, code, level: level.to_owned() };
        subjects.push(Subject {
            id,
            code: format!("P{id:08}"),
            name: format!("第{id}党支部"),
            kind: kind.clone(),
            field: fields.get(id as usize % fields.len().max(1)).cloned().unwrap_or_default(),
            level: "branch".to_owned(),
            from: founded,
            until: None,
            go_live: None,
            superiors: vec![superior(format!("C{county}"), "county"), superior("S".to_owned(), "city")],
        });
    }
    subjects
}

fn founded_before(period: Period) -> Date {
    date_of(day_number(period.from()) - 3_650)
}

/// The rows of one branch of [`synthetic_city`], with `times` as many events.
#[must_use]
pub fn synthetic_rows(compiled: &Compiled, org: i64, period: Period, times: u64) -> (Vec<Event<'_>>, Vec<Span<'_>>) {
    let founded = founded_before(period);
    let (mut events, mut spans) = (Vec::new(), Vec::new());
    let mut state = org as u64;
    let first = day_number(period.from());
    let n_days = (day_number(period.until()) - first) as u64;
    for measure in &compiled.measures {
        for kind in &measure.kinds {
            if matches!(measure.operation, Operation::Active(_)) {
                for member in 0..MEMBERS {
                    spans.push(Span { kind, from: founded, until: None, quantity: 1, subject: member, source: member });
                }
                continue;
            }
            for _ in 0..next(&mut state) % 13 * times {
                let on = date_of(first + (next(&mut state) % n_days) as i32);
                let quantity = (next(&mut state) % 240) as i64;
                let source = 0;
                events.push(Event { kind, on, quantity, subject: quantity, flags: Flags::default(), source, makes_up: None });
            }
        }
    }
    // Records are numbered as they are entered: day by day.
    events.sort_by_key(|event| event.on);
    for (event, source) in events.iter_mut().zip(org * 10_000 + 1..) {
        event.source = source;
    }
    for family in ["coverage.activity", "coverage.organisation"] {
        spans.push(Span { kind: family, from: period.from(), until: Some(period.until()), quantity: 1, subject: 0, source: 0 });
    }
    (events, spans)
}

/// Rows of one organisation with everything that a row may carry: flags of all kinds, what was held late and accepted for another
/// month, spans that begin and end within the year. For `period` and the half-year after it, in which something may still be made up.
#[must_use]
pub fn synthetic_mixed_rows(compiled: &Compiled, org: i64, period: Period) -> (Vec<Event<'_>>, Vec<Span<'_>>) {
    let mut state = (org as u64) ^ 0x6a09_e667_f3bc_c908;
    let mut below = |n: u64| next(&mut state) % n;
    let first = day_number(period.from());
    let n_days = (day_number(period.until()) - first) as u64;
    let (mut events, mut spans) = (Vec::new(), Vec::new());
    let mut source = org * 10_000;
    for measure in &compiled.measures {
        for kind in &measure.kinds {
            for _ in 0..below(19) {
                source += 1;
                if matches!(measure.operation, Operation::Active(_)) {
                    let from = first - 60 + below(n_days) as i32;
                    let until = (below(3) > 0).then(|| date_of(from + 1 + below(n_days) as i32));
                    spans.push(Span { kind, from: date_of(from), until, quantity: 1, subject: below(40) as i64, source });
                    continue;
                }
                let day = first + below(n_days + 181) as i32;
                let flags = Flags((below(64) & below(64)) as u16);
                let makes_up = flags.has(Flags::LATE).then(|| date_of((day - 1 - below(120) as i32).max(first - 30)));
                let (quantity, subject) = (below(400) as i64 - 20, below(25) as i64);
                events.push(Event { kind, on: date_of(day), quantity, subject, flags, source, makes_up });
            }
        }
    }
    let covered = date_of(first + if below(4) == 0 { 100 } else { 0 });
    spans.push(Span { kind: "coverage.activity", from: covered, until: None, quantity: 1, subject: 0, source });
    (events, spans)
}

/// SplitMix64: short, and the same everywhere.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
