//! Lists of weak and lax organisations and the rectifications that follow: made once, from the right result, one case each.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::evaluation;
use server::rectification::{self, CandidateAnswer, Round};
use store::OrgId;

use crate::evaluations::year::published_year;
use crate::evaluations::{actor, as_demo, fields, opened, publish, refusal};
use crate::world::{COUNTY, SCHOOL, SHANGHE, World, morning, on_both};

on_both! {
    a_list_is_made_once_and_its_line_stays_filed,
    a_list_is_made_from_its_own_period_alone,
    what_is_listed_twice_is_put_right_in_one_case,
    conditions_are_facts_and_the_nearest_deadline_stands_first,
}

const HALF: &str = "weak_list_villages_2026_first_half";
const VILLAGES_2025: &str = "weak_list_villages_2025";
const VILLAGES_2026: &str = "weak_list_villages_2026";
const OTHERS_2025: &str = "weak_list_others_2025";

/// Files a line of the county's plan.
async fn filed(world: &World, line: &str, day: Date) -> i64 {
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    let id = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), line, "年度督查检查考核计划", "县委常委会", None).await.unwrap();
    world.commit(tx).await;
    id
}

async fn open_round(world: &World, entry: i64, day: Date) -> anyhow::Result<i64> {
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await?;
    let id = rectification::open_round(&world.app, &mut tx, &county, entry).await?;
    world.commit(tx).await;
    Ok(id)
}

async fn step(world: &World, login: &str, round: &Round, action: &str, day: Date, given: &[(&str, &str)]) {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await.unwrap();
    rectification::act_on_list(&world.app, &mut tx, &who, round, action, &fields(given)).await.unwrap_or_else(|error| panic!("{action}: {error}"));
    world.commit(tx).await;
}

/// A whole list in a day, up to the city's acknowledgement: these organisations are listed, with conditions and facts.
async fn listed(world: &World, line: &str, day: Date, organisations: &[(&str, &[&str], &str)]) -> i64 {
    let entry = filed(world, line, day).await;
    let id = open_round(world, entry, day).await.unwrap();
    let round = rectification::find_round(world.app.store().reader(), id).await.unwrap().unwrap();
    let today = day.to_string();
    step(world, "zhenwei", &round, "report_self_check", day, &[("checked_on", &today), ("statement", "逐个对照情形自查。")]).await;
    step(world, "xianwei", &round, "begin_review", day, &[]).await;
    let wanted: BTreeMap<OrgId, (&[&str], &str)> = organisations.iter().map(|(code, keys, facts)| (world.org(code), (*keys, *facts))).collect();
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    let known = rectification::candidates_of(tx.connection(), id).await.unwrap();
    for org in wanted.keys().filter(|org| !known.iter().any(|candidate| candidate.organisation == **org)) {
        rectification::add_candidate(&world.app, &mut tx, &county, &round, *org).await.unwrap();
    }
    for candidate in rectification::candidates_of(tx.connection(), id).await.unwrap() {
        let given = match wanted.get(&candidate.organisation) {
            Some((keys, facts)) => {
                CandidateAnswer { is_listed: true, conditions: keys.iter().map(|key| (*key).to_owned()).collect(), explanation: (*facts).to_owned() }
            }
            None => CandidateAnswer { is_listed: false, conditions: Vec::new(), explanation: "经核实没有情形".to_owned() },
        };
        rectification::answer(&world.app, &mut tx, &county, &round, &candidate, given).await.unwrap();
    }
    world.commit(tx).await;
    let bodies = world.app.pack().weak_lists[&round.list_key].review_bodies.clone();
    for body in &bodies {
        step(world, "xianwei", &round, "record_opinion", day, &[("body", body), ("opinion", "无"), ("given_on", &today)]).await;
    }
    step(world, "xianwei", &round, "submit_to_committee", day, &[]).await;
    step(world, "xianwei", &round, "decide", day, &[("decided_on", &today), ("number", "第8号")]).await;
    step(world, "xianwei", &round, "file", day, &[]).await;
    step(world, "shiwei", &round, "acknowledge", day, &[]).await;
    id
}

/// The first half's rating is published; the day is after the mid-year lists may be opened.
async fn rated(world: &mut World) -> Date {
    let rating = opened(world).await;
    publish(world, rating).await;
    let day = date(2026, 7, 22);
    as_demo(world, day).await;
    day
}

async fn a_list_is_made_once_and_its_line_stays_filed(world: &mut World) {
    let day = rated(world).await;
    let entry = filed(world, HALF, day).await;
    let mut visitor = world.visitor("xianwei").await;
    visitor.get("/weak-lists").await.is(StatusCode::OK).says("开始排查").says("依据已公布的五星支部评定").says("示例方案");
    let id = open_round(world, entry, day).await.unwrap();
    assert_eq!(refusal(open_round(world, entry, day).await), "这一项计划已经开始排查，请从列表进入。");
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    assert_eq!(refusal(evaluation::withdraw_line(&mut tx, &county, entry).await), "这一项排查已经开始，不能撤回计划。");
    drop(tx);
    let mut visitor = world.visitor("xianwei").await;
    let plan = visitor.get("/plan?year=2026").await.is(StatusCode::OK);
    assert!(plan.body.contains(&format!("/weak-lists/{id}")), "the line leads to its list");
    assert!(!plan.body.contains(&format!("/plan/{entry}/withdraw")), "and is not offered to be withdrawn");
    plan.says("乡镇（街道）自查");
    // Also where a line was withdrawn before this was refused, there is no second list.
    store::execute(world.app.store().reader(), "update plan_entry set withdrawn_at = filed_at where id = $1", [entry.into()]).await.unwrap();
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    let again = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), HALF, "计划", "县委常委会", None).await;
    assert!(refusal(again).contains("已经开始排查，不用再报备"));
    drop(tx);
    let overview = visitor.get("/weak-lists").await.says("依据的结果").says("待答复").says("乡镇（街道）自查").hides("开始排查");
    assert!(overview.body.contains(&format!("/weak-lists/{id}")));
    visitor.get("/weak-lists?state=acknowledged").await.says("没有符合条件的名单");
    visitor.get(&format!("/weak-lists/{id}")).await.says("依据：五星支部评定").says("示例方案");
}

async fn a_list_is_made_from_its_own_period_alone(world: &mut World) {
    let day = rated(world).await;
    let entry = filed(world, VILLAGES_2025, day).await;
    let refused = refusal(open_round(world, entry, day).await);
    assert!(refused.starts_with("还没有公布 2025 年的"), "{refused}");
    let page = world.visitor("xianwei").await.get("/weak-lists").await.says("2025 年的评星结果还没有公布");
    assert!(!page.body.contains("开始排查</button>"), "it cannot be begun");
    // Where the conditions alone decide, the later result gives no reasons either.
    let entry = filed(world, OTHERS_2025, day).await;
    let id = open_round(world, entry, day).await.unwrap();
    assert_eq!(rectification::find_round(world.app.store().reader(), id).await.unwrap().unwrap().evaluation, None);
    world.visitor("xianwei").await.get(&format!("/weak-lists/{id}")).await.says("没有公布的结果，只按情形").hides("至少列");
    // The year's list does not start from the preview of its first half.
    let later = date(2027, 1, 22);
    as_demo(world, later).await;
    let entry = filed(world, VILLAGES_2026, later).await;
    let refused = refusal(open_round(world, entry, later).await);
    assert!(refused.starts_with("还没有公布 2026 年的"), "{refused}");
}

async fn what_is_listed_twice_is_put_right_in_one_case(world: &mut World) {
    let day = rated(world).await;
    let round = listed(world, HALF, day, &[(SHANGHE, &["activities_infrequent"], "二月、五月没有开展主题党日")]).await;
    let (year, _) = published_year(world).await;
    let later = date(2027, 1, 22);
    as_demo(world, later).await;
    let facts = "集体鱼塘的合同没有公开";
    let of_year = listed(world, VILLAGES_2026, later, &[(SHANGHE, &["activities_infrequent", "affairs_not_disclosed"], facts)]).await;
    let of_year = rectification::find_round(world.app.store().reader(), of_year).await.unwrap().unwrap();
    assert_eq!(of_year.evaluation, Some(year), "from the year's own result");
    let org = world.org(SHANGHE);
    let cases = world.count(&format!("select count(*) from case_file where procedure = 'weak_rectification' and organisation_id = {org}")).await;
    assert_eq!(cases, 1, "one organisation, one open rectification");
    let items = "select count(*) from case_item where kind = 'condition' and closed_in is null";
    assert_eq!(world.count(items).await, 2, "what it did not say yet is added, the rest is not said twice");
    let id = world.count("select id from case_file where procedure = 'weak_rectification'").await;
    let mut county = world.visitor("xianwei").await;
    county.get("/rectifications").await.says("正在整顿 1 个党组织");
    let page = county.get(&format!("/rectifications/{id}")).await.is(StatusCode::OK);
    page.says("党组织活动开展不经常：二月、五月没有开展主题党日").says("党务政务不公开：集体鱼塘的合同没有公开");
    world.visitor("shuji2").await.get("/messages").await.says("并入正在办理的整顿");
    searching_finds_what_the_lists_show(world, round, id).await;
}

/// The list is the county's and the towns', the case also the branch's own; to everybody else there is neither.
async fn searching_finds_what_the_lists_show(world: &World, round: i64, case: i64) {
    let name = rectification::find_round(world.app.store().reader(), round).await.unwrap().unwrap().name;
    let (list, case) = (format!("href=\"/weak-lists/{round}\""), format!("href=\"/rectifications/{case}\""));
    for (login, sees_list, sees_case) in [
        ("xianwei", true, true),
        ("zhenwei", true, true),
        ("shuji2", false, true),
        ("shuji", false, false),
        ("beimen", false, false),
        ("guanli", false, false),
    ] {
        let mut visitor = world.visitor(login).await;
        let found = visitor.get(&format!("/search?q={}", server::http::list::encoded(&name))).await.is(StatusCode::OK);
        assert_eq!(found.body.contains(&list), sees_list, "{login}, the list");
        let found = visitor.get(&format!("/search?q={}", server::http::list::encoded("上河村党支部整顿"))).await.is(StatusCode::OK);
        assert_eq!(found.body.contains(&case), sees_case, "{login}, the case");
    }
}

async fn conditions_are_facts_and_the_nearest_deadline_stands_first(world: &mut World) {
    let day = rated(world).await;
    let others = listed(world, OTHERS_2025, day, &[(SCHOOL, &["leadership_incomplete"], "书记调离后空缺四个月")]).await;
    let later = date(2026, 7, 25);
    as_demo(world, later).await;
    // Listed by the order alone: what was written is what must be put right, never the place in the order.
    let villages = listed(world, HALF, later, &[(SHANGHE, &[], "主题党日两次没有开展，班子不议事")]).await;
    let mut county = world.visitor("xianwei").await;
    let id =
        world.count(&format!("select id from case_file where procedure = 'weak_rectification' and organisation_id = {}", world.org(SHANGHE))).await;
    county.get(&format!("/rectifications/{id}")).await.says("主题党日两次没有开展，班子不议事").hides("倒数");
    assert_eq!(world.count("select count(*) from case_item where text like '%倒数%'").await, 0);
    let order = |page: &crate::visitor::Seen| {
        let text = page.text();
        let at = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name} is not in: {text}"));
        at("青石中心学校党支部") < at("上河村党支部")
    };
    assert!(order(&county.get("/rectifications").await), "the school's plan is due first");
    assert!(!order(&county.get("/rectifications?sort=deadline&dir=desc").await));
    county.get(&format!("/rectifications?stage=planning&q={}", server::http::list::encoded("上河"))).await.says("上河村").hides("青石中心学校");
    // The register says by what each is listed, and no floor where there is none.
    let read = |bytes: &[u8]| office::document::read_text(bytes).unwrap();
    let register = read(&county.bytes(&format!("/weak-lists/{villages}/register")).await);
    assert!(register.contains("按得分倒排列入") && register.contains("至少列入"), "{register}");
    let register = read(&county.bytes(&format!("/weak-lists/{others}/register")).await);
    assert!(register.contains("党组织班子长期不健全") && register.contains("应整尽整") && !register.contains("至少列入"), "{register}");
}
