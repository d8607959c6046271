//! Rows of 组织生活记录.

use std::collections::HashMap;

use policy::Pack;

use super::row::Cells;
use super::{Context, World, branch, first_of_its_key};
use crate::import::cells;
use crate::import::model::{ActivityRecord, NoteKind, Record};

/// More people than that come to no meeting of a branch.
const PEOPLE_MAX: i64 = 100_000;

pub(super) fn check(row: &mut Cells<'_>, context: &Context<'_>, world: &World, seen: &mut HashMap<String, u32>) -> Option<Record> {
    let branch_code = branch(row, context, world, false);
    let kind = kind(row, context.pack);
    let held_on = row.day("held_on", true);
    if let Some(day) = held_on.filter(|day| *day > context.today) {
        row.note(NoteKind::ImpossibleDate, "held_on", format!("{day} 还没有到，请填实际开展的日期"));
    }
    let topic = row.required("topic");
    let (n_eligible, n_present) = (people(row, "n_eligible"), people(row, "n_present"));
    if let (Some(eligible), Some(present)) = (n_eligible, n_present)
        && present > eligible
    {
        row.note(NoteKind::MorePresentThanDue, "n_present", format!("实到 {present} 人，多于应到 {eligible} 人；列席的不计入实到，请核对"));
    }
    let minutes = row.number_of("hours", 0..=24 * 60, cells::minutes);
    let entered_on = row.day("entered_on", false);
    if let (Some(held), Some(entered)) = (held_on, entered_on)
        && entered < held
    {
        row.note(NoteKind::OddDate, "entered_on", format!("录入日期 {entered} 早于活动日期 {held}，已照收，请核对"));
    }
    if !row.is_refused()
        && let (Some(kind), Some(held)) = (&kind, held_on)
    {
        // Refused before, or refused now as the later of two: a row with a problem of its own is no first of its key.
        first_of_its_key(row, seen, format!("{branch_code}|{kind}|{held}|{topic}"), "topic", "同一支部、同一天、同一类型、同一主题");
    }
    if row.is_refused() {
        return None;
    }
    Some(Record::Activity(ActivityRecord {
        branch_code,
        kind: kind?,
        held_on: held_on?,
        topic,
        host: row.optional("host"),
        n_eligible: n_eligible?,
        n_present: n_present?,
        minutes,
        entered_on,
    }))
}

/// The key of the kind that a row names by name, short form or alias.
fn kind(row: &mut Cells<'_>, pack: &Pack) -> Option<String> {
    let written = row.required("kind");
    if written.is_empty() {
        return None;
    }
    let found = activity_kind(pack, &written);
    if found.is_none() {
        let names: Vec<&str> = pack.activities.values().map(|kind| kind.name.as_str()).collect();
        row.note(NoteKind::UnknownKind, "kind", format!("没有“{written}”这一类活动，请改为：{}", names.join("、")));
    }
    found
}

/// Finds a kind of activity by any of its words.
pub(super) fn activity_kind(pack: &Pack, written: &str) -> Option<String> {
    let key = super::super::recognise::heading_key(written);
    let is_it = |word: &String| super::super::recognise::heading_key(word) == key;
    pack.activities.iter().find(|(_, kind)| is_it(&kind.name) || is_it(&kind.short) || kind.aliases.iter().any(is_it)).map(|(key, _)| key.clone())
}

fn people(row: &mut Cells<'_>, field: &str) -> Option<i64> {
    if !row.has(field) {
        row.missing(field);
        return None;
    }
    row.number_of(field, 0..=PEOPLE_MAX, cells::whole)
}
