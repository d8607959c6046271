//! Composing a table: from the heading row of a workbook or from lines of text; what the product knows is recognised.

use jiff::civil::Date;
use office::sheet::{Limits, read_workbook};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::known::recognise;
use super::{AnswerKind, AskedColumn, AskedTable, Units, rows, see};
use crate::app::App;
use crate::import::{cell_text, heading_key};

/// A table about to be composed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTable {
    pub organisation: OrgId,
    pub title: String,
    pub purpose: String,
    pub due_on: Date,
    /// Lines above the headings.
    pub heading: Vec<String>,
    pub headings: Vec<String>,
}

/// What an office changes in a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    pub title: String,
    pub purpose: String,
    pub due_on: Date,
    pub units: Units,
    pub permitted: String,
    /// By column: the pack's column that fills it (empty: asked for), what an answer is; those that are not named are left out.
    pub columns: Vec<(i64, String, AnswerKind)>,
}

/// Columns that a table has at most.
const N_COLUMNS_MAX: usize = 60;
/// Characters of a title, a heading.
const N_TITLE_MAX: usize = 80;
const N_HEADING_MAX: usize = 60;
/// Rows in which headings are looked for.
const HEADER_WITHIN: usize = 20;

/// The lines above the headings and the headings of a workbook: the row with most texts among the first, nothing but texts in it.
///
/// # Errors
/// The sentence that says what to do.
pub fn headings_of(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), String> {
    let sheets = read_workbook(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let sheet = sheets.iter().find(|sheet| !sheet.is_hidden && !sheet.rows.is_empty()).ok_or("表里没有内容，请选有表头的文件。")?;
    let texts = |at: usize| -> Vec<String> { sheet.rows[at].cells.iter().map(cell_text).collect() };
    let n_filled = |at: usize| texts(at).iter().filter(|text| !text.is_empty()).count();
    let n = sheet.rows.len().min(HEADER_WITHIN);
    let most = (0..n).map(n_filled).max().unwrap_or_default();
    let at = (0..n).find(|at| n_filled(*at) == most).unwrap_or_default();
    if most < 2 {
        return Err(format!("工作表“{}”里没有找到表头：表头要在一行里，至少两列。", sheet.name));
    }
    let mut headings = texts(at);
    // A heading row of two lines: what is empty here stands above.
    let mut n_above = at;
    if let Some(above) = at.checked_sub(1).filter(|above| n_filled(*above) > 1) {
        for (heading, upper) in headings.iter_mut().zip(texts(above)) {
            if heading.is_empty() && !upper.is_empty() {
                *heading = upper;
                n_above = above;
            }
        }
    }
    let line = |at: usize| texts(at).into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("　");
    let heading = (0..n_above).map(line).filter(|line| !line.is_empty()).collect();
    Ok((heading, headings.into_iter().filter(|text| !text.is_empty()).collect()))
}

fn column(app: &App, position: i64, heading: &str) -> AskedColumn {
    let known = recognise(&app.pack(), heading).unwrap_or_default();
    AskedColumn { id: 0, position, heading: heading.to_owned(), key: heading_key(heading), known, kind: kind_of(heading) }
}

/// What a heading lets one expect; the office may say otherwise.
fn kind_of(heading: &str) -> AnswerKind {
    let ends = |words: &[&str]| words.iter().any(|word| heading.trim_end_matches(['）', ')']).ends_with(word));
    if ends(&["日期", "时间", "年月"]) {
        AnswerKind::Day
    } else if ends(&["数", "数量", "人数", "个数", "金额", "元", "万元", "次数", "面积", "平方米", "率"]) {
        AnswerKind::Number
    } else {
        AnswerKind::Text
    }
}

/// Composes a draft.
///
/// # Errors
/// [`Refusal`] out of reach, without title, headings or a day to come, and of a heading that stands there twice.
pub async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewTable) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let Some(office_fields) = see::fields_at(actor, new.organisation) else {
        return refuse("请选您任职的单位来发表。".to_owned());
    };
    let title = checked_title(&new.title)?;
    check_day(new.due_on, tx.today())?;
    let headings: Vec<String> = new.headings.iter().map(|heading| heading.trim().to_owned()).filter(|heading| !heading.is_empty()).collect();
    if headings.is_empty() {
        return refuse("请上传有表头的 .xlsx，或者一行写一个栏目。".to_owned());
    }
    if headings.len() > N_COLUMNS_MAX {
        return refuse(format!("一张表最多 {N_COLUMNS_MAX} 栏，现在 {} 栏，请拆开或者删减。", headings.len()));
    }
    if let Some(long) = headings.iter().find(|heading| heading.chars().count() > N_HEADING_MAX) {
        return refuse(format!("栏目“{long}”太长，请写在 {N_HEADING_MAX} 个字以内，说明写在用途里。"));
    }
    let columns: Vec<AskedColumn> = headings.iter().zip(1..).map(|(heading, n)| column(app, n, heading)).collect();
    if let Some(twice) = columns.iter().enumerate().find(|(at, it)| columns[..*at].iter().any(|before| before.key == it.key)).map(|(_, it)| it) {
        return refuse(format!("栏目“{}”写了两次，请改名或者删去一个。", twice.heading));
    }
    let table = AskedTable {
        id: tx.next_id().await?,
        organisation: new.organisation,
        title,
        purpose: new.purpose.trim().to_owned(),
        heading: new.heading,
        units: Units { office_fields, ..Units::default() },
        permitted: String::new(),
        due_on: new.due_on,
        created_on: tx.today(),
        issued_on: None,
        closed_on: None,
        close_reason: String::new(),
    };
    rows::insert_table(tx, &table).await?;
    rows::put_columns(tx, table.id, &columns).await?;
    tx.record("table.compose", "asked_table", table.id, Some(table.organisation), json!({ "columns": columns.len() }));
    tx.changed("asked_table", table.id, None);
    Ok(table.id)
}

fn checked_title(title: &str) -> Result<String, Refusal> {
    match title.trim().chars().count() {
        0 => Err(Refusal("请写表的名称。".to_owned())),
        n if n > N_TITLE_MAX => Err(Refusal(format!("表的名称请写在 {N_TITLE_MAX} 个字以内，现在 {n} 个字。"))),
        _ => Ok(title.trim().to_owned()),
    }
}

fn check_day(due_on: Date, today: Date) -> Result<(), Refusal> {
    if due_on > today { Ok(()) } else { Err(Refusal(format!("截止日期请写在今天（{today}）以后，给填的人留出时间。"))) }
}

/// Changes a draft.
///
/// # Errors
/// [`Refusal`] of one that is issued, without columns, or of a column that the pack does not know.
pub async fn edit(app: &App, tx: &mut Tx, actor: &Actor, id: i64, edit: Edit) -> anyhow::Result<()> {
    tx.lock("asked_table", id).await?;
    let table = see::own(tx.connection(), actor, id).await?.ok_or_else(|| Refusal("没有找到这张表。".to_owned()))?;
    if !table.is_draft() {
        return Err(Refusal("已经下发，不能再改。要改的请写明原因关闭，另发一张。".to_owned()).into());
    }
    check_day(edit.due_on, tx.today())?;
    let before = rows::columns(tx.connection(), id).await?;
    let pack = app.pack();
    let mut columns = Vec::with_capacity(before.len());
    for old in before {
        let Some((_, known, kind)) = edit.columns.iter().find(|(id, _, _)| *id == old.id) else { continue };
        if !known.is_empty() && !pack.columns.contains_key(known) {
            return Err(Refusal(format!("栏目“{}”选的来源不认得，请再选一次。", old.heading)).into());
        }
        columns.push(AskedColumn { position: i64::try_from(columns.len())? + 1, known: known.clone(), kind: *kind, ..old });
    }
    if columns.is_empty() {
        return Err(Refusal("至少留一栏。".to_owned()).into());
    }
    let table = AskedTable {
        title: checked_title(&edit.title)?,
        purpose: edit.purpose.trim().to_owned(),
        units: Units { office_fields: table.units.office_fields.clone(), ..edit.units },
        permitted: edit.permitted.trim().to_owned(),
        due_on: edit.due_on,
        ..table
    };
    rows::update_draft(tx, &table).await?;
    rows::put_columns(tx, id, &columns).await?;
    tx.record("table.edit", "asked_table", id, Some(table.organisation), json!(null));
    tx.changed("asked_table", id, None);
    Ok(())
}

/// Throws a draft away.
///
/// # Errors
/// [`Refusal`] of one that is issued.
pub async fn drop_draft(tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    tx.lock("asked_table", id).await?;
    let table = see::own(tx.connection(), actor, id).await?.filter(AskedTable::is_draft);
    let table = table.ok_or_else(|| Refusal("没有找到这张还没下发的表。".to_owned()))?;
    rows::delete_draft(tx, id).await?;
    tx.record("table.drop", "asked_table", id, Some(table.organisation), json!(null));
    tx.changed("asked_table", id, None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use office::sheet::{Column, ColumnKind, Table, Value, write_workbook};

    #[test]
    fn headings_are_found_under_the_lines_above_them() {
        let columns = ["序号", "支部名称", "阵地面积（平方米）"].map(|heading| Column::new(heading, ColumnKind::Text)).to_vec();
        let table = Table { name: "表".to_owned(), title: Some("村级活动场所情况".to_owned()), columns, rows: vec![vec![Value::text("1")]] };
        let bytes = write_workbook(&[table]).expect("a workbook");
        let (heading, headings) = headings_of(&bytes).expect("headings");
        assert_eq!(heading, ["村级活动场所情况"]);
        assert_eq!(headings, ["序号", "支部名称", "阵地面积（平方米）"]);
    }

    #[test]
    fn every_line_above_the_headings_is_kept() {
        let columns = ["附件 1", "", ""].map(|heading| Column::new(heading, ColumnKind::Text)).to_vec();
        let row = |texts: [&str; 3]| texts.map(Value::text).to_vec();
        let rows = vec![
            row(["村级活动场所情况统计表", "", ""]),
            row(["填报单位：青石镇", "", "填表日期：2026 年 11 月"]),
            row(["序号", "支部名称", "阵地面积（平方米）"]),
        ];
        let bytes = write_workbook(&[Table { name: "表".to_owned(), title: None, columns, rows }]).expect("a workbook");
        let (heading, headings) = headings_of(&bytes).expect("headings");
        assert_eq!(heading, ["附件 1", "村级活动场所情况统计表", "填报单位：青石镇　填表日期：2026 年 11 月"]);
        assert_eq!(headings.len(), 3);
    }

    #[test]
    fn a_workbook_without_a_heading_row_is_refused_with_what_to_do() {
        let table = Table { name: "空表".to_owned(), title: None, columns: vec![Column::new("一栏", ColumnKind::Text)], rows: Vec::new() };
        let bytes = write_workbook(&[table]).expect("a workbook");
        assert_eq!(headings_of(&bytes).expect_err("refused"), "工作表“空表”里没有找到表头：表头要在一行里，至少两列。");
    }

    #[test]
    fn headings_say_what_an_answer_is() {
        for (heading, kind) in [
            ("活动场所面积（平方米）", AnswerKind::Number),
            ("建成时间", AnswerKind::Day),
            ("存在的问题", AnswerKind::Text),
            ("党员人数", AnswerKind::Number),
        ] {
            assert_eq!(kind_of(heading), kind, "{heading}");
        }
    }
}
