//! What an activity is, and what cannot be right about one. Pure.

use jiff::civil::Date;
use policy::{Pack, Period};
use serde::{Deserialize, Serialize};
use store::OrgId;

/// Source of a record that a branch entered itself.
pub(super) const BY_BRANCH: &str = "branch";

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
    /// Set while it stands returned.
    pub returned_reason: Option<String>,
}

impl Activity {
    #[must_use]
    pub fn organisation(&self) -> OrgId {
        self.record.organisation
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.record, &other.record);
        (a.host.as_deref(), a.minutes, &a.contents, &a.decisions, &a.notes, a.entered_on) == (b.host.as_deref(), b.minutes, &b.contents, &b.decisions, &b.notes, b.entered_on)
            && (self.n_eligible, self.n_present, self.n_guests, &self.absences) == (other.n_eligible, other.n_present, other.n_guests, &other.absences)
            && self.returned_reason.is_none()
    }

    /// The same content under the number and with the consent of a kept record; a returned one is handed in again.
    pub(super) fn in_place_of(mut self, kept: &Self) -> Self {
        self.id = kept.id;
        self.entered_by = kept.entered_by;
        self.accepted_at.clone_from(&kept.accepted_at);
        self.waits_for_consent = self.waits_for_consent && self.accepted_at.is_none();
        self
    }
}

/// How many days after it was held it was entered; shown, and scored nowhere.
#[must_use]
pub fn days_late(activity: &Activity) -> i32 {
    (activity.record.entered_on - activity.record.held_on).get_days().max(0)
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
