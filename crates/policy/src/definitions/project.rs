//! Projects (领办项目、书记项目、实事、试点课题、专项治理): who carries one, who approves and accepts, what it shows.

use serde::Deserialize;

use super::{Cite, Dated, Key};
use crate::Per;

/// A kind of project: proposed, approved, carried out in milestones, accepted by somebody else, listed. Its steps and its columns
/// are the procedure's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub name: String,
    /// What belongs here and what does not.
    #[serde(default)]
    pub note: Option<String>,
    /// Values invented for the demo: marked 示例方案 on every page and file.
    #[serde(default)]
    pub example: bool,
    /// Levels whose organisations carry one; none: every organisation.
    #[serde(default)]
    pub levels: Vec<Key>,
    /// Who approves and accepts: `superior` (the next committee), or a level above.
    pub decided_by: Key,
    /// By which it is proposed, approved, carried out, accepted, closed.
    pub procedure: Key,
    /// The carrier's secretary leads it himself: it stands in the secretary's log.
    #[serde(default)]
    pub led_by_secretary: bool,
    /// Keys of those fields of the procedure's forms that stand in the list: goal, beneficiaries, money.
    #[serde(default)]
    pub columns: Vec<Key>,
    /// How many each carrier has at least in a year, from a day on.
    #[serde(default)]
    pub each_year: Vec<Dated<u32>>,
    /// Progress is reported once in each of these.
    #[serde(default)]
    pub progress_per: Option<Per>,
    /// Each names the organisation that it serves, which has its say before it is accepted (the steps of `served`).
    #[serde(default)]
    pub served: bool,
    /// Grades given at the end, in the procedure's field `grade`.
    #[serde(default)]
    pub grades: Vec<String>,
    /// Those grades by which a project becomes an experience for others.
    #[serde(default)]
    pub good: Vec<String>,
    /// Whether everybody sees the list of those approved: what is done, what is being done.
    #[serde(default)]
    pub published: bool,
    /// What opens one by itself.
    #[serde(default)]
    pub opened_by: Option<ProjectOpening>,
    /// A whole that one office sets, of which each unit carries a part.
    #[serde(default)]
    pub shared: Option<Sharing>,
    /// What every unit has to do, each by its day; open from the beginning until the office above has accepted it.
    #[serde(default, rename = "part")]
    pub parts: Vec<RequiredPart>,
    /// Key of the choice among the names of parts by which a unit says which one it hands over; needed where a part has a deliverable.
    #[serde(default)]
    pub handed_over_in: Option<Key>,
    /// Keys of whole numbers of the procedure's forms that are summed over the units; of each unit its last one counts.
    #[serde(default)]
    pub figures: Vec<Key>,
    pub cite: Cite,
}

/// What opens a project by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectOpening {
    /// Each case of this procedure, for the carrier above its organisation; closing waits until the case is struck off.
    pub procedure: Key,
    /// Only organisations of these fields; empty: all.
    #[serde(default)]
    pub fields: Vec<Key>,
}

/// How a whole is set and shared out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// Level whose office sets it.
    pub by: Key,
    /// What the whole is called: 实事, 批次.
    pub word: String,
    /// Wholes of one year at most: numbered from 1.
    #[serde(default)]
    pub number_max: Option<i64>,
    /// Key of the whole number in the unit's reports that says how much is done by now; then the whole has a quantity, and the
    /// parts add up to it.
    #[serde(default)]
    pub count: Option<Key>,
}

/// One thing that every unit has to do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredPart {
    pub key: Key,
    pub name: String,
    /// Days from the day it is set.
    pub days: u32,
    /// What a unit hands over for it; without one nothing is.
    #[serde(default)]
    pub deliverable: Option<Deliverable>,
    pub cite: Cite,
}

impl RequiredPart {
    /// Whether a paper has to be made for it, and not only a record named.
    #[must_use]
    pub fn is_paper(&self) -> bool {
        self.deliverable.as_ref().is_some_and(|it| it.kind != DeliverableKind::Record)
    }
}

/// What is handed over for a part (成果).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    pub name: String,
    pub kind: DeliverableKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliverableKind {
    Document,
    List,
    Record,
}

impl Deliverable {
    /// 自查摸排清单（清单）.
    #[must_use]
    pub fn words(&self) -> String {
        let kind = match self.kind {
            DeliverableKind::Document => "文书",
            DeliverableKind::List => "清单",
            DeliverableKind::Record => "系统里的记录",
        };
        format!("{}（{kind}）", self.name)
    }
}

impl Project {
    /// Whether organisations of this level carry one.
    #[must_use]
    pub fn is_carried_at(&self, level: &str) -> bool {
        self.levels.is_empty() || self.levels.iter().any(|own| own == level)
    }
}
