//! `jishi evaluate`: a scheme over a period, written to a file. Nothing is opened, kept or published.

use std::path::Path;

use anyhow::Context as _;
use assessment::{Evaluation, LINE_HEADINGS, Printed};
use office::sheet::{Column, ColumnKind, Table, Value, write_workbook};
use policy::Period;
use store::Refusal;

use super::engine::{Engine, compute_with, sql_of};
use super::{fields_without_standard, lack_of_standards};
use crate::app::App;

/// Evaluates and writes the result as the ending of the file says: `.json`, `.csv` or `.xlsx`.
///
/// # Errors
/// [`Refusal`] when the period, the scheme or the ending is unknown; when the file cannot be written.
pub async fn evaluate(app: &App, engine: &Engine, scheme: &str, period: &str, out: &Path) -> anyhow::Result<String> {
    let period = parse(period)?;
    let today = store::day_of(app.now());
    let evaluation = compute_with(app, engine, scheme, period, period.until().min(today)).await?;
    let printed = evaluation.printed();
    let bytes = match out.extension().and_then(|end| end.to_str()) {
        Some("json") => serde_json::to_vec_pretty(&printed)?,
        Some("csv") => lines(&printed).into_bytes(),
        Some("xlsx") => write_workbook(&[table(&evaluation, &printed)])?,
        _ => return Err(Refusal("结果文件请以 .json、.csv 或 .xlsx 结尾。".to_owned()).into()),
    };
    std::fs::write(out, bytes).with_context(|| format!("无法写入 {}", out.display()))?;
    let mark = if evaluation.example { "（示例方案）" } else { "" };
    let lacking = lack_of_standards(&fields_without_standard(
        &app.pack(),
        scheme,
        evaluation.period.year,
        evaluation.rows.iter().map(|row| row.field.as_str()),
    ));
    let lacking = lacking.map(|sentence| format!("\n提示：{sentence}")).unwrap_or_default();
    Ok(format!("{}{mark} {}：{} 个党组织，指纹 {}{lacking}", evaluation.name, period.label(), printed.rows.len(), printed.fingerprint))
}

/// The SQL by which other engines count the measures, with a line above each text that says of which period it is.
///
/// # Errors
/// [`Refusal`] when the period or the scheme is unknown.
pub fn print_sql(app: &App, scheme: &str, period: &str) -> anyhow::Result<String> {
    let texts = sql_of(app, scheme, parse(period)?)?;
    Ok(texts.into_iter().map(|(period, sql)| format!("-- {scheme} {period}\n{sql};\n")).collect())
}

fn parse(period: &str) -> Result<Period, Refusal> {
    period.parse().map_err(|_| Refusal(format!("期间“{period}”写得不对，请写年份，如 2025")))
}

/// One line per organisation and item, for programs (RFC 4180): no byte order mark, no quotes that are not needed.
fn lines(printed: &Printed) -> String {
    let mut text = LINE_HEADINGS.join(",") + "\r\n";
    for line in printed.lines() {
        let fields: Vec<String> = line.into_iter().map(quoted).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(field: String) -> String {
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

fn table(evaluation: &Evaluation, printed: &Printed) -> Table {
    let mark = if evaluation.example { "（示例方案）" } else { "" };
    Table {
        name: "评定结果".to_owned(),
        title: Some(format!("{}{mark} {}", evaluation.name, evaluation.period.label())),
        columns: LINE_HEADINGS.iter().map(|heading| Column::new(*heading, ColumnKind::Text)).collect(),
        rows: printed.lines().map(|line| line.into_iter().map(Value::text).collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_only_where_it_must_be() {
        assert_eq!(quoted("rural@P330802".to_owned()), "rural@P330802");
        assert_eq!(quoted("a,\"b\"".to_owned()), "\"a,\"\"b\"\"\"");
    }
}
