//! From a directive to tasks that somebody answers.
//!
//! For: whoever issues, splits, answers and verifies. In: a text. Out: items, tasks, their feedback. Does not know: how a text is read.

use frame::{app, case, directory, facts, http, kept, notice, pinyin};

pub mod task;
