//! What must be known before an evaluation: fields for which a scheme has no standard, and whether its values are invented.

use std::collections::BTreeMap;

use policy::{Key, Pack, PlanLineKind};

/// Fields that a scheme with standards per field, in its version of a year, says nothing about, with the number of organisations; in the
/// pack's order.
#[must_use]
pub fn fields_without_standard<'a>(pack: &Pack, scheme: &str, year: i16, fields: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let Some((_, scheme)) = pack.scheme_in(scheme, year).filter(|(_, scheme)| !scheme.standards.is_empty()) else { return Vec::new() };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for field in fields.filter(|field| !scheme.standards.iter().any(|standard| standard.field == *field)) {
        *counts.entry(field).or_default() += 1;
    }
    let mut found: Vec<(u8, String, usize)> = counts
        .into_iter()
        .map(|(key, n)| pack.fields.get(key).map_or((u8::MAX, key.to_owned(), n), |field| (field.order, field.name.clone(), n)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, name, n)| (name, n)).collect()
}

/// The sentence about fields without a standard; `None`: every field has one.
#[must_use]
pub fn lack_of_standards(fields: &[(String, usize)]) -> Option<String> {
    let named: Vec<String> = fields.iter().map(|(name, n)| format!("“{name}”（{n} 个党组织）")).collect();
    (!named.is_empty())
        .then(|| format!("方案没有这些领域的标准：{}。开评以后它们只按共同项目计分；要分领域评定，请先在制度包里补上。", named.join("、")))
}

/// Whether what a line of the plan calls for in a year stands on invented values: 示例方案.
#[must_use]
pub fn rests_on_example(pack: &Pack, kind: PlanLineKind, of: &Key, year: i16) -> bool {
    let is_example = |scheme: &Key| pack.scheme_in(scheme, year).is_some_and(|(_, scheme)| scheme.example);
    match kind {
        PlanLineKind::Evaluation => is_example(of),
        PlanLineKind::Ranking => pack.rankings.get(of).is_some_and(|ranking| {
            ranking.cite.is_example() || ranking.components.iter().any(|c| c.cite.is_example() || c.mean_score_of.as_ref().is_some_and(is_example))
        }),
        PlanLineKind::WeakList => pack.weak_lists.get(of).is_some_and(|list| list.cite.is_example() || is_example(&list.scheme)),
        PlanLineKind::Appraisal => pack.appraisals.get(of).is_some_and(|appraisal| appraisal.cite.is_example()),
        PlanLineKind::Contest => pack.contests.get(of).is_some_and(|contest| contest.cite.is_example()),
        PlanLineKind::Selection => pack.selections.get(of).is_some_and(|selection| selection.example),
        PlanLineKind::Inspection => pack.inspections.get(of).is_some_and(|inspection| inspection.cite.is_example()),
    }
}
