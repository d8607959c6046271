//! Where a title's lines break: between words, into lines of like length, shaped as trapezium or rhombus.
//!
//! Source: GB/T 9704-2012 7.3.1 (回行时做到词意完整、排列对称、长短适宜、间距恰当，排列使用梯形或菱形).

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words titles of official documents are made of; one per blank.
const WORDS: &str = include_str!("title_words.txt");

static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect());

const WORD_LEN_MAX: usize = 7;
const NEVER: u32 = 1_000_000;
/// Nothing may begin or end a line with these.
const NOT_FIRST: &str = "、，。；：？！）》〉」』”’〕】％%,.;:!?)]}";
const NOT_LAST: &str = "（《〈「『“‘〔【([{";
/// Numbers cling to these.
const COUNTED: &str = "年月日届次号个项名条第期批季周级类％%";
/// The name of an office ends here.
const OFFICE_ENDS: &str = "部局委会办厅院校站所";
/// Words that lean on what follows and must not end a line.
const DANGLING: [&str; 22] = [
    "关于",
    "和",
    "与",
    "及",
    "暨",
    "对",
    "在",
    "为",
    "以",
    "向",
    "印发",
    "转发",
    "进一步",
    "切实",
    "扎实",
    "全面",
    "深入",
    "抓",
    "促",
    "强",
    "争",
    "创",
];
/// Words of one character that begin what follows: 抓基层, 促发展.
const LEADING: &str = "抓促强争创";

/// The lines of a title, each at most `chars_per_line` full characters wide (ASCII counts half). A title that fits
/// in one line stays whole; a line feed in the title is a break that is kept.
#[must_use]
pub fn balance_title(title: &str, chars_per_line: usize) -> Vec<String> {
    let chars_per_line = chars_per_line.max(2);
    let parts = title.split('\n').map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(|part| balance_part(part, chars_per_line)).collect()
}

fn balance_part(title: &str, chars_per_line: usize) -> Vec<String> {
    let characters: Vec<char> = title.chars().collect();
    let limit = chars_per_line * 2;
    let total: usize = characters.iter().map(|it| halves(*it)).sum();
    if total <= limit {
        return vec![title.to_owned()];
    }
    let penalties = break_penalties(&characters, limit);
    let least = total.div_ceil(limit);
    // One line more than necessary when that spares a word.
    let candidates = (least..=least + 1).filter_map(|n_lines| {
        let (cost, breaks) = best_breaks(&characters, &penalties, n_lines, limit)?;
        Some((cost + if n_lines > least { 60 } else { 0 }, breaks))
    });
    let Some((_, breaks)) = candidates.min_by_key(|(cost, _)| *cost) else {
        return cut_anywhere(&characters, limit);
    };
    let ends = breaks.iter().skip(1).copied().chain([characters.len()]);
    breaks.iter().zip(ends).map(|(from, until)| characters[*from..until].iter().collect::<String>().trim().to_owned()).collect()
}

fn halves(character: char) -> usize {
    if character.is_ascii() { 1 } else { 2 }
}

/// What it costs to break before each character; `NEVER` where it must not be.
fn break_penalties(characters: &[char], limit: usize) -> Vec<u32> {
    let words = words_of(characters);
    let mut penalties: Vec<u32> = (0..characters.len()).map(|index| if index == 0 { 0 } else { break_penalty(characters, &words, index) }).collect();
    spare_brackets(characters, limit, &mut penalties);
    penalties
}

fn break_penalty(characters: &[char], words: &[(usize, usize)], index: usize) -> u32 {
    let (before, after) = (characters[index - 1], characters[index]);
    let is_counted =
        before.is_ascii_digit() && COUNTED.contains(after) || before == '第' && (after.is_ascii_digit() || "一二三四五六七八九十".contains(after));
    let is_latin = before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
    if NOT_FIRST.contains(after) || NOT_LAST.contains(before) || is_counted || is_latin {
        return NEVER;
    }
    // The word that the character before belongs to, and whether it goes on.
    let (from, until) = words.iter().rfind(|(from, _)| *from < index).copied().unwrap_or((0, 0));
    if index < until {
        return 400;
    }
    let last_word: String = characters[from..until].iter().collect();
    if after == '的' {
        300
    } else if characters[index..].starts_with(&['关', '于']) {
        0
    } else if DANGLING.contains(&last_word.as_str()) {
        120
    } else if OFFICE_ENDS.contains(before) || "、的年》”）".contains(before) || LEADING.contains(after) {
        15
    } else if until - from > 1 && words.iter().any(|(from, until)| *from == index && until - from > 1) {
        20
    } else {
        90
    }
}

/// What stands in brackets or quotes stays together where it fits into a line.
fn spare_brackets(characters: &[char], limit: usize, penalties: &mut [u32]) {
    let mut open: Vec<usize> = Vec::new();
    for (index, character) in characters.iter().enumerate() {
        if "《“（〔【".contains(*character) {
            open.push(index);
        } else if "》”）〕】".contains(*character)
            && let Some(begin) = open.pop()
        {
            let width: usize = characters[begin..=index].iter().map(|it| halves(*it)).sum();
            if width <= limit {
                penalties[begin + 1..=index].iter_mut().for_each(|it| *it = it.saturating_add(100).min(NEVER));
            }
        }
    }
}

/// The known words of a title, longest first at each place: from, until. Characters of no word stand alone.
fn words_of(characters: &[char]) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut from = 0;
    while from < characters.len() {
        let longest = (2..=WORD_LEN_MAX.min(characters.len() - from)).rev().find(|length| {
            let word: String = characters[from..from + length].iter().collect();
            KNOWN.contains(word.as_str())
        });
        let until = from + longest.unwrap_or(1);
        words.push((from, until));
        from = until;
    }
    words
}

/// The cheapest way into `n_lines` lines: its cost, and where each line begins. `None` when there is no way.
fn best_breaks(characters: &[char], penalties: &[u32], n_lines: usize, limit: usize) -> Option<(u32, Vec<usize>)> {
    let total: usize = characters.iter().map(|it| halves(*it)).sum();
    shapes(total, n_lines).iter().filter_map(|lengths| shaped_breaks(characters, penalties, lengths, limit)).min_by_key(|(cost, _)| *cost)
}

/// Lengths of lines (in half characters) that look well together: each longer by two than the one above, each
/// shorter, and with three lines or more the middle ones longest.
fn shapes(total: usize, n_lines: usize) -> Vec<Vec<i64>> {
    let (total, n) = (i64::try_from(total).unwrap_or(i64::MAX), i64::try_from(n_lines).unwrap_or(i64::MAX));
    let average = total / n;
    let sloped = |step: i64| (0..n).map(|line| average + step * (2 * line - (n - 1)) / 2).collect::<Vec<_>>();
    let mut shapes = vec![sloped(4), sloped(-4), sloped(0)];
    if n > 2 {
        let bulge = |line: i64| 4 * line.min(n - 1 - line);
        let mean = (0..n).map(bulge).sum::<i64>() / n;
        shapes.push((0..n).map(|line| average - mean + bulge(line)).collect());
    }
    shapes
}

fn shaped_breaks(characters: &[char], penalties: &[u32], lengths: &[i64], limit: usize) -> Option<(u32, Vec<usize>)> {
    let n = characters.len();
    let mut widths = vec![0; n + 1];
    for (index, character) in characters.iter().enumerate() {
        widths[index + 1] = widths[index] + halves(*character);
    }
    // The cheapest way to have broken before each character after the lines so far, and its last line's beginning.
    let mut reached: Vec<Vec<Option<(u32, usize)>>> = vec![vec![None; n + 1]; lengths.len() + 1];
    reached[0][0] = Some((0, 0));
    for (line, length) in lengths.iter().enumerate() {
        for from in 0..n {
            let Some((cost, _)) = reached[line][from] else {
                continue;
            };
            for until in from + 1..=n {
                let width = widths[until] - widths[from];
                if width > limit {
                    break;
                }
                let penalty = if until == n { 0 } else { penalties[until] };
                if penalty >= NEVER {
                    continue;
                }
                let off = u32::try_from((i64::try_from(width).unwrap_or(i64::MAX) - length).abs()).unwrap_or(NEVER);
                let cost = cost + penalty + off * off;
                if reached[line + 1][until].is_none_or(|(known, _)| cost < known) {
                    reached[line + 1][until] = Some((cost, from));
                }
            }
        }
    }
    let (cost, _) = reached[lengths.len()][n]?;
    let mut breaks = Vec::new();
    let mut until = n;
    for line in (1..=lengths.len()).rev() {
        let (_, from) = reached[line][until]?;
        breaks.push(from);
        until = from;
    }
    breaks.reverse();
    Some((cost, breaks))
}

/// For what cannot be broken well, such as one long word of Latin letters.
fn cut_anywhere(characters: &[char], limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut width = 0;
    for character in characters {
        if width + halves(*character) > limit {
            lines.push(String::new());
            width = 0;
        }
        width += halves(*character);
        if let Some(line) = lines.last_mut() {
            line.push(*character);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_break_between_words() {
        let check = |title: &str, expected: &str| {
            assert_eq!(balance_title(title, 20).join("/"), expected, "{title}");
            assert_eq!(expected.replace('/', ""), title);
        };
        check("工作方案", "工作方案");
        check("中共衢州市委组织部关于印发《2026年全市基层党建工作要点》的通知", "中共衢州市委组织部关于印发《2026年/全市基层党建工作要点》的通知");
        check("关于开展2026年度党组织书记抓基层党建工作述职评议考核的通知", "关于开展2026年度党组织书记/抓基层党建工作述职评议考核的通知");
        check("关于进一步加强和改进全市机关事业单位党员教育管理工作的实施意见", "关于进一步加强和改进全市机关事业单位/党员教育管理工作的实施意见");
        check(
            "衢州市柯城区新新街道关于软弱涣散基层党组织集中整顿工作情况的报告",
            "衢州市柯城区新新街道关于软弱涣散/基层党组织集中整顿工作情况的报告",
        );
        check(
            "中共衢州市柯城区委组织部衢州市柯城区财政局关于进一步规范村级集体经济收入管理的通知",
            "中共衢州市柯城区委组织部/衢州市柯城区财政局关于进一步规范/村级集体经济收入管理的通知",
        );
        check("关于印发《党支部标准化规范化建设考核办法（试行）》的通知", "关于印发《党支部标准化规范化/建设考核办法（试行）》的通知");
    }

    #[test]
    fn every_line_fits_and_nothing_is_lost() {
        let title = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ".repeat(2);
        for title in [title.as_str(), "、、、、、、、、、、、、、、、、、、、、、、、、", "一", ""] {
            for limit in [2, 5, 20] {
                let lines = balance_title(title, limit);
                assert_eq!(lines.concat(), title);
                assert!(lines.iter().all(|line| line.chars().map(halves).sum::<usize>() <= limit * 2));
            }
        }
        assert_eq!(balance_title("某市\n关于表彰的决定", 20), ["某市", "关于表彰的决定"]);
    }
}
