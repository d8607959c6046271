//! A Python of our own with DuckDB, Polars and Spark, for comparing: made once under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{steps, test};

/// What is compared with; pinned, so that figures stay comparable.
const PACKAGES: [&str; 3] = ["duckdb==2.0.0", "polars==2.1.0", "pyspark==4.0.5"];

/// The Python that `JISHI_PYTHON` names, or one made under the target folder.
///
/// # Errors
/// When Python is missing or its packages cannot be fetched.
pub fn with_engines() -> anyhow::Result<PathBuf> {
    if let Some(python) = std::env::var_os("JISHI_PYTHON") {
        return Ok(python.into());
    }
    let folder = test::built("python")?;
    let python = folder.join("bin/python");
    if !has_engines(&python) {
        steps::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        steps::run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    }
    Ok(python)
}

fn has_engines(python: &Path) -> bool {
    Command::new(python).args(["-c", "import duckdb, polars, pyspark"]).output().is_ok_and(|output| output.status.success())
}
