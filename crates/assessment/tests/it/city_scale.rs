//! How long a city takes: printed, never asserted. `cargo test -p assessment --release city -- --nocapture`.

use std::time::Instant;

use assessment::{Compiled, DutyPlan, Marks, evaluate, fingerprint, synthetic_city};
use policy::Period;

use crate::samples::read_pack;

#[test]
fn a_city_is_evaluated_and_the_time_is_printed() {
    let n = if cfg!(debug_assertions) { 300 } else { 13_000 };
    let reading = read_pack(&["national", "city"]);
    let year = Period::year(2025);
    let compiled = Compiled::new(&reading.pack, "five_star", year.from()).expect("the scheme is sound");
    let (subjects, facts) = synthetic_city(&compiled, n, year);
    println!("{n} organisations, {} events, {} items", facts.n_events(), compiled.items().len());
    let mut last = None;
    for _ in 0..5 {
        drop(last.take());
        let (started, spent) = (Instant::now(), processor_ms());
        last = Some(evaluate(&compiled, &subjects, &facts, &Marks::new(), year, year.until()));
        println!("evaluate: {:?}, processor {} ms", started.elapsed(), processor_ms() - spent);
    }
    let evaluation = last.expect("evaluated");
    assert_eq!(evaluation.rows.len(), subjects.len());
    let started = Instant::now();
    println!("fingerprint {}: {:?}", fingerprint(&evaluation), started.elapsed());
    let duties = DutyPlan::all(&reading.pack, year.from()).expect("the duties are sound");
    let all: Vec<_> = subjects.iter().collect();
    let (started, spent) = (Instant::now(), processor_ms());
    let n_states: usize = duties.iter().map(|d| d.states(&all, &facts, &Marks::new(), year, year.until()).iter().map(Vec::len).sum::<usize>()).sum();
    println!("{n_states} states of {} duties: {:?}, processor {} ms", duties.len(), started.elapsed(), processor_ms() - spent);
}

/// Processor time of this process, in steps of 10 ms; on a busy machine it says more than the clock. 0 where unknown.
pub fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<u64> = stat.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2).filter_map(|f| f.parse().ok()).collect();
    fields.iter().sum::<u64>() * 10
}
