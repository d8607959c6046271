//! The balance over fields (防偏科): what a unit put into every field, element by element, beside the field's share of organisations.

use std::collections::BTreeMap;

use askama::Template;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Balance, Capability, FormField, Ratio};
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId, Scope};

use super::pages::N_YEARS;
use super::rows::{self, Row};
use crate::app::App;
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::path::Path;
use crate::http::view::{Choice, Link};
use crate::http::visit::{Answer, Visit};

/// A field that gets less than its part, at one element of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub balance: String,
    pub unit: OrgId,
    pub field: String,
    pub element: String,
}

/// What stands in the grid of one unit.
struct Grid {
    /// Fields with organisations: key, name, number of organisations.
    fields: Vec<(String, String, i64)>,
    elements: Vec<String>,
    /// Inputs by field and element.
    counts: BTreeMap<(String, String), i64>,
}

impl Grid {
    fn n_organisations(&self) -> i64 {
        self.fields.iter().map(|(.., n)| n).sum()
    }

    fn of_element(&self, element: &str) -> i64 {
        self.counts.iter().filter(|((_, of), _)| of == element).map(|(_, n)| n).sum()
    }

    fn at(&self, field: &str, element: &str) -> i64 {
        self.counts.get(&(field.to_owned(), element.to_owned())).copied().unwrap_or_default()
    }

    /// Whether a field gets less than the stated part of what its number of organisations would be due. Where nothing at all was
    /// put into an element, every field is short of it.
    fn is_short(&self, least: Ratio, field: &str, n_organisations: i64, element: &str) -> bool {
        let whole = |n: i64| Ratio::from_integer(i128::from(n));
        let due = whole(n_organisations) * least * whole(self.of_element(element).max(1));
        whole(self.at(field, element)) * whole(self.n_organisations()) < due
    }

    fn short(&self, least: Ratio) -> Vec<(String, String)> {
        let mut short = Vec::new();
        for (field, _, n) in &self.fields {
            for element in self.elements.iter().filter(|element| self.is_short(least, field, *n, element)) {
                short.push((field.clone(), element.clone()));
            }
        }
        short
    }
}

fn field_of<'a>(fields: &'a [FormField], key: &str) -> Option<&'a FormField> {
    fields.iter().find(|field| field.key == key)
}

/// The grid of a unit from the rows about organisations below it; `input` narrows to one kind of input.
fn grid(app: &App, balance: &Balance, unit: OrgId, rows: &[Row], input: Option<&str>) -> Grid {
    let pack = app.pack();
    let directory = app.directory();
    let mut organisations: BTreeMap<&str, i64> = BTreeMap::new();
    let mut field_at: BTreeMap<OrgId, &str> = BTreeMap::new();
    for org in directory.subtree(unit).filter(|org| org.id != unit) {
        field_at.insert(org.id, &org.field);
        if org.is_branch() {
            *organisations.entry(org.field.as_str()).or_default() += 1;
        }
    }
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.withdrawn_reason.is_none() && input.is_none_or(|input| row.text(&balance.input) == input)) {
        if let Some(field) = field_at.get(&row.about) {
            *counts.entry(((*field).to_owned(), row.text(&balance.element).to_owned())).or_default() += 1;
        }
    }
    let fields = pack.fields.iter().filter_map(|(key, field)| {
        let n = organisations.get(key.as_str()).copied()?;
        Some((key.clone(), field.name.clone(), n))
    });
    let elements = pack.ledgers.get(&balance.ledger).and_then(|ledger| field_of(&ledger.fields, &balance.element));
    Grid { fields: fields.collect(), elements: elements.map(|field| field.choices.clone()).unwrap_or_default(), counts }
}

/// Where the units of an officer put too little, this year: what stands on the desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn gaps_for(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<Gap>> {
    let pack = app.pack();
    let mut gaps = Vec::new();
    for (key, balance) in &pack.balances {
        let own: Vec<OrgId> = {
            let directory = app.directory();
            let roots = actor.grants_with(Capability::KeepLedgers).filter_map(|grant| grant.set.root);
            roots.filter(|id| directory.org(*id).is_some_and(|org| org.level == balance.level)).collect()
        };
        if own.is_empty() {
            continue;
        }
        let rows = rows::of_year(app.store().reader(), &actor.scope(Capability::ViewLedgers), &balance.ledger, today.year()).await?;
        for unit in own {
            let grid = grid(app, balance, unit, &rows, None);
            // A ledger that nobody has begun to keep says nothing about fields; its own page says that it is empty.
            if grid.counts.is_empty() {
                continue;
            }
            let short = grid.short(balance.least);
            gaps.extend(short.into_iter().map(|(field, element)| Gap { balance: key.clone(), unit, field, element }));
        }
    }
    Ok(gaps)
}

/// A field into which a unit put too little in a year, as it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Balance and field.
    pub key: String,
    /// With the figures.
    pub text: String,
    /// Where the figures stand.
    pub href: String,
}

/// What a unit is asked about its year: one question for every field that is short somewhere. A ledger that nobody has begun to keep
/// says nothing about fields.
///
/// # Errors
/// When the database cannot be read.
pub async fn questions_of<C: ConnectionTrait>(app: &App, connection: &C, scope: &Scope, unit: OrgId, year: i16) -> anyhow::Result<Vec<Question>> {
    let pack = app.pack();
    let level = app.directory().org(unit).map(|org| org.level.clone()).unwrap_or_default();
    let mut questions = Vec::new();
    for (key, balance) in pack.balances.iter().filter(|(_, balance)| balance.level == level) {
        let rows = rows::of_year(connection, scope, &balance.ledger, year).await?;
        let grid = grid(app, balance, unit, &rows, None);
        if grid.counts.is_empty() {
            continue;
        }
        let asked = fields_asked(&grid, balance.least, year).into_iter();
        questions.extend(asked.map(|(field, text)| Question {
            key: format!("{key}_{field}"),
            text: format!("{}：{text}", balance.name),
            href: format!("/balances/{key}?unit={unit}&year={year}"),
        }));
    }
    Ok(questions)
}

/// A sentence for every field that is short somewhere, by field.
fn fields_asked(grid: &Grid, least: Ratio, year: i16) -> Vec<(String, String)> {
    let all = grid.n_organisations();
    let short = grid.short(least);
    let question = |(field, name, n): &(String, String, i64)| {
        let of = |element: &String| {
            format!("“{element}”上 {} 次，占 {}", grid.at(field, element), percent(grid.at(field, element), grid.of_element(element)))
        };
        let elements: Vec<String> = short.iter().filter(|(of, _)| of == field).map(|(_, element)| of(element)).collect();
        let text = || format!("{name}有党组织 {n} 个，占 {}；{year} 年的投入在{}。", percent(*n, all), elements.join("，"));
        (!elements.is_empty()).then(|| (field.clone(), text()))
    };
    grid.fields.iter().filter_map(question).collect()
}

struct CellView {
    element: String,
    n: i64,
    /// Of all inputs into this element.
    share: String,
    is_short: bool,
    href: String,
    speaks: String,
}

struct FieldLine {
    name: String,
    n_organisations: i64,
    share: String,
    cells: Vec<CellView>,
}

#[derive(Template)]
#[template(path = "pages/balance.html")]
struct BalancePage {
    layout: Layout,
    key: String,
    name: String,
    sentence: String,
    query: ListQuery,
    units: Vec<Choice>,
    years: Vec<Choice>,
    inputs: Vec<Choice>,
    elements: Vec<String>,
    lines: Vec<FieldLine>,
    /// A sentence for each cell that is short, for the county and for its report.
    questions: Vec<String>,
    ledger: Link,
    may_enter: bool,
}

const GRID: ListSpec = ListSpec { sorts: &["field"], default_sort: ("field", Direction::Asc), filters: &["unit", "year", "input"], per: 50 };

fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "—".to_owned();
    }
    format!("{}%", assessment::plain((Ratio::new(i128::from(part) * 100, i128::from(whole))).round()))
}

/// Units of a balance's level that somebody reaches: number, code and name, by code.
fn units_of(visit: &Visit, balance: &Balance) -> Vec<(OrgId, String, String)> {
    let directory = visit.app.directory();
    let scope = visit.scope(Capability::ViewLedgers);
    let at_level = directory.all(&scope).filter(|org| org.level == balance.level && !org.is_branch());
    let mut units: Vec<(OrgId, String, String)> = at_level.map(|org| (org.id, org.code.clone(), org.name.clone())).collect();
    units.sort_by(|a, b| a.1.cmp(&b.1));
    units
}

/// The balances over each ledger of the pack that have a unit within somebody's reach.
pub(super) fn links(visit: &Visit) -> BTreeMap<String, Vec<Link>> {
    let mut links: BTreeMap<String, Vec<Link>> = BTreeMap::new();
    for (key, balance) in &visit.pack().balances {
        if !units_of(visit, balance).is_empty() {
            links.entry(balance.ledger.clone()).or_default().push(Link::new(balance.name.clone(), format!("/balances/{key}")));
        }
    }
    links
}

/// `GET /balances/{key}`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such balance, or no unit of its level is in reach.
pub async fn show(visit: Visit, Path(key): Path<String>, uri: axum::http::Uri) -> Answer {
    let pack = visit.pack();
    let balance = pack.balances.get(&key).ok_or(Failure::NotFound)?;
    let ledger = pack.ledgers.get(&balance.ledger).ok_or(Failure::NotFound)?;
    let query = ListQuery::from_uri(&GRID, &uri);
    let scope = visit.scope(Capability::ViewLedgers);
    let units = units_of(&visit, balance);
    let asked = query.filter("unit").and_then(|id| id.parse::<OrgId>().ok());
    let unit = units.iter().find(|(id, ..)| asked.is_none_or(|asked| asked == *id)).cloned().ok_or(Failure::NotFound)?;
    let this_year = visit.today().year();
    let year =
        query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (this_year - N_YEARS..=this_year).contains(year)).unwrap_or(this_year);
    let input = query.filter("input").map(str::to_owned);
    let rows = rows::of_year(visit.app.store().reader(), &scope, &balance.ledger, year).await?;
    let grid = grid(&visit.app, balance, unit.0, &rows, input.as_deref());
    let all = grid.n_organisations();
    let cell = |field: &(String, String, i64), element: &String| {
        let n = grid.at(&field.0, element);
        let is_short = grid.is_short(balance.least, &field.0, field.2, element);
        let share = percent(n, grid.of_element(element));
        let word = if is_short { "，投入不足" } else { "" };
        CellView {
            element: element.clone(),
            n,
            speaks: format!("{} {element} {n} 次，占 {share}{word}", field.1),
            share,
            is_short,
            href: format!("/ledgers/{}?year={year}&field={}&element={element}&unit={}", balance.ledger, field.0, unit.0),
        }
    };
    let lines: Vec<FieldLine> = grid
        .fields
        .iter()
        .map(|field| FieldLine {
            name: field.1.clone(),
            n_organisations: field.2,
            share: percent(field.2, all),
            cells: grid.elements.iter().map(|element| cell(field, element)).collect(),
        })
        .collect();
    if let Some(export) = query.export {
        return download::table(export, &format!("{}{}", unit.2, balance.name), &table(&grid.elements, &lines));
    }
    let short = grid.short(balance.least);
    let questions: Vec<String> = fields_asked(&grid, balance.least, year).into_iter().map(|(_, text)| text).collect();
    let least = percent_words(balance.least);
    let page = BalancePage {
        layout: visit.layout(balance.name.clone()).crumb("台账", "/ledgers").crumb(balance.name.clone(), ""),
        sentence: format!("{}，{year} 年：一个领域占的份额不到它党组织份额的{least}的，标出来提醒；{} 处", unit.2, short.len()),
        units: query
            .choices("unit", "", units.iter().map(|(id, _, name)| (id.to_string(), name.clone())))
            .into_iter()
            .filter(|it| !it.value.is_empty())
            .collect(),
        years: query
            .choices("year", "", (0..=N_YEARS).map(|back| ((this_year - back).to_string(), format!("{} 年", this_year - back))))
            .into_iter()
            .filter(|it| !it.value.is_empty())
            .collect(),
        inputs: query.choices(
            "input",
            "全部投入",
            field_of(&ledger.fields, &balance.input)
                .map(|field| field.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect::<Vec<_>>())
                .unwrap_or_default(),
        ),
        elements: grid.elements.clone(),
        lines,
        questions,
        ledger: Link::new(ledger.name.clone(), format!("/ledgers/{}", balance.ledger)),
        may_enter: visit.actor().may(Capability::KeepLedgers),
        name: balance.name.clone(),
        key,
        query,
    };
    visit.page(&page)
}

fn percent_words(share: Ratio) -> String {
    format!("{}%", assessment::plain(share * Ratio::from_integer(100)))
}

fn table(elements: &[String], lines: &[FieldLine]) -> Table {
    let mut headings = vec!["领域".to_owned(), "党组织数".to_owned(), "占比".to_owned()];
    headings.extend(elements.iter().flat_map(|element| [element.clone(), format!("{element}占比"), format!("{element}提醒")]));
    let columns = headings.into_iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(14.0)).collect();
    let row = |line: &FieldLine| {
        let mut cells = vec![Value::text(&line.name), Value::Integer(line.n_organisations), Value::text(&line.share)];
        for cell in &line.cells {
            cells.extend([Value::Integer(cell.n), Value::text(&cell.share), Value::text(if cell.is_short { "投入不足" } else { "" })]);
        }
        cells
    };
    Table { name: "均衡".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() }
}
