//! From a speech to tasks: one record seen as three lists, handed down until its parts are done and verified.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, enter, same_answer, step};

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
    let item = page.attribute("a.mark[data-item]", "data-item").expect("the first task is marked in the text");
    officer.get(&format!("{directive}?item={item}"))
}

/// Puts right what the first task says and marks it as checked.
fn check(officer: &Visitor, directive: &str) -> Page {
    let form = card(officer, directive).form("form.card-form:has([name=action])");
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

#[test]
fn three_lists__refuses_an_item_without_measure_owner_or_date() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let directive = take_in(&city).path.split('?').next().expect("a path").to_owned();
    let bare = card(&city, &directive).form("form.card-form:has([name=action])").with("measure", "").with("owner", "").with("due_on", "");
    assert_eq!(bare.press("保存").status, 200);
    let page = card(&city, &directive);
    page.sees("补上才能下发");
    let item = page.attribute("a.mark[data-item]", "data-item").expect("the task");
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
    let task = county.get("/tasks").click(TASK).path.split('?').next().expect("a path").to_owned();
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
