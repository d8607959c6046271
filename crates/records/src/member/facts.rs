//! The spans that a member's rows stand for, at the branch of the day.

use jiff::civil::Date;
use store::OrgId;

use crate::facts::{Facts, SpanFact};
use crate::organisation::overlap;

/// The source of these facts.
pub const SOURCE: &str = "member";

/// Everything that the facts of one member follow from; rows that were superseded are not among it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub id: i64,
    pub full_on: Option<Date>,
    pub belongs: Vec<Belongs>,
    /// Spans in which the member lived elsewhere.
    pub mobile: Vec<(Date, Option<Date>)>,
}

/// Belonging to a branch, `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belongs {
    pub organisation: OrgId,
    pub from: Date,
    pub until: Option<Date>,
}

/// Spans at each branch that the member belonged to; the subject is the member.
#[must_use]
pub fn facts_of(record: &Record) -> Facts {
    let mut spans = Vec::new();
    for belongs in &record.belongs {
        let here = (belongs.from, belongs.until);
        let mut add = |kind: &str, span: Option<(Date, Option<Date>)>| {
            if let Some((from, until)) = span {
                spans.push(SpanFact { organisation: belongs.organisation, kind: kind.to_owned(), from, until, quantity: 1, subject: record.id });
            }
        };
        add("member.all", Some(here));
        match record.full_on {
            None => add("member.probationary", Some(here)),
            Some(full_on) => {
                add("member.probationary", overlap(here, (Date::MIN, Some(full_on))));
                add("member.full", overlap(here, (full_on, None)));
            }
        }
        for span in &record.mobile {
            add("member.mobile", overlap(here, *span));
        }
    }
    Facts { events: Vec::new(), spans }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_transfer_closes_the_spans_at_one_branch_and_opens_them_at_the_other() {
        let moved = date(2025, 6, 1);
        let record = Record {
            id: 5,
            full_on: Some(date(2024, 7, 1)),
            belongs: vec![
                Belongs { organisation: 1, from: date(2023, 7, 1), until: Some(moved) },
                Belongs { organisation: 2, from: moved, until: None },
            ],
            mobile: vec![(date(2025, 1, 1), None)],
        };
        let text: Vec<String> = facts_of(&record)
            .spans
            .iter()
            .map(|s| format!("{} {} {} {}", s.organisation, s.kind, s.from, s.until.map_or_else(|| "…".to_owned(), |d| d.to_string())))
            .collect();
        assert_eq!(
            text,
            [
                "1 member.all 2023-07-01 2025-06-01",
                "1 member.probationary 2023-07-01 2024-07-01",
                "1 member.full 2024-07-01 2025-06-01",
                "1 member.mobile 2025-01-01 2025-06-01",
                "2 member.all 2025-06-01 …",
                "2 member.full 2025-06-01 …",
                "2 member.mobile 2025-06-01 …",
            ]
        );
    }
}
