//! What holds for any decomposition: what is accepted adds up over four levels, what does not is refused with its difference.

use directive::Comparator;
use jiff::civil::date;
use proptest::prelude::*;

use super::model::{Part, PartsKind, check_parts, sum_of};
use super::quantity::{Target, amount, printed};

fn target(comparator: Comparator, milli: i64) -> Target {
    Target { comparator, milli: Some(milli), text: String::new(), unit: "个".to_owned() }
}

fn problems(whole: &Target, shares: &[i64]) -> Vec<String> {
    let part = |(milli, organisation): (&i64, i64)| Part {
        organisation,
        quantity_milli: Some(*milli),
        due_on: date(2026, 6, 30),
        owner: "党委书记".to_owned(),
        owner_level: None,
    };
    let parts: Vec<Part> = shares.iter().zip(1..).map(part).collect();
    check_parts(Some(whole), date(2026, 6, 30), PartsKind::Divide, &parts, &|org| format!("{org} 号镇")).err().unwrap_or_default()
}

fn comparators() -> impl Strategy<Value = Comparator> {
    prop_oneof![Just(Comparator::AtLeast), Just(Comparator::AtMost), Just(Comparator::Equal)]
}

/// A task with what it was split into; without parts it is done where it is.
#[derive(Debug, Clone)]
struct Tree {
    milli: i64,
    parts: Vec<Tree>,
}

/// Splits a number at some points into positive shares, and these again, so many levels deep.
fn tree(cuts: &mut impl Iterator<Item = u32>, milli: i64, levels: u32) -> Tree {
    let mut parts = Vec::new();
    let mut left = milli;
    if levels > 0 {
        for _ in 0..4 {
            if left <= 1 {
                break;
            }
            let share = 1 + i64::from(cuts.next().unwrap_or(1)) % (left - 1);
            parts.push(tree(cuts, share, levels - 1));
            left -= share;
        }
        parts.push(tree(cuts, left, levels - 1));
    }
    Tree { milli, parts }
}

impl Tree {
    /// Every split of it, from the top: the whole and its shares.
    fn splits(&self) -> Vec<(i64, Vec<i64>)> {
        let mut all: Vec<_> = self.parts.iter().flat_map(Tree::splits).collect();
        if !self.parts.is_empty() {
            all.push((self.milli, self.parts.iter().map(|part| part.milli).collect()));
        }
        all
    }

    fn leaves(&self) -> Vec<i64> {
        if self.parts.is_empty() { vec![self.milli] } else { self.parts.iter().flat_map(Tree::leaves).collect() }
    }

    /// What was reported below, summed up level by level; `done` says it of each leaf in turn.
    fn rolled_up(&self, done: &mut impl Iterator<Item = Option<i64>>) -> Option<i64> {
        if self.parts.is_empty() { done.next().flatten() } else { sum_of(self.parts.iter().map(|part| part.rolled_up(done)).collect::<Vec<_>>()) }
    }
}

proptest! {
    #[test]
    fn a_split_is_accepted_when_its_sum_fits_and_refused_with_the_difference(
        comparator in comparators(),
        wanted in 1_i64..5_000_000,
        shares in prop::collection::vec(1_i64..1_000_000, 1..12),
    ) {
        let sum: i64 = shares.iter().sum();
        let fits = match comparator {
            Comparator::AtLeast => sum >= wanted,
            Comparator::AtMost => sum <= wanted,
            Comparator::Equal => sum == wanted,
        };
        let found = problems(&target(comparator, wanted), &shares);
        prop_assert_eq!(found.is_empty(), fits, "{:?}", found);
        if !fits {
            let difference = amount(&printed((wanted - sum).abs()), "个");
            let side = if sum < wanted { "还差" } else { "多了" };
            prop_assert!(found[0].ends_with(&format!("{side} {difference}。")), "{:?}", found);
        }
    }

    #[test]
    fn four_levels_that_add_up_one_by_one_add_up_altogether(
        wanted in 1_i64..9_000_000,
        cuts in prop::collection::vec(any::<u32>(), 1..200),
        off in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_i64..50),
    ) {
        let tree = tree(&mut cuts.into_iter(), wanted, 3);
        let splits = tree.splits();
        for (whole, shares) in &splits {
            prop_assert!(problems(&target(Comparator::Equal, *whole), shares).is_empty());
        }
        prop_assert_eq!(tree.leaves().iter().sum::<i64>(), wanted);
        // One part that is off by anything, at any level, is refused there.
        let (whole, mut shares) = splits[off.0.index(splits.len())].clone();
        let at = off.1.index(shares.len());
        shares[at] += off.2;
        prop_assert!(!problems(&target(Comparator::Equal, whole), &shares).is_empty());
    }

    #[test]
    fn what_is_reported_below_rolls_up_to_its_sum(
        wanted in 1_i64..9_000_000,
        cuts in prop::collection::vec(any::<u32>(), 1..60),
        reported in prop::collection::vec(prop::option::of(0_i64..1_000_000), 700),
    ) {
        let tree = tree(&mut cuts.into_iter(), wanted, 3);
        let n = tree.leaves().len();
        let said: Vec<i64> = reported[..n].iter().flatten().copied().collect();
        let expected = (!said.is_empty()).then(|| said.iter().sum());
        prop_assert_eq!(tree.rolled_up(&mut reported.into_iter()), expected);
    }
}
