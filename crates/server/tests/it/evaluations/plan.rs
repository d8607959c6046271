//! Nothing is opened that is not in the filed plan, before its day, or by another office.

use axum::http::StatusCode;
use jiff::civil::date;
use server::evaluation;

use super::{LINE, OPENS, act, actor, as_demo, file, open, refusal};
use crate::world::{COUNTY, World, morning, on_both};

on_both! {
    only_what_is_filed_is_opened,
    a_line_is_opened_on_its_day_by_its_office_and_once,
    a_used_line_cannot_be_taken_back,
    the_page_files_and_opens,
    a_field_without_a_standard_is_reported_beforehand,
    a_scheme_without_authority_is_not_opened,
}

async fn only_what_is_filed_is_opened(world: &mut World) {
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    assert_eq!(refusal(evaluation::open(&world.app, &mut tx, &county, 7).await), "年度计划里没有这一项，请先在“年度计划”里报备。");
    let without_basis = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), LINE, " ", "县委常委会", None).await;
    assert_eq!(refusal(without_basis), "请写明依据的文件和批准的人，没有依据和批准不能列入年度计划。");
    let citys = evaluation::file_line(&world.app, &mut tx, &county, world.org(COUNTY), "ranking_2026_first_half", "计划", "常委会", None).await;
    assert_eq!(refusal(citys), "“2026年上半年县（市、区）考核排名”由市委组织部报备。");
    drop(tx);
    let town = actor(&world.app, "zhenwei", OPENS).await;
    let mut tx = world.app.begin(&town, morning(OPENS)).await.unwrap();
    let by_town = evaluation::file_line(&world.app, &mut tx, &town, world.org(COUNTY), LINE, "计划", "党委", None).await;
    assert_eq!(refusal(by_town), "“2026年上半年党支部评星预评”由县（市、区）委组织部报备。");
}

async fn a_line_is_opened_on_its_day_by_its_office_and_once(world: &mut World) {
    let day = date(2026, 7, 10);
    world.go_to(day).await;
    let entry = file(world, day).await;
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    assert_eq!(refusal(evaluation::open(&world.app, &mut tx, &county, entry).await), "按年度计划，2026-07-11 起才能开评。");
    drop(tx);
    // Its values are invented: outside the demo nobody opens it, whoever it is.
    world.go_to(OPENS).await;
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    let refused = refusal(evaluation::open(&world.app, &mut tx, &county, entry).await);
    assert!(refused.contains("是示例，里面的数是编的") && refused.contains("不能对党支部开评"), "{refused}");
    drop(tx);
    assert_eq!(world.count("select count(*) from evaluation").await, 0);
    as_demo(world, OPENS).await;
    for login in ["shiwei", "zhenwei"] {
        let other = actor(&world.app, login, OPENS).await;
        let mut tx = world.app.begin(&other, morning(OPENS)).await.unwrap();
        assert_eq!(refusal(evaluation::open(&world.app, &mut tx, &other, entry).await), "只有组织这次评定的组织部门可以办。", "{login}");
    }
    open(world, entry).await;
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    assert_eq!(refusal(evaluation::open(&world.app, &mut tx, &county, entry).await), "这一项计划已经开评，请从列表进入。");
}

async fn a_used_line_cannot_be_taken_back(world: &mut World) {
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    let city = actor(&world.app, "shiwei", OPENS).await;
    let mut tx = world.app.begin(&city, morning(OPENS)).await.unwrap();
    assert_eq!(refusal(evaluation::withdraw_line(&mut tx, &city, entry).await), "没有找到这一项计划。");
    drop(tx);
    open(world, entry).await;
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    assert_eq!(refusal(evaluation::withdraw_line(&mut tx, &county, entry).await), "这一项计划已经开评，不能撤回。");
}

async fn the_page_files_and_opens(world: &mut World) {
    let before = date(2026, 7, 1);
    as_demo(world, before).await;
    let mut county = world.visitor("xianwei").await;
    let office = world.org(COUNTY).to_string();
    // Lines that stand on invented values say so.
    county.get("/plan").await.is(StatusCode::OK).says("示例方案").says("2026 年可报备 10 项，已报备 0 项").says("构建年初明确任务");
    let line = [("line", LINE), ("office", office.as_str()), ("basis", "市委计划"), ("approver", "县委常委会"), ("draft_key", "k1")];
    let filed = county.post("/plan", &line).await.is(StatusCode::SEE_OTHER);
    assert_eq!(filed.location, "/plan?year=2026");
    // Sent twice is stored once.
    county.post("/plan", &line).await.is(StatusCode::SEE_OTHER);
    assert_eq!(world.count("select count(*) from plan_entry").await, 1);
    let page = county.get("/plan?year=2026").await.is(StatusCode::OK).says("7 月 11 日起可以开始");
    assert!(!page.body.contains("/open\""), "it cannot be opened yet");
    let id = world.count("select id from plan_entry").await;
    county.post(&format!("/plan/{id}/open"), &[]).await.is(StatusCode::SEE_OTHER);
    county.get("/plan?year=2026").await.says("按年度计划，2026-07-11 起才能开评。");
    assert_eq!(world.count("select count(*) from evaluation").await, 0);
    as_demo(world, OPENS).await;
    let mut county = world.visitor("xianwei").await;
    let opened = county.post(&format!("/plan/{id}/open"), &[]).await.is(StatusCode::SEE_OTHER);
    assert!(opened.location.starts_with("/evaluations/"), "{}", opened.location);
    county.get(&opened.location).await.is(StatusCode::OK).says("初稿").says("示例方案");
    // A line body has no plan.
    let mut line_body = world.visitor("hangye").await;
    line_body.get("/plan").await.is(StatusCode::NOT_FOUND);
    let number: i64 = opened.location.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(super::refusal(act(world, number, "xianwei", OPENS, "decide", &[]).await), "现在不在这一步，请刷新看最新的进展。");
}

async fn a_field_without_a_standard_is_reported_beforehand(world: &mut World) {
    let mut pack = (*world.app.pack()).clone();
    let fields = ["rural", "school", "rural", "school", "organ"];
    assert!(evaluation::fields_without_standard(&pack, "five_star", 2026, fields.into_iter()).is_empty(), "every field of the packs has a standard");
    pack.schemes.get_mut("five_star").unwrap().standards.retain(|standard| standard.field != "school");
    let lacking = evaluation::fields_without_standard(&pack, "five_star", 2026, fields.into_iter());
    assert_eq!(lacking, [("学校".to_owned(), 2)]);
    let sentence = evaluation::lack_of_standards(&lacking).unwrap();
    assert!(sentence.starts_with("方案没有这些领域的标准：“学校”（2 个党组织）。"), "{sentence}");
    assert_eq!(evaluation::lack_of_standards(&[]), None);
    // A version for a later year is asked in its year, not the one that it follows.
    let mut next = pack.schemes["five_star"].clone();
    next.standards.retain(|standard| standard.field != "organ");
    (next.version_of, next.from_year, next.example) = (Some("five_star".to_owned()), Some(2027), false);
    pack.schemes.get_mut("five_star").unwrap().until_year = Some(2027);
    pack.schemes.insert("five_star_2027".to_owned(), next);
    let of = |year: i16| evaluation::fields_without_standard(&pack, "five_star", year, fields.into_iter());
    assert_eq!(of(2026), [("学校".to_owned(), 2)]);
    assert_eq!(of(2027).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["机关", "学校"]);
    let is_example = |year: i16| evaluation::rests_on_example(&pack, policy::PlanLineKind::Evaluation, &"five_star".to_owned(), year);
    assert!(is_example(2026) && !is_example(2027));
}

/// The city's scheme as a draft of its own: no example, no vetoes, and `authority` beside its name.
async fn with_draft(world: &mut World, authority: &str) {
    let mut files = server::rooms::embedded_files();
    let scheme = files.iter_mut().find(|file| file.path.ends_with("city/five_star.toml")).unwrap();
    let (head, vetoes) = scheme.text.split_once("[[scheme.five_star.veto]]").unwrap();
    let sections = &vetoes[vetoes.find("[[scheme.five_star.section]]").unwrap()..];
    scheme.text = format!("{head}{sections}").replacen("example    = true\n", authority, 1);
    let policies = server::policies::Policies::from_files(files).unwrap();
    policies.keep(world.app.store(), server::clock::now()).await.unwrap();
    let offset = morning(OPENS).duration_since(server::clock::now()) + jiff::SignedDuration::from_secs(1);
    let settings = server::app::Settings { clock_offset: offset, ..Default::default() };
    world.app = server::app::App::new(world.app.store().clone(), policies, settings, &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(world.app.clone()));
}

async fn a_scheme_without_authority_is_not_opened(world: &mut World) {
    world.go_to(OPENS).await;
    let entry = file(world, OPENS).await;
    let tried = async |world: &mut World, authority: &str| {
        with_draft(world, authority).await;
        let county = actor(&world.app, "xianwei", OPENS).await;
        let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
        evaluation::open(&world.app, &mut tx, &county, entry).await
    };
    let approved = "approved_by = \"县委\"\ndocument_number = \"示例1号\"\n";
    assert_eq!(
        refusal(tried(world, approved).await),
        "方案“五星支部评定（示例方案）”没有写明有效期（valid_until），只能起草和模拟，不能对党支部开评；请经批准后在制度包里补上。"
    );
    let expired = tried(world, &format!("{approved}valid_until = \"2026-07-01\"\n")).await;
    assert!(refusal(expired).contains("已经过期"));
    assert_eq!(world.count("select count(*) from evaluation").await, 0);
    tried(world, &format!("{approved}valid_until = \"2027-07-01\"\n")).await.unwrap();
}
