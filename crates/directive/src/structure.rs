//! The text's own structure: lines, numbered items, table rows, sentences and clauses, all as byte ranges.

use std::ops::Range;

use crate::numerals::{Numeral, arabic_digit, is_numeric, numeral_at};
use crate::table::{self, Columns, Row};
use crate::words::{brackets, has_any, n_chars, starts_any};

/// A run of text up to one of ，,。；;：:！ tab or line end, without its enumerator and its mark.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clause {
    pub start: usize,
    pub end: usize,
    /// The mark that closes it.
    pub mark: Option<char>,
}

/// Clauses up to 。！？ or the end of the line.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub clauses: Vec<Clause>,
    /// The numbered item it stands in.
    pub item: Option<usize>,
    /// The sentence is a heading: a numbered line with no sentence mark.
    pub is_heading: bool,
    /// The table row it stands in.
    pub row: Option<usize>,
    /// Where its line begins, so that sentences of one paragraph know each other.
    pub line: usize,
}

impl Sentence {
    /// First to last byte.
    pub fn range(&self) -> Range<usize> {
        self.clauses.first().map_or(0, |c| c.start)..self.clauses.last().map_or(0, |c| c.end)
    }
}

/// A numbered item (一、 （一） 1. 一是) and where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub level: u8,
    pub parent: Option<usize>,
    /// The heading line, or the first sentence.
    pub head: Range<usize>,
    /// `head` is a line of its own.
    pub is_line: bool,
    /// `head` is a sentence such as 10月底前完成以下任务： that leads into the items.
    pub is_lead_in: bool,
    /// What the closing （责任单位：…） says.
    pub closing: Option<Range<usize>>,
}

/// The whole text, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub items: Vec<Item>,
    pub sentences: Vec<Sentence>,
    pub rows: Vec<Row>,
    /// Title lines and addressee.
    pub preface: Range<usize>,
    /// Sign-off lines.
    pub closing: Range<usize>,
}

impl Layout {
    /// The item and everything above it, innermost first.
    pub fn chain(&self, item: Option<usize>) -> impl Iterator<Item = &Item> {
        self.chain_of(item).map(|i| &self.items[i])
    }

    fn chain_of(&self, item: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(item, |&i| self.items[i].parent)
    }
}

/// Takes the text apart.
pub(crate) fn layout(text: &str) -> Layout {
    let lines = lines(text);
    let first = preface_end(text, &lines);
    let last = closing_start(text, &lines, first);
    let dateline = lines[first..last].iter().find(|line| is_dateline(text[(*line).clone()].trim()));
    let mut reader = Reader { text, layout: Layout::default(), stack: Vec::new(), columns: None, lead_in: None, line: 0, next_number: None };
    let end_of = |i: usize| i.checked_sub(1).and_then(|i| lines.get(i)).map_or(0, |l: &Range<usize>| l.end);
    reader.layout.preface = 0..end_of(first);
    reader.layout.closing = lines.get(last).map_or(text.len(), |l| l.start)..text.len();
    // Forms follow the sign-off of many a notice.
    if let Some(dateline) = dateline.filter(|_| reader.layout.closing.is_empty()) {
        reader.layout.closing = dateline.clone();
    }
    let mut in_annex = false;
    let mut skipped_until = first;
    for (i, line) in lines.iter().enumerate().take(last).skip(first) {
        if i < skipped_until {
            continue;
        }
        let content = text[line.clone()].trim();
        // A table whose cells each stand in a line of their own.
        if content == table::NUMBER_COLUMN {
            let n = reader.cell_lines(&lines[i..last]);
            skipped_until = i + n;
            if n > 0 {
                continue;
            }
        }
        let enumerator = enumerator(content);
        in_annex = starts_any(content, &["附件", "附："]) || in_annex && enumerator.is_some();
        if content.is_empty() || in_annex || is_service_line(content) || is_dateline(content) {
            continue;
        }
        reader.line = line.start;
        let is_barred = content.matches('|').count() >= 2;
        if is_barred && content.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
            continue;
        }
        if has_cells(content) || is_barred {
            reader.table_line(line.clone());
        } else {
            reader.text_line(line.clone());
        }
    }
    reader.layout
}

/// 二、…, 备注：…: the table is over.
fn starts_section(line: &str) -> bool {
    enumerator(line).is_some_and(|(level, _)| level <= 20) || starts_any(line, &["备注", "说明", "注：", "注:"])
}

/// Tabs between cells, and not the one that word processors set after 一、 or 1..
fn has_cells(line: &str) -> bool {
    let words = enumerator(line).map_or(line, |(_, len)| &line[len..]).trim_start();
    words.contains('\t')
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        found.push(start..start + line.trim_end_matches(['\n', '\r']).len());
        start += line.len();
    }
    found
}

/// Contact lines, download notes and copies lists.
fn is_service_line(line: &str) -> bool {
    let is_page_note = line.starts_with("- ") && (line.ends_with(['|', '页']) || line.contains(" KB"));
    is_page_note || starts_any(line, &["联系人", "联系电话", "抄送", "主送", "（此件", "——", "来源：", "发布时间", "地址："])
}

/// 2024年7月29日 alone in its line.
fn is_dateline(line: &str) -> bool {
    n_chars(line) <= 12 && line.ends_with('日') && line.chars().all(|c| is_numeric(c) || matches!(c, '年' | '月' | '日' | ' ')) && line.contains('年')
}

/// The title block: everything before the first line that speaks in sentences or items.
fn preface_end(text: &str, lines: &[Range<usize>]) -> usize {
    for (i, line) in lines.iter().enumerate() {
        let content = text[line.clone()].trim();
        if content.ends_with(['：', ':']) && n_chars(content) < 40 {
            return i + 1;
        }
        if content == table::NUMBER_COLUMN {
            return i;
        }
        let speaks = content.contains(['。', '\t', '；']) || enumerator(content).is_some() || n_chars(content) > 60;
        if speaks {
            return i;
        }
    }
    // A text of bare lines is a list of tasks, not a title.
    0
}

/// The sign-off: bare short lines at the end (organisation, date).
fn closing_start(text: &str, lines: &[Range<usize>], first: usize) -> usize {
    let mut last = lines.len();
    while last > first {
        let content = text[lines[last - 1].clone()].trim();
        let is_bare = !content.contains(['。', '，', '；', '：', '\t']) && n_chars(content) <= 30 && enumerator(content).is_none();
        let is_sign =
            content.is_empty() || content.ends_with(['日', '部', '会', '委', '办', '室', '局', '院', '组', '校', '司']) || content.starts_with('（');
        if !(is_bare && is_sign) {
            break;
        }
        last -= 1;
    }
    last
}

struct Reader<'t> {
    text: &'t str,
    layout: Layout,
    /// Open items, outermost first.
    stack: Vec<usize>,
    columns: Option<Columns>,
    /// A line ending in ： that the next numbered line will hang under.
    lead_in: Option<Range<usize>>,
    /// Start of the line being read.
    line: usize,
    /// The number the next item of a list 1. 2. 3. will have.
    next_number: Option<usize>,
}

/// Items 1. 2. 3.
const LISTED: u8 = 30;

/// Inline items (一是 …) end with their line.
const INLINE: u8 = 60;

impl Reader<'_> {
    fn text_line(&mut self, line: Range<usize>) {
        let content = self.text[line.clone()].trim();
        let start = line.start + self.text[line.clone()].find(content).unwrap_or(0);
        let line = start..start + content.len();
        while self.stack.last().is_some_and(|&i| self.layout.items[i].level >= INLINE) {
            self.stack.pop();
        }
        let has_enumerator = enumerator(content).is_some();
        if has_enumerator && let Some(head) = self.lead_in.take() {
            let level = enumerator(content).map_or(0, |(level, _)| level.saturating_sub(5));
            self.open(level, head, false);
            if let Some(&i) = self.stack.last() {
                self.layout.items[i].is_lead_in = true;
            }
        }
        let is_heading = has_enumerator && !content.contains(['。', '；', '！']) && !content.ends_with(['：', ':']) && n_chars(content) <= 45;
        self.passage(line.clone(), is_heading, None);
        self.lead_in = content.ends_with(['：', ':']).then_some(line);
    }

    fn table_line(&mut self, line: Range<usize>) {
        let cells = table::cells(self.text, line);
        if let Some(columns) = table::header(self.text, &cells) {
            self.columns = Some(columns);
            return;
        }
        // A section line within a table ends no table; one of another width is another table.
        let is_apart = self.layout.rows.is_empty() || self.layout.sentences.last().is_some_and(|s| s.row.is_none());
        let columns = match &self.columns {
            Some(columns) if !is_apart || columns.len() == cells.len() => columns.clone(),
            _ => table::guess(self.text, &cells),
        };
        let (row, contents) = table::row(&columns, &cells);
        self.layout.rows.push(row);
        let row = self.layout.rows.len() - 1;
        for cell in contents {
            self.passage(cell, false, Some(row));
        }
    }

    /// Reads a table written cell by cell, each in its own line; says how many lines it took, 0 for none.
    fn cell_lines(&mut self, lines: &[Range<usize>]) -> usize {
        let text = self.text;
        let trimmed = |line: &Range<usize>| {
            let said = &text[line.clone()];
            let start = line.start + (said.len() - said.trim_start().len());
            start..start + said.trim().len()
        };
        let said: Vec<(usize, Range<usize>)> =
            lines.iter().enumerate().map(|(i, line)| (i, trimmed(line))).filter(|(_, cell)| !cell.is_empty()).collect();
        let is_number = |cell: &Range<usize>| cell.len() <= 3 && text[cell.clone()].chars().all(|c| arabic_digit(c).is_some());
        let n_columns = said.iter().take_while(|(_, cell)| !is_number(cell)).count();
        let names: Vec<Range<usize>> = said.iter().take(n_columns).map(|(_, cell)| cell.clone()).collect();
        let Some(columns) = (3..=9).contains(&n_columns).then(|| table::header(text, &names)).flatten() else {
            return 0;
        };
        let mut at = n_columns;
        while at < said.len() && is_number(&said[at].1) {
            self.line = said[at].1.start;
            let ahead = said[at + 1..].iter().position(|(_, cell)| is_number(cell) || starts_section(&text[cell.clone()]));
            // The last row ends with its last column; what follows is text again.
            let is_last = ahead.is_none_or(|n| !is_number(&said[at + 1 + n].1));
            let n_cells = ahead.map_or(said.len() - at, |n| n + 1).min(if is_last { n_columns } else { usize::MAX });
            let cells: Vec<Range<usize>> = said[at..at + n_cells].iter().map(|(_, cell)| cell.clone()).collect();
            let (row, contents) = table::row(&table::stretched(&columns, n_cells), &cells);
            self.layout.rows.push(row);
            let row = self.layout.rows.len() - 1;
            for cell in contents {
                self.passage(cell, false, Some(row));
            }
            at += n_cells;
        }
        said.get(at).map_or(lines.len(), |(i, _)| *i)
    }

    fn open(&mut self, level: u8, head: Range<usize>, is_line: bool) {
        while self.stack.last().is_some_and(|&i| self.layout.items[i].level >= level) {
            self.stack.pop();
        }
        let parent = self.stack.last().copied();
        self.layout.items.push(Item { level, parent, head, is_line, is_lead_in: false, closing: None });
        self.stack.push(self.layout.items.len() - 1);
    }

    /// Reads a line or a cell into sentences, opening items as their enumerators come by.
    fn passage(&mut self, range: Range<usize>, is_heading: bool, row: Option<usize>) {
        let first_item = self.layout.items.len();
        let mut sentence: Vec<Clause> = Vec::new();
        let mut at_start = true;
        for mut clause in clauses(self.text, range.clone()) {
            let spoken = &self.text[clause.start..clause.end];
            let opens = at_start || sentence.is_empty();
            let month = || month_label(spoken, clause.mark).filter(|_| clause.start == range.start && row.is_none());
            let numbered = if opens { enumerator(spoken).or_else(|| self.continued(spoken)).or_else(month) } else { None };
            if let Some((level, len)) = numbered {
                self.next_number = self.number_after(spoken, level);
                let is_own_sentence = !sentence.is_empty();
                if is_own_sentence {
                    self.close(&mut sentence, is_heading, row);
                }
                clause.start += len;
                clause.start += self.text[clause.start..clause.end].len() - self.text[clause.start..clause.end].trim_start().len();
                let head = clause.start..sentence_end(self.text, clause.start, range.end);
                // A row's own numbers do not nest under the items around the table.
                if row.is_none() {
                    self.open(level, head, is_heading);
                }
            }
            at_start = matches!(clause.mark, Some('。' | '；' | ';' | '！' | '：' | ':' | '!' | '？'));
            self.note_closing(&mut clause, first_item);
            let ends = matches!(clause.mark, Some('。' | '！' | '!' | '？') | None);
            if clause.start < clause.end {
                sentence.push(clause);
            }
            if ends {
                self.close(&mut sentence, is_heading, row);
            }
        }
        self.close(&mut sentence, is_heading, row);
    }

    /// 2.3名书记…补选到位 after an item 1.: its number, not a decimal.
    fn continued(&self, spoken: &str) -> Option<(u8, usize)> {
        let mark = format!("{}.", self.next_number?);
        (spoken.starts_with(&mark) && !spoken[mark.len()..].starts_with(['%', '％'])).then_some((LISTED, mark.len()))
    }

    /// What the item after this one will be called; sections begin again.
    fn number_after(&self, spoken: &str, level: u8) -> Option<usize> {
        let n_digits = spoken.chars().take_while(char::is_ascii_digit).count();
        let number: Option<usize> = spoken[..n_digits].parse().ok();
        if level > LISTED { self.next_number } else { number.filter(|_| level == LISTED).map(|n| n + 1) }
    }

    fn close(&mut self, sentence: &mut Vec<Clause>, is_heading: bool, row: Option<usize>) {
        if !sentence.is_empty() {
            let item = self.stack.last().copied();
            let clauses = std::mem::take(sentence);
            let opening = &self.text[clauses[0].start..clauses[0].end];
            if CLOSING_LABELS.contains(&opening) && matches!(clauses[0].mark, Some('：' | ':')) && row.is_none() {
                // A line of its own closes the item that a heading opened, with all that is listed in it.
                let headed = self.layout.chain_of(item).find(|&i| self.layout.items[i].is_line);
                let is_own_line = self.text[self.line..clauses[0].start].trim().is_empty();
                let item = if is_own_line { headed.or(item) } else { item };
                if let (Some(i), Some(last)) = (item, clauses.last()) {
                    let from = self.layout.items[i].closing.as_ref().map_or(clauses[0].start, |closing| closing.start);
                    self.layout.items[i].closing = Some(from..last.end);
                }
                return;
            }
            self.layout.sentences.push(Sentence { clauses, item, is_heading, row, line: self.line });
        }
    }

    /// Takes a closing （责任单位：…） off the clause and keeps it with the items of this line.
    fn note_closing(&mut self, clause: &mut Clause, first_item: usize) {
        let spoken = &self.text[clause.start..clause.end];
        let Some(bracket) = brackets(spoken).pop().filter(|b| b.end == spoken.len()) else {
            return;
        };
        let inner = &spoken[bracket.clone()];
        let names_units = has_any(inner, &["单位：", "单位:", "部门：", "部门:", "牵头：", "责任人：", "单位为"]) || has_any(inner, &TIME_LABELS);
        if !names_units && bracket.start > 0 {
            return;
        }
        let range = clause.start + bracket.start..clause.end;
        clause.end = range.start;
        let whole_line = self.stack.last().copied().into_iter().chain(first_item..self.layout.items.len());
        for i in whole_line {
            self.layout.items[i].closing = Some(range.clone());
        }
    }
}

fn sentence_end(text: &str, start: usize, end: usize) -> usize {
    text[start..end].find(['。', '\n', '！']).map_or(end, |len| start + len)
}

/// What a closing may say beside the units.
pub(crate) const TIME_LABELS: [&str; 12] = [
    "时限：",
    "时限:",
    "完成时间：",
    "完成时间:",
    "完成期限：",
    "完成期限:",
    "整改期限：",
    "整改时间：",
    "时间节点：",
    "时间节点:",
    "时间要求：",
    "时间要求:",
];

/// Labels of the lines 责任单位：…, 完成时限：… that close an item without a bracket.
const CLOSING_LABELS: [&str; 22] = [
    "牵头单位",
    "责任单位",
    "配合单位",
    "牵头部门",
    "责任部门",
    "配合部门",
    "牵头领导",
    "责任领导",
    "分管领导",
    "责任人",
    "牵头责任人",
    "承办单位",
    "落实单位",
    "协办单位",
    "责任主体",
    "责任科室",
    "牵头科室",
    "完成时限",
    "完成时间",
    "整改时限",
    "时间节点",
    "时限要求",
];

/// Splits at clause marks, but neither inside a bracket nor inside a number or a time of day.
pub(crate) fn clauses(text: &str, range: Range<usize>) -> Vec<Clause> {
    let line = &text[range.clone()];
    let remarks = brackets(line);
    let mut found = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize, mark: Option<char>| {
        let spoken = line[from..to].trim_start_matches(['”', '’', '」', ' ', '\u{3000}', '\u{a0}']);
        let from = to - spoken.len();
        let to = from + spoken.trim_end().len();
        if from < to {
            found.push(Clause { start: range.start + from, end: range.start + to, mark });
        }
    };
    for (at, c) in line.char_indices() {
        let is_mark = matches!(c, '，' | ',' | '。' | '；' | ';' | '：' | ':' | '！' | '!' | '？' | '?' | '\t' | '\n');
        if !is_mark || remarks.iter().any(|r| r.contains(&at)) {
            continue;
        }
        let after = &line[at + c.len_utf8()..];
        let is_between_digits = line[..at].chars().next_back().is_some_and(|c| arabic_digit(c).is_some())
            && after.chars().next().is_some_and(|c| arabic_digit(c).is_some());
        if is_between_digits && matches!(c, ',' | ':' | '：') {
            continue;
        }
        push(start, at, Some(c));
        start = at + c.len_utf8();
    }
    push(start, line.len(), None);
    found
}

/// Level and length of the enumerator `text` begins with; outer levels are smaller.
pub(crate) fn enumerator(text: &str) -> Option<(u8, usize)> {
    let first = text.chars().next()?;
    let after = |len: usize| text[len..].chars().next();
    match first {
        '①'..='⑳' => Some((50, first.len_utf8())),
        '●' | '★' | '◆' | '■' | '▲' => Some((55, first.len_utf8())),
        '第' => {
            let len = '第'.len_utf8() + numeral_at(&text['第'.len_utf8()..])?.len;
            match after(len)? {
                '章' | '编' => Some((5, len + '章'.len_utf8())),
                '条' | '节' => Some((10, len + '条'.len_utf8())),
                '，' | ',' | '、' => Some((12, len)),
                // 第一阶段（3月至5月）：… keeps its words, which hold the time.
                '阶' if text[len..].starts_with("阶段") && text[len + "阶段".len()..].starts_with(['（', '(', '：', '，']) => Some((22, 0)),
                '件' if text[len..].starts_with("件事，") => Some((12, len + "件事，".len())),
                '个' if text[len..].starts_with("个方面，") => Some((12, len + "个方面，".len())),
                _ => None,
            }
        }
        '（' | '(' => {
            let number = numeral_at(&text[first.len_utf8()..])?;
            let len = first.len_utf8() + number.len;
            let close = after(len).filter(|c| matches!(c, '）' | ')'))?;
            Some((if number.is_chinese { 20 } else { 40 }, len + close.len_utf8()))
        }
        _ => {
            // Read digit by digit: in 11.2023年 the point is no decimal point.
            let digits: usize = text.chars().take_while(|&c| arabic_digit(c).is_some()).map(char::len_utf8).sum();
            let number = match digits {
                0 => numeral_at(text).filter(|n| n.value.is_some())?,
                len => Numeral { value: None, len, is_chinese: false },
            };
            let mark = after(number.len)?;
            let len = number.len + mark.len_utf8();
            let is_decimal = || text[len..].chars().next().is_some_and(|c| arabic_digit(c).is_some()) && !starts_with_year(&text[len..]);
            match mark {
                '、' if number.is_chinese => Some((10, len)),
                '是' | '要' if number.is_chinese && number.len <= 6 => Some((INLINE, len)),
                '、' | '．' if !number.is_chinese => Some((30, len)),
                '.' if !number.is_chinese && number.len <= 2 && !is_decimal() => Some((30, len)),
                '）' | ')' if !number.is_chinese => Some((40, len)),
                _ => None,
            }
        }
    }
}

/// 3月：, 9月份： at the head of a line, before what is planned for it.
fn month_label(spoken: &str, mark: Option<char>) -> Option<(u8, usize)> {
    let number = numeral_at(spoken)?;
    let is_month = matches!(&spoken[number.len..], "月" | "月份") && matches!(mark, Some('：' | ':'));
    is_month.then_some((LISTED, spoken.len()))
}

/// 1.2023年度, 2.6月底前: a year, a month or a long number after the point, so the point belongs to the enumerator.
fn starts_with_year(text: &str) -> bool {
    let n_digits = text.chars().take_while(|&c| arabic_digit(c).is_some()).count();
    n_digits >= 3 || numeral_at(text).is_some_and(|n| text[n.len..].starts_with('月'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        clauses(text, 0..text.len()).into_iter().map(|c| &text[c.start..c.end]).collect()
    }

    #[test]
    fn splits_at_marks_but_not_in_brackets_and_numbers() {
        assert_eq!(split("建档，更新；达到1,200元。"), ["建档", "更新", "达到1,200元"]);
        assert_eq!(split("各支部（含东区，西区）于17:00前报送"), ["各支部（含东区，西区）于17:00前报送"]);
    }

    #[test]
    fn knows_enumerators() {
        let level = |text| enumerator(text).map(|(level, _)| level);
        assert_eq!(level("一、总体要求"), Some(10));
        assert_eq!(level("（二）重点"), Some(20));
        assert_eq!(level("3.建章"), Some(30));
        assert_eq!(level("1.2023年度事项"), Some(30));
        assert_eq!(level("一是抓"), Some(60));
        assert_eq!(level("3.5万元"), None);
        assert_eq!(level("一季度一次"), None);
    }

    #[test]
    fn hangs_items_under_items() {
        let text = "关于测试的通知\n各支部：\n一、目标\n（一）建强。一是抓学习。二是抓作风。\n二、保障\n";
        let layout = layout(text);
        let levels: Vec<_> = layout.items.iter().map(|i| (i.level, i.parent)).collect();
        assert_eq!(levels, [(10, None), (20, Some(0)), (60, Some(1)), (60, Some(1)), (10, None)]);
    }
}
