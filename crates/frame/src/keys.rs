//! Rotation of the data keys (Decisions 12): new keys come, everything is sealed again in the background, both are read meanwhile.

use std::time::Duration;

use serde_json::json;
use store::jobs::{self, Job, JobState};
use store::{Actor, Refusal, Tx, execute, query};

use crate::app::App;

/// The kind of these jobs.
pub const JOB: &str = "keys.rotate";

/// Rows sealed again in one transaction.
const ROWS: usize = 500;
/// How long every process has to hear of a key before anything is sealed with it.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// What is sealed row by row: table, column. The place bound to it is `TABLE.COLUMN`.
const SEALED: [(&str, &str); 4] = [("member", "id_number"), ("member", "telephone"), ("post_holding", "telephone"), ("ballot_paper", "votes")];

/// Asks for a rotation: on the server itself, where the master key lies.
///
/// # Errors
/// [`Refusal`] for anybody with an account; when the database refuses.
pub async fn begin(tx: &mut Tx, actor: &Actor) -> anyhow::Result<i64> {
    if actor.person_id.is_some() {
        return Err(Refusal("更换数据密钥请在服务器上用 jishi keys rotate 办理。".to_owned()).into());
    }
    let job = jobs::enqueue(tx, JOB, "{}").await?;
    tx.record("keys.rotate", "job", job, None, json!(null));
    Ok(job)
}

/// Runs a rotation from where its last step left it.
///
/// # Errors
/// When the database or the folder of files refuses.
pub async fn run(app: App, job: Job) -> anyhow::Result<()> {
    let rotation = Rotation { app: &app, job: &job };
    let keys = &app.store().keys;
    if job.step.is_empty() {
        let mut tx = rotation.begin().await?;
        keys.add(&mut tx).await?;
        rotation.has_come_to(&tx, "added").await?;
        tx.commit().await?;
    }
    if matches!(job.step.as_str(), "" | "added") {
        tokio::time::sleep(HEARD_WITHIN).await;
        let mut tx = rotation.begin().await?;
        keys.switch(&mut tx).await?;
        rotation.has_come_to(&tx, "switched").await?;
        tx.commit().await?;
    }
    tokio::time::sleep(HEARD_WITHIN).await;
    keys.reload(app.store().reader()).await?;
    let mut n_rows = 0;
    for (table, column) in SEALED {
        n_rows += rotation.seal_again(table, column).await?;
    }
    let n_files = crate::files::seal_again(&app).await?;
    let mut tx = rotation.begin().await?;
    let result = json!({ "rows": n_rows, "files": n_files });
    tx.record("keys.rotated", "job", job.id, None, result.clone());
    jobs::finish(tx.connection(), &job, tx.at(), JobState::Done, "", &result.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

struct Rotation<'a> {
    app: &'a App,
    job: &'a Job,
}

impl Rotation<'_> {
    async fn begin(&self) -> anyhow::Result<Tx> {
        let at = self.app.now();
        Ok(self.app.begin(&Actor::console(store::day_of(at)), at).await?)
    }

    async fn has_come_to(&self, tx: &Tx, step: &str) -> anyhow::Result<()> {
        Ok(jobs::progress(tx.connection(), self.job, tx.at(), step, 0, 0).await?)
    }

    /// Every value of a column that an older key sealed.
    async fn seal_again(&self, table: &str, column: &str) -> anyhow::Result<usize> {
        let keys = &self.app.store().keys;
        let (place, current) = (format!("{table}.{column}"), vec![keys.current_field_key()]);
        let mut n_rows = 0;
        let mut last = 0_i64;
        loop {
            let tx = self.begin().await?;
            let sql = format!(
                "select id, {column} from {table} where id > $1 and {column} is not null and substr({column}, 1, 1) <> $2 order by id limit {ROWS}"
            );
            let rows = query(tx.connection(), sql, [last.into(), current.clone().into()]).await?;
            if rows.is_empty() {
                return Ok(n_rows);
            }
            for row in &rows {
                let (id, old): (i64, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let new = keys.seal(&place, id, &keys.unseal(&place, id, &old)?);
                // Whoever changed it meanwhile has sealed it with the new key.
                let sql = format!("update {table} set {column} = $2 where id = $1 and {column} = $3");
                execute(tx.connection(), sql, [id.into(), new.into(), old.into()]).await?;
                last = id;
            }
            n_rows += rows.len();
            self.has_come_to(&tx, "switched").await?;
            tx.commit().await?;
        }
    }
}
