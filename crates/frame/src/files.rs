//! Files kept beside the database (Decisions 13): named by their content, encrypted, on the disk before the transaction that names them.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use store::Tx;
use store::entities::stored_file;

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
