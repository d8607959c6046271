//! What each weight decides: every item's weight is moved alone, the total put back to 100, and the cohorts graded again.
//! Measures are not read again; a moved weight scales what the item earned, is due, and has evidenced.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::thread;

use num_traits::Zero;
use policy::Ratio;

use crate::cohort::{Standing, place};
use crate::compile::Compiled;
use crate::exact::{add, divide, multiply, whole};
use crate::result::{ItemResult, Row};

/// What follows when one weight is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shift {
    /// Organisations that have a star before and after, and not the same.
    pub n_star: usize,
    /// Places by which organisations move, all together.
    pub n_places: u64,
    /// Organisations that have a rank before and after.
    pub n_ranked: usize,
}

impl Shift {
    /// Places by which an organisation moves on average; `None`: nobody is ranked.
    #[must_use]
    pub fn places_mean(&self) -> Option<Ratio> {
        (self.n_ranked > 0).then(|| Ratio::new(i128::from(self.n_places), self.n_ranked as i128))
    }

    fn take_in(&mut self, other: Self) {
        self.n_star += other.n_star;
        self.n_places += other.n_places;
        self.n_ranked += other.n_ranked;
    }
}

/// For every item of the scheme what follows when its weight goes up, and down, by `step` of itself.
/// Only `seen` organisations are counted.
pub(super) fn of_items(compiled: &Compiled, rows: Vec<Row>, seen: &HashSet<i64>, step: Ratio) -> Vec<(Shift, Shift)> {
    // Cohorts never reach across fields: an item moves its own field alone, and a common item each field by itself.
    let mut fields: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        match fields.get_mut(&row.field) {
            Some(of_field) => of_field.push(row),
            None => {
                fields.insert(row.field.clone(), vec![row]);
            }
        }
    }
    let mut waiting: Vec<(String, Vec<Row>)> = fields.into_iter().collect();
    waiting.sort_by_key(|(_, rows)| rows.len());
    let n_threads = thread::available_parallelism().map_or(1, usize::from).min(waiting.len());
    let waiting = Mutex::new(waiting);
    let found = Mutex::new(vec![(Shift::default(), Shift::default()); compiled.definitions.len()]);
    thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                loop {
                    // The largest first, so that no thread ends with it alone.
                    let next = waiting.lock().expect("no thread panics with it").pop();
                    let Some((key, rows)) = next else { break };
                    let numbers: Vec<usize> = compiled.items_of(&key).collect();
                    let shifts = shifts(compiled, rows, numbers.len(), seen, step);
                    let mut all = found.lock().expect("no thread panics with it");
                    for (number, (up, down)) in numbers.into_iter().zip(shifts) {
                        all[number].0.take_in(up);
                        all[number].1.take_in(down);
                    }
                }
            });
        }
    });
    found.into_inner().expect("no thread panics with it")
}

/// What an item, or all items of a row together, bring into the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    points: Ratio,
    due: Ratio,
    applicable: Ratio,
    evidenced: Ratio,
}

impl Parts {
    const NONE: Self =
        Self { points: Ratio::new_raw(0, 1), due: Ratio::new_raw(0, 1), applicable: Ratio::new_raw(0, 1), evidenced: Ratio::new_raw(0, 1) };

    /// Nothing for a bonus item: it is due from nobody and has no weight among the hundred to move.
    fn of(compiled: &Compiled, item: &ItemResult) -> Self {
        if compiled.definitions[usize::from(item.item)].bonus {
            return Self::NONE;
        }
        Self { points: item.points.unwrap_or_default(), due: item.due, applicable: item.applicable, evidenced: item.evidenced }
    }

    /// These and `factor` times the others; `None` on overflow.
    fn and(self, other: Self, factor: Ratio) -> Option<Self> {
        let scaled = |a: Ratio, b: Ratio| if b.is_zero() { Some(a) } else { add(a, multiply(b, factor)?) };
        Some(Self {
            points: scaled(self.points, other.points)?,
            due: scaled(self.due, other.due)?,
            applicable: scaled(self.applicable, other.applicable)?,
            evidenced: scaled(self.evidenced, other.evidenced)?,
        })
    }

    /// What of a hundred is earned; `None`: nothing is due.
    fn score(&self) -> Option<Ratio> {
        divide(multiply(self.points, whole(100))?, self.due)
    }

    /// Whether enough is evidenced for a star.
    fn is_rated(&self, compiled: &Compiled) -> bool {
        divide(self.evidenced, self.applicable).is_some_and(|share| share >= compiled.evidenced_weight_min)
    }
}

/// What of a row stays as it is whichever weight is moved.
struct Fixed {
    sum: Parts,
    /// Points that the score holds beside what its items earned of a hundred.
    beside: Ratio,
    /// It has no star though enough is evidenced: then no weight gives it one.
    is_without: bool,
    star: Option<u8>,
    rank: Option<u32>,
}

impl Fixed {
    /// `None`: nothing is due, or a sum does not fit; such a row has no star, and gets none.
    fn of(compiled: &Compiled, row: &Row, parts: &[Parts]) -> Option<Self> {
        let sum = parts.iter().try_fold(Parts::NONE, |sum, part| sum.and(*part, whole(1)))?;
        let beside = add(row.score, -sum.score()?)?;
        Some(Self { is_without: row.star.is_none() && sum.is_rated(compiled), sum, beside, star: row.star, rank: row.rank })
    }

    /// The score with one item's part moved, and whether there is a star.
    fn moved(&self, compiled: &Compiled, part: Parts, factor: Ratio) -> Option<(Ratio, bool)> {
        let all = self.sum.and(part, factor)?;
        Some((add(all.score()?, self.beside)?, !self.is_without && all.is_rated(compiled)))
    }
}

/// The shifts of the items of one field, in their order.
fn shifts(compiled: &Compiled, mut rows: Vec<Row>, n_items: usize, seen: &HashSet<i64>, step: Ratio) -> Vec<(Shift, Shift)> {
    let parts: Vec<Vec<Parts>> = rows.iter().map(|row| row.items.iter().map(|item| Parts::of(compiled, item)).collect()).collect();
    let fixed: Vec<Option<Fixed>> = rows.iter().zip(&parts).map(|(row, parts)| Fixed::of(compiled, row, parts)).collect();
    // Who is compared with whom does not hang on weights.
    let mut cohorts: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter_mut().enumerate() {
        cohorts.entry(std::mem::take(&mut row.cohort)).or_default().push(at);
        // Placing looks only at items that part equals.
        row.items.retain(|item| compiled.ties.iter().any(|tie| tie.items.contains(&item.item)));
    }
    let mut moved = |item: usize, factor: Ratio| {
        for ((row, parts), fixed) in rows.iter_mut().zip(&parts).zip(&fixed) {
            let part = parts.get(item).copied().unwrap_or(Parts::NONE);
            let moved = fixed.as_ref().and_then(|fixed| fixed.moved(compiled, part, factor));
            row.score = moved.map(|(score, _)| score).unwrap_or_default();
            row.star = moved.is_some_and(|(_, has_star)| has_star).then_some(compiled.star_below);
            row.rank = None;
            row.without_place = false;
        }
        let standings: Vec<Standing> = rows.iter().map(|row| Standing::of(compiled, row)).collect();
        for members in cohorts.values() {
            place(compiled, &mut rows, &standings, members);
        }
        counted(&rows, &fixed, seen)
    };
    (0..n_items).map(|item| (moved(item, step), moved(item, -step))).collect()
}

fn counted(rows: &[Row], fixed: &[Option<Fixed>], seen: &HashSet<i64>) -> Shift {
    let mut shift = Shift::default();
    for (row, before) in rows.iter().zip(fixed).filter(|(row, _)| seen.contains(&row.org)) {
        let (star, rank) = before.as_ref().map_or((None, None), |before| (before.star, before.rank));
        // A weight that only lifts somebody over the evidence asked for decides on no star.
        shift.n_star += usize::from(row.star.zip(star).is_some_and(|(now, was)| now != was));
        if let (Some(now), Some(was)) = (row.rank, rank) {
            shift.n_places += u64::from(now.abs_diff(was));
            shift.n_ranked += 1;
        }
    }
    shift
}
