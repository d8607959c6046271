//! Projects: proposed, approved, carried out by milestones, accepted by somebody else; wholes that units carry parts of.

use scenarios::{Page, Visitor, World};

use crate::steps::{at_mechanism, enter, same_answer, step, table};
use crate::supervision_rows::own_branch;
use crate::weak_rows::{Listed, at_stage, bring_to_acceptance, step_closing};

const LED: &str = "/projects/township_led_project";
const NAME: &str = "四个组的饮水管网改造";

/// Where a project stands.
fn stage(page: &Page) -> String {
    let now = if page.has("ol.stages li.now") { "ol.stages li.now" } else { "ol.stages li" };
    page.texts_of(now).pop().unwrap_or_default()
}

/// Begins a project; its address.
fn propose(visitor: &Visitor, list: &str, name: &str, served: Option<&str>) -> String {
    let mut form = visitor.get(&format!("{list}/new")).form_with_button("下一步").with("name", name);
    if let Some(served) = served {
        form = form.with("served", served);
    }
    let page = form.send();
    page.sees(name).sees("请填写目标、节点和时限");
    page.path.split('?').next().expect("a path").to_owned()
}

const MILESTONE: [(&str, &str); 3] = [("milestones.text", "管网通水"), ("milestones.owner", "程立群"), ("milestones.due_on", "2027-02-20")];
const PLAN: [(&str, &str); 5] =
    [("goal", "四个组冬天不断水"), ("beneficiaries", "四个组六百人"), ("money", "90000"), ("responsible", "罗长青"), ("due_on", "2027-03-31")];
const PROGRESS: [(&str, &str); 2] = [("progress", "管子已经埋好，正在试水"), ("evidence", "施工合同和验收单")];

fn plan() -> Vec<(&'static str, &'static str)> {
    PLAN.into_iter().chain(MILESTONE).collect()
}

/// Confirms everything that is open.
fn confirm(visitor: &Visitor, path: &str, action: &str) -> Page {
    let page = visitor.get(&format!("{path}/actions/{action}"));
    let mut form = page.form("form.case-form");
    for id in form.choices("reached") {
        form = form.tick("reached", &id);
    }
    let note = if action == "mid_check" { "findings" } else { "basis" };
    form.with(note, "去现场看了").send()
}

/// From the plan to the word of whom it serves, by those whose turn it is.
fn up_to_acceptance(world: &World, path: &str, town: &str, served: &str) {
    let officer = enter(world, town);
    assert!(stage(&step(&officer, path, "propose", &plan())).starts_with("县里审批"));
    let county = enter(world, "xianwei");
    assert!(stage(&step(&county, path, "approve", &[])).starts_with("实施"));
    officer.post(&format!("{path}/actions/apply_for_acceptance"), &[("result", "好"), ("spent", "1")]).sees("要先办“报告进展”");
    step(&officer, path, "report_progress", &PROGRESS);
    assert_eq!(confirm(&county, path, "confirm_milestones").status, 200);
    let handed_in = step(&officer, path, "apply_for_acceptance", &[("result", "四个组都通了水"), ("spent", "88000")]);
    assert!(stage(&handed_in).starts_with("验收"));
    let branch = enter(world, served);
    branch.get("/waiting?kind=projects").sees("填写受益方意见");
    step(&branch, path, "served_accepts", &[("opinion", "通了水，党员群众认可")]);
}

const BENEFIT: [(&str, &str); 1] = [("benefit", "四个组六百人冬天不断水")];

/// The project that stands for a rectification: its address.
fn of_rectification(case: &Listed, world: &World) -> String {
    let village = case.title.trim_end_matches("整顿").trim_end_matches("党支部");
    let page = enter(world, &case.officer).get(&format!("{LED}?q={village}"));
    page.sees("直接列入");
    page.link(&format!("{village}整顿提升"))
}

#[test]
fn township_led_project() {
    let mut world = World::copy();
    let branch = own_branch(&world);
    let town = enter(&world, "zhenwei");
    at_mechanism(&town, "township_led_project", "受益的党组织认可");
    let path = propose(&town, LED, NAME, Some(&branch));
    enter(&world, "dangyuan").get(LED).hides(NAME);
    // Sent back once: what was proposed before is proposed anew, and counts once.
    let county = enter(&world, "xianwei");
    step(&town, &path, "propose", &plan());
    county.get("/waiting?kind=projects").sees(NAME);
    assert!(stage(&step(&county, &path, "return_proposal", &[("reason", "受益对象不清楚")])).starts_with("申报"));
    enter(&world, "zhenwei").get("/messages").sees("受益对象不清楚");
    step(&town, &path, "propose", &plan());
    step(&county, &path, "approve", &[]);
    let page = town.get(&path);
    assert_eq!(page.texts_of(".gantt-row b"), ["管网通水"]);
    // A month without a word stands on the desk.
    world.days_later(40);
    let town = enter(&world, "zhenwei");
    town.get("/waiting?kind=projects").sees("进展还没有报").sees(NAME);
    step(&town, &path, "report_progress", &PROGRESS);
    let county = enter(&world, "xianwei");
    county.get("/waiting?kind=projects").sees("没有确认");
    confirm(&county, &path, "confirm_milestones");
    step(&town, &path, "apply_for_acceptance", &[("result", "四个组都通了水"), ("spent", "88000")]);
    // Whom it serves sends it back, then agrees.
    let secretary = enter(&world, "shuji");
    assert!(stage(&step(&secretary, &path, "served_objects", &[("reason", "三组还没有水")])).starts_with("实施"));
    step(&town, &path, "apply_for_acceptance", &[("result", "三组也通了"), ("spent", "88000")]);
    step(&secretary, &path, "served_accepts", &[("opinion", "都通了")]);
    step(&county, &path, "accept", &BENEFIT).sees("四个组六百人冬天不断水");
    enter(&world, "zhenwei").get("/messages").sees("验收合格，办结");
    // Everybody reads it in the list.
    enter(&world, "dangyuan").get(&format!("{LED}?state=done")).sees(NAME);
    let lines = table(&enter(&world, "shiwei"), &format!("{LED}?state=done&export=csv"));
    assert!(lines.iter().any(|line| line[0] == NAME && line.iter().any(|cell| cell == "1 / 1")), "{lines:?}");
}

#[test]
fn township_led_project__follows_a_rectification_and_closes_after_it() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");
    let path = of_rectification(&case, &world);
    bring_to_acceptance(&mut world, &case);
    let team = enter(&world, "ducha");
    step_closing(&team, &case.path, "verify_conditions", "verified", &[("method", "听取党员意见，查阅记录。"), ("satisfied_percent", "92")]);
    step(&team, &case.path, "accept", &[("team", "县委组织部、县民政局")]);
    step(&enter(&world, "xianwei"), &case.path, "close_out", &[("number", "第11号")]);
    up_to_acceptance(&world, &path, &case.officer, &case.secretary);
    step(&enter(&world, "xianwei"), &path, "accept", &BENEFIT).sees("已验收");
}

#[test]
fn township_led_project__refuses_closing_before_the_village_is_struck_off() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
    let path = of_rectification(&case, &world);
    let officer = enter(&world, &case.officer);
    officer.post(&format!("{path}/actions/give_up"), &[("reason", "不想办")]).sees("不能撤回");
    up_to_acceptance(&world, &path, &case.officer, &case.secretary);
    let county = enter(&world, "xianwei");
    county.post(&format!("{path}/actions/accept"), &[("benefit", "好"), ("accepted_on", "2026-01-05")]).sees("还没有销号");
    assert!(stage(&county.get(&path)).starts_with("验收"));
}

#[test]
fn township_led_project__refuses_reporting_unapproved_and_accepting_ones_own() {
    let world = World::copy();
    let branch = own_branch(&world);
    let town = enter(&world, "zhenwei");
    // Without whom it serves, nothing begins.
    let form = town.get(&format!("{LED}/new")).form_with_button("下一步").with("name", NAME);
    let sent = form.send();
    assert_eq!(sent.status, 422);
    sent.sees("请选受益的党组织");
    town.get(LED).hides(NAME);
    let path = propose(&town, LED, NAME, Some(&branch));
    town.post(&format!("{path}/actions/report_progress"), &PROGRESS).sees("现在不在这一步");
    let page = town.get(&format!("{path}/actions/propose"));
    let mut form = page.form("form.case-form");
    for (name, value) in PLAN {
        form = form.with(name, value);
    }
    let bare = form.send();
    assert_eq!(bare.status, 422);
    bare.sees("请填“节点”");
    assert!(stage(&town.get(&path)).starts_with("申报"));
    up_to_acceptance(&world, &path, "zhenwei", "shuji");
    let own = town.post(&format!("{path}/actions/accept"), &[("benefit", "好"), ("accepted_on", "2026-01-05")]);
    own.sees("承担的人不能验收自己的");
    assert!(stage(&town.get(&path)).starts_with("验收"));
    let line = enter(&world, "hangye");
    same_answer(&line.get(&path), &line.get("/projects/entries/999999999"));
}

const OWN: &str = "/projects/secretary_project";
const OWN_NAME: &str = "把停了的夜校办起来";
const OWN_PLAN: [(&str, &str); 5] = [
    ("question", "夜校停了两年"),
    ("goal", "每月开一次，每次二十人以上"),
    ("measures", "请老党员和农技员轮流讲"),
    ("responsible", "某书记"),
    ("due_on", "2027-03-31"),
];

fn own_plan() -> Vec<(&'static str, &'static str)> {
    OWN_PLAN.into_iter().chain(MILESTONE).collect()
}

#[test]
fn secretary_project() {
    let world = World::copy();
    let branch = enter(&world, "shuji");
    at_mechanism(&branch, "secretary_project", "好的列为经验");
    let path = propose(&branch, OWN, OWN_NAME, None);
    step(&branch, &path, "propose", &own_plan());
    let town = enter(&world, "zhenwei");
    step(&town, &path, "approve", &[]);
    step(&branch, &path, "report_progress", &PROGRESS);
    confirm(&town, &path, "confirm_milestones");
    step(&branch, &path, "apply_for_acceptance", &[("result", "开了十二次"), ("experience", "讲的人轮流来")]);
    assert!(stage(&step(&town, &path, "accept", &[("finding", "听了八名党员的意见")])).starts_with("评等次"));
    step(&town, &path, "grade", &[("grade", "好"), ("reason", "做法别的村学得来")]).sees("列为经验");
    enter(&world, "shuji").get("/messages").sees("评定等次");
    // It stands among the experiences that everybody reads.
    let list = enter(&world, "dangyuan").get(&format!("{OWN}?state=good"));
    list.sees(OWN_NAME).sees("经验");
}

#[test]
fn secretary_project__refuses_grading_ones_own_and_before_acceptance() {
    let world = World::copy();
    let branch = enter(&world, "shuji");
    let path = propose(&branch, OWN, OWN_NAME, None);
    step(&branch, &path, "propose", &own_plan());
    assert_ne!(branch.post(&format!("{path}/actions/approve"), &[]).status, 200);
    let town = enter(&world, "zhenwei");
    step(&town, &path, "approve", &[]);
    town.post(&format!("{path}/actions/grade"), &[("grade", "好"), ("reason", "好")]).sees("现在不在这一步");
    step(&branch, &path, "report_progress", &PROGRESS);
    branch.post(&format!("{path}/actions/confirm_milestones"), &[("basis", "自己看了")]).sees("承担的人不能确认自己的");
    branch.post(&format!("{path}/actions/apply_for_acceptance"), &[("result", "好")]).sees("还有节点没有确认做到");
    assert!(stage(&town.get(&path)).starts_with("实施"));
    enter(&world, "dangyuan").get(&format!("{OWN}?state=good")).hides(OWN_NAME);
}

const MATTERS: &str = "/projects/ten_practical_matters";
const MATTER: &str = "村级公开栏换成电子屏";

/// Fills the form that sets a matter: of the two counties each its part.
fn set(city: &Visitor, quantity: &str, parts: [&str; 2]) -> Page {
    let form = city.get(&format!("{MATTERS}/set")).form_with_button("定下并分到各单位");
    let names = form.fields_from("part-");
    assert_eq!(names.len(), 2, "the demo has two counties");
    let form = form.with("name", MATTER).with("quantity", quantity).with("unit", "块").with("due_on", "2027-12-31");
    form.with(&names[0], parts[0]).with(&names[1], parts[1]).send()
}

/// The addresses of the units' parts, from the board.
fn parts(city: &Visitor, board: &str) -> Vec<String> {
    city.get(board).attributes("table.list tbody td:first-child a", "href")
}

/// A county reports so much, asks for its acceptance; the city accepts.
fn done(world: &World, login: &str, path: &str, n: &str) {
    let county = enter(world, login);
    step(&county, path, "report_count", &[("done", n), ("evidence", "验收单")]);
    step(&county, path, "apply_for_acceptance", &[("result", "都装好了")]);
    step(&enter(world, "shiwei"), path, "accept", &[("basis", "抽查了五块")]).sees("已验收");
}

#[test]
fn ten_practical_matters() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "ten_practical_matters", "每一项、每个县（市、区）");
    let page = set(&city, "30", ["20", "10"]);
    page.sees("目标 30 块").sees("已完成 0 块");
    let board = page.path.split('?').next().expect("a path").to_owned();
    let units = parts(&city, &board);
    assert_eq!(units.len(), 2);
    enter(&world, "xianwei").get("/messages").sees(MATTER).sees("本单位 20 块");
    step(&enter(&world, "xianwei"), &units[0], "report_count", &[("done", "5"), ("evidence", "验收单")]);
    // Everybody reads how far it is.
    enter(&world, "dangyuan").get(&format!("{MATTERS}?year=2027")).sees(MATTER).sees("16%");
    done(&world, "xianwei", &units[0], "20");
    enter(&world, "dangyuan").get(&board).sees("在办").sees("办结 1 / 2");
    done(&world, "p990102", &units[1], "10");
    let member = enter(&world, "dangyuan");
    member.get(&board).sees("办结").sees("100%");
    member.get(&format!("{MATTERS}?year=2027&state=done")).sees(MATTER);
}

#[test]
fn ten_practical_matters__refuses_parts_that_do_not_add_up_and_acceptance_of_less() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let wrong = set(&city, "30", ["20", "9"]);
    assert_eq!(wrong.status, 422);
    wrong.sees("各单位合计 29 块，比总数 30 块少 1");
    city.get(&format!("{MATTERS}?year=2027")).hides(MATTER);
    let board = set(&city, "30", ["20", "10"]).path;
    let unit = parts(&city, board.split('?').next().expect("a path")).remove(0);
    let county = enter(&world, "xianwei");
    step(&county, &unit, "report_count", &[("done", "19"), ("evidence", "验收单")]);
    county.post(&format!("{unit}/actions/apply_for_acceptance"), &[("result", "差不多了")]).sees("还没有办够数量");
    assert!(stage(&county.get(&unit)).starts_with("办理"));
    // Nobody below sets one.
    same_answer(&enter(&world, "shuji").get(&format!("{MATTERS}/set")), &enter(&world, "shuji").get("/projects/nothing/set"));
    assert_ne!(county.get(&format!("{MATTERS}/set")).status, 200);
}

const TOPICS: &str = "/projects/pilot_topics";
const TOPIC: &str = "楼宇支部联建";
const TOPIC_PLAN: [(&str, &str); 5] = [
    ("question", "楼里企业小、党员散"),
    ("approach", "一栋楼一个联合支部"),
    ("indicator", "有支部的楼数，现在 2 栋"),
    ("leader", "方海平"),
    ("due_on", "2027-03-31"),
];
const SPREAD: [(&str, &str); 5] = [
    ("action", "商务楼宇全面推行联合支部"),
    ("standard", "三名党员以上的楼宇都有支部"),
    ("owner", "县（市、区）委组织部部长"),
    ("measure", "按建成支部的楼宇数核验"),
    ("spread_by", "2027-10-31"),
];

/// Brings a topic to its conclusion.
fn concluded(world: &World) -> String {
    let county = enter(world, "xianwei");
    let path = propose(&county, TOPICS, TOPIC, None);
    let plan: Vec<(&str, &str)> = TOPIC_PLAN.into_iter().chain(MILESTONE).collect();
    assert!(stage(&step(&county, &path, "propose", &plan)).starts_with("试点"));
    county.post(&format!("{path}/actions/conclude"), &[("conclusion", "成了"), ("figure", "9 栋")]).sees("要先办“中期检查”");
    step(&county, &path, "report_progress", &PROGRESS);
    confirm(&enter(world, "shiwei"), &path, "mid_check");
    assert!(stage(&step(&county, &path, "conclude", &[("conclusion", "成了"), ("figure", "9 栋")])).starts_with("决定"));
    path
}

#[test]
fn pilot_topics() {
    let mut world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "pilot_topics", "推开的变成任务");
    // One that is late stands among the delayed.
    let county = enter(&world, "xianwei");
    let late = propose(&county, TOPICS, "商圈党群服务点", None);
    let plan: Vec<(&str, &str)> = TOPIC_PLAN.into_iter().chain(MILESTONE).collect();
    step(&county, &late, "propose", &plan);
    let path = concluded(&world);
    step(&enter(&world, "shiwei"), &path, "spread", &SPREAD).sees("已推开");
    // The other county has it as a task, and receives it.
    let other = enter(&world, "p990102");
    let task = other.get("/tasks").link("商务楼宇全面推行联合支部");
    step(&other, &task, "receive", &[]);
    world.days_later(100);
    enter(&world, "shiwei").get(&format!("{TOPICS}?state=overdue")).sees("商圈党群服务点").hides(TOPIC);
}

#[test]
fn pilot_topics__refuses_deciding_ones_own() {
    let world = World::copy();
    let path = concluded(&world);
    let county = enter(&world, "xianwei");
    county.post(&format!("{path}/actions/spread"), &SPREAD).sees("由市委组织部决定");
    assert!(stage(&county.get(&path)).starts_with("决定"));
    enter(&world, "p990102").get("/tasks").hides("商务楼宇全面推行联合支部");
    step(&enter(&world, "shiwei"), &path, "stop", &[("reason", "成本太高")]).sees("已终止");
    enter(&world, "xianwei").get("/messages").sees("成本太高");
}

const CAMPAIGN: &str = "/projects/special_rectification";
const BATCH: &str = "作风专项治理第二批";
const FIGURES: [(&str, &str); 7] =
    [("n_checked", "30"), ("n_clues", "4"), ("n_concluded", "3"), ("n_adjusted", "2"), ("n_removed", "1"), ("n_rules", "2"), ("done", "四项都做了")];

fn begin_batch(city: &Visitor) -> String {
    let form = city.get(&format!("{CAMPAIGN}/set")).form_with_button("定下并分到各单位");
    let page = form.with("name", BATCH).with("due_on", "2027-12-31").send();
    page.sees(BATCH).sees("2 个单位");
    page.path.split('?').next().expect("a path").to_owned()
}

#[test]
fn special_rectification() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "special_rectification", "写明制度修订后办结");
    let board = begin_batch(&city);
    for (login, unit) in ["xianwei", "p990102"].into_iter().zip(parts(&city, &board)) {
        let county = enter(&world, login);
        county.get("/messages").sees(BATCH);
        step(&county, &unit, "report_figures", &FIGURES);
        // Each part with what is handed over for it: a record of the product, seen from the board.
        county.get(&unit).sees("交自查摸排清单（清单）");
        let parts = county.get(&format!("{unit}/actions/hand_over")).form("form.case-form").choices("part");
        for part in parts.iter().filter(|part| !part.is_empty()) {
            step(&county, &unit, "hand_over", &[("part", part), ("record", "/responsibility")]).sees("看记录");
        }
        city.get(&board).sees("自查摸排清单（清单）").sees("已交，待验收");
        confirm(&city, &unit, "accept_parts");
        step(&county, &unit, "apply_for_closing", &[("rule_changes", "修订村级工程招标办法，云委发〔2026〕9号")]);
        step(&city, &unit, "close_unit", &[("opinion", "同意办结")]).sees("已办结");
    }
    // The board adds up to the whole; a county sees its own line.
    let page = city.get(&board);
    page.sees("办结 2 / 2").sees("100%");
    let sums = page.texts_of("table.list tfoot td");
    assert!(sums.contains(&"8".to_owned()) && sums.contains(&"2 / 2".to_owned()), "{sums:?}");
    assert_eq!(parts(&enter(&world, "xianwei"), &board).len(), 1);
}

#[test]
fn special_rectification__refuses_closing_with_parts_open_and_accepting_ones_own() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let board = begin_batch(&city);
    let unit = parts(&city, &board).remove(0);
    let county = enter(&world, "xianwei");
    let form = county.get(&format!("{unit}/actions/report_figures")).form("form.case-form").with("n_clues", "-1");
    let wrong = form.send();
    assert_eq!(wrong.status, 422);
    wrong.sees("请填“自查的单位数”");
    step(&county, &unit, "report_figures", &FIGURES);
    // Nothing is confirmed of which nothing was handed over, and a word is no deliverable.
    let before = city.get(&board).text();
    confirm(&city, &unit, "accept_parts").sees("的成果还没有交");
    let bare = county.post(&format!("{unit}/actions/hand_over"), &[("part", "自查摸排"), ("record", "查过了")]);
    assert_eq!(bare.status, 422);
    bare.sees("请贴系统里记录的链接");
    assert_eq!(city.get(&board).text(), before);
    county.post(&format!("{unit}/actions/apply_for_closing"), &[("rule_changes", "修订了一项")]).sees("还有必做项没有验收");
    county.post(&format!("{unit}/actions/accept_parts"), &[("basis", "自己看了")]).sees("报数的人不能验收");
    city.get(&board).sees("办结 0 / 2");
    // Nobody outside sees it.
    let town = enter(&world, "zhenwei");
    same_answer(&town.get(&board), &town.get("/projects/wholes/999999999"));
}
