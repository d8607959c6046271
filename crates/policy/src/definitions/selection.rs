//! Selections (评选、创建): who may ask for a title, by what it is judged, how long it holds.

use serde::{Deserialize, Serialize};

use super::{Cite, Dated, Key};

/// A title for which organisations (or families, with their consent) come forward: 红旗党组织, 堡垒村, 模范机关.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub name: String,
    /// What a holder is called: 红旗党组织.
    pub title: String,
    /// Values invented for the demo: marked 示例方案 on every page and file.
    #[serde(default)]
    pub example: bool,
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
