//! The cells of the matrix one by one, what ends first first: the evidence behind every count.

use askama::Template;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Period;

use super::Asked;
use super::matrix::{chips, spoken};
use crate::duty::model;
use crate::duty::select::{Item, Selection};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Status};
use crate::http::visit::{Answer, Visit};

const ITEMS: ListSpec = ListSpec {
    sorts: &["until", "organisation", "duty"],
    default_sort: ("until", Direction::Asc),
    filters: &["organisation", "year", "field", "duty", "period", "state"],
    per: 50,
};
/// More rows than this do not go into one file; a workbook has no room for them.
const N_EXPORT_MAX: usize = 200_000;

#[derive(Template)]
#[template(path = "pages/duty_items.html")]
struct ItemsPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    places: Vec<Choice>,
    years: Vec<Choice>,
    fields: Vec<Choice>,
    duties: Vec<Choice>,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    matrix: Link,
    /// What may be reminded of all at once.
    may_remind: bool,
}

struct Row {
    href: String,
    duty: String,
    organisation: String,
    superior: String,
    until: String,
    status: Status,
    /// Organisation, duty and period, for the tick.
    key: String,
}

/// `GET /duties/items`.
pub(super) async fn show(visit: Visit) -> Answer {
    let query = ListQuery::parse(&ITEMS, "/duties/items", Some(&visit.query));
    let asked = Asked::read(&visit, &query).await?;
    let mut selection = asked.select(&visit, query.filter("field"), query.filter("duty"));
    if let Some(period) = query.filter("period").and_then(|text| text.parse::<Period>().ok()) {
        let states = selection.states;
        selection.columns.retain(|at| states.columns[*at].period == period);
    }
    if !query.q.is_empty() {
        let directory = visit.app.directory();
        selection.keep(|branch| {
            directory.org_ever(branch.id).is_some_and(|org| crate::pinyin::is_found(&query.q, &org.name, &org.pinyin) || org.code.contains(&query.q))
        });
    }
    let state = query.filter("state").unwrap_or("open").to_owned();
    let n = if state == "open" { selection.count("due") + selection.count("overdue") } else { selection.count(&state) };
    let query = query.within(n as u64);
    let (skip, take) = match query.export {
        Some(_) => (0, N_EXPORT_MAX),
        None => (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize),
    };
    let items = sorted(&query, &selection, &state, n, skip, take);
    if let Some(export) = query.export {
        let name = format!("{} {} 年责任事项", asked.name(), asked.year);
        return download::table(export, &name, &sheet(&visit, &selection, &items, &name));
    }
    let page = ItemsPage {
        layout: visit.layout("责任事项").crumb("部署落实", "/").crumb("责任矩阵", "/duties").crumb("责任事项", ""),
        title: title(asked.name(), &query, n),
        places: asked.places(&visit),
        years: asked.years(&visit),
        fields: super::fields(&visit, &query),
        duties: super::duties(&asked.states, &query),
        chips: item_chips(&query, &selection),
        columns: vec![
            query.column("责任", "duty", false),
            query.column("党支部", "organisation", false),
            Column::plain("上级"),
            query.column("截止", "until", false),
            Column::plain("状态"),
        ],
        rows: items.iter().map(|item| row(&visit, &selection, item)).collect(),
        pager: Pager::new(&query, n as u64, "件"),
        matrix: Link::new("看矩阵", query.filter_link("state", "").replacen("/duties/items", "/duties", 1)),
        may_remind: visit.actor().may(policy::Capability::SuperviseActivities)
            && ["open", "due", "week", "soon", "overdue"].contains(&state.as_str()),
        query,
    };
    visit.page(&page)
}

/// The states; first what is still to do, which is shown when nothing is said.
fn item_chips(query: &ListQuery, selection: &Selection<'_>) -> Vec<Chip> {
    let n_open = selection.count("due") + selection.count("overdue");
    std::iter::once(query.chip("state", "", "还没有办", Some(n_open as u64))).chain(chips(query, selection).into_iter().skip(1)).collect()
}

fn title(name: &str, query: &ListQuery, n: usize) -> String {
    let word = match query.filter("state") {
        Some("week") => "本周到期",
        state => state.and_then(|state| model::FILTERS.iter().find(|(key, _)| *key == state)).map_or("还没有办", |(_, word)| word),
    };
    let period = query.filter("period").and_then(|text| text.parse::<Period>().ok()).map(|period| format!(" {}", period.label())).unwrap_or_default();
    if n == 0 { format!("{name}{period}没有{word}的事项") } else { format!("{name}{period}{word} {n} 件") }
}

/// By the last day; or by branch or duty, which needs all of them at hand.
fn sorted(query: &ListQuery, selection: &Selection<'_>, state: &str, n: usize, skip: usize, take: usize) -> Vec<Item> {
    if query.sort == "until" && query.dir == Direction::Asc {
        return selection.items(state, skip, take);
    }
    let mut items = selection.items(state, 0, n);
    let last_day = |item: &Item| selection.column(item.column).period.last_day();
    match query.sort {
        "organisation" => items.sort_by_key(|item| (item.branch, last_day(item))),
        "duty" => items.sort_by_key(|item| (selection.column(item.column).duty, last_day(item), item.branch)),
        _ => {}
    }
    if query.dir == Direction::Desc {
        items.reverse();
    }
    items.into_iter().skip(skip).take(take).collect()
}

fn row(visit: &Visit, selection: &Selection<'_>, item: &Item) -> Row {
    let directory = visit.app.directory();
    let branch = &selection.branches[item.branch];
    let column = selection.column(item.column);
    let duty = selection.states.duty(column);
    Row {
        href: format!("/duties/{}/{}/{}", branch.id, duty.key, column.period),
        duty: format!("{}（{}）", duty.short, spoken(column.period)),
        organisation: branch.name.clone(),
        superior: directory.org_ever(branch.id).and_then(|org| org.parent).map_or_else(String::new, |id| directory.name_of(id).to_owned()),
        until: column.period.last_day().to_string(),
        status: model::status(item.code, column.period, visit.today(), selection.countdown),
        key: format!("{}/{}/{}", branch.id, duty.key, column.period),
    }
}

fn sheet(visit: &Visit, selection: &Selection<'_>, items: &[Item], name: &str) -> Table {
    let today = visit.today();
    let columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("责任", ColumnKind::Text),
        SheetColumn::new("期间", ColumnKind::Text).wide(18.0),
        SheetColumn::new("截止", ColumnKind::Date),
        SheetColumn::new("状态", ColumnKind::Text),
    ];
    let row = |item: &Item| {
        let branch = &selection.branches[item.branch];
        let column = selection.column(item.column);
        let last = column.period.last_day();
        vec![
            Value::text(&branch.code),
            Value::text(&branch.name),
            Value::text(&selection.states.duty(column).name),
            Value::text(column.period.label()),
            Value::Date { year: last.year(), month: last.month(), day: last.day() },
            Value::text(model::word(item.code, column.period, today, selection.countdown)),
        ]
    };
    Table { name: "责任事项".to_owned(), title: Some(format!("{name}（{today}）")), columns, rows: items.iter().map(row).collect() }
}
