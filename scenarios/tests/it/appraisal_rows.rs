//! Reports of secretaries from last year's problems to this year's, and contests from entry to those who go up.

use scenarios::{Page, Visitor, World};

use crate::selection_rows::newcomer;
use crate::steps::{at_mechanism, enter, same_answer, step, table};

const WRITTEN: &str = "带头联系最远的支部，把主题党日和村里的难事放在一起办，一件一件办完。";
const SAID: &str = "到软弱的支部去得少，有两个支部一年没有去过";

/// The session of this year of the county, and the own report below it.
fn session_of(visitor: &Visitor, name: &str) -> String {
    visitor.get("/appraisals?year=2026").link(name)
}

fn report_of(visitor: &Visitor, session: &str) -> String {
    visitor.get(session).attributes("table.list tbody td a[href^='/appraisals/reports/']", "href").swap_remove(0)
}

/// Writes the own report, with an answer to each problem of last year or without.
fn write(visitor: &Visitor, report: &str, answer: &str) -> Page {
    let page = visitor.get(&format!("{report}/write"));
    let mut form = page.form("form.case-form");
    for name in form.fields_from("answer_") {
        form = form.with(&name, answer);
    }
    form.with("work", WRITTEN).with("problems", WRITTEN).with("next", WRITTEN).send()
}

/// Comments on every report of a session, from the office.
fn comment_on_all(county: &Visitor, session: &str) -> Vec<String> {
    let reports = county.get(session).attributes("table.list tbody td a[href^='/appraisals/reports/']", "href");
    for report in &reports {
        let form = county.get(&format!("{report}/comment")).form("main form[method=post]");
        assert_eq!(form.with("kind", "problem").with("text", &format!("{SAID}，报告 {report}")).send().status, 200);
    }
    reports
}

/// A paper ballot about everybody, counted by the county and confirmed by the city.
fn vote(world: &World, county: &Visitor, session: &str) {
    let sitting = county.get(&format!("{session}/ballot")).form("main form[method=post]").send();
    assert_eq!(sitting.status, 200, "{}", sitting.text());
    let base = sitting.path.split('?').next().expect("a path").to_owned();
    for group in ["leaders", "peers", "delegates"] {
        assert_eq!(county.post(&format!("{base}/groups/{group}"), &[("electors", "10")]).status, 200);
    }
    step(county, &base, "begin", &[("monitors", "县人大、县政协各一人")]);
    for group in ["leaders", "peers", "delegates"] {
        let mut form = county.get(&format!("{base}/groups/{group}")).form("main form[method=post]").with("issued", "10").with("collected", "10");
        for name in form.fields_from("n.").into_iter().filter(|name| name.ends_with(".3")) {
            form = form.with(&name, "10");
        }
        assert_eq!(form.send().status, 200);
    }
    step(county, &base, "hand_in_count", &[]);
    step(&enter(world, "shiwei"), &base, "confirm_count", &[("basis", "核对了计票单")]);
}

#[test]
fn duty_report_appraisal() {
    let mut world = World::copy();
    let other = newcomer(&mut world, "zhenc", "township_organisation_officer", "P990101102");
    let (county, town) = (enter(&world, "xianwei"), enter(&world, "zhenwei"));
    let session = session_of(&town, "乡镇（街道）党（工）委书记述职评议");
    write(&other, &report_of(&other, &session), "已经逐个支部去过，建了台账").sees("述职报告已经交了");
    at_mechanism(&town, "duty_report_appraisal", "都列入问题台账").sees("述职评议");

    // Last year's was closed: its problems stand at the head of this year's report, with their state.
    let report = report_of(&town, &session);
    town.get(&format!("{report}/write")).sees("2025 年述职问题的整改情况").sees("整改中").sees("自填");
    step_refused(&county, &session, "begin_comments", "还有书记没有交述职报告");
    write(&town, &report, "两个支部都去过了，建了联系台账").sees("述职报告已经交了").sees("数据附录").sees("系统生成").sees("联系台账");
    let document = town.download(&format!("{report}/document"));
    assert!(document.status == 200 && document.bytes.starts_with(b"PK"));

    // Comments, a paper ballot, grades; the township sees its own comments at once, its grade when it is published.
    step(&county, &session, "begin_comments", &[]);
    let reports = comment_on_all(&county, &session);
    town.get(&report).sees(SAID);
    step(&county, &session, "begin_voting", &[]);
    vote(&world, &county, &session);
    step(&county, &session, "grade", &[("basis", "县委常委会会议研究")]);
    town.get(&report).hides("评议结果");
    step(&county, &session, "publish", &[("approver", "县委书记 赵永平")]);
    town.get(&report).sees("评议结果").sees("得分");

    // It closes when everybody's problems stand in the ledger, and not before.
    let refused = step_refused(&county, &session, "close", "没有列入问题台账");
    let said = refused.text_of("[role=alert]");
    let units = county.get(&session).texts_of("table.list tbody td a[href^='/appraisals/reports/']");
    assert!(!units.is_empty() && units.iter().all(|unit| said.contains(unit.as_str())), "{said}: {units:?}");
    for report in &reports {
        let filed = county.get(&format!("{report}/problems")).form("main form[method=post]");
        let mut form = filed;
        for name in form.fields_from("owner_") {
            form = form.with(&name, "党委书记");
        }
        form.send().sees("列入问题台账");
    }
    step(&county, &session, "close", &[]).sees("已办结");
    town.get("/problems").sees(SAID);
    let sheet = table(&county, &format!("{session}?export=csv"));
    assert!(sheet.len() == reports.len() + 1 || sheet.len() == reports.len() + 2, "{sheet:?}");
}

/// Tries a step that is refused; the page that says why.
fn step_refused(visitor: &Visitor, base: &str, action: &str, why: &str) -> Page {
    let page = visitor.post(&format!("{base}/actions/{action}"), &[]);
    assert_eq!(page.status, 422, "{}", page.text());
    page.sees(why);
    page
}

#[test]
fn duty_report_appraisal__refuses_a_report_without_last_years_problems() {
    let world = World::copy();
    let town = enter(&world, "zhenwei");
    let session = session_of(&town, "乡镇（街道）党（工）委书记述职评议");
    let report = report_of(&town, &session);
    let bare = write(&town, &report, "");
    assert_eq!(bare.status, 422);
    bare.sees("请先说明上年这个问题整改得怎样");
    town.get(&report).sees("还没有交");
    // Nobody writes for another, nor comments on his own; a branch sees nothing of the session.
    let shuji = enter(&world, "shuji");
    assert_ne!(shuji.post(&format!("{report}/write"), &[("work", WRITTEN)]).status, 200);
    assert_ne!(town.post(&format!("{report}/comment"), &[("kind", "strength"), ("text", "自己评自己很好很好")]).status, 200);
    same_answer(&shuji.get(&session), &shuji.get("/appraisals/999999999"));
    town.get(&report).hides("自己评自己").sees("还没有交");
    // Without a filed line nothing is opened: the county has opened what it filed.
    assert_eq!(enter(&world, "xianwei").get("/appraisals/new?line=999999999").status, 404);
}

#[test]
fn contests() {
    let mut world = World::copy();
    let judge = newcomer(&mut world, "pingwei", "county_organisation_officer", "P990102");
    let other = newcomer(&mut world, "zhend", "township_organisation_officer", "P990101102");
    let county = enter(&world, "xianwei");
    at_mechanism(&enter(&world, "zhenwei"), "contests", "每个单位都参加过一次").sees("擂台比武");
    let round = county.get("/contests?state=open").link("互比互学互提升");

    // The second unit enters, once; its figures come by themselves.
    let entry = other.get(&round).click("报名").form("main form[method=post]").with("name", "李红梅").with("presentation", WRITTEN).send();
    entry.sees("李红梅").sees("报名当天由系统生成");
    let entered = entry.path.split('?').next().expect("a path").to_owned();
    county.get("/contests/taking-part?contest=organisation_officers&state=no").hides("李红梅");
    county.get("/contests/taking-part?contest=organisation_officers&state=yes").sees("李红梅参加");

    // Three judges from elsewhere score; the office sees how many, never what, until the round is closed.
    let form = county.get(&format!("{round}/judges")).form("main form[method=post]");
    assert_eq!(form.with("logins", "pingwei\nshiwei\nshenhe").send().status, 200);
    step(&county, &round, "begin_scoring", &[]);
    judge.get("/waiting?kind=contests").sees("互比互学互提升");
    let others = [(enter(&world, "shiwei"), 90), (enter(&world, "shenhe"), 80), (judge, 85)];
    for (n, (visitor, points)) in others.iter().enumerate() {
        let sheet = visitor.get(&format!("{round}/score"));
        let mut form = sheet.form("form.case-form");
        for (i, name) in form.fields_from("points_").into_iter().enumerate() {
            form = form.with(&name, &(points + 3 * i).to_string()).with(&name.replace("points", "remark"), "讲的是自己干的事");
        }
        form.send().sees("已经打过");
        county.get(&entered).hides("讲的是自己干的事");
        if n < 2 {
            let page = county.post(&format!("{round}/actions/close_scoring"), &[]);
            assert_eq!(page.status, 422);
            page.sees("没有评完");
        }
    }
    step(&county, &round, "close_scoring", &[]);
    other.get(&entered).hides("讲的是自己干的事");
    step(&county, &round, "publish", &[("approver", "县委组织部部长")]);
    // Another unit sees places and remarks; a good practice is noted; the first goes up to the city's round.
    enter(&world, "zhenwei").get(&round).sees("李红梅").sees("进入上一级");
    enter(&world, "zhenwei").get(&entered).sees("讲的是自己干的事").sees("88.00");
    let form = county.get(&entered).click("记好做法").form("main form[method=post]");
    form.with("text", "难事一件一件列出来，办完一件销一件").send().sees("难事一件一件列出来");
    enter(&world, "zhenwei").get("/contests/practices").sees("难事一件一件列出来");
    let city = enter(&world, "shiwei");
    let form = city.get("/contests/new").form("main form[method=post]").with("contest", "organisation_officers");
    form.send().sees("李红梅");
    let sheet = table(&county, "/contests/taking-part?contest=organisation_officers&state=no&export=csv");
    assert!(!sheet.is_empty());
}

#[test]
fn contests__refuses_judges_of_the_unit_and_a_second_entry() {
    let mut world = World::copy();
    let other = newcomer(&mut world, "zhend", "township_organisation_officer", "P990101102");
    let county = enter(&world, "xianwei");
    let town = enter(&world, "zhenwei");
    let round = county.get("/contests?state=open").link("互比互学互提升");
    let again = town.post(&format!("{round}/enter"), &[("name", "又一人"), ("presentation", WRITTEN)]);
    assert_eq!(again.status, 422);
    again.sees("一期参加一次");
    // A judge from the township of an entrant, or from its villages, is refused by name of the unit.
    for login in ["zhenwei", "shuji"] {
        let form = county.get(&format!("{round}/judges")).form("main form[method=post]");
        let refused = form.with("logins", &format!("shiwei\nshenhe\n{login}")).send();
        assert_eq!(refused.status, 422);
        refused.sees("不能当评委");
    }
    county.get(&round).sees("还没有请评委").hides("又一人");
    // Nobody scores who is no judge, and the township holds no round of officers.
    assert_eq!(other.get(&format!("{round}/score")).status, 404);
    let refused = other.post("/contests/new", &[("contest", "organisation_officers"), ("held_on", "2026-12-20")]);
    assert_ne!(refused.status, 200);
}
