//! What a task stands for in the assessment: fulfilled on the day it was verified, and late if it once was.

use jiff::civil::Date;
use store::{OrgId, Tx, query};

use super::model::Task;
use crate::facts::{EventFact, Facts};

/// Of facts of tasks, the source.
pub(super) const SOURCE: &str = "task";

/// The facts of a task verified on `on`; one that is open again, or was never verified, stands for nothing.
#[must_use]
pub fn facts_of(task: &Task, fulfilled_on: Option<Date>, is_late: bool) -> Facts {
    facts_at(task.organisation, fulfilled_on, is_late)
}

/// The facts of these tasks as they follow from their rows; nothing is written.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for row in query(tx.connection(), format!("select id, organisation_id, fulfilled_on, is_late from task where id in ({list})"), []).await? {
            let fulfilled_on: Option<String> = row.try_get_by_index(2)?;
            let fulfilled_on = fulfilled_on.map(|day| day.parse()).transpose()?;
            facts.push((row.try_get_by_index(0)?, facts_at(row.try_get_by_index(1)?, fulfilled_on, row.try_get_by_index(3)?)));
        }
    }
    Ok(facts)
}

fn facts_at(organisation: OrgId, fulfilled_on: Option<Date>, is_late: bool) -> Facts {
    let Some(day) = fulfilled_on else { return Facts::default() };
    let event = |kind: &str| EventFact {
        organisation,
        day,
        kind: kind.to_owned(),
        quantity: 1,
        subject: 0,
        flags: if is_late { i64::from(assessment::Flags::LATE.0) } else { 0 } | i64::from(assessment::Flags::VERIFIED.0),
        makes_up: None,
    };
    let kinds: &[&str] = if is_late { &["task.fulfilled", "task.late"] } else { &["task.fulfilled"] };
    Facts { events: kinds.iter().map(|kind| event(kind)).collect(), spans: Vec::new() }
}
