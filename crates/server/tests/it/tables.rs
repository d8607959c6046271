//! Tables asked once: what is known is not asked, what was answered this year neither; who allows what is above the ceiling; what the
//! merged workbook holds.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use office::sheet::{Limits, read_workbook};
use server::asked::{self, AskedColumn, Edit, NewTable, Units};
use server::burden;
use server::import::cell_text;
use store::{Actor, OrgId};

use crate::evaluations::{actor, give, refusal};
use crate::world::{BEIMEN, CITY, COUNTY, OTHER_COUNTY, SHANGHE, SONGLIN, STREET, TOWN, World, morning, on_both};

on_both! {
    what_is_known_or_was_answered_this_year_is_not_asked,
    the_merged_workbook_stands_under_the_offices_own_heading,
    columns_are_picked_and_an_earlier_answer_is_put_right,
    what_is_sent_back_does_not_stand_and_a_table_is_closed_with_a_reason,
    above_the_ceiling_somebody_else_allows_it_by_name,
    a_community_is_asked_what_its_county_has_listed,
    a_cost_counts_what_units_have_open,
    a_line_body_asks_for_itself_and_sees_no_other_office,
}

const DAY: Date = date(2026, 11, 22);
const HEADINGS: [&str; 4] = ["序号", "党组织名称", "活动场所面积（平方米）", "存在的问题"];

async fn compose(world: &World, login: &str, office: &str, headings: &[&str]) -> i64 {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let new = NewTable {
        organisation: world.org(office),
        title: "活动场所统计表".to_owned(),
        due_on: DAY.checked_add(10.days()).unwrap(),
        heading: vec!["青石镇活动场所统计表".to_owned(), "填报单位：青石镇　单位：平方米".to_owned()],
        headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
        ..NewTable::default()
    };
    let id = asked::create(&world.app, &mut tx, &who, new).await.unwrap();
    world.commit(tx).await;
    id
}

async fn columns(world: &World, id: i64) -> Vec<AskedColumn> {
    asked::columns_of(world.app.store().reader(), id).await.unwrap()
}

async fn to(world: &World, login: &str, id: i64, units: &[OrgId], permitted: &str) {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
    let columns = asked::columns_of(tx.connection(), id).await.unwrap();
    let edit = Edit {
        title: "活动场所统计表".to_owned(),
        due_on: DAY.checked_add(10.days()).unwrap(),
        units: Units { ids: units.to_vec(), ..Units::default() },
        permitted: permitted.to_owned(),
        columns: columns.iter().map(|column| (column.id, column.known.clone(), column.kind)).collect(),
        ..Edit::default()
    };
    asked::edit(&world.app, &mut tx, &who, id, edit).await.unwrap();
    world.commit(tx).await;
}

async fn issue(world: &World, login: &str, id: i64) -> anyhow::Result<usize> {
    let who = actor(&world.app, login, DAY).await;
    let mut tx = world.app.begin(&who, morning(DAY)).await?;
    let n = asked::issue(&world.app, &mut tx, &who, id).await?;
    world.commit(tx).await;
    Ok(n)
}

async fn answer(world: &World, login: &str, id: i64, unit: &str, said: &[&str], day: Date) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    let columns = asked::columns_of(tx.connection(), id).await?;
    let values: BTreeMap<i64, String> =
        columns.iter().filter(|column| column.is_asked()).zip(said).map(|(column, said)| (column.id, (*said).to_owned())).collect();
    asked::answer(&mut tx, &who, id, world.org(unit), &values).await?;
    world.commit(tx).await;
    Ok(())
}

async fn merged(world: &World, login: &str, id: i64) -> Vec<Vec<String>> {
    let bytes = world.visitor(login).await.bytes(&format!("/tables/{id}/export")).await;
    let sheets = read_workbook(&bytes, &Limits::default()).unwrap();
    sheets[0].rows.iter().map(|row| row.cells.iter().map(cell_text).collect()).collect()
}

async fn what_is_known_or_was_answered_this_year_is_not_asked(world: &mut World) {
    let known = compose(world, "zhenwei", TOWN, &["序号", "党组织名称", "书记", "党员人数"]).await;
    assert!(columns(world, known).await.iter().all(|column| !column.is_asked()));
    to(world, "zhenwei", known, &[world.org(SONGLIN)], "").await;
    assert!(refusal(issue(world, "zhenwei", known).await).contains("直接导出"));

    let first = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", first, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    assert_eq!(issue(world, "zhenwei", first).await.unwrap(), 2);
    answer(world, "shuji", first, SONGLIN, &["120.5", "无"], DAY).await.unwrap();
    assert_eq!(world.count("select cast(sum(n_typed) as bigint) from burden where source = 'asked_table'").await, 2);
    assert_eq!(world.count("select cast(sum(quantity) as bigint) from event where kind = 'table.typed'").await, 2);

    // The same heading in another table: who has answered is not asked, who has not is.
    let second = compose(world, "zhenwei", TOWN, &["党组织名称", "活动场所面积 （平方米）"]).await;
    to(world, "zhenwei", second, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    issue(world, "zhenwei", second).await.unwrap();
    assert_eq!(world.count(&format!("select cast(sum(n_asked) as bigint) from asked_unit where table_id = {second}")).await, 1);
    // A row ends with its last filled cell.
    let rows = merged(world, "zhenwei", second).await;
    assert_eq!(rows[3..], [vec!["松林村党支部".to_owned(), "120.5".to_owned()], vec!["上河村党支部".to_owned()]]);
    // What is answered everywhere is not issued at all.
    let third = compose(world, "zhenwei", TOWN, &["活动场所面积（平方米）"]).await;
    to(world, "zhenwei", third, &[world.org(SONGLIN)], "").await;
    assert!(refusal(issue(world, "zhenwei", third).await).contains("答过同样的栏目"));

    // What comes after its day is late.
    answer(world, "shuji2", second, SHANGHE, &["90"], DAY.checked_add(11.days()).unwrap()).await.unwrap();
    assert_eq!(world.count("select count(*) from asked_unit where is_late").await, 1);

    let rebuilt =
        server::facts::rebuild::rebuild(&world.app, &Actor::console(DAY), morning(DAY), server::facts::rebuild::Differences::Told).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()));
}

async fn columns_are_picked_and_an_earlier_answer_is_put_right(world: &mut World) {
    // Picked from what the product knows, beside what is written: nothing that is picked is asked.
    let mut town = world.visitor("zhenwei").await;
    town.get("/tables/new").await.says("系统填的栏目").says("正式党员数");
    let day = DAY.checked_add(10.days()).unwrap().to_string();
    let fields = [
        ("title", "场所表"),
        ("due_on", day.as_str()),
        ("pick", "organisation_name"),
        ("pick", "full_members"),
        ("headings", "活动场所面积（平方米）\n党组织名称"),
    ];
    town.post_parts("/tables/new", &fields).await.is(axum::http::StatusCode::SEE_OTHER);
    let id = world.count("select max(id) from asked_table").await;
    let composed: Vec<(String, bool)> = columns(world, id).await.into_iter().map(|column| (column.heading.clone(), column.is_asked())).collect();
    let expected = [("正式党员数", false), ("活动场所面积（平方米）", true), ("党组织名称", false)];
    assert_eq!(composed, expected.map(|(heading, is_asked)| (heading.to_owned(), is_asked)));

    // Answered once, taken over by the next table, put right there by the unit itself; the first table keeps what it was told.
    let first = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", first, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    issue(world, "zhenwei", first).await.unwrap();
    answer(world, "shuji", first, SONGLIN, &["120.5", "无"], DAY).await.unwrap();
    let second = compose(world, "zhenwei", TOWN, &["党组织名称", "活动场所面积（平方米）", "门牌"]).await;
    to(world, "zhenwei", second, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    issue(world, "zhenwei", second).await.unwrap();
    world.visitor("shuji").await.get(&format!("/tables/{second}")).await.says("以前答过、要更正的（1 项）").says("120.5");
    let of_first = format!("select count(*) from asked_answer where table_id = {second} and from_table_id = {first} and value = '120.5'");
    answer(world, "shuji", second, SONGLIN, &["120.5", "三组 9 号"], DAY).await.unwrap();
    assert_eq!(world.count(&of_first).await, 1, "left as it was");
    assert!(refusal(answer(world, "shuji", second, SONGLIN, &["一百三十", "三组 9 号"], DAY).await).contains("请写成数字"));
    answer(world, "shuji", second, SONGLIN, &["130", "三组 9 号"], DAY).await.unwrap();
    assert_eq!(world.count(&of_first).await, 0);
    let line = |rows: Vec<Vec<String>>| rows.into_iter().find(|row| row.iter().any(|cell| cell.contains("松林"))).unwrap();
    assert_eq!(line(merged(world, "zhenwei", second).await)[1..], ["130", "三组 9 号"]);
    assert!(line(merged(world, "zhenwei", first).await).contains(&"120.5".to_owned()));
    answer(world, "shuji", second, SONGLIN, &["131", "三组 9 号"], DAY).await.unwrap();
    assert_eq!(line(merged(world, "zhenwei", second).await)[1], "131", "and once more");
}

async fn the_merged_workbook_stands_under_the_offices_own_heading(world: &mut World) {
    let id = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", id, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    issue(world, "zhenwei", id).await.unwrap();
    for (said, sentence) in [(["很大", "无"], "请写成数字"), (["", "无"], "请填“活动场所面积（平方米）”")] {
        assert!(refusal(answer(world, "shuji", id, SONGLIN, &said, DAY).await).contains(sentence));
    }
    assert_eq!(world.count("select count(*) from asked_answer").await, 0);
    answer(world, "shuji", id, SONGLIN, &["120.5", "屋顶漏雨"], DAY).await.unwrap();
    let rows = merged(world, "zhenwei", id).await;
    assert_eq!(rows[0][0], "青石镇活动场所统计表");
    assert_eq!(rows[1][0], "填报单位：青石镇　单位：平方米", "every line that stood above the headings");
    assert_eq!(rows[2], HEADINGS);
    let of = |name: &str| rows.iter().find(|row| row.get(1).is_some_and(|cell| cell == name)).unwrap().clone();
    assert_eq!(of("松林村党支部")[2..], ["120.5", "屋顶漏雨"]);
    assert!(of("上河村党支部")[2..].iter().all(String::is_empty), "{rows:?}");
    // Who is not asked and did not ask finds nothing.
    for login in ["beimen", "jiedao", "dangyuan"] {
        let seen = world.visitor(login).await.get(&format!("/tables/{id}")).await;
        assert!(seen.status == 404 || seen.status == 403, "{login}: {}", seen.status);
    }
    world.visitor("xianwei").await.get(&format!("/tables/{id}")).await.says("松林村党支部");
}

async fn what_is_sent_back_does_not_stand_and_a_table_is_closed_with_a_reason(world: &mut World) {
    let id = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", id, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    issue(world, "zhenwei", id).await.unwrap();
    answer(world, "shuji", id, SONGLIN, &["120", "无"], DAY).await.unwrap();
    let town = actor(&world.app, "zhenwei", DAY).await;
    let mut tx = world.app.begin(&town, morning(DAY)).await.unwrap();
    asked::send_back(&mut tx, &town, id, world.org(SONGLIN), "面积和去年差太多").await.unwrap();
    world.commit(tx).await;
    assert!(merged(world, "zhenwei", id).await.iter().all(|row| !row.contains(&"120".to_owned())));
    let page = world.visitor("shuji").await.get(&format!("/tables/{id}")).await;
    assert!(page.body.contains("value=\"120\""), "what was said is offered again");
    page.says("面积和去年差太多");
    // What came in time and was sent back is not late for that.
    answer(world, "shuji", id, SONGLIN, &["118", "无"], DAY.checked_add(11.days()).unwrap()).await.unwrap();
    assert_eq!(world.count("select count(*) from asked_unit where is_late").await, 0);

    for (reason, is_done) in [("", false), ("上河村正在搬，不等了", true)] {
        let mut tx = world.app.begin(&town, morning(DAY)).await.unwrap();
        let done = asked::close(&mut tx, &town, id, reason).await;
        assert_eq!(done.is_ok(), is_done, "{done:?}");
        if is_done {
            world.commit(tx).await;
        }
    }
    assert!(refusal(answer(world, "shuji2", id, SHANGHE, &["90", "无"], DAY).await).contains("已经收齐关闭"));
}

async fn above_the_ceiling_somebody_else_allows_it_by_name(world: &mut World) {
    // A ceiling of a few minutes, as a pack might set it: the cost of one unit passes the month's hours.
    let headings: Vec<String> = (0..60).map(|n| format!("第 {n} 项说明")).collect();
    let id = compose(world, "xianwei", COUNTY, &headings.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let all: Vec<OrgId> = {
        let directory = world.app.directory();
        directory.subtree(world.org(COUNTY)).filter(|org| org.is_branch() && org.field == "rural").map(|org| org.id).collect()
    };
    to(world, "xianwei", id, &all, "").await;
    let cost = burden::Cost { n_units: 1, minutes: 6_001, most_minutes: 1, ceiling: Some(6_000), ..burden::Cost::default() };
    let wish = burden::Wish { kind: asked::KIND, subject: id, organisation: world.org(COUNTY), title: "活动场所统计表" };
    let county = actor(&world.app, "xianwei", DAY).await;
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    assert!(refusal(burden::permit(&tx, asked::KIND, id, &cost).await).contains("报请批准"));
    assert!(refusal(burden::ask(&mut tx, &wish, " ", &cost).await).contains("为什么"));
    let approval = burden::ask(&mut tx, &wish, "省里要求", &cost).await.unwrap();
    assert!(refusal(burden::permit(&tx, asked::KIND, id, &cost).await).contains("等答复"));
    world.commit(tx).await;
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    assert!(refusal(burden::decide(&world.app, &mut tx, &county, approval, true, "").await).contains("自己不批"));
    drop(tx);
    // Out of reach it is as if it were not there.
    let town = actor(&world.app, "zhenwei", DAY).await;
    let mut tx = world.app.begin(&town, morning(DAY)).await.unwrap();
    assert!(refusal(burden::decide(&world.app, &mut tx, &town, approval, true, "").await).contains("没有找到"));
    drop(tx);
    let city = actor(&world.app, "shiwei", DAY).await;
    let mut tx = world.app.begin(&city, morning(DAY)).await.unwrap();
    burden::decide(&world.app, &mut tx, &city, approval, true, "").await.unwrap();
    world.commit(tx).await;
    let tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    // What was allowed is not allowed for more, nor for more units.
    for more in [burden::Cost { minutes: 6_002, ..cost.clone() }, burden::Cost { n_units: 2, ..cost.clone() }] {
        assert!(refusal(burden::permit(&tx, asked::KIND, id, &more).await).contains("现在多了"));
    }
    burden::permit(&tx, asked::KIND, id, &cost).await.unwrap();
    // It is used up: whoever issues a second time asks a second time.
    assert!(refusal(burden::permit(&tx, asked::KIND, id, &cost).await).contains("已经发过"));
}

async fn a_community_is_asked_what_its_county_has_listed(world: &mut World) {
    let id = compose(world, "jiedao", STREET, &HEADINGS).await;
    to(world, "jiedao", id, &[world.org(BEIMEN)], "").await;
    assert!(refusal(issue(world, "jiedao", id).await).contains("社区工作事项准入清单"));
    let list = world.app.pack().permitted_lists.keys().next().unwrap().clone();
    let street = actor(&world.app, "jiedao", DAY).await;
    let mut tx = world.app.begin(&street, morning(DAY)).await.unwrap();
    let new = burden::NewItem {
        list,
        office: world.org(STREET),
        name: "活动场所情况".to_owned(),
        kind: "工作事项".to_owned(),
        frequency: "每年".to_owned(),
        basis: "示例：方案第二条".to_owned(),
        minutes: 10,
    };
    let item = burden::propose(&world.app, &mut tx, &street, new.clone()).await.unwrap()[0];
    assert!(refusal(burden::propose(&world.app, &mut tx, &street, new).await).contains("已经报过"));
    world.commit(tx).await;
    // The street does not approve, nor does the city in the county's place, nor another county.
    for login in ["jiedao", "shiwei", "xianwei"] {
        let who = actor(&world.app, login, DAY).await;
        let mut tx = world.app.begin(&who, morning(DAY)).await.unwrap();
        assert!(refusal(burden::decide_item(&mut tx, &who, item, true, "").await).contains("没有找到"), "{login}");
    }
    give(world, "yingjiang", "杨立本", "county_organisation_officer", OTHER_COUNTY, DAY).await;
    let county = actor(&world.app, "yingjiang", DAY).await;
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    burden::decide_item(&mut tx, &county, item, true, "").await.unwrap();
    world.commit(tx).await;
    to(world, "jiedao", id, &[world.org(BEIMEN)], "活动场所情况").await;
    assert_eq!(issue(world, "jiedao", id).await.unwrap(), 1);

    // Struck off, it is asked no more.
    let mut tx = world.app.begin(&county, morning(DAY)).await.unwrap();
    burden::end_item(&mut tx, &county, item, "系统里有了").await.unwrap();
    world.commit(tx).await;
    let next = compose(world, "jiedao", STREET, &["新的栏目"]).await;
    to(world, "jiedao", next, &[world.org(BEIMEN)], "活动场所情况").await;
    assert!(refusal(issue(world, "jiedao", next).await).contains("不在"));
    // A village is under no list.
    let village = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", village, &[world.org(SONGLIN)], "").await;
    issue(world, "zhenwei", village).await.unwrap();
}

async fn a_line_body_asks_for_itself_and_sees_no_other_office(world: &mut World) {
    // The city's department and the body of the schools stand at the same organisation.
    let city = compose(world, "shiwei", CITY, &HEADINGS).await;
    to(world, "shiwei", city, &[world.org(SONGLIN)], "").await;
    issue(world, "shiwei", city).await.unwrap();
    let body = actor(&world.app, "hangye", DAY).await;
    let mut tx = world.app.begin(&body, morning(DAY)).await.unwrap();
    assert!(refusal(asked::close(&mut tx, &body, city, "不等了").await).contains("没有找到"));
    assert!(refusal(asked::send_back(&mut tx, &body, city, world.org(SONGLIN), "再看看").await).contains("没有找到"));
    drop(tx);
    assert_eq!(world.visitor("hangye").await.get(&format!("/tables/{city}")).await.status, 404);
    // Its own goes to its field alone, whatever levels are ticked, and its file holds nothing else.
    let own = compose(world, "hangye", CITY, &["党组织名称", "书记"]).await;
    let mut tx = world.app.begin(&body, morning(DAY)).await.unwrap();
    let columns = asked::columns_of(tx.connection(), own).await.unwrap();
    let edit = Edit {
        title: "名册".to_owned(),
        due_on: DAY.checked_add(10.days()).unwrap(),
        units: Units { levels: vec!["branch".to_owned()], ids: vec![world.org(SONGLIN)], ..Units::default() },
        columns: columns.iter().map(|column| (column.id, column.known.clone(), column.kind)).collect(),
        ..Edit::default()
    };
    asked::edit(&world.app, &mut tx, &body, own, edit).await.unwrap();
    world.commit(tx).await;
    let rows = merged(world, "hangye", own).await;
    let fields: Vec<String> = {
        let directory = world.app.directory();
        let field = |row: &Vec<String>| directory.subtree(world.org(CITY)).find(|org| org.name == row[0]).map(|org| org.field.clone());
        rows[2..].iter().filter_map(field).collect()
    };
    assert!(!fields.is_empty() && fields.iter().all(|field| field == "school"), "{rows:?}");
    assert_eq!(world.visitor("shiwei").await.get(&format!("/tables/{own}")).await.status, 200, "the department reaches further");
}

async fn a_cost_counts_what_units_have_open(world: &mut World) {
    let units = [(world.org(SONGLIN), 2), (world.org(SHANGHE), 2)];
    let of = async |world: &World| burden::cost(world.app.store().reader(), &world.app.pack(), DAY, burden::FIELD, &units).await.unwrap();
    let before = of(world).await;
    let minutes = world.app.pack().whole(burden::FIELD, DAY).unwrap();
    assert_eq!((before.n_units, before.n_items, before.minutes, before.open_minutes), (2, 4, 4 * minutes, 0));
    let id = compose(world, "zhenwei", TOWN, &HEADINGS).await;
    to(world, "zhenwei", id, &[world.org(SONGLIN), world.org(SHANGHE)], "").await;
    assert_eq!(of(world).await.open_minutes, 0, "a draft asks nobody");
    issue(world, "zhenwei", id).await.unwrap();
    assert_eq!(of(world).await.open_minutes, 4 * minutes);
    answer(world, "shuji", id, SONGLIN, &["120", "无"], DAY).await.unwrap();
    let after = of(world).await;
    assert_eq!((after.open_minutes, after.most_minutes, after.most_at), (2 * minutes, 4 * minutes, Some(world.org(SHANGHE))));
}
