//! What is written is what is read, and whoever counts from the files counts the same.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use assessment::{
    Compiled, Event, Facts, FactsBuilder, Integer, Integers, Marks, Span, Subject, Superior, count, day_number, evaluate, evaluate_blocks,
    measures_sql, synthetic_mixed_rows,
};
use fact_files::{Cell, EVENT, FactFiles, FolderWriter, SPAN, Spark};
use jiff::civil::date;
use policy::{Pack, Period};

const PACK: &str = include_str!("../../../assessment/tests/parity.toml");
const YEAR: i16 = 2025;

fn compiled() -> Compiled {
    let pack: Pack = toml_edit::de::from_str(PACK).expect("a pack");
    Compiled::new(&pack, "parity", date(YEAR, 1, 1)).expect("the scheme is sound")
}

/// Ids with gaps, in another order than codes.
fn subjects() -> Vec<Subject> {
    let subject = |n: i64| Subject {
        id: n * 3,
        code: format!("P{:04}", (n * 37) % 1_000),
        name: format!("第{n}党支部"),
        kind: "branch".to_owned(),
        field: "rural".to_owned(),
        level: "branch".to_owned(),
        from: date(2010, 7, 1),
        until: None,
        go_live: (n % 5 == 0).then(|| date(YEAR, 4, 1)),
        superiors: vec![
            Superior { id: 10_000 + n % 4, code: format!("C{}", n % 4), level: "county".to_owned() },
            Superior { id: 20_000, code: "S".to_owned(), level: "city".to_owned() },
        ],
    };
    (1..=120).map(subject).collect()
}

/// Both years of every organisation but each seventh, which has none.
fn rows<'c>(compiled: &'c Compiled, subject: &Subject) -> (Vec<Event<'c>>, Vec<Span<'c>>) {
    if subject.id % 7 == 0 {
        return (Vec::new(), Vec::new());
    }
    let (mut events, mut spans) = synthetic_mixed_rows(compiled, subject.id, Period::year(YEAR));
    let (before, spans_before) = synthetic_mixed_rows(compiled, subject.id + 1, Period::year(YEAR - 1));
    events.extend(before);
    spans.extend(spans_before);
    events.sort_by_key(|e| (e.on, e.kind.to_owned(), e.source));
    (events, spans)
}

/// What the server holds of a year: its events and those of the half-year after, every span that did not end before.
fn held(compiled: &Compiled, year: i16) -> Facts {
    let mut facts = FactsBuilder::new();
    for subject in subjects() {
        let (events, spans) = rows(compiled, &subject);
        let bears = |e: &&Event<'_>| e.on >= date(year, 1, 1) && e.on < date(year + 1, 7, 1);
        events.iter().filter(bears).for_each(|event| facts.event(subject.id, event));
        let holds = |s: &&Span<'_>| s.until.is_none_or(|until| until > date(year, 1, 1));
        spans.iter().filter(holds).for_each(|span| facts.span(subject.id, span));
    }
    facts.build()
}

fn write(dir: &Path, compiled: &Compiled) {
    let mut folder = FolderWriter::create(dir).expect("a fresh folder").with_group_rows(500);
    for year in YEAR - 1..=YEAR + 1 {
        let mut table = folder.table(&EVENT, Some(year)).expect("a table");
        for subject in subjects() {
            for event in rows(compiled, &subject).0.iter().filter(|event| event.on.year() == year) {
                table.push(&[
                    Cell::Number(subject.id),
                    Cell::Day(day_number(event.on)),
                    Cell::Text(event.kind),
                    Cell::Number(event.quantity),
                    Cell::Number(event.subject),
                    Cell::Number(event.flags.0.into()),
                    Cell::Text("test"),
                    Cell::Number(event.source),
                    event.makes_up.map_or(Cell::None, |day| Cell::Day(day_number(day))),
                ]);
            }
            table.end_of_organisation().expect("written");
        }
        folder.close(table).expect("written");
    }
    let mut table = folder.table(&SPAN, None).expect("a table");
    for subject in subjects() {
        for span in rows(compiled, &subject).1 {
            table.push(&[
                Cell::Number(subject.id),
                Cell::Text(span.kind),
                Cell::Day(day_number(span.from)),
                span.until.map_or(Cell::None, |day| Cell::Day(day_number(day))),
                Cell::Number(span.quantity),
                Cell::Number(span.subject),
                Cell::Text("test"),
                Cell::Number(span.source),
            ]);
        }
        table.end_of_organisation().expect("written");
    }
    folder.close(table).expect("written");
    folder.finish(7).expect("written");
}

fn bytes_of(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(bytes_of(&path));
        } else {
            files.push((path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("a file")));
        }
    }
    files.sort();
    files
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let (compiled, one, other) = (compiled(), tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(one.path(), &compiled);
    write(other.path(), &compiled);
    assert_eq!(bytes_of(one.path()), bytes_of(other.path()));
    assert!(FolderWriter::create(one.path()).is_err(), "a folder that is not empty is left alone");
}

#[test]
fn an_evaluation_from_files_is_that_from_memory_to_the_last_record() {
    let (compiled, dir) = (compiled(), tempfile::tempdir().expect("a folder"));
    write(dir.path(), &compiled);
    let (subjects, period) = (subjects(), Period::year(YEAR));
    let facts = held(&compiled, YEAR).against(1, held(&compiled, YEAR - 1).into());
    let expected = evaluate(&compiled, &subjects, &facts, &Marks::new(), period, period.until());
    let files = FactFiles::open(dir.path()).expect("a folder of facts");
    assert_eq!(files.manifest().commit, 7);
    let n_blocks = files.blocks(YEAR, &[1]).expect("the year is there").count();
    assert!(n_blocks > 3, "only {n_blocks} blocks: nothing would be merged between them");
    let blocks = files.blocks(YEAR, &[1]).expect("the year is there").ahead();
    let found = evaluate_blocks(&compiled, &subjects, blocks, &Marks::new(), period, period.until()).expect("readable");
    assert!(expected.rows.iter().any(|row| row.items.iter().any(|item| !item.late.is_empty())), "something was made up");
    assert_eq!(found, expected);
    assert!(files.blocks(1999, &[]).is_err());
}

#[test]
fn a_nation_is_evaluated_city_by_city() {
    let (compiled, dir) = (compiled(), tempfile::tempdir().expect("a folder"));
    write(dir.path(), &compiled);
    let (all, period) = (subjects(), Period::year(YEAR));
    let files = FactFiles::open(dir.path()).expect("a folder of facts");
    // Cities end within the groups of the files, and one of them has no facts of its own.
    let ends = [100_i64, 101, 250, 10_000];
    let mut blocks = files.blocks(YEAR, &[1]).expect("the year is there").cut_after(ends).ahead();
    let mut first = 0;
    for end in ends {
        let last = first + all[first..].partition_point(|subject| subject.id <= end);
        let mut is_over = false;
        let own = std::iter::from_fn(|| {
            let block = (!is_over).then(|| blocks.next()).flatten()?;
            is_over = block.as_ref().is_ok_and(|(_, until)| *until >= end);
            Some(block)
        });
        let found = evaluate_blocks(&compiled, &all[first..last], own, &Marks::new(), period, period.until()).expect("readable");
        let facts = held(&compiled, YEAR).against(1, held(&compiled, YEAR - 1).into());
        assert_eq!(found, evaluate(&compiled, &all[first..last], &facts, &Marks::new(), period, period.until()), "up to {end}");
        first = last;
    }
    assert_eq!(first, all.len());
}

/// In the long tier: `cargo xtask test --long` makes a Python with DuckDB and names it.
#[test]
fn duckdb_counts_what_the_engine_counts() {
    let Some(python) = std::env::var_os("JISHI_PYTHON") else {
        assert!(std::env::var_os("JISHI_LONG").is_none(), "JISHI_PYTHON is not set: run the tests by `cargo xtask test --long`");
        println!("passed over: JISHI_PYTHON names no Python with DuckDB");
        return;
    };
    let (compiled, dir) = (compiled(), tempfile::tempdir().expect("a folder"));
    write(dir.path(), &compiled);
    for (year, period) in [(YEAR, Period::year(YEAR)), (YEAR - 1, Period::year(YEAR - 1)), (YEAR, "2025-H2".parse().expect("a period"))] {
        let ids: Vec<i64> = subjects().iter().map(|subject| subject.id).collect();
        let expected = count(&compiled, &ids, &held(&compiled, year), period);
        assert!(expected.iter().any(|row| row.made_up), "something was made up");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/duckdb_counts.py");
        let out = Command::new(&python).arg(script).arg(dir.path()).arg(measures_sql(&compiled, period)).output().expect("python runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut found: Vec<Integer> = String::from_utf8(out.stdout).expect("text").lines().map(integer).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{period}");
    }
}

/// In the long tier: a master and two workers of their own on the loopback, as a cluster has them.
#[test]
fn spark_counts_what_the_engine_counts() {
    let Some(cluster) = SparkCluster::start() else { return };
    let (compiled, dir) = (compiled(), tempfile::tempdir().expect("a folder"));
    write(dir.path(), &compiled);
    let files = FactFiles::open(dir.path()).expect("a folder of facts");
    let (year, before) = (Period::year(YEAR), Period::year(YEAR - 1));
    let second_half: Period = "2025-H2".parse().expect("a period");
    let periods = [year, before, second_half];
    let texts = periods.map(|period| measures_sql(&compiled, period));
    let mut answers = cluster.spark.count(&files, &texts).expect("Spark answers");
    let ids: Vec<i64> = subjects().iter().map(|subject| subject.id).collect();
    for (period, found) in periods.iter().zip(&mut answers) {
        found.sort_unstable();
        assert_eq!(*found, count(&compiled, &ids, &held(&compiled, period.year), *period), "{period}");
    }
    // From these integers follows the same result.
    let subjects = subjects();
    let facts = held(&compiled, YEAR).against(1, held(&compiled, YEAR - 1).into());
    let expected = evaluate(&compiled, &subjects, &facts, &Marks::new(), year, year.until());
    let mut counted = |period: Period| Arc::new(Integers::new(&compiled, period, answers.remove(0)).expect("asked for"));
    let coverage = files.coverage().expect("readable");
    let facts = coverage.clone().counted(counted(year)).against(1, coverage.counted(counted(before)).into());
    let found = evaluate(&compiled, &subjects, &facts, &Marks::new(), year, year.until());
    assert_eq!(found.printed(), expected.printed());
}

#[test]
fn without_spark_it_says_what_to_install() {
    let (compiled, dir) = (compiled(), tempfile::tempdir().expect("a folder"));
    write(dir.path(), &compiled);
    let files = FactFiles::open(dir.path()).expect("a folder of facts");
    for python in ["/nowhere/python3", "/bin/false"] {
        let spark = Spark { python: python.into(), master: "local[*]".to_owned() };
        let error = spark.count(&files, &[measures_sql(&compiled, Period::year(YEAR))]).expect_err("there is no Spark");
        assert!(format!("{error:#}").contains("装有 pyspark 的 Python（用 PYSPARK_PYTHON 指明）和 Java"), "{error:#}");
    }
}

/// Ends with this value.
struct SparkCluster {
    programs: Vec<Child>,
    spark: Spark,
    _work: tempfile::TempDir,
}

impl SparkCluster {
    /// `None`: this is not the long tier.
    fn start() -> Option<Self> {
        let is_long = std::env::var_os("JISHI_LONG").is_some();
        let Some(python) = std::env::var_os("JISHI_PYTHON").filter(|_| is_long) else {
            assert!(!is_long, "JISHI_PYTHON is not set: run the tests by `cargo xtask test --long`");
            println!("passed over: Spark is tried by `cargo xtask test --long`");
            return None;
        };
        let ask = "import os, pyspark; print(os.path.dirname(pyspark.__file__))";
        let home = Command::new(&python).args(["-c", ask]).output().expect("python runs");
        assert!(home.status.success(), "the Python of the long tier has no pyspark: {}", String::from_utf8_lossy(&home.stderr));
        let home = Path::new(String::from_utf8(home.stdout).expect("text").trim()).to_owned();
        let java = Command::new("java").arg("-version").stderr(Stdio::null()).status();
        assert!(java.is_ok(), "the long tier needs Java for Spark: apt-get install default-jre-headless");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let work = tempfile::tempdir().expect("a folder");
        let master = format!("spark://127.0.0.1:{port}");
        let start = |class: &str, words: &[&str]| {
            let mut command = Command::new(home.join("bin/spark-class"));
            command.arg(format!("org.apache.spark.deploy.{class}")).args(["--host", "127.0.0.1", "--webui-port", "0"]).args(words);
            command.env("SPARK_HOME", &home).env("SPARK_LOCAL_IP", "127.0.0.1").env("PYSPARK_PYTHON", &python);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("Spark starts")
        };
        let mut programs = vec![start("master.Master", &["--port", &port.to_string()])];
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(120), "the master did not come up");
            thread::sleep(Duration::from_millis(200));
        }
        let place = work.path().display().to_string();
        programs.extend((0..2).map(|_| start("worker.Worker", &["--cores", "1", "--memory", "1g", "--work-dir", &place, &master])));
        Some(Self { programs, spark: Spark { python: python.into(), master }, _work: work })
    }
}

impl Drop for SparkCluster {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            // The script that starts Java becomes it.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

fn integer(line: &str) -> Integer {
    let fields: Vec<&str> = line.split('\t').collect();
    Integer {
        organisation: fields[0].parse().expect("a number"),
        measure: fields[1].to_owned(),
        period: fields[2].parse().expect("a period"),
        made_up: fields[3] == "1",
        value: fields[4].parse().expect("a number"),
    }
}
