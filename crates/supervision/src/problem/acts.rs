//! What is done in a problem's case, and what follows: its row, its facts, the answer to whoever raised it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Action, ActionKind, Effect, Procedure};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::facts::{SOURCE, facts_of};
use super::model::Problem;
use super::raise::{self, RAISED};
use super::{rows, see, waits};
use crate::app::App;
use crate::case::{self, Act, CaseFile, Done, Variables};
use crate::directory::Directory;
use crate::notice::{self, To};

const URGED: &str = "problem.urged";
const HANDED_IN: &str = "problem.handed_in";
const ANSWERED: &str = "problem.answered";

/// What the conditions of the procedure may ask of a problem.
#[must_use]
pub fn variables(it: &Problem) -> Variables {
    Variables::default().with("has_outside_raiser", i64::from(!it.raiser.is_empty()))
}

/// Does one action of a problem's case and carries its effects out.
///
/// # Errors
/// [`Refusal`] with the sentence that says who may, from when, or what is missing.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("problem", id).await?;
    let it = see::find(tx.connection(), app, actor, id).await?.ok_or_else(|| Refusal("没有找到这个问题。".to_owned()))?;
    if !it.is_own {
        return Err(Refusal(format!("这个问题是在“{}”里查出的，请到那里整改和核实。", it.source)).into());
    }
    let done = case::act(app, tx, actor, it.case_id, action, fields, &variables(&it)).await?;
    carry_out(app, tx, actor, it, &done).await?;
    Ok(done)
}

async fn carry_out(app: &App, tx: &mut Tx, actor: &Actor, before: Problem, done: &Done) -> anyhow::Result<()> {
    let mut it = before.clone();
    let acts = case::acts_of(tx.connection(), it.case_id).await?;
    let act = acts.iter().find(|act| act.id == done.act_id).ok_or_else(|| anyhow::anyhow!("no act {}", done.act_id))?;
    if let Some(day) = day_in(act) {
        it.due_on = day;
    }
    let case = case::find(tx.connection(), it.case_id).await?.ok_or_else(|| anyhow::anyhow!("no case {}", it.case_id))?;
    let pack = app.policies_of(&case.pack_version).await?;
    let procedure = pack.procedures.get(&case.procedure).ok_or_else(|| anyhow::anyhow!("no procedure {}", case.procedure))?;
    if let Some(to) = &done.to {
        let next = whose_turn(&app.directory(), procedure, to, &case);
        it.is_handed_in = next.is_some();
        it.issuer = next.or(case.issuer).unwrap_or(it.issuer);
        notice::settle(tx, To::Organisation(it.organisation), RAISED, &it.address()).await?;
        for kind in [HANDED_IN, URGED] {
            notice::settle(tx, To::Organisation(before.issuer), kind, &it.address()).await?;
        }
    }
    for effect in &done.effects {
        match effect {
            Effect::ProblemClose => close(tx, &mut it, act, &acts).await?,
            Effect::ProblemDismiss => {
                case::close_items(tx, it.case_id, act.id, &[it.case_item]).await?;
                it.closed_on = Some(tx.today());
                it.is_dismissed = true;
                tx.record("problem.dismiss", "problem", it.id, Some(it.organisation), json!(null));
            }
            Effect::ProblemReopen => {
                case::open_again(tx, it.case_id, it.case_item).await?;
                it.closed_on = None;
                it.is_late = false;
                tx.record("problem.reopen", "problem", it.id, Some(it.organisation), json!(null));
            }
            Effect::NoticeSuperior => {
                let text = format!("{}报告整改完成，待核验：{}", app.directory().name_of(it.organisation), it.title());
                notice::send(tx, To::Organisation(it.issuer), HANDED_IN, &text, &it.address()).await?;
            }
            Effect::NoticeOrganisation => tell(app, tx, &it, procedure, act, actor).await?,
            _ => anyhow::bail!("the effect {effect:?} is not one of a problem"),
        }
    }
    if it.closed_on.is_some() && before.closed_on.is_none() {
        answer(tx, &it, act, actor).await?;
    }
    if it != before {
        rows::update(tx, &it).await?;
        crate::facts::replace(tx, SOURCE, vec![(it.id, facts_of(&it))]).await?;
    }
    Ok(())
}

/// Whose word a problem waits for at a stage; `None`: the unit's own, or nobody's.
fn whose_turn(directory: &Directory, procedure: &Procedure, stage: &str, case: &CaseFile) -> Option<OrgId> {
    let stage = procedure.stages.iter().find(|it| it.key == stage).filter(|stage| !stage.closes)?;
    let forward: Vec<&Action> = stage.actions.iter().filter(|action| action.to.is_some() && !action.kind.is_backward()).collect();
    if forward.iter().any(|action| action.by.at == "self") {
        return None;
    }
    let place = |action: &&Action| match action.by.at.as_str() {
        "issuer" => case.issuer,
        "superior" => directory.org(case.organisation)?.parent,
        "committee" => raise::issuer(directory, case.organisation, &[]),
        level => directory.at_level(case.organisation, level).map(|org| org.id),
    };
    forward.iter().find_map(place)
}

/// Another deadline that an act gives.
fn day_in(act: &Act) -> Option<Date> {
    act.fields.get("due_on").and_then(|day| day.as_str()).and_then(|day| day.parse().ok())
}

/// Solved: late if it was ever handed in after the day in force then.
async fn close(tx: &mut Tx, it: &mut Problem, act: &Act, acts: &[Act]) -> anyhow::Result<()> {
    let items = case::items_of(tx.connection(), it.case_id).await?;
    let first_due = items.iter().find(|item| item.id == it.case_item).and_then(|item| item.due_on).unwrap_or(it.due_on);
    let moves: Vec<_> = acts.iter().map(|act| (act.on, act.kind == "submit", day_in(act))).collect();
    case::close_items(tx, it.case_id, act.id, &[it.case_item]).await?;
    it.closed_on = Some(tx.today());
    it.is_late = case::was_late(first_due, &moves);
    tx.record("problem.close", "problem", it.id, Some(it.organisation), json!({ "late": it.is_late }));
    Ok(())
}

/// To the unit; a superior's word also to whoever handed the problem over.
async fn tell(app: &App, tx: &mut Tx, it: &Problem, procedure: &Procedure, act: &Act, actor: &Actor) -> anyhow::Result<()> {
    let mut actions = procedure.stages.iter().flat_map(|stage| &stage.actions);
    let name = actions.find(|action| action.key == act.action).map(|action| action.name.clone()).unwrap_or_default();
    let by = act.organisation.map_or_else(|| actor.name.clone(), |id| app.directory().name_of(id).to_owned());
    let note = act.fields.get("note").or_else(|| act.fields.get("reason")).and_then(|note| note.as_str());
    let note = note.map_or_else(String::new, |note| format!("：{note}"));
    let text = format!("{by} · {name} · {}，时限 {}{note}", it.title(), it.due_on);
    if act.kind == "urge" && it.is_handed_in {
        // It waits for the office that verifies; the unit has done its part.
        notice::settle(tx, To::Organisation(it.issuer), URGED, &it.address()).await?;
        notice::send(tx, To::Organisation(it.issuer), URGED, &text, &it.address()).await?;
        return Ok(());
    }
    notice::settle(tx, To::Organisation(it.organisation), URGED, &it.address()).await?;
    notice::send(tx, To::Organisation(it.organisation), URGED, &text, &it.address()).await?;
    if act.kind == "urge" && act.organisation != Some(it.issuer) {
        notice::send(tx, To::Organisation(it.issuer), URGED, &text, &it.address()).await?;
    }
    Ok(())
}

/// Whoever raised it hears what became of it.
async fn answer(tx: &mut Tx, it: &Problem, act: &Act, actor: &Actor) -> anyhow::Result<()> {
    let Some(person) = it.raised_by.filter(|person| Some(*person) != actor.person_id) else { return Ok(()) };
    let said = act.fields.get("answer").and_then(|answer| answer.as_str()).unwrap_or_default();
    let became = if it.is_dismissed { "经查不成立" } else { "已经解决" };
    let text = format!("您提出的问题“{}”{became}：{said}", it.title());
    notice::send(tx, To::Person(person), ANSWERED, &text, &it.address()).await?;
    Ok(())
}

/// Reminds of everything that is over and of which nobody reminded lately; answers of how many.
///
/// # Errors
/// When the database refuses.
pub async fn urge_all(app: &App, tx: &mut Tx, actor: &Actor) -> anyhow::Result<usize> {
    let pack = app.pack();
    let mut n = 0;
    for it in waits::to_be_urged(app, actor, tx.today()).await? {
        let Some(case) = case::find(tx.connection(), it.case_id).await? else { continue };
        let stage = pack.procedures.get(&case.procedure).and_then(|procedure| procedure.stages.iter().find(|stage| stage.key == case.stage));
        let rule = stage.and_then(|stage| stage.actions.iter().find(|action| action.kind == ActionKind::Urge && action.by.at == "issuer"));
        let Some(rule) = rule else { continue };
        match act(app, tx, actor, it.id, &rule.key, &BTreeMap::new()).await {
            Ok(_) => n += 1,
            // Somebody else reminded of it meanwhile, or it is too early again.
            Err(error) if error.is::<Refusal>() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}
