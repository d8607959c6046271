//! The roster in the columns of the national form, with numbers in full: for reporting, never for a list.

use jiff::civil::Date;
use office::sheet::{Column, ColumnKind, Table, Value};
use policy::ColumnKind as Kind;
use store::Tx;

use super::store::{affiliations, members};
use crate::app::App;
use crate::organisation::day;

/// These members in the columns of the pack's workbook `members`, in the order given.
///
/// # Errors
/// When the database refuses.
pub async fn table(app: &App, tx: &Tx, ids: &[i64]) -> anyhow::Result<Table> {
    let pack = app.pack();
    let workbook = pack.workbooks.get("members").ok_or_else(|| anyhow::anyhow!("the pack has no workbook of members"))?;
    let (rows, belongs) = (members(tx, ids).await?, affiliations(tx, ids).await?);
    let directory = app.directory();
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = rows.get(id) else { continue };
        let branch = belongs.get(id).and_then(|rows| rows.last()).and_then(|now| directory.org(now.organisation_id));
        let mut line = Vec::with_capacity(workbook.columns.len());
        for column in &workbook.columns {
            let text = |text: &Option<String>| Value::text(text.clone().unwrap_or_default());
            line.push(match column.field.as_str() {
                "name" => Value::text(&row.name),
                "sex" => Value::text(&row.sex),
                "ethnicity" => Value::text(&row.ethnicity),
                "id_number" => Value::text(tx.keys().unseal("member.id_number", *id, &row.id_number)?),
                "born_on" => date_value(row.born_on.as_deref().map(day).transpose()?),
                "education" => text(&row.education),
                "joined_on" => date_value(row.joined_on.as_deref().map(day).transpose()?),
                "full_on" => date_value(row.full_on.as_deref().map(day).transpose()?),
                "category" => Value::text(&row.category),
                "branch_code" => Value::text(branch.map(|org| org.code.clone()).unwrap_or_default()),
                "branch_name" => Value::text(branch.map(|org| org.name.clone()).unwrap_or_default()),
                "occupation" => text(&row.occupation),
                "telephone" => Value::text(
                    row.telephone.as_deref().map(|sealed| tx.keys().unseal("member.telephone", *id, sealed)).transpose()?.unwrap_or_default(),
                ),
                "is_mobile" => Value::text(if row.is_mobile { "是" } else { "否" }),
                "status" => Value::text(&row.status),
                _ => Value::Empty,
            });
        }
        lines.push(line);
    }
    let columns = workbook
        .columns
        .iter()
        .map(|column| Column::new(&column.heading, if column.kind == Kind::Date { ColumnKind::Date } else { ColumnKind::Text }).wide(18.0))
        .collect();
    Ok(Table { name: workbook.name.clone(), title: None, columns, rows: lines })
}

fn date_value(day: Option<Date>) -> Value {
    day.map_or(Value::Empty, |day| Value::Date { year: day.year(), month: day.month(), day: day.day() })
}
