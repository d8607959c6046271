//! Who answers: always one, spans that nobody overwrites, gaps; meetings whose decisions are tasks; departments that share one.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use policy::Period;
use server::answerable::Covers;
use server::organisation::{self, Committee, NewHolding};
use server::party_meeting::{self, NewMeeting};
use server::task::{self, Decision};
use server::{department, duty_log, responsibility};
use store::{Actor, query};

use crate::evaluations::{actor, fields, refusal};
use crate::world::{CITY, COUNTY, OTHER_COUNTY, SCHOOL, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_change_of_who_covers_a_field_leaves_the_past_as_it_was,
    whoever_leaves_the_committee_covers_nothing,
    a_meeting_is_its_tasks_and_its_fact,
    decisions_above_the_ceiling_are_allowed_by_name,
    what_several_share_closes_when_all_have_delivered,
    a_log_belongs_to_whoever_was_in_office,
    what_nobody_does_stays_on_the_list_and_is_proposed,
}

const DAY: Date = date(2026, 3, 2);
const LATER: Date = date(2026, 6, 1);

/// The county's committee from the beginning of the year: the secretary and two members.
async fn seated(world: &World) {
    let (mut tx, console) = world.tx(date(2026, 1, 5)).await;
    let named = [("secretary", "杨成林"), ("deputy_secretary", "高秀英"), ("committee_member", "字国庆")];
    let holdings = named.map(|(post, name)| NewHolding { post: post.to_owned(), name: name.to_owned(), ..NewHolding::default() }).to_vec();
    let committee = Committee { organisation: world.org(COUNTY), holdings, on: date(2026, 1, 5), source: "分工通知".to_owned() };
    organisation::set_committees(&world.app, &mut tx, &console, vec![committee]).await.unwrap();
    world.commit(tx).await;
}

async fn cover(world: &World, name: &str, from: Date, today: Date) -> anyhow::Result<()> {
    let who = actor(&world.app, "xianwei", today).await;
    let mut tx = world.app.begin(&who, morning(today)).await?;
    responsibility::cover(&world.app, &mut tx, &who, world.org(COUNTY), "school", name, from, "分工通知").await?;
    world.commit(tx).await;
    Ok(())
}

/// Who answers at the county for schools on a day.
async fn answers(world: &World, day: Date) -> (String, bool) {
    let covers = Covers::on(world.app.store().reader(), None, day).await.unwrap();
    let found = covers.answerable(&world.app.directory(), world.org(COUNTY), Some("school")).unwrap();
    (found.name, found.field.is_some())
}

async fn a_change_of_who_covers_a_field_leaves_the_past_as_it_was(world: &mut World) {
    seated(world).await;
    assert_eq!(answers(world, DAY).await, ("杨成林".to_owned(), false), "nobody covers it: first responsibility");
    assert!(refusal(cover(world, "路过的人", DAY, DAY).await).contains("不在"));
    cover(world, "高秀英", DAY, DAY).await.unwrap();
    let before = world.count("select count(*) from field_cover").await;
    assert!(refusal(cover(world, "高秀英", LATER, LATER).await).contains("已经由高秀英分管"));
    assert!(refusal(cover(world, "字国庆", date(2026, 3, 1), LATER).await).contains("2026-03-02"));
    assert_eq!(world.count("select count(*) from field_cover").await, before);
    cover(world, "字国庆", LATER, LATER).await.unwrap();
    assert_eq!(answers(world, date(2026, 5, 31)).await, ("高秀英".to_owned(), true));
    assert_eq!(answers(world, LATER).await, ("字国庆".to_owned(), true));
    // What was written first is still there, word for word.
    let rows = query(world.app.store().reader(), "select name from field_cover where superseded_by is not null", []).await.unwrap();
    assert_eq!(rows.len(), 1);
    cover(world, "", date(2026, 7, 1), date(2026, 7, 1)).await.unwrap();
    assert_eq!(answers(world, date(2026, 7, 1)).await, ("杨成林".to_owned(), false));
    assert_eq!(answers(world, LATER).await, ("字国庆".to_owned(), true));
}

async fn whoever_leaves_the_committee_covers_nothing(world: &mut World) {
    seated(world).await;
    cover(world, "高秀英", DAY, DAY).await.unwrap();
    let (mut tx, console) = world.tx(LATER).await;
    let holdings = vec![NewHolding { post: "deputy_secretary".to_owned(), name: "字国庆".to_owned(), ..NewHolding::default() }];
    let committee = Committee { organisation: world.org(COUNTY), holdings, on: LATER, source: "任免".to_owned() };
    organisation::set_committees(&world.app, &mut tx, &console, vec![committee]).await.unwrap();
    world.commit(tx).await;
    assert_eq!(answers(world, date(2026, 5, 31)).await, ("高秀英".to_owned(), true));
    assert_eq!(answers(world, LATER).await, ("杨成林".to_owned(), false));
    // A branch answers by its own secretary; every organisation of the world has exactly one answer.
    let covers = Covers::on(world.app.store().reader(), None, LATER).await.unwrap();
    let directory = world.app.directory();
    assert_eq!(covers.answerable(&directory, world.org(SCHOOL), None).unwrap().name, "董家明");
    let all: Vec<_> = directory.roots().flat_map(|root| directory.subtree(root.id)).map(|org| (org.id, org.field.clone())).collect();
    assert!(all.iter().all(|(id, field)| covers.answerable(&directory, *id, Some(field)).is_some()));
    assert!(all.iter().all(|(id, _)| covers.gaps(&directory, *id).is_empty()));
}

fn decision(text: &str, units: Vec<i64>) -> Decision {
    Decision { text: text.to_owned(), units, owner: "党委书记".to_owned(), due_on: date(2026, 12, 31), permitted: String::new() }
}

async fn meet(world: &World, login: &str, code: &str, chair: &str, decisions: Vec<Decision>, day: Date) -> anyhow::Result<i64> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    let new = NewMeeting { organisation: world.org(code), held_on: day, chair: chair.to_owned(), agenda: "研究党建".to_owned(), decisions };
    let id = party_meeting::record(&world.app, &mut tx, &who, new).await?;
    world.commit(tx).await;
    Ok(id)
}

async fn a_meeting_is_its_tasks_and_its_fact(world: &mut World) {
    let units = vec![world.org(COUNTY), world.org(OTHER_COUNTY)];
    for (chair, decisions) in [("和建平", Vec::new()), ("路过的人", vec![decision("办好一件事", units.clone())])] {
        refusal(meet(world, "shiwei", CITY, chair, decisions, DAY).await);
    }
    assert_eq!(world.count("select count(*) from party_meeting").await + world.count("select count(*) from directive").await, 0);
    meet(world, "shiwei", CITY, "和建平", vec![decision("办好一件事", units.clone()), decision("再办一件", vec![units[0]])], DAY).await.unwrap();
    assert_eq!(world.count("select count(*) from task where case_id is not null").await, 3);
    assert_eq!(world.count("select count(*) from party_meeting_decision d join task t on t.id = d.task_id where t.case_id is null").await, 2);
    assert_eq!(world.count("select count(*) from event where kind = 'committee.party_building_meeting'").await, 1);
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
    let missed = party_meeting::missed(&world.app, &units, date(2026, 7, 2)).await.unwrap();
    let city = party_meeting::missed(&world.app, &[world.org(CITY)], date(2026, 7, 2)).await.unwrap();
    let said = |periods: &Vec<Period>| periods.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(said(&missed[&units[0]]), ["2026-Q1", "2026-Q2"]);
    assert_eq!(said(&city[&world.org(CITY)]), ["2026-Q2"]);
}

async fn decisions_above_the_ceiling_are_allowed_by_name(world: &mut World) {
    seated(world).await;
    world.with_policy(DAY, "city/burden.toml", "is = 50", "is = 0").await;
    let mut county = world.visitor("xianwei").await;
    let (day, due) = (DAY.to_string(), "2026-12-31");
    let meeting = [
        ("held_on", day.as_str()),
        ("chair", "杨成林"),
        ("agenda", "研究党建"),
        ("text_1", "办好一件事"),
        ("unit_1", "all"),
        ("owner_1", "党委书记"),
        ("due_on_1", due),
    ];
    let new = "/party-meetings/new";
    county.post(new, &meeting).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("超过一次").says("先报请批准").says("非办不可的理由");
    let with_reason: Vec<(&str, &str)> = meeting.into_iter().chain([("reason", "省里限期办结")]).collect();
    county.post(new, &with_reason).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经报请批准").says("办好一件事");
    county.post(new, &with_reason).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经报过，等答复");
    assert_eq!(world.count("select count(*) from party_meeting").await + world.count("select count(*) from task").await, 0);
    let leader = actor(&world.app, "shiwei", DAY).await;
    let approval = world.count("select id from burden_approval").await;
    let mut tx = world.app.begin(&leader, morning(DAY)).await.unwrap();
    server::burden::decide(&world.app, &mut tx, &leader, approval, true, "").await.unwrap();
    world.commit(tx).await;
    county.post(new, &with_reason).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from party_meeting").await, 1);
    assert!(world.count("select count(*) from task where case_id is not null").await > 0);
    // Allowed once: the next meeting asks again.
    let again: Vec<(&str, &str)> = meeting.into_iter().map(|(name, value)| (name, if name == "agenda" { "再研究一次" } else { value })).collect();
    county.post(new, &again).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("超过一次");
}

async fn act(world: &World, login: &str, task: i64, action: &str, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await?;
    task::act(&world.app, &mut tx, &who, task, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

async fn what_several_share_closes_when_all_have_delivered(world: &mut World) {
    meet(world, "shiwei", CITY, "和建平", vec![decision("办好一件事", vec![world.org(COUNTY)])], DAY).await.unwrap();
    let (mut tx, console) = world.tx(DAY).await;
    let county = world.org(COUNTY);
    let lead = department::register(&world.app, &mut tx, &console, "organisation", county, "县委组织部").await.unwrap();
    let gone = department::register(&world.app, &mut tx, &console, "finance", county, "县财政科").await.unwrap();
    department::end(&world.app, &mut tx, &console, gone).await.unwrap();
    let helper = department::register(&world.app, &mut tx, &console, "finance", county, "县财政局").await.unwrap();
    assert!(refusal(department::register(&world.app, &mut tx, &console, "finance", county, "财政").await).contains("已经登记"));
    assert!(refusal(department::register(&world.app, &mut tx, &console, "finance", world.org(TOWN), "财政所").await).contains("不设在"));
    world.commit(tx).await;
    let rows = query(world.app.store().reader(), "select id from task where case_id is not null", []).await.unwrap();
    let task: i64 = rows[0].try_get_by_index(0).unwrap();
    let city = actor(&world.app, "shiwei", DAY).await;
    let part = |office| department::NewPart { office, part: "拨付经费".to_owned(), due_on: date(2026, 4, 30) };
    let mut tx = world.app.begin(&city, morning(DAY)).await.unwrap();
    for (leading, parts) in [(lead, vec![]), (lead, vec![part(lead)]), (lead, vec![part(helper), part(helper)])] {
        refusal(department::name(&world.app, &mut tx, &city, task, leading, parts).await);
    }
    for (leading, helping) in [(lead, gone), (gone, helper)] {
        let ended = refusal(department::name(&world.app, &mut tx, &city, task, leading, vec![part(helping)]).await);
        assert!(ended.contains("县财政科已经从部门名录里撤下"), "{ended}");
    }
    department::name(&world.app, &mut tx, &city, task, lead, vec![part(helper)]).await.unwrap();
    assert!(refusal(department::name(&world.app, &mut tx, &city, task, helper, vec![part(lead)]).await).contains("只有一个牵头"));
    world.commit(tx).await;
    act(world, "xianwei", task, "receive", &[]).await.unwrap();
    let fed_back = [("result", "办了"), ("evidence", "纪要")];
    assert!(refusal(act(world, "xianwei", task, "feed_back", &fed_back).await).contains("县财政局"));
    let left = department::undelivered(world.app.store().reader(), task).await.unwrap();
    assert_eq!(left, ["县财政局"]);
    let parts = department::parts_owed(&world.app, helper).await.unwrap();
    let (mut tx, console) = world.tx(DAY).await;
    assert!(refusal(department::accept(&world.app, &mut tx, &console, parts[0]).await).contains("还没有报告"));
    department::report(&world.app, &mut tx, &console, parts[0], "拨了", "凭证").await.unwrap();
    department::accept(&world.app, &mut tx, &console, parts[0]).await.unwrap();
    world.commit(tx).await;
    act(world, "xianwei", task, "feed_back", &fed_back).await.unwrap();
    act(world, "shiwei", task, "verify", &[("basis", "看了")]).await.unwrap();
}

async fn a_log_belongs_to_whoever_was_in_office(world: &mut World) {
    meet(world, "zhenwei", TOWN, "李文斌", vec![decision("清一遍名册", vec![world.org(SONGLIN)])], DAY).await.unwrap();
    let (mut tx, console) = world.tx(LATER).await;
    let holdings = vec![NewHolding { post: "secretary".to_owned(), name: "罗长青".to_owned(), ..NewHolding::default() }];
    let committee = Committee { organisation: world.org(TOWN), holdings, on: LATER, source: "任免".to_owned() };
    organisation::set_committees(&world.app, &mut tx, &console, vec![committee]).await.unwrap();
    duty_log::write(&world.app, &mut tx, &console, world.org(TOWN), LATER, "到县里开会").await.unwrap();
    world.commit(tx).await;
    let log = async |login: &str| {
        let who = actor(&world.app, login, LATER).await;
        (world.app.rooms().duty_log)(&world.app, &who, world.org(TOWN), 2026).await.unwrap()
    };
    let said: Vec<(String, bool)> = log("xianwei").await.into_iter().map(|line| (line.kind, line.is_self_typed)).collect();
    assert_eq!(said, [("主持专题研究党建".to_owned(), false), ("自填".to_owned(), true)]);
    assert!(log("jiedao").await.is_empty(), "out of reach");
}

async fn what_nobody_does_stays_on_the_list_and_is_proposed(world: &mut World) {
    meet(world, "shiwei", CITY, "和建平", vec![decision("办好一件事", vec![world.org(COUNTY)])], DAY).await.unwrap();
    let (mut tx, console) = world.tx(DAY).await;
    let county = world.org(COUNTY);
    let lead = department::register(&world.app, &mut tx, &console, "organisation", county, "县委组织部").await.unwrap();
    let helper = department::register(&world.app, &mut tx, &console, "finance", county, "县财政局").await.unwrap();
    world.commit(tx).await;
    let rows = query(world.app.store().reader(), "select id from task where case_id is not null", []).await.unwrap();
    let part = department::NewPart { office: helper, part: "拨付经费".to_owned(), due_on: date(2026, 4, 30) };
    let city = actor(&world.app, "shiwei", DAY).await;
    let mut tx = world.app.begin(&city, morning(DAY)).await.unwrap();
    department::name(&world.app, &mut tx, &city, rows[0].try_get_by_index(0).unwrap(), lead, vec![part]).await.unwrap();
    world.commit(tx).await;
    // Due in the second quarter and never delivered: still on the list of the fourth.
    world.go_to(date(2026, 11, 20)).await;
    world.visitor("xianwei").await.get("/departments/undelivered").await.says("拨付经费").says("2026-04-30");
    // Never fed back: from the day after its day on somebody may be asked to account for it, with the figure.
    let proposals = "/matters/accountability_ladder/proposals";
    world.go_to(date(2026, 12, 31)).await;
    world.visitor("shiwei").await.get(proposals).await.hides("过了时限还没有办结的任务");
    world.go_to(date(2027, 1, 1)).await;
    world.visitor("shiwei").await.get(proposals).await.says("过了时限还没有办结的任务 1 项").says("严肃批评");
}
