//! What is found not to be so: one ledger, put right by its owner, closed by somebody else, answered.

use scenarios::{Page, Visitor, World};

use crate::selection_rows::{branch_of, newcomer};
use crate::steps::{at_mechanism, enter, same_answer, step};

const WHAT: &str = "活动室的公开栏从三月起没有更新过";

/// Enters a problem of the branch whose secretary is `shuji`; its address.
fn raise(officer: &Visitor, branch: &str, kind: &str, text: &str, owner: &str, raiser: &str) -> Page {
    let form = officer.get(&format!("/problems/new?organisation={branch}")).form("main form[method=post]");
    let form = form.with("source", "督查检查").with("kind", kind).with("text", text).with("owner", owner).with("raiser", raiser);
    form.with("basis", "实地看了公开栏").send()
}

/// The number of the organisation that a secretary belongs to.
pub fn own_branch(world: &World) -> String {
    let branch = enter(world, "shuji");
    let href = branch
        .get("/organisations")
        .attributes("main a[href^='/organisations/']", "href")
        .into_iter()
        .find(|href| href.trim_start_matches("/organisations/").chars().all(|c| c.is_ascii_digit()));
    href.expect("a secretary sees the branch").trim_start_matches("/organisations/").to_owned()
}

/// Where a case stands; where it ended, once it is over.
fn stage(page: &Page) -> String {
    let now = if page.has("ol.stages li.now") { "ol.stages li.now" } else { "ol.stages li" };
    page.texts_of(now).pop().unwrap_or_default()
}

const MEASURES: [(&str, &str); 2] = [("cause", "没有人管"), ("measure", "支委轮流，每月五日前更新")];
const HANDED_IN: [(&str, &str); 2] = [("result", "已经更新到本月"), ("evidence", "公开栏和十一月支委会记录")];
const VERIFIED: [(&str, &str); 2] = [("basis", "去看了公开栏"), ("answer", "已经更新，以后每月五日前更新")];

#[test]
fn problem_ledger() {
    let mut world = World::copy();
    let branch = own_branch(&world);
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "problem_ledger", "责任人不得核验");
    let raised = raise(&county, &branch, "党务公开不到位", WHAT, "支部书记", "");
    raised.sees("已经登记").sees(WHAT);
    let path = raised.path.split('?').next().expect("a path").to_owned();

    // The branch has it on its desk, says what it will do, does it, hands it in.
    let secretary = enter(&world, "shuji");
    secretary.get("/waiting?kind=problems").sees(WHAT);
    assert!(stage(&step(&secretary, &path, "set_measures", &MEASURES)).starts_with("整改"));
    assert!(stage(&step(&secretary, &path, "hand_in", &HANDED_IN)).starts_with("核验"));

    // The county sends it back once, then closes it; the ledger says so to everybody.
    let county = enter(&world, "xianwei");
    county.get("/waiting?kind=problems").sees(WHAT);
    assert!(stage(&step(&county, &path, "return", &[("reason", "十月的还没有补上"), ("due_on", "")])).starts_with("整改"));
    secretary.get("/messages").sees("退回重改");
    step(&secretary, &path, "hand_in", &HANDED_IN);
    step(&county, &path, "verify", &VERIFIED).sees("已销号");
    secretary.get(&path).sees("给提出人的答复").sees("已经更新，以后每月五日前更新");
    secretary.get("/problems?state=closed").sees(WHAT);
    enter(&world, "shiwei").get("/problems?state=closed").sees(WHAT);

    // Overdue, another comes up to whoever stands above the office that handed it over.
    let town = enter(&world, "zhenwei");
    let late = raise(&town, &branch, "三会一课不落实", "九月没有召开支委会，也没有补开", "支部书记", "");
    let late = late.path.split('?').next().expect("a path").to_owned();
    world.days_later(45);
    enter(&world, "zhenwei").get("/waiting?kind=problems").sees("待催办");
    let county = enter(&world, "xianwei");
    county.get("/problems?of=escalated").sees("九月没有召开支委会");
    let secretary = enter(&world, "shuji");
    step(&county, &late, "supervise_measures", &[("note", "本周内补开")]);
    step(&secretary, &late, "set_measures", &MEASURES);
    enter(&world, "shuji").get("/messages").sees("督办").sees("本周内补开");
    step(&secretary, &late, "hand_in", &HANDED_IN);
    step(&enter(&world, "zhenwei"), &late, "verify", &VERIFIED).sees("逾期销号");

    // The same type again at the same branch is linked to the last.
    let again = raise(&county, &branch, "三会一课不落实", "十二月又没有召开支委会", "支部书记", "");
    assert_eq!(again.link("销号的"), late);
}

#[test]
fn problem_ledger__refuses_closing_by_whoever_worked_on_it() {
    let world = World::copy();
    let branch = own_branch(&world);
    let town = enter(&world, "zhenwei");
    let own_name = town.get("/me/security").text_of("details.who p.me span");
    let path = raise(&town, &branch, "其他", WHAT, &format!("组织委员 {own_name}"), "").path;
    let path = path.split('?').next().expect("a path").to_owned();
    let secretary = enter(&world, "shuji");
    step(&secretary, &path, "set_measures", &MEASURES);
    step(&secretary, &path, "hand_in", &HANDED_IN);
    // The unit itself, and the officer whose name stands as owner.
    assert_ne!(secretary.post(&format!("{path}/actions/verify"), &VERIFIED).status, 200);
    assert_ne!(secretary.post(&format!("{path}/actions/dismiss"), &[("reason", "没有"), ("answer", "没有")]).status, 200);
    town.post(&format!("{path}/actions/verify"), &VERIFIED).sees("这一步要由别人来办");
    assert!(stage(&town.get(&path)).starts_with("核验"));
    town.get("/problems?state=verifying").sees(WHAT);
}

#[test]
fn problem_ledger__refuses_a_problem_without_owner_or_date_and_closing_without_answer() {
    let world = World::copy();
    let branch = own_branch(&world);
    let county = enter(&world, "xianwei");
    let form = county.get(&format!("/problems/new?organisation={branch}")).form("main form[method=post]");
    let bare = form.with("source", "督查检查").with("kind", "其他").with("text", WHAT).with("owner", "").with("due_on", "").send();
    assert_eq!(bare.status, 422);
    bare.sees("没有责任人的不能登记").sees("请填整改时限");
    county.get("/problems?state=all").hides(WHAT);
    // Raised for somebody without an account: how he was told is asked.
    let path = raise(&county, &branch, "其他", WHAT, "支部书记", "村民段大爷").path;
    let path = path.split('?').next().expect("a path").to_owned();
    let secretary = enter(&world, "shuji");
    step(&secretary, &path, "set_measures", &MEASURES);
    step(&secretary, &path, "hand_in", &HANDED_IN);
    county.post(&format!("{path}/actions/verify"), &[("basis", "看了"), ("answer", "好了")]).sees("请填“怎样答复的”");
    let told = [("basis", "看了"), ("answer", "好了"), ("answered_on", "2026-01-05"), ("answered_how", "当面")];
    step(&county, &path, "verify", &told).sees("已销号");
}

#[test]
fn problem_ledger__refuses_strangers_and_keeps_who_raised_it() {
    let world = World::copy();
    let member = enter(&world, "dangyuan");
    let name = member.get("/me/security").text_of("details.who p.me span");
    let sent = member.get("/problems/new").form("main form[method=post]").with("kind", "党务公开不到位").with("text", WHAT).send();
    sent.sees(WHAT).sees("正在整改").hides("提出整改措施");
    let path = sent.path.split('?').next().expect("a path").to_owned();
    enter(&world, "shuji").get(&path).sees(WHAT).hides(&name);
    enter(&world, "zhenwei").get(&path).sees(&name);
    let line = enter(&world, "hangye");
    same_answer(&line.get(&path), &line.get("/problems/999999999"));
    line.get("/problems?state=all").hides(WHAT);
}

const EXAMINED: [(&str, &str); 6] = [
    ("political", "对照要求查了全年学习安排"),
    ("ideological", "谈心谈话两人没有谈到"),
    ("organisational", "支委会按月召开"),
    ("conduct", "下基层次数够，问题带回来的少"),
    ("discipline", "没有发现"),
    ("setting", "一个支部两个小组，与处室相称"),
];

/// Orders the campaign for the city's organs and comes to the case of one branch: its address, whoever works there, whoever stands above.
fn campaign(world: &mut World) -> (String, Visitor, String) {
    let (code, above) = branch_of(world, "organ");
    let city = enter(world, "shiwei");
    let form = city.get("/problems/self-checks/new?field=organ").form("main form[method=post]");
    let form = form.with("procedure", "organ_blind_spot").with("level", "branch");
    let order = form.with("reason", "对照五个方面查一遍，支部和小组的设置一并复核。").send();
    order.sees("机关党建“灯下黑”专项整治").sees("对照自查");
    let secretary = newcomer(world, "jiguan", "branch_secretary", &code);
    let unit = secretary.get("/waiting?kind=problems").click("报告自查情况");
    let path = unit.path.split('?').next().expect("a path").to_owned();
    (path, secretary, above)
}

#[test]
fn organ_blind_spot() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "shiwei"), "organ_blind_spot", "由本单位以外的上级核实");
    let (path, secretary, above) = campaign(&mut world);
    enter(&world, "shiwei").get("/responsibility?kind=自查").sees("灯下黑");
    let found = [("problems.text", "两名党员全年没有谈心谈话"), ("problems.owner", "组织委员"), ("problems.due_on", "2027-03-31")];
    let fields: Vec<(&str, &str)> = EXAMINED.into_iter().chain(found).collect();
    assert!(stage(&step(&secretary, &path, "examine", &fields)).starts_with("整改和检查"));
    // What was found stands in the one ledger.
    enter(&world, "shiwei").get("/problems?q=%E8%B0%88%E5%BF%83%E8%B0%88%E8%AF%9D").sees("两名党员全年没有谈心谈话").sees("机关党建“灯下黑”专项整治");
    let superior = newcomer(&mut world, "gongwei", "county_organisation_officer", &above);
    superior.post(&format!("{path}/actions/strike_off"), &[("basis", "查了"), ("setting_reviewed", "合理，不用调整")]).sees("还有问题没有核实销号");
    let page = superior.get(&format!("{path}/actions/confirm_solved"));
    let form = page.form("form.case-form");
    let item = form.choices("problems_solved").into_iter().next().expect("an open problem");
    assert_eq!(form.tick("problems_solved", &item).with("basis", "问了两名党员，看了记录").send().status, 200);
    let over = step(&superior, &path, "strike_off", &[("basis", "查了记录"), ("setting_reviewed", "合理，不用调整")]);
    assert!(stage(&over).starts_with("整治销号"));
    enter(&world, "shiwei").get("/problems?state=closed").sees("两名党员全年没有谈心谈话");
}

#[test]
fn organ_blind_spot__refuses_striking_off_by_the_unit_itself() {
    let mut world = World::copy();
    let (path, secretary, _) = campaign(&mut world);
    let short = step(&secretary, &path, "examine", &EXAMINED[..5]);
    assert_eq!(short.status, 422);
    short.sees("请填“支部和党小组设置是否合理”");
    step(&secretary, &path, "examine", &EXAMINED);
    let own = secretary.post(&format!("{path}/actions/strike_off"), &[("basis", "自己查了"), ("setting_reviewed", "合理，不用调整")]);
    own.sees("本单位的人不得销号");
    assert!(stage(&secretary.get(&path)).starts_with("整改和检查"));
    let line = enter(&world, "hangye");
    same_answer(&line.get(&path), &line.get("/problems/self-checks/units/999999999"));
}

const FED_BACK: &str = "抽查的松柏等村党支部工作资料，主题党日记录雷同，支委会记录没有决议。";

/// Enters what was fed back and splits one problem off, for the branch of `shuji`: addresses of both.
fn fed_back(world: &World) -> (String, String) {
    let branch = own_branch(world);
    let city = enter(world, "shiwei");
    let form = city.get("/problems/feedback/new").form("main form[method=post]");
    let form = form.with("source_body", "省委巡视组").with("wording", FED_BACK).with("reply_due_on", "2027-12-31");
    let feedback = form.send();
    feedback.sees("反馈还没有拆分成问题").sees(FED_BACK);
    let path = feedback.path.split('?').next().expect("a path").to_owned();
    let split = city.get(&feedback.link("拆出一个问题"));
    let id = path.rsplit('/').next().expect("a number");
    let form = split.form("main form[method=post]").with("organisation", &branch).with("kind", "三会一课不落实");
    let split = form.with("text", "支委会记录没有决议").with("owner", "支部书记").send();
    let problem = split.link("支委会记录没有决议");
    assert!(split.path.contains(&format!("/problems/feedback/{id}")));
    (path, problem)
}

#[test]
fn inspection_feedback() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "shiwei"), "inspection_feedback", "最后一个单位核实办结");
    let (feedback, problem) = fed_back(&world);
    let secretary = enter(&world, "shuji");
    step(&secretary, &problem, "set_measures", &MEASURES);
    assert!(stage(&step(&secretary, &problem, "hand_in", &HANDED_IN)).starts_with("县（市、区）核查"));
    // The county checks, the city verifies.
    let county = enter(&world, "xianwei");
    county.get("/waiting?kind=problems").sees("支委会记录没有决议");
    assert!(stage(&step(&county, &problem, "check_by_county", &[("check", "到村看了会议记录")])).starts_with("市委组织部核验"));
    let city = enter(&world, "shiwei");
    city.get("/waiting?kind=problems").sees("支委会记录没有决议");
    step(&city, &problem, "verify", &VERIFIED).sees("已销号");

    // The others look, too; the last unit is not through yet.
    let form = city.get(&city.get(&feedback).link("发出自查通知")).form("main form[method=post]");
    let order = form.with("kind", "三会一课不落实").with("field", "rural").with("level", "county").send();
    order.sees("自查中").sees(FED_BACK);
    let page = city.get(&feedback);
    page.sees("没有核实办结");
    assert!(!page.has(&format!("a[href='{feedback}/reply']")));
    city.get(&format!("{feedback}/reply")).sees("现在还不能出整改情况报告");
    let order = order.path.split('?').next().expect("a path").to_owned();
    let units = city.get(&order);
    let cases: Vec<String> = units.texts_of("table.list tbody td:first-child a").iter().map(|unit| units.link(unit)).collect();
    for case in &cases {
        let own = enter(&world, "xianwei");
        let is_own = own.get(case).status == 200;
        let unit = if is_own { own } else { newcomer(&mut world, "lingxian2", "county_organisation_officer", "P990102") };
        step(&unit, case, "answer", &[("checked", "逐村对照了全年的会议记录"), ("n_checked", "12")]);
        assert!(stage(&step(&enter(&world, "shiwei"), case, "accept_check", &[("basis", "抽查了三个村")])).starts_with("已办结"));
    }
    let city = enter(&world, "shiwei");
    city.get(&feedback).sees("可以报告");
    let report = city.download(&format!("{feedback}/reply"));
    assert!(report.status == 200 && report.bytes.starts_with(b"PK"));
}

#[test]
fn inspection_feedback__refuses_to_skip_the_county_or_to_let_it_verify() {
    let world = World::copy();
    let (_, problem) = fed_back(&world);
    let secretary = enter(&world, "shuji");
    step(&secretary, &problem, "set_measures", &MEASURES);
    step(&secretary, &problem, "hand_in", &HANDED_IN);
    let city = enter(&world, "shiwei");
    assert_ne!(city.post(&format!("{problem}/actions/verify"), &VERIFIED).status, 200);
    let county = enter(&world, "xianwei");
    step(&county, &problem, "check_by_county", &[("check", "看了记录")]);
    county.post(&format!("{problem}/actions/verify"), &VERIFIED).sees("由接到反馈的单位核验");
    assert!(stage(&city.get(&problem)).starts_with("市委组织部核验"));
    // What was fed back is the city's to split, not the county's to enter in its name.
    let form = county.get("/problems/feedback");
    form.hides(FED_BACK);
}
