//! Tables written, and read again.

use office::sheet::{Cell, Column, ColumnKind, Limits, Table, Value, WriteError, read_workbook, write_workbook};

fn table(name: &str, columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Table {
    Table { name: name.to_owned(), title: None, columns, rows }
}

#[test]
fn what_is_written_is_read_again() {
    let columns = vec![
        Column::new("公民身份号码", ColumnKind::Text),
        Column::new("经营性收入（万元）", ColumnKind::Decimal { places: 2 }),
        Column::new("人数", ColumnKind::Integer),
        Column::new("日期", ColumnKind::Date),
    ];
    let date = Value::Date { year: 2025, month: 3, day: 25 };
    let decimal = Value::Decimal { units: 2284, places: 2 };
    let rows = vec![
        vec![Value::text("990101194007299404"), decimal, Value::Integer(-3), date],
        vec![Value::text("=HYPERLINK(\"http://x\")"), Value::Empty, Value::Integer(i64::MAX)],
        vec![Value::text("第一行\n第二行 "), Value::text("无"), Value::Empty, Value::Date { year: 1890, month: 1, day: 2 }],
    ];
    let mut written = table("收入", columns, rows);
    written.title = Some("村级集体经济".into());
    let bytes = write_workbook(&[written.clone()]).expect("written");
    assert_eq!(bytes, write_workbook(&[written]).expect("written"), "not the same bytes twice");

    let text = |text: &str| Cell::Text(text.to_owned());
    let number = |text: &str| Cell::Number { value: text.parse().expect("a number"), text: text.into() };
    let sheets = read_workbook(&bytes, &Limits::default()).expect("readable");
    let rows: Vec<_> = sheets[0].rows.iter().map(|row| (row.number, row.cells.as_slice())).collect();
    assert_eq!(rows[0], (1, &[text("村级集体经济")][..]));
    assert_eq!(rows[1].1.len(), 4);
    let first = [text("990101194007299404"), number("22.84"), number("-3"), Cell::Date(45741.0)];
    assert_eq!(rows[2], (3, &first[..]));
    let second = [text("=HYPERLINK(\"http://x\")"), Cell::Empty, text("9223372036854775807")];
    assert_eq!(rows[3], (4, &second[..]));
    assert_eq!(rows[4], (5, &[text("第一行\n第二行 "), text("无"), Cell::Empty, text("1890-01-02")][..]));
}

#[test]
fn long_lists_move_to_a_hidden_sheet() {
    let many: Vec<String> = (0..200).map(|index| format!("类别{index}")).collect();
    let columns = || {
        vec![
            Column::new("短", ColumnKind::Text).choosing(["是", "否"]),
            Column::new("长", ColumnKind::Text).choosing(many.clone()).noted("从下拉列表中选择"),
            Column::new("带逗号", ColumnKind::Text).choosing(["甲,乙", "丙"]),
        ]
    };
    let tables = [table("甲", columns(), vec![]), table("乙", columns(), vec![])];
    let sheets = read_workbook(&write_workbook(&tables).expect("written"), &Limits::default()).expect("readable");
    let names: Vec<_> = sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.is_hidden)).collect();
    assert_eq!(names, [("甲", false), ("乙", false), ("选项", true)]);
    assert_eq!(sheets[2].rows.len(), 200);
    assert_eq!(sheets[2].rows[1].cells, [Cell::Text("类别1".into()), Cell::Text("丙".into())]);
}

#[test]
fn names_on_tabs_are_made_possible() {
    let names = ["甲/乙", "甲:乙", "选项", "", &"长".repeat(40), &"长".repeat(41), "History", "ab", "AB"];
    let tables: Vec<_> = names.iter().map(|name| table(name, vec![Column::new("列", ColumnKind::Text)], vec![])).collect();
    let sheets = read_workbook(&write_workbook(&tables).expect("written"), &Limits::default()).expect("readable");
    let names: Vec<_> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let long = "长".repeat(31);
    let long_too = format!("{}（2）", "长".repeat(28));
    let expected = ["甲_乙", "甲_乙（2）", "选项（2）", "工作表", &long, &long_too, "History（2）", "ab", "AB（2）"];
    assert_eq!(names, expected);
}

#[test]
fn what_does_not_fit_is_refused_or_said() {
    assert_eq!(write_workbook(&[]), Err(WriteError::NoTable));
    let refusal = write_workbook(&[table("空", vec![], vec![])]).expect_err("no columns");
    assert_eq!(refusal.to_string(), "“空”没有选择任何列。请至少选择一列再导出。");
    let rows = vec![vec![]; 1_048_576];
    let refusal = write_workbook(&[table("多", vec![Column::new("列", ColumnKind::Text)], rows)]);
    assert_eq!(refusal, Err(WriteError::TooManyRows { table: "多".into(), rows_max: 1_048_575 }));

    let rows = vec![vec![Value::text("长".repeat(40_000))]];
    let bytes = write_workbook(&[table("长", vec![Column::new("列", ColumnKind::Text)], rows)]).expect("written");
    let sheets = read_workbook(&bytes, &Limits::default()).expect("readable");
    let Cell::Text(text) = &sheets[0].rows[1].cells[0] else { panic!("no text") };
    assert_eq!(text.chars().count(), 32_767);
    assert!(text.ends_with("已截断）"));
}
