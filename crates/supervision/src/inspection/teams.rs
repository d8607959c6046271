//! Teams, and which team inspects which unit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::{Capability, InspectionKind, InspectionMode};
use serde_json::json;
use store::{Actor, OrgId, PersonId, Refusal, Tx};

use super::crossing::{self, Blocked};
use super::model::{Inspection, Inspector, Target, TeamRow};
use super::sampling::own;
use super::{KIND, rows};
use crate::account;
use crate::app::App;
use crate::directory::Directory;
use crate::notice::{self, To};

/// The pack's kind of an inspection, as it was when the inspection was opened.
///
/// # Errors
/// When that pack lacks it.
pub async fn kind_of(app: &App, it: &Inspection) -> anyhow::Result<InspectionKind> {
    let pack = app.policies_of(&it.pack_version).await?;
    pack.inspections.get(&it.kind).cloned().ok_or_else(|| anyhow::anyhow!("no inspection {}", it.kind))
}

/// Forms a team of people by their sign-in names.
///
/// # Errors
/// [`Refusal`] of names that are no accounts, that may not inspect, or that are in a team already; once units are assigned.
pub async fn form_team(app: &App, tx: &mut Tx, actor: &Actor, id: i64, name: &str, logins: &[String]) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    let kind = kind_of(app, &it).await?;
    let mut logins: Vec<String> = logins.iter().map(|login| login.trim().to_owned()).filter(|login| !login.is_empty()).collect();
    logins.sort_unstable();
    logins.dedup();
    if name.trim().is_empty() || logins.is_empty() {
        return Err(Refusal("请写检查组的名称和成员，成员一行一个登录名。".to_owned()).into());
    }
    let known = rows::people(tx.connection(), &logins).await?;
    let unknown: Vec<&str> = logins.iter().filter(|login| !known.iter().any(|(own, _, _)| own == *login)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Refusal(format!("没有这些登录名：{}。请核对，一行一个。", unknown.join("、"))).into());
    }
    let (teams, members) = rows::teams_of(tx.connection(), id).await?;
    if teams.iter().any(|team| team.name == name.trim()) {
        return Err(Refusal(format!("已经有“{}”了，请换一个名称。", name.trim())).into());
    }
    let mut new = Vec::new();
    for (_, person, name) in known {
        if members.iter().any(|it| it.person == person) {
            return Err(Refusal(format!("{name}已经在另一个检查组里，一个人只在一个组。")).into());
        }
        if !account::actor_of(app, person, tx.today()).await?.may(Capability::ConductInspections) {
            return Err(Refusal(format!("{name}没有检查的岗位，请换人，或者先给督查组成员的岗位。")).into());
        }
        let from = homes(app, &kind, person, tx.today()).await?.first().copied();
        new.push((person, name, from));
    }
    rows::insert_team(tx, id, name.trim(), new).await?;
    tx.record("inspection.form_team", KIND, id, Some(it.organisation), json!(null));
    tx.changed(KIND, id, None);
    Ok(())
}

/// Where somebody's posts of a day stand, each of them: at the level at which crossing is kept, or the places themselves. Whoever
/// holds a post in two counties is of both.
async fn homes(app: &App, kind: &InspectionKind, person: PersonId, on: Date) -> anyhow::Result<Vec<OrgId>> {
    let who = account::actor_of(app, person, on).await?;
    let directory = app.directory();
    let mut homes = Vec::new();
    for root in who.grants.iter().filter_map(|grant| grant.set.root) {
        let home = match &kind.crossed_at {
            Some(level) => directory.at_level(root, level).map(|org| org.id),
            None => Some(root),
        };
        homes.extend(home.filter(|home| !homes.contains(home)));
    }
    Ok(homes)
}

/// The homes of every member on a day, with those that were known when the team was formed.
async fn homes_of(app: &App, kind: &InspectionKind, members: &[Inspector], on: Date) -> anyhow::Result<Vec<(i64, OrgId)>> {
    let mut found = Vec::new();
    for member in members {
        let homes = homes(app, kind, member.person, on).await?;
        found.extend(homes.into_iter().chain(member.from).map(|home| (member.team, home)));
    }
    Ok(found)
}

/// Gives every unit its team: nobody his own, shares even, of crossed ones no two places inspecting one another.
///
/// # Errors
/// [`Refusal`] naming the constraint that cannot be kept, or when a check is opened already.
pub async fn assign(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let it = own(app, tx, actor, id).await?;
    let kind = kind_of(app, &it).await?;
    let (teams, members) = rows::teams_of(tx.connection(), id).await?;
    let mut targets: Vec<Target> = rows::targets_of(tx.connection(), id).await?.into_iter().filter(Target::is_in).collect();
    if targets.is_empty() {
        return Err(Refusal("还没有要检查的单位，请先抽取或者选定。".to_owned()).into());
    }
    if targets.iter().any(|target| target.opened_on.is_some()) {
        // What is begun stays with its team; units that came in for others set aside get one.
        targets.retain(|target| target.team.is_none());
        if targets.is_empty() {
            return Err(Refusal("已经有检查组到现场打开检查，不再重新分派。".to_owned()).into());
        }
    }
    let before = before(app, tx, &it, &kind).await?;
    let homes = homes_of(app, &kind, &members, tx.today()).await?;
    let assigned = {
        let directory = app.directory();
        of_units(&directory, &kind, &teams, &homes, &targets, &before)
    };
    let assigned = assigned.map_err(|blocked| Refusal(words(kind.mode, blocked).to_owned()))?;
    for (target, team) in targets.iter().zip(&assigned) {
        rows::set_team(tx, target.id, Some(*team)).await?;
    }
    for member in &members {
        let text = format!("您在“{}”的检查组里，{} 至 {}", it.title, it.from, it.until);
        notice::settle(tx, To::Person(member.person), "inspection.assigned", &it.address()).await?;
        notice::send(tx, To::Person(member.person), "inspection.assigned", &text, &it.address()).await?;
    }
    tx.record("inspection.assign", KIND, id, Some(it.organisation), json!({ "teams": teams.len() }));
    tx.changed(KIND, id, None);
    Ok(())
}

/// What is said where there is no way.
fn words(mode: InspectionMode, blocked: Blocked) -> &'static str {
    match (mode, blocked) {
        (InspectionMode::Crossed, blocked) => blocked.words(),
        (_, Blocked::NoTeam) => Blocked::NoTeam.words(),
        (_, Blocked::OwnCounty) => "有的单位只剩本单位的人可以去查：自己不能查自己，请换人或者增加检查组。",
        (_, Blocked::Balance | Blocked::MutualPairs) => "避开本单位以后，各组查的单位数分不匀（相差超过一个）或者只能互查：请调整编组。",
    }
}

/// The team of each unit, in their order. A place (of the level at which crossing is kept) goes to one team as a whole.
fn of_units(
    directory: &Directory,
    kind: &InspectionKind,
    teams: &[TeamRow],
    homes: &[(i64, OrgId)],
    targets: &[Target],
    before: &BTreeMap<OrgId, Vec<OrgId>>,
) -> Result<Vec<i64>, Blocked> {
    let from = |team: &TeamRow| homes.iter().filter(|(of, _)| *of == team.id).map(|(_, home)| *home).collect::<BTreeSet<OrgId>>();
    let place = |target: &Target| match &kind.crossed_at {
        Some(level) => directory.at_level(target.organisation, level).map_or(target.organisation, |org| org.id),
        None => target.organisation,
    };
    let mut places: Vec<OrgId> = targets.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();
    // Somebody of below a unit is of that unit, too.
    let is_of = |home: &OrgId, place: OrgId| *home == place || directory.org(*home).is_some_and(|org| org.superiors.contains(&place));
    let is_free = kind.crossed_at.is_none() && !teams.iter().any(|team| from(team).iter().any(|home| places.iter().any(|place| is_of(home, *place))));
    let found = if is_free && !teams.is_empty() {
        // Nobody meets his own: neighbours stay together, shares differ by one at most.
        (0..places.len()).map(|n| n * teams.len() / places.len()).collect()
    } else {
        let of_team = |team: &TeamRow| crossing::Team {
            name: team.name.clone(),
            from: places.iter().copied().filter(|place| from(team).iter().any(|home| is_of(home, *place))).chain(from(team)).collect(),
        };
        let wanted = places.iter().map(|place| crossing::Target { county: *place, before: before.get(place).cloned().unwrap_or_default() });
        crossing::assign(&teams.iter().map(of_team).collect::<Vec<_>>(), &wanted.collect::<Vec<_>>())?
    };
    let team_at = |target: &Target| places.binary_search(&place(target)).map_or(0, |at| teams[found[at]].id);
    Ok(targets.iter().map(team_at).collect())
}

/// From where those came who inspected each place the last time that the same office held one of the same kind.
async fn before(app: &App, tx: &Tx, it: &Inspection, kind: &InspectionKind) -> anyhow::Result<BTreeMap<OrgId, Vec<OrgId>>> {
    let condition = "i.kind = $1 and i.organisation_id = $2 and i.id < $3";
    let earlier = rows::inspections(tx.connection(), condition, vec![it.kind.clone().into(), it.organisation.into(), it.id.into()]).await?;
    let Some(last) = earlier.first().filter(|_| it.mode == InspectionMode::Crossed) else { return Ok(BTreeMap::new()) };
    let (_, members) = rows::teams_of(tx.connection(), last.id).await?;
    let targets = rows::targets_of(tx.connection(), last.id).await?;
    let homes = homes_of(app, kind, &members, last.from).await?;
    let directory = app.directory();
    let mut found: BTreeMap<OrgId, Vec<OrgId>> = BTreeMap::new();
    for target in targets.iter().filter(|target| target.is_in()) {
        let place = kind.crossed_at.as_ref().and_then(|level| directory.at_level(target.organisation, level)).map(|org| org.id);
        let from = homes.iter().filter(|(team, _)| Some(*team) == target.team).map(|(_, home)| *home);
        found.entry(place.unwrap_or(target.organisation)).or_default().extend(from);
    }
    Ok(found)
}
