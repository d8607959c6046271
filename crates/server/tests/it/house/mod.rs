//! The house itself: accounts, audit, rules, suggestions, doors.

mod accounts;
mod audit;
mod commands;
mod doors;
mod pages;
mod policies;
mod security;
mod suggestions;

use axum::http::StatusCode;
use jiff::civil::date;
use server::account::{NewGrant, NewPerson};
use server::app::{App, Settings};
use server::organisation::NewOrganisation;
use store::{Actor, OrgId, Store, Tx};

use crate::visitor::Visitor;

pub const PASSWORD: &str = "songlin-2026";

/// A city, two counties, a township in each, three branches, an account at each place.
pub struct House {
    pub app: App,
    _dir: tempfile::TempDir,
}

pub async fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("jishi.sqlite").display());
    let store = Store::open(&url, dir.path()).await.unwrap();
    let policies = server::rooms::embedded_policies().unwrap();
    policies.keep(&store, server::clock::now()).await.unwrap();
    let app = App::new(store, policies, Settings::default(), &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(app.clone()));
    let house = House { app, _dir: dir };
    house.found().await;
    house
}

impl House {
    pub fn console(&self) -> Actor {
        Actor::console(store::day_of(self.app.now()))
    }

    pub async fn begin(&self) -> Tx {
        self.app.begin(&self.console(), self.app.now()).await.unwrap()
    }

    pub fn org(&self, code: &str) -> OrgId {
        self.app.directory().by_code(code).unwrap_or_else(|| panic!("{code} stands")).id
    }

    pub async fn visit(&self, login: &str) -> Visitor {
        Visitor::of(&self.app, login, PASSWORD).await
    }

    pub async fn id_of(&self, login: &str) -> i64 {
        store::query(self.app.store().reader(), "select id from person where login = $1", [login.into()]).await.unwrap()[0]
            .try_get_by_index(0)
            .unwrap()
    }

    pub async fn grant_of(&self, login: &str) -> i64 {
        let sql = "select g.id from post_grant g join person p on p.id = g.person_id where p.login = $1 order by g.id";
        store::query(self.app.store().reader(), sql, [login.into()]).await.unwrap()[0].try_get_by_index(0).unwrap()
    }

    async fn found(&self) {
        let console = self.console();
        let organisation = |code: &str, name: &str, kind: &str, superior: &str| NewOrganisation {
            code: code.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            superior_code: (!superior.is_empty()).then(|| superior.to_owned()),
            field: "rural".to_owned(),
            founded_on: Some(date(1998, 5, 1)),
            source: "测试".to_owned(),
            ..NewOrganisation::default()
        };
        let mut tx = self.begin().await;
        let roster = vec![
            organisation("P9901", "中共云岭市委员会", "committee", ""),
            organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
            organisation("P990102", "中共柳湾县委员会", "committee", "P9901"),
            organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
            organisation("P990102001", "中共龙潭镇委员会", "committee", "P990102"),
            organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
            organisation("P990101001002", "上河村党支部", "branch", "P990101001"),
            organisation("P990102001001", "龙潭村党支部", "branch", "P990102001"),
        ];
        server::organisation::create_all(&self.app, &mut tx, &console, roster).await.unwrap();
        let commit = tx.commit().await.unwrap();
        self.app.settle(commit).await;
        let mut tx = self.begin().await;
        for (login, name, role, code) in [
            ("shiwei", "尹绍云", "city_organisation_officer", "P9901"),
            ("guanli", "段学军", "administrator", "P9901"),
            ("xian1", "和丽梅", "county_organisation_officer", "P990101"),
            ("xian2", "普自明", "county_organisation_officer", "P990102"),
            ("zhen1", "周敏", "township_organisation_officer", "P990101001"),
            ("shuji1", "马春和", "branch_secretary", "P990101001001"),
            ("shuji2", "李国良", "branch_secretary", "P990102001001"),
            ("dang1", "董家明", "member", "P990101001001"),
        ] {
            self.account(&mut tx, login, name, role, code).await;
        }
        let commit = tx.commit().await.unwrap();
        self.app.settle(commit).await;
    }

    /// An account with one post over a subtree, given on the console.
    pub async fn account(&self, tx: &mut Tx, login: &str, name: &str, role: &str, code: &str) -> i64 {
        let console = self.console();
        let new =
            NewPerson { login: login.to_owned(), name: name.to_owned(), password: PASSWORD.to_owned(), member_id: None, must_change_password: false };
        let person_id = server::account::create_person(tx, &console, new).await.unwrap();
        let post = format!("{} · {role}", self.app.directory().by_code(code).unwrap().name);
        let grant = NewGrant {
            person_id,
            role: role.to_owned(),
            post,
            root: Some(self.org(code)),
            fields: Vec::new(),
            named: Vec::new(),
            from: tx.today(),
            until: None,
            is_acting: false,
        };
        server::account::give_grant(&self.app, tx, &console, grant).await.unwrap();
        person_id
    }
}

/// Pages of the house, for refusals.
pub const PAGES: [&str; 5] = ["/accounts", "/accounts/new", "/audit", "/choose/accounts?q=", "/policies/check"];

#[tokio::test]
async fn a_member_sees_none_of_the_offices() {
    let house = house().await;
    let mut member = house.visit("dang1").await;
    for path in [
        "/accounts",
        "/accounts/new",
        "/audit",
        "/choose/accounts?q=m",
        &format!("/accounts/{}", house.id_of("shuji1").await),
        &format!("/grants/{}", house.grant_of("shuji1").await),
    ] {
        member.get(path).await.is(StatusCode::NOT_FOUND);
    }
    member.post("/audit/checks", &[]).await.is(StatusCode::NOT_FOUND);
    member.post(&format!("/accounts/{}/password", house.id_of("shuji1").await), &[]).await.is(StatusCode::NOT_FOUND);
    let found = member.get("/search?q=%E6%9D%BE%E6%9E%97").await.is(StatusCode::OK);
    found.says("没有找到").hides("松林村党支部</a>");
    assert_eq!(member.get("/choose/organisations?q=").await.is(StatusCode::OK).body, "[]");
    assert_eq!(member.get("/choose/members?q=").await.is(StatusCode::OK).body, "[]");
    // Nobody signed in is led to the door, whatever is asked for.
    let mut nobody = Visitor::new(&house.app, None);
    for path in PAGES {
        assert!(nobody.get(path).await.is(StatusCode::SEE_OTHER).location.starts_with("/sign-in?next="));
    }
}
