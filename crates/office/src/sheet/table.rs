//! A table to be written, as workbook or as text.

use std::fmt;

/// A table: one worksheet, or one .csv file. No rows makes it a template to fill in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The name on the tab. Characters Excel forbids are replaced, a name too long or taken is altered.
    pub name: String,
    /// Over the headings, across all columns; each of its lines stands in a row of its own. Leave it out of templates that will be read again.
    pub title: Option<String>,
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows; a row shorter than the columns is filled up with empty cells.
    pub rows: Vec<Vec<Value>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The text in the heading row.
    pub heading: String,
    /// Width in characters of Latin text; a Chinese character takes two.
    pub width: f64,
    /// How its cells are formatted, the ones still to be filled in too.
    pub kind: ColumnKind,
    /// A note on the heading that says how to fill the column in.
    pub note: Option<String>,
    /// What may be chosen in this column; empty for anything.
    pub choices: Vec<String>,
}

impl Column {
    /// A column without note and choices, as wide as its heading and no narrower than its kind needs.
    #[must_use]
    pub fn new(heading: impl Into<String>, kind: ColumnKind) -> Self {
        let heading = heading.into();
        let least = match kind {
            ColumnKind::Text => 12.0,
            ColumnKind::Integer | ColumnKind::Decimal { .. } => 9.0,
            ColumnKind::Date => 12.0,
        };
        let n_halves: u32 = heading.chars().map(|it| if it.is_ascii() { 1 } else { 2 }).sum();
        // Three more for the arrow of the filter.
        let width = (f64::from(n_halves) + 3.0).clamp(least, 60.0);
        Self { heading, width, kind, note: None, choices: Vec::new() }
    }

    /// This column, `width` characters of Latin text wide.
    #[must_use]
    pub fn wide(mut self, width: f64) -> Self {
        self.width = width;
        self
    }

    /// This column with a note on its heading.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// This column with a drop-down list.
    #[must_use]
    pub fn choosing<T: Into<String>>(mut self, choices: impl IntoIterator<Item = T>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }
}

/// How the cells of a column are formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, whatever it looks like: codes and identity numbers keep all their digits.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers with this many digits after the point (at most 9).
    Decimal {
        /// Digits after the point.
        places: u8,
    },
    /// Days, shown as 2026-01-09.
    Date,
}

/// What one cell shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// Text; never becomes a formula, a link or a number.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `units` of the last place: 22.84 is 2284 with two places.
    Decimal {
        /// The number without its point.
        units: i64,
        /// Digits after the point.
        places: u8,
    },
    /// A day of the Gregorian calendar.
    Date {
        /// From 1900 to 9999.
        year: i16,
        /// From 1.
        month: i8,
        /// From 1.
        day: i8,
    },
}

impl Value {
    /// Text, or nothing for the empty text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl fmt::Display for Value {
    /// The cell as plain text: `22.84`, `2026-01-09`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal { units, places: 0 } => write!(f, "{units}"),
            Self::Decimal { units, places } => {
                let sign = if *units < 0 { "-" } else { "" };
                let width = usize::from(*places) + 1;
                let digits = format!("{:0>width$}", units.unsigned_abs());
                let (whole, fraction) = digits.split_at(digits.len() - usize::from(*places));
                write!(f, "{sign}{whole}.{fraction}")
            }
            Self::Date { year, month, day } => write!(f, "{year:04}-{month:02}-{day:02}"),
        }
    }
}

/// Why a table could not be written. `Display` is a Chinese sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// More rows than a worksheet can have.
    TooManyRows {
        /// The table's name.
        table: String,
        /// How many it may have.
        rows_max: usize,
    },
    /// No columns, or more than a worksheet can have.
    ColumnCount {
        /// The table's name.
        table: String,
        /// How many it has.
        n_columns: usize,
    },
    /// There is no table to write.
    NoTable,
    /// The file could not be put together; the reason is for the log.
    Failed(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyRows { table, rows_max } => {
                write!(f, "“{table}”超过 {rows_max} 行，一张工作表放不下。请缩小导出范围，分次导出。")
            }
            Self::ColumnCount { table, n_columns: 0 } => write!(f, "“{table}”没有选择任何列。请至少选择一列再导出。"),
            Self::ColumnCount { table, n_columns } => {
                write!(f, "“{table}”有 {n_columns} 列，一张工作表放不下。请减少导出的列。")
            }
            Self::NoTable => f.write_str("没有可导出的表。请至少选择一张表。"),
            Self::Failed(_) => f.write_str("生成文件失败。请稍后重试；仍不成功时请联系管理员检查临时目录的空间。"),
        }
    }
}

impl std::error::Error for WriteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_show_their_places() {
        let decimal = |units, places| Value::Decimal { units, places }.to_string();
        assert_eq!(decimal(2284, 2), "22.84");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(0, 1), "0.0");
        assert_eq!(decimal(7, 0), "7");
        assert_eq!(decimal(i64::MIN, 3), "-9223372036854775.808");
        assert_eq!(Value::Date { year: 2026, month: 1, day: 9 }.to_string(), "2026-01-09");
    }
}
