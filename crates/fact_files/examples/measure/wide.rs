//! The city that is measured: branches that enter every meeting with everybody who came, and a scheme of two hundred indicators.

use std::fmt::Write;

use assessment::{Event, Flags, Span, date_of, day_number};
use jiff::civil::date;
use policy::Period;

/// Kinds of meeting; four are asked of everybody, sixteen are spread over the fields.
const N_KINDS: usize = 20;
const N_COMMON: usize = 4;
const N_FIELDS: usize = 10;
/// Ways in which a kind is asked for: forty common indicators, sixteen more in each field.
const N_WAYS: usize = 10;
const MEMBERS: i64 = 20;

/// Names of the kinds of fact, made once.
pub struct Kinds {
    meeting: Vec<String>,
    presence: Vec<String>,
}

impl Kinds {
    pub fn new() -> Self {
        let all = |of: &dyn Fn(usize) -> String| (0..N_KINDS).map(of).collect();
        Self { meeting: all(&|k| format!("activity.meeting_{k}")), presence: all(&|k| format!("activity.meeting_{k}.presence")) }
    }
}

/// Fields, measures, indicators and the scheme `wide` as a pack.
pub fn pack() -> String {
    let mut text = String::new();
    let mut add = |part: String| text.write_str(&part).expect("writing to a string succeeds");
    for field in 0..N_FIELDS {
        add(format!("[field.field_{field}]\nname = \"领域{field}\"\norder = {field}\ncite = {{ doc = \"example\" }}\n"));
    }
    add("[measure.members]\nactive = [\"member.full\"]\n".to_owned());
    for k in 0..N_KINDS {
        let (meeting, presence) = (format!("activity.meeting_{k}"), format!("activity.meeting_{k}.presence"));
        add(format!("[measure.meetings_{k}]\ncount = [\"{meeting}\"]\n[measure.eligible_{k}]\nsum = [\"{meeting}\"]\n"));
        add(format!("[measure.late_{k}]\ncount = [\"{meeting}\"]\nwhere = {{ late = true }}\n"));
        add(format!("[measure.present_{k}]\ncount = [\"{presence}\"]\n[measure.minutes_{k}]\nsum = [\"{presence}\"]\n"));
        add(format!("[measure.verified_{k}]\ncount = [\"{presence}\"]\nwhere = {{ verified = true }}\n"));
        (0..N_WAYS).for_each(|way| add(indicator(k, way)));
    }
    let head = "name = \"二百项指标\"\nkinds = [\"branch\"]\ncohort = { under = \"county\", pool_to = [\"city\"] }\nstar_below = 1\n";
    let stars = "star = [{ star = 5, at_least = 80, quota = \"10%\" }, { star = 4, at_least = 60 }, { star = 3, at_least = 40 }]\n";
    let ties = "ties = [\"way_2_of_0.share\", \"way_0_of_0.numerator\"]\nevidenced_weight_min = \"50%\"\ncite = { doc = \"example\" }\n";
    add(format!("[scheme.wide]\n{head}{stars}{ties}"));
    let section = |kinds: &[usize]| {
        let items: Vec<String> = kinds.iter().flat_map(|k| (0..N_WAYS).map(|way| item(*k, way, 3))).collect();
        format!("name = \"项目\"\nitems = [\n{}\n]\n", items.join(",\n"))
    };
    add(format!("[[scheme.wide.section]]\n{}", section(&(0..N_COMMON).collect::<Vec<_>>())));
    // Sixteen of the 160 others in each field, so that every indicator is asked for by somebody.
    for field in 0..N_FIELDS {
        let of_field: Vec<String> = (0..16).map(|n| 16 * field + n).map(|n| item(N_COMMON + n / N_WAYS, n % N_WAYS, 5)).collect();
        let standard = format!("[[scheme.wide.standard]]\nfield = \"field_{field}\"\nowner = \"示例\"\ncite = {{ doc = \"example\" }}\n");
        add(format!("{standard}[[scheme.wide.standard.section]]\nname = \"项目\"\nitems = [\n{}\n]\n", of_field.join(",\n")));
    }
    text
}

fn indicator(k: usize, way: usize) -> String {
    let (per, value, target, more) = match way {
        0 => ("month", format!("meetings_{k}"), ">= 1", String::new()),
        1 => ("quarter", format!("meetings_{k}"), ">= 1", String::new()),
        2 => ("year", format!("present_{k}"), ">= 85%", format!("of = \"eligible_{k}\"\n")),
        3 => ("year", format!("minutes_{k}"), ">= 1800", String::new()),
        4 => ("half_year", format!("minutes_{k}"), ">= 1000", String::new()),
        5 => ("year", format!("late_{k}"), "<= 0", String::new()),
        6 => ("quarter", format!("verified_{k}"), ">= 5", String::new()),
        7 => ("month", format!("present_{k}"), ">= 10", String::new()),
        8 => ("quarter", format!("meetings_{k} - late_{k}"), ">= 1", "applies_when = \"members >= 7\"\notherwise = \"党员不足七人\"\n".to_owned()),
        _ => ("year", format!("minutes_{k}"), ">= 75", format!("of = \"present_{k}\"\nevidenced_when = \"present_{k} >= 1\"\n")),
    };
    let head = format!("[indicator.way_{way}_of_{k}]\nname = \"项目{k}之{way}\"\nunit = \"次\"\nper = \"{per}\"\nvalue = \"{value}\"\n");
    format!("{head}{more}covered_by = \"activity\"\ntarget = [{{ from = \"2018-10-28\", is = \"{target}\" }}]\ncite = {{ doc = \"example\" }}\n")
}

/// An item that weighs so many halves of a point: forty of three and sixteen of five are a hundred.
fn item(k: usize, way: usize, halves: usize) -> String {
    let score = match way {
        0 | 1 | 6 | 7 | 8 => "\"share_of_periods_met\"".to_owned(),
        2 | 4 => "\"proportional_to_target\"".to_owned(),
        3 => format!("\"bands\", bands = [{{ at_least = 1800, points = \"{halves}/2\" }}, {{ at_least = 900, points = \"{halves}/4\" }}]"),
        5 => "\"deduct\", per_fault = \"1/2\"".to_owned(),
        _ => "\"met\"".to_owned(),
    };
    format!("  {{ indicator = \"way_{way}_of_{k}\", weight = \"{halves}/2\", score = {score} }}")
}

/// Some 36 meetings of a branch, and who came to each; without `presence` only the meetings.
pub fn rows(kinds: &Kinds, org: i64, year: Period, presence: bool) -> (Vec<Event<'_>>, Vec<Span<'_>>) {
    let mut state = org as u64;
    let first = day_number(year.from());
    let n_days = (day_number(year.until()) - first) as u64;
    let mut days: Vec<i32> = (0..34 + next(&mut state) % 6).map(|_| first + (next(&mut state) % n_days) as i32).collect();
    days.sort_unstable();
    let mut events = Vec::new();
    for (source, day) in (org * 1_000..).zip(days) {
        let (on, drawn) = (date_of(day), next(&mut state));
        let kind = (drawn % N_KINDS as u64) as usize;
        let flags = Flags(u16::from(drawn >> 8 & 15 == 0) * Flags::LATE.0);
        let meeting = Event { kind: &kinds.meeting[kind], on, quantity: MEMBERS, subject: 0, flags, source, makes_up: None };
        events.push(meeting);
        let minutes = 30 + (drawn >> 16 & 63) as i64;
        for member in (0..MEMBERS).filter(|_| presence) {
            let drawn = next(&mut state);
            // Seventeen of twenty come.
            if drawn % 20 < 17 {
                let flags = Flags(u16::from(drawn >> 32 & 1 == 0) * Flags::VERIFIED.0);
                events.push(Event { kind: &kinds.presence[kind], quantity: minutes, subject: org * 100 + member, flags, ..meeting });
            }
        }
    }
    let founded = date(year.year - 10, 1, 1);
    let member =
        |member: i64| Span { kind: "member.full", from: founded, until: None, quantity: 1, subject: org * 100 + member, source: org * 100 + member };
    let covered = Span { kind: "coverage.activity", from: year.from(), until: Some(year.until()), quantity: 1, subject: 0, source: 0 };
    (events, (0..MEMBERS).map(member).chain([covered]).collect())
}

/// SplitMix64: short, and the same everywhere.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
