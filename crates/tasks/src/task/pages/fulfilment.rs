//! A document clause by clause (条款落实): what became of each demand in each unit directly below, with the task that proves it. A clause
//! for which a unit has no task stands out: it hangs in the air there (棚架).

use std::collections::{BTreeMap, HashMap, HashSet};

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, OrganisationRole};
use store::OrgId;

use super::words::Lens;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::model::{Item, Task};
use crate::task::{see, store as rows};

const CLAUSES: ListSpec = ListSpec { sorts: &["text", "open"], default_sort: ("text", Direction::Asc), filters: &["state"], per: 50 };

/// How a clause stands in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum State {
    /// 棚架: no task there.
    Hanging,
    NotStarted,
    /// 偏差: sent back by whoever verifies.
    Deviating,
    Partial,
    Done,
}

/// Keys and words of the states, as the page asks for them.
const STATES: [(State, &str, &str, Standing); 5] = [
    (State::Hanging, "hanging", "棚架", Standing::Missed),
    (State::NotStarted, "not_started", "没有开始", Standing::Overdue),
    (State::Deviating, "deviating", "有偏差", Standing::Urgent),
    (State::Partial, "partial", "正在办", Standing::Running),
    (State::Done, "done", "已落实", Standing::Ok),
];

impl State {
    fn status(self) -> Status {
        let (_, _, words, standing) = STATES.iter().find(|(state, ..)| *state == self).unwrap_or(&STATES[0]);
        Status::new(*standing, *words)
    }
}

struct Cell {
    unit: String,
    status: Status,
    href: Option<String>,
}

struct Line {
    n: i64,
    action: String,
    criterion: String,
    cells: Vec<Cell>,
    states: Vec<State>,
}

impl Line {
    fn n_open(&self) -> usize {
        self.states.iter().filter(|state| **state != State::Done).count()
    }
}

#[derive(Template)]
#[template(path = "pages/task_fulfilment.html")]
struct FulfilmentPage {
    layout: Layout,
    sentence: String,
    facts: String,
    back: Link,
    query: ListQuery,
    states: Vec<Chip>,
    columns: Vec<Column>,
    units: Vec<String>,
    lines: Vec<Line>,
    pager: Pager,
}

/// `GET /tasks/directives/{id}/fulfilment`.
///
/// # Errors
/// [`Failure::NotFound`] when it is not one's own.
pub async fn show(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&CLAUSES, &uri);
    let reader = visit.app.store().reader();
    let directive = rows::directive(reader, id).await?.ok_or(Failure::NotFound)?;
    if !directive.issuer.is_acted_for_by(visit.actor(), Capability::IssueTasks) {
        return Err(Failure::NotFound);
    }
    let items: Vec<Item> = rows::items_of(reader, id).await?.into_iter().filter(|item| item.state.counts()).collect();
    let tasks = rows::tasks_where(
        reader,
        "i.directive_id = $1 and t.case_id is not null and t.issuer_id = $2",
        vec![id.into(), directive.issuer.organisation.into()],
    )
    .await?;
    let tasks: Vec<Task> = tasks.into_iter().filter(|task| see::is_visible(&visit.app, visit.actor(), task)).collect();
    let returned = rows::returned(reader, &tasks.iter().filter_map(|task| Some(task.at.as_ref()?.case_id)).collect::<Vec<_>>()).await?;
    let pack = visit.pack();
    let lens = Lens::new(&pack, visit.today())?;
    let state = |task: &Task| match lens.state(task) {
        "done" => State::Done,
        "receive" => State::NotStarted,
        _ if task.at.as_ref().is_some_and(|at| returned.contains(&at.case_id)) => State::Deviating,
        _ => State::Partial,
    };
    let units = units(&visit, directive.issuer.organisation, &tasks);
    let by_place: HashMap<(i64, OrgId), &Task> = tasks.iter().map(|task| ((task.item.id, task.organisation), task)).collect();
    let line = |(n, item): (i64, &Item)| {
        let found: Vec<Option<&Task>> = units.iter().map(|(unit, _)| by_place.get(&(item.id, *unit)).copied()).collect();
        let states: Vec<State> = found.iter().map(|task| task.map_or(State::Hanging, state)).collect();
        let cell = |((task, state), (_, name)): ((&Option<&Task>, &State), &(OrgId, String))| Cell {
            unit: name.clone(),
            status: state.status(),
            href: task.map(|task| format!("/tasks/{}", task.id)),
        };
        Line {
            n,
            action: item.action.clone(),
            criterion: if item.measure.is_empty() { item.standard.clone() } else { item.measure.clone() },
            cells: found.iter().zip(&states).zip(&units).map(cell).collect(),
            states,
        }
    };
    let all: Vec<Line> = (1..).zip(&items).map(line).filter(|line| query.q.is_empty() || line.action.contains(&query.q)).collect();
    let mut n_of: BTreeMap<State, u64> = BTreeMap::new();
    for state in all.iter().flat_map(|line| &line.states) {
        *n_of.entry(*state).or_default() += 1;
    }
    let n = |state: State| n_of.get(&state).copied().unwrap_or_default();
    let states = STATES.iter().map(|(state, key, words, _)| query.chip("state", key, *words, Some(n(*state))));
    let states: Vec<Chip> = std::iter::once(query.chip("state", "", "全部", Some(n_of.values().sum()))).chain(states).collect();
    let n_cells: u64 = n_of.values().sum();
    let sentence = match (n_cells, n(State::Hanging), n(State::Done)) {
        (0, ..) => "还没有条款".to_owned(),
        (all, 0, done) if all == done => "每一条在每个单位都已落实".to_owned(),
        (all, 0, done) => format!("{all} 项里 {done} 项已落实，没有棚架的"),
        (all, hanging, done) => format!("{all} 项里 {done} 项已落实，{hanging} 项棚架"),
    };
    let wanted = STATES.iter().find(|(_, key, ..)| query.filter("state") == Some(key)).map(|(state, ..)| *state);
    let mut lines: Vec<Line> = all.into_iter().filter(|line| wanted.is_none_or(|state| line.states.contains(&state))).collect();
    if query.sort == "open" {
        lines.sort_by_key(|line| (line.n_open(), line.n));
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, "条款落实", &table(&lines, &units));
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let (skip, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
    let base = format!("/tasks/directives/{id}");
    let page = FulfilmentPage {
        layout: visit
            .layout("条款落实")
            .crumb("部署任务", "/tasks")
            .crumb("部署的文件", "/tasks/directives")
            .crumb(directive.title.clone(), base.clone())
            .crumb("条款落实", ""),
        sentence,
        facts: directive.title,
        back: Link::new("看原文和条款", base),
        states,
        columns: vec![query.column("条款", "text", false), query.column("没有落实的", "open", true)],
        units: units.into_iter().map(|(_, name)| name).collect(),
        lines: lines.into_iter().skip(skip).take(per).collect(),
        pager: Pager::new(&query, total, "条"),
        query,
    };
    visit.page(&page)
}

/// The committees of the next level below the issuer, and whoever else was given a task directly.
fn units(visit: &Visit, issuer: OrgId, tasks: &[Task]) -> Vec<(OrgId, String)> {
    let pack = visit.pack();
    let directory = visit.app.directory();
    let order = |level: &str| pack.levels.get(level).map_or(u8::MAX, |level| level.order);
    let children: Vec<_> = directory.children(issuer).filter(|org| org.role == OrganisationRole::Committee).collect();
    let next = children.iter().map(|org| order(&org.level)).min();
    let given: HashSet<OrgId> = tasks.iter().map(|task| task.organisation).collect();
    let mut found: Vec<_> = children.into_iter().filter(|org| Some(order(&org.level)) == next || given.contains(&org.id)).collect();
    let known: HashSet<OrgId> = found.iter().map(|org| org.id).collect();
    found.extend(given.iter().filter(|id| !known.contains(id)).filter_map(|id| directory.org(*id)));
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found.into_iter().map(|org| (org.id, org.name.clone())).collect()
}

fn table(lines: &[Line], units: &[(OrgId, String)]) -> Table {
    let mut columns = vec![SheetColumn::new("条款", ColumnKind::Text).wide(50.0), SheetColumn::new("认可标准", ColumnKind::Text).wide(30.0)];
    columns.extend(units.iter().map(|(_, name)| SheetColumn::new(name, ColumnKind::Text).wide(14.0)));
    let row = |line: &Line| {
        let mut cells = vec![Value::text(&line.action), Value::text(&line.criterion)];
        cells.extend(line.cells.iter().map(|cell| Value::text(&cell.status.word)));
        cells
    };
    Table { name: "条款落实".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() }
}
