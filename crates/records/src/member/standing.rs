//! What is confirmed, excused or registered about a member: verification, exemption, living elsewhere, unmasked numbers.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::json;
use store::entities::{member_exemption, member_mobile};
use store::{Actor, Refusal, Tx, execute, query};

use super::affiliation::held;
use super::store::refresh_facts;
use crate::organisation::{day, listed, within};

/// The superior has compared the record with its papers (核验).
///
/// # Errors
/// [`Refusal`]: out of reach, left, or the record was last changed by the same person.
pub async fn verify(tx: &mut Tx, actor: &Actor, member: i64) -> anyhow::Result<()> {
    held(tx, actor, &[Capability::VerifyMembers], member).await?;
    if verify_all(tx, actor, &[member]).await?.is_empty() {
        return Err(Refusal("自己的记录、自己登记或者修改的记录，要由别人核验，请由另一位同志办理。".to_owned()).into());
    }
    Ok(())
}

/// Verifies many records; answers those that were: in reach, still here, not last changed by the same person.
///
/// # Errors
/// When the database refuses.
pub async fn verify_all(tx: &mut Tx, actor: &Actor, ids: &[i64]) -> anyhow::Result<Vec<i64>> {
    let now = super::store::affiliations(tx, ids).await?;
    let home = |id: &i64| now.get(id).and_then(|rows| rows.last()).filter(|row| row.until_on.is_none()).map(|row| row.organisation_id);
    let mut organisations: Vec<i64> = ids.iter().filter_map(home).collect();
    organisations.sort_unstable();
    organisations.dedup();
    let reached = within(tx, actor, &[Capability::VerifyMembers], &organisations).await?;
    let mut own = last_changed_by(tx, actor, ids).await?;
    own.extend(super::entries::oneself(tx, actor).await?);
    let verified: Vec<i64> = ids.iter().copied().filter(|id| home(id).is_some_and(|org| reached.contains(&org)) && !own.contains(id)).collect();
    for chunk in verified.chunks(500) {
        let sql = format!("update member set verified_by = $1, verified_at = $2 where id in ({})", listed(chunk));
        execute(tx.connection(), sql, [tx.actor_id().into(), tx.at_text().into()]).await?;
    }
    for id in &verified {
        tx.record("member.verify", "member", *id, home(id), json!(null));
        tx.changed("member", *id, home(id));
    }
    Ok(verified)
}

/// Those of these members whose record this actor was the last to change.
async fn last_changed_by(tx: &Tx, actor: &Actor, ids: &[i64]) -> anyhow::Result<HashSet<i64>> {
    let mut own = HashSet::new();
    let Some(person) = actor.person_id else { return Ok(own) };
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select a.subject_id from audit a where a.subject = 'member' and a.subject_id in ({}) and a.operation in ('member.create', 'member.update') and a.actor_id = $1 \
             and not exists (select 1 from audit later where later.subject = 'member' and later.subject_id = a.subject_id and later.seq > a.seq and later.operation in ('member.create', 'member.update'))",
            listed(chunk)
        );
        for row in query(tx.connection(), sql, [person.into()]).await? {
            own.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(own)
}

/// An exemption from attending, as the branch lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExemption {
    pub member: i64,
    /// Age, illness.
    pub reason: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// The branch lists a member as exempt (列入免到): it holds once the superior approves.
///
/// # Errors
/// [`Refusal`]: out of reach, no reason, days that cannot be, or listed already.
pub async fn list_exempt(tx: &mut Tx, actor: &Actor, new: NewExemption) -> anyhow::Result<i64> {
    let (row, now) = held(tx, actor, &[Capability::ManageMembers], new.member).await?;
    if new.reason.trim().is_empty() {
        return Err(Refusal("请写明免到的原因，例如年老体弱、因病。".to_owned()).into());
    }
    if new.until.is_some_and(|until| until <= new.from) {
        return Err(Refusal("结束日期要晚于开始日期。".to_owned()).into());
    }
    let today = tx.today().to_string();
    let sql = "select 1 from member_exemption where member_id = $1 and declined_at is null and (until_on is null or until_on > $2) limit 1";
    if !query(tx.connection(), sql, [new.member.into(), today.into()]).await?.is_empty() {
        return Err(Refusal(format!("{}已经列入免到，或者正在等上级批准。", row.name)).into());
    }
    let id = tx.next_id().await?;
    member_exemption::ActiveModel {
        id: Set(id),
        member_id: Set(new.member),
        organisation_id: Set(now.organisation_id),
        reason: Set(new.reason.trim().to_owned()),
        from_on: Set(new.from.to_string()),
        until_on: Set(new.until.map(|day| day.to_string())),
        listed_by: Set(tx.actor_id()),
        listed_at: Set(tx.at_text()),
        approved_by: Set(None),
        approved_at: Set(None),
        declined_by: Set(None),
        declined_at: Set(None),
        decision_reason: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.record("member.list_exempt", "member", new.member, Some(now.organisation_id), json!({ "exemption": id, "from": new.from.to_string() }));
    tx.changed("exemption", id, Some(now.organisation_id));
    Ok(id)
}

/// What the superior answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Approved,
    /// With the reason.
    Declined(String),
}

/// The superior approves an exemption or declines it.
///
/// # Errors
/// [`Refusal`]: out of reach, answered already, one's own listing, or declined without a reason.
pub async fn decide_exempt(tx: &mut Tx, actor: &Actor, exemption: i64, answer: Answer) -> anyhow::Result<()> {
    let row = exemption_of(tx, actor, exemption, Capability::VerifyMembers).await?;
    if row.approved_at.is_some() || row.declined_at.is_some() {
        return Err(Refusal("这一条已经答复过。".to_owned()).into());
    }
    if row.listed_by.is_some() && row.listed_by == actor.person_id {
        return Err(Refusal("自己列入的要由上级另一位同志批准。".to_owned()).into());
    }
    let (columns, operation, reason) = match &answer {
        Answer::Approved => ("approved_by = $2, approved_at = $3", "member.approve_exempt", None),
        Answer::Declined(reason) if reason.trim().is_empty() => return Err(Refusal("请写明不同意的原因。".to_owned()).into()),
        Answer::Declined(reason) => ("declined_by = $2, declined_at = $3", "member.decline_exempt", Some(reason.trim().to_owned())),
    };
    let values = [exemption.into(), tx.actor_id().into(), tx.at_text().into(), reason.into()];
    execute(tx.connection(), format!("update member_exemption set {columns}, decision_reason = $4 where id = $1"), values).await?;
    tx.record(operation, "member", row.member_id, Some(row.organisation_id), json!({ "exemption": exemption }));
    tx.changed("exemption", exemption, Some(row.organisation_id));
    Ok(())
}

/// The exemption ends on a day: recovered, or listed by mistake.
///
/// # Errors
/// [`Refusal`]: out of reach, or it has ended.
pub async fn end_exempt(tx: &mut Tx, actor: &Actor, exemption: i64, on: Date) -> anyhow::Result<()> {
    let row = exemption_of(tx, actor, exemption, Capability::ManageMembers).await?;
    if row.until_on.as_deref().map(day).transpose()?.is_some_and(|until| until <= on) {
        return Err(Refusal("免到已经结束。".to_owned()).into());
    }
    let on = on.max(day(&row.from_on)?);
    execute(tx.connection(), "update member_exemption set until_on = $2 where id = $1", [exemption.into(), on.to_string().into()]).await?;
    tx.record("member.end_exempt", "member", row.member_id, Some(row.organisation_id), json!({ "exemption": exemption, "on": on.to_string() }));
    tx.changed("exemption", exemption, Some(row.organisation_id));
    Ok(())
}

async fn exemption_of(tx: &Tx, actor: &Actor, exemption: i64, capability: Capability) -> anyhow::Result<member_exemption::Model> {
    let not_found = || Refusal("没有找到这一条免到登记。".to_owned());
    tx.lock("member_exemption", exemption).await?;
    let row = member_exemption::Entity::find_by_id(exemption).one(tx.connection()).await?.ok_or_else(not_found)?;
    if !within(tx, actor, &[capability], &[row.organisation_id]).await?.contains(&row.organisation_id) {
        return Err(not_found().into());
    }
    Ok(row)
}

/// A member lives and works elsewhere from a day (流动登记).
///
/// # Errors
/// [`Refusal`]: out of reach, registered already, or a day in the future.
pub async fn register_mobile(tx: &mut Tx, actor: &Actor, member: i64, destination: &str, from: Date) -> anyhow::Result<()> {
    let (row, now) = held(tx, actor, &[Capability::ManageMembers], member).await?;
    if row.is_mobile {
        return Err(Refusal(format!("{}已经登记为流动党员。", row.name)).into());
    }
    if from > tx.today() || destination.trim().is_empty() {
        return Err(Refusal("请填写去向，外出的日期不晚于今天。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    member_mobile::ActiveModel {
        id: Set(id),
        member_id: Set(member),
        destination: Set(Some(destination.trim().to_owned())),
        source: Set("支部登记".to_owned()),
        from_on: Set(from.to_string()),
        until_on: Set(None),
        recorded_by: Set(tx.actor_id()),
        recorded_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    set_mobile(tx, member, true).await?;
    tx.record("member.register_mobile", "member", member, Some(now.organisation_id), json!({ "from": from.to_string() }));
    tx.changed("member", member, Some(now.organisation_id));
    Ok(())
}

/// A member is back from a day (流动党员返回).
///
/// # Errors
/// [`Refusal`]: out of reach, not registered, or a day that cannot be.
pub async fn end_mobile(tx: &mut Tx, actor: &Actor, member: i64, on: Date) -> anyhow::Result<()> {
    let (row, now) = held(tx, actor, &[Capability::ManageMembers], member).await?;
    if !row.is_mobile {
        return Err(Refusal(format!("{}没有登记为流动党员。", row.name)).into());
    }
    if on > tx.today() {
        return Err(Refusal("返回的日期不晚于今天。".to_owned()).into());
    }
    execute(
        tx.connection(),
        "update member_mobile set until_on = $2 where member_id = $1 and until_on is null",
        [member.into(), on.to_string().into()],
    )
    .await?;
    set_mobile(tx, member, false).await?;
    tx.record("member.end_mobile", "member", member, Some(now.organisation_id), json!({ "on": on.to_string() }));
    tx.changed("member", member, Some(now.organisation_id));
    Ok(())
}

async fn set_mobile(tx: &mut Tx, member: i64, is_mobile: bool) -> anyhow::Result<()> {
    let values = [member.into(), is_mobile.into(), tx.at_text().into()];
    execute(tx.connection(), "update member set is_mobile = $2, updated_at = $3 where id = $1", values).await?;
    refresh_facts(tx, &[member]).await
}

/// Identity and telephone number in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmasked {
    pub id_number: String,
    pub telephone: Option<String>,
}

/// Shows the numbers of one member; who looked, and why, is in the audit.
///
/// # Errors
/// [`Refusal`]: out of reach, or no reason given.
pub async fn unmask(tx: &mut Tx, actor: &Actor, member: i64, reason: &str) -> anyhow::Result<Unmasked> {
    let (row, now) = held(tx, actor, &[Capability::UnmaskMembers], member).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写明查看完整号码的用途，会记入审计。".to_owned()).into());
    }
    let keys = tx.keys();
    let unmasked = Unmasked {
        id_number: keys.unseal("member.id_number", member, &row.id_number)?,
        telephone: row.telephone.as_deref().map(|sealed| keys.unseal("member.telephone", member, sealed)).transpose()?,
    };
    let reason = reason.trim().chars().take(100).collect::<String>();
    tx.record("member.unmask", "member", member, Some(now.organisation_id), json!({ "fields": ["id_number", "telephone"], "reason": reason }));
    Ok(unmasked)
}
