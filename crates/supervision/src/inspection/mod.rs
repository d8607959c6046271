//! Inspections (督查): opened on a line of the filed plan; drawn so that nobody can dispute it, crossed, about one topic, or unannounced.
//!
//! For: offices that inspect, teams on site, units that are inspected. In: a filed line, units or a seed, teams, what is seen on site.
//! Out: findings that are problems with owners in the ledger, where product and site differ, what was inspected where.
//! Does not know: how a problem is closed, how a score follows. [`crossing`] and [`draw`] are pure.

mod check;
pub mod crossing;
pub mod draw;
mod finish;
mod logged;
mod model;
mod open;
mod pages;
mod rows;
mod sampling;
mod see;
mod teams;
mod waits;

pub use check::{ORIGIN, Said, hand_in, items_of, open_check};
pub use finish::{close, report};
pub use logged::logged;
pub use model::{Finding, Inspection, Target, Verdict};
pub use open::{Line, NewInspection, add_units, ask_approval, cost_of, lines, open, units_of};
pub use pages::routes;
pub use sampling::{Part, give_seed, give_up_number, set_aside, set_draw_aside};
pub use see::{Sight, find, seen};
pub use teams::{assign, form_team};
pub use waits::waiting_items;

/// What commits, audit and notices call an inspection.
pub const KIND: &str = "inspection";
