//! For: workbooks and official documents, read from strangers and written for them.
//! In: the bytes of an .xlsx, .docx or text file; tables and blocks to write.
//! Out: rows, plain text, annotated workbooks, .xlsx, .csv and .docx bytes.
//! Does not know: the domain, organisations, rules, databases, HTTP, the clock.
//!
#![doc = include_str!("../README.md")]

pub mod document;
mod error;
mod package;
pub mod sheet;
mod xml;
mod xml_edit;

pub use error::{Found, ReadError, Wanted};
