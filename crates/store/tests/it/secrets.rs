//! Keys belong to one database; sealed texts belong to one place.

use store::{Store, StoreError, execute, query};

use crate::world::{World, january};

on_both! { another_master_key_is_refused, a_lost_master_key_is_named, a_sealed_field_stays_in_its_row, two_processes_start_at_once }

async fn another_master_key_is_refused(world: &World) {
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(elsewhere.path().join("keys")).expect("a folder");
    std::fs::write(elsewhere.path().join("keys/master.key"), "00112233445566778899aabbccddeeff").expect("writes");
    let told = trouble(&world.url, elsewhere.path()).await;
    assert_eq!(
        told,
        "数据库里的数据密钥解不开：主密钥（keys/master.key 或 JISHI_MASTER_KEY）不是建库时的那一把: 密文校验不通过：内容被改动、移位，或不是用这把密钥加密的"
    );
    std::fs::write(elsewhere.path().join("keys/master.key"), "00112233").expect("writes");
    assert_eq!(trouble(&world.url, elsewhere.path()).await, "主密钥应是 32 位十六进制数");
    std::fs::write(elsewhere.path().join("keys/master.key"), "不是密钥").expect("writes");
    assert_eq!(trouble(&world.url, elsewhere.path()).await, "主密钥应是 32 位十六进制数");
}

async fn a_lost_master_key_is_named(world: &World) {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let told = trouble(&world.url, elsewhere.path()).await;
    assert!(told.starts_with("找不到主密钥：数据库已有数据密钥，请把建库时的 keys/master.key 放回"), "{told}");
    assert!(!elsewhere.path().join("keys/master.key").exists(), "no new key is put in its place");
}

async fn trouble(url: &str, dir: &std::path::Path) -> String {
    match Store::open(url, dir).await {
        Ok(_) => panic!("opens with a key that is not its own"),
        Err(error) => format!("{error:#}"),
    }
}

async fn a_sealed_field_stays_in_its_row(world: &World) {
    let keys = &world.store.keys;
    let tx = world.tx(january(5, 0)).await;
    for (id, name, number) in [(1, "李秀英", "990101194007299404"), (2, "王建国", "990101195512100012")] {
        add_member(&tx, id, name, number).await.expect("inserts");
    }
    tx.commit().await.expect("commits");
    assert_eq!(unsealed(world, 1).await.expect("opens"), "990101194007299404");
    // Another process has the same keys.
    let other = world.another_process().await;
    assert_eq!(other.keys.blind_index("member.id_number", "990101194007299404"), keys.blind_index("member.id_number", "990101194007299404"));
    // Moved to another row it does not open.
    world.tamper("update member set id_number = (select id_number from member where id = 2) where id = 1").await;
    let told = unsealed(world, 1).await.expect_err("it was moved").to_string();
    assert_eq!(told, "密文校验不通过：内容被改动、移位，或不是用这把密钥加密的");
    // The same number twice is told by the database, which does not know it.
    let tx = world.tx(january(5, 0)).await;
    add_member(&tx, 3, "李秀英", "990101194007299404").await.expect_err("is there already");
}

async fn add_member(tx: &store::Tx, id: i64, name: &str, number: &str) -> Result<(), StoreError> {
    let keys = tx.keys();
    let sealed = keys.seal("member.id_number", id, number);
    let index = keys.blind_index("member.id_number", number);
    let last4 = keys.blind_index("member.id_number.last4", &number[number.len() - 4..]);
    execute(
        tx.connection(),
        "insert into member (id, name, pinyin, sex, ethnicity, id_number, id_number_index, id_number_last4, category, is_mobile, status, source, created_at, updated_at) values ($1, $2, '', 'female', '汉族', $3, $4, $5, 'full', false, 'normal', '', '', '')",
        [id.into(), name.into(), sealed.into(), index.into(), last4.into()],
    )
    .await?;
    Ok(())
}

async fn unsealed(world: &World, id: i64) -> anyhow::Result<String> {
    let rows = query(world.store.reader(), "select id_number from member where id = $1", [id.into()]).await?;
    let sealed: Vec<u8> = rows[0].try_get_by_index(0)?;
    world.store.keys.unseal("member.id_number", id, &sealed)
}

async fn two_processes_start_at_once(world: &World) {
    // The tables are there already on one of the two databases; the keys and the numbers are what they must agree on.
    let (one, two) = tokio::join!(world.another_process(), world.another_process());
    assert_eq!(one.keys.blind_index("x", "y"), two.keys.blind_index("x", "y"));
}

#[test]
fn two_processes_start_at_once_on_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    open_twice(&format!("sqlite:{}", folder.path().join("jishi.sqlite").display()));
    if let Some(database) = crate::world::PostgresDatabase::empty() {
        open_twice(&database.url());
    }
}

fn open_twice(url: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    crate::world::runtime().block_on(async {
        let (one, two) = tokio::join!(Store::open(url, folder.path()), Store::open(url, folder.path()));
        let (one, two) = (one.expect("opens"), two.expect("opens"));
        assert_eq!(one.keys.blind_index("x", "y"), two.keys.blind_index("x", "y"));
        assert_eq!(std::fs::read_dir(folder.path().join("keys")).expect("a folder").count(), 1, "drafts of the key are gone");
    });
}
