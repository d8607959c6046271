//! 组织生活: every record within reach, newest first.

use askama::Template;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, Per, Period};
use store::OrgId;

use crate::activity::list::{From, Line, Wanted, count, lines};
use crate::directory::OrgNode;
use crate::duty::pages::{default_top, name_of, place, places};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Standing, Status};
use crate::http::visit::{Answer, Visit};

const ACTIVITIES: ListSpec = ListSpec {
    sorts: &["held_on", "entered_on", "kind"],
    default_sort: ("held_on", Direction::Desc),
    filters: &["organisation", "year", "period", "kind", "state"],
    per: 50,
};
/// Rows of one file.
const N_EXPORT_MAX: u64 = 50_000;
/// The states that are asked for, with their words.
const STATES: [(&str, &str); 5] =
    [("waiting", "等上级同意"), ("returned", "已退回"), ("made_up", "补办"), ("entered_late", "隔日录入"), ("counts", "只有人数")];

#[derive(Template)]
#[template(path = "pages/activities.html")]
struct ActivitiesPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    sentence: String,
    places: Vec<Choice>,
    periods: Vec<Choice>,
    kinds: Vec<Choice>,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    /// One branch is shown: its name stands above the list only.
    is_one: bool,
    rows: Vec<Row>,
    pager: Pager,
    /// Where a new one is recorded; empty: not by this person.
    record: String,
}

struct Row {
    href: String,
    topic: String,
    kind: String,
    organisation: String,
    held_on: String,
    attendance: String,
    lag: String,
    status: Option<Status>,
}

/// `GET /activities`.
pub(super) async fn show(visit: Visit) -> Answer {
    let query = ListQuery::parse(&ACTIVITIES, "/activities", Some(&visit.query));
    let scope = visit.scope(Capability::ViewActivities);
    let top = match query.filter("organisation") {
        Some(id) => Some(place(&visit, &scope, id.parse().map_err(|_| Failure::NotFound)?).ok_or(Failure::NotFound)?),
        None => default_top(&visit, &scope),
    };
    let wanted = wanted(&visit, &query, top.as_ref());
    let reader = visit.app.store().reader();
    let is_small = wanted.is_small();
    let total = if is_small { Some(count(reader, &wanted).await?) } else { None };
    let query = total.map_or_else(|| query.clone(), |total| query.clone().within(total));
    let sort = if is_small { query.sort } else { "held_on" };
    let is_descending = query.dir == Direction::Desc;
    if let Some(export) = query.export {
        let all = lines(reader, &wanted, sort, is_descending, From::Offset(0), N_EXPORT_MAX).await?;
        return download::table(export, "组织生活记录", &sheet(&visit, &all));
    }
    let from = match query.after.as_deref().and_then(read_key) {
        Some((day, id)) if !is_small => From::After(day, id),
        _ if is_small => From::Offset(query.offset()),
        _ => From::Offset(0),
    };
    let mut found = lines(reader, &wanted, sort, is_descending, from, u64::from(query.per) + 1).await?;
    let has_more = found.len() > query.per as usize;
    found.truncate(query.per as usize);
    let last = found.last().filter(|_| has_more).map(|line| format!("{}|{}", line.held_on, line.id));
    let pager = match total {
        Some(total) => Pager::new(&query, total, "条"),
        None => Pager::keyed(&query, format!("按召开日期排列，本页 {} 条", found.len()), last.as_deref()),
    };
    let name = name_of(&visit, &scope, top.as_ref());
    let column = |label: &str, key: &str| if is_small { query.column(label, key, false) } else { Column::plain(label) };
    let is_one = top.as_ref().is_some_and(OrgNode::is_branch);
    let mut columns = vec![
        Column::plain("主题"),
        column("类型", "kind"),
        Column::plain("党支部"),
        query.column("召开", "held_on", false),
        Column::plain("到会"),
        column("录入", "entered_on"),
        Column::plain("状态"),
    ];
    if is_one {
        columns.retain(|column| column.label != "党支部");
    }
    let page = ActivitiesPage {
        layout: visit.layout("组织生活").crumb("部署落实", "/").crumb("组织生活", ""),
        title: format!("{name}组织生活"),
        sentence: total.map_or_else(String::new, |total| format!("{}共 {total} 条记录", period_of(&visit, &query).label())),
        places: places(&visit, &scope, top.as_ref()),
        periods: periods(&visit, &query),
        kinds: kinds(&visit, &query),
        chips: std::iter::once(query.chip("state", "", "全部", None))
            .chain(STATES.iter().map(|(key, word)| query.chip("state", key, *word, None)))
            .collect(),
        columns,
        is_one,
        rows: found.iter().map(|line| row(&visit, line)).collect(),
        pager,
        record: record_link(&visit, top.as_ref()),
        query,
    };
    visit.page(&page)
}

fn wanted(visit: &Visit, query: &ListQuery, top: Option<&OrgNode>) -> Wanted {
    let scope = visit.scope(Capability::ViewActivities);
    let directory = visit.app.directory();
    let inside = |org: &&OrgNode| scope.includes(org.id, &org.superiors, &org.field);
    let organisations: Vec<OrgId> = match top {
        Some(top) => {
            let stood_below = |org: &&OrgNode| org.id == top.id || org.superiors.contains(&top.id);
            directory.subtree(top.id).chain(directory.gone().iter().filter(stood_below)).filter(inside).map(|org| org.id).collect()
        }
        None => directory.all(&scope).chain(directory.gone().iter().filter(inside)).map(|org| org.id).collect(),
    };
    let named = if query.q.is_empty() {
        Vec::new()
    } else {
        let is_named = |id: &&OrgId| directory.org_ever(**id).is_some_and(|org| crate::pinyin::is_found(&query.q, &org.name, &org.pinyin));
        organisations.iter().filter(is_named).take(200).copied().collect()
    };
    let period = period_of(visit, query);
    Wanted {
        organisations,
        days: Some((period.from(), period.until())),
        kind: query.filter("kind").map(str::to_owned),
        state: query.filter("state").map(str::to_owned),
        words: query.q.clone(),
        named,
    }
}

/// The period asked for; this year when nothing is said.
fn period_of(visit: &Visit, query: &ListQuery) -> Period {
    query.filter("period").or(query.filter("year")).and_then(|text| text.parse().ok()).unwrap_or_else(|| Period::year(visit.today().year()))
}

fn read_key(key: &str) -> Option<(Date, i64)> {
    let (day, id) = key.split_once('|')?;
    Some((day.parse().ok()?, id.parse().ok()?))
}

fn row(visit: &Visit, line: &Line) -> Row {
    let pack = visit.pack();
    let lag = (line.entered_on - line.held_on).get_days();
    Row {
        href: format!("/activities/{}", line.id),
        topic: line.topic.clone(),
        kind: pack.activities.get(&line.kind).map_or_else(|| line.kind.clone(), |kind| kind.short.clone()),
        organisation: visit.app.directory().name_of(line.organisation).to_owned(),
        held_on: line.held_on.to_string(),
        attendance: format!("{} / {}", line.n_present, line.n_eligible),
        lag: if lag > 0 { format!("晚 {lag} 天") } else { String::new() },
        status: status(line),
    }
}

fn status(line: &Line) -> Option<Status> {
    if line.is_returned {
        return Some(Status::new(Standing::Missed, "已退回"));
    }
    if line.waits_for_consent {
        return Some(Status::new(Standing::Soon, "等上级同意"));
    }
    line.makes_up.map(|period| Status::new(Standing::Late, format!("补办 {}", period.label())))
}

fn periods(visit: &Visit, query: &ListQuery) -> Vec<Choice> {
    let today = visit.today();
    let asked = period_of(visit, query);
    let choice = |period: Period| Choice { value: period.to_string(), label: period.label(), selected: period == asked };
    let mut periods = vec![choice(Period::year(today.year()))];
    let mut month = Period::containing(today, Per::Month);
    for _ in 0..13 {
        periods.push(choice(month));
        month = month.previous();
    }
    periods.extend((1..4).map(|back| choice(Period::year(today.year() - back))));
    if !periods.iter().any(|choice| choice.selected) {
        periods.insert(0, choice(asked));
    }
    periods
}

fn kinds(visit: &Visit, query: &ListQuery) -> Vec<Choice> {
    let pack = visit.pack();
    query.choices("kind", "全部类型", pack.activities.iter().map(|(key, kind)| (key.as_str(), kind.short.as_str())))
}

fn record_link(visit: &Visit, top: Option<&OrgNode>) -> String {
    let scope = visit.scope(Capability::RecordActivities);
    match top.filter(|top| top.is_branch()) {
        Some(top) if visit.app.directory().is_visible(&scope, top.id) => format!("/activities/new?organisation={}", top.id),
        Some(_) => String::new(),
        None if scope.is_empty() => String::new(),
        None => "/activities/new".to_owned(),
    }
}

fn sheet(visit: &Visit, all: &[Line]) -> Table {
    let directory = visit.app.directory();
    let pack = visit.pack();
    let day = |day: Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    let columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("类型", ColumnKind::Text).wide(18.0),
        SheetColumn::new("主题", ColumnKind::Text).wide(40.0),
        SheetColumn::new("召开日期", ColumnKind::Date),
        SheetColumn::new("应到", ColumnKind::Integer),
        SheetColumn::new("实到", ColumnKind::Integer),
        SheetColumn::new("录入日期", ColumnKind::Date),
        SheetColumn::new("状态", ColumnKind::Text),
    ];
    let row = |line: &Line| {
        let org = directory.org_ever(line.organisation);
        vec![
            Value::text(org.map_or("", |org| org.code.as_str())),
            Value::text(org.map_or("", |org| org.name.as_str())),
            Value::text(pack.activities.get(&line.kind).map_or(line.kind.as_str(), |kind| kind.name.as_str())),
            Value::text(&line.topic),
            day(line.held_on),
            Value::Integer(line.n_eligible),
            Value::Integer(line.n_present),
            day(line.entered_on),
            Value::text(status(line).map(|status| status.word).unwrap_or_default()),
        ]
    };
    Table { name: "组织生活".to_owned(), title: None, columns, rows: all.iter().map(row).collect() }
}
