//! `cargo xtask bench assessment`: the engine beside a loop written by hand, DuckDB, Polars, PostgreSQL and Spark, in one run over the
//! same invented facts. Two tables: everything in memory before the clock starts, and everything from the same Parquet files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::{postgres, python, root, steps, test};

/// What is measured.
#[derive(Args)]
pub struct Wanted {
    /// 规模：county 1000 个支部，city 13000 个，nation 525 万个
    #[arg(long, default_value = "city")]
    scale: Scale,
    /// 不测 PostgreSQL（导入数据费时）
    #[arg(long)]
    without_postgres: bool,
    /// 不测 Spark（要 Java）
    #[arg(long)]
    without_spark: bool,
    /// 只测本引擎，别的都不测
    #[arg(long)]
    only_ours: bool,
    /// 留着全国规模的事实文件（约 4 GB），下次不用再生成；不写就在测完以后删掉
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scale {
    County,
    City,
    Nation,
}

impl Scale {
    /// The scheme that is measured, how many branches, and what is entered of each (see `measure`).
    fn facts(self) -> (&'static str, u64, &'static str) {
        match self {
            Self::County => ("five_star", 1_000, "4"),
            Self::City => ("wide", 13_000, "presence"),
            Self::Nation => ("wide", 5_250_000, "meetings"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::City => "city",
            Self::Nation => "nation",
        }
    }
}

/// Seconds and checksum of each figure by name.
type Figures = BTreeMap<String, (f64, String)>;

/// Measures and prints; `false` when two engines disagree.
///
/// # Errors
/// When something cannot be built or run.
pub fn run(wanted: &Wanted) -> anyhow::Result<bool> {
    let scale = wanted.scale;
    steps::run(test::cargo("build").args(["--release", "--package", "fact_files", "--example", "measure"]))?;
    let measure = test::built("release")?.join("examples/measure");
    let measure = Measure { program: measure, scheme: scale.facts().0 };
    let folder = generated(&measure, scale)?;
    let outcome = measured(wanted, &measure, &folder);
    // A nation's files are large; those of a city are made once.
    if scale == Scale::Nation && !wanted.keep {
        fs::remove_dir_all(&folder)?;
    }
    outcome
}

fn measured(wanted: &Wanted, measure: &Measure, folder: &Path) -> anyhow::Result<bool> {
    let scale = wanted.scale;
    let sql = folder.with_extension("sql");
    fs::write(&sql, measure.command().arg("sql").output()?.stdout)?;
    let engines = if wanted.only_ours { Err(anyhow::anyhow!("只测本引擎")) } else { python::with_engines() };
    let python = engines.inspect_err(|error| println!("没有 DuckDB、Polars 和 Spark，不比较：{error:#}")).ok();

    let mut memory = Figures::new();
    let mut files = Figures::new();
    if scale != Scale::Nation {
        own(measure, "memory", folder, &mut memory, false)?;
    }
    // What holds all of a nation at once, the loop's columns or the rows of all items, is no bound for anything.
    let steps: &[&str] =
        if scale == Scale::Nation { &["measures-files", "evaluate-cities"] } else { &["loop-files", "measures-files", "evaluate-files"] };
    for step in steps {
        own(measure, step, folder, &mut files, true)?;
    }
    if let Some(python) = &python {
        for engine in ["duckdb", "polars"] {
            if scale != Scale::Nation {
                other(python, folder, &sql, engine, "memory", &mut memory)?;
            }
            let outcome = other(python, folder, &sql, engine, "files", &mut files);
            // Of a nation that they cannot hold they say so, and ours stands all the same.
            if scale == Scale::Nation { outcome.unwrap_or_else(|error| println!("{engine} 没有算完：{error:#}")) } else { outcome? }
        }
        if !wanted.without_spark && scale != Scale::Nation {
            // Without Java there is no Spark; the others are worth having all the same.
            let spark = other(python, folder, &sql, "spark", "files", &mut files);
            spark.unwrap_or_else(|error| println!("没有 Spark，不比较：{error:#}"));
        }
        if !wanted.without_postgres && scale != Scale::Nation {
            in_postgres(python, folder, &sql, &mut memory)?;
        }
    }
    let table = |title: &str, figures: &Figures| print(title, figures);
    println!("\n{}：", scale.name());
    table("数据已在内存", &memory);
    table("从 Parquet 文件起，整个进程", &files);
    let agree = agree(&memory) && agree(&files);
    if !agree {
        println!("各引擎清点的结果不一致，以上数字作废");
    }
    Ok(agree)
}

/// Our own program, for one scheme.
struct Measure {
    program: PathBuf,
    scheme: &'static str,
}

impl Measure {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.scheme);
        command
    }
}

/// The folder of a scale's facts, made once; a nation's lies in the system's temporary place.
fn generated(measure: &Measure, scale: Scale) -> anyhow::Result<PathBuf> {
    let folder = if scale == Scale::Nation { std::env::temp_dir().join("jishi-bench-nation") } else { test::built("bench")?.join(scale.name()) };
    if !folder.join("manifest.json").exists() {
        let _ = fs::remove_dir_all(&folder);
        let (_, n, detail) = scale.facts();
        steps::run(measure.command().arg("generate").arg(&folder).args([&n.to_string(), detail]))?;
    }
    Ok(folder)
}

/// A step of our own. `is_whole`: the whole process counts, from its start to its end.
fn own(measure: &Measure, step: &str, folder: &Path, figures: &mut Figures, is_whole: bool) -> anyhow::Result<()> {
    // Files are in the system's cache for everybody: they were just read or written.
    for place in ["event/year=2025", "span"] {
        for file in fs::read_dir(folder.join(place))? {
            std::io::copy(&mut File::open(file?.path())?, &mut std::io::sink())?;
        }
    }
    let started = Instant::now();
    let output = measure.command().arg(step).arg(folder).stderr(Stdio::inherit()).output()?;
    let took = started.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!("measure {step}：{}", output.status);
    }
    println!("── {step}");
    for line in String::from_utf8(output.stdout)?.lines() {
        println!("{line}");
        if let Some((name, seconds, checksum)) = figure(line) {
            figures.insert(name.to_owned(), (if is_whole { took } else { seconds }, checksum.to_owned()));
        }
    }
    Ok(())
}

fn other(python: &Path, folder: &Path, sql: &Path, engine: &str, place: &str, figures: &mut Figures) -> anyhow::Result<()> {
    let script = root().join("crates/fact_files/examples/measure/others.py");
    let output = Command::new(python).arg(script).arg(folder).arg(sql).args([engine, place]).stderr(Stdio::inherit()).output()?;
    println!("── {engine} {place}");
    let text = String::from_utf8(output.stdout)?;
    print!("{text}");
    let Some((name, seconds, checksum)) = text.lines().find_map(figure).filter(|_| output.status.success()) else {
        bail!("{engine}：{}", output.status);
    };
    figures.insert(name.to_owned(), (seconds, checksum.to_owned()));
    Ok(())
}

/// `name<TAB>seconds<TAB>checksum`.
fn figure(line: &str) -> Option<(&str, f64, &str)> {
    let mut fields = line.split('\t');
    Some((fields.next()?, fields.next()?.parse().ok()?, fields.next()?))
}

/// The same text in PostgreSQL, warm: without an index that helps, then with one that covers.
fn in_postgres(python: &Path, folder: &Path, sql: &Path, figures: &mut Figures) -> anyhow::Result<()> {
    let cluster = postgres::Cluster::start()?;
    let csv = folder.with_extension("csv");
    let copy = "import duckdb, sys; duckdb.sql(f\"copy ({sys.argv[1]}) to '{sys.argv[2]}' (header false)\")";
    let run = |statement: &str| psql(cluster.url(), statement);
    run("create table event (organisation_id bigint not null, day text not null, kind text not null, quantity bigint not null, subject_id bigint not null, flags bigint not null, makes_up text);
         create table span (organisation_id bigint not null, kind text not null, from_on text not null, until_on text)")?;
    let event = "select organisation_id, day, kind, quantity, subject_id, flags, makes_up from read_parquet('{}/event/*/*.parquet', hive_partitioning = false)";
    let span = "select organisation_id, kind, from_on, until_on from read_parquet('{}/span/*.parquet')";
    for (table, select) in [("event", event), ("span", span)] {
        let select = select.replace("{}", &folder.display().to_string());
        steps::run(Command::new(python).args(["-c", copy, &select]).arg(&csv))?;
        run(&format!("\\copy {table} from '{}' csv", csv.display()))?;
    }
    fs::remove_file(&csv)?;
    run("vacuum analyze")?;
    let text = fs::read_to_string(sql)?;
    let counted = format!("set work_mem = '512MB'; set max_parallel_workers_per_gather = 2;\n\\timing on\ncreate temp table counted as {text};\n");
    let mut best = |name: &str| -> anyhow::Result<()> {
        let mut shortest = f64::MAX;
        // Once to warm up.
        for _ in 0..2 {
            let answer = psql(cluster.url(), &counted)?;
            let took = answer.lines().filter_map(|line| line.strip_prefix("Time: ")).find_map(|time| time.split(' ').next()?.parse::<f64>().ok());
            shortest = shortest.min(took.context("psql says how long it took")? / 1_000.0);
        }
        let rows = psql(cluster.url(), &format!("copy (select organisation_id, measure, substr(period, 6), value from ({text}) counted) to stdout"))?;
        figures.insert(name.to_owned(), (shortest, checksum(&rows)?));
        Ok(())
    };
    best("postgres, no index")?;
    run("create index event_cover on event (kind, day) include (organisation_id, quantity, flags, makes_up, subject_id);
         create index span_cover on span (kind) include (organisation_id, from_on, until_on)")?;
    run("vacuum analyze")?;
    best("postgres, covering index")?;
    println!("── postgres");
    Ok(())
}

fn psql(url: &str, statement: &str) -> anyhow::Result<String> {
    let program = postgres::program("psql").context("没有找到 PostgreSQL 的 psql")?;
    let mut child = Command::new(program).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", url]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("the input was asked for as a pipe")?;
    std::io::Write::write_all(&mut input, statement.as_bytes())?;
    std::io::Write::write_all(&mut input, b"\n;\n")?;
    drop(input);
    let output = child.wait_with_output()?;
    anyhow::ensure!(output.status.success(), "psql：{}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// As the other engines make it.
fn checksum(rows: &str) -> anyhow::Result<String> {
    let mut sum = 0_i64;
    for line in rows.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [organisation, measure, month, value] = fields[..] else { bail!("psql gave “{line}”") };
        let (organisation, month, value): (i64, i64, i64) = (organisation.parse()?, month.parse()?, value.parse()?);
        let weight = measure.bytes().map(i64::from).sum::<i64>() % 89 + 1;
        sum = sum.wrapping_add(value.wrapping_mul((organisation % 97 + 1) * weight * month));
    }
    Ok(sum.to_string())
}

/// Seconds, and how many times the loop written by hand.
fn print(title: &str, figures: &Figures) {
    let bound = figures.get("loop").map(|(seconds, _)| *seconds);
    println!("\n{title}\n        秒    倍数");
    let mut rows: Vec<_> = figures.iter().collect();
    rows.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    for (name, (seconds, _)) in rows {
        let ratio = bound.map_or_else(String::new, |bound| format!("{:.1}", seconds / bound));
        println!("{seconds:>10.4}  {ratio:>6}  {}", label(name));
    }
}

fn label(name: &str) -> &str {
    match name {
        "loop" => "手写循环（下限）",
        "measures" => "本引擎：只清点计量",
        "evaluate" => "本引擎：整个评定（清点、计分、分组、排名、评星）",
        "one record" => "本引擎：改一条记录到该组织各项得分重新算出",
        "duckdb" => "DuckDB（同一段 SQL）",
        "polars" => "Polars",
        "spark" => "Spark（同一段 SQL，本机）",
        "postgres, no index" => "PostgreSQL（同一段 SQL，无索引）",
        "postgres, covering index" => "PostgreSQL（同一段 SQL，覆盖索引）",
        other => other,
    }
}

/// Whether all that count the measures came to the same.
fn agree(figures: &Figures) -> bool {
    let counting = figures.iter().filter(|(name, _)| !["evaluate", "one record"].contains(&name.as_str()));
    let mut sums = counting.map(|(_, (_, checksum))| checksum);
    let first = sums.next();
    sums.all(|sum| Some(sum) == first)
}
