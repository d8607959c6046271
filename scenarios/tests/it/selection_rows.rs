//! Titles: asked for, reviewed thing by thing, made public, given for a time, taken back.

use scenarios::{FIRST_PASSWORD, PASSWORD, Page, Visitor, World};

use crate::steps::{at_mechanism, enter, same_answer, step, table};

/// Somebody whose account a command opened: comes in once, sets the password.
pub fn newcomer(world: &mut World, login: &str, role: &str, organisation: &str) -> Visitor {
    world.stop();
    world.open_account(login, role, organisation);
    world.start_again();
    let visitor = world.sign_in(login, FIRST_PASSWORD);
    let form = visitor.get("/me/security").form_with_button("改密码");
    assert_eq!(form.with("old", FIRST_PASSWORD).with("new", PASSWORD).with("again", PASSWORD).send().status, 200);
    visitor
}

/// Codes of a branch of a field and of its superior.
pub fn branch_of(world: &World, field: &str) -> (String, String) {
    let city = enter(world, "shiwei");
    let first = |kind: &str| {
        let lines = table(&city, &format!("/organisations?field={field}&kind={kind}&export=csv"));
        let (code, above) = (column(&lines, "组织编码"), column(&lines, "上级党组织编码"));
        lines.get(1).map(|row| (row[code].clone(), row[above].clone()))
    };
    ["branch", "joint_branch"].into_iter().find_map(first).unwrap_or_else(|| panic!("no branch of {field}"))
}

/// Somebody of a line body, for whose field alone the city opens the account on its page.
fn line_officer(world: &World, login: &str, name: &str, field: &str) -> Visitor {
    let city = enter(world, "shiwei");
    let form = city.get("/accounts/new").form_with_button("开设账号并授予岗位");
    let office = city.get("/plan?year=2026").attribute("input[name=office]", "value").expect("the city's own number");
    let form = form.with("name", name).with("login", login).with("role", "line_officer").with("reach", "fields").with("fields", field);
    let made = form.with("root", &office).send();
    let temporary = made.text_of(".secret");
    let visitor = world.sign_in(login, &temporary);
    let form = visitor.get("/me/security").form_with_button("改密码");
    assert_eq!(form.with("old", &temporary).with("new", PASSWORD).with("again", PASSWORD).send().status, 200);
    visitor
}

fn column(lines: &[Vec<String>], heading: &str) -> usize {
    lines[0].iter().position(|cell| cell == heading || cell.ends_with(heading)).unwrap_or_else(|| panic!("{heading} in {:?}", lines[0]))
}

/// Comes forward; the page of the application.
fn come_forward(visitor: &Visitor, selection: &str, fields: &[(&str, &str)]) -> Page {
    let page = visitor.get(&format!("/selections/{selection}"));
    let mut form = page.form_with_button("开始申报");
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

fn stage(page: &Page) -> String {
    page.text_of("ol.stages li.now")
}

const SELF_REVIEW: &str = "支委三人在岗，组织生活逐月开展，去年评议提出的两件事已经办完。";

/// What a title is judged by, as the documents name it, or by how many parts where they leave these to the city.
fn parts_of(selection: &str) -> &'static [&'static str] {
    match selection {
        // 领导核心地位、抓党建 and what is common to all.
        "red_flag_org" => &["领导核心地位", "抓党建促乡村振兴", "组织生活经常规范"],
        "six_good_branch" => &["政治功能好", "班子建设好", "党员队伍好", "作用发挥好", "工作业绩好", "安全保障好"],
        "fortress_village" => &["第一方面", "第二方面", "第三方面", "第四方面", "第五方面", "第六方面", "第七方面", "第八方面"],
        // 三表率一模范.
        "organ_models" => &["第一项表率", "第二项表率", "第三项表率", "模范机关"],
        // The four functions of schools, 三进, ethics training.
        "red_candle" => &["保证办学方向", "服务教育教学", "建设专业队伍", "强化德育建设", "进教材", "进课堂", "进头脑", "师德师风"],
        "benchmark_lead" => &["组织生活", "党员教育", "帮带"],
        "four_level_creation" => &["年度创建计划", "创建标准", "支撑本级"],
        // The four functions of organs, and what is common to all.
        "functions of organs" => &["推动改革发展", "服务基层群众", "履行工作职能", "改进机关作风", "组织生活经常规范"],
        other => panic!("{other} is judged by what?"),
    }
}

/// The review that finds everything fulfilled, or all but one: exactly the parts of the title are asked, each under its name.
fn review(visitor: &Visitor, path: &str, parts: &str, is_complete: bool) -> Page {
    let page = visitor.get(&format!("{path}/actions/review_dimensions"));
    let mut form = page.form("form.case-form");
    let dimensions = form.choices("passed");
    let asked = page.texts_of("label:has(input[name=passed])");
    let parts = parts_of(parts);
    assert_eq!((dimensions.len(), asked.len()), (parts.len(), parts.len()), "{asked:?}");
    assert!(asked.iter().zip(parts).all(|(said, part)| said.contains(part)), "{asked:?} are not {parts:?}");
    for id in dimensions.iter().skip(usize::from(!is_complete)) {
        form = form.tick("passed", id);
    }
    for (name, value) in [("heard", "党员意见"), ("checked", "会议记录"), ("saw", "活动室"), ("judged", "总体扎实")] {
        form = form.with(name, value);
    }
    form.send()
}

const NAMED: [(&str, &str); 2] = [("number", "第31号"), ("decided_on", "2026-11-01")];

/// From coming forward to the title: the branch, its superior, whoever reviews, the public notice, the decision.
fn walk(world: &mut World, row: &str, closes: &str, secretary: &str, superior: &str, reviewer: &str, title: &str) -> String {
    at_mechanism(&enter(world, reviewer), row, closes);
    let branch = enter(world, secretary);
    let path = come_forward(&branch, row, &[]).path;
    step(&branch, &path, "submit_application", &[("self_review", SELF_REVIEW)]).sees("上级推荐");
    step(&enter(world, superior), &path, "recommend", &[("opinion", "情况属实")]);
    let office = enter(world, reviewer);
    office.get("/waiting?kind=selections").sees(title);
    review(&office, &path, row, true);
    assert!(stage(&step(&office, &path, "publicise", &[("scope", "本县公开栏")])).starts_with("公示"));
    office.get(&format!("{path}/actions/name")).sees("至少间隔 7 天");
    world.days_later(8);
    let office = enter(world, reviewer);
    assert!(stage(&step(&office, &path, "name", &[("number", "第31号")])).starts_with("命名期内"));
    // The branch is told.
    enter(world, secretary).get("/messages").sees("已命名为");
    path
}

/// The register as somebody finds it who has no part in it: holders alone.
fn holders(world: &World, row: &str) -> Page {
    enter(world, "dangyuan").get(&format!("/selections/{row}?state=held"))
}

fn branch_name(world: &World, path: &str, reviewer: &str) -> String {
    enter(world, reviewer).get(path).text_of(".page-head p a")
}

#[test]
fn red_flag_org() {
    let mut world = World::copy();
    let path = walk(&mut world, "red_flag_org", "列入名册", "shuji", "zhenwei", "shiwei", "红旗党组织");
    holders(&world, "red_flag_org").sees(&branch_name(&world, &path, "shiwei"));
    // A year later it is looked at again, and taken back with a reason that the branch reads.
    world.days_later(335);
    let city = enter(&world, "shiwei");
    step(&city, &path, "recheck", &[("finding", "各项仍然做得到")]).sees("有效到");
    step(&city, &path, "withdraw", &[("reason", "全年没有开展主题党日")]);
    enter(&world, "shuji").get(&path).sees("已撤销").sees("全年没有开展主题党日");
    let member = enter(&world, "dangyuan");
    let register = member.get("/selections/red_flag_org?state=held");
    assert!(!register.texts_of("table.list tbody td:first-child").iter().any(|name| name.contains(&branch_name(&world, &path, "shiwei"))));
}

#[test]
fn red_flag_org__refuses_an_organisation_under_rectification() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let listed = county.get("/rectifications?stage=carrying_out").texts_of("table.list tbody td:first-child a");
    let page = county.get("/selections/red_flag_org");
    let form = page.form_with_button("开始申报");
    let lines = table(&county, "/organisations?field=rural&kind=branch&export=csv");
    let name = column(&lines, "全称");
    let one = listed.iter().map(|title| title.trim_end_matches("整顿")).find(|title| lines.iter().any(|row| row[name] == **title));
    let one = one.expect("a village branch is being put right").to_owned();
    let value =
        page.attributes("#organisation option", "value").into_iter().zip(page.texts_of("#organisation option")).find(|(_, label)| *label == one);
    let before = enter(&world, "shiwei").get("/selections/red_flag_org").text();
    form.with("organisation", &value.expect("it may be chosen").0).send().sees("正在整顿，销号以前不能申报");
    assert_eq!(enter(&world, "shiwei").get("/selections/red_flag_org").text(), before);
}

#[test]
fn six_good_branch() {
    let mut world = World::copy();
    let path = walk(&mut world, "six_good_branch", "六个方面全部通过后命名", "shuji", "zhenwei", "xianwei", "六好党支部");
    holders(&world, "six_good_branch").sees(&branch_name(&world, &path, "xianwei"));
}

#[test]
fn six_good_branch__refuses_five_of_six() {
    let world = World::copy();
    let branch = enter(&world, "shuji");
    let path = come_forward(&branch, "six_good_branch", &[]).path;
    // What the records say stands beside each of the six, without being asked for again.
    branch.get(&path).sees("政治功能好").sees("安全保障好").sees("按季召开支部党员大会");
    step(&branch, &path, "submit_application", &[("self_review", SELF_REVIEW)]);
    step(&enter(&world, "zhenwei"), &path, "recommend", &[("opinion", "情况属实")]);
    let county = enter(&world, "xianwei");
    review(&county, &path, "six_good_branch", false);
    county.post(&format!("{path}/actions/publicise"), &[("scope", "本县")]).sees("还有项目没有通过");
    assert!(stage(&county.get(&path)).starts_with("逐项审核"));
    county.get("/selections/six_good_branch").sees("最弱");
    // Who recommended it does not review it.
    enter(&world, "zhenwei").get(&path).sees("由负责评选的党组织审核");
}

#[test]
fn fortress_village() {
    let mut world = World::copy();
    let path = walk(&mut world, "fortress_village", "8 个方面全部通过", "shuji", "zhenwei", "xianwei", "堡垒村");
    holders(&world, "fortress_village").sees(&branch_name(&world, &path, "xianwei"));
}

#[test]
fn fortress_village__refuses_a_branch_that_is_no_village() {
    let mut world = World::copy();
    let (code, _) = branch_of(&world, "school");
    let before = enter(&world, "xianwei").get("/selections/fortress_village").text();
    let teacher = newcomer(&mut world, "xuexiao", "branch_secretary", &code);
    let page = teacher.get("/selections/fortress_village");
    assert!(!page.has("#organisation"), "it is not offered");
    let own = teacher.get("/selections/red_candle").attribute("#organisation option[selected]", "value").expect("its own title is offered");
    teacher.post("/selections/fortress_village", &[("organisation", &own)]).sees("不面向");
    assert_eq!(enter(&world, "xianwei").get("/selections/fortress_village").text(), before);
}

#[test]
fn organ_models() {
    let mut world = World::copy();
    let path = line_walk(&mut world, "organ_models", "organ", "列入模范机关名单", "模范机关");
    holders(&world, "organ_models").sees(&branch_name(&world, &path, "shiwei"));
}

#[test]
fn organ_models__refuses_naming_while_an_objection_is_open() {
    let mut world = World::copy();
    let path = brought_to_notice(&mut world, "organ_models", "organ");
    let city = enter(&world, "shiwei");
    step(&city, &path, "record_objection", &[("objections.text", "两次主题党日没有开")]).sees("两次主题党日没有开");
    world.days_later(8);
    let city = enter(&world, "shiwei");
    city.post(&format!("{path}/actions/name"), &NAMED).sees("还有公示意见没有答复");
    assert!(stage(&city.get(&path)).starts_with("公示"));
    enter(&world, "dangyuan").get("/selections/organ_models?state=held").sees("没有符合条件的");
}

#[test]
fn red_candle() {
    let mut world = World::copy();
    let path = line_walk(&mut world, "red_candle", "school", "审核通过后命名", "育人先锋学校党组织");
    holders(&world, "red_candle").sees(&branch_name(&world, &path, "shiwei"));
}

#[test]
fn red_candle__refuses_review_by_who_recommended() {
    let mut world = World::copy();
    let path = recommended(&mut world, "red_candle", "school");
    let superior = enter(&world, "shangji");
    superior.get(&path).sees("由负责评选的党组织审核");
    let given = [("heard", "x"), ("checked", "x"), ("saw", "x"), ("judged", "x")];
    superior.post(&format!("{path}/actions/review_dimensions"), &given).sees("由负责评选的党组织审核");
    assert!(stage(&superior.get(&path)).starts_with("逐项审核"));
}

/// A branch of a field that the demo has no account for, and the office above it.
fn recommended(world: &mut World, selection: &str, field: &str) -> String {
    let (code, superior) = branch_of(world, field);
    let branch = newcomer(world, "zhibu", "branch_secretary", &code);
    let path = come_forward(&branch, selection, &[]).path;
    step(&branch, &path, "submit_application", &[("self_review", SELF_REVIEW)]);
    let office = newcomer(world, "shangji", "township_organisation_officer", &superior);
    step(&office, &path, "recommend", &[("opinion", "情况属实")]);
    path
}

/// Whoever reviews a field for the city: the line body of organs and of schools (机关工委、教育工委), of the others the city's office.
fn line_of(world: &World, field: &str) -> Visitor {
    match field {
        "school" => enter(world, "hangye"),
        "organ" => line_officer(world, "gongwei", "市直机关工委", "organ"),
        _ => enter(world, "shiwei"),
    }
}

fn brought_to_notice(world: &mut World, selection: &str, field: &str) -> String {
    let path = recommended(world, selection, field);
    let office = line_of(world, field);
    review(&office, &path, selection, true);
    assert!(stage(&step(&office, &path, "publicise", &[("scope", "全市")])).starts_with("公示"));
    path
}

fn line_walk(world: &mut World, row: &str, field: &str, closes: &str, title: &str) -> String {
    at_mechanism(&enter(world, "shiwei"), row, closes);
    let path = brought_to_notice(world, row, field);
    world.days_later(8);
    let city = enter(world, "shiwei");
    assert!(stage(&step(&city, &path, "name", &[("number", "第32号")])).starts_with("命名期内"));
    enter(world, "zhibu").get("/messages").sees(title);
    path
}

#[test]
fn field_functions() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "shiwei"), "field_functions", "各领域最弱的一条");
    let path = recommended(&mut world, "red_flag_org", "organ");
    // The line body of the field reviews; of other fields it sees nothing.
    let line = line_of(&world, "organ");
    line.get(&path).sees("推动改革发展").sees("服务基层群众").sees("履行工作职能").sees("改进机关作风").hides("保证办学方向");
    same_answer(&enter(&world, "hangye").get(&path), &enter(&world, "hangye").get("/selections/entries/999999999"));
    review(&line, &path, "functions of organs", false);
    // The function that was not found fulfilled is the weakest of its field, for everybody who reviews there.
    line.get("/selections/red_flag_org").sees("最弱的是").sees("机关：推动改革发展");
    let city = enter(&world, "shiwei");
    let register = city.get("/selections/red_flag_org");
    register.sees("最弱的是").sees("机关：推动改革发展");
    city.get("/policies/selection.red_flag_org").sees("把握功能定位").sees("凝聚职工群众");
}

#[test]
fn field_functions__refuses_to_show_it_to_who_does_not_review() {
    let mut world = World::copy();
    let path = recommended(&mut world, "red_flag_org", "organ");
    let member = enter(&world, "dangyuan");
    same_answer(&member.get(&path), &member.get("/selections/entries/999999999"));
    same_answer(&enter(&world, "shuji").get(&path), &enter(&world, "shuji").get("/selections/entries/999999999"));
    member.get("/selections/red_flag_org").sees("在申报 0 个").hides("最弱的是");
}

#[test]
fn four_level_creation() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "shiwei"), "four_level_creation", "公示后公布结果");
    let path = recommended(&mut world, "four_level_creation", "urban_community");
    // A community strives within its district: the district, two levels up, reviews.
    let name = enter(&world, "shiwei").get(&path).text_of(".page-head p a");
    let mut office = None;
    for code in ["P990101", "P990102"] {
        let login = format!("qu{}", &code[6..]);
        let visitor = newcomer(&mut world, &login, "county_organisation_officer", code);
        if visitor.get(&path).status == 200 {
            office = Some((login, visitor));
        }
    }
    let (login, visitor) = office.expect("its district sees it");
    let above = beyond_the_city(&world, &visitor);
    review(&visitor, &path, "four_level_creation", true);
    step(&visitor, &path, "publicise", &[("scope", "全区")]);
    world.days_later(8);
    step(&enter(&world, &login), &path, "name", &[("number", "第33号")]).sees("命名期内");
    enter(&world, "dangyuan").get("/selections/four_level_creation?state=held").sees(&name).sees(&above);
    // The tree: the district, and below it the community that supports it.
    let tree = enter(&world, "shiwei").get("/selections/four_level_creation").texts_of("li:has([class*=deep-])");
    let at = |name: &str| tree.iter().position(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {tree:?}"));
    assert!(at(&above) < at(&name) && tree[at(&above)].contains("下面有 1 个"), "{tree:?}");
}

/// The district itself strives within the province: the city looks at it, reports it, and writes down what was decided there.
fn beyond_the_city(world: &World, district: &Visitor) -> String {
    let page = district.get("/selections/four_level_creation");
    let names = page.texts_of("#organisation option");
    let is_own = |name: &&String| name.ends_with("委员会") && !["镇", "乡", "街道"].iter().any(|part| name.contains(part));
    let name = names.iter().find(is_own).expect("the district comes forward").clone();
    let value = page.attributes("#organisation option", "value")[names.iter().position(|it| *it == name).expect("its place")].clone();
    let path = come_forward(district, "four_level_creation", &[("organisation", &value)]).path;
    step(district, &path, "submit_application", &[("self_review", SELF_REVIEW)]).sees("上报前审核");
    let city = enter(world, "shiwei");
    let report = [("reported_to", "省委组织部"), ("reported_on", "2026-11-02"), ("number", "第40号")];
    district.post(&format!("{path}/actions/report_upwards"), &report).sees("由向上推荐的党组织上报");
    // Not reported before everything it is judged by has been looked at.
    assert!(stage(&city.get(&path)).starts_with("上报前审核"));
    let page = city.get(&format!("{path}/actions/review_dimensions"));
    let mut form = page.form("form.case-form").with("judged", "总体扎实");
    for id in form.choices("passed") {
        form = form.tick("passed", &id);
    }
    assert_eq!(form.send().status, 200);
    assert!(stage(&step(&city, &path, "report_upwards", &report)).starts_with("等上级结果"));
    let result = [("decided_by", "省委组织部"), ("decided_on", "2026-11-20"), ("number", "第8号")];
    step(&city, &path, "record_named", &result).sees("省委组织部").sees("命名期内");
    name
}

#[test]
fn four_level_creation__refuses_the_next_level_to_decide_alone() {
    let mut world = World::copy();
    let path = recommended(&mut world, "four_level_creation", "urban_community");
    let street = enter(&world, "shangji");
    street.post(&format!("{path}/actions/review_dimensions"), &[("heard", "x")]).sees("由负责评选的党组织审核");
    assert!(stage(&street.get(&path)).starts_with("逐项审核"));
}

const SURVEY: &str = "支委会全年少开三次，活动室只够坐二十人，两名预备党员转正材料不全，党费台账有两个月没有签字。";

fn hand_in(visitor: &Visitor, path: &str, survey: &str) -> Page {
    let plan = [
        ("survey", survey),
        ("problems.text", "支委会少开 3 次"),
        ("problems.owner", "程立群"),
        ("problems.due_on", "2027-01-31"),
        ("measures.text", "每月 5 日前召开支委会，补齐 2 份材料"),
        ("measures.owner", "程立群"),
        ("measures.due_on", "2027-01-31"),
        ("signed_by", "程立群"),
    ];
    step(visitor, path, "submit_survey", &plan)
}

/// One step with everything ticked in these fields.
fn ticking(visitor: &Visitor, path: &str, action: &str, ticked: &[&str], fields: &[(&str, &str)]) -> Page {
    let page = visitor.get(&format!("{path}/actions/{action}"));
    let mut form = page.form("form.case-form");
    for name in ticked {
        for id in form.choices(name) {
            form = form.tick(name, &id);
        }
    }
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

#[test]
fn branch_standardisation() {
    let world = World::copy();
    at_mechanism(&enter(&world, "xianwei"), "branch_standardisation", "列入达标名单").sees("规范化达标");
    let branch = enter(&world, "shuji");
    let path = come_forward(&branch, "branch_standardisation", &[]).path;
    hand_in(&branch, &path, SURVEY).sees("审核方案");
    let town = enter(&world, "zhenwei");
    step(&town, &path, "agree_plan", &[("opinion", "有数量有时限")]);
    step(&branch, &path, "report_progress", &[("progress", "已经补齐")]);
    ticking(&town, &path, "confirm_done", &["measures_done", "problems_solved"], &[("basis", "查看记录")]);
    step(&town, &path, "apply_for_acceptance", &[]);
    let county = enter(&world, "xianwei");
    ticking(&county, &path, "verify", &["passed"], &[("method", "听汇报、查记录、看现场")]);
    assert!(stage(&step(&county, &path, "accept", &[])).starts_with("已达标"));
    let name = branch_name(&world, &path, "xianwei");
    enter(&world, "dangyuan").get("/selections/branch_standardisation?state=held").sees(&name);
    enter(&world, "shiwei").get("/selections/branch_standardisation").sees("今年目标 40%");
}

#[test]
fn branch_standardisation__refuses_acceptance_before_everything_is_done_and_marks_a_copied_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let page = county.get("/selections/branch_standardisation");
    let other = page.link(&page.texts_of("table.list tbody td:first-child a")[0]);
    let copied = county.get(&other).texts_of("ul.items small").into_iter().find_map(|line| line.strip_prefix("摸底情况：").map(str::to_owned));
    let branch = enter(&world, "shuji");
    let path = come_forward(&branch, "branch_standardisation", &[]).path;
    hand_in(&branch, &path, &copied.expect("another branch's plan can be read by the county"));
    let town = enter(&world, "zhenwei");
    town.get(&path).sees("照搬的退回重写");
    step(&town, &path, "return_plan", &[("reason", "照抄上级或者其他支部的方案（上下一般粗）"), ("advice", "写本支部的事")]);
    hand_in(&branch, &path, SURVEY);
    step(&town, &path, "agree_plan", &[("opinion", "同意")]);
    step(&branch, &path, "report_progress", &[("progress", "还在补")]);
    ticking(&town, &path, "confirm_done", &["measures_done"], &[("basis", "查看记录")]);
    town.post(&format!("{path}/actions/apply_for_acceptance"), &[]).sees("还没有全部办结");
    assert!(stage(&town.get(&path)).starts_with("对标争创"));
}

#[test]
fn red_flag_family() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "zhenwei"), "red_flag_family", "家庭要求退出的当天退出");
    let branch = enter(&world, "shuji");
    let path = come_forward(&branch, "red_flag_family", &[("holder", "秦月家庭"), ("is_agreed", "1")]).path;
    step(&branch, &path, "nominate", &[("consent", "是"), ("way", "家庭自愿申报")]);
    ticking(&enter(&world, "zhenwei"), &path, "agree", &["met"], &[]);
    world.days_later(8);
    step(&enter(&world, "zhenwei"), &path, "name", &[]).sees("在榜");
    enter(&world, "dangyuan").get("/selections/red_flag_family").sees("秦月家庭");
    // It asks to leave: the same day it is gone from the list.
    step(&enter(&world, "zhenwei"), &path, "leave_list", &[("reason", "家庭要求退出")]);
    enter(&world, "dangyuan").get("/selections/red_flag_family").hides("秦月家庭");
}

#[test]
fn red_flag_family__refuses_without_the_familys_consent() {
    let world = World::copy();
    let branch = enter(&world, "shuji");
    let organisation = branch.get("/selections/red_flag_family").attribute("#organisation option[selected]", "value").expect("its own branch");
    let form = [("organisation", organisation.as_str()), ("holder", "秦月家庭")];
    branch.post("/selections/red_flag_family", &form).sees("要先征得这户家庭同意");
    let numbered = [("organisation", organisation.as_str()), ("holder", "秦月 13900000000"), ("is_agreed", "1")];
    branch.post("/selections/red_flag_family", &numbered).sees("不要写证件号、电话、门牌号");
    branch.get("/selections/red_flag_family").hides("秦月").sees("还没有申报");
}

#[test]
fn red_flag_family__refuses_to_keep_the_name_of_who_left_and_to_show_it_past_its_term() {
    let mut world = World::copy();
    let branch = enter(&world, "shuji");
    let come = |holder: &str| {
        let path = come_forward(&branch, "red_flag_family", &[("holder", holder), ("is_agreed", "1")]).path;
        step(&branch, &path, "nominate", &[("consent", "是"), ("way", "家庭自愿申报")]);
        ticking(&enter(&world, "zhenwei"), &path, "agree", &["met"], &[]);
        path
    };
    let (left, stays) = (come("秦月家庭"), come("程立家庭"));
    // It asks to leave while it is made public: its name is nowhere, for nobody, not even where it was reported and reviewed.
    step(&enter(&world, "zhenwei"), &left, "leave_in_publicity", &[]);
    for login in ["shuji", "zhenwei", "xianwei", "shiwei", "dangyuan", "guanli"] {
        let visitor = enter(&world, login);
        for page in ["/selections/red_flag_family", "/messages", "/waiting", "/audit", left.as_str()] {
            visitor.get(page).hides("秦月");
        }
    }
    let register = String::from_utf8(branch.download("/selections/red_flag_family?export=csv").bytes).expect("UTF-8");
    assert!(register.contains("已退出的家庭") && register.contains("程立家庭") && !register.contains("秦月"), "{register}");
    enter(&world, "zhenwei").get(&left).sees("已退出的家庭").sees("不在榜");
    // Who is on the list past the term is no longer public; those who look at it again still see it.
    world.days_later(8);
    step(&enter(&world, "zhenwei"), &stays, "name", &[]).sees("在榜");
    enter(&world, "dangyuan").get("/selections/red_flag_family").sees("程立家庭");
    world.days_later(400);
    enter(&world, "dangyuan").get("/selections/red_flag_family").hides("程立家庭");
    enter(&world, "zhenwei").get("/selections/red_flag_family").sees("程立家庭").sees("期满未复核");
}

/// A nomination as far as the decision, a week and a day later.
fn to_decision(world: &mut World, secretary: &str, superior: &str) -> String {
    let branch = enter(world, secretary);
    let path = come_forward(&branch, "honours", &[]).path;
    step(&branch, &path, "nominate", &[("deeds", "全年十二次主题党日全部按期开展")]);
    step(&enter(world, superior), &path, "confirm_record", &[("finding", "与记录一致")]);
    world.days_later(8);
    path
}

#[test]
fn result_use() {
    let mut world = World::copy();
    at_mechanism(&enter(&world, "xianwei"), "result_use", "不合规则的决定写明理由");
    let path = to_decision(&mut world, "shuji", "zhenwei");
    // Whoever decides has the record before him: results of earlier years and whether it is being put right.
    let county = enter(&world, "xianwei");
    let page = county.get(&path);
    page.sees("党建记录").sees("五星支部评定").sees("整顿");
    let fields = [("number", "第41号"), ("why_against", "全县唯一提前完成的支部")];
    let asked = county.get(&format!("{path}/actions/choose")).has("[name=why_against]");
    step(&county, &path, "choose", &fields[..if asked { 2 } else { 1 }]).sees("已表扬");
    enter(&world, "dangyuan").get("/selections/honours?state=held").sees(&branch_name(&world, &path, "xianwei"));
    enter(&world, "shuji").get(&path).sees("第41号");
}

#[test]
fn result_use__refuses_a_decision_against_the_rule_without_a_reason() {
    let mut world = World::copy();
    // Nothing is published of the second county yet: by the rule nobody there is eligible.
    let lines = table(&enter(&world, "shiwei"), "/organisations?field=rural&kind=branch&export=csv");
    let (code, above) = (column(&lines, "组织编码"), column(&lines, "上级党组织编码"));
    let row = lines.iter().find(|row| row[code].starts_with("P990102")).expect("the second county has villages");
    newcomer(&mut world, "zhibu", "branch_secretary", &row[code]);
    newcomer(&mut world, "shangji", "township_organisation_officer", &row[above]);
    newcomer(&mut world, "xian2", "county_organisation_officer", "P990102");
    let path = to_decision(&mut world, "zhibu", "shangji");
    let office = enter(&world, "xian2");
    office.get(&path).sees("按规则不符合资格");
    let given = [("number", "第42号"), ("decided_on", "2026-11-01")];
    office.post(&format!("{path}/actions/choose"), &given).sees("请填“不合规则仍然决定的理由”");
    assert!(stage(&office.get(&path)).starts_with("公示、决定"));
    enter(&world, "dangyuan").get("/selections/honours?state=held").sees("没有符合条件的");
}

/// Numbers of branches of a field, without one of them.
fn others_of(visitor: &Visitor, field: &str, name: &str) -> Vec<String> {
    let of_kind = |kind: &str| {
        let list = visitor.get(&format!("/organisations?field={field}&kind={kind}&per=200"));
        let hrefs = list.attributes("table.list tbody td:first-child a", "href");
        let named: Vec<_> = list.texts_of("table.list tbody td:first-child a").into_iter().zip(hrefs).collect();
        named.into_iter().filter(|(other, _)| other != name).filter_map(|(_, href)| Some(href.rsplit('/').next()?.to_owned()))
    };
    ["branch", "joint_branch"].into_iter().flat_map(of_kind).collect()
}

#[test]
fn benchmark_lead() {
    let mut world = World::copy();
    let path = line_walk(&mut world, "benchmark_lead", "new_sector", "每年复核时看帮带的结果", "两新组织党建标杆");
    let city = enter(&world, "shiwei");
    let name = branch_name(&world, &path, "shiwei");
    holders(&world, "benchmark_lead").sees(&name);
    // Paired with two others; each side is told, and the page shows what becomes of them.
    let others = others_of(&city, "new_sector", &name);
    for other in others.iter().take(2) {
        city.post(&format!("{path}/pairs"), &[("organisation", other)]).sees("已结对");
    }
    city.get(&path).sees("帮带 2 个").sees("结对时");
    city.post(&format!("{path}/pairs"), &[("organisation", &others[0])]).sees("已经和");
    world.sign_in("zhibu", PASSWORD).get("/messages").sees("结对帮带");
    world.days_later(335);
    step(&enter(&world, "shiwei"), &path, "recheck", &[("finding", "帮带的两个都按期开展组织生活")]).sees("有效到");
    holders(&world, "benchmark_lead").sees(&name);
}

#[test]
fn benchmark_lead__refuses_another_year_without_anybody_helped() {
    let mut world = World::copy();
    let path = line_walk(&mut world, "benchmark_lead", "new_sector", "每年复核时看帮带的结果", "两新组织党建标杆");
    world.days_later(335);
    let city = enter(&world, "shiwei");
    let before = city.get(&path).text_of(".page-head p");
    step(&city, &path, "recheck", &[("finding", "各项仍然做得到")]).sees("要结对帮带 2 个");
    assert_eq!(city.get(&path).text_of(".page-head p"), before, "the term is no longer than it was");
    // Nobody helps himself.
    let own = city.get(&path).attribute(".page-head p a", "href").expect("the holder");
    city.post(&format!("{path}/pairs"), &[("organisation", own.rsplit('/').next().unwrap_or_default())]).sees("不能作为帮带对象");
}
