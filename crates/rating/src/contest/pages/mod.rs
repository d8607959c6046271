//! Pages of contests: rounds, one round, one entry, a judge's sheet, who has not taken part yet, good practices.

mod entry;
mod forms;
mod list;
mod one;
mod practices;
mod sheet;
mod taking_part;

use std::sync::Arc;

use policy::{Capability, Pack};

use super::model::Round;
use super::see::{self, Sight};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::route::{Door, Needs, Routes};
use crate::http::visit::Visit;

/// Routes of contests.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let sees = Needs::May(Capability::ViewContests);
    let holds = Needs::May(Capability::HoldContests);
    let enters = Needs::May(Capability::EnterContests);
    routes
        .get("/contests", sees, Door::Both, list::show)
        .get("/contests/new", holds, Door::Inner, forms::show_new)
        .post("/contests/new", holds, Door::Inner, forms::open)
        .get("/contests/taking-part", sees, Door::Both, taking_part::show)
        .get("/contests/practices", sees, Door::Both, practices::show)
        .get("/contests/{id}", sees, Door::Both, one::show)
        .get("/contests/{id}/actions/{action}", holds, Door::Inner, one::show_action)
        .post("/contests/{id}/actions/{action}", holds, Door::Inner, one::do_action)
        .get("/contests/{id}/enter", enters, Door::Both, forms::show_enter)
        .post("/contests/{id}/enter", enters, Door::Both, forms::enter)
        .get("/contests/{id}/judges", holds, Door::Inner, forms::show_judges)
        .post("/contests/{id}/judges", holds, Door::Inner, forms::name_judges)
        .get("/contests/{id}/judges/{judge}/absent", holds, Door::Inner, forms::show_absent)
        .post("/contests/{id}/judges/{judge}/absent", holds, Door::Inner, forms::mark_absent)
        .get("/contests/{id}/score", Needs::SignIn, Door::Both, sheet::show)
        .post("/contests/{id}/score", Needs::SignIn, Door::Both, sheet::hand_in)
        .get("/contests/entries/{id}", sees, Door::Both, entry::show)
        .get("/contests/entries/{id}/practice", holds, Door::Inner, forms::show_practice)
        .post("/contests/entries/{id}/practice", holds, Door::Inner, forms::note_practice)
}

/// A round as the visitor sees it, with the pack that it is bound to.
async fn seen(visit: &Visit, id: i64) -> Result<(Sight, Arc<Pack>), Failure> {
    let sight = see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let pack = visit.app.policies_of(&sight.round.pack_version).await?;
    Ok((sight, pack))
}

/// The frame of a page below a round.
fn layout(visit: &Visit, round: &Round, title: impl Into<String>) -> Layout {
    visit.layout(title).crumb("擂台比武", "/contests").crumb(round.title.clone(), round.address())
}
