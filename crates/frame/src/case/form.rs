//! What a form of the pack gives, checked: all problems at once, each with its field.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{FormField, FormFieldKind};
use serde_json::{Map, Value as Json, json};

use super::exemptions;
use super::model::Item;
use super::scores::{ScoreLine, read_differences, read_scores};

/// A row of an `items` field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    pub kind: String,
    pub text: String,
    pub owner: Option<String>,
    pub due_on: Option<Date>,
}

/// A form that may be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    pub values: Json,
    pub items: Vec<NewItem>,
    /// Numbers of the items that this act closes.
    pub closes: Vec<i64>,
    /// A date field called `due_on` moves the case's deadline.
    pub due_on: Option<Date>,
}

/// What the thing that a form is about says of itself: its scored items, and who is missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    pub scores: &'a [ScoreLine],
    pub missing: &'a [(String, String)],
}

/// Reads fields by key; an `items` field comes as three lists `KEY.text`, `KEY.owner`, `KEY.due_on` of equal length,
/// a `closes_items` field as the numbers of the items, a `scores` or `differences` field as lists beside `KEY.item`,
/// an `exemptions` field as reasons beside `KEY.unit`.
///
/// # Errors
/// One sentence per problem.
pub fn read(fields: &[FormField], raw: &BTreeMap<String, Vec<String>>, open: &[Item], known: &Known<'_>, today: Date) -> Result<Filled, Vec<String>> {
    let mut problems = Vec::new();
    let mut filled = Filled { values: Json::Object(Map::new()), items: Vec::new(), closes: Vec::new(), due_on: None };
    for field in fields {
        let texts: Vec<&str> = raw.get(&field.key).map(|v| v.iter().map(|t| t.trim()).collect()).unwrap_or_default();
        let value = match field.kind {
            FormFieldKind::Items => items(field, raw, &mut filled.items, &mut problems),
            FormFieldKind::Scores => read_scores(field, raw, known.scores, &mut problems),
            FormFieldKind::Differences => read_differences(field, raw, known.scores, &mut problems),
            FormFieldKind::Exemptions => exemptions::read(field, raw, known.missing, &mut problems),
            FormFieldKind::ClosesItems => closes(field, &texts, open, &mut filled.closes, &mut problems),
            _ => single(field, texts.first().copied().unwrap_or_default(), today, &mut filled, &mut problems),
        };
        let is_empty = match &value {
            Json::Null => true,
            Json::String(text) => text.is_empty(),
            Json::Array(rows) => rows.is_empty(),
            _ => false,
        };
        if is_empty {
            // What is wrong with rows was said row by row.
            let is_by_row = matches!(field.kind, FormFieldKind::Scores | FormFieldKind::Differences | FormFieldKind::Exemptions);
            if field.required && !is_by_row {
                problems.push(format!("请填“{}”", field.name));
            }
        } else if let Some(map) = filled.values.as_object_mut() {
            map.insert(field.key.clone(), value);
        }
    }
    if problems.is_empty() { Ok(filled) } else { Err(problems) }
}

fn single(field: &FormField, text: &str, today: Date, filled: &mut Filled, problems: &mut Vec<String>) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    match field.kind {
        FormFieldKind::Date => match text.parse::<Date>() {
            Ok(day) if field.past && day > today => problems.push(format!("“{}”不能晚于今天（{today}）", field.name)),
            Ok(day) => {
                if field.key == "due_on" {
                    filled.due_on = Some(day);
                }
            }
            Err(_) => problems.push(format!("“{}”没有 {text} 这一天，请写成 2026-03-01", field.name)),
        },
        FormFieldKind::Whole => match text.parse::<i64>() {
            Err(_) => problems.push(format!("“{}”要填整数", field.name)),
            Ok(n) if field.least.is_some_and(|least| n < least) || field.most.is_some_and(|most| n > most) => {
                problems.push(format!("“{}”要填 {} 的整数", field.name, range(field)));
            }
            Ok(_) => {}
        },
        FormFieldKind::Choice if !field.choices.iter().any(|choice| choice == text) => {
            problems.push(format!("“{}”请从 {} 中选", field.name, field.choices.join("、")));
        }
        FormFieldKind::YesNo if !["是", "否"].contains(&text) => problems.push(format!("“{}”请选 是 或 否", field.name)),
        _ => {}
    }
    Json::String(text.to_owned())
}

fn range(field: &FormField) -> String {
    match (field.least, field.most) {
        (Some(least), Some(most)) => format!("{least} 到 {most}"),
        (Some(least), None) => format!("{least} 以上（含 {least}）"),
        (None, most) => most.map_or_else(String::new, |most| format!("{most} 以下（含 {most}）")),
    }
}

/// Whether a row of this kind of item needs somebody responsible and a deadline.
pub(super) fn asks_owner(kind: &str) -> bool {
    ["measure", "problem", "milestone"].contains(&kind)
}

fn items(field: &FormField, raw: &BTreeMap<String, Vec<String>>, out: &mut Vec<NewItem>, problems: &mut Vec<String>) -> Json {
    let list = |part: &str| raw.get(&format!("{}.{part}", field.key)).cloned().unwrap_or_default();
    let (texts, owners, dues) = (list("text"), list("owner"), list("due_on"));
    let kind = field.items.clone().unwrap_or_else(|| field.key.clone());
    let asks_owner = asks_owner(&kind);
    let mut rows = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let text = text.trim();
        let owner = owners.get(i).map(|o| o.trim()).filter(|o| !o.is_empty());
        let due = dues.get(i).map(|d| d.trim()).filter(|d| !d.is_empty());
        if text.is_empty() && owner.is_none() && due.is_none() {
            continue;
        }
        let line = i + 1;
        if text.is_empty() {
            problems.push(format!("“{}”第 {line} 行没有写内容", field.name));
        }
        if asks_owner && owner.is_none() {
            problems.push(format!("“{}”第 {line} 行没有责任人", field.name));
        }
        let due_on = due.and_then(|d| d.parse::<Date>().ok());
        if asks_owner && due_on.is_none() {
            problems.push(format!("“{}”第 {line} 行没有完成时限，请写成 2026-06-30", field.name));
        }
        rows.push(json!({ "text": text, "owner": owner, "due_on": due_on.map(|d| d.to_string()) }));
        out.push(NewItem { kind: kind.clone(), text: text.to_owned(), owner: owner.map(str::to_owned), due_on });
    }
    Json::Array(rows)
}

fn closes(field: &FormField, texts: &[&str], open: &[Item], out: &mut Vec<i64>, problems: &mut Vec<String>) -> Json {
    let kind = field.items.as_deref().unwrap_or(&field.key);
    let mut rows = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        match open.iter().find(|item| item.id.to_string() == **text && item.kind == kind && item.closed_in.is_none()) {
            Some(item) => {
                rows.push(Json::String(item.text.clone()));
                out.push(item.id);
            }
            None => problems.push(format!("“{}”里有一项已经办结，请刷新再选", field.name)),
        }
    }
    Json::Array(rows)
}
