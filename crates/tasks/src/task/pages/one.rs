//! One task: its three lists, its parts with numbers that add up, its trail, and who may do what now.

use crate::http::path::Path;
use askama::Template;
use axum::response::IntoResponse;
use policy::Capability;
use store::Refusal;

use super::words::{Lens, day_words, owner_words, weight_words};
use crate::answerable::{Covers, line_of};
use crate::case::pages::{ActionPlace, CaseView, show_again};
use crate::case::{CaseAtWork, Variables};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::submitted::Submitted;
use crate::http::view::{Citation, Link, May, Meter, Status};
use crate::http::visit::{Answer, Visit};
use crate::task::model::{PartsKind, Task};
use crate::task::quantity::{amount, printed};
use crate::task::{acts, cascade, field_of, issue, parts, progress, see, store as rows, times_of};

/// A part, or a part of a part.
struct PartRow {
    href: String,
    unit: String,
    is_below: bool,
    owner: String,
    target: String,
    done: String,
    /// Progress was told, and nothing is fed back yet.
    is_only_told: bool,
    verified: String,
    due_on: String,
    meter: Option<Meter>,
    status: Status,
}

/// What the parts come to beside the whole.
struct Sum {
    sentence: String,
    target: String,
    done: String,
    verified: String,
    /// Set when the parts no longer make up the whole.
    difference: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/task_one.html")]
struct TaskPage {
    layout: Layout,
    title: String,
    facts: String,
    status: Status,
    project: Vec<(&'static str, String)>,
    duty: Vec<(&'static str, String)>,
    assessment: Vec<(&'static str, String)>,
    quotation: Option<Citation>,
    progress: String,
    meter: Option<Meter>,
    figure_href: Option<Link>,
    /// The whole at the issuer has none.
    has_case: bool,
    case: CaseView,
    split: May,
    parts: Vec<PartRow>,
    sum: Option<Sum>,
    /// How it was passed on, level by level.
    cascade: Option<Link>,
    /// The meeting that decided it.
    origin: Option<Link>,
    joint: Joint,
    evidence: Vec<Evidence>,
    whole: Option<Link>,
}

/// Departments that share it: who leads, who helps with what.
#[derive(Default)]
struct Joint {
    lead: String,
    parts: Vec<JointRow>,
    /// Saying who leads and helps, or adding a helper.
    name: Option<Link>,
}

struct JointRow {
    part: Link,
    office: String,
    due_on: String,
    status: Status,
}

/// What was fed back, with what proves it.
struct Evidence {
    on: String,
    who: String,
    result: String,
    quantity: String,
    evidence: String,
    files: Vec<Link>,
}

/// More parts of parts than this are not unfolded; each stays one click away.
const N_BELOW_MAX: u32 = 200;

/// `GET /tasks/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let task = seen(&visit, id).await?;
    let (app, actor, on, pack) = (&visit.app, visit.actor(), visit.today(), visit.pack());
    let direct = parts(app, actor, task.id).await?;
    let mut lens = Lens::new(&pack, on)?;
    let shown: Vec<&Task> = std::iter::once(&task).chain(&direct).collect();
    lens.parts = see::parts_of(app, actor, &shown, on).await?;
    lens.figures = progress::figures(app, &shown, on).await?;
    let split_parts: Vec<i64> = direct.iter().filter(|part| part.parts_kind.is_some()).map(|part| part.id).collect();
    let n_below: u32 = split_parts.iter().filter_map(|id| lens.parts.get(id)).map(|parts| parts.n).sum();
    let mut below = if n_below <= N_BELOW_MAX { rows::parts_of(app.store().reader(), &split_parts).await? } else { Vec::new() };
    below.retain(|part| see::is_visible(app, actor, part));
    let work = match &task.at {
        Some(at) => CaseAtWork::read(app, at.case_id).await?,
        None => None,
    };
    let base = format!("/tasks/{id}");
    let case = work.as_ref().map(|work| CaseView::new(work, actor, &Variables::default(), on, &base));
    let title_of_directive =
        rows::titles_of(app.store().reader(), std::slice::from_ref(&task)).await?.remove(&task.item.directive_id).unwrap_or_default();
    let (progress, meter) = lens.progress(&task);
    let may_split = issue::may_split(app, actor, &task, on);
    let visible_whole = match task.whole_id {
        Some(whole) => see::find(app.store().reader(), app, actor, whole).await?.map(|whole| Link::new("看全部单位", format!("/tasks/{}", whole.id))),
        None => None,
    };
    let origin = crate::party_meeting::meeting_of(app, actor, &[Some(task.id), task.whole_id].into_iter().flatten().collect::<Vec<_>>()).await?;
    let joint = joint_of(&visit, &task).await?;
    let answerable = answerable_of(&visit, &task, &direct).await?;
    let directory = app.directory();
    let unit = if task.is_whole() { format!("{} 个单位", direct.len()) } else { directory.name_of(task.organisation).to_owned() };
    let issuer = directory.name_of(task.issuer.organisation).to_owned();
    let page = TaskPage {
        layout: layout_of(&visit, &task),
        title: task.item.action.clone(),
        facts: format!("{unit}　·　{issuer} {} 交办，{} 前完成", day_words(task.issued_on, on), day_words(task.due_now(), on)),
        status: lens.status(&task),
        project: filled([
            ("干什么", task.item.action.clone()),
            ("标准", task.item.standard.clone()),
            ("数量", task.target_words()),
            ("完成时限", task.due_now().to_string()),
        ]),
        duty: filled([
            ("承办单位", unit),
            ("责任人", owner_words(&pack, task.owner_level.as_deref(), &task.owner)),
            ("责任", answerable),
            ("交办单位", issuer),
            ("原文写的单位", task.item.units.clone()),
            ("准入清单", task.permitted.clone()),
        ]),
        assessment: filled([("怎么考", task.item.measure.clone()), ("权重", weight_words(task.item.weight_hundredths)), ("进展", progress.clone())]),
        quotation: (!task.item.span.is_empty()).then(|| quotation(&visit, &task, title_of_directive)),
        progress,
        meter,
        figure_href: task
            .item
            .indicator
            .as_ref()
            .map(|key| Link::new(pack.indicators.get(key).map_or(key.as_str(), |i| &i.name), format!("/policies/indicator.{key}"))),
        has_case: case.is_some(),
        case: case.unwrap_or_default(),
        split: May {
            label: if task.parts_kind.is_some() { "调整分解".to_owned() } else { "分解到下级".to_owned() },
            why: may_split.as_ref().err().cloned().unwrap_or_default(),
            link: may_split.is_ok().then(|| Link::new("分解", format!("{base}/split"))),
        },
        sum: sum_of(&task, &direct, &lens),
        cascade: (!direct.is_empty()).then(|| Link::new("看责任传导", format!("{base}/cascade"))),
        parts: part_rows(&direct, &below, &lens, &directory),
        origin,
        joint,
        evidence: work.as_ref().map(|work| evidence_of(work, &format!("/tasks/{id}"))).unwrap_or_default(),
        whole: visible_whole,
    };
    drop(directory);
    visit.page(&page)
}

async fn joint_of(visit: &Visit, task: &Task) -> anyhow::Result<Joint> {
    let found = crate::department::joint_of(visit.app.store().reader(), task.id).await?;
    let word = if found.is_some() { "再加协办" } else { "定牵头和协办" };
    let name = crate::department::may_name(visit.actor(), task).then(|| Link::new(word, format!("/tasks/{}/joint", task.id)));
    let Some((lead, parts)) = found else { return Ok(Joint { name, ..Joint::default() }) };
    let row = |part: &crate::department::Part| JointRow {
        part: Link::new(part.part.clone(), format!("/departments/parts/{}", part.id)),
        office: part.office_name.clone(),
        due_on: part.due_on.to_string(),
        status: crate::department::status(part, visit.today()),
    };
    Ok(Joint { lead: lead.name, parts: parts.iter().map(row).collect(), name })
}

/// The level and the person that answer for it; of what is overdue, the level where it stopped.
async fn answerable_of(visit: &Visit, task: &Task, parts: &[Task]) -> anyhow::Result<String> {
    let (app, pack, on) = (&visit.app, visit.pack(), visit.today());
    let line = line_of(&app.directory(), task.organisation);
    let covers = Covers::on(app.store().reader(), Some(&line), on).await?;
    let found = covers.answerable(&app.directory(), task.organisation, field_of(&task.item.scope));
    let said = found.map_or_else(|| "责任空档，还没有登记第一责任人".to_owned(), |it| it.words(&pack, &app.directory()));
    let is_over = task.due_now() < on && task.fulfilled_on.is_none();
    if !is_over {
        return Ok(said);
    }
    let order = |level: &str| pack.levels.get(level).map_or(u8::MAX, |level| level.order);
    let nodes = if parts.is_empty() { Vec::new() } else { cascade::below(app, visit.actor(), &[task.id]).await? };
    let levels = cascade::levels(&nodes, &order, on);
    let stopped = cascade::stopped_at(&levels).filter(|row| row.stop.is_open).map(|row| row.level.clone());
    let times = times_of(&pack, on)?;
    let own = || {
        let at = task.at.as_ref().map(|at| times.standing(at, on).turn);
        let place = if at == Some(crate::task::Turn::Verify) { task.issuer.organisation } else { task.organisation };
        app.directory().org(place).map(|org| org.level.clone())
    };
    let level = stopped.or_else(own).and_then(|key| pack.levels.get(&key).map(|level| level.name.clone())).unwrap_or_default();
    Ok(format!("{said}；已逾期，停在{level}一级"))
}

fn layout_of(visit: &Visit, task: &Task) -> Layout {
    visit.layout(task.item.action.clone()).crumb("部署任务", "/tasks").crumb(task.item.action.clone(), "")
}

async fn seen(visit: &Visit, id: i64) -> Result<Task, Failure> {
    see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)
}

fn filled<const N: usize>(rows: [(&'static str, String); N]) -> Vec<(&'static str, String)> {
    rows.into_iter().map(|(name, value)| (name, if value.is_empty() { "—".to_owned() } else { value })).collect()
}

fn quotation(visit: &Visit, task: &Task, title: String) -> Citation {
    let may_open = task.issuer.is_acted_for_by(visit.actor(), Capability::IssueTasks) && task.is_whole();
    let href =
        if may_open { format!("/tasks/directives/{}?item={}#item-{}", task.item.directive_id, task.item.id, task.item.id) } else { String::new() };
    Citation { quote: task.item.span.clone(), source: title, reading: String::new(), href }
}

fn part_rows(direct: &[Task], below: &[Task], lens: &Lens<'_>, directory: &crate::directory::Directory) -> Vec<PartRow> {
    let row = |part: &Task, is_below: bool| {
        let unit = part.target().map(|target| target.unit).unwrap_or_default();
        let number = |milli: Option<i64>| milli.map_or_else(|| "—".to_owned(), |milli| amount(&printed(milli), &unit));
        let (words, meter) = lens.progress(part);
        let figure = lens.figures.get(&part.id).map(|_| words);
        PartRow {
            href: format!("/tasks/{}", part.id),
            unit: directory.name_of(part.organisation).to_owned(),
            is_below,
            owner: part.owner.clone(),
            target: part.target_words(),
            done: figure.unwrap_or_else(|| number(part.done_milli)),
            is_only_told: lens.state(part) == "working" && part.done_milli.is_some_and(|done| done > 0),
            verified: number(part.verified_milli),
            due_on: part.due_now().to_string(),
            meter,
            status: lens.status(part),
        }
    };
    let mut all = Vec::with_capacity(direct.len() + below.len());
    for part in direct {
        all.push(row(part, false));
        let mut own: Vec<&Task> = below.iter().filter(|other| other.whole_id == Some(part.id)).collect();
        own.sort_by_key(|other| directory.org(other.organisation).map(|org| org.code.clone()));
        all.extend(own.into_iter().map(|other| row(other, true)));
    }
    all
}

fn sum_of(task: &Task, direct: &[Task], lens: &Lens<'_>) -> Option<Sum> {
    let parts = lens.parts.get(&task.id)?;
    let target = task.target();
    let unit = target.as_ref().map(|target| target.unit.clone()).unwrap_or_default();
    let of = |milli: i64| amount(&printed(milli), &unit);
    let progress = format!("{} 个单位：签收 {}，反馈 {}，办结 {}", parts.n, parts.n_received, parts.n_fed_back, parts.n_fulfilled);
    let wanted = target.as_ref().and_then(|target| target.milli);
    if task.parts_kind == Some(PartsKind::Divide)
        && let (Some(target), Some(wanted)) = (&target, wanted)
    {
        let shares: i64 = direct.iter().filter_map(|part| part.quantity_milli).sum();
        let fits = match target.comparator {
            directive::Comparator::AtLeast => shares >= wanted,
            directive::Comparator::AtMost => shares <= wanted,
            directive::Comparator::Equal => shares == wanted,
        };
        let difference =
            (!fits).then(|| format!("各单位合计 {}，这项任务是 {}，相差 {}，请调整分解。", of(shares), target.words(), of((shares - wanted).abs())));
        return Some(Sum {
            sentence: progress,
            target: of(shares),
            done: of(task.done_milli.unwrap_or_default()),
            verified: of(task.verified_milli.unwrap_or_default()),
            difference,
        });
    }
    let reached = wanted.map(|_| format!("{} 个单位已达到", parts.n_reached)).unwrap_or_default();
    Some(Sum { sentence: progress, target: task.target_words(), done: reached, verified: format!("办结 {}", parts.n_fulfilled), difference: None })
}

fn evidence_of(work: &CaseAtWork, base: &str) -> Vec<Evidence> {
    let text = |act: &crate::case::Act, key: &str| act.fields.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let reports = work.acts.iter().rev().filter(|act| act.kind == "submit" || act.kind == "report");
    reports
        .map(|act| Evidence {
            on: act.on.to_string(),
            who: format!("{}（{}）", act.actor_name, act.post),
            result: if act.kind == "submit" { text(act, "result") } else { text(act, "progress") },
            quantity: text(act, "quantity"),
            evidence: text(act, "evidence"),
            files: crate::case::pages::files_of(act, base),
        })
        .collect()
}

/// `GET /tasks/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let task = seen(&visit, id).await?;
    let work = at_work(&visit, &task).await?;
    crate::case::pages::show_action(place(&visit, &task, &work, &format!("/tasks/{id}"), &Variables::default()), &action)
}

/// `POST /tasks/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn act(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let task = seen(&visit, id).await?;
    let work = at_work(&visit, &task).await?;
    let base = format!("/tasks/{id}");
    let name = work.action(&action).map(|action| action.name.clone()).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&before, "这一步已经办过了。"));
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &base, &format!("已经{name}。")))
        }
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            show_again(place(&visit, &task, &work, &base, &Variables::default()), &action, &sent, error)
        }
        Err(error) => Ok(Failure::from(error).into_response()),
    }
}

/// `GET /tasks/{id}/files/{file}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the task.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let task = seen(&visit, id).await?;
    crate::case::pages::file(&visit, &at_work(&visit, &task).await?, file).await
}

async fn at_work(visit: &Visit, task: &Task) -> Result<CaseAtWork, Failure> {
    let case_id = task.at.as_ref().map(|at| at.case_id).ok_or(Failure::NotFound)?;
    CaseAtWork::read(&visit.app, case_id).await?.ok_or(Failure::NotFound)
}

fn place<'a>(visit: &'a Visit, task: &Task, work: &'a CaseAtWork, base: &'a str, variables: &'a Variables) -> ActionPlace<'a> {
    let layout = visit.layout(task.item.action.clone()).crumb("部署任务", "/tasks").crumb(task.item.action.clone(), base);
    ActionPlace { visit, work, variables, base, layout }
}
