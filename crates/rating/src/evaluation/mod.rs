//! Evaluations (考核): opened for a point of the filed yearly plan, drafted, objected to, published, frozen.
//!
//! For: star ratings and composite rankings. In: facts as columns, judged values, a scheme of the pack.
//! Out: a stored result whose every figure keeps its way back. Does not know: how a score is computed.

mod access;
mod brief;
pub mod command;
mod consequence;
mod cycle;
pub mod differences;
pub mod engine;
mod export;
mod judged;
pub mod pages;
mod plan;
mod publication;
pub mod ranking;
mod review;
mod rows;
mod run;
mod standards;
mod still_open;
mod tier_target;

use jiff::civil::Date;
use policy::PlanLineKind;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;
use crate::case::{self, NewCase};
use crate::http::route::Routes;

pub use access::{Sight, organises};
pub use brief::{Brief, Parts, RowMarks, briefs, parts, printed};
pub use consequence::{Answer, Standing as Stands, answer as answer_consequences};
pub use cycle::{Lock, lock_of};
pub use export::{issue as issue_export, verify as verify_export};
pub use judged::{JudgedValue, judge_all, judge_for, waive};
pub(crate) use pages::SIMULATION_MARK;
pub(crate) use pages::result::star_word;
pub use plan::{OpenedRound, PlanEntry, file_line, find as plan_entry, inspections_on, lines_of, plan_entries, round_of, withdraw_line};
pub use publication::{act, carry_out, why_not_publish};
pub use review::{REVIEW, act as act_on_review};
pub use rows::{StoredEvaluation, all_of_kind, find, printed_score, published_before, published_series, result, result_head, result_of, row_of};
pub use run::{compute, compute_for};
pub use standards::{fields_without_standard, lack_of_standards, rests_on_example};

/// What `evaluation.kind` says of a star rating.
pub const KIND: &str = "evaluation";
/// Procedure of the pack by which a star rating is published.
pub const PUBLICATION: &str = "evaluation_publication";

/// Routes of the plan, of evaluations and of rankings.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    pages::routes(routes)
}

/// Opens an evaluation for a line of the filed plan, calculates it and opens its publication at the draft.
///
/// # Errors
/// [`Refusal`] when the line is not filed by the actor's own office, not open yet, or already used.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, plan_entry: i64) -> anyhow::Result<i64> {
    let entry = entry_to_open(tx, actor, plan_entry, PlanLineKind::Evaluation).await?;
    check_authority(app, &entry.of_key, &entry, tx.today())?;
    cycle::check_weights(app, &entry.of_key, entry.period.year, tx.today()).await?;
    let closed_until = entry.period.until().min(tx.today());
    let evaluation = run::compute_for(app, &entry.of_key, entry.period, closed_until, Some(entry.organisation)).await?;
    let title = format!("{}（{}）", evaluation.name, entry.period.label());
    let procedure = app.pack().plan_lines.get(&entry.pack_key).and_then(|line| line.procedure.clone()).unwrap_or_else(|| PUBLICATION.to_owned());
    let (id, case_id) = open_publication(app, tx, &procedure, KIND, &entry, &title).await?;
    rows::insert(tx, id, entry.id, case_id, rows::kept(&evaluation, &title, entry.organisation)?).await?;
    rows::insert_rows(app, tx, id, &evaluation).await?;
    tx.record("evaluation.open", "evaluation", id, Some(entry.organisation), json!({ "scheme": entry.of_key, "period": entry.period.to_string() }));
    tx.changed("evaluation", id, None);
    Ok(id)
}

/// The filed line that something is opened for: one's own, due, and not used yet.
async fn entry_to_open(tx: &Tx, actor: &Actor, plan_entry: i64, kind: PlanLineKind) -> anyhow::Result<PlanEntry> {
    let entry = plan::find(tx.connection(), plan_entry).await?.ok_or_else(|| Refusal("年度计划里没有这一项，请先在“年度计划”里报备。".to_owned()))?;
    check_owner(actor, entry.organisation)?;
    if entry.kind != kind {
        return Err(Refusal("这一项计划要从它自己的页面打开。".to_owned()).into());
    }
    if tx.today() < entry.opens_on {
        return Err(Refusal(format!("按年度计划，{} 起才能开评。", entry.opens_on)).into());
    }
    if rows::of_plan_entry(tx.connection(), plan_entry).await?.is_some() {
        return Err(Refusal("这一项计划已经开评，请从列表进入。".to_owned()).into());
    }
    Ok(entry)
}

/// A scheme without authority can be drafted and simulated, never opened to branches; an example is opened in the demo alone.
fn check_authority(app: &App, scheme: &str, entry: &PlanEntry, today: Date) -> Result<(), Refusal> {
    let pack = app.pack();
    let Some((_, scheme)) = pack.scheme_in(scheme, entry.period.year) else { return Ok(()) };
    if scheme.example && app.settings().is_demo {
        return Ok(());
    }
    scheme.authority().why_not_open(today).map_or(Ok(()), |why| Err(Refusal(why)))
}

/// The case in which a result is published, at the draft. Gives the result's number and the case's.
async fn open_publication(app: &App, tx: &mut Tx, procedure: &str, kind: &'static str, entry: &PlanEntry, title: &str) -> anyhow::Result<(i64, i64)> {
    let id = tx.next_id().await?;
    let new = NewCase {
        procedure: procedure.to_owned(),
        subject_kind: kind,
        subject_id: id,
        organisation: entry.organisation,
        issuer: None,
        title: title.to_owned(),
        due_on: None,
        items: Vec::new(),
    };
    Ok((id, case::open(app, tx, new).await?))
}

/// Calculates an evaluation anew from today's records: while it is a draft, or to correct it after an objection.
///
/// # Errors
/// [`Refusal`] when it is decided or published.
pub async fn calculate(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let kept = to_change(app, tx, actor, id).await?;
    cycle::check_weights(app, &kept.of_key, kept.period.year, tx.today()).await?;
    let closed_until = kept.period.until().min(tx.today());
    let evaluation = run::compute_for(app, &kept.of_key, kept.period, closed_until, Some(kept.organisation)).await?;
    rows::replace(tx, id, rows::kept(&evaluation, &kept.name, kept.organisation)?).await?;
    rows::insert_rows(app, tx, id, &evaluation).await?;
    tx.record("evaluation.calculate", "evaluation", id, Some(kept.organisation), json!(null));
    tx.changed("evaluation", id, None);
    Ok(())
}

/// A result that may still be calculated anew by its own office.
async fn to_change(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<StoredEvaluation> {
    tx.lock("evaluation", id).await?;
    let kept = rows::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    check_owner(actor, kept.organisation)?;
    let work = case::CaseAtWork::read_in(app, tx.connection(), kept.case_id.unwrap_or_default()).await?;
    if kept.published_at.is_some() || !work.as_ref().is_some_and(access::may_change) {
        return Err(Refusal("已经研究决定，不能重算；确要重算请先撤回。".to_owned()).into());
    }
    Ok(kept)
}

/// Only the office that organises the evaluation acts on it.
pub fn check_owner(actor: &Actor, organisation: OrgId) -> Result<(), Refusal> {
    if organises(actor, organisation) { Ok(()) } else { Err(Refusal("只有组织这次评定的组织部门可以办。".to_owned())) }
}
