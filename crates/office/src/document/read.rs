//! The text of a .docx, line by line.

use quick_xml::events::{BytesStart, Event};

use super::numbering::{Numbering, Place};
use crate::error::{ReadError, Wanted};
use crate::package::Package;
use crate::xml;

/// A directive of a hundred pages has less than two.
const BYTES_UNPACKED_MAX: u64 = 64 << 20;

/// The text of a .docx in the order it is read: each paragraph a line, each table row a line of cells with tabs
/// between them. Automatic numbers stand before their paragraphs as Word shows them. Left out: bullets, text deleted under tracked changes, headers, footers, notes.
///
/// # Errors
/// [`ReadError`], whose `Display` says what to do: another format, encrypted, damaged, too large.
pub fn read_text(bytes: &[u8]) -> Result<String, ReadError> {
    let mut package = Package::open(bytes, BYTES_UNPACKED_MAX, Wanted::Document)?;
    let path = package.main_part("word/document.xml")?;
    let numbering = Numbering::of(&mut package, &path)?;
    let Some(source) = package.stream(&path)? else {
        return Err(ReadError::broken(&path, "the part is missing"));
    };
    let mut reader = TextReader { numbering, ..TextReader::default() };
    xml::for_each_event(&path, source, |event| {
        reader.take_in(event);
        Ok(())
    })?;
    Ok(reader.text)
}

/// A table row being read: its finished cells, and the paragraphs of the cell at hand.
#[derive(Debug, Default)]
struct OpenRow {
    cells: Vec<String>,
    cell: String,
}

#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    place: Place,
}

#[derive(Debug, Default)]
struct TextReader {
    numbering: Numbering,
    /// Within `w:pPrChange`, which says what a paragraph's properties were.
    is_in_former: bool,
    text: String,
    /// Open paragraphs, innermost last: one within a text box stands within another.
    paragraphs: Vec<Paragraph>,
    /// Open table rows, innermost last.
    rows: Vec<OpenRow>,
    is_in_text: bool,
    /// How many elements whose content does not count are open.
    skipped_depth: u32,
}

impl TextReader {
    fn take_in(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => self.open(element),
            Event::Empty(element) => self.pass(element),
            Event::End(element) => self.close(element.local_name().as_ref()),
            event if self.is_in_text && self.skipped_depth == 0 => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    xml::push_text(event, &mut paragraph.text);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) {
        match element.local_name().as_ref() {
            name if is_skipped(name) => self.skipped_depth += 1,
            "p" => self.paragraphs.push(Paragraph::default()),
            "pPrChange" => self.is_in_former = true,
            "t" => self.is_in_text = true,
            "tr" => self.rows.push(OpenRow::default()),
            _ => self.pass(element),
        }
    }

    /// Elements that stand for a character. (An empty `w:p` is an empty line.)
    fn pass(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name();
        if name.as_ref() == "p" && self.skipped_depth == 0 {
            self.push_line(String::new());
        }
        if matches!(name.as_ref(), "numId" | "ilvl" | "pStyle")
            && !self.is_in_former
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            paragraph.place.note(element);
            return;
        }
        let is_in_cell = !self.rows.is_empty();
        let character = match name.as_ref() {
            // Tab stops are defined by elements of the same name, with attributes.
            "tab" if xml::attribute(element, "val").is_none() => {
                if is_in_cell {
                    ' '
                } else {
                    '\t'
                }
            }
            "br" | "cr" if xml::attribute(element, "type").is_none() => {
                if is_in_cell {
                    ' '
                } else {
                    '\n'
                }
            }
            "noBreakHyphen" => '-',
            _ => return,
        };
        if self.skipped_depth == 0
            && let Some(paragraph) = self.paragraphs.last_mut()
        {
            paragraph.text.push(character);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            name if is_skipped(name) => self.skipped_depth = self.skipped_depth.saturating_sub(1),
            "t" => self.is_in_text = false,
            "p" => {
                if let Some(Paragraph { text, place }) = self.paragraphs.pop() {
                    let line = numbered(self.numbering.next(&place), &text);
                    self.push_line(line);
                }
            }
            "pPrChange" => self.is_in_former = false,
            "tc" => {
                if let Some(row) = self.rows.last_mut() {
                    row.cells.push(std::mem::take(&mut row.cell));
                }
            }
            "tr" => {
                if let Some(row) = self.rows.pop() {
                    // A table within a table's cell becomes words of that cell.
                    let separator = if self.rows.is_empty() { "\t" } else { " " };
                    self.push_line(row.cells.join(separator));
                }
            }
            _ => {}
        }
    }

    fn push_line(&mut self, line: String) {
        match self.rows.last_mut() {
            Some(row) => {
                if !row.cell.is_empty() && !line.is_empty() {
                    row.cell.push(' ');
                }
                row.cell.push_str(&line);
            }
            None if self.paragraphs.is_empty() || !line.is_empty() => {
                self.text.push_str(&line);
                self.text.push('\n');
            }
            None => {}
        }
    }
}

/// （一）总体要求, 1.建章; a blank keeps the number 1. from running into 2024年.
fn numbered(number: String, text: &str) -> String {
    let runs_on = number.ends_with(|c: char| c.is_ascii()) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if number.is_empty() {
        text.to_owned()
    } else if runs_on {
        format!("{number} {text}")
    } else {
        number + text
    }
}

/// Content that is not part of the text: deletions, the old place of what was moved, the second form of a drawing.
fn is_skipped(name: &str) -> bool {
    matches!(name, "del" | "moveFrom" | "Fallback")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(body: &str) -> String {
        let mut reader = TextReader::default();
        xml::for_each_event("d", format!("<w:body>{body}</w:body>").as_bytes(), |event| {
            reader.take_in(event);
            Ok(())
        })
        .expect("well-formed");
        reader.text
    }

    #[test]
    fn paragraphs_are_lines() {
        let body = r#"<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs><w:numPr/></w:pPr><w:r><w:t>一、</w:t></w:r><w:r><w:tab/><w:t xml:space="preserve">总体 &amp; </w:t><w:br/><w:t>要求</w:t></w:r></w:p><w:p/>
            <w:p><w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:ins><w:r><w:t>增</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>移</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE</w:instrText><w:br w:type="page"/></w:r></w:p>"#;
        assert_eq!(text_of(body), "一、\t总体 & \n要求\n\n增\n");
    }

    #[test]
    fn automatic_numbers_are_written_out() {
        let p = |text: &str| {
            format!(r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#)
        };
        assert_eq!(text_of(&p("没有定义的编号")), "没有定义的编号\n", "a list that is defined nowhere");
        assert_eq!(numbered("1.".into(), "2024年"), "1. 2024年");
        assert_eq!(numbered("1.".into(), "建章"), "1.建章");
        assert_eq!(numbered("（一）".into(), "2024年"), "（一）2024年");
    }

    #[test]
    fn table_rows_are_lines_of_cells() {
        let cell = |content: &str| format!("<w:tc>{content}</w:tc>");
        let p = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
        let inner = format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl><w:p/>", cell(&p("内")), cell(&p("表")));
        let rows = format!("<w:tr>{}{}{}</w:tr><w:tr>{}</w:tr>", cell(&(p("序号") + &p("一"))), cell("<w:p/>"), cell(&p("任务")), cell(&inner));
        assert_eq!(text_of(&format!("{}<w:tbl>{rows}</w:tbl>{}", p("前"), p("后"))), "前\n序号 一\t\t任务\n内 表\n后\n");
    }

    #[test]
    fn a_text_box_is_read_once() {
        let inner = "<w:p><w:r><w:t>框</w:t></w:r></w:p>";
        let body = format!(
            "<w:p><w:r><w:t>外</w:t></w:r><mc:AlternateContent><mc:Choice>{inner}</mc:Choice><mc:Fallback>{inner}</mc:Fallback></mc:AlternateContent><w:r><w:t>面</w:t></w:r></w:p>"
        );
        assert_eq!(text_of(&body), "框\n外面\n");
    }
}
