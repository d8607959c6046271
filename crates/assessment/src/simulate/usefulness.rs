//! Whether an item tells organisations apart: how many earn the same share of its points, and how far the others are off.

use std::collections::{HashMap, HashSet};

use policy::Ratio;

use super::MICRO;
use crate::exact::divide;
use crate::result::Evaluation;

/// How the shares of an item's points are spread over the organisations for which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usefulness {
    /// Organisations for which it counts and is settled.
    pub n: usize,
    /// Those of the largest group that earns exactly the same share.
    pub n_equal: usize,
    /// The share that this group earns, 0 to 1.
    pub equal_at: Ratio,
    /// Millionths of its points that an organisation earns on average.
    pub mean: i64,
    /// Millionths by which an organisation is off the mean, on average: 0 when all earn the same.
    pub spread: i64,
}

impl Usefulness {
    /// Whether at least this share of the organisations earns the same.
    #[must_use]
    pub fn is_equal_for(&self, share: Ratio) -> bool {
        Ratio::new(self.n_equal as i128, self.n.max(1) as i128) >= share
    }
}

/// For every item of an evaluation, over the organisations that are seen and whose result in it is settled.
pub(super) fn of_items(evaluation: &Evaluation, seen: &HashSet<i64>) -> Vec<Option<Usefulness>> {
    let mut shares: Vec<HashMap<Ratio, usize>> = vec![HashMap::new(); evaluation.items.len()];
    for item in evaluation.rows.iter().filter(|row| seen.contains(&row.org)).flat_map(|row| &row.items) {
        // What waits for evidence or for somebody's judgement has no share yet.
        if item.points != item.points_to {
            continue;
        }
        if let Some(share) = item.points.and_then(|points| divide(points, item.due)) {
            *shares[usize::from(item.item)].entry(share).or_default() += 1;
        }
    }
    shares.iter().map(of_shares).collect()
}

fn of_shares(shares: &HashMap<Ratio, usize>) -> Option<Usefulness> {
    let n: usize = shares.values().sum();
    // Of equally large groups the one that earns more, so that the answer does not hang on the order of a table.
    let (equal_at, n_equal) = shares.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| a.0.cmp(b.0)))?;
    let micro = |share: &Ratio| i64::try_from((share * Ratio::from_integer(i128::from(MICRO))).floor().to_integer()).unwrap_or_default();
    let count = i64::try_from(n).unwrap_or(i64::MAX);
    let weighted =
        |figure: &dyn Fn(i64) -> i64| shares.iter().map(|(share, n)| figure(micro(share)) * i64::try_from(*n).unwrap_or_default()).sum::<i64>();
    let mean = weighted(&|share| share) / count;
    let spread = weighted(&|share| (share - mean).abs()) / count;
    Some(Usefulness { n, n_equal: *n_equal, equal_at: *equal_at, mean, spread })
}
