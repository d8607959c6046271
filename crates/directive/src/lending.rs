//! Dates that lead: a clause that says when, for the clauses behind it.

use crate::modality::{Tense, is_condition, is_statement, tense};
use crate::numerals::is_numeric;
use crate::part::Part;
use crate::words::{has_any, n_chars, starts_any};

/// 2024年，打基础，…达到70%; 明年要扩面，…增加到12个: the date that clauses between two tasks hold out for what follows.
pub(crate) fn lent(text: &str, between: &[Part]) -> Option<String> {
    between.iter().rev().find(|part| leads(text, part)).and_then(|part| part.due.as_ref()).map(|due| due.value.clone())
}

fn leads(text: &str, part: &Part) -> bool {
    let spoken = part.text(text);
    let Some(due) = part.due.as_ref().filter(|due| due.recurs.is_none() && due.value.starts_with("20")) else { return false };
    let is_open = !part.is_over && !matches!(tense(spoken), Tense::Past | Tense::OpensPast) && !is_condition(spoken) && !is_statement(spoken);
    let only_says_when = due.end == spoken.len() && n_chars(&spoken[..due.start]) <= 1;
    // A year and a few words on what it is to be like.
    let is_year = due.start == 0 && due.value.ends_with("-12") && (starts_any(spoken, &["今年", "明年"]) || spoken[..due.end].ends_with('年'));
    is_open && (only_says_when || is_year && n_chars(spoken) <= 12 && !has_any(spoken, &["不仅", "不但", "不光"]))
}

/// 今年先走一步，每个镇至少调整2名: a year and a few words, before the number that says what they mean.
pub(crate) fn opens_year(text: &str, parts: &[Part], i: usize) -> bool {
    let part = &parts[i];
    let spoken = part.text(text);
    let is_year = starts_any(spoken, &["今年", "明年"]) && part.due.as_ref().is_some_and(|due| due.start == 0 && due.value.ends_with("-12"));
    let says_little = part.quantity.is_none() && !part.is_deliverable && part.period.is_none() && n_chars(spoken) <= 8;
    let counts = parts.get(i + 1).is_some_and(|next| next.quantity.is_some());
    is_year && says_little && part.mark == Some('，') && counts
}

/// 同意…, 议定…: a decision of its own, for which the date of the one before does not hold.
pub(crate) fn decides_anew(clause: &str) -> bool {
    starts_any(clause.trim_start_matches("会议"), &["同意", "原则同意", "一致同意", "议定", "决定", "要求", "责成"])
}

/// 教育工委对全市64所民办学校: at whom it is aimed, an extent, a number and a noun, with nothing yet that is done.
pub(crate) fn is_aimed_at_many(clause: &str) -> bool {
    let Some((before, whom)) = clause.split_once('对') else { return false };
    let Some(at) = whom.find(is_numeric).filter(|at| n_chars(&whom[..*at]) <= 3) else { return false };
    let noun = whom[at..].trim_start_matches(is_numeric);
    let is_verb = before.ends_with(['结', '应', '核']) || starts_any(whom, &["接", "口"]) || noun.contains(['逐', '进', '开', '实']);
    starts_any(noun, &["个", "所", "家", "名"]) && (2..=7).contains(&n_chars(noun)) && !is_verb
}

/// 每期60人: so many at each occasion, whatever time the whole may take.
pub(crate) fn is_of_each_occasion(clause: &str) -> bool {
    starts_any(clause, &["每期", "每次", "每批", "每场", "单次", "单场"])
}
