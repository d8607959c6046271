//! A fresh store per test, on both databases.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, Database};
use sea_orm_migration::MigratorTrait as _;
use store::{Actor, Migrator, Store, Tx};
use tempfile::TempDir;

/// One empty, migrated database with its folder; both are gone when it is dropped.
pub struct World {
    pub store: Store,
    pub url: String,
    folder: TempDir,
    _database: Option<PostgresDatabase>,
}

impl World {
    /// The data folder, with its keys.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// What a second process sees that opens the same database.
    pub async fn another_process(&self) -> Store {
        Store::open(&self.url, self.dir()).await.expect("opens a second time")
    }

    /// A transaction of the command line at `at`.
    pub async fn tx(&self, at: Timestamp) -> Tx {
        begin(&self.store, at).await
    }

    /// The numbers in the only column of a question.
    pub async fn numbers(&self, sql: &str) -> Vec<i64> {
        let rows = store::query(self.store.reader(), sql, []).await.expect(sql);
        rows.iter().map(|row| row.try_get_by_index(0).expect(sql)).collect()
    }

    /// The texts in the only column of a question.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = store::query(self.store.reader(), sql, []).await.expect(sql);
        rows.iter().map(|row| row.try_get_by_index(0).expect(sql)).collect()
    }

    /// Changes rows behind the store's back.
    pub async fn tamper(&self, sql: &str) {
        store::execute(self.store.reader(), sql, []).await.expect(sql);
    }
}

/// A transaction of the command line.
pub async fn begin(store: &Store, at: Timestamp) -> Tx {
    Tx::begin(store, &Actor::console(store::day_of(at)), at).await.expect("begins")
}

/// Nine in the morning of a day in January 2026 (UTC+8), and so many seconds.
pub fn january(day: i8, second: i32) -> Timestamp {
    let day = jiff::civil::date(2026, 1, day).at(1, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("a day");
    day.timestamp() + jiff::SignedDuration::from_secs(second.into())
}

/// One test per database from `async fn NAME(world: &World)`.
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

pub fn on_sqlite(check: impl AsyncFnOnce(&World)) {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("jishi.sqlite").display());
        let store = Store::open(&url, folder.path()).await.expect("opens");
        check(&World { store, url, folder, _database: None }).await;
    });
}

pub fn on_postgres(check: impl AsyncFnOnce(&World)) {
    let Some(server) = server() else { return };
    let database = PostgresDatabase::create(&server);
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = database.url();
        let store = Store::open(&url, folder.path()).await.expect("opens");
        check(&World { store, url, folder, _database: Some(database) }).await;
    });
}

/// The server that the tests may make databases on.
fn server() -> Option<String> {
    let server = std::env::var("JISHI_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(std::env::var_os("JISHI_CI").is_none(), "JISHI_TEST_POSTGRES is not set: run the tests by `cargo xtask test`");
        eprintln!("passed over: JISHI_TEST_POSTGRES is not set (try `cargo xtask postgres cargo test -p store`)");
    }
    server
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A copy of the migrated template; dropped with it.
pub struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    /// A database without a table, where there is a server.
    pub fn empty() -> Option<Self> {
        Some(Self::copy(&server()?, "template0"))
    }

    fn create(server: &str) -> Self {
        static TEMPLATE: OnceLock<PostgresDatabase> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let template = Self::copy(server, "template0");
            in_thread(template.url(), async |url| {
                let connection = Database::connect(url).await.expect("the template can be reached");
                Migrator::up(&connection, None).await.expect("migrates");
                connection.close().await.expect("closes");
            });
            template
        });
        Self::copy(server, &template.name)
    }

    fn copy(server: &str, template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        on_server(server, &format!("create database {name} template {template} encoding 'UTF8' locale 'C'"));
        Self { server: server.to_owned(), name }
    }

    /// Its address.
    pub fn url(&self) -> String {
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
    in_thread(server.to_owned(), async |server| {
        let connection = Database::connect(server).await.expect("the server can be reached");
        connection.execute_unprepared(sql).await.expect(sql);
        connection.close().await.expect("closes");
    });
}

/// Runs on a runtime of its own, so that it may be called from within another.
fn in_thread(url: String, work: impl AsyncFnOnce(String) + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| runtime().block_on(work(url))).join().expect("no panic");
    });
}

/// A path below the world's folder.
pub fn below(world: &World, name: &str) -> PathBuf {
    world.dir().join(name)
}
