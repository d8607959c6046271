//! What a branch owes in every period, and what it did.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, number_in, same_answer};

/// The form for one more record of a kind, as the secretary comes to it.
fn record(secretary: &Visitor, kind: &str) -> Page {
    secretary.get("/activities/new").click(kind)
}

/// The period of a day in which a duty is judged: `2026-Q4`, `2026-11`.
fn quarter(day: &str) -> String {
    let month: u32 = day[5..7].parse().expect("a month");
    format!("{}-Q{}", &day[..4], month.div_ceil(3))
}

fn organisation(form: &Page) -> String {
    form.attribute("[name=organisation]", "value").expect("the form knows its branch")
}

#[test]
fn three_meetings_one_lesson() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    at_mechanism(&officer, "three_meetings_one_lesson", "期满未开记为未完成").sees("支委会");
    let page = record(&secretary, "党员大会");
    let (branch, today) = (organisation(&page), page.attribute("[name=held_on]", "value").expect("today"));
    let away = page.attribute("[name^='who-']", "name").expect("the roster of the day is filled in");
    let n_due = number_in(&page.text_of("[data-due]"));
    let form = page.form("form#record").with("topic", "讨论村集体果园承包方案").with(&away, "leave|病假").with("notes", "一致同意公开招租。");
    let form = form.with("decision", "公示承包方案").with("decision_owner", "支部委员").with("decision_due", "2027-06-30");
    let kept = form.send();
    kept.sees("已保存").sees("讨论村集体果园承包方案").sees("请假 1 人").sees("公示承包方案").sees("支部党员大会");
    kept.sees(&format!("应到 {} 人，实到 {} 人", n_due - 1, n_due - 1));

    // The superior finds it in the duty of the quarter, under the clause that asks for it.
    let cell = officer.get(&format!("/duties/{branch}/general_meeting/{}", quarter(&today)));
    cell.sees("党员大会").sees("由全体党员参加，一般每季度召开1次").sees("讨论村集体果园承包方案");
    let matrix = officer.get(&format!("/duties?organisation={branch}"));
    for duty in ["党员大会", "支委会", "党课"] {
        matrix.sees(duty);
    }
    matrix.sees("按时率");

    // Sent back with a reason, it counts no more until the branch mends it.
    let returned = officer.get(&kept.path).form(&format!("form[action='{}/return']", kept.path)).with("reason", "应到人数与名册不符").send();
    returned.sees("已退回，不计入");
    secretary.get(&kept.path).sees("应到人数与名册不符");
    let mended = secretary.get(&format!("{}/amend", kept.path)).form("form#record").with("topic", "讨论村集体果园公开承包方案").send();
    mended.sees("已经改好重新交上").sees("讨论村集体果园承包方案 → 讨论村集体果园公开承包方案");
    officer.get(&kept.path).sees("已计入").sees("讨论村集体果园公开承包方案");
}

#[test]
fn three_meetings_one_lesson__refuses_to_change_a_locked_record_without_a_reason() {
    let mut world = World::copy();
    let page = record(&enter(&world, "shuji"), "党员大会");
    let kept = page.form("form#record").with("topic", "学习党章").send().path;

    world.days_later(20);
    let secretary = enter(&world, "shuji");
    secretary.get(&kept).sees("已经锁定：修改要写明原因");
    let page = secretary.get(&format!("{kept}/amend"));
    let refused = page.form("form#record").with("topic", "另一个主题").send();
    assert_eq!(refused.status, 422);
    refused.sees("这条记录已经锁定，修改要写明原因");
    enter(&world, "zhenwei").get(&kept).sees("学习党章").hides("另一个主题");
    // With a reason it stays visible what it was.
    page.form("form#record").with("topic", "另一个主题").with("reason", "主题写错").send().sees("学习党章 → 另一个主题").sees("主题写错");
}

#[test]
fn three_meetings_one_lesson__refuses_days_to_come_more_present_than_due_and_nobody() {
    let world = World::copy();
    let secretary = enter(&world, "shuji");
    let page = record(&secretary, "党员大会");
    let branch = organisation(&page);
    let ahead = page.form("form#record").with("held_on", "2099-01-05").with("topic", "还没有开的会").send();
    assert_eq!(ahead.status, 422);
    ahead.sees("还没有到，请填实际召开的日期");
    let fields = [
        ("organisation", branch.as_str()),
        ("kind", "general_meeting"),
        ("held_on", "2026-11-10"),
        ("topic", ""),
        ("form", "counts"),
        ("n_eligible", "5"),
        ("n_present", "7"),
    ];
    let wrong = secretary.post("/activities", &fields);
    assert_eq!(wrong.status, 422);
    wrong.sees("请写主题").sees("实到 7 人多于应到 5 人");
    secretary.get("/activities").hides("还没有开的会");
}

#[test]
fn three_meetings_one_lesson__refuses_a_decision_without_half_of_those_who_vote() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let page = record(&secretary, "党员大会");
    page.sees("有表决权的党员").sees("请假、免于参加的也算在内");
    let mut form = page.form("form#record").with("topic", "讨论发展对象").with("decision", "同意列为发展对象");
    let roster: Vec<String> = page.attributes("[name^='why-']", "name").iter().map(|name| name.replacen("why-", "who-", 1)).collect();
    // All but one are on leave: the rate is full, and nothing can be decided.
    for who in &roster[1..] {
        form = form.with(who, "leave|外出务工");
    }
    let refused = form.send();
    assert_eq!(refused.status, 422);
    refused.sees("不能表决").sees("请假的也算在内");
    assert!(officer.get("/activities?q=讨论发展对象").attribute("table.list tbody a", "href").is_none());
}

#[test]
fn three_meetings_one_lesson__refuses_another_branch_and_ones_own_review() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let kept = record(&secretary, "党员大会").form("form#record").with("topic", "学习条例").send().path;
    let line = enter(&world, "hangye");
    same_answer(&line.get(&kept), &line.get(&absent_below("/activities")));
    line.get("/activities").hides("学习条例");

    // The branch cannot return or consent; who records for a branch does not review it.
    assert_ne!(secretary.post(&format!("{kept}/return"), &[("reason", "自己退回")]).status, 200);
    secretary.get(&kept).sees("已计入");
    let other = officer.get("/activities/new").click("小学党支部").click("党员大会").form("form#record").with("topic", "代记的会").send().path;
    officer.get(&other).sees("自己录入的记录要由上级的另一位同志审核");
    officer.post(&format!("{other}/return"), &[("reason", "自己退回")]).sees("自己录入的记录要由别人审核");
    officer.get(&other).hides("已退回，不计入");
}

#[test]
fn theme_party_day() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    at_mechanism(&officer, "theme_party_day", "当月已开展、经上级免记").sees("主题党日");
    let offered = officer.get("/themes").form_with_button("下发到");
    assert_eq!(offered.choices("content"), ["党性教育", "业务培训", "志愿服务", "民情恳谈", "民族文化和传统手工艺传承"]);
    let issued = offered.with("title", "护林防火进农家").tick("content", "志愿服务").press("下发到");
    issued.sees("护林防火进农家");

    // The branch fixes its day, and finds the theme already written.
    let own = secretary.get("/themes");
    own.form_with_button("定下来").with("day", "15").press("定下来").sees("固定在每月 15 日");
    own.sees("全年 12 次").sees("护林防火进农家");
    let page = record(&secretary, "主题党日");
    let form = page.form("form#record");
    assert_eq!(form.value("topic"), Some("护林防火进农家"));
    assert_eq!(form.value("content"), Some("志愿服务"));
    let kept = form.tick("content", "民情恳谈").send();
    kept.sees("已保存").sees("志愿服务、民情恳谈");

    // The town sees the month in the matrix, and what the days consisted of.
    let branch = organisation(&page);
    let mix = officer.get(&format!("/themes?organisation={branch}"));
    mix.sees("内容构成").sees("民情恳谈");
    let month = &page.attribute("[name=held_on]", "value").expect("today")[..7];
    officer.get(&format!("/duties/{branch}/theme_day/{month}")).sees("党支部每月相对固定1天开展主题党日").sees("护林防火进农家");
}

#[test]
fn theme_party_day__refuses_contents_and_days_that_are_not_provided_for() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let page = record(&secretary, "主题党日");
    let branch = organisation(&page);
    let refused = page.form("form#record").with("topic", "联欢").adding("content", "聚餐").send();
    assert_eq!(refused.status, 422);
    refused.sees("有一项内容不在清单里");
    secretary.get("/themes").form_with_button("定下来").with("day", "31").press("定下来").sees("请定在每月 1 日至 28 日之间");
    secretary.get("/themes").hides("固定在每月 31 日");

    // A month that is over takes no theme, and a branch issues none.
    let form = officer.get("/themes").form_with_button("下发到");
    let town = form.value("organisation").expect("the town").to_owned();
    form.with("month", "2026-01").with("title", "过了的主题").press("下发到").sees("已经过了，请选本月或以后的月份");
    assert!(!secretary.get("/themes").has("form[action='/themes'][method=post]"));
    for organisation in [&branch, &town] {
        let by_branch = secretary.post("/themes", &[("organisation", organisation), ("month", "2099-01"), ("title", "支部自己的主题")]);
        assert_ne!(by_branch.status, 200);
    }
    officer.get("/themes").hides("过了的主题").hides("支部自己的主题");
}
