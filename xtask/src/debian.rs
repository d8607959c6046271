//! What the tests need from the system: present, installed here, or named.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::steps;

/// A Debian package, and how to see that it (or something as good) is there.
struct Need {
    package: &'static str,
    is_there: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", is_there: || crate::postgres::program("initdb").is_some() },
    Need { package: "chromium", is_there: || finds("chromium") },
    Need { package: "chromium-driver", is_there: || finds("chromedriver") },
    Need { package: "fonts-noto-cjk", is_there: || Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists() },
    Need { package: "libreoffice-writer", is_there: || finds("soffice") },
    // Workbooks need the half of LibreOffice that the writer does not bring.
    Need { package: "libreoffice-calc", is_there: || beside("soffice", "libsclo.so") },
    Need { package: "poppler-utils", is_there: || finds("pdftotext") },
    Need { package: "python3", is_there: || finds("python3") },
    Need { package: "nodejs", is_there: || finds("node") },
    Need { package: "npm", is_there: || finds("npm") },
];

/// What the long tier needs besides: Spark runs on Java, and comes into a Python of our own.
const NEEDS_LONG: &[Need] =
    &[Need { package: "default-jre-headless", is_there: || finds("java") }, Need { package: "python3-venv", is_there: has_venv }];

/// Installs what is missing, as root on Debian; elsewhere says what to do.
///
/// # Errors
/// When something is missing and cannot be installed from here.
pub fn install_missing() -> anyhow::Result<()> {
    install(NEEDS)
}

/// The same for the long tier.
///
/// # Errors
/// As [`install_missing`].
pub fn install_missing_long() -> anyhow::Result<()> {
    install(NEEDS_LONG)
}

fn install(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&str> = needs.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if missing.is_empty() {
        println!("所需工具齐全");
        return Ok(());
    }
    println!("缺少：{}", missing.join(" "));
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", missing.join(" "));
    if !finds("apt-get") {
        bail!("本机不是 Debian，请自行安装与上述软件包相当的工具");
    }
    if !is_root() {
        bail!("请先运行：sudo sh -c '{by_hand}'");
    }
    // Two tries: a mirror may stumble once in a few hundred megabytes.
    let once = || {
        steps::run(apt().arg("update"))?;
        steps::run(apt().args(["install", "--no-install-recommends"]).args(&missing))
    };
    once().or_else(|_| once())?;
    let still: Vec<&str> = needs.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if !still.is_empty() {
        bail!("安装之后仍找不到：{}", still.join(" "));
    }
    Ok(())
}

/// Whether this process acts as root.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-q", "-y"]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether a file lies beside a program, where its link leads.
fn beside(program: &str, file: &str) -> bool {
    let folders = std::env::var_os("PATH").map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>()).unwrap_or_default();
    let found = folders.iter().find_map(|folder| folder.join(program).canonicalize().ok());
    found.is_some_and(|real| real.with_file_name(file).is_file())
}

/// Whether a Python of our own can be made.
fn has_venv() -> bool {
    let asked = Command::new("python3").args(["-c", "import venv, ensurepip"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Whether a program is in the search path.
fn finds(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|paths| std::env::split_paths(&paths).any(|folder| folder.join(program).is_file()))
}
