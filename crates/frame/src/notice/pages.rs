//! The list of notices.

use crate::http::path::Path;
use askama::Template;
use axum::http::Uri;
use office::sheet::{ColumnKind, Table, Value};

use super::{finish, mine};
use crate::account::minute;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::Chip;
use crate::http::visit::{Answer, Visit};

const SPEC: ListSpec = ListSpec { sorts: &["at"], default_sort: ("at", Direction::Desc), filters: &["state", "kind"], per: 50 };

#[derive(Template)]
#[template(path = "pages/notice_list.html")]
struct NoticesPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    states: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<NoticeLine>,
    pager: Pager,
    n_waiting: u32,
}

struct NoticeLine {
    id: i64,
    text: String,
    href: String,
    at: String,
    organisation: String,
    is_done: bool,
}

/// `GET /messages`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let asked = ListQuery::from_uri(&SPEC, &uri);
    let (notices, total) = mine(&visit.app, visit.actor(), &asked).await?;
    let rows: Vec<NoticeLine> = notices
        .into_iter()
        .map(|notice| NoticeLine {
            id: notice.id,
            text: notice.text,
            href: if notice.href.starts_with('/') { notice.href } else { String::new() },
            at: minute(&notice.created_at),
            organisation: notice.organisation.map_or_else(String::new, |id| visit.app.directory().name_of(id).to_owned()),
            is_done: notice.is_done,
        })
        .collect();
    if let Some(export) = asked.export {
        let column = |name: &str, width| office::sheet::Column::new(name, ColumnKind::Text).wide(width);
        let cells = rows.iter().map(|row| {
            vec![
                Value::text(&row.at),
                Value::text(&row.text),
                Value::text(&row.organisation),
                Value::text(if row.is_done { "已处理" } else { "待处理" }),
            ]
        });
        let table = Table {
            name: "消息".to_owned(),
            columns: vec![column("时间", 18.0), column("内容", 60.0), column("党组织", 30.0), column("状态", 10.0)],
            rows: cells.collect(),
            ..Table::default()
        };
        return download::table(export, "消息", &table);
    }
    let n_waiting = visit.session.n_messages;
    let page = NoticesPage {
        sentence: if n_waiting == 0 {
            "没有等您处理的消息。".to_owned()
        } else {
            format!("有 {n_waiting} 条等您处理。处理完点“已处理”，就不再提醒；别人看不到您看没看过。")
        },
        states: vec![asked.chip("state", "", "待处理", None), asked.chip("state", "done", "已处理", None), asked.chip("state", "all", "全部", None)],
        columns: vec![asked.column("时间", "at", false), Column::plain("内容"), Column::plain("党组织"), Column::plain("")],
        pager: Pager::new(&asked, total, "条"),
        rows,
        n_waiting,
        query: asked,
        layout: visit.layout("消息").crumb("消息", "/messages"),
    };
    visit.page(&page)
}

/// `POST /messages/{id}/done`; of somebody else's there is none.
///
/// # Errors
/// [`Failure::NotFound`].
pub async fn done(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    if finish(&visit.app, &mut tx, visit.actor(), Some(id)).await? == 0 {
        return Err(Failure::NotFound);
    }
    Ok(visit.done(tx.commit().await?, "/messages", "已记为处理过。"))
}

/// `POST /messages/done`: all of them.
///
/// # Errors
/// When the database refuses.
pub async fn all_done(visit: Visit) -> Answer {
    let mut tx = visit.begin().await?;
    let n = finish(&visit.app, &mut tx, visit.actor(), None).await?;
    Ok(visit.done(tx.commit().await?, "/messages", &format!("{n} 条已记为处理过。")))
}
