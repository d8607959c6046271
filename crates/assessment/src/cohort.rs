//! Who is compared with whom, in which order, and who gets a star within the quota.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::thread;

use policy::{Ratio, Rounding};

use crate::compile::{Compiled, Tie, TieBy};
use crate::evaluate::n_threads;
use crate::exact::{Sum, compare, divide, same, whole};
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
pub(crate) fn grade(compiled: &Compiled, groups: BTreeMap<String, Group>, rows: &mut [Row], standings: &[Standing]) -> Vec<Cohort> {
    rows.iter_mut().filter(|row| row.is_disqualified()).for_each(|row| row.star = None);
    let groups: Vec<(String, Group)> = groups.into_iter().collect();
    let of = |part: &[(String, Group)]| -> Vec<_> { part.iter().map(|(_, group)| Places::of(compiled, standings, &group.members)).collect() };
    let n_threads = n_threads(rows.len());
    let places: Vec<Places<'_>> = thread::scope(|scope| {
        let mut parts = groups.chunks(groups.len().div_ceil(n_threads).max(1));
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || of(part))).collect();
        let mut places = of(own);
        others.into_iter().for_each(|other| places.extend(other.join().expect("placing does not panic")));
        places
    });
    let mut cohorts = Vec::with_capacity(groups.len());
    for ((key, group), places) in groups.into_iter().zip(places) {
        for &member in &group.members {
            rows[member].cohort.clone_from(&key);
        }
        let quotas = places.write(rows);
        cohorts.push(Cohort { key, field: group.field, code: group.code, size: group.members.len(), quotas, pooled_from: group.pooled_from });
    }
    cohorts
}

/// Orders the members of one cohort, ranks them and gives stars. Whoever is rated comes with the lowest star and without a rank.
pub(crate) fn place(compiled: &Compiled, rows: &mut [Row], standings: &[Standing], members: &[usize]) {
    Places::of(compiled, standings, members).write(rows);
}

/// Ranks and stars of one cohort.
struct Places<'s> {
    placed: Vec<Placed<'s>>,
    quotas: Vec<QuotaResult>,
}

impl<'s> Places<'s> {
    /// Never by code or name.
    fn of(compiled: &Compiled, standings: &'s [Standing], members: &[usize]) -> Self {
        let placed = |&row: &usize| {
            let standing = &standings[row];
            standing.star.map(|star| Placed { row, standing, rank: 0, star, without_place: false })
        };
        let mut placed: Vec<Placed<'_>> = members.iter().filter_map(placed).collect();
        placed.sort_by(|a, b| a.standing.compare(b.standing));
        // Equals share a rank: 1, 2, 2, 4.
        let mut rank = 1;
        for equals in placed.chunk_by_mut(|a, b| a.standing.compare(b.standing).is_eq()) {
            equals.iter_mut().for_each(|one| one.rank = rank);
            rank += equals.len() as u32;
        }
        let quotas = give_stars(compiled, &mut placed, members.len());
        Self { placed, quotas }
    }

    fn write(self, rows: &mut [Row]) -> Vec<QuotaResult> {
        for Placed { row, rank, star, without_place, .. } in self.placed {
            let row = &mut rows[row];
            (row.rank, row.star) = (Some(rank), Some(star));
            row.without_place |= without_place;
        }
        self.quotas
    }
}

/// All subjects of one field under one superior, by key; the too small ones merged level by level upward.
pub(crate) fn form_cohorts(compiled: &Compiled, subjects: &[&Subject]) -> BTreeMap<String, Group> {
    let plan = &compiled.cohort;
    let mut settled: BTreeMap<String, Group> = BTreeMap::new();
    let mut open: BTreeMap<String, Group> = BTreeMap::new();
    let start = |i: usize| (0..plan.levels.len()).find_map(|l| Some((l, subjects[i].superior_at(&plan.levels[l])?.code.clone())));
    let places: Vec<_> = (0..subjects.len()).map(|i| start(i).unwrap_or_else(|| (plan.levels.len(), top_of(subjects[i])))).collect();
    // Thousands share a field and a superior: what they have in common is written once.
    let mut same: HashMap<(usize, &str, &str), Vec<usize>> = HashMap::new();
    for (i, (level, code)) in places.iter().enumerate() {
        same.entry((*level, subjects[i].field.as_str(), code.as_str())).or_default().push(i);
    }
    let mut same: Vec<_> = same.into_iter().collect();
    same.sort_unstable_by_key(|(_, members)| members[0]);
    for level in 0..=plan.levels.len() {
        for ((_, field, code), members) in same.iter().filter(|((at, ..), _)| *at == level) {
            let group = open.entry(cohort_key(compiled, field, code)).or_insert_with(|| Group::new(field, code));
            group.members.extend_from_slice(members);
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

/// All that orders a row among others and decides on its star, in one piece: rows are large and lie far apart.
pub(crate) struct Standing {
    score: Ratio,
    /// What ties are broken by, in order.
    ties: Box<[Ratio]>,
    /// As [`effect_share`] has it, where a star asks for it.
    effect: Option<Ratio>,
    /// Before places are given; `None`: neither star nor rank.
    star: Option<u8>,
    /// What its vetoes leave.
    star_at_most: u8,
}

impl Standing {
    pub(crate) fn of(compiled: &Compiled, row: &Row) -> Self {
        let figure = |tie: &Tie| find(compiled, row, &tie.items).map_or(whole(0), |item| tie.figure(item));
        let is_asked = compiled.stars.iter().any(|rule| rule.effect_at_least.is_some());
        Self {
            score: row.score,
            ties: compiled.ties.iter().map(figure).collect(),
            effect: if is_asked { effect_share(&compiled.definitions, row) } else { None },
            star: row.star.filter(|_| !row.is_disqualified()),
            star_at_most: row.vetoes.iter().filter_map(|veto| veto.star_at_most).min().unwrap_or(u8::MAX),
        }
    }

    /// Best first.
    fn compare(&self, other: &Self) -> Ordering {
        let by_ties = || self.ties.iter().zip(&other.ties).map(|(a, b)| compare(b, a)).find(|order| order.is_ne());
        compare(&other.score, &self.score).then_with(|| by_ties().unwrap_or(Ordering::Equal))
    }

    /// Whether it may have a star, quotas aside.
    fn may_have(&self, rule: &policy::StarRule) -> bool {
        self.star_at_most >= rule.star && compare(&self.score, &rule.at_least).is_ge() && self.is_effective(rule)
    }

    /// Whether the effect items earned what a star asks of them; whoever has none that counts shows no effect.
    fn is_effective(&self, rule: &policy::StarRule) -> bool {
        rule.effect_at_least.is_none_or(|wanted| self.effect.is_some_and(|share| compare(&share, &wanted).is_ge()))
    }
}

/// A row that takes a place.
struct Placed<'s> {
    row: usize,
    standing: &'s Standing,
    rank: u32,
    star: u8,
    without_place: bool,
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
fn give_stars(compiled: &Compiled, placed: &mut [Placed<'_>], size: usize) -> Vec<QuotaResult> {
    let mut quotas = Vec::new();
    for rule in &compiled.stars {
        let is_candidate = |one: &Placed<'_>| one.star <= rule.star && one.standing.may_have(rule);
        let mut result = rule.quota.map(|quota| QuotaResult::new(rule.star, quota, compiled.quota_rounding, size));
        let mut is_full = false;
        for equals in placed.chunk_by_mut(|a, b| a.rank == b.rank) {
            let n_candidates = equals.iter().filter(|one| is_candidate(one)).count();
            let fits = match &mut result {
                None => true,
                Some(result) => {
                    result.n_candidates += n_candidates;
                    is_full = is_full || result.n_awarded + n_candidates > result.places;
                    !is_full
                }
            };
            for one in equals.iter_mut().filter(|one| is_candidate(one)) {
                one.take_star(rule.star, fits, &mut result);
            }
        }
        quotas.extend(result);
    }
    quotas
}

/// Share of the points due of evidenced effect items that a row earned; `None`: none is due. What is not judged yet says nothing.
#[must_use]
pub fn effect_share(definitions: &[ItemDefinition], row: &Row) -> Option<Ratio> {
    let is_settled = |item: &ItemResult| item.points.zip(item.points_to).map_or(item.points == item.points_to, |(a, b)| same(a, b));
    let is_evidenced = |item: &&ItemResult| is_settled(item) && !matches!(item.outcome, Outcome::NotEvidenced(_));
    let is_effect = |item: &&ItemResult| definitions[usize::from(item.item)].effect && !definitions[usize::from(item.item)].bonus;
    let own = row.items.iter().filter(is_effect).filter(is_evidenced);
    let (mut earned, mut due) = (Sum::default(), Sum::default());
    for item in own {
        earned.add(item.points.unwrap_or_default());
        due.add(item.due);
    }
    divide(earned.value()?, due.value()?)
}

impl QuotaResult {
    fn new(star: u8, quota: Ratio, rounding: Rounding, size: usize) -> Self {
        Self { star, quota, rounding, places: rounding.places(quota, size), n_candidates: 0, n_awarded: 0, edge_score: None }
    }
}

impl Placed<'_> {
    fn take_star(&mut self, star: u8, fits: bool, quota: &mut Option<QuotaResult>) {
        if !fits {
            self.without_place = true;
            return;
        }
        self.star = star;
        if let Some(quota) = quota {
            quota.n_awarded += 1;
            quota.edge_score = Some(self.standing.score);
        }
    }
}
