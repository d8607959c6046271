//! What the folder holds, and as of when: `manifest.json`.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

const FILE: &str = "manifest.json";
const FORMAT: &str = "jishi-facts/1";

/// The contents of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    /// The last commit that is in it.
    pub commit: i64,
    pub tables: Vec<TableCount>,
}

/// One table, or one year of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    pub table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    pub n_rows: u64,
}

impl Manifest {
    pub(crate) fn new(commit: i64, tables: Vec<TableCount>) -> Self {
        Self { format: FORMAT.to_owned(), commit, tables }
    }

    pub(crate) fn read(dir: &Path) -> anyhow::Result<Self> {
        let file = dir.join(FILE);
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} 里没有 {FILE}，请写 jishi facts export 导出的目录", dir.display()))?;
        let manifest: Self = serde_json::from_str(&text).with_context(|| format!("读不懂 {}", file.display()))?;
        anyhow::ensure!(manifest.format == FORMAT, "{} 的格式是 {}，本程序只读 {FORMAT}，请重新导出", dir.display(), manifest.format);
        Ok(manifest)
    }

    pub(crate) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let file = dir.join(FILE);
        std::fs::write(&file, serde_json::to_vec_pretty(self)?).with_context(|| format!("无法写入 {}", file.display()))
    }
}
