//! A draft beside the scheme that holds before it: items and weights side by side, rules that come and go.

use std::collections::BTreeSet;

use assessment::plain;
use policy::{Item, Pack, Scheme, Section, WhenNotEvidenced, how_scored, rating_rules};

use super::check::indicator_name;

/// What differs, group by group.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    pub groups: Vec<Group>,
    /// Rules of the scheme before that the draft does not have, and those that it has instead.
    pub rules_before: Vec<String>,
    pub rules_after: Vec<String>,
    pub n_added: usize,
    pub n_removed: usize,
    pub n_changed: usize,
}

/// Common items, or those of a field.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub total_before: String,
    pub total_after: String,
    pub lines: Vec<Line>,
}

/// An item on both sides.
#[derive(Debug, Clone)]
pub struct Line {
    pub section: String,
    pub name: String,
    /// Empty: it is not there.
    pub before: String,
    pub after: String,
    /// 新增, 删去, 修改; empty: the same.
    pub change: &'static str,
    /// How it is scored, when that changes, before and after; else how it is scored now.
    pub how_before: String,
    pub how: String,
}

impl Line {
    /// Its class in the stylesheet.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.change {
            "新增" => "added",
            "删去" => "removed",
            "修改" => "changed",
            _ => "same",
        }
    }
}

impl Comparison {
    /// Whether nothing that is rated differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.n_added + self.n_removed + self.n_changed == 0 && self.rules_before.is_empty() && self.rules_after.is_empty()
    }

    /// Items that come, go or change.
    #[must_use]
    pub fn n_changes(&self) -> usize {
        self.n_added + self.n_removed + self.n_changed
    }

    /// Leaves out what stays as it is; answers how many items there were.
    pub fn keep_changes(&mut self) -> usize {
        let n = self.groups.iter().map(|group| group.lines.len()).sum();
        for group in &mut self.groups {
            group.lines.retain(|line| !line.change.is_empty());
        }
        self.groups.retain(|group| !group.lines.is_empty());
        n
    }

    /// 新增 1 项，删去 2 项，修改 3 项.
    #[must_use]
    pub fn sentence(&self) -> String {
        let parts = [(self.n_added, "新增"), (self.n_removed, "删去"), (self.n_changed, "修改")];
        let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{word} {n} 项")).collect();
        match (said.is_empty(), self.is_same()) {
            (_, true) => "和它一样，还没有改动".to_owned(),
            (true, false) => "项目和分值没有变，规则有变动".to_owned(),
            (false, _) => said.join("，"),
        }
    }
}

/// Compares a draft with the scheme before it.
#[must_use]
pub fn compare(pack: &Pack, before: &Scheme, after: &Scheme) -> Comparison {
    let mut found = Comparison::default();
    found.groups.push(group(pack, "共同项目", &before.sections, &after.sections));
    let mut fields: Vec<&String> = after.standards.iter().chain(&before.standards).map(|standard| &standard.field).collect();
    let mut seen = BTreeSet::new();
    fields.retain(|field| seen.insert(*field));
    for field in fields {
        let of = |scheme: &Scheme| {
            scheme.standards.iter().find(|standard| standard.field == *field).map(|standard| standard.sections.clone()).unwrap_or_default()
        };
        let name = pack.fields.get(field).map_or(field.as_str(), |field| &field.name);
        found.groups.push(group(pack, name, &of(before), &of(after)));
    }
    found.groups.retain(|group| !group.lines.is_empty());
    for line in found.groups.iter().flat_map(|group| &group.lines) {
        match line.change {
            "新增" => found.n_added += 1,
            "删去" => found.n_removed += 1,
            "修改" => found.n_changed += 1,
            _ => {}
        }
    }
    let (rules_before, rules_after) = (rules(pack, before), rules(pack, after));
    found.rules_before = rules_before.iter().filter(|rule| !rules_after.contains(rule)).cloned().collect();
    found.rules_after = rules_after.into_iter().filter(|rule| !rules_before.contains(rule)).collect();
    found
}

/// Whom it rates and how stars follow, in sentences.
#[must_use]
pub fn rules(pack: &Pack, scheme: &Scheme) -> Vec<String> {
    let kinds: Vec<&str> = scheme.kinds.iter().map(|key| pack.organisation_kinds.get(key).map_or(key.as_str(), |kind| &kind.name)).collect();
    let mut said = vec![format!("评定对象：{}。", kinds.join("、"))];
    said.extend(rating_rules(pack, scheme));
    let ties: Vec<String> = scheme.ties.iter().map(|tie| tie_name(pack, tie)).collect();
    if !ties.is_empty() {
        said.push(format!("同分时依次比较：{}。", ties.join("、")));
    }
    said.extend(scheme.weights_total.map(|total| format!("各项合计 {} 分，折算成 100 分。", plain(total))));
    if !scheme.below_includes {
        said.push("“以下”不含本级。".to_owned());
    }
    said
}

/// 主题党日的次数.
#[must_use]
pub fn tie_name(pack: &Pack, tie: &str) -> String {
    let (item, by) = tie.rsplit_once('.').unwrap_or((tie, ""));
    format!("{}的{}", indicator_name(pack, item), if by == "share" { "比例" } else { "次数" })
}

/// How an item is scored, with what belongs to it.
#[must_use]
pub fn how(pack: &Pack, item: &Item) -> String {
    let missing = match item.when_not_evidenced {
        WhenNotEvidenced::Open => "",
        WhenNotEvidenced::LeaveOut => "；没有依据的不计这一项",
        WhenNotEvidenced::Zero => "；没有依据的记 0 分",
    };
    format!("{}{}{missing}", if item.bonus { "加分，" } else { "" }, how_scored(pack, item))
}

fn group(pack: &Pack, name: &str, before: &[Section], after: &[Section]) -> Group {
    let items = |sections: &[Section]| -> Vec<(String, Item)> {
        sections.iter().flat_map(|section| section.items.iter().map(|item| (section.name.clone(), item.clone()))).collect()
    };
    let key = |item: &Item| item.printed_as.clone().unwrap_or_else(|| item.indicator.clone());
    let (old, new) = (items(before), items(after));
    let line = |section: &str, item: &Item, old: Option<&Item>, new: Option<&Item>| {
        let (how_before, how_after) = (old.map_or_else(String::new, |item| how(pack, item)), new.map_or_else(String::new, |item| how(pack, item)));
        let change = match (old, new) {
            (None, _) => "新增",
            (_, None) => "删去",
            (Some(a), Some(b)) if a != b => "修改",
            _ => "",
        };
        Line {
            section: section.to_owned(),
            name: indicator_name(pack, &item.indicator),
            before: old.map_or_else(String::new, |item| plain(item.weight)),
            after: new.map_or_else(String::new, |item| plain(item.weight)),
            change,
            how: if how_after.is_empty() { how_before.clone() } else { how_after.clone() },
            how_before: if !how_after.is_empty() && how_before != how_after { how_before } else { String::new() },
        }
    };
    let mut lines: Vec<Line> = new
        .iter()
        .map(|(section, item)| line(section, item, old.iter().find(|(_, other)| key(other) == key(item)).map(|(_, other)| other), Some(item)))
        .collect();
    let gone = old.iter().filter(|(_, item)| !new.iter().any(|(_, other)| key(other) == key(item)));
    lines.extend(gone.map(|(section, item)| line(section, item, Some(item), None)));
    let total = |items: &[(String, Item)]| plain(items.iter().filter(|(_, item)| !item.bonus).map(|(_, item)| item.weight).sum());
    Group { name: name.to_owned(), total_before: total(&old), total_after: total(&new), lines }
}
