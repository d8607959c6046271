//! Bundles the browser's part (`web/`) into files that the binary embeds.
//!
//! The libraries come from npm once per lock file, for all profiles, into `<target>/jishi-web/<hash>/`; the source tree is never written to.
//! What comes out (`app.js`, `charts.js`, `app.css`, `mark.svg`, each also gzipped, and `assets.rs`) lies in `OUT_DIR`.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::{env, fs, io};

fn main() {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder")).join("../../web");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo names the output folder"));
    for source in
        ["package-lock.json", "build.mjs", "tabler_base.mjs", "entry.js", "charts.js", "style.css", "icons.svg", "mark.svg", "behaviours", "style"]
    {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    embed_policies(&out).unwrap_or_else(|trouble| stop(&trouble));
    let libraries = libraries(&web, &out).unwrap_or_else(|trouble| stop(&trouble));
    let mut bundle = Command::new("node");
    bundle.arg(web.join("build.mjs")).arg(&libraries).arg(&out);
    run(&mut bundle).unwrap_or_else(|trouble| stop(&trouble));
}

/// The folder that holds `node_modules` for this lock file; made by `npm ci` when it is not there yet.
fn libraries(web: &Path, out: &Path) -> Result<PathBuf, String> {
    let lock = fs::read(web.join("package-lock.json")).map_err(|error| format!("web/package-lock.json: {error}"))?;
    let mut hasher = DefaultHasher::new();
    lock.hash(&mut hasher);
    let shelf = target_dir(out).join("jishi-web");
    let ready = shelf.join(format!("{:016x}", hasher.finish()));
    if ready.join("stamp").exists() {
        return Ok(ready);
    }
    // Two builds may come here at once: each works in a folder of its own, the first to finish gives it the final name.
    let work = shelf.join(format!("work-{}", std::process::id()));
    let io = |error: io::Error| format!("{}: {error}", work.display());
    fs::create_dir_all(&work).map_err(io)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(web.join(name), work.join(name)).map_err(io)?;
    }
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&work))?;
    fs::write(work.join("stamp"), b"").map_err(io)?;
    if let Err(error) = fs::rename(&work, &ready) {
        let _ = fs::remove_dir_all(&work);
        if !ready.join("stamp").exists() {
            return Err(format!("{}: {error}", ready.display()));
        }
    }
    Ok(ready)
}

/// Cargo marks its target directory; below it all profiles share the libraries.
fn target_dir(out: &Path) -> &Path {
    out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).or_else(|| out.ancestors().nth(4)).unwrap_or(out)
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("{program}: {}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn stop(trouble: &str) -> ! {
    eprintln!(
        "\n网页部分没有打包成功。需要 Node.js 18 或以上（含 npm），并能访问 npm 软件源（首次构建时）；装好后重新运行 cargo build。\n\
         The web part could not be bundled. It needs Node.js 18 or newer with npm, and an npm registry on the first build; then run cargo build again.\n\n{trouble}\n"
    );
    exit(1);
}

/// Lists the files of `policies/` with their texts, so that one binary is enough.
fn embed_policies(out: &Path) -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder")).join("../../policies");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    let io = |error: io::Error| format!("policies: {error}");
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut text = String::from("/// Path below `policies/` and text of every file.\npub const FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let shown = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let full = file.canonicalize().map_err(io)?;
        text.push_str(&format!("    ({shown:?}, include_str!({:?})),\n", full.display().to_string()));
    }
    text.push_str("];\n");
    fs::write(out.join("policies.rs"), text).map_err(io)
}
