//! Member (党员): a person and the dated spans in which facts about them hold.
//!
//! For: who belongs to which branch from when, how that came about, and what is recorded about them.
//! In: rosters, transfers between two branches, reasoned exits. Out: affiliation without gap or overlap, facts, masked lists.
//! Does not know: meetings, scores, where an organisation stands in the tree.

mod affiliation;
mod create;
mod facts;
mod known;
mod model;
mod standing;
mod store;
mod update;

pub use affiliation::{leave, receive, return_back, transfer_out, withdraw};
pub use create::{create_all, put_all};
pub use known::known;
pub use model::{EXITS, NewMember, is_valid_id_number, masked_id_number, masked_telephone};
pub use standing::{Answer, NewExemption, Unmasked, decide_exempt, end_exempt, end_mobile, list_exempt, register_mobile, unmask, verify};
pub use update::update_all;
pub(crate) use affiliation::{members_at, rehome, rehome_transfers};
pub(crate) use store::derive_facts;
