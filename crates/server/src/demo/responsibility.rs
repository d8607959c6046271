//! Who answers for what in the demo city: committees with fields shared out, departments that report and help, meetings whose decisions
//! are tasks, a line that a secretary typed himself. One period goes by without a meeting.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::Period;
use store::{Actor, OrgId};

use super::chance::Chance;
use super::city::forward;
use super::loops::{actor, fields, login_of, open_accounts};
use super::words;
use crate::app::App;
use crate::department::{self, NewPart};
use crate::organisation::{Committee, NewHolding};
use crate::party_meeting::{self, NewMeeting};
use crate::responsibility;
use crate::task::{self, Decision};

const CITY: &str = "P9901";
const COUNTY: &str = "P990101";
const TOWN: &str = "P990101101";
const EDUCATION: &str = "P9901E";
/// Fields that are shared out at each committee, one to a member.
const SHARED: [&str; 3] = ["rural", "urban_community", "new_sector"];

/// What is done at the end of a month that lies so many before the last.
pub(super) async fn month_end(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    match months_left {
        11 => share_out(app, day, at).await?,
        10 => offices(app, day, at).await?,
        8 | 5 | 2 => meet(app, "zhenwei", TOWN, "研究村级组织规范化和集体经济", "把党员活动室的牌子、制度、台账理一遍", day, at).await?,
        7 | 4 => carry_out(app, day, at).await?,
        1 => joint(app, day, at).await?,
        0 => last_month(app, day, at).await?,
        _ => {}
    }
    Ok(())
}

fn org(app: &App, code: &str) -> anyhow::Result<OrgId> {
    app.directory().by_code(code).map(|org| org.id).with_context(|| format!("{code} stands"))
}

/// Committees get deputies, and each of those a field.
async fn share_out(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let console = Actor::console(day);
    let mut tx = app.begin(&console, at).await?;
    let mut named: Vec<(&str, OrgId, Vec<String>)> = Vec::new();
    for (login, code) in [("shiwei", CITY), ("xianwei", COUNTY), ("zhenwei", TOWN)] {
        let id = org(app, code)?;
        let mut chance = Chance::of(&format!("leadership/{code}"));
        let people: Vec<String> = SHARED.iter().map(|_| words::person(&mut chance)).collect();
        let posts = ["deputy_secretary", "organisation_officer", "discipline_officer"];
        let holdings =
            posts.iter().zip(&people).map(|(post, name)| NewHolding { post: (*post).to_owned(), name: name.clone(), ..NewHolding::default() });
        let committee = Committee { organisation: id, holdings: holdings.collect(), on: day, source: "关于班子成员分工的通知".to_owned() };
        crate::organisation::set_committees(app, &mut tx, &console, vec![committee]).await?;
        named.push((login, id, people));
    }
    app.settle(tx.commit().await?).await;
    for (login, id, people) in named {
        let who = actor(app, login, day).await?;
        let mut tx = app.begin(&who, at).await?;
        for (field, name) in SHARED.iter().zip(&people) {
            responsibility::cover(app, &mut tx, &who, id, field, name, day, "关于班子成员分工的通知").await?;
        }
        app.settle(tx.commit().await?).await;
    }
    Ok(())
}

/// The county's departments, with accounts; the education committee of the city.
async fn offices(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = org(app, COUNTY)?;
    let called = app.directory().called(county).to_owned();
    let wanted = [("xuanchuan", "publicity_officer", "宣传部干部"), ("caizheng", "finance_officer", "财政局干部")];
    open_accounts(app, wanted.into_iter().map(|(login, role, title)| (login.to_owned(), (county, role, title))).collect(), at).await?;
    let offices = [
        ("xianwei", county, "organisation", format!("{called}委组织部")),
        ("xianwei", county, "publicity", format!("{called}委宣传部")),
        ("xianwei", county, "finance", format!("{called}财政局")),
        ("xianwei", county, "discipline", format!("{called}纪委监委")),
        ("shiwei", org(app, EDUCATION)?, "industry_committee", "云岭市委教育工委".to_owned()),
    ];
    for (login, place, department, name) in offices {
        let who = actor(app, login, day).await?;
        let mut tx = app.begin(&who, at).await?;
        department::register(app, &mut tx, &who, department, place, &name).await?;
        app.settle(tx.commit().await?).await;
    }
    Ok(())
}

/// The branch does what the town's meeting decided; the town verifies.
async fn carry_out(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let unit = last_below(app, TOWN)?;
    let code = app.directory().org(unit).map(|org| org.code.clone()).context("it stands")?;
    open_accounts(app, [(login_of(&code), (unit, "branch_secretary", "支部书记"))].into(), at).await?;
    let own = actor(app, &login_of(&code), day).await?;
    let open = task::own(app, &own).await?.into_iter().filter(|task| task.organisation == unit && task.at.is_some() && task.fulfilled_on.is_none());
    for task in open {
        let given = fields(&[("result", "制度上墙，台账理齐"), ("evidence", "支部委员会会议记录")]);
        for (login, action, given) in [
            (login_of(&code), "receive", fields(&[])),
            (login_of(&code), "feed_back", given),
            ("zhenwei".to_owned(), "verify", fields(&[("basis", "到支部看过")])),
        ] {
            let who = actor(app, &login, day).await?;
            let mut tx = app.begin(&who, at).await?;
            task::act(app, &mut tx, &who, task.id, action, &given).await?;
            app.settle(tx.commit().await?).await;
        }
    }
    Ok(())
}

/// The last of those directly below a committee: no other story is told of it.
fn last_below(app: &App, code: &str) -> anyhow::Result<OrgId> {
    let committee = org(app, code)?;
    app.directory().children(committee).last().map(|org| org.id).context("there are units below")
}

/// A meeting of a committee with one decision for one unit below it, chaired by the secretary.
async fn meet(app: &App, login: &str, code: &str, agenda: &str, text: &str, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let unit = if code == CITY { org(app, COUNTY)? } else { last_below(app, code)? };
    let (id, chair) = {
        let directory = app.directory();
        let committee = directory.by_code(code).with_context(|| format!("{code} stands"))?;
        (committee.id, committee.secretary.clone().context("it has a secretary")?)
    };
    let who = actor(app, login, day).await?;
    let decision =
        Decision {
            text: text.to_owned(), units: vec![unit], owner: "党组织书记".to_owned(), due_on: forward(day, 45), permitted: String::new()
        };
    let new = NewMeeting { organisation: id, held_on: day, chair, agenda: agenda.to_owned(), decisions: vec![decision] };
    let mut tx = app.begin(&who, at).await?;
    party_meeting::record(app, &mut tx, &who, new).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The city meets, the decision goes to the first county, where three departments share it: one has delivered, one is late.
async fn joint(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    meet(app, "shiwei", CITY, "研究城市基层党建", "党群服务中心规范提升，年底前全部达标", day, at).await?;
    let county = org(app, COUNTY)?;
    let own = actor(app, "xianwei", day).await?;
    let task = task::own(app, &own).await?.into_iter().filter(|task| task.organisation == county && task.at.is_some()).max_by_key(|task| task.id);
    let task = task.context("it was handed down")?;
    let offices: std::collections::HashMap<String, i64> =
        department::offices_at(app, county).await?.into_iter().map(|it| (it.department, it.id)).collect();
    let of = |key: &str| offices.get(key).copied().with_context(|| format!("{key} is registered"));
    let city = actor(app, "shiwei", day).await?;
    let part = |office, text: &str, days| NewPart { office, part: text.to_owned(), due_on: forward(day, days) };
    let parts = vec![part(of("publicity")?, "统一标识和宣传栏", 20), part(of("finance")?, "落实改造经费", 10)];
    let mut tx = app.begin(&city, at).await?;
    department::name(app, &mut tx, &city, task.id, of("organisation")?, parts).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

async fn last_month(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let county = org(app, COUNTY)?;
    let publicity = actor(app, "xuanchuan", day).await?;
    let offices = department::offices_at(app, county).await?;
    let own = offices.iter().find(|office| office.department == "publicity").context("it is registered")?;
    let parts = department::parts_owed(app, own.id).await?;
    let mut tx = app.begin(&publicity, at).await?;
    for part in parts {
        department::report(app, &mut tx, &publicity, part, "标识和宣传栏已经统一更换", "验收单和各中心的资产台账").await?;
    }
    let period = Period::containing(day, policy::Per::Quarter);
    department::report_duty(app, &mut tx, &publicity, own.id, "publicise", period, "报纸和融媒体刊发基层党建专题 6 期", "刊发目录").await?;
    app.settle(tx.commit().await?).await;
    let who = actor(app, "zhenwei", day).await?;
    let mut tx = app.begin(&who, at).await?;
    crate::duty_log::write(app, &mut tx, &who, org(app, TOWN)?, day, "到县里参加乡村振兴调度会，介绍支部做法").await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}
