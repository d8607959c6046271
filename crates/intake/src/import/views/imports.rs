//! `/imports`: uploading, templates, and all imports so far.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::jobs::JobState;

use super::{minute, natural, state_of};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Link, Status, grouped};
use crate::http::visit::{Answer, Visit};
use crate::import::history::Past;
use crate::import::model::Primitive;

const IMPORTS: ListSpec = ListSpec { sorts: &["at", "file"], default_sort: ("at", Direction::Desc), filters: &["state"], per: 20 };

#[derive(Template)]
#[template(path = "pages/imports.html")]
pub(in crate::import) struct ImportsPage {
    layout: Layout,
    sentence: String,
    templates: Vec<Link>,
    query: ListQuery,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<PastRow>,
    pager: Pager,
    may_export: bool,
}

struct PastRow {
    href: String,
    files: String,
    at: String,
    by: String,
    status: Status,
    counts: String,
}

impl ImportsPage {
    pub(in crate::import) fn answer(visit: &Visit, uri: &Uri, all: Vec<Past>) -> Answer {
        let query = ListQuery::from_uri(&IMPORTS, uri);
        let word = |past: &Past| state_of(past.state).1;
        let n_waiting = all.iter().filter(|past| past.state == JobState::Asking).count();
        let count = |state: &str| all.iter().filter(|past| word(past) == state).count() as u64;
        let chips = ["待您决定", "已写入", "没有写入"].into_iter().map(|state| query.chip("state", state, state, Some(count(state)))).collect();
        let mut found: Vec<&Past> = all.iter().filter(|past| query.filter("state").is_none_or(|state| state == word(past))).collect();
        found.retain(|past| query.q.is_empty() || past.files.iter().any(|file| file.contains(&query.q)));
        if query.sort == "file" {
            found.sort_by(|a, b| a.files.cmp(&b.files));
        } else {
            found.sort_by_key(|past| past.id);
        }
        if query.dir == Direction::Desc {
            found.reverse();
        }
        let rows: Vec<PastRow> = found.into_iter().map(PastRow::of).collect();
        if let Some(export) = query.export {
            return download::table(export, "导入记录", &past_table(&rows));
        }
        let total = rows.len() as u64;
        let query = query.within(total);
        let (from, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
        let sentence = match (all.len(), n_waiting) {
            (0, _) => "还没有导入过。先下载空白模板，或者直接上传手头的表格，系统按表头认列。".to_owned(),
            (_, 0) => format!("最近一次：{}", rows.first().map(|row| format!("{}，{}", row.files, row.counts)).unwrap_or_default()),
            (_, n) => format!("有 {n} 次导入核对完了，等您决定是否写入。"),
        };
        let page = Self {
            layout: visit.layout("导入导出").crumb("基础信息", "/organisations").crumb("导入导出", ""),
            sentence,
            templates: templates(visit),
            chips,
            columns: vec![
                query.column("文件", "file", false),
                query.column("时间", "at", false),
                Column::plain("办理人"),
                Column::plain("结果"),
                Column::plain("条数"),
            ],
            rows: rows.into_iter().skip(from).take(per).collect(),
            pager: Pager::new(&query, total, "次"),
            may_export: visit.actor().may(Capability::Export),
            query,
        };
        visit.page(&page)
    }
}

impl PastRow {
    fn of(past: &Past) -> Self {
        let (standing, word) = state_of(past.state);
        let counts = match past.state {
            JobState::Done => format!(
                "新增 {}，更新 {}，没有变化 {}，退回 {}",
                grouped(natural(past.n_created)),
                grouped(natural(past.n_updated)),
                grouped(natural(past.n_unchanged)),
                grouped(natural(past.n_refused))
            ),
            JobState::Failed => past.message.clone(),
            _ => String::new(),
        };
        Self {
            href: format!("/imports/{}", past.id),
            files: past.files.join("、"),
            at: minute(&past.created_at),
            by: past.by.clone().unwrap_or_else(|| "本机命令行".to_owned()),
            status: Status::new(standing, word).plain(),
            counts,
        }
    }
}

fn past_table(rows: &[PastRow]) -> Table {
    let line = |row: &PastRow| {
        vec![Value::text(&row.files), Value::text(&row.at), Value::text(&row.by), Value::text(&row.status.word), Value::text(&row.counts)]
    };
    Table {
        name: "导入记录".to_owned(),
        title: None,
        columns: ["文件", "时间", "办理人", "结果", "条数"]
            .into_iter()
            .zip([40.0, 18.0, 14.0, 12.0, 60.0])
            .map(|(heading, width)| SheetColumn::new(heading, ColumnKind::Text).wide(width))
            .collect(),
        rows: rows.iter().map(line).collect(),
    }
}

fn templates(visit: &Visit) -> Vec<Link> {
    let pack = visit.pack();
    let mut kinds: Vec<_> =
        pack.workbooks.iter().filter_map(|(key, workbook)| Some((Primitive::parse(&workbook.primitive)?, key, &workbook.name))).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, key, name)| Link::new(name, format!("/imports/templates/{key}"))).collect()
}
