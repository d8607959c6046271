//! Whether fields, or small and large branches, come off otherwise than the rest: mean position and share of the highest star.

use std::collections::BTreeMap;

use policy::{Key, Ratio};

use super::{Compared, Placing, position};
use crate::exact::compare;

/// Organisations that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupReport {
    /// Key of the field; empty for groups by size.
    pub field: Key,
    /// Fewest and most full members.
    pub members: (u32, u32),
    /// All of them, 暂不评定 included.
    pub n: usize,
    pub before: GroupFigures,
    pub after: GroupFigures,
}

/// How a group comes off under one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupFigures {
    /// Organisations with a star.
    pub n_rated: usize,
    /// Those with the highest star.
    pub n_top: usize,
    /// Mean position in millionths: below 500 000 is better than the middle. `None`: nobody is rated.
    pub position: Option<i64>,
}

/// By field. Cohorts are formed within fields, so that positions in them say nothing about fields:
/// here all stand in one row by their score.
pub(super) fn by_field(rows: &[Compared], top: u8) -> Vec<GroupReport> {
    let before = positions(rows, |row| &row.before);
    let after = positions(rows, |row| &row.after);
    let mut groups: BTreeMap<&Key, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        groups.entry(&row.field).or_default().push(at);
    }
    groups.into_iter().map(|(field, members)| report(rows, field, &members, top, &before, &after)).collect()
}

/// By quartile of the number of full members; equal numbers are never parted. Positions are those within the cohort.
pub(super) fn by_size(rows: &[Compared], top: u8) -> Vec<GroupReport> {
    let mut sizes: Vec<u32> = rows.iter().map(|row| row.n_members).collect();
    sizes.sort_unstable();
    let Some(last) = sizes.len().checked_sub(1) else { return Vec::new() };
    let edges = [1, 2, 3].map(|quarter| sizes[last * quarter / 4]);
    let mut groups = vec![Vec::new(); 4];
    for (at, row) in rows.iter().enumerate() {
        groups[edges.iter().filter(|edge| row.n_members > **edge).count()].push(at);
    }
    let before: Vec<Option<i64>> = rows.iter().map(|row| row.before.position).collect();
    let after: Vec<Option<i64>> = rows.iter().map(|row| row.after.position).collect();
    groups.into_iter().filter(|members| !members.is_empty()).map(|members| report(rows, "", &members, top, &before, &after)).collect()
}

/// Where each stands among all by score alone; `None`: 暂不评定.
fn positions(rows: &[Compared], of: impl Fn(&Compared) -> &Placing) -> Vec<Option<i64>> {
    let mut order: Vec<(usize, Ratio)> =
        rows.iter().enumerate().filter(|(_, row)| of(row).star.is_some()).map(|(at, row)| (at, of(row).score)).collect();
    order.sort_by(|a, b| compare(&b.1, &a.1));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut found = vec![None; rows.len()];
    let mut n_before = 0;
    for equals in order.chunk_by(|a, b| a.1 == b.1) {
        for (at, _) in equals {
            found[*at] = Some(position(count(n_before), count(equals.len()), count(order.len())));
        }
        n_before += equals.len();
    }
    found
}

fn report(rows: &[Compared], field: &str, members: &[usize], top: u8, before: &[Option<i64>], after: &[Option<i64>]) -> GroupReport {
    let figures = |positions: &[Option<i64>], of: &dyn Fn(&Compared) -> Option<u8>| {
        let rated: Vec<i64> = members.iter().filter_map(|at| positions[*at]).collect();
        GroupFigures {
            n_rated: rated.len(),
            n_top: members.iter().filter(|at| of(&rows[**at]) == Some(top)).count(),
            position: i64::try_from(rated.len()).ok().filter(|n| *n > 0).map(|n| rated.iter().sum::<i64>() / n),
        }
    };
    let sizes = || members.iter().map(|at| rows[*at].n_members);
    GroupReport {
        field: field.to_owned(),
        members: (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0)),
        n: members.len(),
        before: figures(before, &|row| row.before.star),
        after: figures(after, &|row| row.after.star),
    }
}
