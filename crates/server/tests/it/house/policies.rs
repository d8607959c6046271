//! 制度: every mechanism, one entry explained, the check, versions.

use axum::http::StatusCode;

use super::house;

#[tokio::test]
async fn every_mechanism_is_listed_with_its_state() {
    let house = house().await;
    let mut county = house.visit("xian1").await;
    let pack = house.app.pack();
    let list = county.get("/policies?state=all&per=200").await.is(StatusCode::OK);
    assert!(list.body.matches("href=\"/policies/mechanism.").count() >= pack.mechanisms.len());
    assert!(list.text().contains(&format!("共 {} 项", pack.mechanisms.len())));
    county.get("/policies?state=not_built").await.is(StatusCode::OK).says("系统里还没有").hides("mechanism.org_registry\"");
    county.get("/policies?q=%E4%B8%89%E4%BC%9A%E4%B8%80%E8%AF%BE").await.is(StatusCode::OK).says("三会一课");
    county.get("/policies?state=all&sort=records&dir=desc").await.is(StatusCode::OK).says("党组织");
    assert!(county.get("/policies?state=all&export=csv").await.is(StatusCode::OK).body.lines().count() > pack.mechanisms.len());
    // Who opens it looks for what is in use; what is not carried yet is one step away.
    let usual = county.get("/policies").await.is(StatusCode::OK).body;
    assert!(usual.contains("href=\"/policies/mechanism.org_registry\""));
    assert!(usual.matches("href=\"/policies/mechanism.").count() < pack.mechanisms.len());
    // Whether something is in use does not depend on who asks. A member sees no counts of what is not for members to see.
    let mut member = house.visit("dang1").await;
    let in_use = |text: &str| text.split(" 项在用").next().and_then(|before| before.rsplit('：').next()).unwrap_or_default().to_owned();
    let of_county = in_use(&list.text());
    assert_ne!(of_county, "0");
    assert_eq!(in_use(&member.get("/policies").await.is(StatusCode::OK).text()), of_county);
    let counts = member.get("/policies?state=all&export=csv").await.is(StatusCode::OK).body;
    assert!(counts.lines().skip(1).all(|line| line.rsplit(',').next() == Some("0")), "{counts}");
}

#[tokio::test]
async fn an_entry_is_explained_with_its_clause() {
    let house = house().await;
    let mut member = house.visit("dang1").await;
    let reading = &house.app.policies().reading;
    let id = reading.entries.keys().find(|id| id.starts_with("indicator.")).unwrap();
    member.get(&format!("/policies/{id}")).await.is(StatusCode::OK).says("出处").says("谁用到它").says("现行");
    for id in reading.entries.keys() {
        member.get(&format!("/policies/{id}")).await.is(StatusCode::OK);
    }
    member.get("/policies/indicator.nothing_like_it").await.is(StatusCode::NOT_FOUND);
    member.get("/policies/versions").await.is(StatusCode::OK).says("现行");
    member.get("/policies/check").await.is(StatusCode::OK).says("0 处错误");
}
