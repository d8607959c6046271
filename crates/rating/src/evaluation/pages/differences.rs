//! `/evaluations/{id}/differences`: what today's records would say beside the published result.

use crate::http::path::Path;
use askama::Template;

use super::Head;
use crate::evaluation::KIND;
use crate::evaluation::access::opened;
use crate::evaluation::differences::{ChangedRow, of_all};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::visit::{Answer, Visit};

const ROWS: ListSpec = ListSpec { sorts: &["code", "name"], default_sort: ("code", Direction::Asc), filters: &[], per: 50 };

#[derive(Template)]
#[template(path = "pages/evaluation_differences.html")]
struct DifferencesPage {
    layout: Layout,
    head: Head,
    sentence: String,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<ChangedRow>,
    pager: Pager,
}

/// `GET /evaluations/{id}/differences`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = opened(&visit, id, KIND).await?;
    if found.evaluation.published_at.is_none() {
        return Err(Failure::NotFound);
    }
    let query = ListQuery::parse(&ROWS, &format!("{}/differences", found.base()), Some(&visit.query));
    let all = of_all(&visit.app, &found.evaluation).await?;
    let mut rows: Vec<ChangedRow> = {
        let directory = visit.app.directory();
        let sees = |row: &&ChangedRow| directory.org_ever(row.org).is_some_and(|org| found.sight.sees(&directory, row.org, &org.field));
        all.iter().filter(sees).cloned().collect()
    };
    let n_all = rows.len();
    rows.retain(|row| query.q.is_empty() || row.name.contains(&query.q) || row.code.contains(&query.q));
    if query.sort == "name" {
        rows.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        use office::sheet::{Column as Head, ColumnKind, Table, Value};
        let text = |heading: &str, width: f64| Head::new(heading, ColumnKind::Text).wide(width);
        let columns = vec![text("组织编码", 18.0), text("党支部", 34.0), text("项目", 26.0), text("公布的结果", 24.0), text("按今天的记录", 24.0)];
        let lines = rows.iter().flat_map(|row| {
            row.differences.iter().map(|d| [&row.code, &row.name, &d.item, &d.stored, &d.now].into_iter().map(Value::text).collect())
        });
        let table =
            Table {
                name: "与今日数据".into(), title: Some(format!("{}：与今日数据的差异", found.evaluation.name)), columns, rows: lines.collect()
            };
        return crate::http::download::table(export, &format!("{} 与今日数据", found.evaluation.name), &table);
    }
    let total = rows.len() as u64;
    let at = query.clone().within(total);
    let shown = at.page_of(&rows).to_vec();
    let page = DifferencesPage {
        sentence: if n_all == 0 {
            "今天的记录算出来和公布的结果一样。".to_owned()
        } else {
            format!("{n_all} 个党支部后来的记录与公布的结果不同。公布的结果不变，差异只作说明。")
        },
        columns: vec![
            query.column("党支部", "name", false),
            query.column("组织编码", "code", false),
            Column::plain("项目"),
            Column::plain("公布的结果"),
            Column::plain("按今天的记录"),
        ],
        pager: Pager::new(&at, total, "个"),
        rows: shown,
        head: found.head(&visit, "/differences"),
        layout: found.layout(&visit, "与今日数据").crumb("与今日数据", ""),
        query,
    };
    visit.page(&page)
}
