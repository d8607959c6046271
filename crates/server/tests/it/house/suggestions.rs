//! Suggestions and notices: given, answered by who may, told to who gave.

use axum::http::StatusCode;

use super::house;

#[tokio::test]
async fn a_suggestion_is_answered_within_the_scope_and_its_giver_is_told() {
    let house = house().await;
    let mut secretary = house.visit("shuji1").await;
    secretary.post("/suggestions", &[("text", "")]).await.is(StatusCode::FORBIDDEN).says("请写意见建议的内容");
    let form = [("text", "记录页的人名请按小组排"), ("draft_key", "k1")];
    secretary.post("/suggestions", &form).await.is(StatusCode::SEE_OTHER);
    // Sent twice is stored once.
    secretary.post("/suggestions", &form).await.is(StatusCode::SEE_OTHER);
    let mine = secretary.get("/suggestions").await.is(StatusCode::OK).says("按小组排").says("共 1 条");
    let id: i64 = mine.body.split("/suggestions/").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    // Others of the same level, members, the other county: there is no such thing.
    for login in ["dang1", "shuji2", "xian2", "zhen1"] {
        let mut other = house.visit(login).await;
        other.get(&format!("/suggestions/{id}")).await.is(StatusCode::NOT_FOUND);
        other.get("/suggestions").await.is(StatusCode::OK).hides("按小组排");
        other.post(&format!("/suggestions/{id}/answer"), &[("answer", "x")]).await.is(StatusCode::NOT_FOUND);
    }
    secretary.post(&format!("/suggestions/{id}/answer"), &[("answer", "x")]).await.is(StatusCode::NOT_FOUND);
    let mut county = house.visit("xian1").await;
    county.get("/suggestions?state=open").await.is(StatusCode::OK).says("按小组排").says("马春和");
    county.post(&format!("/suggestions/{id}/answer"), &[("answer", "下一版就改")]).await.is(StatusCode::SEE_OTHER);
    let messages = secretary.get("/messages").await.is(StatusCode::OK).says("有了答复");
    assert!(messages.body.contains("消息，1 条未读"));
    secretary.get(&format!("/suggestions/{id}")).await.is(StatusCode::OK).says("下一版就改").says("和丽梅");
    let notice = messages.body.split("action=\"/messages/").find_map(|it| it.split('/').next()?.parse::<i64>().ok()).unwrap();
    let mut other = house.visit("shuji2").await;
    other.post(&format!("/messages/{notice}/done"), &[]).await.is(StatusCode::NOT_FOUND);
    secretary.post(&format!("/messages/{notice}/done"), &[]).await.is(StatusCode::SEE_OTHER);
    secretary.get("/messages").await.is(StatusCode::OK).hides("1 条未读").says("没有消息");
    secretary.get("/messages?state=done").await.is(StatusCode::OK).says("有了答复");
}

#[tokio::test]
async fn a_notice_at_an_organisation_stays_with_the_post() {
    let house = house().await;
    let mut tx = house.begin().await;
    server::notice::send(&mut tx, server::notice::To::Organisation(house.org("P990101001")), "task", "有一件任务待分解", "/tasks").await.unwrap();
    tx.commit().await.unwrap();
    house.visit("zhen1").await.get("/messages").await.is(StatusCode::OK).says("待分解");
    house.visit("shuji1").await.get("/messages").await.is(StatusCode::OK).hides("待分解");
    house.visit("xian1").await.get("/messages").await.is(StatusCode::OK).hides("待分解");
}

#[tokio::test]
async fn searching_stays_within_the_scope() {
    let house = house().await;
    let mut county = house.visit("xian1").await;
    county.get("/search?q=%E6%9D%91%E5%85%9A%E6%94%AF%E9%83%A8").await.is(StatusCode::OK).says("松林村党支部").hides("龙潭村党支部");
    county.get("/search?q=slc").await.is(StatusCode::OK).says("松林村党支部");
    county.get("/search?q=%E9%BE%99%E6%BD%AD").await.is(StatusCode::OK).says("没有找到");
    let found = county.get("/choose/organisations?q=%E6%9D%91").await.is(StatusCode::OK);
    assert!(
        found.body.contains("上河村党支部") && found.body.contains("\"note\":\"青屏县 · 青石镇\"") && !found.body.contains("龙潭"),
        "{}",
        found.body
    );
}
