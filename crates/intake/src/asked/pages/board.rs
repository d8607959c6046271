//! What is asked of communities: one line each, one month after the other; the product's own forms are counted, too.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use policy::{Capability, Per, Period};
use sea_orm::Value;
use store::{OrgId, query};

use super::listing::{Line, Listing};
use crate::burden::{self, Item};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::path::Path;
use crate::http::view::{Choice, Link, Meter};
use crate::http::visit::{Answer, Visit};

const UNITS: ListSpec = ListSpec { sorts: &["unit", "name", "first"], default_sort: ("unit", Direction::Asc), filters: &["year", "above"], per: 50 };

/// The pages beside one another.
pub(super) fn tabs(visit: &Visit, now: &str) -> Vec<(Link, bool)> {
    let mut tabs = vec![("逐个社区", "/burden"), ("准入清单", "/burden/items"), ("清单外的要求", "/burden/demands")];
    if visit.actor().may(Capability::AskTables) {
        tabs.push(("超过上限的报批", "/burden/approvals"));
    }
    tabs.into_iter().map(|(label, href)| (Link::new(label, href), href == now)).collect()
}

/// What was asked of organisations, month by month, each under its first day.
#[derive(Default)]
struct Asked {
    typed: HashMap<OrgId, Vec<(Date, i64)>>,
    tables: HashMap<OrgId, Vec<(Date, i64)>>,
    tasks: HashMap<OrgId, Vec<(Date, i64)>>,
    demands: HashMap<OrgId, Vec<(Date, i64)>>,
}

async fn asked(visit: &Visit, year: i16, units: &[OrgId]) -> anyhow::Result<Asked> {
    if units.is_empty() {
        return Ok(Asked::default());
    }
    let reader = visit.app.store().reader();
    let list = super::super::waits::listed(units);
    let monthly = |unit: &str, day: &str, count: &str, from: &str| {
        format!(
            "select {unit}, substr({day}, 1, 7), cast({count} as bigint) from {from} {day} >= $1 and {day} < $2 and {unit} in ({list}) group by {unit}, substr({day}, 1, 7)"
        )
    };
    // Slips and looks at one's own place are asked for as tasks are.
    let slips = burden::slips(&visit.pack())
        .map(|slips| monthly("organisation_id", "opened_on", "count(*)", &format!("matter where matter in ({slips}) and")));
    let self_checks = "self_check s join case_file c on c.subject_kind = 'self_check' and c.subject_id = s.id where";
    let sources = [
        monthly("organisation_id", "day", "sum(n_typed)", "burden where"),
        monthly("u.organisation_id", "t.issued_on", "count(*)", "asked_unit u join asked_table t on t.id = u.table_id where"),
        monthly("organisation_id", "issued_on", "count(*)", "task where whole_id is not null and"),
        monthly("organisation_id", "demanded_on", "count(*)", "unlisted_demand where"),
        monthly("c.organisation_id", "s.issued_on", "count(*)", self_checks),
    ];
    let mut asked = Asked::default();
    for (at, sql) in sources.into_iter().chain(slips).enumerate() {
        let values: [Value; 2] = [format!("{year}-01-01").into(), format!("{}-01-01", year + 1).into()];
        for row in query(reader, sql, values).await? {
            let place = match at {
                0 => &mut asked.typed,
                1 => &mut asked.tables,
                3 => &mut asked.demands,
                _ => &mut asked.tasks,
            };
            let month: String = row.try_get_by_index(1)?;
            place.entry(row.try_get_by_index(0)?).or_default().push((format!("{month}-01").parse()?, row.try_get_by_index(2)?));
        }
    }
    Ok(asked)
}

/// A year that may be asked for.
fn read_year(year: &str) -> Option<i16> {
    year.parse().ok().filter(|year| (2000..=2100).contains(year))
}

/// The sum over whole months.
fn sum(of: &HashMap<OrgId, Vec<(Date, i64)>>, id: OrgId, within: Period) -> i64 {
    of.get(&id).into_iter().flatten().filter(|(day, _)| *day >= within.from() && *day < within.until()).map(|(_, n)| n).sum()
}

fn n_listed(items: &[Item], offices: &BTreeSet<OrgId>, on: Date) -> usize {
    items.iter().filter(|item| offices.contains(&item.organisation) && item.holds(on)).count()
}

/// `GET /burden`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&UNITS, &uri);
    let this_year = visit.today().year();
    let year: i16 = query.filter("year").and_then(read_year).unwrap_or(this_year);
    let above: Option<OrgId> = query.filter("above").and_then(|id| id.parse().ok());
    let pack = visit.pack();
    // Only those under a list are asked about.
    let units: Vec<(OrgId, BTreeSet<OrgId>)> = {
        let directory = visit.app.directory();
        let scope = visit.scope(Capability::ViewTables);
        let standing = directory.all(&scope).filter(|org| org.is_branch() && org.until.is_none());
        let under = standing.map(|org| (org.id, burden::lists_for(&pack, &directory, org).into_iter().map(|(_, _, office)| office).collect()));
        under.filter(|(_, offices): &(OrgId, BTreeSet<OrgId>)| !offices.is_empty()).collect()
    };
    let asked = asked(&visit, year, &units.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    let items = burden::items(visit.app.store().reader(), "i.is_accepted", Vec::new()).await?;
    let whole = Period::year(year);
    let last = if year == this_year { visit.today() } else { whole.last_day() };
    let month = Period::containing(last, Per::Month);
    let mut lines = Vec::new();
    let mut offices_seen = BTreeSet::new();
    {
        let directory = visit.app.directory();
        for (org, offices) in units.iter().filter_map(|(id, offices)| Some((directory.org(*id)?, offices))) {
            offices_seen.extend(offices.iter().copied());
            if above.is_some_and(|above| !offices.contains(&above)) {
                continue;
            }
            let number = |n: i64| n.to_string();
            lines.push(Line {
                href: format!("/burden/units/{}?year={year}", org.id),
                title: org.name.clone(),
                note: directory.above(org.id),
                cells: vec![
                    ("今年自己填的栏目", number(sum(&asked.typed, org.id, whole)), true),
                    ("本月", number(sum(&asked.typed, org.id, month)), true),
                    ("上月", number(sum(&asked.typed, org.id, month.previous())), true),
                    ("收到的报表", number(sum(&asked.tables, org.id, whole)), true),
                    ("收到的任务", number(sum(&asked.tasks, org.id, whole)), true),
                    ("清单内的事项", n_listed(&items, offices, last).to_string(), true),
                    ("年初", n_listed(&items, offices, whole.from()).to_string(), true),
                    ("清单外的要求", number(sum(&asked.demands, org.id, whole)), true),
                ],
                status: None,
                sort: if query.sort == "first" { format!("{:012}", sum(&asked.typed, org.id, whole)) } else { org.code.clone() },
            });
        }
    }
    let mut places = vec![Choice { value: String::new(), label: "全部".to_owned(), selected: above.is_none() }];
    {
        let directory = visit.app.directory();
        places.extend(offices_seen.iter().map(|id| Choice {
            value: id.to_string(),
            label: directory.name_of(*id).to_owned(),
            selected: above == Some(*id),
        }));
    }
    let listing = Listing {
        title: "基层减负",
        lead: "向社区要了什么、社区填了多少，逐月看；平台自己的表单也算在内；收到的任务里也有三单和自查通知。不在准入清单里的，不能下发。".to_owned(),
        find: "找社区",
        what: "党组织",
        counter: "个",
        acts: Vec::new(),
        tabs: tabs(&visit, "/burden"),
        chips: Vec::new(),
        drops: vec![
            ("year", "年度", query.choices("year", "今年", [((this_year - 1).to_string(), format!("{} 年", this_year - 1))])),
            ("above", "批准的单位", places),
        ],
        empty: ("您的范围里没有清单管的党组织", "准入清单管哪些领域，在制度规则里看。"),
    };
    listing.show(&visit, visit.layout("基层减负").crumb("报表", "/tables").crumb("基层减负", ""), query, lines)
}

struct MonthRow {
    month: String,
    n_items: usize,
    n_tasks: i64,
    n_tables: i64,
    n_typed: i64,
    n_demands: i64,
    meter: Meter,
}

#[derive(Template)]
#[template(path = "pages/burden_unit.html")]
struct UnitPage {
    layout: Layout,
    name: String,
    year: i16,
    rows: Vec<MonthRow>,
    items: Vec<Item>,
}

/// `GET /burden/units/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] out of reach, and of an organisation under no list.
pub async fn unit(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let year = ListQuery::from_uri(&UNITS, &uri).filter("year").and_then(read_year).unwrap_or(visit.today().year());
    let pack = visit.pack();
    let (name, offices) = {
        let directory = visit.app.directory();
        let org = directory.visible(&visit.scope(Capability::ViewTables), id).ok_or(Failure::NotFound)?;
        let offices: BTreeSet<OrgId> = burden::lists_for(&pack, &directory, org).into_iter().map(|(_, _, office)| office).collect();
        (org.name.clone(), offices)
    };
    if offices.is_empty() {
        return Err(Failure::NotFound);
    }
    let asked = asked(&visit, year, &[id]).await?;
    let items = burden::items(visit.app.store().reader(), "i.is_accepted", Vec::new()).await?;
    let until = visit.today().min(Period::year(year).last_day());
    let months: Vec<Period> = Period::year(year).parts(Per::Month).into_iter().filter(|month| month.from() <= until).collect();
    let most = months.iter().map(|month| sum(&asked.typed, id, *month)).max().unwrap_or_default().max(1);
    let row = |month: &Period| {
        let n_typed = sum(&asked.typed, id, *month);
        MonthRow {
            month: month.label(),
            n_items: n_listed(&items, &offices, month.last_day().min(until)),
            n_tasks: sum(&asked.tasks, id, *month),
            n_tables: sum(&asked.tables, id, *month),
            n_typed,
            n_demands: sum(&asked.demands, id, *month),
            meter: Meter::new(u64::try_from(n_typed).unwrap_or_default(), 0, u64::try_from(most).unwrap_or(1), format!("{n_typed} 项")),
        }
    };
    let page = UnitPage {
        layout: visit.layout(name.clone()).crumb("报表", "/tables").crumb("基层减负", "/burden").crumb(name.clone(), ""),
        name,
        year,
        rows: months.iter().map(row).collect(),
        items: items.into_iter().filter(|item| offices.contains(&item.organisation) && item.holds(until)).collect(),
    };
    visit.page(&page)
}
