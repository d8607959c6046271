//! Who is compared with whom, in which order, and who gets a star within the quota.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use policy::{Ratio, Rounding};

use crate::compile::{Compiled, Tie, TieBy};
use crate::exact::{compare, divide, whole};
use crate::result::{Cohort, ItemDefinition, ItemResult, Outcome, QuotaResult, Row, VetoApplied};
use crate::subject::Subject;

/// One cohort while it is formed: the rows in it, by index.
pub(crate) struct Group {
    field: String,
    code: String,
    members: Vec<usize>,
    pooled_from: Vec<(String, usize)>,
}

/// Writes its cohort into every row, orders each cohort, and gives stars. Whoever is disqualified gets neither star nor rank, and
/// counts in the size of the cohort all the same.
pub(crate) fn grade(compiled: &Compiled, groups: BTreeMap<String, Group>, rows: &mut [Row]) -> Vec<Cohort> {
    rows.iter_mut().filter(|row| row.is_disqualified()).for_each(|row| row.star = None);
    let mut cohorts = Vec::with_capacity(groups.len());
    for (key, group) in groups {
        for &member in &group.members {
            rows[member].cohort.clone_from(&key);
        }
        let quotas = place(compiled, rows, &group.members);
        cohorts.push(Cohort { key, field: group.field, code: group.code, size: group.members.len(), quotas, pooled_from: group.pooled_from });
    }
    cohorts
}

/// Orders the members of one cohort, ranks them and gives stars. Whoever is rated comes with the lowest star and without a rank.
pub(crate) fn place(compiled: &Compiled, rows: &mut [Row], members: &[usize]) -> Vec<QuotaResult> {
    let order = order(compiled, rows, members);
    rank(rows, &order);
    give_stars(compiled, rows, &order, members.len())
}

/// All subjects of one field under one superior, by key; the too small ones merged level by level upward.
pub(crate) fn form_cohorts(compiled: &Compiled, subjects: &[&Subject]) -> BTreeMap<String, Group> {
    let plan = &compiled.cohort;
    let mut settled: BTreeMap<String, Group> = BTreeMap::new();
    let mut open: BTreeMap<String, Group> = BTreeMap::new();
    let start = |i: usize| (0..plan.levels.len()).find_map(|l| Some((l, subjects[i].superior_at(&plan.levels[l])?.code.clone())));
    let places: Vec<_> = (0..subjects.len()).map(|i| start(i).unwrap_or_else(|| (plan.levels.len(), top_of(subjects[i])))).collect();
    for level in 0..=plan.levels.len() {
        for (i, (_, code)) in places.iter().enumerate().filter(|(_, (at, _))| *at == level) {
            join(compiled, &mut open, subjects[i], code, i);
        }
        let is_last = level + 1 >= plan.levels.len();
        for (key, group) in std::mem::take(&mut open) {
            let above = if is_last { None } else { subjects[group.members[0]].superior_at(&plan.levels[level + 1]) };
            match above {
                Some(above) if group.members.len() < plan.pool_below => {
                    let target = cohort_key(compiled, &group.field, &above.code);
                    let larger = open.entry(target).or_insert_with(|| Group::new(&group.field, &above.code));
                    larger.take_in(key, group);
                }
                _ => settle(&mut settled, key, group),
            }
        }
    }
    settled.into_iter().map(|(key, group)| (key, group.sorted())).collect()
}

/// The highest superior; the subject itself when it has none.
fn top_of(subject: &Subject) -> String {
    subject.superiors.last().map_or_else(|| subject.code.clone(), |s| s.code.clone())
}

fn cohort_key(compiled: &Compiled, field: &str, code: &str) -> String {
    let name = compiled.field_names.get(field).map_or(field, String::as_str);
    format!("{name}@{code}")
}

fn join(compiled: &Compiled, open: &mut BTreeMap<String, Group>, subject: &Subject, code: &str, member: usize) {
    let key = cohort_key(compiled, &subject.field, code);
    open.entry(key).or_insert_with(|| Group::new(&subject.field, code)).members.push(member);
}

fn settle(settled: &mut BTreeMap<String, Group>, key: String, group: Group) {
    match settled.get_mut(&key) {
        Some(known) => {
            known.members.extend(group.members);
            known.pooled_from.extend(group.pooled_from);
        }
        None => {
            settled.insert(key, group);
        }
    }
}

impl Group {
    /// Its rows, by index.
    pub(crate) fn members(&self) -> &[usize] {
        &self.members
    }

    fn new(field: &str, code: &str) -> Self {
        Self { field: field.to_owned(), code: code.to_owned(), members: Vec::new(), pooled_from: Vec::new() }
    }

    fn take_in(&mut self, key: String, smaller: Self) {
        if smaller.pooled_from.is_empty() {
            self.pooled_from.push((key, smaller.members.len()));
        } else {
            self.pooled_from.extend(smaller.pooled_from);
        }
        self.members.extend(smaller.members);
    }

    fn sorted(mut self) -> Self {
        self.members.sort_unstable();
        self.pooled_from.sort_unstable();
        self
    }
}

/// A row with all that orders it, best first.
struct Placed {
    row: usize,
    figures: Vec<Ratio>,
}

impl Placed {
    fn compare(&self, other: &Self) -> Ordering {
        let pairs = self.figures.iter().zip(&other.figures);
        pairs.map(|(a, b)| compare(b, a)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// Rows with a result, best first, in groups of equals. Never by code or name.
fn order(compiled: &Compiled, rows: &[Row], members: &[usize]) -> Vec<Vec<usize>> {
    let rated = members.iter().filter(|&&i| rows[i].star.is_some());
    let mut placed: Vec<Placed> = rated.map(|&row| Placed { row, figures: figures(compiled, &rows[row]) }).collect();
    placed.sort_by(Placed::compare);
    placed.chunk_by(|a, b| a.compare(b).is_eq()).map(|equals| equals.iter().map(|p| p.row).collect()).collect()
}

fn figures(compiled: &Compiled, row: &Row) -> Vec<Ratio> {
    let mut figures = vec![row.score];
    figures.extend(compiled.ties.iter().map(|tie| find(compiled, row, &tie.items).map_or(whole(0), |item| tie.figure(item))));
    figures
}

/// The item of a row among these numbers. Items stand in the order of their numbers; those of other fields are not looked for.
fn find<'a>(compiled: &Compiled, row: &'a Row, numbers: &[u16]) -> Option<&'a ItemResult> {
    let is_of_field = |number: &&u16| compiled.definitions[usize::from(**number)].field.as_ref().is_none_or(|field| *field == row.field);
    let place = |number: &u16| row.items.binary_search_by_key(number, |item| item.item).ok();
    numbers.iter().filter(is_of_field).find_map(place).map(|at| &row.items[at])
}

impl Tie {
    /// What it orders by; 0 where the item does not apply or is not evidenced.
    fn figure(&self, item: &ItemResult) -> Ratio {
        match self.by {
            TieBy::Share => divide(whole(item.numerator), whole(item.denominator)).unwrap_or(whole(0)),
            TieBy::Numerator => whole(item.numerator),
            TieBy::Value => item.value.unwrap_or(whole(0)),
            TieBy::Points => item.points.unwrap_or(whole(0)),
        }
    }
}

/// 1, 2, 2, 4.
fn rank(rows: &mut [Row], order: &[Vec<usize>]) {
    let mut rank = 1;
    for equals in order {
        for &row in equals {
            rows[row].rank = Some(rank);
        }
        rank += equals.len() as u32;
    }
}

/// The vetoes whose items were not met.
pub(crate) fn vetoes_of(compiled: &Compiled, row: &Row) -> Vec<VetoApplied> {
    let mut vetoes = Vec::new();
    for veto in &compiled.vetoes {
        let Some(item) = find(compiled, row, &veto.items) else { continue };
        if item.outcome == Outcome::NotMet {
            let key = compiled.definitions[usize::from(item.item)].key.clone();
            vetoes.push(VetoApplied { item: key, star_at_most: veto.star_at_most, cite: veto.cite.clone() });
        }
    }
    vetoes
}

/// Gives stars from the highest down. A star with a quota has quota × size places, rounded as the scheme says, taken in order;
/// a group of equals gets places only if all of it fits, and if it does not, nobody from there on gets one.
fn give_stars(compiled: &Compiled, rows: &mut [Row], order: &[Vec<usize>], size: usize) -> Vec<QuotaResult> {
    let mut quotas = Vec::new();
    let mut waiting: Vec<&[usize]> = order.iter().map(Vec::as_slice).collect();
    for rule in &compiled.stars {
        let may = |row: &Row| {
            is_effective(compiled, row, rule)
                && compare(&row.score, &rule.at_least).is_ge()
                && row.vetoes.iter().all(|v| v.star_at_most.is_some_and(|most| most >= rule.star))
        };
        let mut result = rule.quota.map(|quota| QuotaResult::new(rule.star, quota, compiled.quota_rounding, size));
        let mut is_full = false;
        for equals in &mut waiting {
            let candidates = equals.iter().filter(|&&i| !rows[i].has_star_above(rule.star) && may(&rows[i])).copied();
            let candidates: Vec<usize> = candidates.collect();
            let fits = match &mut result {
                None => true,
                Some(result) => {
                    result.n_candidates += candidates.len();
                    is_full = is_full || result.n_awarded + candidates.len() > result.places;
                    !is_full
                }
            };
            for i in candidates {
                rows[i].take_star(rule.star, fits, &mut result);
            }
        }
        quotas.extend(result);
    }
    quotas
}

/// Whether the effect items of a row earned what a star asks of them; nothing due, nothing asked.
fn is_effective(compiled: &Compiled, row: &Row, rule: &policy::StarRule) -> bool {
    let Some(wanted) = rule.effect_at_least else { return true };
    effect_share(&compiled.definitions, row).is_none_or(|share| compare(&share, &wanted).is_ge())
}

/// Share of the points due of evidenced effect items that a row earned; `None`: none is due. What is not judged yet says nothing.
#[must_use]
pub fn effect_share(definitions: &[ItemDefinition], row: &Row) -> Option<Ratio> {
    let is_evidenced = |item: &&ItemResult| item.points == item.points_to && !matches!(item.outcome, Outcome::NotEvidenced(_));
    let is_effect = |item: &&ItemResult| definitions[usize::from(item.item)].effect && !definitions[usize::from(item.item)].bonus;
    let own = row.items.iter().filter(is_effect).filter(is_evidenced);
    let (earned, due) = own.fold((whole(0), whole(0)), |(earned, due), item| (earned + item.points.unwrap_or_default(), due + item.due));
    divide(earned, due)
}

impl QuotaResult {
    fn new(star: u8, quota: Ratio, rounding: Rounding, size: usize) -> Self {
        Self { star, quota, rounding, places: rounding.places(quota, size), n_candidates: 0, n_awarded: 0, edge_score: None }
    }
}

/// Stars given so far are above the lowest; see [`Row::take_star`].
impl Row {
    fn has_star_above(&self, star: u8) -> bool {
        self.star.is_some_and(|had| had > star)
    }

    fn take_star(&mut self, star: u8, fits: bool, quota: &mut Option<QuotaResult>) {
        if !fits {
            self.without_place = true;
            return;
        }
        self.star = Some(star);
        if let Some(quota) = quota {
            quota.n_awarded += 1;
            quota.edge_score = Some(self.score);
        }
    }
}
