//! Cases that an officer can read: given these facts, this rule must give that result.
//!
//! They are only read here; the assessment engine runs them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de};

use crate::definitions::Key;
use crate::{Expression, Operand, Period, Place, Ratio};

/// One case: an organisation with some facts, and what must come out for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows: 三个月缺一次.
    pub name: String,
    /// Kind of the organisations; `branch` when absent.
    #[serde(default)]
    pub kind: Option<Key>,
    /// Field (领域) of the organisations.
    #[serde(default)]
    pub field: Option<Key>,
    /// What is known about the organisations; nothing else exists.
    #[serde(default)]
    pub given: Vec<Given>,
    pub expect: Expected,
    /// Layer whose folder holds it.
    #[serde(skip)]
    pub layer: String,
    #[serde(skip)]
    pub place: Option<Place>,
}

/// Facts of one kind: an event on each day, or a span from each day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Any name; the same name is the same organisation.
    pub org: Key,
    /// A kind of fact: `activity.theme_day`, `member.full`.
    pub kind: Key,
    pub on: Vec<Date>,
    /// For spans: the first day on which it no longer holds; absent: it still does.
    #[serde(default)]
    pub until: Option<Date>,
    /// Quantity of each, in the smallest unit; 1 when absent.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// How many such facts there are on each day (`7` members); 1 when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// `late`, `verified`, `returned`.
    #[serde(default)]
    pub flags: Vec<Key>,
}

/// What must come out. Only what is given is compared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Which organisation, when `given` names several.
    #[serde(default)]
    pub org: Option<Key>,
    /// The indicator; either this or `scheme` is given, or both for the points of an item.
    #[serde(default)]
    pub indicator: Option<Key>,
    /// The scheme whose item gives `points`, or whose total gives `score` and `star`.
    #[serde(default)]
    pub scheme: Option<Key>,
    pub period: Period,
    #[serde(default)]
    pub numerator: Option<Arithmetic>,
    #[serde(default)]
    pub denominator: Option<Arithmetic>,
    #[serde(default)]
    pub outcome: Option<ExpectedOutcome>,
    /// Points of the item.
    #[serde(default)]
    pub points: Option<Arithmetic>,
    /// Score of the whole scheme.
    #[serde(default)]
    pub score: Option<Arithmetic>,
    #[serde(default)]
    pub star: Option<u8>,
    /// Periods that apply and are not met.
    #[serde(default)]
    pub missing: Vec<Period>,
}

/// Outcome of an indicator: 达标, 未达标, 不适用, 暂无依据.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedOutcome {
    Met,
    NotMet,
    NotApplicable,
    NotEvidenced,
}

/// A number written so that its way is visible: `5 * 2 / 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arithmetic {
    pub text: String,
    pub value: Ratio,
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Arithmetic {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "应是整数，或写在引号里的算式，如 \"5 * 2 / 3\"")]
        enum Written {
            Whole(i64),
            Text(String),
        }
        let text = match Written::deserialize(input)? {
            Written::Whole(n) => n.to_string(),
            Written::Text(text) => text,
        };
        let expression: Expression = text.parse().map_err(de::Error::custom)?;
        match expression.evaluate(&|_: &str| None) {
            Ok(Operand::Number(value)) => Ok(Self { text, value }),
            Ok(_) => Err(de::Error::custom(format!("“{text}”得不出数字，请写算式，如 5 * 2 / 3"))),
            Err(missing) => Err(de::Error::custom(format!("“{text}”算不出来：{missing}"))),
        }
    }
}

/// A file `*.cases.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    pub case: Vec<Case>,
}
