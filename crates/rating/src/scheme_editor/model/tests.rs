//! What a form holds and what it leaves alone.

use super::*;

fn entry() -> DraftEntry {
    DraftEntry(json!({
        "name": "五星", "composition": { "kept": ["as", "it", "was"] }, "from_year": 2027, "kinds": ["branch"],
        "section": [
            { "name": "甲", "items": [{ "indicator": "a", "weight": 40, "score": "met" }, { "indicator": "b", "weight": 30, "score": "met" }] },
            { "name": "乙", "items": [{ "indicator": "c", "weight": 30, "score": "met" }] },
        ],
        "star": [{ "star": 5, "at_least": 90, "quota": "10%" }], "star_below": 1, "cohort": { "under": "county", "pool_to": ["city"] },
    }))
}

fn indicators(entry: &DraftEntry) -> Vec<String> {
    entry.items().iter().map(|item| entry.text(&format!("{item}.indicator")).to_owned()).collect()
}

#[test]
fn a_copy_leaves_last_years_approval_behind_and_keeps_the_rest() {
    let mut base = entry();
    base.0["approved_by"] = json!("市委");
    base.0["until_year"] = json!(2027);
    let copy = DraftEntry::copied(&base.0, "明年", 2028, Some("five_star"));
    assert_eq!((copy.text("name"), copy.text("version_of"), copy.is("ends_earlier", false)), ("明年", "five_star", true));
    assert_eq!((copy.at("approved_by"), copy.at("until_year"), copy.from_year()), (None, None, Some(2028)));
    assert_eq!(copy.at("composition"), base.at("composition"));
}

#[test]
fn an_item_moves_within_its_section_and_into_the_next() {
    let mut entry = entry();
    let pack = Pack::default();
    assert_eq!(entry.act(&Act::of("down:section.0.items.0"), &pack, ""), Some("section.0.items.1".to_owned()));
    assert_eq!(indicators(&entry), ["b", "a", "c"]);
    assert_eq!(entry.act(&Act::of("down:section.0.items.1"), &pack, ""), Some("section.1.items.0".to_owned()));
    assert_eq!((indicators(&entry), entry.n("section.0.items")), (vec!["b".to_owned(), "a".to_owned(), "c".to_owned()], 1));
    assert_eq!(entry.act(&Act::of("up:section.1.items.0"), &pack, ""), Some("section.0.items.1".to_owned()));
    assert_eq!(entry.act(&Act::of("up:section.0.items.0"), &pack, ""), None, "the first stays where it is");
    assert_eq!(entry.act(&Act::of("drop:section.1.items.0"), &pack, ""), Some("section.1.items".to_owned()));
    assert_eq!(indicators(&entry), ["b", "a"]);
    // What is no row of the form is not touched.
    let before = entry.clone();
    for strange in ["drop:composition.kept.0", "drop:name", "drop:section.9", "up:", "drop:kinds.0", "add:composition.kept"] {
        assert_eq!(entry.act(&Act::of(strange), &pack, "x"), None, "{strange}");
    }
    assert_eq!(entry, before);
}

#[test]
fn what_is_typed_becomes_what_the_pack_writes() {
    let mut entry = entry();
    let sent = |path: &str| match path {
        "star.0.at_least" => vec!["８５".to_owned()],
        "star.0.quota" => vec!["12.5％".to_owned()],
        "star_below" => vec!["一星".to_owned()],
        "cohort.under" => vec!["city".to_owned()],
        _ => Vec::new(),
    };
    entry.take(&Tab::Stars, &Pack::default(), &sent);
    assert_eq!((entry.at("star.0.at_least"), entry.at("star.0.quota")), (Some(&json!(85)), Some(&json!("12.5%"))));
    assert_eq!(entry.at("star_below"), Some(&json!("一星")), "what is wrong stays as it was typed");
    assert_eq!(entry.shown("star.0.quota", Kind::OptionalPercent), "12.5");
    assert_eq!(entry.at("below_includes"), Some(&json!(false)), "a tick that was not sent was taken away");
    assert_eq!(entry.at("quota_rounding"), None, "what the form did not hold stays as it is");
    assert_eq!(entry.at("composition"), self::entry().at("composition"));
}

#[test]
fn weights_are_added_up_by_field_and_bonus_is_due_from_nobody() {
    let mut entry = entry();
    assert!(entry.sums()[0].is_right());
    entry.0["section"][1]["items"][0]["bonus"] = json!(true);
    assert_eq!(entry.sums()[0].total(), Ratio::from_integer(70));
    entry.0["standard"] = json!([{ "field": "rural", "section": [{ "items": [{ "weight": "30.0" }, { "weight": "三" }] }] }]);
    let sums = entry.sums();
    assert_eq!((sums.len(), sums[0].own, sums[0].is_right()), (1, Ratio::from_integer(30), true));
}

#[test]
fn what_a_way_of_scoring_asks_for_comes_and_goes_with_it() {
    let mut entry = entry();
    let path = "section.0.items.0";
    for (score, keys) in [("bands", vec!["bands"]), ("deduct", vec!["per_fault"]), ("change_against_base", vec!["change"]), ("met", vec![])] {
        entry.put(&format!("{path}.score"), Some(json!(score)));
        entry.tidy(path, &Pack::default());
        let own: Vec<&str> = ["bands", "per_fault", "change"].into_iter().filter(|key| entry.at(&format!("{path}.{key}")).is_some()).collect();
        assert_eq!(own, keys, "{score}");
    }
}

#[test]
fn a_figure_typed_as_target_is_held_against_the_value_as_the_indicators_own() {
    let text = |own: &str| {
        format!(
            "[indicator.a]\nname = \"甲\"\nper = \"year\"\nvalue = \"m\"\nunit = \"次\"\ntarget = [{{ from = \"2025-01-01\", is = \"{own}\" }}]\ncite = {{ doc = \"example\" }}\n"
        )
    };
    let path = "section.0.items.0";
    for (own, typed, kept, shown) in [
        (">= 1", "２", Some(">= 2"), "2"),
        ("<= 4", "3", Some("<= 3"), "3"),
        (">= 80%", "90", Some(">= 90%"), "90%"),
        (">= 80%", "0.9", Some(">= 0.9"), "0.9"),
        (">= 1", "两次", Some("两次"), "两次"),
        (">= 1", "", None, ""),
    ] {
        let file = |path: &str, text: String| policy::SourceFile { layer: "a".to_owned(), path: format!("a/{path}"), text };
        let layer = "[layer]\ntitle = \"甲\"\norder = 1\nversion = \"1\"\n".to_owned();
        let pack = policy::read(&[file("layer.toml", layer), file("a.toml", text(own))]).pack;
        let mut entry = entry();
        let field = format!("{path}.target");
        entry.take(&Tab::Common, &pack, &|asked| if asked == field { vec![typed.to_owned()] } else { Vec::new() });
        assert_eq!((entry.at(&field).and_then(Value::as_str), entry.target_figure(path)), (kept, shown), "{own} {typed}");
    }
}

#[test]
fn a_sheet_with_other_rows_has_another_shape() {
    let mut entry = entry();
    let before = entry.shape(&Tab::Common);
    entry.0["section"][0]["items"][0]["weight"] = json!(41);
    assert_eq!(entry.shape(&Tab::Common), before);
    entry.act(&Act::of("down:section.0.items.0"), &Pack::default(), "");
    assert_ne!(entry.shape(&Tab::Common), before);
}
