//! Pages of the ledger: the list, one problem, entering one, similar ones, looking for the same elsewhere.

mod feedback;
mod groups;
mod list;
mod new;
mod one;
mod self_checks;

use policy::{Capability, Pack};

use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Standing, Status};
use crate::problem::limits::Limits;
use crate::problem::model::{Problem, State};

/// Routes of the ledger.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewProblems);
    let raises = Needs::May(Capability::RaiseProblems);
    let verifies = Needs::May(Capability::VerifyProblems);
    routes
        // Members have only what they raised themselves; the list says so.
        .get("/problems", Needs::SignIn, Door::Both, list::show)
        .get("/problems/new", raises, Door::Both, new::show)
        .post("/problems/new", raises, Door::Both, new::raise)
        .post("/problems/urge", verifies, Door::Inner, list::urge)
        .get("/problems/feedback", sees, Door::Inner, feedback::list)
        .get("/problems/feedback/new", verifies, Door::Inner, feedback::new)
        .post("/problems/feedback/new", verifies, Door::Inner, feedback::create)
        .get("/problems/feedback/{id}", sees, Door::Inner, feedback::show)
        .get("/problems/feedback/{id}/reply", verifies, Door::Inner, feedback::reply)
        .get("/problems/groups", sees, Door::Inner, groups::show)
        .get("/problems/self-checks", sees, Door::Both, self_checks::list)
        .get("/problems/self-checks/new", verifies, Door::Inner, self_checks::new)
        .post("/problems/self-checks/new", verifies, Door::Inner, self_checks::issue)
        .get("/problems/self-checks/{id}", sees, Door::Both, self_checks::show)
        .get("/problems/self-checks/units/{id}", Needs::SignIn, Door::Both, self_checks::show_unit)
        .get("/problems/self-checks/units/{id}/actions/{action}", Needs::SignIn, Door::Both, self_checks::show_action)
        .post("/problems/self-checks/units/{id}/actions/{action}", Needs::SignIn, Door::Both, self_checks::act)
        .get("/problems/{id}", Needs::SignIn, Door::Both, one::show)
        .get("/problems/{id}/actions/{action}", Needs::SignIn, Door::Both, one::show_action)
        .post("/problems/{id}/actions/{action}", Needs::SignIn, Door::Both, one::act)
        .get("/problems/{id}/files/{file}", Needs::SignIn, Door::Both, one::file)
}

/// How a problem stands, as a mark; a step that takes longer than it may is said with its name.
fn status(it: &Problem, on: jiff::civil::Date, pack: &Pack) -> Status {
    let limits = Limits::of(pack);
    let over = || limits.over(it, on).map(|step| Status::new(Standing::Overdue, format!("{}超期 {} 天", step.name, step.days)));
    match it.state(on) {
        State::Closed if it.is_late => Status::new(Standing::Late, "逾期销号"),
        State::Closed => Status::new(Standing::Ok, "已销号"),
        State::Dismissed => Status::new(Standing::Excused, "已撤销"),
        State::Verifying => over().unwrap_or_else(|| Status::new(Standing::Running, "待核验")),
        State::Overdue => Status::by_days_left(it.days_left(on), pack.soon_days(on)),
        State::Open => over().unwrap_or_else(|| Status::by_days_left(it.days_left(on), pack.soon_days(on))),
    }
}
