//! Rows of 评定得分.

use std::collections::HashMap;

use super::row::Cells;
use super::{Context, Found, World, first_of_its_key};
use crate::import::cells::{self, Decimal};
use crate::import::model::{JudgedRecord, NoteKind, Record};
use crate::import::recognise::heading_key;

pub(super) fn check(
    row: &mut Cells<'_>,
    context: &Context<'_>,
    world: &World,
    seen: &mut HashMap<String, u32>,
    year_of_title: Option<i16>,
) -> Option<Record> {
    let code = row.code("code");
    if code.is_empty() {
        row.missing("code");
    } else if matches!(world.find(context, &code), Found::Nothing) {
        row.note(NoteKind::UnknownBranch, "code", format!("没有编码是 {code} 的党组织，请核对编码"));
    }
    let written = row.required("indicator");
    let is_it = |name: &str| heading_key(name) == heading_key(&written);
    let indicator =
        context.pack.indicators.iter().find(|(_, indicator)| indicator.value.is_none() && is_it(&indicator.name)).map(|(key, _)| key.clone());
    if indicator.is_none() && !written.is_empty() {
        let names: Vec<&str> =
            context.pack.indicators.values().filter(|indicator| indicator.value.is_none()).map(|indicator| indicator.name.as_str()).collect();
        row.note(NoteKind::UnknownKind, "indicator", format!("“{written}”不是由人评定的指标，请改为：{}", names.join("、")));
    }
    let points = cells::narrow(&row.required("value")).trim().trim_end_matches('分').to_owned();
    if !points.is_empty() && Decimal::parse(&points).is_none() {
        row.note(NoteKind::NotANumber, "value", format!("“{points}”不是数字，请只填数字"));
    }
    let evidence = row.required("evidence");
    let year = year_of_title.or(context.year);
    if year.is_none() {
        row.note(NoteKind::Missing, "value", "不知道是哪一年的评定，请在表头上方写明年度（如“2025年度”），或者在导入时指定".to_owned());
    }
    if let Some(indicator) = &indicator {
        first_of_its_key(row, seen, format!("{code}|{indicator}"), "indicator", "同一组织、同一指标");
    }
    if row.is_refused() {
        return None;
    }
    Some(Record::Judged(JudgedRecord { code, indicator: indicator?, year: year?, points, evidence }))
}
