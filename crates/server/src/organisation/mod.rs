//! Organisation (党组织): the dated tree.
//!
//! For: who stands under whom on which day, with field, level, term and leadership; founding, moving, merging, splitting.
//! In: rosters and decisions of superiors. Out: spans that are never rewritten, paths for scope, facts about leadership.
//! Does not know: what a duty is, how a score is computed.

mod create;
mod facts;
mod leadership;
mod model;
mod past;
mod rewrite;
mod settings;
mod store;
mod structure;
mod update;

pub use create::{create_all, put_all};
pub use leadership::{set_committee, set_committees};
pub use model::{Committee, NewHolding, NewOrganisation, Outcome, POSTS, SINCE_UNKNOWN, overlap, post_name};
pub use past::{OrgOn, tree_on};
pub use settings::{set_go_live, set_theme_day};
pub use store::within;
pub use structure::{Decision, Part, Remainder, dissolve, merge, move_to, rename, split};
pub use update::update_all;
pub(crate) use create::last4;
pub(crate) use store::{day, derive_facts, listed, supersede};
