//! The audit's page: within the scope, with the capability only; the check finds what was changed.

use axum::http::StatusCode;
use store::execute;

use super::house;

#[tokio::test]
async fn the_check_says_whether_the_chain_is_whole() {
    let house = house().await;
    let mut city = house.visit("guanli").await;
    city.get("/audit").await.is(StatusCode::OK).says("还没有核对过");
    store::audit::keep_head(house.app.store()).await.unwrap();
    checked(&mut city, "完整").await;
    city.get("/audit").await.is(StatusCode::OK).says("另存的链头");
    execute(house.app.store().reader(), "update audit set detail = '{\"n\":9}' where seq = 3", []).await.unwrap();
    checked(&mut city, "第 3 条").await;
}

async fn checked(city: &mut crate::visitor::Visitor, words: &str) {
    city.post("/audit/checks", &[]).await.is(StatusCode::SEE_OTHER);
    for _ in 0..200 {
        if city.get("/audit").await.text().contains(words) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the check never said {words}");
}
