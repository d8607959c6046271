//! Answering a table, sending an answer back, closing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::{AnswerKind, Answered, AskedColumn, AskedTable, AskedUnit, facts, rows, see};
use crate::burden;
use crate::notice::{self, To};

/// Characters of one answer.
const N_ANSWER_MAX: usize = 500;

/// A value as it may stand in a column, or what is wrong with it.
pub(super) fn checked(column: &AskedColumn, value: &str) -> Result<String, String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(format!("请填“{}”；没有的写“无”或者 0。", column.heading));
    }
    if value.chars().count() > N_ANSWER_MAX {
        return Err(format!("“{}”请写在 {N_ANSWER_MAX} 个字以内。", column.heading));
    }
    match column.kind {
        AnswerKind::Text => Ok(value.to_owned()),
        AnswerKind::Number => {
            let digits = value.replace([',', '，'], "");
            let is_number = digits.parse::<f64>().is_ok_and(f64::is_finite) && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
            if is_number { Ok(digits) } else { Err(format!("“{}”请写成数字，如 12 或者 3.5，不带单位。", column.heading)) }
        }
        AnswerKind::Day => {
            let written = value.replace(['年', '月', '.', '/'], "-").replace('日', "");
            let parts: Vec<&str> = written.split('-').collect();
            let day = match parts.as_slice() {
                [year, month, day] => format!("{year:0>4}-{month:0>2}-{day:0>2}").parse::<Date>().ok(),
                _ => None,
            };
            day.map(|day| day.to_string()).ok_or_else(|| format!("“{}”请写成 2026-01-09 这样的日期。", column.heading))
        }
    }
}

/// Puts a unit's answers in; until the table is closed they may be put right, also those that came from an earlier table.
///
/// # Errors
/// [`Refusal`] of a table that is closed, and of every value that cannot stand, all at once.
pub async fn answer(tx: &mut Tx, actor: &Actor, id: i64, organisation: OrgId, values: &BTreeMap<i64, String>) -> anyhow::Result<()> {
    tx.lock("asked_table", id).await?;
    let (table, mut unit) =
        see::asked(tx.connection(), actor, id, Some(organisation)).await?.ok_or_else(|| Refusal("没有找到要您填的这张表。".to_owned()))?;
    if !table.is_open() {
        return Err(Refusal("这张表已经收齐关闭，要更正请联系发表的单位。".to_owned()).into());
    }
    let columns = rows::columns(tx.connection(), id).await?;
    let kept = rows::answers(tx.connection(), "a.table_id = $1 and a.organisation_id = $2", vec![id.into(), organisation.into()]).await?;
    let copied = |column: &AskedColumn| kept.iter().find(|answer| answer.column == column.id && answer.from_table.is_some());
    let (mut answers, mut problems, mut corrected) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns.iter().filter(|column| column.is_asked()) {
        let given = values.get(&column.id).map_or("", |value| value.trim());
        // What was said in an earlier table stands, unless the unit now says otherwise.
        if let Some(earlier) = copied(column) {
            if given.is_empty() || given == earlier.value || checked(column, given).as_ref() == Ok(&earlier.value) {
                continue;
            }
            corrected.push(column.id);
        }
        match checked(column, given) {
            Ok(value) => answers.push(Answered {
                table: id,
                column: column.id,
                organisation,
                key: column.key.clone(),
                value,
                answered_on: tx.today(),
                from_table: None,
            }),
            Err(sentence) => problems.push(sentence),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal(problems.join("\n")).into());
    }
    let n_same = kept.iter().filter(|old| answers.iter().any(|new| new.column == old.column && new.value == old.value)).count();
    let n_typed = i64::try_from(answers.len().saturating_sub(n_same))?;
    rows::delete_typed(tx, id, organisation).await?;
    rows::delete_copied(tx, id, organisation, &corrected).await?;
    rows::insert_answers(tx, &answers).await?;
    unit.n_typed += n_typed;
    // Late is what had not come by its day; what came in time and was sent back is not.
    unit.is_late = unit.is_late || (unit.answered_on.is_none() && unit.returned.is_empty() && tx.today() > table.due_on);
    unit.answered_on = Some(tx.today());
    unit.returned = String::new();
    put(tx, &unit).await?;
    burden::note(tx, organisation, "asked_table", id, n_typed).await?;
    tx.record("table.answer", "asked_table", id, Some(organisation), json!({ "typed": n_typed }));
    Ok(())
}

async fn put(tx: &mut Tx, unit: &AskedUnit) -> anyhow::Result<()> {
    rows::update_unit(tx, unit).await?;
    crate::facts::replace(tx, facts::SOURCE, vec![(unit.id, facts::facts_of(unit))]).await?;
    tx.changed("asked_unit", unit.id, Some(unit.organisation));
    Ok(())
}

async fn own_open(tx: &Tx, actor: &Actor, id: i64) -> anyhow::Result<AskedTable> {
    let table = see::own(tx.connection(), actor, id).await?.filter(AskedTable::is_open);
    table.ok_or_else(|| Refusal("没有找到您发的这张还没关闭的表。".to_owned()).into())
}

/// Sends a unit's answer back with a reason; what it said is offered to it again.
///
/// # Errors
/// [`Refusal`] without a reason, or of a unit that has not answered.
pub async fn send_back(tx: &mut Tx, actor: &Actor, id: i64, organisation: OrgId, reason: &str) -> anyhow::Result<()> {
    tx.lock("asked_table", id).await?;
    let table = own_open(tx, actor, id).await?;
    if reason.trim().is_empty() {
        return Err(Refusal("请写哪里要改。".to_owned()).into());
    }
    let units = rows::units(tx.connection(), "u.table_id = $1 and u.organisation_id = $2", vec![id.into(), organisation.into()]).await?;
    let unit = units.into_iter().find(|unit| unit.answered_on.is_some() && unit.n_asked > 0);
    let mut unit = unit.ok_or_else(|| Refusal("这个单位还没有填，不用退回。".to_owned()))?;
    unit.answered_on = None;
    unit.returned = reason.trim().to_owned();
    put(tx, &unit).await?;
    tx.record("table.send_back", "asked_table", id, Some(organisation), json!(null));
    notice::send(tx, To::Organisation(organisation), "table", &format!("“{}”退回修改：{}", table.title, reason.trim()), &table.address()).await?;
    Ok(())
}

/// Closes a table: everybody has answered, or it is said why it goes without the others.
///
/// # Errors
/// [`Refusal`] while units are missing and no reason is given.
pub async fn close(tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    tx.lock("asked_table", id).await?;
    let table = own_open(tx, actor, id).await?;
    let n_left = rows::units(tx.connection(), "u.table_id = $1 and u.answered_on is null", vec![id.into()]).await?.len();
    if n_left > 0 && reason.trim().is_empty() {
        return Err(Refusal(format!("还有 {n_left} 个单位没有填。不等的，请写明原因再关闭。")).into());
    }
    rows::mark(tx, id, "closed_on", tx.today(), reason.trim()).await?;
    tx.record("table.close", "asked_table", id, Some(table.organisation), json!({ "left": n_left }));
    tx.changed("asked_table", id, None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: AnswerKind) -> AskedColumn {
        AskedColumn { id: 1, position: 1, heading: "建成时间".to_owned(), key: String::new(), known: String::new(), kind }
    }

    #[test]
    fn answers_are_read_as_people_write_them() {
        assert_eq!(checked(&column(AnswerKind::Number), " 1,200 ").as_deref(), Ok("1200"));
        assert_eq!(checked(&column(AnswerKind::Number), "3.5").as_deref(), Ok("3.5"));
        assert_eq!(checked(&column(AnswerKind::Day), "2024年3月1日").as_deref(), Ok("2024-03-01"));
        assert_eq!(checked(&column(AnswerKind::Day), "2024.3.1").as_deref(), Ok("2024-03-01"));
        assert_eq!(checked(&column(AnswerKind::Text), "无").as_deref(), Ok("无"));
    }

    #[test]
    fn what_cannot_stand_is_said_with_its_column() {
        for (kind, value) in [
            (AnswerKind::Text, "  "),
            (AnswerKind::Number, "十二个"),
            (AnswerKind::Number, "inf"),
            (AnswerKind::Number, "12 个"),
            (AnswerKind::Day, "去年"),
            (AnswerKind::Day, "2024-02-30"),
        ] {
            assert!(checked(&column(kind), value).expect_err(value).contains("建成时间"), "{value}");
        }
    }
}
