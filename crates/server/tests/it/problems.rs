//! The ledger of problems: one for every source, closed by others than those who worked on it, answered to whoever raised it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use policy::{Effect, FormFieldKind};
use server::case::{NewCase, NewItem, Variables};
use server::problem::{self, NewSelfCheck, RaiseForm, State};
use store::{Actor, query};

use crate::evaluations::{actor, as_demo, fields, give, refusal};
use crate::world::{BEIMEN, CITY, COUNTY, NANMEN, OTHER_COUNTY, SCHOOL, SHANGHE, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_problem_goes_its_way_and_whoever_raised_it_is_answered,
    no_problem_is_closed_by_its_owner_on_any_path,
    no_problem_found_in_a_procedure_is_closed_by_its_owner,
    what_is_over_comes_up_one_level,
    whoever_sits_on_a_verification_is_heard_of_above,
    what_comes_again_is_linked_and_counted,
    alike_problems_are_looked_for_elsewhere_and_stand_in_the_same_ledger,
    what_is_alike_waits_for_an_order_until_one_was_given,
    a_look_elsewhere_shows_what_it_takes_and_is_allowed_by_name,
    a_community_looks_at_what_its_county_has_listed,
    what_was_fed_back_is_looked_for_by_type_and_field_and_the_line_body_gives_its_own_order,
    a_member_is_answered_and_the_branch_does_not_learn_who,
    nobody_sees_what_is_out_of_reach,
}

const DAY: Date = date(2026, 11, 22);

fn form(world: &World, code: &str, kind: &str, text: &str) -> RaiseForm {
    RaiseForm {
        organisation: world.org(code),
        source: "督查检查".to_owned(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        basis: "十月会议记录".to_owned(),
        owner: "支部书记 马正华".to_owned(),
        due_on: date(2026, 12, 20),
        raiser: String::new(),
        procedure: None,
        origin: None,
    }
}

async fn raised(world: &World, login: &str, day: Date, form: RaiseForm) -> i64 {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await.unwrap();
    let id = problem::raise(&world.app, &mut tx, &who, form).await.unwrap();
    world.commit(tx).await;
    id
}

async fn step(world: &World, login: &str, id: i64, action: &str, day: Date, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    problem::act(&world.app, &mut tx, &who, id, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

async fn found(world: &World, id: i64) -> problem::Problem {
    let console = Actor::console(DAY);
    problem::find(world.app.store().reader(), &world.app, &console, id).await.unwrap().unwrap()
}

async fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows = query(world.app.store().reader(), sql, []).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

const MEASURES: [(&str, &str); 2] = [("cause", "忙于秋收"), ("measure", "每月五日前开会并记下决议")];
const HANDED_IN: [(&str, &str); 2] = [("result", "已经补开"), ("evidence", "十一月会议记录")];
const VERIFIED: [(&str, &str); 2] = [("basis", "查了会议记录"), ("answer", "已经补开，以后按月开")];

async fn solve(world: &World, id: i64, day: Date) {
    step(world, "shuji", id, "set_measures", day, &MEASURES).await.unwrap();
    step(world, "shuji", id, "hand_in", day, &HANDED_IN).await.unwrap();
    step(world, "xianwei", id, "verify", day, &VERIFIED).await.unwrap();
}

async fn a_problem_goes_its_way_and_whoever_raised_it_is_answered(world: &mut World) {
    let id = raised(world, "ducha", DAY, form(world, SONGLIN, "三会一课不落实", "十月没有召开支委会")).await;
    let it = found(world, id).await;
    // The team is of no office: the next committee verifies.
    assert_eq!(it.state(DAY), State::Open);
    let mut branch = world.visitor("shuji").await;
    branch.get("/messages").await.says("有一个问题要整改");
    branch.get("/waiting?kind=problems").await.says("十月没有召开支委会");
    branch.get(&it.address()).await.is(StatusCode::OK).says("提出整改措施").says("支部书记 马正华");
    step(world, "shuji", id, "set_measures", DAY, &MEASURES).await.unwrap();
    // Not handed in: nobody can verify.
    assert_eq!(refusal(step(world, "zhenwei", id, "verify", DAY, &VERIFIED).await), "现在不在这一步，请刷新看最新的进展。");
    step(world, "shuji", id, "hand_in", DAY, &HANDED_IN).await.unwrap();
    assert_eq!(found(world, id).await.state(DAY), State::Verifying);
    let mut town = world.visitor("zhenwei").await;
    town.get("/waiting?kind=problems").await.says("等您核验");
    town.get("/problems?state=verifying").await.says("十月没有召开支委会");
    step(world, "zhenwei", id, "return", DAY, &[("reason", "没有决议"), ("due_on", "2026-12-31")]).await.unwrap();
    assert_eq!(found(world, id).await.due_on, date(2026, 12, 31));
    step(world, "shuji", id, "hand_in", DAY, &HANDED_IN).await.unwrap();
    step(world, "zhenwei", id, "verify", DAY, &VERIFIED).await.unwrap();
    let it = found(world, id).await;
    assert_eq!((it.state(DAY), it.is_late), (State::Closed, false));
    world.visitor("ducha").await.get("/messages").await.says("您提出的问题").says("已经补开，以后按月开");
    assert_eq!(texts(world, "select kind from event where source = 'problem' order by kind").await, ["problem.closed", "problem.opened"]);
    let open = world.count(&format!("select count(*) from case_item where case_id = {} and closed_in is null", it.case_id)).await;
    assert_eq!(open, 0, "the item of its case is closed with it");
    // Found to have come back, it counts as open again.
    step(world, "zhenwei", id, "reopen", DAY, &[("reason", "又停开了"), ("due_on", "2026-12-31")]).await.unwrap();
    assert_eq!(texts(world, "select kind from event where source = 'problem'").await, ["problem.opened"]);
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
}

/// Small numbers, always the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n as u64).unwrap()
    }
}

/// Whoever tries whatever in whatever order: people who hold posts on both sides, owners who are officers.
async fn no_problem_is_closed_by_its_owner_on_any_path(world: &mut World) {
    // The town's officer also records for the branch, and the county's owns one of the problems.
    give(world, "zhenwei", "周敏", "branch_secretary", SONGLIN, DAY).await;
    give(world, "xianwei", "赵永平", "branch_secretary", SONGLIN, DAY).await;
    let owners = ["支部书记 马正华", "组织委员周敏", "赵永平、马正华", "尹 绍云同志", "组织委员 周敏"];
    let mut ids = Vec::new();
    for (n, owner) in owners.iter().cycle().take(12).enumerate() {
        let form = RaiseForm { owner: (*owner).to_owned(), ..form(world, SONGLIN, "其他", &format!("第{n}项台账与实际不符")) };
        ids.push(raised(world, if n % 2 == 0 { "ducha" } else { "xianwei" }, DAY, form).await);
    }
    let pack = world.app.pack();
    let actions: Vec<String> =
        pack.procedures[problem::PROCEDURE].stages.iter().flat_map(|stage| &stage.actions).map(|action| action.key.clone()).collect();
    let people = ["zhenwei", "zhenwei2", "xianwei", "shuji", "shiwei"];
    let given = [
        ("cause", "原因"),
        ("measure", "措施"),
        ("statement", "情况不符"),
        ("reason", "理由"),
        ("answer", "答复"),
        ("progress", "进展"),
        ("result", "结果"),
        ("evidence", "记录"),
        ("basis", "查看记录"),
        ("due_on", "2026-12-31"),
    ];
    let mut chance = Chance(20_261_122);
    let (mut n_done, mut n_own) = (0, 0);
    for _ in 0..700 {
        let (id, who) = (ids[chance.below(ids.len())], people[chance.below(people.len())]);
        let stage = texts(world, &format!("select c.stage from case_file c join problem p on p.case_id = c.id where p.id = {id}")).await.remove(0);
        let offered = &pack.procedures[problem::PROCEDURE].stages.iter().find(|it| it.key == stage).unwrap().actions;
        // Mostly what the stage offers, now and then anything.
        let anything = offered.is_empty() || chance.below(8) == 0;
        let action = if anything { actions[chance.below(actions.len())].clone() } else { offered[chance.below(offered.len())].key.clone() };
        match step(world, who, id, &action, DAY, &given).await {
            Ok(()) => n_done += 1,
            Err(error) => n_own += usize::from(error.to_string().contains("要由别人来办")),
        }
    }
    // Every way a problem was ever closed on, also those that were opened again.
    let sql = "select a.case_id, a.acted_by, a.actor_name, i.owner, a.id from case_act a join case_item i on i.case_id = a.case_id where a.to_stage in ('closed', 'dismissed') order by a.id";
    let closings = query(world.app.store().reader(), sql, []).await.unwrap();
    assert!(closings.len() > 5 && n_done > 60 && n_own > 5, "{} closed, {n_done} steps, {n_own} sent away", closings.len());
    for row in &closings {
        let (case, by, id): (i64, i64, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap(), row.try_get_by_index(4).unwrap());
        let (name, owner): (String, String) = (row.try_get_by_index(2).unwrap(), row.try_get_by_index(3).unwrap());
        assert!(!unspaced(&owner).contains(&name), "{name} owns case {case} and closed it");
        let worked = format!(
            "select count(*) from case_act where case_id = {case} and acted_by = {by} and action in ('set_measures', 'object', 'report_progress', 'hand_in') and id < {id}"
        );
        assert_eq!(world.count(&worked).await, 0, "{name} worked on case {case} and closed it");
    }
}

fn unspaced(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A form with every field filled somehow: what is open is closed, what is opened belongs to one of the owners.
fn filled(action: &policy::Action, open: &[String], owner: &str, day: Date) -> BTreeMap<String, Vec<String>> {
    let mut form = BTreeMap::new();
    for field in &action.fields {
        let values = match field.kind {
            FormFieldKind::Items => {
                form.insert(format!("{}.text", field.key), vec!["台账与实际不符".to_owned()]);
                form.insert(format!("{}.owner", field.key), vec![owner.to_owned()]);
                form.insert(format!("{}.due_on", field.key), vec![day.to_string()]);
                continue;
            }
            FormFieldKind::ClosesItems if field.items.as_deref() == Some(problem::ITEM) => open.to_vec(),
            FormFieldKind::ClosesItems => continue,
            FormFieldKind::Date => vec![day.to_string()],
            FormFieldKind::Whole => vec![field.least.unwrap_or(1).to_string()],
            FormFieldKind::Choice => field.choices.first().cloned().into_iter().collect(),
            FormFieldKind::YesNo => vec!["是".to_owned()],
            FormFieldKind::File => continue,
            _ => vec!["说明".to_owned()],
        };
        form.insert(field.key.clone(), values);
    }
    form
}

/// Whichever procedure holds problems: people who may do everything everywhere walk it at random, the owners among them.
async fn no_problem_found_in_a_procedure_is_closed_by_its_owner(world: &mut World) {
    let pack = world.app.pack();
    let closes = |action: &policy::Action| {
        let is_field = action.fields.iter().any(|field| field.kind == FormFieldKind::ClosesItems && field.items.as_deref() == Some(problem::ITEM));
        is_field || action.effects.iter().any(|effect| matches!(effect, Effect::ProblemClose | Effect::ProblemDismiss))
    };
    let holds = |procedure: &policy::Procedure| procedure.stages.iter().flat_map(|stage| &stage.actions).any(closes);
    let names = ["马正华", "周敏", "赵永平", "尹绍云", "何立新"];
    let owners = ["支部书记马正华", "组织委员周敏同志", "赵 永平、马正华", "尹绍云"];
    let item = |owner: &&str| NewItem {
        kind: problem::ITEM.to_owned(),
        text: "签到表与名册不一致".to_owned(),
        owner: Some((*owner).to_owned()),
        due_on: Some(DAY),
    };
    let items = |owners: &[&str]| owners.iter().map(item).collect::<Vec<_>>();
    let mut chance = Chance(20_261_123);
    let mut walked: Vec<(&str, usize, usize)> = Vec::new();
    // Each a few times over: one walk may run into its end before anything is closed.
    let procedures: Vec<_> = pack.procedures.iter().filter(|(_, procedure)| holds(procedure)).collect();
    for (key, procedure) in procedures.iter().flat_map(|it| std::iter::repeat_n(*it, 4)) {
        let mut day = DAY;
        let new = NewCase {
            procedure: key.clone(),
            subject_kind: "property",
            subject_id: 1,
            organisation: world.org(SHANGHE),
            issuer: Some(world.org(COUNTY)),
            title: procedure.name.clone(),
            due_on: Some(DAY),
            items: items(if procedure.subject == problem::PROCEDURE { &owners[1..2] } else { &owners }),
        };
        let (mut tx, _) = world.tx(day).await;
        let case = server::case::open(&world.app, &mut tx, new).await.unwrap();
        world.commit(tx).await;
        let (mut n_closed, mut n_refused) = (0, 0);
        for n in 0..80 {
            if n % 20 == 19 {
                day = day.checked_add(jiff::Span::new().days(31)).unwrap();
            }
            let rows = query(world.app.store().reader(), "select stage from case_file where id = $1", [case.into()]).await.unwrap();
            let stage: String = rows[0].try_get_by_index(0).unwrap();
            let offered = &procedure.stages.iter().find(|it| it.key == stage).unwrap().actions;
            if offered.is_empty() {
                break;
            }
            let open = format!("select id from case_item where case_id = {case} and kind = 'problem' and closed_in is null order by id");
            let open: Vec<String> = query(world.app.store().reader(), &open, [])
                .await
                .unwrap()
                .iter()
                .map(|row| row.try_get_by_index::<i64>(0).unwrap().to_string())
                .collect();
            // One item at a time: somebody owns it, the others do not.
            let one = if open.is_empty() { Vec::new() } else { vec![open[chance.below(open.len())].clone()] };
            let action = &offered[chance.below(offered.len())];
            let form = filled(action, &one, owners[chance.below(owners.len())], day);
            let who = Actor { name: names[chance.below(names.len())].to_owned(), ..Actor::console(day) };
            let mut tx = world.app.begin(&who, morning(day)).await.unwrap();
            match server::case::act(&world.app, &mut tx, &who, case, &action.key, &form, &Variables::unknown()).await {
                Ok(_) => {
                    world.commit(tx).await;
                    n_closed += usize::from(closes(action));
                }
                Err(error) => n_refused += usize::from(error.to_string().contains("要由别人")),
            }
        }
        // What an act closed; and what hung on an act whose effect closes.
        let by_field =
            format!("select a.action, a.actor_name, i.owner from case_act a join case_item i on i.closed_in = a.id where a.case_id = {case}");
        let by_effect =
            format!("select a.action, a.actor_name, i.owner from case_act a join case_item i on i.case_id = a.case_id where a.case_id = {case}");
        let is_own = procedure.subject == problem::PROCEDURE;
        for row in query(world.app.store().reader(), if is_own { by_effect } else { by_field }, []).await.unwrap() {
            let [action, name, owner] = [0, 1, 2].map(|n| row.try_get_by_index::<String>(n).unwrap());
            let is_closing = procedure.stages.iter().flat_map(|stage| &stage.actions).any(|it| it.key == action && closes(it));
            assert!(!is_closing || !unspaced(&owner).contains(&name), "{key}: {name} closed by {action} what {owner} owns");
        }
        match walked.iter_mut().find(|(of, ..)| *of == key.as_str()) {
            Some((_, closed, refused)) => (*closed, *refused) = (*closed + n_closed, *refused + n_refused),
            None => walked.push((key.as_str(), n_closed, n_refused)),
        }
    }
    assert!(walked.len() >= 4, "{walked:?}");
    assert!(walked.iter().all(|(_, n_closed, _)| *n_closed > 0) && walked.iter().any(|(.., n)| *n > 3), "{walked:?}");
}

async fn what_is_over_comes_up_one_level(world: &mut World) {
    let id = raised(world, "zhenwei", DAY, form(world, SHANGHE, "党务公开不到位", "公开栏半年没有更新")).await;
    step(world, "shuji2", id, "set_measures", DAY, &MEASURES).await.unwrap();
    for (day, county) in [(date(2026, 12, 20), false), (date(2026, 12, 24), false), (date(2026, 12, 28), true)] {
        as_demo(world, day).await;
        let over = day > date(2026, 12, 20);
        let town = world.visitor("zhenwei").await.get("/waiting?kind=problems").await;
        assert_eq!(town.text().contains("待催办"), over, "{day}: {}", town.text());
        let seen = world.visitor("xianwei").await.get("/waiting?kind=problems").await;
        assert_eq!(seen.text().contains("逾期上报，待督办"), county, "{day}: {}", seen.text());
        assert!(!world.visitor("shiwei").await.get("/waiting?kind=problems").await.text().contains("待督办"), "one level, not two");
    }
    let day = date(2026, 12, 28);
    world.visitor("xianwei").await.get("/problems?of=escalated").await.says("公开栏半年没有更新");
    // Reminded of, it is quiet for some days.
    let mut town = world.visitor("zhenwei").await;
    town.get("/problems?of=issued&state=overdue").await.says("催办逾期的");
    step(world, "shuji2", id, "hand_in", day, &HANDED_IN).await.unwrap();
    step(world, "zhenwei2", id, "verify", day, &VERIFIED).await.unwrap();
    assert!(found(world, id).await.is_late, "late stays late");
    let kinds = texts(world, "select kind from event where source = 'problem' order by kind").await;
    assert_eq!(kinds, ["problem.closed", "problem.late", "problem.opened"]);
}

/// The day of handing in is long before the problem's date; what is judged is how long the verifier takes.
async fn whoever_sits_on_a_verification_is_heard_of_above(world: &mut World) {
    let id = raised(world, "zhenwei", DAY, form(world, SHANGHE, "党务公开不到位", "公开栏半年没有更新")).await;
    let other = raised(world, "zhenwei", DAY, form(world, SHANGHE, "党务公开不到位", "没有公开集体收入")).await;
    step(world, "shuji2", id, "set_measures", DAY, &MEASURES).await.unwrap();
    step(world, "shuji2", id, "hand_in", DAY, &HANDED_IN).await.unwrap();
    // By the pack: ten days to verify, seven more until the county hears of it; seven days for measures.
    let (last, over, up) = (date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 9));
    for (day, is_over, is_up) in [(last, false, false), (over, true, false), (up, true, true)] {
        as_demo(world, day).await;
        let mut town = world.visitor("zhenwei").await;
        let page = town.get("/problems?state=verifying").await;
        assert_eq!(page.text().contains("核验超期"), is_over, "{day}: {}", page.text());
        assert_eq!(town.get("/problems?state=over_step").await.text().contains("公开栏半年没有更新"), is_over, "{day}");
        let mut county = world.visitor("xianwei").await;
        assert_eq!(county.get("/waiting?kind=problems").await.text().contains("2 个问题逾期上报，待督办"), day == up, "{day}");
        assert_eq!(county.get("/problems?of=escalated").await.text().contains("公开栏半年没有更新"), is_up, "{day}");
        assert!(refusal(step(world, "shuji2", id, "supervise_verifying", day, &[]).await).contains("上级督办"));
    }
    world.visitor("zhenwei").await.get("/waiting?kind=problems").await.says("1 个问题环节超期，待催办");
    world.visitor("zhenwei").await.get(&format!("/problems/{other}")).await.says("提出整改措施超期 10 天");
    // The county supervises: the office that verifies hears of it, and it is quiet for a while.
    step(world, "xianwei", id, "supervise_verifying", up, &[("note", "请三天内核验")]).await.unwrap();
    world.visitor("zhenwei").await.get("/messages").await.says("督办核验").says("请三天内核验");
    assert!(!world.visitor("shuji2").await.get("/messages").await.text().contains("督办核验"));
    world.visitor("xianwei").await.get("/waiting?kind=problems").await.says("1 个问题逾期上报，待督办");
    step(world, "zhenwei", id, "verify", up, &VERIFIED).await.unwrap();
    world.visitor("zhenwei").await.get("/problems?state=over_step").await.hides("公开栏半年没有更新");
}

async fn what_comes_again_is_linked_and_counted(world: &mut World) {
    let first = raised(world, "xianwei", DAY, form(world, SONGLIN, "三会一课不落实", "三月没有召开支委会")).await;
    // The same again while it is open is not entered twice.
    let who = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let again = problem::raise(&world.app, &mut tx, &who, form(world, SONGLIN, "三会一课不落实", "三月没有召开支委会")).await;
    assert!(refusal(again).contains("已经登记，正在整改"));
    drop(tx);
    solve(world, first, DAY).await;
    let other = raised(world, "xianwei", DAY, form(world, SONGLIN, "党费收缴不规范", "党费收缴记录缺两个月")).await;
    assert_eq!(found(world, other).await.recurs, None, "of another type");
    let second = raised(world, "xianwei", DAY, form(world, SONGLIN, "三会一课不落实", "九月没有召开支委会")).await;
    assert_eq!(found(world, second).await.recurs, Some(first));
    let elsewhere = raised(world, "xianwei", DAY, form(world, SHANGHE, "三会一课不落实", "九月没有召开支委会")).await;
    assert_eq!(found(world, elsewhere).await.recurs, None, "at another place");
    assert_eq!(world.count("select count(*) from event where kind = 'problem.recurred'").await, 1);
    let mut county = world.visitor("xianwei").await;
    county.get("/problems").await.says("再次发生");
    assert!(county.get(&format!("/problems/{second}")).await.body.contains(&format!("/problems/{first}")));
    assert!(county.get(&format!("/problems/{first}")).await.body.contains(&format!("/problems/{second}")));
}

async fn alike_problems_are_looked_for_elsewhere_and_stand_in_the_same_ledger(world: &mut World) {
    for code in [BEIMEN, NANMEN] {
        let form =
            RaiseForm { owner: "支部书记 段学军".to_owned(), ..form(world, code, "台账与实际不符", "签到表与名册不一致") };
        raised(world, "shiwei", DAY, form).await;
    }
    let mut city = world.visitor("shiwei").await;
    city.get("/problems/groups").await.says("没有成片的同类问题").says("台账与实际不符");
    raised(world, "shiwei", DAY, form(world, SONGLIN, "台账与实际不符", "签到表与名册不一致")).await;
    // Three organisations, but of two fields.
    city.get("/problems/groups").await.says("没有成片的同类问题");
    let new = |organisation: i64, level: &str| NewSelfCheck {
        organisation,
        procedure: problem::SELF_CHECK.to_owned(),
        kind: "台账与实际不符".to_owned(),
        field: "rural".to_owned(),
        level: level.to_owned(),
        reason: "两个社区签到表与名册不一致，请对照今年的记录查一查。".to_owned(),
        due_on: date(2026, 12, 10),
        feedback: None,
        permitted: String::new(),
    };
    let who = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(problem::issue(&world.app, &mut tx, &who, new(world.org("P9901"), "branch")).await).contains("自己的范围"));
    let order = problem::issue(&world.app, &mut tx, &who, new(world.org(COUNTY), "branch")).await.unwrap();
    world.commit(tx).await;
    let units = texts(
        world,
        "select o.code from case_file c join organisation o on o.id = c.organisation_id where c.procedure = 'self_check' order by o.code",
    )
    .await;
    assert_eq!(units, [SONGLIN, SHANGHE], "of the field, each once");
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(problem::issue(&world.app, &mut tx, &who, new(world.org(COUNTY), "branch")).await).contains("还没有办结"));
    drop(tx);
    // One finds something: it stands in the ledger, is put right and confirmed where it was found.
    let case = world.count(&format!("select id from case_file where procedure = 'self_check' and organisation_id = {}", world.org(SHANGHE))).await;
    let mut branch = world.visitor("shuji2").await;
    branch.get("/waiting?kind=problems").await.says("自查");
    let base = format!("/problems/self-checks/units/{case}");
    let answer = [
        ("checked", "逐次核对签到表"),
        ("n_checked", "1"),
        ("problems.text", "六月签到表多一人"),
        ("problems.owner", "组织委员 周敏"),
        ("problems.due_on", "2026-12-05"),
    ];
    branch.post(&format!("{base}/actions/answer"), &answer).await.is(StatusCode::SEE_OTHER);
    let mut county = world.visitor("xianwei").await;
    county.get("/problems?q=%E5%85%AD%E6%9C%88").await.says("六月签到表多一人").says("举一反三自查");
    let row = world.count("select id from problem where text = '六月签到表多一人'").await;
    let it = found(world, row).await;
    assert_eq!((it.is_own, it.kind.as_str()), (false, "台账与实际不符"));
    assert!(refusal(step(world, "zhenwei", row, "verify", DAY, &VERIFIED).await).contains("请到那里整改和核实"));
    let item = it.case_item.to_string();
    let confirmed = [("problems_solved", item.as_str()), ("basis", "看了签到表")];
    let mut town = world.visitor("zhenwei").await;
    let mut other = world.visitor("zhenwei2").await;
    other.post(&format!("{base}/actions/accept_check"), &[("basis", "抽查了")]).await.says("还没有全部整改核实");
    // Whoever owns it does not confirm it, though he stands above.
    town.post(&format!("{base}/actions/confirm_corrections"), &confirmed).await.says("要由别人");
    assert_eq!(found(world, row).await.closed_on, None);
    other.post(&format!("{base}/actions/confirm_corrections"), &confirmed).await.is(StatusCode::SEE_OTHER);
    assert_eq!(found(world, row).await.closed_on, Some(DAY));
    other.post(&format!("{base}/actions/accept_check"), &[("basis", "抽查了")]).await.is(StatusCode::SEE_OTHER);
    county.get(&format!("/problems/self-checks/{order}")).await.says("1 / 2 个单位办结");
}

async fn a_look_elsewhere_shows_what_it_takes_and_is_allowed_by_name(world: &mut World) {
    world.with_policy(DAY, "city/burden.toml", "is = 50", "is = 0").await;
    let mut county = world.visitor("xianwei").await;
    let new = "/problems/self-checks/new";
    county.get(new).await.is(StatusCode::OK).says("占用基层时间").says("2 个单位，共 1 小时，超过上限，要先报批");
    let order = [
        ("procedure", "self_check"),
        ("kind", "党务公开不到位"),
        ("field", "rural"),
        ("level", "branch"),
        ("reason", "对照公开栏查一查"),
        ("due_on", "2026-12-10"),
    ];
    let asked = county.post(new, &order).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    asked.says("超过一次").says("先报请批准").says("非发不可的理由").says("2 个单位，共 2 项");
    let with_reason: Vec<(&str, &str)> = order.into_iter().chain([("needed", "一周内要查清")]).collect();
    county.post(new, &with_reason).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("已经报请批准").says("对照公开栏查一查");
    assert_eq!(world.count("select count(*) from self_check").await, 0);
    let approval = world.count("select id from burden_approval").await;
    let leader = actor(&world.app, "shiwei", DAY).await;
    let mut tx = world.app.begin(&leader, morning(DAY)).await.unwrap();
    server::burden::decide(&world.app, &mut tx, &leader, approval, true, "").await.unwrap();
    world.commit(tx).await;
    // What was allowed is this one order, word for word.
    let other: Vec<(&str, &str)> = order.into_iter().map(|(name, value)| (name, if name == "reason" { "另查一样" } else { value })).collect();
    county.post(new, &other).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("先报请批准");
    county.post(new, &with_reason).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from self_check").await, 1);
    // From now on it stands in what a village has open.
    let pack = world.app.pack();
    let open = server::burden::open_of(world.app.store().reader(), &pack, DAY).await.unwrap();
    assert_eq!(open.get(&world.org(SHANGHE)), Some(&pack.whole(server::burden::TASK, DAY).unwrap()));
}

async fn a_community_looks_at_what_its_county_has_listed(world: &mut World) {
    let order = |permitted: &str| NewSelfCheck {
        organisation: world.org(CITY),
        procedure: problem::SELF_CHECK.to_owned(),
        kind: "台账与实际不符".to_owned(),
        field: "urban_community".to_owned(),
        level: "branch".to_owned(),
        reason: "对照今年的记录查一查。".to_owned(),
        due_on: date(2026, 12, 10),
        feedback: None,
        permitted: permitted.to_owned(),
    };
    let who = actor(&world.app, "shiwei", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(problem::issue(&world.app, &mut tx, &who, order("")).await).contains("社区工作事项准入清单"));
    drop(tx);
    let new = server::burden::NewItem {
        list: world.app.pack().permitted_lists.keys().next().unwrap().clone(),
        office: world.org(CITY),
        name: "组织生活记录自查".to_owned(),
        kind: "工作事项".to_owned(),
        frequency: "每年".to_owned(),
        basis: "示例：方案第二条".to_owned(),
        minutes: 30,
    };
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let items = server::burden::propose(&world.app, &mut tx, &who, new).await.unwrap();
    world.commit(tx).await;
    give(world, "yingjiang", "杨立本", "county_organisation_officer", OTHER_COUNTY, DAY).await;
    let county = actor(&world.app, "yingjiang", DAY).await;
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    for item in items {
        server::burden::decide_item(&mut tx, &county, item, true, "").await.unwrap();
    }
    world.commit(tx).await;
    world.visitor("shiwei").await.get("/problems/self-checks/new?field=urban_community").await.says("组织生活记录自查");
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    problem::issue(&world.app, &mut tx, &who, order("组织生活记录自查")).await.unwrap();
    world.commit(tx).await;
    // A village is under no list.
    world.visitor("shiwei").await.get("/problems/self-checks/new?field=rural").await.hides("准入清单");
}

async fn what_is_alike_waits_for_an_order_until_one_was_given(world: &mut World) {
    for code in [SONGLIN, SHANGHE] {
        raised(world, "shiwei", DAY, form(world, code, "台账与实际不符", "签到表与名册不一致")).await;
    }
    world.visitor("shiwei").await.get("/waiting?kind=problems").await.hides("成片出现");
    raised(world, "shiwei", DAY, form(world, TOWN, "台账与实际不符", "签到表与名册不一致")).await;
    for login in ["shiwei", "xianwei", "zhenwei"] {
        world.visitor(login).await.get("/waiting?kind=problems").await.says("“台账与实际不符”在").says("成片出现：3 个党组织");
    }
    // Whoever may not order one is not asked to: another county, another field, the branch itself.
    for login in ["jiedao", "hangye", "shuji"] {
        world.visitor(login).await.get("/waiting").await.hides("成片出现");
    }
    let new = |organisation: i64| NewSelfCheck {
        organisation,
        procedure: problem::SELF_CHECK.to_owned(),
        kind: "台账与实际不符".to_owned(),
        field: "rural".to_owned(),
        level: "branch".to_owned(),
        reason: "三个村签到表与名册不一致，请对照今年的记录查一查。".to_owned(),
        due_on: date(2026, 12, 10),
        feedback: None,
        permitted: String::new(),
    };
    // The county's order is for the county and all below it; the city's for everybody.
    for (login, code, waits) in [("xianwei", COUNTY, [true, false, false]), ("shiwei", CITY, [false, false, false])] {
        let who = actor(&world.app, login, DAY).await;
        let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
        problem::issue(&world.app, &mut tx, &who, new(world.org(code))).await.unwrap();
        world.commit(tx).await;
        for (login, waits) in ["shiwei", "xianwei", "zhenwei"].into_iter().zip(waits) {
            assert_eq!(world.visitor(login).await.get("/waiting").await.text().contains("成片出现"), waits, "{login} after {code}");
        }
    }
    world.visitor("shiwei").await.get("/problems/groups").await.says("已经部署自查");
}

async fn what_was_fed_back_is_looked_for_by_type_and_field_and_the_line_body_gives_its_own_order(world: &mut World) {
    let mut city = world.visitor("shiwei").await;
    let sent = [
        ("source_body", "省委巡视组"),
        ("number", ""),
        ("received_on", "2026-11-20"),
        ("wording", "部分党支部记录雷同"),
        ("reply_due_on", "2026-12-31"),
    ];
    let sent = city.post("/problems/feedback/new", &sent).await.is(StatusCode::SEE_OTHER);
    let (feedback, id) = (sent.location.clone(), sent.location.rsplit('/').next().unwrap().parse::<i64>().unwrap());
    let split = |code: &str, kind: &str, text: &str| RaiseForm {
        procedure: Some(problem::FEEDBACK_PROBLEM.to_owned()),
        origin: Some((problem::FEEDBACK.to_owned(), id)),
        ..form(world, code, kind, text)
    };
    raised(world, "shiwei", DAY, split(SONGLIN, "三会一课不落实", "支委会记录雷同")).await;
    let mut line = world.visitor("hangye").await;
    line.get(&feedback).await.is(StatusCode::NOT_FOUND);
    line.get("/problems/feedback").await.hides("省委巡视组");
    raised(world, "shiwei", DAY, split(SCHOOL, "党费收缴不规范", "党费缺两个月")).await;
    // The office of the field sees its own part of what was said, and is asked for its order.
    let page = line.get(&feedback).await.is(StatusCode::OK);
    page.hides("部分党支部记录雷同")
        .says("党费缺两个月")
        .says("“党费收缴不规范”")
        .hides("支委会记录雷同")
        .hides("三会一课不落实")
        .hides("拆出一个问题");
    line.get("/problems/feedback").await.says("省委巡视组");
    line.get("/waiting?kind=problems").await.says("省委巡视组反馈：“党费收缴不规范”");
    line.get(&format!("/problems/new?feedback={id}")).await.is(StatusCode::NOT_FOUND);
    line.get(&format!("{feedback}/reply")).await.is(StatusCode::NOT_FOUND);
    // No county, no other line.
    let mut county = world.visitor("xianwei").await;
    county.get(&feedback).await.is(StatusCode::NOT_FOUND);
    county.get(&format!("/problems/self-checks/new?feedback={id}")).await.is(StatusCode::NOT_FOUND);
    city.get(&feedback).await.says("还没有发出举一反三自查：“三会一课不落实”").says("“党费收缴不规范”");
    let order = |kind: &str, field: &str| {
        let reason = ("reason", "对照全年记录查一查");
        [("procedure", "self_check".to_owned()), ("kind", kind.to_owned()), ("field", field.to_owned()), ("level", "branch".to_owned())]
            .into_iter()
            .chain([(reason.0, reason.1.to_owned()), ("due_on", "2026-12-10".to_owned())])
            .collect::<Vec<_>>()
    };
    for (login, kind, field, left) in [
        // An order about something else settles nothing.
        ("shiwei", "其他", "rural", vec!["“三会一课不落实”", "“党费收缴不规范”"]),
        ("shiwei", "三会一课不落实", "rural", vec!["“党费收缴不规范”"]),
        ("hangye", "党费收缴不规范", "school", vec![]),
    ] {
        let fields = order(kind, field);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut visitor = world.visitor(login).await;
        visitor.post(&format!("/problems/self-checks/new?feedback={id}"), &fields).await.is(StatusCode::SEE_OTHER);
        let page = city.get(&feedback).await;
        let open = page.text();
        let open = open.split("出报告以前还差").nth(1).unwrap_or_default();
        for look in ["“三会一课不落实”", "“党费收缴不规范”"] {
            assert_eq!(open.contains(look), left.contains(&look), "{look} after {login} ordered {kind}: {open}");
        }
        assert!(open.contains("没有核实办结"), "{open}");
    }
    assert_eq!(world.count(&format!("select count(*) from self_check where feedback_id = {id}")).await, 3);
    line.get("/waiting").await.hides("省委巡视组反馈");
    line.get(&feedback).await.says("党费收缴不规范");
}

async fn a_member_is_answered_and_the_branch_does_not_learn_who(world: &mut World) {
    let mut member = world.visitor("dangyuan").await;
    member.get("/problems").await.says("您还没有提出过问题");
    let sent = member.post("/problems/new", &[("kind", "党务公开不到位"), ("text", "集体果园的收入没有公开")]).await.is(StatusCode::SEE_OTHER);
    let id: i64 = sent.location.rsplit('/').next().unwrap().parse().unwrap();
    let it = found(world, id).await;
    assert_eq!((it.source.as_str(), it.owner.as_str()), ("党员群众反映", "书记 马正华"));
    member.get(&sent.location).await.says("正在整改").hides("提出整改措施");
    world.visitor("shuji").await.get(&sent.location).await.is(StatusCode::OK).hides("张秀兰");
    world.visitor("zhenwei").await.get(&sent.location).await.says("张秀兰");
    step(world, "shuji", id, "set_measures", DAY, &MEASURES).await.unwrap();
    step(world, "shuji", id, "hand_in", DAY, &HANDED_IN).await.unwrap();
    step(world, "zhenwei", id, "verify", DAY, &VERIFIED).await.unwrap();
    member.get("/messages").await.says("已经补开，以后按月开");
    member.get(&sent.location).await.says("给提出人的答复").says("已经补开，以后按月开");
    // Raised for somebody without an account: how he was answered is asked.
    let form = RaiseForm { raiser: "村民段大爷".to_owned(), ..form(world, SONGLIN, "其他", "活动室晚上不开门") };
    let id = raised(world, "zhenwei", DAY, form).await;
    step(world, "shuji", id, "set_measures", DAY, &MEASURES).await.unwrap();
    step(world, "shuji", id, "hand_in", DAY, &HANDED_IN).await.unwrap();
    assert!(refusal(step(world, "zhenwei", id, "verify", DAY, &VERIFIED).await).contains("请填“答复日期”"));
    let told = [("basis", "晚上去看了"), ("answer", "每晚七点到九点开门"), ("answered_on", "2026-11-22"), ("answered_how", "当面")];
    step(world, "zhenwei", id, "verify", DAY, &told).await.unwrap();
}

async fn nobody_sees_what_is_out_of_reach(world: &mut World) {
    let id = raised(world, "xianwei", DAY, form(world, SONGLIN, "其他", "记录与实际不符三处")).await;
    let address = format!("/problems/{id}");
    let mut seen = BTreeMap::new();
    for login in ["shiwei", "xianwei", "zhenwei", "shuji", "ducha", "jiedao", "shuji2", "beimen", "hangye", "guanli", "dangyuan"] {
        let mut visitor = world.visitor(login).await;
        let page = visitor.get(&address).await;
        let act = visitor.get(&format!("{address}/actions/set_measures")).await.status;
        assert_eq!(page.status == StatusCode::OK, act == StatusCode::OK, "{login}");
        seen.insert(login, page.status.as_u16());
        let listed = visitor.get("/problems?state=all").await.text().contains("记录与实际不符三处");
        assert_eq!(listed, page.status == StatusCode::OK, "{login} {}", page.status);
    }
    let may: Vec<&str> = seen.iter().filter(|(_, status)| **status == 200).map(|(login, _)| *login).collect();
    assert_eq!(may, ["ducha", "shiwei", "shuji", "xianwei", "zhenwei"]);
    // A line body enters problems of its own field only.
    let who = actor(&world.app, "hangye", DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    assert!(refusal(problem::raise(&world.app, &mut tx, &who, form(world, SONGLIN, "其他", "公开栏没有更新")).await).starts_with("没有找到"));
    problem::raise(&world.app, &mut tx, &who, form(world, SCHOOL, "其他", "公开栏没有更新")).await.unwrap();
    world.commit(tx).await;
}
