//! The desk: what waits, all of it; what was given back comes first; who handed a post over keeps what he signed.

use axum::http::StatusCode;
use jiff::civil::date;
use server::account::{HandOver, hand_over};

use super::{key, number, texts};
use crate::world::{SHANGHE, SONGLIN, World, on_both};

on_both! { everything_that_waits_is_reached, what_came_back_is_the_first_thing_to_do, the_predecessor_keeps_what_he_signed }

async fn everything_that_waits_is_reached(world: &mut World) {
    // Ten requests: more than the desk shows.
    for (login, code) in [("shuji", SONGLIN), ("shuji2", SHANGHE)] {
        let mut branch = world.visitor(login).await;
        for month in ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10"] {
            branch.post("/duties/excuse/ask", &[("id", &key(world.org(code), "theme_day", month)), ("reason", "抗洪")]).await;
        }
    }
    let mut officer = world.visitor("zhenwei").await;
    let desk = officer.get("/").await;
    assert_eq!(texts(&desk, "#waiting .wait").len(), 8);
    // Beside them, that the town leads no project yet this year, and that its committee did not meet on Party building last quarter.
    assert_eq!(texts(&desk, "#waiting a.more"), ["看全部 12 件"]);
    assert!(texts(&desk, "#waiting .kinds").iter().any(|kinds| kinds.contains("免办申请 10")));
    let all = officer.get("/waiting?kind=excuses").await.is(StatusCode::OK);
    assert_eq!(texts(&all, "table.list tbody tr").len(), 10);
    let one = officer.get("/waiting?q=%E4%B8%8A%E6%B2%B3&sort=title&dir=desc&per=20").await.is(StatusCode::OK);
    assert_eq!(texts(&one, "table.list tbody tr").len(), 5);
    assert!(texts(&one, "table.list tbody tr").iter().all(|row| row.contains("上河村党支部")));
    officer.get("/waiting?kind=tasks").await.is(StatusCode::OK).says("没有符合条件的");
    let file = officer.get("/waiting?export=csv").await.is(StatusCode::OK);
    assert_eq!(file.body.lines().filter(|line| line.contains("申请免办主题党日")).count(), 10);
    // Somebody else's waits for somebody else.
    world.visitor("jiedao").await.get("/waiting?kind=excuses").await.is(StatusCode::OK).says("没有符合条件的");
    world.visitor("dangyuan").await.get("/waiting").await.is(StatusCode::OK).says("没有等您办的事");
}

async fn what_came_back_is_the_first_thing_to_do(world: &mut World) {
    let mut branch = world.visitor("shuji").await;
    let fields = [("kind", "theme_day"), ("held_on", "2026-11-20"), ("topic", "学习"), ("form", "names")];
    let seen = branch.post("/activities", &fields).await;
    let id = number(&seen.location);
    let mut officer = world.visitor("zhenwei").await;
    officer.post(&format!("/activities/{id}/return"), &[("reason", "主题写具体些")]).await;
    let desk = branch.get("/").await;
    let first = texts(&desk, ".todo .todo-item").remove(0);
    assert!(first.contains("主题党日") && first.contains("退回，待改") && first.contains("去改"), "{first}");
    assert_eq!(super::attributes(&desk, ".todo a.btn.main", "href"), [format!("/activities/{id}")], "no red button asks for another record");
    assert!(texts(&desk, "#waiting .wait").is_empty(), "not said twice");
    branch.get("/messages").await.says("2026 年 11 月 20 日的主题党日记录退回了，改好再交：主题写具体些");
    // Put right and handed in again: nothing waits any more.
    let mut fields = fields.to_vec();
    fields[2].1 = "学习全会精神";
    branch.post(&format!("/activities/{id}/amend"), &fields).await;
    branch.get("/messages").await.hides("退回了");
    branch.get("/").await.hides("退回，待改");
}

async fn the_predecessor_keeps_what_he_signed(world: &mut World) {
    let mut before = world.visitor("shuji").await;
    let fields = [("kind", "theme_day"), ("held_on", "2026-11-20"), ("topic", "学习全会精神"), ("form", "names")];
    let id = number(&before.post("/activities", &fields).await.location);
    let other = world.record(vec![world.held(SONGLIN, "theme_day", date(2026, 10, 9))]).await[0];
    before.get(&format!("/activities/{other}")).await.is(StatusCode::OK);
    let post = world.count("select g.id from post_grant g join person p on p.id = g.person_id where p.login = 'shuji'").await;
    let to = world.count("select id from person where login = 'shuji2'").await;
    let (mut tx, console) = world.tx(date(2026, 11, 22)).await;
    hand_over(&world.app, &mut tx, &console, post, HandOver { to, on: date(2026, 11, 22), acting_until: None }).await.unwrap();
    world.commit(tx).await;
    before.get(&format!("/activities/{id}")).await.is(StatusCode::NOT_FOUND);
    // His own record opens from the list of what he did, without anything to be done about it.
    let list = before.get("/me/handled").await.is(StatusCode::OK).says("记录组织生活");
    let own = format!("/me/handled/activities/{id}");
    assert!(super::attributes(&list, "table.list a", "href").contains(&own));
    let page = before.get(&own).await.is(StatusCode::OK).says("学习全会精神").says("您经手的，只读");
    assert!(super::attributes(&page, "main form", "action").is_empty());
    // What others recorded there is not his, nor anybody else's his.
    before.get(&format!("/me/handled/activities/{other}")).await.is(StatusCode::NOT_FOUND);
    world.visitor("beimen").await.get(&own).await.is(StatusCode::NOT_FOUND);
    let entry = world.count("select max(seq) from audit where operation = 'activity.record' and actor_id is not null").await;
    before.get(&format!("/me/handled/{entry}")).await.is(StatusCode::OK).says("记录组织生活").says("松林村党支部");
    world.visitor("beimen").await.get(&format!("/me/handled/{entry}")).await.is(StatusCode::NOT_FOUND);
    world.visitor("shuji2").await.get(&format!("/activities/{id}")).await.is(StatusCode::OK);
}
