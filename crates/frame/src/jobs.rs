//! The job runner (Decisions 14): takes waiting jobs one after another and hands each to what its kind names.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use store::jobs::{self, Job, JobState};
use store::{Actor, Refusal};
use tokio::sync::Semaphore;

use crate::app::App;

/// A piece of work under way.
pub type Work = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// A kind of job. Its work moves on in steps of its own, says how far it has come, and ends the job with
/// [`jobs::finish`]; begun again after a stop, it goes on where the last committed step left it.
pub struct Kind {
    pub name: &'static str,
    pub work: fn(App, Job) -> Work,
}

/// Jobs at work at the same time in one process.
const AT_ONCE: usize = 2;
/// How often a job that works says that it does.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Takes and runs jobs until the process ends. Wakes on this process's commits, and every second for those of others.
pub async fn run(app: App) {
    let owner = owner();
    if let Err(error) = relieve(&app).await {
        tracing::error!(%error, "cannot look for jobs left behind");
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut commits = app.store().commits();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match jobs::take(app.store(), &owner, app.now()).await {
            Ok(Some(job)) => {
                let app = app.clone();
                tokio::spawn(async move {
                    work(&app, job).await;
                    drop(place);
                });
            }
            Ok(None) => {
                drop(place);
                let _ = tokio::time::timeout(Duration::from_secs(1), commits.changed()).await;
            }
            Err(error) => {
                drop(place);
                tracing::error!(%error, "cannot take a job");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}

/// Lets go of the jobs of processes that run no more.
///
/// # Errors
/// When the database refuses.
pub async fn relieve(app: &App) -> Result<(), store::StoreError> {
    jobs::relieve(app.store(), is_gone).await
}

/// Runs one job to its end, or waits while another process does: for commands.
///
/// # Errors
/// When the database cannot be read.
pub async fn run_one(app: &App, id: i64) -> anyhow::Result<Job> {
    let owner = owner();
    loop {
        if let Some(job) = jobs::take_one(app.store(), id, &owner, app.now()).await? {
            work(app, job).await;
        }
        let job = jobs::find(app.store(), id).await?.ok_or_else(|| anyhow::anyhow!("没有编号是 {id} 的任务"))?;
        if !matches!(job.state, JobState::Waiting | JobState::Running) {
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Runs one job with its heart beating. What fails is told to the job: a refusal as its sentence, anything else as a number.
async fn work(app: &App, job: Job) {
    let Some(kind) = app.rooms().jobs.iter().find(|kind| kind.name == job.kind) else {
        end(app, &job, "这一版程序不认识这种任务，请升级后再办。").await;
        return;
    };
    // Beside the work, not between its steps: a step may hold the one connection that writes.
    let heart = Heart(tokio::spawn(beat(app.clone(), job.clone())));
    let ended = (kind.work)(app.clone(), job.clone()).await;
    drop(heart);
    let Err(error) = ended else { return };
    if matches!(error.downcast_ref::<store::StoreError>(), Some(store::StoreError::RecordNotUpdated)) {
        tracing::info!(job = job.id, "another runner has taken the job over");
        return;
    }
    match error.downcast_ref::<Refusal>() {
        Some(refusal) => end(app, &job, &refusal.0).await,
        None => {
            let number = crate::http::failure::incident_number();
            tracing::error!(%number, job = job.id, error = format!("{error:#}"), "a job failed");
            end(app, &job, &format!("系统出错，没有办完，编号 {number}。请把编号告诉管理员。")).await;
        }
    }
}

/// Stops beating when the work ends, however it ends: one that went on would hold a lease for nobody.
struct Heart(tokio::task::JoinHandle<()>);

impl Drop for Heart {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Says that a job works, until it is told to stop or another runner has the job.
async fn beat(app: App, job: Job) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = jobs::keep(app.store(), &job, app.now()).await {
            tracing::warn!(%error, job = job.id, "cannot keep the lease of a job");
        }
    }
}

async fn end(app: &App, job: &Job, message: &str) {
    let at = app.now();
    let ended = async {
        let tx = app.begin(&Actor::console(store::day_of(at)), at).await?;
        jobs::finish(tx.connection(), job, at, JobState::Failed, message, "").await?;
        tx.commit().await
    };
    if let Err(error) = ended.await {
        tracing::error!(%error, job = job.id, "cannot end a job");
    }
}

/// This process, so that its successor on the same machine can tell that it is gone.
fn owner() -> String {
    let pid = std::process::id();
    format!("{}/{pid}/{}", host(), born(pid).unwrap_or_default())
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).unwrap_or_default()
}

/// When a process of this machine was started, in its clock's ticks; nothing when there is none (or no way to ask).
fn born(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; the start is the 20th field behind it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

/// Whether an owner is a process of this machine that runs no more. Unknown is not gone: then its lease runs out.
fn is_gone(owner: &str) -> bool {
    let mut parts = owner.split('/');
    let (Some(on), Some(pid), Some(started)) = (parts.next(), parts.next().and_then(|pid| pid.parse().ok()), parts.next()) else { return false };
    if on.is_empty() || on != host() || started.is_empty() {
        return false;
    }
    born(pid).is_none_or(|born| born != started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_knows_itself_and_who_is_gone() {
        let own = owner();
        assert!(!is_gone(&own));
        let (place, _) = own.rsplit_once('/').expect("three parts");
        assert!(is_gone(&format!("{place}/1")), "the number was given to another process");
        assert!(!is_gone("elsewhere/1/1"), "another machine is not ours to judge");
        assert!(!is_gone("runner 1"));
    }
}
