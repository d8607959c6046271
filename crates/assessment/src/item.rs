//! One item of one organisation: its periods judged one by one, then its points.

use std::sync::Arc;

use num_traits::Zero;
use policy::{Per, Period, Ratio, ScoreRule, Target, WhenNotEvidenced, in_force};

use crate::compile::ItemPlan;
use crate::exact::{add, as_pair, compare, divide, multiply, same, share_of, whole};
use crate::formula::Memo;
use crate::part::{ItemContext, NOT_IN_FORCE, Reading, TOO_LARGE, change_of};
use crate::result::{Evidence, ItemFigures, ItemResult, Outcome, Periods};
use crate::tally::{Parts, Tally, tally};

/// What one thread makes once for many organisations: figures and lists of periods that come again.
#[derive(Default)]
pub(crate) struct Shared {
    /// By item.
    figures: Vec<KnownItem>,
    /// By kind of period, then by which of them.
    periods: [Vec<Option<Periods>>; 4],
}

/// The figures of one item that were made already, by a digest of what they follow from.
#[derive(Default)]
struct KnownItem {
    places: Vec<Option<KnownFigures>>,
    n_found: u32,
    n_made: u32,
}

impl KnownItem {
    /// Sums of minutes hardly ever come again, and looking for them costs more than making their figures.
    fn seldom_helps(&self) -> bool {
        self.n_made > 1_000 && self.n_made / 4 > self.n_found
    }
}

/// Figures, and all that they follow from beside the item's plan.
struct KnownFigures {
    sums: Sums,
    reason: Option<Box<str>>,
    figures: Arc<ItemFigures>,
}

/// What the figures of an item follow from.
#[derive(Clone, Copy, Default)]
struct Sums {
    counts: Counts,
    /// `None`: they do not fit.
    credit: Option<Ratio>,
    above: Option<Ratio>,
    below: Option<Ratio>,
}

/// Numbers of periods, at most twelve each.
#[derive(Clone, Copy, Default)]
struct Counts {
    n_met: u8,
    n_full: u8,
    n_late: u8,
    n_not_met: u8,
    n_unknown: u8,
    n_coming: u8,
    n_reached: u8,
}

impl Counts {
    fn packed(self) -> u64 {
        let Self { n_met, n_full, n_late, n_not_met, n_unknown, n_coming, n_reached } = self;
        u64::from_le_bytes([n_met, n_full, n_late, n_not_met, n_unknown, n_coming, n_reached, 0])
    }
}

impl Sums {
    fn is_same(&self, other: &Self) -> bool {
        let same = |a: Option<Ratio>, b: Option<Ratio>| a.zip(b).map_or(a.is_none() && b.is_none(), |(a, b)| same(a, b));
        self.counts.packed() == other.counts.packed()
            && same(self.credit, other.credit)
            && same(self.above, other.above)
            && same(self.below, other.below)
    }

    fn place(&self) -> usize {
        let fractions = [self.credit, self.above, self.below].into_iter().flatten();
        let low = |n: &i128| *n as u64;
        let mixed =
            fractions.fold(self.counts.packed(), |sum, f| (sum ^ low(f.numer()) ^ (low(f.denom()) << 20)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - Self::PLACE_BITS)) as usize
    }

    const PLACE_BITS: u32 = 6;
}

impl Shared {
    /// Figures as `make` gives them for these sums and this reason; those of the last with the same are taken again.
    fn figures(&mut self, item: u16, sums: Sums, reason: Option<&str>, make: impl FnOnce() -> Option<ItemFigures>) -> Option<Arc<ItemFigures>> {
        let item = usize::from(item);
        if self.figures.len() <= item {
            self.figures.resize_with(item + 1, KnownItem::default);
        }
        let KnownItem { places, n_found, n_made } = match &mut self.figures[item] {
            known if known.seldom_helps() => return Some(Arc::new(make()?)),
            known => known,
        };
        if places.is_empty() {
            places.resize_with(1 << Sums::PLACE_BITS, || None);
        }
        let place = &mut places[sums.place()];
        if let Some(known) = place
            && known.sums.is_same(&sums)
            && known.reason.as_deref() == reason
        {
            *n_found += 1;
            return Some(known.figures.clone());
        }
        *n_made += 1;
        let figures = Arc::new(make()?);
        *place = Some(KnownFigures { sums, reason: reason.map(Into::into), figures: figures.clone() });
        Some(figures)
    }

    /// These parts as periods.
    #[inline]
    fn periods(&mut self, context: &ItemContext, parts: Parts) -> Periods {
        if parts == 0 { Periods::default() } else { self.some_periods(context, parts) }
    }

    fn some_periods(&mut self, context: &ItemContext, parts: Parts) -> Periods {
        let per = match context.parts[0].period.per {
            Per::Month => 0,
            Per::Quarter => 1,
            Per::HalfYear => 2,
            Per::Year => 3,
        };
        let (known, parts) = (&mut self.periods[per], usize::from(parts));
        if known.len() <= parts {
            known.resize(parts + 1, None);
        }
        let list = || -> Vec<Period> { (0..).zip(&context.parts).filter(|(i, _)| parts >> i & 1 == 1).map(|(_, part)| part.period).collect() };
        known[parts].get_or_insert_with(|| list().into()).clone()
    }
}

/// Judges an item. The records behind it are put to the end of `evidence`; whoever holds all of the row gives the item its part.
pub(crate) fn item_result(
    plan: &ItemPlan,
    context: &ItemContext,
    reading: &Reading<'_>,
    memo: &mut Memo,
    shared: &mut Shared,
    evidence: &mut Vec<i64>,
) -> ItemResult {
    let mut result = if let Some(text) = &plan.pending {
        let outcome = Outcome::NotApplicable(format!("待核原文：{text}"));
        return blank(context.number, Arc::new(ItemFigures { outcome, ..ItemFigures::default() }));
    } else if plan.value.is_none() {
        blank(context.number, judged_only(plan, context.number, reading, memo, shared))
    } else {
        let tally = tally(plan, context, reading, memo);
        let (sums, reason) = (tally.sums(), tally.reason());
        match shared.figures(context.number, sums, reason, || settle(plan, &sums, reason)) {
            Some(figures) => {
                reading.figures.add_evidence(&plan.traced, evidence);
                ItemResult {
                    missing: shared.periods(context, tally.missing),
                    late: shared.periods(context, tally.late),
                    unknown: shared.periods(context, tally.unknown),
                    coming: shared.periods(context, tally.coming),
                    outside: shared.periods(context, tally.outside),
                    ..blank(context.number, figures)
                }
            }
            None => blank(context.number, Arc::new(not_evidenced(plan, plan.weight, TOO_LARGE))),
        }
    };
    if matches!(result.outcome, Outcome::NotEvidenced(_)) {
        decided_by_people(plan, &mut result, reading);
    } else if result.points != result.points_to && reading.marks.waived(&plan.indicator).is_some() {
        // What is known stays: the missed periods count, only those without evidence are let off.
        result.points_to = result.points;
        (result.due, result.applicable) = (result.evidenced, result.evidenced);
    }
    if plan.is_bonus && !result.due.is_zero() {
        // What adds beyond the hundred is owed by nobody.
        result.due = Ratio::zero();
    }
    result
}

fn blank(item: u16, figures: Arc<ItemFigures>) -> ItemResult {
    ItemResult {
        item,
        judged: false,
        place: None,
        figures,
        missing: Periods::default(),
        late: Periods::default(),
        unknown: Periods::default(),
        coming: Periods::default(),
        outside: Periods::default(),
        evidence: Evidence::default(),
    }
}

impl Tally<'_> {
    fn sums(&self) -> Sums {
        let n = |parts: Parts| parts.count_ones() as u8;
        let counts = Counts {
            n_met: self.n_met,
            n_full: self.n_full,
            n_late: n(self.late),
            n_not_met: n(self.missing),
            n_unknown: n(self.unknown),
            n_coming: n(self.coming),
            n_reached: self.n_reached,
        };
        Sums { counts, credit: self.credit.0, above: self.above.0, below: self.below.0 }
    }
}

/// Points and outcome from the parts; `None` on overflow.
fn settle(plan: &ItemPlan, sums: &Sums, reason: Option<&str>) -> Option<ItemFigures> {
    let Counts { n_met, n_full, n_late, n_not_met, n_unknown, n_coming, n_reached } = sums.counts;
    let [n_met, n_full, n_late, n_not_met] = [n_met, n_full, n_late, n_not_met].map(i64::from);
    let [n_unknown, n_coming, n_reached] = [n_unknown, n_coming, n_reached].map(i64::from);
    let n_judged = n_met + n_late + n_not_met;
    let n_closed = n_judged + n_unknown;
    let n_parts = n_closed + n_coming;
    if n_parts == 0 {
        let reason = reason.unwrap_or("本期不满一个考核周期").to_owned();
        return Some(ItemFigures { outcome: Outcome::NotApplicable(reason), ..ItemFigures::default() });
    }
    if n_closed == 0 {
        let outcome = if n_reached == n_coming { Outcome::Met } else { Outcome::NotYetDue };
        return Some(ItemFigures { outcome, ..ItemFigures::default() });
    }
    let applicable = share_of(plan.weight, n_closed, n_parts)?;
    if n_judged == 0 || (plan.rule == ScoreRule::RankInCohort && n_unknown > 0) {
        return Some(not_evidenced(plan, applicable, reason.unwrap_or_default()));
    }
    let credit = add(sums.credit?, whole(n_full))?;
    let is_share = plan.rule == ScoreRule::ShareOfPeriodsMet;
    let evidenced = share_of(plan.weight, n_judged, n_parts)?;
    let earned = match plan.rule {
        ScoreRule::Deduct => less_deductions(plan, sums.above?, evidenced, share_of(plan.floor, n_judged, n_parts)?)?,
        _ if same(credit, whole(n_parts)) => plan.weight,
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
        let numerator = if credit.is_integer() { i64::try_from(credit.to_integer()).ok()? } else { n_met };
        (divide(credit, whole(n_counted))?, (numerator, n_counted))
    } else {
        figures_of(plan, sums)?
    };
    // A place is only known when the cohort stands.
    let is_placed_later = plan.rule == ScoreRule::RankInCohort;
    let is_met = n_not_met == 0 && (n_late == 0 || plan.late_counts == whole(1));
    let outcome = match (is_met, n_unknown) {
        (false, _) => Outcome::NotMet,
        (true, 0) => Outcome::Met,
        (true, _) => Outcome::NotEvidenced(reason.unwrap_or_default().to_owned()),
    };
    let (points, points_to) = if is_placed_later { (None, None) } else { (Some(earned), Some(points_to)) };
    Some(ItemFigures { value: Some(value), numerator, denominator, outcome, points, points_to, due, applicable, evidenced })
}

/// What is left of `evidenced` after so many faults, not below `floor`; fewer than no faults add nothing.
fn less_deductions(plan: &ItemPlan, n_faults: Ratio, evidenced: Ratio, floor: Ratio) -> Option<Ratio> {
    let left = add(evidenced, -multiply(plan.per_fault, n_faults.max(Ratio::zero()))?)?;
    Some(left.max(floor))
}

/// Value, numerator and denominator of an item that is not a share of periods.
fn figures_of(plan: &ItemPlan, sums: &Sums) -> Option<(Ratio, (i64, i64))> {
    let (above, below) = (sums.above?, sums.below?);
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
fn not_evidenced(plan: &ItemPlan, applicable: Ratio, what: &str) -> ItemFigures {
    let (points, points_to, due) = match plan.when_not_evidenced {
        WhenNotEvidenced::Open => (Some(Ratio::zero()), Some(applicable), applicable),
        WhenNotEvidenced::LeaveOut => (None, None, Ratio::zero()),
        WhenNotEvidenced::Zero => (Some(Ratio::zero()), Some(Ratio::zero()), applicable),
    };
    ItemFigures { points, points_to, due, applicable, outcome: Outcome::NotEvidenced(what.to_owned()), ..ItemFigures::default() }
}

/// An item without arithmetic: judged once, for the last of its periods in the evaluation.
fn judged_only(plan: &ItemPlan, item: u16, reading: &Reading<'_>, memo: &mut Memo, shared: &mut Shared) -> Arc<ItemFigures> {
    let is_in_force = in_force(&plan.targets, reading.period.from()).is_some() || plan.targets.is_empty();
    let none = |_: usize| 0;
    let applies = plan.applies_when.as_ref().filter(|_| is_in_force).and_then(|f| f.holds(&none, reading.subject, memo));
    let (is_applicable, reason) = match (is_in_force, applies) {
        (false, _) => (false, NOT_IN_FORCE),
        (true, Some(false)) => (false, plan.otherwise.as_str()),
        (true, _) => (true, not_counted(plan, reading).unwrap_or("尚未评判")),
    };
    let make = || {
        if is_applicable {
            return not_evidenced(plan, plan.weight, reason);
        }
        ItemFigures { outcome: Outcome::NotApplicable(reason.to_owned()), ..ItemFigures::default() }
    };
    // As if of one period: open, or none at all.
    let sums = Sums { counts: Counts { n_unknown: u8::from(is_applicable), ..Counts::default() }, ..Sums::default() };
    shared.figures(item, sums, Some(reason), || Some(make())).unwrap_or_else(|| Arc::new(make()))
}

/// Why the ballot of an item was not counted.
fn not_counted<'a>(plan: &ItemPlan, reading: &'a Reading<'_>) -> Option<&'a str> {
    reading.marks.ballot(plan.ballot.as_ref()?)?.as_ref().err().map(String::as_str)
}

/// The points that people gave: by a ballot where the item names one that was counted, else by hand.
fn points_given(plan: &ItemPlan, reading: &Reading<'_>) -> Option<Ratio> {
    let voted = plan.ballot.as_ref().and_then(|ballot| reading.marks.ballot(ballot)?.as_ref().ok());
    voted.and_then(|share| multiply(*share, plan.weight)).or_else(|| reading.marks.judged(&plan.indicator))
}

/// What people judged or waived takes the place of missing evidence.
fn decided_by_people(plan: &ItemPlan, result: &mut ItemResult, reading: &Reading<'_>) {
    if let Some(judged) = points_given(plan, reading) {
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
        result.outcome = Outcome::NotApplicable(format!("组织评定的单位决定不作评定：{reason}"));
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
