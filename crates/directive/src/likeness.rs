//! How much two demands speak of the same thing: the words they share, whatever their numbers and dates.

use std::collections::HashSet;

use crate::numerals::is_numeric;

/// Pairs of neighbouring characters.
pub(crate) type Pairs = HashSet<(char, char)>;

/// The pairs of neighbouring characters that carry the matter of a demand.
#[derive(Clone, Debug)]
pub(crate) struct Matter(Pairs);

/// Characters that bind, count or date and say nothing about the matter.
const BINDING: &str = "的了和与及等对将把在于要须应当请各每全至少不低达到超过以上下内外前后底末初年月日季度旬次个名项场期家份处篇确保力争实现完成开展组织做好进行按照原则一般左右均都并且其中由为就";

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
    let kept: Vec<char> = words.chars().filter(|&c| c.is_alphabetic() && !is_numeric(c) && !BINDING.contains(c)).collect();
    let pairs = kept.windows(2).map(|pair| (pair[0], pair[1]));
    // A single word of one character is its own pair.
    let single = if kept.len() == 1 { kept.first().map(|&c| (c, c)) } else { None };
    pairs.chain(single).collect()
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
