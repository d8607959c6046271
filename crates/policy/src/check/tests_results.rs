//! Wrong authorities, versions, stars and tiers, each with its place.

use expect_test::{Expect, expect};

use super::tests::{WORLD, checked, world};
use super::*;

#[test]
fn a_scheme_without_authority_stays_a_draft() {
    let reading = world(WORLD);
    let day = |text: &str| text.parse().expect("a day");
    let later = &reading.pack.schemes["five_star_later"];
    assert_eq!(later.authority().why_not_open(day("2032-12-31")), None);
    expect!["方案“五星（新版）”的批准到 2033-01-01 为止，2033-01-01 已经过期，不能对党支部开评；请重新报批后修改有效期（valid_until）。"]
        .assert_eq(&later.authority().why_not_open(day("2033-01-01")).expect("a reason"));
    for text in ["approved_by = \"市委\"", "document_number = \"第1号\"", "valid_until = \"2033-01-01\""] {
        let reading = world(&WORLD.replace(text, ""));
        assert!(reading.pack.schemes["five_star_later"].authority().why_not_open(day("2030-01-01")).is_some(), "{text}");
    }
    let draft = &reading.pack.schemes["five_star"];
    expect!["方案“五星”没有写明批准机关（approved_by）、批准文号（document_number）、有效期（valid_until），只能起草和模拟，不能对党支部开评；请经批准后在制度包里补上。"]
        .assert_eq(&draft.authority().why_not_open(day("2025-01-01")).expect("a reason"));
    // An example is opened by nobody's word, not even when it names one.
    let example = world(&WORLD.replacen("approved_by = \"市委\"", "example = true\napproved_by = \"市委\"", 1));
    expect!["方案“五星（新版）”是示例，里面的数是编的，只能起草和模拟，不能对党支部开评；请在本市制度包里写明依据、批准机关、批准文号和有效期，去掉示例标记（example）。"].assert_eq(&example.pack.schemes["five_star_later"].authority().why_not_open(day("2030-01-01")).expect("a reason"));
}

#[test]
fn a_selection_is_open_by_approval_in_its_time() {
    checked(
        &[("approved_by = \"县委\"\ndocument_number = \"第2号\"\nvalid_until = \"2033-01-01\"\n", "")],
        expect![[r#"
            228:12 错误：评选“红旗支部”没有写明批准机关（approved_by）、批准文号（document_number）、有效期（valid_until），不能对党组织开放申报；请补上，还没有批准的写 draft = true（只能模拟）
        "#]],
    );
    checked(
        &[("approved_by = \"县委\"", "approved_by = \" \"")],
        expect![[r#"
            228:12 错误：评选“红旗支部”没有写明批准机关（approved_by），不能对党组织开放申报；请补上，还没有批准的写 draft = true（只能模拟）
        "#]],
    );
    let bare = ("approved_by = \"县委\"\ndocument_number = \"第2号\"\nvalid_until = \"2033-01-01\"", "draft = true");
    checked(&[bare], expect![""]);
    checked(
        &[("approved_by = \"县委\"", "draft = true\nexample = true")],
        expect![[r#"
            231:1 错误：示例（example）和草案（draft）只写一项：已经有依据、还没有批准的写 draft，编来演示的写 example
        "#]],
    );
    checked(
        &[("from_year = 2026", "from_year = 2034")],
        expect![[r#"
            233:1 错误：批准到 2033-01-01 为止，而从 2034-01-01 起才开展，没有一天可以申报；请改正
        "#]],
    );
    let day = |text: &str| text.parse().expect("a day");
    let why = |(from, to): (&str, &str), on: &str| world(&WORLD.replacen(from, to, 1)).pack.selections["red_flag"].why_not_open(day(on));
    assert_eq!(why(("", ""), "2026-01-01"), None);
    expect!["评选“红旗支部”从 2026 年起开展，2026 年 1 月 1 日起可以申报。"].assert_eq(&why(("", ""), "2025-12-31").expect("a reason"));
    expect!["评选“红旗支部”的批准到 2033-01-01 为止，2033-01-01 已经过期，不能对党组织开放申报；请重新报批后修改有效期（valid_until）。"]
        .assert_eq(&why(("", ""), "2033-01-01").expect("a reason"));
    expect!["评选“红旗支部”没有写明批准机关（approved_by）、批准文号（document_number）、有效期（valid_until），只能起草和模拟，不能对党组织开放申报；请经批准后在制度包里补上。"].assert_eq(&why(bare, "2026-01-01").expect("a reason"));
    expect!["评选“红旗支部”还是草案（draft），只能模拟，不能对党组织开放申报；请经批准后去掉草案标记。"]
        .assert_eq(&why(("from_year = 2026", "draft = true"), "2026-01-01").expect("a reason"));
    expect!["评选“红旗支部”是示例，里面的数是编的，只能起草和模拟，不能对党组织开放申报；请在本市制度包里写明依据、批准机关、批准文号和有效期，去掉示例标记（example）。"].assert_eq(&why(("from_year = 2026", "example = true"), "2026-01-01").expect("a reason"));
}

#[test]
fn what_follows_from_stars_follows_for_somebody() {
    checked(
        &[("below_star = 2\nfields", "star_at_least = 9\nfields")],
        expect![[r#"
            361:1 错误：方案“five_star”只评 5、4、3、1 星，没有党组织符合这一条；请改成评得出的星级
        "#]],
    );
    checked(
        &[("below_star = 2\nfields", "below_star = 0\nfields")],
        expect![[r#"
            361:1 错误：方案“five_star”只评 5、4、3、1 星，没有党组织符合这一条；请改成评得出的星级
        "#]],
    );
    // Stars between those that are given.
    checked(
        &[("below_star = 2\nfields", "star_at_least = 2\nbelow_star = 2\nfields")],
        expect![[r#"
            362:1 错误：方案“five_star”只评 5、4、3、1 星，没有党组织符合这一条；请改成评得出的星级
        "#]],
    );
}

#[test]
fn a_list_by_ratio_has_its_rating_in_the_plan() {
    let line = |period: &str| {
        format!(
            "[plan_line.weak]\nname = \"排查\"\nkind = \"weak_list\"\nof = \"villages\"\nlevel = \"county\"\nowner = \"县委组织部\"\nperiod = \"{period}\"\nopens_on = \"2026-01-21\"\ncite = {{ doc = \"rules\" }}\n\n[weak_list.villages]"
        )
    };
    let with = |period: &str, expected: Expect| checked(&[("[weak_list.villages]", &line(period))], expected);
    with("2025", expect![""]);
    // Neither half of the year nor another year.
    with(
        "2025-H1",
        expect![[r#"
        157:1 错误：这份名单按“five_star”在 2025-H1 的公布结果倒排，年度计划里没有这一次评定，请先写一行 plan_line
    "#]],
    );
    with(
        "2026",
        expect![[r#"
        157:1 错误：这份名单按“five_star”在 2026 的公布结果倒排，年度计划里没有这一次评定，请先写一行 plan_line
    "#]],
    );
}

#[test]
fn tiers_lie_side_by_side() {
    let second = |when: &str| {
        format!(
            "[tier.second]\nname = \"中间\"\norder = 2\nscheme = \"five_star\"\nwhen = \"{when}\"\nduty = \"提升\"\ncite = {{ doc = \"rules\" }}\n\n[weak_list.villages]"
        )
    };
    let with = |when: &str, expected: Expect| checked(&[("[weak_list.villages]", &second(when))], expected);
    with("star < 4 and score <= 95", expect![""]);
    with(
        "star >= 3",
        expect![[r#"
            155:1 错误：“中间”与“先进”重叠：5 星、90 分的两类都符合；请改 when，使每个党组织只归一类
        "#]],
    );
    // Only in their scores: who is capped at three stars may have 96 points.
    with(
        "star == 3",
        expect![[r#"
            155:1 错误：“中间”与“先进”重叠：3 星、96 分的两类都符合；请改 when，使每个党组织只归一类
        "#]],
    );
    with(
        "star < 4 and score <= 95.25",
        expect![[r#"
            155:1 错误：“中间”与“先进”重叠：3 星、95.25 分的两类都符合；请改 when，使每个党组织只归一类
        "#]],
    );
    with(
        "star == 2",
        expect![[r#"
            155:1 错误：没有党组织归得进“中间”：方案评得出的是 5、4、3、1 星，这些星级和它们的分数都不符合 when；请改 when，或者删去这一类
        "#]],
    );
    with(
        "star == 6 or score < 0",
        expect![[r#"
            155:1 错误：没有党组织归得进“中间”：方案评得出的是 5、4、3、1 星，这些星级和它们的分数都不符合 when；请改 when，或者删去这一类
        "#]],
    );
    // Three stars and less than 60 points go to nobody.
    with(
        "star == 3 and score < 60",
        expect![[r#"
            155:1 错误：没有党组织归得进“中间”：方案评得出的是 5、4、3、1 星，这些星级和它们的分数都不符合 when；请改 when，或者删去这一类
        "#]],
    );
}

#[test]
fn a_year_finds_its_version() {
    let pack = world(WORLD).pack;
    let key = |year| pack.scheme_in("five_star", year).map(|(key, _)| key.as_str());
    assert_eq!([2000, 2029, 2030, 2040].map(key), [Some("five_star"), Some("five_star"), Some("five_star_later"), Some("five_star_later")]);
    assert_eq!(pack.scheme_in("five_star_later", 2029), None);
}

/// A higher layer brings the scheme of a new year without repeating what stands below.
#[test]
fn a_new_version_can_end_the_earlier_ones() {
    let newer = "[scheme.five_star_2035]\nname = '再新版'\nexample = true\nversion_of = 'five_star'\nfrom_year = 2035\nends_earlier = true\nkinds = ['branch']\nstar_below = 1\nevidenced_weight_min = 1\ncite = { doc = 'example' }\ncohort = { under = 'city', pool_to = [] }\nstar = [{ star = 5, at_least = 90 }]\nsection = [{ name = '甲', items = [{ indicator = 'theme_day', weight = 100, score = 'met' }] }]\n";
    let reading = world(&format!("{WORLD}\n{newer}"));
    let key = |year| reading.pack.scheme_in("five_star", year).map(|(key, _)| key.as_str());
    assert_eq!([2029, 2034, 2035, 2040].map(key), [Some("five_star"), Some("five_star_later"), Some("five_star_2035"), Some("five_star_2035")]);
    assert!(!check(&reading).iter().any(|problem| problem.message.contains("重叠")), "{:?}", check(&reading));
    let alone = world(&format!("{WORLD}\n{}", newer.replace("version_of = 'five_star'\n", "")));
    assert!(check(&alone).iter().any(|problem| problem.message.starts_with("ends_earlier 要与")));
}

#[test]
fn two_stars_and_below_includes_two_unless_the_scheme_says_otherwise() {
    let scheme = &world(WORLD).pack.schemes["five_star"];
    assert_eq!([1, 2, 3].map(|star| scheme.is_below(star, 2)), [true, true, false]);
    let narrow = world(&WORLD.replacen("until_year = 2030", "until_year = 2030\nbelow_includes = false", 1));
    assert_eq!([1, 2, 3].map(|star| narrow.pack.schemes["five_star"].is_below(star, 2)), [true, false, false]);
    // What follows from few stars reads it there too, and says so.
    let concerned = |reading: &Reading| {
        let (pack, scheme) = (&reading.pack, &reading.pack.schemes["five_star"]);
        [1, 2, 3].map(|star| pack.consequences["weak"].concerns(scheme, Some(star), "rural"))
    };
    assert_eq!((concerned(&world(WORLD)), concerned(&narrow)), ([true, true, false], [true, false, false]));
    let said = |reading: &Reading| crate::explain(reading, "consequence.weak").map(|it| it.sentences.join("")).unwrap_or_default();
    assert!(said(&world(WORLD)).contains("2 星以下（含 2 星）") && said(&narrow).contains("2 星以下（不含 2 星）"), "{}", said(&narrow));
}

#[test]
fn a_star_that_asks_for_effect_asks_it_of_every_field() {
    let asked = ("at_least = 90\nquota = \"10%\"", "at_least = 90\nquota = \"10%\"\neffect_at_least = \"50%\"");
    checked(
        &[asked],
        expect![[r#"
            117:1 错误：领域“rural”没有成效项目，而 5 星要看成效（effect_at_least），一项也没有的只做材料就能评上；请加一项成效指标（effect = true，没有依据时不能不计），或者删去 effect_at_least
            123:1 错误：领域“organ”没有成效项目，而 5 星要看成效（effect_at_least），一项也没有的只做材料就能评上；请加一项成效指标（effect = true，没有依据时不能不计），或者删去 effect_at_least
        "#]],
    );
    // What is left out where nothing is known is due from nobody: paper work alone would do.
    let effect = ("[indicator.on_site]\n", "[indicator.on_site]\neffect = true\n");
    checked(&[asked, effect], expect![""]);
    let last = (
        "weight = 40, score = \"judged\", ballot = \"visit\"",
        "weight = 40, score = \"judged\", ballot = \"visit\", when_not_evidenced = \"leave_out\"",
    );
    checked(
        &[asked, effect, last],
        expect![[r#"
            124:1 错误：领域“organ”没有成效项目，而 5 星要看成效（effect_at_least），一项也没有的只做材料就能评上；请加一项成效指标（effect = true，没有依据时不能不计），或者删去 effect_at_least
        "#]],
    );
}

#[test]
fn only_an_evaluation_is_a_preview() {
    checked(&[("opens_on = \"2026-01-11\"", "opens_on = \"2026-01-11\"\npreview = true")], expect![""]);
    checked(
        &[("kind = \"evaluation\"\nof = \"five_star\"", "preview = true\nkind = \"ranking\"\nof = \"counties\"")],
        expect![[r#"
            180:1 错误：“年度评星”不是评定，预评（preview）只写给 kind = "evaluation"
        "#]],
    );
}
