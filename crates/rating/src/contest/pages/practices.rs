//! Good practices that offices noted from contests, for the library of experience.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};

use super::super::{rows, see};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

const PRACTICES: ListSpec = ListSpec { sorts: &["day", "unit"], default_sort: ("day", Direction::Desc), filters: &["contest"], per: 20 };

struct Row {
    text: String,
    entry: Link,
    unit: String,
    round: Link,
    day: String,
    contest: String,
}

#[derive(Template)]
#[template(path = "pages/contest_practices.html")]
struct PracticesPage {
    layout: Layout,
    query: ListQuery,
    contests: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /contests/practices`
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&PRACTICES, &uri);
    let reader = visit.app.store().reader();
    let rounds = see::all(reader, &visit.app, visit.actor()).await?;
    let entries = rows::entries(reader, "e.practice <> ''", Vec::new()).await?;
    let mut rows: Vec<Row> = {
        let directory = visit.app.directory();
        let row = |it: &super::super::Entry| {
            let round = rounds.iter().find(|round| round.id == it.round && round.published_on.is_some())?;
            Some(Row {
                text: it.practice.clone(),
                entry: Link::new(it.name.clone(), it.address()),
                unit: directory.name_of(it.organisation).to_owned(),
                round: Link::new(round.title.clone(), round.address()),
                day: round.held_on.to_string(),
                contest: round.contest.clone(),
            })
        };
        entries.iter().filter_map(row).collect()
    };
    rows.retain(|row| {
        let is_contest = query.filter("contest").is_none_or(|contest| contest == row.contest);
        is_contest && (row.text.contains(&query.q) || row.unit.contains(&query.q) || row.entry.label.contains(&query.q))
    });
    match query.sort {
        "unit" => rows.sort_by(|a, b| (&a.unit, &a.entry.href).cmp(&(&b.unit, &b.entry.href))),
        _ => rows.sort_by(|a, b| (&a.day, &a.entry.href).cmp(&(&b.day, &b.entry.href))),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(28.0);
        let columns = ["做法", "党组织", "参赛人", "比武", "日期"].map(heading).to_vec();
        let line = |row: &Row| [&row.text, &row.unit, &row.entry.label, &row.round.label, &row.day].map(Value::text).to_vec();
        let table = Table { name: "好做法".to_owned(), title: None, columns, rows: rows.iter().map(line).collect() };
        return download::table(export, "比武好做法", &table);
    }
    let pack = visit.pack();
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = PracticesPage {
        layout: visit.layout("好做法").crumb("擂台比武", "/contests").crumb("好做法", ""),
        contests: query.choices("contest", "比武", pack.contests.iter().map(|(key, it)| (key.clone(), it.name.clone()))),
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "条"),
        query,
    };
    visit.page(&page)
}
