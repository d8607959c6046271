//! Deductions, places, changes and ballots, worked out by hand.

use expect_test::expect;
use policy::Ratio;

use crate::items::{check, pack};
use crate::world::{World, day, items_text};

const YEARLY: &str = "per = \"year\"\nvalue = \"meetings\"\n";

fn yearly(more: &str) -> String {
    format!("{YEARLY}{more}\n")
}

const FAULTS: &str = "target = [{ from = \"2020-01-01\", is = \"<= 0\" }]\ncovered_by = \"activity\"";
const COVERED: &str = "a coverage.activity 2024-01-01..2026-01-01\n";

#[test]
fn each_fault_costs_points_down_to_the_floor() {
    let item = "score = \"deduct\", per_fault = 2.5, floor = 3";
    let facts = |n: &str| format!("{COVERED}a meeting {n}");
    check(
        &yearly(FAULTS),
        item,
        COVERED,
        expect![[r#"
        i 0/0 met 12.00 of 12.00
    "#]],
    );
    check(
        &yearly(FAULTS),
        item,
        &facts("2025-01-01 2025-07-01 2025-08-01"),
        expect![[r#"
        i 3/0 not_met 4.50 of 12.00 missing 2025
    "#]],
    );
    check(
        &yearly(FAULTS),
        item,
        &facts("2025-01-01 2025-01-02 2025-01-03 2025-01-04 2025-01-05"),
        expect![[r#"
        i 5/0 not_met 3.00 of 12.00 missing 2025
    "#]],
    );
    // Without complete records nobody knows that there was no fault.
    check(
        &yearly(FAULTS),
        item,
        "",
        expect![[r#"
            i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （未导入该期间的完整记录）
        "#]],
    );
}

#[test]
fn faults_of_all_quarters_cost_the_same_points() {
    // Three faults in one quarter or over three cost 3 × 2.5 of the twelve; a quarter not over yet is not due.
    let quarterly = format!("per = \"quarter\"\nvalue = \"meetings\"\n{FAULTS}\n");
    let item = "score = \"deduct\", per_fault = 2.5";
    check(
        &quarterly,
        item,
        &format!("{COVERED}a meeting 2025-01-01 2025-01-02 2025-01-03"),
        expect![[r#"
        i 3/0 not_met 4.50 of 12.00 missing 2025-Q1
    "#]],
    );
    let world = World::new(&pack(&quarterly, item), &format!("branch a rural C1\n{COVERED}a meeting 2025-01-01"));
    expect![[r#"
        i 1/0 not_met 6.50 of 9.00 missing 2025-Q1 coming 2025-Q4
    "#]]
    .assert_eq(&items_text(&world.evaluate_until("2025", day("2025-10-01")), "a"));
    // One quarter unknown: what is known to be lost is lost.
    check(
        &quarterly,
        item,
        "a coverage.activity 2025-01-01..2025-10-01\na meeting 2025-01-01",
        expect![[r#"
        i 1/0 not_met 6.50–9.50 of 12.00 missing 2025-Q1 unknown 2025-Q4
    "#]],
    );
}

/// Meetings of five branches of one county, and what each gets.
fn placed(item: &str, target: &str, figures: &str) -> String {
    let indicator =
        format!("per = \"year\"\nvalue = \"meetings\"\ntarget = [{{ from = \"2020-01-01\", is = \"{target}\" }}]\ncovered_by = \"activity\"\n");
    let mut text = String::new();
    for (name, n) in figures.split_whitespace().map(|one| one.split_once('=').expect("a figure")) {
        text += &format!("branch {name} rural C1\n");
        if n == "?" {
            continue;
        }
        text += &format!("{name} coverage.activity 2025-01-01..2026-01-01\n");
        for k in 1..=n.parse::<u32>().expect("a number") {
            text += &format!("{name} meeting 2025-01-{k:02}\n");
        }
    }
    let world = World::new(&pack(&indicator, item), &text);
    let evaluation = world.evaluate("2025");
    let line = |row: &assessment::Row| {
        let item = &row.items[0];
        format!(
            "{} {:?} {} total {}\n",
            row.code,
            item.place,
            item.points.map(assessment::decimal).unwrap_or_default(),
            assessment::decimal(row.score)
        )
    };
    evaluation.rows.iter().map(line).collect()
}

#[test]
fn the_best_gets_all_the_last_what_is_left_equals_the_mean_of_their_places() {
    expect![[r#"
        a Some((1, 5)) 12.00 total 100.00
        b Some((2, 5)) 8.25 total 68.75
        c Some((2, 5)) 8.25 total 68.75
        d Some((4, 5)) 4.50 total 37.50
        e Some((5, 5)) 2.00 total 16.67
    "#]]
    .assert_eq(&placed("score = \"rank_in_cohort\", last_points = 2", ">= 1", "a=9 b=5 c=5 d=1 e=0"));
    // A ceiling: the fewer the better.
    expect![[r#"
        a Some((3, 3)) 0.00 total 0.00
        b Some((1, 3)) 12.00 total 100.00
        c Some((2, 3)) 6.00 total 50.00
    "#]]
    .assert_eq(&placed("score = \"rank_in_cohort\"", "<= 1", "a=3 b=0 c=1"));
}

#[test]
fn who_is_not_evidenced_takes_no_place_and_whoever_is_alone_gets_all() {
    expect![[r#"
        a Some((1, 2)) 12.00 total 100.00
        b None 0.00 total 0.00
        c Some((2, 2)) 0.00 total 0.00
    "#]]
    .assert_eq(&placed("score = \"rank_in_cohort\"", ">= 1", "a=3 b=? c=1"));
    expect![[r#"
        a Some((1, 1)) 12.00 total 100.00
    "#]]
    .assert_eq(&placed("score = \"rank_in_cohort\"", ">= 1", "a=0"));
    // Nobody did anything: half, not full marks.
    expect![[r#"
        a Some((1, 3)) 6.00 total 50.00
        b Some((1, 3)) 6.00 total 50.00
        c Some((1, 3)) 6.00 total 50.00
    "#]]
    .assert_eq(&placed("score = \"rank_in_cohort\"", ">= 1", "a=0 b=0 c=0"));
}

/// The item of branch `a`, held against a year of facts of its own.
fn changed(item: &str, base: Option<&str>, facts: &str) -> String {
    let indicator = yearly("target = [{ from = \"2020-01-01\", is = \">= 1\" }]\ncovered_by = \"activity\"");
    let head = "branch a rural C1";
    let mut world = World::new(&pack(&indicator, item), &format!("{head}\n{facts}"));
    if let Some(base) = base {
        let base = World::new(&pack(&indicator, item), &format!("{head}\n{base}"));
        world.facts = world.facts.against(1, base.facts.into());
    }
    world.items("a", "2025")
}

#[test]
fn a_change_is_held_against_the_year_before() {
    const DIFFERENCE: &str = "score = \"change_against_base\", change = { from = 0, to = 4 }";
    const SHARE: &str = "score = \"change_against_base\", change = { from = 0, to = \"50%\", as = \"share\" }";
    const LESS: &str = "score = \"change_against_base\", change = { from = 0, to = \"-50%\", as = \"share\" }";
    let year = |year: u32, n: u32| {
        let days: String = (1..=n).map(|day| format!(" {year}-03-{day:02}")).collect();
        format!("a coverage.activity {year}-01-01..{}-01-01\na meeting{days}", year + 1)
    };
    let run = |item: &str, base: u32, now: u32| changed(item, Some(&year(2024, base)), &year(2025, now));
    expect![[r#"
        i 7/4 not_met 9.00 of 12.00 missing 2025
    "#]]
    .assert_eq(&run(DIFFERENCE, 4, 7));
    expect![[r#"
        i 8/4 met 12.00 of 12.00
    "#]]
    .assert_eq(&run(DIFFERENCE, 4, 8));
    expect![[r#"
        i 2/4 not_met 0.00 of 12.00 missing 2025
    "#]]
    .assert_eq(&run(DIFFERENCE, 4, 2));
    expect![[r#"
        i 5/4 not_met 6.00 of 12.00 missing 2025
    "#]]
    .assert_eq(&run(SHARE, 4, 5));
    expect![[r#"
        i 3/4 not_met 6.00 of 12.00 missing 2025
    "#]]
    .assert_eq(&run(LESS, 4, 3));
    // From nothing no share can be taken; the difference can.
    expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （基期的数不大于零，无法按比例比较）
    "#]]
    .assert_eq(&run(SHARE, 0, 5));
    expect![[r#"
        i 3/0 not_met 9.00 of 12.00 missing 2025
    "#]]
    .assert_eq(&run(DIFFERENCE, 0, 3));
}

#[test]
fn without_a_base_a_change_is_not_evidenced_and_says_why() {
    let item = "score = \"change_against_base\", change = { from = 0, to = 4 }";
    let now = "a coverage.activity 2025-01-01..2026-01-01\na meeting 2025-01-01 2025-01-02 2025-01-03 2025-01-04";
    expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （没有调取基期的记录，无法比较）
    "#]]
    .assert_eq(&changed(item, None, now));
    // The facts are there, but nothing of that year was entered: no base, not a base of nothing.
    expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （未导入基期的完整记录）
    "#]]
    .assert_eq(&changed(item, Some(""), now));
    // Four more than nothing, proven by the base's coverage; the year itself has to be covered, too.
    let base = "a coverage.activity 2024-01-01..2025-01-01";
    expect![[r#"
        i 4/0 met 12.00 of 12.00
    "#]]
    .assert_eq(&changed(item, Some(base), now));
    expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （未导入该期间的完整记录）
    "#]]
    .assert_eq(&changed(item, Some(base), "a meeting 2025-01-01 2025-01-02 2025-01-03 2025-01-04"));
}

#[test]
fn who_was_founded_since_has_nothing_to_be_held_against() {
    let indicator = yearly("target = [{ from = \"2020-01-01\", is = \">= 1\" }]\ncovered_by = \"activity\"");
    let text = "branch a rural C1 from=2024-06-01\na coverage.activity 2024-01-01..2026-01-01\na meeting 2025-01-01";
    let mut world = World::new(&pack(&indicator, "score = \"change_against_base\", change = { from = 0, to = 4 }"), text);
    world.facts = world.facts.clone().against(1, world.facts.into());
    expect![[r#"
        i 0/0 not_applicable of 0.00 （基期初尚未成立，无从比较）
    "#]]
    .assert_eq(&world.items("a", "2025"));
}

#[test]
fn a_ballot_below_its_quorum_leaves_the_item_open_and_says_why() {
    let of_ballot = "name = \"测评\"\nvotes = \"secret\"\nquorum = \"80%\"\nscale = { from = 0, to = 100 }\ngroup = [{ key = \"m\", name = \"党员\", weight = 100 }]\ncite = { doc = \"example\" }";
    let ballot: policy::Ballot = toml_edit::de::from_str(of_ballot).expect("a ballot");
    let judged = "per = \"year\"\ntarget = [{ from = \"2020-01-01\", is = \">= 80%\" }]\n";
    let named = "score = \"judged\", ballot = \"m\"";
    let mut world = World::new(&format!("{}\n[ballot.m]\n{of_ballot}\n", pack(judged, named)), "branch a rural C1");
    let mut count = |n: usize| {
        let votes = assessment::GroupVotes { group: "m".into(), n_electors: 10, votes: vec![90; n] };
        world.marks.take_ballot(1, "m", assessment::ballot_points(&ballot, &[votes], Ratio::from_integer(1)));
        world.items("a", "2025")
    };
    expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 （应参加测评 10 人，实际 7 人，不到规定的 8 人，结果不计，请重新组织）
    "#]]
    .assert_eq(&count(7));
    expect![[r#"
        i 9/10 met 10.80 of 12.00
    "#]]
    .assert_eq(&count(8));
}

/// Every sentence about the item of branch `a`, at the end of the year and in the middle of it.
fn told(indicator: &str, item: &str, facts: &str, until: &str) -> String {
    let mut world = World::new(
        &pack(indicator, item),
        &format!("branch a rural C1\nbranch b rural C1\nb coverage.activity 2024-01-01..2026-01-01\n{COVERED}{facts}"),
    );
    world.facts = world.facts.clone().against(1, world.facts.into());
    let evaluation = world.evaluate_until("2025", day(until));
    let row = evaluation.row("a").expect("a row");
    let told = assessment::explain(&evaluation, row, &row.items[0]);
    told.sentences.concat() + &told.still_possible.unwrap_or_default()
}

#[test]
fn each_way_of_scoring_explains_itself() {
    let facts = "a meeting 2024-05-01 2025-05-01 2025-06-01 2025-06-02";
    let placed = yearly("target = [{ from = \"2020-01-01\", is = \">= 1\" }]\ncovered_by = \"activity\"");
    let quarterly = format!("per = \"quarter\"\nvalue = \"meetings\"\n{FAULTS}\n");
    let change = "score = \"change_against_base\", change = { from = 0, to = \"400%\", as = \"share\" }";
    expect!["本项 12 分：每有一个扣2分，扣到1分为止。共 3 次。得 6.00 分。"].assert_eq(&told(
        &yearly(FAULTS),
        "score = \"deduct\", per_fault = 2, floor = 1",
        facts,
        "2026-01-01",
    ));
    expect!["本项 12 分：每有一个扣2分，扣完为止。共 3 次。得 0.00 分。2025-12-31 前不再发生的，不再扣分；已经发生的不因补录改变。"]
        .assert_eq(&told(&quarterly, "score = \"deduct\", per_fault = 2", facts, "2025-07-01"));
    expect!["本项 12 分：按在同类中的名次得分，第一名得满分，最后一名得0分，并列的取平均。实际 3 次，在同类 2 个中排第 1。得 12.00 分。"]
        .assert_eq(&told(&placed, "score = \"rank_in_cohort\"", facts, "2026-01-01"));
    expect!["本项 12 分：与上年同期相比，变化0%得0分，变化400%得满分，中间按比例。本期与基期之比 3 ∶ 1，变化 200%。得 6.00 分。"].assert_eq(&told(
        &placed,
        change,
        facts,
        "2026-01-01",
    ));
    // Nothing is said of the year before it is over, although no fault has happened yet.
    expect!["本项 12 分：每有一个扣2分，扣完为止。周期尚未结束，暂不计分。不计入应得分。2025-12-31 前不再发生的，不再扣分；已经发生的不因补录改变。"]
        .assert_eq(&told(&yearly(FAULTS), "score = \"deduct\", per_fault = 2", "", "2025-07-01"));
}
