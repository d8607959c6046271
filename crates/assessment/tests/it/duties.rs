//! Organisation × duty × period: a table of cases, each state and each edge.

use expect_test::{Expect, expect};

use crate::world::{World, period};

const PACK: &str = r#"
[activity.meeting]
name = "会议"
short = "会"
roster = "all_members"
cite = { doc = "example" }
[activity.large_meeting]
name = "大会"
short = "大会"
roster = "all_members"
also_satisfies = ["meeting"]
cite = { doc = "example" }
[measure.full_members]
active = ["member.full"]
[duty.d]
name = "按季开会"
short = "会"
order = 1
activity = "meeting"
per = "quarter"
times = [{ from = "2024-01-01", is = 1 }]
kinds = ["branch"]
applies_when = "full_members >= 3"
otherwise = "正式党员不足3人"
cite = { doc = "example" }
"#;

const MEMBERS: &str = "a member.full 2000-01-01.. 2000-01-01.. 2000-01-01..";

fn check(branch: &str, facts: &str, today: &str, expected: Expect) {
    check_pack(PACK, branch, facts, today, expected);
}

fn check_pack(pack: &str, branch: &str, facts: &str, today: &str, expected: Expect) {
    let world = World::new(pack, &format!("branch a rural C1 {branch}\n{MEMBERS}\n{facts}"));
    expected.assert_eq(&world.states("a", "2025-H1", today));
}

#[test]
fn held_within_the_period_is_on_time_whenever_it_was_entered() {
    check(
        "live=2025-01-01",
        "a meeting 2025-01-01 2025-06-30 imported",
        "2025-12-31",
        expect![[r#"
        2025-Q1 OnTime { sources: [4] }
        2025-Q2 OnTime { sources: [5] }
    "#]],
    );
}

#[test]
fn due_until_the_last_day_then_overdue_until_the_lock_day_then_missed() {
    let due = expect![[r#"
        2025-Q1 Due { days_left: 0, n_held: 0, times: 1 }
        2025-Q2 Due { days_left: 91, n_held: 0, times: 1 }
    "#]];
    check("live=2025-01-01", "", "2025-03-31", due);
    let overdue = expect![[r#"
        2025-Q1 Overdue { days_over: 1, days_until_lock: 9 }
        2025-Q2 Due { days_left: 90, n_held: 0, times: 1 }
    "#]];
    check("live=2025-01-01", "", "2025-04-01", overdue);
    let last_day = expect![[r#"
        2025-Q1 Overdue { days_over: 10, days_until_lock: 0 }
        2025-Q2 Due { days_left: 81, n_held: 0, times: 1 }
    "#]];
    check("live=2025-01-01", "", "2025-04-10", last_day);
    let missed = expect![[r#"
        2025-Q1 Missed
        2025-Q2 Due { days_left: 80, n_held: 0, times: 1 }
    "#]];
    check("live=2025-01-01", "", "2025-04-11", missed);
}

#[test]
fn the_pack_sets_the_lock_day() {
    let setting = "[setting.period_lock_days]\nname = \"锁定\"\nvalue = [{ from = \"2020-01-01\", is = 3 }]\ncite = { doc = \"example\" }";
    check_pack(
        &format!("{PACK}\n{setting}"),
        "live=2025-01-01",
        "",
        "2025-04-04",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 Due { days_left: 87, n_held: 0, times: 1 }
    "#]],
    );
}

#[test]
fn made_up_and_accepted_is_held_late_and_stands_for_that_period_only() {
    check(
        "live=2025-01-01",
        "a meeting 2025-04-20 late=2025-01-01 accepted",
        "2025-12-31",
        expect![[r#"
        2025-Q1 HeldLate { sources: [4], days_late: 20 }
        2025-Q2 Missed
    "#]],
    );
}

#[test]
fn made_up_but_not_accepted_counts_on_the_day_it_was_held() {
    check(
        "live=2025-01-01",
        "a meeting 2025-04-20 late=2025-01-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 OnTime { sources: [4] }
    "#]],
    );
}

#[test]
fn a_returned_record_counts_nothing() {
    check(
        "live=2025-01-01",
        "a meeting 2025-02-01 returned\na meeting 2025-04-20 late=2025-01-01 accepted returned",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 Missed
    "#]],
    );
}

#[test]
fn a_larger_meeting_satisfies_as_the_pack_says() {
    check(
        "live=2025-01-01",
        "a large_meeting 2025-02-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 OnTime { sources: [4] }
        2025-Q2 Missed
    "#]],
    );
}

#[test]
fn missed_needs_go_live_at_the_beginning_or_a_complete_import() {
    // In use since the second day of the year: the first quarter is not judged.
    check(
        "live=2025-01-02",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotYetInUse
        2025-Q2 Missed
    "#]],
    );
    check(
        "",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotYetInUse
        2025-Q2 NotYetInUse
    "#]],
    );
    check(
        "",
        "a coverage.activity 2025-01-01..2025-04-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 NotYetInUse
    "#]],
    );
}

#[test]
fn imported_without_this_kind_is_not_evidenced() {
    // Something was imported, but nobody said that it was complete.
    check(
        "",
        "a large_lecture 2025-02-01 imported",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotEvidenced
        2025-Q2 NotYetInUse
    "#]],
    );
    // Complete for other kinds only; then for half of the quarter; then for this kind.
    check(
        "",
        "a coverage.activity.lecture 2025-01-01..2025-07-01\na coverage.activity 2025-01-01..2025-07-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotEvidenced
        2025-Q2 NotEvidenced
    "#]],
    );
    check(
        "",
        "a coverage.activity 2025-01-01..2025-05-15",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 NotEvidenced
    "#]],
    );
    check(
        "",
        "a coverage.activity.meeting 2025-01-01..2025-07-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 Missed
    "#]],
    );
}

#[test]
fn an_imported_record_is_on_time_without_any_coverage() {
    check(
        "",
        "a meeting 2025-02-01 imported",
        "2025-12-31",
        expect![[r#"
        2025-Q1 OnTime { sources: [4] }
        2025-Q2 NotYetInUse
    "#]],
    );
}

#[test]
fn periods_lie_wholly_between_founding_and_dissolution() {
    check(
        "live=2025-01-01 from=2025-01-02",
        "a meeting 2025-02-01",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotApplicable("期初尚未成立")
        2025-Q2 Missed
    "#]],
    );
    check(
        "live=2025-01-01 until=2025-06-30",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 NotApplicable("期内已撤销")
    "#]],
    );
    // Dissolved on the first day after the period: the period is whole.
    check(
        "live=2025-01-01 until=2025-07-01",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 Missed
        2025-Q2 Missed
    "#]],
    );
}

#[test]
fn applicability_is_that_of_the_first_day() {
    let world = |members: &str| {
        World::new(
            PACK,
            &format!("branch a rural C1 live=2025-01-01\na member.full 2000-01-01.. 2000-01-01..\na member.full {members}\na meeting 2025-02-01"),
        )
    };
    // The third member from the second day on: not in the first quarter, though a meeting was held.
    expect![[r#"
        2025-Q1 NotApplicable("正式党员不足3人")
        2025-Q2 Missed
    "#]]
    .assert_eq(&world("2025-01-02..").states("a", "2025-H1", "2025-12-31"));
    // There on the first day, gone the day after.
    expect![[r#"
        2025-Q1 OnTime { sources: [4] }
        2025-Q2 NotApplicable("正式党员不足3人")
    "#]]
    .assert_eq(&world("2000-01-01..2025-01-02").states("a", "2025-H1", "2025-12-31"));
}

#[test]
fn a_duty_binds_its_kinds_and_fields_from_its_day_on() {
    let later = PACK.replace("2024-01-01", "2025-04-01");
    check_pack(
        &later,
        "live=2025-01-01",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotApplicable("规定尚未施行")
        2025-Q2 Missed
    "#]],
    );
    let other_field = PACK.replace("kinds = [\"branch\"]", "kinds = [\"branch\"]\nfields = [\"school\"]");
    check_pack(
        &other_field,
        "live=2025-01-01",
        "",
        "2025-12-31",
        expect![[r#"
        2025-Q1 NotApplicable("此类组织无此项责任")
        2025-Q2 NotApplicable("此类组织无此项责任")
    "#]],
    );
}

#[test]
fn owed_twice_needs_two_and_one_of_them_may_be_late() {
    let twice = PACK.replace("is = 1", "is = 2");
    check_pack(
        &twice,
        "live=2025-01-01",
        "a meeting 2025-02-01 2025-06-01\na meeting 2025-04-05 late=2025-03-31 accepted",
        "2025-06-02",
        expect![[r#"
        2025-Q1 HeldLate { sources: [4, 6], days_late: 5 }
        2025-Q2 Due { days_left: 28, n_held: 1, times: 2 }
    "#]],
    );
}

#[test]
fn an_excuse_holds_for_its_period_and_a_meeting_outweighs_it() {
    let mut world = World::new(PACK, &format!("branch a rural C1 live=2025-01-01\n{MEMBERS}\na meeting 2025-04-01"));
    world.marks.excuse(world.id("a"), "d", period("2025-Q1"), "防汛");
    world.marks.excuse(world.id("a"), "d", period("2025-Q2"), "防汛");
    expect![[r#"
        2025-Q1 Excused("防汛")
        2025-Q2 OnTime { sources: [4] }
    "#]]
    .assert_eq(&world.states("a", "2025-H1", "2025-12-31"));
}
