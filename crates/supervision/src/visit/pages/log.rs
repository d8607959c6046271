//! The log of visits, and one visit. A visit without a question and without advice is shown to its visitor alone.

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;

use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Choice, Link};
use crate::http::visit::{Answer, Visit};
use crate::visit::ORIGIN;
use crate::visit::rows::{self, Visited};

const VISITS: ListSpec =
    ListSpec { sorts: &["day", "unit", "visitor"], default_sort: ("day", Direction::Desc), filters: &["of", "year", "unit"], per: 50 };
/// Visits that are read at once.
const N_READ_MAX: usize = 20_000;

struct Row {
    href: String,
    unit: String,
    office: String,
    visitor: String,
    day: Date,
    n_questions: i64,
    note: String,
}

#[derive(Template)]
#[template(path = "pages/visits.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    of: Vec<Chip>,
    years: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_record: bool,
}

/// Visits that somebody sees, under a further condition over `v`.
async fn seen(visit: &Visit, further: &str, values: Vec<sea_orm::Value>) -> anyhow::Result<Vec<Visited>> {
    let own = visit.actor().person_id.unwrap_or_default();
    let scope = visit.scope(Capability::ViewVisits).sql("v.organisation_id");
    let condition = format!("(v.person_id = {own} or (v.is_counted and {scope})) and {further}");
    rows::visits(visit.app.store().reader(), &condition, values).await
}

/// What is to be said of a visit.
fn note(it: &Visited) -> String {
    match (it.is_counted, it.n_first_left) {
        (false, _) => "没有问题也没有意见，只有您自己看得到，不计数".to_owned(),
        (true, 0) => String::new(),
        (true, n) => format!("当时还有 {n} 个应先走访的地方没有去"),
    }
}

/// `GET /visits`.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&VISITS, &uri);
    let this_year = visit.today().year();
    let year: i16 = query.filter("year").and_then(|year| year.parse().ok()).unwrap_or(this_year);
    let mut further = "v.visited_on >= $1 and v.visited_on <= $2".to_owned();
    if query.filter("of") == Some("mine") {
        further.push_str(&format!(" and v.person_id = {}", visit.actor().person_id.unwrap_or_default()));
    }
    if let Some(unit) = query.filter("unit").and_then(|id| id.parse::<i64>().ok()) {
        further.push_str(&format!(" and v.organisation_id = {unit}"));
    }
    let mut found = seen(&visit, &further, vec![format!("{year}-01-01").into(), format!("{year}-12-31").into()]).await?;
    found.truncate(N_READ_MAX);
    let mut lines: Vec<Row> = {
        let directory = visit.app.directory();
        let row = |it: &Visited| Row {
            href: format!("/visits/{}", it.id),
            unit: directory.name_of(it.organisation).to_owned(),
            office: directory.name_of(it.office).to_owned(),
            visitor: it.name.clone(),
            day: it.visited_on,
            n_questions: it.n_questions,
            note: note(it),
        };
        found.iter().map(row).collect()
    };
    lines.retain(|line| line.unit.contains(&query.q) || line.visitor.contains(&query.q) || line.office.contains(&query.q));
    match query.sort {
        "unit" => lines.sort_by(|a, b| (&a.unit, a.day, &a.href).cmp(&(&b.unit, b.day, &b.href))),
        "visitor" => lines.sort_by(|a, b| (&a.visitor, a.day, &a.href).cmp(&(&b.visitor, b.day, &b.href))),
        _ => lines.sort_by(|a, b| (a.day, &a.href).cmp(&(b.day, &b.href))),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let heading = |name: &str| SheetColumn::new(name, ColumnKind::Text).wide(22.0);
        let columns = ["走访的单位", "走访日期", "走访人", "走访人的单位", "问题", "说明"].map(heading).to_vec();
        let row = |line: &Row| {
            let (day, n) = (line.day.to_string(), line.n_questions.to_string());
            [&line.unit, &day, &line.visitor, &line.office, &n, &line.note].map(Value::text).to_vec()
        };
        let table = Table { name: "走访".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, &format!("{year}年走访"), &table);
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let from = usize::try_from(query.offset()).unwrap_or_default();
    let page = ListPage {
        layout: visit.layout("走访调研").crumb("走访调研", ""),
        of: [("", "看得到的"), ("mine", "我走访的")].map(|(key, label)| query.chip("of", key, label, None)).to_vec(),
        years: query.choices("year", "今年", [((this_year - 1).to_string(), format!("{} 年", this_year - 1))]),
        columns: vec![
            query.column("走访的单位", "unit", false),
            query.column("走访日期", "day", false),
            query.column("走访人", "visitor", false),
            Column::number("问题"),
            Column::plain("说明"),
        ],
        rows: lines.into_iter().skip(from).take(query.per as usize).collect(),
        pager: Pager::new(&query, total, "次"),
        may_record: visit.actor().may(Capability::RecordVisits),
        query,
    };
    visit.page(&page)
}

#[derive(Template)]
#[template(path = "pages/visit.html")]
struct VisitPage {
    layout: Layout,
    title: String,
    facts: Vec<(&'static str, String)>,
    note: String,
    questions: Vec<Link>,
    advice: String,
    promises: String,
}

/// `GET /visits/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach, or another's that counts nowhere.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = seen(&visit, "v.id = $1", vec![id.into()]).await?.into_iter().next().ok_or(Failure::NotFound)?;
    let sql = "select id, text from problem where origin = $1 and origin_id = $2 order by id";
    let rows = store::query(visit.app.store().reader(), sql, [ORIGIN.into(), id.into()]).await.map_err(anyhow::Error::from)?;
    let question = |row: &sea_orm::QueryResult| -> anyhow::Result<Link> {
        let number: i64 = row.try_get_by_index(0)?;
        Ok(Link::new(row.try_get_by_index::<String>(1)?, format!("/problems/{number}")))
    };
    let [unit, office] = {
        let directory = visit.app.directory();
        [it.organisation, it.office].map(|id| directory.name_of(id).to_owned())
    };
    let page = VisitPage {
        title: format!("走访{unit}"),
        facts: vec![("走访日期", it.visited_on.to_string()), ("走访人", it.name.clone()), ("单位", office)],
        note: note(&it),
        questions: rows.iter().map(question).collect::<anyhow::Result<_>>()?,
        advice: it.advice.clone(),
        promises: it.promises.clone(),
        layout: visit.layout(format!("走访{unit}")).crumb("走访调研", "/visits").crumb(unit.clone(), ""),
    };
    visit.page(&page)
}
