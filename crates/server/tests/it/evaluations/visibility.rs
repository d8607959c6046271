//! Who sees what and when; and that nothing ranks anybody between the points of the plan.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use office::sheet::{Cell, Limits, read_workbook};
use server::http::route::Needs;
use server::http::routes::table;
use server::unit::{self, NewIncome, NewVillage};

use super::{OPENS, act, half_a_year, opened, publish, publish_draft, row_address};
use crate::world::{BEIMEN, COUNTY, SCHOOL, SHANGHE, SONGLIN, TOWN, World, on_both};

on_both! {
    before_the_draft_only_the_organisers_see_it,
    those_concerned_see_their_own,
    what_is_out_of_reach_is_as_if_it_were_not,
    between_the_points_nothing_is_ranked,
    shares_of_a_county_are_for_whoever_sees_all_of_it,
}

async fn shares_of_a_county_are_for_whoever_sees_all_of_it(world: &mut World) {
    let county = world.app.directory().name_of(world.org(COUNTY)).to_owned();
    for login in ["shiwei", "xianwei"] {
        world.visitor(login).await.get("/evaluations/targets").await.says(&county);
    }
    // A post for one field reaches the county's own organisation, which is of that field, and not what stands below it.
    let field = world.app.directory().org(world.org(COUNTY)).unwrap().field.clone();
    let (mut tx, _) = world.tx(date(2026, 11, 22)).await;
    let sql = "update post_grant set fields = $1 where person_id = (select id from person where login = 'hangye')";
    store::execute(tx.connection(), sql, [format!("[\"{field}\"]").into()]).await.unwrap();
    tx.changed("post_grant", 1, None);
    world.commit(tx).await;
    let mut line = world.visitor("hangye").await;
    line.get("/evaluations/targets").await.hides(&county).says("没有可以看的目标");
    line.get("/evaluations/targets?export=csv").await.hides(&county);
    line.get("/evaluations").await.hides("先进后进目标");
}

async fn statuses(world: &World, address: &str) -> Vec<(&'static str, u16)> {
    let mut found = Vec::new();
    for login in ["shiwei", "xianwei", "zhenwei", "jiedao", "shuji", "shuji2", "beimen", "hangye"] {
        let mut visitor = world.visitor(login).await;
        found.push((login, visitor.get(address).await.status.as_u16()));
    }
    found
}

/// Who comes to a result by searching its name.
async fn finders(world: &World, id: i64) -> Vec<&'static str> {
    let mut found = Vec::new();
    for login in ["shiwei", "xianwei", "zhenwei", "jiedao", "shuji", "shuji2", "beimen", "hangye"] {
        let seen = world.visitor(login).await.get(&format!("/search?q={}", server::http::list::encoded("五星"))).await.is(StatusCode::OK);
        if seen.body.contains(&format!("href=\"/evaluations/{id}\"")) {
            found.push(login);
        }
    }
    found
}

async fn before_the_draft_only_the_organisers_see_it(world: &mut World) {
    let id = opened(world).await;
    let hidden =
        [("shiwei", 404), ("xianwei", 200), ("zhenwei", 404), ("jiedao", 404), ("shuji", 404), ("shuji2", 404), ("beimen", 404), ("hangye", 404)];
    for address in [
        format!("/evaluations/{id}"),
        row_address(id, world.org(SONGLIN)),
        format!("/evaluations/{id}/tiers"),
        format!("/evaluations/{id}/scheme"),
        format!("/evaluations/{id}/workbook"),
    ] {
        assert_eq!(statuses(world, &address).await, hidden, "{address}");
    }
    assert_eq!(finders(world, id).await, ["xianwei"]);
    let mut branch = world.visitor("shuji").await;
    branch.get("/evaluations").await.is(StatusCode::OK).says("还没有发给您的结果").hides("五星支部评定");
    let mut absent = world.visitor("shuji").await;
    let (there, not_there) = (branch.get(&format!("/evaluations/{id}")).await, absent.get("/evaluations/999999").await);
    assert_eq!((there.status, there.text()), (not_there.status, not_there.text()), "the same answer");
}

async fn those_concerned_see_their_own(world: &mut World) {
    let id = opened(world).await;
    act(world, id, "xianwei", OPENS, "send_draft", &[("note", "请核对")]).await.unwrap();
    let address = format!("/evaluations/{id}");
    let expected =
        [("shiwei", 404), ("xianwei", 200), ("zhenwei", 200), ("jiedao", 404), ("shuji", 200), ("shuji2", 200), ("beimen", 404), ("hangye", 200)];
    assert_eq!(statuses(world, &address).await, expected);
    assert_eq!(finders(world, id).await, ["xianwei", "zhenwei", "shuji", "shuji2", "hangye"]);
    let mut branch = world.visitor("shuji").await;
    let draft = branch.get(&address).await.says("松林村").hides("上河村").hides("青石中心学校");
    // Figures of the others wait until it is published; what is seen is not passed off as the whole.
    draft.says("您看得到 1 个党支部").says("全组的结果公布后显示").hides("同类 2 个党支部，").hides("得分分布");
    let mut line = world.visitor("hangye").await;
    line.get(&format!("{address}?cohort=all")).await.says("青石中心学校").hides("松林村");
    let mut town = world.visitor("zhenwei").await;
    town.get(&format!("{address}?cohort=all")).await.says("松林村").says("上河村").says("青石中心学校");
    publish_draft(world, id).await;
    let mut city = world.visitor("shiwei").await;
    city.get(&format!("{address}?cohort=all")).await.is(StatusCode::OK).says("松林村").says("上河村");
    let mut branch = world.visitor("shuji").await;
    branch.get(&address).await.says("同类 2 个党支部，评为五星").says("您看得到其中 1 个").says("全组得分分布");
    let mut officer = world.visitor("xianwei").await;
    officer.get(&address).await.says("同类 2 个党支部，评为五星").hides("您看得到").hides("全组");
    branch.get(&format!("{address}?cohort=all&q=%E6%9D%91")).await.says("松林村").hides("上河村");
    branch.get(&format!("{address}?cohort=all&export=csv")).await.hides("上河村").is(StatusCode::OK);
}

async fn what_is_out_of_reach_is_as_if_it_were_not(world: &mut World) {
    let id = opened(world).await;
    publish(world, id).await;
    let absent = world.visitor("shuji2").await.get(&row_address(id, 999_999)).await;
    for (login, code) in [("shuji2", SONGLIN), ("shuji", SHANGHE), ("shuji", SCHOOL), ("hangye", SONGLIN), ("beimen", SONGLIN)] {
        let mut visitor = world.visitor(login).await;
        for end in ["", "/document", "/workbook", "?item=theme_day"] {
            let seen = visitor.get(&format!("{}{end}", row_address(id, world.org(code)))).await;
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{login} {code} {end}");
            assert_eq!(seen.text(), absent.text(), "{login} {code} {end}");
        }
    }
    // A branch of another county is not in the result at all.
    let mut officer = world.visitor("xianwei").await;
    officer.get(&row_address(id, world.org(BEIMEN))).await.is(StatusCode::NOT_FOUND);
}

/// What a star, a rank or a comparison by name looks like.
fn comparisons(text: &str) -> Vec<String> {
    let text = text.replace("不排名次", "").replace("这里不评星", "");
    let mut found = Vec::new();
    for mark in ["★", "名次", "排第", "排名第", "暂不评定", "拟评"] {
        if text.contains(mark) {
            found.push(mark.to_owned());
        }
    }
    for (before, after) in [("第 ", " 名"), ("第", "名"), ("评为", "星")] {
        for rest in text.split(before).skip(1) {
            let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || "一二三四五".contains(*c)).collect();
            if (!number.is_empty() || before == "评为") && rest[number.len()..].starts_with(after) {
                found.push(format!("{before}{number}{after}"));
            }
        }
    }
    // A tier stands by itself: as a cell, a badge, a line.
    found.extend(text.split_whitespace().filter(|word| TIERS.contains(word)).map(str::to_owned));
    found
}

const TIERS: [&str; 3] = ["先进", "中间", "后进"];

/// The lists of an evaluation; 整顿 works on published stars and is open only to those who work on it. The sheet of components,
/// in the demo alone, shows a star as a component.
const EVALUATIONS: [&str; 4] = ["/evaluations", "/rankings", "/weak-lists", "/components"];

/// Whom the walk asks: one of each role.
const ROLES: [&str; 8] = ["shiwei", "xianwei", "zhenwei", "shuji", "dangyuan", "hangye", "ducha", "guanli"];

async fn between_the_points_nothing_is_ranked(world: &mut World) {
    assert_eq!(world.app.pack().tiers.values().map(|tier| tier.name.as_str()).collect::<Vec<_>>(), TIERS);
    half_a_year(world).await;
    // The day before the point: what is entered now lies before it.
    let before = date(2026, 7, 10);
    world.go_to(before).await;
    // Something that a secretary signed himself.
    let record = [("kind", "theme_day"), ("held_on", "2026-07-09"), ("topic", "学习"), ("form", "names")];
    world.visitor("shuji").await.post("/activities", &record).await.is(StatusCode::SEE_OTHER);
    some_of_everything(world, before).await;
    let mut seen = BTreeSet::new();
    for login in ROLES {
        walk(world, login, &[], &mut seen).await;
    }
    let never: Vec<&str> = table(&world.app).iter().filter(|line| line.method == "GET" && !seen.contains(line.path)).map(|line| line.path).collect();
    let unexpected: Vec<&&str> = never.iter().filter(|path| !UNSEEN.iter().any(|start| path.starts_with(start))).collect();
    assert!(unexpected.is_empty(), "nobody came to {unexpected:?}; give the world such a thing, or say in UNSEEN why not");
    // With a published result it is the same everywhere but in the result itself.
    let id = opened_again(world).await;
    publish(world, id).await;
    for login in ROLES {
        walk(world, login, &EVALUATIONS, &mut seen).await;
    }
}

/// Beginnings of routes that the first walk does not come to, because there is no such thing between the points.
const UNSEEN: &[&str] = &[
    "/evaluations/{id}",
    "/rankings/{id}",
    "/weak-lists/{id}",
    "/rectifications/{id}",
    // Needs nobody signed in, and shows no record.
    "/assets/",
    "/sign-in",
    "/components",
    // Forms of a state that nobody is in here: a village of one's own, a transfer, an exemption, a departure that waits.
    "/villages/{id}/income",
    "/transfers/{id}/return",
    "/exemptions/{id}/decline",
    "/members/{id}/back",
    "/members/{id}/entries/{entry}/return",
    // A kept question leads on to its table (pivot.rs), and shows nothing itself.
    "/figures/views/{id}",
    // Tasks and imports have worlds of their own; what they show of an organisation are counts of their own records.
    "/tasks/{id}",
    "/tasks/directives/{id}/issue",
    "/tasks/directives/{id}/compare",
    "/tasks/directives/{id}/fulfilment",
    // The month's report on how responsibility was passed on is a document of levels and units (scenarios).
    "/tasks/cascade/report",
    "/imports/{id}",
    // Ballots have their own world, too (ballots.rs): what a sitting came to, seen by whoever held it and whoever it is about.
    "/ballots/{id}",
    // One project and one whole have their own world (projects.rs, scenarios): steps, days and what was written, no figure that compares.
    "/projects/entries/{id}",
    "/projects/wholes/{id}",
    // Rows of ledgers and written reviews say what was done, and no figure of anybody; walked through in the scenarios.
    "/ledgers/{key}/rows/{id}",
    "/programmes/reviews/{id}",
    // Drafts of schemes, too (schemes.rs): rules and no figure of anybody.
    "/schemes/{id}",
    "/matters/items/{id}/files/{file}",
    // What is attached to a step; what a unit answers to an order (problems.rs, scenarios).
    "/problems/{id}/files/{file}",
    "/problems/self-checks/units/{id}/actions/{action}",
    // The reply to what was fed back: only when everything is over.
    "/problems/feedback/{id}",
    // Inspections and visits have their own walks (scenarios): what was seen on site, and no figure of anybody beside it.
    "/inspections/{id}",
    "/visits/{id}",
    "/visits/tags/{id}/end",
    "/records/{id}",
    // Tables have a world of their own (tables.rs, scenarios): what units answered, what is asked of communities, no figure that compares them.
    "/tables/{id}",
    "/burden/units/{id}",
    "/burden/items/{id}",
    "/burden/demands/{id}",
    "/burden/approvals/{id}",
    // Offices, their parts and meetings say what was done by when; walked through in the scenarios.
    "/departments/{id}",
    "/departments/parts/{id}",
    "/party-meetings/{id}",
    "/duty-logs/entries/{id}/withdraw",
    // Reports of secretaries and contests have worlds of their own (appraisals.rs, contests.rs, scenarios): own grades, and others' once published.
    "/appraisals/new",
    "/appraisals/{id}",
    "/appraisals/reports/{id}",
    "/contests/{id}",
    "/contests/entries/{id}",
    // Whoever decides about a title has the published results before him (result_use); walked through in the scenarios.
    "/selections/entries/{id}",
];

/// One of each thing that has a page, entered as people do.
async fn some_of_everything(world: &World, day: Date) {
    let (mut tx, console) = world.tx(day).await;
    unit::upsert_villages(&world.app, &mut tx, &console, vec![NewVillage { code: "990101001001".to_owned(), name: "松林村".to_owned() }])
        .await
        .unwrap();
    let income = NewIncome {
        village_code: "990101001001".to_owned(),
        year: 2025,
        operating_fen: 2_284_000,
        total_fen: None,
        source: "村级集体经济.xlsx".to_owned(),
    };
    unit::set_income(&world.app, &mut tx, &console, income).await.unwrap();
    world.commit(tx).await;
    let mut branch = world.visitor("shuji").await;
    branch.post("/suggestions", &[("text", "记录页请按小组排"), ("draft_key", "k1")]).await.is(StatusCode::SEE_OTHER);
    let mut county = world.visitor("xianwei").await;
    let songlin = world.org(SONGLIN).to_string();
    let problem = [
        ("organisation", songlin.as_str()),
        ("source", "督查检查"),
        ("kind", "党务公开不到位"),
        ("text", "公开栏半年没有更新"),
        ("owner", "支部书记 马正华"),
        ("due_on", "2026-08-10"),
    ];
    county.post("/problems/new", &problem).await.is(StatusCode::SEE_OTHER);
    let town = world.org(TOWN).to_string();
    let slip = [
        ("organisation", town.as_str()),
        ("kind", "problem_slip"),
        ("what", "四个支部没有记录"),
        ("standard", "补上说明"),
        ("owner", "组织委员 罗长青"),
        ("due_on", "2026-08-10"),
    ];
    county.post("/matters/three_slips/new", &slip).await.is(StatusCode::SEE_OTHER);
    let order = [
        ("procedure", "self_check"),
        ("kind", "党务公开不到位"),
        ("field", "rural"),
        ("level", "branch"),
        ("reason", "对照公开栏查一查"),
        ("due_on", "2026-08-10"),
    ];
    county.post("/problems/self-checks/new", &order).await.is(StatusCode::SEE_OTHER);
    let mut city = world.visitor("shiwei").await;
    let speech = "在全市基层党建工作推进会上的讲话\n（2026年6月16日）\n同志们：\n各县（市、区）要在2027年6月底前建成党群服务站12个。\n";
    city.upload("/tasks/directives/new", "file", "讲话.txt", speech.as_bytes().to_vec()).await.is(StatusCode::SEE_OTHER);
}

async fn opened_again(world: &mut World) -> i64 {
    super::as_demo(world, OPENS).await;
    let entry = super::file(world, OPENS).await;
    super::judge_everything(world, OPENS).await;
    super::open(world, entry).await
}

/// Opens every page that one comes to from the route table and from link to link, a few of each route; adds the routes to `seen`.
async fn walk(world: &World, login: &str, except: &[&str], seen: &mut BTreeSet<&'static str>) {
    const OF_EACH_MAX: usize = 2;
    let routes: Vec<&'static str> =
        table(&world.app).iter().filter(|line| line.method == "GET" && !matches!(line.needs, Needs::Nothing)).map(|line| line.path).collect();
    let mut visitor = world.visitor(login).await;
    // What a script asks for.
    let parts = [COUNTY, TOWN].map(|code| format!("/organisations/tree/{}?list=organisations", world.org(code)));
    // An organisation with something to explain: it has no committee on record.
    let explained = format!("/organisations/{}", world.org(SCHOOL));
    let day = format!("/activities/day?organisation={}&kind=theme_day&held_on=2026-06-15", world.org(SONGLIN));
    let proposed = "/matters/accountability_ladder/proposals".to_owned();
    let mut known = BTreeSet::new();
    let mut n_of = BTreeMap::new();
    let mut waiting: VecDeque<String> =
        routes.iter().filter(|path| !path.contains('{')).map(|path| (*path).to_owned()).chain(parts).chain([day, explained, proposed]).collect();
    while let Some(address) = waiting.pop_front() {
        let Some(route) = route_of(&routes, &address).filter(|route| !except.iter().any(|start| route.starts_with(start))) else { continue };
        if !known.insert(address.clone()) || *n_of.get(route).unwrap_or(&0) >= OF_EACH_MAX {
            continue;
        }
        let answer = visitor.get(&address).await;
        assert!(!answer.status.is_server_error(), "{login} {address}");
        if answer.status != StatusCode::OK {
            continue;
        }
        *n_of.entry(route).or_insert(0) += 1;
        seen.insert(route);
        let kind = answer.headers.get("content-type").map_or("", |it| it.to_str().unwrap()).to_owned();
        let text = if kind.starts_with("text/html") {
            waiting.extend(links(&answer.body));
            answer.text()
        } else if kind.contains("spreadsheetml") {
            words_of_sheets(&visitor.bytes(&address).await)
        } else if kind.contains("wordprocessingml") {
            office::document::read_text(&visitor.bytes(&address).await).unwrap()
        } else {
            answer.body
        };
        let mut found = comparisons(&text);
        // The rules themselves name tiers and say when there is no star; they are about nobody.
        if route.starts_with("/policies") {
            found.retain(|mark| mark.starts_with(['第', '★']));
        }
        assert!(found.is_empty(), "{login} sees {found:?} on {address}: {text}");
    }
    assert!(n_of.len() >= 10, "{login} came to {} routes only", n_of.len());
}

/// The route of an address: segment by segment, one that is written out before one with a parameter.
fn route_of(routes: &[&'static str], address: &str) -> Option<&'static str> {
    let path = address.split('?').next().unwrap_or_default();
    let fits = |route: &&&'static str| {
        route.split('/').count() == path.split('/').count() && route.split('/').zip(path.split('/')).all(|(a, b)| a == b || a.starts_with('{'))
    };
    routes.iter().filter(fits).min_by_key(|route| route.matches('{').count()).copied()
}

/// Addresses of the same server that a page leads to.
fn links(body: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(body);
    let anchors = scraper::Selector::parse("a[href], [data-href], [hx-get]").unwrap();
    page.select(&anchors)
        .filter_map(|it| ["href", "data-href", "hx-get"].into_iter().find_map(|name| it.value().attr(name)))
        .filter(|href| href.starts_with('/'))
        .map(|href| href.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

fn words_of_sheets(bytes: &[u8]) -> String {
    let sheets = read_workbook(bytes, &Limits::default()).unwrap();
    let cells = sheets.into_iter().flat_map(|sheet| sheet.rows).flat_map(|row| row.cells);
    cells.filter_map(|cell| if let Cell::Text(text) = cell { Some(text) } else { None }).collect::<Vec<_>>().join("\n")
}

#[test]
fn comparisons_are_recognised() {
    assert_eq!(comparisons("同类 118 个中第 25 名"), ["第 25 名"]);
    assert_eq!(comparisons("评为星"), ["评为星"]);
    assert_eq!(comparisons("被评为五星 后进 支部"), ["评为五星", "后进"]);
    assert!(comparisons("第一书记 党支部星级评定 第 2 页 共 38 名").is_empty());
}
