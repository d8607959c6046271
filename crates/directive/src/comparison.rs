//! Two directives side by side: what is new, dropped, tightened, loosened.

use serde::Serialize;

use crate::likeness::Matter;
use crate::quantity::{Comparator, Quantity, QuantityValue};
use crate::{Directive, Task};

/// An earlier directive and a later one, demand by demand. Demands that restate another of their document are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Demands that both make, in the order of the later document.
    pub pairs: Vec<Pair>,
    /// Indices into the later document's tasks: what only it asks.
    pub new: Vec<usize>,
    /// Indices into the earlier document's tasks: what it alone asked.
    pub dropped: Vec<usize>,
}

/// One demand in both documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Index into the earlier document's tasks.
    pub earlier: usize,
    /// Index into the later document's tasks.
    pub later: usize,
    /// What became of it as a whole.
    pub change: Change,
    /// What changed in it; empty when nothing did.
    pub attributes: Vec<AttributeChange>,
}

/// One changed attribute, each side as it is written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttributeChange {
    /// Which one.
    pub attribute: Attribute,
    /// `>= 90 %`, `2025-06`, `1次/季度`; `None`: nothing was set.
    pub earlier: Option<String>,
    /// The same of the later document.
    pub later: Option<String>,
    /// Whether more or less is asked.
    pub change: Change,
}

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// 数量
    Quantity,
    /// 时限
    Deadline,
    /// 频次
    Frequency,
}

/// How a demand changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 未变
    Same,
    /// 收紧: more, sooner, more often; or a value where none was.
    Tightened,
    /// 放宽
    Loosened,
    /// 调整: another unit, or one value tightened and another loosened, so that neither word fits.
    Altered,
}

/// How alike two demands must be to be taken for one, 0–1.
const LIKENESS_MIN: f64 = 0.55;

/// Compares an earlier directive with a later one. Deadlines are compared within their document's year, so that 6月底前 of either
/// year is the same.
pub fn compare(earlier: &Directive, later: &Directive) -> Comparison {
    let matters = |directive: &Directive| -> Vec<Option<Matter>> {
        directive.tasks.iter().map(|task| task.restates.is_none().then(|| Matter::of(&task.span))).collect()
    };
    let (old, new) = (matters(earlier), matters(later));
    let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
    for (i, one) in old.iter().enumerate() {
        for (j, other) in new.iter().enumerate() {
            if let (Some(one), Some(other)) = (one, other) {
                let alike = one.likeness(other) + kinship(&earlier.tasks[i], &later.tasks[j]);
                if alike >= LIKENESS_MIN {
                    candidates.push((alike, i, j));
                }
            }
        }
    }
    // Best first; what is equally alike keeps the order of the texts.
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut mate_of_old = vec![None; old.len()];
    let mut mate_of_new = vec![None; new.len()];
    for (_, i, j) in candidates {
        if mate_of_old[i].is_none() && mate_of_new[j].is_none() {
            mate_of_old[i] = Some(j);
            mate_of_new[j] = Some(i);
        }
    }
    let years = (earlier.doc_year, later.doc_year);
    let pairs = mate_of_new
        .iter()
        .enumerate()
        .filter_map(|(j, i)| i.map(|i| (i, j)))
        .map(|(i, j)| {
            let attributes = changes(&earlier.tasks[i], &later.tasks[j], years);
            Pair { earlier: i, later: j, change: summed(&attributes), attributes }
        })
        .collect();
    let alone =
        |matters: &[Option<Matter>], mates: &[Option<usize>]| (0..matters.len()).filter(|&i| matters[i].is_some() && mates[i].is_none()).collect();
    Comparison { pairs, new: alone(&new, &mate_of_new), dropped: alone(&old, &mate_of_old) }
}

/// A little more for the same unit or field, a little less for different ones: it settles which of two like demands is meant.
fn kinship(one: &Task, other: &Task) -> f64 {
    let unit = match (&one.quantity, &other.quantity) {
        (Some(a), Some(b)) if a.unit == b.unit => 0.08,
        (Some(_), Some(_)) => -0.12,
        _ => 0.0,
    };
    let field = if one.scope == other.scope { 0.02 } else { -0.08 };
    unit + field
}

fn changes(one: &Task, other: &Task, years: (Option<i32>, Option<i32>)) -> Vec<AttributeChange> {
    let quantity = {
        let change = match (&one.quantity, &other.quantity) {
            (Some(a), Some(b)) => of_quantities(a, b),
            (a, b) => of_presence(a.is_some(), b.is_some()),
        };
        let words = |task: &Task| task.quantity.as_ref().map(Quantity::words);
        AttributeChange { attribute: Attribute::Quantity, earlier: words(one), later: words(other), change }
    };
    let deadline = {
        let change = match (&one.deadline, &other.deadline) {
            (Some(a), Some(b)) => of_deadlines(a, b, years),
            (a, b) => of_presence(a.is_some(), b.is_some()),
        };
        AttributeChange { attribute: Attribute::Deadline, earlier: one.deadline.clone(), later: other.deadline.clone(), change }
    };
    let frequency = {
        let change = match (&one.frequency, &other.frequency) {
            (Some(a), Some(b)) => of_frequencies(a, b),
            (a, b) => of_presence(a.is_some(), b.is_some()),
        };
        AttributeChange { attribute: Attribute::Frequency, earlier: one.frequency.clone(), later: other.frequency.clone(), change }
    };
    [quantity, deadline, frequency].into_iter().filter(|change| change.change != Change::Same).collect()
}

fn summed(attributes: &[AttributeChange]) -> Change {
    match attributes {
        [] => Change::Same,
        [first, rest @ ..] => {
            if rest.iter().all(|other| other.change == first.change) {
                first.change
            } else {
                Change::Altered
            }
        }
    }
}

fn of_presence(was: bool, is: bool) -> Change {
    match (was, is) {
        (false, true) => Change::Tightened,
        (true, false) => Change::Loosened,
        _ => Change::Same,
    }
}

/// More is tighter, for a ceiling less is.
fn of_quantities(one: &Quantity, other: &Quantity) -> Change {
    if one == other {
        return Change::Same;
    }
    let is_ceiling = |q: &Quantity| q.comparator == Comparator::AtMost;
    let (Some(was), Some(is)) = (least(&one.value), least(&other.value)) else {
        return Change::Altered;
    };
    if one.unit != other.unit || is_ceiling(one) != is_ceiling(other) {
        return Change::Altered;
    }
    match is.total_cmp(&was) {
        // 12次 became 不少于12次: the figure stands.
        std::cmp::Ordering::Equal => Change::Altered,
        order => towards(order == std::cmp::Ordering::Greater, is_ceiling(one)),
    }
}

fn towards(is_more: bool, is_ceiling: bool) -> Change {
    if is_more == is_ceiling { Change::Loosened } else { Change::Tightened }
}

/// The number to reach: of a range its lower end, of a share (`1/3`) its value.
fn least(value: &QuantityValue) -> Option<f64> {
    match value {
        QuantityValue::Number(n) | QuantityValue::Range(n, _) => Some(*n),
        QuantityValue::Text(text) => {
            let (over, under) = text.split_once(['/', ':'])?;
            Some(over.parse::<f64>().ok()? / under.parse::<f64>().ok().filter(|n| *n != 0.0)?)
        }
    }
}

/// Sooner is tighter. Days are counted from the beginning of the document's year.
fn of_deadlines(one: &str, other: &str, years: (Option<i32>, Option<i32>)) -> Change {
    if one == other {
        return Change::Same;
    }
    let place = |text: &str, year: Option<i32>| length(text).map(|days| (true, days)).or_else(|| within_year(text, year).map(|days| (false, days)));
    match (place(one, years.0), place(other, years.1)) {
        (Some((a, was)), Some((b, is))) if a == b => match is.cmp(&was) {
            std::cmp::Ordering::Equal => Change::Same,
            order => towards(order == std::cmp::Ordering::Greater, true),
        },
        _ => Change::Altered,
    }
}

/// `P3Y`, `P15D`, `PT24H` in hours.
fn length(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let rest = rest.strip_prefix('T').unwrap_or(rest);
    let unit = rest.chars().last()?;
    let n: i64 = rest.strip_suffix(unit)?.parse().ok()?;
    let hours = match unit {
        'H' => 1,
        'D' => 24,
        'W' => 7 * 24,
        'M' => 30 * 24,
        'Y' => 365 * 24,
        _ => return None,
    };
    Some(n * hours)
}

/// `2025-06-15` as days after the beginning of the document's year, months counted as 31 days; `XXXX-04` lies in it.
fn within_year(text: &str, year: Option<i32>) -> Option<i64> {
    let mut parts = text.split('-');
    let stated = parts.next()?;
    let years = match stated.parse::<i64>() {
        Ok(stated) => year.map_or(0, |year| stated - i64::from(year)),
        Err(_) if stated == "XXXX" => 0,
        Err(_) => return None,
    };
    let month: i64 = match parts.next()? {
        // Every month: only the day can differ.
        "XX" => 0,
        month => month.parse().ok()?,
    };
    let day: i64 = parts.next().map_or(Some(31), |day| day.parse().ok())?;
    Some((years * 12 + month) * 31 + day)
}

/// More often is tighter; a limit on how often the other way round.
fn of_frequencies(one: &str, other: &str) -> Change {
    if one == other {
        return Change::Same;
    }
    match (per_year(one), per_year(other)) {
        (Some((was, a)), Some((is, b))) if a == b => match is.total_cmp(&was) {
            std::cmp::Ordering::Equal => Change::Same,
            order => towards(order == std::cmp::Ordering::Greater, a),
        },
        _ => Change::Altered,
    }
}

/// Times in a year, and whether that is a ceiling; `None` for an amount (`/年`) or a period of unknown length.
fn per_year(text: &str) -> Option<(f64, bool)> {
    let (times, period) = text.split_once("次/")?;
    let is_ceiling = times.starts_with("<=");
    let times = times.trim_start_matches(['<', '>', '=']);
    let times: f64 = times.split('-').next()?.parse().ok()?;
    let digits: String = period.chars().take_while(char::is_ascii_digit).collect();
    let every: f64 = if digits.is_empty() { 1.0 } else { digits.parse().ok()? };
    let in_year = match &period[digits.len()..] {
        "日" => 365.0,
        "周" => 52.0,
        "半月" => 24.0,
        "月" => 12.0,
        "季度" => 4.0,
        "半年" | "学期" => 2.0,
        "年" | "学年" => 1.0,
        _ => return None,
    };
    Some((times * in_year / every, is_ceiling))
}

/// The comparison as `directive-comparison/1` JSON, with the ids under which both documents' tasks are numbered.
pub fn comparison_json(earlier: &Directive, later: &Directive) -> serde_json::Value {
    let found = compare(earlier, later);
    let id = |i: &usize| crate::task_id(*i);
    let pairs: Vec<serde_json::Value> = found
        .pairs
        .iter()
        .map(|pair| {
            serde_json::json!({
                "earlier": id(&pair.earlier),
                "later": id(&pair.later),
                "earlier_span": earlier.tasks[pair.earlier].span,
                "later_span": later.tasks[pair.later].span,
                "change": pair.change,
                "attributes": pair.attributes,
            })
        })
        .collect();
    let alone = |directive: &Directive, indices: &[usize]| -> Vec<serde_json::Value> {
        indices.iter().map(|i| serde_json::json!({ "id": id(i), "span": directive.tasks[*i].span })).collect()
    };
    serde_json::json!({
        "schema": "directive-comparison/1",
        "earlier_year": earlier.doc_year,
        "later_year": later.doc_year,
        "pairs": pairs,
        "new": alone(later, &found.new),
        "dropped": alone(earlier, &found.dropped),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(year: i32, body: &str) -> Directive {
        crate::read(&format!("关于做好{year}年基层党建工作的通知\n各支部：\n{body}\n云栖县委组织部\n{year}年2月1日\n"))
    }

    fn check(earlier: &str, later: &str, expected: &str) {
        let (one, other) = (document(2024, earlier), document(2025, later));
        let found = compare(&one, &other);
        let mut lines: Vec<String> = found
            .pairs
            .iter()
            .map(|pair| {
                let attributes: Vec<String> = pair
                    .attributes
                    .iter()
                    .map(|a| format!("{:?} {} → {}", a.attribute, a.earlier.as_deref().unwrap_or("-"), a.later.as_deref().unwrap_or("-")))
                    .collect();
                format!("{:?} {}", pair.change, attributes.join(", ")).trim_end().to_string()
            })
            .collect();
        lines.extend(found.new.iter().map(|&i| format!("new {}", other.tasks[i].span)));
        lines.extend(found.dropped.iter().map(|&i| format!("dropped {}", one.tasks[i].span)));
        assert_eq!(lines.join("; "), expected);
    }

    #[test]
    fn more_sooner_and_more_often_is_tighter() {
        check("党员轮训覆盖率不低于90%。", "党员轮训覆盖率不低于95%。", "Tightened Quantity >= 90 % → >= 95 %");
        check("6月底前完成支部换届。", "5月底前完成支部换届。", "Tightened Deadline 2024-06 → 2025-05");
        check("党委每半年听取一次党建汇报。", "党委每季度听取一次党建汇报。", "Tightened Frequency 1次/半年 → 1次/季度");
        check("信访事项30日内办结答复。", "信访事项15日内办结答复。", "Tightened Deadline P30D → P15D");
        check("村级党建经费按标准安排到位，制定安排方案。", "村级党建经费6月底前制定安排方案。", "Tightened Deadline - → 2025-06");
    }

    #[test]
    fn less_and_later_is_looser_and_ceilings_turn_round() {
        check("每个支部至少认领3个项目。", "每个支部至少认领2个项目。", "Loosened Quantity >= 3 个 → >= 2 个");
        check("会议材料不超过3000字。", "会议材料不超过2000字。", "Tightened Quantity <= 3000 字 → <= 2000 字");
        check("对同一个村的督查，全年不得超过3次。", "对同一个村的督查，全年不得超过2次。", "Tightened Frequency <=3次/年 → <=2次/年");
        check("10月底前完成阵地改造。", "11月底前完成阵地改造。", "Loosened Deadline 2024-10 → 2025-11");
    }

    #[test]
    fn the_same_month_of_either_year_is_the_same() {
        check("6月底前完成支部换届。", "6月底前完成支部换届。", "Same");
        check("发展党员30名。", "表彰先进个人20名。", "new 表彰先进个人20名; dropped 发展党员30名");
    }

    #[test]
    fn what_cannot_be_weighed_is_altered() {
        check("举办支部书记培训班2期。", "举办支部书记培训班60学时。", "Altered Quantity = 2 期 → = 60 学时");
        let (one, other) = ("举办书记培训班2期，6月底前完成。", "举办书记培训班3期，9月底前完成。");
        check(one, other, "Altered Quantity = 2 期 → = 3 期, Deadline 2024-06 → 2025-09");
    }
}
