//! Selections (评选、创建): who may ask for a title, by what it is judged, how long it holds.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Authority, Cite, Dated, Key};

/// A title for which organisations (or families, with their consent) come forward: 红旗党组织, 堡垒村, 模范机关.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub name: String,
    /// What a holder is called: 红旗党组织.
    pub title: String,
    /// Values invented for the demo: marked 示例方案 on every page and file, opened nowhere but in the demo.
    #[serde(default)]
    pub example: bool,
    /// Not approved yet: it can be tried on the records, nobody comes forward. Everything else names its approval.
    #[serde(default)]
    pub draft: bool,
    /// The body that approved it (批准机关): [`Authority::why_not_open`].
    #[serde(default)]
    pub approved_by: Option<String>,
    /// Under which number (批准文号).
    #[serde(default)]
    pub document_number: Option<String>,
    /// First day on which the approval no longer holds: nobody comes forward any more, titles that were given stay.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// First year in which it is held; `None`: from the beginning.
    #[serde(default)]
    pub from_year: Option<i16>,
    #[serde(default)]
    pub of: SelectionOf,
    /// Kinds of organisation that come forward, or that put families forward; empty: every kind.
    #[serde(default)]
    pub kinds: Vec<Key>,
    /// Their fields; empty: every field.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Their levels; empty: every level.
    #[serde(default)]
    pub levels: Vec<Key>,
    /// Who reviews and gives it: `superior`, `above_superior` (the next one up, as with 社区争创全区先进), or a level above; of those
    /// that have none there, the superior.
    pub reviewed_by: Key,
    /// By level of whoever comes forward, the level that reviews instead (街道争创全市先进、社区争创全区先进).
    #[serde(default)]
    pub reviewed_at: BTreeMap<Key, Key>,
    /// Of some levels somebody beyond the platform gives the title (市争创全国、区争创全省).
    #[serde(default)]
    pub outside: Option<OutsideReview>,
    /// By which it is asked for, reviewed, made public, given, looked at again.
    pub procedure: Key,
    /// Months for which the title holds from the day it is given, or confirmed.
    pub valid_months: u32,
    /// Percent of those that may come forward that are to hold it, from a day on.
    #[serde(default)]
    pub target: Vec<Dated<u32>>,
    /// What keeps an organisation from coming forward.
    #[serde(default)]
    pub not_while: Vec<SelectionBar>,
    /// The star of the last published result from which one is eligible. Below it a decision needs a written reason: what is
    /// decided remains with people, and a decision against the rule says why.
    #[serde(default)]
    pub star_min: Option<u8>,
    /// How many others a holder is paired with to help (结对帮带); without them the title is not confirmed.
    #[serde(default)]
    pub helps: Option<u32>,
    /// What it is judged by: each is open from the beginning until a reviewer has found it fulfilled.
    #[serde(default, rename = "dimension")]
    pub dimensions: Vec<Dimension>,
    pub cite: Cite,
}

/// A title that a body beyond the platform gives: the superior, or the topmost organisation itself, passes the application on and
/// writes down what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideReview {
    pub levels: Vec<Key>,
    /// In place of the selection's own procedure.
    pub procedure: Key,
}

/// Who holds the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionOf {
    #[default]
    Organisation,
    /// A family, by the name it gives itself on the list; nothing else is kept of it.
    Family,
}

/// What keeps an organisation from coming forward; a closed list, each known from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionBar {
    /// A rectification of it is open.
    InRectification,
    /// A veto stands in its last published result.
    Vetoed,
}

/// One thing a selection is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    pub key: Key,
    pub name: String,
    /// Only for organisations of this field; `None`: for all.
    #[serde(default)]
    pub field: Option<Key>,
    /// What the records say to it: shown beside, so that nothing is entered twice.
    #[serde(default)]
    pub indicators: Vec<Key>,
    pub cite: Cite,
}

impl Selection {
    /// The steps for somebody of a level.
    #[must_use]
    pub fn procedure_at(&self, level: &str) -> &Key {
        self.outside_of(level).map_or(&self.procedure, |outside| &outside.procedure)
    }

    /// Whether a body beyond the platform gives it to somebody of a level.
    #[must_use]
    pub fn is_outside(&self, level: &str) -> bool {
        self.outside_of(level).is_some()
    }

    fn outside_of(&self, level: &str) -> Option<&OutsideReview> {
        self.outside.as_ref().filter(|outside| outside.levels.iter().any(|own| own == level))
    }

    /// Who approved it, under which number, until when.
    #[must_use]
    pub fn authority(&self) -> Authority<'_> {
        Authority {
            of: ("评选", &self.name),
            opens: "对党组织开放申报",
            example: self.example,
            approved_by: self.approved_by.as_deref(),
            document_number: self.document_number.as_deref(),
            valid_until: self.valid_until,
        }
    }

    /// Why nobody may come forward on a day; `None`: the selection is open. Of an example only a demo asks
    /// [`Self::why_not_yet`] alone.
    #[must_use]
    pub fn why_not_open(&self, on: Date) -> Option<String> {
        self.authority().why_not_open(on).or_else(|| self.why_not_yet(on))
    }

    /// Why its time has not come: still a draft, or held from a later year on.
    #[must_use]
    pub fn why_not_yet(&self, on: Date) -> Option<String> {
        if self.draft {
            return Some(format!("{}还是草案（draft），只能模拟，不能对党组织开放申报；请经批准后去掉草案标记。", self.authority().called()));
        }
        let from = self.from_year.filter(|from| on.year() < *from)?;
        Some(format!("{}从 {from} 年起开展，{from} 年 1 月 1 日起可以申报。", self.authority().called()))
    }

    /// The dimensions for an organisation of a field.
    pub fn dimensions_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Dimension> {
        self.dimensions.iter().filter(move |dimension| dimension.field.as_deref().is_none_or(|only| only == field))
    }

    /// Whether organisations of this kind, field and level may come forward.
    #[must_use]
    pub fn is_open_to(&self, kind: &str, field: &str, level: &str) -> bool {
        let has = |list: &[Key], key: &str| list.is_empty() || list.iter().any(|it| it == key);
        has(&self.kinds, kind) && has(&self.fields, field) && has(&self.levels, level)
    }
}
