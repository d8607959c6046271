//! The events that matters stand for. What is withheld from an organisation, or not told it yet, is no fact about it.

use jiff::civil::Date;
use policy::Pack;
use store::Tx;

use super::model::Row;
use super::rows;
use crate::app::App;
use crate::facts::{EventFact, Facts};

pub(super) fn facts_of(pack: &Pack, it: &Row) -> Facts {
    if pack.matters.get(&it.matter).is_none_or(|matter| !matter.is_told(&it.kind, &it.stage)) {
        return Facts::default();
    }
    let event = |part: &str, day: Date, quantity: i64| EventFact {
        organisation: it.organisation,
        day,
        kind: format!("matter.{}{part}", it.matter),
        quantity,
        subject: 0,
        flags: 0,
        makes_up: None,
    };
    let mut events = vec![event("", it.opened_on, 1)];
    events.extend((it.n_returned > 0).then(|| event(".returned", it.opened_on, it.n_returned)));
    events.extend(it.extended_on.map(|day| event(".extended", day, 1)));
    if let Some(day) = it.closed_on {
        events.push(event(".closed", day, 1));
        events.extend(it.is_late.then(|| event(".late", day, 1)));
    }
    Facts { events, spans: Vec::new() }
}

/// Facts of matters as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(app: &App, tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let pack = app.pack();
    let mut facts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let found = rows::rows_where(tx.connection(), &format!("m.id in ({list})"), Vec::new()).await?;
        facts.extend(found.iter().map(|it| (it.id, facts_of(&pack, it))));
    }
    Ok(facts)
}
