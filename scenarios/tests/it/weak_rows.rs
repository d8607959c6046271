//! Weak and lax organisations: identified, put right, closed out.

use scenarios::{Page, Visitor, World};

use crate::steps::{enter, same_answer, step, table};

/// A rectification of the demo city at one of its stages, and who works on it.
struct Listed {
    title: String,
    path: String,
    secretary: String,
    officer: String,
}

/// The first rectification at a stage.
fn at_stage(world: &World, stage: &str) -> Listed {
    all_at_stage(world, stage).into_iter().next().unwrap_or_else(|| panic!("no rectification at {stage}"))
}

fn all_at_stage(world: &World, stage: &str) -> Vec<Listed> {
    let county = enter(world, "xianwei");
    let register: Vec<Vec<String>> = county
        .get("/weak-lists")
        .texts_of("table.list tbody a")
        .iter()
        .flat_map(|list| table(&county, &format!("{}?export=csv", county.get("/weak-lists").link(list))))
        .collect();
    let page = county.get(&format!("/rectifications?stage={stage}"));
    let titles = page.texts_of("table.list tbody td:first-child a");
    titles
        .into_iter()
        .map(|title| {
            let path = page.link(&title);
            let name = title.trim_end_matches("整顿");
            let code = register.iter().find(|row| row[1] == name).map(|row| row[0].clone()).expect("the register names every case");
            Listed { path, secretary: login(&code), officer: login(&code[..10]), title }
        })
        .collect()
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

fn hand_in_plan(secretary: &Visitor, path: &str) -> Page {
    let plan = [
        ("causes", CAUSES),
        ("measures.text", MEASURES),
        ("measures.owner", "程立群"),
        ("measures.due_on", "2027-01-15"),
        ("county_leader", "严书华"),
        ("township_leader", "罗长青"),
        ("converted_by", "2027-03-31"),
    ];
    step(secretary, path, "submit_plan", &plan)
}

/// The same, with everything ticked that is still open in a field.
fn step_closing(visitor: &Visitor, path: &str, action: &str, ticked: &str, fields: &[(&str, &str)]) -> Page {
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

#[test]
fn weak_org_rectification() {
    let mut world = World::copy();
    let case = at_stage(&world, "planning");

    let secretary = enter(&world, &case.secretary);
    let page = secretary.get("/rectifications").click(&case.title);
    assert!(stage(&page).starts_with("制定整顿方案"));
    page.sees("一村一策").sees("由被整顿的党组织提交");
    hand_in_plan(&secretary, &case.path).sees("程立群").sees("由上级乡镇（街道）党（工）委审核");

    let officer = enter(&world, &case.officer);
    officer.get(&case.path).sees(CAUSES);
    assert!(stage(&step(&officer, &case.path, "agree_plan", &[])).starts_with("整顿转化"));
    step(&secretary, &case.path, "report_progress", &[("progress", "两名委员已经补选，果园合同已经公开。")]);
    step_closing(&officer, &case.path, "confirm_measures", "measures_done", &[("basis", "查看会议记录，走访党员。")]).sees("已经办结的");

    // Analysis is due at intervals, not on the day of the plan.
    officer.get(&format!("{}/actions/analyse", case.path)).sees("至少间隔 20 天");
    world.days_later(21);
    let officer = enter(&world, &case.officer);
    step(&officer, &case.path, "analyse", &[("findings", "班子已经配齐，制度恢复运转。")]);
    assert!(stage(&step(&officer, &case.path, "apply_for_acceptance", &[])).starts_with("考核验收"));

    let team = enter(&world, "ducha");
    step_closing(&team, &case.path, "verify_conditions", "verified", &[("method", "听取党员意见，查阅记录。"), ("satisfied_percent", "92")]);
    let accepted = step(&team, &case.path, "accept", &[("team", "县委组织部、县民政局")]);
    assert!(stage(&accepted).starts_with("县（市、区）委审批"));

    let county = enter(&world, "xianwei");
    assert!(stage(&step(&county, &case.path, "close_out", &[("number", "第21号")])).starts_with("销号后跟踪观察"));

    // The branch and the city see the same.
    enter(&world, &case.secretary).get(&case.path).sees("批准销号").sees("第21号");
    enter(&world, "shiwei").get("/rectifications?stage=observation").sees(&case.title);
}

#[test]
fn weak_org_rectification__refuses_a_plan_without_measure_owner_or_date() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
    let secretary = enter(&world, &case.secretary);
    let people = [("causes", CAUSES), ("county_leader", "严书华"), ("township_leader", "罗长青"), ("converted_by", "2027-03-31")];
    let refused = step(&secretary, &case.path, "submit_plan", &people);
    assert_eq!(refused.status, 422);
    refused.sees("请填“整顿措施”");
    let bare: Vec<(&str, &str)> = people.into_iter().chain([("measures.text", MEASURES)]).collect();
    step(&secretary, &case.path, "submit_plan", &bare).sees("“整顿措施”第 1 行没有责任人").sees("“整顿措施”第 1 行没有完成时限");
    let page = secretary.get(&case.path);
    assert!(stage(&page).starts_with("制定整顿方案"));
    page.sees("方案还没有提交").hides(MEASURES);
}

#[test]
fn weak_org_rectification__refuses_closing_while_a_condition_is_open_and_by_who_accepted() {
    let world = World::copy();
    let case = at_stage(&world, "acceptance");
    let county = enter(&world, "xianwei");
    let accept = format!("{}/actions/accept", case.path);
    let given = [("team", "县委组织部"), ("accepted_on", "2026-11-20")];
    county.post(&accept, &given).sees("先办“逐项查验列入情形”");
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
fn weak_org_rectification__refuses_whoever_has_no_part_in_it() {
    let world = World::copy();
    let case = at_stage(&world, "planning");
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
    enter(&world, &case.secretary).get(&case.path).sees("方案还没有提交");
}

#[test]
fn weak_org_rectification__refuses_to_pass_a_copied_plan_unmarked() {
    let world = World::copy();
    let cases = all_at_stage(&world, "planning");
    let [one, other] = [&cases[0], &cases[1]];
    hand_in_plan(&enter(&world, &one.secretary), &one.path).hides("照搬的退回重写");
    let copied = hand_in_plan(&enter(&world, &other.secretary), &other.path);
    copied.sees("照搬的退回重写").sees(&one.title);
    let officer = enter(&world, &other.officer);
    officer.get("/rectifications").sees("方案雷同");
    let returned = step(&officer, &other.path, "return_plan", &[("reason", "照搬其他村方案")]);
    assert!(stage(&returned).starts_with("制定整顿方案"));
}
