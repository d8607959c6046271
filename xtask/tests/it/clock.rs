//! Time comes in: one file asks the machine, and only the doors ask that file. `clippy.toml` says the first half to the compiler.

use crate::files::{no_complaints, offending_lines, texts};

/// The file that asks the machine, and what stands outside the product.
const CLOCK: &[&str] = &["crates/frame/src/clock.rs", "scenarios/", "xtask/"];
/// Requests, the job runner, what starts them, and the demo, whose clock can be set.
const DOORS: &[&str] = &[
    "crates/frame/src/app.rs",
    "crates/server/src/commands.rs",
    "crates/server/src/demo/mod.rs",
    "crates/frame/src/http/",
    "crates/server/src/main.rs",
    "crates/server/src/serve.rs",
];

#[test]
fn one_file_asks_the_machine() {
    let clocks = [concat!("Timestamp::", "now("), concat!("Zoned::", "now("), concat!("SystemTime::", "now(")];
    let complaints = asking(&clocks, CLOCK);
    no_complaints(&complaints, "take `on: Date` or `at: Timestamp` from the caller; `tx.at()` and `tx.today()` inside a transaction");
}

#[test]
fn only_the_doors_ask_the_clock() {
    let complaints = asking(&[concat!("clock::", "now(")], &[CLOCK, DOORS].concat());
    no_complaints(&complaints, "take `on: Date` or `at: Timestamp` from the caller; `app.now()` at a door");
}

fn asking(clocks: &[&str], allowed: &[&str]) -> Vec<String> {
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("/tests.rs");
    let files = texts(|path| path.ends_with(".rs") && !is_test(path) && !allowed.iter().any(|door| path.starts_with(door)));
    offending_lines(&files, |line| clocks.iter().any(|clock| line.contains(clock)))
}
