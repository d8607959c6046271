//! One commit order: numbers without gaps, ids without repetition, a time that never runs backwards.

use std::collections::BTreeSet;

use serde_json::json;
use store::{Backend, Store, execute};

use crate::world::{World, begin, january};

on_both! {
    numbers_have_no_gaps,
    what_is_given_up_leaves_nothing,
    ids_are_unique_after_transactions_that_fail,
    ids_ascend_and_many_come_at_once,
    pending_numbers_become_the_commits_own,
    a_time_never_runs_backwards,
    eight_writers_at_once_make_one_chain,
    foreign_keys_hold_at_the_end,
    messages_and_changes_carry_the_number,
}

async fn numbers_have_no_gaps(world: &World) {
    for n in 1..=5 {
        let mut tx = world.tx(january(5, n)).await;
        tx.record("test.write", "thing", n.into(), None, json!(null));
        assert_eq!(tx.commit().await.expect("commits").no, i64::from(n));
        drop(world.tx(january(5, n)).await);
    }
    assert_eq!(world.store.head().await.expect("reads"), 5);
    assert_eq!(world.numbers("select commit_no from audit order by seq").await, [1, 2, 3, 4, 5]);
}

async fn what_is_given_up_leaves_nothing(world: &World) {
    let mut tx = world.tx(january(5, 0)).await;
    add_organisation(&mut tx, "P1").await;
    tx.record("test.write", "thing", 1, None, json!(null));
    tx.changed("organisation", 1, None);
    drop(tx);
    assert_eq!(world.numbers("select count(*) from organisation").await, [0]);
    assert_eq!(world.numbers("select count(*) from audit").await, [0]);
    assert_eq!(world.store.head().await.expect("reads"), 0);
}

async fn ids_are_unique_after_transactions_that_fail(world: &World) {
    let mut kept = BTreeSet::new();
    for round in 0..12 {
        let mut tx = world.tx(january(5, round)).await;
        let ids = tx.next_ids(if round % 4 == 0 { 3000 } else { 5 }).await.expect("numbers");
        match round % 3 {
            0 => drop(tx),
            1 => {
                // The commit itself fails, half-way.
                tx.pending_no("no_such_table");
                tx.commit().await.expect_err("there is no such table");
            }
            _ => {
                for id in ids {
                    assert!(kept.insert(id), "id {id} given out twice (round {round})");
                }
                tx.commit().await.expect("commits");
            }
        }
    }
    assert!(kept.len() > 3000);
}

async fn ids_ascend_and_many_come_at_once(world: &World) {
    let other = world.another_process().await;
    let mut seen = BTreeSet::new();
    for store in [&world.store, &other, &world.store] {
        let mut tx = begin(store, january(5, 0)).await;
        let ids = tx.next_ids(10_000).await.expect("numbers");
        assert!(ids.is_sorted() && ids.len() == 10_000);
        assert!(ids.into_iter().all(|id| id > 0 && seen.insert(id)));
        tx.commit().await.expect("commits");
    }
}

async fn pending_numbers_become_the_commits_own(world: &World) {
    let mut tx = world.tx(january(5, 0)).await;
    let organisation = add_organisation(&mut tx, "P1").await;
    let first = add_state(&mut tx, organisation, "2026-01-01").await;
    let recorded_in = tx.pending_no("organisation_change");
    let change = tx.next_id().await.expect("a number");
    execute(
        tx.connection(),
        "insert into organisation_change (id, kind, organisation_id, detail, reason, effective_on, recorded_in) values ($1, 'found', $2, '', '', '2026-01-01', $3)",
        [change.into(), organisation.into(), recorded_in.into()],
    )
    .await
    .expect("inserts");
    let founded = tx.commit().await.expect("commits").no;

    let mut tx = world.tx(january(6, 0)).await;
    let no = tx.pending_no("organisation_state");
    execute(tx.connection(), "update organisation_state set superseded_in = $1 where id = $2", [no.into(), first.into()]).await.expect("updates");
    add_state(&mut tx, organisation, "2026-01-02").await;
    let corrected = tx.commit().await.expect("commits").no;

    assert_eq!(world.numbers("select recorded_in from organisation_state order by id").await, [founded, corrected]);
    assert_eq!(world.numbers("select superseded_in from organisation_state where superseded_in is not null").await, [corrected]);
    assert_eq!(world.numbers("select recorded_in from organisation_change").await, [founded]);
}

async fn a_time_never_runs_backwards(world: &World) {
    let other = world.another_process().await;
    for (store, second) in [(&world.store, 100), (&world.store, 50), (&other, 20), (&other, 120), (&world.store, 110)] {
        let mut tx = begin(store, january(5, second)).await;
        tx.record("test.write", "thing", 1, None, json!(null));
        tx.commit().await.expect("commits");
    }
    let times = world.texts("select at from audit order by seq").await;
    assert_eq!(
        times,
        ["2026-01-05T01:01:40.000Z", "2026-01-05T01:01:40.000Z", "2026-01-05T01:01:40.000Z", "2026-01-05T01:02:00.000Z", "2026-01-05T01:02:00.000Z"]
    );
    assert!(times.is_sorted(), "texts sort as instants do");
}

async fn eight_writers_at_once_make_one_chain(world: &World) {
    const COMMITS: i64 = 20;
    let other = world.another_process().await;
    let writers = (0..8).map(|writer| {
        let store = if writer % 2 == 0 { world.store.clone() } else { other.clone() };
        tokio::spawn(async move { write_many(&store, writer, COMMITS).await })
    });
    let writers: Vec<_> = writers.collect();
    let (mut numbers, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for writer in writers {
        for (no, id) in writer.await.expect("no panic") {
            assert!(numbers.insert(no), "commit {no} given twice");
            assert!(ids.insert(id), "id {id} given twice");
        }
    }
    assert_eq!(numbers, (1..=8 * COMMITS).collect(), "commit numbers without gap");
    assert_eq!(world.numbers("select seq from audit order by seq").await, (1..=2 * 8 * COMMITS).collect::<Vec<_>>());
    assert!(world.numbers("select commit_no from audit order by seq").await.is_sorted(), "entries lie in commit order");
    assert_eq!(world.numbers("select count(*) from organisation").await, [8 * COMMITS]);
    let (n_entries, faults) = store::audit::verify(&world.store).await.expect("verifies");
    assert_eq!((n_entries, faults), (2 * 8 * COMMITS.unsigned_abs(), vec![]));
}

async fn write_many(store: &Store, writer: i64, commits: i64) -> Vec<(i64, i64)> {
    let mut done = Vec::new();
    for n in 0..commits {
        let mut tx = begin(store, january(5, 0)).await;
        let id = add_organisation(&mut tx, &format!("P{writer}-{n}")).await;
        tx.record("test.begin", "thing", id, Some(id), json!({ "writer": writer }));
        tokio::task::yield_now().await;
        tx.record("test.end", "thing", id, Some(id), json!({ "writer": writer }));
        done.push((tx.commit().await.expect("commits").no, id));
    }
    done
}

async fn foreign_keys_hold_at_the_end(world: &World) {
    // In any order within the transaction …
    let mut tx = world.tx(january(5, 0)).await;
    let ids = tx.next_ids(2).await.expect("numbers");
    let state = add_state(&mut tx, ids[1], "2026-01-01").await;
    execute(tx.connection(), "insert into organisation (id, code, created_at) values ($1, 'P1', '')", [ids[1].into()]).await.expect("inserts");
    tx.commit().await.expect("commits");
    assert_eq!(world.numbers("select id from organisation_state").await, [state]);
    // … but not dangling at its end.
    let mut tx = world.tx(january(5, 0)).await;
    add_state(&mut tx, 999_999_999, "2026-01-01").await;
    tx.commit().await.expect_err("there is no such organisation");
    // The store goes on after a refused commit.
    let tx = world.tx(january(5, 0)).await;
    assert_eq!(tx.commit().await.expect("commits").no, 2);
}

async fn messages_and_changes_carry_the_number(world: &World) {
    let mut following = world.store.commits();
    world.tx(january(5, 0)).await.commit().await.expect("commits");
    let mut tx = world.tx(january(5, 0)).await;
    tx.send("robot.remind", json!({ "organisation": 7 }));
    tx.send("robot.remind", json!({ "organisation": 8 }));
    tx.changed("organisation", 7, Some(7));
    tx.changed("member", 70, Some(7));
    let no = tx.commit().await.expect("commits").no;
    assert_eq!(world.numbers("select commit_no from outbox order by id").await, [no, no]);
    assert_eq!(world.texts("select payload from outbox order by id").await, [r#"{"organisation":7}"#, r#"{"organisation":8}"#]);
    assert_eq!(world.texts("select source from commit_change where no = 2 order by position").await, ["organisation", "member"]);
    assert_eq!(*following.borrow_and_update(), no);
}

/// Stamping looks at an index that is empty between commits, not at every row.
#[test]
fn stamping_reads_no_whole_table() {
    crate::world::on_sqlite(async |world: &World| {
        assert_eq!(world.store.backend, Backend::Sqlite);
        let tables = world.texts("select name from sqlite_master where type = 'table' and sql like '%superseded_in%'").await;
        for (table, column) in tables.iter().flat_map(|table| [(table, "recorded_in"), (table, "superseded_in")]) {
            let sql = format!("explain query plan update {table} set {column} = 1 where {column} = -5 and {column} < 0");
            let plan = store::query(world.store.reader(), sql, []).await.expect("a plan");
            let plan: String = plan[0].try_get("", "detail").expect("a line");
            assert!(plan.contains("USING") && plan.contains("INDEX"), "{table}.{column}: {plan}: add a partial index on {column} where {column} < 0");
        }
    });
}

async fn add_organisation(tx: &mut store::Tx, code: &str) -> i64 {
    let id = tx.next_id().await.expect("a number");
    execute(tx.connection(), "insert into organisation (id, code, created_at) values ($1, $2, '')", [id.into(), code.into()]).await.expect("inserts");
    id
}

async fn add_state(tx: &mut store::Tx, organisation: i64, from_on: &str) -> i64 {
    let id = tx.next_id().await.expect("a number");
    let recorded_in = tx.pending_no("organisation_state");
    execute(
        tx.connection(),
        "insert into organisation_state (id, organisation_id, name, pinyin, kind, level, field, source, from_on, recorded_in) values ($1, $2, '城关支部', 'chengguan', 'branch', 'branch', 'rural', '', $3, $4)",
        [id.into(), organisation.into(), from_on.into(), recorded_in.into()],
    )
    .await
    .expect("inserts");
    id
}
