//! Pages of ballots: all sittings, and one with its groups, its count and its case.

use askama::Template;
use axum::http::Uri;
use office::sheet::{Column as SheetColumn, ColumnKind, Table, Value};
use policy::{Ballot, Capability, Votes};

use super::named::who_voted_what;
use super::rows::{self, Sitting};
use super::{ballot_of, count, is_withheld, variables};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::{Column, Direction, ListQuery, ListSpec, Pager};
use crate::http::path::Path;
use crate::http::view::{Choice, Link, Standing as Tone, Status};
use crate::http::visit::{Answer, Visit};
use frame::case::CaseAtWork;
use frame::case::pages::CaseView;

const SITTINGS: ListSpec =
    ListSpec { sorts: &["held", "title", "host", "period"], default_sort: ("held", Direction::Desc), filters: &["state", "ballot"], per: 50 };

/// Where a sitting stands, for the filter: word of the address line, what people read.
const STATES: [&str; 5] = ["准备", "投票、计票", "待核定", "已计入结果", "已作废"];

struct SittingLine {
    title: String,
    href: String,
    host: String,
    ballot: String,
    period: String,
    held_on: String,
    how: &'static str,
    turnout: String,
    status: Status,
}

#[derive(Template)]
#[template(path = "pages/ballots.html")]
struct ListPage {
    layout: Layout,
    query: ListQuery,
    states: Vec<Choice>,
    ballots: Vec<Choice>,
    columns: Vec<Column>,
    lines: Vec<SittingLine>,
    pager: Pager,
    /// Ballots that this person may hold: key and name.
    to_hold: Vec<(String, String)>,
}

fn status(sitting: &Sitting) -> Status {
    let word = sitting.standing();
    let tone = match word {
        "已计入结果" => Tone::Ok,
        "已作废" => Tone::Excused,
        "准备" => Tone::Future,
        _ => Tone::Running,
    };
    Status::new(tone, word).plain()
}

/// `GET /ballots`
///
/// # Errors
/// When the database cannot be read.
pub async fn list(visit: Visit, uri: Uri) -> Answer {
    let query = ListQuery::from_uri(&SITTINGS, &uri);
    let reader = visit.app.store().reader();
    let sittings = rows::reached(reader, &visit.scope(Capability::HoldBallots), &visit.scope(Capability::ViewEvaluations)).await?;
    let withheld = rows::withheld(reader).await?;
    let sittings: Vec<Sitting> = sittings.into_iter().filter(|it| works_on(&visit, it) || !is_withheld(&visit.pack(), &withheld, it)).collect();
    let sizes = rows::sizes(reader).await?;
    let pack = visit.pack();
    let name_of = |key: &str| pack.ballots.get(key).map_or(key.to_owned(), |ballot| ballot.name.clone());
    let mut kinds: Vec<(String, String)> = sittings.iter().map(|it| (it.ballot.clone(), name_of(&it.ballot))).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut lines: Vec<SittingLine> = {
        let directory = visit.app.directory();
        let is_asked = |it: &&Sitting| {
            (query.q.is_empty() || it.title.contains(&query.q) || directory.name_of(it.organisation).contains(&query.q))
                && query.filter("state").is_none_or(|state| it.standing() == state)
                && query.filter("ballot").is_none_or(|ballot| it.ballot == ballot)
        };
        let line = |it: &Sitting| {
            let (_, n_electors, n_collected) = sizes.get(&it.id).copied().unwrap_or_default();
            SittingLine {
                title: it.title.clone(),
                href: it.address(),
                host: directory.name_of(it.organisation).to_owned(),
                ballot: name_of(&it.ballot),
                period: it.period.label(),
                held_on: it.held_on.to_string(),
                how: how(it),
                turnout: if n_electors == 0 { "—".to_owned() } else { format!("{n_collected} / {n_electors}") },
                status: status(it),
            }
        };
        sittings.iter().filter(is_asked).map(line).collect()
    };
    match query.sort {
        "title" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.title)),
        "host" => lines.sort_by_cached_key(|line| crate::pinyin::key(&line.host)),
        "period" => lines.sort_by(|a, b| a.period.cmp(&b.period)),
        _ => lines.sort_by(|a, b| a.held_on.cmp(&b.held_on)),
    }
    if query.dir == Direction::Desc {
        lines.reverse();
    }
    if let Some(export) = query.export {
        return download::table(export, "测评", &table(lines));
    }
    let total = lines.len() as u64;
    let query = query.within(total);
    let first = usize::try_from(query.offset()).unwrap_or_default();
    let shown: Vec<SittingLine> = lines.into_iter().skip(first).take(usize::try_from(query.per).unwrap_or(usize::MAX)).collect();
    let may_hold = visit.actor().may(Capability::HoldBallots);
    let page = ListPage {
        layout: visit.layout("民主测评").crumb("民主测评", ""),
        states: query.choices("state", "全部状态", STATES.map(|word| (word, word))),
        ballots: query.choices("ballot", "全部测评", kinds),
        columns: vec![
            query.column("测评", "title", false),
            query.column("组织单位", "host", false),
            query.column("期间", "period", false),
            query.column("日期", "held", false),
            Column::plain("方式"),
            Column::number("收回 / 应参加"),
            Column::plain("状态"),
        ],
        pager: Pager::new(&query, total, "次"),
        lines: shown,
        to_hold: pack
            .ballots
            .iter()
            .filter(|(_, ballot)| may_hold && ballot.procedure.is_some())
            .map(|(key, ballot)| (key.clone(), ballot.name.clone()))
            .collect(),
        query,
    };
    visit.page(&page)
}

fn how(sitting: &Sitting) -> &'static str {
    if sitting.is_on_devices { "电子投票" } else { "纸质票" }
}

fn table(lines: Vec<SittingLine>) -> Table {
    let columns = ["测评", "组织单位", "项目", "期间", "日期", "方式", "收回 / 应参加", "状态"]
        .map(|heading| SheetColumn::new(heading, ColumnKind::Text).wide(20.0));
    let row = |line: SittingLine| {
        [line.title, line.host, line.ballot, line.period, line.held_on, line.how.to_owned(), line.turnout, line.status.word].map(Value::text).to_vec()
    };
    Table { name: "测评".to_owned(), title: None, columns: columns.into_iter().collect(), rows: lines.into_iter().map(row).collect() }
}

/// A group of electors with what came of it.
struct GroupLine {
    name: String,
    weight: String,
    electors: String,
    issued: String,
    collected: String,
    /// Who still has to vote, of those named: not how anybody voted.
    missing: String,
    href: String,
}

/// What one group said of one subject.
struct CountLine {
    subject: String,
    group: String,
    votes: String,
}

/// What one elector of a named ballot voted.
struct NamedLine {
    name: String,
    group: String,
    votes: String,
}

/// What a subject came to.
struct ResultLine {
    name: String,
    href: String,
    share: String,
    why: String,
}

#[derive(Template)]
#[template(path = "pages/ballot.html")]
struct SittingPage {
    layout: Layout,
    title: String,
    about: String,
    how: String,
    status: Status,
    rule: Vec<String>,
    case: CaseView,
    /// Whether the visitor holds it or stands above; others see the result only.
    works: bool,
    groups: Vec<GroupLine>,
    counts: Vec<CountLine>,
    /// Who voted what, of a named ballot, for whoever works on it.
    named: Vec<NamedLine>,
    results: Vec<ResultLine>,
    secrecy: &'static str,
    void_reason: String,
    /// The visitor's own paper is still open.
    paper: String,
}

/// What is said about secrecy on the page of a vote on devices.
pub(super) const SECRECY: &str = "每张票没有姓名、时间和提交次序，系统只记谁投过票，不记投了什么。封箱以前，票面用这个票箱自己的密钥加密；密钥不在数据库里，也不在备份里，封箱、作废时销毁，留着数据库、备份和主密钥的人打不开封箱前的票。封箱时所有票换号重排。要如实说明的是：封箱以前，能同时读到服务器上的票箱密钥和数据库的系统管理员，逐次对照变化，看得出谁投了什么；他在那时复制走票箱密钥的，封箱以后配上当时的备份仍能看出。请由两人以上共同管理服务器。投完没有回执，也不能再看自己的票。";

/// Whether somebody sees the work on a sitting: whoever holds it or stands above.
pub(super) fn works_on(visit: &Visit, sitting: &Sitting) -> bool {
    visit.app.directory().is_visible(&visit.scope(Capability::HoldBallots), sitting.organisation)
}

/// `GET /ballots/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach; before it is counted also for those who are voted on.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let reader = visit.app.store().reader();
    let sitting = rows::find(reader, id).await?.ok_or(Failure::NotFound)?;
    let works = works_on(&visit, &sitting);
    let seen = visit.scope(Capability::ViewEvaluations);
    let mut subjects = rows::subjects(reader, id).await?;
    if !works {
        let is_told = sitting.counted_on.is_some() && !is_withheld(&visit.pack(), &rows::withheld(reader).await?, &sitting);
        subjects.retain(|it| is_told && visit.app.directory().is_visible(&seen, it.organisation));
        if subjects.is_empty() {
            return Err(Failure::NotFound);
        }
    }
    let ballot = ballot_of(&visit.app, &sitting).await?;
    let groups = rows::groups(reader, id).await?;
    let electors = rows::electors(reader, id).await?;
    // On devices nothing is counted before the box is closed; then the tallies are there for whoever works on it.
    let tallies = rows::tallies(reader, id).await?;
    let counted = count::counted(reader, &sitting, &ballot).await?;
    let work = CaseAtWork::read(&visit.app, sitting.case_id).await?.ok_or(Failure::NotFound)?;
    let variables = variables(reader, &sitting, &ballot).await?;
    let case = CaseView::new(&work, visit.actor(), &variables, visit.today(), &sitting.address());
    let may_enter = works && (sitting.is_preparing || sitting.is_voting && !sitting.is_on_devices);
    let group_lines = ballot.groups.iter().map(|rule| {
        let found = groups.iter().find(|group| group.key == rule.key);
        let own: Vec<&rows::Elector> = electors.iter().filter(|it| it.group == rule.key).collect();
        let missing: Vec<&str> = own.iter().filter(|it| !it.has_voted).map(|it| it.name.as_str()).collect();
        let number = |n: Option<i64>| n.map_or_else(|| "—".to_owned(), |n| n.to_string());
        GroupLine {
            name: rule.name.clone(),
            weight: format!("{}%", assessment::plain(rule.weight)),
            electors: number(found.map(|group| group.n_electors)),
            issued: number(found.and_then(|group| group.n_issued)),
            collected: number(found.and_then(|group| group.n_collected)),
            missing: if works && sitting.is_voting && !missing.is_empty() {
                format!("{}：{}", if sitting.is_on_devices { "没有投的" } else { "还没有录票的" }, missing.join("、"))
            } else {
                String::new()
            },
            href: if may_enter { format!("{}/groups/{}", sitting.address(), rule.key) } else { String::new() },
        }
    });
    let results = subjects.iter().map(|subject| {
        let (name, visible) = {
            let directory = visit.app.directory();
            (directory.name_of(subject.organisation).to_owned(), directory.is_visible(&seen, subject.organisation))
        };
        let outcome = counted.iter().find(|(org, _)| *org == subject.organisation).map(|(_, share)| share);
        let percent = |share: policy::Ratio| format!("{}%", assessment::decimal(share * policy::Ratio::from_integer(100)));
        ResultLine {
            name,
            href: if visible { format!("/organisations/{}", subject.organisation) } else { String::new() },
            share: match (subject.share, outcome) {
                (Some(share), _) => percent(share),
                (None, Some(Ok(share))) if sitting.void_reason.is_none() => format!("{}（待核定）", percent(*share)),
                _ => "—".to_owned(),
            },
            why: match outcome {
                Some(Err(why)) if groups.iter().any(|group| group.n_collected.is_some()) => why.to_string(),
                _ => String::new(),
            },
        }
    });
    let results: Vec<ResultLine> = results.collect();
    let papers = if works { who_voted_what(&visit.app, reader, &sitting, &ballot).await? } else { Vec::new() };
    let paper = electors.iter().any(|it| Some(it.person) == visit.actor().person_id && !it.has_voted) && sitting.is_voting;
    let page = SittingPage {
        layout: layout(&visit, &sitting).crumb(sitting.title.clone(), ""),
        about: format!("{}，{}，由{}组织", sitting.period.label(), sitting.held_on, visit.app.directory().name_of(sitting.organisation)),
        how: format!("{}，{}", how(&sitting), if ballot.votes == Votes::Secret { "不记名" } else { "记名" }),
        status: status(&sitting),
        rule: policy::ballot_rule(&visit.pack(), &ballot),
        groups: group_lines.collect(),
        counts: counts(&visit, &ballot, &subjects, &tallies),
        named: named_lines(&visit, &ballot, &subjects, &electors, &papers),
        results,
        secrecy: if sitting.is_on_devices && ballot.votes == Votes::Secret { SECRECY } else { "" },
        void_reason: sitting.void_reason.clone().unwrap_or_default(),
        paper: if paper { format!("{}/vote", sitting.address()) } else { String::new() },
        title: sitting.title.clone(),
        case,
        works,
    };
    visit.page(&page)
}

fn counts(visit: &Visit, ballot: &Ballot, subjects: &[rows::Subject], tallies: &[rows::Tally]) -> Vec<CountLine> {
    let directory = visit.app.directory();
    let mut lines = Vec::new();
    for subject in subjects {
        for group in &ballot.groups {
            let own = tallies.iter().filter(|it| it.subject == subject.id && it.group == group.key);
            let votes: Vec<String> = own.map(|it| format!("{} {} 票", name_of_vote(ballot, it.vote), it.n)).collect();
            if !votes.is_empty() {
                lines.push(CountLine {
                    subject: directory.name_of(subject.organisation).to_owned(),
                    group: group.name.clone(),
                    votes: votes.join("，"),
                });
            }
        }
    }
    lines
}

/// In the order of the list of electors; whoever handed in no paper is not among them.
fn named_lines(
    visit: &Visit,
    ballot: &Ballot,
    subjects: &[rows::Subject],
    electors: &[rows::Elector],
    papers: &[(i64, Vec<Option<i64>>)],
) -> Vec<NamedLine> {
    let directory = visit.app.directory();
    let said = |(subject, vote): (&rows::Subject, &Option<i64>)| {
        let vote = vote.map_or_else(|| "弃权或者无效".to_owned(), |vote| name_of_vote(ballot, vote));
        if subjects.len() == 1 { vote } else { format!("{} {vote}", directory.name_of(subject.organisation)) }
    };
    let line = |elector: &rows::Elector| {
        let (_, votes) = papers.iter().find(|(of, _)| *of == elector.id)?;
        let group = ballot.groups.iter().find(|group| group.key == elector.group).map_or("", |group| &group.name);
        let votes: Vec<String> = subjects.iter().zip(votes).map(said).collect();
        Some(NamedLine { name: elector.name.clone(), group: group.to_owned(), votes: votes.join("，") })
    };
    electors.iter().filter_map(line).collect()
}

/// How a vote is called: the option's name, or so many points.
pub(super) fn name_of_vote(ballot: &Ballot, vote: i64) -> String {
    ballot.options.iter().find(|it| it.vote == vote).map_or_else(|| format!("{vote} 分"), |it| it.name.clone())
}

/// The layout of a sitting's pages.
pub(super) fn layout(visit: &Visit, sitting: &Sitting) -> Layout {
    visit.layout(sitting.title.clone()).crumb("民主测评", "/ballots")
}

/// A link back to a sitting.
pub(super) fn back(sitting: &Sitting) -> Link {
    Link::new(sitting.title.clone(), sitting.address())
}
