//! Import (导入): workbooks that offices send become records.
//!
//! For: reading what came, refusing exactly what cannot be right, writing the rest so that a kill loses and doubles nothing.
//! In: files, a request. Out: records by the operations of their primitives, a report, the same files annotated.
//! Does not know: what a score is, how a primitive keeps its rows.

mod apply;
mod cells;
mod check;
pub mod command;
mod compare;
mod context;
pub mod coverage;
mod history;
mod model;
mod pages;
mod read;
mod recognise;
mod report;
mod staging;
mod template;
mod views;

use std::collections::BTreeSet;

use serde_json::json;
use store::jobs::{self, Job, JobState};
use store::{Actor, Refusal, Tx};

use crate::app::App;
use apply::Writing;
use model::{Checked, StagedRow, Table};
use staging::{ImportFile, ImportSheet};

pub use cells::text as cell_text;
pub use coverage::derive_facts as coverage_facts;
pub use model::{Level, NoteKind, OnBad, Request};
pub use pages::routes;
pub use recognise::heading_key;
pub use report::{FileReport, Line, annotated, report};
pub use template::template;

/// Waits of two seconds each, until the lists have come as far as the last row.
const FOLLOWED_TRIES: usize = 5;

/// The kind of these jobs.
pub const JOB: &str = "import";

/// A file as it was sent.
pub struct Sent {
    /// Its name, without a path.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Puts files away, encrypted, and a job that imports them into the queue.
///
/// # Errors
/// When a file cannot be written or the database refuses.
pub async fn enqueue(app: &App, tx: &mut Tx, files: Vec<Sent>, request: &Request) -> anyhow::Result<i64> {
    let job = jobs::enqueue(tx, JOB, &serde_json::to_string(request)?).await?;
    let mut rows = Vec::with_capacity(files.len());
    for file in files {
        let n_bytes = file.bytes.len();
        let sm3 = crate::files::put(app, file.bytes).await?;
        crate::files::name(tx, &sm3, &file.name, MEDIA_TYPE, n_bytes).await?;
        rows.push((file.name, sm3, n_bytes));
    }
    staging::insert_files(tx, job, &rows).await?;
    tx.record("import.begin", "job", job, None, json!({ "files": rows.iter().map(|(_, sm3, _)| sm3).collect::<Vec<_>>() }));
    Ok(job)
}

/// Media type of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Runs an import from where its last committed step left it, until it is done, refused, or waits for a person.
///
/// # Errors
/// [`Refusal`] with the sentence for whoever sent the files; unexpected ones.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let request: Request = serde_json::from_str(&job.payload)?;
    if !job.step.is_empty() {
        // Whoever takes an import over may not know the organisations yet that its predecessor wrote last.
        crate::follow::catch_up(&app).await?;
    }
    let import = Import { actor: actor(&app, &job, &request).await?, app: &app, job: &job, request };
    if matches!(job.step.as_str(), "" | "read") {
        if let Err(error) = import.read_all().await {
            return import.give_up(error).await;
        }
        import.check_all().await?;
    } else if job.step == "check" {
        import.check_all().await?;
    }
    if import.request.is_abandoned {
        return import.give_up(Refusal("已取消，一行也没有写入。".to_owned()).into()).await;
    }
    let sheets = staging::sheets(app.store().reader(), job.id).await?;
    let n_refused: i64 = sheets.iter().map(|sheet| sheet.found.n_refused).sum();
    if import.request.on_bad == OnBad::Abort && n_refused > 0 {
        return import.give_up(Refusal(format!("有 {n_refused} 行不能收，一行也没有写入。请照清单改正后再导入。")).into()).await;
    }
    if import.request.asks && !import.request.is_decided {
        return import.ask().await;
    }
    import.apply_all(&sheets).await?;
    import.finish(&sheets).await
}

/// In whose name an import goes on: the person's who sent the files, with the grants of the day.
async fn actor(app: &App, job: &Job, request: &Request) -> anyhow::Result<Actor> {
    let today = store::day_of(app.now());
    match job.created_by {
        Some(person) => crate::account::actor_of(app, person, today).await,
        None if request.is_console => Ok(Actor::console(today)),
        None => Err(Refusal("不知道是谁发起的导入。".to_owned()).into()),
    }
}

struct Import<'a> {
    app: &'a App,
    job: &'a Job,
    request: Request,
    actor: Actor,
}

impl Import<'_> {
    async fn begin(&self) -> anyhow::Result<Tx> {
        Ok(self.app.begin(&self.actor, self.app.now()).await?)
    }

    /// Step one: every file into staging, one transaction each. All files are tried, so that all complaints come at once.
    async fn read_all(&self) -> anyhow::Result<()> {
        let files = staging::files(self.app.store().reader(), self.job.id).await?;
        let n_total = i64::try_from(files.len())?;
        let mut complaints = Vec::new();
        for (n_read, file) in (0..).zip(&files) {
            if file.is_read {
                continue;
            }
            let bytes = crate::files::get(self.app, &file.sm3).await?;
            let (pack, keys, job, position) = (self.app.pack(), self.app.store().keys.clone(), self.job.id, file.position);
            let read = tokio::task::spawn_blocking(move || match read::read(&pack, &bytes) {
                Err(sentence) => Ok(Err(sentence)),
                Ok(sheets) => {
                    let sealed = sheets.into_iter().enumerate().map(|(index, (layout, rows))| {
                        let chunks = staging::seal(&keys, job, staging::sheet_position(position, index), "read", &rows)?;
                        Ok((layout, chunks))
                    });
                    sealed.collect::<anyhow::Result<Vec<_>>>().map(Ok)
                }
            });
            match read.await?? {
                Ok(sheets) => {
                    let mut tx = self.begin().await?;
                    staging::write_read(&mut tx, self.job.id, file, sheets).await?;
                    jobs::progress(tx.connection(), self.job, tx.at(), "read", n_read + 1, n_total).await?;
                    tx.commit().await?;
                }
                Err(sentence) => {
                    let mut tx = self.begin().await?;
                    staging::cannot_read(&mut tx, file, &sentence).await?;
                    tx.commit().await?;
                    complaints.push(if n_total > 1 { format!("{}：{sentence}", file.name) } else { sentence });
                }
            }
        }
        if complaints.is_empty() { Ok(()) } else { Err(Refusal(complaints.join("\n")).into()) }
    }

    /// Step two: all rows are checked together, and what was found is written down, one transaction.
    async fn check_all(&self) -> anyhow::Result<()> {
        let (pack, keys) = (self.app.pack(), self.app.store().keys.clone());
        let sheets = staging::sheets(self.app.store().reader(), self.job.id).await?;
        let files = staging::files(self.app.store().reader(), self.job.id).await?;
        let mut tables = Vec::with_capacity(sheets.len());
        for sheet in &sheets {
            let rows: Vec<StagedRow> = staging::rows_of(self.app.store().reader(), &keys, self.job.id, sheet, "read").await?;
            let file = files.iter().position(|file| file.id == sheet.file_id).unwrap_or_default();
            tables.push(Table { file, layout: sheet.layout.clone(), rows });
        }
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let year = self.request.year.or(self.request.complete);
        let (tables, outcomes) = tokio::task::spawn_blocking(move || {
            let context = context::context(&app, &pack, &actor, actor.on, year);
            let outcomes = check::check(&tables, &context);
            (tables, outcomes)
        })
        .await?;
        let mut tx = self.begin().await?;
        let n_total: i64 = outcomes.iter().map(|outcome| i64::from(outcome.n_rows)).sum();
        for ((table, mut outcome), sheet) in tables.iter().zip(outcomes).zip(&sheets) {
            let found = compare::compare(self.app, &tx, &self.actor, table, &mut outcome).await?;
            let chunks = staging::seal(&keys, self.job.id, sheet.position, "checked", &outcome.accepted)?;
            let kinds = coverage::kinds_of(&self.app.pack(), table.layout.primitive, &outcome.accepted);
            let n_branches = coverage::n_branches_of(&outcome.accepted);
            let layout = model::Layout { kinds, n_branches, ..table.layout.clone() };
            let written = staging::Written { n_rows: i64::from(outcome.n_rows), found, layout, chunks, notes: outcome.notes };
            staging::write_checked(&mut tx, self.job.id, sheet.id, written).await?;
        }
        // From here on the figure says how many rows are written.
        jobs::progress(tx.connection(), self.job, tx.at(), "checked", 0, n_total).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Step three: 500 rows to a transaction, which also says that they are written and how far the import has come.
    async fn apply_all(&self, sheets: &[ImportSheet]) -> anyhow::Result<()> {
        let reader = self.app.store().reader();
        let chunks = staging::chunks(reader, self.job.id).await?;
        let kept = staging::kept_rows(reader, self.job.id, self.request.keeps_known, self.request.asks).await?;
        let n_total: i64 = chunks.iter().map(|chunk| chunk.n_rows).sum();
        let mut n_done: i64 = chunks.iter().filter(|chunk| chunk.is_applied).map(|chunk| chunk.n_rows).sum();
        let on = self.request.effective_on.unwrap_or(self.actor.on);
        let mut tree_changed = false;
        for chunk in chunks.iter().filter(|chunk| !chunk.is_applied) {
            let Some(sheet) = sheets.iter().find(|sheet| sheet.id == chunk.sheet_id) else { continue };
            let is_tree = sheet.layout.primitive == model::Primitive::Organisation;
            if tree_changed && !is_tree {
                // What follows finds the new organisations in memory.
                crate::follow::catch_up(self.app).await?;
            }
            tree_changed = is_tree;
            let rows: Vec<Checked> = staging::rows_of_chunk(reader, &self.app.store().keys, self.job.id, sheet, "checked", chunk).await?;
            let writing = Writing {
                app: self.app,
                actor: &self.actor,
                layout: &sheet.layout,
                source: &sheet.file,
                job: self.job.id,
                on,
                kept: kept.get(&sheet.id),
            };
            let mut tx = self.begin().await?;
            let (counts, notes) = apply::apply(&mut tx, &writing, rows).await?;
            staging::insert_notes(&mut tx, self.job.id, sheet.id, notes).await?;
            staging::mark_applied(&mut tx, chunk, counts).await?;
            n_done += chunk.n_rows;
            jobs::progress(tx.connection(), self.job, tx.at(), "apply", n_done, n_total).await?;
            tx.commit().await?;
        }
        if tree_changed {
            crate::follow::catch_up(self.app).await?;
        }
        Ok(())
    }

    /// Whoever reads that it is done finds all of it in the lists: they are given some seconds to come as far.
    async fn has_been_followed(&self) -> anyhow::Result<()> {
        let store = self.app.store();
        let head = store.head().await?;
        for _ in 0..FOLLOWED_TRIES {
            if store.followed_no() >= head {
                break;
            }
            store.wait_for(head).await;
        }
        Ok(())
    }

    /// The end: coverage, the audit, and an empty staging, in one transaction.
    async fn finish(&self, sheets: &[ImportSheet]) -> anyhow::Result<()> {
        let kinds: BTreeSet<String> = sheets.iter().flat_map(|sheet| sheet.layout.kinds.iter().cloned()).collect();
        self.has_been_followed().await?;
        let mut tx = self.begin().await?;
        if let Some(year) = self.request.complete {
            coverage::cover(self.app, &mut tx, &self.actor, self.job.id, year, kinds).await?;
        }
        let sheets = staging::sheets(tx.connection(), self.job.id).await?;
        let sum = |of: fn(&ImportSheet) -> i64| sheets.iter().map(of).sum::<i64>();
        let result = json!({
            "created": sum(|it| it.counts.n_created),
            "updated": sum(|it| it.counts.n_updated),
            "unchanged": sum(|it| it.counts.n_unchanged + it.counts.n_kept),
            "refused": sum(|it| it.found.n_refused + it.counts.n_refused),
        });
        staging::clear(&mut tx, self.job.id).await?;
        tx.record("import.finish", "job", self.job.id, None, result.clone());
        tx.changed("job", self.job.id, None);
        jobs::finish(tx.connection(), self.job, tx.at(), JobState::Done, "", &result.to_string()).await?;
        tx.commit().await?;
        if let Err(error) = self.app.store().take_stock().await {
            tracing::warn!(%error, job = self.job.id, "cannot take stock of the tables");
        }
        Ok(())
    }

    /// Waits for the person who sent the files.
    async fn ask(&self) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        jobs::finish(tx.connection(), self.job, tx.at(), JobState::Asking, "", "").await?;
        tx.changed("job", self.job.id, None);
        tx.commit().await?;
        Ok(())
    }

    /// Ends without having written anything; what is unexpected is left to the runner.
    async fn give_up(&self, error: anyhow::Error) -> anyhow::Result<()> {
        let Some(Refusal(sentence)) = error.downcast_ref::<Refusal>().cloned() else { return Err(error) };
        let mut tx = self.begin().await?;
        staging::clear(&mut tx, self.job.id).await?;
        tx.record("import.give_up", "job", self.job.id, None, json!(null));
        tx.changed("job", self.job.id, None);
        jobs::finish(tx.connection(), self.job, tx.at(), JobState::Failed, &sentence, "").await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A person's answer to an import that asks: it goes on, or ends without having written anything.
///
/// # Errors
/// [`Refusal`] when it was answered already.
pub async fn go_on(tx: &mut Tx, job: i64, request: &Request) -> anyhow::Result<()> {
    match jobs::answer(tx, job, &serde_json::to_string(request)?).await {
        Err(store::StoreError::RecordNotUpdated) => Err(Refusal("这次导入已经决定过了。".to_owned()).into()),
        answered => Ok(answered?),
    }
}

/// Says of records that are there already whether they are brought up to date.
///
/// # Errors
/// When the database refuses.
pub async fn decide_rows(tx: &mut Tx, job: i64, notes: &[i64], takes: bool) -> anyhow::Result<()> {
    staging::decide(tx, job, notes, if takes { "take" } else { "keep" }).await?;
    tx.record("import.decide", "job", job, None, json!({ "notes": notes, "takes": takes }));
    Ok(())
}

/// The files of an import, for those who may see it.
///
/// # Errors
/// When the database cannot be read.
pub async fn files(app: &App, job: i64) -> anyhow::Result<Vec<ImportFile>> {
    staging::files(app.store().reader(), job).await
}
