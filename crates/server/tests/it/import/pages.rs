//! The same through the pages, as somebody whose reach is one town.

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use jiff::civil::date;
use scraper::{Html, Selector};
use server::account::{NewGrant, NewPerson};
use server::import::{OnBad, Sent};
use tower::ServiceExt as _;

use super::files::{MEMBERS, city, workbook};
use super::world::World;

/// Somebody signed in.
struct Visitor {
    router: axum::Router,
    cookie: String,
    csrf: String,
}

impl Visitor {
    async fn new(world: &World, login: &str, role: &str, root: &str) -> Self {
        let console = world.console();
        let root = world.app.directory().by_code(root).unwrap().id;
        let mut tx = world.app.begin(&console, world.app.now()).await.unwrap();
        let person = NewPerson {
            login: login.to_owned(),
            name: "周敏".to_owned(),
            password: "Jishi-2026-pass".to_owned(),
            member_id: None,
            must_change_password: false,
        };
        let person_id = server::account::create_person(&mut tx, &console, person).await.unwrap();
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post: "组织委员".to_owned(),
            root: Some(root),
            fields: Vec::new(),
            named: Vec::new(),
            from: date(2026, 1, 1),
            until: None,
            is_acting: false,
        };
        server::account::give_grant(&world.app, &mut tx, &console, grant).await.unwrap();
        tx.commit().await.unwrap();
        let at = world.app.now();
        let signed_in = server::account::sign_in(&world.app, login, "Jishi-2026-pass", "inner", at).await.unwrap();
        let router = server::http::routes::router(&world.app, None);
        let mut visitor = Self { router, cookie: format!("{}={}", server::http::session::COOKIE, signed_in.token), csrf: String::new() };
        let html = visitor.get("/imports").await.1;
        let document = Html::parse_document(&html);
        let meta = Selector::parse("meta[name=csrf]").unwrap();
        visitor.csrf = document.select(&meta).next().unwrap().value().attr("content").unwrap().to_owned();
        visitor
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Response<Body>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        (response.status(), response)
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap();
        let (status, response) = self.send(request).await;
        let bytes = to_bytes(response.into_body(), 1 << 26).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn post(&self, path: &str, body: &str) -> (StatusCode, String) {
        let body = format!("csrf={}&{body}", self.csrf);
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let (status, response) = self.send(request).await;
        (status, location(&response))
    }

    async fn upload(&self, files: &[Sent]) -> (StatusCode, String) {
        let mut body = Vec::new();
        for file in files {
            body.extend_from_slice(
                format!(
                    "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{}\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                    file.name
                )
                .as_bytes(),
            );
            body.extend_from_slice(&file.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let request = Request::post(format!("/imports?csrf={}", self.csrf))
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(Body::from(body))
            .unwrap();
        let (status, response) = self.send(request).await;
        (status, location(&response))
    }
}

fn location(response: &Response<Body>) -> String {
    response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn texts(html: &str, selector: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    document
        .select(&Selector::parse(selector).unwrap())
        .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

async fn run(world: &World, address: &str) {
    let id = address.rsplit('/').next().unwrap().parse().unwrap();
    server::jobs::run_one(&world.app, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_uploads_looks_decides_and_finds_it_again() {
    let world = World::new().await;
    world.import(vec![city()], OnBad::Abort, None).await;
    let officer = Visitor::new(&world, "zhoumin", "township_organisation_officer", "P990101001").await;
    let members = format!(
        "{MEMBERS}\n     普自明|女|990101197008201660|1990-07-01|1991-07-01|正式党员|P990101002001|\n     白晨军|女|990101197008201661|1990-07-01|1991-07-01|正式党员|P990101001001|"
    );
    let (status, address) = officer.upload(&[workbook("青石镇党员.xlsx", &members)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, html) = officer.get(&address).await;
    assert!(html.contains(&format!("data-progress=\"{address}/progress\"")), "while it waits there is a bar");
    run(&world, &address).await;
    let (_, answer) = officer.get(&format!("{address}/progress")).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&answer).unwrap()["next"], address.as_str());

    let (_, html) = officer.get(&address).await;
    assert_eq!(texts(&html, ".fig-v"), ["2行", "0行", "0行", "2行"]);
    assert!(texts(&html, "button").contains(&"写入 2 行".to_owned()));
    // A branch out of reach is as if it did not exist.
    let refused = texts(&html, "table tbody tr");
    assert!(refused.iter().any(|row| row.starts_with("G4") && row.contains("没有编码是 P990101002001 的党支部")), "{refused:?}");
    assert!(refused.iter().any(|row| row.starts_with("C5") && row.contains("990101********1661") && row.contains("校验码不对")), "{refused:?}");
    assert!(!html.contains("990101197008201661"));
    assert_eq!(world.count("select count(*) from member").await, 0, "nothing is written before it is decided");

    let (status, back) = officer.post(&format!("{address}/decision"), "do=apply&complete=2025&known=update").await;
    assert_eq!((status, back.as_str()), (StatusCode::SEE_OTHER, address.as_str()));
    run(&world, &address).await;
    assert_eq!(world.count("select count(*) from member").await, 2);
    assert_eq!(world.count("select count(*) from coverage").await, 2, "complete for the branches in reach only");
    let (_, again) = officer.post(&format!("{address}/decision"), "do=apply").await;
    assert_eq!(again, address, "decided once");

    let (_, html) = officer.get("/imports").await;
    assert!(texts(&html, "table tbody tr")[0].contains("新增 2，更新 0，没有变化 0，退回 2"), "{:?}", texts(&html, "table tbody tr"));
    let (status, _) = officer.get(&format!("{address}/rows?level=refused&export=xlsx")).await;
    assert_eq!(status, StatusCode::OK);
    let (_, report) = officer.get(&format!("{address}/report")).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&report).unwrap()[0]["accepted"], 2);
    let (_, page) = officer.get(&format!("{address}/rows?kind=checksum")).await;
    assert_eq!(texts(&page, "table tbody tr").len(), 1);
    for path in ["/imports/templates/members", "/exports", "/imports?export=csv"] {
        assert_eq!(officer.get(path).await.0, StatusCode::OK, "{path}");
    }

    // Somebody else's import is not there for others.
    let other = Visitor::new(&world, "baishui", "township_organisation_officer", "P990101002").await;
    for path in [address.clone(), format!("{address}/rows"), format!("{address}/report"), format!("{address}/progress")] {
        assert_eq!(other.get(&path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(other.post(&format!("{address}/decision"), "do=abandon").await.0, StatusCode::NOT_FOUND);
    assert!(texts(&other.get("/imports").await.1, "table tbody tr").is_empty());
    // A secretary may not import at all.
    let secretary = Visitor::new(&world, "machunhe", "county_organisation_officer", "P990101").await;
    assert_eq!(secretary.get(&address).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_about_those_who_are_there_already() {
    let world = World::new().await;
    world.import(vec![city(), workbook("党员.xlsx", MEMBERS)], OnBad::Abort, None).await;
    let officer = Visitor::new(&world, "zhoumin", "township_organisation_officer", "P990101001").await;
    let changed = MEMBERS.replace("马春和", "马春禾").replace("1971-07-01", "1971-07-02");
    let (_, address) = officer.upload(&[workbook("党员.xlsx", &changed)]).await;
    run(&world, &address).await;
    let (_, html) = officer.get(&address).await;
    assert_eq!(texts(&html, ".fig-v"), ["0行", "2行", "0行", "0行"]);
    assert!(html.contains("1 行的身份证号在库里是另一个姓名"));
    let (_, rows) = officer.get(&format!("{address}/rows?level=update")).await;
    let lines = texts(&rows, "table tbody tr");
    assert!(lines.iter().any(|line| line.contains("库里这个号码是马春和，表里是马春禾") && line.contains("还没有判断，不写入")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("转正日期：库里“1971-07-01”，表里“1971-07-02”")), "{lines:?}");
    // The one about whom nobody has said anything stays; the other is brought up to date.
    officer.post(&format!("{address}/decision"), "do=apply&complete=&known=update&effective_on=2026-11-01").await;
    run(&world, &address).await;
    assert_eq!(world.count("select count(*) from member where name = '马春和'").await, 1);
    assert_eq!(world.count("select count(*) from member where full_on = '1971-07-02'").await, 1);
    assert_eq!(world.count("select count(*) from coverage").await, 0, "not all records of a year");

    let (_, address) = officer.upload(&[workbook("党员.xlsx", &changed)]).await;
    run(&world, &address).await;
    let (_, rows) = officer.get(&format!("{address}/rows?kind=other_person")).await;
    let document = Html::parse_document(&rows);
    let id = document.select(&Selector::parse("input[name=id]").unwrap()).next().unwrap().value().attr("value").unwrap().to_owned();
    drop(document);
    let (status, _) = officer.post(&format!("{address}/rows"), &format!("do=take&id={id}&back={address}/rows")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    officer.post(&format!("{address}/decision"), "do=apply&known=keep").await;
    run(&world, &address).await;
    assert_eq!(world.count("select count(*) from member where name = '马春禾'").await, 1);

    let (_, address) = officer.upload(&[workbook("党员.xlsx", MEMBERS)]).await;
    run(&world, &address).await;
    officer.post(&format!("{address}/decision"), "do=abandon").await;
    run(&world, &address).await;
    let (_, html) = officer.get(&address).await;
    assert!(html.contains("已取消，一行也没有写入。"));
    assert_eq!(world.count("select count(*) from member where name = '马春禾'").await, 1);
    let (status, back) = officer.upload(&[]).await;
    assert_eq!((status, back.as_str()), (StatusCode::SEE_OTHER, "/imports"), "nothing chosen is said on the same page");
}
