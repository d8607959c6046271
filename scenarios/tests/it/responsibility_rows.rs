//! Who answers for what, who helps with what, and what a secretary did himself.

use scenarios::{Page, Visitor, World};

use crate::steps::{absent_below, at_mechanism, enter, same_answer, step, table};

const CITY: &str = "P9901";
const COUNTY: &str = "P990101";
const TOWN: &str = "P990101101";
const DUE: &str = "2099-01-31";

/// The number of an organisation, by its code.
fn number_of(officer: &Visitor, code: &str) -> String {
    let lines = officer.get(&format!("/organisations?q={code}"));
    let href = lines.attributes("table.list tbody a[href^='/organisations/']", "href").into_iter().next();
    href.unwrap_or_else(|| panic!("no {code}:\n{}", lines.text())).trim_start_matches("/organisations/").to_owned()
}

fn path(page: &Page) -> String {
    page.path.split('?').next().expect("a path").to_owned()
}

/// Fills the page of an act and sends it.
fn fill(officer: &Visitor, address: &str, fields: &[(&str, &str)]) -> Page {
    let page = officer.get(address);
    assert_eq!(page.status, 200, "{address}:\n{}", page.text());
    let mut form = page.form("main form[method=post]");
    for (name, value) in fields {
        form = form.with(name, value);
    }
    form.send()
}

/// Writes a meeting of a committee down, with one decision for a unit below.
fn meet(officer: &Visitor, committee: &str, unit: &str, decision: &str) -> Page {
    let fields = [("agenda", "研究基层党建重点任务"), ("text_1", decision), ("unit_1", unit), ("owner_1", "党委书记"), ("due_on_1", DUE)];
    fill(officer, &format!("/party-meetings/new?organisation={committee}"), &fields)
}

/// Who covers a field at a committee from today on: the first two who may be chosen.
fn cover(officer: &Visitor, committee: &str, field: &str, which: usize) -> (String, Page) {
    let address = format!("/responsibility/{committee}/fields?field={field}");
    let names = officer.get(&address).form("main form[method=post]").choices("name");
    let name = names.iter().filter(|name| !name.is_empty()).nth(which).expect("somebody is in the committee").clone();
    let page = fill(officer, &address, &[("name", &name), ("source", "关于班子成员分工的通知")]);
    (name, page)
}

#[test]
fn responsibility_system() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    at_mechanism(&county, "responsibility_system", "都落到一级、一人").sees("责任一览");
    let committee = number_of(&county, COUNTY);
    let (first, page) = cover(&county, &committee, "school", 1);
    page.sees("已经登记").sees(&format!("{first}（分管学校）"));
    // Another takes over the same day; a third one later would leave both to be read.
    let (second, page) = cover(&county, &committee, "school", 2);
    assert_ne!(first, second);
    page.sees(&format!("{second}（分管学校）"));
    enter(&world, "lingdao").get(&format!("/responsibility/{committee}")).sees(&format!("{second}（分管学校）")).sees("主体责任");

    // Everything that is open has one level and one person; what is over says where it stops.
    let leader = enter(&world, "lingdao");
    let lines = table(&leader, "/responsibility?export=csv");
    assert!(lines.len() > 10, "{} lines", lines.len());
    for line in &lines[1..] {
        assert!(!line[3].is_empty() && line[3] != "—", "no level: {line:?}");
        assert!(line[4].contains('（') && !line[4].contains("责任空档"), "nobody: {line:?}");
    }
    let over: Vec<_> = lines[1..].iter().filter(|line| line[6].contains("逾期")).collect();
    assert!(!over.is_empty() && over.iter().all(|line| line[6].contains("停在")), "{over:?}");
    let narrowed = table(&leader, "/responsibility?kind=问题&state=overdue&level=branch&export=csv");
    assert!(narrowed[1..].iter().all(|line| line[0] == "问题" && line[3] == "党支部" && line[6].contains("逾期")), "{narrowed:?}");

    // The task and the problem say the same.
    let problem = leader.get("/problems").attributes("table.list tbody a[href^='/problems/']", "href").remove(0);
    leader.get(&problem).sees("责任").sees("一级");
    let task = county.get("/tasks?of=issued").attributes("table.list tbody a[href^='/tasks/']", "href").remove(0);
    county.get(&task).sees("（第一责任人）");
}

#[test]
fn responsibility_system__refuses_a_task_to_a_committee_without_first_responsible() {
    let world = World::copy();
    let county = enter(&world, "xianwei");
    let committee = number_of(&county, COUNTY);
    // Somebody who is not in the committee covers nothing.
    let before = county.get(&format!("/responsibility/{committee}")).text();
    let fields = [("field", "school"), ("name", "路过的人"), ("from", "2026-11-01"), ("source", "口头")];
    assert_eq!(county.post(&format!("/responsibility/{committee}/fields"), &fields).status, 422);
    assert_eq!(county.get(&format!("/responsibility/{committee}")).text(), before);

    // A new town has no secretary yet: a gap on the county's desk, and no task until it is registered.
    let found = [
        ("name", "中共新桥镇委员会"),
        ("code", "P990101999"),
        ("kind", "committee"),
        ("field", "rural"),
        ("founded_on", "2026-01-05"),
        ("reason", "关于成立新桥镇党委的批复"),
    ];
    assert_eq!(fill(&county, &format!("/organisations/{committee}/found"), &found).status, 200);
    let town = number_of(&county, "P990101999");
    county.get("/waiting?kind=responsibility").sees("中共新桥镇委员会：责任空档");
    county.get("/responsibility/committees?state=gap").sees("中共新桥镇委员会");
    let before = county.get("/party-meetings").text();
    let refused = meet(&county, &committee, &town, "新桥镇把支部阵地建起来");
    assert_eq!(refused.status, 422);
    refused.sees("中共新桥镇委员会还没有登记第一责任人（书记）").sees("登记班子");
    assert_eq!(county.get("/party-meetings").text(), before);

    let named = [("secretary", "杨成林"), ("source", "关于杨成林同志任职的通知")];
    assert_eq!(fill(&county, &format!("/organisations/{town}/committee"), &named).status, 200);
    county.get("/waiting?kind=responsibility").hides("中共新桥镇委员会：责任空档");
    let issued = meet(&county, &committee, &town, "新桥镇把支部阵地建起来");
    issued.sees("新桥镇把支部阵地建起来");
    county.get("/responsibility?q=新桥镇把支部阵地").sees("杨成林（第一责任人）");
    // Who may not see the register finds nothing there.
    let stranger = enter(&world, "shuji");
    same_answer(&stranger.get(&format!("/responsibility/{committee}")), &stranger.get(&absent_below("/responsibility")));
}

/// A task of the county that its own departments share: its page as the city sees it.
fn shared_task(city: &Visitor, county: &Visitor, words: &str) -> String {
    let (top, unit) = (number_of(city, CITY), number_of(city, COUNTY));
    let meeting = meet(city, &top, &unit, words);
    meeting.sees(words);
    path(&county.get(&format!("/tasks?q={words}")).click(words))
}

/// Numbers of the offices, by a part of their names.
fn office(form: &Page, name: &str) -> String {
    let options = form.attributes("select[name=lead] option", "value").into_iter().zip(form.texts_of("select[name=lead] option"));
    let found = options.into_iter().find(|(_, text)| text.contains(name)).map(|(value, _)| value);
    found.unwrap_or_else(|| panic!("no office {name}:\n{}", form.text()))
}

fn name_helpers(city: &Visitor, task: &str) -> Page {
    let page = city.get(&format!("{task}/joint"));
    let (lead, publicity, finance) = (office(&page, "组织部"), office(&page, "宣传部"), office(&page, "财政局"));
    let fields =
        [("lead", lead.as_str()), ("office_1", &publicity), ("part_1", "统一标识和宣传栏"), ("office_2", &finance), ("part_2", "拨付改造经费")];
    fill(city, &format!("{task}/joint"), &fields)
}

/// The address of a part, by its words.
fn part(city: &Visitor, task: &str, words: &str) -> String {
    path(&city.get(task).click(words))
}

const REPORT: [(&str, &str); 2] = [("result", "都办好了"), ("evidence", "验收单第 3 号")];
const FED_BACK: [(&str, &str); 2] = [("result", "全部达标"), ("evidence", "验收报告")];

#[test]
fn department_joint_force() {
    let world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    at_mechanism(&county, "department_joint_force", "协办的部门都办完").sees("宣传部");
    let task = shared_task(&city, &county, "党群服务中心提升到位");
    name_helpers(&city, &task).sees("统一标识和宣传栏").sees("拨付改造经费");
    step(&county, &task, "receive", &[]);

    // Each helper finds its own part on its desk, and reports; the lead gives one back once.
    let (publicity, finance) = (enter(&world, "xuanchuan"), enter(&world, "caizheng"));
    publicity.get("/waiting?kind=departments").sees("统一标识和宣传栏").hides("拨付改造经费");
    let (signs, money) = (part(&city, &task, "统一标识和宣传栏"), part(&city, &task, "拨付改造经费"));
    fill(&publicity, &format!("{signs}/report"), &REPORT).sees("等牵头部门认可");
    fill(&finance, &format!("{money}/report"), &REPORT);
    county.get("/waiting?kind=departments").sees("统一标识和宣传栏");
    fill(&county, &format!("{money}/return"), &[("reason", "还差两个镇的拨款单")]);
    finance.get(&money).sees("还差两个镇的拨款单");
    fill(&county, &format!("{signs}/accept"), &[]).sees("认可");
    let open = step(&county, &task, "feed_back", &FED_BACK);
    assert_eq!(open.status, 422);
    open.sees("财政局");
    fill(&finance, &format!("{money}/report"), &REPORT);
    fill(&county, &format!("{money}/accept"), &[]);
    step(&county, &task, "feed_back", &FED_BACK);
    step(&city, &task, "verify", &[("basis", "看了验收报告")]).sees("已办结");
    publicity.get(&signs).sees("办结");

    // A standing duty is reported with evidence; what was left open stands in the quarter's list.
    let own = publicity.get("/departments").attributes("table.list tbody a[href^='/departments/']", "href").remove(0);
    county.get(&own).sees("统筹主流媒体").sees("刊发目录");
    let left = table(&county, "/departments/undelivered?export=csv");
    assert_eq!(left[0][0], "部门");
    same_answer(&enter(&world, "dangyuan").get(&signs), &enter(&world, "dangyuan").get(&absent_below("/departments/parts")));
}

#[test]
fn department_joint_force__refuses_to_close_before_every_helper_has_delivered() {
    let world = World::copy();
    let (city, county) = (enter(&world, "shiwei"), enter(&world, "xianwei"));
    let task = shared_task(&city, &county, "基层党建经费保障到位");
    name_helpers(&city, &task);
    step(&county, &task, "receive", &[]);
    let before = city.get(&task).text();
    let early = step(&county, &task, "feed_back", &FED_BACK);
    assert_eq!(early.status, 422);
    early.sees("宣传部、").sees("财政局");
    // One lead only; the lead does not help itself; nobody accepts what is his own; the lead does not report for a helper.
    let page = city.get(&format!("{task}/joint"));
    let (lead, other) = (office(&page, "组织部"), office(&page, "纪委监委"));
    let second = [("lead", other.as_str()), ("office_1", &lead), ("part_1", "再办一遍"), ("due_on_1", DUE)];
    let refused = city.post(&format!("{task}/joint"), &second);
    assert_eq!(refused.status, 422);
    refused.sees("一项任务只有一个牵头部门");
    let signs = part(&city, &task, "统一标识和宣传栏");
    assert_ne!(county.post(&format!("{signs}/report"), &REPORT).status, 200);
    let publicity = enter(&world, "xuanchuan");
    fill(&publicity, &format!("{signs}/report"), &REPORT);
    publicity.post(&format!("{signs}/accept"), &[]).sees("由牵头的");
    county.get(&signs).sees("已报告，等牵头部门认可");
    let without_reports = |text: &str| text.replace("已报告，等牵头部门认可", "");
    let stage = |page: &Page| page.text_of("ol.stages li.now");
    assert!(stage(&city.get(&task)).starts_with("办理"), "{} / {}", without_reports(&before), city.get(&task).text());
}

#[test]
fn secretary_duty_log() {
    let world = World::copy();
    let town = enter(&world, "zhenwei");
    at_mechanism(&town, "secretary_duty_log", "书记一年的纪实从记录里生成").sees("书记抓党建纪实");
    let committee = number_of(&town, TOWN);
    let new = town.get(&format!("/party-meetings/new?organisation={committee}")).form("main form[method=post]");
    let unit = new.choices("unit_1").into_iter().find(|it| !it.is_empty() && it != "all").expect("a branch below");
    let decision = "把流动党员名册逐人核对一遍";
    let meeting = meet(&town, &committee, &unit, decision);
    meeting.sees("研究基层党建重点任务").sees(decision);
    let at = path(&meeting);
    // The decision is a task, and leads back.
    let task = meeting.click(decision);
    task.sees("专题研究党建会议");
    assert_eq!(path(&task.click("专题研究党建会议")), at);

    // The log says so to those above, each line with its record; what was typed by hand is marked.
    let log = format!("/duty-logs/{committee}");
    fill(&town, &format!("{log}/entries/new"), &[("what", "到邻县学习支部工作法")]).sees("自填，不计数");
    let county = enter(&world, "xianwei");
    let page = county.get(&log);
    page.sees("主持专题研究党建").sees("研究基层党建重点任务").sees("到邻县学习支部工作法").sees("自填，不计数");
    assert_eq!(path(&page.click("研究基层党建重点任务")), at);
    let lines = table(&county, &format!("{log}?export=csv"));
    let n = lines[1..].iter().filter(|line| line[3] == "系统记录").count();
    page.sees(&format!("有记录的 {n} 件"));
    let file = county.download(&format!("{log}/document"));
    assert!(file.status == 200 && file.bytes.starts_with(b"PK"), "a document");
}

#[test]
fn secretary_duty_log__refuses_a_meeting_without_decision_and_counts_nothing_typed_by_hand() {
    let world = World::copy();
    let town = enter(&world, "zhenwei");
    let committee = number_of(&town, TOWN);
    let (meetings, log) = ("/party-meetings", format!("/duty-logs/{committee}"));
    let before = (town.get(meetings).text(), table(&town, &format!("{log}?export=csv")));
    let bare = fill(&town, &format!("/party-meetings/new?organisation={committee}"), &[("agenda", "学习文件")]);
    assert_eq!(bare.status, 422);
    bare.sees("专题研究要有决定");
    let ahead = [("held_on", "2099-01-01"), ("agenda", "学习"), ("text_1", "照办"), ("unit_1", "all"), ("owner_1", "书记"), ("due_on_1", DUE)];
    assert_eq!(fill(&town, &format!("/party-meetings/new?organisation={committee}"), &ahead).status, 422);
    assert_eq!((town.get(meetings).text(), table(&town, &format!("{log}?export=csv"))), before);

    let counted = |page: &Page| page.text().split("有记录的").nth(1).and_then(|rest| rest.split('件').next()).map(|n| n.trim().to_owned());
    let n = counted(&town.get(&log));
    fill(&town, &format!("{log}/entries/new"), &[("what", "参加了一次没有记录的活动")]);
    assert_eq!(counted(&town.get(&log)), n);
    // Nobody writes in the log of another's organisation.
    let stranger = enter(&world, "shuji");
    assert_ne!(stranger.post(&format!("{log}/entries/new"), &[("on", "2026-11-01"), ("what", "替别人写的")]).status, 200);
    town.get(&log).hides("替别人写的");
}
