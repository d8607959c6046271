//! How responsibility is passed on: all tasks that one handed down in a year, and one task unit by unit.

use askama::Template;
use axum::http::Uri;
use jiff::civil::Date;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Pack, Per, Period};

use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Chip, Choice, Link, Meter, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::cascade::{self, LevelRow, Limits, Node, Stop};
use crate::task::see;

const CASCADE: ListSpec =
    ListSpec { sorts: &["stop", "name", "level"], default_sort: ("stop", Direction::Desc), filters: &["year", "month", "level", "state"], per: 50 };

/// Years that can be looked back on.
const N_YEARS: i16 = 3;

/// Months that a report can be asked of.
const N_MONTHS: usize = 12;

/// A level with its bar.
struct LevelLine {
    /// Its place in the report of a month; empty elsewhere.
    rank: String,
    name: String,
    n: u32,
    received: String,
    split: String,
    fed_back: String,
    stop: String,
    /// Beside the longest.
    meter: Meter,
    is_longest: bool,
    href: String,
}

struct Line {
    link: Link,
    level: String,
    reached: String,
    fed_back: String,
    stop: Status,
    stop_by: Stop,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "pages/task_cascade.html")]
struct CascadePage {
    layout: Layout,
    sentence: String,
    facts: String,
    back: Link,
    /// The month's report as a document.
    report: String,
    levels: Vec<LevelLine>,
    query: ListQuery,
    years: Vec<Choice>,
    months: Vec<Choice>,
    level_choices: Vec<Choice>,
    states: Vec<Chip>,
    columns: Vec<Column>,
    lines: Vec<Line>,
    pager: Pager,
    /// Units of one task, not tasks.
    is_of_one: bool,
}

/// `GET /tasks/cascade`.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&CASCADE, &uri);
    let (today, pack) = (visit.today(), visit.pack());
    let month = query.filter("month").and_then(|month| month_of(month, today));
    let asked = query.filter("year").and_then(|year| year.parse().ok()).filter(|year| (2000..=today.year()).contains(year));
    let year = month.map_or(asked.unwrap_or(today.year()), |month| month.year);
    let (now, today) = (today, month.map_or(today, |month| month.last_day().min(today)));
    let (wholes, nodes) = gathered(&visit, year, today).await?;
    let mut by_whole: std::collections::HashMap<i64, Vec<Node>> = std::collections::HashMap::new();
    for node in &nodes {
        by_whole.entry(node.whole).or_default().push(node.clone());
    }
    let limits = Limits::of(&pack, today);
    let line = |(id, action): &(i64, String)| {
        let own = by_whole.get(id)?;
        let rows = cascade::levels(own, &order(&pack), today);
        let longest = cascade::stopped_at(&rows);
        let stop_by = longest.map_or_else(|| own[0].stop(today), |row| row.stop);
        let is_over = own.iter().any(|node| limits.are_passed_by(node.stop(today)));
        Some(Line {
            link: Link::new(action.clone(), format!("/tasks/{id}/cascade")),
            level: longest.map_or_else(String::new, |row| level_name(&pack, &row.level)),
            reached: share(own.iter().filter(|node| node.received_on.is_some()).count(), own.len()),
            fed_back: share(own.iter().filter(|node| node.fed_back_on.is_some() || node.is_done).count(), own.len()),
            stop: stop_status(longest.map(|row| row.stop), is_over),
            stop_by,
            is_over,
        })
    };
    let lines: Vec<Line> = wholes.iter().filter_map(line).collect();
    let rows = cascade::levels(&nodes, &order(&pack), today);
    let years = query.choices("year", "", (0..N_YEARS).map(|back| ((now.year() - back).to_string(), format!("{} 年", now.year() - back))));
    let last_months = std::iter::successors(Some(Period::containing(now, Per::Month)), |month| Some(month.previous())).take(N_MONTHS);
    let months = query.choices("month", "全年", last_months.map(|month| (month.to_string(), month_words(month))));
    let n_over = lines.iter().filter(|line| line.is_over).count();
    let found = Found {
        layout: visit.layout("责任传导").crumb("部署任务", "/tasks").crumb("责任传导", ""),
        sentence: sentence(&pack, &rows, lines.len(), n_over),
        facts: match month {
            Some(month) => format!("{}底：当年交办的任务，传到哪一级、停了多少天；按级排，不排个人", month_words(month)),
            None => "从交办到签收、分解、反馈，每一级用了多少天；按级看，不排个人".to_owned(),
        },
        back: Link::new("看清单", "/tasks?of=issued"),
        rows,
        lines,
        years: if month.is_some() { Vec::new() } else { years.into_iter().filter(|it| !it.value.is_empty()).collect() },
        months,
        month,
        is_of_one: false,
    };
    answer(&visit, &pack, query, found)
}

/// The month that is asked for: one that has begun.
pub(super) fn month_of(text: &str, today: Date) -> Option<Period> {
    let month = text.parse::<Period>().ok().filter(|month| month.per == Per::Month && (2000..=today.year()).contains(&month.year))?;
    (month.from() <= today).then_some(month)
}

pub(super) fn month_words(month: Period) -> String {
    format!("{} 年 {} 月", month.year, month.ordinal)
}

/// What somebody's units handed down in a year by a day, and everything below it as it stood then.
pub(super) async fn gathered(visit: &Visit, year: i16, on: Date) -> anyhow::Result<(Vec<(i64, String)>, Vec<Node>)> {
    let reader = visit.app.store().reader();
    let wholes = cascade::wholes(reader, visit.actor(), year).await?;
    let roots: Vec<i64> = wholes.iter().map(|(id, _)| *id).collect();
    let nodes = cascade::below(&visit.app, visit.actor(), &roots).await?;
    Ok((wholes, nodes.iter().filter_map(|node| node.as_of(on)).collect()))
}

/// `GET /tasks/{id}/cascade`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn one(visit: Visit, Path(id): Path<i64>, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&CASCADE, &uri);
    let (today, pack) = (visit.today(), visit.pack());
    let reader = visit.app.store().reader();
    let task = see::find(reader, &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let nodes = cascade::below(&visit.app, visit.actor(), &[id]).await?;
    let limits = Limits::of(&pack, today);
    let rows = cascade::levels(&nodes, &order(&pack), today);
    let lines: Vec<Line> = {
        let directory = visit.app.directory();
        let line = |node: &Node| {
            let stop_by = node.stop(today);
            let is_over = limits.are_passed_by(stop_by);
            Line {
                link: Link::new(directory.name_of(node.organisation), format!("/tasks/{}", node.id)),
                level: level_name(&pack, &node.level),
                reached: node.received_on.map_or_else(|| "—".to_owned(), |day| day.to_string()),
                fed_back: node.fed_back_on.map_or_else(|| "—".to_owned(), |day| day.to_string()),
                stop: stop_status(Some(stop_by), is_over),
                stop_by,
                is_over,
            }
        };
        nodes.iter().map(line).collect()
    };
    let n_over = lines.iter().filter(|line| line.is_over).count();
    let base = format!("/tasks/{id}");
    let found = Found {
        layout: visit.layout("责任传导").crumb("部署任务", "/tasks").crumb(task.item.action.clone(), base.clone()).crumb("责任传导", ""),
        sentence: if lines.is_empty() { "还没有交办到下级".to_owned() } else { one_sentence(&pack, &rows, n_over) },
        facts: task.item.action.clone(),
        back: Link::new("看任务", base),
        rows,
        lines,
        years: Vec::new(),
        months: Vec::new(),
        month: None,
        is_of_one: true,
    };
    answer(&visit, &pack, query, found)
}

/// What was found, before it is narrowed and sorted.
struct Found {
    layout: Layout,
    sentence: String,
    facts: String,
    back: Link,
    rows: Vec<LevelRow>,
    lines: Vec<Line>,
    years: Vec<Choice>,
    months: Vec<Choice>,
    month: Option<Period>,
    is_of_one: bool,
}

fn answer(visit: &Visit, pack: &Pack, query: ListQuery, found: Found) -> Answer {
    let names: Vec<String> = found.rows.iter().map(|row| level_name(pack, &row.level)).collect();
    let mut lines: Vec<Line> = found
        .lines
        .into_iter()
        .filter(|line| query.q.is_empty() || line.link.label.contains(&query.q))
        .filter(|line| query.filter("level").is_none_or(|level| line.level == level))
        .collect();
    let (n_all, n_over) = (lines.len() as u64, lines.iter().filter(|line| line.is_over).count() as u64);
    let states = vec![query.chip("state", "", "全部", Some(n_all)), query.chip("state", "over", "超过天数的", Some(n_over))];
    lines.retain(|line| query.filter("state") != Some("over") || line.is_over);
    match query.sort {
        "name" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.link.label)),
        "level" => lines.sort_by_key(|line| names.iter().position(|name| *name == line.level)),
        _ => lines.sort_by_key(|line| (line.stop_by.is_open, line.stop_by.days)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    let first = if found.is_of_one { "单位" } else { "任务" };
    let headings =
        if found.is_of_one { ["单位", "层级", "签收", "反馈", "停留"] } else { ["任务", "停在", "签收", "反馈", "停留"] };
    if let Some(export) = query.export {
        let columns = headings.map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(20.0)).into_iter().collect();
        let row = |line: &Line| [&line.link.label, &line.level, &line.reached, &line.fed_back, &line.stop.word].map(Value::text).to_vec();
        let table = Table { name: "责任传导".to_owned(), title: None, columns, rows: lines.iter().map(row).collect() };
        return download::table(export, "责任传导", &table);
    }
    let total = lines.len() as u64;
    let level_choices = query.choices("level", "各级", names.iter().map(|name| (name.clone(), name.clone())));
    let levels = level_lines(pack, &found.rows, &query, found.month.is_some());
    let query = query.within(total);
    let (skip, per) = (usize::try_from(query.offset()).unwrap_or(usize::MAX), query.per as usize);
    let page = CascadePage {
        layout: found.layout,
        sentence: found.sentence,
        facts: found.facts,
        back: found.back,
        levels,
        report: found.month.map_or_else(String::new, |month| format!("/tasks/cascade/report?month={month}")),
        years: found.years,
        months: found.months,
        level_choices,
        states,
        columns: vec![
            query.column(first, "name", false),
            query.column(headings[1], "level", false),
            Column::plain(headings[2]),
            Column::plain(headings[3]),
            query.column("停留最久", "stop", false),
        ],
        lines: lines.into_iter().skip(skip).take(per).collect(),
        pager: Pager::new(&query, total, if found.is_of_one { "个" } else { "项" }),
        query,
        is_of_one: found.is_of_one,
    };
    visit.page(&page)
}

pub(super) fn order(pack: &Pack) -> impl Fn(&str) -> u8 {
    |level| pack.levels.get(level).map_or(u8::MAX, |level| level.order)
}

pub(super) fn level_name(pack: &Pack, level: &str) -> String {
    pack.levels.get(level).map_or_else(|| level.to_owned(), |level| level.name.clone())
}

fn share(n: usize, of: usize) -> String {
    format!("{n} / {of}")
}

pub(super) fn stop_words(stop: Stop) -> String {
    if stop.is_open { format!("{} {} 天", stop.step.open_word(), stop.days) } else { format!("{}用了 {} 天", stop.step.word(), stop.days) }
}

fn stop_status(stop: Option<Stop>, is_over: bool) -> Status {
    match stop {
        None => Status::new(Standing::Ok, "当天办的"),
        Some(stop) if is_over => Status::new(Standing::Overdue, stop_words(stop)),
        Some(stop) if stop.is_open => Status::new(Standing::Running, stop_words(stop)),
        Some(stop) => Status::new(Standing::Ok, stop_words(stop)),
    }
}

pub(super) fn sentence(pack: &Pack, rows: &[LevelRow], n: usize, n_over: usize) -> String {
    match cascade::stopped_at(rows) {
        _ if n == 0 => "这一年还没有交办过任务".to_owned(),
        Some(row) if n_over > 0 => format!("{n_over} 项任务停得太久，停留最久的是{}：{}", level_name(pack, &row.level), stop_words(row.stop)),
        Some(row) => format!("{n} 项任务都在往下走，停留最久的是{}：{}", level_name(pack, &row.level), stop_words(row.stop)),
        None => format!("{n} 项任务当天就传到了"),
    }
}

fn one_sentence(pack: &Pack, rows: &[LevelRow], n_over: usize) -> String {
    match cascade::stopped_at(rows) {
        Some(row) if n_over > 0 => format!("停留最久的是{}：{}，{n_over} 个单位超过天数", level_name(pack, &row.level), stop_words(row.stop)),
        Some(row) => format!("停留最久的是{}：{}", level_name(pack, &row.level), stop_words(row.stop)),
        None => "当天就传到了".to_owned(),
    }
}

/// The mean of days with one decimal.
pub(super) fn mean(days: i64, n: u32) -> String {
    if n == 0 {
        return String::new();
    }
    let tenths = (days * 10 + i64::from(n) / 2) / i64::from(n);
    format!("，平均 {}.{} 天", tenths / 10, tenths % 10)
}

fn level_lines(pack: &Pack, rows: &[LevelRow], query: &ListQuery, is_ranked: bool) -> Vec<LevelLine> {
    let longest = cascade::stopped_at(rows).map(|row| row.level.clone());
    let most = rows.iter().map(|row| row.stop.days).max().unwrap_or_default().max(1);
    let days = |days: i64| u64::try_from(days).unwrap_or_default();
    let line = |(row, place): (&LevelRow, usize)| {
        let name = level_name(pack, &row.level);
        LevelLine {
            rank: if is_ranked { place.to_string() } else { String::new() },
            n: row.n,
            received: format!("{} / {}{}", row.n_received, row.n, mean(row.receive_days, row.n_received)),
            split: split_words(row),
            fed_back: format!("{} / {}", row.n_fed_back, row.n),
            stop: stop_words(row.stop),
            meter: Meter::new(days(row.stop.days), 0, days(most), stop_words(row.stop)),
            is_longest: longest.as_ref() == Some(&row.level),
            href: query.chip("level", &name, "", None).href,
            name,
        }
    };
    let rows: Vec<&LevelRow> = if is_ranked { cascade::ranked(rows) } else { rows.iter().collect() };
    rows.into_iter().zip(1..).map(line).collect()
}

/// How many broke a task down, and in how many days.
pub(super) fn split_words(row: &LevelRow) -> String {
    match row.n_to_split {
        0 => "—".to_owned(),
        n => format!("{} / {n}{}", row.n_split, mean(row.split_days, row.n_split)),
    }
}

/// The day's words for the desk.
pub(in crate::task) fn alert(pack: &Pack, found: &[(String, Date)]) -> Option<(String, Date)> {
    let since = found.iter().map(|(_, since)| *since).min()?;
    let mut n_by_level: std::collections::BTreeMap<u8, (usize, String)> = std::collections::BTreeMap::new();
    for (level, _) in found {
        n_by_level.entry(order(pack)(level)).or_insert_with(|| (0, level_name(pack, level))).0 += 1;
    }
    let words: Vec<String> = n_by_level.values().map(|(n, name)| format!("{name} {n} 项")).collect();
    Some((format!("签收了没有往下分解：{}", words.join("，")), since))
}
