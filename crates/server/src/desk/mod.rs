//! The desk (工作台): what is due, per role.
//!
//! For: the first page after signing in. In: who signed in. Out: what slipped, what is due, what waits for that person,
//! one trend, with the same figures as the matrix. Does not know: how a duty is judged.

mod all;
mod branch;
mod counts;
mod office;
mod pages;
mod plain;
mod trend;
mod waiting;

pub use counts::counts_of;
pub(crate) use waiting::place_of;
pub use waiting::{ASKED, Ask, waiting_for};

use crate::http::route::{Door, Needs, Routes};

/// Routes of the desk.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes.get("/", Needs::SignIn, Door::Both, pages::show).get("/waiting", Needs::SignIn, Door::Both, all::show)
}
