//! Evaluations (考核): opened for a point of the filed yearly plan, drafted, objected to, published, frozen.
//!
//! For: star ratings and composite rankings. In: facts as columns, judged values, a scheme of the pack.
//! Out: a stored result whose every figure keeps its way back. Does not know: how a score is computed.

pub mod command;
mod judged;
mod plan;
mod rows;
mod run;

use policy::{Capability, Effect, PlanLineKind};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;
use crate::case::{self, Done, NewCase};

pub use judged::{JudgedValue, judge_all, waive};
pub use plan::{PlanEntry, file_line, find as plan_entry, lines_of, plan_entries, withdraw_line};
pub use rows::{StoredEvaluation, evaluations, find, printed_score, result, result_head, row_of, rows_in};
pub use run::{compute, compute_for, marks_of};

/// Procedure of the pack by which a star rating is published.
pub const PUBLICATION: &str = "evaluation_publication";

/// Opens an evaluation for a line of the filed plan, calculates it and opens its publication at the draft.
///
/// # Errors
/// [`Refusal`] when the line is not filed by the actor's own office, not open yet, or already used.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, plan_entry: i64) -> anyhow::Result<i64> {
    let entry = plan::find(tx.connection(), plan_entry).await?.ok_or_else(|| Refusal("年度计划里没有这一项，请先在“年度计划”里报备。".to_owned()))?;
    check_owner(actor, entry.organisation)?;
    if entry.kind != PlanLineKind::Evaluation {
        return Err(Refusal("这一项计划不是评定，请从对应的页面打开。".to_owned()).into());
    }
    if tx.today() < entry.opens_on {
        return Err(Refusal(format!("按年度计划，{} 起才能开评。", entry.opens_on)).into());
    }
    if rows::of_plan_entry(tx.connection(), plan_entry).await?.is_some() {
        return Err(Refusal("这一项计划已经开评，请从列表进入。".to_owned()).into());
    }
    let closed_until = entry.period.until().min(tx.today());
    let evaluation = run::compute_for(app, &entry.of_key, entry.period, closed_until, Some(entry.organisation)).await?;
    let id = tx.next_id().await?;
    let title = format!("{}（{}）", evaluation.name, entry.period.label());
    let case_id = case::open(
        app,
        tx,
        NewCase {
            procedure: PUBLICATION.to_owned(),
            subject_kind: "evaluation",
            subject_id: id,
            organisation: entry.organisation,
            issuer: None,
            title: title.clone(),
            due_on: None,
            items: Vec::new(),
        },
    )
    .await?;
    rows::insert(app, tx, id, &entry, &title, case_id, &evaluation).await?;
    tx.record("evaluation.open", "evaluation", id, Some(entry.organisation), json!({ "scheme": entry.of_key, "period": entry.period.to_string() }));
    tx.changed("evaluation", id, Some(entry.organisation));
    Ok(id)
}

/// Calculates an evaluation anew from today's records: while it is a draft, or to correct it after an objection.
///
/// # Errors
/// [`Refusal`] when it is decided or published.
pub async fn calculate(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    tx.lock("evaluation", id).await?;
    let kept = rows::find(tx.connection(), id).await?.ok_or_else(|| Refusal("没有找到这次评定。".to_owned()))?;
    check_owner(actor, kept.organisation)?;
    let stage = case::find(tx.connection(), kept.case_id.unwrap_or_default()).await?.map(|case| case.stage).unwrap_or_default();
    if kept.published_at.is_some() || stage == "decided" {
        return Err(Refusal("已经研究决定，不能重算；确要重算请先撤回。".to_owned()).into());
    }
    let closed_until = kept.period.until().min(tx.today());
    let evaluation = run::compute_for(app, &kept.of_key, kept.period, closed_until, Some(kept.organisation)).await?;
    rows::replace(app, tx, &kept, &evaluation).await?;
    tx.record("evaluation.calculate", "evaluation", id, Some(kept.organisation), json!(null));
    tx.changed("evaluation", id, Some(kept.organisation));
    Ok(())
}

/// Why a result may not be published, if so: a demo scheme, or organisations that lack evidence.
///
/// # Errors
/// When the stored result cannot be read.
pub async fn why_not_publish(app: &App, tx: &Tx, id: i64) -> anyhow::Result<Option<String>> {
    let evaluation = rows::result(tx.connection(), id).await?;
    if evaluation.example && !app.settings().is_demo {
        return Ok(Some("这是示例方案，里面的分值是编的，不能公布。请先在本市制度包里写明依据。".to_owned()));
    }
    let n_unrated = evaluation.unpublishable().count();
    if n_unrated == 0 {
        return Ok(None);
    }
    let items: Vec<String> = evaluation.items_without_evidence().iter().take(5).map(|(item, n)| format!("{}（{n} 个）", item.name)).collect();
    Ok(Some(format!("还有 {n_unrated} 个党组织依据不足，不能公布。缺的是：{}。请补录、评定或写明理由免评。", items.join("、"))))
}

/// Carries out what an act of the publication causes, in the act's own transaction.
///
/// # Errors
/// [`Refusal`] when it may not be published.
pub async fn carry_out(app: &App, tx: &mut Tx, id: i64, done: &Done) -> anyhow::Result<()> {
    for effect in &done.effects {
        match effect {
            Effect::EvaluationPublish => {
                if let Some(sentence) = why_not_publish(app, tx, id).await? {
                    return Err(Refusal(sentence).into());
                }
                rows::publish(tx, id).await?;
                tx.record("evaluation.publish", "evaluation", id, None, json!(null));
            }
            Effect::EvaluationFreeze => rows::freeze(tx, id).await?,
            _ => {}
        }
    }
    tx.changed("evaluation", id, None);
    Ok(())
}

/// Only the office that organises the evaluation acts on it.
pub(crate) fn check_owner(actor: &Actor, organisation: OrgId) -> Result<(), Refusal> {
    let is_owner = actor.grants_with(Capability::OpenEvaluations).any(|grant| grant.set.everything || grant.set.root == Some(organisation));
    if is_owner { Ok(()) } else { Err(Refusal("只有组织这次评定的组织部门可以办。".to_owned())) }
}
