//! Imports as people look at them: one's own; those of the command line for whoever is in charge of the whole tree.

use std::collections::HashMap;

use policy::Capability;
use store::jobs::{Job, JobState};
use store::{Actor, query};

use super::JOB;
use super::model::Request;
use super::staging::{self, ImportFile, ImportSheet};
use crate::app::App;

/// One import in the list of all.
#[derive(Debug, Clone)]
pub struct Past {
    pub id: i64,
    pub state: JobState,
    pub message: String,
    /// Who sent the files; none: the command line.
    pub by: Option<String>,
    pub created_at: String,
    /// Names of the files.
    pub files: Vec<String>,
    pub n_created: i64,
    pub n_updated: i64,
    pub n_unchanged: i64,
    pub n_refused: i64,
}

/// An import that somebody may look at, with what is known of it.
pub struct Seen {
    pub job: Job,
    pub request: Request,
    pub files: Vec<ImportFile>,
    pub sheets: Vec<ImportSheet>,
}

/// Whether the imports of the command line are this person's business too: the whole tree is in reach.
fn sees_console(app: &App, actor: &Actor) -> bool {
    let scope = actor.scope(Capability::Import);
    let directory = app.directory();
    let mut roots = directory.roots().peekable();
    roots.peek().is_some() && roots.all(|org| directory.is_visible(&scope, org.id))
}

fn may_see(app: &App, actor: &Actor, created_by: Option<i64>) -> bool {
    match created_by {
        Some(person) => actor.person_id == Some(person),
        None => sees_console(app, actor),
    }
}

/// One import, if it is this person's business.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(app: &App, actor: &Actor, id: i64) -> anyhow::Result<Option<Seen>> {
    let job = store::jobs::find(app.store(), id).await?.filter(|job| job.kind == JOB && may_see(app, actor, job.created_by));
    let Some(job) = job else { return Ok(None) };
    let connection = app.store().reader();
    Ok(Some(Seen {
        request: serde_json::from_str(&job.payload)?,
        files: staging::files(connection, id).await?,
        sheets: staging::sheets(connection, id).await?,
        job,
    }))
}

/// All imports that are this person's business, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn all(app: &App, actor: &Actor) -> anyhow::Result<Vec<Past>> {
    let person = actor.person_id.unwrap_or_default();
    let console = i64::from(sees_console(app, actor));
    let rows = query(
        app.store().reader(),
        "select j.id, j.state, j.message, j.result, j.created_at, p.name from job j left join person p on p.id = j.created_by \
         where j.kind = $1 and (j.created_by = $2 or (j.created_by is null and $3 = 1)) order by j.id desc",
        [JOB.into(), person.into(), console.into()],
    )
    .await?;
    let mut files: HashMap<i64, Vec<String>> = HashMap::new();
    for row in query(app.store().reader(), "select job_id, name from import_file order by job_id, position", []).await? {
        files.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    rows.iter()
        .map(|row| {
            let id: i64 = row.try_get("", "id")?;
            let result: serde_json::Value = serde_json::from_str(&row.try_get::<String>("", "result")?).unwrap_or_default();
            let number = |name: &str| result.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
            Ok(Past {
                id,
                state: JobState::parse(&row.try_get::<String>("", "state")?),
                message: row.try_get("", "message")?,
                by: row.try_get("", "name")?,
                created_at: row.try_get("", "created_at")?,
                files: files.remove(&id).unwrap_or_default(),
                n_created: number("created"),
                n_updated: number("updated"),
                n_unchanged: number("unchanged"),
                n_refused: number("refused"),
            })
        })
        .collect()
}
