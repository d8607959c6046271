//! From a directive to tasks that somebody answers; projects that somebody else accepts.
//!
//! For: whoever issues, splits, answers and verifies. In: a text, a proposal. Out: items, tasks, projects, their feedback. Does not know: how a text is read.

use frame::{app, burden, case, directory, facts, http, kept, notice, pinyin};

pub mod project;
pub mod task;
