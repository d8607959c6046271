//! Duties and activities through their pages: states, late entries, returns, excuses, reach, figures that agree.

mod desk;
mod excuses;
mod figures;
mod reach;
mod records;
mod states;

use scraper::{Html, Selector};
use store::OrgId;

use crate::visitor::{Seen, Visitor};

/// The mark of a cell's page: 按时, 剩 8 天.
pub async fn mark(visitor: &mut Visitor, organisation: OrgId, duty: &str, period: &str) -> String {
    let seen = visitor.get(&format!("/duties/{organisation}/{duty}/{period}")).await;
    assert_eq!(seen.status, 200, "{duty} {period}: {}", seen.text());
    texts(&seen, "p.state .st").into_iter().next().unwrap_or_default()
}

/// What the elements found by CSS say.
pub fn texts(seen: &Seen, css: &str) -> Vec<String> {
    let page = Html::parse_document(&seen.body);
    let selector = Selector::parse(css).unwrap();
    page.select(&selector).map(|it| it.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// An attribute of the elements found by CSS.
pub fn attributes(seen: &Seen, css: &str, name: &str) -> Vec<String> {
    let page = Html::parse_document(&seen.body);
    let selector = Selector::parse(css).unwrap();
    page.select(&selector).filter_map(|it| it.value().attr(name)).map(str::to_owned).collect()
}

/// The number at the end of `/activities/7`.
pub fn number(location: &str) -> i64 {
    location.rsplit('/').next().unwrap().parse().unwrap_or_else(|_| panic!("{location} is a record's address"))
}

/// Files a cell under its key.
pub fn key(organisation: OrgId, duty: &str, period: &str) -> String {
    format!("{organisation}/{duty}/{period}")
}
