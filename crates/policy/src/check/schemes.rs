//! Schemes, lists and rankings add up: weights, stars, quotas, bands, ties.

use std::collections::BTreeSet;

use num_traits::{CheckedAdd, Signed, Zero};

use super::Checker;
use crate::{Item, Ratio, Scheme, ScoreRule, Section, WeakListMode, print_rounded};

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, scheme) in &pack.schemes {
        let id = format!("scheme.{key}");
        weights(checker, &id, scheme);
        stars(checker, &id, scheme);
        standards(checker, &id, scheme);
        ties(checker, &id, scheme);
        sections(checker, &id, "section", &scheme.sections);
        for (i, standard) in scheme.standards.iter().enumerate() {
            sections(checker, &id, &format!("standard.{i}.section"), &standard.sections);
        }
        share(checker, &id, "evidenced_weight_min", scheme.evidenced_weight_min);
    }
    for (key, ranking) in &pack.rankings {
        share(checker, &format!("ranking.{key}"), "evidenced_share_min", ranking.evidenced_share_min);
    }
    for (key, duty) in &pack.duties {
        share(checker, &format!("duty.{key}"), "late_counts", duty.late_counts);
    }
    weak_lists(checker);
    rankings(checker);
}

/// All items of a scheme, for whichever field.
fn items(scheme: &Scheme) -> impl Iterator<Item = &Item> {
    let standards = scheme.standards.iter().flat_map(|standard| &standard.sections);
    scheme.sections.iter().chain(standards).flat_map(|section| &section.items)
}

/// The weights together; `None` when their fractions have nothing in common and outgrow 128 bits.
fn sum<'a>(weights: impl Iterator<Item = &'a Ratio>) -> Option<Ratio> {
    weights.into_iter().try_fold(Ratio::zero(), |sum, weight| sum.checked_add(weight))
}

/// The weights of sections together.
fn sum_of(sections: &[Section]) -> Option<Ratio> {
    sum(sections.iter().flat_map(|section| &section.items).map(|item| &item.weight))
}

fn words(n: Ratio) -> String {
    if n.is_integer() { n.to_string() } else { print_rounded(n, 2) }
}

/// The weights of a field's standard together with the common items give 100.
fn weights(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let hundred = Ratio::from_integer(100);
    let common = sum_of(&scheme.sections).unwrap_or_default();
    if scheme.standards.is_empty() && common != hundred {
        checker.note(id, "section", format!("各项权重合计 {}，不是 100；得分按合计折算", words(common)));
    }
    for (i, standard) in scheme.standards.iter().enumerate() {
        let path = format!("standard.{i}");
        let own = sum_of(&standard.sections);
        match own.and_then(|own| Some((own, own.checked_add(&common)?))) {
            Some((_, total)) if total == hundred => {}
            Some((own, total)) => {
                let parts = format!("共同项目 {}，本领域 {}", words(common), words(own));
                let message = format!("领域“{}”的权重合计 {}（{parts}），不是 100；得分按合计折算", standard.field, words(total));
                checker.note(id, &path, message);
            }
            None => checker.error(id, &path, "权重的分母太多，加不起来；请用整数或者小数"),
        }
    }
}

fn stars(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    for (i, pair) in scheme.stars.windows(2).enumerate() {
        if pair[1].star >= pair[0].star || pair[1].at_least >= pair[0].at_least {
            checker.error(id, &format!("star.{}", i + 1), "星级请从高到低排列，界限分数也逐级降低");
        }
    }
    for (i, star) in scheme.stars.iter().enumerate() {
        if let Some(quota) = star.quota {
            share(checker, id, &format!("star.{i}.quota"), quota);
        }
        if star.at_least.is_negative() || star.at_least > Ratio::from_integer(100) {
            checker.error(id, &format!("star.{i}.at_least"), "界限分数应在 0 到 100 之间");
        }
    }
    if scheme.stars.last().is_some_and(|last| last.star <= scheme.star_below) {
        checker.error(id, "star_below", "star_below 应低于最低一级的星级");
    }
    for (i, veto) in scheme.vetoes.iter().enumerate() {
        if !items(scheme).any(|item| item.indicator == veto.unless_met) {
            checker.error(id, &format!("veto.{i}.unless_met"), format!("一票否决的指标“{}”不在本方案的项目中，请加入项目或者删去", veto.unless_met));
        }
    }
}

/// Fields that have no standard of their own while others have, and fields that have two.
fn standards(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    if scheme.standards.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for (i, standard) in scheme.standards.iter().enumerate() {
        if !seen.insert(standard.field.as_str()) {
            checker.error(id, &format!("standard.{i}.field"), format!("领域“{}”的标准写了两次，请合并", standard.field));
        }
    }
    for (key, field) in &checker.reading.pack.fields {
        if !seen.contains(key.as_str()) {
            checker.note(id, "standard", format!("领域“{}”（{key}）没有标准，只按共同项目计分；如需要请补充 [[{id}.standard]]", field.name));
        }
    }
}

/// `ITEM.share`, `ITEM.numerator`.
fn ties(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let known: Vec<&str> = items(scheme).map(|item| item.indicator.as_str()).collect();
    for (i, tie) in scheme.ties.iter().enumerate() {
        let path = format!("ties.{i}");
        match tie.rsplit_once('.') {
            Some((item, "share" | "numerator")) => checker.expect((id, &path), "本方案的项目", item, known.iter().copied()),
            _ => checker.error(id, &path, format!("“{tie}”请写成 指标.share 或 指标.numerator")),
        }
    }
}

fn sections(checker: &mut Checker<'_>, id: &str, path: &str, sections: &[Section]) {
    let mut seen = BTreeSet::new();
    for (s, section) in sections.iter().enumerate() {
        for (i, item) in section.items.iter().enumerate() {
            let path = format!("{path}.{s}.items.{i}");
            if !seen.insert(item.indicator.as_str()) {
                checker.error(id, &path, format!("指标“{}”在这里写了两次，请合并", item.indicator));
            }
            item_fits(checker, id, &path, item);
        }
    }
}

/// Whether the way of scoring fits the indicator, and bands fit the weight.
fn item_fits(checker: &mut Checker<'_>, id: &str, path: &str, item: &Item) {
    if item.weight.is_negative() {
        checker.error(id, &format!("{path}.weight"), "权重不能小于 0");
    }
    let pack = &checker.reading.pack;
    if let Some(indicator) = pack.indicators.get(&item.indicator) {
        let is_judged = indicator.value.is_none();
        if is_judged != (item.score == ScoreRule::Judged) {
            let message = if is_judged {
                "这个指标由人评定（没有 value），请写 score = \"judged\""
            } else {
                "这个指标由系统计算，不能写 score = \"judged\""
            };
            checker.error(id, &format!("{path}.score"), message);
        }
    }
    if (item.score == ScoreRule::Bands) == item.bands.is_empty() {
        checker.error(id, &format!("{path}.score"), "score = \"bands\" 与分档（bands）要一起写");
    }
    for (b, band) in item.bands.iter().enumerate() {
        if band.points > item.weight || band.points.is_negative() {
            checker.error(id, &format!("{path}.bands.{b}"), format!("分档的分数应在 0 到权重 {} 之间", words(item.weight)));
        }
        if b > 0 && band.at_least >= item.bands[b - 1].at_least {
            checker.error(id, &format!("{path}.bands.{b}"), "分档请从高到低排列");
        }
    }
}

fn share(checker: &mut Checker<'_>, id: &str, path: &str, share: Ratio) {
    if share.is_negative() || share > Ratio::from_integer(1) {
        checker.error(id, path, format!("比例 {} 应在 0 到 1 之间，如 \"10%\"", words(share)));
    }
}

fn weak_lists(checker: &mut Checker<'_>) {
    for (key, list) in &checker.reading.pack.weak_lists {
        let id = format!("weak_list.{key}");
        match (list.mode, list.ratio) {
            (WeakListMode::Ratio, None) => checker.error(&id, "mode", "mode = \"ratio\" 请写明比例 ratio，如 \"10%\""),
            (WeakListMode::None, Some(_)) => checker.error(&id, "ratio", "mode = \"none\"（应整尽整）不用比例，请删去 ratio"),
            (_, ratio) => share(checker, &id, "ratio", ratio.unwrap_or_default()),
        }
        let Some(scheme) = checker.reading.pack.schemes.get(&list.scheme) else { continue };
        let known: BTreeSet<&str> = items(scheme).map(|item| item.indicator.as_str()).collect();
        for (c, condition) in list.conditions.iter().enumerate() {
            for (i, indicator) in condition.proposed_unless_met.iter().enumerate() {
                if checker.reading.pack.indicators.contains_key(indicator) && !known.contains(indicator.as_str()) {
                    let message = format!("指标“{indicator}”不在方案“{}”的项目中，评定时不会计算它；请加入方案或者删去", list.scheme);
                    checker.error(&id, &format!("condition.{c}.proposed_unless_met.{i}"), message);
                }
            }
        }
    }
}

fn rankings(checker: &mut Checker<'_>) {
    for (key, ranking) in &checker.reading.pack.rankings {
        let id = format!("ranking.{key}");
        let total = sum(ranking.components.iter().map(|component| &component.weight)).unwrap_or_default();
        if total != Ratio::from_integer(100) {
            checker.note(&id, "component", format!("各部分权重合计 {}，不是 100；得分按合计折算", words(total)));
        }
        let mut seen = BTreeSet::new();
        for (i, component) in ranking.components.iter().enumerate() {
            let path = format!("component.{i}");
            if !seen.insert(component.key.as_str()) {
                checker.error(&id, &path, format!("部分“{}”写了两次，请改名", component.key));
            }
            if component.weight.is_negative() {
                checker.error(&id, &path, "权重不能小于 0");
            }
            if component.mean_score_of.is_some() && !component.indicators.is_empty() {
                checker.error(&id, &path, "mean_score_of 与 indicators 只能写一项");
            }
        }
    }
}
