//! Chinese and Arabic numerals, and the cursor that reads them.

/// A number as it stands at some place of the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Numeral {
    /// `None` for a number masked by the publisher (`×` or `X`).
    pub value: Option<f64>,
    /// Length in bytes.
    pub len: usize,
    /// Written 一二三 rather than 123.
    pub is_chinese: bool,
}

/// Reads words and numbers from a place of the text onwards; a failed read does not move it.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    pub text: &'t str,
    /// Byte offset of what comes next.
    pub at: usize,
}

impl<'t> Cursor<'t> {
    /// A cursor standing at byte `at`.
    pub fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Passes over `word` if it comes next.
    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Passes over the first of `words` that comes next; list longer words first.
    pub fn eat_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        words.iter().find(|word| self.eat(word)).copied()
    }

    /// Passes over a number.
    pub fn numeral(&mut self) -> Option<Numeral> {
        let numeral = numeral_at(self.rest())?;
        self.at += numeral.len;
        Some(numeral)
    }

    /// Passes over a whole number within `from..=to`.
    pub fn whole(&mut self, from: u32, to: u32) -> Option<u32> {
        let numeral = numeral_at(self.rest())?;
        let value = numeral.value?;
        let whole = value as u32;
        if f64::from(whole) != value || whole < from || whole > to {
            return None;
        }
        self.at += numeral.len;
        Some(whole)
    }
}

/// The value of an Arabic digit, half or full width.
pub(crate) fn arabic_digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        '０'..='９' => Some(c as u32 - '０' as u32),
        _ => None,
    }
}

fn chinese_digit(c: char) -> Option<u32> {
    let place = "零一二三四五六七八九".chars().position(|d| d == c);
    match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => place.map(|p| p as u32),
    }
}

fn chinese_power(c: char) -> Option<u32> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

/// Whether a number can continue or begin with `c`.
pub(crate) fn is_numeric(c: char) -> bool {
    matches!(
        c,
        '0'..='9' | '０'..='９' | '零' | '〇' | '一' | '二' | '两' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '千'
    )
}

/// The number at the very start of `text`. 万 and 亿 are left to the unit (15万名 is 15 of 万名).
pub(crate) fn numeral_at(text: &str) -> Option<Numeral> {
    let first = text.chars().next()?;
    if arabic_digit(first).is_some() {
        return arabic(text);
    }
    if matches!(first, 'X' | '×') {
        let len = text.chars().take_while(|&c| c == first).map(char::len_utf8).sum();
        return Some(Numeral { value: None, len, is_chinese: false });
    }
    chinese(text)
}

fn arabic(text: &str) -> Option<Numeral> {
    let chars: Vec<(usize, char)> = text.char_indices().take(16).collect();
    let digit = |i: usize| chars.get(i).and_then(|&(_, c)| arabic_digit(c));
    let mut plain = String::new();
    let mut i = 0;
    while let Some(d) = digit(i) {
        plain.push_str(&d.to_string());
        i += 1;
        let next = chars.get(i).map(|&(_, c)| c);
        let is_decimal = next == Some('.') && digit(i + 1).is_some() && !plain.contains('.');
        let is_thousands = next == Some(',') && (1..=3).all(|k| digit(i + k).is_some()) && digit(i + 4).is_none();
        if is_decimal {
            plain.push('.');
            i += 1;
        } else if is_thousands {
            i += 1;
        }
    }
    let len = chars.get(i).map_or(text.len().min(chars.last()?.0 + chars.last()?.1.len_utf8()), |&(at, _)| at);
    Some(Numeral { value: plain.parse().ok(), len, is_chinese: false })
}

fn chinese(text: &str) -> Option<Numeral> {
    let run: Vec<char> = text.chars().take(9).take_while(|&c| chinese_digit(c).is_some() || chinese_power(c).is_some()).collect();
    // 百名, 千堂: a bare 百 or 千 belongs to a slogan, not to a target.
    if run.is_empty() || matches!(run[0], '百' | '千') {
        return None;
    }
    let mut total = 0;
    let mut digits = 0;
    for &c in &run {
        if let Some(power) = chinese_power(c) {
            total += digits.max(1) * power;
            digits = 0;
        } else if let Some(d) = chinese_digit(c) {
            digits = digits * 10 + d;
        }
    }
    Some(Numeral { value: Some(f64::from(total + digits)), len: run.iter().map(|c| c.len_utf8()).sum(), is_chinese: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<f64> {
        numeral_at(text)?.value
    }

    #[test]
    fn reads_both_scripts() {
        assert_eq!(value("12个"), Some(12.0));
        assert_eq!(value("１次"), Some(1.0));
        assert_eq!(value("1,200元"), Some(1200.0));
        assert_eq!(value("0.5%"), Some(0.5));
        assert_eq!(value("二十四个"), Some(24.0));
        assert_eq!(value("一百零五家"), Some(105.0));
        assert_eq!(value("十名"), Some(10.0));
        assert_eq!(value("二〇二四年"), Some(2024.0));
        assert_eq!(value("两名"), Some(2.0));
    }

    #[test]
    fn leaves_slogans_and_words() {
        assert_eq!(value("百名讲师"), None);
        assert_eq!(value("各支部"), None);
        assert_eq!(value("×名"), None);
    }
}
