//! Excuses (免办): the branch asks, the superior decides; nobody decides what he asked for himself.

use jiff::civil::Date;
use policy::{Capability, Period};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use store::entities::duty_excuse;
use store::{Actor, OrgId, Refusal, Scope, Tx, execute, query};

use super::model::Code;
use super::states::state_of;
use crate::app::App;

/// An excuse that was asked for, or granted without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    pub id: i64,
    pub organisation: OrgId,
    pub duty: String,
    pub period: Period,
    pub reason: String,
    pub asked_by: Option<i64>,
    pub asked_on: Date,
    pub decided_on: Option<Date>,
    /// `None` while it waits.
    pub is_granted: Option<bool>,
    pub decision_reason: String,
}

const COLUMNS: &str = "e.id, e.organisation_id, e.duty, e.period, e.reason, e.asked_by, e.asked_at, e.decided_at, e.is_granted, e.decision_reason";

/// A branch asks to be excused from a duty in a period.
///
/// # Errors
/// [`Refusal`]: out of reach, no such duty there, done already, asked already, or without a reason.
pub async fn ask_excuse(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, duty: &str, period: Period, reason: &str) -> anyhow::Result<i64> {
    check(app, actor, Capability::RecordActivities, organisation, duty, period, reason, tx.today()).await?;
    if current(tx.connection(), organisation, duty, period).await?.is_some() {
        return Err(Refusal("这一期已经申请过免办，请等上级批复。".to_owned()).into());
    }
    let id = insert(tx, organisation, duty, period, reason.trim(), tx.actor_id(), None).await?;
    tx.record("duty.ask_excuse", "duty_excuse", id, Some(organisation), json!({ "duty": duty, "period": period.to_string() }));
    tx.changed("duty_excuse", id, Some(organisation));
    Ok(id)
}

/// The superior grants or declines what was asked for.
///
/// # Errors
/// [`Refusal`]: out of reach, decided already, asked for by the same person, or declined without a reason.
pub async fn decide_excuse(app: &App, tx: &mut Tx, actor: &Actor, id: i64, is_granted: bool, reason: &str) -> anyhow::Result<Excuse> {
    tx.lock("duty_excuse", id).await?;
    let scope = actor.scope(Capability::SuperviseActivities);
    let found =
        query(tx.connection(), format!("select {COLUMNS} from duty_excuse e where e.id = $1 and {}", scope.sql("e.organisation_id")), [id.into()])
            .await?;
    let asked = found.first().map(read).transpose()?.ok_or_else(|| Refusal("没有找到这个免办申请。".to_owned()))?;
    if asked.is_granted.is_some() {
        return Err(Refusal("这个免办申请已经批复过了。".to_owned()).into());
    }
    if asked.asked_by.is_some() && asked.asked_by == actor.person_id {
        return Err(Refusal("自己提出的申请不能自己批，请由上级的另一位同志办理。".to_owned()).into());
    }
    if !is_granted && reason.trim().is_empty() {
        return Err(Refusal("不同意的，请写明理由，支部才知道怎么办。".to_owned()).into());
    }
    execute(
        tx.connection(),
        "update duty_excuse set is_granted = $2, decided_by = $3, decided_at = $4, decision_reason = $5 where id = $1",
        [id.into(), is_granted.into(), tx.actor_id().into(), tx.at_text().into(), reason.trim().into()],
    )
    .await?;
    tx.record("duty.decide_excuse", "duty_excuse", id, Some(asked.organisation), json!({ "granted": is_granted }));
    tx.changed("duty_excuse", id, Some(asked.organisation));
    tell_branch(app, tx, &asked, is_granted, reason.trim()).await?;
    Ok(asked)
}

/// The answer goes to the branch that asked.
async fn tell_branch(app: &App, tx: &mut Tx, asked: &Excuse, is_granted: bool, reason: &str) -> anyhow::Result<()> {
    let pack = app.pack();
    let duty = pack.duties.get(&asked.duty).map_or(asked.duty.as_str(), |duty| duty.short.as_str());
    let answer = if is_granted { "同意了" } else { "没有同意" };
    let why = if reason.is_empty() { String::new() } else { format!("：{reason}") };
    let text = format!("上级{answer} {}{duty}的免办申请{why}", asked.period.label());
    let href = format!("/duties/{}/{}/{}", asked.organisation, asked.duty, asked.period);
    crate::notice::send(tx, crate::notice::To::Organisation(asked.organisation), "duty.excuse", &text, &href).await?;
    Ok(())
}

/// The superior excuses a branch on his own account; what the branch asked for is decided by it.
///
/// # Errors
/// [`Refusal`]: as [`ask_excuse`] and [`decide_excuse`].
pub async fn excuse_outright(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    duty: &str,
    period: Period,
    reason: &str,
) -> anyhow::Result<i64> {
    check(app, actor, Capability::SuperviseActivities, organisation, duty, period, reason, tx.today()).await?;
    if let Some(asked) = current(tx.connection(), organisation, duty, period).await? {
        decide_excuse(app, tx, actor, asked.id, true, reason).await?;
        return Ok(asked.id);
    }
    let decided_at = tx.at_text();
    let id = insert(tx, organisation, duty, period, reason.trim(), None, Some(decided_at)).await?;
    tx.record("duty.excuse", "duty_excuse", id, Some(organisation), json!({ "duty": duty, "period": period.to_string() }));
    tx.changed("duty_excuse", id, Some(organisation));
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "who asks for what")]
async fn check(
    app: &App,
    actor: &Actor,
    capability: Capability,
    organisation: OrgId,
    duty: &str,
    period: Period,
    reason: &str,
    today: Date,
) -> anyhow::Result<()> {
    let none = || Refusal("没有找到这个党支部的这项责任。".to_owned());
    if !app.directory().is_visible(&actor.scope(capability), organisation) {
        return Err(none().into());
    }
    let (_, state) = state_of(app, organisation, duty, period, today).await?.ok_or_else(none)?;
    let refused = match Code::of(&state, period, today) {
        Code::NotApplicable => Some("这个支部没有这项责任，不用申请免办。"),
        Code::NotInUse => Some("这一期在启用之前，不作要求，不用申请免办。"),
        Code::OnTime | Code::Early | Code::HeldLate => Some("这一期已经办了，不用免办。"),
        Code::Excused => Some("这一期已经批准免办。"),
        Code::NotEvidenced | Code::Future | Code::Due | Code::Overdue | Code::Missed => None,
    };
    if let Some(sentence) = refused {
        return Err(Refusal(sentence.to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写明免办的理由。".to_owned()).into());
    }
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    organisation: OrgId,
    duty: &str,
    period: Period,
    reason: &str,
    asked_by: Option<i64>,
    granted_at: Option<String>,
) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    duty_excuse::ActiveModel {
        id: Set(id),
        organisation_id: Set(organisation),
        duty: Set(duty.to_owned()),
        period: Set(period.to_string()),
        reason: Set(reason.to_owned()),
        asked_by: Set(asked_by),
        asked_at: Set(tx.at_text()),
        decided_by: Set(granted_at.as_ref().and(tx.actor_id())),
        is_granted: Set(granted_at.as_ref().map(|_| true)),
        decided_at: Set(granted_at),
        decision_reason: Set(None),
    }
    .insert(tx.connection())
    .await?;
    Ok(id)
}

async fn current<C: ConnectionTrait>(connection: &C, organisation: OrgId, duty: &str, period: Period) -> anyhow::Result<Option<Excuse>> {
    Ok(excuse_of(connection, organisation, duty, period).await?.into_iter().find(|excuse| excuse.is_granted != Some(false)))
}

/// What was asked and decided about one cell, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn excuse_of<C: ConnectionTrait>(connection: &C, organisation: OrgId, duty: &str, period: Period) -> anyhow::Result<Vec<Excuse>> {
    let rows = query(
        connection,
        format!("select {COLUMNS} from duty_excuse e where e.organisation_id = $1 and e.duty = $2 and e.period = $3 order by e.id"),
        [organisation.into(), duty.into(), period.to_string().into()],
    )
    .await?;
    rows.iter().map(read).collect()
}

/// What waits for a decision in a scope, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn excuses_asked<C: ConnectionTrait>(connection: &C, scope: &Scope) -> anyhow::Result<Vec<Excuse>> {
    let rows = query(
        connection,
        format!("select {COLUMNS} from duty_excuse e where e.is_granted is null and {} order by e.id", scope.sql("e.organisation_id")),
        [],
    )
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> anyhow::Result<Excuse> {
    let day = |text: String| text.parse::<jiff::Timestamp>().map(store::day_of);
    let decided_at: Option<String> = row.try_get("", "decided_at")?;
    Ok(Excuse {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation_id")?,
        duty: row.try_get("", "duty")?,
        period: row.try_get::<String>("", "period")?.parse().map_err(|e| anyhow::anyhow!("{e}"))?,
        reason: row.try_get("", "reason")?,
        asked_by: row.try_get("", "asked_by")?,
        asked_on: day(row.try_get("", "asked_at")?)?,
        decided_on: decided_at.map(day).transpose()?,
        is_granted: row.try_get("", "is_granted")?,
        decision_reason: row.try_get::<Option<String>>("", "decision_reason")?.unwrap_or_default(),
    })
}
