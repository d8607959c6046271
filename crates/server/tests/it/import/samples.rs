//! The sample workbooks: clean without a refusal, messy with exactly the expected ones, and what follows from them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use jiff::civil::date;
use office::sheet::{Cell, Limits, read_workbook};
use server::import::{FileReport, OnBad};
use store::jobs::JobState;

use super::world::{World, on_both, samples, workbooks};

on_both! { messy_gives_exactly_the_expected_refusals }

#[tokio::test(flavor = "multi_thread")]
async fn clean_is_imported_without_one_refusal() {
    let Some(world) = World::clean().await else { return };
    let text = std::fs::read_to_string(world.folder.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let lines: Vec<String> = report
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!(
                "{} {} {} {} {} {} {}",
                it["file"].as_str().unwrap(),
                it["kind"].as_str().unwrap(),
                it["rows"],
                it["accepted"],
                it["unchanged"],
                it["updated"],
                it["rejected"].as_array().unwrap().len()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "党组织基本信息.xlsx organisations 549 549 0 0 0",
            "党员基本信息.xlsx members 8967 8967 0 0 0",
            "组织生活记录.xlsx activities 14542 14542 0 0 0",
            "村级集体经济.xlsx village_income 972 972 0 0 0",
        ]
    );
    assert_eq!(world.count("select count(*) from organisation").await, 549);
    assert_eq!(world.count("select count(*) from member").await, 8967);
    assert_eq!(world.count("select count(*) from activity").await, 14542);
    assert_eq!(world.count("select count(*) from unit_income").await, 972);
    assert_eq!(world.count("select count(*) from import_chunk").await, 0, "the staging is empty afterwards");
    // Complete for every branch, and for every kind that the workbook holds.
    assert_eq!(world.count("select count(*) from coverage").await, 518);
    assert_eq!(
        world
            .count("select count(*) from span where kind = 'coverage.activity.theme_day' and from_on = '2025-01-01' and until_on = '2026-01-01'")
            .await,
        518
    );
    assert_eq!(world.count("select count(*) from span where kind = 'coverage.activity.group_meeting'").await, 0);
    let (n_entries, faults) = store::audit::verify(world.app.store()).await.unwrap();
    assert!(n_entries > 9000 && faults.is_empty(), "{n_entries} entries, {faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_scheme_comes_out_to_the_last_digit() {
    let Some(world) = World::clean().await else { return };
    let expected = std::fs::read(samples("clean").unwrap().join("expected-evaluation.csv")).unwrap();
    let out = world.folder.path().join("result.csv");
    server::evaluation::command::evaluate(&world.app, "sample_check", "2025", &out).await.unwrap();
    let found = std::fs::read(&out).unwrap();
    assert!(found == expected, "the result differs from expected-evaluation.csv; compare {} with it", out.display());
    let out = world.folder.path().join("result.json");
    server::evaluation::command::evaluate(&world.app, "sample_check", "2025", &out).await.unwrap();
    let result: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(
        (result["scheme"].as_str(), result["period"].as_str(), result["rows"].as_array().unwrap().len()),
        (Some("sample_check"), Some("2025"), 518)
    );
    let error = server::evaluation::command::evaluate(&world.app, "no_such", "2025", &out).await.unwrap_err();
    assert!(error.downcast_ref::<store::Refusal>().is_some(), "{error:#}");
}

async fn messy_gives_exactly_the_expected_refusals(world: World) {
    let Some(folder) = samples("messy") else { return };
    let (job, reports) = world.import(workbooks(&folder), OnBad::Skip, None).await;
    assert_eq!(job.state, JobState::Done, "{}", job.message);
    let expected = expected(&folder);
    assert_eq!(refused(&reports), expected);
    for report in &reports {
        assert_eq!(report.accepted, report.rows - i64::try_from(report.rejected.len()).unwrap(), "{}", report.file);
    }
    assert_eq!(world.count("select count(*) from member").await, 4972);
    assert_eq!(world.count("select count(*) from activity").await, 8214);
    check_annotated(&world, job.id, &folder, &expected).await;

    // The same again: nothing is doubled, and that is said.
    let facts = world.count("select count(*) from event").await + world.count("select count(*) from span").await;
    let (job, again) = world.import(workbooks(&folder), OnBad::Skip, None).await;
    assert_eq!(job.state, JobState::Done, "{}", job.message);
    assert_eq!(refused(&again), expected);
    for report in &again {
        assert_eq!((report.unchanged, report.updated), (report.accepted, 0), "{}", report.file);
    }
    assert_eq!(world.count("select count(*) from member").await, 4972);
    assert_eq!(world.count("select count(*) from event").await + world.count("select count(*) from span").await, facts);
}

/// Workbook, row, column.
type Refused = BTreeSet<(String, u32, String)>;

fn refused(reports: &[FileReport]) -> Refused {
    let of = |report: &FileReport| {
        let stem = report.file.trim_end_matches(".xlsx").to_owned();
        report.rejected.iter().map(move |line| (stem.clone(), line.row, line.column.clone())).collect::<Vec<_>>()
    };
    reports.iter().flat_map(of).collect()
}

fn expected(folder: &Path) -> Refused {
    let text = std::fs::read_to_string(folder.join("expected-errors.csv")).unwrap();
    let lines = text.trim_start_matches('\u{feff}').lines().skip(1);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.trim_end().split(',').collect();
            (fields[0].to_owned(), fields[1].parse().unwrap(), fields[2].to_owned())
        })
        .collect()
}

/// Every cell of the annotated files is as it was; the refused ones have a comment more.
async fn check_annotated(world: &World, job: i64, folder: &Path, expected: &Refused) {
    for file in server::import::files(&world.app, job).await.unwrap() {
        let annotated = server::import::annotated(&world.app, job, &file).await.unwrap();
        let original = std::fs::read(folder.join(&file.name)).unwrap();
        let n_refused = expected.iter().filter(|(stem, ..)| file.name == format!("{stem}.xlsx")).count();
        if n_refused == 0 {
            assert!(annotated == original, "{} has nothing to mark", file.name);
            continue;
        }
        let cells = |bytes: &[u8]| -> BTreeMap<(usize, u32, usize), Cell> {
            let sheets = read_workbook(bytes, &Limits::default()).unwrap();
            let cell = |sheet: usize, row: office::sheet::Row| {
                row.cells.into_iter().enumerate().map(move |(column, cell)| ((sheet, row.number, column), cell))
            };
            sheets.into_iter().enumerate().flat_map(|(index, sheet)| sheet.rows.into_iter().flat_map(move |row| cell(index, row))).collect()
        };
        assert_eq!(cells(&annotated), cells(&original), "{}", file.name);
        let text = parts(&annotated, "xl/comments");
        assert_eq!(text.matches("<comment ").count(), n_refused, "{}", file.name);
    }
}

/// The text of the parts of a package whose names begin so.
fn parts(package: &[u8], begin: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(package)).unwrap();
    let mut text = String::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        if part.name().is_ok_and(|name| name.starts_with(begin)) {
            std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn abort_writes_nothing() {
    let Some(folder) = samples("messy") else { return };
    let world = World::new().await;
    let (job, reports) = world.import(workbooks(&folder), OnBad::Abort, Some(2025)).await;
    assert_eq!((job.state, job.message.as_str()), (JobState::Failed, "有 78 行不能收，一行也没有写入。请照清单改正后再导入。"));
    assert_eq!(refused(&reports), expected(&folder));
    assert!(reports.iter().all(|report| report.accepted == 0));
    for table in ["organisation", "member", "activity", "unit", "event", "span", "coverage", "import_chunk"] {
        assert_eq!(world.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
}

/// After the import, and after changing a hundred members, no identity or telephone number stands in any file in clear.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_stand_nowhere_in_clear() {
    let Some(world) = World::clean().await else { return };
    let numbers = numbers_of(&samples("clean").unwrap());
    assert!(numbers.len() > 17_000, "{}", numbers.len());
    let console = world.console();
    let mut changed = Vec::new();
    let branch = world.app.directory().by_code("P330802005001").unwrap().id;
    for number in numbers.iter().filter(|number| number.len() == 18).take(100) {
        changed.push(server::member::NewMember {
            name: "马小和".to_owned(),
            id_number: number.clone(),
            telephone: Some(format!("1990000{}", &number[14..18].replace('X', "0"))),
            category: "正式党员".to_owned(),
            branch,
            status: "正常".to_owned(),
            source: "名册更正".to_owned(),
            ..server::member::NewMember::default()
        });
    }
    let fresh: Vec<String> = changed.iter().filter_map(|it| it.telephone.clone()).collect();
    let mut tx = world.app.begin(&console, world.app.now()).await.unwrap();
    let answers = server::member::update_all(&world.app, &mut tx, &console, changed, date(2026, 11, 1)).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    tx.commit().await.unwrap();
    // One import left in the middle, its rows in staging.
    let request = server::import::Request { asks: true, is_console: true, ..Default::default() };
    let id = world.enqueue(workbooks(&samples("messy").unwrap()), &request).await;
    assert_eq!(server::jobs::run_one(&world.app, id).await.unwrap().state, JobState::Asking);
    assert!(world.count("select count(*) from import_chunk").await > 0);
    let all: HashSet<String> = numbers.into_iter().chain(fresh).chain(numbers_of(&samples("messy").unwrap())).collect();
    let mut n_bytes = 0;
    search(world.folder.path(), &all, &mut n_bytes);
    assert!(n_bytes > 20_000_000, "only {n_bytes} bytes were searched");
}

/// Identity and telephone numbers of the rosters.
fn numbers_of(folder: &Path) -> HashSet<String> {
    let mut numbers = HashSet::new();
    for sent in workbooks(folder) {
        for sheet in read_workbook(&sent.bytes, &Limits::default()).unwrap() {
            for cell in sheet.rows.into_iter().flat_map(|row| row.cells) {
                if let Cell::Text(text) = cell
                    && (text.len() == 18 && text.starts_with("990101")
                        || text.len() == 11 && text.starts_with("199") && text.bytes().all(|b| b.is_ascii_digit()))
                {
                    numbers.insert(text);
                }
            }
        }
    }
    numbers
}

fn search(folder: &Path, numbers: &HashSet<String>, n_bytes: &mut usize) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, numbers, n_bytes);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        *n_bytes += bytes.len();
        for length in [11, 18] {
            for window in bytes.windows(length).filter(|window| window[..11].iter().all(u8::is_ascii_digit)) {
                let text = std::str::from_utf8(window).unwrap_or_default();
                assert!(!numbers.contains(text), "{} holds {}…", path.display(), &text[..6]);
            }
        }
    }
}
