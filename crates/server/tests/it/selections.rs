//! A title is asked for on somebody's authority and in its time.

use axum::http::StatusCode;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use server::app::{App, Settings};
use server::policies::Policies;

use crate::evaluations::as_demo;
use crate::visitor::Visitor;
use crate::world::{SONGLIN, World, morning, on_both};

on_both! {
    an_example_is_opened_in_the_demo_alone,
    a_selection_is_open_by_authority_and_in_its_time,
}

const DAY: Date = date(2026, 7, 11);
const PAGE: &str = "/selections/six_good_branch";

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
    secretary.get(PAGE).await.is(StatusCode::OK).hides("里面的数是编的").says("开始申报");
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
    }
    with_authority(world, &format!("{approved}valid_until = \"2028-01-01\"\nfrom_year = 2026\n")).await;
    let mut secretary = world.visitor("shuji").await;
    secretary.get(PAGE).await.is(StatusCode::OK).says("中共青屏县委批准（示例2号）").says("2026 年起开展").says("开始申报").hides("示例方案");
    come_forward(world, &mut secretary).await.says("已经开始申报");
    assert_eq!(n_entries(world).await, 1);
}
