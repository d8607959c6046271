//! Rows of 村级集体经济.

use std::collections::HashMap;

use super::row::Cells;
use super::{Context, World, first_of_its_key};
use crate::import::cells;
use crate::import::model::{IncomeRecord, NoteKind, Record};

/// Ten thousand million yuan in fen: no village earns more in a year.
const FEN_MAX: i64 = 1_000_000_000_000;

pub(super) fn check(row: &mut Cells<'_>, context: &Context<'_>, world: &World, seen: &mut HashMap<String, u32>) -> Option<Record> {
    let village_code = village(row, context, world);
    let this_year = i64::from(context.today.year());
    let year = row.number_of("year", 1978..=this_year, cells::whole);
    if !row.has("year") {
        row.missing("year");
    }
    if !row.has("operating_income") {
        row.missing("operating_income");
    }
    let operating = row.number_of("operating_income", -FEN_MAX..=FEN_MAX, cells::fen);
    let total = row.number_of("total_income", -FEN_MAX..=FEN_MAX, cells::fen);
    if let (Some(operating), Some(total)) = (operating, total)
        && total < operating
    {
        row.note(NoteKind::OddAmount, "total_income", "总收入小于经营性收入，已照收，请核对".to_owned());
    }
    if operating.is_some_and(|fen| fen < 0) {
        row.note(NoteKind::OddAmount, "operating_income", "收入是负数，已照收，请核对".to_owned());
    }
    if let Some(year) = year {
        first_of_its_key(row, seen, format!("{village_code}|{year}"), "village_code", "同一村、同一年度");
    }
    if row.is_refused() {
        return None;
    }
    Some(Record::Income(IncomeRecord {
        village_code,
        village_name: row.text("village_name"),
        year: i16::try_from(year?).ok()?,
        operating_fen: operating?,
        total_fen: total,
    }))
}

fn village(row: &mut Cells<'_>, context: &Context<'_>, world: &World) -> String {
    let code = row.code("village_code");
    if code.is_empty() {
        row.missing("village_code");
        return code;
    }
    if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
        row.note(NoteKind::UnknownBranch, "village_code", format!("村编码“{code}”应是 12 位行政区划代码，请核对"));
        return code;
    }
    if !context.regions.contains(&code) && !world.fresh_regions.contains(&code) {
        if context.is_console {
            row.note(NoteKind::NoOrganisation, "village_code", "没有行政区划代码与它相同的党组织，收入暂不计入任何支部".to_owned());
        } else {
            row.note(NoteKind::UnknownBranch, "village_code", format!("没有找到行政区划代码是 {code} 的党组织，请核对编码，或者先导入党组织"));
        }
    }
    code
}
