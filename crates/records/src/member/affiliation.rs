//! Where members belong: two-sided transfer, new homes after mergers and splits, reasoned exits. At no moment is anybody in
//! none or in two: until the other side receives, a member stays where he is.

use jiff::Span;
use jiff::civil::Date;
use policy::{Capability, OrganisationRole};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::json;
use store::entities::{affiliation, affiliation_transfer, member};
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all, query};

use super::model::EXITS;
use super::store::{affiliations, members, move_affiliations, new_affiliation, refresh_facts};
use crate::app::App;
use crate::organisation::{day, supersede, within};

/// State of a transfer that the other side has not answered; at most one for a member.
pub(super) const IN_TRANSIT: &str = "out";

/// Members who belong to an organisation now.
///
/// # Errors
/// When the database refuses.
pub async fn members_at(tx: &Tx, org: OrgId) -> anyhow::Result<Vec<i64>> {
    let sql = "select member_id from affiliation where organisation_id = $1 and until_on is null and superseded_in is null order by member_id";
    query(tx.connection(), sql, [org.into()]).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Gives members a new home from a day: after a merger or a split, decided above.
///
/// # Errors
/// When the database refuses.
pub async fn rehome(tx: &mut Tx, moves: &[(i64, OrgId, Date)], reason: &str, source: &str) -> anyhow::Result<()> {
    let ids: Vec<i64> = moves.iter().map(|(member, ..)| *member).collect();
    let before = affiliations(tx, &ids).await?;
    move_affiliations(tx, moves, reason, source).await?;
    refresh_facts(tx, &ids).await?;
    for (id, to, on) in moves {
        let left = before.get(id).and_then(|rows| rows.last()).map(|row| row.organisation_id);
        tx.record("member.rehome", "member", *id, Some(*to), json!({ "from": left, "to": to, "on": on.to_string(), "why": reason }));
        tx.changed("member", *id, Some(*to));
        tx.changed("member", *id, left);
    }
    Ok(())
}

/// Transfers from or to an organisation that became part of another go on there; one between the two is done with.
///
/// # Errors
/// When the database refuses.
pub async fn rehome_transfers(tx: &mut Tx, from: OrgId, into: OrgId) -> anyhow::Result<()> {
    let connection = tx.connection();
    execute(connection, "update affiliation_transfer set from_id = $2 where from_id = $1 and state = 'out'", [from.into(), into.into()]).await?;
    execute(connection, "update affiliation_transfer set to_id = $2 where to_id = $1 and state = 'out'", [from.into(), into.into()]).await?;
    let sql = "update affiliation_transfer set state = 'received', decided_on = $1, decision_reason = '两个党组织合并' where state = 'out' and from_id = to_id";
    execute(connection, sql, [tx.today().to_string().into()]).await?;
    Ok(())
}

/// The branch sends a member to another one (转出): in transit from now on, until the other side receives.
///
/// # Errors
/// [`Refusal`]: out of reach, not a branch, the same branch, or already in transit.
pub async fn transfer_out(app: &App, tx: &mut Tx, actor: &Actor, member: i64, to: OrgId, reason: &str) -> anyhow::Result<i64> {
    let (row, now) = held(tx, actor, &[Capability::TransferMembers], member).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写明转接的原因，例如工作调动。".to_owned()).into());
    }
    if !is_branch(app, tx, to).await? {
        return Err(Refusal("没有找到接收的党支部，请向接收方核对组织编码。".to_owned()).into());
    }
    if to == now.organisation_id {
        return Err(Refusal(format!("{}现在就在这个支部。", row.name)).into());
    }
    if let Some(open) = open_transfer(tx, member).await? {
        if day(&open.due_on)? >= tx.today() {
            return Err(Refusal(format!("{}已经在转接途中，接收方还没有答复；要改去处，请先撤回。", row.name)).into());
        }
        decide(tx, open.id, "returned", Some("到期未接收，退回转出方")).await?;
    }
    let id = tx.next_id().await?;
    let due_on = due_on(app, tx.today())?;
    affiliation_transfer::ActiveModel {
        id: Set(id),
        member_id: Set(member),
        from_id: Set(now.organisation_id),
        to_id: Set(to),
        state: Set(IN_TRANSIT.to_owned()),
        reason: Set(reason.trim().to_owned()),
        asked_on: Set(tx.today().to_string()),
        due_on: Set(due_on.to_string()),
        asked_by: Set(tx.actor_id()),
        decided_on: Set(None),
        decided_by: Set(None),
        decision_reason: Set(None),
    }
    .insert(tx.connection())
    .await?;
    tx.record("member.transfer_out", "member", member, Some(now.organisation_id), json!({ "transfer": id, "to": to, "due_on": due_on.to_string() }));
    tx.changed("transfer", id, Some(now.organisation_id));
    tx.changed("transfer", id, Some(to));
    Ok(id)
}

/// The other branch receives the member (接收): he belongs there from today, and no longer where he was.
///
/// # Errors
/// [`Refusal`]: not the receiving side, not in transit, overdue, or the same person who sent him.
pub async fn receive(tx: &mut Tx, actor: &Actor, transfer: i64) -> anyhow::Result<()> {
    let open = waiting(tx, actor, transfer, Side::Receiver).await?;
    if open.asked_by.is_some() && open.asked_by == actor.person_id {
        return Err(Refusal("转出和接收要由两个人办理，请由接收方的另一位同志确认。".to_owned()).into());
    }
    if day(&open.due_on)? < tx.today() {
        return Err(Refusal(format!("介绍信有效期到 {} 为止，已经退回转出方，请对方重新转出。", open.due_on)).into());
    }
    let today = tx.today();
    move_affiliations(tx, &[(open.member_id, open.to_id, today)], "transfer", &open.reason).await?;
    refresh_facts(tx, &[open.member_id]).await?;
    decide(tx, transfer, "received", None).await?;
    tx.record("member.transfer_received", "member", open.member_id, Some(open.to_id), json!({ "transfer": transfer, "from": open.from_id }));
    for org in [open.from_id, open.to_id] {
        tx.changed("member", open.member_id, Some(org));
        tx.changed("transfer", transfer, Some(org));
    }
    Ok(())
}

/// The other branch does not take the member (退回): he stays where he is.
///
/// # Errors
/// [`Refusal`]: not the receiving side, not in transit, or without a reason.
pub async fn return_back(tx: &mut Tx, actor: &Actor, transfer: i64, reason: &str) -> anyhow::Result<()> {
    let open = waiting(tx, actor, transfer, Side::Receiver).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写明退回的原因，转出方才知道怎么改。".to_owned()).into());
    }
    decide(tx, transfer, "returned", Some(reason.trim())).await?;
    tx.record("member.transfer_returned", "member", open.member_id, Some(open.from_id), json!({ "transfer": transfer }));
    for org in [open.from_id, open.to_id] {
        tx.changed("transfer", transfer, Some(org));
    }
    Ok(())
}

/// The sending branch takes its transfer back (撤回), as long as nobody has received.
///
/// # Errors
/// [`Refusal`]: not the sending side, or not in transit.
pub async fn withdraw(tx: &mut Tx, actor: &Actor, transfer: i64) -> anyhow::Result<()> {
    let open = waiting(tx, actor, transfer, Side::Sender).await?;
    decide(tx, transfer, "withdrawn", Some("转出方撤回")).await?;
    tx.record("member.transfer_withdrawn", "member", open.member_id, Some(open.from_id), json!({ "transfer": transfer }));
    for org in [open.from_id, open.to_id] {
        tx.changed("transfer", transfer, Some(org));
    }
    Ok(())
}

/// A member leaves for good (登记离开): died, transferred out of the city, left or was removed. The record stays.
///
/// # Errors
/// [`Refusal`]: out of reach, no such way to leave, no reason, or a day that cannot be.
pub async fn leave(tx: &mut Tx, actor: &Actor, member: i64, status: &str, reason: &str, on: Date) -> anyhow::Result<()> {
    let (row, now) = held(tx, actor, &[Capability::VerifyMembers], member).await?;
    if !EXITS.contains(&status) {
        return Err(Refusal("请选择离开的情形。".to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写明依据，例如决定的文号、死亡证明。".to_owned()).into());
    }
    let since = day(&now.from_on)?;
    if on > tx.today() || on <= since {
        return Err(Refusal(format!("离开的日期要晚于 {since}（{}到本支部的日期），不晚于今天。", row.name)).into());
    }
    close(tx, &now, on).await?;
    if let Some(open) = open_transfer(tx, member).await? {
        decide(tx, open.id, "returned", Some("党员已经登记离开")).await?;
    }
    let values = [member.into(), on.to_string().into(), reason.trim().into(), status.into(), tx.at_text().into()];
    execute(tx.connection(), "update member set left_on = $2, left_reason = $3, status = $4, updated_at = $5 where id = $1", values).await?;
    refresh_facts(tx, &[member]).await?;
    tx.record("member.leave", "member", member, Some(now.organisation_id), json!({ "on": on.to_string(), "status": status }));
    tx.changed("member", member, Some(now.organisation_id));
    Ok(())
}

/// A member with the affiliation of now, if the actor reaches his branch; the record is locked.
pub(super) async fn held(tx: &Tx, actor: &Actor, capabilities: &[Capability], member: i64) -> anyhow::Result<(member::Model, affiliation::Model)> {
    let not_found = || Refusal("没有找到这名党员。".to_owned());
    tx.lock("member", member).await?;
    let row = members(tx, &[member]).await?.remove(&member).ok_or_else(not_found)?;
    let now = affiliations(tx, &[member]).await?.remove(&member).and_then(|rows| rows.into_iter().next_back()).ok_or_else(not_found)?;
    if !within(tx, actor, capabilities, &[now.organisation_id]).await?.contains(&now.organisation_id) {
        return Err(not_found().into());
    }
    if now.until_on.is_some() {
        return Err(Refusal(format!("{}已经登记离开。", row.name)).into());
    }
    Ok((row, now))
}

#[derive(PartialEq)]
enum Side {
    Sender,
    Receiver,
}

async fn waiting(tx: &Tx, actor: &Actor, transfer: i64, side: Side) -> anyhow::Result<affiliation_transfer::Model> {
    let not_found = || Refusal("没有找到这次转接。".to_owned());
    tx.lock("affiliation_transfer", transfer).await?;
    let row = affiliation_transfer::Entity::find_by_id(transfer).one(tx.connection()).await?.ok_or_else(not_found)?;
    let reached = within(tx, actor, &[Capability::TransferMembers], &[row.from_id, row.to_id]).await?;
    if reached.is_empty() {
        return Err(not_found().into());
    }
    let (own, sentence) = match side {
        Side::Sender => (row.from_id, "撤回由转出方办理。"),
        Side::Receiver => (row.to_id, "接收和退回由接收方办理。"),
    };
    if !reached.contains(&own) {
        return Err(Refusal(sentence.to_owned()).into());
    }
    if row.state != IN_TRANSIT {
        return Err(Refusal("这次转接已经办完。".to_owned()).into());
    }
    Ok(row)
}

async fn open_transfer(tx: &Tx, member: i64) -> anyhow::Result<Option<affiliation_transfer::Model>> {
    use affiliation_transfer::Column;
    use sea_orm::{ColumnTrait, QueryFilter};
    let found =
        affiliation_transfer::Entity::find().filter(Column::MemberId.eq(member)).filter(Column::State.eq(IN_TRANSIT)).one(tx.connection()).await?;
    Ok(found)
}

async fn decide(tx: &Tx, transfer: i64, state: &str, reason: Option<&str>) -> anyhow::Result<()> {
    let values = [transfer.into(), state.into(), tx.today().to_string().into(), tx.actor_id().into(), reason.map(str::to_owned).into()];
    let sql = "update affiliation_transfer set state = $2, decided_on = $3, decided_by = $4, decision_reason = $5 where id = $1";
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

/// Ends the affiliation of now on a day.
async fn close(tx: &mut Tx, now: &affiliation::Model, on: Date) -> anyhow::Result<()> {
    let no = tx.pending_no("affiliation");
    let id = tx.next_id().await?;
    let mut closed = new_affiliation(id, now.member_id, now.organisation_id, &now.reason, &now.source, day(&now.from_on)?, no);
    closed.until_on = Set(Some(on.to_string()));
    supersede(tx, "affiliation", &[now.id]).await?;
    insert_all::<affiliation::Entity, _, _>(tx.connection(), vec![closed]).await?;
    Ok(())
}

async fn is_branch(app: &App, tx: &Tx, org: OrgId) -> anyhow::Result<bool> {
    let sql = "select kind from organisation_state where organisation_id = $1 and until_on is null and superseded_in is null";
    let rows = query(tx.connection(), sql, [org.into()]).await?;
    let kind: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(kind.and_then(|kind| app.pack().organisation_kinds.get(&kind).map(|kind| kind.role)) == Some(OrganisationRole::Branch))
}

/// The last day on which a transfer asked for today may be received.
fn due_on(app: &App, today: Date) -> anyhow::Result<Date> {
    let pack = app.pack();
    match pack.whole("transfer_days_max", today) {
        Some(days) => Ok(today.checked_add(Span::new().try_days(days)?)?),
        None => Err(Refusal("制度包里没有规定组织关系介绍信的有效期，请先补上。".to_owned()).into()),
    }
}
