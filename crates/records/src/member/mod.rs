//! Member (党员): a person and the dated spans in which facts about them hold.
//!
//! For: who belongs to which branch from when, how that came about, and what is recorded about them.
//! In: rosters, transfers between two branches, reasoned exits. Out: affiliation without gap or overlap, facts, masked lists.
//! Does not know: meetings, scores, where an organisation stands in the tree.

mod affiliation;
mod api;
mod create;
mod edit;
mod entries;
mod facts;
mod hours;
mod known;
mod model;
mod national;
mod pages_actions;
pub mod pages_detail;
mod pages_entries;
mod pages_list;
mod pages_transfers;
mod read;
mod standing;
mod store;
mod update;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

pub use affiliation::{leave, receive, return_back, transfer_out, withdraw};
pub use affiliation::{members_at, rehome, rehome_transfers};
pub use create::{create_all, put_all};
pub use edit::{Correction, correct};
pub use known::known;
pub use model::{EXITS, NewMember, is_valid_id_number, masked_id_number, masked_telephone};
pub use read::{ExemptionLine, TransferLine, Which, by_number, exemptions, transfers};
pub use standing::{Answer, NewExemption, Unmasked, decide_exempt, end_exempt, end_mobile, list_exempt, register_mobile, unmask, verify, verify_all};
pub use store::derive_facts;
pub use update::update_all;

/// Routes of members.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewMembers);
    let transfer = Needs::May(Capability::TransferMembers);
    let exports_all = Needs::May(Capability::UnmaskMembers);
    routes
        .get("/members", view, Door::Both, pages_list::show)
        .post("/members/selected", view, Door::Inner, pages_list::selected)
        .get("/members/national_form", exports_all, Door::Inner, pages_list::national_form)
        .post("/members/national_form", exports_all, Door::Inner, pages_list::export_national_form)
        .get("/members/{id}", view, Door::Both, pages_detail::show)
        .get("/transfers", transfer, Door::Both, pages_transfers::list)
        .post("/transfers/{id}/receive", transfer, Door::Both, pages_transfers::receive)
        .post("/transfers/{id}/withdraw", transfer, Door::Both, pages_transfers::withdraw)
        .get("/transfers/{id}/return", transfer, Door::Both, pages_transfers::return_form)
        .post("/transfers/{id}/return", transfer, Door::Both, pages_transfers::return_back)
        .get("/me", Needs::SignIn, Door::Both, pages_detail::me)
        .get("/api/members", view, Door::Both, api::members)
        .with(pages_actions::routes)
        .with(pages_entries::routes)
}
