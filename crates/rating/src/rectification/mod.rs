//! Weak and lax organisations (软弱涣散): identified, put right, closed out, watched.
//!
//! For: the yearly list of a county and the rectification (整顿) of each listed organisation.
//! In: an evaluation, what people found, the acts of the pack's procedures. Out: a decided list, cases that close only by another's hand.
//! Does not know: how a score is computed; which steps there are, that is the pack's.

mod charges;
mod copied;
mod list;
mod list_pages;
mod pages;
mod rows;

use std::collections::BTreeMap;

use policy::{Effect, FormFieldKind};
use serde_json::json;
use store::{Actor, Refusal, Tx, execute};

use crate::app::App;
use crate::case::{self, CaseFile, Done, Variables};
use crate::http::route::{Door, Needs, Routes};

pub use charges::charges;
pub use list::{Answer as CandidateAnswer, Candidate, Round, add_candidate, answer, open_round, variables_of};
pub use rows::{candidates_of, find_round, rounds};

/// Procedure by which a listed organisation is put right.
pub const PROCEDURE: &str = "weak_rectification";

/// Routes of lists and rectifications.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    use policy::Capability::ViewWeakLists;
    routes
        .get("/weak-lists", Needs::May(ViewWeakLists), Door::Inner, list_pages::show_rounds)
        .post("/weak-lists", Needs::May(ViewWeakLists), Door::Inner, list_pages::open_round)
        .get("/weak-lists/{id}", Needs::May(ViewWeakLists), Door::Inner, list_pages::show_round)
        .get("/weak-lists/{id}/register", Needs::May(ViewWeakLists), Door::Inner, list_pages::register)
        .post("/weak-lists/{id}/candidates", Needs::May(ViewWeakLists), Door::Inner, list_pages::add_candidate)
        .get("/weak-lists/{id}/candidates/{candidate}", Needs::May(ViewWeakLists), Door::Inner, list_pages::show_candidate)
        .post("/weak-lists/{id}/candidates/{candidate}", Needs::May(ViewWeakLists), Door::Inner, list_pages::answer)
        .get("/weak-lists/{id}/actions/{action}", Needs::May(ViewWeakLists), Door::Inner, list_pages::show_list_action)
        .post("/weak-lists/{id}/actions/{action}", Needs::May(ViewWeakLists), Door::Inner, list_pages::do_list_action)
        .get("/weak-lists/{id}/files/{file}", Needs::May(ViewWeakLists), Door::Inner, list_pages::file)
        .get("/rectifications", Needs::SignIn, Door::Both, pages::show_all)
        .get("/rectifications/{id}", Needs::SignIn, Door::Both, pages::show)
        .get("/rectifications/{id}/actions/{action}", Needs::SignIn, Door::Both, pages::show_action)
        .post("/rectifications/{id}/actions/{action}", Needs::SignIn, Door::Both, pages::do_action)
        .get("/rectifications/{id}/files/{file}", Needs::SignIn, Door::Both, pages::file)
}

/// Does one act of a rectification. A plan that repeats another one's is let through and marked for whoever reviews it.
///
/// # Errors
/// [`Refusal`] as the procedure says.
pub async fn act(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    case: &CaseFile,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    let done = case::act(app, tx, actor, case.id, action, fields, &Variables::default()).await?;
    mark_copied(app, tx, case, action).await?;
    carry_out(app, tx, case, &done).await?;
    Ok(done)
}

/// Marks a plan that repeats another one's of the same procedure, for whoever reviews it.
pub(crate) async fn mark_copied(app: &App, tx: &mut Tx, case: &CaseFile, action: &str) -> anyhow::Result<()> {
    let pack = app.policies_of(&case.pack_version).await?;
    let rule = pack.procedures.get(&case.procedure).and_then(|p| p.stages.iter().flat_map(|s| &s.actions).find(|a| a.key == action));
    if let Some(rule) = rule.filter(|rule| rule.fields.iter().any(|field| field.compared)) {
        let compared: Vec<&policy::FormField> = rule.fields.iter().filter(|field| field.compared).collect();
        let remark = copied::remark(app, tx, case, action, &compared).await?;
        execute(tx.connection(), "update case_file set remark = $2 where id = $1", [case.id.into(), remark.into()]).await?;
    }
    Ok(())
}

/// What an act of a rectification causes.
async fn carry_out(app: &App, tx: &mut Tx, case: &CaseFile, done: &Done) -> anyhow::Result<()> {
    for effect in &done.effects {
        match effect {
            Effect::OrganisationBeginObservation => rows::begin_observation(tx, case.organisation, &case.title).await?,
            Effect::OrganisationEndObservation => rows::end_observation(tx, case.organisation).await?,
            Effect::NoticeSuperior => notice_superior(app, tx, case).await?,
            Effect::WeakListOpenRectifications => list::open_rectifications(app, tx, case.subject_id).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn notice_superior(app: &App, tx: &mut Tx, case: &CaseFile) -> anyhow::Result<()> {
    // The one whose turn it may be: a general branch has no office of its own.
    let superior = {
        let directory = app.directory();
        let parent = directory.org(case.organisation).and_then(|org| org.parent);
        parent.and_then(|parent| frame::answerable::committee_of(&directory, parent)).map(|org| org.id)
    };
    let Some(superior) = superior else { return Ok(()) };
    let href = if case.subject_kind == "weak_list" { format!("/weak-lists/{}", case.subject_id) } else { format!("/rectifications/{}", case.id) };
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into notice (id, person_id, organisation_id, kind, text, href, created_at) values ($1, null, $2, 'case', $3, $4, $5)",
        [id.into(), superior.into(), format!("{}有新进展", case.title).into(), href.into(), tx.at_text().into()],
    )
    .await?;
    Ok(())
}

/// Does one act of the procedure that approves a list.
///
/// # Errors
/// [`Refusal`] as the procedure says: below the floor, or while one is unanswered.
pub async fn act_on_list(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    round: &Round,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    let variables = list::variables_of(&rows::candidates_of(tx.connection(), round.id).await?, round, &app.pack());
    let case = case::find(tx.connection(), round.case_id).await?.ok_or_else(|| Refusal("没有找到这份名单。".to_owned()))?;
    let done = case::act(app, tx, actor, case.id, action, fields, &variables).await?;
    carry_out(app, tx, &case, &done).await?;
    tx.record("weak_list.act", "weak_round", round.id, Some(round.organisation), json!({ "action": action }));
    Ok(done)
}

/// The kind of field whose rows open items.
pub fn is_text(kind: FormFieldKind) -> bool {
    matches!(kind, FormFieldKind::Text | FormFieldKind::LongText | FormFieldKind::Items)
}
