//! The log of a Party secretary (书记抓党建纪实) as every room may ask for it: what the records of a year say. The rooms that keep
//! the records are joined in `server`; whoever needs the log asks through `app.rooms().duty_log`.

use std::future::Future;
use std::pin::Pin;

use jiff::civil::Date;
use store::{OrgId, PersonId};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub on: Date,
    /// As the page calls it: 主持专题研究, 走访, 领办项目 …
    pub kind: String,
    pub what: String,
    /// The record that says so.
    pub link: String,
    /// Written by hand, with no record behind it (自填): shown, never counted.
    pub is_self_typed: bool,
}

/// The log, at work.
pub type Logged<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Vec<LogLine>>> + Send + 'a>>;

/// A secretary in office for a time, and the accounts in that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secretary {
    pub organisation: OrgId,
    pub name: String,
    pub accounts: Vec<PersonId>,
    pub from: Date,
    pub until: Option<Date>,
}

impl Secretary {
    /// Whether somebody was in office on a day.
    #[must_use]
    pub fn held_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// The accounts, for an `in (…)`; none: one that nobody has.
    #[must_use]
    pub fn accounts_sql(&self) -> String {
        if self.accounts.is_empty() { "0".to_owned() } else { self.accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
    }
}

impl LogLine {
    /// A line with a record behind it.
    #[must_use]
    pub fn of(on: Date, kind: &str, what: impl Into<String>, link: impl Into<String>) -> Self {
        Self { on, kind: kind.to_owned(), what: what.into(), link: link.into(), is_self_typed: false }
    }
}

/// The first and the last day of a year, as values of a query.
#[must_use]
pub fn bounds(year: i16) -> [sea_orm::Value; 2] {
    [format!("{year}-01-01").into(), format!("{year}-12-31").into()]
}
