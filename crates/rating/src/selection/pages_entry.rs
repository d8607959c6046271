//! The page of one application, or of the title that came of it.

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use policy::{Capability, Dimension, print_rounded};

use super::pages::is_open_to;
use super::rows::{self, Entry};
use super::{DIMENSION, evidence, pairs};
use crate::appraisal;
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, CaseAtWork};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Field, Link, Standing as Tone, Status};
use crate::http::visit::{Answer, Visit};

/// A dimension with its state and what the records say to it.
struct DimensionView {
    name: String,
    status: Status,
    said: Vec<(String, String)>,
}

/// A step that was done, with what was written.
struct Report {
    name: String,
    by: String,
    lines: Vec<(String, String)>,
    files: Vec<Link>,
}

/// A line of the organisation's Party-building record.
struct RecordLine {
    name: String,
    words: String,
    href: String,
}

/// An organisation that the holder helps, with what became of it.
struct PairLine {
    id: i64,
    organisation: Link,
    since: String,
    until: String,
    stars: String,
    is_better: bool,
    said: Vec<(String, String)>,
}

/// Whom the holder helps; `None`: the title asks for no pairs.
struct Pairs {
    wanted: u32,
    lines: Vec<PairLine>,
    /// 3 个，升星 1 个.
    sum: String,
    may_pair: bool,
    to: Field,
}

async fn pairs_of(visit: &Visit, entry: &Entry, work: &CaseAtWork) -> anyhow::Result<Option<Pairs>> {
    let Some((selection, wanted)) = work.pack.selections.get(&entry.selection).and_then(|it| Some((it, it.helps?))) else { return Ok(None) };
    let reader = visit.app.store().reader();
    let today = visit.today();
    let mut lines = Vec::new();
    for pair in pairs::all(reader, entry.id).await? {
        let (then, now) = pairs::stars(reader, &visit.app.pack(), pair.organisation, pair.since).await?;
        let (name, field) = {
            let directory = visit.app.directory();
            (directory.name_of(pair.organisation).to_owned(), directory.org(pair.organisation).map_or_else(String::new, |org| org.field.clone()))
        };
        let meant: Vec<&Dimension> = selection.dimensions_of(&field).collect();
        let said = evidence::of(&visit.app, pair.organisation, &meant).await?;
        let words = |star: Option<u8>| star.map_or_else(|| "没有评定".to_owned(), |star| format!("{star} 星"));
        lines.push(PairLine {
            id: pair.id,
            organisation: Link::new(name, format!("/organisations/{}", pair.organisation)),
            since: pair.since.to_string(),
            until: if pair.holds_on(today) { String::new() } else { pair.until.map_or_else(String::new, |day| day.to_string()) },
            stars: format!("结对时 {}，现在 {}", words(then), words(now)),
            is_better: now > then,
            said: said.into_values().map(|said| (said.name.clone(), said.figure())).collect(),
        });
    }
    let n_better = lines.iter().filter(|line| line.is_better).count();
    let sum = format!("帮带 {} 个，升星 {n_better} 个", lines.len());
    let is_held = entry.standing(today) == rows::Standing::Held;
    let may_pair = is_held && pairs::may_pair(&visit.app, visit.actor(), entry);
    Ok(Some(Pairs { wanted, lines, sum, may_pair, to: Field::new("organisation", "帮带的党组织", String::new()) }))
}

/// `POST /selections/entries/{id}/pairs`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn pair(visit: Visit, Path(id): Path<i64>, sent: Submitted) -> Answer {
    let (entry, work) = seen(&visit, id).await?;
    let selection = work.pack.selections.get(&entry.selection).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    match pairs::pair(&visit.app, &mut tx, visit.actor(), selection, &entry, sent.text("organisation").parse().unwrap_or_default()).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, &entry.address(), "已结对，两边都收到了消息。")),
        Err(error) => Ok(visit.refuse(&entry.address(), &error.downcast::<store::Refusal>()?.0)),
    }
}

/// `POST /selections/entries/{id}/pairs/{pair}/end`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn end_pair(visit: Visit, Path((id, pair)): Path<(i64, i64)>) -> Answer {
    let (entry, _) = seen(&visit, id).await?;
    let mut tx = visit.begin().await?;
    match pairs::end(&visit.app, &mut tx, visit.actor(), &entry, pair).await {
        Ok(()) => Ok(visit.done(tx.commit().await?, &entry.address(), "这一对已结束，结果留在这里。")),
        Err(error) => Ok(visit.refuse(&entry.address(), &error.downcast::<store::Refusal>()?.0)),
    }
}

/// What is known of the organisation when somebody decides about it: grades of some years, an open rectification, open problems, what
/// its secretary's reports came to; of the last two only what this person sees in their own place.
async fn record(visit: &Visit, entry: &Entry) -> anyhow::Result<Vec<RecordLine>> {
    let reader = visit.app.store().reader();
    let grades = rows::grades(reader, &visit.app.pack(), entry.organisation).await?;
    let line = |grade: rows::Grade| RecordLine {
        words: grade.words(),
        href: format!("/evaluations/{}/organisations/{}", grade.evaluation, entry.organisation),
        name: grade.name,
    };
    let shown = visit.pack().whole("grades_shown", visit.today()).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let mut lines: Vec<RecordLine> = grades.into_iter().take(shown).map(line).collect();
    let is_open = rows::is_in_rectification(reader, entry.organisation, crate::rectification::PROCEDURE).await?;
    lines.push(RecordLine { name: "整顿".to_owned(), words: if is_open { "正在整顿" } else { "没有" }.to_owned(), href: String::new() });
    let is_seen = |capability: Capability| visit.app.directory().is_visible(&visit.scope(capability), entry.organisation);
    if [Capability::ViewProblems, Capability::WorkOnProblems, Capability::VerifyProblems].into_iter().any(is_seen) {
        lines.push(match rows::n_open_problems(reader, entry.organisation).await? {
            0 => RecordLine { name: "没有销号的问题".to_owned(), words: "没有".to_owned(), href: String::new() },
            n => RecordLine {
                name: "没有销号的问题".to_owned(), words: format!("{n} 个"), href: format!("/problems?unit={}", entry.organisation)
            },
        });
    }
    if is_seen(Capability::ViewAppraisals) {
        let reports = appraisal::published_grades(reader, entry.organisation).await?;
        lines.extend(reports.into_iter().take(shown).map(|it| RecordLine {
            name: format!("{} 年书记述职评议（{}）", it.year, it.secretary),
            words: match it.points {
                Some(points) => format!("{}，{} 分", it.grade, print_rounded(points, 2)),
                None => it.grade,
            },
            href: format!("/appraisals/reports/{}", it.report),
        }));
    }
    Ok(lines)
}

#[derive(Template)]
#[template(path = "pages/selection_entry.html")]
struct EntryPage {
    layout: Layout,
    title: String,
    organisation: Link,
    standing: String,
    case: CaseView,
    dimensions: Vec<DimensionView>,
    /// 2 项没有通过, 3 项待审核; empty: everything is fulfilled.
    open: String,
    record: Vec<RecordLine>,
    /// Why it is not eligible by the rule; empty: it is.
    against: String,
    reports: Vec<Report>,
    pairs: Option<Pairs>,
}

async fn seen(visit: &Visit, id: i64) -> Result<(Entry, CaseAtWork), Failure> {
    let entry = rows::find(visit.app.store().reader(), id).await?.filter(|entry| is_open_to(visit, entry)).ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, entry.case_id).await?.ok_or(Failure::NotFound)?;
    Ok((entry, work))
}

fn layout(visit: &Visit, entry: &Entry, work: &CaseAtWork) -> Layout {
    let selection = work.pack.selections.get(&entry.selection);
    let name = selection.map_or_else(|| entry.selection.clone(), |selection| selection.name.clone());
    let mut layout = visit.layout(work.case.title.clone()).crumb("评选创建", "/selections").crumb(name, format!("/selections/{}", entry.selection));
    layout.mark = selection.is_some_and(|selection| selection.example).then(|| "示例方案".to_owned());
    layout
}

/// `GET /selections/entries/{id}`
///
/// # Errors
/// [`Failure::NotFound`] out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let (entry, work) = seen(&visit, id).await?;
    let base = entry.address();
    let field = visit.app.directory().org(entry.organisation).map_or_else(String::new, |org| org.field.clone());
    let meant: Vec<&Dimension> =
        work.pack.selections.get(&entry.selection).into_iter().flat_map(|selection| selection.dimensions_of(&field)).collect();
    let said = evidence::of(&visit.app, entry.organisation, &meant).await?;
    let reviews: Vec<&str> = work.pack.procedures.get(&work.case.procedure).into_iter().flat_map(super::reviews_of).collect();
    let is_closed = |item: &case::Item| item.closed_in.is_some();
    let is_judged_item = |item: &&case::Item| item.kind == DIMENSION;
    let is_reviewed = work.items.iter().filter(is_judged_item).any(is_closed) || work.acts.iter().any(|act| reviews.contains(&act.action.as_str()));
    let of_dimension = |item: &case::Item| {
        let indicators = meant.iter().find(|it| it.name == item.text).map(|it| it.indicators.as_slice()).unwrap_or_default();
        DimensionView {
            name: item.text.clone(),
            status: match (is_closed(item), is_reviewed) {
                (true, _) => Status::new(Tone::Ok, "通过"),
                (false, true) => Status::new(Tone::Future, "没有通过"),
                (false, false) => Status::new(Tone::Future, "待审核"),
            }
            .plain(),
            said: indicators.iter().filter_map(|key| said.get(key)).map(|said| (said.name.clone(), said.figure())).collect(),
        }
    };
    let dimensions: Vec<DimensionView> = work.items.iter().filter(is_judged_item).map(of_dimension).collect();
    let n_open = work.items.iter().filter(is_judged_item).filter(|item| !is_closed(item)).count();
    let open = match n_open {
        0 => String::new(),
        n if is_reviewed => format!("{n} 项没有通过"),
        n => format!("{n} 项待审核"),
    };
    let report = |act: &case::Act| Report {
        name: work.action(&act.action).map_or(act.action.clone(), |action| action.name.clone()),
        by: format!("{} · {}（{}）", act.on, act.actor_name, act.post),
        lines: case::printed(work.action(&act.action), &act.fields),
        files: crate::case::pages::files_of(act, &base),
    };
    let until = entry.valid_until.map_or_else(String::new, |until| format!("，有效到 {until}"));
    let selection = work.pack.selections.get(&entry.selection);
    let variables = super::variables(&visit.app, visit.app.store().reader(), selection, entry.organisation).await?;
    let record = record(&visit, &entry).await?;
    let against = match selection.and_then(|selection| selection.star_min) {
        Some(star) if variables.is("against_rule", 1) => {
            format!("按规则不符合资格：最近一次公布的结果不到 {star} 星，或者没有公布的结果。仍要确定的，决定时写明理由。")
        }
        _ => String::new(),
    };
    let mut case = CaseView::new(&work, visit.actor(), &variables, visit.today(), &base);
    // What it is judged by stands on the page itself, with its evidence.
    case.open_items.retain(|item| !dimensions.iter().any(|dimension| dimension.name == item.text));
    case.closed_items.retain(|item| !dimensions.iter().any(|dimension| dimension.name == item.text));
    let pairs = pairs_of(&visit, &entry, &work).await?;
    let page = EntryPage {
        pairs,
        layout: layout(&visit, &entry, &work).crumb(work.case.title.clone(), ""),
        title: work.case.title.clone(),
        organisation: Link::new(visit.app.directory().name_of(entry.organisation), format!("/organisations/{}", entry.organisation)),
        standing: format!("{}{until}", entry.standing(visit.today()).words()),
        case,
        open,
        dimensions,
        record,
        against,
        reports: work.acts.iter().rev().map(report).filter(|report| !report.lines.is_empty()).collect(),
    };
    visit.page(&page)
}

/// `GET /selections/entries/{id}/files/{file}`
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the case.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let (_, work) = seen(&visit, id).await?;
    crate::case::pages::file(&visit, &work, file).await
}

/// `GET /selections/entries/{id}/actions/{action}`
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let (entry, work) = seen(&visit, id).await?;
    let variables = super::variables(&visit.app, visit.app.store().reader(), work.pack.selections.get(&entry.selection), entry.organisation).await?;
    let base = entry.address();
    let layout = layout(&visit, &entry, &work).crumb(work.case.title.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action)
}

/// `POST /selections/entries/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (entry, work) = seen(&visit, id).await?;
    let variables = super::variables(&visit.app, visit.app.store().reader(), work.pack.selections.get(&entry.selection), entry.organisation).await?;
    let base = entry.address();
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &base).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match super::act(&visit.app, &mut tx, visit.actor(), &entry, &action, sent.fields()).await {
        Ok(_) => {
            let name = work.action(&action).map_or(String::new(), |action| action.name.clone());
            Ok(visit.done(tx.commit().await?, &base, &format!("已{name}。")))
        }
        Err(error) => {
            drop(tx);
            let layout = layout(&visit, &entry, &work).crumb(work.case.title.clone(), base.clone());
            show_again(ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout }, &action, &sent, error)
        }
    }
}
