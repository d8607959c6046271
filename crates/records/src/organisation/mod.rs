//! Organisation (党组织): the dated tree.
//!
//! For: who stands under whom on which day, with field, level, term and leadership; founding, moving, merging, splitting.
//! In: rosters and decisions of superiors. Out: spans that are never rewritten, paths for scope, facts about leadership.
//! Does not know: what a duty is, how a score is computed.

mod api;
mod create;
mod facts;
mod flags;
mod leadership;
mod model;
mod pages_actions;
mod pages_changes;
mod pages_detail;
mod pages_list;
mod past;
mod read;
mod rewrite;
mod settings;
mod store;
mod structure;
mod tree;
mod update;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

pub use create::last4;
pub use create::{create_all, put_all};
pub use flags::{Flag, FlagKind, explain, flags};
pub use leadership::{set_committee, set_committees};
pub use model::{Committee, NewHolding, NewOrganisation, Outcome, POSTS, SINCE_UNKNOWN, overlap, post_name};
pub use past::{OrgOn, tree_on};
pub use read::{day_in_words, names};
pub use settings::{set_go_live, set_theme_day};
pub use store::within;
pub use store::{day, derive_facts, listed, supersede};
pub use structure::{Decision, Part, Remainder, dissolve, merge, move_to, rename, split};
pub use tree::{Counts, PastTree, TreeNodes, TreeView};
pub use update::update_all;

/// Routes of organisations.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewOrganisations);
    routes
        .get("/organisations", view, Door::Inner, pages_list::show)
        .get("/organisations/changes", view, Door::Inner, pages_changes::show)
        .get("/organisations/tree/{id}", Needs::SignIn, Door::Both, pages_list::below)
        .get("/organisations/{id}", view, Door::Both, pages_detail::show)
        .get("/api/organisations", view, Door::Both, api::organisations)
        .get("/api/branches", Needs::May(Capability::TransferMembers), Door::Both, api::branches)
        .with(pages_actions::routes)
}
