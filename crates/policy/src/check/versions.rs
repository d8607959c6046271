//! Versions of schemes by year, and references that lead back to where they began.

use std::collections::BTreeMap;

use super::{Checker, table_name};
use crate::{AUTHORITIES, Scheme};

pub(super) fn check(checker: &mut Checker<'_>) {
    years(checker);
    overlaps(checker);
    cycles(checker);
    for (key, document) in &checker.reading.pack.documents {
        checker.expect((&format!("document.{key}"), "authority"), "发文层级", &document.authority, AUTHORITIES);
    }
}

fn years(checker: &mut Checker<'_>) {
    for (key, scheme) in &checker.reading.pack.schemes {
        if let (Some(from), Some(until)) = (scheme.from_year, scheme.until_year)
            && from >= until
        {
            let message = format!("从 {from} 年到 {until} 年前没有一年可用；until_year 是不再使用的第一年，应大于 from_year");
            checker.error(&format!("scheme.{key}"), "until_year", message);
        }
        if scheme.ends_earlier && (scheme.version_of.is_none() || scheme.from_year.is_none()) {
            let message = "ends_earlier 要与 version_of、from_year 一起写：是哪个方案的新版本、从哪一年起代替旧的";
            checker.error(&format!("scheme.{key}"), "ends_earlier", message);
        }
        let Some(of) = scheme.version_of.as_ref().filter(|of| *of != key) else { continue };
        if let Some(first) = checker.reading.pack.schemes.get(of).and_then(|of| of.version_of.as_ref()).filter(|first| *first != key) {
            let message = format!("“{of}”自己是“{first}”的版本；请直接写 version_of = \"{first}\"");
            checker.error(&format!("scheme.{key}"), "version_of", message);
        }
    }
}

/// In one year a scheme has one version.
fn overlaps(checker: &mut Checker<'_>) {
    let mut families: BTreeMap<&str, Vec<(&str, &Scheme)>> = BTreeMap::new();
    for (key, scheme) in &checker.reading.pack.schemes {
        families.entry(scheme.version_of.as_deref().unwrap_or(key)).or_default().push((key, scheme));
    }
    for versions in families.values_mut() {
        versions.sort_by_key(|(key, scheme)| (scheme.from_year, *key));
        for (i, (key, scheme)) in versions.iter().enumerate() {
            for (earlier_key, earlier) in &versions[..i] {
                let both_from = earlier.from_year.max(scheme.from_year);
                let both_until = [earlier.until_year, scheme.until_year].into_iter().flatten().min();
                if both_from.zip(both_until).is_some_and(|(from, until)| from >= until) {
                    continue;
                }
                let when = both_from.map_or_else(|| "最初几年".to_owned(), |year| format!("{year} 年"));
                let advice = scheme.from_year.filter(|from| earlier.from_year.is_none_or(|earlier| earlier < *from)).map_or_else(
                    || "请写明各自的起止年份（from_year、until_year）".to_owned(),
                    |from| format!("请在“{earlier_key}”写 until_year = {from}，或者改本版本的 from_year"),
                );
                let message = format!("{when}与版本“{earlier_key}”重叠，同一年只能用一个版本；{advice}");
                checker.error(&format!("scheme.{key}"), if scheme.from_year.is_some() { "from_year" } else { "" }, message);
            }
        }
    }
}

/// References between entries of one table that must come to an end.
fn cycles(checker: &mut Checker<'_>) {
    let pack = &checker.reading.pack;
    let schemes = pack.schemes.iter().map(|(key, scheme)| (key.as_str(), scheme.version_of.iter().map(String::as_str).collect())).collect();
    let activities = pack.activities.iter().map(|(key, one)| (key.as_str(), one.also_satisfies.iter().map(String::as_str).collect())).collect();
    for (table, field, edges) in [("scheme", "version_of", schemes), ("activity", "also_satisfies", activities)] {
        for cycle in cycles_of(&edges) {
            let way: Vec<String> = cycle.iter().chain(cycle.first()).map(|key| format!("“{key}”")).collect();
            let message = format!("{}的 {field} 绕成了一圈：{}；请去掉其中一处", table_name(table), way.join("→"));
            checker.error(&format!("{table}.{}", cycle[0]), field, message);
        }
    }
}

/// A circle through each key that leads back to itself over keys after it: so every circle is told once, from its first key.
fn cycles_of<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    edges.keys().filter_map(|start| way_back(edges, start)).collect()
}

fn way_back<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(here) = open.pop() {
        for &next in edges.get(here).into_iter().flatten() {
            if next == start {
                let mut way = vec![here];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if next > start && !came_from.contains_key(next) {
                came_from.insert(next, here);
                open.push(next);
            }
        }
    }
    None
}
