//! From a speech to tasks: one record seen as three lists, handed down until its parts are done and verified.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer, step};

const SPEECH: &str = "在全市基层党建工作推进会上的讲话\n\n同志们：\n一、抓好阵地建设。各县（市、区）要在2027年6月底前新建党群服务中心12个。\n二、抓好教育培训。各县（市、区）要在2027年9月底前培训党支部书记200名。\n";
const TASK: &str = "新建党群服务中心";

/// Takes in the speech; the page of what was found in it.
fn take_in(officer: &Visitor) -> Page {
    let form = officer.get("/tasks/directives/new").form("form[enctype]").with("issued_on", "2026-11-20");
    form.attach("file", "讲话.txt", SPEECH.as_bytes()).send()
}

/// The form of the task about service centres.
fn card(officer: &Visitor, directive: &str) -> Page {
    let page = officer.get(directive);
    let item = page.attribute("a.passage[data-item]", "data-item").expect("the first task is marked in the text");
    officer.get(&format!("{directive}?item={item}"))
}

/// Puts right what the first task says and marks it as checked.
fn check(officer: &Visitor, directive: &str) -> Page {
    let form = card(officer, directive).form("form.item-form:has([name=action])");
    let form = form.with("action", TASK).with("number", "12").with("unit", "个").with("comparator", "=").with("due_on", "2027-06-30");
    let form = form
        .with("owner", "县（市、区）委组织部")
        .with("owner_level", "county")
        .with("measure", "建成并开放，以活动记录为准")
        .with("standard", "有场所、有人员、有制度")
        .with("weight", "10");
    form.press("核对无误")
}

/// Hands the first task down to the counties: the page on which it is divided.
fn shares(officer: &Visitor, directive: &str) -> scenarios::Form {
    let form = officer.get(&format!("{directive}/issue")).form("form:has([name=step])");
    let all = form.choices("item");
    let item = all.first().expect("a task is ready").clone();
    let mut form = form;
    for other in &all {
        form = form.untick("item", other);
    }
    let mut shares = form.tick("item", &item).tick("level", "county").send().form("form:has([data-shares])");
    for kind in shares.fields_from("kind-") {
        shares = shares.with(&kind, "divide");
    }
    shares
}

/// A speech taken in and its first task handed down, for those who look at the pages.
pub fn issue_to_the_counties(world: &World) {
    let city = enter(world, "shiwei");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    check(&city, &directive);
    let form = shares(&city, &directive);
    let fields = form.fields_from("q-");
    assert_eq!(form.with(&fields[0], "5").with(&fields[1], "7").press("下发任务").status, 200);
}

#[test]
fn three_lists() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "three_lists", "每项任务都由交办单位核验通过");
    let taken = take_in(&city);
    taken.sees("请逐条核对").sees("新建党群服务中心12个");
    let directive = taken.path.split('?').next().expect("a path").to_owned();
    check(&city, &directive);

    // Parts that do not add up to the whole are not handed down.
    let form = shares(&city, &directive);
    let fields = form.fields_from("q-");
    assert_eq!(fields.len(), 2, "two counties: {fields:?}");
    let short = form.with(&fields[0], "5").with(&fields[1], "6").press("下发任务");
    assert_eq!(short.status, 422);
    assert_eq!(shares(&city, &directive).with(&fields[0], "5").with(&fields[1], "7").press("下发任务").status, 200);

    // One record, three lists.
    let whole = city.get(&format!("/tasks?of=issued&q={TASK}"));
    whole.sees(TASK);
    let one = whole.click(TASK);
    for words in
        ["项目", "干什么", "责任", "谁来干", "考评", "干出什么效果", "有场所、有人员、有制度", "县（市、区）委组织部", "建成并开放，以活动记录为准"]
    {
        one.sees(words);
    }

    // The county receives its part and splits it on.
    let county = enter(&world, "xianwei");
    let own = county.get(&format!("/tasks?q={TASK}")).click(TASK);
    own.sees("5 个");
    let task = own.path.split('?').next().expect("a path").to_owned();
    step(&county, &task, "receive", &[]);
    let split = county.get(&format!("{task}/split")).form("form:has([data-shares])");
    let towns = split.choices("org");
    let number = |n: usize| format!("quantity-{}", towns[n]);
    // All towns are offered; the third has no part in it.
    let ticked = split.tick("org", &towns[0]).tick("org", &towns[1]).untick("org", &towns[2]).with(&number(0), "2").with(&number(1), "3");
    ticked.press("分解下去").sees("已分解到 2 个单位");

    // The town reports with evidence, the county verifies, the sum goes up.
    let town = enter(&world, "zhenwei");
    let part = town.get(&format!("/tasks?q={TASK}")).click(TASK);
    let part = part.path.split('?').next().expect("a path").to_owned();
    step(&town, &part, "receive", &[]);
    step(&town, &part, "feed_back", &[("result", "已经建成开放"), ("quantity", "2"), ("evidence", "大坪镇党群服务中心验收记录")]);
    county.get(&part).sees("大坪镇党群服务中心验收记录");
    step(&county, &part, "verify", &[("basis", "实地查看")]).sees("已办结");
    town.get(&part).sees("已办结");
    city.get(&task).sees("分解到的单位");
}

#[test]
fn three_lists__refuses_an_item_without_measure_owner_or_date() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    let bare = card(&city, &directive).form("form.item-form:has([name=action])").with("measure", "").with("owner", "").with("due_on", "");
    assert_eq!(bare.press("保存").status, 200);
    let page = card(&city, &directive);
    page.sees("补上才能下发");
    let item = page.attribute("a.passage[data-item]", "data-item").expect("the task");
    let issuing = city.get(&format!("{directive}/issue"));
    assert!(!issuing.has(&format!("input[name=item][value='{item}']:not([disabled])")));
    let forced = city.post(&format!("{directive}/issue"), &[("item", &item), ("level", "county")]);
    assert_ne!(forced.status, 200);
    enter(&world, "xianwei").get("/tasks").hides(TASK);
}

#[test]
fn three_lists__refuses_verification_by_who_did_it_and_strangers() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    check(&city, &directive);
    let form = shares(&city, &directive);
    let fields = form.fields_from("q-");
    assert_eq!(form.with(&fields[0], "5").with(&fields[1], "7").press("下发任务").status, 200);
    let county = enter(&world, "xianwei");
    let task = county.get(&format!("/tasks?q={TASK}")).click(TASK).path.split('?').next().expect("a path").to_owned();
    step(&county, &task, "receive", &[]);
    step(&county, &task, "feed_back", &[("result", "已经建成"), ("quantity", "5"), ("evidence", "验收记录")]);
    assert_ne!(county.post(&format!("{task}/actions/verify"), &[("basis", "自己核验")]).status, 200);
    county.get(&task).sees("待核验").hides("自己核验");
    for login in ["shuji", "hangye"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&task), &visitor.get(&absent_below("/tasks")));
        visitor.get("/tasks").hides(TASK);
    }
    assert_ne!(enter(&world, "zhenwei").get(&directive).status, 200);
}
