//! Runs the cases that stand beside the rules: given these facts, this must come out.

use std::fmt;

use jiff::civil::date;
use policy::{Arithmetic, Case, Expected, ExpectedOutcome, Given, Key, Pack, Ratio};

use crate::compile::Compiled;
use crate::evaluate::evaluate;
use crate::fact::{Event, Flags, Span};
use crate::facts::{Facts, FactsBuilder};
use crate::print::plain;
use crate::result::{Evaluation, ItemResult, Row};
use crate::subject::{Marks, Subject, Superior};

/// A case that did not come out as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFailure {
    pub name: String,
    /// `city/party_lecture.cases.toml:12`, when the case was read from a file.
    pub place: Option<String>,
    /// One sentence each.
    pub differences: Vec<String>,
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_deref().unwrap_or("算例");
        write!(f, "{place}：“{}”与规则不符\n  {}", self.name, self.differences.join("\n  "))
    }
}

/// Runs cases; empty: all came out.
#[must_use]
pub fn run_cases(pack: &Pack, cases: &[Case]) -> Vec<CaseFailure> {
    let failures = cases.iter().map(|case| CaseFailure {
        name: case.name.clone(),
        place: case.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)),
        differences: run_case(pack, case).unwrap_or_else(|problems| problems),
    });
    failures.filter(|failure| !failure.differences.is_empty()).collect()
}

/// What differs from what the case expects.
fn run_case(pack: &Pack, case: &Case) -> Result<Vec<String>, Vec<String>> {
    let Expected { org, indicator, scheme, period, .. } = &case.expect;
    let compiled = match (scheme, indicator) {
        (Some(scheme), _) => Compiled::new(pack, scheme, period.from())?,
        (None, Some(indicator)) => Compiled::of_indicators(pack, std::slice::from_ref(indicator), period.from())?,
        (None, None) => return Err(vec!["expect 里要写 indicator 或 scheme".to_owned()]),
    };
    let names = organisations(case);
    let subjects: Vec<Subject> = (1..).zip(&names).map(|(id, name)| subject(pack, case, id, name)).collect();
    let facts = facts(pack, &case.given, &names)?;
    let evaluation = evaluate(&compiled, &subjects, &facts, &Marks::new(), *period, period.until());
    let code = org.as_ref().unwrap_or(&names[0]);
    let Some(row) = evaluation.row(code) else {
        return Err(vec![format!("given 里没有组织 {code}，或者方案不评这一类组织")]);
    };
    let mut differences = total_differences(&case.expect, row);
    if let Some(key) = indicator {
        match evaluation.item_of(row, key) {
            Some(item) => differences.extend(item_differences(&case.expect, item)),
            None => differences.push(format!("指标 {key} 不在这个领域的项目中")),
        }
    }
    differences.extend(not_compared(&case.expect, &evaluation));
    Ok(differences)
}

/// Names in order of appearance; one when none is given.
fn organisations(case: &Case) -> Vec<Key> {
    let mut names: Vec<Key> = Vec::new();
    for given in &case.given {
        if !names.contains(&given.org) {
            names.push(given.org.clone());
        }
    }
    if names.is_empty() {
        names.push(case.expect.org.clone().unwrap_or_else(|| "first_branch".to_owned()));
    }
    names
}

fn subject(pack: &Pack, case: &Case, id: i64, name: &str) -> Subject {
    let first_field = pack.fields.iter().min_by_key(|(_, field)| field.order).map(|(key, _)| key.clone());
    let superior = |level: &str| Superior { id: 0, code: level.to_owned(), level: level.to_owned() };
    Subject {
        id,
        code: name.to_owned(),
        name: name.to_owned(),
        kind: case.kind.clone().unwrap_or_else(|| "branch".to_owned()),
        field: case.field.clone().or(first_field).unwrap_or_default(),
        level: "branch".to_owned(),
        from: date(1950, 1, 1),
        until: None,
        go_live: None,
        superiors: vec![superior("township"), superior("county"), superior("city")],
    }
}

fn facts(pack: &Pack, given: &[Given], names: &[Key]) -> Result<Facts, Vec<String>> {
    let mut builder = FactsBuilder::new();
    let mut source = 0;
    for fact in given {
        let org = 1 + names.iter().position(|name| *name == fact.org).unwrap_or(0) as i64;
        let mut flags = Flags::default();
        for flag in &fact.flags {
            flags = flags | Flags::named(flag).ok_or_else(|| vec![format!("没有 {flag} 这个标记")])?;
        }
        let holds = is_span(pack, fact);
        let quantity = fact.quantity.unwrap_or(1);
        for &on in fact.on.iter().flat_map(|on| std::iter::repeat_n(on, fact.times.unwrap_or(1) as usize)) {
            source += 1;
            if holds {
                builder.span(org, &Span { kind: &fact.kind, from: on, until: fact.until, quantity, subject: source, source });
            } else {
                builder.event(org, &Event { kind: &fact.kind, on, quantity, subject: source, flags, source, makes_up: None });
            }
        }
    }
    Ok(builder.build())
}

fn is_span(pack: &Pack, fact: &Given) -> bool {
    fact.until.is_some() || fact.kind.starts_with("coverage.") || pack.measures.values().any(|m| m.active.contains(&fact.kind))
}

fn total_differences(expected: &Expected, row: &Row) -> Vec<String> {
    let mut differences = Vec::new();
    if let Some(score) = &expected.score {
        differences.extend(number_difference("总分", score, Some(row.score)));
    }
    if let Some(star) = expected.star.filter(|star| row.star != Some(*star)) {
        let came_out = row.star.map_or_else(|| "暂不评定".to_owned(), |s| format!("{s} 星"));
        differences.push(format!("星级：应为 {star} 星，算得 {came_out}"));
    }
    differences
}

fn item_differences(expected: &Expected, item: &ItemResult) -> Vec<String> {
    let whole = |n: i64| Some(Ratio::from_integer(i128::from(n)));
    let mut differences = Vec::new();
    let numbers = [
        ("分子", &expected.numerator, whole(item.numerator)),
        ("分母", &expected.denominator, whole(item.denominator)),
        ("得分", &expected.points, item.points),
    ];
    for (what, expected, came_out) in numbers {
        differences.extend(expected.as_ref().and_then(|e| number_difference(what, e, came_out)));
    }
    if let Some(outcome) = expected.outcome.map(outcome_key).filter(|key| *key != item.outcome.key()) {
        let reason = item.outcome.reason().map(|r| format!("（{r}）")).unwrap_or_default();
        differences.push(format!("结论：应为 {outcome}，算得 {}{reason}", item.outcome.key()));
    }
    if !expected.missing.is_empty() && expected.missing != *item.missing {
        let list = |periods: &[policy::Period]| periods.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        differences.push(format!("缺的周期：应为 {}，算得 {}", list(&expected.missing), list(&item.missing)));
    }
    differences
}

fn number_difference(what: &str, expected: &Arithmetic, came_out: Option<Ratio>) -> Option<String> {
    if came_out == Some(expected.value) {
        return None;
    }
    let came_out = came_out.map_or_else(|| "没有数".to_owned(), plain);
    Some(format!("{what}：应为 {expected} = {}，算得 {came_out}", plain(expected.value)))
}

fn outcome_key(outcome: ExpectedOutcome) -> &'static str {
    match outcome {
        ExpectedOutcome::Met => "met",
        ExpectedOutcome::NotMet => "not_met",
        ExpectedOutcome::NotApplicable => "not_applicable",
        ExpectedOutcome::NotEvidenced => "not_evidenced",
    }
}

/// A case that says something which nothing computes is a case that tests nothing.
fn not_compared(expected: &Expected, evaluation: &Evaluation) -> Option<String> {
    let is_about_total = expected.score.is_some() || expected.star.is_some();
    let is_about_item = expected.points.is_some() || expected.numerator.is_some() || expected.outcome.is_some() || !expected.missing.is_empty();
    if is_about_total && evaluation.scheme.is_empty() {
        return Some("写了 score 或 star，却没有写 scheme".to_owned());
    }
    (is_about_item && expected.indicator.is_none()).then(|| "写了某一项的结果，却没有写 indicator".to_owned())
}
