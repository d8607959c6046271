//! Schemes: authority and versions, weights, scores, stars.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Authority, Cite, Dated, Indicator, Key};
use crate::value::{optional_ratio, ratio};
use crate::{Ratio, Target};

/// A scheme (方案): weighs indicators per cohort and says what follows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    pub name: String,
    /// Values invented for the demo: marked 示例方案 everywhere, opened and published nowhere but in the demo.
    #[serde(default)]
    pub example: bool,
    /// The body that approved it (批准机关). Without authority a scheme can only be drafted and simulated: [`Authority::why_not_open`].
    #[serde(default)]
    pub approved_by: Option<String>,
    /// Under which number (批准文号).
    #[serde(default)]
    pub document_number: Option<String>,
    /// First day on which the approval no longer holds.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// The scheme of which this is another version: `five_star`. What refers to that scheme means the version of the year it asks about.
    #[serde(default)]
    pub version_of: Option<Key>,
    /// First year that is judged by this version; `None`: from the beginning.
    #[serde(default)]
    pub from_year: Option<i16>,
    /// First year that no longer is; `None`: until further notice.
    #[serde(default)]
    pub until_year: Option<i16>,
    /// Earlier versions that name no end are over where this one begins: a higher layer brings the scheme of a new year without
    /// repeating what stands below.
    #[serde(default)]
    pub ends_earlier: bool,
    /// From this day on weights stand; a later change needs approval and is printed in the result.
    #[serde(default)]
    pub weights_locked_on: Option<Date>,
    /// Changes of weights after that day, each with its approval; a weight that differs from the locked one without such an entry
    /// keeps the scheme from being opened.
    #[serde(default, rename = "weight_change")]
    pub weight_changes: Vec<WeightChange>,
    pub kinds: Vec<Key>,
    /// What the weights of a field add up to, where that is deliberately not 100; the score is converted to a hundred.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub weights_total: Option<Ratio>,
    /// Points that all bonus items together may add beyond the hundred.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub bonus_cap: Option<Ratio>,
    /// How many places a share of a cohort makes when it is no whole number.
    #[serde(default)]
    pub quota_rounding: Rounding,
    /// Whether 以上 and 以下 include the figure itself (二星级以下): so it is unless the scheme says otherwise.
    #[serde(default = "yes")]
    pub below_includes: bool,
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

/// A weight that was changed after the lock (权重锁定以后的变更), approved and printed in the result.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightChange {
    /// As printed: what the scheme calls it, or the indicator.
    pub item: Key,
    /// The field whose standard has it; `None`: common to all.
    #[serde(default)]
    pub field: Option<Key>,
    /// 0: the item was not there.
    #[serde(deserialize_with = "ratio")]
    pub from: Ratio,
    /// 0: the item is gone.
    #[serde(deserialize_with = "ratio")]
    pub to: Ratio,
    pub approved_by: String,
    pub document_number: String,
    pub on: Date,
}

/// The weight of every item: by field (`None`: common to all) and printed key.
pub type Weights = BTreeMap<(Option<Key>, Key), Ratio>;

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
    /// What this scheme asks instead of the indicator's own target: the same comparison, and never less than it.
    #[serde(default)]
    pub target: Option<Target>,
    /// For `bands`: from the highest down; below the last: 0 points.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// For `deduct`: points off for each fault.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub per_fault: Option<Ratio>,
    /// For `deduct`: points that are left however many faults there are; 0 when absent.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub floor: Option<Ratio>,
    /// For `rank_in_cohort`: points of the last place; 0 when absent.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub last_points: Option<Ratio>,
    /// For `change_against_base`: which change earns nothing, which everything.
    #[serde(default)]
    pub change: Option<Change>,
    /// For `judged`: the ballot (测评) whose count gives the points.
    #[serde(default)]
    pub ballot: Option<Key>,
    /// Adds points beyond the hundred (加分), at most [`Scheme::bonus_cap`] together; its weight is due from nobody.
    #[serde(default)]
    pub bonus: bool,
    #[serde(default)]
    pub when_not_evidenced: WhenNotEvidenced,
}

impl Item {
    /// An item of which nothing is said but indicator, weight and rule.
    #[must_use]
    pub fn new(indicator: &str, weight: Ratio, score: ScoreRule) -> Self {
        Self {
            indicator: indicator.to_owned(),
            printed_as: None,
            weight,
            score,
            target: None,
            bands: Vec::new(),
            per_fault: None,
            floor: None,
            last_points: None,
            change: None,
            ballot: None,
            bonus: false,
            when_not_evidenced: WhenNotEvidenced::default(),
        }
    }

    /// What is asked of the indicator in this scheme, from the days on from which something is.
    #[must_use]
    pub fn targets(&self, indicator: &Indicator) -> Vec<Dated<Target>> {
        indicator.target.iter().map(|own| Dated { from: own.from, is: self.target.unwrap_or(own.is) }).collect()
    }
}

/// Points in proportion to how far a value moved against the same period of an earlier year: nothing at `from`, the weight at `to`.
/// `to` lies below `from` where less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(deserialize_with = "ratio")]
    pub from: Ratio,
    #[serde(deserialize_with = "ratio")]
    pub to: Ratio,
    #[serde(default, rename = "as")]
    pub by: ChangeBy,
    /// How many years before: 1, the year before, when absent.
    #[serde(default = "one_year")]
    pub years_back: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeBy {
    /// Value less base value, in the indicator's unit.
    #[default]
    Difference,
    /// The difference as a share of the base value: `to = "10%"`.
    Share,
}

fn one_year() -> i16 {
    1
}

fn yes() -> bool {
    true
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
    /// What people judged, 0 to weight; by a ballot where the item names one.
    Judged,
    /// weight − per_fault × value over all periods, never below `floor`.
    Deduct,
    /// By the place of the value among the cohort: the best gets the weight, the last `last_points`, those between in even steps.
    /// Equals share the mean of their places, so that a cohort in which nobody did anything does not get full marks.
    /// The more the better, unless the indicator's target is a ceiling (`<=`, `<`). Only organisations to which the item applies and
    /// whose every closed period is evidenced take a place; whoever is alone gets the weight.
    RankInCohort,
    /// By how far the value moved against an earlier year: [`Change`].
    ChangeAgainstBase,
}

/// What becomes of a part of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    #[default]
    Down,
    /// Halves up (四舍五入).
    Nearest,
    Up,
}

impl Rounding {
    /// The word people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Down => "舍去小数",
            Self::Nearest => "四舍五入",
            Self::Up => "进一取整",
        }
    }

    /// A share of at least 0 times a number, made whole.
    ///
    /// ```
    /// # use policy::{Ratio, Rounding};
    /// let tenth = Ratio::new(1, 10);
    /// assert_eq!([Rounding::Down, Rounding::Nearest, Rounding::Up].map(|r| r.places(tenth, 15)), [1, 2, 2]);
    /// ```
    #[must_use]
    pub fn places(self, share: Ratio, n: usize) -> usize {
        let exact = share * Ratio::from_integer(n as i128);
        let whole = match self {
            Self::Down => exact.floor(),
            Self::Nearest => (exact + Ratio::new(1, 2)).floor(),
            Self::Up => exact.ceil(),
        };
        usize::try_from(whole.to_integer()).unwrap_or(0)
    }
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
    /// At most this share of a cohort, rounded as [`Scheme::quota_rounding`] says; whoever finds no place gets the next star down.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub quota: Option<Ratio>,
    /// Share of the points due of effect items (成效项目) that must be earned, so that paper work alone gives no such star: whoever
    /// has no effect item that counts, waived ones among them, does not get it either.
    #[serde(default, deserialize_with = "optional_ratio")]
    pub effect_at_least: Option<Ratio>,
}

/// Caps the star when an item is not met, or takes it away. Exactly one of the two is said.
/// Outside schemes that are examples it rests on a document of at least provincial level: `policy check` refuses it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    pub unless_met: Key,
    #[serde(default)]
    pub star_at_most: Option<u8>,
    /// No star and no rank at all (取消资格), which is printed with its reason.
    #[serde(default)]
    pub disqualify: bool,
    pub cite: Cite,
}

impl Scheme {
    /// Who approved it, under which number, until when.
    #[must_use]
    pub fn authority(&self) -> Authority<'_> {
        Authority {
            of: ("方案", &self.name),
            opens: "对党支部开评",
            example: self.example,
            approved_by: self.approved_by.as_deref(),
            document_number: self.document_number.as_deref(),
            valid_until: self.valid_until,
        }
    }

    /// The weight of every item.
    #[must_use]
    pub fn weights(&self) -> Weights {
        let own = self.sections.iter().map(|section| (None, section));
        let of_fields = self.standards.iter().flat_map(|standard| standard.sections.iter().map(|section| (Some(standard.field.clone()), section)));
        let items = own.chain(of_fields).flat_map(|(field, section)| section.items.iter().map(move |item| (field.clone(), item)));
        items.map(|(field, item)| ((field, item.printed_as.clone().unwrap_or_else(|| item.indicator.clone())), item.weight)).collect()
    }

    /// What differs from the weights that were locked and has no approval: field and item, the locked weight, the present one.
    /// An item that one of the two lacks weighs 0 there.
    #[must_use]
    pub fn unapproved_changes(&self, locked: &Weights) -> Vec<((Option<Key>, Key), Ratio, Ratio)> {
        let now = self.weights();
        let weight = |of: &Weights, key: &(Option<Key>, Key)| of.get(key).copied().unwrap_or_default();
        let keys: BTreeSet<&(Option<Key>, Key)> = now.keys().chain(locked.keys()).collect();
        let changed = keys.into_iter().map(|key| (key.clone(), weight(locked, key), weight(&now, key))).filter(|(_, from, to)| from != to);
        let is_approved = |((field, item), from, to): &((Option<Key>, Key), Ratio, Ratio)| {
            let mut own = self.weight_changes.iter().filter(|change| change.item == *item && change.field == *field);
            own.clone().any(|change| change.from == *from) && own.any(|change| change.to == *to)
        };
        changed.filter(|change| !is_approved(change)).collect()
    }

    /// Whether this version judges a year.
    #[must_use]
    pub fn judges_year(&self, year: i16) -> bool {
        self.from_year.is_none_or(|from| from <= year) && self.until_year.is_none_or(|until| year < until)
    }

    /// Whether a star is `figure` 星级以下, as the scheme reads 以下.
    #[must_use]
    pub fn is_below(&self, star: u8, figure: u8) -> bool {
        is_below(star, figure, self.below_includes)
    }
}

/// Whether a star is `figure` 星级以下; the figure itself only where 以下 includes it.
#[must_use]
pub fn is_below(star: u8, figure: u8, includes: bool) -> bool {
    star < figure || (includes && star == figure)
}

impl super::Pack {
    /// The version of a scheme that judges a year, with its key: the entry itself, or one that names it in `version_of`.
    #[must_use]
    pub fn scheme_in(&self, key: &str, year: i16) -> Option<(&Key, &Scheme)> {
        let is_of = |entry: &Key, scheme: &Scheme| entry == key || scheme.version_of.as_deref() == Some(key);
        self.schemes.iter().find(|(entry, scheme)| is_of(entry, scheme) && scheme.judges_year(year))
    }

    /// Every indicator that the schemes of a year judge, with the fields in whose standards it stands; none: common to all.
    #[must_use]
    pub fn judged_in_fields(&self, year: i16) -> BTreeMap<Key, Vec<Key>> {
        let mut found: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for scheme in self.schemes.values().filter(|scheme| scheme.judges_year(year)) {
            for item in scheme.sections.iter().flat_map(|section| &section.items) {
                found.entry(item.indicator.clone()).or_default();
            }
            for standard in &scheme.standards {
                for item in standard.sections.iter().flat_map(|section| &section.items) {
                    let fields = found.entry(item.indicator.clone()).or_default();
                    if !fields.contains(&standard.field) {
                        fields.push(standard.field.clone());
                    }
                }
            }
        }
        found
    }

    /// Ends earlier versions where one begins that says so ([`Scheme::ends_earlier`]); an end that is written stays as it is.
    pub(crate) fn end_earlier_versions(&mut self) {
        let newer: Vec<(Key, i16)> = self
            .schemes
            .values()
            .filter(|scheme| scheme.ends_earlier)
            .filter_map(|scheme| Some((scheme.version_of.clone()?, scheme.from_year?)))
            .collect();
        for (key, scheme) in &mut self.schemes {
            let family = scheme.version_of.as_ref().unwrap_or(key);
            let is_later = |from: &i16| scheme.from_year.is_none_or(|own| own < *from);
            let next = newer.iter().filter(|(of, _)| of == family).map(|(_, from)| *from).filter(is_later).min();
            scheme.until_year = scheme.until_year.or(next);
        }
    }
}
