//! Inspections, what is looked at on site, and visits of cadres.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};
use crate::Ratio;
use crate::value::ratio;

/// A kind of inspection (督查): how units come to be inspected, and what is looked at there. Opened only on a filed line of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectionKind {
    pub name: String,
    pub mode: InspectionMode,
    /// Level of the units that are inspected.
    pub level: Key,
    /// Narrowed to these fields; none: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Share of the units that a draw takes at least.
    #[serde(default, deserialize_with = "ratio")]
    pub share_min: Ratio,
    /// Of crossed inspections: nobody inspects what belongs to his own unit of this level.
    #[serde(default)]
    pub crossed_at: Option<Key>,
    /// What is looked at; of each, the lists that fit the unit's field.
    pub checklists: Vec<Key>,
    /// Where the ledger says that its findings come from: a value of `problem_source`.
    pub source: String,
    /// Days to put a finding right, proposed to the inspector.
    pub problem_days: u32,
    pub cite: Cite,
}

/// How units come to be inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectionMode {
    /// Drawn out of a frozen population by a seed that comes afterwards.
    Random,
    /// By people of elsewhere, no two inspecting one another.
    Crossed,
    /// Chosen, about one topic.
    Targeted,
    /// Chosen, and hidden from the inspected side until the team opens the check on site.
    Unannounced,
}

impl InspectionMode {
    pub const ALL: [Self; 4] = [Self::Random, Self::Crossed, Self::Targeted, Self::Unannounced];

    /// Its word in addresses.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Crossed => "crossed",
            Self::Targeted => "targeted",
            Self::Unannounced => "unannounced",
        }
    }

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Random => "随机",
            Self::Crossed => "交叉",
            Self::Targeted => "专项",
            Self::Unannounced => "暗访",
        }
    }
}

/// What is looked at on site (检查单).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    pub name: String,
    /// For units of these fields; none: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    #[serde(rename = "item")]
    pub items: Vec<CheckItem>,
    pub cite: Cite,
}

/// One thing that is met or not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckItem {
    pub key: Key,
    pub name: String,
    /// How it is looked at: what is in the product and on site; nothing is made for it.
    #[serde(default)]
    pub how: Option<String>,
    /// What the product says of the same: the mismatch is shown.
    #[serde(default)]
    pub indicator: Option<Key>,
    /// Type of the problem that it becomes: a value of `problem_type`.
    pub problem_type: String,
}

/// Units that cadres have to come to (走遍), each in a year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitScope {
    pub name: String,
    /// Level of the office whose cadres visit.
    pub by: Key,
    /// Level of the units that are visited.
    pub level: Key,
    #[serde(default)]
    pub fields: Vec<Key>,
    pub cite: Cite,
}
