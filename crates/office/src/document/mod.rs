//! Documents: the text out of a stranger's .docx, text file, web page or PDF, and official documents laid out after GB/T 9704.

mod decode;
mod html;
mod numbering;
mod official;
mod pdf;
mod read;

pub use decode::decode_text;
pub use html::read_html;
pub use official::{Align, Block, Font, Fonts, Official, OfficialColumn, OfficialTable, balance_title, write_official};
pub use pdf::read_pdf;
pub use read::read_text;

use crate::error::ReadError;

/// Endings of the files whose text can be read, as an upload field lists them.
pub const DOCUMENT_ENDINGS: &str = ".docx,.txt,.html,.htm,.pdf";

/// The text of a file by what its name ends in: .txt, .html, .htm, .pdf, and everything else as .docx.
///
/// # Errors
/// [`ReadError`], whose `Display` says what to do.
pub fn read_any(name: &str, bytes: &[u8]) -> Result<String, ReadError> {
    let name = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    // A PDF is one whatever it is called.
    if ends(&[".pdf"]) || bytes.starts_with(b"%PDF-") {
        read_pdf(bytes)
    } else if ends(&[".txt"]) {
        decode_text(bytes)
    } else if ends(&[".html", ".htm"]) {
        read_html(bytes)
    } else {
        read_text(bytes)
    }
}
