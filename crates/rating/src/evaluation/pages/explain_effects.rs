//! 成效项目 of one organisation: what each was when a result was last published, and what it is.

use assessment::{ItemDefinition, ItemResult, decimal, plain};

use super::explain::{OneRow, unit_of};
use crate::evaluation;
use crate::evaluation::access::Opened;
use crate::http::visit::Visit;

/// One effect item beside its base.
pub(super) struct EffectLine {
    pub name: String,
    pub href: String,
    pub base: String,
    pub now: String,
    pub change: &'static str,
    pub points: String,
}

/// Effect items with the value of the last published result of the same length as their base.
pub(super) async fn effects(visit: &Visit, found: &Opened, one: &OneRow, base: &str) -> anyhow::Result<Vec<EffectLine>> {
    let reader = visit.app.store().reader();
    let earlier = match evaluation::published_before(reader, &found.evaluation).await? {
        Some(earlier) => match evaluation::row_of(reader, earlier.id, one.row.org).await? {
            Some((row, _)) => Some((evaluation::result_head(reader, earlier.id).await?, row)),
            None => None,
        },
        None => None,
    };
    let is_effect = |item: &&ItemResult| one.pack.indicators.get(&one.head.definition(item).indicator).is_some_and(|indicator| indicator.effect);
    let value = |item: &ItemResult, definition: &ItemDefinition| {
        if item.denominator > 0 && item.numerator != item.denominator {
            format!("{} / {}{}", item.numerator, item.denominator, unit_of(definition))
        } else {
            item.value.map_or_else(|| "—".to_owned(), |value| format!("{} {}", plain(value), definition.unit))
        }
    };
    let line = |item: &ItemResult| {
        let definition = one.head.definition(item);
        let old = earlier.as_ref().and_then(|(head, row)| head.item_of(row, &definition.key));
        EffectLine {
            name: definition.name.clone(),
            href: format!("{base}?item={}", definition.key),
            base: old.map_or_else(|| "没有上一期".to_owned(), |old| value(old, definition)),
            now: value(item, definition),
            change: match old.and_then(|old| Some(item.value?.cmp(&old.value?))) {
                Some(std::cmp::Ordering::Greater) => "上升",
                Some(std::cmp::Ordering::Less) => "下降",
                Some(std::cmp::Ordering::Equal) => "持平",
                None => "—",
            },
            points: item.points.map_or_else(|| "—".to_owned(), decimal),
        }
    };
    Ok(one.row.items.iter().filter(is_effect).map(line).collect())
}
