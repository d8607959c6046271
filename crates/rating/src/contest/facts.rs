//! What a published round stands for: that a unit took part. No points of a contest go into an assessment.

use store::Tx;

use super::model::{Entry, Round};
use super::rows;
use frame::facts::{EventFact, Facts};

/// The facts of an entry; of one that came up, none of its own.
pub(super) fn facts_of(round: &Round, it: &Entry) -> Facts {
    let Some(day) = round.published_on.filter(|_| it.entered_from.is_none()) else { return Facts::default() };
    let event = EventFact {
        organisation: it.organisation,
        day,
        kind: format!("contest.{}", round.contest),
        quantity: 1,
        subject: 0,
        flags: 0,
        makes_up: None,
    };
    Facts { events: vec![event], spans: Vec::new() }
}

/// Facts of entries as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let entries = rows::entries(tx.connection(), &format!("e.id in ({list})"), Vec::new()).await?;
        let rounds = rows::rounds(tx.connection(), &format!("r.id in (select round_id from contest_entry where id in ({list}))"), Vec::new()).await?;
        for it in &entries {
            let round = rounds.iter().find(|round| round.id == it.round).ok_or_else(|| anyhow::anyhow!("no round {}", it.round))?;
            facts.push((it.id, facts_of(round, it)));
        }
    }
    Ok(facts)
}
