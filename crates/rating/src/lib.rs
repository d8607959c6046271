//! What is made of the record at its appointed time: evaluations, rankings, weak lists, rectification, reports of secretaries, contests.
//!
//! For: organisation departments and those they judge. In: facts, packs, judged values. Out: results, documents, cases.
//! Does not know: how a record is entered.

use frame::{app, case, directory, duty_log, http, kept, notice, pinyin, policies};

pub mod appraisal;
pub mod contest;
pub mod evaluation;
mod evidence;
pub mod programme;
pub mod rectification;
pub mod scheme_editor;
pub mod selection;
