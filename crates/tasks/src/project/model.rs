//! A project, and a whole of which several units carry a part. Pure: the day comes in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Key, Per, Period};
use store::OrgId;

/// One project, or a unit's part of a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: i64,
    /// Key of its kind in the pack.
    pub kind: Key,
    /// Who carries it.
    pub organisation: OrgId,
    /// Who approves and accepts it.
    pub issuer: OrgId,
    /// Whom it serves, where the pack says so.
    pub served: Option<OrgId>,
    pub case_id: i64,
    /// The case that opened it by itself.
    pub origin_case: Option<i64>,
    pub whole: Option<i64>,
    pub year: i16,
    pub name: String,
    /// What the forms say in the columns of the list, by key.
    pub body: BTreeMap<String, String>,
    pub quantity: Option<i64>,
    pub n_done: i64,
    pub due_on: Option<Date>,
    pub proposed_on: Date,
    pub approved_on: Option<Date>,
    /// When progress was last reported.
    pub progress_on: Option<Date>,
    /// When whom it serves spoke for it, since it was handed in.
    pub opinion_on: Option<Date>,
    pub accepted_on: Option<Date>,
    pub closed_on: Option<Date>,
    pub grade: String,
    pub is_good: bool,
    pub is_late: bool,
    /// It waits for the word of somebody else.
    pub is_handed_in: bool,
    /// Something was reported that nobody has confirmed.
    pub is_reported: bool,
    /// Where its case stands.
    pub stage: Key,
    pub stage_since: Date,
}

/// How a project stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Proposing,
    Approving,
    Doing,
    Overdue,
    Accepting,
    Done,
    Stopped,
}

impl State {
    /// All, with the word of the address line and what people read.
    pub const ALL: [(&'static str, &'static str, Self); 7] = [
        ("proposing", "申报中", Self::Proposing),
        ("approving", "待审批", Self::Approving),
        ("doing", "实施中", Self::Doing),
        ("overdue", "逾期", Self::Overdue),
        ("accepting", "待验收", Self::Accepting),
        ("done", "已验收", Self::Done),
        ("stopped", "已终止", Self::Stopped),
    ];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, state)| *state == self).map_or("", |(_, words, _)| words)
    }
}

impl Project {
    /// How it stands.
    #[must_use]
    pub fn state(&self, on: Date) -> State {
        match (self.accepted_on, self.closed_on) {
            (Some(_), _) => State::Done,
            (None, Some(_)) => State::Stopped,
            (None, None) if self.approved_on.is_none() && self.is_handed_in => State::Approving,
            (None, None) if self.approved_on.is_none() => State::Proposing,
            (None, None) if self.is_handed_in => State::Accepting,
            (None, None) if self.is_over(on) => State::Overdue,
            (None, None) => State::Doing,
        }
    }

    /// Whether its day has passed.
    #[must_use]
    pub fn is_over(&self, on: Date) -> bool {
        self.due_on.is_some_and(|due| due < on)
    }

    /// What is left of its quantity.
    #[must_use]
    pub fn quantity_left(&self) -> i64 {
        (self.quantity.unwrap_or_default() - self.n_done).max(0)
    }

    /// The period for which progress is owed on a day and was not reported: the running one in its last `soon` days, else
    /// the last; the one in which it was approved is not asked for.
    #[must_use]
    pub fn progress_owed(&self, per: Per, on: Date, soon: i64) -> Option<Period> {
        let since = self.approved_on?;
        let now = Period::containing(on, per);
        let is_near = i64::from((now.last_day() - on).get_days()) <= soon;
        let owed = if is_near { now } else { now.previous() };
        let is_reported = self.progress_on.is_some_and(|day| day >= owed.from());
        (owed.from() > since && !is_reported).then_some(owed)
    }

    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/projects/entries/{}", self.id)
    }
}

/// What one office set and several units carry a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub id: i64,
    pub kind: Key,
    pub pack_version: String,
    /// Who set it.
    pub organisation: OrgId,
    pub year: i16,
    pub number: i64,
    pub name: String,
    /// Unit of measure; empty where nothing is counted.
    pub unit: String,
    pub quantity: Option<i64>,
    pub due_on: Date,
    pub closed_on: Option<Date>,
}

impl Whole {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/projects/wholes/{}", self.id)
    }
}

/// Why parts do not make up a whole, if so: by how much, in words.
#[must_use]
pub fn gap(quantity: i64, parts: &[i64], unit: &str) -> Option<String> {
    let sum: i64 = parts.iter().sum();
    match quantity - sum {
        0 => None,
        short @ 1.. => Some(format!("各单位合计 {sum} {unit}，比总数 {quantity} {unit}少 {short}，请调整到相等。")),
        over => Some(format!("各单位合计 {sum} {unit}，比总数 {quantity} {unit}多 {}，请调整到相等。", -over)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn project() -> Project {
        Project {
            id: 1,
            kind: String::new(),
            organisation: 3,
            issuer: 2,
            served: None,
            case_id: 1,
            origin_case: None,
            whole: None,
            year: 2026,
            name: String::new(),
            body: BTreeMap::new(),
            quantity: None,
            n_done: 0,
            due_on: Some(date(2026, 6, 30)),
            proposed_on: date(2026, 1, 5),
            approved_on: None,
            progress_on: None,
            opinion_on: None,
            accepted_on: None,
            closed_on: None,
            grade: String::new(),
            is_good: false,
            is_late: false,
            is_handed_in: false,
            is_reported: false,
            stage: String::new(),
            stage_since: date(2026, 1, 5),
        }
    }

    #[test]
    fn it_is_over_only_while_its_carrier_has_it() {
        let mut it = project();
        assert_eq!(it.state(date(2026, 7, 1)), State::Proposing);
        it.is_handed_in = true;
        assert_eq!(it.state(date(2026, 7, 1)), State::Approving);
        (it.approved_on, it.is_handed_in) = (Some(date(2026, 1, 20)), false);
        assert_eq!((it.state(date(2026, 6, 30)), it.state(date(2026, 7, 1))), (State::Doing, State::Overdue));
        it.is_handed_in = true;
        assert_eq!(it.state(date(2026, 7, 1)), State::Accepting);
        it.closed_on = Some(date(2026, 7, 2));
        assert_eq!(it.state(date(2026, 7, 2)), State::Stopped);
        it.accepted_on = it.closed_on;
        assert_eq!(it.state(date(2026, 7, 2)), State::Done);
    }

    #[test]
    fn progress_is_owed_for_the_month_that_ends_and_then_for_the_last() {
        let mut it = project();
        let owed = |it: &Project, day| it.progress_owed(Per::Month, day, 10).map(|period| period.to_string());
        assert_eq!(owed(&it, date(2026, 2, 25)), None, "nothing is owed before it is approved");
        it.approved_on = Some(date(2026, 2, 3));
        assert_eq!((owed(&it, date(2026, 2, 25)), owed(&it, date(2026, 3, 2))), (None, None));
        assert_eq!(owed(&it, date(2026, 3, 25)).as_deref(), Some("2026-03"));
        assert_eq!(owed(&it, date(2026, 4, 2)).as_deref(), Some("2026-03"));
        it.progress_on = Some(date(2026, 3, 26));
        assert_eq!((owed(&it, date(2026, 4, 2)), owed(&it, date(2026, 4, 29)).as_deref()), (None, Some("2026-04")));
    }

    #[test]
    fn parts_add_up_or_it_is_said_by_how_much() {
        assert_eq!(gap(10, &[4, 6], "个"), None);
        assert_eq!(gap(10, &[4, 5], "个").as_deref(), Some("各单位合计 9 个，比总数 10 个少 1，请调整到相等。"));
        assert!(gap(10, &[8, 5], "个").is_some_and(|sentence| sentence.contains("多 3")));
    }
}
