//! The everyday of a whole city, beside what is told of its first county: problems that every township finds at its branches and has
//! put right, what the counties share out to townships, and what these hand to each branch.

use std::collections::HashSet;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Actor, OrgId};

use super::chance::Chance;
use super::city::forward;
use super::deployment::{self, actor_of, officers, parted, tasks_of};
use super::loops::{actor, fields, login_of};
use super::words;
use crate::account::{NewGrant, NewPerson};
use crate::app::App;
use crate::burden;
use crate::problem::{self, RaiseForm};
use crate::task::{self, Task};

/// In so many of a thousand months something is found at a branch.
const FOUND: i64 = 600;
/// Of a thousand: put right by the next month, and a month later; what is left stays open.
const IN_TIME: i64 = 760;
const LATE: i64 = 840;

/// Days within which it is to be put right.
const N_DAYS: i8 = 40;

/// Beginnings of demands that every branch answers for itself.
const FOR_BRANCHES: [&str; 3] = ["各党支部", "每个党支部", "每名书记"];

/// Type, what was found (in a month), why, what was done.
const KINDS: [(&str, &str, &str, &str); 8] = [
    ("三会一课不落实", "支委会记录没有写决议", "记录人换了，没有交代", "补写了决议，下次会上通报"),
    ("主题党日不规范", "主题党日请假的人没有写事由", "没有按照请假的规定办", "逐人补问，写进了记录"),
    ("党务公开不到位", "公开栏没有更新党费收缴情况", "分管的委员外出", "已经贴出，拍了时间"),
    ("党员教育管理松散", "流动党员没有联系记录", "联系人没有落实到人", "分给三名委员，逐人联系"),
    ("阵地作用不发挥", "活动室开门登记断了一周", "值班表没有排", "排了值班表，钥匙交给值班的人"),
    ("服务群众不到位", "代办事项登记了没有写办结", "办了没有记", "逐件补记，告诉了本人"),
    ("台账与实际不符", "签到人数和名册对不上", "按应到人数记的", "照签到改正，写了说明"),
    ("班子不健全", "委员分工没有写明", "换届以后没有重新分", "支委会重新分工，报镇党委"),
];

/// A township with its branches, and what was found there and is open.
struct Town {
    id: OrgId,
    code: String,
    branches: Vec<(OrgId, String)>,
    open: Vec<Found>,
}

/// A problem, where, and when it was found.
struct Found {
    id: i64,
    branch: OrgId,
    on: Date,
}

impl Town {
    /// Branches that still stand below it; some were moved or dissolved meanwhile.
    fn standing(&self, app: &App) -> Vec<OrgId> {
        let directory = app.directory();
        let below: HashSet<OrgId> = directory.subtree(self.id).map(|org| org.id).collect();
        self.branches.iter().map(|(id, _)| *id).filter(|id| below.contains(id)).collect()
    }
}

/// Every township of the city.
pub(super) struct Everyday(Vec<Town>);

impl Everyday {
    /// Opens the posts: an officer at every township, and an instructor there who works for its branches.
    pub async fn begin(app: &App, at: Timestamp) -> anyhow::Result<Self> {
        let towns: Vec<Town> = {
            let directory = app.directory();
            let city = directory.by_code("P9901").context("the city stands")?.id;
            let towns = directory.subtree(city).filter(|org| org.level == "township");
            let branches = |town: OrgId| directory.subtree(town).filter(|org| org.is_branch()).map(|org| (org.id, org.name.clone())).collect();
            towns.map(|town| Town { id: town.id, code: town.code.clone(), branches: branches(town.id), open: Vec::new() }).collect()
        };
        let places: Vec<OrgId> = towns.iter().map(|town| town.id).collect();
        officers(app, &places, "township_organisation_officer", "组织委员", at).await?;
        let console = Actor::console(store::day_of(at));
        let mut tx = app.begin(&console, at).await?;
        for town in &towns {
            let name = words::person(&mut Chance::of(&format!("instructor/{}", town.code)));
            let password = crate::account::demo_accounts()[0].password.to_owned();
            let login = instructor(&town.code);
            let new = NewPerson { login, name, password, member_id: None, must_change_password: false };
            let person_id = crate::account::create_person(&mut tx, &console, new).await?;
            for (branch, name) in &town.branches {
                let grant = NewGrant {
                    person_id,
                    role: "branch_secretary".to_owned(),
                    post: format!("{name} · 党建指导员"),
                    root: Some(*branch),
                    fields: Vec::new(),
                    named: Vec::new(),
                    from: store::day_of(at),
                    until: None,
                    is_acting: false,
                };
                crate::account::give_grant(app, &mut tx, &console, grant).await?;
            }
        }
        app.settle(tx.commit().await?).await;
        Ok(Self(towns))
    }

    /// What every township finds, has put right and verifies by the end of a month.
    pub async fn month_end(&mut self, app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
        for town in &mut self.0 {
            let officer = actor(app, &login_of(&town.code), day).await?;
            let standing = town.standing(app);
            let open = std::mem::take(&mut town.open);
            let (done, open) = open.into_iter().partition::<Vec<_>, _>(|it| standing.contains(&it.branch) && it.is_done(day));
            if !done.is_empty() {
                put_right(app, town, &officer, &done, day, at).await?;
            }
            town.open = open;
            let forms: Vec<RaiseForm> = standing.iter().filter_map(|branch| found_at(app, *branch, &officer.name, day)).collect();
            let places: Vec<OrgId> = forms.iter().map(|form| form.organisation).collect();
            let mut tx = app.begin(&officer, at).await?;
            let ids = problem::raise_all(app, &mut tx, &officer, forms).await.with_context(|| format!("problems of {}", town.code))?;
            tx.commit().await?;
            town.open.extend(ids.into_iter().zip(places).map(|(id, branch)| Found { id, branch, on: day }));
        }
        app.settle(store::Commit { no: app.store().head().await? }).await;
        Ok(())
    }

    /// The counties but the first share out to their townships what they were given; every township hands to each branch what holds for
    /// each, some branches answer.
    pub async fn split(&self, app: &App, counties: &[OrgId], day: Date, at: Timestamp) -> anyhow::Result<()> {
        for county in counties {
            deployment::split_one(app, *county, 0, day, at).await?;
        }
        for town in &self.0 {
            let officer = actor_of(app, town.id, day).await?;
            // Communities are asked for what is on their list alone.
            let branches: Vec<OrgId> = {
                let (pack, directory) = (app.pack(), app.directory());
                let is_free = |id: &OrgId| directory.org(*id).is_some_and(|org| burden::lists_for(&pack, &directory, org).is_empty());
                town.standing(app).into_iter().filter(is_free).collect()
            };
            let mut tx = app.begin(&officer, at).await?;
            // What holds for each branch, of those that the town has signed for.
            let is_for_branches = |it: &Task| {
                let is_said_of_each = FOR_BRANCHES.iter().any(|who| it.item.span.starts_with(who));
                is_said_of_each && it.at.as_ref().is_some_and(|at| at.stage == "working")
            };
            for it in tasks_of(app, town.id, day).await?.into_iter().filter(is_for_branches) {
                let Some(issued) = parted(&deployment::of_task(&it), &branches, "党支部书记", "branch") else { continue };
                task::split(app, &mut tx, &officer, it.id, deployment::split_of(issued)).await.with_context(|| format!("tasks of {}", town.code))?;
            }
            tx.commit().await?;
        }
        app.settle(store::Commit { no: app.store().head().await? }).await;
        Ok(())
    }
}

/// Login of a township's instructor.
fn instructor(town: &str) -> String {
    format!("{}z", town.to_lowercase())
}

/// What is found at a branch in a month.
fn found_at(app: &App, branch: OrgId, verifier: &str, day: Date) -> Option<RaiseForm> {
    let directory = app.directory();
    // One that was dissolved meanwhile is past finding anything.
    let org = directory.org(branch)?;
    let mut chance = Chance::of(&format!("problem/{}/{day}", org.code));
    if !chance.in_thousand(FOUND) {
        return None;
    }
    let (kind, text, ..) = *chance.one(&KINDS);
    Some(RaiseForm {
        organisation: branch,
        source: (*chance.one(&["本级自查", "督查检查", "调研走访"])).to_owned(),
        kind: kind.to_owned(),
        text: format!("{}年{}月{text}", day.year(), day.month()),
        basis: "对照系统里的记录，现场看过".to_owned(),
        // Of one name with whoever verifies, nobody could tell them apart.
        owner: org.secretary.as_ref().filter(|name| !name.contains(verifier)).map_or_else(|| "支部委员会".to_owned(), |name| format!("书记 {name}")),
        due_on: forward(day, i64::from(N_DAYS)),
        raiser: String::new(),
        procedure: None,
        origin: None,
    })
}

impl Found {
    /// Whether it is put right by a day.
    fn is_done(&self, day: Date) -> bool {
        let luck = Chance::of(&format!("put right/{}", self.id)).between(0, 999);
        luck < IN_TIME || (luck < LATE && (day - self.on).get_days() > i32::from(N_DAYS))
    }
}

/// The instructor reports for the branches, the officer verifies.
async fn put_right(app: &App, town: &Town, officer: &Actor, done: &[Found], day: Date, at: Timestamp) -> anyhow::Result<()> {
    let own = actor(app, &instructor(&town.code), day).await?;
    let ids = done.iter().map(|it| it.id);
    let mut tx = app.begin(&own, at).await?;
    for id in ids.clone() {
        let (.., why, what) = KINDS[usize::try_from(id)? % KINDS.len()];
        let given = fields(&[("cause", why), ("result", what), ("evidence", "支委会记录和公开栏。")]);
        problem::act(app, &mut tx, &own, id, "hand_in_at_once", &given).await.with_context(|| format!("problem {id}"))?;
    }
    tx.commit().await?;
    let given = fields(&[("basis", "看了记录，问了两名党员。"), ("answer", "已经整改。")]);
    let mut tx = app.begin(officer, at).await?;
    for id in ids {
        problem::act(app, &mut tx, officer, id, "verify", &given).await.with_context(|| format!("problem {id}"))?;
    }
    tx.commit().await?;
    Ok(())
}
