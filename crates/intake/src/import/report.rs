//! What an import did, as JSON for the command line and as marks for the workbook that came.

use std::collections::BTreeMap;

use office::sheet::{CellRef, Limits, Mark, annotate};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use store::Refusal;

use super::model::{Level, NoteKind};
use super::staging::{self, ImportFile, ImportSheet, KeptNote};
use crate::app::App;

/// One file of an import and one kind of workbook in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    pub file: String,
    /// Key of the pack's `workbook`; empty when the file could not be read.
    pub kind: String,
    /// Rows that say something.
    pub rows: i64,
    /// Rows that are recorded now: new, unchanged and updated together.
    pub accepted: i64,
    pub unchanged: i64,
    pub updated: i64,
    /// Imported, and somebody should look; grouped by kind.
    pub doubts: Vec<Line>,
    /// Not imported; one line for each row, as the rows stand.
    pub rejected: Vec<Line>,
}

/// One row, with the spreadsheet's own number. Identity and telephone numbers are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub sheet: String,
    pub row: u32,
    /// The heading as the file writes it.
    pub column: String,
    pub value: String,
    pub message: String,
}

/// The report of an import, in the order in which its files were named.
///
/// # Errors
/// When the database cannot be read.
pub async fn report<C: ConnectionTrait>(connection: &C, job: i64) -> anyhow::Result<Vec<FileReport>> {
    let (files, sheets, notes) =
        (staging::files(connection, job).await?, staging::sheets(connection, job).await?, staging::notes(connection, job, None).await?);
    let mut by_sheet: BTreeMap<i64, Vec<KeptNote>> = BTreeMap::new();
    for note in notes {
        by_sheet.entry(note.sheet_id).or_default().push(note);
    }
    let mut reports: Vec<FileReport> = Vec::new();
    for file in &files {
        if let Some(problem) = &file.problem {
            reports.push(FileReport::unread(file, problem));
            continue;
        }
        let from = reports.len();
        for sheet in sheets.iter().filter(|sheet| sheet.file_id == file.id) {
            let known = reports[from..].iter().position(|report| report.kind == sheet.layout.kind);
            let at = known.map_or_else(
                || {
                    reports.push(FileReport::empty(file, sheet));
                    reports.len() - 1
                },
                |at| from + at,
            );
            reports[at].add(sheet, by_sheet.remove(&sheet.id).unwrap_or_default());
        }
    }
    Ok(reports)
}

impl FileReport {
    /// A file that could not be read: no kind, no rows, one sentence.
    fn unread(file: &ImportFile, problem: &str) -> Self {
        let line = Line { sheet: String::new(), row: 0, column: String::new(), value: String::new(), message: problem.to_owned() };
        let (rows, accepted, unchanged, updated) = (0, 0, 0, 0);
        Self { file: file.name.clone(), kind: String::new(), rows, accepted, unchanged, updated, doubts: Vec::new(), rejected: vec![line] }
    }

    fn empty(file: &ImportFile, sheet: &ImportSheet) -> Self {
        Self {
            file: file.name.clone(),
            kind: sheet.layout.kind.clone(),
            rows: 0,
            accepted: 0,
            unchanged: 0,
            updated: 0,
            doubts: Vec::new(),
            rejected: Vec::new(),
        }
    }

    fn add(&mut self, sheet: &ImportSheet, mut notes: Vec<KeptNote>) {
        let counts = sheet.counts;
        self.rows += sheet.n_rows;
        self.accepted += counts.n_created + counts.n_updated + counts.n_unchanged + counts.n_kept;
        self.unchanged += counts.n_unchanged + counts.n_kept;
        self.updated += counts.n_updated;
        notes.sort_by_key(|kept| (doubt_order(kept.note.kind), kept.note.row, kept.note.column));
        for KeptNote { note, .. } in notes {
            let line = Line { sheet: sheet.layout.sheet.clone(), row: note.row, column: note.heading, value: note.value, message: note.message };
            match note.kind.level() {
                Level::Refused => self.rejected.push(line),
                Level::Doubt => self.doubts.push(line),
                // That somebody else had the number is worth a look even where nobody is asked.
                Level::Update if note.kind == NoteKind::OtherPerson => self.doubts.push(line),
                Level::Update | Level::Beside => {}
            }
        }
    }
}

/// Refusals stand as the rows do; doubts by kind.
fn doubt_order(kind: NoteKind) -> Option<NoteKind> {
    (kind.level() != Level::Refused).then_some(kind)
}

/// The very file that came, with a fill and a comment at every cell for which a row was refused.
///
/// # Errors
/// [`Refusal`] when the file is not kept any more or cannot be marked.
pub async fn annotated(app: &App, job: i64, file: &ImportFile) -> anyhow::Result<Vec<u8>> {
    let connection = app.store().reader();
    let sheets = staging::sheets(connection, job).await?;
    let sheet_name = |id: i64| sheets.iter().find(|sheet| sheet.id == id && sheet.file_id == file.id).map(|sheet| sheet.layout.sheet.clone());
    let mut notes = staging::notes(connection, job, Some(Level::Refused)).await?;
    notes.extend(staging::notes(connection, job, Some(Level::Beside)).await?);
    let marks: Vec<Mark> = notes
        .into_iter()
        .filter_map(|kept| {
            let cell = CellRef { row: kept.note.row, column: kept.note.column };
            Some(Mark { sheet: sheet_name(kept.sheet_id)?, cell, message: kept.note.message })
        })
        .collect();
    let bytes = crate::files::get(app, &file.sm3).await?;
    let annotated = tokio::task::spawn_blocking(move || annotate(&bytes, &marks, &Limits::default())).await?;
    annotated.map_err(|error| Refusal(error.to_string()).into())
}
