//! What is refused: incomplete items, files that cannot be read, and whatever lies out of reach.

use axum::http::StatusCode;
use office::document::{Block, Official, write_official};
use office::sheet::{Cell, Limits, read_workbook};
use server::task;

use super::town::{NOW, Town, on_both, unit};
use super::walk::{SPEECH, complete, issued, items, taken_in};

on_both! { incomplete_items_are_named, another_county_is_nowhere, documents_are_read, broken_files_get_a_sentence, items_are_put_right, a_year_is_asked,
what_is_over_before_it_begins_is_not_issued, nobody_gets_a_part_of_nothing,
a_split_above_the_ceiling_is_allowed_by_name }

/// Every text of a sheet.
pub fn sheet_texts(bytes: &[u8], name: &str) -> Vec<String> {
    let sheets = read_workbook(bytes, &Limits::default()).unwrap();
    let sheet = sheets.iter().find(|sheet| sheet.name == name).unwrap_or_else(|| panic!("no sheet {name}"));
    sheet.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| if let Cell::Text(text) = cell { Some(text.clone()) } else { None }).collect()
}

async fn incomplete_items_are_named(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let directive = taken_in(&mut shiwei).await;
    let items = items(&mut shiwei, &directive).await;
    let (station, training) = (find(&items, "党群服务站"), find(&items, "培训"));
    complete(&mut shiwei, &directive, &station, &[("owner", ""), ("due_on", "")]).await;
    complete(&mut shiwei, &directive, &training, &[("measure", "看学时"), ("owner", "党校校长"), ("owner_level", "county")]).await;
    let page = shiwei.get(&format!("{directive}/issue")).await;
    assert_eq!(page.texts(&format!("#item-{station}[disabled]")).len(), 1);
    assert!(page.text("table .lacks").contains("缺考评办法、责任人、完成时限"), "{}", page.text("table .lacks"));
    let answer = shiwei.post(&format!("{directive}/issue"), &[("item", &station), ("item", &training), ("level", "county")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = answer.text("[role=alert]");
    assert!(said.contains("缺考评办法、责任人、完成时限") && !said.contains("培训"), "{said}");
    assert_eq!(town.number("select count(*) from task").await, 0);
    // The operation refuses as the page does: item by item, and what is not checked.
    let actor = town.actor("shiwei").await;
    let id: i64 = directive.rsplit('/').next().unwrap().parse().unwrap();
    let mut tx = town.app.begin(&actor, super::town::NOW.parse().unwrap()).await.unwrap();
    let meeting = find(&items, "会商");
    let part = |organisation| task::Part {
        organisation,
        quantity_milli: None,
        due_on: jiff::civil::date(2026, 12, 31),
        owner: "书记".into(),
        owner_level: None,
    };
    let one = |item: &str, code: &str| task::Issued {
        item_id: item.parse().unwrap(),
        kind: task::PartsKind::Each,
        parts: vec![part(town.org(code))],
        permitted: String::new(),
    };
    let refused = task::issue(&town.app, &mut tx, &actor, id, vec![one(&station, "P990101"), one(&training, "P9901"), one(&meeting, "P990101")])
        .await
        .unwrap_err()
        .to_string();
    let said: Vec<&str> = refused.split('；').collect();
    assert_eq!(said.len(), 3, "{refused}");
    assert!(said[0].ends_with("缺考评办法、责任人、完成时限，补上才能下发"));
    assert!(said[1].ends_with("选了不在您下发范围内的单位"));
    assert!(said[2].ends_with("缺考评办法，补上才能下发"), "{refused}");
}

fn find(items: &std::collections::BTreeMap<String, String>, words: &str) -> String {
    items.iter().find(|(known, _)| known.contains(words)).map(|(_, id)| id.clone()).unwrap_or_else(|| panic!("{words} in {items:?}"))
}

async fn another_county_is_nowhere(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let directive = issued(town, &mut shiwei).await;
    let xianwei = town.actor("xianwei").await;
    let task_id = task::own(&town.app, &xianwei).await.unwrap()[0].id;
    let (address, whole) = (format!("/tasks/{task_id}"), town.number("select id from task where case_id is null").await);
    let absent = town.sign_in("linxi").await.get("/tasks/987654321").await;
    for login in ["linxi", "zhenwei", "daping"] {
        let mut visitor = town.sign_in(login).await;
        for path in [address.clone(), format!("{address}/split"), format!("{address}/actions/receive"), format!("/tasks/{whole}")] {
            let answer = visitor.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{login} {path}");
            assert_eq!(answer.text("main"), absent.text("main"), "the same answer as for what does not exist");
        }
        for path in [format!("{address}/actions/receive"), format!("{address}/split")] {
            assert_eq!(visitor.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "{login} {path}");
        }
        assert_eq!(visitor.get(&directive).await.status, StatusCode::NOT_FOUND, "{login}: the directive is the city's");
        for of in ["", "?of=issued", "?of=past", "?of=escalated"] {
            assert!(!visitor.get(&format!("/tasks{of}")).await.has("青屏县"), "{login} {of}");
        }
    }
    let mut linxi = town.sign_in("linxi").await;
    let own = linxi.get("/tasks").await;
    assert_eq!(own.texts(".task-list tbody tr").len(), 1, "its own four stations");
    let file = linxi.get("/tasks?export=xlsx").await;
    assert!(!sheet_texts(&file.body, "责任清单").iter().any(|text| text.contains("青屏县")));
    // The clerk of accounts sees no tasks at all.
    let mut guanli = town.sign_in("guanli").await;
    assert_eq!(guanli.get("/tasks").await.status, StatusCode::NOT_FOUND);
    // Nothing was received by all these tries.
    assert_eq!(town.number("select count(*) from case_act").await, 0);
}

async fn documents_are_read(town: &Town) {
    let paragraphs = SPEECH.lines().skip(1).collect::<Vec<_>>().join("\n");
    let bytes = write_official(&Official {
        title: "在全市基层党建工作推进会上的讲话".to_owned(),
        blocks: vec![Block::Paragraph(paragraphs)],
        ..Official::default()
    });
    let mut shiwei = town.sign_in("shiwei").await;
    let answer = shiwei.upload("/tasks/directives/new", Some(("file", "讲话.docx", &bytes)), &[("title", "推进会讲话")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text("main"));
    let page = shiwei.get(&answer.to).await;
    assert_eq!(page.text("h1"), "推进会讲话");
    // Searching leads those who deploy it there, and nobody below.
    let search = format!("/search?q={}", server::http::list::encoded("推进会讲话"));
    assert!(shiwei.get(&search).await.attributes("main a", "href").contains(&answer.to));
    for login in ["zhenwei", "daping", "guanli"] {
        assert!(!town.sign_in(login).await.get(&search).await.attributes("main a", "href").contains(&answer.to), "{login}");
    }
    assert_eq!(page.texts(".cards article").len(), 3);
    // Every card keeps its sentence: numbers and words stand in the text too.
    assert_eq!(page.texts(".passage sup"), ["1", "2", "3"]);
    assert!(page.texts(".passage").iter().any(|words| words.contains("建成党群服务站12个")), "{:?}", page.texts(".passage"));
    // The same form sent twice is one directive.
    let fields = [("title", "推进会讲话"), ("draft_key", "0123456789abcdef")];
    let once = shiwei.upload("/tasks/directives/new", Some(("file", "a.txt", SPEECH.as_bytes())), &fields).await;
    let twice = shiwei.upload("/tasks/directives/new", Some(("file", "a.txt", SPEECH.as_bytes())), &fields).await;
    assert_eq!(once.to, twice.to);
    assert_eq!(town.number("select count(*) from directive").await, 2);
}

async fn broken_files_get_a_sentence(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let whole = write_official(&Official { title: "讲话".to_owned(), ..Official::default() });
    let encrypted = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 4096]].concat();
    let huge = vec![b'a'; 21 << 20];
    for (name, bytes, words) in [
        ("a.docx", &whole[..whole.len() / 2], "文件已损坏或没有传完整"),
        ("b.docx", &encrypted[..], "这是旧版 Office 文件"),
        ("c.docx", SPEECH.as_bytes(), "而是文本文件"),
        ("d.txt", &whole[..], "认不出文本文件的编码"),
        ("e.txt", b" \n ", "文件里没有文字"),
        ("f.txt", &[], "文件是空的"),
        ("g.txt", &huge[..], "文件超过 20 MB"),
    ] {
        let answer = shiwei.upload("/tasks/directives/new", Some(("file", name, bytes)), &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text("[role=alert]").contains(words), "{name}: {}", answer.text("[role=alert]"));
    }
    let nothing = shiwei.upload("/tasks/directives/new", None, &[("issued_on", "2026-02-30"), ("title", "标题")]).await;
    assert!(["请选一个 .docx、.txt、.html 或 .pdf 文件", "没有 2026-02-30 这一天"].iter().all(|words| nothing.text("[role=alert]").contains(words)));
    assert_eq!(nothing.attribute("[name=title]", "value"), "标题", "what was typed is kept");
    assert_eq!(town.number("select count(*) from directive").await, 0);
    assert_eq!(town.sign_in("zhenwei").await.get("/tasks/directives").await.status, StatusCode::OK);
    assert_eq!(town.sign_in("daping").await.get("/tasks/directives/new").await.status, StatusCode::NOT_FOUND, "a branch hands nothing down");
}

async fn items_are_put_right(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let directive = taken_in(&mut shiwei).await;
    let found = items(&mut shiwei, &directive).await;
    let (station, training, meeting) = (find(&found, "党群服务站"), find(&found, "培训"), find(&found, "会商"));
    // A number that is none is said beside its field, and everything typed is kept.
    let bad =
        shiwei.post(&format!("{directive}/items/{station}"), &[("go", "save"), ("action", "建站"), ("number", "十二"), ("weight", "200")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        ["请写成数字", "权重“200”请写 0 到 100 的数"].iter().all(|words| bad.text(".item-card.open .err").contains(words)),
        "{}",
        bad.text(".item-card.open .err")
    );
    assert_eq!(bad.attribute(".item-card.open [name=number]", "value"), "十二");
    // Bound to an indicator, the measure follows from it.
    let page =
        shiwei.go(&format!("{directive}/items/{training}"), &[("go", "save"), ("action", "培训农村党员"), ("indicator", "task_on_time")]).await;
    assert!(page.text(".item-card.open [name=measure]").contains("交办任务按时落实率"), "{}", page.text(".item-card.open [name=measure]"));
    // Dropped and taken back.
    let page = shiwei.go(&format!("{directive}/items/{meeting}"), &[("go", "drop")]).await;
    assert_eq!((page.texts(".cards article").len(), page.text(".gone-row small")), (2, "不是任务".to_owned()));
    shiwei.go(&format!("{directive}/items/{meeting}"), &[("go", "back")]).await;
    // Merged: its sentence carries the other's number.
    let page = shiwei.go(&format!("{directive}/items/{meeting}"), &[("go", "merge"), ("into", &training)]).await;
    assert_eq!(page.texts(".passage sup"), ["1", "2", "2"]);
    assert_eq!(page.text(".gone-row small"), "已并入第 2 条");
    // Added from words of the text, read as the reader reads; other words are refused.
    let page = shiwei.go(&format!("{directive}/items"), &[("words", "去年建成了8个")]).await;
    assert_eq!(page.texts(".cards article.open").len(), 1);
    let start = SPEECH.chars().take_while(|c| *c != '去').count();
    let page = shiwei.go(&format!("{directive}/items"), &[("start", &start.to_string()), ("end", &(start + 7).to_string())]).await;
    assert!(page.text(".passage").contains("去年建成了8个"));
    let page = shiwei.go(&format!("{directive}/items"), &[("words", "原文没有的话")]).await;
    assert!(page.text(".flash").contains("原文里没有找到这句话"));
    // What others typed is filled into the gaps alone.
    let page = shiwei
        .go(&format!("{directive}/fill"), &[("owner", "组织部部长"), ("owner_level", "county"), ("measure", "年底考"), ("due_on", "2027-12-31")])
        .await;
    assert!(page.text(".flash").contains("原来填了的没有动"));
    let page = shiwei.go(&format!("{directive}/check"), &[]).await;
    assert_eq!(page.texts(".cards article .st").iter().filter(|words| *words == "已核对").count(), 4, "{:?}", page.texts(".cards article .st"));
    // Of another directive, or of nobody's, nothing is changed.
    assert_eq!(shiwei.post(&format!("{directive}/items/987654321"), &[("go", "drop")]).await.status, StatusCode::NOT_FOUND);
    let mut xianwei = town.sign_in("xianwei").await;
    for (path, field) in [("year", "year"), ("fill", "owner"), ("check", "go"), ("items", "words")] {
        assert_eq!(xianwei.post(&format!("{directive}/{path}"), &[(field, "2027")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(xianwei.post(&format!("{directive}/items/{station}"), &[("go", "drop")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(town.number("select count(*) from directive_item where state = 'dropped'").await, 0);
}

async fn a_year_is_asked(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let text = "关于加强阵地建设的通知\n各县（市、区）要在6月底前建成党群服务站12个。\n";
    let answer = shiwei.upload("/tasks/directives/new", None, &[("text", text)]).await;
    let page = shiwei.get(&answer.to).await;
    assert!(page.text(".ask-year").contains("这份文件是哪一年的？"));
    assert!(page.text(".cards .lacks").contains("完成时限"));
    let refused = shiwei.post(&format!("{}/year", answer.to), &[("year", "1926")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let page = shiwei.go(&format!("{}/year", answer.to), &[("year", "2027")]).await;
    assert_eq!(page.texts(".ask-year").len(), 0);
    assert!(page.text(".item-card .meta").contains("2027-06-30？"), "{}", page.text(".item-card .meta"));
    let item = page.attribute(".cards article", "id").trim_start_matches("item-").to_owned();
    let page = shiwei.get(&format!("{}?item={item}", answer.to)).await;
    assert!(page.text(".item-card.open .hint").contains("原文没有写年份，按 2027 年推定，对吗？"));
}

async fn what_is_over_before_it_begins_is_not_issued(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    let directive = taken_in(&mut shiwei).await;
    let items = items(&mut shiwei, &directive).await;
    let station = find(&items, "党群服务站");
    let fields = [("due_on", "2020-01-01"), ("measure", "看现场"), ("owner", "组织部部长"), ("owner_level", "county")];
    complete(&mut shiwei, &directive, &station, &fields).await;
    let page = shiwei.get(&format!("{directive}/issue")).await;
    assert!(page.text("main").contains("完成时限 2020-01-01 已经过了，请改到 2026-11-22 或以后"), "{}", page.text("main"));
    let answer = shiwei.post(&format!("{directive}/issue"), &[("item", &station), ("level", "county")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.number("select count(*) from task").await, 0);
    // A frequency is chosen, not invented.
    let bad = shiwei.post(&format!("{directive}/items/{station}"), &[("go", "save"), ("action", "建站"), ("frequency", "随便写")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text(".item-card.open .err").contains("频次“随便写”"), "{}", bad.text(".item-card.open .err"));
    // Indicators of a scheme that judges nobody are not offered.
    let page = shiwei.get(&format!("{directive}?item={station}")).await;
    let offered = page.texts("[name=indicator] option");
    assert!(offered.len() > 3 && offered.iter().all(|name| !name.contains("样例")), "{offered:?}");
}

async fn nobody_gets_a_part_of_nothing(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let mut xianwei = town.sign_in("xianwei").await;
    let county = xianwei.get("/tasks").await.attribute(".task-list td a", "href");
    xianwei.go(&format!("{county}/actions/receive"), &[]).await;
    let (qingshi, songlin) = (town.org("P990101001").to_string(), town.org("P990101002").to_string());
    let (first, second) = (format!("quantity-{qingshi}"), format!("quantity-{songlin}"));
    let fields =
        [("kind", "divide"), ("org", qingshi.as_str()), ("org", songlin.as_str()), (first.as_str(), "8"), (second.as_str(), "0"), ("owner", "书记")];
    let answer = xianwei.post(&format!("{county}/split"), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text("[role=alert]").contains("的数量是 0：没有份额的不用选"), "{}", answer.text("[role=alert]"));
}

async fn a_split_above_the_ceiling_is_allowed_by_name(town: &Town) {
    let mut shiwei = town.sign_in("shiwei").await;
    issued(town, &mut shiwei).await;
    let app = &town.app;
    let now = NOW.parse().unwrap();
    // 101 townships, half an hour each: above the pack's 50 hours.
    let codes: Vec<String> = (0..101).map(|n| format!("P990101{:03}", 100 + n)).collect();
    let console = store::Actor::console(store::day_of(now));
    let mut tx = app.begin(&console, now).await.unwrap();
    let roster = codes.iter().map(|code| unit(code, &format!("第{code}乡党委"), "committee", "P990101", "rural")).collect();
    server::organisation::create_all(app, &mut tx, &console, roster).await.unwrap();
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    let mut browser = town.sign_in("xianwei").await;
    let county = browser.get("/tasks").await.attribute(".task-list td a", "href");
    browser.go(&format!("{county}/actions/receive"), &[]).await;
    let page = browser.get(&format!("{county}/split")).await;
    assert!(page.has("占用基层多少时间") && !page.has("报请批准"));
    let orgs: Vec<String> = codes.iter().map(|code| town.org(code).to_string()).collect();
    let quantities: Vec<String> = orgs.iter().map(|org| format!("quantity-{org}")).collect();
    let owners: Vec<String> = orgs.iter().map(|org| format!("owner-{org}")).collect();
    let mut fields = vec![("kind", "each")];
    for ((org, quantity), owner) in orgs.iter().zip(&quantities).zip(&owners) {
        fields.extend([("org", org.as_str()), (quantity.as_str(), "8"), (owner.as_str(), "党委书记")]);
    }
    let page = browser.post(&format!("{county}/split"), &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("50 小时 30 分钟") && page.has("报请批准"), "{}", page.text("[role=alert]"));
    let xianwei = town.actor("xianwei").await;
    let task_id = task::own(app, &xianwei).await.unwrap()[0].id;
    let part = |code: &String| task::Part {
        organisation: town.org(code),
        quantity_milli: Some(8_000),
        due_on: jiff::civil::date(2027, 3, 31),
        owner: "党委书记".to_owned(),
        owner_level: None,
    };
    let parts: Vec<task::Part> = codes.iter().map(part).collect();
    let each = |parts| task::SplitForm { kind: task::PartsKind::Each, parts, permitted: String::new() };
    let refused = async || {
        let mut tx = app.begin(&xianwei, now).await.unwrap();
        task::split(app, &mut tx, &xianwei, task_id, each(parts.clone())).await.unwrap_err().to_string()
    };
    let said = refused().await;
    assert!(said.contains("超过一次 50 小时 的上限") && said.contains("先报请批准"), "{said}");
    let mut tx = app.begin(&xianwei, now).await.unwrap();
    let approval = task::ask_split_approval(app, &mut tx, &xianwei, task_id, &parts, "服务站要一次建齐").await.unwrap();
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    assert!(refused().await.contains("等答复"));
    let shiwei = town.actor("shiwei").await;
    let mut tx = app.begin(&shiwei, now).await.unwrap();
    server::burden::decide(app, &mut tx, &shiwei, approval, true, "").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.begin(&xianwei, now).await.unwrap();
    task::split(app, &mut tx, &xianwei, task_id, each(parts.clone())).await.unwrap();
    let commit = tx.commit().await.unwrap();
    app.settle(commit).await;
    // Whoever has his part costs nothing anew: the split is adjusted without asking again.
    let mut tx = app.begin(&xianwei, now).await.unwrap();
    let later: Vec<task::Part> = parts.iter().map(|part| task::Part { due_on: jiff::civil::date(2027, 3, 30), ..part.clone() }).collect();
    task::split(app, &mut tx, &xianwei, task_id, each(later)).await.unwrap();
}
