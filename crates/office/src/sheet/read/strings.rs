//! The shared texts of a workbook.

use std::io::BufRead;

use quick_xml::events::Event;

use crate::error::ReadError;
use crate::xml;

/// Collects the text of one string item (`si` or `is`): its runs in order, phonetic guides left out.
#[derive(Debug, Default)]
pub(super) struct TextRuns {
    text: String,
    is_in_text: bool,
    phonetic_depth: u32,
}

impl TextRuns {
    /// Takes in one event from within the item.
    pub(super) fn take_in(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => self.is_in_text = true,
                "rPh" => self.phonetic_depth += 1,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" => self.is_in_text = false,
                "rPh" => self.phonetic_depth = self.phonetic_depth.saturating_sub(1),
                _ => {}
            },
            event if self.is_in_text && self.phonetic_depth == 0 => xml::push_text(event, &mut self.text),
            _ => {}
        }
    }

    /// The text so far, leaving this ready for the next item.
    pub(super) fn finish(&mut self) -> String {
        let text = std::mem::take(self).text;
        unescape_characters(text)
    }
}

/// Reads `sharedStrings.xml`.
///
/// # Errors
/// `TooManyTexts` beyond `texts_max`, `Broken` when the XML is damaged.
pub(super) fn read(part: &str, source: impl BufRead, texts_max: usize) -> Result<Vec<Box<str>>, ReadError> {
    let mut texts = Vec::new();
    let mut runs = TextRuns::default();
    xml::for_each_event(part, source, |event| {
        let is_item = |name: &[u8]| name == b"si";
        let ends = match event {
            Event::End(element) => is_item(element.local_name().as_ref().as_bytes()),
            Event::Empty(element) => is_item(element.local_name().as_ref().as_bytes()),
            _ => false,
        };
        if !ends {
            runs.take_in(event);
            return Ok(());
        }
        if texts.len() >= texts_max {
            return Err(ReadError::TooManyTexts { texts_max });
        }
        texts.push(runs.finish().into_boxed_str());
        Ok(())
    })?;
    Ok(texts)
}

/// Puts back the characters XML cannot carry, which workbooks write as `_x000D_`.
pub(super) fn unescape_characters(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        if let Some(character) = escaped_character(escape) {
            out.push(character);
            rest = &escape[ESCAPE_LEN..];
        } else {
            out.push_str("_x");
            rest = &escape["_x".len()..];
        }
    }
    out.push_str(rest);
    out
}

const ESCAPE_LEN: usize = "_x000D_".len();

fn escaped_character(escape: &str) -> Option<char> {
    let hex = escape.get(2..6)?;
    let is_escape = escape.as_bytes().get(6) == Some(&b'_') && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_escape.then(|| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined_and_phonetics_left_out() {
        let part = "<sst><si><t>甲</t></si><si><r><t>乙 </t></r><r><rPr/><t>&amp;&#20986;</t></r><rPh><t>yi</t></rPh></si><si/><si><t>一_x000D_二_x5F_</t></si></sst>";
        let texts = read("s", part.as_bytes(), 10).expect("texts");
        assert_eq!(texts.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["甲", "乙 &出", "", "一\r二_x5F_"]);
        assert_eq!(read("s", part.as_bytes(), 3), Err(ReadError::TooManyTexts { texts_max: 3 }));
    }
}
