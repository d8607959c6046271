//! A branch's month: what is to do, one button each; what is done; what the quarter and the year still ask for.

use std::collections::HashMap;

use jiff::civil::Date;
use policy::{Capability, Per, Period};

use crate::activity::{self, Line, Wanted};
use crate::directory::OrgNode;
use crate::duty::pages::{day_words, period_words};
use crate::duty::{self, Code, Countdown, YearStates};
use crate::http::failure::Failure;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::Visit;

/// One line of the month.
pub(super) struct Todo {
    pub name: String,
    pub note: String,
    pub status: Status,
    pub href: String,
    /// The button; nothing for what is done.
    pub act: Option<Link>,
    pub is_first: bool,
    /// Its record was given back.
    pub is_returned: bool,
}

/// The month of one branch.
pub(super) struct BranchMonth {
    pub title: String,
    pub note: String,
    pub reminders: Vec<(String, String)>,
    pub todo: Vec<Todo>,
    pub done: Vec<Todo>,
    pub later: Vec<Todo>,
    pub links: Vec<Link>,
}

/// Days for which a reminder stands on the desk.
const N_REMINDER_DAYS: i64 = 30;

impl BranchMonth {
    pub(super) async fn of(visit: &Visit, org: &OrgNode) -> Result<Self, Failure> {
        let today = visit.today();
        let month = Period::containing(today, Per::Month);
        let pack = visit.pack();
        let states = crate::duty::states_of_year(&visit.app, today.year(), today).await?;
        let before = crate::duty::states_of_year(&visit.app, today.year() - 1, today).await?;
        let reader = visit.app.store().reader();
        let wanted = Wanted { organisations: vec![org.id], days: Some((Period::year(today.year() - 1).from(), month.until())), ..Wanted::default() };
        let records = activity::lines(reader, &wanted, "held_on", true, activity::From::Offset(0), 200).await?;
        let since = today.checked_sub(jiff::Span::new().days(N_REMINDER_DAYS)).unwrap_or(today);
        let reminders = duty::open_reminders(reader, &visit.scope(Capability::RecordActivities), since).await?;
        let cells = Cells { visit, org, month, today, countdown: Countdown::of(&pack, today), records: &records };
        let mut todo = cells.overdue(&before);
        todo.extend(cells.overdue(&states));
        todo.extend(cells.open(&states));
        // What was given back is put right, not recorded anew: it comes first.
        todo.sort_by_key(|(left, todo)| (!todo.is_returned, *left));
        let mut todo: Vec<Todo> = todo.into_iter().map(|(_, todo)| todo).collect();
        if let Some(first) = todo.first_mut() {
            first.is_first = true;
        }
        let later = cells.later(&states);
        let done = cells.done(&states);
        let open: Vec<String> = todo.iter().map(|todo| todo.href.clone()).collect();
        let mut seen = HashMap::new();
        let reminders =
            reminders.into_iter().filter(|it| it.organisation == org.id && open.contains(&it.href) && seen.insert(it.href.clone(), ()).is_none());
        let month_word = format!("{} 月", month.ordinal);
        Ok(Self {
            title: match (todo.len(), done.len()) {
                (0, 0) => format!("{month_word}没有要做的"),
                (0, _) => format!("{month_word}要做的都做了"),
                (n, _) => format!("{month_word}，还有 {n} 件要做"),
            },
            note: format!("{} · 书记 {}", org.name, org.secretary.as_deref().unwrap_or("没有登记")),
            reminders: reminders.map(|it| (format!("{} {}", day_words(it.on), it.text), it.href)).collect(),
            todo,
            done,
            later,
            links: vec![
                Link::new("全年责任", format!("/duties?organisation={}", org.id)),
                Link::new("体检", format!("/organisations/{}/items", org.id)),
                Link::new("主题党日", format!("/themes?organisation={}", org.id)),
            ],
        })
    }
}

struct Cells<'a> {
    visit: &'a Visit,
    org: &'a OrgNode,
    month: Period,
    today: Date,
    countdown: Countdown,
    records: &'a [Line],
}

impl Cells<'_> {
    fn each<'s>(&'s self, states: &'s YearStates) -> impl Iterator<Item = (&'s str, Period, Code)> + 's {
        let row = states.row(self.org.id).unwrap_or_default();
        states.columns.iter().zip(row).map(move |(column, code)| (states.duty(column).key.as_str(), column.period, *code))
    }

    fn todo(&self, duty: &str, period: Period, code: Code) -> Option<Todo> {
        let pack = self.visit.pack();
        let rule = pack.duties.get(duty)?;
        let times = policy::in_force(&rule.times, period.from()).copied().unwrap_or(1);
        let is_over = period.until() <= self.today;
        let name = if is_over { format!("{}（{}）", rule.short, period_words(period)) } else { rule.short.clone() };
        let address = format!("/activities/new?organisation={}&kind={}", self.org.id, rule.activity);
        let note = match code {
            Code::Overdue => "开过的补录，没有开的补办".to_owned(),
            _ => format!("{} {times} 次{}", rule.per.label(), self.fixed_day(&rule.activity)),
        };
        let href = format!("/duties/{}/{duty}/{period}", self.org.id);
        if let Some(record) = self.returned(&rule.activity, period) {
            let act = Some(Link::new("去改", format!("/activities/{}", record.id)));
            let note = format!("{}的记录上级退回，改好以前不计入", day_words(record.held_on));
            let status = Status::new(Standing::Missed, "退回，待改");
            return Some(Todo { name, note, status, href, act, is_first: false, is_returned: true });
        }
        let act = Some(if is_over { Link::new("补录", format!("{address}&period={period}")) } else { Link::new("记一次", address) });
        let status = duty::status(code, period, self.today, self.countdown);
        Some(Todo { name, note, status, href, act, is_first: false, is_returned: false })
    }

    /// The record of a period that was given back and waits to be put right.
    fn returned(&self, kind: &str, period: Period) -> Option<&Line> {
        let kinds = activity::kinds_for(&self.visit.pack(), kind);
        let bears_on = |line: &&Line| line.makes_up.map_or_else(|| period.contains(line.held_on), |of| of == period);
        self.records.iter().filter(|line| line.is_returned && kinds.contains(&line.kind)).find(bears_on)
    }

    /// 定在 15 日, for the kind that has a fixed day.
    fn fixed_day(&self, kind: &str) -> String {
        let is_themed = duty::theme_kind(&self.visit.pack()).is_some_and(|(of, _)| of == kind);
        self.org.theme_day.filter(|_| is_themed).map(|day| format!("，定在 {day} 日")).unwrap_or_default()
    }

    /// What is over and may still be put right.
    fn overdue(&self, states: &YearStates) -> Vec<(i32, Todo)> {
        let open = self.each(states).filter(|(_, _, code)| *code == Code::Overdue);
        open.filter_map(|(duty, period, code)| Some((duty::days_left(period, self.today), self.todo(duty, period, code)?))).collect()
    }

    /// What ends with this month.
    fn open(&self, states: &YearStates) -> Vec<(i32, Todo)> {
        let open = self.each(states).filter(|(_, period, code)| *code == Code::Due && period.last_day() == self.month.last_day());
        open.filter_map(|(duty, period, code)| Some((duty::days_left(period, self.today), self.todo(duty, period, code)?))).collect()
    }

    /// What runs and ends later.
    fn later(&self, states: &YearStates) -> Vec<Todo> {
        let mut open: Vec<_> =
            self.each(states).filter(|(_, period, code)| *code == Code::Due && period.last_day() > self.month.last_day()).collect();
        open.sort_by_key(|(_, period, _)| period.last_day());
        open.into_iter().filter_map(|(duty, period, code)| self.todo(duty, period, code)).collect()
    }

    /// What was held this month, and what was done in a longer period that runs; with its newest record.
    fn done(&self, states: &YearStates) -> Vec<Todo> {
        let pack = self.visit.pack();
        let done = self.each(states).filter(|(_, period, code)| matches!(code, Code::Early | Code::Excused) && period.contains(self.today));
        done.filter_map(|(duty, period, code)| {
            let rule = pack.duties.get(duty)?;
            let kinds = activity::kinds_for(&pack, &rule.activity);
            let record = self
                .records
                .iter()
                .filter(|line| period.contains(line.held_on))
                .find(|line| kinds.contains(&line.kind) && !line.is_returned && !line.waits_for_consent);
            let note = match record {
                Some(line) => format!("{} · 到 {} 人，应到 {} 人", day_words(line.held_on), line.n_present, line.n_eligible),
                None => period_words(period),
            };
            let href = record.map_or_else(|| format!("/duties/{}/{duty}/{period}", self.org.id), |line| format!("/activities/{}", line.id));
            Some(Todo {
                name: rule.short.clone(),
                note,
                status: duty::status(code, period, self.today, self.countdown),
                href,
                act: None,
                is_first: false,
                is_returned: false,
            })
        })
        .collect()
    }
}
