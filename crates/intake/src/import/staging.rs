//! Rows of imports: files, sheets, sealed chunks of rows, notes. What a workbook says never lies here in clear.

use std::collections::{HashMap, HashSet};

use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, QueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::entities::{import_chunk, import_file, import_note, import_sheet};
use store::{Keys, Tx, execute, insert_all, query};

use super::model::{Layout, Level, Note, NoteKind, Primitive};

/// Rows in one chunk, and in one transaction.
pub const CHUNK: usize = 500;

/// A file that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    pub id: i64,
    pub position: i64,
    pub name: String,
    pub sm3: String,
    pub n_bytes: i64,
    pub is_read: bool,
    /// Why it could not be read.
    pub problem: Option<String>,
}

/// A sheet of one of them, with what is known about its rows so far.
#[derive(Debug, Clone)]
pub struct ImportSheet {
    pub id: i64,
    pub file_id: i64,
    pub file: String,
    pub position: i64,
    pub layout: Layout,
    /// Rows that say something.
    pub n_rows: i64,
    pub found: Found,
    pub counts: Counts,
}

/// What the check foresees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    pub n_new: i64,
    pub n_differing: i64,
    pub n_same: i64,
    pub n_refused: i64,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub n_created: i64,
    pub n_updated: i64,
    pub n_unchanged: i64,
    /// There already, and left as they were by decision.
    pub n_kept: i64,
    /// Refused only when they were to be written.
    pub n_refused: i64,
}

/// Rows that wait to be written.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub id: i64,
    pub sheet_id: i64,
    pub position: i64,
    pub n_rows: i64,
    pub is_applied: bool,
}

/// A note as it is kept.
#[derive(Debug, Clone)]
pub struct KeptNote {
    pub id: i64,
    pub sheet_id: i64,
    pub note: Note,
    /// `take` or `keep`, when a person has decided.
    pub decision: Option<String>,
}

/// What a chunk is bound to: it opens nowhere else.
fn place(job: i64, sheet: i64, step: &str, chunk: usize) -> String {
    format!("import/{job}/{sheet}/{step}/{chunk}")
}

/// Seals rows in chunks, for one sheet and step.
///
/// # Errors
/// When a row cannot be written as JSON.
pub fn seal<T: Serialize>(keys: &Keys, job: i64, sheet: i64, step: &str, rows: &[T]) -> anyhow::Result<Vec<(usize, Vec<u8>)>> {
    let chunks = rows.chunks(CHUNK).enumerate();
    chunks.map(|(at, rows)| Ok((rows.len(), keys.seal_bytes(&place(job, sheet, step, at), &serde_json::to_vec(rows)?)))).collect()
}

fn unseal<T: DeserializeOwned>(keys: &Keys, job: i64, sheet: i64, step: &str, chunk: usize, body: &[u8]) -> anyhow::Result<Vec<T>> {
    Ok(serde_json::from_slice(&keys.unseal_bytes(&place(job, sheet, step, chunk), body)?)?)
}

pub(super) async fn insert_files(tx: &mut Tx, job: i64, files: &[(String, String, usize)]) -> anyhow::Result<()> {
    let ids = tx.next_ids(files.len()).await?;
    let rows = files.iter().zip(ids).zip(0..).map(|(((name, sm3, n_bytes), id), position)| import_file::ActiveModel {
        id: Set(id),
        job_id: Set(job),
        position: Set(position),
        name: Set(name.clone()),
        sm3: Set(sm3.clone()),
        n_bytes: Set(i64::try_from(*n_bytes).unwrap_or(i64::MAX)),
        is_read: Set(false),
        problem: Set(None),
    });
    insert_all::<import_file::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// The files of an import, in the order in which they came.
///
/// # Errors
/// When the database cannot be read.
pub async fn files<C: ConnectionTrait>(connection: &C, job: i64) -> anyhow::Result<Vec<ImportFile>> {
    let rows = query(
        connection,
        "select id, position, name, sm3, n_bytes, is_read, problem from import_file where job_id = $1 order by position",
        [job.into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ImportFile {
                id: row.try_get("", "id")?,
                position: row.try_get("", "position")?,
                name: row.try_get("", "name")?,
                sm3: row.try_get("", "sm3")?,
                n_bytes: row.try_get("", "n_bytes")?,
                is_read: row.try_get("", "is_read")?,
                problem: row.try_get("", "problem")?,
            })
        })
        .collect()
}

/// Keeps why a file could not be read.
pub(super) async fn cannot_read(tx: &mut Tx, file: &ImportFile, sentence: &str) -> anyhow::Result<()> {
    execute(tx.connection(), "update import_file set problem = $2 where id = $1", [file.id.into(), sentence.into()]).await?;
    Ok(())
}

/// Number of the sheet `index` of a file, among all sheets of the import.
#[must_use]
pub fn sheet_position(file: i64, index: usize) -> i64 {
    file * 1_000 + i64::try_from(index).unwrap_or_default()
}

/// Rows from this one on, encrypted together.
pub(super) type ReadRows = (usize, Vec<u8>);

/// Puts the sheets of one file into staging and says that it is read.
pub(super) async fn write_read(tx: &mut Tx, job: i64, file: &ImportFile, sheets: Vec<(Layout, Vec<ReadRows>)>) -> anyhow::Result<()> {
    for (index, (layout, chunks)) in sheets.into_iter().enumerate() {
        let id = tx.next_id().await?;
        import_sheet::ActiveModel {
            id: Set(id),
            job_id: Set(job),
            file_id: Set(file.id),
            position: Set(sheet_position(file.position, index)),
            name: Set(layout.sheet.clone()),
            kind: Set(layout.kind.clone()),
            primitive: Set(layout.primitive.word().to_owned()),
            layout: Set(serde_json::to_string(&layout)?),
            n_rows: Set(chunks.iter().map(|(n, _)| i64::try_from(*n).unwrap_or_default()).sum()),
            n_new: Set(0),
            n_differing: Set(0),
            n_same: Set(0),
            n_created: Set(0),
            n_updated: Set(0),
            n_unchanged: Set(0),
            n_kept: Set(0),
            n_refused: Set(0),
        }
        .insert(tx.connection())
        .await?;
        insert_chunks(tx, job, id, "read", chunks).await?;
    }
    execute(tx.connection(), "update import_file set is_read = true where id = $1", [file.id.into()]).await?;
    Ok(())
}

async fn insert_chunks(tx: &mut Tx, job: i64, sheet: i64, step: &str, chunks: Vec<(usize, Vec<u8>)>) -> anyhow::Result<()> {
    let ids = tx.next_ids(chunks.len()).await?;
    let rows = chunks.into_iter().zip(ids).zip(0..).map(|(((n_rows, body), id), position)| import_chunk::ActiveModel {
        id: Set(id),
        job_id: Set(job),
        sheet_id: Set(sheet),
        step: Set(step.to_owned()),
        position: Set(position),
        n_rows: Set(i64::try_from(n_rows).unwrap_or_default()),
        body: Set(body),
        is_applied: Set(false),
    });
    insert_all::<import_chunk::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// The sheets of an import, in the order of files and tabs.
///
/// # Errors
/// When the database cannot be read.
pub async fn sheets<C: ConnectionTrait>(connection: &C, job: i64) -> anyhow::Result<Vec<ImportSheet>> {
    let rows = query(
        connection,
        "select s.id, s.file_id, f.name as file_name, s.position, s.layout, s.n_rows, s.n_new, s.n_differing, s.n_same, s.n_created, s.n_updated, s.n_unchanged, s.n_kept, s.n_refused, \
         (select count(*) from import_note n where n.sheet_id = s.id and n.level = 'refused') as n_refused_rows \
         from import_sheet s join import_file f on f.id = s.file_id where s.job_id = $1 order by s.position",
        [job.into()],
    )
    .await?;
    rows.iter().map(sheet).collect()
}

fn sheet(row: &QueryResult) -> anyhow::Result<ImportSheet> {
    let n_refused_late: i64 = row.try_get("", "n_refused")?;
    Ok(ImportSheet {
        id: row.try_get("", "id")?,
        file_id: row.try_get("", "file_id")?,
        file: row.try_get("", "file_name")?,
        position: row.try_get("", "position")?,
        layout: serde_json::from_str(&row.try_get::<String>("", "layout")?)?,
        n_rows: row.try_get("", "n_rows")?,
        found: Found {
            n_new: row.try_get("", "n_new")?,
            n_differing: row.try_get("", "n_differing")?,
            n_same: row.try_get("", "n_same")?,
            n_refused: row.try_get::<i64>("", "n_refused_rows")? - n_refused_late,
        },
        counts: Counts {
            n_created: row.try_get("", "n_created")?,
            n_updated: row.try_get("", "n_updated")?,
            n_unchanged: row.try_get("", "n_unchanged")?,
            n_kept: row.try_get("", "n_kept")?,
            n_refused: n_refused_late,
        },
    })
}

/// The rows of a sheet as a step left them.
///
/// # Errors
/// When the database cannot be read, or a chunk was changed.
pub async fn rows_of<T: DeserializeOwned, C: ConnectionTrait>(
    connection: &C,
    keys: &Keys,
    job: i64,
    sheet: &ImportSheet,
    step: &str,
) -> anyhow::Result<Vec<T>> {
    let chunks = query(
        connection,
        "select position, body from import_chunk where sheet_id = $1 and step = $2 order by position",
        [sheet.id.into(), step.into()],
    )
    .await?;
    let mut rows = Vec::new();
    for chunk in chunks {
        let (position, body): (i64, Vec<u8>) = (chunk.try_get_by_index(0)?, chunk.try_get_by_index(1)?);
        rows.extend(unseal(keys, job, sheet.position, step, usize::try_from(position)?, &body)?);
    }
    Ok(rows)
}

/// The rows of one chunk.
///
/// # Errors
/// As [`rows_of`].
pub async fn rows_of_chunk<T: DeserializeOwned, C: ConnectionTrait>(
    connection: &C,
    keys: &Keys,
    job: i64,
    sheet: &ImportSheet,
    step: &str,
    chunk: &Chunk,
) -> anyhow::Result<Vec<T>> {
    let rows = query(connection, "select body from import_chunk where id = $1", [chunk.id.into()]).await?;
    let row = rows.first().ok_or_else(|| anyhow::anyhow!("chunk {} is gone", chunk.id))?;
    unseal(keys, job, sheet.position, step, usize::try_from(chunk.position)?, &row.try_get_by_index::<Vec<u8>>(0)?)
}

/// What a check leaves of one sheet.
pub(super) struct Written {
    pub n_rows: i64,
    pub found: Found,
    /// With the kinds of record that its accepted rows hold.
    pub layout: Layout,
    /// Accepted rows, sealed.
    pub chunks: Vec<(usize, Vec<u8>)>,
    pub notes: Vec<Note>,
}

/// What the check found out about one sheet, in place of what an interrupted check may have left.
pub(super) async fn write_checked(tx: &mut Tx, job: i64, sheet: i64, written: Written) -> anyhow::Result<()> {
    let Written { n_rows, found, layout, chunks, notes } = written;
    execute(tx.connection(), "delete from import_chunk where sheet_id = $1 and step = 'checked'", [sheet.into()]).await?;
    execute(tx.connection(), "delete from import_note where sheet_id = $1", [sheet.into()]).await?;
    insert_chunks(tx, job, sheet, "checked", chunks).await?;
    insert_notes(tx, job, sheet, notes).await?;
    execute(
        tx.connection(),
        "update import_sheet set n_rows = $2, n_new = $3, n_differing = $4, n_same = $5, layout = $6 where id = $1",
        [sheet.into(), n_rows.into(), found.n_new.into(), found.n_differing.into(), found.n_same.into(), serde_json::to_string(&layout)?.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_notes(tx: &mut Tx, job: i64, sheet: i64, notes: Vec<Note>) -> anyhow::Result<()> {
    let ids = tx.next_ids(notes.len()).await?;
    let rows = notes.into_iter().zip(ids).map(|(note, id)| import_note::ActiveModel {
        id: Set(id),
        job_id: Set(job),
        sheet_id: Set(sheet),
        level: Set(note.kind.level().word().to_owned()),
        kind: Set(note.kind.key().to_owned()),
        row_no: Set(i64::from(note.row)),
        heading: Set(note.heading),
        column_no: Set(i64::from(note.column)),
        value: Set(note.value),
        message: Set(note.message),
        decision: Set(None),
    });
    insert_all::<import_note::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Every note of an import, or those of one level: refusals as the rows stand, doubts by kind. Further bad cells of a refused row
/// ([`Level::Beside`]) are in the line of their row already, and stand here only when asked for.
///
/// # Errors
/// When the database cannot be read.
pub async fn notes<C: ConnectionTrait>(connection: &C, job: i64, level: Option<Level>) -> anyhow::Result<Vec<KeptNote>> {
    let rows = query(
        connection,
        "select id, sheet_id, kind, row_no, heading, column_no, value, message, decision from import_note where job_id = $1 and (level = $2 or ($2 = '' and level <> 'beside')) order by sheet_id, row_no, column_no, id",
        [job.into(), level.map_or("", Level::word).into()],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get("", "kind")?;
            Ok(KeptNote {
                id: row.try_get("", "id")?,
                sheet_id: row.try_get("", "sheet_id")?,
                note: Note {
                    kind: NoteKind::parse(&kind).ok_or_else(|| anyhow::anyhow!("a note of the unknown kind {kind}"))?,
                    row: u32::try_from(row.try_get::<i64>("", "row_no")?)?,
                    heading: row.try_get("", "heading")?,
                    column: u32::try_from(row.try_get::<i64>("", "column_no")?)?,
                    value: row.try_get("", "value")?,
                    message: row.try_get("", "message")?,
                },
                decision: row.try_get("", "decision")?,
            })
        })
        .collect()
}

/// Remembers what a person decided about rows that are there already.
///
/// # Errors
/// When the database refuses.
pub async fn decide(tx: &mut Tx, job: i64, notes: &[i64], decision: &str) -> anyhow::Result<()> {
    for some in notes.chunks(CHUNK) {
        let list = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        execute(
            tx.connection(),
            format!("update import_note set decision = $2 where job_id = $1 and level = 'update' and id in ({list})"),
            [job.into(), decision.into()],
        )
        .await?;
    }
    Ok(())
}

/// Rows that are to be left as they are in the database: by decision, or because nobody has said that it is the same person.
///
/// # Errors
/// When the database cannot be read.
pub async fn kept_rows<C: ConnectionTrait>(connection: &C, job: i64, all: bool, asked: bool) -> anyhow::Result<HashMap<i64, HashSet<u32>>> {
    let mut kept: HashMap<i64, HashSet<u32>> = HashMap::new();
    for known in notes(connection, job, Some(Level::Update)).await? {
        let keeps = match known.decision.as_deref() {
            Some(decision) => decision == "keep",
            None => all || (asked && known.note.kind == NoteKind::OtherPerson),
        };
        if keeps {
            kept.entry(known.sheet_id).or_default().insert(known.note.row);
        }
    }
    Ok(kept)
}

/// The checked chunks of an import in the order in which they are written: organisations, members, villages, activities.
///
/// # Errors
/// When the database cannot be read.
pub async fn chunks<C: ConnectionTrait>(connection: &C, job: i64) -> anyhow::Result<Vec<Chunk>> {
    let rows = query(
        connection,
        "select c.id, c.sheet_id, c.position, c.n_rows, c.is_applied, s.primitive, s.position as sheet_position from import_chunk c join import_sheet s on s.id = c.sheet_id \
         where c.job_id = $1 and c.step = 'checked' order by s.position, c.position",
        [job.into()],
    )
    .await?;
    let mut chunks = Vec::with_capacity(rows.len());
    for row in rows {
        let chunk = Chunk {
            id: row.try_get("", "id")?,
            sheet_id: row.try_get("", "sheet_id")?,
            position: row.try_get("", "position")?,
            n_rows: row.try_get("", "n_rows")?,
            is_applied: row.try_get("", "is_applied")?,
        };
        chunks.push((Primitive::parse(&row.try_get::<String>("", "primitive")?), chunk));
    }
    chunks.sort_by_key(|(primitive, _)| *primitive);
    Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
}

/// Says that a chunk was written, in the transaction that wrote it.
pub(super) async fn mark_applied(tx: &mut Tx, chunk: &Chunk, counts: Counts) -> anyhow::Result<()> {
    execute(tx.connection(), "update import_chunk set is_applied = true where id = $1", [chunk.id.into()]).await?;
    execute(
        tx.connection(),
        "update import_sheet set n_created = n_created + $2, n_updated = n_updated + $3, n_unchanged = n_unchanged + $4, n_kept = n_kept + $5, n_refused = n_refused + $6 where id = $1",
        [chunk.sheet_id.into(), counts.n_created.into(), counts.n_updated.into(), counts.n_unchanged.into(), counts.n_kept.into(), counts.n_refused.into()],
    )
    .await?;
    Ok(())
}

/// Empties the staging of an import; files and notes stay.
pub(super) async fn clear(tx: &mut Tx, job: i64) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from import_chunk where job_id = $1", [job.into()]).await?;
    Ok(())
}
