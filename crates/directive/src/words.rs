//! Small questions asked of a clause: does it hold one of these words, and how does it look with its quotations blotted out.

use std::ops::Range;

/// Which characters a text holds, roughly: a word with a character outside is certainly absent.
///
/// A clause is asked for hundreds of words; nearly all of them fail here, at the cost of a few bit tests.
#[derive(Clone, Copy)]
pub(crate) struct Letters(u128);

impl Letters {
    /// The characters of `text`.
    pub fn of(text: &str) -> Self {
        Self(text.chars().fold(0, |bits, c| bits | Self::bit(c)))
    }

    /// Whether a word made of `other` can occur in the text at all.
    pub fn may_hold_all(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether `word` can occur in the text at all.
    pub fn may_hold(self, word: &str) -> bool {
        word.chars().all(|c| self.0 & Self::bit(c) != 0)
    }

    fn bit(c: char) -> u128 {
        // The top seven bits of a multiplicative hash pick one of 128.
        1 << ((c as u32).wrapping_mul(0x9E37_79B1) >> 25)
    }
}

/// Whether `text` holds any of `words`.
pub(crate) fn has_any(text: &str, words: &[&str]) -> bool {
    let letters = Letters::of(text);
    words.iter().any(|word| letters.may_hold(word) && text.contains(word))
}

/// Whether `text` begins with any of `words`.
pub(crate) fn starts_any(text: &str, words: &[&str]) -> bool {
    // Most words differ in their first character, which is three bytes; those are compared without a call.
    let opening = text.as_bytes().first_chunk::<3>();
    words.iter().any(|word| word.as_bytes().first_chunk::<3>().is_none_or(|first| opening == Some(first)) && text.starts_with(word))
}

/// Whether `text` ends in any of `words`.
pub(crate) fn ends_any(text: &str, words: &[&str]) -> bool {
    let closing = text.as_bytes().last_chunk::<3>();
    words.iter().any(|word| word.as_bytes().last_chunk::<3>().is_none_or(|last| closing == Some(last)) && text.ends_with(word))
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
    if ranges.is_empty() {
        return text.to_string();
    }
    let mut is_hidden = vec![false; text.len()];
    for range in ranges {
        is_hidden[range.clone()].fill(true);
    }
    text.char_indices().map(|(at, c)| if is_hidden[at] { filler(c) } else { c }).collect()
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
    if !text.contains(open) {
        return Vec::new();
    }
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
    found.extend(pairs(text, '〔', '〕'));
    found.extend(pairs(text, '［', '］'));
    found.extend(pairs(text, '[', ']'));
    found
}
