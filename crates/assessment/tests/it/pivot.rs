//! Figures over groups and periods: counted from the records of all, the same as those of each counted together by hand.

use assessment::{Compiled, GroupMember, Judged, Pivot, PivotSpan, PivotTable, Wanted, roll_up};
use policy::{Per, Period, Ratio};

use crate::world::{World, day, period};

const PACK: &str = r#"
[field.rural]
name = "农村"
order = 1
cite = { doc = "example" }
[field.school]
name = "学校"
order = 2
cite = { doc = "example" }
[activity.meeting]
name = "会议"
short = "会"
roster = "all_members"
cite = { doc = "example" }
[duty.meeting]
name = "按月开会"
short = "会"
order = 1
activity = "meeting"
per = "month"
times = [{ from = "2020-01-01", is = 1 }]
kinds = ["branch"]
late_counts = "1/2"
cite = { doc = "example" }
[measure.meetings]
count = ["activity.meeting"]
where = { late = false }
[measure.present]
sum = ["activity.meeting.present"]
[measure.eligible]
sum = ["activity.meeting.eligible"]
[measure.people]
distinct = ["person.trained"]
[measure.members_first]
active = ["member.all"]
at = "first"
[measure.members_last]
active = ["member.all"]
at = "last"
[indicator.meeting]
name = "按月开会"
unit = "次"
per = "month"
value = "meetings"
target = [{ from = "2020-01-01", is = ">= 1" }]
duty = "meeting"
cite = { doc = "example" }
[indicator.rate]
name = "到会率"
unit = "人次"
per = "quarter"
value = "present"
of = "eligible"
target = [{ from = "2020-01-01", is = ">= 80%" }]
covered_by = "activity"
cite = { doc = "example" }
"#;

/// Two villages and a school under C1, a village under C2 whose records nobody has brought in.
const FACTS: &str = "
    branch a rural C1
    branch b rural C1
    branch c school C1
    branch d rural C2
    a coverage.activity 2025-01-01..2026-01-01
    b coverage.activity 2025-01-01..2026-01-01
    c coverage.activity 2025-01-01..2026-01-01
    a meeting 2025-01-05 2025-02-05 2025-03-05 2025-04-05
    a meeting.present 2025-01-05 2025-02-05 x9
    a meeting.eligible 2025-01-05 2025-02-05 x10
    b meeting 2025-01-09
    b meeting 2025-04-08 late=2025-03-01 accepted
    b meeting 2025-05-08 returned
    b meeting.present 2025-01-09 x1
    b meeting.eligible 2025-01-09 x100
    c meeting 2025-02-01
    a person.trained 2025-01-05 2025-02-05 by=7
    a person.trained 2025-03-05 by=8
    b person.trained 2025-01-05 by=7
    d person.trained 2025-05-05 by=9
    a member.all 2024-01-01..
    a member.all 2025-02-10..2025-06-01
    b member.all 2025-03-31..
";

fn wanted() -> Vec<Wanted> {
    let measure = |key: &str| Wanted::Measure(key.to_owned());
    let indicator = |key: &str| Wanted::Indicator(key.to_owned());
    vec![measure("meetings"), indicator("meeting"), measure("people"), indicator("rate"), measure("members_first"), measure("members_last")]
}

struct Case {
    world: World,
    pivot: Pivot,
    columns: Vec<Period>,
}

impl Case {
    fn new(per: Per) -> Self {
        let world = World::new(PACK, FACTS);
        let pivot = Pivot::new(&world.pack, &wanted(), day("2025-01-01")).expect("the pack has all of it");
        let mut columns = Period::year(2025).parts(per);
        columns.push(Period::year(2025));
        Self { world, pivot, columns }
    }

    fn span(&self) -> PivotSpan<'_> {
        PivotSpan { whole: Period::year(2025), columns: &self.columns, closed_until: day("2025-07-01"), as_of: day("2025-12-31") }
    }

    /// Everybody in group 0, those under C1 in 1, under C2 in 2.
    fn table(&self) -> PivotTable {
        self.table_as_of("2025-12-31")
    }

    fn table_as_of(&self, on: &str) -> PivotTable {
        let group = |superior: &str| if superior == "C1" { 1 } else { 2 };
        let members: Vec<GroupMember<'_>> = self
            .world
            .subjects
            .iter()
            .map(|subject| GroupMember { subject, groups: [Some(0), Some(group(&subject.superiors[0].code)), None, None], is_judged: true })
            .collect();
        self.pivot.count(&members, 3, &self.world.facts, &self.world.marks, PivotSpan { as_of: day(on), ..self.span() })
    }

    /// `above/below` of a line in every column, with what is late and unknown.
    fn line(&self, group: usize, wanted: usize) -> String {
        let table = self.table();
        let text = |at: usize| match table.at(group, at, wanted) {
            None => "-".to_owned(),
            Some(figure) => {
                let below = figure.below.map(|below| format!("/{below}")).unwrap_or_default();
                let late = if figure.n_late > 0 { format!(" late {}", figure.n_late) } else { String::new() };
                let unknown = if figure.n_unknown > 0 { format!(" ?{}", figure.n_unknown) } else { String::new() };
                format!("{}{below}{late}{unknown}", figure.above)
            }
        };
        (0..self.columns.len()).map(text).collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn counts_stand_for_the_period_that_they_make_up() {
    let case = Case::new(Per::Quarter);
    // Six in the first quarter: one of them held in April, accepted for March.
    assert_eq!(case.line(1, 0), "6, 1, 0, 0, 7");
    assert_eq!(case.line(2, 0), "0, 0, 0, 0, 0");
}

#[test]
fn periods_met_are_counted_over_all() {
    let case = Case::new(Per::Quarter);
    // a: 3 and 1; b: 1 met, 1 late of 3; c: 1 of 3; of the year so far half a year is over; d is not evidenced.
    assert_eq!(case.line(1, 1), "5/9 late 1, 1/9, 0/0, 0/0, 6/18 late 1");
    assert_eq!(case.line(0, 1), "5/9 late 1 ?3, 1/9 ?3, 0/0, 0/0, 6/18 late 1 ?6");
}

#[test]
fn persons_are_counted_once_at_every_level() {
    let case = Case::new(Per::Quarter);
    assert_eq!(case.line(1, 2), "2, 0, 0, 0, 2");
    assert_eq!(case.line(0, 2), "2, 1, 0, 0, 3");
    assert_eq!(Case::new(Per::Month).line(1, 2), "1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2");
}

#[test]
fn a_rate_is_one_of_all_records_and_no_mean() {
    let case = Case::new(Per::Quarter);
    assert_eq!(case.line(1, 3).split(", ").next(), Some("19/120 ?1"), "not the mean of 90% and 1%; the school states nobody");
    let table = case.table();
    assert_eq!(table.at(1, 0, 3).and_then(assessment::GroupFigure::value), Some(Ratio::new(19, 120)));
    // It is judged by the quarter: a month has none.
    assert!(Case::new(Per::Month).line(1, 3).starts_with("-, -, -"));
    // The engine's own rollup says the same.
    let compiled = Compiled::of_indicators(&case.world.pack, &["rate".to_owned()], day("2025-01-01")).expect("sound");
    let subjects: Vec<_> = case.world.subjects.iter().take(3).collect();
    let rolled = roll_up(&compiled, &subjects, &case.world.facts, &case.world.marks, period("2025-Q1"), day("2025-07-01"));
    assert_eq!((rolled[0].numerator, rolled[0].denominator), (19, 120));
}

#[test]
fn what_holds_is_counted_on_its_day() {
    let case = Case::new(Per::Quarter);
    assert_eq!(case.line(1, 4), "1, 3, 2, 2, 1");
    assert_eq!(case.line(1, 5), "3, 2, 2, 2, 2");
    // What only begins or ends later is not known yet: until then the end of a period is the day on which one looks.
    let table = case.table_as_of("2025-03-30");
    let at_the_end: Vec<_> = (0..case.columns.len()).map(|column| table.at(1, column, 5).expect("a count").above).collect();
    assert_eq!(at_the_end, vec![Ratio::from_integer(2); 5]);
}

#[test]
fn the_rows_behind_a_figure_are_as_many_as_it_says() {
    let case = Case::new(Per::Month);
    let table = case.table();
    for (at, column) in case.columns.iter().enumerate() {
        for wanted in [0, 4, 5] {
            let mut n = 0;
            for subject in &case.world.subjects {
                case.pivot.rows_behind(wanted, subject.id, &case.world.facts, *column, day("2025-12-31"), |_| n += 1);
            }
            let figure = table.at(0, at, wanted).expect("a count");
            assert_eq!(figure.above, Ratio::from_integer(n), "{column} {wanted}");
        }
        let mut persons = Vec::new();
        for subject in &case.world.subjects {
            case.pivot.rows_behind(2, subject.id, &case.world.facts, *column, day("2025-12-31"), |row| persons.push(row.subject));
        }
        persons.sort_unstable();
        persons.dedup();
        assert_eq!(table.at(0, at, 2).expect("a count").above, Ratio::from_integer(persons.len() as i128), "{column}");
    }
    let mut made_up = Vec::new();
    case.pivot
        .rows_behind(0, case.world.id("b"), &case.world.facts, period("2025-03"), day("2025-12-31"), |row| made_up.push((row.on, row.makes_up)));
    assert_eq!(made_up, [(day("2025-04-08"), Some(day("2025-03-01")))]);
}

#[test]
fn the_periods_behind_an_indicator_add_up_to_it() {
    let case = Case::new(Per::Quarter);
    let subjects: Vec<_> = case.world.subjects.iter().collect();
    let columns = [period("2025-Q1")];
    let of_all = case.pivot.judged(1, &subjects, &case.world.facts, &case.world.marks, PivotSpan { columns: &columns, ..case.span() });
    let count = |judged: fn(&Judged) -> bool| of_all.iter().flatten().filter(|line| judged(&line.judged)).count();
    assert_eq!(count(|it| *it == Judged::Met), 5);
    assert_eq!(count(|it| *it == Judged::Late), 1);
    assert_eq!(count(|it| *it == Judged::NotMet), 3);
    assert_eq!(count(|it| matches!(it, Judged::Unknown(_))), 3);
}

#[test]
fn two_threads_count_as_one() {
    let world = World::new(PACK, FACTS);
    let pivot = Pivot::new(&world.pack, &wanted(), day("2025-01-01")).expect("sound");
    let columns = [Period::year(2025)];
    let span = PivotSpan { whole: Period::year(2025), columns: &columns, closed_until: day("2025-07-01"), as_of: day("2025-12-31") };
    let once: Vec<GroupMember<'_>> =
        world.subjects.iter().map(|subject| GroupMember { subject, groups: [Some(0), None, None, None], is_judged: true }).collect();
    let often: Vec<GroupMember<'_>> = std::iter::repeat_n(&once, 600).flatten().copied().collect();
    let (one, many) = (pivot.count(&once, 1, &world.facts, &world.marks, span), pivot.count(&often, 1, &world.facts, &world.marks, span));
    let above = |table: &PivotTable, wanted: usize| table.at(0, 0, wanted).expect("a figure").above;
    for wanted in [0, 1, 3, 4, 5] {
        assert_eq!(above(&many, wanted), above(&one, wanted) * Ratio::from_integer(600), "{wanted}");
    }
    assert_eq!(above(&many, 2), above(&one, 2), "the same persons");
}

#[test]
fn what_people_judge_is_not_counted() {
    let pack = format!("{PACK}\n[indicator.visit]\nname = \"满意度\"\nunit = \"分\"\nper = \"year\"\ntarget = []\ncite = {{ doc = \"example\" }}\n");
    let world = World::new(&pack, FACTS);
    let problems = Pivot::new(&world.pack, &[Wanted::Indicator("visit".to_owned())], day("2025-01-01")).expect_err("no records");
    assert!(problems[0].contains("满意度"), "{problems:?}");
    let problems = Pivot::new(&world.pack, &[Wanted::Measure("none".to_owned())], day("2025-01-01")).expect_err("no such measure");
    assert!(problems[0].contains("none"), "{problems:?}");
}
