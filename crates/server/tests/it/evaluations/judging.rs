//! What people judge: many on a page, many by workbook; nobody beyond the own reach, nothing beyond the field's weight.

use axum::http::StatusCode;
use office::sheet::{Cell, Column, ColumnKind, Limits, Table, Value, read_workbook, write_workbook};

use super::{OPENS, as_demo, file, half_a_year, open};
use crate::world::{BEIMEN, SCHOOL, SHANGHE, SONGLIN, World, on_both};

on_both! {
    a_page_saves_many_and_keeps_what_was_refused,
    a_workbook_saves_many_and_names_its_rows,
    only_whoever_judges_finds_the_page,
}

async fn prepared(world: &mut World) -> i64 {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    open(world, entry).await
}

async fn a_page_saves_many_and_keeps_what_was_refused(world: &mut World) {
    let id = prepared(world).await;
    let address = format!("/evaluations/{id}/judged");
    let mut town = world.visitor("zhenwei").await;
    town.get(&address).await.is(StatusCode::OK).says("3 个党支部、6 项要评定，已评 0 项").says("满分 4").hides("★");
    let name = |part: &str, code: &str, item: &str| format!("{part}.{}.{item}", world.org(code));
    let (a, b, c) = (name("points", SONGLIN, "satisfaction"), name("points", SHANGHE, "satisfaction"), name("points", SCHOOL, "on_site"));
    let answer =
        town.post(&address, &[(&a, "3.5"), (&b, "4.5"), (&c, "3"), ("evidence_all", "2026-07-02 测评")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    let answer = answer.says("已保存 2 项，下面 1 项没有保存").says("上河村党支部：“群众满意度”的得分应在 0 到 4 之间");
    assert!(answer.body.contains("value=\"4.5\""), "what was typed stays");
    assert_eq!(world.count("select count(*) from judged_value where superseded_at is null").await, 2);
    // Without a basis nothing is judged.
    town.post(&address, &[(&b, "3")]).await.is(StatusCode::UNPROCESSABLE_ENTITY).says("请写明“群众满意度”评定的依据");
    // A later one supersedes and leaves its trace.
    town.post(&address, &[(&a, "4"), ("evidence_all", "2026-07-03 复评")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from judged_value where superseded_at is null").await, 2);
    assert_eq!(world.count("select count(*) from judged_value").await, 3);
}

async fn a_workbook_saves_many_and_names_its_rows(world: &mut World) {
    let id = prepared(world).await;
    let mut officer = world.visitor("xianwei").await;
    let template = read_workbook(&officer.bytes(&format!("/evaluations/{id}/judged/template")).await, &Limits::default()).unwrap();
    let headings: Vec<String> =
        template[0].rows[0].cells.iter().map(|cell| if let Cell::Text(text) = cell { text.clone() } else { String::new() }).collect();
    assert_eq!(headings, ["组织编码", "党组织全称", "评定指标", "评定得分", "评定依据"]);
    assert_eq!(template[0].rows.len(), 1 + 6);
    let column = |heading: &str| Column::new(heading, ColumnKind::Text);
    let row = |cells: [&str; 4]| cells.into_iter().map(Value::text).collect::<Vec<_>>();
    let table = Table {
        name: "评定".into(),
        title: Some("上半年评定".into()),
        columns: vec![column("支部编码"), column("得分"), column("评定项目"), column("依据")],
        rows: vec![
            row([SONGLIN, "4", "群众满意度", "测评"]),
            row([SHANGHE, "9", "现场查看", "查看"]),
            row([BEIMEN, "3", "现场查看", "查看"]),
            row([SCHOOL, "3", "按月开展主题党日", "查看"]),
        ],
    };
    let answer = officer
        .upload(&format!("/evaluations/{id}/judged/upload"), "file", "评定.xlsx", write_workbook(&[table]).unwrap())
        .await
        .is(StatusCode::UNPROCESSABLE_ENTITY);
    let answer = answer.says("已保存 1 项，3 行没有保存").says("第 4 行：“现场查看”的得分应在 0 到 4 之间");
    answer.says(&format!("第 5 行：没有找到编码“{BEIMEN}”的党支部")).says("第 6 行：这个支部的标准里没有“按月开展主题党日”");
    assert_eq!(world.count("select count(*) from judged_value").await, 1);
    officer.upload(&format!("/evaluations/{id}/judged/upload"), "file", "x.xlsx", b"PK nonsense".to_vec()).await.is(StatusCode::SEE_OTHER);
}

async fn only_whoever_judges_finds_the_page(world: &mut World) {
    let id = prepared(world).await;
    let address = format!("/evaluations/{id}/judged");
    for (login, status) in [("shuji", 404), ("jiedao", 404), ("dangyuan", 404), ("guanli", 404), ("hangye", 200), ("ducha", 200), ("xianwei", 200)] {
        let mut visitor = world.visitor(login).await;
        assert_eq!(visitor.get(&address).await.status.as_u16(), status, "{login}");
    }
    // Each finds it from the list, with what is still to be judged; whoever judges nothing is not asked.
    let link = format!("href=\"{address}\"");
    for (login, words) in [("ducha", "待评定 2 项"), ("zhenwei", "待评定 6 项"), ("hangye", "待评定 2 项")] {
        let mut visitor = world.visitor(login).await;
        let list = visitor.get("/evaluations").await.is(StatusCode::OK).says("要您评定的").says(words);
        assert!(list.body.contains(&link), "{login} finds the page");
    }
    world.visitor("shuji").await.get("/evaluations").await.is(StatusCode::OK).hides("要您评定的");
    world.visitor("jiedao").await.get("/evaluations").await.is(StatusCode::OK).hides("要您评定的");
    world.visitor("dangyuan").await.get("/evaluations").await.is(StatusCode::NOT_FOUND);
    // The line body judges its own field only.
    let mut line = world.visitor("hangye").await;
    line.get(&address).await.says("1 个党支部、2 项要评定").says("青石中心学校").hides("松林村");
    let points = format!("points.{}.satisfaction", world.org(SONGLIN));
    line.post(&address, &[(&points, "4"), ("evidence_all", "测评")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from judged_value").await, 0);
}
