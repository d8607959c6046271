//! Member (党员): a person and the dated spans in which facts about them hold.
//!
//! For: who belongs to which branch from when, how that came about, and what is recorded about them.
//! In: rosters, transfers between two branches, reasoned exits. Out: affiliation without gap or overlap, facts, masked lists.
//! Does not know: meetings, scores, where an organisation stands in the tree.

mod create;
mod facts;
mod model;
mod store;
mod update;

pub use create::{create_all, put_all};
pub use model::{NewMember, is_valid_id_number};
pub use update::update_all;
