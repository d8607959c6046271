//! LibreOffice and poppler as judges of what is written. Where they are not installed the tests that need them say
//! so and pass; with `JISHI_CI` set, their absence is a failure.

use std::process::Command;

/// Converts a file with LibreOffice; `None` when it, or its program for this kind of file, is not installed.
pub fn convert(bytes: &[u8], extension: &str, target: &str) -> Option<Vec<u8>> {
    convert_all(&[bytes], extension, target).map(|mut converted| converted.remove(0))
}

/// Converts files in one run, which spares the program's long start. `None` when the first cannot be converted: it
/// should be one that surely can, so that this means the program is absent.
pub fn convert_all(files: &[&[u8]], extension: &str, target: &str) -> Option<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A profile of its own lets tests convert side by side.
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    let mut command = Command::new("soffice");
    command.args([&profile, "--headless", "--convert-to", target, "--outdir"]).arg(folder.path());
    for (index, bytes) in files.iter().enumerate() {
        let source = folder.path().join(format!("{index}.{extension}"));
        std::fs::write(&source, bytes).expect("written");
        command.arg(source);
    }
    run(&mut command, "soffice")?;
    let wanted = target.split(':').next().unwrap_or(target);
    let converted = |index: usize| std::fs::read(folder.path().join(format!("{index}.{wanted}")));
    if let Err(why) = converted(0) {
        absent(&format!("LibreOffice for .{extension}"), &why);
        return None;
    }
    Some((0..files.len()).map(|index| converted(index).expect("LibreOffice cannot open the file")).collect())
}

/// Runs a program that may be absent; `None` when it is.
pub fn run(command: &mut Command, name: &str) -> Option<Vec<u8>> {
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(why) => {
            absent(name, &why);
            None
        }
    }
}

fn absent(name: &str, why: &std::io::Error) {
    assert!(std::env::var_os("JISHI_CI").is_none(), "{name} is needed here: {why}");
    eprintln!("skipped: {name} is not installed");
}
