//! What was inspected where: by mode and county over a year, each figure opening to its inspections. Counties stand in their order, none before another.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::InspectionMode;
use store::OrgId;

use super::list::of_year;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::view::{Chip, Link};
use crate::http::visit::{Answer, Visit};
use crate::inspection::see;

const COVERAGE: ListSpec = ListSpec { sorts: &["code"], default_sort: ("code", Direction::Asc), filters: &["year"], per: 200 };
/// The level whose units stand in rows.
const LEVEL: &str = "county";

struct Row {
    county: String,
    n_branches: usize,
    /// By mode, then all: how many units were inspected.
    cells: Vec<Link>,
}

#[derive(Template)]
#[template(path = "pages/inspection_coverage.html")]
struct CoveragePage {
    layout: Layout,
    query: ListQuery,
    year: i16,
    years: Vec<Chip>,
    modes: Vec<&'static str>,
    rows: Vec<Row>,
}

/// `GET /inspections/coverage`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&COVERAGE, &uri);
    let this_year = visit.today().year();
    let year: i16 = query.filter("year").and_then(|year| year.parse().ok()).unwrap_or(this_year);
    let all = of_year(&visit, year).await?;
    let rows = {
        let directory = visit.app.directory();
        let scope = see::reach(visit.actor());
        let seen: Vec<_> = directory.all(&scope).collect();
        let mut counties: Vec<OrgId> = seen.iter().filter_map(|org| directory.at_level(org.id, LEVEL)).map(|org| org.id).collect();
        counties.sort_unstable();
        counties.dedup();
        counties.sort_by_key(|id| directory.org(*id).map(|org| org.code.clone()));
        let below = |id: OrgId, county: OrgId| id == county || directory.org(id).is_some_and(|org| org.superiors.contains(&county));
        let row = |county: OrgId| {
            let n_of = |mode: Option<InspectionMode>| {
                let of_mode = all.iter().filter(|sight| mode.is_none_or(|mode| sight.inspection.mode == mode));
                let units: BTreeSet<OrgId> = of_mode
                    .flat_map(|sight| &sight.targets)
                    .filter(|target| target.handed_in_on.is_some() && below(target.organisation, county))
                    .map(|target| target.organisation)
                    .collect();
                units.len()
            };
            let cell = |mode: Option<InspectionMode>| {
                let n = n_of(mode);
                let of_mode = mode.map_or_else(String::new, |mode| format!("&mode={}", mode.key()));
                Link::new(n.to_string(), if n == 0 { String::new() } else { format!("/inspections?year={year}{of_mode}&county={county}") })
            };
            Row {
                county: directory.name_of(county).to_owned(),
                n_branches: seen.iter().filter(|org| org.is_branch() && below(org.id, county)).count(),
                cells: InspectionMode::ALL.into_iter().map(Some).chain([None]).map(cell).collect(),
            }
        };
        counties.into_iter().map(row).collect::<Vec<Row>>()
    };
    let modes: Vec<&'static str> = InspectionMode::ALL.into_iter().map(InspectionMode::words).collect();
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(16.0);
        let columns = ["县（市、区）", "党支部"].into_iter().chain(modes).chain(["查过的单位"]).map(heading).collect();
        let line = |row: &Row| {
            let cells = row.cells.iter().map(|cell| Value::text(&cell.label));
            [Value::text(&row.county), Value::text(row.n_branches.to_string())].into_iter().chain(cells).collect()
        };
        let table = Table { name: "督查覆盖".to_owned(), title: None, columns, rows: rows.iter().map(line).collect() };
        return download::table(export, &format!("{year}年督查覆盖"), &table);
    }
    let chip = |year_of: i16| Chip {
        label: format!("{year_of} 年"),
        count: None,
        href: format!("/inspections/coverage?year={year_of}"),
        pressed: year_of == year,
    };
    let page = CoveragePage {
        layout: visit.layout("督查覆盖").crumb("督查检查", "/inspections").crumb("督查覆盖", ""),
        years: [this_year - 1, this_year].map(chip).to_vec(),
        query,
        year,
        modes,
        rows,
    };
    visit.page(&page)
}
