//! Entries that offices added to the packs in the browser: kept in the database, laid over the packs of the folder.
//!
//! The rule, when a folder `policies/` and an addition speak of the same entry: **the folder wins**. Whoever puts a file there
//! means it; the addition is laid aside and the page says so. If an addition no longer fits the folder in any other way, the
//! server does not start, and says which entry and what to do: a scheme in force is never dropped in silence.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail};
use policy::{Problem, SourceFile};
use sea_orm::ConnectionTrait;
use store::{Refusal, Store, Tx, execute, query};

use super::{Policies, keep_layers, problems_of};
use crate::app::App;

/// The layer of all additions.
pub const LAYER: &str = "edited";
/// Above every layer of a folder.
const ORDER: i64 = 1_000_000;
/// What [`Tx::changed`] calls a pack, for those who follow.
pub(crate) const SOURCE: &str = "pack";

/// An entry in force beside the packs of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// `scheme.five_star_2027`.
    pub entry: String,
    /// As people call it.
    pub title: String,
    /// The text of its file.
    pub body: String,
}

/// The path of an addition's file, as people see it.
#[must_use]
pub fn path_of(entry: &str) -> String {
    format!("{LAYER}/{}.toml", entry.replace('.', "_"))
}

/// The additions in force, by entry.
///
/// # Errors
/// When the database cannot be read.
pub async fn in_force<C: ConnectionTrait>(connection: &C) -> anyhow::Result<Vec<Addition>> {
    let rows = query(connection, "select entry, title, body from pack_addition where until_at is null order by entry", []).await?;
    rows.iter()
        .map(|row| Ok(Addition { entry: row.try_get("", "entry")?, title: row.try_get("", "title")?, body: row.try_get("", "body")? }))
        .collect()
}

/// The additions that were in force at the end of a day, by entry.
pub(super) async fn in_force_on<C: ConnectionTrait>(connection: &C, day: jiff::civil::Date) -> anyhow::Result<Vec<Addition>> {
    let rows = query(connection, "select entry, title, body, from_at, until_at from pack_addition order by entry, from_at, id", []).await?;
    let mut found: Vec<Addition> = Vec::new();
    for row in rows {
        let from: jiff::Timestamp = row.try_get::<String>("", "from_at")?.parse()?;
        let until = row.try_get::<Option<String>>("", "until_at")?.map(|at| at.parse::<jiff::Timestamp>()).transpose()?;
        if store::day_of(from) > day || until.is_some_and(|until| store::day_of(until) <= day) {
            continue;
        }
        let addition = Addition { entry: row.try_get("", "entry")?, title: row.try_get("", "title")?, body: row.try_get("", "body")? };
        found.retain(|other| other.entry != addition.entry);
        found.push(addition);
    }
    Ok(found)
}

/// The files of a folder with additions over them, those aside that the folder says itself.
pub(super) fn laid_over(mut folder: Vec<SourceFile>, mut additions: Vec<Addition>) -> Vec<SourceFile> {
    let own = policy::read(&folder);
    additions.retain(|addition| !own.entries.contains_key(&addition.entry));
    folder.extend(files_of(&additions));
    folder
}

/// The files of the additions with their `layer.toml`; none when there is none.
fn files_of(additions: &[Addition]) -> Vec<SourceFile> {
    if additions.is_empty() {
        return Vec::new();
    }
    let file = |path: String, text: String| SourceFile { layer: LAYER.to_owned(), path, text };
    let head = format!("[layer]\ntitle = \"网上编制的方案\"\norder = {ORDER}\nversion = \"{} 项\"\n", additions.len());
    let own = additions.iter().map(|addition| file(path_of(&addition.entry), addition.body.clone()));
    std::iter::once(file(format!("{LAYER}/layer.toml"), head)).chain(own).collect()
}

impl Policies {
    /// The packs of the folder with these additions over them. What the folder says itself is laid aside: [`Policies::laid_aside`].
    ///
    /// # Errors
    /// When together they cannot be read; [`Policies::new_errors`] says what the check would say.
    pub fn with(&self, additions: Vec<Addition>) -> anyhow::Result<Self> {
        let mut files: Vec<SourceFile> = self.files.iter().filter(|file| file.layer != LAYER).cloned().collect();
        let has_own = self.files.len() > files.len();
        let folder = has_own.then(|| policy::read(&files));
        let folder = folder.as_ref().unwrap_or(&self.reading);
        let (aside, own): (Vec<Addition>, Vec<Addition>) =
            additions.iter().cloned().partition(|addition| folder.entries.contains_key(&addition.entry));
        files.extend(files_of(&own));
        let mut policies = Self::from_files(files)?;
        policies.additions = additions;
        policies.laid_aside = aside.into_iter().map(|addition| addition.entry).collect();
        Ok(policies)
    }

    /// Errors that these packs have and `before` has not.
    #[must_use]
    pub fn new_errors(&self, before: &Self) -> Vec<Problem> {
        self.problems().iter().filter(|problem| problem.is_error() && !before.problems().contains(problem)).cloned().collect()
    }

    /// These packs with what the database adds to them.
    ///
    /// # Errors
    /// When the database cannot be read, or an addition does not fit: the message says which, and what to do.
    pub async fn with_additions(self, store: &Store) -> anyhow::Result<Self> {
        let additions = in_force(store.reader()).await?;
        if additions.is_empty() && !self.files.iter().any(|file| file.layer == LAYER) {
            return Ok(self);
        }
        let titles: Vec<String> = additions.iter().map(|addition| format!("“{}”（{}）", addition.title, path_of(&addition.entry))).collect();
        let advice = "请改好制度包目录（--policies）里引起冲突的条目再启动；要换掉网上编制的方案，在目录里写一个同名条目，以目录里的为准";
        let told = |faults: String| format!("网上编制、已经采用的方案{}与制度包目录不合：\n{faults}\n{advice}", titles.join("、"));
        let with = self.with(additions).map_err(|error| anyhow::anyhow!(told(error.to_string())))?;
        let faults = with.new_errors(&self);
        if !faults.is_empty() {
            bail!(told(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
        }
        for entry in &with.laid_aside {
            tracing::warn!(entry, "the folder of packs has this entry itself: the one from the browser is laid aside");
        }
        Ok(with)
    }
}

/// Puts entries in force in the acceptance's own transaction, all or none, in the place of earlier ones of the same name; what is `gone`
/// goes with the earlier ones. Checked as `policy check` does, kept by its SM3, told to all who follow.
///
/// # Errors
/// [`Refusal`] with all that the check says against it; then nothing has happened.
pub async fn put_in_force(app: &App, tx: &mut Tx, new: Vec<Addition>, gone: &[String]) -> anyhow::Result<()> {
    // One after the other: what is checked here is what will be in force.
    tx.lock("commit_head", 1).await?;
    let now = app.policies();
    let mut additions = in_force(tx.connection()).await?;
    let before = now.with(additions.clone())?;
    additions.retain(|other| !gone.contains(&other.entry) && !new.iter().any(|addition| addition.entry == other.entry));
    additions.extend(new.iter().cloned());
    additions.sort_by(|a, b| a.entry.cmp(&b.entry));
    let refused = |said: String| Refusal(format!("制度包检查没有通过，不能采用：{said}"));
    let after = now.with(additions).map_err(|error| refused(error.to_string()))?;
    if let Some(aside) = new.iter().find(|addition| after.laid_aside.contains(&addition.entry)) {
        let sentence = format!("制度包目录里已经有“{}”（{}），以目录里的为准；要改，请改目录里的，或者换一个起用年份。", aside.title, aside.entry);
        return Err(Refusal(sentence).into());
    }
    let errors = after.new_errors(&before);
    if !errors.is_empty() {
        return Err(refused(told(&errors)).into());
    }
    let failures = assessment::run_cases(&after.pack, &after.reading.cases);
    if !failures.is_empty() {
        return Err(refused(failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")).into());
    }
    for entry in gone.iter().chain(new.iter().map(|addition| &addition.entry)) {
        end(tx, entry).await?;
    }
    for addition in new {
        let id = tx.next_id().await?;
        execute(
            tx.connection(),
            "insert into pack_addition (id, entry, title, body, from_at) values ($1, $2, $3, $4, $5)",
            [id.into(), addition.entry.into(), addition.title.into(), addition.body.into(), tx.at_text().into()],
        )
        .await?;
        tx.changed(SOURCE, id, None);
    }
    keep_layers(tx, &after).await
}

/// From now on an entry is not in force any more.
async fn end(tx: &Tx, entry: &str) -> anyhow::Result<()> {
    let sql = "update pack_addition set until_at = $1 where entry = $2 and until_at is null";
    execute(tx.connection(), sql, [tx.at_text().into(), entry.into()]).await?;
    Ok(())
}

/// What the check says, with its places.
fn told(errors: &[Problem]) -> String {
    errors.iter().map(|error| format!("{}（{}:{}）", error.message, error.file, error.line)).collect::<Vec<_>>().join("；")
}

/// Takes entries out of force, in the transaction of whoever decided so; what was judged by them keeps its version of the packs.
///
/// # Errors
/// [`Refusal`]: one is not in force, or something else in the packs rests on one.
pub async fn withdraw(app: &App, tx: &mut Tx, entries: &[String]) -> anyhow::Result<()> {
    tx.lock("commit_head", 1).await?;
    let now = app.policies();
    let mut additions = in_force(tx.connection()).await?;
    let before = now.with(additions.clone())?;
    if !entries.iter().all(|entry| additions.iter().any(|addition| addition.entry == *entry)) {
        return Err(Refusal("它现在没有在用，不用停用。".to_owned()).into());
    }
    additions.retain(|addition| !entries.contains(&addition.entry));
    let refused = |said: String| Refusal(format!("制度包里还有条目要用到它，不能停用：{said}"));
    let after = now.with(additions).map_err(|error| refused(error.to_string()))?;
    let errors = after.new_errors(&before);
    if !errors.is_empty() {
        return Err(refused(told(&errors)).into());
    }
    for entry in entries {
        end(tx, entry).await?;
    }
    keep_layers(tx, &after).await?;
    tx.changed(SOURCE, 0, None);
    Ok(())
}

/// The packs in force with drafts of entries, and the errors that they would bring.
pub struct Tried {
    pub reading: policy::Reading,
    pub errors: Vec<Problem>,
    over: Arc<Policies>,
    additions: Vec<Addition>,
}

/// Drafts tried last: a page asks several things of the same one.
#[derive(Default)]
struct LastTried(Mutex<VecDeque<Arc<Tried>>>);

/// Drafts kept in memory with the packs that they would make: a few megabytes each.
const N_TRIED_MAX: usize = 4;

/// What drafts of entries would do to the packs in force, together.
#[must_use]
pub fn tried(app: &App, additions: Vec<Addition>) -> Arc<Tried> {
    let now = app.policies();
    let last = app.held(LastTried::default);
    let is_same = |tried: &Arc<Tried>| Arc::ptr_eq(&tried.over, &now) && tried.additions == additions;
    if let Some(found) = last.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|tried| is_same(tried)) {
        return found.clone();
    }
    let paths: Vec<String> = additions.iter().map(|addition| path_of(&addition.entry)).collect();
    let mut files: Vec<SourceFile> = now.files.iter().filter(|file| !paths.contains(&file.path)).cloned().collect();
    if files.iter().any(|file| file.layer == LAYER) {
        let own = additions.iter().zip(paths).map(|(addition, path)| SourceFile { layer: LAYER.to_owned(), path, text: addition.body.clone() });
        files.extend(own);
    } else {
        files.extend(files_of(&additions));
    }
    let reading = policy::read(&files);
    let errors = problems_of(&reading).into_iter().filter(|problem| problem.is_error() && !now.problems().contains(problem)).collect();
    let tried = Arc::new(Tried { reading, errors, over: now, additions });
    let mut kept = last.0.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push_front(tried.clone());
    kept.truncate(N_TRIED_MAX);
    tried
}

/// Brings the packs in force up to what the database says; done by everybody who follows.
///
/// # Errors
/// When the database cannot be read, or the packs do not fit any more: then the old ones stay.
pub(crate) async fn refresh(app: &App) -> anyhow::Result<()> {
    let now = app.policies();
    let additions = in_force(app.store().reader()).await?;
    if additions != now.additions {
        app.put_policies(now.with(additions).context("the additions do not fit the packs of this process")?);
    }
    Ok(())
}
