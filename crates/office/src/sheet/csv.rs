//! A table as comma-separated text.

use super::table::{Table, Value};

/// Writes the headings and rows as .csv: UTF-8 with the mark by which Excel and WPS know it, lines ended by CRLF,
/// fields quoted where needed. Text that a spreadsheet would run as a formula gets an apostrophe in front.
///
/// A spreadsheet reads long digit strings in a .csv as numbers; for people, write a workbook instead.
#[must_use]
pub fn write_csv(table: &Table) -> Vec<u8> {
    let mut csv = String::from('\u{feff}');
    let n_columns = table.columns.len();
    push_line(&mut csv, table.columns.iter().map(|column| defused(&column.heading)), n_columns);
    for row in &table.rows {
        let fields = row.iter().map(|value| match value {
            Value::Text(text) => defused(text),
            other => other.to_string(),
        });
        push_line(&mut csv, fields, n_columns);
    }
    csv.into_bytes()
}

fn push_line(csv: &mut String, fields: impl Iterator<Item = String>, n_fields: usize) {
    for (index, field) in fields.chain(std::iter::repeat_with(String::new)).take(n_fields).enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if field.contains([',', '"', '\r', '\n']) || field.starts_with(' ') || field.ends_with(' ') {
            csv.push('"');
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(&field);
        }
    }
    csv.push_str("\r\n");
}

/// The text such that a spreadsheet shows it instead of running it. Plain numbers stay as they are.
fn defused(text: &str) -> String {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')) && text.parse::<f64>().is_ok();
    let is_risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) && !is_number;
    if is_risky { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::table::{Column, ColumnKind};

    #[test]
    fn fields_are_quoted_and_formulas_defused() {
        let columns = ["名称", "备注", "收入"].map(|it| Column::new(it, ColumnKind::Text)).to_vec();
        let row = |name: &str, note: &str| vec![Value::text(name), Value::text(note)];
        let mut rows = vec![row("一支部", "甲,\"乙\""), row("=1+1", "两\n行"), row("-1.5", "-a"), row(" 空", "")];
        rows[0].push(Value::Decimal { units: -2284, places: 2 });
        let table = Table { name: "表".into(), title: Some("不写入".into()), columns, rows };
        let text = String::from_utf8(write_csv(&table)).expect("UTF-8");
        assert_eq!(text, "\u{feff}名称,备注,收入\r\n一支部,\"甲,\"\"乙\"\"\",-22.84\r\n'=1+1,\"两\n行\",\r\n-1.5,'-a,\r\n\" 空\",,\r\n");
    }
}
