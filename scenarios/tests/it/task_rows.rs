//! From a speech to tasks: one record seen as three lists, handed down until its parts are done and verified.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer, step, table};

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

/// A demand of a county's own, ready to be handed down to the communities: the form that does it, and the directive.
pub fn to_communities(officer: &Visitor) -> (scenarios::Form, String) {
    let directive = take_in(officer).path.split('?').next().expect("a path").to_owned();
    check(officer, &directive);
    let form = officer.get(&format!("{directive}/issue")).form("form:has([name=step])");
    let mut form = form.tick("level", "branch").with("field", "urban_community").send().form("form:has([data-shares])");
    for kind in form.fields_from("kind-") {
        form = form.with(&kind, "each");
    }
    (form, directive)
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

/// The first task, handed down to the counties, answered for in the townships; its page at the city.
fn issue_for_the_townships(city: &Visitor) -> String {
    let directive = take_in(city).path.split('?').next().expect("a path").to_owned();
    let form = card(city, &directive).form("form.item-form:has([name=action])");
    let form = form.with("action", TASK).with("number", "12").with("unit", "个").with("comparator", "=").with("due_on", "2027-06-30");
    let form = form.with("owner", "罗长青").with("owner_level", "township").with("measure", "建成并开放");
    assert_eq!(form.press("核对无误").status, 200);
    let form = shares(city, &directive);
    let fields = form.fields_from("q-");
    assert_eq!(form.with(&fields[0], "5").with(&fields[1], "7").press("下发任务").status, 200);
    city.get(&format!("/tasks?q={TASK}")).click(TASK).path.split('?').next().expect("a path").to_owned()
}

#[test]
fn responsibility_cascade() {
    let mut world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "responsibility_cascade", "停得太久的提醒交办单位");
    issue_for_the_townships(&city);
    let county = enter(&world, "xianwei");
    let own = county.get(&format!("/tasks?q={TASK}")).click(TASK).path.split('?').next().expect("a path").to_owned();
    step(&county, &own, "receive", &[]);

    // The county has it and does not hand it on: the city is told at which level it stops, and nobody's name.
    world.days_later(12);
    let city = enter(&world, "shiwei");
    city.get("/waiting?kind=tasks").sees("签收了没有往下分解：县（市、区）");
    let all = city.get(&format!("/tasks/cascade?state=over&q={TASK}"));
    all.sees("县（市、区）").sees("没有分解 12 天").hides("罗长青");
    let one = all.click(TASK);
    one.sees("没有分解 12 天").hides("罗长青");
    assert!(table(&city, &format!("{}?export=csv", one.path)).iter().any(|row| row.iter().any(|cell| cell == "没有分解 12 天")));

    // The report of the month ranks the levels, on the page and as a document.
    let months = city.get("/tasks/cascade").attributes("select[name=month] option", "value");
    let month = months.into_iter().find(|month| !month.is_empty()).expect("this month");
    let page = city.get(&format!("/tasks/cascade?month={month}"));
    let ranked = page.rows_of("table.list.dense tbody");
    assert!(ranked[0][0].starts_with("1. ") && ranked[0][4].contains("没有分解"), "{ranked:?}");
    let report = city.download(&page.link("月报"));
    assert!(report.status == 200 && report.bytes.starts_with(b"PK"));
    assert_eq!(city.get("/tasks/cascade/report?month=2099-12").status, 404);

    // Handed on, it stops there no longer; a town that does not receive it does.
    let county = enter(&world, "xianwei");
    let split = county.get(&format!("{own}/split")).form("form:has([data-shares])");
    let towns = split.choices("org");
    let number = |n: usize| format!("quantity-{}", towns[n]);
    let ticked = split.tick("org", &towns[0]).tick("org", &towns[1]).untick("org", &towns[2]).with(&number(0), "2").with(&number(1), "3");
    ticked.press("分解下去").sees("已分解到 2 个单位");
    let city = enter(&world, "shiwei");
    let rows = city.get(&format!("/tasks/cascade?q={TASK}")).rows_of("table.list:not(.dense) tbody");
    let line = rows.iter().find(|row| row[0].contains(TASK)).expect("the task is listed");
    assert!(line.iter().all(|cell| !cell.contains("没有分解")), "{line:?}");
    world.days_later(5);
    let county = enter(&world, "xianwei");
    county.get(&format!("{own}/cascade")).sees("乡镇").sees("没有签收 5 天");
}

#[test]
fn responsibility_cascade__refuses_names_of_persons_and_strangers() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let whole = issue_for_the_townships(&city);
    city.get(&whole).sees("看责任传导");
    let page = city.get(&format!("{whole}/cascade"));
    assert_eq!(page.status, 200);
    page.hides("罗长青").hides("责任人");
    for login in ["shuji", "hangye"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&format!("{whole}/cascade")), &visitor.get(&format!("{}/cascade", absent_below("/tasks"))));
        visitor.get("/tasks/cascade").hides(TASK);
    }
    // The county sees its own part, not what the city handed to others.
    let county = enter(&world, "xianwei");
    assert_eq!(county.get(&format!("{whole}/cascade")).status, 404);
    county.get("/tasks/cascade").hides(TASK);
}

/// The cell of a clause in a county, as the matrix of the document says it.
fn clause(officer: &Visitor, directive: &str, words: &str) -> Vec<String> {
    let lines = table(officer, &format!("{directive}/fulfilment?export=csv"));
    lines.into_iter().find(|row| row[0].contains(words)).unwrap_or_else(|| panic!("no clause {words}"))
}

#[test]
fn theme_year_plan() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    at_mechanism(&city, "theme_year_plan", "没有任务的显示为棚架");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    check(&city, &directive);
    // Nothing handed down yet: every clause hangs in the air in every county.
    city.get(&directive).click("条款落实").sees("棚架");
    assert!(clause(&city, &directive, TASK)[2..].iter().all(|cell| cell == "棚架"));
    let form = shares(&city, &directive);
    let fields = form.fields_from("q-");
    assert_eq!(form.with(&fields[0], "5").with(&fields[1], "7").press("下发任务").status, 200);
    // The one that was handed down has begun nowhere, the other still hangs.
    assert!(clause(&city, &directive, TASK)[2..].iter().all(|cell| cell == "没有开始"));
    assert!(clause(&city, &directive, "培训党支部书记")[2..].iter().all(|cell| cell == "棚架"));

    let county = enter(&world, "xianwei");
    let task = county.get(&format!("/tasks?q={TASK}")).click(TASK).path.split('?').next().expect("a path").to_owned();
    step(&county, &task, "receive", &[]);
    assert!(clause(&city, &directive, TASK).contains(&"正在办".to_owned()));
    let done = [("result", "已经建成"), ("quantity", "5"), ("evidence", "验收记录")];
    step(&county, &task, "feed_back", &done);
    step(&city, &task, "return", &[("reason", "还差一个没有开放")]);
    assert!(clause(&city, &directive, TASK).contains(&"有偏差".to_owned()));
    step(&county, &task, "feed_back", &done);
    step(&city, &task, "verify", &[("basis", "实地查看")]);
    assert!(clause(&city, &directive, TASK).contains(&"已落实".to_owned()));
    city.get(&format!("{directive}/fulfilment?state=done")).sees(TASK).sees("棚架");
    // What counts in the assessment says so to everybody.
    county.get("/policies/indicator.task_on_time").sees("交办任务按时落实率");
}

#[test]
fn theme_year_plan__refuses_a_clause_without_criterion_and_others_documents() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    let bare = card(&city, &directive).form("form.item-form:has([name=action])").with("measure", "").with("owner", "").with("due_on", "");
    assert_eq!(bare.press("保存").status, 200);
    let item = card(&city, &directive).attribute("a.passage[data-item]", "data-item").expect("the clause");
    assert_ne!(city.post(&format!("{directive}/issue"), &[("item", &item), ("level", "county")]).status, 200);
    assert!(clause(&city, &directive, TASK)[2..].iter().all(|cell| cell == "棚架"), "nothing was handed down");
    for login in ["xianwei", "zhenwei"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&format!("{directive}/fulfilment")), &visitor.get(&format!("{}/fulfilment", absent_below("/tasks/directives"))));
    }
    assert_ne!(enter(&world, "shuji").get(&format!("{directive}/fulfilment")).status, 200);
}
