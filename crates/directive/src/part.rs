//! A clause, or the part of it that has a number of its own, with everything recognised in it.

use std::ops::Range;

use crate::deadline::{Due, deadlines};
use crate::deliverable::asks_for_deliverable;
use crate::duration::{ahead_of, is_act};
use crate::frame::Frame;
use crate::frequency::{Period, period};
use crate::modality::is_subject;
use crate::numerals::is_numeric;
use crate::quantity::{Found, Quantity, principal, quantities};
use crate::structure::Clause;
use crate::words::{blot, brackets, ends_any, has_any, n_chars, quotations};

/// What one clause (or one member of an enumeration with numbers) says.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Bytes of the text.
    pub range: Range<usize>,
    pub mark: Option<char>,
    pub quantity: Option<Quantity>,
    /// The quantity describes which ones are meant, so the clause is no requirement by it.
    pub has_condition: bool,
    /// 届满的9个支部: how many the clause speaks of, when the next one says what becomes of them.
    pub n_meant: Option<Quantity>,
    pub period: Option<Period>,
    pub due: Option<Due>,
    pub is_deliverable: bool,
    /// 2023年已完成…: done in a year before the document's.
    pub is_over: bool,
    /// Only a date, or a date with its subject: 11月底前, 各支部于6月底前.
    pub is_time_only: bool,
    /// A later member of the enumeration that began with the part before.
    pub is_sibling: bool,
}

impl Part {
    /// The words.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.range.clone()]
    }

    /// What stands after the deadline, or the whole.
    pub fn after_due<'t>(&self, text: &'t str) -> &'t str {
        let from = self.due.as_ref().map_or(0, |d| d.end);
        &self.text(text)[from..]
    }

    /// Whether it meets one of the four criteria by itself.
    pub fn has_criterion(&self) -> bool {
        self.quantity.is_some() || self.frequency_stands() || self.is_deliverable || self.due.as_ref().is_some_and(|d| d.is_strong)
    }

    /// A period that says something without more: 每月, but not 全年 alone.
    pub fn frequency_stands(&self) -> bool {
        self.period.as_ref().is_some_and(|p| !p.needs_amount)
    }
}

/// Reads a clause, splitting it at 、 和 where both sides have a number.
pub(crate) fn parts(text: &str, clause: &Clause, frame: &Frame) -> Vec<Part> {
    let heard = recognise(&text[clause.start..clause.end], frame);
    let cuts = enumeration_cuts(&text[clause.start..clause.end], &heard);
    if cuts.is_empty() {
        return vec![read(text, clause.start..clause.end, clause.mark, frame, heard)];
    }
    let mut starts = vec![0];
    starts.extend(cuts.iter().map(|c| c.end));
    let mut ends: Vec<usize> = cuts.iter().map(|c| c.start).collect();
    ends.push(clause.end - clause.start);
    let last = starts.len() - 1;
    starts
        .into_iter()
        .zip(ends)
        .enumerate()
        .map(|(i, (from, to))| {
            let range = clause.start + from..clause.start + to;
            let mark = if i == last { clause.mark } else { Some('、') };
            let heard = recognise(&text[range.clone()], frame);
            Part { is_sibling: i > 0, ..read(text, range, mark, frame, heard) }
        })
        .collect()
}

fn read(text: &str, range: Range<usize>, mark: Option<char>, frame: &Frame, heard: Heard) -> Part {
    let spoken = &text[range.clone()];
    let Heard { period, dues, found } = heard;
    let best = principal(&found);
    let is_over = spoken.contains('已') && deadlines(spoken, frame.year).iter().any(|d| is_over(d, frame)) || reviews_half(spoken, frame);
    let is_deliverable = asks_for_deliverable(spoken);
    // 结合1月组织生活会，: an occasion for what follows.
    let is_occasion = best.is_none() && period.is_none() && !is_deliverable && spoken.trim_start_matches('并').starts_with("结合");
    // 6月25日前完成上半年…: the date that says most.
    let due = dues.iter().filter(|d| d.is_strong).max_by_key(|d| d.value.len()).or(dues.last()).cloned();
    Part {
        mark,
        quantity: best.map(|f| f.quantity.clone()),
        has_condition: best.is_none() && !found.is_empty(),
        n_meant: found.iter().find(|f| f.is_condition && f.is_plain_count()).map(|f| f.quantity.clone()),
        is_deliverable,
        is_over,
        is_time_only: best.is_none()
            && (due.as_ref().is_some_and(|d| d.is_strong) && (is_occasion || says_only_when(spoken, &dues, period.as_ref()))
                || period.as_ref().is_some_and(|p| !p.needs_amount && !is_deliverable && names_day(&spoken[..p.start], &spoken[p.end..]))),
        period,
        due,
        is_sibling: false,
        range,
    }
}

/// Everything recognised in one run of words.
struct Heard {
    period: Option<Period>,
    dues: Vec<Due>,
    found: Vec<Found>,
}

fn recognise(spoken: &str, frame: &Frame) -> Heard {
    let period = period(spoken);
    let mut hidden = quotations(spoken);
    // 一季度一次 is no date; 每年4月底前 is both.
    hidden.extend(period.iter().filter(|p| !spoken[p.start..].starts_with('每')).map(|p| p.start..p.end));
    // “七一” in its marks is a day, not a name.
    hidden.retain(|r| !matches!(&spoken[r.clone()], "“七一”" | "“十一”" | "“五一”" | "“八一”" | "“十四五”" | "“十五五”"));
    let dues = deadlines(&blot(spoken, &hidden), frame.year).into_iter().map(|due| frame.settle(spoken, due)).collect::<Vec<_>>();
    // A remark in brackets gives the time only when it says nothing else: （6月至7月）.
    let remarks: Vec<Range<usize>> = brackets(spoken).into_iter().filter(|r| n_chars(&spoken[r.clone()]) > 16).collect();
    let dues = dues.into_iter().filter(|d| !remarks.iter().any(|r| r.contains(&d.start)));
    let dues: Vec<Due> = dues
        .filter(|d| d.value.starts_with('P') || !is_attributive(&spoken[d.end..]))
        .filter(|d| !d.value.contains('\u{3000}') && !is_over(d, frame) && !is_beginning(&spoken[..d.end], &spoken[d.end..]))
        .collect();
    // 对年内届满的支部提前6个月提醒: the date told which ones.
    let dues = if dues.is_empty() { ahead_of(spoken).into_iter().collect() } else { dues };
    let mut taken: Vec<Range<usize>> = dues.iter().map(Due::range).collect();
    taken.extend(period.iter().map(|p| p.start..p.end));
    let found = quantities(spoken, &taken);
    Heard { period, dues, found }
}

/// 9月30日前确定的积极分子: the date tells which ones.
fn is_attributive(after: &str) -> bool {
    let head: String = after.chars().take(5).collect();
    let noun = head.find('的').map_or("", |at| &after[at + '的'.len_utf8()..]);
    // …的 before a number or at the end is a subject: 9月底前建成的不少于100处.
    let has_noun = !noun.is_empty() && !noun.starts_with(['不', '达', '占', '要', '须', '扣']);
    has_noun
        && head.find('的').is_some_and(|at| {
            at > 0
                && !has_any(&head[..at], &["对", "完成", "开展", "制", "新", "实现"])
                && !head.starts_with(['、', '，', '把', '将', '对', '要', '须'])
        })
}

/// 每年12月启动: where something begins, not by when it is done.
fn is_beginning(before: &str, after: &str) -> bool {
    matches!(after, "启动" | "开始" | "起步" | "启动实施") && !before.ends_with(['前', '底', '内', '旬'])
}

/// A year before the document's own is history.
fn is_over(due: &Due, frame: &Frame) -> bool {
    let stated = due.value.get(..4).and_then(|y| y.parse::<i32>().ok());
    matches!((stated, frame.year), (Some(stated), Some(year)) if stated < year)
}

/// 上半年，新建31个 in a speech of July: the part of the year that lies behind it.
fn reviews_half(spoken: &str, frame: &Frame) -> bool {
    let past = [("上半年", 7), ("一季度", 4), ("二季度", 7), ("前三季度", 10)];
    let behind = |from: u32| frame.month.is_some_and(|month| month >= from);
    let opening = spoken.trim_start_matches("今年");
    let rest = past.iter().find_map(|(word, from)| opening.strip_prefix(word).filter(|_| behind(*from)));
    period(spoken).is_none() && rest.is_some_and(|rest| !has_any(rest, &["要", "前", "底", "确保", "力争"]))
}

/// 每个月｜第二个星期三, 每年｜“七一”前后: the day within the period, with what happens then in the next clause.
fn names_day(before: &str, after: &str) -> bool {
    // 每周五下午5点前
    let hour = ["一", "二", "三", "四", "五", "六", "日"].iter().find_map(|day| after.strip_prefix(day));
    let hour = hour.map(|rest| rest.trim_start_matches(|c: char| is_numeric(c) || "上下中午晚班点时半前以之".contains(c)));
    if before.is_empty() && hour.is_some_and(str::is_empty) && after.ends_with('前') {
        return true;
    }
    let weekday = after.strip_prefix('第').map(|rest| rest.trim_start_matches(is_numeric).trim_start_matches('个'));
    let weekday = weekday.and_then(|rest| ["星期", "周", "工作日"].iter().find_map(|day| rest.strip_prefix(day)));
    before.is_empty() && weekday.is_some_and(|rest| n_chars(rest) <= 1)
}

fn says_only_when(spoken: &str, dues: &[Due], period: Option<&Period>) -> bool {
    let mut ranges: Vec<Range<usize>> = dues.iter().map(Due::range).collect();
    ranges.extend(period.iter().map(|p| p.start..p.end));
    ranges.extend(brackets(spoken));
    let rest = blot(spoken, &ranges);
    // 递交申请书1个月内，: whatever comes before, the clause ends in its limit.
    let ends_in_limit = dues.last().is_some_and(|d| d.end == spoken.len() && d.is_strong) && spoken.ends_with(['内', '前', '底', '末', '旬']);
    // 县里准备用两年时间
    let takes = dues.last().is_some_and(|d| d.end == spoken.len() && d.value.starts_with('P'))
        && ends_any(spoken, &["年时间", "左右时间", "月时间"])
        && n_chars(spoken) <= 12;
    if ends_in_limit && n_chars(spoken) <= 30 || takes {
        return true;
    }
    let rest = rest.trim_matches(['\u{3000}', ' ']);
    let rest = rest
        .trim_start_matches("力争")
        .trim_start_matches(['到', '于', '在', '请', '至', '从', '用'])
        .trim_end_matches(['到', '于', '在', '的', '时', '，']);
    let rest = rest.trim_matches(['\u{3000}', ' ']);
    let is_stage = rest.starts_with('第') && rest.ends_with("阶段") && n_chars(rest) <= 5;
    // 20个工作日内办结 says what, short as it is.
    let is_answer = dues.iter().all(|d| d.value.starts_with('P')) && dues.last().is_some_and(|d| is_act(&spoken[d.end..]) && n_chars(rest) <= 2);
    // 一季度｜一讲: what comes round, said in one character.
    let is_round = period.is_some_and(|p| !p.needs_amount && spoken[p.end..].starts_with('一')) && rest.starts_with('一') && n_chars(rest) == 2;
    if is_round {
        return false;
    }
    is_stage
        || n_chars(rest) <= 2 && !is_answer
        || is_subject(rest)
        || rest.ends_with('后') && n_chars(rest) <= 8
        || rest.ends_with("年起") && n_chars(rest) <= 7
}

/// Where an enumeration is cut: 选拔100名…｜、｜200名….
fn enumeration_cuts(spoken: &str, heard: &Heard) -> Vec<Range<usize>> {
    let Heard { dues, found, .. } = heard;
    // 占比分别不低于60%和70%: said in one breath of both.
    let is_respective = spoken.find("分别").is_some_and(|at| found.iter().all(|f| f.start > at));
    if is_respective || found.len() < 2 && dues.len() < 2 && spoken.matches('每').count() < 2 && spoken.matches('一').count() < 2 {
        return Vec::new();
    }
    let mut hidden = quotations(spoken);
    hidden.extend(brackets(spoken));
    let bare = blot(spoken, &hidden);
    let targets: Vec<&Found> = found.iter().filter(|f| !f.is_condition).collect();
    let limits: Vec<&Due> = dues.iter().filter(|d| d.value.starts_with('P')).collect();
    // 24小时内响应、3日内办结
    let between_limits = limits
        .windows(2)
        .filter_map(|pair| bare.get(pair[0].end..pair[1].start)?.rfind('、').map(|at| pair[0].end + at..pair[0].end + at + '、'.len_utf8()));
    // 9日前报名单、25日前报总结: each with a date at its head.
    let between_dates = dues.windows(2).filter(|pair| pair[1].is_strong).filter_map(|pair| {
        let before = bare[..pair[1].start].trim_end_matches(['于', '在']);
        // 上半年、下半年各听一次: two times of one thing.
        (before.ends_with('、') && n_chars(before.get(pair[0].end..)?) >= 3).then(|| before.len() - '、'.len_utf8()..before.len())
    });
    // 每月一调度、每季一通报: each with a period and a word of its own.
    let between_periods = bare.match_indices('、').map(|(at, mark)| at..at + mark.len()).filter(|cut| {
        let says = |words: &str| period(words).is_some_and(|p| !p.needs_amount && n_chars(&words[p.end..]) >= 2);
        let left = bare[..cut.start].rfind('、').map_or(0, |at| at + '、'.len_utf8());
        let right = bare[cut.end..].find('、').map_or(bare.len(), |at| cut.end + at);
        says(&bare[left..cut.start]) && says(&bare[cut.end..right])
    });
    let mut cuts: Vec<Range<usize>> = targets
        .windows(2)
        .filter_map(|pair| cut_between(&bare, spoken, pair[0], pair[1]))
        .chain(between_limits)
        .chain(between_dates)
        .chain(between_periods)
        .collect();
    cuts.sort_by_key(|c| c.start);
    cuts.dedup();
    cuts
}

fn cut_between(bare: &str, spoken: &str, one: &Found, other: &Found) -> Option<Range<usize>> {
    // 7家…企业全部完成, 全参与、无遗漏: one target said twice.
    if one.is_word || other.is_word {
        return None;
    }
    let between = bare.get(one.end..other.start)?;
    // 30家社会组织与15个村结对: the two sides of one bond.
    let is_bond = between.trim_end().ends_with('与') && has_any(&bare[other.end..], &["结对", "共建", "联建", "对接", "签订"]);
    if is_bond {
        return None;
    }
    let joint = between.trim_start_matches(['\u{3000}', ' ']);
    // 先进支部10个和优秀党员50名: the number stands behind its noun.
    if let Some(word) = ["和", "与"].iter().find(|word| joint.starts_with(*word)) {
        let at = one.end + between.len() - joint.len();
        return Some(at..at + word.len());
    }
    let is_number_after_noun = joint.starts_with('、');
    let comma = if is_number_after_noun { between.find('、') } else { between.rfind('、') };
    let at = comma.map(|at| (at, '、'.len_utf8()));
    // 和50名: the conjunction stays with the second part, right before its number.
    let and = ["和", "与"].iter().filter_map(|w| {
        between.rfind(w).filter(|&at| {
            n_chars(between[at + w.len()..].trim_end_matches("不少于")) <= 2 || !spoken[one.end..].starts_with(|c: char| c.is_alphabetic())
        })
    });
    let (at, len) = at.or_else(|| and.max().map(|at| (at, 0)))?;
    Some(one.end + at..one.end + at + len)
}
