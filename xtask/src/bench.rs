//! `cargo xtask bench`: figures that are kept in notes and compared from change to change.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::Subcommand;

use crate::{root, steps, test};

/// What can be measured.
#[derive(Subcommand)]
pub enum Subject {
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
        Subject::Directive { texts, errors } => directive(&root().join(texts), *errors),
    }
}

/// Reads every annotated text by the crate's own example and has the scorer of the set compare.
fn directive(texts: &Path, errors: bool) -> anyhow::Result<bool> {
    let gold = texts.join("dev");
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
