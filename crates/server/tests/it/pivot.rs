//! Figures asked for freely: equal to independent counts, within reach only, down to their records; questions kept and shared.

use axum::http::StatusCode;
use jiff::civil::date;
use scraper::{ElementRef, Html, Selector};
use server::http::list::encoded;

use crate::duties::{attributes, texts};
use crate::visitor::{Seen, Visitor};
use crate::world::{BEIMEN, CITY, COUNTY, OTHER_COUNTY, SCHOOL, SHANGHE, SONGLIN, STREET, TOWN, World, on_both};

on_both! {
    figures_are_those_of_the_records,
    rates_are_of_all_records_at_every_level,
    nobody_sees_beyond_his_reach,
    a_figure_opens_its_records,
    questions_are_kept_and_shared,
    fields_and_levels_can_be_asked_for,
    where_an_office_stands_goes_into_the_table_for_maps,
}

/// A row of the table: its name, and of each cell the figure, the small print, the way to its records.
struct Row {
    name: String,
    cells: Vec<(String, String, String)>,
}

fn rows(seen: &Seen) -> Vec<Row> {
    let page = Html::parse_document(&seen.body);
    let select = |css: &str| Selector::parse(css).unwrap();
    let (row, head, cell, small, link) = (select(".figure-table tbody tr"), select("th"), select("td"), select("small"), select("a"));
    let words = |it: ElementRef<'_>| it.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let part = |it: ElementRef<'_>, css: &Selector| it.select(css).next().map(words).unwrap_or_default();
    page.select(&row)
        .map(|row| {
            let name = row.select(&head).next().unwrap();
            let small_of = |it: ElementRef<'_>| part(it, &small);
            let cells = row.select(&cell).map(|it| {
                let note = small_of(it);
                let text = words(it);
                let href = it.select(&link).next().and_then(|link| link.value().attr("href")).unwrap_or_default().to_owned();
                (text.strip_suffix(note.as_str()).unwrap_or(&text).trim().to_owned(), note, href)
            });
            let note = small_of(name);
            let text = words(name);
            Row { name: text.strip_suffix(note.as_str()).unwrap_or(&text).trim().to_owned(), cells: cells.collect() }
        })
        .collect()
}

fn row<'a>(rows: &'a [Row], name: &str) -> &'a Row {
    rows.iter()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("no row {name} among {:?}", rows.iter().map(|row| &row.name).collect::<Vec<_>>()))
}

fn figures(row: &Row) -> Vec<&str> {
    row.cells.iter().map(|(text, ..)| text.as_str()).collect()
}

/// Some months of theme days: 松林村 ten, 上河村 the even ones, 北门第一 three.
async fn some_months(world: &World) {
    let mut records = Vec::new();
    for month in 1..=10 {
        records.push(world.held(SONGLIN, "theme_day", date(2026, month, 10)));
        if month % 2 == 0 {
            records.push(world.held(SHANGHE, "theme_day", date(2026, month, 12)));
        }
        if month <= 3 {
            records.push(world.held(BEIMEN, "theme_day", date(2026, month, 8)));
        }
    }
    records.push(world.held(SONGLIN, "general_meeting", date(2026, 2, 20)));
    world.record(records).await;
}

/// Counted without the engine: events of a kind at an organisation (or anywhere) between two days.
async fn counted(world: &World, what: &str, kinds: &str, organisation: Option<i64>, from: &str, until: &str) -> i64 {
    let at = organisation.map_or(String::new(), |id| format!(" and organisation_id = {id}"));
    let sql = format!("select cast(coalesce({what}, 0) as bigint) from event where kind in ({kinds}) and day >= '{from}' and day < '{until}'{at}");
    world.count(&sql).await
}

const QUARTERS: [(&str, &str); 4] =
    [("2026-01-01", "2026-04-01"), ("2026-04-01", "2026-07-01"), ("2026-07-01", "2026-10-01"), ("2026-10-01", "2027-01-01")];

const BRANCHES: [(&str, Option<&str>); 5] = [
    ("合计", None),
    ("松林村党支部", Some(SONGLIN)),
    ("上河村党支部", Some(SHANGHE)),
    ("北门社区第一党支部", Some(BEIMEN)),
    ("青石中心学校党支部", Some(SCHOOL)),
];

async fn figures_are_those_of_the_records(world: &mut World) {
    some_months(world).await;
    let mut city = world.visitor("shiwei").await;
    let present = "'activity.general_meeting.present', 'activity.theme_day.present'";
    for (pick, what, kinds) in [("m.theme_days", "count(*)", "'activity.theme_day'"), ("m.members_present", "sum(quantity)", present)] {
        let rows = rows(&city.get(&format!("/figures?level=branch&pick={pick}")).await.is(StatusCode::OK));
        for (name, code) in BRANCHES {
            let organisation = code.map(|code| world.org(code));
            let mut expected = Vec::new();
            for (from, until) in QUARTERS {
                expected.push(counted(world, what, kinds, organisation, from, until).await);
            }
            expected.push(expected.iter().sum());
            assert!(organisation.is_some_and(|id| id == world.org(SCHOOL)) || expected[0] > 0, "{name}: the world holds something to count");
            let expected: Vec<String> = expected.into_iter().map(|n| server::http::view::grouped(n.unsigned_abs())).collect();
            assert_eq!(figures(row(&rows, name)), expected, "{pick} {name}");
        }
    }
    // 松林村 held all of its ten months; 上河村 one of three in the first quarter; six branches owe three months each.
    let seen = city.get("/figures?level=branch&pick=i.theme_day").await;
    let rows = rows(&seen);
    let rates = |name: &str| row(&rows, name).cells.iter().map(|(text, note, _)| format!("{text} {note}")).collect::<Vec<_>>();
    assert_eq!(rates("松林村党支部"), ["100% 3/3", "100% 3/3", "100% 3/3", "100% 1/1", "100% 10/10"]);
    assert_eq!(rates("上河村党支部")[0], "33.3% 1/3");
    assert_eq!(rates("合计")[0], "38.8% 7/18");
    let months = "select count(*) from (select distinct organisation_id, substr(day, 1, 7) as month from event where kind = 'activity.theme_day' and day < '2026-11-01') x";
    assert_eq!(rates("合计")[4].split(' ').nth(1).unwrap(), format!("{}/60", world.count(months).await));
    // The file says the same, with what each share is made of.
    let file = city.get("/figures?level=branch&pick=i.theme_day&export=csv").await.is(StatusCode::OK);
    let line = file.body.lines().find(|line| line.contains("上河村")).unwrap().to_owned();
    assert!(line.contains("33.3,1,3,0,"), "{line}");
    assert!(city.bytes("/figures?level=branch&pick=i.theme_day&export=xlsx").await.starts_with(b"PK"));
    // Nothing sorts by a figure, and what stands in no order of merit says so.
    assert!(attributes(&seen, ".figure-table thead a", "href").iter().all(|href| !href.contains("sort")));
    seen.says("按组织编码排列，不排名次");
}

async fn rates_are_of_all_records_at_every_level(world: &mut World) {
    some_months(world).await;
    world.go_to(date(2027, 1, 10)).await;
    let mut city = world.visitor("shiwei").await;
    let of = |part: &str, code: &str| {
        format!(
            "select cast(coalesce(sum(e.quantity), 0) as bigint) from event e join organisation o on o.id = e.organisation_id \
             where e.kind in ('activity.general_meeting.{part}', 'activity.theme_day.{part}') and o.code like '{code}%' and e.day < '2027-01-01'"
        )
    };
    for (address, name, code) in [
        ("/figures?year=2026&cols=year&pick=i.attendance_rate".to_owned(), "合计", CITY),
        ("/figures?year=2026&cols=year&pick=i.attendance_rate".to_owned(), "中共青屏县委员会", COUNTY),
        ("/figures?year=2026&cols=year&level=township&pick=i.attendance_rate".to_owned(), "中共北门街道工作委员会", STREET),
        (format!("/figures?year=2026&cols=year&organisation={}&pick=i.attendance_rate", world.org(TOWN)), "松林村党支部", SONGLIN),
    ] {
        let (above, below) = (world.count(&of("present", code)).await, world.count(&of("eligible", code)).await);
        assert!(below > 0 && above > 0, "{name}");
        let rows = rows(&city.get(&address).await.is(StatusCode::OK));
        let found = row(&rows, name);
        assert!(found.cells[0].1.starts_with(&format!("{above}/{below}")), "{name}: {:?}", found.cells);
    }
    // A year's rate has no quarters, and says why.
    let seen = city.get("/figures?year=2026&pick=i.attendance_rate").await;
    assert_eq!(figures(row(&rows(&seen), "合计"))[..4], ["—"; 4]);
    seen.says("“党员到会率”按年计，比它短的期间里没有数");
}

async fn nobody_sees_beyond_his_reach(world: &mut World) {
    some_months(world).await;
    let (town, street, county) = (world.org(TOWN), world.org(STREET), world.org(OTHER_COUNTY));
    let all = "/figures?level=branch&pick=m.theme_days&cols=year";
    let six = ["松林村党支部", "上河村党支部", "青石中心学校党支部", "北门社区第一党支部", "北门社区第二党支部", "新禾公司党支部"];
    for (login, seen_by, total) in [
        ("shiwei", vec![0, 1, 2, 3, 4, 5], 18),
        ("xianwei", vec![0, 1, 2], 15),
        ("zhenwei", vec![0, 1, 2], 15),
        ("jiedao", vec![3, 4, 5], 3),
        ("shuji2", vec![1], 5),
        ("hangye", vec![2], 0),
        ("ducha", vec![0, 3], 13),
    ] {
        let mut visitor = world.visitor(login).await;
        let page = visitor.get(all).await.is(StatusCode::OK);
        let file = visitor.get(&format!("{all}&export=csv")).await.is(StatusCode::OK);
        for (at, name) in six.into_iter().enumerate() {
            let is_seen = seen_by.contains(&at);
            assert_eq!(page.text().contains(name), is_seen, "{login} {name}");
            assert_eq!(file.body.contains(name), is_seen, "{login} {name} in the file");
        }
        assert_eq!(figures(row(&rows(&page), "合计")), [total.to_string()], "{login}");
        let behind = visitor.get("/figures/records?pick=m.theme_days&period=2026&export=csv").await.is(StatusCode::OK);
        assert_eq!(behind.body.lines().count() - 1, total, "{login}");
    }
    // Somebody else's place is no place at all.
    let mut stranger = world.visitor("zhenwei").await;
    let absent = stranger.get("/figures?organisation=999999&pick=m.theme_days").await.is(StatusCode::NOT_FOUND);
    for id in [street, county, world.org(BEIMEN)] {
        for path in ["/figures?pick=m.theme_days&organisation=", "/figures/records?pick=m.theme_days&period=2026&organisation="] {
            let there = stranger.get(&format!("{path}{id}")).await;
            assert_eq!((there.status, there.text()), (absent.status, absent.text()), "{path}{id}");
        }
    }
    world.visitor("shuji").await.get(&format!("/figures?pick=m.theme_days&organisation={town}")).await.is(StatusCode::NOT_FOUND);
    // A field's officer may look from the town: his own field is all there is.
    let line = world.visitor("hangye").await.get(&format!("/figures?pick=m.members&organisation={town}&cols=year")).await.is(StatusCode::OK);
    assert_eq!(figures(row(&rows(&line), "合计")), ["8"], "the school's members alone");
    line.hides("松林村").hides("上河村");
    // What one may not see is not counted: an inspector has no roster.
    let inspector = world.visitor("ducha").await.get("/figures?pick=m.members").await.is(StatusCode::OK);
    assert!(!attributes(&inspector, "input[name=pick]", "value").contains(&"m.members".to_owned()));
    inspector.says("先选要看的数");
    world.visitor("dangyuan").await.get("/figures").await.is(StatusCode::NOT_FOUND);
}

async fn a_figure_opens_its_records(world: &mut World) {
    some_months(world).await;
    let mut officer = world.visitor("zhenwei").await;
    let table = rows(&officer.get("/figures?pick=m.theme_days&pick=i.theme_day&pick=m.members&pick=i.secretary_in_post").await.is(StatusCode::OK));
    let mut n_opened = 0;
    for found in &table {
        for (text, _, href) in found.cells.iter().filter(|cell| !cell.2.is_empty()) {
            let behind = officer.get(href).await.is(StatusCode::OK);
            n_opened += 1;
            let n_records = texts(&behind, ".table-foot span").first().and_then(|foot| foot.split_whitespace().nth(1)?.parse::<usize>().ok());
            if !text.contains('%') && text != "—" {
                assert_eq!(n_records.unwrap_or_default().to_string(), *text, "{} {href}", found.name);
            }
        }
    }
    assert!(n_opened > 20, "{n_opened}");
    // The first quarter of 上河村: one month met, two not; the one leads to its record.
    let shanghe = world.org(SHANGHE);
    let mine = rows(&officer.get("/figures?pick=i.theme_day").await);
    let (text, note, href) = &row(&mine, "上河村党支部").cells[0];
    assert_eq!((text.as_str(), note.as_str()), ("33.3%", "1/3"));
    let behind = officer.get(href).await.says("应做 3 期，按期做到 1 期。").says("2026 年 2 月");
    assert_eq!(texts(&behind, "tbody .st"), ["没有做到", "做到", "没有做到"]);
    assert_eq!(attributes(&behind, "tbody td:nth-child(2) a", "href")[0], format!("/duties/{shanghe}/theme_day/2026-01"));
    let met = officer.get(&format!("{href}&state=met")).await;
    let records = attributes(&met, "tbody td:last-child a", "href");
    assert_eq!(records.len(), 1);
    let records = officer.get(&records[0]).await.says("共 1 条记录。");
    let record = attributes(&records, "tbody td:last-child a", "href");
    officer.get(&record[0]).await.is(StatusCode::OK).says("2026-02-12");
    // Members behind a count are named to those who see the roster, and open.
    let members = rows(&officer.get("/figures?pick=m.members&cols=year").await);
    let page = officer.get(&row(&members, "上河村党支部").cells[0].2).await.says("共 5 条记录");
    let links = attributes(&page, "tbody td:last-child a", "href");
    assert!(links.len() == 5 && links[0].starts_with("/members/"), "{links:?}");
    officer.get(&links[0]).await.is(StatusCode::OK);
    // Searched, sorted by day, a page at a time.
    let found = officer.get("/figures/records?pick=m.theme_days&period=2026&q=松林&sort=day&dir=desc").await;
    assert_eq!(texts(&found, "tbody td:nth-child(2)").first().map(String::as_str), Some("2026-10-10"));
    assert_eq!(texts(&found, "tbody tr").len(), 10);
}

/// Keeps a question; answers where it stands.
async fn keep(visitor: &mut Visitor, name: &str, question: &str, shared: &str) -> Seen {
    visitor.post("/figures/views", &[("name", name), ("question", question), ("shared", shared)]).await
}

/// The views on somebody's list: names, and where they open.
async fn listed(visitor: &mut Visitor) -> Vec<(String, String)> {
    let seen = visitor.get("/figures/views").await.is(StatusCode::OK);
    texts(&seen, "tbody td:first-child a").into_iter().zip(attributes(&seen, "tbody td:first-child a", "href")).collect()
}

async fn questions_are_kept_and_shared(world: &mut World) {
    some_months(world).await;
    let county = world.org(COUNTY);
    let question = format!("organisation={county}&level=branch&cols=year&page=3&nonsense=1&pick=m.theme_days");
    let mut officer = world.visitor("xianwei").await;
    keep(&mut officer, "全县主题党日", &question, "below").await.is(StatusCode::SEE_OTHER);
    let of_county = listed(&mut officer).await;
    assert_eq!(of_county.len(), 1);
    let (name, address) = of_county[0].clone();
    assert_eq!(name, "全县主题党日");
    let opened = officer.get(&address).await.is(StatusCode::SEE_OTHER);
    assert_eq!(opened.location, format!("/figures?organisation={county}&level=branch&cols=year&pick=m.theme_days"), "as the page would write it");
    assert_eq!(figures(row(&rows(&officer.get(&opened.location).await), "合计")), ["15"]);
    // Those below see the question, and of the answer what is theirs.
    for (login, total) in [("zhenwei", "15"), ("shuji2", "5"), ("shuji", "10")] {
        let mut below = world.visitor(login).await;
        assert_eq!(listed(&mut below).await, of_county, "{login}");
        let opened = below.get(&address).await.is(StatusCode::SEE_OTHER);
        assert!(!opened.location.contains("organisation="), "{login}: {}", opened.location);
        let page = below.get(&opened.location).await.is(StatusCode::OK);
        assert_eq!(figures(row(&rows(&page), "合计")), [total], "{login}");
        // It is not his to drop.
        below.post(&format!("{address}/drop"), &[]).await.is(StatusCode::NOT_FOUND);
    }
    for login in ["jiedao", "beimen", "shiwei"] {
        let mut other = world.visitor(login).await;
        assert!(listed(&mut other).await.is_empty(), "{login}");
        other.get(&address).await.is(StatusCode::NOT_FOUND);
    }
    // With one's own office, and with nobody.
    let mut town = world.visitor("zhenwei").await;
    keep(&mut town, "镇里用", "pick=m.theme_days", "office").await.is(StatusCode::SEE_OTHER);
    keep(&mut town, "自己看", "pick=m.members", "own").await.is(StatusCode::SEE_OTHER);
    let names = |list: Vec<(String, String)>| list.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(listed(&mut town).await).len(), 3);
    let colleague = names(listed(&mut world.visitor("zhenwei2").await).await);
    assert!(colleague.contains(&"镇里用".to_owned()) && !colleague.contains(&"自己看".to_owned()), "{colleague:?}");
    assert_eq!(names(listed(&mut world.visitor("shuji").await).await), ["全县主题党日"]);
    // The same name replaces; a question without figures, or shared further than one looks after, is refused.
    keep(&mut town, "自己看", "pick=m.theme_days", "own").await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from figure_view").await, 3);
    keep(&mut town, "空的", "cols=year", "own").await;
    town.get("/figures").await.says("请先选要看的数，再保存这个查询");
    let mut branch = world.visitor("shuji").await;
    keep(&mut branch, "给下级", "pick=m.theme_days", "below").await;
    branch.get("/figures?pick=m.theme_days").await.says("共享给所有下级的，由负责督导下级的岗位保存");
    assert_eq!(world.count("select count(*) from figure_view").await, 3);
    officer.post(&format!("{address}/drop"), &[]).await.is(StatusCode::SEE_OTHER);
    assert!(listed(&mut branch).await.is_empty());
    assert_eq!(world.count("select count(*) from audit where operation in ('figures.save', 'figures.drop')").await, 5);
}

async fn fields_and_levels_can_be_asked_for(world: &mut World) {
    some_months(world).await;
    let mut city = world.visitor("shiwei").await;
    let seen = city.get("/figures?cols=field&period=2026-Q1&pick=m.theme_days").await.is(StatusCode::OK);
    let heads = texts(&seen, ".figure-table thead tr:nth-child(2) th");
    let found = rows(&seen);
    let of = |name: &str, field: &str| {
        let at = heads.iter().position(|head| head == field).unwrap_or_else(|| panic!("no {field} among {heads:?}"));
        row(&found, name).cells[at].clone()
    };
    assert_eq!((of("合计", "农村").0, of("合计", "城市社区").0, of("合计", "各领域").0), ("4".to_owned(), "3".to_owned(), "7".to_owned()));
    assert_eq!((of("中共青屏县委员会", "农村").0, of("中共映江区委员会", "城市社区").0), ("4".to_owned(), "3".to_owned()));
    city.get(&of("中共青屏县委员会", "农村").2).await.is(StatusCode::OK).says("共 4 条记录").hides("北门");
    // From the city to the county, the town, the branch: one step a time, the question kept.
    let mut address = "/figures?cols=year&pick=m.theme_days".to_owned();
    for (name, total) in [("中共青屏县委员会", "15"), ("中共青石镇委员会", "15"), ("松林村党支部", "10")] {
        let page = city.get(&address).await.is(StatusCode::OK);
        assert_eq!(figures(row(&rows(&page), name)), [total]);
        let link = scraper::Html::parse_document(&page.body)
            .select(&Selector::parse(".figure-table tbody th a").unwrap())
            .find(|link| link.text().collect::<String>() == name)
            .and_then(|link| link.value().attr("href"))
            .unwrap()
            .to_owned();
        address = link;
    }
    assert_eq!(address, format!("/organisations/{}", world.org(SONGLIN)));
    // A chart draws all together, and its marks lead to the records.
    let chart = city.get("/figures?pick=i.theme_day&show=chart").await.is(StatusCode::OK);
    let option = attributes(&chart, "[data-chart]", "data-chart");
    assert!(option[0].contains("/figures/records?") && option[0].contains("38.8"), "{option:?}");
    assert!(!option[0].contains("松林村"), "organisations are not drawn against each other");
    // One small chart for each office of the level, in the order of their codes, all on one axis; branches are not drawn side by side.
    let each = city.get("/figures?cols=month&pick=m.theme_days&show=each").await.is(StatusCode::OK);
    let names: Vec<String> = rows(&city.get("/figures?cols=month&pick=m.theme_days").await).into_iter().map(|row| row.name).collect();
    let drawn = texts(&each, ".figure-each figcaption a");
    assert_eq!(drawn, names.into_iter().filter(|name| !["合计", "本级"].contains(&name.as_str())).collect::<Vec<_>>());
    assert!(drawn.len() > 1 && drawn[0].contains("委员会"), "{drawn:?}");
    let options = attributes(&each, ".figure-each [data-chart]", "data-chart");
    let option = |text: &String| -> serde_json::Value { serde_json::from_str(text).unwrap() };
    assert!(options.iter().map(option).all(|option| option["yAxis"]["max"] == 2.0 && option["xAxis"]["data"].as_array().unwrap().len() == 12));
    let of_county = options.iter().map(option).find(|option| option["series"][0]["data"][1]["value"] == 2.0).expect("two in February");
    assert!(of_county["series"][0]["data"][1]["href"].as_str().unwrap().contains("/figures/records?organisation="), "{of_county}");
    each.says("每个图都是 0 到 2，按组织编码排列").says("看数字");
    let branches = city.get("/figures?level=branch&pick=m.theme_days&show=each").await.is(StatusCode::OK);
    assert!(attributes(&branches, "[data-chart]", "data-chart").is_empty());
    branches.says("党支部之间不画对比图");
    let narrowed = city.get(&format!("/figures?level=branch&field=rural&cols=year&pick=m.theme_days&q={}", encoded("上河"))).await;
    assert_eq!(rows(&narrowed).iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["合计", "上河村党支部"]);
}

async fn where_an_office_stands_goes_into_the_table_for_maps(world: &mut World) {
    let id = crate::evaluations::opened(world).await;
    crate::evaluations::publish(world, id).await;
    let town = format!("/organisations/{}", world.org(TOWN));
    let mut officer = world.visitor("zhenwei").await;
    officer.get(&town).await.is(StatusCode::OK).hides("东经");
    let place = format!("{town}/place");
    officer.get(&place).await.is(StatusCode::OK).says("CGCS2000");
    for (longitude, latitude) in [("101.5456", ""), ("180.5", "25"), ("101.1234567", "25"), ("东边", "25")] {
        let refused = officer.post(&place, &[("longitude", longitude), ("latitude", latitude)]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("十进制度数，最多六位小数");
    }
    officer.post(&place, &[("longitude", "101.5456"), ("latitude", "25.0387")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&town).await.says("东经 101.5456°，北纬 25.0387°（CGCS2000）");
    assert_eq!(world.visitor("jiedao").await.get(&place).await.status, StatusCode::NOT_FOUND);
    let mut county = world.visitor("xianwei").await;
    let file = county.get(&format!("/evaluations/{id}/charts?export=csv")).await.is(StatusCode::OK).body;
    assert!(file.lines().next().unwrap().contains("经度（CGCS2000）"), "{file}");
    assert!(file.lines().any(|line| line.contains(TOWN) && line.contains("101.5456,25.0387")), "{file}");
}
