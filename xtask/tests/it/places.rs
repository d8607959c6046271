//! The tree builds anywhere: it names no folder of one machine and no registry's host.

use crate::files::{has_ending, no_complaints, offending_lines, texts};

#[test]
fn no_folder_of_one_machine() {
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let complaints = offending_lines(&texts(|_| true), |line| folders.iter().any(|folder| line.contains(folder)));
    no_complaints(&complaints, "use a path relative to the workspace, a temporary folder, or $HOME");
}

#[test]
fn no_host_of_a_registry() {
    let hosts = [
        concat!("registry.", "npmjs"),
        concat!("registry.", "npmmirror"),
        concat!("index.", "crates.io"),
        concat!("static.", "crates.io"),
        concat!("files.", "pythonhosted"),
        concat!("deb.", "debian.org"),
    ];
    let complaints = offending_lines(&texts(|_| true), |line| hosts.iter().any(|host| line.contains(host)));
    no_complaints(&complaints, "leave it out: each desk's own settings say where packages come from");
}

#[test]
fn lock_files_name_no_address() {
    let files = texts(|path| has_ending(path, &["package-lock.json", "Cargo.lock", ".npmrc"]));
    let index = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let complaints = offending_lines(&files, |line| {
        let line = line.trim();
        line.starts_with("\"resolved\":") || (line.starts_with("source = ") && line != index)
    });
    no_complaints(&complaints, "npm: `npm install --package-lock-only --omit-lockfile-registry-resolved`; cargo: depend on published versions");
}
