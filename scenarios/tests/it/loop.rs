//! The whole loop in a browser, by clicking and typing: from workbooks to a rectification that is closed out, and from a
//! speech to a task that is verified.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use scenarios::{Browser, FIRST_PASSWORD, PASSWORD, Visitor, World};

/// The city of the sample workbooks, a county of it, a town there and its weakest branch of the year.
const CITY: (&str, &str) = ("P3308", "中共衢州市委员会");
const COUNTY: &str = "P330824";
const TOWN: &str = "P330824107";
const BRANCH: &str = "P330824107220";

/// The sample workbooks; `None` (said) where they are not, except in CI.
fn samples() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples/clean");
    let names = ["党组织基本信息", "党员基本信息", "村级集体经济", "组织生活记录"];
    let files: Vec<PathBuf> = names.iter().map(|name| folder.join(format!("{name}.xlsx"))).collect();
    if files.iter().all(|file| file.exists()) {
        return Some(files.iter().map(|file| file.canonicalize().expect("it is there")).collect());
    }
    assert!(std::env::var_os("JISHI_CI").is_none(), "no samples in {}", folder.display());
    eprintln!("passed over: no samples in {}", folder.display());
    None
}

/// One of the source speeches; `None` (said) where they are not, except in CI.
fn source_speech() -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/seeds/004.txt");
    if file.exists() {
        return Some(file.canonicalize().expect("it is there"));
    }
    assert!(std::env::var_os("JISHI_CI").is_none(), "no speech at {}", file.display());
    eprintln!("passed over: no speech at {}", file.display());
    None
}

/// Comes in for the first time and sets a password of one's own.
fn first_sign_in(browser: &Browser, login: &str) {
    browser.sign_in(login, FIRST_PASSWORD);
    browser.sees("请先设一个自己的密码");
    browser.fill("input[name=old]", FIRST_PASSWORD);
    browser.fill("input[name=new]", PASSWORD);
    browser.fill("input[name=again]", PASSWORD);
    browser.click("form[action='/me/security'] button");
    browser.open("/");
}

/// Does a step of a case on its page: `(field, value)`, a field that ends in `*` ticks all its boxes.
fn act(browser: &Browser, base: &str, action: &str, fields: &[(&str, &str)]) {
    browser.open(base);
    browser.click(&format!("a[href$='/actions/{action}']"));
    fill_in(browser, fields);
    browser.click("form.case-form button[type=submit]");
    browser.leaves(&format!("{base}/actions/{action}"));
}

fn fill_in(browser: &Browser, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        if let Some(boxes) = name.strip_suffix('*') {
            browser.click_all(&format!("form.case-form input[type=checkbox][name='{boxes}']:not(:checked)"));
            continue;
        }
        let radio = format!("form.case-form input[type=radio][name='{name}'][value='{value}']");
        // A row of several is filled by itself.
        let row = if name.contains('.') { ".item-row:first-child " } else { "" };
        let picked = format!("form.case-form {row}select[name='{name}'], form.case-form {row}input[type=date][name='{name}']");
        if browser.has(&radio) {
            browser.click_all(&radio);
        } else if browser.has(&picked) {
            browser.set(&picked, value);
        } else {
            browser.fill(&format!("form.case-form [name='{name}']"), value);
        }
    }
}

/// Files a line of the plan.
fn file(browser: &Browser, line: &str) {
    let open = "document.querySelector(`input[name=line][value='${arguments[0]}']`).closest('details').open = true;";
    let send = "document.querySelector(`input[name=line][value='${arguments[0]}']`).closest('form').querySelector('button').click();";
    let _ = browser.script(open, &[line.into()]);
    browser.fill(&format!("#basis-{line}"), "年度督查检查考核计划");
    browser.fill(&format!("#approver-{line}"), "县委常委会");
    let _ = browser.script(send, &[line.into()]);
    browser.sees("已列入年度计划");
}

/// Where the window stands, without what was asked of it.
fn here(browser: &Browser) -> String {
    browser.path().split(['?', '#']).next().expect("a path").to_owned()
}

#[test]
fn the_loop_from_workbooks_to_a_closed_rectification() {
    let Some(files) = samples() else { return };
    let mut world = World::of_ones_own(CITY.0, CITY.1);
    let Some(browser) = world.browser() else { return };

    // Import: seen before anything is written, decided by a person.
    first_sign_in(&browser, "shiwei");
    browser.click_words("导入导出");
    browser.attach("input[name=files]", &files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    browser.click_words("上传核对");
    browser.sees_in_time("看过以后决定");
    browser.sees("现在一行也没有写入");
    browser.screenshot("loop-1-import-preview");
    browser.set("select[name=complete]", "2025");
    browser.click("button[name=do][value=apply]");
    browser.sees_in_time("同一张表再传一次也不会重复");
    browser.screenshot("loop-2-imported");
    assert!(browser.text_of("main").contains("14,542"), "{}", browser.text_of("main"));

    world.stop();
    for (login, role, organisation) in [
        ("xianwei", "county_organisation_officer", COUNTY),
        ("zhenwei", "township_organisation_officer", TOWN),
        ("shuji", "branch_secretary", BRANCH),
        ("ducha", "inspector", COUNTY),
    ] {
        world.open_account(login, role, organisation);
    }
    world.start_again();
    let rating = rate(&mut world, &browser);
    explain(&browser, &rating);
    let case = list(&browser);
    rectify(&mut world, &browser, &case);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// Evaluates and publishes; the address of the result.
fn rate(world: &mut World, browser: &Browser) -> String {
    first_sign_in(browser, "xianwei");
    browser.click_words("年度计划");
    browser.click_words("2025 年");
    browser.sees("2025年度党支部星级评定");
    file(browser, "five_star_2025");
    browser.click_words("开始评定");
    browser.agree();
    browser.sees("方案与出处");
    let rating = here(browser);
    for page in 1..=20 {
        browser.open(&format!("{rating}/judged?page={page}"));
        if !browser.has("input[name^='points.']") {
            break;
        }
        if !browser
            .script("return [...document.querySelectorAll(\"input[name^='points.']\")].some(it => !it.value)", &[])
            .as_bool()
            .unwrap_or_default()
        {
            break;
        }
        browser.set("input[name^='points.']", "4");
        browser.fill("input[name=evidence_all]", "现场查看和党员群众测评");
        browser.click_words("保存本页");
        browser.sees("已保存");
    }
    calculate(browser, &rating);
    waive(browser, &rating);
    calculate(browser, &rating);
    browser.screenshot("loop-3-draft");
    act(browser, &rating, "send_draft", &[("note", "请核对本支部的得分。")]);
    browser.open(&format!("{rating}/actions/publicise"));
    browser.set("input[name='missing.reason']", "考评在公示期内补齐");
    browser.fill("form.case-form [name='scope']", "本县党务公开栏");
    browser.click("form.case-form button[type=submit]");
    browser.leaves(&format!("{rating}/actions/publicise"));

    world.days_later(6);
    browser.sign_in("xianwei", PASSWORD);
    act(browser, &rating, "decide", &[("meeting", "部务会")]);
    act(browser, &rating, "publish", &[("scope", "本县各乡镇（街道）党（工）委、各党支部")]);
    browser.sees("公布结果指纹");
    browser.screenshot("loop-4-published");
    rating
}

fn calculate(browser: &Browser, rating: &str) {
    browser.open(rating);
    browser.click(&format!("form[action='{rating}/calculate'] button"));
    browser.agree();
    browser.sees("已按今天的记录重新计算");
}

/// What the workbooks do not tell is waived with a reason, or nothing could be published: the first on its page, the others by
/// the same form.
fn waive(browser: &Browser, rating: &str) {
    browser.open(&format!("{rating}?cohort=all&mark=open&per=200"));
    let branches = browser.links(&format!("table.list tbody a[href^='{rating}/organisations/']"));
    assert!(!branches.is_empty(), "{}", browser.text_of("main"));
    let mut is_first = true;
    for (_, branch) in branches {
        browser.open(&branch);
        let open = "return [...document.querySelectorAll('main tr')].filter(it => it.innerText.includes('待佐证')).map(it => it.querySelector('a').getAttribute('href'));";
        let items = browser.script(open, &[]);
        for item in items.as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
            if is_first {
                browser.open(item);
                browser.click_all("details:not([open]) > summary");
                browser.fill("input[name=reason]", "导入的表里没有这一项");
                browser.screenshot("loop-3-waive");
                browser.click("form[action$='/waive'] button");
                browser.sees("已免评");
                is_first = false;
                continue;
            }
            let key = item.split("item=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
            let send = "const csrf = document.querySelector('meta[name=csrf]').content; return fetch(location.pathname + '/waive', { method: 'POST', body: new URLSearchParams({ csrf, item: decodeURIComponent(arguments[0]), reason: '导入的表里没有这一项' }) }).then(it => it.status);";
            assert_eq!(browser.script(send, &[key.into()]), 200, "{item}");
        }
    }
}

/// The branch opens its stars, from the score to the record.
fn explain(browser: &Browser, rating: &str) {
    first_sign_in(browser, "shuji");
    browser.click_words("考核评星");
    browser.click(&format!("main a[href^='{rating}']"));
    browser.click(&format!("table.list tbody a[href^='{rating}/organisations/']"));
    browser.sees("怎样得出");
    browser.click_words("党员到会率");
    browser.sees("出处");
    browser.screenshot("loop-5-explanation");
    browser.click("main a[href^='/activities/']");
    browser.sees("应到");
    browser.screenshot("loop-6-record");
}

/// From the machine's proposals to the decided list; the address of the weakest branch's rectification.
fn list(browser: &Browser) -> String {
    browser.sign_in("xianwei", PASSWORD);
    browser.open("/plan?year=2025");
    file(browser, "weak_list_villages_2025");
    browser.open("/weak-lists");
    browser.click_words("开始排查");
    browser.sees("至少列");
    let list = here(browser);
    let head = browser.text_of(".page-head p");
    let n_floor = usize::try_from(crate::steps::number_in(head.split("至少列").nth(1).expect("the floor"))).expect("a count");

    first_sign_in(browser, "zhenwei");
    act(browser, &list, "report_self_check", &[("statement", "对照五种情形逐村自查。")]);
    browser.sign_in("xianwei", PASSWORD);
    act(browser, &list, "begin_review", &[("missing", "其余乡镇已由县委组织部逐村核对，书面材料随后补报。")]);
    browser.open(&format!("{list}?per=200"));
    let proposed = browser.links(&format!("table.list tbody a[href^='{list}/candidates/']"));
    assert!(proposed.len() >= n_floor, "{proposed:?}");
    for (n, (_, candidate)) in proposed.iter().enumerate() {
        browser.open(candidate);
        if n == 0 {
            browser.screenshot("loop-7-candidate");
        }
        let is_listed = if n < n_floor { "yes" } else { "no" };
        if is_listed == "no" {
            browser.click_all("input[name=conditions]:checked");
        }
        browser.click_all(&format!("input[name=is_listed][value={is_listed}]"));
        browser.fill("textarea[name=explanation]", "经核实，按事实填写");
        browser.click_words("填写意见");
        browser.sees("意见已填写");
    }
    for body in ["纪委监委机关", "政法委", "统战部", "民政局", "信访局"] {
        act(browser, &list, "record_opinion", &[("body", body), ("opinion", "无")]);
    }
    act(browser, &list, "submit_to_committee", &[]);
    act(browser, &list, "decide", &[("number", "第8号")]);
    act(browser, &list, "file", &[]);
    browser.sign_in("shiwei", PASSWORD);
    act(browser, &list, "acknowledge", &[]);
    browser.sees("已备案");
    browser.screenshot("loop-8-list");
    browser.sign_in("shuji", PASSWORD);
    browser.open("/rectifications");
    browser.click("table.list tbody a[href^='/rectifications/']");
    browser.sees("制定整顿方案");
    here(browser)
}

fn rectify(world: &mut World, browser: &Browser, case: &str) {
    let plan = [
        ("causes", "书记长期在外务工，两名委员退出以后没有补选，主题党日多次没有开展，村务公开栏一年没有更新，果园合同去向不明。"),
        ("measures.text", "由镇党委考察补选两名委员，果园合同提交党员大会讨论并公开。"),
        ("measures.owner", "程立群"),
        ("measures.due_on", "2027-01-15"),
        ("county_leader", "严书华"),
        ("township_leader", "罗长青"),
        ("converted_by", "2027-03-31"),
    ];
    act(browser, case, "submit_plan", &plan);
    browser.sees("程立群");
    browser.sees("由上级乡镇（街道）党（工）委审核");
    browser.screenshot("loop-9-plan");

    browser.sign_in("zhenwei", PASSWORD);
    act(browser, case, "agree_plan", &[]);
    browser.sign_in("shuji", PASSWORD);
    act(browser, case, "report_progress", &[("progress", "两名委员已经补选，果园合同已经公开。")]);
    browser.sign_in("zhenwei", PASSWORD);
    act(browser, case, "confirm_measures", &[("measures_done*", ""), ("basis", "查看会议记录，走访党员。")]);
    world.days_later(21);
    browser.sign_in("zhenwei", PASSWORD);
    act(browser, case, "analyse", &[("findings", "班子已经配齐，制度恢复运转。")]);
    act(browser, case, "apply_for_acceptance", &[]);

    first_sign_in(browser, "ducha");
    act(browser, case, "verify_conditions", &[("verified*", ""), ("method", "听取党员意见，查阅记录。"), ("satisfied_percent", "92")]);
    act(browser, case, "accept", &[("team", "县委组织部、县民政局")]);
    browser.sign_in("xianwei", PASSWORD);
    act(browser, case, "close_out", &[("number", "第21号")]);
    browser.sees("批准销号");
    browser.screenshot("loop-10-closed-out");

    // The branch and the city see the same.
    for login in ["shuji", "shiwei"] {
        browser.sign_in(login, PASSWORD);
        browser.open(case);
        browser.sees("第21号");
        browser.sees("销号后跟踪观察");
    }
}

const SPEECH: &str = "在全市基层党建工作推进会上的讲话\n\n同志们：\n一、抓好阵地建设。各县（市、区）要在2027年6月底前新建党群服务中心12个。\n二、抓好教育培训。各县（市、区）要在2027年9月底前培训党支部书记200名。\n";
const TASK: &str = "新建党群服务中心";

/// The part of a task that stands in somebody's list.
fn own_task(browser: &Browser) -> String {
    browser.click_words("部署任务");
    browser.click_words(TASK);
    browser.sees("项目");
    here(browser)
}

/// Takes in the speech and comes to the form of its first task.
fn take_in(world: &World, browser: &Browser) -> String {
    let speech = world.dir().join("讲话.txt");
    std::fs::write(&speech, SPEECH).expect("writes");
    browser.sign_in("shiwei", PASSWORD);
    browser.click_words("部署任务");
    browser.click_words("新部署");
    browser.attach("form[enctype] input[type=file]", &[&speech]);
    browser.set("form[enctype] input[name=issued_on]", "2026-11-20");
    browser.click("form[enctype] button[type=submit], form[enctype] button.main");
    browser.sees("新建党群服务中心12个");
    let directive = here(browser);
    browser.click("a.passage[data-item]");
    browser.sees("考评办法");
    directive
}

#[test]
fn the_loop_from_a_speech_to_a_verified_task() {
    let world = World::copy();
    let Some(browser) = world.browser() else { return };
    let directive = take_in(&world, &browser);
    let card = "form.item-form";
    for (name, text) in [("action", TASK), ("number", "12"), ("unit", "个"), ("owner", "县（市、区）委组织部"), ("weight", "10")] {
        browser.fill(&format!("{card} [name={name}]"), text);
    }
    for (name, value) in [("comparator", "="), ("due_on", "2027-06-30"), ("owner_level", "county")] {
        browser.set(&format!("{card} [name={name}]"), value);
    }
    browser.fill(&format!("{card} textarea[name=measure]"), "建成并开放，以活动记录为准");
    browser.fill(&format!("{card} textarea[name=standard]"), "有场所、有人员、有制度");
    browser.screenshot("loop-11-directive");
    browser.click_words("核对无误");
    browser.sees("已核 1 条");

    // Issued to the counties, in parts that add up to the whole.
    browser.open(&format!("{directive}/issue"));
    browser.click_all("input[name=item]:checked:not(:disabled)");
    browser.click("input[name=item]:not(:disabled)");
    browser.click_all("input[name=level][value=county]:not(:checked)");
    browser.click_words("下一步");
    browser.set("select[name^=kind-]", "divide");
    let shares = browser.script("return [...document.querySelectorAll('input[name^=q-]')].map(it => it.name)", &[]);
    let shares: Vec<String> = shares.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    assert_eq!(shares.len(), 2, "two counties: {shares:?}");
    browser.fill(&format!("input[name='{}']", shares[0]), "5");
    browser.fill(&format!("input[name='{}']", shares[1]), "6");
    browser.screenshot("loop-12-shares");
    browser.click_words("下发任务");
    browser.agree();
    browser.sees("没有下发，请改好再提交");
    browser.sees("合计 11 个");
    // The browser notes the refusal itself, and nothing else.
    assert!(browser.complaints().iter().all(|it| it.contains("422")));
    browser.fill(&format!("input[name='{}']", shares[1]), "7");
    browser.click_words("下发任务");
    browser.agree();
    browser.leaves(&format!("{directive}/issue"));
    browser.sees("已下发");

    // The county receives and splits, the town does it, the county verifies.
    browser.sign_in("xianwei", PASSWORD);
    let whole = own_task(&browser);
    browser.sees("5 个");
    act(&browser, &whole, "receive", &[]);
    browser.open(&format!("{whole}/split"));
    browser.click_all("input[name=org]:checked");
    let towns = browser.script("return [...document.querySelectorAll('input[name=org]')].slice(0, 2).map(it => it.value)", &[]);
    let towns: Vec<String> = towns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    for (town, part) in towns.iter().zip(["2", "3"]) {
        browser.click(&format!("input[name=org][value='{town}']"));
        browser.fill(&format!("input[name=quantity-{town}]"), part);
    }
    browser.screenshot("loop-13-split");
    browser.click_words("分解下去");
    browser.sees("已分解到 2 个单位");

    browser.sign_in("zhenwei", PASSWORD);
    let part = own_task(&browser);
    act(&browser, &part, "receive", &[]);
    act(&browser, &part, "feed_back", &[("result", "已经建成开放"), ("quantity", "2"), ("evidence", "大坪镇党群服务中心验收记录")]);
    browser.sees("待核验");
    assert!(!browser.has("a[href$='/actions/verify']"), "who did it does not verify it");
    browser.sign_in("xianwei", PASSWORD);
    act(&browser, &part, "verify", &[("basis", "实地查看")]);
    browser.sees("已办结");
    browser.screenshot("loop-14-verified");
    browser.sign_in("shiwei", PASSWORD);
    browser.open(&whole);
    browser.sees("分解到的单位");
    assert_eq!(browser.complaints(), [""; 0]);
}

/// The line of a task in one of its views, wherever the visitor stands.
fn line_in(browser: &Browser, view: &str, of: &str) -> String {
    browser.open(view);
    let found = browser.script(
        "return [...document.querySelectorAll('main table.list tbody tr, main .gantt-row')].map(it => it.innerText).find(it => it.includes(arguments[0])) || ''",
        &[serde_json::Value::from(of)],
    );
    found.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_loop_from_a_source_speech_to_views_that_cannot_disagree() {
    let Some(speech) = source_speech() else { return };
    let world = World::copy();
    let Some(browser) = world.browser() else { return };
    // The speech is taken in; one demand of it becomes a task of one county.
    browser.sign_in("shiwei", PASSWORD);
    browser.open("/tasks/directives/new");
    browser.attach("form[enctype] input[type=file]", &[&speech]);
    browser.set("form[enctype] input[name=issued_on]", "2026-11-20");
    browser.click("form[enctype] button[type=submit], form[enctype] button.main");
    browser.sees("请逐条核对");
    let directive = here(&browser);
    browser.click("a.passage[data-item]");
    let card = "form.item-form";
    for (name, text) in [("action", SPOKEN), ("number", "6"), ("unit", "个"), ("owner", "县（市、区）委组织部")] {
        browser.fill(&format!("{card} [name={name}]"), text);
    }
    for (name, value) in [("comparator", ">="), ("due_on", "2027-06-30"), ("owner_level", "county")] {
        browser.set(&format!("{card} [name={name}]"), value);
    }
    browser.fill(&format!("{card} textarea[name=measure]"), "以系统记录为准");
    browser.click_words("核对无误");
    browser.sees("已核 1 条");
    browser.open(&format!("{directive}/issue"));
    browser.click_all("input[name=item]:checked:not(:disabled)");
    browser.click("input[name=item]:not(:disabled)");
    browser.click("input[name=unit]");
    browser.click_words("下一步");
    browser.sees("预计占用");
    browser.click_words("下发任务");
    browser.agree();
    browser.leaves(&format!("{directive}/issue"));

    // The county's parts do not add up: refused; then they do.
    browser.sign_in("xianwei", PASSWORD);
    browser.open("/tasks");
    browser.click_words(SPOKEN);
    let whole = here(&browser);
    act(&browser, &whole, "receive", &[]);
    let (towns, town) = split(&browser, &whole, &["2", "3"]);
    browser.sees("没有分解，请改好再提交");
    browser.fill(&format!("input[name=quantity-{}]", towns[1]), "4");
    browser.click_words("分解下去");
    browser.sees("已分解到 2 个单位");

    // One change from each view: who, by when, how many; each stands in all three.
    let adjust = |view: &str, changes: &[(String, &str)]| {
        browser.open(view);
        browser.click_words(SPOKEN);
        assert_eq!(here(&browser), whole, "{view} leads to the task");
        browser.open(&format!("{whole}/split"));
        for (field, value) in changes {
            if field.starts_with("due-") {
                browser.set(&format!("input[name={field}]"), value)
            } else {
                browser.fill(&format!("input[name={field}]"), value)
            }
        }
        browser.click_words("保存调整");
        browser.leaves(&format!("{whole}/split"));
    };
    adjust("/tasks?list=duty", &[(format!("owner-{}", towns[0]), "镇长 田文华")]);
    adjust("/tasks/calendar?year=2027", &[(format!("due-{}", towns[0]), "2027-05-31")]);
    adjust("/tasks?list=project", &[(format!("quantity-{}", towns[0]), "1"), (format!("quantity-{}", towns[1]), "5")]);
    let of = "?of=issued&year=2027";
    let duty = line_in(&browser, &format!("/tasks{of}&list=duty"), &town);
    assert!(duty.contains("田文华") && duty.contains("2027-05-31"), "{duty}");
    let project = line_in(&browser, &format!("/tasks{of}&list=project"), &town);
    assert!(project.contains("1 个") && project.contains("2027-05-31"), "{project}");
    let gantt = line_in(&browser, "/tasks/calendar?year=2027&of=issued", &town);
    assert!(gantt.contains("05-31"), "{gantt}");
    browser.screenshot("loop-16-gantt");

    // The town reports, the county verifies; the county reports the whole, the city verifies it.
    browser.sign_in("zhenwei", PASSWORD);
    browser.open("/tasks");
    browser.click_words(SPOKEN);
    let part = here(&browser);
    act(&browser, &part, "receive", &[]);
    act(&browser, &part, "feed_back", &[("result", "已经做到"), ("quantity", "1"), ("evidence", "镇党委会议记录")]);
    browser.sign_in("xianwei", PASSWORD);
    act(&browser, &part, "verify", &[("basis", "看了记录")]);
    browser.sees("已办结");
    act(&browser, &whole, "feed_back", &[("result", "各乡镇都在办，青石镇已经办结"), ("evidence", "各乡镇的反馈")]);
    browser.sign_in("shiwei", PASSWORD);
    browser.open("/tasks?of=issued&state=verify");
    browser.click_words(SPOKEN);
    assert_eq!(here(&browser), whole);
    browser.sees("分解到的单位");
    act(&browser, &whole, "verify", &[("basis", "看了各乡镇的记录")]);
    browser.sees("已办结");
    browser.sign_in("xianwei", PASSWORD);
    browser.open(&whole);
    browser.sees("已办结");
    assert!(browser.complaints().iter().all(|it| it.contains("422")), "the browser notes refusals alone");
}

/// A demand as somebody words it who has read the speech.
const SPOKEN: &str = "推动后进支部晋位升级";

/// Splits a task to the first towns; their numbers, and the name of the first.
fn split(browser: &Browser, whole: &str, parts: &[&str]) -> (Vec<String>, String) {
    browser.open(&format!("{whole}/split"));
    browser.click_all("input[name=org]:checked");
    browser.set("select[name=kind]", "divide");
    let towns = browser.script("return [...document.querySelectorAll('input[name=org]')].slice(0, 2).map(it => it.value)", &[]);
    let towns: Vec<String> = towns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    for (town, part) in towns.iter().zip(parts) {
        browser.click(&format!("input[name=org][value='{town}']"));
        browser.fill(&format!("input[name=quantity-{town}]"), part);
    }
    let name = browser
        .script("return document.querySelector('input[name=org]').closest('tr').querySelector('td:nth-child(2)').firstChild.textContent.trim()", &[]);
    browser.click_words("分解下去");
    (towns, name.as_str().expect("a name").to_owned())
}

#[test]
fn the_loop_refuses_a_task_without_measure_owner_or_date() {
    let world = World::copy();
    let Some(browser) = world.browser() else { return };
    let directive = take_in(&world, &browser);
    for name in ["owner", "measure"] {
        browser.fill(&format!("form.item-form [name={name}]"), "");
    }
    browser.set("form.item-form [name=due_on]", "");
    browser.click_words("保存");
    browser.sees("补上才能下发");
    browser.screenshot("loop-15-incomplete");
    browser.open(&format!("{directive}/issue"));
    assert!(!browser.has("input[name=item]:not([disabled])"), "nothing may be ticked");
    browser.sign_in("xianwei", PASSWORD);
    browser.click_words("部署任务");
    assert!(!browser.text_of("main").contains(TASK));
}

#[test]
fn the_loop_refuses_to_close_what_one_accepted() {
    let mut world = World::copy();
    let case = crate::weak_rows::waiting_for_acceptance(&mut world);
    let Some(browser) = world.browser() else { return };
    browser.sign_in("xianwei", PASSWORD);
    act(&browser, &case, "verify_conditions", &[("verified*", ""), ("method", "查阅记录"), ("satisfied_percent", "90")]);
    act(&browser, &case, "accept", &[("team", "县委组织部")]);
    // Shown, greyed, with whose turn it is; and there is no way round.
    browser.sees("您办过“验收合格”，这一步要由别人来办");
    assert!(!browser.has("main a[href$='/actions/close_out']"));
    browser.screenshot("loop-16-own-closing");
    browser.open(&format!("{case}/actions/close_out"));
    assert!(browser.has("button.btn.off[disabled]"), "{}", browser.text_of("main"));
    browser.sign_in("shiwei", PASSWORD);
    browser.open(&case);
    assert!(!browser.text_of("main").contains("批准销号 "), "{}", browser.text_of("main"));
}

/// Out of reach and absent are one answer: on pages, in lists, search, counts, charts, exports, the API and error texts.
#[test]
fn the_loop_refuses_what_is_out_of_reach_as_if_it_were_not_there() {
    let world = World::copy();
    let Some(browser) = world.browser() else { return };
    browser.sign_in("shiwei", PASSWORD);
    browser.open("/organisations?q=P990102101200");
    browser.sees("P990102101200");
    let (name, elsewhere) = browser.links("table.list tbody a[href^='/organisations/']").remove(0);
    let id = elsewhere.rsplit('/').next().expect("a number").split('?').next().expect("a number").to_owned();
    browser.open(&format!("/members?organisation={id}"));
    let (member, record) = browser.links("table.list tbody a[href^='/members/']").remove(0);

    browser.sign_in("zhenwei", PASSWORD);
    let fetched = |path: &str| {
        let script = "const answer = await fetch(arguments[0]); return answer.status + ' ' + await answer.text();";
        let wrapped = format!("return (async () => {{ {script} }}).apply(null, []).then(it => it)").replace("arguments[0]", &format!("'{path}'"));
        browser.script(&wrapped, &[]).as_str().expect("an answer").to_owned()
    };
    let read = |path: &str| {
        browser.open(path);
        browser.text_of("body")
    };
    for (out_of_reach, absent) in [
        (format!("/organisations/{id}"), "/organisations/999999999".to_owned()),
        (record.clone(), "/members/999999999".to_owned()),
        (format!("/duties/{id}/theme_day/2026-10"), "/duties/999999999/theme_day/2026-10".to_owned()),
    ] {
        assert_eq!(read(&out_of_reach), read(&absent), "{out_of_reach}");
    }
    for list in [
        format!("/organisations?q={name}"),
        format!("/members?q={member}&organisation={id}"),
        format!("/search?q={name}"),
        format!("/duties?organisation={id}"),
    ] {
        let text = read(&list);
        let shown = text.replace(&name, "");
        assert!(!browser.has(&format!("a[href*='/organisations/{id}']")) && !browser.has(&format!("a[href='{record}']")), "{list}: {shown}");
    }
    // Counts and charts of the desk are of the own town; an export and the API too.
    for path in
        ["/organisations?export=csv", "/members?export=csv", "/duties?export=csv", "/activities?export=csv", "/api/organisations", "/api/members"]
    {
        let answer = fetched(path);
        assert!(answer.starts_with("200 ") && !answer.contains(&name) && !answer.contains("P990102"), "{path}: {answer}");
    }
    let (charts, whole) = (read("/"), read("/duties"));
    assert!(!charts.contains("云麓") && !whole.contains(&name));
    browser.screenshot("loop-17-not-there");
}

/// Every address that an office finds by following links, opened by somebody else: either it is his as well, or the answer is that
/// of an address that does not exist, and nothing of another county stands on what opens.
#[test]
fn the_loop_refuses_an_address_as_if_it_were_not_there() {
    let world = World::copy();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for office in ["shiwei", "xianwei"] {
        found.extend(crawl(&world.sign_in(office, PASSWORD)));
    }
    let shapes: BTreeSet<&String> = found.values().collect();
    assert!(found.len() > 100 && shapes.len() > 30, "{} addresses of {} shapes", found.len(), shapes.len());
    for login in ["zhenwei", "shuji", "hangye", "dangyuan", "guanli"] {
        let stranger = world.sign_in(login, PASSWORD);
        let mut n_refused = 0;
        for (path, shape) in &found {
            let (there, absent) = (stranger.get(path), stranger.get(&shape.replace('#', "999999999")));
            if there.status == 200 {
                if ["zhenwei", "shuji"].contains(&login) {
                    there.hides("云麓");
                }
                continue;
            }
            assert_eq!((there.status, there.text()), (absent.status, absent.text()), "{login} {path}");
            n_refused += 1;
        }
        assert!(n_refused > 40, "{login} was refused only {n_refused} of {}", found.len());
    }
}

/// Addresses with a number that one finds from the start page, a few of each shape; with the shape, `#` for numbers.
fn crawl(visitor: &Visitor) -> BTreeMap<String, String> {
    let mut queue = VecDeque::from(["/".to_owned()]);
    let mut known: BTreeSet<String> = queue.iter().cloned().collect();
    let mut n_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    while let Some(path) = queue.pop_front() {
        let plain = path.split('?').next().unwrap_or_default().to_owned();
        let parts =
            plain.split('/').map(|part| if part.starts_with(|c: char| c.is_ascii_digit()) && part.parse::<u64>().is_ok() { "#" } else { part });
        let shape = parts.collect::<Vec<_>>().join("/");
        let n = n_of.entry(shape.clone()).or_default();
        *n += 1;
        if *n > 4 || found.len() > 300 {
            continue;
        }
        let page = visitor.get(&path);
        if page.status != 200 {
            continue;
        }
        if shape.contains('#') {
            found.insert(plain, shape);
        }
        let links = page.attributes("main a[href^='/'], nav a[href^='/']", "href");
        let followed = |link: &String| !link.contains("export=") && !link.starts_with("/assets") && !link.contains('#');
        queue.extend(links.into_iter().filter(followed).filter(|link| known.insert(link.clone())));
    }
    found
}
