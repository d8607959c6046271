//! What a task stands for in the assessment: owed on its day from the day of handing down on, in time by the day it was fed back, open
//! past its day as long as it is, fulfilled on the day it was verified, and late if it once was.

use std::collections::BTreeMap;

use jiff::civil::Date;
use store::{OrgId, Tx, query};

use crate::directory::optional_day;
use crate::facts::{EventFact, Facts, SpanFact};

/// Of facts of tasks, the source.
pub(super) const SOURCE: &str = "task";

/// What happened to a task that moves its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    FedBack,
    /// Sent back, with another day or under the old one.
    Returned(Option<Date>),
    Verified,
    Reopened,
}

/// A task as its facts need it.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub organisation: OrgId,
    /// The day set first, and the day in force now.
    pub first_due_on: Date,
    pub due_on: Date,
    pub issued_on: Date,
    pub fulfilled_on: Option<Date>,
    pub is_late: bool,
    pub moves: Vec<(Date, Move)>,
}

/// The facts of these tasks as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = super::store::listed(chunk);
        let acts = format!(
            "select a.case_id, a.kind, a.fields, a.acted_at from case_act a join task t on t.case_id = a.case_id where t.id in ({list}) and a.kind in ('submit', 'return', 'close_out', 'reopen') order by a.id"
        );
        let mut moves: BTreeMap<i64, Vec<(Date, Move)>> = BTreeMap::new();
        for row in query(tx.connection(), acts, []).await? {
            let made = match row.try_get::<String>("", "kind")?.as_str() {
                "submit" => Move::FedBack,
                "return" => Move::Returned(moved_to(&row.try_get::<String>("", "fields")?)?),
                "reopen" => Move::Reopened,
                _ => Move::Verified,
            };
            let at: jiff::Timestamp = row.try_get::<String>("", "acted_at")?.parse()?;
            moves.entry(row.try_get("", "case_id")?).or_default().push((store::day_of(at), made));
        }
        let tasks = format!(
            "select t.id, t.organisation_id, t.due_on, t.issued_on, t.fulfilled_on, t.is_late, t.case_id, coalesce(c.due_on, t.due_on) as due_now from task t join case_file c on c.id = t.case_id where t.id in ({list}) order by t.id"
        );
        for row in query(tx.connection(), tasks, []).await? {
            let run = Run {
                organisation: row.try_get("", "organisation_id")?,
                first_due_on: row.try_get::<String>("", "due_on")?.parse()?,
                due_on: row.try_get::<String>("", "due_now")?.parse()?,
                issued_on: row.try_get::<String>("", "issued_on")?.parse()?,
                fulfilled_on: optional_day(&row, "fulfilled_on")?,
                is_late: row.try_get("", "is_late")?,
                moves: moves.remove(&row.try_get::<i64>("", "case_id")?).unwrap_or_default(),
            };
            facts.push((row.try_get("", "id")?, facts_of(&run)));
        }
    }
    Ok(facts)
}

/// The new day that a step set, if it set one.
fn moved_to(fields: &str) -> anyhow::Result<Option<Date>> {
    let fields: serde_json::Value = serde_json::from_str(fields)?;
    Ok(fields.get("due_on").and_then(|day| day.as_str()).and_then(|day| day.parse().ok()))
}

/// The facts of one task: all but the last span follow from days that are over.
#[must_use]
pub(super) fn facts_of(run: &Run) -> Facts {
    let event = |day: Date, kind: &str| EventFact {
        organisation: run.organisation,
        day,
        kind: kind.to_owned(),
        quantity: 1,
        subject: 0,
        flags: if run.is_late { i64::from(assessment::Flags::LATE.0) } else { 0 }
            | if run.fulfilled_on.is_some() { i64::from(assessment::Flags::VERIFIED.0) } else { 0 },
        makes_up: None,
    };
    let (overdue, is_in_time) = run.walk();
    let mut events = vec![event(run.due_on, "task.due")];
    events.extend(is_in_time.then(|| event(run.due_on, "task.on_time")));
    if let Some(day) = run.fulfilled_on {
        events.push(event(day, "task.fulfilled"));
        events.extend(run.is_late.then(|| event(day, "task.late")));
    }
    let span = |(from, until): (Date, Option<Date>)| SpanFact {
        organisation: run.organisation,
        kind: "task.overdue".to_owned(),
        from,
        until,
        quantity: 1,
        subject: 0,
    };
    Facts { events, spans: overdue.into_iter().map(span).collect() }
}

impl Run {
    /// The spans in which it was past its day and not done, and whether what stands now was fed back in time. Feeding back in time stops
    /// the clock, however long the issuer takes to look; feeding back late does not.
    fn walk(&self) -> (Vec<(Date, Option<Date>)>, bool) {
        let n_moved = self.moves.iter().filter(|(_, made)| matches!(made, Move::Returned(Some(_)))).count();
        let mut spans = Vec::new();
        let (mut due, mut moved, mut is_late, mut is_handed_in) = (self.first_due_on, 0, false, false);
        let mut open_from = Some(self.issued_on);
        if n_moved == 0 {
            due = self.due_on;
        }
        let overdue = |open_from: Option<Date>, due: Date, until: Option<Date>| {
            let from = open_from?.max(due.tomorrow().unwrap_or(due));
            until.is_none_or(|until| from < until).then_some((from, until))
        };
        for (day, made) in &self.moves {
            match made {
                Move::FedBack => {
                    is_handed_in = true;
                    is_late |= *day > due;
                    if *day <= due {
                        open_from = None;
                    }
                }
                Move::Returned(to) => {
                    spans.extend(overdue(open_from, due, Some(*day)));
                    if let Some(to) = to {
                        moved += 1;
                        // The last day set is the one in force, also when the issuer adjusted the parts afterwards.
                        due = if moved == n_moved { self.due_on } else { *to };
                    }
                    (open_from, is_handed_in) = (Some(*day), false);
                }
                Move::Verified => {
                    spans.extend(overdue(open_from, due, Some(*day)));
                    open_from = None;
                }
                Move::Reopened => (open_from, is_handed_in) = (Some(*day), false),
            }
        }
        spans.extend(overdue(open_from, due, None));
        (spans, is_handed_in && !is_late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    /// `12-02:fed` … of a task handed down on 11-01 and due on 12-01.
    fn check(moves: &str, due_now: &str, expected: &str) {
        let on = |text: &str| day(&format!("2026-{text}"));
        let mut fulfilled_on = None;
        let moves = moves.split_whitespace().map(|word| {
            let (at, made) = word.split_once(':').expect("day:move");
            let made = match made.split_once('>').unwrap_or((made, "")) {
                ("fed", _) => Move::FedBack,
                ("returned", "") => Move::Returned(None),
                ("returned", to) => Move::Returned(Some(on(to))),
                ("verified", _) => Move::Verified,
                _ => Move::Reopened,
            };
            fulfilled_on = match made {
                Move::Verified => Some(on(at)),
                Move::Reopened => None,
                _ => fulfilled_on,
            };
            (on(at), made)
        });
        let moves: Vec<_> = moves.collect();
        let (issued_on, first_due_on) = (on("11-01"), on("12-01"));
        let run = Run { organisation: 1, first_due_on, due_on: on(due_now), issued_on, fulfilled_on, is_late: false, moves };
        let facts = facts_of(&run);
        let mut said: Vec<String> =
            facts.spans.iter().map(|it| format!("{}..{}", it.from, it.until.map_or_else(String::new, |day| day.to_string()))).collect();
        said.extend(facts.events.iter().map(|it| format!("{} {}", it.kind, it.day)));
        assert_eq!(said.join(", ").replace("2026-", "").replace("task.", ""), expected);
    }

    #[test]
    fn what_is_never_done_is_overdue_from_the_day_after_its_day() {
        check("", "12-01", "12-02.., due 12-01");
    }

    #[test]
    fn feeding_back_in_time_stops_the_clock_and_feeding_back_late_does_not() {
        check("11-30:fed", "12-01", "due 12-01, on_time 12-01");
        check("12-01:fed 12-20:verified", "12-01", "due 12-01, on_time 12-01, fulfilled 12-20");
        check("12-05:fed", "12-01", "12-02.., due 12-01");
        check("12-05:fed 12-20:verified", "12-01", "12-02..12-20, due 12-01, fulfilled 12-20");
    }

    #[test]
    fn what_was_sent_back_has_its_new_day_and_keeps_the_days_it_was_late() {
        check("11-20:fed 12-03:returned", "12-01", "12-03.., due 12-01");
        check("11-20:fed 12-03:returned>12-15 12-14:fed", "12-15", "due 12-15, on_time 12-15");
        check("12-05:fed 12-06:returned>12-15 12-10:fed 12-12:verified", "12-15", "12-02..12-06, due 12-15, fulfilled 12-12");
        check("12-01:fed 12-03:verified 12-20:reopened", "12-01", "12-20.., due 12-01");
    }
}
