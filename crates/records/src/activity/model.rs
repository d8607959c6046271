//! What an activity is, and what cannot be right about one. Pure.

use jiff::civil::Date;
use policy::{Pack, Period};
use serde::{Deserialize, Serialize};
use store::OrgId;

use super::roster::Roster;

/// Source of a record that a branch entered itself.
pub const BY_BRANCH: &str = "branch";

/// Who came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attendance {
    /// Exceptions from the roster of the day; everybody else was present.
    Names { absences: Vec<Absence>, n_guests: i64 },
    /// Head counts without names, as workbooks have them.
    Counts { n_eligible: i64, n_present: i64 },
}

/// Somebody of the roster who was not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub member_id: i64,
    pub kind: AbsenceKind,
    /// In words: 外出务工.
    #[serde(default)]
    pub reason: String,
}

/// Leave and exemption leave the denominator of the rate; absence does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    Leave,
    Exempt,
    Absent,
}

/// Something decided, with owner and date, to be followed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub text: String,
    #[serde(default)]
    pub owner: String,
    #[serde(default)]
    pub due_on: Option<Date>,
    /// Votes in favour, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_for: Option<i64>,
}

/// A record as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewActivity {
    pub organisation: OrgId,
    /// Key of the pack's `activity`.
    pub kind: String,
    /// The day it was held: what duties are judged by.
    pub held_on: Date,
    pub topic: String,
    pub place: Option<String>,
    pub host: Option<String>,
    pub attendance: Attendance,
    /// 学时, in minutes.
    pub minutes: i64,
    /// “+” contents from the pack's list.
    pub contents: Vec<String>,
    pub decisions: Vec<Decision>,
    /// Minutes of the meeting, as text.
    pub notes: Option<String>,
    /// Whether the minutes are kept on paper.
    pub is_on_paper: bool,
    pub entered_on: Date,
    /// `branch`, or `import:JOB`.
    pub source: String,
    /// The earlier period that it makes up, if it does.
    pub makes_up: Option<Period>,
    /// Why it is entered after the period was locked.
    pub late_reason: Option<String>,
}

impl NewActivity {
    /// Branch, kind, day and topic: what makes two records the same.
    #[must_use]
    pub fn key(&self) -> String {
        Self::key_of(self.organisation, &self.kind, self.held_on, &self.topic)
    }

    /// The key of a record with this branch, kind, day and topic.
    #[must_use]
    pub fn key_of(organisation: OrgId, kind: &str, held_on: Date, topic: &str) -> String {
        format!("{organisation}|{kind}|{held_on}|{topic}")
    }
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub id: i64,
    pub record: NewActivity,
    /// Due without those on leave or exempt: the denominator of the rate.
    pub n_eligible: i64,
    pub n_present: i64,
    pub n_guests: i64,
    pub absences: Vec<Absence>,
    pub entered_by: Option<i64>,
    /// Entered after the period was locked, and the superior has not consented yet: counts nothing so far.
    pub waits_for_consent: bool,
    pub accepted_at: Option<String>,
    pub accepted_by: Option<i64>,
    /// Set while it stands returned.
    pub returned_reason: Option<String>,
    pub returned_at: Option<String>,
    pub returned_by: Option<i64>,
}

impl Activity {
    #[must_use]
    pub fn organisation(&self) -> OrgId {
        self.record.organisation
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.record, &other.record);
        (a.host.as_deref(), a.minutes, &a.contents, &a.decisions, &a.notes, a.entered_on)
            == (b.host.as_deref(), b.minutes, &b.contents, &b.decisions, &b.notes, b.entered_on)
            && (self.n_eligible, self.n_present, self.n_guests, &self.absences)
                == (other.n_eligible, other.n_present, other.n_guests, &other.absences)
            && self.returned_reason.is_none()
    }

    /// The same content under the number and with the consent of a kept record; a returned one is handed in again.
    pub(super) fn in_place_of(mut self, kept: &Self) -> Self {
        self.id = kept.id;
        self.entered_by = kept.entered_by;
        self.accepted_at.clone_from(&kept.accepted_at);
        self.accepted_by = kept.accepted_by;
        self.waits_for_consent = self.waits_for_consent && self.accepted_at.is_none();
        self
    }
}

/// How many days after it was held it was entered; shown, and scored nowhere.
#[must_use]
pub fn days_late(activity: &Activity) -> i32 {
    (activity.record.entered_on - activity.record.held_on).get_days().max(0)
}

/// The periods of the duties that a record of this kind bears on: the one it makes up, else those it was held in.
#[must_use]
pub fn periods_of(pack: &Pack, kind: &str, held_on: Date, makes_up: Option<Period>) -> Vec<Period> {
    let satisfies = pack.activities.get(kind).map(|activity| activity.also_satisfies.as_slice()).unwrap_or_default();
    let mut periods: Vec<Period> = pack
        .duties
        .values()
        .filter(|duty| duty.activity == kind || satisfies.contains(&duty.activity))
        .map(|duty| makes_up.filter(|period| period.per == duty.per).unwrap_or_else(|| Period::containing(held_on, duty.per)))
        .collect();
    periods.sort_by_key(|period| (period.from(), period.per));
    periods.dedup();
    periods
}

/// The day after which records of a period need a reason and the superior's consent.
#[must_use]
pub fn lock_day(pack: &Pack, period: Period, on: Date) -> Option<Date> {
    let days = pack.whole("period_lock_days", on)?;
    period.last_day().checked_add(jiff::Span::new().days(days)).ok()
}

/// The locked period that a record entered on `entered_on` belongs to, if there is one.
#[must_use]
pub fn locked_period(pack: &Pack, kind: &str, held_on: Date, makes_up: Option<Period>, entered_on: Date) -> Option<Period> {
    periods_of(pack, kind, held_on, makes_up).into_iter().find(|period| lock_day(pack, *period, entered_on).is_some_and(|last| entered_on > last))
}

/// Kinds of activity that count for a duty which asks for `activity`.
#[must_use]
pub fn kinds_for(pack: &Pack, activity: &str) -> Vec<String> {
    let larger = pack.activities.iter().filter(|(_, other)| other.also_satisfies.iter().any(|of| of == activity)).map(|(key, _)| key.clone());
    std::iter::once(activity.to_owned()).chain(larger).collect()
}

/// The periods that a record bears on.
pub(super) fn periods(pack: &Pack, record: &NewActivity) -> Vec<Period> {
    periods_of(pack, &record.kind, record.held_on, record.makes_up)
}

/// Whether the superior must consent before it counts: its period was locked when it was entered, or it makes one up.
pub(super) fn needs_consent(pack: &Pack, record: &NewActivity, entered_on: Date) -> bool {
    record.makes_up.is_some() || locked_period(pack, &record.kind, record.held_on, None, entered_on).is_some()
}

/// What a branch may not hand in, beyond what cannot be right.
pub(super) fn refused_by_branch(pack: &Pack, record: &NewActivity, roster: Option<&Roster>) -> Option<String> {
    let lacks_reason = record.late_reason.as_deref().unwrap_or_default().trim().is_empty();
    if needs_consent(pack, record, record.entered_on) && lacks_reason {
        return Some(match record.makes_up {
            Some(period) => format!("补办 {}的，请写明当期没有开展的原因，由上级同意后才计入。", period.label()),
            None => "这一期已经锁定，请写明为什么现在才录入，由上级同意后才计入。".to_owned(),
        });
    }
    refused_names(pack, record, roster)
}

/// Only those whom the superior exempted are exempt, everybody else is on leave or absent; and enough came for what was decided.
pub(super) fn refused_names(pack: &Pack, record: &NewActivity, roster: Option<&Roster>) -> Option<String> {
    if let Some((_, sentence)) = super::vote::refused(pack, record, roster) {
        return Some(sentence);
    }
    let Attendance::Names { absences, .. } = &record.attendance else { return None };
    let kind = pack.activities.get(&record.kind)?.roster;
    let exempt = |id: i64| {
        roster.is_some_and(|roster| roster.people(kind, record.held_on).any(|person| person.member_id == id && person.is_exempt(record.held_on)))
    };
    let wrong = absences.iter().find(|absence| absence.kind == AbsenceKind::Exempt && !exempt(absence.member_id))?;
    let name = roster
        .and_then(|roster| roster.people(kind, record.held_on).find(|person| person.member_id == wrong.member_id))
        .map_or("有的党员", |person| person.name.as_str());
    Some(format!("{name}没有经上级批准免于参加，请选请假或者缺席；年老体弱的可以先在党员页面申请。"))
}

/// What cannot be right.
pub(super) fn check(pack: &Pack, record: &NewActivity, today: Date) -> Result<(), String> {
    if !pack.activities.contains_key(&record.kind) {
        return Err("没有这一类活动，请从列表中选".to_owned());
    }
    if record.topic.trim().is_empty() {
        return Err("请写活动主题".to_owned());
    }
    if record.held_on > today {
        return Err(format!("活动日期 {} 还没有到，请填实际开展的日期", record.held_on));
    }
    if record.minutes < 0 || record.minutes > 24 * 60 {
        return Err("学时应在 0 到 24 小时之间".to_owned());
    }
    if let Attendance::Counts { n_eligible, n_present } = record.attendance {
        if n_eligible < 0 || n_present < 0 {
            return Err("应到、实到人数不能是负数".to_owned());
        }
        if n_present > n_eligible {
            return Err(format!("实到 {n_present} 人多于应到 {n_eligible} 人"));
        }
    }
    if let Some(period) = record.makes_up
        && record.held_on <= period.last_day()
    {
        return Err(format!("活动日期在 {} 之内，不用选补办", period.label()));
    }
    Ok(())
}
