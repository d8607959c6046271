//! For: reading the rows of an .xlsx that a stranger sent.
//! In: the file's bytes and limits.
//! Out: rows of cells, one at a time, numbers with the digits the file holds.
//! Does not know: what a column means.

mod rows;
mod strings;
mod styles;
mod workbook;

pub(crate) use workbook::{Contents, SheetPart};
pub use workbook::{SheetName, Workbook, read_workbook};

/// How much of a workbook is read before it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all parts together, unpacked; a shared text counts each time a cell uses it.
    pub bytes_unpacked_max: u64,
    /// Cells of all sheets together, the empty ones left of a filled one included.
    pub cells_max: u64,
    /// Distinct texts of the workbook.
    pub shared_strings_max: usize,
}

impl Default for Limits {
    /// 256 MB, five million cells, two million texts: ten times a return of 36,000 rows by 15 columns.
    fn default() -> Self {
        Self { bytes_unpacked_max: 256 << 20, cells_max: 5_000_000, shared_strings_max: 2_000_000 }
    }
}

/// What stands for a formula whose result the file does not hold.
pub const NOT_CALCULATED: &str = "公式未计算";

/// What a cell holds. A formula counts as its last result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, as it stands: neither trimmed nor narrowed. May be a number typed as text.
    Text(String),
    /// A number that is not formatted as a date.
    Number {
        /// The nearest binary number.
        value: f64,
        /// The digits in the file, from which an exact decimal can be made: `22.84`, `84.20999999999999`, `1E-3`.
        text: String,
    },
    /// A number formatted as a date or time: days since 1899-12-30, whichever epoch the workbook uses.
    Date(f64),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error such as `#N/A`; [`NOT_CALCULATED`] for a formula whose result the file does not hold.
    Error(String),
}

/// A row with at least one `<row>` in the file; rows that are absent there are not made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The spreadsheet's own row number, from 1.
    pub number: u32,
    /// Cells from column A without gaps; nothing but empty cells follows the last one. A merged area has its
    /// content in its first cell, the others are empty.
    pub cells: Vec<Cell>,
}

/// A worksheet, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetRows {
    /// The name on the tab.
    pub name: String,
    /// Whether the tab is hidden.
    pub is_hidden: bool,
    /// The rows, in the order of the file.
    pub rows: Vec<Row>,
}
