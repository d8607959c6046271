//! One record per member, and the way from one branch to another.

use scenarios::{Page, Visitor, World};

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
    officer.post(&format!("{path}/verify"), &[]).sees("自己登记或者修改的记录，要由别人核验");
    secretary.get(&path).sees("待上级核验");
}

/// Enters something about a member as the branch does.
fn enter_entry(visitor: &Visitor, path: &str, fields: &[(&str, &str)]) -> Page {
    let mut form = visitor.get(&format!("{path}/entries")).form("form.pad[method=post]");
    let known = [("on", "2026-07-01"), ("issuer", "中共青石镇委员会"), ("document", "关于表彰先进的决定"), ("document_no", "青发〔2026〕7号")];
    for (name, value) in known.iter().chain(fields) {
        form = form.with(name, value);
    }
    form.send()
}

#[test]
fn member_registry__keeps_honours_points_and_decisions_with_their_documents() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let (_, path) = member(&world, &secretary);
    secretary.get(&path).sees("荣誉 0 项");
    enter_entry(&secretary, &path, &[("kind", "honour/优秀共产党员")]).sees("已登记，等上级核实");
    let points = [("kind", "points/年度积分"), ("points", "35"), ("document", "2026年积分公示"), ("document_no", "支部公示第3号")];
    enter_entry(&secretary, &path, &points).sees("待核实");

    // Until somebody above has compared it with the document it counts for nothing; what does not agree goes back.
    let waiting = officer.get(&path);
    waiting.sees("荣誉 0 项，2026 年没有积分；另有 2 条待核实").sees("中共青石镇委员会《关于表彰先进的决定》（青发〔2026〕7号）");
    // Newest first: the honour was entered before the points.
    let verify = waiting.attributes("table.entries form[action$='/verify']", "action");
    assert_eq!(verify.len(), 2, "{verify:?}");
    officer.get(&path).form(&format!("form[action='{}']", verify[1])).send().sees("已核实");
    let left = officer.get(&path);
    let back = left.attribute("table.entries a[href$='/return']", "href").expect("an entry that waits");
    officer.get(&back).form("form.pad[method=post]").with("reason", "公示上是 32 分").send().sees("已退回支部");
    let settled = secretary.get(&path);
    settled.sees("退回：公示上是 32 分").hides("待核实");
    let corrected = [("kind", "points/年度积分"), ("points", "32"), ("document", "2026年积分公示"), ("document_no", "支部公示第3号")];
    enter_entry(&secretary, &path, &corrected).sees("已登记");
    officer.get(&path).form("table.entries form[action$='/verify']").send().sees("荣誉 1 项，2026 年年度积分 32 分").hides("待核实");
    enter(&world, "dangyuan").get("/me").sees("荣誉 1 项，2026 年年度积分 32 分").sees("优秀共产党员").sees("青发〔2026〕7号");

    // A disciplinary decision stands on no page by itself; whoever may look says what for.
    let decision =
        [("kind", "discipline/警告"), ("document", "关于给予党内警告处分的决定"), ("document_no", "青纪〔2026〕2号"), ("until", "2027-07-01")];
    enter_entry(&secretary, &path, &decision).sees("已登记").hides("青纪〔2026〕2号");
    officer.get(&path).hides("青纪〔2026〕2号");
    let asked = officer.get(&format!("{path}/discipline")).form("form.pad[method=post]").with("reason", "核实处分决定").send();
    asked.sees("青纪〔2026〕2号").sees("2026-07-01 至 2027-07-01").sees("待核实").sees("这次查看已记入审计");
    asked.form("table.entries form[action$='/verify']").send().sees("已核实");
    let me = enter(&world, "dangyuan");
    me.get("/me").hides("青纪〔2026〕2号");
    me.get("/me").form("form[action='/me/discipline']").send().sees("青纪〔2026〕2号").sees("核实");
    // Every look is in the audit.
    let log = enter(&world, "guanli").get("/audit");
    log.sees("查看纪律处分").sees("核实处分决定").sees("本人查看").hides("青纪〔2026〕2号");
}

#[test]
fn member_registry__refuses_entries_of_ones_own_hand_strangers_and_papers_that_are_not_there() {
    let world = World::copy();
    let (secretary, officer) = (enter(&world, "shuji"), enter(&world, "zhenwei"));
    let (_, path) = member(&world, &secretary);
    // Whoever entered does not verify, on the page or past it.
    enter_entry(&officer, &path, &[("kind", "honour/优秀共产党员")]).sees("已登记");
    assert!(!officer.get(&path).has("table.entries form"));
    let county = enter(&world, "xianwei");
    let verify = county.get(&path).attribute("table.entries form", "action").expect("the county may verify");
    officer.post(&verify, &[]).sees("自己登记的要由别人核实");
    assert_ne!(secretary.post(&verify, &[]).status, 200);
    secretary.get(&path).sees("待核实").sees("荣誉 0 项");
    // No paper, no such kind, a day to come, points where there are none, the same thing again.
    for (fields, sentence) in [
        (vec![("kind", "honour/优秀共产党员"), ("document_no", "")], "请写文号"),
        (vec![("kind", "honour/最美党员")], "请从列表里选种类"),
        (vec![("kind", "honour/优秀党务工作者"), ("on", "2099-01-01")], "不晚于今天"),
        (vec![("kind", "honour/优秀党务工作者"), ("points", "3")], "没有分数"),
        (vec![("kind", "points/年度积分")], "积分请填"),
        (vec![("kind", "honour/优秀共产党员")], "已经登记过"),
    ] {
        let mut sent =
            vec![("on", "2026-07-01"), ("issuer", "中共青石镇委员会"), ("document", "关于表彰先进的决定"), ("document_no", "青发〔2026〕7号")];
        sent.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        sent.extend(fields);
        let page = secretary.post(&format!("{path}/entries"), &sent);
        assert_eq!(page.status, 422, "{sentence}");
        page.sees(sentence);
    }
    // Another branch, and whoever only sees records, find nothing; the member does not write his own.
    let (stranger, absent) = (enter(&world, "hangye"), absent_below("/members"));
    for end in ["entries", "discipline"] {
        same_answer(&stranger.get(&format!("{path}/{end}")), &stranger.get(&format!("{absent}/{end}")));
    }
    same_answer(
        &stranger.post(&format!("{path}/discipline"), &[("reason", "好奇")]),
        &stranger.post(&format!("{absent}/discipline"), &[("reason", "好奇")]),
    );
    assert_ne!(enter(&world, "dangyuan").post(&format!("{path}/entries"), &[]).status, 200);
    // Nobody looks at decisions without saying what for.
    let unsaid = officer.post(&format!("{path}/discipline"), &[("reason", "")]);
    assert_eq!(unsaid.status, 422);
    unsaid.sees("请写明查看纪律处分的用途");
}
