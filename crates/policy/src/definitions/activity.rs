//! Activities, and what organisations owe per period.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Cite, Dated, Interpretation, Key};
use crate::value::ratio;
use crate::{Expression, Per, Ratio};

/// A kind of activity (活动): 支部党员大会, 主题党日.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    pub name: String,
    pub short: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub roster: Roster,
    /// Whether its hours count as training hours.
    #[serde(default)]
    pub counts_training_hours: bool,
    /// Contents to choose from (“+” contents of a theme day).
    #[serde(default)]
    pub contents: Vec<String>,
    /// Who votes; leave and exemption take nobody out.
    #[serde(default)]
    pub voters: Option<Roster>,
    /// The setting with the share of the voters that must be there; the share itself is enough (以上).
    /// With a majority nothing is decided without them, else there is no meeting at all.
    #[serde(default)]
    pub quorum: Option<Key>,
    /// The setting with the share of the voters that those in favour must exceed.
    #[serde(default)]
    pub majority: Option<Key>,
    /// Other kinds of activity that this one also stands for.
    #[serde(default)]
    pub also_satisfies: Vec<Key>,
    pub cite: Cite,
}

/// Who is due at an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Roster {
    AllMembers,
    VotingMembers,
    Committee,
    Group,
    /// Counted by hand: talks, visits.
    None,
}

/// A duty (责任): what an organisation owes per period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    pub name: String,
    pub short: String,
    pub order: u8,
    /// The kind of activity that is owed; kinds that [`Activity::also_satisfies`] it count too.
    pub activity: Key,
    pub per: Per,
    pub times: Vec<Dated<i64>>,
    /// Organisation kinds it applies to.
    pub kinds: Vec<Key>,
    /// Fields it applies to; empty: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Over measures on the first day of the period (`full_members >= 7`) and `field`, `kind`, `level`.
    #[serde(default)]
    pub applies_when: Option<Expression>,
    /// Why it does not apply, in words, when `applies_when` is false.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// What an activity held late and accepted counts, 0 to 1.
    #[serde(default, deserialize_with = "ratio")]
    pub late_counts: Ratio,
    pub cite: Cite,
    #[serde(default)]
    pub checked_on: Option<Date>,
    #[serde(default)]
    pub interpretation: Option<Interpretation>,
    /// Set while the text has not been checked: the rule is shipped switched off (待核原文).
    #[serde(default)]
    pub pending: Option<String>,
}
