//! The marked cells of one sheet part: another style for those that exist, new ones for those that do not.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::registry::Dialect;
use super::styles::Styles;
use crate::error::ReadError;
use crate::sheet::reference::CellRef;
use crate::xml;
use crate::xml_edit::{Edits, Step, prefix_of, tag_with, walk};

/// What must come after `legacyDrawing` in a sheet.
const AFTER_DRAWING: [&str; 9] =
    ["legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst", "AlternateContent"];

/// A sheet's changes, and what they need to know of its drawing of comments.
pub(super) struct EditedSheet {
    edits: Edits,
    prefix: String,
    /// The relationship of the sheet's `legacyDrawing`, if it has one.
    pub drawing_id: Option<String>,
    /// The tag of that element.
    drawing_tag: Option<Range<usize>>,
    /// Where such an element belongs.
    drawing_at: usize,
}

impl EditedSheet {
    /// Makes the sheet show the comments drawn in the part that `id` stands for.
    pub(super) fn refer_to_drawing(&mut self, dialect: &Dialect, id: &str) {
        let relationships = dialect.relationships;
        let element = format!(r#"<{}legacyDrawing xmlns:r="{relationships}" r:id="{id}"/>"#, self.prefix);
        match self.drawing_tag.clone() {
            Some(range) => self.edits.replace(range, element),
            None => self.edits.insert(self.drawing_at, element),
        }
    }

    pub(super) fn finish(self, sheet: &str) -> String {
        self.edits.apply(sheet)
    }
}

/// The row being walked through.
struct OpenRow<'s> {
    number: u32,
    tag: BytesStart<'s>,
    range: Range<usize>,
    has_new_cells: bool,
}

struct Editor<'s, 'a> {
    part: &'a str,
    /// Marked cells not yet come to, in the order of the file, the next one last.
    left: Vec<CellRef>,
    styles: &'a mut Styles,
    edited: EditedSheet,
    /// Styles of columns: first, last (from 0), style.
    column_styles: Vec<(u32, u32, u32)>,
    row: Option<OpenRow<'s>>,
    row_number: u32,
    next_column: u32,
    is_in_rows: bool,
    has_rows: bool,
}

/// Works out the changes for the marked cells (in order).
///
/// # Errors
/// `Broken` when the XML is damaged.
pub(super) fn edit(part: &str, sheet: &str, places: &[CellRef], styles: &mut Styles) -> Result<EditedSheet, ReadError> {
    let edited = EditedSheet { edits: Edits::default(), prefix: String::new(), drawing_id: None, drawing_tag: None, drawing_at: usize::MAX };
    let mut editor = Editor {
        part,
        left: places.iter().rev().copied().collect(),
        styles,
        edited,
        column_styles: Vec::new(),
        row: None,
        row_number: 0,
        next_column: 0,
        is_in_rows: false,
        has_rows: false,
    };
    walk(part, sheet, |step| editor.take_in(step))?;
    if editor.has_rows { Ok(editor.edited) } else { Err(ReadError::broken(part, "the sheet has no sheetData")) }
}

impl<'s> Editor<'s, '_> {
    fn take_in(&mut self, step: Step<'s>) -> Result<(), ReadError> {
        match &step.event {
            Event::Start(element) | Event::Empty(element) => {
                let is_empty = matches!(step.event, Event::Empty(_));
                match (step.depth, element.local_name().as_ref()) {
                    (0, _) => self.edited.prefix = prefix_of(element),
                    (1, "sheetData") => self.open_rows(element, &step.range, is_empty),
                    (1, name) => self.note_drawing(name, element, &step.range),
                    (2, "col") => self.note_column(element),
                    (2, "row") if self.is_in_rows => self.open_row(element, &step.range, is_empty)?,
                    (3, "c") if self.is_in_rows => self.pass_cell(element, &step.range, is_empty)?,
                    _ => {}
                }
            }
            Event::End(element) => match (step.depth, element.local_name().as_ref()) {
                (0, _) => self.edited.drawing_at = self.edited.drawing_at.min(step.range.start),
                (1, "sheetData") => {
                    self.is_in_rows = false;
                    let rows = self.new_rows_before(u32::MAX);
                    self.edited.edits.insert(step.range.start, rows);
                }
                (2, "row") if self.is_in_rows => self.close_row(step.range.start),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn note_drawing(&mut self, name: &str, element: &BytesStart<'_>, range: &Range<usize>) {
        if name == "legacyDrawing" {
            self.edited.drawing_id = xml::attribute(element, "id").map(Into::into);
            self.edited.drawing_tag = Some(range.clone());
        } else if self.has_rows && AFTER_DRAWING.contains(&name) {
            self.edited.drawing_at = self.edited.drawing_at.min(range.start);
        }
    }

    fn note_column(&mut self, element: &BytesStart<'_>) {
        let number = |name| xml::attribute(element, name).and_then(|value| value.parse::<u32>().ok());
        if let (Some(min), Some(max), Some(style)) = (number("min"), number("max"), number("style")) {
            self.column_styles.push((min.saturating_sub(1), max.saturating_sub(1), style));
        }
    }

    fn open_rows(&mut self, element: &BytesStart<'s>, range: &Range<usize>, is_empty: bool) {
        self.has_rows = true;
        self.is_in_rows = !is_empty;
        if is_empty {
            let rows = self.new_rows_before(u32::MAX);
            let text = format!("{}{rows}</{}>", tag_with(element, &[], false), element.name().as_ref());
            self.edited.edits.replace(range.clone(), text);
        }
    }

    fn open_row(&mut self, element: &BytesStart<'s>, range: &Range<usize>, is_empty: bool) -> Result<(), ReadError> {
        let number = match xml::attribute(element, "r") {
            Some(number) => number.trim().parse().ok(),
            None => self.row_number.checked_add(1),
        };
        let number = number.ok_or_else(|| ReadError::broken(self.part, "a row number is no number"))?;
        let rows = self.new_rows_before(number);
        self.edited.edits.insert(range.start, rows);
        self.row_number = number;
        self.next_column = 0;
        let row = OpenRow { number, tag: element.clone(), range: range.clone(), has_new_cells: false };
        if is_empty {
            let cells = self.new_cells_before(CellRef { row: number, column: u32::MAX }, row_style(element));
            if !cells.is_empty() {
                let tag = tag_with(element, &[("spans", None)], false);
                self.edited.edits.replace(range.clone(), format!("{tag}{cells}</{}>", element.name().as_ref()));
            }
        } else {
            self.row = Some(row);
        }
        Ok(())
    }

    fn close_row(&mut self, at: usize) {
        let Some(number) = self.row.as_ref().map(|row| row.number) else {
            return;
        };
        self.insert_cells_before(CellRef { row: number, column: u32::MAX }, at);
        // `spans` says which columns the row uses; with new cells it may be wrong, and it is optional.
        if let Some(row) = self.row.take()
            && row.has_new_cells
            && xml::attribute(&row.tag, "spans").is_some()
        {
            self.edited.edits.replace(row.range, tag_with(&row.tag, &[("spans", None)], false));
        }
    }

    fn pass_cell(&mut self, element: &BytesStart<'s>, range: &Range<usize>, is_empty: bool) -> Result<(), ReadError> {
        let column = match xml::attribute(element, "r") {
            Some(place) => {
                let place: Result<CellRef, ()> = place.parse();
                place.map_err(|()| ReadError::broken(self.part, "a cell's place is none"))?.column
            }
            None => self.next_column,
        };
        self.next_column = column.saturating_add(1);
        let place = CellRef { row: self.row_number, column };
        self.insert_cells_before(place, range.start);
        if self.left.last() == Some(&place) {
            self.left.pop();
            let style = xml::attribute(element, "s").and_then(|style| style.parse().ok()).unwrap_or(0);
            let style = self.styles.marked(style).to_string();
            self.edited.edits.replace(range.clone(), tag_with(element, &[("s", Some(style))], is_empty));
        }
        Ok(())
    }

    fn insert_cells_before(&mut self, place: CellRef, at: usize) {
        let style = self.row.as_ref().and_then(|row| row_style(&row.tag));
        let cells = self.new_cells_before(place, style);
        if !cells.is_empty() {
            self.edited.edits.insert(at, cells);
            if let Some(row) = &mut self.row {
                row.has_new_cells = true;
            }
        }
    }

    /// Cells for the marks that come before `place` and have none.
    fn new_cells_before(&mut self, place: CellRef, row_style: Option<u32>) -> String {
        let mut cells = String::new();
        while let Some(new) = self.left.pop_if(|next| *next < place) {
            let column_style = self.column_styles.iter().find(|(min, max, _)| (*min..=*max).contains(&new.column));
            let style = row_style.or(column_style.map(|(_, _, style)| *style)).unwrap_or(0);
            let style = self.styles.marked(style);
            cells += &format!(r#"<{}c r="{new}" s="{style}"/>"#, self.edited.prefix);
        }
        cells
    }

    /// Rows for the marks above row `number` whose rows do not exist.
    fn new_rows_before(&mut self, number: u32) -> String {
        let mut rows = String::new();
        while let Some(row) = self.left.last().map(|next| next.row).filter(|row| *row < number) {
            let cells = self.new_cells_before(CellRef { row, column: u32::MAX }, None);
            let prefix = &self.edited.prefix;
            rows += &format!(r#"<{prefix}row r="{row}">{cells}</{prefix}row>"#);
        }
        rows
    }
}

/// The style a row gives to cells that do not exist.
fn row_style(row: &BytesStart<'_>) -> Option<u32> {
    if !xml::flag(row, "customFormat", false) {
        return None;
    }
    xml::attribute(row, "s")?.parse().ok()
}
