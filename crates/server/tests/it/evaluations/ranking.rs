//! The counties' ranking: components, drafts that show only one's own, objections, a bulletin to sign.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use office::document::read_text;
use server::evaluation::{self, JudgedValue, ranking};

use super::{OPENS, act, actor, as_demo, half_a_year, opened, publish, refusal};
use crate::world::{BEIMEN, CITY, COUNTY, NANMEN, OTHER_COUNTY, SONGLIN, World, XINHE, morning, on_both};

on_both! {
    it_is_opened_from_the_citys_plan,
    counties_see_their_own_draft_and_the_order_when_it_is_published,
    every_figure_leads_to_the_branches,
    what_is_not_judged_keeps_it_from_being_published,
    what_is_not_evidenced_ranks_nobody,
}

async fn ranked(world: &mut World, day: Date) -> i64 {
    let city = actor(&world.app, "shiwei", day).await;
    let mut tx = world.app.begin(&city, morning(day)).await.unwrap();
    let entry =
        evaluation::file_line(&world.app, &mut tx, &city, world.org(CITY), "ranking_2026_first_half", "年度督查检查考核计划", "市委常委会", None)
            .await
            .unwrap();
    world.commit(tx).await;
    let mut tx = world.app.begin(&city, morning(day)).await.unwrap();
    let id = ranking::open(&world.app, &mut tx, &city, entry).await.unwrap();
    world.commit(tx).await;
    id
}

/// The other county's branches are judged, so that nothing of the mean is open.
async fn judge_the_others(world: &World, day: Date) {
    let city = actor(&world.app, "shiwei", day).await;
    let values =
        [(BEIMEN, "satisfaction"), (BEIMEN, "on_site"), (NANMEN, "satisfaction"), (NANMEN, "on_site"), (XINHE, "satisfaction"), (XINHE, "on_site")]
            .map(|(code, item)| JudgedValue {
                organisation: world.org(code),
                indicator: item.to_owned(),
                period: "2026-H1".parse().unwrap(),
                points: "3".to_owned(),
                evidence: "查看".to_owned(),
            });
    let mut tx = world.app.begin(&city, morning(day)).await.unwrap();
    for answer in evaluation::judge_all(&world.app, &mut tx, &city, values.to_vec()).await.unwrap() {
        answer.unwrap();
    }
    world.commit(tx).await;
}

async fn it_is_opened_from_the_citys_plan(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    assert_eq!(refusal(ranking::open(&world.app, &mut tx, &county, 3).await), "年度计划里没有这一项，请先在“年度计划”里报备。");
    drop(tx);
    let id = ranked(world, OPENS).await;
    let mut city = world.visitor("shiwei").await;
    let page = city.get(&format!("/rankings/{id}")).await.is(StatusCode::OK);
    let page = page.says("青屏县").says("映江区").says("综合考核（50）").says("示例方案").says("暗访督导（2 个）");
    // As long as a component lacks, nobody is ranked: not on the page, not in a bulletin.
    page.says("先不排名次").hides("最高");
    city.get(&format!("/rankings/{id}/document")).await.is(StatusCode::FORBIDDEN).says("排不出名次");
    city.get(&format!("/rankings/{id}/organisations/{}", world.org(COUNTY))).await.hides("中第");
    // A rating is not a ranking.
    city.get(&format!("/evaluations/{id}")).await.is(StatusCode::NOT_FOUND);
}

async fn what_is_not_judged_keeps_it_from_being_published(world: &mut World) {
    let rating = opened(world).await;
    publish(world, rating).await;
    let day = date(2026, 7, 16);
    let id = ranked(world, day).await;
    let (tx, _) = world.tx(day).await;
    let why = evaluation::why_not_publish(&world.app, &tx, id).await.unwrap().unwrap();
    assert!(why.contains("没有得分，不排名次，不能公布：暗访督导（2 个）"), "{why}");
    drop(tx);
    let mut city = world.visitor("shiwei").await;
    let name = |part: &str, code: &str| format!("{part}.{}.unannounced", world.org(code));
    let (a, b, c, d) = (name("points", COUNTY), name("evidence", COUNTY), name("points", OTHER_COUNTY), name("evidence", OTHER_COUNTY));
    let address = format!("/rankings/{id}/judged");
    let wrong = city.post(&address, &[(&a, "101"), (&b, "暗访"), (&c, "82"), (&d, "")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("应在 0 到 100 之间").says("请写明“暗访督导”评定的依据");
    assert_eq!(world.count("select count(*) from judged_value where indicator like 'county_semiannual%'").await, 0);
    city.post(&address, &[(&a, "88"), (&b, "6月暗访"), (&c, "82"), (&d, "6月暗访")]).await.is(StatusCode::SEE_OTHER);
    let mut county = world.visitor("xianwei").await;
    county.get(&address).await.is(StatusCode::NOT_FOUND);
    judge_the_others(world, day).await;
    city.post(&format!("/rankings/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    let (tx, _) = world.tx(day).await;
    assert_eq!(evaluation::why_not_publish(&world.app, &tx, id).await.unwrap(), None);
}

/// A ranking that may be published, with its draft sent.
async fn drafted(world: &mut World) -> (i64, Date) {
    let rating = opened(world).await;
    publish(world, rating).await;
    let day = date(2026, 7, 16);
    judge_the_others(world, day).await;
    let id = ranked(world, day).await;
    let mut city = world.visitor("shiwei").await;
    for (code, points) in [(COUNTY, "88"), (OTHER_COUNTY, "82")] {
        let (a, b) = (format!("points.{}.unannounced", world.org(code)), format!("evidence.{}.unannounced", world.org(code)));
        city.post(&format!("/rankings/{id}/judged"), &[(&a, points), (&b, "6月暗访")]).await.is(StatusCode::SEE_OTHER);
    }
    city.post(&format!("/rankings/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    act(world, id, "shiwei", day, "send_draft", &[("note", "请核对")]).await.unwrap();
    (id, day)
}

async fn counties_see_their_own_draft_and_the_order_when_it_is_published(world: &mut World) {
    let (id, day) = drafted(world).await;
    let address = format!("/rankings/{id}");
    let mut county = world.visitor("xianwei").await;
    let draft = county.get(&address).await.is(StatusCode::OK).says("名次在公布后显示").says("青屏县").hides("映江区");
    draft.hides("中第");
    county.get(&format!("{address}/organisations/{}", world.org(COUNTY))).await.is(StatusCode::OK).says("6月暗访").hides("中第");
    county.get(&format!("{address}/organisations/{}", world.org(OTHER_COUNTY))).await.is(StatusCode::NOT_FOUND);
    county.get(&format!("{address}/document")).await.is(StatusCode::NOT_FOUND);
    for login in ["zhenwei", "shuji", "hangye"] {
        let mut other = world.visitor(login).await;
        other.get(&address).await.is(StatusCode::NOT_FOUND);
        other.get("/rankings").await.hides("考核排名（");
    }
    act(world, id, "xianwei", day, "object", &[("objections.text", "暗访只去了两个村")]).await.unwrap();
    let item = world.count("select id from case_item where kind = 'objection'").await.to_string();
    let later = date(2026, 7, 21);
    as_demo(world, later).await;
    let unanswered = refusal(act(world, id, "shiwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-21")]).await);
    assert_eq!(unanswered, "还有意见没有答复，答复后才能决定。");
    act(world, id, "shiwei", later, "answer", &[("answered", &item), ("outcome", "维持"), ("reply", "核对过暗访记录")]).await.unwrap();
    act(world, id, "shiwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-21")]).await.unwrap();
    let mut city = world.visitor("shiwei").await;
    let before = read_text(&city.bytes(&format!("{address}/document")).await).unwrap();
    act(world, id, "shiwei", later, "publish", &[("scope", "各县（市、区）委"), ("issued_on", "2026-07-21")]).await.unwrap();
    let mut county = world.visitor("xianwei").await;
    county.get(&address).await.is(StatusCode::OK).says("映江区").says("排名已经公布");
    county.get(&format!("{address}/organisations/{}", world.org(COUNTY))).await.says("2 个县（市、区）中第 1 名");
    county.get(&format!("{address}/organisations/{}", world.org(OTHER_COUNTY))).await.is(StatusCode::NOT_FOUND);
    // The title stands on balanced lines.
    let bulletin = read_text(&county.bytes(&format!("{address}/document")).await).unwrap().replacen('\n', "", 1);
    for words in [
        "关于2026年上半年县（市、区）基层党建考核排名情况的通报",
        "一、考核办法",
        "综合考核占50分",
        "征求意见期间收到意见1条，均已核对答复，其中更正0条、维持1条",
        "二、排名情况",
        "青屏县",
        "三、主要差距",
        "市委组织部",
    ] {
        assert!(bulletin.contains(words), "“{words}” is not in: {bulletin}");
    }
    assert!(!before.contains("2026年7月21日") && bulletin.contains("2026年7月21日"), "the date is entered afterwards");
}

async fn every_figure_leads_to_the_branches(world: &mut World) {
    let (id, _) = drafted(world).await;
    let mut county = world.visitor("xianwei").await;
    let base = format!("/rankings/{id}/organisations/{}", world.org(COUNTY));
    let unit = county.get(&base).await.says("综合考核").says("3 个党支部计入").says("最低的三项");
    // The same item of two fields is two items; each leads to its own branches, and its percentage to its own fraction.
    let unit = unit.says("现场查看（农村）").says("现场查看（学校）").says("得 6.50 分，满分 8 分").says("得 3.00 分，满分 4 分");
    let on_site = format!("{base}/components/comprehensive/on_site");
    assert!(unit.body.contains(&format!("{on_site}?field=rural")) && unit.body.contains(&format!("{on_site}?field=school")));
    county.get(&format!("{on_site}?field=rural")).await.is(StatusCode::OK).says("得 6.50 分，满分 8 分").hides("青石中心学校");
    county.get(&format!("{on_site}?field=hospital")).await.is(StatusCode::NOT_FOUND);
    county.get(&format!("{base}/components/comprehensive")).await.is(StatusCode::OK).says("松林村党支部").says("平均");
    let missed =
        county.get(&format!("{base}/components/comprehensive/theme_day")).await.is(StatusCode::OK).says("上河村党支部").says("4 / 6").hides("松林村");
    let link = missed
        .body
        .split("href=\"/evaluations/")
        .nth(1)
        .map(|rest| format!("/evaluations/{}", rest.split('"').next().unwrap()))
        .expect("it leads to the explanation");
    county.get(&link).await.is(StatusCode::OK).says("上河村党支部");
    county.get(&format!("{base}/components/routine/theme_day")).await.is(StatusCode::OK).says("上河村党支部");
    county.get(&format!("{base}/components/none")).await.is(StatusCode::NOT_FOUND);
    // The mean is of what was published: a later record does not move it.
    let head = ranking::head_of(world.app.store().reader(), id).await.unwrap();
    assert_eq!(head.sources.iter().map(|source| source.office).collect::<Vec<_>>(), [world.org(COUNTY)]);
    let traces = ranking::branch_traces(world.app.store().reader(), id, COUNTY).await.unwrap();
    assert_eq!(traces.iter().map(|trace| trace.code.as_str()).next(), Some(SONGLIN));
    let mut city = world.visitor("shiwei").await;
    // One county's scores were published, the other's were calculated: both are said.
    city.get(&format!("/rankings/{id}")).await.says("青屏县，已公布，3 个党支部").says("没有公布的评定结果，按截至 2026-06-30 的记录计算");
    let csv = String::from_utf8(city.bytes(&format!("/rankings/{id}?export=csv")).await).unwrap();
    assert!(csv.lines().count() == 3, "{csv}");
}

async fn what_is_not_evidenced_ranks_nobody(world: &mut World) {
    // Nobody used the product in 2025, and nothing of it was imported.
    as_demo(world, OPENS).await;
    let city = actor(&world.app, "shiwei", OPENS).await;
    let mut tx = world.app.begin(&city, morning(OPENS)).await.unwrap();
    let line = "ranking_2025_second_half";
    let entry = evaluation::file_line(&world.app, &mut tx, &city, world.org(CITY), line, "年度督查检查考核计划", "市委常委会", None).await.unwrap();
    world.commit(tx).await;
    let mut tx = world.app.begin(&city, morning(OPENS)).await.unwrap();
    let id = ranking::open(&world.app, &mut tx, &city, entry).await.unwrap();
    world.commit(tx).await;
    let (tx, _) = world.tx(OPENS).await;
    let why = evaluation::why_not_publish(&world.app, &tx, id).await.unwrap().unwrap();
    drop(tx);
    assert!(why.contains("青屏县的平时掌握（3 个党支部里 3 个依据不足）") && why.contains("映江区的综合考核"), "{why}");
    let mut visitor = world.visitor("shiwei").await;
    visitor.get(&format!("/rankings/{id}")).await.is(StatusCode::OK).says("先不排名次").says("依据不足").hides("最高");
    let unit = format!("/rankings/{id}/organisations/{}", world.org(COUNTY));
    visitor.get(&unit).await.is(StatusCode::OK).says("3 个党支部里 3 个依据不足，这一部分没有得分").hides("中第");
}
