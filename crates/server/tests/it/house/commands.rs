//! Commands on the server itself.

use axum::http::StatusCode;
use server::app::{App, Settings};
use server::commands::{FirstAccount, create_first};
use server::facts::rebuild::{Differences, rebuild};
use store::{Store, execute, query};

use super::house;
use crate::visitor::Visitor;

#[tokio::test]
async fn an_empty_database_gets_its_first_administrator() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", dir.path().join("jishi.sqlite").display()), dir.path()).await.unwrap();
    let app = App::new(store, server::rooms::embedded_policies().unwrap(), Settings::default(), &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(app.clone()));
    let mut new = FirstAccount {
        login: "guanli".to_owned(),
        name: "段学军".to_owned(),
        role: "administrator".to_owned(),
        organisation: None,
        organisation_name: None,
        ask_password: false,
    };
    let empty = create_first(&app, &new, "guanli-2026".to_owned()).await.unwrap_err();
    assert!(empty.to_string().contains("库里还没有党组织"), "{empty}");
    new.organisation = Some("P9901".to_owned());
    assert!(create_first(&app, &new, "guanli-2026".to_owned()).await.unwrap_err().to_string().contains("--organisation-name"));
    new.organisation_name = Some("中共云岭市委员会".to_owned());
    new.role = "king".to_owned();
    assert!(create_first(&app, &new, "guanli-2026".to_owned()).await.unwrap_err().to_string().contains("administrator（信息中心管理员）"));
    new.role = "administrator".to_owned();
    assert_eq!(create_first(&app, &new, "guanli-2026".to_owned()).await.unwrap(), "中共云岭市委员会 · 信息中心管理员");
    let mut visitor = Visitor::of(&app, "guanli", "guanli-2026").await;
    assert_eq!(visitor.get("/accounts").await.is(StatusCode::SEE_OTHER).location, "/me/security");
}

#[tokio::test]
async fn facts_follow_from_the_records_and_are_put_right() {
    let house = house().await;
    let app = &house.app;
    let rebuilt = rebuild(app, &house.console(), app.now(), Differences::Replaced).await.unwrap();
    assert!(rebuilt.iter().all(|source| source.differing.is_empty()), "{rebuilt:?}");
    let of = |name: &str| rebuilt.iter().find(|source| source.source == name).unwrap().clone();
    assert_eq!(of("organisation").n_records, 8);
    assert!(of("organisation").n_facts > 0);
    let before = facts(app).await;
    let branch = house.org("P990101001001");
    execute(app.store().reader(), "delete from span where source = 'organisation' and source_id = $1", [branch.into()]).await.unwrap();
    execute(app.store().reader(), "insert into event (id, source, source_id, organisation_id, day, kind, quantity, subject_id, flags) values (999001, 'activity', 999999, $1, '2026-01-01', 'activity.general_meeting', 1, 0, 0)", [branch.into()]).await.unwrap();
    let rebuilt = rebuild(app, &house.console(), app.now(), Differences::Replaced).await.unwrap();
    let of = |name: &str| rebuilt.iter().find(|source| source.source == name).unwrap().differing.clone();
    assert_eq!((of("organisation"), of("activity"), of("member")), (vec![branch], vec![999_999], Vec::new()));
    assert_eq!(facts(app).await, before);
    assert!(rebuild(app, &house.console(), app.now(), Differences::Replaced).await.unwrap().iter().all(|source| source.differing.is_empty()));
}

#[tokio::test]
async fn the_doctor_finds_what_was_broken_and_changes_nothing() {
    let house = house().await;
    let app = &house.app;
    let mut tx = house.begin().await;
    let sm3 = server::files::put(app, b"kept".to_vec()).await.unwrap();
    server::files::name(&mut tx, &sm3, "方案.docx", server::files::ATTACHED, 4).await.unwrap();
    tx.commit().await.unwrap();
    store::audit::keep_head(app.store()).await.unwrap();
    let faults = async || server::doctor::look(app).await.unwrap().into_iter().map(|it| it.faults).collect::<Vec<_>>();
    assert_eq!(faults().await, vec![Vec::<String>::new(); 5]);

    let branch = house.org("P990101001001");
    let reader = app.store().reader();
    execute(reader, "update audit set operation = 'x' where seq = 2", []).await.unwrap();
    execute(reader, "delete from organisation_path where descendant_id = $1 and ancestor_id <> $1", [branch.into()]).await.unwrap();
    execute(reader, "delete from span where source = 'organisation' and source_id = $1", [branch.into()]).await.unwrap();
    std::fs::remove_file(app.store().dir.join("files").join(&sm3[..2]).join(&sm3[2..])).unwrap();
    let before = facts(app).await;
    let found = faults().await;
    assert_eq!(found[0], Vec::<String>::new());
    assert!(found[1].iter().any(|fault| fault.contains('2')), "{found:?}");
    assert_eq!(found[2], ["松林村党支部（P990101001001）的上级路径与组织树不一致"]);
    assert_eq!(found[3], ["党组织：1 条记录的事实与记录不一致"]);
    assert_eq!(found[4], ["附件“方案.docx”读不出来：文件缺失、被改动或者密钥不对"]);
    assert_eq!(facts(app).await, before);
}

async fn facts(app: &App) -> Vec<String> {
    let rows = query(app.store().reader(), "select source || ' ' || source_id || ' ' || kind || ' ' || from_on as t from span union all select source || ' ' || source_id || ' ' || kind || ' ' || day from event order by 1", []).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[test]
fn the_packs_are_sound_and_explained() {
    let policies = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    assert!(server::commands::check_policies(Some(policies.as_ref())).unwrap());
    assert!(server::commands::explain_policy("indicator.general_meeting", Some(policies.as_ref())).unwrap());
    assert!(!server::commands::explain_policy("indicator.nothing_like_it", Some(policies.as_ref())).unwrap());
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("city")).unwrap();
    std::fs::write(dir.path().join("city/broken.toml"), "[indicator.x]\nnam = \"x\"\n").unwrap();
    assert!(!server::commands::check_policies(Some(dir.path())).unwrap());
}
