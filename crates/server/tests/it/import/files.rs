//! Files that cannot be read get a sentence; small workbooks show what happens to single rows.

use office::sheet::{Column, ColumnKind, Table, Value, write_workbook};
use server::import::{OnBad, Request, Sent};
use store::jobs::JobState;

use super::world::World;

pub fn workbook(name: &str, text: &str) -> Sent {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let columns = lines.next().unwrap().into_iter().map(|heading| Column::new(heading, ColumnKind::Text)).collect();
    let rows = lines.map(|line| line.into_iter().map(Value::text).collect()).collect();
    Sent { name: name.to_owned(), bytes: write_workbook(&[Table { name: "表".to_owned(), title: None, columns, rows }]).unwrap() }
}

pub fn city() -> Sent {
    workbook(
        "党组织.xlsx",
        "组织编码|党组织全称|党组织类别|上级党组织编码|所属领域|建立日期|书记姓名|最近换届日期|任期（年）|行政区划代码
         P990101001001|松林村党支部|党支部|P990101001|农村|1998-05-01|马春和|2023-04-07|5|990101001001
         P990101001002|上河村党支部|党支部|P990101001|农村|1999-05-01|段学军|2023-04-07|5|990101001002
         P9901|中共云岭市委员会|党委||机关|1950-01-01||||9901
         P990101|中共青屏县委员会|党委|P9901|机关|1950-01-01||||990101
         P990101001|中共青石镇委员会|党委|P990101|农村|1950-01-01||||990101001
         P990101002|中共白水镇委员会|党委|P990101|农村|1950-01-01||||990101002
         P990101002001|白水村党支部|党支部|P990101002|农村|1999-05-01|普自明|2023-04-07|5|990101002001",
    )
}

pub const MEMBERS: &str = "姓名|性别|公民身份号码|入党日期|转正日期|人员类别|所在党支部编码|手机号码
     马春和|女|990101194007299404|1960-07-01|1961-07-01|正式党员|P990101001001|19900001931
     段学军|女|990101195011104627|1970-07-01|1971-07-01|正式党员|P990101001002|19900001932";

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_gets_a_sentence_and_nothing_is_written() {
    let world = World::new().await;
    let bomb = {
        // A hundred megabytes of zeros pack into a hundred kilobytes.
        let mut writer = zip::write::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for part in ["[Content_Types].xml", "xl/workbook.xml"] {
            writer.start_file(part, zip::write::SimpleFileOptions::default()).unwrap();
            for _ in 0..300 {
                std::io::Write::write_all(&mut writer, &vec![b' '; 1 << 20]).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    };
    let old_office = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat();
    let good = city();
    let files = vec![
        Sent { name: "空.xlsx".to_owned(), bytes: Vec::new() },
        Sent { name: "文本.xlsx".to_owned(), bytes: "姓名,性别\n马春和,女\n".as_bytes().to_vec() },
        Sent { name: "坏.xlsx".to_owned(), bytes: good.bytes[..good.bytes.len() / 2].to_vec() },
        Sent { name: "旧.xlsx".to_owned(), bytes: old_office },
        Sent { name: "炸弹.xlsx".to_owned(), bytes: bomb },
        workbook("缺列.xlsx", "姓名|性别|身份证号|入党时间|党员类别\n马春和|女|990101194007299404|1960-07-01|正式党员"),
        workbook("别的.xlsx", "品名|单价\n铅笔|1"),
        good,
    ];
    let (job, reports) = world.import(files, OnBad::Skip, None).await;
    assert_eq!(job.state, JobState::Failed);
    let lines: Vec<&str> = job.message.lines().map(|line| line.split_once('：').unwrap().0).collect();
    assert_eq!(lines, ["空.xlsx", "文本.xlsx", "坏.xlsx", "旧.xlsx", "炸弹.xlsx", "缺列.xlsx", "别的.xlsx"]);
    assert!(job.message.contains("工作表“表”第 1 行像“党员基本信息”的表头，但缺少必填的列：所在党支部编码"), "{}", job.message);
    assert!(job.message.contains("认不出这是哪一种表"), "{}", job.message);
    assert!(reports.iter().all(|report| report.accepted == 0));
    assert_eq!(world.count("select count(*) from organisation").await, 0);
    assert_eq!(world.count("select count(*) from import_chunk").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_updated_and_said_and_an_empty_cell_changes_nothing() {
    let world = World::new().await;
    let (job, _) = world.import(vec![workbook("党员.xlsx", MEMBERS), city()], OnBad::Abort, None).await;
    assert_eq!(job.state, JobState::Done, "{}", job.message);
    let changed = MEMBERS.replace(
        "段学军|女|990101195011104627|1970-07-01|1971-07-01|正式党员|P990101001002|19900001932",
        "段学军|女|990101195011104627|1970-07-01|1971-07-08|正式党员|P990101001001|",
    );
    let (job, reports) = world.import(vec![workbook("党员.xlsx", &changed)], OnBad::Skip, None).await;
    assert_eq!(job.state, JobState::Done, "{}", job.message);
    assert_eq!((reports[0].accepted, reports[0].updated, reports[0].unchanged), (2, 1, 1));
    assert_eq!(world.count("select count(*) from member").await, 2);
    assert_eq!(world.count("select count(*) from member where telephone is not null").await, 2, "an empty cell takes nothing away");
    assert_eq!(world.count("select count(*) from affiliation where superseded_in is null and until_on is null").await, 2);
    let branch = world.app.directory().by_code("P990101001001").unwrap().id;
    assert_eq!(
        world
            .count(&format!("select count(*) from affiliation where superseded_in is null and until_on is null and organisation_id = {branch}"))
            .await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_income_covers_itself_and_an_activity_workbook_only_its_kinds() {
    let world = World::new().await;
    let activities = "支部编码|活动类型|活动日期|活动主题|应到人数|实到人数|学时|录入日期
         P990101001001|组织生活会暨民主评议党员|2025-03-05|学习|30|28|2|2025-03-06
         P990101001001|主题党日|2025-03-05|学习|30|28|1.5|";
    let income = "村编码|村名|年度|经营性收入（万元）|总收入（万元）
         990101001001|松林村|2025|84.20999999999999|90";
    let (job, _) = world.import(vec![city(), workbook("活动.xlsx", activities), workbook("收入.xlsx", income)], OnBad::Abort, Some(2025)).await;
    assert_eq!(job.state, JobState::Done, "{}", job.message);
    let kinds = store::query(world.app.store().reader(), "select distinct kind from span where source = 'coverage' order by kind", []).await.unwrap();
    let kinds: Vec<String> = kinds.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(kinds[0], "coverage.activity");
    assert!(kinds.contains(&"coverage.activity.member_appraisal".to_owned()), "one meeting may stand for two: {kinds:?}");
    assert!(kinds.contains(&"coverage.activity.theme_day".to_owned()) && !kinds.contains(&"coverage.activity.party_lecture".to_owned()));
    assert_eq!(world.count("select count(*) from span where kind = 'coverage.village_income'").await, 1);
    assert_eq!(world.count("select operating_fen from unit_income").await, 84_210_000);
    assert_eq!(world.count("select minutes from activity where kind = 'theme_day'").await, 90);
    // Said again, it is not doubled.
    let n_spans = world.count("select count(*) from span where source = 'coverage'").await;
    world.import(vec![workbook("活动.xlsx", activities)], OnBad::Abort, Some(2025)).await;
    assert_eq!(world.count("select count(*) from span where source = 'coverage'").await, n_spans);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_is_recognised_when_it_comes_back() {
    let world = World::new().await;
    world.import(vec![city()], OnBad::Abort, None).await;
    for kind in world.app.pack().workbooks.keys() {
        let (name, bytes) = server::import::template(&world.app, &world.console(), kind).unwrap();
        let request = Request { is_console: true, ..Request::default() };
        let id = world.enqueue(vec![Sent { name: name.clone(), bytes }], &request).await;
        let job = server::jobs::run_one(&world.app, id).await.unwrap();
        let reports = server::import::report(world.app.store().reader(), id).await.unwrap();
        assert_eq!(
            (job.state, reports.len(), reports[0].kind.as_str(), reports[0].rows),
            (JobState::Done, 1, kind.as_str(), 0),
            "{name}: {}",
            job.message
        );
    }
}
