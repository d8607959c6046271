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

#[test]
fn places_are_rounded_as_the_scheme_says() {
    // A quarter of ten is two and a half places.
    let figures: Vec<(String, u32, u32)> = (0..10).map(|i| (format!("b{i}"), 100 - i, 10)).collect();
    let figures: Vec<(&str, u32, u32)> = figures.iter().map(|(name, meetings, talks)| (name.as_str(), *meetings, *talks)).collect();
    let text = county("rural", "C1", &figures);
    for (rounding, places) in [("down", 2), ("nearest", 3), ("up", 3)] {
        let world = World::new(&PACK.replace("star_below = 1", &format!("star_below = 1\nquota_rounding = \"{rounding}\"")), &text);
        let evaluation = world.evaluate("2025");
        let quota = &evaluation.cohorts[0].quotas[0];
        assert_eq!((quota.places, quota.n_awarded), (places, places), "{rounding}");
    }
    // With places to the nearest two branches of a quarter are enough for a cohort of their own; one branch always is when they round up.
    let two = county("rural", "C1", &[("a", 100, 10), ("b", 90, 10)]) + &county("rural", "C2", &[("c", 80, 10)]);
    let cohorts = |rounding: &str| {
        let world = World::new(&PACK.replace("star_below = 1", &format!("star_below = 1\nquota_rounding = \"{rounding}\"")), &two);
        world.evaluate("2025").cohorts.iter().map(|cohort| format!("{} {}", cohort.key, cohort.size)).collect::<Vec<_>>()
    };
    assert_eq!(cohorts("down"), ["农村@S 3"]);
    assert_eq!(cohorts("nearest"), ["农村@C1 2", "农村@S 1"]);
    assert_eq!(cohorts("up"), ["农村@C1 2", "农村@C2 1"]);
}

#[test]
fn whoever_is_disqualified_has_neither_star_nor_rank_and_says_why() {
    let pack = PACK.replace("star_at_most = 3", "disqualify = true");
    let world = World::new(&pack, &county("rural", "C1", &[("a", 100, 9), ("b", 95, 10), ("c", 50, 10), ("d", 20, 10)]));
    expect![[r#"
        a 农村@C1 97.00 star - rank - veto talk
        b 农村@C1 96.50 star 5 rank 1
        c 农村@C1 65.00 star 3 rank 2
        d 农村@C1 44.00 star 1 rank 3
    "#]]
    .assert_eq(&world.rows("2025"));
    let evaluation = world.evaluate("2025");
    let row = evaluation.row("a").expect("a row");
    assert!(row.is_disqualified() && !row.is_unrated());
    assert_eq!(evaluation.unpublishable().count(), 0, "it is settled, not open");
    expect!["应得 100 分，实得 97.00 分，折算 97.00 分。“谈话”未达标，按规定不予评星，不排名次。"]
        .assert_eq(&assessment::explain_total(&evaluation, row).concat());
    assert_eq!(evaluation.printed().rows[0].disqualified_by, ["talk"]);
    assert_eq!(evaluation.cohorts[0].size, 4, "it counts in the size from which places are taken");
    // The fingerprint tells it from 暂不评定.
    let mut unrated = evaluation.clone();
    unrated.rows[0].vetoes.clear();
    assert_ne!(assessment::fingerprint(&unrated), assessment::fingerprint(&evaluation));
}

#[test]
fn a_bonus_adds_beyond_the_hundred_up_to_its_cap_and_is_owed_by_nobody() {
    let pack = PACK.replace("star_below = 1", "star_below = 1\nbonus_cap = 6").replace(
        "  { indicator = \"talk\", weight = 30",
        "  { indicator = \"extra\", weight = 4, score = \"deduct\", per_fault = 1, bonus = true },\n  { indicator = \"more\", weight = 4, score = \"proportional_to_target\", bonus = true },\n  { indicator = \"talk\", weight = 30",
    ) + "[measure.extra]\nsum = [\"activity.extra\"]\n[measure.more]\nsum = [\"activity.more\"]\n"
        + "[indicator.extra]\nname = \"事故\"\nunit = \"起\"\nper = \"year\"\nvalue = \"extra\"\ntarget = [{ from = \"2020-01-01\", is = \"<= 0\" }]\ncite = { doc = \"example\" }\n"
        + "[indicator.more]\nname = \"品牌\"\nunit = \"个\"\nper = \"year\"\nvalue = \"more\"\ntarget = [{ from = \"2020-01-01\", is = \">= 2\" }]\ncite = { doc = \"example\" }\n";
    let text = county("rural", "C1", &[("a", 100, 10), ("b", 100, 10), ("c", 0, 0)])
        + "b extra 2025-01-01 x3\nb more 2025-01-01 x1\na more 2025-01-01 x2\nc extra 2025-02-01 x9";
    let world = World::new(&pack, &text);
    let evaluation = world.evaluate("2025");
    let figures: Vec<String> = evaluation.rows.iter().map(|row| format!("{} {} of {} bonus {}", row.code, row.score, row.due, row.bonus)).collect();
    // a: 4 + 4, cut to 6. b: 1 + 2. c: nothing, and nothing is missing for it.
    assert_eq!(figures, ["a 106 of 100 bonus 6", "b 103 of 100 bonus 3", "c 0 of 100 bonus 0"]);
    let row = evaluation.row("a").expect("a row");
    assert!(
        assessment::explain_total(&evaluation, row)
            .concat()
            .contains("折算 100.00 分。加分项目合计 8.00 分，按方案最多加 6.00 分，加 6.00 分后总分 106.00 分。")
    );
    assert_eq!(evaluation.printed().rows[0].bonus.as_deref(), Some("6.00"));
    assert_eq!(evaluation.printed().rows[2].bonus, None);
}

#[test]
fn each_year_is_rated_by_its_version() {
    let later = "[scheme.later]\nname = \"新方案\"\nversion_of = \"s\"\nfrom_year = 2025\nkinds = [\"branch\"]\nstar_below = 1\nevidenced_weight_min = 0\ncite = { doc = \"example\" }\nstar = [{ star = 2, at_least = 1 }]\ncohort = { under = \"county\", pool_to = [\"city\"] }\nsection = [{ name = \"活动\", items = [{ indicator = \"talk\", weight = 100, score = \"met\" }] }]\n";
    let pack = PACK.replace("star_below = 1", "star_below = 1\nfrom_year = 2023\nuntil_year = 2025") + later;
    let world = World::new(&pack, &county("rural", "C1", &[("a", 100, 10)]));
    let name = |year: &str| world.evaluate(year).name;
    assert_eq!((name("2024"), name("2025"), world.evaluate("2025").scheme), ("方案".into(), "新方案".into(), "s".into()));
    let before = assessment::Compiled::new(&world.pack, "s", "2022-01-01".parse().expect("a day")).expect_err("nothing for that year");
    assert_eq!(before, ["方案“方案”没有用于 2022 年的版本，请在制度包里补上（from_year、until_year）"]);
}
