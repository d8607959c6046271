//! A small believable place: a city, two counties, towns and branches, with people who sign in.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use scraper::{Html, Selector};
use sea_orm::{ConnectionTrait as _, Database};
use server::account::{NewGrant, NewPerson, create_person, give_grant};
use server::app::{App, Settings};
use server::organisation::{self, NewOrganisation};
use store::{Actor, OrgId, Store, query};
use tower::ServiceExt as _;

/// Morning of 22 November 2026 (UTC+8).
pub const NOW: &str = "2026-11-22T01:00:00Z";

pub struct Town {
    pub app: App,
    router: Router,
    _dir: tempfile::TempDir,
    _database: Option<PostgresDatabase>,
}

/// One test per database from `async fn NAME(town: &Town)`; PostgreSQL where `JISHI_TEST_POSTGRES` says.
macro_rules! on_both {
    ($($check:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $check() { $crate::tasks::town::on_sqlite(super::$check); })+
        }
        mod postgres {
            $(#[test] fn $check() { $crate::tasks::town::on_postgres(super::$check); })+
        }
    };
}
pub(crate) use on_both;

pub fn on_sqlite(check: impl AsyncFnOnce(&Town)) {
    runtime().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("jishi.sqlite").display());
        check(&Town::build(&url, dir, None).await).await;
    });
}

pub fn on_postgres(check: impl AsyncFnOnce(&Town)) {
    let Ok(server) = std::env::var("JISHI_TEST_POSTGRES") else {
        assert!(std::env::var_os("JISHI_CI").is_none(), "JISHI_TEST_POSTGRES is not set: run the tests by `cargo xtask test`");
        return;
    };
    let database = PostgresDatabase::create(&server);
    runtime().block_on(async {
        let url = database.url();
        check(&Town::build(&url, tempfile::tempdir().unwrap(), Some(database)).await).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    fn create(server: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        let name = format!("tasks_{}_{}", std::process::id(), NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
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

pub fn unit(code: &str, name: &str, kind: &str, superior: &str, field: &str) -> NewOrganisation {
    NewOrganisation {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        superior_code: (!superior.is_empty()).then(|| superior.to_owned()),
        field: field.to_owned(),
        founded_on: Some(date(1998, 5, 1)),
        // Nothing is handed down to a committee without first responsible.
        secretary: Some("和建平".to_owned()),
        source: "党组织基本信息.xlsx".to_owned(),
        ..NewOrganisation::default()
    }
}

const PASSWORD: &str = "shan-qing-2026";

impl Town {
    async fn build(url: &str, dir: tempfile::TempDir, database: Option<PostgresDatabase>) -> Self {
        let store = Store::open(url, dir.path()).await.unwrap();
        let now: Timestamp = NOW.parse().unwrap();
        let settings = Settings { clock_offset: now.duration_since(server::clock::now()) + SignedDuration::from_secs(60), ..Settings::default() };
        let app = App::new(store, server::rooms::embedded_policies().unwrap(), settings, &server::rooms::ROOMS).await.unwrap();
        tokio::spawn(server::follow::run(app.clone()));
        let router = server::http::routes::router(&app, None);
        let town = Self { app, router, _dir: dir, _database: database };
        town.fill(now).await;
        town
    }

    async fn fill(&self, now: Timestamp) {
        let console = Actor::console(store::day_of(now));
        let mut tx = self.app.begin(&console, now).await.unwrap();
        let roster = vec![
            unit("P9901", "中共云岭市委员会", "committee", "", "organ"),
            unit("P990101", "中共青屏县委员会", "committee", "P9901", "organ"),
            unit("P990102", "中共临溪县委员会", "committee", "P9901", "organ"),
            unit("P990101001", "中共青石镇委员会", "committee", "P990101", "rural"),
            unit("P990101002", "中共松林乡委员会", "committee", "P990101", "rural"),
            unit("P990102001", "中共柳溪镇委员会", "committee", "P990102", "rural"),
            unit("P990101001001", "大坪村党支部", "branch", "P990101001", "rural"),
            unit("P990101001002", "石板村党支部", "branch", "P990101001", "rural"),
            unit("P990101002001", "青屏县第一中学党支部", "branch", "P990101002", "school"),
            unit("P990102001001", "柳溪村党支部", "branch", "P990102001", "rural"),
        ];
        organisation::create_all(&self.app, &mut tx, &console, roster).await.unwrap();
        let commit = tx.commit().await.unwrap();
        self.app.settle(commit).await;
        for (login, posts) in [
            ("shiwei", &[("city_organisation_officer", "P9901", "")][..]),
            ("xianwei", &[("county_organisation_officer", "P990101", "")]),
            ("linxi", &[("county_organisation_officer", "P990102", "")]),
            ("zhenwei", &[("township_organisation_officer", "P990101001", "")]),
            // Two posts at once: carries the town's work, and would verify for the county.
            ("jianren", &[("township_organisation_officer", "P990101001", ""), ("county_organisation_officer", "P990101", "")]),
            ("songlin", &[("township_organisation_officer", "P990101002", "")]),
            ("daping", &[("branch_secretary", "P990101001001", "")]),
            ("shiban", &[("branch_secretary", "P990101001002", "")]),
            ("jiaoyu", &[("line_officer", "P9901", "school")]),
            ("guanli", &[("administrator", "P9901", "")]),
        ] {
            let mut tx = self.app.begin(&console, now).await.unwrap();
            let new = NewPerson {
                login: login.to_owned(),
                name: login.to_owned(),
                password: PASSWORD.to_owned(),
                member_id: None,
                must_change_password: false,
            };
            let person_id = create_person(&mut tx, &console, new).await.unwrap();
            for (role, code, field) in posts {
                let grant = NewGrant {
                    person_id,
                    role: (*role).to_owned(),
                    post: format!("{login}的岗位"),
                    root: Some(self.org(code)),
                    fields: (!field.is_empty()).then(|| (*field).to_owned()).into_iter().collect(),
                    named: Vec::new(),
                    from: date(2026, 1, 1),
                    until: None,
                    is_acting: false,
                };
                give_grant(&self.app, &mut tx, &console, grant).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    pub fn org(&self, code: &str) -> OrgId {
        self.app.directory().by_code(code).map(|org| org.id).unwrap()
    }

    /// What a login may do.
    pub async fn actor(&self, login: &str) -> Actor {
        let rows = query(self.app.store().reader(), "select id, name from person where login = $1", [login.into()]).await.unwrap();
        let (id, name) = (rows[0].try_get_by_index(0).unwrap(), rows[0].try_get_by_index(1).unwrap());
        server::account::actor(&self.app, id, name, date(2026, 11, 22)).await.unwrap()
    }

    pub async fn number(&self, sql: &str) -> i64 {
        query(self.app.store().reader(), sql, []).await.unwrap()[0].try_get_by_index(0).unwrap()
    }

    pub async fn sign_in(&self, login: &str) -> Visitor<'_> {
        let body = format!("account={login}&password={PASSWORD}");
        let request = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let mut visitor = Visitor { town: self, cookies: Vec::new(), csrf: String::new() };
        visitor.keep(response.headers());
        let page = visitor.get("/").await;
        visitor.csrf = page.attribute("meta[name=csrf]", "content");
        visitor
    }
}

/// Somebody signed in.
pub struct Visitor<'a> {
    town: &'a Town,
    cookies: Vec<(String, String)>,
    csrf: String,
}

impl Visitor<'_> {
    fn keep(&mut self, headers: &header::HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let response = self.town.router.clone().oneshot(request.header(header::COOKIE, cookies).body(body).unwrap()).await.unwrap();
        self.keep(response.headers());
        let status = response.status();
        let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec();
        Page { status, to, body }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let all = std::iter::once(("csrf", self.csrf.as_str())).chain(fields.iter().copied());
        let body = all.map(|(name, value)| format!("{name}={}", server::http::list::encoded(value))).collect::<Vec<_>>().join("&");
        self.send(Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), Body::from(body)).await
    }

    /// Posts, follows the redirect, and gives the page it led to.
    pub async fn go(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text("main"));
        self.get(&answer.to).await
    }

    /// Uploads a file (field, name, bytes) with fields beside it.
    pub async fn upload(&mut self, path: &str, file: Option<(&str, &str, &[u8])>, fields: &[(&str, &str)]) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--kante\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        if let Some((field, name, bytes)) = file {
            body.extend(
                format!(
                    "--kante\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
                )
                .into_bytes(),
            );
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--kante--\r\n");
        let path = format!("{path}?csrf={}", self.csrf);
        self.send(Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=kante"), Body::from(body)).await
    }
}

pub struct Page {
    pub status: StatusCode,
    pub to: String,
    pub body: Vec<u8>,
}

impl Page {
    fn html(&self) -> Html {
        Html::parse_document(&String::from_utf8_lossy(&self.body))
    }

    /// Words of everything that matches, in order.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let selector = Selector::parse(css).unwrap();
        let words = |element: scraper::ElementRef<'_>| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        self.html().select(&selector).map(words).collect()
    }

    pub fn text(&self, css: &str) -> String {
        self.texts(css).join(" | ")
    }

    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(css).unwrap();
        self.html().select(&selector).filter_map(|element| element.value().attr(name).map(str::to_owned)).collect()
    }

    pub fn attribute(&self, css: &str, name: &str) -> String {
        self.attributes(css, name).into_iter().next().unwrap_or_default()
    }

    pub fn has(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(words)
    }
}
