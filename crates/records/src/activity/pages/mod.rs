//! Pages of activities: the list, one record, recording and changing one.

mod act;
mod day;
mod index;
mod record;
mod show;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/activities", Needs::May(Capability::ViewActivities), Door::Both, index::show)
        .get("/activities/new", Needs::May(Capability::RecordActivities), Door::Both, record::new)
        .get("/activities/day", Needs::May(Capability::RecordActivities), Door::Both, record::day)
        .post("/activities", Needs::May(Capability::RecordActivities), Door::Both, record::save)
        .get("/activities/{id}", Needs::May(Capability::ViewActivities), Door::Both, show::show)
        .get("/me/handled/activities/{id}", Needs::SignIn, Door::Both, show::signed)
        .get("/activities/{id}/amend", Needs::May(Capability::RecordActivities), Door::Both, record::change)
        .post("/activities/{id}/amend", Needs::May(Capability::RecordActivities), Door::Both, record::amend)
        .post("/activities/{id}/consent", Needs::May(Capability::SuperviseActivities), Door::Both, act::consent)
        .post("/activities/{id}/return", Needs::May(Capability::SuperviseActivities), Door::Both, act::return_record)
        .post("/activities/decisions/{id}", Needs::May(Capability::RecordActivities), Door::Both, act::follow_up)
}
