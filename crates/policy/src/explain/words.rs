//! Numbers, days, clauses, measures and conditions as people say them.

use jiff::civil::Date;

use crate::check::sources;
use crate::facts::{FLAGS, fact_kinds};
use crate::{DayOf, Expression, Function, Kind, Measure, Node, Operator, Pack, Ratio, Table, print_rounded};

/// `11` as 第十一条; anything else as it is written.
pub(super) fn clause(clause: &str) -> String {
    match clause.parse::<usize>() {
        Ok(n) if (1..=99).contains(&n) => format!("第{}条", numeral(n)),
        _ => clause.to_owned(),
    }
}

/// 1 to 99 in Chinese.
fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match (n / 10, n % 10) {
        (0, ones) => DIGITS[ones].to_owned(),
        (1, ones) => format!("十{}", DIGITS[ones]),
        (tens, ones) => format!("{}十{}", DIGITS[tens % 10], DIGITS[ones]),
    }
}

pub(super) fn day(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// A number without needless decimals.
pub(super) fn number(n: Ratio) -> String {
    if n.is_integer() { n.to_string() } else { print_rounded(n, 2).trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A share in percent.
pub(super) fn percent(share: Ratio) -> String {
    format!("{}%", number(share * Ratio::from_integer(100)))
}

/// Names of entries, joined: “农村”、“机关”.
pub(super) fn names<'a, T>(table: &Table<T>, keys: impl IntoIterator<Item = &'a String>, name: impl Fn(&T) -> &str) -> String {
    let names: Vec<&str> = keys.into_iter().map(|key| table.get(key).map_or(key.as_str(), &name)).collect();
    names.join("、")
}

/// What a measure counts: 期内支部党员大会的次数（不计被退回的）.
pub(super) fn measure(pack: &Pack, measure: &Measure) -> String {
    let known = fact_kinds(pack);
    let Some((source, kinds)) = sources(measure).into_iter().next() else { return String::new() };
    let means: Vec<&str> = kinds.iter().map(|kind| known.get(kind).map_or(kind.as_str(), |k| k.means.as_str())).collect();
    let means = means.join("、");
    let counted = match source {
        "count" => format!("期内{means}的次数"),
        "sum" => format!("期内{means}之和"),
        "distinct" => format!("期内{means}涉及的不同对象数"),
        _ => format!("{}{means}的数量", if measure.at == DayOf::First { "期初第一天" } else { "期末最后一天" }),
    };
    let flags = measure.flags.iter().map(|(flag, wanted)| {
        let words = FLAGS.iter().find(|(name, _)| name == flag).map_or(flag.as_str(), |(_, words)| words);
        format!("{}{words}", if *wanted { "只计" } else { "不计" })
    });
    let flags: Vec<String> = flags.collect();
    if flags.is_empty() { counted } else { format!("{counted}（{}）", flags.join("，")) }
}

/// A condition or arithmetic with its names in words.
#[must_use]
pub fn expression(pack: &Pack, expression: &Expression) -> String {
    node(pack, &expression.tree)
}

fn node(pack: &Pack, part: &Node) -> String {
    match &part.kind {
        Kind::Number(n) => number(*n),
        Kind::Text(text) => format!("“{}”", key_name(pack, text)),
        Kind::Truth(truth) => (if *truth { "是" } else { "否" }).to_owned(),
        Kind::Name(name) => name_of(pack, name),
        Kind::Not(inner) => format!("不满足（{}）", node(pack, inner)),
        Kind::Negative(inner) => format!("负的{}", inside(pack, inner)),
        Kind::Operation { operator, left, right } => operation(pack, *operator, left, right),
        Kind::Among { value, list, excluded } => {
            let list: Vec<String> = list.iter().map(|item| node(pack, item)).collect();
            format!("{}{}{}之一", node(pack, value), if *excluded { "不是" } else { "是" }, list.join("、"))
        }
        Kind::Call { function, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(|argument| node(pack, argument)).collect();
            match (function, arguments.as_slice()) {
                (Function::Min, all) => format!("{}中较小的", all.join("、")),
                (Function::Max, all) => format!("{}中较大的", all.join("、")),
                (Function::Ceil, [one, ..]) => format!("{one}（进一取整）"),
                (Function::Floor, [one, ..]) => format!("{one}（舍去小数）"),
                (_, [one, places, ..]) => format!("{one}（四舍五入保留{places}位小数）"),
                (_, all) => all.join("、"),
            }
        }
    }
}

fn operation(pack: &Pack, operator: Operator, left: &Node, right: &Node) -> String {
    let sign = match operator {
        Operator::Or => return format!("{}，或者{}", node(pack, left), node(pack, right)),
        Operator::And => return format!("{}，并且{}", inside(pack, left), inside(pack, right)),
        Operator::Equal => "是",
        Operator::NotEqual => "不是",
        Operator::Less => "少于",
        Operator::AtMost => "不超过",
        Operator::More => "多于",
        Operator::AtLeast => "不少于",
        Operator::Plus => "加",
        Operator::Minus => "减",
        Operator::Times => "乘以",
        Operator::Over => "除以",
    };
    format!("{}{sign}{}", inside(pack, left), inside(pack, right))
}

/// In brackets when it is made of parts that would run together.
fn inside(pack: &Pack, part: &Node) -> String {
    let runs_together = matches!(&part.kind, Kind::Operation { operator, .. } if operator.strength() != crate::expression::strength::COMPARISON && *operator != Operator::And);
    if runs_together { format!("（{}）", node(pack, part)) } else { node(pack, part) }
}

fn name_of(pack: &Pack, name: &str) -> String {
    if let Some(known) = pack.measures.get(name) {
        return format!("“{}”", measure(pack, known));
    }
    let words = match name {
        "field" => "所属领域",
        "kind" => "党组织类别",
        "level" => "层级",
        "star" => "星级",
        "score" => "得分",
        "n_listed" => "拟列入的个数",
        "n_unanswered" => "没有说明列不列的个数",
        "floor" => "规定的最少个数",
        "n_objections_open" => "没有答复的意见数",
        "open_measures" => "没有办结的措施数",
        "n_reviews_open" => "没有考评完的个数",
        "own_reviews_open" => "所属党支部没有考评完的个数",
        "n_consequences_open" => "没有办的结果运用件数",
        "is_filed" => "备案已经上级确认（1 为已确认）",
        "against_rule" => "不符合资格（1 为不符合）",
        "n_reports_open" => "没有交的述职报告数",
        "n_comments_open" => "没有指出问题的述职数",
        "n_lists_open" => "问题没有列入问题台账的述职数",
        "is_voted" => "测评已经核定（1）",
        "n_entries" => "参赛的人数",
        "n_judges_lacking" => "还差的评委数",
        "n_papers_open" => "没有评完的评委数",
        "n_groups_open" => "没有定下人数的类别数",
        "n_tallies_open" => "没有录入票数的类别数",
        "n_not_voted" => "没有投票的人数",
        "is_on_devices" => "电子投票（1 为电子投票）",
        "is_countable" => "票数有效（1 为有效）",
        "open_there" => "所依据的事还没有办结的件数",
        "due_in_days" => "离时限还有几天（到期当天为 0）",
        "open_appeals" => "没有复核的申诉数",
        "open_objections" => "没有答复的意见数",
        "open_dimensions" => "没有通过的项目数",
        "open_problems" => "没有解决的问题数",
        "open_conditions" => "没有消除的情形数",
        "open_milestones" => "没有确认的节点数",
        "open_parts" => "没有验收的必做项数",
        "is_automatic" => "自动列入（1 为自动列入）",
        "served_owed" => "受益方还没有认可（1 为没有）",
        "origin_open" => "原来的事还没有销号（1 为没有）",
        "quantity_left" => "还没有办的数量",
        other => return of_action(pack, other).unwrap_or_else(|| other.to_owned()),
    };
    words.to_owned()
}

/// How many still owe an action that each has to do, or how often one was done; whether a matter is of a kind.
fn of_action(pack: &Pack, name: &str) -> Option<String> {
    let named = |key: &str| {
        let mut actions = pack.procedures.values().flat_map(|procedure| &procedure.stages).flat_map(|stage| &stage.actions);
        actions.find(|action| action.key == key).map(|action| action.name.clone())
    };
    if let Some(key) = name.strip_prefix("owed_") {
        return named(key).map(|name| format!("还没有办“{name}”的个数"));
    }
    if let Some(key) = name.strip_prefix("days_") {
        return named(key).map(|name| format!("办“{name}”的天数（同一天的算一次）"));
    }
    if let Some(key) = name.strip_prefix("done_") {
        return named(key).map(|name| format!("办过“{name}”的次数"));
    }
    let kind = pack.matters.values().flat_map(|matter| &matter.kinds).find(|kind| name.strip_prefix("is_") == Some(kind.key.as_str()))?;
    Some(format!("种类为“{}”（1 为是）", kind.name))
}

/// The name of a field, a kind or a level, when the text is a key of one.
fn key_name<'p>(pack: &'p Pack, text: &'p str) -> &'p str {
    let field = pack.fields.get(text).map(|field| field.name.as_str());
    let kind = || pack.organisation_kinds.get(text).map(|kind| kind.name.as_str());
    let level = || pack.levels.get(text).map(|level| level.name.as_str());
    field.or_else(kind).or_else(level).unwrap_or(text)
}
