//! Contests: entered once, judged from outside, nobody sees another's score, closed when all have scored, the first go up.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::contest::{self, Given, NewEntry, NewRound};
use server::evaluation::file_line;

use crate::evaluations::{actor, fields, give, refusal};
use crate::world::{CITY, COUNTY, OTHER_COUNTY, SHANGHE, SONGLIN, TOWN, World, morning, on_both};

on_both! {
    a_round_goes_from_entries_to_the_next,
    judges_come_from_outside_and_score_once,
    an_absent_judge_is_replaced_while_scoring,
    whoever_takes_part_or_judges_does_not_run_the_round,
    nobody_goes_up_into_a_round_that_has_begun,
    a_round_called_off_leaves_room_for_another,
}

const DAY: Date = date(2026, 11, 22);

/// Does something in somebody's name.
macro_rules! done {
    ($world:expr, $login:expr, $operation:path $(, $argument:expr)*) => {{
        let who = actor(&$world.app, $login, DAY).await;
        let mut tx = $world.app.begin(&who, morning(DAY)).await.unwrap();
        let result = $operation(&$world.app, &mut tx, &who $(, $argument)*).await;
        if result.is_ok() {
            $world.commit(tx).await;
        }
        result
    }};
}

/// The city has the year's contest in its plan.
async fn filed(world: &World) {
    let line = "village_secretaries_contest_2026";
    done!(world, "shiwei", file_line, world.org(CITY), line, "年度党建考核计划", "市委常委会", None).unwrap();
}

async fn held(world: &World, login: &str, office: &str) -> anyhow::Result<i64> {
    let new = NewRound { contest: "village_secretaries".to_owned(), organisation: world.org(office), held_on: DAY };
    done!(world, login, contest::open, new)
}

fn entry(world: &World, round: i64, unit: &str, name: &str) -> NewEntry {
    let presentation = "村集体收入三年翻了一番，靠的是支部领着合作社把荒坡种上了花椒。".to_owned();
    NewEntry { round, organisation: world.org(unit), name: name.to_owned(), presentation }
}

/// Three judges from outside, beside those of the world.
async fn judges(world: &World) -> Vec<String> {
    for (login, name) in [("pingwei1", "普学义"), ("pingwei2", "段有福"), ("pingwei3", "罗发科")] {
        give(world, login, name, "county_organisation_officer", OTHER_COUNTY, DAY).await;
    }
    ["pingwei1", "pingwei2", "pingwei3"].map(str::to_owned).to_vec()
}

/// A round of 青石镇 with two entries that is being scored.
async fn scoring(world: &World) -> (i64, [i64; 2]) {
    filed(world).await;
    let round = held(world, "zhenwei", TOWN).await.unwrap();
    let one = done!(world, "shuji", contest::enter, entry(world, round, SONGLIN, "马正华")).unwrap();
    let other = done!(world, "shuji2", contest::enter, entry(world, round, SHANGHE, "和丽梅")).unwrap();
    let named = judges(world).await;
    done!(world, "zhenwei", contest::name_judges, round, &named).unwrap();
    done!(world, "zhenwei", contest::act, round, "begin_scoring", &fields(&[])).unwrap();
    (round, [one, other])
}

fn given(entry: i64, points: i64) -> Given {
    Given { entry, points, remark: "讲得实在".to_owned() }
}

/// The same with a remark that tells whose it is.
fn given_by(judge: &str, entry: i64, points: i64) -> Given {
    Given { remark: format!("讲得实在（{judge}）"), ..given(entry, points) }
}

async fn a_round_goes_from_entries_to_the_next(world: &mut World) {
    assert!(refusal(held(world, "zhenwei", TOWN).await).contains("没有报备"));
    let (round, [one, other]) = scoring(world).await;
    assert!(refusal(held(world, "zhenwei", TOWN).await).contains("一期一次"));
    assert!(refusal(held(world, "shiwei", TOWN).await).contains("没有找到"));
    for (judge, points) in [("pingwei1", [90, 80]), ("pingwei2", [95, 85]), ("pingwei3", [70, 88])] {
        done!(world, judge, contest::score, round, &[given_by(judge, one, points[0])]).unwrap();
        // Nobody sees a score before the round is closed: not the office, not another judge, not the unit.
        let said = format!("讲得实在（{judge}）");
        for login in ["zhenwei", "shuji", "pingwei1", "pingwei2", "pingwei3"] {
            let mut visitor = world.visitor(login).await;
            if login != judge {
                visitor.get(&format!("/contests/entries/{one}")).await.is(StatusCode::OK).hides(&said);
                visitor.get(&format!("/contests/{round}")).await.is(StatusCode::OK).hides(&said);
            }
            if login.starts_with("pingwei") && login != judge {
                visitor.get(&format!("/contests/{round}/score")).await.is(StatusCode::OK).hides(&said);
            }
        }
        if judge != "pingwei3" {
            done!(world, judge, contest::score, round, &[given(other, points[1])]).unwrap();
        }
    }
    world.visitor("pingwei3").await.get(&format!("/contests/{round}/score")).await.is(StatusCode::OK).says("70");
    let open = refusal(done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])));
    assert!(open.contains("没有评完") && open.contains("罗发科") && !open.contains("普学义"), "{open}");
    done!(world, "pingwei3", contest::score, round, &[given(other, 88)]).unwrap();
    done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])).unwrap();
    // One highest and one lowest dropped: 90 and 85.
    let entries = contest::entries_of(world.app.store().reader(), round).await.unwrap();
    let placed: Vec<_> = entries.iter().map(|it| (it.id, it.score, it.place)).collect();
    assert_eq!(placed, [(one, Some(policy::Ratio::from_integer(90)), Some(1)), (other, Some(policy::Ratio::from_integer(85)), Some(2))]);
    world.visitor("shuji2").await.get(&format!("/contests/entries/{other}")).await.is(StatusCode::OK).hides("85.00");
    done!(world, "zhenwei", contest::act, round, "publish", &fields(&[("approver", "党委书记 周敏")])).unwrap();
    world.visitor("shuji2").await.get(&format!("/contests/entries/{one}")).await.is(StatusCode::OK).says("90.00").says("讲得实在");
    assert_eq!(world.count("select count(*) from event where kind = 'contest.village_secretaries'").await, 2);
    // The first goes up; nobody enters the county's round by himself, nor takes part twice in the period.
    let county = held(world, "xianwei", COUNTY).await.unwrap();
    let up = contest::entries_of(world.app.store().reader(), county).await.unwrap();
    assert_eq!(up.iter().map(|it| (it.organisation, it.entered_from)).collect::<Vec<_>>(), [(world.org(SONGLIN), Some(one))]);
    assert!(refusal(done!(world, "shuji2", contest::enter, entry(world, county, SHANGHE, "和丽梅"))).contains("一期参加一次"));
    assert!(refusal(done!(world, "shuji", contest::note_practice, one, "合作社统一种、统一卖，收入看得见")).contains("没有找到"));
    done!(world, "zhenwei", contest::note_practice, one, "合作社统一种、统一卖，收入看得见").unwrap();
    world.visitor("shuji2").await.get("/contests/practices").await.is(StatusCode::OK).says("合作社统一种");
    world.visitor("zhenwei").await.get("/contests/taking-part?contest=village_secretaries&state=yes").await.is(StatusCode::OK).says("马正华参加");
}

async fn judges_come_from_outside_and_score_once(world: &mut World) {
    filed(world).await;
    let round = held(world, "zhenwei", TOWN).await.unwrap();
    let one = done!(world, "shuji", contest::enter, entry(world, round, SONGLIN, "马正华")).unwrap();
    assert!(refusal(done!(world, "shuji2", contest::enter, entry(world, round, SONGLIN, "别人的"))).contains("没有找到"));
    done!(world, "shuji2", contest::enter, entry(world, round, SHANGHE, "和丽梅")).unwrap();
    let mut named = judges(world).await;
    let few = done!(world, "zhenwei", contest::name_judges, round, &named[..2]).map(|()| ());
    few.unwrap();
    assert!(refusal(done!(world, "zhenwei", contest::act, round, "begin_scoring", &fields(&[]))).contains("评委没有请够"));
    let with = |named: &[String], login: &str| named.iter().cloned().chain([login.to_owned()]).collect::<Vec<_>>();
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &with(&named, "shuji"))).contains("不能当评委"));
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &with(&named, "dangyuan"))).contains("松林村党支部"));
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &with(&named, "meiyou"))).contains("没有这个登录名"));
    give(world, "pingwei4", "张桂兰", "city_organisation_officer", CITY, DAY).await;
    named = with(&named, "pingwei4");
    done!(world, "zhenwei", contest::name_judges, round, &named).unwrap();
    assert!(refusal(done!(world, "pingwei1", contest::score, round, &[given(one, 90)])).contains("现在不能评分"));
    done!(world, "zhenwei", contest::act, round, "begin_scoring", &fields(&[])).unwrap();
    assert!(refusal(done!(world, "pingwei1", contest::score, round, &[given(one, 101)])).contains("在 0 到 100 之间"));
    done!(world, "pingwei1", contest::score, round, &[given(one, 90)]).unwrap();
    assert!(refusal(done!(world, "pingwei1", contest::score, round, &[given(one, 60)])).contains("打过的不能改"));
    assert!(refusal(done!(world, "xianwei", contest::score, round, &[given(one, 60)])).contains("没有找到"));
    world.visitor("xianwei").await.get(&format!("/contests/{round}/score")).await.is(StatusCode::NOT_FOUND);
    assert_eq!(world.count("select points from contest_score").await, 90);
    // Absent with a reason only; then what he gave does not count, and he scores no more.
    let judge = contest::judges_of(world.app.store().reader(), round).await.unwrap().into_iter().find(|it| it.login == "pingwei1").unwrap().id;
    assert!(refusal(done!(world, "zhenwei", contest::mark_absent, round, judge, " ")).contains("为什么缺席"));
    done!(world, "zhenwei", contest::mark_absent, round, judge, "临时出差").unwrap();
    assert!(refusal(done!(world, "pingwei1", contest::score, round, &[given(one, 60)])).contains("缺席"));
}

async fn an_absent_judge_is_replaced_while_scoring(world: &mut World) {
    let (round, [one, other]) = scoring(world).await;
    let both = [given(one, 90), given(other, 80)];
    for judge in ["pingwei2", "pingwei3"] {
        done!(world, judge, contest::score, round, &both).unwrap();
    }
    let judge = contest::judges_of(world.app.store().reader(), round).await.unwrap().into_iter().find(|it| it.login == "pingwei1").unwrap().id;
    done!(world, "zhenwei", contest::mark_absent, round, judge, "住院").unwrap();
    let few = refusal(done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])));
    assert!(few.contains("还差 1 位，请补请评委"), "{few}");
    // Those who were there stay; whoever is absent does not come back by being named again.
    let named = |login: &str| vec![login.to_owned()];
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &named("pingwei1"))).contains("要补请的请写"));
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &named("dangyuan"))).contains("松林村党支部"));
    give(world, "pingwei4", "张桂兰", "county_organisation_officer", OTHER_COUNTY, DAY).await;
    world.visitor("zhenwei").await.get(&format!("/contests/{round}")).await.is(StatusCode::OK).says("补请评委");
    done!(world, "zhenwei", contest::name_judges, round, &named("pingwei4")).unwrap();
    assert_eq!(contest::judges_of(world.app.store().reader(), round).await.unwrap().len(), 4);
    let open = refusal(done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])));
    assert!(open.contains("张桂兰") && !open.contains("还差"), "{open}");
    done!(world, "pingwei4", contest::score, round, &both).unwrap();
    done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])).unwrap();
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &named("shiwei"))).contains("评分已经结束"));
}

async fn whoever_takes_part_or_judges_does_not_run_the_round(world: &mut World) {
    filed(world).await;
    let round = held(world, "zhenwei", TOWN).await.unwrap();
    done!(world, "shuji", contest::enter, entry(world, round, SONGLIN, "马正华")).unwrap();
    done!(world, "shuji2", contest::enter, entry(world, round, SHANGHE, "和丽梅")).unwrap();
    // A second post at the town makes nobody who takes part its office.
    give(world, "shuji", "马正华", "township_organisation_officer", TOWN, DAY).await;
    let named = judges(world).await;
    assert!(refusal(done!(world, "shuji", contest::name_judges, round, &named)).contains("由本单位别的同志办理"));
    let with = |login: &str| named.iter().cloned().chain([login.to_owned()]).collect::<Vec<_>>();
    assert!(refusal(done!(world, "zhenwei", contest::name_judges, round, &with("zhenwei"))).contains("不能又当评委"));
    done!(world, "zhenwei", contest::name_judges, round, &with("zhenwei2")).unwrap();
    assert!(refusal(done!(world, "zhenwei2", contest::act, round, "begin_scoring", &fields(&[]))).contains("您是这次比武的评委"));
    done!(world, "zhenwei", contest::act, round, "begin_scoring", &fields(&[])).unwrap();
}

async fn nobody_goes_up_into_a_round_that_has_begun(world: &mut World) {
    let (round, [one, other]) = scoring(world).await;
    for judge in ["pingwei1", "pingwei2", "pingwei3"] {
        done!(world, judge, contest::score, round, &[given(one, 90), given(other, 80)]).unwrap();
    }
    done!(world, "zhenwei", contest::act, round, "close_scoring", &fields(&[])).unwrap();
    let county = held(world, "xianwei", COUNTY).await.unwrap();
    let (tx, _) = world.tx(DAY).await;
    let begin = "update case_file set stage = 'scoring' where id = (select case_id from contest_round where id = $1)";
    store::execute(tx.connection(), begin, [county.into()]).await.unwrap();
    world.commit(tx).await;
    let late = refusal(done!(world, "zhenwei", contest::act, round, "publish", &fields(&[("approver", "党委书记 周敏")])));
    assert!(late.contains("已经开始评分") && late.contains("先退回报名"), "{late}");
    assert_eq!(world.count("select count(*) from contest_entry where is_up").await, 0);
    done!(world, "xianwei", contest::act, county, "enter_again", &fields(&[("reason", "等青石镇公布")])).unwrap();
    done!(world, "zhenwei", contest::act, round, "publish", &fields(&[("approver", "党委书记 周敏")])).unwrap();
    let up = contest::entries_of(world.app.store().reader(), county).await.unwrap();
    assert_eq!(up.iter().map(|it| it.entered_from).collect::<Vec<_>>(), [Some(one)]);
}

async fn a_round_called_off_leaves_room_for_another(world: &mut World) {
    let (round, [one, _]) = scoring(world).await;
    done!(world, "pingwei1", contest::score, round, &[given_by("pingwei1", one, 90)]).unwrap();
    refusal(done!(world, "shuji", contest::act, round, "call_off_scoring", &fields(&[("reason", "防汛")])));
    assert!(refusal(done!(world, "zhenwei", contest::act, round, "call_off_scoring", &fields(&[]))).contains("原因"));
    done!(world, "zhenwei", contest::act, round, "call_off_scoring", &fields(&[("reason", "防汛，改在下月")])).unwrap();
    let mut secretary = world.visitor("shuji").await;
    secretary.get("/messages").await.is(StatusCode::OK).says("取消了：防汛，改在下月");
    secretary.get(&format!("/contests/entries/{one}")).await.is(StatusCode::OK).hides("讲得实在");
    secretary.get(&format!("/contests/{round}")).await.is(StatusCode::OK).says("已取消").hides("讲得实在");
    assert!(refusal(done!(world, "pingwei2", contest::score, round, &[given(one, 80)])).contains("评分"));
    // Another one is held in the period, and whoever had entered enters again.
    let again = held(world, "zhenwei", TOWN).await.unwrap();
    done!(world, "shuji", contest::enter, entry(world, again, SONGLIN, "马正华")).unwrap();
    refusal(done!(world, "shuji", contest::enter, entry(world, again, SONGLIN, "马正华")));
}
