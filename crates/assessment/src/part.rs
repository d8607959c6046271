//! One period of one item: whether it counts, what evidences it, whether its target is reached.

use std::borrow::Cow;

use jiff::civil::Date;
use num_traits::Zero;
use policy::{Change, ChangeBy, Comparator, Period, Ratio, ScoreRule, Target, in_force};

use crate::compile::ItemPlan;
use crate::coverage::{Coverage, days_of};
use crate::exact::{add, compare, day_number, divide, whole};
use crate::facts::{Facts, OrgFacts};
use crate::formula::Memo;
use crate::measure::{Figures, MeasurePlan, Months, months_within};
use crate::subject::{OrgMarks, Subject};
use crate::tally::{WholeTarget, is_whole};

/// Said of a period before the rule.
pub(crate) const NOT_IN_FORCE: &str = "规定尚未施行";
/// Said when a share has nothing to be a share of, or an expression cannot be computed.
pub(crate) const NO_FIGURES: &str = "没有可供计算的记录";
/// Said when a figure does not fit the exact arithmetic.
pub(crate) const TOO_LARGE: &str = "数值过大，无法精确计算，请核对原始记录";

/// Everything an item reads, for one organisation.
pub(crate) struct Reading<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) facts: OrgFacts<'a>,
    pub(crate) marks: &'a OrgMarks,
    pub(crate) measures: &'a [MeasurePlan],
    pub(crate) figures: &'a Figures,
    pub(crate) earlier: &'a [EarlierReading<'a>],
    pub(crate) period: Period,
    /// Founded on, and the first day on which it no longer exists, by number.
    pub(crate) life: (i32, i32),
}

/// The same organisation's figures of the same months, so many years before.
pub(crate) struct EarlierReading<'a> {
    pub(crate) years_back: i16,
    pub(crate) facts: OrgFacts<'a>,
    pub(crate) figures: &'a Figures,
}

/// An item prepared for one evaluation: its parts, its coverage.
pub(crate) struct ItemContext {
    pub(crate) number: u16,
    pub(crate) parts: Vec<PartContext>,
    /// Whether it may be judged with whole numbers alone.
    pub(crate) is_whole: bool,
    whole: (i32, i32),
    coverage: Option<Coverage>,
    /// Coverage by the facts of the year that it is held against.
    earlier_coverage: Option<Coverage>,
}

/// One period of an item, the same for every organisation.
pub(crate) struct PartContext {
    pub(crate) period: Period,
    pub(crate) months: Months,
    pub(crate) days: (i32, i32),
    pub(crate) is_closed: bool,
    /// In force on its first day.
    pub(crate) target: Option<Target>,
    pub(crate) whole_target: Option<WholeTarget>,
}

impl ItemContext {
    pub(crate) fn new(number: usize, plan: &ItemPlan, facts: &Facts, period: Period, closed_until: Date) -> Self {
        let number = u16::try_from(number).expect("a scheme has fewer than 65 536 items");
        let part = |part: Period| {
            let target = in_force(&plan.targets, part.from()).copied();
            PartContext {
                period: part,
                months: months_within(part, period),
                days: days_of(part),
                is_closed: part.until() <= closed_until,
                target,
                whole_target: target.and_then(WholeTarget::of),
            }
        };
        let parts = period.parts(plan.per).into_iter().map(part).collect();
        let coverage = |facts: &Facts| plan.covered_by.as_deref().map(|key| Coverage::of(key, facts));
        let earlier = plan.change.and_then(|change| facts.earlier(change.years_back));
        let (coverage, earlier_coverage) = (coverage(facts), earlier.and_then(coverage));
        let mut context = Self { number, parts, is_whole: false, whole: days_of(period), coverage, earlier_coverage };
        context.is_whole = is_whole(plan, &context);
        context
    }
}

impl ItemContext {
    /// Whether a source covers the whole evaluation: nearly always it does or nothing is, so one look answers for all parts.
    pub(crate) fn is_covered(&self, facts: &OrgFacts<'_>) -> bool {
        self.coverage.as_ref().is_none_or(|c| c.is_complete(facts, self.whole))
    }

    /// Whether an organisation exists all through the evaluation.
    pub(crate) fn is_within(&self, life: (i32, i32)) -> bool {
        outside_life(life, self.whole).is_none()
    }
}

/// What one period of an item came to.
pub(crate) enum Part<'a> {
    /// Outside the life of the organisation or of the rule, excused, or not meant for it.
    Outside(Cow<'a, str>),
    /// Not over yet; with whether its target is reached already.
    Coming {
        is_reached: bool,
    },
    Unknown(&'static str),
    Met(Numbers),
    Late(Numbers),
    NotMet(Numbers),
}

/// What a judged period adds to the item.
#[derive(Default)]
pub(crate) struct Numbers {
    /// Share of the weight that it earns, 0 to 1.
    pub(crate) credit: Ratio,
    pub(crate) above: Ratio,
    pub(crate) below: Ratio,
}

/// Judges one period. `is_covered`: whether the whole evaluation is.
pub(crate) fn judge_part<'a>(
    plan: &'a ItemPlan,
    context: &ItemContext,
    part: &PartContext,
    reading: &'a Reading<'_>,
    memo: &mut Memo,
    is_covered: bool,
) -> Part<'a> {
    let Reading { subject, measures, figures, .. } = reading;
    let over = |measure: usize| figures.over(measures, measure, &part.months);
    if let Some(reason) = outside_life(reading.life, part.days) {
        return Part::Outside(Cow::Borrowed(reason));
    }
    let Some(target) = part.target else {
        return Part::Outside(Cow::Borrowed(NOT_IN_FORCE));
    };
    if let Some(condition) = &plan.applies_when
        && condition.holds(&over, subject, memo) == Some(false)
    {
        return Part::Outside(Cow::Borrowed(&plan.otherwise));
    }
    let above = plan.value.as_ref().and_then(|f| f.value(&over, subject, memo));
    let below = plan.of.as_ref().map(|f| f.value(&over, subject, memo));
    let value = match below {
        None => above,
        Some(below) => above.zip(below).and_then(|(above, below)| divide(above, below)),
    };
    let is_reached = value.is_some_and(|v| target.is_met_by(v));
    let is_lasting = is_reached && lasts(plan.rule);
    if !part.is_closed {
        return Part::Coming { is_reached: is_lasting };
    }
    if !is_reached && let Some(reason) = plan.duty.as_deref().and_then(|duty| reading.marks.excuse_of(duty, part.period)) {
        return Part::Outside(Cow::Owned(format!("经批准免予开展：{reason}")));
    }
    if let Some(lacking) = lacking(plan, context, part, reading, memo, is_covered || is_lasting) {
        return Part::Unknown(lacking);
    }
    let (Some(value), Some(above)) = (value, above) else {
        return Part::Unknown(NO_FIGURES);
    };
    if let Some(change) = plan.change {
        return match Base::of(plan, context, part, reading, memo, change) {
            Ok(base) => base.judge(value, change),
            Err(part) => part,
        };
    }
    let is_late = !is_reached && figures.has_made_up() && is_reached_late(plan, part, reading, memo, target);
    let credit = if is_late { Some(plan.late_counts) } else { credit(plan, value, target, is_reached) };
    let Some(credit) = credit else {
        return Part::Unknown(TOO_LARGE);
    };
    // A share of periods has its own numerator; the sums would be thrown away.
    let numbers = match plan.rule {
        ScoreRule::ShareOfPeriodsMet => Numbers { credit, ..Numbers::default() },
        // Faults are counted, whatever they are a share of.
        ScoreRule::Deduct => Numbers { credit, above: value, below: target.value },
        _ => Numbers { credit, above, below: below.flatten().unwrap_or(target.value) },
    };
    match (is_reached, is_late) {
        (true, _) => Part::Met(numbers),
        (false, true) => Part::Late(numbers),
        (false, false) => Part::NotMet(numbers),
    }
}

/// Whether what is reached stays reached: records only add. Where a count of faults, a place or a change decides, it may still be lost.
pub(crate) fn lasts(rule: ScoreRule) -> bool {
    !matches!(rule, ScoreRule::Deduct | ScoreRule::RankInCohort | ScoreRule::ChangeAgainstBase)
}

/// What is lacking for a closed period to be judged; `None`: nothing.
pub(crate) fn lacking(
    plan: &ItemPlan,
    context: &ItemContext,
    part: &PartContext,
    reading: &Reading<'_>,
    memo: &mut Memo,
    is_covered: bool,
) -> Option<&'static str> {
    let is_live = || plan.live_is_coverage && reading.subject.is_live_for(part.period);
    let is_covered = is_covered || is_live() || context.coverage.as_ref().is_none_or(|c| c.is_complete(&reading.facts, part.days));
    if !is_covered {
        return Some("未导入该期间的完整记录");
    }
    let over = |measure: usize| reading.figures.over(reading.measures, measure, &part.months);
    match &plan.evidenced_when {
        Some(condition) if condition.holds(&over, reading.subject, memo) != Some(true) => Some("没有该期间的数据"),
        _ => None,
    }
}

fn is_reached_late(plan: &ItemPlan, part: &PartContext, reading: &Reading<'_>, memo: &mut Memo, target: Target) -> bool {
    let over = |measure: usize| reading.figures.over_with_made_up(reading.measures, measure, &part.months);
    let Some(above) = plan.value.as_ref().and_then(|f| f.value(&over, reading.subject, memo)) else {
        return false;
    };
    plan.of.is_none() && target.is_met_by(above)
}

/// The share of the weight that a value earns.
pub(crate) fn credit(plan: &ItemPlan, value: Ratio, target: Target, is_reached: bool) -> Option<Ratio> {
    let full_or_nothing = || Some(whole(i64::from(is_reached)));
    match plan.rule {
        ScoreRule::ShareOfPeriodsMet | ScoreRule::Met | ScoreRule::Judged => full_or_nothing(),
        // Their points follow from all periods together, or from the others of the cohort.
        ScoreRule::Deduct | ScoreRule::RankInCohort | ScoreRule::ChangeAgainstBase => full_or_nothing(),
        ScoreRule::ProportionalToTarget => {
            let is_floor = matches!(target.comparator, Comparator::AtLeast | Comparator::MoreThan | Comparator::Equal);
            if is_reached || !is_floor || value <= Ratio::zero() || target.value <= Ratio::zero() {
                return full_or_nothing();
            }
            Some(divide(value, target.value)?.min(whole(1)))
        }
        ScoreRule::Bands => {
            let points = plan.bands.iter().find(|b| compare(&value, &b.at_least).is_ge()).map_or(whole(0), |b| b.points);
            if plan.weight.is_zero() { Some(whole(0)) } else { divide(points, plan.weight) }
        }
    }
}

/// The value that a period is held against.
struct Base {
    value: Ratio,
}

impl Base {
    /// The value of the same period so many years before, or what the period comes to without one.
    fn of<'a>(
        plan: &ItemPlan,
        context: &ItemContext,
        part: &PartContext,
        reading: &Reading<'_>,
        memo: &mut Memo,
        change: Change,
    ) -> Result<Self, Part<'a>> {
        let Some(earlier) = reading.earlier.iter().find(|earlier| earlier.years_back == change.years_back) else {
            return Err(Part::Unknown("没有调取基期的记录，无法比较"));
        };
        let base = Period { year: part.period.year - change.years_back, ..part.period };
        let days = days_of(base);
        if reading.life.0 > days.0 {
            return Err(Part::Outside(Cow::Borrowed("基期初尚未成立，无从比较")));
        }
        let is_live = plan.live_is_coverage && reading.subject.is_live_for(base);
        if !is_live && context.earlier_coverage.as_ref().is_some_and(|coverage| !coverage.is_complete(&earlier.facts, days)) {
            return Err(Part::Unknown("未导入基期的完整记录"));
        }
        let over = |measure: usize| earlier.figures.over(reading.measures, measure, &part.months);
        if plan.evidenced_when.as_ref().is_some_and(|condition| condition.holds(&over, reading.subject, memo) != Some(true)) {
            return Err(Part::Unknown("没有基期的数据"));
        }
        let above = plan.value.as_ref().and_then(|f| f.value(&over, reading.subject, memo));
        let value = match &plan.of {
            None => above,
            Some(of) => above.zip(of.value(&over, reading.subject, memo)).and_then(|(above, below)| divide(above, below)),
        };
        match value {
            None => Err(Part::Unknown("基期没有可供计算的记录")),
            Some(value) if change.by == ChangeBy::Share && value <= Ratio::zero() => Err(Part::Unknown("基期的数不大于零，无法按比例比较")),
            Some(value) => Ok(Self { value }),
        }
    }

    /// Nothing at `from`, all at `to`, in proportion between; met when `to` is reached.
    fn judge<'a>(&self, value: Ratio, change: Change) -> Part<'a> {
        let credit = || {
            let moved = add(change_of(value, self.value, change.by)?, -change.from)?;
            divide(moved, add(change.to, -change.from)?)
        };
        let Some(credit) = credit().map(|credit| credit.max(Ratio::zero()).min(whole(1))) else {
            return Part::Unknown(TOO_LARGE);
        };
        let numbers = Numbers { credit, above: value, below: self.value };
        if credit == whole(1) { Part::Met(numbers) } else { Part::NotMet(numbers) }
    }
}

/// How far a value moved against its base; `None` on overflow or when the base is zero and a share is asked.
pub(crate) fn change_of(value: Ratio, base: Ratio, by: ChangeBy) -> Option<Ratio> {
    let difference = add(value, -base)?;
    match by {
        ChangeBy::Difference => Some(difference),
        ChangeBy::Share => divide(difference, base),
    }
}

impl Subject {
    /// Days by number between which it exists.
    pub(crate) fn life(&self) -> (i32, i32) {
        (day_number(self.from), self.until.map_or(i32::MAX, day_number))
    }
}

/// Why days do not lie wholly within the life of an organisation.
pub(crate) fn outside_life(life: (i32, i32), days: (i32, i32)) -> Option<&'static str> {
    if life.0 > days.0 {
        return Some("期初尚未成立");
    }
    (life.1 < days.1).then_some("期内已撤销")
}
