//! How much two demands speak of the same thing: the words they share, whatever their numbers and dates.

use std::collections::HashSet;

use crate::numerals::is_numeric;

/// Pairs of neighbouring characters.
pub(crate) type Pairs = HashSet<(char, char)>;

/// The pairs of neighbouring characters that carry the matter of a demand.
#[derive(Clone, Debug)]
pub(crate) struct Matter(Pairs);

/// Words that bind, count or date and say nothing about the matter.
const BINDING: [&str; 40] = [
    "不少于",
    "不低于",
    "不超过",
    "不得低于",
    "不得少于",
    "不得超过",
    "至少",
    "达到",
    "以上",
    "以内",
    "左右",
    "全部",
    "全面",
    "实现",
    "完成",
    "开展",
    "组织开展",
    "做好",
    "进行",
    "按照",
    "原则上",
    "一般",
    "确保",
    "力争",
    "底前",
    "年底",
    "年内",
    "全年",
    "每年",
    "每季度",
    "每月",
    "每半年",
    "每名",
    "每个",
    "按期",
    "应当",
    "其中",
    "并且",
    "再次",
    "务必",
];

/// What they begin with: most characters begin none of them.
const BINDING_STARTS: &str = "不至达以左全实完开组做进按原一确力底年每应其并再务";

/// Single characters that do the same.
const PARTICLES: &str = "的了和与及等对将把在于要须应当请各每由为就并且都均前底内上";

/// What may stand between a number and the word it counts.
const MEASURES: &str = "个名项场期家份处篇次条轮遍户件万元年月日季度周天种批所支";

impl Matter {
    /// The matter of a demand's words.
    pub fn of(words: &str) -> Self {
        Self(pairs(words))
    }

    /// Share of what both say, 0–1 (Dice).
    pub fn likeness(&self, other: &Self) -> f64 {
        let n = self.0.len() + other.0.len();
        if n == 0 { 0.0 } else { 2.0 * self.0.intersection(&other.0).count() as f64 / n as f64 }
    }

    /// Share of the shorter that the longer says too, 0–1: 培训时间 within 以乡镇为主的培训时间.
    pub fn containment(&self, other: &Self) -> f64 {
        let n = self.0.len().min(other.0.len());
        if n == 0 { 0.0 } else { self.0.intersection(&other.0).count() as f64 / n as f64 }
    }
}

/// The telling pairs of a text.
pub(crate) fn pairs(words: &str) -> Pairs {
    let mut found = Pairs::new();
    let mut previous = None;
    let mut alone = None;
    let mut n = 0;
    let mut after_number = false;
    let mut rest = words;
    while let Some(c) = rest.chars().next() {
        // Longer words first, for 不得少于 holds 少于.
        if BINDING_STARTS.contains(c)
            && let Some(word) = BINDING.iter().filter(|word| rest.starts_with(**word)).max_by_key(|word| word.len())
        {
            rest = &rest[word.len()..];
            (previous, after_number) = (None, false);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        // 三定三包 is a name, 三名 a number.
        let is_named = is_numeric(c) && !c.is_ascii_digit() && rest.chars().next().is_some_and(|next| !MEASURES.contains(next) && !is_numeric(next));
        if !is_named && (is_numeric(c) || matches!(c, '%' | '％' | '.')) {
            after_number = true;
            continue;
        }
        if !c.is_alphabetic() || PARTICLES.contains(c) || after_number && MEASURES.contains(c) {
            continue;
        }
        after_number = false;
        if let Some(before) = previous {
            found.insert((before, c));
        }
        (previous, alone) = (Some(c), Some(c));
        n += 1;
    }
    // A single word of one character is its own pair.
    if n == 1 {
        found.extend(alone.map(|c| (c, c)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(one: &str, other: &str) -> f64 {
        Matter::of(one).likeness(&Matter::of(other))
    }

    #[test]
    fn numbers_and_dates_do_not_count() {
        assert!(likeness("6月底前发展党员30名", "年内要发展党员不少于45名") > 0.99);
        assert!(likeness("党员集中轮训覆盖率达到95%", "党员集中轮训的覆盖率不低于98%") > 0.99);
    }

    #[test]
    fn other_matters_are_unlike() {
        assert!(likeness("石桥镇42名", "白马乡36名") < 0.2);
        assert!(likeness("每季度上一次党课", "每季度召开一次党员大会") < 0.4);
    }
}
