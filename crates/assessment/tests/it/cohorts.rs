//! Cohorts, order, quotas, stars.

use expect_test::expect;

use crate::world::World;

/// Two items: meetings held of 100 (70 points) and talks of 10 (30 points); a veto on `talk`; five stars for a quarter.
const PACK: &str = r#"
[field.rural]
name = "农村"
order = 1
cite = { doc = "example" }
[field.school]
name = "学校"
order = 2
cite = { doc = "example" }
[measure.meetings]
sum = ["activity.meeting"]
[measure.talks]
sum = ["activity.talk"]
[indicator.meeting]
name = "会议"
unit = "次"
per = "year"
value = "meetings"
target = [{ from = "2020-01-01", is = ">= 100" }]
covered_by = "activity"
cite = { doc = "example" }
[indicator.talk]
name = "谈话"
unit = "次"
per = "year"
value = "talks"
target = [{ from = "2020-01-01", is = ">= 10" }]
cite = { doc = "example" }
[scheme.s]
name = "方案"
kinds = ["branch"]
star_below = 1
ties = ["talk.numerator"]
evidenced_weight_min = "50%"
cite = { doc = "example" }
star = [{ star = 5, at_least = 90, quota = "25%" }, { star = 4, at_least = 80 }, { star = 3, at_least = 60 }]
veto = [{ unless_met = "talk", star_at_most = 3, cite = { doc = "example" } }]
[scheme.s.cohort]
under = "county"
pool_to = ["city"]
[[scheme.s.section]]
name = "活动"
items = [
  { indicator = "meeting", weight = 70, score = "proportional_to_target" },
  { indicator = "talk", weight = 30, score = "proportional_to_target" },
]
"#;

/// Branches with this many meetings and talks, in one county.
fn county(field: &str, code: &str, figures: &[(&str, u32, u32)]) -> String {
    let one = |(name, meetings, talks): &(&str, u32, u32)| {
        format!(
            "branch {name} {field} {code}\n{name} coverage.activity 2025-01-01..2026-01-01\n{name} meeting 2025-01-01 x{meetings}\n{name} talk 2025-01-01 x{talks}\n"
        )
    };
    figures.iter().map(one).collect()
}

#[test]
fn places_are_taken_in_order_and_ranks_shared() {
    // Eight branches, floor(25% × 8) = 2 places.
    let text = county(
        "rural",
        "C1",
        &[("a", 100, 10), ("b", 95, 10), ("c", 95, 10), ("d", 90, 10), ("e", 20, 10), ("f", 20, 10), ("g", 0, 10), ("h", 100, 9)],
    );
    let world = World::new(PACK, &text);
    // b and c are equal and only one place is left: neither gets it, nor does d after them. h is capped by the veto.
    expect![[r#"
        a 农村@C1 100.00 star 5 rank 1
        b 农村@C1 96.50 star 4 rank 3 without place
        c 农村@C1 96.50 star 4 rank 3 without place
        d 农村@C1 93.00 star 4 rank 5 without place
        e 农村@C1 44.00 star 1 rank 6
        f 农村@C1 44.00 star 1 rank 6
        g 农村@C1 30.00 star 1 rank 8
        h 农村@C1 97.00 star 3 rank 2 veto talk
    "#]]
    .assert_eq(&world.rows("2025"));
    let evaluation = world.evaluate("2025");
    let quota = &evaluation.cohorts[0].quotas[0];
    assert_eq!((quota.places, quota.n_candidates, quota.n_awarded), (2, 4, 1));
    assert_eq!(quota.edge_score.map(assessment::decimal).as_deref(), Some("100.00"));
}

#[test]
fn equals_that_fit_all_get_a_place_and_the_declared_order_parts_others() {
    // a and b have the same score by different ways: talks decide. c equals b in all.
    let text = county(
        "rural",
        "C1",
        &[("a", 100, 11), ("b", 100, 10), ("c", 100, 10), ("d", 0, 10), ("e", 0, 10), ("f", 0, 10), ("g", 0, 10), ("h", 0, 10)],
    );
    let world = World::new(PACK, &text);
    expect![[r#"
        a 农村@C1 100.00 star 5 rank 1
        b 农村@C1 100.00 star 4 rank 2 without place
        c 农村@C1 100.00 star 4 rank 2 without place
        d 农村@C1 30.00 star 1 rank 4
        e 农村@C1 30.00 star 1 rank 4
        f 农村@C1 30.00 star 1 rank 4
        g 农村@C1 30.00 star 1 rank 4
        h 农村@C1 30.00 star 1 rank 4
    "#]]
    .assert_eq(&world.rows("2025"));
    let both =
        county("rural", "C1", &[("a", 100, 10), ("b", 100, 10), ("c", 0, 10), ("d", 0, 10), ("e", 0, 10), ("f", 0, 10), ("g", 0, 10), ("h", 0, 10)]);
    let world = World::new(PACK, &both);
    assert!(world.rows("2025").starts_with("a 农村@C1 100.00 star 5 rank 1\nb 农村@C1 100.00 star 5 rank 1\n"));
}

#[test]
fn small_cohorts_of_a_field_are_merged_at_the_next_level() {
    // By default cohorts under ceil(1 ÷ 25%) = 4 are too small: C2 and C3 merge at the city, C1 stands; schools merge too.
    let four: Vec<(&str, u32, u32)> = vec![("a1", 100, 10), ("a2", 90, 10), ("a3", 80, 10), ("a4", 70, 10)];
    let mut text = county("rural", "C1", &four);
    text += &county("rural", "C2", &[("b1", 100, 10), ("b2", 95, 10), ("b3", 80, 10)]);
    text += &county("rural", "C3", &[("c1", 99, 10)]);
    text += &county("school", "C1", &[("s1", 99, 10)]);
    // Directly under the city: compared there from the beginning.
    text += &county("rural", "-", &[("x1", 10, 10)]);
    let world = World::new(PACK, &text);
    expect![[r#"
        a1 农村@C1 100.00 star 5 rank 1
        a2 农村@C1 93.00 star 4 rank 2 without place
        a3 农村@C1 86.00 star 4 rank 3
        a4 农村@C1 79.00 star 3 rank 4
        b1 农村@S 100.00 star 5 rank 1
        b2 农村@S 96.50 star 4 rank 3 without place
        b3 农村@S 86.00 star 4 rank 4
        c1 农村@S 99.30 star 4 rank 2 without place
        s1 学校@S 99.30 star 4 rank 1 without place
        x1 农村@S 37.00 star 1 rank 5
    "#]]
    .assert_eq(&world.rows("2025"));
    let cohorts: Vec<String> =
        world.evaluate("2025").cohorts.iter().map(|c| format!("{} {} {} {:?}", c.key, c.size, c.quotas[0].places, c.pooled_from)).collect();
    expect![[r#"
        农村@C1 4 1 []
        农村@S 5 1 [("农村@C2", 3), ("农村@C3", 1)]
        学校@S 1 0 [("学校@C1", 1)]"#]]
    .assert_eq(&cohorts.join("\n"));
}

#[test]
fn too_little_evidence_gives_neither_star_nor_rank_and_takes_no_place() {
    // Without coverage and with few meetings the larger item is unknown: 30% evidenced, under 50%.
    let mut text = county("rural", "C1", &[("a", 100, 10), ("b", 99, 10), ("c", 98, 10)]);
    text += "branch u rural C1\nu meeting 2025-01-01 x10\nu talk 2025-01-01 x10\n";
    expect![[r#"
        a 农村@C1 100.00 star 5 rank 1
        b 农村@C1 99.30 star 4 rank 2 without place
        c 农村@C1 98.60 star 4 rank 3 without place
        u 农村@C1 30.00–100.00 star - rank -
    "#]]
    .assert_eq(&World::new(PACK, &text).rows("2025"));
}

#[test]
fn whoever_does_not_exist_on_the_last_day_is_not_evaluated() {
    let text = "branch a rural C1 until=2025-12-31\nbranch b rural C1 until=2026-01-01\nbranch c rural C1 from=2025-12-31\n";
    let world = World::new(PACK, text);
    let evaluation = world.evaluate("2025");
    assert_eq!(evaluation.rows.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    // Nothing is due of a branch founded on the last day.
    assert!(evaluation.rows[1].is_unrated());
}
