//! What is done in a task's case, and what follows: quantities roll up, what was verified becomes facts.

use std::collections::BTreeMap;

use policy::{ActionKind, Effect};
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::facts::SOURCE;
use super::model::{PartsKind, Task, sum_of};
use super::see::{self, Wait};
use super::{quantity, store as rows};
use crate::app::App;
use crate::case::{self, Act, Done, Variables};
use crate::notice::{self, To};

/// Does one action of a task's case and carries its effects out.
///
/// # Errors
/// [`Refusal`] with the sentence that says who may, from when, or what is missing.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, task_id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("task", task_id).await?;
    let task = see::find(tx.connection(), app, actor, task_id).await?.ok_or_else(|| Refusal("没有找到这项任务。".to_owned()))?;
    let Some(at) = &task.at else {
        return Err(Refusal("这是全部单位的汇总，没有要办的；请到各单位的任务里办。".to_owned()).into());
    };
    let pack = app.pack();
    let rule = pack.procedures.get(super::PROCEDURE).and_then(|p| p.stages.iter().flat_map(|stage| &stage.actions).find(|rule| rule.key == action));
    // A line body and the committee it belongs to stand at one place; the fields tell them apart.
    if let Some(rule) = rule.filter(|rule| rule.by.at == "issuer" && !task.issuer.is_acted_for_by(actor, rule.by.capability)) {
        return Err(Refusal(format!("{}。", rule.by.who)).into());
    }
    if let Some(rule) = rule.filter(|rule| matches!(rule.kind, ActionKind::Submit | ActionKind::CloseOut)) {
        let missing = crate::department::undelivered(tx.connection(), task.id).await?;
        if !missing.is_empty() {
            let names = missing.join("、");
            return Err(Refusal(format!("协办的还没有办完：{names}。请牵头部门催办，都认可以后再{}。", rule.name)).into());
        }
    }
    let done = case::act(app, tx, actor, at.case_id, action, fields, &Variables::default()).await?;
    carry_out(app, tx, actor, task_id, &done).await?;
    Ok(done)
}

/// Carries out what an action of a task's case causes, in the action's own transaction.
///
/// # Errors
/// When the database refuses.
pub async fn carry_out(app: &App, tx: &mut Tx, actor: &Actor, task_id: i64, done: &Done) -> anyhow::Result<()> {
    let mut task = rows::task(tx.connection(), task_id).await?.ok_or_else(|| anyhow::anyhow!("no task {task_id}"))?;
    let case_id = task.at.as_ref().map(|at| at.case_id).ok_or_else(|| anyhow::anyhow!("task {task_id} has no case"))?;
    let acts = case::acts_of(tx.connection(), case_id).await?;
    let act = acts.iter().find(|act| act.id == done.act_id).ok_or_else(|| anyhow::anyhow!("no act {}", done.act_id))?;
    let fed_back = act.fields.get("quantity").and_then(|number| number.as_str()).and_then(quantity::parse);
    if let Some(milli) = fed_back.filter(|_| task.parts_kind != Some(PartsKind::Divide)) {
        task.done_milli = Some(milli);
        rows::set_done(tx, task.id, task.done_milli, task.verified_milli).await?;
    }
    for effect in &done.effects {
        match effect {
            Effect::TaskFulfil => fulfil(tx, &mut task, &acts).await?,
            Effect::TaskReopen => reopen(tx, &mut task).await?,
            Effect::NoticeSuperior => notify(app, tx, &task).await?,
            Effect::NoticeOrganisation => remind(app, tx, &task, act, actor).await?,
            _ => anyhow::bail!("the effect {effect:?} is not one of a task"),
        }
    }
    if done.to.is_some() {
        renew_facts(tx, &[task.id]).await?;
        notice::settle(tx, To::Organisation(task.organisation), URGED, &address(&task)).await?;
    }
    if done.to.is_some() && !done.effects.contains(&Effect::NoticeSuperior) {
        notice::settle(tx, To::Organisation(task.issuer.organisation), FED_BACK, &address(&task)).await?;
    }
    tx.changed("task", task.id, Some(task.organisation));
    if let Some(whole) = task.whole_id {
        sum_up(tx, whole).await?;
    }
    Ok(())
}

/// Puts down anew what these tasks stand for.
pub(super) async fn renew_facts(tx: &mut Tx, ids: &[i64]) -> anyhow::Result<()> {
    let facts = super::derive_facts(tx, ids).await?;
    crate::facts::replace(tx, SOURCE, facts).await?;
    Ok(())
}

/// A verified task counts from the day of its verification; whether it was late is told by the days it was fed back.
async fn fulfil(tx: &mut Tx, task: &mut Task, acts: &[Act]) -> anyhow::Result<()> {
    let moves: Vec<_> = acts
        .iter()
        .map(|act| (act.on, act.kind == "submit", act.fields.get("due_on").and_then(|day| day.as_str()).and_then(|day| day.parse().ok())))
        .collect();
    let (today, is_late) = (tx.today(), case::was_late(task.due_on, &moves));
    task.fulfilled_on = Some(today);
    task.verified_milli = task.done_milli;
    rows::set_fulfilled(tx, task.id, Some(today), is_late).await?;
    rows::set_done(tx, task.id, task.done_milli, task.verified_milli).await?;
    tx.record("task.fulfil", "task", task.id, Some(task.organisation), json!({ "late": is_late }));
    Ok(())
}

async fn reopen(tx: &mut Tx, task: &mut Task) -> anyhow::Result<()> {
    task.fulfilled_on = None;
    task.verified_milli = None;
    rows::set_fulfilled(tx, task.id, None, false).await?;
    rows::set_done(tx, task.id, task.done_milli, None).await?;
    tx.record("task.reopen", "task", task.id, Some(task.organisation), json!(null));
    Ok(())
}

fn address(task: &Task) -> String {
    format!("/tasks/{}", task.id)
}

pub(super) const FED_BACK: &str = "task.fed_back";
pub(super) const URGED: &str = "task.urged";

/// To whoever owes the step; a superior's word also to whoever handed the task down.
async fn remind(app: &App, tx: &mut Tx, task: &Task, act: &Act, actor: &Actor) -> anyhow::Result<()> {
    let by = act.organisation.map_or_else(|| actor.name.clone(), |id| app.directory().name_of(id).to_owned());
    let note = act.fields.get("note").and_then(|note| note.as_str()).map_or_else(String::new, |note| format!("：{note}"));
    let text = format!(
        "{by}{}“{}”，时限 {}{note}",
        if act.organisation == Some(task.issuer.organisation) { "催办" } else { "督办" },
        task.item.action,
        task.due_now()
    );
    notice::settle(tx, To::Organisation(task.organisation), URGED, &address(task)).await?;
    notice::send(tx, To::Organisation(task.organisation), URGED, &text, &address(task)).await?;
    if act.organisation != Some(task.issuer.organisation) {
        notice::send(tx, To::Organisation(task.issuer.organisation), URGED, &text, &address(task)).await?;
    }
    Ok(())
}

/// Reminds of everything that waits to be chased (`Wait::Chase`) or supervised (`Wait::Escalated`); answers of how many tasks.
///
/// # Errors
/// When the database refuses.
pub async fn urge_all(app: &App, tx: &mut Tx, actor: &Actor, wait: Wait) -> anyhow::Result<usize> {
    let found = see::to_urge(app, actor, tx.today()).await?;
    let mut n = 0;
    for late in found.into_iter().filter(|urging| urging.wait == wait).map(|urging| urging.late) {
        let Some(rule) = see::urge_of(&app.pack(), &late.at.stage, wait).map(|action| action.key.clone()) else { continue };
        match act(app, tx, actor, late.id, &rule, &BTreeMap::new()).await {
            Ok(_) => n += 1,
            // Somebody else reminded of it meanwhile.
            Err(error) if error.is::<Refusal>() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}

async fn notify(app: &App, tx: &mut Tx, task: &Task) -> anyhow::Result<()> {
    let text = format!("{}反馈了“{}”，待核验", app.directory().name_of(task.organisation), task.item.action);
    notice::send(tx, To::Organisation(task.issuer.organisation), FED_BACK, &text, &address(task)).await?;
    Ok(())
}

/// Adds the parts of a divided task up, and so on upwards.
pub(super) async fn sum_up(tx: &mut Tx, task_id: i64) -> anyhow::Result<()> {
    let mut next = Some(task_id);
    while let Some(id) = next {
        let Some(task) = rows::task(tx.connection(), id).await? else { return Ok(()) };
        next = task.whole_id;
        if task.parts_kind != Some(PartsKind::Divide) {
            continue;
        }
        let parts = rows::parts_of(tx.connection(), &[id]).await?;
        let (done, verified) = (sum_of(parts.iter().map(|part| part.done_milli)), sum_of(parts.iter().map(|part| part.verified_milli)));
        if (done, verified) != (task.done_milli, task.verified_milli) {
            rows::set_done(tx, id, done, verified).await?;
            tx.changed("task", id, None);
        }
    }
    Ok(())
}
