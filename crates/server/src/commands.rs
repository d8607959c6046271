//! What `jishi` does on the server itself: packs, facts, first accounts. Output is for people at a terminal.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use policy::Reading;
use store::{Actor, OrgId, Refusal, query};

use crate::account::{NewGrant, NewPerson};
use crate::app::{App, Settings};
use crate::facts::rebuild::Differences;
use crate::organisation::NewOrganisation;

/// The packs of a folder, of `./policies`, or those embedded in the binary; with errors, too.
fn reading_of(dir: Option<&Path>) -> anyhow::Result<(String, Reading)> {
    let here = Path::new("policies");
    let folder = dir.or_else(|| here.is_dir().then_some(here));
    let files = match folder {
        Some(folder) => crate::policies::files_of(folder)?,
        None => crate::rooms::embedded_files(),
    };
    if files.is_empty() {
        bail!("{} 里没有制度包（.toml）", folder.unwrap_or(here).display());
    }
    let name = folder.map_or_else(|| "程序自带的制度包".to_owned(), |folder| folder.display().to_string());
    Ok((name, policy::read(&files)))
}

/// `jishi policy check`: prints every problem with file and line; answers whether there is no error.
///
/// # Errors
/// When a file cannot be read.
pub fn check_policies(dir: Option<&Path>) -> anyhow::Result<bool> {
    let (name, reading) = reading_of(dir)?;
    let problems = crate::policies::problems_of(&reading);
    for problem in &problems {
        println!("{problem}");
    }
    let mut n_errors = problems.iter().filter(|problem| problem.is_error()).count();
    let n_notes = problems.len() - n_errors;
    let failures = if n_errors == 0 { assessment::run_cases(&reading.pack, &reading.cases) } else { Vec::new() };
    for failure in &failures {
        println!("{failure}");
    }
    n_errors += failures.len();
    let mechanisms = &reading.pack.mechanisms;
    let n_carried = mechanisms.values().filter(|mechanism| mechanism.primitive.is_some()).count();
    let layers: Vec<String> = reading.layers.iter().map(|layer| format!("{} {}", layer.id, layer.version)).collect();
    println!("{name}：{}", layers.join("、"));
    println!("  条目 {} 条，机制 {} 项（已承载 {n_carried} 项），覆盖下层 {} 处", reading.entries.len(), mechanisms.len(), reading.overridden.len());
    println!("  算例 {} 个，不符 {} 个", reading.cases.len(), failures.len());
    println!("  示例方案的条目 {} 条：数值是虚构的，不得用于正式公布", reading.count_examples());
    println!("  错误 {n_errors} 处，提示 {n_notes} 处");
    Ok(n_errors == 0)
}

/// `jishi verify FILE`: whether a signed file is as it was issued, and by whom.
///
/// # Errors
/// When the file cannot be read.
pub fn verify_export(file: &Path, key: Option<&str>) -> anyhow::Result<bool> {
    let bytes = std::fs::read(file).with_context(|| format!("读不了 {}", file.display()))?;
    let told = crate::evaluation::verify_export(&bytes, key);
    let is_good = told.is_ok();
    let (Ok(sentence) | Err(sentence)) = told;
    println!("{sentence}");
    Ok(is_good)
}

/// `jishi policy explain ID`: what an entry says, where it stands, who uses it; answers whether there is one.
///
/// # Errors
/// When a file cannot be read.
pub fn explain_policy(id: &str, dir: Option<&Path>) -> anyhow::Result<bool> {
    let (_, reading) = reading_of(dir)?;
    let Some(it) = policy::explain(&reading, id) else {
        println!("制度包里没有“{id}”");
        for entry in policy::also_named(&reading, id, None) {
            println!("  是不是 {entry}");
        }
        return Ok(false);
    };
    println!("{}　{}（{}）", it.title, it.kind, it.entry);
    if let Some(why) = &it.pending {
        println!("  待核原文，未启用：{why}");
    }
    for sentence in &it.sentences {
        println!("  {sentence}");
    }
    if let Some(cite) = &it.cite {
        let clause = cite.clause.as_deref().unwrap_or_default();
        let quote = cite.quote.as_ref().map_or_else(String::new, |quote| format!("：“{quote}”"));
        println!("  出处 {}{clause}{quote}", cite.document);
    }
    if let Some(reading) = &it.interpretation {
        println!("  口径 {}（{}，{}）", reading.text, reading.by, reading.on);
    }
    if let Some(day) = it.checked_on {
        println!("  核对原文 {day}");
    }
    println!("  写在 {}（{} 层）", it.place, it.layer);
    for over in &it.overrides {
        println!("  覆盖 {} 层的 {}", over.layer, over.place);
    }
    for other in policy::also_named(&reading, id, Some(&it.entry)) {
        println!("  同名的还有 {other}");
    }
    for user in &it.used_by {
        println!("  用到它的 {}“{}”（{}）", user.kind, user.title, user.entry);
    }
    Ok(true)
}

/// `jishi doctor`; answers whether all is well.
///
/// # Errors
/// When the database cannot be opened.
pub async fn doctor(database: &str, dir: Option<PathBuf>) -> anyhow::Result<bool> {
    let app = open(database, dir).await?;
    Ok(crate::doctor::print(&crate::doctor::look(&app).await?, &app.store().dir))
}

async fn open(database: &str, dir: Option<PathBuf>) -> anyhow::Result<App> {
    let dir = dir.unwrap_or_else(|| crate::serve::folder_of(database));
    crate::serve::open(database, &dir, None, Settings::default(), crate::clock::now()).await
}

/// `jishi facts rebuild`.
///
/// # Errors
/// When the database refuses.
pub async fn rebuild_facts(database: &str, dir: Option<PathBuf>) -> anyhow::Result<()> {
    let app = open(database, dir).await?;
    let at = app.now();
    for source in crate::facts::rebuild::rebuild(&app, &Actor::console(store::day_of(at)), at, Differences::Replaced).await? {
        let n = source.differing.len();
        let end = match n {
            0 if source.n_records == 0 && source.n_facts > 0 => "未核对".to_owned(),
            0 => "一致".to_owned(),
            _ => {
                let first: Vec<String> = source.differing.iter().take(10).map(ToString::to_string).collect();
                format!("{n} 条记录的事实与记录不一致，已更正：{}{}", first.join("、"), if n > 10 { " 等" } else { "" })
            }
        };
        println!("{}：{} 条记录，{} 条事实，{end}", source.label, source.n_records, source.n_facts);
    }
    Ok(())
}

/// `jishi facts export`.
///
/// # Errors
/// When the folder is not empty or cannot be written.
pub async fn export_facts(database: &str, dir: Option<PathBuf>, to: &Path) -> anyhow::Result<()> {
    let app = open(database, dir).await?;
    let manifest = crate::facts::export::export(&app, to).await?;
    for table in &manifest.tables {
        let year = table.year.map_or_else(String::new, |year| format!(" {year} 年"));
        println!("{}{year}：{} 行", table.table, table.n_rows);
    }
    println!("已导出到 {}，截至第 {} 次提交", to.display(), manifest.commit);
    Ok(())
}

/// `jishi keys rotate`; answers whether it came to its end.
///
/// # Errors
/// When the database refuses.
pub async fn rotate_keys(database: &str, dir: Option<PathBuf>) -> anyhow::Result<bool> {
    let app = open(database, dir).await?;
    let at = app.now();
    let console = Actor::console(store::day_of(at));
    let mut tx = app.begin(&console, at).await?;
    let job = crate::keys::begin(&mut tx, &console).await?;
    tx.commit().await?;
    let ended = crate::jobs::run_one(&app, job).await?;
    if ended.state != store::jobs::JobState::Done {
        bail!("{}", ended.message);
    }
    let done: serde_json::Value = serde_json::from_str(&ended.result)?;
    println!("已换新的数据密钥，重新加密 {} 项内容、{} 个附件", done["rows"], done["files"]);
    Ok(true)
}

/// An account made on the server itself.
#[derive(Debug, Clone)]
pub struct FirstAccount {
    pub login: String,
    pub name: String,
    pub role: String,
    pub organisation: Option<String>,
    /// Name of the top organisation to be founded when there is none with this code.
    pub organisation_name: Option<String>,
    pub ask_password: bool,
}

/// `jishi account create`: so that an empty database gets its first administrator.
///
/// # Errors
/// [`Refusal`] with what is missing.
pub async fn create_account(database: &str, dir: Option<PathBuf>, new: FirstAccount) -> anyhow::Result<()> {
    let password = if new.ask_password {
        eprint!("密码：");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("没有读到密码")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        crate::account::temporary_password()?
    };
    let app = open(database, dir).await?;
    let post = create_first(&app, &new, password.clone()).await?;
    println!("账号 {} 已开设：{post}", new.login);
    if !new.ask_password {
        println!("临时密码 {password}（只显示这一次）");
    }
    println!("首次登录后要先改密码。");
    if app.pack().roles.get(&new.role).is_some_and(|role| !role.prepares.is_empty()) {
        println!("这个账号拟授的干部岗位要由组织部门确认才生效：请再为组织部门开设第一个账号（--role 换成它的角色）。");
    }
    Ok(())
}

/// Opens the account with its post; answers the post.
///
/// # Errors
/// [`Refusal`] with what is missing.
pub async fn create_first(app: &App, new: &FirstAccount, password: String) -> anyhow::Result<String> {
    let at = app.now();
    let console = Actor::console(store::day_of(at));
    let pack = app.pack();
    let Some(role) = pack.roles.get(&new.role) else {
        let known: Vec<String> = pack.roles.iter().map(|(key, role)| format!("{key}（{}）", role.name)).collect();
        return Err(Refusal(format!("没有“{}”这个角色，请用：{}", new.role, known.join("、"))).into());
    };
    let mut tx = app.begin(&console, at).await?;
    let (root, organisation) = place(app, &mut tx, &console, new).await?;
    let person = NewPerson { login: new.login.clone(), name: new.name.clone(), password, member_id: None, must_change_password: true };
    let person_id = crate::account::create_person(&mut tx, &console, person).await?;
    let post = format!("{organisation} · {}", role.name);
    let grant = NewGrant {
        person_id,
        role: new.role.clone(),
        post: post.clone(),
        root: Some(root),
        fields: Vec::new(),
        named: Vec::new(),
        from: tx.today(),
        until: None,
        is_acting: false,
    };
    crate::account::give_grant(app, &mut tx, &console, grant).await?;
    tx.commit().await?;
    Ok(post)
}

/// The organisation of the post: the one with the code, the only top one, or a new top one.
async fn place(app: &App, tx: &mut store::Tx, console: &Actor, new: &FirstAccount) -> anyhow::Result<(OrgId, String)> {
    let tops: Vec<(OrgId, String, String)> = app.directory().roots().map(|org| (org.id, org.code.clone(), org.name.clone())).collect();
    if let Some(code) = &new.organisation {
        if let Some(found) = app.directory().by_code(code).map(|org| (org.id, org.name.clone())) {
            return Ok(found);
        }
        let Some(name) = &new.organisation_name else {
            return Err(Refusal(format!(
                "库里没有编码为 {code} 的党组织。先用 jishi import 导入党组织，或者加 --organisation-name 建立最高一级的组织。"
            ))
            .into());
        };
        let top = NewOrganisation {
            code: code.clone(),
            name: name.clone(),
            kind: "committee".to_owned(),
            field: "organ".to_owned(),
            source: "jishi account create".to_owned(),
            ..NewOrganisation::default()
        };
        let ids = crate::organisation::create_all(app, tx, console, vec![top]).await?;
        return Ok((ids[0], name.clone()));
    }
    match tops.as_slice() {
        [(id, _, name)] => Ok((*id, name.clone())),
        [] => Err(Refusal(
            "库里还没有党组织。先用 jishi import 导入，或者加 --organisation 编码 --organisation-name 名称，建立最高一级的组织。".to_owned(),
        )
        .into()),
        _ => {
            let codes: Vec<String> = tops.iter().map(|(_, code, name)| format!("{code}（{name}）")).collect();
            Err(Refusal(format!("库里有 {} 个最高一级的组织，请用 --organisation 写明：{}", tops.len(), codes.join("、"))).into())
        }
    }
}

/// `jishi account reset LOGIN`.
///
/// # Errors
/// [`Refusal`]: no such login.
pub async fn reset_account(database: &str, dir: Option<PathBuf>, login: &str) -> anyhow::Result<()> {
    let app = open(database, dir).await?;
    let at = app.now();
    let console = Actor::console(store::day_of(at));
    let rows = query(app.store().reader(), "select id from person where login = $1", [login.into()]).await?;
    let id: i64 = rows.first().ok_or_else(|| Refusal(format!("没有账号“{login}”")))?.try_get_by_index(0)?;
    let mut tx = app.begin(&console, at).await?;
    let temporary = crate::account::reset_password(&app, &mut tx, &console, id).await?;
    tx.commit().await?;
    println!("账号 {login} 的临时密码 {temporary}（只显示这一次），登录后要先改密码。");
    Ok(())
}
