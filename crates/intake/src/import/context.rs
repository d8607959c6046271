//! What the check needs to know of the database, for one importer.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use policy::{Capability, Pack};
use store::Actor;

use super::check::{Context, KnownOrganisation};
use crate::app::App;
use crate::directory::Directory;

/// What the importer may write to, as of now.
pub fn context<'p>(app: &App, pack: &'p Pack, actor: &Actor, today: Date, year: Option<i16>) -> Context<'p> {
    let scope = actor.scope(Capability::Import);
    let everything = Actor::console(today).scope(Capability::Import);
    let directory = app.directory();
    let mut organisations = HashMap::new();
    let mut regions = HashSet::new();
    let mut rosters = HashMap::new();
    for org in directory.all(&everything) {
        let is_reached = scope.includes(org.id, &org.superiors, &org.field);
        let parent_code = org.parent.and_then(|id| directory.org(id)).map(|parent| parent.code.clone());
        organisations.insert(org.code.clone(), KnownOrganisation { name: org.name.clone(), role: org.role, parent_code, is_reached });
        if is_reached {
            regions.extend(org.region_code.clone());
            if org.is_branch() {
                rosters.insert(org.code.clone(), names(&directory, org.id));
            }
        }
    }
    Context { pack, today, organisations, regions, is_console: scope.is_everything(), rosters, year }
}

fn names(directory: &Directory, branch: i64) -> HashSet<String> {
    directory.members_of(branch).map(|member| member.name.clone()).collect()
}
