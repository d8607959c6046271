//! What matters there are, and the list of one.

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{FormFieldKind, Matter, Pack};

use super::{met, proposes, status};
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Choice, Link, Status, grouped};
use crate::http::visit::{Answer, Visit};
use crate::matter::model::Row;
use crate::matter::{address, met_by, see};

const KINDS: ListSpec =
    ListSpec { sorts: &["name", "open", "over", "all"], default_sort: ("name", Direction::Asc), filters: &["state", "mine"], per: 50 };
/// What the kinds are narrowed to.
const KIND_STATES: [(&str, &str); 3] = [("open", "有在办的"), ("over", "有逾期的"), ("none", "没有在办的")];
const MATTERS: ListSpec =
    ListSpec { sorts: &["opened", "number", "unit", "due"], default_sort: ("opened", Direction::Desc), filters: &["state", "kind", "year"], per: 50 };

/// Where a matter can stand, as the list asks.
const STATES: [(&str, &str); 4] = [("", "在办的"), ("overdue", "逾期的"), ("closed", "办结的"), ("all", "全部")];

struct KindLine {
    name: String,
    note: String,
    href: String,
    n: u64,
    n_open: u64,
    n_over: u64,
    act: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/matter_kinds.html")]
struct KindsPage {
    layout: Layout,
    sentence: String,
    query: ListQuery,
    states: Vec<Choice>,
    mine: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<KindLine>,
    pager: Pager,
}

/// `GET /matters`.
///
/// # Errors
/// When the database cannot be read.
pub async fn index(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&KINDS, &uri);
    let pack = visit.pack();
    let numbers = see::numbers(visit.app.store().reader(), &visit.app, visit.actor(), visit.today()).await?;
    let mut lines: Vec<KindLine> = met_by(&pack, visit.actor())
        .filter(|(_, matter)| query.q.is_empty() || matter.name.contains(&query.q))
        .map(|(key, matter)| {
            let (n, n_open, n_over) = numbers.iter().find(|(of, ..)| of == key).map_or((0, 0, 0), |(_, n, open, over)| (*n, *open, *over));
            let may_open = visit.actor().may(matter.opened_by);
            KindLine {
                name: matter.name.clone(),
                note: matter.note.clone().unwrap_or_default(),
                href: format!("/matters/{key}"),
                n: n as u64,
                n_open: n_open as u64,
                n_over: n_over as u64,
                act: may_open.then(|| Link::new(matter.verb.clone(), format!("/matters/{key}/new"))),
            }
        })
        .filter(|line| match query.filter("state") {
            Some("open") => line.n_open > 0,
            Some("over") => line.n_over > 0,
            Some("none") => line.n_open == 0,
            _ => true,
        })
        .filter(|line| query.filter("mine").is_none_or(|mine| mine != "opens" || line.act.is_some()))
        .collect();
    match query.sort {
        "over" => lines.sort_by_key(|line| line.n_over),
        "all" => lines.sort_by_key(|line| line.n),
        "open" => lines.sort_by_key(|line| line.n_open),
        _ => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.name)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        let columns =
            ["事项", "说明", "在办", "逾期", "总数"].map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).into_iter().collect();
        let count = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let rows =
            lines.iter().map(|it| vec![Value::text(&it.name), Value::text(&it.note), count(it.n_open), count(it.n_over), count(it.n)]).collect();
        return download::table(export, "督办事项", &Table { name: "督办事项".to_owned(), title: None, columns, rows });
    }
    let (n_open, n_over) = (lines.iter().map(|it| it.n_open).sum::<u64>(), lines.iter().map(|it| it.n_over).sum::<u64>());
    let sentence = match (n_open, n_over) {
        (0, _) => "没有在办的督办事项".to_owned(),
        (open, 0) => format!("{} 件在办，都在时限内", grouped(open)),
        (open, over) => format!("{} 件在办，{} 件逾期", grouped(open), grouped(over)),
    };
    let total = lines.len() as u64;
    let query = query.within(total);
    let page = KindsPage {
        layout: visit.layout("督办事项").crumb("督办事项", ""),
        sentence,
        columns: vec![
            query.column("事项", "name", false),
            query.column("在办", "open", true),
            query.column("逾期", "over", true),
            query.column("总数", "all", true),
            Column::plain(""),
        ],
        states: query.choices("state", "全部进展", KIND_STATES),
        mine: query.choices("mine", "全部事项", [("opens", "由我开的")]),
        pager: Pager::new(&query, total, "项"),
        lines: query.paged(lines),
        query,
    };
    visit.page(&page)
}

struct Line {
    href: String,
    title: String,
    number: String,
    kind: String,
    unit: String,
    issuer: String,
    opened_on: Date,
    due: String,
    n_returned: i64,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/matters.html")]
struct MattersPage {
    layout: Layout,
    key: String,
    note: String,
    verb: String,
    sentence: String,
    query: ListQuery,
    states: Vec<Chip>,
    kinds: Vec<Choice>,
    years: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<Line>,
    pager: Pager,
    has_kinds: bool,
    /// The number does not say the kind already.
    shows_kind: bool,
    has_numbers: bool,
    may_open: bool,
    proposals: Option<Link>,
}

/// `GET /matters/{key}`.
///
/// # Errors
/// [`crate::http::failure::Failure::NotFound`] for what the visitor has nothing to do with.
pub async fn show(visit: Visit, Path(key): Path<String>, uri: Uri) -> Answer {
    let pack = visit.pack();
    let matter = met(&visit, &pack, &key)?;
    let query = ListQuery::from_uri(&MATTERS, &uri);
    let (today, soon) = (visit.today(), pack.soon_days(visit.today()));
    let all = see::all(visit.app.store().reader(), &visit.app, visit.actor(), &key, matter).await?;
    let years: std::collections::BTreeSet<i16> = all.iter().map(|it| it.opened_on.year()).collect();
    let narrowed: Vec<Row> = all
        .into_iter()
        .filter(|it| query.q.is_empty() || is_found(&visit, it, &query.q))
        .filter(|it| query.filter("kind").is_none_or(|kind| it.kind == kind))
        .filter(|it| query.filter("year").is_none_or(|year| it.opened_on.year().to_string() == year))
        .collect();
    let is_in = |it: &Row, state: &str| match state {
        "overdue" => is_over(&pack, matter, it, today),
        "closed" => it.closed_on.is_some(),
        "all" => true,
        _ => it.closed_on.is_none(),
    };
    let states =
        STATES.iter().map(|(state, label)| query.chip("state", state, *label, Some(narrowed.iter().filter(|it| is_in(it, state)).count() as u64)));
    let states: Vec<Chip> = states.collect();
    let (n_open, n_over) = (narrowed.iter().filter(|it| is_in(it, "")).count(), narrowed.iter().filter(|it| is_in(it, "overdue")).count());
    let n_all = narrowed.len();
    let mut found: Vec<Row> = narrowed.into_iter().filter(|it| is_in(it, query.filter("state").unwrap_or_default())).collect();
    sort(&visit, &mut found, &query);
    if let Some(export) = query.export {
        return download::table(export, &matter.name, &table(&visit, &pack, matter, &found));
    }
    let total = found.len() as u64;
    let query = query.within(total);
    let sentence = match (n_open, n_over) {
        _ if n_all == 0 => format!("还没有{}", matter.name),
        (0, _) => format!("{}：{n_all} 件全部办结", matter.name),
        (open, 0) => format!("{}：{open} 件在办，都在时限内", matter.name),
        (open, over) => format!("{}：{open} 件在办，{over} 件逾期", matter.name),
    };
    let has_numbers = matter.number.is_some();
    let shows_kind = !matter.kinds.is_empty() && !has_numbers;
    let columns = [
        Some(Column::plain("事由")),
        has_numbers.then(|| query.column("编号", "number", false)),
        Some(query.column("党组织", "unit", false)),
        shows_kind.then(|| Column::plain("种类")),
        Some(Column::plain("办理单位")),
        Some(query.column("日期", "opened", false)),
        Some(query.column("时限", "due", false)),
        Some(Column::plain("进展")),
    ];
    let may_open = visit.actor().may(matter.opened_by);
    let page = MattersPage {
        layout: visit.layout(matter.name.clone()).crumb("督办事项", "/matters").crumb(matter.name.clone(), ""),
        note: matter.note.clone().unwrap_or_default(),
        verb: matter.verb.clone(),
        sentence,
        states,
        kinds: query.choices("kind", "全部种类", matter.kinds.iter().map(|kind| (kind.key.clone(), kind.name.clone()))),
        years: query.choices("year", "各年", years.iter().rev().map(|year| (year.to_string(), format!("{year} 年")))),
        columns: columns.into_iter().flatten().collect(),
        lines: {
            let directory = visit.app.directory();
            let line = |it: &Row| Line {
                href: address(it.id),
                title: it.title.clone(),
                number: it.number.clone(),
                kind: matter.kind_name(&it.kind).to_owned(),
                unit: directory.name_of(it.organisation).to_owned(),
                issuer: directory.name_of(it.issuer).to_owned(),
                opened_on: it.opened_on,
                due: until(&pack, matter, it).map_or_else(|| "—".to_owned(), |day| day.to_string()),
                n_returned: it.n_returned,
                status: status(&pack, matter, it, today, soon),
            };
            query.page_of(&found).iter().map(line).collect()
        },
        pager: Pager::new(&query, total, "件"),
        has_kinds: !matter.kinds.is_empty(),
        shows_kind,
        has_numbers,
        may_open,
        proposals: (may_open && proposes(matter)).then(|| Link::new("该办的", format!("/matters/{key}/proposals"))),
        key,
        query,
    };
    visit.page(&page)
}

fn until(pack: &Pack, matter: &Matter, it: &Row) -> Option<Date> {
    it.until(pack.procedures.get(&matter.procedure)?)
}

fn is_over(pack: &Pack, matter: &Matter, it: &Row, today: Date) -> bool {
    until(pack, matter, it).is_some_and(|day| day < today)
}

fn is_found(visit: &Visit, it: &Row, words: &str) -> bool {
    let directory = visit.app.directory();
    let is_named = directory.org(it.organisation).is_some_and(|org| crate::pinyin::is_found(words, &org.name, &org.pinyin));
    is_named || it.title.contains(words) || it.number.contains(words) || it.fields.values().any(|text| text.contains(words))
}

fn sort(visit: &Visit, found: &mut [Row], query: &ListQuery) {
    let directory = visit.app.directory();
    match query.sort {
        "number" => found.sort_by(|a, b| {
            (a.opened_on.year(), &a.kind, a.number.len(), &a.number, a.id).cmp(&(b.opened_on.year(), &b.kind, b.number.len(), &b.number, b.id))
        }),
        "unit" => found.sort_by_cached_key(|it| (directory.org(it.organisation).map(|org| org.pinyin.clone()), it.id)),
        "due" => found.sort_by_key(|it| (it.due_on.is_none(), it.due_on, it.id)),
        _ => found.sort_by_key(|it| (it.opened_on, it.id)),
    }
    if query.dir == Direction::Desc {
        found.reverse();
    }
}

fn table(visit: &Visit, pack: &Pack, matter: &Matter, rows: &[Row]) -> Table {
    let directory = visit.app.directory();
    let (today, soon) = (visit.today(), pack.soon_days(visit.today()));
    let mut headings = vec!["编号", "种类", "党组织编码", "党组织", "办理单位"];
    headings.extend(matter.fields.iter().map(|field| field.name.as_str()));
    headings.extend(["越级理由", "立项日期", "进展", "退回次数", "办结日期"]);
    let columns = headings.into_iter().map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(18.0)).collect();
    let row = |it: &Row| {
        let mut cells = vec![
            Value::text(&it.number),
            Value::text(matter.kind_name(&it.kind)),
            Value::text(directory.org(it.organisation).map_or("", |org| org.code.as_str())),
            Value::text(directory.name_of(it.organisation)),
            Value::text(directory.name_of(it.issuer)),
        ];
        cells.extend(matter.fields.iter().map(|field| match (field.kind, it.text(&field.key).parse()) {
            (FormFieldKind::Whole, Ok(n)) => Value::Integer(n),
            _ => Value::text(it.text(&field.key)),
        }));
        cells.push(Value::text(&it.skipped));
        cells.push(Value::text(it.opened_on.to_string()));
        cells.push(Value::text(status(pack, matter, it, today, soon).word));
        cells.push(Value::Integer(it.n_returned));
        cells.push(Value::text(it.closed_on.map(|day| day.to_string()).unwrap_or_default()));
        cells
    };
    Table { name: matter.name.clone(), title: None, columns, rows: rows.iter().map(row).collect() }
}
