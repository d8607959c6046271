//! What is said twice: headings restated by their body, and event times the items below repeat.

use std::collections::HashSet;

use crate::quantity::{Comparator, Quantity, QuantityValue};
use crate::structure::Layout;
use crate::task::Draft;
use crate::words::{has_any, n_chars, tail};

/// Drops drafts that another draft states better, and whatever would overlap.
pub(crate) fn sift(text: &str, layout: &Layout, drafts: Vec<Draft>) -> Vec<Draft> {
    let dropped: Vec<bool> = drafts
        .iter()
        .enumerate()
        .map(|(i, _)| {
            is_restated(text, layout, &drafts, i)
                || is_stage(text, layout, &drafts, i)
                || is_detailed_later(text, layout, &drafts, i)
                || is_idle_time(text, layout, &drafts, i)
                || announces_items(text, layout, &drafts[i])
        })
        .collect();
    let mut kept: Vec<Draft> = Vec::new();
    for (draft, _) in drafts.into_iter().zip(dropped).filter(|(_, dropped)| !dropped) {
        if kept.last().is_none_or(|last| last.end <= draft.start) {
            kept.push(draft);
        }
    }
    kept
}

/// A heading whose matter comes back in a task of its own body.
fn is_restated(text: &str, layout: &Layout, drafts: &[Draft], index: usize) -> bool {
    let draft = &drafts[index];
    let sentence = &layout.sentences[draft.sentence];
    if !sentence.is_heading {
        return false;
    }
    let heading = &text[draft.start..draft.end];
    let in_body = |d: &&Draft| {
        let other = &layout.sentences[d.sentence];
        other.item.is_some()
            && layout.chain(other.item).any(|item| item.head.start <= draft.start && draft.end <= item.head.end)
            && d.start > draft.end
    };
    // 上好一堂“冬季党课”, and below how many lectures by whom: the same unit.
    let counts_same = |d: &Draft| {
        let unit = |d: &Draft| d.quantity.as_ref().map(|q| q.unit.clone()).filter(|unit| matches!(unit.as_str(), "堂" | "场" | "篇" | "期" | "课"));
        unit(draft).is_some() && unit(draft) == unit(d)
    };
    drafts.iter().filter(in_body).any(|d| shares_words(heading, &text[d.start..d.end], 4) || counts_same(d))
}

/// 建强两支队伍。一是…二是…: the number of the items below.
fn announces_items(text: &str, layout: &Layout, draft: &Draft) -> bool {
    let sentence = &layout.sentences[draft.sentence];
    let Some(own) = sentence.item.filter(|&i| layout.items[i].head.contains(&draft.start)) else { return false };
    let n_below = layout.items.iter().filter(|item| item.parent == Some(own)).count();
    let is_number = |q: &Quantity| q.comparator == Comparator::Equal && q.value == QuantityValue::Number(n_below as f64);
    n_below >= 2 && draft.deadline.is_none() && draft.quantity.as_ref().is_some_and(is_number) && !text[draft.start..draft.end].contains('，')
}

/// 自查阶段（4月—8月）: a stage is not a task where what is done in it is.
fn is_stage(text: &str, layout: &Layout, drafts: &[Draft], index: usize) -> bool {
    let draft = &drafts[index];
    let Some(item) = layout.sentences[draft.sentence].item else {
        return false;
    };
    let is_head = layout.items[item].head.contains(&draft.start);
    let names_stage = has_any(&text[draft.start..draft.end], &["阶段", "环节"]) && draft.quantity.is_none() && draft.frequency.is_none();
    // 自查自纠（3月25日至4月12日）: only a name and a time.
    let said = &text[draft.start..draft.end];
    let is_name_and_time = said.ends_with(['）', ')']) && said.find(['（', '(']).is_some_and(|at| n_chars(&said[..at]) <= 6);
    let is_bare = draft.quantity.is_none() && draft.frequency.is_none();
    // 全面推进（3月—10月） with nothing said of it.
    if is_name_and_time
        && is_bare
        && is_head
        && has_any(said, &["启动", "推进", "实施", "总结", "巩固", "准备", "自查", "整改", "研判", "摸底", "动员", "部署", "整顿", "验收", "提升"])
    {
        return true;
    }
    (names_stage || is_name_and_time && is_bare)
        && is_head
        && drafts.iter().any(|d| d.start > draft.end && layout.sentences[d.sentence].item == Some(item))
}

/// A paper that a later sentence of the same item names again, with its date or number.
fn is_detailed_later(text: &str, layout: &Layout, drafts: &[Draft], index: usize) -> bool {
    let draft = &drafts[index];
    let sentence = &layout.sentences[draft.sentence];
    let noun = tail(text[draft.start..draft.end].trim_end_matches(['”', '》']), 4);
    let says_more = |d: &&Draft| {
        let other = &layout.sentences[d.sentence];
        let has_value = d.quantity.is_some() || d.deadline.is_some();
        d.sentence > draft.sentence && other.item == sentence.item && has_value && text[d.start..d.end].contains(noun)
    };
    draft.is_deliverable && draft.deadline.is_none() && sentence.item.is_some() && drafts.iter().any(|d| says_more(&d))
}

/// Whether the two share a run of `n` characters.
fn shares_words(one: &str, other: &str, n: usize) -> bool {
    let runs = |text: &str| -> HashSet<String> {
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        chars.windows(n).map(|w| w.iter().collect()).collect()
    };
    n_chars(one) >= n && !runs(one).is_disjoint(&runs(other))
}

/// The time line of a notice (活动时间) whose next section gives times of its own.
fn is_idle_time(text: &str, layout: &Layout, drafts: &[Draft], index: usize) -> bool {
    let draft = &drafts[index];
    let Some(item) = layout.sentences[draft.sentence].item else {
        return false;
    };
    // 一、活动时间：4月至次年3月
    let head = &text[layout.items[item].head.clone()];
    let head = head.split(['：', ':']).next().unwrap_or(head);
    if !has_any(head, &["时间"]) || n_chars(head) > 12 {
        return false;
    }
    // 时间安排。3月15日前完成选址，9月底前完工: a time for each step is no time of the event.
    let n_steps = drafts.iter().filter(|d| layout.sentences[d.sentence].item == Some(item) && d.deadline.is_some()).count();
    if n_steps >= 3 {
        return false;
    }
    let next_section = layout.items.iter().enumerate().skip(item + 1).find(|(_, i)| i.level <= layout.items[item].level).map(|(i, _)| i);
    let is_inside =
        |d: &&Draft| layout.chain(layout.sentences[d.sentence].item).any(|i| Some(i.head.start) == next_section.map(|n| layout.items[n].head.start));
    let is_level = |level: u8| layout.items[item].level == level;
    let is_later = |d: &&Draft| d.start > draft.end && layout.chain(layout.sentences[d.sentence].item).any(|i| is_level(i.level));
    let is_run = text[draft.start..draft.end].chars().all(|c| c.is_ascii_digit() || "年月日至到—-上中下旬底初".contains(c));
    let n_dated = |drafts: &mut dyn Iterator<Item = &Draft>| drafts.filter(|d| d.deadline.is_some()).count();
    n_dated(&mut drafts.iter().filter(is_inside)) >= 2 || is_run && n_dated(&mut drafts.iter().filter(is_later)) >= 2
}
