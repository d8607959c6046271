//! The periods of an item judged and added up: with whole numbers where these are enough, with fractions elsewhere.

use std::borrow::Cow;

use num_traits::{One, Zero};
use policy::{Comparator, Ratio, ScoreRule};

use crate::compile::ItemPlan;
use crate::exact::{add, whole};
use crate::formula::Memo;
use crate::part::{ItemContext, NO_FIGURES, NOT_IN_FORCE, Numbers, Part, Reading, credit, judge_part, lacking, lasts, outside_life};

/// Which parts of the evaluated period, a bit for each: a year has twelve months, and nothing shorter is judged.
pub(crate) type Parts = u16;

/// Parts added up.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally<'a> {
    pub(crate) n_met: u8,
    /// Periods that earn all of their share; the others' credit is in `credit`.
    pub(crate) n_full: u8,
    pub(crate) n_reached: u8,
    pub(crate) credit: Sum,
    pub(crate) above: Sum,
    pub(crate) below: Sum,
    pub(crate) missing: Parts,
    pub(crate) late: Parts,
    pub(crate) unknown: Parts,
    pub(crate) coming: Parts,
    pub(crate) outside: Parts,
    pub(crate) why_outside: Option<Cow<'a, str>>,
    pub(crate) lacking: Option<&'static str>,
}

/// A sum that remembers an overflow.
#[derive(Debug, PartialEq)]
pub(crate) struct Sum(pub(crate) Option<Ratio>);

impl Default for Sum {
    fn default() -> Self {
        Self(Some(Ratio::zero()))
    }
}

impl Sum {
    fn add(&mut self, value: Ratio) {
        if value.is_zero() {
            return;
        }
        self.0 = self.0.and_then(|sum| add(sum, value));
    }
}

/// What every period of an item comes to, together.
pub(crate) fn tally<'a>(plan: &'a ItemPlan, context: &ItemContext, reading: &'a Reading<'_>, memo: &mut Memo) -> Tally<'a> {
    tally_of_whole(plan, context, reading, memo).unwrap_or_else(|| tally_of_fractions(plan, context, reading, memo))
}

/// Any item, with fractions.
fn tally_of_fractions<'a>(plan: &'a ItemPlan, context: &ItemContext, reading: &'a Reading<'_>, memo: &mut Memo) -> Tally<'a> {
    let mut tally = Tally::default();
    let is_covered = context.is_covered(&reading.facts);
    for (i, part) in context.parts.iter().enumerate() {
        let bit: Parts = 1 << i;
        match judge_part(plan, context, part, reading, memo, is_covered) {
            Part::Outside(reason) => tally.leave_outside(bit, reason),
            Part::Coming { is_reached } => {
                tally.n_reached += u8::from(is_reached);
                tally.coming |= bit;
            }
            Part::Unknown(what) => tally.leave_unknown(bit, what),
            Part::Met(numbers) => {
                tally.n_met += 1;
                tally.add(numbers);
            }
            Part::Late(numbers) => {
                tally.late |= bit;
                tally.add(numbers);
            }
            Part::NotMet(numbers) => {
                tally.missing |= bit;
                tally.add(numbers);
            }
        }
    }
    tally
}

/// A target, its figures in 64 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeTarget {
    comparator: Comparator,
    above: i64,
    below: i64,
}

impl WholeTarget {
    pub(crate) fn of(target: policy::Target) -> Option<Self> {
        let (above, below) = (i64::try_from(*target.value.numer()).ok()?, i64::try_from(*target.value.denom()).ok()?);
        Some(Self { comparator: target.comparator, above, below })
    }

    /// Whether `above ÷ below` reaches it; `below` is positive.
    fn is_met_by(self, above: i64, below: i64) -> bool {
        let order = if (below, self.below) == (1, 1) {
            above.cmp(&self.above)
        } else {
            (i128::from(above) * i128::from(self.below)).cmp(&(i128::from(self.above) * i128::from(below)))
        };
        match self.comparator {
            Comparator::AtLeast => order.is_ge(),
            Comparator::MoreThan => order.is_gt(),
            Comparator::AtMost => order.is_le(),
            Comparator::LessThan => order.is_lt(),
            Comparator::Equal => order.is_eq(),
        }
    }
}

/// Whether an item may be judged with whole numbers: what it counts, and how its points follow.
pub(crate) fn is_whole(plan: &ItemPlan, context: &ItemContext) -> bool {
    let counts_whole = plan.value.as_ref().is_some_and(|value| value.is_whole()) && plan.of.as_ref().is_none_or(|of| of.is_whole());
    let follows = match plan.rule {
        ScoreRule::ShareOfPeriodsMet | ScoreRule::Met | ScoreRule::RankInCohort | ScoreRule::ProportionalToTarget | ScoreRule::Bands => true,
        ScoreRule::Deduct => plan.of.is_none(),
        ScoreRule::Judged | ScoreRule::ChangeAgainstBase => false,
    };
    // A target that is a fraction would be added up as one.
    let fits = |target: &WholeTarget| target.below == 1 || plan.of.is_some() || plan.rule == ScoreRule::ShareOfPeriodsMet;
    let targets_fit = context.parts.iter().all(|part| part.target.is_none() || part.whole_target.as_ref().is_some_and(fits));
    counts_whole && follows && plan.change.is_none() && targets_fit
}

/// The same as [`tally_of_fractions`], for figures in 64 bits of somebody who made nothing up and is excused from nothing;
/// `None`: not so here.
fn tally_of_whole<'a>(plan: &'a ItemPlan, context: &ItemContext, reading: &'a Reading<'_>, memo: &mut Memo) -> Option<Tally<'a>> {
    let Reading { subject, measures, figures, life, .. } = reading;
    if !context.is_whole || figures.has_made_up() || (plan.duty.is_some() && reading.marks.has_excuses()) {
        return None;
    }
    let value = plan.value.as_ref()?;
    let is_share = plan.rule == ScoreRule::ShareOfPeriodsMet;
    let is_within = context.is_within(*life);
    let is_covered = context.is_covered(&reading.facts);
    let may_last = lasts(plan.rule);
    let mut tally = Tally::default();
    let (mut sum_above, mut sum_below) = (0_i64, 0_i64);
    for (i, part) in context.parts.iter().enumerate() {
        let bit: Parts = 1 << i;
        if !is_within && let Some(reason) = outside_life(*life, part.days) {
            tally.leave_outside(bit, Cow::Borrowed(reason));
            continue;
        }
        let Some(target) = part.whole_target else {
            tally.leave_outside(bit, Cow::Borrowed(NOT_IN_FORCE));
            continue;
        };
        let over = |measure: usize| figures.over(measures, measure, &part.months);
        if let Some(condition) = &plan.applies_when
            && condition.holds(&over, subject, memo) == Some(false)
        {
            tally.leave_outside(bit, Cow::Borrowed(&plan.otherwise));
            continue;
        }
        let above = value.whole(&over)?;
        let below = match &plan.of {
            None => 1,
            Some(of) => of.whole(&over).filter(|below| *below >= 0)?,
        };
        let is_reached = below != 0 && target.is_met_by(above, below);
        let is_lasting = is_reached && may_last;
        if !part.is_closed {
            tally.n_reached += u8::from(is_lasting);
            tally.coming |= bit;
            continue;
        }
        if let Some(lacking) = lacking(plan, context, part, reading, memo, is_covered || is_lasting) {
            tally.leave_unknown(bit, lacking);
            continue;
        }
        if below == 0 {
            tally.leave_unknown(bit, NO_FIGURES);
            continue;
        }
        if is_reached {
            tally.n_met += 1;
        } else {
            tally.missing |= bit;
        }
        tally.add_credit(match plan.rule {
            ScoreRule::Bands => credit(plan, fraction(above, below), part.target?, is_reached)?,
            ScoreRule::ProportionalToTarget if !is_reached => credit(plan, fraction(above, below), part.target?, false)?,
            _ => whole(i64::from(is_reached)),
        });
        if !is_share {
            sum_above = sum_above.checked_add(above)?;
            sum_below = sum_below.checked_add(if plan.of.is_some() { below } else { target.above })?;
        }
    }
    (tally.above, tally.below) = (Sum(Some(whole(sum_above))), Sum(Some(whole(sum_below))));
    Some(tally)
}

fn fraction(above: i64, below: i64) -> Ratio {
    if below == 1 { whole(above) } else { Ratio::new(i128::from(above), i128::from(below)) }
}

impl Tally<'_> {
    fn add(&mut self, numbers: Numbers) {
        let Numbers { credit, above, below } = numbers;
        self.add_credit(credit);
        self.above.add(above);
        self.below.add(below);
    }

    fn add_credit(&mut self, credit: Ratio) {
        if credit.is_one() {
            self.n_full += 1;
        } else {
            self.credit.add(credit);
        }
    }

    fn leave_unknown(&mut self, part: Parts, lacking: &'static str) {
        self.lacking.get_or_insert(lacking);
        self.unknown |= part;
    }

    /// Why nothing applies, or what is lacking.
    pub(crate) fn reason(&self) -> Option<&str> {
        if self.unknown != 0 {
            return self.lacking;
        }
        let applies = self.n_met > 0 || (self.late | self.missing | self.coming) != 0;
        if applies { None } else { self.why_outside.as_deref() }
    }
}

impl<'a> Tally<'a> {
    fn leave_outside(&mut self, part: Parts, reason: Cow<'a, str>) {
        self.why_outside.get_or_insert(reason);
        self.outside |= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use jiff::civil::date;
    use policy::{Pack, Period};

    use crate::compile::Compiled;
    use crate::facts::{Facts, FactsBuilder};
    use crate::measure::{Figures, Routes};
    use crate::subject::{Marks, Subject};
    use crate::synthetic::synthetic_mixed_rows;

    const PACK: &str = include_str!("../tests/tally.toml");

    /// Organisations of every fate, and each item of the pack judged both ways.
    #[test]
    fn whole_numbers_come_to_what_fractions_come_to() {
        let pack: Pack = toml_edit::de::from_str(PACK).expect("a pack");
        let year = Period::year(2025);
        let compiled = Compiled::new(&pack, "both_ways", year.from()).expect("the scheme is sound");
        let mut facts = FactsBuilder::new();
        let subjects: Vec<Subject> = (1..=150).map(subject).collect();
        for subject in &subjects {
            let (events, spans) = synthetic_mixed_rows(&compiled, subject.id, year);
            // Two thirds made nothing up.
            let made_up = subject.id % 3 == 0;
            events.iter().filter(|event| made_up || event.makes_up.is_none()).for_each(|event| facts.event(subject.id, event));
            spans.iter().for_each(|span| facts.span(subject.id, span));
        }
        let facts = facts.build();
        let mut marks = Marks::new();
        (1..=150).step_by(9).for_each(|org| marks.excuse(org, "meeting", "2025-05".parse().expect("a period"), "停电"));
        let mut n_whole = vec![0; compiled.plans.len()];
        for closed_until in [year.until(), date(2025, 8, 1)] {
            for subject in &subjects {
                compare(&compiled, subject, &facts, &marks, closed_until, &mut n_whole);
            }
        }
        for (plan, n) in compiled.plans.iter().zip(n_whole) {
            let is_never = matches!(plan.rule, ScoreRule::ChangeAgainstBase) || plan.indicator == "halves";
            assert_eq!(n == 0, is_never, "{} judged with whole numbers {n} times", plan.indicator);
        }
    }

    fn compare(compiled: &Compiled, subject: &Subject, facts: &Facts, marks: &Marks, closed_until: jiff::civil::Date, n_whole: &mut [usize]) {
        let year = Period::year(2025);
        let routes = Routes::new(&compiled.measures, facts, year);
        let mut figures = Figures::default();
        figures.read(&compiled.measures, &routes, &facts.of(subject.id));
        let reading = Reading {
            subject,
            facts: facts.of(subject.id),
            marks: marks.of(subject.id),
            measures: &compiled.measures,
            figures: &figures,
            earlier: &[],
            period: year,
            life: subject.life(),
        };
        for (number, plan) in compiled.plans.iter().enumerate() {
            let context = ItemContext::new(number, plan, facts, year, closed_until);
            let exact = tally_of_fractions(plan, &context, &reading, &mut Memo::default());
            if let Some(quick) = tally_of_whole(plan, &context, &reading, &mut Memo::default()) {
                assert_eq!(quick, exact, "{} of {}", plan.indicator, subject.code);
                n_whole[number] += 1;
            }
        }
    }

    fn subject(id: i64) -> Subject {
        Subject {
            id,
            code: format!("P{id}"),
            name: format!("第{id}党支部"),
            kind: "branch".to_owned(),
            field: if id % 2 == 0 { "rural" } else { "school" }.to_owned(),
            level: "branch".to_owned(),
            from: if id % 5 == 0 { date(2025, 3, 15) } else { date(2010, 7, 1) },
            until: (id % 11 == 0).then(|| date(2025, 10, 10)),
            go_live: (id % 4 == 0).then(|| date(2025, 4, 1)),
            superiors: Vec::new(),
        }
    }
}
