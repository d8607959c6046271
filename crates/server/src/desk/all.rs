//! Everything that waits for somebody, as a list: the desk shows its first lines.

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{ColumnKind, Table, Value};

use super::waiting::waiting_for;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Link, WaitingItem};
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec =
    ListSpec { sorts: &["urgent", "since", "title", "kind"], default_sort: ("urgent", Direction::Asc), filters: &["kind"], per: 50 };

/// Kinds of what waits, told by the page where it is done: key, label, beginnings of addresses.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("activities", "组织生活记录", &["/activities"]),
    ("excuses", "免办申请", &["/duties"]),
    ("tasks", "部署任务", &["/tasks"]),
    ("tables", "报表", &["/tables"]),
    ("burden", "基层减负", &["/burden"]),
    ("matters", "督办事项", &["/matters"]),
    ("projects", "项目推进", &["/projects"]),
    ("problems", "问题整改", &["/problems"]),
    ("responsibility", "责任落实", &["/responsibility"]),
    ("departments", "部门合力", &["/departments"]),
    ("duty_logs", "专题研究和纪实", &["/party-meetings", "/duty-logs"]),
    ("inspections", "督查检查", &["/inspections"]),
    ("visits", "走访调研", &["/visits"]),
    ("appraisals", "述职评议", &["/appraisals"]),
    ("contests", "擂台比武", &["/contests"]),
    ("rectifications", "整顿销号", &["/rectifications", "/weak-lists"]),
    ("evaluations", "考核评星", &["/evaluations", "/plan"]),
    ("rankings", "综合排名", &["/rankings"]),
    ("ballots", "民主测评", &["/ballots"]),
    ("selections", "评选创建", &["/selections"]),
    ("schemes", "方案编制", &["/schemes"]),
    ("members", "党员和组织关系", &["/members", "/transfers"]),
    ("posts", "用户授权", &["/grants"]),
    ("programmes", "重点工程", &["/programmes"]),
    ("balances", "各领域均衡", &["/balances"]),
    ("others", "其他", &[]),
];

/// The kind of an item, as its place among [`KINDS`].
fn kind_of(item: &WaitingItem) -> usize {
    let is_of = |beginnings: &[&str]| beginnings.iter().any(|beginning| item.act.href.starts_with(beginning));
    KINDS.iter().position(|(_, _, beginnings)| is_of(beginnings)).unwrap_or(KINDS.len() - 1)
}

/// Kinds that occur, with how many of each, as links into the list.
pub(super) fn kinds(waiting: &[WaitingItem]) -> Vec<(String, Link)> {
    let mut counts = [0_usize; KINDS.len()];
    for item in waiting {
        counts[kind_of(item)] += 1;
    }
    let link = |((key, label, _), n): (&(&str, &str, &[&str]), usize)| (n.to_string(), Link::new(*label, format!("/waiting?kind={key}")));
    KINDS.iter().zip(counts).filter(|(_, n)| *n > 0).map(link).collect()
}

/// Since when, as the desk says it.
pub(super) fn since_words(since: Date, today: Date) -> String {
    match (today - since).get_days() {
        ..0 => String::new(),
        0 => "今天".to_owned(),
        1 => "昨天".to_owned(),
        n => format!("{n} 天前"),
    }
}

#[derive(Template)]
#[template(path = "pages/waiting.html")]
struct WaitingPage {
    layout: Layout,
    title: String,
    query: ListQuery,
    kinds: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    icon: &'static str,
    title: String,
    note: String,
    kind: &'static str,
    since: String,
    on: String,
    act: Link,
}

/// `GET /waiting`.
pub(super) async fn show(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let today = visit.today();
    let all = waiting_for(&visit.app, visit.actor(), today).await?;
    let n_all = all.len();
    let found: Vec<&WaitingItem> =
        all.iter().filter(|item| asked.q.is_empty() || item.title.contains(&asked.q) || item.note.contains(&asked.q)).collect();
    let chips = KINDS.iter().enumerate().filter_map(|(at, (key, label, _))| {
        let n = found.iter().filter(|item| kind_of(item) == at).count();
        (n > 0 || asked.filter("kind") == Some(key)).then(|| asked.chip("kind", key, *label, Some(n as u64)))
    });
    let chips: Vec<Chip> = std::iter::once(asked.chip("kind", "", "全部", Some(found.len() as u64))).chain(chips).collect();
    let mut rows: Vec<&WaitingItem> =
        found.into_iter().filter(|item| asked.filter("kind").is_none_or(|kind| KINDS[kind_of(item)].0 == kind)).collect();
    match asked.sort {
        "title" => rows.sort_by_key(|item| crate::pinyin::key(&item.title)),
        "kind" => rows.sort_by_key(|item| kind_of(item)),
        "since" => rows.sort_by_key(|item| item.since),
        // As they came.
        _ => {}
    }
    if asked.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = asked.export {
        return download::table(export, "待我办理", &table(&rows));
    }
    let total = rows.len() as u64;
    let row = |item: &&WaitingItem| Row {
        icon: item.icon,
        title: item.title.clone(),
        note: item.note.clone(),
        kind: KINDS[kind_of(item)].1,
        since: since_words(item.since, today),
        on: item.since.to_string(),
        act: item.act.clone(),
    };
    let page = WaitingPage {
        layout: visit.layout("待我办理").crumb("工作台", "/").crumb("待我办理", ""),
        title: if n_all == 0 { "没有等您办的事".to_owned() } else { format!("有 {n_all} 件事等您办") },
        kinds: chips,
        columns: vec![
            asked.column("等您办的事", "title", false),
            asked.column("类别", "kind", false),
            asked.column("从哪天起", "since", false),
            Column::plain(""),
        ],
        rows: asked.page_of(&rows).iter().map(row).collect(),
        pager: Pager::new(&asked, total, "件"),
        query: asked,
    };
    visit.page(&page)
}

fn table(rows: &[&WaitingItem]) -> Table {
    let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
    let cells = rows.iter().map(|item| {
        [item.title.clone(), KINDS[kind_of(item)].1.to_owned(), item.note.clone(), item.since.to_string(), item.act.label.clone()]
            .map(Value::text)
            .to_vec()
    });
    Table {
        name: "待我办理".to_owned(),
        columns: vec![column("等您办的事", 50.0), column("类别", 16.0), column("说明", 40.0), column("从哪天起", 12.0), column("怎么办", 10.0)],
        rows: cells.collect(),
        ..Table::default()
    }
}
