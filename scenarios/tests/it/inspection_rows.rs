//! Inspections on the filed plan, and visits of cadres: what is looked at, who may not know, what becomes of a finding.

use scenarios::{Page, Visitor, World};

use crate::selection_rows::newcomer;
use crate::steps::{at_mechanism, enter, same_answer, step, table};

const SEEN: &str = "公开栏贴的还是去年第四季度的";

/// Files a line of the year's plan; the number of the filed line.
fn file(officer: &Visitor, name: &str) -> String {
    let plan = officer.get("/plan?kind=%E7%9D%A3%E6%9F%A5");
    let key = plan.attributes("form.case-form input[name=line]", "value").into_iter().find(|key| key.contains(name));
    if let Some(key) = key {
        let form = plan.form(&format!("form.case-form:has(input[value='{key}'])"));
        assert_eq!(form.with("basis", "年度督查检查考核计划").with("approver", "市委常委会").send().status, 200);
    }
    let page = officer.get("/inspections/new");
    let words = match name {
        "special_check" => "专项检查",
        "unannounced" => "暗访",
        "crossed" => "交叉检查",
        _ => "随机调研",
    };
    let choices = page.texts_of("select[name=line] option");
    let at = choices.iter().position(|choice| choice.contains(words)).unwrap_or_else(|| panic!("{words} in {choices:?}"));
    page.attributes("select[name=line] option", "value")[at].clone()
}

/// Opens one about these units; its page.
fn open(officer: &Visitor, line: &str, title: &str, units: &[&str]) -> Page {
    let mut form =
        officer.get(&format!("/inspections/new?line={line}")).form("main form[method=post]").with("title", title).with("topic", "党务公开");
    for unit in units {
        form = form.tick("units", unit);
    }
    agreed(form.send())
}

/// What it takes of the units stands on the page before anything is opened; then it is.
fn agreed(page: Page) -> Page {
    if page.status != 200 || !page.has("input[name=cost]") {
        return page;
    }
    page.sees("预计占用").sees("本月已经在办").form("main form[method=post]").send()
}

fn base(page: &Page) -> String {
    page.path.split('?').next().expect("a path").to_owned()
}

/// The branch of `shuji`: its number and how it is called.
fn own_branch(world: &World) -> (String, String) {
    let list = enter(world, "shuji").get("/organisations");
    let is_own = |href: &String| href.trim_start_matches("/organisations/").chars().all(|c| c.is_ascii_digit());
    let href = list.attributes("main a[href^='/organisations/']", "href").into_iter().find(is_own).expect("a secretary sees the branch");
    let name = list.text_of(&format!("main a[href='{href}']"));
    (href.trim_start_matches("/organisations/").to_owned(), name)
}

fn teams(officer: &Visitor, base: &str, teams: &[(&str, &str)]) -> Page {
    for (name, logins) in teams {
        let form = officer.get(&format!("{base}/teams")).form("main form[method=post]");
        assert_eq!(form.with("name", name).with("logins", logins).send().status, 200);
    }
    officer.get(base).form_with_button("分派检查组").send()
}

/// Goes through the check: everything is met but one item.
fn go_through(team: &Visitor, unit: &str, not_met: &str, owner: &str) -> Page {
    let mut form = team.get(unit).form("form[data-draft]");
    for name in team.get(unit).attributes("form[data-draft] input[type=radio][value=met]", "name") {
        form = form.with(&name, if name == format!("{not_met}.verdict") { "not_met" } else { "met" });
    }
    form.with(&format!("{not_met}.note"), SEEN).with(&format!("{not_met}.owner"), owner).send()
}

#[test]
fn supervision_inspection() {
    let world = World::copy();
    at_mechanism(&enter(&world, "ducha"), "supervision_inspection", "全部由别人核验销号");
    let (id, branch) = own_branch(&world);
    let county = enter(&world, "xianwei");
    let line = file(&county, "special_check");
    let opened = open(&county, &line, "党务公开专项检查", &[&id]);
    opened.sees("党务公开专项检查").sees(&branch);
    let base = base(&opened);
    teams(&county, &base, &[("第一检查组", "ducha")]).sees("第一检查组");

    // Announced: the branch sees it, and that nothing is made for it.
    let secretary = enter(&world, "shuji");
    secretary.get("/messages").sees("党务公开专项检查");
    secretary.get(&base).sees(&branch).hides(SEEN);

    // On site: opened, gone through, handed in once; an item without an owner is not taken.
    let team = enter(&world, "ducha");
    team.get("/waiting?kind=inspections").sees("党务公开专项检查");
    let unit = team.get(&base).link(&branch);
    team.get(&unit).form_with_button("到现场，打开检查").send().sees("看到了什么");
    let bare = go_through(&team, &unit, "openness", "");
    assert_eq!(bare.status, 422);
    bare.sees("没有责任人的问题不能提交");
    enter(&world, "shiwei").get("/problems?state=all").hides(SEEN);
    go_through(&team, &unit, "openness", "支部书记").sees("检查已经提交").sees("不符合");
    let pack = team.download(&team.get(&unit).link("本年记录一份"));
    assert!(pack.status == 200 && pack.bytes.starts_with(b"PK"));

    // The finding stands in the ledger with its owner; the inspection does not close before it is verified by somebody else.
    let problem = secretary.get("/problems").link(SEEN);
    county.get(&base).click("发出报告").form("main form[method=post]").send().sees("督查报告已经发出");
    county.post(&format!("{base}/close"), &[]).sees("没有核验销号，不能办结");
    step(&secretary, &problem, "set_measures", &[("cause", "没有人管"), ("measure", "支委轮流，每月五日前更新")]);
    step(&secretary, &problem, "hand_in", &[("result", "已经更新"), ("evidence", "公开栏")]);
    step(&county, &problem, "verify", &[("basis", "去看了"), ("answer", "已经更新")]).sees("已销号");
    county.get(&base).click("办结").form("main form[method=post]").send().sees("已经办结");
    secretary.get(&base).sees("已办结");

    // The city sees what was inspected where, and comes from the figure to the inspection.
    let coverage = enter(&world, "shiwei").get("/inspections/coverage");
    let href = coverage.attributes("table.list td a[href*='mode=targeted']", "href").into_iter().next().expect("a figure");
    enter(&world, "shiwei").get(&href).sees("党务公开专项检查");

    // Another of the kind for the same unit in the quarter is offered to be merged.
    let again = open(&county, &line, "又一次专项检查", &[&id]);
    assert_eq!(again.status, 422);
    assert_eq!(again.sees("本季度同类督查已经列入").link("去看已有的“党务公开专项检查”"), base);
    // It is over: nothing is added to it any more.
    again.hides("并入“党务公开专项检查”");
    let apart = agreed(again.form("main form[method=post]").tick("apart", "1").send());
    assert_ne!(apart.path.split('?').next(), Some("/inspections/new"), "{}", apart.text());
}

#[test]
fn supervision_inspection__refuses_to_lose_a_check_without_a_connection() {
    let world = World::copy();
    let Some(browser) = world.browser() else { return };
    let (id, branch) = own_branch(&world);
    let county = enter(&world, "xianwei");
    let line = file(&county, "special_check");
    let base = base(&open(&county, &line, "党务公开专项检查", &[&id]));
    teams(&county, &base, &[("第一检查组", "ducha")]);
    let team = enter(&world, "ducha");
    let unit = team.get(&base).link(&branch);
    team.get(&unit).form_with_button("到现场，打开检查").send().sees("看到了什么");

    // On a phone: opened with a connection, gone through and handed in without one.
    browser.continue_as(&team);
    browser.resize(390, 844);
    browser.open(&unit);
    browser.connect(false);
    browser.click_all("form[data-draft] input[type=radio][value=met]");
    browser.click_all("form[data-draft] input[name='openness.verdict'][value=not_met]");
    browser.set("[name='openness.note']", SEEN);
    browser.set("[name='openness.owner']", "支部书记");
    browser.click_words("提交检查结果");
    browser.sees("现在没有网络，内容已暂存在本机，联网后自动提交");
    enter(&world, "shiwei").get("/problems?state=all").hides(SEEN);

    // It goes by itself, and once, however often the connection comes and goes.
    browser.connect(true);
    browser.sees("检查已经提交");
    browser.connect(false);
    browser.connect(true);
    browser.sees("不符合");
    let ledger = enter(&world, "xianwei").get("/problems?state=all&export=csv");
    assert_eq!(ledger.text().matches(SEEN).count(), 1, "{}", ledger.text());
    let kept = browser.script("return Object.keys(localStorage).filter(it => it.startsWith('jishi:draft:')).length;", &[]);
    assert_eq!(kept, 0, "what was taken is not kept");
}

#[test]
fn supervision_inspection__refuses_what_is_not_on_the_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    county.get("/inspections/new").hides("专项检查");
    assert_eq!(county.get("/inspections/new?line=999999999").status, 404);
    let refused = county.post("/inspections/new?line=999999999", &[("title", "没有计划的检查"), ("topic", "党务公开")]);
    assert_eq!(refused.status, 404);
    county.get("/inspections").hides("没有计划的检查");
    // Another office's line opens nothing either, and a township opens none.
    let line = file(&enter(&world, "shiwei"), "random_research");
    assert_eq!(county.get(&format!("/inspections/new?line={line}")).status, 404);
    assert_eq!(enter(&world, "zhenwei").get("/inspections/new").status, 404);
}

#[test]
fn supervision_inspection__refuses_a_seed_that_one_person_makes() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let line = file(&city, "random_research");
    let form = city.get(&format!("/inspections/new?line={line}")).form("main form[method=post]");
    let shown = form.with("title", "市级随机调研").with("n_wanted", "3").send();
    shown.sees("按范围内的平均数估算");
    let opened = agreed(shown);
    opened.sees("指纹（SM3）").sees("还没有种子");
    let base = base(&opened);
    // The population is public before there is a seed.
    let codes = table(&enter(&world, "shuji"), &format!("{base}/population"));
    assert!(codes.len() > 10 && codes[0][0] == "组织编码", "{:?}", codes[0]);
    // No public number was named before: nobody brings one afterwards.
    assert!(!city.get(&format!("{base}/seed")).has("[name=on]"));
    let give = |visitor: &Visitor, part: &str| visitor.get(&format!("{base}/seed")).form("main form[method=post]").with("part", part).send();
    give(&city, "金沙江").sees("等另一个人");
    let own = give(&city, "澜沧江");
    assert_eq!(own.status, 422);
    own.sees("另一半种子要由另一个人给出");
    city.get(&base).hides("金沙江").sees("种子齐了就抽取");
    let second = enter(&world, "shenhe");
    second.get(&format!("{base}/seed")).hides("金沙江");
    give(&second, "31872").sees("种子 金沙江+31872").sees("自己重算一遍");
    // One set aside stays with its reason, and the next takes its place.
    let page = city.get(&base);
    let n = page.texts_of("table.list tbody tr").len();
    let aside = page.attributes("a[href$='/aside']", "href").into_iter().find(|href| href.contains("/units/")).expect("one may be set aside");
    let form = city.get(&aside).form("main form[method=post]");
    form.with("reason", "上月刚刚整顿销号").send().sees("不查：上月刚刚整顿销号");
    assert_eq!(city.get(&base).texts_of("table.list tbody tr").len(), n + 1);
}

#[test]
fn supervision_inspection__refuses_to_let_counties_inspect_one_another() {
    let mut world = World::copy();
    let other = newcomer(&mut world, "lingqu", "county_organisation_officer", "P990102");
    let city = enter(&world, "shiwei");
    let line = file(&city, "crossed");
    let page = city.get(&format!("/inspections/new?line={line}"));
    let (names, ids) = (page.texts_of(".check-list label small"), page.attributes(".check-list label input[name=units]", "value"));
    let first = |n: usize| ids[names.iter().position(|above| above == &names[n]).expect("itself")].clone();
    let units = [first(0), first(names.len() - 1)];
    assert_ne!(units[0], units[1], "{names:?}");
    let opened = open(&city, &line, "交叉检查", &[&units[0], &units[1]]);
    let opened = if opened.status == 422 { agreed(opened.form("main form[method=post]").tick("apart", "1").send()) } else { opened };
    let base = base(&opened);
    // Two counties alone can only inspect one another: the constraint is named, and nobody is sent.
    teams(&city, &base, &[("第一检查组", "xianwei"), ("第二检查组", "lingqu")]).sees("避不开两个县互查");
    let page = teams(&city, &base, &[("市里的组", "shenhe")]);
    page.sees("已经分派");
    // Nobody inspects his own county: of each unit, the team is none with somebody from there.
    let page = city.get(&base);
    let units = page.texts_of("table.list tbody tr:has(td[data-label='检查组']) td a b");
    let teams = page.texts_of("table.list tbody tr td[data-label='检查组']");
    assert_eq!((units.len(), teams.len()), (2, 2), "{units:?} {teams:?}");
    for (officer, own) in [(enter(&world, "xianwei"), "第一检查组"), (other, "第二检查组")] {
        let is_own =
            |unit: &str| officer.get(&format!("/organisations?q={}", encoded(unit))).texts_of("table.list tbody td a").iter().any(|it| it == unit);
        let of_county: Vec<&String> = units.iter().zip(&teams).filter(|(unit, _)| is_own(unit)).map(|(_, team)| team).collect();
        assert_eq!(of_county.len(), 1, "{units:?}");
        assert!(of_county[0] != own && of_county[0].contains('组'), "{own} inspects its own county: {units:?} {teams:?}");
    }
}

#[test]
fn supervision_inspection__refuses_to_show_what_is_unannounced() {
    let world = World::copy();
    let (id, branch) = own_branch(&world);
    let county = enter(&world, "xianwei");
    let line = file(&county, "unannounced");
    let opened = open(&county, &line, "夜间开放暗访", &[&id]);
    let base = base(&opened);
    teams(&county, &base, &[("暗访组", "ducha")]);
    let inspected = ["shuji", "zhenwei"];
    let hidden = |what: &str| {
        for login in inspected {
            let visitor = enter(&world, login);
            same_answer(&visitor.get(&base), &visitor.get("/inspections/999999999"));
            for page in ["/inspections", "/messages", "/waiting", "/inspections/coverage", "/search?q=%E6%9A%97%E8%AE%BF", "/"] {
                visitor.get(page).hides(what);
            }
            let lines = table(&visitor, "/inspections?export=csv");
            assert!(!lines.iter().flatten().any(|cell| cell.contains(what)), "{lines:?}");
        }
    };
    hidden("夜间开放暗访");
    let team = enter(&world, "ducha");
    let unit = team.get(&base).link(&branch);
    for login in inspected {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&unit), &visitor.get("/inspections/999999999/units/999999999"));
    }
    // Opened on site it is known; what is found is not, before the report.
    assert_eq!(team.get(&unit).form_with_button("到现场，打开检查").send().status, 200);
    enter(&world, "shuji").get("/messages").sees("夜间开放暗访");
    go_through(&team, &unit, "openness", "支部书记").sees("检查已经提交");
    for login in inspected {
        let visitor = enter(&world, login);
        visitor.get(&base).sees(&branch).hides(SEEN);
        visitor.get(&unit).sees("报告发出以后看得到结果").hides(SEEN);
        visitor.get("/problems?state=all").hides(SEEN);
    }
    county.get(&base).click("发出报告").form("main form[method=post]").send().sees("督查报告已经发出");
    let secretary = enter(&world, "shuji");
    secretary.get(&unit).sees(SEEN);
    secretary.get("/problems").sees(SEEN);
}

const ASKED: &str = "组里的老党员三个月没有人上门送学";

/// Comes to the form of a visit to the branch of `shuji`.
fn visit(town: &Visitor, id: &str) -> Page {
    town.get(&format!("/visits/new?organisation={id}"))
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn research_visits() {
    let world = World::copy();
    let town = enter(&world, "zhenwei");
    at_mechanism(&town, "research_visits", "每个问题都在问题台账里有责任人");
    let (id, branch) = own_branch(&world);
    // A place that its superior tags comes first.
    let plan = town.get(&format!("/visits/plan?q={}", encoded(&branch)));
    assert!(plan.has(&format!("a[href='/visits/new?organisation={id}']")));
    let form = plan.click("标注").form("main form[method=post]");
    form.with("tag", "情况复杂").with("reason", "两个村民小组有纠纷").send().sees("已经标注");
    let first = town.get("/visits/plan").texts_of("table.list tbody tr").into_iter().next().expect("a line");
    assert!(first.contains("应先走访"), "{first}");
    let form = visit(&town, &id).form("form[data-draft]");
    let sent = form.with("text_1", ASKED).with("kind_1", "党员教育管理松散").with("owner_1", "支部书记").with("promises", "镇里下月派车").send();
    sent.sees("1 个问题列入问题台账").sees("镇里下月派车");
    // The branch has the question with its owner, and sees the visit.
    let secretary = enter(&world, "shuji");
    let problem = secretary.get("/problems").link(ASKED);
    secretary.get(&problem).sees("支部书记").sees("调研走访");
    secretary.get("/visits").sees(&branch);
    town.get(&format!("/visits/plan?q={}", encoded(&branch))).sees("走访过");
    // Somebody else verifies; then the question is over.
    step(&secretary, &problem, "set_measures", &[("cause", "没有安排"), ("measure", "支委分片，每月上门一次")]);
    step(&secretary, &problem, "hand_in", &[("result", "已经上门"), ("evidence", "谈了话")]);
    step(&town, &problem, "verify", &[("basis", "问了两名老党员"), ("answer", "已经送学上门")]).sees("已销号");
}

#[test]
fn research_visits__refuses_to_count_what_brought_nothing() {
    let world = World::copy();
    let (id, branch) = own_branch(&world);
    let town = enter(&world, "zhenwei");
    let plan = format!("/visits/plan?q={}", encoded(&branch));
    let stands = || town.get(&plan).texts_of("table.list tbody tr").join(" ");
    assert!(stands().contains("还没有走访"), "{}", stands());
    // A question without an owner is not taken, and nothing is written.
    let bare = visit(&town, &id).form("form[data-draft]").with("text_1", ASKED).with("kind_1", "其他").with("owner_1", "").send();
    assert_eq!(bare.status, 422);
    bare.sees("没有责任人的不能登记");
    let empty = visit(&town, &id).form("form[data-draft]").send();
    empty.sees("只有您自己看得到");
    assert!(stands().contains("还没有走访"), "{}", stands());
    let path = empty.path.split('?').next().expect("a path").to_owned();
    for login in ["shuji", "xianwei", "shiwei"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&path), &visitor.get("/visits/999999999"));
        visitor.get("/visits").hides("只有您自己看得到");
    }
    // A branch tags nothing and writes down no visits.
    assert_eq!(enter(&world, "shuji").get("/visits/new").status, 404);
}
