//! `/evaluations/{id}/judged`: organisations × the items that people judge; on a page, or by workbook.

use std::collections::HashMap;

use crate::http::path::Path;
use askama::Template;
use assessment::{ItemDefinition, plain};
use axum::extract::Multipart;
use axum::http::StatusCode;
use office::sheet::{Cell, Column as Head_, ColumnKind, Limits, SheetRows, Table, Value, read_workbook};
use policy::{Capability, ScoreRule};
use store::{OrgId, Refusal};

use super::result::unit_of;
use crate::case::CaseAtWork;
use crate::evaluation::access::{may_change, opened};
use crate::evaluation::{self, JudgedValue, KIND, StoredEvaluation};
use crate::http::failure::Failure;
use crate::http::layout::{Flash, Layout};
use crate::http::list::{Direction, ListQuery, ListSpec, Pager};
use crate::http::pages_basic::{ErrorKind, ErrorPage};
use crate::http::submitted::Submitted;
use crate::http::view::{Chip, Choice, Link};
use crate::http::visit::{Answer, Visit};

const ROWS: ListSpec = ListSpec { sorts: &["code"], default_sort: ("code", Direction::Asc), filters: &["unit", "state"], per: 20 };

#[derive(Template)]
#[template(path = "pages/evaluation_judged.html")]
struct JudgedPage {
    layout: Layout,
    title: String,
    base: String,
    sentence: String,
    query: ListQuery,
    units: Vec<Choice>,
    states: Vec<Chip>,
    rows: Vec<RowView>,
    pager: Pager,
    problems: Vec<String>,
    may_see_result: bool,
}

impl JudgedPage {
    /// The list's own question, so that saving leads back to it.
    fn list(&self) -> String {
        self.query.page_link(self.query.page).split_once('?').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }
}

struct RowView {
    name: String,
    code: String,
    unit: String,
    items: Vec<ItemView>,
}

struct ItemView {
    org: OrgId,
    indicator: String,
    name: String,
    most: String,
    points: String,
    evidence: String,
    on: String,
    waived: String,
    error: String,
}

/// What may be judged in one evaluation by one person.
struct Sheet {
    evaluation: StoredEvaluation,
    rows: Vec<OrgRow>,
    judged: HashMap<(OrgId, String), (i64, String, String)>,
    waived: HashMap<(OrgId, String), String>,
}

struct OrgRow {
    org: OrgId,
    code: String,
    name: String,
    unit: (OrgId, String),
    items: Vec<ItemDefinition>,
}

/// Organisations that the visitor may judge, with the judged items of their fields; none: it does not exist for them.
async fn sheet(visit: &Visit, id: i64) -> Result<Sheet, Failure> {
    let reader = visit.app.store().reader();
    let evaluation = evaluation::find(reader, id).await?.filter(|e| e.kind == KIND).ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, evaluation.case_id.unwrap_or_default()).await?.ok_or(Failure::NotFound)?;
    let head = evaluation::result_head(reader, id).await?;
    let mut briefs = evaluation::briefs(reader, id).await?;
    briefs.sort_by(|a, b| a.code.cmp(&b.code));
    let judged = super::super::judged::judged_of(&visit.app, evaluation.period, None).await?;
    let waived = super::super::judged::waived_of(&visit.app, evaluation.period, None).await?;
    let scope = visit.scope(Capability::JudgeItems);
    let directory = visit.app.directory();
    let rows: Vec<OrgRow> = briefs
        .into_iter()
        .filter(|row| directory.is_visible(&scope, row.org))
        .filter_map(|row| {
            let items: Vec<ItemDefinition> = head
                .items
                .iter()
                .filter(|item| item.rule == ScoreRule::Judged && item.field.as_deref().is_none_or(|field| field == row.field))
                .cloned()
                .collect();
            let unit = unit_of(&directory, evaluation.organisation, row.org).unwrap_or((row.org, row.name.clone()));
            (!items.is_empty()).then_some(OrgRow { org: row.org, code: row.code, name: row.name, unit, items })
        })
        .collect();
    drop(directory);
    if rows.is_empty() {
        return Err(Failure::NotFound);
    }
    if !may_change(&work) {
        return Err(Failure::Refused("已经研究决定，评定的分数不再改动。".to_owned()));
    }
    Ok(Sheet { evaluation, rows, judged, waived })
}

/// How many items the visitor is to judge in an evaluation, and how many of them are still open; `None`: none, or not now.
pub(super) async fn to_judge(visit: &Visit, id: i64) -> Result<Option<(usize, usize)>, Failure> {
    match sheet(visit, id).await {
        Ok(sheet) => {
            let items = sheet.rows.iter().flat_map(|row| row.items.iter().map(|item| (row.org, &item.indicator)));
            let n_open = items.clone().filter(|(org, indicator)| !sheet.is_done(*org, indicator)).count();
            Ok(Some((items.count(), n_open)))
        }
        Err(Failure::NotFound | Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl Sheet {
    fn is_done(&self, org: OrgId, indicator: &str) -> bool {
        let key = (org, indicator.to_owned());
        self.judged.contains_key(&key) || self.waived.contains_key(&key)
    }

    fn is_complete(&self, row: &OrgRow) -> bool {
        row.items.iter().all(|item| self.is_done(row.org, &item.indicator))
    }
}

/// `GET /evaluations/{id}/judged`
pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sheet = match sheet(&visit, id).await {
        Err(Failure::Refused(sentence)) => return over(&visit, id, &sentence).await,
        sheet => sheet?,
    };
    let query = ListQuery::parse(&ROWS, &format!("/evaluations/{id}/judged"), Some(&visit.query));
    if let Some(export) = query.export {
        let kept: Vec<&OrgRow> = asked(&sheet, &query);
        return crate::http::download::table(export, &format!("{} 评定项目", sheet.evaluation.name), &table(&visit, &sheet, &kept, false));
    }
    page(&visit, &sheet, query, None, &HashMap::new(), Vec::new(), None)
}

/// Nothing is judged any more: that is said, with the way to the result for whoever may see it.
async fn over(visit: &Visit, id: i64, sentence: &str) -> Answer {
    let layout = visit.layout("评定项目");
    let mut page = ErrorPage::new(layout, ErrorKind::Refused, "评定已经结束", sentence);
    if opened(visit, id, KIND).await.is_ok() {
        page.ways.insert(0, Link::new("看评定结果", format!("/evaluations/{id}")));
    }
    let mut response = visit.page(&page)?;
    *response.status_mut() = StatusCode::FORBIDDEN;
    Ok(response)
}

fn asked<'a>(sheet: &'a Sheet, query: &ListQuery) -> Vec<&'a OrgRow> {
    let unit: Option<OrgId> = query.filter("unit").and_then(|id| id.parse().ok());
    let mut rows: Vec<&OrgRow> = sheet
        .rows
        .iter()
        .filter(|row| query.q.is_empty() || row.name.contains(&query.q) || row.code.contains(&query.q))
        .filter(|row| unit.is_none_or(|unit| row.unit.0 == unit))
        .filter(|row| match query.filter("state") {
            Some("missing") => !sheet.is_complete(row),
            Some("done") => sheet.is_complete(row),
            _ => true,
        })
        .collect();
    if query.dir == Direction::Desc {
        rows.reverse();
    }
    rows
}

fn page(
    visit: &Visit,
    sheet: &Sheet,
    query: ListQuery,
    typed: Option<&Submitted>,
    errors: &HashMap<(OrgId, String), String>,
    problems: Vec<String>,
    flash: Option<Flash>,
) -> Answer {
    let rows = asked(sheet, &query);
    let total = rows.len() as u64;
    let at = query.clone().within(total);
    // With refused values the rows that were sent stay in sight, whatever the filter says now.
    let sent: Vec<&OrgRow> = sheet.rows.iter().filter(|row| errors.keys().any(|(org, _)| *org == row.org)).collect();
    let shown: Vec<&OrgRow> = if sent.is_empty() { at.page_of(&rows).to_vec() } else { sent };
    let n_items: usize = sheet.rows.iter().map(|row| row.items.len()).sum();
    let n_done = sheet
        .rows
        .iter()
        .flat_map(|row| row.items.iter().map(|item| (row.org, &item.indicator)))
        .filter(|(org, indicator)| sheet.is_done(*org, indicator))
        .count();
    let n_complete = sheet.rows.iter().filter(|row| sheet.is_complete(row)).count() as u64;
    let mut units: Vec<(OrgId, String)> = sheet.rows.iter().map(|row| row.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    let may_see_result = evaluation::organises(visit.actor(), sheet.evaluation.organisation);
    let mut layout = visit
        .layout("评定项目")
        .crumb("考核评星", "/evaluations")
        .crumb(sheet.evaluation.name.clone(), if may_see_result { format!("/evaluations/{}", sheet.evaluation.id) } else { String::new() })
        .crumb("评定项目", "");
    layout.mark = sheet.evaluation.is_example.then(|| "示例方案".to_owned());
    layout.flash = flash.or(layout.flash);
    let page = JudgedPage {
        layout,
        title: format!("评定项目：{}", sheet.evaluation.name),
        base: format!("/evaluations/{}", sheet.evaluation.id),
        sentence: format!("{} 个党支部、{n_items} 项要评定，已评 {n_done} 项，还差 {} 项。", sheet.rows.len(), n_items - n_done),
        units: query.choices("unit", "全部单位", units.into_iter().map(|(id, name)| (id.to_string(), name))),
        states: vec![
            query.chip("state", "missing", "没有评完", Some(sheet.rows.len() as u64 - n_complete)),
            query.chip("state", "done", "已评完", Some(n_complete)),
        ],
        rows: shown.into_iter().map(|row| row_view(sheet, row, typed, errors)).collect(),
        pager: Pager::new(&at, total, "个"),
        problems,
        may_see_result,
        query,
    };
    let failed = !page.problems.is_empty();
    let mut response = visit.page(&page)?;
    if failed {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn row_view(sheet: &Sheet, row: &OrgRow, typed: Option<&Submitted>, errors: &HashMap<(OrgId, String), String>) -> RowView {
    let items = row.items.iter().map(|item| {
        let key = (row.org, item.indicator.clone());
        let kept = sheet.judged.get(&key);
        let sent = |name: &str| {
            typed.filter(|_| errors.contains_key(&key)).map(|typed| typed.text(&format!("{name}.{}.{}", row.org, item.indicator)).to_owned())
        };
        ItemView {
            org: row.org,
            indicator: item.indicator.clone(),
            name: item.name.clone(),
            most: plain(item.weight),
            points: sent("points").unwrap_or_else(|| kept.map(|(hundredths, ..)| hundredths_text(*hundredths)).unwrap_or_default()),
            evidence: sent("evidence").unwrap_or_else(|| kept.map(|(_, evidence, _)| evidence.clone()).unwrap_or_default()),
            on: kept.map(|(.., at)| at.get(..10).unwrap_or_default().to_owned()).unwrap_or_default(),
            waived: sheet.waived.get(&key).cloned().unwrap_or_default(),
            error: errors.get(&key).cloned().unwrap_or_default(),
        }
    });
    RowView { name: row.name.clone(), code: row.code.clone(), unit: row.unit.1.clone(), items: items.collect() }
}

fn hundredths_text(hundredths: i64) -> String {
    plain(policy::Ratio::new(i128::from(hundredths), 100))
}

/// `POST /evaluations/{id}/judged`
pub(super) async fn save(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let mut sheet = sheet(&visit, id).await?;
    let query = ListQuery::parse(&ROWS, &format!("/evaluations/{id}/judged"), Some(sent.text("list")));
    let common = sent.text("evidence_all");
    let mut values = Vec::new();
    for row in &sheet.rows {
        for item in &row.items {
            let points = sent.text(&format!("points.{}.{}", row.org, item.indicator));
            if points.is_empty() {
                continue;
            }
            let own = sent.text(&format!("evidence.{}.{}", row.org, item.indicator));
            let evidence = if own.is_empty() { common } else { own };
            let kept = sheet.judged.get(&(row.org, item.indicator.clone()));
            if kept.is_some_and(|(hundredths, was, _)| hundredths_text(*hundredths) == points && was == evidence) {
                continue;
            }
            values.push(JudgedValue {
                organisation: row.org,
                indicator: item.indicator.clone(),
                period: sheet.evaluation.period,
                points: points.to_owned(),
                evidence: evidence.to_owned(),
            });
        }
    }
    let back = query.page_link(query.page);
    if values.is_empty() {
        return Ok(visit.see(&back, "没有改动，没有新的评定。"));
    }
    let keys: Vec<(OrgId, String)> = values.iter().map(|value| (value.organisation, value.indicator.clone())).collect();
    let mut tx = visit.begin().await?;
    let answers = match evaluation::judge_for(&visit.app, &mut tx, visit.actor(), id, values).await {
        Ok(answers) => answers,
        Err(error) => return Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    };
    let commit = tx.commit().await?;
    let n_saved = answers.iter().filter(|answer| answer.is_ok()).count();
    let errors: HashMap<(OrgId, String), String> = keys.into_iter().zip(answers).filter_map(|(key, answer)| Some((key, answer.err()?))).collect();
    if errors.is_empty() {
        return Ok(visit.done(commit, &back, &format!("已保存 {n_saved} 项评定。组织评定的部门重新计算后计入得分。")));
    }
    visit.app.settle(commit).await;
    sheet.judged = super::super::judged::judged_of(&visit.app, sheet.evaluation.period, None).await?;
    let name = |org: OrgId| sheet.rows.iter().find(|row| row.org == org).map_or("", |row| row.name.as_str());
    let mut problems: Vec<String> = errors.iter().map(|((org, _), sentence)| format!("{}：{sentence}", name(*org))).collect();
    problems.sort();
    problems.insert(0, format!("已保存 {n_saved} 项，下面 {} 项没有保存：", errors.len()));
    page(&visit, &sheet, query, Some(&sent), &errors, problems, None)
}

/// The workbook as a table: every item that may be judged, or (for a template) those still missing.
fn table(visit: &Visit, sheet: &Sheet, rows: &[&OrgRow], only_missing: bool) -> Table {
    let pack = visit.pack();
    let columns = pack.workbooks.values().find(|workbook| workbook.primitive == "judged_value").map(|workbook| {
        let column = |c: &policy::WorkbookColumn| {
            let head = Head_::new(c.heading.clone(), ColumnKind::Text).wide(match c.field.as_str() {
                "name" | "evidence" => 36.0,
                "indicator" => 16.0,
                _ => 18.0,
            });
            c.note.as_ref().map_or_else(|| head.clone(), |note| head.clone().noted(note.clone()))
        };
        workbook.columns.iter().map(|c| (c.field.clone(), column(c))).collect::<Vec<_>>()
    });
    let columns = columns.unwrap_or_default();
    let mut lines = Vec::new();
    for row in rows {
        for item in row.items.iter().filter(|item| !only_missing || !sheet.is_done(row.org, &item.indicator)) {
            let kept = sheet.judged.get(&(row.org, item.indicator.clone()));
            lines.push(
                columns
                    .iter()
                    .map(|(field, _)| match field.as_str() {
                        "code" => Value::text(row.code.clone()),
                        "name" => Value::text(row.name.clone()),
                        "indicator" => Value::text(item.name.clone()),
                        "value" => kept.map_or(Value::Empty, |(hundredths, ..)| Value::text(hundredths_text(*hundredths))),
                        "evidence" => kept.map_or(Value::Empty, |(_, evidence, _)| Value::text(evidence.clone())),
                        _ => Value::Empty,
                    })
                    .collect(),
            );
        }
    }
    Table { name: "评定得分".to_owned(), title: None, columns: columns.into_iter().map(|(_, column)| column).collect(), rows: lines }
}

/// `GET /evaluations/{id}/judged/template`
pub(super) async fn template(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sheet = sheet(&visit, id).await?;
    let rows: Vec<&OrgRow> = sheet.rows.iter().collect();
    crate::http::download::workbook(&format!("评定得分 {}", sheet.evaluation.period), &[table(&visit, &sheet, &rows, true)])
}

/// `POST /evaluations/{id}/judged/upload`
pub(super) async fn upload(visit: Visit, Path(id): Path<i64>, mut parts: Multipart) -> Answer {
    let sheet = sheet(&visit, id).await?;
    let back = format!("/evaluations/{id}/judged");
    let mut bytes = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| Failure::Invalid(vec!["文件没有传完，请再传一次。".to_owned()]))? {
        if part.name() == Some("file") {
            bytes = part.bytes().await.map_err(|_| Failure::Invalid(vec!["文件太大或者没有传完，请分几次上传。".to_owned()]))?.to_vec();
        }
    }
    if bytes.is_empty() {
        return Ok(visit.refuse(&back, "请先选一个表格文件。"));
    }
    let read = tokio::task::spawn_blocking(move || read_workbook(&bytes, &Limits::default())).await.map_err(anyhow::Error::from)?;
    let sheets = match read {
        Ok(sheets) => sheets,
        Err(error) => return Ok(visit.refuse(&back, &error.to_string())),
    };
    let (values, places, mut problems) = match rows_of(&visit, &sheet, &sheets) {
        Ok(read) => read,
        Err(sentence) => return Ok(visit.refuse(&back, &sentence)),
    };
    let mut tx = visit.begin().await?;
    let answers = match evaluation::judge_for(&visit.app, &mut tx, visit.actor(), id, values).await {
        Ok(answers) => answers,
        Err(error) => return Ok(visit.refuse(&back, &error.downcast::<Refusal>()?.0)),
    };
    let n_saved = answers.iter().filter(|answer| answer.is_ok()).count();
    problems.extend(places.into_iter().zip(answers).filter_map(|(row, answer)| Some((row, answer.err()?))));
    problems.sort();
    let commit = tx.commit().await?;
    if problems.is_empty() {
        return Ok(visit.done(commit, &back, &format!("已从表格保存 {n_saved} 项评定。组织评定的部门重新计算后计入得分。")));
    }
    visit.app.settle(commit).await;
    let sheet = self::sheet(&visit, id).await?;
    let mut lines = vec![format!("已保存 {n_saved} 项，{} 行没有保存，改好后再传一次即可，已保存的不会重复：", problems.len())];
    lines.extend(problems.into_iter().take(50).map(|(row, sentence)| format!("第 {row} 行：{sentence}")));
    page(&visit, &sheet, ListQuery::parse(&ROWS, &back, None), None, &HashMap::new(), lines, None)
}

type Rows = (Vec<JudgedValue>, Vec<u32>, Vec<(u32, String)>);

/// The rows of an uploaded workbook, by its headings wherever they stand.
fn rows_of(visit: &Visit, sheet: &Sheet, sheets: &[SheetRows]) -> Result<Rows, String> {
    let pack = visit.pack();
    let workbook = pack.workbooks.values().find(|workbook| workbook.primitive == "judged_value").ok_or("制度包里没有评定得分表")?;
    let is_called = |column: &policy::WorkbookColumn, text: &str| column.heading == text || column.aliases.iter().any(|alias| alias == text);
    for tab in sheets.iter().filter(|tab| !tab.is_hidden) {
        for (at, row) in tab.rows.iter().enumerate().take(20) {
            let headings: Vec<String> = row.cells.iter().map(|cell| text(cell).replace(char::is_whitespace, "")).collect();
            let place = |field: &str| {
                workbook.columns.iter().find(|c| c.field == field).and_then(|c| headings.iter().position(|heading| is_called(c, heading)))
            };
            let (Some(code), Some(indicator), Some(value)) = (place("code"), place("indicator"), place("value")) else { continue };
            let evidence = place("evidence");
            let mut values = Vec::new();
            let mut places = Vec::new();
            let mut problems = Vec::new();
            for line in &tab.rows[at + 1..] {
                let cell = |at: usize| line.cells.get(at).map(text).unwrap_or_default();
                let (code, indicator, points) = (cell(code), cell(indicator), cell(value));
                if points.is_empty() {
                    continue;
                }
                let row = sheet.rows.iter().find(|row| row.code == code);
                let item = row.and_then(|row| row.items.iter().find(|item| item.name == indicator || item.indicator == indicator));
                match (row, item) {
                    (None, _) => problems.push((line.number, format!("没有找到编码“{code}”的党支部，或者不在您的范围内"))),
                    (_, None) => problems.push((line.number, format!("这个支部的标准里没有“{indicator}”这一项"))),
                    (Some(row), Some(item)) => {
                        places.push(line.number);
                        values.push(JudgedValue {
                            organisation: row.org,
                            indicator: item.indicator.clone(),
                            period: sheet.evaluation.period,
                            points,
                            evidence: evidence.map(cell).unwrap_or_default(),
                        });
                    }
                }
            }
            return Ok((values, places, problems));
        }
    }
    Err("没有认出这张表：要有“组织编码”“评定指标”“评定得分”“评定依据”四栏。请用下载的模板填写。".to_owned())
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.trim().to_owned(),
        // What a spreadsheet shows as 8.2 it may keep as 8.199999999999999.
        Cell::Number { value, text } => {
            if text.len() > 8 {
                format!("{:.2}", value).trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text.clone()
            }
        }
        _ => String::new(),
    }
}
