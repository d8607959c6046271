//! Matters (督办事项): what an office opens at an organisation below it — a numbered slip, a talk, a pairing, a referral — and what
//! ends only by the steps of its procedure.
//!
//! For: whatever a pack names as `[matter.KEY]`, under its own name, with its own fields, kinds, number and steps.
//! In: an actor, a form of the pack. Out: a case, a line in its list, facts `matter.KEY`; what the year's figures propose.
//! Does not know: which matters there are; how a stage is left ([`crate::case`]).

mod acts;
mod charges;
mod facts;
mod model;
mod open;
mod pages;
mod proposals;
mod rows;
mod see;

use std::collections::BTreeSet;

use policy::{Capability, Matter, Pack};
use store::{Actor, Grant, Scope};

use crate::app::App;
use crate::notice;

pub use acts::{act, kinds_of};
pub use charges::charges;
pub use facts::derive_facts;
pub use model::Row;
pub use open::{NewMatter, open};
pub use pages::routes;

/// What the cases are about, and the source of the facts.
pub const SUBJECT: &str = "matter";

/// Address of a matter.
#[must_use]
pub fn address(id: i64) -> String {
    format!("/matters/items/{id}")
}

/// What brings one in contact with a matter: seeing it, opening it, any of its steps.
fn capabilities(pack: &Pack, matter: &Matter) -> BTreeSet<Capability> {
    let steps = pack.procedures.get(&matter.procedure).into_iter().flat_map(|procedure| &procedure.stages).flat_map(|stage| &stage.actions);
    steps.map(|action| action.by.capability).chain([matter.seen_by, matter.opened_by]).collect()
}

/// Whether somebody comes in contact with a kind of matter at all.
fn is_met_by(pack: &Pack, actor: &Actor, matter: &Matter) -> bool {
    capabilities(pack, matter).into_iter().any(|capability| actor.may(capability))
}

/// Notices of matters that a post does not come in contact with, as a condition on `notice`.
#[must_use]
pub fn untold(app: &App, grant: &Grant) -> Option<String> {
    let pack = app.pack();
    let is_met =
        |matter: &Matter| grant.set.everything || capabilities(&pack, matter).iter().any(|capability| grant.capabilities.contains(capability));
    let closed: Vec<String> = pack.matters.iter().filter(|(_, matter)| !is_met(matter)).map(|(key, _)| format!("'{key}'")).collect();
    let number = notice::number_of(&[open::OPENED, acts::MOVED], &address(0));
    (!closed.is_empty()).then(|| format!("exists (select 1 from matter um where um.id = {number} and um.matter in ({}))", closed.join(", ")))
}

/// The organisations within reach of somebody who comes in contact with it.
fn reach(pack: &Pack, actor: &Actor, matter: &Matter) -> Scope {
    capabilities(pack, matter).into_iter().map(|capability| actor.scope(capability)).fold(actor.scope(matter.seen_by), Scope::union)
}

/// The matters of the pack that somebody comes in contact with, with their keys.
fn met_by<'a>(pack: &'a Pack, actor: &'a Actor) -> impl Iterator<Item = (&'a str, &'a Matter)> {
    pack.matters.iter().filter(move |(_, matter)| is_met_by(pack, actor, matter)).map(|(key, matter)| (key.as_str(), matter))
}
