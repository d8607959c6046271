//! A title is asked for on somebody's authority and in its time; before that it is tried on the records, and nothing is stored.

use axum::http::StatusCode;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use server::app::{App, Settings};
use server::evaluation;
use server::policies::Policies;
use store::query;

use crate::evaluations::{actor, as_demo, half_a_year};
use crate::visitor::Visitor;
use crate::world::{CITY, SONGLIN, World, morning, on_both};

on_both! {
    an_example_is_opened_in_the_demo_alone,
    a_selection_is_open_by_authority_and_in_its_time,
    it_is_tried_on_the_records_and_nothing_is_stored,
    what_nobody_has_reviewed_is_not_failed,
}

const DAY: Date = date(2026, 7, 11);
const PAGE: &str = "/selections/six_good_branch";
const TRIED: &str = "/selections/six_good_branch/simulation";

/// The city has the year's selections in its plan.
pub async fn file_selections(world: &World, day: Date) {
    let who = actor(&world.app, "shiwei", day).await;
    let lines = world.app.pack().plan_lines.clone();
    for (key, _) in lines.iter().filter(|(_, line)| line.kind == policy::PlanLineKind::Selection && line.period.year == day.year()) {
        let mut tx = world.app.begin(&who, morning(day)).await.unwrap();
        evaluation::file_line(&world.app, &mut tx, &who, world.org(CITY), key, "年度党建考核计划", "市委常委会", None).await.unwrap();
        world.commit(tx).await;
    }
}

async fn n_entries(world: &World) -> i64 {
    world.count("select count(*) from selection_entry").await
}

/// 松林村 comes forward; the page on which it ends up.
async fn come_forward(world: &World, secretary: &mut Visitor) -> crate::visitor::Seen {
    let organisation = world.org(SONGLIN).to_string();
    let sent = secretary.post(PAGE, &[("organisation", organisation.as_str())]).await.is(StatusCode::SEE_OTHER);
    secretary.get(&sent.location).await.is(StatusCode::OK)
}

async fn an_example_is_opened_in_the_demo_alone(world: &mut World) {
    world.go_to(DAY).await;
    let mut secretary = world.visitor("shuji").await;
    secretary.get(PAGE).await.is(StatusCode::OK).says("是示例，里面的数是编的").says("不能对党组织开放申报").hides("开始申报");
    secretary.get("/selections").await.is(StatusCode::OK).says("没有开放申报");
    secretary.get("/selections?mine=apply").await.is(StatusCode::OK).says("没有符合条件的评选");
    come_forward(world, &mut secretary).await.says("是示例，里面的数是编的");
    assert_eq!(n_entries(world).await, 0);
    // The same day in the demo.
    as_demo(world, DAY).await;
    let mut secretary = world.visitor("shuji").await;
    let unfiled = "2026 年的年度计划里没有报备““六好”党支部创建”";
    secretary.get(PAGE).await.is(StatusCode::OK).hides("里面的数是编的").says(unfiled).hides("开始申报");
    come_forward(world, &mut secretary).await.says(unfiled);
    assert_eq!(n_entries(world).await, 0);
    file_selections(world, DAY).await;
    secretary.get(PAGE).await.is(StatusCode::OK).hides("没有报备").says("开始申报");
    come_forward(world, &mut secretary).await.says("已经开始申报");
    assert_eq!(n_entries(world).await, 1);
}

/// The city's selection as its own: no example, with `authority` beside its name.
async fn with_authority(world: &mut World, authority: &str) {
    let mut files = server::rooms::embedded_files();
    let file = files.iter_mut().find(|file| file.path.ends_with("city/selections.toml")).unwrap();
    let (before, own) = file.text.split_once("[selection.six_good_branch]\n").unwrap();
    file.text = format!("{before}[selection.six_good_branch]\n{}", own.replacen("example = true\n", authority, 1));
    let offset = morning(DAY).duration_since(server::clock::now()) + SignedDuration::from_secs(1);
    let settings = Settings { clock_offset: offset, ..Settings::default() };
    world.app = App::new(world.app.store().clone(), Policies::from_files(files).unwrap(), settings, &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(world.app.clone()));
}

async fn a_selection_is_open_by_authority_and_in_its_time(world: &mut World) {
    world.go_to(DAY).await;
    file_selections(world, DAY).await;
    let approved = "approved_by = \"中共青屏县委\"\ndocument_number = \"示例2号\"\n";
    let cases = [
        ("draft = true\n".to_owned(), "没有写明批准机关（approved_by）、批准文号（document_number）、有效期（valid_until）"),
        (format!("{approved}draft = true\nvalid_until = \"2028-01-01\"\n"), "还是草案（draft）"),
        (format!("{approved}valid_until = \"2026-07-01\"\n"), "已经过期"),
        (format!("{approved}valid_until = \"2028-01-01\"\nfrom_year = 2027\n"), "从 2027 年起开展"),
    ];
    for (authority, why) in cases {
        with_authority(world, &authority).await;
        let mut secretary = world.visitor("shuji").await;
        secretary.get(PAGE).await.is(StatusCode::OK).says(why).hides("开始申报");
        come_forward(world, &mut secretary).await.says(why);
        assert_eq!(n_entries(world).await, 0, "{authority}");
        // Whoever may open it sees what would come of it, and why it is not open.
        world.visitor("shiwei").await.get(TRIED).await.is(StatusCode::OK).says("草案·仅供测算").says(why).says("面向 6 个");
    }
    with_authority(world, &format!("{approved}valid_until = \"2028-01-01\"\nfrom_year = 2026\n")).await;
    let mut secretary = world.visitor("shuji").await;
    secretary.get(PAGE).await.is(StatusCode::OK).says("中共青屏县委批准（示例2号）").says("2026 年起开展").says("开始申报").hides("示例方案");
    come_forward(world, &mut secretary).await.says("已经开始申报");
    assert_eq!(n_entries(world).await, 1);
}

async fn it_is_tried_on_the_records_and_nothing_is_stored(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, DAY).await;
    file_selections(world, DAY).await;
    let mut county = world.visitor("xianwei").await;
    county.get(PAGE).await.is(StatusCode::OK).says("模拟");
    county.get(TRIED).await.is(StatusCode::OK).says("草案·仅供测算").says("示例方案").says("面向 3 个，现在能申报 3 个");
    // 上河村 missed two theme days: 政治功能好 is what the records keep it out of, in its field, and nobody else.
    let kept_out = format!("{TRIED}?condition=out.d.politics");
    county.get(&kept_out).await.is(StatusCode::OK).says("上河村党支部").says("政治功能好：记录没有达到").hides("松林村党支部");
    county.get(&format!("{kept_out}&field=rural")).await.is(StatusCode::OK).says("上河村党支部");
    county.get(&format!("{kept_out}&field=school")).await.is(StatusCode::OK).hides("上河村党支部").says("没有符合条件的党组织");
    let file = String::from_utf8(county.bytes(&format!("{kept_out}&export=csv")).await).unwrap();
    assert!(file.contains("上河村党支部") && !file.contains("松林村党支部"), "{file}");
    assert!(!county.bytes(&format!("{kept_out}&export=xlsx")).await.is_empty());
    // Each sees his own reach; whoever opens no evaluation sees none of it, not even the way there.
    world.visitor("shiwei").await.get(TRIED).await.is(StatusCode::OK).says("面向 6 个");
    for login in ["zhenwei", "shuji", "hangye", "dangyuan"] {
        let mut other = world.visitor(login).await;
        other.get(TRIED).await.is(StatusCode::NOT_FOUND);
        other.get(PAGE).await.is(StatusCode::OK).hides("模拟");
    }
    assert_eq!(n_entries(world).await, 0);
    // Whoever has come forward does not do so again.
    come_forward(world, &mut world.visitor("shuji").await).await.says("已经开始申报");
    county.get(&format!("{TRIED}?condition=out.held")).await.says("现在能申报 2 个").says("松林村党支部").hides("上河村党支部");
}

async fn what_nobody_has_reviewed_is_not_failed(world: &mut World) {
    half_a_year(world).await;
    as_demo(world, DAY).await;
    file_selections(world, DAY).await;
    let (mut secretary, mut town, mut county) = (world.visitor("shuji").await, world.visitor("zhenwei").await, world.visitor("xianwei").await);
    let organisation = world.org(SONGLIN).to_string();
    let path = secretary.post(PAGE, &[("organisation", organisation.as_str())]).await.is(StatusCode::SEE_OTHER).location;
    secretary.get(&path).await.says("6 项待审核").hides("项没有通过");
    let step = |action: &str| format!("{path}/actions/{action}");
    secretary.post(&step("submit_application"), &[("self_review", "支委三人在岗，组织生活逐月开展。")]).await.is(StatusCode::SEE_OTHER);
    // At the recommendation and before the review nothing is failed, and nothing is the weakest.
    let waits = "在申报的有 1 个还没有审核，不算在内";
    county.get(PAGE).await.says(waits).says("待审核").hides("最弱").hides("0 / 1");
    town.post(&step("recommend"), &[("opinion", "情况属实")]).await.is(StatusCode::SEE_OTHER);
    county.get(&path).await.says("6 项待审核").hides("项没有通过");
    county.get(PAGE).await.says(waits).hides("最弱");
    let file = String::from_utf8(county.bytes(&format!("{PAGE}?export=csv")).await).unwrap();
    assert!(file.contains("待审核") && !file.contains("6 / 6"), "{file}");
    // Five of the six are found fulfilled.
    let sql = "select i.id from case_item i join selection_entry s on s.case_id = i.case_id where i.kind = 'dimension' order by i.id";
    let rows = query(world.app.store().reader(), sql, []).await.unwrap();
    let items: Vec<String> = rows.iter().map(|row| row.try_get_by_index::<i64>(0).unwrap().to_string()).collect();
    assert_eq!(items.len(), 6);
    let mut given = vec![("heard", "党员意见"), ("checked", "会议记录"), ("saw", "活动室"), ("judged", "还差一项")];
    given.extend(items.iter().skip(1).map(|id| ("passed", id.as_str())));
    county.post(&step("review_dimensions"), &given).await.is(StatusCode::SEE_OTHER);
    county.get(&path).await.says("1 项没有通过").hides("项待审核");
    county.get(PAGE).await.says("1 / 6").says("审核过的 1 个里 0 个通过").hides("还没有审核");
}
