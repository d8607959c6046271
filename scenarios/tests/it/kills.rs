//! An import that is killed again and again loses nothing that it said was written, leaves nothing half-written,
//! and ends like one that was left alone.
//!
//! A few kills of a small import; with `JISHI_LONG` thirty kills of 36,000 rows.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rust_xlsxwriter::Workbook;
use scenarios::{Visitor, World};

const PASSWORD: &str = "an-officer-2026";
/// Branches of a township, members of a branch.
const BRANCHES: usize = 30;
const MEMBERS: usize = 30;

struct Size {
    n_townships: usize,
    n_kills: usize,
    /// So many of them at least must come while rows are being written.
    n_kills_writing_min: usize,
}

impl Size {
    fn of_this_run() -> Self {
        if std::env::var_os("JISHI_LONG").is_some() {
            Self { n_townships: 40, n_kills: 30, n_kills_writing_min: 15 }
        } else {
            Self { n_townships: 2, n_kills: 4, n_kills_writing_min: 1 }
        }
    }

    fn n_organisations(&self) -> usize {
        self.n_townships * (BRANCHES + 1)
    }

    fn n_members(&self) -> usize {
        self.n_townships * BRANCHES * MEMBERS
    }
}

#[test]
fn a_killed_import_ends_like_one_left_alone_on_sqlite() {
    check("SQLite", || (World::empty(), None));
}

#[test]
fn a_killed_import_ends_like_one_left_alone_on_postgresql() {
    let Ok(server) = std::env::var("JISHI_TEST_POSTGRES") else {
        eprintln!("passed over: no JISHI_TEST_POSTGRES");
        return;
    };
    check("PostgreSQL", || {
        let database = Database::create(&server);
        (World::empty_at(&database.address), Some(database))
    });
}

/// Imports once without a kill and once with many; compares what both can export.
fn check(database: &str, make: impl Fn() -> (World, Option<Database>)) {
    let size = Size::of_this_run();
    let (organisations, members) = (organisations(&size), members(&size));

    let (alone, _kept) = make();
    let officer = first_officer(&alone);
    let started = Instant::now();
    let import = upload(&officer, &organisations, &members);
    let checked = wait(&officer, &import);
    let checking = started.elapsed();
    assert!(checked.is_over, "the check waits for a decision");
    decide(&officer, &import);
    let started = Instant::now();
    while !wait(&officer, &import).is_over {}
    let writing = started.elapsed();
    let expected = exports(&officer);
    assert_eq!(expected.iter().map(Vec::len).collect::<Vec<_>>(), [size.n_organisations() + 2, size.n_members() + 1]);
    drop(officer);
    drop(alone);

    let (mut world, _kept) = make();
    let mut chance = Chance::new();
    let officer = first_officer(&world);
    let import = upload(&officer, &organisations, &members);
    let mut n_kills = 0;
    // A fifth of the kills while it reads and checks, the others while it writes.
    let n_early = size.n_kills / 5;
    while n_kills < n_early {
        let moment = chance.below(checking.min(Duration::from_secs(20)));
        std::thread::sleep(moment);
        kill(&mut world, None);
        n_kills += 1;
        println!("kill {n_kills} while checking, {} ms after the start", moment.as_millis());
    }
    while !wait(&officer, &import).is_over {}
    decide(&officer, &import);
    let (mut acknowledged, mut n_kills_writing) = (0, 0);
    while n_kills < size.n_kills {
        let before = acknowledged;
        let left = u32::try_from(size.n_kills - n_kills).expect("few");
        let moment = Instant::now() + chance.below(writing / (left + u32::try_from(n_early).expect("few")));
        loop {
            let progress = progress(&officer, &import);
            assert!(progress.n_done >= acknowledged, "{} rows were acknowledged, now {}", acknowledged, progress.n_done);
            acknowledged = progress.n_done;
            if progress.is_over || Instant::now() >= moment {
                break;
            }
            std::thread::sleep(Duration::from_millis(chance.number(20)).min(moment.saturating_duration_since(Instant::now())));
        }
        if progress(&officer, &import).is_over {
            break;
        }
        kill(&mut world, Some(&officer));
        n_kills += 1;
        n_kills_writing += 1;
        let written = written(&officer);
        println!("kill {n_kills} while writing: {before} → {acknowledged} rows acknowledged, {written} members there");
        let of_members = acknowledged.saturating_sub(size.n_organisations());
        assert!(written >= of_members, "{of_members} members were acknowledged, {written} are there");
    }
    // A fast machine may be through before the last. Kills while it only checks prove nothing about rows.
    let least = size.n_kills_writing_min;
    assert!(n_kills_writing >= least, "{n_kills_writing} kills while rows were written, at least {least} are wanted: the import was over too soon");
    let started = Instant::now();
    while !wait(&officer, &import).is_over {}
    println!(
        "{database}: {n_kills} kills, {n_kills_writing} of them while writing; left alone it checked {checking:.1?} and wrote {writing:.1?}; after the last kill it took {:.1?}",
        started.elapsed()
    );
    officer.get(&import).sees("已全部写入");

    let found = exports(&officer);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.len(), expected.len());
        let differing = found.iter().zip(expected).find(|(found, expected)| found != expected);
        assert!(differing.is_none(), "{differing:?}");
    }
    drop(officer);
    world.stop();
    let (address, folder) = (world.database(), world.dir().display().to_string());
    let verified = world.run(&["audit", "verify", "--database", &address, "--dir", &folder]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    // Facts are derived with their record: half of one would show here.
    let rebuilt = world.run(&["facts", "rebuild", "--database", &address, "--dir", &folder]);
    let said = String::from_utf8_lossy(&rebuilt.stdout);
    assert!(rebuilt.status.success() && !said.contains("不一致") && said.contains("一致"), "{said}");
}

/// Pulls the plug and starts again; the job goes on by itself.
fn kill(world: &mut World, officer: Option<&Visitor>) {
    world.kill();
    world.start_again();
    if let Some(officer) = officer {
        assert_eq!(officer.get("/imports").status, 200, "the session goes on");
    }
}

/// The first officer of an empty database, with a password of his own.
fn first_officer(world: &World) -> Visitor {
    let (address, folder) = (world.database(), world.dir().display().to_string());
    let made = world.run(&[
        "account",
        "create",
        "officer",
        "--name",
        "马春和",
        "--role",
        "city_organisation_officer",
        "--organisation",
        "P9907",
        "--organisation-name",
        "中共清源市委员会",
        "--database",
        &address,
        "--dir",
        &folder,
    ]);
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let temporary = said.split_once("临时密码 ").and_then(|(_, rest)| rest.split('（').next());
    let temporary = temporary.unwrap_or_else(|| panic!("no account: {said}{}", String::from_utf8_lossy(&made.stderr)));
    let visitor = world.sign_in("officer", temporary.trim());
    let page = visitor.get("/me/security").form("form[action='/me/security']");
    let page = page.with("old", temporary.trim()).with("new", PASSWORD).with("again", PASSWORD).send();
    assert_eq!(page.status, 200, "{}", page.text());
    let page = visitor.get("/imports");
    assert_eq!((page.status, page.path.as_str()), (200, "/imports"));
    visitor
}

/// Sends both workbooks; answers the address of the import.
fn upload(officer: &Visitor, organisations: &[u8], members: &[u8]) -> String {
    let form = officer.get("/imports").form("form[enctype]");
    let page = form.attach("files", "党组织.xlsx", organisations).attach("files", "党员.xlsx", members).send();
    assert!(page.path.starts_with("/imports/"), "{}: {}", page.path, page.text());
    page.path.split('?').next().unwrap_or_default().to_owned()
}

fn decide(officer: &Visitor, import: &str) {
    let page = officer.get(import);
    assert!(page.has("form.case-form"), "{}", page.text());
    let _ = page.form("form.case-form").press("写入");
}

struct Progress {
    /// Rows that it says are written.
    n_done: usize,
    /// Whether it is done or waits for somebody.
    is_over: bool,
}

fn progress(officer: &Visitor, import: &str) -> Progress {
    let page = officer.get(&format!("{import}/progress"));
    let answer: serde_json::Value = serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{error}: {}", page.body));
    let is_writing = answer["sentence"].as_str().is_some_and(|it| it.starts_with("正在写入"));
    let n_done = answer["done"].as_u64().and_then(|n| usize::try_from(n).ok()).expect("a number");
    Progress { n_done: if is_writing { n_done } else { 0 }, is_over: answer["next"].is_string() }
}

/// The next progress that is over, at most after ten minutes.
fn wait(officer: &Visitor, import: &str) -> Progress {
    let started = Instant::now();
    loop {
        let progress = progress(officer, import);
        if progress.is_over {
            return progress;
        }
        assert!(started.elapsed() < Duration::from_secs(600), "the import does not come to an end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Members that the list counts.
fn written(officer: &Visitor) -> usize {
    let sentence = officer.get("/members").text_of(".page-head p");
    let number: String = sentence.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    number.parse().unwrap_or_default()
}

/// What the lists export, line by line, in an order of its own.
fn exports(officer: &Visitor) -> Vec<Vec<String>> {
    ["/organisations?view=list&export=csv", "/members?export=csv"]
        .map(|path| {
            let file = officer.download(path);
            assert_eq!(file.status, 200, "{path}");
            let mut lines: Vec<String> = String::from_utf8(file.bytes).expect("UTF-8").lines().map(str::to_owned).collect();
            lines.sort();
            lines
        })
        .into()
}

fn township(number: usize) -> String {
    format!("P99070{}{:03}", number / 10 + 1, number % 10 + 101)
}

fn organisations(size: &Size) -> Vec<u8> {
    let mut rows = Vec::new();
    for number in 0..size.n_townships {
        let code = township(number);
        rows.push([code.clone(), format!("中共第{}镇委员会", number + 1), "党委".into(), "P9907".into(), "农村".into(), "2001-07-01".into()]);
        for branch in 0..BRANCHES {
            let name = format!("第{}镇第{}村党支部", number + 1, branch + 1);
            rows.push([format!("{code}{:03}", branch + 201), name, "党支部".into(), code.clone(), "农村".into(), "2004-03-05".into()]);
        }
    }
    workbook(&["组织编码", "党组织全称", "党组织类别", "上级党组织编码", "所属领域", "建立日期"], &rows)
}

fn members(size: &Size) -> Vec<u8> {
    const FAMILY: [&str; 10] = ["马", "白", "石", "安", "单", "罗", "尚", "牛", "宁", "庄"];
    const GIVEN: [&str; 8] = ["春和", "小山", "文静", "长河", "明远", "玉兰", "国庆", "思齐"];
    let mut rows = Vec::new();
    for number in 0..size.n_members() {
        let branch = number / MEMBERS;
        let born = (1950 + number % 48, number / 48 % 12 + 1, number / 576 % 28 + 1);
        let is_woman = number % 3 == 0;
        let joined = born.0 + 22;
        rows.push([
            format!("{}{}", FAMILY[number % FAMILY.len()], GIVEN[number / 10 % GIVEN.len()]),
            if is_woman { "女" } else { "男" }.into(),
            identity_number(number, born, is_woman),
            format!("{joined}-06-11"),
            format!("{}-06-11", joined + 1),
            "正式党员".into(),
            format!("{}{:03}", township(branch / BRANCHES), branch % BRANCHES + 201),
            format!("1990{:07}", number + 1),
        ]);
    }
    workbook(&["姓名", "性别", "公民身份号码", "入党日期", "转正日期", "人员类别", "所在党支部编码", "手机号码"], &rows)
}

/// A number of nobody: no place has the code 9907…; the last character is right.
fn identity_number(number: usize, (year, month, day): (usize, usize, usize), is_woman: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    // Those of one birthday differ by their place.
    let place = 990_701 + number / (48 * 12 * 28) % 90;
    let sequence = number % 500 * 2 + usize::from(!is_woman);
    let digits = format!("{place}{year}{month:02}{day:02}{sequence:03}");
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11])
}

fn workbook<const N: usize>(headings: &[&str; N], rows: &[[String; N]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let first = headings.map(str::to_owned);
    for (at, row) in (0..).zip(std::iter::once(&first).chain(rows)) {
        for (column, text) in (0..).zip(row) {
            sheet.write_string(at, column, text).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// Moments nobody chose.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let seed = RandomState::new().build_hasher().finish() | 1;
        println!("the moments follow from {seed}");
        Self(seed)
    }

    fn number(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below.max(1)
    }

    fn below(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.number(u64::try_from(most.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// A database of its own on the server for tests, gone when it is dropped.
struct Database {
    server: String,
    name: String,
    address: String,
}

impl Database {
    fn create(server: &str) -> Self {
        let name = format!("jishi_kills_{}_{}", std::process::id(), Chance::new().number(1_000_000));
        let (before, _) = server.rsplit_once('/').expect("an address with a database");
        let this = Self { server: server.to_owned(), address: format!("{before}/{name}"), name };
        this.say(&format!("create database {} template template0 encoding 'UTF8' locale 'C'", this.name));
        this
    }

    fn say(&self, sql: &str) {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let psql = versions.map(|version| version.path().join("bin/psql")).find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("psql"));
        let done = Command::new(psql).args([&self.server, "-q", "-c", sql]).output().expect("psql runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.say(&format!("drop database if exists {} with (force)", self.name));
    }
}
