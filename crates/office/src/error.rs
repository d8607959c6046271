//! Why a file could not be read, as a sentence for the person who sent it.

use std::fmt;

/// The kind of file a reader was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An .xlsx workbook.
    Workbook,
    /// A .docx document.
    Document,
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Workbook => "Excel 工作簿（.xlsx）",
            Self::Document => "Word 文档（.docx）",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Workbook => ".xlsx",
            Self::Document => ".docx",
        }
    }
}

/// What the bytes look like when they are not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No bytes at all.
    Nothing,
    /// The format of Office before 2007 (.xls, .doc, .et, .wps).
    OldOffice,
    /// A web page or XML text, often saved as “.xls” by older systems.
    Markup,
    /// Text, such as a renamed .csv.
    Text,
    /// A zip archive holding something else (.ods, .xlsb, .zip, or the other Office kind).
    OtherArchive,
    /// None of these.
    Unknown,
}

/// Why a workbook or document could not be read. `Display` is a Chinese sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The bytes are of another format, whatever the file is called.
    NotThisKind {
        /// What the caller asked for.
        wanted: Wanted,
        /// What the bytes look like.
        found: Found,
    },
    /// The file is protected by a password for opening.
    Encrypted,
    /// The archive or the XML in it is damaged.
    Broken {
        /// The part of the package, e.g. `xl/workbook.xml`; empty for the archive itself.
        part: String,
        /// What is wrong, for the log; may be English.
        why: String,
    },
    /// Unpacked, the file exceeds the limit in bytes.
    TooLarge {
        /// The limit that was exceeded.
        bytes_max: u64,
    },
    /// The workbook has more cells than the limit.
    TooManyCells {
        /// The limit that was exceeded.
        cells_max: u64,
    },
    /// The workbook has more distinct texts than the limit.
    TooManyTexts {
        /// The limit that was exceeded.
        texts_max: usize,
    },
    /// The workbook has no worksheet.
    NoSheet,
    /// The text file is in none of the encodings we know.
    UnknownEncoding,
    /// The text of the PDF does not come out whole.
    PdfNotWhole {
        /// Which page, and what about it.
        why: String,
    },
}

impl ReadError {
    pub(crate) fn broken(part: &str, why: impl fmt::Display) -> Self {
        Self::Broken { part: part.to_owned(), why: why.to_string() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThisKind { wanted, found } => not_this_kind(*wanted, *found, f),
            Self::Encrypted => f.write_str("文件设有打开密码，无法读取。请在 WPS 或 Office 中取消密码保护，另存后重新上传。"),
            Self::Broken { part, .. } if part.is_empty() => f.write_str("文件已损坏或没有传完整。请用 WPS 或 Office 打开，另存后重新上传。"),
            Self::Broken { part, .. } => {
                write!(f, "文件内部的“{part}”已损坏。请用 WPS 或 Office 打开，另存后重新上传。")
            }
            Self::TooLarge { bytes_max } => {
                write!(f, "文件解压后超过 {} MB。请删去无关的工作表、图片和空白行，或分成几个文件上传。", bytes_max.div_ceil(1 << 20))
            }
            Self::TooManyCells { cells_max } => {
                write!(f, "工作簿超过 {cells_max} 个单元格。请删去无关的行、列，或分成几个文件上传。")
            }
            Self::TooManyTexts { texts_max } => {
                write!(f, "工作簿中不同的文字超过 {texts_max} 条。请分成几个文件上传。")
            }
            Self::NoSheet => f.write_str("工作簿里没有工作表。请使用下载的模板填写后重新上传。"),
            Self::UnknownEncoding => f.write_str("认不出文本文件的编码。请用记事本另存为 UTF-8 编码后重新上传。"),
            Self::PdfNotWhole { why } => {
                write!(f, "这份 PDF 的文字取不完整（{why}）。请上传它的 Word 文档（.docx），或者把原文粘贴进来。")
            }
        }
    }
}

impl std::error::Error for ReadError {}

fn not_this_kind(wanted: Wanted, found: Found, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (name, extension) = (wanted.name(), wanted.extension());
    match found {
        Found::Nothing => write!(f, "文件是空的（0 字节）。请重新选择{name}上传。"),
        Found::OldOffice => {
            write!(f, "这是旧版 Office 文件（.xls、.doc 等），改扩展名不能转换格式。请用 WPS 或 Office 打开，“另存为”{extension} 后上传。")
        }
        Found::Markup => {
            write!(f, "这不是{name}，而是网页或 XML 文本（有的系统导出时冒用了扩展名）。请用 WPS 或 Office 打开，“另存为”{extension} 后上传。")
        }
        Found::Text => {
            write!(f, "这不是{name}，而是文本文件（如 .csv），改扩展名不能转换格式。请用 WPS 或 Office 打开，“另存为”{extension} 后上传。")
        }
        Found::OtherArchive => write!(f, "这是压缩包或其他格式的文件，不是{name}。请用 WPS 或 Office 打开原文件，“另存为”{extension} 后上传。"),
        Found::Unknown => write!(f, "这不是{name}。请用 WPS 或 Office 打开，“另存为”{extension} 后上传。"),
    }
}
