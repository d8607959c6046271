//! `/figures/records`: what stands behind one figure. An indicator opens to the periods it was judged by, of each organisation; these,
//! and every count, open to the records.

use std::collections::HashMap;

use askama::Template;
use assessment::{Judged, JudgedPeriod, RowBehind, Subject};
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Capability, FactKind, fact_kinds};
use store::OrgId;

use super::choices::{Offer, Printed};
use super::question::{Ground, Question};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::view::{Chip, Link, Standing, Status, grouped};
use crate::http::visit::{Answer, Visit};

const BEHIND: ListSpec = ListSpec {
    sorts: &["organisation", "day"],
    default_sort: ("organisation", Direction::Asc),
    filters: &["organisation", "period", "field", "pick", "own", "rows", "state"],
    per: 50,
};
/// More rows than this do not go into one file; a workbook has no room for them.
const N_EXPORT_MAX: usize = 200_000;

/// How periods came out: name in addresses, word, mark.
const STATES: [(&str, &str, Standing); 6] = [
    ("met", "做到", Standing::Ok),
    ("late", "补办", Standing::Late),
    ("not_met", "没有做到", Standing::Missed),
    ("unknown", "待佐证", Standing::Unproved),
    ("outside", "不适用", Standing::Excused),
    ("coming", "没有结束", Standing::Future),
];

#[derive(Template)]
#[template(path = "pages/figure_records.html")]
struct RecordsPage {
    layout: Layout,
    query: ListQuery,
    title: String,
    sentence: String,
    chips: Vec<Chip>,
    columns: Vec<Column>,
    periods: Vec<PeriodLine>,
    records: Vec<RecordLine>,
    is_records: bool,
    pager: Pager,
    /// From the periods to all their records, and back.
    other: Option<Link>,
    back: Link,
    how: String,
}

struct PeriodLine {
    organisation: String,
    org_href: String,
    period: String,
    status: Status,
    found: String,
    why: String,
    /// The duty's cell of this period.
    cell: Option<String>,
    /// Its records.
    records: String,
}

struct RecordLine {
    organisation: String,
    org_href: String,
    day: String,
    kind: String,
    quantity: String,
    note: String,
    link: Option<Link>,
}

/// `GET /figures/records`.
pub(super) async fn show(visit: Visit) -> Answer {
    let question = Question::read(&visit, &BEHIND, "/figures/records")?;
    let Some(offer) = question.picks.first() else { return Err(Failure::NotFound) };
    let ground = question.ground(&visit).await?;
    let is_own = question.query.filter("own").is_some();
    let mut within = question.within(&visit, &ground, is_own);
    if !question.query.q.is_empty() {
        let directory = visit.app.directory();
        within.retain(|at| {
            let subject = &ground.subjects[*at];
            let pinyin = directory.org(subject.id).map_or_else(|| crate::pinyin::key(&subject.name), |org| org.pinyin.clone());
            crate::pinyin::is_found(&question.query.q, &subject.name, &pinyin) || subject.code.contains(&question.query.q)
        });
    }
    let is_judged = ground.pivot.is_judged(0);
    let is_records = !is_judged || question.query.filter("rows").is_some();
    if is_judged {
        within.retain(|at| question.is_judged(&ground.subjects[*at]));
    }
    let subjects: Vec<&Subject> = within.iter().map(|at| &ground.subjects[*at]).collect();
    if is_records { records(&visit, &question, offer, &ground, &subjects) } else { judged(&visit, &question, offer, &ground, &subjects) }
}

fn title(question: &Question, offer: &Offer) -> String {
    let field = question.field.as_ref().and_then(|key| question.pack.fields.get(key)).map(|field| format!("（{}）", field.name)).unwrap_or_default();
    format!("{}{field} {}：{}", question.name, question.period.label(), offer.name)
}

fn layout(visit: &Visit) -> Layout {
    visit.layout("统计数背后的记录").crumb("基础信息", "/organisations").crumb("统计查询", "/figures").crumb("背后的记录", "")
}

/// To the table that has this figure among others.
fn back(question: &Question, offer: &Offer) -> Link {
    let top = question.top.as_ref().map(|top| format!("&organisation={}", top.id)).unwrap_or_default();
    Link::new("看统计表", format!("/figures?year={}&pick={}{top}", question.year, offer.key))
}

/// The same list, shown as records or as periods.
fn as_records(query: &ListQuery, is_records: bool) -> String {
    let plain = query.filter("state").map_or_else(|| query.clone(), |state| again(&query.filter_link("state", state)));
    let is_on = plain.filter("rows").is_some();
    if is_on == is_records { plain.page_link(1) } else { plain.filter_link("rows", "1") }
}

fn again(link: &str) -> ListQuery {
    ListQuery::parse(&BEHIND, "/figures/records", link.split_once('?').map(|(_, rest)| rest))
}

fn judged(visit: &Visit, question: &Question, offer: &Offer, ground: &Ground, subjects: &[&Subject]) -> Answer {
    let columns = [question.period];
    let of_all = ground.pivot.judged(0, subjects, &ground.facts, &ground.marks, question.span(&columns));
    let lines: Vec<(&Subject, JudgedPeriod)> =
        subjects.iter().zip(of_all).flat_map(|(subject, of)| of.into_iter().map(|period| (*subject, period))).collect();
    let count = |state: &str| lines.iter().filter(|(_, line)| state_of(&line.judged) == state).count() as u64;
    let counts: HashMap<&str, u64> = STATES.iter().map(|(state, ..)| (*state, count(state))).collect();
    let (n_met, n_late, n_not_met) = (counts["met"], counts["late"], counts["not_met"]);
    let mut chips = vec![question.query.chip("state", "", "全部", Some(lines.len() as u64))];
    chips.extend(
        STATES
            .iter()
            .filter(|(state, ..)| counts[state] > 0 || question.query.filter("state") == Some(*state))
            .map(|(state, word, _)| question.query.chip("state", state, *word, Some(counts[state]))),
    );
    let mut shown: Vec<&(&Subject, JudgedPeriod)> =
        lines.iter().filter(|(_, line)| question.query.filter("state").is_none_or(|state| state_of(&line.judged) == state)).collect();
    match question.query.sort {
        "day" => shown.sort_by(|a, b| (a.1.period.from(), &a.0.code).cmp(&(b.1.period.from(), &b.0.code))),
        _ => shown.sort_by(|a, b| (&a.0.code, a.1.period.from()).cmp(&(&b.0.code, b.1.period.from()))),
    }
    if question.query.dir == Direction::Desc {
        shown.reverse();
    }
    if let Some(export) = question.query.export {
        let table = judged_sheet(&shown, &title(question, offer), offer);
        return download::table(export, &title(question, offer), &table);
    }
    let unknown = if counts["unknown"] > 0 { format!("，另 {} 期待佐证", grouped(counts["unknown"])) } else { String::new() };
    let late = if n_late > 0 { format!("，补办 {} 期", grouped(n_late)) } else { String::new() };
    let query = question.query.clone().within(shown.len() as u64);
    let page = RecordsPage {
        layout: layout(visit),
        title: title(question, offer),
        sentence: format!("应做 {} 期，按期做到 {} 期{late}{unknown}。", grouped(n_met + n_late + n_not_met), grouped(n_met)),
        chips,
        columns: vec![
            query.column("党组织", "organisation", false),
            query.column("期间", "day", false),
            Column::plain("情况"),
            Column::number("查到"),
            Column::plain("说明"),
            Column::plain("记录"),
        ],
        periods: query.page_of(&shown).iter().map(|(subject, line)| period_line(offer, subject, line)).collect(),
        records: Vec::new(),
        is_records: false,
        pager: Pager::new(&query, shown.len() as u64, "期"),
        other: Some(Link::new("看全部记录", as_records(&query, true))),
        back: back(question, offer),
        how: offer.how.clone(),
        query,
    };
    visit.page(&page)
}

fn state_of(judged: &Judged) -> &'static str {
    match judged {
        Judged::Met => "met",
        Judged::Late => "late",
        Judged::NotMet => "not_met",
        Judged::Unknown(_) => "unknown",
        Judged::Outside(_) => "outside",
        Judged::Coming => "coming",
    }
}

fn status_of(judged: &Judged) -> Status {
    let (_, word, standing) = STATES.into_iter().find(|(state, ..)| *state == state_of(judged)).unwrap_or(STATES[5]);
    Status::new(standing, word)
}

fn why(judged: &Judged) -> &str {
    match judged {
        Judged::Unknown(why) | Judged::Outside(why) => why,
        _ => "",
    }
}

fn found(line: &JudgedPeriod) -> String {
    let number = |value: policy::Ratio| if value.is_integer() { value.to_string() } else { policy::print_rounded(value, 2) };
    match (line.found, line.of) {
        (Some(found), Some(of)) => format!("{}/{}", number(found), number(of)),
        (Some(found), None) => number(found),
        _ => String::new(),
    }
}

fn period_line(offer: &Offer, subject: &Subject, line: &JudgedPeriod) -> PeriodLine {
    let is_known = !matches!(line.judged, Judged::Outside(_));
    PeriodLine {
        organisation: subject.name.clone(),
        org_href: format!("/organisations/{}", subject.id),
        period: line.period.label(),
        status: status_of(&line.judged),
        found: if is_known { found(line) } else { String::new() },
        why: why(&line.judged).to_owned(),
        cell: offer.duty.as_ref().map(|duty| format!("/duties/{}/{duty}/{}", subject.id, line.period)),
        records: format!("/figures/records?organisation={}&period={}&pick={}&own=1&rows=1", subject.id, line.period, offer.key),
    }
}

fn judged_sheet(lines: &[&(&Subject, JudgedPeriod)], title: &str, offer: &Offer) -> Table {
    let columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text).wide(20.0),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("指标", ColumnKind::Text).wide(24.0),
        SheetColumn::new("期间", ColumnKind::Text).wide(18.0),
        SheetColumn::new("情况", ColumnKind::Text),
        SheetColumn::new("查到", ColumnKind::Text),
        SheetColumn::new("说明", ColumnKind::Text).wide(30.0),
    ];
    let row = |(subject, line): &&(&Subject, JudgedPeriod)| {
        vec![
            Value::text(&subject.code),
            Value::text(&subject.name),
            Value::text(&offer.name),
            Value::text(line.period.label()),
            Value::text(status_of(&line.judged).word),
            Value::text(found(line)),
            Value::text(why(&line.judged)),
        ]
    };
    Table { name: "期间".to_owned(), title: Some(title.to_owned()), columns, rows: lines.iter().take(N_EXPORT_MAX).map(row).collect() }
}

/// Rows behind a figure with their organisation, and how many there are: by organisation only those that are shown are kept.
struct Rows<'a> {
    n: usize,
    quantity: i64,
    shown: Vec<(&'a Subject, RowBehind)>,
}

fn rows_of<'a>(question: &Question, ground: &Ground, subjects: &[&'a Subject], skip: usize, take: usize) -> Rows<'a> {
    let (mut rows, by_day) = (Rows { n: 0, quantity: 0, shown: Vec::new() }, question.query.sort == "day");
    let mut subjects: Vec<&Subject> = subjects.to_vec();
    let is_back = question.query.dir == Direction::Desc;
    if is_back && !by_day {
        subjects.reverse();
    }
    for subject in subjects {
        ground.pivot.rows_behind(0, subject.id, &ground.facts, question.period, question.today, |row| {
            if by_day || (rows.n >= skip && rows.shown.len() < take) {
                rows.quantity += row.quantity;
                rows.shown.push((subject, row));
            } else {
                rows.quantity += row.quantity;
            }
            rows.n += 1;
        });
    }
    if by_day {
        rows.shown.sort_by(|a, b| (a.1.on, &a.0.code, a.1.source).cmp(&(b.1.on, &b.0.code, b.1.source)));
        if is_back {
            rows.shown.reverse();
        }
        rows.shown = rows.shown.into_iter().skip(skip).take(take).collect();
    }
    rows
}

fn records(visit: &Visit, question: &Question, offer: &Offer, ground: &Ground, subjects: &[&Subject]) -> Answer {
    let query = &question.query;
    let kinds = fact_kinds(&question.pack);
    let (skip, take) = match query.export {
        Some(_) => (0, N_EXPORT_MAX),
        None => (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize),
    };
    let mut rows = rows_of(question, ground, subjects, skip, take);
    let query = query.clone().within(rows.n as u64);
    if query.page != question.query.page {
        rows = rows_of(question, ground, subjects, usize::try_from(query.offset()).unwrap_or(usize::MAX), take);
    }
    if let Some(export) = query.export {
        return download::table(export, &title(question, offer), &records_sheet(visit, &rows, &title(question, offer), &kinds));
    }
    let is_judged = ground.pivot.is_judged(0);
    let sum = match offer.printed {
        Printed::Money if offer.is_sum => format!("，合计 {} 元", grouped(u64::try_from(rows.quantity / 100).unwrap_or_default())),
        Printed::Whole if offer.is_sum => format!("，合计 {} {}", grouped(u64::try_from(rows.quantity).unwrap_or_default()), offer.unit),
        _ => String::new(),
    };
    let page = RecordsPage {
        layout: layout(visit),
        title: title(question, offer),
        sentence: format!("共 {} 条记录{sum}。", grouped(rows.n as u64)),
        chips: Vec::new(),
        columns: vec![
            query.column("党组织", "organisation", false),
            query.column("日期", "day", false),
            Column::plain("记录"),
            Column::number("数量"),
            Column::plain("说明"),
            Column::plain("打开"),
        ],
        periods: Vec::new(),
        records: rows.shown.iter().map(|(subject, row)| record_line(visit, subject, row, &kinds)).collect(),
        is_records: true,
        pager: Pager::new(&query, rows.n as u64, "条"),
        other: is_judged.then(|| Link::new("看各期情况", as_records(&query, false))),
        back: back(question, offer),
        how: offer.how.clone(),
        query,
    };
    visit.page(&page)
}

fn means<'a>(kinds: &'a std::collections::BTreeMap<String, FactKind>, kind: &'a str) -> &'a str {
    kinds.get(kind).map_or(kind, |kind| kind.means.as_str())
}

fn printed(kinds: &std::collections::BTreeMap<String, FactKind>, row: &RowBehind) -> String {
    match kinds.get(&row.kind).map(|kind| kind.unit) {
        Some(unit) if unit.starts_with("分（") => format!("{}.{:02} 元", row.quantity / 100, (row.quantity % 100).abs()),
        Some(unit) => format!("{} {unit}", row.quantity),
        None => row.quantity.to_string(),
    }
}

fn note(row: &RowBehind) -> String {
    match (row.is_span, row.until, row.makes_up) {
        (true, None, _) => format!("{}起", day(row.on)),
        (true, Some(until), _) => format!("{}起，至 {} 前", day(row.on), until),
        (false, _, Some(owed)) => format!("补 {owed} 所在的一期"),
        _ => String::new(),
    }
}

/// A first day that no roster states is not shown.
fn day(on: Date) -> String {
    if on <= crate::organisation::SINCE_UNKNOWN { "名册记载".to_owned() } else { format!("{on} ") }
}

fn record_line(visit: &Visit, subject: &Subject, row: &RowBehind, kinds: &std::collections::BTreeMap<String, FactKind>) -> RecordLine {
    RecordLine {
        organisation: subject.name.clone(),
        org_href: format!("/organisations/{}", subject.id),
        day: if row.is_span { String::new() } else { row.on.to_string() },
        kind: means(kinds, &row.kind).to_owned(),
        quantity: printed(kinds, row),
        note: note(row),
        link: link_of(visit, subject.id, row),
    }
}

/// Where a record is, for whoever may open it.
fn link_of(visit: &Visit, organisation: OrgId, row: &RowBehind) -> Option<Link> {
    let family = row.kind.split('.').next().unwrap_or_default();
    Some(match family {
        "activity" => Link::new("看记录", format!("/activities/{}", row.source)),
        "task" => Link::new("看任务", format!("/tasks/{}", row.source)),
        "village" => Link::new("看村级收入", format!("/villages/{}", row.subject)),
        "member" => {
            // A name only to those who see the roster.
            let directory = visit.app.directory();
            let member = directory.member(&visit.scope(Capability::ViewMembers), row.subject)?;
            Link::new(member.name.clone(), format!("/members/{}", row.subject))
        }
        _ => Link::new("看党组织", format!("/organisations/{organisation}")),
    })
}

fn records_sheet(visit: &Visit, rows: &Rows<'_>, title: &str, kinds: &std::collections::BTreeMap<String, FactKind>) -> Table {
    let columns = vec![
        SheetColumn::new("组织编码", ColumnKind::Text).wide(20.0),
        SheetColumn::new("党组织", ColumnKind::Text).wide(36.0),
        SheetColumn::new("日期", ColumnKind::Text),
        SheetColumn::new("记录", ColumnKind::Text).wide(28.0),
        SheetColumn::new("数量", ColumnKind::Text),
        SheetColumn::new("说明", ColumnKind::Text).wide(24.0),
        SheetColumn::new("姓名", ColumnKind::Text),
    ];
    let row = |(subject, row): &(&Subject, RowBehind)| {
        let name =
            if row.kind.starts_with("member.") { link_of(visit, subject.id, row).map(|link| link.label).unwrap_or_default() } else { String::new() };
        vec![
            Value::text(&subject.code),
            Value::text(&subject.name),
            Value::text(if row.is_span { String::new() } else { row.on.to_string() }),
            Value::text(means(kinds, &row.kind)),
            Value::text(printed(kinds, row)),
            Value::text(note(row)),
            Value::text(name),
        ]
    };
    Table { name: "记录".to_owned(), title: Some(title.to_owned()), columns, rows: rows.shown.iter().map(row).collect() }
}
