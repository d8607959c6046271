//! One item of one organisation: its periods judged one by one, then its points.

use jiff::civil::Date;
use num_traits::Zero;
use policy::{Comparator, Period, Ratio, ScoreRule, Target, WhenNotEvidenced, in_force};

use crate::compile::ItemPlan;
use crate::coverage::Coverage;
use crate::exact::{add, as_pair, compare, divide, multiply, share_of, whole};
use crate::facts::OrgFacts;
use crate::formula::{Formula, Memo};
use crate::measure::{Figures, MeasurePlan, Months, months_within};
use crate::result::{ItemResult, Outcome};
use crate::subject::{OrgMarks, Subject};

/// Said when a figure does not fit the exact arithmetic.
const TOO_LARGE: &str = "数值过大，无法精确计算，请核对原始记录";

/// Everything an item reads, for one organisation.
pub(crate) struct Reading<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) facts: OrgFacts<'a>,
    pub(crate) marks: &'a OrgMarks,
    pub(crate) measures: &'a [MeasurePlan],
    pub(crate) figures: &'a Figures,
    pub(crate) period: Period,
    /// First day that no longer counts.
    pub(crate) closed_until: Date,
}

/// An item prepared for one evaluation: its parts and their months, its coverage.
pub(crate) struct ItemContext {
    number: u16,
    parts: Vec<(Period, Months)>,
    coverage: Option<Coverage>,
}

impl ItemContext {
    pub(crate) fn new(number: usize, plan: &ItemPlan, facts: &crate::facts::Facts, period: Period) -> Self {
        let number = u16::try_from(number).expect("a scheme has fewer than 65 536 items");
        let parts = period.parts(plan.per).into_iter().map(|part| (part, months_within(part, period))).collect();
        Self { number, parts, coverage: plan.covered_by.as_deref().map(|key| Coverage::of(key, facts)) }
    }
}

/// What one period of an item came to.
enum Part {
    /// Outside the life of the organisation or of the rule, excused, or not meant for it.
    Outside(String),
    /// Not over yet; with whether its target is reached already.
    Coming { is_reached: bool },
    Unknown(String),
    /// `credit`: share of the weight that it earns, 0 to 1.
    Judged { credit: Ratio, is_met: bool, is_late: bool, above: Ratio, below: Ratio },
}

/// Parts added up.
#[derive(Default)]
struct Tally {
    n_met: i64,
    n_late: i64,
    n_not_met: i64,
    n_reached: usize,
    credit: Sum,
    above: Sum,
    below: Sum,
    missing: Vec<Period>,
    late: Vec<Period>,
    unknown: Vec<Period>,
    coming: Vec<Period>,
    outside: Option<String>,
    lacking: Option<String>,
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
        settle(plan, &tally, blank.clone()).map_or_else(
            || not_evidenced(plan, blank, plan.weight, TOO_LARGE.to_owned()),
            |result| ItemResult { missing: tally.missing, late: tally.late, unknown: tally.unknown, coming: tally.coming, evidence, ..result },
        )
    };
    match result.outcome {
        Outcome::NotEvidenced(_) => decided_by_people(plan, result, reading),
        _ => result,
    }
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
        missing: Vec::new(),
        late: Vec::new(),
        unknown: Vec::new(),
        coming: Vec::new(),
        evidence: Vec::new(),
    }
}

fn tally(plan: &ItemPlan, context: &ItemContext, reading: &Reading<'_>, memo: &mut Memo) -> Tally {
    let mut tally = Tally::default();
    // Nearly always the whole period is covered or nothing is: one look for all parts.
    let is_covered = context.coverage.as_ref().is_none_or(|c| c.is_complete(&reading.facts, reading.period));
    for (part, months) in &context.parts {
        match judge_part(plan, context, reading, memo, *part, months, is_covered) {
            Part::Outside(reason) => {
                tally.outside.get_or_insert(reason);
            }
            Part::Coming { is_reached } => {
                tally.n_reached += usize::from(is_reached);
                tally.coming.push(*part);
            }
            Part::Unknown(what) => {
                tally.lacking.get_or_insert(what);
                tally.unknown.push(*part);
            }
            Part::Judged { credit, is_met, is_late, above, below } => {
                tally.credit.add(credit);
                tally.above.add(above);
                tally.below.add(below);
                match (is_met, is_late) {
                    (true, _) => tally.n_met += 1,
                    (false, true) => {
                        tally.n_late += 1;
                        tally.late.push(*part);
                    }
                    (false, false) => {
                        tally.n_not_met += 1;
                        tally.missing.push(*part);
                    }
                }
            }
        }
    }
    tally
}

fn judge_part(plan: &ItemPlan, context: &ItemContext, reading: &Reading<'_>, memo: &mut Memo, part: Period, months: &Months, is_covered: bool) -> Part {
    let Reading { subject, measures, figures, .. } = reading;
    let over = |measure: usize| figures.over(measures, measure, months);
    if let Some(reason) = subject.is_outside(part) {
        return Part::Outside(reason.to_owned());
    }
    let Some(target) = in_force(&plan.targets, part.from()).copied() else {
        return Part::Outside("规定尚未施行".to_owned());
    };
    if let Some(condition) = &plan.applies_when
        && condition.holds(&over, subject, memo) == Some(false)
    {
        return Part::Outside(plan.otherwise.clone());
    }
    let above = plan.value.as_ref().and_then(|f| f.value(&over, subject, memo));
    let below = plan.of.as_ref().map(|f| f.value(&over, subject, memo));
    let value = match below {
        None => above,
        Some(below) => above.zip(below).and_then(|(above, below)| divide(above, below)),
    };
    let is_reached = value.is_some_and(|v| target.is_met_by(v));
    if part.until() > reading.closed_until {
        return Part::Coming { is_reached };
    }
    if let Some(reason) = plan.duty.as_deref().and_then(|duty| reading.marks.excuse_of(duty, part))
        && !is_reached
    {
        return Part::Outside(format!("经批准免予开展：{reason}"));
    }
    if let Some(lacking) = lacking(plan, context, reading, memo, part, &over, is_covered || is_reached) {
        return Part::Unknown(lacking);
    }
    let (Some(value), Some(above)) = (value, above) else {
        return Part::Unknown("没有可供计算的记录".to_owned());
    };
    let is_late = !is_reached && figures.has_made_up() && is_reached_late(plan, reading, memo, months, target);
    let credit = if is_late { Some(plan.late_counts) } else { credit(plan, value, target) };
    let Some(credit) = credit else {
        return Part::Unknown(TOO_LARGE.to_owned());
    };
    Part::Judged { credit, is_met: is_reached, is_late, above, below: below.flatten().unwrap_or(target.value) }
}

/// What is lacking for a closed period to be judged; `None`: nothing.
fn lacking(plan: &ItemPlan, context: &ItemContext, reading: &Reading<'_>, memo: &mut Memo, part: Period, over: &impl Fn(usize) -> i64, is_covered: bool) -> Option<String> {
    let is_live = plan.live_is_coverage && reading.subject.is_live_for(part);
    let is_covered = is_covered || is_live || context.coverage.as_ref().is_none_or(|c| c.is_complete(&reading.facts, part));
    if !is_covered {
        return Some("未导入该期间的完整记录".to_owned());
    }
    let holds = |f: &Formula, memo: &mut Memo| f.holds(over, reading.subject, memo) == Some(true);
    match &plan.evidenced_when {
        Some(condition) if !holds(condition, memo) => Some("没有该期间的数据".to_owned()),
        _ => None,
    }
}

fn is_reached_late(plan: &ItemPlan, reading: &Reading<'_>, memo: &mut Memo, months: &Months, target: Target) -> bool {
    let over = |measure: usize| reading.figures.over_with_made_up(reading.measures, measure, months);
    let Some(above) = plan.value.as_ref().and_then(|f| f.value(&over, reading.subject, memo)) else {
        return false;
    };
    plan.of.is_none() && target.is_met_by(above)
}

/// The share of the weight that a value earns.
fn credit(plan: &ItemPlan, value: Ratio, target: Target) -> Option<Ratio> {
    let full_or_nothing = || Some(if target.is_met_by(value) { whole(1) } else { whole(0) });
    match plan.rule {
        ScoreRule::ShareOfPeriodsMet | ScoreRule::Met | ScoreRule::Judged => full_or_nothing(),
        ScoreRule::ProportionalToTarget => {
            let is_floor = matches!(target.comparator, Comparator::AtLeast | Comparator::MoreThan | Comparator::Equal);
            if target.is_met_by(value) || !is_floor || value <= Ratio::zero() || target.value <= Ratio::zero() {
                return full_or_nothing();
            }
            Some(divide(value, target.value)?.min(whole(1)))
        }
        ScoreRule::Bands => {
            let points = plan.bands.iter().find(|b| value >= b.at_least).map_or(whole(0), |b| b.points);
            if plan.weight.is_zero() { Some(whole(0)) } else { divide(points, plan.weight) }
        }
    }
}

/// Points and outcome from the parts; `None` on overflow.
fn settle(plan: &ItemPlan, tally: &Tally, blank: ItemResult) -> Option<ItemResult> {
    let n_judged = tally.n_met + tally.n_late + tally.n_not_met;
    let n_unknown = tally.unknown.len() as i64;
    let n_closed = n_judged + n_unknown;
    let n_parts = n_closed + tally.coming.len() as i64;
    if n_parts == 0 {
        let reason = tally.outside.clone().unwrap_or_else(|| "本期不满一个考核周期".to_owned());
        return Some(ItemResult { outcome: Outcome::NotApplicable(reason), ..blank });
    }
    if n_closed == 0 {
        let outcome = if tally.n_reached == tally.coming.len() { Outcome::Met } else { Outcome::NotYetDue };
        return Some(ItemResult { outcome, ..blank });
    }
    let applicable = share_of(plan.weight, n_closed, n_parts)?;
    if n_judged == 0 {
        let lacking = tally.lacking.clone().unwrap_or_default();
        return Some(not_evidenced(plan, blank, applicable, lacking));
    }
    let credit = tally.credit.0?;
    let is_share = plan.rule == ScoreRule::ShareOfPeriodsMet;
    let evidenced = share_of(plan.weight, n_judged, n_parts)?;
    let earned = if credit == whole(n_parts) { plan.weight } else { divide(multiply(plan.weight, credit)?, whole(n_parts))? };
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
    let is_met = tally.n_not_met == 0 && (tally.n_late == 0 || plan.late_counts == whole(1));
    let outcome = match (is_met, n_unknown) {
        (false, _) => Outcome::NotMet,
        (true, 0) => Outcome::Met,
        (true, _) => Outcome::NotEvidenced(tally.lacking.clone().unwrap_or_default()),
    };
    Some(ItemResult {
        value: Some(value),
        numerator,
        denominator,
        outcome,
        points: Some(earned),
        points_to: Some(points_to),
        due,
        applicable,
        evidenced,
        ..blank
    })
}

/// Value, numerator and denominator of an item that is not a share of periods.
fn figures_of(plan: &ItemPlan, tally: &Tally) -> Option<(Ratio, (i64, i64))> {
    let (above, below) = (tally.above.0?, tally.below.0?);
    let value = if plan.of.is_some() { divide(above, below)? } else { above };
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
    not_evidenced(plan, blank, plan.weight, "尚未评判".to_owned())
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

impl Subject {
    /// Why a period does not lie wholly within the life of the organisation.
    pub(crate) fn is_outside(&self, period: Period) -> Option<&'static str> {
        if self.from > period.from() {
            return Some("期初尚未成立");
        }
        if self.until.is_some_and(|until| until < period.until()) {
            return Some("期内已撤销");
        }
        None
    }
}
