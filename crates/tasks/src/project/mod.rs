//! Projects (领办项目、书记项目、实事、试点课题、专项治理): proposed, approved, carried out in milestones, accepted by somebody else, listed.
//!
//! For: units that carry one, offices that approve and accept, organisations that it serves, everybody who reads the list.
//! In: a proposal, a whole that an office shares out, a case that opens one by itself; the acts of the pack's procedure.
//! Out: lists, boards, facts `project.KEY`, tasks where a pilot is spread. Does not know: which kinds there are, how a stage is left.

mod acts;
mod facts;
mod follow;
mod logged;
mod model;
mod pages;
mod propose;
mod rows;
mod see;
mod spread;
mod waits;
mod wholes;

use policy::{Action, ActionKind, OrganisationRole, Pack, Procedure, Project as Kind, Stage};
use store::OrgId;

use crate::directory::Directory;

pub use acts::act;
pub use facts::derive_facts;
pub use follow::{follow, follow_opened};
pub use logged::logged;
pub use model::{Project, State, Whole};
pub use pages::routes;
pub use propose::{NewProject, propose};
pub use see::{find, reach};
pub use waits::waiting_items;
pub use wholes::{NewWhole, parts_of, set};

/// What a case of a project is about.
pub const SUBJECT: &str = "project";
/// The kinds of case item that a milestone, and a thing that every unit has to do, are.
pub const MILESTONE: &str = "milestone";
pub const PART: &str = "part";
/// The word of actor rules for the organisation that a project serves.
const SERVED: &str = "served";

/// The procedures by which projects go, with their keys.
pub fn procedures(pack: &Pack) -> impl Iterator<Item = &str> {
    pack.procedures.iter().filter(|(_, procedure)| procedure.subject == SUBJECT).map(|(key, _)| key.as_str())
}

/// A kind of project as a case's pack has it.
fn kind_of<'a>(pack: &'a Pack, key: &str) -> Option<&'a Kind> {
    pack.projects.get(key)
}

/// Who approves and accepts a project of an organisation: the level of the pack, or the next committee above.
fn decider(directory: &Directory, kind: &Kind, organisation: OrgId) -> Option<OrgId> {
    let org = directory.org(organisation)?;
    let is_committee = |id: &OrgId| directory.org(*id).is_some_and(|above| above.role == OrganisationRole::Committee);
    let decider = match kind.decided_by.as_str() {
        "superior" => org.superiors.iter().copied().find(is_committee),
        level => directory.at_level(organisation, level).map(|above| above.id),
    };
    decider.filter(|id| *id != organisation)
}

/// The action that brings a case on from a stage.
fn forward(stage: &Stage) -> Option<&Action> {
    stage.actions.iter().find(|action| action.to.is_some() && !action.kind.is_backward() && !stage.closes)
}

fn stage_of<'a>(procedure: &'a Procedure, key: &str) -> Option<&'a Stage> {
    procedure.stages.iter().find(|stage| stage.key == key)
}

/// Whether a stage waits for the word of somebody other than whoever carries the project.
fn is_handed_in(procedure: &Procedure, stage: &str) -> bool {
    stage_of(procedure, stage).and_then(forward).is_some_and(|action| action.by.at != "self")
}

/// Whether progress is reported in this stage.
fn reports(stage: &Stage) -> bool {
    stage.actions.iter().any(|action| action.kind == ActionKind::Report && action.by.at == "self")
}
