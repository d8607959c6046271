//! The typed definitions that everything else speaks. One struct per top-level table of a pack;
//! a table `[indicator.general_meeting]` is the entry `general_meeting` of [`Pack::indicators`].

mod activity;
mod appraisal;
mod authority;
mod ballot;
mod consequence;
mod contest;
mod indicator;
mod inspection;
mod ledger;
mod matter;
mod organisation;
mod procedure;
mod programme;
mod project;
mod ranking;
mod responsibility;
mod role;
mod scheme;
mod selection;
mod workbook;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::value::{Ratio, parse_ratio};

pub use activity::*;
pub use appraisal::*;
pub use authority::*;
pub use ballot::*;
pub use consequence::*;
pub use contest::*;
pub use indicator::*;
pub use inspection::*;
pub use ledger::*;
pub use matter::*;
pub use organisation::*;
pub use procedure::*;
pub use programme::*;
pub use project::*;
pub use ranking::*;
pub use responsibility::*;
pub use role::*;
pub use scheme::*;
pub use selection::*;
pub use workbook::*;

/// An identifier of a pack entry, from the glossary: `general_meeting`.
pub type Key = String;
/// Entries of one table, by key.
pub type Table<T> = BTreeMap<Key, T>;

/// All layers merged: what holds for one city.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pack {
    #[serde(rename = "document")]
    pub documents: Table<Document>,
    #[serde(rename = "setting")]
    pub settings: Table<Setting>,
    #[serde(rename = "organisation_kind")]
    pub organisation_kinds: Table<OrganisationKind>,
    #[serde(rename = "level")]
    pub levels: Table<Level>,
    #[serde(rename = "field")]
    pub fields: Table<Field>,
    #[serde(rename = "code_list")]
    pub code_lists: Table<CodeList>,
    #[serde(rename = "workbook")]
    pub workbooks: Table<Workbook>,
    #[serde(rename = "activity")]
    pub activities: Table<Activity>,
    #[serde(rename = "duty")]
    pub duties: Table<Duty>,
    #[serde(rename = "measure")]
    pub measures: Table<Measure>,
    #[serde(rename = "indicator")]
    pub indicators: Table<Indicator>,
    #[serde(rename = "ballot")]
    pub ballots: Table<Ballot>,
    #[serde(rename = "scheme")]
    pub schemes: Table<Scheme>,
    #[serde(rename = "tier")]
    pub tiers: Table<Tier>,
    #[serde(rename = "weak_list")]
    pub weak_lists: Table<WeakList>,
    #[serde(rename = "consequence")]
    pub consequences: Table<Consequence>,
    #[serde(rename = "ranking")]
    pub rankings: Table<Ranking>,
    #[serde(rename = "selection")]
    pub selections: Table<Selection>,
    #[serde(rename = "ledger")]
    pub ledgers: Table<Ledger>,
    #[serde(rename = "matter")]
    pub matters: Table<Matter>,
    #[serde(rename = "balance")]
    pub balances: Table<Balance>,
    #[serde(rename = "programme")]
    pub programmes: Table<Programme>,
    #[serde(rename = "project")]
    pub projects: Table<Project>,
    #[serde(rename = "inspection")]
    pub inspections: Table<InspectionKind>,
    #[serde(rename = "checklist")]
    pub checklists: Table<Checklist>,
    #[serde(rename = "visit_scope")]
    pub visit_scopes: Table<VisitScope>,
    #[serde(rename = "column")]
    pub columns: Table<KnownColumn>,
    #[serde(rename = "permitted_list")]
    pub permitted_lists: Table<PermittedList>,
    #[serde(rename = "principal_duty")]
    pub principal_duties: Table<PrincipalDuty>,
    #[serde(rename = "department")]
    pub departments: Table<Department>,
    #[serde(rename = "appraisal")]
    pub appraisals: Table<Appraisal>,
    #[serde(rename = "contest")]
    pub contests: Table<Contest>,
    #[serde(rename = "plan_line")]
    pub plan_lines: Table<PlanLine>,
    #[serde(rename = "procedure")]
    pub procedures: Table<Procedure>,
    #[serde(rename = "role")]
    pub roles: Table<Role>,
    #[serde(rename = "mechanism")]
    pub mechanisms: Table<Mechanism>,
}

/// Where a rule stands. `doc` is a key of [`Pack::documents`], or `example` for invented values of the demo scheme.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    pub doc: Key,
    #[serde(default)]
    pub clause: Option<String>,
    /// Verbatim, at most 40 characters.
    #[serde(default)]
    pub quote: Option<String>,
}

impl Cite {
    /// Whether the value is invented for the demo scheme (示例方案).
    #[must_use]
    pub fn is_example(&self) -> bool {
        self.doc == "example"
    }
}

/// How a text was read where it does not settle something: by whom, when.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpretation {
    pub text: String,
    pub by: String,
    pub on: Date,
}

/// A value from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated<T> {
    pub from: Date,
    pub is: T,
}

/// The value in force on `day`: the last one whose `from` is not after it.
pub fn in_force<T>(values: &[Dated<T>], day: Date) -> Option<&T> {
    values.iter().filter(|v| v.from <= day).max_by_key(|v| v.from).map(|v| &v.is)
}

/// A source text: 条例, 办法, or one of the speeches (`seed = "001"`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub name: String,
    #[serde(default)]
    pub short: Option<String>,
    #[serde(default)]
    pub issued_on: Option<Date>,
    /// One of [`AUTHORITIES`].
    pub authority: String,
    #[serde(default)]
    pub seed: Option<String>,
}

/// Who issued a document, from the highest down; a speech and an example bind nobody.
pub const AUTHORITIES: [&str; 5] = ["national", "provincial", "city", "speech", "example"];

impl Document {
    /// Whether it was issued at provincial level or above.
    #[must_use]
    pub fn is_at_least_provincial(&self) -> bool {
        matches!(self.authority.as_str(), "national" | "provincial")
    }
}

impl Pack {
    /// A whole number among the settings in force on a day; `None`: the pack sets none.
    #[must_use]
    pub fn whole(&self, setting: &str, on: Date) -> Option<i64> {
        match self.setting(setting, on)? {
            SettingValue::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// A text among the settings in force on a day.
    #[must_use]
    pub fn text(&self, setting: &str, on: Date) -> Option<&str> {
        match self.setting(setting, on)? {
            SettingValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A share among the settings in force on a day: `1/2`, `80%`, or a whole number of hundredths.
    #[must_use]
    pub fn share(&self, setting: &str, on: Date) -> Option<Ratio> {
        match self.setting(setting, on)? {
            SettingValue::Text(text) => parse_ratio(text).ok(),
            SettingValue::Whole(percent) => Some(Ratio::new((*percent).into(), 100)),
            SettingValue::Truth(_) => None,
        }
    }

    /// Days before a date from which it is 临期; a pack without the setting never warns.
    #[must_use]
    pub fn soon_days(&self, on: Date) -> i64 {
        self.whole("reminder_yellow_days", on).unwrap_or(-1)
    }

    fn setting(&self, setting: &str, on: Date) -> Option<&SettingValue> {
        in_force(&self.settings.get(setting)?.value, on)
    }
}

/// A number with an effective date that a level may change: days, months, shares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub name: String,
    pub value: Vec<Dated<SettingValue>>,
    #[serde(default)]
    pub unit: Option<String>,
    pub cite: Cite,
}

/// A number, a text or a yes/no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "应是整数、是否（true 或 false）或文字")]
pub enum SettingValue {
    Whole(i64),
    Truth(bool),
    Text(String),
}
