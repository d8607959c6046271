//! One small believable world for every topic: a city, two counties, a town and a street, six branches, people who sign in.
//! Built once through operations; each test gets a copy. The clock stands where the test puts it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use policy::Period;
use sea_orm::{ConnectionTrait as _, Database};
use server::account::{NewGrant, NewPerson, create_person, give_grant};
use server::activity::{self, Attendance, NewActivity, Recorded};
use server::app::{App, Settings};
use server::member::{self, NewMember};
use server::organisation::{self, NewHolding, NewOrganisation};
use store::{Actor, OrgId, Store, Tx};
use tempfile::TempDir;

use crate::visitor::Visitor;

/// The password of everybody.
pub const PASSWORD: &str = "shan-qing-shui-2026";
/// The day on which the world was entered, and from which it is in use.
const BUILT_ON: Date = date(2025, 12, 30);
pub const LIVE_FROM: Date = date(2026, 1, 1);

/// Organisations by code, with name, kind, superior and field.
pub const CITY: &str = "P9901";
pub const COUNTY: &str = "P990101";
pub const OTHER_COUNTY: &str = "P990102";
pub const TOWN: &str = "P990101001";
pub const STREET: &str = "P990102001";
/// Ten members, nine of them full, with a committee.
pub const SONGLIN: &str = "P990101001001";
/// Five members, no committee.
pub const SHANGHE: &str = "P990101001002";
/// A school's branch.
pub const SCHOOL: &str = "P990101001003";
/// Below a general branch of the street.
pub const BEIMEN: &str = "P990102001010001";
pub const NANMEN: &str = "P990102001010002";
/// Of a company, below the street.
pub const XINHE: &str = "P990102001020";

const ORGANISATIONS: [(&str, &str, &str, &str, &str); 12] = [
    (CITY, "中共云岭市委员会", "committee", "", "organ"),
    (COUNTY, "中共青屏县委员会", "committee", CITY, "organ"),
    (OTHER_COUNTY, "中共映江区委员会", "committee", CITY, "organ"),
    (TOWN, "中共青石镇委员会", "committee", COUNTY, "rural"),
    (STREET, "中共北门街道工作委员会", "committee", OTHER_COUNTY, "urban_community"),
    (SONGLIN, "松林村党支部", "branch", TOWN, "rural"),
    (SHANGHE, "上河村党支部", "branch", TOWN, "rural"),
    (SCHOOL, "青石中心学校党支部", "branch", TOWN, "school"),
    ("P990102001010", "北门社区党总支", "general_branch", STREET, "urban_community"),
    (BEIMEN, "北门社区第一党支部", "branch", "P990102001010", "urban_community"),
    (NANMEN, "北门社区第二党支部", "branch", "P990102001010", "urban_community"),
    (XINHE, "新禾公司党支部", "branch", STREET, "new_sector"),
];

/// Login, name, role, post, where it is rooted, narrowed to fields.
const PEOPLE: [(&str, &str, &str, &str, &str, &str); 12] = [
    ("shiwei", "何立新", "city_organisation_officer", "市委组织部", CITY, ""),
    ("xianwei", "赵永平", "county_organisation_officer", "青屏县委组织部", COUNTY, ""),
    ("zhenwei", "周敏", "township_organisation_officer", "青石镇党委组织委员", TOWN, ""),
    ("zhenwei2", "尹绍云", "township_organisation_officer", "青石镇党委组织干事", TOWN, ""),
    ("jiedao", "苏光明", "township_organisation_officer", "北门街道组织委员", STREET, ""),
    ("shuji", "马正华", "branch_secretary", "松林村党支部书记", SONGLIN, ""),
    ("shuji2", "和丽梅", "branch_secretary", "上河村党支部书记", SHANGHE, ""),
    ("beimen", "段学军", "branch_secretary", "北门社区第一党支部书记", BEIMEN, ""),
    ("hangye", "施正华", "line_officer", "市教育工委", CITY, "school"),
    ("ducha", "罗国栋", "inspector", "市督查组", "", ""),
    ("guanli", "陈志强", "administrator", "市信息中心", CITY, ""),
    ("dangyuan", "张秀兰", "member", "松林村党支部党员", SONGLIN, ""),
];

/// A copy of the world at a day.
pub struct World {
    pub app: App,
    store: Store,
    follower: tokio::task::JoinHandle<()>,
    _dir: TempDir,
    _database: Option<PostgresDatabase>,
}

/// One test per database from `async fn NAME(world: &mut World)`; PostgreSQL where `JISHI_TEST_POSTGRES` says. The second
/// part is the day on which it stands: `2026-11-22` unless said otherwise by [`World::go_to`].
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { crate::world::on_sqlite(super::$check); })+
        }
        mod postgres {
            $(#[test] fn $check() { crate::world::on_postgres(super::$check); })+
        }
    };
}
pub(crate) use on_both;

pub fn on_sqlite(check: impl AsyncFnOnce(&mut World)) {
    let template = sqlite_template();
    let dir = tempfile::tempdir().unwrap();
    copy(template, dir.path());
    runtime().block_on(async {
        let url = format!("sqlite:{}", dir.path().join("jishi.sqlite").display());
        let mut world = World::open(&url, dir, None).await;
        check(&mut world).await;
        world.follower.abort();
    });
}

pub fn on_postgres(check: impl AsyncFnOnce(&mut World)) {
    let Ok(server) = std::env::var("JISHI_TEST_POSTGRES") else {
        assert!(std::env::var_os("JISHI_CI").is_none(), "JISHI_TEST_POSTGRES is not set: run the tests by `cargo xtask test`");
        return;
    };
    let database = PostgresDatabase::create(&server);
    runtime().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let url = database.url();
        build(&url, dir.path()).await;
        let mut world = World::open(&url, dir, Some(database)).await;
        check(&mut world).await;
        world.follower.abort();
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The folder of the world as it was built, made once.
fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = TEMPLATE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        let url = format!("sqlite:{}", path.join("jishi.sqlite").display());
        std::thread::scope(|scope| scope.spawn(|| runtime().block_on(build(&url, &path))).join().unwrap());
        // The last connection puts its log away in a thread of its own; until then the file is not to be copied.
        let log = path.join("jishi.sqlite-wal");
        for _ in 0..1_000 {
            if !log.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        (dir, path)
    });
    path
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Nine in the morning of a day (UTC+8).
pub fn morning(day: Date) -> Timestamp {
    jiff::tz::Offset::constant(8).to_timestamp(day.at(9, 0, 0, 0)).unwrap()
}

fn settings(day: Date) -> Settings {
    Settings { clock_offset: morning(day).duration_since(server::clock::now()) + SignedDuration::from_secs(1), ..Settings::default() }
}

async fn build(url: &str, dir: &Path) {
    let store = Store::open(url, dir).await.unwrap();
    let app = App::new(store.clone(), server::rooms::embedded_policies().unwrap(), settings(BUILT_ON), &server::rooms::ROOMS).await.unwrap();
    let follower = tokio::spawn(server::follow::run(app.clone()));
    let at = morning(BUILT_ON);
    let console = Actor::console(BUILT_ON);
    let mut tx = app.begin(&console, at).await.unwrap();
    let roster = ORGANISATIONS.iter().map(|(code, name, kind, superior, field)| NewOrganisation {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        superior_code: (!superior.is_empty()).then(|| (*superior).to_owned()),
        field: (*field).to_owned(),
        founded_on: Some(date(1998, 5, 1)),
        secretary: secretary(code).map(str::to_owned),
        elected_on: Some(date(2023, 4, 7)),
        term_years: Some(5),
        source: "党组织基本信息.xlsx".to_owned(),
        ..NewOrganisation::default()
    });
    organisation::create_all(&app, &mut tx, &console, roster.collect()).await.unwrap();
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    let id = |code: &str| app.directory().by_code(code).unwrap().id;

    let mut tx = app.begin(&console, at).await.unwrap();
    let members: Vec<NewMember> = [(SONGLIN, 10), (SHANGHE, 5), (SCHOOL, 8), (BEIMEN, 6), (NANMEN, 4), (XINHE, 3)]
        .into_iter()
        .enumerate()
        .flat_map(|(at, (code, n))| (0..n).map(move |i| (at * 100 + i, code, i)))
        .map(|(n, code, i)| new_member(n, id(code), if i == 0 { secretary(code) } else { None }, i))
        .collect();
    let answers = member::create_all(&app, &mut tx, &console, members).await.unwrap();
    let numbers: Vec<i64> = answers.into_iter().map(Result::unwrap).collect();
    let holding = |post: &str, name: &str, member_id: i64| NewHolding {
        post: post.to_owned(),
        name: name.to_owned(),
        member_id: Some(member_id),
        ..NewHolding::default()
    };
    let committee = vec![
        holding("secretary", "马正华", numbers[0]),
        holding("organisation_officer", "普自明", numbers[1]),
        holding("discipline_officer", "李国良", numbers[2]),
    ];
    organisation::set_committee(&app, &mut tx, &console, id(SONGLIN), committee, date(2023, 4, 7), "换届选举结果").await.unwrap();
    organisation::set_go_live(&mut tx, &console, id(CITY), LIVE_FROM).await.unwrap();
    for (login, name, role, post, root, field) in PEOPLE {
        let person =
            NewPerson { login: login.to_owned(), name: name.to_owned(), password: PASSWORD.to_owned(), member_id: None, must_change_password: false };
        let person_id = create_person(&mut tx, &console, person).await.unwrap();
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post: post.to_owned(),
            root: (!root.is_empty()).then(|| id(root)),
            fields: if field.is_empty() { Vec::new() } else { vec![field.to_owned()] },
            named: if root.is_empty() { vec![id(SONGLIN), id(BEIMEN)] } else { Vec::new() },
            from: BUILT_ON,
            until: None,
            is_acting: false,
        };
        give_grant(&app, &mut tx, &console, grant).await.unwrap();
    }
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    follower.abort();
    let _ = follower.await;
    if url.starts_with("sqlite:") {
        store::execute(store.reader(), "pragma wal_checkpoint(truncate)", []).await.unwrap();
    }
}

fn secretary(code: &str) -> Option<&'static str> {
    Some(match code {
        SONGLIN => "马正华",
        SHANGHE => "和丽梅",
        SCHOOL => "董家明",
        BEIMEN => "段学军",
        NANMEN => "杨文华",
        XINHE => "何丽娟",
        CITY => "和建平",
        COUNTY => "杨成林",
        OTHER_COUNTY => "木志远",
        TOWN => "李文斌",
        STREET => "阿建华",
        _ => return None,
    })
}

const NAMES: [&str; 10] = ["普自明", "李国良", "杨小龙", "马春燕", "赵桂芬", "罗发科", "段有福", "普学义", "张秀兰", "段文斌"];

/// The `n`th member of the world, `i`th of a branch.
pub fn new_member(n: usize, branch: OrgId, name: Option<&str>, i: usize) -> NewMember {
    // The last of a larger branch is on probation.
    let is_full = i != 9;
    NewMember {
        name: name.map_or_else(|| NAMES[(n + NAMES.len() - 1) % NAMES.len()].to_owned(), str::to_owned),
        sex: "女".to_owned(),
        ethnicity: "汉族".to_owned(),
        id_number: id_number(n),
        born_on: Some(date(1980, 1, 1)),
        joined_on: Some(if is_full { date(2010, 7, 1) } else { date(2025, 7, 1) }),
        full_on: is_full.then(|| date(2011, 7, 1)),
        category: if is_full { "正式党员" } else { "预备党员" }.to_owned(),
        branch,
        status: "正常".to_owned(),
        source: "党员基本信息.xlsx".to_owned(),
        ..NewMember::default()
    }
}

/// An identity number of nobody: region 990101 does not exist.
fn id_number(n: usize) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let text = format!("99010119800101{n:03}");
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{text}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

impl World {
    async fn open(url: &str, dir: TempDir, database: Option<PostgresDatabase>) -> Self {
        let store = Store::open(url, dir.path()).await.unwrap();
        let (app, follower) = started(&store, date(2026, 11, 22)).await;
        Self { app, store, follower, _dir: dir, _database: database }
    }

    /// Puts the clock to nine in the morning of a day. Who is signed in must sign in again.
    pub async fn go_to(&mut self, day: Date) {
        self.follower.abort();
        let _ = (&mut self.follower).await;
        (self.app, self.follower) = started(&self.store, day).await;
    }

    /// The same world, on a day, under a pack in which one file says something else.
    pub async fn with_policy(&mut self, day: Date, file: &str, from: &str, to: &str) {
        self.follower.abort();
        let _ = (&mut self.follower).await;
        let mut files = server::rooms::embedded_files();
        let changed = files.iter_mut().find(|it| it.path.ends_with(file)).unwrap();
        assert!(changed.text.contains(from), "{from}");
        changed.text = changed.text.replacen(from, to, 1);
        let offset = morning(day).duration_since(server::clock::now()) + SignedDuration::from_secs(1);
        let settings = Settings { clock_offset: offset, ..Settings::default() };
        let policies = server::policies::Policies::from_files(files).unwrap();
        self.app = App::new(self.store.clone(), policies, settings, &server::rooms::ROOMS).await.unwrap();
        self.follower = tokio::spawn(server::follow::run(self.app.clone()));
    }

    /// The number of an organisation.
    pub fn org(&self, code: &str) -> OrgId {
        self.app.directory().by_code(code).unwrap().id
    }

    /// Somebody signed in.
    pub async fn visitor(&self, login: &str) -> Visitor {
        Visitor::of(&self.app, login, PASSWORD).await
    }

    /// A transaction of the command line at a day.
    pub async fn tx(&self, day: Date) -> (Tx, Actor) {
        let console = Actor::console(day);
        (self.app.begin(&console, morning(day)).await.unwrap(), console)
    }

    /// Commits, and waits until the lists in memory know.
    pub async fn commit(&self, tx: Tx) {
        let commit = tx.commit().await.unwrap();
        self.app.settle(commit).await;
    }

    /// Records activities as the branches would have, on the days they were entered.
    pub async fn record(&self, records: Vec<NewActivity>) -> Vec<i64> {
        let entered = records.iter().map(|record| record.entered_on).max().unwrap();
        let (mut tx, console) = self.tx(entered).await;
        let recorded = activity::record_all(&self.app, &mut tx, &console, records).await.unwrap();
        self.commit(tx).await;
        let number = |it| match it {
            Recorded::New(id) => id,
            other => panic!("{other:?}"),
        };
        recorded.into_iter().map(number).collect()
    }

    /// An activity held and entered on a day, everybody present.
    pub fn held(&self, branch: &str, kind: &str, on: Date) -> NewActivity {
        NewActivity {
            organisation: self.org(branch),
            kind: kind.to_owned(),
            held_on: on,
            topic: format!("{} 月学习", on.month()),
            place: Some("党员活动室".to_owned()),
            host: None,
            attendance: Attendance::Names { absences: Vec::new(), n_guests: 0 },
            minutes: 120,
            contents: Vec::new(),
            decisions: Vec::new(),
            notes: None,
            is_on_paper: true,
            entered_on: on,
            source: activity::BY_BRANCH.to_owned(),
            makes_up: None::<Period>,
            late_reason: None,
        }
    }

    /// Rows of a question with one number.
    pub async fn count(&self, sql: &str) -> i64 {
        store::query(self.app.store().reader(), sql, []).await.unwrap()[0].try_get_by_index(0).unwrap()
    }
}

async fn started(store: &Store, day: Date) -> (App, tokio::task::JoinHandle<()>) {
    let app = App::new(store.clone(), server::rooms::embedded_policies().unwrap(), settings(day), &server::rooms::ROOMS).await.unwrap();
    let follower = tokio::spawn(server::follow::run(app.clone()));
    (app, follower)
}

struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    fn create(server: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let name = format!("world_{}_{}", std::process::id(), NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        on_server(server, &format!("create database {name} template template0 encoding 'UTF8' locale 'C'"));
        Self { server: server.to_owned(), name }
    }

    fn url(&self) -> String {
        let (before, _) = self.server.rsplit_once('/').expect("postgres://…/DATABASE");
        format!("{before}/{}", self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        on_server(&self.server, &format!("drop database {} with (force)", self.name));
    }
}

fn on_server(server: &str, sql: &str) {
    let work = async {
        let connection = Database::connect(server).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
    };
    std::thread::scope(|scope| scope.spawn(|| runtime().block_on(work)).join().unwrap());
}
