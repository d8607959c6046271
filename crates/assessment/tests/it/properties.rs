//! What holds for any data: quotas, ties, order, sums, monotone rules, rollups, and what is brought forward.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use assessment::{Compiled, Evaluation, Event, Facts, FactsBuilder, Flags, Marks, Span, Subject, Superior, evaluate, fingerprint, items_of, roll_up};
use jiff::civil::{Date, date};
use policy::{Pack, Period, Ratio};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::samples::{assert_same_lines, beside};

/// Every method of scoring, quotas for two stars, a veto, a declared order among equals.
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
[measure.present]
sum = ["activity.meeting.present"]
[measure.eligible]
sum = ["activity.meeting.eligible"]
[measure.hours]
sum = ["activity.talk"]
[measure.people]
distinct = ["person.trained"]
[indicator.monthly]
name = "按月开会"
unit = "次"
per = "month"
value = "meetings"
target = [{ from = "2020-01-01", is = ">= 1" }]
covered_by = "activity"
cite = { doc = "example" }
[indicator.rate]
name = "到会率"
unit = "%"
per = "year"
value = "present"
of = "eligible"
target = [{ from = "2020-01-01", is = ">= 80%" }]
covered_by = "activity"
cite = { doc = "example" }
[indicator.hours]
name = "学时"
unit = "学时"
per = "year"
value = "hours"
target = [{ from = "2020-01-01", is = ">= 40" }]
cite = { doc = "example" }
[indicator.people]
name = "培训人数"
unit = "人"
per = "year"
value = "people"
target = [{ from = "2020-01-01", is = ">= 5" }]
cite = { doc = "example" }
[scheme.s]
name = "方案"
kinds = ["branch"]
star_below = 1
ties = ["hours.numerator", "people.numerator"]
evidenced_weight_min = "50%"
cite = { doc = "example" }
star = [{ star = 5, at_least = 85, quota = "30%" }, { star = 4, at_least = 60, quota = "50%" }, { star = 3, at_least = 40 }]
veto = [{ unless_met = "hours", star_at_most = 4, cite = { doc = "example" } }]
[scheme.s.cohort]
under = "county"
pool_to = ["city"]
[[scheme.s.section]]
name = "基本活动"
items = [
  { indicator = "monthly", weight = 40, score = "share_of_periods_met" },
  { indicator = "rate", weight = 20, score = "proportional_to_target" },
  { indicator = "hours", weight = 25, score = "bands", bands = [{ at_least = 40, points = 25 }, { at_least = 20, points = 15 }, { at_least = 1, points = 5 }] },
  { indicator = "people", weight = 15, score = "met" },
]
"#;

const YEAR: i16 = 2025;

/// What one invented branch did.
#[derive(Debug, Clone)]
struct Branch {
    is_school: bool,
    county: u8,
    /// Meetings by month with how many of ten came.
    meetings: Vec<(u8, u8)>,
    hours: u8,
    /// Who was trained, among few, so that people meet in several branches.
    trained: Vec<u8>,
}

fn branch() -> impl Strategy<Value = Branch> {
    let meetings = prop::collection::vec((1_u8..=12, 0_u8..=10), 0..14);
    (any::<bool>(), 0_u8..3, meetings, 0_u8..60, prop::collection::vec(0_u8..12, 0..8))
        .prop_map(|(is_school, county, meetings, hours, trained)| Branch { is_school, county, meetings, hours, trained })
}

fn city() -> impl Strategy<Value = Vec<Branch>> {
    prop::collection::vec(branch(), 1..40)
}

fn pack() -> Pack {
    toml_edit::de::from_str(PACK).expect("a pack")
}

fn year() -> Period {
    Period::year(YEAR)
}

fn subject(at: usize, branch: &Branch) -> Subject {
    let superior = |code: String, level: &str| Superior { id: 0, code, level: level.to_owned() };
    Subject {
        id: at as i64 + 1,
        code: format!("B{at:03}"),
        name: format!("第{at}支部"),
        kind: "branch".to_owned(),
        field: if branch.is_school { "school" } else { "rural" }.to_owned(),
        level: "branch".to_owned(),
        from: date(2000, 1, 1),
        until: None,
        go_live: None,
        superiors: vec![superior(format!("C{}", branch.county), "county"), superior("S".to_owned(), "city")],
    }
}

/// The rows of one branch, in the order in which they were written.
fn events(at: usize, branch: &Branch) -> Vec<(String, Date, i64, i64, i64)> {
    let mut rows = Vec::new();
    let source = |n: usize| (at as i64 + 1) * 1_000 + n as i64;
    for (n, (month, present)) in branch.meetings.iter().enumerate() {
        let on = date(YEAR, i8::try_from(*month).expect("a month"), 10);
        for (kind, quantity) in [("activity.meeting", 1), ("activity.meeting.present", i64::from(*present)), ("activity.meeting.eligible", 10)] {
            rows.push((kind.to_owned(), on, quantity, 0, source(n)));
        }
    }
    rows.push(("activity.talk".to_owned(), date(YEAR, 6, 1), i64::from(branch.hours), 0, source(500)));
    for (n, person) in branch.trained.iter().enumerate() {
        rows.push(("person.trained".to_owned(), date(YEAR, 7, 1), 1, i64::from(*person), source(600 + n)));
    }
    rows
}

fn add(facts: &mut FactsBuilder, at: usize, rows: &[(String, Date, i64, i64, i64)]) {
    let org = at as i64 + 1;
    facts.span(org, &Span { kind: "coverage.activity", from: date(YEAR, 1, 1), until: None, quantity: 1, subject: 0, source: 0 });
    for (kind, on, quantity, subject, source) in rows {
        facts.event(org, &Event { kind, on: *on, quantity: *quantity, subject: *subject, flags: Flags::default(), source: *source, makes_up: None });
    }
}

fn facts_of(branches: &[Branch]) -> Facts {
    let mut facts = FactsBuilder::new();
    for (at, branch) in branches.iter().enumerate() {
        add(&mut facts, at, &events(at, branch));
    }
    facts.build()
}

fn subjects_of(branches: &[Branch]) -> Vec<Subject> {
    branches.iter().enumerate().map(|(at, branch)| subject(at, branch)).collect()
}

fn compiled() -> Compiled {
    Compiled::new(&pack(), "s", year().from()).expect("the scheme is sound")
}

fn rated(branches: &[Branch]) -> Evaluation {
    evaluate(&compiled(), &subjects_of(branches), &facts_of(branches), &Marks::new(), year(), year().until())
}

/// Score, then the declared items: what decides the order of two rows.
fn order(evaluation: &Evaluation, code: &str) -> (Ratio, i64, i64) {
    let row = evaluation.row(code).expect("a row");
    let numerator = |key: &str| row.items.iter().find(|item| evaluation.definition(item).key == key).map_or(0, |item| item.numerator);
    (row.score, numerator("hours"), numerator("people"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of each cohort at most floor(quota × size) get the star or a higher one, and each of them has its score.
    #[test]
    fn quotas_are_never_exceeded(branches in city()) {
        let evaluation = rated(&branches);
        for cohort in &evaluation.cohorts {
            let rows: Vec<_> = evaluation.rows.iter().filter(|row| row.cohort == cohort.key).collect();
            prop_assert_eq!(rows.len(), cohort.size);
            for (star, share, least) in [(5_u8, Ratio::new(3, 10), 85), (4, Ratio::new(1, 2), 60)] {
                let places = (share * Ratio::from_integer(rows.len() as i128)).floor().to_integer();
                let holders: Vec<_> = rows.iter().filter(|row| row.star == Some(star)).collect();
                prop_assert!(holders.len() as i128 <= places, "{} of {} places in {}", holders.len(), places, &cohort.key);
                prop_assert!(holders.iter().all(|row| row.score >= Ratio::from_integer(least)));
            }
        }
    }

    /// Who stands before another has more points, or as many and more of the first declared item that differs; equals share a
    /// rank and get the star together or not at all.
    #[test]
    fn ties_are_broken_as_declared(branches in city()) {
        let evaluation = rated(&branches);
        for cohort in &evaluation.cohorts {
            let rows: Vec<_> = evaluation.rows.iter().filter(|row| row.cohort == cohort.key && row.rank.is_some()).collect();
            for a in &rows {
                for b in &rows {
                    let (before, after) = (order(&evaluation, &a.code), order(&evaluation, &b.code));
                    prop_assert_eq!(a.rank < b.rank, before > after, "{} {:?}, {} {:?}", &a.code, before, &b.code, after);
                    if before == after {
                        prop_assert_eq!(a.star, b.star);
                    }
                }
            }
        }
    }

    /// In whatever order branches and records come.
    #[test]
    fn the_order_of_what_comes_in_changes_nothing(branches in city(), seed in any::<u64>()) {
        let expected = rated(&branches);
        let mut state = seed;
        let mut chance = move |n: usize| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 33) as usize % n };
        let mut places: Vec<usize> = (0..branches.len()).collect();
        let mut facts = FactsBuilder::new();
        for left in (1..=places.len()).rev() {
            let at = places.swap_remove(chance(left));
            let mut rows = events(at, &branches[at]);
            for i in (1..rows.len()).rev() {
                rows.swap(i, chance(i + 1));
            }
            add(&mut facts, at, &rows);
        }
        let mut subjects = subjects_of(&branches);
        subjects.reverse();
        let shuffled = evaluate(&compiled(), &subjects, &facts.build(), &Marks::new(), year(), year().until());
        prop_assert_eq!(fingerprint(&shuffled), fingerprint(&expected));
    }

    /// Points of the items over what is due, of a hundred; nothing is earned beyond its weight.
    #[test]
    fn the_parts_of_a_score_add_up(branches in city()) {
        let evaluation = rated(&branches);
        for row in &evaluation.rows {
            let zero = Ratio::from_integer(0);
            let points = row.items.iter().fold(zero, |sum, item| sum + item.points.unwrap_or(zero));
            let due = row.items.iter().fold(zero, |sum, item| sum + item.due);
            prop_assert_eq!(row.due, due);
            if due > zero {
                prop_assert_eq!(row.score, points * Ratio::from_integer(100) / due);
            }
            for item in &row.items {
                prop_assert!(item.points.is_none_or(|points| points >= zero && points <= item.due));
                prop_assert!(item.evidenced <= item.applicable);
            }
        }
    }

    /// One meeting, one hour or one trained person more never lowers a score: all these methods are monotone in them.
    #[test]
    fn doing_more_never_lowers_a_score(branches in city(), at in any::<prop::sample::Index>(), month in 1_u8..=12, person in 0_u8..12) {
        let before = rated(&branches);
        let at = at.index(branches.len());
        let code = format!("B{at:03}");
        let score = |evaluation: &Evaluation| evaluation.row(&code).map(|row| row.score);
        for what in 0..3 {
            let mut more = branches.clone();
            match what {
                // Everybody came: the share of attendance does not fall either.
                0 => more[at].meetings.push((month, 10)),
                1 => more[at].hours += 1,
                _ => more[at].trained.push(person),
            }
            prop_assert!(score(&rated(&more)) >= score(&before), "{what}");
        }
    }

    /// A county's figures are those of its records counted anew: ratios from sums, people once however many branches trained them.
    #[test]
    fn rollups_are_recounted_from_records(branches in city()) {
        // People trained for each hour: a distinct count above, a sum below.
        let text = PACK.replace("value = \"people\"\n", "value = \"people\"\nof = \"hours\"\n").replace("\">= 5\"", "\">= 1%\"");
        let pack: Pack = toml_edit::de::from_str(&text).expect("a pack");
        let compiled = Compiled::new(&pack, "s", year().from()).expect("the scheme is sound");
        let (subjects, facts) = (subjects_of(&branches), facts_of(&branches));
        for county in 0..3_u8 {
            let of: Vec<usize> = (0..branches.len()).filter(|at| branches[*at].county == county).collect();
            let under: Vec<&Subject> = of.iter().map(|at| &subjects[*at]).collect();
            let rolled: HashMap<String, _> =
                roll_up(&compiled, &under, &facts, &Marks::new(), year(), year().until()).into_iter().map(|one| (one.key.clone(), one)).collect();
            let held = of.iter().filter(|at| !branches[**at].meetings.is_empty());
            let sums = held.flat_map(|at| &branches[*at].meetings).fold((0, 0), |(p, e), (_, present)| (p + i64::from(*present), e + 10));
            prop_assert_eq!((rolled["rate"].numerator, rolled["rate"].denominator), sums);
            let busy: Vec<&Branch> = of.iter().map(|at| &branches[*at]).filter(|branch| branch.hours > 0).collect();
            let people: HashSet<u8> = busy.iter().flat_map(|branch| branch.trained.iter().copied()).collect();
            let hours: i64 = busy.iter().map(|branch| i64::from(branch.hours)).sum();
            prop_assert_eq!((rolled["people"].numerator, rolled["people"].denominator), (people.len() as i64, hours));
            let months: i64 = of.iter().map(|at| branches[*at].meetings.iter().map(|(month, _)| month).collect::<HashSet<_>>().len() as i64).sum();
            prop_assert_eq!((rolled["monthly"].numerator, rolled["monthly"].denominator), (months, of.len() as i64 * 12));
        }
    }

    /// One branch's records replaced gives what reading everything anew gives; and a branch's own check is the row of the whole.
    #[test]
    fn brought_forward_is_what_is_read_anew(branches in city(), at in any::<prop::sample::Index>(), other in branch()) {
        let at = at.index(branches.len());
        let mut changed = branches.clone();
        changed[at] = Branch { is_school: branches[at].is_school, county: branches[at].county, ..other };
        let mut facts = facts_of(&branches);
        let mut rows = FactsBuilder::new();
        add(&mut rows, at, &events(at, &changed[at]));
        let (rows, org) = (rows.build(), at as i64 + 1);
        facts.replace(org, rows.events_of(org), rows.spans_of(org));
        let subjects = subjects_of(&changed);
        let forward = evaluate(&compiled(), &subjects, &facts, &Marks::new(), year(), year().until());
        let anew = rated(&changed);
        prop_assert_eq!(fingerprint(&forward), fingerprint(&anew));
        let own = items_of(&compiled(), &subjects[at], &facts, &Marks::new(), year(), year().until());
        let row = anew.row(&subjects[at].code).expect("a row");
        let points = |items: &[assessment::ItemResult]| items.iter().map(|item| (item.item, item.points)).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(points(&own), points(&row.items));
    }
}

/// Cities by the hundred, every method of scoring: the engine and a plain script that knows only the sentences agree to the last digit.
#[test]
fn an_independent_script_gives_the_same() {
    let mut runner = TestRunner::deterministic();
    let cities: Vec<Vec<Branch>> = (0..200).map(|_| city().new_tree(&mut runner).expect("a city").current()).collect();
    let told = |at: usize, branch: &Branch| {
        serde_json::json!({
            "code": format!("B{at:03}"),
            "field": if branch.is_school { "school" } else { "rural" },
            "county": branch.county,
            "meetings": branch.meetings,
            "hours": branch.hours,
            "trained": branch.trained,
        })
    };
    let asked: Vec<Vec<_>> = cities.iter().map(|city| city.iter().enumerate().map(|(at, branch)| told(at, branch)).collect()).collect();
    let script = beside("crates/assessment/tests/independent/methods.py");
    let child = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            assert!(std::env::var_os("JISHI_CI").is_none(), "python3 is needed in CI: {error}");
            println!("no python3 ({error}), nothing compared");
            return;
        }
    };
    let mut stdin = child.stdin.take().expect("it reads");
    stdin.write_all(serde_json::json!({ "cities": asked }).to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).expect("the script prints UTF-8");
    let ours: Vec<String> = cities.iter().enumerate().flat_map(|(number, city)| lines(number, &rated(city))).collect();
    assert_same_lines(&ours, &printed.lines().collect::<Vec<_>>());
    let stars: HashSet<&str> = ours.iter().filter_map(|line| line.split('|').nth(3)).collect();
    assert_eq!(stars, HashSet::from(["1", "3", "4", "5"]), "every star is given somewhere");
}

fn lines(number: usize, evaluation: &Evaluation) -> Vec<String> {
    let or_none = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
    let rows = evaluation.rows.iter();
    rows.map(|row| format!("{number} {}|{}|{}|{}|{}", row.code, row.cohort, row.score, or_none(row.star.map(u32::from)), or_none(row.rank))).collect()
}
