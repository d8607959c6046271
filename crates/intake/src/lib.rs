//! Workbooks taken in, through the operations that pages call; tables asked of units once, given out as one workbook.
//!
//! For: offices with spreadsheets. In: .xlsx files. Out: rows of the record, notes on what was refused or doubted, the annotated file.
//! Does not know: what a record means for a score.

use frame::{account, app, burden, directory, facts, files, follow, http, jobs, notice, pinyin};
use rating::evaluation;
use records::{activity, member, organisation, unit};

pub mod asked;
pub mod import;
