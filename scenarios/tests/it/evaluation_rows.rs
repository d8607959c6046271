//! Ratings, tiers and rankings: only at a point of the filed plan, first as a draft, then published and frozen.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, enter, same_answer, step};

/// A line of the plan as its office sees it.
fn plan_line(visitor: &Visitor, year: &str, line: &str) -> String {
    let page = visitor.get(&format!("/plan?year={year}"));
    page.texts_of("ul.plan > li")
        .into_iter()
        .find(|text| text.contains(line))
        .unwrap_or_else(|| panic!("no line {line} in the plan:\n{}", page.text()))
}

/// Files a line of the pack's plan with its basis and approval.
fn file(visitor: &Visitor, year: &str, key: &str) -> Page {
    let form = visitor.get(&format!("/plan?year={year}")).form(&format!("form.case-form:has(input[name=line][value={key}])"));
    form.with("basis", "年度督查检查考核计划").with("approver", "常委会会议").send()
}

/// Opens what is filed and due; there is one such line at a time in these walks.
fn open(visitor: &Visitor, year: &str, verb: &str) -> Page {
    visitor.get(&format!("/plan?year={year}")).form_with_button(verb).send()
}

/// The published rating of the demo's first county.
fn published(visitor: &Visitor) -> Page {
    visitor.get("/evaluations").click("2026 年上半年")
}

/// Judges everything that people judge, page by page.
fn judge_all(visitor: &Visitor, evaluation: &str) {
    for page in 1..=20 {
        let sheet = visitor.get(&format!("{evaluation}/judged?page={page}"));
        if !sheet.has("form[data-draft^=judged]") {
            break;
        }
        let mut form = sheet.form("form[data-draft^=judged]");
        if form.fields_from("points.").iter().all(|name| form.value(name).is_some_and(|value| !value.is_empty())) {
            break;
        }
        for name in form.fields_from("points.") {
            form = form.with(&name, "4");
        }
        assert_eq!(form.with("evidence_all", "现场查看和党员群众测评").send().status, 200);
    }
    let calculated = visitor.get(evaluation).form(&format!("form[action='{evaluation}/calculate']")).send();
    calculated.sees("已按今天的记录重新计算");
}

#[test]
fn star_rating__refuses_before_its_day_and_without_a_filed_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    file(&county, "2026", "five_star_2026").sees("已列入年度计划");
    assert!(plan_line(&county, "2026", "2026年度党支部星级评定").contains("月 11 日起可以开始"));
    let withdraw = county.get("/plan?year=2026").attribute("ul.plan form.inline", "action").expect("it may be taken back");
    let early = county.post(&withdraw.replace("/withdraw", "/open"), &[]);
    early.sees("起才能开评");
    county.post("/plan/999999999/open", &[]).sees("年度计划里没有这一项");
    county.get("/evaluations").sees("2026 年上半年").hides("（2026 年）");
    // A line without basis and approval is no plan.
    let bare = county.get("/plan?year=2025").form("form.case-form:has(input[name=line][value=five_star_2025])").send();
    bare.sees("请写明依据的文件和批准的人");
}

#[test]
fn star_rating__refuses_to_change_what_is_published_and_to_show_it_out_of_reach() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let result = published(&county);
    let print = result.text_of(".print");
    let again = county.post(&format!("{}/calculate", result.path), &[]);
    again.sees("已经研究决定，不能重算");
    assert_eq!(county.get(&result.path).text_of(".print"), print);
    assert_ne!(county.get(&format!("{}/judged", result.path)).status, 200);
    // A member has no part in it, and a branch none in another's row.
    let secretary = enter(&world, "shuji");
    let file = String::from_utf8(county.download(&format!("{}?export=csv&cohort=all", result.path)).bytes).expect("UTF-8");
    assert!(file.contains("P990101102"), "{file}");
    let other = county.get(&format!("{}?q=P990101102", result.path)).attribute("table.list tbody a", "href").expect("a branch of another town");
    same_answer(&secretary.get(&other), &secretary.get(&format!("{}/organisations/999999999", result.path)));
    assert_ne!(enter(&world, "dangyuan").get(&result.path).status, 200);
}

#[test]
fn branch_tiers() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let tiers = published(&county).click("先进中间后进");
    for (tier, duty) in [("先进", "示范带动"), ("中间", "对标提升"), ("后进", "整顿转化")] {
        tiers.sees(tier).sees(duty);
    }
    tiers.sees("扩大先进支部增量、提升中间支部水平、整顿后进支部");
    // The branch finds its tier beside its stars.
    let secretary = enter(&world, "shuji");
    let row = secretary.get(&published(&county).path).attribute("table.list tbody a", "href").expect("the own row");
    let text = secretary.get(&row).text();
    assert!(["先进", "中间", "后进", "暂不评定"].iter().any(|tier| text.contains(tier)), "{text}");
    // Numbers lead to names, and add up to what was rated.
    let numbers = tiers.texts_of(".tiers a.fig-v");
    assert_eq!(numbers.len(), 3);
    assert!(numbers.iter().any(|n| n != "0"), "{numbers:?}");
}

#[test]
fn branch_tiers__refuses_tiers_out_of_reach_and_between_the_points_of_the_plan() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let tiers = published(&county).link("先进中间后进");
    for login in ["ducha", "dangyuan", "guanli"] {
        let answer = enter(&world, login).get(&tiers);
        assert_ne!(answer.status, 200, "{login}");
        answer.hides("示范带动");
    }
    same_answer(&county.get("/evaluations/999999999/tiers"), &county.get(&absent_below("/evaluations")));
    // No page between these points says who is ahead and who is behind.
    for page in ["/", "/organisations", "/duties", "/activities"] {
        for login in ["zhenwei", "shuji"] {
            enter(&world, login).get(page).hides("先进党支部").hides("后进党支部");
        }
    }
}

#[test]
fn semiannual_ranking__refuses_counties_townships_and_days_outside_the_plan() {
    let world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    // The ranking is the city's; its second half is not over.
    assert!(!county.get("/plan?year=2026").has("input[name=line][value=ranking_2026_first_half]"));
    let office = city.get("/plan?year=2026").attribute("input[name=office]", "value").expect("the city's plan");
    let by_county = county.post("/plan", &[("line", "ranking_2026_first_half"), ("office", &office), ("basis", "自定"), ("approver", "自定")]);
    by_county.sees("由市委组织部报备");
    file(&city, "2026", "ranking_2026_second_half");
    let withdraw = city.get("/plan?year=2026").attribute("ul.plan form.inline", "action").expect("it may be taken back");
    city.post(&withdraw.replace("/withdraw", "/open"), &[]).sees("起才能");
    city.get("/rankings").hides("2026 年下半年");

    // A draft belongs to those who make it, until it is sent.
    file(&city, "2026", "ranking_2026_first_half");
    let draft = open(&city, "2026", "开始排名").path;
    for login in ["xianwei", "zhenwei", "shuji", "hangye"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&draft), &visitor.get(&absent_below("/rankings")));
    }
    // Published before it was decided, or while points are missing: no.
    assert_ne!(city.post(&format!("{draft}/actions/publish"), &[("scope", "各县")]).status, 200);
    city.get(&draft).hides("公布结果指纹");
}
