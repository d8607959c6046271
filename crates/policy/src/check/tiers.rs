//! What is said about stars can come true: every tier and every consequence reaches somebody, and no two tiers the same.

use std::collections::BTreeSet;

use num_traits::Zero;

use super::{Checker, schemes};
use crate::{Expression, Key, Kind, Operand, Pack, Ratio, Scheme, Tier};

/// A star with the scores that those may have who hold it.
struct Reach {
    star: u8,
    from: Ratio,
    /// First score that no longer gives it.
    until: Option<Ratio>,
}

/// A star and a score that somebody may have.
type Standing = (u8, Ratio);

pub(super) fn check(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    let mut checked: BTreeSet<&Key> = BTreeSet::new();
    for tier in pack.tiers.values().filter(|tier| checked.insert(&tier.scheme)) {
        let mut tiers: Vec<(&Key, &Tier)> = pack.tiers.iter().filter(|(_, other)| other.scheme == tier.scheme).collect();
        tiers.retain(|(_, tier)| tier.when.names().iter().all(|name| ["star", "score"].contains(name)));
        tiers.sort_by_key(|(key, tier)| (tier.order, *key));
        let conditions: Vec<&Expression> = tiers.iter().map(|(_, tier)| &tier.when).collect();
        let standings: Vec<Standing> = versions(pack, &tier.scheme).flat_map(|scheme| standings(scheme, &conditions)).collect();
        if standings.is_empty() {
            continue;
        }
        for (i, (key, tier)) in tiers.iter().enumerate() {
            let id = format!("tier.{key}");
            let mut own = standings.iter().filter(|standing| holds(&tier.when, standing)).peekable();
            if own.peek().is_none() {
                let stars = stars_of(&standings);
                let message =
                    format!("没有党组织归得进“{}”：方案评得出的是 {stars}，这些星级和它们的分数都不符合 when；请改 when，或者删去这一类", tier.name);
                checker.error(&id, "when", message);
            }
            let both = own.find_map(|standing| tiers[..i].iter().find(|(_, earlier)| holds(&earlier.when, standing)).map(|it| (it.1, standing)));
            if let Some((earlier, (star, score))) = both {
                let score = schemes::words(*score);
                let message = format!("“{}”与“{}”重叠：{star} 星、{score} 分的两类都符合；请改 when，使每个党组织只归一类", tier.name, earlier.name);
                checker.error(&id, "when", message);
            }
        }
    }
    for (key, consequence) in &pack.consequences {
        let (least, below) = (consequence.star_at_least, consequence.below_star);
        let is_meant =
            |scheme: &Scheme, star: u8| least.is_none_or(|least| star >= least) && below.is_none_or(|figure| scheme.is_below(star, figure));
        let given: Vec<(&Scheme, u8)> =
            versions(pack, &consequence.scheme).flat_map(|scheme| reaches(scheme).into_iter().map(move |reach| (scheme, reach.star))).collect();
        let stars: BTreeSet<u8> = given.iter().map(|(_, star)| *star).collect();
        // From four to two stars: said where the two are compared.
        let is_reversed = least.zip(below).is_some_and(|(least, below)| least > below);
        if stars.is_empty() || is_reversed || given.iter().any(|(scheme, star)| is_meant(scheme, *star)) {
            continue;
        }
        let path = if least.is_some_and(|least| stars.iter().all(|star| *star < least)) { "star_at_least" } else { "below_star" };
        let known: Vec<String> = stars.iter().rev().map(u8::to_string).collect();
        let message = format!("方案“{}”只评 {} 星，没有党组织符合这一条；请改成评得出的星级", consequence.scheme, known.join("、"));
        checker.error(&format!("consequence.{key}"), path, message);
    }
}

/// The scheme of this key and its other versions.
fn versions<'p>(pack: &'p Pack, family: &'p str) -> impl Iterator<Item = &'p Scheme> {
    pack.schemes.iter().filter(move |(key, scheme)| *key == family || scheme.version_of.as_deref() == Some(family)).map(|(_, scheme)| scheme)
}

/// The stars that a scheme gives. Whoever finds no place, lacks the effect, or is capped holds a star below the one of his score.
fn reaches(scheme: &Scheme) -> Vec<Reach> {
    let mut reaches = Vec::new();
    let mut until: Option<Ratio> = None;
    for star in &scheme.stars {
        reaches.push(Reach { star: star.star, from: star.at_least, until });
        if star.quota.is_none() && star.effect_at_least.is_none() {
            until = Some(star.at_least);
        }
    }
    reaches.push(Reach { star: scheme.star_below, from: Ratio::zero(), until });
    for cap in scheme.vetoes.iter().filter_map(|veto| veto.star_at_most) {
        // A cap takes away what is above it: whatever the score, it holds at most this.
        match reaches.iter_mut().find(|reach| reach.star == cap) {
            Some(reach) => reach.until = None,
            None => reaches.push(Reach { star: cap, from: Ratio::zero(), until: None }),
        }
    }
    reaches
}

/// Stars with scores that together decide every comparison with a written number: these numbers, those between them, and steps of
/// half a point.
fn standings(scheme: &Scheme, conditions: &[&Expression]) -> Vec<Standing> {
    let most = Ratio::from_integer(100) + scheme.bonus_cap.unwrap_or_default();
    let mut scores: BTreeSet<Ratio> = (0..=200).map(|half| Ratio::new(half, 2)).chain([most]).collect();
    scores.extend(scheme.stars.iter().map(|star| star.at_least));
    for condition in conditions {
        condition.tree.walk(&mut |node| {
            if let Kind::Number(n) = &node.kind {
                scores.insert(*n);
            }
        });
    }
    let sorted: Vec<Ratio> = scores.iter().copied().collect();
    let two = Ratio::from_integer(2);
    scores.extend(sorted.windows(2).map(|pair| (pair[0] + pair[1]) / two));
    let of_star = |reach: Reach| {
        let is_had = |score: &Ratio| *score >= reach.from && *score <= most && reach.until.is_none_or(|until| *score < until);
        // Whole numbers first: they are the ones that are shown.
        let mut had: Vec<Ratio> = scores.iter().copied().filter(is_had).collect();
        had.sort_by_key(|score| (*score.denom(), *score));
        had.into_iter().map(|score| (reach.star, score)).collect::<Vec<_>>()
    };
    reaches(scheme).into_iter().flat_map(of_star).collect()
}

fn holds(when: &Expression, (star, score): &Standing) -> bool {
    let names = |name: &str| match name {
        "star" => Some(Operand::Number(Ratio::from_integer(i128::from(*star)))),
        "score" => Some(Operand::Number(*score)),
        _ => None,
    };
    when.evaluate(&names) == Ok(Operand::Truth(true))
}

/// 5、3、1 星.
fn stars_of(standings: &[Standing]) -> String {
    let stars: BTreeSet<u8> = standings.iter().map(|(star, _)| *star).collect();
    format!("{} 星", stars.iter().rev().map(u8::to_string).collect::<Vec<_>>().join("、"))
}
