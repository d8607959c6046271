//! What is made of the record at its appointed time: evaluations, rankings, weak lists, rectification.
//!
//! For: organisation departments and those they judge. In: facts, packs, judged values. Out: results, documents, cases.
//! Does not know: how a record is entered.

use frame::{app, case, directory, http, kept, notice, pinyin, policies};

pub mod evaluation;
pub mod programme;
pub mod rectification;
pub mod scheme_editor;
pub mod selection;
