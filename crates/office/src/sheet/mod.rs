//! Workbooks: rows out of a stranger's .xlsx, marks into it, and tables into a new one.

mod annotate;
mod csv;
mod read;
mod reference;
mod table;
mod write;

pub use annotate::{AnnotateError, Mark, annotate};
pub use csv::write_csv;
pub use read::{Cell, Limits, NOT_CALCULATED, Row, SheetName, SheetRows, Workbook, read_workbook};
pub use reference::{CellRef, column_letters};
pub use table::{Column, ColumnKind, Table, Value, WriteError};
pub use write::write_workbook;
