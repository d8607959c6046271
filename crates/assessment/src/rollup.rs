//! Indicators over many organisations: a township, a county, a line body's field.

use jiff::civil::Date;
use policy::{Key, Period, Ratio};

use crate::compile::{Compiled, ItemPlan};
use crate::evaluate::{Pass, Scratch};
use crate::exact::{divide, whole};
use crate::facts::Facts;
use crate::formula::Memo;
use crate::measure::{Figures, Routes, months_within};
use crate::result::Outcome;
use crate::subject::{Marks, Subject};

/// An indicator over a set of organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledUp {
    pub key: Key,
    pub name: String,
    /// Periods of organisations that were met; of a ratio: its numerator over all of them.
    pub numerator: i64,
    pub denominator: i64,
    /// Numerator ÷ denominator; `None`: nothing applies or nothing is evidenced.
    pub value: Option<Ratio>,
    /// Organisations that count in it.
    pub n_organisations: usize,
    /// Organisations to which it applies and that nothing evidences; not in the figure.
    pub n_not_evidenced: usize,
}

/// Rolls every item of `compiled` up over `subjects`. Ratios and distinct counts are taken over the facts of all together,
/// never as a mean of means.
#[must_use]
pub fn roll_up(compiled: &Compiled, subjects: &[&Subject], facts: &Facts, marks: &Marks, period: Period, closed_until: Date) -> Vec<RolledUp> {
    let closed_until = closed_until.min(period.until());
    let pass = Pass::new(compiled, facts, marks, period, closed_until);
    let mut scratch = Scratch::default();
    let mut sums: Vec<Sum<'_>> = (0..compiled.definitions.len()).map(|_| Sum::default()).collect();
    for &subject in subjects {
        for item in pass.items(subject, &mut scratch) {
            let sum = &mut sums[usize::from(item.item)];
            match item.outcome {
                Outcome::NotApplicable(_) | Outcome::NotYetDue => {}
                Outcome::NotEvidenced(_) => sum.n_not_evidenced += 1,
                _ if item.denominator == 0 => {}
                _ => {
                    sum.numerator += item.numerator;
                    sum.denominator += item.denominator;
                    sum.counted.push(subject);
                }
            }
        }
    }
    let routes = Routes::new(&compiled.measures, facts, period);
    let definitions = compiled.definitions.iter().zip(&compiled.plans).zip(sums);
    let over_all = |((definition, plan), sum): ((&crate::ItemDefinition, &ItemPlan), Sum<'_>)| {
        let pair = if plan.of.is_some() { ratio_of_all(compiled, plan, &sum, &routes, facts, period, closed_until) } else { None };
        let (numerator, denominator) = pair.unwrap_or((sum.numerator, sum.denominator));
        RolledUp {
            key: definition.key.clone(),
            name: definition.name.clone(),
            numerator,
            denominator,
            value: divide(whole(numerator), whole(denominator)),
            n_organisations: sum.counted.len(),
            n_not_evidenced: sum.n_not_evidenced,
        }
    };
    definitions.map(over_all).collect()
}

#[derive(Default)]
struct Sum<'a> {
    numerator: i64,
    denominator: i64,
    counted: Vec<&'a Subject>,
    n_not_evidenced: usize,
}

/// Value and denominator of a ratio over the facts of all organisations that count, when both are whole.
fn ratio_of_all(
    compiled: &Compiled,
    plan: &ItemPlan,
    sum: &Sum<'_>,
    routes: &Routes,
    facts: &Facts,
    period: Period,
    closed_until: Date,
) -> Option<(i64, i64)> {
    let subject = sum.counted.first()?;
    let mut figures = Figures::default();
    figures.count_all(&compiled.measures, routes, sum.counted.iter().map(|s| facts.of(s.id)));
    let mut memo = Memo::default();
    let (mut above, mut below) = (whole(0), whole(0));
    for part in period.parts(plan.per).into_iter().filter(|part| part.until() <= closed_until) {
        let months = months_within(part, period);
        let over = |measure: usize| figures.over(&compiled.measures, measure, &months);
        above += plan.value.as_ref()?.value(&over, subject, &mut memo)?;
        below += plan.of.as_ref()?.value(&over, subject, &mut memo)?;
    }
    let is_whole = above.is_integer() && below.is_integer();
    let pair = (i64::try_from(above.to_integer()).ok()?, i64::try_from(below.to_integer()).ok()?);
    is_whole.then_some(pair)
}
