//! The acceptance test of the engine: the sample city by the scheme `sample_check`, to the last digit.

use std::fs;
use std::path::{Path, PathBuf};

use assessment::{Compiled, LINE_HEADINGS, Marks, evaluate};
use policy::{Period, Reading, SourceFile};

use crate::workbooks::read_city;

pub fn beside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The folder of the four sample workbooks; `None`, with a message, where they are not. In CI they must be.
pub fn clean_workbooks() -> Option<PathBuf> {
    let folder = beside("../shared/samples/clean");
    if folder.exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("JISHI_CI").is_none(), "the sample workbooks must be beside the workspace in CI");
    println!("no sample workbooks at {}, nothing compared", folder.display());
    None
}

/// The layers `national` and `sample` of the packs in this workspace.
pub fn read_pack(layers: &[&str]) -> Reading {
    let mut files = Vec::new();
    for layer in layers {
        collect(&beside("policies").join(layer), layer, layer, &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    policy::read(&files)
}

fn collect(folder: &Path, shown: &str, layer: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the folder of a layer") {
        let entry = entry.expect("an entry of it");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = format!("{shown}/{name}");
        if entry.path().is_dir() {
            collect(&entry.path(), &path, layer, files);
        } else if name.ends_with(".toml") {
            files.push(SourceFile { layer: layer.to_owned(), path, text: fs::read_to_string(entry.path()).expect("text") });
        }
    }
}

#[test]
fn the_sample_city_comes_out_to_the_last_digit() {
    let Some(folder) = clean_workbooks() else { return };
    let reading = read_pack(&["national", "sample"]);
    let city = read_city(&folder, &reading.pack);
    let year = Period::year(2025);
    let compiled = Compiled::new(&reading.pack, "sample_check", year.from()).expect("the scheme is sound");
    let evaluation = evaluate(&compiled, &city.subjects, &city.facts.build(), &Marks::new(), year, year.until());
    let mut lines = vec![LINE_HEADINGS.join(",")];
    lines.extend(evaluation.printed().lines().map(|line| line.join(",")));
    let expected = fs::read_to_string(folder.join("expected-evaluation.csv")).expect("the expected result");
    let expected: Vec<&str> = expected.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    assert_same_lines(&lines, &expected);
}

/// Fails with the first lines that differ.
pub fn assert_same_lines(got: &[String], want: &[&str]) {
    let differences: Vec<String> = got.iter().zip(want).filter(|(a, b)| a.as_str() != **b).map(|(a, b)| format!("got  {a}\nwant {b}")).collect();
    let shown = differences[..differences.len().min(20)].join("\n");
    assert!(differences.is_empty(), "{} of {} lines differ:\n{shown}", differences.len(), want.len());
    assert_eq!(got.len(), want.len());
}
