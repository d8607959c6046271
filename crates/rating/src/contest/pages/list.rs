//! All rounds that somebody sees.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;

use super::super::model::Round;
use super::super::{rule, see};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Choice, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};

const ROUNDS: ListSpec =
    ListSpec { sorts: &["day", "title", "office"], default_sort: ("day", Direction::Desc), filters: &["contest", "state"], per: 50 };

struct Row {
    title: Link,
    office: String,
    contest: String,
    day: String,
    status: Status,
    n_entries: i64,
    is_published: bool,
}

#[derive(Template)]
#[template(path = "pages/contests.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    contests: Vec<Choice>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_open: bool,
}

async fn status(visit: &Visit, it: &Round) -> anyhow::Result<Status> {
    let pack = visit.app.policies_of(&it.pack_version).await?;
    let procedure = pack.procedures.get(&rule(&pack, it)?.procedure);
    let stage = procedure.and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == it.stage));
    let standing = if it.published_on.is_some() { Standing::Ok } else { Standing::Running };
    Ok(Status::new(standing, stage.map_or("", |stage| stage.name.as_str())))
}

/// `GET /contests`
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&ROUNDS, &uri);
    let reader = visit.app.store().reader();
    let rounds = see::all(reader, &visit.app, visit.actor()).await?;
    let counted = store::query(reader, "select round_id, count(*) from contest_entry group by round_id", []).await.map_err(anyhow::Error::from)?;
    let mut sizes: HashMap<i64, i64> = HashMap::new();
    for row in &counted {
        sizes.insert(row.try_get_by_index(0).map_err(anyhow::Error::from)?, row.try_get_by_index(1).map_err(anyhow::Error::from)?);
    }
    let mut rows = Vec::with_capacity(rounds.len());
    for it in &rounds {
        let office = visit.app.directory().name_of(it.organisation).to_owned();
        let status = status(&visit, it).await?;
        rows.push(Row {
            title: Link::new(it.title.clone(), it.address()),
            office,
            contest: it.contest.clone(),
            day: it.held_on.to_string(),
            status,
            n_entries: sizes.get(&it.id).copied().unwrap_or_default(),
            is_published: it.published_on.is_some(),
        });
    }
    rows.retain(|row| {
        let is_contest = query.filter("contest").is_none_or(|contest| contest == row.contest);
        let is_state = query.filter("state").is_none_or(|state| (state == "published") == row.is_published);
        is_contest && is_state && (row.title.label.contains(&query.q) || row.office.contains(&query.q))
    });
    match query.sort {
        "title" => rows.sort_by(|a, b| (&a.title.label, &a.title.href).cmp(&(&b.title.label, &b.title.href))),
        "office" => rows.sort_by(|a, b| (&a.office, &a.day, &a.title.href).cmp(&(&b.office, &b.day, &b.title.href))),
        _ => rows.sort_by(|a, b| (&a.day, &a.title.href).cmp(&(&b.day, &b.title.href))),
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(22.0);
        let columns = ["比武", "举办单位", "日期", "环节", "参赛"].map(heading).to_vec();
        let row = |row: &Row| {
            let n = row.n_entries.to_string();
            [&row.title.label, &row.office, &row.day, &row.status.word, &n].map(Value::text).to_vec()
        };
        let table = Table { name: "比武".to_owned(), title: None, columns, rows: rows.iter().map(row).collect() };
        return download::table(export, "擂台比武", &table);
    }
    let pack = visit.pack();
    let total = rows.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = ListPage {
        layout: visit.layout("擂台比武").crumb("擂台比武", ""),
        contests: query.choices("contest", "比武", pack.contests.iter().map(|(key, it)| (key.clone(), it.name.clone()))),
        states: query.choices("state", "进度", [("open", "没有公布"), ("published", "已公布")]),
        columns: vec![
            query.column("比武", "title", false),
            query.column("举办单位", "office", false),
            query.column("日期", "day", false),
            Column::plain("环节"),
            Column::number("参赛"),
        ],
        rows: rows.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "轮"),
        may_open: visit.actor().may(Capability::HoldContests),
        query,
    };
    visit.page(&page)
}
