//! A member is handed over between two sides; exemptions, verification and exits have two sides too.

use axum::http::StatusCode;
use jiff::civil::date;
use server::member;

use crate::people::browser::Browser;
use crate::people::world::{World, console};

on_both! { a_member_goes_from_one_branch_to_another, a_transfer_lapses, exemptions_and_verification_take_two, whoever_leaves_stays_on_record }

async fn homes(world: &World, member: i64) -> Vec<i64> {
    let rows = store::query(
        world.app.store().reader(),
        "select organisation_id from affiliation where member_id = $1 and superseded_in is null and until_on is null",
        [member.into()],
    )
    .await
    .unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn transfer_id(world: &World) -> i64 {
    world.count("select max(id) from affiliation_transfer").await
}

async fn a_member_goes_from_one_branch_to_another(world: &World) {
    let city = world.city().await;
    let member = city.members[1];
    let (mut sender, mut receiver, mut other) =
        (Browser::of(&world.app, "songlin").await, Browser::of(&world.app, "longtan").await, Browser::of(&world.app, "shanghe").await);
    // The receiving branch is out of the sender's reach: only its whole code finds it.
    assert_eq!(sender.get("/api/branches?q=%E9%BE%99%E6%BD%AD").await.body, "[]");
    assert!(sender.get("/api/branches?q=P990101002001").await.says("龙潭村党支部"));
    let out = sender.post(&format!("/members/{member}/transfer"), &[("to", &city.longtan.to_string()), ("reason", "")]).await;
    assert!(out.status == StatusCode::UNPROCESSABLE_ENTITY && out.says("请写明原因"));
    let out = sender.post(&format!("/members/{member}/transfer"), &[("to", &city.longtan.to_string()), ("reason", "工作调动")]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert_eq!(homes(world, member).await, [city.songlin], "in transit he is still at home");
    assert!(sender.get(&format!("/members/{member}")).await.says("转接途中"));
    let again = sender.post(&format!("/members/{member}/transfer"), &[("to", &city.shanghe.to_string()), ("reason", "改主意")]).await;
    assert!(again.says("已经在转接途中"));
    let id = transfer_id(world).await;
    // Neither the sender nor a third branch can receive.
    assert!(sender.post(&format!("/transfers/{id}/receive"), &[]).await.says("由接收方办理"));
    assert!(other.post(&format!("/transfers/{id}/receive"), &[]).await.says("没有找到这次转接"));
    assert!(!other.get("/transfers").await.says("马丽梅"));
    assert!(receiver.get("/transfers").await.says("马丽梅"));
    assert_eq!(receiver.get(&format!("/members/{member}")).await.status, StatusCode::NOT_FOUND, "not theirs yet");
    // Returned with a reason, sent again, received.
    assert!(receiver.post(&format!("/transfers/{id}/return"), &[("reason", " ")]).await.says("请写明退回的原因"));
    assert_eq!(receiver.post(&format!("/transfers/{id}/return"), &[("reason", "介绍信抬头不对")]).await.status, StatusCode::SEE_OTHER);
    assert!(sender.get("/transfers").await.says("介绍信抬头不对"));
    sender.post(&format!("/members/{member}/transfer"), &[("to", &city.longtan.to_string()), ("reason", "工作调动")]).await;
    let id = transfer_id(world).await;
    assert_eq!(receiver.post(&format!("/transfers/{id}/receive"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(homes(world, member).await, [city.longtan]);
    assert!(receiver.post(&format!("/transfers/{id}/receive"), &[]).await.says("已经办完"));
    assert_eq!(receiver.get(&format!("/members/{member}")).await.status, StatusCode::OK);
    assert_eq!(sender.get(&format!("/members/{member}")).await.status, StatusCode::NOT_FOUND);
    let at = |org: i64| format!("select count(*) from span where kind = 'member.full' and subject_id = {member} and organisation_id = {org}");
    assert_eq!(world.count(&format!("{} and until_on = '2026-11-22'", at(city.songlin))).await, 1);
    assert_eq!(world.count(&format!("{} and from_on = '2026-11-22' and until_on is null", at(city.longtan))).await, 1);
    // Yesterday he was where he was.
    assert!(sender.get("/members?on=2026-11-21").await.says("马丽梅"));
}

async fn a_transfer_lapses(world: &World) {
    let city = world.city().await;
    let member = city.members[1];
    let mut sender = Browser::of(&world.app, "songlin").await;
    sender.post(&format!("/members/{member}/transfer"), &[("to", &city.longtan.to_string()), ("reason", "工作调动")]).await;
    let id = transfer_id(world).await;
    // One officer reaches both sides and may not play both.
    let mut county = Browser::of(&world.app, "xian").await;
    county.post(&format!("/members/{}/transfer", city.members[2]), &[("to", &city.longtan.to_string()), ("reason", "工作调动")]).await;
    assert!(county.post(&format!("/transfers/{}/receive", transfer_id(world).await), &[]).await.says("由两个人办理"));
    let later = world.days_later(91).await;
    let mut receiver = Browser::of(&later, "longtan").await;
    assert!(receiver.get("/transfers").await.says("到期未接收"));
    assert!(receiver.post(&format!("/transfers/{id}/receive"), &[]).await.says("已经退回转出方"));
    assert_eq!(homes(world, member).await, [city.songlin]);
    let mut sender = Browser::of(&later, "songlin").await;
    let again = sender.post(&format!("/members/{member}/transfer"), &[("to", &city.longtan.to_string()), ("reason", "工作调动")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a lapsed transfer is no obstacle");
    assert_eq!(world.count(&format!("select count(*) from affiliation_transfer where member_id = {member} and state = 'out'")).await, 1);
}

async fn exemptions_and_verification_take_two(world: &World) {
    let city = world.city().await;
    let member = city.members[3];
    let (mut secretary, mut township) = (Browser::of(&world.app, "songlin").await, Browser::of(&world.app, "qingshi").await);
    let listed = secretary.post(&format!("/members/{member}/exempt"), &[("reason", "长期卧床"), ("from", "2026-11-01")]).await;
    assert_eq!(listed.status, StatusCode::SEE_OTHER);
    let exemption = world.count("select max(id) from member_exemption").await;
    assert_eq!(secretary.post(&format!("/exemptions/{exemption}/approve"), &[]).await.status, StatusCode::NOT_FOUND, "approved above");
    let mut foreign = Browser::of(&world.app, "liuwan").await;
    assert_eq!(foreign.post(&format!("/exemptions/{exemption}/approve"), &[]).await.status, StatusCode::NOT_FOUND);
    assert!(township.get("/members?mark=exempt").await.says("共 1 名"));
    assert_eq!(township.post(&format!("/exemptions/{exemption}/approve"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(township.post(&format!("/exemptions/{exemption}/approve"), &[]).await.says("已经答复过"));
    assert_eq!(world.count("select count(*) from member_exemption where approved_at is not null").await, 1);
    // Verified by whoever did not write it; a correction asks for verification anew.
    assert_eq!(township.post(&format!("/members/{member}/verify"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(township.get(&format!("/members/{member}")).await.says("核验"));
    let record = [
        ("name", "马绍云"),
        ("sex", "男"),
        ("category", "正式党员"),
        ("status", "正常"),
        ("joined_on", "2010-08-01"),
        ("full_on", "2011-08-01"),
        ("source", "入党志愿书"),
    ];
    assert_eq!(township.post(&format!("/members/{member}/edit"), &record).await.status, StatusCode::SEE_OTHER);
    assert!(township.get(&format!("/members/{member}")).await.says("入党志愿书（2026-11-22 更新）"));
    assert!(township.post(&format!("/members/{member}/verify"), &[]).await.says("要由别人核验"));
    let mut county = Browser::of(&world.app, "xian").await;
    assert_eq!(
        county.post("/members/selected", &[("do", "verify"), ("id", &member.to_string()), ("id", &city.members[4].to_string())]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(world.count("select count(*) from member where verified_at is not null").await, 2);
}

async fn whoever_leaves_stays_on_record(world: &World) {
    let city = world.city().await;
    let member = city.members[5];
    let mut township = Browser::of(&world.app, "qingshi").await;
    let leave = |on: &'static str, status: &'static str| [("status", status), ("on", on), ("reason", "青纪处〔2026〕2 号")];
    assert!(township.post(&format!("/members/{member}/leave"), &leave("2026-12-01", "开除党籍")).await.says("不晚于今天"));
    assert!(township.post(&format!("/members/{member}/leave"), &leave("2026-11-20", "正常")).await.says("请选择离开的情形"));
    assert_eq!(township.post(&format!("/members/{member}/leave"), &leave("2026-11-20", "开除党籍")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(homes(world, member).await, [0_i64; 0]);
    assert!(!township.get("/members").await.says("马国良"));
    let record = township.get(&format!("/members/{member}")).await;
    assert!(record.says("开除党籍") && record.says("青纪处〔2026〕2 号"));
    assert!(township.get("/members?on=2026-11-19").await.says("马国良"));
    assert_eq!(world.count("select count(*) from member").await, 15, "nobody is ever deleted");
    // A roster that still lists somebody who left is told so.
    let mut tx = world.tx().await;
    let again =
        member::put_all(&world.app, &mut tx, &console(), vec![crate::people::world::someone(6, city.songlin)], date(2026, 11, 22)).await.unwrap();
    assert!(again[0].as_ref().unwrap_err().to_string().contains("已经登记离开"));
}
