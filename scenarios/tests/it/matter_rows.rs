//! What an office opens at an organisation below: numbered, with a day, and ended by somebody else.

use scenarios::{Page, Visitor, World};

use crate::selection_rows::newcomer;
use crate::steps::{absent_below, at_mechanism, enter, number_in, same_answer, step, table};
use crate::weak_rows::{at_stage, bring_to_acceptance, close_out};

/// The town whose officer is `zhenwei`, and its county.
const TOWN: &str = "P990101101";
const COUNTY: &str = "P990101";

const WHAT: &str = "八月主题党日全镇有四个支部没有记录";

/// The number of an organisation, by its code.
fn number_of(officer: &Visitor, code: &str) -> String {
    let found = officer.get(&format!("/organisations?q={code}"));
    let href = found.attributes("table.list tbody a[href^='/organisations/']", "href").into_iter().next();
    href.unwrap_or_else(|| panic!("no {code}:\n{}", found.text())).trim_start_matches("/organisations/").to_owned()
}

/// Opens a matter with these fields; the page that follows.
fn open(officer: &Visitor, key: &str, organisation: &str, fields: &[(&str, &str)]) -> Page {
    let mut form = officer.get(&format!("/matters/{key}/new?organisation={organisation}")).form("main form[method=post]");
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

fn path(page: &Page) -> String {
    page.path.split('?').next().expect("a path").to_owned()
}

/// Where a matter stands; where it ended, once it is over.
fn stage(page: &Page) -> String {
    let now = if page.has("ol.stages li.now") { "ol.stages li.now" } else { "ol.stages li.done:last-of-type" };
    page.texts_of(now).pop().unwrap_or_default()
}

fn slip<'a>(kind: &'a str, what: &'a str) -> [(&'a str, &'a str); 5] {
    [("kind", kind), ("what", what), ("standard", "四个支部都补上说明"), ("owner", "组织委员 罗长青"), ("due_on", "2099-01-31")]
}

const FED_BACK: [(&str, &str); 2] = [("result", "四个支部都说明了原因"), ("evidence", "九月镇党委会议记录")];

#[test]
fn three_slips() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "three_slips", "由发单的单位核验办结").sees("三单");
    let town = number_of(&county, TOWN);
    let opened = open(&county, "three_slips", &town, &slip("problem_slip", WHAT));
    opened.sees("问题单〔").sees(WHAT);
    let slip_at = path(&opened);
    // Whoever asks who answers finds it at one level with one person, until it is over.
    let answers = |visitor: &Visitor| visitor.get("/responsibility?kind=督办事项&q=四个支部没有记录");
    answers(&county).sees(WHAT).sees("督办事项");
    // Numbers of a kind follow one another, whatever is sent between.
    let number = |page: &Page| number_in(page.text().split('〕').nth(1).expect("a number"));
    open(&county, "three_slips", &town, &slip("task_slip", "十月底前开完全镇支部书记例会")).sees("任务单〔");
    let next = open(&county, "three_slips", &town, &slip("problem_slip", "两个支部没有报换届方案"));
    assert_eq!(number(&next), number(&opened) + 1);

    // The town is told, has it on its desk, receives it, answers.
    let officer = enter(&world, "zhenwei");
    officer.get("/messages").sees(WHAT);
    officer.get("/waiting?kind=matters").sees(WHAT);
    assert!(stage(&step(&officer, &slip_at, "receive", &[])).starts_with("办理"));
    assert!(stage(&step(&officer, &slip_at, "feed_back", &FED_BACK)).starts_with("核验"));

    // The county sends it back once, then ends it; the town and the city see both.
    county.get("/waiting?kind=matters").sees(WHAT);
    step(&county, &slip_at, "reissue", &[("reason", "还差松林村"), ("due_on", "2099-02-15")]);
    officer.get(&slip_at).sees("还差松林村").sees("2099-02-15");
    step(&officer, &slip_at, "feed_back", &FED_BACK);
    step(&county, &slip_at, "verify", &[("basis", "看了四个支部的说明")]).sees("已办结");
    officer.get(&slip_at).sees("已办结").sees("退回重办");
    answers(&county).hides(WHAT);
    enter(&world, "shiwei").get("/matters/three_slips?state=closed").sees(WHAT).sees("退回 1 次");
    let lines = table(&county, "/matters/three_slips?state=all&export=csv");
    assert!(lines.iter().any(|row| row.iter().any(|cell| cell == WHAT)), "{lines:?}");
}

#[test]
fn three_slips__refuses_verification_by_who_answered_and_a_slip_without_owner_or_day() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let town = number_of(&county, TOWN);
    let bare = open(&county, "three_slips", &town, &[("kind", "problem_slip"), ("what", WHAT), ("standard", "补上说明")]);
    assert_eq!(bare.status, 422);
    bare.sees("请填“责任人”").sees("请填“时限”");
    county.get("/matters/three_slips").hides(WHAT);

    let slip_at = path(&open(&county, "three_slips", &town, &slip("problem_slip", WHAT)));
    let officer = enter(&world, "zhenwei");
    step(&officer, &slip_at, "receive", &[]);
    step(&officer, &slip_at, "feed_back", &FED_BACK);
    let before = county.get(&slip_at).text();
    assert_ne!(officer.post(&format!("{slip_at}/actions/verify"), &[("basis", "自己看过")]).status, 200);
    assert_eq!(county.get(&slip_at).text(), before);
    // Who only answers opens none upwards; who has nothing to do with it finds nothing.
    assert_ne!(open_directly(&officer, &number_of(&county, COUNTY)).status, 200);
    let stranger = enter(&world, "hangye");
    same_answer(&stranger.get(&slip_at), &stranger.get(&absent_below("/matters/items")));
}

/// Sends the form without the page, as nobody is offered it.
fn open_directly(officer: &Visitor, organisation: &str) -> Page {
    let fields: Vec<(&str, &str)> = slip("problem_slip", "倒着发的单").into_iter().chain([("organisation", organisation)]).collect();
    officer.post("/matters/three_slips/new", &fields)
}

/// Slips that the town hands in after their day.
fn late_slips(world: &mut World, n: usize) {
    let county = enter(world, "xianwei");
    let town = number_of(&county, TOWN);
    let today = county.get("/ledgers/field_inputs/new").attribute("main input[type=date]", "value").expect("a form of today");
    let mut open_at = Vec::new();
    for i in 0..n {
        let what = format!("逾期的第 {i} 件");
        let fields = [("kind", "task_slip"), ("what", what.as_str()), ("standard", "办完"), ("owner", "组织委员 罗长青"), ("due_on", today.as_str())];
        open_at.push(path(&open(&county, "three_slips", &town, &fields)));
    }
    world.days_later(5);
    let (officer, county) = (enter(world, "zhenwei"), enter(world, "xianwei"));
    for slip_at in open_at {
        step(&officer, &slip_at, "receive", &[]);
        step(&officer, &slip_at, "feed_back", &FED_BACK);
        step(&county, &slip_at, "verify", &[("basis", "办完了，晚了")]).sees("逾期");
    }
}

#[test]
fn accountability_ladder() {
    let mut world = World::copy();
    let leader = newcomer(&mut world, "leader", "leading_official", COUNTY);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "accountability_ladder", "由有权的领导决定");
    let town = number_of(&county, TOWN);

    let what = [("kind", "criticism"), ("what", "三件任务逾期"), ("person", "镇党委书记 罗长青")];
    let proposed = open(&county, "accountability_ladder", &town, &what);
    let at = path(&proposed);
    assert!(stage(&proposed).starts_with("研究决定"));

    // A leading official decides; whoever proposed it cannot.
    assert_ne!(county.post(&format!("{at}/actions/decide"), &[("reason", "x"), ("correction", "y"), ("due_on", "2099-01-31")]).status, 200);
    leader.get("/waiting?kind=matters").sees("三件任务逾期");
    step(&leader, &at, "decide", &[("reason", "属实，严肃批评"), ("correction", "逐件补办"), ("due_on", "2099-01-31")]);
    let officer = enter(&world, "zhenwei");
    officer.get("/messages").sees("作出决定");
    step(&officer, &at, "appeal", &[("appeals.text", "其中一件当天已经反馈")]);
    step(&officer, &at, "hand_in", &[("result", "三件都已补办"), ("evidence", "三单办理记录")]);
    // What was not reviewed is not over.
    county.get(&at).sees("申诉还没有复核");
    assert_ne!(county.post(&format!("{at}/actions/verify"), &[("basis", "先办结")]).status, 200);
    let above = newcomer(&mut world, "above", "leading_official", "P9901");
    above.get("/waiting?kind=matters").sees("三件任务逾期");
    let form = above.get(&format!("{at}/actions/uphold_late")).form("form.case-form");
    let appeal = form.choices("answered").remove(0);
    form.tick("answered", &appeal).with("answer", "反馈晚了两天，维持").send().sees("反馈晚了两天，维持");
    let officer = enter(&world, "zhenwei");
    officer.get(&at).sees("反馈晚了两天，维持");
    let county = enter(&world, "xianwei");
    step(&county, &at, "verify", &[("basis", "逐件看过")]).sees("已改正");
    officer.get(&at).sees("已改正");

    // The next rung stands on the one before.
    let talk =
        open(&county, "accountability_ladder", &town, &[("kind", "admonition_talk"), ("what", "又有五件逾期"), ("person", "镇党委书记 罗长青")]);
    assert_eq!(talk.status, 200);
    talk.sees("约谈通报").hides("越过前一步");

    // The last rung is taken elsewhere: number and date are recorded.
    let third =
        [("kind", "organisational_measure"), ("what", "造成严重后果"), ("person", "镇党委书记 罗长青"), ("skipped", "情节严重，县委研究同意")];
    let third = path(&open(&county, "accountability_ladder", &town, &third));
    let leader = enter(&world, "leader");
    leader.get(&third).sees("提请组织处理").sees("只登记它已经作出的决定");
    let decide = [("reason", "按决定执行"), ("correction", "重新安排工作"), ("due_on", "2099-01-31")];
    assert_ne!(leader.post(&format!("{third}/actions/decide"), &decide).status, 200);
    // Until it is registered, whom it is about hears nothing.
    let officer = enter(&world, "zhenwei");
    same_answer(&officer.get(&third), &officer.get(&absent_below("/matters/items")));
    officer.get("/messages").hides("造成严重后果");
    let without = step(&leader, &third, "register", &[("correction", "重新安排工作"), ("due_on", "2099-01-31")]);
    assert_eq!(without.status, 422);
    without.sees("决定文号");
    let decided = [
        ("correction", "重新安排工作"),
        ("due_on", "2099-01-31"),
        ("decided_elsewhere_by", "县委"),
        ("decision_number", "示例干〔2026〕7号"),
        ("decision_on", "2026-11-01"),
    ];
    step(&leader, &third, "register", &decided).sees("示例干〔2026〕7号");
    officer.get(&third).sees("示例干〔2026〕7号");
}

#[test]
fn accountability_ladder__refuses_a_skipped_rung_and_proposes_from_records() {
    let mut world = World::copy();
    late_slips(&mut world, 1);
    let county = enter(&world, "xianwei");
    let proposed = county.get("/matters/accountability_ladder/proposals");
    proposed.sees("严肃批评").sees("逾期的三单");
    let act = proposed.attributes("table.list tbody a.btn", "href").into_iter().next().expect("somebody is proposed");
    county.get(&act).sees("提请问责");

    let town = number_of(&county, TOWN);
    let skipping = [("kind", "admonition_talk"), ("what", "直接约谈一次"), ("person", "镇党委书记 罗长青")];
    let refused = open(&county, "accountability_ladder", &town, &skipping);
    assert_eq!(refused.status, 422);
    refused.sees("越过它要写明理由");
    county.get("/matters/accountability_ladder?state=all").hides("直接约谈一次");
    // A town proposes none against its own.
    let officer = enter(&world, "zhenwei");
    same_answer(&officer.get("/matters/nothing_such"), &officer.get("/matters/discipline_referral"));
}

#[test]
fn discipline_referral() {
    let mut world = World::copy();
    let organ = newcomer(&mut world, "jijian", "discipline_officer", COUNTY);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "discipline_referral", "登记的结果类别");
    let town = number_of(&county, TOWN);
    let opened = open(&county, "discipline_referral", &town, &[("number", "示例组函〔2026〕3号"), ("referred_on", "2026-11-01")]);
    let at = path(&opened);
    organ.get("/waiting?kind=matters").sees("示例组函〔2026〕3号");
    step(&organ, &at, "receive", &[("receipt_number", "示例纪收〔2026〕8号"), ("received_on", "2026-11-02")]);
    county.get(&at).sees("示例纪收〔2026〕8号");
    step(&organ, &at, "record_outcome", &[("outcome", "谈话函询"), ("concluded_on", "2026-11-10")]);
    county.get(&at).sees("有了结果").sees("谈话函询");
    county.get("/matters/discipline_referral?state=closed").sees("示例组函〔2026〕3号");
}

#[test]
fn discipline_referral__refuses_case_content_the_unit_and_an_outcome_by_who_referred() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let town = number_of(&county, TOWN);
    let page = county.get(&format!("/matters/discipline_referral/new?organisation={town}"));
    let asked: Vec<String> = page.attributes("main form[method=post] [name]", "name");
    let own: Vec<&str> = asked.iter().map(String::as_str).filter(|name| !["csrf", "draft_key", "organisation"].contains(name)).collect();
    assert_eq!(own, ["number", "referred_on"], "nothing else is kept");
    let at = path(&open(&county, "discipline_referral", &town, &[("number", "示例组函〔2026〕4号"), ("referred_on", "2026-11-01")]));
    for action in ["receive", "record_outcome"] {
        assert_ne!(county.post(&format!("{at}/actions/{action}"), &[("receipt_number", "自填"), ("outcome", "不予受理")]).status, 200);
    }
    county.get(&at).sees("等回执").hides("自填");
    for login in ["zhenwei", "shuji", "hangye"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&at), &visitor.get(&absent_below("/matters/items")));
        visitor.get("/messages").hides("示例组函〔2026〕4号");
        visitor.get("/search?q=示例组函").hides("〔2026〕4号");
    }
}

const TOPICS: &str = "补选两名委员\n公开果园合同";

/// Ties a leader to the organisation of a rectification; the page that follows.
fn tie(county: &Visitor, name: &str, converted_by: &str) -> Page {
    let proposals = county.get(&format!("/matters/leader_pairing/proposals?q={name}"));
    let href = proposals.attributes("table.list tbody a.btn", "href").into_iter().next().unwrap_or_else(|| panic!("{name}: {}", proposals.text()));
    let form = county.get(&href).form("main form[method=post]");
    form.with("leader", "县委副书记 严书华").with("topics", TOPICS).with("converted_by", converted_by).send()
}

fn visits(officer: &Visitor, at: &str, n: usize) {
    for day in 1..=n {
        // Twice on one day is one visit.
        let day = format!("2026-11-0{day}");
        step(officer, at, "visit", &[("visited_on", &day), ("guidance", "上午看了账")]);
        step(officer, at, "visit", &[("visited_on", &day), ("guidance", "看了补选的准备，定了果园合同公开的日子")]);
    }
}

/// A day of the month after a day's.
fn next_month(day: &str) -> String {
    let (year, month): (u32, u32) = (day[..4].parse().expect("a year"), day[5..7].parse().expect("a month"));
    format!("{:04}-{:02}-28", year + month / 12, month % 12 + 1)
}

#[test]
fn three_fix_three_guarantee() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "three_fix_three_guarantee", "没有转化不脱钩");
    let name = case.title.trim_end_matches("整顿").to_owned();
    let tied = tie(&county, &name, "2099-03-31");
    assert_eq!(tied.status, 200);
    let at = path(&tied);
    let secretary = enter(&world, &case.secretary);
    secretary.get(&at).sees("严书华").sees("补选两名委员");
    visits(&enter(&world, &case.officer), &at, 3);
    bring_to_acceptance(&mut world, &case);
    let county = enter(&world, "xianwei");
    county.get(&at).sees("不能脱钩");
    close_out(&world, &case);
    step(&county, &at, "unlink", &[("basis", "整顿已经批准销号")]).sees("已脱钩");
    enter(&world, &case.secretary).get(&at).sees("已脱钩");
    county.get("/matters/leader_pairing?state=closed").sees(&name);
}

#[test]
fn three_fix_three_guarantee__refuses_to_drop_the_link_before_conversion_and_a_second_extension() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
    let county = enter(&world, "xianwei");
    let name = case.title.trim_end_matches("整顿").to_owned();
    let today = county.get("/ledgers/field_inputs/new").attribute("main input[type=date]", "value").expect("a form of today");
    let at = path(&tie(&county, &name, &today));
    visits(&enter(&world, &case.officer), &at, 3);
    assert_ne!(county.post(&format!("{at}/actions/unlink"), &[("basis", "到期了")]).status, 200);
    county.get(&at).sees("联系指导").hides("到期了");
    // Its day has come: it is put off once, not for as long as one likes.
    let long = county.post(&format!("{at}/actions/extend"), &[("reason", "果园合同还在核对"), ("due_on", "2099-06-30")]);
    assert_ne!(long.status, 200);
    long.sees("最长延 90 天");
    let until = next_month(&today);
    step(&county, &at, "extend", &[("reason", "果园合同还在核对"), ("due_on", &until)]).sees("延期指导");
    assert_ne!(county.post(&format!("{at}/actions/extend"), &[("reason", "再延"), ("due_on", "2099-12-31")]).status, 200);
    assert_ne!(county.post(&format!("{at}/actions/unlink_late"), &[("basis", "到期了")]).status, 200);
    county.get(&at).sees(&until).hides("2099-12-31").hides("到期了");
    // One leader at a time; the officer of the town ties none.
    county.get(&format!("/matters/leader_pairing/proposals?q={name}")).sees("在办");
    let officer = enter(&world, &case.officer);
    let id = number_of(&county, &name);
    let fields = [("organisation", id.as_str()), ("leader", "镇长"), ("topics", "另立一件"), ("converted_by", "2099-03-31")];
    for visitor in [&county, &officer] {
        assert_ne!(visitor.post("/matters/leader_pairing/new", &fields).status, 200);
    }
    county.get("/matters/leader_pairing?state=all").hides("另立一件");
}
