//! Rosters enter once and again.

use jiff::civil::date;
use server::member::NewMember;
use server::organisation::{NewHolding, Outcome};
use server::unit::{NewIncome, NewVillage};
use server::{member, organisation, unit};

use crate::people::world::{TODAY, World, console, roster_line as organisation, someone as member};

on_both! { rosters_enter_once, the_same_roster_again_changes_nothing_and_a_different_one_opens_spans }

async fn rosters_enter_once(world: &World) {
    let (app, console) = (&world.app, console());
    let mut tx = world.tx().await;
    // Branches before their superiors: the order of rows says nothing.
    let roster = vec![
        organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
        organisation("P9901", "中共云岭市委员会", "committee", ""),
        organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
        organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
    ];
    let orgs = organisation::create_all(app, &mut tx, &console, roster.clone()).await.unwrap();
    let branch = orgs[0];
    let members = (1..=9).map(|n| member(n, branch)).chain([member(3, branch), member(11, orgs[1])]).collect::<Vec<_>>();
    let answers = member::create_all(app, &mut tx, &console, members.clone()).await.unwrap();
    let refused: Vec<String> = answers.iter().filter_map(|answer| answer.as_ref().err()).map(ToString::to_string).collect();
    assert_eq!(refused, ["马学军：这一批里有两条记录用了同一个公民身份号码，只收第一条。", "马志强：没有找到所在党支部，请核对支部编码。"]);
    let again = organisation::create_all(app, &mut tx, &console, vec![roster[0].clone()]).await.unwrap_err();
    assert_eq!(again.to_string(), "组织编码 P990101001001 已经有了，编码不能重复。");
}

async fn the_same_roster_again_changes_nothing_and_a_different_one_opens_spans(world: &World) {
    let (app, console) = (&world.app, console());
    let mut tx = world.tx().await;
    let roster = vec![
        organisation("P990101001001", "松林村党支部", "branch", "P990101001"),
        organisation("P990101001002", "上河村党支部", "branch", "P990101001"),
        organisation("P9901", "中共云岭市委员会", "committee", ""),
        organisation("P990101", "中共青屏县委员会", "committee", "P9901"),
        organisation("P990101001", "中共青石镇委员会", "committee", "P990101"),
    ];
    let orgs = organisation::create_all(app, &mut tx, &console, roster.clone()).await.unwrap();
    let members: Vec<NewMember> = (1..=9).map(|n| member(n, orgs[0])).collect();
    let answers = member::create_all(app, &mut tx, &console, members.clone()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    unit::upsert_villages(app, &mut tx, &console, vec![NewVillage { code: "990101001001".to_owned(), name: "松林村".to_owned() }]).await.unwrap();
    let income = NewIncome {
        village_code: "990101001001".to_owned(),
        year: 2025,
        operating_fen: 2_284_000,
        total_fen: Some(4_788_000),
        source: "村级集体经济.xlsx".to_owned(),
    };
    assert_eq!(unit::set_income(app, &mut tx, &console, income.clone()).await.unwrap(), Outcome::Created);
    assert_eq!(unit::set_income(app, &mut tx, &console, income.clone()).await.unwrap(), Outcome::Unchanged);
    organisation::set_committee(
        app,
        &mut tx,
        &console,
        orgs[0],
        vec![NewHolding { post: "committee_member".to_owned(), name: "段学军".to_owned(), ..NewHolding::default() }],
        date(2021, 4, 7),
        "换届选举结果",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.count("select count(*) from organisation_path where depth = 3").await, 2);
    assert_eq!(world.count("select count(*) from organisation_state where level = 'township' and recorded_in = 1").await, 1);
    assert_eq!(world.count("select count(*) from span where kind = 'member.full'").await, 9);
    assert_eq!(world.count("select count(*) from span where kind = 'organisation.committee'").await, 1);
    assert_eq!(world.count("select count(*) from span where kind = 'organisation.term_overdue' and from_on = '2026-04-07'").await, 5);
    assert_eq!(world.count("select quantity from event where kind = 'village.operating_income' and day = '2025-12-31'").await, 2_284_000);

    let mut tx = world.tx().await;
    let outcomes = organisation::put_all(app, &mut tx, &console, roster.clone(), TODAY).await.unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Unchanged), "{outcomes:?}");
    let again = member::put_all(app, &mut tx, &console, members.clone(), TODAY).await.unwrap();
    assert!(again.iter().all(|answer| matches!(answer, Ok((_, Outcome::Unchanged)))), "{again:?}");
    let mut moved = members[0].clone();
    moved.branch = orgs[1];
    moved.telephone = Some("19906920000".to_owned());
    let answer = member::update_all(app, &mut tx, &console, vec![moved], date(2026, 11, 1)).await.unwrap();
    assert!(matches!(answer[0], Ok((_, Outcome::Updated))), "{answer:?}");
    let mut renamed = roster[0].clone();
    renamed.name = "青松村党支部".to_owned();
    renamed.secretary = Some("段学军".to_owned());
    renamed.elected_on = Some(date(2026, 10, 8));
    let answer = organisation::update_all(app, &mut tx, &console, vec![renamed], date(2026, 11, 1)).await.unwrap();
    assert_eq!(answer[0].1, Outcome::Updated);
    tx.commit().await.unwrap();
    assert_eq!(world.count("select count(*) from organisation_state where superseded_in = 2").await, 1);
    assert_eq!(world.count("select count(*) from organisation_state where superseded_in is null").await, 6);
    assert_eq!(world.count("select count(*) from affiliation where superseded_in is null and until_on is null").await, 9);
    assert_eq!(world.count("select count(*) from span where kind = 'member.all' and until_on = '2026-11-01'").await, 1);
    assert_eq!(world.count("select count(*) from span where kind = 'organisation.term_overdue' and until_on = '2026-10-08'").await, 1);
    assert_eq!(world.count("select count(*) from span where kind = 'organisation.secretary' and from_on = '2026-10-08'").await, 1);
}
