//! By when: dates, ends of periods, durations, and limits relative to an event.

use std::ops::Range;

use crate::duration::{ahead_of, duration, event_limit, holiday};
use crate::frequency::period;
use crate::numerals::{Cursor, arabic_digit, is_numeric};
use crate::words::{ends_any, n_chars, starts_any};

/// A deadline at a place of a clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Due {
    pub start: usize,
    pub end: usize,
    /// `2024-06`, `2024-06-30`, `P3Y`, `放假前`
    pub value: String,
    /// A bare month or year (11月, 2025年) is weak: it can date a task but does not make one.
    pub is_strong: bool,
    /// 每年4月底前 recurs by 年, 每月20日 by 月.
    pub recurs: Option<&'static str>,
}

impl Due {
    /// Where it stands.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// All deadlines of a clause in text order. `year` stands in where the clause names none.
pub(crate) fn deadlines(clause: &str, year: Option<i32>) -> Vec<Due> {
    let mut found: Vec<Due> = Vec::new();
    let mut next = 0;
    for (at, c) in clause.char_indices() {
        if at < next {
            continue;
        }
        let due = match c {
            '“' | '十' if plan_end(clause, at).is_some() => plan_end(clause, at),
            '1' | '2' if dotted(clause, at).is_some() => dotted(clause, at),
            '年' | '岁' | '本' | '上' | '下' | '学' | '期' | '第' | '月' | '一' | '二' | '三' | '四' | '1'..='4' => {
                worded(clause, at, year)
            }
            _ => None,
        };
        // Only these can begin a date or a length of time.
        let may_begin = is_numeric(c) || matches!(c, '今' | '本' | '当' | '明' | '次' | '翌' | '每' | '半');
        let due = due.or_else(|| if may_begin { dated(clause, at, year).or_else(|| duration(clause, at)) } else { None });
        if let Some(due) = due {
            next = due.end;
            found.push(due);
        } else if is_numeric(c) {
            next = at + clause[at..].chars().take_while(|&c| is_numeric(c)).map(char::len_utf8).sum::<usize>();
        }
    }
    if found.iter().all(|d| !d.is_strong || d.value.ends_with("-12"))
        && let Some(day) = holiday(clause, year)
    {
        found.retain(|d| d.start >= day.end);
        found.insert(0, day);
    }
    if found.is_empty() {
        found.extend(ahead_of(clause).or_else(|| event_limit(clause)));
    }
    found
}

/// `2024-06-30`, `2024-06`, or `XXXX-06` where the year is unknown.
pub(crate) fn ymd(year: Option<i32>, month: u32, day: Option<u32>) -> String {
    let year = year.map_or("XXXX".to_string(), |y| format!("{y:04}"));
    day.map_or(format!("{year}-{month:02}"), |d| format!("{year}-{month:02}-{d:02}"))
}

const BEFORE: [&str; 8] = ["前后", "之前", "以前", "前", "之内", "以内", "内", "为止"];

/// The year words a date may begin with.
enum YearWord {
    Stated(Option<i32>),
    Every,
    Unsaid,
}

fn year_word(cursor: &mut Cursor, year: Option<i32>) -> Option<YearWord> {
    // 从12月起至次年3月: the range began in the paper's own year.
    if cursor.text[..cursor.at].ends_with(['至', '到']) && cursor.text[..cursor.at].contains('月') && cursor.eat_any(&["次年", "翌年"]).is_some()
    {
        return Some(YearWord::Stated(year.map(|y| y + 1)));
    }
    if cursor.eat_any(&["今年", "本年", "当年"]).is_some() {
        return Some(YearWord::Stated(year));
    }
    // 次年1月底前: the year after whichever the paper is applied to.
    if cursor.eat_any(&["次年", "翌年"]).is_some() {
        return Some(YearWord::Stated(None));
    }
    if cursor.eat("明年") || cursor.eat("今明两年") {
        return Some(YearWord::Stated(year.map(|y| y + 1)));
    }
    if cursor.eat("每年") {
        return Some(YearWord::Every);
    }
    let mut ahead = *cursor;
    if let Some(n) = ahead.whole(1990, 2100)
        && ahead.eat("年")
    {
        *cursor = ahead;
        return Some(YearWord::Stated(i32::try_from(n).ok()));
    }
    // 2024至2025年: the later one.
    let mut range = *cursor;
    if range.whole(1990, 2100).is_some()
        && range.eat_any(&["至", "—", "-", "到"]).is_some()
        && let Some(last) = range.whole(1990, 2100)
        && range.eat("年")
    {
        *cursor = range;
        return Some(YearWord::Stated(i32::try_from(last).ok()));
    }
    Some(YearWord::Unsaid)
}

/// Year, month and day in any of their combinations.
fn dated(clause: &str, at: usize, year: Option<i32>) -> Option<Due> {
    let before = &clause[..at];
    let mut cursor = Cursor::new(clause, at);
    if cursor.eat_any(&["每月", "每个月"]).is_some() {
        return monthly(at, cursor, "月");
    }
    // 每季度末月25日前, 每季度首月10日前
    if cursor.eat_any(&["每季度末月", "每季度末", "每季度首月", "每季度最后一个月", "每季度第一个月"]).is_some() {
        return monthly(at, cursor, "季度");
    }
    let word = year_word(&mut cursor, year)?;
    if cursor.at == at && (before.ends_with(|c: char| is_numeric(c) || c == '第') || !clause[at..].starts_with(is_numeric)) {
        return None;
    }
    let (stated, recurs, has_year) = match word {
        YearWord::Stated(y) => (y, None, true),
        YearWord::Every => (None, Some("年"), true),
        YearWord::Unsaid => (year, None, false),
    };
    let mut ahead = cursor;
    ahead.eat(" ");
    let number_at = ahead.at;
    let day_or_month = ahead.whole(1, 12).and_then(|month| last_month(&mut ahead, month));
    // 4—6月, 5月、10月 say when, as 6月 alone need not.
    let is_run = clause[number_at..ahead.at].contains(['至', '到', '-', '—', '－', '~', '～', '–', '、', '和']);
    if let Some(month) = day_or_month {
        let is_chinese = !clause[number_at..].starts_with(|c: char| arabic_digit(c).is_some());
        return month_day(at, ahead, stated, month).filter(|due| (due.is_strong || !is_chinese) && !is_history(before)).map(|due| Due {
            recurs,
            is_strong: due.is_strong || recurs.is_some() || has_year || is_run,
            ..due
        });
    }
    if recurs.is_some() {
        return yearly(at, cursor);
    }
    if has_year {
        return year_only(clause, at, cursor, stated).filter(|_| !is_history(before));
    }
    None
}

/// The month a run of months ends in: 6月, 4—6月, 5、10月, 5月、10月.
fn last_month(cursor: &mut Cursor, first: u32) -> Option<u32> {
    let mut ahead = *cursor;
    if ahead.eat_any(&["至", "到", "-", "—", "－", "~", "～", "–", "、", "和"]).is_some()
        && let Some(month) = ahead.whole(1, 12)
        && ahead.eat("月")
    {
        *cursor = ahead;
        return last_listed(cursor, month);
    }
    if cursor.eat("月") { last_listed(cursor, first) } else { None }
}

/// 5月、10月: months in a list, of which the last counts.
fn last_listed(cursor: &mut Cursor, mut month: u32) -> Option<u32> {
    loop {
        let mut ahead = *cursor;
        ahead.eat("份");
        let next = ahead.eat_any(&["、", "和"]).and_then(|_| ahead.whole(1, 12)).filter(|_| ahead.eat("月"));
        let Some(next) = next else { return Some(month) };
        month = next;
        *cursor = ahead;
    }
}

/// 2024.6.30, 2024-06-30, 2024/6: a date as tables write it.
fn dotted(clause: &str, at: usize) -> Option<Due> {
    let n_digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let rest = &clause[at..];
    if clause[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '〔' | '[')) || n_digits(rest) != 4 {
        return None;
    }
    let year: i32 = rest[..4].parse().ok().filter(|year| (1990..=2100).contains(year))?;
    let mark = rest[4..].chars().next().filter(|c| matches!(c, '.' | '-' | '/'))?;
    let after = &rest[5..];
    let n = n_digits(after);
    let month: u32 = after[..n.min(2)].parse().ok().filter(|month| n <= 2 && (1..=12).contains(month))?;
    let mut end = at + 5 + n;
    let mut day = None;
    if let Some(tail) = after[n..].strip_prefix(mark) {
        let n_day = n_digits(tail);
        day = tail[..n_day.min(2)].parse().ok().filter(|day| n_day <= 2 && (1..=31).contains(day));
        end += if day.is_some() { 1 + n_day } else { 0 };
    }
    // 2024-2026 are years, 2024.5% a number.
    if day.is_none() && (n != 2 || mark == '-') && !starts_any(&clause[end..], &["前", "底"]) {
        return None;
    }
    let mut cursor = Cursor::new(clause, end);
    if starts_any(cursor.rest(), &["起", "开始", "以来"]) {
        return None;
    }
    cursor.eat_any(&["底", "末"]);
    cursor.eat_any(&BEFORE);
    Some(Due { start: at, end: cursor.at, value: ymd(Some(year), month, day), is_strong: true, recurs: None })
}

/// “十五五”末: the last year of a five-year plan; the fourteenth ended with 2025.
fn plan_end(clause: &str, at: usize) -> Option<Due> {
    let mut cursor = Cursor::new(clause, at);
    cursor.eat("“");
    let year = [("十三五", 2020), ("十四五", 2025), ("十五五", 2030), ("十六五", 2035)].iter().find(|(name, _)| cursor.eat(name))?.1;
    cursor.eat("”");
    cursor.eat_any(&["规划", "时期"]);
    cursor.eat_any(&["期末", "末期", "末", "结束"])?;
    cursor.eat_any(&BEFORE);
    Some(Due { start: at, end: cursor.at, value: ymd(Some(year), 12, None), is_strong: true, recurs: None })
}

/// 自2020年, 比2022年, 从6月: a point counted from, not a limit.
fn is_history(before: &str) -> bool {
    ends_any(before, &["自", "从", "比", "较", "以", "自从", "截至", "与"])
}

/// 每月20日, 每月25日前.
fn monthly(at: usize, mut cursor: Cursor, recurs: &'static str) -> Option<Due> {
    let day = cursor.whole(1, 31)?;
    cursor.eat_any(&["日", "号"])?;
    cursor.eat_any(&BEFORE);
    let value = format!("XXXX-XX-{day:02}");
    Some(Due { start: at, end: cursor.at, value, is_strong: true, recurs: Some(recurs) })
}

/// 每年底, 每年一季度.
fn yearly(at: usize, mut cursor: Cursor) -> Option<Due> {
    let (month, end) = part_of_year(cursor, true).or_else(|| {
        cursor.eat("年");
        cursor.eat_any(&["底", "末"])?;
        cursor.eat_any(&BEFORE);
        Some((12, cursor.at))
    })?;
    Some(Due { start: at, end, value: ymd(None, month, None), is_strong: true, recurs: Some("年") })
}

/// What follows 6月: 底, 上旬, 15日, 至7月10日, 前.
fn month_day(at: usize, mut cursor: Cursor, year: Option<i32>, month: u32) -> Option<Due> {
    let is_spelt = cursor.eat("份") && !cursor.rest().starts_with('的');
    let part = cursor.eat_any(&["中下旬", "上中旬", "上旬", "中旬", "下旬", "初", "中", "底", "末"]);
    let mut day = match part {
        Some("上旬" | "初") => Some(10),
        Some("中旬" | "上中旬") => Some(20),
        _ => None,
    };
    // 3月份, and a clause that is only 11月, say when; 11月主题党日 is a name.
    let mut is_strong = part.is_some() || is_spelt || cursor.rest().is_empty();
    let mut ahead = cursor;
    if part.is_none()
        && let Some(n) = ahead.whole(1, 31)
        && ahead.eat_any(&["日", "号"]).is_some()
    {
        day = Some(n);
        is_strong = true;
        cursor = ahead;
    }
    clock(&mut cursor);
    let mut value = ymd(year, month, day);
    if let Some((end, later)) = range_end(&mut cursor, year, month) {
        value = later;
        cursor.at = end;
        is_strong = true;
    } else if starts_any(cursor.rest(), &["起", "开始", "以来", "以后", "之后", "后"]) {
        return None;
    }
    cursor.eat_any(&["（含）"]);
    let is_limited = cursor.eat_any(&BEFORE).is_some();
    // 培训班10月｜开班: the month and what then begins or ends.
    const HAPPENS: [&str; 16] =
        ["上线", "开班", "开课", "开讲", "挂牌", "揭牌", "运行", "启用", "投用", "开放", "开馆", "验收", "见效", "到岗", "上岗", "完工"];
    // 9月｜由组织部验收: the month, then whom it charges.
    let happens = HAPPENS.contains(&cursor.rest()) || at == 0 && cursor.rest().starts_with('由');
    Some(Due { start: at, end: cursor.at, value, is_strong: is_strong || is_limited || happens, recurs: None })
}

/// 17:00, 下午5点, 中午12点, 24时.
fn clock(cursor: &mut Cursor) {
    let mut ahead = *cursor;
    if ahead.eat("（") || ahead.eat("(") {
        // 6月22日（星期五）
        let mut weekday = ahead;
        if weekday.eat_any(&["星期", "周"]).is_some() && weekday.rest().chars().nth(1).is_some_and(|c| matches!(c, '）' | ')')) {
            weekday.at += weekday.rest().chars().take(2).map(char::len_utf8).sum::<usize>();
            *cursor = weekday;
        }
        ahead = *cursor;
    }
    ahead.eat_any(&["上午", "下午", "中午", "晚上", "晚", "早"]);
    if ahead.whole(0, 24).is_some() {
        let is_clock = match ahead.eat_any(&[":", "：", "点", "时"]) {
            Some(":" | "：") => ahead.whole(0, 59).is_some(),
            Some(_) => {
                ahead.eat("半");
                true
            }
            None => false,
        };
        if is_clock {
            *cursor = ahead;
        }
    } else if ahead.at != cursor.at && !cursor.text[ahead.at..].starts_with(is_numeric) {
        *cursor = ahead;
    }
}

/// The second date of 6月至7月上旬, 3月4日至8日, 6月底至放假前.
fn range_end(cursor: &mut Cursor, year: Option<i32>, month: u32) -> Option<(usize, String)> {
    let mut ahead = *cursor;
    ahead.eat_any(&["至", "到", "-", "—", "－", "~", "～", "–"])?;
    while ahead.eat("—") || ahead.eat("-") {}
    if let Some(due) = dated(ahead.text, ahead.at, year) {
        return Some((due.end, due.value));
    }
    let mut day = ahead;
    if let Some(n) = day.whole(1, 31)
        && day.eat_any(&["日", "号"]).is_some()
    {
        clock(&mut day);
        return Some((day.at, ymd(year, month, Some(n))));
    }
    let rest = ahead.rest();
    let limit = rest.find('前').filter(|&at| n_chars(&rest[..at]) <= 6)?;
    let end = limit + '前'.len_utf8();
    Some((ahead.at + end, rest[..end].to_string()))
}

/// 2025年底, 2025年上半年, 今年内, and the bare 2025年.
fn year_only(clause: &str, at: usize, mut cursor: Cursor, year: Option<i32>) -> Option<Due> {
    if starts_any(cursor.rest(), &["以来", "度", "来", "起", "开始", "初", "级", "版", "第"]) && !cursor.rest().starts_with("第一") {
        return None;
    }
    let due = |end, month, is_strong| Some(Due { start: at, end, value: ymd(year, month, None), is_strong, recurs: None });
    if let Some((month, end)) = part_of_year(cursor, true) {
        return due(end, month, true);
    }
    cursor.eat("年");
    if cursor.eat_any(&["底", "末", "终"]).is_some() {
        cursor.eat_any(&BEFORE);
        return due(cursor.at, 12, true);
    }
    let is_this_year = ["今年", "本年", "明年", "今明两年"].iter().any(|word| clause[at..].starts_with(word));
    let is_limited = cursor.eat_any(&BEFORE).is_some();
    // 2024至2025年: the time within which.
    let is_range = at == 0 && clause[..cursor.at].matches("20").count() == 2;
    if is_range {
        return due(cursor.at, 12, true);
    }
    // 2026年换届时: the year of the occasion.
    let is_occasion = at == 0 && clause.ends_with('时') && (3..=6).contains(&n_chars(cursor.rest()));
    if is_occasion {
        return due(clause.len(), 12, true);
    }
    let is_target = ends_any(&clause[..at], &["到", "至", "力争", "确保"]);
    // 今年要… opens a requirement, 是今年的… does not.
    let opens = is_this_year && at == 0 && !starts_any(cursor.rest(), &["的", "是"]);
    due(cursor.at, 12, is_limited || is_target || opens)
}

/// 上半年, 第三季度末; 二季度 needs a year before it, since 一季度一次 is a frequency.
fn part_of_year(mut cursor: Cursor, follows_year: bool) -> Option<(u32, usize)> {
    if cursor.eat("上半年") || cursor.eat("下半年") {
        let month = if cursor.text[..cursor.at].ends_with("上半年") { 6 } else { 12 };
        cursor.eat_any(&BEFORE);
        return Some((month, cursor.at));
    }
    let is_ordinal = cursor.eat("第");
    let quarter = cursor.whole(1, 4)?;
    if !cursor.eat("季度") {
        return None;
    }
    let is_end = cursor.eat_any(&["末", "底", "结束"]).is_some();
    let is_limited = cursor.eat_any(&BEFORE).is_some();
    (is_ordinal || is_end || is_limited || follows_year).then_some((quarter * 3, cursor.at))
}

/// 本月25日前, 下个月底: counted from the month in which the paper was written.
fn named_month(clause: &str, at: usize) -> Option<Due> {
    let mut cursor = Cursor::new(clause, at);
    // 本周五前, 下周内 stay as they are written.
    if cursor.eat_any(&["本周", "下周", "这周"]).is_some() {
        cursor.eat_any(&["一", "二", "三", "四", "五", "六", "日", "末"]);
        let is_limited = cursor.eat_any(&["下班前", "之前", "以前", "前", "之内", "内"]).is_some();
        return is_limited.then(|| Due { start: at, end: cursor.at, value: clause[at..cursor.at].to_string(), is_strong: true, recurs: None });
    }
    cursor.eat_any(&["本月", "下个月", "下月"])?;
    let mut ahead = cursor;
    let has_day = ahead.whole(1, 31).is_some() && ahead.eat_any(&["日", "号"]).is_some();
    if has_day {
        cursor = ahead;
    } else {
        cursor.eat_any(&["上旬", "中旬", "下旬", "底", "末", "初"])?;
    }
    cursor.eat_any(&BEFORE);
    Some(Due { start: at, end: cursor.at, value: clause[at..cursor.at].to_string(), is_strong: true, recurs: None })
}

/// 年底前, 上半年, 第三季度, 本学期, 限期.
fn worded(clause: &str, at: usize, year: Option<i32>) -> Option<Due> {
    let mut cursor = Cursor::new(clause, at);
    let due = |end, value, is_strong| Some(Due { start: at, end, value, is_strong, recurs: None });
    let before = &clause[..at];
    // 四季度开展路演, 应在一季度确定 say when; 一季度一次, 四季度例会 do not.
    let opens = (at == 0 || before.ends_with(['在', '于'])) && period(clause).is_none();
    if let Some((month, end)) = part_of_year(cursor, opens) {
        return due(end, ymd(year, month, None), true);
    }
    if cursor.eat_any(&["年底", "年内", "年末", "年终", "岁末"]).is_some()
        && !before.ends_with(|c: char| is_numeric(c) || matches!(c, '每' | '往' | '历' | '去' | '前' | '上'))
    {
        let is_limited = cursor.eat_any(&BEFORE).is_some();
        if before.ends_with("每年") {
            return Some(Due { start: at, end: cursor.at, value: ymd(None, 12, None), is_strong: true, recurs: Some("年") });
        }
        // 年内部署的工作: already settled by others.
        if starts_any(cursor.rest(), &["部署", "下达", "安排的", "确定的"]) {
            return None;
        }
        let is_end_word = starts_any(&clause[at..], &["年末", "年终", "岁末"]) && !clause[at..].starts_with("年终由");
        return due(cursor.at, ymd(year, 12, None), is_limited || !is_end_word);
    }
    let mut cursor = Cursor::new(clause, at);
    if cursor.eat_any(&["本学期", "本学年"]).is_some() {
        let value = if clause[at..].starts_with("本学年") { "学年末" } else { "学期末" };
        cursor.eat_any(&["末", "内", "结束前"]);
        return due(cursor.at, value.to_string(), at == 0);
    }
    if cursor.eat_any(&["学期末", "期末前"]).is_some() {
        cursor.eat("前");
        return due(cursor.at, "学期末".to_string(), true);
    }
    if let Some(due) = named_month(clause, at) {
        return Some(due);
    }
    if cursor.eat("月底前") && !before.ends_with(|c: char| is_numeric(c) || c == '每') {
        return due(cursor.at, "月底前".to_string(), true);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, expected: &str) {
        let found = deadlines(clause, Some(2024));
        let text: Vec<String> = found.iter().map(|d| format!("{}{}", d.value, if d.is_strong { "" } else { "?" })).collect();
        assert_eq!(text.join(" "), expected, "{clause}");
    }

    #[test]
    fn reads_dates() {
        check("6月底前完成", "2024-06");
        check("请于7月15日17:00前报送", "2024-07-15");
        check("到2026年底", "2026-12");
        check("力争2026年实现达标", "2026-12");
        check("年内建成", "2024-12");
        check("今年上半年", "2024-06");
        check("三季度末前", "2024-09");
        check("12月上旬", "2024-12-10");
        check("3月4日至8日举办", "2024-03-08");
        check("2024年6月至7月上旬", "2024-07-10");
        check("每年4月底前", "XXXX-04");
        check("每月20日", "XXXX-XX-20");
        check("7月1日前后", "2024-07-01");
        check("明年3月底前", "2025-03");
    }

    #[test]
    fn reads_durations_and_events() {
        check("用3年时间", "P3Y");
        check("应当在一个月内谈话", "P1M");
        check("15日内整改到位", "P15D");
        check("办理时限一般不超过6个月", "P6M");
        check("半年内", "P6M");
        check("在支部大会召开之前完成自评", "支部大会召开前");
        check("放假前", "放假前");
        check("会议召开前3天", "会议召开前3天");
        check("本学期", "学期末");
    }

    #[test]
    fn leaves_starts_and_lengths() {
        check("从2023年4月开始", "");
        check("比2022年提高", "");
        check("今年以来", "");
        check("工作一年以上的", "");
        check("公示期不少于五个工作日", "");
        check("走在前列", "");
        check("目前", "");
        check("2023年度考核", "");
    }
}
