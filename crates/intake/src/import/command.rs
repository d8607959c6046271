//! `jishi import`: the same import from the command line, in nobody's name, to its end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use store::jobs::{self, JobState};

use super::coverage::FIRST_YEAR;
use super::{FileReport, JOB, OnBad, Request, Sent, annotated, coverage, enqueue, files, report, staging};
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

impl Order {
    /// Everything that would be found wrong only after the records are written.
    fn check(&self, app: &App) -> anyhow::Result<()> {
        let this_year = store::day_of(app.now()).year();
        if self.complete.is_some_and(|year| !(FIRST_YEAR..=this_year).contains(&year)) {
            bail!("--complete 后面写哪一年的全部记录：{FIRST_YEAR} 到 {this_year}");
        }
        if let Some(path) = &self.report {
            let file = std::fs::File::options().create(true).append(true).open(path);
            file.with_context(|| format!("无法写入报告 {}", path.display()))?;
        }
        if let Some(folder) = &self.annotated {
            std::fs::create_dir_all(folder).with_context(|| format!("无法建立目录 {}", folder.display()))?;
            let folder = folder.canonicalize()?;
            let beside = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file.parent() == Some(&folder));
            if let Some(file) = self.files.iter().find(|file| beside(file)) {
                bail!("--annotated 不能写到原表所在的目录，会盖掉 {}，请另给一个目录", file.display());
            }
        }
        Ok(())
    }
}

/// Imports, writes the report, and says in a few lines what was done. `true` when the import succeeded, with refused rows or without.
///
/// # Errors
/// When a file cannot be read or written, or the database fails.
pub async fn import(app: &App, order: Order) -> anyhow::Result<bool> {
    let sent = order.files.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    order.check(app)?;
    let request = Request { on_bad: order.on_bad, complete: order.complete, is_console: true, ..Request::default() };
    let id = match left_behind(app, &sent, &request).await? {
        Some(id) => id,
        None => {
            let mut tx = app.begin(&crate::http::session::console(app), app.now()).await?;
            let id = enqueue(app, &mut tx, sent, &request).await?;
            tx.commit().await?;
            id
        }
    };
    let job = crate::jobs::run_one(app, id).await?;
    if order.complete.is_some() {
        let sheets = staging::sheets(app.store().reader(), id).await?;
        let fewest = sheets.iter().map(|sheet| sheet.layout.n_branches).filter(|n| *n > 0).min();
        if let Some(warning) = fewest.and_then(|n| coverage::warning(app, &crate::http::session::console(app), n)) {
            eprintln!("{warning}");
        }
    }
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

/// Imports of the command line that were stopped go first, so that none of them turns newer records back later. Gives the
/// one that is this very import: it goes on.
async fn left_behind(app: &App, sent: &[Sent], request: &Request) -> anyhow::Result<Option<i64>> {
    crate::jobs::relieve(app).await?;
    let payload = serde_json::to_string(request)?;
    let digests: Vec<String> = sent.iter().map(|file| store::digest(&file.bytes)).collect();
    for job in jobs::unfinished(app.store(), JOB).await?.into_iter().filter(|job| job.created_by.is_none()) {
        let files: Vec<String> = staging::files(app.store().reader(), job.id).await?.into_iter().map(|file| file.sm3).collect();
        if job.payload == payload && files == digests {
            eprintln!("上次没有导完，接着导入。");
            return Ok(Some(job.id));
        }
        eprintln!("先办完上次中断的导入（编号 {}）。", job.id);
        crate::jobs::run_one(app, job.id).await?;
    }
    Ok(None)
}

fn read(path: &Path) -> anyhow::Result<Sent> {
    let bytes = std::fs::read(path).with_context(|| format!("无法读取文件 {}", path.display()))?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(Sent { name, bytes })
}

async fn write_annotated(app: &App, id: i64, folder: &Path) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for file in files(app, id).await?.into_iter().filter(|file| file.problem.is_none()) {
        // Two files of one name do not overwrite each other.
        let mut path = folder.join(&file.name);
        if !names.insert(file.name.clone()) {
            path = folder.join(format!("{}-{}", file.position + 1, file.name));
        }
        std::fs::write(&path, annotated(app, id, &file).await?).with_context(|| format!("无法写入 {}", path.display()))?;
    }
    Ok(())
}

fn line(app: &App, report: &FileReport) -> String {
    let name = app.pack().workbooks.get(&report.kind).map_or_else(|| report.kind.clone(), |workbook| workbook.name.clone());
    let n_new = report.accepted - report.unchanged - report.updated;
    if report.kind.is_empty() {
        return format!("{}：没有读", report.file);
    }
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
