//! Rules lie in the time of their documents; quotes are short; what is invented or unchecked is said.

use jiff::civil::Date;
use serde_json::Value;

use super::{Checker, leaves, tables};

/// A quote is a pointer, not a copy.
const QUOTE_CHARACTERS_MAX: usize = 40;

pub(super) fn check(checker: &mut Checker<'_>) {
    for (id, entry) in &checker.reading.entries {
        tables(&entry.value, "", &mut |path, table| {
            for (key, value) in table {
                if let Value::Array(values) = value {
                    dated(checker, id, &join(path, key), values, &entry.value);
                }
            }
        });
        leaves(&entry.value, "", &mut |path, value| {
            if let (true, Value::String(quote)) = (path == "cite.quote" || path.ends_with(".cite.quote"), value) {
                let n = quote.chars().count();
                if n > QUOTE_CHARACTERS_MAX {
                    checker.error(id, path, format!("引文 {n} 个字，最多 {QUOTE_CHARACTERS_MAX} 个；请只引关键的一句"));
                }
            }
        });
        empty_lists(checker, id, &entry.value);
        if let Some(Value::String(why)) = entry.value.get("pending") {
            checker.note(id, "pending", format!("待核原文，未启用：{why}"));
        }
        let is_example_layer = checker.reading.layers.iter().any(|layer| layer.id == entry.layer && layer.example);
        if entry.value["cite"]["doc"] == "example" && !is_example_layer {
            checker.note(id, "cite", "依据是示例方案，而本层没有注明 example = true；启用前请换成正式的依据");
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Values from a day on ascend, and none is older than the text that the entry cites.
fn dated(checker: &mut Checker<'_>, id: &str, path: &str, values: &[Value], entry: &Value) {
    let days: Vec<Option<Date>> = values.iter().map(|value| value.get("from")?.as_str()?.parse().ok()).collect();
    let doc = entry["cite"]["doc"].as_str().and_then(|key| checker.reading.pack.documents.get(key));
    for (i, day) in days.iter().enumerate() {
        let Some(day) = day else { continue };
        let path = format!("{path}.{i}.from");
        if i > 0 && days[i - 1].is_some_and(|before| before >= *day) {
            checker.error(id, &path, "日期请从早到晚排列，不能相同");
        }
        if let Some((doc, issued_on)) = doc.and_then(|doc| Some((doc, doc.issued_on?)))
            && *day < issued_on
        {
            checker.error(id, &path, format!("{day} 早于依据{}的印发日期 {issued_on}；规则不能早于依据生效，请改日期或换依据", doc.name));
        }
    }
}

/// Values that must be there at least once.
fn empty_lists(checker: &mut Checker<'_>, id: &str, entry: &Value) {
    for key in ["times", "target", "value", "kinds", "star", "condition", "component", "columns"] {
        if entry.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            checker.error(id, key, format!("“{key}”是空的，请至少写一项"));
        }
    }
}
