//! Which parts of a sentence make tasks, and which neighbours belong to their spans.

use crate::deadline::Due;
use crate::deliverable::{lacks_paper, names_paper};
use crate::duration::is_act;
use crate::leading::{is_nominal, is_start, leads};
use crate::lending;
use crate::modality::{
    Tense, is_bonus, is_check, is_condition, is_count_of_state, is_grade, is_hedged, is_means, is_penalty, is_preamble, is_purpose, is_reward,
    is_sanction, is_shortfall, is_statement, is_subject, is_topic, lacks_person, looks_back, makes_conditional, names_conditions, opens_review,
    tense,
};
use crate::names::{NO_OFFICES, OFFICES};
use crate::numerals::is_numeric;
use crate::part::Part;
use crate::quantity::{Comparator, Quantity};
use crate::structure::{Layout, Sentence};
use crate::words::{ends_any, has_any, n_chars, starts_any};

/// A task's parts: `first..=last`, and the one that carries its criterion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Group {
    pub first: usize,
    pub last: usize,
    pub seed: usize,
}

/// For each part, whether it is a requirement that meets a criterion.
///
/// `in_review` carries a paragraph's look back from one sentence to the next.
pub(crate) fn seeds(text: &str, layout: &Layout, sentence: &Sentence, parts: &[Part], in_review: &mut bool) -> Vec<bool> {
    let mut seeds = vec![false; parts.len()];
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return seeds;
    };
    let whole = &text[first.range.start..last.range.end];
    let is_under_review = layout.chain(sentence.item).any(|item| looks_back(&text[item.head.clone()]));
    let lists_conditions = layout.chain(sentence.item).any(|item| names_conditions(&text[item.head.clone()]));
    let penalised = is_penalty(whole);
    let names_matter = sentence.is_heading && whole.starts_with("关于") || is_agenda(text, layout, sentence, parts);
    // 各单位负责人、9个社区党委书记参加会议。
    let names_present = ends_any(whole, &["参加会议", "出席会议", "列席会议", "参会"]) && !whole.contains(['要', '应', '须']);
    if names_present || lists_conditions || names_matter || is_preamble(whole) || is_under_review || is_bonus(whole) && !penalised {
        return seeds;
    }
    let is_scale = parts.iter().filter(|part| is_grade(part.text(text))).count() >= 2;
    let is_label = labels(layout, sentence, parts);
    let mut in_past = *in_review;
    let mut after_means = false;
    let mut fell_short = false;
    let mut was_past = false;
    for (i, part) in parts.iter().enumerate() {
        let spoken = part.text(text);
        let tense = tense(spoken);
        match tense {
            Tense::OpensPast => in_past = !penalised,
            Tense::Ahead => {
                in_past = false;
                *in_review = false;
            }
            Tense::Past | Tense::Open => {}
        }
        // 现有骑手8600名，其中党员217名: what there is goes on to the next who acts.
        in_past |= is_count_of_state(spoken);
        // 应到412名，实到398名: how many there should have been and were.
        in_past |=
            spoken.contains('应') && parts.get(i + 1).is_some_and(|next| starts_any(next.text(text), &["实到", "实际", "实有", "实参", "实评"]));
        if opens_review(spoken) {
            in_past = true;
            *in_review = true;
        }
        // 问题表现：…, 主要成效：…: the paragraph looks back.
        if matches!(part.mark, Some('：' | ':')) && looks_back(spoken) {
            in_past = true;
            *in_review = true;
        }
        in_past |= part.is_over && tense != Tense::Ahead;
        // 剩下7个在今年年底以前结题: a limit still to come ends the look back.
        in_past &= !is_still_to_come(part, spoken, tense);
        // 看了6个乡镇、14个点: one verb for both.
        // 各占40%和60%: how a whole is made up.
        let is_share_of_whole = part.is_sibling && (parts[i - 1].text(text).contains("各占") || is_statement(parts[i - 1].text(text)));
        // 已完成6项，达到进度的24项，滞后的5项: how a whole falls into parts.
        let is_part_of_sum = was_past && closes_in_those(spoken);
        // 计划改造40处，开工只有11处
        let falls_short = parts.get(i + 1).is_some_and(|next| has_any(next.text(text), &["只有", "仅有", "只完成", "仅完成", "才完成", "才开工"]));
        let is_past =
            is_part_of_sum || falls_short || in_past || is_share_of_whole || part.is_over || tense == Tense::Past || part.is_sibling && was_past;
        was_past = is_past;
        // 我蹲了两天，一个班26个人，党员1名: a report goes on in bare counts.
        in_past |= tense == Tense::Past && spoken.contains('了');
        let needs_purpose = after_means && parts[i + 1..].iter().any(|p| is_purpose(p.text(text)));
        let decides = parts.get(i + 1).is_some_and(|next| makes_conditional(next.text(text)));
        let grades = is_scale && has_any(spoken, &["得分", "不得"])
            || is_grade(spoken) && (is_scale || part.has_condition || starts_any(spoken, &["达到", "完成", "超过", "只要"]));
        // 谈一次话，做到不漏一人: how thoroughly, where the number stands before.
        let is_manner = spoken.contains("不漏") && i > 0 && seeds[i - 1] && parts[i - 1].quantity.is_some();
        seeds[i] = !is_past
            && !decides
            && !grades
            && !is_manner
            && !is_reward(spoken)
            && !is_tale(sentence, parts, i, spoken)
            && !is_counted_subject(text, parts, i)
            && !lending::opens_year(text, parts, i)
            && !(penalised && !spoken.contains('扣') && earns_bonus(text, parts, i))
            && !(is_label && part.quantity.is_none() && !part.frequency_stands() && part.due.is_none())
            && (part.has_criterion() || penalised && (lacks_paper(spoken) || lacks_person(spoken)))
            && !part.is_time_only
            && if penalised { is_punished(part, spoken, fell_short) } else { is_asked(part, spoken, needs_purpose) };
        fell_short = is_shortfall(spoken) || fell_short && !spoken.contains('已');
        after_means |= spoken.starts_with("通过");
        if matches!(part.mark, Some('；' | ';')) {
            after_means = false;
        }
    }
    follow_lead_times(text, parts, &mut seeds, penalised);
    for i in 0..parts.len() {
        seeds[i] |= founded_from(text, parts, i).is_some_and(|from| !seeds[from..i].contains(&true) && tense(parts[from].text(text)) != Tense::Past);
    }
    seeds
}

/// 进度滞后的5项: those described, and how many.
fn closes_in_those(spoken: &str) -> bool {
    let those = spoken.rsplit_once('的').map(|(_, n)| (n.starts_with(is_numeric), n_chars(n.trim_start_matches(is_numeric))));
    those == Some((true, 1)) && !spoken.contains(['要', '须'])
}

/// 在今年年底以前全部结题: a limit that is no part of a tale.
fn is_still_to_come(part: &Part, spoken: &str, tense: Tense) -> bool {
    let limits = |due: &Due| {
        due.is_strong && due.recurs.is_none() && !due.value.starts_with('P') && ends_any(&spoken[..due.end], &["前", "之前", "以前", "年底"])
    };
    tense == Tense::Open && !part.is_over && part.due.as_ref().is_some_and(limits)
}

/// 研究考核办法。会议同意…: what was on the agenda; what was decided follows.
fn is_agenda(text: &str, layout: &Layout, sentence: &Sentence, parts: &[Part]) -> bool {
    let [only] = parts else { return false };
    let Some(item) = sentence.item.map(|i| &layout.items[i]) else { return false };
    // A heading has its decisions in the line below.
    let line = text[only.range.end..].trim_start_matches(['\r', '\n']).lines().next().unwrap_or_default();
    item.head.start == only.range.start
        && starts_any(only.text(text), &["研究", "审议", "听取", "讨论", "传达", "通报"])
        && line.contains("会议")
        && only.quantity.is_none()
        && (sentence.is_heading || only.due.is_none())
}

/// 17个人、8根钢钎: a number and a noun between other clauses tell something and ask for nothing.
fn is_tale(sentence: &Sentence, parts: &[Part], i: usize, spoken: &str) -> bool {
    let follows_list = i > 0 && matches!(parts[i - 1].mark, Some('：' | ':' | '、'));
    let counts_only = spoken.split('、').all(|piece| piece.starts_with(is_numeric) && !piece.starts_with("一人") && n_chars(piece) <= 5);
    let names_matter = parts.get(i + 1).is_some_and(|next| next.is_sibling);
    if tells_how_many(spoken) && !parts[i].is_sibling && !names_matter && matches!(parts[i].mark, Some('，' | ',')) {
        return true;
    }
    sentence.row.is_none()
        && parts.len() > 1
        && parts[i].period.is_none()
        && parts[i].due.is_none()
        && !parts[i].is_sibling
        && !names_matter
        && !follows_list
        && counts_only
}

/// 我们49个支部, 全镇16个村: how many there are of what the next clause is about.
fn tells_how_many(spoken: &str) -> bool {
    const WHOSE: [&str; 12] = ["集团", "公司", "学院", "学校", "医院", "我们", "咱们", "全", "本", "我", "目前", "现在"];
    let Some(at) = spoken.find(is_numeric).filter(|at| n_chars(&spoken[..*at]) <= 4) else { return false };
    let noun = spoken[at..].trim_start_matches(is_numeric);
    (starts_any(spoken, &WHOSE) || ends_any(&spoken[..at], &OFFICES) && !ends_any(&spoken[..at], &NO_OFFICES))
        && starts_any(noun, &["个", "家", "名", "所"])
        && (2..=8).contains(&n_chars(noun))
        && !starts_any(noun, &["个工作日", "个月", "个小时", "个星期"])
        && !has_any(noun, &["不漏", "不落", "不少", "全部", "都", "均"])
        && is_nominal(spoken)
}

/// 11所缺书记的学校，须…: how many the next clause is about.
fn is_counted_subject(text: &str, parts: &[Part], i: usize) -> bool {
    let spoken = parts[i].text(text);
    let next = parts.get(i + 1).filter(|next| !next.is_sibling).map(|next| next.text(text));
    let is_bound = next.is_some_and(|next| starts_any(next, &["须", "必须", "要", "应当", "都要", "一律", "多的", "最多", "不得", "不要超"]));
    // 市委教育工委对全市64所学校，…: whom it is about, with the verb still to come.
    let is_aimed = next.is_some() && lending::is_aimed_at_many(spoken);
    let is_open = parts[i].mark == Some('，') && parts[i].due.is_none();
    // 15个村的活动室，漏雨的6个…: whose they are.
    let is_whose = next.is_some()
        && n_chars(spoken) <= 10
        && spoken.split_once('的').is_some_and(|(_, noun)| (2..=4).contains(&n_chars(noun)) && !noun.contains(is_numeric));
    is_open && (is_aimed || spoken.starts_with(is_numeric) && is_nominal(spoken) && (is_bound || is_whose))
}

/// 未达标的扣2分；超额的加1分: the part between its semicolons is about the bonus.
fn earns_bonus(text: &str, parts: &[Part], i: usize) -> bool {
    let closes = |part: &Part| matches!(part.mark, Some('；' | ';' | '。'));
    let first = (0..i).rev().find(|&k| closes(&parts[k])).map_or(0, |k| k + 1);
    let last = (i..parts.len()).find(|&k| closes(&parts[k])).unwrap_or(parts.len() - 1);
    is_bonus(&text[parts[first].range.start..parts[last].range.end])
}

/// 成立由书记任组长，副书记任副组长，…为成员的领导小组: where the clause begins whose object ends here.
fn founded_from(text: &str, parts: &[Part], end: usize) -> Option<usize> {
    const BODIES: [&str; 8] = ["领导小组", "工作小组", "专班", "工作组", "指导组", "指挥部", "协调小组", "委员会"];
    if !ends_any(parts[end].text(text), &BODIES) {
        return None;
    }
    let opens = |i: &usize| has_any(parts[*i].text(text), &["成立由", "成立以", "组建由", "组建以"]) && !has_any(parts[*i].text(text), &BODIES);
    (end.saturating_sub(3)..end).find(opens)
}

/// 4.撰写材料。: the name that opens an item, whose text then says what is asked.
fn labels(layout: &Layout, sentence: &Sentence, parts: &[Part]) -> bool {
    let [only] = parts else { return false };
    let Some(item) = sentence.item.map(|i| &layout.items[i]) else { return false };
    let is_first = item.head.start == only.range.start && item.head.end <= only.range.end;
    // Nine characters of three bytes each.
    let is_short = only.range.len() <= 27;
    let has_body = layout.sentences.iter().any(|other| other.line == sentence.line && other.range().start > only.range.end);
    is_first && is_short && has_body && only.mark.is_some_and(|mark| matches!(mark, '。' | '：' | ':'))
}

/// 未落实…，配备专职副主任规定的: the shortfall reaches on to the posts and papers listed after it.
fn is_punished(part: &Part, spoken: &str, fell_short: bool) -> bool {
    let lacks = (is_shortfall(spoken) || fell_short && part.is_deliverable) && !starts_any(spoken, &["每少", "每缺", "每降低", "已"]);
    // 补选超过3个月的扣3分: a limit overrun.
    let is_lateness = starts_any(spoken, &["迟", "逾期", "超期"]);
    let overruns = part.due.as_ref().is_some_and(|d| d.value.starts_with('P')) && has_any(spoken, &["超过", "逾期"]) && !is_lateness;
    if overruns {
        return true;
    }
    // 面积占比超过30%的扣2分: a number overrun.
    let is_overrun = part.quantity.as_ref().is_some_and(|q| q.comparator == Comparator::AtMost) && has_any(spoken, &["超过", "高于", "多于", "大于"]);
    if is_overrun {
        return true;
    }
    let states =
        !is_check(spoken) && !spoken.contains(['扣', '未']) && !spoken.ends_with('的') && !is_shortfall(spoken) && is_asked(part, spoken, false);
    lacks
        && (part.quantity.is_some()
            || part.due.is_some()
            || part.is_deliverable
            || part.frequency_stands()
            || lacks_paper(spoken)
            || lacks_person(spoken))
        || states
}

fn is_asked(part: &Part, spoken: &str, needs_purpose: bool) -> bool {
    // 打好三个硬仗: a list is announced.
    if (part.quantity.is_none() || part.due.as_ref().is_some_and(|due| due.start == 0)) && ends_any(spoken, &["硬仗", "件事", "件大事", "篇文章"])
    {
        return false;
    }
    // 由纪检室在一周内完成约谈: a talk that is set down to be held.
    let is_set_down = spoken.starts_with('由') && part.due.as_ref().is_some_and(|d| d.is_strong);
    let is_whole = part.quantity.as_ref().is_some_and(|q| *q == Quantity::whole());
    if is_condition(spoken) || is_sanction(spoken) && !is_whole && !is_set_down || is_statement(spoken) {
        return false;
    }
    // 今年不仅要补上: what the clause after it goes beyond.
    if part.quantity.is_none() && !part.frequency_stands() && has_any(spoken, &["不仅", "不但", "不光"]) {
        return false;
    }
    // 按照300至500户的标准: how, with what is done still to come.
    if starts_any(spoken, &["按照", "按", "以"]) && ends_any(spoken, &["的标准", "的原则", "的要求"]) && part.mark == Some('，') {
        return false;
    }
    let has_number = part.quantity.is_some() || part.due.as_ref().is_some_and(|d| d.is_strong);
    if is_hedged(spoken) {
        return has_number;
    }
    if part.quantity.is_none() && !part.is_deliverable && begins(spoken) {
        return false;
    }
    if part.is_deliverable && !has_number && !part.frequency_stands() {
        return !is_means(spoken) && !needs_purpose;
    }
    if part.quantity.is_none() && !part.is_deliverable && !part.frequency_stands() {
        // A date alone needs something to be done by it.
        let done = n_chars(spoken) - part.due.as_ref().map_or(0, |d| n_chars(&spoken[d.start..d.end]));
        let answers = part.due.as_ref().is_some_and(|d| d.value.starts_with('P') && is_act(&spoken[d.end..]));
        // 拨到位, 修缮完毕: short, and yet something is finished.
        let is_finished = done >= 3 && ends_any(spoken, &["到位", "完毕"]);
        return (done >= 4 || is_finished || answers) && !begins(spoken) && !echoes(spoken);
    }
    true
}

/// 年底述职就述这个: what will be spoken of when the time has come.
fn echoes(spoken: &str) -> bool {
    spoken.match_indices('就').any(|(at, word)| spoken[at + word.len()..].chars().next().is_some_and(|verb| spoken[..at].contains(verb)))
}

/// 考核每年12月启动: a beginning is no limit.
fn begins(spoken: &str) -> bool {
    ends_any(spoken, &["起", "开始", "时", "启动"]) || takes_effect(spoken)
}

/// 从今年下半年起执行: from when on, not by when.
fn takes_effect(spoken: &str) -> bool {
    let begun = ["从", "自"].iter().find_map(|word| spoken.strip_prefix(word)).and_then(|rest| rest.split_once('起'));
    begun.is_some_and(|(_, act)| matches!(act, "执行" | "施行" | "实施" | "实行" | "生效" | "试行"))
}

/// 11月底前，各支部…: the clause after a bare date is what is due by it, with or without a number.
fn follow_lead_times(text: &str, parts: &[Part], seeds: &mut [bool], penalised: bool) {
    for i in 0..parts.len() {
        if !parts[i].is_time_only || parts[i].is_over || penalised || tense(parts[i].text(text)) == Tense::OpensPast {
            continue;
        }
        let next = (i + 1..parts.len()).find(|&k| !parts[k].is_time_only && !is_subject(parts[k].text(text)));
        match next {
            Some(k) if !seeds[k] => {
                // 11月底前，…结合起来，开展…: the later clause with a criterion of its own keeps it.
                let spoken = parts[k].text(text);
                let lends = is_means(spoken)
                    || is_topic(spoken)
                    || has_any(spoken, &["结合起来", "相结合"])
                    || has_any(spoken, &["结合", "按照", "根据", "围绕", "对照"])
                        && ends_any(spoken, &["实际", "特点", "要求", "部署", "情况", "安排", "标准"]);
                let k = if lends && k + 1 < parts.len() { k + 1 } else { k };
                let spoken = parts[k].text(text);
                if !matches!(tense(spoken), Tense::Past | Tense::OpensPast) && !is_condition(spoken) && !is_statement(spoken) {
                    seeds[k] = true;
                }
            }
            Some(_) => {}
            // A date with nothing after it, such as the time line of a notice.
            None => seeds[i] = true,
        }
    }
}

/// Spans: each seed with the parts around it that belong to it.
pub(crate) fn groups(text: &str, parts: &[Part], seeds: &[bool]) -> Vec<Group> {
    let penalised = parts.first().zip(parts.last()).is_some_and(|(first, last)| is_penalty(&text[first.range.start..last.range.end]));
    let mut groups: Vec<Group> = Vec::new();
    for seed in (0..parts.len()).filter(|&i| seeds[i]) {
        let floor = groups.last().map_or(0, |g| g.last + 1);
        if seed < floor {
            continue;
        }
        if penalised {
            groups.push(Group { first: seed, last: seed, seed });
            continue;
        }
        if let Some(previous) = groups.last_mut()
            && joins(text, parts, previous, seed)
        {
            previous.last = seed;
            if parts[previous.seed].quantity.is_none() {
                previous.seed = seed;
            }
            previous.last = extend_right(text, parts, seeds, seed);
            continue;
        }
        let first = extend_left(text, parts, seeds, seed, floor);
        let last = extend_right(text, parts, seeds, seed);
        groups.push(Group { first, last, seed });
    }
    groups
}

/// Whether the new seed only completes the task before it.
fn joins(text: &str, parts: &[Part], previous: &Group, seed: usize) -> bool {
    let (before, part) = (&parts[previous.seed], &parts[seed]);
    if seed > previous.last + 2 || part.is_sibling || parts[previous.last].mark.is_some_and(|m| matches!(m, '；' | ';')) {
        return false;
    }
    let spoken = part.text(text);
    let has_date = part.due.as_ref().is_some_and(|d| d.is_strong);
    // 制定方案，4月25日前报组织部: the date belongs to the handing in of the same paper.
    let after = part.after_due(text).trim_start();
    // 建立档案，问题台账于5月前报送: another paper has a date of its own.
    let is_other_paper = part.due.as_ref().is_some_and(|d| names_paper(spoken[..d.start].trim_end_matches(['于', '在', '请'])));
    let closes_list = before.text(text).ends_with('等') && starts_any(spoken, &["交", "报", "送"]) && seed == previous.last + 1;
    let hands_in = closes_list
        || has_date
            && part.quantity.is_none()
            && starts_any(after, &["报", "交", "上报", "提交", "送", "印发", "下发", "出台"])
            && (before.is_deliverable || before.quantity.as_ref().is_some_and(|q| matches!(q.unit.as_str(), "份" | "篇")))
            && !is_other_paper
            && before.due.is_none();
    // 建立台账，逐月更新: the period is that of the paper just named.
    let is_paper = has_any(before.text(text), &["台账", "台帐", "清单", "名册", "档案", "目录", "库", "名单", "日志", "栏"]);
    let is_update =
        is_paper && n_chars(spoken) <= 6 && part.quantity.is_none() || n_chars(spoken) <= 9 && has_any(spoken, &["更新", "调整一次", "完善一次"]);
    let updates = part.frequency_stands() && is_update && before.period.is_none() && before.quantity.is_none();
    // 签订责任书，签订率100%: the rate measures the paper just named.
    let measures = before.is_deliverable
        && before.quantity.is_none()
        && before.due.is_none()
        && part.quantity.is_some()
        && n_chars(spoken) <= 10
        && spoken.contains('率')
        && spoken.chars().take(2).all(|c| before.text(text).contains(c));
    // 8月底前，总结评估，形成报告: what comes out of the work that the date was given for.
    let results =
        part.is_deliverable && part.quantity.is_none() && part.due.is_none() && !before.has_criterion() && starts_any(spoken, &["形成", "并"]);
    // 撰写材料，字数控制在3000字以内: the size of the paper just named.
    let sizes = part.quantity.is_some()
        && part.due.is_none()
        && (before.is_deliverable || before.frequency_stands() || starts_any(spoken, &["为期", "会期"]))
        && before.quantity.is_none()
        && starts_any(spoken, &["字数", "篇幅", "为期", "会期", "时间", "期限", "数量", "比例", "人数", "占比"]);
    // …每年召开1次，一般安排在第四季度: the time of what was just asked for.
    let sets_time = starts_any(spoken, &["一般安排在", "安排在", "原则上安排在"]) && part.due.is_some() && part.quantity.is_none();
    let dates = sets_time && before.due.is_none() && seed == previous.last + 1
        || part.is_time_only && before.due.is_none() && seed == previous.last + 1 && starts_any(spoken, &["一般", "安排在", "原则上", "时间"]);
    // 举办培训班2期，6月底前完成: only by when.
    let finishes = before.due.is_none() && seed == previous.last + 1 && only_finishes(part, text);
    // 由社区党委在两周内约谈，限期三个月整改: a limit of its own.
    let finishes = finishes && before.due.is_none();
    // 发展党员，全年不少于40名: only how many.
    let is_measured = ends_any(before.text(text), &["时间", "次数", "人数", "数量", "比例", "时长", "天数"]);
    let counts = before.quantity.is_none() && (!before.frequency_stands() || is_measured) && seed == previous.last + 1 && is_bare_number(part, text);
    let recounts = starts_any(spoken, &["并做好", "并形成", "并建立"])
        && part.is_deliverable
        && part.quantity.is_none()
        && part.due.is_none()
        && before.quantity.is_none();
    // 今年要抓好培训，按照不低于20%的比例: the year only opens what the number then says.
    let specifies = seed == previous.last + 1
        && !before.is_deliverable
        && before.quantity.is_none()
        && !before.frequency_stands()
        && before.text(text).starts_with("今年")
        && part.quantity.is_some()
        && part.due.is_none()
        && starts_any(spoken, &["要", "按", "达到", "确保", "力争"]);
    specifies || hands_in || updates || measures || sizes || dates || finishes || counts || results || recounts
}

/// 6月底前完成: a date and the word that something is done by it, with no word of what.
pub(crate) fn only_finishes(part: &Part, text: &str) -> bool {
    let is_all = part.quantity.as_ref().is_none_or(|q| *q == Quantity::whole());
    let is_dated = part.due.as_ref().is_some_and(|d| d.is_strong) && is_all && part.period.is_none();
    let settles =
        starts_any(part.after_due(text), &["做到", "实现", "确保"]) && part.after_due(text).contains('应') && part.after_due(text).contains('尽');
    // 最迟于5月底前调整完毕
    let rest = part.after_due(text).trim();
    let at_latest = part.text(text).starts_with("最迟") && n_chars(rest) <= 4 && ends_any(rest, &["完毕", "到位", "完成", "结束"]);
    is_dated
        && (settles
            || at_latest
            || matches!(
                part.after_due(text).trim(),
                "完成"
                    | "一个不漏"
                    | "一个不落"
                    | "清零"
                    | "实现清零"
                    | "全部清零"
                    | "完成到位"
                    | "落实到位"
                    | "到位"
                    | "办结"
                    | "完成任务"
                    | "结束"
                    | "基本结束"
                    | "基本完成"
                    | "全面完成"
            ))
}

/// 全年不少于40名: a number with its comparator and period, and no word of what.
pub(crate) fn is_bare_number(part: &Part, text: &str) -> bool {
    if part.quantity.is_none() || part.is_deliverable {
        return false;
    }
    let mut rest = part.text(text);
    // 每个社区不少于3人, 一个班组一名: so many for each.
    if let Some(each) = rest.strip_prefix('每').filter(|each| !starts_any(each, &["年", "月", "季", "半", "周", "学", "天", "日"])) {
        let is_measured = ["时间", "人数", "比例", "率"].iter().any(|word| each.contains(word));
        let opens =
            ["不", "至少", "最多"].iter().filter(|_| !is_measured).filter_map(|word| each.find(word)).min().filter(|at| n_chars(&each[..*at]) <= 4);
        rest = opens.map_or(rest, |at| &each[at..]);
    }
    // 每人兼两个
    let each_number = rest.strip_prefix("每人").and_then(|each| each.find(is_numeric).map(|at| (n_chars(&each[..at]), n_chars(&each[at..]))));
    if each_number.is_some_and(|(verb, number)| verb <= 1 && number <= 3) {
        return true;
    }
    // 一个班组一名: one for each.
    if let Some((each, share)) = rest.strip_prefix("一个").and_then(|each| each.split_once('一'))
        && n_chars(each) <= 4
        && n_chars(share) <= 1
    {
        return true;
    }
    const FILLING: [&str; 27] = [
        "各",
        "不能",
        "不应",
        "全年",
        "每年",
        "每月",
        "每季度",
        "每半年",
        "年内",
        "一年",
        "总数",
        "数量",
        "一般",
        "原则上",
        "应",
        "要",
        "力争",
        "确保",
        "不少于",
        "不低于",
        "不超过",
        "不得",
        "至少",
        "最多",
        "少于",
        "超过",
        "控制在",
    ];
    while let Some(word) = FILLING.iter().find(|word| rest.starts_with(*word)) {
        rest = &rest[word.len()..];
    }
    rest.len() < part.text(text).len() && rest.starts_with(is_numeric) && n_chars(rest) <= 6 && !rest.contains(['%', '％', '的'])
}

fn extend_left(text: &str, parts: &[Part], seeds: &[bool], seed: usize, floor: usize) -> usize {
    let mut first = seed;
    if let Some(from) = founded_from(text, parts, seed).filter(|from| *from >= floor) {
        first = from;
    }
    let mut has_lead = false;
    while first > floor && !seeds[first - 1] && !parts[first].is_sibling {
        let before = &parts[first - 1];
        let spoken = before.text(text);
        let closes = matches!(before.mark, Some('；' | ';'));
        let is_label = matches!(before.mark, Some('：' | ':')) && !before.is_time_only;
        if closes || is_label {
            break;
        }
        let belongs = before.is_time_only || is_subject(spoken) || is_start(spoken) && only_finishes(&parts[seed], text);
        if belongs {
            first -= 1;
            continue;
        }
        // 11月底前，各支部将…结合起来，开展…: reach back over one clause to the date.
        if first == seed
            && seed >= floor + 2
            && !seeds[seed - 2]
            && parts[seed - 2].is_time_only
            && parts[seed].due.as_ref().is_none_or(|d| !d.is_strong)
            && !before.has_criterion()
        {
            first -= 2;
            continue;
        }
        if !has_lead && leads(text, before, &parts[seed], first == seed || is_start(parts[first].text(text))) {
            has_lead = true;
            first -= 1;
            continue;
        }
        break;
    }
    first
}

fn extend_right(text: &str, parts: &[Part], seeds: &[bool], seed: usize) -> usize {
    let mut last = seed;
    while last + 1 < parts.len() && !seeds[last + 1] && matches!(parts[last].mark, Some('，' | ',' | '、')) {
        let next = &parts[last + 1];
        let spoken = next.text(text);
        let hands_in = starts_any(spoken, &["报", "并报", "经"])
            && has_any(spoken, &["备案", "审定", "审批", "组织部", "党委", "党办"])
            && parts[seed].is_deliverable
            && n_chars(spoken) <= 16;
        if !hands_in {
            break;
        }
        last += 1;
    }
    last
}
