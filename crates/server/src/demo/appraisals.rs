//! Reports of secretaries and contests of the demo city: last year's session closed with its problems, this year's open; one round of
//! village secretaries published, one of organisation officers open.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::PlanLineKind;
use store::{Actor, OrgId};

use super::city::forward;
use super::loops::{actor, fields};
use crate::app::App;
use crate::appraisal::{self, CommentKind, Listed, NewReport, NewSession};
use crate::ballot::{self, GroupCount};
use crate::contest::{self, Given, NewEntry, NewRound};
use crate::evaluation;

const COUNTY: &str = "P990101";
const LINE: &str = "township_secretaries";
const PROBLEMS: [&str; 3] =
    ["对村党支部的指导不经常，有的支部一个季度没有去过", "流动党员联系不上的还有，没有逐个核对", "党员学习形式单一，年轻党员参加得少"];

/// What is done at the end of a month that lies so many before the last.
pub(super) async fn month_end(app: &App, months_left: usize, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let has_line = app.pack().plan_lines.contains_key(&format!("{LINE}_{}", day.year()));
    let has_contests = app.pack().plan_lines.values().any(|line| line.kind == PlanLineKind::Contest && line.period.year == day.year());
    match months_left {
        11 if has_line => closed(app, day, at).await,
        2 if has_contests => published(app, day, at).await,
        0 => {
            if has_line {
                open(app, day, at).await?;
            }
            if has_contests {
                entering(app, day, at).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Does something in somebody's name, in a transaction of its own.
macro_rules! done {
    ($app:expr, $who:expr, $at:expr, $operation:path $(, $argument:expr)*) => {{
        let mut tx = $app.begin($who, $at).await?;
        let result = $operation($app, &mut tx, $who $(, $argument)*).await?;
        tx.commit().await?;
        result
    }};
}

fn county(app: &App) -> anyhow::Result<OrgId> {
    app.directory().by_code(COUNTY).map(|org| org.id).context("the county stands")
}

async fn opened(app: &App, day: Date, at: Timestamp) -> anyhow::Result<i64> {
    let who = actor(app, "xianwei", day).await?;
    let office = county(app)?;
    let key = format!("{LINE}_{}", day.year());
    let mut tx = app.begin(&who, at).await?;
    let plan_entry = evaluation::file_line(app, &mut tx, &who, office, &key, "年度党建考核计划", "县委常委会", None).await?;
    let rule = app.pack().appraisals.get(LINE).cloned().context("the pack has it")?;
    let oral: Vec<OrgId> = {
        let directory = app.directory();
        let towns = directory.subtree(office).filter(|org| org.level == rule.about && org.id != office && org.until.is_none());
        towns.take(rule.oral as usize).map(|org| org.id).collect()
    };
    let id = appraisal::open(app, &mut tx, &who, NewSession { plan_entry, office, due_on: forward(day, 12), oral }).await?;
    app.settle(tx.commit().await?).await;
    Ok(id)
}

/// Hands the reports of some in, each in the name of its unit.
async fn hand_in(app: &App, reports: &[appraisal::Report], day: Date, at: Timestamp) -> anyhow::Result<()> {
    let who = Actor::console(day);
    for it in reports {
        let sections = [
            ("work", "坚持每季度研究党建工作，带头到村讲党课、联系支部，把主题党日和村里的难事放在一起办。"),
            ("problems", "到软弱的支部去得少，对年轻党员的培养抓得不紧，主要是自己研究得不深、督促得不勤。"),
            ("next", "一个支部一个支部过一遍，把问题清单逐条销号。"),
        ];
        let sections = sections.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let session = appraisal::session(app.store().reader(), it.session).await?.context("it was opened")?;
        let given = appraisal::previous(app.store().reader(), &session, it.organisation, day).await?;
        let answers = given.iter().map(|it| (it.problem, "已经逐个支部指导，建了台账，下一步抓长效。".to_owned())).collect();
        done!(app, &who, at, appraisal::hand_in, NewReport { report: it.id, sections, answers, ..NewReport::default() });
    }
    Ok(())
}

/// Last year's: from reports to rows of the ledger.
async fn closed(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let reader = app.store().reader();
    let id = opened(app, day, at).await?;
    let reports = appraisal::reports_of(reader, id).await?;
    hand_in(app, &reports, day, at).await?;
    let county = actor(app, "xianwei", day).await?;
    done!(app, &county, at, appraisal::act, id, "begin_comments", &fields(&[]));
    for (n, it) in reports.iter().enumerate() {
        done!(app, &county, at, appraisal::comment, it.id, CommentKind::Strength, "书记抓党建的责任清楚，基层基础比上年好");
        done!(app, &county, at, appraisal::comment, it.id, CommentKind::Problem, PROBLEMS[n % PROBLEMS.len()]);
    }
    done!(app, &county, at, appraisal::act, id, "begin_voting", &fields(&[]));
    let sitting = done!(app, &county, at, appraisal::call_ballot, id, false);
    vote(app, sitting, &reports, day, at).await?;
    done!(app, &county, at, appraisal::act, id, "grade", &fields(&[("basis", "县委常委会会议研究")]));
    done!(app, &county, at, appraisal::act, id, "publish", &fields(&[("approver", "县委书记 赵永平")]));
    let comments = appraisal::comments_of(reader, id).await?;
    for it in &reports {
        let own = comments.iter().filter(|comment| comment.report == it.id && comment.kind == CommentKind::Problem);
        let list = own.map(|comment| Listed { comment: comment.id, owner: "党委书记".to_owned(), due_on: forward(day, 90) }).collect();
        done!(app, &county, at, appraisal::file_list, it.id, list);
    }
    done!(app, &county, at, appraisal::act, id, "close", &fields(&[]));
    Ok(())
}

/// A paper ballot of three groups, confirmed by the city.
async fn vote(app: &App, sitting: i64, reports: &[appraisal::Report], day: Date, at: Timestamp) -> anyhow::Result<()> {
    let (county, city) = (actor(app, "xianwei", day).await?, actor(app, "shiwei", day).await?);
    let groups = ["leaders", "peers", "delegates"];
    for group in groups {
        done!(app, &county, at, ballot::set_electors, sitting, group, 12);
    }
    let it = ballot::find(app.store().reader(), sitting).await?.context("it was called")?;
    done!(app, &county, at, ballot::act, &it, "begin", &fields(&[("monitors", "县人大、县政协各一人")]));
    for group in groups {
        let votes = reports.iter().enumerate().map(|(n, report)| {
            let good = 11 - i64::try_from(n % 6).unwrap_or_default();
            (report.organisation, vec![(3, good), (2, 12 - good)])
        });
        let count = GroupCount { group: group.to_owned(), n_issued: 12, n_collected: 12, votes: votes.collect() };
        done!(app, &county, at, ballot::enter_count, sitting, &count);
    }
    for (who, action, given) in [(&county, "hand_in_count", fields(&[])), (&city, "confirm_count", fields(&[("basis", "核对了计票单")]))] {
        let it = ballot::find(app.store().reader(), sitting).await?.context("it was called")?;
        done!(app, who, at, ballot::act, &it, action, &given);
    }
    Ok(())
}

/// This year's: opened, all but the walk-through's township have not reported yet.
async fn open(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let id = opened(app, day, at).await?;
    let own = town(app, day).await?;
    let reports = appraisal::reports_of(app.store().reader(), id).await?;
    let others: Vec<_> = reports.into_iter().filter(|it| it.organisation != own).take(1).collect();
    hand_in(app, &others, day, at).await
}

/// The township of the walk-through.
async fn town(app: &App, day: Date) -> anyhow::Result<OrgId> {
    let who = actor(app, "zhenwei", day).await?;
    who.grants.iter().find_map(|grant| grant.set.root).context("the officer stands at a township")
}

/// The city files its lines of a kind of a year, once.
pub(super) async fn file_lines(app: &App, kind: PlanLineKind, day: Date, at: Timestamp) -> anyhow::Result<()> {
    let pack = app.pack();
    let office = app.directory().by_code("P9901").map(|org| org.id).context("the city stands")?;
    let filed = frame::plan::plan_entries(app.store().reader(), &[office], day.year()).await?;
    for (key, _) in pack.plan_lines.iter().filter(|(_, line)| line.kind == kind && line.period.year == day.year()) {
        if !filed.iter().any(|entry| entry.pack_key == *key) {
            let city = actor(app, "shiwei", day).await?;
            let mut tx = app.begin(&city, at).await?;
            evaluation::file_line(app, &mut tx, &city, office, key, "年度党建考核计划", "市委常委会", None).await?;
            app.settle(tx.commit().await?).await;
        }
    }
    Ok(())
}

/// Village secretaries of the township: entered, scored, published.
async fn published(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    file_lines(app, PlanLineKind::Contest, day, at).await?;
    let host = town(app, day).await?;
    let rule = app.pack().contests.get("village_secretaries").cloned().context("the pack has it")?;
    let units: Vec<(OrgId, String)> = {
        let directory = app.directory();
        let rural = directory.subtree(host).filter(|org| org.is_branch() && org.until.is_none() && rule.fields.contains(&org.field));
        rural.take(4).map(|org| (org.id, org.secretary.clone().unwrap_or_else(|| "村党支部书记".to_owned()))).collect()
    };
    // In the smallest city a township may have no two villages.
    if units.len() < 2 {
        return Ok(());
    }
    let (officer, console) = (actor(app, "zhenwei", day).await?, Actor::console(day));
    let new = NewRound { contest: "village_secretaries".to_owned(), organisation: host, held_on: day };
    let round = done!(app, &officer, at, contest::open, new);
    let mut entries = Vec::new();
    for (organisation, name) in units {
        let presentation = "支部领着合作社种花椒，荒坡变成了收入；党员一人联系五户，难事当天有人管，路灯、水渠都是议出来、干出来的。".to_owned();
        entries.push(done!(app, &console, at, contest::enter, NewEntry { round, organisation, name, presentation }));
    }
    let judges = ["shiwei", "shenhe", "xianwei"];
    done!(app, &officer, at, contest::name_judges, round, &judges.map(str::to_owned));
    done!(app, &officer, at, contest::act, round, "begin_scoring", &fields(&[]));
    for (n, judge) in judges.iter().enumerate() {
        let who = actor(app, judge, day).await?;
        let score = |(i, entry): (usize, &i64)| Given {
            entry: *entry,
            points: 95 - 3 * i64::try_from(i).unwrap_or_default() - i64::try_from(n).unwrap_or_default(),
            remark: if n == 0 { "讲的是自己干的事，数字和系统里的对得上".to_owned() } else { String::new() },
        };
        let given: Vec<Given> = entries.iter().enumerate().map(score).collect();
        done!(app, &who, at, contest::score, round, &given);
    }
    done!(app, &officer, at, contest::act, round, "close_scoring", &fields(&[]));
    done!(app, &officer, at, contest::act, round, "publish", &fields(&[("approver", "镇党委书记")]));
    done!(app, &officer, at, contest::note_practice, entries[0], "荒坡由合作社统一种花椒，收入按股分红，党员带头先试一年再推开");
    Ok(())
}

/// Organisation officers of the county: entries come in.
async fn entering(app: &App, day: Date, at: Timestamp) -> anyhow::Result<()> {
    file_lines(app, PlanLineKind::Contest, day, at).await?;
    let (county_officer, officer) = (actor(app, "xianwei", day).await?, actor(app, "zhenwei", day).await?);
    let new = NewRound {
        contest: "organisation_officers".to_owned(),
        organisation: county(app)?,
        held_on: forward(day, 20).min(jiff::civil::date(day.year(), 12, 31)),
    };
    let round = done!(app, &county_officer, at, contest::open, new);
    let new = NewEntry {
        round,
        organisation: town(app, day).await?,
        name: officer.name.clone(),
        presentation: "每月到支部去一遍，主题党日的议题和村里的难事一起定，问题当月提、当月办，办不了的报到县里。".to_owned(),
    };
    done!(app, &officer, at, contest::enter, new);
    Ok(())
}
