//! Long work survives its runner.

use jiff::{SignedDuration, Timestamp};
use store::jobs::{self, JobState};
use store::{StoreError, execute};

use crate::world::{World, january};

on_both! {
    jobs_are_taken_in_order_and_once,
    a_silent_runner_is_relieved,
    a_relieved_runner_can_write_no_more,
    progress_is_given_up_with_its_step,
    a_job_asks_and_goes_on,
    eight_runners_take_each_job_once,
}

async fn jobs_are_taken_in_order_and_once(world: &World) {
    let first = enqueue(world, "import", "a").await;
    let second = enqueue(world, "import", "b").await;
    let one = jobs::take(&world.store, "runner 1", now()).await.expect("takes").expect("a job");
    let two = jobs::take(&world.store, "runner 2", now()).await.expect("takes").expect("a job");
    assert_eq!((one.id, two.id), (first, second));
    assert_eq!((one.payload.as_str(), one.state, one.owner.as_deref()), ("a", JobState::Running, Some("runner 1")));
    assert_eq!(jobs::take(&world.store, "runner 1", now()).await.expect("takes"), None);
    jobs::finish(world.tx(now()).await.connection(), &one, now(), JobState::Done, "", "").await.expect("finishes");
    assert_eq!(world.numbers("select count(*) from audit where operation = 'job.enqueue'").await, [2]);
}

async fn a_silent_runner_is_relieved(world: &World) {
    let id = enqueue(world, "import", "").await;
    jobs::take(&world.store, "runner 1", now()).await.expect("takes").expect("a job");
    assert_eq!(jobs::take(&world.store, "runner 2", later(29)).await.expect("takes"), None, "the lease holds");
    let job = jobs::take(&world.store, "runner 2", later(31)).await.expect("takes").expect("the lease is over");
    assert_eq!((job.id, job.owner.as_deref()), (id, Some("runner 2")));
    // Saying how far it has come keeps the lease.
    step(world, &job, later(50)).await.expect("still its own");
    assert_eq!(jobs::take(&world.store, "runner 3", later(79)).await.expect("takes"), None);
    let job = jobs::take(&world.store, "runner 3", later(81)).await.expect("takes").expect("the lease is over");
    assert_eq!((job.step.as_str(), job.n_done, job.n_total), ("apply", 500, 36_000), "it goes on where the other was");
}

async fn a_relieved_runner_can_write_no_more(world: &World) {
    enqueue(world, "import", "").await;
    let old = jobs::take(&world.store, "runner 1", now()).await.expect("takes").expect("a job");
    let new = jobs::take(&world.store, "runner 2", later(31)).await.expect("takes").expect("a job");
    assert_eq!(step(world, &old, later(32)).await, Err(StoreError::RecordNotUpdated));
    let tx = world.tx(later(32)).await;
    let end = jobs::finish(tx.connection(), &old, later(32), JobState::Done, "", "").await;
    assert_eq!(end, Err(StoreError::RecordNotUpdated));
    drop(tx);
    step(world, &new, later(33)).await.expect("its own");
}

async fn progress_is_given_up_with_its_step(world: &World) {
    let id = enqueue(world, "import", "").await;
    let job = jobs::take(&world.store, "runner 1", now()).await.expect("takes").expect("a job");
    let tx = world.tx(later(1)).await;
    execute(tx.connection(), "insert into organisation (id, code, created_at) values (1, 'P1', '')", []).await.expect("inserts");
    jobs::progress(tx.connection(), &job, later(1), "apply", 500, 36_000).await.expect("says so");
    drop(tx);
    let seen = jobs::find(&world.store, id).await.expect("reads").expect("is there");
    assert_eq!((seen.step.as_str(), seen.n_done), ("", 0));
    assert_eq!(world.numbers("select count(*) from organisation").await, [0]);
}

async fn a_job_asks_and_goes_on(world: &World) {
    let id = enqueue(world, "import", "").await;
    let job = jobs::take(&world.store, "runner 1", now()).await.expect("takes").expect("a job");
    let tx = world.tx(later(1)).await;
    jobs::finish(tx.connection(), &job, later(1), JobState::Asking, "三处重名，请确认", "").await.expect("asks");
    tx.commit().await.expect("commits");
    assert_eq!(jobs::take(&world.store, "runner 1", later(3600)).await.expect("takes"), None, "it waits for a person");
    let mut tx = world.tx(later(3600)).await;
    jobs::answer(&mut tx, id, "{\"same\":true}").await.expect("is asked");
    assert_eq!(jobs::answer(&mut tx, id, "{}").await, Err(StoreError::RecordNotUpdated), "answered once");
    tx.commit().await.expect("commits");
    let job = jobs::take(&world.store, "runner 2", later(3601)).await.expect("takes").expect("goes on");
    assert_eq!(job.payload, "{\"same\":true}");
}

async fn eight_runners_take_each_job_once(world: &World) {
    let mut tx = world.tx(now()).await;
    for _ in 0..30 {
        jobs::enqueue(&mut tx, "remind", "").await.expect("enqueues");
    }
    tx.commit().await.expect("commits");
    let runners: Vec<_> = (0..8)
        .map(|runner| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for _ in 0..30 {
                    taken.extend(jobs::take(&store, &format!("runner {runner}"), now()).await.expect("takes").map(|job| job.id));
                }
                taken
            })
        })
        .collect();
    let mut taken = Vec::new();
    for runner in runners {
        taken.extend(runner.await.expect("no panic"));
    }
    taken.sort_unstable();
    assert_eq!(taken, world.numbers("select id from job order by id").await);
}

async fn enqueue(world: &World, kind: &str, payload: &str) -> i64 {
    let mut tx = world.tx(now()).await;
    let id = jobs::enqueue(&mut tx, kind, payload).await.expect("enqueues");
    tx.commit().await.expect("commits");
    id
}

async fn step(world: &World, job: &jobs::Job, at: Timestamp) -> Result<(), StoreError> {
    let tx = world.tx(at).await;
    jobs::progress(tx.connection(), job, at, "apply", 500, 36_000).await?;
    tx.commit().await.map(|_| ())
}

fn now() -> Timestamp {
    january(5, 0)
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}
