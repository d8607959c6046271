//! A fresh application per test, on both databases; the sample city imported once.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait as _, Database};
use server::account::{NewGrant, NewPerson, create_person, give_grant};
use server::app::{App, Settings};
use server::import::{FileReport, OnBad, Request, Sent};
use store::jobs::Job;
use store::{Actor, Store, query};

use crate::visitor::Visitor;

pub struct World {
    pub app: App,
    pub folder: tempfile::TempDir,
    database: Option<PostgresDatabase>,
}

impl World {
    /// On SQLite.
    pub async fn new() -> Self {
        Self::of(tempfile::tempdir().unwrap(), None).await
    }

    /// The sample city, imported as the complete records of 2025; a copy of its own.
    pub async fn clean() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        copy(imported_clean()?, folder.path());
        Some(Self::of(folder, None).await)
    }

    async fn of(folder: tempfile::TempDir, database: Option<PostgresDatabase>) -> Self {
        let url = url_of(&folder, database.as_ref());
        let app = open(&url, folder.path()).await;
        Self { app, folder, database }
    }

    pub fn console(&self) -> Actor {
        server::http::session::console(&self.app)
    }

    /// Where its database is.
    pub fn url(&self) -> String {
        url_of(&self.folder, self.database.as_ref())
    }

    /// Somebody with one post over a subtree, signed in.
    pub async fn officer(&self, login: &str, role: &str, root: &str) -> Visitor {
        const PASSWORD: &str = "qing-shan-2026";
        let console = self.console();
        let mut tx = self.app.begin(&console, self.app.now()).await.unwrap();
        let person = NewPerson {
            login: login.to_owned(),
            name: "何立新".to_owned(),
            password: PASSWORD.to_owned(),
            member_id: None,
            must_change_password: false,
        };
        let person_id = create_person(&mut tx, &console, person).await.unwrap();
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post: "组织科长".to_owned(),
            root: Some(self.app.directory().by_code(root).unwrap().id),
            fields: Vec::new(),
            named: Vec::new(),
            from: tx.today(),
            until: None,
            is_acting: false,
        };
        give_grant(&self.app, &mut tx, &console, grant).await.unwrap();
        let commit = tx.commit().await.unwrap();
        self.app.settle(commit).await;
        Visitor::of(&self.app, login, PASSWORD).await
    }

    pub async fn count(&self, sql: &str) -> i64 {
        count(&self.app, sql).await
    }

    /// Puts an import into the queue, for the command line.
    pub async fn enqueue(&self, files: Vec<Sent>, request: &Request) -> i64 {
        let mut tx = self.app.begin(&self.console(), self.app.now()).await.unwrap();
        let id = server::import::enqueue(&self.app, &mut tx, files, request).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Imports to the end.
    pub async fn import(&self, files: Vec<Sent>, on_bad: OnBad, complete: Option<i16>) -> (Job, Vec<FileReport>) {
        let request = Request { on_bad, complete, is_console: true, ..Request::default() };
        let id = self.enqueue(files, &request).await;
        let job = server::jobs::run_one(&self.app, id).await.unwrap();
        (job, server::import::report(self.app.store().reader(), id).await.unwrap())
    }
}

fn url_of(folder: &tempfile::TempDir, database: Option<&PostgresDatabase>) -> String {
    database.map_or_else(|| format!("sqlite:{}", folder.path().join("jishi.sqlite").display()), PostgresDatabase::url)
}

/// One test per database from `async fn NAME(world: World)`.
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { $crate::import::world::on_sqlite(super::$check); })+
        }
        mod postgres {
            $(#[test] fn $check() { $crate::import::world::on_postgres(super::$check); })+
        }
    };
}
pub(crate) use on_both;

pub fn on_sqlite<F: Future<Output = ()>>(check: impl FnOnce(World) -> F) {
    runtime().block_on(async { check(World::new().await).await });
}

pub fn on_postgres<F: Future<Output = ()>>(check: impl FnOnce(World) -> F) {
    let Some(database) = PostgresDatabase::create() else { return };
    runtime().block_on(async { check(World::of(tempfile::tempdir().unwrap(), Some(database)).await).await });
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Opens an application as a process does, following the commits.
pub async fn open(url: &str, folder: &Path) -> App {
    let store = Store::open(url, folder).await.unwrap();
    let app = App::new(store, server::rooms::embedded_policies().unwrap(), Settings::default(), &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(app.clone()));
    app
}

pub async fn count(app: &App, sql: &str) -> i64 {
    query(app.store().reader(), sql, []).await.unwrap()[0].try_get_by_index(0).unwrap()
}

/// The sample workbooks beside the workspace.
pub fn samples(kind: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(kind);
    if !folder.exists() {
        assert!(std::env::var_os("JISHI_CI").is_none(), "the sample workbooks must be beside the workspace in CI");
        println!("passed over: no sample workbooks at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The four workbooks of a folder, in an order that is not the one in which they are applied.
pub fn workbooks(folder: &Path) -> Vec<Sent> {
    let names = ["组织生活记录.xlsx", "党员基本信息.xlsx", "党组织基本信息.xlsx", "村级集体经济.xlsx"];
    names.into_iter().map(|name| Sent { name: name.to_owned(), bytes: std::fs::read(folder.join(name)).unwrap() }).collect()
}

/// A data folder with the sample city, made once for this run.
fn imported_clean() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let samples = samples("clean")?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("imported_clean");
        let _ = std::fs::remove_dir_all(&folder);
        let import = |folder: &Path| {
            runtime().block_on(async {
                let app = open(&format!("sqlite:{}", folder.join("jishi.sqlite").display()), folder).await;
                let order = server::import::command::Order {
                    files: paths(&samples),
                    on_bad: OnBad::Skip,
                    complete: Some(2025),
                    report: Some(folder.join("report.json")),
                    annotated: None,
                };
                assert!(server::import::command::import(&app, order).await.unwrap());
            });
        };
        // A runtime of its own, so that a test may ask for it from within another.
        std::thread::scope(|scope| scope.spawn(|| import(&folder)).join()).unwrap();
        Some(folder)
    });
    folder.as_deref()
}

fn paths(samples: &Path) -> Vec<PathBuf> {
    ["党组织基本信息.xlsx", "党员基本信息.xlsx", "组织生活记录.xlsx", "村级集体经济.xlsx"].iter().map(|name| samples.join(name)).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if let Err(error) = std::fs::copy(entry.path(), target) {
            // A database that is being closed takes its log away meanwhile.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
    }
}

/// A database of its own on the server of the tests; dropped with it.
struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    fn create() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let Ok(server) = std::env::var("JISHI_TEST_POSTGRES") else {
            assert!(std::env::var_os("JISHI_CI").is_none(), "JISHI_TEST_POSTGRES is not set: run the tests by `cargo xtask test`");
            println!("passed over: JISHI_TEST_POSTGRES is not set");
            return None;
        };
        let name = format!("import_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        on_server(&server, format!("create database {name} template template0 encoding 'UTF8' locale 'C'"));
        Some(Self { server, name })
    }

    fn url(&self) -> String {
        let (before, _) = self.server.rsplit_once('/').unwrap();
        format!("{before}/{}", self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        on_server(&self.server, format!("drop database {} with (force)", self.name));
    }
}

fn on_server(server: &str, sql: String) {
    let work = async {
        let connection = Database::connect(server).await.unwrap();
        connection.execute_unprepared(&sql).await.unwrap();
        connection.close().await.unwrap();
    };
    std::thread::scope(|scope| scope.spawn(|| runtime().block_on(work)).join()).unwrap();
}
