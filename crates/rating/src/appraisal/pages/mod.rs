//! Pages of appraisals: sessions, one session with its reports, one report, what the office does.

mod document;
mod forms;
mod list;
mod one;
mod report;
mod write;

use policy::{Appraisal, Capability, Pack};
use std::sync::Arc;

use super::model::{Report, Session};
use super::see::{self, Sight};
use super::{rows, rule};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Standing, Status};
use crate::http::visit::Visit;

/// Routes of appraisals.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewAppraisals);
    let holds = Needs::May(Capability::HoldAppraisals);
    let reports = Needs::May(Capability::ReportInAppraisals);
    routes
        .get("/appraisals", sees, Door::Both, list::show)
        .get("/appraisals/new", holds, Door::Inner, forms::show_new)
        .post("/appraisals/new", holds, Door::Inner, forms::open)
        .get("/appraisals/{id}", sees, Door::Both, one::show)
        .get("/appraisals/{id}/actions/{action}", holds, Door::Inner, one::show_action)
        .post("/appraisals/{id}/actions/{action}", holds, Door::Inner, one::do_action)
        .get("/appraisals/{id}/ballot", holds, Door::Inner, forms::show_ballot)
        .post("/appraisals/{id}/ballot", holds, Door::Inner, forms::call_ballot)
        .get("/appraisals/reports/{id}", sees, Door::Both, report::show)
        .get("/appraisals/reports/{id}/document", sees, Door::Both, document::save)
        .get("/appraisals/reports/{id}/write", reports, Door::Both, write::show)
        .post("/appraisals/reports/{id}/write", reports, Door::Both, write::hand_in)
        .get("/appraisals/reports/{id}/back", holds, Door::Inner, forms::show_back)
        .post("/appraisals/reports/{id}/back", holds, Door::Inner, forms::give_back)
        .get("/appraisals/reports/{id}/comment", holds, Door::Inner, forms::show_comment)
        .post("/appraisals/reports/{id}/comment", holds, Door::Inner, forms::comment)
        .get("/appraisals/reports/{id}/problems", holds, Door::Inner, forms::show_problems)
        .post("/appraisals/reports/{id}/problems", holds, Door::Inner, forms::file_list)
}

/// A session as the visitor sees it, with the pack that it is bound to.
async fn seen(visit: &Visit, id: i64) -> Result<(Sight, Arc<Pack>), Failure> {
    let sight = see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let pack = visit.app.policies_of(&sight.session.pack_version).await?;
    Ok((sight, pack))
}

/// A report that the visitor sees, with its session.
struct Seen {
    sight: Sight,
    pack: Arc<Pack>,
    report: Report,
    is_whole: bool,
}

impl Seen {
    async fn of(visit: &Visit, id: i64) -> Result<Self, Failure> {
        let found = rows::report(visit.app.store().reader(), id).await?.ok_or(Failure::NotFound)?;
        let (sight, pack) = seen(visit, found.session).await?;
        let (report, is_whole) = sight.reports.iter().find(|(it, _)| it.id == id).cloned().ok_or(Failure::NotFound)?;
        Ok(Self { sight, pack, report, is_whole })
    }

    fn session(&self) -> &Session {
        &self.sight.session
    }

    fn rule(&self) -> anyhow::Result<&Appraisal> {
        rule(&self.pack, &self.sight.session)
    }
}

/// The frame of a page below a session.
fn layout(visit: &Visit, session: &Session, title: impl Into<String>) -> Layout {
    visit.layout(title).crumb("述职评议", "/appraisals").crumb(session.title.clone(), session.address())
}

/// Whether a report came, and when.
fn standing(session: &Session, it: &Report, today: jiff::civil::Date) -> Status {
    match it.handed_in_on {
        Some(day) if it.is_late => Status::new(Standing::Late, format!("迟交 {day}")),
        Some(day) => Status::new(Standing::Ok, format!("{day} 交")),
        None if today > session.due_on => Status::new(Standing::Overdue, "逾期没有交"),
        None => Status::new(Standing::Soon, "没有交"),
    }
}
