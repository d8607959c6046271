//! What stands above and below the rows.

use super::{Direction, ListQuery, PER_CHOICES};
use crate::http::view::grouped;

/// The head of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its words.
    pub label: String,
    /// The list sorted by it, or sorted the other way; nothing: it does not sort.
    pub href: Option<String>,
    /// How it is sorted now.
    pub sorted: Option<Direction>,
    /// Figures stand at the right.
    pub is_number: bool,
}

impl Column {
    /// A column that does not sort.
    pub fn plain(label: impl Into<String>) -> Self {
        Column { label: label.into(), ..Column::default() }
    }

    /// A column of figures that does not sort.
    pub fn number(label: impl Into<String>) -> Self {
        Column { label: label.into(), is_number: true, ..Column::default() }
    }

    /// The value of `aria-sort`, for the column that is sorted.
    pub fn aria_sort(&self) -> Option<&'static str> {
        self.sorted.map(|dir| match dir {
            Direction::Asc => "ascending",
            Direction::Desc => "descending",
        })
    }
}

/// The foot of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// 共 38 名，第 1—20 名.
    pub sentence: String,
    /// The page before.
    pub prev: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// Pages to jump to; the link of the current one is `None`; a gap has label `…`.
    pub pages: Vec<(String, Option<String>)>,
    /// Rows on a page: number, address, whether so now.
    pub per: Vec<(u32, String, bool)>,
}

impl Pager {
    /// The foot of a list of `total` things counted in `unit` (名, 个, 件, 条).
    pub fn new(query: &ListQuery, total: u64, unit: &str) -> Self {
        let last = u32::try_from(total.div_ceil(u64::from(query.per))).unwrap_or(u32::MAX).max(1);
        let page = query.page.min(last);
        let from = u64::from(page - 1) * u64::from(query.per);
        let sentence = match total {
            0 => format!("共 0 {unit}"),
            _ => {
                let (first, last) = (grouped(from + 1), grouped((from + u64::from(query.per)).min(total)));
                format!("共 {} {unit}，第 {first}—{last} {unit}", grouped(total))
            }
        };
        let mut pages = Vec::new();
        let mut before = 0;
        for n in (1..=last).filter(|n| *n == 1 || *n == last || n.abs_diff(page) <= 2) {
            if n > before + 1 {
                pages.push(("…".to_owned(), None));
            }
            pages.push((n.to_string(), (n != page).then(|| query.page_link(n))));
            before = n;
        }
        Pager {
            sentence,
            prev: (page > 1).then(|| query.page_link(page - 1)),
            next: (page < last).then(|| query.page_link(page + 1)),
            pages: if last > 1 { pages } else { Vec::new() },
            per: PER_CHOICES.into_iter().map(|n| (n, query.per_link(n), n == query.per)).collect(),
        }
    }

    /// The foot of a list that pages by key: `next` is the key of the last row shown, if more follow.
    pub fn keyed(query: &ListQuery, sentence: impl Into<String>, next: Option<&str>) -> Self {
        Pager {
            sentence: sentence.into(),
            prev: query.after.is_some().then(|| query.restarted(|_| {})),
            next: next.map(|key| query.after_link(key)),
            pages: Vec::new(),
            per: PER_CHOICES.into_iter().map(|n| (n, query.per_link(n), n == query.per)).collect(),
        }
    }
}
