//! What the first two schemes do not turn: a judgement without a ballot, weights that make another total than a hundred, faults of
//! several periods, a change against the year before last.

use super::*;

const MORE: &str = r#"
[measure.slips]
sum = ["activity.slip"]
[indicator.look]
name = "现场查看"
unit = "分"
per = "year"
target = [{ from = "2020-01-01", is = ">= 80%" }]
cite = { doc = "example" }
[indicator.slips]
name = "差错"
unit = "个"
per = "quarter"
value = "slips"
target = [{ from = "2020-01-01", is = "<= 0" }]
covered_by = "activity"
cite = { doc = "example" }
[indicator.since]
name = "项目比前年多"
unit = "个"
per = "year"
value = "projects"
target = [{ from = "2020-01-01", is = ">= 1" }]
covered_by = "activity"
cite = { doc = "example" }
[scheme.u]
name = "第三个方案"
kinds = ["branch"]
star_below = 1
weights_total = 60
evidenced_weight_min = "0%"
cite = { doc = "example" }
star = [{ star = 5, at_least = 70 }, { star = 3, at_least = 40 }]
[scheme.u.cohort]
under = "county"
pool_to = []
[[scheme.u.section]]
name = "全部"
items = [
  { indicator = "look", weight = 15, score = "judged" },
  { indicator = "slips", weight = 20, score = "deduct", per_fault = "3/2", floor = 2 },
  { indicator = "since", weight = 15, score = "change_against_base", change = { from = 0, to = 4, years_back = 2 }, when_not_evidenced = "leave_out" },
  { indicator = "hours", weight = 10, score = "proportional_to_target" },
]
"#;

/// What was judged on the spot, of fifteen; nobody looked where no member voted.
pub(super) fn looked(branch: &Branch) -> Option<Ratio> {
    branch.votes.0.first().map(|vote| Ratio::new(i128::from(*vote) * 3, 2))
}

/// By the third scheme.
pub(super) fn rated(branches: &[Branch]) -> Evaluation {
    static THIRD: LazyLock<Compiled> = LazyLock::new(|| {
        let pack: Pack = toml_edit::de::from_str(&format!("{PACK}{MORE}")).expect("a pack");
        Compiled::new(&pack, "u", year().from()).expect("the scheme is sound")
    });
    assert_eq!(THIRD.years_back(), [2]);
    let mut marks = Marks::new();
    for (org, branch) in (1..).zip(branches) {
        if let Some(points) = looked(branch) {
            marks.judge(org, "look", points);
        }
    }
    let facts = facts_of(branches).against(2, year_before_last(branches).into());
    evaluate(&THIRD, &subjects_of(branches), &facts, &marks, year(), year().until())
}

/// As many projects as there are awards; entered where the year before was.
fn year_before_last(branches: &[Branch]) -> Facts {
    let mut facts = FactsBuilder::new();
    for (org, branch) in (1..).zip(branches) {
        let (from, until, on) = (date(YEAR - 2, 1, 1), Some(date(YEAR - 1, 1, 1)), date(YEAR - 2, 5, 1));
        if branch.is_covered.1 {
            facts.span(org, &Span { kind: "coverage.activity", from, until, quantity: 1, subject: 0, source: 0 });
        }
        let quantity = i64::from(branch.awards);
        facts.event(org, &Event { kind: "activity.project", on, quantity, subject: 0, flags: Flags::default(), source: 1, makes_up: None });
    }
    facts.build()
}

pub(super) fn lines(number: usize, evaluation: &Evaluation) -> Vec<String> {
    other_lines(number, evaluation).into_iter().map(|line| line.replacen(" otherwise ", " thirdly ", 1)).collect()
}
