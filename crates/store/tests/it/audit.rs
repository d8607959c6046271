//! The audit chain tells of every manipulation, and where.

use serde_json::json;
use store::audit::{Fault, keep_head, verify};

use crate::world::{World, january};

on_both! {
    an_untouched_chain_is_clean,
    one_byte_changed,
    one_entry_deleted,
    two_entries_swapped,
    the_last_ten_cut,
    the_last_ten_cut_and_the_head_put_back,
    everything_cut_and_the_head_put_back,
    entries_added_behind_the_head,
    the_whole_chain_recomputed_without_the_key,
    a_chain_that_grows_meanwhile_is_clean,
}

async fn an_untouched_chain_is_clean(world: &World) {
    write_forty(world).await;
    assert_eq!(verify(&world.store).await.expect("verifies"), (40, vec![]));
    // A head is kept once, however often it is asked for.
    keep_head(&world.store).await.expect("keeps");
    keep_head(&world.store).await.expect("keeps");
    let kept = std::fs::read_to_string(world.dir().join("logs/audit-heads.log")).expect("a file");
    assert_eq!(kept.lines().count(), 2, "{kept}");
    assert_eq!(verify(&world.store).await.expect("verifies"), (40, vec![]));
}

async fn one_byte_changed(world: &World) {
    write_forty(world).await;
    for (change, back) in [
        ("detail = replace(detail, '17', '18')", "detail = replace(detail, '18', '17')"),
        ("at = replace(at, '2026', '2025')", "at = replace(at, '2025', '2026')"),
        ("post = '别人'", "post = '本机命令行'"),
        ("operation = 'test.Write'", "operation = 'test.write'"),
        ("subject = 'thinG'", "subject = 'thing'"),
        ("subject_id = subject_id + 1", "subject_id = subject_id - 1"),
        ("actor_id = 1", "actor_id = null"),
        ("organisation_id = 8", "organisation_id = 7"),
        ("organisation_id = null", "organisation_id = 7"),
        ("commit_no = commit_no - 1", "commit_no = commit_no + 1"),
    ] {
        world.tamper(&format!("update audit set {change} where seq = 17")).await;
        assert_eq!(faults(world).await, ["17 第 17 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的"], "{change}");
        world.tamper(&format!("update audit set {back} where seq = 17")).await;
        assert_eq!(faults(world).await, [""; 0], "{back}");
    }
    world.tamper("update audit set mac = replace(mac, 'a', 'b') where seq = 17").await;
    assert_eq!(faults(world).await, ["17 第 17 条至第 18 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的"]);
}

async fn one_entry_deleted(world: &World) {
    write_forty(world).await;
    world.tamper("delete from audit where seq = 12").await;
    assert_eq!(faults(world).await, ["12 第 12 条至第 12 条不见了", "13 第 13 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的"]);
    // Closing the gap in the numbers does not help.
    world.tamper("update audit set seq = -seq where seq > 12").await;
    world.tamper("update audit set seq = -seq - 1 where seq < 0").await;
    let told = faults(world).await;
    assert!(told[0].starts_with("12 "), "{told:?}");
}

async fn two_entries_swapped(world: &World) {
    write_forty(world).await;
    for sql in ["update audit set seq = -12 where seq = 12", "update audit set seq = 12 where seq = 30", "update audit set seq = 30 where seq = -12"]
    {
        world.tamper(sql).await;
    }
    let told = faults(world).await;
    assert_eq!(
        told,
        [
            "12 第 12 条至第 13 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的",
            "30 第 30 条至第 31 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的"
        ]
    );
}

async fn the_last_ten_cut(world: &World) {
    write_forty(world).await;
    world.tamper("delete from audit where seq > 30").await;
    assert_eq!(faults(world).await, ["31 链头记着 40 条，库里只到第 30 条：末尾被截去", "40 另存的链头记着第 40 条，库里只到第 30 条：末尾被截去"]);
}

async fn the_last_ten_cut_and_the_head_put_back(world: &World) {
    write_forty(world).await;
    world.tamper("delete from audit where seq > 30").await;
    world.tamper("update commit_head set audit_seq = 30, no = 15, audit_mac = (select mac from audit where seq = 30)").await;
    assert_eq!(faults(world).await, ["40 另存的链头记着第 40 条，库里只到第 30 条：末尾被截去"]);
    // Writing on from there does not cover it.
    for n in 0..10 {
        write(world, 100 + n).await;
    }
    assert_eq!(faults(world).await, ["40 第 40 条与另存的链头不一致：此前的记录被重写过"]);
}

async fn everything_cut_and_the_head_put_back(world: &World) {
    write_forty(world).await;
    world.tamper("delete from audit").await;
    world.tamper("update commit_head set audit_seq = 0, no = 0, audit_mac = ''").await;
    let told = faults(world).await;
    assert_eq!(told.last().map(String::as_str), Some("40 另存的链头记着第 40 条，库里只到第 0 条：末尾被截去"));
}

async fn entries_added_behind_the_head(world: &World) {
    write_forty(world).await;
    world.tamper("insert into audit select 41, commit_no, at, actor_id, post, operation, subject, subject_id, organisation_id, detail, mac from audit where seq = 40").await;
    let told = faults(world).await;
    assert!(told.iter().any(|fault| fault == "41 链头只记着 40 条，库里却有 41 条：末尾是添上去的"), "{told:?}");
}

async fn the_whole_chain_recomputed_without_the_key(world: &World) {
    write_forty(world).await;
    let clean_heads = world.dir().join("logs/audit-heads.log");
    // The same history written under another key is what a forger can make.
    let forged = forged_macs().await;
    world.tamper("update audit set detail = replace(detail, '5', '6')").await;
    for (seq, mac) in (1..).zip(&forged) {
        world.tamper(&format!("update audit set mac = '{mac}' where seq = {seq}")).await;
    }
    world.tamper(&format!("update commit_head set audit_mac = '{}'", forged[39])).await;
    let told = faults(world).await;
    assert!(told.contains(&"1 第 1 条至第 40 条与前一条对不上：内容、次序被改动，或不是用本库密钥写的".to_owned()), "{told:?}");
    assert!(told.contains(&"40 第 40 条与另存的链头不一致：此前的记录被重写过".to_owned()), "{told:?}");
    std::fs::remove_file(clean_heads).expect("removes");
    assert_eq!(faults(world).await.len(), 1, "told without the kept heads too");
}

async fn forged_macs() -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("forger.sqlite").display());
    let forger = store::Store::open(&url, folder.path()).await.expect("opens");
    for n in 0..20 {
        write_to(&forger, n).await;
    }
    let rows = store::query(forger.reader(), "select mac from audit order by seq", []).await.expect("reads");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

async fn a_chain_that_grows_meanwhile_is_clean(world: &World) {
    write_forty(world).await;
    let store = world.store.clone();
    let writer = tokio::spawn(async move {
        for n in 0..40 {
            write_to(&store, 100 + n).await;
        }
    });
    while !writer.is_finished() {
        assert_eq!(verify(&world.store).await.expect("verifies").1, []);
        keep_head(&world.store).await.expect("keeps");
    }
    writer.await.expect("no panic");
    assert_eq!(verify(&world.store).await.expect("verifies"), (120, vec![]));
}

/// Twenty commits of two entries; the heads after 20 and 40 are kept.
async fn write_forty(world: &World) {
    for n in 0..20 {
        write(world, n).await;
        if n == 9 || n == 19 {
            keep_head(&world.store).await.expect("keeps");
        }
    }
}

async fn write(world: &World, n: i32) {
    write_to(&world.store, n).await;
}

async fn write_to(store: &store::Store, n: i32) {
    let mut tx = crate::world::begin(store, january(5, n)).await;
    for entry in [2 * n + 1, 2 * n + 2] {
        tx.record("test.write", "thing", entry.into(), Some(7), json!({ "entry": entry, "of": 175 }));
    }
    tx.commit().await.expect("commits");
}

async fn faults(world: &World) -> Vec<String> {
    let (_, faults) = verify(&world.store).await.expect("verifies");
    faults.into_iter().map(|Fault { seq, message }| format!("{seq} {message}")).collect()
}
