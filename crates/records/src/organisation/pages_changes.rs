//! `/organisations/changes`: every decision about the tree in one's reach.

use std::collections::HashSet;

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::OrgId;

use super::read::{change_in_words, changes, names};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::Choice;
use crate::http::visit::{Answer, Visit};

const LIST: ListSpec = ListSpec { sorts: &["on", "name"], default_sort: ("on", Direction::Desc), filters: &["kind", "since"], per: 20 };

/// Kinds of decision and their words.
const KINDS: [(&str, &str); 5] = [("rename", "更名"), ("move", "调整隶属"), ("merge", "合并"), ("split", "拆分"), ("dissolve", "撤销")];

#[derive(Template)]
#[template(path = "pages/organisation_changes.html")]
struct ChangesPage {
    layout: Layout,
    query: ListQuery,
    kinds: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_export: bool,
}

#[derive(Clone)]
struct Row {
    on: Date,
    id: OrgId,
    name: String,
    kind: &'static str,
    what: String,
    reason: String,
}

/// `GET /organisations/changes`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&LIST, &uri);
    let scope = visit.scope(Capability::ViewOrganisations);
    let all = changes(&visit.app, None).await?;
    let ids: HashSet<OrgId> = all.iter().flat_map(|change| [Some(change.organisation), change.other]).flatten().collect();
    let known = names(&visit.app, &ids).await?;
    let reached = reached(&visit, &scope, &ids);
    let since = query.filter("since").and_then(|text| text.parse::<Date>().ok());
    // Of an organisation out of reach not even the name is said.
    let named = known.iter().filter(|(id, _)| reached.contains(id)).map(|(id, name)| (*id, name.clone())).collect();
    let mut rows: Vec<Row> = all
        .iter()
        .filter(|change| reached.contains(&change.organisation) && since.is_none_or(|since| change.on > since))
        .filter(|change| query.filter("kind").is_none_or(|kind| kind == change.kind))
        .map(|change| Row {
            on: change.on,
            id: change.organisation,
            name: known.get(&change.organisation).cloned().unwrap_or_default(),
            kind: KINDS.iter().find(|(key, _)| *key == change.kind).map_or("其他", |(_, word)| *word),
            what: change_in_words(change, change.organisation, &named),
            reason: change.reason.clone(),
        })
        .filter(|row| query.q.is_empty() || row.name.contains(&query.q) || row.what.contains(&query.q) || row.reason.contains(&query.q))
        .collect();
    if query.sort == "name" {
        rows.sort_by_cached_key(|row| (crate::pinyin::key(&row.name), row.on));
    } else {
        rows.sort_by_key(|row| (row.on, row.id));
    }
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    if let Some(export) = query.export {
        if !visit.actor().may(Capability::Export) {
            return Err(Failure::Refused("您的岗位没有导出的权限，请联系本级管理员。".to_owned()));
        }
        return download::table(export, "组织变动", &sheet(&rows));
    }
    let page = ChangesPage {
        layout: visit.layout("组织变动").crumb("基础信息", "/organisations").crumb("组织体系", "/organisations").crumb("组织变动", ""),
        kinds: query.choices("kind", "全部", KINDS),
        columns: vec![
            query.column("生效日期", "on", false),
            query.column("党组织", "name", false),
            Column::plain("类别"),
            Column::plain("变动"),
            Column::plain("依据"),
        ],
        pager: Pager::new(&query, rows.len() as u64, "次"),
        rows: query.page_of(&rows).to_vec(),
        may_export: visit.actor().may(Capability::Export),
        query,
    };
    visit.page(&page)
}

/// Which of these organisations are in reach, as they stand today or as they stood on their last day.
fn reached(visit: &Visit, scope: &store::Scope, ids: &HashSet<OrgId>) -> HashSet<OrgId> {
    let directory = visit.app.directory();
    ids.iter().copied().filter(|id| directory.visible_ever(scope, *id).is_some()).collect()
}

fn sheet(rows: &[Row]) -> Table {
    let text = |heading: &str| SheetColumn::new(heading, ColumnKind::Text);
    Table {
        name: "组织变动".to_owned(),
        title: None,
        columns: vec![
            SheetColumn::new("生效日期", ColumnKind::Date),
            text("党组织").wide(36.0),
            text("类别"),
            text("变动").wide(48.0),
            text("依据").wide(36.0),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let on = Value::Date { year: row.on.year(), month: row.on.month(), day: row.on.day() };
                vec![on, Value::text(&row.name), Value::text(row.kind), Value::text(&row.what), Value::text(&row.reason)]
            })
            .collect(),
    }
}
