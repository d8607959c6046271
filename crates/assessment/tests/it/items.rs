//! One item at a time, worked out by hand.

use assessment::ItemResult;
use expect_test::{Expect, expect};
use policy::{Ratio, parse_ratio};

use crate::world::{World, day, items_text, period};

/// A scheme of one indicator `i` per quarter over meetings, and what else a test adds.
pub fn pack(indicator: &str, item: &str) -> String {
    format!(
        r#"
[field.rural]
name = "农村"
order = 1
cite = {{ doc = "example" }}
[activity.meeting]
name = "会议"
short = "会"
roster = "all_members"
cite = {{ doc = "example" }}
[measure.meetings]
count = ["activity.meeting"]
[measure.present]
sum = ["activity.meeting.present"]
[measure.eligible]
sum = ["activity.meeting.eligible"]
[measure.people]
distinct = ["person.trained"]
[measure.full_members]
active = ["member.full"]
[measure.full_members_at_the_end]
active = ["member.full"]
at = "last"
[duty.meeting]
name = "按季开会"
short = "会"
order = 1
activity = "meeting"
per = "quarter"
times = [{{ from = "2020-01-01", is = 1 }}]
kinds = ["branch"]
late_counts = "1/2"
cite = {{ doc = "example" }}
[indicator.i]
name = "按季开会"
unit = "次"
cite = {{ doc = "example" }}
{indicator}
[scheme.s]
name = "方案"
kinds = ["branch"]
star_below = 1
evidenced_weight_min = 0
cite = {{ doc = "example" }}
star = [{{ star = 5, at_least = 90 }}]
[scheme.s.cohort]
under = "county"
pool_to = ["city"]
[[scheme.s.section]]
name = "基本活动"
items = [{{ indicator = "i", weight = 12, {item} }}]
"#
    )
}

const QUARTERLY: &str = "per = \"quarter\"\nvalue = \"meetings\"\ntarget = [{ from = \"2020-01-01\", is = \">= 1\" }]\n";
const SHARE: &str = "score = \"share_of_periods_met\"";

pub fn check(indicator: &str, item: &str, facts: &str, expected: Expect) {
    let world = World::new(&pack(indicator, item), &format!("branch a rural C1\n{facts}"));
    expected.assert_eq(&world.items("a", "2025"));
}

fn quarterly(more: &str) -> String {
    format!("{QUARTERLY}{more}\n")
}

#[test]
fn a_share_counts_periods_not_meetings() {
    check(
        QUARTERLY,
        SHARE,
        "a meeting 2025-01-01 2025-03-31 2025-04-01 2024-12-31 2026-01-01",
        expect![[r#"
        i 2/4 not_met 6.00 of 12.00 missing 2025-Q3,2025-Q4
    "#]],
    );
    check(
        QUARTERLY,
        SHARE,
        "a meeting 2025-01-01 2025-04-01 2025-07-01 2025-10-01",
        expect![[r#"
        i 4/4 met 12.00 of 12.00
    "#]],
    );
}

#[test]
fn what_was_made_up_counts_as_the_duty_says_and_only_once() {
    // Accepted for the first quarter, held in the second: half a quarter, and nothing for the second.
    check(
        &quarterly("duty = \"meeting\""),
        SHARE,
        "a coverage.activity 2025-01-01..2026-01-01\na meeting 2025-04-02 late=2025-02-01 accepted\na meeting 2025-07-01",
        expect![[r#"
        i 1/4 not_met 4.50 of 12.00 missing 2025-Q2,2025-Q4 late 2025-Q1
    "#]],
    );
    // Held after the evaluated year.
    check(
        &quarterly("duty = \"meeting\""),
        SHARE,
        "a coverage.activity 2025-01-01..2026-01-01\na meeting 2026-01-05 late=2025-12-31 accepted",
        expect![[r#"
        i 0/4 not_met 1.50 of 12.00 missing 2025-Q1,2025-Q2,2025-Q3 late 2025-Q4
    "#]],
    );
}

#[test]
fn a_returned_record_counts_nothing() {
    check(
        QUARTERLY,
        SHARE,
        "a meeting 2025-01-01 returned",
        expect![[r#"
        i 0/4 not_met 0.00 of 12.00 missing 2025-Q1,2025-Q2,2025-Q3,2025-Q4
    "#]],
    );
}

#[test]
fn an_excused_period_leaves_the_denominator_unless_it_was_met() {
    let mut world = World::new(&pack(&quarterly("duty = \"meeting\""), SHARE), "branch a rural C1 live=2025-01-01\na meeting 2025-01-01");
    world.marks.excuse(1, "meeting", period("2025-Q1"), "防汛");
    world.marks.excuse(1, "meeting", period("2025-Q2"), "防汛");
    expect![[r#"
        i 1/3 not_met 4.00 of 12.00 missing 2025-Q3,2025-Q4
    "#]]
    .assert_eq(&world.items("a", "2025"));
}

#[test]
fn each_period_is_judged_by_the_target_of_its_first_day() {
    let targets =
        "per = \"quarter\"\nvalue = \"meetings\"\ntarget = [{ from = \"2025-04-01\", is = \">= 1\" }, { from = \"2025-07-02\", is = \">= 2\" }]";
    check(
        targets,
        SHARE,
        "a meeting 2025-04-01 2025-07-01 2025-10-01",
        expect![[r#"
        i 2/3 not_met 8.00 of 12.00 missing 2025-Q4
    "#]],
    );
}

#[test]
fn a_scheme_may_ask_more_than_the_indicator_does() {
    check(
        QUARTERLY,
        "target = \">= 2\", score = \"share_of_periods_met\"",
        "a meeting 2025-01-01 2025-02-01 2025-04-01 2025-07-01 2025-07-02 2025-10-01",
        expect![[r#"
        i 2/4 not_met 6.00 of 12.00 missing 2025-Q2,2025-Q4
    "#]],
    );
}

#[test]
fn applicability_is_looked_at_on_the_first_day_of_each_period() {
    let condition = quarterly("applies_when = \"full_members >= 2\"\notherwise = \"不足2人\"");
    check(
        &condition,
        SHARE,
        "a member.full 2000-01-01.. 2025-04-01..2025-10-01\na meeting 2025-05-01",
        expect![[r#"
        i 1/2 not_met 6.00 of 12.00 missing 2025-Q3
    "#]],
    );
    check(
        &condition,
        SHARE,
        "a member.full 2000-01-01..",
        expect![[r#"
        i 0/0 not_applicable of 0.00 （不足2人）
    "#]],
    );
}

#[test]
fn a_period_before_founding_does_not_apply() {
    let world = World::new(&pack(QUARTERLY, SHARE), "branch a rural C1 from=2025-04-02\na meeting 2025-05-01 2025-08-01");
    expect![[r#"
        i 1/2 not_met 6.00 of 12.00 missing 2025-Q4
    "#]]
    .assert_eq(&world.items("a", "2025"));
}

#[test]
fn what_no_source_covers_is_open_left_out_or_zero_and_never_silently_missing() {
    let covered = quarterly("covered_by = \"activity\"");
    let facts = "a coverage.activity 2025-01-01..2025-07-01\na meeting 2025-01-01 2025-07-01";
    // Third quarter: met without coverage. Fourth: unknown.
    check(
        &covered,
        SHARE,
        facts,
        expect![[r#"
        i 2/4 not_met 6.00–9.00 of 12.00 missing 2025-Q2 unknown 2025-Q4
    "#]],
    );
    check(
        &covered,
        "score = \"share_of_periods_met\", when_not_evidenced = \"leave_out\"",
        facts,
        expect![[r#"
        i 2/3 not_met 6.00 of 9.00 missing 2025-Q2 unknown 2025-Q4
    "#]],
    );
    check(
        &covered,
        "score = \"share_of_periods_met\", when_not_evidenced = \"zero\"",
        facts,
        expect![[r#"
        i 2/4 not_met 6.00 of 12.00 missing 2025-Q2 unknown 2025-Q4
    "#]],
    );
    check(
        &covered,
        SHARE,
        "",
        expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025-Q1,2025-Q2,2025-Q3,2025-Q4 （未导入该期间的完整记录）
    "#]],
    );
    check(
        &covered,
        "score = \"share_of_periods_met\", when_not_evidenced = \"leave_out\"",
        "",
        expect![[r#"
        i 0/0 not_evidenced of 0.00 unknown 2025-Q1,2025-Q2,2025-Q3,2025-Q4 （未导入该期间的完整记录）
    "#]],
    );
    // All that is known is met, but not all is known.
    check(
        &covered,
        SHARE,
        "a meeting 2025-01-01",
        expect![[r#"
        i 1/4 not_evidenced 3.00–12.00 of 12.00 unknown 2025-Q2,2025-Q3,2025-Q4 （未导入该期间的完整记录）
    "#]],
    );
}

#[test]
fn records_kept_here_since_go_live_are_coverage() {
    let world = World::new(&pack(&quarterly("duty = \"meeting\""), SHARE), "branch a rural C1 live=2025-07-01\na meeting 2025-08-01");
    expect![[r#"
        i 1/4 not_met 3.00–9.00 of 12.00 missing 2025-Q4 unknown 2025-Q1,2025-Q2
    "#]]
    .assert_eq(&world.items("a", "2025"));
}

const RATE: &str = "per = \"year\"\nvalue = \"present\"\nof = \"eligible\"\ntarget = [{ from = \"2020-01-01\", is = \">= 80%\" }]";

#[test]
fn a_rate_is_full_at_its_target_and_proportional_below() {
    let rate = "score = \"proportional_to_target\"";
    check(
        RATE,
        rate,
        "a meeting.present 2025-01-01 x8\na meeting.eligible 2025-01-01 x10",
        expect![[r#"
        i 8/10 met 12.00 of 12.00
    "#]],
    );
    // 12 × (7/10) ÷ (8/10) = 10.5
    check(
        RATE,
        rate,
        "a meeting.present 2025-01-01 x7\na meeting.eligible 2025-01-01 x10",
        expect![[r#"
        i 7/10 not_met 10.50 of 12.00 missing 2025
    "#]],
    );
    check(
        RATE,
        rate,
        "a meeting.present 2025-01-01 x12\na meeting.eligible 2025-01-01 x10",
        expect![[r#"
        i 12/10 met 12.00 of 12.00
    "#]],
    );
    check(
        RATE,
        "score = \"proportional_to_target\", when_not_evidenced = \"zero\"",
        "",
        expect![[r#"
        i 0/0 not_evidenced 0.00 of 12.00 unknown 2025 （没有可供计算的记录）
    "#]],
    );
}

#[test]
fn bands_give_the_points_of_the_first_reached() {
    let minutes = "per = \"year\"\nvalue = \"present\"\ntarget = [{ from = \"2020-01-01\", is = \">= 1440\" }]";
    let bands = "score = \"bands\", bands = [{ at_least = 720, points = 4 }, { at_least = 1440, points = 12 }]";
    for (given, expected) in [(719, "0.00"), (720, "4.00"), (1439, "4.00")] {
        let world = World::new(&pack(minutes, bands), &format!("branch a rural C1\na meeting.present 2025-06-01 x{given}"));
        assert_eq!(world.items("a", "2025"), format!("i {given}/1440 not_met {expected} of 12.00 missing 2025\n"));
    }
    check(
        minutes,
        bands,
        "a meeting.present 2025-06-01 x1440",
        expect![[r#"
        i 1440/1440 met 12.00 of 12.00
    "#]],
    );
    // Met although the highest band asks for more: the outcome is the target's.
    let higher = "score = \"bands\", bands = [{ at_least = 2000, points = 12 }, { at_least = 1000, points = 6 }]";
    check(
        minutes,
        higher,
        "a meeting.present 2025-06-01 x1500",
        expect![[r#"
        i 1500/1440 met 6.00 of 12.00
    "#]],
    );
}

#[test]
fn different_people_are_counted_once_and_spans_on_the_last_day() {
    let people = "per = \"year\"\nvalue = \"people\"\ntarget = [{ from = \"2020-01-01\", is = \">= 3\" }]";
    check(
        people,
        "score = \"met\"",
        "a person.trained 2025-01-01 2025-02-01 by=7\na person.trained 2025-03-01 by=8",
        expect![[r#"
        i 2/3 not_met 0.00 of 12.00 missing 2025
    "#]],
    );
    let members = "per = \"year\"\nvalue = \"full_members_at_the_end\"\ntarget = [{ from = \"2020-01-01\", is = \">= 1\" }]";
    check(
        members,
        SHARE,
        "a member.full 2020-01-01..2025-12-31",
        expect![[r#"
        i 0/1 not_met 0.00 of 12.00 missing 2025
    "#]],
    );
    check(
        members,
        SHARE,
        "a member.full 2025-12-31..2026-01-01",
        expect![[r#"
        i 1/1 met 12.00 of 12.00
    "#]],
    );
}

#[test]
fn only_closed_periods_are_due_before_the_end_of_the_year() {
    let world = World::new(&pack(QUARTERLY, SHARE), "branch a rural C1\na meeting 2025-01-01 2025-10-01");
    // Three of four quarters are over: 9 of 12 points are due, 3 are earned.
    let evaluation = world.evaluate_until("2025", day("2025-11-01"));
    expect![[r#"
        i 1/3 not_met 3.00 of 9.00 missing 2025-Q2,2025-Q3 coming 2025-Q4
    "#]]
    .assert_eq(&items_text(&evaluation, "a"));
    assert_eq!(evaluation.rows[0].score, Ratio::new(100, 3));
    let world = World::new(&pack(RATE, "score = \"met\""), "branch a rural C1\na meeting.present 2025-01-01 x9\na meeting.eligible 2025-01-01 x10");
    expect![[r#"
        i 0/0 met of 0.00 coming 2025
    "#]]
    .assert_eq(&items_text(&world.evaluate_until("2025", day("2025-11-01")), "a"));
    expect![[r#"
        i 0/0 not_applicable of 0.00 （本期不满一个考核周期）
    "#]]
    .assert_eq(&world.items("a", "2025-H1"));
}

#[test]
fn judged_items_wait_for_people_and_waivers_say_why() {
    let judged = pack("per = \"year\"\ntarget = [{ from = \"2020-01-01\", is = \">= 80%\" }]", "score = \"judged\"");
    let mut world = World::new(&judged, "branch a rural C1\nbranch b rural C1\nbranch c rural C1\nbranch d rural C1");
    world.marks.judge(1, "i", parse_ratio("9.6").expect("a number"));
    world.marks.judge(2, "i", parse_ratio("99").expect("a number"));
    world.marks.waive(3, "i", "在建");
    let evaluation = world.evaluate("2025");
    let text: String = ["a", "b", "c", "d"].iter().map(|code| format!("{code} {}", items_text(&evaluation, code))).collect();
    expect![[r#"
        a i 4/5 met 9.60 of 12.00
        b i 12/12 met 12.00 of 12.00
        c i 0/0 not_applicable of 0.00 （组织评定的单位决定不作评定：在建）
        d i 0/0 not_evidenced 0.00–12.00 of 12.00 （尚未评判）
    "#]]
    .assert_eq(&text);
    assert_eq!(evaluation.unpublishable().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    assert_eq!(evaluation.items_without_evidence().iter().map(|(d, n)| (d.key.as_str(), *n)).collect::<Vec<_>>(), [("i", 1)]);
}

#[test]
fn a_waiver_lets_off_what_has_no_evidence_and_keeps_what_was_missed() {
    let covered = quarterly("covered_by = \"activity\"");
    let facts = "branch a rural C1\na coverage.activity 2025-01-01..2025-07-01\na meeting 2025-01-01 2025-07-01";
    let mut world = World::new(&pack(&covered, SHARE), facts);
    world.marks.waive(1, "i", "第四季度的记录毁于水灾");
    let evaluation = world.evaluate("2025");
    expect![[r#"
        i 2/4 not_met 6.00 of 9.00 missing 2025-Q2 unknown 2025-Q4
    "#]]
    .assert_eq(&items_text(&evaluation, "a"));
    assert!(evaluation.items_without_evidence().is_empty());
}

#[test]
fn people_may_judge_what_no_record_evidences() {
    let mut world = World::new(&pack(&quarterly("covered_by = \"activity\""), SHARE), "branch a rural C1");
    world.marks.judge(1, "i", parse_ratio("6").expect("a number"));
    expect![[r#"
        i 6/12 not_met 6.00 of 12.00 unknown 2025-Q1,2025-Q2,2025-Q3,2025-Q4
    "#]]
    .assert_eq(&world.items("a", "2025"));
}

#[test]
fn a_rule_that_nobody_has_checked_is_switched_off() {
    check(
        &quarterly("pending = \"条文未取得\""),
        SHARE,
        "",
        expect![[r#"
        i 0/0 not_applicable of 0.00 （待核原文：条文未取得）
    "#]],
    );
}

#[test]
fn figures_too_large_are_said_to_be_so() {
    let product = "per = \"year\"\nvalue = \"present * present * present\"\ntarget = [{ from = \"2020-01-01\", is = \">= 1\" }]";
    check(
        product,
        "score = \"met\"",
        "a meeting.present 2025-01-01 x9000000000000000000",
        expect![[r#"
        i 0/0 not_evidenced 0.00–12.00 of 12.00 unknown 2025 （没有可供计算的记录）
    "#]],
    );
}

#[test]
fn evidence_is_each_record_once() {
    let world = World::new(
        &pack(RATE, "score = \"met\""),
        "branch a rural C1\na meeting.present 2025-01-01 2025-02-01 x9\na meeting.eligible 2025-01-01 2025-02-01 2026-01-01 x10",
    );
    assert_eq!(world.evaluate("2025").rows[0].items[0].evidence, [1, 2, 3, 4]);
}

#[test]
fn a_scheme_that_does_not_fit_its_pack_is_refused_with_every_reason() {
    let wrong = pack("per = \"year\"\nvalue = \"nothing + meetings\"\ntarget = []\nduty = \"none\"", SHARE)
        .replace("star_below = 1", "star_below = 1\nties = [\"i.length\", \"j.share\"]");
    let world = World::new(&wrong, "");
    let problems = assessment::Compiled::new(&world.pack, "s", day("2025-01-01")).expect_err("it does not fit");
    expect![[r#"
        指标 i：没有名为 nothing 的计量（measure）
        指标 i：没有名为 none 的责任（duty）
        同分次序“i.length”应当写成 指标.share、指标.numerator、指标.value 或 指标.points
        同分次序（ties）提到的指标 j 不在本方案中"#]]
    .assert_eq(&problems.join("\n"));
    assert!(assessment::Compiled::new(&world.pack, "t", day("2025-01-01")).is_err());
}

/// Results of past years are read back for ever: an item is kept flat, in this order, whatever it shares in memory.
#[test]
fn an_item_is_kept_as_it_always_was() {
    let world = World::new(
        &pack(RATE, "score = \"proportional_to_target\""),
        "branch a rural C1\na meeting.present 2025-01-01 x7\na meeting.eligible 2025-01-01 x10",
    );
    let item = &world.evaluate("2025").rows[0].items[0];
    let kept = serde_json::to_string(item).expect("JSON");
    expect![[r#"{"item":0,"value":"7/10","numerator":7,"denominator":10,"outcome":"not_met","points":"21/2","points_to":"21/2","due":"12","applicable":"12","evidenced":"12","judged":false,"missing":["2025"],"late":[],"unknown":[],"coming":[],"outside":[],"evidence":[1,2]}"#]].assert_eq(&kept);
    assert_eq!(serde_json::from_str::<ItemResult>(&kept).expect("an item"), *item);
    let place = kept.replace("\"judged\":false", "\"judged\":false,\"place\":[2,5]");
    let read: ItemResult = serde_json::from_str(&place).expect("an item with its place");
    assert_eq!((read.place, serde_json::to_string(&read).expect("JSON")), (Some((2, 5)), place));
}
