//! An inspection, its teams and units, and how it stands. Pure: the day comes in.

use jiff::civil::Date;
use policy::InspectionMode;
use store::{OrgId, PersonId};

/// One inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub id: i64,
    /// The filed line on which it was opened.
    pub plan_entry: i64,
    /// Key of its kind in the pack of that version.
    pub kind: String,
    pub mode: InspectionMode,
    pub pack_version: String,
    /// The office that holds it.
    pub organisation: OrgId,
    pub title: String,
    /// What it is about, where it is about one thing.
    pub topic: String,
    pub from: Date,
    /// Its last day.
    pub until: Date,
    pub opened_on: Date,
    /// Codes of the frozen population; of random ones only.
    pub population: Vec<String>,
    pub fingerprint: String,
    /// How many are drawn.
    pub n_wanted: i64,
    /// Which public number is to be the seed, named when the population was frozen; empty: two people give it.
    pub public_source: String,
    pub report_on: Option<Date>,
    pub closed_on: Option<Date>,
}

/// One draw, with the parts of its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub id: i64,
    pub first_part: String,
    pub first_by: Option<PersonId>,
    pub second_part: String,
    pub second_by: Option<PersonId>,
    /// Whose number it is, when it is a public one.
    pub public_source: String,
    pub public_on: Option<Date>,
    pub drawn_on: Option<Date>,
    /// The whole draw was set aside.
    pub aside: Option<String>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    pub id: i64,
    pub name: String,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspector {
    pub team: i64,
    pub person: PersonId,
    pub name: String,
    /// A unit that he came from when the team was formed, of the level at which crossing is kept; nobody's: of above.
    pub from: Option<OrgId>,
}

/// One unit that is inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub id: i64,
    pub inspection: i64,
    pub organisation: OrgId,
    pub draw: Option<i64>,
    pub rank: Option<i64>,
    pub key: String,
    /// It is not inspected, and why.
    pub aside: Option<String>,
    pub team: Option<i64>,
    /// The team opened the check on site.
    pub opened_on: Option<Date>,
    pub handed_in_on: Option<Date>,
}

/// What was found about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: i64,
    pub target: i64,
    /// Key of the item; empty: found beside the list.
    pub item: String,
    pub name: String,
    pub verdict: Verdict,
    pub figure: Figure,
    pub note: String,
    pub owner: String,
    pub due_on: Option<Date>,
    pub problem_type: String,
    /// The row of the ledger that it became.
    pub problem: Option<i64>,
}

/// What the site says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Met,
    NotMet,
    NotApplicable,
}

impl Verdict {
    /// All, with their word in forms and what people read.
    pub const ALL: [(&'static str, &'static str, Self); 3] =
        [("met", "符合", Self::Met), ("not_met", "不符合", Self::NotMet), ("not_applicable", "不适用", Self::NotApplicable)];

    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _, _)| *known == key).map(|(_, _, verdict)| *verdict)
    }

    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, verdict)| *verdict == self).map_or("", |(key, _, _)| key)
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, verdict)| *verdict == self).map_or("", |(_, words, _)| words)
    }
}

/// What the product said of the same on that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Met,
    NotMet,
    /// Nothing is recorded of it, or nothing is counted.
    Silent,
}

impl Figure {
    #[must_use]
    pub fn of(key: &str) -> Self {
        match key {
            "met" => Self::Met,
            "not_met" => Self::NotMet,
            _ => Self::Silent,
        }
    }

    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::Silent => "",
        }
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Met => "系统里达标",
            Self::NotMet => "系统里没有达标",
            Self::Silent => "系统里没有这一项",
        }
    }
}

impl Finding {
    /// Whether product and site can be held against one another.
    #[must_use]
    pub fn is_comparable(&self) -> bool {
        self.figure != Figure::Silent && self.verdict != Verdict::NotApplicable
    }

    /// The product says one thing and the site another.
    #[must_use]
    pub fn is_mismatch(&self) -> bool {
        self.is_comparable() && (self.figure == Figure::Met) != (self.verdict == Verdict::Met)
    }

    /// What stands in the ledger.
    #[must_use]
    pub fn problem_text(&self) -> String {
        if self.item.is_empty() { self.note.clone() } else { format!("{}：{}", self.name, self.note) }
    }
}

/// Items on which product and site differ, and items that can be compared.
#[must_use]
pub fn mismatches<'a>(findings: impl Iterator<Item = &'a Finding>) -> (usize, usize) {
    findings.filter(|it| it.is_comparable()).fold((0, 0), |(n, of), it| (n + usize::from(it.is_mismatch()), of + 1))
}

impl Inspection {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/inspections/{}", self.id)
    }

    /// Whether targets and findings are kept from the inspected side.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.mode == InspectionMode::Unannounced && self.report_on.is_none()
    }

    /// Year and quarter in which it begins.
    #[must_use]
    pub fn quarter(&self) -> (i16, i8) {
        quarter_of(self.from)
    }
}

/// Year and quarter of a day.
#[must_use]
pub fn quarter_of(day: Date) -> (i16, i8) {
    (day.year(), (day.month() - 1) / 3 + 1)
}

impl Target {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/inspections/{}/units/{}", self.inspection, self.id)
    }

    /// Whether it is inspected.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.aside.is_none()
    }
}

impl Draw {
    /// The seed as it is published; `None` while a part is missing.
    #[must_use]
    pub fn seed(&self) -> Option<String> {
        if self.public_source.is_empty() {
            self.second_by?;
            return Some(super::draw::seed_of(&[&self.first_part, &self.second_part]));
        }
        Some(super::draw::seed_of(&[&self.first_part]))
    }
}

/// Least number of units that a draw takes: a share of the population, rounded up, one at least.
#[must_use]
pub fn least_of(n_population: usize, share: policy::Ratio) -> i64 {
    let whole = policy::Ratio::from_integer(i128::try_from(n_population).unwrap_or(i128::MAX));
    i64::try_from((whole * share).ceil().to_integer()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn finding(figure: Figure, verdict: Verdict) -> Finding {
        Finding {
            id: 1,
            target: 1,
            item: "theme_day".to_owned(),
            name: "主题党日".to_owned(),
            verdict,
            figure,
            note: "九月没有开".to_owned(),
            owner: String::new(),
            due_on: None,
            problem_type: String::new(),
            problem: None,
        }
    }

    #[test]
    fn what_nobody_recorded_or_does_not_apply_is_no_mismatch() {
        let all = [
            finding(Figure::Met, Verdict::Met),
            finding(Figure::Met, Verdict::NotMet),
            finding(Figure::NotMet, Verdict::Met),
            finding(Figure::NotMet, Verdict::NotMet),
            finding(Figure::Silent, Verdict::NotMet),
            finding(Figure::Met, Verdict::NotApplicable),
        ];
        assert_eq!(mismatches(all.iter()), (2, 4));
        assert_eq!(all[0].problem_text(), "主题党日：九月没有开");
    }

    #[test]
    fn a_share_is_rounded_up_and_a_quarter_begins_with_its_first_month() {
        let two_percent = policy::Ratio::new(2, 100);
        assert_eq!([0, 1, 50, 51, 101].map(|n| least_of(n, two_percent)), [1, 1, 1, 2, 3]);
        assert_eq!(quarter_of(date(2026, 3, 31)), (2026, 1));
        assert_eq!(quarter_of(date(2026, 10, 1)), (2026, 4));
    }

    #[test]
    fn a_seed_of_two_people_is_whole_when_both_have_spoken() {
        let mut draw = Draw {
            id: 1,
            first_part: " 甲31 ".to_owned(),
            first_by: Some(1),
            second_part: String::new(),
            second_by: None,
            public_source: String::new(),
            public_on: None,
            drawn_on: None,
            aside: None,
        };
        assert_eq!(draw.seed(), None);
        draw.second_part = "乙27".to_owned();
        draw.second_by = Some(2);
        assert_eq!(draw.seed().as_deref(), Some("甲31+乙27"));
    }
}
