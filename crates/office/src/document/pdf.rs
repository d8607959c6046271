//! The text of a PDF, where it comes out whole.
//!
//! A PDF holds glyphs at places, not text. Chinese offices make three kinds whose text can be told: fonts with a table to Unicode
//! (Word, WPS, LibreOffice), and fonts coded in GBK or UCS-2 without one (older typesetting). Everything else, scans above all, is
//! refused: half a directive is worse than none.

use std::collections::BTreeMap;

use encoding_rs::{GBK, UTF_16BE};
use lopdf::content::Content;
use lopdf::{Dictionary, Document, Encoding, Object, ObjectId};

use crate::error::ReadError;

/// What the content of one page may unpack to.
const BYTES_UNPACKED_MAX: usize = 16 << 20;
const PAGES_MAX: usize = 300;
/// Fewer characters than a notice has: the rest is a picture.
const N_CHARS_MIN: usize = 20;

/// The text of a PDF in the order it is read, its lines joined to paragraphs again; page numbers left out.
///
/// # Errors
/// `Encrypted`, or `PdfNotWhole`, which asks for the .docx.
pub fn read_pdf(bytes: &[u8]) -> Result<String, ReadError> {
    let document = Document::load_mem(bytes).map_err(|_| not_whole("文件已损坏或没有传完整"))?;
    if document.is_encrypted() {
        return Err(ReadError::Encrypted);
    }
    let pages = document.get_pages();
    if pages.is_empty() || pages.len() > PAGES_MAX {
        return Err(not_whole(&format!("没有页面，或者超过 {PAGES_MAX} 页")));
    }
    let mut lines = Vec::new();
    for (number, id) in pages {
        let found = page_lines(&document, id).map_err(|why| not_whole(&format!("第 {number} 页{why}")))?;
        if found.is_empty() {
            return Err(not_whole(&format!("第 {number} 页没有文字，像是扫描件")));
        }
        lines.extend(found.into_iter().filter(|line| !is_page_number(&line.text)));
    }
    let text = paragraphs(&lines);
    let n_odd =
        text.chars().filter(|&c| c == '\u{fffd}' || ('\u{e000}'..='\u{f8ff}').contains(&c) || c.is_control() && !matches!(c, '\n' | '\t')).count();
    if n_odd > 0 {
        return Err(not_whole(&format!("有 {n_odd} 个字认不出来")));
    }
    if text.chars().filter(|c| c.is_alphanumeric()).count() < N_CHARS_MIN {
        return Err(not_whole("几乎没有文字，像是扫描件"));
    }
    Ok(text)
}

fn not_whole(why: &str) -> ReadError {
    ReadError::PdfNotWhole { why: why.to_owned() }
}

/// How the bytes of a font's strings are read.
enum Script<'a> {
    Gbk,
    Ucs2,
    Mapped(Encoding<'a>),
    /// Glyph numbers without a table: nobody can tell what they show.
    Unknown,
}

impl Script<'_> {
    fn of<'d>(font: &'d Dictionary, document: &'d Document) -> Script<'d> {
        let named = font.get_deref(b"Encoding", document).and_then(Object::as_name).unwrap_or_default();
        let has_table = font.has(b"ToUnicode");
        let is_composite = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0");
        match named {
            b"GBK-EUC-H" | b"GBK-EUC-V" | b"GBKp-EUC-H" | b"GBKp-EUC-V" | b"GB-EUC-H" | b"GB-EUC-V" if !has_table => return Script::Gbk,
            b"UniGB-UCS2-H" | b"UniGB-UCS2-V" | b"UniGB-UTF16-H" | b"UniGB-UTF16-V" if !has_table => return Script::Ucs2,
            _ => {}
        }
        match font.get_font_encoding_with_limit(document, BYTES_UNPACKED_MAX) {
            Ok(found @ Encoding::UnicodeMapEncoding(_)) => Script::Mapped(found),
            // The library falls back to Latin where it knows no better; for a composite font that would be nonsense.
            Ok(found) if !is_composite => Script::Mapped(found),
            _ => Script::Unknown,
        }
    }

    fn read(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Script::Gbk => Some(GBK.decode_without_bom_handling(bytes).0.into_owned()),
            Script::Ucs2 => Some(UTF_16BE.decode_without_bom_handling(bytes).0.into_owned()),
            Script::Mapped(encoding) => Document::decode_text(encoding, bytes).ok(),
            Script::Unknown => None,
        }
    }
}

/// Six numbers that place what is drawn.
#[derive(Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const UNIT: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn of(operands: &[Object]) -> Option<Self> {
        let mut numbers = [0.0; 6];
        for (number, operand) in numbers.iter_mut().zip(operands) {
            *number = f64::from(operand.as_float().ok()?);
        }
        (operands.len() >= 6).then_some(Self(numbers))
    }

    /// First this, then `outer`.
    fn within(self, outer: Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, outer.0);
        Self([a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u])
    }

    fn moved(self, x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).within(self)
    }
}

/// Some words at a place of the page.
struct Run {
    x: f64,
    y: f64,
    /// Where the next glyph would stand, roughly.
    end: f64,
    size: f64,
    text: String,
}

/// One line of the page.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    x: f64,
    end: f64,
    size: f64,
    /// The page's widest line ends here.
    right: f64,
    text: String,
}

fn page_lines(document: &Document, page: ObjectId) -> Result<Vec<Line>, String> {
    let broken = |_| "的内容已损坏".to_owned();
    let fonts = document.get_page_fonts(page).map_err(broken)?;
    let scripts: BTreeMap<Vec<u8>, Script> = fonts.into_iter().map(|(name, font)| (name, Script::of(font, document))).collect();
    let content = document.get_page_content_with_limit(page, BYTES_UNPACKED_MAX).map_err(broken)?;
    let content = Content::decode(&content).map_err(broken)?;
    let mut writer = Writer {
        scripts: &scripts,
        font: None,
        size: 0.0,
        leading: 0.0,
        page: Matrix::UNIT,
        line: Matrix::UNIT,
        text: Matrix::UNIT,
        runs: Vec::new(),
    };
    let mut saved = Vec::new();
    for operation in &content.operations {
        match operation.operator.as_str() {
            "q" => saved.push(writer.page),
            "Q" => writer.page = saved.pop().unwrap_or(Matrix::UNIT),
            "cm" => writer.page = Matrix::of(&operation.operands).map_or(writer.page, |moved| moved.within(writer.page)),
            operator => writer.take_in(operator, &operation.operands)?,
        }
    }
    Ok(lines_of(writer.runs))
}

struct Writer<'p> {
    scripts: &'p BTreeMap<Vec<u8>, Script<'p>>,
    font: Option<&'p Script<'p>>,
    size: f64,
    leading: f64,
    page: Matrix,
    line: Matrix,
    text: Matrix,
    runs: Vec<Run>,
}

impl Writer<'_> {
    fn take_in(&mut self, operator: &str, operands: &[Object]) -> Result<(), String> {
        let number = |i: usize| operands.get(i).and_then(|operand| operand.as_float().ok()).map_or(0.0, f64::from);
        match operator {
            "BT" => (self.line, self.text) = (Matrix::UNIT, Matrix::UNIT),
            "Tf" => {
                self.font = operands.first().and_then(|name| name.as_name().ok()).and_then(|name| self.scripts.get(name));
                self.size = number(1);
            }
            "TL" => self.leading = number(0),
            "Td" => self.start_line(number(0), number(1)),
            "TD" => {
                self.leading = -number(1);
                self.start_line(number(0), number(1));
            }
            "Tm" => {
                self.line = Matrix::of(operands).unwrap_or(self.line);
                self.text = self.line;
            }
            "T*" => self.start_line(0.0, -self.leading),
            "Tj" => self.show(operands)?,
            "'" => {
                self.start_line(0.0, -self.leading);
                self.show(operands)?;
            }
            "\"" => {
                self.start_line(0.0, -self.leading);
                self.show(operands.get(2..).unwrap_or_default())?;
            }
            "TJ" => {
                if let Some(Object::Array(parts)) = operands.first() {
                    self.show(parts)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn start_line(&mut self, x: f64, y: f64) {
        self.line = self.line.moved(x, y);
        self.text = self.line;
    }

    /// Strings, and between them numbers that move the pen by thousandths of the size.
    fn show(&mut self, parts: &[Object]) -> Result<(), String> {
        for part in parts {
            match part {
                Object::String(bytes, _) => {
                    let font = self.font.ok_or("用了没有登记的字体")?;
                    let text = font.read(bytes).ok_or("的字体没有文字对照表")?;
                    self.write(&text);
                }
                other => {
                    if let Ok(by) = other.as_float() {
                        self.text = self.text.moved(-f64::from(by) / 1000.0 * self.size, 0.0);
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, text: &str) {
        // Half a square for Latin, a square for the rest; precise enough to tell a gap from a word.
        let width: f64 = text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f64>() * self.size;
        let start = self.text.within(self.page);
        self.text = self.text.moved(width, 0.0);
        let end = self.text.within(self.page);
        let size = self.size * start.0[3].abs().max(start.0[1].abs());
        if !text.is_empty() {
            self.runs.push(Run { x: start.0[4], y: start.0[5], end: end.0[4], size, text: text.to_owned() });
        }
    }
}

/// Runs on one height are a line, from left to right.
fn lines_of(mut runs: Vec<Run>) -> Vec<Line> {
    runs.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut rows: Vec<Vec<Run>> = Vec::new();
    for run in runs {
        match rows.last_mut() {
            Some(row) if row.first().is_some_and(|first| (first.y - run.y).abs() < first.size.max(run.size) * 0.5) => row.push(run),
            _ => rows.push(vec![run]),
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for mut row in rows {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut line = Line { x: row[0].x, end: row[0].x, size: row[0].size, right: 0.0, text: String::new() };
        for run in row {
            let gap = run.x - line.end;
            if !line.text.is_empty() && gap > run.size * 2.5 {
                line.text.push('\t');
            } else if !line.text.is_empty()
                && gap > run.size * 0.4
                && line.text.ends_with(|c: char| c.is_ascii())
                && run.text.starts_with(|c: char| c.is_ascii())
            {
                line.text.push(' ');
            }
            line.text.push_str(&run.text);
            line.end = run.end;
        }
        if !line.text.trim().is_empty() {
            lines.push(line);
        }
    }
    let right = lines.iter().map(|line| line.end).fold(0.0, f64::max);
    lines.iter_mut().for_each(|line| line.right = right);
    lines
}

/// — 3 —, - 3 -, 3, 第 3 页.
fn is_page_number(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '—' | '–' | '－' | '─' | '·')).collect();
    let bare = bare.strip_prefix('第').and_then(|it| it.strip_suffix('页')).unwrap_or(&bare);
    !bare.is_empty() && bare.chars().count() <= 4 && bare.chars().all(|c| c.is_ascii_digit())
}

/// A line that fills the width goes on in the next one, unless that is set in like a new paragraph.
fn paragraphs(lines: &[Line]) -> String {
    let mut text = String::new();
    let left = lines.iter().map(|line| line.x).fold(f64::MAX, f64::min);
    for (i, line) in lines.iter().enumerate() {
        text.push_str(line.text.trim_end());
        let is_full = line.right - line.end < line.size * 2.5 && !line.text.contains('\t');
        let goes_on = lines
            .get(i + 1)
            .is_some_and(|next| next.x - left < next.size * 1.2 && !next.text.contains('\t') && (next.size - line.size).abs() < line.size * 0.15);
        if !(is_full && goes_on) {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;
    use lopdf::content::Operation;
    use lopdf::{Stream, dictionary};

    use super::*;

    /// A page that writes each string in its own line with a font of the given encoding and no table to Unicode.
    fn pdf(encoding: &str, strings: &[Vec<u8>]) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let pages = document.new_object_id();
        let font = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "SimSun", "Encoding" => encoding,
            "DescendantFonts" => vec![dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "SimSun" }.into()],
        });
        let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
        let mut operations = vec![
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 16.into()]),
            Operation::new("TL", vec![28.into()]),
            Operation::new("Td", vec![80.into(), 700.into()]),
        ];
        for string in strings {
            operations.push(Operation::new("Tj", vec![Object::string_literal(string.clone())]));
            operations.push(Operation::new("T*", vec![]));
        }
        operations.push(Operation::new("ET", vec![]));
        let content = document.add_object(Stream::new(dictionary! {}, Content { operations }.encode().expect("operations encode")));
        let page = document.add_object(dictionary! { "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => resources });
        document.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 });
        let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
        document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).expect("a document is written");
        bytes
    }

    const LINES: [&str; 3] = ["关于报送方案的通知", "各支部请于6月底前报送一份学习方案并附", "名单。"];

    #[test]
    fn fonts_coded_in_gbk_or_ucs_2_are_read_and_lines_joined() {
        let gbk: Vec<Vec<u8>> = LINES.iter().map(|line| GBK.encode(line).0.into_owned()).collect();
        let ucs2: Vec<Vec<u8>> = LINES.iter().map(|line| line.encode_utf16().flat_map(u16::to_be_bytes).collect()).collect();
        let expected = "关于报送方案的通知\n各支部请于6月底前报送一份学习方案并附名单。\n";
        assert_eq!(read_pdf(&pdf("GBK-EUC-H", &gbk)).as_deref(), Ok(expected));
        assert_eq!(read_pdf(&pdf("UniGB-UCS2-H", &ucs2)).as_deref(), Ok(expected));
    }

    #[test]
    fn what_cannot_be_read_whole_asks_for_the_docx() {
        let glyphs = pdf("Identity-H", &[vec![0, 12, 0, 40]]);
        let scan = pdf("GBK-EUC-H", &[]);
        for (bytes, why) in [(glyphs.as_slice(), "对照表"), (&scan, "扫描件"), (b"%PDF-1.4 broken", "损坏")] {
            let error = read_pdf(bytes).expect_err("not whole").to_string();
            assert!(error.contains(why) && error.contains(".docx"), "{error}");
        }
    }

    #[test]
    fn page_numbers_are_left_out() {
        assert!(["— 3 —", "12", "第 4 页", "- 1 -"].iter().all(|text| is_page_number(text)));
        assert!(["2026年", "一", "第 4 条", "3."].iter().all(|text| !is_page_number(text)));
    }
}
