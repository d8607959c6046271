//! Which projects somebody sees: those of the organisations within reach, those that serve his own, and the published list.

use policy::Capability;
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope};

use super::model::Project;
use super::rows;
use crate::app::App;

/// Organisations whose projects somebody opens, by whatever he has to do with them.
#[must_use]
pub fn reach(actor: &Actor) -> Scope {
    actor.scope(Capability::WorkOnProjects).union(actor.scope(Capability::DecideProjects))
}

/// Whether somebody opens a project.
#[must_use]
pub fn is_open_to(app: &App, actor: &Actor, it: &Project) -> bool {
    let scope = reach(actor);
    let directory = app.directory();
    let is_served = it.served.is_some_and(|served| directory.is_visible(&actor.scope(Capability::WorkOnProjects), served));
    directory.is_visible(&scope, it.organisation) || scope.has_case(it.case_id) || is_served
}

/// Whether it stands in the list that everybody sees.
#[must_use]
pub fn is_published(app: &App, it: &Project) -> bool {
    it.approved_on.is_some() && app.pack().projects.get(&it.kind).is_some_and(|kind| kind.published)
}

/// One project; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Project>> {
    Ok(rows::project(connection, id).await?.filter(|it| is_open_to(app, actor, it)))
}

/// Organisations at which somebody's posts stand, for a capability.
#[must_use]
pub fn places_of(actor: &Actor, capability: Capability) -> Vec<OrgId> {
    let scope = actor.scope(capability);
    let mut places: Vec<OrgId> = scope.roots().chain(scope.named()).collect();
    places.sort_unstable();
    places.dedup();
    places
}
