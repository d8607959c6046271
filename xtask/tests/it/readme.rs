//! The commands of the README exist.

use std::collections::BTreeSet;

use crate::files::{has_ending, no_complaints, root, texts};

#[test]
fn commands_of_the_readme_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for line in code_lines(&readme) {
        let words: Vec<&str> = line.trim_start_matches("$ ").split_whitespace().collect();
        let (program, rest) = match words.as_slice() {
            ["cargo", "xtask", rest @ ..] => ("xtask/src/", rest),
            ["cargo", "run", rest @ ..] => ("crates/server/src/", after_dashes(rest)),
            ["jishi" | "./jishi" | "target/release/jishi", rest @ ..] => ("crates/server/src/", rest),
            _ => continue,
        };
        seen.insert(words[..2.min(words.len())].join(" "));
        let Some(command) = rest.first().filter(|word| word.is_ascii()) else { continue };
        if !is_known(program, command) {
            complaints.push(format!("README.md: {line}: there is no command `{command}`"));
        }
    }
    for wanted in ["cargo run", "cargo xtask"] {
        if !seen.contains(wanted) {
            complaints.push(format!("README.md: no line `{wanted} …`"));
        }
    }
    no_complaints(&complaints, "mend the README or the command");
}

/// Lines of fenced blocks, without remarks.
fn code_lines(markdown: &str) -> Vec<&str> {
    let blocks = markdown.split("```").skip(1).step_by(2);
    blocks
        .flat_map(|block| block.lines().skip(1))
        .map(|line| line.split(" #").next().unwrap_or(line).trim())
        .filter(|line| !line.is_empty())
        .collect()
}

fn after_dashes<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    words.iter().position(|word| *word == "--").map_or(&[], |at| &words[at + 1..])
}

/// A subcommand is a variant of a clap enum: `Demo {`, `Demo(`, `Demo,` in the program's sources.
fn is_known(program: &str, command: &str) -> bool {
    let variant: String = command.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    let sources = texts(|path| path.starts_with(program) && has_ending(path, &[".rs"]));
    let is_variant = |line: &str| line.trim_start().strip_prefix(&variant).is_some_and(|rest| rest.trim_start().starts_with(['{', '(', ',']));
    sources.iter().any(|file| file.text.contains("Subcommand") && file.text.lines().any(is_variant))
}
