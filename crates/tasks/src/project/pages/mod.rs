//! Pages of projects: all kinds, the list of one, a proposal, one project with its milestones, a whole with its units.

mod board;
mod kinds;
mod list;
mod one;
mod setting;

use jiff::civil::Date;
use policy::{Capability, FormField, Pack, Project as Kind};

use super::model::{Project, State};
use super::rows::Step;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Standing, Status};

/// Routes of projects.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewProjects);
    let work = Needs::May(Capability::WorkOnProjects);
    let decide = Needs::May(Capability::DecideProjects);
    routes
        .get("/projects", view, Door::Both, kinds::show)
        .get("/projects/{key}", view, Door::Both, list::show)
        .get("/projects/{key}/new", work, Door::Both, setting::show_new)
        .post("/projects/{key}/new", work, Door::Both, setting::propose)
        .get("/projects/{key}/set", decide, Door::Inner, setting::show_set)
        .post("/projects/{key}/set", decide, Door::Inner, setting::set)
        .get("/projects/wholes/{id}", view, Door::Both, board::show)
        .get("/projects/entries/{id}", view, Door::Both, one::show)
        .get("/projects/entries/{id}/actions/{action}", view, Door::Both, one::show_action)
        .post("/projects/entries/{id}/actions/{action}", view, Door::Both, one::do_action)
        .get("/projects/entries/{id}/files/{file}", view, Door::Both, one::file)
}

/// Years that can be looked back on.
const N_YEARS: i16 = 3;

/// Whether a milestone, or a thing to do, is past its day.
fn has_late_step(steps: &[&Step], on: Date) -> bool {
    steps.iter().any(|step| step.closed_on.is_none() && step.due_on.is_some_and(|due| due < on))
}

/// Whether a project is behind: past its own day, or past one on its way.
fn is_delayed(it: &Project, steps: &[&Step], on: Date) -> bool {
    match it.state(on) {
        State::Overdue => true,
        State::Doing => has_late_step(steps, on),
        _ => false,
    }
}

/// How a project stands, as a mark.
fn status(it: &Project, steps: &[&Step], on: Date) -> Status {
    let state = it.state(on);
    let tone = match state {
        State::Proposing | State::Approving => Standing::Future,
        State::Doing if has_late_step(steps, on) => return Status::new(Standing::Overdue, "节点逾期"),
        State::Doing => Standing::Running,
        State::Overdue => return Status::by_days_left(it.due_on.map_or(0, |due| i64::from((due - on).get_days())), 0),
        State::Accepting => Standing::Unproved,
        State::Done if it.is_late => return Status::new(Standing::Late, "逾期验收"),
        State::Done => Standing::Ok,
        State::Stopped => Standing::Excused,
    };
    Status::new(tone, state.words())
}

/// The columns of a kind, as the forms of its procedure ask them.
fn columns_of<'a>(pack: &'a Pack, kind: &Kind, keys: &[String]) -> Vec<&'a FormField> {
    let procedure = pack.procedures.get(&kind.procedure);
    let fields = || procedure.into_iter().flat_map(|procedure| &procedure.stages).flat_map(|stage| &stage.actions).flat_map(|action| &action.fields);
    keys.iter().filter_map(|key| fields().find(|field| field.key == *key)).collect()
}

/// A share as people read it; nothing of nothing is not said.
fn percent(part: i64, whole: i64) -> String {
    (part * 100).checked_div(whole).map_or_else(|| "—".to_owned(), |share| format!("{share}%"))
}
