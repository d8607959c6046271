//! Walking the chain when somebody asks, beside the requests.

use policy::Capability;
use serde_json::json;
use store::{Actor, Refusal, Tx, execute, query};

use crate::app::App;

/// One walk over the chain.
#[derive(Debug, Clone)]
pub struct Check {
    pub started_at: String,
    pub by: String,
    /// None: still walking, or the server stopped meanwhile.
    pub finished_at: Option<String>,
    pub n_entries: i64,
    /// One sentence each; none: the chain is whole.
    pub faults: Vec<String>,
}

/// Notes that a check was asked for; [`run`] does it.
///
/// # Errors
/// [`Refusal`] without the capability.
pub async fn begin_check(tx: &mut Tx, actor: &Actor) -> anyhow::Result<i64> {
    if !actor.may(Capability::ViewAudit) {
        return Err(Refusal("没有找到。".to_owned()).into());
    }
    let id = tx.next_id().await?;
    execute(
        tx.connection(),
        "insert into audit_check (id, started_at, started_by, n_entries, faults) values ($1, $2, $3, 0, '')",
        [id.into(), tx.at_text().into(), tx.actor_id().into()],
    )
    .await?;
    tx.record("audit.check", "audit_check", id, None, json!(null));
    Ok(id)
}

/// Walks the chain and keeps what was found.
pub(super) async fn run(app: App, id: i64) {
    let walked = async {
        let (n_entries, faults) = store::audit::verify(app.store()).await?;
        let faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        let at = app.now();
        let tx = app.begin(&Actor::console(store::day_of(at)), at).await?;
        let values = [id.into(), tx.at_text().into(), i64::try_from(n_entries).unwrap_or(i64::MAX).into(), faults.join("\n").into()];
        execute(tx.connection(), "update audit_check set finished_at = $2, n_entries = $3, faults = $4 where id = $1", values).await?;
        tx.commit().await?;
        anyhow::Ok(())
    };
    if let Err(error) = walked.await {
        tracing::error!(error = format!("{error:#}"), "cannot check the audit");
    }
}

/// A check from its beginning to its end.
///
/// # Errors
/// As [`begin_check`].
pub async fn check_whole(app: &App, actor: &Actor, at: jiff::Timestamp) -> anyhow::Result<()> {
    let mut tx = app.begin(actor, at).await?;
    let id = begin_check(&mut tx, actor).await?;
    tx.commit().await?;
    run(app.clone(), id).await;
    Ok(())
}

/// The latest checks, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn checks(app: &App) -> anyhow::Result<Vec<Check>> {
    let rows = query(
        app.store().reader(),
        "select c.started_at, c.finished_at, c.n_entries, c.faults, p.name from audit_check c left join person p on p.id = c.started_by order by c.id desc limit 5",
        [],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Check {
                started_at: row.try_get("", "started_at")?,
                by: row.try_get::<Option<String>>("", "name")?.unwrap_or_else(|| "命令行".to_owned()),
                finished_at: row.try_get("", "finished_at")?,
                n_entries: row.try_get("", "n_entries")?,
                faults: row.try_get::<String>("", "faults")?.lines().map(str::to_owned).collect(),
            })
        })
        .collect()
}
