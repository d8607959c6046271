//! What a source covers: complete imports (`coverage.KEY` spans) and records kept here since go-live.

use policy::Period;

use crate::exact::day_number;
use crate::facts::{Facts, OrgFacts};
use crate::subject::Subject;

/// The kinds of span that evidence one kind of record, for one set of facts.
///
/// `activity.theme_day` is covered by `coverage.activity.theme_day`; where a period has such spans for single kinds
/// (the workbook named the kinds that it holds), only by that; otherwise by `coverage.activity` too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage {
    own: Option<u16>,
    general: Option<u16>,
    single_kinds: Vec<u16>,
    all: Vec<u16>,
}

impl Coverage {
    pub(crate) fn of(key: &str, facts: &Facts) -> Self {
        let own = facts.kind(&format!("coverage.{key}"));
        let Some((family, _)) = key.split_once('.') else {
            return Self { own, general: None, single_kinds: Vec::new(), all: own.into_iter().collect() };
        };
        let general = facts.kind(&format!("coverage.{family}"));
        let single_kinds = facts.kinds_beginning(&format!("coverage.{family}."));
        let all = general.into_iter().chain(single_kinds.iter().copied()).collect();
        Self { own, general, single_kinds, all }
    }

    /// Whether the records of the days `[from, until)` are complete.
    pub(crate) fn is_complete(&self, facts: &OrgFacts<'_>, (from, until): (i32, i32)) -> bool {
        if self.own.is_some_and(|kind| facts.is_covered(kind, from, until)) {
            return true;
        }
        let names_kinds = self.single_kinds.iter().any(|&kind| facts.is_touched(kind, from, until));
        !names_kinds && self.general.is_some_and(|kind| facts.is_covered(kind, from, until))
    }

    /// Whether anything of the days `[from, until)` was declared as imported.
    pub(crate) fn is_touched(&self, facts: &OrgFacts<'_>, (from, until): (i32, i32)) -> bool {
        self.all.iter().any(|&kind| facts.is_touched(kind, from, until))
    }
}

/// The days of a period, by number.
pub(crate) fn days_of(period: Period) -> (i32, i32) {
    (day_number(period.from()), day_number(period.until()))
}

impl Subject {
    /// Whether `period` began when its records were already kept here.
    pub(crate) fn is_live_for(&self, period: Period) -> bool {
        self.go_live.is_some_and(|day| day <= period.from())
    }
}
