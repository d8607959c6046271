//! What holds for the whole document: its year and its field.

use crate::deadline::{Due, ymd};
use crate::numerals::{Cursor, arabic_digit};
use crate::scope::{Named, Scope, counts, named};
use crate::structure::Layout;
use crate::words::{has_any, n_chars};

/// The document's year and field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub year: Option<i32>,
    /// Month of the sign-off or of the meeting, when it dates the document.
    pub month: Option<u32>,
    pub scope: Scope,
}

/// Reads both from title, addressee and sign-off first, then from the body.
pub(crate) fn frame(text: &str, layout: &Layout) -> Frame {
    let month = sign_off_month(text, layout).or_else(|| meeting_month(text, layout));
    Frame { year: year(text, layout), month, scope: scope(text, layout) }
}

impl Frame {
    /// A month well before the sign-off, given without a year, lies in the next year: 1月15日前 in a notice of November.
    pub fn settle(&self, spoken: &str, due: Due) -> Due {
        let (Some(year), Some(signed)) = (self.year, self.month) else {
            return due;
        };
        if let Some(value) = named_month(&due.value, year, signed) {
            return Due { value, ..due };
        }
        let month = due.value.strip_prefix(&format!("{year:04}-")).and_then(|rest| rest.get(..2)).and_then(|m| m.parse::<u32>().ok());
        let states_year = ["今年", "本年", "当年", "上半年", "季度"].iter().any(|w| spoken.contains(w)) || spoken.contains(&year.to_string());
        match month {
            Some(month) if month + 3 <= signed && !states_year => {
                Due { value: due.value.replacen(&format!("{year:04}"), &format!("{:04}", year + 1), 1), ..due }
            }
            _ => due,
        }
    }
}

/// 本月25日前, 月底前, 下个月底 in a paper of a known month.
fn named_month(value: &str, year: i32, signed: u32) -> Option<String> {
    let (rest, passed) = match value {
        "月底前" => ("底前", 0),
        _ => value
            .strip_prefix("本月")
            .map(|rest| (rest, 0))
            .or_else(|| value.strip_prefix("下个月").or_else(|| value.strip_prefix("下月")).map(|rest| (rest, 1)))?,
    };
    let (year, month) = if signed + passed > 12 { (year + 1, 1) } else { (year, signed + passed) };
    let day = match rest.chars().next()? {
        '上' | '初' => Some(10),
        '中' => Some(20),
        _ => Cursor::new(rest, 0).whole(1, 31),
    };
    Some(ymd(Some(year), month, day))
}

/// A speech or minutes give their day at the top: （2024年7月18日）, 2025年6月11日，…主持召开.
fn meeting_month(text: &str, layout: &Layout) -> Option<u32> {
    let opening = layout.sentences.first().map_or(layout.preface.end, |sentence| sentence.range().end);
    let lines = text[..opening].lines().filter(|line| n_chars(line) <= 24 || has_any(line, &["召开", "主持"]));
    lines.filter_map(day_month).next()
}

/// The month of the first full date of a line.
fn day_month(line: &str) -> Option<u32> {
    line.match_indices('年').find_map(|(at, word)| {
        let is_year = line[..at].ends_with(|c: char| c.is_ascii_digit());
        let mut cursor = Cursor::new(line, at + word.len());
        let month = cursor.whole(1, 12).filter(|_| is_year && cursor.eat("月"))?;
        cursor.whole(1, 31)?;
        cursor.eat("日").then_some(month)
    })
}

fn sign_off_month(text: &str, layout: &Layout) -> Option<u32> {
    let closing = &text[layout.closing.clone()];
    let at = closing.rfind('年')?;
    let year = years(closing).last().copied()?;
    let mut cursor = Cursor::new(closing, at + '年'.len_utf8());
    let month = cursor.whole(1, 12)?;
    closing[..at].ends_with(&year.to_string()).then_some(month)
}

/// The sign-off dates the document; failing that its title, then the first year the body states.
fn year(text: &str, layout: &Layout) -> Option<i32> {
    let closing = &text[layout.closing.clone()];
    let preface = &text[layout.preface.clone()];
    let titles = preface.lines().filter(|line| !line.trim_start().starts_with('-'));
    let body = &text[layout.preface.end..layout.closing.start];
    // The last sign-off year wins: an annex line before it may name another.
    years(closing)
        .last()
        .copied()
        .or_else(|| titles.clone().find_map(|line| years(line).first().copied()))
        .or_else(|| titles.clone().find_map(number_year))
        .or_else(|| most_named(&years(body)))
}

/// 〔2026〕2号: the year in the number of the paper.
fn number_year(line: &str) -> Option<i32> {
    let (_, number) = line.split_once(['〔', '［', '['])?;
    let (year, rest) = number.split_once(['〕', '］', ']'])?;
    let year = year.parse().ok().filter(|year| (1990..=2100).contains(year))?;
    (n_chars(line) <= 30 && rest.contains('号')).then_some(year)
}

/// The year named most often; of several, the first.
fn most_named(years: &[i32]) -> Option<i32> {
    years.iter().rev().copied().max_by_key(|year| years.iter().filter(|other| *other == year).count())
}

/// Years written 2024年, 〔2024〕 or 2024-05-01, in text order.
fn years(text: &str) -> Vec<i32> {
    let mut found = Vec::new();
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        // 到2028年 is where the document is going, not where it stands.
        if matches!(c, '1' | '2' | '二') && arabic_digit(previous).is_none() && !matches!(previous, '到' | '至') {
            let mut cursor = Cursor::new(text, at);
            if let Some(year) = cursor.whole(1990, 2100)
                && (cursor.rest().starts_with(['年', '-', '—']))
                && let Ok(year) = i32::try_from(year)
            {
                found.push(year);
            }
        }
        previous = c;
    }
    found
}

fn scope(text: &str, layout: &Layout) -> Scope {
    let preface: String = text[layout.preface.clone()].lines().filter(|line| !line.trim_start().starts_with('-')).collect();
    let closing = &text[layout.closing.clone()];
    let edges = format!("{preface}{closing}");
    // Who writes and what about says more than to whom: 各二级学院、机关各支部 are all of one school.
    let issuer: String = text[layout.preface.clone()]
        .lines()
        .filter(|line| !line.trim_start().starts_with('-') && !line.trim_end().ends_with(['：', ':']))
        .chain(closing.lines())
        .collect();
    match named(&edges) {
        // 机关各党支部 of a company are of the company.
        Named::One(Scope::PublicOffice) if has_any(&issuer, &["有限公司", "有限责任公司", "集团公司", "股份公司"]) => {
            return Scope::StateEnterprise;
        }
        Named::One(scope) => return scope,
        Named::Several => {
            // Only a house of one kind speaks for all it writes to; a committee's subject does not.
            let house = named(&issuer);
            let is_house = matches!(house, Named::One(Scope::School | Scope::Hospital | Scope::StateEnterprise));
            if let (true, Named::One(scope)) = (is_house, house) {
                return scope;
            }
            // 关于加强新就业群体党建工作的意见 to all streets: of one matter, unless the title joins it to another.
            let title: String = text[layout.preface.clone()].lines().filter(|line| line.trim_start().starts_with("关于")).collect();
            return match named(&title) {
                Named::One(scope) if !title.contains(['和', '、', '暨']) => scope,
                _ => Scope::General,
            };
        }
        Named::Nothing
            if has_any(
                &edges,
                &["集团所属", "本集团", "总公司", "分公司", "公司党委", "有限公司", "有限责任公司", "集团公司", "股份公司", "（集团）", "集团党委"],
            ) =>
        {
            return Scope::StateEnterprise;
        }
        Named::Nothing => {}
    }
    // Nothing at the edges: one field that carries nearly all mentions in the body.
    let body = &text[layout.preface.end..layout.closing.start];
    // The first pages tell as much as the whole.
    let counts = counts(body.char_indices().nth(6_000).map_or(body, |(at, _)| &body[..at]));
    let total: usize = counts.iter().map(|(_, n)| n).sum();
    counts.into_iter().find(|&(_, n)| n >= 4 && n * 5 >= total * 4).map_or(Scope::General, |(scope, _)| scope)
}
