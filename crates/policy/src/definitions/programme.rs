//! Umbrella programmes: lines that own mechanisms.

use serde::Deserialize;

use super::{Cite, Key};

/// A programme (工程): lines, each with the mechanisms that make it up; reviewed in writing once a year, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub name: String,
    /// Level of the units that carry it out.
    pub level: Key,
    /// The steps of the yearly review.
    pub procedure: Key,
    #[serde(rename = "line")]
    pub lines: Vec<ProgrammeLine>,
    pub cite: Cite,
}

/// One of its lines: 硬件标准化. How far it is follows from the records of its mechanisms.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeLine {
    pub key: Key,
    pub name: String,
    pub mechanisms: Vec<Key>,
    pub cite: Cite,
}
