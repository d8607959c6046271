//! A workbook's sheets by name, and the way to their rows.

use std::ops::ControlFlow;

use quick_xml::events::Event;

use super::{Limits, Row, SheetRows, rows, strings, styles};
use crate::error::{ReadError, Wanted};
use crate::package::Package;
use crate::xml;

/// A worksheet's tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetName {
    /// The name on the tab.
    pub name: String,
    /// Whether the tab is hidden.
    pub is_hidden: bool,
}

/// A worksheet and the part that holds it.
#[derive(Debug, Clone)]
pub(crate) struct SheetPart {
    pub sheet: SheetName,
    pub path: String,
}

/// The parts of a workbook that concern cells.
#[derive(Debug)]
pub(crate) struct Contents {
    pub sheets: Vec<SheetPart>,
    pub workbook: String,
    pub styles: Option<String>,
    pub shared_strings: Option<String>,
    pub is_epoch_1904: bool,
}

/// An open workbook, its shared texts and styles read, its sheets still packed.
pub struct Workbook<'a> {
    package: Package<'a>,
    sheets: Vec<SheetPart>,
    names: Vec<SheetName>,
    shared_texts: Vec<Box<str>>,
    date_styles: Vec<bool>,
    is_epoch_1904: bool,
    limits: Limits,
    cells_left: u64,
}

/// Reads all rows of all worksheets.
///
/// # Errors
/// Every [`ReadError`] that concerns workbooks; its `Display` says what to do.
pub fn read_workbook(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetRows>, ReadError> {
    let mut workbook = Workbook::open(bytes, limits)?;
    let mut sheets = Vec::new();
    for (index, SheetName { name, is_hidden }) in workbook.names.clone().into_iter().enumerate() {
        let mut rows = Vec::new();
        workbook.for_each_row(index, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        sheets.push(SheetRows { name, is_hidden, rows });
    }
    Ok(sheets)
}

impl<'a> Workbook<'a> {
    /// Opens a workbook: reads its sheet names, shared texts and styles.
    ///
    /// # Errors
    /// Every [`ReadError`] that concerns workbooks.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let mut package = Package::open(bytes, limits.bytes_unpacked_max, Wanted::Workbook)?;
        let contents = Contents::read(&mut package)?;
        let shared_texts = match &contents.shared_strings {
            Some(path) => match package.stream(path)? {
                Some(source) => strings::read(path, source, limits.shared_strings_max)?,
                None => Vec::new(),
            },
            None => Vec::new(),
        };
        let date_styles = match &contents.styles {
            Some(path) => styles::read_date_styles(path, &package.part(path)?.unwrap_or_default())?,
            None => Vec::new(),
        };
        Ok(Self {
            package,
            names: contents.sheets.iter().map(|it| it.sheet.clone()).collect(),
            sheets: contents.sheets,
            shared_texts,
            date_styles,
            is_epoch_1904: contents.is_epoch_1904,
            limits: limits.clone(),
            cells_left: limits.cells_max,
        })
    }

    /// The worksheets in the order of their tabs; at least one. Chart sheets are left out.
    #[must_use]
    pub fn sheets(&self) -> &[SheetName] {
        &self.names
    }

    /// Calls `each` with the rows of the sheet at `index` (as in [`Self::sheets`]) until it breaks. Only the
    /// row at hand is in memory.
    ///
    /// # Errors
    /// `Broken`, `TooLarge`, `TooManyCells`; `NoSheet` when there is none at `index`.
    pub fn for_each_row(&mut self, index: usize, each: impl FnMut(Row) -> ControlFlow<()>) -> Result<(), ReadError> {
        let path = self.sheets.get(index).ok_or(ReadError::NoSheet)?.path.clone();
        let budget = self.package.budget.clone();
        let source = self.package.stream(&path)?.ok_or_else(|| ReadError::broken(&path, "the part is missing"))?;
        // Workbooks made on old Macs count days from 1904-01-01, 1462 days later.
        let epoch_shift = if self.is_epoch_1904 { 1462.0 } else { 0.0 };
        let mut context = rows::Context {
            part: &path,
            shared_texts: &self.shared_texts,
            date_styles: &self.date_styles,
            epoch_shift,
            budget,
            cells_max: self.limits.cells_max,
            cells_left: &mut self.cells_left,
        };
        rows::for_each(source, &mut context, each)
    }
}

impl Contents {
    /// Finds the parts of a workbook.
    ///
    /// # Errors
    /// `NotThisKind`, `Broken`, `NoSheet`.
    pub(crate) fn read(package: &mut Package<'_>) -> Result<Self, ReadError> {
        let workbook = package.main_part("xl/workbook.xml")?;
        let relationships = package.relationships(&workbook)?;
        let xml = package.part(&workbook)?.unwrap_or_default();
        let mut sheets = Vec::new();
        let mut is_epoch_1904 = false;
        xml::for_each_event(&workbook, xml.as_slice(), |event| {
            let (Event::Start(element) | Event::Empty(element)) = event else {
                return Ok(());
            };
            match element.local_name().as_ref() {
                "workbookPr" => is_epoch_1904 = xml::flag(element, "date1904", false),
                "sheet" => {
                    let id = xml::attribute(element, "id").unwrap_or_default();
                    let part = relationships.iter().find(|it| it.id == id && it.kind == "worksheet");
                    if let Some(part) = part {
                        let name = xml::attribute(element, "name").unwrap_or_default().into_owned();
                        let is_hidden = xml::attribute(element, "state").is_some_and(|state| state != "visible");
                        let sheet = SheetName { name, is_hidden };
                        sheets.push(SheetPart { sheet, path: part.target.clone() });
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        if sheets.is_empty() {
            return Err(ReadError::NoSheet);
        }
        let path_of = |kind| relationships.iter().find(|it| it.kind == kind).map(|it| it.target.clone());
        Ok(Self { sheets, workbook: workbook.clone(), styles: path_of("styles"), shared_strings: path_of("sharedStrings"), is_epoch_1904 })
    }
}
