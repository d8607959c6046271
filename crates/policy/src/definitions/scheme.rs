//! Schemes: weights, scores, stars.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};
use crate::Ratio;
use crate::value::{optional_ratio, ratio};

/// A scheme (方案): weighs indicators per cohort and says what follows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    pub name: String,
    /// Values invented for the demo: marked 示例方案 everywhere, refused by publish outside the demo.
    #[serde(default)]
    pub example: bool,
    pub kinds: Vec<Key>,
    /// Items common to all fields.
    #[serde(default, rename = "section")]
    pub sections: Vec<Section>,
    /// Items per field, beside the common ones.
    #[serde(default, rename = "standard")]
    pub standards: Vec<Standard>,
    pub cohort: CohortRule,
    /// From five stars down.
    #[serde(rename = "star")]
    pub stars: Vec<StarRule>,
    /// The star of whoever reaches none of them.
    pub star_below: u8,
    #[serde(default, rename = "veto")]
    pub vetoes: Vec<Veto>,
    /// Order within a cohort after the exact score, all descending: `ITEM.share`, `ITEM.numerator`.
    #[serde(default)]
    pub ties: Vec<String>,
    /// Under this share of weights with evidence there is no star but 暂不评定.
    #[serde(deserialize_with = "ratio")]
    pub evidenced_weight_min: Ratio,
    pub cite: Cite,
}

/// One field's standard under 五个基本, with the office that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    pub field: Key,
    pub owner: String,
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub name: String,
    pub items: Vec<Item>,
}

/// An indicator with its weight and how points follow from it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub indicator: Key,
    /// The name it is printed under, when another scheme's words ask for it.
    #[serde(rename = "as", default)]
    pub printed_as: Option<Key>,
    #[serde(deserialize_with = "ratio")]
    pub weight: Ratio,
    pub score: ScoreRule,
    /// For `bands`: from the highest down; below the last: 0 points.
    #[serde(default)]
    pub bands: Vec<Band>,
    #[serde(default)]
    pub when_not_evidenced: WhenNotEvidenced,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreRule {
    /// weight × periods met ÷ periods that apply.
    ShareOfPeriodsMet,
    /// Full when the target is reached, else nothing.
    Met,
    /// Full when reached; below: weight × value ÷ target.
    ProportionalToTarget,
    /// The points of the first band reached.
    Bands,
    /// What people judged, 0 to weight.
    Judged,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    #[serde(deserialize_with = "ratio")]
    pub at_least: Ratio,
    #[serde(deserialize_with = "ratio")]
    pub points: Ratio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenNotEvidenced {
    /// The total shows as from–to; the organisation cannot be published until judged or waived.
    #[default]
    Open,
    /// Weights rescaled, printed in the result.
    LeaveOut,
    /// Counts nothing.
    Zero,
}

/// Who is compared with whom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortRule {
    /// Level of the unit that approves: all organisations of one field under one such unit.
    pub under: Key,
    /// Cohorts smaller than this are merged upward; `None`: ceil(1 ÷ five-star quota).
    #[serde(default)]
    pub pool_below: Option<u32>,
    /// Levels to merge to, in order.
    pub pool_to: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StarRule {
    pub star: u8,
    #[serde(deserialize_with = "ratio")]
    pub at_least: Ratio,
    /// At most this share of a cohort, rounded down; whoever finds no place gets the next star down.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub quota: Option<Ratio>,
}

/// Caps the star when an item is not met.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    pub unless_met: Key,
    pub star_at_most: u8,
    pub cite: Cite,
}
