//! Schemes, lists and rankings add up: weights, stars, quotas, ties.

use std::collections::BTreeSet;

use num_traits::{CheckedAdd, Signed, Zero};

use super::{Checker, scoring};
use crate::{Item, Key, Over, Ratio, Scheme, Section, SettingValue, WeakListMode, WhenNotEvidenced, parse_ratio, print_rounded};

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, scheme) in &pack.schemes {
        let id = format!("scheme.{key}");
        weights(checker, &id, scheme);
        stars(checker, &id, scheme);
        vetoes(checker, &id, scheme);
        weight_changes(checker, &id, scheme);
        scoring::bonus(checker, &id, scheme);
        scoring::targets_of_vetoes(checker, &id, scheme);
        standards(checker, &id, scheme);
        effects(checker, &id, scheme);
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
    votes(checker);
    weak_lists(checker);
    rankings(checker);
}

/// What a vote is held against is a share of those who vote.
fn votes(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    for (key, activity) in &pack.activities {
        for (field, setting) in [("quorum", &activity.quorum), ("majority", &activity.majority)] {
            let values = setting.as_ref().and_then(|setting| pack.settings.get(setting)).map(|setting| setting.value.as_slice());
            let is_share = |value: &SettingValue| match value {
                SettingValue::Text(text) => parse_ratio(text).is_ok(),
                SettingValue::Whole(_) => true,
                SettingValue::Truth(_) => false,
            };
            if values.unwrap_or_default().iter().any(|value| !is_share(&value.is)) {
                checker.error(&format!("activity.{key}"), field, "这个参数不是占比，请写成 1/2 或 50%");
            }
        }
    }
}

/// An approved change after the lock leads to the weight that the scheme has, and comes after the lock.
fn weight_changes(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let weights = scheme.weights();
    for (i, change) in scheme.weight_changes.iter().enumerate() {
        let path = format!("weight_change.{i}");
        let Some(locked_on) = scheme.weights_locked_on else {
            checker.error(id, &path, "没有写权重锁定的日期（weights_locked_on），不用写变更；请删去，或者写上日期");
            continue;
        };
        if change.on < locked_on {
            checker.error(id, &format!("{path}.on"), format!("{} 在锁定（{locked_on}）以前，不是锁定以后的变更", change.on));
        }
        let now = weights.get(&(change.field.clone(), change.item.clone())).copied().unwrap_or_default();
        let mut same = scheme.weight_changes[i + 1..].iter().filter(|later| later.item == change.item && later.field == change.field);
        if same.next().is_none() && now != change.to {
            let message = format!("变更写的是 {}，方案里“{}”现在是 {}；请改成一致", words(change.to), change.item, words(now));
            checker.error(id, &format!("{path}.to"), message);
        }
    }
}

/// All items of a scheme, for whichever field.
pub(super) fn items(scheme: &Scheme) -> impl Iterator<Item = &Item> {
    let standards = scheme.standards.iter().flat_map(|standard| &standard.sections);
    scheme.sections.iter().chain(standards).flat_map(|section| &section.items)
}

/// The weights together; `None` when their fractions have nothing in common and outgrow 128 bits.
pub(super) fn sum<'a>(weights: impl Iterator<Item = &'a Ratio>) -> Option<Ratio> {
    weights.into_iter().try_fold(Ratio::zero(), |sum, weight| sum.checked_add(weight))
}

/// The weights of sections together; bonus items are due from nobody.
fn sum_of(sections: &[Section]) -> Option<Ratio> {
    sum(sections.iter().flat_map(|section| &section.items).filter(|item| !item.bonus).map(|item| &item.weight))
}

pub(super) fn words(n: Ratio) -> String {
    if n.is_integer() { n.to_string() } else { print_rounded(n, 2) }
}

/// The weights of a field's standard together with the common items give 100, or what the scheme says that they give.
fn weights(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    const TOO_FINE: &str = "权重的分母太多，加不起来；请用整数或者小数";
    let wanted = scheme.weights_total.unwrap_or_else(|| Ratio::from_integer(100));
    if !wanted.is_positive() {
        checker.error(id, "weights_total", "weights_total 应大于 0；合计就是 100 的，请删去这一项");
        return;
    }
    let advice = |total: Ratio| {
        let (total, wanted) = (words(total), words(wanted));
        format!("不是 {wanted}；请把权重改到合计 {wanted}，确实要另定合计的写明 weights_total = {total}（得分按合计折算成 100）")
    };
    let Some(common) = sum_of(&scheme.sections) else {
        checker.error(id, "section", TOO_FINE);
        return;
    };
    if scheme.standards.is_empty() && common != wanted {
        checker.error(id, "section", format!("各项权重合计 {}，{}", words(common), advice(common)));
    }
    for (i, standard) in scheme.standards.iter().enumerate() {
        let path = format!("standard.{i}");
        let own = sum_of(&standard.sections);
        match own.and_then(|own| Some((own, own.checked_add(&common)?))) {
            Some((_, total)) if total == wanted => {}
            Some((own, total)) => {
                let parts = format!("共同项目 {}，本领域 {}", words(common), words(own));
                checker.error(id, &path, format!("领域“{}”的权重合计 {}（{parts}），{}", standard.field, words(total), advice(total)));
            }
            None => checker.error(id, &path, TOO_FINE),
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
        if let Some(effect) = star.effect_at_least {
            share(checker, id, &format!("star.{i}.effect_at_least"), effect);
        }
        if star.at_least.is_negative() || star.at_least > Ratio::from_integer(100) {
            checker.error(id, &format!("star.{i}.at_least"), "界限分数应在 0 到 100 之间");
        }
    }
    if scheme.stars.last().is_some_and(|last| last.star <= scheme.star_below) {
        checker.error(id, "star_below", "star_below 应低于最低一级的星级");
    }
    let quotas: Vec<(usize, Ratio)> = scheme.stars.iter().enumerate().filter_map(|(i, star)| Some((i, star.quota?))).collect();
    let total = sum(quotas.iter().map(|(_, quota)| quota));
    if let (Some((last, _)), Some(total)) = (quotas.last(), total.filter(|total| *total > Ratio::from_integer(1))) {
        let message = format!("各星级的名额比例合计 {}%，超过 100%；请调低比例，或者删去最低一级的 quota", words(total * Ratio::from_integer(100)));
        checker.error(id, &format!("star.{last}.quota"), message);
    }
}

/// A veto is about an item, either caps or disqualifies, and rests on a document that may take a star away.
fn vetoes(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    for (i, veto) in scheme.vetoes.iter().enumerate() {
        let path = format!("veto.{i}");
        if !items(scheme).any(|item| item.indicator == veto.unless_met) {
            checker.error(id, &format!("{path}.unless_met"), format!("一票否决的指标“{}”不在本方案的项目中，请加入项目或者删去", veto.unless_met));
        }
        if veto.disqualify == veto.star_at_most.is_some() {
            checker.error(id, &path, "一票否决请写明后果：最高几星（star_at_most = 3），或者不予评星（disqualify = true），只写一项");
        }
        let document = checker.reading.pack.documents.get(&veto.cite.doc);
        let is_known = document.is_some() || veto.cite.is_example();
        if is_known && !scheme.example && !document.is_some_and(crate::Document::is_at_least_provincial) {
            let name = document.map_or("示例", |document| document.name.as_str());
            let message = format!(
                "一票否决要以省级以上的文件为依据，而“{name}”不是；请引用省级以上文件（authority = \"national\" 或 \"provincial\"）的条款，没有的改成扣分项目（score = \"deduct\"）"
            );
            checker.error(id, &format!("{path}.cite"), message);
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

/// A star that asks for effect is within everybody's reach by effect alone: each field has an item of it that is due from all.
fn effects(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let Some(star) = scheme.stars.iter().find(|star| star.effect_at_least.is_some()).map(|star| star.star) else { return };
    let indicators = &checker.reading.pack.indicators;
    let counts = |item: &Item| {
        let is_due = !item.bonus && item.when_not_evidenced != WhenNotEvidenced::LeaveOut;
        is_due && indicators.get(&item.indicator).is_none_or(|indicator| indicator.effect)
    };
    let has_one = |sections: &[Section]| sections.iter().flat_map(|section| &section.items).any(counts);
    if has_one(&scheme.sections) {
        return;
    }
    let advice = format!(
        "{star} 星要看成效（effect_at_least），一项也没有的只做材料就能评上；请加一项成效指标（effect = true，没有依据时不能不计），或者删去 effect_at_least"
    );
    if scheme.standards.is_empty() {
        checker.error(id, "section", format!("方案没有成效项目，而 {advice}"));
    }
    let lacking: Vec<(usize, &str)> =
        scheme.standards.iter().enumerate().filter(|(_, it)| !has_one(&it.sections)).map(|(i, it)| (i, it.field.as_str())).collect();
    for (i, field) in lacking {
        checker.error(id, &format!("standard.{i}"), format!("领域“{field}”没有成效项目，而 {advice}"));
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
            scoring::item(checker, id, &path, item);
        }
    }
}

pub(super) fn share(checker: &mut Checker<'_>, id: &str, path: &str, share: Ratio) {
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
            checker.error(&id, "component", format!("各部分权重合计 {}，不是 100；请把权重改到合计 100", words(total)));
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
            let longer = |key: &&Key| checker.reading.pack.indicators.get(*key).is_some_and(|indicator| indicator.per > ranking.per);
            if let Some(longer) = component.indicators.iter().find(longer) {
                let name = &checker.reading.pack.indicators[longer].name;
                let message =
                    format!("排名{}一次，“{name}”的周期比它长，在一期里没有值；请改用周期不超过{}的指标", ranking.per.label(), ranking.per.label());
                checker.error(&id, &format!("{path}.indicators"), message);
            }
            if component.over == Over::Committees && component.indicators.is_empty() {
                checker.error(&id, &format!("{path}.over"), "按委员会自己的记录计，要写出 indicators");
            }
            if component.full_when_nothing_due && component.over != Over::Committees {
                checker.error(
                    &id,
                    &format!("{path}.full_when_nothing_due"),
                    "只有按委员会自己的记录计的部分（over = \"committees\"）才能写没有到期时按满分计",
                );
            }
        }
    }
}
