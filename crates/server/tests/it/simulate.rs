//! A draft scheme beside the scheme in force, and one score explained: as a page, as data, as a printed sheet, and what is
//! still open.

use std::fmt::Write as _;

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use office::document::read_text;
use office::sheet::{Cell, Limits, read_workbook};
use policy::{Item, Scheme};
use server::http::list::encoded;
use store::{execute, query};

use crate::evaluations::{OPENS, as_demo, file, half_a_year, judge_everything, open, opened, row_address};
use crate::world::{BEIMEN, SHANGHE, SONGLIN, World, on_both};

on_both! {
    a_draft_moves_exactly_those_it_should,
    a_draft_that_does_not_add_up_is_not_computed,
    nothing_is_stored,
    only_those_who_open_evaluations_simulate,
    an_unchanged_scheme_names_nobody,
    data_page_and_sheet_say_the_same,
    what_is_over_is_not_among_what_can_be_done,
    evidence_on_paper_and_judging_are_open_until_it_is_decided,
}

const PATH: &str = "/evaluations/simulation";
const ASKED: &str = "scheme=five_star&period=2026-H1";

fn items(scheme: &Scheme) -> Vec<(String, Item)> {
    let common = scheme.sections.iter().flat_map(|section| &section.items).map(|item| (String::new(), item.clone()));
    let own = scheme
        .standards
        .iter()
        .flat_map(|standard| standard.sections.iter().flat_map(|section| &section.items).map(|item| (standard.field.clone(), item.clone())));
    common.chain(own).collect()
}

/// A draft in which theme days are everything: 100 points, and nothing for the rest.
fn theme_days_alone(world: &World) -> String {
    let pack = world.app.pack();
    let mut text = String::new();
    for (field, item) in items(&pack.schemes["five_star"]) {
        let weight = if item.indicator == "theme_day" { 100 } else { 0 };
        write!(text, "{field}.{}:{weight},", item.indicator).unwrap();
    }
    text
}

fn text_of(cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Text(text)) => text.clone(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

async fn a_draft_moves_exactly_those_it_should(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    judge_everything(world, OPENS).await;
    let draft = theme_days_alone(world);
    let mut officer = world.visitor("xianwei").await;
    // 松林村 and the school held all six, 上河村 four of six: 66.67 points, three stars. Nobody finds a place among five stars.
    let sheets = officer.bytes(&format!("{PATH}?{ASKED}&draft={}&show=all&view=moves&export=csv", encoded(&draft))).await;
    let csv = String::from_utf8(sheets).unwrap();
    let line = |name: &str| csv.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name} in {csv}")).to_owned();
    for (name, star, score) in [("松林村", "四星", "100.00"), ("上河村", "三星", "66.67"), ("青石中心学校", "四星", "100.00")] {
        let cells: Vec<String> = line(name).split(',').map(|cell| cell.trim_matches('"').to_owned()).collect();
        assert_eq!((cells[7].as_str(), cells[9].as_str()), (star, score), "{name}: {cells:?}");
    }
    assert!(!csv.contains("北门社区"), "the other county's are not shown: {csv}");
    let page = officer.get(&format!("{PATH}?{ASKED}&draft={}", encoded(&draft))).await.is(StatusCode::OK);
    let page = page.says("草案·仅供测算").says("3 个党支部里").says("按月开展主题党日 10 → 100 分");
    // A cell of the matrix opens the list of those in it.
    let before = line("上河村").split(',').nth(6).unwrap().trim_matches('"').to_owned();
    let star = ["", "一星", "二星", "三星", "四星", "五星"].iter().position(|word| *word == before).unwrap();
    if star != 3 {
        assert!(
            page.body.contains(&format!("from={star}&amp;to=3#list")) || page.body.contains(&format!("from={star}&#38;to=3#list")),
            "{}",
            page.body
        );
    }
    officer.get(&format!("{PATH}?{ASKED}&draft={}&from={star}&to=3", encoded(&draft))).await.says("上河村").hides("松林村");
    // The workbook says on every sheet that it is a draft.
    let book = officer.bytes(&format!("{PATH}?{ASKED}&draft={}&view=moves&export=xlsx", encoded(&draft))).await;
    let sheets = read_workbook(&book, &Limits::default()).unwrap();
    assert_eq!(sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(), ["变动名单", "星级转移", "各项作用", "是否公平"]);
    for sheet in &sheets {
        assert!(text_of(sheet.rows[0].cells.first()).starts_with("【草案·仅供测算】【示例方案】"), "{}", sheet.name);
    }
    // Only theme days decide: any other weight, being nothing, moves nobody; all but one earn the same share of theme days.
    let reports = officer.get(&format!("{PATH}?{ASKED}&draft={}&view=items&q={}", encoded(&draft), encoded("主题党日"))).await.is(StatusCode::OK);
    reports.says("按月开展主题党日").says("66.6% 得满分").says("2 / 3 个");
    let fair = officer.get(&format!("{PATH}?{ASKED}&draft={}&view=fairness", encoded(&draft))).await.is(StatusCode::OK);
    // Nine full members in 松林村; all three in three groups by size.
    fair.says("按领域").says("按支部大小").says("正式党员 9 名");
}

async fn a_draft_that_does_not_add_up_is_not_computed(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let mut officer = world.visitor("xianwei").await;
    officer.get(&format!("{PATH}?{ASKED}")).await.is(StatusCode::OK).says("主题党日").says("测算");
    let fields = [("scheme", "five_star"), ("period", "2026-H1"), ("weight..theme_day", "14"), ("weight.rural.on_site", "四分")];
    let answer = officer.post(PATH, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    let answer = answer.says("请填数字").says("没有测算").hides("从现行到草案");
    assert!(answer.body.contains("value=\"四分\"") && answer.body.contains("value=\"14\""), "what was typed stays");
    let fields = [("scheme", "five_star"), ("period", "2026-H1"), ("weight..theme_day", "14")];
    let answer = officer.post(PATH, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("“农村”合计 104 分，比 100 分多 4 分，请减下来（共同项目 74，本领域 30）").hides("从现行到草案");
    let fields = [("scheme", "five_star"), ("period", "2026-H1"), ("at_least.4", "85")];
    officer.post(PATH, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("4 星的分数线应低于 5 星的 85 分");
    // A sound one leads to an address that says what it changes, and nothing else.
    let fields = [("scheme", "five_star"), ("period", "2026-H1"), ("weight..theme_day", "14"), ("weight..party_lecture", "4"), ("quota.5", "50")];
    let answer = officer.post(PATH, &fields).await.is(StatusCode::SEE_OTHER);
    assert_eq!(answer.location, format!("{PATH}?{ASKED}&draft={}&view=moves", encoded(".party_lecture:4,.theme_day:14,quota5:1/2")));
    officer.get(&answer.location).await.is(StatusCode::OK).says("五星名额 10% → 50%").says("从现行到草案");
    // An address that does not fit the scheme is put aside, and says so.
    officer.get(&format!("{PATH}?{ASKED}&draft={}", encoded(".theme_day:90"))).await.is(StatusCode::OK).says("地址里的草案不能用").says("多 80 分");
}

async fn counts(world: &World) -> Vec<i64> {
    let mut found = Vec::new();
    for table in ["evaluation", "evaluation_row", "audit", "commit_change", "outbox", "judged_value", "pack_layer", "draft"] {
        let rows = query(world.app.store().reader(), format!("select count(*) from {table}"), []).await.unwrap();
        found.push(rows[0].try_get_by_index(0).unwrap());
    }
    found
}

async fn nothing_is_stored(world: &mut World) {
    let id = opened(world).await;
    let mut officer = world.visitor("xianwei").await;
    let base = format!("/evaluations/{id}?cohort=all");
    let before = (counts(world).await, officer.get(&base).await.text());
    let draft = encoded(&theme_days_alone(world));
    for view in ["form", "moves", "items", "fairness"] {
        officer.get(&format!("{PATH}?{ASKED}&draft={draft}&view={view}")).await.is(StatusCode::OK);
    }
    let fields = [("scheme", "five_star"), ("period", "2026-H1"), ("weight..theme_day", "14"), ("weight..party_lecture", "4")];
    officer.post(PATH, &fields).await.is(StatusCode::SEE_OTHER);
    assert_eq!((counts(world).await, officer.get(&base).await.text()), before);
}

async fn only_those_who_open_evaluations_simulate(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    for login in ["zhenwei", "jiedao", "shuji", "hangye", "ducha", "guanli", "dangyuan"] {
        let mut visitor = world.visitor(login).await;
        visitor.get(&format!("{PATH}?{ASKED}")).await.is(StatusCode::NOT_FOUND);
        visitor.post(PATH, &[("scheme", "five_star")]).await.is(StatusCode::NOT_FOUND);
    }
    world.visitor("zhenwei").await.get("/evaluations").await.is(StatusCode::OK).hides(PATH);
    let draft = encoded(&theme_days_alone(world));
    let mut city = world.visitor("shiwei").await;
    let list = city.get("/evaluations").await.is(StatusCode::OK);
    assert!(list.body.contains(PATH), "the way there stands on the list");
    city.get(&format!("{PATH}?{ASKED}&draft={draft}&show=all"))
        .await
        .is(StatusCode::OK)
        .says("松林村")
        .says("北门社区第一党支部")
        .says("6 个党支部里");
    let mut county = world.visitor("xianwei").await;
    county.get(&format!("{PATH}?{ASKED}&draft={draft}&show=all")).await.is(StatusCode::OK).says("松林村").hides("北门社区").says("3 个党支部里");
}

async fn an_unchanged_scheme_names_nobody(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let mut officer = world.visitor("xianwei").await;
    for view in ["form", "moves", "items", "fairness"] {
        officer.get(&format!("{PATH}?{ASKED}&view={view}&show=all")).await.is(StatusCode::OK).hides("松林村").hides("上河村");
    }
    let csv = String::from_utf8(officer.bytes(&format!("{PATH}?{ASKED}&view=moves&show=all&export=csv")).await).unwrap();
    assert!(!csv.contains("松林村") && !csv.contains("上河村"), "{csv}");
}

async fn data_page_and_sheet_say_the_same(world: &mut World) {
    let id = opened(world).await;
    let address = row_address(id, world.org(SHANGHE));
    let mut officer = world.visitor("xianwei").await;
    let data: serde_json::Value = serde_json::from_str(&officer.get(&format!("{address}/data")).await.is(StatusCode::OK).body).unwrap();
    let item = data["items"].as_array().unwrap().iter().find(|item| item["key"] == "theme_day").unwrap();
    // Four of six months of ten points.
    assert_eq!((item["numerator"].as_i64(), item["denominator"].as_i64(), item["points"].as_str()), (Some(4), Some(6), Some("6.67")));
    assert_eq!(item["missing"], serde_json::json!(["2026-02", "2026-05"]));
    assert_eq!(item["evidence"].as_array().unwrap().len(), 4);
    assert_eq!(item["cite"]["clause"], "第十六条");
    assert!(item["filter"]["words"].as_str().unwrap().contains("主题党日"), "{}", item["filter"]);
    assert_eq!(data["evaluation"]["pack"].as_str().unwrap(), world.app.policies().version());
    let page = officer.get(&format!("{address}?item=theme_day")).await.is(StatusCode::OK);
    let score = data["score"].as_str().unwrap();
    let page = page.says(score).says("10 分 × 4 ÷ 6 = 6.67").says("2026-02");
    for record in item["evidence"].as_array().unwrap() {
        assert!(page.body.contains(&format!("/activities/{record}\"")), "record {record} opens from the page");
    }
    let sheet = read_text(&officer.bytes(&format!("{address}/document")).await).unwrap();
    for words in [score, "4/6", "6.67", data["evaluation"]["pack"].as_str().unwrap()] {
        assert!(sheet.contains(words), "“{words}” is not in: {sheet}");
    }
    // Every item stands in all three.
    for item in data["items"].as_array().unwrap() {
        let name = item["name"].as_str().unwrap();
        assert!(page.body.contains(name) && sheet.contains(name), "{name}");
    }
    // Out of reach is not there, as data too.
    world.visitor("shuji").await.get(&format!("{address}/data")).await.is(StatusCode::NOT_FOUND);
    world.visitor("jiedao").await.get(&format!("{address}/data")).await.is(StatusCode::NOT_FOUND);
}

/// The rating of the whole year, opened in July while half of it is still to come.
async fn year_opened_in_july(world: &mut World) -> i64 {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let (tx, _) = world.tx(OPENS).await;
    execute(tx.connection(), "update plan_entry set period = '2026' where id = $1", [entry.into()]).await.unwrap();
    world.commit(tx).await;
    open(world, entry).await
}

async fn still_open(world: &World, address: &str) -> Vec<(String, String)> {
    let mut officer = world.visitor("xianwei").await;
    let data: serde_json::Value = serde_json::from_str(&officer.get(&format!("{address}/data")).await.is(StatusCode::OK).body).unwrap();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    data["still_open"].as_array().unwrap().iter().map(|open| (word(&open["until"]), word(&open["what"]))).collect()
}

async fn what_is_over_is_not_among_what_can_be_done(world: &mut World) {
    let id = year_opened_in_july(world).await;
    let address = row_address(id, world.org(SHANGHE));
    let theme = |open: &[(String, String)]| open.iter().find(|(_, what)| what.contains("主题党日")).cloned();
    let open = still_open(world, &address).await;
    let expected = |until: &str, label: &str| Some((until.to_owned(), format!("按月开展主题党日（{label}）")));
    assert_eq!(theme(&open), expected("2026-07-31", "2026 年 7 月"), "{open:?}");
    // February and May were missed and stay so; no deadline lies behind, and the nearest comes first.
    assert!(
        open.iter().all(|(until, what)| !what.contains("2 月") && !what.contains("5 月") && (until.is_empty() || until.as_str() >= "2026-07-11"))
    );
    let days: Vec<&String> = open.iter().map(|(until, _)| until).filter(|until| !until.is_empty()).collect();
    assert!(days.is_sorted(), "{days:?}");
    // What was held is done; the next month is open.
    world.record(vec![world.held(SHANGHE, "theme_day", date(2026, 7, 10))]).await;
    assert_eq!(theme(&still_open(world, &address).await), expected("2026-08-31", "2026 年 8 月"));
    // In September August is over, held or not: it is gone from the page, the data and the sheet.
    as_demo(world, date(2026, 9, 2)).await;
    assert_eq!(theme(&still_open(world, &address).await), expected("2026-09-30", "2026 年 9 月"));
    let mut officer = world.visitor("xianwei").await;
    let page = officer.get(&address).await.is(StatusCode::OK).says("还可以做什么").says("按月开展主题党日（2026 年 9 月）");
    page.hides("按月开展主题党日（2026 年 8 月）").hides("按月开展主题党日（2026 年 2 月）").hides("最多 +");
    let sheet = read_text(&officer.bytes(&format!("{address}/document")).await).unwrap();
    assert!(
        sheet.contains("还可以做的") && sheet.contains("按月开展主题党日（2026年9月）") && !sheet.contains("按月开展主题党日（2026年8月）"),
        "{sheet}"
    );
}

async fn evidence_on_paper_and_judging_are_open_until_it_is_decided(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let id = open(world, entry).await;
    let address = row_address(id, world.org(SONGLIN));
    let open = still_open(world, &address).await;
    // The stage of the draft has twenty days; nobody has judged yet.
    let until: Date = OPENS.checked_add(jiff::Span::new().days(20)).unwrap();
    assert!(open.iter().any(|(day, what)| what.contains("还没有评定") && *day == until.to_string()), "{open:?}");
    judge_everything(world, OPENS).await;
    let mut officer = world.visitor("xianwei").await;
    officer.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    let open = still_open(world, &address).await;
    assert!(!open.iter().any(|(_, what)| what.contains("还没有评定")), "{open:?}");
    // The branch of the other county is in no result of this one.
    officer.get(&format!("{}/data", row_address(id, world.org(BEIMEN)))).await.is(StatusCode::NOT_FOUND);
}
