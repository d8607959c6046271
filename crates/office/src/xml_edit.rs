//! Changing a part here and there while every other byte of it stays as it was.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::ReadError;
use crate::xml;

/// One event of a part and where it stands.
pub(crate) struct Step<'s> {
    pub event: Event<'s>,
    /// The bytes of the event in the part.
    pub range: Range<usize>,
    /// How many elements are open around it; 0 for the root's own tags.
    pub depth: usize,
}

/// Calls `each` with every event of the part.
///
/// # Errors
/// `Broken` when the XML is damaged or ends with elements open; whatever `each` returns.
pub(crate) fn walk<'s>(part: &str, source: &'s str, mut each: impl FnMut(Step<'s>) -> Result<(), ReadError>) -> Result<(), ReadError> {
    // The reader leaves a byte order mark out of its positions.
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    let skipped = source.len() - text.len();
    let mut reader = Reader::from_str(text);
    let position = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
    let mut depth = 0_usize;
    loop {
        let begin = position(&reader) + skipped;
        let event = reader.read_event().map_err(|why| xml::error(part, &why))?;
        let range = begin..position(&reader) + skipped;
        match event {
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(ReadError::broken(part, "the part ends within an element")),
            Event::Start(_) => {
                each(Step { event, range, depth })?;
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                each(Step { event, range, depth })?;
            }
            _ => each(Step { event, range, depth })?,
        }
    }
}

/// Changes to a part, collected in any order.
#[derive(Debug, Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts text in front of the byte at `at`; several at one place stay in the order they came.
    pub(crate) fn insert(&mut self, at: usize, text: String) {
        self.0.push((at..at, text));
    }

    /// Puts text in place of the bytes in `range`.
    pub(crate) fn replace(&mut self, range: Range<usize>, text: String) {
        self.0.push((range, text));
    }

    /// The part with all changes made. Ranges must not overlap.
    pub(crate) fn apply(mut self, source: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let added: usize = self.0.iter().map(|(_, text)| text.len()).sum();
        let mut out = String::with_capacity(source.len() + added);
        let mut at = 0;
        for (range, text) in &self.0 {
            out.push_str(&source[at..range.start]);
            out.push_str(text);
            at = range.end;
        }
        out.push_str(&source[at..]);
        out
    }
}

/// The prefix of an element's name with its colon: `x:` of `x:worksheet`, empty without.
pub(crate) fn prefix_of(element: &BytesStart<'_>) -> String {
    element.name().prefix().map(|prefix| format!("{}:", prefix.as_ref())).unwrap_or_default()
}

/// An element's start tag with some attributes set (`Some`) or taken away (`None`), the others as they were.
pub(crate) fn tag_with(element: &BytesStart<'_>, changes: &[(&str, Option<String>)], is_empty: bool) -> String {
    let mut tag = format!("<{}", element.name().as_ref());
    for attribute in element.attributes().with_checks(false).flatten() {
        let key = attribute.key.as_ref();
        if changes.iter().all(|(changed, _)| *changed != key) {
            let quote = if attribute.value.contains('"') { '\'' } else { '"' };
            tag += &format!(" {key}={quote}{}{quote}", attribute.value);
        }
    }
    for (key, value) in changes {
        if let Some(value) = value {
            tag += &format!(" {key}=\"{value}\"");
        }
    }
    tag + if is_empty { "/>" } else { ">" }
}

/// Text as it stands between tags or in a double-quoted attribute; characters XML cannot carry are left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_belongs_to_one_event() {
        let source = "\u{feff}<?xml version=\"1.0\"?>\r\n<a b='\"'> &amp;甲<c /><!-- d --><![CDATA[e]]></a >\n";
        let (mut at, mut depths) = (3, Vec::new());
        walk("x", source, |step| {
            assert_eq!(step.range.start, at);
            at = step.range.end;
            depths.push(step.depth);
            Ok(())
        })
        .expect("well-formed");
        assert_eq!(at, source.len());
        assert_eq!(depths, [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn edits_keep_their_places() {
        let mut edits = Edits::default();
        edits.insert(3, "二".into());
        edits.replace(1..2, "一".into());
        edits.insert(3, "三".into());
        assert_eq!(edits.apply("abcd"), "a一c二三d");
    }
}
