//! Which of a list of named things a demand speaks of: an indicator, a mechanism, by the words of its name and of its source.

use std::collections::HashMap;

use crate::likeness::{Pairs, pairs};

/// Named things, ready to be looked up by the words of a demand.
#[derive(Debug, Clone)]
pub struct Catalogue {
    entries: Vec<Vec<Phrase>>,
    /// How telling a pair of characters is: one that stands in few entries says more than 党员 or 支部.
    weights: HashMap<(char, char), f64>,
}

/// One of several wordings of an entry (网格党建；党小组覆盖网格).
#[derive(Debug, Clone)]
struct Phrase {
    pairs: Pairs,
    /// What it counts for: a name whole, a remark in its brackets or a source's sentence less.
    worth: f64,
}

/// How well a demand fits, 0–1, from which on an entry is proposed.
const FIT_MIN: f64 = 0.62;

impl Catalogue {
    /// From names and, where there is one, the words of their source.
    pub fn new<'t>(entries: impl IntoIterator<Item = (&'t str, Option<&'t str>)>) -> Self {
        let entries: Vec<Vec<Phrase>> = entries
            .into_iter()
            .map(|(name, source)| {
                let phrases = |text: &str, worth: f64| -> Vec<Phrase> {
                    wordings(text).map(|(it, is_remark)| Phrase { pairs: pairs(it), worth: if is_remark { worth * 0.85 } else { worth } }).collect()
                };
                let mut all = phrases(name, 1.0);
                all.extend(phrases(source.unwrap_or_default(), 0.9));
                all.retain(|phrase| !phrase.pairs.is_empty());
                all
            })
            .collect();
        let mut n_entries: HashMap<(char, char), usize> = HashMap::new();
        for entry in &entries {
            let all: Pairs = entry.iter().flat_map(|phrase| phrase.pairs.iter().copied()).collect();
            for pair in all {
                *n_entries.entry(pair).or_default() += 1;
            }
        }
        let total = entries.len() as f64;
        let weights = n_entries.into_iter().map(|(pair, n)| (pair, (1.0 + total / n as f64).ln())).collect();
        Self { entries, weights }
    }

    /// Indices of the entries that a demand's words fit, the best first, with how well they fit.
    pub fn fitting(&self, words: &str) -> Vec<(usize, f64)> {
        let said = pairs(words);
        let mut found: Vec<(usize, f64, f64)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(i, entry)| {
                let best = entry.iter().map(|phrase| self.fit(phrase, &said)).max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
                // Of two entries with the same wording, the one of which more is said.
                let whole: Pairs = entry.iter().flat_map(|phrase| phrase.pairs.iter().copied()).collect();
                let coverage = whole.intersection(&said).count() as f64 / whole.len().max(1) as f64;
                (best.0 >= FIT_MIN).then_some((i, (best.0 + 0.1 * coverage).min(1.0), best.1))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.total_cmp(&a.2)).then(a.0.cmp(&b.0)));
        found.into_iter().map(|(i, fit, _)| (i, fit)).collect()
    }

    /// The weighted share of the phrase that is said, less for short phrases; and the weight said.
    fn fit(&self, phrase: &Phrase, said: &Pairs) -> (f64, f64) {
        let weight = |pair: &(char, char)| self.weights.get(pair).copied().unwrap_or_default();
        let whole: f64 = phrase.pairs.iter().map(weight).sum();
        let shared: Vec<f64> = phrase.pairs.intersection(said).map(weight).collect();
        let heard: f64 = shared.iter().sum();
        let share = if whole > 0.0 { heard / whole } else { 0.0 };
        // One pair in common may be chance, four are not; a rare word said in full (党课) is none either.
        let certainty = 1.0 - 0.5_f64.powi(i32::try_from(shared.len()).unwrap_or(i32::MAX));
        let tells = shared.len() > 1 || self.entries.len() <= 40;
        let is_rare = tells && heard >= shared.len() as f64 * 0.6 * (1.0 + self.entries.len() as f64).ln();
        let certainty = if share >= 1.0 && is_rare { certainty.max(0.7) } else { certainty };
        (share * certainty * phrase.worth, heard)
    }
}

/// Characters of a remark in brackets that names something by itself: （党组织） only says whose.
const REMARK_MIN: usize = 4;

/// The wordings a name is made of, and the name as a whole; with each whether it stands in brackets.
fn wordings(text: &str) -> impl Iterator<Item = (&str, bool)> {
    const MARKS: [char; 14] = ['、', '；', '，', '：', '（', '）', '／', '“', '”', '—', '＋', '(', ')', '/'];
    let opens = text.find(['（', '(']).unwrap_or(text.len());
    let parts = text.split(MARKS).map(move |part| (part, part.as_ptr() as usize - text.as_ptr() as usize > opens));
    let says = |it: &str, is_remark: bool| !it.trim().is_empty() && (!is_remark || it.trim().chars().count() >= REMARK_MIN);
    std::iter::once((text, false)).chain(parts).filter(move |(it, is_remark)| says(it, *is_remark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_words_decide() {
        let names = [("按季召开支部党员大会", None), ("按月开展主题党日", None), ("软弱涣散整顿：整顿方案、销号管理", None), ("党员到会率", None)];
        let catalogue = Catalogue::new(names);
        let best = |words: &str| catalogue.fitting(words).first().map(|(i, _)| *i);
        assert_eq!(best("每个支部每月开展一次主题党日活动"), Some(1));
        assert_eq!(best("支部党员大会每季度至少召开1次"), Some(0));
        assert_eq!(best("对软弱涣散党组织逐一制定整顿方案"), Some(2));
        assert_eq!(best("党建经费纳入财政预算"), None);
    }

    #[test]
    fn a_remark_of_whose_it_is_names_nothing() {
        let names = [("校长负责制（党组织）", None), ("院长负责制（党组织领导）", None), ("按月开展主题党日", None)];
        let catalogue = Catalogue::new(names);
        for words in ["村党组织书记轮训一遍", "把3个规模以上企业的党组织建起来"] {
            assert_eq!(catalogue.fitting(words), [], "{words}");
        }
        assert_eq!(catalogue.fitting("落实党组织领导的院长负责制").first().map(|(i, _)| *i), Some(1));
    }
}
