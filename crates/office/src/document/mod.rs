//! Documents: the text out of a stranger's .docx or text file, and official documents laid out after GB/T 9704.

mod decode;
mod official;
mod read;

pub use decode::decode_text;
pub use official::{Align, Block, Font, Fonts, Official, OfficialColumn, OfficialTable, balance_title, write_official};
pub use read::read_text;
