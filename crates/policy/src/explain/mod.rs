//! A rule in plain Chinese: what it says, where it stands, who asks for it, who uses it.

mod rules;
mod schemes;
mod words;

use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Cite, Interpretation, Overridden, Pack, Place, Reading, table_name};

pub use schemes::{approval, ballot_rule, contest as contest_rule, how_scored, rating_rules, weight_change};
pub use words::expression as expression_words;

/// Everything that people may ask about one entry of a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// `indicator.general_meeting`.
    pub entry: String,
    /// What it is: 指标.
    pub kind: String,
    /// Its name: 按季召开支部党员大会.
    pub title: String,
    /// What it says, sentence by sentence.
    pub sentences: Vec<String>,
    pub cite: Option<Source>,
    pub interpretation: Option<Interpretation>,
    /// Last day on which someone compared it with the text.
    pub checked_on: Option<Date>,
    /// Why it is switched off, while it is (待核原文).
    pub pending: Option<String>,
    pub layer: String,
    pub place: Place,
    /// What it replaces in lower layers.
    pub overrides: Vec<Overridden>,
    pub used_by: Vec<Use>,
}

/// Where a rule comes from, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// 《中国共产党支部工作条例（试行）》.
    pub document: String,
    /// 第十一条.
    pub clause: Option<String>,
    pub quote: Option<String>,
}

/// An entry that refers to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Use {
    pub entry: String,
    pub kind: String,
    pub title: String,
}

/// Explains an entry: `indicator.general_meeting`, or only `general_meeting`; the mechanism comes first when several
/// tables have the key.
#[must_use]
pub fn explain(reading: &Reading, name: &str) -> Option<Explanation> {
    const FIRST: [&str; 5] = ["mechanism", "indicator", "duty", "scheme", "procedure"];
    let entry = reading.entries.get(name).or_else(|| {
        let preferred = FIRST.iter().find_map(|table| reading.entries.get(&format!("{table}.{name}")));
        preferred.or_else(|| reading.entries.values().find(|entry| entry.key == name))
    })?;
    let id = entry.id();
    Some(Explanation {
        kind: table_name(&entry.table).to_owned(),
        title: title(reading, &id),
        sentences: sentences(reading, &entry.table, &entry.key),
        cite: part(&entry.value, "cite").map(|cite| source(&reading.pack, &cite)),
        interpretation: part(&entry.value, "interpretation"),
        checked_on: entry.value["checked_on"].as_str().and_then(|day| day.parse().ok()),
        pending: entry.value["pending"].as_str().map(ToOwned::to_owned),
        layer: entry.layer.clone(),
        place: entry.place.clone(),
        overrides: reading.overridden.iter().filter(|o| o.entry == id).cloned().collect(),
        used_by: used_by(reading, &id),
        entry: id,
    })
}

/// Identifiers of the entries that go by a name beside `entry`, or, without one, of those that come nearest to it.
#[must_use]
pub fn also_named(reading: &Reading, name: &str, entry: Option<&str>) -> Vec<String> {
    let key = name.rsplit('.').next().unwrap_or(name);
    let same = reading.entries.values().filter(|other| other.key == key && Some(other.id().as_str()) != entry);
    let mut found: Vec<String> = same.map(crate::Entry::id).collect();
    if found.is_empty() && entry.is_none() {
        found.extend(reading.entries.keys().filter(|id| id.contains(key)).take(5).cloned());
        let close = crate::nearest::nearest(key, reading.entries.values().map(|entry| entry.key.as_str()));
        found.extend(reading.entries.values().filter(|entry| Some(entry.key.as_str()) == close).map(crate::Entry::id));
        found.sort();
        found.dedup();
    }
    found
}

/// A citation in words: the document's name, the clause as people write it, the quote.
#[must_use]
pub fn source(pack: &Pack, cite: &Cite) -> Source {
    let document =
        pack.documents.get(&cite.doc).map_or_else(|| if cite.is_example() { "示例方案".to_owned() } else { cite.doc.clone() }, |d| d.name.clone());
    Source { document, clause: cite.clause.as_deref().map(words::clause), quote: cite.quote.clone() }
}

/// The name of an entry, or its key when it has none.
fn title(reading: &Reading, id: &str) -> String {
    let name = reading.entries.get(id).and_then(|entry| entry.value["name"].as_str());
    name.map_or_else(|| id.split_once('.').map_or(id, |(_, key)| key).to_owned(), ToOwned::to_owned)
}

/// A part that many tables have. Every entry was typed when it was read, so what is there fits.
fn part<T: DeserializeOwned>(entry: &Value, key: &str) -> Option<T> {
    T::deserialize(entry.get(key)?).ok()
}

fn sentences(reading: &Reading, table: &str, key: &str) -> Vec<String> {
    let pack = &reading.pack;
    let found = match table {
        "duty" => pack.duties.get(key).map(|duty| rules::duty(pack, duty)),
        "measure" => pack.measures.get(key).map(|measure| vec![format!("{}。", words::measure(pack, measure))]),
        "indicator" => pack.indicators.get(key).map(|indicator| rules::indicator(pack, indicator)),
        "activity" => pack.activities.get(key).map(|activity| rules::activity(pack, activity)),
        "setting" => pack.settings.get(key).map(rules::setting),
        "document" => pack.documents.get(key).map(rules::document),
        "workbook" => pack.workbooks.get(key).map(rules::workbook),
        "code_list" => pack.code_lists.get(key).map(|list| vec![format!("可选的值：{}。", list.values.join("、"))]),
        "role" => pack.roles.get(key).map(|role| rules::role(pack, role)),
        "mechanism" => pack.mechanisms.get(key).map(|mechanism| rules::mechanism(reading, mechanism)),
        "scheme" => pack.schemes.get(key).map(|scheme| schemes::scheme(pack, scheme)),
        "ballot" => pack.ballots.get(key).map(|ballot| schemes::ballot_rule(pack, ballot)),
        "tier" => pack.tiers.get(key).map(|tier| schemes::tier(pack, tier)),
        "weak_list" => pack.weak_lists.get(key).map(|list| schemes::weak_list(pack, list)),
        "ranking" => pack.rankings.get(key).map(|ranking| schemes::ranking(pack, ranking)),
        "selection" => pack.selections.get(key).map(|selection| schemes::selection(pack, selection)),
        "ledger" => pack.ledgers.get(key).map(|ledger| schemes::ledger(pack, ledger)),
        "matter" => pack.matters.get(key).map(|matter| schemes::matter(pack, matter)),
        "programme" => pack.programmes.get(key).map(|programme| schemes::programme(pack, programme)),
        "project" => pack.projects.get(key).map(|project| schemes::project(pack, project)),
        "balance" => pack.balances.get(key).map(|balance| schemes::balance(pack, balance)),
        "consequence" => pack.consequences.get(key).map(|consequence| schemes::consequence(pack, consequence)),
        "inspection" => pack.inspections.get(key).map(|inspection| schemes::inspection(pack, inspection)),
        "checklist" => {
            pack.checklists.get(key).map(|list| list.items.iter().enumerate().map(|(i, item)| format!("{}. {}。", i + 1, item.name)).collect())
        }
        "visit_scope" => pack.visit_scopes.get(key).map(|scope| schemes::visit_scope(pack, scope)),
        "column" => pack.columns.get(key).map(|column| schemes::column(pack, column)),
        "permitted_list" => pack.permitted_lists.get(key).map(|list| schemes::permitted_list(pack, list)),
        "principal_duty" => pack.principal_duties.get(key).map(|duty| schemes::principal_duty(pack, duty)),
        "department" => pack.departments.get(key).map(|department| schemes::department(pack, department)),
        "appraisal" => pack.appraisals.get(key).map(|appraisal| schemes::appraisal(pack, appraisal)),
        "contest" => pack.contests.get(key).map(|contest| schemes::contest(pack, contest)),
        "plan_line" => pack.plan_lines.get(key).map(schemes::plan_line),
        "procedure" => pack.procedures.get(key).map(|procedure| schemes::procedure(pack, procedure)),
        _ => None,
    };
    found.unwrap_or_default()
}

/// Entries that refer to this one.
fn used_by(reading: &Reading, id: &str) -> Vec<Use> {
    let users = reading.users.get(id).into_iter().flatten();
    let named = |user: &String| Use {
        kind: table_name(user.split('.').next().unwrap_or_default()).to_owned(),
        title: title(reading, user),
        entry: user.clone(),
    };
    users.map(named).collect()
}

#[cfg(test)]
mod tests;
