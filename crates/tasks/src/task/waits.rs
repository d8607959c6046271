//! What the desk says about tasks: one line each while they are few, one line per kind when they are many.

use jiff::civil::Date;
use store::Actor;

use super::cascade;
use super::model::Turn;
use super::see::{Wait, Waiting, n_to_urge, waiting};
use super::times_of;
use crate::app::App;
use crate::http::view::Link;
use crate::http::view::WaitingItem;

/// Of one kind, so many stand by themselves.
const N_APART_MAX: usize = 4;

/// What waits for somebody, as lines of the desk. What is to be fed back waits from the days before its date.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let soon = app.pack().soon_days(today);
    let found: Vec<Waiting> =
        waiting(app, actor, today).await?.into_iter().filter(|waiting| waiting.wait != Wait::FeedBack || waiting.days_left <= soon).collect();
    let urging = n_to_urge(app, actor, today).await?;
    let pack = app.pack();
    let times = times_of(&pack, today)?;
    let stuck = cascade::stuck(app, actor, today).await?;
    let to_receive = times.stages_of(Turn::Receive);
    let directory = app.directory();
    let mut items = Vec::new();
    if let Some((title, since)) = super::pages::cascade::alert(&pack, &stuck) {
        let note = "责任没有传下去，点开看停在哪里".to_owned();
        items.push(WaitingItem {
            icon: "alert-triangle", title, note, since, over: 0, act: Link::new("看停在哪里", "/tasks/cascade?state=over")
        });
    }
    for kind in [Wait::Overdue, Wait::Receive, Wait::Verify, Wait::FeedBack] {
        let of_kind: Vec<&Waiting> = found.iter().filter(|waiting| waiting.wait == kind).collect();
        if of_kind.len() > N_APART_MAX {
            items.extend(together(kind, of_kind.iter().map(|waiting| (1, since_of(waiting), waiting.days_left))));
            continue;
        }
        for waiting in of_kind {
            let (icon, verb, _) = way_to(kind);
            let is_received = waiting.task.at.as_ref().is_none_or(|at| !to_receive.contains(&at.stage.as_str()));
            let verb = match kind {
                Wait::Overdue if is_received => "反馈",
                Wait::Overdue => "签收",
                _ => verb,
            };
            let unit = directory.name_of(waiting.task.organisation);
            let title = if kind == Wait::Verify { format!("{unit} · {}", waiting.task.item.action) } else { waiting.task.item.action.clone() };
            items.push(WaitingItem {
                icon,
                title,
                note: note_of(waiting, directory.name_of(waiting.task.issuer.organisation)),
                since: since_of(waiting),
                over: if kind == Wait::Verify { 0 } else { (-waiting.days_left).max(0) },
                act: Link::new(verb, format!("/tasks/{}", waiting.task.id)),
            });
        }
    }
    for kind in [Wait::Chase, Wait::Escalated] {
        items.extend(together(kind, urging.iter().filter(|it| it.wait == kind).map(|it| (it.n, it.since, it.days_left))));
    }
    Ok(items)
}

/// Several of one kind in one line: how many, since when, and the days left; none: no line.
fn together(kind: Wait, of_kind: impl Iterator<Item = (usize, Date, i64)>) -> Option<WaitingItem> {
    let (mut n, mut first, mut longest) = (0_usize, None::<Date>, i64::MIN);
    for (n_alike, since, days_left) in of_kind {
        (n, first, longest) = (n + n_alike, Some(first.map_or(since, |day| day.min(since))), longest.max(-days_left));
    }
    let (icon, verb, href) = way_to(kind);
    Some(WaitingItem {
        icon,
        title: format!("{n} 项任务{}", kind.word()),
        note: note_of_many(kind, longest),
        since: first?,
        over: longest.max(0),
        act: Link::new(verb, href),
    })
}

fn since_of(waiting: &Waiting) -> Date {
    waiting.task.at.as_ref().map_or(waiting.task.issued_on, |at| at.since)
}

fn way_to(kind: Wait) -> (&'static str, &'static str, &'static str) {
    match kind {
        Wait::Overdue => ("alert-triangle", "办理", "/tasks?state=overdue"),
        Wait::Receive => ("inbox", "签收", "/tasks?state=receive"),
        Wait::Verify => ("clipboard-check", "核验", "/tasks?of=issued&state=verify"),
        Wait::FeedBack => ("checklist", "反馈", "/tasks?state=working"),
        Wait::Chase => ("bell-ringing", "催办", "/tasks?of=issued&state=chase"),
        Wait::Escalated => ("alert-octagon", "督办", "/tasks?of=escalated&state=chase"),
    }
}

fn note_of_many(kind: Wait, longest: i64) -> String {
    match kind {
        Wait::Chase => format!("交办出去的，最久的逾期 {longest} 天"),
        Wait::Escalated => format!("下级交办的，逾期已满上报天数，最久的 {longest} 天"),
        Wait::Overdue => format!("最久的逾期 {longest} 天"),
        _ => String::new(),
    }
}

fn note_of(waiting: &Waiting, issuer: &str) -> String {
    let due = waiting.task.due_now();
    match waiting.wait {
        Wait::Overdue => format!("{issuer}交办，已逾期 {} 天", -waiting.days_left),
        Wait::Receive => format!("{issuer}交办，签收还剩 {} 天", waiting.days_left),
        Wait::Verify => "已反馈，等您核验".to_owned(),
        _ => format!("{issuer}交办，{due} 前办结"),
    }
}
