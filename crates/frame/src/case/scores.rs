//! Fields that speak of every item of a result: own points beside what was counted, and why they differ.

use std::collections::BTreeMap;

use assessment::decimal;
use policy::{FormField, FormFieldKind, Ratio, parse_ratio};
use serde_json::{Value as Json, json};

/// An item of the result that a case is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreLine {
    /// Its key in the scheme.
    pub item: String,
    pub name: String,
    pub section: String,
    /// The most points it can earn.
    pub weight: Ratio,
    /// What was counted from the records.
    pub counted: Ratio,
    /// How, in words.
    pub basis: String,
    /// What the organisation gave itself last, with its evidence.
    pub own: Option<(Ratio, String)>,
}

impl ScoreLine {
    /// Whether the organisation sees it otherwise than the records, to the two decimals that people read.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.own.as_ref().is_some_and(|(own, _)| decimal(*own) != decimal(self.counted))
    }
}

/// Whether a field asks anything: one about differences only when there are some.
pub(super) fn is_asked(field: &FormField, lines: &[ScoreLine]) -> bool {
    field.kind != FormFieldKind::Differences || lines.iter().any(ScoreLine::differs)
}

/// What was sent for one part of one item.
pub(super) fn sent<'a>(raw: &'a BTreeMap<String, Vec<String>>, field: &str, item: &str, part: &str) -> &'a str {
    let at = raw.get(&format!("{field}.item")).and_then(|items| items.iter().position(|it| it == item));
    at.and_then(|at| raw.get(&format!("{field}.{part}"))?.get(at)).map_or("", |text| text.trim())
}

/// Own points; left empty they are what was counted. Those that differ need their evidence.
pub(super) fn read_scores(field: &FormField, raw: &BTreeMap<String, Vec<String>>, lines: &[ScoreLine], problems: &mut Vec<String>) -> Json {
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let (own, evidence) = (sent(raw, &field.key, &line.item, "own"), sent(raw, &field.key, &line.item, "evidence"));
        let points = if own.is_empty() { Ok(line.counted) } else { parse_ratio(own) };
        let most = assessment::plain(line.weight);
        let points = match points {
            Ok(points) if points >= Ratio::from_integer(0) && points <= line.weight => points,
            _ => {
                problems.push(format!("“{}”的自评分要填 0 到 {most} 的数", line.name));
                continue;
            }
        };
        let (own, counted) = (decimal(points), decimal(line.counted));
        if own == counted {
            rows.push(json!({ "item": line.item, "counted": counted, "own": own }));
        } else if evidence.is_empty() {
            problems.push(format!("“{}”自评 {own} 分，与算出的 {counted} 分不一致，请写依据", line.name));
        } else {
            let text = format!("{}自评 {own}，算出 {counted}：{evidence}", line.name);
            rows.push(json!({ "item": line.item, "counted": counted, "own": own, "evidence": evidence, "text": text }));
        }
    }
    Json::Array(rows)
}

/// A sentence for every item that differs.
pub(super) fn read_differences(field: &FormField, raw: &BTreeMap<String, Vec<String>>, lines: &[ScoreLine], problems: &mut Vec<String>) -> Json {
    let mut rows = Vec::new();
    for line in lines.iter().filter(|line| line.differs()) {
        let reason = sent(raw, &field.key, &line.item, "text");
        if reason.is_empty() {
            problems.push(format!("请说明“{}”为什么与自评不一致", line.name));
        } else {
            rows.push(json!({ "item": line.item, "reason": reason, "text": format!("{}：{reason}", line.name) }));
        }
    }
    Json::Array(rows)
}

/// Own points by item, with their evidence, as an act keeps them.
#[must_use]
pub fn own_scores(values: &Json) -> BTreeMap<String, (Ratio, String)> {
    let text = |row: &Json, key: &str| row.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let fields = values.as_object().into_iter().flat_map(|map| map.values()).filter_map(Json::as_array);
    fields.flatten().filter_map(|row| Some((text(row, "item"), (parse_ratio(row.get("own")?.as_str()?).ok()?, text(row, "evidence"))))).collect()
}

/// Explanations by item, as an act keeps them.
#[must_use]
pub fn reasons(values: &Json) -> BTreeMap<String, String> {
    let fields = values.as_object().into_iter().flat_map(|map| map.values()).filter_map(Json::as_array);
    fields.flatten().filter_map(|row| Some((row.get("item")?.as_str()?.to_owned(), row.get("reason")?.as_str()?.to_owned()))).collect()
}

/// A line as a form shows it.
#[derive(Debug, Clone)]
pub struct ScoreRow {
    pub item: String,
    pub name: String,
    pub section: String,
    pub weight: String,
    pub counted: String,
    pub basis: String,
    /// What stands in the box for points.
    pub own: String,
    /// What stands in the box for words: evidence, or the explanation.
    pub text: String,
    /// For explanations: what the organisation gave as evidence.
    pub evidence: String,
}

/// The lines of a form, with what was typed before.
pub(super) fn rows(field: &FormField, lines: &[ScoreLine], raw: &BTreeMap<String, Vec<String>>) -> Vec<ScoreRow> {
    let explains = field.kind == FormFieldKind::Differences;
    let row = |line: &ScoreLine| {
        let (own, evidence) = line.own.as_ref().map_or((line.counted, ""), |(own, evidence)| (*own, evidence.as_str()));
        let typed = sent(raw, &field.key, &line.item, if explains { "text" } else { "evidence" });
        let typed_own = sent(raw, &field.key, &line.item, "own");
        ScoreRow {
            item: line.item.clone(),
            name: line.name.clone(),
            section: line.section.clone(),
            weight: assessment::plain(line.weight),
            counted: decimal(line.counted),
            basis: line.basis.clone(),
            own: if typed_own.is_empty() { decimal(own) } else { typed_own.to_owned() },
            text: if typed.is_empty() && !explains { evidence.to_owned() } else { typed.to_owned() },
            evidence: evidence.to_owned(),
        }
    };
    lines.iter().filter(|line| !explains || line.differs()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(own: Option<(i128, i128)>) -> ScoreLine {
        ScoreLine {
            item: "theme_day".to_owned(),
            name: "主题党日".to_owned(),
            section: "基本活动".to_owned(),
            weight: Ratio::from_integer(10),
            counted: Ratio::new(25, 3),
            basis: String::new(),
            own: own.map(|(above, below)| (Ratio::new(above, below), "九月有记录".to_owned())),
        }
    }

    fn field(kind: FormFieldKind) -> FormField {
        let text = r#"{ "key": "scores", "name": "逐项自评", "kind": "scores" }"#;
        FormField { kind, ..serde_json::from_str(text).unwrap() }
    }

    fn raw(own: &str, evidence: &str) -> BTreeMap<String, Vec<String>> {
        [("scores.item", "theme_day"), ("scores.own", own), ("scores.evidence", evidence)].map(|(k, v)| (k.to_owned(), vec![v.to_owned()])).into()
    }

    #[test]
    fn own_points_are_checked_and_need_evidence_where_they_differ() {
        let lines = [line(None)];
        let read = |own: &str, evidence: &str| {
            let mut problems = Vec::new();
            (read_scores(&field(FormFieldKind::Scores), &raw(own, evidence), &lines, &mut problems), problems)
        };
        assert_eq!(read("", "").0, json!([{ "item": "theme_day", "counted": "8.33", "own": "8.33" }]), "left alone, it is what was counted");
        assert!(read("8.33", "").1.is_empty(), "as it is printed, it is the same");
        assert_eq!(read("10", "").1, ["“主题党日”自评 10.00 分，与算出的 8.33 分不一致，请写依据"]);
        assert_eq!(read("10.5", "有").1, ["“主题党日”的自评分要填 0 到 10 的数"]);
        assert_eq!(read("-1", "有").1.len(), 1);
        let (values, problems) = read("10", "九月有记录");
        assert!(problems.is_empty());
        assert_eq!(own_scores(&json!({ "scores": values }))["theme_day"], (Ratio::from_integer(10), "九月有记录".to_owned()));
    }

    #[test]
    fn only_differences_are_explained_and_each_of_them() {
        let field = field(FormFieldKind::Differences);
        assert!(!is_asked(&field, &[line(None), line(Some((833, 100)))]), "what reads the same is no difference");
        let lines = [line(Some((10, 1)))];
        assert!(is_asked(&field, &lines));
        let mut problems = Vec::new();
        read_differences(&field, &BTreeMap::new(), &lines, &mut problems);
        assert_eq!(problems, ["请说明“主题党日”为什么与自评不一致"]);
        let sent = [("scores.item", "theme_day"), ("scores.text", "九月那次是支委会")].map(|(k, v)| (k.to_owned(), vec![v.to_owned()])).into();
        let values = read_differences(&field, &sent, &lines, &mut Vec::new());
        assert_eq!(reasons(&json!({ "d": values }))["theme_day"], "九月那次是支委会");
    }
}
