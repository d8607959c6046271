//! 项目清单, 责任清单, 考评清单: three views of the same rows.

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};

use super::words::{Lens, weight_words};
use crate::app::App;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Meter, Status, grouped};
use crate::http::visit::{Answer, Visit};
use crate::task::model::Task;
use crate::task::see::Wait;
use crate::task::{progress, see, store as rows};

const TASKS: ListSpec = ListSpec {
    sorts: &["due", "action", "unit", "owner", "weight"],
    default_sort: ("due", Direction::Asc),
    filters: &["list", "of", "state", "directive", "year"],
    per: 50,
};

/// Keys and names of the three lists.
const LISTS: [(&str, &str, &str); 3] =
    [("project", "项目清单", "干什么"), ("duty", "责任清单", "谁来干"), ("assessment", "考评清单", "干出什么效果")];

/// Which tasks are listed.
const OF: [(&str, &str); 4] = [("", "本级任务"), ("issued", "交办出去的"), ("past", "越级交办给下级的"), ("escalated", "逾期上报的")];

const STATES: [(&str, &str); 6] =
    [("chase", "待催办"), ("receive", "待签收"), ("working", "办理中"), ("verify", "待核验"), ("overdue", "逾期"), ("done", "已办结")];

/// One record, with the words of all three lists.
struct Row {
    id: i64,
    directive_id: i64,
    action: String,
    standard: String,
    target: String,
    due_on: Date,
    unit: String,
    unit_pinyin: String,
    owner: String,
    issuer: String,
    measure: String,
    weight: String,
    weight_hundredths: i64,
    indicator: String,
    progress: String,
    meter: Option<Meter>,
    status: Status,
    state: &'static str,
    is_overdue: bool,
    /// Waits for a word of ours to whoever owes it.
    is_to_be_urged: bool,
}

impl Row {
    fn has(&self, q: &str) -> bool {
        let q = q.to_lowercase();
        [&self.action, &self.standard, &self.unit, &self.unit_pinyin, &self.owner, &self.measure, &self.issuer]
            .iter()
            .any(|text| text.to_lowercase().contains(&q))
    }

    fn is_in(&self, state: &str) -> bool {
        match state {
            "overdue" => self.is_overdue,
            "chase" => self.is_to_be_urged,
            state => self.state == state,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/task_lists.html")]
struct ListsPage<'a> {
    layout: Layout,
    sentence: String,
    list: &'static str,
    tabs: Vec<(Link, &'static str, bool)>,
    query: ListQuery,
    of: Vec<Chip>,
    states: Vec<Chip>,
    directives: Vec<Choice>,
    years: Vec<Choice>,
    columns: Vec<Column>,
    rows: &'a [Row],
    pager: Pager,
    may_issue: bool,
    /// The button that reminds of all that wait for it: where, and its words.
    urge: Option<Link>,
    is_narrowed: bool,
    /// Of several units: each row says which.
    names_unit: bool,
    has_standards: bool,
    has_weights: bool,
}

/// `GET /tasks`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&TASKS, &uri);
    let tasks = match query.filter("of") {
        Some("issued") => see::handed_down(&visit.app, visit.actor()).await?,
        Some("past") => see::handed_past(&visit.app, visit.actor()).await?,
        Some("escalated") => see::escalated(&visit.app, visit.actor(), visit.today()).await?,
        _ => see::own(&visit.app, visit.actor()).await?,
    };
    let wait = match query.filter("of") {
        Some("issued") => Some(Wait::Chase),
        Some("escalated") => Some(Wait::Escalated),
        _ => None,
    };
    let titles = rows::titles_of(visit.app.store().reader(), &tasks).await?;
    let (all, figure_sentence) = rows_of(&visit, tasks, wait).await?;
    let n_urged = all.iter().filter(|row| row.is_to_be_urged).count();
    let urge = match query.filter("of") {
        _ if n_urged == 0 => None,
        Some("issued") => Some(Link::new(format!("催办全部 {n_urged} 项"), "/tasks/urge?of=issued")),
        Some("escalated") => Some(Link::new(format!("督办全部 {n_urged} 项"), "/tasks/urge?of=escalated")),
        _ => None,
    };
    let years: Vec<i16> = all.iter().map(|row| row.due_on.year()).collect::<std::collections::BTreeSet<_>>().into_iter().rev().collect();
    let narrowed: Vec<Row> = all
        .into_iter()
        .filter(|row| query.q.is_empty() || row.has(&query.q))
        .filter(|row| query.filter("directive").is_none_or(|id| row.directive_id.to_string() == id))
        .filter(|row| query.filter("year").is_none_or(|year| row.due_on.year().to_string() == year))
        .collect();
    let states = chips(&query, &narrowed);
    let mut found: Vec<Row> = narrowed.into_iter().filter(|row| query.filter("state").is_none_or(|state| row.is_in(state))).collect();
    sort(&mut found, &query);
    if let Some(export) = query.export {
        return exported(export, &query, &found);
    }
    let list = LISTS.iter().find(|(key, _, _)| query.filter("list") == Some(key)).unwrap_or(&LISTS[0]).0;
    let query = query.within(found.len() as u64);
    let (has_standards, has_weights) = (found.iter().any(|row| !row.standard.is_empty()), found.iter().any(|row| !row.weight.is_empty()));
    let page = ListsPage {
        layout: visit.layout("部署任务"),
        sentence: figure_sentence,
        list,
        tabs: LISTS.iter().map(|(key, name, what)| (Link::new(*name, tab_link(&query, key)), *what, *key == list)).collect(),
        of: OF.iter().map(|(key, label)| query.chip("of", key, *label, None)).collect(),
        states,
        directives: query.choices("directive", "全部文件", titles.iter().map(|(id, title)| (id.to_string(), title.clone()))),
        years: query.choices("year", "全部年份", years.iter().map(|year| (year.to_string(), format!("{year} 年")))),
        columns: columns(&query, list, has_standards, has_weights),
        is_narrowed: !query.q.is_empty() || ["state", "directive", "year"].iter().any(|name| query.filter(name).is_some()),
        names_unit: query.filter("of").is_some(),
        has_standards,
        has_weights,
        rows: query.page_of(&found),
        pager: Pager::new(&query, found.len() as u64, "项"),
        may_issue: visit.actor().may(policy::Capability::IssueTasks),
        urge,
        query: query.clone(),
    };
    visit.page(&page)
}

/// `POST /tasks/urge`: reminds of everything that waits for it, what was handed down or what came up.
///
/// # Errors
/// When the database refuses.
pub async fn urge(visit: Visit, uri: Uri) -> Answer {
    let is_above = ListQuery::from_uri(&TASKS, &uri).filter("of") == Some("escalated");
    let (wait, of, verb) = if is_above { (Wait::Escalated, "escalated", "督办") } else { (Wait::Chase, "issued", "催办") };
    let mut tx = visit.begin().await?;
    let n = crate::task::urge_all(&visit.app, &mut tx, visit.actor(), wait).await?;
    let commit = tx.commit().await?;
    let said = if n == 0 { format!("没有要{verb}的了。") } else { format!("已{verb} {n} 项，提醒发给了承办单位。") };
    Ok(visit.done(commit, &format!("/tasks?of={of}"), &said))
}

/// The same rows seen as another list; a tab that is on stays on.
fn tab_link(query: &ListQuery, key: &str) -> String {
    if query.filter("list") == Some(key) { query.page_link(1) } else { query.filter_link("list", if key == "project" { "" } else { key }) }
}

fn chips(query: &ListQuery, rows: &[Row]) -> Vec<Chip> {
    let count = |state: &str| rows.iter().filter(|row| row.is_in(state)).count() as u64;
    let all = query.chip("state", "", "全部", Some(rows.len() as u64));
    let word = |key: &str, label: &'static str| if key == "chase" && query.filter("of") == Some("escalated") { "待督办" } else { label };
    let is_offered = |key: &str| key != "chase" || matches!(query.filter("of"), Some("issued" | "escalated"));
    std::iter::once(all)
        .chain(STATES.iter().filter(|(key, _)| is_offered(key)).map(|(key, label)| query.chip("state", key, word(key, label), Some(count(key)))))
        .collect()
}

fn sort(rows: &mut [Row], query: &ListQuery) {
    rows.sort_by(|a, b| {
        let order = match query.sort {
            "action" => a.action.cmp(&b.action),
            "unit" => a.unit_pinyin.cmp(&b.unit_pinyin),
            "owner" => a.owner.cmp(&b.owner),
            "weight" => a.weight_hundredths.cmp(&b.weight_hundredths),
            _ => a.due_on.cmp(&b.due_on),
        };
        let order = if query.dir == Direction::Desc { order.reverse() } else { order };
        order.then(a.id.cmp(&b.id))
    });
}

async fn rows_of(visit: &Visit, tasks: Vec<Task>, wait: Option<Wait>) -> anyhow::Result<(Vec<Row>, String)> {
    let app: &App = &visit.app;
    let (pack, on) = (visit.pack(), visit.today());
    let refs: Vec<&Task> = tasks.iter().collect();
    let mut lens = Lens::new(&pack, on)?;
    lens.parts = see::parts_of(app, visit.actor(), &refs, on).await?;
    lens.figures = progress::figures(app, &refs, on).await?;
    let urged = match wait {
        Some(wait) => see::to_be_urged(app, visit.actor(), &refs, wait, on).await?,
        None => std::collections::HashSet::new(),
    };
    let directory = app.directory();
    let mut rows = Vec::with_capacity(tasks.len());
    for task in &tasks {
        let (progress, meter) = lens.progress(task);
        let unit = match lens.parts.get(&task.id).filter(|_| task.is_whole()) {
            Some(parts) => format!("{} 个单位", parts.n),
            None => directory.name_of(task.organisation).to_owned(),
        };
        rows.push(Row {
            id: task.id,
            directive_id: task.item.directive_id,
            action: task.item.action.clone(),
            standard: task.item.standard.clone(),
            target: task.target_words(),
            due_on: task.due_now(),
            unit_pinyin: directory.org(task.organisation).map(|org| org.pinyin.clone()).unwrap_or_default(),
            unit,
            owner: lens.owner(task),
            issuer: directory.name_of(task.issuer.organisation).to_owned(),
            measure: task.item.measure.clone(),
            weight: weight_words(task.item.weight_hundredths),
            weight_hundredths: task.item.weight_hundredths.unwrap_or_default(),
            indicator: task.item.indicator.as_ref().and_then(|key| pack.indicators.get(key)).map(|i| i.name.clone()).unwrap_or_default(),
            progress,
            meter,
            status: lens.status(task),
            state: lens.state(task),
            is_overdue: lens.is_overdue(task),
            is_to_be_urged: urged.contains(&task.id),
        });
    }
    let (n_open, n_overdue) = (rows.iter().filter(|row| row.state != "done").count(), rows.iter().filter(|row| row.is_overdue).count());
    let sentence = match (rows.len(), n_overdue) {
        (0, _) => "部署任务".to_owned(),
        (_, 0) if n_open == 0 => format!("{} 项任务全部办结", grouped(rows.len() as u64)),
        (_, 0) => format!("{n_open} 项任务在办，没有逾期"),
        (_, n) => format!("{n_open} 项任务在办，{n} 项有逾期"),
    };
    Ok((rows, sentence))
}

fn columns(query: &ListQuery, list: &str, has_standards: bool, has_weights: bool) -> Vec<Column> {
    let mut columns = vec![query.column("干什么", "action", false)];
    match list {
        "duty" => columns.extend([
            query.column("承办单位", "unit", false),
            query.column("责任层级和责任人", "owner", false),
            Column::plain("交办单位"),
            query.column("时限", "due", false),
            Column::plain("状态"),
        ]),
        "assessment" => {
            columns.push(Column::plain("怎么考"));
            columns.extend(has_weights.then(|| query.column("权重", "weight", true)));
            columns.extend([Column::plain("进展"), Column::plain("状态")]);
        }
        _ => {
            columns.extend(has_standards.then(|| Column::plain("标准")));
            columns.extend([Column::plain("数量"), query.column("时限", "due", false), Column::plain("进展"), Column::plain("状态")]);
        }
    }
    columns
}

fn exported(export: Export, query: &ListQuery, rows: &[Row]) -> Answer {
    let tables = tables(rows);
    match export {
        Export::Xlsx => download::workbook("三张清单", &tables),
        Export::Csv => {
            let i = LISTS.iter().position(|(key, _, _)| query.filter("list") == Some(key)).unwrap_or_default();
            download::table(export, LISTS[i].1, &tables[i])
        }
    }
}

/// All three lists over the same rows, in the same order, numbered alike.
fn tables(rows: &[Row]) -> [Table; 3] {
    let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
    let day = |day: Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    let first = || vec![SheetColumn::new("序号", ColumnKind::Integer), text("干什么", 40.0)];
    let table = |name: &str, columns: Vec<SheetColumn>, cells: &dyn Fn(&Row) -> Vec<Value>| Table {
        name: name.to_owned(),
        title: None,
        columns: first().into_iter().chain(columns).collect(),
        rows: rows.iter().zip(1..).map(|(row, n)| [vec![Value::Integer(n), Value::text(row.action.clone())], cells(row)].concat()).collect(),
    };
    let due = || SheetColumn::new("完成时限", ColumnKind::Date);
    [
        table("项目清单", vec![text("标准", 40.0), text("数量", 18.0), due(), text("进展", 24.0), text("状态", 14.0)], &|row| {
            vec![
                Value::text(row.standard.clone()),
                Value::text(row.target.clone()),
                day(row.due_on),
                Value::text(row.progress.clone()),
                Value::text(row.status.word.clone()),
            ]
        }),
        table(
            "责任清单",
            vec![text("承办单位", 30.0), text("责任层级和责任人", 36.0), text("交办单位", 24.0), due(), text("状态", 14.0)],
            &|row| {
                vec![
                    Value::text(row.unit.clone()),
                    Value::text(row.owner.clone()),
                    Value::text(row.issuer.clone()),
                    day(row.due_on),
                    Value::text(row.status.word.clone()),
                ]
            },
        ),
        table(
            "考评清单",
            vec![text("怎么考", 50.0), text("权重", 8.0), text("对应指标", 24.0), text("进展", 24.0), text("状态", 14.0)],
            &|row| {
                vec![
                    Value::text(row.measure.clone()),
                    Value::text(row.weight.clone()),
                    Value::text(row.indicator.clone()),
                    Value::text(row.progress.clone()),
                    Value::text(row.status.word.clone()),
                ]
            },
        ),
    ]
}
