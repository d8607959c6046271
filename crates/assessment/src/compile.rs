//! A scheme of a pack, resolved into a flat plan: items with bound formulas, measures found by kind.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{
    Band, Change, ChangeBy, Cite, Comparator, Dated, Indicator, Item, Key, Pack, Ratio, Rounding, ScoreRule, Section, StarRule, Target,
    WhenNotEvidenced, how_scored, in_force,
};

use crate::exact::{ceil_of, multiply, whole};
use crate::formula::Formula;
use crate::measure::{MeasurePlan, MeasureTable};
use crate::print::plain;
use crate::result::ItemDefinition;
use crate::subject::Subject;

/// A scheme ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub scheme: Key,
    pub name: String,
    pub example: bool,
    pub evidenced_weight_min: Ratio,
    pub(crate) kinds: Vec<Key>,
    pub(crate) definitions: Vec<ItemDefinition>,
    pub(crate) plans: Vec<ItemPlan>,
    pub(crate) measures: Vec<MeasurePlan>,
    /// Names of fields, for the keys of cohorts.
    pub(crate) field_names: BTreeMap<Key, String>,
    pub(crate) cohort: CohortPlan,
    /// From the highest down.
    pub(crate) stars: Vec<StarRule>,
    pub(crate) star_below: u8,
    pub(crate) quota_rounding: Rounding,
    /// What bonus items may add together.
    pub(crate) bonus_cap: Ratio,
    pub(crate) below_includes: bool,
    pub(crate) vetoes: Vec<VetoPlan>,
    pub(crate) ties: Vec<Tie>,
}

/// How one item is counted.
#[derive(Debug, Clone)]
pub(crate) struct ItemPlan {
    pub(crate) weight: Ratio,
    pub(crate) rule: ScoreRule,
    pub(crate) bands: Vec<Band>,
    pub(crate) per_fault: Ratio,
    pub(crate) floor: Ratio,
    pub(crate) last_points: Ratio,
    /// For places: the target is a ceiling.
    pub(crate) less_is_better: bool,
    pub(crate) change: Option<Change>,
    pub(crate) is_bonus: bool,
    pub(crate) when_not_evidenced: WhenNotEvidenced,
    pub(crate) per: policy::Per,
    pub(crate) indicator: Key,
    /// For `judged`: the ballot whose count gives the points.
    pub(crate) ballot: Option<Key>,
    pub(crate) value: Option<Formula>,
    pub(crate) of: Option<Formula>,
    pub(crate) targets: Vec<Dated<Target>>,
    pub(crate) applies_when: Option<Formula>,
    pub(crate) otherwise: String,
    pub(crate) evidenced_when: Option<Formula>,
    /// What its absence of evidence is called: the covered kind of record.
    pub(crate) covered_by: Option<Key>,
    /// Whether a go-live day is coverage: records of activities are kept here from then on.
    pub(crate) live_is_coverage: bool,
    pub(crate) duty: Option<Key>,
    pub(crate) late_counts: Ratio,
    /// Not counted until its text has been checked.
    pub(crate) pending: Option<String>,
    /// Measures whose rows are its evidence.
    pub(crate) traced: Vec<usize>,
}

impl ItemPlan {
    fn formulas(&self) -> impl Iterator<Item = &Formula> {
        [&self.value, &self.of, &self.applies_when, &self.evidenced_when].into_iter().flatten()
    }
}

/// Who is compared with whom.
#[derive(Debug, Clone)]
pub(crate) struct CohortPlan {
    /// Level of the unit that approves, then those to merge to.
    pub(crate) levels: Vec<Key>,
    pub(crate) pool_below: usize,
}

/// An item whose failing caps the star or, with `None`, takes it away.
#[derive(Debug, Clone)]
pub(crate) struct VetoPlan {
    unless_met: Key,
    /// Numbers of the items that go by this name, at most one for each field.
    pub(crate) items: Vec<u16>,
    pub(crate) star_at_most: Option<u8>,
    pub(crate) cite: Cite,
}

/// One step of the order among equals in score.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    /// Numbers of the items that go by its name, at most one for each field.
    pub(crate) items: Vec<u16>,
    pub(crate) by: TieBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TieBy {
    Share,
    Numerator,
    Value,
    Points,
}

impl Compiled {
    /// Resolves a scheme in its version of the year of `on`. `on` also settles which target is printed; each period is judged by the target of its own first day.
    ///
    /// # Errors
    /// Everything that the pack lacks or says wrongly, one sentence each.
    pub fn new(pack: &Pack, scheme_key: &str, on: Date) -> Result<Self, Vec<String>> {
        let Some((_, scheme)) = pack.scheme_in(scheme_key, on.year()) else {
            let problem = pack.schemes.get(scheme_key).map_or_else(
                || format!("制度包中没有方案 {scheme_key}"),
                |scheme| format!("方案“{}”没有用于 {} 年的版本，请在制度包里补上（from_year、until_year）", scheme.name, on.year()),
            );
            return Err(vec![problem]);
        };
        let mut compiler = Compiler::new(pack, on);
        compiler.sections(&scheme.sections, None);
        for standard in &scheme.standards {
            compiler.sections(&standard.sections, Some(&standard.field));
        }
        let ties = scheme.ties.iter().filter_map(|text| compiler.tie(text)).collect();
        for veto in scheme.vetoes.iter().filter(|veto| veto.disqualify == veto.star_at_most.is_some()) {
            compiler.problems.push(format!("一票否决“{}”请写明最高几星（star_at_most）或者不予评星（disqualify），只写一项", veto.unless_met));
        }
        let vetoes: Vec<VetoPlan> = scheme.vetoes.iter().map(|veto| VetoPlan::new(veto, compiler.numbers_of(&veto.unless_met))).collect();
        for veto in &vetoes {
            compiler.expect_item(&veto.unless_met, "一票否决（veto）");
        }
        let mut stars = scheme.stars.clone();
        stars.sort_by_key(|s| std::cmp::Reverse(s.star));
        let cohort = CohortPlan::new(scheme, &stars);
        let Compiler { definitions, plans, measures, problems, .. } = compiler;
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            scheme: scheme_key.to_owned(),
            name: scheme.name.clone(),
            example: scheme.example,
            evidenced_weight_min: scheme.evidenced_weight_min,
            kinds: scheme.kinds.clone(),
            definitions,
            plans,
            measures: measures.plans,
            field_names: field_names(pack),
            cohort,
            stars,
            star_below: scheme.star_below,
            quota_rounding: scheme.quota_rounding,
            bonus_cap: scheme.bonus_cap.unwrap_or_default(),
            below_includes: scheme.below_includes,
            vetoes,
            ties,
        })
    }

    /// A plan that only counts these indicators, by the share of periods met or by their own arithmetic; without stars.
    ///
    /// # Errors
    /// As [`Compiled::new`].
    pub fn of_indicators(pack: &Pack, indicators: &[Key], on: Date) -> Result<Self, Vec<String>> {
        Self::of_indicators_and_measures(pack, indicators, &[], on).map(|(compiled, _)| compiled)
    }

    /// [`Compiled::of_indicators`] that counts these measures besides; with their numbers.
    pub(crate) fn of_indicators_and_measures(pack: &Pack, indicators: &[Key], more: &[&Key], on: Date) -> Result<(Self, Vec<usize>), Vec<String>> {
        let mut compiler = Compiler::new(pack, on);
        for key in indicators {
            compiler.bare_indicator(key);
        }
        let mut numbers = Vec::with_capacity(more.len());
        for key in more {
            match compiler.measures.number_of(key, &mut compiler.problems) {
                Some(number) => numbers.push(number),
                None => compiler.problems.push(format!("制度包里没有名为 {key} 的计量（measure）")),
            }
        }
        let Compiler { definitions, plans, measures, problems, .. } = compiler;
        if !problems.is_empty() {
            return Err(problems);
        }
        let compiled = Self {
            scheme: String::new(),
            name: String::new(),
            example: false,
            evidenced_weight_min: Ratio::from_integer(0),
            kinds: Vec::new(),
            definitions,
            plans,
            measures: measures.plans,
            field_names: field_names(pack),
            cohort: CohortPlan { levels: Vec::new(), pool_below: 1 },
            stars: Vec::new(),
            star_below: 1,
            quota_rounding: Rounding::default(),
            bonus_cap: Ratio::from_integer(0),
            below_includes: true,
            vetoes: Vec::new(),
            ties: Vec::new(),
        };
        Ok((compiled, numbers))
    }

    /// The items of the scheme, common ones first, then field by field.
    #[must_use]
    pub fn items(&self) -> &[ItemDefinition] {
        &self.definitions
    }

    /// Names of the measures that its items read, in the order of their numbers.
    pub fn measure_names(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().map(|measure| measure.name.as_str())
    }

    /// How many years before the evaluated one facts are asked for: give each with [`crate::Facts::against`].
    #[must_use]
    pub fn years_back(&self) -> Vec<i16> {
        let mut years: Vec<i16> = self.plans.iter().filter_map(|plan| plan.change).map(|change| change.years_back).collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    /// Whether some points depend on the others of the cohort: then no part of the organisations can be evaluated alone.
    #[must_use]
    pub fn compares_within_cohorts(&self) -> bool {
        self.plans.iter().any(|plan| plan.rule == ScoreRule::RankInCohort)
    }

    /// Whether the scheme judges this organisation.
    #[must_use]
    pub fn judges(&self, subject: &Subject) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&subject.kind)
    }

    /// Fields of these organisations for which the scheme has no item at all; to be reported before any evaluation.
    #[must_use]
    pub fn fields_without_items(&self, subjects: &[Subject]) -> Vec<Key> {
        let mut fields: Vec<Key> =
            subjects.iter().filter(|s| self.judges(s) && self.items_of(&s.field).next().is_none()).map(|s| s.field.clone()).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Over which periods items ask for a measure.
    pub(crate) fn pers_of(&self, measure: usize) -> Vec<policy::Per> {
        let asks = |plan: &&ItemPlan| plan.formulas().any(|formula| formula.measures().any(|m| m == measure));
        let mut pers: Vec<policy::Per> = self.plans.iter().filter(asks).map(|plan| plan.per).collect();
        pers.sort_unstable();
        pers.dedup();
        pers
    }

    /// Indices of the items of a field.
    pub(crate) fn items_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.definitions.iter().enumerate().filter(move |(_, d)| d.field.as_deref().is_none_or(|f| f == field)).map(|(i, _)| i)
    }
}

/// What has to be reached, in signs: of a change how far the value has to move.
fn printed_target(item: &Item, target: Option<&Target>) -> String {
    let Some(change) = item.change else {
        return target.map(ToString::to_string).unwrap_or_default();
    };
    let sign = if change.to > change.from { '≥' } else { '≤' };
    format!("变化 {sign} {}", printed_change(change.to, change.by))
}

/// A difference as a number, a share in percent.
pub(crate) fn printed_change(value: Ratio, by: ChangeBy) -> String {
    match by {
        ChangeBy::Difference => plain(value),
        ChangeBy::Share => multiply(value, whole(100)).map_or_else(|| value.to_string(), |percent| format!("{}%", plain(percent))),
    }
}

fn field_names(pack: &Pack) -> BTreeMap<Key, String> {
    pack.fields.iter().map(|(key, field)| (key.clone(), field.name.clone())).collect()
}

impl VetoPlan {
    fn new(veto: &policy::Veto, items: Vec<u16>) -> Self {
        let star_at_most = veto.star_at_most.filter(|_| !veto.disqualify);
        Self { unless_met: veto.unless_met.clone(), items, star_at_most, cite: veto.cite.clone() }
    }
}

impl CohortPlan {
    fn new(scheme: &policy::Scheme, stars: &[StarRule]) -> Self {
        let mut levels = vec![scheme.cohort.under.clone()];
        levels.extend(scheme.cohort.pool_to.iter().cloned());
        let top_quota = stars.iter().find_map(|s| s.quota).filter(|q| *q > Ratio::from_integer(0));
        // So small that the quota gives no place at all: ceil(1 ÷ quota) when places round down, half as many to the nearest.
        let default = top_quota.map_or(1, |quota| match scheme.quota_rounding {
            Rounding::Down => ceil_of(quota.recip(), 1),
            Rounding::Nearest => ceil_of(quota.recip() / Ratio::from_integer(2), 1),
            Rounding::Up => 1,
        });
        let pool_below = scheme.cohort.pool_below.map_or(default, |n| n as usize);
        Self { levels, pool_below }
    }
}

struct Compiler<'p> {
    pack: &'p Pack,
    on: Date,
    definitions: Vec<ItemDefinition>,
    plans: Vec<ItemPlan>,
    measures: MeasureTable<'p>,
    problems: Vec<String>,
}

impl<'p> Compiler<'p> {
    fn new(pack: &'p Pack, on: Date) -> Self {
        Self { pack, on, definitions: Vec::new(), plans: Vec::new(), measures: MeasureTable::new(pack), problems: Vec::new() }
    }

    fn sections(&mut self, sections: &[Section], field: Option<&Key>) {
        for section in sections {
            for item in &section.items {
                self.item(item, &section.name, field);
            }
        }
    }

    fn bare_indicator(&mut self, key: &str) {
        let rule = match self.pack.indicators.get(key) {
            Some(i) if i.of.is_some() => ScoreRule::Met,
            _ => ScoreRule::ShareOfPeriodsMet,
        };
        self.item(&Item::new(key, Ratio::from_integer(1), rule), "", None);
    }

    fn item(&mut self, item: &Item, section: &str, field: Option<&Key>) {
        let Some(indicator) = self.pack.indicators.get(&item.indicator) else {
            self.problems.push(format!("没有名为 {} 的指标（indicator）", item.indicator));
            return;
        };
        if indicator.value.is_none() && item.score != ScoreRule::Judged {
            self.problems.push(format!("指标 {} 没有计算式，只能由人评判（score = \"judged\"）", item.indicator));
        }
        for (is_lacking, what) in [
            (item.score == ScoreRule::Deduct && item.per_fault.is_none(), "每个扣几分（per_fault）"),
            (item.score == ScoreRule::ChangeAgainstBase && item.change.is_none(), "变化多少得满分（change）"),
        ] {
            if is_lacking {
                self.problems.push(format!("指标 {} 的计分办法没有写明{what}", item.indicator));
            }
        }
        let plan = self.plan(item, indicator);
        let mut kinds: Vec<Key> = plan.traced.iter().flat_map(|&m| self.measures.plans[m].kinds.iter().cloned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.definitions.push(ItemDefinition {
            key: item.printed_as.clone().unwrap_or_else(|| item.indicator.clone()),
            indicator: item.indicator.clone(),
            name: indicator.name.clone(),
            section: section.to_owned(),
            field: field.cloned(),
            weight: item.weight,
            unit: indicator.unit.clone(),
            per: indicator.per,
            rule: item.score,
            how: how_scored(self.pack, item),
            change_by: plan.change.map(|change| change.by),
            bonus: item.bonus,
            effect: indicator.effect,
            when_not_evidenced: item.when_not_evidenced,
            target: printed_target(item, in_force(&item.targets(indicator), self.on)),
            kinds,
            cite: indicator.cite.clone(),
            reading: indicator.reading.clone(),
        });
        self.plans.push(plan);
    }

    fn plan(&mut self, item: &Item, indicator: &Indicator) -> ItemPlan {
        let place = format!("指标 {}", item.indicator);
        let Self { measures, problems, pack, .. } = self;
        let mut bind = |e: &Option<policy::Expression>| e.as_ref().map(|e| Formula::bind(e, &place, measures, problems));
        let (value, of) = (bind(&indicator.value), bind(&indicator.of));
        let (applies_when, evidenced_when) = (bind(&indicator.applies_when), bind(&indicator.evidenced_when));
        let late_counts = match &indicator.duty {
            None => Ratio::from_integer(0),
            Some(key) => pack.duties.get(key).map_or_else(
                || {
                    problems.push(format!("{place}：没有名为 {key} 的责任（duty）"));
                    Ratio::from_integer(0)
                },
                |duty| duty.late_counts,
            ),
        };
        let covered_by = indicator.covered_by.clone().or_else(|| indicator.duty.as_ref().map(|_| "activity".to_owned()));
        let mut traced: Vec<usize> = value.iter().chain(&of).flat_map(Formula::measures).collect();
        traced.sort_unstable();
        traced.dedup();
        let mut bands = item.bands.clone();
        bands.sort_by_key(|b| std::cmp::Reverse(b.at_least));
        ItemPlan {
            weight: item.weight,
            rule: item.score,
            bands,
            per_fault: item.per_fault.unwrap_or_default(),
            floor: item.floor.unwrap_or_default(),
            last_points: item.last_points.unwrap_or_default(),
            less_is_better: in_force(&indicator.target, self.on)
                .is_some_and(|target| matches!(target.comparator, Comparator::AtMost | Comparator::LessThan)),
            change: item.change.filter(|_| item.score == ScoreRule::ChangeAgainstBase),
            is_bonus: item.bonus,
            when_not_evidenced: item.when_not_evidenced,
            per: indicator.per,
            indicator: item.indicator.clone(),
            ballot: item.ballot.clone(),
            value,
            of,
            targets: item.targets(indicator),
            applies_when,
            otherwise: indicator.otherwise.clone().unwrap_or_else(|| "不符合适用条件".to_owned()),
            evidenced_when,
            live_is_coverage: indicator.duty.is_some() || covered_by.as_deref().is_some_and(|k| k == "activity" || k.starts_with("activity.")),
            covered_by,
            duty: indicator.duty.clone(),
            late_counts,
            pending: indicator.pending.clone(),
            traced,
        }
    }

    fn tie(&mut self, text: &str) -> Option<Tie> {
        let by = match text.rsplit_once('.') {
            Some((item, "share")) => Some((item, TieBy::Share)),
            Some((item, "numerator")) => Some((item, TieBy::Numerator)),
            Some((item, "value")) => Some((item, TieBy::Value)),
            Some((item, "points")) => Some((item, TieBy::Points)),
            _ => None,
        };
        let Some((item, by)) = by else {
            self.problems.push(format!("同分次序“{text}”应当写成 指标.share、指标.numerator、指标.value 或 指标.points"));
            return None;
        };
        self.expect_item(item, "同分次序（ties）");
        Some(Tie { items: self.numbers_of(item), by })
    }

    /// Numbers of the items that go by a name, ascending.
    fn numbers_of(&self, key: &str) -> Vec<u16> {
        (0_u16..).zip(&self.definitions).filter(|(_, definition)| definition.is_called(key)).map(|(number, _)| number).collect()
    }

    fn expect_item(&mut self, key: &str, place: &str) {
        if !self.definitions.iter().any(|d| d.is_called(key)) {
            self.problems.push(format!("{place}提到的指标 {key} 不在本方案中"));
        }
    }
}
