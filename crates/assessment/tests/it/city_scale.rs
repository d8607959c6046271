//! How long a city takes: printed, never asserted. `cargo test -p assessment --release city -- --nocapture`.

use std::time::Instant;

use assessment::{Compiled, DutyPlan, Marks, evaluate, fingerprint, synthetic_city};
use policy::Period;

use crate::samples::read_pack;

#[test]
fn a_city_is_evaluated_and_the_time_is_printed() {
    let n = if cfg!(debug_assertions) { 1_300 } else { 13_000 };
    let reading = read_pack(&["national", "city"]);
    let year = Period::year(2025);
    let compiled = Compiled::new(&reading.pack, "five_star", year.from()).expect("the scheme is sound");
    let (subjects, facts) = synthetic_city(&compiled, n, year);
    println!("{n} organisations, {} events, {} items", facts.n_events(), compiled.items().len());
    let mut last = None;
    for _ in 0..5 {
        let started = Instant::now();
        last = Some(evaluate(&compiled, &subjects, &facts, &Marks::new(), year, year.until()));
        println!("evaluate: {:?}", started.elapsed());
    }
    let evaluation = last.expect("evaluated");
    assert_eq!(evaluation.rows.len(), subjects.len());
    let started = Instant::now();
    println!("fingerprint {}: {:?}", fingerprint(&evaluation), started.elapsed());
    let duties = DutyPlan::all(&reading.pack, year.from()).expect("the duties are sound");
    let all: Vec<_> = subjects.iter().collect();
    let started = Instant::now();
    let n_states: usize = duties.iter().map(|d| d.states(&all, &facts, &Marks::new(), year, year.until()).iter().map(Vec::len).sum::<usize>()).sum();
    println!("{n_states} states of {} duties: {:?}", duties.len(), started.elapsed());
}
