//! Limits that are no dates: lengths of time, holidays, and events.

use crate::deadline::{Due, ymd};
use crate::numerals::{Cursor, is_numeric};
use crate::words::{ends_any, has_any, n_chars, starts_any};

/// 用3年时间, 一个月内, 15日内, 办理期限为6个月.
pub(crate) fn duration(clause: &str, at: usize) -> Option<Due> {
    let before = &clause[..at];
    let mut cursor = Cursor::new(clause, at);
    if before.ends_with(|c: char| is_numeric(c) || matches!(c, '第' | '月' | '年' | '.')) {
        return None;
    }
    let is_half = cursor.eat("半");
    // 3至5年: the later end binds.
    if !is_half {
        let mut ahead = cursor;
        if ahead.numeral().is_some_and(|n| n.value.is_some())
            && ahead.eat_any(&["至", "到", "-", "—", "－", "～", "~"]).is_some()
            && ahead.whole(1, 60).is_some()
        {
            let mut second = cursor;
            second.numeral();
            second.eat_any(&["至", "到", "-", "—", "－", "～", "~"]);
            if ["年", "个月", "周", "天"].iter().any(|unit| ahead.rest().starts_with(unit)) {
                cursor = second;
            }
        }
    }
    let n = if is_half { None } else { Some(cursor.numeral().filter(|n| n.value.is_some_and(|v| v.fract() == 0.0))?.value? as u32) };
    let unit = cursor.eat_any(&["个工作日", "工作日", "个月", "个星期", "个学年", "学年", "年", "周", "天", "日", "个小时", "小时", "分钟"])?;
    let has_half = unit == "年" && n.is_some() && cursor.eat("半");
    let value = match (n, unit) {
        (None, "年") => "P6M".to_string(),
        (None, "个月") => "P15D".to_string(),
        (None, "个小时" | "小时") => "PT30M".to_string(),
        (None, _) => return None,
        (Some(n), "年") if has_half => format!("P{}M", n * 12 + 6),
        (Some(n), "年" | "学年" | "个学年") => format!("P{n}Y"),
        (Some(n), "个月") => format!("P{n}M"),
        (Some(n), "周" | "个星期") => format!("P{n}W"),
        (Some(n), "个小时" | "小时") => format!("PT{n}H"),
        (Some(n), "分钟") => format!("PT{n}M"),
        (Some(n), _) => format!("P{n}D"),
    };
    let by_effort = ends_any(before, &["通过", "经过"]);
    let is_used = ends_any(before, &["用", "利用", "历时", "力争", "再用"]);
    cursor.eat_any(&["左右", "的"]);
    cursor.eat_any(&["时间", "的时间", "左右时间", "左右的时间", "努力", "的努力", "左右努力"]);
    let is_within = cursor.eat_any(&["之内", "以内", "内"]).is_some();
    let after = cursor.rest();
    // 入职3年以内的职工: who is meant.
    if after.starts_with('的') && ends_any(before, &["入职", "入党", "毕业", "任职", "到岗", "工作", "工龄", "党龄"]) {
        return None;
    }
    // 未来三个月内将离开 foresees, 一年以上 and 2年后 count from.
    // 平均时间缩短至25分钟以内 measures what lasts.
    if before.contains("平均")
        || before.contains("连续")
        || measures_talk(before, unit)
        || before.ends_with("未来")
        || ends_any(before, &["近", "提前", "提前至少"])
        || after.starts_with("累计")
    {
        return None;
    }
    // 超过3个月未补选的扣分
    let is_overdue = ends_any(before, &["超过", "逾期", "满"])
        && (starts_any(cursor.rest(), &["未", "没有", "仍未"]) || starts_any(cursor.rest(), &["的扣", "的，扣", "扣"]))
        && (clause.contains('扣') || clause.ends_with('的'));
    // 七个工作日办结, 今后三年培养, 不得晚于核发后3个月
    let answers = ends_any(before, &["不超过", "不得超过", "不能超过"])
        && has_any(before, &["答复", "办结", "疑难", "诉求", "反馈"])
        && cursor.rest().is_empty();
    let settles =
        ["办结", "办理完毕", "答复", "反馈", "回复", "回应", "响应", "整改", "解决", "处置", "处理", "到场", "到达", "上门", "受理", "修复", "送达"];
    let is_bound =
        ends_any(before, &["不超过", "不得超过", "不能超过", "最长"]) || matches!(unit, "小时" | "个小时" | "分钟" | "个工作日" | "工作日");
    let is_settled = is_bound && (answers || starts_any(cursor.rest(), &settles));
    let lies_ahead = before.ends_with("今后") && matches!(unit, "年" | "个月") && !starts_any(cursor.rest(), &["的", "后"]);
    let is_latest = has_any(before, &["不得晚于", "不晚于", "不得迟于", "最迟"]) && cursor.rest().is_empty();
    // 限一个月补课
    let is_set = ends_any(before, &["限", "限期"]) && !cursor.rest().is_empty();
    // 缺额两个月未补齐的扣分: the time that has run out.
    let has_run_out = clause.contains('扣')
        && matches!(unit, "个月" | "天" | "日" | "周" | "个工作日" | "工作日" | "小时" | "个小时")
        && starts_any(cursor.rest(), &["未", "没有", "仍未", "还未", "仍没"]);
    // 两个月建完: what is done in that time.
    let is_done =
        at == 0 && matches!(cursor.rest(), "建完" | "完成" | "办完" | "改完" | "做完" | "补齐" | "建成" | "完工" | "见效" | "到位" | "整改到位");
    let is_limit = is_set || is_done || has_run_out || is_overdue || is_settled || lies_ahead || is_latest || is_length_limit(before, unit);
    let is_span = by_effort && clause[..cursor.at].ends_with("努力")
        || is_used && (is_within || ends_any(&clause[..cursor.at], &["时间", "努力"]) || unit == "年");
    (is_within || is_span || is_limit).then_some(Due { start: at, end: cursor.at, value, is_strong: true, recurs: None })
}

/// 汇报时间控制在10分钟以内: how long someone speaks, not by when it is done.
fn measures_talk(before: &str, unit: &str) -> bool {
    let is_short = matches!(unit, "分钟" | "小时" | "个小时");
    is_short
        && has_any(before, &["时间", "时长", "发言", "汇报", "党课", "课程", "会议"])
        && !has_any(before, &["办理", "处置", "响应", "答复", "回应", "处理"])
}

/// 补选, 报备 after a length of time: what is to be done in it, said in two characters.
pub(crate) fn is_act(words: &str) -> bool {
    const NO_ACTS: [&str; 8] = ["左右", "期间", "之间", "时间", "的人", "起算", "以来", "开始"];
    n_chars(words) == 2 && !NO_ACTS.contains(&words) && !words.contains(['，', '的', '）', '（']) || is_answer(words)
}

/// What is done with a request, in a word.
fn is_answer(words: &str) -> bool {
    const ANSWERS: [&str; 23] = [
        "办结", "答复", "反馈", "回应", "回复", "受理", "响应", "派单", "整改", "约谈", "销号", "补课", "补学", "补考", "到场", "上门", "修复",
        "处置", "处理", "送达", "回访", "上墙", "公示",
    ];
    ANSWERS.contains(&words)
}

/// 办理时限不超过6个月, 最长不得超过9个月: a limit for finishing, unlike 公示期不少于5个工作日.
fn is_length_limit(before: &str, unit: &str) -> bool {
    // 补交的时间不得超过6个月 ends something, 培训时间不超过5天 measures it.
    const LASTING: [&str; 16] =
        ["会议", "培训", "学习", "活动", "公示", "党课", "发言", "读书", "驻村", "报告", "交流", "研讨", "脱产", "服务", "任职", "汇报"];
    let is_time = matches!(unit, "个月" | "年")
        && has_any(before, &["时间"])
        && !has_any(before, &LASTING)
        && ends_any(before, &["不超过", "不得超过", "不能超过"]);
    let is_limited = ends_any(before, &["不超过", "不得超过", "为", "最长", "不能超过", "限期", "原则上", "一般", "时限"]);
    let is_term =
        has_any(before, &["时限", "期限", "最长", "延长", "限期", "完成时间", "周期"]) || (before.trim_start().starts_with('但') && unit == "个月");
    is_limited && (is_term || is_time)
}

/// “七一”前, 国庆节前: holidays with a fixed day.
pub(crate) fn holiday(clause: &str, year: Option<i32>) -> Option<Due> {
    const DAYS: [(&str, u32); 12] = [
        ("“七一”", 7),
        ("七一", 7),
        ("国庆节", 10),
        ("国庆", 10),
        ("“十一”", 10),
        ("“五一”", 5),
        ("五一", 5),
        ("劳动节", 5),
        ("“八一”", 8),
        ("八一", 8),
        ("建军节", 8),
        ("元旦", 1),
    ];
    if !clause.contains(['前', '到']) {
        return None;
    }
    DAYS.iter().find_map(|(name, month)| {
        let at = clause.find(name)?;
        let year = if ends_any(&clause[..at], &["明年", "来年"]) { year.map(|y| y + 1) } else { year };
        let mut cursor = Cursor::new(clause, at + name.len());
        // 到国庆节要降三成
        if !clause[..at].ends_with('到') {
            let opens = at == 0 || ends_any(&clause[..at], &["年", "在", "于"]);
            cursor.eat_any(if opens { &["前后", "前夕", "之前", "前"] } else { &["前夕", "之前", "前"] })?;
        }
        let is_eve = !cursor.rest().starts_with('后');
        is_eve.then(|| Due { start: at, end: cursor.at, value: ymd(year, *month, Some(1)), is_strong: true, recurs: None })
    })
}

/// 提前5个工作日, 提前一周: so long before the event that the sentence is about.
pub(crate) fn ahead_of(clause: &str) -> Option<Due> {
    let start = clause.find("提前")?;
    let mut cursor = Cursor::new(clause, start + "提前".len());
    cursor.eat_any(&["至少", "不少于"]);
    cursor.whole(1, 365)?;
    cursor.eat_any(&["个工作日", "工作日", "个月", "个星期", "天", "日", "周"])?;
    Some(Due { start, end: cursor.at, value: clause[start..cursor.at].to_string(), is_strong: true, recurs: None })
}

/// 春节前, 开学前 at the head of a clause: moments everyone knows, though no day is fixed.
fn known_moment(clause: &str) -> Option<Due> {
    const MOMENTS: [&str; 17] = [
        "清明节",
        "端午节",
        "中秋节",
        "重阳节",
        "期中",
        "春节",
        "中秋",
        "端午",
        "清明",
        "寒假",
        "暑假",
        "放假",
        "开学",
        "汛期",
        "入汛",
        "换届",
        "学期结束",
    ];
    if let Some(day) = lunar_day(clause) {
        return Some(day);
    }
    // 教育工委暑假前组织检查: behind whoever acts, too.
    let named = || MOMENTS.iter().filter_map(|moment| clause.find(&format!("{moment}前"))).min();
    let start = ["每年", "在"].iter().find(|word| clause.starts_with(*word)).map_or(0, |word| word.len());
    let start = if starts_any(&clause[start..], &MOMENTS) { start } else { named().map(|at| season(clause, at))? };
    let mut cursor = Cursor::new(clause, start);
    cursor.eat_any(&["春季", "秋季"]);
    cursor.eat_any(&MOMENTS)?;
    cursor.eat_any(&["之前", "以前", "前"])?;
    let is_moment = !starts_any(cursor.rest(), &["后", "夕", "期"]);
    is_moment.then(|| Due { start, end: cursor.at, value: clause[start..cursor.at].to_string(), is_strong: true, recurs: None })
}

/// 秋季开学前: where the season before the moment begins.
fn season(clause: &str, at: usize) -> usize {
    ["春季", "秋季"].iter().find(|season| clause[..at].ends_with(*season)).map_or(at, |season| at - season.len())
}

/// 腊月二十八前, 正月十五前: days of the old calendar stay as they are written.
fn lunar_day(clause: &str) -> Option<Due> {
    let start = ["腊月", "正月"].iter().filter_map(|month| clause.find(month)).min()?;
    let mut cursor = Cursor::new(clause, start + "腊月".len());
    cursor.eat("初");
    cursor.whole(1, 30)?;
    cursor.eat_any(&["之前", "以前", "前"])?;
    Some(Due { start, end: cursor.at, value: clause[start..cursor.at].to_string(), is_strong: true, recurs: None })
}

/// 本届任期内: the term that runs, unless the clause speaks of every term.
fn term(clause: &str) -> Option<Due> {
    let start = clause.find("任期内").filter(|at| clause[..*at].contains("本届"))?;
    Some(Due { start, end: start + "任期内".len(), value: "任期内".to_string(), is_strong: true, recurs: None })
}

/// 出发前成立临时支部, 离校前转接关系: the event the clause opens with.
fn opening_moment(clause: &str) -> Option<Due> {
    const ACTS: [&str; 10] = ["成立", "完成", "召开", "组织", "开展", "办理", "签订", "进行", "提交", "由"];
    const OTHERS: [&str; 12] = ["目", "当", "面", "眼", "提", "空", "生", "跟", "超", "靠", "往", "朝"];
    let at = clause.find('前')?;
    // 下次会议之前
    let event = clause[..at].trim_end_matches(['之', '以']);
    let is_event = (2..=4).contains(&n_chars(event)) && !event.contains(|c: char| is_numeric(c) || c == '以') && !ends_any(event, &OTHERS);
    let end = at + '前'.len_utf8();
    // 供暖前安装到位
    let is_settled = n_chars(&clause[end..]) >= 4 && ends_any(&clause[end..], &["到位", "完毕", "完成"]);
    (is_event && (starts_any(&clause[end..], &ACTS) || is_settled) && !ends_any(event, &["年", "月", "日", "底"])).then(|| Due {
        start: 0,
        end,
        value: clause[..end].to_string(),
        is_strong: true,
        recurs: None,
    })
}

/// 支部会议前, 在党员大会召开之前, 会议召开前3天.
pub(crate) fn event_limit(clause: &str) -> Option<Due> {
    if let Some(moment) = known_moment(clause).or_else(|| term(clause)) {
        return Some(moment);
    }
    if let Some(moment) = opening_moment(clause) {
        return Some(moment);
    }
    const NEVER: [&str; 8] = ["目", "当", "面", "眼", "提", "空", "生", "跟"];
    for (at, _) in clause.match_indices('前') {
        let before = clause[..at].trim_end_matches(['之', '以']);
        let after = &clause[at + '前'.len_utf8()..];
        if ends_any(before, &NEVER) || starts_any(after, &["列", "沿", "提", "后", "进", "瞻", "景", "往", "期", "头", "置", "款", "面"])
        {
            continue;
        }
        let from = ["在", "于", "应当", "须"].iter().filter_map(|word| before.rfind(word).map(|p| p + word.len())).max();
        let mut cursor = Cursor::new(clause, at + '前'.len_utf8());
        let has_count = cursor.whole(1, 365).is_some() && cursor.eat_any(&["个工作日", "个月", "天", "日", "周"]).is_some();
        let closes = after.is_empty() || has_count;
        let start = match from {
            Some(start) => start,
            None if closes || ends_any(before, &["日", "天", "个工作日", "个月"]) => 0,
            None => continue,
        };
        let event = &before[start..];
        let n = n_chars(event);
        // 会议召开3日前: a number of days before is part of the limit; any other number is not an event.
        let ends_in_days = ends_any(event, &["日", "天", "个工作日", "个月", "小时"]) && n > 4 && !event.starts_with(is_numeric);
        let is_meeting = event == "会" && has_count;
        if !((2..=12).contains(&n) || is_meeting)
            || event.contains('每')
            || event.contains(is_numeric) && !has_count && !ends_in_days
            || ends_any(event, &["多年", "年"])
        {
            continue;
        }
        let end = if has_count { cursor.at } else { at + '前'.len_utf8() };
        let value = format!("{event}{}", &clause[at..end]);
        return Some(Due { start, end, value, is_strong: true, recurs: None });
    }
    None
}
