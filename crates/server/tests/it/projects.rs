//! Projects: late ones count as late, what a case opens by itself waits for that case, parts of a whole add up.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::case::{self, NewCase};
use server::project::{self, NewProject, NewWhole, State};
use store::{Actor, query};

use crate::evaluations::{actor, fields, give, refusal};
use crate::world::{CITY, COUNTY, OTHER_COUNTY, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_project_that_was_handed_in_after_its_day_counts_as_late,
    what_a_case_opens_waits_for_it_and_comes_back_with_it,
    parts_of_a_whole_add_up_and_close_it,
    a_campaign_shows_what_it_takes_and_is_allowed_by_name,
}

const DAY: Date = date(2026, 3, 2);
const PLAN: [(&str, &str); 8] = [
    ("goal", "村里能办二十三项事"),
    ("beneficiaries", "一个村"),
    ("money", "0"),
    ("responsible", "罗长青"),
    ("due_on", "2026-06-30"),
    ("milestones.text", "开门办事"),
    ("milestones.owner", "程立群"),
    ("milestones.due_on", "2026-06-01"),
];

async fn step(world: &World, login: &str, id: i64, action: &str, day: Date, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    project::act(&world.app, &mut tx, &who, id, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

async fn found(world: &World, id: i64) -> project::Project {
    project::find(world.app.store().reader(), &world.app, &Actor::console(DAY), id).await.unwrap().unwrap()
}

/// Brings a project from its proposal to the word of whom it serves.
async fn up_to_acceptance(world: &World, id: i64, handed_in_on: Date) {
    step(world, "zhenwei", id, "propose", DAY, &PLAN).await.unwrap();
    step(world, "xianwei", id, "approve", DAY, &[]).await.unwrap();
    step(world, "zhenwei", id, "report_progress", DAY, &[("progress", "开工了"), ("evidence", "合同")]).await.unwrap();
    let it = found(world, id).await;
    let open = case::items_of(world.app.store().reader(), it.case_id).await.unwrap();
    let milestone = open.iter().find(|item| item.kind == project::MILESTONE).unwrap().id.to_string();
    step(world, "xianwei", id, "confirm_milestones", DAY, &[("reached", &milestone), ("basis", "看了")]).await.unwrap();
    step(world, "zhenwei", id, "apply_for_acceptance", handed_in_on, &[("result", "开门了"), ("spent", "0")]).await.unwrap();
    step(world, "shuji", id, "served_accepts", handed_in_on, &[("opinion", "方便了")]).await.unwrap();
}

async fn kinds(world: &World) -> Vec<String> {
    let rows = query(world.app.store().reader(), "select kind from event where source = 'project' order by kind", []).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn a_project_that_was_handed_in_after_its_day_counts_as_late(world: &mut World) {
    let town = actor(&world.app, "zhenwei", DAY).await;
    let mut tx = world.app.begin(&town, morning(DAY)).await.unwrap();
    let (organisation, served) = (world.org(TOWN), Some(world.org(SONGLIN)));
    let new = NewProject { kind: "township_led_project".to_owned(), organisation, name: "便民服务点建设".to_owned(), served };
    let id = project::propose(&world.app, &mut tx, &town, new).await.unwrap();
    world.commit(tx).await;
    let late = date(2026, 7, 6);
    up_to_acceptance(world, id, late).await;
    assert_eq!(found(world, id).await.state(late), State::Accepting);
    step(world, "xianwei", id, "accept", late, &[("accepted_on", "2026-07-06"), ("benefit", "不用跑镇上")]).await.unwrap();
    let it = found(world, id).await;
    assert_eq!((it.state(late), it.is_late), (State::Done, true));
    let own = ["project.township_led_project", "project.township_led_project.approved", "project.township_led_project.late"];
    assert_eq!(kinds(world).await, own);
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(late), morning(late), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
}

async fn what_a_case_opens_waits_for_it_and_comes_back_with_it(world: &mut World) {
    let (mut tx, _) = world.tx(DAY).await;
    let village = world.org(SONGLIN);
    let weak = NewCase {
        procedure: "weak_rectification".to_owned(),
        subject_kind: "organisation",
        subject_id: village,
        organisation: village,
        issuer: None,
        title: "松林村党支部整顿".to_owned(),
        due_on: None,
        items: Vec::new(),
    };
    case::open(&world.app, &mut tx, weak).await.unwrap();
    world.commit(tx).await;
    let id = world.count("select id from project where origin_case_id is not null").await;
    let it = found(world, id).await;
    assert_eq!((it.organisation, it.served, it.state(DAY)), (world.org(TOWN), Some(village), State::Proposing));
    assert!(refusal(step(world, "zhenwei", id, "give_up", DAY, &[("reason", "不想办")]).await).contains("不能撤回"));
    up_to_acceptance(world, id, DAY).await;
    let accept = step(world, "xianwei", id, "accept", DAY, &[("accepted_on", "2026-03-02"), ("benefit", "好")]).await;
    assert!(refusal(accept).contains("还没有销号"));
    assert_eq!(found(world, id).await.state(DAY), State::Accepting);
}

async fn parts_of_a_whole_add_up_and_close_it(world: &mut World) {
    let city = actor(&world.app, "shiwei", DAY).await;
    let (one, other) = (world.org(COUNTY), world.org(OTHER_COUNTY));
    for (parts, is_right) in [([6, 3], false), ([7, 4], false), ([6, 4], true)] {
        let mut tx = world.app.begin(&city, morning(DAY)).await.unwrap();
        let new = NewWhole {
            kind: "ten_practical_matters".to_owned(),
            organisation: world.org(CITY),
            name: "活动场所修缮".to_owned(),
            unit: "处".to_owned(),
            quantity: Some(10),
            due_on: Some(date(2026, 12, 31)),
            parts: vec![(one, Some(parts[0])), (other, Some(parts[1]))],
        };
        let set = project::set(&world.app, &mut tx, &city, new).await;
        assert_eq!(set.is_ok(), is_right, "{parts:?}");
        if is_right {
            world.commit(tx).await;
        }
    }
    assert_eq!(world.count("select count(*) from project_whole").await, 1);
    let id = world.count(&format!("select id from project where organisation_id = {one}")).await;
    let short = step(world, "xianwei", id, "report_count", DAY, &[("done", "5"), ("evidence", "验收单")]).await;
    short.unwrap();
    assert!(refusal(step(world, "xianwei", id, "apply_for_acceptance", DAY, &[("result", "好")]).await).contains("还没有办够数量"));
    step(world, "xianwei", id, "report_count", DAY, &[("done", "6"), ("evidence", "验收单")]).await.unwrap();
    step(world, "xianwei", id, "apply_for_acceptance", DAY, &[("result", "好")]).await.unwrap();
    step(world, "shiwei", id, "accept", DAY, &[("accepted_on", "2026-03-02"), ("basis", "看了六处")]).await.unwrap();
    assert_eq!(world.count("select count(*) from project_whole where closed_on is not null").await, 0, "one county is not the whole");
    let rest = world.count(&format!("select id from project where organisation_id = {other}")).await;
    step(world, "shiwei", rest, "end_short", DAY, &[("reason", "明年续办")]).await.unwrap();
    assert_eq!(world.count("select count(*) from project_whole where closed_on is not null").await, 1);
}

async fn a_campaign_shows_what_it_takes_and_is_allowed_by_name(world: &mut World) {
    world.with_policy(DAY, "city/burden.toml", "is = 50", "is = 0").await;
    let mut city = world.visitor("shiwei").await;
    let set = "/projects/special_rectification/set";
    // Things to do and papers to hand in, of two counties.
    let parts = world.app.pack().projects["special_rectification"].parts.len();
    let page = city.get(set).await.is(StatusCode::OK);
    page.says("占用基层时间").says(&format!("2 个单位，共 {} 项", 2 * 2 * parts));
    let units = [world.org(COUNTY).to_string(), world.org(OTHER_COUNTY).to_string()];
    let campaign = [("name", "村霸问题专项治理"), ("due_on", "2026-12-31"), ("units", units[0].as_str()), ("units", units[1].as_str())];
    city.post(set, &campaign).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("超过一次").says("先报请批准").says("非办不可的理由");
    let with_reason: Vec<(&str, &str)> = campaign.into_iter().chain([("reason", "省里部署")]).collect();
    city.post(set, &with_reason).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经报请批准");
    assert_eq!(world.count("select count(*) from project_whole").await, 0);
    let approval = world.count("select id from burden_approval").await;
    give(world, "fenguan", "段有福", "leading_official", CITY, DAY).await;
    let leader = actor(&world.app, "fenguan", DAY).await;
    let mut tx = world.app.begin(&leader, morning(DAY)).await.unwrap();
    server::burden::decide(&world.app, &mut tx, &leader, approval, true, "").await.unwrap();
    world.commit(tx).await;
    city.post(set, &with_reason).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from project_whole").await, 1);
    // From now on both the things to do and the papers stand in what a county has open.
    let pack = world.app.pack();
    let open = server::burden::open_of(world.app.store().reader(), &pack, DAY).await.unwrap();
    let each = pack.whole(server::burden::TASK, DAY).unwrap() + pack.whole(server::burden::ATTACHMENT, DAY).unwrap();
    assert_eq!(open.get(&world.org(COUNTY)), Some(&(each * i64::try_from(parts).unwrap())));
}
