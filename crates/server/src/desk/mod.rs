//! The desk (工作台): what is due, per role.
//!
//! For: the first page after signing in. In: who signed in. Out: what slipped, what is due, what waits for that person.
//! Does not know: how a duty is judged.

mod pages;

use crate::http::route::{Door, Needs, Routes};

/// Routes of the desk.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes.get("/", Needs::SignIn, Door::Both, pages::show)
}
