//! A duty of a branch in a period is exactly one thing, and the pages say it with the same word.

use std::collections::BTreeMap;

use jiff::civil::date;
use policy::{Capability, Period};
use server::activity::{Attendance, NewActivity};
use server::organisation;
use store::OrgId;

use super::{attributes, mark, texts};
use crate::world::{NANMEN, SCHOOL, SHANGHE, SONGLIN, TOWN, World, on_both};

on_both! { every_state_has_its_word, nothing_is_missed_before_go_live, imported_records_evidence_what_was_in_them, what_a_dissolved_branch_did_stays, however_it_is_asked_a_scope_reaches_the_same }

async fn every_state_has_its_word(world: &mut World) {
    let songlin = world.org(SONGLIN);
    let september = NewActivity { entered_on: date(2026, 9, 20), ..world.held(SONGLIN, "theme_day", date(2026, 9, 15)) };
    let made_up = NewActivity {
        makes_up: Some(Period::month(2026, 8)),
        late_reason: Some("农忙".to_owned()),
        topic: "补课".to_owned(),
        ..world.held(SONGLIN, "theme_day", date(2026, 9, 5))
    };
    let ids = world.record(vec![september, made_up]).await;
    let mut town = world.visitor("zhenwei").await;
    town.post(&format!("/activities/{}/consent", ids[1]), &[]).await;
    town.post("/duties/excuse/grant", &[("id", &super::key(songlin, "theme_day", "2026-07")), ("reason", "抗洪抢险")]).await;

    for (duty, period, word) in [
        ("theme_day", "2026-09", "按时"),
        ("theme_day", "2026-08", "补办"),
        ("theme_day", "2026-07", "免办"),
        ("theme_day", "2026-10", "未完成"),
        ("theme_day", "2026-11", "剩 8 天"),
        ("theme_day", "2026-12", "未到期"),
        ("general_meeting", "2026-Q4", "剩 39 天"),
        ("group_meeting", "2026-10", "不适用"),
    ] {
        assert_eq!(mark(&mut town, songlin, duty, period).await, word, "{duty} {period}");
    }
    let cell = town.get(&format!("/duties/{songlin}/theme_day/2026-09")).await;
    cell.says("录入晚 5 天").says("党支部每月相对固定1天开展主题党日");
    let matrix = town.get("/duties?duty=theme_day").await;
    let row: Vec<String> = attributes(&matrix, "tbody tr:nth-child(1) .k", "class");
    assert_eq!(row[6..12], ["k excused", "k late", "k ok", "k missed", "k soon far", "k future"]);

    // Within the days until it is locked, the same gap is overdue, and may be made up.
    world.go_to(date(2026, 11, 5)).await;
    let mut town = world.visitor("zhenwei").await;
    assert_eq!(mark(&mut town, songlin, "theme_day", "2026-10").await, "逾期 5 天");
    // The countdown turns red in the last days.
    world.go_to(date(2026, 11, 28)).await;
    let mut town = world.visitor("zhenwei").await;
    let seen = town.get(&format!("/duties/{songlin}/theme_day/2026-11")).await;
    assert_eq!(texts(&seen, "p.state .st.urgent"), ["剩 2 天"]);
}

async fn nothing_is_missed_before_go_live(world: &mut World) {
    let (songlin, town) = (world.org(SONGLIN), world.org(TOWN));
    let mut officer = world.visitor("zhenwei").await;
    assert_eq!(mark(&mut officer, songlin, "theme_day", "2026-03").await, "未完成");
    let (mut tx, console) = world.tx(date(2026, 11, 22)).await;
    assert_eq!(organisation::set_go_live(&mut tx, &console, town, date(2026, 6, 15)).await.unwrap(), 4);
    world.commit(tx).await;
    for (period, word) in [("2026-03", "未启用"), ("2026-06", "未启用"), ("2026-07", "未完成")] {
        assert_eq!(mark(&mut officer, songlin, "theme_day", period).await, word, "{period}");
    }
    // A period that was not in use is neither owed nor counted.
    let list = officer.get("/duties/items?duty=theme_day&state=missed").await;
    let named = texts(&list, "tbody td a[hx-get]");
    assert_eq!(named.len(), 12, "three branches, four months");
    assert!(named.iter().all(|duty| ["（7 月）", "（8 月）", "（9 月）", "（10 月）"].iter().any(|month| duty.ends_with(month))), "{named:?}");
}

async fn imported_records_evidence_what_was_in_them(world: &mut World) {
    let nanmen = world.org(NANMEN);
    // Its records are not kept here yet; a workbook brought some of them.
    let (tx, _) = world.tx(date(2026, 11, 22)).await;
    store::execute(tx.connection(), "update organisation set go_live_on = null where id = $1", [nanmen.into()]).await.unwrap();
    let mut tx = tx;
    tx.changed("organisation", nanmen, Some(nanmen));
    world.commit(tx).await;
    let imported = NewActivity {
        source: "import:1".to_owned(),
        entered_on: date(2026, 11, 22),
        attendance: Attendance::Counts { n_eligible: 4, n_present: 3 },
        ..world.held(NANMEN, "theme_day", date(2026, 3, 10))
    };
    world.record(vec![imported]).await;
    let mut officer = world.visitor("jiedao").await;
    for (duty, period, word) in [("theme_day", "2026-03", "按时"), ("general_meeting", "2026-Q1", "待佐证"), ("theme_day", "2026-04", "未启用")]
    {
        assert_eq!(mark(&mut officer, nanmen, duty, period).await, word, "{duty} {period}");
    }
    let seen = officer.get("/activities?state=counts").await;
    seen.says("3 / 4");
    // Five members and no committee: the duty does not apply, a record of it is kept and counts nothing.
    let ids = world.record(vec![world.held(SHANGHE, "branch_committee_meeting", date(2026, 9, 9))]).await;
    let mut town = world.visitor("zhenwei").await;
    assert_eq!(mark(&mut town, world.org(SHANGHE), "branch_committee_meeting", "2026-09").await, "不适用");
    town.get(&format!("/activities/{}", ids[0])).await.says("9 月学习");
}

async fn what_a_dissolved_branch_did_stays(world: &mut World) {
    let (shanghe, songlin) = (world.org(SHANGHE), world.org(SONGLIN));
    let ids = world.record(vec![world.held(SHANGHE, "theme_day", date(2026, 9, 9)), world.held(SONGLIN, "theme_day", date(2026, 9, 9))]).await;
    let mut town = world.visitor("zhenwei").await;
    merged(world, shanghe, songlin).await;

    // What it did and did not do in its own months is told as before, to the same people; the month it ended in is none of its own.
    for (period, word) in [("2026-09", "按时"), ("2026-08", "未完成"), ("2026-10", "未完成"), ("2026-11", "不适用")] {
        assert_eq!(mark(&mut town, shanghe, "theme_day", period).await, word, "{period}");
    }
    town.get(&format!("/duties/{shanghe}/theme_day/2026-10")).await.says("党组织已经撤销，不再补录").hides("去记录").hides("催办");
    town.get(&format!("/duties?organisation={shanghe}&year=2026")).await.says("（已撤销） 2026 年责任矩阵").says("主题党日");
    town.get(&format!("/activities?organisation={shanghe}&year=2026")).await.says("9 月学习");
    town.get(&format!("/activities/{}", ids[0])).await.says("9 月学习").says("按召开日期算在 2026 年 9 月");
    let own = town.get(&format!("/organisations/{shanghe}")).await;
    own.says("2026-11-05 撤销").says("责任矩阵").says("组织生活");
    // It stays a row of the town's matrix and of its records.
    let rows = texts(&town.get("/duties?year=2026").await, "table tbody th, table tbody td:first-child");
    assert!(rows.iter().any(|name| name.contains("上河")), "{rows:?}");
    let listed = attributes(&town.get("/activities?year=2026").await, "table.list tbody a", "href");
    assert!(listed.contains(&format!("/activities/{}", ids[0])), "{listed:?}");

    // Whoever had no way to it has none now.
    let mut street = world.visitor("jiedao").await;
    for path in [
        format!("/duties/{shanghe}/theme_day/2026-09"),
        format!("/duties?organisation={shanghe}"),
        format!("/activities?organisation={shanghe}"),
        format!("/activities/{}", ids[0]),
        format!("/organisations/{shanghe}"),
    ] {
        assert_eq!(street.get(&path).await.status, 404, "{path}");
    }
    // Nothing more is entered for it.
    let refused = town
        .post(
            "/activities",
            &[("organisation", &shanghe.to_string()), ("kind", "theme_day"), ("held_on", "2026-10-30"), ("topic", "补"), ("form", "counts")],
        )
        .await;
    assert_eq!(refused.status, 404);
    assert_eq!(town.get(&format!("/activities/new?organisation={shanghe}&kind=theme_day")).await.status, 404);
}

/// Puts one branch into another on 5 November.
async fn merged(world: &World, from: OrgId, into: OrgId) {
    let (mut tx, console) = world.tx(date(2026, 11, 5)).await;
    let decision = organisation::Decision { on: date(2026, 11, 5), reason: "青组发〔2026〕7 号".to_owned() };
    organisation::merge(&world.app, &mut tx, &console, from, into, &decision).await.unwrap();
    world.commit(tx).await;
}

/// A list searched by index, a question asked of every row, and the lists in memory say the same of everybody.
async fn however_it_is_asked_a_scope_reaches_the_same(world: &mut World) {
    let (school, songlin) = (world.org(SCHOOL), world.org(SONGLIN));
    merged(world, world.org(SHANGHE), songlin).await;
    merged(world, school, songlin).await;
    let reader = world.app.store().reader();
    let mut n_former: BTreeMap<String, usize> = BTreeMap::new();
    for row in store::query(reader, "select id, login from person order by id", []).await.unwrap() {
        let (id, login): (i64, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let mut actor = server::account::actor_of(&world.app, id, date(2026, 11, 22)).await.unwrap();
        for capability in [Capability::ViewOrganisations, Capability::ViewActivities, Capability::RecordActivities] {
            let mut asked = Vec::new();
            for is_wide in [false, true] {
                actor.grants.iter_mut().for_each(|grant| grant.is_wide = is_wide);
                let sql = format!("select o.id from organisation o where {} order by o.id", actor.scope(capability).sql("o.id"));
                let ids = store::query(reader, sql, []).await.unwrap();
                asked.push(ids.iter().map(|row| row.try_get_by_index(0).unwrap()).collect::<Vec<OrgId>>());
            }
            let directory = world.app.directory();
            let scope = actor.scope(capability);
            let gone = directory.gone().iter().filter(|_| capability.only_looks());
            let mut kept: Vec<OrgId> =
                directory.all(&scope).chain(gone.filter(|org| scope.includes(org.id, &org.superiors, &org.field))).map(|org| org.id).collect();
            kept.sort_unstable();
            assert_eq!(asked[0], kept, "{login} {capability:?}");
            assert_eq!(asked[1], kept, "{login} {capability:?}");
            if capability == Capability::ViewActivities {
                n_former.insert(login.clone(), kept.iter().filter(|id| directory.org(**id).is_none()).count());
            }
        }
    }
    // The school's line body reaches one of the two, the town both, the branch that they went into none.
    assert_eq!(["zhenwei", "hangye", "shuji", "jiedao"].map(|login| n_former[login]), [2, 1, 0, 0], "{n_former:?}");
}
