//! The year of one's tasks on one line each: from the day they were handed down to the day they are due.

use askama::Template;
use axum::http::Uri;
use jiff::civil::{Date, date};
use policy::{Per, Period};

use super::words::Lens;
use crate::http::layout::Layout;
use crate::http::list::{Direction, ListQuery, ListSpec};
use crate::http::view::{Chip, Link, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::model::Task;
use crate::task::see;

const CALENDAR: ListSpec = ListSpec { sorts: &["due"], default_sort: ("due", Direction::Asc), filters: &["year", "month", "of", "open"], per: 200 };

/// A bar in hundredths of the year.
struct Bar {
    href: String,
    action: String,
    unit: String,
    due: String,
    from: String,
    width: String,
    class: &'static str,
    status: Status,
    speaks: String,
}

/// Tasks due in one month.
struct Month {
    name: String,
    n: usize,
    bars: Vec<Bar>,
}

#[derive(Template)]
#[template(path = "pages/task_calendar.html")]
struct CalendarPage {
    layout: Layout,
    sentence: String,
    views: Vec<Chip>,
    before: Link,
    after: Link,
    of: Vec<Chip>,
    months: Vec<Month>,
    /// Where today stands, in hundredths; none in other years.
    today: Option<String>,
}

/// `GET /tasks/calendar`.
///
/// # Errors
/// When the database cannot be read.
pub async fn show(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&CALENDAR, &uri);
    let on = visit.today();
    if let Some(month) =
        query.filter("month").and_then(|month| month.parse::<Period>().ok()).filter(|it| it.per == Per::Month && (2000..=2100).contains(&it.year))
    {
        return super::month::show(visit, &query, month).await;
    }
    let year = query.filter("year").and_then(|year| year.parse::<i16>().ok()).filter(|year| (2000..=2100).contains(year)).unwrap_or(on.year());
    let tasks = match query.filter("of") {
        Some("issued") => see::handed_down(&visit.app, visit.actor()).await?,
        _ => see::own(&visit.app, visit.actor()).await?,
    };
    let mut of_year: Vec<&Task> = tasks.iter().filter(|task| task.due_now().year() == year).collect();
    of_year.sort_by_key(|task| (task.due_now(), task.id));
    let pack = visit.pack();
    let mut lens = Lens::new(&pack, on)?;
    lens.parts = see::parts_of(&visit.app, visit.actor(), &of_year, on).await?;
    let mut months: Vec<Month> = Vec::new();
    {
        let directory = visit.app.directory();
        for task in &of_year {
            let due = task.due_now();
            let name = format!("{} 月", due.month());
            if months.last().is_none_or(|month| month.name != name) {
                months.push(Month { name, n: 0, bars: Vec::new() });
            }
            if let Some(month) = months.last_mut() {
                month.n += 1;
                month.bars.push(bar(task, &lens, year, directory.name_of(task.organisation)));
            }
        }
    }
    let n_open = of_year.iter().filter(|task| lens.state(task) != "done").count();
    let to = |year: i16| format!("/tasks/calendar?year={year}{}", if query.filter("of") == Some("issued") { "&of=issued" } else { "" });
    let page = CalendarPage {
        layout: visit.layout("任务日历").crumb("部署任务", "/tasks").crumb("任务日历", ""),
        sentence: if of_year.is_empty() {
            format!("{year} 年没有到期的任务")
        } else {
            format!("{year} 年到期 {} 项，还有 {n_open} 项在办", of_year.len())
        },
        views: super::month::views(&query, year, Period::containing(if on.year() == year { on } else { date(year, 1, 1) }, Per::Month)),
        before: Link::new(format!("{} 年", year - 1), to(year - 1)),
        after: Link::new(format!("{} 年", year + 1), to(year + 1)),
        of: [("", "本级任务"), ("issued", "交办出去的")].iter().map(|(key, label)| query.chip("of", key, *label, None)).collect(),
        months,
        today: (on.year() == year).then(|| hundredths(share(on, year))),
    };
    visit.page(&page)
}

fn bar(task: &Task, lens: &Lens<'_>, year: i16, unit: &str) -> Bar {
    let due = task.due_now();
    let (from, until) = (share(task.issued_on, year), share(due, year).max(1));
    let from = from.min(until - 1);
    let status = lens.status(task);
    let class = match lens.state(task) {
        "done" => "ok",
        _ if lens.is_overdue(task) => "overdue",
        "verify" => "verify",
        _ => "open",
    };
    Bar {
        href: format!("/tasks/{}", task.id),
        action: task.item.action.clone(),
        unit: unit.to_owned(),
        due: format!("{:02}-{:02}", due.month(), due.day()),
        from: hundredths(from),
        width: hundredths((until - from).max(80)),
        class,
        speaks: format!("{}，{} 交办，{} 到期，{}", task.item.action, task.issued_on, due, status.word),
        status,
    }
}

/// Where a day stands in its year, in hundredths of a per cent; days of other years stand at its edges.
fn share(day: Date, year: i16) -> i64 {
    let first = date(year, 1, 1);
    let n_days = i64::from(first.days_in_year());
    let at = i64::from((day - first).get_days()).clamp(0, n_days);
    at * 10_000 / n_days
}

fn hundredths(share: i64) -> String {
    format!("{}.{:02}", share / 100, share % 100)
}
