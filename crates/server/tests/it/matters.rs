//! Matters: numbered without a gap, seen by whom they concern, proposed from records, never skipped in silence.

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use server::matter::{self, NewMatter};
use store::{Actor, query};

use crate::evaluations::{actor, as_demo, fields, give, refusal};
use crate::world::{BEIMEN, CITY, COUNTY, SCHOOL, SONGLIN, STREET, TOWN, World, morning, on_both};

on_both! {
    numbers_follow_one_another_and_late_ones_are_facts,
    what_is_withheld_is_seen_by_those_who_handle_it_alone,
    a_rung_is_not_left_out_in_silence,
    an_open_appeal_keeps_a_decision_open_and_others_review_it,
    many_problems_without_progress_are_proposed,
    visits_of_a_day_count_once_and_what_was_put_off_is_a_fact,
    the_last_rung_is_decided_elsewhere_and_told_only_then,
    a_slip_shows_what_it_takes_and_a_community_gets_what_is_listed,
}

const DAY: Date = date(2026, 11, 22);

fn slip(world: &World, kind: &str, code: &str, due_on: &str) -> NewMatter {
    let given = [("what", "四个支部没有记录"), ("standard", "补上说明"), ("owner", "组织委员"), ("due_on", due_on)];
    NewMatter {
        matter: "three_slips".to_owned(),
        kind: kind.to_owned(),
        organisation: world.org(code),
        skipped: String::new(),
        permitted: String::new(),
        fields: fields(&given),
    }
}

async fn open(world: &World, login: &str, day: Date, new: NewMatter) -> anyhow::Result<i64> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    let id = matter::open(&world.app, &mut tx, &who, new).await?;
    world.commit(tx).await;
    Ok(id)
}

async fn step(world: &World, login: &str, id: i64, action: &str, day: Date, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    matter::act(&world.app, &mut tx, &who, id, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

const FED_BACK: [(&str, &str); 2] = [("result", "已经说明"), ("evidence", "会议记录")];

async fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows = query(world.app.store().reader(), sql, []).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn numbers_follow_one_another_and_late_ones_are_facts(world: &mut World) {
    as_demo(world, DAY).await;
    let first = open(world, "xianwei", DAY, slip(world, "problem_slip", TOWN, "2026-11-25")).await.unwrap();
    open(world, "xianwei", DAY, slip(world, "task_slip", TOWN, "2026-11-25")).await.unwrap();
    open(world, "xianwei", DAY, slip(world, "problem_slip", SONGLIN, "2026-11-25")).await.unwrap();
    let numbers = texts(world, "select number from matter order by number").await;
    assert_eq!(numbers, ["任务单〔2026〕1号", "问题单〔2026〕1号", "问题单〔2026〕2号"]);
    // Out of reach, upwards, and with a day that has passed.
    let another = refusal(open(world, "xianwei", DAY, slip(world, "problem_slip", STREET, "2026-11-25")).await);
    assert_eq!(another, "没有找到这个党组织，请在您管的党组织里选。");
    let upwards = refusal(open(world, "zhenwei", DAY, slip(world, "problem_slip", COUNTY, "2026-11-25")).await);
    assert_eq!(upwards, another);
    let own = refusal(open(world, "zhenwei", DAY, slip(world, "problem_slip", TOWN, "2026-11-25")).await);
    assert!(own.contains("您的岗位不在它上面"), "{own}");
    let past = refusal(open(world, "xianwei", DAY, slip(world, "problem_slip", TOWN, "2026-11-21")).await);
    assert_eq!(past, "时限不能早于今天（2026-11-22）。");

    // Sent back once with another day, then handed in after it: late, and returned.
    step(world, "zhenwei", first, "receive", DAY, &[]).await.unwrap();
    step(world, "zhenwei", first, "feed_back", date(2026, 11, 24), &FED_BACK).await.unwrap();
    // Whoever has nothing to do with slips is not told of them, though his post stands at the same office.
    give(world, "jiwei", "杨立本", "discipline_officer", COUNTY, DAY).await;
    let number = numbers[1].as_str();
    world.visitor("xianwei").await.get("/messages").await.says(number);
    world.visitor("jiwei").await.get("/messages").await.hides(number);
    step(world, "xianwei", first, "reissue", date(2026, 11, 24), &[("reason", "还差一个"), ("due_on", "2026-11-30")]).await.unwrap();
    step(world, "zhenwei", first, "feed_back", date(2026, 12, 2), &FED_BACK).await.unwrap();
    assert!(refusal(step(world, "zhenwei", first, "verify", date(2026, 12, 2), &[("basis", "自己看")]).await).contains("发单的单位"));
    step(world, "xianwei", first, "verify", date(2026, 12, 2), &[("basis", "看过")]).await.unwrap();
    let kinds = texts(
        world,
        "select kind from event where source = 'matter' and source_id in (select id from matter where closed_on is not null) order by kind",
    )
    .await;
    assert_eq!(kinds, ["matter.three_slips", "matter.three_slips.closed", "matter.three_slips.late", "matter.three_slips.returned"]);
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()));
}

async fn what_is_withheld_is_seen_by_those_who_handle_it_alone(world: &mut World) {
    as_demo(world, DAY).await;
    give(world, "jiwei", "杨立本", "discipline_officer", COUNTY, DAY).await;
    give(world, "jiwei2", "普文才", "discipline_officer", TOWN, DAY).await;
    let given = [("number", "示例组函〔2026〕9号"), ("referred_on", "2026-11-20")];
    let new = NewMatter {
        matter: "discipline_referral".to_owned(),
        kind: String::new(),
        organisation: world.org(SCHOOL),
        skipped: String::new(),
        permitted: String::new(),
        fields: fields(&given),
    };
    let id = open(world, "xianwei", DAY, new).await.unwrap();
    for (login, status) in
        [("xianwei", 200), ("jiwei", 200), ("jiwei2", 404), ("shiwei", 404), ("zhenwei", 404), ("shuji", 404), ("hangye", 404), ("guanli", 404)]
    {
        let mut visitor = world.visitor(login).await;
        let page = visitor.get(&format!("/matters/items/{id}")).await;
        assert_eq!(page.status, StatusCode::from_u16(status).unwrap(), "{login}");
        for path in ["/matters/discipline_referral?state=all", "/matters/discipline_referral?state=all&export=csv", "/waiting", "/messages"] {
            let says = visitor.get(path).await.body.contains("示例组函〔2026〕9号");
            assert!(status == 200 || !says, "{login} {path}");
        }
    }
    assert!(texts(world, "select kind from event where source = 'matter'").await.is_empty(), "no fact about whom it concerns");
    let refused = refusal(step(world, "xianwei", id, "receive", DAY, &[("receipt_number", "自填"), ("received_on", "2026-11-22")]).await);
    assert_eq!(refused, "由同级纪检监察机关回执。");
}

async fn a_rung_is_not_left_out_in_silence(world: &mut World) {
    as_demo(world, DAY).await;
    give(world, "lingdao", "和建国", "leading_official", COUNTY, DAY).await;
    let rung = |kind: &str, skipped: &str| NewMatter {
        matter: "accountability_ladder".to_owned(),
        kind: kind.to_owned(),
        organisation: world.org(TOWN),
        skipped: skipped.to_owned(),
        permitted: String::new(),
        fields: fields(&[("what", "三件逾期"), ("person", "组织委员")]),
    };
    assert_eq!(refusal(open(world, "xianwei", DAY, rung("admonition_talk", "")).await), "中共青石镇委员会没有办结过“严肃批评”，越过它要写明理由。");
    let id = open(world, "xianwei", DAY, rung("criticism", "")).await.unwrap();
    // One that goes on is no step yet.
    assert!(refusal(open(world, "xianwei", DAY, rung("admonition_talk", "")).await).contains("没有办结过"));
    let decided = [("reason", "属实"), ("correction", "补办"), ("due_on", "2026-12-01")];
    assert_eq!(refusal(step(world, "xianwei", id, "decide", DAY, &decided).await), "由有权的领导决定，提请的人不决定。");
    step(world, "lingdao", id, "decide", DAY, &decided).await.unwrap();
    step(world, "zhenwei", id, "hand_in", DAY, &FED_BACK).await.unwrap();
    step(world, "xianwei", id, "verify", DAY, &[("basis", "看过")]).await.unwrap();
    open(world, "xianwei", DAY, rung("admonition_talk", "")).await.unwrap();
    open(world, "xianwei", DAY, rung("organisational_measure", "情节严重，县委研究同意")).await.unwrap();
    assert_eq!(texts(world, "select skipped from matter where skipped <> '' order by id").await, ["情节严重，县委研究同意"]);
}

/// Of the county's decisions the city hears; of the city's own, somebody else of the city who neither proposed nor decided.
async fn an_open_appeal_keeps_a_decision_open_and_others_review_it(world: &mut World) {
    as_demo(world, DAY).await;
    for (login, name, code) in [("lingdao", "和建国", COUNTY), ("shiling", "木增荣", CITY), ("shiling2", "杨秀英", CITY)] {
        give(world, login, name, "leading_official", code, DAY).await;
    }
    // Whoever proposes holds the deciding post as well: he does not decide.
    give(world, "shiwei", "何立新", "leading_official", CITY, DAY).await;
    give(world, "xianwei", "赵永平", "leading_official", COUNTY, DAY).await;
    let criticism = |code: &str| NewMatter {
        matter: "accountability_ladder".to_owned(),
        kind: "criticism".to_owned(),
        organisation: world.org(code),
        skipped: String::new(),
        permitted: String::new(),
        fields: fields(&[("what", "三件逾期"), ("person", "组织委员")]),
    };
    let decided = [("reason", "属实"), ("correction", "补办"), ("due_on", "2026-12-01")];
    let appeal = [("appeals.text", "其中一件当天已经反馈"), ("appeals.owner", ""), ("appeals.due_on", "")];
    let basis = [("basis", "看过")];
    for (opener, about, unit, decider, reviewer) in
        [("xianwei", TOWN, "zhenwei", "lingdao", "shiling"), ("shiwei", COUNTY, "xianwei", "shiling", "shiling2")]
    {
        let id = open(world, opener, DAY, criticism(about)).await.unwrap();
        for action in ["decide", "decline"] {
            let refused = refusal(step(world, opener, id, action, DAY, &decided).await);
            assert!(refused.starts_with("这件事是您提出的"), "{opener} {action}: {refused}");
        }
        step(world, decider, id, "decide", DAY, &decided).await.unwrap();
        step(world, unit, id, "appeal", DAY, &appeal).await.unwrap();
        assert!(refusal(step(world, unit, id, "appeal", DAY, &appeal).await).contains("已经申诉过"));
        let item = world.count("select max(id) from case_item where kind = 'appeal'").await.to_string();
        // It is handed in meanwhile; the appeal goes with it, and keeps it open.
        step(world, unit, id, "hand_in", DAY, &FED_BACK).await.unwrap();
        assert_eq!(refusal(step(world, opener, id, "verify", DAY, &basis).await), "申诉还没有复核，复核以后才能办结。");
        let review = [("answered", item.as_str()), ("answer", "晚了两天，维持")];
        assert!(refusal(step(world, decider, id, "uphold_late", DAY, &review).await).contains("复核"), "{decider} reviews his own decision");
        if about == COUNTY {
            assert!(refusal(step(world, opener, id, "uphold_late", DAY, &review).await).starts_with("这件事是您提出的"));
        }
        world.visitor(reviewer).await.get("/waiting?kind=matters").await.says("复核，维持决定");
        step(world, reviewer, id, "uphold_late", DAY, &review).await.unwrap();
        step(world, opener, id, "verify", DAY, &basis).await.unwrap();
    }
    // A decision that does not stand is withdrawn, and the matter is over.
    let id = open(world, "shiwei", DAY, criticism(COUNTY)).await.unwrap();
    step(world, "shiling", id, "decide", DAY, &decided).await.unwrap();
    step(world, "xianwei", id, "appeal", DAY, &appeal).await.unwrap();
    let item = world.count("select max(id) from case_item where kind = 'appeal'").await.to_string();
    step(world, "shiling2", id, "withdraw", DAY, &[("answered", item.as_str()), ("answer", "记录相符，撤销")]).await.unwrap();
    assert_eq!(texts(world, &format!("select c.stage from case_file c join matter m on m.case_id = c.id where m.id = {id}")).await, ["withdrawn"]);
}

/// Ten problems of a town, of which less than half are closed: a talk is proposed, with the figures; half of them closed, it is not.
async fn many_problems_without_progress_are_proposed(world: &mut World) {
    as_demo(world, DAY).await;
    for n in 0..10 {
        let who = actor(&world.app, "xianwei", DAY).await;
        let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
        let form = server::problem::RaiseForm {
            organisation: world.org(if n % 2 == 0 { SONGLIN } else { SCHOOL }),
            source: "督查检查".to_owned(),
            kind: "其他".to_owned(),
            text: format!("第{n}本台账与实际不符"),
            owner: "支部书记 马正华".to_owned(),
            due_on: date(2026, 12, 20),
            ..server::problem::RaiseForm::default()
        };
        let id = server::problem::raise(&world.app, &mut tx, &who, form).await.unwrap();
        world.commit(tx).await;
        let proposed = world.visitor("xianwei").await.get("/matters/accountability_ladder/proposals").await;
        assert_eq!(proposed.text().contains("约谈通报"), n == 9, "{n}: {}", proposed.text());
        if n == 9 {
            proposed.says("登记的问题 10");
        }
        if n % 2 == 0 {
            for (login, action, given) in [
                ("shuji", "set_measures", vec![("cause", "忙"), ("measure", "补齐")]),
                ("shuji", "hand_in", vec![("result", "补齐了"), ("evidence", "台账")]),
                ("xianwei", "verify", vec![("basis", "看过"), ("answer", "补齐了")]),
            ] {
                if n == 8 {
                    continue;
                }
                let who = actor(&world.app, login, DAY).await;
                let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
                server::problem::act(&world.app, &mut tx, &who, id, action, &fields(&given)).await.unwrap();
                world.commit(tx).await;
            }
        }
    }
}

/// What is only proposed, or was not taken, is not told to whom it is about; here nothing is decided, only put down.
async fn the_last_rung_is_decided_elsewhere_and_told_only_then(world: &mut World) {
    as_demo(world, DAY).await;
    give(world, "lingdao", "和建国", "leading_official", COUNTY, DAY).await;
    let third = |what: &str| NewMatter {
        matter: "accountability_ladder".to_owned(),
        kind: "organisational_measure".to_owned(),
        organisation: world.org(TOWN),
        skipped: "情节严重，县委研究同意".to_owned(),
        permitted: String::new(),
        fields: fields(&[("what", what), ("person", "镇党委书记")]),
    };
    let id = open(world, "xianwei", DAY, third("班子长期不起作用")).await.unwrap();
    let at = format!("/matters/items/{id}");
    let mut town = world.visitor("zhenwei").await;
    town.get(&at).await.is(StatusCode::NOT_FOUND);
    for path in ["/messages", "/waiting", "/matters/accountability_ladder?state=all", "/responsibility"] {
        town.get(path).await.hides("班子长期不起作用");
    }
    assert!(texts(world, "select kind from event where source = 'matter'").await.is_empty(), "no fact about whom it concerns");
    let mut leader = world.visitor("lingdao").await;
    leader.get("/waiting?kind=matters").await.says("登记有权机关已作出的决定");
    leader.get(&at).await.is(StatusCode::OK).says("提请组织处理").says("只登记它已经作出的决定");
    let decided = [("reason", "属实"), ("correction", "配齐班子"), ("due_on", "2026-12-31")];
    assert!(refusal(step(world, "lingdao", id, "decide", DAY, &decided).await).contains("由管理干部的机关决定"));
    assert!(refusal(step(world, "lingdao", id, "decline", DAY, &decided).await).contains("由管理干部的机关决定"));
    let bare = refusal(step(world, "lingdao", id, "register", DAY, &decided[1..]).await);
    assert!(bare.contains("决定文号") && bare.contains("决定日期"), "{bare}");
    let registered = [
        ("decided_elsewhere_by", "县委"),
        ("decision_number", "示例干〔2026〕7号"),
        ("decision_on", "2026-11-20"),
        ("correction", "配齐班子"),
        ("due_on", "2026-12-31"),
    ];
    assert!(refusal(step(world, "xianwei", id, "register", DAY, &registered).await).contains("提请的人不登记"));
    step(world, "lingdao", id, "register", DAY, &registered).await.unwrap();
    town.get(&at).await.is(StatusCode::OK).says("示例干〔2026〕7号");
    town.get("/messages").await.says("登记有权机关已作出的决定");
    assert_eq!(texts(world, "select kind from event where source = 'matter'").await, ["matter.accountability_ladder"]);
    // Of what was not taken it never hears.
    let id = open(world, "xianwei", DAY, third("另一件没有查实")).await.unwrap();
    step(world, "lingdao", id, "register_declined", DAY, &[("decided_elsewhere_by", "县委"), ("reason", "没有查实")]).await.unwrap();
    town.get(&format!("/matters/items/{id}")).await.is(StatusCode::NOT_FOUND);
    town.get("/messages").await.hides("另一件没有查实");
    // A rung that is decided here has nothing to be registered, and is told at once.
    let first = NewMatter { kind: "criticism".to_owned(), skipped: String::new(), ..third("三件逾期") };
    let id = open(world, "xianwei", DAY, first).await.unwrap();
    town.get("/messages").await.says("三件逾期");
    assert!(refusal(step(world, "lingdao", id, "register", DAY, &registered).await).contains("不用登记"));
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
}

async fn a_slip_shows_what_it_takes_and_a_community_gets_what_is_listed(world: &mut World) {
    as_demo(world, DAY).await;
    let mut city = world.visitor("shiwei").await;
    city.get("/matters/three_slips/new").await.says("占用基层时间：一张大约 30 分钟");
    let village = city.get(&format!("/matters/three_slips/new?organisation={}", world.org(SONGLIN))).await;
    village.says("1 个单位，共 1 项").hides("准入清单");
    let community = format!("/matters/three_slips/new?organisation={}", world.org(BEIMEN));
    city.get(&community).await.says("准入清单里的哪一项");
    assert!(refusal(open(world, "shiwei", DAY, slip(world, "task_slip", BEIMEN, "2026-11-25")).await).contains("社区工作事项准入清单"));
    let id = open(world, "shiwei", DAY, slip(world, "task_slip", SONGLIN, "2026-11-25")).await.unwrap();
    // It stands in what the village has open until it is verified.
    let pack = world.app.pack();
    let open = server::burden::open_of(world.app.store().reader(), &pack, DAY).await.unwrap();
    assert_eq!(open.get(&world.org(SONGLIN)), Some(&pack.whole(server::burden::TASK, DAY).unwrap()));
    step(world, "shuji", id, "receive", DAY, &[]).await.unwrap();
    step(world, "shuji", id, "feed_back", DAY, &FED_BACK).await.unwrap();
    step(world, "shiwei", id, "verify", DAY, &[("basis", "看过")]).await.unwrap();
    let open = server::burden::open_of(world.app.store().reader(), &pack, DAY).await.unwrap();
    assert_eq!(open.get(&world.org(SONGLIN)), None);
}

/// A leader who came three times on one day came on one day; a conversion put off is a fact, sent back nowhere.
async fn visits_of_a_day_count_once_and_what_was_put_off_is_a_fact(world: &mut World) {
    as_demo(world, DAY).await;
    // A rectification that is over, and a pairing beside it.
    let (mut tx, console) = world.tx(DAY).await;
    let new = server::case::NewCase {
        procedure: "weak_rectification".to_owned(),
        subject_kind: "test",
        subject_id: 1,
        organisation: world.org(SONGLIN),
        issuer: None,
        title: "松林村党支部整顿".to_owned(),
        due_on: None,
        items: Vec::new(),
    };
    let beside = server::case::open(&world.app, &mut tx, new).await.unwrap();
    let pairing = NewMatter {
        matter: "leader_pairing".to_owned(),
        kind: String::new(),
        organisation: world.org(SONGLIN),
        skipped: String::new(),
        permitted: String::new(),
        fields: fields(&[("leader", "县委副书记 严书华"), ("topics", "补选委员"), ("converted_by", "2026-11-24")]),
    };
    let _ = console;
    world.commit(tx).await;
    let id = open(world, "xianwei", DAY, pairing).await.unwrap();
    let visit = |day: &'static str| [("visited_on", day), ("guidance", "看了补选的准备")];
    for _ in 0..3 {
        step(world, "zhenwei", id, "visit", DAY, &visit("2026-11-20")).await.unwrap();
    }
    // Put off once its day has come, not before, and not for longer than the pack allows.
    let due = date(2026, 11, 24);
    let put_off = |until: &'static str| [("reason", "合同还在核对"), ("due_on", until)];
    for day in [DAY, date(2026, 11, 23)] {
        assert!(refusal(step(world, "xianwei", id, "extend", day, &put_off("2026-12-31")).await).contains("到了转化日期"));
    }
    let long = refusal(step(world, "xianwei", id, "extend", due, &put_off("2027-12-31")).await);
    assert_eq!(long, "最长延 90 天，最晚到 2027-02-22。");
    assert_eq!(refusal(step(world, "xianwei", id, "extend", due, &put_off("2026-11-24")).await), "新的日期要在 2026-11-24 以后。");
    step(world, "xianwei", id, "extend", due, &put_off("2027-02-22")).await.unwrap();
    let kinds = texts(world, "select kind from event where source = 'matter' order by kind").await;
    assert_eq!(kinds, ["matter.leader_pairing", "matter.leader_pairing.extended"]);
    let (tx, _) = world.tx(DAY).await;
    store::execute(tx.connection(), "update case_file set stage = 'observation' where id = $1", [beside.into()]).await.unwrap();
    world.commit(tx).await;
    let basis = [("basis", "整顿已经销号")];
    let unlink = async || {
        let stage = texts(world, &format!("select c.stage from case_file c join matter m on m.case_id = c.id where m.id = {id}")).await.remove(0);
        step(world, "xianwei", id, if stage == "guiding" { "unlink" } else { "unlink_late" }, due, &basis).await
    };
    assert!(refusal(unlink().await).contains("不满 3 天"));
    let again = texts(world, &format!("select c.stage from case_file c join matter m on m.case_id = c.id where m.id = {id}")).await.remove(0);
    let action = if again == "guiding" { "visit" } else { "visit_again" };
    for day in ["2026-11-20", "2026-11-21"] {
        step(world, "zhenwei", id, action, due, &visit(day)).await.unwrap();
    }
    assert!(refusal(unlink().await).contains("不满 3 天"), "two days");
    step(world, "zhenwei", id, action, due, &visit("2026-11-22")).await.unwrap();
    unlink().await.unwrap();
    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
}
