//! The rooms of `office` from outside, one module each.

mod document_numbering;
mod document_official;
mod document_pdf;
mod office_suite;
mod packages;
mod sheet_annotate;
mod sheet_read;
mod sheet_write;
