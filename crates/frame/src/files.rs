//! Files kept beside the database (Decisions 13): named by their content, encrypted, on the disk before the transaction that names them.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use store::entities::stored_file;
use store::{PersonId, Refusal, Tx};

use crate::app::App;

/// How long a file may lie there before a row names it.
const KEPT_UNNAMED: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes a file and waits until it is on the disk; answers the fingerprint that finds it again.
///
/// # Errors
/// When the folder cannot be written.
pub async fn put(app: &App, bytes: Vec<u8>) -> anyhow::Result<String> {
    let store = app.store().clone();
    tokio::task::spawn_blocking(move || {
        let sm3 = store::digest(&bytes);
        let path = place(&store.dir, &sm3)?;
        // Also when it is there already: it may lie there unnamed, and its day begins again.
        write(&path, &store.keys.seal_bytes(&bound(&sm3), &bytes)).with_context(|| format!("无法写入附件目录 {}", store.dir.display()))?;
        Ok(sm3)
    })
    .await?
}

/// The file of a fingerprint.
///
/// # Errors
/// When it is not there or was changed.
pub async fn get(app: &App, sm3: &str) -> anyhow::Result<Vec<u8>> {
    let store = app.store().clone();
    let sm3 = sm3.to_owned();
    tokio::task::spawn_blocking(move || {
        let path = place(&store.dir, &sm3)?;
        let sealed = std::fs::read(&path).with_context(|| format!("找不到附件 {sm3}"))?;
        store.keys.unseal_bytes(&bound(&sm3), &sealed)
    })
    .await?
}

/// A file that somebody sent: on the disk, and not yet named by any row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub name: String,
    sm3: String,
    n_bytes: usize,
}

/// Endings of the files that may be attached: what an office opens.
const ENDINGS: [&str; 15] = ["doc", "docx", "wps", "xls", "xlsx", "et", "ppt", "pptx", "pdf", "ofd", "txt", "jpg", "jpeg", "png", "zip"];

/// Takes a file in and answers the ticket with which the same person's form names it. Nobody else can make or use one.
/// What cannot be attached, and an empty file, is not taken: the answer is its name, which is no ticket.
///
/// # Errors
/// When the folder cannot be written.
pub async fn receive(app: &App, person: PersonId, name: &str, bytes: Vec<u8>) -> anyhow::Result<String> {
    let name = own_name(name);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if bytes.is_empty() || !ENDINGS.contains(&ending.as_str()) {
        return Ok(name);
    }
    let n_bytes = bytes.len();
    let said = format!("{}/{n_bytes}/{name}", put(app, bytes).await?);
    Ok(format!("{}/{said}", app.store().keys.blind_index(&ticket_of(person), &said)))
}

/// What a ticket stands for.
///
/// # Errors
/// [`Refusal`] when it is not one of this person.
pub fn received(app: &App, person: Option<PersonId>, ticket: &str) -> Result<Received, Refusal> {
    let of_ticket = || {
        let (proof, said) = ticket.split_once('/')?;
        if proof != app.store().keys.blind_index(&ticket_of(person?), said) {
            return None;
        }
        let mut parts = said.splitn(3, '/');
        let (sm3, n_bytes, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Received { name: name.to_owned(), sm3: sm3.to_owned(), n_bytes: n_bytes.parse().ok()? })
    };
    of_ticket().ok_or_else(|| Refusal(format!("附件“{ticket}”没有收：请选 Word、Excel、PDF、图片或者压缩包（.zip），不能是空文件")))
}

/// Names what was received in the transaction of whatever it is attached to.
///
/// # Errors
/// When the database refuses.
pub async fn attach(tx: &mut Tx, file: &Received) -> anyhow::Result<i64> {
    name(tx, &file.sm3, &file.name, ATTACHED, file.n_bytes).await
}

/// Attachments are saved, never shown by the browser as a page of ours.
pub const ATTACHED: &str = "application/octet-stream";

/// A named file: its name and what stands in it.
///
/// # Errors
/// When there is no such file.
pub async fn named(app: &App, id: i64) -> anyhow::Result<(String, Vec<u8>)> {
    let rows = store::query(app.store().reader(), "select name, sm3 from stored_file where id = $1", [id.into()]).await?;
    let row = rows.first().with_context(|| format!("no file {id}"))?;
    let sm3: String = row.try_get("", "sm3")?;
    Ok((row.try_get("", "name")?, get(app, &sm3).await?))
}

fn ticket_of(person: PersonId) -> String {
    format!("attachment/{person}")
}

/// A file's own name without a path, as browsers send it.
#[must_use]
pub fn own_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Names a file in a transaction: what no row names is swept away.
///
/// # Errors
/// When the database refuses.
pub async fn name(tx: &mut Tx, sm3: &str, name: &str, media_type: &str, n_bytes: usize) -> anyhow::Result<i64> {
    let id = tx.next_id().await?;
    stored_file::ActiveModel {
        id: Set(id),
        sm3: Set(sm3.to_owned()),
        name: Set(name.to_owned()),
        media_type: Set(media_type.to_owned()),
        n_bytes: Set(i64::try_from(n_bytes).unwrap_or(i64::MAX)),
        created_by: Set(tx.actor_id()),
        created_at: Set(tx.at_text()),
    }
    .insert(tx.connection())
    .await?;
    Ok(id)
}

/// Removes files that no row names and that have been there for a day: what a stopped process left. Answers how many.
///
/// # Errors
/// When the folder or the database cannot be read.
pub async fn sweep(app: &App) -> anyhow::Result<usize> {
    let rows = store::query(app.store().reader(), "select distinct sm3 from stored_file", []).await?;
    let named: HashSet<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let dir = app.store().dir.clone();
    let sweep = move || {
        let mut n_swept = 0;
        for (path, sm3) in all(&dir)? {
            let is_old = path.metadata()?.modified()?.elapsed().is_ok_and(|age| age > KEPT_UNNAMED);
            if is_old && !named.contains(&sm3) {
                std::fs::remove_file(path)?;
                n_swept += 1;
            }
        }
        anyhow::Ok(n_swept)
    };
    tokio::task::spawn_blocking(sweep).await?
}

/// Seals every file again that an older key sealed. Answers how many.
///
/// # Errors
/// When a file cannot be read or written.
pub async fn seal_again(app: &App) -> anyhow::Result<usize> {
    let store = app.store().clone();
    let again = move || {
        let mut n_files = 0;
        for (path, sm3) in all(&store.dir)? {
            let sealed = std::fs::read(&path)?;
            // What was begun and not finished is no file yet.
            if sealed.first() == Some(&store.keys.current_file_key()) || place(&store.dir, &sm3).is_err() {
                continue;
            }
            let bytes = store.keys.unseal_bytes(&bound(&sm3), &sealed)?;
            write(&path, &store.keys.seal_bytes(&bound(&sm3), &bytes))?;
            n_files += 1;
        }
        anyhow::Ok(n_files)
    };
    tokio::task::spawn_blocking(again).await?
}

/// Every file of the folder with the fingerprint that its place says.
fn all(dir: &Path) -> std::io::Result<Vec<(PathBuf, String)>> {
    let folder = dir.join("files");
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for part in std::fs::read_dir(folder)? {
        let part = part?;
        for file in std::fs::read_dir(part.path())? {
            let file = file?;
            files.push((file.path(), format!("{}{}", part.file_name().to_string_lossy(), file.file_name().to_string_lossy())));
        }
    }
    Ok(files)
}

fn bound(sm3: &str) -> String {
    format!("file/{sm3}")
}

fn place(dir: &Path, sm3: &str) -> anyhow::Result<PathBuf> {
    if sm3.len() != 64 || !sm3.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!("附件的指纹写得不对");
    }
    Ok(dir.join("files").join(&sm3[..2]).join(&sm3[2..]))
}

/// Under another name first, so that a half-written file is never taken for a whole one.
fn write(path: &Path, sealed: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(sealed)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}
