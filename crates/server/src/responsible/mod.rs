//! Who answers for everything that is open (责任一览): tasks, projects, problems, self-checks, matters, measures of rectifications, each at
//! exactly one level with one person.
//!
//! For: offices that ask where something stopped, and whose it is. In: what each room has open. Out: one list by level, kind, overdue.
//! Does not know: who answers ([`crate::answerable`] decides it), what a room's records mean.

use axum::http::Uri;
use frame::answerable::{Answerable, Charge, Covers};
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::Actor;

use crate::app::App;
use crate::http::download;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::plain::{Cell, PlainList};
use crate::http::route::{Door, Needs, Routes};
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::{matter, problem, rectification, responsibility};

/// Routes of the list.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    routes.get("/responsibility", Needs::May(Capability::ViewResponsibility), Door::Both, list)
}

/// Kinds of what somebody answers for.
const KINDS: [&str; 6] = ["任务", "项目", "问题", "自查", "督办事项", "整顿措施"];

/// Everything open within somebody's reach.
///
/// # Errors
/// When the database cannot be read.
pub async fn charges(app: &App, actor: &Actor, on: Date) -> anyhow::Result<Vec<Charge>> {
    let mut all = responsibility::charges(app, actor, on).await?;
    all.extend(problem::charges(app, actor, on).await?);
    all.extend(problem::self_check_charges(app, actor, on).await?);
    all.extend(matter::charges(app, actor, on).await?);
    all.extend(rectification::charges(app, actor, on).await?);
    Ok(all)
}

const CHARGES: ListSpec = ListSpec { sorts: &["due", "level"], default_sort: ("due", Direction::Asc), filters: &["level", "kind", "state"], per: 50 };

/// A charge with whoever answers for it.
struct Line {
    charge: Charge,
    answerable: Option<Answerable>,
    /// Key and name of the level that answers.
    level: String,
    level_name: String,
    person: String,
    place: String,
    order: u8,
}

/// `GET /responsibility`.
///
/// # Errors
/// When the database cannot be read.
async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&CHARGES, &uri);
    let (pack, today) = (visit.pack(), visit.today());
    let mut lines = lines_of(&visit).await?;
    let n_overdue = lines.iter().filter(|line| line.charge.is_overdue).count();
    let directory = visit.app.directory();
    let stopped =
        |line: &Line| directory.org(line.charge.stands_at).and_then(|org| pack.levels.get(&org.level)).map_or("", |level| level.name.as_str());
    lines.retain(|line| {
        (line.charge.title.contains(&query.q) || line.person.contains(&query.q) || line.place.contains(&query.q))
            && query.filter("level").is_none_or(|level| line.level == level)
            && query.filter("kind").is_none_or(|kind| line.charge.kind == kind)
            && query.filter("state").is_none_or(|state| match state {
                "overdue" => line.charge.is_overdue,
                "nobody" => line.answerable.is_none(),
                _ => !line.charge.is_overdue,
            })
    });
    match query.sort {
        "level" => lines.sort_by(|a, b| (a.order, a.charge.due_on, &a.charge.href).cmp(&(b.order, b.charge.due_on, &b.charge.href))),
        _ => lines.sort_by(|a, b| {
            (a.charge.due_on.is_none(), a.charge.due_on, &a.charge.href).cmp(&(b.charge.due_on.is_none(), b.charge.due_on, &b.charge.href))
        }),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    let due = |line: &Line| line.charge.due_on.map_or_else(|| "—".to_owned(), |day| day.to_string());
    let state = |line: &Line| match (line.charge.is_overdue, line.charge.due_on) {
        (true, day) => {
            let days = day.map_or(0, |day| i64::from((today - day).get_days()).max(0));
            Status::new(Standing::Overdue, format!("逾期 {days} 天，停在{}一级", stopped(line)))
        }
        (false, _) => Status::new(Standing::Far, "在办"),
    };
    if let Some(export) = query.export {
        let columns =
            ["类别", "事项", "单位", "责任层级", "责任人", "时限", "情况"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(24.0)).to_vec();
        let row = |line: &Line| {
            let (due, state) = (due(line), state(line).word);
            [line.charge.kind, &line.charge.title, &line.place, &line.level_name, &line.person, &due, &state].map(Value::text).to_vec()
        };
        let table = Table { name: "责任一览".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "责任一览", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let row = |line: &Line| {
        vec![
            Cell::Named(Link::new(line.charge.title.clone(), line.charge.href.clone()), line.place.clone()),
            Cell::text(line.charge.kind),
            Cell::text(&line.level_name),
            Cell::text(&line.person),
            Cell::text(due(line)),
            Cell::Status(state(line)),
        ]
    };
    let levels = pack.levels.iter().map(|(key, level)| (key.as_str(), level.name.as_str()));
    let page = PlainList {
        layout: visit.layout("责任落实").crumb("责任落实", ""),
        title: "责任一览".to_owned(),
        lead: format!("没有办完的每一件事，责任在哪一级、是谁。{n_overdue} 件逾期。"),
        acts: vec![Link::new("责任体系", "/responsibility/committees"), Link::new("责任传导", "/tasks/cascade")],
        has_main: false,
        warnings: Vec::new(),
        searched: "事项、单位、责任人",
        chips: Vec::new(),
        drops: vec![
            ("level", "责任层级", query.choices("level", "全部", levels)),
            ("kind", "类别", query.choices("kind", "全部", KINDS.map(|kind| (kind, kind)))),
            ("state", "情况", query.choices("state", "全部", [("overdue", "逾期"), ("running", "在办"), ("nobody", "责任空档")])),
        ],
        columns: vec![
            Column::plain("事项"),
            Column::plain("类别"),
            query.column("责任层级", "level", false),
            Column::plain("责任人"),
            query.column("时限", "due", false),
            Column::plain("情况"),
        ],
        rows: query.page_of(&lines).iter().map(row).collect(),
        pager: Pager::new(&query, total, "件"),
        empty: ("没有在办的事".to_owned(), "任务、项目、问题、自查、督办事项、整顿措施没有办完的，都列在这里。".to_owned()),
        query,
    };
    drop(directory);
    visit.page(&page)
}

async fn lines_of(visit: &Visit) -> anyhow::Result<Vec<Line>> {
    let (app, today, pack) = (&visit.app, visit.today(), visit.pack());
    let covers = Covers::on(app.store().reader(), None, today).await?;
    let all = charges(app, visit.actor(), today).await?;
    let directory = app.directory();
    let line = |charge: Charge| {
        let answerable = covers.answerable(&directory, charge.organisation, charge.field.as_deref());
        let level = answerable.as_ref().and_then(|it| directory.org(it.organisation)).map(|org| org.level.clone()).unwrap_or_default();
        Line {
            person: answerable.as_ref().map_or_else(|| "责任空档".to_owned(), |it| it.person(&pack)),
            level_name: pack.levels.get(&level).map_or_else(|| "—".to_owned(), |it| it.name.clone()),
            order: pack.levels.get(&level).map_or(u8::MAX, |it| it.order),
            place: directory.name_of(charge.organisation).to_owned(),
            level,
            answerable,
            charge,
        }
    };
    // Nobody answers any more for what an organisation that is no more left open; it stands in the lists of its kind.
    Ok(all.into_iter().filter(|charge| directory.org(charge.organisation).is_some()).map(line).collect())
}
