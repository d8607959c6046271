//! Pages of tables: what is asked and what is to be filled in, composing, progress, answering, the merged workbook; what is asked of
//! communities at all, and who allowed it.

mod answering;
mod board;
mod decisions;
mod draft;
mod export;
mod list;
mod listing;
mod new;
mod progress;

use policy::Capability;

use crate::http::route::{Door, Needs, Routes};

/// Routes of tables and of what is asked of others.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let asks = Needs::May(Capability::AskTables);
    let answers = Needs::May(Capability::AnswerTables);
    let either = Needs::May(Capability::ViewTables);
    let approves = Needs::May(Capability::ApproveBurden);
    routes
        .get("/tables", either, Door::Both, list::show)
        .get("/tables/new", asks, Door::Inner, new::show)
        .post("/tables/new", asks, Door::Inner, new::create)
        .get("/tables/{id}", either, Door::Both, progress::show)
        .post("/tables/{id}", asks, Door::Inner, draft::save)
        .get("/tables/{id}/export", asks, Door::Inner, export::workbook)
        .post("/tables/{id}/answer", answers, Door::Both, answering::send)
        .get("/tables/{id}/return", asks, Door::Inner, progress::show_return)
        .post("/tables/{id}/return", asks, Door::Inner, progress::send_back)
        .post("/tables/{id}/close", asks, Door::Inner, progress::close)
        .get("/burden", either, Door::Inner, board::show)
        .get("/burden/units/{id}", either, Door::Inner, board::unit)
        .get("/burden/items", either, Door::Both, decisions::items)
        .get("/burden/items/new", asks, Door::Inner, decisions::new_item)
        .post("/burden/items/new", asks, Door::Inner, decisions::propose)
        .get("/burden/items/{id}", either, Door::Both, decisions::item)
        .post("/burden/items/{id}", approves, Door::Inner, decisions::decide_item)
        .get("/burden/demands", either, Door::Both, decisions::demands)
        .get("/burden/demands/new", answers, Door::Both, decisions::new_demand)
        .post("/burden/demands/new", answers, Door::Both, decisions::note_demand)
        .get("/burden/demands/{id}", approves, Door::Inner, decisions::demand)
        .post("/burden/demands/{id}", approves, Door::Inner, decisions::answer_demand)
        .get("/burden/approvals", asks, Door::Inner, decisions::approvals)
        .get("/burden/approvals/{id}", Needs::SignIn, Door::Inner, decisions::approval)
        .post("/burden/approvals/{id}", approves, Door::Inner, decisions::decide)
}
