//! What was inspected where: by mode and county over a year, each figure opening to its inspections; and where the product says one thing
//! and the site another, by county, item and unit. All stand in their order, none before another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, InspectionMode};
use store::OrgId;

use super::list::of_year;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Direction, Export, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Link};
use crate::http::visit::{Answer, Visit};
use crate::inspection::model::{Finding, Target};
use crate::inspection::rows;
use crate::inspection::see::{self, Sight};

const COVERAGE: ListSpec = ListSpec { sorts: &["code"], default_sort: ("code", Direction::Asc), filters: &["year"], per: 50 };
/// The level whose units stand in rows.
const LEVEL: &str = "county";

struct Row {
    county: String,
    n_branches: usize,
    /// By mode, then all: how many units were inspected.
    cells: Vec<Link>,
    /// How often product and site differ; nothing for whoever sees a part of the county only.
    differs: String,
}

/// How often product and site differ, of so many items that can be held against one another.
#[derive(Debug, Clone, Copy, Default)]
struct Differs {
    n: usize,
    of: usize,
}

impl Differs {
    fn add(&mut self, it: &Finding) {
        self.n += usize::from(it.is_mismatch());
        self.of += usize::from(it.is_comparable());
    }

    /// In words: 3 / 40（8%）.
    fn words(self) -> String {
        if self.of == 0 { "—".to_owned() } else { format!("{} / {}（{}%）", self.n, self.of, (self.n * 100 + self.of / 2) / self.of) }
    }
}

/// An item or a unit with how often product and site differ there.
struct DifferRow {
    name: Link,
    above: String,
    differs: String,
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
    items: Vec<DifferRow>,
    units: Vec<DifferRow>,
    pager: Pager,
}

/// What was found over the year, with where: of all that the visitor may see of it, handed in.
async fn found(visit: &Visit, all: &[Sight]) -> anyhow::Result<Vec<(OrgId, Finding)>> {
    let told = |sight: &Sight, target: &Target| target.is_in() && target.handed_in_on.is_some() && sight.sees_findings(target);
    let units: HashMap<i64, OrgId> = all
        .iter()
        .flat_map(|sight| sight.targets.iter().filter(|target| told(sight, target)).map(|target| (target.id, target.organisation)))
        .collect();
    let mut ids: Vec<i64> = units.keys().copied().collect();
    ids.sort_unstable();
    let mut findings = Vec::new();
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for it in rows::findings(visit.app.store().reader(), &format!("r.target_id in ({list})"), Vec::new()).await? {
            findings.extend(units.get(&it.target).map(|unit| (*unit, it)));
        }
    }
    Ok(findings)
}

/// By item: what differs at all, in the order of its name.
fn by_item(findings: &[(OrgId, Finding)]) -> Vec<DifferRow> {
    let mut all: BTreeMap<&str, Differs> = BTreeMap::new();
    for (_, it) in findings.iter().filter(|(_, it)| it.is_comparable()) {
        all.entry(&it.name).or_default().add(it);
    }
    let row = |(name, differs): (&str, Differs)| DifferRow { name: Link::new(name, ""), above: String::new(), differs: differs.words() };
    all.into_iter().map(row).collect()
}

/// By unit: those at which something differs, in the order of the tree.
fn by_unit(visit: &Visit, findings: &[(OrgId, Finding)]) -> Vec<DifferRow> {
    let mut all: BTreeMap<OrgId, Differs> = BTreeMap::new();
    for (unit, it) in findings {
        all.entry(*unit).or_default().add(it);
    }
    let directory = visit.app.directory();
    let mut units: Vec<(OrgId, Differs)> = all.into_iter().filter(|(_, differs)| differs.n > 0).collect();
    units.sort_by_cached_key(|(id, _)| directory.org_ever(*id).map(|org| org.code.clone()));
    let name = |id: OrgId| directory.org_ever(id).map(|org| org.name.clone()).unwrap_or_default();
    let link = |id: OrgId| match directory.is_visible(&visit.scope(Capability::ViewOrganisations), id) {
        true => visit.link(name(id), format!("/organisations/{id}")),
        false => Link::new(name(id), ""),
    };
    units.into_iter().map(|(id, differs)| DifferRow { name: link(id), above: directory.above(id), differs: differs.words() }).collect()
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
    let findings = found(&visit, &all).await?;
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
            let mut differs = Differs::default();
            findings.iter().filter(|(unit, _)| below(*unit, county)).for_each(|(_, it)| differs.add(it));
            Row {
                differs: if directory.is_visible(&scope, county) { differs.words() } else { "—".to_owned() },
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
        let columns = ["县（市、区）", "党支部"].into_iter().chain(modes).chain(["查过的单位", "系统与现场不一致"]).map(heading).collect();
        let line = |row: &Row| {
            let cells = row.cells.iter().map(|cell| Value::text(&cell.label));
            let head = [Value::text(&row.county), Value::text(row.n_branches.to_string())];
            head.into_iter().chain(cells).chain([Value::text(&row.differs)]).collect()
        };
        let table = Table { name: "督查覆盖".to_owned(), title: None, columns, rows: rows.iter().map(line).collect() };
        let name = format!("{year}年督查覆盖");
        if export != Export::Xlsx {
            return download::table(export, &name, &table);
        }
        let differing = |sheet: &str, first: &str, rows: &[DifferRow]| Table {
            name: sheet.to_owned(),
            title: None,
            columns: [first, "上级党组织", "系统与现场不一致"].map(|name| SheetColumn::new(name, ColumnKind::Text).wide(26.0)).to_vec(),
            rows: rows.iter().map(|row| [&row.name.label, &row.above, &row.differs].map(Value::text).to_vec()).collect(),
        };
        let items = differing("按检查项", "检查项", &by_item(&findings));
        return download::workbook(&name, &[table, items, differing("按单位", "党组织", &by_unit(&visit, &findings))]);
    }
    let units = by_unit(&visit, &findings);
    let query = query.within(units.len() as u64);
    let (from, n_units) = (usize::try_from(query.offset()).unwrap_or_default(), units.len() as u64);
    let chip = |year_of: i16| Chip {
        label: format!("{year_of} 年"),
        count: None,
        href: format!("/inspections/coverage?year={year_of}"),
        pressed: year_of == year,
    };
    let page = CoveragePage {
        layout: visit.layout("督查覆盖").crumb("督查检查", "/inspections").crumb("督查覆盖", ""),
        years: [this_year - 1, this_year].map(chip).to_vec(),
        items: by_item(&findings),
        units: units.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, n_units, "个单位"),
        query,
        year,
        modes,
        rows,
    };
    visit.page(&page)
}
