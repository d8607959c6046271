//! Nothing half-done is committed.

use crate::files::{has_ending, no_complaints, offending_lines, texts};

#[test]
fn no_leftovers_in_code_packs_and_templates() {
    // Written in pieces, so that this file does not accuse itself.
    let macros = [concat!("dbg", "!("), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let words = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X:")];
    let files = texts(|path| has_ending(path, &[".rs", ".toml", ".html", ".css", ".js", ".mjs", ".sql", ".sh"]));
    let complaints = offending_lines(&files, |line| macros.iter().any(|m| line.contains(m)) || words.iter().any(|word| has_word(line, word)));
    no_complaints(&complaints, "finish it, or open an issue and remove the mark");
}

#[test]
fn no_test_is_ignored() {
    let files = texts(|path| path.ends_with(".rs"));
    let complaints = offending_lines(&files, |line| line.trim_start().starts_with(concat!("#[", "ignore")));
    no_complaints(&complaints, "assert today's behaviour and say why it is wrong, or make the test quick");
}

/// Whether `word` stands in the line with no letter or digit beside it.
fn has_word(line: &str, word: &str) -> bool {
    let is_edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
    line.match_indices(word).any(|(at, _)| is_edge(line[..at].chars().next_back()) && is_edge(line[at + word.len()..].chars().next()))
}
