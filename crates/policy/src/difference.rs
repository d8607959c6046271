//! What changed between two versions of a pack.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::Reading;

/// One entry that was added, removed or changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// `indicator.general_meeting`.
    pub entry: String,
    pub kind: DifferenceKind,
    /// For changed entries: the values that differ.
    pub values: Vec<ValueDifference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    Added,
    Removed,
    Changed,
}

impl DifferenceKind {
    /// 新增, 删去, 修改.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Added => "新增",
            Self::Removed => "删去",
            Self::Changed => "修改",
        }
    }
}

/// One value inside an entry. `None`: it is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueDifference {
    /// `target.0.is`.
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The entries in force that differ, by name. How a file is laid out is no difference.
#[must_use]
pub fn differences(before: &Reading, after: &Reading) -> Vec<Difference> {
    let ids: BTreeSet<&String> = before.entries.keys().chain(after.entries.keys()).collect();
    let one = |id: &String| {
        let (kind, values) = match (before.entries.get(id), after.entries.get(id)) {
            (None, _) => (DifferenceKind::Added, Vec::new()),
            (_, None) => (DifferenceKind::Removed, Vec::new()),
            (Some(a), Some(b)) => (DifferenceKind::Changed, values(&a.value, &b.value)),
        };
        let differs = kind != DifferenceKind::Changed || !values.is_empty();
        differs.then(|| Difference { entry: id.clone(), kind, values })
    };
    ids.into_iter().filter_map(one).collect()
}

fn values(before: &Value, after: &Value) -> Vec<ValueDifference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<ValueDifference>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().for_each(|key| compare(&below(key), a.get(key), b.get(key), found));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            (0..a.len().max(b.len())).for_each(|i| compare(&below(&i.to_string()), a.get(i), b.get(i), found));
        }
        (a, b) => found.push(ValueDifference { path: path.to_owned(), before: a.cloned(), after: b.cloned() }),
    }
}
