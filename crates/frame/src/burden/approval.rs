//! Who allowed what is above the ceiling, for how much.

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;
use store::entities::burden_approval;
use store::{Actor, OrgId, PersonId, Refusal, Tx, execute, insert_all, query};

use super::{Cost, time_words};
use crate::app::App;
use crate::directory::optional_day;
use crate::notice::{self, To};

/// What an office wants to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<'a> {
    /// `table`, `task`, `task_split`, `task_decided`, `project_whole`, `inspection`, `self_check`.
    pub kind: &'a str,
    pub subject: i64,
    pub organisation: OrgId,
    pub title: &'a str,
}

/// The number of what is not written down yet, by its text: another text is another wish, the same one sent again is the same.
#[must_use]
pub fn subject_of(text: &str) -> i64 {
    const N_DIGITS: usize = 15;
    i64::from_str_radix(&policy::sm3_of(text)[..N_DIGITS], 16).unwrap_or_default()
}

/// An approval, asked for or decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub id: i64,
    pub kind: String,
    pub subject: i64,
    pub organisation: OrgId,
    pub title: String,
    pub n_units: i64,
    pub minutes: i64,
    pub reason: String,
    pub asked_on: Date,
    pub asked_by: Option<PersonId>,
    pub decided_on: Option<Date>,
    /// Name of whoever decided.
    pub decider: String,
    pub is_granted: bool,
    pub answer: String,
    /// What it allowed was issued.
    pub is_used: bool,
}

/// Approvals under a condition over `a`, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn approvals<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Approval>> {
    let sql = format!(
        "select a.id, a.kind, a.subject_id, a.organisation_id, a.title, a.n_units, a.minutes, a.reason, a.asked_on, a.asked_by, a.decided_on, a.decider, a.is_granted, a.answer, a.used_on from burden_approval a where {condition} order by a.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Approval> {
        Ok(Approval {
            id: row.try_get("", "id")?,
            kind: row.try_get("", "kind")?,
            subject: row.try_get("", "subject_id")?,
            organisation: row.try_get("", "organisation_id")?,
            title: row.try_get("", "title")?,
            n_units: row.try_get("", "n_units")?,
            minutes: row.try_get("", "minutes")?,
            reason: row.try_get("", "reason")?,
            asked_on: row.try_get::<String>("", "asked_on")?.parse()?,
            asked_by: row.try_get("", "asked_by")?,
            decided_on: optional_day(row, "decided_on")?,
            decider: row.try_get("", "decider")?,
            is_granted: row.try_get("", "is_granted")?,
            answer: row.try_get("", "answer")?,
            is_used: optional_day(row, "used_on")?.is_some(),
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// One approval; out of reach is not found.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<C: ConnectionTrait>(connection: &C, app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Approval>> {
    let found = approvals(connection, "a.id = $1", vec![id.into()]).await?.into_iter().next();
    Ok(found.filter(|it| is_seen(app, actor, it)))
}

fn is_seen(app: &App, actor: &Actor, it: &Approval) -> bool {
    let scope = actor.scope(Capability::ApproveBurden).union(actor.scope(Capability::AskTables));
    app.directory().is_visible(&scope, it.organisation)
}

/// Whether somebody decides an approval: he stands over the office, and did not ask himself.
#[must_use]
pub fn may_decide(app: &App, actor: &Actor, it: &Approval) -> bool {
    it.decided_on.is_none()
        && actor.person_id.is_some()
        && it.asked_by != actor.person_id
        && app.directory().is_visible(&actor.scope(Capability::ApproveBurden), it.organisation)
}

/// What was asked or decided last for something.
async fn last<C: ConnectionTrait>(connection: &C, kind: &str, subject: i64) -> anyhow::Result<Option<Approval>> {
    Ok(approvals(connection, "a.kind = $1 and a.subject_id = $2", vec![kind.into(), subject.into()]).await?.into_iter().next())
}

/// Whether what was allowed is enough for this cost.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_granted<C: ConnectionTrait>(connection: &C, kind: &str, subject: i64, cost: &Cost) -> anyhow::Result<bool> {
    let values = vec![kind.into(), subject.into(), cost.minutes.into(), i64::try_from(cost.n_units)?.into()];
    Ok(!approvals(connection, ENOUGH, values).await?.is_empty())
}

/// What was allowed, for so many minutes and units at least, and has not been used.
const ENOUGH: &str = "a.kind = $1 and a.subject_id = $2 and a.is_granted and a.used_on is null and a.minutes >= $3 and a.n_units >= $4";

/// Lets what is below the ceiling pass, and what was allowed: once.
///
/// # Errors
/// [`Refusal`] saying by how much it is above, and who is to be asked.
pub async fn permit(tx: &Tx, kind: &str, subject: i64, cost: &Cost) -> anyhow::Result<()> {
    if !cost.is_above() {
        return Ok(());
    }
    let values = [kind.into(), subject.into(), cost.minutes.into(), i64::try_from(cost.n_units)?.into(), tx.today().to_string().into()];
    let spend =
        format!("update burden_approval set used_on = $5 where used_on is null and id = (select min(a.id) from burden_approval a where {ENOUGH})");
    if execute(tx.connection(), spend, values).await?.rows_affected() > 0 {
        return Ok(());
    }
    let answered = match last(tx.connection(), kind, subject).await? {
        Some(it) if it.decided_on.is_none() => "已经报请批准，等答复以后再发".to_owned(),
        Some(it) if it.is_used => "批准的那一次已经发过，请减少或者再报".to_owned(),
        Some(it) if it.is_granted => format!("批准的是 {} 以内，现在多了，请减少或者再报", time_words(it.minutes)),
        Some(it) => format!("{}没有批准：{}。请减少内容或者单位", it.decider, it.answer),
        None => "请减少内容或者单位，或者先报请批准".to_owned(),
    };
    Err(Refusal(format!("{}，{answered}。", cost.why())).into())
}

/// Whether something was refused for want of an approval of this cost alone.
#[must_use]
pub fn is_for_the_ceiling(error: &anyhow::Error, cost: &Cost) -> bool {
    cost.is_above() && error.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.0.starts_with(&cost.why()))
}

/// Asks for an approval.
///
/// # Errors
/// [`Refusal`] when none is needed, one is under way, or no reason is given.
pub async fn ask(tx: &mut Tx, wish: &Wish<'_>, reason: &str, cost: &Cost) -> anyhow::Result<i64> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    if !cost.is_above() {
        return refuse("没有超过上限，不用报批，可以直接下发。");
    }
    if reason.trim().is_empty() {
        return refuse("请写为什么非发不可。");
    }
    if last(tx.connection(), wish.kind, wish.subject).await?.is_some_and(|it| it.decided_on.is_none()) {
        return refuse("已经报过，等答复。");
    }
    let id = tx.next_id().await?;
    let row = burden_approval::ActiveModel {
        id: Set(id),
        kind: Set(wish.kind.to_owned()),
        subject_id: Set(wish.subject),
        organisation_id: Set(wish.organisation),
        title: Set(wish.title.to_owned()),
        n_units: Set(i64::try_from(cost.n_units)?),
        minutes: Set(cost.minutes),
        reason: Set(reason.trim().to_owned()),
        asked_on: Set(tx.today().to_string()),
        asked_by: Set(tx.actor_id()),
        decided_on: Set(None),
        decided_by: Set(None),
        decider: Set(String::new()),
        is_granted: Set(false),
        answer: Set(String::new()),
        used_on: Set(None),
    };
    insert_all::<burden_approval::Entity, _, _>(tx.connection(), vec![row]).await?;
    tx.record("burden.ask", "burden_approval", id, Some(wish.organisation), json!({ "minutes": cost.minutes }));
    tx.changed("burden_approval", id, None);
    Ok(id)
}

/// Allows it or not, by name.
///
/// # Errors
/// [`Refusal`] of whoever asked himself or does not stand over the office, of a second decision, and of a no without a reason.
pub async fn decide(app: &App, tx: &mut Tx, actor: &Actor, id: i64, is_granted: bool, answer: &str) -> anyhow::Result<Approval> {
    tx.lock("burden_approval", id).await?;
    let it = find(tx.connection(), app, actor, id).await?.ok_or_else(|| Refusal("没有找到这件报批。".to_owned()))?;
    if it.decided_on.is_some() {
        return Err(Refusal("已经答复过了。".to_owned()).into());
    }
    if !may_decide(app, actor, &it) {
        return Err(Refusal("由有权批准的另一个人答复，报请的人自己不批。".to_owned()).into());
    }
    if !is_granted && answer.trim().is_empty() {
        return Err(Refusal("不批准的，请写明为什么。".to_owned()).into());
    }
    let names = query(tx.connection(), "select name from person where id = $1", [actor.person_id.unwrap_or_default().into()]).await?;
    let name: String = names.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    let sql = "update burden_approval set decided_on = $2, decided_by = $3, decider = $4, is_granted = $5, answer = $6 where id = $1";
    let values = [id.into(), tx.today().to_string().into(), tx.actor_id().into(), name.into(), is_granted.into(), answer.trim().into()];
    execute(tx.connection(), sql, values).await?;
    tx.record(if is_granted { "burden.grant" } else { "burden.deny" }, "burden_approval", id, Some(it.organisation), json!(null));
    tx.changed("burden_approval", id, None);
    if let Some(person) = it.asked_by {
        let said = if is_granted { "批准了" } else { "没有批准" };
        notice::send(tx, To::Person(person), "burden", &format!("{said}“{}”", it.title), &format!("/burden/approvals/{id}")).await?;
    }
    Ok(it)
}
