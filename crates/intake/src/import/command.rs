//! `jishi import`: the same import from the command line, in nobody's name, to its end.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use store::jobs::JobState;

use super::{FileReport, OnBad, Request, Sent, annotated, enqueue, files, report};
use crate::app::App;

/// What the command line says.
pub struct Order {
    pub files: Vec<PathBuf>,
    pub on_bad: OnBad,
    pub complete: Option<i16>,
    /// Where the report goes as JSON.
    pub report: Option<PathBuf>,
    /// Where the files go with refused cells marked.
    pub annotated: Option<PathBuf>,
}

/// Imports, writes the report, and says in a few lines what was done. `true` when the import succeeded, with refused rows or without.
///
/// # Errors
/// When a file cannot be read or written, or the database fails.
pub async fn import(app: &App, order: Order) -> anyhow::Result<bool> {
    let sent = order.files.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let request = Request { on_bad: order.on_bad, complete: order.complete, is_console: true, ..Request::default() };
    let mut tx = app.begin(&crate::http::session::console(app), app.now()).await?;
    let id = enqueue(app, &mut tx, sent, &request).await?;
    tx.commit().await?;
    let job = crate::jobs::run_one(app, id).await?;
    let reports = report(app.store().reader(), id).await?;
    if let Some(path) = &order.report {
        std::fs::write(path, serde_json::to_string_pretty(&reports)? + "\n").with_context(|| format!("无法写入报告 {}", path.display()))?;
    }
    if let Some(folder) = &order.annotated
        && !reports.is_empty()
    {
        write_annotated(app, id, folder).await?;
    }
    for report in &reports {
        println!("{}", line(app, report));
    }
    if !job.message.is_empty() {
        eprintln!("{}", job.message);
    }
    Ok(job.state == JobState::Done)
}

fn read(path: &Path) -> anyhow::Result<Sent> {
    let bytes = std::fs::read(path).with_context(|| format!("无法读取文件 {}", path.display()))?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(Sent { name, bytes })
}

async fn write_annotated(app: &App, id: i64, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("无法建立目录 {}", folder.display()))?;
    for file in files(app, id).await? {
        // Two files of one name do not overwrite each other.
        let mut path = folder.join(&file.name);
        if file.position > 0 && path.exists() {
            path = folder.join(format!("{}-{}", file.position + 1, file.name));
        }
        std::fs::write(&path, annotated(app, id, &file).await?).with_context(|| format!("无法写入 {}", path.display()))?;
    }
    Ok(())
}

fn line(app: &App, report: &FileReport) -> String {
    let name = app.pack().workbooks.get(&report.kind).map_or_else(|| report.kind.clone(), |workbook| workbook.name.clone());
    let n_new = report.accepted - report.unchanged - report.updated;
    format!(
        "{}（{name}）：{} 行，新增 {n_new}，更新 {}，没有变化 {}，存疑 {} 处，退回 {} 行",
        report.file,
        report.rows,
        report.updated,
        report.unchanged,
        report.doubts.len(),
        report.rejected.len()
    )
}
