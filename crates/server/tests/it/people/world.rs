//! A small believable world: a city, a county, two townships, five branches, people with names and posts.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use server::account::{NewGrant, NewPerson};
use server::app::{App, Settings};
use server::member::NewMember;
use server::organisation::NewOrganisation;
use server::{member, organisation};
use store::{Actor, OrgId, Store, Tx, query};
use tempfile::TempDir;

/// The day on which tests happen.
pub const TODAY: Date = date(2026, 11, 22);
/// Ten in the morning of that day (UTC+8).
const NOW: &str = "2026-11-22T02:00:00Z";
/// Of every account.
pub const PASSWORD: &str = "shilin-2026-lu";

/// An application on a database of its own; both are gone when it is dropped.
pub struct World {
    pub app: App,
    url: String,
    folder: TempDir,
    _database: Option<PostgresDatabase>,
}

/// The organisations and members of the world.
pub struct City {
    pub county: OrgId,
    /// 青石镇, with 松林村 and 上河村.
    pub qingshi: OrgId,
    /// 柳湾镇, with 龙潭村.
    pub liuwan: OrgId,
    pub songlin: OrgId,
    pub shanghe: OrgId,
    pub longtan: OrgId,
    /// 柳湾镇中心学校, of another field.
    pub school: OrgId,
    /// Nine at 松林村, three at 上河村, three at 龙潭村.
    pub members: Vec<i64>,
}

impl World {
    async fn open(url: String, folder: TempDir, database: Option<PostgresDatabase>) -> Self {
        let app = application(&url, &folder, SignedDuration::ZERO).await;
        Self { app, url, folder, _database: database }
    }

    /// The same database as another process sees it so many days later.
    pub async fn days_later(&self, days: i64) -> App {
        application(&self.url, &self.folder, SignedDuration::from_hours(24 * days)).await
    }

    /// A transaction of the command line.
    pub async fn tx(&self) -> Tx {
        self.app.begin(&console(), NOW.parse().expect("an instant")).await.expect("begins")
    }

    /// The number in the only column of a question.
    pub async fn count(&self, sql: &str) -> i64 {
        query(self.app.store().reader(), sql, []).await.expect(sql)[0].try_get_by_index(0).expect(sql)
    }

    /// The small city, with an account for each post: `xian`, `qingshi`, `liuwan`, `songlin`, `shanghe`, `longtan`, `hangye`, `guanli`.
    pub async fn city(&self) -> City {
        let mut tx = self.tx().await;
        let roster = vec![
            roster_line("P9901", "中共云岭市委员会", "committee", ""),
            roster_line("P990101", "中共青屏县委员会", "committee", "P9901"),
            roster_line("P990101001", "中共青石镇委员会", "committee", "P990101"),
            roster_line("P990101002", "中共柳湾镇委员会", "committee", "P990101"),
            roster_line("P990101001001", "松林村党支部", "branch", "P990101001"),
            roster_line("P990101001002", "上河村党支部", "branch", "P990101001"),
            roster_line("P990101002001", "龙潭村党支部", "branch", "P990101002"),
            NewOrganisation { field: "school".to_owned(), ..roster_line("P990101002901", "柳湾镇中心学校党支部", "branch", "P990101002") },
        ];
        let orgs = organisation::create_all(&self.app, &mut tx, &console(), roster).await.expect("the roster enters");
        let at = |branch: usize, numbers: std::ops::RangeInclusive<u32>| numbers.map(move |n| (n, branch)).collect::<Vec<_>>();
        let list = [at(4, 1..=9), at(5, 10..=12), at(6, 13..=15)].concat();
        let list = list.into_iter().map(|(n, branch)| someone(n, orgs[branch])).collect();
        let members: Vec<i64> = member::create_all(&self.app, &mut tx, &console(), list)
            .await
            .expect("they enter")
            .into_iter()
            .map(|answer| answer.expect("accepted"))
            .collect();
        tx.commit().await.expect("commits");
        server::follow::catch_up(&self.app).await.expect("follows");
        let posts = [
            ("xian", "county_organisation_officer", orgs[1], None),
            ("qingshi", "township_organisation_officer", orgs[2], None),
            ("liuwan", "township_organisation_officer", orgs[3], None),
            ("songlin", "branch_secretary", orgs[4], Some(members[0])),
            ("shanghe", "branch_secretary", orgs[5], None),
            ("longtan", "branch_secretary", orgs[6], None),
            ("guanli", "administrator", orgs[1], None),
        ];
        for (login, role, root, member) in posts {
            self.account(login, role, root, &[], member).await;
        }
        self.account("hangye", "line_officer", orgs[0], &["school"], None).await;
        tokio::spawn(server::follow::run(self.app.clone()));
        City { county: orgs[1], qingshi: orgs[2], liuwan: orgs[3], songlin: orgs[4], shanghe: orgs[5], longtan: orgs[6], school: orgs[7], members }
    }

    async fn account(&self, login: &str, role: &str, root: OrgId, fields: &[&str], member_id: Option<i64>) {
        let mut tx = self.tx().await;
        let person = NewPerson {
            login: login.to_owned(),
            name: format!("测试{login}"),
            password: PASSWORD.to_owned(),
            member_id,
            must_change_password: false,
        };
        let person_id = server::account::create_person(&mut tx, &console(), person).await.expect("an account");
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post: login.to_owned(),
            root: Some(root),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            named: Vec::new(),
            from: date(2026, 1, 1),
            until: None,
            is_acting: false,
        };
        server::account::give_grant(&self.app, &mut tx, &console(), grant).await.expect("a post");
        tx.commit().await.expect("commits");
    }
}

async fn application(url: &str, folder: &TempDir, later: SignedDuration) -> App {
    let store = Store::open(url, folder.path()).await.expect("opens");
    let now: Timestamp = NOW.parse().expect("an instant");
    let settings = Settings { clock_offset: now.duration_since(server::clock::now()) + later, ..Settings::default() };
    App::new(store, server::rooms::embedded_policies().expect("the packs are right"), settings, &server::rooms::ROOMS).await.expect("starts")
}

/// The command line on the server itself.
pub fn console() -> Actor {
    Actor::console(TODAY)
}

/// An organisation as a roster states it.
pub fn roster_line(code: &str, name: &str, kind: &str, superior: &str) -> NewOrganisation {
    NewOrganisation {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        superior_code: (!superior.is_empty()).then(|| superior.to_owned()),
        field: "rural".to_owned(),
        founded_on: Some(date(1998, 5, 1)),
        secretary: Some("马春和".to_owned()),
        telephone: Some("19900001931".to_owned()),
        elected_on: Some(date(2021, 4, 7)),
        term_years: Some(5),
        region_code: Some(code.trim_start_matches('P').to_owned()),
        source: "党组织基本信息.xlsx".to_owned(),
        ..NewOrganisation::default()
    }
}

/// An invented identity number with the right last character.
pub fn id_number(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let text = format!("99010119800101{n:03}");
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{text}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

/// An invented telephone number.
pub fn telephone(n: u32) -> String {
    format!("1990692{n:04}")
}

/// The member with a number: 马甲, 马乙 …
pub fn someone(n: u32, branch: OrgId) -> NewMember {
    const SECOND: [&str; 15] =
        ["春燕", "丽梅", "学军", "绍云", "家明", "国良", "小龙", "有福", "文斌", "学义", "志强", "文华", "丽娟", "桂芬", "发科"];
    NewMember {
        name: format!("马{}", SECOND[(n as usize - 1) % SECOND.len()]),
        sex: "女".to_owned(),
        ethnicity: "土家族".to_owned(),
        id_number: id_number(n),
        born_on: Some(date(1980, 1, 1)),
        education: Some("大专".to_owned()),
        joined_on: Some(date(2010, 7, 1)),
        full_on: Some(date(2011, 7, 1)),
        category: "正式党员".to_owned(),
        branch,
        telephone: Some(telephone(n)),
        status: "正常".to_owned(),
        source: "党员基本信息.xlsx".to_owned(),
        ..NewMember::default()
    }
}

/// One test per database from `async fn NAME(world: &World)`.
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { crate::people::world::on_sqlite(super::$check); })+
        }
        mod postgres {
            $(#[test] fn $check() { crate::people::world::on_postgres(super::$check); })+
        }
    };
}

pub fn on_sqlite(check: impl AsyncFnOnce(&World)) {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("jishi.sqlite").display());
        check(&World::open(url, folder, None).await).await;
    });
}

pub fn on_postgres(check: impl AsyncFnOnce(&World)) {
    let Ok(server) = std::env::var("JISHI_TEST_POSTGRES") else {
        assert!(std::env::var_os("JISHI_CI").is_none(), "JISHI_TEST_POSTGRES is not set: run the tests by `cargo xtask test`");
        return;
    };
    let database = PostgresDatabase::create(&server);
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        check(&World::open(database.url(), folder, Some(database)).await).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A database of its own; dropped with it.
struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    fn create(server: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("server_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
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

/// Runs on a runtime of its own, so that it may be called from within another.
fn on_server(server: &str, sql: &str) {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            runtime().block_on(async {
                let connection = Database::connect(server).await.expect("the server can be reached");
                connection.execute_unprepared(sql).await.expect(sql);
                connection.close().await.expect("closes");
            });
        });
        work.join().expect("no panic");
    });
}
