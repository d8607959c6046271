//! How responsibility is passed on (责任传导): of every task how long each level took to receive it and to break it down, how far it
//! reached, and at which level it stopped longest. It names levels and units, never persons.

use std::collections::{BTreeMap, HashMap, VecDeque};

use frame::kept::{Before, Kept};
use jiff::civil::Date;
use policy::{Key, Pack};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, query};

use super::model::Issuer;
use super::store::listed;
use super::{PROCEDURE, see};
use crate::app::App;
use crate::directory::{Directory, OrgNode};

/// A task on its way down, at one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub id: i64,
    /// The whole that it is a part of, at whatever depth.
    pub whole: i64,
    pub organisation: OrgId,
    /// Key of the unit's level.
    pub level: Key,
    pub issued_on: Date,
    pub due_on: Date,
    pub received_on: Option<Date>,
    /// The task is answered for at a lower level: this unit has to hand it on.
    pub is_to_be_split: bool,
    pub split_on: Option<Date>,
    pub fed_back_on: Option<Date>,
    pub done_on: Option<Date>,
    pub is_done: bool,
}

/// What a unit has not done yet, or took long to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Receive,
    Split,
    FeedBack,
}

impl Step {
    /// As the page says it of one that is still open.
    #[must_use]
    pub fn open_word(self) -> &'static str {
        match self {
            Self::Receive => "没有签收",
            Self::Split => "没有分解",
            Self::FeedBack => "逾期没有反馈",
        }
    }

    /// As the page says it of one that is over.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Receive => "签收",
            Self::Split => "分解",
            Self::FeedBack => "反馈",
        }
    }
}

/// A stop at one unit: how long, at what, whether it still lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    pub is_open: bool,
    pub days: i64,
    pub step: Step,
}

impl Node {
    /// How it stood at the end of a day: what came later had not happened yet. `None`: it was not handed down yet.
    #[must_use]
    pub fn as_of(&self, on: Date) -> Option<Self> {
        let by = |day: Option<Date>| day.filter(|day| *day <= on);
        (self.issued_on <= on).then(|| Self {
            received_on: by(self.received_on),
            split_on: by(self.split_on),
            fed_back_on: by(self.fed_back_on),
            done_on: by(self.done_on),
            is_done: by(self.done_on).is_some(),
            ..self.clone()
        })
    }

    /// Its longest stop by a day: what still lasts comes before what is over.
    #[must_use]
    pub fn stop(&self, on: Date) -> Stop {
        let days = |from: Date, until: Option<Date>| i64::from((until.unwrap_or(on) - from).get_days()).max(0);
        let receive = Stop { is_open: self.received_on.is_none(), days: days(self.issued_on, self.received_on), step: Step::Receive };
        let mut stops = vec![receive];
        if let Some(received_on) = self.received_on.filter(|_| self.is_to_be_split) {
            let is_open = self.split_on.is_none() && !self.is_done;
            let until = self.split_on.or(self.is_done.then_some(received_on));
            stops.push(Stop { is_open, days: days(received_on, until), step: Step::Split });
        }
        if !self.is_to_be_split && self.received_on.is_some() && self.fed_back_on.is_none() && !self.is_done && on > self.due_on {
            stops.push(Stop { is_open: true, days: days(self.due_on, None), step: Step::FeedBack });
        }
        stops.into_iter().max_by_key(|stop| (stop.is_open, stop.days)).unwrap_or(receive)
    }
}

/// What the units of a level come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelRow {
    pub level: Key,
    pub n: u32,
    pub n_received: u32,
    pub n_to_split: u32,
    pub n_split: u32,
    pub n_fed_back: u32,
    /// Days to receive and to break down, summed over those that did.
    pub receive_days: i64,
    pub split_days: i64,
    /// The longest stop of the level.
    pub stop: Stop,
}

/// The levels of some nodes, the highest first. `order` places a level in the tree.
#[must_use]
pub fn levels(nodes: &[Node], order: &dyn Fn(&str) -> u8, on: Date) -> Vec<LevelRow> {
    let mut rows: BTreeMap<(u8, &str), LevelRow> = BTreeMap::new();
    for node in nodes {
        let stop = node.stop(on);
        let row = rows.entry((order(&node.level), &node.level)).or_insert_with(|| LevelRow {
            level: node.level.clone(),
            n: 0,
            n_received: 0,
            n_to_split: 0,
            n_split: 0,
            n_fed_back: 0,
            receive_days: 0,
            split_days: 0,
            stop,
        });
        row.n += 1;
        if let Some(day) = node.received_on {
            row.n_received += 1;
            row.receive_days += i64::from((day - node.issued_on).get_days()).max(0);
        }
        row.n_to_split += u32::from(node.is_to_be_split);
        if let Some((received, split)) = node.received_on.zip(node.split_on).filter(|_| node.is_to_be_split) {
            row.n_split += 1;
            row.split_days += i64::from((split - received).get_days()).max(0);
        }
        row.n_fed_back += u32::from(node.fed_back_on.is_some() || node.is_done);
        if (stop.is_open, stop.days) > (row.stop.is_open, row.stop.days) {
            row.stop = stop;
        }
    }
    rows.into_values().collect()
}

/// The level at which it stopped longest: what still lasts comes first; nothing where it never stopped for a day.
#[must_use]
pub fn stopped_at(rows: &[LevelRow]) -> Option<&LevelRow> {
    // Of several that stop as long, the highest: the last of what is gone through.
    rows.iter().rev().filter(|row| row.stop.days > 0).max_by_key(|row| (row.stop.is_open, row.stop.days))
}

/// The levels by how long they stopped, the longest first: what still lasts before what is over; of several alike the highest.
#[must_use]
pub fn ranked(rows: &[LevelRow]) -> Vec<&LevelRow> {
    let mut ranked: Vec<&LevelRow> = rows.iter().collect();
    ranked.sort_by_key(|row| std::cmp::Reverse((row.stop.is_open && row.stop.days > 0, row.stop.days)));
    ranked
}

/// Days after which a stop is told to whoever handed the task down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub receive: i64,
    pub split: i64,
}

impl Limits {
    /// As the pack sets them on a day.
    #[must_use]
    pub fn of(pack: &Pack, on: Date) -> Self {
        let first = pack.procedures.get(PROCEDURE).and_then(|procedure| procedure.stages.first()).and_then(|stage| stage.days_max);
        Self { receive: first.map_or(i64::MAX, i64::from), split: pack.whole("task_split_days", on).unwrap_or(i64::MAX) }
    }

    /// Whether a stop is to be told.
    #[must_use]
    pub fn are_passed_by(&self, stop: Stop) -> bool {
        stop.is_open
            && match stop.step {
                Step::Receive => stop.days > self.receive,
                Step::Split => stop.days > self.split,
                Step::FeedBack => true,
            }
    }
}

/// The wholes that somebody's units handed down in a year, with what they are about.
///
/// # Errors
/// When the database cannot be read.
pub async fn wholes<C: ConnectionTrait>(connection: &C, actor: &Actor, year: i16) -> anyhow::Result<Vec<(i64, String)>> {
    let places = see::places_of(actor, policy::Capability::ViewTasks);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select t.id, i.action, t.issuer_id, t.fields from task t join directive_item i on i.id = t.item_id where t.case_id is null and t.issuer_id in ({}) and t.issued_on >= $1 and t.issued_on < $2 order by t.issued_on desc, t.id desc",
        listed(&places)
    );
    let rows = query(connection, sql, [format!("{year}-01-01").into(), format!("{}-01-01", year + 1).into()]).await?;
    let mut found = Vec::new();
    for row in rows {
        let fields: String = row.try_get_by_index(3)?;
        let fields = fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect();
        let issuer = Issuer { organisation: row.try_get_by_index(2)?, fields };
        if issuer.is_acted_for_by(actor, policy::Capability::ViewTasks) {
            found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
        }
    }
    Ok(found)
}

/// A part of a task at the unit that carries it, as it is kept in memory.
#[derive(Debug, Clone)]
struct Handed {
    id: i64,
    /// The task it is a part of.
    of: i64,
    owner_level: Key,
    issued_on: Date,
    due_on: Date,
    received_on: Option<Date>,
    fed_back_on: Option<Date>,
    fulfilled_on: Option<Date>,
}

/// Everything that was handed down, by the unit that carries it; and where the parts of each task stand there.
#[derive(Debug, Clone, Default)]
struct Down {
    units: HashMap<OrgId, Vec<Handed>>,
    parts: HashMap<i64, Vec<(OrgId, usize)>>,
}

/// Reads what is carried: all of it, or again for the units at which something changed.
async fn read(app: &App, before: Option<Before<Down>>) -> anyhow::Result<Down> {
    let reader = app.store().reader();
    let (mut units, within) = match before {
        Some((down, stale)) if stale.is_empty() => return Ok((*down).clone()),
        Some((down, stale)) => {
            let mut units = down.units.clone();
            units.retain(|id, _| stale.binary_search(id).is_err());
            (units, format!(" and t.organisation_id in ({})", listed(&stale)))
        }
        None => (HashMap::new(), String::new()),
    };
    let acts = format!(
        "select t.id, a.kind, min(a.acted_at) from task t join case_act a on a.case_id = t.case_id where t.whole_id is not null and a.kind in ('acknowledge', 'submit'){within} group by t.id, a.kind"
    );
    let mut received: HashMap<i64, Date> = HashMap::new();
    let mut fed_back: HashMap<i64, Date> = HashMap::new();
    for row in query(reader, acts, []).await? {
        let kind: String = row.try_get_by_index(1)?;
        let day = store::day_of(row.try_get_by_index::<String>(2)?.parse()?);
        if kind == "submit" { &mut fed_back } else { &mut received }.insert(row.try_get_by_index(0)?, day);
    }
    let sql = format!(
        "select t.id, t.whole_id, t.organisation_id, t.issued_on, t.due_on, t.fulfilled_on, coalesce(i.owner_level, '') from task t join directive_item i on i.id = t.item_id where t.whole_id is not null{within} order by t.id"
    );
    let day = |text: String| text.parse::<Date>();
    for row in query(reader, sql, []).await? {
        let id: i64 = row.try_get_by_index(0)?;
        units.entry(row.try_get_by_index(2)?).or_default().push(Handed {
            id,
            of: row.try_get_by_index(1)?,
            owner_level: row.try_get_by_index(6)?,
            issued_on: day(row.try_get_by_index(3)?)?,
            due_on: day(row.try_get_by_index(4)?)?,
            received_on: received.get(&id).copied(),
            fed_back_on: fed_back.get(&id).copied(),
            fulfilled_on: row.try_get_by_index::<Option<String>>(5)?.map(day).transpose()?,
        });
    }
    let mut parts: HashMap<i64, Vec<(OrgId, usize)>> = HashMap::new();
    for (unit, own) in &units {
        for (at, handed) in own.iter().enumerate() {
            parts.entry(handed.of).or_default().push((*unit, at));
        }
    }
    for own in parts.values_mut() {
        own.sort_unstable_by_key(|(unit, at)| units[unit][*at].id);
    }
    Ok(Down { units, parts })
}

/// Everything below some tasks that somebody sees, from what is kept in memory.
///
/// # Errors
/// When the database cannot be read.
pub async fn below(app: &App, actor: &Actor, roots: &[i64]) -> anyhow::Result<Vec<Node>> {
    let down = Kept::<(), Down>::of(app).get((), |_| true, |before| read(app, before)).await?;
    let pack = app.pack();
    let order = |level: &str| pack.levels.get(level).map_or(u8::MAX, |level| level.order);
    let directory = app.directory();
    let scope = actor.scope(policy::Capability::ViewTasks);
    let mut nodes: Vec<Node> = Vec::new();
    // The number of a task, the root that it hangs under, and where its node stands.
    let mut next: VecDeque<(i64, i64, Option<usize>)> = roots.iter().map(|id| (*id, *id, None)).collect();
    while let Some((id, root, parent)) = next.pop_front() {
        for (unit, at) in down.parts.get(&id).into_iter().flatten() {
            let Some(handed) = down.units.get(unit).and_then(|own| own.get(*at)) else { continue };
            if let Some(parent) = parent {
                let split_on: &mut Option<Date> = &mut nodes[parent].split_on;
                *split_on = Some(split_on.map_or(handed.issued_on, |day| day.min(handed.issued_on)));
            }
            let Some(org) = directory.visible(&scope, *unit) else { continue };
            next.push_back((handed.id, root, Some(nodes.len())));
            nodes.push(Node {
                id: handed.id,
                whole: root,
                organisation: *unit,
                level: org.level.clone(),
                issued_on: handed.issued_on,
                due_on: handed.due_on,
                received_on: handed.received_on,
                is_to_be_split: hands_on(&directory, org, &handed.owner_level, &order),
                split_on: None,
                fed_back_on: handed.fed_back_on,
                done_on: handed.fulfilled_on,
                is_done: handed.fulfilled_on.is_some(),
            });
        }
    }
    Ok(nodes)
}

/// Whether a unit stands above the level that answers for a task, and has units of that level below.
fn hands_on(directory: &Directory, org: &OrgNode, owner_level: &str, order: &dyn Fn(&str) -> u8) -> bool {
    !owner_level.is_empty()
        && order(&org.level) < order(owner_level)
        && directory.subtree(org.id).any(|below| below.level == owner_level && below.id != org.id)
}

/// The units directly below that received a task from here so long ago and have not broken it down: each with its level. One
/// query over what is in work.
///
/// # Errors
/// When the database cannot be read.
pub async fn stuck(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<(Key, Date)>> {
    let pack = app.pack();
    let limits = Limits::of(&pack, today);
    let places = see::places_of(actor, policy::Capability::VerifyTasks);
    let Some(cut) = (!places.is_empty()).then(|| today.checked_sub(jiff::Span::new().days(limits.split.clamp(0, 36_500)))).transpose()? else {
        return Ok(Vec::new());
    };
    let working =
        super::times_of(&pack, today)?.stages_of(super::Turn::Work).into_iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
    if working.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select t.organisation_id, c.stage_since, i.owner_level from task t join case_file c on c.id = t.case_id join directive_item i on i.id = t.item_id where c.closed_at is null and t.issuer_id in ({}) and i.owner_level is not null and c.stage in ({working}) and c.stage_since < $1 and not exists (select 1 from task k where k.whole_id = t.id) order by t.id",
        listed(&places)
    );
    let rows = query(app.store().reader(), sql, [cut.to_string().into()]).await?;
    let order = |level: &str| pack.levels.get(level).map_or(u8::MAX, |level| level.order);
    let directory = app.directory();
    let scope = actor.scope(policy::Capability::ViewTasks);
    let mut found = Vec::new();
    for row in rows {
        let Some(org) = directory.visible(&scope, row.try_get_by_index(0)?) else { continue };
        let owner_level: String = row.try_get_by_index(2)?;
        if hands_on(&directory, org, &owner_level, &order) {
            found.push((org.level.clone(), row.try_get_by_index::<String>(1)?.parse()?));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn node(level: &str, received: Option<i8>, split: Option<i8>) -> Node {
        let day = |day: i8| date(2026, 3, day);
        Node {
            id: 1,
            whole: 1,
            organisation: 1,
            level: level.to_owned(),
            issued_on: day(1),
            due_on: day(31),
            received_on: received.map(day),
            is_to_be_split: level == "county",
            split_on: split.map(day),
            fed_back_on: None,
            done_on: None,
            is_done: false,
        }
    }

    fn rows(nodes: &[Node], on: Date) -> Vec<LevelRow> {
        levels(nodes, &|level| u8::from(level != "county"), on)
    }

    #[test]
    fn the_level_that_still_stops_is_named_before_one_that_took_longer_once() {
        let on = date(2026, 3, 20);
        let found = rows(&[node("township", Some(15), None), node("county", Some(3), None), node("county", Some(2), Some(5))], on);
        assert_eq!(found.iter().map(|row| row.level.as_str()).collect::<Vec<_>>(), ["county", "township"]);
        let county = &found[0];
        assert_eq!((county.n, county.n_received, county.n_to_split, county.n_split, county.receive_days, county.split_days), (2, 2, 2, 1, 3, 3));
        assert_eq!(
            stopped_at(&found).map(|row| (row.level.as_str(), row.stop)),
            Some(("county", Stop { is_open: true, days: 17, step: Step::Split }))
        );
        // Once the county has broken it down, the fourteen days of the town are the longest.
        let found = rows(&[node("township", Some(15), None), node("county", Some(3), Some(6))], on);
        assert_eq!(stopped_at(&found).map(|row| (row.level.as_str(), row.stop.step, row.stop.is_open)), Some(("township", Step::Receive, false)));
    }

    #[test]
    fn what_nobody_received_is_open_and_what_is_over_its_day_without_an_answer_too() {
        let limits = Limits { receive: 3, split: 10 };
        let fresh = node("township", None, None);
        assert!(!limits.are_passed_by(fresh.stop(date(2026, 3, 4))));
        assert!(limits.are_passed_by(fresh.stop(date(2026, 3, 5))));
        let late = node("township", Some(2), None).stop(date(2026, 4, 3));
        assert_eq!((late.is_open, late.step, late.days), (true, Step::FeedBack, 3));
        assert!(!limits.are_passed_by(node("county", Some(2), None).stop(date(2026, 3, 12))));
        assert!(limits.are_passed_by(node("county", Some(2), None).stop(date(2026, 3, 13))));
    }

    #[test]
    fn a_past_month_is_seen_as_it_stood_and_its_levels_are_ranked() {
        let nodes = [node("county", Some(3), Some(25)), node("township", Some(26), None)];
        assert_eq!(nodes[0].as_of(date(2026, 2, 28)), None);
        let then: Vec<Node> = nodes.iter().filter_map(|node| node.as_of(date(2026, 3, 20))).collect();
        let found = rows(&then, date(2026, 3, 20));
        let said: Vec<_> = ranked(&found).into_iter().map(|row| (row.level.as_str(), row.stop.step, row.stop.days, row.stop.is_open)).collect();
        assert_eq!(said, [("township", Step::Receive, 19, true), ("county", Step::Split, 17, true)]);
        // Once both have moved on, the longer stop comes first.
        let now = rows(&nodes, date(2026, 3, 26));
        assert_eq!(ranked(&now).into_iter().map(|row| (row.level.as_str(), row.stop.days)).collect::<Vec<_>>(), [("township", 25), ("county", 22)]);
    }

    #[test]
    fn a_unit_that_answered_itself_has_not_stopped() {
        let done = Node { is_done: true, ..node("county", Some(2), None) };
        assert_eq!(done.stop(date(2026, 5, 1)), Stop { is_open: false, days: 1, step: Step::Receive });
    }
}
