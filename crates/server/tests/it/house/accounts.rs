//! Posts: given within one's own, handed over, ended; accounts out of reach are as if they did not exist.

use axum::http::StatusCode;
use server::account::{HandOver, NewGrant};
use store::Refusal;

use super::{PASSWORD, house};
use crate::visitor::Visitor;

fn sentence(error: anyhow::Error) -> String {
    error.downcast::<Refusal>().expect("a refusal").0
}

#[tokio::test]
async fn a_post_is_given_within_ones_own_and_works_at_once() {
    let house = house().await;
    let mut county = house.visit("xian1").await;
    county.get("/accounts").await.is(StatusCode::OK).says("周敏").hides("普自明").hides("李国良");
    let town = house.org("P990101001").to_string();
    let today = store::day_of(house.app.now()).to_string();
    let form = [
        ("name", "段文斌"),
        ("login", "zhen2"),
        ("role", "township_organisation_officer"),
        ("reach", "subtree"),
        ("root", town.as_str()),
        ("from", today.as_str()),
    ];
    let made = county.post("/accounts", &form).await.is(StatusCode::OK).says("只显示这一次");
    let temporary = made.body.split("secret num\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!made.headers.get_all("set-cookie").iter().any(|it| it.to_str().unwrap().contains(&temporary)), "a password never travels in a cookie");
    let mut new = Visitor::of(&house.app, "zhen2", &temporary).await;
    assert_eq!(new.get("/").await.is(StatusCode::SEE_OTHER).location, "/me/security", "first a password of one's own");
    new.post("/me/security", &[("old", &temporary), ("new", "qingshi-7788"), ("again", "qingshi-7788")]).await.is(StatusCode::SEE_OTHER);
    new.get("/accounts").await.is(StatusCode::OK).says("马春和").hides("和丽梅");
    county.post("/accounts", &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经有人用了");
}

#[tokio::test]
async fn what_is_wider_or_not_delegated_is_refused() {
    let house = house().await;
    let mut town = house.visit("zhen1").await;
    let today = store::day_of(house.app.now()).to_string();
    let id = house.id_of("shuji1").await;
    let give = format!("/accounts/{id}/grants");
    let branch = house.org("P990101001001").to_string();
    let (own, county, other) = (house.org("P990101001").to_string(), house.org("P990101").to_string(), house.org("P990102001").to_string());
    // The superior's and the neighbour's are not among what can be chosen: the same answer as for what is not there.
    for root in [county.as_str(), other.as_str(), "999999"] {
        let form = [("role", "branch_secretary"), ("reach", "subtree"), ("root", root), ("from", today.as_str())];
        town.post(&give, &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("请从列表里选一个您管的党组织");
    }
    let form = [("role", "county_organisation_officer"), ("reach", "subtree"), ("root", own.as_str()), ("from", today.as_str())];
    town.post(&give, &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("请选一个角色");
    let form = [("role", "member"), ("reach", "named"), ("named", "P990102001001"), ("from", today.as_str())];
    town.post(&give, &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("没有找到：P990102001001");
    let form = [("role", "member"), ("reach", "subtree"), ("root", branch.as_str()), ("from", today.as_str()), ("is_acting", "1")];
    town.post(&give, &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("代理要写明到哪一天为止");
    let form = [("role", "member"), ("reach", "subtree"), ("root", branch.as_str()), ("from", "2020-01-01")];
    town.post(&give, &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不能早于今天");
    let own_id = house.id_of("zhen1").await;
    let form = [("role", "township_organisation_officer"), ("reach", "subtree"), ("root", own.as_str()), ("from", today.as_str())];
    town.post(&format!("/accounts/{own_id}/grants"), &form).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("不能给自己授予岗位");
}

#[tokio::test]
async fn the_operation_itself_refuses_what_no_form_offers() {
    let house = house().await;
    let app = &house.app;
    let on = store::day_of(app.now());
    let town = server::account::actor(app, house.id_of("zhen1").await, "周敏".to_owned(), on).await.unwrap();
    let mut tx = app.begin(&town, app.now()).await.unwrap();
    let person_id = house.id_of("shuji1").await;
    let new = |role: &str, code: &str| NewGrant {
        person_id,
        role: role.to_owned(),
        post: "x".to_owned(),
        root: Some(house.org(code)),
        fields: Vec::new(),
        named: Vec::new(),
        from: on,
        until: None,
        is_acting: false,
    };
    let wider = server::account::give_grant(app, &mut tx, &town, new("branch_secretary", "P990101")).await.unwrap_err();
    assert_eq!(sentence(wider), "授予的范围不能超出您自己的范围，请在您管的党组织里选。");
    let undelegated = server::account::give_grant(app, &mut tx, &town, new("inspector", "P990101001")).await.unwrap_err();
    assert_eq!(sentence(undelegated), "您的岗位不能授予“督查组成员”，请由上级授予。");
    let nowhere = server::account::give_grant(app, &mut tx, &town, NewGrant { root: None, ..new("member", "P990101001") }).await.unwrap_err();
    assert_eq!(sentence(nowhere), "请选岗位管到哪些党组织。");
    // Somebody who may grant in two places may not mix them: the role of one with the organisations of the other.
    let mut two = town.clone();
    two.grants.push(store::Grant {
        role: "branch_secretary".to_owned(),
        set: store::OrganisationSet { root: Some(house.org("P990102001001")), ..store::OrganisationSet::default() },
        ..two.grants[0].clone()
    });
    let mixed = server::account::give_grant(app, &mut tx, &two, new("branch_secretary", "P990102001001")).await.unwrap_err();
    assert_eq!(sentence(mixed), "授予的范围不能超出您自己的范围，请在您管的党组织里选。");
    // Narrowed to a field gives nothing that is not; acting gives nothing beyond its end.
    let mut narrow = town.clone();
    narrow.grants[0].set.fields = vec!["school".to_owned()];
    assert!(server::account::give_grant(app, &mut tx, &narrow, new("member", "P990101001")).await.is_err());
    let mut acting = town.clone();
    acting.grants[0].until = Some(on.tomorrow().unwrap());
    let later = server::account::give_grant(app, &mut tx, &acting, new("member", "P990101001")).await.unwrap_err();
    assert!(sentence(later).contains("不能晚于这一天结束"));
}

#[tokio::test]
async fn accounts_out_of_reach_are_as_if_they_did_not_exist() {
    let house = house().await;
    let mut county = house.visit("xian1").await;
    let (other, above) = (house.id_of("shuji2").await, house.id_of("shiwei").await);
    for id in [other, above, 999_999] {
        county.get(&format!("/accounts/{id}")).await.is(StatusCode::NOT_FOUND);
        for verb in ["password", "disable", "enable", "unlock", "grants"] {
            county.post(&format!("/accounts/{id}/{verb}"), &[]).await.is(StatusCode::NOT_FOUND);
        }
    }
    let grant = house.grant_of("shuji2").await;
    county.get(&format!("/grants/{grant}")).await.is(StatusCode::NOT_FOUND);
    county.post(&format!("/grants/{grant}/end"), &[("end_on", "2030-01-01")]).await.is(StatusCode::NOT_FOUND);
    county.get("/accounts?q=%E6%9D%8E%E5%9B%BD%E8%89%AF").await.is(StatusCode::OK).says("没有符合条件的账号");
    let found = county.get("/choose/accounts?q=").await.is(StatusCode::OK);
    assert!(found.body.contains("周敏") && !found.body.contains("李国良") && !found.body.contains("尹绍云"));
    county.get("/accounts?export=csv").await.is(StatusCode::OK).hides("李国良");
    // Whoever holds a further post elsewhere is seen here, but the account is not ours to reset.
    let mut tx = house.begin().await;
    let person_id = house.id_of("shuji1").await;
    let more = NewGrant {
        person_id,
        role: "branch_secretary".to_owned(),
        post: "龙潭村党支部书记".to_owned(),
        root: Some(house.org("P990102001001")),
        fields: Vec::new(),
        named: Vec::new(),
        from: tx.today(),
        until: None,
        is_acting: false,
    };
    server::account::give_grant(&house.app, &mut tx, &house.console(), more).await.unwrap();
    tx.commit().await.unwrap();
    county.get(&format!("/accounts/{person_id}")).await.is(StatusCode::OK).says("还有您管不到的岗位").hides("龙潭村党支部书记");
    county.post(&format!("/accounts/{person_id}/password"), &[]).await.is(StatusCode::FORBIDDEN).says("由授予那个岗位的上级来管");
}

#[tokio::test]
async fn a_post_changes_hands_on_the_day() {
    let house = house().await;
    let app = &house.app;
    let mut county = house.visit("xian1").await;
    let mut before = house.visit("zhen1").await;
    before.get("/accounts").await.is(StatusCode::OK);
    let grant = house.grant_of("zhen1").await;
    let (to, today) = (house.id_of("shuji1").await.to_string(), store::day_of(app.now()).to_string());
    let new = county.post(&format!("/grants/{grant}/hand_over"), &[("to", &to), ("on", &today)]).await.is(StatusCode::SEE_OTHER).location;
    county.get(&new).await.is(StatusCode::OK).says("马春和");
    before.get("/accounts").await.is(StatusCode::NOT_FOUND);
    before.get("/me/handled").await.is(StatusCode::OK).says("我经手的");
    let mut after = house.visit("shuji1").await;
    after.get("/accounts").await.is(StatusCode::OK).says("中共青石镇委员会");
    county.post(&format!("/grants/{grant}/hand_over"), &[("to", &to), ("on", &today)]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经结束");
    // Standing in: the holder keeps the post, the end is written from the beginning.
    let on = store::day_of(app.now());
    let until = on.checked_add(jiff::Span::new().days(10)).unwrap();
    let actor = house.console();
    let mut tx = house.begin().await;
    let acting = server::account::hand_over(
        app,
        &mut tx,
        &actor,
        house.grant_of("xian2").await,
        HandOver { to: house.id_of("shuji2").await, on, acting_until: Some(until) },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let standing_in = server::account::actor(app, house.id_of("shuji2").await, "李国良".to_owned(), on).await.unwrap();
    assert!(standing_in.grants.iter().any(|own| own.id == acting && own.is_acting));
    let later = server::account::actor(app, house.id_of("shuji2").await, "李国良".to_owned(), until).await.unwrap();
    assert!(later.grants.iter().all(|own| own.id != acting), "on its end day it gives nothing");
    let holder = server::account::actor(app, house.id_of("xian2").await, "普自明".to_owned(), on).await.unwrap();
    assert_eq!(holder.grants.len(), 1);
}

#[tokio::test]
async fn closing_an_account_ends_its_sessions() {
    let house = house().await;
    let mut town = house.visit("zhen1").await;
    let mut secretary = house.visit("shuji1").await;
    let id = house.id_of("shuji1").await;
    town.post(&format!("/accounts/{id}/disable"), &[]).await.is(StatusCode::SEE_OTHER);
    secretary.get("/").await.is(StatusCode::SEE_OTHER);
    let mut again = Visitor::new(&house.app, None);
    again.sign_in("shuji1", PASSWORD).await.is(StatusCode::OK);
    town.get("/accounts?state=disabled").await.is(StatusCode::OK).says("马春和");
    town.post(&format!("/accounts/{id}/enable"), &[]).await.is(StatusCode::SEE_OTHER);
    house.visit("shuji1").await;
    let reset = town.post(&format!("/accounts/{id}/password"), &[]).await.is(StatusCode::OK);
    assert!(reset.body.contains("secret num"));
    again.sign_in("shuji1", PASSWORD).await.is(StatusCode::OK);
    // Nobody resets the superior, or oneself.
    let own = house.id_of("zhen1").await;
    town.post(&format!("/accounts/{own}/password"), &[]).await.is(StatusCode::FORBIDDEN).says("自己的账号不能由自己重设");
}
