//! The composite ranking (综合考核排名): components with weights, every figure with its way back.

use std::collections::BTreeMap;

use jiff::civil::Date;
use num_traits::Zero;
use policy::{Cite, Component, Key, Over, Pack, Period, Ranking, Ratio};
use serde::{Deserialize, Serialize};

use crate::compile::Compiled;
use crate::exact::{compare, divide, whole};
use crate::facts::Facts;
use crate::result::{Evaluation, Outcome, Row, fraction, optional_fraction};
use crate::rollup::roll_up;
use crate::subject::{Marks, Subject};

/// What a ranking is made from.
pub struct CompositeSources<'a> {
    pub pack: &'a Pack,
    /// The organisations ranked and all below them, as of the day the period ends.
    pub subjects: &'a [Subject],
    pub facts: &'a Facts,
    pub marks: &'a Marks,
    /// Of the schemes that components take the mean of.
    pub evaluations: &'a [&'a Evaluation],
    /// What people judged, 0 to 100, by organisation and component.
    pub judged: &'a BTreeMap<(i64, Key), Ratio>,
    pub period: Period,
    /// First day that no longer counts.
    pub closed_until: Date,
}

/// A ranking of units, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeRanking {
    pub name: String,
    pub period: Period,
    pub rows: Vec<CompositeRow>,
}

/// One unit of a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeRow {
    pub org: i64,
    pub code: String,
    pub name: String,
    /// Sum of the components' points; without those that have no value yet.
    #[serde(with = "fraction")]
    pub total: Ratio,
    /// The total if every component without a value got its full weight.
    #[serde(with = "fraction")]
    pub total_to: Ratio,
    /// Equals share one: 1, 2, 2, 4.
    pub rank: u32,
    pub components: Vec<ComponentResult>,
    /// The three items with the lowest value, lowest first.
    pub worst: Vec<TracedItem>,
}

/// One component of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentResult {
    pub key: Key,
    pub name: String,
    #[serde(with = "fraction")]
    pub weight: Ratio,
    /// 0 to 100; `None`: not judged yet, or too little below is evidenced.
    #[serde(with = "optional_fraction")]
    pub value: Option<Ratio>,
    /// Weight × value ÷ 100.
    #[serde(with = "fraction")]
    pub points: Ratio,
    /// Organisations below that count in it.
    pub n_organisations: usize,
    /// Organisations below without a result; not in the mean, and said so.
    pub n_without_result: usize,
    pub items: Vec<TracedItem>,
    pub cite: Cite,
}

/// One item of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedItem {
    pub key: Key,
    pub name: String,
    /// The field whose standard the item belongs to; `None`: of all fields. Key and field together name an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Key>,
    /// Of a scheme's item: organisations that met it. Of an indicator: periods met, or the ratio's numerator.
    pub numerator: i64,
    pub denominator: i64,
    /// 0 to 100. Of a scheme's item: points ÷ points due; of an indicator: numerator ÷ denominator.
    #[serde(with = "optional_fraction")]
    pub value: Option<Ratio>,
    /// Of a scheme's item: the points of all organisations, and those due; `value` is the one over the other.
    #[serde(default, with = "optional_fraction", skip_serializing_if = "Option::is_none")]
    pub earned: Option<Ratio>,
    #[serde(default, with = "optional_fraction", skip_serializing_if = "Option::is_none")]
    pub due: Option<Ratio>,
}

/// Ranks the organisations of the ranking's level.
///
/// # Errors
/// What the pack lacks, and which scheme has no evaluation.
pub fn rank_composite(ranking: &Ranking, sources: &CompositeSources<'_>) -> Result<CompositeRanking, Vec<String>> {
    let mut indicators = BTreeMap::new();
    let mut problems = Vec::new();
    for component in &ranking.components {
        if !component.indicators.is_empty() {
            match Compiled::of_indicators(sources.pack, &component.indicators, sources.period.from()) {
                Ok(compiled) => {
                    indicators.insert(component.key.as_str(), compiled);
                }
                Err(found) => problems.extend(found),
            }
        }
        if let Some(scheme) = &component.mean_score_of
            && !sources.evaluations.iter().any(|e| e.scheme == *scheme)
        {
            problems.push(format!("组成部分“{}”取方案 {scheme} 的平均分，但没有这次考核的结果", component.name));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let units = sources.subjects.iter().filter(|s| s.level == ranking.level);
    let mut rows: Vec<CompositeRow> = units.map(|unit| row(ranking, sources, &indicators, unit)).collect();
    rows.sort_by(|a, b| compare(&b.total, &a.total).then_with(|| a.code.cmp(&b.code)));
    for i in 0..rows.len() {
        rows[i].rank = if i > 0 && rows[i].total == rows[i - 1].total { rows[i - 1].rank } else { i as u32 + 1 };
    }
    Ok(CompositeRanking { name: ranking.name.clone(), period: sources.period, rows })
}

fn row(ranking: &Ranking, sources: &CompositeSources<'_>, indicators: &BTreeMap<&str, Compiled>, unit: &Subject) -> CompositeRow {
    let is_below = |s: &&Subject| s.superiors.iter().any(|above| above.code == unit.code);
    let below: Vec<&Subject> = sources.subjects.iter().filter(is_below).collect();
    let components: Vec<ComponentResult> =
        ranking.components.iter().map(|c| component(c, sources, indicators, unit, &below, ranking.evidenced_share_min)).collect();
    let total = components.iter().fold(whole(0), |sum, c| sum + c.points);
    let open = components.iter().filter(|c| c.value.is_none()).fold(whole(0), |sum, c| sum + c.weight);
    let mut worst: Vec<TracedItem> = components.iter().flat_map(|c| &c.items).filter(|i| i.value.is_some()).cloned().collect();
    worst.sort_by(|a, b| (a.value, &a.key, &a.field).cmp(&(b.value, &b.key, &b.field)));
    // The same item may stand in two components; one mention is enough.
    worst.dedup_by(|a, b| a.key == b.key && a.field == b.field && a.value == b.value);
    worst.truncate(3);
    CompositeRow { org: unit.id, code: unit.code.clone(), name: unit.name.clone(), total, total_to: total + open, rank: 0, components, worst }
}

fn component(
    component: &Component,
    sources: &CompositeSources<'_>,
    indicators: &BTreeMap<&str, Compiled>,
    unit: &Subject,
    below: &[&Subject],
    evidenced_share_min: Ratio,
) -> ComponentResult {
    let blank = ComponentResult {
        key: component.key.clone(),
        name: component.name.clone(),
        weight: component.weight,
        value: None,
        points: whole(0),
        n_organisations: 0,
        n_without_result: 0,
        items: Vec::new(),
        cite: component.cite.clone(),
    };
    let filled = if let Some(evaluation) = component.mean_score_of.as_ref().and_then(|key| sources.evaluations.iter().find(|e| e.scheme == *key)) {
        mean_of_scores(evaluation, below, evidenced_share_min, blank)
    } else if let Some(compiled) = indicators.get(component.key.as_str()) {
        match component.over {
            Over::Branches => mean_of_indicators(compiled, sources, below, evidenced_share_min, blank),
            Over::Committees => of_committees(compiled, sources, unit, below, component.full_when_nothing_due, blank),
        }
    } else {
        let value = sources.judged.get(&(unit.id, component.key.clone())).map(|v| (*v).max(whole(0)).min(whole(100)));
        ComponentResult { value, ..blank }
    };
    let points = filled.value.map_or(whole(0), |value| rounded(component.weight * value / whole(100)));
    ComponentResult { points, ..filled }
}

/// Two decimals, halves up: sums over thousands of organisations are taken of what is printed, so that anyone can redo them.
fn rounded(value: Ratio) -> Ratio {
    (value * whole(100) + Ratio::new(1, 2)).floor() / whole(100)
}

fn mean(values: &[Ratio]) -> Option<Ratio> {
    divide(values.iter().fold(Ratio::zero(), |sum, v| sum + v), whole(values.len() as i64)).map(rounded)
}

/// The mean of the printed scores of the organisations below, and each item's share of what was due.
fn mean_of_scores(evaluation: &Evaluation, below: &[&Subject], share_min: Ratio, blank: ComponentResult) -> ComponentResult {
    let rows: Vec<&Row> = below.iter().filter_map(|s| evaluation.row(&s.code)).collect();
    let rated: Vec<&Row> = rows.iter().copied().filter(|row| !row.is_unrated()).collect();
    let scores: Vec<Ratio> = rated.iter().map(|row| rounded(row.score)).collect();
    let mut items: Vec<(TracedItem, Ratio, Ratio)> =
        evaluation.items.iter().map(|d| (TracedItem { field: d.field.clone(), ..TracedItem::blank(&d.key, &d.name) }, whole(0), whole(0))).collect();
    for item in rated.iter().flat_map(|row| &row.items).filter(|item| !item.due.is_zero()) {
        let (traced, earned, due) = &mut items[usize::from(item.item)];
        traced.numerator += i64::from(item.outcome == Outcome::Met);
        traced.denominator += 1;
        *earned += rounded(item.points.unwrap_or_default());
        *due += rounded(item.due);
    }
    let items = items.into_iter().filter(|(traced, ..)| traced.denominator > 0);
    let items = items.map(|(traced, earned, due)| TracedItem {
        value: divide(earned * whole(100), due).map(rounded),
        earned: Some(earned),
        due: Some(due),
        ..traced
    });
    let value = mean(&scores).filter(|_| is_enough(rated.len(), rows.len() - rated.len(), share_min));
    ComponentResult { value, n_organisations: rated.len(), n_without_result: rows.len() - rated.len(), items: items.collect(), ..blank }
}

/// Whether so many of the organisations are evidenced that a figure over them can stand for all.
fn is_enough(n_evidenced: usize, n_without: usize, share_min: Ratio) -> bool {
    whole(n_evidenced as i64) >= share_min * whole((n_evidenced + n_without) as i64)
}

/// The mean of indicators, each rolled up over the organisations below as share × 100. One of them that too few evidence
/// leaves the component without a value: the others do not stand for it.
fn mean_of_indicators(
    compiled: &Compiled,
    sources: &CompositeSources<'_>,
    below: &[&Subject],
    share_min: Ratio,
    blank: ComponentResult,
) -> ComponentResult {
    let branches: Vec<&Subject> = below.iter().copied().filter(|s| is_branch(sources.pack, s)).collect();
    let rolled = roll_up(compiled, &branches, sources.facts, sources.marks, sources.period, sources.closed_until);
    let values: Vec<Ratio> = rolled.iter().filter_map(|r| Some(rounded(r.value? * whole(100)))).collect();
    let is_evidenced = rolled.iter().all(|r| is_enough(r.n_organisations, r.n_not_evidenced, share_min));
    let n_asked = rolled.iter().map(|r| r.n_organisations + r.n_not_evidenced).max().unwrap_or(0);
    let n_without_result = rolled.iter().map(|r| r.n_not_evidenced).max().unwrap_or(0);
    let items = rolled.into_iter().map(|r| TracedItem {
        value: r.value.filter(|_| is_enough(r.n_organisations, r.n_not_evidenced, share_min)).map(|v| rounded(v * whole(100))),
        numerator: r.numerator,
        denominator: r.denominator,
        ..TracedItem::blank(&r.key, &r.name)
    });
    let value = mean(&values).filter(|_| is_evidenced);
    ComponentResult { value, n_organisations: n_asked - n_without_result, n_without_result, items: items.collect(), ..blank }
}

/// The mean of indicators over what was handed to the unit and to the committees below it; those of which nothing was due are left
/// out, and where nothing was due at all it is worth what the pack says.
fn of_committees(
    compiled: &Compiled,
    sources: &CompositeSources<'_>,
    unit: &Subject,
    below: &[&Subject],
    full_when_nothing_due: bool,
    blank: ComponentResult,
) -> ComponentResult {
    let committees: Vec<&Subject> = std::iter::once(unit).chain(below.iter().copied()).filter(|s| !is_branch(sources.pack, s)).collect();
    let rolled = roll_up(compiled, &committees, sources.facts, sources.marks, sources.period, sources.closed_until);
    let n_organisations = rolled.iter().map(|r| r.n_organisations).max().unwrap_or(0);
    let items: Vec<TracedItem> = rolled
        .into_iter()
        .map(|r| TracedItem {
            // More may be closed in a year than were opened in it.
            value: r.value.map(|v| rounded(v * whole(100)).min(whole(100))),
            numerator: r.numerator,
            denominator: r.denominator,
            ..TracedItem::blank(&r.key, &r.name)
        })
        .collect();
    let values: Vec<Ratio> = items.iter().filter_map(|item| item.value).collect();
    let value = mean(&values).or_else(|| full_when_nothing_due.then(|| whole(100)));
    ComponentResult { value, n_organisations, items, ..blank }
}

fn is_branch(pack: &Pack, subject: &Subject) -> bool {
    pack.organisation_kinds.get(&subject.kind).is_some_and(|kind| kind.role == policy::OrganisationRole::Branch)
}

impl ComponentResult {
    /// Whether it has no value because too few organisations below are evidenced; else nobody has judged it yet.
    #[must_use]
    pub fn lacks_evidence(&self) -> bool {
        self.value.is_none() && self.n_organisations + self.n_without_result > 0
    }
}

impl CompositeRow {
    /// Whether every component has its value, so that the total can be held against another's.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.components.iter().all(|part| part.value.is_some())
    }
}

impl TracedItem {
    fn blank(key: &str, name: &str) -> Self {
        Self { key: key.to_owned(), name: name.to_owned(), field: None, numerator: 0, denominator: 0, value: None, earned: None, due: None }
    }

    /// Whether this is the item of a key and field.
    #[must_use]
    pub fn is_called(&self, key: &str, field: Option<&str>) -> bool {
        self.key == key && self.field.as_deref() == field
    }
}
