//! What is out of reach answers as if it did not exist, on every route; item values are for the branch and its direct superior.

use jiff::civil::date;

use super::key;
use crate::world::{BEIMEN, CITY, COUNTY, SCHOOL, SONGLIN, TOWN, World, on_both};

on_both! { out_of_reach_is_not_found, item_values_are_for_the_branch_and_its_superior, a_line_body_sees_its_field, those_without_duties_have_a_desk }

async fn out_of_reach_is_not_found(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let record = world.record(vec![world.held(SONGLIN, "theme_day", date(2026, 11, 10))]).await[0];
    world.visitor("shuji").await.post("/duties/excuse/ask", &[("id", &key(songlin, "theme_day", "2026-10")), ("reason", "抗洪")]).await;
    let excuse = world.count("select id from duty_excuse").await.to_string();
    for login in ["jiedao", "beimen"] {
        let mut stranger = world.visitor(login).await;
        let nobody = 999_999_i64;
        for (of, instead) in [(songlin, nobody), (record, nobody)] {
            for path in [
                "/duties?organisation={}",
                "/duties/items?organisation={}",
                "/duties/{}/theme_day/2026-11",
                "/themes?organisation={}",
                "/organisations/{}/items",
                "/activities?organisation={}",
                "/activities/new?organisation={}&kind=theme_day",
                "/activities/day?organisation={}&kind=theme_day&held_on=2026-11-10",
                "/activities/{}",
                "/activities/{}/amend",
            ] {
                let (there, absent) =
                    (stranger.get(&path.replace("{}", &of.to_string())).await, stranger.get(&path.replace("{}", &instead.to_string())).await);
                assert_eq!(there.status, 404, "{login} {path}");
                assert_eq!(there.text(), absent.text(), "{login} {path}: the same answer as for what does not exist");
            }
        }
        let (here, organisation) = (record.to_string(), songlin.to_string());
        let cell = key(songlin, "theme_day", "2026-10");
        for (path, fields) in [
            (format!("/activities/{here}/amend"), vec![("held_on", "2026-11-10"), ("topic", "x"), ("form", "names")]),
            (format!("/activities/{here}/consent"), vec![]),
            (format!("/activities/{here}/return"), vec![("reason", "x")]),
            (
                "/activities".to_owned(),
                vec![("organisation", organisation.as_str()), ("kind", "theme_day"), ("held_on", "2026-11-11"), ("topic", "x"), ("form", "names")],
            ),
            ("/duties/remind".to_owned(), vec![("id", cell.as_str())]),
            ("/duties/excuse/ask".to_owned(), vec![("id", cell.as_str()), ("reason", "x")]),
            ("/duties/excuse/grant".to_owned(), vec![("id", cell.as_str()), ("reason", "x")]),
            ("/duties/excuse/decide".to_owned(), vec![("id", excuse.as_str()), ("do", "grant")]),
            ("/themes".to_owned(), vec![("organisation", organisation.as_str()), ("month", "2026-12"), ("title", "x")]),
            ("/themes/day".to_owned(), vec![("organisation", organisation.as_str()), ("day", "3")]),
        ] {
            assert_eq!(stranger.post(&path, &fields).await.status, 404, "{login} {path}");
        }
        stranger.get("/activities").await.hides("11 月学习");
        stranger.get("/activities?q=学习").await.hides("松林");
        stranger.get("/duties?q=松林").await.hides("松林村党支部");
        stranger.get("/duties?export=csv").await.hides("松林");
        stranger.get("/activities?export=csv").await.hides("松林");
    }
    assert_eq!(world.count("select count(*) from activity where returned_reason is not null or accepted_at is not null").await, 0);
    assert_eq!(world.count("select count(*) from duty_excuse where is_granted is not null").await, 0);
}

async fn item_values_are_for_the_branch_and_its_superior(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let months: Vec<_> = [1, 3, 4, 5, 6, 7, 8, 9, 10].into_iter().map(|month| world.held(SONGLIN, "theme_day", date(2026, month, 10))).collect();
    world.record(months).await;
    let path = format!("/organisations/{songlin}/items");
    for login in ["shuji", "zhenwei", "zhenwei2"] {
        let seen = world.visitor(login).await.get(&path).await;
        assert_eq!(seen.status, 200, "{login}");
        let seen = seen.says("9 / 10 期").says("没有完成： 2 月").says("党支部每月相对固定1天开展主题党日");
        assert_eq!(super::attributes(&seen, &format!("a[href='/duties/{songlin}/theme_day/2026-02']"), "href").len(), 1);
        for word in ["五星", "四星", "名次", "总分", "排名"] {
            assert!(!seen.text().contains(word), "{word}: no star, rank or total between the points of the plan");
        }
    }
    for login in ["xianwei", "shiwei", "shuji2", "jiedao", "hangye", "ducha", "guanli"] {
        assert_eq!(world.visitor(login).await.get(&path).await.status, 404, "{login}");
    }
    // A branch below a general branch: the street stands directly above it.
    let beimen = world.org(BEIMEN);
    assert_eq!(world.visitor("jiedao").await.get(&format!("/organisations/{beimen}/items")).await.status, 200);
    // Fresh after a record.
    let mut branch = world.visitor("shuji").await;
    branch
        .post("/activities", &[("kind", "theme_day"), ("held_on", "2026-02-10"), ("topic", "二月"), ("form", "names"), ("late_reason", "漏录")])
        .await;
    let id = world.count("select max(id) from activity").await;
    world.visitor("zhenwei").await.post(&format!("/activities/{id}/consent"), &[]).await;
    // A page waits for its own visitor's last write; for another's within a second.
    world.app.store().wait_for(world.app.store().head().await.unwrap()).await;
    branch.get(&path).await.says("10 / 10 期");
}

async fn a_line_body_sees_its_field(world: &mut World) {
    let school = world.org(SCHOOL);
    let mut line = world.visitor("hangye").await;
    let matrix = line.get("/duties").await;
    let matrix = matrix.says("中共云岭市委员会（学校领域）").says("青石中心学校党支部");
    assert!(!matrix.text().contains("松林村党支部"));
    line.get(&format!("/duties?organisation={}", world.org(TOWN))).await.says("青石中心学校党支部").hides("松林村党支部");
    assert_eq!(line.get(&format!("/duties?organisation={}", world.org(SONGLIN))).await.status, 404);
    assert_eq!(line.get(&format!("/duties/{school}/theme_day/2026-11")).await.status, 200);
    assert_eq!(line.post("/duties/remind", &[("id", &key(school, "theme_day", "2026-11"))]).await.status, 404, "looking is not supervising");
    // A town may not look from above itself.
    let mut town = world.visitor("zhenwei").await;
    for above in [COUNTY, CITY] {
        assert_eq!(town.get(&format!("/duties?organisation={}", world.org(above))).await.status, 404);
    }
}

async fn those_without_duties_have_a_desk(world: &mut World) {
    for (login, sentence) in
        [("guanli", "今天没有等您办的事"), ("dangyuan", "今天没有等您办的事"), ("ducha", "2 个支部"), ("shiwei", "6 个支部"), ("hangye", "1 个支部")]
    {
        let mut visitor = world.visitor(login).await;
        let seen = visitor.get("/").await;
        assert_eq!(seen.status, 200, "{login}");
        seen.says(sentence);
    }
    for login in ["guanli", "dangyuan"] {
        let mut visitor = world.visitor(login).await;
        for path in ["/duties", "/duties/items", "/activities", "/activities/new", "/themes"] {
            assert_eq!(visitor.get(path).await.status, 404, "{login} {path}");
        }
    }
}
