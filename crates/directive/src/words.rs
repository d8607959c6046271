//! Small questions asked of a clause: does it hold one of these words, and how does it look with its quotations blotted out.

use std::ops::Range;

/// Whether `text` holds any of `words`.
pub(crate) fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Whether `text` begins with any of `words`.
pub(crate) fn starts_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// Whether `text` ends in any of `words`.
pub(crate) fn ends_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.ends_with(word))
}

/// Length in characters.
pub(crate) fn n_chars(text: &str) -> usize {
    text.chars().count()
}

/// The last `n` characters.
pub(crate) fn tail(text: &str, n: usize) -> &str {
    let at = text.char_indices().rev().nth(n.saturating_sub(1)).map_or(0, |(at, _)| at);
    if n == 0 { "" } else { &text[at..] }
}

/// `text` with the given byte ranges blotted out, byte for byte as long as before so that offsets stay true.
pub(crate) fn blot(text: &str, ranges: &[Range<usize>]) -> String {
    text.char_indices().map(|(at, c)| if ranges.iter().any(|r| r.contains(&at)) { filler(c) } else { c }).collect()
}

fn filler(c: char) -> char {
    match c.len_utf8() {
        1 => ' ',
        2 => '\u{a0}',
        3 => '\u{3000}',
        _ => '\u{1f300}',
    }
}

/// The closed pairs `open … close` of a clause, marks included.
pub(crate) fn pairs(text: &str, open: char, close: char) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices() {
        if c == open {
            from.get_or_insert(at);
        } else if c == close
            && let Some(start) = from.take()
        {
            found.push(start..at + c.len_utf8());
        }
    }
    found
}

/// Names in “ ” and 《 》, whose numbers are part of the name.
pub(crate) fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = pairs(text, '“', '”');
    found.extend(pairs(text, '《', '》'));
    found.extend(pairs(text, '‘', '’'));
    found
}

/// Remarks in brackets.
pub(crate) fn brackets(text: &str) -> Vec<Range<usize>> {
    let mut found = pairs(text, '（', '）');
    found.extend(pairs(text, '(', ')'));
    found
}
