//! `/imports/{id}/rows`: every row about which something is to be said.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use store::jobs::JobState;

use super::NoteRow;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice};
use crate::http::visit::{Answer, Visit};
use crate::import::history::Seen;
use crate::import::model::{Level, NoteKind};
use crate::import::staging::{self, KeptNote};

const ROWS: ListSpec = ListSpec { sorts: &["place", "kind"], default_sort: ("place", Direction::Asc), filters: &["level", "kind", "sheet"], per: 50 };

#[derive(Template)]
#[template(path = "pages/import_rows.html")]
pub(in crate::import) struct RowsPage {
    layout: Layout,
    id: i64,
    sentence: String,
    query: ListQuery,
    chips: Vec<Chip>,
    kinds: Vec<Choice>,
    sheets: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<NoteRow>,
    pager: Pager,
    here: String,
    may_decide: bool,
}

impl RowsPage {
    pub(in crate::import) async fn answer(visit: &Visit, uri: &Uri, seen: Seen) -> Answer {
        let id = seen.job.id;
        let query = ListQuery::from_uri(&ROWS, uri);
        let notes = staging::notes(visit.app.store().reader(), id, None).await?;
        let mut found: Vec<&KeptNote> = notes.iter().filter(|kept| matches(kept, &query)).collect();
        if query.sort == "kind" {
            found.sort_by_key(|kept| (kept.note.kind, kept.sheet_id, kept.note.row, kept.note.column));
        }
        if query.dir == Direction::Desc {
            found.reverse();
        }
        let rows: Vec<NoteRow> = found.iter().map(|kept| NoteRow::of(kept, &seen.sheets)).collect();
        if let Some(export) = query.export {
            return download::table(export, "导入核对清单", &rows_table(&rows));
        }
        let total = rows.len() as u64;
        let query = query.within(total);
        let (from, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
        let n_of = |level: Level| notes.iter().filter(|kept| kept.note.kind.level() == level).count();
        let level_chip = |(level, label): (Level, &str)| query.chip("level", level.word(), label, Some(n_of(level) as u64));
        let used: Vec<NoteKind> = NoteKind::ALL.iter().copied().filter(|kind| notes.iter().any(|kept| kept.note.kind == *kind)).collect();
        let page = Self {
            layout: visit
                .layout("核对清单")
                .crumb("导入导出", "/imports")
                .crumb(seen.sheets.first().map_or_else(|| "这次导入".to_owned(), |sheet| sheet.file.clone()), format!("/imports/{id}"))
                .crumb("核对清单", ""),
            id,
            sentence: format!("退回 {} 行，存疑 {} 处，库里已有而内容不同 {} 行", n_of(Level::Refused), n_of(Level::Doubt), n_of(Level::Update)),
            chips: [(Level::Refused, "退回"), (Level::Doubt, "存疑"), (Level::Update, "内容不同")].into_iter().map(level_chip).collect(),
            kinds: query.choices("kind", "全部", used.iter().map(|kind| (kind.key(), kind.name()))),
            sheets: query.choices(
                "sheet",
                "全部",
                seen.sheets.iter().map(|sheet| (sheet.id.to_string(), format!("{} · {}", sheet.file, sheet.layout.sheet))),
            ),
            columns: vec![
                query.column("单元格", "place", false),
                Column::plain("表"),
                Column::plain("列"),
                Column::plain("您填的"),
                query.column("问题", "kind", false),
                Column::plain("怎么回事，怎么改"),
            ],
            rows: rows.into_iter().skip(from).take(per).collect(),
            pager: Pager::new(&query, total, "条"),
            here: query.page_link(query.page),
            may_decide: seen.job.state == JobState::Asking && notes.iter().any(|kept| kept.note.kind.level() == Level::Update),
            query,
        };
        visit.page(&page)
    }
}

fn matches(kept: &KeptNote, query: &ListQuery) -> bool {
    let note = &kept.note;
    query.filter("level").is_none_or(|level| note.kind.level().word() == level)
        && query.filter("kind").is_none_or(|kind| note.kind.key() == kind)
        && query.filter("sheet").is_none_or(|sheet| kept.sheet_id.to_string() == sheet)
        && (query.q.is_empty()
            || note.row.to_string() == query.q
            || [&note.value, &note.message, &note.heading].iter().any(|text| text.contains(&query.q)))
}

fn rows_table(rows: &[NoteRow]) -> Table {
    let line = |row: &NoteRow| [&row.sheet, &row.cell, &row.heading, &row.value, row.kind, &row.message].into_iter().map(Value::text).collect();
    Table {
        name: "核对清单".to_owned(),
        title: None,
        columns: ["表", "单元格", "列", "您填的", "问题", "怎么回事，怎么改"]
            .into_iter()
            .zip([28.0, 10.0, 16.0, 24.0, 22.0, 60.0])
            .map(|(heading, width)| SheetColumn::new(heading, ColumnKind::Text).wide(width))
            .collect(),
        rows: rows.iter().map(line).collect(),
    }
}
