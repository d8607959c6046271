//! The spans that an organisation's rows stand for.

use jiff::civil::Date;
use store::OrgId;

use super::model::{Holding, SINCE_UNKNOWN, Stand, Term, overlap};
use crate::facts::{Facts, SpanFact};

/// The source of these facts.
pub const SOURCE: &str = "organisation";

/// Everything that the facts of one organisation follow from; rows that were superseded are not among it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub id: OrgId,
    /// By first day.
    pub stands: Vec<Stand>,
    /// By day of election.
    pub terms: Vec<Term>,
    pub holdings: Vec<Holding>,
    /// Whether it is a group inside a branch (党小组).
    pub is_group: bool,
}

/// Spans at the organisation itself; those of a group at the branch it stands in.
#[must_use]
pub fn facts_of(record: &Record) -> Facts {
    let mut spans = Vec::new();
    let Some(first) = record.stands.first() else { return Facts::default() };
    let life = (first.from, record.stands.last().and_then(|stand| stand.until));
    let mut add = |kind: &str, organisation: OrgId, subject: i64, span: (Date, Option<Date>)| {
        if let Some((from, until)) = overlap(span, life) {
            spans.push(SpanFact { organisation, kind: kind.to_owned(), from, until, quantity: 1, subject });
        }
    };
    for holding in record.holdings.iter().filter(|holding| holding.post == "secretary" && holding.from > SINCE_UNKNOWN) {
        add("organisation.secretary", record.id, 0, (holding.from, holding.until));
    }
    for span in days_of_two(&record.holdings) {
        add("organisation.committee", record.id, 0, span);
    }
    for (i, term) in record.terms.iter().enumerate() {
        let next = record.terms.get(i + 1).map(|next| next.elected_on);
        if let Some(ends) = term.ends_on().filter(|ends| next.is_none_or(|next| *ends < next)) {
            add("organisation.term_overdue", record.id, 0, (ends, next));
        }
    }
    // Before the day that the roster reaches back to nobody knows who held office: 口径 12.
    let reaches_back_to = record.terms.first().map(|term| term.elected_on).or((first.from > SINCE_UNKNOWN).then_some(first.from));
    if let Some(from) = reaches_back_to {
        add("coverage.organisation", record.id, 0, (from, None));
    }
    if record.is_group {
        for stand in &record.stands {
            if let Some(branch) = stand.parent {
                add("organisation.group", branch, record.id, (stand.from, stand.until));
            }
        }
    }
    Facts { events: Vec::new(), spans }
}

/// When at least two posts were held at once.
fn days_of_two(holdings: &[Holding]) -> Vec<(Date, Option<Date>)> {
    let mut turns: Vec<Date> = holdings.iter().flat_map(|holding| [Some(holding.from), holding.until]).flatten().collect();
    turns.sort_unstable();
    turns.dedup();
    let mut spans: Vec<(Date, Option<Date>)> = Vec::new();
    for (i, from) in turns.iter().enumerate() {
        let until = turns.get(i + 1).copied();
        let n = holdings.iter().filter(|holding| holding.from <= *from && holding.until.is_none_or(|until| until > *from)).count();
        if n < 2 || *from <= SINCE_UNKNOWN {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.1 == Some(*from) => last.1 = until,
            _ => spans.push((*from, until)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn spans(record: &Record) -> Vec<String> {
        facts_of(record)
            .spans
            .iter()
            .map(|s| format!("{} {} {}", s.kind, s.from, s.until.map_or_else(|| "…".to_owned(), |d| d.to_string())))
            .collect()
    }

    #[test]
    fn a_term_is_overdue_from_the_day_it_ends_until_the_next_election() {
        let term = |elected_on, years| Term { elected_on, years, postponed_until: None };
        let record = Record {
            id: 7,
            stands: vec![Stand { from: date(1998, 5, 1), until: None, parent: Some(1) }],
            terms: vec![term(date(2019, 3, 1), 3), term(date(2022, 9, 1), 3)],
            holdings: vec![
                Holding { post: "secretary".to_owned(), from: date(2019, 3, 1), until: None },
                Holding { post: "committee_member".to_owned(), from: date(2022, 9, 1), until: Some(date(2024, 1, 1)) },
            ],
            is_group: false,
        };
        assert_eq!(
            spans(&record),
            [
                "organisation.secretary 2019-03-01 …",
                "organisation.committee 2022-09-01 2024-01-01",
                "organisation.term_overdue 2022-03-01 2022-09-01",
                "organisation.term_overdue 2025-09-01 …",
                "coverage.organisation 2019-03-01 …",
            ]
        );
    }

    #[test]
    fn nothing_holds_after_it_was_dissolved_and_an_unknown_day_evidences_nothing() {
        let gone = Record {
            id: 7,
            stands: vec![Stand { from: date(1998, 5, 1), until: Some(date(2024, 1, 1)), parent: Some(1) }],
            holdings: vec![Holding { post: "secretary".to_owned(), from: date(2019, 3, 1), until: None }],
            ..Record::default()
        };
        assert_eq!(spans(&gone), ["organisation.secretary 2019-03-01 2024-01-01", "coverage.organisation 1998-05-01 2024-01-01"]);
        let unknown = Record {
            id: 7,
            stands: vec![Stand { from: SINCE_UNKNOWN, until: None, parent: Some(1) }],
            holdings: vec![Holding { post: "secretary".to_owned(), from: SINCE_UNKNOWN, until: None }],
            ..Record::default()
        };
        assert!(spans(&unknown).is_empty());
    }
}
