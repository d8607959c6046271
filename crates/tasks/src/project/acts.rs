//! What is done in a project's case, and what follows: its row, its facts, notices, the whole it is part of.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Action, ActionKind, Effect, FormFieldKind, Pack, Procedure};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::facts::{SOURCE, facts_of};
use super::follow::origin_is_open;
use super::{MILESTONE, PART, Project, SERVED, is_handed_in, kind_of, rows, see, spread, stage_of};
use crate::app::App;
use crate::case::{self, Act, Done, Variables};
use crate::notice::{self, To};

const HANDED_IN: &str = "project.handed_in";
const TOLD: &str = "project.told";
const ASKED: &str = "project.asked";

/// What the conditions of the procedure may ask of a project, and to whom its own steps fall.
///
/// # Errors
/// When the database cannot be read.
pub async fn variables<C: ConnectionTrait>(connection: &C, pack: &Pack, it: &Project) -> anyhow::Result<Variables> {
    let kind = kind_of(pack, &it.kind);
    let owes_opinion = it.served.is_some() && kind.is_some_and(|kind| kind.served) && it.opinion_on.is_none();
    let mut variables = Variables::default()
        .with("is_automatic", i64::from(it.origin_case.is_some()))
        .with("served_owed", i64::from(owes_opinion))
        .with("origin_open", i64::from(origin_is_open(connection, it).await?))
        .with("quantity_left", it.quantity_left())
        // Nobody stands at number 0: without one to serve the step falls to nobody.
        .standing_at(SERVED, it.served.unwrap_or_default());
    if let Some(kind) = kind.filter(|kind| !kind.grades.is_empty()) {
        variables = variables.choosing("grade", kind.grades.clone());
    }
    Ok(variables)
}

/// Does one action of a project's case and carries its effects out.
///
/// # Errors
/// [`Refusal`] with the sentence that says who may, from when, or what is missing.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("project", id).await?;
    let it = see::find(tx.connection(), app, actor, id).await?.ok_or_else(|| Refusal("没有找到这个项目。".to_owned()))?;
    let case = case::find(tx.connection(), it.case_id).await?.ok_or_else(|| anyhow::anyhow!("no case {}", it.case_id))?;
    let pack = app.policies_of(&case.pack_version).await?;
    let variables = variables(tx.connection(), &pack, &it).await?;
    let done = case::act(app, tx, actor, it.case_id, action, fields, &variables).await?;
    let procedure = pack.procedures.get(&case.procedure).ok_or_else(|| anyhow::anyhow!("no procedure {}", case.procedure))?;
    carry_out(app, tx, actor, &pack, procedure, it, &done).await?;
    Ok(done)
}

/// A text that an act gives.
fn text<'a>(act: &'a Act, key: &str) -> Option<&'a str> {
    act.fields.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty())
}

fn day(act: &Act, key: &str) -> Option<Date> {
    text(act, key).and_then(|day| day.parse().ok())
}

async fn carry_out(app: &App, tx: &mut Tx, actor: &Actor, pack: &Pack, procedure: &Procedure, before: Project, done: &Done) -> anyhow::Result<()> {
    let acts = case::acts_of(tx.connection(), before.case_id).await?;
    let act = acts.iter().find(|act| act.id == done.act_id).ok_or_else(|| anyhow::anyhow!("no act {}", done.act_id))?;
    let rule = procedure.stages.iter().flat_map(|stage| &stage.actions).find(|action| action.key == act.action);
    let rule = rule.ok_or_else(|| anyhow::anyhow!("no action {}", act.action))?;
    check_deliverables(tx, pack, rule, act, &acts, &before).await?;
    let mut it = before.clone();
    note(tx.today(), pack, rule, act, &mut it)?;
    if let Some(to) = &done.to {
        it.is_handed_in = is_handed_in(procedure, to);
        it.opinion_on = it.opinion_on.filter(|_| done.is_closed);
        it.closed_on = done.is_closed.then(|| tx.today());
        notice::settle(tx, To::Organisation(it.issuer), HANDED_IN, &it.address()).await?;
        if let Some(served) = it.served {
            notice::settle(tx, To::Organisation(served), ASKED, &it.address()).await?;
            ask_served(tx, procedure, to, &it, served).await?;
        }
    }
    for effect in &done.effects {
        match effect {
            Effect::ProjectApprove => {
                it.approved_on = Some(tx.today());
                tx.record("project.approve", "project", it.id, Some(it.organisation), json!(null));
            }
            Effect::ProjectRedraft => redraft(tx, &it, act).await?,
            Effect::ProjectAccept => accept(tx, &mut it, act, &acts),
            Effect::ProjectGrade => {
                it.grade = text(act, "grade").unwrap_or_default().to_owned();
                it.is_good = kind_of(pack, &it.kind).is_some_and(|kind| kind.good.contains(&it.grade));
                tx.record("project.grade", "project", it.id, Some(it.organisation), json!(null));
            }
            Effect::ProjectStop => tx.record("project.stop", "project", it.id, Some(it.organisation), json!(null)),
            Effect::ProjectSpread => spread::spread(app, tx, actor, pack, &it, act).await?,
            Effect::NoticeSuperior => {
                let text = format!("{} · {}：{}", app.directory().called(it.organisation), rule.name, it.name);
                notice::send(tx, To::Organisation(it.issuer), HANDED_IN, &text, &it.address()).await?;
            }
            Effect::NoticeOrganisation => tell(app, tx, &it, rule, act, actor).await?,
            _ => anyhow::bail!("the effect {effect:?} is not one of a project"),
        }
    }
    if it != before {
        rows::update(tx, &it).await?;
        crate::facts::replace(tx, SOURCE, vec![(it.id, facts_of(&it))]).await?;
    }
    if let Some(whole) = it.whole.filter(|_| done.is_closed) {
        rows::close_whole_if_over(tx, whole).await?;
    }
    Ok(())
}

/// What is handed over for a part is a record or a file; a part that asks for something is not confirmed before it lies there.
async fn check_deliverables(tx: &Tx, pack: &Pack, rule: &Action, act: &Act, acts: &[Act], it: &Project) -> anyhow::Result<()> {
    let Some(kind) = kind_of(pack, &it.kind) else { return Ok(()) };
    let Some(key) = kind.handed_over_in.as_deref() else { return Ok(()) };
    if let Some(part) = rule.fields.iter().any(|field| field.key == key).then(|| text(act, key)).flatten() {
        let has = |field: &policy::FormField| match field.kind {
            FormFieldKind::File => act.fields.get(&field.key).is_some_and(|file| file.is_object()),
            FormFieldKind::Text => text(act, &field.key).is_some_and(|said| said.starts_with('/')),
            _ => false,
        };
        if !rule.fields.iter().any(has) {
            return Err(Refusal(format!("交“{part}”的成果，请贴系统里记录的链接（从 / 开始，如 /activities/12），或者附上文件。")).into());
        }
    }
    let closed = case::items_of(tx.connection(), it.case_id).await?.into_iter().filter(|item| item.closed_in == Some(act.id) && item.kind == PART);
    for item in closed {
        let asked = kind.parts.iter().find(|part| part.name == item.text).and_then(|part| part.deliverable.as_ref());
        let is_there = acts.iter().any(|other| other.id < act.id && text(other, key) == Some(item.text.as_str()));
        if let Some(asked) = asked.filter(|_| !is_there) {
            return Err(Refusal(format!("“{}”的成果还没有交：{}。请单位先交，再验收。", item.text, asked.words())).into());
        }
    }
    Ok(())
}

/// What an act says that the list shows: columns and figures, how much is done, another day.
fn note(today: Date, pack: &Pack, rule: &Action, act: &Act, it: &mut Project) -> anyhow::Result<()> {
    if let Some(kind) = kind_of(pack, &it.kind) {
        for key in kind.columns.iter().chain(&kind.figures) {
            if let Some(said) = text(act, key) {
                it.body.insert(key.clone(), said.to_owned());
            }
        }
        let count = kind.shared.as_ref().and_then(|sharing| sharing.count.as_deref());
        if let Some(done) = count.and_then(|key| text(act, key)) {
            it.n_done = done.parse()?;
        }
    }
    it.due_on = day(act, "due_on").or(it.due_on);
    let figures = kind_of(pack, &it.kind).map(|kind| kind.figures.as_slice()).unwrap_or_default();
    let has_figure = figures.is_empty() || figures.iter().any(|key| text(act, key).is_some());
    if rule.kind == ActionKind::Report && rule.by.at == "self" && has_figure {
        it.progress_on = Some(today);
        it.is_reported = true;
    }
    if rule.by.at == SERVED && rule.to.is_none() {
        it.opinion_on = Some(today);
    }
    if rule.fields.iter().any(|field| field.kind == FormFieldKind::ClosesItems) {
        it.is_reported = false;
    }
    Ok(())
}

/// Whom it serves is asked where the stage has a step for it.
async fn ask_served(tx: &mut Tx, procedure: &Procedure, stage: &str, it: &Project, served: i64) -> anyhow::Result<()> {
    let is_asked = stage_of(procedure, stage).is_some_and(|stage| stage.actions.iter().any(|action| action.by.at == SERVED));
    if is_asked {
        let text = format!("“{}”申请验收，请听取党员群众意见后填写认可不认可", it.name);
        notice::send(tx, To::Organisation(served), ASKED, &text, &it.address()).await?;
    }
    Ok(())
}

/// The milestones of a proposal that goes back are withdrawn by the act that sends it back.
async fn redraft(tx: &mut Tx, it: &Project, act: &Act) -> anyhow::Result<()> {
    let items = case::items_of(tx.connection(), it.case_id).await?;
    let open: Vec<i64> = items.iter().filter(|item| item.kind == MILESTONE && item.closed_in.is_none()).map(|item| item.id).collect();
    case::close_items(tx, it.case_id, act.id, &open).await?;
    tx.record("project.redraft", "project", it.id, Some(it.organisation), json!(null));
    Ok(())
}

/// Late when it was handed in after its day; the acceptance itself takes the time it takes.
fn accept(tx: &mut Tx, it: &mut Project, act: &Act, acts: &[Act]) {
    let handed_in = acts.iter().rev().find(|other| other.id < act.id && other.kind == "submit").map_or(act.on, |other| other.on);
    it.accepted_on = day(act, "accepted_on").or(Some(tx.today()));
    it.is_late = it.due_on.is_some_and(|due| handed_in > due);
    tx.record("project.accept", "project", it.id, Some(it.organisation), json!({ "late": it.is_late }));
}

/// To whoever carries it: who said what.
async fn tell(app: &App, tx: &mut Tx, it: &Project, rule: &Action, act: &Act, actor: &Actor) -> anyhow::Result<()> {
    let by = act.organisation.map_or_else(|| actor.name.clone(), |id| app.directory().called(id).to_owned());
    let said = ["reason", "note", "opinion"].iter().find_map(|key| text(act, key)).map_or_else(String::new, |said| format!("：{said}"));
    notice::settle(tx, To::Organisation(it.organisation), TOLD, &it.address()).await?;
    notice::send(tx, To::Organisation(it.organisation), TOLD, &format!("{by} · {} · {}{said}", rule.name, it.name), &it.address()).await?;
    Ok(())
}
