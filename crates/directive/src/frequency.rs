//! How often: 每季度, 半年一次, 一月一…, 全年.

use crate::numerals::{Cursor, is_numeric};
use crate::quantity::{Comparator, Quantity, QuantityValue};
use crate::words::{ends_any, has_any, n_chars, starts_any, tail};

/// A stated period, at a place of a clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Period {
    pub start: usize,
    pub end: usize,
    /// 日 周 月 2月 季度 半年 年 2年 学期 …
    pub name: String,
    /// 全年 and 年度 say a period only where an amount stands beside them.
    pub needs_amount: bool,
}

/// Period words with the name they are normalised to; longer words first.
const PERIODS: [(&str, &str); 22] = [
    ("届", "届"),
    ("旬", "旬"),
    ("个半年", "半年"),
    ("半年", "半年"),
    ("半个月", "半月"),
    ("半月", "半月"),
    ("个季度", "季度"),
    ("季度", "季度"),
    ("季", "季度"),
    ("个月", "月"),
    ("月份", "月"),
    ("月", "月"),
    ("个周末", "周"),
    ("周末", "周"),
    ("个星期", "周"),
    ("星期", "周"),
    ("周", "周"),
    ("个学期", "学期"),
    ("学期", "学期"),
    ("学年", "学年"),
    ("年", "年"),
    ("日", "日"),
];

/// The first period stated in `clause`.
pub(crate) fn period(clause: &str) -> Option<Period> {
    // 由一年一评改为半年一评: how often it shall be.
    let changed = ["改为", "调整为", "增加为"].iter().find_map(|word| clause.find(word).map(|at| at + word.len()));
    if let Some(from) = changed
        && let Some(period) = period(&clause[from..])
    {
        return Some(Period { start: period.start + from, end: period.end + from, ..period });
    }
    let spoken = clause.char_indices().find_map(|(at, c)| match c {
        '每' => every(clause, at),
        '一' | '半' => one_each(clause, at),
        _ if is_numeric(c) => several_each(clause, at),
        '按' | '逐' => step_by_step(clause, at),
        '实' | '坚' | '执' => by_name(clause, at),
        '/' => per(clause, at),
        '逢' => weekly(clause, at),
        _ => None,
    });
    spoken.or_else(|| whole_year(clause))
}

fn period_word(cursor: &mut Cursor) -> Option<&'static str> {
    if cursor.eat("天") {
        return Some("日");
    }
    PERIODS.iter().find(|(word, _)| cursor.eat(word)).map(|&(_, name)| name)
}

/// 每月, 每两个月, 每2年.
fn every(clause: &str, at: usize) -> Option<Period> {
    let mut cursor = Cursor::new(clause, at);
    cursor.eat("每");
    cursor.eat("隔");
    let count = cursor.numeral().and_then(|n| n.value);
    let name = period_word(&mut cursor)?;
    // 每届任期5年 says how long, not how often.
    if name == "届" && cursor.rest().strip_prefix("任期").is_some_and(|rest| rest.starts_with(is_numeric)) {
        return None;
    }
    // 每个月的主题党日要…: the occasion is named by its round, which nothing sets.
    if cursor.rest().strip_prefix('的').is_some_and(|rest| !rest.starts_with(|c: char| is_numeric(c) || matches!(c, '第' | '“' | '最'))) {
        return None;
    }
    // 每日 in 每日常 and 每月 in 每月份 read the same; 每年度 is 每年.
    cursor.eat("度");
    let name = match count {
        Some(n) if n > 1.0 => format!("{n}{name}"),
        _ => name.to_string(),
    };
    Some(Period { start: at, end: cursor.at, name, needs_amount: false })
}

/// 一季度一次, 半年组织一次, 一月一升旗.
fn one_each(clause: &str, at: usize) -> Option<Period> {
    if clause[..at].ends_with(|c: char| is_numeric(c) || matches!(c, '第' | '每' | '上' | '下' | '年')) {
        return None;
    }
    let mut cursor = Cursor::new(clause, at);
    let is_counted = cursor.eat("一");
    let name = period_word(&mut cursor)?;
    if !is_counted && !name.starts_with('半') {
        return None;
    }
    let end = cursor.at;
    // 半年内培训一遍 is a limit.
    if starts_any(cursor.rest(), &["内", "以内", "之内", "后", "前"]) {
        return None;
    }
    // 一年至少讲两次
    if is_counted && starts_any(cursor.rest(), &["至少", "不少于", "不得少于"]) {
        return Some(Period { start: at, end, name: name.to_string(), needs_amount: false });
    }
    let is_chained = cursor.eat("一") || cursor.rest().starts_with("1次") && cursor.eat("1");
    // 一年一年, 一日一日 only repeat themselves.
    if is_chained && !starts_any(cursor.rest(), &[name, "步", "般", "定", "起", "线"]) {
        return Some(Period { start: at, end, name: name.to_string(), needs_amount: false });
    }
    // 一年｜办一件实事: so much in the period, right behind a verb of one character.
    const VERBS: [&str; 12] = ["办", "讲", "帮", "写", "做", "交", "上", "学", "读", "评", "建", "抓"];
    let counts = is_counted
        && VERBS.iter().find_map(|verb| clause[end..].strip_prefix(verb)).is_some_and(|rest| {
            let unit = rest.trim_start_matches(is_numeric);
            unit.len() < rest.len() && starts_any(unit, &["件", "堂", "个", "次", "篇", "本", "课", "份"])
        });
    // 干部一个月｜蹲点三天: an amount closes the clause, with a verb between.
    let amount = clause[end..].find(is_numeric).map(|n| (&clause[end..end + n], clause[end + n..].trim_start_matches(is_numeric)));
    let is_amount = amount.is_some_and(|(verb, unit)| {
        (2..=4).contains(&n_chars(verb))
            && !verb.contains(['内', '以', '后', '前', '来', '中', '时', '里', '多', '间', '的'])
            && matches!(unit, "天" | "次" | "户" | "晚" | "趟" | "回" | "篇" | "堂" | "件")
    });
    let is_span = ends_any(&clause[..at], &["用", "近", "过去", "了", "在", "为", "满", "不足", "超过"]);
    if counts || is_counted && is_amount && !is_span {
        return Some(Period { start: at, end, name: name.to_string(), needs_amount: true });
    }
    // 一个月向社区党委汇报一次: opened by the period and closed by the number, whatever is between.
    let encloses = at == 0 && n_chars(clause) <= 16 && clause[end..].ends_with(['次', '回']) && says_once(tail(&clause[end..], 2));
    (encloses || says_once(&clause[end..])).then(|| Period { start: at, end, name: name.to_string(), needs_amount: false })
}

/// 两个月活动一次, 三年评选一回: the span between two occasions; 用两个月, 两年内 are limits.
fn several_each(clause: &str, at: usize) -> Option<Period> {
    if clause[..at].ends_with(|c: char| is_numeric(c) || matches!(c, '第' | '每' | '用' | '近' | '在' | '内' | '前' | '.')) {
        return None;
    }
    let mut cursor = Cursor::new(clause, at);
    let count = cursor.numeral()?.value.filter(|n| (2.0..=12.0).contains(n))?;
    let is_span = starts_any(cursor.rest(), &["个月", "年", "周", "个星期", "天"]);
    let name = period_word(&mut cursor).filter(|_| is_span)?;
    let end = cursor.at;
    if starts_any(cursor.rest(), &["内", "以内", "之内", "后", "前", "来", "以", "底", "末", "级"]) {
        return None;
    }
    // 两个月一讲
    let is_chained = clause[end..].strip_prefix('一').is_some_and(|act| n_chars(act) == 1);
    (is_chained || says_once(&clause[end..])).then(|| Period { start: at, end, name: format!("{count}{name}"), needs_amount: false })
}

/// 逢周五更新
fn weekly(clause: &str, at: usize) -> Option<Period> {
    let mut cursor = Cursor::new(clause, at);
    cursor.eat("逢");
    cursor.eat_any(&["周", "星期"])?;
    cursor.eat_any(&["一", "二", "三", "四", "五", "六", "日", "天"])?;
    Some(Period { start: at, end: cursor.at, name: "周".to_string(), needs_amount: false })
}

/// 组织一次, 碰头1回: an occasion within the next few words.
fn says_once(after: &str) -> bool {
    let verb: String = after.chars().take(7).collect();
    ["一次", "1次", "两次", "2次", "一场", "1场", "一趟", "一回", "1回", "一遍", "1遍", "一轮", "1轮"].iter().any(|count| verb.contains(count))
}

/// 按月, 逐季.
fn step_by_step(clause: &str, at: usize) -> Option<Period> {
    let mut cursor = Cursor::new(clause, at);
    cursor.eat_any(&["按", "逐"])?;
    let name = period_word(&mut cursor)?;
    // 按年度 and 逐年 grade an amount, 按日 and 逐日 are manner.
    let is_plain = matches!(name, "月" | "季度" | "周" | "半年" | "学期");
    is_plain.then(|| Period { start: at, end: cursor.at, name: name.to_string(), needs_amount: false })
}

/// 实行半月报, 坚持周调度: a practice named after its period.
fn by_name(clause: &str, at: usize) -> Option<Period> {
    let mut cursor = Cursor::new(clause, at);
    cursor.eat_any(&["实行", "坚持", "执行"])?;
    cursor.eat_any(&["“", "每"]);
    let name = if cursor.eat("旬") { "旬" } else { period_word(&mut cursor)? };
    let end = cursor.at;
    cursor.eat_any(&["报", "调度", "通报", "例会", "研判", "会商", "碰头", "点评", "督查", "巡查", "盘点", "总结"])?;
    Some(Period { start: at, end, name: name.to_string(), needs_amount: false })
}

/// 1次/季度, as tables write it.
fn per(clause: &str, at: usize) -> Option<Period> {
    let mut cursor = Cursor::new(clause, at + 1);
    let name = period_word(&mut cursor)?;
    let is_rate = clause[..at].ends_with(['次', '期', '场', '时', '元', '名', '个', '件', '篇', '条']);
    is_rate.then(|| Period { start: at, end: cursor.at, name: name.to_string(), needs_amount: false })
}

/// 全年…12次, 年度…6000人次.
fn whole_year(clause: &str) -> Option<Period> {
    // 年服务群众1万人次: so much in a year.
    const YEARLY: [&str; 9] = ["经营性收入", "服务", "培训", "接待", "开展", "举办", "组织", "走访", "发展"];
    if clause.strip_prefix('年').is_some_and(|rest| starts_any(rest, &YEARLY) && !rest.contains("下的")) {
        return Some(Period { start: 0, end: '年'.len_utf8(), name: "年".to_string(), needs_amount: true });
    }
    // 党员年服务不少于4次: so much in a year, behind whose it is.
    let yearly = clause.match_indices('年').find(|(at, word)| {
        const WHOSE: [&str; 9] = ["员", "部", "人", "均", "村", "站", "心", "社", "队"];
        let after = &clause[at + word.len()..];
        let number = after.find(is_numeric).filter(|n| n_chars(&after[..*n]) <= 10);
        ends_any(&clause[..*at], &WHOSE)
            && starts_any(after, &["服务", "开展", "参加", "学习", "培训", "走访", "接待"])
            && number.is_some_and(|n| has_any(&after[..n], &["不", "少于", "达到", "低于", "至少", "超过", "满"]))
    });
    if let Some((at, word)) = yearly {
        return Some(Period { start: at, end: at + word.len(), name: "年".to_string(), needs_amount: true });
    }
    // 月走访时间不少于80小时, 三年累计发展不少于3名
    const MONTHLY: [&str; 6] = ["走访", "驻村", "服务", "坐班", "值班", "学习"];
    let monthly = clause.match_indices('月').find(|(at, word)| {
        let is_counted = clause[..*at].ends_with(|c: char| is_numeric(c) || matches!(c, '每' | '个' | '本' | '当' | '逐' | '按'));
        !is_counted && starts_any(&clause[at + word.len()..], &MONTHLY)
    });
    if let Some((at, word)) = monthly {
        return Some(Period { start: at, end: at + word.len(), name: "月".to_string(), needs_amount: true });
    }
    // 年人均低于400元, 线索年均每人不少于10条
    let average = ["年人均", "年均每", "人年均"].iter().filter_map(|word| clause.find(word)).min();
    if let Some(at) = average {
        let start = at + if clause[at..].starts_with('人') { '人'.len_utf8() } else { 0 };
        return Some(Period { start, end: start + '年'.len_utf8(), name: "年".to_string(), needs_amount: true });
    }
    // 指导员季度入企少于6次
    let quarterly = clause.match_indices("季度").find(|(at, word)| {
        let is_counted =
            clause[..*at].ends_with(|c: char| is_numeric(c) || matches!(c, '每' | '个' | '本' | '上' | '下' | '各' | '该' | '逐' | '按'));
        !is_counted && (starts_any(&clause[at + word.len()..], &MONTHLY) || starts_any(&clause[at + word.len()..], &["入企", "入户", "召开", "活动"]))
    });
    if let Some((at, word)) = quarterly {
        return Some(Period { start: at, end: at + word.len(), name: "季度".to_string(), needs_amount: true });
    }
    if let Some(end) = clause.find("年累计") {
        let before = clause[..end].trim_end_matches(is_numeric);
        let years = Cursor::new(clause, before.len()).whole(2, 10)?;
        return Some(Period { start: before.len(), end: end + "年累计".len(), name: format!("{years}年"), needs_amount: true });
    }
    if let Some(at) = clause.find("全学年").or_else(|| clause.find("全学期")) {
        let end = at + "全学年".len();
        let name = clause[at + '全'.len_utf8()..end].to_string();
        return Some(Period { start: at, end, name, needs_amount: true });
    }
    let at = clause.find("全年").or_else(|| clause.find("年度"))?;
    let end = at + "全年".len();
    let before = &clause[..at];
    // 占全年计划的七成: the plan of the year.
    let plan = ["计划", "任务", "目标", "指标"].iter().find_map(|noun| clause[end..].strip_prefix(noun));
    if clause[at..].starts_with("全年") && plan.is_some_and(|after| after.is_empty() || after.starts_with(['的', '数', '总'])) {
        return None;
    }
    // 上年度, 2024年度, 一年度 point at a year; 年度计划, 年度考核 are names.
    if clause[at..].starts_with("年度")
        && (before.ends_with(|c: char| is_numeric(c) || matches!(c, '上' | '本' | '下' | '学' | '半')) || starts_any(&clause[end..], &YEARLY_NAMES))
    {
        return None;
    }
    Some(Period { start: at, end, name: "年".to_string(), needs_amount: true })
}

const YEARLY_NAMES: [&str; 24] = [
    "计划", "考核", "目标", "工作", "总结", "述职", "民主", "组织", "评议", "报告", "预算", "责任", "党建", "重点", "任务", "发展", "优秀", "先进",
    "职工", "工资", "经费", "综合", "管理", "费用",
];

/// Whether the unit counts occasions, so that with a period it says how often rather than how much.
pub(crate) fn counts_occasions(unit: &str) -> bool {
    matches!(unit, "次" | "期" | "场" | "场次" | "轮" | "回" | "遍" | "堂" | "趟")
}

/// The normalised frequency: `2次/年` for occasions, `/年` for an amount, `1次/年` where no number is given.
pub(crate) fn normalise(name: &str, quantity: Option<&Quantity>) -> String {
    let Some(quantity) = quantity else {
        return format!("1次/{name}");
    };
    if !counts_occasions(&quantity.unit) {
        return format!("/{name}");
    }
    let sign = match quantity.comparator {
        Comparator::AtLeast => ">=",
        Comparator::AtMost => "<=",
        Comparator::Equal => "",
    };
    match &quantity.value {
        QuantityValue::Number(n) => format!("{sign}{n}次/{name}"),
        QuantityValue::Range(from, to) => format!("{from}-{to}次/{name}"),
        QuantityValue::Text(text) => format!("{sign}{text}次/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(clause: &str) -> Option<String> {
        period(clause).map(|p| p.name)
    }

    #[test]
    fn hears_periods() {
        assert_eq!(name("支部每季度上一次党课").as_deref(), Some("季度"));
        assert_eq!(name("专班每两个月碰头").as_deref(), Some("2月"));
        assert_eq!(name("每2年轮换").as_deref(), Some("2年"));
        assert_eq!(name("一月一主题").as_deref(), Some("月"));
        assert_eq!(name("半年通报一次").as_deref(), Some("半年"));
        assert_eq!(name("按季更新").as_deref(), Some("季度"));
        assert_eq!(name("例会1次/周").as_deref(), Some("周"));
    }

    #[test]
    fn leaves_what_only_sounds_periodic() {
        assert_eq!(name("每个支部"), None);
        assert_eq!(name("一月底前"), None);
        assert_eq!(name("2023年度考核"), None);
        assert_eq!(name("定期召开会议"), None);
        assert_eq!(name("一年来的工作"), None);
    }
}
