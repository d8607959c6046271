//! Opening a database; the few places where the two differ.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait as _, Value};
use sea_orm_migration::MigratorTrait;
use tokio::sync::watch;

use crate::{Keys, Migrator};

/// An unexpected failure of the store.
pub type StoreError = DbErr;

/// Which database keeps the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// One database, its folder of files and keys, and how far this process has followed its commits.
#[derive(Clone)]
pub struct Store {
    pub(crate) write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
    pub backend: Backend,
    pub keys: Arc<Keys>,
    /// Keys, files, logs and reports live here.
    pub dir: PathBuf,
    /// Shared by the transactions of this process on PostgreSQL.
    pub(crate) ids: Arc<Mutex<IdBlock>>,
    /// Number of the newest commit made by this process.
    pub(crate) committed: watch::Sender<i64>,
    /// Number of the commit that the columns and lists in memory stand at.
    pub(crate) followed: watch::Sender<i64>,
    pub(crate) last_at_millis: Arc<AtomicI64>,
}

/// Numbers for new rows, taken from the database in blocks.
#[derive(Debug, Default)]
pub(crate) struct IdBlock {
    pub next: i64,
    pub until: i64,
}

/// Rows of each index that SQLite looks at for its statistics: under a second for a city, and enough to tell the indexes apart.
const ROWS_LOOKED_AT: u32 = 50_000;

impl Store {
    /// Opens (and creates, for SQLite) the database at `url` (`sqlite:PATH` or `postgres:…`) and brings its tables up to date.
    ///
    /// # Errors
    /// When it cannot be reached, or the keys in `dir` are not those it was written with.
    pub async fn open(url: &str, dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir).with_context(|| format!("无法建立数据目录 {}", dir.display()))?;
        let backend = if url.starts_with("sqlite:") { Backend::Sqlite } else { Backend::Postgres };
        let (write, read) = match backend {
            Backend::Sqlite => (sqlite(url, 1).await?, sqlite(url, 6).await?),
            Backend::Postgres => {
                let pool = postgres(url).await?;
                (pool.clone(), pool)
            }
        };
        migrate(&write).await?;
        let keys = Keys::open(&write, dir).await?;
        let head = statement("select no from commit_head where id = 1", []);
        let no: i64 = write.query_one_raw(with_backend(&write, head)).await?.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(Self {
            write,
            read,
            backend,
            keys: Arc::new(keys),
            dir: dir.to_owned(),
            ids: Arc::default(),
            committed: watch::Sender::new(no),
            followed: watch::Sender::new(0),
            last_at_millis: Arc::default(),
        })
    }

    /// Writes a copy of the database as of now, while others go on writing. Keys and files are not in it.
    ///
    /// # Errors
    /// When `to` exists already or cannot be written, and on PostgreSQL, which has tools of its own.
    pub async fn backup(&self, to: &Path) -> anyhow::Result<()> {
        if self.backend == Backend::Postgres {
            bail!("PostgreSQL 请用 pg_dump 备份");
        }
        if to.exists() {
            bail!("{} 已经存在，请换一个文件名", to.display());
        }
        let path = to.to_str().with_context(|| format!("文件名 {} 不是 UTF-8", to.display()))?;
        crate::execute(&self.read, "vacuum into $1", [path.into()]).await.with_context(|| format!("无法备份到 {path}"))?;
        std::fs::File::open(to)?.sync_all()?;
        Ok(())
    }

    /// Has the database look at its tables again, so that it chooses the right index: after many rows came at once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_stock(&self) -> Result<(), StoreError> {
        if self.backend == Backend::Sqlite {
            crate::execute(&self.write, format!("pragma analysis_limit = {ROWS_LOOKED_AT}"), []).await?;
        }
        crate::execute(&self.write, "analyze", []).await?;
        Ok(())
    }

    /// For reading outside a transaction.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Number of the newest commit in the database.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn head(&self) -> Result<i64, StoreError> {
        let row = self.read.query_one_raw(with_backend(&self.read, statement("select no from commit_head where id = 1", []))).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0))
    }

    /// Watches the commits that this process makes.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// The follower says how far it has come.
    pub fn has_followed(&self, no: i64) {
        self.followed.send_replace(no);
    }

    /// How far this process has followed the commits.
    #[must_use]
    pub fn followed_no(&self) -> i64 {
        *self.followed.borrow()
    }

    /// Waits until this process has followed commit `no`, at most two seconds.
    pub async fn wait_for(&self, no: i64) {
        let mut followed = self.followed.subscribe();
        let reached = followed.wait_for(|at| *at >= no);
        let _ = tokio::time::timeout(Duration::from_secs(2), reached).await;
    }

    /// A time not before any that this process has given out.
    pub(crate) fn not_before_last(&self, at: jiff::Timestamp) -> jiff::Timestamp {
        let last = self.last_at_millis.fetch_max(at.as_millisecond(), Ordering::Relaxed);
        jiff::Timestamp::from_millisecond(at.as_millisecond().max(last)).unwrap_or(at)
    }
}

/// The advisory lock that a process holds while it brings the tables up to date.
const MIGRATING: i64 = 7_412_201;

/// Brings the tables up to date. Processes that start at once get in each other's way; then the later one looks again.
async fn migrate(connection: &DatabaseConnection) -> anyhow::Result<()> {
    // Processes that start at once on nothing take turns; SQLite's own lock and the tries below do the same there.
    let turn = match connection.get_database_backend() {
        DbBackend::Postgres => {
            let turn = connection.begin().await?;
            turn.execute_unprepared(&format!("select pg_advisory_xact_lock({MIGRATING})")).await?;
            Some(turn)
        }
        _ => None,
    };
    let mut outcome = Migrator::up(connection, None).await;
    for _ in 0..5 {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        outcome = Migrator::up(connection, None).await;
    }
    if let Some(turn) = turn {
        turn.rollback().await?;
    }
    outcome.context("数据库升级失败")
}

/// SQL text with `$1 …` parameters, which both databases take.
pub fn statement(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// The same statement addressed to the connection's own database.
pub(crate) fn with_backend<C: ConnectionTrait>(connection: &C, mut statement: Statement) -> Statement {
    statement.db_backend = connection.get_database_backend();
    statement
}

async fn sqlite(url: &str, connections: u32) -> anyhow::Result<DatabaseConnection> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    if let Some(parent) = Path::new(path).parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("无法建立目录 {}", parent.display()))?;
    }
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
    options.max_connections(connections).min_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .pragma("journal_mode", "wal")
            .pragma("synchronous", "full")
            .pragma("foreign_keys", "on")
            .pragma("busy_timeout", "20000")
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
            .pragma("secure_delete", "on")
            .pragma("mmap_size", "1073741824")
    });
    // Of two processes that turn a new file to write-ahead logging at once, one is told that it is locked, without waiting.
    for _ in 0..N_TRIES {
        match Database::connect(options.clone()).await {
            Err(error) if error.to_string().contains("database is locked") => tokio::time::sleep(Duration::from_millis(50)).await,
            connected => return connected.with_context(|| format!("无法打开 SQLite 文件 {path}")),
        }
    }
    Database::connect(options).await.with_context(|| format!("无法打开 SQLite 文件 {path}"))
}

/// So often a locked file is tried again.
const N_TRIES: usize = 40;

async fn postgres(url: &str) -> anyhow::Result<DatabaseConnection> {
    let url = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        url.to_owned()
    } else {
        format!("postgres://{}", url.trim_start_matches("postgres:"))
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(16).sqlx_logging(false).connect_timeout(Duration::from_secs(10));
    Database::connect(options).await.context("无法连接 PostgreSQL，请检查 --database 的地址、用户和口令")
}
