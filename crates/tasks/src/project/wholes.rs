//! Wholes that one office sets and several units carry a part of: numbered matters with a quantity, batches of a campaign.

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::model::{Whole, gap};
use super::propose::{Draft, checked_name, open_all};
use super::{PART, Project, decider, rows, see};
use crate::app::App;
use crate::burden::{self, Cost, Wish};
use crate::case::NewItem;
use crate::directory::Directory;
use crate::notice::{self, To};

/// The kind of notice to a unit.
const SET: &str = "project.set";
/// Characters that a unit of measure has at most.
const N_UNIT_MAX: usize = 10;

/// A whole about to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWhole {
    /// Key of its kind in the pack.
    pub kind: String,
    /// Who sets it.
    pub organisation: OrgId,
    pub name: String,
    pub unit: String,
    pub quantity: Option<i64>,
    pub due_on: Option<Date>,
    /// Units with what each carries of the quantity.
    pub parts: Vec<(OrgId, Option<i64>)>,
}

/// Units below a place that may carry a part.
#[must_use]
pub fn units_of(directory: &Directory, kind: &policy::Project, organisation: OrgId) -> Vec<OrgId> {
    let units = directory.subtree(organisation).filter(|org| !org.is_branch() && org.id != organisation && kind.is_carried_at(&org.level));
    units.filter(|org| decider(directory, kind, org.id) == Some(organisation)).map(|org| org.id).collect()
}

/// The open parts of wholes that an organisation carries, as far as somebody sees them.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts_of(app: &App, actor: &Actor, organisation: OrgId) -> anyhow::Result<Vec<Project>> {
    let condition = "p.organisation_id = $1 and p.project_whole_id is not null and p.closed_on is null";
    let mut found = rows::projects_where(app.store().reader(), condition, vec![organisation.into()]).await?;
    found.retain(|it| see::is_open_to(app, actor, it));
    Ok(found)
}

/// What an approval is about that is asked for a whole.
const WHOLE: &str = "project_whole";

/// The number under which a whole is allowed: of this one alone, with these units.
fn subject_of(new: &NewWhole) -> i64 {
    let mut parts = new.parts.clone();
    parts.sort_unstable();
    burden::subject_of(&format!("{}/{}/{}/{:?}/{parts:?}", new.kind, new.organisation, new.name.trim(), new.due_on))
}

/// What a whole of a kind takes of units: every part is something to do, every deliverable a paper to make.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of<C: ConnectionTrait>(connection: &C, app: &App, kind: &policy::Project, units: &[OrgId], on: Date) -> anyhow::Result<Cost> {
    let n_papers = kind.parts.iter().filter(|part| part.is_paper()).count() as u64;
    let n_parts = kind.parts.len().max(1) as u64;
    burden::cost_of_each(connection, &app.pack(), on, units, &[(burden::TASK, n_parts), (burden::ATTACHMENT, n_papers)]).await
}

/// Asks for an approval of a whole that takes more than the ceiling.
///
/// # Errors
/// [`Refusal`] of whoever does not set it, when none is needed or no reason is given.
pub async fn ask_approval(app: &App, tx: &mut Tx, actor: &Actor, new: &NewWhole, reason: &str) -> anyhow::Result<i64> {
    let pack = app.pack();
    let kind = pack.projects.get(&new.kind).filter(|_| sets(actor, new.organisation));
    let Some(kind) = kind else { return Err(Refusal("没有找到这类任务。".to_owned()).into()) };
    let cost = cost_of(tx.connection(), app, kind, &carriers(new), tx.today()).await?;
    let title = format!("{}：{}", kind.name, new.name.trim());
    burden::ask(tx, &Wish { kind: WHOLE, subject: subject_of(new), organisation: new.organisation, title: &title }, reason, &cost).await
}

fn sets(actor: &Actor, organisation: OrgId) -> bool {
    actor.grants_with(Capability::DecideProjects).any(|grant| grant.set.everything || grant.set.root == Some(organisation))
}

/// Units with something to do: of a quantity, those that carry some of it.
pub(super) fn carriers(new: &NewWhole) -> Vec<OrgId> {
    new.parts.iter().filter(|(_, part)| part.is_none_or(|n| n > 0)).map(|(unit, _)| *unit).collect()
}

/// Sets a whole: every unit has its part on the desk from then on.
///
/// # Errors
/// [`Refusal`] when somebody else sets it, something is missing, there are enough of the year, the parts do not add up, or it takes more
/// than the ceiling without an approval.
pub async fn set(app: &App, tx: &mut Tx, actor: &Actor, new: NewWhole) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some((kind, sharing)) = pack.projects.get(&new.kind).and_then(|kind| Some((kind, kind.shared.as_ref()?))) else {
        return refuse("制度包里没有这类任务。".to_owned());
    };
    let units = {
        let directory = app.directory();
        if !sets(actor, new.organisation) || directory.org(new.organisation).is_none_or(|org| org.level != sharing.by) {
            let level = pack.levels.get(&sharing.by).map_or(sharing.by.as_str(), |level| &level.name);
            return refuse(format!("“{}”由{level}定。", kind.name));
        }
        units_of(&directory, kind, new.organisation)
    };
    let name = checked_name(&new.name)?;
    let Some(due_on) = new.due_on else { return refuse("请填完成时限。".to_owned()) };
    if due_on < tx.today() {
        return refuse(format!("完成时限不能早于今天（{}）。", tx.today()));
    }
    if new.parts.is_empty() || new.parts.iter().any(|(unit, _)| !units.contains(unit)) {
        return refuse("请选承担的单位，只能选直接由您验收的。".to_owned());
    }
    let unit = new.unit.trim().to_owned();
    let quantity = if sharing.count.is_some() { Some(quantity_of(&new, &unit)?) } else { None };
    let year = due_on.year();
    let number = rows::next_number(tx.connection(), &new.kind, new.organisation, year).await?;
    if let Some(most) = sharing.number_max.filter(|most| number > *most) {
        return refuse(format!("{year} 年的{}已经定了 {most} 项，不能再加。", sharing.word));
    }
    let cost = cost_of(tx.connection(), app, kind, &carriers(&new), tx.today()).await?;
    burden::permit(tx, WHOLE, subject_of(&new), &cost).await?;
    let id = tx.next_id().await?;
    let whole = Whole {
        id,
        kind: new.kind.clone(),
        pack_version: app.policies().version(),
        organisation: new.organisation,
        year,
        number,
        name: name.clone(),
        unit: if quantity.is_some() { unit } else { String::new() },
        quantity,
        due_on,
        closed_on: None,
    };
    rows::insert_whole(tx, &whole).await?;
    let mut items = Vec::with_capacity(kind.parts.len());
    for part in &kind.parts {
        let by = tx.today().checked_add(jiff::Span::new().days(i64::from(part.days)))?.min(due_on);
        items.push(NewItem { kind: PART.to_owned(), text: part.name.clone(), owner: None, due_on: Some(by) });
    }
    // A unit without anything of the quantity has nothing to do.
    let carried = new.parts.iter().filter(|(_, part)| quantity.is_none() || part.is_some_and(|n| n > 0));
    let draft = |(unit, part): &(OrgId, Option<i64>)| Draft {
        whole: Some(id),
        quantity: part.filter(|_| quantity.is_some()),
        due_on: Some(due_on),
        is_approved: true,
        items: items.clone(),
        ..Draft::new(&new.kind, *unit, new.organisation, name.clone())
    };
    let projects = open_all(app, tx, carried.map(draft).collect()).await?;
    for it in &projects {
        let share = it.quantity.map_or_else(String::new, |n| format!("，本单位 {n} {}", whole.unit));
        let text = format!("{}：{name}{share}，时限 {due_on}", kind.name);
        notice::send(tx, To::Organisation(it.organisation), SET, &text, &it.address()).await?;
    }
    tx.record("project.set", "project_whole", id, Some(new.organisation), json!({ "project": new.kind, "units": projects.len() }));
    Ok(id)
}

/// The quantity, when the parts make it up.
fn quantity_of(new: &NewWhole, unit: &str) -> Result<i64, Refusal> {
    if unit.is_empty() || unit.chars().count() > N_UNIT_MAX {
        return Err(Refusal("请写计量单位，如：处、个、户。".to_owned()));
    }
    let Some(quantity) = new.quantity.filter(|n| *n > 0) else {
        return Err(Refusal("请填全部要办的数量，大于 0 的整数。".to_owned()));
    };
    let parts: Vec<i64> = new.parts.iter().map(|(_, part)| part.unwrap_or_default()).collect();
    if parts.iter().any(|n| *n < 0) {
        return Err(Refusal("各单位的数量要填 0 以上的整数。".to_owned()));
    }
    gap(quantity, &parts, unit).map_or(Ok(quantity), |sentence| Err(Refusal(sentence)))
}
