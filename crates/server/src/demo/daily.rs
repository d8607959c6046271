//! What a day brings beside the meetings: a workbook sent in, an excuse asked for, a member too old to come, a word to the makers.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use office::sheet::{Column, ColumnKind, Table, Value, write_workbook};
use policy::{Per, Period};
use store::{Actor, OrgId};

use super::loops::actor;
use crate::app::App;
use crate::import::{self, Request, Sent};
use crate::{duty, member, suggestion};

/// Branches of the town that the walk-through visits, beside the one whose secretary it follows.
const BRANCHES: [&str; 4] = ["P990101101201", "P990101101202", "P990101101203", "P990101101204"];

/// What is under way on the last day.
pub(super) async fn last_day(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    suggestions(app, day, at).await?;
    exemptions(app, day, at).await?;
    excuses(app, day, at).await?;
    imports(app, day, at).await?;
    let administrator = actor(app, "guanli", day).await?;
    if administrator.may(policy::Capability::ViewAudit) {
        crate::audit::check_whole(app, &administrator, at).await?;
    }
    Ok(())
}

fn at_code(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// One is answered, one waits.
async fn suggestions(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (secretary, county) = (actor(app, "shuji", day).await?, actor(app, "guanli", day).await?);
    let mut tx = app.begin(&secretary, at).await?;
    let first = suggestion::give(&mut tx, &secretary, "主题党日的参加人员能不能默认带出上一次的请假情况？").await?;
    suggestion::give(&mut tx, &secretary, "手机上记会议时，希望主持人也能从名单里选。").await?;
    app.settle(tx.commit().await?).await;
    let mut tx = app.begin(&county, at).await?;
    suggestion::answer(app, &mut tx, &county, first, "长期请假的已经可以列入免到，名单会自动带出；临时请假还是逐次登记为好。").await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// Two members who need not come: one is approved, one waits.
async fn exemptions(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (branch, town) = (Actor::console(day), actor(app, "zhenwei", day).await?);
    let oldest = |code: &str| -> anyhow::Result<i64> {
        let directory = app.directory();
        let org = directory.by_code(code).context("the branch stands")?.id;
        directory
            .members_of(org)
            .filter(|member| member.born_on.is_some())
            .min_by_key(|member| member.born_on)
            .map(|it| it.id)
            .context("it has members")
    };
    let mut tx = app.begin(&branch, at).await?;
    let mut listed = Vec::new();
    for code in &BRANCHES[..2] {
        let new = member::NewExemption { member: oldest(code)?, reason: "年老体弱，行动不便".to_owned(), from: day, until: None };
        listed.push(member::list_exempt(&mut tx, &branch, new).await?);
    }
    app.settle(tx.commit().await?).await;
    let mut tx = app.begin(&town, at).await?;
    member::decide_exempt(&mut tx, &town, listed[0], member::Answer::Approved).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// Two branches ask to be excused from this month's duty: one is, one waits.
async fn excuses(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (branch, town) = (Actor::console(day), actor(app, "zhenwei", day).await?);
    let month = Period::containing(day, Per::Month);
    let states = duty::states_of_year(app, day.year(), day).await?;
    let mut asked = Vec::new();
    let mut tx = app.begin(&branch, at).await?;
    for code in BRANCHES {
        let organisation = at_code(app, code)?;
        let due = states.duties.iter().find(|plan| states.code(organisation, &plan.key, month) == Some(duty::Code::Due));
        let Some(plan) = due.filter(|_| asked.len() < 2) else { continue };
        let reason = "大部分党员随合作社外出作业，下月合并开展";
        asked.push(duty::ask_excuse(app, &mut tx, &branch, organisation, &plan.key, month, reason).await?);
    }
    app.settle(tx.commit().await?).await;
    if let Some(first) = asked.first() {
        let mut tx = app.begin(&town, at).await?;
        duty::decide_excuse(app, &mut tx, &town, *first, true, "情况属实").await?;
        app.settle(tx.commit().await?).await;
    }
    Ok(())
}

/// A workbook of the town that is written, and one that waits for its sender: two of its rows cannot be right.
async fn imports(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let town = actor(app, "zhenwei", day).await?;
    let held = day.first_of_month();
    let row = |code: &str, on: Value, n_present: i64| {
        vec![Value::text(code), Value::text("党课"), on, Value::text("学习新修订的党员教育管理办法"), Value::Integer(12), Value::Integer(n_present)]
    };
    let on = |day: Date| Value::Date { year: day.year(), month: day.month(), day: day.day() };
    let right = BRANCHES.map(|code| row(code, on(held), 11)).to_vec();
    let mut doubtful = right.clone();
    doubtful.push(row(BRANCHES[0], Value::text(format!("{}年2月30日", held.year())), 10));
    doubtful.push(row(BRANCHES[1], on(held), 15));
    for (name, rows, asks) in [("党课记录.xlsx", right, false), ("党课记录（补报）.xlsx", doubtful, true)] {
        let text = |heading: &str| Column::new(heading, ColumnKind::Text);
        let columns =
            vec![text("支部编码"), text("活动类型"), Column::new("活动日期", ColumnKind::Date), text("活动主题"), text("应到人数"), text("实到人数")];
        let bytes = write_workbook(&[Table { name: "组织生活记录".to_owned(), title: None, columns, rows }])?;
        let mut tx = app.begin(&town, at).await?;
        let sent = vec![Sent { name: name.to_owned(), bytes }];
        let id = import::enqueue(app, &mut tx, sent, &Request { asks, ..Request::default() }).await?;
        app.settle(tx.commit().await?).await;
        crate::jobs::run_one(app, id).await?;
    }
    app.settle(store::Commit { no: app.store().head().await? }).await;
    Ok(())
}
