//! 先进、中间、后进: the tier of a row, and how organisations moved between two evaluations.

use std::collections::BTreeMap;

use policy::{Key, Operand, Pack};

use crate::exact::whole;
use crate::result::{Evaluation, Row};

/// The first tier of the row's scheme whose condition holds; `None`: 暂不评定, or no tier says.
#[must_use]
pub fn tier_of<'p>(pack: &'p Pack, scheme: &str, row: &Row) -> Option<&'p Key> {
    let star = row.star?;
    let names = |name: &str| match name {
        "star" => Some(Operand::Number(whole(i64::from(star)))),
        "score" => Some(Operand::Number(row.score)),
        "field" => Some(Operand::Text(row.field.clone())),
        _ => None,
    };
    let mut tiers: Vec<_> = pack.tiers.iter().filter(|(_, tier)| tier.scheme == scheme).collect();
    tiers.sort_by_key(|(key, tier)| (tier.order, *key));
    let holds = tiers.into_iter().find(|(_, tier)| tier.when.evaluate(&names) == Ok(Operand::Truth(true)));
    holds.map(|(key, _)| key)
}

/// From where to where organisations moved, with their codes; `None` stands for 暂不评定 or absent.
pub type Transitions<T> = BTreeMap<(Option<T>, Option<T>), Vec<String>>;

/// How organisations moved between two evaluations, by what `place` says of a row: its star, its tier.
///
/// ```
/// # use assessment::{Evaluation, transitions};
/// fn risen(before: &Evaluation, after: &Evaluation) -> usize {
///     let moves = transitions(before, after, |row| row.star);
///     moves.iter().filter(|((from, to), _)| from.is_some() && to > from).map(|(_, codes)| codes.len()).sum()
/// }
/// ```
pub fn transitions<T: Ord>(before: &Evaluation, after: &Evaluation, place: impl Fn(&Row) -> Option<T>) -> Transitions<T> {
    let mut moves: Transitions<T> = BTreeMap::new();
    for row in &after.rows {
        let from = before.row(&row.code).and_then(&place);
        moves.entry((from, place(row))).or_default().push(row.code.clone());
    }
    for row in before.rows.iter().filter(|row| after.row(&row.code).is_none()) {
        moves.entry((place(row), None)).or_default().push(row.code.clone());
    }
    moves
}
