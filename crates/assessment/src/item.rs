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

/// Judges an item.
pub(crate) fn item_result(plan: &ItemPlan, context: &ItemContext, reading: &Reading<'_>, memo: &mut Memo) -> ItemResult {
    let blank = blank(context.number);
    if let Some(text) = &plan.pending {
        return ItemResult { outcome: Outcome::NotApplicable(format!("待核原文：{text}")), ..blank };
    }
    let result = if plan.value.is_none() {
        judged_only(plan, blank, reading)
    } else {
        let evidence = reading.figures.evidence(&plan.traced);
        let tally = tally(plan, context, reading, memo);
        match settle(plan, &tally, blank) {
            None => not_evidenced(plan, self::blank(context.number), plan.weight, TOO_LARGE.to_owned()),
            Some(result) => ItemResult {
                missing: tally.missing,
                late: tally.late,
                unknown: tally.unknown,
                coming: tally.coming,
                outside: tally.outside,
                evidence,
                ..result
            },
        }
    };
    let result = match result.outcome {
        Outcome::NotEvidenced(_) => decided_by_people(plan, result, reading),
        _ => result,
    };
    // What adds beyond the hundred is owed by nobody.
    if plan.is_bonus { ItemResult { due: Ratio::zero(), ..result } } else { result }
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

/// Points and outcome from the parts; `None` on overflow.
fn settle(plan: &ItemPlan, tally: &Tally<'_>, blank: ItemResult) -> Option<ItemResult> {
    let (n_late, n_not_met) = (tally.late.len() as i64, tally.missing.len() as i64);
    let n_judged = tally.n_met + n_late + n_not_met;
    let n_unknown = tally.unknown.len() as i64;
    let n_closed = n_judged + n_unknown;
    let n_parts = n_closed + tally.coming.len() as i64;
    if n_parts == 0 {
        let reason = tally.why_outside.as_deref().unwrap_or("本期不满一个考核周期").to_owned();
        return Some(ItemResult { outcome: Outcome::NotApplicable(reason), ..blank });
    }
    if n_closed == 0 {
        let outcome = if tally.n_reached == tally.coming.len() { Outcome::Met } else { Outcome::NotYetDue };
        return Some(ItemResult { outcome, ..blank });
    }
    let applicable = share_of(plan.weight, n_closed, n_parts)?;
    if n_judged == 0 || (plan.rule == ScoreRule::RankInCohort && n_unknown > 0) {
        let lacking = tally.lacking.unwrap_or_default().to_owned();
        return Some(not_evidenced(plan, blank, applicable, lacking));
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
    let outcome = match (is_met, n_unknown) {
        (false, _) => Outcome::NotMet,
        (true, 0) => Outcome::Met,
        (true, _) => Outcome::NotEvidenced(tally.lacking.unwrap_or_default().to_owned()),
    };
    Some(ItemResult {
        value: Some(value),
        numerator,
        denominator,
        outcome,
        points: (!is_placed_later).then_some(earned),
        points_to: (!is_placed_later).then_some(points_to),
        due,
        applicable,
        evidenced,
        ..blank
    })
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
fn not_evidenced(plan: &ItemPlan, blank: ItemResult, applicable: Ratio, what: String) -> ItemResult {
    let (points, points_to, due) = match plan.when_not_evidenced {
        WhenNotEvidenced::Open => (Some(Ratio::zero()), Some(applicable), applicable),
        WhenNotEvidenced::LeaveOut => (None, None, Ratio::zero()),
        WhenNotEvidenced::Zero => (Some(Ratio::zero()), Some(Ratio::zero()), applicable),
    };
    ItemResult { outcome: Outcome::NotEvidenced(what), points, points_to, due, applicable, ..blank }
}

/// An item without arithmetic: judged once, for the last of its periods in the evaluation.
fn judged_only(plan: &ItemPlan, blank: ItemResult, reading: &Reading<'_>) -> ItemResult {
    if in_force(&plan.targets, reading.period.from()).is_none() && !plan.targets.is_empty() {
        return ItemResult { outcome: Outcome::NotApplicable("规定尚未施行".to_owned()), ..blank };
    }
    let none = |_: usize| 0;
    let applies = plan.applies_when.as_ref().and_then(|f| f.holds(&none, reading.subject, &mut Memo::default()));
    if applies == Some(false) {
        return ItemResult { outcome: Outcome::NotApplicable(plan.otherwise.clone()), ..blank };
    }
    let why = reading.marks.why_open(&plan.indicator).unwrap_or("尚未评判");
    not_evidenced(plan, blank, plan.weight, why.to_owned())
}

/// What people judged or waived takes the place of missing evidence.
fn decided_by_people(plan: &ItemPlan, result: ItemResult, reading: &Reading<'_>) -> ItemResult {
    if let Some(judged) = reading.marks.judged(&plan.indicator) {
        let full = result.applicable;
        let points = judged.max(Ratio::zero()).min(full);
        let target = in_force(&plan.targets, reading.period.from());
        let is_met = target.map_or(points == plan.weight, |t| is_judged_met(*t, points, plan.weight));
        let share = divide(points, plan.weight).and_then(as_pair).unwrap_or_default();
        let (numerator, denominator) = match (as_pair(points), as_pair(plan.weight)) {
            (Some((n, 1)), Some((d, 1))) => (n, d),
            _ => share,
        };
        let outcome = if is_met { Outcome::Met } else { Outcome::NotMet };
        return ItemResult {
            value: Some(points),
            numerator,
            denominator,
            outcome,
            points: Some(points),
            points_to: Some(points),
            due: full,
            applicable: full,
            evidenced: full,
            judged: true,
            ..result
        };
    }
    match reading.marks.waived(&plan.indicator) {
        None => result,
        Some(reason) => {
            let outcome = Outcome::NotApplicable(format!("经批准不作评定：{reason}"));
            ItemResult { outcome, points: None, points_to: None, due: Ratio::zero(), applicable: Ratio::zero(), evidenced: Ratio::zero(), ..result }
        }
    }
}

/// A target below or at 1 is read as a share of the weight (`>= 80%`), a larger one as points.
fn is_judged_met(target: Target, points: Ratio, weight: Ratio) -> bool {
    if compare(&target.value, &whole(1)).is_gt() {
        return target.is_met_by(points);
    }
    divide(points, weight).is_some_and(|share| target.is_met_by(share))
}
