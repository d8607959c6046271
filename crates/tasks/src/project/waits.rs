//! What the desk says about projects: what its carrier owes, what waits for whoever approves and accepts, whose word is asked.

use jiff::civil::Date;
use policy::{Capability, Pack, Per, Procedure, Project as Kind, in_force};
use store::{Actor, OrgId};

use super::rows::{listed, projects_where};
use super::see::{is_open_to, places_of};
use super::{Project, SERVED, State, forward, reports, stage_of};
use crate::app::App;
use crate::case::{self, Item};
use crate::http::view::{Link, WaitingItem};

/// Of one kind, so many stand by themselves.
const N_APART_MAX: usize = 6;

fn rules<'a>(pack: &'a Pack, it: &Project) -> Option<(&'a Kind, &'a Procedure)> {
    let kind = pack.projects.get(&it.kind)?;
    Some((kind, pack.procedures.get(&kind.procedure)?))
}

/// What waits for somebody, as lines of the desk.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting_items(app: &App, actor: &Actor, today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let (works, decides) = (places_of(actor, Capability::WorkOnProjects), places_of(actor, Capability::DecideProjects));
    if works.is_empty() && decides.is_empty() {
        return Ok(Vec::new());
    }
    let pack = app.pack();
    let (own, others) = (listed(&works), listed(&decides));
    let condition = format!("p.closed_on is null and (p.organisation_id in ({own}) or p.served_id in ({own}) or p.issuer_id in ({others}))");
    let reader = app.store().reader();
    let mut open = projects_where(reader, &condition, Vec::new()).await?;
    open.retain(|it| is_open_to(app, actor, it));
    let doing: Vec<i64> = open.iter().filter(|it| !it.is_handed_in).map(|it| it.case_id).collect();
    let mut items = case::items_of_all(reader, &doing).await?;
    items.retain(|item| item.closed_in.is_none());
    let (mut waiting, mut deciding, mut confirming, mut over) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for it in &open {
        let Some((kind, procedure)) = rules(&pack, it) else { continue };
        let of_case: Vec<&Item> = items.iter().filter(|item| item.case_id == it.case_id).collect();
        if works.contains(&it.organisation) {
            waiting.extend(owed(kind, procedure, it, &of_case, today, pack.soon_days(today)));
        }
        let is_asked = stage_of(procedure, &it.stage).is_some_and(|stage| stage.actions.iter().any(|action| action.by.at == SERVED));
        if is_asked && it.opinion_on.is_none() && it.served.is_some_and(|served| works.contains(&served)) {
            waiting.push(line(it, "message", "填写受益方意见", "申请验收，请听取党员群众意见", it.stage_since, 0));
        }
        if decides.contains(&it.issuer) {
            match stage_of(procedure, &it.stage).and_then(forward).filter(|_| it.is_handed_in) {
                Some(action) if it.opinion_on.is_some() || !is_asked || it.served.is_none() => {
                    deciding.push(line(it, "clipboard-check", &action.name, app.directory().called(it.organisation), it.stage_since, 0));
                }
                Some(_) => {}
                None if it.is_reported && !of_case.is_empty() => {
                    let note = format!("报了进展，{} 项没有确认", of_case.len());
                    confirming.push(line(it, "checkbox", "确认", &note, it.progress_on.unwrap_or(today), 0));
                }
                None if it.state(today) == State::Overdue => over.push(it),
                None => {}
            }
        }
    }
    waiting.extend(apart_or_together(deciding, "clipboard-check", "个项目待审批或者验收", "办理", "/projects"));
    waiting.extend(apart_or_together(confirming, "checkbox", "个项目报了进展，待确认", "确认", "/projects"));
    if let Some(first) = over.iter().filter_map(|it| it.due_on).min() {
        waiting.push(WaitingItem {
            icon: "alert-circle",
            title: format!("{} 个项目逾期", over.len()),
            note: "到了完成时限没有申请验收".to_owned(),
            since: first,
            over: i64::from((today - first).get_days()),
            act: Link::new("看看是哪些", if over.len() == 1 { over[0].address() } else { "/projects".to_owned() }),
        });
    }
    waiting.extend(lacking(app, &pack, &works, today).await?);
    Ok(waiting)
}

/// What its carrier owes now, the most pressing first: its own step, a milestone, the progress of a period.
fn owed(kind: &Kind, procedure: &Procedure, it: &Project, open: &[&Item], today: Date, soon: i64) -> Option<WaitingItem> {
    if it.is_handed_in {
        return None;
    }
    let stage = stage_of(procedure, &it.stage)?;
    let next = forward(stage)?;
    if !reports(stage) {
        let over = stage.days_max.map_or(0, |days| i64::from((today - it.stage_since).get_days()) - i64::from(days)).max(0);
        return Some(line(it, "flag", &next.name, &format!("到了“{}”这一步", stage.name), it.stage_since, over));
    }
    let over_of = |day: Date| i64::from((today - day).get_days()).max(0);
    let near = |day: &Date| i64::from((*day - today).get_days()) <= soon;
    // What was reported waits for its confirmation; a day that has passed stays on the desk.
    let milestone = open.iter().filter(|item| item.due_on.is_some_and(|day| near(&day))).min_by_key(|item| item.due_on);
    if let Some((item, day)) = milestone.and_then(|item| Some((item, item.due_on?))).filter(|(_, day)| *day < today || !it.is_reported) {
        return Some(line(it, "clock", "报告进展", &format!("“{}”，{day} 前", item.text), day, over_of(day)));
    }
    if let Some(period) = kind.progress_per.and_then(|per: Per| it.progress_owed(per, today, soon)) {
        let over = over_of(period.last_day());
        return Some(line(it, "notes", "报告进展", &format!("{}的进展还没有报", period.label()), period.from(), over));
    }
    if open.is_empty() && it.quantity_left() == 0 && it.progress_on.is_some() {
        return Some(line(it, "send", &next.name, "该做的都做到了", it.progress_on?, it.due_on.map_or(0, over_of)));
    }
    let due = it.due_on.filter(near)?;
    Some(line(it, "clock", "报告进展", &format!("完成时限 {due}"), due, over_of(due)))
}

fn line(it: &Project, icon: &'static str, verb: &str, note: &str, since: Date, over: i64) -> WaitingItem {
    WaitingItem { icon, title: it.name.clone(), note: note.to_owned(), since, over, act: Link::new(verb, it.address()) }
}

fn apart_or_together(lines: Vec<WaitingItem>, icon: &'static str, many: &str, verb: &str, href: &str) -> Vec<WaitingItem> {
    if lines.len() <= N_APART_MAX {
        return lines;
    }
    let since = lines.iter().map(|item| item.since).min().unwrap_or_default();
    let title = format!("{} {many}", lines.len());
    vec![WaitingItem { icon, title, note: String::new(), since, over: 0, act: Link::new(verb, href) }]
}

/// Carriers that have fewer projects this year than the pack wants: key of the kind, carrier, how many are missing.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn missing(app: &App, pack: &Pack, carriers: &[OrgId], year: i16, today: Date) -> anyhow::Result<Vec<(String, OrgId, u32)>> {
    let mut found = Vec::new();
    for (key, kind) in &pack.projects {
        let Some(wanted) = in_force(&kind.each_year, today).copied().filter(|n| *n > 0) else { continue };
        let due: Vec<OrgId> = {
            let directory = app.directory();
            let is_carrier = |id: &&OrgId| directory.org(**id).is_some_and(|org| kind.is_carried_at(&org.level) && !org.is_branch());
            carriers.iter().filter(is_carrier).copied().collect()
        };
        if due.is_empty() {
            continue;
        }
        let condition = format!(
            "p.project = $1 and p.year = $2 and (p.closed_on is null or p.accepted_on is not null) and p.organisation_id in ({})",
            listed(&due)
        );
        let have = projects_where(app.store().reader(), &condition, vec![key.clone().into(), i64::from(year).into()]).await?;
        for id in due {
            let n = u32::try_from(have.iter().filter(|it| it.organisation == id).count()).unwrap_or(u32::MAX);
            if n < wanted {
                found.push((key.clone(), id, wanted - n));
            }
        }
    }
    Ok(found)
}

async fn lacking(app: &App, pack: &Pack, works: &[OrgId], today: Date) -> anyhow::Result<Vec<WaitingItem>> {
    let item = |(key, _, n): (String, OrgId, u32)| WaitingItem {
        icon: "flag",
        title: pack.projects.get(&key).map_or_else(|| key.clone(), |kind| kind.name.clone()),
        note: format!("今年还差 {n} 个，请申报"),
        since: jiff::civil::date(today.year(), 1, 1),
        over: 0,
        act: Link::new("申报", format!("/projects/{key}/new")),
    };
    Ok(missing(app, pack, works, today.year(), today).await?.into_iter().map(item).collect())
}
