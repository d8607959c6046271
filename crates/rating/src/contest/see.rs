//! Who sees what of a round: the office and those above it, those who may enter or judge, and, once it is published, everybody below
//! its office.

use policy::{Capability, Contest};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope};

use super::model::{Entry, Judge, Round};
use super::rows;
use crate::app::App;
use crate::directory::{Directory, OrgNode};

/// Whether somebody's post stands right at an organisation, with a capability.
#[must_use]
pub(super) fn stands_at(actor: &Actor, capability: Capability, organisation: OrgId) -> bool {
    let is_there = |set: &store::OrganisationSet| set.everything || set.root == Some(organisation) || set.named.contains(&organisation);
    actor.grants_with(capability).any(|grant| grant.set.case_id.is_none() && grant.set.fields.is_empty() && is_there(&grant.set))
}

/// Whether somebody takes part himself, or enters contests for the unit that does.
#[must_use]
pub(super) fn is_entrant(actor: &Actor, it: &Entry) -> bool {
    let is_there = |set: &store::OrganisationSet| set.root == Some(it.organisation) || set.named.contains(&it.organisation);
    let enters = actor.grants_with(Capability::EnterContests).any(|grant| !grant.set.everything && is_there(&grant.set));
    enters || (it.entered_by.is_some() && it.entered_by == actor.person_id)
}

/// The organisations at which somebody's posts stand, with a capability.
#[must_use]
pub(super) fn places_of(actor: &Actor, capability: Capability) -> Vec<OrgId> {
    let scope = actor.scope(capability);
    let mut places: Vec<OrgId> = scope.roots().chain(scope.named()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether an organisation sends somebody to a contest.
#[must_use]
pub(super) fn takes_part(rule: &Contest, org: &OrgNode) -> bool {
    let is_level = org.level == rule.level || (rule.level == "branch" && org.is_branch());
    is_level
        && org.until.is_none()
        && (rule.kinds.is_empty() || rule.kinds.contains(&org.kind))
        && (rule.fields.is_empty() || rule.fields.contains(&org.field))
}

/// Whether an office is one that somebody with this reach sees, or one that stands above him.
fn is_near(directory: &Directory, scope: &Scope, office: OrgId) -> bool {
    let is_above = |place: OrgId| directory.org(place).is_some_and(|org| org.superiors.contains(&office));
    directory.is_visible(scope, office) || scope.roots().chain(scope.named()).any(is_above)
}

/// A round as somebody sees it.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    pub round: Round,
    /// Those that he sees.
    pub entries: Vec<Entry>,
    pub n_entries: usize,
    pub judges: Vec<Judge>,
    /// The office and those above it.
    pub is_office: bool,
    /// Scores, places and remarks may be shown.
    pub has_scores: bool,
}

/// One round; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Sight>> {
    let Some(round) = rows::round(connection, id).await? else { return Ok(None) };
    let judges = rows::judges_of(connection, id).await?;
    let mut entries = rows::entries_of(connection, id).await?;
    let scope = actor.scope(Capability::ViewContests);
    let is_judge = judges.iter().any(|judge| Some(judge.person) == actor.person_id);
    let directory = app.directory();
    let is_office = directory.is_visible(&scope, round.organisation);
    if !is_near(&directory, &scope, round.organisation) && !is_judge {
        return Ok(None);
    }
    let n_entries = entries.len();
    let is_published = round.published_on.is_some();
    if !is_office && !is_judge && !is_published {
        entries.retain(|it| directory.is_visible(&scope, it.organisation));
    }
    let has_scores = is_published || (is_office && round.is_scored());
    if !has_scores {
        for it in &mut entries {
            (it.score, it.place) = (None, None);
        }
    }
    Ok(Some(Sight { round, entries, n_entries, judges, is_office, has_scores }))
}

/// Every round that somebody sees.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor) -> anyhow::Result<Vec<Round>> {
    let scope = actor.scope(Capability::ViewContests);
    let mut rounds = rows::rounds(connection, "true", Vec::new()).await?;
    let directory = app.directory();
    rounds.retain(|round| is_near(&directory, &scope, round.organisation));
    Ok(rounds)
}
