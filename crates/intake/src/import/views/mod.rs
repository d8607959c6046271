//! Page structs of imports: they already hold the words.

mod exports;
mod import;
mod imports;
mod rows;

use office::sheet::CellRef;
use store::jobs::{Job, JobState};

use super::model::{Level, NoteKind};
use super::staging::{ImportSheet, KeptNote};
use crate::http::view::Standing;

pub(super) use exports::ExportsPage;
pub(super) use import::ImportPage;
pub(super) use imports::ImportsPage;
pub(super) use rows::RowsPage;

fn state_of(state: JobState) -> (Standing, &'static str) {
    match state {
        JobState::Waiting | JobState::Running => (Standing::Running, "进行中"),
        JobState::Asking => (Standing::Soon, "待您决定"),
        JobState::Done => (Standing::Ok, "已写入"),
        JobState::Failed => (Standing::Missed, "没有写入"),
    }
}

fn natural(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// An instant to the minute, at UTC+8.
fn minute(at: &str) -> String {
    at.parse::<jiff::Timestamp>()
        .map_or_else(|_| at.to_owned(), |at| jiff::tz::Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
}

/// What an import is doing, in words.
#[must_use]
pub(super) fn step_sentence(job: &Job) -> &'static str {
    match (job.state, job.step.as_str()) {
        (JobState::Waiting, _) => "排队等候",
        (_, "" | "read") => "正在读表、认列",
        (_, "check") => "正在核对",
        _ => "正在写入，可以离开本页；中途断电也不会丢行、不会重复",
    }
}

/// One note in a table.
struct NoteRow {
    id: i64,
    cell: String,
    sheet: String,
    heading: String,
    value: String,
    kind: &'static str,
    message: String,
    is_update: bool,
    decision: &'static str,
}

impl NoteRow {
    fn of(kept: &KeptNote, sheets: &[ImportSheet]) -> Self {
        let note = &kept.note;
        let sheet = sheets.iter().find(|sheet| sheet.id == kept.sheet_id);
        Self {
            id: kept.id,
            cell: CellRef { row: note.row, column: note.column }.to_string(),
            sheet: sheet.map(|sheet| if sheets.len() > 1 { sheet.file.clone() } else { sheet.layout.sheet.clone() }).unwrap_or_default(),
            heading: note.heading.clone(),
            value: note.value.clone(),
            kind: note.kind.name(),
            message: note.message.clone(),
            is_update: note.kind.level() == Level::Update,
            decision: match (kept.decision.as_deref(), note.kind) {
                (Some("take"), _) => "按表更新",
                (Some(_), _) => "保持原样",
                (None, NoteKind::OtherPerson) => "还没有判断，不写入",
                (None, _) => "",
            },
        }
    }
}
