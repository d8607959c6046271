//! Tables as an .xlsx workbook.

use std::collections::HashSet;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Note, Workbook,
    Worksheet, XlsxError,
};

use super::reference::{COLUMNS_MAX, ROWS_MAX, column_letters};
use super::table::{Column, ColumnKind, Table, Value, WriteError};

const FONT: &str = "宋体";
const HEADING_FILL: u32 = 0x00DD_E6F0;
/// What Excel takes into one cell and into one list typed directly into a validation, in UTF-16 units.
const TEXT_LEN_MAX: usize = 32_767;
const INLINE_LIST_LEN_MAX: usize = 255;
const CHOICES_SHEET: &str = "选项";

/// Writes tables as the sheets of one workbook: headings in bold that stay in view and can be filtered, cells
/// formatted by column, drop-downs and notes. Rows go through an unnamed temporary file, not through memory.
/// The same tables make the same bytes.
///
/// # Errors
/// [`WriteError`]: too many rows or columns, no table, or the temporary file failed.
pub fn write_workbook(tables: &[Table]) -> Result<Vec<u8>, WriteError> {
    check(tables)?;
    let failed = |error: XlsxError| WriteError::Failed(error.to_string());
    let mut workbook = Workbook::new();
    // A fixed day: the clock is not read here.
    let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let mut names = HashSet::from([CHOICES_SHEET.to_owned()]);
    let mut lists = Vec::new();
    for table in tables {
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name(free_name(&table.name, &mut names)).map_err(failed)?;
        write_table(sheet, table, &mut lists).map_err(failed)?;
    }
    if !lists.is_empty() {
        let sheet = workbook.add_worksheet();
        sheet.set_name(CHOICES_SHEET).map_err(failed)?.set_hidden(true);
        for (index, list) in lists.iter().enumerate() {
            let column = u16::try_from(index).unwrap_or(u16::MAX);
            for (row, choice) in (0..).zip(list) {
                sheet.write_string(row, column, fitting(choice)).map_err(failed)?;
            }
        }
    }
    workbook.save_to_buffer().map_err(failed)
}

fn check(tables: &[Table]) -> Result<(), WriteError> {
    if tables.is_empty() {
        return Err(WriteError::NoTable);
    }
    for Table { name: table, title, columns, rows } in tables {
        let n_columns = columns.len();
        if n_columns == 0 || n_columns > COLUMNS_MAX as usize {
            return Err(WriteError::ColumnCount { table: table.clone(), n_columns });
        }
        let rows_max = ROWS_MAX as usize - 1 - title.as_deref().map_or(0, |title| title.lines().count());
        if rows.len() > rows_max {
            return Err(WriteError::TooManyRows { table: table.clone(), rows_max });
        }
    }
    Ok(())
}

fn write_table(sheet: &mut Worksheet, table: &Table, lists: &mut Vec<Vec<String>>) -> Result<(), XlsxError> {
    let above: Vec<&str> = table.title.as_deref().map_or_else(Vec::new, |title| title.lines().collect());
    let heading_row = u32::try_from(above.len()).unwrap_or(ROWS_MAX);
    let first_row = heading_row + 1;
    let last_row = heading_row + u32::try_from(table.rows.len()).unwrap_or(ROWS_MAX);
    let last_column = u16::try_from(table.columns.len() - 1).unwrap_or(u16::MAX);
    let formats: Vec<Format> = table.columns.iter().map(|column| body_format(column.kind)).collect();
    for ((index, column), format) in (0..).zip(&table.columns).zip(&formats) {
        sheet.set_column_width(index, column.width.clamp(1.0, 255.0))?;
        sheet.set_column_format(index, format)?;
        if !column.choices.is_empty() {
            sheet.add_data_validation(first_row, index, ROWS_MAX - 1, index, &drop_down(column, lists)?)?;
        }
    }
    // 附件 1 stands over the title, 填报单位 below it.
    let title_row = above.iter().position(|line| !line.starts_with("附件")).unwrap_or_default();
    for ((row, line), at) in (0..).zip(&above).zip(0..) {
        write_line_above(sheet, row, line, at == title_row, last_column)?;
    }
    write_headings(sheet, heading_row, &table.columns)?;
    sheet.set_freeze_panes(first_row, 0)?;
    sheet.autofilter(heading_row, 0, last_row.max(heading_row), last_column)?;
    // A4 across, all columns on one page's width, headings on every page.
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(heading_row, heading_row)?;
    for (row, values) in (first_row..).zip(&table.rows) {
        for ((index, value), format) in (0..).zip(values).zip(&formats) {
            write_value(sheet, row, index, value, format)?;
        }
    }
    Ok(())
}

fn write_line_above(sheet: &mut Worksheet, row: u32, line: &str, is_title: bool, last_column: u16) -> Result<(), XlsxError> {
    let format = Format::new().set_font_name(FONT).set_align(FormatAlign::VerticalCenter);
    let format = if is_title { format.set_font_size(16).set_bold().set_align(FormatAlign::Center) } else { format.set_font_size(11) };
    sheet.set_row_height(row, if is_title { 30 } else { 20 })?;
    if last_column == 0 {
        sheet.write_string_with_format(row, 0, fitting(line), &format)?;
    } else {
        sheet.merge_range(row, 0, row, last_column, &fitting(line), &format)?;
    }
    Ok(())
}

fn write_headings(sheet: &mut Worksheet, row: u32, columns: &[Column]) -> Result<(), XlsxError> {
    let format = Format::new().set_font_name(FONT).set_font_size(11).set_bold().set_text_wrap();
    let format = format.set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
    let format = format.set_background_color(Color::RGB(HEADING_FILL)).set_border(FormatBorder::Thin);
    sheet.set_row_height(row, heading_height(columns))?;
    for (index, column) in (0..).zip(columns) {
        sheet.write_string_with_format(row, index, fitting(&column.heading), &format)?;
        if let Some(text) = &column.note {
            let n_lines: usize = text.lines().map(|line| line.chars().count() / 16 + 1).sum();
            let height = u32::try_from(n_lines).unwrap_or(20).clamp(2, 20) * 18 + 12;
            let note = Note::new(text.as_str()).add_author_prefix(false).set_font_name(FONT).set_font_size(9);
            sheet.insert_note(row, index, &note.set_width(220).set_height(height))?;
        }
    }
    Ok(())
}

/// Points of height for the tallest heading once it is wrapped in its column.
fn heading_height(columns: &[Column]) -> f64 {
    let n_lines = columns.iter().map(|column| {
        let n_halves: u32 = column.heading.chars().map(|it| if it.is_ascii() { 1 } else { 2 }).sum();
        (f64::from(n_halves) / (column.width - 1.0).max(1.0)).ceil()
    });
    n_lines.fold(1.0, f64::max).min(4.0) * 15.0 + 6.0
}

fn write_value(sheet: &mut Worksheet, row: u32, column: u16, value: &Value, format: &Format) -> Result<(), XlsxError> {
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            sheet.write_string_with_format(row, column, fitting(text), format)?;
        }
        Value::Integer(number) => write_number(sheet, row, column, value, *number, 0, format)?,
        Value::Decimal { units, places } => write_number(sheet, row, column, value, *units, *places, format)?,
        Value::Date { year, month, day } => {
            let parts = (u16::try_from(*year), u8::try_from(*month), u8::try_from(*day));
            let date = match parts {
                (Ok(year), Ok(month), Ok(day)) => ExcelDateTime::from_ymd(year, month, day).ok(),
                _ => None,
            };
            // A day no spreadsheet knows (before 1900) stays readable as text.
            match date {
                Some(date) => {
                    sheet.write_datetime_with_format(row, column, date, format)?;
                }
                None => {
                    sheet.write_string_with_format(row, column, value.to_string(), format)?;
                }
            }
        }
    }
    Ok(())
}

/// Writes `units` of the given decimal place, as text when a spreadsheet would round it (it keeps 15 digits).
fn write_number(sheet: &mut Worksheet, row: u32, column: u16, value: &Value, units: i64, places: u8, format: &Format) -> Result<(), XlsxError> {
    const UNITS_MAX: u64 = 999_999_999_999_999;
    let number = value.to_string().parse::<f64>();
    match number {
        Ok(number) if units.unsigned_abs() <= UNITS_MAX && places <= 15 => {
            sheet.write_number_with_format(row, column, number, format)?;
        }
        _ => {
            sheet.write_string_with_format(row, column, value.to_string(), format)?;
        }
    }
    Ok(())
}

fn body_format(kind: ColumnKind) -> Format {
    let format = Format::new().set_font_name(FONT).set_font_size(11).set_align(FormatAlign::VerticalCenter);
    match kind {
        ColumnKind::Text => format.set_num_format("@"),
        ColumnKind::Integer => format.set_num_format("0"),
        ColumnKind::Decimal { places: 0 } => format.set_num_format("0"),
        ColumnKind::Decimal { places } => format.set_num_format(format!("0.{}", "0".repeat(usize::from(places.min(9))))),
        ColumnKind::Date => format.set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
    }
}

/// A drop-down for the column's choices: typed into the validation when short, else a column of the hidden sheet.
fn drop_down(column: &Column, lists: &mut Vec<Vec<String>>) -> Result<DataValidation, XlsxError> {
    let len: usize = column.choices.iter().map(|choice| choice.encode_utf16().count() + 1).sum();
    let is_plain = |choice: &String| !choice.contains([',', '"']) && choice.trim() == choice;
    let is_inline = len <= INLINE_LIST_LEN_MAX && column.choices.iter().all(is_plain);
    let list = if is_inline {
        DataValidation::new().allow_list_strings(&column.choices)?
    } else {
        let known = lists.iter().position(|list| *list == column.choices);
        let index = known.unwrap_or_else(|| {
            lists.push(column.choices.clone());
            lists.len() - 1
        });
        let letters = column_letters(u32::try_from(index).unwrap_or(u32::MAX));
        let range = format!("='{CHOICES_SHEET}'!${letters}$1:${letters}${}", column.choices.len());
        DataValidation::new().allow_list_formula(Formula::new(range))
    };
    list.set_error_style(DataValidationErrorStyle::Stop).set_error_title("不在可选范围内")?.set_error_message("请从下拉列表中选择。")
}

/// The text as far as one cell can hold it; what is cut off is said.
fn fitting(text: &str) -> String {
    const CUT: &str = "……（文字过长，已截断）";
    if text.len() <= TEXT_LEN_MAX || text.encode_utf16().count() <= TEXT_LEN_MAX {
        return text.to_owned();
    }
    let mut room = TEXT_LEN_MAX - CUT.encode_utf16().count();
    let kept = text.chars().take_while(|character| {
        let fits = character.len_utf16() <= room;
        room = room.saturating_sub(character.len_utf16());
        fits
    });
    kept.collect::<String>() + CUT
}

/// A name no other tab has, made of `wanted`: at most 31 UTF-16 units, none of `[]:*?/\`, no apostrophe at its ends.
fn free_name(wanted: &str, taken: &mut HashSet<String>) -> String {
    const LEN_MAX: usize = 31;
    let replaced = wanted.trim().replace(['[', ']', ':', '*', '?', '/', '\\'], "_");
    let cleaned: String = replaced.trim_matches('\'').chars().filter(|it| !it.is_control()).collect();
    let stem = if cleaned.is_empty() { "工作表".to_owned() } else { cleaned };
    for number in 1_u32.. {
        let suffix = if number == 1 { String::new() } else { format!("（{number}）") };
        let mut name = String::new();
        for character in stem.chars() {
            if name.encode_utf16().count() + character.len_utf16() + suffix.chars().count() > LEN_MAX {
                break;
            }
            name.push(character);
        }
        let name = name.trim_end_matches('\'').to_owned() + &suffix;
        // “History” is a name Excel keeps for itself.
        let key = name.to_lowercase();
        if key != "history" && taken.insert(key) {
            return name;
        }
    }
    stem
}
