//! Splitting a task to the units below, and adjusting it afterwards.

use std::collections::BTreeMap;

use crate::http::path::Path;
use askama::Template;
use axum::http::StatusCode;
use store::{OrgId, Refusal};

use super::words::{day_words, permitted_field};
use crate::burden;
use crate::directory::OrgNode;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, grouped};
use crate::http::visit::{Answer, Visit};
use crate::task::form::SplitForm;
use crate::task::model::{Issuer, PartsKind, Task};
use crate::task::quantity::{divided, printed};
use crate::task::{issue, parts, see};

/// A unit that may get a part.
struct Candidate {
    org: OrgId,
    name: String,
    note: String,
    is_ticked: bool,
    /// It has its part already and cannot be left out.
    is_fixed: bool,
    quantity: String,
    due_on: String,
    owner: String,
}

#[derive(Template)]
#[template(path = "pages/task_split.html")]
struct SplitPage {
    layout: Layout,
    title: String,
    facts: String,
    action: String,
    back: String,
    draft: String,
    problems: Vec<String>,
    /// Nothing to add up: a share, or a demand without number.
    may_divide: bool,
    has_number: bool,
    kinds: Vec<Choice>,
    wanted: String,
    comparator: &'static str,
    unit: String,
    due_on: String,
    candidates: Vec<Candidate>,
    is_adjusting: bool,
    cost: Vec<(&'static str, String)>,
    /// Why somebody has to allow it; empty: it may be split.
    above: String,
    reason: Field,
    permitted: Field,
    /// None: no unit stands under a list.
    permitted_choices: Vec<Choice>,
}

/// `GET /tasks/{id}/split`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach, [`Failure::Refused`] with who may split it.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (task, issuer) = allowed(&visit, id).await?;
    let page = page_of(&visit, &task, &issuer, None, Vec::new()).await?;
    visit.page(&page)
}

/// `POST /tasks/{id}/split`.
///
/// # Errors
/// As [`show`].
pub async fn split(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (task, issuer) = allowed(&visit, id).await?;
    let level_of = |org: OrgId| {
        let directory = visit.app.directory();
        directory.org(org).filter(|org| issue::may_receive(&issuer, org)).map(|org| (org.name.clone(), org.level.clone()))
    };
    let form = match SplitForm::read(&sent, task.due_now(), &level_of) {
        Ok(form) => form,
        Err(problems) => return again(&visit, &task, &issuer, &sent, problems).await,
    };
    let mut tx = visit.begin().await?;
    let back = format!("/tasks/{id}");
    if let Some(before) = sent.taken_before(&tx, &back).await? {
        return Ok(visit.see(&before, "已经分解过了。"));
    }
    let n = form.parts.len();
    let done = if sent.text("then") == "approval" {
        let asked = issue::ask_split_approval(&visit.app, &mut tx, visit.actor(), id, &form.parts, sent.text("reason")).await;
        asked.map(|_| "已经报请批准，答复以后再来分解。".to_owned())
    } else {
        let done = issue::split(&visit.app, &mut tx, visit.actor(), id, form).await;
        done.map(|()| format!("已分解到 {n} 个单位，等他们签收。"))
    };
    match done {
        Ok(said) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &back, &said))
        }
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            let problems = refusal.0.split('；').map(str::to_owned).collect();
            again(&visit, &task, &issuer, &sent, problems).await
        }
    }
}

async fn again(visit: &Visit, task: &Task, issuer: &Issuer, sent: &Submitted, problems: Vec<String>) -> Answer {
    let page = page_of(visit, task, issuer, Some(sent), problems).await?;
    let mut response = visit.page(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn allowed(visit: &Visit, id: i64) -> Result<(Task, Issuer), Failure> {
    let task = see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let issuer = issue::may_split(&visit.app, visit.actor(), &task, visit.today()).map_err(Failure::Refused)?;
    Ok((task, issuer))
}

async fn page_of(visit: &Visit, task: &Task, issuer: &Issuer, sent: Option<&Submitted>, problems: Vec<String>) -> Result<SplitPage, Failure> {
    let before: BTreeMap<OrgId, Task> = parts(&visit.app, visit.actor(), task.id).await?.into_iter().map(|part| (part.organisation, part)).collect();
    let target = task.target();
    let wanted = target.as_ref().and_then(|target| target.milli);
    let usual = match &target {
        Some(target) if target.usually_holds_for_each() => PartsKind::Each,
        Some(_) => PartsKind::Divide,
        None => PartsKind::Each,
    };
    let kind = sent.and_then(|sent| PartsKind::read(sent.text("kind"))).or(task.parts_kind).unwrap_or(usual);
    let may_divide = target.as_ref().is_some_and(|target| !target.is_share());
    let candidates = candidates(visit, task, issuer, &before, kind, sent);
    let base = format!("/tasks/{}", task.id);
    let permitted = sent.map_or("", |sent| sent.text("permitted"));
    let fresh: Vec<OrgId> = candidates.iter().filter(|it| !it.is_fixed).map(|it| it.org).collect();
    let ticked: Vec<OrgId> = candidates.iter().filter(|it| it.is_ticked).map(|it| it.org).collect();
    let reader = visit.app.store().reader();
    let cost = issue::cost_of_split(reader, &visit.app, task.id, &ticked, visit.today()).await?;
    let is_granted = burden::is_granted(reader, issue::SPLIT, task.id, &cost).await?;
    Ok(SplitPage {
        permitted_choices: burden::permitted_choices(reader, &visit.app, &fresh, permitted, visit.today()).await?,
        permitted: permitted_field("permitted", permitted),
        cost: cost.lines(),
        above: if is_granted { String::new() } else { cost.why() },
        reason: Field::new("reason", "非发不可的理由", sent.map_or("", |sent| sent.text("reason"))),
        layout: visit
            .layout("分解任务")
            .crumb("部署任务", "/tasks")
            .crumb(task.item.action.clone(), base.clone())
            .crumb(if before.is_empty() { "分解到下级" } else { "调整分解" }, ""),
        title: task.item.action.clone(),
        facts: format!(
            "{}，{} 前完成",
            if target.is_some() || task.item.frequency.is_some() { task.target_words() } else { "没有数量要求".to_owned() },
            day_words(task.due_now(), visit.today())
        ),
        action: format!("{base}/split"),
        draft: format!("task-split-{}", task.id),
        back: base,
        problems,
        may_divide,
        has_number: wanted.is_some(),
        kinds: vec![
            Choice {
                value: "divide".to_owned(), label: "合计：各单位的数量相加等于任务数".to_owned(), selected: kind == PartsKind::Divide
            },
            Choice { value: "each".to_owned(), label: "各自：每个单位都要达到".to_owned(), selected: kind == PartsKind::Each },
        ],
        wanted: wanted.map(printed).unwrap_or_default(),
        comparator: target.as_ref().map_or("", |target| match target.comparator {
            directive::Comparator::AtLeast => ">=",
            directive::Comparator::AtMost => "<=",
            directive::Comparator::Equal => "=",
        }),
        unit: target.map(|target| target.unit).unwrap_or_default(),
        due_on: task.due_now().to_string(),
        candidates,
        is_adjusting: !before.is_empty(),
    })
}

fn candidates(
    visit: &Visit,
    task: &Task,
    issuer: &Issuer,
    before: &BTreeMap<OrgId, Task>,
    kind: PartsKind,
    sent: Option<&Submitted>,
) -> Vec<Candidate> {
    let directory = visit.app.directory();
    let mut units: Vec<&OrgNode> = before.keys().filter_map(|org| directory.org(*org)).collect();
    units.extend(directory.children(task.organisation).filter(|org| issue::may_receive(issuer, org) && !before.contains_key(&org.id)));
    units.sort_by(|a, b| a.code.cmp(&b.code));
    let weights: Vec<u64> = units.iter().map(|org| u64::from(org.n_branches_below.max(1))).collect();
    let wanted = task.target().and_then(|target| target.milli);
    let shares = divided(wanted.unwrap_or_default(), &weights);
    let default_owner = |org: &OrgNode| match org.role {
        policy::OrganisationRole::Committee => "党（工）委书记".to_owned(),
        _ => "书记".to_owned(),
    };
    units
        .iter()
        .zip(shares)
        .map(|(org, share)| {
            let part = before.get(&org.id);
            let typed = |what: &str| sent.map(|sent| sent.text(&format!("{what}-{}", org.id)).to_owned());
            let suggested = match (wanted, kind) {
                (Some(_), PartsKind::Divide) if before.is_empty() => printed(share),
                (Some(wanted), PartsKind::Each) => printed(wanted),
                _ => String::new(),
            };
            Candidate {
                org: org.id,
                name: org.name.clone(),
                note: if org.n_branches_below > 0 {
                    format!("{} 个支部", grouped(u64::from(org.n_branches_below)))
                } else {
                    format!("{} 名党员", org.n_members)
                },
                is_ticked: sent.map_or(part.is_some() || (before.is_empty() && suggested != "0"), |sent| {
                    sent.all("org").iter().any(|id| *id == org.id.to_string())
                }),
                is_fixed: part.is_some(),
                quantity: typed("quantity").unwrap_or_else(|| part.and_then(|part| part.quantity_milli).map_or(suggested, printed)),
                due_on: typed("due").unwrap_or_else(|| part.map_or(task.due_now(), Task::due_now).to_string()),
                owner: typed("owner").unwrap_or_else(|| part.map_or_else(|| default_owner(org), |part| part.owner.clone())),
            }
        })
        .collect()
}
