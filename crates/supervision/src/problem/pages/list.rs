//! The ledger as a list.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::Capability;
use store::OrgId;

use super::status;
use crate::directory::OrgNode;
use crate::http::download;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Choice, Link, Status, grouped};
use crate::http::visit::{Answer, Visit};
use crate::problem::limits::Limits;
use crate::problem::list::{Counts, From, OVER_STEP, Wanted, count, counts, lines};
use crate::problem::model::{Problem, State};
use crate::problem::{acts, escalation_days, see, sources, types};

const PROBLEMS: ListSpec = ListSpec {
    sorts: &["due", "raised", "unit", "owner", "kind"],
    default_sort: ("due", Direction::Asc),
    filters: &["of", "state", "source", "kind", "unit"],
    per: 50,
};
/// Rows of one file.
const N_EXPORT_MAX: u64 = 50_000;
/// Organisations whose names are found by a search, at most.
const N_NAMED_MAX: usize = 500;

/// Which problems are listed.
const OF: [(&str, &str); 4] = [("", "范围内的"), ("issued", "我单位核验的"), ("escalated", "逾期上报的"), ("mine", "我提出的")];

struct Row {
    href: String,
    text: String,
    kind: String,
    source: String,
    unit: String,
    owner: String,
    raised_on: Date,
    due_on: Date,
    recurs: bool,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/problems.html")]
struct ProblemsPage {
    layout: Layout,
    sentence: String,
    facts: String,
    query: ListQuery,
    of: Vec<Chip>,
    states: Vec<Chip>,
    sources: Vec<Choice>,
    kinds: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: Pager,
    may_raise: bool,
    /// Whoever sees the ledger also sees what is alike in it.
    sees_ledger: bool,
    urge: Option<Link>,
    is_narrowed: bool,
}

/// `GET /problems`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&PROBLEMS, &uri);
    let today = visit.today();
    let pack = visit.pack();
    let reader = visit.app.store().reader();
    let sees_ledger = !see::reach(visit.actor()).is_empty();
    let wanted = wanted(&visit, &query, sees_ledger);
    let is_small = wanted.is_small();
    let total = if is_small { Some(count(reader, &wanted, today).await?) } else { None };
    let query = total.map_or_else(|| query.clone(), |total| query.clone().within(total));
    // Where there are many they are walked by a day, in the order of an index.
    let sort = if is_small || query.sort == "raised" { query.sort } else { "due" };
    let is_descending = query.dir == Direction::Desc;
    if let Some(export) = query.export {
        let all = lines(reader, &wanted, today, sort, is_descending, From::Offset(0), N_EXPORT_MAX).await?;
        return download::table(export, "问题台账", &sheet(&visit, &all));
    }
    let from = match query.after.as_deref().and_then(read_key) {
        Some((day, id)) if !is_small => From::After(day, id),
        _ if is_small => From::Offset(query.offset()),
        _ => From::Offset(0),
    };
    let mut found = lines(reader, &wanted, today, sort, is_descending, from, u64::from(query.per) + 1).await?;
    let has_more = found.len() > query.per as usize;
    found.truncate(query.per as usize);
    let key = |it: &Problem| format!("{}|{}", if sort == "raised" { it.raised_on } else { it.due_on }, it.id);
    let last = found.last().filter(|_| has_more).map(key);
    let pager = match total {
        Some(total) => Pager::new(&query, total, "个"),
        None => Pager::keyed(&query, format!("本页 {} 个", found.len()), last.as_deref()),
    };
    let is_narrowed = !query.q.is_empty() || ["state", "source", "kind", "unit"].iter().any(|name| query.filter(name).is_some());
    let all = counts(&visit.app, &see::reach(visit.actor()), today).await?;
    let is_whole = query.filter("of").is_none() && query.q.is_empty() && ["source", "kind", "unit"].iter().all(|name| query.filter(name).is_none());
    let column = |label: &str, key: &str| if is_small { query.column(label, key, false) } else { Column::plain(label) };
    let sourced: BTreeSet<String> = sources(&pack).iter().cloned().chain(procedures_of(&visit)).collect();
    let may_urge = query.filter("of") == Some("issued") && !found.is_empty() && visit.actor().may(Capability::VerifyProblems);
    let is_of_one = query.filter("unit").is_some() && wanted.raised_by.is_none();
    let unit = wanted.organisations.first().filter(|_| is_of_one).map(|id| visit.app.directory().name_of(*id).to_owned());
    let page = ProblemsPage {
        layout: visit.layout("问题台账").crumb("问题台账", ""),
        sentence: sentence(all, sees_ledger),
        facts: unit.map_or_else(String::new, |name| format!("只列{name}的。"))
            + "一本台账，督查、自查、调研、评议、反馈、群众反映的都在这里；责任人整改，交办单位核验，提出人得到答复。",
        of: OF.iter().filter(|(key, _)| sees_ledger || *key == "mine").map(|(key, label)| query.chip("of", key, *label, None)).collect(),
        states: states(&query, is_whole.then_some(all)),
        sources: query.choices("source", "全部来源", sourced.iter().map(|source| (source.clone(), source.clone()))),
        kinds: query.choices("kind", "全部类型", types(&pack).iter().map(|kind| (kind.clone(), kind.clone()))),
        columns: vec![
            Column::plain("问题"),
            column("党组织", "unit"),
            column("类型", "kind"),
            Column::plain("来源"),
            column("责任人", "owner"),
            query.column("登记", "raised", false),
            query.column("时限", "due", false),
            Column::plain("状态"),
        ],
        rows: rows_of(&visit, &found),
        pager,
        may_raise: visit.actor().may(Capability::RaiseProblems),
        sees_ledger,
        urge: may_urge.then(|| Link::new("催办逾期的", "/problems/urge")),
        is_narrowed,
        query,
    };
    visit.page(&page)
}

fn wanted(visit: &Visit, query: &ListQuery, sees_ledger: bool) -> Wanted {
    let scope = see::reach(visit.actor());
    let directory = visit.app.directory();
    let organisations: Vec<OrgId> = directory.all(&scope).map(|org| org.id).collect();
    let is_named = |org: &&OrgNode| crate::pinyin::is_found(&query.q, &org.name, &org.pinyin);
    let named = if query.q.is_empty() { Vec::new() } else { directory.all(&scope).filter(is_named).take(N_NAMED_MAX).map(|org| org.id).collect() };
    let places = see::places_of(visit.actor(), Capability::VerifyProblems);
    let limits = Limits::of(&visit.pack());
    let mut wanted = Wanted {
        organisations,
        cases: scope.cases_sql("p.case_id"),
        state: query.filter("state").map(str::to_owned),
        source: query.filter("source").map(str::to_owned),
        kind: query.filter("kind").map(str::to_owned),
        words: query.q.clone(),
        named,
        over_step: Some(limits.over_sql(visit.today())),
        ..Wanted::default()
    };
    // One's own problems alone (评先评优 looks at them before it decides).
    if let Some(unit) = query.filter("unit") {
        wanted.organisations.retain(|id| id.to_string() == unit);
        wanted.cases = String::new();
    }
    match query.filter("of") {
        Some("issued") => wanted.issued_by = if places.is_empty() { vec![0] } else { places },
        Some("escalated") => {
            let below = places.iter().flat_map(|place| directory.children(*place)).filter(|org| !org.is_branch()).map(|org| org.id);
            wanted.issued_by = below.chain([0]).collect();
            wanted.escalated = Some((escalation_days(&visit.pack()), limits.escalated_sql(visit.today())));
        }
        Some("mine") => wanted.raised_by = Some(visit.actor().person_id.unwrap_or_default()),
        _ if !sees_ledger => wanted.raised_by = Some(visit.actor().person_id.unwrap_or_default()),
        _ => {}
    }
    // What one raised is looked for to see what became of it.
    if wanted.raised_by.is_some() && wanted.state.is_none() {
        wanted.state = Some("all".to_owned());
    }
    wanted
}

/// Procedures in which problems are found, by name: sources of the ledger, too.
fn procedures_of(visit: &Visit) -> Vec<String> {
    let pack = visit.pack();
    let opens = |procedure: &policy::Procedure| {
        let fields = procedure.stages.iter().flat_map(|stage| &stage.actions).flat_map(|action| &action.fields);
        fields.filter(|field| field.kind == policy::FormFieldKind::Items).any(|field| field.items.as_deref() == Some(crate::problem::ITEM))
    };
    pack.procedures.values().filter(|procedure| opens(procedure)).map(|procedure| procedure.name.clone()).collect()
}

fn read_key(key: &str) -> Option<(Date, i64)> {
    let (day, id) = key.split_once('|')?;
    Some((day.parse().ok()?, id.parse().ok()?))
}

fn sentence(all: Counts, sees_ledger: bool) -> String {
    match (all.n_open, all.n_overdue, all.n_verifying) {
        _ if !sees_ledger => "我提出的问题".to_owned(),
        (0, _, _) if all.n == 0 => "还没有登记过问题".to_owned(),
        (0, _, _) => format!("{} 个问题全部销号", grouped(all.n)),
        (open, 0, 0) => format!("{} 个问题没有销号，都在时限内", grouped(open)),
        (open, 0, verifying) => format!("{} 个问题没有销号，{} 个待核验", grouped(open), grouped(verifying)),
        (open, overdue, 0) => format!("{} 个问题没有销号，{} 个逾期", grouped(open), grouped(overdue)),
        (open, overdue, verifying) => {
            format!("{} 个问题没有销号，{} 个逾期，{} 个待核验", grouped(open), grouped(overdue), grouped(verifying))
        }
    }
}

fn states(query: &ListQuery, all: Option<Counts>) -> Vec<Chip> {
    let n = |state: State| {
        let all = all?;
        match state {
            State::Open => Some(all.n_open - all.n_overdue - all.n_verifying),
            State::Overdue => Some(all.n_overdue),
            State::Verifying => Some(all.n_verifying),
            State::Closed | State::Dismissed => None,
        }
    };
    let first = query.chip("state", "", "没有销号的", all.map(|all| all.n_open));
    let over_step = query.chip("state", OVER_STEP, "环节超期", None);
    let rest = State::ALL.iter().map(|(key, words, state)| query.chip("state", key, *words, n(*state)));
    std::iter::once(first).chain(rest).chain([over_step, query.chip("state", "all", "全部", all.map(|all| all.n))]).collect()
}

fn rows_of(visit: &Visit, found: &[Problem]) -> Vec<Row> {
    let (today, pack) = (visit.today(), visit.pack());
    let directory = visit.app.directory();
    let row = |it: &Problem| Row {
        href: it.address(),
        text: it.title(),
        kind: it.kind.clone(),
        source: it.source.clone(),
        unit: directory.name_of(it.organisation).to_owned(),
        owner: it.owner.clone(),
        raised_on: it.raised_on,
        due_on: it.due_on,
        recurs: it.recurs.is_some(),
        status: status(it, today, &pack),
    };
    found.iter().map(row).collect()
}

fn sheet(visit: &Visit, all: &[Problem]) -> Table {
    let (today, pack) = (visit.today(), visit.pack());
    let directory = visit.app.directory();
    let day = |day: Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    let text = |heading: &str, width: f64| SheetColumn::new(heading, ColumnKind::Text).wide(width);
    let columns = vec![
        text("组织编码", 18.0),
        text("党组织", 30.0),
        text("问题", 60.0),
        text("依据", 40.0),
        text("类型", 18.0),
        text("来源", 18.0),
        text("责任人", 24.0),
        text("核验单位", 30.0),
        SheetColumn::new("登记日期", ColumnKind::Date),
        SheetColumn::new("整改时限", ColumnKind::Date),
        text("状态", 14.0),
        SheetColumn::new("销号日期", ColumnKind::Date),
        text("再次发生", 10.0),
    ];
    let row = |it: &Problem| {
        let org = directory.org(it.organisation);
        vec![
            Value::text(org.map_or("", |org| org.code.as_str())),
            Value::text(org.map_or("", |org| org.name.as_str())),
            Value::text(&it.text),
            Value::text(&it.basis),
            Value::text(&it.kind),
            Value::text(&it.source),
            Value::text(&it.owner),
            Value::text(directory.name_of(it.issuer)),
            day(it.raised_on),
            day(it.due_on),
            Value::text(status(it, today, &pack).word),
            it.closed_on.map_or_else(|| Value::text(""), day),
            Value::text(if it.recurs.is_some() { "是" } else { "" }),
        ]
    };
    Table { name: "问题台账".to_owned(), title: None, columns, rows: all.iter().map(row).collect() }
}

/// `POST /problems/urge`: reminds of everything handed over from here that is over.
///
/// # Errors
/// When the database refuses.
pub async fn urge(visit: Visit) -> Answer {
    let mut tx = visit.begin().await?;
    let n = acts::urge_all(&visit.app, &mut tx, visit.actor()).await?;
    let commit = tx.commit().await?;
    let said = if n == 0 {
        "没有要催办的了：逾期的几天内都催过。".to_owned()
    } else {
        format!("已催办 {n} 个，提醒发给了整改单位。")
    };
    Ok(visit.done(commit, "/problems?of=issued&state=overdue", &said))
}
