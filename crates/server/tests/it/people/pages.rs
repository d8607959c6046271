//! The pages: on any past day, with the forms of decisions, for each role.

use axum::http::StatusCode;
use server::unit::{NewIncome, NewVillage};
use server::{organisation, unit};

use crate::people::browser::Browser;
use crate::people::world::{World, console};

on_both! { a_past_day_says_so, a_merger_through_its_form, a_township_goes_live_in_one_action, flags_close_with_a_reason, lists_do_all_five, villages_show_three_years, one_sees_oneself }

async fn a_past_day_says_so(world: &World) {
    let city = world.city().await;
    let mut county = Browser::of(&world.app, "xian").await;
    let decision = [("on", "2026-09-01"), ("reason", "青组发〔2026〕3 号"), ("name", "青松村党支部")];
    assert_eq!(county.post(&format!("/organisations/{}/rename", city.songlin), &decision).await.status, StatusCode::SEE_OTHER);
    assert!(county.get("/me").await.says("起用“青松村党支部”"), "said once, on the next page");
    let past = county.get("/organisations?on=2026-08-31").await;
    assert!(past.says("您在看 2026 年 8 月 31 日的组织，只能查阅。此后撤销 0 个、新设 0 个、更名 1 个") && past.says("历史 2026-08-31"));
    assert!(past.says("松林村党支部") && !past.says("青松村党支部"));
    let below = county.get(&format!("/organisations?on=2026-08-31&under={}", city.qingshi)).await;
    assert!(below.says("松林村党支部") && below.says("后更名"), "the tree opens down to what is looked at, and marks what changed since");
    assert!(county.get("/organisations").await.says("青松村党支部"));
    let then = county.get(&format!("/organisations/{}?on=2026-08-31", city.songlin)).await;
    assert!(then.says("<h1>松林村党支部") && then.says("您在看 2026 年 8 月 31 日的情况"));
    assert!(!then.says("/dissolve"), "the past is only read");
    let now = county.get(&format!("/organisations/{}", city.songlin)).await;
    assert!(now.says("由“松林村党支部”更名为“青松村党支部”") && now.says("青组发〔2026〕3 号"));
    assert!(county.get("/members?on=2026-08-31").await.says("您在看 2026 年 8 月 31 日在册的党员，只能查阅"));
    assert!(county.get("/organisations/changes?since=2026-08-31").await.says("更名"));
    assert!(!county.get("/organisations/changes?since=2026-09-01").await.says("青组发"));
}

async fn a_merger_through_its_form(world: &World) {
    let city = world.city().await;
    let mut township = Browser::of(&world.app, "qingshi").await;
    let form = township.get(&format!("/organisations/{}/merge", city.shanghe)).await;
    assert!(form.says("data-confirm") && form.says("3 名，全部随转"));
    let sent = [("other", city.songlin.to_string()), ("on", "2026-11-01".to_owned()), ("reason", "村并村".to_owned())];
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = township.post(&format!("/organisations/{}/merge", city.shanghe), &sent).await;
    assert_eq!((done.status, done.location.as_deref()), (StatusCode::SEE_OTHER, Some(format!("/organisations/{}", city.songlin).as_str())));
    let here = township.get(&format!("/organisations/{}", city.songlin)).await;
    assert!(here.says("12 名") && here.says("并入“上河村党支部”，党员 3 名"));
    let gone = township.get(&format!("/organisations/{}", city.shanghe)).await;
    assert!(gone.status == StatusCode::OK && gone.says("已在 2026 年 11 月 1 日撤销") && !gone.says("能办什么"));
    // Out of another township's reach it was, and is.
    let mut other = Browser::of(&world.app, "liuwan").await;
    assert_eq!(other.get(&format!("/organisations/{}", city.shanghe)).await.status, StatusCode::NOT_FOUND);
}

async fn a_township_goes_live_in_one_action(world: &World) {
    let city = world.city().await;
    let mut secretary = Browser::of(&world.app, "songlin").await;
    assert_eq!(secretary.post(&format!("/organisations/{}/go_live", city.songlin), &[("on", "2026-10-01")]).await.status, StatusCode::NOT_FOUND);
    let mut township = Browser::of(&world.app, "qingshi").await;
    assert_eq!(township.post(&format!("/organisations/{}/go_live", city.qingshi), &[("on", "2026-10-01")]).await.status, StatusCode::SEE_OTHER);
    let live = |id: i64| format!("select count(*) from organisation where id = {id} and go_live_on = '2026-10-01'");
    for id in [city.qingshi, city.songlin, city.shanghe] {
        assert_eq!(world.count(&live(id)).await, 1);
    }
    assert_eq!(world.count("select count(*) from organisation where go_live_on is not null").await, 3, "and nobody else");
    assert!(township.get(&format!("/organisations/{}", city.songlin)).await.says("2026-10-01 起在本系统记录"));
    assert_eq!(
        secretary.post(&format!("/organisations/{}/theme_day", city.songlin), &[("theme_day", "31")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(secretary.post(&format!("/organisations/{}/theme_day", city.songlin), &[("theme_day", "8")]).await.status, StatusCode::SEE_OTHER);
}

async fn flags_close_with_a_reason(world: &World) {
    let city = world.city().await;
    let mut township = Browser::of(&world.app, "qingshi").await;
    // Elected in April 2021 for five years, and nothing recorded since the default day of going live.
    let list = township.get("/organisations").await;
    assert!(list.says("届满未换届 3") && list.says("有名无实 2"), "{}", list.body.split("chips").nth(1).unwrap_or_default());
    let explain = |browser: &'static str| (browser, [("flag", "hollow"), ("reason", "今年整村搬迁"), ("until", "2027-03-01")]);
    let mut secretary = Browser::of(&world.app, "songlin").await;
    assert_eq!(secretary.post(&format!("/organisations/{}/explain", city.songlin), &explain("songlin").1).await.status, StatusCode::NOT_FOUND);
    assert_eq!(township.post(&format!("/organisations/{}/explain", city.songlin), &explain("qingshi").1).await.status, StatusCode::SEE_OTHER);
    assert!(township.get("/organisations").await.says("有名无实 1"));
    assert!(township.get(&format!("/organisations/{}", city.songlin)).await.says("上级已登记理由：今年整村搬迁"));
    let later = world.days_later(120).await;
    assert!(Browser::of(&later, "qingshi").await.get("/organisations").await.says("有名无实 2"), "the reason held until March");
}

async fn lists_do_all_five(world: &World) {
    let city = world.city().await;
    let mut county = Browser::of(&world.app, "xian").await;
    // Search by characters, pinyin and initials.
    for q in ["%E6%9D%BE%E6%9E%97", "songlin", "slcdzb", "P990101001001"] {
        let seen = county.get(&format!("/organisations?q={q}")).await;
        assert!(seen.says("共 1 个") && seen.says("松林村党支部"), "{q}");
    }
    assert!(county.get("/organisations?field=school").await.says("共 1 个"));
    assert!(county.get("/organisations?level=township").await.says("共 2 个"));
    assert!(county.get(&format!("/organisations?town={}", city.qingshi)).await.says("共 3 个"));
    let sorted = county.get("/organisations?sort=members&dir=desc").await.body;
    assert!(sorted.find("松林村党支部</b>") < sorted.find("上河村党支部</b>"));
    let file = county.get("/organisations?q=songlin&export=csv").await;
    assert!(file.says("P990101001001") && !file.says("上河村"));
    assert!(county.get("/members?q=mcy").await.says("马春燕"));
    assert!(county.get("/members?per=20&category=full").await.says("共 15 名"));
    assert!(county.get(&format!("/members?under={}&sort=name", city.shanghe)).await.says("共 3 名"));
    let file = county.get("/members?export=xlsx").await;
    assert!(file.bytes.starts_with(b"PK"));
    // Nobody found says what to do.
    assert!(county.get("/members?q=zzz").await.says("没有符合条件的党员"));
}

async fn villages_show_three_years(world: &World) {
    let city = world.city().await;
    let mut tx = world.tx().await;
    let villages = [("990101001001", "松林村"), ("990101002001", "龙潭村"), ("990101001009", "核桃坪村")];
    let new = villages.map(|(code, name)| NewVillage { code: code.to_owned(), name: name.to_owned() }).to_vec();
    let ids = unit::upsert_villages(&world.app, &mut tx, &console(), new).await.unwrap();
    let income = |year: i16, fen: i64| NewIncome {
        village_code: "990101001001".to_owned(),
        year,
        operating_fen: fen,
        total_fen: Some(fen * 2),
        source: "村级集体经济.xlsx".to_owned(),
    };
    unit::set_incomes(&world.app, &mut tx, &console(), vec![income(2023, 6_600_000), income(2024, 19_010_000), income(2025, 22_840_000)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut township = Browser::of(&world.app, "qingshi").await;
    let list = township.get("/villages").await;
    assert!(list.says("松林村") && list.says("22.84") && !list.says("龙潭村"), "only its own villages");
    // A village without an organisation belongs to whoever reaches its township.
    assert!(list.says("核桃坪村") && list.says("应建未建"));
    assert!(township.get("/organisations").await.says("应建未建：有 1 个村"));
    let page = township.get(&format!("/villages/{}", ids[0].0)).await;
    assert!(page.says("19.01") && page.says("村级集体经济.xlsx") && page.says("+3.83"));
    assert_eq!(township.get(&format!("/villages/{}", ids[1].0)).await.status, StatusCode::NOT_FOUND);
    let sent = [("year", "2025"), ("operating", "19.99"), ("total", "40"), ("source", "2025 年年报更正")];
    assert_eq!(township.post(&format!("/villages/{}/income", ids[0].0), &sent).await.status, StatusCode::SEE_OTHER);
    assert!(township.get("/villages?mark=below").await.says("低于目标"));
    let fact =
        format!("select quantity from event where kind = 'village.operating_income' and day = '2025-12-31' and organisation_id = {}", city.songlin);
    assert_eq!(world.count(&fact).await, 19_990_000);
    assert!(
        township
            .post(&format!("/villages/{}/income", ids[0].0), &[("year", "2025"), ("operating", "二十"), ("source", "")])
            .await
            .says("请填写万元数")
    );
    let mut secretary = Browser::of(&world.app, "songlin").await;
    assert!(secretary.post(&format!("/villages/{}/income", ids[0].0), &sent).await.says("没有村编码"), "not hers to write");
}

async fn one_sees_oneself(world: &World) {
    let city = world.city().await;
    let mut secretary = Browser::of(&world.app, "songlin").await;
    let me = secretary.get("/me").await;
    assert!(me.says("<h1>马春燕") && me.says("松林村党支部") && me.says("今年还没有逐人记录的活动"));
    assert!(me.says("下一次主题党日：11 月，主题还没有定"));
    let mut township = Browser::of(&world.app, "qingshi").await;
    assert!(township.get("/me").await.says("这个账号还没有对应到党员"));
    let mut tx = world.tx().await;
    organisation::set_theme_day(&mut tx, &console(), city.songlin, Some(8)).await.unwrap();
    tx.commit().await.unwrap();
}
