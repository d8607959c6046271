//! Whether a pack holds together: what it refers to exists, its expressions have the right types, its procedures can
//! end, its dates lie in the time of their documents, and it assesses nothing that must not be assessed.

mod appraisals;
mod cases;
mod consequences;
mod dates;
mod expressions;
mod formalism;
mod inspections;
mod ledgers;
mod matters;
mod procedures;
mod projects;
mod references;
mod roles;
mod schemes;
mod scoring;
mod selections;
mod tiers;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use references::table_name;
pub(crate) use references::{sources, users};

use crate::nearest::suggestion;
use crate::{Problem, Reading};

/// Everything that is wrong or worth knowing beyond what [`crate::read`] said, in the order of files and lines.
#[must_use]
pub fn check(reading: &Reading) -> Vec<Problem> {
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, key) in reading.entries.keys().chain(reading.left_out.keys()).filter_map(|id| id.split_once('.')) {
        keys.entry(table).or_default().insert(key);
    }
    let mut checker = Checker { reading, keys, problems: Vec::new() };
    references::check(&mut checker);
    expressions::check(&mut checker);
    schemes::check(&mut checker);
    selections::check(&mut checker);
    ledgers::check(&mut checker);
    matters::check(&mut checker);
    ledgers::programmes(&mut checker);
    projects::check(&mut checker);
    inspections::check(&mut checker);
    appraisals::check(&mut checker);
    consequences::check(&mut checker);
    tiers::check(&mut checker);
    scoring::ballots(&mut checker);
    versions::check(&mut checker);
    procedures::check(&mut checker);
    roles::check(&mut checker);
    dates::check(&mut checker);
    formalism::check(&mut checker);
    cases::check(&mut checker);
    let mut problems = checker.problems;
    problems.sort();
    problems.dedup();
    problems
}

struct Checker<'a> {
    reading: &'a Reading,
    /// Keys of each table, those left out because of errors included.
    keys: BTreeMap<&'a str, BTreeSet<&'a str>>,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    /// An error at a value inside an entry.
    fn error(&mut self, entry: &str, path: &str, message: impl Into<String>) {
        self.problems.push(Problem::error(&self.reading.place(entry, path), message));
    }

    fn note(&mut self, entry: &str, path: &str, message: impl Into<String>) {
        self.problems.push(Problem::note(&self.reading.place(entry, path), message));
    }

    /// Keys of a table.
    fn keys(&self, table: &str) -> BTreeSet<&'a str> {
        self.keys.get(table).cloned().unwrap_or_default()
    }

    /// Reports `key` unless the table has it.
    fn expect_key(&mut self, at: (&str, &str), table: &str, key: &str) {
        if !self.keys.get(table).is_some_and(|keys| keys.contains(key)) {
            self.expect(at, table_name(table), key, self.keys(table));
        }
    }

    /// Reports `word` unless it is known. While whole files are missing, nothing unknown is reported.
    fn expect<'k>(&mut self, (entry, path): (&str, &str), what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if !known.contains(&word) && !self.reading.is_incomplete {
            self.error(entry, path, format!("没有{what}“{word}”{}", suggestion(word, known)));
        }
    }
}

/// Every value inside an entry that holds no others, with its path.
fn leaves<'v>(value: &'v Value, path: &str, visit: &mut impl FnMut(&str, &'v Value)) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Array(values) => values.iter().enumerate().for_each(|(i, v)| leaves(v, &below(&i.to_string()), visit)),
        Value::Object(values) => values.iter().for_each(|(key, v)| leaves(v, &below(key), visit)),
        leaf => visit(path, leaf),
    }
}

/// Every table inside an entry, the entry itself included, with its path.
fn tables<'v>(value: &'v Value, path: &str, visit: &mut impl FnMut(&str, &'v serde_json::Map<String, Value>)) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Array(values) => values.iter().enumerate().for_each(|(i, v)| tables(v, &below(&i.to_string()), visit)),
        Value::Object(values) => {
            visit(path, values);
            values.iter().for_each(|(key, v)| tables(v, &below(key), visit));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_records;
#[cfg(test)]
mod tests_results;
