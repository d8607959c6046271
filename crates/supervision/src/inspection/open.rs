//! Opening an inspection on a filed line of the plan, and choosing its units.

use std::collections::HashSet;

use jiff::civil::Date;
use policy::{InspectionKind, InspectionMode, PlanLine, PlanLineKind};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::draw::Population;
use super::model::{Inspection, least_of};
use super::rows::{self, NewTarget};
use super::sampling::own;
use super::{KIND, see};
use crate::app::App;
use crate::burden::{self, Cost, Wish};
use crate::directory::{Directory, OrgNode};
use crate::notice::{self, To};
use frame::plan::{self, PlanEntry};

/// Units that may be chosen for one inspection at most.
const N_UNITS_MAX: usize = 2_000;

/// Characters by which a public number is named at most.
const N_SOURCE_MAX: usize = 100;

/// An inspection about to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewInspection {
    pub plan_entry: i64,
    pub title: String,
    pub topic: String,
    pub from: Date,
    pub until: Date,
    /// Chosen units; of random ones none.
    pub units: Vec<OrgId>,
    /// How many are drawn; of random ones only.
    pub n_wanted: i64,
    /// The public number that is to be the seed: which, of which issue; of random ones only, and empty when two people give it.
    pub public_source: String,
    /// Opened although another of the kind is under way for the same units in the quarter.
    pub is_apart: bool,
}

/// A filed line of an inspection with what the pack says of it.
#[derive(Debug, Clone)]
pub struct Line {
    pub entry: PlanEntry,
    pub line: PlanLine,
    pub kind: InspectionKind,
    /// How many were opened on it.
    pub n_opened: u32,
}

impl Line {
    /// How many may be opened on it.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.line.number.unwrap_or(1)
    }

    /// Why none can be opened now.
    #[must_use]
    pub fn why_not(&self, today: Date) -> Option<String> {
        if today < self.entry.opens_on {
            return Some(format!("按年度计划，{} 起才能开展。", self.entry.opens_on));
        }
        if today.year() > self.entry.period.until().year() {
            return Some(format!("“{}”是 {} 年的计划，已经过了这一年。", self.entry.name, self.entry.period.year));
        }
        if self.n_opened >= self.number() {
            return Some(format!("“{}”计划开展 {} 次，已经开展 {} 次；确要再开，请先调整计划。", self.entry.name, self.number(), self.n_opened));
        }
        let month = u8::try_from(today.month()).unwrap_or_default();
        if !self.line.months.is_empty() && !self.line.months.contains(&month) {
            let months: Vec<String> = self.line.months.iter().map(ToString::to_string).collect();
            return Some(format!("按年度计划，只在 {} 月开展。", months.join("、")));
        }
        None
    }
}

/// The filed lines of inspections on which somebody may open one, of a year.
///
/// # Errors
/// When the database cannot be read.
pub async fn lines(app: &App, actor: &Actor, year: i16) -> anyhow::Result<Vec<Line>> {
    let offices: Vec<OrgId> = see::places_of(actor);
    let reader = app.store().reader();
    let mut found = Vec::new();
    for entry in plan::plan_entries(reader, &offices, year).await?.into_iter().filter(|entry| entry.kind == PlanLineKind::Inspection) {
        found.extend(line_of(reader, app, entry).await?);
    }
    Ok(found)
}

/// One filed line, with what the pack says; none when the pack no longer has it.
///
/// # Errors
/// When the database cannot be read.
pub async fn line_of<C: sea_orm::ConnectionTrait>(connection: &C, app: &App, entry: PlanEntry) -> anyhow::Result<Option<Line>> {
    let pack = app.pack();
    let (Some(line), Some(kind)) = (pack.plan_lines.get(&entry.pack_key), pack.inspections.get(&entry.of_key)) else { return Ok(None) };
    let rows = query(connection, "select count(*) from inspection where plan_entry_id = $1", [entry.id.into()]).await?;
    let n: i64 = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(Some(Line { line: line.clone(), kind: kind.clone(), n_opened: u32::try_from(n).unwrap_or(u32::MAX), entry }))
}

/// The units below an office that a kind of inspection is about, in the order of the tree.
pub fn units_of<'a>(directory: &'a Directory, office: OrgId, kind: &'a InspectionKind) -> impl Iterator<Item = &'a OrgNode> {
    directory.subtree(office).filter(move |org| {
        let is_level = org.level == kind.level || (kind.level == "branch" && org.is_branch());
        is_level && org.id != office && org.until.is_none() && (kind.fields.is_empty() || kind.fields.contains(&org.field))
    })
}

/// What an inspection takes of its units, beside what they have open; of those still to be drawn, what is to be expected: the same of
/// each, beside what the units of the population have open on average.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of<C: sea_orm::ConnectionTrait>(
    connection: &C,
    app: &App,
    line: &Line,
    units: &[OrgId],
    n_wanted: i64,
    on: Date,
) -> anyhow::Result<Cost> {
    let pack = app.pack();
    let n_items = burden::n_check_items(&pack, &line.entry.of_key);
    if line.kind.mode == InspectionMode::Random {
        let cost = burden::cost_of_drawn(&pack, on, burden::CHECK, usize::try_from(n_wanted).unwrap_or_default(), n_items);
        let open = burden::open_of(connection, &pack, on).await?;
        let directory = app.directory();
        let all: Vec<i64> =
            units_of(&directory, line.entry.organisation, &line.kind).map(|org| open.get(&org.id).copied().unwrap_or_default()).collect();
        let n_all = i64::try_from(all.len())?.max(1);
        return Ok(Cost { open_minutes: all.iter().sum::<i64>() * n_wanted / n_all, ..cost });
    }
    let each: Vec<(OrgId, u64)> = units.iter().map(|unit| (*unit, n_items)).collect();
    burden::cost(connection, &pack, on, burden::CHECK, &each).await
}

/// Asks for an approval of what is above the ceiling.
///
/// # Errors
/// [`Refusal`] when none is needed or no reason is given.
pub async fn ask_approval(tx: &mut Tx, line: &Line, title: &str, reason: &str, cost: &Cost) -> anyhow::Result<i64> {
    burden::ask(tx, &Wish { kind: KIND, subject: line.entry.id, organisation: line.entry.organisation, title }, reason, cost).await
}

/// Opens one: a random one with its population frozen, another with its chosen units.
///
/// # Errors
/// [`Refusal`] without a filed line of the actor's own office, out of its time, number or units, or when another is alike.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, new: NewInspection) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    tx.lock("plan_entry", new.plan_entry).await?;
    let entry = plan::find(tx.connection(), new.plan_entry).await?.filter(|entry| see::is_office(actor, entry.organisation));
    let Some(entry) = entry.filter(|entry| entry.kind == PlanLineKind::Inspection) else {
        return refuse("没有列入年度计划的督查不能开展，请先在“年度计划”里报备。".to_owned());
    };
    let Some(line) = line_of(tx.connection(), app, entry).await? else {
        return refuse("制度包里没有这类督查，请核对年度计划。".to_owned());
    };
    if let Some(why) = line.why_not(tx.today()) {
        return refuse(why);
    }
    if new.title.trim().is_empty() {
        return refuse("请写督查的名称。".to_owned());
    }
    if line.kind.mode == InspectionMode::Targeted && new.topic.trim().is_empty() {
        return refuse("请写查什么：一次专项检查围绕一个专题。".to_owned());
    }
    if new.public_source.chars().count() > N_SOURCE_MAX {
        return refuse(format!("请在 {N_SOURCE_MAX} 个字以内写明是哪一种、哪一期公开号码。"));
    }
    if new.from < tx.today() || new.until < new.from {
        return refuse(format!("督查的起止日期请从今天（{}）以后写起，结束不早于开始。", tx.today()));
    }
    let office = line.entry.organisation;
    let is_random = line.kind.mode == InspectionMode::Random;
    let (population, units) = {
        let directory = app.directory();
        let all: Vec<(OrgId, String)> = units_of(&directory, office, &line.kind).map(|org| (org.id, org.code.clone())).collect();
        if all.is_empty() {
            return refuse("这类督查在本级下面没有可查的单位。".to_owned());
        }
        let mut units = new.units.clone();
        units.sort_unstable();
        units.dedup();
        if units.iter().any(|unit| !all.iter().any(|(id, _)| id == unit)) {
            return refuse("选的单位里有不在这类督查范围内的，请在列出的单位里选。".to_owned());
        }
        let population = if is_random { Population::new(all.into_iter().map(|(_, code)| code)) } else { Population::new([]) };
        (population, units)
    };
    let n_wanted = if is_random { new.n_wanted } else { i64::try_from(units.len())? };
    if is_random {
        let least = least_of(population.codes().len(), line.kind.share_min);
        if n_wanted < least || n_wanted > i64::try_from(population.codes().len())? {
            return refuse(format!("范围内有 {} 个单位，至少抽 {least} 个，不能多于范围。", population.codes().len()));
        }
    } else if units.is_empty() || units.len() > N_UNITS_MAX {
        return refuse("请选要检查的单位。".to_owned());
    }
    if let Some(max) = line.line.units_max.map(i64::from).filter(|max| n_wanted > *max) {
        return refuse(format!("按年度计划，一次最多检查 {max} 个单位，现在是 {n_wanted} 个。"));
    }
    if !new.is_apart
        && let Some((other, unit)) =
            see::alike(tx.connection(), app, actor, &line.entry.of_key, super::model::quarter_of(new.from), &units).await?.first()
    {
        let name = app.directory().name_of(*unit).to_owned();
        return refuse(format!("{name}本季度已经列入“{}”，请并到那一次；确要另开的请勾选“仍要另开”。", other.title));
    }
    let cost = cost_of(tx.connection(), app, &line, &units, n_wanted, tx.today()).await?;
    burden::permit(tx, KIND, line.entry.id, &cost).await?;
    let it = Inspection {
        id: tx.next_id().await?,
        plan_entry: line.entry.id,
        kind: line.entry.of_key.clone(),
        mode: line.kind.mode,
        pack_version: app.policies().version(),
        organisation: office,
        title: new.title.trim().to_owned(),
        topic: new.topic.trim().to_owned(),
        from: new.from,
        until: new.until,
        opened_on: tx.today(),
        fingerprint: if is_random { population.fingerprint() } else { String::new() },
        population: population.codes().to_vec(),
        n_wanted,
        public_source: if is_random { new.public_source.trim().to_owned() } else { String::new() },
        report_on: None,
        closed_on: None,
    };
    rows::insert(tx, &it).await?;
    rows::insert_targets(tx, it.id, units.iter().map(|unit| NewTarget { organisation: *unit, draw: None }).collect()).await?;
    // The entry names the office, never a unit: what is unannounced is not told by the audit either.
    tx.record("inspection.open", "inspection", it.id, Some(office), json!({ "kind": it.kind, "fingerprint": it.fingerprint }));
    tx.changed(KIND, it.id, None);
    if it.mode != InspectionMode::Unannounced {
        tell(tx, &it, &units).await?;
    }
    Ok(it.id)
}

/// Adds units to an inspection that is under way, in the place of another of the kind; answers how many were not in it.
///
/// # Errors
/// [`Refusal`] of a random one or one that is reported, of units of elsewhere or set aside, above the plan's number or the ceiling.
pub async fn add_units(app: &App, tx: &mut Tx, actor: &Actor, id: i64, units: &[OrgId]) -> anyhow::Result<usize> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let it = own(app, tx, actor, id).await?;
    if it.mode == InspectionMode::Random {
        return refuse("随机抽取的督查查抽中的单位，不另外加。".to_owned());
    }
    if it.report_on.is_some() {
        return refuse(format!("“{}”已经发出报告，不再加单位，请另开一次。", it.title));
    }
    let entry = plan::find(tx.connection(), it.plan_entry).await?.ok_or_else(|| anyhow::anyhow!("no plan entry {}", it.plan_entry))?;
    let Some(line) = line_of(tx.connection(), app, entry).await? else {
        return refuse("制度包里没有这类督查，请核对年度计划。".to_owned());
    };
    let known = rows::targets_of(tx.connection(), id).await?;
    if let Some(aside) = known.iter().find(|target| !target.is_in() && units.contains(&target.organisation)) {
        let name = app.directory().name_of(aside.organisation).to_owned();
        return refuse(format!("“{}”里已经写明{name}不查：{}。", it.title, aside.aside.clone().unwrap_or_default()));
    }
    let mut more: Vec<OrgId> = units.iter().copied().filter(|unit| !known.iter().any(|target| target.organisation == *unit)).collect();
    more.sort_unstable();
    more.dedup();
    {
        let directory = app.directory();
        let all: HashSet<OrgId> = units_of(&directory, it.organisation, &line.kind).map(|org| org.id).collect();
        if more.iter().any(|unit| !all.contains(unit)) {
            return refuse("选的单位里有不在这类督查范围内的，请在列出的单位里选。".to_owned());
        }
    }
    let n = known.iter().filter(|target| target.is_in()).count() + more.len();
    if let Some(max) = line.line.units_max.and_then(|max| usize::try_from(max).ok()).filter(|max| n > *max) {
        return refuse(format!("按年度计划，一次最多检查 {max} 个单位，加上以后是 {n} 个。"));
    }
    if more.is_empty() {
        return Ok(0);
    }
    let cost = cost_of(tx.connection(), app, &line, &more, 0, tx.today()).await?;
    burden::permit(tx, KIND, line.entry.id, &cost).await?;
    rows::insert_targets(tx, id, more.iter().map(|unit| NewTarget { organisation: *unit, draw: None }).collect()).await?;
    rows::add_wanted(tx, id, i64::try_from(more.len())?).await?;
    tx.record("inspection.add_units", "inspection", id, Some(it.organisation), json!({ "n": more.len() }));
    tx.changed(KIND, id, None);
    if it.mode != InspectionMode::Unannounced {
        tell(tx, &it, &more).await?;
    }
    Ok(more.len())
}

/// Tells units that they are inspected.
pub(super) async fn tell(tx: &mut Tx, it: &Inspection, units: &[OrgId]) -> anyhow::Result<()> {
    let text = format!("“{}”要到您单位检查，{} 至 {}；看系统里的记录和现场，不用另做材料", it.title, it.from, it.until);
    for unit in units {
        notice::send(tx, To::Organisation(*unit), "inspection.told", &text, &it.address()).await?;
    }
    Ok(())
}
