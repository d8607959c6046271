//! One month of one's tasks, each on the day it is due: weeks below each other, on a phone the days that have something.

use askama::Template;
use jiff::civil::Date;
use policy::{Per, Period};

use super::words::Lens;
use crate::http::layout::Layout;
use crate::http::list::ListQuery;
use crate::http::view::{Chip, Link, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::model::Task;
use crate::task::see;

/// Tasks of a day that are shown at once; the others open below them.
const N_AT_ONCE: usize = 4;
const WEEKDAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// A task on its day.
struct Due {
    href: String,
    action: String,
    unit: String,
    status: Status,
}

/// A square of the calendar.
struct Day {
    number: i8,
    /// `6 月 30 日 周三`, where the heading of the column is not seen.
    words: String,
    is_today: bool,
    first: Vec<Due>,
    more: Vec<Due>,
}

#[derive(Template)]
#[template(path = "pages/task_month.html")]
struct MonthPage {
    layout: Layout,
    sentence: String,
    views: Vec<Chip>,
    before: Link,
    after: Link,
    this_month: String,
    of: Vec<Chip>,
    weekdays: [&'static str; 7],
    /// `None`: a day of the month before or after.
    weeks: Vec<Vec<Option<Day>>>,
    n: usize,
}

/// The switch between the year in lines and a month in days.
pub(super) fn views(query: &ListQuery, year: i16, month: Period) -> Vec<Chip> {
    let of = if query.filter("of") == Some("issued") { "&of=issued" } else { "" };
    let is_month = query.filter("month").is_some();
    let chip = |label: &str, href: String, pressed| Chip { label: label.to_owned(), count: None, href, pressed };
    vec![chip("甘特图", format!("/tasks/calendar?year={year}{of}"), !is_month), chip("月历", format!("/tasks/calendar?month={month}{of}"), is_month)]
}

/// `GET /tasks/calendar?month=2027-06`.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn show(visit: Visit, query: &ListQuery, month: Period) -> Answer {
    let on = visit.today();
    let is_issued = query.filter("of") == Some("issued");
    let tasks = if is_issued { see::handed_down(&visit.app, visit.actor()).await? } else { see::own(&visit.app, visit.actor()).await? };
    let mut due: Vec<&Task> = tasks.iter().filter(|task| month.contains(task.due_now())).collect();
    due.sort_by_key(|task| (task.due_now(), task.id));
    let pack = visit.pack();
    let mut lens = Lens::new(&pack, on)?;
    lens.parts = see::parts_of(&visit.app, visit.actor(), &due, on).await?;
    let weeks = {
        let directory = visit.app.directory();
        let square = |task: &&Task| Due {
            href: format!("/tasks/{}", task.id),
            action: task.item.action.clone(),
            unit: directory.name_of(task.organisation).to_owned(),
            status: lens.status(task),
        };
        weeks_of(month, on, |day| due.iter().filter(|task| task.due_now() == day).map(square).collect())?
    };
    let n_open = due.iter().filter(|task| lens.state(task) != "done").count();
    let words = |month: Period| format!("{} 年 {} 月", month.year, month.ordinal);
    let to = |month: Period| format!("/tasks/calendar?month={month}{}", if is_issued { "&of=issued" } else { "" });
    let link = |month: Period| Link::new(words(month), to(month));
    let page = MonthPage {
        layout: visit.layout("任务日历").crumb("部署任务", "/tasks").crumb("任务日历", ""),
        sentence: if due.is_empty() {
            format!("{}没有到期的任务", words(month))
        } else {
            format!("{}到期 {} 项，还有 {n_open} 项在办", words(month), due.len())
        },
        views: views(query, month.year, month),
        before: link(month.previous()),
        after: link(Period::containing(month.until(), Per::Month)),
        this_month: if month.contains(on) { String::new() } else { to(Period::containing(on, Per::Month)) },
        of: [("", "本级任务"), ("issued", "交办出去的")].iter().map(|(key, label)| query.chip("of", key, *label, None)).collect(),
        weekdays: WEEKDAYS,
        n: due.len(),
        weeks,
    };
    visit.page(&page)
}

/// The days of a month in weeks from Monday on; what is due is asked day by day.
fn weeks_of(month: Period, on: Date, due: impl Fn(Date) -> Vec<Due>) -> anyhow::Result<Vec<Vec<Option<Day>>>> {
    let weekday = |day: Date| usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    let mut weeks = Vec::new();
    let mut week: Vec<Option<Day>> = (0..weekday(month.from())).map(|_| None).collect();
    let mut day = month.from();
    while day < month.until() {
        let mut first = due(day);
        let more = first.split_off(N_AT_ONCE.min(first.len()));
        let words = format!("{} 月 {} 日 {}", day.month(), day.day(), WEEKDAYS[weekday(day)]);
        week.push(Some(Day { number: day.day(), words, is_today: day == on, first, more }));
        if week.len() == WEEKDAYS.len() {
            weeks.push(std::mem::take(&mut week));
        }
        day = day.tomorrow()?;
    }
    if !week.is_empty() {
        week.resize_with(WEEKDAYS.len(), || None);
        weeks.push(week);
    }
    Ok(weeks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_stands_in_whole_weeks_from_monday() {
        for (month, expected) in [
            ("2027-06", "· 1 2 3 4 5 6 | 7 8 9 10 11 12 13 | 14 15 16 17 18 19 20 | 21 22 23 24 25 26 27 | 28 29 30 · · · ·"),
            ("2027-02", "1 2 3 4 5 6 7 | 8 9 10 11 12 13 14 | 15 16 17 18 19 20 21 | 22 23 24 25 26 27 28"),
        ] {
            let weeks = weeks_of(month.parse().expect("a month"), "2027-06-30".parse().expect("a day"), |_| Vec::new()).expect("days");
            let said = weeks.iter().map(|week| {
                week.iter().map(|day| day.as_ref().map_or_else(|| "·".to_owned(), |day| day.number.to_string())).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(said.collect::<Vec<_>>().join(" | "), expected);
        }
    }
}
