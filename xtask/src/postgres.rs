//! A private PostgreSQL for the tests: made, started, and gone at the end, also when this process is killed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::{debian, steps};

/// A running cluster. It stops when dropped, or when this process ends in any way: its watcher waits for the end of a pipe
/// that this process holds.
pub struct Cluster {
    url: String,
    watcher: Child,
    pipe: Option<ChildStdin>,
}

/// `$0` is the postgres program, `$1` the cluster's folder; the rest are its arguments.
/// Nothing here pulls the plug on PostgreSQL itself, so it need not sync to disk.
const WATCHER: &str = r#"
folder=$1
shift
"$0" -D "$folder/data" "$@" >"$folder/log" 2>&1 &
server=$!
read -r _
kill -INT $server
wait $server
rm -rf "$folder"
"#;

impl Cluster {
    /// Makes a cluster in a fresh folder and starts it on a free port of the loopback.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up within a minute; its log is in the message.
    pub fn start() -> anyhow::Result<Self> {
        let folder = fresh_folder()?;
        let initdb = program("initdb").context("没有找到 PostgreSQL 的 initdb")?;
        let postgres = program("postgres").context("没有找到 PostgreSQL 的 postgres")?;
        let mut init = as_postgres(&initdb);
        init.arg("-D").arg(folder.join("data")).args(["-U", "jishi", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        steps::run(init.stdout(Stdio::null()).current_dir("/"))?;

        let port = free_port()?;
        let mut watch = as_postgres(Path::new("sh"));
        watch.arg("-c").arg(WATCHER).arg(&postgres).arg(&folder);
        watch.args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"]).arg(&folder);
        for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200", "shared_buffers=128MB"] {
            watch.args(["-c", setting]);
        }
        let mut watcher = watch.current_dir("/").stdin(Stdio::piped()).spawn().context("无法启动 PostgreSQL")?;
        let pipe = watcher.stdin.take();
        let mut cluster = Self { url: format!("postgres://jishi@127.0.0.1:{port}/postgres"), watcher, pipe };
        cluster.wait_until_ready(port, &folder)?;
        Ok(cluster)
    }

    /// Address of the maintenance database; tests make their own beside it.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, port: u16, folder: &Path) -> anyhow::Result<()> {
        let ready = program("pg_isready").context("没有找到 PostgreSQL 的 pg_isready")?;
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            let answer = Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).status()?;
            if answer.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL 一分钟内没有起来：\n{log}")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.watcher.wait();
    }
}

/// Where a program of PostgreSQL stands: Debian keeps the server's own out of the search path.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::var_os("PATH").iter().flat_map(|paths| std::env::split_paths(paths).collect::<Vec<_>>()));
    folders.into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// PostgreSQL refuses to run as root; then it runs as the user that its package made.
fn as_postgres(program: &Path) -> Command {
    if !debian::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// A folder in the system's temporary place: one below root's home would be closed to the postgres user.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("jishi-postgres-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).with_context(|| format!("无法建立 {}", folder.display()))?;
    if debian::is_root() {
        steps::run(Command::new("chown").arg("postgres:").arg(&folder))?;
    }
    Ok(folder)
}

/// The operating system picks a port; it is free until somebody else takes it in the next instant.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
