//! What waits for one person: each primitive answers for itself, the desk only lists it.

use std::cmp::Reverse;
use std::future::Future;
use std::pin::Pin;

use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Period};
use store::{Actor, OrgId};

use crate::activity::{self, Wanted};
use crate::app::App;
use crate::case::{CaseAtWork, CaseFile, Variables};
use crate::directory::{Directory, OrgNode};
use crate::http::view::{Link, WaitingItem};
use crate::{duty, evaluation, member};

/// A primitive's answer; a transaction is not open.
pub type Ask = for<'a> fn(&'a App, &'a Actor, Date) -> Pin<Box<dyn Future<Output = anyhow::Result<Vec<WaitingItem>>> + Send + 'a>>;

/// Everybody who is asked, in the order of the list among equals. A primitive with something to confirm adds a line here.
pub const ASKED: &[Ask] = &[
    |app, actor, today| Box::pin(consents(app, actor, today)),
    |app, actor, today| Box::pin(excuses(app, actor, today)),
    |app, actor, today| Box::pin(returned(app, actor, today)),
    |app, actor, today| Box::pin(decisions(app, actor, today)),
    |app, actor, today| Box::pin(crate::task::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::problem::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::project::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::inspection::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::asked::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::department::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::responsibility::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::party_meeting::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::appraisal::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(crate::contest::waiting_items(app, actor, today)),
    |app, actor, today| Box::pin(transfers(app, actor, today)),
    |app, actor, today| Box::pin(exemptions(app, actor, today)),
    |app, actor, today| Box::pin(posts(app, actor, today)),
    |app, actor, today| Box::pin(cases(app, actor, today)),
    |app, actor, today| Box::pin(balances(app, actor, today)),
    |app, actor, _| Box::pin(crate::scheme_editor::waiting_items(app, actor)),
];

/// Everything that waits for somebody: what is past its deadline first, longest over at the top, then what waits longest.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_for(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let mut items = Vec::new();
    for ask in ASKED {
        items.extend(ask(app, actor, today).await?);
    }
    items.sort_by_key(|item| (Reverse(item.over), item.since));
    Ok(items)
}

/// Branches for which a person records.
fn own_branches(app: &App, actor: &Actor) -> Vec<OrgId> {
    let scope = actor.scope(Capability::RecordActivities);
    if scope.is_empty() || actor.may(Capability::SuperviseActivities) {
        return Vec::new();
    }
    app.directory().all(&scope).filter(|org| OrgNode::is_branch(org)).map(|org| org.id).collect()
}

/// Branches over which a person stands directly: what they ask waits for him, and not for all above.
fn directly_below(app: &App, actor: &Actor) -> Vec<OrgId> {
    let directory = app.directory();
    let scope = actor.scope(Capability::SuperviseActivities);
    let mut found: Vec<OrgId> = scope.roots().flat_map(|root| branches_directly_below(&directory, root)).collect();
    found.retain(|id| directory.is_visible(&scope, *id));
    found.sort_unstable();
    found.dedup();
    found
}

/// Branches directly below an organisation, and those of the general branches there.
fn branches_directly_below(directory: &Directory, root: OrgId) -> Vec<OrgId> {
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(id) = next.pop() {
        for org in directory.children(id) {
            if org.is_branch() {
                found.push(org.id);
            }
            if org.role != OrganisationRole::Committee {
                next.push(org.id);
            }
        }
    }
    found
}

/// Records that were entered after their period was locked, or make one up: the superior consents. What the superior entered
/// himself goes to the next one up.
async fn consents(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let mut lines = lines_of(app, directly_below(app, actor), "waiting").await?;
    lines.retain(|line| line.entered_by.is_none() || line.entered_by != actor.person_id);
    lines.extend(entered_by_the_superior(app, actor, today).await?);
    Ok(records(app, today, lines, "certificate", "同意", |line| match line.makes_up {
        Some(period) => format!("补办 {}，等您同意后计入", period.label()),
        None => "锁定以后补录，等您同意后计入".to_owned(),
    }))
}

/// Records below the committees directly below, entered by somebody with a post there, who may not consent himself.
async fn entered_by_the_superior(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<activity::Line>> {
    let scope = actor.scope(Capability::SuperviseActivities);
    let committees: Vec<OrgId> = {
        let directory = app.directory();
        let below = scope.roots().flat_map(|root| directory.children(root)).filter(|org| org.role == OrganisationRole::Committee);
        below.map(|org| org.id).collect()
    };
    if committees.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = activity::waiting_entered_at(app.store().reader(), &scope, &committees, today).await?;
    let directory = app.directory();
    let is_further = |line: &activity::Line| {
        let superior = |org: &OrgNode| committees.iter().any(|committee| duty::is_directly_above(&directory, *committee, org));
        directory.org(line.organisation).is_some_and(superior)
    };
    lines.retain(is_further);
    Ok(lines)
}

/// Records that were given back to be put right.
async fn returned(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let lines = lines_of(app, own_branches(app, actor), "returned").await?;
    Ok(records(app, today, lines, "arrow-back-up", "修改", |_| "上级退回，改好以前不计入".to_owned()))
}

async fn lines_of(app: &App, organisations: Vec<OrgId>, state: &str) -> anyhow::Result<Vec<activity::Line>> {
    let wanted = Wanted { organisations, state: Some(state.to_owned()), ..Wanted::default() };
    if wanted.organisations.is_empty() {
        return Ok(Vec::new());
    }
    activity::lines(app.store().reader(), &wanted, "held_on", false, activity::From::Offset(0), 200).await
}

fn records(
    app: &App,
    today: Date,
    lines: Vec<activity::Line>,
    icon: &'static str,
    verb: &str,
    note: impl Fn(&activity::Line) -> String,
) -> Vec<WaitingItem> {
    let pack = app.pack();
    let directory = app.directory();
    let item = |line: activity::Line| {
        let kind = pack.activities.get(&line.kind).map_or(line.kind.as_str(), |kind| kind.short.as_str());
        WaitingItem {
            icon,
            title: format!("{} · {kind}（{}）", directory.name_of(line.organisation), duty::pages::day_words_on(line.held_on, today)),
            note: note(&line),
            since: line.entered_on,
            over: 0,
            act: Link::new(verb, format!("/activities/{}", line.id)),
        }
    };
    lines.into_iter().map(item).collect()
}

/// Excuses that were asked for.
async fn excuses(app: &App, actor: &Actor, _today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let scope = actor.scope(Capability::SuperviseActivities);
    let mine = directly_below(app, actor);
    if mine.is_empty() {
        return Ok(Vec::new());
    }
    let asked = duty::excuses_asked(app.store().reader(), &scope).await?;
    let pack = app.pack();
    let directory = app.directory();
    // Whoever asked for it himself does not decide it.
    let others =
        asked.into_iter().filter(|excuse| mine.contains(&excuse.organisation) && (excuse.asked_by.is_none() || excuse.asked_by != actor.person_id));
    let item = |excuse: duty::Excuse| {
        let duty = pack.duties.get(&excuse.duty).map_or(excuse.duty.as_str(), |duty| duty.short.as_str());
        let period: Period = excuse.period;
        WaitingItem {
            icon: "calendar-pause",
            title: format!("{} · 申请免办{duty}（{}）", directory.name_of(excuse.organisation), duty::pages::period_words(period)),
            note: excuse.reason,
            since: excuse.asked_on,
            over: 0,
            act: Link::new("批复", format!("/duties/{}/{}/{period}", excuse.organisation, excuse.duty)),
        }
    };
    Ok(others.map(item).collect())
}

/// What meetings decided and is due within a week.
async fn decisions(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    if own_branches(app, actor).is_empty() {
        return Ok(Vec::new());
    }
    let scope = actor.scope(Capability::RecordActivities);
    let until = today.checked_add(jiff::Span::new().days(7))?;
    let open = activity::open_decisions(app.store().reader(), &scope, until).await?;
    let item = |of: activity::OpenDecision| {
        let owner = if of.owner.is_empty() { String::new() } else { format!("{} 负责，", of.owner) };
        let due = of.due_on.map(|day| format!("{}前办结", duty::pages::day_words(day))).unwrap_or_default();
        WaitingItem {
            icon: "checklist",
            title: of.text,
            note: format!("{owner}{due}"),
            since: of.due_on.unwrap_or(today),
            over: of.due_on.map_or(0, |due| i64::from((today - due).get_days()).max(0)),
            act: Link::new("办结", format!("/activities/{}", of.activity_id)),
        }
    };
    Ok(open.into_iter().map(item).collect())
}

/// Members whom another branch sent here: the branch receives them.
async fn transfers(app: &App, actor: &Actor, _today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let mine = own_branches(app, actor);
    if mine.is_empty() || !actor.may(Capability::TransferMembers) {
        return Ok(Vec::new());
    }
    let waiting = member::transfers(app, member::Which::Waiting).await?;
    let directory = app.directory();
    let item = |of: member::TransferLine| WaitingItem {
        icon: "transfer",
        title: format!("{} · 组织关系转入", of.name),
        note: format!("从{}转来，{}前接收", directory.name_of(of.from), duty::pages::day_words(of.due_on)),
        since: of.asked_on,
        over: 0,
        act: Link::new("接收", "/transfers"),
    };
    Ok(waiting.into_iter().filter(|of| mine.contains(&of.to)).map(item).collect())
}

/// Members whom a branch listed as exempt: whoever stands directly above answers.
async fn exemptions(app: &App, actor: &Actor, _today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let scope = actor.scope(Capability::VerifyMembers);
    let mine = directly_below(app, actor);
    if scope.is_empty() || mine.is_empty() {
        return Ok(Vec::new());
    }
    let waiting = member::exemptions(app, None).await?;
    let directory = app.directory();
    let item = |of: member::ExemptionLine| {
        let member = directory.member(&scope, of.member).filter(|member| mine.contains(&member.organisation))?;
        // Whoever listed the member does not approve it.
        let is_own = of.listed_by.is_some() && of.listed_by == actor.person_id;
        (!is_own).then(|| WaitingItem {
            icon: "user-minus",
            title: format!("{} · {} 申请免于参加", directory.name_of(member.organisation), member.name),
            note: of.reason,
            since: of.from,
            over: 0,
            act: Link::new("批复", format!("/members/{}", of.member)),
        })
    };
    Ok(waiting.into_iter().filter_map(item).collect())
}

/// Posts that somebody prepared who does not hold what they give.
async fn posts(app: &App, actor: &Actor, _today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let item = |grant: crate::account::GrantRow| WaitingItem {
        icon: "user-check",
        title: format!("{} · 待确认的岗位", grant.post),
        note: "拟授的人没有它的全部权限，确认以前不生效".to_owned(),
        since: grant.from,
        over: 0,
        act: Link::new("确认", format!("/grants/{}", grant.id)),
    };
    Ok(crate::account::prepared(app, actor).await?.into_iter().map(item).collect())
}

/// Days by which the present step is past its deadline.
fn over(work: &CaseAtWork, today: Date) -> i64 {
    let until = work.stage().and_then(|stage| crate::case::deadline(stage, &work.case));
    until.map_or(0, |until| i64::from((today - until).get_days()).max(0))
}

/// Cases of every procedure, tasks, projects and problems aside, whose present step waits for this person.
async fn cases(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let variables = Variables::unknown();
    let mut items = Vec::new();
    let pack = app.pack();
    let problems = crate::problem::procedures(&pack).map(|(key, _)| key);
    let except: Vec<&str> = problems.chain(crate::project::procedures(&pack)).chain([crate::task::PROCEDURE]).collect();
    let all = CaseAtWork::all_reached_by(app, actor, &except).await?;
    // A step of one kind of matter is none of another.
    let matters: Vec<i64> =
        all.iter().map(|work| &work.case).filter(|case| case.subject_kind == crate::matter::SUBJECT).map(|case| case.subject_id).collect();
    let kinds = crate::matter::kinds_of(app, &matters).await?;
    for work in all {
        let Some((icon, base)) = place_of(&work.case) else { continue };
        let own = kinds.get(&work.case.subject_id).filter(|_| work.case.subject_kind == crate::matter::SUBJECT);
        let offers = work.offers(actor, own.unwrap_or(&variables), today);
        let Some(offer) = offers.iter().find(|offer| offer.is_awaited) else { continue };
        items.push(WaitingItem {
            icon,
            title: work.case.title.clone(),
            note: work.stage().map_or_else(String::new, |stage| format!("到了“{}”这一步", stage.name)),
            since: work.case.stage_since,
            over: over(&work, today),
            act: Link::new(offer.action.name.clone(), base),
        });
    }
    Ok(items)
}

/// Fields into which an officer's own unit puts too little this year.
async fn balances(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let gaps = crate::ledger::gaps_for(app, actor, today).await?;
    let mut items: Vec<WaitingItem> = Vec::new();
    let pack = app.pack();
    for (key, balance) in &pack.balances {
        let n = gaps.iter().filter(|gap| gap.balance == *key).count();
        if n > 0 {
            items.push(WaitingItem {
                icon: "chart-bar",
                title: format!("{}：{n} 处投入不足", balance.name),
                note: "年终述职要回答；补上投入就没有了".to_owned(),
                since: jiff::civil::date(today.year(), 1, 1),
                over: 0,
                act: Link::new("看看哪里不足", format!("/balances/{key}")),
            });
        }
    }
    Ok(items)
}

/// Where a case is worked on: its icon and page.
pub(crate) fn place_of(case: &CaseFile) -> Option<(&'static str, String)> {
    let id = case.subject_id;
    match case.subject_kind.as_str() {
        "evaluation" => Some(("star", format!("/evaluations/{id}"))),
        evaluation::REVIEW => Some(("clipboard-check", format!("/evaluations/{id}/organisations/{}/review", case.organisation))),
        "ranking" => Some(("chart-bar", format!("/rankings/{id}"))),
        "weak_list" => Some(("list-check", format!("/weak-lists/{id}"))),
        crate::appraisal::SUBJECT => Some(("microphone", format!("/appraisals/{id}"))),
        crate::contest::SUBJECT => Some(("trophy", format!("/contests/{id}"))),
        "selection" => Some(("flag", format!("/selections/entries/{id}"))),
        crate::programme::SUBJECT => Some(("building-community", format!("/programmes/reviews/{id}"))),
        crate::ballot::SUBJECT => Some(("checkbox", format!("/ballots/{id}"))),
        crate::matter::SUBJECT => Some(("clipboard-check", crate::matter::address(id))),
        "self_check" => Some(("search", format!("/problems/self-checks/units/{}", case.id))),
        "organisation" => Some(("tool", format!("/rectifications/{}", case.id))),
        _ => None,
    }
}
