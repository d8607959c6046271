//! What an organisation is, and what follows from its spans. No rows, no clock.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::{Date, date};
use policy::{OrganisationRole, Pack};
use store::OrgId;

/// Stands for a day of founding that no roster states: early enough to be in nobody's way, never shown.
pub const SINCE_UNKNOWN: Date = date(1900, 1, 1);

/// Degrees as decimals, at most six places and this many degrees; `None`: they are none.
#[must_use]
pub fn degrees(written: &str, most: i64) -> Option<String> {
    let text = written.trim().trim_end_matches('°');
    let millionths =
        policy::parse_ratio(text).ok().map(|number| number * policy::Ratio::from_integer(1_000_000)).filter(|number| number.is_integer())?;
    (text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') && millionths.to_integer().abs() <= i128::from(most) * 1_000_000)
        .then(|| text.to_owned())
}

pub use crate::answerable::{POSTS, post_name};

/// An organisation as a roster or a decision states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewOrganisation {
    /// Unique in the whole database, never changed.
    pub code: String,
    pub name: String,
    /// Key of the pack.
    pub kind: String,
    /// In the same batch or already in the database; none: the top.
    pub superior_code: Option<String>,
    /// Key of the pack.
    pub field: String,
    /// Key of the pack; none: follows from role and depth.
    pub level: Option<String>,
    pub founded_on: Option<Date>,
    pub secretary: Option<String>,
    pub telephone: Option<String>,
    pub elected_on: Option<Date>,
    pub term_years: Option<i64>,
    pub region_code: Option<String>,
    /// Degrees as written.
    pub longitude: Option<String>,
    pub latitude: Option<String>,
    /// Where it comes from, in words: a workbook's name, a decision.
    pub source: String,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// Somebody in a post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewHolding {
    /// Key of [`POSTS`].
    pub post: String,
    pub name: String,
    pub telephone: Option<String>,
    pub member_id: Option<i64>,
}

/// A committee as it stands from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committee {
    pub organisation: OrgId,
    /// Everybody in it; when no secretary is among them, the one in post stays.
    pub holdings: Vec<NewHolding>,
    pub on: Date,
    pub source: String,
}

/// Under whom an organisation stands, `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    pub from: Date,
    pub until: Option<Date>,
    pub parent: Option<OrgId>,
}

/// A row of `organisation_path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRow {
    pub ancestor: OrgId,
    pub depth: i64,
    pub from: Date,
    pub until: Option<Date>,
}

/// A term of office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub elected_on: Date,
    pub years: i64,
    pub postponed_until: Option<Date>,
}

impl Term {
    /// First day after the term (届满日), with an approved postponement: the same day of the month so many years later,
    /// the month's last day where there is no such day.
    #[must_use]
    pub fn ends_on(&self) -> Option<Date> {
        let ends = self.elected_on.checked_add(Span::new().try_years(self.years).ok()?).ok()?;
        Some(ends.max(self.postponed_until.unwrap_or(ends)))
    }
}

/// Somebody in a post, `[from, until)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub post: String,
    pub from: Date,
    pub until: Option<Date>,
}

/// The earlier of two ends; `None` is never.
#[must_use]
pub fn earlier(a: Option<Date>, b: Option<Date>) -> Option<Date> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The days that two spans share, if any.
#[must_use]
pub fn overlap(a: (Date, Option<Date>), b: (Date, Option<Date>)) -> Option<(Date, Option<Date>)> {
    let both = (a.0.max(b.0), earlier(a.1, b.1));
    both.1.is_none_or(|until| both.0 < until).then_some(both)
}

/// Everything that ever stood above `id`, itself with depth 0, from the spans of the organisations along the way.
#[must_use]
pub fn paths_of(id: OrgId, stands: &HashMap<OrgId, Vec<Stand>>) -> Vec<PathRow> {
    let mut rows = Vec::new();
    climb(id, (date(1, 1, 1), None), 0, stands, &mut rows);
    rows.sort();
    let mut joined: Vec<PathRow> = Vec::new();
    for row in rows {
        match joined.last_mut() {
            Some(last) if (last.ancestor, last.depth) == (row.ancestor, row.depth) && last.until == Some(row.from) => last.until = row.until,
            _ => joined.push(row),
        }
    }
    joined
}

fn climb(at: OrgId, window: (Date, Option<Date>), depth: i64, stands: &HashMap<OrgId, Vec<Stand>>, rows: &mut Vec<PathRow>) {
    // No tree is so deep; a cycle in the rows would be.
    if depth > 32 {
        return;
    }
    for stand in stands.get(&at).into_iter().flatten() {
        let Some((from, until)) = overlap(window, (stand.from, stand.until)) else { continue };
        rows.push(PathRow { ancestor: at, depth, from, until });
        if let Some(parent) = stand.parent {
            climb(parent, (from, until), depth + 1, stands, rows);
        }
    }
}

/// The level that follows from role and depth under the top: committees are city, county, township; the rest by role.
#[must_use]
pub fn level_of(pack: &Pack, kind: &str, depth: usize) -> String {
    let by_role = match pack.organisation_kinds.get(kind).map_or(OrganisationRole::Committee, |kind| kind.role) {
        OrganisationRole::Committee => ["city", "county"].get(depth).copied().unwrap_or("township"),
        OrganisationRole::GeneralBranch => "general_branch",
        OrganisationRole::Branch => "branch",
        OrganisationRole::Group => "group",
    };
    by_role.to_owned()
}

/// What cannot be right about a record, whoever sends it; `None`: nothing.
#[must_use]
pub fn fault(pack: &Pack, new: &NewOrganisation) -> Option<String> {
    let who = format!("组织 {}（{}）", new.code, new.name);
    if new.code.trim().is_empty() || new.name.trim().is_empty() {
        return Some("组织编码和党组织全称都要填写。".to_owned());
    }
    if !pack.organisation_kinds.contains_key(&new.kind) {
        return Some(format!("{who}：没有“{}”这种党组织类别，请从类别表里选一个。", new.kind));
    }
    if !pack.fields.contains_key(&new.field) {
        return Some(format!("{who}：没有“{}”这个领域，请从领域表里选一个。", new.field));
    }
    if let Some(level) = new.level.as_ref().filter(|level| !pack.levels.contains_key(*level)) {
        return Some(format!("{who}：没有“{level}”这个层级，请从层级表里选一个。"));
    }
    if new.superior_code.as_deref() == Some(new.code.as_str()) {
        return Some(format!("{who}：上级党组织不能是它自己。"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(from: Date, until: Option<Date>, parent: Option<OrgId>) -> Stand {
        Stand { from, until, parent }
    }

    #[test]
    fn a_term_ends_on_the_same_day_or_the_months_last() {
        let term = |day, years| Term { elected_on: day, years, postponed_until: None }.ends_on();
        assert_eq!(term(date(2020, 2, 29), 3), Some(date(2023, 2, 28)));
        assert_eq!(term(date(2021, 4, 7), 5), Some(date(2026, 4, 7)));
        let postponed = Term { elected_on: date(2021, 4, 7), years: 5, postponed_until: Some(date(2026, 10, 1)) };
        assert_eq!(postponed.ends_on(), Some(date(2026, 10, 1)));
    }

    #[test]
    fn paths_follow_moves_and_stop_where_a_superior_did_not_exist_yet() {
        let (a, b) = (date(1994, 1, 1), date(2024, 7, 1));
        let stands = HashMap::from([
            (1, vec![stand(date(1950, 1, 1), None, None)]),
            (2, vec![stand(a, None, Some(1))]),
            (3, vec![stand(a, None, Some(1))]),
            (9, vec![stand(date(1960, 5, 1), Some(b), Some(2)), stand(b, None, Some(3))]),
        ]);
        let row = |ancestor, depth, from, until| PathRow { ancestor, depth, from, until };
        assert_eq!(paths_of(9, &stands), [row(1, 2, a, None), row(2, 1, a, Some(b)), row(3, 1, b, None), row(9, 0, date(1960, 5, 1), None)]);
    }

    #[test]
    fn a_new_name_does_not_cut_the_path() {
        let renamed = date(2020, 1, 1);
        let stands = HashMap::from([
            (1, vec![stand(SINCE_UNKNOWN, None, None)]),
            (2, vec![stand(SINCE_UNKNOWN, Some(renamed), Some(1)), stand(renamed, None, Some(1))]),
        ]);
        assert_eq!(paths_of(2, &stands).len(), 2);
    }
}
