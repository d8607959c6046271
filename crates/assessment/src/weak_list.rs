//! What the machine proposes for the list of weak and lax organisations (软弱涣散), with reasons.
//! It lists nobody: the county decides.

use std::collections::BTreeMap;

use policy::{Key, LowStar, Ratio, WeakList, WeakListMode};

use crate::exact::{ceil_of, compare};
use crate::result::{Evaluation, Outcome, Row};
use crate::subject::Subject;

/// The proposal for one unit of counting, usually a county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeakUnit {
    /// Code of the unit.
    pub code: String,
    /// Organisations of the list's kinds and fields under it.
    pub base: usize,
    /// At least so many must be listed: ceil(ratio × base); 0 in mode `none`.
    pub floor: usize,
    /// Lowest score first; those without a result last.
    pub proposals: Vec<WeakProposal>,
    /// Codes of the base that have no result (暂不评定 or not evaluated) and no reason: to be looked at by people.
    pub without_result: Vec<String>,
}

impl WeakUnit {
    /// How many proposals still have to be found by people before the floor is reached.
    #[must_use]
    pub fn n_below_floor(&self) -> usize {
        self.floor.saturating_sub(self.proposals.len())
    }
}

/// One organisation that the machine proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeakProposal {
    pub org: i64,
    pub code: String,
    pub name: String,
    pub field: Key,
    pub score: Option<Ratio>,
    pub star: Option<u8>,
    pub reasons: Vec<WeakReason>,
    /// A village branch of few stars: it is listed, or why it is not is written down.
    pub must_be_answered: bool,
}

/// Why an organisation is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeakReason {
    /// Among the lowest scores of its unit, up to the floor and all who equal the last of them.
    Lowest {
        position: usize,
    },
    /// A stated condition, with the names of the items that were not met.
    Condition {
        key: Key,
        name: String,
        items: Vec<String>,
    },
    LowStar {
        star: u8,
    },
}

impl WeakReason {
    /// The sentence people read.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Lowest { position } => format!("考核得分倒数第 {position} 位"),
            Self::Condition { name, items, .. } => format!("{name}：{}未达标", items.join("、")),
            Self::LowStar { star } => format!("评定为 {star} 星"),
        }
    }
}

/// Proposes, per unit of counting; without an evaluation nobody, and the base stands alone. `subjects`: all organisations of the day, of which the list's kinds and fields are the base.
#[must_use]
pub fn weak_proposal(list: &WeakList, evaluation: Option<&Evaluation>, subjects: &[Subject]) -> Vec<WeakUnit> {
    let mut units: BTreeMap<&str, Vec<&Subject>> = BTreeMap::new();
    for subject in subjects.iter().filter(|s| list.kinds.contains(&s.kind) && list.fields.contains(&s.field)) {
        if let Some(unit) = subject.superior_at(&list.under) {
            units.entry(&unit.code).or_default().push(subject);
        }
    }
    units.into_iter().map(|(code, base)| unit(list, evaluation, code, &base)).collect()
}

fn unit(list: &WeakList, evaluation: Option<&Evaluation>, code: &str, base: &[&Subject]) -> WeakUnit {
    let floor = match (list.mode, list.ratio) {
        (WeakListMode::Ratio, Some(ratio)) => ceil_of(ratio, base.len()),
        _ => 0,
    };
    let mut rated: Vec<&Row> = base.iter().filter_map(|s| evaluation?.row(&s.code)).filter(|row| !row.is_unrated()).collect();
    rated.sort_by(|a, b| compare(&a.score, &b.score).then_with(|| a.code.cmp(&b.code)));
    let edge = if floor == 0 { None } else { rated.get(floor - 1).or(rated.last()).map(|row| row.score) };
    let position_of = |row: &Row| 1 + rated.partition_point(|other| other.score < row.score);
    let mut proposals = Vec::new();
    let mut without_result = Vec::new();
    for subject in base {
        let row = evaluation.and_then(|evaluation| evaluation.row(&subject.code));
        let mut reasons = Vec::new();
        if let Some(row) = row.filter(|row| !row.is_unrated() && edge.is_some_and(|edge| row.score <= edge)) {
            reasons.push(WeakReason::Lowest { position: position_of(row) });
        }
        reasons.extend(evaluation.zip(row).into_iter().flat_map(|(evaluation, row)| conditions(list, evaluation, row)));
        let few_stars = row.zip(evaluation).and_then(|(row, evaluation)| low_star(list.low_star.as_ref()?, evaluation, row));
        reasons.extend(few_stars.map(|star| WeakReason::LowStar { star }));
        let is_rated = row.is_some_and(|row| !row.is_unrated());
        if reasons.is_empty() {
            if !is_rated {
                without_result.push(subject.code.clone());
            }
            continue;
        }
        proposals.push(WeakProposal {
            org: subject.id,
            code: subject.code.clone(),
            name: subject.name.clone(),
            field: subject.field.clone(),
            score: row.filter(|_| is_rated).map(|row| row.score),
            star: row.and_then(|row| row.star),
            must_be_answered: few_stars.is_some(),
            reasons,
        });
    }
    proposals.sort_by(|a, b| (a.score.is_none(), a.score, &a.code).cmp(&(b.score.is_none(), b.score, &b.code)));
    without_result.sort_unstable();
    WeakUnit { code: code.to_owned(), base: base.len(), floor, proposals, without_result }
}

fn conditions<'a>(list: &'a WeakList, evaluation: &'a Evaluation, row: &'a Row) -> impl Iterator<Item = WeakReason> + 'a {
    list.conditions.iter().filter_map(move |condition| {
        let not_met = |key: &Key| {
            let item = evaluation.item_of(row, key)?;
            (item.outcome == Outcome::NotMet).then(|| evaluation.definition(item).name.clone())
        };
        let items: Vec<String> = condition.proposed_unless_met.iter().filter_map(not_met).collect();
        (!items.is_empty()).then(|| WeakReason::Condition { key: condition.key.clone(), name: condition.name.clone(), items })
    })
}

/// The star, when it is so low that the organisation must be listed or explained.
fn low_star(rule: &LowStar, evaluation: &Evaluation, row: &Row) -> Option<u8> {
    let star = row.star.filter(|_| rule.fields.contains(&row.field))?;
    policy::is_below(star, rule.star, evaluation.below_includes).then_some(star)
}
