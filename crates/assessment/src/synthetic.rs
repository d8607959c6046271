//! An invented city for benchmarks: the same for the same numbers, on every machine.

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
    let fields: Vec<Key> = compiled.field_names.keys().cloned().collect();
    let kind = compiled.kinds.first().cloned().unwrap_or_default();
    let founded = date_of(day_number(period.from()) - 3_650);
    let mut facts = FactsBuilder::new();
    let mut subjects = Vec::new();
    for id in 1..=n {
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
        add_rows(compiled, &mut facts, id, period, founded);
    }
    (subjects, facts.build())
}

fn add_rows(compiled: &Compiled, facts: &mut FactsBuilder, org: i64, period: Period, founded: Date) {
    let mut state = org as u64;
    let first = day_number(period.from());
    let n_days = (day_number(period.until()) - first) as u64;
    let mut source = org * 10_000;
    for measure in &compiled.measures {
        for kind in &measure.kinds {
            if matches!(measure.operation, Operation::Active(_)) {
                for member in 0..MEMBERS {
                    facts.span(org, &Span { kind, from: founded, until: None, quantity: 1, subject: member, source: member });
                }
                continue;
            }
            for _ in 0..next(&mut state) % 13 {
                source += 1;
                let on = date_of(first + (next(&mut state) % n_days) as i32);
                let quantity = (next(&mut state) % 240) as i64;
                facts.event(org, &Event { kind, on, quantity, subject: quantity, flags: Flags::default(), source, makes_up: None });
            }
        }
    }
    for family in ["coverage.activity", "coverage.organisation"] {
        facts.span(org, &Span { kind: family, from: period.from(), until: Some(period.until()), quantity: 1, subject: 0, source: 0 });
    }
}

/// SplitMix64: short, and the same everywhere.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
