//! The list of one kind: projects, or wholes that are shared out.

use std::collections::HashMap;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, FormField, Project as Kind};
use store::OrgId;

use super::{N_YEARS, columns_of, is_delayed, percent, status};
use crate::directory::OrgNode;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Choice, Link, Meter, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::project::model::{Project, State, Whole};
use crate::project::rows::{self, Step};
use crate::project::{see, waits};

const PROJECTS: ListSpec =
    ListSpec { sorts: &["due", "name", "unit", "proposed"], default_sort: ("due", Direction::Asc), filters: &["state", "year", "unit"], per: 50 };

/// Characters of a column that stand in the list.
const N_CELL: usize = 30;
/// Carriers without a project that are named.
const N_MISSING: usize = 40;

struct Row {
    href: String,
    name: String,
    is_automatic: bool,
    unit: String,
    /// What the pack shows of it: label and value.
    cells: Vec<(String, String)>,
    due: String,
    steps: String,
    grade: String,
    is_good: bool,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/project_list.html")]
struct ListPage {
    layout: Layout,
    key: String,
    name: String,
    note: String,
    sentence: String,
    query: ListQuery,
    states: Vec<Choice>,
    years: Vec<Choice>,
    units: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_propose: bool,
    /// Carriers that have too few this year.
    missing: Vec<String>,
    n_missing: usize,
}

/// `GET /projects/{key}`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such kind.
pub async fn show(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let pack = visit.pack();
    let kind = pack.projects.get(&key).ok_or(Failure::NotFound)?;
    let query = ListQuery::from_uri(&PROJECTS, &uri);
    let this_year = visit.today().year();
    let year = query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (this_year - N_YEARS..=this_year + 1).contains(year));
    if kind.shared.is_some() {
        return wholes(&visit, &key, kind, query, year).await;
    }
    let today = visit.today();
    let reader = visit.app.store().reader();
    // What is open stays in sight whatever its year, and what was closed in this one.
    let condition = match year {
        Some(_) => "p.project = $1 and p.year = $2",
        None => "p.project = $1 and (p.year = $2 or p.closed_on is null or p.closed_on >= $3)",
    };
    let mut values: Vec<sea_orm::Value> = vec![key.clone().into(), i64::from(year.unwrap_or(this_year)).into()];
    values.extend(year.is_none().then(|| format!("{this_year}-01-01").into()));
    let mut found = rows::projects_where(reader, condition, values).await?;
    found.retain(|it| see::is_published(&visit.app, it) || see::is_open_to(&visit.app, visit.actor(), it));
    let steps = rows::steps(reader, &found.iter().map(|it| it.case_id).collect::<Vec<_>>()).await?;
    let mut by_case: HashMap<i64, Vec<&Step>> = HashMap::new();
    for step in &steps {
        by_case.entry(step.case_id).or_default().push(step);
    }
    let of = |it: &Project| by_case.get(&it.case_id).cloned().unwrap_or_default();
    let sentence = sentence(&found, &of, today);
    let units = units_of(&visit, &found);
    narrow(&visit, &mut found, &query, &of);
    let shown = columns_of(&pack, kind, &kind.columns);
    if let Some(export) = query.export {
        return download::table(export, &kind.name, &sheet(&visit, &shown, &found, &of));
    }
    let total = found.len() as u64;
    let query = query.within(total);
    let rows = query.page_of(&found).iter().map(|it| row(&visit, &shown, it, &of(it))).collect();
    let mut columns = vec![query.column("项目", "name", false), query.column("承担单位", "unit", false)];
    columns.extend(shown.iter().map(|field| Column::plain(&field.name)));
    columns.extend([query.column("完成时限", "due", false), Column::plain("节点"), Column::plain("状态")]);
    let (missing, n_missing) = missing(&visit, &key, this_year).await?;
    let page = ListPage {
        layout: marked(visit.layout(kind.name.clone()).crumb("项目推进", "/projects").crumb(kind.name.clone(), ""), kind),
        name: kind.name.clone(),
        note: kind.note.clone().unwrap_or_default(),
        sentence,
        states: states(&query, kind),
        years: years(&query, this_year, "今年和没有办结的"),
        units: query.choices("unit", "全部上级", units),
        columns,
        rows,
        pager: Pager::new(&query, total, "个"),
        may_propose: !super::setting::carriers(&visit, kind).is_empty(),
        missing,
        n_missing,
        key,
        query,
    };
    visit.page(&page)
}

pub(super) fn marked(mut layout: Layout, kind: &Kind) -> Layout {
    layout.mark = kind.example.then(|| "示例方案".to_owned());
    layout
}

fn years(query: &ListQuery, this_year: i16, now: &str) -> Vec<Choice> {
    query.choices("year", now, (-1..=N_YEARS).map(|back| ((this_year - back).to_string(), format!("{} 年", this_year - back))))
}

fn states(query: &ListQuery, kind: &Kind) -> Vec<Choice> {
    let states = State::ALL.iter().map(|(key, words, _)| ((*key).to_owned(), (*words).to_owned()));
    let good = (!kind.good.is_empty()).then(|| ("good".to_owned(), "列为经验的".to_owned()));
    query.choices("state", "全部状态", states.chain(good).collect::<Vec<_>>())
}

fn sentence<'a>(found: &[Project], of: &impl Fn(&Project) -> Vec<&'a Step>, today: jiff::civil::Date) -> String {
    let n_open = found.iter().filter(|it| it.closed_on.is_none() && it.accepted_on.is_none()).count();
    let n_done = found.iter().filter(|it| it.accepted_on.is_some()).count();
    let n_late = found.iter().filter(|it| is_delayed(it, &of(it), today)).count();
    match (n_open, n_done, n_late) {
        (0, 0, _) => "还没有".to_owned(),
        (open, done, 0) => format!("在办 {open} 个，已验收 {done} 个"),
        (open, done, late) => format!("在办 {open} 个，其中 {late} 个逾期；已验收 {done} 个"),
    }
}

/// The offices directly above the carriers, to narrow the list by.
fn units_of(visit: &Visit, found: &[Project]) -> Vec<(String, String)> {
    let directory = visit.app.directory();
    let mut units: Vec<(OrgId, String)> = found.iter().map(|it| (it.issuer, directory.called(it.issuer).to_owned())).collect();
    units.sort_unstable();
    units.dedup();
    units.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
}

fn narrow<'a>(visit: &Visit, found: &mut Vec<Project>, query: &ListQuery, of: &impl Fn(&Project) -> Vec<&'a Step>) {
    let today = visit.today();
    let directory = visit.app.directory();
    let wanted = query.filter("state").and_then(|word| State::ALL.iter().find(|(key, _, _)| *key == word)).map(|(_, _, state)| *state);
    let unit = query.filter("unit").and_then(|id| id.parse::<OrgId>().ok());
    found.retain(|it| {
        let is_of_state = match (query.filter("state"), wanted) {
            (Some("good"), _) => it.is_good,
            (_, Some(State::Overdue)) => is_delayed(it, &of(it), today),
            (_, Some(state)) => it.state(today) == state,
            _ => true,
        };
        let is_named = query.q.is_empty() || it.name.contains(&query.q) || directory.name_of(it.organisation).contains(&query.q);
        is_of_state && is_named && unit.is_none_or(|unit| it.issuer == unit)
    });
    match query.sort {
        "name" => found.sort_by_cached_key(|it| crate::pinyin::key(&it.name)),
        "unit" => found.sort_by_cached_key(|it| directory.org(it.organisation).map(|org| org.code.clone())),
        "proposed" => found.sort_by_key(|it| (it.proposed_on, it.id)),
        _ => found.sort_by_key(|it| (it.closed_on.is_some(), it.due_on.is_none(), it.due_on, it.id)),
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= N_CELL { text.to_owned() } else { text.chars().take(N_CELL).chain(['…']).collect() }
}

fn steps_words(steps: &[&Step]) -> String {
    if steps.is_empty() { "—".to_owned() } else { format!("{} / {}", steps.iter().filter(|step| step.closed_on.is_some()).count(), steps.len()) }
}

/// A line of the list; of a project that is only published, its name, unit and standing.
fn row(visit: &Visit, shown: &[&FormField], it: &Project, steps: &[&Step]) -> Row {
    let is_open = see::is_open_to(&visit.app, visit.actor(), it);
    let directory = visit.app.directory();
    let cell = |field: &&FormField| it.body.get(&field.key).filter(|_| is_open).map_or_else(String::new, |text| shortened(text));
    Row {
        href: if is_open { it.address() } else { String::new() },
        name: it.name.clone(),
        is_automatic: it.origin_case.is_some(),
        unit: directory.called(it.organisation).to_owned(),
        cells: shown.iter().map(|field| (field.name.clone(), cell(field))).collect(),
        due: it.due_on.map_or_else(String::new, |day| day.to_string()),
        steps: steps_words(steps),
        grade: it.grade.clone(),
        is_good: it.is_good,
        status: status(it, steps, visit.today()).plain(),
    }
}

fn sheet<'a>(visit: &Visit, shown: &[&FormField], found: &[Project], of: &impl Fn(&Project) -> Vec<&'a Step>) -> Table {
    let mut headings = vec!["项目", "承担单位编码", "承担单位"];
    headings.extend(shown.iter().map(|field| field.name.as_str()));
    headings.extend(["提出日期", "批准日期", "完成时限", "节点", "状态", "验收日期", "等次"]);
    let columns = headings.into_iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).collect();
    let today = visit.today();
    let rows = found.iter().map(|it| {
        let is_open = see::is_open_to(&visit.app, visit.actor(), it);
        let directory = visit.app.directory();
        let day = |day: Option<jiff::civil::Date>| Value::text(day.map_or_else(String::new, |day| day.to_string()));
        let mut cells = vec![
            Value::text(&it.name),
            Value::text(directory.org(it.organisation).map_or("", |org| org.code.as_str())),
            Value::text(directory.name_of(it.organisation)),
        ];
        cells.extend(shown.iter().map(|field| Value::text(it.body.get(&field.key).filter(|_| is_open).map_or("", String::as_str))));
        cells.extend([day(Some(it.proposed_on)), day(it.approved_on), day(it.due_on), Value::text(steps_words(&of(it)))]);
        cells.extend([Value::text(status(it, &of(it), today).word), day(it.accepted_on), Value::text(&it.grade)]);
        cells
    });
    Table { name: "项目".to_owned(), title: None, columns, rows: rows.collect() }
}

/// Carriers within the reach of whoever decides that have too few this year: their names, and how many.
async fn missing(visit: &Visit, key: &str, year: i16) -> anyhow::Result<(Vec<String>, usize)> {
    let scope = visit.scope(Capability::DecideProjects);
    if scope.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let carriers: Vec<OrgId> = visit.app.directory().all(&scope).filter(|org| !OrgNode::is_branch(org)).map(|org| org.id).collect();
    let found = waits::missing(&visit.app, &visit.pack(), &carriers, year, visit.today()).await?;
    let directory = visit.app.directory();
    let names: Vec<String> = found.iter().filter(|(of, ..)| of == key).map(|(_, id, _)| directory.called(*id).to_owned()).collect();
    let n = names.len();
    Ok((names.into_iter().take(N_MISSING).collect(), n))
}

struct WholeRow {
    href: String,
    number: i64,
    name: String,
    target: String,
    done: String,
    meter: Meter,
    units: String,
    due: String,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/project_wholes.html")]
struct WholesPage {
    layout: Layout,
    key: String,
    name: String,
    note: String,
    word: String,
    sentence: String,
    counts: bool,
    query: ListQuery,
    states: Vec<Chip>,
    years: Vec<Choice>,
    rows: Vec<WholeRow>,
    pager: Pager,
    set: Option<Link>,
}

/// What is done of a whole: of its quantity, or of its units.
pub(super) fn done_of(whole: &Whole, parts: &[&Project]) -> (i64, i64) {
    match whole.quantity {
        Some(quantity) => (parts.iter().map(|it| it.n_done).sum(), quantity),
        None => {
            let n_over = parts.iter().filter(|it| it.closed_on.is_some()).count();
            (i64::try_from(n_over).unwrap_or_default(), i64::try_from(parts.len()).unwrap_or_default())
        }
    }
}

/// How a whole stands.
pub(super) fn whole_status(whole: &Whole, today: jiff::civil::Date) -> Status {
    match whole.closed_on {
        Some(_) => Status::new(Standing::Ok, "办结"),
        None if whole.due_on < today => Status::new(Standing::Overdue, "逾期"),
        None => Status::new(Standing::Running, "在办"),
    }
}

async fn wholes(visit: &Visit, key: &str, kind: &Kind, query: ListQuery, year: Option<i16>) -> Answer {
    let reader = visit.app.store().reader();
    // What is open stays in sight whatever its year.
    let condition = if year.is_some() { "w.project = $1 and w.year = $2" } else { "w.project = $1 and (w.year = $2 or w.closed_on is null)" };
    let of_year = i64::from(year.unwrap_or(visit.today().year()));
    let mut found = rows::wholes_where(reader, condition, vec![key.into(), of_year.into()]).await?;
    let ids: Vec<i64> = found.iter().map(|whole| whole.id).collect();
    let mut parts = rows::projects_where(reader, &format!("p.project_whole_id in ({})", rows::listed(&ids)), Vec::new()).await?;
    parts.retain(|it| kind.published || see::is_open_to(&visit.app, visit.actor(), it));
    found.retain(|whole| whole.name.contains(&query.q) && parts.iter().any(|it| it.whole == Some(whole.id)));
    let state = query.filter("state");
    found.retain(|whole| match state {
        Some("done") => whole.closed_on.is_some(),
        Some("doing") => whole.closed_on.is_none(),
        _ => true,
    });
    match query.sort {
        "name" => found.sort_by_cached_key(|whole| crate::pinyin::key(&whole.name)),
        _ => found.sort_by_key(|whole| (whole.number, whole.id)),
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
    let counts = kind.shared.as_ref().is_some_and(|sharing| sharing.count.is_some());
    let row = |whole: &Whole| {
        let own: Vec<&Project> = parts.iter().filter(|it| it.whole == Some(whole.id)).collect();
        let (done, of) = done_of(whole, &own);
        let n_over = own.iter().filter(|it| it.closed_on.is_some()).count();
        let whole_number = |n: i64| u64::try_from(n).unwrap_or_default();
        WholeRow {
            href: whole.address(),
            number: whole.number,
            name: whole.name.clone(),
            target: whole.quantity.map_or_else(String::new, |n| format!("{n} {}", whole.unit)),
            done: whole.quantity.map_or_else(String::new, |_| format!("{done} {}", whole.unit)),
            meter: Meter::new(whole_number(done), 0, whole_number(of), percent(done, of)),
            units: format!("{n_over} / {}", own.len()),
            due: whole.due_on.to_string(),
            status: whole_status(whole, visit.today()).plain(),
        }
    };
    let lines: Vec<WholeRow> = found.iter().map(row).collect();
    if let Some(export) = query.export {
        let headings = ["序号", "名称", "目标", "已完成", "完成率", "办结的单位", "时限", "状态"];
        let columns = headings.map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).to_vec();
        let cells = |line: &WholeRow| {
            let texts = [&line.name, &line.target, &line.done, &line.meter.speaks, &line.units, &line.due, &line.status.word];
            std::iter::once(Value::Integer(line.number)).chain(texts.map(Value::text)).collect()
        };
        let table = Table { name: "清单".to_owned(), title: None, columns, rows: lines.iter().map(cells).collect() };
        return download::table(export, &kind.name, &table);
    }
    let n_closed = found.iter().filter(|whole| whole.closed_on.is_some()).count();
    let word = kind.shared.as_ref().map_or_else(String::new, |sharing| sharing.word.clone());
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = WholesPage {
        layout: marked(visit.layout(kind.name.clone()).crumb("项目推进", "/projects").crumb(kind.name.clone(), ""), kind),
        key: key.to_owned(),
        name: kind.name.clone(),
        note: kind.note.clone().unwrap_or_default(),
        sentence: match year {
            Some(year) => format!("{year} 年{word} {} 项，办结 {n_closed} 项", found.len()),
            None => format!("今年和没有办结的{word} {} 项，办结 {n_closed} 项", found.len()),
        },
        states: [("", "全部"), ("doing", "在办"), ("done", "办结")].iter().map(|(key, label)| query.chip("state", key, *label, None)).collect(),
        years: years(&query, visit.today().year(), "今年和没有办结的"),
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "项"),
        set: super::setting::setter(visit, kind).map(|_| Link::new(format!("定一项{word}"), format!("/projects/{key}/set"))),
        counts,
        word,
        query,
    };
    visit.page(&page)
}
