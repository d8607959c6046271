//! A problem and how it stands. Pure: the day comes in.

use jiff::civil::Date;
use store::{OrgId, PersonId};

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub id: i64,
    /// Where it is.
    pub organisation: OrgId,
    /// Who handed it over and verifies; while another checks it first, that one.
    pub issuer: OrgId,
    /// The case in which it is put right.
    pub case_id: i64,
    pub case_item: i64,
    /// The case is about this problem alone; else it was found in a procedure about more.
    pub is_own: bool,
    pub source: String,
    /// Empty: nobody said.
    pub kind: String,
    pub text: String,
    /// What was seen, where.
    pub basis: String,
    /// Post and name of whoever is responsible.
    pub owner: String,
    pub due_on: Date,
    pub raised_on: Date,
    pub raised_by: Option<PersonId>,
    /// In whose place it was entered, when that person has no account.
    pub raiser: String,
    /// The closed problem of the same type, at the same place, that came before.
    pub recurs: Option<i64>,
    pub origin: String,
    pub origin_id: Option<i64>,
    pub is_handed_in: bool,
    pub closed_on: Option<Date>,
    pub is_late: bool,
    pub is_dismissed: bool,
    /// The step of its case; `None`: not read from there.
    pub step: Option<Step>,
}

/// A step of a case, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub procedure: String,
    pub stage: String,
    pub since: Date,
}

/// How a problem stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is being put right.
    Open,
    /// It should have been put right by now.
    Overdue,
    /// The unit says it is done.
    Verifying,
    Closed,
    /// It turned out not to be one.
    Dismissed,
}

impl State {
    /// All, with the word of the address line and what people read.
    pub const ALL: [(&'static str, &'static str, Self); 5] = [
        ("open", "整改中", Self::Open),
        ("overdue", "逾期", Self::Overdue),
        ("verifying", "待核验", Self::Verifying),
        ("closed", "已销号", Self::Closed),
        ("dismissed", "已撤销", Self::Dismissed),
    ];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, state)| *state == self).map_or("", |(_, words, _)| words)
    }
}

impl Problem {
    /// How it stands.
    #[must_use]
    pub fn state(&self, on: Date) -> State {
        match self.closed_on {
            Some(_) if self.is_dismissed => State::Dismissed,
            Some(_) => State::Closed,
            None if self.is_handed_in => State::Verifying,
            None if self.due_on < on => State::Overdue,
            None => State::Open,
        }
    }

    /// Days until its deadline; negative: over.
    #[must_use]
    pub fn days_left(&self, on: Date) -> i64 {
        i64::from((self.due_on - on).get_days())
    }

    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/problems/{}", self.id)
    }

    /// Its first words.
    #[must_use]
    pub fn title(&self) -> String {
        shortened(&self.text, N_TITLE)
    }
}

/// Characters of a title.
const N_TITLE: usize = 40;

/// The beginning of a text.
#[must_use]
pub fn shortened(text: &str, n: usize) -> String {
    let text = text.lines().next().unwrap_or_default();
    if text.chars().count() <= n { text.to_owned() } else { text.chars().take(n).chain(['…']).collect() }
}

/// Who hands a problem over and verifies: the nearest of the raiser's own places that stands above the organisation, else the next
/// committee above. Never the organisation itself: nobody verifies his own.
#[must_use]
pub fn issuer_of(organisation: OrgId, superiors: &[OrgId], committees: &[OrgId], places: &[OrgId]) -> Option<OrgId> {
    let own = superiors.iter().find(|above| places.contains(above));
    own.or_else(|| superiors.iter().find(|above| committees.contains(above))).copied().filter(|issuer| *issuer != organisation)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn problem() -> Problem {
        Problem {
            id: 1,
            organisation: 5,
            issuer: 3,
            case_id: 1,
            case_item: 1,
            is_own: true,
            source: String::new(),
            kind: String::new(),
            text: "会议记录没有写决议".to_owned(),
            basis: String::new(),
            owner: String::new(),
            due_on: date(2026, 6, 30),
            raised_on: date(2026, 6, 1),
            raised_by: None,
            raiser: String::new(),
            recurs: None,
            origin: String::new(),
            origin_id: None,
            is_handed_in: false,
            closed_on: None,
            is_late: false,
            is_dismissed: false,
            step: None,
        }
    }

    #[test]
    fn the_last_day_is_in_time_and_what_is_handed_in_waits_for_others() {
        let mut it = problem();
        assert_eq!(it.state(date(2026, 6, 30)), State::Open);
        assert_eq!(it.state(date(2026, 7, 1)), State::Overdue);
        it.is_handed_in = true;
        assert_eq!(it.state(date(2026, 9, 1)), State::Verifying);
        it.closed_on = Some(date(2026, 9, 2));
        assert_eq!(it.state(date(2026, 9, 2)), State::Closed);
        it.is_dismissed = true;
        assert_eq!(it.state(date(2026, 9, 2)), State::Dismissed);
    }

    #[test]
    fn the_issuer_stands_above_and_is_never_the_organisation_itself() {
        // 5 below the general branch 4, below the committees 3, 2, 1.
        let (superiors, committees) = ([4, 3, 2, 1], [3, 2, 1]);
        assert_eq!(issuer_of(5, &superiors, &committees, &[2]), Some(2), "the county found it and verifies it");
        assert_eq!(issuer_of(5, &superiors, &committees, &[5]), Some(3), "found by itself: the next committee");
        assert_eq!(issuer_of(5, &superiors, &committees, &[]), Some(3));
        assert_eq!(issuer_of(1, &[], &committees, &[1]), None, "nobody stands above the top");
    }
}
