//! Files stay of a size that can be read.

use crate::files::{no_complaints, texts};

/// About 400 lines make a good file; from here on it is two.
const LINES_MAX: usize = 700;

/// Longer ones, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[("crates/rating/src/evaluation/ranking/pages.rs", "all pages of the ranking; to be parted by page")];

#[test]
fn no_file_is_too_long() {
    let files = texts(|path| path.starts_with("crates/") && (path.ends_with(".rs") || path.ends_with(".html")));
    let excepted = |path: &str| EXCEPTIONS.iter().any(|(exception, _)| *exception == path);
    let complaints: Vec<String> = files
        .iter()
        .filter(|file| file.text.lines().count() > LINES_MAX && !excepted(&file.path))
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    no_complaints(&complaints, "split the file by what it is about, or list it in xtask/tests/it/sizes.rs with the reason");
}

#[test]
fn every_exception_is_needed() {
    let files = texts(|path| path.starts_with("crates/"));
    for (path, reason) in EXCEPTIONS {
        let file = files.iter().find(|file| file.path == *path);
        assert!(file.is_some_and(|file| file.text.lines().count() > LINES_MAX), "{path} ({reason}) is short now: take it off the list");
    }
}
