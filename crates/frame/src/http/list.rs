//! The one way of every list: searched, filtered, sorted, paged, exported through the address line.
//!
//! ```
//! # use server::http::list::{Direction, ListQuery, ListSpec};
//! const MEMBERS: ListSpec = ListSpec { sorts: &["name", "age"], default_sort: ("name", Direction::Asc), filters: &["kind", "state"], per: 20 };
//! let query = ListQuery::parse(&MEMBERS, "/members", Some("q=马&kind=full&page=3"));
//! assert_eq!(query.filter("kind"), Some("full"));
//! assert_eq!(query.offset(), 40);
//! // Another page keeps the search; another sort begins again at the first page.
//! assert_eq!(query.page_link(2), "/members?q=%E9%A9%AC&kind=full&page=2");
//! assert_eq!(query.sort_link("age", Direction::Asc), "/members?q=%E9%A9%AC&kind=full&sort=age");
//! ```

mod address;
mod head_and_foot;
mod levels;
#[cfg(test)]
mod tests;

pub use self::address::pairs;
pub use self::address::{decoded, encoded};
pub use self::head_and_foot::{Column, Pager};
use crate::http::view::{Chip, Choice};

/// How many rows a page may have.
pub const PER_CHOICES: [u32; 4] = [20, 50, 100, 200];

/// What may be asked of one list; everything else in the address is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSpec {
    /// Keys of columns that sort.
    pub sorts: &'static [&'static str],
    /// How the list is sorted when nothing is said.
    pub default_sort: (&'static str, Direction),
    /// Names of filters.
    pub filters: &'static [&'static str],
    /// Rows on a page when nothing is said.
    pub per: u32,
}

/// Which way a column sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

impl Direction {
    /// The other way.
    pub fn reversed(self) -> Self {
        match self {
            Direction::Asc => Direction::Desc,
            Direction::Desc => Direction::Asc,
        }
    }

    /// `asc` or `desc`, in addresses and in SQL.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Asc => "asc",
            Direction::Desc => "desc",
        }
    }
}

/// The file a list is wanted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// A workbook.
    Xlsx,
    /// Comma-separated text.
    Csv,
}

/// What is asked of a list: always valid, because whatever is not is replaced by the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The list's address without parameters.
    pub path: String,
    /// Words to search for, trimmed.
    pub q: String,
    /// The column to sort by.
    pub sort: &'static str,
    /// Which way.
    pub dir: Direction,
    /// Which page, from 1.
    pub page: u32,
    /// Rows on a page.
    pub per: u32,
    /// The key of the last row seen, for lists that page by key.
    pub after: Option<String>,
    /// All matching rows are wanted as a file.
    pub export: Option<Export>,
    filters: Vec<(&'static str, String)>,
    spec: ListSpec,
}

impl ListQuery {
    /// Reads what follows the question mark of an address.
    pub fn parse(spec: &ListSpec, path: &str, query: Option<&str>) -> Self {
        let mut it = ListQuery {
            path: path.to_owned(),
            q: String::new(),
            sort: spec.default_sort.0,
            dir: spec.default_sort.1,
            page: 1,
            per: spec.per,
            after: None,
            export: None,
            filters: Vec::new(),
            spec: *spec,
        };
        let mut dir = None;
        for (name, value) in pairs(query.unwrap_or_default()) {
            let value = value.trim();
            match name.as_str() {
                "q" => it.q = value.chars().take(100).collect(),
                "sort" => {
                    if let Some(key) = spec.sorts.iter().find(|key| **key == value) {
                        it.sort = key;
                        it.dir = if *key == spec.default_sort.0 { spec.default_sort.1 } else { Direction::Asc };
                    }
                }
                "dir" => dir = [Direction::Asc, Direction::Desc].into_iter().find(|way| way.word() == value),
                "page" => it.page = value.parse().unwrap_or(1).clamp(1, 1_000_000),
                "per" => it.per = value.parse().ok().filter(|n| PER_CHOICES.contains(n)).unwrap_or(spec.per),
                "after" if !value.is_empty() => it.after = Some(value.to_owned()),
                "export" => {
                    it.export = [("xlsx", Export::Xlsx), ("csv", Export::Csv)].into_iter().find(|(word, _)| *word == value).map(|(_, kind)| kind)
                }
                _ => {
                    if let Some(known) = spec.filters.iter().find(|filter| **filter == name)
                        && !value.is_empty()
                        && !it.filters.iter().any(|(name, old)| name == known && old == value)
                    {
                        it.filters.push((known, value.to_owned()));
                    }
                }
            }
        }
        it.dir = dir.unwrap_or(it.dir);
        it
    }

    /// Reads a request's address.
    pub fn from_uri(spec: &ListSpec, uri: &axum::http::Uri) -> Self {
        Self::parse(spec, uri.path(), uri.query())
    }

    /// The value of a filter.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a filter that may have several.
    pub fn filter_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.filters.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether anything narrows the list: then an empty list says so, and how to widen it.
    pub fn is_narrowed(&self) -> bool {
        !self.q.is_empty() || !self.filters.is_empty()
    }

    /// Rows before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page - 1) * u64::from(self.per)
    }

    /// The same question, on the last page at most: rows may have gone since a link was made.
    pub fn within(mut self, total: u64) -> Self {
        let last = u32::try_from(total.div_ceil(u64::from(self.per))).unwrap_or(u32::MAX).max(1);
        self.page = self.page.min(last);
        self
    }

    /// The rows of this page out of all rows; beyond the end, those of the last page.
    pub fn page_of<'a, T>(&self, rows: &'a [T]) -> &'a [T] {
        let from = usize::try_from(self.clone().within(rows.len() as u64).offset()).unwrap_or(usize::MAX).min(rows.len());
        &rows[from..(from + self.per as usize).min(rows.len())]
    }

    /// [`Self::page_of`], for rows that are needed no longer.
    pub fn paged<T>(&self, rows: Vec<T>) -> Vec<T> {
        let from = usize::try_from(self.clone().within(rows.len() as u64).offset()).unwrap_or(usize::MAX);
        rows.into_iter().skip(from).take(self.per as usize).collect()
    }

    /// The same list, another page.
    pub fn page_link(&self, page: u32) -> String {
        self.address(|it| it.page = page)
    }

    /// The same list, so many rows on a page, from the first.
    pub fn per_link(&self, per: u32) -> String {
        self.restarted(|it| it.per = per)
    }

    /// The same list, sorted otherwise, from the first page.
    pub fn sort_link(&self, key: &str, dir: Direction) -> String {
        let Some(key) = self.spec.sorts.iter().find(|known| **known == key) else { return self.page_link(1) };
        self.restarted(|it| (it.sort, it.dir) = (key, dir))
    }

    /// The same list with this filter at this value; switched off if it is so already.
    pub fn filter_link(&self, name: &str, value: &str) -> String {
        let is_on = self.filter(name) == Some(value);
        self.restarted(|it| {
            it.filters.retain(|(known, _)| *known != name);
            if let Some(known) = it.spec.filters.iter().find(|known| **known == name)
                && !is_on
                && !value.is_empty()
            {
                it.filters.push((known, value.to_owned()));
            }
        })
    }

    /// The list without search and filters, sorted as now.
    pub fn clear_link(&self) -> String {
        self.restarted(|it| {
            it.q.clear();
            it.filters.clear();
        })
    }

    /// The rows after this key, for lists that page by key.
    pub fn after_link(&self, key: &str) -> String {
        self.restarted(|it| it.after = Some(key.to_owned()))
    }

    /// All rows that match now, as a file.
    pub fn export_link(&self, export: Export) -> String {
        self.restarted(|it| it.export = Some(export))
    }

    /// A filter as a pill.
    pub fn chip(&self, name: &str, value: &str, label: impl Into<String>, count: Option<u64>) -> Chip {
        let pressed = if value.is_empty() { self.filter(name).is_none() } else { self.filter(name) == Some(value) };
        Chip { label: label.into(), count, href: self.filter_link(name, value), pressed }
    }

    /// The entries of a filter's drop-down list; the first, empty one is `all`.
    pub fn choices<V: AsRef<str>, L: AsRef<str>>(&self, name: &str, all: &str, rest: impl IntoIterator<Item = (V, L)>) -> Vec<Choice> {
        let now = self.filter(name).unwrap_or_default();
        let first = Choice { value: String::new(), label: all.to_owned(), selected: now.is_empty() };
        let rest = rest.into_iter().map(|(value, label)| Choice {
            value: value.as_ref().into(),
            label: label.as_ref().into(),
            selected: value.as_ref() == now,
        });
        std::iter::once(first).chain(rest).collect()
    }

    /// Hidden fields of the filter form: what it keeps because it does not ask for it.
    pub fn kept_fields<'a>(&self, asked: impl AsRef<[&'a str]>) -> Vec<(&'static str, String)> {
        self.parameters().into_iter().filter(|(name, _)| !["page", "after", "export"].contains(name) && !asked.as_ref().contains(name)).collect()
    }

    /// The head of a sorted column: `label`, its key, whether it holds figures.
    pub fn column(&self, label: &str, key: &str, is_number: bool) -> Column {
        let sorted = (self.sort == key).then_some(self.dir);
        let dir = sorted.map_or(Direction::Asc, Direction::reversed);
        Column { label: label.to_owned(), href: Some(self.sort_link(key, dir)), sorted, is_number }
    }

    fn restarted(&self, change: impl FnOnce(&mut Self)) -> String {
        self.address(|it| {
            it.page = 1;
            it.after = None;
            change(it);
        })
    }

    fn address(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut it = self.clone();
        it.export = None;
        change(&mut it);
        let parameters: Vec<String> = it.parameters().into_iter().map(|(name, value)| format!("{name}={}", encoded(&value))).collect();
        if parameters.is_empty() { it.path } else { format!("{}?{}", it.path, parameters.join("&")) }
    }

    /// What is not the default, in a fixed order, so that equal lists have equal addresses.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut list = Vec::new();
        if !self.q.is_empty() {
            list.push(("q", self.q.clone()));
        }
        for name in self.spec.filters {
            list.extend(self.filters.iter().filter(|(known, _)| known == name).cloned());
        }
        let (sort, dir) = self.spec.default_sort;
        if self.sort != sort {
            list.push(("sort", self.sort.to_owned()));
        }
        if self.dir != if self.sort == sort { dir } else { Direction::Asc } {
            list.push(("dir", self.dir.word().to_owned()));
        }
        if self.per != self.spec.per {
            list.push(("per", self.per.to_string()));
        }
        if let Some(after) = &self.after {
            list.push(("after", after.clone()));
        } else if self.page > 1 {
            list.push(("page", self.page.to_string()));
        }
        match self.export {
            Some(Export::Xlsx) => list.push(("export", "xlsx".to_owned())),
            Some(Export::Csv) => list.push(("export", "csv".to_owned())),
            None => {}
        }
        list
    }
}
