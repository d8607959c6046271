//! A draft scheme beside the scheme in force, on the same facts: who moves, what each weight decides, what tells nobody
//! apart, and whether a field or small branches come off worse. Pure, and nothing of it is kept.

mod draft;
mod fairness;
mod sensitivity;
mod usefulness;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use policy::{Key, Pack, Period, Ratio, Scheme};

use crate::compile::Compiled;
use crate::evaluate::evaluate;
use crate::exact::{divide, multiply};
use crate::facts::Facts;
use crate::result::{Evaluation, ItemDefinition};
use crate::subject::{Marks, Subject};

pub use draft::{Draft, DraftPlace, DraftProblem};
pub use fairness::{GroupFigures, GroupReport};
pub use sensitivity::Shift;
pub use usefulness::Usefulness;

/// Millionths: positions and shares of points are figures to look at, never to decide by.
pub const MICRO: i64 = 1_000_000;

/// The measure of the pack that says how many full members a branch has; sizes are compared by it.
const SIZE_MEASURE: &str = "full_members";

/// What a simulation is made from.
pub struct SimulationSources<'a> {
    pub pack: &'a Pack,
    /// Key of the scheme; the version that judges the period's year is taken.
    pub scheme: &'a str,
    pub draft: &'a Draft,
    pub subjects: &'a [Subject],
    pub facts: &'a Facts,
    pub marks: &'a Marks,
    pub period: Period,
    /// First day that no longer counts.
    pub closed_until: Date,
    /// Organisations that are shown and counted. Cohorts are graded over all, so that ranks and quotas are those of the whole.
    pub seen: &'a HashSet<i64>,
    /// By which share of itself each weight is moved up and down.
    pub weight_step: Ratio,
}

/// What a draft would do.
#[derive(Debug, Clone)]
pub struct Simulation {
    pub name: String,
    /// 示例方案.
    pub example: bool,
    pub period: Period,
    pub closed_until: Date,
    /// From the highest, the lowest included.
    pub stars: Vec<u8>,
    /// By code.
    pub rows: Vec<Compared>,
    /// Items of the draft, common ones first, then field by field.
    pub items: Vec<ItemReport>,
    /// By key of the field.
    pub by_field: Vec<GroupReport>,
    /// From the smallest branches to the largest, at most four groups.
    pub by_size: Vec<GroupReport>,
}

/// One organisation under both schemes.
#[derive(Debug, Clone)]
pub struct Compared {
    pub org: i64,
    pub code: String,
    pub name: String,
    pub field: Key,
    /// Full members on the last day that counts.
    pub n_members: u32,
    pub before: Placing,
    pub after: Placing,
}

/// Where one scheme puts an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    pub score: Ratio,
    /// Points that are still open would raise the score.
    pub is_open: bool,
    /// `None`: too little is evidenced, or a veto took it away.
    pub star: Option<u8>,
    pub rank: Option<u32>,
    /// Key of the cohort.
    pub cohort: String,
    /// Organisations in the cohort.
    pub size: usize,
    /// Millionths of the cohort before it, halves of its equals counted: 500 000 is the middle. `None`: 暂不评定.
    pub position: Option<i64>,
}

impl Compared {
    /// `Greater`: the draft gives more stars. Without a star under one of them, neither.
    #[must_use]
    pub fn star_moves(&self) -> Ordering {
        self.before.star.zip(self.after.star).map_or(Ordering::Equal, |(before, after)| after.cmp(&before))
    }

    /// Places gained within the same cohort, negative when lost; `None` where there is nothing to compare.
    #[must_use]
    pub fn places_gained(&self) -> Option<i64> {
        if self.before.cohort != self.after.cohort {
            return None;
        }
        Some(i64::from(self.before.rank?) - i64::from(self.after.rank?))
    }

    /// Whether star or rank come out otherwise.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        (self.before.star, self.before.rank, &self.before.cohort) != (self.after.star, self.after.rank, &self.after.cohort)
    }
}

/// One item of the draft.
#[derive(Debug, Clone)]
pub struct ItemReport {
    pub definition: ItemDefinition,
    /// Its weight in the scheme in force.
    pub weight_before: Ratio,
    /// Whether it tells organisations apart; `None`: it counts for nobody who is seen.
    pub usefulness: Option<Usefulness>,
    /// What follows when its weight alone is moved up by the step.
    pub up: Shift,
    /// And down.
    pub down: Shift,
}

/// Evaluates the scheme and its draft on the same facts and compares them.
///
/// An item that people judged keeps its share of the weight: four of five points are eight of ten.
///
/// # Errors
/// What of the draft cannot be, each with its place; nothing is computed then.
pub fn simulate(sources: &SimulationSources<'_>) -> Result<Simulation, Vec<DraftProblem>> {
    let Some((entry, scheme)) = sources.pack.scheme_in(sources.scheme, sources.period.year) else {
        return Err(vec![DraftProblem::whole(format!("制度包中没有用于 {} 年的方案 {}", sources.period.year, sources.scheme))]);
    };
    run(sources, entry, scheme, sources.draft.apply(sources.pack, scheme)?)
}

/// As [`simulate`], with a scheme that was written anew beside the one in force: items may come and go. Whom it is for and from
/// which year makes no difference: it is tried on the period that is asked for. [`SimulationSources::draft`] is not looked at.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_whole(sources: &SimulationSources<'_>, whole: &Scheme) -> Result<Simulation, Vec<DraftProblem>> {
    let Some((entry, scheme)) = sources.pack.scheme_in(sources.scheme, sources.period.year) else {
        return Err(vec![DraftProblem::whole(format!("制度包中没有用于 {} 年的方案 {}", sources.period.year, sources.scheme))]);
    };
    run(sources, entry, scheme, in_place_of(scheme, whole))
}

/// A scheme as it would be in the place of another one: for the same years, as a version of the same.
#[must_use]
pub fn in_place_of(scheme: &Scheme, whole: &Scheme) -> Scheme {
    Scheme {
        version_of: scheme.version_of.clone(),
        from_year: scheme.from_year,
        until_year: scheme.until_year,
        ends_earlier: scheme.ends_earlier,
        ..whole.clone()
    }
}

fn run(sources: &SimulationSources<'_>, entry: &Key, scheme: &Scheme, drafted: Scheme) -> Result<Simulation, Vec<DraftProblem>> {
    let compile = |pack: &Pack| {
        Compiled::new(pack, sources.scheme, sources.period.from())
            .map_err(|problems| problems.into_iter().map(DraftProblem::whole).collect::<Vec<_>>())
    };
    let compiled = compile(sources.pack)?;
    let evaluated =
        |compiled: &Compiled, marks: &Marks| evaluate(compiled, sources.subjects, sources.facts, marks, sources.period, sources.closed_until);
    let first = evaluated(&compiled, sources.marks);
    let before: HashMap<i64, Placing> = first.rows.iter().map(|row| row.org).zip(placings(&first)).collect();
    let is_changed = drafted != *scheme;
    let (compiled_draft, mut after) = if is_changed {
        drop(first.rows);
        let mut pack = sources.pack.clone();
        pack.schemes.insert(entry.clone(), drafted.clone());
        let compiled_draft = compile(&pack)?;
        let marks = rescaled(sources, &compiled, &compiled_draft);
        let after = evaluated(&compiled_draft, &marks);
        (compiled_draft, after)
    } else {
        (compiled.clone(), first)
    };
    let placed = placings(&after);
    let rows = compared(sources, &after, &before, &placed);
    let useful = usefulness::of_items(&after, sources.seen);
    let shifts = sensitivity::of_items(&compiled_draft, std::mem::take(&mut after.rows), sources.seen, sources.weight_step);
    let weights: HashMap<_, Ratio> = compiled.definitions.iter().map(|d| ((&d.field, &d.key), d.weight)).collect();
    let items = compiled_draft.definitions.iter().zip(useful).zip(shifts).map(|((definition, usefulness), (up, down))| ItemReport {
        weight_before: weights.get(&(&definition.field, &definition.key)).copied().unwrap_or_default(),
        definition: definition.clone(),
        usefulness,
        up,
        down,
    });
    let top = drafted.stars.iter().map(|rule| rule.star).max().unwrap_or(drafted.star_below);
    let mut stars: Vec<u8> = drafted.stars.iter().map(|rule| rule.star).chain([scheme.star_below, drafted.star_below]).collect();
    stars.sort_unstable_by(|a, b| b.cmp(a));
    stars.dedup();
    Ok(Simulation {
        name: scheme.name.clone(),
        example: scheme.example,
        period: sources.period,
        closed_until: after.closed_until,
        stars,
        items: items.collect(),
        by_field: fairness::by_field(&rows, top),
        by_size: fairness::by_size(&rows, top),
        rows,
    })
}

/// What is kept of an evaluation, beside its rows.
fn placings(evaluation: &Evaluation) -> Vec<Placing> {
    let mut equals: HashMap<(&str, u32), i64> = HashMap::new();
    let mut rated: HashMap<&str, i64> = HashMap::new();
    for row in &evaluation.rows {
        let Some(rank) = row.rank else { continue };
        *equals.entry((&row.cohort, rank)).or_default() += 1;
        *rated.entry(&row.cohort).or_default() += 1;
    }
    let place = |row: &crate::result::Row| Placing {
        score: row.score,
        is_open: row.is_open(),
        star: row.star,
        rank: row.rank,
        cohort: row.cohort.clone(),
        size: evaluation.cohort_of(row).map_or(0, |cohort| cohort.size),
        position: row.rank.map(|rank| position(i64::from(rank) - 1, equals[&(row.cohort.as_str(), rank)], rated[row.cohort.as_str()])),
    };
    evaluation.rows.iter().map(place).collect()
}

/// Millionths of `n` that stand before one of `n_equal`, of whom `n_before` others stand before all.
fn position(n_before: i64, n_equal: i64, n: i64) -> i64 {
    (2 * n_before + n_equal) * MICRO / (2 * n.max(1))
}

/// Organisations that both schemes judge.
fn compared(sources: &SimulationSources<'_>, evaluation: &Evaluation, before: &HashMap<i64, Placing>, after: &[Placing]) -> Vec<Compared> {
    let last_day = evaluation.closed_until.yesterday().unwrap_or(evaluation.closed_until).max(evaluation.period.from());
    let kinds = sources.pack.measures.get(SIZE_MEASURE).map_or(&[][..], |measure| measure.active.as_slice());
    let rows = evaluation.rows.iter().zip(after).filter(|(row, _)| sources.seen.contains(&row.org));
    rows.filter_map(|(row, after)| Some((row, before.get(&row.org)?, after)))
        .map(|(row, before, after)| Compared {
            org: row.org,
            code: row.code.clone(),
            name: row.name.clone(),
            field: row.field.clone(),
            n_members: size_of(sources.facts, row.org, kinds, last_day),
            before: before.clone(),
            after: after.clone(),
        })
        .collect()
}

/// Spans of these kinds that hold on a day.
fn size_of(facts: &Facts, org: i64, kinds: &[Key], on: Date) -> u32 {
    let holds = |span: &crate::fact::Span<'_>| span.from <= on && span.until.is_none_or(|until| on < until);
    let n = facts.spans_of(org).filter(|span| kinds.iter().any(|kind| kind == span.kind) && holds(span)).count();
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Judged points in the draft's weights.
fn rescaled(sources: &SimulationSources<'_>, before: &Compiled, after: &Compiled) -> Marks {
    let fields: HashMap<i64, &str> = sources.subjects.iter().map(|s| (s.id, s.field.as_str())).collect();
    let mut factors: BTreeMap<(Option<&str>, &str), Ratio> = BTreeMap::new();
    let weights: HashMap<(Option<&str>, &str), Ratio> =
        before.definitions.iter().map(|old| ((old.field.as_deref(), old.indicator.as_str()), old.weight)).collect();
    for new in &after.definitions {
        let Some(old) = weights.get(&(new.field.as_deref(), new.indicator.as_str())).filter(|old| **old != new.weight) else { continue };
        if let Some(factor) = divide(new.weight, *old) {
            factors.insert((new.field.as_deref(), &new.indicator), factor);
        }
    }
    sources.marks.with_judged(|org, indicator, points| {
        let field = fields.get(&org).copied();
        let factor = factors.get(&(field, indicator)).or_else(|| factors.get(&(None, indicator)));
        factor.and_then(|factor| multiply(points, *factor)).unwrap_or(points)
    })
}
