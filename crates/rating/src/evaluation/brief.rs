//! What lists show of a stored result: columns, never whole rows.

use std::collections::HashMap;

use assessment::{Evaluation, Outcome, Row, decimal, plain};
use policy::{Key, Pack, Ratio, WhenNotEvidenced};
use sea_orm::ActiveValue::Set;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use store::entities::evaluation_row;
use store::{OrgId, query};

const MICRO: i128 = 1_000_000;

/// One organisation's result as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub org: OrgId,
    pub code: String,
    pub name: String,
    pub field: Key,
    pub cohort: String,
    pub score_micro: i64,
    pub score_to_micro: i64,
    pub evidenced_micro: i64,
    /// `None`: 暂不评定.
    pub star: Option<u8>,
    pub rank: Option<u32>,
    pub tier: Option<Key>,
    pub marks: RowMarks,
    /// Numbers of the items that lack evidence.
    pub lacking: Vec<u16>,
    /// Only where something is remarkable.
    pub remark: String,
}

/// What is remarkable about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowMarks(i64);

impl From<i64> for RowMarks {
    fn from(bits: i64) -> Self {
        Self(bits)
    }
}

impl RowMarks {
    pub const OPEN: i64 = 1;
    pub const WITHOUT_PLACE: i64 = 2;
    pub const VETOED: i64 = 4;
    pub const TIED: i64 = 8;
    pub const LEFT_OUT: i64 = 16;
    pub const DISQUALIFIED: i64 = 32;

    #[must_use]
    pub fn has(self, bit: i64) -> bool {
        self.0 & bit != 0
    }
}

impl Brief {
    /// 暂不评定.
    #[must_use]
    pub fn is_unrated(&self) -> bool {
        self.star.is_none() && !self.marks.has(RowMarks::DISQUALIFIED)
    }

    /// What stands where a star would: 不予评星 or 暂不评定.
    #[must_use]
    pub fn words_without_star(&self) -> &'static str {
        if self.marks.has(RowMarks::DISQUALIFIED) { "不予评星" } else { "暂不评定" }
    }

    /// Whether the result cannot be published because of this row.
    #[must_use]
    pub fn keeps_from_publishing(&self) -> bool {
        self.is_unrated() || self.marks.has(RowMarks::OPEN)
    }

    /// Two decimals.
    #[must_use]
    pub fn score(&self) -> String {
        printed(self.score_micro)
    }

    /// What may still be added when open items are judged; empty: nothing.
    #[must_use]
    pub fn open_points(&self) -> String {
        if self.marks.has(RowMarks::OPEN) { decimal(Ratio::new(i128::from(self.score_to_micro - self.score_micro), MICRO)) } else { String::new() }
    }
}

/// A figure in millionths as it is printed: two decimals, halves up.
#[must_use]
pub fn printed(micro: i64) -> String {
    decimal(Ratio::new(i128::from(micro), MICRO))
}

pub(super) fn micro(value: Ratio) -> i64 {
    i64::try_from((value * Ratio::from_integer(MICRO)).floor().to_integer()).unwrap_or(i64::MAX)
}

const COLUMNS: &str =
    "organisation_id, code, name, field, cohort, score_micro, score_to_micro, evidenced_micro, star, rank, tier, marks, lacking, remark";

/// Every organisation of an evaluation, by cohort and rank.
///
/// # Errors
/// When the database cannot be read.
pub async fn briefs<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Vec<Brief>> {
    let rows = query(
        connection,
        format!("select {COLUMNS} from evaluation_row where evaluation_id = $1 order by cohort, rank nulls last, code"),
        [id.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let lacking: String = row.try_get_by_index(12)?;
            Ok(Brief {
                org: row.try_get_by_index(0)?,
                code: row.try_get_by_index(1)?,
                name: row.try_get_by_index(2)?,
                field: row.try_get_by_index(3)?,
                cohort: row.try_get_by_index(4)?,
                score_micro: row.try_get_by_index(5)?,
                score_to_micro: row.try_get_by_index(6)?,
                evidenced_micro: row.try_get_by_index(7)?,
                star: row.try_get_by_index::<Option<i64>>(8)?.and_then(|n| u8::try_from(n).ok()),
                rank: row.try_get_by_index::<Option<i64>>(9)?.and_then(|n| u32::try_from(n).ok()),
                tier: row.try_get_by_index(10)?,
                marks: RowMarks(row.try_get_by_index(11)?),
                lacking: lacking.split(',').filter_map(|n| n.parse().ok()).collect(),
                remark: row.try_get_by_index(13)?,
            })
        })
        .collect()
}

/// How a score is made up: millionths of points, earned and due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// By section, in the order of the scheme: 基本组织, 基本队伍 …
    pub sections: Vec<(String, i64, i64)>,
    /// Of items that say what the work came to.
    pub effect: (i64, i64),
    /// Of items that say whether it was done.
    pub process: (i64, i64),
}

impl Parts {
    /// Of one row.
    #[must_use]
    pub fn of(pack: &Pack, result: &Evaluation, row: &Row) -> Self {
        let mut parts = Self::default();
        for item in &row.items {
            let definition = result.definition(item);
            let Some(points) = item.points.filter(|_| !definition.bonus) else { continue };
            let (earned, due) = (micro(points), micro(item.due));
            match parts.sections.iter_mut().find(|(name, ..)| *name == definition.section) {
                Some((_, e, d)) => (*e, *d) = (*e + earned, *d + due),
                None => parts.sections.push((definition.section.clone(), earned, due)),
            }
            let is_effect = pack.indicators.get(&definition.indicator).is_some_and(|indicator| indicator.effect);
            let side = if is_effect { &mut parts.effect } else { &mut parts.process };
            *side = (side.0 + earned, side.1 + due);
        }
        parts
    }
}

/// How every score of a result is made up, by organisation; none for results of before it was kept.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<HashMap<OrgId, Parts>> {
    let rows = query(connection, "select organisation_id, parts from evaluation_row where evaluation_id = $1 and parts <> ''", [id.into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, serde_json::from_str(&row.try_get_by_index::<String>(1)?)?))).collect()
}

/// Turns the rows of a result into rows to be stored.
pub(super) fn models(pack: &Pack, id: i64, result: &Evaluation) -> anyhow::Result<Vec<evaluation_row::ActiveModel>> {
    let company = Company::of(result);
    result
        .rows
        .iter()
        .map(|row| {
            let lacking = lacking(row);
            Ok(evaluation_row::ActiveModel {
                evaluation_id: Set(id),
                organisation_id: Set(row.org),
                code: Set(row.code.clone()),
                name: Set(row.name.clone()),
                field: Set(row.field.clone()),
                cohort: Set(row.cohort.clone()),
                score_micro: Set(micro(row.score)),
                score_to_micro: Set(micro(row.score_to)),
                evidenced_micro: Set(micro(row.evidenced_weight)),
                star: Set(row.star.map(i64::from)),
                rank: Set(row.rank.map(i64::from)),
                tier: Set(assessment::tier_of(pack, &result.scheme, row).cloned()),
                marks: Set(company.marks(row)),
                lacking: Set(lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
                remark: Set(company.remark(pack, result, row, &lacking)),
                parts: Set(serde_json::to_string(&Parts::of(pack, result, row))?),
                body: Set(serde_json::to_string(row)?),
            })
        })
        .collect()
}

/// Why a score that reaches a star does not give it: effect items earned too little.
pub(super) fn lacks_effect(pack: &Pack, result: &Evaluation, row: &Row) -> Option<String> {
    let (_, scheme) = pack.scheme_in(&result.scheme, result.period.year)?;
    let star = row.star?;
    let share = assessment::effect_share(&result.items, row);
    let is_short = |least: Ratio| share.is_none_or(|share| share < least);
    let missed = scheme.stars.iter().find(|rule| rule.star > star && row.score >= rule.at_least && rule.effect_at_least.is_some_and(is_short))?;
    let Some(share) = share else {
        return Some(format!("没有一项成效项目计分（免评的、没有依据的不算），不评 {} 星", missed.star));
    };
    let percent = |share: Ratio| plain((share * Ratio::from_integer(1000)).floor() / Ratio::from_integer(10));
    Some(format!("成效项目得分率 {}%，不足 {}%，不评 {} 星", percent(share), percent(missed.effect_at_least?), missed.star))
}

/// Items of a row that nothing evidences, or only in part. What the scheme leaves out does not keep anybody waiting.
fn lacking(row: &Row) -> Vec<u16> {
    row.items
        .iter()
        .filter(|item| item.points != item.points_to || (matches!(item.outcome, Outcome::NotEvidenced(_)) && item.points.is_some()))
        .map(|item| item.item)
        .collect()
}

/// Who else stands at a rank, and who has the same score.
struct Company<'a> {
    at_rank: HashMap<(&'a str, u32), usize>,
    ranks_of_score: HashMap<(&'a str, Ratio), Vec<u32>>,
}

impl<'a> Company<'a> {
    fn of(result: &'a Evaluation) -> Self {
        let mut at_rank: HashMap<(&str, u32), usize> = HashMap::new();
        let mut ranks_of_score: HashMap<(&str, Ratio), Vec<u32>> = HashMap::new();
        for row in &result.rows {
            let Some(rank) = row.rank else { continue };
            *at_rank.entry((&row.cohort, rank)).or_default() += 1;
            let ranks = ranks_of_score.entry((&row.cohort, row.score)).or_default();
            if !ranks.contains(&rank) {
                ranks.push(rank);
            }
        }
        Self { at_rank, ranks_of_score }
    }

    fn is_tied(&self, row: &Row) -> bool {
        row.rank.and_then(|rank| self.at_rank.get(&(row.cohort.as_str(), rank))).is_some_and(|n| *n > 1)
    }

    fn marks(&self, row: &Row) -> i64 {
        let bit = |is_set: bool, bit: i64| if is_set { bit } else { 0 };
        bit(row.is_open(), RowMarks::OPEN)
            | bit(row.without_place, RowMarks::WITHOUT_PLACE)
            | bit(!row.vetoes.is_empty(), RowMarks::VETOED)
            | bit(self.is_tied(row), RowMarks::TIED)
            | bit(row.left_out > Ratio::from_integer(0), RowMarks::LEFT_OUT)
            | bit(row.is_disqualified(), RowMarks::DISQUALIFIED)
    }

    fn remark(&self, pack: &Pack, result: &Evaluation, row: &Row, lacking: &[u16]) -> String {
        let names = |items: &[u16]| items.iter().map(|i| result.items[usize::from(*i)].name.as_str()).collect::<Vec<_>>().join("、");
        if row.is_unrated() {
            return format!("有依据的占 {}%，缺 {} 项：{}", decimal(row.evidenced_weight * Ratio::from_integer(100)), lacking.len(), names(lacking));
        }
        let mut parts = Vec::new();
        for veto in &row.vetoes {
            let name = result.items.iter().find(|item| item.key == veto.item).map_or(veto.item.as_str(), |item| item.name.as_str());
            let follows = veto.star_at_most.map_or_else(|| "不予评星".to_owned(), |star| format!("最高 {star} 星"));
            parts.push(format!("“{name}”未达标，{follows}"));
        }
        if row.bonus > Ratio::from_integer(0) {
            parts.push(format!("含加分 {}", decimal(row.bonus)));
        }
        parts.extend(lacks_effect(pack, result, row));
        if row.without_place {
            parts.push("够分，名额已满".to_owned());
        }
        if row.is_open() {
            parts.push(format!("待佐证：{}", names(lacking)));
        }
        if !self.is_tied(row) && self.ranks_of_score.get(&(row.cohort.as_str(), row.score)).is_some_and(|ranks| ranks.len() > 1) {
            let by =
                pack.scheme_in(&result.scheme, result.period.year).and_then(|(_, scheme)| scheme.ties.first()).and_then(|tie| tie.split('.').next());
            let name =
                by.and_then(|key| result.items.iter().find(|item| item.is_called(key))).map_or("方案列的项目", |item| item.name.as_str());
            parts.push(format!("同分，依次比“{name}”等项目"));
        }
        if row.left_out > Ratio::from_integer(0) {
            let left: Vec<&str> = row
                .items
                .iter()
                .map(|item| (item, result.definition(item)))
                .filter(|(item, definition)| {
                    item.points.is_none()
                        && definition.when_not_evidenced == WhenNotEvidenced::LeaveOut
                        && matches!(item.outcome, Outcome::NotEvidenced(_))
                })
                .map(|(_, definition)| definition.name.as_str())
                .collect();
            parts.push(format!("不计：{}（{} 分）", left.join("、"), plain(row.left_out)));
        }
        parts.join("；")
    }
}
