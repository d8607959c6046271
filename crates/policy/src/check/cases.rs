//! Cases speak of things that exist.

use super::Checker;
use crate::facts::fact_kinds;
use crate::nearest::suggestion;
use crate::{Case, Place, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let kinds = fact_kinds(&checker.reading.pack);
    let reading = checker.reading;
    for case in &reading.cases {
        let mut words: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for given in &case.given {
            words.push(("事实种类", &given.kind, kinds.keys().map(String::as_str).collect()));
        }
        let keys = |table: &str| checker.keys(table).into_iter().collect();
        words.extend(case.kind.as_deref().map(|kind| ("党组织类别", kind, keys("organisation_kind"))));
        words.extend(case.field.as_deref().map(|field| ("领域", field, keys("field"))));
        words.extend(case.expect.indicator.as_deref().map(|indicator| ("指标", indicator, keys("indicator"))));
        words.extend(case.expect.scheme.as_deref().map(|scheme| ("方案", scheme, keys("scheme"))));
        for (what, word, known) in words {
            if !known.contains(&word) && !reading.is_incomplete {
                report(checker, case, format!("没有{what}“{word}”{}", suggestion(word, known)));
            }
        }
        if case.expect.indicator.is_none() && case.expect.scheme.is_none() {
            report(checker, case, "expect 里请写明指标（indicator）或方案（scheme）".to_owned());
        }
    }
}

fn report(checker: &mut Checker<'_>, case: &Case, message: String) {
    let place = case.place.clone().unwrap_or_else(|| Place { file: case.layer.clone(), line: 1, column: 1 });
    checker.problems.push(Problem::error(&place, format!("例子“{}”：{message}", case.name)));
}
