//! Ledgers: typed rows as a pack invents them, and what is read off them.

use serde::Deserialize;

use super::{Cite, FormField, Key};
use crate::Ratio;
use crate::value::ratio;

/// A ledger (台账): rows of the pack's own fields, each kept by somebody, about an organisation, of a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub name: String,
    /// What is written here and what is not.
    #[serde(default)]
    pub note: Option<String>,
    /// Levels whose offices keep it; none: every organisation.
    #[serde(default)]
    pub levels: Vec<Key>,
    /// Each row is about an organisation below whoever keeps it; otherwise about the keeper.
    #[serde(default)]
    pub about_below: bool,
    #[serde(rename = "field")]
    pub fields: Vec<FormField>,
    /// Key of the date by which a row stands in its year.
    pub on: Key,
    /// Key of the whole number that is the quantity of its fact; none: each row counts 1.
    #[serde(default)]
    pub quantity: Option<Key>,
    pub cite: Cite,
}

/// A balance (均衡): what was put into every field, element by element, beside the field's share of organisations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    pub name: String,
    pub ledger: Key,
    /// Key of the ledger's choice that says what was put in.
    pub input: Key,
    /// Key of the ledger's choice that says for which element.
    pub element: Key,
    /// Level whose units are looked at, each by itself.
    pub level: Key,
    /// A field whose share of the inputs is below this part of its share of organisations is warned of.
    #[serde(deserialize_with = "ratio")]
    pub least: Ratio,
    pub cite: Cite,
}
