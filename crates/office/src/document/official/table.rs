//! Tables within a document.

use super::body::{KEEP_NEXT, run, styled};
use super::layout::TEXT_WIDTH;
use super::{Align, OfficialColumn, OfficialTable};

/// A table of so many rows stays on one page.
const ROWS_TOGETHER: usize = 15;

/// The caption, the table, and a little room below it.
pub(super) fn table(table: &OfficialTable) -> String {
    if table.columns.is_empty() {
        return String::new();
    }
    let widths = widths(&table.columns);
    let caption = table.caption.as_ref().map(|caption| styled("TableCaption", "", &run(caption))).unwrap_or_default();
    let grid: String = widths.iter().map(|width| format!(r#"<w:gridCol w:w="{width}"/>"#)).collect();
    let headings = table.columns.iter().zip(&widths).map(|(column, width)| cell(*width, "TableHeading", "", &column.heading));
    let head = format!("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{}</w:tr>", headings.collect::<String>());
    let rows = table.rows.iter().zip((0..table.rows.len()).rev()).map(|(row, left)| {
        let words = row.iter().map(String::as_str).chain(std::iter::repeat(""));
        let cells = table.columns.iter().zip(&widths).zip(words);
        let keep = if table.rows.len() <= ROWS_TOGETHER && left > 0 { KEEP_NEXT } else { "" };
        let cells = cells.map(|((column, width), words)| cell(*width, "TableText", &format!("{keep}{}", placed(column.align)), words));
        format!("<w:tr><w:trPr><w:cantSplit/></w:trPr>{}</w:tr>", cells.collect::<String>())
    });
    let line = r#"w:val="single" w:sz="4" w:space="0" w:color="auto""#;
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(|side| format!("<w:{side} {line}/>")).concat();
    format!(
        r#"{caption}<w:tbl><w:tblPr><w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{}</w:tbl>{}"#,
        rows.collect::<String>(),
        styled("AfterTable", "", "")
    )
}

/// The text's width divided by the columns' shares; the last column takes what rounding leaves.
fn widths(columns: &[OfficialColumn]) -> Vec<u32> {
    let share = |column: &OfficialColumn| u64::from(column.share.max(1));
    let total: u64 = columns.iter().map(share).sum();
    let mut widths: Vec<u32> =
        columns.iter().map(|column| u32::try_from(u64::from(TEXT_WIDTH) * share(column) / total).unwrap_or(TEXT_WIDTH)).collect();
    let used: u32 = widths.iter().sum();
    if let Some(last) = widths.last_mut() {
        *last += TEXT_WIDTH - used;
    }
    widths
}

fn placed(align: Align) -> &'static str {
    match align {
        Align::Left => r#"<w:jc w:val="left"/>"#,
        Align::Center => r#"<w:jc w:val="center"/>"#,
        Align::Right => r#"<w:jc w:val="right"/>"#,
    }
}

fn cell(width: u32, style: &str, properties: &str, words: &str) -> String {
    let mut lines: String = words.lines().map(|line| styled(style, properties, &run(line))).collect();
    if lines.is_empty() {
        lines = styled(style, properties, "");
    }
    format!(r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>{lines}</w:tc>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_shares_and_fill_the_line() {
        let column = |share| OfficialColumn { heading: String::new(), share, align: Align::Left };
        let widths = widths(&[column(1), column(0), column(4)]);
        assert_eq!(widths.iter().sum::<u32>(), TEXT_WIDTH);
        assert_eq!(widths[..2], [TEXT_WIDTH / 6, TEXT_WIDTH / 6]);
    }
}
