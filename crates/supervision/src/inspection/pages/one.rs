//! One inspection: how its units came to it, who inspects them, what was found, what became of it.

use std::collections::HashMap;

use askama::Template;
use policy::InspectionMode;
use store::query;

use super::{layout, sight, standing};
use crate::http::download;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::view::{Link, Standing, Status};
use crate::http::visit::{Answer, Visit};
use crate::inspection::model::{Draw, Finding, Inspection, Target, Verdict, mismatches};
use crate::inspection::see::{self, Sight};
use crate::inspection::{finish, rows};

struct UnitRow {
    href: String,
    unit: String,
    above: String,
    rank: String,
    key: String,
    team: String,
    status: Status,
    found: String,
    aside: String,
    /// Setting it aside.
    may_set_aside: Option<String>,
    /// Another of the kind in the quarter.
    alike: Option<Link>,
}

struct DrawRow {
    seed: String,
    how: String,
    on: String,
    aside: String,
    may_set_aside: Option<String>,
}

struct FindingRow {
    unit: String,
    item: String,
    note: String,
    owner: String,
    due_on: String,
    /// The row of the ledger, for whoever sees it.
    problem: Option<String>,
    status: Status,
}

struct MismatchRow {
    unit: String,
    item: String,
    figure: &'static str,
    verdict: &'static str,
}

#[derive(Template)]
#[template(path = "pages/inspection.html")]
struct InspectionPage {
    layout: Layout,
    title: String,
    status: Status,
    facts: Vec<(&'static str, String)>,
    is_random: bool,
    /// Which public number is to be the seed, as it was named when the population was frozen.
    public_source: String,
    n_population: usize,
    fingerprint: String,
    /// Address of the population's file; how it is computed again.
    population: String,
    example: String,
    draws: Vec<DrawRow>,
    units: Vec<UnitRow>,
    teams: Vec<(String, String)>,
    findings: Vec<FindingRow>,
    mismatches: Vec<MismatchRow>,
    mismatch: String,
    hidden: bool,
    acts: Vec<Link>,
    /// Assigning has no form of its own.
    assign: Option<String>,
}

/// `GET /inspections/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach or hidden.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = sight(&visit, id).await?;
    let it = &sight.inspection;
    let reader = visit.app.store().reader();
    let (teams, members) = rows::teams_of(reader, id).await?;
    let draws = rows::draws_of(reader, id).await?;
    let visible: HashMap<i64, &Target> =
        sight.targets.iter().filter(|target| sight.sees_findings(target)).map(|target| (target.id, target)).collect();
    let findings: Vec<Finding> = rows::findings_of(reader, id).await?.into_iter().filter(|it| visible.contains_key(&it.target)).collect();
    let problems = closed_of(&visit, &findings).await?;
    let units: Vec<i64> = sight.targets.iter().map(|target| target.organisation).collect();
    let alike = see::alike(reader, &visit.app, visit.actor(), &it.kind, it.quarter(), &units).await?;
    let is_own = see::is_office(visit.actor(), it.organisation);
    let (acts, assign) = acts(&visit, &sight, teams.len(), &draws).await?;
    let kind_name = visit.pack().inspections.get(&it.kind).map_or_else(|| it.mode.words().to_owned(), |kind| kind.name.clone());
    let plan = frame::plan::find(reader, it.plan_entry).await?;
    let (n_differ, n_compared) = mismatches(findings.iter());
    let layout = layout(&visit, &sight);
    let directory = visit.app.directory();
    let name = |target: &Target| directory.name_of(target.organisation).to_owned();
    let unit = |target: &Target| {
        let own: Vec<&Finding> = findings.iter().filter(|it| it.target == target.id).collect();
        let n_not_met = own.iter().filter(|it| it.verdict == Verdict::NotMet).count();
        let is_told = visible.contains_key(&target.id) && target.handed_in_on.is_some();
        UnitRow {
            href: target.address(),
            unit: name(target),
            above: directory.above(target.organisation),
            rank: target.rank.map_or_else(String::new, |rank| rank.to_string()),
            key: target.key.chars().take(12).collect(),
            team: teams.iter().find(|team| Some(team.id) == target.team).map_or_else(String::new, |team| team.name.clone()),
            status: match (&target.aside, target.opened_on, target.handed_in_on) {
                (Some(_), ..) => Status::new(Standing::Excused, "不查"),
                (None, _, Some(_)) => Status::new(Standing::Ok, "已检查"),
                (None, Some(_), None) => Status::new(Standing::Running, "正在检查"),
                (None, None, None) => Status::new(Standing::Future, "还没有检查"),
            },
            found: match n_not_met {
                _ if !is_told => String::new(),
                0 => "没有发现问题".to_owned(),
                n => format!("{n} 个问题"),
            },
            aside: target.aside.clone().unwrap_or_default(),
            may_set_aside: (is_own && target.is_in() && target.opened_on.is_none() && it.report_on.is_none())
                .then(|| format!("{}/aside", target.address())),
            alike: alike
                .iter()
                .find(|(other, unit)| other.id != it.id && *unit == target.organisation)
                .map(|(other, _)| Link::new(other.title.clone(), other.address())),
        }
    };
    let name_of = |id: i64| visible.get(&id).map(|target| name(target)).unwrap_or_default();
    let finding = |it: &Finding| {
        let closed = it.problem.and_then(|id| problems.get(&id));
        FindingRow {
            unit: name_of(it.target),
            item: it.name.clone(),
            note: it.note.clone(),
            owner: it.owner.clone(),
            due_on: it.due_on.map_or_else(String::new, |day| day.to_string()),
            problem: it.problem.map(|id| format!("/problems/{id}")),
            status: match closed {
                Some(true) => Status::new(Standing::Ok, "已销号"),
                Some(false) => Status::new(Standing::Running, "整改中"),
                None => Status::new(Standing::Future, "报告发出后列入台账"),
            },
        }
    };
    let member_names = |team: i64| members.iter().filter(|it| it.team == team).map(|it| it.name.clone()).collect::<Vec<_>>().join("、");
    let sees_team = |team: i64| sight.is_office || sight.team == Some(team) || sight.targets.iter().any(|target| target.team == Some(team));
    let page = InspectionPage {
        title: it.title.clone(),
        status: standing(&sight).1,
        facts: vec![
            ("方式", format!("{kind_name}（{}）", it.mode.words())),
            ("开展单位", directory.name_of(it.organisation).to_owned()),
            ("年度计划", plan.map_or_else(String::new, |entry| format!("{}，依据{}", entry.name, entry.basis))),
            ("查什么", it.topic.clone()),
            ("起止", format!("{} 至 {}", it.from, it.until)),
            ("报告", it.report_on.map_or_else(String::new, |day| day.to_string())),
            ("办结", it.closed_on.map_or_else(String::new, |day| day.to_string())),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect(),
        is_random: it.mode == InspectionMode::Random,
        public_source: it.public_source.clone(),
        n_population: it.population.len(),
        fingerprint: it.fingerprint.clone(),
        population: format!("{}/population", it.address()),
        example: it.population.first().cloned().unwrap_or_default(),
        draws: draws.iter().map(|draw| draw_row(it, draw, is_own)).collect(),
        units: sight.targets.iter().map(unit).collect(),
        teams: teams.iter().filter(|team| sees_team(team.id)).map(|team| (team.name.clone(), member_names(team.id))).collect(),
        mismatch: match (n_differ, n_compared) {
            (_, 0) => String::new(),
            (n, of) => format!("系统与现场对照 {of} 项，{n} 项不一致（{}%）", n * 100 / of),
        },
        mismatches: findings
            .iter()
            .filter(|it| it.is_mismatch())
            .map(|it| MismatchRow { unit: name_of(it.target), item: it.name.clone(), figure: it.figure.words(), verdict: it.verdict.words() })
            .collect(),
        findings: findings.iter().filter(|it| it.verdict == Verdict::NotMet).map(finding).collect(),
        hidden: it.is_hidden() && (sight.is_office || sight.team.is_some()),
        acts,
        assign,
        layout,
    };
    drop(directory);
    visit.page(&page)
}

fn draw_row(it: &Inspection, draw: &Draw, is_own: bool) -> DrawRow {
    let how = match (&draw.public_source, draw.public_on) {
        (source, Some(on)) if !source.is_empty() => format!("公开号码：{source}，{on} 公布"),
        (source, None) if !source.is_empty() => format!("写明的公开号码：{source}"),
        _ if draw.second_by.is_some() => "两个人各给一半".to_owned(),
        _ => "一个人已给出一半，等另一个人".to_owned(),
    };
    DrawRow {
        seed: draw.drawn_on.and_then(|_| draw.seed()).unwrap_or_default(),
        how,
        on: draw.drawn_on.map_or_else(String::new, |day| day.to_string()),
        aside: draw.aside.clone().unwrap_or_default(),
        may_set_aside: (is_own && draw.aside.is_none() && it.report_on.is_none()).then(|| format!("{}/draws/{}/aside", it.address(), draw.id)),
    }
}

/// Which problems are closed.
async fn closed_of(visit: &Visit, findings: &[Finding]) -> anyhow::Result<HashMap<i64, bool>> {
    let ids: Vec<String> = findings.iter().filter_map(|it| it.problem).map(|id| id.to_string()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select id, closed_on from problem where id in ({})", ids.join(", "));
    let rows = query(visit.app.store().reader(), sql, []).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<Option<String>>(1)?.is_some()))).collect()
}

/// What the office may do now.
async fn acts(visit: &Visit, sight: &Sight, n_teams: usize, draws: &[Draw]) -> anyhow::Result<(Vec<Link>, Option<String>)> {
    let it = &sight.inspection;
    if !see::is_office(visit.actor(), it.organisation) || it.closed_on.is_some() {
        return Ok((Vec::new(), None));
    }
    let base = it.address();
    let mut links = Vec::new();
    let is_in: Vec<&Target> = sight.targets.iter().filter(|target| target.is_in()).collect();
    let is_drawn = it.mode != InspectionMode::Random || draws.iter().any(|draw| draw.drawn_on.is_some() && draw.aside.is_none());
    if !is_drawn {
        links.push(Link::new("给种子", format!("{base}/seed")));
        if draws.is_empty() && !it.public_source.is_empty() {
            links.push(Link::new("公开号码没有公布", format!("{base}/give-up-number")));
        }
    }
    let is_begun = is_in.iter().any(|target| target.opened_on.is_some());
    if !is_begun && it.report_on.is_none() {
        links.push(Link::new("编检查组", format!("{base}/teams")));
    }
    let is_open = !is_begun || is_in.iter().any(|target| target.team.is_none());
    let assign = (is_drawn && is_open && n_teams > 0 && it.report_on.is_none() && !is_in.is_empty()).then(|| format!("{base}/assign"));
    if it.report_on.is_none() && !is_in.is_empty() && is_in.iter().all(|target| target.handed_in_on.is_some()) {
        links.push(Link::new("发出报告", format!("{base}/report")));
    }
    if it.report_on.is_some() && finish::problems_of(visit.app.store().reader(), it.id).await?.1 == 0 {
        links.push(Link::new("办结", format!("{base}/close")));
    }
    Ok((links, assign))
}

/// `GET /inspections/{id}/population`: the frozen population, a line each; its first column gives the fingerprint.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach or nothing was frozen.
pub async fn population(visit: Visit, Path(id): Path<i64>) -> Answer {
    let sight = sight(&visit, id).await?;
    let it = &sight.inspection;
    if it.mode != InspectionMode::Random {
        return Err(Failure::NotFound);
    }
    let directory = visit.app.directory();
    let mut text = "\u{feff}组织编码,党组织\n".to_owned();
    for code in &it.population {
        let name = directory.by_code(code).map_or("", |org| org.name.as_str());
        text.push_str(&format!("{code},{}\n", name.replace([',', '"', '\n'], "，")));
    }
    Ok(download::file(&format!("{}抽取范围.csv", it.title), "text/csv; charset=utf-8", text.into_bytes()))
}
