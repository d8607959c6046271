//! What the offices of the demo city put into the fields and had voted on; by the operations that people use.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::Period;
use store::OrgId;

use super::chance::Chance;
use super::loops::{actor, fields};
use crate::app::App;
use crate::ballot::{self, GroupCount, NewSitting};
use crate::ledger::{self, NewRow};

const COUNTY: &str = "P990101";
const TOWN: &str = "P990101101";
/// Rows that the county writes down a month.
const ROWS_A_MONTH: i64 = 4;

/// What is done at the end of a month that lies so many before the last.
pub(super) async fn month_end(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    inputs(app, day, at).await?;
    match months_left {
        2 => sitting(app, &["P990101101201", "P990101101202"], true, day, at).await,
        0 => sitting(app, &["P990101101203"], false, day, at).await,
        _ => Ok(()),
    }
}

fn org(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// The county looks after its villages, less after the rest, and never goes to a school: that is what the balance shows.
async fn inputs(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = org(app, COUNTY)?;
    let branches: Vec<(OrgId, String)> =
        app.directory().subtree(county).filter(|org| org.is_branch() && org.field != "school").map(|org| (org.id, org.field.clone())).collect();
    let villages: Vec<OrgId> = branches.iter().filter(|(_, field)| field == "rural").map(|(id, _)| *id).collect();
    let who = actor(app, "xianwei", day).await?;
    let mut tx = app.begin(&who, at).await?;
    let mut chance = Chance::of(&format!("inputs/{day}"));
    for _ in 0..ROWS_A_MONTH {
        let n_of = |n: usize| i64::try_from(n).unwrap_or(1).max(1) - 1;
        let pick = |at: i64| usize::try_from(at).unwrap_or_default();
        let about = if chance.in_thousand(700) { villages.get(pick(chance.between(0, n_of(villages.len())))).copied() } else { None };
        let about = about.or_else(|| branches.get(pick(chance.between(0, n_of(branches.len())))).map(|(id, _)| *id));
        let (input, element, what) = [
            ("走访指导", "组织", "看了换届后的支委分工，补了两项台账外的缺口"),
            ("走访指导", "活动", "列席主题党日，提了三条意见"),
            ("培训", "队伍", "支部书记集中轮训两天"),
            ("督查", "制度", "查了三会一课记录，当场反馈"),
            ("经费", "保障", "拨付活动场所维修经费"),
        ][pick(chance.between(0, 4))];
        let mut given = vec![("input", input), ("element", element), ("what", what)];
        let on = day.to_string();
        given.push(("done_on", &on));
        if input == "经费" {
            given.push(("amount", "20000"));
        }
        let row = NewRow { ledger: "field_inputs".to_owned(), organisation: county, about, fields: fields(&given) };
        ledger::enter(app, &mut tx, &who, row).await?;
    }
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The town has branches voted on; the county confirms the count, or it still waits to be counted.
async fn sitting(app: &App, branches: &[&str], is_confirmed: bool, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let town = org(app, TOWN)?;
    let subjects: Vec<OrgId> = branches.iter().map(|code| org(app, code)).collect::<anyhow::Result<_>>()?;
    let who = actor(app, "zhenwei", day).await?;
    let mut tx = app.begin(&who, at).await?;
    let new = NewSitting {
        ballot: "satisfaction".to_owned(),
        organisation: town,
        subjects: subjects.clone(),
        period: Period::year(day.year()),
        held_on: day,
        is_on_devices: false,
    };
    let id = ballot::hold(app, &mut tx, &who, new).await?;
    for (group, n) in [("members", 12), ("people", 20)] {
        ballot::set_electors(app, &mut tx, &who, id, group, n).await?;
    }
    app.settle(tx.commit().await?).await;
    let step = async |login: &str, action: &str, given: &[(&str, &str)]| -> anyhow::Result<()> {
        let who = actor(app, login, day).await?;
        let mut tx = app.begin(&who, at).await?;
        let sitting = ballot::find(tx.connection(), id).await?.context("it was called")?;
        ballot::act(app, &mut tx, &who, &sitting, action, &fields(given)).await?;
        app.settle(tx.commit().await?).await;
        Ok(())
    };
    step("zhenwei", "begin", &[("monitors", "李学文、杨丽华")]).await?;
    if !is_confirmed {
        return Ok(());
    }
    let mut tx = app.begin(&who, at).await?;
    for (group, n_issued, votes) in [("members", 12, vec![(3, 8), (2, 3)]), ("people", 19, vec![(3, 11), (2, 5), (1, 2)])] {
        let votes = subjects.iter().map(|org| (*org, votes.clone())).collect();
        let count = GroupCount { group: group.to_owned(), n_issued, n_collected: n_issued, votes };
        ballot::enter_count(app, &mut tx, &who, id, &count).await?;
    }
    app.settle(tx.commit().await?).await;
    step("zhenwei", "hand_in_count", &[]).await?;
    step("xianwei", "confirm_count", &[("basis", "与监票人核对了计票单，票数相符")]).await
}
