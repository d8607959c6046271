//! The walk: speech → items → issue → split → receive → feed back → verify → rolled up, late counted.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::civil::date;
use server::task;
use store::query;

use super::town::{Town, Visitor, on_both};

on_both! { from_speech_to_verified, late_and_reopened, three_lists_are_one_record, what_waits_for_whom, line_body_in_its_field, last_years_speech_is_compared, what_is_never_done_is_late, a_month_shows_each_task_on_its_day }

pub const SPEECH: &str = "在全市基层党建工作推进会上的讲话\n（2026年11月16日）\n同志们：\n一、抓阵地\n各县（市、区）要在2027年6月底前建成党群服务站12个。去年建成了8个。\n二、抓培训\n2027年12月底前，每名农村党员集中培训不少于24学时。\n各乡镇党委每季度会商一次。\n";

/// Takes the speech in as the city and gives the directive's address.
pub async fn taken_in(shiwei: &mut Visitor<'_>) -> String {
    let answer = shiwei.upload("/tasks/directives/new", Some(("file", "讲话.txt", SPEECH.as_bytes())), &[("issued_on", "2026-11-16")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text("main"));
    answer.to
}

/// Fills one item's form and checks it.
pub async fn complete(visitor: &mut Visitor<'_>, directive: &str, item: &str, fields: &[(&str, &str)]) {
    let page = visitor.get(&format!("{directive}?item={item}")).await;
    let mut all: Vec<(String, String)> = Vec::new();
    for name in ["action", "number", "unit", "due_on", "frequency", "owner", "units", "weight"] {
        all.push((name.to_owned(), page.attribute(&format!(".item-card.open [name={name}]"), "value")));
    }
    for name in ["comparator", "scope", "owner_level", "indicator"] {
        all.push((name.to_owned(), page.attribute(&format!(".item-card.open [name={name}] option[selected]"), "value")));
    }
    for (name, value) in fields {
        all.retain(|(known, _)| known != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    all.push(("go".to_owned(), "check".to_owned()));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.go(&format!("{directive}/items/{item}"), &all).await;
}

/// Numbers of the items, by their words.
pub async fn items(visitor: &mut Visitor<'_>, directive: &str) -> BTreeMap<String, String> {
    let page = visitor.get(directive).await;
    let ids = page.attributes(".cards article", "id").into_iter().map(|id| id.trim_start_matches("item-").to_owned());
    page.texts(".cards article header b").into_iter().zip(ids).collect()
}

const MEASURE: &[(&str, &str)] = &[("measure", "实地看，建成一个算一个"), ("owner", "组织部部长"), ("owner_level", "county")];

/// Hands the stations down to both counties, 8 and 4.
pub async fn issued(town: &Town, shiwei: &mut Visitor<'_>) -> String {
    let directive = taken_in(shiwei).await;
    let items = items(shiwei, &directive).await;
    let station = items.iter().find(|(words, _)| words.contains("党群服务站")).map(|(_, id)| id.clone()).expect("the stations are a task");
    complete(shiwei, &directive, &station, MEASURE).await;
    let (a, b) = (town.org("P990101"), town.org("P990102"));
    let (first, second) = (format!("q-{station}-{a}"), format!("q-{station}-{b}"));
    let kind = format!("kind-{station}");
    let fields = |n: &'static str| {
        [
            ("item", station.clone()),
            ("level", "county".to_owned()),
            (kind.as_str(), "divide".to_owned()),
            (first.as_str(), "8".to_owned()),
            (second.as_str(), n.to_owned()),
        ]
    };
    let wrong = fields("3");
    let answer = shiwei.post(&format!("{directive}/issue"), &wrong.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text("[role=alert]").contains("各单位合计 11 个，应当是 12 个，还差 1 个。"), "{}", answer.text("[role=alert]"));
    assert_eq!(town.number("select count(*) from task").await, 0, "nothing was handed down");
    let right = fields("4");
    let page = shiwei.go(&format!("{directive}/issue"), &right.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert!(page.text(".flash").contains("1 条任务已下发到 2 个单位"), "{}", page.text("main"));
    assert_eq!(page.texts(&format!("#item-{station} .st")), ["已下发"]);
    directive
}

/// The only task that a visitor's unit carries.
async fn own(visitor: &mut Visitor<'_>) -> String {
    visitor.get("/tasks").await.attribute(".task-list td a", "href")
}

async fn from_speech_to_verified(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;

    // The county receives, and splits; parts that do not add up are refused with the difference.
    let mut xianwei = town.sign_in("xianwei").await;
    let county = own(&mut xianwei).await;
    let page = xianwei.get(&county).await;
    assert!(page.text(".page-head").contains("待签收"), "{}", page.text(".page-head"));
    assert!(page.text(".kv").contains("8 个"));
    let early = xianwei.get(&format!("{county}/split")).await;
    assert_eq!((early.status, early.has("先签收，再分解。")), (StatusCode::FORBIDDEN, true));
    xianwei.go(&format!("{county}/actions/receive"), &[]).await;
    let (qingshi, songlin) = (town.org("P990101001").to_string(), town.org("P990101002").to_string());
    let names = ["quantity", "owner"].map(|what| [format!("{what}-{qingshi}"), format!("{what}-{songlin}")]);
    let split = |first: &'static str, second: &'static str| {
        [
            ("kind", "divide"),
            ("org", qingshi.as_str()),
            ("org", songlin.as_str()),
            (&names[0][0], first),
            (&names[0][1], second),
            (&names[1][0], "镇党委书记"),
            (&names[1][1], "乡党委书记"),
        ]
    };
    let wrong = xianwei.post(&format!("{county}/split"), &split("5", "2")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text("[role=alert]").contains("各单位合计 7 个，应当是 8 个，还差 1 个。"));
    assert_eq!(wrong.attribute(&format!("[name='{}']", names[0][0]), "value"), "5", "what was typed is kept");
    let page = xianwei.go(&format!("{county}/split"), &split("5", "3")).await;
    assert_eq!(page.texts(".parts tbody tr td:nth-child(2)"), ["5 个", "3 个", "8 个"]);

    // The town receives and feeds back; who worked on it does not verify it.
    let mut jianren = town.sign_in("jianren").await;
    let mut zhenwei = town.sign_in("zhenwei").await;
    let part = own(&mut zhenwei).await;
    zhenwei.go(&format!("{part}/actions/receive"), &[]).await;
    let bare = jianren.post(&format!("{part}/actions/feed_back"), &[("quantity", "五")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        ["请填“完成情况”", "“完成数量”要填整数", "请填“佐证”"].iter().all(|words| bare.text("[role=alert]").contains(words)),
        "{}",
        bare.text("[role=alert]")
    );
    // What was attached stays when the form comes back, and is sent with the next try; another's ticket is worth nothing.
    let feed_back = format!("{part}/actions/feed_back");
    let said = [("result", "建成 5 个"), ("quantity", "5"), ("evidence", "验收单 5 份")];
    for (name, bytes) in [("验收单.exe", b"MZ".as_slice()), ("验收单.pdf", b"".as_slice())] {
        let answer = jianren.upload(&feed_back, Some(("attachment", name, bytes)), &said).await;
        assert!(answer.text("[role=alert]").contains(&format!("附件“{name}”没有收")), "{}", answer.text("[role=alert]"));
    }
    let again = jianren.upload(&feed_back, Some(("attachment", "验收单.pdf", b"%PDF-1.7 five")), &[("quantity", "五")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text("form").contains("已经收到 验收单.pdf"), "{}", again.text("form"));
    let ticket = again.attribute("[name=attachment][type=hidden]", "value");
    let foreign = zhenwei.post(&feed_back, &[said.as_slice(), &[("attachment", ticket.as_str())]].concat()).await;
    assert!(foreign.text("[role=alert]").contains("没有收"), "{}", foreign.text("[role=alert]"));
    jianren.go(&feed_back, &[said.as_slice(), &[("attachment", ticket.as_str())]].concat()).await;
    let shown = xianwei.get(&part).await;
    assert_eq!(shown.texts("a.attached"), ["验收单.pdf"; 2], "in the evidence and in what was done");
    let file = shown.attribute("a.attached", "href");
    assert_eq!(xianwei.get(&file).await.body, b"%PDF-1.7 five");
    assert_eq!(town.sign_in("linxi").await.get(&file).await.status, StatusCode::NOT_FOUND);
    assert_eq!(xianwei.get(&file.replace(&part, &county)).await.status, StatusCode::NOT_FOUND, "not an act of that task");
    let own_work = jianren.post(&format!("{part}/actions/verify"), &[("basis", "看过")]).await;
    assert_eq!(own_work.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own_work.text("[role=alert]").contains("您办过“反馈完成情况”，这一步要由别人来办"), "{}", own_work.text("[role=alert]"));
    let below = zhenwei.post(&format!("{part}/actions/verify"), &[("basis", "看过")]).await;
    assert!(below.text("[role=alert]").contains("由交办单位核验，承办人不得核验"));
    assert_eq!(town.number("select count(*) from event where kind = 'task.fulfilled'").await, 0);
    let waiting = xianwei.get(&county).await;
    assert_eq!(waiting.texts(".parts tbody tr td:nth-child(3)"), ["5 个", "—", "5 个"]);
    assert_eq!(waiting.texts(".parts tbody tr td:nth-child(4)"), ["—", "—", "0 个"]);

    // The issuer verifies; it rolls up to the city.
    xianwei.go(&format!("{part}/actions/verify"), &[("basis", "实地看了 5 个")]).await;
    assert_eq!(town.number("select count(*) from event e join organisation o on o.id = e.organisation_id where e.kind = 'task.fulfilled' and o.code = 'P990101001' and e.day = '2026-11-22'").await, 1);
    assert_eq!(town.number("select count(*) from event where kind = 'task.late'").await, 0);
    let list = shiwei.get("/tasks").await;
    assert!(list.text(".task-list .how-far").contains("5 / 12 个"), "{}", list.text(".task-list"));
    let whole = list.attribute(".task-list td a", "href");
    let page = shiwei.get(&whole).await;
    assert_eq!(page.texts(".parts tbody tr:not(.below) td:nth-child(2)"), ["8 个", "4 个", "12 个"]);
    assert_eq!(page.texts(".parts tbody tr.below td:first-child a"), ["中共青石镇委员会", "中共松林乡委员会"]);
    assert_eq!(page.texts(".parts tr.sum td"), ["合计", "12 个", "5 个", "5 个", "", ""]);
    // Opened again, it counts for nothing until it is verified anew.
    xianwei.go(&format!("{part}/actions/reopen"), &[("reason", "有一个没有挂牌")]).await;
    assert_eq!(town.number("select count(*) from event where kind in ('task.fulfilled', 'task.late')").await, 0);
    assert!(shiwei.get("/tasks").await.text(".task-list .how-far").contains("5 / 12 个，其中 5 待核验"));
}

async fn late_and_reopened(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let (app, xianwei, shiwei) = (&town.app, town.actor("xianwei").await, town.actor("shiwei").await);
    let task_id = task::own(app, &xianwei).await.unwrap()[0].id;
    let act = async |actor: &store::Actor, day: &str, action: &str, fields: &[(&str, &str)]| {
        let mut tx = app.begin(actor, format!("{day}T02:00:00Z").parse().unwrap()).await.unwrap();
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let done = task::act(app, &mut tx, actor, task_id, action, &fields).await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done.map_err(|error| error.to_string())
    };
    let fed_back: &[(&str, &str)] = &[("result", "建成"), ("quantity", "8"), ("evidence", "验收单")];
    act(&xianwei, "2026-11-23", "receive", &[]).await.unwrap();
    act(&xianwei, "2027-06-29", "feed_back", fed_back).await.unwrap();
    act(&shiwei, "2027-06-30", "return", &[("reason", "少两个"), ("due_on", "2027-07-15")]).await.unwrap();
    act(&xianwei, "2027-07-10", "feed_back", fed_back).await.unwrap();
    act(&shiwei, "2027-07-20", "verify", &[("basis", "看了")]).await.unwrap();
    assert_eq!(town.number("select count(*) from event where kind = 'task.late'").await, 0, "returned with another day, and kept");
    act(&shiwei, "2027-07-21", "reopen", &[("reason", "又倒了一个")]).await.unwrap();
    assert_eq!(town.number("select count(*) from event where kind in ('task.fulfilled', 'task.late')").await, 0);
    act(&xianwei, "2027-08-01", "feed_back", fed_back).await.unwrap();
    act(&shiwei, "2027-08-02", "verify", &[("basis", "看了")]).await.unwrap();
    let rows =
        query(app.store().reader(), "select kind, day from event where kind in ('task.fulfilled', 'task.late') order by kind", []).await.unwrap();
    let facts: Vec<(String, String)> = rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
    assert_eq!(facts, [("task.fulfilled".to_owned(), "2027-08-02".to_owned()), ("task.late".to_owned(), "2027-08-02".to_owned())]);
    let again = act(&shiwei, "2027-08-02", "verify", &[("basis", "看了")]).await;
    assert_eq!(again.unwrap_err(), "现在不在这一步，请刷新看最新的进展。");
}

/// Whoever never does a task owes it all the same: from the day after its day on, as of any day that is asked for.
async fn what_is_never_done_is_late(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let app = &town.app;
    let (first, second) = (town.org("P990101"), town.org("P990102"));
    let overdue = async |units: &[store::OrgId], day| {
        let counted = app.figures().year_so_far(app, &app.pack(), units, &["tasks_overdue".to_owned(), "tasks_due".to_owned()], day).await.unwrap();
        counted.into_iter().map(|(_, of)| (of["tasks_overdue"].to_integer(), of["tasks_due"].to_integer())).collect::<Vec<_>>()
    };
    assert_eq!(overdue(&[first, second], date(2027, 6, 30)).await, [(0, 1), (0, 1)], "the day itself is still there");
    assert_eq!(overdue(&[first, second], date(2027, 7, 1)).await, [(1, 1), (1, 1)]);
    // One of the two feeds back in time: the issuer may take as long as it likes.
    let (xianwei, issuer) = (town.actor("xianwei").await, town.actor("shiwei").await);
    let task_id = task::own(app, &xianwei).await.unwrap()[0].id;
    for (actor, day, action, fields) in [
        (&xianwei, "2026-11-23", "receive", &[][..]),
        (&xianwei, "2027-06-30", "feed_back", &[("result", "建成"), ("quantity", "8"), ("evidence", "验收单")][..]),
    ] {
        let mut tx = app.begin(actor, format!("{day}T02:00:00Z").parse().unwrap()).await.unwrap();
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        task::act(app, &mut tx, actor, task_id, action, &fields).await.unwrap();
        app.settle(tx.commit().await.unwrap()).await;
    }
    assert_eq!(overdue(&[first, second], date(2027, 7, 20)).await, [(0, 1), (1, 1)]);
    assert_eq!(town.number("select count(*) from event where kind = 'task.on_time' and day = '2027-06-30'").await, 1);
    // Sent back under the old day it is open again, and from that day on overdue.
    let mut tx = app.begin(&issuer, "2027-07-05T02:00:00Z".parse().unwrap()).await.unwrap();
    task::act(app, &mut tx, &issuer, task_id, "return", &[("reason".to_owned(), vec!["没有建成".to_owned()])].into()).await.unwrap();
    app.settle(tx.commit().await.unwrap()).await;
    assert_eq!(overdue(&[first, second], date(2027, 7, 4)).await, [(0, 1), (1, 1)]);
    assert_eq!(overdue(&[first, second], date(2027, 7, 5)).await, [(1, 1), (1, 1)]);
    assert_eq!(town.number("select count(*) from event where kind = 'task.on_time'").await, 0);
    // Made anew from the records they are the same.
    let console = store::Actor::console(date(2027, 7, 6));
    let told = server::facts::rebuild::Differences::Told;
    let rebuilt = server::facts::rebuild::rebuild(app, &console, "2027-07-06T02:00:00Z".parse().unwrap(), told).await.unwrap();
    let tasks = rebuilt.iter().find(|source| source.source == "task").unwrap();
    assert_eq!((tasks.differing.as_slice(), tasks.n_facts), (&[][..], 4));
}

async fn a_month_shows_each_task_on_its_day(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let mut xianwei = town.sign_in("xianwei").await;
    let year = xianwei.get("/tasks/calendar?year=2027").await;
    assert_eq!(year.texts(".chips[aria-label=看法] [aria-pressed=true]"), ["甘特图"]);
    let page = xianwei.get("/tasks/calendar?month=2027-06").await;
    assert_eq!(page.texts(".chips[aria-label=看法] [aria-pressed=true]"), ["月历"]);
    assert!(page.text(".page-head").contains("2027 年 6 月到期 1 项，还有 1 项在办"));
    assert_eq!(page.texts(".month-days th").concat(), "周一周二周三周四周五周六周日");
    // A link with its mark and word, in the square of its day.
    let (days, tasks) = (page.texts(".month-days td:has(li a) .day-words"), page.texts(".month-days li a .st"));
    assert_eq!((days, tasks), (vec!["6 月 30 日 周三".to_owned()], vec!["待签收".to_owned()]));
    assert!(page.attribute(".month-days li a", "href").starts_with("/tasks/"));
    assert_eq!(
        page.attributes(".page-head .acts a", "href"),
        ["/tasks/calendar?month=2027-05", "/tasks/calendar?month=2026-11", "/tasks/calendar?month=2027-07"]
    );
    assert!(xianwei.get("/tasks/calendar?month=2027-05").await.text("main").contains("2027 年 5 月没有到期的任务"));
    assert_eq!(shiwei.get("/tasks/calendar?month=2027-06&of=issued").await.texts(".month-days li").len(), 2);
    assert!(xianwei.get("/tasks/calendar?month=2027-13").await.has("横线从交办日"), "no month: the year");
}

async fn three_lists_are_one_record(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let mut xianwei = town.sign_in("xianwei").await;
    let project = xianwei.get("/tasks").await;
    let duty = xianwei.get("/tasks?list=duty").await;
    let assessment = xianwei.get("/tasks?list=assessment").await;
    let names = |page: &super::town::Page| page.texts(".task-list td:first-child b");
    assert_eq!(names(&project).len(), 1);
    assert_eq!(names(&project), names(&duty));
    assert_eq!(names(&project), names(&assessment));
    assert!(project.text(".task-list").contains("8 个"));
    assert!(duty.text(".task-list").contains("县（市、区） · 组织部部长"));
    assert!(assessment.text(".task-list").contains("实地看，建成一个算一个"));
    // Searched, filtered, exported: three sheets over the same rows.
    assert_eq!(names(&xianwei.get("/tasks?q=%E5%B1%B1").await), Vec::<String>::new());
    assert_eq!(names(&xianwei.get("/tasks?state=receive&list=duty").await).len(), 1);
    assert_eq!(names(&xianwei.get("/tasks?state=done").await).len(), 0);
    let file = xianwei.get("/tasks?export=xlsx").await;
    let sheets: Vec<Vec<String>> = ["项目清单", "责任清单", "考评清单"].iter().map(|name| super::refusals::sheet_texts(&file.body, name)).collect();
    assert!(sheets.iter().all(|texts| texts.contains(&names(&project)[0])), "{sheets:?}");
    assert!(sheets[2].contains(&"实地看，建成一个算一个".to_owned()));
    let handed = shiwei.get("/tasks?of=issued&list=duty&sort=unit&dir=desc").await;
    assert_eq!(handed.texts(".task-list td:nth-child(2)").len(), 2);
}

async fn what_waits_for_whom(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let app = &town.app;
    let waits = async |login: &str, year: i16, month: i8, day: i8| {
        let actor = town.actor(login).await;
        let found = task::waiting(app, &actor, date(year, month, day)).await.unwrap();
        let urging = task::to_urge(app, &actor, date(year, month, day)).await.unwrap();
        let counted = task::n_to_urge(app, &actor, date(year, month, day)).await.unwrap();
        assert_eq!(counted.iter().map(|it| it.n).sum::<usize>(), urging.len(), "the desk counts what is listed");
        let own = found.iter().map(|waiting| (waiting.wait.word(), waiting.days_left));
        own.chain(urging.iter().map(|it| (it.wait.word(), it.days_left))).collect::<Vec<_>>()
    };
    assert_eq!(waits("xianwei", 2026, 11, 22).await, [("待签收", 3)]);
    assert_eq!(waits("xianwei", 2026, 11, 28).await, [("逾期待办", -3)], "receipt is over after three days");
    assert_eq!(waits("shiwei", 2026, 11, 22).await, []);
    assert_eq!(waits("shiwei", 2026, 11, 28).await, [("逾期，待催办", -3), ("逾期，待催办", -3)]);
    assert_eq!(waits("daping", 2026, 11, 28).await, []);
    // The county hands a part down; what stays over for seven days comes up to the city.
    let xianwei = town.actor("xianwei").await;
    let task_id = task::own(app, &xianwei).await.unwrap()[0].id;
    let mut tx = app.begin(&xianwei, "2026-11-23T01:00:00Z".parse().unwrap()).await.unwrap();
    task::act(app, &mut tx, &xianwei, task_id, "receive", &BTreeMap::new()).await.unwrap();
    let part = task::Part {
        organisation: town.org("P990101001"),
        quantity_milli: Some(8_000),
        due_on: date(2027, 3, 31),
        owner: "镇党委书记".into(),
        owner_level: None,
    };
    task::split(app, &mut tx, &xianwei, task_id, task::SplitForm { kind: task::PartsKind::Divide, parts: vec![part], permitted: String::new() })
        .await
        .unwrap();
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    assert_eq!(waits("zhenwei", 2026, 11, 24).await, [("待签收", 2)]);
    assert_eq!(waits("xianwei", 2026, 12, 1).await, [("待反馈", 211), ("逾期，待催办", -5)]);
    assert!(!waits("shiwei", 2026, 12, 1).await.contains(&("逾期上报，待督办", -5)));
    assert!(waits("shiwei", 2026, 12, 3).await.contains(&("逾期上报，待督办", -7)));
    assert!(!waits("linxi", 2026, 12, 3).await.contains(&("逾期上报，待督办", -7)), "another county's is not theirs");

    // One button reminds of all; then it is quiet until the days of the pack are over.
    let urge = async |actor: &store::Actor, day: &str, wait: task::Wait| {
        let mut tx = app.begin(actor, format!("{day}T01:00:00Z").parse().unwrap()).await.unwrap();
        let n = task::urge_all(app, &mut tx, actor, wait).await.unwrap();
        let commit = tx.commit().await.unwrap();
        app.settle(commit).await;
        n
    };
    let told = async || town.number("select count(*) from notice where kind = 'task.urged' and done_at is null").await;
    assert_eq!((urge(&xianwei, "2026-12-01", task::Wait::Chase).await, told().await), (1, 1));
    assert_eq!(waits("xianwei", 2026, 12, 3).await, [("待反馈", 209)]);
    assert_eq!(urge(&xianwei, "2026-12-03", task::Wait::Chase).await, 0);
    assert_eq!(waits("xianwei", 2026, 12, 4).await, [("待反馈", 208), ("逾期，待催办", -8)]);
    // The city's word goes to the unit and to whoever handed the task down.
    let city = town.actor("shiwei").await;
    assert_eq!((urge(&city, "2026-12-04", task::Wait::Escalated).await, told().await), (1, 2));
    assert!(!waits("shiwei", 2026, 12, 10).await.iter().any(|(word, _)| word.contains("督办")));
    assert!(waits("shiwei", 2026, 12, 11).await.iter().any(|(word, _)| word.contains("督办")));
    // Whoever owes it reminds nobody; once it is received, the reminder has done its work.
    let zhenwei = town.actor("zhenwei").await;
    let part = task::own(app, &zhenwei).await.unwrap()[0].id;
    let mut tx = app.begin(&zhenwei, "2026-12-05T01:00:00Z".parse().unwrap()).await.unwrap();
    let refused = task::act(app, &mut tx, &zhenwei, part, "urge_receipt", &BTreeMap::new()).await.unwrap_err();
    assert_eq!(refused.to_string(), "由交办单位催办。");
    task::act(app, &mut tx, &zhenwei, part, "receive", &BTreeMap::new()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(town.number("select count(*) from notice where kind = 'task.urged' and done_at is null and organisation_id in (select id from organisation where code = 'P990101001')").await, 0);
}

async fn line_body_in_its_field(town: &Town) {
    let mut jiaoyu = town.sign_in("jiaoyu").await;
    let directive = taken_in(&mut jiaoyu).await;
    let items = items(&mut jiaoyu, &directive).await;
    let training = items.iter().find(|(words, _)| words.contains("培训")).map(|(_, id)| id.clone()).unwrap();
    complete(&mut jiaoyu, &directive, &training, MEASURE).await;
    let page = jiaoyu.get(&format!("{directive}/issue")).await;
    assert_eq!(page.texts("[name=level] + span"), ["全部党支部1 个"], "of its field alone");
    jiaoyu.go(&format!("{directive}/issue"), &[("item", training.as_str()), ("level", "branch")]).await;
    assert_eq!(jiaoyu.get("/tasks").await.texts(".task-list tbody tr").len(), 1, "the whole it handed down");
    // Those between see what went past them, and do not verify it.
    let mut xianwei = town.sign_in("xianwei").await;
    assert_eq!(xianwei.get("/tasks").await.texts(".task-list tbody tr").len(), 0);
    let past = xianwei.get("/tasks?of=past").await;
    assert_eq!(past.texts(".task-list td .sub"), ["青屏县第一中学党支部"]);
    let mut shiwei = town.sign_in("shiwei").await;
    assert_eq!(shiwei.get(&directive).await.status, StatusCode::OK, "the committee sees what its line body deploys");
    let mut linxi = town.sign_in("linxi").await;
    assert_eq!(linxi.get("/tasks?of=past").await.texts(".task-list tbody tr").len(), 0);
}

/// This year's speech beside last year's, which was saved as a web page: each demand says what became of it.
async fn last_years_speech_is_compared(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let this_year = taken_in(&mut shiwei).await;
    let alone = shiwei.get(&format!("{this_year}/compare")).await;
    assert!(alone.text("main").contains("没有可以比较的文件"), "{}", alone.text("main"));
    let page = "<html><head><meta charset=utf-8><title>网站</title></head><body><p>在全市基层党建工作推进会上的讲话</p><p>（2025年11月10日）</p><p>同志们：</p>\
        <p>每名农村党员集中培训不少于20学时。</p><p>各乡镇党委每半年会商一次。</p><p>年底前清理挂牌1遍。</p></body></html>";
    let answer = shiwei.upload("/tasks/directives/new", Some(("file", "去年讲话.html", page.as_bytes())), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text("main"));
    let earlier = answer.to.rsplit('/').next().unwrap_or_default().to_owned();
    let found = shiwei.get(&format!("{this_year}/compare?with={earlier}")).await;
    let rows = found.texts("table.list tbody tr");
    let row = |word: &str| rows.iter().find(|row| row.contains(word)).cloned().unwrap_or_else(|| panic!("{word}: {rows:?}"));
    assert!(row("党群服务站").contains("新增"), "{rows:?}");
    assert!(row("24学时").contains("收紧") && row("24学时").contains("不少于 20 学时 → 不少于 24 学时"), "{rows:?}");
    assert!(row("会商").contains("收紧") && row("会商").contains("每半年 1 次 → 每季度 1 次"), "{rows:?}");
    assert!(row("清理挂牌").contains("不再要求"), "{rows:?}");
    let dropped = shiwei.get(&format!("{this_year}/compare?with={earlier}&change=dropped")).await;
    assert_eq!(dropped.texts("table.list tbody tr").len(), 1);
    // Another unit's document is not found, neither as the one nor as the other.
    let mut county = town.sign_in("xianwei").await;
    assert_eq!(county.get(&format!("{this_year}/compare")).await.status, StatusCode::NOT_FOUND);
    // A PDF whose text cannot be told is refused with what to do.
    let answer = shiwei.upload("/tasks/directives/new", Some(("file", "讲话.pdf", b"%PDF-1.4 scan".as_slice())), &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text("[role=alert]").contains(".docx"), "{}", answer.text("[role=alert]"));
}
