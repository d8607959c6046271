//! Rows of 党组织基本信息: every row alone, then whether its superior is there.

use std::collections::{HashMap, HashSet};

use policy::{OrganisationRole, Pack};

use super::row::Cells;
use super::{Context, World, first_of_its_key};
use crate::import::cells;
use crate::import::model::{NoteKind, OrganisationRecord, Outcome, Primitive, Record, Table};
use crate::import::recognise::heading_key;

/// Years that a term of office may last.
const TERM_YEARS: std::ops::RangeInclusive<i64> = 1..=10;

/// Checks the rows of one table; accepted ones stand with superiors before those below.
pub(super) fn check(rows: Vec<Cells<'_>>, context: &Context<'_>, world: &mut World, seen: &mut HashMap<String, u32>, outcome: &mut Outcome) {
    let mut read: Vec<(Cells<'_>, OrganisationRecord)> = rows
        .into_iter()
        .map(|mut row| {
            let record = one(&mut row, context, seen);
            (row, record)
        })
        .collect();
    let order = check_superiors(&mut read, context, world);
    for (row, record) in &read {
        if !row.is_refused()
            && let Some(kind) = context.pack.organisation_kinds.get(&record.kind)
        {
            world.fresh.insert(record.code.clone(), (record.name.clone(), kind.role));
            world.fresh_regions.extend(record.region_code.clone());
        }
    }
    let mut read: Vec<Option<(Cells<'_>, OrganisationRecord)>> = read.into_iter().map(Some).collect();
    for at in order {
        if let Some((row, record)) = read[at].take() {
            row.finish(Some(Record::Organisation(record)), outcome);
        }
    }
}

fn one(row: &mut Cells<'_>, context: &Context<'_>, seen: &mut HashMap<String, u32>) -> OrganisationRecord {
    let pack = context.pack;
    let code = row.code("code");
    if code.is_empty() {
        row.missing("code");
    } else {
        first_of_its_key(row, seen, code.clone(), "code", "同一个组织编码");
        if context.organisations.get(&code).is_some_and(|known| !known.is_reached) {
            row.note(NoteKind::OutOfReach, "code", format!("编码 {code} 不能由您写入，请核对编码，或者由上级办理"));
        }
    }
    let name = row.required("name");
    let kind = kind(row, pack);
    let field = field(row, pack);
    let superior_code = Some(row.code("superior_code")).filter(|code| !cells::is_nothing(code));
    let founded_on = row.day("founded_on", false);
    let elected_on = row.day("elected_on", false);
    if founded_on.is_some_and(|day| day > context.today) {
        row.note(NoteKind::OddDate, "founded_on", "建立日期还没有到，请核对".to_owned());
    }
    if elected_on.is_some_and(|day| day > context.today) {
        row.note(NoteKind::OddDate, "elected_on", "换届日期还没有到，请核对".to_owned());
    }
    if let (Some(founded), Some(elected)) = (founded_on, elected_on)
        && elected < founded
    {
        row.note(NoteKind::OddDate, "elected_on", format!("换届日期 {elected} 早于建立日期 {founded}，已照收，请核对"));
    }
    let telephone = cells::telephone(row.cell("telephone"));
    if telephone.as_ref().is_some_and(|(_, is_usual)| !is_usual) {
        row.note(NoteKind::OddTelephone, "telephone", "不像手机号或座机号，已照收，请核对".to_owned());
    }
    OrganisationRecord {
        code,
        name,
        kind,
        superior_code,
        field,
        founded_on,
        secretary: Some(cells::person_name(row.cell("secretary"))).filter(|name| !cells::is_nothing(name)),
        telephone: telephone.map(|(number, _)| number),
        elected_on,
        term_years: row.number_of("term_years", TERM_YEARS, cells::whole),
        region_code: Some(row.code("region_code")).filter(|code| !cells::is_nothing(code)),
        longitude: degrees(row, "longitude", 180),
        latitude: degrees(row, "latitude", 90),
    }
}

fn kind(row: &mut Cells<'_>, pack: &Pack) -> String {
    let written = row.required("kind");
    let is_it = |word: &String| heading_key(word) == heading_key(&written);
    let found = pack.organisation_kinds.iter().find(|(_, kind)| is_it(&kind.name) || kind.aliases.iter().any(is_it));
    if found.is_none() && !written.is_empty() {
        let names: Vec<&str> = pack.organisation_kinds.values().map(|kind| kind.name.as_str()).collect();
        row.note(NoteKind::UnknownKind, "kind", format!("没有“{written}”这种党组织类别，请改为：{}", names.join("、")));
    }
    found.map(|(key, _)| key.clone()).unwrap_or_default()
}

fn field(row: &mut Cells<'_>, pack: &Pack) -> String {
    let written = row.required("field");
    let is_it = |word: &String| heading_key(word) == heading_key(&written);
    let found = pack.fields.iter().find(|(_, field)| is_it(&field.name) || field.aliases.iter().any(is_it));
    if found.is_none() && !written.is_empty() {
        let names: Vec<&str> = pack.fields.values().map(|field| field.name.as_str()).collect();
        row.note(NoteKind::UnknownKind, "field", format!("没有“{written}”这个领域，请改为：{}", names.join("、")));
    }
    found.map(|(key, _)| key.clone()).unwrap_or_default()
}

/// Degrees as written, when they can be some; otherwise a doubt, and nothing is kept.
fn degrees(row: &mut Cells<'_>, field: &str, most: i64) -> Option<String> {
    let written = row.optional(field)?;
    let number = cells::Decimal::parse(written.trim_end_matches('°'));
    if number.and_then(|number| number.times(1_000_000)).is_some_and(|millionths| millionths.abs() <= most * 1_000_000) {
        return Some(cells::narrow(written.trim_end_matches('°')));
    }
    row.note(NoteKind::OddAmount, field, format!("“{written}”不是度数，没有收这一格"));
    None
}

/// Refuses rows whose superior is not there, rows below refused ones, and circles. Answers the order, superiors first.
fn check_superiors(read: &mut [(Cells<'_>, OrganisationRecord)], context: &Context<'_>, world: &World) -> Vec<usize> {
    let here: HashMap<String, usize> = read.iter().enumerate().rev().map(|(at, (_, record))| (record.code.clone(), at)).collect();
    let mut order = Vec::with_capacity(read.len());
    let mut done: HashSet<usize> = HashSet::new();
    for start in 0..read.len() {
        let mut chain = Vec::new();
        let mut at = start;
        // Up to the first superior that is decided already, then down again.
        while done.insert(at) {
            chain.push(at);
            match read[at].1.superior_code.as_ref().and_then(|code| here.get(code)) {
                Some(up) => at = *up,
                None => break,
            }
        }
        // The walk ended at a row of its own chain: they stand in a circle.
        let is_circle = |read: &[(Cells<'_>, OrganisationRecord)]| {
            let last = chain.last().copied()?;
            let up = read[last].1.superior_code.as_ref().and_then(|code| here.get(code)).copied()?;
            chain.iter().position(|at| *at == up)
        };
        let circle_from = is_circle(read);
        for (depth, at) in chain.iter().enumerate().rev() {
            let in_circle = circle_from.is_some_and(|from| depth >= from);
            check_superior(read, *at, &here, in_circle, context, world);
            order.push(*at);
        }
    }
    order
}

fn check_superior(
    read: &mut [(Cells<'_>, OrganisationRecord)],
    at: usize,
    here: &HashMap<String, usize>,
    in_circle: bool,
    context: &Context<'_>,
    world: &World,
) {
    let (code, superior) = (read[at].1.code.clone(), read[at].1.superior_code.clone());
    let Some(superior) = superior else {
        let is_known = context.organisations.contains_key(&code);
        if !context.is_console && !is_known {
            read[at].0.note(NoteKind::Missing, "superior_code", "没有填上级党组织编码；最高一级由建库的人在本机建立".to_owned());
        }
        return;
    };
    if in_circle || superior == code {
        read[at].0.note(NoteKind::UnknownBranch, "superior_code", format!("上级编码 {superior} 绕一圈又回到 {code}，请改正"));
        return;
    }
    let known = context.organisations.get(&superior);
    if let Some(up) = here.get(&superior) {
        if read[*up].0.is_refused() && known.is_none() {
            let number = read[*up].0.number();
            read[at].0.note(NoteKind::UnknownBranch, "superior_code", format!("上级（第 {number} 行）没有收，先改正那一行"));
        }
        return;
    }
    // What a roster repeats unchanged may stand above the importer's own reach.
    let is_unchanged = context.organisations.get(&code).is_some_and(|own| own.parent_code.as_ref() == Some(&superior));
    let is_there = world.fresh.contains_key(&superior) || known.is_some_and(|org| org.is_reached || is_unchanged);
    if !is_there {
        read[at].0.note(NoteKind::UnknownBranch, "superior_code", format!("没有编码是 {superior} 的上级党组织，请核对编码，或者先建上级"));
    } else if known.is_some_and(|org| org.role == OrganisationRole::Group) {
        read[at].0.note(NoteKind::UnknownBranch, "superior_code", "上级是党小组，下面不能再设组织，请核对编码".to_owned());
    }
}

/// Secretaries who are on no roster of their branch, once all rosters are read; branches whose roster nobody has are passed over.
pub(super) fn doubt_secretaries(tables: &[Table], outcomes: &mut [Outcome], context: &Context<'_>, world: &World) {
    for (table, outcome) in tables.iter().zip(outcomes).filter(|(table, _)| table.layout.primitive == Primitive::Organisation) {
        let Some(place) = table.layout.place("secretary") else { continue };
        let mut doubts = Vec::new();
        for checked in &outcome.accepted {
            let Record::Organisation(org) = &checked.record else { continue };
            let (Some(secretary), Some(kind)) = (&org.secretary, context.pack.organisation_kinds.get(&org.kind)) else { continue };
            let rosters: Vec<&HashSet<String>> =
                [world.names.get(&org.code), context.rosters.get(&org.code)].into_iter().flatten().filter(|names| !names.is_empty()).collect();
            if kind.role != OrganisationRole::Branch || rosters.is_empty() || rosters.iter().any(|names| names.contains(secretary)) {
                continue;
            }
            doubts.push(crate::import::model::Note {
                kind: NoteKind::SecretaryNotOnRoster,
                row: checked.row,
                heading: place.heading.clone(),
                column: place.column,
                value: secretary.clone(),
                message: format!("{secretary}不在本支部的党员名册上，已照收，请核对"),
            });
        }
        outcome.notes.extend(doubts);
    }
}
