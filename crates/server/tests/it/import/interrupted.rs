//! An import that is stopped anywhere goes on where it was and ends as if it had not been.

use std::collections::BTreeMap;
use std::time::Duration;

use server::app::App;
use server::import::command::{self, Order};
use server::import::{OnBad, Request, Sent};
use store::jobs::{self, JobState};
use store::query;

use super::world::{World, on_both, samples, workbooks};

on_both! { a_stopped_import_ends_like_one_that_was_not }

async fn a_stopped_import_ends_like_one_that_was_not(world: World) {
    let Some(folder) = samples("messy") else { return };
    let request = Request { complete: Some(2025), is_console: true, ..Request::default() };
    let id = world.enqueue(workbooks(&folder), &request).await;
    let mut n_stops = 0;
    let mut furthest = 0;
    for attempt in 1_u64.. {
        assert!(attempt < 500, "it does not come to an end");
        // As after a kill: nobody runs it, and its lease need not be waited for.
        jobs::relieve(world.app.store(), |_| true).await.unwrap();
        let app = world.app.clone();
        let run = tokio::spawn(async move { server::jobs::run_one(&app, id).await });
        // Ever longer, so that it comes to an end on any machine; never at the same places.
        tokio::time::sleep(Duration::from_millis(attempt * 37 % 1000 + attempt * 40)).await;
        run.abort();
        let _ = run.await;
        let job = jobs::find(world.app.store(), id).await.unwrap().unwrap();
        // What was said to be written is written.
        if job.step == "apply" {
            let written = written(&world.app, id).await;
            assert_eq!(job.n_done, written, "stop {attempt}");
            assert!(written >= furthest);
            furthest = written;
        }
        if job.state == JobState::Done {
            break;
        }
        n_stops += 1;
    }
    println!("stopped {n_stops} times");
    assert!(n_stops > 5);
    let whole = World::new().await;
    let (job, _) = whole.import(workbooks(&folder), request.on_bad, request.complete).await;
    assert_eq!(job.state, JobState::Done);
    let (one, other) = (content(&world.app).await, content(&whole.app).await);
    for (name, lines) in &one {
        assert_eq!(lines.len(), other[name].len(), "{name}");
        let differing = lines.iter().zip(&other[name]).find(|(a, b)| a != b);
        assert!(differing.is_none(), "{name}: {differing:?}");
    }
    let (_, faults) = store::audit::verify(world.app.store()).await.unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Rows written so far, as the database has them.
async fn written(app: &App, job: i64) -> i64 {
    let sql = "select coalesce(sum(n_created + n_updated + n_unchanged + n_kept + n_refused), 0) from import_sheet where job_id = $1";
    // SQLite and PostgreSQL give sums back as different types.
    let rows = query(app.store().reader(), format!("select cast(({sql}) as bigint)"), [job.into()]).await.unwrap();
    rows[0].try_get_by_index(0).unwrap()
}

/// Everything that the import made, without the numbers that rows happen to have.
async fn content(app: &App) -> BTreeMap<&'static str, Vec<String>> {
    let questions = [
        (
            "organisations",
            "select o.code || '|' || s.name || '|' || s.kind || '|' || s.field || '|' || s.level || '|' || s.from_on || '|' || coalesce(p.code, '') from organisation o join organisation_state s on s.organisation_id = o.id left join organisation p on p.id = s.parent_id where s.superseded_in is null",
        ),
        (
            "paths",
            "select a.code || '|' || d.code || '|' || p.from_on || '|' || p.depth from organisation_path p join organisation a on a.id = p.ancestor_id join organisation d on d.id = p.descendant_id",
        ),
        (
            "posts",
            "select o.code || '|' || h.post || '|' || h.name || '|' || h.from_on from post_holding h join organisation o on o.id = h.organisation_id where h.superseded_in is null",
        ),
        (
            "terms",
            "select o.code || '|' || t.elected_on || '|' || t.term_years from organisation_term t join organisation o on o.id = t.organisation_id where t.superseded_in is null",
        ),
        (
            "members",
            "select m.name || '|' || m.sex || '|' || m.joined_on || '|' || coalesce(m.full_on, '') || '|' || m.category || '|' || m.status || '|' || o.code || '|' || a.from_on from member m join affiliation a on a.member_id = m.id join organisation o on o.id = a.organisation_id where a.superseded_in is null",
        ),
        (
            "activities",
            "select o.code || '|' || a.kind || '|' || a.held_on || '|' || a.topic || '|' || a.n_eligible || '|' || a.n_present || '|' || a.minutes || '|' || a.entered_on from activity a join organisation o on o.id = a.organisation_id",
        ),
        (
            "income",
            "select u.code || '|' || u.name || '|' || i.year || '|' || i.operating_fen || '|' || i.total_fen from unit_income i join unit u on u.id = i.unit_id",
        ),
        (
            "events",
            "select e.source || '|' || o.code || '|' || e.day || '|' || e.kind || '|' || e.quantity || '|' || e.flags from event e join organisation o on o.id = e.organisation_id",
        ),
        (
            "spans",
            "select s.source || '|' || o.code || '|' || s.kind || '|' || s.from_on || '|' || coalesce(s.until_on, '') || '|' || s.quantity from span s join organisation o on o.id = s.organisation_id",
        ),
        (
            "coverage",
            "select o.code || '|' || c.kinds || '|' || c.from_on || '|' || c.until_on from coverage c join organisation o on o.id = c.organisation_id",
        ),
        (
            "sheets",
            "select s.name || '|' || s.kind || '|' || s.n_rows || '|' || s.n_created || '|' || s.n_updated || '|' || s.n_unchanged || '|' || s.n_kept || '|' || s.n_refused from import_sheet s",
        ),
        (
            "notes",
            "select s.name || '|' || n.level || '|' || n.kind || '|' || n.row_no || '|' || n.heading || '|' || n.value || '|' || n.message from import_note n join import_sheet s on s.id = n.sheet_id",
        ),
    ];
    let mut content = BTreeMap::new();
    for (name, sql) in questions {
        let rows = query(app.store().reader(), sql, []).await.unwrap();
        let mut lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        lines.sort();
        assert!(!lines.is_empty(), "{name}");
        content.insert(name, lines);
    }
    let keys = &app.store().keys;
    let rows = query(app.store().reader(), "select id, id_number, telephone from member", []).await.unwrap();
    let mut numbers: Vec<String> = rows
        .iter()
        .map(|row| {
            let (id, number, telephone): (i64, Vec<u8>, Option<Vec<u8>>) =
                (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap(), row.try_get_by_index(2).unwrap());
            let telephone = telephone.map(|sealed| keys.unseal("member.telephone", id, &sealed).unwrap());
            format!("{}|{telephone:?}", keys.unseal("member.id_number", id, &number).unwrap())
        })
        .collect();
    numbers.sort();
    content.insert("numbers", numbers);
    content
}

/// What the command line says of these files.
fn order(files: &[std::path::PathBuf]) -> Order {
    Order { files: files.to_vec(), on_bad: OnBad::Skip, complete: None, report: None, annotated: None }
}

/// Imports of the command line that were stopped: the same one goes on, another's is ended before the next begins.
#[tokio::test]
async fn a_stopped_command_goes_on_and_never_comes_after_the_next() {
    let Some(folder) = samples("clean") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "xlsx")).collect();
    files.sort();
    let world = World::new().await;
    let sent =
        |path: &std::path::PathBuf| Sent { name: path.file_name().unwrap().to_string_lossy().into_owned(), bytes: std::fs::read(path).unwrap() };
    let request = Request { is_console: true, ..Request::default() };
    let stopped = world.enqueue(files.iter().map(sent).collect(), &request).await;
    assert!(command::import(&world.app, order(&files)).await.unwrap());
    assert_eq!(world.count("select count(*) from job where kind = 'import'").await, 1);
    assert_eq!(jobs::find(world.app.store(), stopped).await.unwrap().unwrap().state, JobState::Done);

    let stopped = world.enqueue(vec![sent(&files[0])], &request).await;
    assert!(command::import(&world.app, order(&files[1..2])).await.unwrap());
    assert_eq!(world.count("select count(*) from job where kind = 'import' and state = 'done'").await, 3);
    let newer = world.count("select max(id) from job where kind = 'import'").await;
    let written = |id: i64| format!("select min(seq) from audit where operation = 'import.finish' and subject_id = {id}");
    assert!(world.count(&written(stopped)).await < world.count(&written(newer)).await);
    // Nothing is written over the files that came.
    let beside = Order { annotated: Some(folder), ..order(&files[..1]) };
    assert!(command::import(&world.app, beside).await.unwrap_err().to_string().contains("会盖掉"));
    let ahead = Order { complete: Some(2099), ..order(&files[..1]) };
    assert!(command::import(&world.app, ahead).await.unwrap_err().to_string().contains("--complete"));
}

#[tokio::test]
async fn files_that_nothing_names_go_after_a_day() {
    let world = World::new().await;
    let app = &world.app;
    let unnamed = server::files::put(app, b"unnamed".to_vec()).await.unwrap();
    let fresh = server::files::put(app, b"fresh".to_vec()).await.unwrap();
    let named = server::files::put(app, b"named".to_vec()).await.unwrap();
    let mut tx = app.begin(&world.console(), app.now()).await.unwrap();
    server::files::name(&mut tx, &named, "a.txt", "text/plain", 5).await.unwrap();
    tx.commit().await.unwrap();
    for sm3 in [&unnamed, &named] {
        let path = app.store().dir.join("files").join(&sm3[..2]).join(&sm3[2..]);
        let file = std::fs::File::options().append(true).open(path).unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - Duration::from_secs(25 * 60 * 60)).unwrap();
    }
    assert_eq!(server::files::sweep(app).await.unwrap(), 1);
    assert!(server::files::get(app, &unnamed).await.is_err());
    assert_eq!(server::files::get(app, &fresh).await.unwrap(), b"fresh");
    assert_eq!(server::files::get(app, &named).await.unwrap(), b"named");
}

/// The data keys are changed under a running process: what is sealed is sealed again, and everybody goes on reading.
#[tokio::test]
async fn keys_are_changed_while_others_read() {
    let Some(world) = World::clean().await else { return };
    let app = &world.app;
    let other = server::serve::open(&world.url(), world.folder.path(), None, server::app::Settings::default(), app.now()).await.unwrap();
    tokio::spawn(server::follow::run(other.clone()));
    let numbers = |app: &App| {
        let app = app.clone();
        async move {
            let rows = query(app.store().reader(), "select id, id_number from member order by id", []).await.unwrap();
            let plain = |row: &sea_orm::QueryResult| {
                let (id, sealed): (i64, Vec<u8>) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
                (sealed[0], app.store().keys.unseal("member.id_number", id, &sealed).unwrap())
            };
            rows.iter().map(plain).collect::<Vec<(u8, String)>>()
        }
    };
    let before = numbers(app).await;
    assert!(before.len() > 1_000 && before.iter().all(|(key, _)| *key == 1));
    let sm3: String = query(app.store().reader(), "select sm3 from stored_file order by id", []).await.unwrap()[0].try_get_by_index(0).unwrap();
    let file = server::files::get(app, &sm3).await.unwrap();

    let mut tx = app.begin(&world.console(), app.now()).await.unwrap();
    let job = server::keys::begin(&mut tx, &world.console()).await.unwrap();
    tx.commit().await.unwrap();
    let ended = server::jobs::run_one(app, job).await.unwrap();
    assert_eq!((ended.state, ended.message.as_str()), (JobState::Done, ""));
    for process in [app, &other] {
        let after = numbers(process).await;
        assert!(after.iter().all(|(key, _)| *key == 2));
        assert!(after.iter().map(|(_, number)| number).eq(before.iter().map(|(_, number)| number)));
        assert_eq!(server::files::get(process, &sm3).await.unwrap(), file);
        assert_eq!(process.store().keys.current_field_key(), 2);
    }
    let older = "select (select count(*) from member where substr(telephone, 1, 1) <> x'02') + (select count(*) from post_holding where substr(telephone, 1, 1) <> x'02')";
    assert_eq!(world.count(older).await, 0);
    let (_, faults) = store::audit::verify(app.store()).await.unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}
