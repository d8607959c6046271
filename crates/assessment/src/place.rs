//! The second step of items scored by place: when the cohorts stand, values are compared and points given.

use num_traits::Zero;
use policy::{Ratio, ScoreRule};

use crate::compile::{Compiled, ItemPlan};
use crate::exact::{add, compare, divide, multiply, whole};
use crate::result::{ItemResult, Outcome, Row};

/// Gives the points of every item scored by its place, cohort by cohort. Totals are made afterwards.
pub(crate) fn give_points<'a>(compiled: &Compiled, cohorts: impl Iterator<Item = &'a [usize]>, rows: &mut [Row]) {
    let ranked: Vec<usize> = (0..compiled.plans.len()).filter(|&i| compiled.plans[i].rule == ScoreRule::RankInCohort).collect();
    for members in cohorts {
        for &number in &ranked {
            in_cohort(number, &compiled.plans[number], members, rows);
        }
    }
}

/// Who takes a place: row, place of the item in it, value.
struct Standing {
    row: usize,
    item: usize,
    value: Ratio,
}

fn in_cohort(number: usize, plan: &ItemPlan, members: &[usize], rows: &mut [Row]) {
    let standing = |&row: &usize| {
        let item = rows[row].items.iter().position(|item| usize::from(item.item) == number)?;
        rows[row].items[item].value_to_be_placed().map(|value| Standing { row, item, value })
    };
    let mut order: Vec<Standing> = members.iter().filter_map(standing).collect();
    let n = order.len();
    order.sort_by(|a, b| if plan.less_is_better { compare(&a.value, &b.value) } else { compare(&b.value, &a.value) });
    let mut n_before = 0;
    for equals in order.chunk_by(|a, b| a.value == b.value) {
        for one in equals {
            let item = &mut rows[one.row].items[one.item];
            let points = points(plan, item.applicable, n_before, equals.len(), n);
            item.points = points;
            item.points_to = points;
            item.place = Some((n_before as u32 + 1, n as u32));
        }
        n_before += equals.len();
    }
}

/// The best of `n` gets all, the last what the item leaves the last, the mean place of equals lies in even steps between.
fn points(plan: &ItemPlan, applicable: Ratio, n_before: usize, n_equal: usize, n: usize) -> Option<Ratio> {
    if n == 1 || plan.weight.is_zero() {
        return Some(applicable);
    }
    // Twice the number of those behind the mean place, of twice those behind the first.
    let behind = whole((2 * (n - n_before) - n_equal - 1) as i64);
    let share = divide(behind, whole(2 * (n as i64 - 1)))?;
    let last = divide(plan.last_points, plan.weight)?;
    multiply(applicable, add(last, multiply(add(whole(1), -last)?, share)?)?)
}

impl ItemResult {
    /// The value of an item that waits for its place; what people judged or nothing evidences takes none.
    fn value_to_be_placed(&self) -> Option<Ratio> {
        self.value.filter(|_| !self.judged && matches!(self.outcome, Outcome::Met | Outcome::NotMet))
    }
}
