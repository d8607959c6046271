//! `cargo xtask test`: the whole of CI, on any desk.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::postgres::Cluster;
use crate::steps::{Steps, Tally, forget_cargo, run as run_command, tally};
use crate::{debian, python, root};

/// Installs, builds, checks, tests; `true` when everything passed. What can go on after a failure goes on,
/// so that one run reports all there is to mend.
///
/// # Errors
/// When this program's own place cannot be found.
pub fn run(long: bool) -> anyhow::Result<bool> {
    let mut steps = Steps::default();
    let mut sum = Tally::default();
    if steps.run("工具", debian::install_missing).is_some() {
        steps.run("排版（cargo fmt）", check_format);
        steps.run("检查（clippy）", check_lints);
        test(&mut steps, &mut sum, long)?;
    }
    steps.print();
    println!("{} passed, {} failed", sum.n_passed, sum.n_failed.max(steps.n_failed()));
    Ok(steps.is_good())
}

/// Builds and runs the test binaries against a PostgreSQL of their own.
fn test(steps: &mut Steps, sum: &mut Tally, long: bool) -> anyhow::Result<()> {
    let all = ["--release", "--workspace", "--no-fail-fast"];
    // The program is built with them: a build of its own would choose other features and build every dependency twice.
    if steps.run("构建（release）", || run_command(cargo("test").args(all).arg("--no-run"))).is_none() {
        return Ok(());
    }
    let Some(cluster) = steps.run("PostgreSQL", Cluster::start) else { return Ok(()) };
    let mut command = cargo("test");
    command.args(all).env("JISHI_TEST_POSTGRES", cluster.url()).env("JISHI_BIN", built("release")?.join("jishi"));
    // Most tests wait for disks, databases and browsers: twice as many as cores keeps the cores busy.
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    command.env("RUST_TEST_THREADS", threads.to_string());
    if std::env::var_os("JISHI_CI").is_some() || root().join("../shared").is_dir() {
        // What is absent fails now, instead of being passed over.
        command.env("JISHI_CI", "1");
    } else {
        println!("没有 ../shared：要与样本对照的测试会跳过");
    }
    if long {
        command.env("JISHI_LONG", "1");
        steps.run("工具（长测试）", debian::install_missing_long);
        if let Some(python) = steps.run("Python（DuckDB、Spark）", python::with_engines) {
            command.env("JISHI_PYTHON", python);
        }
    }
    steps.run("测试", || {
        *sum = tally(&mut command)?;
        anyhow::ensure!(sum.n_failed == 0, "{} 项测试未通过", sum.n_failed);
        anyhow::ensure!(sum.n_passed > 0, "一项测试也没有运行");
        Ok(())
    });
    steps.run("停止 PostgreSQL", || {
        drop(cluster);
        Ok(())
    });
    Ok(())
}

fn check_format() -> anyhow::Result<()> {
    if cargo("fmt").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return run_command(cargo("fmt").args(["--all", "--check"])).context("请运行 cargo fmt --all 后提交");
    }
    println!("没有 rustfmt，未检查");
    Ok(())
}

fn check_lints() -> anyhow::Result<()> {
    if cargo("clippy").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return run_command(cargo("clippy").args(["--release", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    }
    println!("没有 clippy，未检查");
    Ok(())
}

/// Cargo in the workspace's folder.
pub fn cargo(word: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(word).current_dir(root());
    forget_cargo(&mut command);
    command
}

/// The folder of a profile, in the target folder that this program was built into.
pub fn built(profile: &str) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("where this program stands")?;
    Ok(this.ancestors().nth(2).context("programs stand in a target folder")?.join(profile))
}
