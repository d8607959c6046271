//! Long work (Decisions 14): one table, leases, resumable steps, progress as a row that the page polls.

use jiff::{SignedDuration, Timestamp};
use sea_orm::ConnectionTrait;

use crate::{Store, StoreError, Tx, execute, instant_text, query};

/// A job as its page sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub state: JobState,
    pub payload: String,
    pub step: String,
    pub n_done: i64,
    pub n_total: i64,
    pub message: String,
    pub result: String,
    pub created_by: Option<i64>,
    pub created_at: String,
    /// Who runs it, or ran it last.
    pub owner: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Waiting,
    Running,
    Done,
    Failed,
    /// Waits for a person's decision before it goes on.
    Asking,
}

impl JobState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Asking => "asking",
        }
    }

    /// The state that was stored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "waiting" => Self::Waiting,
            "running" => Self::Running,
            "done" => Self::Done,
            "asking" => Self::Asking,
            _ => Self::Failed,
        }
    }
}

const COLUMNS: &str = "id, kind, state, payload, step, n_done, n_total, message, result, created_by, created_at, owner";
/// How long a runner may stay silent before another takes over.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Puts a job into the table; it starts when the transaction is committed.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &mut Tx, kind: &str, payload: &str) -> Result<i64, StoreError> {
    let id = tx.next_id().await?;
    let at = tx.at_text();
    execute(
        tx.connection(),
        "insert into job (id, kind, state, payload, step, n_done, n_total, message, result, created_by, created_at, updated_at) values ($1, $2, 'waiting', $3, '', 0, 0, '', '', $4, $5, $5)",
        [id.into(), kind.into(), payload.into(), tx.actor_id().into(), at.into()],
    )
    .await?;
    tx.record("job.enqueue", "job", id, None, serde_json::json!({ "kind": kind }));
    Ok(id)
}

/// Takes the oldest job that waits, or whose runner fell silent.
///
/// # Errors
/// When the database refuses.
pub async fn take(store: &Store, owner: &str, at: Timestamp) -> Result<Option<Job>, StoreError> {
    // Asked again and again: the one writer of SQLite is taken only when there is something to take.
    let waits = "select 1 from job where state = 'waiting' or (state = 'running' and lease_until < $1) limit 1";
    if query(store.reader(), waits, [instant_text(at).into()]).await?.is_empty() {
        return Ok(None);
    }
    let rows = query(
        &store.write,
        format!(
            "update job set state = 'running', owner = $1, lease_until = $2, updated_at = $3 where id = (select id from job where state = 'waiting' or (state = 'running' and lease_until < $3) order by id limit 1) and (state = 'waiting' or lease_until < $3) returning {COLUMNS}"
        ),
        [owner.into(), instant_text(at + LEASE).into(), instant_text(at).into()],
    )
    .await?;
    rows.first().map(read).transpose()
}

/// Takes one job, when it waits or its runner fell silent.
///
/// # Errors
/// When the database refuses.
pub async fn take_one(store: &Store, id: i64, owner: &str, at: Timestamp) -> Result<Option<Job>, StoreError> {
    let rows = query(
        &store.write,
        format!(
            "update job set state = 'running', owner = $2, lease_until = $3, updated_at = $4 where id = $1 and (state = 'waiting' or (state = 'running' and lease_until < $4)) returning {COLUMNS}"
        ),
        [id.into(), owner.into(), instant_text(at + LEASE).into(), instant_text(at).into()],
    )
    .await?;
    rows.first().map(read).transpose()
}

/// Keeps the lease of a job between two steps.
///
/// # Errors
/// As [`progress`].
pub async fn keep(store: &Store, job: &Job, at: Timestamp) -> Result<(), StoreError> {
    let done = execute(
        &store.write,
        "update job set lease_until = $3 where id = $1 and owner = $2 and state = 'running'",
        [job.id.into(), job.owner.clone().into(), instant_text(at + LEASE).into()],
    )
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::RecordNotUpdated) }
}

/// Lets go of the jobs whose runner is known to be gone, so that nobody waits for their leases.
///
/// # Errors
/// When the database refuses.
pub async fn relieve(store: &Store, is_gone: impl Fn(&str) -> bool) -> Result<(), StoreError> {
    for row in query(store.reader(), "select distinct owner from job where state = 'running' and owner is not null order by owner", []).await? {
        let owner: String = row.try_get_by_index(0)?;
        if is_gone(&owner) {
            execute(
                &store.write,
                "update job set state = 'waiting', owner = null, lease_until = null where state = 'running' and owner = $1",
                [owner.into()],
            )
            .await?;
        }
    }
    Ok(())
}

/// Says how far a job has come and keeps its lease; inside the transaction of the step, so that progress and rows agree.
///
/// # Errors
/// When the database refuses, and [`StoreError::RecordNotUpdated`] when another runner has taken the job over:
/// the step is then to be given up.
pub async fn progress<C: ConnectionTrait>(connection: &C, job: &Job, at: Timestamp, step: &str, n_done: i64, n_total: i64) -> Result<(), StoreError> {
    let done = execute(
        connection,
        "update job set step = $3, n_done = $4, n_total = $5, lease_until = $6, updated_at = $7 where id = $1 and owner = $2 and state = 'running'",
        [
            job.id.into(),
            job.owner.clone().into(),
            step.into(),
            n_done.into(),
            n_total.into(),
            instant_text(at + LEASE).into(),
            instant_text(at).into(),
        ],
    )
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::RecordNotUpdated) }
}

/// Ends a job, or lets it wait for a person ([`JobState::Asking`]).
///
/// # Errors
/// As [`progress`].
pub async fn finish<C: ConnectionTrait>(
    connection: &C,
    job: &Job,
    at: Timestamp,
    state: JobState,
    message: &str,
    result: &str,
) -> Result<(), StoreError> {
    let done = execute(
        connection,
        "update job set state = $3, message = $4, result = $5, lease_until = null, updated_at = $6 where id = $1 and owner = $2 and state = 'running'",
        [job.id.into(), job.owner.clone().into(), state.as_str().into(), message.into(), result.into(), instant_text(at).into()],
    )
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::RecordNotUpdated) }
}

/// A person's answer to a job that asks: it goes on with this payload.
///
/// # Errors
/// When the database refuses, and [`StoreError::RecordNotUpdated`] when the job does not ask (any more).
pub async fn answer(tx: &mut Tx, id: i64, payload: &str) -> Result<(), StoreError> {
    let at = tx.at_text();
    let done = execute(
        tx.connection(),
        "update job set state = 'waiting', payload = $2, owner = null, updated_at = $3 where id = $1 and state = 'asking'",
        [id.into(), payload.into(), at.into()],
    )
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::RecordNotUpdated);
    }
    tx.record("job.answer", "job", id, None, serde_json::Value::Null);
    Ok(())
}

/// Jobs of a kind that wait or run, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn unfinished(store: &Store, kind: &str) -> Result<Vec<Job>, StoreError> {
    let sql = format!("select {COLUMNS} from job where kind = $1 and state in ('waiting', 'running') order by id");
    query(store.reader(), sql, [kind.into()]).await?.iter().map(read).collect()
}

/// One job.
///
/// # Errors
/// When the database cannot be read.
pub async fn find(store: &Store, id: i64) -> Result<Option<Job>, StoreError> {
    let rows = query(store.reader(), format!("select {COLUMNS} from job where id = $1"), [id.into()]).await?;
    rows.first().map(read).transpose()
}

fn read(row: &sea_orm::QueryResult) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        state: JobState::parse(&row.try_get::<String>("", "state")?),
        payload: row.try_get("", "payload")?,
        step: row.try_get("", "step")?,
        n_done: row.try_get("", "n_done")?,
        n_total: row.try_get("", "n_total")?,
        message: row.try_get("", "message")?,
        result: row.try_get("", "result")?,
        created_by: row.try_get("", "created_by")?,
        created_at: row.try_get("", "created_at")?,
        owner: row.try_get("", "owner")?,
    })
}
