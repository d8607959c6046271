//! What stands around pages: the menu by what is due, links that open, seats that are held, messages for whoever can open them.

use axum::http::StatusCode;
use scraper::{Html, Selector};
use server::notice::{To, send};

use super::{House, house};
use crate::visitor::Seen;

/// Labels of the menu: those at hand, and those under 更多.
fn menu(seen: &Seen) -> (Vec<String>, Vec<String>) {
    let page = Html::parse_document(&seen.body);
    let words = |css: &str| {
        let links = Selector::parse(css).unwrap();
        page.select(&links).map(|it| it.text().collect::<String>().trim().to_owned()).collect::<Vec<_>>()
    };
    (words(".app-nav > a"), words(".app-nav details.nav-more a"))
}

/// A rectification of the village branch of 松林村.
async fn open_rectification(house: &House) -> i64 {
    let org = house.org("P990101001001");
    let new = server::case::NewCase {
        procedure: server::rectification::PROCEDURE.to_owned(),
        subject_kind: "organisation",
        subject_id: org,
        organisation: org,
        issuer: None,
        title: "松林村党支部整顿".to_owned(),
        due_on: None,
        items: Vec::new(),
    };
    let mut tx = house.begin().await;
    let case = server::case::open(&house.app, &mut tx, new).await.unwrap();
    let commit = tx.commit().await.unwrap();
    house.app.settle(commit).await;
    case
}

#[tokio::test]
async fn a_branch_has_seven_places_and_the_rest_under_more() {
    let house = house().await;
    let mut secretary = house.visit("shuji1").await;
    let (first, rest) = menu(&secretary.get("/me/security").await);
    assert_eq!(first.len(), 7, "{first:?}");
    assert_eq!(first[0], "工作台");
    for place in ["整顿销号", "村级经济", "制度规则", "用户授权", "关系转接"] {
        assert!(rest.iter().any(|label| label == place), "{place} is reached from {rest:?}");
    }
    assert!(!first.iter().any(|label| label.starts_with("部署任务")), "nothing waits there: {first:?}");
    // What waits comes to hand.
    open_rectification(&house).await;
    let (first, _) = menu(&secretary.get("/me/security").await);
    assert!(first.len() == 7 && first.iter().any(|label| label.starts_with("整顿销号")), "{first:?}");
    // An office has its own entries, none of them twice.
    let (first, rest) = menu(&house.visit("xian1").await.get("/me/security").await);
    assert!(first.len() > 7 && rest.iter().all(|label| !first.contains(label)), "{first:?} {rest:?}");
}

#[tokio::test]
async fn a_member_has_one_tab_for_what_is_ones_own() {
    let house = house().await;
    let page = house.visit("dang1").await.get("/me/security").await.is(StatusCode::OK);
    let tabs = page.body.split("app-tabs").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap();
    assert_eq!(tabs.matches("我的").count(), 1, "{tabs}");
    assert!(!tabs.contains("工作台") && tabs.contains("href=\"/\""), "{tabs}");
}

#[tokio::test]
async fn an_administrator_sees_what_is_watched() {
    let house = house().await;
    let page = house.visit("guanli").await.get("/").await.is(StatusCode::OK);
    page.says("锁定的账号").says("没有改过初始密码").says("没有核对过").hides("自己的组织关系、参加组织生活的情况");
}

#[tokio::test]
async fn no_link_leads_where_one_may_not_go() {
    let house = house().await;
    house.visit("shuji1").await.get("/exports").await.is(StatusCode::OK).hides("href=\"/imports\"");
    let officer = house.visit("zhen1").await.get("/exports").await.is(StatusCode::OK);
    assert!(officer.body.contains("href=\"/imports\""));
}

#[tokio::test]
async fn every_link_opens_for_every_role() {
    let house = house().await;
    open_rectification(&house).await;
    let pack = house.app.pack();
    let mut tx = house.begin().await;
    for role in pack.roles.keys() {
        let code = match role.as_str() {
            "branch_secretary" | "member" => "P990101001001",
            "township_organisation_officer" => "P990101001",
            "city_organisation_officer" | "administrator" => "P9901",
            _ => "P990101",
        };
        house.account(&mut tx, &format!("r_{role}"), "杨丽华", role, code).await;
    }
    let commit = tx.commit().await.unwrap();
    house.app.settle(commit).await;
    let (closed, _) = house.visit("r_member").await.dead_links("/organisations").await;
    assert_eq!(closed, ["/organisations（404）在 地址栏"], "what does not open is found");
    let mut dead = Vec::new();
    for role in pack.roles.keys() {
        let (links, n_tried) = house.visit(&format!("r_{role}")).await.dead_links("/").await;
        assert!(n_tried > 20, "{role} has {n_tried} addresses to go to");
        dead.extend(links.into_iter().map(|link| format!("{role}：{link}")));
    }
    assert!(dead.is_empty(), "show a link only where `layout.opens` it, or make it with `visit.link`:\n{}", dead.join("\n"));
}

#[tokio::test]
async fn a_message_goes_to_whoever_can_open_what_it_links_to() {
    let house = house().await;
    let branch = house.org("P990101001001");
    let mut tx = house.begin().await;
    send(&mut tx, To::Organisation(branch), "five_star", "评星已经公布", &format!("/evaluations/7/organisations/{branch}")).await.unwrap();
    send(&mut tx, To::Organisation(branch), "task.fed_back", "反馈了任务，待核验", "/tasks/7").await.unwrap();
    send(&mut tx, To::Organisation(branch), "problem.raised", "有一个问题要整改", "/problems/7").await.unwrap();
    tx.commit().await.unwrap();
    // Who may only raise problems sees those he raised.
    house.visit("shuji1").await.get("/messages").await.says("有一个问题要整改");
    house.visit("dang1").await.get("/messages").await.hides("有一个问题要整改");
    // The secretary reads results and verifies nothing; the member reads neither.
    house.visit("shuji1").await.get("/messages").await.is(StatusCode::OK).says("评星已经公布").hides("待核验");
    let member = house.visit("dang1").await.get("/messages").await.is(StatusCode::OK).hides("评星已经公布").hides("待核验");
    assert!(!member.body.contains("条未读"));
}

#[tokio::test]
async fn a_seat_that_is_held_is_given_again_only_knowingly() {
    let house = house().await;
    let mut town = house.visit("zhen1").await;
    let (branch, today) = (house.org("P990101001001").to_string(), store::day_of(house.app.now()).to_string());
    let form = [
        ("name", "段文斌"),
        ("login", "shuji9"),
        ("role", "branch_secretary"),
        ("reach", "subtree"),
        ("root", branch.as_str()),
        ("from", today.as_str()),
    ];
    town.post("/accounts", &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经由马春和担任").says("再设一个同样的岗位");
    let mut knowingly = form.to_vec();
    knowingly.push(("again", "1"));
    town.post("/accounts", &knowingly).await.is(StatusCode::OK).says("只显示这一次");
    // Of members there are many.
    let member =
        [("name", "李凤"), ("login", "dang9"), ("role", "member"), ("reach", "subtree"), ("root", branch.as_str()), ("from", today.as_str())];
    town.post("/accounts", &member).await.is(StatusCode::OK);
}

#[tokio::test]
async fn a_post_wider_than_the_givers_own_waits_for_one_who_holds_it() {
    let house = house().await;
    let (county, today) = (house.org("P990101").to_string(), store::day_of(house.app.now()).to_string());
    let form = [
        ("name", "王五"),
        ("login", "xian9"),
        ("role", "county_organisation_officer"),
        ("reach", "subtree"),
        ("root", county.as_str()),
        ("from", today.as_str()),
    ];
    house.visit("guanli").await.post("/accounts", &form).await.is(StatusCode::OK).says("确认以前不生效");
    let reader = house.app.store().reader();
    let person = house.id_of("xian9").await;
    let sql = "select g.id from post_grant g where g.person_id = $1";
    let grant: i64 = store::query(reader, sql, [person.into()]).await.unwrap()[0].try_get_by_index(0).unwrap();
    let address = format!("/grants/{grant}");
    let holds = async || {
        let actor = server::account::actor(&house.app, person, "王五".to_owned(), store::day_of(house.app.now())).await.unwrap();
        actor.may(policy::Capability::OpenEvaluations)
    };
    assert!(!holds().await, "prepared, it gives nothing");
    // Who prepared it, who lacks the actions, and who stands elsewhere cannot confirm it.
    house.visit("guanli").await.post(&format!("{address}/confirm"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("另一位干部确认");
    house.visit("xian2").await.post(&format!("{address}/confirm"), &[]).await.is(StatusCode::NOT_FOUND);
    house.visit("zhen1").await.post(&format!("{address}/confirm"), &[]).await.is(StatusCode::NOT_FOUND);
    house.visit("zhen1").await.get("/messages").await.is(StatusCode::OK).hides("拟授");
    assert!(!holds().await);
    // It waits on the desk of those who may, is confirmed there, and holds.
    for login in ["shiwei", "xian1"] {
        house.visit(login).await.get("/messages").await.is(StatusCode::OK).says("段学军").says("拟授").says("县（市、区）委组织部干部");
        house.visit(login).await.get("/waiting").await.is(StatusCode::OK).says("待确认的岗位");
    }
    let mut city = house.visit("shiwei").await;
    city.get(&address).await.is(StatusCode::OK).says("等您确认");
    city.post(&format!("{address}/confirm"), &[]).await.is(StatusCode::SEE_OTHER);
    assert!(holds().await);
    city.post(&format!("{address}/confirm"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不用再确认");
    house.visit("guanli").await.get("/messages").await.is(StatusCode::OK).says("已经确认");
}

#[tokio::test]
async fn a_post_handed_over_by_whoever_prepares_it_stays_until_it_is_confirmed() {
    let house = house().await;
    let today = store::day_of(house.app.now());
    let (holder, to) = (house.id_of("zhen1").await, house.id_of("dang1").await);
    let sql = "select max(g.id) from post_grant g where g.person_id = $1";
    let reader = house.app.store().reader();
    let held: i64 = store::query(reader, sql, [holder.into()]).await.unwrap()[0].try_get_by_index(0).unwrap();
    let form = [("to", to.to_string()), ("on", today.to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    house.visit("guanli").await.post(&format!("/grants/{held}/hand_over"), &form).await.is(StatusCode::SEE_OTHER);
    let successor: i64 = store::query(reader, sql, [to.into()]).await.unwrap()[0].try_get_by_index(0).unwrap();
    let holds = async |person: store::PersonId| {
        let actor = server::account::actor(&house.app, person, String::new(), today).await.unwrap();
        actor.may(policy::Capability::ManageGrants)
    };
    assert_eq!((holds(holder).await, holds(to).await), (true, false), "nobody is without the post, nobody has it early");
    house.visit("xian1").await.post(&format!("/grants/{successor}/confirm"), &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!((holds(holder).await, holds(to).await), (false, true), "one ends as the other begins");
}

#[tokio::test]
async fn a_prepared_post_that_is_sent_back_never_holds() {
    let house = house().await;
    let (town, today) = (house.org("P990101001").to_string(), store::day_of(house.app.now()).to_string());
    let person = house.id_of("dang1").await;
    let form = [("role", "township_organisation_officer"), ("reach", "subtree"), ("root", town.as_str()), ("from", today.as_str())];
    house.visit("guanli").await.post(&format!("/accounts/{person}/grants"), &form).await.is(StatusCode::SEE_OTHER);
    let sql = "select max(g.id) from post_grant g where g.person_id = $1";
    let grant: i64 = store::query(house.app.store().reader(), sql, [person.into()]).await.unwrap()[0].try_get_by_index(0).unwrap();
    let mut county = house.visit("xian1").await;
    county.post(&format!("/grants/{grant}/end"), &[("end_on", today.as_str())]).await.is(StatusCode::SEE_OTHER);
    county.post(&format!("/grants/{grant}/confirm"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不用再确认");
    house.visit("guanli").await.get("/messages").await.is(StatusCode::OK).says("退回");
    house.visit("dang1").await.get("/accounts").await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_post_over_one_case_opens_that_case_and_ends_with_it() {
    let house = house().await;
    let (case, other) = (open_rectification(&house).await, open_rectification(&house).await);
    let address = format!("/rectifications/{case}");
    let mut helper = house.visit("dang1").await;
    helper.get(&address).await.is(StatusCode::NOT_FOUND);
    // From the page of the case to the form that knows it.
    let mut town = house.visit("zhen1").await;
    let page = town.get(&address).await.is(StatusCode::OK);
    assert!(page.body.contains(&format!("/accounts/new?case={address}")), "the page offers it");
    let form = town.get(&format!("/accounts/new?case={address}")).await.is(StatusCode::OK);
    assert!(form.body.contains(&format!("value=\"{address}\"")) && form.body.contains("value=\"case\" checked"));
    let (id, today) = (house.id_of("dang1").await, store::day_of(house.app.now()).to_string());
    let give = format!("/accounts/{id}/grants");
    let fields = |case: &'static str| [("role", "branch_secretary"), ("reach", "case"), ("case", case), ("from", "")];
    town.post(&give, &fields("/rectifications/999999")).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("没有找到这件事");
    let form = [("role", "branch_secretary"), ("reach", "case"), ("case", address.as_str()), ("from", today.as_str())];
    town.post(&give, &form).await.is(StatusCode::SEE_OTHER);
    // Another town's case is as if there were none.
    house.visit("xian2").await.post(&give, &form).await.is(StatusCode::NOT_FOUND);
    let step = format!("{address}/actions/");
    let page = helper.get(&address).await.is(StatusCode::OK);
    assert!(page.body.contains(&step), "the steps of this case are his");
    helper.get(&format!("/rectifications/{other}")).await.is(StatusCode::NOT_FOUND);
    let page = helper.get("/rectifications").await.is(StatusCode::OK);
    assert!(page.body.contains(&address) && !page.body.contains(&format!("/rectifications/{other}")), "the list knows his case alone");
    for closed in ["/activities", "/members", "/accounts", "/tasks"] {
        helper.get(closed).await.is(StatusCode::NOT_FOUND);
    }
    town.get(&format!("/accounts/{id}")).await.is(StatusCode::OK).says("只办松林村党支部的一件事");
    store::execute(house.app.store().reader(), "update case_file set closed_at = '2026-11-22T00:00:00Z'", []).await.unwrap();
    helper.get(&address).await.is(StatusCode::NOT_FOUND);
}
