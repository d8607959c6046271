//! Rows of 党员基本信息.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::row::Cells;
use super::{Context, World, branch, first_of_its_key};
use crate::import::cells::{self, IdentityFault};
use crate::import::model::{MemberRecord, NoteKind, Record};

/// Days by which a day of full membership may differ from the end of probation without a doubt.
const ABOUT: i32 = 7;

pub(super) fn check(row: &mut Cells<'_>, context: &Context<'_>, world: &mut World, seen: &mut HashMap<String, u32>) -> Option<Record> {
    let id_number = identity(row, seen);
    let branch_code = branch(row, context, world, true);
    let name = cells::person_name(row.cell("name"));
    if name.is_empty() {
        row.missing("name");
    }
    let born = id_number.as_deref().and_then(cells::born_of);
    let joined_on = joined(row, context, born);
    let full_on = full(row, context, joined_on);
    let born_on = born_column(row, born);
    let category = row.required("category");
    doubts(row, context, id_number.as_deref(), (born, joined_on, full_on), &category);
    let is_mobile = yes_no(row, "is_mobile");
    let telephone = cells::telephone(row.cell("telephone"));
    if telephone.as_ref().is_some_and(|(_, is_usual)| !is_usual) {
        row.note(NoteKind::OddTelephone, "telephone", "不像手机号或座机号，已照收，请核对".to_owned());
    }
    if row.is_refused() {
        return None;
    }
    world.names.entry(branch_code.clone()).or_default().insert(name.clone());
    Some(Record::Member(MemberRecord {
        name,
        sex: row.text("sex"),
        ethnicity: row.text("ethnicity"),
        id_number: id_number?,
        born_on: born_on.or(born),
        education: row.optional("education"),
        joined_on,
        full_on,
        category,
        branch_code,
        occupation: row.optional("occupation"),
        telephone: telephone.map(|(number, _)| number),
        is_mobile,
        status: row.optional("status"),
    }))
}

fn identity(row: &mut Cells<'_>, seen: &mut HashMap<String, u32>) -> Option<String> {
    if !row.has("id_number") {
        row.missing("id_number");
        return None;
    }
    match cells::identity(row.cell("id_number")) {
        Ok(number) => {
            first_of_its_key(row, seen, number.clone(), "id_number", "同一个身份证号");
            Some(number)
        }
        Err(fault) => {
            let message = match fault {
                IdentityFault::LostDigits => "号码被表格当成了数字，末几位已经丢失，请把这一列设为“文本”后重填".to_owned(),
                IdentityFault::Length(n) => format!("号码有 {n} 位，应为 18 位，请照身份证核对"),
                IdentityFault::Characters => "号码里有数字和末位 X 以外的字符，请照身份证核对".to_owned(),
                IdentityFault::Birthday => "号码里的出生日期没有这一天，请照身份证核对".to_owned(),
                IdentityFault::Checksum => "校验码不对，多半是某一位抄错了，请照身份证核对".to_owned(),
            };
            row.note(NoteKind::Checksum, "id_number", message);
            None
        }
    }
}

fn joined(row: &mut Cells<'_>, context: &Context<'_>, born: Option<Date>) -> Option<Date> {
    let joined = row.day("joined_on", true)?;
    if born.is_some_and(|born| joined <= born) {
        row.note(NoteKind::ImpossibleDate, "joined_on", format!("{joined} 早于身份证号上的出生日期，请照入党志愿书核对"));
    } else if joined > context.today {
        row.note(NoteKind::ImpossibleDate, "joined_on", format!("{joined} 还没有到，请照入党志愿书核对"));
    }
    Some(joined)
}

fn full(row: &mut Cells<'_>, context: &Context<'_>, joined: Option<Date>) -> Option<Date> {
    let full = row.day("full_on", false)?;
    if joined.is_some_and(|joined| full < joined) {
        row.note(NoteKind::ImpossibleDate, "full_on", format!("{full} 早于入党日期，两个日期可能填反了，请核对"));
    } else if full > context.today {
        row.note(NoteKind::OddDate, "full_on", format!("{full} 还没有到，到那一天才算正式党员"));
    }
    Some(full)
}

/// The day of birth of its own column; year and month alone are taken from the identity number.
fn born_column(row: &mut Cells<'_>, of_number: Option<Date>) -> Option<Date> {
    if cells::day(row.cell("born_on")) == Err(cells::DayFault::Incomplete) && of_number.is_some() {
        return None;
    }
    let born = row.day("born_on", false)?;
    if of_number.is_some_and(|other| other != born) {
        row.note(NoteKind::BornDiffers, "born_on", format!("表里是 {born}，与身份证号不一致，请照档案核对"));
    }
    Some(born)
}

fn doubts(
    row: &mut Cells<'_>,
    context: &Context<'_>,
    id_number: Option<&str>,
    (born, joined, full): (Option<Date>, Option<Date>, Option<Date>),
    category: &str,
) {
    if let (Some(age), Some(born), Some(joined)) = (context.setting("admission_age_min"), born, joined)
        && born.checked_add(age.years()).is_ok_and(|of_age| joined < of_age)
    {
        row.note(NoteKind::JoinedBefore18, "joined_on", format!("入党时未满 {age} 周岁，请照入党志愿书核对"));
    }
    if let (Some(months), Some(joined), Some(full)) = (context.setting("probation_months"), joined, full)
        && let Ok(due) = joined.checked_add(months.months())
        && (full - due).get_days().abs() > ABOUT
    {
        row.note(NoteKind::FullNotAfterProbation, "full_on", format!("入党满 {months} 个月是 {due}，转正日期是 {full}，请核对是否延长过预备期"));
    }
    if let Some(sex) = id_number.and_then(cells::sex_of)
        && matches!(row.text("sex").as_str(), "男" | "女")
        && row.text("sex") != sex
    {
        row.note(NoteKind::SexDiffers, "sex", format!("身份证号上是{sex}，请核对"));
    }
    if category.contains("预备") && full.is_some_and(|full| full <= context.today) {
        row.note(NoteKind::CategoryDiffers, "category", "填了转正日期，人员类别仍是预备党员，按转正日期计为正式党员，请核对".to_owned());
    }
    if category.contains("正式") && full.is_none() && row.place("full_on").is_some() {
        row.note(NoteKind::CategoryDiffers, "category", "没有转正日期，按预备党员计，请补上转正日期".to_owned());
    }
    for field in ["sex", "ethnicity", "education", "category", "occupation", "status"] {
        row.listed(context.pack, field);
    }
}

fn yes_no(row: &mut Cells<'_>, field: &str) -> Option<bool> {
    match cells::yes_no(row.cell(field)) {
        Ok(is) => is,
        Err(()) => {
            let message = format!("“{}”不是“是”或“否”，没有收这一格，请核对", row.text(field));
            row.note(NoteKind::UncommonCode, field, message);
            None
        }
    }
}
