//! One page for the lists of this room: searched, narrowed, sorted, paged, exported.

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};

use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, Pager};
use crate::http::view::{Chip, Choice, Link, Status};
use crate::http::visit::{Answer, Visit};

/// A line of a list.
pub(super) struct Line {
    pub href: String,
    pub title: String,
    pub note: String,
    /// Label, text, whether it is a number.
    pub cells: Vec<(&'static str, String, bool)>,
    pub status: Option<Status>,
    /// What it is sorted by, under each key of the list.
    pub sort: String,
}

#[derive(Template)]
#[template(path = "pages/asked_list.html")]
struct ListPage<'a> {
    layout: Layout,
    title: String,
    lead: String,
    query: ListQuery,
    kept: Vec<&'static str>,
    find: &'static str,
    acts: &'a [Link],
    tabs: &'a [(Link, bool)],
    chips: Vec<Chip>,
    drops: Vec<(&'static str, &'static str, Vec<Choice>)>,
    columns: Vec<Column>,
    rows: Vec<Line>,
    pager: Pager,
    empty: (&'static str, &'static str),
}

/// A list about to be shown.
pub(super) struct Listing {
    pub title: &'static str,
    pub lead: String,
    pub find: &'static str,
    pub what: &'static str,
    pub counter: &'static str,
    pub acts: Vec<Link>,
    pub tabs: Vec<(Link, bool)>,
    pub chips: Vec<Chip>,
    pub drops: Vec<(&'static str, &'static str, Vec<Choice>)>,
    pub empty: (&'static str, &'static str),
}

impl Listing {
    /// Searches, sorts, exports or pages the lines.
    pub fn show(self, visit: &Visit, layout: Layout, query: ListQuery, mut lines: Vec<Line>) -> Answer {
        let is_found = |line: &Line| {
            line.title.contains(&query.q) || line.note.contains(&query.q) || line.cells.iter().any(|(_, text, _)| text.contains(&query.q))
        };
        lines.retain(|line| query.q.is_empty() || is_found(line));
        if query.sort == "name" {
            lines.sort_by_cached_key(|line| crate::pinyin::key(&line.title));
        } else {
            lines.sort_by(|a, b| a.sort.cmp(&b.sort));
        }
        if query.dir == Direction::Desc {
            lines.reverse();
        }
        let heads: Vec<(&'static str, bool)> =
            lines.first().map(|line| line.cells.iter().map(|(label, _, is_number)| (*label, *is_number)).collect()).unwrap_or_default();
        let has_status = lines.iter().any(|line| line.status.is_some());
        if let Some(export) = query.export {
            let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(24.0);
            let mut columns = vec![heading(self.what), heading("说明")];
            columns.extend(heads.iter().map(|(label, _)| heading(label)));
            if has_status {
                columns.push(heading("状态"));
            }
            let row = |line: &Line| {
                let mut row = vec![Value::text(line.title.clone()), Value::text(line.note.clone())];
                row.extend(line.cells.iter().map(|(_, text, is_number)| match text.parse() {
                    Ok(n) if *is_number => Value::Integer(n),
                    _ => Value::text(text.clone()),
                }));
                row.extend(line.status.as_ref().map(|status| Value::text(status.word.clone())));
                row
            };
            let table = Table { name: self.title.to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
            return download::table(export, self.title, &table);
        }
        let total = lines.len() as u64;
        let query = query.within(total);
        let from = usize::try_from(query.offset()).unwrap_or_default();
        let mut columns = vec![query.column(self.what, "name", false)];
        columns.extend(heads.iter().enumerate().map(|(at, (label, is_number))| match (at, is_number) {
            (0, _) => query.column(label, "first", *is_number),
            (_, true) => Column::number(*label),
            (_, false) => Column::plain(*label),
        }));
        if has_status {
            columns.push(Column::plain("状态"));
        }
        let mut kept = vec!["q"];
        kept.extend(self.drops.iter().map(|(name, _, _)| *name));
        let page = ListPage {
            layout,
            title: self.title.to_owned(),
            lead: self.lead,
            kept,
            find: self.find,
            acts: &self.acts,
            tabs: &self.tabs,
            chips: self.chips,
            drops: self.drops,
            columns,
            rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
            pager: Pager::new(&query, total, self.counter),
            empty: self.empty,
            query,
        };
        visit.page(&page)
    }
}
