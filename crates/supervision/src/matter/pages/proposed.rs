//! What the year's figures propose.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};

use super::{met, proposes};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager, encoded};
use crate::http::path::Path;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::matter::proposals::{Proposal, proposals};

const PROPOSALS: ListSpec = ListSpec { sorts: &["unit"], default_sort: ("unit", Direction::Asc), filters: &[], per: 50 };

struct Line {
    unit: Link,
    kind: String,
    because: String,
    act: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/matter_proposals.html")]
struct ProposalsPage {
    layout: Layout,
    key: String,
    sentence: String,
    note: String,
    query: ListQuery,
    columns: Vec<Column>,
    lines: Vec<Line>,
    pager: Pager,
}

/// `GET /matters/{key}/proposals`.
///
/// # Errors
/// [`Failure::NotFound`] for what the visitor does not open, or of which nothing is proposed.
pub async fn show(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let pack = visit.pack();
    let matter = met(&visit, &pack, &key)?;
    if !visit.actor().may(matter.opened_by) || !proposes(matter) {
        return Err(Failure::NotFound);
    }
    let query = ListQuery::from_uri(&PROPOSALS, &uri);
    let mut found = proposals(&visit.app, visit.actor(), &key, matter, visit.today()).await?;
    let total_open = found.iter().filter(|it| !it.is_open).count();
    {
        let directory = visit.app.directory();
        found.retain(|it| {
            query.q.is_empty() || directory.org(it.organisation).is_some_and(|org| crate::pinyin::is_found(&query.q, &org.name, &org.pinyin))
        });
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
    let name = |it: &Proposal| visit.app.directory().name_of(it.organisation).to_owned();
    let kind = |it: &Proposal| if it.kind.is_empty() { matter.name.clone() } else { matter.kind_name(&it.kind).to_owned() };
    if let Some(export) = query.export {
        let columns = ["党组织", "提请", "依据", "在办"].map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(24.0)).into_iter().collect();
        let row = |it: &Proposal| {
            vec![Value::text(name(it)), Value::text(kind(it)), Value::text(it.because.join("；")), Value::text(if it.is_open { "是" } else { "" })]
        };
        let rows = found.iter().map(row).collect();
        return download::table(export, &format!("{}提请", matter.name), &Table { name: matter.name.clone(), title: None, columns, rows });
    }
    let total = found.len() as u64;
    let query = query.within(total);
    let line = |it: &Proposal| {
        let asked =
            format!("/matters/{key}/new?organisation={}&kind={}&{}={}", it.organisation, it.kind, matter.title, encoded(&it.because.join("；")));
        Line {
            unit: Link::new(name(it), format!("/organisations/{}", it.organisation)),
            kind: kind(it),
            because: it.because.join("；"),
            act: (!it.is_open).then(|| Link::new(matter.verb.clone(), asked)),
        }
    };
    let lines = query.page_of(&found).iter().map(line).collect();
    let page = ProposalsPage {
        layout: visit.layout("该办的").crumb("督办事项", "/matters").crumb(matter.name.clone(), format!("/matters/{key}")).crumb("该办的", ""),
        sentence: if total_open == 0 {
            "现在没有要提请研究的".to_owned()
        } else {
            format!("{total_open} 个党组织按规则该研究“{}”", matter.name)
        },
        note: "按制度包里的规则，用今年的记录算出来；办不办、怎么办由有权的人决定，写明理由。".to_owned(),
        columns: vec![query.column("党组织", "unit", false), Column::plain("提请"), Column::plain("依据"), Column::plain("")],
        lines,
        pager: Pager::new(&query, total, "个"),
        key,
        query,
    };
    visit.page(&page)
}
