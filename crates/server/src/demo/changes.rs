//! What changed in the tree and among the members during the year: one merger, one move, one new name, transfers received and one on its way.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Actor, OrgId};

use crate::app::App;
use crate::organisation::Decision;

/// What is decided at the end of the `n`-th month.
pub(super) async fn month_end(app: &App, n: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    match n {
        4 => merger(app, day, at).await,
        6 => move_away(app, day, at).await,
        7 => rename(app, day, at).await,
        3 | 8 => transfer(app, n, day, at, true).await,
        12 => transfer(app, n, day, at, false).await,
        _ => Ok(()),
    }
}

fn at_code(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// Two small branches beside each other become one.
async fn merger(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (from, into) = (at_code(app, "P990102101205")?, at_code(app, "P990102101206")?);
    let actor = Actor::console(day);
    let mut tx = app.begin(&actor, at).await?;
    let decision = Decision { on: day, reason: "行政村合并，党员人数较少，合并设置".to_owned() };
    crate::organisation::merge(app, &mut tx, &actor, from, into, &decision).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// A branch comes under another town.
async fn move_away(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (branch, town) = (at_code(app, "P990102101902")?, at_code(app, "P990102102")?);
    let actor = Actor::console(day);
    let mut tx = app.begin(&actor, at).await?;
    let decision = Decision { on: day, reason: "学校随学区调整划转".to_owned() };
    crate::organisation::move_to(app, &mut tx, &actor, branch, town, &decision).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// A joint branch is called after the park that its enterprises moved to.
async fn rename(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let branch = at_code(app, "P990101102904")?;
    let name = app.directory().name_of(branch).replace("非公企业", "工业园区");
    let actor = Actor::console(day);
    let mut tx = app.begin(&actor, at).await?;
    let decision = Decision { on: day, reason: "企业集中迁入工业园区，更名".to_owned() };
    crate::organisation::rename(app, &mut tx, &actor, branch, &name, &decision).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// Somebody changes branch; without `is_received` the other side has not confirmed yet.
async fn transfer(app: &App, n: usize, day: Date, at: Timestamp, is_received: bool) -> anyhow::Result<()> {
    let (from, to) = (at_code(app, "P990101101200")?, at_code(app, "P990101101201")?);
    let Some(member) = app.directory().members_of(from).nth(n % 3 + 2).map(|member| member.id) else { return Ok(()) };
    let actor = Actor::console(day);
    let mut tx = app.begin(&actor, at).await?;
    let transfer = crate::member::transfer_out(app, &mut tx, &actor, member, to, "迁居到邻村").await?;
    if is_received {
        crate::member::receive(&mut tx, &actor, transfer).await?;
    }
    app.settle(tx.commit().await?).await;
    Ok(())
}
