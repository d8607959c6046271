//! From the score to the record: every figure opens, every clause is quoted, every sheet is marked.

use axum::http::StatusCode;
use office::document::read_text;
use office::sheet::{Cell, Limits, read_workbook};

use super::{opened, publish, row_address};
use crate::world::{SHANGHE, SONGLIN, World, on_both};

on_both! {
    the_evidence_of_a_figure_opens,
    missing_months_and_the_clause_are_named,
    the_sheets_say_what_the_page_says,
    a_waived_item_needs_a_reason_and_leaves_the_total,
    one_item_is_waived_for_all_that_lack_it,
}

fn links(body: &str, start: &str) -> Vec<String> {
    body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|href| href.starts_with(start)).map(str::to_owned).collect()
}

async fn the_evidence_of_a_figure_opens(world: &mut World) {
    let id = opened(world).await;
    publish(world, id).await;
    let mut branch = world.visitor("shuji").await;
    let address = row_address(id, world.org(SONGLIN));
    let page = branch.get(&format!("{address}?item=theme_day")).await.is(StatusCode::OK).says("6 / 6 月").says("计入的记录 6");
    let records: Vec<String> = links(&page.body, "/activities/").into_iter().filter(|href| href != "/activities/new").collect();
    assert_eq!(records.len(), 6);
    for record in records {
        branch.get(&record).await.is(StatusCode::OK).says("学习");
    }
    // Every item of the table opens in its place.
    for item in links(&page.body, &format!("{address}?item=")) {
        branch.get(&item).await.is(StatusCode::OK).says("出处");
    }
}

async fn missing_months_and_the_clause_are_named(world: &mut World) {
    let id = opened(world).await;
    publish(world, id).await;
    let mut branch = world.visitor("shuji2").await;
    let page = branch.get(&format!("{}?item=theme_day", row_address(id, world.org(SHANGHE)))).await.is(StatusCode::OK);
    let page = page
        .says("10 分 × 4 ÷ 6 = 6.67")
        .says("2026-02")
        .says("2026-05")
        .says("期内没有记录")
        .says("《中国共产党支部工作条例（试行）》第十六条")
        .says("党支部每月相对固定1天开展主题党日");
    assert_eq!(page.body.matches("class=\"k missed\"").count(), 2);
    assert_eq!(page.body.matches("class=\"k ok\"").count(), 4);
    page.says("同类 2 个党支部中第 2 名");
}

async fn the_sheets_say_what_the_page_says(world: &mut World) {
    let id = opened(world).await;
    let mut officer = world.visitor("xianwei").await;
    let base = format!("/evaluations/{id}");
    let address = row_address(id, world.org(SHANGHE));
    let document = officer.bytes(&format!("{address}/document")).await;
    let text = read_text(&document).unwrap();
    for words in ["上河村党支部2026年上半年星级评定得分说明", "逐项说明", "按月开展主题党日", "出处：《中国共产党支部工作条例（试行）》第十六条"]
    {
        assert!(text.contains(words), "“{words}” is not in: {text}");
    }
    // Also what has full marks says what was counted, from which records by day and number, under which clause.
    let meeting =
        world.count(&format!("select min(id) from activity where kind = 'general_meeting' and organisation_id = {}", world.org(SHANGHE))).await;
    for words in ["按季召开支部党员大会", "数的是：", &format!("2026-02-20支部党员大会（{meeting}号）"), "一般每季度召开1次"]
    {
        assert!(text.contains(words), "“{words}” is not in: {text}");
    }
    officer.get(&format!("{address}?item=general_meeting")).await.is(StatusCode::OK).says("数的是：");
    let whole = read_text(&officer.bytes(&format!("{base}/document")).await).unwrap();
    assert!(whole.contains("2026年上半年党支部星级评定结果") && whole.contains("上河村党支部"), "{whole}");
    let sheets = read_workbook(&officer.bytes(&format!("{base}/workbook")).await, &Limits::default()).unwrap();
    assert_eq!(sheets.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>(), ["评定结果", "逐项得分"]);
    assert!(matches!(&sheets[0].rows[0].cells[0], Cell::Text(title) if title.contains("【示例方案】") && title.contains("征求意见稿")));
    assert_eq!(sheets[0].rows.len(), 2 + 3);
    let one = read_workbook(&officer.bytes(&format!("{address}/workbook")).await, &Limits::default()).unwrap();
    assert!(one[0].rows.iter().any(|row| matches!(row.cells.get(1), Some(Cell::Text(name)) if name == "按月开展主题党日")));
    // A list is exported as it is asked for.
    let csv = String::from_utf8(officer.bytes(&format!("{base}?cohort=all&q=%E4%B8%8A%E6%B2%B3&export=csv")).await).unwrap();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("上河村党支部"));
}

async fn a_waived_item_needs_a_reason_and_leaves_the_total(world: &mut World) {
    super::half_a_year(world).await;
    super::as_demo(world, super::OPENS).await;
    let entry = super::file(world, super::OPENS).await;
    let id = super::open(world, entry).await;
    let address = row_address(id, world.org(SHANGHE));
    let mut officer = world.visitor("xianwei").await;
    officer.get(&format!("{address}?item=on_site")).await.says("免评这一项");
    officer.post(&format!("{address}/waive"), &[("item", "on_site"), ("reason", " ")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&address).await.says("请写明免评的理由");
    officer.post(&format!("{address}/waive"), &[("item", "on_site"), ("reason", "汛期道路中断")]).await.is(StatusCode::SEE_OTHER);
    officer.post(&format!("/evaluations/{id}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    officer.get(&format!("{address}?item=on_site")).await.says("汛期道路中断").says("不适用");
    let mut town = world.visitor("zhenwei").await;
    town.post(&format!("{address}/waive"), &[("item", "satisfaction"), ("reason", "不想评")]).await.is(StatusCode::NOT_FOUND);
}

async fn one_item_is_waived_for_all_that_lack_it(world: &mut World) {
    super::half_a_year(world).await;
    super::as_demo(world, super::OPENS).await;
    let entry = super::file(world, super::OPENS).await;
    let id = super::open(world, entry).await;
    let base = format!("/evaluations/{id}");
    let mut officer = world.visitor("xianwei").await;
    officer.get(&base).await.says("一并免评").says("3 个支部免评这一项");
    officer.post(&format!("{base}/waive"), &[("item", "on_site"), ("reason", "")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&base).await.says("请写明免评的理由");
    officer.post(&format!("{base}/waive"), &[("item", "theme_day"), ("reason", "想免就免")]).await.is(StatusCode::SEE_OTHER);
    officer.get(&base).await.says("没有缺依据的支部");
    let mut town = world.visitor("zhenwei").await;
    town.post(&format!("{base}/waive"), &[("item", "on_site"), ("reason", "不想评")]).await.is(StatusCode::NOT_FOUND);
    officer.post(&format!("{base}/waive"), &[("item", "on_site"), ("reason", "汛期道路中断")]).await.is(StatusCode::SEE_OTHER);
    officer.post(&format!("{base}/calculate"), &[]).await.is(StatusCode::SEE_OTHER);
    for branch in [SONGLIN, SHANGHE] {
        let address = row_address(id, world.org(branch));
        officer.get(&format!("{address}?item=on_site")).await.says("汛期道路中断").says("不适用");
    }
}
