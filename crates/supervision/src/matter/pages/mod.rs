//! Pages of matters: what there is, the list of one, opening one, what the figures propose, one with its steps.

mod list;
mod new;
mod one;
mod proposed;

use jiff::civil::Date;
use policy::{Matter, Pack};

use super::model::Row;
use crate::http::failure::Failure;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Standing, Status};
use crate::http::visit::Visit;

/// Routes of matters. Which matters one comes in contact with is said by each matter of the pack.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes
        .get("/matters", Needs::SignIn, Door::Both, list::index)
        .get("/matters/{key}", Needs::SignIn, Door::Both, list::show)
        .get("/matters/{key}/new", Needs::SignIn, Door::Inner, new::show)
        .post("/matters/{key}/new", Needs::SignIn, Door::Inner, new::open)
        .get("/matters/{key}/proposals", Needs::SignIn, Door::Inner, proposed::show)
        .get("/matters/items/{id}", Needs::SignIn, Door::Both, one::show)
        .get("/matters/items/{id}/actions/{action}", Needs::SignIn, Door::Both, one::show_action)
        .post("/matters/items/{id}/actions/{action}", Needs::SignIn, Door::Both, one::act)
        .get("/matters/items/{id}/files/{file}", Needs::SignIn, Door::Both, one::file)
}

/// A matter of the pack that the visitor comes in contact with.
fn met<'a>(visit: &Visit, pack: &'a Pack, key: &str) -> Result<&'a Matter, Failure> {
    pack.matters.get(key).filter(|matter| super::is_met_by(pack, visit.actor(), matter)).ok_or(Failure::NotFound)
}

/// Whether the figures can propose anything.
fn proposes(matter: &Matter) -> bool {
    matter.while_open.is_some() || matter.kinds.iter().any(|kind| kind.proposed_when.is_some())
}

/// How a matter stands, as a mark.
fn status(pack: &Pack, matter: &Matter, it: &Row, on: Date, soon_days: i64) -> Status {
    let procedure = pack.procedures.get(&matter.procedure);
    let stage = procedure.and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == it.stage)).map_or("", |stage| stage.name.as_str());
    if it.closed_on.is_some() {
        return if it.is_late { Status::new(Standing::Late, format!("{stage}（逾期）")) } else { Status::new(Standing::Ok, stage) };
    }
    match procedure.and_then(|procedure| it.until(procedure)).map(|day| i64::from((day - on).get_days())) {
        Some(left) if left < 0 => Status::new(Standing::Overdue, format!("{stage} · 逾期 {} 天", -left)),
        Some(left) if left <= soon_days => Status::new(Standing::Soon, format!("{stage} · 剩 {left} 天")),
        _ => Status::new(Standing::Running, stage),
    }
}
