//! Who is assessed, and what people have marked about it.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Key, Period, Ratio};

/// An organisation that is assessed, as it was on the day the period ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub id: i64,
    pub code: String,
    pub name: String,
    /// Key of the pack's `organisation_kind`.
    pub kind: Key,
    /// Key of the pack's `field`.
    pub field: Key,
    /// Key of the pack's `level`.
    pub level: Key,
    /// Founded on.
    pub from: Date,
    /// First day on which it no longer exists.
    pub until: Option<Date>,
    /// From this day on its records are kept here; `None`: not yet.
    pub go_live: Option<Date>,
    /// Nearest first.
    pub superiors: Vec<Superior>,
}

/// One organisation above a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superior {
    pub id: i64,
    pub code: String,
    /// Key of the pack's `level`.
    pub level: Key,
}

impl Subject {
    /// The nearest superior of a level.
    #[must_use]
    pub fn superior_at(&self, level: &str) -> Option<&Superior> {
        self.superiors.iter().find(|s| s.level == level)
    }

    /// Whether it exists on `day`.
    #[must_use]
    pub fn exists_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// What people decided about organisations: excuses, judged values, waivers. A returned record is a flag of its fact.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    by_org: HashMap<i64, OrgMarks>,
}

/// The marks of one organisation.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrgMarks {
    excuses: Vec<(Key, Period, String)>,
    judged: Vec<(Key, Ratio)>,
    /// Of each ballot, the share of all points that it came to, or why it was not counted.
    ballots: Vec<(Key, Result<Ratio, String>)>,
    waived: Vec<(Key, String)>,
}

static NO_MARKS: OrgMarks = OrgMarks { excuses: Vec::new(), judged: Vec::new(), waived: Vec::new(), ballots: Vec::new() };

impl Marks {
    /// Nothing marked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Excuses an organisation from a duty in a period of that duty.
    pub fn excuse(&mut self, org: i64, duty: &str, period: Period, reason: &str) {
        self.by_org.entry(org).or_default().excuses.push((duty.to_owned(), period, reason.to_owned()));
    }

    /// Records what people judged, 0 to the item's weight. A later judgement replaces an earlier one.
    pub fn judge(&mut self, org: i64, indicator: &str, points: Ratio) {
        let judged = &mut self.by_org.entry(org).or_default().judged;
        judged.retain(|(key, _)| key != indicator);
        judged.push((indicator.to_owned(), points));
    }

    /// Waives an item that lacks evidence, with a reason that the result prints.
    pub fn waive(&mut self, org: i64, indicator: &str, reason: &str) {
        self.by_org.entry(org).or_default().waived.push((indicator.to_owned(), reason.to_owned()));
    }

    /// Takes over what a ballot came to: the share of all points, 0 to 1, or the sentence that says why it was not counted. A later
    /// one replaces an earlier one. It goes before what was judged by hand for the items that name the ballot.
    pub fn take_ballot(&mut self, org: i64, ballot: &str, counted: Result<Ratio, impl ToString>) {
        let ballots = &mut self.by_org.entry(org).or_default().ballots;
        ballots.retain(|(key, _)| key != ballot);
        ballots.push((ballot.to_owned(), counted.map_err(|why| why.to_string())));
    }

    /// The same marks with every judged value as `change` has it, by organisation and indicator.
    pub(crate) fn with_judged(&self, change: impl Fn(i64, &str, Ratio) -> Ratio) -> Self {
        let mut marks = self.clone();
        for (org, of_org) in &mut marks.by_org {
            for (indicator, points) in &mut of_org.judged {
                *points = change(*org, indicator, *points);
            }
        }
        marks
    }

    pub(crate) fn of(&self, org: i64) -> &OrgMarks {
        self.by_org.get(&org).unwrap_or(&NO_MARKS)
    }
}

impl OrgMarks {
    pub(crate) fn has_excuses(&self) -> bool {
        !self.excuses.is_empty()
    }

    /// Why the organisation is excused from `duty` in `period`.
    pub(crate) fn excuse_of(&self, duty: &str, period: Period) -> Option<&str> {
        self.excuses.iter().find(|(key, of, _)| key == duty && *of == period).map(|(_, _, reason)| reason.as_str())
    }

    pub(crate) fn judged(&self, indicator: &str) -> Option<Ratio> {
        self.judged.iter().find(|(key, _)| key == indicator).map(|(_, points)| *points)
    }

    /// What a ballot came to.
    pub(crate) fn ballot(&self, ballot: &str) -> Option<&Result<Ratio, String>> {
        self.ballots.iter().find(|(key, _)| key == ballot).map(|(_, counted)| counted)
    }

    pub(crate) fn waived(&self, indicator: &str) -> Option<&str> {
        self.waived.iter().find(|(key, _)| key == indicator).map(|(_, reason)| reason.as_str())
    }
}
