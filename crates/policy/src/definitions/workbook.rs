//! Workbooks that offices send, and the values that their columns know.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};

/// Values that a column of a workbook or a form knows; others are a doubt, not a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    pub name: String,
    pub values: Vec<String>,
    pub cite: Cite,
}

/// A kind of workbook that offices send, known by its headings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workbook {
    pub name: String,
    /// What a row becomes: `organisation`, `member`, `activity`, `village_income`, `judged_value`.
    pub primitive: String,
    pub columns: Vec<WorkbookColumn>,
    pub cite: Cite,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbookColumn {
    /// The field of the primitive: `id_number`, `joined_on`.
    pub field: Key,
    pub heading: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub required: bool,
    pub kind: ColumnKind,
    #[serde(default)]
    pub code_list: Option<Key>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Text,
    Date,
    Whole,
    /// Hours with decimals; kept in minutes.
    Hours,
    /// 万元 with decimals; kept in fen.
    TenThousandYuan,
    Degrees,
    IdentityNumber,
    Telephone,
    YesNo,
    OrganisationCode,
    ActivityKind,
    OrganisationKind,
    Field,
}
