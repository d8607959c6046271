//! What people submit about items and parts: raw → checked, all problems at once.

use jiff::civil::Date;
use policy::{Key, Pack};
use store::OrgId;

use super::model::{Item, Part, PartsKind};
use super::quantity::{self, COMPARATORS, Target};
use super::reading::SCOPES;
use crate::http::submitted::Submitted;

/// A problem at a field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub sentence: String,
}

/// An item as an officer corrected it. Whether it is complete is asked when it is handed down, not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemForm {
    pub action: String,
    pub standard: String,
    pub units: String,
    pub target: Option<Target>,
    pub frequency: Option<String>,
    pub due_on: Option<Date>,
    pub scope: String,
    pub indicator: Option<Key>,
    pub measure: String,
    pub weight_hundredths: Option<i64>,
    pub owner: String,
    pub owner_level: Option<Key>,
}

impl ItemForm {
    /// Reads the form of one item.
    ///
    /// # Errors
    /// Every problem with its field.
    pub fn read(pack: &Pack, sent: &Submitted, today: Date) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut problem = |field, sentence: String| problems.push(Problem { field, sentence });
        let text = |name: &str, n_max: usize| sent.text(name).chars().take(n_max).collect::<String>();
        let action = text("action", 200);
        if action.is_empty() {
            problem("action", "请写要做什么。".to_owned());
        }
        let target = read_target(sent, &mut problem);
        let due_on = match sent.filled("due_on").map(|day| (day, day.parse::<Date>())) {
            None => None,
            Some((_, Ok(day))) if (today.year() - 10..=today.year() + 20).contains(&day.year()) => Some(day),
            Some((typed, _)) => {
                problem("due_on", format!("没有 {typed} 这一天，请写成 {today} 这样。"));
                None
            }
        };
        let weight_hundredths = match sent.filled("weight").map(|typed| (typed, quantity::parse(typed))) {
            None => None,
            Some((_, Some(milli))) if milli <= 100_000 && milli % 10 == 0 => Some(milli / 10),
            Some((typed, _)) => {
                problem("weight", format!("权重“{typed}”请写 0 到 100 的数，最多两位小数。"));
                None
            }
        };
        let frequency = sent.filled("frequency").map(|typed| typed.replace(' ', ""));
        if let Some(typed) = frequency.as_deref().filter(|typed| !is_frequency(typed)) {
            problem("frequency", format!("频次“{typed}”请从列表里选，或者写成“2次/年”“1次/季度”这样。"));
        }
        let owner_level = sent.filled("owner_level").filter(|level| pack.levels.contains_key(*level)).map(str::to_owned);
        let indicator = sent.filled("indicator").filter(|key| pack.indicators.contains_key(*key)).map(str::to_owned);
        let scope = SCOPES.iter().find(|scope| **scope == sent.text("scope")).unwrap_or(&SCOPES[0]);
        let form = Self {
            action,
            standard: text("standard", 2000),
            units: text("units", 200),
            target,
            frequency,
            due_on,
            scope: (*scope).to_owned(),
            indicator,
            measure: text("measure", 2000),
            weight_hundredths,
            owner: text("owner", 200),
            owner_level,
        };
        if problems.is_empty() { Ok(form) } else { Err(problems) }
    }

    /// Writes it over an item.
    pub fn put_into(self, item: &mut Item) {
        let Self { action, standard, units, target, frequency, due_on, scope, indicator, measure, weight_hundredths, owner, owner_level } = self;
        item.action = action;
        item.standard = standard;
        item.units = units;
        item.target = target;
        item.frequency = frequency;
        item.is_due_asked &= item.due_on == due_on;
        item.due_on = due_on;
        item.scope = scope;
        item.indicator = indicator;
        item.measure = measure;
        item.weight_hundredths = weight_hundredths;
        item.owner = owner;
        item.owner_level = owner_level;
    }
}

/// The pack's list of frequencies that are offered.
pub const FREQUENCIES: &str = "task_frequency";

/// Whether a text says how often: `2次/年`, `>=1次/季度`, `/年` for an amount in a period.
#[must_use]
pub fn is_frequency(text: &str) -> bool {
    const PERIODS: [&str; 8] = ["周", "月", "季度", "季", "半年", "年", "日", "天"];
    let Some((times, period)) = text.split_once('/') else { return false };
    let period = period.trim_start_matches(|c: char| c.is_ascii_digit());
    let times = times.trim_start_matches(">=").trim_start_matches("<=");
    let is_number = times.is_empty() || times.starts_with(|c: char| c.is_ascii_digit() || "一二三四五六七八九十两若".contains(c));
    text.chars().count() <= 20 && PERIODS.contains(&period) && is_number
}

fn read_target(sent: &Submitted, problem: &mut impl FnMut(&'static str, String)) -> Option<Target> {
    let number = sent.filled("number")?;
    let unit: String = sent.text("unit").chars().take(20).collect();
    let comparator = COMPARATORS
        .iter()
        .find(|(sign, _, _)| *sign == sent.text("comparator"))
        .map_or(directive::Comparator::Equal, |(_, _, comparator)| *comparator);
    let milli = quantity::parse(number);
    // What is no single number is kept as it is written: a range, a ratio.
    let is_form = number.contains(['—', '-', ':', '：', '/']) && number.chars().any(|c| c.is_ascii_digit());
    if milli.is_none() && !is_form {
        problem("number", format!("数量“{number}”请写成数字，例如 12 或 12.5。"));
        return None;
    }
    if milli.is_some() && unit.is_empty() {
        problem("unit", "请写数量的单位，例如 个、名、%。".to_owned());
        return None;
    }
    Some(Target { comparator, milli, text: if milli.is_some() { String::new() } else { number.chars().take(20).collect() }, unit })
}

/// How a task is split: the kind and the parts of the units that were ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitForm {
    pub kind: PartsKind,
    pub parts: Vec<Part>,
    /// What it is on the list of what may be asked of communities; empty where no unit stands under one.
    pub permitted: String,
}

impl SplitForm {
    /// Reads `org` (each), `quantity-ORG`, `due-ORG`, `owner-ORG`, `permitted`; what is left empty follows the whole. `level_of` gives a unit's level.
    ///
    /// # Errors
    /// Every problem as a sentence.
    pub fn read(sent: &Submitted, due_on: Date, level_of: &dyn Fn(OrgId) -> Option<(String, Key)>) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let kind = PartsKind::read(sent.text("kind")).unwrap_or(PartsKind::Divide);
        let mut parts = Vec::new();
        for org in sent.all("org").iter().filter_map(|id| id.parse::<OrgId>().ok()) {
            let Some((name, level)) = level_of(org) else {
                problems.push("选中的单位里有一个不在您的范围内，请刷新再试。".to_owned());
                continue;
            };
            let typed = |what: &str| sent.filled(&format!("{what}-{org}"));
            let quantity_milli = typed("quantity").and_then(|number| {
                let milli = quantity::parse(number);
                if milli.is_none() {
                    problems.push(format!("{name}的数量“{number}”请写成数字。"));
                }
                milli
            });
            let due = match typed("due").map(|day| (day, day.parse::<Date>())) {
                None => due_on,
                Some((_, Ok(day))) => day,
                Some((day, Err(_))) => {
                    problems.push(format!("{name}的时限没有 {day} 这一天。"));
                    continue;
                }
            };
            let owner = typed("owner").or(sent.filled("owner")).unwrap_or_default().chars().take(200).collect();
            parts.push(Part { organisation: org, quantity_milli, due_on: due, owner, owner_level: Some(level) });
        }
        if problems.is_empty() { Ok(Self { kind, parts, permitted: sent.text("permitted").to_owned() }) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(body: &str) -> Result<ItemForm, Vec<&'static str>> {
        let form = ItemForm::read(&Pack::default(), &Submitted::parse(body), date(2026, 11, 22));
        form.map_err(|problems| problems.iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn all_problems_are_said_at_once() {
        assert_eq!(read("number=%E5%8D%81&due_on=2026-02-30&weight=5.125"), Err(vec!["action", "number", "due_on", "weight"]));
        assert_eq!(read("action=a&number=12"), Err(vec!["unit"]));
    }

    #[test]
    fn how_often_is_a_number_and_a_period() {
        for text in ["1次/周", "1次/2月", "4次/年", ">=1次/季度", "/年", "2-3次/月", "1次/2年"] {
            assert!(is_frequency(text), "{text}");
        }
        for text in ["随便写", "每年", "1次", "1次/世纪", "常/年"] {
            assert!(!is_frequency(text), "{text}");
        }
        assert_eq!(read("action=a&frequency=%E9%9A%8F%E4%BE%BF%E5%86%99"), Err(vec!["frequency"]));
    }

    #[test]
    fn numbers_and_forms_are_kept() {
        let form = read("action=a&number=1%E2%80%942&unit=%E5%90%8D&comparator=%3E%3D&weight=2.5").unwrap();
        let target = form.target.unwrap();
        assert_eq!((target.milli, target.text.as_str(), form.weight_hundredths), (None, "1—2", Some(250)));
        assert_eq!(read("action=a&number=12.5&unit=%E4%B8%87%E5%85%83").unwrap().target.and_then(|t| t.milli), Some(12_500));
    }
}
