//! What a demand may be bound to: the indicator and the mechanism of the packs whose words it uses. Pure.

use policy::{Key, Pack};

use super::progress::bindable;

/// An entry of the packs that fits a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitting {
    pub key: Key,
    pub name: String,
}

/// The indicators that the system counts and the mechanisms, ready to be looked up.
pub struct Proposals {
    indicators: Vec<Fitting>,
    by_indicator: directive::Catalogue,
    mechanisms: Vec<Fitting>,
    by_mechanism: directive::Catalogue,
}

impl Proposals {
    /// By names and quotes of the packs. Of names that are alike (one for the demo's calculation) the first is proposed.
    #[must_use]
    pub fn of(pack: &Pack) -> Self {
        let indicators: Vec<Fitting> = bindable(pack).into_iter().map(|(key, name)| Fitting { key, name }).collect();
        let quoted = |key: &Key| pack.indicators.get(key).and_then(|indicator| indicator.cite.quote.as_deref());
        let by_indicator = directive::Catalogue::new(indicators.iter().map(|it| (it.name.as_str(), quoted(&it.key))));
        let mechanisms: Vec<Fitting> = pack.mechanisms.iter().map(|(key, it)| Fitting { key: key.clone(), name: it.name.clone() }).collect();
        let by_mechanism = directive::Catalogue::new(pack.mechanisms.values().map(|it| (it.name.as_str(), it.cite.quote.as_deref())));
        Self { indicators, by_indicator, mechanisms, by_mechanism }
    }

    /// The indicator that fits best, if one does.
    #[must_use]
    pub fn indicator(&self, words: &str) -> Option<&Fitting> {
        self.by_indicator.fitting(words).first().map(|(i, _)| &self.indicators[*i])
    }

    /// The mechanism that fits best, if one does.
    #[must_use]
    pub fn mechanism(&self, words: &str) -> Option<&Fitting> {
        self.by_mechanism.fitting(words).first().map(|(i, _)| &self.mechanisms[*i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases were written down before the first look-up.
    #[test]
    fn proposals_are_mostly_what_an_officer_would_choose() {
        let policies = frame::policies::Policies::of_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies")));
        let proposals = Proposals::of(&policies.expect("the packs are sound").pack);
        let (mut n, mut n_right, mut wrong) = (0, 0, Vec::new());
        for line in include_str!("proposal.cases.txt").lines().filter(|line| !line.starts_with('#')) {
            let [words, indicator, mechanism] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("three parts: {line}") };
            let pairs = [(proposals.indicator(words), indicator), (proposals.mechanism(words), mechanism)];
            for (found, expected) in pairs {
                let found = found.map_or("-", |it| it.key.as_str());
                n += 1;
                if expected.split('/').any(|one| one == found) {
                    n_right += 1;
                } else {
                    wrong.push(format!("{words}: {found}, expected {expected}"));
                }
            }
        }
        println!("{n_right} of {n} as expected\n{}", wrong.join("\n"));
        assert!(n_right * 100 >= n * 85, "{n_right} of {n}\n{}", wrong.join("\n"));
    }
}
