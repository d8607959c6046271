//! An entry as the text of a file: what a form made, for the same reader as what people write.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value as Toml};

/// Lists of tables that stand one to a line inside their list, instead of under a heading each.
const ONE_TO_A_LINE: [&str; 4] = ["items", "bands", "target", "times"];

/// The text of one entry: `[scheme.five_star]` and all that belongs to it. [`crate::read`] gives the same value back.
///
/// ```
/// # use policy::{SourceFile, entry_text, read};
/// let value = serde_json::json!({ "name": "县（市、区）", "order": 2, "cite": { "doc": "rules" } });
/// let text = entry_text("level", "county", &value);
/// assert_eq!(text, "[level.county]\nname = \"县（市、区）\"\norder = 2\ncite = { doc = \"rules\" }\n");
/// let files = [SourceFile { layer: "city".into(), path: "city/levels.toml".into(), text }];
/// assert_eq!(read(&files).entries["level.county"].value, value);
/// ```
#[must_use]
pub fn entry_text(table: &str, key: &str, value: &Value) -> String {
    let empty = Map::new();
    let entry = self::table(value.as_object().unwrap_or(&empty));
    let mut around = Table::new();
    around.set_implicit(true);
    around.insert(key, Item::Table(entry));
    let mut document = DocumentMut::new();
    document.insert(table, Item::Table(around));
    document.to_string()
}

fn table(values: &Map<String, Value>) -> Table {
    let mut table = Table::new();
    for (key, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        let item = match value {
            Value::Object(inner) if inner.values().any(is_nested) || !is_short(key) => Item::Table(self::table(inner)),
            Value::Array(list) if is_list_of_tables(key, list) => {
                let tables: ArrayOfTables = list.iter().filter_map(Value::as_object).map(self::table).collect();
                Item::ArrayOfTables(tables)
            }
            other => Item::Value(plain(key, other)),
        };
        table.insert(key, item);
    }
    table
}

/// Tables that are read at a glance beside their key.
fn is_short(key: &str) -> bool {
    matches!(key, "cite" | "change" | "where" | "scale")
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn is_list_of_tables(key: &str, list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(Value::is_object) && !ONE_TO_A_LINE.contains(&key)
}

fn plain(key: &str, value: &Value) -> Toml {
    match value {
        Value::Bool(truth) => Toml::from(*truth),
        Value::Number(number) => number.as_i64().map_or_else(|| Toml::from(number.as_f64().unwrap_or_default()), Toml::from),
        Value::String(text) => Toml::from(text.as_str()),
        Value::Array(list) => {
            let mut array: Array = list.iter().map(|value| plain(key, value)).collect();
            if ONE_TO_A_LINE.contains(&key) && key != "bands" && list.iter().any(Value::is_object) {
                array.iter_mut().for_each(|value| value.decor_mut().set_prefix("\n  "));
                array.set_trailing("\n");
                array.set_trailing_comma(true);
            }
            Toml::from(array)
        }
        Value::Object(values) => {
            let mut inline = InlineTable::new();
            for (key, value) in values.iter().filter(|(_, value)| !value.is_null()) {
                inline.insert(key, plain(key, value));
            }
            Toml::from(inline)
        }
        Value::Null => Toml::from(""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{SourceFile, read};

    fn back(value: &Value) -> Value {
        let text = entry_text("scheme", "drafted", value);
        let files = [SourceFile { layer: "x".to_owned(), path: "x/drafted.toml".to_owned(), text: text.clone() }];
        let reading = read(&files);
        let entry = reading.written("scheme.drafted").unwrap_or_else(|| panic!("{:?}\n{text}", reading.problems));
        entry.value.clone()
    }

    /// A small generator of its own, so that a failure can be repeated by its seed.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }

        fn text(&mut self) -> String {
            const PIECES: [&str; 14] = ["五星", "支部", "\"", "\\", "'", "\n", "#", " = ", "[x]", "{", "}", "", "\t", "’”"];
            (0..self.below(5)).map(|_| PIECES[usize::try_from(self.below(14)).unwrap_or_default()]).collect()
        }

        fn number(&mut self) -> Value {
            match self.below(4) {
                0 => json!(self.below(100)),
                1 => json!(format!("{}%", self.below(100))),
                2 => json!(self.text()),
                _ => json!(f64::from(u32::try_from(self.below(1000)).unwrap_or_default()) / 8.0),
            }
        }

        fn item(&mut self) -> Value {
            let mut item = json!({ "indicator": self.text(), "weight": self.number(), "score": "met" });
            if self.below(3) == 0 {
                item["bands"] = (0..self.below(3)).map(|_| json!({ "at_least": self.number(), "points": self.number() })).collect();
            }
            if self.below(3) == 0 {
                item["change"] = json!({ "from": self.number(), "to": self.number(), "as": "share" });
            }
            if self.below(4) == 0 {
                item["bonus"] = json!(self.below(2) == 0);
            }
            item
        }

        fn sections(&mut self) -> Value {
            (0..self.below(4)).map(|_| json!({ "name": self.text(), "items": (0..self.below(4)).map(|_| self.item()).collect::<Value>() })).collect()
        }

        fn scheme(&mut self) -> Value {
            let standards: Value =
                (0..self.below(3)).map(|_| json!({ "field": self.text(), "section": self.sections(), "cite": { "doc": self.text() } })).collect();
            let vetoes: Value = (0..self.below(3)).map(|_| json!({ "unless_met": self.text(), "cite": { "quote": self.text() } })).collect();
            json!({
                "name": self.text(), "section": self.sections(), "standard": standards, "veto": vetoes,
                "cohort": { "under": self.text(), "pool_to": [self.text()] }, "kinds": [self.text(), self.text()],
                "star": [{ "star": 5, "at_least": self.number() }], "ties": [], "cite": { "doc": self.text(), "quote": self.text() },
                "not_known_here": { "deep": { "deeper": [1, 2, { "x": self.text() }] } },
            })
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for seed in 0..60 {
            let value = Chance(seed).scheme();
            assert_eq!(back(&value), value, "seed {seed}:\n{}", entry_text("scheme", "drafted", &value));
        }
    }

    #[test]
    fn items_stand_one_to_a_line() {
        let value =
            json!({ "name": "甲", "section": [{ "name": "乙", "items": [{ "indicator": "a", "weight": 60 }, { "indicator": "b", "weight": 40 }] }] });
        let expected = "[scheme.x]\nname = \"甲\"\n\n[[scheme.x.section]]\nname = \"乙\"\nitems = [\n  { indicator = \"a\", weight = 60 },\n  { indicator = \"b\", weight = 40 },\n]\n";
        assert_eq!(entry_text("scheme", "x", &value), expected);
    }
}
