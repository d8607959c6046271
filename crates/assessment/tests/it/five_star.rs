//! `five_star` computed twice: by the engine, and by a script that knows only the workbooks and the sentences of docs/口径.md.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assessment::{Compiled, Evaluation, LINE_HEADINGS, Marks, evaluate, tier_of};
use policy::{Pack, Period, Ratio, Standard};

use crate::samples::{assert_same_lines, beside, clean_workbooks, read_pack};
use crate::workbooks::read_city;
use crate::worn::wear;

/// What the printed lines round or leave out.
const EXACT_HEADINGS: [&str; 7] = ["value", "points_exact", "score_exact", "score_to", "evidenced_weight", "left_out", "tier"];

#[test]
fn the_sentences_alone_give_the_same_five_stars() {
    let Some(folder) = clean_workbooks() else { return };
    compare(&folder);
}

#[test]
fn the_sentences_alone_give_the_same_of_rosters_with_gaps() {
    let Some(folder) = clean_workbooks() else { return };
    let worn = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("five_star_worn");
    wear(&folder, &worn);
    compare(&worn);
}

/// Every line of the engine is the script's line: printed figures, exact fractions, star, rank, tier.
fn compare(folder: &Path) {
    let Some(want) = by_the_sentences(folder) else { return };
    let pack = read_pack(&["national", "city"]).pack;
    let city = read_city(folder, &pack);
    let year = Period::year(2025);
    let compiled = Compiled::new(&pack, "five_star", year.from()).expect("the scheme is sound");
    let evaluation = evaluate(&compiled, &city.subjects, &city.facts.build(), &Marks::new(), year, year.until());
    let lines = lines(&pack, &evaluation);
    println!("{} organisations, {} lines", evaluation.rows.len(), lines.len() - 1);
    assert_same_lines(&lines, &want.lines().collect::<Vec<_>>());
}

/// What the script prints; `None`, with a message, where there is no Python. In CI there must be.
fn by_the_sentences(folder: &Path) -> Option<String> {
    let script = beside("crates/assessment/tests/independent/five_star.py");
    let output = match Command::new("python3").arg(script).arg(folder).arg("--exact").output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("JISHI_CI").is_none(), "python3 is needed in CI: {error}");
            println!("no python3 ({error}), nothing compared");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("the script prints UTF-8"))
}

fn lines(pack: &Pack, evaluation: &Evaluation) -> Vec<String> {
    let exact = |figure: Option<Ratio>| figure.map(|f| f.to_string()).unwrap_or_default();
    let mut lines = vec![format!("{},{}", LINE_HEADINGS.join(","), EXACT_HEADINGS.join(","))];
    let printed = evaluation.printed();
    let mut printed = printed.lines();
    for row in &evaluation.rows {
        let tier = tier_of(pack, "five_star", row).map_or("", |key| pack.tiers[key].name.as_str());
        for item in &row.items {
            let line = printed.next().expect("one line per item").join(",");
            let figures = [item.value, item.points, Some(row.score), Some(row.score_to), Some(row.evidenced_weight), Some(row.left_out)];
            lines.push(format!("{line},{},{tier}", figures.map(exact).join(",")));
        }
    }
    lines
}

/// The sentences name every item with its weight and its clause, and give every field's standard and every star's floor.
#[test]
fn the_sentences_cite_what_the_pack_cites() {
    let pack = read_pack(&["national", "city"]).pack;
    let text = fs::read_to_string(beside("docs/口径.md")).expect("docs/口径.md");
    let compiled = Compiled::new(&pack, "five_star", Period::year(2025).from()).expect("the scheme is sound");
    let mut lacking = Vec::new();
    for item in compiled.items() {
        // What all fields share carries its weight; what differs has a row in the table.
        let named = if item.field.is_none() { format!("（`{}`，{}分）", item.key, item.weight) } else { format!("（`{}`", item.key) };
        let document = &pack.documents[&item.cite.doc];
        let name = document.short.as_ref().unwrap_or(&document.name);
        let source = format!("出处：{name}{}", item.cite.clause.as_deref().map(clause).unwrap_or_default());
        if !text.lines().any(|line| line.contains(&named) && line.contains(&source)) {
            lacking.push(format!("{named}…{source}"));
        }
    }
    let scheme = &pack.schemes["five_star"];
    for standard in &scheme.standards {
        lacking.push(format!("| {} | {} |{}", pack.fields[&standard.field].name, standard.owner, weights(standard)));
    }
    for rule in &scheme.stars {
        lacking.push(format!("不低于{}为{}星", rule.at_least, numeral(u32::from(rule.star))));
    }
    lacking.retain(|wanted| !text.contains(wanted.as_str()));
    assert!(lacking.is_empty(), "docs/口径.md does not say:\n{}", lacking.join("\n"));
}

/// The rest of a field's row: the weight of every item that differs, empty where the standard has none.
fn weights(standard: &Standard) -> String {
    let keys = ["attendance_rate", "training_hours", "collective_income", "problem_close_rate", "task_on_time", "satisfaction", "on_site"];
    let cells = keys.map(|key| match standard.sections.iter().flat_map(|s| &s.items).find(|item| item.indicator == key) {
        None => " |".to_owned(),
        Some(item) if item.bands.is_empty() => format!(" {} |", item.weight),
        Some(item) => format!(" {} |", item.bands.iter().map(|band| band.points.to_string()).collect::<Vec<_>>().join("／")),
    });
    cells.concat()
}

/// 12 → 第十二条; what is no number stands as it is.
fn clause(of: &str) -> String {
    of.parse().map_or_else(|_| of.to_owned(), |number| format!("第{}条", numeral(number)))
}

/// 1 to 99.
fn numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match number / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        tens => format!("{}十", DIGITS[tens as usize]),
    };
    format!("{tens}{}", DIGITS[(number % 10) as usize])
}
