//! What a project stands for in the assessment: approved on a day, accepted on a day, late if it was handed in after its day.

use store::Tx;

use super::model::Project;
use super::rows::{listed, projects_where};
use crate::facts::{EventFact, Facts};

/// Of facts of projects, the source.
pub(super) const SOURCE: &str = "project";

/// The facts of a project.
#[must_use]
pub fn facts_of(it: &Project) -> Facts {
    let verified = i64::from(assessment::Flags::VERIFIED.0);
    let late = if it.is_late { i64::from(assessment::Flags::LATE.0) } else { 0 };
    let event = |part: &str, day, flags| EventFact {
        organisation: it.organisation,
        day,
        kind: format!("project.{}{part}", it.kind),
        quantity: 1,
        subject: 0,
        flags,
        makes_up: None,
    };
    let mut events: Vec<EventFact> = it.approved_on.map(|day| event(".approved", day, 0)).into_iter().collect();
    if let Some(day) = it.accepted_on {
        events.push(event("", day, verified | late));
        events.extend(it.is_late.then(|| event(".late", day, verified | late)));
    }
    Facts { events, spans: Vec::new() }
}

/// The facts of these projects as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let found = projects_where(tx.connection(), &format!("p.id in ({})", listed(chunk)), Vec::new()).await?;
        facts.extend(found.iter().map(|it| (it.id, facts_of(it))));
    }
    Ok(facts)
}
