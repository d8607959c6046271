//! The key of one box: papers handed in on devices are sealed with it as well while the box is open. It lies in a file outside the
//! database and is destroyed when the box has closed, so that two backups of an open box, and the keys beside them, open no paper.

use std::path::PathBuf;

use store::{FileKey, Refusal, query};

use super::cast::PLACE;
use super::rows;
use crate::app::App;

/// Stands before what the key of a box sealed.
const SEALED_TWICE: &str = "box:";
/// Under the data folder; not to be copied with `keys` and `files`.
const FOLDER: &str = "boxes";

fn file_of(app: &App, sitting: i64) -> PathBuf {
    app.store().dir.join(FOLDER).join(format!("{sitting}.key"))
}

/// The key of an open box, made for its first paper.
///
/// # Errors
/// [`Refusal`] when papers lie in the box and their key is gone.
pub(super) fn key_of(app: &App, sitting: i64, n_papers: usize) -> anyhow::Result<FileKey> {
    match FileKey::open(&file_of(app, sitting))? {
        Some(key) => Ok(key),
        None if n_papers == 0 => FileKey::open_or_make(&file_of(app, sitting)),
        None => Err(lost().into()),
    }
}

fn lost() -> Refusal {
    Refusal("这次投票的票箱密钥不在服务器上了（例如刚从备份恢复），已经投的票打不开。请把这次测评作废，重新投票。".to_owned())
}

/// A vote as it is sealed while the box is open.
pub(super) fn seal(key: &FileKey, paper: i64, votes: &str) -> String {
    format!("{SEALED_TWICE}{}", key.seal(PLACE, paper, votes))
}

/// What stands on a paper; papers of named ballots, and those of a box that closed, were sealed once.
///
/// # Errors
/// [`Refusal`] when its key is gone.
pub(super) fn unseal(app: &App, sitting: i64, paper: i64, text: String) -> anyhow::Result<String> {
    let Some(sealed) = text.strip_prefix(SEALED_TWICE) else { return Ok(text) };
    FileKey::open(&file_of(app, sitting))?.ok_or_else(lost)?.unseal(PLACE, paper, sealed)
}

/// Destroys the keys of boxes that are closed, called off or gone, once that is committed; says of how many.
///
/// # Errors
/// When the database or the folder cannot be read.
pub async fn destroy_keys(app: &App) -> anyhow::Result<usize> {
    let folder = match std::fs::read_dir(app.store().dir.join(FOLDER)) {
        Ok(folder) => folder,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let mut n = 0;
    for entry in folder {
        let file = entry?.path();
        let Some(id) = file.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<i64>().ok()) else { continue };
        if !rows::find(app.store().reader(), id).await?.is_some_and(|sitting| sitting.is_voting) {
            FileKey::destroy(&file)?;
            n += 1;
        }
    }
    Ok(n)
}

/// How many papers lie in a box.
pub(super) async fn n_papers<C: sea_orm::ConnectionTrait>(connection: &C, sitting: i64) -> anyhow::Result<usize> {
    let rows = query(connection, "select count(*) from ballot_paper where sitting_id = $1", [sitting.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index::<i64>(0)).transpose()?.map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX)))
}
