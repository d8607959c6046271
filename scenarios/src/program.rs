//! The program under test, and a running copy of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the program stands: `JISHI_BIN`, or built now in the profile of this test.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os("JISHI_BIN").map_or_else(build, PathBuf::from))
}

/// The target folder that this test was built into.
pub fn target() -> PathBuf {
    profile().parent().expect("profiles stand in a target folder").to_owned()
}

/// A folder beside the tests, for what is made once and kept: `<target>/NAME`.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    target().join(name)
}

/// What tells this program from an earlier one, and today from yesterday.
#[expect(clippy::disallowed_methods, reason = "not the product's clock")]
pub fn version() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / 86_400;
    let changed = std::fs::metadata(path()).and_then(|file| file.modified()).expect("the program is there");
    format!("{}-{days}", changed.duration_since(UNIX_EPOCH).expect("after 1970").as_millis())
}

/// `<target>/<profile>` of `<target>/<profile>/deps/it-0123`.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it stands");
    test.ancestors().nth(2).expect("tests stand in a target folder").to_owned()
}

fn build() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "-p", "server", "--bin", "jishi", "--target-dir"]).arg(target());
    if profile().ends_with("release") {
        cargo.arg("--release");
    }
    // What cargo told this test about itself would have build scripts of others build again.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            cargo.env_remove(&name);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace");
    assert!(cargo.current_dir(root).stdin(Stdio::null()).status().expect("cargo runs").success(), "the program does not build");
    profile().join("jishi")
}

/// How a server is told to end.
pub enum End {
    /// As by Ctrl-C.
    Interrupt,
    /// As by a power cut.
    Kill,
}

/// A running server. A watcher ends it when this is dropped or the test itself is gone: it waits for the end of a pipe.
pub struct Running {
    watcher: Child,
    pid: String,
    log: PathBuf,
}

/// The rest of the arguments is the program with its own; its number is the first line of the output.
const WATCHER: &str = r#"
log=$1
shift
"$@" </dev/null >>"$log" 2>&1 &
server=$!
echo $server
read -r signal
kill -s "${signal:-KILL}" $server
wait $server
"#;

impl Running {
    /// Starts the program; what it prints goes into `log`.
    pub fn start(arguments: &[&str], log: &Path) -> Self {
        let mut sh = Command::new("sh");
        sh.args(["-c", WATCHER, "watcher"]).arg(log).arg(path()).args(arguments);
        let mut watcher = sh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("sh runs");
        let mut pid = String::new();
        BufReader::new(watcher.stdout.take().expect("a pipe")).read_line(&mut pid).expect("the watcher tells the number");
        Self { watcher, pid: pid.trim().to_owned(), log: log.to_owned() }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&self) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it and waits until it is gone.
    pub fn end(mut self, how: End) {
        let mut pipe = self.watcher.stdin.take().expect("ends once");
        let signal = match how {
            End::Interrupt => "INT",
            End::Kill => "KILL",
        };
        writeln!(pipe, "{signal}").expect("the watcher listens");
        self.watcher.wait().expect("the watcher ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A port that nobody uses at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
