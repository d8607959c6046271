//! Follows the commit order (Decisions 1): whatever is kept in memory is brought forward commit by commit.

use std::time::Duration;

use store::query;

use crate::app::App;
use crate::directory::{load_gone, load_members, load_orgs};
use crate::policies::additions;

/// More changed members than this are read anew in one go.
const MEMBERS_AT_ONCE: usize = 5_000;

/// Brings the lists in memory up to the newest commit.
///
/// # Errors
/// When the database cannot be read.
pub async fn catch_up(app: &App) -> anyhow::Result<()> {
    let head = app.store().head().await?;
    reload_all(app, head).await
}

async fn reload_all(app: &App, head: i64) -> anyhow::Result<()> {
    refresh_packs(app).await;
    let today = store::day_of(app.now());
    let orgs = load_orgs(app.store(), &app.pack(), today).await?;
    let gone = load_gone(app.store(), &app.pack(), today).await?;
    let members = load_members(app.store(), today, None).await?;
    app.change_directory(|directory| {
        directory.put_members(members, None);
        directory.put_orgs(orgs);
        directory.put_gone(gone);
    });
    app.figures().forget_all();
    app.store().has_followed(head);
    Ok(())
}

/// Runs until the process ends: wakes on this process's commits, and every 200 ms for those of others.
pub async fn run(app: App) {
    let mut commits = app.store().commits();
    let mut at = app.store().head().await.unwrap_or_default();
    let mut day = store::day_of(app.now());
    if catch_up(&app).await.is_err() {
        at = 0;
    }
    loop {
        let _ = tokio::time::timeout(Duration::from_millis(200), commits.changed()).await;
        let step = async {
            let head = app.store().head().await?;
            let today = store::day_of(app.now());
            if today != day {
                day = today;
                at = head;
                return reload_all(&app, head).await;
            }
            if head > at {
                follow(&app, at, head).await?;
                at = head;
            }
            anyhow::Ok(())
        };
        if let Err(error) = step.await {
            tracing::error!(%error, "cannot follow the commit order");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// A process whose folder of packs does not fit what was accepted elsewhere goes on with the packs that it has.
async fn refresh_packs(app: &App) {
    if let Err(error) = additions::refresh(app).await {
        tracing::error!(error = format!("{error:#}"), "cannot bring the packs forward");
    }
}

async fn follow(app: &App, from: i64, to: i64) -> anyhow::Result<()> {
    let rows = query(
        app.store().reader(),
        "select distinct source, source_id, organisation_id from commit_change where no > $1 and no <= $2",
        [from.into(), to.into()],
    )
    .await?;
    let mut members = Vec::new();
    let mut orgs_changed = false;
    let mut keys_changed = false;
    let mut packs_changed = false;
    let mut facts_of = Vec::new();
    for row in &rows {
        let source: String = row.try_get_by_index(0)?;
        let id: i64 = row.try_get_by_index(1)?;
        let organisation: Option<i64> = row.try_get_by_index(2)?;
        match source.as_str() {
            "member" => members.push(id),
            "organisation" => orgs_changed = true,
            "data_key" => keys_changed = true,
            additions::SOURCE => packs_changed = true,
            _ => {}
        }
        facts_of.extend(organisation);
    }
    if packs_changed {
        refresh_packs(app).await;
    }
    if keys_changed {
        app.store().keys.reload(app.store().reader()).await?;
    }
    members.sort_unstable();
    members.dedup();
    let today = store::day_of(app.now());
    if !members.is_empty() {
        let only = (members.len() <= MEMBERS_AT_ONCE).then_some(members.as_slice());
        let fresh = load_members(app.store(), today, only).await?;
        app.change_directory(|directory| directory.put_members(fresh, only));
    }
    if orgs_changed {
        let orgs = load_orgs(app.store(), &app.pack(), today).await?;
        let gone = load_gone(app.store(), &app.pack(), today).await?;
        app.change_directory(|directory| {
            directory.put_orgs(orgs);
            directory.put_gone(gone);
        });
    }
    facts_of.sort_unstable();
    facts_of.dedup();
    app.figures().forget(&facts_of, orgs_changed);
    app.store().has_followed(to);
    Ok(())
}
