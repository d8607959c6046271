//! Pages of visits: the log, what has to be visited, writing one down, tagging a place.

mod log;
mod new;
mod plan;
mod tags;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

/// Routes of visits.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewVisits);
    let records = Needs::May(Capability::RecordVisits);
    routes
        .get("/visits", sees, Door::Both, log::list)
        .get("/visits/plan", records, Door::Both, plan::show)
        .get("/visits/new", records, Door::Both, new::show)
        .post("/visits/new", records, Door::Both, new::record)
        .get("/visits/tags/new", records, Door::Inner, tags::new)
        .post("/visits/tags/new", records, Door::Inner, tags::create)
        .get("/visits/tags/{id}/end", records, Door::Inner, tags::show_end)
        .post("/visits/tags/{id}/end", records, Door::Inner, tags::end)
        .get("/visits/{id}", sees, Door::Both, log::show)
}
