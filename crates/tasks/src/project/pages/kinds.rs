//! All kinds of project.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};

use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::Choice;
use crate::http::visit::{Answer, Visit};
use crate::project::model::{Project, State};
use crate::project::{rows, see};

const KINDS: ListSpec =
    ListSpec { sorts: &["name", "doing", "done", "over"], default_sort: ("name", Direction::Asc), filters: &["state", "level"], per: 50 };
/// What the kinds are narrowed to.
const STATES: [(&str, &str); 4] = [("doing", "有在办的"), ("over", "有逾期的"), ("done", "有已验收的"), ("none", "没有在办和已验收的")];

struct KindLine {
    key: String,
    name: String,
    note: String,
    n_doing: usize,
    n_done: usize,
    n_over: usize,
}

#[derive(Template)]
#[template(path = "pages/projects.html")]
struct KindsPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Choice>,
    levels: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<KindLine>,
    pager: Pager,
}

/// `GET /projects`
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&KINDS, &uri);
    let pack = visit.pack();
    let today = visit.today();
    let since = i64::from(today.year() - super::N_YEARS);
    let mut projects = rows::projects_where(visit.app.store().reader(), "p.year >= $1", vec![since.into()]).await?;
    projects.retain(|it| see::is_published(&visit.app, it) || see::is_open_to(&visit.app, visit.actor(), it));
    let n = |key: &str, is: &dyn Fn(&Project) -> bool| projects.iter().filter(|it| it.kind == key && is(it)).count();
    let mut lines: Vec<KindLine> = pack
        .projects
        .iter()
        .filter(|(_, kind)| kind.name.contains(&query.q) && query.is_of_level(&kind.levels))
        .map(|(key, kind)| KindLine {
            key: key.clone(),
            name: kind.name.clone(),
            note: kind.note.clone().unwrap_or_default(),
            n_doing: n(key, &|it| it.closed_on.is_none() && it.accepted_on.is_none()),
            n_done: n(key, &|it| it.accepted_on.is_some()),
            n_over: n(key, &|it| it.state(today) == State::Overdue),
        })
        .filter(|line| match query.filter("state") {
            Some("doing") => line.n_doing > 0,
            Some("over") => line.n_over > 0,
            Some("done") => line.n_done > 0,
            Some("none") => line.n_doing + line.n_done == 0,
            _ => true,
        })
        .collect();
    match query.sort {
        "doing" => lines.sort_by_key(|line| line.n_doing),
        "done" => lines.sort_by_key(|line| line.n_done),
        "over" => lines.sort_by_key(|line| line.n_over),
        _ => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns = ["项目", "在办", "已验收", "逾期"].map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(24.0)).to_vec();
        let row = |line: &KindLine| vec![Value::text(&line.name), count(line.n_doing), count(line.n_done), count(line.n_over)];
        return download::table(
            export,
            "项目推进",
            &Table { name: "项目推进".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() },
        );
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let page = KindsPage {
        layout: visit.layout("项目推进").crumb("项目推进", ""),
        columns: vec![
            query.column("项目", "name", false),
            query.column("在办", "doing", true),
            query.column("已验收", "done", true),
            query.column("逾期", "over", true),
        ],
        states: query.choices("state", "全部进展", STATES),
        levels: query.level_choices(&pack, pack.projects.values().map(|kind| kind.levels.as_slice())),
        pager: Pager::new(&query, total, "类"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

fn count(n: usize) -> Value {
    Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}
