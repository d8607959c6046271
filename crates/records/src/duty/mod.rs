//! Duties (责任周期): organisation × duty × period.
//!
//! For: what every branch owes in every period, how it stands, and what follows. In: the pack's duties, the tree of the day,
//! facts, excuses. Out: states, shares held on time, the matrix, reminders, excuses, monthly themes, the branch's health check.
//! Does not know: how a duty is judged; the engine does.

mod excuse;
mod model;
pub mod pages;
mod remind;
mod select;
mod states;
mod theme;

pub use excuse::{Excuse, ask_excuse, decide_excuse, excuse_of, excuse_outright, excuses_asked};
pub use model::{Code, Countdown, Tally, cell, days_left, status};
pub use remind::{Reminder, open_reminders, remind_all, reminders_of};
pub use select::{Group, Item, Selection, is_directly_above};
pub use states::{Column, YearStates, states_of_year};
pub use theme::{Theme, issue_theme, theme_for, theme_kind, themes_of};

use crate::http::route::Routes;

/// Routes of duties.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    pages::routes(routes)
}
