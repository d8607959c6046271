//! The text of a web page, line by line.

use std::cell::RefCell;

use encoding_rs::Encoding;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::decode::decode_text;
use crate::error::ReadError;

/// The text of a web page as it is read: each paragraph, heading or list entry a line, each table row a line of cells with tabs
/// between them; scripts and styles left out. Pages without a mark are UTF-8 or GB18030, or what they say they are.
///
/// # Errors
/// `UnknownEncoding` when the bytes are no text.
pub fn read_html(bytes: &[u8]) -> Result<String, ReadError> {
    let source = match decode_text(bytes) {
        Ok(source) => source,
        Err(error) => {
            declared(bytes).and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes)).ok_or(error)?.into_owned()
        }
    };
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(source));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // A script's end hands control back; what follows is read on.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    Ok(tokenizer.sink.0.into_inner().finish())
}

/// The encoding that the page names in its head (`charset=big5`).
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label: String = after.trim_start_matches(['"', '\'']).chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    Encoding::for_label(label.as_bytes())
}

#[derive(Default)]
struct Sink(RefCell<PageText>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                page.pass(&tag);
                // What these hold is no markup.
                match (tag.kind, &*tag.name) {
                    (TagKind::StartTag, "script") => return TokenSinkResult::RawData(RawKind::ScriptData),
                    (TagKind::StartTag, "style" | "noscript" | "iframe" | "xmp") => return TokenSinkResult::RawData(RawKind::Rawtext),
                    (TagKind::StartTag, "title" | "textarea") => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
            Token::CharacterTokens(text) => page.say(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct PageText {
    text: String,
    line: String,
    /// How many tables are open, and how many elements whose content is not shown.
    n_tables: u32,
    n_hidden: u32,
    n_cells: u32,
}

impl PageText {
    fn pass(&mut self, tag: &Tag) {
        let opens = tag.kind == TagKind::StartTag;
        match &*tag.name {
            "script" | "style" | "noscript" | "iframe" | "xmp" | "title" | "textarea" | "select" | "button" => {
                self.n_hidden = if opens { self.n_hidden + u32::from(!tag.self_closing) } else { self.n_hidden.saturating_sub(1) };
            }
            "table" => {
                self.break_line();
                self.n_tables = if opens { self.n_tables + 1 } else { self.n_tables.saturating_sub(1) };
            }
            "tr" => {
                self.break_line();
                self.n_cells = 0;
            }
            "td" | "th" if opens => {
                if self.n_cells > 0 {
                    let kept = self.line.trim_end_matches(' ').len();
                    self.line.truncate(kept);
                    self.line.push('\t');
                }
                self.n_cells += 1;
            }
            // Within a cell, paragraphs are words of one line.
            "br" | "p" | "div" | "li" | "dd" | "dt" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.n_tables > 0 && self.n_cells > 0 => {
                self.space()
            }
            "br" | "p" | "div" | "li" | "ul" | "ol" | "dl" | "dd" | "dt" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" | "article"
            | "header" | "footer" | "nav" | "main" | "aside" | "blockquote" | "pre" | "hr" | "body" | "form" | "caption" | "center" => {
                self.break_line()
            }
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        if self.n_hidden > 0 {
            return;
        }
        for c in text.chars() {
            if c.is_ascii_whitespace() || c == '\u{a0}' {
                self.space();
            } else if !matches!(c, '\u{200b}' | '\u{feff}') {
                self.line.push(c);
            }
        }
    }

    fn space(&mut self) {
        if !self.line.is_empty() && !self.line.ends_with([' ', '\t']) {
            self.line.push(' ');
        }
    }

    fn break_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        // Chinese text is written without spaces: those between two characters come from the source's own lines.
        let kept = if line.contains('\t') { line.trim_end_matches(' ') } else { line.trim() };
        if !kept.trim().is_empty() {
            self.text.push_str(&closed_up(kept));
            self.text.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.break_line();
        self.text
    }
}

/// Without the spaces between two characters of which neither is Latin.
fn closed_up(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let is_latin = |c: Option<&char>| c.is_some_and(|c| c.is_ascii());
    let keeps = |i: usize| chars[i] != ' ' || is_latin(chars.get(i.wrapping_sub(1))) || is_latin(chars.get(i + 1));
    (0..chars.len()).filter(|&i| keeps(i)).map(|i| chars[i]).collect()
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    const PAGE: &str = "<!DOCTYPE html><html><head><meta charset=gb2312><title>题目 - 某网站</title><style>p{}</style></head><body>\n<script>var a = '<p>不要</p>';</script>\
        <h1>关于开展&ldquo;三会一课&rdquo;的通知</h1><p>各支部：</p><p>&nbsp;&nbsp;请于6月\n底前报送<b>方案</b>。<br>不少于2次&lt;含&gt;</p>\
        <table><tr><th>序号</th><th>任务</th></tr><tr><td>1</td><td><p>建台账</p><p>逐月更新</p></td></tr></table></body></html>";

    #[test]
    fn paragraphs_and_rows_are_lines() {
        let expected = "关于开展“三会一课”的通知\n各支部：\n请于6月底前报送方案。\n不少于2次<含>\n序号\t任务\n1\t建台账逐月更新\n";
        assert_eq!(read_html(PAGE.as_bytes()).as_deref(), Ok(expected));
        let (gb, _, _) = GB18030.encode(PAGE);
        assert_eq!(read_html(&gb).as_deref(), Ok(expected));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(read_html(b"\x89PNG\x0d\x0a\xFF\xFF\0"), Err(ReadError::UnknownEncoding));
    }
}
