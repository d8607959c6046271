//! A member's year: hours and attendance, from the activities that name who came.

use std::collections::HashMap;

use jiff::civil::{Date, date};
use store::OrgId;

use crate::activity::{AbsenceKind, Part, parts_of};
use crate::app::App;

/// What the records of a year say about one member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Year {
    /// 学时, in minutes.
    pub minutes: i64,
    /// Activities at which the member was due, without leave and exemption.
    pub n_due: u32,
    pub n_present: u32,
    pub n_leave: u32,
}

impl Year {
    #[must_use]
    pub fn of(parts: &[Part]) -> Self {
        let mut year = Self::default();
        for part in parts {
            year.minutes += part.minutes;
            match part.absence {
                None => {
                    year.n_due += 1;
                    year.n_present += 1;
                }
                Some(AbsenceKind::Absent) => year.n_due += 1,
                Some(AbsenceKind::Leave | AbsenceKind::Exempt) => year.n_leave += 1,
            }
        }
        year
    }

    /// Hours with one decimal, without a needless zero: 26, 7.5.
    #[must_use]
    pub fn hours(&self) -> String {
        let tenths = self.minutes * 10 / 60;
        if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    }
}

/// First day of a year, and of the next.
#[must_use]
pub fn days_of(year: i16) -> (Date, Date) {
    (date(year, 1, 1), date(year + 1, 1, 1))
}

/// The year's parts by member, for those who belong or belonged to these organisations.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts(app: &App, organisations: &[OrgId], year: i16) -> anyhow::Result<HashMap<i64, Vec<Part>>> {
    let (from, until) = days_of(year);
    parts_of(app.store().reader(), &app.pack(), organisations, from, until).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_leaves_the_denominator_and_absence_does_not() {
        let part = |absence, minutes| Part {
            activity_id: 1,
            organisation: 1,
            kind: "theme_day".to_owned(),
            held_on: date(2026, 3, 5),
            topic: String::new(),
            absence,
            minutes,
        };
        let year = Year::of(&[part(None, 120), part(None, 90), part(Some(AbsenceKind::Leave), 0), part(Some(AbsenceKind::Absent), 0)]);
        assert_eq!((year.n_due, year.n_present, year.n_leave), (3, 2, 1));
        assert_eq!(year.hours(), "3.5");
        assert_eq!(Year { minutes: 120, ..Year::default() }.hours(), "2");
    }
}
