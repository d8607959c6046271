//! Pages of inspections: the list, one inspection, opening one, its draw and teams, the check on site, what was inspected where.

mod acts;
mod check;
mod coverage;
mod list;
mod new;
mod one;

use policy::Capability;

use super::model::Target;
use super::see::{self, Sight};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Standing, Status};
use crate::http::visit::Visit;

/// Routes of inspections.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewInspections);
    let holds = Needs::May(Capability::HoldInspections);
    let conducts = Needs::May(Capability::ConductInspections);
    routes
        .get("/inspections", sees, Door::Both, list::show)
        .get("/inspections/coverage", sees, Door::Inner, coverage::show)
        .get("/inspections/new", holds, Door::Inner, new::show)
        .post("/inspections/new", holds, Door::Inner, new::open)
        .get("/inspections/{id}", sees, Door::Both, one::show)
        .get("/inspections/{id}/population", sees, Door::Both, one::population)
        .get("/inspections/{id}/seed", holds, Door::Inner, acts::show_seed)
        .post("/inspections/{id}/seed", holds, Door::Inner, acts::give_seed)
        .get("/inspections/{id}/give-up-number", holds, Door::Inner, acts::show_give_up)
        .post("/inspections/{id}/give-up-number", holds, Door::Inner, acts::give_up)
        .get("/inspections/{id}/teams", holds, Door::Inner, acts::show_teams)
        .post("/inspections/{id}/teams", holds, Door::Inner, acts::form_team)
        .post("/inspections/{id}/assign", holds, Door::Inner, acts::assign)
        .get("/inspections/{id}/report", holds, Door::Inner, acts::show_report)
        .post("/inspections/{id}/report", holds, Door::Inner, acts::report)
        .get("/inspections/{id}/close", holds, Door::Inner, acts::show_close)
        .post("/inspections/{id}/close", holds, Door::Inner, acts::close)
        .get("/inspections/{id}/draws/{draw}/aside", holds, Door::Inner, acts::show_draw_aside)
        .post("/inspections/{id}/draws/{draw}/aside", holds, Door::Inner, acts::set_draw_aside)
        .get("/inspections/{id}/units/{unit}", sees, Door::Both, check::show)
        .post("/inspections/{id}/units/{unit}", conducts, Door::Both, check::hand_in)
        .post("/inspections/{id}/units/{unit}/open", conducts, Door::Both, check::open)
        .get("/inspections/{id}/units/{unit}/aside", holds, Door::Inner, acts::show_aside)
        .post("/inspections/{id}/units/{unit}/aside", holds, Door::Inner, acts::set_aside)
}

/// One inspection as the visitor sees it; hidden and absent are the same.
async fn sight(visit: &Visit, id: i64) -> Result<Sight, Failure> {
    see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)
}

/// One inspection of the visitor's own office.
async fn own(visit: &Visit, id: i64) -> Result<Sight, Failure> {
    let sight = sight(visit, id).await?;
    if see::is_office(visit.actor(), sight.inspection.organisation) { Ok(sight) } else { Err(Failure::NotFound) }
}

fn layout(visit: &Visit, sight: &Sight) -> Layout {
    let it = &sight.inspection;
    visit.layout(it.title.clone()).crumb("督查检查", "/inspections").crumb(it.title.clone(), it.address())
}

/// How an inspection stands, over the units that somebody sees: the word of the address line, and the mark.
fn standing(sight: &Sight) -> (&'static str, Status) {
    let it = &sight.inspection;
    let is_in: Vec<&Target> = sight.targets.iter().filter(|target| target.is_in()).collect();
    let n_done = is_in.iter().filter(|target| target.handed_in_on.is_some()).count();
    if it.closed_on.is_some() {
        ("closed", Status::new(Standing::Ok, "已办结"))
    } else if it.report_on.is_some() {
        ("reported", Status::new(Standing::Running, "整改中"))
    } else if is_in.is_empty() {
        ("drawing", Status::new(Standing::Future, "等抽取"))
    } else if n_done == is_in.len() {
        ("checked", Status::new(Standing::Soon, "等报告"))
    } else {
        ("checking", Status::new(Standing::Running, format!("检查 {n_done} / {}", is_in.len())))
    }
}

/// States of the list, as [`standing`] says them.
const STATES: [(&str, &str); 5] =
    [("drawing", "等抽取"), ("checking", "检查中"), ("checked", "等报告"), ("reported", "整改中"), ("closed", "已办结")];
