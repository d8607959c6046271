//! The form of a draft, prefilled from the scheme in force, and what it changes, in words.

use std::collections::BTreeMap;

use assessment::{Draft, DraftPlace, DraftProblem, plain};
use policy::{Item, Key, Pack, Ratio, Scheme, Section, parse_ratio};

use crate::evaluation::pages::result::star_word;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Link};

/// What stands in the fields, as text.
pub(super) struct Typed {
    weights: BTreeMap<(Option<Key>, Key), String>,
    at_least: BTreeMap<u8, String>,
    /// In percent; empty: no quota.
    quotas: BTreeMap<u8, String>,
    below: String,
}

/// The form.
pub(super) struct DraftForm {
    pub problems: Vec<String>,
    pub groups: Vec<Group>,
    pub stars: Vec<StarLine>,
    pub below: Vec<Choice>,
    pub below_now: String,
    pub below_error: String,
}

/// Common items, or those of one field.
pub(super) struct Group {
    /// Key of the field; empty: the common items.
    pub key: String,
    pub name: String,
    /// 共同项目 70 分，本领域 30 分，合计 100 分.
    pub sum: String,
    pub error: String,
    pub is_open: bool,
    pub sections: Vec<(String, Vec<WeightLine>)>,
}

pub(super) struct WeightLine {
    pub name: String,
    pub field: String,
    pub value: String,
    pub now: String,
    pub error: String,
    pub is_changed: bool,
    /// It stands outside the hundred.
    pub is_bonus: bool,
}

pub(super) struct StarLine {
    pub star: u8,
    pub name: String,
    pub at_least: String,
    pub at_least_now: String,
    pub at_least_error: String,
    pub quota: String,
    pub quota_now: String,
    pub quota_error: String,
}

fn key_of(item: &Item) -> &Key {
    item.printed_as.as_ref().unwrap_or(&item.indicator)
}

fn sections(scheme: &Scheme) -> impl Iterator<Item = (Option<&Key>, &[Section])> {
    std::iter::once((None, scheme.sections.as_slice()))
        .chain(scheme.standards.iter().map(|standard| (Some(&standard.field), standard.sections.as_slice())))
}

fn items(scheme: &Scheme) -> impl Iterator<Item = (Option<&Key>, &Item)> {
    sections(scheme).flat_map(|(field, sections)| sections.iter().flat_map(|section| &section.items).map(move |item| (field, item)))
}

/// The name of a weight's field in the form.
fn weight_field(field: Option<&Key>, key: &str) -> String {
    format!("weight.{}.{key}", field.map_or("", String::as_str))
}

fn percent(quota: Option<Ratio>) -> String {
    quota.map_or_else(String::new, |quota| plain(quota * Ratio::from_integer(100)))
}

/// A figure as people type it: no fractions, no percent sign.
fn number(text: &str) -> Option<Ratio> {
    (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.')).then(|| parse_ratio(text).ok()).flatten()
}

impl Typed {
    /// What a scheme says.
    pub fn of(scheme: &Scheme) -> Self {
        Self {
            weights: items(scheme).map(|(field, item)| ((field.cloned(), key_of(item).clone()), plain(item.weight))).collect(),
            at_least: scheme.stars.iter().map(|rule| (rule.star, plain(rule.at_least))).collect(),
            quotas: scheme.stars.iter().map(|rule| (rule.star, percent(rule.quota))).collect(),
            below: scheme.star_below.to_string(),
        }
    }

    /// What was sent for a scheme; what was not sent stays as the scheme has it.
    pub fn sent(scheme: &Scheme, sent: &Submitted) -> Self {
        let mut typed = Self::of(scheme);
        let take = |name: &str, text: &mut String| {
            if let Some(value) = sent.all(name).first() {
                value.trim().clone_into(text);
            }
        };
        for ((field, key), text) in &mut typed.weights {
            take(&weight_field(field.as_ref(), key), text);
        }
        for (star, text) in &mut typed.at_least {
            take(&format!("at_least.{star}"), text);
        }
        for (star, text) in &mut typed.quotas {
            take(&format!("quota.{star}"), text);
        }
        take("below", &mut typed.below);
        typed
    }

    /// The whole as a draft, with what could not be read.
    pub fn draft(&self) -> (Draft, Vec<DraftProblem>) {
        let mut draft = Draft::default();
        let mut problems = Vec::new();
        let mut read = |text: &str, place: DraftPlace, sentence: &str| {
            let value = number(text);
            if value.is_none() {
                problems.push(DraftProblem { place, sentence: sentence.to_owned() });
            }
            value
        };
        for ((field, key), text) in &self.weights {
            if let Some(weight) = read(text, DraftPlace::Weight(field.clone(), key.clone()), "请填数字，如 8 或者 7.5；不要这一项填 0")
            {
                draft.weights.insert((field.clone(), key.clone()), weight);
            }
        }
        for (star, text) in &self.at_least {
            if let Some(at_least) = read(text, DraftPlace::AtLeast(*star), "请填分数，如 85") {
                draft.at_least.insert(*star, at_least);
            }
        }
        for (star, text) in &self.quotas {
            if text.is_empty() {
                draft.quotas.insert(*star, None);
            } else if let Some(quota) = read(text, DraftPlace::Quota(*star), "请填百分数，如 10；不限名额就留空") {
                draft.quotas.insert(*star, Some(quota / Ratio::from_integer(100)));
            }
        }
        draft.star_below = self.below.parse().ok();
        (draft, problems)
    }
}

impl DraftForm {
    /// The form for a scheme with these fields, and what is wrong with them.
    pub fn of(pack: &Pack, scheme: &Scheme, typed: &Typed, problems: &[DraftProblem]) -> Self {
        let at =
            |place: &DraftPlace| problems.iter().find(|problem| problem.place == *place).map(|problem| problem.sentence.clone()).unwrap_or_default();
        // What a bonus item may add is due from nobody and stands outside the hundred.
        let sum_of = |of: Option<&Key>| {
            let weighed = items(scheme).filter(|(field, item)| *field == of && !item.bonus);
            let typed = weighed.filter_map(|(field, item)| number(typed.weights.get(&(field.cloned(), key_of(item).clone()))?));
            typed.fold(Ratio::from_integer(0), |sum, weight| sum + weight)
        };
        let common = sum_of(None);
        let groups = sections(scheme).map(|(field, sections)| {
            let lines = |section: &Section| {
                let line = |item: &Item| {
                    let place = (field.cloned(), key_of(item).clone());
                    let (value, now) = (typed.weights.get(&place).cloned().unwrap_or_default(), plain(item.weight));
                    WeightLine {
                        name: named_item(pack, item),
                        field: weight_field(field, key_of(item)),
                        is_changed: value != now,
                        is_bonus: item.bonus,
                        error: at(&DraftPlace::Weight(place.0, place.1)),
                        value,
                        now,
                    }
                };
                (section.name.clone(), section.items.iter().map(line).collect::<Vec<_>>())
            };
            let sections: Vec<_> = sections.iter().map(lines).collect();
            let own = sum_of(field);
            let error = at(&DraftPlace::Sum(field.cloned()));
            let has_error = !error.is_empty() || sections.iter().flat_map(|(_, lines)| lines).any(|line| !line.error.is_empty());
            let is_changed = sections.iter().flat_map(|(_, lines)| lines).any(|line| line.is_changed);
            Group {
                key: field.cloned().unwrap_or_default(),
                name: field.map_or_else(|| "共同项目".to_owned(), |key| pack.fields.get(key).map_or_else(|| key.clone(), |field| field.name.clone())),
                sum: match field {
                    None => format!("合计 {} 分", plain(own)),
                    Some(_) => format!("本领域 {} 分，连共同项目 {} 分", plain(own), plain(own + common)),
                },
                error,
                is_open: field.is_none() || has_error || is_changed,
                sections,
            }
        });
        let groups: Vec<Group> = groups.filter(|group| !group.sections.is_empty()).collect();
        let stars = scheme.stars.iter().map(|rule| StarLine {
            star: rule.star,
            name: format!("{}星", star_word(rule.star)),
            at_least: typed.at_least.get(&rule.star).cloned().unwrap_or_default(),
            at_least_now: plain(rule.at_least),
            at_least_error: at(&DraftPlace::AtLeast(rule.star)),
            quota: typed.quotas.get(&rule.star).cloned().unwrap_or_default(),
            quota_now: rule.quota.map_or_else(|| "不限".to_owned(), |quota| format!("{}%", percent(Some(quota)))),
            quota_error: at(&DraftPlace::Quota(rule.star)),
        });
        let lowest = scheme.stars.iter().map(|rule| rule.star).min().unwrap_or(2);
        let below = (1..lowest.max(2)).map(|star| Choice {
            value: star.to_string(),
            label: format!("{}星", star_word(star)),
            selected: typed.below == star.to_string(),
        });
        Self {
            problems: problems.iter().map(|problem| named(pack, problem)).collect(),
            groups,
            stars: stars.collect(),
            below: below.collect(),
            below_now: format!("{}星", star_word(scheme.star_below)),
            below_error: at(&DraftPlace::StarBelow),
        }
    }

    /// Where to go back to the scheme in force.
    pub fn again(&self, scheme: &str, period: &str) -> Link {
        Link::new("回到现行方案", format!("{}?scheme={scheme}&period={period}", super::PATH))
    }
}

/// The name of an item; a bonus item says that it is one.
fn named_item(pack: &Pack, item: &Item) -> String {
    let name = pack.indicators.get(&item.indicator).map_or(item.indicator.as_str(), |indicator| &indicator.name);
    format!("{name}{}", if item.bonus { "（加分）" } else { "" })
}

/// A problem with the name of its place, for the head of the form.
fn named(pack: &Pack, problem: &DraftProblem) -> String {
    let place = match &problem.place {
        DraftPlace::Weight(_, key) => pack.indicators.get(key).map_or_else(|| key.clone(), |indicator| indicator.name.clone()),
        DraftPlace::AtLeast(star) => format!("{}星分数线", star_word(*star)),
        DraftPlace::Quota(star) => format!("{}星名额", star_word(*star)),
        DraftPlace::StarBelow => "达不到以上的".to_owned(),
        DraftPlace::Whole | DraftPlace::Sum(_) => return format!("{}。", problem.sentence),
    };
    format!("{place}：{}。", problem.sentence)
}

/// What a draft changes: 主题党日 10 → 12 分.
pub(super) fn changes(pack: &Pack, scheme: &Scheme, draft: &Draft) -> Vec<String> {
    let mut said = Vec::new();
    for (field, item) in items(scheme) {
        let Some(weight) = draft.weights.get(&(field.cloned(), key_of(item).clone())) else { continue };
        let name = pack.indicators.get(&item.indicator).map_or(item.indicator.as_str(), |indicator| &indicator.name);
        let of = field.map_or_else(String::new, |key| format!("{}·", pack.fields.get(key).map_or(key.as_str(), |field| &field.name)));
        said.push(format!("{of}{name} {} → {} 分", plain(item.weight), plain(*weight)));
    }
    for rule in &scheme.stars {
        let star = star_word(rule.star);
        if let Some(at_least) = draft.at_least.get(&rule.star) {
            said.push(format!("{star}星分数线 {} → {} 分", plain(rule.at_least), plain(*at_least)));
        }
        if let Some(quota) = draft.quotas.get(&rule.star) {
            let words = |quota: Option<Ratio>| quota.map_or_else(|| "不限".to_owned(), |quota| format!("{}%", percent(Some(quota))));
            said.push(format!("{star}星名额 {} → {}", words(rule.quota), words(*quota)));
        }
    }
    if let Some(below) = draft.star_below {
        said.push(format!("达不到以上的 {}星 → {}星", star_word(scheme.star_below), star_word(below)));
    }
    said
}
