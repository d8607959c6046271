//! From a directive to tasks that somebody answers; projects that somebody else accepts.
//!
//! For: whoever issues, splits, answers and verifies. In: a text, a proposal. Out: items, tasks, projects, their feedback. Does not know: how a text is read.

use frame::{answerable, app, burden, case, directory, duty_log, facts, http, kept, notice, pinyin};

pub mod department;
pub mod party_meeting;
pub mod project;
pub mod responsibility;
pub mod task;
