//! One record per member, and the way from one branch to another.

use scenarios::{Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer};

/// The demo's member: name and record as the secretary finds them.
fn member(world: &World, secretary: &Visitor) -> (String, String) {
    let name = enter(world, "dangyuan").get("/me").text_of("h1");
    let path = secretary.get("/members").form("form.filters").with("q", &name).send().link(&name);
    (name, path)
}

/// Another branch of the same town, by name and number.
fn neighbour(officer: &Visitor) -> (String, String) {
    let list = officer.get("/organisations?kind=branch&field=school");
    let name = list.text_of("table.list tbody a b");
    let number = list.link(&name).rsplit('/').next().expect("a number").to_owned();
    (name, number)
}

fn send_away(secretary: &Visitor, path: &str, to: &str) {
    let sent = secretary.get(&format!("{path}/transfer")).form_with_button("转出").with("to", to).with("reason", "工作调动").press("转出");
    sent.sees("转接途中").sees("接收方确认以前，仍在本支部");
}

#[test]
fn member_registry() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    at_mechanism(&officer, "member_registry", "转接由接收方确认；到期未接收的退回转出方").sees("党员");
    let (name, path) = member(&world, &secretary);
    let home = secretary.get(&path);
    home.sees("来源").sees("组织关系经过");

    // The branch maintains, the superior verifies.
    let corrected =
        secretary.get(&format!("{path}/edit")).form("form.pad[method=post]").with("occupation", "乡村医生").with("source", "入党志愿书").send();
    corrected.sees("入党志愿书").sees("待上级核验");
    officer.get(&path).form(&format!("form[action='{path}/verify']")).send().sees("核验").hides("待上级核验");

    // Handed over between two sides: until it is received, the member belongs where they were.
    let (school, number) = neighbour(&officer);
    send_away(&secretary, &path, &number);
    enter(&world, "dangyuan").get("/me").sees("组织关系转接").sees(&school);
    officer.get(&path).sees("转接途中");
    let waiting = officer.get("/transfers?side=in");
    waiting.sees(&name).sees("剩");
    waiting.form_with_button("接收").press("接收").sees("已接收，从今天起在本支部");
    enter(&world, "dangyuan").get("/me").sees(&school);
    officer.get(&path).sees(&school).hides("转接途中");
    // The old branch keeps nothing of it: no moment with two, none with neither.
    secretary.get("/members").form("form.filters").with("q", &name).send().sees("没有符合条件的党员");

    // Numbers in full are looked at for a purpose.
    let masked = officer.get(&path).text();
    assert!(masked.contains('*'), "{masked}");
    let numbers = officer.get(&format!("{path}/unmask")).form_with_button("查看").with("reason", "核对档案").press("查看");
    numbers.sees("这次查看已记入审计");
    assert!(!numbers.text_of("dd").contains('*'));
}

#[test]
fn member_registry__refuses_to_receive_what_one_sent() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let (name, path) = member(&world, &secretary);
    let (_, number) = neighbour(&officer);
    // The officer of the town stands on both sides, and may still be only one of them.
    send_away(&officer, &path, &number);
    let waiting = officer.get("/transfers");
    waiting.sees(&name).sees("转出和接收要由两个人办理");
    let withdraw = waiting.attribute("form[action$='/withdraw']", "action").expect("it can be taken back");
    let receive = withdraw.replace("/withdraw", "/receive");
    assert!(!waiting.has(&format!("form[action='{receive}']")));
    let refused = officer.post(&receive, &[]);
    assert_ne!(refused.status, 200);
    refused.sees("转出和接收要由两个人办理");
    // Twice under way is nowhere.
    secretary
        .get(&format!("{path}/transfer"))
        .form_with_button("转出")
        .with("to", &number)
        .with("reason", "户籍迁移")
        .press("转出")
        .sees("已经在转接途中");
    secretary.get("/members").form("form.filters").with("q", &name).send().sees(&name);
}

#[test]
fn member_registry__refuses_strangers_and_full_numbers_without_a_purpose() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let (name, path) = member(&world, &secretary);
    let line = enter(&world, "hangye");
    same_answer(&line.get(&path), &line.get(&absent_below("/members")));
    line.get("/members").form("form.filters").with("q", &name).send().sees("没有符合条件的党员");

    let empty = officer.get(&format!("{path}/unmask")).form_with_button("查看").with("reason", "").press("查看");
    assert_eq!(empty.status, 422);
    empty.sees("请写明查看完整号码的用途");
    // A secretary and an administrator have no such right at all.
    for login in ["shuji", "guanli"] {
        let visitor = enter(&world, login);
        let refused = visitor.post(&format!("{path}/unmask"), &[("reason", "好奇")]);
        assert_ne!(refused.status, 200, "{login}");
    }
}

#[test]
fn member_registry__refuses_to_verify_ones_own_entry() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let (_, path) = member(&world, &secretary);
    let corrected =
        officer.get(&format!("{path}/edit")).form("form.pad[method=post]").with("occupation", "乡村医生").with("source", "名册核对").send();
    corrected.sees("待上级核验");
    officer.post(&format!("{path}/verify"), &[]).sees("自己登记或者修改的记录要由别人核验");
    secretary.get(&path).sees("待上级核验");
}
