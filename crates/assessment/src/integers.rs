//! What measures come to, as integers per organisation, measure and period: the one thing that other engines may count for us.
//! Targets, scores, stars and ranks follow from them here and nowhere else.

use std::collections::{BTreeMap, HashMap};

use policy::{Key, Per, Period};

use crate::compile::Compiled;
use crate::facts::Facts;
use crate::measure::{Figures, Operation, Routes, months_within};

/// One row of what an engine answers. What is zero is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer {
    pub organisation: i64,
    pub measure: Key,
    /// A month of the evaluated period; of a distinct count each period that an item asks for.
    pub period: Period,
    /// Held after the period and accepted for it.
    pub made_up: bool,
    pub value: i64,
}

/// [`Integer`] of one organisation, its measure by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) measure: u16,
    pub(crate) period: Period,
    pub(crate) made_up: bool,
    pub(crate) value: i64,
}

/// The integers of many organisations; [`Facts::counted`] puts them in the place of rows.
#[derive(Debug, Default)]
pub struct Integers {
    by_org: HashMap<i64, Vec<Cell>>,
}

impl Integers {
    /// Takes what an engine answered to the measures of `compiled` over `period`.
    ///
    /// # Errors
    /// A row about a measure or a period that was not asked for, in a sentence.
    pub fn new(compiled: &Compiled, period: Period, rows: impl IntoIterator<Item = Integer>) -> Result<Self, String> {
        let numbers: BTreeMap<&str, u16> = (0_u16..).zip(&compiled.measures).map(|(number, plan)| (plan.name.as_str(), number)).collect();
        let mut by_org: HashMap<i64, Vec<Cell>> = HashMap::new();
        for Integer { organisation, measure, period: part, made_up, value } in rows {
            let unknown = || format!("计算引擎答了没有问的计量 {measure}，请核对它用的 SQL 是不是本版本印出的");
            let number = *numbers.get(measure.as_str()).ok_or_else(unknown)?;
            let is_distinct = compiled.measures[usize::from(number)].operation == Operation::Distinct;
            if (part.per != Per::Month && !is_distinct) || part.from() < period.from() || part.until() > period.until() {
                return Err(format!("计算引擎答了没有问的期间 {part}（{measure}），请核对它用的 SQL 是不是本版本印出的"));
            }
            by_org.entry(organisation).or_default().push(Cell { measure: number, period: part, made_up, value });
        }
        Ok(Self { by_org })
    }

    pub(crate) fn of(&self, org: i64) -> &[Cell] {
        self.by_org.get(&org).map_or(&[], Vec::as_slice)
    }
}

/// Counts the measures of these organisations here, as every other engine has to: by organisation, measure, period.
#[must_use]
pub fn count(compiled: &Compiled, organisations: &[i64], facts: &Facts, period: Period) -> Vec<Integer> {
    let mut integers = Vec::new();
    count_each(compiled, organisations, facts, period, |organisation, measure, period, made_up, value| {
        let measure = compiled.measures[measure].name.clone();
        integers.push(Integer { organisation, measure, period, made_up, value });
    });
    integers.sort_unstable();
    integers
}

/// [`count`] without keeping anything: every figure is shown to `visit` as organisation, number of the measure,
/// period, whether made up, value.
pub fn count_each(compiled: &Compiled, organisations: &[i64], facts: &Facts, period: Period, mut visit: impl FnMut(i64, usize, Period, bool, i64)) {
    let routes = Routes::new(&compiled.measures, facts, period);
    let parts_of = |measure: usize| {
        let is_distinct = compiled.measures[measure].operation == Operation::Distinct;
        let pers = if is_distinct { compiled.pers_of(measure) } else { vec![Per::Month] };
        pers.into_iter().flat_map(|per| period.parts(per)).map(|part| (part, months_within(part, period))).collect()
    };
    let parts: Vec<Vec<_>> = (0..compiled.measures.len()).map(parts_of).collect();
    let mut figures = Figures::default();
    for &organisation in organisations {
        figures.count(&compiled.measures, &routes, &facts.of(organisation));
        figures.each_cell(&compiled.measures, &parts, |Cell { measure, period, made_up, value }| {
            visit(organisation, usize::from(measure), period, made_up, value);
        });
    }
}
