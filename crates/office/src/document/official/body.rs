//! The document's own part: title, recipients, blocks, attachments, signature, page set-up.

use super::layout::{
    CHARACTER_SPACE, FOOTER_DISTANCE, HEADER_DISTANCE, LINE_PITCH, MARGIN_BOTTOM, MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, PAGE_HEIGHT, PAGE_WIDTH,
    TITLE_CHARACTERS_PER_LINE, characters, width_of,
};
use super::{Block, Official, table, title};
use crate::xml_edit::escaped;

/// `word/document.xml`.
pub(super) fn document(document: &Official) -> String {
    let mut body = String::new();
    let lines = title::balance_title(&document.title, TITLE_CHARACTERS_PER_LINE);
    let lines: Vec<String> = lines.iter().map(|line| text(line)).collect();
    if !lines.is_empty() {
        body += &styled("Title", "", &format!("<w:r>{}</w:r>", lines.join("<w:br/>")));
        body += &empty_line();
    }
    if let Some(recipients) = &document.addressed_to {
        let recipients = recipients.trim_end_matches(['：', ':']);
        body += &styled("Recipients", "", &run(&format!("{recipients}：")));
    }
    // The signature must not stand on a page without text: all from the last paragraph on keeps together.
    let keeps = document.signed_by.is_some() || document.dated.is_some();
    let mut numbers = Numbers::default();
    for (block, left) in document.blocks.iter().zip((0..document.blocks.len()).rev()) {
        body += &self::block(block, &mut numbers, keeps && left == 0);
    }
    body += &attachments(&document.attachments, keeps);
    body += &signature(document.signed_by.as_deref(), document.dated.as_deref());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>{body}{}</w:body></w:document>"#,
        section()
    )
}

fn section() -> String {
    format!(
        r#"<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:headerReference w:type="even" r:id="rId5"/><w:footerReference w:type="default" r:id="rId6"/><w:footerReference w:type="even" r:id="rId7"/><w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/><w:pgMar w:top="{MARGIN_TOP}" w:right="{MARGIN_RIGHT}" w:bottom="{MARGIN_BOTTOM}" w:left="{MARGIN_LEFT}" w:header="{HEADER_DISTANCE}" w:footer="{FOOTER_DISTANCE}" w:gutter="0"/><w:cols w:space="425"/><w:docGrid w:type="linesAndChars" w:linePitch="{LINE_PITCH}" w:charSpace="{CHARACTER_SPACE}"/></w:sectPr>"#
    )
}

/// A paragraph of a style; `properties` are what differs from it.
pub(super) fn styled(style: &str, properties: &str, runs: &str) -> String {
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>"#)
}

/// A run of the paragraph's own type.
pub(super) fn run(words: &str) -> String {
    format!("<w:r>{}</w:r>", text(words))
}

fn text(words: &str) -> String {
    format!(r#"<w:t xml:space="preserve">{}</w:t>"#, escaped(&words.replace(['\t', '\n'], " ")))
}

fn empty_line() -> String {
    styled("Recipients", "", "")
}

fn block(block: &Block, numbers: &mut Numbers, keeps_next: bool) -> String {
    match block {
        Block::Heading1(heading) => styled("Heading1", "", &run(&numbers.first(heading))),
        Block::Heading2(heading) => styled("Heading2", "", &run(&numbers.second(heading))),
        Block::Heading3(heading) => styled("Heading3", "", &run(&numbers.third(heading))),
        Block::Paragraph(words) => lines_as("BodyText", words, keeps_next),
        Block::Note(words) => lines_as("Note", words, keeps_next),
        Block::Table(content) => table::table(content),
    }
}

/// Each line as a paragraph; the last one keeps with what follows if asked to.
fn lines_as(style: &str, words: &str, keeps_next: bool) -> String {
    let n_lines = words.lines().count();
    let line = |(line, number): (&str, usize)| {
        let keep = if keeps_next && number == n_lines { KEEP_NEXT } else { "" };
        styled(style, keep, &run(line.trim()))
    };
    words.lines().zip(1..).map(line).collect()
}

pub(super) const KEEP_NEXT: &str = "<w:keepNext/>";

/// 附件说明: a line below the text, indented by two; numbered when there are several, names aligned.
///
/// Source: GB/T 9704-2012 7.3.4
fn attachments(names: &[String], keeps_next: bool) -> String {
    let keep = if keeps_next { KEEP_NEXT } else { "" };
    let mut lines = String::new();
    for (name, number) in names.iter().zip(1..) {
        let (left, hanging, words) = match (names.len(), number) {
            (1, _) => (500, 300, format!("附件：{name}")),
            (_, 1) => (600, 400, format!("附件：1. {name}")),
            (_, number) => (600, 100, format!("{number}. {name}")),
        };
        let indent = format!(
            r#"{keep}<w:ind w:leftChars="{left}" w:left="{}" w:hangingChars="{hanging}" w:hanging="{}"/>"#,
            characters(left),
            characters(hanging)
        );
        lines += &styled("Recipients", &indent, &run(&words));
    }
    if lines.is_empty() { lines } else { styled("Recipients", keep, "") + &lines }
}

/// 署名 and 成文日期 of a document without seal: the name two characters from the right; the date on the next line,
/// its first character two to the right of the name's; a date longer than the name stands two from the right
/// itself, and the name moves to the left.
///
/// Source: GB/T 9704-2012 7.3.5.2
fn signature(signed_by: Option<&str>, dated: Option<&str>) -> String {
    let (name_width, date_width) = (signed_by.map_or(0, width_of), dated.map_or(0, width_of));
    let (name_right, date_right) = if signed_by.is_none() || date_width > name_width {
        (200 + date_width + 200 - name_width.min(date_width), 200)
    } else {
        (200, name_width - date_width)
    };
    let line = |words: &str, right: u32, keeps_next: bool| {
        let keep = if keeps_next { KEEP_NEXT } else { "" };
        let indent = format!(r#"{keep}<w:ind w:rightChars="{right}" w:right="{}"/><w:jc w:val="right"/>"#, characters(right));
        styled("Recipients", &indent, &run(words))
    };
    let mut lines = String::new();
    if signed_by.is_some() || dated.is_some() {
        lines += &styled("Recipients", KEEP_NEXT, "");
    }
    lines += &signed_by.map(|name| line(name, name_right, dated.is_some())).unwrap_or_default();
    lines + &dated.map(|date| line(date, date_right, false)).unwrap_or_default()
}

/// How far the headings have been counted.
#[derive(Debug, Default)]
struct Numbers {
    first: u32,
    second: u32,
    third: u32,
}

impl Numbers {
    fn first(&mut self, heading: &str) -> String {
        (self.first, self.second, self.third) = (self.first + 1, 0, 0);
        if begins_with_number(heading, "", "、") {
            return heading.to_owned();
        }
        format!("{}、{heading}", chinese_number(self.first))
    }

    fn second(&mut self, heading: &str) -> String {
        (self.second, self.third) = (self.second + 1, 0);
        if begins_with_number(heading, "（", "）") {
            return heading.to_owned();
        }
        format!("（{}）{heading}", chinese_number(self.second))
    }

    fn third(&mut self, heading: &str) -> String {
        self.third += 1;
        let digits = heading.trim_start_matches(|it: char| it.is_ascii_digit());
        if digits.len() < heading.len() && digits.starts_with(['.', '．', '、']) {
            return heading.to_owned();
        }
        format!("{}. {heading}", self.third)
    }
}

/// Whether a heading already has its number, such as （三）.
fn begins_with_number(heading: &str, before: &str, after: &str) -> bool {
    let Some(rest) = heading.strip_prefix(before) else {
        return false;
    };
    let unnumbered = rest.trim_start_matches(|it| "一二三四五六七八九十百".contains(it));
    unnumbered.len() < rest.len() && unnumbered.starts_with(after)
}

/// 1 → 一, 12 → 十二, 20 → 二十; above 99 in digits.
fn chinese_number(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10, DIGITS[(number % 10) as usize]);
    match tens {
        0 => ones.to_owned(),
        1 => format!("十{ones}"),
        2..=9 => format!("{}十{ones}", DIGITS[tens as usize]),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_numbered_once() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.first("总体要求"), "一、总体要求");
        assert_eq!(numbers.second("基本原则"), "（一）基本原则");
        assert_eq!(numbers.third("抓基本"), "1. 抓基本");
        assert_eq!(numbers.third("2．抓重点"), "2．抓重点");
        assert_eq!(numbers.second("（二）目标"), "（二）目标");
        assert_eq!(numbers.third("抓难点"), "1. 抓难点");
        assert_eq!(numbers.first("二、主要任务"), "二、主要任务");
        assert_eq!(numbers.second("一季度"), "（一）一季度");
        let spelled = [9, 10, 11, 20, 99].map(chinese_number);
        assert_eq!(spelled, ["九", "十", "十一", "二十", "九十九"]);
    }

    #[test]
    fn the_date_stands_under_the_name() {
        let rights = |name, date| {
            let lines = signature(Some(name), Some(date));
            let rights = lines.split("w:rightChars=\"").skip(1);
            rights.map(|it| it.split('"').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        // 12 characters; the date is 6 wide (5 digits at half a place, 年月日), so that it begins two further right.
        assert_eq!(rights("中共某某市委员会组织部门", "2026年1月9日"), ["200", "600"]);
        // 3 characters: the date stands two from the right, the name begins two before it.
        assert_eq!(rights("组织部", "2026年1月9日"), ["700", "200"]);
        assert!(signature(None, None).is_empty());
    }
}
