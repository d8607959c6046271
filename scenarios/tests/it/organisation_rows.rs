//! The tree of organisations and the fields it is divided by.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer};

/// Founds a branch below the organisation that a person manages.
fn found(officer: &Visitor, superior: &str, code: &str, name: &str, field: &str) -> Page {
    let form = officer.get(&format!("{superior}/found")).form_with_button("登记");
    assert!(form.choices("field").contains(&field.to_owned()), "the pack knows the field {field}");
    form.with("code", code).with("name", name).with("kind", "branch").with("field", field).with("reason", "云组发〔2026〕8号").press("登记")
}

/// Where the first organisation of a list stands.
fn first(visitor: &Visitor, asked: &str) -> String {
    let list = visitor.get(&format!("/organisations?{asked}"));
    list.attribute("table.list tbody a", "href").unwrap_or_else(|| panic!("nothing in the list for {asked}"))
}

/// The town of the demo's township officer.
fn town(officer: &Visitor) -> String {
    first(officer, "kind=committee")
}

#[test]
fn org_registry() {
    let mut world = World::copy();
    let officer = enter(&world, "zhenwei");
    at_mechanism(&officer, "org_registry", "情形消除").sees("大坪镇");
    let founded = found(&officer, &town(&officer), "P990101101950", "青松岭村党支部", "rural");
    founded.sees("青松岭村党支部").sees("党支部 · 农村领域");
    // Nobody leads it: 有名无实, until the condition goes or the superior records why.
    founded.sees("有名无实").sees("没有登记书记");
    let own = founded.path.clone();

    world.days_later(2);
    let officer = enter(&world, "zhenwei");
    let renamed = officer
        .get(&format!("{own}/rename"))
        .form_with_button("更名")
        .with("name", "青松岭社区党支部")
        .with("reason", "云组发〔2026〕11号")
        .press("更名");
    renamed.sees("青松岭社区党支部").sees("更名").sees("云组发〔2026〕11号");
    let led = officer
        .get(&format!("{own}/committee"))
        .form_with_button("登记班子")
        .with("secretary", "乔松年")
        .with("source", "选举结果报告")
        .press("登记班子");
    led.sees("乔松年").hides("没有登记书记");

    // The county sees the new name today and the old one on the day before.
    let county = enter(&world, "xianwei");
    let today = county.get("/organisations").attribute("input[name=on]", "max").expect("the list can be asked for a day");
    county.get(&first(&county, "q=青松岭社区")).sees("乔松年").sees("沿革");
    let decided = county.get("/organisations/changes").text();
    assert!(decided.contains("青松岭") && decided.contains(&today), "{decided}");
    let then = officer.get(&format!("{own}?on={}", day_before(&today)));
    then.sees("青松岭村党支部").sees("只能查阅");
    assert_eq!(then.text_of("h1"), "青松岭村党支部");
}

/// The day before, as a page writes it.
fn day_before(day: &str) -> String {
    let (month, of_month) = day.rsplit_once('-').expect("a day");
    match of_month.parse::<u8>().expect("a day") {
        // Two days were let pass, so the last day of February is as good as any.
        1 => {
            let (year, month) = month.split_once('-').expect("a month");
            let (year, month): (i32, i32) = (year.parse().expect("a year"), month.parse().expect("a month"));
            let (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
            let last = if month == 2 {
                28
            } else if [4, 6, 9, 11].contains(&month) {
                30
            } else {
                31
            };
            format!("{year:04}-{month:02}-{last}")
        }
        n => format!("{month}-{:02}", n - 1),
    }
}

#[test]
fn org_registry__refuses_another_town_as_if_it_were_not_there() {
    let world = World::copy();
    let city = enter(&world, "shiwei");
    let elsewhere = first(&city, "q=P990102&kind=committee");
    for login in ["zhenwei", "shuji"] {
        let visitor = enter(&world, login);
        same_answer(&visitor.get(&elsewhere), &visitor.get(&absent_below("/organisations")));
        visitor.get("/organisations?q=P990102").sees("没有符合条件的党组织");
    }
    let officer = enter(&world, "zhenwei");
    let fields =
        [("code", "P990102999"), ("name", "越界村党支部"), ("kind", "branch"), ("field", "rural"), ("founded_on", "2026-11-01"), ("reason", "无")];
    let refused = officer.post(&format!("{elsewhere}/found"), &fields);
    assert_eq!(refused.status, 404);
    city.get("/organisations?q=越界村").sees("没有符合条件的党组织");
}

#[test]
fn org_registry__refuses_to_dissolve_what_still_has_members_and_to_decide_about_oneself() {
    let world = World::copy();
    let officer = enter(&world, "zhenwei");
    let branch = officer.get(&first(&officer, "q=P990101101200"));
    let refused = officer.get(&format!("{}/dissolve", branch.path)).form_with_button("撤销").with("reason", "村组调整").press("撤销");
    assert_eq!(refused.status, 422);
    refused.sees("名党员").sees("没有新的去处");

    let secretary = enter(&world, "shuji");
    let own = secretary.get(&branch.path);
    own.sees("由").sees("或者再上一级办理");
    let renamed = secretary.post(&format!("{}/rename", branch.path), &[("name", "自改名党支部"), ("on", "2026-11-20"), ("reason", "自定")]);
    assert_ne!(renamed.status, 200);
    officer.get(&branch.path).hides("自改名").hides("撤销前的情况");
}

#[test]
fn field_classification() {
    let world = World::copy();
    let officer = enter(&world, "zhenwei");
    at_mechanism(&enter(&world, "xianwei"), "field_classification", "有且只有一个领域").sees("农村");
    let own = town(&officer);
    found(&officer, &own, "P990101101960", "云麓实验学校党支部", "school").sees("党支部 · 学校领域");
    found(&officer, &own, "P990101101961", "云麓村党支部", "rural").sees("党支部 · 农村领域");

    // The line body of schools sees its field at once, in every county, and what stands below itself; nothing else.
    let line = enter(&world, "hangye");
    line.get("/organisations?q=云麓").sees("云麓实验学校党支部").hides("云麓村党支部");
    let list = line.get("/organisations");
    let rows = list.rows_of("table.list tbody");
    let is_own = |row: &Vec<String>| row.contains(&"学校".to_owned()) || row.iter().any(|cell| cell.starts_with("P9901E"));
    assert!(rows.iter().any(|row| row.contains(&"P990102102902".to_owned())) && rows.iter().all(is_own), "{rows:?}");

    // Everybody narrows by field.
    let county = enter(&world, "xianwei");
    let narrowed = county.get("/organisations?field=rural&q=云麓");
    narrowed.sees("云麓村党支部").hides("云麓实验学校党支部");
    assert!(!county.get("/organisations?field=school").rows_of("table.list tbody").is_empty());
}

#[test]
fn field_classification__refuses_an_organisation_without_field_or_with_one_that_is_not_in_the_pack() {
    let world = World::copy();
    let officer = enter(&world, "zhenwei");
    let own = town(&officer);
    let form = officer
        .get(&format!("{own}/found"))
        .form_with_button("登记")
        .with("code", "P990101101970")
        .with("name", "无领域党支部")
        .with("kind", "branch")
        .with("reason", "云组发〔2026〕9号");
    let refused = form.with("field", "").press("登记");
    assert_eq!(refused.status, 422);
    refused.sees("请选择领域");
    let form = officer
        .get(&format!("{own}/found"))
        .form_with_button("登记")
        .with("code", "P990101101970")
        .with("name", "无领域党支部")
        .with("kind", "branch")
        .with("reason", "云组发〔2026〕9号");
    assert_ne!(form.with("field", "moon").press("登记").status, 200);
    officer.get("/organisations?q=无领域").sees("没有符合条件的党组织");
}

#[test]
fn field_classification__refuses_another_field_as_if_it_were_not_there() {
    let world = World::copy();
    let village = first(&enter(&world, "zhenwei"), "q=P990101101200");
    let line = enter(&world, "hangye");
    same_answer(&line.get(&village), &line.get(&absent_below("/organisations")));
    line.get("/organisations?field=rural").sees("没有符合条件的党组织");
    let file = line.download("/organisations?export=csv");
    let text = String::from_utf8_lossy(&file.bytes).into_owned();
    assert!(text.contains("学校") && !text.contains("农村"), "{text}");
}
