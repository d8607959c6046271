//! Finding things by a few characters: everywhere (the box in the top bar), and in fields that choose.
//!
//! For: organisations, members, accounts, tasks, lists, rectifications, results, rules. In: what was typed. Out: links, or `[{id, label, note}]`.
//! Does not know: anything outside the scope of whoever asks.

mod choose;
mod matters;
mod pages;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

/// Routes of searching and choosing.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/search", Needs::SignIn, Door::Both, pages::search)
        .get("/choose/organisations", Needs::SignIn, Door::Both, choose::organisations)
        .get("/choose/members", Needs::SignIn, Door::Both, choose::members)
        .get("/choose/accounts", Needs::May(Capability::ManageGrants), Door::Inner, choose::accounts)
}
