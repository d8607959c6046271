//! The rows of one worksheet part, streamed.

use std::io::BufRead;
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::strings::{TextRuns, unescape_characters};
use super::{Cell, NOT_CALCULATED, Row};
use crate::error::ReadError;
use crate::package::Budget;
use crate::sheet::reference::{COLUMNS_MAX, CellRef, ROWS_MAX};
use crate::xml;

/// What the cells of a sheet refer to.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub part: &'a str,
    pub shared_texts: &'a [Box<str>],
    pub date_styles: &'a [bool],
    /// Days to add to a serial so that it counts from 1899-12-30.
    pub epoch_shift: f64,
    pub budget: Budget,
    pub cells_max: u64,
    /// Cells still allowed.
    pub cells_left: &'a mut u64,
}

impl Context<'_> {
    fn broken(&self, why: impl std::fmt::Display) -> ReadError {
        ReadError::broken(self.part, why)
    }
}

/// A `<c>` being read.
#[derive(Debug, Default)]
struct OpenCell {
    column: u32,
    kind: String,
    style: usize,
    value: String,
    runs: TextRuns,
    is_in_value: bool,
    has_formula: bool,
}

/// The state between two events of a sheet.
struct Rows<'c, 'a> {
    context: &'c mut Context<'a>,
    row: Option<Row>,
    row_number: u32,
    next_column: u32,
    cell: Option<OpenCell>,
}

/// Calls `each` with every row of the sheet's `sheetData` until it ends or `each` breaks.
///
/// # Errors
/// `Broken`, `TooLarge`, `TooManyCells`.
pub(super) fn for_each(source: impl BufRead, context: &mut Context<'_>, mut each: impl FnMut(Row) -> ControlFlow<()>) -> Result<(), ReadError> {
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    let mut is_in_rows = false;
    let mut rows = Rows { context, row: None, row_number: 0, next_column: 0, cell: None };
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|why| xml::error(rows.context.part, &why))?;
        match &event {
            Event::Eof if is_in_rows => {
                return Err(rows.context.broken("the sheet ends within its rows"));
            }
            Event::Eof => return Ok(()),
            Event::Start(element) if !is_in_rows => is_in_rows = element.local_name().as_ref() == "sheetData",
            Event::End(element) if is_in_rows && element.local_name().as_ref() == "sheetData" => {
                return Ok(());
            }
            event if is_in_rows => {
                if let Some(row) = rows.take_in(event)?
                    && each(row).is_break()
                {
                    return Ok(());
                }
            }
            _ => {}
        }
        buffer.clear();
    }
}

impl Rows<'_, '_> {
    /// Takes in one event from within `sheetData`; gives a row when one is complete.
    fn take_in(&mut self, event: &Event<'_>) -> Result<Option<Row>, ReadError> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => self.open_row(element)?,
                "c" => self.cell = Some(self.open_cell(element)?),
                _ => self.in_cell(event),
            },
            Event::Empty(element) => match element.local_name().as_ref() {
                "row" => self.open_row(element).map(|()| self.row = None)?,
                "c" => drop(self.open_cell(element)?),
                _ => self.in_cell(event),
            },
            Event::End(element) => match element.local_name().as_ref() {
                "row" => return Ok(self.row.take()),
                "c" => self.close_cell()?,
                _ => self.in_cell(event),
            },
            _ => self.in_cell(event),
        }
        Ok(None)
    }

    fn open_row(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        let number = match xml::attribute(element, "r") {
            Some(number) => number.trim().parse().ok(),
            None => self.row_number.checked_add(1),
        };
        let number = number.filter(|number| (1..=ROWS_MAX).contains(number));
        self.row_number = number.ok_or_else(|| self.context.broken("a row number is no row of a sheet"))?;
        self.next_column = 0;
        self.row = Some(Row { number: self.row_number, cells: Vec::new() });
        Ok(())
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> Result<OpenCell, ReadError> {
        let mut cell = OpenCell { column: self.next_column, ..OpenCell::default() };
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = attribute.value.as_ref();
            match attribute.key.as_ref() {
                "r" => {
                    let place: Result<CellRef, ()> = value.parse();
                    cell.column = place.map_err(|()| self.context.broken("a cell's place is none"))?.column;
                }
                "t" => value.clone_into(&mut cell.kind),
                "s" => cell.style = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        if cell.column >= COLUMNS_MAX {
            return Err(self.context.broken("a row has more cells than a sheet has columns"));
        }
        self.next_column = cell.column + 1;
        Ok(cell)
    }

    fn in_cell(&mut self, event: &Event<'_>) {
        let Some(cell) = &mut self.cell else { return };
        match event {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "f" => {
                cell.has_formula = true;
            }
            Event::Start(element) if element.local_name().as_ref() == "v" => cell.is_in_value = true,
            Event::End(element) if element.local_name().as_ref() == "v" => cell.is_in_value = false,
            event if cell.is_in_value => xml::push_text(event, &mut cell.value),
            event => cell.runs.take_in(event),
        }
    }

    fn close_cell(&mut self) -> Result<(), ReadError> {
        let (Some(cell), Some(row)) = (self.cell.take(), &mut self.row) else {
            return Ok(());
        };
        let column = cell.column as usize;
        let value = cell.finish(self.context)?;
        if value == Cell::Empty {
            return Ok(());
        }
        let n_new = (column + 1).saturating_sub(row.cells.len());
        let cells_max = self.context.cells_max;
        let left = self.context.cells_left.checked_sub(n_new as u64).ok_or(ReadError::TooManyCells { cells_max })?;
        *self.context.cells_left = left;
        if n_new > 0 {
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = value;
        Ok(())
    }
}

impl OpenCell {
    fn finish(mut self, context: &Context<'_>) -> Result<Cell, ReadError> {
        if self.kind == "inlineStr" {
            return Ok(text_cell(self.runs.finish()));
        }
        if self.value.is_empty() {
            return Ok(if self.has_formula { Cell::Error(NOT_CALCULATED.to_owned()) } else { Cell::Empty });
        }
        match self.kind.as_str() {
            "s" => {
                let index: Option<usize> = self.value.trim().parse().ok();
                let text = index.and_then(|index| context.shared_texts.get(index));
                let text = text.ok_or_else(|| context.broken("a cell refers to a text that does not exist"))?;
                context.budget.spend(text.len() as u64)?;
                Ok(text_cell(text.to_string()))
            }
            "str" => Ok(text_cell(unescape_characters(self.value))),
            "b" => Ok(Cell::Bool(matches!(self.value.trim(), "1" | "true"))),
            "e" => Ok(Cell::Error(self.value)),
            "d" => Ok(iso_serial(self.value.trim()).map_or(Cell::Text(self.value), Cell::Date)),
            _ => Ok(self.number(context)),
        }
    }

    fn number(self, context: &Context<'_>) -> Cell {
        let text = self.value.trim();
        match text.parse::<f64>() {
            Ok(value) if !value.is_finite() => Cell::Error(text.to_owned()),
            Ok(value) if context.date_styles.get(self.style).copied().unwrap_or(false) => Cell::Date(value + context.epoch_shift),
            Ok(value) => Cell::Number { value, text: text.to_owned() },
            // Not a number after all: what stands there is shown, not lost.
            Err(_) => text_cell(self.value),
        }
    }
}

fn text_cell(text: String) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

/// The serial of `2026-01-09` or `2026-01-09T10:30:00`, days since 1899-12-30.
fn iso_serial(text: &str) -> Option<f64> {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    let mut numbers = day.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    if !(1900..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days of the Gregorian calendar, the year taken to begin in March so that leap days come last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    const DAYS_UNTIL_1899_12_30: i64 = 693_899;
    let units = [24.0, 24.0 * 60.0, 24.0 * 3600.0];
    let clock = time.trim_end_matches('Z').split(':').zip(units);
    let fraction: Option<f64> =
        clock.map(|(part, per_day)| if part.is_empty() { Some(0.0) } else { part.parse::<f64>().ok().map(|it| it / per_day) }).sum();
    #[expect(clippy::cast_precision_loss, reason = "at most four million days")]
    Some((days - DAYS_UNTIL_1899_12_30) as f64 + fraction?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_become_serials() {
        assert_eq!(iso_serial("1900-03-01"), Some(61.0));
        assert_eq!(iso_serial("2025-03-25"), Some(45741.0));
        assert_eq!(iso_serial("2025-03-25T12:00:00"), Some(45741.5));
        assert_eq!(iso_serial("2025-13-25"), None);
        assert_eq!(iso_serial("去年"), None);
    }
}
