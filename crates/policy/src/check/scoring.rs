//! Whether what an item says fits its way of scoring; bonuses and ballots.

use std::collections::BTreeSet;

use num_traits::{Signed, Zero};

use super::Checker;
use super::schemes::{items, share, sum, words};
use crate::{Ballot, Effect, Item, Ratio, Scheme, ScoreRule};

/// Further back than this nobody has comparable records.
const YEARS_BACK_MAX: i16 = 10;

/// Whether the way of scoring fits the indicator, and what is said beside it fits the way of scoring.
pub(super) fn item(checker: &mut Checker<'_>, id: &str, path: &str, item: &Item) {
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
    if let Some(indicator) = pack.indicators.get(&item.indicator)
        && item.score == ScoreRule::ChangeAgainstBase
        && indicator.covered_by.is_none()
        && indicator.evidenced_when.is_none()
        && indicator.duty.is_none()
    {
        let message =
            format!("指标“{}”按变化计分，请在指标里写明怎样算有记录（covered_by 或 evidenced_when）：基期没有录入的不能当作零", item.indicator);
        checker.error(id, &format!("{path}.indicator"), message);
    }
    target(checker, id, path, item);
    belongs(checker, id, path, item);
    bands(checker, id, path, item);
    for (key, points) in [("floor", item.floor), ("last_points", item.last_points)] {
        if points.is_some_and(|points| points.is_negative() || points > item.weight) {
            checker.error(id, &format!("{path}.{key}"), format!("{key} 应在 0 到权重 {} 之间", words(item.weight)));
        }
    }
    if item.per_fault.is_some_and(|points| !points.is_positive()) {
        checker.error(id, &format!("{path}.per_fault"), "每个扣的分数（per_fault）应大于 0");
    }
    if let Some(change) = item.change {
        if change.from == change.to {
            checker.error(id, &format!("{path}.change"), "变化的起点（from）与满分点（to）不能相同");
        }
        if !(1..=YEARS_BACK_MAX).contains(&change.years_back) {
            checker.error(id, &format!("{path}.change.years_back"), format!("years_back 应在 1 到 {YEARS_BACK_MAX} 之间：1 是与上年相比"));
        }
    }
}

/// A scheme may ask more of an indicator than the indicator's own clause, never less and nothing else.
fn target(checker: &mut Checker<'_>, id: &str, path: &str, item: &Item) {
    let (Some(asked), Some(indicator)) = (item.target, checker.reading.pack.indicators.get(&item.indicator)) else { return };
    let key = format!("{path}.target");
    if item.score == ScoreRule::ChangeAgainstBase {
        checker.error(id, &key, "按变化计分的不看目标值，请删去 target");
    }
    if indicator.target.is_empty() {
        checker.error(id, &key, format!("指标“{}”没有目标值，方案里不能另提，请删去 target", indicator.name));
    } else if let Some(own) = indicator.target.iter().find(|own| !asked.asks_no_less_than(&own.is)) {
        let message = format!("指标“{}”自 {} 起的要求是 {}，方案只能按同样的比较提得更高，不能写 {asked}", indicator.name, own.from, own.is);
        checker.error(id, &key, message);
    }
}

/// What belongs to one way of scoring stands beside that one only.
fn belongs(checker: &mut Checker<'_>, id: &str, path: &str, item: &Item) {
    let parts = [
        ("per_fault", item.per_fault.is_some(), ScoreRule::Deduct, "deduct", true),
        ("floor", item.floor.is_some(), ScoreRule::Deduct, "deduct", false),
        ("last_points", item.last_points.is_some(), ScoreRule::RankInCohort, "rank_in_cohort", false),
        ("change", item.change.is_some(), ScoreRule::ChangeAgainstBase, "change_against_base", true),
        ("ballot", item.ballot.is_some(), ScoreRule::Judged, "judged", false),
    ];
    for (key, is_said, rule, name, is_needed) in parts {
        if is_said && item.score != rule {
            checker.error(id, &format!("{path}.{key}"), format!("{key} 只用于 score = \"{name}\"，请删去或者改计分办法"));
        }
        if !is_said && is_needed && item.score == rule {
            checker.error(id, &format!("{path}.score"), format!("score = \"{name}\" 请同时写明 {key}"));
        }
    }
}

fn bands(checker: &mut Checker<'_>, id: &str, path: &str, item: &Item) {
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

/// A veto rests on its document: what a scheme asks beyond the indicator's clause vetoes nobody.
pub(super) fn targets_of_vetoes(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let named: BTreeSet<&str> = scheme.vetoes.iter().map(|veto| veto.unless_met.as_str()).collect();
    let raised = items(scheme).find(|item| item.target.is_some() && named.contains(item.indicator.as_str()));
    if let Some(item) = raised {
        let message = format!("“{}”写了一票否决，就按依据的要求，不能在方案里另提（target），请删去一处", item.indicator);
        checker.error(id, "veto", message);
    }
}

/// Bonus items and their cap go together.
pub(super) fn bonus(checker: &mut Checker<'_>, id: &str, scheme: &Scheme) {
    let has_items = items(scheme).any(|item| item.bonus);
    match scheme.bonus_cap {
        None if has_items => checker.error(id, "section", "有加分项目（bonus = true），请写明合计最多加几分（bonus_cap）"),
        Some(_) if !has_items => checker.error(id, "bonus_cap", "没有加分项目（bonus = true），请删去 bonus_cap"),
        Some(cap) if !cap.is_positive() => checker.error(id, "bonus_cap", "加分的上限（bonus_cap）应大于 0"),
        _ => {}
    }
}

/// Ballots: somebody has to come, the groups make up the whole, a vote can say more than one thing.
pub(super) fn ballots(checker: &mut Checker<'_>) {
    for (key, ballot) in &checker.reading.pack.ballots {
        let id = format!("ballot.{key}");
        share(checker, &id, "quorum", ballot.quorum);
        if ballot.quorum.is_zero() {
            checker.error(&id, "quorum", "参加比例（quorum）应大于 0：没有人参加的测评没有结果");
        }
        if ballot.scale.from >= ballot.scale.to {
            checker.error(&id, "scale", "分值范围请从低到高写，如 { from = 0, to = 100 }");
        }
        held(checker, &id, ballot);
        let scale = ballot.scale.from..=ballot.scale.to;
        for (i, option) in ballot.options.iter().enumerate() {
            if !scale.contains(&option.vote) || ballot.options[..i].iter().any(|before| before.vote == option.vote) {
                checker.error(&id, &format!("option.{i}"), format!("“{}”的分值 {} 不在范围里，或者与别的选项相同", option.name, option.vote));
            }
        }
        let total = sum(ballot.groups.iter().map(|group| &group.weight)).unwrap_or_default();
        if total != Ratio::from_integer(100) {
            checker.error(&id, "group", format!("各类参加人员的权重合计 {}，不是 100；请把权重改到合计 100", words(total)));
        }
        let mut seen = BTreeSet::new();
        for (i, group) in ballot.groups.iter().enumerate() {
            let path = format!("group.{i}");
            if !seen.insert(group.key.as_str()) {
                checker.error(&id, &path, format!("“{}”写了两次，请改名或者合并", group.key));
            }
            if !group.weight.is_positive() {
                checker.error(&id, &path, "权重应大于 0；不计入的人员请删去");
            }
        }
    }
}

/// A sitting ends with a count or without one, by the pack's own steps; votes on devices are put in order before they are counted.
fn held(checker: &mut Checker<'_>, id: &str, ballot: &Ballot) {
    let pack = &checker.reading.pack;
    let Some(procedure) = ballot.procedure.as_ref().and_then(|key| pack.procedures.get(key)) else {
        if ballot.on_devices.is_some() {
            checker.error(id, "on_devices", "电子投票要写明按哪个程序办（procedure）");
        }
        return;
    };
    if procedure.subject != "ballot" {
        checker.error(id, "procedure", format!("程序“{}”不是测评的程序（subject = \"ballot\"）", procedure.name));
    }
    for key in ["preparing", "voting"] {
        if !procedure.stages.iter().any(|stage| stage.key == key) {
            checker.error(id, "procedure", format!("程序“{}”缺一个环节 {key}：preparing 定参加范围，voting 投票和录票", procedure.name));
        }
    }
    let effects: Vec<Effect> = procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| action.effects.iter().copied()).collect();
    let mut wanted = vec![(Effect::BallotCount, "ballot.count（计入结果）"), (Effect::BallotVoid, "ballot.void（不计结果）")];
    wanted.extend(ballot.on_devices.iter().map(|_| (Effect::BallotCloseBox, "ballot.close_box（封箱）")));
    for (effect, word) in wanted {
        if !effects.contains(&effect) {
            checker.error(id, "procedure", format!("程序“{}”没有一步写 {word}", procedure.name));
        }
    }
}
