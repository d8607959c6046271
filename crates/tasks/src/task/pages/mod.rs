//! Pages of deploying: directives, the three lists, one task with its parts, the calendar.

mod calendar;
pub(super) mod cascade;
mod cascade_report;
mod comparing;
mod directive_page;
mod directives;
mod fulfilment;
mod issuing;
mod lists;
mod month;
mod one;
mod splitting;
pub(super) mod words;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

/// Routes of directives and tasks.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewTasks);
    let issues = Needs::May(Capability::IssueTasks);
    routes
        .get("/tasks", sees, Door::Both, lists::show)
        .post("/tasks/urge", Needs::May(Capability::VerifyTasks), Door::Inner, lists::urge)
        .get("/tasks/calendar", sees, Door::Both, calendar::show)
        .get("/tasks/cascade", sees, Door::Inner, cascade::all)
        .get("/tasks/cascade/report", sees, Door::Inner, cascade_report::show)
        .get("/tasks/directives", issues, Door::Inner, directives::list)
        .get("/tasks/directives/new", issues, Door::Inner, directives::new)
        .post("/tasks/directives/new", issues, Door::Inner, directives::create)
        .get("/tasks/directives/{id}", issues, Door::Inner, directive_page::show)
        .post("/tasks/directives/{id}/year", issues, Door::Inner, directive_page::settle_year)
        .post("/tasks/directives/{id}/fill", issues, Door::Inner, directive_page::fill)
        .post("/tasks/directives/{id}/check", issues, Door::Inner, directive_page::check_complete)
        .post("/tasks/directives/{id}/items", issues, Door::Inner, directive_page::add)
        .post("/tasks/directives/{id}/items/{item}", issues, Door::Inner, directive_page::change)
        .get("/tasks/directives/{id}/fulfilment", issues, Door::Inner, fulfilment::show)
        .get("/tasks/directives/{id}/compare", issues, Door::Inner, comparing::show)
        .get("/tasks/directives/{id}/issue", issues, Door::Inner, issuing::show)
        .post("/tasks/directives/{id}/issue", issues, Door::Inner, issuing::issue)
        .get("/tasks/{id}", sees, Door::Both, one::show)
        .get("/tasks/{id}/cascade", sees, Door::Inner, cascade::one)
        .get("/tasks/{id}/actions/{action}", sees, Door::Both, one::show_action)
        .post("/tasks/{id}/actions/{action}", sees, Door::Both, one::act)
        .get("/tasks/{id}/files/{file}", sees, Door::Both, one::file)
        .get("/tasks/{id}/split", sees, Door::Inner, splitting::show)
        .post("/tasks/{id}/split", sees, Door::Inner, splitting::split)
}
