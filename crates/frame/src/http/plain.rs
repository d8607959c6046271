//! Two pages that many registers need: a list, and one record in sections. What stands on them is the room's.

use askama::Template;

use crate::http::layout::Layout;
use crate::http::list::{Column, ListQuery, Pager};
use crate::http::view::{Chip, Choice, Link, Status};

/// What stands in a cell.
#[derive(Debug, Clone)]
pub enum Cell {
    Text(String),
    /// With a line below it, in small.
    Noted(String, String),
    /// What the row is called, leading to it; with a line below it, in small.
    Named(Link, String),
    Link(Link),
    Status(Status),
    /// Several acts beside one another.
    Acts(Vec<Link>),
}

impl Cell {
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A link, or its words alone where there is nowhere to go.
    #[must_use]
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        let link = Link::new(label, href);
        if link.href.is_empty() { Self::Text(link.label) } else { Self::Link(link) }
    }
}

/// A list with its head, its filters and its foot.
#[derive(Template)]
#[template(path = "pages/plain_list.html")]
pub struct PlainList {
    pub layout: Layout,
    pub title: String,
    pub lead: String,
    /// Beside the title; the first is the main one where `has_main`.
    pub acts: Vec<Link>,
    pub has_main: bool,
    /// What has to be said before the list: sentence and where to mend it.
    pub warnings: Vec<Link>,
    pub query: ListQuery,
    /// What the search looks through.
    pub searched: &'static str,
    pub chips: Vec<Chip>,
    /// Name, label and entries of each list to choose from.
    pub drops: Vec<(&'static str, &'static str, Vec<Choice>)>,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    pub pager: Pager,
    /// Said of an empty list: what it is, and what to do.
    pub empty: (String, String),
}

impl PlainList {
    /// Names of the filters that stand in the form themselves.
    fn asked(&self) -> Vec<&'static str> {
        std::iter::once("q").chain(self.drops.iter().map(|(name, ..)| *name)).collect()
    }

    fn label(&self, at: &usize) -> &str {
        self.columns.get(*at).map_or("", |column| column.label.as_str())
    }
}

/// One record: its head, and sections below one another.
#[derive(Template)]
#[template(path = "pages/plain_one.html")]
pub struct PlainOne {
    pub layout: Layout,
    pub title: String,
    pub lead: String,
    pub status: Option<Status>,
    pub acts: Vec<Link>,
    pub has_main: bool,
    pub warnings: Vec<Link>,
    pub sections: Vec<Section>,
}

/// A part of a record: facts, running text, a table, in this order, whichever there are.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub title: String,
    pub note: String,
    pub facts: Vec<(String, String)>,
    pub text: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
    /// Said where the table has no rows.
    pub empty: String,
}

impl Section {
    fn label(&self, at: &usize) -> &str {
        self.columns.get(*at).copied().unwrap_or_default()
    }
}
