//! The packs this process works with: read from a folder, or those embedded in the binary; kept in the database (Decisions 9).

pub mod additions;
mod pages;
mod pages_entry;
mod usage;

pub use pages::State;
pub use usage::Usage;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail};
use policy::{Pack, Problem, Reading, SourceFile};
use store::{Actor, Store, Tx, execute, query};

/// Routes of the library of rules.
#[must_use]
pub fn routes(routes: crate::http::route::Routes) -> crate::http::route::Routes {
    use crate::http::route::{Door, Needs};
    let view = Needs::May(policy::Capability::ViewPolicies);
    routes
        .get("/policies", view, Door::Inner, pages::list)
        .get("/policies/check", view, Door::Inner, pages_entry::check)
        .get("/policies/versions", view, Door::Inner, pages_entry::all_versions)
        .get("/policies/{entry}", view, Door::Inner, pages_entry::show)
}

/// Packs with everything that is known about how they came to be.
pub struct Policies {
    pub pack: Arc<Pack>,
    pub reading: Reading,
    /// Files as they were read, for keeping and for comparing.
    pub files: Vec<SourceFile>,
    /// What the database adds to the folder.
    additions: Vec<additions::Addition>,
    /// Entries from the browser that the folder has itself, and which therefore do not count.
    pub laid_aside: Vec<String>,
    problems: OnceLock<Vec<Problem>>,
}

impl Policies {
    /// The packs of a folder `policies/`.
    ///
    /// # Errors
    /// When a file cannot be read or the packs have errors; the message lists them.
    pub fn of_folder(folder: &Path) -> anyhow::Result<Self> {
        Self::from_files(files_of(folder)?)
    }

    /// Packs from the texts of their files.
    ///
    /// # Errors
    /// When they have errors; the message lists them.
    pub fn from_files(files: Vec<SourceFile>) -> anyhow::Result<Self> {
        let reading = policy::read(&files);
        let errors: Vec<String> = reading.problems.iter().filter(|p| p.is_error()).map(ToString::to_string).collect();
        if !errors.is_empty() {
            bail!("制度包有 {} 处错误，先改好再启动：\n{}", errors.len(), errors.join("\n"));
        }
        Ok(Self { pack: Arc::new(reading.pack.clone()), reading, files, additions: Vec::new(), laid_aside: Vec::new(), problems: OnceLock::new() })
    }

    /// [`problems_of`] these packs, found once.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.problems.get_or_init(|| problems_of(&self.reading))
    }

    /// Keeps the text of each layer in the database under its SM3, if it is not there yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep(&self, store: &Store, at: jiff::Timestamp) -> anyhow::Result<()> {
        let mut tx = Tx::begin(store, &Actor::console(store::day_of(at)), at).await?;
        keep_layers(&mut tx, self).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The definitions of an earlier version, from the layers kept in the database.
    ///
    /// # Errors
    /// When a layer of it is not there.
    pub async fn kept(store: &Store, version: &str) -> anyhow::Result<Arc<Pack>> {
        let mut files = Vec::new();
        for part in version.split('+') {
            let (layer, sm3) = part.split_once('@').context("版本号写得不对")?;
            let rows = query(
                store.reader(),
                "select body from pack_layer where layer = $1 and sm3 like $2 order by sm3",
                [layer.into(), format!("{sm3}%").into()],
            )
            .await?;
            let row = rows.first().with_context(|| format!("数据库里没有制度包 {part}"))?;
            files.extend(policy::layer_files(layer, &row.try_get::<String>("", "body")?));
        }
        Ok(Arc::new(policy::read(&files).pack))
    }

    /// The definitions as they stood on a day: of each layer of the folder the text that was first used last before it (where none
    /// is so old, the oldest that is kept), and over these the entries from the browser that were in force at its end.
    ///
    /// # Errors
    /// When a layer cannot be read.
    pub async fn kept_on(&self, store: &Store, day: jiff::civil::Date) -> anyhow::Result<Arc<Pack>> {
        let mut files = Vec::new();
        for layer in self.reading.layers.iter().filter(|layer| layer.id != additions::LAYER) {
            let sql = "select body, first_used_at from pack_layer where layer = $1 order by first_used_at, sm3";
            let mut chosen: Option<String> = None;
            for row in query(store.reader(), sql, [layer.id.clone().into()]).await? {
                let first_used: jiff::Timestamp = row.try_get::<String>("", "first_used_at")?.parse()?;
                if chosen.is_none() || store::day_of(first_used) <= day {
                    chosen = Some(row.try_get("", "body")?);
                }
            }
            files.extend(policy::layer_files(&layer.id, &chosen.unwrap_or_default()));
        }
        let added = additions::in_force_on(store.reader(), day).await?;
        if !added.is_empty() {
            files = additions::laid_over(files, added);
        }
        Ok(Arc::new(policy::read(&files).pack))
    }

    /// Texts of layers, ever in force, that hold a word, with the day on which each was first used; oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn texts_with(store: &Store, word: &str) -> anyhow::Result<Vec<(String, jiff::civil::Date)>> {
        let sql = "select body, first_used_at from pack_layer where body like $1 order by first_used_at, sm3";
        let rows = query(store.reader(), sql, [format!("%{word}%").into()]).await?;
        let read = |row: &sea_orm::QueryResult| {
            let first_used: jiff::Timestamp = row.try_get::<String>("", "first_used_at")?.parse()?;
            Ok((row.try_get("", "body")?, store::day_of(first_used)))
        };
        rows.iter().map(read).collect()
    }

    /// What a result or a case names: the layers in force with their SM3, shortened.
    #[must_use]
    pub fn version(&self) -> String {
        self.reading.layers.iter().map(|layer| format!("{}@{}", layer.id, &layer.sm3[..12])).collect::<Vec<_>>().join("+")
    }
}

/// Keeps the text of each layer under its SM3, if it is not there yet.
async fn keep_layers(tx: &mut Tx, policies: &Policies) -> anyhow::Result<()> {
    for layer in &policies.reading.layers {
        let body = policy::layer_text(&policies.files, &layer.id);
        let inserted = execute(
            tx.connection(),
            "insert into pack_layer (sm3, layer, title, version, body, first_used_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            [
                layer.sm3.clone().into(),
                layer.id.clone().into(),
                layer.title.clone().into(),
                layer.version.clone().into(),
                body.into(),
                tx.at_text().into(),
            ],
        )
        .await?;
        if inserted.rows_affected() > 0 {
            tx.record("policy.keep", "pack_layer", 0, None, serde_json::json!({ "layer": layer.id, "sm3": layer.sm3 }));
        }
    }
    Ok(())
}

/// All TOML files below a folder, by layer.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_of(folder: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).with_context(|| format!("无法读取制度包目录 {}", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                let shown = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                let bytes = std::fs::read(&path).with_context(|| format!("无法读取 {}", path.display()))?;
                files.push(source_file(&shown, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A file below `policies/`: its layer is the first folder of its path.
#[must_use]
pub fn source_file(path: &str, text: String) -> SourceFile {
    let layer = path.split('/').next().unwrap_or_default().to_owned();
    SourceFile { layer, path: path.to_owned(), text }
}

/// Everything that reading and checking say, in the order of files and lines.
#[must_use]
pub fn problems_of(reading: &Reading) -> Vec<Problem> {
    let mut problems: Vec<Problem> = reading.problems.iter().cloned().chain(policy::check(reading)).collect();
    problems.sort();
    problems.dedup();
    problems
}
