//! Measures as one portable SQL text: PostgreSQL, DuckDB and Spark SQL run it unchanged over the tables `event` and `span`.
//!
//! Portable means here: days are compared with literals only (text in the database, dates in Parquet), no function that differs,
//! no type but `bigint`, groups by plain columns.

use std::fmt::Write;

use jiff::civil::Date;
use policy::{DayOf, Per, Period};

use crate::compile::Compiled;
use crate::fact::Flags;
use crate::measure::{MeasurePlan, Operation};

/// The measures of a scheme over a period: `organisation_id, measure, period, made_up, value`, by organisation; without zeros.
#[must_use]
pub fn measures_sql(compiled: &Compiled, period: Period) -> String {
    let measures = &compiled.measures;
    let has = |is: &dyn Fn(&MeasurePlan) -> bool| measures.iter().any(|measure| !measure.kinds.is_empty() && is(measure));
    let mut blocks = Vec::new();
    if has(&|m| matches!(m.operation, Operation::Count | Operation::Sum)) {
        blocks.push(counts(period));
    }
    if has(&|m| m.operation == Operation::Count && !m.takes_made_up) {
        blocks.push(made_up(period));
    }
    for per in [Per::Month, Per::Quarter, Per::HalfYear, Per::Year] {
        let is_asked = |&(number, m): &(usize, &MeasurePlan)| m.operation == Operation::Distinct && compiled.pers_of(number).contains(&per);
        let asked: Vec<&MeasurePlan> = measures.iter().enumerate().filter(is_asked).map(|(_, measure)| measure).collect();
        if !asked.is_empty() && !period.parts(per).is_empty() {
            blocks.push(distinct_counts(&asked, per, period));
        }
    }
    if has(&|m| matches!(m.operation, Operation::Active(_))) {
        blocks.push(active(period));
    }
    if blocks.is_empty() {
        let nothing =
            "select cast(0 as bigint) as organisation_id, '' as measure, '' as period, 0 as made_up, cast(0 as bigint) as value where 1 = 0";
        return nothing.to_owned();
    }
    // Lists of values, not queries put together: to some engines each of those would be a task of its own.
    let mut sql = format!("with feed (measure, kind, adds, must, must_not, takes_made_up) as (values\n{}\n)", feeds(measures));
    if has(&|m| matches!(m.operation, Operation::Active(_))) {
        let months: Vec<String> = period.parts(Per::Month).iter().map(|month| format!("('{month}')")).collect();
        write!(sql, ", month_of (period) as (values {})", months.join(", ")).expect("writing to a string succeeds");
    }
    sql.push('\n');
    sql.push_str("select organisation_id, measure, period, made_up, value from (\n");
    sql.push_str(&blocks.join("\nunion all\n"));
    sql.push_str("\n) counted\nwhere value <> 0\norder by organisation_id, measure, period, made_up");
    sql
}

/// Which measure takes which kind of fact, one line each.
fn feeds(measures: &[MeasurePlan]) -> String {
    let mut lines = Vec::new();
    for measure in measures {
        let adds = match measure.operation {
            Operation::Count => "one",
            Operation::Sum => "quantity",
            Operation::Distinct => "subject",
            Operation::Active(DayOf::First) => "first_day",
            Operation::Active(DayOf::Last) => "last_day",
        };
        let (must, must_not, takes_made_up) = (measure.must.0, measure.must_not.0, u8::from(measure.takes_made_up));
        for kind in &measure.kinds {
            lines.push(format!("  ({}, {}, '{adds}', {must}, {must_not}, {takes_made_up})", text(&measure.name), text(kind)));
        }
    }
    lines.join(",\n")
}

/// Counts and sums, month by month: first by kind and flags, which are few, so that no row meets the list of measures more than once.
/// What makes another period up, and is accepted for it, is left to [`made_up`].
fn counts(period: Period) -> String {
    let accepted = Flags::ACCEPTED.0;
    format!(
        "select e.organisation_id, f.measure, e.period, 0 as made_up,
  cast(sum(case when f.adds = 'quantity' then e.quantity else e.n end) as bigint) as value
from (select organisation_id, kind, flags, is_made_up, period, count(*) as n, cast(sum(quantity) as bigint) as quantity
      from (select organisation_id, kind, quantity, flags,
                   case when makes_up is not null and (flags & {accepted}) = {accepted} then 1 else 0 end as is_made_up, {month} as period
            from event where {within}) d
      group by organisation_id, kind, flags, is_made_up, period) e
join feed f on f.kind = e.kind
where f.adds in ('one', 'quantity') and {taken} and not (f.takes_made_up = 0 and e.is_made_up = 1)
group by e.organisation_id, f.measure, e.period",
        month = label("day", &period.parts(Per::Month)),
        within = within("day", period.from(), period.until()),
        taken = TAKEN,
    )
}

/// What was held later and accepted, in the month that it makes up; it is recorded by the middle of the year after.
fn made_up(period: Period) -> String {
    let (accepted, returned) = (Flags::ACCEPTED.0, Flags::RETURNED.0);
    format!(
        "select e.organisation_id, f.measure, e.period, 1 as made_up, cast(count(*) as bigint) as value
from (select organisation_id, kind, {month} as period
      from event where {within} and {recorded}
      and (flags & {accepted}) = {accepted} and (flags & {returned}) = 0) e
join feed f on f.kind = e.kind
where f.adds = 'one' and f.takes_made_up = 0
group by e.organisation_id, f.measure, e.period",
        month = label("makes_up", &period.parts(Per::Month)),
        within = within("makes_up", period.from(), period.until()),
        recorded = within("day", period.from(), Date::constant(period.year + 1, 7, 1)),
    )
}

/// Distinct counts do not add up over months: they are made for every kind of period that an item asks for.
fn distinct_counts(measures: &[&MeasurePlan], per: Per, period: Period) -> String {
    let names: Vec<String> = measures.iter().map(|measure| text(&measure.name)).collect();
    format!(
        "select e.organisation_id, f.measure, e.period, 0 as made_up, cast(count(distinct e.subject_id) as bigint) as value
from (select organisation_id, kind, subject_id, flags, {part} as period
      from event where {within}) e
join feed f on f.kind = e.kind
where f.measure in ({names}) and {taken}
group by e.organisation_id, f.measure, e.period",
        part = label("day", &period.parts(per)),
        within = within("day", period.from(), period.until()),
        names = names.join(", "),
        taken = TAKEN,
    )
}

/// Spans that hold on the first or last day of each month: one pass, then a row for each month.
fn active(period: Period) -> String {
    let months = period.parts(Per::Month);
    let mut sums = String::new();
    let mut pick = String::from("case m.period");
    for (i, month) in months.iter().enumerate() {
        let holds = |day: Date| format!("s.from_on <= '{day}' and (s.until_on is null or s.until_on > '{day}')");
        let (first, last) = (holds(month.from()), holds(month.last_day()));
        let comma = if i > 0 { ",\n" } else { "" };
        write!(
            sums,
            "{comma}    sum(case when f.adds = 'first_day' and {first} then 1
             when f.adds = 'last_day' and {last} then 1 else 0 end) as v{i}"
        )
        .expect("writing to a string succeeds");
        write!(pick, " when '{month}' then h.v{i}").expect("writing to a string succeeds");
    }
    format!(
        "select h.organisation_id, h.measure, m.period, 0 as made_up, cast({pick} else 0 end as bigint) as value
from (
  select s.organisation_id, f.measure,
{sums}
  from span s join feed f on f.kind = s.kind
  where f.adds in ('first_day', 'last_day') and s.from_on < '{until}' and (s.until_on is null or s.until_on > '{from}')
  group by s.organisation_id, f.measure
) h
cross join month_of m",
        until = period.until(),
        from = period.from(),
    )
}

/// Whether a measure takes an event with these flags.
const TAKEN: &str = "(e.flags & f.must) = f.must and (e.flags & f.must_not) = 0";

fn within(column: &str, from: Date, until: Date) -> String {
    format!("{column} >= '{from}' and {column} < '{until}'")
}

/// The period that a day lies in, by comparing with literals.
fn label(column: &str, parts: &[Period]) -> String {
    let mut case = String::from("case");
    for part in parts {
        write!(case, " when {column} < '{}' then '{part}'", part.until()).expect("writing to a string succeeds");
    }
    case.push_str(" end");
    case
}

fn text(words: &str) -> String {
    format!("'{}'", words.replace('\'', "''"))
}
