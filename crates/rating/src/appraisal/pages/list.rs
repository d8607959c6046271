//! All sessions that somebody sees.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::query;

use super::super::model::Session;
use super::super::{open, see};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const SESSIONS: ListSpec =
    ListSpec { sorts: &["year", "title", "office"], default_sort: ("year", Direction::Desc), filters: &["year", "state"], per: 50 };

struct Row {
    title: Link,
    office: String,
    year: i16,
    status: Status,
    n_in: i64,
    n: i64,
    is_closed: bool,
}

#[derive(Template)]
#[template(path = "pages/appraisals.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    years: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_open: bool,
    is_holder: bool,
}

/// Of every session: reports handed in, and reports owed.
async fn sizes(visit: &Visit) -> anyhow::Result<HashMap<i64, (i64, i64)>> {
    let sql = "select session_id, count(handed_in_on), count(*) from appraisal_report group by session_id";
    let rows = query(visit.app.store().reader(), sql, []).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index(2)?)))).collect()
}

/// Where a session stands, in the words of its procedure.
async fn status(visit: &Visit, it: &Session) -> anyhow::Result<Status> {
    let pack = visit.app.policies_of(&it.pack_version).await?;
    let stage = pack.appraisals.get(&it.appraisal).and_then(|rule| pack.procedures.get(&rule.procedure));
    let stage = stage.and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == it.stage));
    let standing = if it.closed_on.is_some() { Standing::Ok } else { Standing::Running };
    Ok(Status::new(standing, stage.map_or("", |stage| stage.name.as_str())))
}

/// `GET /appraisals`
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SESSIONS, &uri);
    let sessions = see::all(visit.app.store().reader(), visit.actor()).await?;
    let sizes = sizes(&visit).await?;
    let mut rows = Vec::with_capacity(sessions.len());
    for it in &sessions {
        let (n_in, n) = sizes.get(&it.id).copied().unwrap_or_default();
        let office = visit.app.directory().name_of(it.organisation).to_owned();
        let status = status(&visit, it).await?;
        rows.push(Row {
            title: Link::new(it.title.clone(), it.address()),
            office,
            year: it.year,
            status,
            n_in,
            n,
            is_closed: it.closed_on.is_some(),
        });
    }
    let mut years: Vec<i16> = rows.iter().map(|row| row.year).collect();
    years.dedup();
    rows.retain(|row| {
        let is_of_year = query.filter("year").is_none_or(|year| year == row.year.to_string());
        let is_of_state = query.filter("state").is_none_or(|state| (state == "closed") == row.is_closed);
        is_of_year && is_of_state && (row.title.label.contains(&query.q) || row.office.contains(&query.q))
    });
    match query.sort {
        "title" => rows.sort_by(|a, b| (&a.title.label, &a.title.href).cmp(&(&b.title.label, &b.title.href))),
        "office" => rows.sort_by(|a, b| (&a.office, a.year, &a.title.href).cmp(&(&b.office, b.year, &b.title.href))),
        _ => rows.sort_by(|a, b| (a.year, &a.title.href).cmp(&(b.year, &b.title.href))),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(22.0);
        let columns = ["述职评议", "组织单位", "年度", "环节", "已交报告", "应交报告"].map(heading).to_vec();
        let row = |row: &Row| {
            let (year, n_in, n) = (row.year.to_string(), row.n_in.to_string(), row.n.to_string());
            [&row.title.label, &row.office, &year, &row.status.word, &n_in, &n].map(Value::text).to_vec()
        };
        let table = Table { name: "述职评议".to_owned(), title: None, columns, rows: rows.iter().map(row).collect() };
        return download::table(export, "述职评议", &table);
    }
    let is_holder = visit.actor().may(Capability::HoldAppraisals);
    let may_open = is_holder && !open::lines(&visit.app, visit.actor(), visit.today().year()).await?.is_empty();
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = ListPage {
        layout: visit.layout("述职评议").crumb("述职评议", ""),
        years: query.choices("year", "年度", years.iter().map(|year| (year.to_string(), format!("{year} 年")))),
        states: query.choices("state", "进度", [("open", "没有办结"), ("closed", "已办结")]),
        columns: vec![
            query.column("述职评议", "title", false),
            query.column("组织单位", "office", false),
            query.column("年度", "year", false),
            Column::plain("环节"),
            Column::number("交报告"),
        ],
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "次"),
        may_open,
        is_holder,
        query,
    };
    visit.page(&page)
}
