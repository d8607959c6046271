//! Decisions of superiors about the tree: naming, moving, merging, splitting, dissolving. Dated, with a reason, never undone
//! by rewriting: any past day stays as it was.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Pack};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use serde_json::{Value as Json, json};
use store::entities::{organisation_change, organisation_state};
use store::{Actor, OrgId, Refusal, Tx, execute, query};

use super::create::create_all;
use super::model::NewOrganisation;
use super::rewrite::{Changes, States, load_states, write_states};
use super::store::{day, holdings, listed, rebuild_paths, refresh_facts, within};
use crate::app::App;

/// Since when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The day from which it holds; not in the future.
    pub on: Date,
    /// Why, with the document that says so.
    pub reason: String,
}

/// One of the organisations that a split makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Founded on the day of the split, under the same superior when none is named.
    pub new: NewOrganisation,
    /// Members who belong to it from then on.
    pub members: Vec<i64>,
}

/// What becomes of the organisation that is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// It goes on with whoever is not in a part.
    Stays,
    /// It is dissolved: everybody must be in a part.
    Dissolved,
}

/// Another name (更名).
///
/// # Errors
/// [`Refusal`]: as for all decisions here: out of reach, dissolved, not by a superior, no reason, a day that cannot be.
pub async fn rename(app: &App, tx: &mut Tx, actor: &Actor, org: OrgId, name: &str, decision: &Decision) -> anyhow::Result<()> {
    let mut it = governed(tx, actor, org, decision).await?;
    let name = name.trim();
    if name.is_empty() || it.now().is_some_and(|now| now.name == name) {
        return Err(Refusal("请填写新的全称，要与现在的不同。".to_owned()).into());
    }
    let before = it.now().map(|now| now.name.clone()).unwrap_or_default();
    it.change(decision.on, |row| {
        name.clone_into(&mut row.name);
        row.pinyin = crate::pinyin::key(name);
    });
    write_states(tx, [&it].into_iter()).await?;
    note(tx, "rename", org, None, json!({ "from": before, "to": name }), decision).await?;
    finish(app, tx, &[org]).await
}

/// Another superior (调整隶属关系); everything below comes along.
///
/// # Errors
/// [`Refusal`]: the new superior is out of reach, stands below, or cannot have such an organisation under it.
pub async fn move_to(app: &App, tx: &mut Tx, actor: &Actor, org: OrgId, superior: OrgId, decision: &Decision) -> anyhow::Result<()> {
    let mut it = governed(tx, actor, org, decision).await?;
    let above = target(tx, actor, superior, decision).await?;
    let before = it.now().and_then(|now| now.parent_id);
    if before == Some(superior) {
        return Err(Refusal("上级没有变化。".to_owned()).into());
    }
    if is_below(tx, superior, org).await? {
        return Err(Refusal("不能隶属于自己或者自己的下级。".to_owned()).into());
    }
    may_stand_under(&app.pack(), it.now(), above.now())?;
    it.change(decision.on, |row| row.parent_id = Some(superior));
    write_states(tx, [&it].into_iter()).await?;
    rebuild_paths(tx, &[org]).await?;
    note(tx, "move", org, Some(superior), json!({ "from": before, "to": superior }), decision).await?;
    finish(app, tx, &[org]).await
}

/// It exists no longer (撤销). Refused while members or organisations below have no new home.
///
/// # Errors
/// [`Refusal`]: who or what is still there.
pub async fn dissolve(app: &App, tx: &mut Tx, actor: &Actor, org: OrgId, decision: &Decision) -> anyhow::Result<()> {
    let mut it = governed(tx, actor, org, decision).await?;
    let (n_members, n_below) = (crate::member::members_at(tx, org).await?.len(), children(tx, org).await?.len());
    if n_members + n_below > 0 {
        return Err(Refusal(format!("还有 {n_members} 名党员、{n_below} 个下级党组织没有新的去处，请先转接或者调整隶属关系，也可以办合并。")).into());
    }
    end(app, tx, org, &mut it, decision).await?;
    note(tx, "dissolve", org, None, json!(null), decision).await?;
    finish(app, tx, &[org]).await
}

/// `from` becomes part of `into` (合并): members, organisations below and what is open find their new home there.
///
/// # Errors
/// [`Refusal`]: either is out of reach, or they are not of a kind.
pub async fn merge(app: &App, tx: &mut Tx, actor: &Actor, from: OrgId, into: OrgId, decision: &Decision) -> anyhow::Result<()> {
    let mut it = governed(tx, actor, from, decision).await?;
    let other = governed(tx, actor, into, decision).await?;
    let pack = app.pack();
    if from == into || role(&pack, it.now()) != role(&pack, other.now()) {
        return Err(Refusal("合并的两个党组织要不同，而且都是党委、都是总支或者都是支部。".to_owned()).into());
    }
    if is_below(tx, into, from).await? {
        return Err(Refusal("不能并入自己的下级，请先调整下级的隶属关系。".to_owned()).into());
    }
    let members = crate::member::members_at(tx, from).await?;
    let moves: Vec<(i64, OrgId, Date)> = members.iter().map(|member| (*member, into, decision.on)).collect();
    crate::member::rehome(tx, &moves, "merge", &decision.reason).await?;
    let below = children(tx, from).await?;
    let mut below_states = load_states(tx, &below).await?;
    for states in below_states.values_mut() {
        states.change(decision.on, |row| row.parent_id = Some(into));
    }
    write_states(tx, below_states.values()).await?;
    rebuild_paths(tx, &below).await?;
    end(app, tx, from, &mut it, decision).await?;
    rehome_open_things(tx, from, into).await?;
    note(tx, "merge", from, Some(into), json!({ "n_members": members.len(), "below": below }), decision).await?;
    tx.send("organisation.merged", json!({ "from": from, "into": into, "on": decision.on.to_string() }));
    let changed: Vec<OrgId> = [from, into].into_iter().chain(below).collect();
    finish(app, tx, &changed).await
}

/// New organisations come out of one (拆分), each with its members; answers their numbers.
///
/// # Errors
/// [`Refusal`]: a member is in no or two parts, or does not belong here; the organisation would be dissolved with something left.
pub async fn split(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    org: OrgId,
    parts: Vec<Part>,
    remainder: Remainder,
    decision: &Decision,
) -> anyhow::Result<Vec<OrgId>> {
    let mut it = governed(tx, actor, org, decision).await?;
    let here: HashSet<i64> = crate::member::members_at(tx, org).await?.into_iter().collect();
    let assigned: Vec<i64> = parts.iter().flat_map(|part| part.members.iter().copied()).collect();
    let distinct: HashSet<i64> = assigned.iter().copied().collect();
    if parts.is_empty() || distinct.len() != assigned.len() || !distinct.is_subset(&here) {
        return Err(Refusal("拆分要列出新设的党组织；每名党员只能分到一处，而且现在要在这个党组织。".to_owned()).into());
    }
    if remainder == Remainder::Dissolved {
        let (n_left, n_below) = (here.len() - distinct.len(), children(tx, org).await?.len());
        if n_left + n_below > 0 {
            return Err(Refusal(format!("拆分后撤销原组织，还有 {n_left} 名党员、{n_below} 个下级没有去处，请都安排好。")).into());
        }
    }
    let superior_code = superior_code(tx, it.now().and_then(|now| now.parent_id)).await?;
    let (mut new, mut members) = (Vec::new(), Vec::new());
    for part in parts {
        let superior_code = part.new.superior_code.clone().or_else(|| superior_code.clone());
        new.push(NewOrganisation { founded_on: Some(decision.on), superior_code, ..part.new });
        members.push(part.members);
    }
    let ids = create_all(app, tx, actor, new).await?;
    let moves: Vec<(i64, OrgId, Date)> =
        ids.iter().zip(&members).flat_map(|(id, members)| members.iter().map(|member| (*member, *id, decision.on))).collect();
    crate::member::rehome(tx, &moves, "split", &decision.reason).await?;
    if remainder == Remainder::Dissolved {
        end(app, tx, org, &mut it, decision).await?;
    }
    for (id, members) in ids.iter().zip(&members) {
        note(tx, "split", org, Some(*id), json!({ "n_members": members.len() }), decision).await?;
    }
    tx.send("organisation.split", json!({ "from": org, "into": ids, "on": decision.on.to_string() }));
    let changed: Vec<OrgId> = [org].into_iter().chain(ids.iter().copied()).collect();
    finish(app, tx, &changed).await?;
    Ok(ids)
}

/// The organisation as it stands, if this actor may decide about it: whoever manages its superior.
async fn governed(tx: &Tx, actor: &Actor, org: OrgId, decision: &Decision) -> anyhow::Result<States> {
    let not_found = || Refusal("没有找到这个党组织。".to_owned());
    if !within(tx, actor, &[Capability::ManageOrganisations], &[org]).await?.contains(&org) {
        return Err(not_found().into());
    }
    let it = load_states(tx, &[org]).await?.remove(&org).ok_or_else(not_found)?;
    let Some(now) = it.now() else { return Err(Refusal("这个党组织已经撤销。".to_owned()).into()) };
    let may = match now.parent_id {
        Some(parent) => within(tx, actor, &[Capability::ManageOrganisations], &[parent]).await?.contains(&parent),
        None => actor.grants.iter().any(|grant| grant.set.everything),
    };
    if !may {
        return Err(Refusal(format!("“{}”的更名、调整、合并、拆分、撤销由它的上级党组织办理。", now.name)).into());
    }
    check(tx, &it, decision)?;
    Ok(it)
}

async fn target(tx: &Tx, actor: &Actor, superior: OrgId, decision: &Decision) -> anyhow::Result<States> {
    let not_found = || Refusal("没有找到新的上级党组织，或者不在您的范围内；跨范围的调整由共同的上级办理。".to_owned());
    if !within(tx, actor, &[Capability::ManageOrganisations], &[superior]).await?.contains(&superior) {
        return Err(not_found().into());
    }
    let it = load_states(tx, &[superior]).await?.remove(&superior).filter(|it| it.now().is_some()).ok_or_else(not_found)?;
    if it.first().is_some_and(|first| first.from_on > decision.on.to_string()) {
        return Err(Refusal(format!("新的上级在 {} 还没有建立。", decision.on)).into());
    }
    Ok(it)
}

fn check(tx: &Tx, it: &States, decision: &Decision) -> anyhow::Result<()> {
    if decision.reason.trim().is_empty() {
        return Err(Refusal("请写明依据和理由，例如批复的文号。".to_owned()).into());
    }
    if decision.on > tx.today() {
        return Err(Refusal("生效日期不能晚于今天，请到那一天再办。".to_owned()).into());
    }
    match it.since()? {
        Some(since) if decision.on < since => Err(Refusal(format!("生效日期不能早于 {since}：那一天起的情况已经登记，要改请先更正那一次。")).into()),
        _ => Ok(()),
    }
}

fn role(pack: &Pack, row: Option<&organisation_state::Model>) -> Option<OrganisationRole> {
    row.and_then(|row| pack.organisation_kinds.get(&row.kind)).map(|kind| kind.role)
}

fn may_stand_under(pack: &Pack, below: Option<&organisation_state::Model>, above: Option<&organisation_state::Model>) -> Result<(), Refusal> {
    use OrganisationRole::{Branch, Committee, GeneralBranch, Group};
    let is_right = match (role(pack, below), role(pack, above)) {
        (Some(Group), above) => above == Some(Branch),
        (Some(Branch), above) => matches!(above, Some(Committee | GeneralBranch)),
        (_, above) => above == Some(Committee),
    };
    if is_right {
        Ok(())
    } else {
        Err(Refusal("上级的类别不对：党小组在支部之下，支部在党委或者总支之下，总支、党委在党委之下。".to_owned()))
    }
}

async fn is_below(tx: &Tx, org: OrgId, ancestor: OrgId) -> anyhow::Result<bool> {
    let sql = "select 1 from organisation_path where ancestor_id = $1 and descendant_id = $2 and until_on is null limit 1";
    Ok(!query(tx.connection(), sql, [ancestor.into(), org.into()]).await?.is_empty())
}

async fn children(tx: &Tx, org: OrgId) -> anyhow::Result<Vec<OrgId>> {
    let sql =
        "select organisation_id from organisation_state where parent_id = $1 and until_on is null and superseded_in is null order by organisation_id";
    query(tx.connection(), sql, [org.into()]).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

async fn superior_code(tx: &Tx, parent: Option<OrgId>) -> anyhow::Result<Option<String>> {
    let Some(parent) = parent else { return Ok(None) };
    let rows = query(tx.connection(), "select code from organisation where id = $1", [parent.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Closes the organisation, and whoever holds a post in it leaves that post.
async fn end(app: &App, tx: &mut Tx, org: OrgId, it: &mut States, decision: &Decision) -> anyhow::Result<()> {
    if it.since()?.is_some_and(|since| decision.on <= since) {
        return Err(Refusal("撤销、合并的生效日期要晚于这个党组织现在情况的第一天。".to_owned()).into());
    }
    it.end(decision.on);
    write_states(tx, [&*it].into_iter()).await?;
    rebuild_paths(tx, &[org]).await?;
    let mut changes = Changes::default();
    for row in holdings(tx, &[org]).await?.get(&org).into_iter().flatten().filter(|row| row.until_on.is_none()) {
        changes.end_holding(row, decision.on.max(day(&row.from_on)?));
    }
    changes.write(tx).await?;
    refresh_facts(tx, &app.pack(), &[org]).await
}

/// What waits at an organisation waits at the other from now on.
async fn rehome_open_things(tx: &mut Tx, from: OrgId, into: OrgId) -> anyhow::Result<()> {
    crate::member::rehome_transfers(tx, from, into).await?;
    for sql in [
        "update notice set organisation_id = $2 where organisation_id = $1 and done_at is null",
        "update unit set organisation_id = $2 where organisation_id = $1",
    ] {
        execute(tx.connection(), sql, [from.into(), into.into()]).await?;
    }
    Ok(())
}

async fn note(tx: &mut Tx, kind: &str, org: OrgId, other: Option<OrgId>, detail: Json, decision: &Decision) -> anyhow::Result<()> {
    let id = tx.next_id().await?;
    let no = tx.pending_no("organisation_change");
    let names: BTreeMap<&str, Json> = [("on", json!(decision.on.to_string())), ("other", json!(other))].into();
    organisation_change::ActiveModel {
        id: Set(id),
        kind: Set(kind.to_owned()),
        organisation_id: Set(org),
        other_id: Set(other),
        detail: Set(detail.to_string()),
        reason: Set(decision.reason.trim().to_owned()),
        effective_on: Set(decision.on.to_string()),
        recorded_in: Set(no),
    }
    .insert(tx.connection())
    .await?;
    tx.record(&format!("organisation.{kind}"), "organisation", org, Some(org), json!(names));
    Ok(())
}

/// Derives facts anew and says what changed: these organisations and, because their superiors did, all below them.
async fn finish(app: &App, tx: &mut Tx, orgs: &[OrgId]) -> anyhow::Result<()> {
    refresh_facts(tx, &app.pack(), orgs).await?;
    let sql = format!(
        "select distinct descendant_id from organisation_path where ancestor_id in ({}) and until_on is null order by descendant_id",
        listed(orgs)
    );
    let mut changed: Vec<OrgId> = query(tx.connection(), sql, []).await?.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    changed.extend(orgs);
    changed.sort_unstable();
    changed.dedup();
    for org in changed {
        tx.changed("organisation", org, Some(org));
    }
    Ok(())
}
