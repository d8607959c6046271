//! The main pages in Chromium 90, the oldest browser that they must work in: no script error, no overflow at 390 px, every
//! stop of Tab visible. `web/test/main_pages.mjs` drives it; the pictures are for looking at.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use scenarios::{World, scratch};

/// Why something is passed over; in CI nothing is.
fn passed_over(why: &str) {
    assert!(std::env::var_os("JISHI_CI").is_none(), "{why}");
    eprintln!("passed over: {why}");
}

/// The folder with `node_modules` for the lock file of `web/test`, filled the first time; never in the source tree.
fn libraries(test: &Path) -> Result<PathBuf, String> {
    let lock = std::fs::read(test.join("package-lock.json")).map_err(|error| error.to_string())?;
    let mut hasher = DefaultHasher::new();
    lock.hash(&mut hasher);
    let ready = scratch("jishi-chromium90").join(format!("{:016x}", hasher.finish()));
    if ready.join("stamp").exists() {
        return Ok(ready);
    }
    std::fs::create_dir_all(&ready).map_err(|error| error.to_string())?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(test.join(name), ready.join(name)).map_err(|error| error.to_string())?;
    }
    let mut npm = Command::new("npm");
    // The package names a driver as its peer; the walk needs none.
    let output =
        npm.args(["ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&ready).output();
    let output = output.map_err(|error| format!("npm: {error}"))?;
    if !output.status.success() {
        return Err(format!("npm ci: {}", String::from_utf8_lossy(&output.stderr)));
    }
    std::fs::write(ready.join("stamp"), "").map_err(|error| error.to_string())?;
    Ok(ready)
}

#[test]
fn the_main_pages_work_in_chromium_90() {
    let test = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/test");
    if Command::new("node").arg("--version").output().is_err() {
        return passed_over("no node");
    }
    let libraries = match libraries(&test) {
        Ok(folder) => folder,
        Err(trouble) => return passed_over(&trouble),
    };
    let world = World::copy();
    crate::task_rows::issue_to_the_counties(&world);
    let mut node = Command::new("node");
    node.arg(test.join("main_pages.mjs")).arg(libraries.join("node_modules")).arg(libraries.join("browser")).arg(world.address());
    let pictures = std::env::var_os("JISHI_SCREENSHOTS").map_or_else(|| scratch("screenshots"), PathBuf::from);
    let output = node.arg(pictures).output().expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // Every page twice: a walk that opens nothing finds nothing wrong.
    let n_pages: usize = said.split_whitespace().next().and_then(|n| n.parse().ok()).expect("it counts the pages");
    assert!(n_pages >= 60, "{said}");
}
