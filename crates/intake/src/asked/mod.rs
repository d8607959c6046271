//! Tables asked once (一次性报表): an office composes one, the product fills what it knows, units answer the rest, the answers stand at
//! once in one workbook under the office's own heading.
//!
//! For: offices that need a table, whoever has to fill it in. In: headings, units, answers. Out: a workbook, what it took of whom.
//! Does not know: what a score follows from.

mod answer;
mod compose;
mod facts;
mod issue;
mod known;
mod pages;
mod rows;
mod see;
mod waits;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::OrgId;

pub use answer::{answer, close, send_back};
pub use compose::{Edit, NewTable, create, drop_draft, edit, headings_of};
pub use facts::derive_facts;
pub use issue::{ask_approval, cost_of, issue, units_of};
pub use pages::routes;
pub use waits::waiting_items;

/// The columns of a table, in their order.
///
/// # Errors
/// When the database cannot be read.
pub async fn columns_of<C: sea_orm::ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Vec<AskedColumn>> {
    rows::columns(connection, id).await
}

/// Days before its day from which a table stands in red, as the pack says.
fn red_days(pack: &policy::Pack, on: Date) -> i64 {
    pack.whole("reminder_red_days", on).unwrap_or_default()
}

/// Of an approval, what it is about.
pub const KIND: &str = "table";

/// To which units a table goes: whole levels, narrowed to a field, and single ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    pub levels: Vec<String>,
    pub field: String,
    pub ids: Vec<OrgId>,
    /// Fields to which the asking office is narrowed (a line body); none: it is not.
    #[serde(default)]
    pub office_fields: Vec<String>,
}

/// A table: a draft until it is issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedTable {
    pub id: i64,
    pub organisation: OrgId,
    pub title: String,
    pub purpose: String,
    /// Lines above the headings, as the office had them.
    pub heading: Vec<String>,
    pub units: Units,
    /// The entry of the list of what may be asked; empty: none.
    pub permitted: String,
    pub due_on: Date,
    pub created_on: Date,
    pub issued_on: Option<Date>,
    pub closed_on: Option<Date>,
    pub close_reason: String,
}

impl AskedTable {
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.issued_on.is_none()
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.issued_on.is_some() && self.closed_on.is_none()
    }

    #[must_use]
    pub fn address(&self) -> String {
        format!("/tables/{}", self.id)
    }
}

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    Text,
    Number,
    Day,
}

impl AnswerKind {
    pub const ALL: [Self; 3] = [Self::Text, Self::Number, Self::Day];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Day => "date",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Number => "数字",
            Self::Day => "日期",
        }
    }

    #[must_use]
    pub fn read(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Text)
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedColumn {
    pub id: i64,
    pub position: i64,
    pub heading: String,
    /// The heading as it is compared.
    pub key: String,
    /// Key of the pack's column that fills it; empty: it is asked for.
    pub known: String,
    pub kind: AnswerKind,
}

impl AskedColumn {
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.known.is_empty()
    }
}

/// A unit that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedUnit {
    pub id: i64,
    pub table: i64,
    pub organisation: OrgId,
    /// Fields that it has to fill in itself.
    pub n_asked: i64,
    pub n_typed: i64,
    pub answered_on: Option<Date>,
    pub is_late: bool,
    /// Why it was sent back; empty: it was not, or is answered again.
    pub returned: String,
}

/// What a unit said in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub table: i64,
    pub column: i64,
    pub organisation: OrgId,
    pub key: String,
    pub value: String,
    pub answered_on: Date,
    /// The table in which it was said first.
    pub from_table: Option<i64>,
}
