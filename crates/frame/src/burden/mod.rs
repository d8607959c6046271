//! What is asked of others (基层减负): how much of their time issuing something takes, beside what they have open; who allowed it
//! above the ceiling; what may be asked of communities at all; what they typed.
//!
//! For: whoever issues tables, tasks, inspections. In: units with the minutes that each is asked for. Out: a cost in words, a refusal.
//! Does not know: what is issued; it goes by a kind and a number.

mod approval;
mod permitted;

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Capability, Pack, Per, Period};
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use store::entities::burden;
use store::{OrgId, Tx, insert_all, query};

pub use approval::{Approval, Wish, approvals, ask, decide, find, is_for_the_ceiling, is_granted, may_decide, permit, subject_of};
pub use permitted::{
    Demand, Item, NewItem, answer_demand, check as check_permitted, choices as permitted_choices, decide_item, demands, end_item, items, lists_for,
    may_approve, names_for, note_demand, offices_for, propose,
};

/// Minutes of one field to be filled in.
pub const FIELD: &str = "burden_minutes_field";
/// Minutes of one task to be carried out and reported.
pub const TASK: &str = "burden_minutes_task";
/// Minutes of one thing that an inspection looks at.
pub const CHECK: &str = "burden_minutes_check";
/// Minutes of one paper that has to be made and attached.
pub const ATTACHMENT: &str = "burden_minutes_attachment";
/// Hours that one issuing may take of all units together.
const CEILING: &str = "burden_ceiling_hours";
/// Hours of a month that a unit may have open, with what is issued.
const UNIT_CEILING: &str = "burden_unit_hours";

const MINUTES: i64 = 60;

/// What issuing something takes of those to whom it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    pub n_units: usize,
    /// Fields, tasks, things looked at: of all units together.
    pub n_items: u64,
    pub minutes: i64,
    /// What these units have open this month already.
    pub open_minutes: i64,
    /// Of the unit that has most, with what is issued.
    pub most_minutes: i64,
    pub most_at: Option<OrgId>,
    /// In minutes; nothing: the pack sets none.
    pub ceiling: Option<i64>,
    pub unit_ceiling: Option<i64>,
}

impl Cost {
    /// Whether somebody has to allow it by name.
    #[must_use]
    pub fn is_above(&self) -> bool {
        self.is_above_whole() || self.is_above_unit()
    }

    fn is_above_whole(&self) -> bool {
        self.ceiling.is_some_and(|ceiling| self.minutes > ceiling)
    }

    fn is_above_unit(&self) -> bool {
        self.minutes > 0 && self.unit_ceiling.is_some_and(|ceiling| self.most_minutes > ceiling)
    }

    /// Why it has to be allowed; empty: it has not.
    #[must_use]
    pub fn why(&self) -> String {
        let mut said = Vec::new();
        if let Some(ceiling) = self.ceiling.filter(|_| self.is_above_whole()) {
            said.push(format!("一共要占用 {}，超过一次 {} 的上限", time_words(self.minutes), time_words(ceiling)));
        }
        if let Some(ceiling) = self.unit_ceiling.filter(|_| self.is_above_unit()) {
            said.push(format!("连同本月在办的，最多的单位要占用 {}，超过每月 {} 的上限", time_words(self.most_minutes), time_words(ceiling)));
        }
        said.join("；")
    }

    /// The cost in words, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let each = self.minutes / i64::try_from(self.n_units.max(1)).unwrap_or(1);
        let open_each = self.open_minutes / i64::try_from(self.n_units.max(1)).unwrap_or(1);
        vec![
            ("发给", format!("{} 个单位，共 {} 项", self.n_units, self.n_items)),
            ("预计占用", format!("{}，平均每个单位 {}", time_words(self.minutes), time_words(each))),
            ("这些单位本月已经在办", format!("{}，平均每个单位 {}", time_words(self.open_minutes), time_words(open_each))),
        ]
    }
}

/// Minutes as people say them.
#[must_use]
pub fn time_words(minutes: i64) -> String {
    match (minutes / MINUTES, minutes % MINUTES) {
        (0, minutes) => format!("{minutes} 分钟"),
        (hours, 0) => format!("{hours} 小时"),
        (hours, minutes) => format!("{hours} 小时 {minutes} 分钟"),
    }
}

/// What is looked at in a check of a kind, over all its lists.
#[must_use]
pub fn n_check_items(pack: &Pack, kind: &str) -> u64 {
    let lists = pack.inspections.get(kind).map(|kind| kind.checklists.as_slice()).unwrap_or_default();
    lists.iter().filter_map(|key| pack.checklists.get(key)).map(|list| list.items.len() as u64).sum()
}

/// What issuing takes: units with the items that each gets, of so many minutes each.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost<C: ConnectionTrait>(connection: &C, pack: &Pack, on: Date, each: &str, units: &[(OrgId, u64)]) -> anyhow::Result<Cost> {
    let minutes = pack.whole(each, on).unwrap_or_default();
    let own = |n: u64| anyhow::Ok(minutes * i64::try_from(n)?);
    let units: Vec<(OrgId, u64, i64)> = units.iter().map(|(unit, n)| Ok((*unit, *n, own(*n)?))).collect::<anyhow::Result<_>>()?;
    cost_of_units(connection, pack, on, &units).await
}

/// What issuing takes when every unit gets the same: items of several kinds, so many of each.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of_each<C: ConnectionTrait>(connection: &C, pack: &Pack, on: Date, units: &[OrgId], items: &[(&str, u64)]) -> anyhow::Result<Cost> {
    let mut own = 0;
    for (each, n) in items {
        own += pack.whole(each, on).unwrap_or_default() * i64::try_from(*n)?;
    }
    let n: u64 = items.iter().map(|(_, n)| n).sum();
    cost_of_units(connection, pack, on, &units.iter().map(|unit| (*unit, n, own)).collect::<Vec<_>>()).await
}

/// Units with the items and the minutes that each is asked for.
async fn cost_of_units<C: ConnectionTrait>(connection: &C, pack: &Pack, on: Date, units: &[(OrgId, u64, i64)]) -> anyhow::Result<Cost> {
    let open = open_of(connection, pack, on).await?;
    let hours = |key| pack.whole(key, on).map(|hours| hours * MINUTES);
    let mut cost = Cost { n_units: units.len(), ceiling: hours(CEILING), unit_ceiling: hours(UNIT_CEILING), ..Cost::default() };
    for (unit, n_items, own) in units {
        let before = open.get(unit).copied().unwrap_or_default();
        cost.n_items += n_items;
        cost.minutes += own;
        cost.open_minutes += before;
        if own + before > cost.most_minutes {
            (cost.most_minutes, cost.most_at) = (own + before, Some(*unit));
        }
    }
    Ok(cost)
}

/// What is asked of units that are still to be drawn: the same of each, whatever they have open.
#[must_use]
pub fn cost_of_drawn(pack: &Pack, on: Date, each: &str, n_units: usize, n_items: u64) -> Cost {
    let own = pack.whole(each, on).unwrap_or_default() * i64::try_from(n_items).unwrap_or_default();
    Cost {
        n_units,
        n_items: n_items * n_units as u64,
        minutes: own * i64::try_from(n_units).unwrap_or_default(),
        most_minutes: own,
        ceiling: pack.whole(CEILING, on).map(|hours| hours * MINUTES),
        unit_ceiling: pack.whole(UNIT_CEILING, on).map(|hours| hours * MINUTES),
        ..Cost::default()
    }
}

/// Whether something is asked of a unit by a matter as by a task (三单).
#[must_use]
pub fn is_slip(matter: &policy::Matter) -> bool {
    matter.opened_by == Capability::IssueTasks && !matter.is_withheld
}

/// The keys of such matters as a list in SQL; nothing: the pack has none.
#[must_use]
pub fn slips(pack: &Pack) -> Option<String> {
    let keys: Vec<String> = pack.matters.iter().filter(|(_, matter)| is_slip(matter)).map(|(key, _)| format!("'{key}'")).collect();
    (!keys.is_empty()).then(|| keys.join(", "))
}

/// Minutes that every unit has open in the month of a day: tasks, slips, looks at one's own place, parts of projects and the papers they ask for, tables, checks. What an inspected side does not know of is not in it.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_of<C: ConnectionTrait>(connection: &C, pack: &Pack, on: Date) -> anyhow::Result<HashMap<OrgId, i64>> {
    let until = Period::containing(on, Per::Month).until().to_string();
    let slips = slips(pack).map(|slips| format!("select m.organisation_id, cast(count(*) as bigint) from matter m where m.matter in ({slips}) and m.closed_on is null and m.opened_on < $1 group by m.organisation_id"));
    let kinds = [
        (
            TASK,
            "select organisation_id, cast(count(*) as bigint) from task where whole_id is not null and fulfilled_on is null and issued_on < $1 group by organisation_id",
        ),
        (
            TASK,
            "select p.organisation_id, cast(count(*) as bigint) from project p left join case_item i on i.case_id = p.case_id and i.kind = 'part' and i.closed_in is null where p.project_whole_id is not null and p.closed_on is null and p.proposed_on < $1 group by p.organisation_id",
        ),
        (
            FIELD,
            "select u.organisation_id, cast(sum(u.n_asked) as bigint) from asked_unit u join asked_table t on t.id = u.table_id where t.issued_on < $1 and t.closed_on is null and u.answered_on is null group by u.organisation_id",
        ),
        (
            TASK,
            "select c.organisation_id, cast(count(*) as bigint) from self_check s join case_file c on c.subject_kind = 'self_check' and c.subject_id = s.id where c.closed_at is null and s.issued_on < $1 group by c.organisation_id",
        ),
    ];
    let kinds = kinds.into_iter().chain(slips.as_deref().map(|sql| (TASK, sql)));
    let mut open: HashMap<OrgId, i64> = HashMap::new();
    for (key, sql) in kinds {
        let Some(minutes) = pack.whole(key, on) else { continue };
        for row in query(connection, sql, [until.clone().into()]).await? {
            *open.entry(row.try_get_by_index(0)?).or_default() += minutes * row.try_get_by_index::<i64>(1)?;
        }
    }
    if let Some(minutes) = pack.whole(ATTACHMENT, on) {
        let sql = "select p.organisation_id, p.project, i.text, cast(count(*) as bigint) from project p join case_item i on i.case_id = p.case_id and i.kind = 'part' and i.closed_in is null where p.project_whole_id is not null and p.closed_on is null and p.proposed_on < $1 group by p.organisation_id, p.project, i.text";
        for row in query(connection, sql, [until.clone().into()]).await? {
            let (project, part): (String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            if pack.projects.get(&project).is_some_and(|kind| kind.parts.iter().any(|it| it.name == part && it.is_paper())) {
                *open.entry(row.try_get_by_index(0)?).or_default() += minutes * row.try_get_by_index::<i64>(3)?;
            }
        }
    }
    if let Some(minutes) = pack.whole(CHECK, on) {
        let sql = "select t.organisation_id, i.kind, cast(count(*) as bigint) from inspection_target t join inspection i on i.id = t.inspection_id where i.from_on < $1 and i.closed_on is null and t.aside_reason is null and t.handed_in_on is null and (i.mode <> 'unannounced' or t.opened_on is not null) group by t.organisation_id, i.kind";
        for row in query(connection, sql, [until.into()]).await? {
            let n_items = i64::try_from(n_check_items(pack, &row.try_get_by_index::<String>(1)?))?;
            *open.entry(row.try_get_by_index(0)?).or_default() += minutes * n_items * row.try_get_by_index::<i64>(2)?;
        }
    }
    Ok(open)
}

/// Writes down how many fields somebody typed for an organisation: the product's own forms count, too.
///
/// # Errors
/// When the database refuses.
pub async fn note(tx: &mut Tx, organisation: OrgId, source: &str, id: i64, n_typed: i64) -> anyhow::Result<()> {
    if n_typed == 0 {
        return Ok(());
    }
    let row = burden::ActiveModel {
        id: Set(tx.next_id().await?),
        organisation_id: Set(organisation),
        day: Set(tx.today().to_string()),
        source: Set(source.to_owned()),
        source_id: Set(id),
        n_typed: Set(n_typed),
    };
    Ok(insert_all::<burden::Entity, _, _>(tx.connection(), vec![row]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_said_in_hours_and_minutes() {
        assert_eq!(time_words(0), "0 分钟");
        assert_eq!(time_words(59), "59 分钟");
        assert_eq!(time_words(120), "2 小时");
        assert_eq!(time_words(200), "3 小时 20 分钟");
    }

    #[test]
    fn a_cost_at_the_ceiling_needs_nobody_and_one_minute_more_does() {
        let at = Cost { n_units: 2, minutes: 600, most_minutes: 300, ceiling: Some(600), unit_ceiling: Some(300), ..Cost::default() };
        assert!(!at.is_above());
        assert!(Cost { minutes: 601, ..at.clone() }.why().starts_with("一共要占用 10 小时 1 分钟"));
        assert!(Cost { most_minutes: 301, ..at.clone() }.why().starts_with("连同本月在办的"));
        // Whoever asks for nothing is not stopped by what others asked for.
        assert!(!Cost { minutes: 0, most_minutes: 900, ..at }.is_above());
    }
}
