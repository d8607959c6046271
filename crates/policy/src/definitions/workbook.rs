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

/// A column that nobody is asked for (一次性报表): known by its headings, filled from what is on record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownColumn {
    pub name: String,
    /// Other headings that mean the same.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What stands on the organisation's own record.
    #[serde(default)]
    pub attribute: Option<ColumnAttribute>,
    /// What is counted from its records and those below, of the year so far.
    #[serde(default)]
    pub measure: Option<Key>,
    pub cite: Cite,
}

/// What a record of an organisation says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnAttribute {
    /// The line's own number (序号).
    Sequence,
    Code,
    Name,
    Superior,
    Level,
    Field,
    Kind,
    Secretary,
    Members,
    FullMembers,
    MobileMembers,
    Branches,
    FoundedOn,
    ElectedOn,
    TermUntil,
}

/// What may be asked of organisations of these fields at all (准入清单): an entry of the list is approved before it is issued.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermittedList {
    pub name: String,
    #[serde(default)]
    pub note: Option<String>,
    /// Level whose office approves entries, each for the organisations below it.
    pub approved_at: Key,
    pub fields: Vec<Key>,
    /// Only organisations with one of this level above them (社区在街道下面); `None`: all of the fields.
    #[serde(default)]
    pub below: Option<Key>,
    /// Code list: what an entry may be.
    pub kinds: Key,
    /// Code list: how often it is asked.
    pub frequencies: Key,
    pub cite: Cite,
}

impl PermittedList {
    /// Whether what an organisation of this field, with superiors of these levels, is asked has to be on the list.
    pub fn covers<'a>(&self, field: &str, mut above: impl Iterator<Item = &'a str>) -> bool {
        self.fields.iter().any(|own| own == field) && self.below.as_deref().is_none_or(|below| above.any(|level| level == below))
    }
}
