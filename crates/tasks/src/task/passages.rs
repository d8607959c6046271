//! A directive's text as paragraphs with marked passages; every character keeps its place. Pure.

use std::collections::BTreeMap;

use super::model::{Item, ItemState};

/// A line of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// `title`, `by`, `h` (a heading), `cells` (a table's row) or nothing.
    pub class: &'static str,
    /// The first character shown, counted over the whole text.
    pub start: usize,
    pub pieces: Vec<Piece>,
}

/// Words, plain or marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub mark: Option<Mark>,
}

/// What a passage stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// `on` open, `doubt` incomplete, `ok` checked, `sent` handed down, or nothing.
    pub class: &'static str,
    pub item: i64,
    pub n: i64,
    pub href: String,
    /// The number stands before the first piece of a passage only.
    pub is_first: bool,
}

/// Cuts a text into paragraphs. `numbers` counts the items that are tasks; a merged item's passage belongs to the one it went into.
#[must_use]
pub fn paragraphs(text: &str, items: &[Item], numbers: &BTreeMap<i64, i64>, open: Option<i64>, base: &str) -> Vec<Paragraph> {
    let by_id: BTreeMap<i64, &Item> = items.iter().map(|item| (item.id, item)).collect();
    let mut passages: Vec<(usize, usize, &Item)> = items
        .iter()
        .filter(|item| item.state != ItemState::Dropped)
        .filter_map(|item| {
            let shown = item.merged_into.and_then(|id| by_id.get(&id)).copied().unwrap_or(item);
            let (start, end) = item.place?;
            numbers.contains_key(&shown.id).then_some((start, end, shown))
        })
        .collect();
    passages.sort_by_key(|(start, end, item)| (*start, *end, item.id));
    let mut at = 0;
    let mut has_title = false;
    let mut out = Vec::new();
    for line in text.split('\n') {
        let n = line.chars().count();
        let lead = line.chars().take_while(|c| c.is_whitespace()).count();
        let shown = line.trim();
        if !shown.is_empty() {
            let start = at + lead;
            let end = start + shown.chars().count();
            let class = class_of(shown, has_title);
            has_title = true;
            out.push(Paragraph { class, start, pieces: pieces(shown, start, end, &passages, numbers, open, base) });
        }
        at += n + 1;
    }
    out
}

fn class_of(line: &str, has_title: bool) -> &'static str {
    let n = line.chars().count();
    let ends = line.ends_with(['。', '；', '，', ',', ';', '：', ':']);
    if line.contains('\t') {
        return "cells";
    }
    if !has_title && n <= 50 && !ends {
        return "title";
    }
    if n <= 40 && line.starts_with(['（', '(']) && line.ends_with(['）', ')']) {
        return "by";
    }
    let is_numbered =
        line.split_once('、').is_some_and(|(number, _)| !number.is_empty() && number.chars().all(|c| "一二三四五六七八九十".contains(c)));
    if n <= 40 && is_numbered && !line.trim_end_matches(['。']).contains('。') { "h" } else { "" }
}

fn pieces(
    line: &str,
    start: usize,
    end: usize,
    passages: &[(usize, usize, &Item)],
    numbers: &BTreeMap<i64, i64>,
    open: Option<i64>,
    base: &str,
) -> Vec<Piece> {
    let characters: Vec<char> = line.chars().collect();
    let words = |from: usize, until: usize| characters[from - start..until - start].iter().collect::<String>();
    let mut out = Vec::new();
    let mut at = start;
    for (from, until, item) in passages {
        // Where two passages overlap, the earlier keeps the words.
        let (from_here, until_here) = ((*from).max(at), (*until).min(end));
        if from_here >= until_here {
            continue;
        }
        if from_here > at {
            out.push(Piece { text: words(at, from_here), mark: None });
        }
        let class = match item.state {
            _ if open == Some(item.id) => "on",
            ItemState::Issued => "sent",
            _ if !item.missing().is_empty() => "doubt",
            ItemState::Checked => "ok",
            _ => "",
        };
        let n = numbers.get(&item.id).copied().unwrap_or_default();
        out.push(Piece {
            text: words(from_here, until_here),
            mark: Some(Mark { class, item: item.id, n, href: format!("{base}?item={}#item-{}", item.id, item.id), is_first: from_here == *from }),
        });
        at = until_here;
    }
    if at < end {
        out.push(Piece { text: words(at, end), mark: None });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: i64, place: (usize, usize)) -> Item {
        Item {
            id,
            directive_id: 1,
            position: id,
            place: Some(place),
            span: String::new(),
            action: "a".into(),
            standard: String::new(),
            target: None,
            frequency: None,
            due_on: None,
            is_due_asked: false,
            deadline: None,
            units: String::new(),
            scope: String::new(),
            owner: String::new(),
            owner_level: None,
            measure: String::new(),
            weight_hundredths: None,
            indicator: None,
            state: ItemState::Proposed,
            merged_into: None,
        }
    }

    fn lines(text: &str, items: &[Item]) -> Vec<String> {
        let numbers = items.iter().filter(|item| item.state.counts()).map(|item| item.id).zip(1..).collect();
        let line = |p: Paragraph| {
            let pieces = p.pieces.into_iter().map(|piece| match piece.mark {
                Some(mark) => format!("[{}{}{}]", if mark.is_first { mark.n.to_string() } else { String::new() }, mark.class, piece.text),
                None => piece.text,
            });
            format!("{}@{} {}", p.class, p.start, pieces.collect::<String>())
        };
        paragraphs(text, items, &numbers, Some(2), "").into_iter().map(line).collect()
    }

    #[test]
    fn every_passage_keeps_its_place() {
        let text = "关于测试的通知\n　　各支部：6月底前办好。再办一次。\n\n一、要求";
        // 6月底前办好 are the characters 14 to 19; 。 is the 25th and ends its line, an empty one follows.
        assert_eq!(
            lines(text, &[item(1, (14, 20)), item(2, (18, 25))]),
            ["title@0 关于测试的通知", "@10 各支部：[1doubt6月底前办好][on。再办一次]。", "h@28 一、要求"]
        );
    }

    #[test]
    fn a_merged_passage_shows_the_number_it_went_into() {
        let mut merged = item(2, (3, 5));
        merged.state = ItemState::Merged;
        merged.merged_into = Some(1);
        assert_eq!(lines("甲办。乙办。", &[item(1, (0, 2)), merged]), ["@0 [1doubt甲办]。[1doubt乙办]。"]);
    }
}
