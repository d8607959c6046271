//! `jishi doctor`: whether what is kept agrees with itself. It reads, says what it finds and what helps, and changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use store::{Actor, Backend, OrgId, day_of, query};

use crate::app::App;
use crate::facts::rebuild::{Differences, rebuild};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, and how much of it.
    pub about: String,
    /// What is wrong; none: all is well.
    pub faults: Vec<String>,
    /// What helps.
    pub remedy: &'static str,
}

/// Looks at the database, the audit chain, the tree, the facts and the kept files.
///
/// # Errors
/// When the database cannot be read at all.
pub async fn look(app: &App) -> anyhow::Result<Vec<Finding>> {
    Ok(vec![database(app).await?, audit(app).await?, tree(app).await?, facts(app).await?, files(app).await?])
}

async fn database(app: &App) -> anyhow::Result<Finding> {
    let is_file = app.store().backend == Backend::Sqlite;
    let mut faults = Vec::new();
    if is_file {
        for row in query(app.store().reader(), "pragma quick_check", []).await? {
            let said: String = row.try_get_by_index(0)?;
            faults.extend((said != "ok").then_some(said));
        }
    }
    let about = if is_file { "数据库文件" } else { "数据库连接" };
    Ok(Finding { about: about.to_owned(), faults, remedy: "请停止服务，用最近一次备份恢复" })
}

async fn audit(app: &App) -> anyhow::Result<Finding> {
    let (n, faults) = store::audit::verify(app.store()).await?;
    let mut faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
    if n > 0 && store::audit::last_kept_head(app.store()).is_none() {
        faults.push(format!("没有找到另存的链头 {}", app.store().dir.join("logs").join("audit-heads.log").display()));
    }
    Ok(Finding { about: format!("审计链 {n} 条"), faults, remedy: "请保留现场，与最近一次备份比对" })
}

/// The paths of the day against the superiors that the tree gives.
async fn tree(app: &App) -> anyhow::Result<Finding> {
    let on = day_of(app.now());
    let sql = "select descendant_id, ancestor_id from organisation_path where ancestor_id <> descendant_id and from_on <= $1 and (until_on is null or until_on > $1)";
    let mut paths: BTreeMap<OrgId, BTreeSet<OrgId>> = BTreeMap::new();
    for row in query(app.store().reader(), sql, [on.to_string().into()]).await? {
        paths.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    let scope = Actor::console(on).whole_scope();
    let directory = app.directory();
    let mut faults = Vec::new();
    let mut n = 0;
    for org in directory.all(&scope) {
        n += 1;
        let kept = paths.remove(&org.id).unwrap_or_default();
        if kept != org.superiors.iter().copied().collect() {
            faults.push(format!("{}（{}）的上级路径与组织树不一致", org.name, org.code));
        }
    }
    Ok(Finding { about: format!("组织树 {n} 个党组织"), faults, remedy: "请把这份结果发给开发方，不要自行修改数据库" })
}

async fn facts(app: &App) -> anyhow::Result<Finding> {
    let at = app.now();
    let sources = rebuild(app, &Actor::console(day_of(at)), at, Differences::Told).await?;
    let faults = sources.iter().filter(|source| !source.differing.is_empty());
    let faults = faults.map(|source| format!("{}：{} 条记录的事实与记录不一致", source.label, source.differing.len())).collect();
    let n: usize = sources.iter().map(|source| source.n_facts).sum();
    Ok(Finding { about: format!("事实 {n} 条"), faults, remedy: "请运行 jishi facts rebuild 更正" })
}

async fn files(app: &App) -> anyhow::Result<Finding> {
    let rows = query(app.store().reader(), "select sm3, min(name) from stored_file group by sm3 order by sm3", []).await?;
    let mut faults = Vec::new();
    for row in &rows {
        let (sm3, name): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        match crate::files::get(app, &sm3).await {
            Ok(bytes) if store::digest(&bytes) == sm3 => {}
            Ok(_) => faults.push(format!("附件“{name}”的内容与指纹不一致")),
            Err(_) => faults.push(format!("附件“{name}”读不出来：文件缺失、被改动或者密钥不对")),
        }
    }
    Ok(Finding { about: format!("附件 {} 个", rows.len()), faults, remedy: "请从附件目录的备份中找回" })
}

/// Prints what was found; answers whether all is well.
#[must_use]
pub fn print(findings: &[Finding], dir: &Path) -> bool {
    const SHOWN: usize = 20;
    println!("体检：{}", dir.display());
    for finding in findings {
        let n = finding.faults.len();
        println!("{} {}", if n == 0 { "✓" } else { "✗" }, finding.about);
        for fault in finding.faults.iter().take(SHOWN) {
            println!("    {fault}");
        }
        if n > SHOWN {
            println!("    …… 共 {n} 处");
        }
        if n > 0 {
            println!("    {}", finding.remedy);
        }
    }
    findings.iter().all(|finding| finding.faults.is_empty())
}
