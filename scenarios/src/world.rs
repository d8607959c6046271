//! A world: a data folder of its own and a server on it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{self, End, Running, free_port};
use crate::{Browser, Visitor};

/// One data folder with a running server; both are gone when it is dropped.
pub struct World {
    /// Before the folder: a server that still runs would write into what is being removed.
    server: Option<Running>,
    kind: Kind,
    days_ahead: i64,
    port: u16,
    folder: TempDir,
    /// Address of a database that lies elsewhere.
    elsewhere: Option<String>,
    /// Rules of its own, in the place of those that the program carries.
    policies: Option<PathBuf>,
}

/// The password of every account of the demo.
pub const PASSWORD: &str = "jishi-2026";
/// The password that a command gave; whoever comes in with it sets another.
pub const FIRST_PASSWORD: &str = "jishi-first-1";
const SCALE: &str = "tiny";

#[derive(Clone, Copy)]
enum Kind {
    Demo,
    Empty,
}

impl World {
    /// A copy of the tiny demo city (two counties), with today's data. It is filled once for the program under test;
    /// a copy takes a moment.
    #[must_use]
    pub fn copy() -> Self {
        let folder = fresh_folder();
        copy_folder(filled(), folder.path());
        Self::start(folder, Kind::Demo)
    }

    /// A world with a clock and one organisation of one's own, without the demo's city: its officer `shiwei` comes in with
    /// [`FIRST_PASSWORD`], once.
    #[must_use]
    pub fn of_ones_own(code: &str, name: &str) -> Self {
        let folder = fresh_folder();
        std::fs::write(folder.path().join("demo-ready"), "").expect("writes");
        let mut world = Self { server: None, kind: Kind::Demo, days_ahead: 0, port: free_port(), folder, elsewhere: None, policies: None };
        world.account("shiwei", "city_organisation_officer", code, Some(name));
        world.start_again();
        world
    }

    /// Opens an account by the program's own command, beside a server that is stopped.
    pub fn open_account(&mut self, login: &str, role: &str, organisation: &str) {
        self.account(login, role, organisation, None);
    }

    fn account(&self, login: &str, role: &str, organisation: &str, founded: Option<&str>) {
        let (database, dir) = (self.database(), self.dir().display().to_string());
        let mut command = Command::new(program::path());
        command.args(["account", "create", login, "--name", "秦树", "--role", role, "--organisation", organisation, "--ask-password"]);
        command.args(["--database", &database, "--dir", &dir]).args(founded.into_iter().flat_map(|name| ["--organisation-name", name]));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        writeln!(child.stdin.take().expect("a pipe"), "{FIRST_PASSWORD}").expect("it reads the password");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{login}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A server on an empty database.
    #[must_use]
    pub fn empty() -> Self {
        Self::start(fresh_folder(), Kind::Empty)
    }

    /// A server on an empty database at an address such as `postgres://…`; keys and files lie in a folder of its own.
    #[must_use]
    pub fn empty_at(database: &str) -> Self {
        let elsewhere = Some(database.to_owned());
        let mut world = Self { server: None, kind: Kind::Empty, days_ahead: 0, port: free_port(), folder: fresh_folder(), elsewhere, policies: None };
        world.start_again();
        world
    }

    fn start(folder: TempDir, kind: Kind) -> Self {
        let mut world = Self { server: None, kind, days_ahead: 0, port: free_port(), folder, elsewhere: None, policies: None };
        world.start_again();
        world
    }

    /// Starts the server, on the same folder and port as before.
    pub fn start_again(&mut self) {
        let (dir, port, days) = (self.dir().display().to_string(), self.port.to_string(), self.days_ahead.to_string());
        let database = self.database();
        let mut arguments = match self.kind {
            Kind::Demo => vec!["demo", "--scale", SCALE, "--dir", &dir, "--port", &port, "--days-ahead", &days],
            Kind::Empty => vec!["serve", "--database", &database, "--dir", &dir, "--port", &port],
        };
        let policies = self.policies.as_ref().map(|folder| folder.display().to_string());
        arguments.extend(policies.iter().flat_map(|folder| ["--policies", folder]));
        let server = Running::start(&arguments, &self.dir().join("server.log"));
        wait_until_ready(&server, &self.visitor());
        self.server = Some(server);
    }

    /// Lets days pass: the server starts again with its clock set forward. Sessions last hours; sign in again.
    ///
    /// # Panics
    /// On a world that is not the demo's: only the demo has a clock to set.
    pub fn days_later(&mut self, days: i64) {
        assert!(matches!(self.kind, Kind::Demo), "only the demo's clock can be set");
        self.stop();
        self.days_ahead += days;
        self.start_again();
    }

    /// A copy of the rules that are shipped, to be changed.
    #[must_use]
    pub fn own_policies(&self) -> PathBuf {
        let folder = self.dir().join("policies");
        std::fs::create_dir_all(&folder).expect("a folder");
        copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies"), &folder);
        folder
    }

    /// Lets the server start again with the rules of a folder.
    pub fn with_policies(&mut self, folder: &Path) {
        self.stop();
        self.policies = Some(folder.to_owned());
        self.start_again();
    }

    /// Pulls the plug on the server.
    pub fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.end(End::Kill);
        }
    }

    /// Ends the server as an administrator would.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end(End::Interrupt);
        }
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the database, as `--database` takes it.
    #[must_use]
    pub fn database(&self) -> String {
        if let Some(address) = &self.elsewhere {
            return address.clone();
        }
        let file = match self.kind {
            Kind::Demo => "demo.sqlite",
            Kind::Empty => "jishi.sqlite",
        };
        format!("sqlite:{}", self.dir().join(file).display())
    }

    /// The server's address, without a slash at the end.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Somebody who has not signed in.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor::at(&self.address())
    }

    /// Somebody who signed in by name and password.
    #[must_use]
    pub fn sign_in(&self, login: &str, password: &str) -> Visitor {
        let visitor = self.visitor();
        let page = visitor.get("/sign-in").form("form[action='/sign-in']").with("account", login).with("password", password).send();
        assert!(!page.has("input[name=password]"), "{login} cannot sign in:\n{}", page.text());
        visitor
    }

    /// A browser on this world; `None` (said on the error output) where there is none, except in CI.
    #[must_use]
    pub fn browser(&self) -> Option<Browser> {
        Browser::start(&self.address())
    }

    /// Runs one of the program's commands to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(program::path()).args(arguments).current_dir(self.dir()).output().expect("the program runs")
    }
}

/// The folder of the demo city, filled the first time it is asked for and kept beside the tests for the program's next run
/// of the same day.
fn filled() -> &'static Path {
    static FILLED: OnceLock<PathBuf> = OnceLock::new();
    FILLED.get_or_init(|| {
        let shelf = program::target().join("scenarios");
        let folder = shelf.join(format!("demo-{}", program::version()));
        if !folder.exists() {
            // Cities of earlier programs.
            let _ = std::fs::remove_dir_all(&shelf);
            std::fs::create_dir_all(&shelf).expect("a folder");
            let filling = tempfile::tempdir_in(&shelf).expect("a folder");
            let output = Command::new(program::path()).args(["demo", "--scale", SCALE, "--fill-only", "--dir"]).arg(filling.path()).output();
            let output = output.expect("the program runs");
            assert!(output.status.success(), "the demo city is not filled:\n{}", String::from_utf8_lossy(&output.stderr));
            std::fs::rename(filling.keep(), &folder).expect("moves");
        }
        folder
    })
}

/// Waits until the start page shows no progress any more.
fn wait_until_ready(server: &Running, visitor: &Visitor) {
    let started = Instant::now();
    loop {
        assert!(!server.has_ended(), "the server ended:\n{}", server.log());
        if let Some(page) = visitor.try_get("/")
            && page.status == 200
            && !page.has("[data-progress]")
        {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(180), "the server is not ready after three minutes:\n{}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn fresh_folder() -> TempDir {
    tempfile::Builder::new().prefix("jishi-scenario-").tempdir().expect("a folder")
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("copies");
        }
    }
}
