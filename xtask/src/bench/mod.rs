//! `cargo xtask bench`: figures that are kept in notes and compared from change to change.

mod assessment;
mod pages;
mod visitor;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::Subcommand;

use crate::{root, steps, test};

/// What can be measured.
#[derive(Subcommand)]
pub enum Subject {
    /// 演示城市的每一个页面：以各种岗位打开所见最大的一份，从慢到快列出
    Pages(pages::Wanted),
    /// 评定引擎：与手写循环、DuckDB、Polars、PostgreSQL 在同一批虚构事实上比较
    Assessment(assessment::Wanted),
    /// 文件拆解任务：与标注集对照，按 score.py 计分
    Directive {
        /// 标注集所在目录（dev/ 和 score.py）
        #[arg(long, default_value = "../shared/directives")]
        texts: PathBuf,
        /// 逐条列出差异
        #[arg(long)]
        errors: bool,
    },
}

/// Measures and prints.
///
/// # Errors
/// When what is to be measured is not there.
pub fn run(subject: &Subject) -> anyhow::Result<bool> {
    match subject {
        Subject::Pages(wanted) => pages::run(wanted),
        Subject::Assessment(wanted) => assessment::run(wanted),
        Subject::Directive { texts, errors } => directive(&root().join(texts), *errors),
    }
}

/// Scores the crate's own annotated texts (those written beside the rules, and apart from them those annotated before the reader saw
/// them and those kept apart until it was mended) and says how long reading takes; and, where the development set lies beside the project, every text of it, read by the
/// crate's example and compared by the scorer of the set.
fn directive(texts: &Path, errors: bool) -> anyhow::Result<bool> {
    let own = root().join("crates/directive/texts");
    let gold = texts.join("dev");
    let mut scored = test::cargo("run");
    scored
        .args(["--release", "--package", "directive", "--example", "score", "--"])
        .arg(&own)
        .arg(own.join("blind"))
        .arg(own.join("kept"))
        .arg(own.join("held"));
    if gold.exists() {
        scored.arg(&gold);
    }
    steps::run(&mut scored)?;
    if !gold.exists() {
        println!("没有标注集 {}，只算了自带的几篇", gold.display());
        return Ok(true);
    }
    let read = test::built("release")?.join("examples/read");
    steps::run(test::cargo("build").args(["--release", "--package", "directive", "--example", "read"]))?;
    let predicted = std::env::temp_dir().join(format!("jishi-directive-{}", std::process::id()));
    fs::create_dir_all(&predicted)?;
    for text in fs::read_dir(&gold).with_context(|| format!("没有标注集 {}", gold.display()))? {
        let text = text?.path();
        if text.extension().is_some_and(|it| it == "txt") {
            let name = text.file_stem().unwrap_or_default();
            let out = File::create(predicted.join(name).with_extension("json"))?;
            steps::run(Command::new(&read).arg(&text).stdout(out))?;
        }
    }
    let mut score = Command::new("python3");
    score.arg(texts.join("score.py")).arg(&gold).arg(&predicted);
    if errors {
        score.arg("--errors");
    }
    let outcome = steps::run(&mut score);
    fs::remove_dir_all(&predicted)?;
    outcome.map(|()| true)
}
