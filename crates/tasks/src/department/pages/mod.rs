//! Pages of departments: all offices, one office with its duties and parts, one part, what was not delivered, who helps with a task.

mod joint;
mod list;
mod one;
mod undelivered;

use policy::Capability;

pub use joint::status;

use crate::http::route::{Door, Needs, Routes};
use crate::http::visit::Visit;

/// Routes of departments.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    // Whoever acts for an office, and whoever sees the register: what they find there the operation says.
    let sees = Needs::SignIn;
    let keeps = Needs::May(Capability::KeepResponsibility);
    let works = Needs::May(Capability::WorkForDepartment);
    let issues = Needs::May(Capability::IssueTasks);
    routes
        .get("/departments", sees, Door::Both, list::show)
        .get("/departments/new", keeps, Door::Inner, list::show_new)
        .post("/departments/new", keeps, Door::Inner, list::register_new)
        .get("/departments/undelivered", sees, Door::Both, undelivered::show)
        .get("/departments/parts/{id}", sees, Door::Both, joint::part)
        .get("/departments/parts/{id}/report", works, Door::Both, joint::show_report)
        .post("/departments/parts/{id}/report", works, Door::Both, joint::report)
        .post("/departments/parts/{id}/accept", works, Door::Both, joint::accept)
        .get("/departments/parts/{id}/accept", works, Door::Both, joint::show_accept)
        .get("/departments/parts/{id}/return", works, Door::Both, joint::show_return)
        .post("/departments/parts/{id}/return", works, Door::Both, joint::return_)
        .get("/departments/{id}", sees, Door::Both, one::show)
        .get("/departments/{id}/report", works, Door::Both, one::show_report)
        .post("/departments/{id}/report", works, Door::Both, one::report)
        .get("/departments/{id}/end", keeps, Door::Inner, one::show_end)
        .post("/departments/{id}/end", keeps, Door::Inner, one::end)
        .get("/tasks/{id}/joint", issues, Door::Inner, joint::show_name)
        .post("/tasks/{id}/joint", issues, Door::Inner, joint::name)
}

/// A word of the address.
fn asked(visit: &Visit, name: &str) -> String {
    crate::http::list::pairs(&visit.query).into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}
