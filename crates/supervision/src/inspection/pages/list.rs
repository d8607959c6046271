//! Inspections as a list.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, InspectionMode};

use super::{STATES, standing};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Status};
use crate::http::visit::{Answer, Visit};
use crate::inspection::see::{self, Sight};

const INSPECTIONS: ListSpec =
    ListSpec { sorts: &["from", "title", "office"], default_sort: ("from", Direction::Desc), filters: &["year", "mode", "county", "state"], per: 50 };

struct Row {
    href: String,
    title: String,
    mode: &'static str,
    office: String,
    from: Date,
    until: Date,
    n_units: usize,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/inspections.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    modes: Vec<Chip>,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_open: bool,
    /// The county to which the list is narrowed.
    county: String,
}

/// `GET /inspections`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&INSPECTIONS, &uri);
    let year: Option<i16> = query.filter("year").and_then(|year| year.parse().ok());
    let county: Option<i64> = query.filter("county").and_then(|id| id.parse().ok());
    let mut found = match year {
        Some(year) => of_year(&visit, year).await?,
        None => see::seen(visit.app.store().reader(), &visit.app, visit.actor(), "true", Vec::new()).await?,
    };
    let (lines, county) = {
        let directory = visit.app.directory();
        let is_there = |sight: &Sight, county: i64| {
            let mut places = sight.targets.iter().filter(|target| target.handed_in_on.is_some()).map(|target| target.organisation);
            places.any(|id| id == county || directory.org(id).is_some_and(|org| org.superiors.contains(&county)))
        };
        found.retain(|sight| {
            let it = &sight.inspection;
            (it.title.contains(&query.q) || directory.name_of(it.organisation).contains(&query.q))
                && query.filter("mode").is_none_or(|mode| it.mode.key() == mode)
                && query.filter("state").is_none_or(|state| standing(sight).0 == state)
                && county.is_none_or(|county| is_there(sight, county))
        });
        let row = |sight: &Sight| Row {
            href: sight.inspection.address(),
            title: sight.inspection.title.clone(),
            mode: sight.inspection.mode.words(),
            office: directory.name_of(sight.inspection.organisation).to_owned(),
            from: sight.inspection.from,
            until: sight.inspection.until,
            n_units: sight.targets.iter().filter(|target| target.is_in()).count(),
            status: standing(sight).1,
        };
        let mut lines: Vec<Row> = found.iter().map(row).collect();
        match query.sort {
            "title" => lines.sort_by(|a, b| (&a.title, &a.href).cmp(&(&b.title, &b.href))),
            "office" => lines.sort_by(|a, b| (&a.office, &a.href).cmp(&(&b.office, &b.href))),
            _ => lines.sort_by(|a, b| (a.from, &a.href).cmp(&(b.from, &b.href))),
        }
        if query.dir == Direction::Desc {
            lines.reverse();
        }
        let county = county.filter(|id| directory.is_visible(&see::reach(visit.actor()), *id));
        (lines, county.map(|id| directory.name_of(id).to_owned()).unwrap_or_default())
    };
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(22.0);
        let columns = ["督查", "方式", "开展单位", "开始", "结束", "检查的单位", "状态"].map(heading).to_vec();
        let row = |line: &Row| {
            let (from, until, n) = (line.from.to_string(), line.until.to_string(), line.n_units.to_string());
            [line.title.as_str(), line.mode, &line.office, &from, &until, &n, &line.status.word].map(Value::text).to_vec()
        };
        let table = Table { name: "督查检查".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "督查检查", &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let modes: BTreeSet<&str> = visit.pack().inspections.values().map(|kind| kind.mode.key()).collect();
    let page = ListPage {
        layout: visit.layout("督查检查").crumb("督查检查", ""),
        modes: InspectionMode::ALL
            .into_iter()
            .filter(|mode| modes.contains(mode.key()))
            .map(|mode| query.chip("mode", mode.key(), mode.words(), None))
            .collect(),
        states: query.choices("state", "全部状态", STATES),
        columns: vec![
            query.column("督查", "title", false),
            Column::plain("方式"),
            query.column("开展单位", "office", false),
            query.column("起止", "from", false),
            Column::number("检查的单位"),
            Column::plain("状态"),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "次"),
        may_open: visit.actor().may(Capability::HoldInspections),
        county,
        query,
    };
    visit.page(&page)
}

/// Inspections of a year that the visitor sees.
pub(super) async fn of_year(visit: &Visit, year: i16) -> anyhow::Result<Vec<Sight>> {
    let values = vec![format!("{year}-01-01").into(), format!("{year}-12-31").into()];
    see::seen(visit.app.store().reader(), &visit.app, visit.actor(), "i.from_on >= $1 and i.from_on <= $2", values).await
}
