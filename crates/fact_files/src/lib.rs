//! Facts as Parquet files (docs/事实文件.md).
//!
//! For: whoever takes facts elsewhere, or evaluates more of them than fit in memory.
//! In: rows by organisation and day. Out: a folder of files, the same bytes for the same rows; blocks of organisations as columns.
//! Does not know: which database the rows come from, what a measure is.

mod manifest;
mod read;
mod spark;
mod tables;
mod write;

pub use manifest::{Manifest, TableCount};
pub use read::{Block, Blocks, FactFiles};
pub use spark::Spark;
pub use tables::{AFFILIATION, Cell, Column, ColumnKind, EVENT, ORGANISATION, ORGANISATION_PATH, SPAN, Table};
pub use write::{FolderWriter, TableWriter};
