//! A copy while others write.

use serde_json::json;
use store::Store;

use crate::world::{World, below, january};

#[test]
fn a_copy_opens_with_the_same_keys() {
    crate::world::on_sqlite(async |world: &World| {
        let mut tx = world.tx(january(5, 0)).await;
        tx.record("test.write", "thing", 1, None, json!(null));
        tx.commit().await.expect("commits");
        // A transaction that is open meanwhile is not in it, and does not hold it up.
        let mut open = world.tx(january(5, 1)).await;
        open.record("test.write", "thing", 2, None, json!(null));
        let copy = below(world, "copy.sqlite");
        world.store.backup(&copy).await.expect("copies");
        open.commit().await.expect("commits");

        let copied = Store::open(&format!("sqlite:{}", copy.display()), world.dir()).await.expect("opens");
        assert_eq!(copied.head().await.expect("reads"), 1);
        let again = world.store.backup(&copy).await.expect_err("is there already").to_string();
        assert!(again.ends_with("已经存在，请换一个文件名"), "{again}");
    });
}

#[test]
fn postgres_has_tools_of_its_own() {
    crate::world::on_postgres(async |world: &World| {
        let told = world.store.backup(&below(world, "copy.sqlite")).await.expect_err("not here").to_string();
        assert_eq!(told, "PostgreSQL 请用 pg_dump 备份");
    });
}
