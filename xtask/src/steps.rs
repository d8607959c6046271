//! Steps with their seconds: run one after another, summed up in a table.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What was run, how long it took, and whether it went well.
#[derive(Default)]
pub struct Steps {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    took: Duration,
    is_good: bool,
}

/// Sums of the `test result:` lines.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub n_passed: u64,
    pub n_failed: u64,
}

impl Steps {
    /// Runs one step, says how long it took, keeps the row; `None` when it failed (the reason is printed).
    pub fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<T>) -> Option<T> {
        println!("\n── {name}");
        let started = Instant::now();
        let outcome = work();
        let row = Row { name, took: started.elapsed(), is_good: outcome.is_ok() };
        println!("── {name}：{} 秒{}", seconds(row.took), if row.is_good { "" } else { "，未通过" });
        self.rows.push(row);
        outcome.inspect_err(|error| println!("{error:#}")).ok()
    }

    /// Whether nothing has failed so far.
    pub fn is_good(&self) -> bool {
        self.rows.iter().all(|row| row.is_good)
    }

    /// Number of steps that failed.
    pub fn n_failed(&self) -> u64 {
        self.rows.iter().filter(|row| !row.is_good).count() as u64
    }

    /// The table at the end.
    pub fn print(&self) {
        println!("\n      秒  步骤");
        for row in &self.rows {
            println!("{:>8}  {}{}", seconds(row.took), row.name, if row.is_good { "" } else { "  ✗" });
        }
        println!("{:>8}  合计", seconds(self.rows.iter().map(|row| row.took).sum()));
    }
}

/// Runs a program to its end, its output shown as it comes.
///
/// # Errors
/// When it cannot be started or says that it failed.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line_of(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("无法运行 {line}"))?;
    anyhow::ensure!(status.success(), "{line}：{status}");
    Ok(())
}

/// Runs `cargo test …`, shows its output as it comes and sums up what it reports.
///
/// # Errors
/// When it cannot be started. Failed tests are in the tally, with at least one when the program itself failed.
pub fn tally(command: &mut Command) -> anyhow::Result<Tally> {
    let line = line_of(command);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("无法运行 {line}"))?;
    let out = child.stdout.take().context("the output was asked for as a pipe")?;
    let mut sum = Tally::default();
    for text in BufReader::new(out).split(b'\n') {
        let text = text?;
        let text = String::from_utf8_lossy(&text);
        println!("{text}");
        sum.n_passed += count_before(&text, " passed");
        sum.n_failed += count_before(&text, " failed");
    }
    if !child.wait()?.success() {
        sum.n_failed = sum.n_failed.max(1);
    }
    Ok(sum)
}

/// Takes from a command what `cargo run` told this program about itself: build scripts of others read these variables
/// and would build half of the dependencies again, now for us and then for whoever calls cargo directly.
pub fn forget_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
}

/// The number before `word` in a line like `test result: ok. 3 passed; 0 failed; …`; 0 in any other line.
fn count_before(line: &str, word: &str) -> u64 {
    let Some(result) = line.strip_prefix("test result:") else { return 0 };
    let before = result.split(word).next().filter(|before| before.len() < result.len());
    before.and_then(|before| before.rsplit([' ', ';']).next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn seconds(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64())
}

fn line_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
