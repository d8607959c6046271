//! Measures over facts, and indicators over measures.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Cite, Dated, Interpretation, Key};
use crate::{Expression, Per, Target};

/// Counts, sums or counts distinct over facts. Exactly one of the four sources is given; several kinds add up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Number of events of these kinds in the period.
    #[serde(default)]
    pub count: Vec<Key>,
    /// Sum of the quantities of events of these kinds in the period.
    #[serde(default)]
    pub sum: Vec<Key>,
    /// Number of different subjects in events of these kinds in the period.
    #[serde(default)]
    pub distinct: Vec<Key>,
    /// Number of spans of these kinds that hold on a day of the period.
    #[serde(default)]
    pub active: Vec<Key>,
    /// Which day, for `active`.
    #[serde(default)]
    pub at: DayOf,
    /// Only events with (`true`) or without (`false`) these flags: `late`, `verified`, `returned`.
    #[serde(default, rename = "where")]
    pub flags: BTreeMap<Key, bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOf {
    #[default]
    First,
    Last,
}

/// Arithmetic over measures, with a target (指标).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub name: String,
    pub unit: String,
    /// What the work came to (成效), not whether it was done (过程): shown apart, so that paper work alone is seen as such.
    #[serde(default)]
    pub effect: bool,
    /// Judged once per such period; the evaluation's period is cut into these.
    pub per: Per,
    /// A measure, or arithmetic over measures. `None`: judged by people (satisfaction, on-site).
    #[serde(default)]
    pub value: Option<Expression>,
    /// Denominator of a share (`value / of`), over measures.
    #[serde(default)]
    pub of: Option<Expression>,
    pub target: Vec<Dated<Target>>,
    /// As [`crate::Duty::applies_when`], on the first day of each period.
    #[serde(default)]
    pub applies_when: Option<Expression>,
    #[serde(default)]
    pub otherwise: Option<String>,
    /// The coverage that says whether an absence is a failing or unknown: periods inside a span `coverage.KEY`
    /// are evidenced, others only when their target is met.
    #[serde(default)]
    pub covered_by: Option<Key>,
    /// Evidenced only when this holds over the whole period (`income_records >= 1`).
    #[serde(default)]
    pub evidenced_when: Option<Expression>,
    /// The duty whose excuses and go-live days hold here too.
    #[serde(default)]
    pub duty: Option<Key>,
    pub cite: Cite,
    #[serde(default)]
    pub checked_on: Option<Date>,
    #[serde(default)]
    pub interpretation: Option<Interpretation>,
    #[serde(default)]
    pub pending: Option<String>,
    /// The sentence of docs/口径.md, printed beside the figure.
    #[serde(default)]
    pub reading: Option<String>,
}
