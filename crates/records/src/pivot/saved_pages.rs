//! `/figures/views`: questions kept under a name.

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;

use super::question::TABLE;
use super::saved::{NewView, Shared, View, drop_view, save_view, view_of, views_of};
use crate::duty::pages::place;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, encoded, pairs};
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Chip;
use crate::http::visit::{Answer, Visit};

const VIEWS: ListSpec = ListSpec { sorts: &["name", "saved"], default_sort: ("name", Direction::Asc), filters: &["of"], per: 50 };

#[derive(Template)]
#[template(path = "pages/figure_views.html")]
struct ViewsPage {
    layout: Layout,
    query: ListQuery,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    by: String,
    shared: &'static str,
    saved: String,
    /// Where one's own is dropped.
    drop: Option<String>,
}

/// `GET /figures/views`.
pub(super) async fn list(visit: Visit) -> Answer {
    let query = ListQuery::parse(&VIEWS, "/figures/views", Some(&visit.query));
    let mut views = views_of(&visit.app, visit.actor(), visit.home()).await?;
    let n_own = views.iter().filter(|view| view.is_of(visit.actor())).count() as u64;
    let n_all = views.len() as u64;
    views.retain(|view| match query.filter("of") {
        Some("own") => view.is_of(visit.actor()),
        Some("shared") => !view.is_of(visit.actor()),
        _ => true,
    });
    views.retain(|view| crate::pinyin::is_found(&query.q, &view.name, &crate::pinyin::key(&view.name)) || view.by.contains(&query.q));
    match query.sort {
        "saved" => views.sort_by(|a, b| (&a.saved_at, a.id).cmp(&(&b.saved_at, b.id))),
        _ => views.sort_by_cached_key(|view| (crate::pinyin::key(&view.name), view.id)),
    }
    if query.dir == Direction::Desc {
        views.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, "保存的查询", &sheet(&views));
    }
    let total = views.len() as u64;
    let query = query.within(total);
    let row = |view: &View| Row {
        href: view.address(),
        name: view.name.clone(),
        by: if view.is_of(visit.actor()) {
            "自己".to_owned()
        } else {
            format!("{}（{}）", view.by, visit.app.directory().called(view.organisation))
        },
        shared: view.shared.words(),
        saved: view.saved_at.get(..10).unwrap_or_default().to_owned(),
        drop: view.is_of(visit.actor()).then(|| format!("{}/drop", view.address())),
    };
    let page = ViewsPage {
        layout: visit.layout("保存的查询").crumb("基础信息", "/organisations").crumb("统计查询", "/figures").crumb("保存的查询", ""),
        chips: vec![
            query.chip("of", "", "全部", Some(n_all)),
            query.chip("of", "own", "自己的", Some(n_own)),
            query.chip("of", "shared", "共享给我的", Some(n_all - n_own)),
        ],
        columns: vec![
            query.column("名称", "name", false),
            Column::plain("谁保存的"),
            Column::plain("给谁看"),
            query.column("保存日期", "saved", false),
            Column::plain("操作"),
        ],
        rows: query.page_of(&views).iter().map(row).collect(),
        pager: Pager::new(&query, total, "个"),
        query,
    };
    visit.page(&page)
}

fn sheet(views: &[View]) -> Table {
    let columns = vec![
        SheetColumn::new("名称", ColumnKind::Text).wide(30.0),
        SheetColumn::new("谁保存的", ColumnKind::Text),
        SheetColumn::new("给谁看", ColumnKind::Text).wide(18.0),
        SheetColumn::new("保存日期", ColumnKind::Text),
    ];
    let row = |view: &View| {
        vec![
            Value::text(&view.name),
            Value::text(&view.by),
            Value::text(view.shared.words()),
            Value::text(view.saved_at.get(..10).unwrap_or_default()),
        ]
    };
    Table { name: "查询".to_owned(), title: None, columns, rows: views.iter().map(row).collect() }
}

/// `POST /figures/views`.
pub(super) async fn save(visit: Visit, sent: Submitted) -> Answer {
    // As the page itself would write it: what it does not know is not kept.
    let asked = ListQuery::parse(&TABLE, "/figures", Some(sent.text("question")));
    let address = asked.page_link(1);
    let question = address.split_once('?').map(|(_, question)| question.to_owned()).unwrap_or_default();
    let shared = Shared::read(sent.text("shared")).unwrap_or(Shared::Own);
    let new = NewView { name: sent.text("name").to_owned(), question, shared };
    let mut tx = visit.begin().await?;
    match visit.or_back(&address, save_view(&mut tx, visit.actor(), new).await)? {
        Ok(_) => Ok(visit.done(tx.commit().await?, &address, "已保存，在“保存的查询”里随时打开；打开时按那时的记录重新计算。")),
        Err(back) => Ok(back),
    }
}

/// `GET /figures/views/{id}`: to the table. What the visitor cannot look from is left out: he starts from his own place.
pub(super) async fn open(visit: Visit, Path(id): Path<i64>) -> Answer {
    let view = view_of(&visit.app, visit.actor(), visit.home(), id).await?.ok_or(Failure::NotFound)?;
    let scope = visit.scope(Capability::ViewActivities);
    let is_reached = |value: &str| value.parse().ok().and_then(|id| place(&visit, &scope, id)).is_some();
    let parts = pairs(&view.question);
    let starts_elsewhere = parts.iter().any(|(name, value)| name == "organisation" && !is_reached(value));
    let kept = parts.into_iter().filter(|(name, _)| !starts_elsewhere || !["organisation", "level"].contains(&name.as_str()));
    let question: Vec<String> = kept.map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
    let address = format!("/figures?{}", question.join("&"));
    if starts_elsewhere && !view.is_of(visit.actor()) {
        return Ok(visit.see(&address, &format!("“{}”按您看得到的党组织打开。", view.name)));
    }
    Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&address)))
}

/// `POST /figures/views/{id}/drop`.
pub(super) async fn drop(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    match visit.or_back("/figures/views", drop_view(&mut tx, visit.actor(), id).await)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/figures/views", "已删去这个查询；别人也不再看得到。")),
        Err(back) => Ok(back),
    }
}
