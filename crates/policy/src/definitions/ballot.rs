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
    #[serde(default)]
    pub votes: Votes,
    /// Share of the whole electorate that has to vote; the figure itself is enough. Below it nothing is counted.
    #[serde(deserialize_with = "ratio")]
    pub quorum: Ratio,
    /// So many of the highest and as many of the lowest votes of each group are dropped.
    #[serde(default)]
    pub trim: u32,
    pub scale: Scale,
    /// What a paper may say, by name, each a number of the scale; none: any whole number of it.
    #[serde(rename = "option", default)]
    pub options: Vec<VoteOption>,
    /// Whose weights add up to 100.
    #[serde(rename = "group")]
    pub groups: Vec<VoterGroup>,
    /// The procedure of one sitting: who counts, who confirms. Without it votes are only counted, by whoever hands them in.
    #[serde(default)]
    pub procedure: Option<Key>,
    /// Voting on devices, where a document allows it; otherwise on paper.
    #[serde(default)]
    pub on_devices: Option<OnDevices>,
    pub cite: Cite,
}

/// What allows votes to be cast on devices (电子投票).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnDevices {
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Votes {
    /// Nobody can learn who voted how.
    #[default]
    Secret,
    /// Whoever holds it and whoever confirms the count see who voted what.
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

/// One of the answers on a paper: 满意 is 3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteOption {
    pub vote: i64,
    pub name: String,
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
