//! Weak and lax organisations: identified, put right, closed out.

use scenarios::{Page, Visitor, World};

use crate::evaluation_rows::{drafted_year, filed};
use crate::steps::{at_mechanism, enter, same_answer, step, table, withdrawal};

/// A rectification of the demo city at one of its stages, and who works on it.
pub struct Listed {
    pub title: String,
    pub path: String,
    pub secretary: String,
    pub officer: String,
}

/// The first rectification at a stage.
pub fn at_stage(world: &World, stage: &str) -> Listed {
    let county = enter(world, "xianwei");
    let register: Vec<Vec<String>> = county
        .get("/weak-lists")
        .texts_of("table.list tbody a")
        .iter()
        .flat_map(|list| table(&county, &format!("{}?export=csv", county.get("/weak-lists").link(list))))
        .collect();
    let page = county.get(&format!("/rectifications?stage={stage}"));
    let title = page.texts_of("table.list tbody td:first-child a").into_iter().next().unwrap_or_else(|| panic!("no rectification at {stage}"));
    let (path, name) = (page.link(&title), title.trim_end_matches("整顿"));
    let code = register.iter().find(|row| row[1] == name).map(|row| row[0].clone()).expect("the register names every case");
    Listed { path, secretary: login(&code), officer: login(&code[..10]), title }
}

/// Who acts for an organisation of the demo city.
fn login(code: &str) -> String {
    match code {
        "P990101101" => "zhenwei".to_owned(),
        "P990101101200" => "shuji".to_owned(),
        _ => code.to_lowercase(),
    }
}

const CAUSES: &str = "书记长期在外务工，两名委员退出以后没有补选，三个月没有开展主题党日，村务公开栏一年没有更新，党员反映集体果园合同去向不明。";
const MEASURES: &str = "由镇党委考察补选两名委员，果园合同提交党员大会讨论并公开。";

fn hand_in_plan(secretary: &Visitor, path: &str, leader: &str) -> Page {
    let plan = [
        ("causes", CAUSES),
        ("measures.text", MEASURES),
        ("measures.owner", "程立群"),
        ("measures.due_on", "2027-01-15"),
        ("county_leader", leader),
        ("township_leader", "罗长青"),
        ("converted_by", "2027-03-31"),
    ];
    step(secretary, path, "submit_plan", &plan)
}

/// The same, with everything ticked that is still open in a field.
pub fn step_closing(visitor: &Visitor, path: &str, action: &str, ticked: &str, fields: &[(&str, &str)]) -> Page {
    let page = visitor.get(&format!("{path}/actions/{action}"));
    let mut form = page.form("form.case-form");
    for id in form.choices(ticked) {
        form = form.tick(ticked, &id);
    }
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

fn stage(page: &Page) -> String {
    page.text_of("ol.stages li.now")
}

/// From the plan to the application for acceptance, by those whose turn it is; three weeks pass.
pub fn bring_to_acceptance(world: &mut World, case: &Listed) {
    bring_to_acceptance_led_by(world, case, "严书华");
}

fn bring_to_acceptance_led_by(world: &mut World, case: &Listed, leader: &str) {
    let secretary = enter(world, &case.secretary);
    secretary.get("/rectifications").sees(&case.title);
    let page = secretary.get(&case.path);
    assert!(stage(&page).starts_with("制定整顿方案"));
    page.sees("一村一策").sees("由被整顿的党组织提交");
    hand_in_plan(&secretary, &case.path, leader).sees("程立群").sees("由上级乡镇（街道）党（工）委审核");

    let officer = enter(world, &case.officer);
    officer.get(&case.path).sees(CAUSES);
    assert!(stage(&step(&officer, &case.path, "agree_plan", &[])).starts_with("整顿转化"));
    step(&secretary, &case.path, "report_progress", &[("progress", "两名委员已经补选，果园合同已经公开。")]);
    step_closing(&officer, &case.path, "confirm_measures", "measures_done", &[("basis", "查看会议记录，走访党员。")]).sees("已经办结的");

    // Analysis is due at intervals, not on the day of the plan.
    officer.get(&format!("{}/actions/analyse", case.path)).sees("至少间隔 20 天");
    world.days_later(21);
    let officer = enter(world, &case.officer);
    step(&officer, &case.path, "analyse", &[("findings", "班子已经配齐，制度恢复运转。")]);
    assert!(stage(&step(&officer, &case.path, "apply_for_acceptance", &[])).starts_with("考核验收"));
}

/// A rectification that waits for its acceptance, for those who look at the rest in a browser; its address.
pub fn waiting_for_acceptance(world: &mut World) -> String {
    let case = at_stage(world, "planning");
    bring_to_acceptance(world, &case);
    case.path
}

/// Accepted by the team, closed out by the county.
pub fn close_out(world: &World, case: &Listed) {
    let team = enter(world, "ducha");
    step_closing(&team, &case.path, "verify_conditions", "verified", &[("method", "听取党员意见，查阅记录。"), ("satisfied_percent", "92")]);
    let accepted = step(&team, &case.path, "accept", &[("team", "县委组织部、县民政局")]);
    assert!(stage(&accepted).starts_with("县（市、区）委审批"));
    let county = enter(world, "xianwei");
    assert!(stage(&step(&county, &case.path, "close_out", &[("number", "第21号")])).starts_with("销号后跟踪观察"));
}

#[test]
fn weak_org_rectification() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");
    at_mechanism(&enter(&world, "xianwei"), "weak_org_rectification", "批准销号，观察期满没有反复").sees(&case.title);

    bring_to_acceptance(&mut world, &case);

    close_out(&world, &case);

    // The branch and the city see the same.
    enter(&world, &case.secretary).get(&case.path).sees("批准销号").sees("第21号");
    enter(&world, "shiwei").get("/rectifications?stage=observation").sees(&case.title);
}

#[test]
fn weak_org_rectification__refuses_a_plan_without_measure_owner_or_date() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
    let secretary = enter(&world, &case.secretary);
    let before = secretary.get(&case.path).text();
    let people = [("causes", CAUSES), ("county_leader", "严书华"), ("township_leader", "罗长青"), ("converted_by", "2027-03-31")];
    let refused = step(&secretary, &case.path, "submit_plan", &people);
    assert_eq!(refused.status, 422);
    refused.sees("请填“整顿措施”");
    let bare: Vec<(&str, &str)> = people.into_iter().chain([("measures.text", MEASURES)]).collect();
    step(&secretary, &case.path, "submit_plan", &bare).sees("“整顿措施”第 1 行没有责任人").sees("“整顿措施”第 1 行没有完成时限");
    let page = secretary.get(&case.path);
    assert!(stage(&page).starts_with("制定整顿方案"));
    assert_eq!(page.text(), before);
    page.hides(MEASURES);
}

#[test]
fn weak_org_rectification__refuses_closing_while_a_condition_is_open_and_by_who_accepted() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");
    bring_to_acceptance(&mut world, &case);
    let county = enter(&world, "xianwei");
    let accept = format!("{}/actions/accept", case.path);
    let given = [("team", "县委组织部"), ("accepted_on", "2026-11-20")];
    // What it was listed for is open: nobody has looked whether it is gone.
    county.post(&accept, &given).sees("要先办“逐项查验列入情形”");
    assert!(stage(&county.get(&case.path)).starts_with("考核验收"));

    // The town that carried it out may not accept its own work.
    enter(&world, &case.officer).post(&accept, &given).sees("由县（市、区）验收组验收，帮扶责任人回避");
    let closing = [("decided_on", "2026-11-20"), ("number", "第30号")];
    assert_ne!(county.post(&format!("{}/actions/close_out", case.path), &closing).status, 200);
    assert!(stage(&county.get(&case.path)).starts_with("考核验收"));

    // Who accepted does not approve.
    step_closing(&county, &case.path, "verify_conditions", "verified", &[("method", "查阅记录"), ("satisfied_percent", "90")]);
    assert!(stage(&step(&county, &case.path, "accept", &[("team", "县委组织部")])).starts_with("县（市、区）委审批"));
    county.post(&format!("{}/actions/close_out", case.path), &closing).sees("您办过“验收合格”，这一步要由别人来办");
    assert!(stage(&county.get(&case.path)).starts_with("县（市、区）委审批"));
}

#[test]
fn weak_org_rectification__refuses_acceptance_by_a_helper_of_the_plan() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");
    let team = enter(&world, "ducha").get("/me/security").text_of("details.who p.me span");
    assert!(!team.is_empty(), "the page names who is signed in");
    bring_to_acceptance_led_by(&mut world, &case, &format!("严书华、{team}"));
    let visitor = enter(&world, "ducha");
    let refused = "写明联系县级领导是";
    visitor.get(&case.path).sees(refused);
    let given = [("method", "查阅记录"), ("satisfied_percent", "90")];
    visitor.post(&format!("{}/actions/verify_conditions", case.path), &given).sees(refused);
    assert!(stage(&visitor.get(&case.path)).starts_with("考核验收"));
    // Another of those who may accept is not in the plan.
    let county = enter(&world, "xianwei");
    step_closing(&county, &case.path, "verify_conditions", "verified", &[("method", "查阅记录"), ("satisfied_percent", "90")]);
    county.get(&case.path).sees("查阅记录");
}

#[test]
fn weak_org_rectification__refuses_whoever_has_no_part_in_it() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
    let before = enter(&world, &case.secretary).get(&case.path).text();
    let absent = "/rectifications/999999999";
    for login in ["shuji", "dangyuan", "hangye"] {
        if login == case.secretary {
            continue;
        }
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&case.path), &visitor.get(absent));
        visitor.get("/rectifications").hides(&case.title);
        let plan = [("causes", CAUSES)];
        same_answer(&visitor.post(&format!("{}/actions/submit_plan", case.path), &plan), &visitor.get(absent));
    }
    assert_eq!(enter(&world, &case.secretary).get(&case.path).text(), before);
}

#[test]
fn weak_org_rectification__refuses_to_pass_a_copied_plan_unmarked() {
    let world = World::copy();
    let (one, other) = (at_stage(&world, "plan_review"), at_stage(&world, "planning"));
    // Another branch's plan, with another name and other figures.
    let plan = enter(&world, "xianwei").get(&one.path).texts_of("dl.kv dd");
    let causes = plan[0].replace(one.title.trim_end_matches("整顿"), other.title.trim_end_matches("整顿")).replace('三', "四");
    let secretary = enter(&world, &other.secretary);
    let form = secretary.get(&format!("{}/actions/submit_plan", other.path)).form("form.case-form");
    let form = form.with("causes", &causes).with("measures.text", &plan[1]).with("measures.owner", "程立群").with("measures.due_on", "2027-01-15");
    let copied = form.with("county_leader", "严书华").with("township_leader", "罗长青").with("converted_by", "2027-03-31").send();
    // The other one is not named: not all who read this may see it.
    copied.sees("照搬的退回重写").hides(&one.title);
    let officer = enter(&world, &other.officer);
    officer.get("/rectifications").sees("方案雷同");
    let returned = step(&officer, &other.path, "return_plan", &[("reason", "照搬其他村方案")]);
    assert!(stage(&returned).starts_with("制定整顿方案"));
}

/// Files the year's line of the list of villages and communities.
fn file_list(county: &Visitor) {
    let plan = county.get("/plan?year=2026");
    let form = plan.form("form.case-form:has(input[name=line][value=weak_list_villages_2026])");
    form.with("basis", "年度督查检查考核计划").with("approver", "县委常委会").send().sees("已列入年度计划");
}

/// The list of villages and communities of the year, opened by the county from its filed plan and the year's published rating.
fn open_list(world: &mut World) -> (Visitor, String) {
    let rating = drafted_year(world);
    let county = enter(world, "xianwei");
    step(&county, &rating, "send_draft", &[]);
    filed(world, &rating);
    let county = enter(world, "xianwei");
    file_list(&county);
    let opened = county.get("/weak-lists").form_with_button("开始排查").send();
    opened.sees("软弱涣散村（社区）党组织").sees("至少列");
    let path = opened.path.split('?').next().expect("a path").to_owned();
    (county, path)
}

/// Addresses of the candidates, the lowest first.
fn candidates(visitor: &Visitor, list: &str) -> Vec<(String, String)> {
    let page = visitor.get(list);
    page.texts_of("table.list tbody td:first-child a").into_iter().map(|name| (page.link(&name), name)).collect()
}

fn answer(visitor: &Visitor, candidate: &str, is_listed: &str, explanation: &str) -> Page {
    let form = visitor.get(candidate).form("form[action*='/candidates/']");
    let mut form = form.with("is_listed", is_listed).with("explanation", explanation);
    if is_listed == "no" {
        for condition in form.choices("conditions") {
            form = form.untick("conditions", &condition);
        }
    }
    form.press("填写意见")
}

/// Why the other townships have not reported.
const REST: &str = "其余乡镇已由县委组织部逐村核对，书面材料随后补报。";
/// Who says whether there is something against an organisation.
const BODIES: [&str; 5] = ["纪委监委机关", "政法委", "统战部", "民政局", "信访局"];

fn opinions(county: &Visitor, list: &str) {
    opinions_of(county, list, &BODIES);
}

fn opinions_of(county: &Visitor, list: &str, bodies: &[&str]) {
    for body in bodies {
        step(county, list, "record_opinion", &[("body", body), ("opinion", "无")]);
    }
}

/// How many must be listed.
fn floor(page: &Page) -> usize {
    let text = page.text_of(".page-head p");
    let rest = text.split("至少列").nth(1).expect("the page states the floor");
    usize::try_from(crate::steps::number_in(rest)).expect("a count")
}

#[test]
fn weak_org_identification() {
    let mut world = World::copy();
    let (county, list) = open_list(&mut world);
    at_mechanism(&county, "weak_org_identification", "报市委组织部备案并确认收到");
    let town = enter(&world, "zhenwei");
    step(&town, &list, "report_self_check", &[("statement", "对照五种情形逐村自查。")]);
    // Who has not reported is named, with the reason.
    county.get(&format!("{list}/actions/begin_review")).sees("没有报自查结果的乡镇");
    step(&county, &list, "begin_review", &[("missing", REST)]);

    // The machine only proposes, with reasons; people answer every one, under the conditions as they were stated.
    let proposed = candidates(&county, &list);
    let n_floor = floor(&county.get(&list));
    assert!(n_floor > 0 && proposed.len() >= n_floor, "{} proposed, at least {n_floor}", proposed.len());
    let form = county.get(&proposed[0].0);
    for condition in ["党组织班子长期不健全", "党务政务不公开", "基本制度不落实", "党组织活动开展不经常", "党组织书记抓党建促脱贫攻坚不力"]
    {
        form.sees(condition);
    }
    form.sees("为什么提示");
    for (n, (path, _)) in proposed.iter().enumerate() {
        let (listed, why) =
            if n < n_floor { ("yes", "主题党日多次没有开展") } else { ("no", "经核实五种情形都没有，由乡镇跟进提升") };
        answer(&county, path, listed, why).sees("意见已填写");
    }
    opinions(&county, &list);
    step(&county, &list, "submit_to_committee", &[]);
    step(&county, &list, "decide", &[("number", "第8号")]);
    step(&county, &list, "file", &[]);
    let register = county.download(&format!("{list}/register"));
    assert!(register.status == 200 && register.bytes.starts_with(b"PK"));

    let city = enter(&world, "shiwei");
    city.get("/weak-lists").sees("软弱涣散村（社区）党组织");
    step(&city, &list, "acknowledge", &[]).sees("已备案");
    // Every listed organisation has its rectification, with the condition to be put right.
    let listed = proposed[0].1.clone();
    enter(&world, "ducha").get("/rectifications?stage=planning").sees(&listed);
}

#[test]
fn weak_org_identification__refuses_a_list_of_a_year_before_its_rating_is_published() {
    let mut world = World::copy();
    let rating = drafted_year(&mut world);
    let county = enter(&world, "xianwei");
    file_list(&county);
    // The first half's rating is published, the year's is a draft.
    county.get("/evaluations").sees("2026 年上半年");
    county.get("/weak-lists").sees("2026 年的评星结果还没有公布，公布以后才能开始").hides("开始排查");
    let filed_lines = county.get("/weak-lists").attributes("li[id^=plan-]", "id");
    let entry = filed_lines[0].trim_start_matches("plan-").to_owned();
    assert_eq!(filed_lines.len(), 1);
    let lists = |visitor: &Visitor| visitor.get("/weak-lists?year=2026").texts_of("table.list tbody td:first-child a");
    let before = lists(&county);
    county.post("/weak-lists", &[("plan_entry", &entry)]).sees("还没有公布 2026 年的");
    assert_eq!(lists(&enter(&world, "shiwei")), before);
    step(&county, &rating, "send_draft", &[]);
    filed(&mut world, &rating);
    enter(&world, "xianwei").get("/weak-lists").sees("开始排查");
}

#[test]
fn weak_org_identification__refuses_below_the_floor_or_unanswered() {
    let mut world = World::copy();
    let (county, list) = open_list(&mut world);
    step(&enter(&world, "zhenwei"), &list, "report_self_check", &[("statement", "已自查。")]);
    let review = format!("{list}/actions/begin_review");
    county.post(&review, &[]).sees("请填“没有报自查结果的乡镇（街道）和原因”");
    assert!(stage(&county.get(&list)).starts_with("乡镇（街道）自查"));
    step(&county, &list, "begin_review", &[("missing", REST)]);
    step(&county, &list, "record_opinion", &[("body", BODIES[0]), ("opinion", "无")]);
    let proposed = candidates(&county, &list);
    let submit = format!("{list}/actions/submit_to_committee");
    let refused = "拟列数低于规定比例，或者还有提示的党组织没有作出列入或者不列入的说明";
    county.post(&submit, &[]).sees(refused);

    // All answered, one too few listed.
    let n_floor = floor(&county.get(&list));
    for (n, (path, _)) in proposed.iter().enumerate() {
        let _ = answer(&county, path, if n + 1 < n_floor { "yes" } else { "no" }, "经核实");
    }
    county.post(&submit, &[]).sees(refused);
    assert!(stage(&county.get(&list)).starts_with("县级联审"));
    // Every body is heard.
    county.post(&submit, &[]).sees("还差 ").sees(BODIES[1]);
    opinions_of(&county, &list, &BODIES[1..]);
    county.post(&submit, &[]).sees(refused);
    assert!(stage(&county.get(&list)).starts_with("县级联审"));
    // A condition that holds lists an organisation whatever else is said; nothing is listed without a word.
    let form = county.get(&proposed[0].0).form("form[action*='/candidates/']");
    let condition = form.choices("conditions").remove(0);
    form.with("is_listed", "no").with("explanation", "不想列").tick("conditions", &condition).press("填写意见").sees("一律列入");
    let form = county.get(&proposed[0].0).form("form[action*='/candidates/']");
    form.with("is_listed", "yes").with("explanation", "").press("填写意见").sees("请写明列入的事实");
}

#[test]
fn weak_org_identification__refuses_those_who_do_not_work_on_it_and_a_day_before_the_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let form = county.get("/plan?year=2026").form("form.case-form:has(input[name=line][value=weak_list_villages_2026])");
    form.with("basis", "年度督查检查考核计划").with("approver", "县委常委会").send().sees("已列入年度计划");
    assert!(!county.get("/weak-lists").texts_of("form button").contains(&"开始排查".to_owned()));
    let entry = withdrawal(&county, "2026年度软弱涣散");
    let entry = entry.split('/').nth(2).expect("its number").to_owned();
    county.post("/weak-lists", &[("plan_entry", &entry)]).sees("起才能开始排查");

    let list = county.get("/weak-lists").attribute("table.list tbody a", "href").expect("the demo's list");
    for login in ["shuji", "dangyuan", "hangye", "guanli", "ducha"] {
        let visitor = enter(&world, login);
        assert_ne!(visitor.get(&list).status, 200, "{login}");
        visitor.get(&list).hides("至少列");
        assert_ne!(visitor.download(&format!("{list}?export=csv")).status, 200, "{login}");
    }
}
