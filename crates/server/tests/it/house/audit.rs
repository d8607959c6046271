//! The audit's page: within the scope, with the capability only; the check finds what was changed.

use axum::http::StatusCode;
use store::execute;

use super::house;

#[tokio::test]
async fn entries_within_the_scope_only() {
    let house = house().await;
    house.visit("shuji1").await;
    house.visit("shuji2").await;
    let mut town = house.visit("zhen1").await;
    town.get("/audit").await.is(StatusCode::NOT_FOUND);
    let mut county = house.visit("xian1").await;
    let page = county.get("/audit?per=200").await.is(StatusCode::OK).says("登记党组织").says("松林村党支部").says("登录");
    page.hides("龙潭村党支部").hides("中共柳湾县委员会").hides("普自明").hides("尹绍云");
    county.get("/audit?q=%E9%BE%99%E6%BD%AD").await.is(StatusCode::OK).says("没有符合条件的记录");
    county.get("/audit?group=grant").await.is(StatusCode::OK).says("授予岗位").hides("登记党组织");
    county.get("/audit?from=2020-01-01&until=2020-01-02").await.is(StatusCode::OK).says("没有符合条件的记录");
    let file = county.get("/audit?export=csv").await.is(StatusCode::OK);
    assert!(file.body.contains("登记党组织") && !file.body.contains("龙潭村党支部"));
    let mut city = house.visit("guanli").await;
    city.get("/audit?per=200").await.is(StatusCode::OK).says("龙潭村党支部").says("存入制度包");
    // Paged by number: the next page begins after the last row.
    let first = city.get("/audit?per=20").await.is(StatusCode::OK);
    assert!(first.body.contains("rel=\"next\""));
}

#[tokio::test]
async fn entries_name_the_person_and_speak_in_words() {
    let house = house().await;
    house.visit("shuji1").await;
    crate::visitor::Visitor::new(&house.app, None).sign_in("shuji1", "wrong-wrong-1").await;
    crate::visitor::Visitor::new(&house.app, None).sign_in("nobody", "wrong-wrong-1").await;
    let mut county = house.visit("xian1").await;
    let page = county.get("/audit?group=account&per=200").await.is(StatusCode::OK);
    let rows = crate::duties::texts(&page, "table.list tbody tr");
    let signed_in =
        rows.iter().find(|row| row.contains("马春和") && row.contains("登录") && !row.contains("不对")).expect("the sign-in stands there");
    assert!(signed_in.contains("松林村党支部 · branch_secretary") && signed_in.contains("内网入口"), "{signed_in}");
    assert!(rows.iter().any(|row| row.contains("未登录") && row.contains("登录时密码不对") && row.contains("马春和")), "{rows:?}");
    // A name that nobody has leaves its keyed digest, for whoever reaches everything.
    let mut city = house.visit("guanli").await;
    let all = city.get("/audit?group=account&per=200").await.is(StatusCode::OK);
    assert!(crate::duties::texts(&all, "table.list tbody tr").iter().any(|row| row.contains("账号的校验值") && row.contains("未登录")));
    for page in ["/audit?per=200", "/audit?group=grant&per=200"] {
        let text = city.get(page).await.is(StatusCode::OK).text();
        let raw =
            text.split_whitespace().find(|word| word.is_ascii() && word.contains('=') || word.starts_with("case.") || word.starts_with("grant."));
        assert_eq!(raw, None, "{page} speaks in words");
    }
}

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
