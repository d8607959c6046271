//! Where a cell stands: `B7`.

use std::fmt;
use std::str::FromStr;

/// The most columns and rows a worksheet can have (column XFD, row 1048576).
pub(crate) const COLUMNS_MAX: u32 = 16_384;
pub(crate) const ROWS_MAX: u32 = 1_048_576;

/// A cell's place in its sheet; written `B7`. Ordered as cells stand in a file: by row, then by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellRef {
    /// The spreadsheet's own row number, from 1.
    pub row: u32,
    /// The column, from 0 (A).
    pub column: u32,
}

impl FromStr for CellRef {
    type Err = ();

    /// Reads `B7` or `$B$7`.
    ///
    /// # Errors
    /// When it is no cell of a worksheet (at most XFD1048576).
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.strip_prefix('$').unwrap_or(text);
        let n_letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (letters, digits) = text.split_at(n_letters);
        let digits = digits.strip_prefix('$').unwrap_or(digits);
        if !(1..=3).contains(&letters.len()) || !(1..=7).contains(&digits.len()) {
            return Err(());
        }
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(());
        }
        let place = |letter: u8| u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        let column = letters.bytes().fold(0, |sum, letter| sum * 26 + place(letter));
        let row: u32 = digits.parse().map_err(|_| ())?;
        if column > COLUMNS_MAX || !(1..=ROWS_MAX).contains(&row) {
            return Err(());
        }
        Ok(Self { row, column: column - 1 })
    }
}

impl fmt::Display for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", column_letters(self.column), self.row)
    }
}

/// The letters over a column counted from 0: 0 → `A`, 26 → `AA`.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        let place = u32::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from_u32('A' as u32 + place).unwrap_or('A'));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written() {
        for text in ["A1", "Z9", "AA10", "ZZ100", "AAA7", "XFD1048576"] {
            let cell: CellRef = text.parse().expect(text);
            assert_eq!(cell.to_string(), text);
        }
        assert_eq!("$b$7".parse(), Ok(CellRef { row: 7, column: 1 }));
        for text in ["", "A", "7", "A0", "XFE1", "A1048577", "A1B", "甲1", "A+1", "AAAA1", "A00000001"] {
            assert_eq!(text.parse::<CellRef>(), Err(()), "{text}");
        }
    }
}
