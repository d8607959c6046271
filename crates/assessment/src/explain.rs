//! Why a figure is what it is, in sentences: data for a page, a document, or the API.

use jiff::civil::Date;
use policy::{Cite, Key, Period, Ratio, Rounding, ScoreRule, WhenNotEvidenced};

use crate::compile::printed_change;
use crate::exact::{divide, multiply, whole};
use crate::print::{decimal, plain};
use crate::result::{Evaluation, ItemDefinition, ItemResult, Outcome, Row};

/// One item of one organisation, explained down to its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub name: String,
    pub section: String,
    /// Sentences, in reading order.
    pub sentences: Vec<String>,
    pub numerator: i64,
    pub denominator: i64,
    /// Finds the records behind the figure.
    pub filter: EvidenceFilter,
    /// Labels of the periods that apply and were not met: `2025 年 2 月`.
    pub missing: Vec<String>,
    /// Made up late and accepted.
    pub late: Vec<String>,
    /// Covered by no source.
    pub unknown: Vec<String>,
    pub cite: Cite,
    /// The sentence of docs/口径.md.
    pub reading: Option<String>,
    /// What can still be done in periods that are not over; what is past cannot be changed.
    pub still_possible: Option<String>,
}

/// Which facts a figure counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFilter {
    pub org: i64,
    /// Kinds of fact.
    pub kinds: Vec<Key>,
    pub from: Date,
    /// First day after.
    pub until: Date,
    /// The records, by id.
    pub sources: Vec<i64>,
}

/// Explains an item of a row.
#[must_use]
pub fn explain(evaluation: &Evaluation, row: &Row, item: &ItemResult) -> Explanation {
    let definition = evaluation.definition(item);
    let mut sentences = vec![what_is_asked(definition)];
    sentences.extend(what_was_found(definition, item));
    sentences.extend(gaps(definition, item));
    sentences.push(what_it_earns(definition, item));
    let labels = |periods: &[Period]| periods.iter().map(|p| p.label()).collect();
    Explanation {
        name: definition.name.clone(),
        section: definition.section.clone(),
        sentences,
        numerator: item.numerator,
        denominator: item.denominator,
        filter: EvidenceFilter {
            org: row.org,
            kinds: definition.kinds.clone(),
            from: evaluation.period.from(),
            until: evaluation.period.until(),
            sources: item.evidence.to_vec(),
        },
        missing: labels(&item.missing),
        late: labels(&item.late),
        unknown: labels(&item.unknown),
        cite: definition.cite.clone(),
        reading: definition.reading.clone(),
        still_possible: still_possible(definition, item),
    }
}

/// Explains the total of a row: what is due, what was earned, star, rank, quota.
#[must_use]
pub fn explain_total(evaluation: &Evaluation, row: &Row) -> Vec<String> {
    let mut sentences = Vec::new();
    let of_hundred = row.score - row.bonus;
    let earned = multiply(of_hundred, row.due).and_then(|points| divide(points, whole(100))).unwrap_or_default();
    let until = if evaluation.is_closed() { String::new() } else { format!("只计已结束的周期（截至 {}），", last_day(evaluation)) };
    sentences.push(format!("{until}应得 {} 分，实得 {} 分，折算 {} 分。", plain(row.due), decimal(earned), decimal(of_hundred)));
    sentences.extend(bonus(evaluation, row));
    if row.is_open() {
        sentences.push(format!("还有项目没有依据，评定后总分在 {} 至 {} 分之间。", decimal(row.score), decimal(row.score_to)));
    }
    if row.left_out > whole(0) {
        sentences.push(format!("{} 分的项目没有依据，按方案规定不计入总分。", plain(row.left_out)));
    }
    let name_of = |key: &Key| row.items.iter().map(|i| evaluation.definition(i)).find(|d| d.key == *key).map_or(key.clone(), |d| d.name.clone());
    if row.is_disqualified() {
        let names = row.vetoes.iter().filter(|veto| veto.star_at_most.is_none()).map(|veto| format!("“{}”", name_of(&veto.item)));
        sentences.push(format!("{}未达标，按规定不予评星，不排名次。", names.collect::<String>()));
        return sentences;
    }
    let Some(star) = row.star else {
        let minimum = policy::parse_ratio(&evaluation.evidenced_weight_min).unwrap_or_default();
        sentences.push(format!("有依据的项目占 {}，不足 {}，暂不评定。", percent(row.evidenced_weight), percent(minimum)));
        return sentences;
    };
    for veto in &row.vetoes {
        sentences.extend(veto.star_at_most.map(|star| format!("“{}”未达标，最高评 {star} 星。", name_of(&veto.item))));
    }
    if row.without_place {
        sentences.push("分数达到上一星级，但名额已满，评为下一星级。".to_owned());
    }
    if let (Some(cohort), Some(rank)) = (evaluation.cohort_of(row), row.rank) {
        sentences.push(format!("同类分组 {} 共 {} 个，排第 {rank} 位，评为 {star} 星。", cohort.key, cohort.size));
        for quota in &cohort.quotas {
            let edge = quota.edge_score.map_or_else(|| "无".to_owned(), |s| format!("{} 分", decimal(s)));
            sentences.push(format!(
                "{} 星名额：{} × {} {}，{} 个；实评 {} 个，最后一名 {edge}。",
                quota.star,
                cohort.size,
                percent(quota.quota),
                if quota.rounding == Rounding::Down { "取整" } else { quota.rounding.label() },
                quota.places,
                quota.n_awarded
            ));
        }
    }
    sentences
}

/// What bonus items added to the total, and whether the cap cut it.
fn bonus(evaluation: &Evaluation, row: &Row) -> Option<String> {
    let points = row.items.iter().filter(|item| evaluation.definition(item).bonus).filter_map(|item| item.points);
    let all = points.fold(whole(0), |sum, points| sum + points);
    let cut = if all > row.bonus {
        format!("加分项目合计 {} 分，按方案最多加 {} 分，", decimal(all), decimal(row.bonus))
    } else {
        String::new()
    };
    (row.bonus > whole(0)).then(|| format!("{cut}加 {} 分后总分 {} 分。", decimal(row.bonus), decimal(row.score)))
}

fn last_day(evaluation: &Evaluation) -> String {
    evaluation.closed_until.yesterday().map_or_else(|_| evaluation.closed_until.to_string(), |day| format!("{} 月 {} 日", day.month(), day.day()))
}

fn percent(share: Ratio) -> String {
    let percent = share * whole(100);
    format!("{}%", if percent.is_integer() { plain(percent) } else { decimal(percent) })
}

fn what_is_asked(definition: &ItemDefinition) -> String {
    let rule = match definition.rule {
        ScoreRule::ShareOfPeriodsMet => {
            format!("{}{} {}为完成，按完成周期占应完成周期的比例计分", definition.per.label(), definition.target, definition.unit)
        }
        ScoreRule::Met => format!("{} {}得满分，否则不得分", definition.target, definition.unit),
        ScoreRule::ProportionalToTarget => format!("{}得满分，不足的按比例计分", definition.target),
        ScoreRule::Bands => format!("按达到的档次计分，达标值 {} {}", definition.target, definition.unit),
        ScoreRule::Judged => "由人评判".to_owned(),
        ScoreRule::Deduct | ScoreRule::RankInCohort | ScoreRule::ChangeAgainstBase => definition.how.clone(),
    };
    let most = if definition.bonus { "加分，最多" } else { "" };
    format!("本项{most} {} 分：{rule}。", plain(definition.weight))
}

fn what_was_found(definition: &ItemDefinition, item: &ItemResult) -> Option<String> {
    match &item.outcome {
        Outcome::NotApplicable(reason) => return Some(format!("不适用：{reason}。")),
        Outcome::NotEvidenced(what) if item.value.is_none() => return Some(format!("没有依据：{what}。")),
        Outcome::NotYetDue => return Some("周期尚未结束，暂不计分。".to_owned()),
        _ => {}
    }
    if item.judged {
        return item.points.map(|points| format!("评判得 {} 分。", decimal(points)));
    }
    if item.denominator == 0 && item.due == whole(0) && item.points.is_none() && item.value.is_none() {
        return Some("本期已达标，周期结束后计分。".to_owned());
    }
    let moved = || item.value.zip(definition.change_by).map(|(value, by)| printed_change(value, by)).unwrap_or_default();
    Some(match definition.rule {
        ScoreRule::ShareOfPeriodsMet => format!("应完成 {} 个周期，完成 {} 个。", item.denominator, item.numerator),
        ScoreRule::Deduct => format!("共 {} {}。", item.value.map(plain).unwrap_or_default(), definition.unit),
        ScoreRule::RankInCohort => {
            let value = item.value.map(plain).unwrap_or_default();
            let place = item.place.map_or_else(|| "名次待同类一起排定".to_owned(), |(place, of)| format!("在同类 {of} 个中排第 {place}"));
            format!("实际 {value} {}，{place}。", definition.unit)
        }
        ScoreRule::ChangeAgainstBase => {
            format!("本期与基期之比 {} ∶ {}，变化 {}。", item.numerator, item.denominator, moved())
        }
        _ if divide(whole(item.numerator), whole(item.denominator)) == item.value => {
            let share = item.value.map(percent).unwrap_or_default();
            format!("{} ÷ {} = {share}。", item.numerator, item.denominator)
        }
        _ => format!("实际 {} {}，达标值 {}。", item.value.map(plain).unwrap_or_default(), definition.unit, definition.target),
    })
}

fn gaps(definition: &ItemDefinition, item: &ItemResult) -> Vec<String> {
    let list = |periods: &[Period]| periods.iter().map(|p| p.label()).collect::<Vec<_>>().join("、");
    let mut sentences = Vec::new();
    if !item.missing.is_empty() && definition.rule == ScoreRule::ShareOfPeriodsMet {
        sentences.push(format!("未完成：{}。", list(&item.missing)));
    }
    if !item.late.is_empty() {
        sentences.push(format!("事后补开：{}。", list(&item.late)));
    }
    if !item.unknown.is_empty() && item.value.is_some() {
        sentences.push(format!("没有依据：{}。", list(&item.unknown)));
    }
    sentences
}

fn what_it_earns(definition: &ItemDefinition, item: &ItemResult) -> String {
    let Some(points) = item.points else {
        return match (&item.outcome, definition.when_not_evidenced) {
            (Outcome::NotEvidenced(_), WhenNotEvidenced::LeaveOut) => "按方案规定不计入总分。".to_owned(),
            _ => "不计入应得分。".to_owned(),
        };
    };
    match item.points_to {
        Some(to) if to != points => format!("得 {} 分，评定后可能为 {} 至 {} 分。", decimal(points), decimal(points), decimal(to)),
        _ => format!("得 {} 分。", decimal(points)),
    }
}

/// Only coming periods: what is past stays as it was.
fn still_possible(definition: &ItemDefinition, item: &ItemResult) -> Option<String> {
    let (first, last) = (item.coming.first()?, item.coming.last()?);
    let deadline = last.last_day();
    if definition.rule == ScoreRule::ShareOfPeriodsMet && definition.per != policy::Per::Year {
        let n = item.coming.len();
        return Some(format!("还有 {n} 个周期没有结束，最近一个是 {}，请在 {} 前开展；已过的周期不因补录改变。", first.label(), first.last_day()));
    }
    if definition.rule == ScoreRule::Deduct {
        return Some(format!("{deadline} 前不再发生的，不再扣分；已经发生的不因补录改变。"));
    }
    match item.outcome {
        Outcome::Met => None,
        _ => Some(format!("{} 前达到 {} {}即可达标。", deadline, definition.target, definition.unit)),
    }
}
