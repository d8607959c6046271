//! Starting the server: listeners, the follower, the audit head kept beside the logs.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use store::Store;
use tokio::net::TcpListener;

use crate::app::{App, Settings};
use crate::policies::Policies;

/// The file of a SQLite database.
#[must_use]
pub fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

/// The folder that belongs to a database: beside the SQLite file, or `jishi-data` for PostgreSQL.
#[must_use]
pub fn folder_of(url: &str) -> PathBuf {
    let beside = |file: PathBuf| file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    file_of(url).map_or_else(|| PathBuf::from("jishi-data"), beside)
}

/// Opens the database and the packs; `at` is the time under which new packs are kept.
///
/// # Errors
/// When either cannot be opened.
pub async fn open(url: &str, dir: &Path, policies: Option<&Path>, settings: Settings, at: jiff::Timestamp) -> anyhow::Result<App> {
    let policies = match policies {
        Some(folder) => Policies::of_folder(folder)?,
        None => crate::rooms::embedded_policies()?,
    };
    let store = Store::open(url, dir).await?;
    let policies = policies.with_additions(&store).await?;
    policies.keep(&store, at).await?;
    App::new(store, policies, settings, &crate::rooms::ROOMS).await
}

/// Takes a port, before anybody is told that it can be opened.
///
/// # Errors
/// When it is taken, or the address cannot be used.
pub async fn bind(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    let address: SocketAddr = format!("{host}:{port}").parse().with_context(|| format!("地址 {host}:{port} 写得不对"))?;
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!("端口 {port} 已被占用，请换一个"),
        ErrorKind::PermissionDenied => anyhow::anyhow!("没有权限使用端口 {port}，请换一个 1024 以上的"),
        _ => anyhow::anyhow!("无法使用地址 {host}:{port}：{error}"),
    })
}

/// Serves pages until interrupted.
///
/// # Errors
/// When the listener fails.
pub async fn run(app: App, listener: TcpListener) -> anyhow::Result<()> {
    start_background(&app);
    let router = crate::http::routes::router(&app, None);
    axum::serve(listener, router).with_graceful_shutdown(interrupted()).await?;
    let _ = store::audit::keep_head(app.store()).await;
    Ok(())
}

/// Serves the outer door alone, as a process of its own beside the one that serves the inner door.
///
/// # Errors
/// When the listener fails.
pub async fn run_outer(app: App, listener: TcpListener) -> anyhow::Result<()> {
    tokio::spawn(crate::follow::run(app.clone()));
    listen_outer(app, listener).await
}

/// The second listener: it knows only the routes marked for both doors, and its sessions are good here only.
///
/// # Errors
/// When the listener fails.
pub async fn listen_outer(app: App, listener: TcpListener) -> anyhow::Result<()> {
    let router = crate::http::routes::router(&app, Some(crate::http::route::Door::Both));
    axum::serve(listener, router).with_graceful_shutdown(interrupted()).await?;
    Ok(())
}

/// Starts what runs beside the requests.
pub fn start_background(app: &App) {
    tokio::spawn(crate::follow::run(app.clone()));
    tokio::spawn(crate::jobs::run(app.clone()));
    tokio::spawn(sweep_files(app.clone()));
    let warmed = app.clone();
    tokio::spawn(async move {
        // The first page of the day need not wait until the year's facts are read.
        let today = store::day_of(warmed.now());
        if warmed.filling().is_some() {
            return;
        }
        if let Err(error) = warmed.store().take_stock().await {
            tracing::warn!(%error, "cannot take stock of the tables");
        }
        if let Err(error) = crate::duty::states_of_year(&warmed, today.year(), today).await {
            tracing::warn!(error = format!("{error:#}"), "cannot read the year's facts");
        }
    });
    let app = app.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            app.figures().drop_idle(IDLE);
            if let Err(error) = store::audit::keep_head(app.store()).await {
                tracing::error!(error = format!("{error:#}"), "cannot keep the head of the audit");
            }
        }
    });
}

/// Figures that nobody asked for during this time make room.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// How often files without a name are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

async fn sweep_files(app: App) {
    loop {
        match crate::files::sweep(&app).await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "files that nothing names were removed"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "cannot look for files that nothing names"),
        }
        match crate::ballot::destroy_keys(&app).await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "keys of closed boxes were destroyed"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "cannot destroy the keys of closed boxes"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
