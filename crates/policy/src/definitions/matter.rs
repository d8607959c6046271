//! Matters: what an office opens at an organisation below it, and what ends only by the steps of its procedure.

use serde::Deserialize;

use super::{Capability, Cite, FormField, Key};
use crate::Expression;

/// A matter (督办事项): 三单, 约谈通报, 包联, 移送: opened at an organisation, with the pack's own fields, number and steps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// As the list is called: 三单.
    pub name: String,
    /// What opening one is called: 开单.
    pub verb: String,
    /// What it is for, and who ends it.
    #[serde(default)]
    pub note: Option<String>,
    /// Its steps, with `subject = "matter"`.
    pub procedure: Key,
    /// Who opens one: with this capability, above the organisation that it is about.
    pub opened_by: Capability,
    /// Who sees them, for the organisations within reach.
    pub seen_by: Capability,
    /// Only offices where the opening one stands see it, and whoever has a step of it there; not the organisation it is about.
    #[serde(default)]
    pub is_withheld: bool,
    /// Levels whose offices open one; none: every office.
    #[serde(default)]
    pub levels: Vec<Key>,
    /// Levels of the organisations it may be about; none: any.
    #[serde(default)]
    pub about: Vec<Key>,
    /// A case of this procedure is open at the organisation; one such matter at a time.
    #[serde(default)]
    pub while_open: Option<Key>,
    /// Stages of that procedure at which it is over there, though its case goes on (跟踪观察).
    #[serde(default)]
    pub over_at: Vec<Key>,
    /// How it is numbered, by office, kind and year: `{kind}〔{year}〕{n}号`.
    #[serde(default)]
    pub number: Option<String>,
    /// What it may be; none: one kind only.
    #[serde(default, rename = "kind")]
    pub kinds: Vec<MatterKind>,
    #[serde(rename = "field")]
    pub fields: Vec<FormField>,
    /// Key of the field that says what it is about, in lists and notices.
    pub title: Key,
    /// Key of the required date that is its deadline; none: the stages have theirs.
    #[serde(default)]
    pub due: Option<Key>,
    /// Key of the setting that says by how many days the deadline may be put off at most, from the day it is put off or, if later, the
    /// deadline; none: as the steps say.
    #[serde(default)]
    pub extension_days_max: Option<Key>,
    pub cite: Cite,
}

/// One of the kinds of a matter: 问题单; a rung of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterKind {
    pub key: Key,
    pub name: String,
    /// The kind that must have ended at the same organisation before; without it a reason is asked for.
    #[serde(default)]
    pub follows: Option<Key>,
    /// Over measures of the year so far, counted at the organisation and below: then it is proposed.
    #[serde(default)]
    pub proposed_when: Option<Expression>,
    /// Stages at which the organisation it is about is not told of it: what is only proposed, and was not taken.
    #[serde(default)]
    pub untold_at: Vec<Key>,
}

impl Matter {
    /// A kind by its key.
    #[must_use]
    pub fn kind(&self, key: &str) -> Option<&MatterKind> {
        self.kinds.iter().find(|kind| kind.key == key)
    }

    /// Whether the organisation that one of a kind is about learns of it at a stage.
    #[must_use]
    pub fn is_told(&self, kind: &str, stage: &str) -> bool {
        !self.is_withheld && self.kind(kind).is_none_or(|kind| !kind.untold_at.iter().any(|key| key == stage))
    }

    /// What a kind is called; the matter's own name where it has none.
    #[must_use]
    pub fn kind_name(&self, key: &str) -> &str {
        self.kind(key).map_or(&self.name, |kind| &kind.name)
    }
}
