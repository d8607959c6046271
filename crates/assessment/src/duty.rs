//! Organisation × duty × period: exactly one state each, computed, never stored (Decisions 6).

use jiff::civil::Date;
use policy::{Dated, Key, Pack, Per, Period, Ratio, in_force};

use crate::coverage::{Coverage, days_of};
use crate::exact::day_number;
use crate::fact::Flags;
use crate::facts::{Facts, NO_DAY, OrgFacts};
use crate::formula::{Formula, Memo};
use crate::measure::{Figures, MeasurePlan, MeasureTable, Months, Routes, months_within};
use crate::part::outside_life;
use crate::subject::{Marks, Subject};

/// Days after a period's end until its records are locked, when the pack has no setting `period_lock_days`.
const LOCK_DAYS: i64 = 10;

/// What a duty is for one organisation in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DutyState {
    /// With the reason.
    NotApplicable(String),
    /// Before the organisation's go-live day, and nothing imported.
    NotYetInUse,
    /// An imported period in which this kind was not in the workbook.
    NotEvidenced,
    /// Not over yet; days until its last day, 0 on that day.
    Due {
        days_left: i32,
        n_held: usize,
        times: usize,
    },
    /// Over, and not locked yet: it may still be made up. `days_over`: since its last day.
    Overdue {
        days_over: i32,
        days_until_lock: i32,
    },
    /// Held within the period, whenever it was entered; ids of the records.
    OnTime {
        sources: Vec<i64>,
    },
    /// Made up after the period and accepted; `days_late`: from its last day to the day it was fulfilled.
    HeldLate {
        sources: Vec<i64>,
        days_late: i32,
    },
    /// With the reason.
    Excused(String),
    Missed,
}

impl DutyState {
    /// The word people read.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::NotApplicable(_) => "不适用",
            Self::NotYetInUse => "未启用",
            Self::NotEvidenced => "无依据",
            Self::Due { .. } => "待开展",
            Self::Overdue { .. } => "逾期待补",
            Self::OnTime { .. } => "按期开展",
            Self::HeldLate { .. } => "补开",
            Self::Excused(_) => "已免",
            Self::Missed => "未开展",
        }
    }

    /// The word of the API.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::NotApplicable(_) => "not_applicable",
            Self::NotYetInUse => "not_yet_in_use",
            Self::NotEvidenced => "not_evidenced",
            Self::Due { .. } => "due",
            Self::Overdue { .. } => "overdue",
            Self::OnTime { .. } => "on_time",
            Self::HeldLate { .. } => "held_late",
            Self::Excused(_) => "excused",
            Self::Missed => "missed",
        }
    }

    /// Whether somebody still has to act.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Due { .. } | Self::Overdue { .. })
    }
}

/// A duty of a pack, resolved.
#[derive(Debug, Clone)]
pub struct DutyPlan {
    pub key: Key,
    pub name: String,
    pub short: String,
    pub per: Per,
    /// What a duty made up late counts, 0 to 1.
    pub late_counts: Ratio,
    /// Days after a period's end until its records are locked.
    pub lock_days: i64,
    times: Vec<Dated<i64>>,
    /// Kinds of fact that fulfil it.
    facts: Vec<Key>,
    coverage: Key,
    kinds: Vec<Key>,
    fields: Vec<Key>,
    applies_when: Option<Formula>,
    otherwise: String,
    measures: Vec<MeasurePlan>,
}

impl DutyPlan {
    /// Resolves the duty `key`; `on` settles the setting `period_lock_days`.
    ///
    /// # Errors
    /// Everything that the pack lacks or says wrongly, one sentence each.
    pub fn new(pack: &Pack, key: &str, on: Date) -> Result<Self, Vec<String>> {
        let Some(duty) = pack.duties.get(key) else {
            return Err(vec![format!("制度包中没有责任 {key}")]);
        };
        let mut problems = Vec::new();
        if !pack.activities.contains_key(&duty.activity) {
            problems.push(format!("责任 {key} 所要求的活动 {} 不存在", duty.activity));
        }
        let mut measures = MeasureTable::new(pack);
        let applies_when = duty.applies_when.as_ref().map(|e| Formula::bind(e, &format!("责任 {key}"), &mut measures, &mut problems));
        if !problems.is_empty() {
            return Err(problems);
        }
        let satisfying = pack.activities.iter().filter(|(_, a)| a.also_satisfies.contains(&duty.activity)).map(|(key, _)| key);
        let facts = std::iter::once(&duty.activity).chain(satisfying).map(|activity| format!("activity.{activity}")).collect();
        Ok(Self {
            key: key.to_owned(),
            name: duty.name.clone(),
            short: duty.short.clone(),
            per: duty.per,
            late_counts: duty.late_counts,
            lock_days: pack.whole("period_lock_days", on).unwrap_or(LOCK_DAYS),
            times: duty.times.clone(),
            facts,
            coverage: format!("activity.{}", duty.activity),
            kinds: duty.kinds.clone(),
            fields: duty.fields.clone(),
            applies_when,
            otherwise: duty.otherwise.clone().unwrap_or_else(|| "不符合适用条件".to_owned()),
            measures: measures.plans,
        })
    }

    /// All duties of a pack that are not switched off, in their order.
    ///
    /// # Errors
    /// The problems of all of them.
    pub fn all(pack: &Pack, on: Date) -> Result<Vec<Self>, Vec<String>> {
        let mut keys: Vec<_> = pack.duties.iter().filter(|(_, d)| d.pending.is_none()).collect();
        keys.sort_by_key(|(key, duty)| (duty.order, (*key).clone()));
        let (plans, problems): (Vec<_>, Vec<_>) = keys.into_iter().map(|(key, _)| Self::new(pack, key, on)).partition(Result::is_ok);
        let problems: Vec<String> = problems.into_iter().filter_map(Result::err).flatten().collect();
        if problems.is_empty() { Ok(plans.into_iter().flatten().collect()) } else { Err(problems) }
    }

    /// Whether organisations of this kind and field have the duty at all.
    #[must_use]
    pub fn concerns(&self, subject: &Subject) -> bool {
        self.kinds.contains(&subject.kind) && (self.fields.is_empty() || self.fields.contains(&subject.field))
    }

    fn times_on(&self, period: Period) -> Option<usize> {
        in_force(&self.times, period.from()).map(|n| usize::try_from(*n).unwrap_or(0))
    }

    /// The states of several organisations in the periods of this duty within `period`, one row each.
    /// The duty is matched with the facts once, so that a city takes milliseconds.
    #[must_use]
    pub fn states(&self, subjects: &[&Subject], facts: &Facts, marks: &Marks, period: Period, today: Date) -> Vec<Vec<(Period, DutyState)>> {
        let mut matched = Matched::new(self, facts);
        let routes = Routes::new(&self.measures, facts, period);
        let part = |part: Period| DutyPart { period: part, months: months_within(part, period), days: days_of(part), times: self.times_on(part) };
        let parts: Vec<DutyPart> = period.parts(self.per).into_iter().map(part).collect();
        let mut states = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let rows = facts.of(subject.id);
            matched.read(&routes, &rows);
            let concerns = self.concerns(subject);
            let state = |part: &DutyPart| {
                let none = || DutyState::NotApplicable("此类组织无此项责任".to_owned());
                (part.period, if concerns { matched.state(subject, &rows, marks, part, today) } else { none() })
            };
            states.push(parts.iter().map(state).collect());
        }
        states
    }
}

/// The states of one organisation's duty in its periods within `period`.
#[must_use]
pub fn duty_states(duty: &DutyPlan, subject: &Subject, facts: &Facts, marks: &Marks, period: Period, today: Date) -> Vec<(Period, DutyState)> {
    duty.states(&[subject], facts, marks, period, today).pop().unwrap_or_default()
}

/// A duty matched with one set of facts.
struct Matched<'a> {
    plan: &'a DutyPlan,
    kinds: Vec<u16>,
    coverage: Coverage,
    figures: Figures,
    memo: Memo,
}

/// One period of a duty, the same for every organisation.
struct DutyPart {
    period: Period,
    months: Months,
    days: (i32, i32),
    /// How often it is owed; `None`: the rule is not in force yet.
    times: Option<usize>,
}

/// What fulfils a duty in a period: records by the day they were held.
struct Held {
    on_time: Vec<i64>,
    /// Day and record, by day.
    late: Vec<(i32, i64)>,
}

impl<'a> Matched<'a> {
    fn new(plan: &'a DutyPlan, facts: &Facts) -> Self {
        let kinds = plan.facts.iter().filter_map(|name| facts.kind(name)).collect();
        let coverage = Coverage::of(&plan.coverage, facts);
        Self { plan, kinds, coverage, figures: Figures::default(), memo: Memo::default() }
    }

    /// Reads what `applies_when` asks for, once for all periods.
    fn read(&mut self, routes: &Routes, facts: &OrgFacts<'_>) {
        if self.plan.applies_when.is_some() {
            self.figures.count(&self.plan.measures, routes, facts);
        }
    }

    fn state(&mut self, subject: &Subject, facts: &OrgFacts<'_>, marks: &Marks, part: &DutyPart, today: Date) -> DutyState {
        let plan = self.plan;
        let Some(times) = part.times else {
            return DutyState::NotApplicable("规定尚未施行".to_owned());
        };
        if let Some(reason) = outside_life(subject.life(), part.days) {
            return DutyState::NotApplicable(reason.to_owned());
        }
        let is_live = subject.is_live_for(part.period);
        let is_imported = is_live || self.is_imported(facts, part.days);
        let held = self.held(facts, part.days);
        if !is_imported && held.is_empty() {
            return DutyState::NotYetInUse;
        }
        if !self.applies(subject, part) {
            return DutyState::NotApplicable(plan.otherwise.clone());
        }
        if held.on_time.len() >= times {
            return DutyState::OnTime { sources: held.on_time };
        }
        if let Some(state) = held.made_up(times, part.days.1 - 1) {
            return state;
        }
        if let Some(reason) = marks.of(subject.id).excuse_of(&plan.key, part.period) {
            return DutyState::Excused(reason.to_owned());
        }
        if !is_live && !self.coverage.is_complete(facts, part.days) {
            return if is_imported { DutyState::NotEvidenced } else { DutyState::NotYetInUse };
        }
        plan.unfulfilled(part.days.1 - 1, day_number(today), held.on_time.len(), times)
    }

    /// Whether anything of these days came from a workbook.
    fn is_imported(&self, facts: &OrgFacts<'_>, days: (i32, i32)) -> bool {
        let mut rows = facts.events_between(days.0, days.1);
        self.coverage.is_touched(facts, days) || rows.any(|row| facts.flags[row].has(Flags::IMPORTED))
    }

    fn held(&self, facts: &OrgFacts<'_>, (from, until): (i32, i32)) -> Held {
        let counts = |row: usize| self.kinds.contains(&facts.kind[row]) && !facts.flags[row].has(Flags::RETURNED);
        let is_made_up = |row: usize| facts.makes_up[row] != NO_DAY && facts.flags[row].has(Flags::ACCEPTED);
        let rows = facts.events_between(from, until);
        let later = rows.end..facts.n_events();
        let on_time = rows.filter(|&row| counts(row) && !is_made_up(row)).map(|row| facts.source[row]).collect();
        let late = later.filter(|&row| (from..until).contains(&facts.makes_up[row]) && counts(row) && is_made_up(row));
        Held { on_time, late: late.map(|row| (facts.day[row], facts.source[row])).collect() }
    }

    fn applies(&mut self, subject: &Subject, part: &DutyPart) -> bool {
        let Some(condition) = &self.plan.applies_when else {
            return true;
        };
        let over = |measure: usize| self.figures.over(&self.plan.measures, measure, &part.months);
        condition.holds(&over, subject, &mut self.memo) != Some(false)
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.on_time.is_empty() && self.late.is_empty()
    }

    /// Held late, when what was accepted fills what was lacking.
    fn made_up(&self, times: usize, last_day: i32) -> Option<DutyState> {
        let lacking = times - self.on_time.len();
        let (day, _) = *self.late.get(lacking - 1)?;
        let sources = self.on_time.iter().copied().chain(self.late[..lacking].iter().map(|(_, source)| *source)).collect();
        Some(DutyState::HeldLate { sources, days_late: day - last_day })
    }
}

impl DutyPlan {
    /// Due, overdue or missed: by the calendar alone.
    fn unfulfilled(&self, last_day: i32, today: i32, n_held: usize, times: usize) -> DutyState {
        let days_left = last_day - today;
        if days_left >= 0 {
            return DutyState::Due { days_left, n_held, times };
        }
        let days_until_lock = days_left + i32::try_from(self.lock_days).unwrap_or(i32::MAX / 2);
        if days_until_lock >= 0 { DutyState::Overdue { days_over: -days_left, days_until_lock } } else { DutyState::Missed }
    }
}
