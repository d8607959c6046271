//! The commands people run: `cargo xtask test`, `cargo xtask postgres`, `cargo xtask bench`.
//!
//! For: one command that builds, checks and tests everything on any desk, and prints what it took.
//! In: a word on the command line. Out: tables of seconds, an honest exit code.
//! Does not know: production; it starts other programs and reads what they print.

mod bench;
mod debian;
mod postgres;
mod python;
mod steps;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "基石的构建、测试与测量", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 安装缺少的工具（Debian，root），构建，检查，运行全部测试
    Test {
        /// 反复类的测试（断电、并发、随机）多跑许多轮
        #[arg(long)]
        long: bool,
    },
    /// 在一套临时的 PostgreSQL 旁运行一条命令，例如：cargo xtask postgres cargo test -p store
    Postgres {
        #[arg(required = true, trailing_var_arg = true)]
        command: Vec<String>,
    },
    /// 测量，数字留作对照
    Bench {
        #[command(subcommand)]
        subject: bench::Subject,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test { long } => test::run(long),
        Command::Bench { subject } => bench::run(&subject),
        Command::Postgres { command } => beside_postgres(&command),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that finds a private cluster in `JISHI_TEST_POSTGRES`.
fn beside_postgres(words: &[String]) -> anyhow::Result<bool> {
    let cluster = postgres::Cluster::start()?;
    let mut command = std::process::Command::new(&words[0]);
    steps::forget_cargo(&mut command);
    Ok(command.args(&words[1..]).env("JISHI_TEST_POSTGRES", cluster.url()).status()?.success())
}

/// The workspace's folder.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
