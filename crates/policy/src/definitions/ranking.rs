//! What follows from a result: tiers, lists of weak organisations, rankings, and the plan to which they belong.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Cite, Interpretation, Key};
use crate::value::{optional_ratio, ratio};
use crate::{Comparator, Expression, Per, Period, Ratio, Target};

/// 先进、中间、后进.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub name: String,
    pub order: u8,
    pub scheme: Key,
    /// Over `star` and `score`.
    pub when: Expression,
    /// What it owes: show, catch up, be rectified.
    pub duty: String,
    /// How large the tier shall be, or how small.
    #[serde(default)]
    pub goal: Option<TierGoal>,
    pub cite: Cite,
}

/// Shares of a tier that are proposed to whoever issues targets to the units of a level. Nothing binds before it is issued.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierGoal {
    /// To whom: each unit of this level gets its own.
    pub level: Key,
    #[serde(rename = "year")]
    pub years: Vec<YearGoal>,
    pub interpretation: Interpretation,
}

impl TierGoal {
    /// A ceiling: 后进支部 are to be fewer.
    #[must_use]
    pub fn is_ceiling(&self) -> bool {
        self.years.iter().any(|goal| matches!(goal.is.comparator, Comparator::AtMost | Comparator::LessThan))
    }
}

/// The share proposed for a year: `>= 35%`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearGoal {
    pub year: i16,
    pub is: Target,
}

/// How weak and lax organisations (软弱涣散) are identified, per unit of counting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeakList {
    pub name: String,
    /// Base: organisations of these kinds and fields under one unit of this level.
    pub kinds: Vec<Key>,
    pub fields: Vec<Key>,
    pub under: Key,
    pub mode: WeakListMode,
    /// For mode `ratio`: at least ceil(ratio × base), lowest first.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub ratio: Option<Ratio>,
    /// The scheme whose evaluation gives score and star.
    pub scheme: Key,
    #[serde(rename = "condition")]
    pub conditions: Vec<WeakCondition>,
    /// Village branches of few stars are listed or explained.
    #[serde(default)]
    pub low_star: Option<LowStar>,
    /// Bodies whose opinion the county's joint review asks for: none / has, no case content.
    pub review_bodies: Vec<String>,
    /// The procedure that approves the list, and the one each listed organisation goes through.
    pub approval: Key,
    pub rectification: Key,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WeakListMode {
    Ratio,
    /// 应整尽整: no floor.
    None,
}

/// One of the stated conditions; any one lists the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeakCondition {
    pub key: Key,
    pub name: String,
    /// Indicators of the scheme whose `not_met` makes the machine propose it; empty: stated by people.
    #[serde(default)]
    pub proposed_unless_met: Vec<Key>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowStar {
    pub fields: Vec<Key>,
    /// 星级以下; whether the figure itself is among them is the scheme's ([`Scheme::is_below`](super::Scheme::is_below)).
    pub star: u8,
    pub cite: Cite,
}

/// A composite ranking (综合考核排名).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    pub name: String,
    /// Level of the organisations ranked.
    pub level: Key,
    pub per: Per,
    pub objection_days: u32,
    /// A component of which less than this share of the organisations below is evidenced has no value, and nobody is ranked.
    #[serde(deserialize_with = "ratio")]
    pub evidenced_share_min: Ratio,
    #[serde(rename = "component")]
    pub components: Vec<Component>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub key: Key,
    pub name: String,
    #[serde(deserialize_with = "ratio")]
    pub weight: Ratio,
    /// Mean score of the branches below under this scheme; `None`: judged, 0 to 100, on a page or by workbook.
    #[serde(default)]
    pub mean_score_of: Option<Key>,
    /// Indicators rolled up over the organisations below, each as share × 100, averaged.
    #[serde(default)]
    pub indicators: Vec<Key>,
    /// Whose records the indicators count.
    #[serde(default)]
    pub over: Over,
    /// Of committees: full marks where nothing of it was due; else it has no value then.
    #[serde(default)]
    pub full_when_nothing_due: bool,
    pub cite: Cite,
}

/// Whose records a component's indicators count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Every branch below: the component has a value only where enough of them are evidenced.
    #[default]
    Branches,
    /// The ranked unit itself and the committees below it: what was handed to them, where something was.
    Committees,
}

/// A line of the yearly plan (年度计划) to which every evaluation, ranking, inspection and appraisal belongs.
/// The pack proposes it; it is filed in the product by the office that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    pub name: String,
    pub kind: PlanLineKind,
    /// Key of the scheme, ranking, weak list, inspection, appraisal or contest.
    pub of: Key,
    /// Level of the office that organises it.
    pub level: Key,
    pub owner: String,
    /// Period that is judged.
    pub period: Period,
    /// First day on which it may be opened.
    pub opens_on: Date,
    /// Procedure by which the result of an evaluation is reviewed, published and filed; `evaluation_publication` when absent.
    #[serde(default)]
    pub procedure: Option<Key>,
    /// Of evaluations: a look at where things stand (年中查). It is drafted and published like any other, and no use is made of it:
    /// titles and honours ask for the last result that is no preview.
    #[serde(default)]
    pub preview: bool,
    /// Of inspections: how many may be opened on the line; one when absent.
    #[serde(default)]
    pub number: Option<u32>,
    /// Of inspections: months of the year in which one may be opened; none: any.
    #[serde(default)]
    pub months: Vec<u8>,
    /// Of inspections: units of one at most; none: as many as there are.
    #[serde(default)]
    pub units_max: Option<u32>,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanLineKind {
    Evaluation,
    Ranking,
    WeakList,
    Inspection,
    Appraisal,
    /// Of all levels of the contest: its rounds are held on the line of the office above or of their own.
    Contest,
    /// A title for which organisations may come forward in the year.
    Selection,
}
