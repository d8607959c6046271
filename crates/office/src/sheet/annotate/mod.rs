//! For: giving a workbook back with what is wrong marked in it.
//! In: the original bytes and marks: sheet, cell, message.
//! Out: the same workbook; the marked cells pale red with a comment, every other byte of every part as it was.
//! Does not know: why a cell is wrong.

mod cells;
mod comments;
mod drawing;
mod merges;
mod registry;
mod styles;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

use super::read::{Contents, Limits, SheetPart};
use super::reference::CellRef;
use crate::error::{ReadError, Wanted};
use crate::package::{Package, zip_error};
use registry::{Dialect, Registry};
use styles::Styles;

/// A message to be put on a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The name on the sheet's tab.
    pub sheet: String,
    /// The cell, which may be empty or absent so far. Within a merged area its first cell is marked.
    pub cell: CellRef,
    /// What is wrong, for the person who sent the workbook. Several messages on one cell are listed.
    pub message: String,
}

/// Why a workbook could not be annotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnotateError {
    /// The workbook cannot be read.
    Read(ReadError),
    /// There is no sheet of this name.
    NoSuchSheet(String),
}

impl fmt::Display for AnnotateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::NoSuchSheet(name) => write!(f, "工作簿里没有名为“{name}”的工作表，无法标注。请重新上传原文件。"),
        }
    }
}

impl std::error::Error for AnnotateError {}

impl From<ReadError> for AnnotateError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// The parts that differ from the original: path → new bytes.
#[derive(Debug, Default)]
struct Changes(BTreeMap<String, Vec<u8>>);

/// Marks cells of a workbook: pale red fill and a comment. No marks give the original bytes.
///
/// Parts that change are the sheets with marks, the styles, and what belongs to comments; they are held in memory
/// one at a time, within `limits.bytes_unpacked_max`.
///
/// # Errors
/// [`AnnotateError`]: the workbook is unreadable, or a mark names a sheet it does not have.
pub fn annotate(bytes: &[u8], marks: &[Mark], limits: &Limits) -> Result<Vec<u8>, AnnotateError> {
    if marks.is_empty() {
        return Ok(bytes.to_vec());
    }
    let mut package = Package::open(bytes, limits.bytes_unpacked_max, Wanted::Workbook)?;
    let contents = Contents::read(&mut package)?;
    let mut registry = Registry::open(&mut package)?;
    let mut styles = Styles::open(&mut package, &contents)?;
    let mut changes = Changes::default();
    for (index, messages) in by_sheet(&contents.sheets, marks)? {
        let path = &contents.sheets[index].path;
        annotate_sheet(&mut package, path, messages, &mut styles, &mut registry, &mut changes)?;
    }
    styles.close(&contents, &mut package, &mut registry, &mut changes)?;
    registry.close(&mut changes);
    Ok(pack(&mut package, changes)?)
}

type Messages<'m> = BTreeMap<CellRef, Vec<&'m str>>;

/// The marks of each sheet that has some, by the sheet's index.
fn by_sheet<'m>(sheets: &[SheetPart], marks: &'m [Mark]) -> Result<BTreeMap<usize, Messages<'m>>, AnnotateError> {
    let mut grouped: BTreeMap<usize, Messages<'m>> = BTreeMap::new();
    for mark in marks {
        let index = sheets.iter().position(|it| it.sheet.name == mark.sheet);
        let index = index.ok_or_else(|| AnnotateError::NoSuchSheet(mark.sheet.clone()))?;
        let messages = grouped.entry(index).or_default().entry(mark.cell).or_default();
        if !messages.contains(&mark.message.as_str()) {
            messages.push(&mark.message);
        }
    }
    Ok(grouped)
}

fn annotate_sheet(
    package: &mut Package<'_>,
    path: &str,
    messages: Messages<'_>,
    styles: &mut Styles,
    registry: &mut Registry,
    changes: &mut Changes,
) -> Result<(), ReadError> {
    let sheet = package.text_part(path)?.ok_or_else(|| ReadError::broken(path, "the part is missing"))?;
    let dialect = Dialect::of(&sheet);
    let messages = merges::to_first_cells(path, &sheet, messages)?;
    let places: Vec<CellRef> = messages.keys().copied().collect();
    let mut edited = cells::edit(path, &sheet, &places, styles)?;

    let mut rels = registry.relationships_of(package, path)?;
    let drawing_path = edited.drawing_id.as_deref().and_then(|id| rels.target_of(id));
    let drawing = match &drawing_path {
        Some(path) => package.text_part(path)?,
        None => None,
    };
    let (drawing_path, is_new) = match (drawing_path, &drawing) {
        (Some(path), Some(_)) => (path, false),
        _ => (registry.free_path("xl/drawings/vmlDrawing", ".vml"), true),
    };
    if is_new {
        let id = rels.add(&dialect, "vmlDrawing", &drawing_path);
        edited.refer_to_drawing(&dialect, &id);
        registry.add_default("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing");
    }

    let known = rels.first_of("comments");
    let original = match &known {
        Some(path) => package.text_part(path)?,
        None => None,
    };
    let comments_path = match (known, &original) {
        (Some(path), Some(_)) => path,
        _ => {
            let path = registry.free_path("xl/comments", ".xml");
            rels.add(&dialect, "comments", &path);
            registry.add_override(&path, "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml");
            path
        }
    };
    let comments = comments::add(&comments_path, original, &messages, &dialect)?;
    let drawing = drawing::add(&drawing_path, drawing, &comments.new_cells)?;

    changes.0.insert(path.to_owned(), edited.finish(&sheet).into_bytes());
    changes.0.insert(comments_path, comments.text.into_bytes());
    changes.0.insert(drawing_path, drawing.into_bytes());
    rels.close(changes);
    Ok(())
}

/// The package again: changed parts in their places, new ones at the end, all others copied as they are packed.
fn pack(package: &mut Package<'_>, mut changes: Changes) -> Result<Vec<u8>, ReadError> {
    let failed = |why: zip::result::ZipError| zip_error("", &why);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let changed: Vec<(String, usize)> = changes.0.keys().filter_map(|path| Some((path.clone(), package.index_of(path)?))).collect();
    for index in 0..package.archive.len() {
        match changed.iter().find(|(_, changed)| *changed == index) {
            Some((path, _)) => {
                let name = package.archive.name_for_index(index).and_then(Result::ok).unwrap_or(path.into()).into_owned();
                writer.start_file(name, options).map_err(failed)?;
                let bytes = changes.0.remove(path).unwrap_or_default();
                writer.write_all(&bytes).map_err(|why| ReadError::broken(path, why))?;
            }
            None => {
                let entry = package.archive.by_index_raw(index).map_err(failed)?;
                writer.raw_copy_file(entry).map_err(failed)?;
            }
        }
    }
    for (path, bytes) in changes.0 {
        writer.start_file(path.as_str(), options).map_err(failed)?;
        writer.write_all(&bytes).map_err(|why| ReadError::broken(&path, why))?;
    }
    Ok(writer.finish().map_err(failed)?.into_inner())
}
