//! Organisations by kind, level and field.

use serde::{Deserialize, Serialize};

use super::Cite;

/// 党组织类别.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationKind {
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Committees stand above others; branches hold members and duties; groups stand inside a branch.
    pub role: OrganisationRole,
    pub cite: Cite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationRole {
    Committee,
    GeneralBranch,
    Branch,
    Group,
}

/// 层级. A committee's level follows from its depth under the city unless it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub name: String,
    pub order: u8,
    pub cite: Cite,
}

/// 所属领域.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    pub order: u8,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub cite: Cite,
}
