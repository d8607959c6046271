//! For: documents an office can take up as they are: drafts (送审稿) laid out after GB/T 9704-2012.
//! In: title, recipients, typed blocks, who signs and when.
//! Out: the bytes of a .docx, the same for the same document.
//! Does not know: red heads, document numbers, seals, secrecy; those are the issuing office's.

mod body;
mod layout;
mod parts;
mod table;
mod title;

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

pub use title::balance_title;

/// A document to be laid out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Official {
    /// The title; its lines are balanced, a line feed in it is kept.
    pub title: String,
    /// What stands at the head of every page: 送审稿, 示例方案.
    pub mark: Option<String>,
    /// 主送机关, without colon.
    pub addressed_to: Option<String>,
    /// What the document says.
    pub blocks: Vec<Block>,
    /// 附件: their names in order, without numbers and without 书名号 or full stop.
    pub attachments: Vec<String>,
    /// 发文机关署名.
    pub signed_by: Option<String>,
    /// 成文日期 in full, in Arabic digits without leading zeros: 2026年1月9日.
    pub dated: Option<String>,
    /// The fonts to be used.
    pub fonts: Fonts,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// 一、 in 黑体. The number is written for it, unless the text begins with one.
    Heading1(String),
    /// （一） in 楷体, numbered anew under each first heading.
    Heading2(String),
    /// 1. in 仿宋, numbered anew under each second heading.
    Heading3(String),
    /// Running text; each line a paragraph of its own.
    Paragraph(String),
    /// A table over the width of the text.
    Table(OfficialTable),
    /// A remark in smaller type: sources, how figures were reckoned.
    Note(String),
}

/// A table of a document. Its headings are repeated on every page it runs over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfficialTable {
    /// What stands centred over it.
    pub caption: Option<String>,
    /// The columns, from the left.
    pub columns: Vec<OfficialColumn>,
    /// The rows; short ones are filled up with empty cells, long ones cut.
    pub rows: Vec<Vec<String>>,
}

/// A column of an [`OfficialTable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialColumn {
    /// The text in the heading row.
    pub heading: String,
    /// Its part of the width, in relation to the other columns' shares; at least 1.
    pub share: u32,
    /// Where text stands in its cells.
    pub align: Align,
}

/// Where text stands in its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For text.
    Left,
    /// For short words, dates and codes.
    Center,
    /// For numbers that are compared.
    Right,
}

/// A font and what to take where it is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Font {
    /// The font asked for.
    pub name: String,
    /// The name under which a reader may find a substitute.
    pub fallback: String,
    /// Whether to set it in bold.
    pub is_bold: bool,
}

impl Font {
    fn new(name: &str, fallback: &str, is_bold: bool) -> Self {
        Self { name: name.to_owned(), fallback: fallback.to_owned(), is_bold }
    }
}

/// The fonts of a document by their use. None is embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fonts {
    /// 标题: 小标宋.
    pub title: Font,
    /// First headings, table headings, the mark: 黑体.
    pub heading: Font,
    /// Second headings: 楷体.
    pub second_heading: Font,
    /// Everything else: 仿宋.
    pub body: Font,
    /// Page numbers: 宋体.
    pub page_number: Font,
    /// Letters and digits in running text.
    pub latin: Font,
}

impl Default for Fonts {
    /// The fonts of the standard as offices have them: 方正小标宋简体, 黑体, 楷体_GB2312, 仿宋_GB2312, 宋体, falling
    /// back on 宋体, 楷体, 仿宋.
    fn default() -> Self {
        Self {
            title: Font::new("方正小标宋简体", "宋体", false),
            heading: Font::new("黑体", "SimHei", false),
            second_heading: Font::new("楷体_GB2312", "楷体", false),
            body: Font::new("仿宋_GB2312", "仿宋", false),
            page_number: Font::new("宋体", "SimSun", false),
            latin: Font::new("Times New Roman", "Liberation Serif", false),
        }
    }
}

impl Fonts {
    /// The fonts every Windows has: for desks without 方正小标宋 and the _GB2312 fonts. The title is 宋体 in bold.
    #[must_use]
    pub fn everywhere() -> Self {
        Self {
            title: Font::new("宋体", "SimSun", true),
            second_heading: Font::new("楷体", "KaiTi", false),
            body: Font::new("仿宋", "FangSong", false),
            ..Self::default()
        }
    }
}

/// Lays a document out as .docx: A4, 22 lines of 28 characters, fonts, headings, signature and page numbers after
/// GB/T 9704-2012.
#[must_use]
pub fn write_official(document: &Official) -> Vec<u8> {
    let fonts = &document.fonts;
    let header = parts::header(document.mark.as_deref(), fonts);
    let parts = [
        ("[Content_Types].xml", parts::content_types()),
        ("_rels/.rels", parts::package_relationships()),
        ("docProps/core.xml", parts::core_properties(&document.title)),
        ("word/document.xml", body::document(document)),
        ("word/_rels/document.xml.rels", parts::document_relationships()),
        ("word/styles.xml", parts::styles(fonts)),
        ("word/settings.xml", parts::settings()),
        ("word/fontTable.xml", parts::font_table(fonts)),
        ("word/header1.xml", header.clone()),
        ("word/header2.xml", header),
        ("word/footer1.xml", parts::footer(parts::Side::Odd, fonts)),
        ("word/footer2.xml", parts::footer(parts::Side::Even, fonts)),
    ];
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    let written = parts.iter().try_for_each(|(path, text)| -> zip::result::ZipResult<()> {
        writer.start_file(*path, options)?;
        Ok(writer.write_all(text.as_bytes())?)
    });
    let finished = written.and_then(|()| writer.finish());
    finished.expect("an archive of a few small parts is written to memory").into_inner()
}
