//! The events that an activity stands for.

use assessment::Flags;

use super::model::{Activity, Attendance};
use crate::facts::{EventFact, Facts};

/// Held, due, present, minutes: four events on the day it was held. Nothing while it waits for consent.
#[must_use]
pub fn facts_of(activity: &Activity) -> Facts {
    if activity.waits_for_consent {
        return Facts::default();
    }
    let record = &activity.record;
    let mut flags = Flags(0);
    if record.source.starts_with("import") {
        flags = flags | Flags::IMPORTED;
    }
    if matches!(record.attendance, Attendance::Counts { .. }) {
        flags = flags | Flags::WITHOUT_NAMES;
    }
    if activity.returned_reason.is_some() {
        flags = flags | Flags::RETURNED;
    }
    let mut makes_up = None;
    if let (Some(period), Some(_)) = (record.makes_up, &activity.accepted_at) {
        flags = flags | Flags::LATE | Flags::ACCEPTED;
        makes_up = Some(period.from());
    }
    let event = |part: &str, quantity: i64| EventFact {
        organisation: record.organisation,
        day: record.held_on,
        kind: format!("activity.{}{part}", record.kind),
        quantity,
        subject: 0,
        flags: i64::from(flags.0),
        makes_up,
    };
    let mut events = vec![event("", 1), event(".eligible", activity.n_eligible), event(".present", activity.n_present)];
    if record.minutes > 0 {
        events.push(event(".minutes", record.minutes));
    }
    Facts { events, spans: Vec::new() }
}
