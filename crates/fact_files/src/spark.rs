//! Spark over an exported folder: the road for whoever outgrows one machine. It runs the same SQL text as every other engine.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::Context as _;
use assessment::Integer;

use crate::read::FactFiles;

/// Where Spark runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spark {
    /// A Python that has `pyspark`.
    pub python: PathBuf,
    /// `spark://HOST:PORT`, or `local[*]` within this machine.
    pub master: String,
}

impl Spark {
    /// With the Python that `PYSPARK_PYTHON` names, as Spark itself has it, else `python3`.
    #[must_use]
    pub fn at(master: &str) -> Self {
        let python = std::env::var_os("PYSPARK_PYTHON").unwrap_or_else(|| "python3".into());
        Self { python: python.into(), master: master.to_owned() }
    }

    /// What each of these texts (`assessment::measures_sql`) counts over the files.
    ///
    /// # Errors
    /// When there is no Python, Spark or Java, and when Spark cannot run a text; with what it said last.
    pub fn count(&self, files: &FactFiles, texts: &[String]) -> anyhow::Result<Vec<Vec<Integer>>> {
        let mut command = Command::new(&self.python);
        command.args(["-c", include_str!("spark_counts.py")]).arg(files.dir()).arg(&self.master);
        // Its workers use the same Python.
        command.env("PYSPARK_PYTHON", &self.python).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let lacking = || format!("运行不了 {}：Spark 要一个装有 pyspark 的 Python（用 PYSPARK_PYTHON 指明）和 Java", self.python.display());
        let mut child = command.spawn().with_context(lacking)?;
        let (mut input, text) = (child.stdin.take().context("the input was asked for as a pipe")?, texts.join("\n-- next\n"));
        let output = thread::scope(|scope| {
            // Who does not read it to the end says why.
            scope.spawn(move || drop(input.write_all(text.as_bytes())));
            child.wait_with_output()
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).rev().take(5).collect();
            anyhow::bail!("{}：\n{}", lacking(), last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        let text = String::from_utf8(output.stdout).context("Spark 的应答不是 UTF-8")?;
        let mut answers: Vec<Vec<Integer>> = vec![Vec::new()];
        for line in text.lines() {
            if line == "-- end" {
                answers.push(Vec::new());
            } else if let Some(answer) = answers.last_mut() {
                answer.push(integer(line).with_context(|| format!("读不懂 Spark 答的一行：{line}"))?);
            }
        }
        answers.pop();
        anyhow::ensure!(answers.len() == texts.len(), "Spark 答了 {} 段，问的是 {} 段", answers.len(), texts.len());
        Ok(answers)
    }
}

/// `organisation TAB measure TAB period TAB made_up TAB value`.
fn integer(line: &str) -> Option<Integer> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (organisation, measure) = (next()?.parse().ok()?, next()?.to_owned());
    let (period, made_up, value) = (next()?.parse().ok()?, next()? == "1", next()?.parse().ok()?);
    Some(Integer { organisation, measure, period, made_up, value })
}
