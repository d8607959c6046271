//! What a task takes from around it: deadlines of headings, lead-ins and rows, its field, its units.

use std::collections::HashSet;

use crate::deadline::{Due, deadlines};
use crate::frame::Frame;
use crate::frequency::{counts_occasions, normalise, period};
use crate::modality::is_preamble;
use crate::names::{CUT, opens_with_verb};
use crate::numerals::is_numeric;
use crate::scope::{Named, Scope, named};
use crate::structure::{Item, Layout, Sentence, TIME_LABELS};
use crate::task::Draft;
use crate::units;
use crate::words::{blot, brackets, ends_any, has_any, n_chars, pairs, starts_any};

/// A row whose time cell is a date and whose content meets no criterion of its own is one task as a whole.
pub(crate) fn fill_rows(text: &str, layout: &Layout, frame: &Frame, drafts: &mut Vec<Draft>) {
    for (i, row) in layout.rows.iter().enumerate() {
        let has_task = drafts.iter().any(|d| layout.sentences[d.sentence].row == Some(i));
        let is_dated = row.time.as_ref().is_some_and(|t| strong(&text[t.clone()], frame).is_some());
        let Some(whole) = row.content.last() else {
            continue;
        };
        let Some(sentence) = layout.sentences.iter().position(|s| s.row == Some(i)) else {
            continue;
        };
        if has_task || !is_dated || n_chars(&text[whole.clone()]) < 4 {
            continue;
        }
        let end = whole.start + text[whole.clone()].trim_end_matches(['。', '；', '，']).len();
        drafts.push(Draft {
            start: whole.start,
            end,
            core: whole.start..end,
            quantity: None,
            deadline: None,
            frequency: None,
            sentence,
            is_deliverable: false,
        });
    }
    drafts.sort_by_key(|d| d.start);
}

/// A target cell stands for nothing without the cell that names what is to reach it.
pub(crate) fn name_targets(layout: &Layout, drafts: &mut [Draft]) {
    for draft in drafts {
        let Some(row) = layout.sentences[draft.sentence].row.map(|i| &layout.rows[i]) else { continue };
        if let Some((_, name_start)) = row.targets.iter().find(|(cell, _)| cell.start == draft.start) {
            draft.start = *name_start;
        }
    }
}

/// Gives each task without a deadline that of its row, of its item's heading, or of the lead-in of its list.
pub(crate) fn inherit_deadlines(text: &str, layout: &Layout, frame: &Frame, drafts: &mut [Draft]) {
    let is_open = |draft: &Draft| draft.deadline.as_deref().is_none_or(|deadline| deadline == "月底前");
    for draft in drafts.iter_mut().filter(|draft| is_open(draft)) {
        let sentence = &layout.sentences[draft.sentence];
        let from_row = sentence.row.and_then(|i| layout.rows[i].time.clone()).and_then(|t| strong(&text[t], frame));
        // 〔责任单位：…，完成时限：6月底前〕 at the end of the item.
        let from_closing = || {
            let closing = layout.chain(sentence.item).find_map(|item| item.closing.clone())?;
            let said = &text[closing];
            let label = TIME_LABELS.iter().find_map(|label| said.find(label).map(|at| at + label.len()))?;
            strong(said[label..].split(['；', ';', '。']).next()?, frame)
        };
        let from_items = || {
            layout
                .chain(sentence.item)
                .enumerate()
                .filter(|(depth, item)| *depth == 0 || item.is_lead_in)
                .find_map(|(_, item)| heading_deadline(text, item, frame))
        };
        draft.deadline = from_row.or_else(from_closing).or_else(from_items).map(|due| due.value).or(draft.deadline.take());
    }
}

/// （三）总结提升（2025年7月至12月）。…11月底前上报: the heading of the stage says which year.
pub(crate) fn settle_years(text: &str, layout: &Layout, frame: &Frame, drafts: &mut [Draft]) {
    let Some(year) = frame.year else { return };
    let own = format!("{year:04}-");
    for draft in drafts {
        let says_year = ["年底", "年内", "今年", "明年", "年末"].iter().any(|word| text[draft.start..draft.end].contains(word))
            || text[draft.start..draft.end].contains(&year.to_string());
        let item = layout.sentences[draft.sentence].item.map(|i| &layout.items[i]);
        let stage = item.and_then(|item| heading_deadline(text, item, frame)).and_then(|due| due.value.get(..4)?.parse::<i32>().ok());
        let (Some(stage), Some(deadline)) = (stage.filter(|stage| *stage == year + 1 && !says_year), draft.deadline.as_mut()) else { continue };
        let head = item.map_or("", |item| &text[item.head.clone()]);
        // 2024年4月至2025年6月 holds months of both.
        if deadline.starts_with(&own) && !head.contains(&year.to_string()) {
            *deadline = format!("{stage:04}-{}", &deadline[own.len()..]);
        }
    }
}

/// 一、每月必办事项 lends its period to what is listed under it, and asks for nothing itself.
pub(crate) fn inherit_periods(text: &str, layout: &Layout, drafts: &mut Vec<Draft>) {
    let lent = |draft: &Draft| {
        let items = layout.chain(layout.sentences[draft.sentence].item).filter(|item| item.is_line || item.is_lead_in);
        items.filter(|item| draft.start >= item.head.end).find_map(|item| heading_period(&text[item.head.clone()]))
    };
    let mut lenders = HashSet::new();
    for draft in drafts.iter_mut().filter(|d| d.frequency.is_none() && d.deadline.is_none()) {
        let Some(name) = lent(draft) else { continue };
        draft.frequency = Some(normalise(&name, draft.quantity.as_ref()));
        draft.quantity = draft.quantity.take().filter(|q| !counts_occasions(&q.unit));
        lenders.extend(layout.chain(layout.sentences[draft.sentence].item).map(|item| item.head.start));
    }
    drafts.retain(|d| !(layout.sentences[d.sentence].is_heading && lenders.contains(&d.start) && heading_period(&text[d.start..d.end]).is_some()));
}

/// The period of a heading that only names a round of work: 每季度重点工作.
fn heading_period(head: &str) -> Option<String> {
    let names_work = ends_any(head, &["事项", "任务", "工作", "清单", "必办", "必做", "必抓"]);
    let period = period(head).filter(|p| names_work && !p.needs_amount && p.start == 0 && n_chars(head) <= 12)?;
    Some(period.name)
}

/// A heading line speaks for its body; a first sentence only by a date in brackets.
fn heading_deadline(text: &str, item: &Item, frame: &Frame) -> Option<Due> {
    let head = &text[item.head.clone()];
    // 3月：慰问…
    let label = text[..item.head.start].rsplit('\n').next().unwrap_or_default().trim();
    if ends_any(label, &["月", "月份"]) && head.starts_with(['：', ':']) {
        return strong(label, frame);
    }
    // 现就开展3月份主题党日有关事项通知如下： leads into everything and dates nothing.
    if is_preamble(head) {
        return None;
    }
    if item.is_line || item.is_lead_in {
        // 今年要办好四件事: that it is this year's work sets no limit.
        let names_year = starts_any(head, &["今年", "明年"]) && !head.contains('月') && !has_any(head, &["底", "内", "前", "半年", "季度"]);
        return strong(head, frame).filter(|_| !names_year);
    }
    let remark = brackets(head).pop().filter(|_| n_chars(head) <= 40)?;
    strong(&head[remark], frame)
}

fn strong(text: &str, frame: &Frame) -> Option<Due> {
    deadlines(text.trim_matches(['（', '）']), frame.year).into_iter().map(|d| frame.settle(text, d)).rfind(|d| d.is_strong || n_chars(text) <= 8)
}

/// The one field named in the task, else nearby, else the document's.
pub(crate) fn scope(text: &str, layout: &Layout, frame: &Frame, draft: &Draft) -> Scope {
    let sentence = &layout.sentences[draft.sentence];
    let named = |words: &str| named(&without_authorities(words, frame.scope));
    let own = named(&text[draft.start..draft.end]);
    // A part of an enumeration stands in a clause that may name the field: 包抓1个村、1个项目.
    let mut nearby: Vec<&str> =
        sentence.clauses.iter().filter(|c| c.start < draft.start && draft.end <= c.end).map(|c| &text[c.start..draft.end]).collect();
    if let Some(topic) = sentence.row.and_then(|i| layout.rows[i].topic.clone()) {
        nearby.push(&text[topic]);
    }
    // In a row, what stands before the task is nearer than the section the table stands in.
    if sentence.row.is_some() {
        nearby.extend(sentence.clauses.iter().rev().filter(|c| c.end <= draft.start).map(|c| &text[c.start..c.end]));
    }
    // What an item's first sentence says after the task tells nothing of it.
    let before = |head: &std::ops::Range<usize>| head.start..if head.contains(&draft.start) { draft.start } else { head.end };
    let inner = layout.chain(sentence.item).map(|item| first_clauses(&text[before(&item.head)]));
    nearby.extend(inner);
    // Earlier clauses of the sentence, the nearest first.
    nearby.extend(sentence.clauses.iter().rev().filter(|c| c.end <= draft.start).map(|c| &text[c.start..c.end]));
    if let Some(previous) = previous_sentence(layout, draft.sentence) {
        nearby.push(&text[previous]);
    }
    std::iter::once(own)
        .chain(nearby.into_iter().map(|words| named(&without_slogans(words))))
        .find_map(|n| match n {
            Named::Nothing => None,
            Named::One(scope) => Some(scope),
            Named::Several => Some(Scope::General),
        })
        .unwrap_or(frame.scope)
}

/// In a paper on the new sector, streets and townships are who acts, not what it is about.
fn without_authorities(words: &str, doc: Scope) -> String {
    if doc == Scope::NewSector { words.replace("街道", "").replace("乡镇", "") } else { words.to_string() }
}

/// “百名专家进乡村”活动 names no field for what stands beside it; “两新”组织 does.
fn without_slogans(words: &str) -> String {
    let slogans: Vec<_> = pairs(words, '“', '”').into_iter().filter(|r| n_chars(&words[r.clone()]) >= 7).collect();
    blot(words, &slogans)
}

/// The sentence before, of the same item and line.
fn previous_sentence(layout: &Layout, index: usize) -> Option<std::ops::Range<usize>> {
    let (before, own) = (layout.sentences.get(index.checked_sub(1)?)?, &layout.sentences[index]);
    let is_near = before.item == own.item && before.line == own.line && before.row == own.row && !before.is_heading && own.item.is_some();
    let (first, last) = (before.clauses.first()?, before.clauses.last()?);
    is_near.then_some(first.start..last.end)
}

fn first_clauses(head: &str) -> &str {
    let cut = head.char_indices().nth(40).map_or(head.len(), |(at, _)| at);
    &head[..cut]
}

/// The subject of the task, then the units its item or row closes with.
pub(crate) fn units(text: &str, layout: &Layout, frame: &Frame, draft: &Draft) -> Vec<String> {
    let sentence = &layout.sentences[draft.sentence];
    let said = |range: std::ops::Range<usize>| units::subject(&cut(&text[range], frame));
    let core = &text[draft.core.clone()];
    let before = || sentence.clauses.iter().rev().filter(|c| c.end <= draft.core.start).map(|c| c.start..c.end);
    // The core's own subject, then that of its span and clause, then whoever the sentence spoke of last.
    let lead = before().filter(|c| draft.start <= c.start).collect::<Vec<_>>().into_iter().rev();
    let around = sentence.clauses.iter().filter(|c| c.start < draft.core.start && draft.core.end <= c.end).map(|c| c.start..draft.core.start);
    let tail = sentence.clauses.iter().filter(|c| draft.core.end <= c.start && c.end <= draft.end).map(|c| c.start..c.end);
    let own = std::iter::once(draft.core.clone()).chain(lead).chain(around).chain(tail).map(said).find(|units| !units.is_empty());
    let earlier = || {
        let blames = |c: &std::ops::Range<usize>| starts_any(&text[c.clone()], &["有的", "个别", "少数", "有些", "部分", "下次"]);
        let clauses = before().filter(|c| c.end <= draft.start && !text[c.clone()].ends_with('的') && !blames(c));
        // 每个乡镇倒排1个村，全县总数不少于12个: each one's number is not the sum.
        let goes_on = units::goes_on(&cut(core, frame));
        clauses.map(said).find(|units| !units.is_empty() && (goes_on || !units.iter().any(|unit| unit.starts_with('每'))))
    };
    let is_named = !said(draft.core.clone()).is_empty() && !core.starts_with("会同");
    let shared =
        sentence.clauses.iter().find(|c| c.start < draft.core.start && draft.core.end <= c.end).map_or("", |c| &text[c.start..draft.core.start]);
    let joined = Some(units::joined_agent(core)).filter(|units| !units.is_empty() && shared.contains('由') && shared.ends_with('、'));
    let mut found = joined
        .or(own)
        .or_else(earlier)
        .or_else(|| addressed_before(text, layout, frame, draft))
        .or_else(|| leading(text, sentence, frame, draft))
        .or_else(|| headed_by(text, layout, draft))
        .unwrap_or_default();
    // 由甲牵头，乙配合，…; 由甲牵头，会同乙…: both act.
    let beside = before().filter(|c| !is_named && (core.starts_with("会同") || ends_any(&text[c.clone()], &["牵头", "配合", "参与", "协助"])));
    for unit in beside.flat_map(said).collect::<Vec<_>>() {
        if !found.contains(&unit) {
            found.push(unit);
        }
    }
    let row = sentence.row.map(|i| &layout.rows[i]);
    let listed = row.into_iter().flat_map(|r| r.units.clone()).chain(layout.chain(sentence.item).find_map(|i| i.closing.clone()));
    for range in listed {
        for unit in units::listed(&text[range]) {
            if !found.iter().any(|known| *known == unit || units::is_same_level(known, &unit)) {
                found.push(unit);
            }
        }
    }
    found
}

/// 一、县委组织部: who acts in all that stands under a heading of offices alone.
fn headed_by(text: &str, layout: &Layout, draft: &Draft) -> Option<Vec<String>> {
    let sentence = &layout.sentences[draft.sentence];
    let mut heads = layout.chain(sentence.item).filter(|item| item.is_line && item.head.end <= draft.start).map(|item| &text[item.head.clone()]);
    heads.find_map(|head| units::only_offices(head.trim_end_matches(['：', ':', '。'])))
}

/// 由甲牵头，乙、丙配合：一是…二是…: who leads the list that the task stands in, and who helps.
fn leading(text: &str, sentence: &Sentence, frame: &Frame, draft: &Draft) -> Option<Vec<String>> {
    let line = text[..draft.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..draft.start];
    let list = ["：一是", "：（一）", "：（1）", "：1."].iter().filter_map(|mark| before.rfind(mark)).max()?;
    let lead = before[..list].rsplit(['。', '；']).next()?;
    let roles = ["牵头", "负责", "配合", "参与", "协助"];
    let clauses = lead.split('，').filter(|clause| ends_any(clause, &roles));
    let mut units: Vec<String> = Vec::new();
    for unit in clauses.flat_map(|clause| units::subject(&cut(clause, frame))) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    (sentence.row.is_none() && !units.is_empty()).then_some(units)
}

/// 各支部要开好会议。同时，按要求做好记录: a sentence that opens with a verb goes on with whom the one before it bound.
fn addressed_before(text: &str, layout: &Layout, frame: &Frame, draft: &Draft) -> Option<Vec<String>> {
    let own = &layout.sentences[draft.sentence];
    let opening = &text[own.clauses.first()?.start..];
    let opens = starts_any(opening, &["同时，", "此外，", "并", "坚持", "要"]) || units::goes_on(&cut(&text[draft.core.clone()], frame));
    if !opens || own.row.is_some() {
        return None;
    }
    let mut index = draft.sentence;
    // Over a sentence that names no one and only goes on, too.
    for _ in 0..3 {
        let before = &text[previous_sentence(layout, index)?];
        let binding = before.split(['，', '；', '：']).next()?;
        let units = units::subject(&cut(binding, frame));
        if !units.is_empty() {
            let is_bound = starts_any(binding, &["各", "全体", "每"])
                || ["要", "应当", "必须", "须", "负责", "牵头", "承担"].iter().any(|word| binding.contains(word));
            return is_bound.then_some(units);
        }
        if !units::goes_on(&cut(binding, frame)) {
            return None;
        }
        index -= 1;
    }
    None
}

/// 2025年起: from when on.
fn year_begun(words: &str) -> Option<std::ops::Range<usize>> {
    let at = words.find("年起")?;
    let digits = words[..at].chars().rev().take_while(char::is_ascii_digit).count();
    (digits == 4).then_some(at - digits..at + "年起".len())
}

/// The words with a mark where a date or a period stood.
fn cut(words: &str, frame: &Frame) -> String {
    let mut ranges: Vec<_> = deadlines(words, frame.year).iter().map(Due::range).collect();
    ranges.extend(period(words).map(|p| p.start..p.end));
    ranges.extend(year_begun(words));
    ranges.sort_by_key(|r| r.start);
    let mut marked = String::with_capacity(words.len());
    let mut from = 0;
    for range in ranges {
        if range.start >= from {
            marked.push_str(&words[from..range.start]);
            marked.push(CUT);
        }
        from = from.max(range.end);
    }
    marked.push_str(&words[from..]);
    marked.retain(|c| !matches!(c, '\u{3000}' | '\u{a0}' | ' '));
    marked
}

/// The words without the dates among them.
fn undated(words: &str, frame: &Frame) -> String {
    let ranges: Vec<_> = deadlines(words, frame.year).iter().map(Due::range).collect();
    blot(words, &ranges).replace(['\u{3000}', '\u{a0}', ' '], "")
}

/// The core clause without its date, subject and modal, and without the limit it closes with (创建示范支部｜不少于40个), which is its quantity.
pub(crate) fn action(text: &str, draft: &Draft, frame: &Frame) -> String {
    let core = &text[draft.core.clone()];
    let plain = undated(core, frame);
    let subject = units::subject(&plain).join("、");
    let rest = plain.strip_prefix(subject.as_str()).unwrap_or(&plain);
    let rest = rest.trim_start_matches(['请', '要', '须', '于', '在', '将', '应', '当', '并', ' ']);
    let rest = without_limit(units::without_extent(rest), draft);
    if rest.is_empty() { core.to_string() } else { rest.trim().to_string() }
}

/// 创建示范支部不少于40个 says what to do before how much; 培训时间不少于3天 and 覆盖率不低于90% say nothing without the number.
fn without_limit<'t>(words: &'t str, draft: &Draft) -> &'t str {
    const LIMITS: [&str; 8] = ["不少于", "不得少于", "不低于", "至少", "不超过", "不多于", "不得超过", "不得多于"];
    let Some(quantity) = draft.quantity.as_ref().filter(|quantity| quantity.unit != "%") else { return words };
    let closes = |after: &str| after.starts_with(is_numeric) && after.trim_start_matches(|c| is_numeric(c) || c == '.') == quantity.unit;
    let act = LIMITS.iter().find_map(|limit| words.split_once(limit).filter(|(_, after)| closes(after))).map(|(act, _)| act);
    act.filter(|act| opens_with_verb(act) && !act.starts_with("确保") && n_chars(act) >= 4 && !ends_any(act, &["时间", "数", "数量", "总量", "人数"]))
        .unwrap_or(words)
}
