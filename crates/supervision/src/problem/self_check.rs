//! Looking for the same elsewhere (举一反三): an order to the units of a field, each of which answers by a case of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::{Capability, Effect};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::{SELF_CHECK, feedback, rows, self_check_procedures, types};
use crate::app::App;
use crate::burden::{self, Cost, Wish};
use crate::case::{self, CaseFile, Done, NewCase, Variables};
use crate::directory::Directory;
use crate::notice::{self, To};

/// An order that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheck {
    pub id: i64,
    /// Who gave it.
    pub organisation: OrgId,
    /// By which procedure each unit answers.
    pub procedure: String,
    /// What is looked for: a type of problem, or the campaign's name.
    pub kind: String,
    pub field: String,
    /// Which level answers.
    pub level: String,
    pub reason: String,
    pub due_on: Date,
    pub issued_on: Date,
    /// What an outside body fed back, if that is why.
    pub feedback: Option<i64>,
}

/// An order about to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSelfCheck {
    pub organisation: OrgId,
    pub procedure: String,
    /// A type of problem; of campaigns their name is taken.
    pub kind: String,
    pub field: String,
    pub level: String,
    pub reason: String,
    pub due_on: Date,
    /// What an outside body fed back, if that is why.
    pub feedback: Option<i64>,
    /// Which entry of the list of what may be asked, where a unit stands under one.
    pub permitted: String,
}

/// Units below a place that answer at a level: those of the field, and those above them.
#[must_use]
pub fn units_of(directory: &Directory, organisation: OrgId, field: &str, level: &str) -> Vec<OrgId> {
    let of_field = directory.subtree(organisation).filter(|org| org.field == field && org.is_branch());
    let units: BTreeSet<OrgId> =
        of_field.filter_map(|org| directory.at_level(org.id, level)).map(|unit| unit.id).filter(|unit| *unit != organisation).collect();
    // In the order of the tree.
    directory.subtree(organisation).map(|org| org.id).filter(|id| units.contains(id)).collect()
}

/// Whether somebody gives such orders for an office, in a field.
#[must_use]
pub fn may_issue(actor: &Actor, office: OrgId, field: &str) -> bool {
    actor.grants_with(Capability::VerifyProblems).any(|grant| {
        let is_of_field = grant.set.fields.is_empty() || grant.set.fields.iter().any(|own| own == field);
        grant.set.everything || (grant.set.root == Some(office) && is_of_field)
    })
}

/// The number under which an order is allowed: of this one alone, to these units.
fn subject_of(new: &NewSelfCheck, units: &[OrgId]) -> i64 {
    let mut units = units.to_vec();
    units.sort_unstable();
    let NewSelfCheck { organisation, procedure, kind, field, level, reason, due_on, feedback, permitted } = new;
    burden::subject_of(&format!("{organisation}/{procedure}/{kind}/{field}/{level}/{}/{due_on}/{feedback:?}/{permitted}/{units:?}", reason.trim()))
}

/// What an order takes: each unit looks at its own place and reports once.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of<C: ConnectionTrait>(connection: &C, app: &App, units: &[OrgId], on: Date) -> anyhow::Result<Cost> {
    let each: Vec<(OrgId, u64)> = units.iter().map(|unit| (*unit, 1)).collect();
    burden::cost(connection, &app.pack(), on, burden::TASK, &each).await
}

/// Asks for an approval of an order that takes more than the ceiling.
///
/// # Errors
/// [`Refusal`] of whatever could not be issued either, when no approval is needed or no reason is given.
pub async fn ask_approval(app: &App, tx: &mut Tx, actor: &Actor, new: NewSelfCheck, reason: &str) -> anyhow::Result<i64> {
    let (new, units) = checked(app, tx, actor, new).await?;
    let cost = cost_of(tx.connection(), app, &units, tx.today()).await?;
    let title = format!("举一反三自查：{}", new.kind);
    let wish = Wish { kind: SELF_CHECK, subject: subject_of(&new, &units), organisation: new.organisation, title: &title };
    burden::ask(tx, &wish, reason, &cost).await
}

/// The order with the name of what is looked for, and its units: what could be issued but for the ceiling.
async fn checked(app: &App, tx: &Tx, actor: &Actor, new: NewSelfCheck) -> anyhow::Result<(NewSelfCheck, Vec<OrgId>)> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    if let Some(id) = new.feedback
        && feedback::seen(tx.connection(), actor, Some(id)).await?.is_empty()
    {
        return refuse("没有找到这件反馈。".to_owned());
    }
    if !may_issue(actor, new.organisation, &new.field) {
        return refuse("由核验问题的党委（党工委）在自己的范围和领域内发出自查通知。".to_owned());
    }
    let pack = app.pack();
    let Some((_, procedure)) = self_check_procedures(&pack).find(|(key, _)| *key == new.procedure) else {
        return refuse("制度包里没有这项自查的程序。".to_owned());
    };
    let kind = if new.procedure == SELF_CHECK { new.kind.clone() } else { procedure.name.clone() };
    if (new.procedure == SELF_CHECK && !types(&pack).contains(&kind))
        || !pack.fields.contains_key(&new.field)
        || !pack.levels.contains_key(&new.level)
    {
        return refuse("请选问题类型、领域和由哪一级自查。".to_owned());
    }
    if new.reason.trim().is_empty() {
        return refuse("请写为什么要自查、查什么，不写清楚的下级没法查。".to_owned());
    }
    if new.due_on < tx.today() {
        return refuse(format!("自查时限不能早于今天（{}）。", tx.today()));
    }
    let sql = "select 1 from self_check s join case_file c on c.subject_kind = $4 and c.subject_id = s.id where s.organisation_id = $1 and s.problem_type = $2 and s.field = $3 and c.closed_at is null";
    let same = [new.organisation.into(), kind.clone().into(), new.field.clone().into(), SELF_CHECK.into()];
    if !query(tx.connection(), sql, same).await?.is_empty() {
        return refuse(format!("“{kind}”在本领域的自查还没有办结，不用再发。"));
    }
    let units = units_of(&app.directory(), new.organisation, &new.field, &new.level);
    if units.is_empty() {
        return refuse("这一级没有这个领域的党组织，请换一级。".to_owned());
    }
    burden::check_permitted(app, tx, &units, &new.permitted).await?;
    Ok((NewSelfCheck { kind, ..new }, units))
}

/// Gives the order: each unit has it on its desk, and answers once.
///
/// # Errors
/// [`Refusal`] when somebody else gives it, something is missing, no unit is meant, the same is not over yet, it is not on the list of
/// what may be asked of communities, or it is above the ceiling without an approval.
pub async fn issue(app: &App, tx: &mut Tx, actor: &Actor, new: NewSelfCheck) -> anyhow::Result<i64> {
    let (new, units) = checked(app, tx, actor, new).await?;
    let cost = cost_of(tx.connection(), app, &units, tx.today()).await?;
    burden::permit(tx, SELF_CHECK, subject_of(&new, &units), &cost).await?;
    let units: Vec<(OrgId, String)> = {
        let directory = app.directory();
        units.into_iter().map(|id| (id, directory.name_of(id).to_owned())).collect()
    };
    let id = tx.next_id().await?;
    let order = SelfCheck {
        id,
        organisation: new.organisation,
        procedure: new.procedure,
        kind: new.kind,
        field: new.field,
        level: new.level,
        reason: new.reason.trim().to_owned(),
        due_on: new.due_on,
        issued_on: tx.today(),
        feedback: new.feedback,
    };
    rows::insert_self_check(tx, &order, tx.actor_id()).await?;
    let cases = units.iter().map(|(unit, name)| NewCase {
        procedure: order.procedure.clone(),
        subject_kind: SELF_CHECK,
        subject_id: id,
        organisation: *unit,
        issuer: Some(order.organisation),
        title: format!("{name}自查“{}”", order.kind),
        due_on: Some(order.due_on),
        items: Vec::new(),
    });
    let cases = case::open_all(app, tx, cases.collect()).await?;
    let text = format!("举一反三自查“{}”，{} 前报告结果：{}", order.kind, order.due_on, order.reason);
    for ((unit, _), case_id) in units.iter().zip(cases) {
        notice::send(tx, To::Organisation(*unit), "self_check.issued", &text, &unit_address(case_id)).await?;
    }
    tx.record("self_check.issue", "self_check", id, Some(order.organisation), json!({ "units": units.len(), "permitted": new.permitted }));
    Ok(id)
}

/// The page of one unit's answer.
#[must_use]
pub fn unit_address(case_id: i64) -> String {
    format!("/problems/self-checks/units/{case_id}")
}

/// Does one step of a unit's answer. What it found stands in the ledger from then on.
///
/// # Errors
/// [`Refusal`] as the procedure says.
pub async fn act_on_self_check(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    case: &CaseFile,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Done> {
    let done = case::act(app, tx, actor, case.id, action, fields, &Variables::default()).await?;
    if done.effects.contains(&Effect::NoticeOrganisation) {
        let text = format!("{}有新的意见，请看", case.title);
        notice::send(tx, To::Organisation(case.organisation), "self_check.told", &text, &unit_address(case.id)).await?;
    }
    Ok(done)
}
