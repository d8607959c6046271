//! Annotated documents: the figures reached may not fall.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use directive::score::{Counts, score};

/// Scores every `NAME.txt` with a `NAME.gold.json` in the folder and prints a line for each.
fn score_folder(folder: &Path) -> Counts {
    let mut total = Counts::default();
    let mut texts: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is readable")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    texts.sort();
    for path in texts {
        let text = std::fs::read_to_string(&path).expect("a text");
        let gold = std::fs::read_to_string(path.with_extension("gold.json")).expect("its annotation");
        let gold = serde_json::from_str(&gold).expect("the annotation is JSON");
        let begun = Instant::now();
        let read = directive::read(&text);
        let took = begun.elapsed();
        let counts = score(&gold, &serde_json::to_value(&read).expect("a directive is plain JSON"));
        println!("{:<32} F1 {:.3}  {:?}  {took:?}", path.file_name().unwrap_or_default().display(), counts.f1(), counts.accuracy_when_set());
        total += counts;
    }
    println!("{:<32} F1 {:.3}  {:?}", "all", total.f1(), total.accuracy_when_set());
    total
}

/// The first four texts were written beside the rules and annotated by their author, who then corrected both; the others (a street's and a
/// county's speech, minutes of a company, a plan for schools, a scoring table, a township's notice with its list) were annotated before the
/// reader had seen them and then learnt from. They guard against steps back; they say little about how well an unseen document is read.
#[test]
fn own_texts_keep_their_score() {
    let total = score_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("texts"));
    assert!(total.f1() >= 0.98, "F1 fell to {:.3}", total.f1());
    assert!(total.accuracy_when_set().iter().all(|a| *a >= 0.98), "{:?}", total.accuracy_when_set());
}

/// These were annotated before the reader had seen them; its first reading scored F1 between 0.81 and 0.93 batch by batch.
/// What they showed has been put right since, in the reader or in the annotation, so from then on they too only guard against steps back.
#[test]
fn blind_texts_keep_their_score() {
    let total = score_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/blind"));
    assert!(total.f1() >= 0.97, "F1 fell to {:.3}", total.f1());
    assert!(total.accuracy_when_set().iter().all(|a| *a >= 0.95), "{:?}", total.accuracy_when_set());
}

/// Kept apart until the reader had been mended on the others, then read once: F1 0.858 (0.714 before the mending) for the first seven, 0.847
/// (0.842) for six more, 0.924 (0.913) for four, 0.948 (0.944) for four after those, 0.944 (0.939) for the last six. What they showed has been
/// put right since, in the reader or in the annotation.
#[test]
fn held_texts_keep_their_score() {
    let total = score_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/held"));
    assert!(total.f1() >= 0.96, "F1 fell to {:.3}", total.f1());
    assert!(total.accuracy_when_set().iter().all(|a| *a >= 0.95), "{:?}", total.accuracy_when_set());
}

/// Read once, after the reader had been mended on all the others: F1 0.867 (0.856 before). Their annotation is as it was then, but for a year the
/// text does not state and a week in days; some of what they showed has been put right in the reader.
#[test]
fn kept_texts_keep_their_score() {
    let total = score_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/kept"));
    assert!(total.f1() >= 0.90, "F1 fell to {:.3}", total.f1());
    assert!(total.accuracy_when_set().iter().all(|a| *a >= 0.95), "{:?}", total.accuracy_when_set());
    assert!(total.units_when_named() >= 0.88, "units fell to {:.3}", total.units_when_named());
}

/// No rule is a sentence learnt by heart: no literal of the crate repeats 13 characters in a row of a development text.
#[test]
fn no_literal_is_copied_from_the_development_set() {
    const RUN: usize = 13;
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate_root.join("../../../shared/directives/dev");
    if !folder.exists() {
        assert!(std::env::var_os("JISHI_CI").is_none(), "the development set is missing: {}", folder.display());
        println!("no development set at {}, nothing compared", folder.display());
        return;
    }
    let mut runs: HashSet<Vec<char>> = HashSet::new();
    for path in files(&folder, "txt") {
        let text: Vec<char> = std::fs::read_to_string(path).expect("a text").chars().collect();
        runs.extend(text.windows(RUN).map(<[char]>::to_vec));
    }
    let mut copied = Vec::new();
    let mut n_literals = 0;
    for path in ["src", "tests", "examples"].iter().flat_map(|part| files(&crate_root.join(part), "rs")) {
        for literal in literals(&std::fs::read_to_string(&path).expect("a source")) {
            n_literals += 1;
            let chars: Vec<char> = literal.chars().collect();
            if chars.windows(RUN).any(|run| !run.iter().all(char::is_ascii) && runs.contains(run)) {
                copied.push(format!("{}: {literal}", path.display()));
            }
        }
    }
    assert!(n_literals > 1_000, "only {n_literals} literals were found, so the scan is broken");
    assert!(copied.is_empty(), "copied from a development text; say the rule instead:\n{}", copied.join("\n"));
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is readable").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect()
}

/// What stands between quotation marks in Rust source; escapes stay as they are written.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A comment's marks do not open a literal, nor does the character '"'.
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            '\'' if chars.peek() == Some(&'"') => _ = chars.next(),
            '"' => {
                let mut literal = String::new();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    literal.push(c);
                    if c == '\\' {
                        literal.extend(chars.next());
                    }
                }
                found.push(literal);
            }
            _ => {}
        }
    }
    found
}

/// The development set lies beside the project, not in it. Its rules were tuned on it, so its score is an upper bound.
#[test]
fn development_set_reaches_its_mark() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/directives/dev");
    if !folder.exists() {
        assert!(std::env::var_os("JISHI_CI").is_none(), "the development set is missing: {}", folder.display());
        println!("no development set at {}, nothing scored", folder.display());
        return;
    }
    let total = score_folder(&folder);
    assert!(total.f1() >= 0.97, "F1 fell to {:.3}", total.f1());
    assert!(total.accuracy_when_set().iter().all(|a| *a >= 0.97), "{:?}", total.accuracy_when_set());
}

/// 20,000 characters in 20 ms is the aim for a release build; an unoptimised build on a busy desk gets room.
#[test]
fn long_documents_are_read_quickly() {
    let speech = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/speech.txt")).expect("a text");
    let long = speech.repeat(20_000 / speech.chars().count() + 1);
    // The shortest of a few, for other work on the machine does not count.
    let timed = || {
        let begun = Instant::now();
        let read = directive::read(&long);
        (begun.elapsed(), read.tasks.len())
    };
    let (took, n_tasks) = (0..4).map(|_| timed()).min().expect("it was read");
    println!("{} characters, {n_tasks} tasks, {took:?}", long.chars().count());
    // Some 300 ms of work; where others compile beside it, the clock shows four times that and more.
    assert!(took.as_millis() < 4_000, "{took:?}");
}
