//! What a draft changes in a scheme, short enough as text to stand in an address: `.theme_day:12,rural.income:3,star5:88,quota5:3/25`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use num_traits::{Signed, Zero};
use policy::{Item, Key, Pack, Ratio, Scheme, Section, parse_ratio};

use crate::exact::{add, divide, multiply, whole};
use crate::print::{decimal, plain};

/// The changes; what is not named stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// By field (`None`: common to all) and printed key.
    pub weights: BTreeMap<(Option<Key>, Key), Ratio>,
    pub at_least: BTreeMap<u8, Ratio>,
    /// `None`: without a quota.
    pub quotas: BTreeMap<u8, Option<Ratio>>,
    pub star_below: Option<u8>,
}

/// Where in a draft something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftPlace {
    /// The draft as a whole.
    Whole,
    /// The sum of the weights of a field; `None`: the scheme has no fields of its own.
    Sum(Option<Key>),
    Weight(Option<Key>, Key),
    AtLeast(u8),
    Quota(u8),
    StarBelow,
}

/// Something that a draft may not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftProblem {
    pub place: DraftPlace,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl DraftProblem {
    pub(super) fn whole(sentence: String) -> Self {
        Self { place: DraftPlace::Whole, sentence }
    }
}

/// The items of a scheme with the field to which they belong.
fn items(scheme: &Scheme) -> impl Iterator<Item = (Option<&Key>, &Item)> {
    let common = items_of(&scheme.sections).map(|item| (None, item));
    common.chain(scheme.standards.iter().flat_map(|standard| items_of(&standard.sections).map(|item| (Some(&standard.field), item))))
}

fn items_of(sections: &[Section]) -> impl Iterator<Item = &Item> {
    sections.iter().flat_map(|section| &section.items)
}

fn key_of(item: &Item) -> &Key {
    item.printed_as.as_ref().unwrap_or(&item.indicator)
}

/// Points that an item names beside its weight are points of the weight, and grow with it.
fn scale(item: &mut Item, weight: Ratio) {
    let Some(factor) = divide(weight, item.weight) else { return };
    let bands = item.bands.iter_mut().map(|band| &mut band.points);
    for points in bands.chain(&mut item.per_fault).chain(&mut item.floor).chain(&mut item.last_points) {
        *points = multiply(*points, factor).unwrap_or(*points);
    }
}

impl Draft {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same draft without what the scheme says already.
    #[must_use]
    pub fn reduced(mut self, scheme: &Scheme) -> Self {
        let weights: BTreeMap<_, Ratio> = items(scheme).map(|(field, item)| ((field.cloned(), key_of(item).clone()), item.weight)).collect();
        self.weights.retain(|place, weight| weights.get(place) != Some(weight));
        let rule = |star: u8| scheme.stars.iter().find(|rule| rule.star == star);
        self.at_least.retain(|star, at_least| rule(*star).map(|rule| rule.at_least) != Some(*at_least));
        self.quotas.retain(|star, quota| rule(*star).map(|rule| rule.quota) != Some(*quota));
        self.star_below = self.star_below.filter(|star| *star != scheme.star_below);
        self
    }

    /// The scheme as the draft would have it.
    ///
    /// # Errors
    /// What cannot be, at its place: weights of a field that do not give 100, thresholds out of order, a quota over 100 %.
    pub fn apply(&self, pack: &Pack, scheme: &Scheme) -> Result<Scheme, Vec<DraftProblem>> {
        let mut problems = self.unknown(scheme);
        let mut drafted = scheme.clone();
        let put = |field: Option<&Key>, sections: &mut [Section]| {
            for item in sections.iter_mut().flat_map(|section| &mut section.items) {
                if let Some(weight) = self.weights.get(&(field.cloned(), key_of(item).clone())) {
                    scale(item, *weight);
                    item.weight = *weight;
                }
            }
        };
        put(None, &mut drafted.sections);
        for standard in &mut drafted.standards {
            put(Some(&standard.field), &mut standard.sections);
        }
        for rule in &mut drafted.stars {
            rule.at_least = self.at_least.get(&rule.star).copied().unwrap_or(rule.at_least);
            rule.quota = self.quotas.get(&rule.star).copied().unwrap_or(rule.quota);
        }
        drafted.star_below = self.star_below.unwrap_or(scheme.star_below);
        self.check_weights(pack, &drafted, &mut problems);
        self.check_stars(&drafted, &mut problems);
        if problems.is_empty() { Ok(drafted) } else { Err(problems) }
    }

    fn unknown(&self, scheme: &Scheme) -> Vec<DraftProblem> {
        let knows = |place: &(Option<Key>, Key)| items(scheme).any(|(field, item)| field == place.0.as_ref() && *key_of(item) == place.1);
        let has_star = |star: &u8| scheme.stars.iter().any(|rule| rule.star == *star);
        let strange = self.weights.keys().find(|place| !knows(place)).map(|(_, key)| key.clone());
        let strange =
            strange.or_else(|| self.at_least.keys().chain(self.quotas.keys()).find(|star| !has_star(star)).map(|star| format!("{star} 星")));
        let say = |what: String| DraftProblem::whole(format!("草案里的“{what}”不在现行方案中，请从现行方案重新开始"));
        strange.map(say).into_iter().collect()
    }

    fn check_weights(&self, pack: &Pack, drafted: &Scheme, problems: &mut Vec<DraftProblem>) {
        for ((field, key), weight) in &self.weights {
            if weight.is_negative() || *weight > whole(100) {
                let place = DraftPlace::Weight(field.clone(), key.clone());
                problems.push(DraftProblem { place, sentence: "分值应在 0 到 100 之间".to_owned() });
            }
        }
        let sum = |field: Option<&Key>| {
            items(drafted)
                .filter(|(of, item)| *of == field && !item.bonus)
                .try_fold(Ratio::zero(), |sum, (_, item)| add(sum, item.weight))
                .unwrap_or_default()
        };
        let common = sum(None);
        let wanted = drafted.weights_total.unwrap_or_else(|| whole(100));
        let is_touched = |field: Option<&Key>| self.weights.keys().any(|(of, _)| of.is_none() || of.as_ref() == field);
        if drafted.standards.is_empty() && is_touched(None) && common != wanted {
            problems.push(DraftProblem { place: DraftPlace::Sum(None), sentence: format!("各项合计 {}", missing_or_more(common, wanted)) });
        }
        for standard in drafted.standards.iter().filter(|standard| is_touched(Some(&standard.field))) {
            let own = sum(Some(&standard.field));
            let total = add(common, own).unwrap_or_default();
            if total != wanted {
                let name = pack.fields.get(&standard.field).map_or(standard.field.as_str(), |field| &field.name);
                let sentence = format!("“{name}”合计 {}（共同项目 {}，本领域 {}）", missing_or_more(total, wanted), plain(common), plain(own));
                problems.push(DraftProblem { place: DraftPlace::Sum(Some(standard.field.clone())), sentence });
            }
        }
    }

    fn check_stars(&self, drafted: &Scheme, problems: &mut Vec<DraftProblem>) {
        for rule in &drafted.stars {
            if rule.at_least.is_negative() || rule.at_least > whole(100) {
                problems.push(DraftProblem { place: DraftPlace::AtLeast(rule.star), sentence: "分数线应在 0 到 100 分之间".to_owned() });
            }
            if rule.quota.is_some_and(|quota| quota.is_negative() || quota > whole(1)) {
                problems.push(DraftProblem { place: DraftPlace::Quota(rule.star), sentence: "名额应在 0 到 100% 之间".to_owned() });
            }
        }
        let mut rules: Vec<_> = drafted.stars.iter().collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.star));
        for pair in rules.windows(2).filter(|pair| pair[1].at_least >= pair[0].at_least) {
            let sentence = format!("{} 星的分数线应低于 {} 星的 {} 分", pair[1].star, pair[0].star, plain(pair[0].at_least));
            problems.push(DraftProblem { place: DraftPlace::AtLeast(pair[1].star), sentence });
        }
        if let Some(last) = rules.last().filter(|last| last.star <= drafted.star_below || drafted.star_below == 0) {
            let sentence = format!("达不到任何分数线的，应低于 {} 星、不低于 1 星", last.star);
            problems.push(DraftProblem { place: DraftPlace::StarBelow, sentence });
        }
    }
}

/// `104 分，比 100 分多 4 分，请减下来`.
fn missing_or_more(total: Ratio, wanted: Ratio) -> String {
    let figure = |value: Ratio| if value.is_integer() { plain(value) } else { decimal(value) };
    let apart = total - wanted;
    if apart.is_positive() {
        format!("{} 分，比 {} 分多 {} 分，请减下来", figure(total), figure(wanted), figure(apart))
    } else {
        format!("{} 分，比 {} 分少 {} 分，请补上", figure(total), figure(wanted), figure(-apart))
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weights = self.weights.iter().map(|((field, key), weight)| format!("{}.{key}:{weight}", field.as_deref().unwrap_or_default()));
        let at_least = self.at_least.iter().map(|(star, at_least)| format!("star{star}:{at_least}"));
        let quotas =
            self.quotas.iter().map(|(star, quota)| format!("quota{star}:{}", quota.map_or_else(|| "none".to_owned(), |quota| quota.to_string())));
        let below = self.star_below.iter().map(|star| format!("below:{star}"));
        f.write_str(&weights.chain(at_least).chain(quotas).chain(below).collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Draft {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut draft = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            draft.take(part).ok_or_else(|| format!("草案的地址里“{part}”看不懂，请从现行方案重新开始"))?;
        }
        Ok(draft)
    }
}

impl Draft {
    fn take(&mut self, part: &str) -> Option<()> {
        let (name, value) = part.split_once(':')?;
        if let Some((field, key)) = name.split_once('.') {
            let field = (!field.is_empty()).then(|| field.to_owned());
            self.weights.insert((field, key.to_owned()), parse_ratio(value).ok()?);
        } else if let Some(star) = name.strip_prefix("star") {
            self.at_least.insert(star.parse().ok()?, parse_ratio(value).ok()?);
        } else if let Some(star) = name.strip_prefix("quota") {
            let quota = if value == "none" { None } else { Some(parse_ratio(value).ok()?) };
            self.quotas.insert(star.parse().ok()?, quota);
        } else {
            (name == "below").then_some(())?;
            self.star_below = Some(value.parse().ok()?);
        }
        Some(())
    }
}
