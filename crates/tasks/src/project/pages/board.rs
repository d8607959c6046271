//! One whole: its units, how far each is, and the figures over all of them.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::FormField;

use super::list::{done_of, marked, whole_status};
use super::{columns_of, percent, status};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Meter, Status};
use crate::http::visit::{Answer, Visit};
use crate::project::model::Project;
use crate::project::rows::{self, Step};
use crate::project::see;

const UNITS: ListSpec = ListSpec { sorts: &["unit", "quantity", "done", "state"], default_sort: ("unit", Direction::Asc), filters: &[], per: 50 };

struct UnitRow {
    href: String,
    unit: String,
    quantity: String,
    done: String,
    share: String,
    /// One mark for each thing to do, and the figures, each with what stands above it.
    steps: Vec<(String, Status)>,
    figures: Vec<(String, String)>,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/project_whole.html")]
struct BoardPage {
    layout: Layout,
    title: String,
    sentence: String,
    meter: Meter,
    status: Status,
    query: ListQuery,
    columns: Vec<Column>,
    rows: Vec<UnitRow>,
    /// Each thing to do with what is handed over for it.
    deliverables: Vec<(String, String)>,
    /// What stands under the columns: sums over all units, each with what stands above it.
    sums: Vec<(String, String)>,
    counts: bool,
    pager: Pager,
}

/// `GET /projects/wholes/{id}`
///
/// # Errors
/// [`Failure::NotFound`] when there is none, or nothing of it is in reach.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let reader = visit.app.store().reader();
    let whole = rows::whole(reader, id).await?.ok_or(Failure::NotFound)?;
    let pack = visit.app.policies_of(&whole.pack_version).await?;
    let kind = pack.projects.get(&whole.kind).ok_or(Failure::NotFound)?;
    let query = ListQuery::from_uri(&UNITS, &uri);
    let mut found = rows::projects_where(reader, "p.project_whole_id = $1", vec![id.into()]).await?;
    found.retain(|it| kind.published || see::is_open_to(&visit.app, visit.actor(), it));
    if found.is_empty() {
        return Err(Failure::NotFound);
    }
    let all: Vec<&Project> = found.iter().collect();
    let (done, of) = done_of(&whole, &all);
    let steps = rows::steps(reader, &found.iter().map(|it| it.case_id).collect::<Vec<_>>()).await?;
    let figures = columns_of(&pack, kind, &kind.figures);
    let names: Vec<&str> = kind.parts.iter().map(|part| part.name.as_str()).collect();
    let sums = sums(&whole.unit, &found, &names, &figures, &steps, whole.quantity);
    // What is published are the figures of the whole; each unit's own line is for those in whose reach it is.
    found.retain(|it| see::is_open_to(&visit.app, visit.actor(), it));
    {
        let directory = visit.app.directory();
        found.retain(|it| directory.name_of(it.organisation).contains(&query.q));
        match query.sort {
            "quantity" => found.sort_by_key(|it| it.quantity),
            "done" => found.sort_by_key(|it| it.n_done),
            "state" => found.sort_by_key(|it| it.state(visit.today())),
            _ => found.sort_by_cached_key(|it| directory.org(it.organisation).map(|org| org.code.clone())),
        }
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
    let handed_over = match &kind.handed_over_in {
        Some(key) => rows::handed_over(reader, &found.iter().map(|it| it.case_id).collect::<Vec<_>>(), key).await?,
        None => BTreeSet::new(),
    };
    let lines: Vec<UnitRow> = found.iter().map(|it| row(&visit, it, &names, &figures, (&steps, &handed_over), &whole.unit)).collect();
    let counts = whole.quantity.is_some();
    let headings = headings(counts, &names, &figures);
    if let Some(export) = query.export {
        return download::table(export, &whole.name, &sheet(&headings, &lines, &sums, counts));
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let head = |(at, heading): (usize, &String)| match (at, heading.as_str()) {
        (0, heading) => query.column(heading, "unit", false),
        (_, "目标") => query.column("目标", "quantity", true),
        (_, "已完成") => query.column("已完成", "done", true),
        (_, "状态") => query.column("状态", "state", false),
        (_, heading) => Column::plain(heading),
    };
    let whole_number = |n: i64| u64::try_from(n).unwrap_or_default();
    let sentence = match whole.quantity {
        Some(quantity) => {
            format!("{} 年第 {} 项，目标 {quantity} {}，已完成 {done} {}，时限 {}", whole.year, whole.number, whole.unit, whole.unit, whole.due_on)
        }
        None => format!("{} 年第 {} 批，{of} 个单位，办结 {done} 个，时限 {}", whole.year, whole.number, whole.due_on),
    };
    let page = BoardPage {
        layout: marked(
            visit
                .layout(whole.name.clone())
                .crumb("项目推进", "/projects")
                .crumb(kind.name.clone(), format!("/projects/{}", whole.kind))
                .crumb(whole.name.clone(), ""),
            kind,
        ),
        title: whole.name.clone(),
        sentence,
        meter: Meter::new(whole_number(done), 0, whole_number(of), percent(done, of)),
        status: whole_status(&whole, visit.today()),
        columns: headings.iter().enumerate().map(head).collect(),
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        deliverables: kind.parts.iter().filter_map(|part| Some((part.name.clone(), part.deliverable.as_ref()?.words()))).collect(),
        sums: headings.iter().skip(1).cloned().zip(sums).collect(),
        counts,
        pager: Pager::new(&query, total, "个单位"),
        query,
    };
    visit.page(&page)
}

fn headings(counts: bool, parts: &[&str], figures: &[&FormField]) -> Vec<String> {
    let mut headings = vec!["单位".to_owned()];
    if counts {
        headings.extend(["目标", "已完成", "完成率"].map(str::to_owned));
    }
    headings.extend(parts.iter().map(|part| (*part).to_owned()));
    headings.extend(figures.iter().map(|field| field.name.clone()));
    headings.push("状态".to_owned());
    headings
}

fn step_of<'a>(steps: &'a [Step], it: &Project, name: &str) -> Option<&'a Step> {
    steps.iter().find(|step| step.case_id == it.case_id && step.text == name)
}

fn row(
    visit: &Visit,
    it: &Project,
    parts: &[&str],
    figures: &[&FormField],
    (steps, handed_over): (&[Step], &BTreeSet<(i64, String)>),
    unit: &str,
) -> UnitRow {
    let today = visit.today();
    let is_open = see::is_open_to(&visit.app, visit.actor(), it);
    let own: Vec<&Step> = steps.iter().filter(|step| step.case_id == it.case_id).collect();
    let mark = |name: &&str| {
        step_of(steps, it, name).map_or_else(
            || Status::new(crate::http::view::Standing::Excused, "—"),
            |step| step.status_with(handed_over, today, visit.pack().soon_days(today)),
        )
    };
    UnitRow {
        href: if is_open { it.address() } else { String::new() },
        unit: visit.app.directory().called(it.organisation).to_owned(),
        quantity: it.quantity.map_or_else(String::new, |n| format!("{n} {unit}")),
        done: format!("{} {unit}", it.n_done),
        share: percent(it.n_done, it.quantity.unwrap_or_default()),
        steps: parts.iter().map(|name| ((*name).to_owned(), mark(name).plain())).collect(),
        figures: figures.iter().map(|field| (field.name.clone(), it.body.get(&field.key).cloned().unwrap_or_else(|| "—".to_owned()))).collect(),
        status: status(it, &own, today).plain(),
    }
}

/// Sums over the units that are seen: quantity, done, share, how many did each thing, figures.
fn sums(unit: &str, found: &[Project], parts: &[&str], figures: &[&FormField], steps: &[Step], quantity: Option<i64>) -> Vec<String> {
    let mut sums = Vec::new();
    if quantity.is_some() {
        let (target, done): (i64, i64) = (found.iter().filter_map(|it| it.quantity).sum(), found.iter().map(|it| it.n_done).sum());
        sums.extend([format!("{target} {unit}"), format!("{done} {unit}"), percent(done, target)]);
    }
    let n_of = |name: &&str| found.iter().filter(|it| step_of(steps, it, name).is_some_and(|step| step.closed_on.is_some())).count();
    sums.extend(parts.iter().map(|name| format!("{} / {}", n_of(name), found.len())));
    let figure = |field: &&FormField| found.iter().filter_map(|it| it.body.get(&field.key)?.parse::<i64>().ok()).sum::<i64>().to_string();
    sums.extend(figures.iter().map(figure));
    let n_over = found.iter().filter(|it| it.closed_on.is_some()).count();
    sums.push(format!("办结 {n_over} / {}", found.len()));
    sums
}

fn sheet(headings: &[String], lines: &[UnitRow], sums: &[String], counts: bool) -> Table {
    let columns = headings.iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(16.0)).collect();
    let row = |line: &UnitRow| {
        let mut cells = vec![Value::text(&line.unit)];
        if counts {
            cells.extend([&line.quantity, &line.done, &line.share].map(Value::text));
        }
        cells.extend(line.steps.iter().map(|(_, step)| Value::text(&step.word)));
        cells.extend(line.figures.iter().map(|(_, figure)| Value::text(figure)));
        cells.push(Value::text(&line.status.word));
        cells
    };
    let sum = std::iter::once(Value::text("合计")).chain(sums.iter().map(Value::text)).collect();
    Table { name: "进度".to_owned(), title: None, columns, rows: lines.iter().map(row).chain([sum]).collect() }
}
