//! What a published appraisal stands for in the assessment: the points of each secretary's organisation, and a report that came late.

use store::Tx;

use super::model::{Report, Session};
use super::rows;
use crate::app::App;
use frame::facts::{EventFact, Facts};

/// The facts of a report; nothing before it is published.
pub(super) fn facts_of(session: &Session, it: &Report) -> Facts {
    let (Some(day), Some(points)) = (session.published_on, it.points) else { return Facts::default() };
    let event = |part: &str, quantity: i64| EventFact {
        organisation: it.organisation,
        // It is about its year, though it may be published in the next.
        day: day.min(jiff::civil::date(session.year, 12, 31)),
        kind: format!("appraisal.{}{part}", session.appraisal),
        quantity,
        subject: 0,
        flags: 0,
        makes_up: None,
    };
    let hundredths = (points * policy::Ratio::from_integer(100)).round().to_integer();
    let mut events = vec![event("", i64::try_from(hundredths).unwrap_or_default())];
    events.extend(it.is_late.then(|| event(".late", 1)));
    Facts { events, spans: Vec::new() }
}

/// Facts of reports as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(_app: &App, tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let reports = rows::reports(tx.connection(), &format!("r.id in ({list})"), Vec::new()).await?;
        let sessions =
            rows::sessions(tx.connection(), &format!("s.id in (select session_id from appraisal_report where id in ({list}))"), Vec::new()).await?;
        for it in &reports {
            let session = sessions.iter().find(|session| session.id == it.session).ok_or_else(|| anyhow::anyhow!("no session {}", it.session))?;
            facts.push((it.id, facts_of(session, it)));
        }
    }
    Ok(facts)
}
