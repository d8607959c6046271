//! Ballots: who may vote, how votes become points.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};
use crate::Ratio;
use crate::value::ratio;

/// A ballot (测评): groups of electors with their weights, a quorum, a scale. Counted by the engine, kept by the product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    pub name: String,
    /// Secret, unless the document asks for names.
    pub votes: Votes,
    /// Share of the whole electorate that has to vote; the figure itself is enough. Below it nothing is counted.
    #[serde(deserialize_with = "ratio")]
    pub quorum: Ratio,
    /// So many of the highest and as many of the lowest votes of each group are dropped.
    #[serde(default)]
    pub trim: u32,
    pub scale: Scale,
    /// Whose weights add up to 100.
    #[serde(rename = "group")]
    pub groups: Vec<VoterGroup>,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Votes {
    /// Nobody can learn who voted how.
    Secret,
    Named,
}

/// What one vote may say, as whole numbers: 0 to 100, or 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Earns nothing.
    pub from: i64,
    /// Earns all.
    pub to: i64,
}

/// Electors whose votes are averaged together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoterGroup {
    pub key: Key,
    pub name: String,
    #[serde(deserialize_with = "ratio")]
    pub weight: Ratio,
}
