//! What a problem stands for in the assessment: raised on a day, closed on a day, late if it once was, again if it was closed before.

use jiff::civil::Date;
use store::{OrgId, Tx, query};

use super::listed;
use super::model::Problem;
use crate::facts::{EventFact, Facts};

/// Of facts of problems, the source.
pub(super) const SOURCE: &str = "problem";

/// The facts of a problem; one that turned out to be none stands for nothing.
#[must_use]
pub fn facts_of(it: &Problem) -> Facts {
    facts_at(it.organisation, it.raised_on, it.recurs.is_some(), it.closed_on, it.is_late, it.is_dismissed)
}

/// The facts of these problems as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let sql = format!(
            "select id, organisation_id, raised_on, recurs_id, closed_on, is_late, is_dismissed from problem where id in ({})",
            listed(chunk)
        );
        for row in query(tx.connection(), sql, []).await? {
            let closed_on: Option<String> = row.try_get_by_index(4)?;
            let of = facts_at(
                row.try_get_by_index(1)?,
                row.try_get_by_index::<String>(2)?.parse()?,
                row.try_get_by_index::<Option<i64>>(3)?.is_some(),
                closed_on.map(|day| day.parse()).transpose()?,
                row.try_get_by_index(5)?,
                row.try_get_by_index(6)?,
            );
            facts.push((row.try_get_by_index(0)?, of));
        }
    }
    Ok(facts)
}

fn facts_at(organisation: OrgId, raised_on: Date, recurs: bool, closed_on: Option<Date>, is_late: bool, is_dismissed: bool) -> Facts {
    if is_dismissed {
        return Facts::default();
    }
    let verified = i64::from(assessment::Flags::VERIFIED.0);
    let event =
        |kind: &str, day: Date, flags: i64| EventFact { organisation, day, kind: kind.to_owned(), quantity: 1, subject: 0, flags, makes_up: None };
    let mut events = vec![event("problem.opened", raised_on, 0)];
    events.extend(recurs.then(|| event("problem.recurred", raised_on, 0)));
    if let Some(day) = closed_on {
        let late = if is_late { i64::from(assessment::Flags::LATE.0) } else { 0 };
        events.push(event("problem.closed", day, verified | late));
        events.extend(is_late.then(|| event("problem.late", day, verified | late)));
    }
    Facts { events, spans: Vec::new() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn kinds(recurs: bool, closed_on: Option<Date>, is_late: bool, is_dismissed: bool) -> Vec<String> {
        facts_at(7, date(2026, 3, 1), recurs, closed_on, is_late, is_dismissed).events.into_iter().map(|event| event.kind).collect()
    }

    #[test]
    fn what_is_none_counts_nothing_and_late_stays_late() {
        let closed = Some(date(2026, 4, 1));
        assert_eq!(kinds(false, None, false, false), ["problem.opened"]);
        assert_eq!(kinds(true, None, false, false), ["problem.opened", "problem.recurred"]);
        assert_eq!(kinds(false, closed, true, false), ["problem.opened", "problem.closed", "problem.late"]);
        assert_eq!(kinds(true, closed, false, true), [""; 0]);
    }
}
