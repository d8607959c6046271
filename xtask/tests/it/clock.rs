//! Time comes in: the clock is asked at the two doors only. `clippy.toml` says the same to the compiler.

use crate::files::{no_complaints, offending_lines, texts};

/// Where the clock may be asked: requests, the job runner, the command line, and tests.
const DOORS: &[&str] =
    &["crates/server/src/http/", "crates/server/src/main.rs", "crates/server/src/jobs", "crates/server/src/commands", "scenarios/", "xtask/"];

#[test]
fn the_clock_is_asked_at_the_doors() {
    let clocks = [concat!("Timestamp::", "now("), concat!("Zoned::", "now("), concat!("SystemTime::", "now(")];
    let files = texts(|path| path.ends_with(".rs") && !path.contains("/tests/") && !DOORS.iter().any(|door| path.starts_with(door)));
    let complaints = offending_lines(&files, |line| clocks.iter().any(|clock| line.contains(clock)));
    no_complaints(&complaints, "take `on: Date` or `at: Timestamp` from the caller; `tx.at()` and `tx.today()` inside a transaction");
}
