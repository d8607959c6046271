//! What a task stands for in the assessment: fulfilled on the day it was verified, and late if it once was.

use jiff::civil::Date;

use super::model::Task;
use crate::facts::{EventFact, Facts};

/// Of facts of tasks, the source.
pub(super) const SOURCE: &str = "task";

/// The facts of a task verified on `on`; one that is open again, or was never verified, stands for nothing.
#[must_use]
pub fn facts_of(task: &Task, fulfilled_on: Option<Date>, is_late: bool) -> Facts {
    let Some(day) = fulfilled_on else { return Facts::default() };
    let event = |kind: &str| EventFact {
        organisation: task.organisation,
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
