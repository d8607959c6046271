//! One project: its columns, its milestones over the year, what was reported, who may do what now.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::{Date, date};
use policy::{Per, Period};

use super::{columns_of, percent, status};
use crate::case::pages::{ActionPlace, CaseView, files_of, show_action as show_form, show_again};
use crate::case::{self, Act, CaseAtWork};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Meter, Status};
use crate::http::visit::{Answer, Visit};
use crate::project::model::Project;
use crate::project::rows::{self, Step};
use crate::project::{MILESTONE, PART, acts, kind_of, see};

/// A bar in hundredths of the year.
struct Bar {
    name: String,
    owner: String,
    /// What is handed over for it; empty: nothing.
    deliverable: String,
    due: String,
    from: String,
    width: String,
    class: &'static str,
    speaks: String,
    status: Status,
}

/// A step that was done, with what was written.
struct Report {
    name: String,
    by: String,
    lines: Vec<(String, String)>,
    files: Vec<Link>,
    /// Records of the product that it names.
    records: Vec<Link>,
}

#[derive(Template)]
#[template(path = "pages/project.html")]
struct ProjectPage {
    layout: Layout,
    title: String,
    unit: Link,
    facts: String,
    status: Status,
    case: CaseView,
    /// What is called how, and what stands there.
    lines: Vec<(String, String)>,
    links: Vec<(String, Link)>,
    meter: Option<Meter>,
    year: i16,
    /// Where today stands in the year, in hundredths.
    today: Option<String>,
    bars: Vec<Bar>,
    /// Periods of which nothing was reported.
    missed: String,
    reports: Vec<Report>,
}

async fn seen(visit: &Visit, id: i64) -> Result<(Project, CaseAtWork), Failure> {
    let it = see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, it.case_id).await?.ok_or(Failure::NotFound)?;
    Ok((it, work))
}

fn layout(visit: &Visit, it: &Project, work: &CaseAtWork) -> Layout {
    let kind = kind_of(&work.pack, &it.kind);
    let name = kind.map_or_else(|| it.kind.clone(), |kind| kind.name.clone());
    let mut layout = visit.layout(it.name.clone()).crumb("项目推进", "/projects").crumb(name, format!("/projects/{}", it.kind));
    layout.mark = kind.is_some_and(|kind| kind.example).then(|| "示例方案".to_owned());
    layout
}

/// `GET /projects/entries/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (it, work) = seen(&visit, id).await?;
    let today = visit.today();
    let reader = visit.app.store().reader();
    let base = it.address();
    let variables = acts::variables(reader, &work.pack, &it).await?;
    let steps = rows::steps(reader, &[it.case_id]).await?;
    let of: Vec<&Step> = steps.iter().collect();
    let kind = kind_of(&work.pack, &it.kind);
    let handed_over = match kind.and_then(|kind| kind.handed_over_in.as_deref()) {
        Some(key) => rows::handed_over(reader, &[it.case_id], key).await?,
        None => BTreeSet::new(),
    };
    let year = it.due_on.map_or(today.year(), Date::year);
    let mut case = CaseView::new(&work, visit.actor(), &variables, today, &base);
    // Milestones stand on the page itself, over the year.
    case.open_items.clear();
    case.closed_items.clear();
    let report = |act: &Act| Report {
        name: work.action(&act.action).map_or(act.action.clone(), |action| action.name.clone()),
        by: format!("{} · {}（{}）", act.on, act.actor_name, act.post),
        lines: case::printed(work.action(&act.action), &act.fields),
        files: files_of(act, &base),
        records: records_of(&visit, act),
    };
    let (mut lines, links) = (Vec::new(), links(&visit, &it).await?);
    let counted = it.quantity.map(|quantity| (it.n_done, quantity));
    if let Some(kind) = kind {
        let fields = columns_of(&work.pack, kind, &[kind.columns.as_slice(), kind.figures.as_slice()].concat());
        lines.extend(fields.iter().filter_map(|field| Some((field.name.clone(), it.body.get(&field.key)?.clone()))));
    }
    if !it.grade.is_empty() {
        lines.push(("等次".to_owned(), if it.is_good { format!("{}，列为经验", it.grade) } else { it.grade.clone() }));
    }
    let day = |words: &str, day: Option<Date>| day.map(|day| format!("{words} {day}"));
    let facts = [day("批准", it.approved_on), day("时限", it.due_on), day("验收", it.accepted_on)];
    let whole_number = |n: i64| u64::try_from(n).unwrap_or_default();
    let page = ProjectPage {
        layout: layout(&visit, &it, &work).crumb(it.name.clone(), ""),
        title: it.name.clone(),
        unit: Link::new(visit.app.directory().name_of(it.organisation), format!("/organisations/{}", it.organisation)),
        facts: facts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        status: status(&it, &of, today),
        bars: bars(&it, &of, (kind, &handed_over), year, today, visit.pack().soon_days(today)),
        year,
        today: (today.year() == year).then(|| hundredths(share(today, year))),
        missed: kind.and_then(|kind| kind.progress_per).map_or_else(String::new, |per| missed(per, &it, kind, &work.acts, today)),
        reports: work.acts.iter().rev().map(report).filter(|report| !report.lines.is_empty()).collect(),
        meter: counted.map(|(done, of)| Meter::new(whole_number(done), 0, whole_number(of), format!("{done} / {of}，{}", percent(done, of)))),
        lines,
        links,
        case,
    };
    visit.page(&page)
}

/// Where it belongs: whom it serves, what it came from, the whole that it is part of.
async fn links(visit: &Visit, it: &Project) -> anyhow::Result<Vec<(String, Link)>> {
    let mut links = Vec::new();
    if let Some(served) = it.served {
        let name = visit.app.directory().name_of(served).to_owned();
        links.push(("受益的党组织".to_owned(), Link::new(name, format!("/organisations/{served}"))));
    }
    if let Some(origin) = it.origin_case
        && let Some(case) = case::find(visit.app.store().reader(), origin).await?
    {
        links.push(("软弱涣散整顿".to_owned(), Link::new(case.title, format!("/rectifications/{origin}"))));
    }
    if let Some(whole) = it.whole
        && let Some(whole) = rows::whole(visit.app.store().reader(), whole).await?
    {
        links.push(("全部单位".to_owned(), Link::new(whole.name.clone(), whole.address())));
    }
    Ok(links)
}

/// Periods after that of the approval of which nobody reported, up to the last that is over; where figures are reported, handing
/// something over is no report.
fn missed(per: Per, it: &Project, kind: Option<&policy::Project>, acts: &[Act], today: Date) -> String {
    let figures = kind.map(|kind| kind.figures.as_slice()).unwrap_or_default();
    let is_report = |act: &&Act| act.kind == "report" && (figures.is_empty() || figures.iter().any(|key| act.fields.get(key).is_some()));
    let Some(since) = it.approved_on else { return String::new() };
    let until = it.accepted_on.or(it.closed_on).unwrap_or(today);
    let mut period = Period::containing(since, per).next();
    let mut missed = Vec::new();
    while period.last_day() < until {
        if !acts.iter().filter(is_report).any(|act| period.contains(act.on)) {
            missed.push(period.label());
        }
        period = period.next();
    }
    missed.join("、")
}

/// Records that an act names by their addresses, as far as they open for the visitor.
fn records_of(visit: &Visit, act: &Act) -> Vec<Link> {
    let texts = act.fields.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    texts.filter(|text| text.starts_with('/') && !text.starts_with("//") && visit.opens(text)).map(|text| Link::new("看记录", text)).collect()
}

/// The milestones as bars, each from the day of the one before to its own.
fn bars(
    it: &Project,
    steps: &[&Step],
    (kind, handed_over): (Option<&policy::Project>, &BTreeSet<(i64, String)>),
    year: i16,
    today: Date,
    soon_days: i64,
) -> Vec<Bar> {
    let mut shown: Vec<&&Step> = steps.iter().filter(|step| [MILESTONE, PART].contains(&step.kind.as_str())).collect();
    shown.sort_by_key(|step| (step.due_on.is_none(), step.due_on));
    let mut begin = it.approved_on.unwrap_or(it.proposed_on);
    let mut bars = Vec::with_capacity(shown.len());
    for step in shown {
        let due = step.due_on.or(it.due_on).unwrap_or(today);
        let (from, until) = (share(begin, year), share(due, year).max(1));
        let from = from.min(until - 1);
        let status = step.status_with(handed_over, today, soon_days);
        let deliverable = kind.and_then(|kind| kind.parts.iter().find(|part| part.name == step.text)?.deliverable.as_ref());
        let class = match step.closed_on {
            Some(_) => "ok",
            None if due < today => "overdue",
            None => "open",
        };
        bars.push(Bar {
            name: step.text.clone(),
            owner: step.owner.clone(),
            deliverable: deliverable.map_or_else(String::new, policy::Deliverable::words),
            due: format!("{:02}-{:02}", due.month(), due.day()),
            from: hundredths(from),
            width: hundredths((until - from).max(80)),
            class,
            speaks: format!("{}，{due} 到期，{}", step.text, status.word),
            status,
        });
        // A unit's things to do run side by side.
        begin = if step.kind == MILESTONE { due } else { begin };
    }
    bars
}

/// Where a day stands in its year, in hundredths of a per cent; days of other years stand at its edges.
fn share(day: Date, year: i16) -> i64 {
    let first = date(year, 1, 1);
    let n_days = i64::from(first.days_in_year());
    let at = i64::from((day - first).get_days()).clamp(0, n_days);
    at * 10_000 / n_days
}

fn hundredths(share: i64) -> String {
    format!("{}.{:02}", share / 100, share % 100)
}

/// `GET /projects/entries/{id}/files/{file}`
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the case.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let (_, work) = seen(&visit, id).await?;
    crate::case::pages::file(&visit, &work, file).await
}

/// `GET /projects/entries/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (it, work) = seen(&visit, id).await?;
    let variables = acts::variables(visit.app.store().reader(), &work.pack, &it).await?;
    let base = it.address();
    let layout = layout(&visit, &it, &work).crumb(it.name.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action)
}

/// `POST /projects/entries/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (it, work) = seen(&visit, id).await?;
    let variables = acts::variables(visit.app.store().reader(), &work.pack, &it).await?;
    let base = it.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = layout(&visit, &it, &work).crumb(it.name.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
    }
}
