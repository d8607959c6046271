//! Appraisals of what secretaries report (述职评议考核): who reports to whom, in which parts, who votes, how grades follow.

use serde::{Deserialize, Serialize};

use super::{Cite, Key};
use crate::Ratio;
use crate::value::ratio;

/// A session each year in which secretaries report to the office above and are graded. Opened only on a filed line of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appraisal {
    pub name: String,
    /// Level of the office to which is reported.
    pub by: Key,
    /// Level of the organisations whose secretaries report; `branch`: branches.
    pub about: Key,
    /// Narrowed to these fields; none: all.
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Its steps, with `subject = "appraisal"`.
    pub procedure: Key,
    /// Who votes, with which weights.
    pub ballot: Key,
    /// How many report orally, as it is proposed to the office; the others report in writing.
    pub oral: u32,
    /// Days to write a report, proposed to the office.
    pub report_days: u32,
    /// What a secretary writes himself.
    #[serde(rename = "section")]
    pub sections: Vec<ReportSection>,
    /// Of which the appendix of a report tells the figures of the year.
    #[serde(default)]
    pub indicators: Vec<Key>,
    /// Part of the points that the ballot gives; the assessment gives the rest.
    #[serde(deserialize_with = "ratio")]
    pub ballot_weight: Ratio,
    /// The scheme whose results of the year give the rest: of whoever stands above branches, the mean of those below.
    #[serde(default)]
    pub scheme: Option<Key>,
    /// From the best down; each from so many points of 100 on.
    #[serde(rename = "grade")]
    pub grades: Vec<AppraisalGrade>,
    /// What everybody who reported sees of the others once it is published.
    #[serde(default)]
    pub published: Vec<PublishedPart>,
    /// Where the ledger says that problems come from: a value of `problem_source`.
    pub source: String,
    /// Type of the problems, unless it is said otherwise: a value of `problem_type`.
    pub problem_type: String,
    /// Days to put a problem right, proposed to the office.
    pub problem_days: u32,
    pub cite: Cite,
}

/// A part of a report that is typed (自填).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSection {
    pub key: Key,
    pub name: String,
    #[serde(default)]
    pub hint: Option<String>,
    /// Characters that it has at least.
    #[serde(default)]
    pub chars_min: u32,
}

/// 好、较好、一般、较差.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppraisalGrade {
    pub name: String,
    /// Points of 100.
    #[serde(deserialize_with = "ratio")]
    pub at_least: Ratio,
}

/// What of a report others see once the result is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishedPart {
    Grade,
    Report,
    Comments,
}

impl Appraisal {
    /// The grade of so many points of 100.
    #[must_use]
    pub fn grade_of(&self, points: Ratio) -> Option<&AppraisalGrade> {
        self.grades.iter().find(|grade| points >= grade.at_least)
    }
}
