//! What is on record: organisations, members, units, activities, and the duties that they answer.
//!
//! For: branches and those above them. In: forms, rosters. Out: rows, facts, the states of duties. Does not know: scores.

use frame::{answerable, app, burden, directory, duty_log, facts, http, kept, notice, pinyin};

pub mod activity;
pub mod ballot;
pub mod duty;
pub mod ledger;
pub mod member;
pub mod organisation;
pub mod pivot;
pub mod unit;
