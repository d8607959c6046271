//! A field that asks of each who is missing why: nobody is passed over in a lump.

use std::collections::BTreeMap;

use policy::FormField;
use serde_json::{Value as Json, json};

use super::model::N_NAMED;

/// Somebody without whom a step was taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempt {
    /// As the subject calls it: the number of an organisation.
    pub unit: String,
    /// 松林村党支部（没有考评完）.
    pub name: String,
    pub reason: String,
}

/// One line of the form.
#[derive(Debug, Clone)]
pub struct ExemptRow {
    pub unit: String,
    pub name: String,
    /// What was typed before.
    pub reason: String,
}

/// What was sent about one.
fn sent<'a>(raw: &'a BTreeMap<String, Vec<String>>, field: &str, unit: &str) -> &'a str {
    let at = raw.get(&format!("{field}.unit")).and_then(|units| units.iter().position(|it| it == unit));
    at.and_then(|at| raw.get(&format!("{field}.reason"))?.get(at)).map_or("", |text| text.trim())
}

/// A reason for each who is missing; one sentence names those without.
pub(super) fn read(field: &FormField, raw: &BTreeMap<String, Vec<String>>, missing: &[(String, String)], problems: &mut Vec<String>) -> Json {
    let (given, lacking): (Vec<_>, Vec<_>) = missing.iter().partition(|(unit, _)| !sent(raw, &field.key, unit).is_empty());
    let names: Vec<&str> = lacking.iter().map(|(_, name)| name.as_str()).collect();
    match names.len() {
        0 => {}
        n if n > N_NAMED => problems.push(format!("请逐个办完，或者逐个写明原因：{}等 {n} 个", names[..N_NAMED].join("、"))),
        _ => problems.push(format!("请逐个办完，或者逐个写明原因：{}", names.join("、"))),
    }
    let row = |(unit, name): &(String, String)| {
        let reason = sent(raw, &field.key, unit);
        json!({ "unit": unit, "name": name, "exempt_because": reason, "text": format!("{name}：{reason}") })
    };
    Json::Array(given.into_iter().map(row).collect())
}

/// The lines of the form, with what was typed before.
pub(super) fn rows(field: &FormField, missing: &[(String, String)], raw: &BTreeMap<String, Vec<String>>) -> Vec<ExemptRow> {
    let row = |(unit, name): &(String, String)| ExemptRow { unit: unit.clone(), name: name.clone(), reason: sent(raw, &field.key, unit).to_owned() };
    missing.iter().map(row).collect()
}

/// Who was passed over in an act, as it keeps them.
#[must_use]
pub fn exemptions(values: &Json) -> Vec<Exempt> {
    let text = |row: &Json, key: &str| Some(row.get(key)?.as_str()?.to_owned());
    let fields = values.as_object().into_iter().flat_map(|map| map.values()).filter_map(Json::as_array);
    let read = |row: &Json| Some(Exempt { unit: text(row, "unit")?, name: text(row, "name")?, reason: text(row, "exempt_because")? });
    fields.flatten().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_who_is_missing_has_a_reason_of_its_own() {
        let field: FormField = serde_json::from_str(r#"{ "key": "missing", "name": "没有办的", "kind": "exemptions" }"#).unwrap();
        let missing = [("7", "松林村"), ("8", "上河村")].map(|(unit, name)| (unit.to_owned(), name.to_owned()));
        let raw = |reasons: [&str; 2]| -> BTreeMap<String, Vec<String>> {
            let list = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
            [("missing.unit".to_owned(), list(["8", "7"])), ("missing.reason".to_owned(), list(reasons))].into()
        };
        let mut problems = Vec::new();
        read(&field, &[("missing".to_owned(), vec!["以后补".to_owned()])].into(), &missing, &mut problems);
        assert_eq!(problems, ["请逐个办完，或者逐个写明原因：松林村、上河村"], "one text for all is no reason");
        problems.clear();
        read(&field, &raw(["书记住院", " "]), &missing, &mut problems);
        assert_eq!(problems, ["请逐个办完，或者逐个写明原因：松林村"]);
        problems.clear();
        let values = read(&field, &raw(["书记住院", "三月补"]), &missing, &mut problems);
        let kept = exemptions(&json!({ "missing": values, "scope": "公开栏" }));
        let said: Vec<_> = kept.iter().map(|it| (it.unit.as_str(), it.reason.as_str())).collect();
        assert!(problems.is_empty() && said == [("7", "三月补"), ("8", "书记住院")], "{kept:?}");
    }
}
