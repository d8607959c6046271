//! Organisation (党组织): the dated tree.
//!
//! For: who stands under whom on which day, with field, level, term and leadership; founding, moving, merging, splitting.
//! In: rosters and decisions of superiors. Out: spans that are never rewritten, paths for scope, facts about leadership.
//! Does not know: what a duty is, how a score is computed.

mod create;
mod facts;
mod leadership;
mod model;
mod rewrite;
mod settings;
mod store;
mod update;

pub use create::{create_all, put_all};
pub use leadership::{set_committee, set_committees};
pub use model::{overlap, Committee, NewHolding, NewOrganisation, Outcome, POSTS, SINCE_UNKNOWN, post_name};
pub use settings::{set_go_live, set_theme_day};
pub use store::within;
pub(crate) use create::last4;
pub(crate) use store::{day, listed, supersede};
pub use update::update_all;
