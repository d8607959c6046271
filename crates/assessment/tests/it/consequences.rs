//! What an evaluation is used for: explanation, freezing, ranking, weak lists, tiers.

use std::collections::BTreeMap;

use assessment::{
    CompositeSources, Evaluation, Subject, WeakUnit, decimal, explain, explain_total, fingerprint, rank_composite, tier_of, transitions,
    weak_proposal,
};
use expect_test::expect;
use policy::Ratio;

use crate::world::{World, day, period};

const PACK: &str = r#"
[field.rural]
name = "农村"
order = 1
cite = { doc = "example" }
[organisation_kind.branch]
name = "党支部"
role = "branch"
cite = { doc = "example" }
[measure.meetings]
count = ["activity.meeting"]
[measure.people]
distinct = ["person.trained"]
[measure.members]
active = ["member.full"]
[measure.secretaries]
active = ["member.secretary"]
[indicator.meeting]
name = "按季开会"
unit = "次"
per = "quarter"
value = "meetings"
target = [{ from = "2020-01-01", is = ">= 1" }]
cite = { doc = "regulations", clause = "11", quote = "一般每季度召开1次" }
reading = "分子是开过会的季度数"
[indicator.secretary]
name = "书记在任"
unit = "人"
per = "year"
value = "secretaries"
target = [{ from = "2020-01-01", is = ">= 1" }]
cite = { doc = "example" }
[indicator.trained]
name = "受训比例"
unit = "人"
per = "year"
value = "people"
of = "members"
target = [{ from = "2020-01-01", is = ">= 80%" }]
cite = { doc = "example" }
[scheme.s]
name = "方案"
kinds = ["branch"]
star_below = 1
below_includes = false
evidenced_weight_min = 0
cite = { doc = "example" }
star = [{ star = 5, at_least = 90, quota = "50%" }, { star = 4, at_least = 70 }, { star = 2, at_least = 40 }]
veto = [{ unless_met = "secretary", star_at_most = 2, cite = { doc = "example" } }]
[scheme.s.cohort]
under = "county"
pool_to = ["city"]
pool_below = 1
[[scheme.s.section]]
name = "基本活动"
items = [
  { indicator = "meeting", weight = 80, score = "share_of_periods_met" },
  { indicator = "secretary", weight = 20, score = "met" },
]
[tier.good]
name = "先进"
order = 1
scheme = "s"
when = "star >= 4"
duty = "带动"
cite = { doc = "example" }
[tier.weak]
name = "后进"
order = 2
scheme = "s"
when = "star <= 2 and score < 90"
duty = "转化"
cite = { doc = "example" }
[weak_list.w]
name = "软弱涣散"
kinds = ["branch"]
fields = ["rural"]
under = "county"
mode = "ratio"
ratio = "30%"
scheme = "s"
review_bodies = []
approval = "p"
rectification = "p"
cite = { doc = "example" }
condition = [{ key = "leadership", name = "班子不健全", proposed_unless_met = ["secretary"], cite = { doc = "example" } }, { key = "stated", name = "村霸干扰", cite = { doc = "example" } }]
low_star = { fields = ["rural"], star = 2, cite = { doc = "example" } }
[ranking.r]
name = "综合考核排名"
level = "county"
per = "year"
objection_days = 5
evidenced_share_min = "80%"
cite = { doc = "example" }
component = [
  { key = "stars", name = "星级", weight = 50, mean_score_of = "s", cite = { doc = "example" } },
  { key = "routine", name = "平时", weight = 30, indicators = ["meeting", "trained"], cite = { doc = "example" } },
  { key = "visits", name = "暗访", weight = 20, cite = { doc = "example" } },
]
[ranking.own]
name = "本级任务"
level = "county"
per = "year"
objection_days = 5
evidenced_share_min = "80%"
cite = { doc = "example" }
component = [
  { key = "given", name = "交办", weight = 60, over = "committees", indicators = ["trained"], full_when_nothing_due = true, cite = { doc = "example" } },
  { key = "asked", name = "要求", weight = 40, over = "committees", indicators = ["trained"], cite = { doc = "example" } },
]
"#;

/// Four branches of C1, two of C2; `e` and `f` share a trained person, `d` has no secretary.
const CITY: &str = "
branch a rural C1
branch b rural C1
branch c rural C1
branch d rural C1
branch e rural C2
branch f rural C2
a meeting 2025-01-01 2025-04-01 2025-07-01 2025-10-01
b meeting 2025-01-01 2025-04-01 2025-07-01
c meeting 2025-01-01 2025-04-01
d meeting 2025-01-01 2025-04-01 2025-07-01 2025-10-01
e meeting 2025-01-01
f meeting 2025-01-01
a member.secretary 2020-01-01..
b member.secretary 2020-01-01..
c member.secretary 2020-01-01..
e member.secretary 2020-01-01..
f member.secretary 2020-01-01..
e member.full 2020-01-01.. by=1
f member.full 2020-01-01.. by=2
f member.full 2020-01-01.. by=3
e person.trained 2025-03-01 by=1
f person.trained 2025-03-01 by=1
";

fn city() -> World {
    World::new(PACK, CITY)
}

#[test]
fn an_item_is_explained_to_its_records_and_the_clause() {
    let evaluation = city().evaluate("2025");
    let row = evaluation.row("b").expect("a row");
    let told = explain(&evaluation, row, &row.items[0]);
    expect![[r#"
        本项 80 分：每季度≥ 1 次为完成，按完成周期占应完成周期的比例计分。
        应完成 4 个周期，完成 3 个。
        未完成：2025 年第 4 季度。
        得 60.00 分。"#]]
    .assert_eq(&told.sentences.join("\n"));
    assert_eq!((told.numerator, told.denominator), (3, 4));
    assert_eq!(told.filter.sources, [5, 6, 7]);
    assert_eq!(told.filter.kinds, ["activity.meeting"]);
    assert_eq!(told.cite.clause.as_deref(), Some("11"));
    assert_eq!(told.reading.as_deref(), Some("分子是开过会的季度数"));
    assert_eq!(told.still_possible, None);
}

#[test]
fn only_coming_periods_can_still_be_done() {
    let evaluation = city().evaluate_until("2025", day("2025-11-01"));
    let row = evaluation.row("c").expect("a row");
    let told = explain(&evaluation, row, &row.items[0]);
    assert_eq!(told.missing, ["2025 年第 3 季度"]);
    expect!["还有 1 个周期没有结束，最近一个是 2025 年第 4 季度，请在 2025-12-31 前开展；已过的周期不因补录改变。"]
        .assert_eq(&told.still_possible.unwrap_or_default());
    // a, b and d have all that is due: three equals for two places, so nobody gets one.
    expect![[r#"
        只计已结束的周期（截至 10 月 31 日），应得 60 分，实得 40.00 分，折算 66.67 分。
        同类分组 农村@C1 共 4 个，排第 4 位，评为 2 星。
        5 星名额：4 × 50% 取整，2 个；实评 0 个，最后一名 无。"#]]
    .assert_eq(&explain_total(&evaluation, row).join("\n"));
}

#[test]
fn a_veto_and_a_full_quota_are_said() {
    let evaluation = city().evaluate("2025");
    expect![[r#"
        应得 100 分，实得 80.00 分，折算 80.00 分。
        “书记在任”未达标，最高评 2 星。
        同类分组 农村@C1 共 4 个，排第 2 位，评为 2 星。
        5 星名额：4 × 50% 取整，2 个；实评 1 个，最后一名 100.00 分。"#]]
    .assert_eq(&explain_total(&evaluation, evaluation.row("d").expect("a row")).join("\n"));
}

#[test]
fn a_stored_result_is_read_back_whole_and_its_fingerprint_sees_every_change() {
    let mut world = city();
    let mut evaluation = world.evaluate("2025");
    evaluation.pack = "packs".to_owned();
    let stored = serde_json::to_string(&evaluation).expect("written");
    let read: Evaluation = serde_json::from_str(&stored).expect("read");
    assert_eq!(read, evaluation);
    let before = fingerprint(&evaluation);
    assert_eq!((before.len(), fingerprint(&read)), (64, before.clone()));
    // A record handed in later shows as a difference.
    world.facts.replace(world.id("c"), [], []);
    let mut after = world.evaluate("2025");
    after.pack = "packs".to_owned();
    assert_ne!(fingerprint(&after), before);
    let other_pack = Evaluation { pack: "others".to_owned(), ..evaluation };
    assert_ne!(fingerprint(&other_pack), before);
}

#[test]
fn the_published_format_keeps_its_words() {
    let printed = city().evaluate("2025").printed();
    expect![[r#"{"code":"b","cohort":"农村@C1","score":"80.00","star":4,"rank":2,"evidenced_weight":"100.00","items":[{"indicator":"meeting","value":"0.75","numerator":3,"denominator":4,"target":"≥ 1","outcome":"not_met","points":"60.00"},{"indicator":"secretary","value":"1","numerator":1,"denominator":1,"target":"≥ 1","outcome":"met","points":"20.00"}]}"#]]
        .assert_eq(&serde_json::to_string(&printed.rows[1]).expect("written"));
    assert_eq!(printed.lines().next().map(|line| line.join(",")).as_deref(), Some("a,农村@C1,100.00,5,1,meeting,4,4,met,80.00"));
}

fn weak_text(units: &[WeakUnit]) -> String {
    let mut text = String::new();
    for unit in units {
        text += &format!(
            "{}: base {}, floor {}, below the floor {}, without result {:?}\n",
            unit.code,
            unit.base,
            unit.floor,
            unit.n_below_floor(),
            unit.without_result
        );
        for proposal in &unit.proposals {
            let reasons: Vec<String> = proposal.reasons.iter().map(assessment::WeakReason::label).collect();
            let answer = if proposal.must_be_answered { " 必须答复" } else { "" };
            text += &format!("  {} {} {}{answer}\n", proposal.code, proposal.score.map(decimal).unwrap_or_default(), reasons.join("；"));
        }
    }
    text
}

#[test]
fn the_lowest_and_the_stated_conditions_are_proposed_with_reasons() {
    let world = city();
    let evaluation = world.evaluate("2025");
    // C1: ceil(30% × 4) = 2, the second lowest score stands twice. C2: ceil(30% × 2) = 1, and both are equal.
    expect![[r#"
        C1: base 4, floor 2, below the floor 0, without result []
          c 60.00 考核得分倒数第 1 位
          b 80.00 考核得分倒数第 2 位
          d 80.00 考核得分倒数第 2 位；班子不健全：书记在任未达标
        C2: base 2, floor 1, below the floor 0, without result []
          e 40.00 考核得分倒数第 1 位
          f 40.00 考核得分倒数第 1 位
    "#]]
    .assert_eq(&weak_text(&weak_proposal(&world.pack.weak_lists["w"], Some(&evaluation), &world.subjects)));
    // Where 以下 includes the figure, as the scheme says: two stars must be answered too. Mode none has no floor.
    let list = PACK.replace("below_includes = false\n", "").replace("mode = \"ratio\"", "mode = \"none\"");
    let world = World::new(&list, CITY);
    let evaluation = world.evaluate("2025");
    expect![[r#"
        C1: base 4, floor 0, below the floor 0, without result []
          c 60.00 评定为 2 星 必须答复
          d 80.00 班子不健全：书记在任未达标；评定为 2 星 必须答复
        C2: base 2, floor 0, below the floor 0, without result []
          e 40.00 评定为 2 星 必须答复
          f 40.00 评定为 2 星 必须答复
    "#]]
    .assert_eq(&weak_text(&weak_proposal(&world.pack.weak_lists["w"], Some(&evaluation), &world.subjects)));
}

#[test]
fn without_results_the_floor_is_shown_as_not_reached() {
    let world = city();
    let mut evaluation = world.evaluate("2025");
    for row in &mut evaluation.rows {
        row.star = None;
        row.items.clear();
    }
    expect![[r#"
        C1: base 4, floor 2, below the floor 2, without result ["a", "b", "c", "d"]
        C2: base 2, floor 1, below the floor 1, without result ["e", "f"]
    "#]]
    .assert_eq(&weak_text(&weak_proposal(&world.pack.weak_lists["w"], Some(&evaluation), &world.subjects)));
}

#[test]
fn tiers_follow_from_star_and_score_and_moves_are_counted() {
    let world = city();
    let evaluation = world.evaluate("2025");
    let tiers: Vec<String> = evaluation.rows.iter().map(|row| format!("{} {:?}", row.code, tier_of(&world.pack, "s", row))).collect();
    expect![[r#"a Some("good") b Some("good") c Some("weak") d Some("weak") e Some("weak") f Some("weak")"#]].assert_eq(&tiers.join(" "));
    let mut later = evaluation.clone();
    later.rows.retain(|row| row.code != "f");
    later.rows[2].star = Some(4);
    let moves = transitions(&evaluation, &later, |row| tier_of(&world.pack, "s", row).cloned());
    let text: Vec<String> = moves.iter().map(|((from, to), codes)| format!("{from:?} → {to:?}: {}", codes.join(","))).collect();
    expect![[r#"
        Some("good") → Some("good"): a,b
        Some("weak") → None: f
        Some("weak") → Some("good"): c
        Some("weak") → Some("weak"): d,e"#]]
    .assert_eq(&text.join("\n"));
}

#[test]
fn units_are_ranked_by_components_and_every_figure_is_traced() {
    let mut world = city();
    for (id, code) in [(101, "C1"), (102, "C2")] {
        let above = world.subjects[0].superiors[1].clone();
        world.subjects.push(Subject {
            id,
            code: code.to_owned(),
            name: format!("{code}县"),
            kind: "committee".to_owned(),
            level: "county".to_owned(),
            superiors: vec![above],
            ..world.subjects[0].clone()
        });
    }
    let evaluation = world.evaluate("2025");
    let judged = BTreeMap::from([((101, "visits".to_owned()), Ratio::from_integer(70))]);
    let sources = CompositeSources {
        pack: &world.pack,
        subjects: &world.subjects,
        facts: &world.facts,
        marks: &world.marks,
        evaluations: &[&evaluation],
        judged: &judged,
        period: period("2025"),
        closed_until: day("2026-01-01"),
    };
    let ranking = rank_composite(&world.pack.rankings["r"], &sources).expect("it can be made");
    let mut text = String::new();
    for row in &ranking.rows {
        text += &format!("{} {} {}–{}\n", row.rank, row.code, decimal(row.total), decimal(row.total_to));
        for component in &row.components {
            let items: Vec<String> = component
                .items
                .iter()
                .map(|i| format!("{} {}/{} {}", i.key, i.numerator, i.denominator, i.value.map(decimal).unwrap_or_default()))
                .collect();
            text += &format!(
                "  {} {} → {} of {} [{}]\n",
                component.key,
                component.value.map(decimal).unwrap_or_default(),
                decimal(component.points),
                decimal(component.weight),
                items.join("; ")
            );
        }
        text += &format!("  worst {}\n", row.worst.iter().map(|i| i.key.as_str()).collect::<Vec<_>>().join(", "));
    }
    // C1: mean of 100, 80, 60, 80 is 80; meetings 13/16, nobody trained and no member: 0/0 is no value.
    // C2: e and f trained one person between them, of three members.
    expect![[r#"
        1 C1 54.00–84.00
          stars 80.00 → 40.00 of 50.00 [meeting 2/4 81.25; secretary 3/4 75.00]
          routine  → 0.00 of 30.00 [meeting 13/16 81.25; trained 0/0 ]
          visits 70.00 → 14.00 of 20.00 []
          worst secretary, meeting
        2 C2 28.75–48.75
          stars 40.00 → 20.00 of 50.00 [meeting 0/2 25.00; secretary 2/2 100.00]
          routine 29.17 → 8.75 of 30.00 [meeting 2/8 25.00; trained 1/3 33.33]
          visits  → 0.00 of 20.00 []
          worst meeting, trained, secretary
    "#]]
    .assert_eq(&text);
    let none: [&Evaluation; 0] = [];
    let problems = rank_composite(&world.pack.rankings["r"], &CompositeSources { evaluations: &none, ..sources }).expect_err("no evaluation");
    assert_eq!(problems, ["组成部分“星级”取方案 s 的平均分，但没有这次考核的结果"]);
}

#[test]
fn what_was_handed_to_committees_counts_without_their_branches() {
    let own = "branch C1 organ -\nbranch C2 organ -\nC1 member.full 2020-01-01.. by=7\nC1 member.full 2020-01-01.. by=8\nC1 person.trained 2025-05-01 by=7\n";
    let mut world = World::new(PACK, &format!("{CITY}{own}"));
    for county in world.subjects.iter_mut().filter(|subject| subject.code.starts_with('C')) {
        (county.kind, county.level) = ("committee".to_owned(), "county".to_owned());
    }
    let none = BTreeMap::new();
    let sources = CompositeSources {
        pack: &world.pack,
        subjects: &world.subjects,
        facts: &world.facts,
        marks: &world.marks,
        evaluations: &[],
        judged: &none,
        period: period("2025"),
        closed_until: day("2026-01-01"),
    };
    let ranking = rank_composite(&world.pack.rankings["own"], &sources).expect("it can be made");
    let said: Vec<String> = ranking
        .rows
        .iter()
        .map(|row| {
            let values: Vec<String> = row.components.iter().map(|c| c.value.map_or_else(|| "—".to_owned(), decimal)).collect();
            format!("{} {} {}", row.code, values.join(" "), row.components[0].items[0].denominator)
        })
        .collect();
    // One of two at C1's own committee, whatever its branches did; nothing was due of C2's: full marks only where the pack says so.
    assert_eq!(said, ["C2 100.00 — 0", "C1 50.00 50.00 2"]);
}
