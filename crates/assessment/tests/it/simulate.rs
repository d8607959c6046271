//! A draft beside the scheme in force: who moves, what weights decide, what tells nobody apart, who comes off worse.

use std::collections::HashSet;

use assessment::{Compiled, Draft, DraftPlace, Evaluation, Shift, Simulation, SimulationSources, evaluate, simulate};
use policy::{Pack, Ratio};

use crate::world::{World, period};

/// Meetings of 100 (70 points) and talks of 10 (30 points); five stars from 70 for a quarter of the cohort.
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
[measure.full_members]
active = ["member.full"]
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
[indicator.visit]
name = "实地查看"
unit = "分"
per = "year"
target = []
cite = { doc = "example" }
[scheme.s]
name = "方案"
kinds = ["branch"]
star_below = 1
evidenced_weight_min = "50%"
cite = { doc = "example" }
star = [{ star = 5, at_least = 70, quota = "25%" }, { star = 4, at_least = 60 }, { star = 3, at_least = 50 }]
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

/// Meetings, talks and full members of a branch.
fn branch(name: &str, field: &str, meetings: u32, talks: u32, members: u32) -> String {
    let members: String = (1..=members).map(|n| format!("{name} member.full 2024-01-01.. by={n}\n")).collect();
    format!(
        "branch {name} {field} C1\n{name} coverage.activity 2025-01-01..2026-01-01\n{name} meeting 2025-01-01 x{meetings}\n{name} talk 2025-01-01 x{talks}\n{members}"
    )
}

/// 70, 58, 71 and 0 points in the countryside; one school with all of 100.
fn world() -> World {
    let text = [
        branch("a", "rural", 100, 0, 3),
        branch("b", "rural", 40, 10, 5),
        branch("c", "rural", 80, 5, 8),
        branch("d", "rural", 0, 0, 12),
        branch("e", "school", 100, 10, 5),
    ];
    World::new(PACK, &text.concat())
}

fn simulated(world: &World, draft: &str, seen: &[&str]) -> Simulation {
    let seen: HashSet<i64> = seen.iter().map(|code| world.id(code)).collect();
    let draft: Draft = draft.parse().expect("a draft");
    let sources = SimulationSources {
        pack: &world.pack,
        scheme: "s",
        draft: &draft,
        subjects: &world.subjects,
        facts: &world.facts,
        marks: &world.marks,
        period: period("2025"),
        closed_until: period("2025").until(),
        seen: &seen,
        weight_step: Ratio::new(1, 5),
    };
    simulate(&sources).expect("the draft is sound")
}

const ALL: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Code, star before and after, and by how many places it moves.
type Moved<'a> = (&'a str, Option<u8>, Option<u8>, Option<i64>);

fn stars(simulation: &Simulation) -> Vec<Moved<'_>> {
    simulation.rows.iter().map(|row| (row.code.as_str(), row.before.star, row.after.star, row.places_gained())).collect()
}

#[test]
fn equal_weights_put_talks_before_meetings() {
    let world = world();
    let simulation = simulated(&world, ".meeting:50,.talk:50", &ALL);
    // 70/30: c 71, a 70, b 58, d 0, one place for five stars. 50/50: b 20 + 50 = 70, c 40 + 25 = 65, a 50, d 0.
    let expected = [
        ("a", Some(4), Some(3), Some(-1)),
        ("b", Some(3), Some(5), Some(2)),
        ("c", Some(5), Some(4), Some(-1)),
        ("d", Some(1), Some(1), Some(0)),
        // Alone in its field: a quarter of one is no place.
        ("e", Some(4), Some(4), Some(0)),
    ];
    assert_eq!(stars(&simulation), expected);
    assert_eq!(simulation.rows[1].after.score, Ratio::from_integer(70));
    assert_eq!(simulation.stars, [5, 4, 3, 1]);
    let weights: Vec<_> = simulation.items.iter().map(|item| (item.weight_before.to_integer(), item.definition.weight.to_integer())).collect();
    assert_eq!(weights, [(70, 50), (30, 50)]);
}

#[test]
fn thresholds_quotas_and_the_lowest_star_are_taken_from_the_draft() {
    let world = world();
    // Half of four are two places: c and a. 58 is below 59, and whoever reaches nothing gets two stars.
    let simulation = simulated(&world, "star3:59,quota5:1/2,below:2", &ALL);
    let after: Vec<_> = simulation.rows.iter().map(|row| row.after.star).collect();
    assert_eq!(after, [Some(5), Some(2), Some(5), Some(2), Some(4)]);
    // Without a quota everybody from 70 on.
    let open = simulated(&world, "quota5:none", &ALL);
    assert_eq!(open.rows.iter().map(|row| row.after.star).collect::<Vec<_>>(), [Some(5), Some(3), Some(5), Some(1), Some(5)]);
}

#[test]
fn an_empty_draft_moves_nobody() {
    let world = world();
    let simulation = simulated(&world, "", &ALL);
    assert!(simulation.rows.iter().all(|row| !row.is_moved() && row.before == row.after));
    let same = simulated(&world, ".meeting:70,star5:70", &ALL);
    assert!(same.rows.iter().all(|row| !row.is_moved()));
}

#[test]
fn each_weight_is_moved_alone_and_the_total_put_back_to_a_hundred() {
    let world = world();
    let simulation = simulated(&world, "", &ALL);
    let shift = |n_star, n_places| Shift { n_star, n_places, n_ranked: 5 };
    // Meetings 84 of 114: a 73.68, c 72.11, b 55.79. 56 of 86: c 69.53, a 65.12, b 60.93, nobody reaches 70.
    assert_eq!((simulation.items[0].up, simulation.items[0].down), (shift(2, 2), shift(2, 0)));
    // Talks 36 of 106: c 69.81, a 66.04, b 60.38. 24 of 94: a 74.47, c 72.34, b 55.32.
    assert_eq!((simulation.items[1].up, simulation.items[1].down), (shift(2, 0), shift(2, 2)));
    assert_eq!(simulation.items[0].up.places_mean(), Some(Ratio::new(2, 5)));
    // Of the whole, but only those seen are counted.
    let own = simulated(&world, "", &["a"]);
    assert_eq!(own.items[0].up, Shift { n_star: 1, n_places: 1, n_ranked: 1 });
    assert_eq!(own.rows.len(), 1);
    assert_eq!((own.rows[0].before.rank, own.rows[0].before.size), (Some(2), 4));
}

fn moved_in_full(world: &World, weights: [Ratio; 2]) -> Evaluation {
    let mut pack: Pack = world.pack.clone();
    let scheme = pack.schemes.get_mut("s").expect("the scheme");
    for (item, weight) in scheme.sections[0].items.iter_mut().zip(weights) {
        item.weight = weight;
    }
    let compiled = Compiled::new(&pack, "s", period("2025").from()).expect("the scheme is sound");
    evaluate(&compiled, &world.subjects, &world.facts, &world.marks, period("2025"), period("2025").until())
}

#[test]
fn scaling_an_item_gives_what_a_whole_evaluation_gives() {
    let mut state = 7_u32;
    let mut next = |n: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % n
    };
    for _ in 0..20 {
        let text: String = (0..24).map(|n| branch(&format!("b{n:02}"), ["rural", "school"][n % 2], 10 * next(11), next(11), 1)).collect();
        let world = World::new(PACK, &text);
        let codes: Vec<String> = (0..24).map(|n| format!("b{n:02}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let simulation = simulated(&world, "", &codes);
        let (meetings, talks) = (Ratio::from_integer(70), Ratio::from_integer(30));
        let base = moved_in_full(&world, [meetings, talks]);
        let (up, down) = (Ratio::new(6, 5), Ratio::new(4, 5));
        for (item, factor, shift) in [
            (0, up, simulation.items[0].up),
            (0, down, simulation.items[0].down),
            (1, up, simulation.items[1].up),
            (1, down, simulation.items[1].down),
        ] {
            let mut weights = [meetings, talks];
            weights[item] *= factor;
            let full = moved_in_full(&world, weights);
            let pairs = || base.rows.iter().zip(&full.rows);
            let n_places: u32 = pairs().map(|(was, is)| was.rank.expect("ranked").abs_diff(is.rank.expect("ranked"))).sum();
            let expected = Shift {
                n_star: pairs().filter(|(was, is)| was.star.zip(is.star).is_some_and(|(was, is)| was != is)).count(),
                n_places: u64::from(n_places),
                n_ranked: 24,
            };
            assert_eq!(shift, expected, "item {item} × {factor}");
        }
    }
}

#[test]
fn items_that_part_nobody_are_seen_by_their_largest_group() {
    let world = world();
    let simulation = simulated(&world, "", &["a", "b", "c", "d"]);
    let meeting = simulation.items[0].usefulness.expect("it counts");
    // Shares 1, 0.4, 0.8, 0: mean 0.55; off it by 0.45, 0.15, 0.25, 0.55.
    assert_eq!((meeting.n, meeting.n_equal, meeting.mean, meeting.spread), (4, 1, 550_000, 350_000));
    let talk = simulation.items[1].usefulness.expect("it counts");
    assert_eq!((talk.n_equal, talk.equal_at, talk.mean, talk.spread), (2, Ratio::from_integer(0), 375_000, 375_000));
    assert!(talk.is_equal_for(Ratio::new(1, 2)) && !talk.is_equal_for(Ratio::new(51, 100)));
}

#[test]
fn fields_and_sizes_are_compared_by_mean_position_and_highest_star() {
    let world = world();
    let simulation = simulated(&world, ".meeting:50,.talk:50", &ALL);
    let figures = |report: &assessment::GroupReport| {
        (report.n, report.members, (report.before.position, report.before.n_top), (report.after.position, report.after.n_top))
    };
    // All in one row by score: e, c, a, b, d stand at 0.1, 0.3 … 0.9; the four of the countryside at 0.6 on average.
    let fields: Vec<_> = simulation.by_field.iter().map(figures).collect();
    assert_eq!(fields, [(4, (3, 12), (Some(600_000), 1), (Some(600_000), 1)), (1, (5, 5), (Some(100_000), 0), (Some(100_000), 0)),]);
    // Sizes 3, 5, 5, 8, 12: quarters end at 5, 5 and 8, and equal sizes are not parted: a, b, e | c | d. Within cohorts,
    // a stands at 0.375, b at 0.625, then first at 0.125; e is alone in the middle of its own.
    let sizes: Vec<_> = simulation.by_size.iter().map(figures).collect();
    assert_eq!(
        sizes,
        [
            (3, (3, 5), (Some(500_000), 0), (Some(416_666), 1)),
            (1, (8, 8), (Some(125_000), 1), (Some(375_000), 0)),
            (1, (12, 12), (Some(875_000), 0), (Some(875_000), 0)),
        ]
    );
}

#[test]
fn what_people_judged_keeps_its_share_of_the_weight() {
    let pack = PACK.replace(
        "{ indicator = \"talk\", weight = 30, score = \"proportional_to_target\" }",
        "{ indicator = \"visit\", weight = 30, score = \"judged\" }",
    );
    let mut world = World::new(&pack, &branch("a", "rural", 100, 0, 1));
    let id = world.id("a");
    world.marks.judge(id, "visit", Ratio::from_integer(12));
    let simulation = simulated(&world, ".meeting:40,.visit:60", &["a"]);
    // 70 + 12 of 30; 40 + 24 of 60.
    let scores = (simulation.rows[0].before.score, simulation.rows[0].after.score);
    assert_eq!(scores, (Ratio::from_integer(82), Ratio::from_integer(64)));
}

#[test]
fn the_points_of_bands_grow_with_the_weight() {
    let pack = PACK.replace(
        "{ indicator = \"talk\", weight = 30, score = \"proportional_to_target\" }",
        "{ indicator = \"talk\", weight = 30, score = \"bands\", bands = [{ at_least = 10, points = 30 }, { at_least = 5, points = 12 }] }",
    );
    let world = World::new(&pack, &branch("a", "rural", 100, 6, 1));
    let simulation = simulated(&world, ".meeting:40,.talk:60", &["a"]);
    // The second band: 70 + 12 of 30; 40 + 24 of 60.
    let scores = (simulation.rows[0].before.score, simulation.rows[0].after.score);
    assert_eq!(scores, (Ratio::from_integer(82), Ratio::from_integer(64)));
}

fn problems(draft: &str) -> Vec<(DraftPlace, String)> {
    let world = world();
    let draft: Draft = draft.parse().expect("a draft");
    let problems = draft.apply(&world.pack, &world.pack.schemes["s"]).expect_err("it is refused");
    problems.into_iter().map(|problem| (problem.place, problem.sentence)).collect()
}

#[test]
fn a_draft_that_does_not_add_up_is_refused_at_its_place() {
    assert_eq!(problems(".meeting:74"), [(DraftPlace::Sum(None), "各项合计 104 分，比 100 分多 4 分，请减下来".to_owned())]);
    assert_eq!(problems(".talk:12.5"), [(DraftPlace::Sum(None), "各项合计 82.50 分，比 100 分少 17.50 分，请补上".to_owned())]);
    assert_eq!(problems(".meeting:-10,.talk:110").len(), 2);
    assert_eq!(problems("star4:70"), [(DraftPlace::AtLeast(4), "4 星的分数线应低于 5 星的 70 分".to_owned())]);
    assert_eq!(problems("quota5:120%"), [(DraftPlace::Quota(5), "名额应在 0 到 100% 之间".to_owned())]);
    assert_eq!(problems("below:3"), [(DraftPlace::StarBelow, "达不到任何分数线的，应低于 3 星、不低于 1 星".to_owned())]);
    assert_eq!(problems("rural.meeting:70")[0].0, DraftPlace::Whole);
    assert!("weight=3".parse::<Draft>().is_err());
}

#[test]
fn a_draft_is_short_and_reads_back() {
    let world = world();
    let text = ".meeting:80,.talk:20,star5:88,quota5:3/25,quota4:none,below:1";
    let draft: Draft = text.parse().expect("a draft");
    assert_eq!(draft.to_string().parse::<Draft>(), Ok(draft.clone()));
    // What the scheme says already is left out: the lowest star is one, and four stars have no quota.
    assert_eq!(draft.reduced(&world.pack.schemes["s"]).to_string(), ".meeting:80,.talk:20,star5:88,quota5:3/25");
}

/// How long a city takes: printed, never asserted. `cargo test -p assessment --release draft_for_a_city -- --nocapture`.
#[test]
fn a_draft_for_a_city_is_simulated_and_the_time_is_printed() {
    let n = if cfg!(debug_assertions) { 200 } else { 13_000 };
    let reading = crate::samples::read_pack(&["national", "city"]);
    let period = policy::Period::year(2025);
    let compiled = Compiled::new(&reading.pack, "five_star", period.from()).expect("the scheme is sound");
    let (subjects, facts) = assessment::synthetic_city(&compiled, n, period);
    let seen: HashSet<i64> = subjects.iter().map(|subject| subject.id).collect();
    for text in ["", "star5:80,quota5:15%"] {
        let draft: Draft = text.parse().expect("a draft");
        let sources = SimulationSources {
            pack: &reading.pack,
            scheme: "five_star",
            draft: &draft,
            subjects: &subjects,
            facts: &facts,
            marks: &assessment::Marks::new(),
            period,
            closed_until: period.until(),
            seen: &seen,
            weight_step: Ratio::new(1, 5),
        };
        let (started, spent) = (std::time::Instant::now(), crate::city_scale::processor_ms());
        let simulation = simulate(&sources).expect("the draft is sound");
        let spent = crate::city_scale::processor_ms() - spent;
        println!(
            "{} organisations, {} items, draft “{text}”: {:?}, processor {spent} ms",
            simulation.rows.len(),
            simulation.items.len(),
            started.elapsed()
        );
        assert_eq!(simulation.rows.len(), subjects.len());
    }
}
