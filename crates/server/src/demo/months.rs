//! What the branches of the demo city did, month by month; diligence differs.

use jiff::civil::Date;
use policy::{Per, Period};
use store::OrgId;

use super::chance::Chance;
use super::city::forward;
use super::words;
use crate::activity::{Absence, AbsenceKind, Attendance, NewActivity};
use crate::duty::Theme;

/// A branch as the months need it.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub id: OrgId,
    pub code: String,
    pub host: Option<String>,
    pub theme_day: i8,
    /// In a thousand, how surely it does what is due.
    pub diligence: i64,
    pub members: Vec<i64>,
    pub has_committee: bool,
    pub has_groups: bool,
}

impl Branch {
    /// Most are diligent, some are not.
    pub fn diligence_of(code: &str) -> i64 {
        let mut chance = Chance::of(&format!("diligence/{code}"));
        match chance.between(0, 99) {
            0..=6 => chance.between(420, 700),
            7..=24 => chance.between(800, 930),
            _ => chance.between(950, 1000),
        }
    }

    /// What it did in a month, entered by `until` (the last day that has passed); on its theme day, what the superior set.
    pub fn month(&self, month: Period, theme: Option<&Theme>, until: Date) -> Vec<NewActivity> {
        let mut chance = Chance::of(&format!("month/{}/{month}", self.code));
        let mut done = Vec::new();
        let quarter_end = month.ordinal % 3 == 0;
        let mut add = |chance: &mut Chance, kind: &str, day: i64, minutes: i64| {
            let held_on = forward(month.from(), day.clamp(1, 28) - 1);
            if chance.in_thousand(self.diligence) && held_on <= until {
                let theme = theme.filter(|_| kind == "theme_day");
                done.push(self.record(chance, kind, theme, held_on, minutes, until));
            }
        };
        add(&mut chance, "theme_day", i64::from(self.theme_day), 120);
        if self.has_committee {
            let day = chance.between(2, 26);
            add(&mut chance, "branch_committee_meeting", day, 60);
        }
        if self.has_groups {
            let day = chance.between(2, 26);
            add(&mut chance, "group_meeting", day, 60);
        }
        if quarter_end {
            let (meeting, lecture) = (chance.between(5, 25), chance.between(5, 25));
            add(&mut chance, "general_meeting", meeting, 120);
            add(&mut chance, "party_lecture", lecture, 120);
        }
        if month.ordinal == 1 {
            let day = chance.between(8, 27);
            add(&mut chance, "organisational_life_meeting", day, 180);
            add(&mut chance, "member_appraisal", day, 60);
        }
        if month.ordinal == 6 {
            let day = chance.between(5, 25);
            add(&mut chance, "heart_to_heart_talk", day, 30);
        }
        done
    }

    fn record(&self, chance: &mut Chance, kind: &str, theme: Option<&Theme>, held_on: Date, minutes: i64, until: Date) -> NewActivity {
        let entered_on = forward(held_on, if chance.in_thousand(900) { chance.between(0, 2) } else { chance.between(3, 12) }).min(until);
        let own = *chance.one(words::topics(kind));
        let topic = format!("{}（{} 月）", theme.map_or(own, |theme| theme.title.as_str()), held_on.month());
        let attendance = if kind == "heart_to_heart_talk" {
            let n = i64::try_from(self.members.len()).unwrap_or(1).min(6);
            Attendance::Counts { n_eligible: n, n_present: n }
        } else {
            Attendance::Names { absences: self.absences(chance, kind), n_guests: i64::from(chance.in_thousand(120)) * 2 }
        };
        let contents = if kind == "theme_day" {
            let own = *chance.one(&["党性教育", "业务培训", "志愿服务", "民情恳谈"]);
            theme.map_or_else(|| vec![own.to_owned()], |theme| theme.contents.clone())
        } else {
            Vec::new()
        };
        NewActivity {
            organisation: self.id,
            kind: kind.to_owned(),
            held_on,
            topic,
            place: Some("党员活动室".to_owned()),
            host: self.host.clone(),
            attendance,
            minutes,
            contents,
            decisions: Vec::new(),
            notes: None,
            is_on_paper: true,
            entered_on,
            source: "branch".to_owned(),
            makes_up: None,
            late_reason: None,
        }
    }

    fn absences(&self, chance: &mut Chance, kind: &str) -> Vec<Absence> {
        let rate = if kind == "branch_committee_meeting" { 40 } else { 90 + (1000 - self.diligence) / 2 };
        self.members
            .iter()
            .filter_map(|member| {
                if !chance.in_thousand(rate) {
                    return None;
                }
                let is_leave = chance.in_thousand(650);
                let reason = if is_leave { (*chance.one(&words::LEAVE)).to_owned() } else { String::new() };
                Some(Absence { member_id: *member, kind: if is_leave { AbsenceKind::Leave } else { AbsenceKind::Absent }, reason })
            })
            .collect()
    }

    /// In some months something missed is made up shortly after, for the superior to accept.
    pub fn made_up(&self, month: Period, theme: Option<&Theme>, until: Date) -> Option<NewActivity> {
        let mut chance = Chance::of(&format!("made_up/{}/{month}", self.code));
        let held_on = forward(month.until(), chance.between(1, 8));
        if self.diligence > 900 || !chance.in_thousand(300) || held_on > until {
            return None;
        }
        let record = self.record(&mut chance, "theme_day", theme, held_on, 120, until);
        Some(NewActivity {
            makes_up: Some(month),
            topic: format!("{}，补办", record.topic),
            late_reason: Some("当月农忙，主要人员外出".to_owned()),
            ..record
        })
    }
}

/// The twelve closed months before `today`, and the current one.
pub(super) fn months(today: Date) -> Vec<Period> {
    let mut months = vec![Period::containing(today, Per::Month)];
    for _ in 0..12 {
        months.push(months[months.len() - 1].previous());
    }
    months.reverse();
    months
}
