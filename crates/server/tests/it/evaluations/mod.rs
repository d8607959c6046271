//! The plan, star ratings, rankings: opened at their point, drafted, objected to, published, frozen; and seen by whom.

mod ballots;
mod engines;
mod explanation;
mod judging;
mod plan;
mod publication;
mod ranking;
mod visibility;
pub mod year;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use server::account::{NewGrant, NewPerson, create_person, give_grant};
use server::app::{App, Settings};
use server::evaluation::{self, JudgedValue};
use store::{Actor, OrgId, Refusal, query};

use crate::world::{COUNTY, PASSWORD, SCHOOL, SHANGHE, SONGLIN, World, morning};

/// The plan's first half of 2026, and the first day on which it may be opened.
pub const LINE: &str = "five_star_2026_first_half";
pub const OPENS: Date = date(2026, 7, 11);

pub type Fields = BTreeMap<String, Vec<String>>;

pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    fields
}

/// The same database as a demo city at a day: schemes with invented values may be published there.
pub async fn as_demo(world: &mut World, day: Date) {
    let offset = morning(day).duration_since(server::clock::now()) + SignedDuration::from_secs(1);
    let settings = Settings { is_demo: true, clock_offset: offset, ..Settings::default() };
    world.app = App::new(world.app.store().clone(), server::rooms::embedded_policies().unwrap(), settings, &server::rooms::ROOMS).await.unwrap();
    tokio::spawn(server::follow::run(world.app.clone()));
}

/// Somebody with the grants of a day.
pub async fn actor(app: &App, login: &str, day: Date) -> Actor {
    let rows = query(app.store().reader(), "select id, name from person where login = $1", [login.into()]).await.unwrap();
    let row = rows.first().unwrap_or_else(|| panic!("no account {login}"));
    server::account::actor(app, row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap(), day).await.unwrap()
}

/// Another post for a new or known person.
pub async fn give(world: &World, login: &str, name: &str, role: &str, code: &str, day: Date) {
    let (mut tx, console) = world.tx(day).await;
    let known = query(tx.connection(), "select id from person where login = $1", [login.into()]).await.unwrap();
    let person_id = match known.first() {
        Some(row) => row.try_get_by_index(0).unwrap(),
        None => {
            let new = NewPerson {
                login: login.to_owned(),
                name: name.to_owned(),
                password: PASSWORD.to_owned(),
                member_id: None,
                must_change_password: false,
            };
            create_person(&mut tx, &console, new).await.unwrap()
        }
    };
    let grant = NewGrant {
        person_id,
        role: role.to_owned(),
        post: format!("{name}的岗位"),
        root: Some(world.org(code)),
        fields: Vec::new(),
        named: Vec::new(),
        from: day,
        until: None,
        is_acting: false,
    };
    give_grant(&world.app, &mut tx, &console, grant).await.unwrap();
    world.commit(tx).await;
}

/// What was refused, in words.
pub fn refusal<T: std::fmt::Debug>(result: anyhow::Result<T>) -> String {
    result.expect_err("it is refused").downcast::<Refusal>().expect("a refusal").0
}

/// Half a year of records: 松林村 held everything, 上河村 missed two theme days, the school one quarter's meeting.
pub async fn half_a_year(world: &World) {
    let mut records = Vec::new();
    for month in 1..=6_i8 {
        for branch in [SONGLIN, SHANGHE, SCHOOL] {
            if !(branch == SHANGHE && [2, 5].contains(&month)) {
                records.push(world.held(branch, "theme_day", date(2026, month, 15)));
            }
        }
        records.push(world.held(SONGLIN, "branch_committee_meeting", date(2026, month, 8)));
        records.push(world.held(SCHOOL, "branch_committee_meeting", date(2026, month, 9)));
    }
    for month in [2, 5] {
        for branch in [SONGLIN, SHANGHE, SCHOOL] {
            if !(branch == SCHOOL && month == 5) {
                records.push(world.held(branch, "general_meeting", date(2026, month, 20)));
            }
            records.push(world.held(branch, "party_lecture", date(2026, month, 21)));
        }
    }
    world.record(records).await;
}

/// Files the line of the first half for the county.
pub async fn file(world: &World, day: Date) -> i64 {
    let county = actor(&world.app, "xianwei", day).await;
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    let id = evaluation::file_line(
        &world.app,
        &mut tx,
        &county,
        world.org(COUNTY),
        LINE,
        "市委年度督查检查考核计划",
        "县委常委会",
        Some("青组通〔2026〕3号"),
    )
    .await
    .unwrap();
    world.commit(tx).await;
    id
}

/// Judges every judged item of the county's branches.
pub async fn judge_everything(world: &World, day: Date) {
    let county = actor(&world.app, "xianwei", day).await;
    let mut values = Vec::new();
    for (code, indicator, points) in [
        (SONGLIN, "satisfaction", "4"),
        (SONGLIN, "on_site", "4"),
        (SHANGHE, "satisfaction", "3"),
        (SHANGHE, "on_site", "2.5"),
        (SCHOOL, "satisfaction", "4"),
        (SCHOOL, "on_site", "3"),
    ] {
        values.push(JudgedValue {
            organisation: world.org(code),
            indicator: indicator.to_owned(),
            period: "2026-H1".parse().unwrap(),
            points: points.to_owned(),
            evidence: "2026-07-02 测评、查看".to_owned(),
        });
    }
    let mut tx = world.app.begin(&county, morning(day)).await.unwrap();
    for answer in evaluation::judge_all(&world.app, &mut tx, &county, values).await.unwrap() {
        answer.unwrap();
    }
    world.commit(tx).await;
}

/// Opens the rating of the first half on its first day, with everything recorded and judged.
pub async fn opened(world: &mut World) -> i64 {
    half_a_year(world).await;
    as_demo(world, OPENS).await;
    let entry = file(world, OPENS).await;
    judge_everything(world, OPENS).await;
    open(world, entry).await
}

pub async fn open(world: &World, entry: i64) -> i64 {
    let county = actor(&world.app, "xianwei", OPENS).await;
    let mut tx = world.app.begin(&county, morning(OPENS)).await.unwrap();
    let id = evaluation::open(&world.app, &mut tx, &county, entry).await.unwrap();
    world.commit(tx).await;
    id
}

/// One step of a publication by somebody on a day.
pub async fn act(world: &World, id: i64, login: &str, day: Date, action: &str, given: &[(&str, &str)]) -> anyhow::Result<()> {
    let who = actor(&world.app, login, day).await;
    let mut tx = world.app.begin(&who, morning(day)).await?;
    evaluation::act(&world.app, &mut tx, &who, id, action, &fields(given)).await?;
    world.commit(tx).await;
    Ok(())
}

/// Draft, decision, publication, without objections. Gives the day on which it was published.
pub async fn publish(world: &mut World, id: i64) -> Date {
    act(world, id, "xianwei", OPENS, "send_draft", &[("note", "请核对")]).await.unwrap();
    publish_draft(world, id).await
}

/// Decision and publication of a draft that was sent.
pub async fn publish_draft(world: &mut World, id: i64) -> Date {
    let later = date(2026, 7, 16);
    as_demo(world, later).await;
    act(world, id, "xianwei", later, "decide", &[("meeting", "部务会"), ("decided_on", "2026-07-16")]).await.unwrap();
    act(world, id, "xianwei", later, "publish", &[("scope", "本县各乡镇党委、各党支部")]).await.unwrap();
    later
}

pub fn row_address(id: i64, organisation: OrgId) -> String {
    format!("/evaluations/{id}/organisations/{organisation}")
}
