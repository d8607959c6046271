//! Who sees what of a session: the office and those above it everything, whoever reports his own; others' once it is published, and as
//! far as the pack says.

use policy::{Appraisal, Capability, PublishedPart};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId};

use super::model::{Answered, Report, Session};
use super::rows;
use crate::app::App;

/// Whether somebody's post stands right at an organisation, with a capability.
#[must_use]
pub(super) fn stands_at(actor: &Actor, capability: Capability, organisation: OrgId) -> bool {
    let is_there = |set: &store::OrganisationSet| set.everything || set.root == Some(organisation) || set.named.contains(&organisation);
    actor.grants_with(capability).any(|grant| grant.set.case_id.is_none() && grant.set.fields.is_empty() && is_there(&grant.set))
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

/// Whether somebody reports, or answers for the unit that does: such a one neither comments nor grades there. A member of a branch, who
/// sees his own items there and nothing of the branch, does not answer for it.
#[must_use]
pub(super) fn is_reporter(actor: &Actor, report: &Report) -> bool {
    let handed_in = report.handed_in_by.is_some() && report.handed_in_by == actor.person_id;
    let at = |set: &store::OrganisationSet| !set.everything && set.case_id.is_none() && set.root == Some(report.organisation);
    let is_there = actor.grants_with(Capability::ViewOrganisations).any(|grant| at(&grant.set));
    // Named one by one are also the units that somebody looks into; those for whom he reports are his own.
    let reports = |set: &store::OrganisationSet| at(set) || set.named.contains(&report.organisation);
    handed_in || is_there || actor.grants_with(Capability::ReportInAppraisals).any(|grant| reports(&grant.set))
}

/// A session as somebody sees it.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    pub session: Session,
    /// Those that he sees at all, with whether he sees the whole of each.
    pub reports: Vec<(Report, bool)>,
    /// He sees drafts of grades, too: the office and those above it.
    pub is_office: bool,
}

impl Sight {
    /// Whether a part of a report may be shown.
    #[must_use]
    pub fn shows(&self, rule: &Appraisal, is_whole: bool, part: PublishedPart) -> bool {
        let is_public = self.session.published_on.is_some() && rule.published.contains(&part);
        match part {
            // The own grade is told when it is published.
            PublishedPart::Grade => self.is_office || (self.session.published_on.is_some() && is_whole) || is_public,
            PublishedPart::Report | PublishedPart::Comments => is_whole || is_public,
        }
    }
}

/// One session; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Sight>> {
    let Some(session) = rows::session(connection, id).await? else { return Ok(None) };
    let reports = rows::reports_of(connection, id).await?;
    Ok(sight(app, actor, session, reports))
}

/// What somebody sees of a session with all its reports; nothing when none of them is his.
pub(super) fn sight(app: &App, actor: &Actor, session: Session, reports: Vec<Report>) -> Option<Sight> {
    let scope = actor.scope(Capability::ViewAppraisals);
    let directory = app.directory();
    let is_office = directory.is_visible(&scope, session.organisation);
    let whole: Vec<bool> = reports.iter().map(|it| is_office || directory.visible_ever(&scope, it.organisation).is_some()).collect();
    if !is_office && !whole.contains(&true) {
        return None;
    }
    let is_published = session.published_on.is_some();
    let reports = reports.into_iter().zip(whole).filter(|(_, is_whole)| *is_whole || is_published).collect();
    Some(Sight { session, reports, is_office })
}

/// Every session that somebody sees.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn all<C: ConnectionTrait>(connection: &C, actor: &Actor) -> anyhow::Result<Vec<Session>> {
    let scope = actor.scope(Capability::ViewAppraisals);
    let (office, unit) = (scope.sql("s.organisation_id"), scope.sql("r.organisation_id"));
    let condition = format!("({office} or exists (select 1 from appraisal_report r where r.session_id = s.id and {unit}))");
    rows::sessions(connection, &condition, Vec::new()).await
}

/// Last year's problems of whoever reports, as they stand on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn previous<C: ConnectionTrait>(
    connection: &C,
    session: &Session,
    organisation: OrgId,
    on: jiff::civil::Date,
) -> anyhow::Result<Vec<Answered>> {
    rows::problems_given(connection, &session.appraisal, organisation, session.year - 1, on).await
}
