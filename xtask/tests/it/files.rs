//! The committed files, as git lists them (with those about to be committed).

use std::path::{Path, PathBuf};
use std::process::Command;

/// One committed text file.
pub struct File {
    /// Path from the workspace's folder, with `/`.
    pub path: String,
    pub text: String,
}

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// All text files for which `wanted` holds. Binary ones (pictures, workbooks) are left out.
pub fn texts(wanted: impl Fn(&str) -> bool) -> Vec<File> {
    let listing = Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let listing = listing.expect("git lists the files; install git");
    assert!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    let paths = String::from_utf8(listing.stdout).expect("paths are UTF-8");
    let paths = paths.split('\0').filter(|path| !path.is_empty() && wanted(path));
    paths.filter_map(|path| Some(File { path: path.to_owned(), text: std::fs::read_to_string(root().join(path)).ok()? })).collect()
}

#[test]
fn the_tree_is_seen() {
    assert!(texts(|path| path.ends_with(".rs")).len() > 50, "git lists too few files");
}

/// Whether the path ends in one of these.
pub fn has_ending(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.ends_with(ending))
}

/// Fails with all complaints at once, each on its line.
pub fn no_complaints(complaints: &[String], advice: &str) {
    assert!(complaints.is_empty(), "\n{}\n→ {advice}\n", complaints.join("\n"));
}

/// `path:line: text` for every line that `offends`.
pub fn offending_lines(files: &[File], offends: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = files.iter().flat_map(|file| file.text.lines().zip(1..).map(move |(line, no)| (file, line, no)));
    lines.filter(|(_, line, _)| offends(line)).map(|(file, line, no)| format!("{}:{no}: {}", file.path, line.trim())).collect()
}
