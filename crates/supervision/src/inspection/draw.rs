//! A random sample (随机抽查): the population is frozen and its fingerprint made public first, the seed comes afterwards from two
//! people or a public number, and the order is that of SM3(seed ‖ organisation code): anyone can run it again without this program.

use std::collections::BTreeSet;

/// The organisations out of which a sample is drawn, by code: each once, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population(Vec<String>);

impl Population {
    /// Freezes it.
    #[must_use]
    pub fn new(codes: impl IntoIterator<Item = String>) -> Self {
        Self(codes.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// The codes, in ascending order.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        &self.0
    }

    /// What is made public before there is a seed: SM3 of the codes, a line each.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        store::digest(self.0.iter().map(|code| format!("{code}\n")).collect::<String>().as_bytes())
    }
}

/// The seed that two people make together, each without knowing the other's part, or that a public number gives; as it is written
/// down beside the draw: its parts with a plus sign between them.
#[must_use]
pub fn seed_of(parts: &[&str]) -> String {
    parts.iter().map(|part| part.trim()).collect::<Vec<_>>().join("+")
}

/// One drawn organisation: where it comes in the order, and why it was set aside, if so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// From 1.
    pub rank: usize,
    /// SM3(seed ‖ code), by which it has its place.
    pub key: String,
    pub code: String,
    /// Set aside: the reason stays on record, and the next one takes its place.
    pub aside: Option<String>,
}

/// Everything that was drawn until `n` were taken, those set aside among them, in the order of their keys.
#[must_use]
pub fn draw(population: &Population, seed: &str, n: usize, aside: impl Fn(&str) -> Option<String>) -> Vec<Drawn> {
    let mut order: Vec<(String, &String)> = population.0.iter().map(|code| (store::digest(format!("{seed}{code}").as_bytes()), code)).collect();
    order.sort_unstable();
    let mut drawn = Vec::new();
    let mut n_taken = 0;
    for (at, (key, code)) in order.into_iter().enumerate() {
        if n_taken == n {
            break;
        }
        let aside = aside(code);
        n_taken += usize::from(aside.is_none());
        drawn.push(Drawn { rank: at + 1, key, code: code.clone(), aside });
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population(n: usize) -> Population {
        Population::new((0..n).map(|i| format!("P99010110{i:03}")))
    }

    fn taken(population: &Population, seed: &str, n: usize) -> Vec<String> {
        draw(population, seed, n, |_| None).into_iter().map(|drawn| drawn.code).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_sample_in_whatever_order_the_codes_came() {
        let one = population(40);
        let other = Population::new((0..40).rev().chain(5..9).map(|i| format!("P99010110{i:03}")));
        assert_eq!((one.fingerprint(), taken(&one, "甲31+乙27", 6)), (other.fingerprint(), taken(&other, "甲31+乙27", 6)));
        assert_ne!(taken(&one, "甲31+乙28", 6), taken(&one, "甲31+乙27", 6));
        assert_ne!(population(41).fingerprint(), one.fingerprint(), "one more is another population");
        assert_eq!(seed_of(&[" 甲31 ", "乙27"]), "甲31+乙27");
    }

    #[test]
    fn a_larger_sample_begins_with_the_smaller_and_what_is_set_aside_stays_on_record() {
        let all = population(30);
        let (five, nine) = (taken(&all, "s", 5), taken(&all, "s", 9));
        assert_eq!(nine[..5], five);
        let without = draw(&all, "s", 5, |code| (code == five[1]).then(|| "上月刚整顿销号".to_owned()));
        assert_eq!(without.len(), 6, "the next one takes its place");
        assert_eq!(without[1].aside.as_deref(), Some("上月刚整顿销号"));
        assert_eq!(without.iter().map(|drawn| drawn.rank).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(without[5].code, nine[5]);
        assert_eq!(draw(&all, "s", 50, |_| None).len(), 30, "no more than there are");
    }

    /// The key as anybody computes it: `printf '%s%s' SEED CODE | openssl dgst -sm3`.
    #[test]
    fn the_key_is_the_published_one() {
        let drawn = draw(&Population::new(["c".to_owned()]), "ab", 1, |_| None);
        // SM3 of `abc`, the first example of GB/T 32905—2016.
        assert_eq!(drawn[0].key, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    /// Over many seeds everybody is drawn as often, and stands first as often: chi-square within what chance allows.
    #[test]
    fn everybody_is_drawn_as_often() {
        const N: usize = 20;
        const TAKEN: usize = 5;
        const SEEDS: u32 = 8_000;
        let all = population(N);
        let (mut drawn, mut first) = ([0_u32; N], [0_u32; N]);
        let at = |code: &String| all.codes().binary_search(code).expect("it is of the population");
        for seed in 0..SEEDS {
            let codes = taken(&all, &format!("公开号码{seed}"), TAKEN);
            first[at(&codes[0])] += 1;
            for code in &codes {
                drawn[at(code)] += 1;
            }
        }
        let square = |counts: &[u32; N], expected: f64| counts.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum::<f64>();
        // Drawn without putting back, the sum is smaller by (N − n) / (N − 1).
        let of_drawn = square(&drawn, f64::from(SEEDS) * 5.0 / 20.0) * 19.0 / 15.0;
        let of_first = square(&first, f64::from(SEEDS) / 20.0);
        // 19 degrees of freedom: 5.4 and 43.8 are passed by chance once in a thousand times each.
        for (what, value) in [("drawn", of_drawn), ("first", of_first)] {
            assert!(value > 5.4 && value < 43.8, "{what}: {value}");
        }
    }
}
