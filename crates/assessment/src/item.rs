//! One item of one organisation: its periods judged one by one, then its points.

use std::borrow::Cow;

use num_traits::Zero;
use policy::{Period, Ratio, ScoreRule, Target, WhenNotEvidenced, in_force};

use crate::compile::ItemPlan;
use crate::exact::{add, as_pair, compare, divide, multiply, share_of, whole};
use crate::formula::Memo;
use crate::part::{ItemContext, Numbers, Part, Reading, TOO_LARGE, change_of, judge_part};
use crate::result::{ItemResult, Outcome};

/// Parts added up.
#[derive(Default)]
struct Tally<'a> {
    n_met: i64,
    /// Periods that earn all of their share; the others' credit is in `credit`.
    n_full: i64,
    n_reached: usize,
    credit: Sum,
    above: Sum,
    below: Sum,
    missing: Vec<Period>,
    late: Vec<Period>,
    unknown: Vec<Period>,
    coming: Vec<Period>,
    outside: Vec<Period>,
    why_outside: Option<Cow<'a, str>>,
    lacking: Option<&'static str>,
}

/// A sum that remembers an overflow.
struct Sum(Option<Ratio>);

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

/// Judges an item. The result is large, so it is written in place.
pub(crate) fn item_result(plan: &ItemPlan, context: &ItemContext, reading: &Reading<'_>, memo: &mut Memo) -> ItemResult {
    let mut result = blank(context.number);
    if let Some(text) = &plan.pending {
        result.outcome = Outcome::NotApplicable(format!("待核原文：{text}"));
        return result;
    }
    if plan.value.is_none() {
        judged_only(plan, &mut result, reading);
    } else {
        let tally = tally(plan, context, reading, memo);
        if settle(plan, &tally, &mut result).is_some() {
            result.missing = tally.missing;
            result.late = tally.late;
            result.unknown = tally.unknown;
            result.coming = tally.coming;
            result.outside = tally.outside;
            result.evidence = reading.figures.evidence(&plan.traced);
        } else {
            result = blank(context.number);
            not_evidenced(plan, &mut result, plan.weight, TOO_LARGE.to_owned());
        }
    }
    if matches!(result.outcome, Outcome::NotEvidenced(_)) {
        decided_by_people(plan, &mut result, reading);
    }
    if plan.is_bonus {
        // What adds beyond the hundred is owed by nobody.
        result.due = Ratio::zero();
    }
    result
}

fn blank(item: u16) -> ItemResult {
    ItemResult {
        item,
        value: None,
        numerator: 0,
        denominator: 0,
        outcome: Outcome::NotYetDue,
        points: None,
        points_to: None,
        due: Ratio::zero(),
        applicable: Ratio::zero(),
        evidenced: Ratio::zero(),
        judged: false,
        place: None,
        missing: Vec::new(),
        late: Vec::new(),
        unknown: Vec::new(),
        coming: Vec::new(),
        outside: Vec::new(),
        evidence: Vec::new(),
    }
}

fn tally<'a>(plan: &'a ItemPlan, context: &ItemContext, reading: &'a Reading<'_>, memo: &mut Memo) -> Tally<'a> {
    let mut tally = Tally::default();
    let is_covered = context.is_covered(&reading.facts);
    for part in &context.parts {
        match judge_part(plan, context, part, reading, memo, is_covered) {
            Part::Outside(reason) => {
                tally.why_outside.get_or_insert(reason);
                tally.outside.push(part.period);
            }
            Part::Coming { is_reached } => {
                tally.n_reached += usize::from(is_reached);
                tally.coming.push(part.period);
            }
            Part::Unknown(what) => {
                tally.lacking.get_or_insert(what);
                tally.unknown.push(part.period);
            }
            Part::Met(numbers) => {
                tally.n_met += 1;
                tally.add(numbers);
            }
            Part::Late(numbers) => {
                tally.late.push(part.period);
                tally.add(numbers);
            }
            Part::NotMet(numbers) => {
                tally.missing.push(part.period);
                tally.add(numbers);
            }
        }
    }
    tally
}

impl Tally<'_> {
    fn add(&mut self, numbers: Numbers) {
        let Numbers { credit, above, below } = numbers;
        if credit == whole(1) {
            self.n_full += 1;
        } else {
            self.credit.add(credit);
        }
        self.above.add(above);
        self.below.add(below);
    }
}

/// Points and outcome from the parts, into a blank result; `None` on overflow.
fn settle(plan: &ItemPlan, tally: &Tally<'_>, result: &mut ItemResult) -> Option<()> {
    let (n_late, n_not_met) = (tally.late.len() as i64, tally.missing.len() as i64);
    let n_judged = tally.n_met + n_late + n_not_met;
    let n_unknown = tally.unknown.len() as i64;
    let n_closed = n_judged + n_unknown;
    let n_parts = n_closed + tally.coming.len() as i64;
    if n_parts == 0 {
        let reason = tally.why_outside.as_deref().unwrap_or("本期不满一个考核周期").to_owned();
        result.outcome = Outcome::NotApplicable(reason);
        return Some(());
    }
    if n_closed == 0 {
        result.outcome = if tally.n_reached == tally.coming.len() { Outcome::Met } else { Outcome::NotYetDue };
        return Some(());
    }
    let applicable = share_of(plan.weight, n_closed, n_parts)?;
    if n_judged == 0 || (plan.rule == ScoreRule::RankInCohort && n_unknown > 0) {
        let lacking = tally.lacking.unwrap_or_default().to_owned();
        not_evidenced(plan, result, applicable, lacking);
        return Some(());
    }
    let credit = add(tally.credit.0?, whole(tally.n_full))?;
    let is_share = plan.rule == ScoreRule::ShareOfPeriodsMet;
    let evidenced = share_of(plan.weight, n_judged, n_parts)?;
    let earned = match plan.rule {
        ScoreRule::Deduct => less_deductions(plan, tally.above.0?, evidenced, share_of(plan.floor, n_judged, n_parts)?)?,
        _ if credit == whole(n_parts) => plan.weight,
        _ => divide(multiply(plan.weight, credit)?, whole(n_parts))?,
    };
    let unknown = share_of(plan.weight, n_unknown, n_parts)?;
    let (due, points_to) = match plan.when_not_evidenced {
        WhenNotEvidenced::Open => (applicable, add(earned, unknown)?),
        WhenNotEvidenced::LeaveOut => (evidenced, earned),
        WhenNotEvidenced::Zero => (applicable, earned),
    };
    let n_counted = if plan.when_not_evidenced == WhenNotEvidenced::LeaveOut { n_judged } else { n_closed };
    let (value, (numerator, denominator)) = if is_share {
        let numerator = if credit.is_integer() { i64::try_from(credit.to_integer()).ok()? } else { tally.n_met };
        (divide(credit, whole(n_counted))?, (numerator, n_counted))
    } else {
        figures_of(plan, tally)?
    };
    // A place is only known when the cohort stands.
    let is_placed_later = plan.rule == ScoreRule::RankInCohort;
    let is_met = n_not_met == 0 && (n_late == 0 || plan.late_counts == whole(1));
    result.outcome = match (is_met, n_unknown) {
        (false, _) => Outcome::NotMet,
        (true, 0) => Outcome::Met,
        (true, _) => Outcome::NotEvidenced(tally.lacking.unwrap_or_default().to_owned()),
    };
    result.value = Some(value);
    (result.numerator, result.denominator) = (numerator, denominator);
    if !is_placed_later {
        (result.points, result.points_to) = (Some(earned), Some(points_to));
    }
    (result.due, result.applicable, result.evidenced) = (due, applicable, evidenced);
    Some(())
}

/// What is left of `evidenced` after so many faults, not below `floor`; fewer than no faults add nothing.
fn less_deductions(plan: &ItemPlan, n_faults: Ratio, evidenced: Ratio, floor: Ratio) -> Option<Ratio> {
    let left = add(evidenced, -multiply(plan.per_fault, n_faults.max(Ratio::zero()))?)?;
    Some(left.max(floor))
}

/// Value, numerator and denominator of an item that is not a share of periods.
fn figures_of(plan: &ItemPlan, tally: &Tally<'_>) -> Option<(Ratio, (i64, i64))> {
    let (above, below) = (tally.above.0?, tally.below.0?);
    let value = match plan.change {
        Some(change) => change_of(above, below, change.by)?,
        None if plan.of.is_some() && plan.rule != ScoreRule::Deduct => divide(above, below)?,
        None => above,
    };
    if above.is_integer() && below.is_integer() {
        let pair = (i64::try_from(above.to_integer()).ok()?, i64::try_from(below.to_integer()).ok()?);
        return Some((value, pair));
    }
    // A target such as 80% without a denominator of its own: both sides of the fraction made whole.
    let pair = if below.is_zero() { as_pair(above)? } else { as_pair(divide(above, below)?)? };
    Some((value, pair))
}

/// Nothing evidences it: open, left out or zero, as the scheme says.
fn not_evidenced(plan: &ItemPlan, result: &mut ItemResult, applicable: Ratio, what: String) {
    (result.points, result.points_to, result.due) = match plan.when_not_evidenced {
        WhenNotEvidenced::Open => (Some(Ratio::zero()), Some(applicable), applicable),
        WhenNotEvidenced::LeaveOut => (None, None, Ratio::zero()),
        WhenNotEvidenced::Zero => (Some(Ratio::zero()), Some(Ratio::zero()), applicable),
    };
    result.applicable = applicable;
    result.outcome = Outcome::NotEvidenced(what);
}

/// An item without arithmetic: judged once, for the last of its periods in the evaluation.
fn judged_only(plan: &ItemPlan, result: &mut ItemResult, reading: &Reading<'_>) {
    if in_force(&plan.targets, reading.period.from()).is_none() && !plan.targets.is_empty() {
        result.outcome = Outcome::NotApplicable("规定尚未施行".to_owned());
        return;
    }
    let none = |_: usize| 0;
    let applies = plan.applies_when.as_ref().and_then(|f| f.holds(&none, reading.subject, &mut Memo::default()));
    if applies == Some(false) {
        result.outcome = Outcome::NotApplicable(plan.otherwise.clone());
        return;
    }
    let why = reading.marks.why_open(&plan.indicator).unwrap_or("尚未评判");
    not_evidenced(plan, result, plan.weight, why.to_owned());
}

/// What people judged or waived takes the place of missing evidence.
fn decided_by_people(plan: &ItemPlan, result: &mut ItemResult, reading: &Reading<'_>) {
    if let Some(judged) = reading.marks.judged(&plan.indicator) {
        let full = result.applicable;
        let points = judged.max(Ratio::zero()).min(full);
        let target = in_force(&plan.targets, reading.period.from());
        let is_met = target.map_or(points == plan.weight, |t| is_judged_met(*t, points, plan.weight));
        let share = divide(points, plan.weight).and_then(as_pair).unwrap_or_default();
        (result.numerator, result.denominator) = match (as_pair(points), as_pair(plan.weight)) {
            (Some((n, 1)), Some((d, 1))) => (n, d),
            _ => share,
        };
        result.outcome = if is_met { Outcome::Met } else { Outcome::NotMet };
        (result.value, result.points, result.points_to) = (Some(points), Some(points), Some(points));
        (result.due, result.applicable, result.evidenced) = (full, full, full);
        result.judged = true;
    } else if let Some(reason) = reading.marks.waived(&plan.indicator) {
        result.outcome = Outcome::NotApplicable(format!("经批准不作评定：{reason}"));
        (result.points, result.points_to) = (None, None);
        (result.due, result.applicable, result.evidenced) = (Ratio::zero(), Ratio::zero(), Ratio::zero());
    }
}

/// A target below or at 1 is read as a share of the weight (`>= 80%`), a larger one as points.
fn is_judged_met(target: Target, points: Ratio, weight: Ratio) -> bool {
    if compare(&target.value, &whole(1)).is_gt() {
        return target.is_met_by(points);
    }
    divide(points, weight).is_some_and(|share| target.is_met_by(share))
}
