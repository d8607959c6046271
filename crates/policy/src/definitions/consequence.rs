//! What follows from a result that is published and filed (结果运用).

use serde::{Deserialize, Serialize};

use super::{Cite, Key, Scheme};
use crate::Ratio;
use crate::value::optional_ratio;

/// Something that must be done, or waived with a reason, for those whom a filed result names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    /// As people call it: 市级党建示范点候选.
    pub name: String,
    /// Key of the scheme whose result it follows from.
    pub scheme: Key,
    pub kind: ConsequenceKind,
    /// Whoever has at least this star; with `below_star`, both hold. Not for `export`, which is about the whole result.
    #[serde(default)]
    pub star_at_least: Option<u8>,
    /// Whoever is so many 星级以下, as the scheme reads 以下.
    #[serde(default)]
    pub below_star: Option<u8>,
    /// Only organisations of these fields; empty: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// For `weak_list`: the list on which each is to be decided or explained.
    #[serde(default)]
    pub weak_list: Option<Key>,
    /// For `export`: what the result weighs in the assessment that receives it, of a hundred; the receiver sets it when absent.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub weight: Option<Ratio>,
    /// Days from the acknowledgement of the filing.
    pub days: u32,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsequenceKind {
    /// It is put on a list of candidates, under a number.
    Candidate,
    /// Money is paid, an amount under a number.
    Award,
    /// The county lists it or explains why not: follows from the weak list itself, never typed here.
    WeakList,
    /// The result goes as a signed file to whoever assesses leaders; follows from the export itself.
    Export,
}

impl ConsequenceKind {
    /// Whether somebody says here that it was done; the others follow from what was done elsewhere.
    #[must_use]
    pub fn is_recorded(self) -> bool {
        matches!(self, Self::Candidate | Self::Award)
    }
}

impl Consequence {
    /// Whether it concerns an organisation with this star and field under its scheme. What is not rated has no consequence.
    #[must_use]
    pub fn concerns(&self, scheme: &Scheme, star: Option<u8>, field: &str) -> bool {
        let Some(star) = star else { return false };
        self.kind != ConsequenceKind::Export
            && self.star_at_least.is_none_or(|least| star >= least)
            && self.below_star.is_none_or(|figure| scheme.is_below(star, figure))
            && (self.fields.is_empty() || self.fields.iter().any(|own| own == field))
    }
}
