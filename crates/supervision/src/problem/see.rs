//! Which problems somebody sees: those of the organisations within reach, and those he raised himself.

use policy::Capability;
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope};

use super::model::Problem;
use super::rows;
use crate::app::App;

/// Organisations whose problems somebody sees, by whatever he has to do with them.
#[must_use]
pub fn reach(actor: &Actor) -> Scope {
    let own = actor.scope(Capability::ViewProblems);
    own.union(actor.scope(Capability::WorkOnProblems)).union(actor.scope(Capability::VerifyProblems))
}

/// Whether somebody sees a problem.
#[must_use]
pub fn is_visible(app: &App, actor: &Actor, it: &Problem) -> bool {
    let scope = reach(actor);
    app.directory().visible_ever(&scope, it.organisation).is_some() || scope.has_case(it.case_id) || is_raiser(actor, it)
}

/// Whether somebody raised it himself.
#[must_use]
pub fn is_raiser(actor: &Actor, it: &Problem) -> bool {
    it.raised_by.is_some() && it.raised_by == actor.person_id
}

/// Whether somebody is told who raised it: whoever did, and those who verify. The unit is told who handed it over.
#[must_use]
pub fn may_see_raiser(app: &App, actor: &Actor, it: &Problem) -> bool {
    let directory = app.directory();
    let above = directory.org(it.issuer).map(|org| org.superiors.clone()).unwrap_or_default();
    let stands = |root: OrgId| root == it.issuer || above.contains(&root);
    is_raiser(actor, it) || actor.grants_with(Capability::VerifyProblems).any(|grant| grant.set.everything || grant.set.root.is_some_and(stands))
}

/// One problem; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Problem>> {
    Ok(rows::problem(connection, id).await?.filter(|it| is_visible(app, actor, it)))
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
