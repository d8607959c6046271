//! Whoever is out of reach is as if there were no such thing: on lists, in searches, counts, exports, JSON, pages and forms.

use axum::http::StatusCode;
use store::query;

use crate::people::browser::Browser;
use crate::people::world::{City, World, id_number, telephone};

on_both! { what_is_out_of_reach_is_not_there, a_line_body_sees_its_field_only, forms_out_of_reach_do_nothing, numbers_are_masked_until_somebody_says_what_for }

async fn what_is_out_of_reach_is_not_there(world: &World) {
    let city = world.city().await;
    let mut browser = Browser::of(&world.app, "qingshi").await;
    let organisations = browser.get("/organisations").await;
    assert!(organisations.says("松林村党支部") && organisations.says("3 个党组织，其中党支部 2 个，党员 12 名"));
    for address in [
        "/organisations",
        "/organisations?q=%E9%BE%99%E6%BD%AD",
        "/organisations?export=csv",
        "/organisations?on=2026-01-01",
        "/members",
        "/members?q=%E5%B0%8F%E9%BE%99",
        "/members?export=csv",
        "/members?on=2026-01-01",
        "/organisations/changes",
    ] {
        let seen = browser.get(address).await;
        assert_eq!(seen.status, StatusCode::OK, "{address}");
        assert!(!seen.says("龙潭村") && !seen.says("柳湾镇"), "{address} says what is out of reach");
    }
    // 马丽娟 is the thirteenth, at 龙潭村.
    assert!(!browser.get("/members?q=%E4%B8%BD%E5%A8%9F").await.says("马丽娟"));
    assert!(!browser.get(&format!("/members?q={}", &id_number(13)[14..])).await.says("马丽娟"));
    let by_number = format!("/search?q={}", &id_number(13)[14..]);
    assert!(!browser.get(&by_number).await.says("马丽娟"));
    assert!(Browser::of(&world.app, "liuwan").await.get(&by_number).await.says("马丽娟"), "the last four digits find whoever is in reach");
    assert_eq!(browser.get("/api/organisations?q=%E9%BE%99%E6%BD%AD").await.body, "[]");
    assert_eq!(browser.get("/api/members?q=%E9%A9%AC%E4%B8%BD%E5%A8%9F").await.body, "[]");
    let absent = browser.get("/organisations/999999999").await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    for address in not_there(&city) {
        let seen = browser.get(&address).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(seen.body.len(), absent.body.len(), "{address} answers otherwise than what does not exist");
    }
    // The partial answers of the tree say no more.
    assert_eq!(browser.get(&format!("/organisations/tree/{}", city.liuwan)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&format!("/organisations/tree/{}", city.county)).await.status, StatusCode::NOT_FOUND);
}

fn not_there(city: &City) -> Vec<String> {
    let mut addresses = vec![
        format!("/members/{}", city.members[12]),
        format!("/members/{}/transfer", city.members[12]),
        format!("/members/{}/unmask", city.members[12]),
    ];
    addresses.extend([city.county, city.liuwan, city.longtan].map(|id| format!("/organisations/{id}")));
    addresses.extend([
        format!("/organisations/{}/rename", city.longtan),
        format!("/organisations?under={}", city.liuwan),
        format!("/members?under={}", city.longtan),
    ]);
    addresses
}

async fn a_line_body_sees_its_field_only(world: &World) {
    let city = world.city().await;
    let mut browser = Browser::of(&world.app, "hangye").await;
    let list = browser.get("/organisations").await;
    assert!(list.says("柳湾镇中心学校党支部") && list.says("1 个党组织"));
    assert!(!list.says("松林村") && !list.says("龙潭村"));
    assert_eq!(browser.get(&format!("/organisations/{}", city.school)).await.status, StatusCode::OK);
    for id in [city.songlin, city.liuwan] {
        assert_eq!(browser.get(&format!("/organisations/{id}")).await.status, StatusCode::NOT_FOUND);
    }
    // It sees, and decides nothing: the forms are not there for this post.
    assert_eq!(browser.get(&format!("/organisations/{}/dissolve", city.school)).await.status, StatusCode::NOT_FOUND);
}

async fn forms_out_of_reach_do_nothing(world: &World) {
    let city = world.city().await;
    let before = world.count("select no from commit_head").await;
    let mut township = Browser::of(&world.app, "qingshi").await;
    let decision = [("on", "2026-11-01"), ("reason", "试"), ("name", "别的名称"), ("other", &city.songlin.to_string())];
    for act in ["rename", "move", "merge", "dissolve", "go_live", "committee"] {
        let seen = township.post(&format!("/organisations/{}/{act}", city.longtan), &decision).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{act}");
    }
    // Its own organisation is its superior's to decide about.
    let seen = township.post(&format!("/organisations/{}/rename", city.qingshi), &decision).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.says("由它的上级党组织办理"));
    // Nor may it take another township's branch for its own, or give one away.
    let seen = township
        .post(&format!("/organisations/{}/move", city.songlin), &[("on", "2026-11-01"), ("reason", "试"), ("other", &city.liuwan.to_string())])
        .await;
    assert!(seen.says("跨范围的调整由共同的上级办理"), "{}", seen.status);
    let mut secretary = Browser::of(&world.app, "songlin").await;
    for (address, status) in [
        (format!("/organisations/{}/rename", city.songlin), StatusCode::NOT_FOUND),
        (format!("/members/{}/leave", city.members[0]), StatusCode::NOT_FOUND),
        (format!("/members/{}/verify", city.members[0]), StatusCode::NOT_FOUND),
        (format!("/members/{}/edit", city.members[9]), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(secretary.post(&address, &decision).await.status, status, "{address}");
    }
    let written = world.count(&format!("select count(*) from audit where commit_no > {before} and operation not like 'account.%'")).await;
    assert_eq!(written, 0, "a refusal writes nothing");
}

async fn numbers_are_masked_until_somebody_says_what_for(world: &World) {
    let city = world.city().await;
    let mut county = Browser::of(&world.app, "xian").await;
    let member = city.members[0];
    for address in [
        "/members".to_owned(),
        format!("/members/{member}"),
        "/members?export=csv".to_owned(),
        format!("/organisations/{}", city.songlin),
        "/api/members?q=%E9%A9%AC".to_owned(),
        format!("/members/{member}/edit"),
    ] {
        let seen = county.get(&address).await;
        assert_eq!(seen.status, StatusCode::OK, "{address}");
        assert!((1..=15).all(|n| !seen.says(&id_number(n)) && !seen.says(&telephone(n))), "{address} shows a number in full");
        assert!(!seen.says("19900001931"), "{address} shows a secretary's number in full");
    }
    assert!(county.get("/members").await.says(&format!("990101********{}", &id_number(1)[14..])));
    // By the last four digits, or the whole number, somebody is found without the number being shown.
    let found = county.get(&format!("/members?q={}", telephone(3))).await;
    assert!(found.says("马学军") && found.says("共 1 名") && !found.says(&id_number(3)));
    // Ethnicity: on the record, in no list, filter or ordinary export.
    assert!(county.get(&format!("/members/{member}")).await.says("土家族"));
    assert!(!county.get("/members").await.says("民族") && !county.get("/members?export=csv").await.says("土家族"));
    let asked = county.post(&format!("/members/{member}/unmask"), &[("reason", "")]).await;
    assert!(asked.status == StatusCode::UNPROCESSABLE_ENTITY && !asked.says(&id_number(1)));
    let shown = county.post(&format!("/members/{member}/unmask"), &[("reason", "核对档案")]).await;
    assert!(shown.says(&id_number(1)) && shown.says(&telephone(1)));
    let all = county.post("/members/national_form", &[("reason", "党内统计报送"), ("under", "")]).await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(all.bytes.starts_with(b"PK"), "a workbook");
    let rows = query(
        world.app.store().reader(),
        "select operation, detail from audit where operation in ('member.unmask', 'member.export_national_form') order by seq",
        [],
    )
    .await
    .unwrap();
    let kept: Vec<(String, String)> = rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept[0].1.contains("核对档案") && kept[1].1.contains("党内统计报送") && kept[1].1.contains("15"));
    assert!(kept.iter().all(|(_, detail)| !detail.contains(&id_number(1)[..14])), "the audit holds no number");
    // A secretary sees the roster, never the numbers in full.
    let mut secretary = Browser::of(&world.app, "songlin").await;
    for address in [format!("/members/{member}/unmask"), "/members/national_form".to_owned()] {
        assert_eq!(secretary.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    // The administrator of the county does not even see members.
    let mut administrator = Browser::of(&world.app, "guanli").await;
    assert_eq!(administrator.get("/members").await.status, StatusCode::NOT_FOUND);
    assert_eq!(administrator.get("/api/members?q=%E9%A9%AC").await.status, StatusCode::NOT_FOUND);
}
