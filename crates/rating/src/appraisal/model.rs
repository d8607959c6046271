//! Sessions, reports, comments; how points follow. Pure: the day comes in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Appraisal, Ratio};
use serde::{Deserialize, Serialize};
use store::{OrgId, PersonId};

/// One session: an office, a year, those who report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: i64,
    /// Key of `[appraisal.KEY]`.
    pub appraisal: String,
    pub pack_version: String,
    pub organisation: OrgId,
    pub year: i16,
    pub title: String,
    pub plan_entry: i64,
    /// Last day on which a report is in time.
    pub due_on: Date,
    pub case_id: i64,
    pub ballot_sitting: Option<i64>,
    pub opened_on: Date,
    pub published_on: Option<Date>,
    pub closed_on: Option<Date>,
    /// Key of the stage at which its case stands.
    pub stage: String,
}

impl Session {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/appraisals/{}", self.id)
    }
}

/// The report of one secretary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub id: i64,
    pub session: i64,
    pub organisation: OrgId,
    pub is_oral: bool,
    /// Who stood as secretary when the session was opened.
    pub secretary: String,
    pub body: Body,
    pub handed_in_on: Option<Date>,
    pub handed_in_by: Option<PersonId>,
    pub is_late: bool,
    pub ballot_share: Option<Ratio>,
    /// Nothing where no result of the year was published.
    pub assessment_share: Option<Ratio>,
    /// Of 100.
    pub points: Option<Ratio>,
    /// Empty: not graded.
    pub grade: String,
    pub list_filed_on: Option<Date>,
}

impl Report {
    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/appraisals/reports/{}", self.id)
    }

    /// How it is given.
    #[must_use]
    pub fn way(&self) -> &'static str {
        if self.is_oral { "口头述职" } else { "书面述职" }
    }
}

/// What a report says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Last year's problems as they stood on the day, each with an answer.
    pub last_year: Vec<Answered>,
    /// Where the year's work was out of balance, as it stood on the day, each with an answer.
    #[serde(default)]
    pub balance: Vec<Asked>,
    /// Typed, by key of the section.
    pub sections: BTreeMap<String, String>,
    /// Taken from the records on the day.
    pub appendix: Vec<Part>,
    /// When it came first: what is given back and comes again is not late for that.
    #[serde(default)]
    pub first_in_on: Option<Date>,
}

/// A problem of last year's list, and what the secretary says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub problem: i64,
    pub text: String,
    pub owner: String,
    pub due_on: String,
    /// How it stands, in words.
    pub state: String,
    pub answer: String,
}

/// What the records of the year ask the secretary, and what he says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub key: String,
    /// With the figures.
    pub text: String,
    /// Where the figures stand.
    pub href: String,
    pub answer: String,
}

impl Asked {
    /// The name of its field in the form.
    #[must_use]
    pub fn field(&self) -> String {
        format!("balance_{}", self.key)
    }
}

/// A part of the appendix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub title: String,
    pub lines: Vec<Line>,
}

/// A figure of the appendix, or a line of the secretary's log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub what: String,
    pub figure: String,
    /// Empty: it leads nowhere.
    pub href: String,
    /// Somebody typed it: it is marked so.
    pub is_self_typed: bool,
}

/// What kind of thing was said about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    Strength,
    Problem,
    Advice,
}

impl CommentKind {
    pub const ALL: [Self; 3] = [Self::Strength, Self::Problem, Self::Advice];

    /// Its word in rows and forms.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Strength => "strength",
            Self::Problem => "problem",
            Self::Advice => "advice",
        }
    }

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Strength => "肯定",
            Self::Problem => "问题",
            Self::Advice => "要求",
        }
    }

    /// By its word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == word)
    }
}

/// One thing that was said about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub id: i64,
    pub report: i64,
    pub kind: CommentKind,
    pub text: String,
    pub said_by: String,
    pub said_on: Date,
    /// The row of the ledger that it became.
    pub problem: Option<i64>,
}

/// A problem about to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub comment: i64,
    pub owner: String,
    pub due_on: Date,
}

/// Points of 100: the ballot's share and the assessment's, each by its weight; of the ballot alone where nothing was published.
#[must_use]
pub fn points(rule: &Appraisal, ballot: Ratio, assessment: Option<Ratio>) -> Ratio {
    let whole = Ratio::from_integer(100);
    match assessment.filter(|_| rule.scheme.is_some()) {
        Some(assessment) => (ballot * rule.ballot_weight + assessment * (Ratio::from_integer(1) - rule.ballot_weight)) * whole,
        None => ballot * whole,
    }
}

/// What is wrong with a report, each with the field at which it is said.
#[must_use]
pub fn lacking(rule: &Appraisal, sections: &BTreeMap<String, String>, last_year: &[Answered], balance: &[Asked]) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for it in last_year.iter().filter(|it| it.answer.trim().is_empty()) {
        problems.push((format!("answer_{}", it.problem), "请先说明上年这个问题整改得怎样，没有说明的报告不收".to_owned()));
    }
    for it in balance.iter().filter(|it| it.answer.trim().is_empty()) {
        problems.push((it.field(), "请回答这个领域的投入为什么不足、下一步怎么补，没有回答的报告不收".to_owned()));
    }
    for section in &rule.sections {
        let n = sections.get(&section.key).map_or(0, |text| text.trim().chars().count());
        let least = section.chars_min.max(1) as usize;
        if n < least {
            problems.push((section.key.clone(), format!("请写“{}”，至少 {least} 个字，现在 {n} 个", section.name)));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(weight: &str, scheme: Option<&str>) -> Appraisal {
        serde_json::from_value(serde_json::json!({
            "name": "述职", "by": "county", "about": "township", "procedure": "p", "ballot": "b", "oral": 8, "report_days": 15,
            "ballot_weight": weight, "scheme": scheme, "source": "述职点评", "problem_type": "其他", "problem_days": 90,
            "cite": { "doc": "example" },
            "section": [{ "key": "work", "name": "做法", "chars_min": 4 }],
            "grade": [{ "name": "好", "at_least": 90 }, { "name": "较好", "at_least": 75 }, { "name": "较差", "at_least": 0 }],
        }))
        .expect("the text is an appraisal")
    }

    #[test]
    fn points_are_exact_and_fall_into_bands() {
        let both = rule("60%", Some("five_star"));
        // 0.6 × 8/9 + 0.4 × 0.9 = 0.5333… + 0.36 = 89.33…
        let got = points(&both, Ratio::new(8, 9), Some(Ratio::new(9, 10)));
        assert_eq!(got, Ratio::new(268, 3));
        assert_eq!(both.grade_of(got).map(|grade| grade.name.as_str()), Some("较好"));
        assert_eq!(points(&both, Ratio::new(9, 10), None), Ratio::from_integer(90));
        assert_eq!(both.grade_of(Ratio::from_integer(90)).map(|grade| grade.name.as_str()), Some("好"));
        assert_eq!(both.grade_of(Ratio::from_integer(0)).map(|grade| grade.name.as_str()), Some("较差"));
        let alone = rule("100%", None);
        assert_eq!(points(&alone, Ratio::new(1, 3), Some(Ratio::from_integer(1))), Ratio::new(100, 3));
    }

    #[test]
    fn a_report_answers_every_problem_of_last_year() {
        let rule = rule("100%", None);
        let typed: BTreeMap<String, String> = [("work".to_owned(), "抓了支部".to_owned())].into();
        assert!(lacking(&rule, &typed, &[], &[]).is_empty());
        let short = Asked { key: "b_school".to_owned(), ..Asked::default() };
        let open = Answered { problem: 7, answer: "  ".to_owned(), ..Answered::default() };
        let found = lacking(&rule, &BTreeMap::new(), &[open], std::slice::from_ref(&short));
        assert_eq!(found.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["answer_7", "balance_b_school", "work"]);
        assert!(lacking(&rule, &typed, &[], &[Asked { answer: "今年补上".to_owned(), ..short }]).is_empty());
    }
}
