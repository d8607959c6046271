//! Who sees what of an inspection: the office all of it, a team its own units, the inspected side what is open to it. What is hidden is as
//! if it were not: on lists, in counts, in files, by its address.

use std::collections::{HashMap, HashSet};

use policy::{Capability, InspectionMode};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope};

use super::model::{Inspection, Target};
use super::rows;
use crate::app::App;
use crate::directory::Directory;

/// An inspection as somebody sees it.
#[derive(Debug, Clone)]
pub struct Sight {
    pub inspection: Inspection,
    /// He holds it, or stands above whoever does.
    pub is_office: bool,
    /// His team.
    pub team: Option<i64>,
    /// The units that he sees.
    pub targets: Vec<Target>,
}

impl Sight {
    /// Whether he sees what was found at a unit that he sees.
    #[must_use]
    pub fn sees_findings(&self, target: &Target) -> bool {
        let is_own = self.is_office || (self.team.is_some() && target.team == self.team);
        is_own || (target.handed_in_on.is_some() && !self.inspection.is_hidden())
    }

    /// Whether he goes through the check of a unit.
    #[must_use]
    pub fn inspects(&self, target: &Target) -> bool {
        self.team.is_some() && target.team == self.team && target.is_in()
    }
}

/// Organisations whose inspections somebody sees, as far as they are open.
#[must_use]
pub fn reach(actor: &Actor) -> Scope {
    actor.scope(Capability::ViewInspections)
}

/// Whether somebody holds the inspections of an office: his post stands there or above, over the whole of it.
#[must_use]
pub fn holds(directory: &Directory, actor: &Actor, office: OrgId) -> bool {
    let above = directory.org(office).map(|org| org.superiors.as_slice()).unwrap_or_default();
    actor.grants_with(Capability::HoldInspections).any(|grant| {
        let is_whole = grant.set.fields.is_empty() && grant.set.case_id.is_none();
        grant.set.everything || (is_whole && grant.set.root.is_some_and(|root| root == office || above.contains(&root)))
    })
}

/// Whether somebody's own post stands at an office, so that he acts for it.
#[must_use]
pub fn is_office(actor: &Actor, office: OrgId) -> bool {
    actor
        .grants_with(Capability::HoldInspections)
        .any(|grant| grant.set.everything || (grant.set.fields.is_empty() && grant.set.root == Some(office)))
}

/// Inspections that somebody sees, under a condition over `i`, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn seen<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    actor: &Actor,
    condition: &str,
    values: Vec<sea_orm::Value>,
) -> anyhow::Result<Vec<Sight>> {
    let all = rows::inspections(connection, condition, values.clone()).await?;
    let teams: HashMap<i64, i64> = match actor.person_id {
        Some(person) => rows::teams_with(connection, person).await?.into_iter().collect(),
        None => HashMap::new(),
    };
    let condition = format!("t.inspection_id in (select i.id from inspection i where {condition})");
    let mut targets: HashMap<i64, Vec<Target>> = HashMap::new();
    for target in rows::targets(connection, &condition, values).await? {
        targets.entry(target.inspection).or_default().push(target);
    }
    let scope = reach(actor);
    let directory = app.directory();
    let mut found = Vec::new();
    for inspection in all {
        let own = targets.remove(&inspection.id).unwrap_or_default();
        let sight = Sight {
            is_office: holds(&directory, actor, inspection.organisation),
            team: teams.get(&inspection.id).copied(),
            targets: Vec::new(),
            inspection,
        };
        found.extend(narrowed(&directory, &scope, sight, own));
    }
    Ok(found)
}

/// What is left of an inspection for somebody; nothing: it is as if it were not.
fn narrowed(directory: &Directory, scope: &Scope, mut sight: Sight, all: Vec<Target>) -> Option<Sight> {
    if sight.is_office {
        sight.targets = all;
        return Some(sight);
    }
    let is_hidden = sight.inspection.mode == InspectionMode::Unannounced;
    let is_own = |target: &Target| sight.team.is_some() && target.team == sight.team;
    let is_open = |target: &Target| target.is_in() && (!is_hidden || target.opened_on.is_some()) && directory.is_visible(scope, target.organisation);
    let targets: Vec<Target> = all.into_iter().filter(|target| is_own(target) || is_open(target)).collect();
    // A frozen population and its fingerprint are public to whoever is in it.
    let is_public = sight.inspection.mode == InspectionMode::Random && touches(directory, scope, sight.inspection.organisation);
    let is_seen = is_public || sight.team.is_some() || !targets.is_empty();
    sight.targets = targets;
    is_seen.then_some(sight)
}

/// Whether a reach has anything below an office.
fn touches(directory: &Directory, scope: &Scope, office: OrgId) -> bool {
    let is_below = |id: OrgId| id == office || directory.org(id).is_some_and(|org| org.superiors.contains(&office));
    scope.roots().chain(scope.named()).any(is_below)
}

/// One inspection as somebody sees it; hidden and absent are the same.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Sight>> {
    Ok(seen(connection, app, actor, "i.id = $1", vec![id.into()]).await?.into_iter().next())
}

/// Units of these that were inspected in the same quarter by an inspection of the same kind that somebody sees.
///
/// # Errors
/// When the database cannot be read.
pub async fn alike<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    actor: &Actor,
    kind: &str,
    quarter: (i16, i8),
    units: &[OrgId],
) -> anyhow::Result<Vec<(Inspection, OrgId)>> {
    let wanted: HashSet<OrgId> = units.iter().copied().collect();
    let values = vec![kind.into(), format!("{}-01-01", quarter.0).into(), format!("{}-12-31", quarter.0).into()];
    let all = seen(connection, app, actor, "i.kind = $1 and i.from_on >= $2 and i.from_on <= $3", values).await?;
    let mut found = Vec::new();
    for sight in all.into_iter().filter(|sight| sight.inspection.quarter() == quarter) {
        let units = sight.targets.iter().filter(|target| target.is_in() && wanted.contains(&target.organisation)).map(|target| target.organisation);
        found.extend(units.map(|unit| (sight.inspection.clone(), unit)).collect::<Vec<_>>());
    }
    Ok(found)
}

/// Offices for which somebody opens inspections.
#[must_use]
pub fn places_of(actor: &Actor) -> Vec<OrgId> {
    let mut places: Vec<OrgId> =
        actor.grants_with(Capability::HoldInspections).filter(|grant| grant.set.fields.is_empty()).filter_map(|grant| grant.set.root).collect();
    places.sort_unstable();
    places.dedup();
    places
}
