//! From a speech to tasks, in the demo city: taken in, put right, issued to counties, split to towns, fed back, verified,
//! one returned, one overdue; a notice of the current month still waits to be checked. And the months' themes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::{Capability, Period};
use store::{Actor, OrgId};

use super::chance::Chance;
use super::city::forward;
use super::everyday::Everyday;
use super::loops::{Fields, actor, fields, login_of, open_accounts};
use crate::app::App;
use crate::burden;
use crate::task::{self, Filling, Issued, Issuer, Item, ItemForm, NewDirective, Part, PartsKind, SplitForm, Step, Task};

/// Months after the first in which the year's speech is taken in, split, and answered for the first time.
const SPEECH: usize = 3;
const SPLIT: usize = 4;
const FIRST_ANSWERS: usize = 6;
const SECOND_ANSWERS: usize = 9;

/// What is left of a month's work on the deployment.
pub(super) async fn month_end(app: &App, n: usize, is_last: bool, everyday: Option<&Everyday>, day: Date, at: Timestamp) -> anyhow::Result<()> {
    issue_theme(app, n, day, at).await?;
    match n {
        SPEECH => deploy(app, day, at).await?,
        SPLIT => split(app, everyday, day, at).await?,
        FIRST_ANSWERS => answer(app, day, at, 3).await?,
        SECOND_ANSWERS => answer(app, day, at, 2).await?,
        _ => {}
    }
    if is_last {
        take_in(app, "关于做好年底前基层党建重点工作的通知", &notice(day), day, at).await?;
    }
    Ok(())
}

/// Takes a text in as the city's organisation department.
async fn take_in(app: &App, title: &str, text: &str, day: Date, at: Timestamp) -> anyhow::Result<i64> {
    let city = actor(app, "shiwei", day).await?;
    let issuer = Issuer::of(&city, Capability::IssueTasks).into_iter().next().context("the city hands tasks down")?;
    let new = NewDirective {
        issuer,
        title: title.to_owned(),
        source_body: String::new(),
        issued_on: Some(day),
        file_name: format!("{title}.txt"),
        text: text.to_owned(),
    };
    let mut tx = app.begin(&city, at).await?;
    let id = task::create(app, &mut tx, &city, new).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

/// The speech that sets the year's work: every item that has a number or a rhythm goes down to the counties.
async fn deploy(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let directive = take_in(app, "在全市基层党建工作推进会上的讲话", &speech(day), day, at).await?;
    let city = actor(app, "shiwei", day).await?;
    let found = task::find_directive(app.store().reader(), &city, directive).await?.context("it was taken in")?;
    let mut tx = app.begin(&city, at).await?;
    for item in task::items_of(tx.connection(), &found).await? {
        if item.target.is_none() && item.frequency.is_none() {
            task::step(&mut tx, &city, item.id, Step::Drop).await?;
        } else if item.span.contains("主题党日") {
            let form = ItemForm { indicator: Some("theme_day".to_owned()), ..form_of(&item) };
            task::correct(app, &mut tx, &city, item.id, form).await?;
        }
    }
    let filling = Filling {
        owner: "组织部部长".to_owned(),
        owner_level: Some("county".to_owned()),
        measure: "按完成数量和佐证核验，半年通报一次进展".to_owned(),
        due_on: Some(forward(day, 270)),
    };
    task::fill_missing(&mut tx, &city, directive, &filling).await?;
    task::check_complete(&mut tx, &city, directive).await?;
    let items = task::items_of(tx.connection(), &found).await?;
    let counties: Vec<OrgId> = below(app, found.issuer.organisation);
    let issued: Vec<Issued> = items
        .iter()
        .filter(|item| item.state == task::ItemState::Checked)
        .filter_map(|item| parted(item, &counties, "县（市、区）委组织部部长", "county"))
        .collect();
    // In a large city it takes more than may go down unasked.
    let cost = task::cost_of(tx.connection(), app, &issued, day).await?;
    if cost.is_above() {
        let asked = task::ask_approval(app, &mut tx, &city, directive, &issued, "全年的工作一次部署到位").await?;
        app.settle(tx.commit().await?).await;
        let other = actor(app, "shenhe", day).await?;
        let mut deciding = app.begin(&other, at).await?;
        burden::decide(app, &mut deciding, &other, asked, true, "").await?;
        app.settle(deciding.commit().await?).await;
        tx = app.begin(&city, at).await?;
    }
    task::issue(app, &mut tx, &city, directive, issued).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// The committees directly below a place, by code.
fn below(app: &App, organisation: OrgId) -> Vec<OrgId> {
    let directory = app.directory();
    let mut found: Vec<(String, OrgId)> = directory
        .subtree(organisation)
        .filter(|org| org.parent == Some(organisation) && !org.is_branch())
        .map(|org| (org.code.clone(), org.id))
        .collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// One item with its units: what the whole city is to reach is shared out, everything else holds for each. Of a number smaller than
/// there are units, as many units as it says get one each, and the others none.
pub(super) fn parted(item: &Item, units: &[OrgId], owner: &str, level: &str) -> Option<Issued> {
    let due_on = item.due_on?;
    let whole = item.target.as_ref().filter(|target| !target.is_share() && item.span.contains("全市")).and_then(|target| target.milli);
    let shares = whole.filter(|milli| milli % 1_000 == 0 && *milli > 0).map(|milli| milli / 1_000);
    let n = i64::try_from(units.len()).ok()?;
    // What does not divide goes to the first ones.
    let share = |at: i64| shares.map(|whole| (whole / n + i64::from(at < whole % n)) * 1_000);
    let parts = units.iter().zip(0_i64..).filter(|(_, at)| share(*at) != Some(0)).map(|(unit, at)| Part {
        organisation: *unit,
        quantity_milli: share(at),
        due_on,
        owner: owner.to_owned(),
        owner_level: Some(level.to_owned()),
    });
    Some(Issued {
        item_id: item.id,
        kind: if shares.is_some() { PartsKind::Divide } else { PartsKind::Each },
        parts: parts.collect(),
        permitted: String::new(),
    })
}

/// The same shares as parts of a unit's task.
pub(super) fn split_of(issued: Issued) -> SplitForm {
    SplitForm { kind: issued.kind, parts: issued.parts, permitted: issued.permitted }
}

fn form_of(item: &Item) -> ItemForm {
    let Item { action, standard, units, target, frequency, due_on, scope, indicator, measure, weight_hundredths, owner, owner_level, .. } =
        item.clone();
    ItemForm { action, standard, units, target, frequency, due_on, scope, indicator, measure, weight_hundredths, owner, owner_level }
}

/// Every county receives; the first one shares its numbers out to its towns, in a whole city all of them, and the towns to branches.
async fn split(app: &App, everyday: Option<&Everyday>, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let city = app.directory().by_code("P9901").map(|org| org.id).context("the city stands")?;
    let counties = below(app, city);
    officers(app, &counties, "county_organisation_officer", "组织部副部长", at).await?;
    for county in &counties {
        for task in tasks_of(app, *county, day).await? {
            act(app, &task, "receive", &Fields::new(), day, at).await?;
        }
    }
    let (first, others) = counties.split_first().context("there are counties")?;
    // Two towns of the first county have not signed for anything yet.
    split_one(app, *first, 2, day, at).await?;
    if let Some(everyday) = everyday {
        everyday.split(app, others, day, at).await?;
    }
    Ok(())
}

/// One county shares its numbers out to its towns; all but so many of them sign for it.
pub(super) async fn split_one(app: &App, county: OrgId, n_unsigned: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let towns = below(app, county);
    // A line body has its branches directly below it.
    if towns.is_empty() {
        return Ok(());
    }
    officers(app, &towns, "township_organisation_officer", "组织委员", at).await?;
    for task in tasks_of(app, county, day).await? {
        let Some(issued) = parted(&of_task(&task), &towns, "乡镇（街道）党（工）委副书记", "township") else { continue };
        let own = actor_of(app, county, day).await?;
        let mut tx = app.begin(&own, at).await?;
        task::split(app, &mut tx, &own, task.id, split_of(issued)).await?;
        app.settle(tx.commit().await?).await;
    }
    for town in towns.iter().skip(if towns.len() > n_unsigned { n_unsigned } else { 0 }) {
        for task in tasks_of(app, *town, day).await? {
            act(app, &task, "receive", &Fields::new(), day, at).await?;
        }
    }
    Ok(())
}

/// The item of a task with the number that this unit was given.
pub(super) fn of_task(task: &Task) -> Item {
    let mut item = task.item.clone();
    item.due_on = Some(task.due_on);
    if let (Some(target), Some(milli)) = (&mut item.target, task.quantity_milli) {
        target.milli = Some(milli);
    }
    item
}

/// Towns and counties feed back on every `every`-th task that is being worked on; the issuer verifies, and sends one of five back.
async fn answer(app: &App, day: Date, at: Timestamp, every: usize) -> anyhow::Result<()> {
    let city = app.directory().by_code("P9901").map(|org| org.id).context("the city stands")?;
    let counties = below(app, city);
    let first = counties.first().copied().context("there are counties")?;
    let mut n = 0_usize;
    for unit in below(app, first).into_iter().chain(counties.into_iter().skip(1)) {
        for task in tasks_of(app, unit, day).await? {
            if task.at.as_ref().is_none_or(|at| at.stage != "working") {
                continue;
            }
            n += 1;
            if !n.is_multiple_of(every) {
                continue;
            }
            let done = task.quantity_milli.map(|milli| (milli / 1_000).to_string()).unwrap_or_default();
            let given =
                fields(&[("result", "已经按要求办结，情况见佐证。"), ("quantity", &done), ("evidence", "党（工）委会议纪要和支部活动记录可查。")]);
            act(app, &task, "feed_back", &given, day, at).await?;
            let issuer = actor_of(app, task.issuer.organisation, day).await?;
            let (action, given) = match n % 5 {
                0 => ("return", fields(&[("reason", "只有数字，没有写在哪份记录里，请补充后再报。")])),
                1 => continue,
                _ => ("verify", fields(&[("basis", "抽查了记录，与反馈一致。")])),
            };
            let mut tx = app.begin(&issuer, at).await?;
            task::act(app, &mut tx, &issuer, task.id, action, &given).await?;
            app.settle(tx.commit().await?).await;
        }
    }
    Ok(())
}

/// What was handed down to a unit.
pub(super) async fn tasks_of(app: &App, unit: OrgId, day: Date) -> anyhow::Result<Vec<Task>> {
    let own = actor_of(app, unit, day).await?;
    let mut tasks: Vec<Task> = task::own(app, &own).await?.into_iter().filter(|task| task.organisation == unit && task.at.is_some()).collect();
    tasks.sort_by_key(|task| task.id);
    Ok(tasks)
}

async fn act(app: &App, task: &Task, action: &str, given: &Fields, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let own = actor_of(app, task.organisation, day).await?;
    let mut tx = app.begin(&own, at).await?;
    task::act(app, &mut tx, &own, task.id, action, given).await.with_context(|| format!("task {}, {action}", task.id))?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

/// Whoever acts for a place.
pub(super) async fn actor_of(app: &App, organisation: OrgId, day: Date) -> anyhow::Result<Actor> {
    let code = app.directory().org(organisation).map(|org| org.code.clone()).context("it stands")?;
    actor(app, &login_of(&code), day).await
}

pub(super) async fn officers(app: &App, places: &[OrgId], role: &'static str, title: &'static str, at: Timestamp) -> anyhow::Result<()> {
    let wanted: BTreeMap<String, (OrgId, &str, &str)> = {
        let directory = app.directory();
        places.iter().filter_map(|id| directory.org(*id)).map(|org| (login_of(&org.code), (org.id, role, title))).collect()
    };
    open_accounts(app, wanted, at).await
}

/// The theme that the first county sets for the month to come, by the list of the pack.
async fn issue_theme(app: &App, n: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let pack = app.pack();
    let contents = crate::duty::theme_kind(&pack).map(|(_, activity)| activity.contents.as_slice()).unwrap_or_default();
    let Some(content) = contents.get(n % contents.len().max(1)) else { return Ok(()) };
    let county = actor(app, "xianwei", day).await?;
    let place = app.directory().by_code("P990101").map(|org| org.id).context("the county stands")?;
    let next = forward(day, 1);
    let month = Period::month(next.year(), next.month());
    let mut chance = Chance::of(&format!("theme/{n}"));
    let title = THEMES[usize::try_from(chance.between(0, 5)).unwrap_or_default() % THEMES.len()];
    let mut tx = app.begin(&county, at).await?;
    crate::duty::issue_theme(app, &mut tx, &county, place, month, title, std::slice::from_ref(content)).await?;
    app.settle(tx.commit().await?).await;
    Ok(())
}

const THEMES: [&str; 6] =
    ["学条例、明职责、见行动", "田间地头话发展", "守好一方水、护好一片林", "为老党员办一件实事", "清账目、亮家底、听意见", "一名党员联系五户"];

/// 2026年5月底前.
fn by_month(day: Date, n_days: i64) -> String {
    let due = forward(day, n_days);
    format!("{}年{}月底前", due.year(), due.month())
}

/// The speech of the invented city.
fn speech(day: Date) -> String {
    let (soon, half, late) = (by_month(day, 75), by_month(day, 130), by_month(day, 250));
    format!(
        "在全市基层党建工作推进会上的讲话\n（{}年{}月{}日）\n\
同志们：\n\
今天这个会，任务是把今年基层党建的事情一件一件定下来，谁来干、干到什么程度、什么时候干完，都要说清楚。下面，我讲四点意见。\n\
一、把支部建强\n\
支部强不强，看组织生活是不是经常、认真、严肃。各党支部要每月开展1次主题党日，由支部书记主持，事先有方案、事后有记录。各乡镇（街道）党（工）委每季度至少专题研究1次党建工作。{soon}，各县（市、区）对任期届满的党组织全部排查一遍，排查面达到100%。{late}，全市创建规范化示范支部不少于40个。\n\
二、把队伍带好\n\
书记是关键。{half}，各县（市、区）组织部要举办党支部书记培训班不少于2期，每名书记集中培训不少于24学时。{late}，全市选派不少于60名机关干部到集体经济薄弱村任职，任期不少于2年。每个党支部每年至少培养1名后备力量。\n\
三、把家底做实\n\
村里没有钱，说话没人听。{late}，全市新增集体经济经营性收入超过10万元的村不少于80个。各乡镇每半年公开1次村级集体经济收支情况。\n\
四、把责任压实\n\
市委组织部每半年开展1次督查，发现问题30日内整改到位。对连续两次排名末位的县（市、区），由市委组织部约谈组织部部长。各县（市、区）委{soon}制定落实方案报市委组织部。\n\
同志们，说一千道一万，不如干成一件。散会以后，请大家把任务领回去，把时间表排出来。\n",
        day.year(),
        day.month(),
        day.day()
    )
}

/// A notice that has just come in: its items are as the reader found them.
fn notice(day: Date) -> String {
    let (soon, later) = (forward(day, 20), forward(day, 38));
    format!(
        "关于做好年底前基层党建重点工作的通知\n各县（市、区）委组织部：\n\
现就年底前几项重点工作通知如下。\n\
一、开好组织生活会。各党支部要在{}月{}日前召开1次组织生活会，会前谈心谈话覆盖全体党员。\n\
二、核对党员信息。各乡镇（街道）党（工）委于{}月{}日前完成党员信息核对，差错率不高于1%。\n\
三、走访慰问。各县（市、区）走访慰问生活困难党员不少于50名。\n\
四、报送情况。请于{}年{}月{}日前将工作情况报市委组织部。\n\
云岭市委组织部\n{}年{}月{}日\n",
        soon.month(),
        soon.day(),
        later.month(),
        later.day(),
        later.year(),
        later.month(),
        later.day(),
        day.year(),
        day.month(),
        day.day()
    )
}
