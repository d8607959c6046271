//! What an answer stands for: fields that a unit had to type, on the day it did.

use std::collections::HashMap;

use store::Tx;

use super::{AskedUnit, rows};
use crate::facts::{EventFact, Facts};

/// Of facts of tables, the source.
pub(super) const SOURCE: &str = "asked_unit";

/// The facts of a unit's answer; one that typed nothing stands for nothing.
pub(super) fn facts_of(unit: &AskedUnit) -> Facts {
    let Some(day) = unit.answered_on.filter(|_| unit.n_typed > 0) else { return Facts::default() };
    let event = EventFact {
        organisation: unit.organisation,
        day,
        kind: "table.typed".to_owned(),
        quantity: unit.n_typed,
        subject: 0,
        flags: 0,
        makes_up: None,
    };
    Facts { events: vec![event], spans: Vec::new() }
}

/// The facts of these units as they follow from their rows; nothing is written.
///
/// # Errors
/// When the database cannot be read.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let mut found: HashMap<i64, Facts> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for unit in rows::units(tx.connection(), &format!("u.id in ({list})"), Vec::new()).await? {
            found.insert(unit.id, facts_of(&unit));
        }
    }
    Ok(ids.iter().filter_map(|id| Some((*id, found.remove(id)?))).collect())
}
