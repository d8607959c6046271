//! The page of one application, or of the title that came of it.

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use policy::Dimension;

use super::pages::is_open_to;
use super::rows::{self, Entry};
use super::{DIMENSION, evidence};
use crate::case::pages::{ActionPlace, CaseView, show_action as show_form, show_again};
use crate::case::{self, CaseAtWork, Variables};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Standing as Tone, Status};
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

#[derive(Template)]
#[template(path = "pages/selection_entry.html")]
struct EntryPage {
    layout: Layout,
    title: String,
    organisation: Link,
    standing: String,
    case: CaseView,
    dimensions: Vec<DimensionView>,
    n_open: usize,
    reports: Vec<Report>,
}

async fn seen(visit: &Visit, id: i64) -> Result<(Entry, CaseAtWork), Failure> {
    let entry = rows::find(visit.app.store().reader(), id).await?.filter(|entry| is_open_to(visit, entry)).ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, entry.case_id).await?.ok_or(Failure::NotFound)?;
    Ok((entry, work))
}

fn layout(visit: &Visit, entry: &Entry, work: &CaseAtWork) -> Layout {
    let selection = work.pack.selections.get(&entry.selection);
    let name = selection.map_or_else(|| entry.selection.clone(), |selection| selection.name.clone());
    let mut layout =
        visit.layout(work.case.title.clone()).crumb("评选创建", "/selections").crumb(name, format!("/selections/{}", entry.selection));
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
    let of_dimension = |item: &case::Item| {
        let indicators = meant.iter().find(|it| it.name == item.text).map(|it| it.indicators.as_slice()).unwrap_or_default();
        DimensionView {
            name: item.text.clone(),
            status: if item.closed_in.is_some() { Status::new(Tone::Ok, "通过") } else { Status::new(Tone::Future, "没有通过") }.plain(),
            said: indicators.iter().filter_map(|key| said.get(key)).map(|said| (said.name.clone(), said.figure())).collect(),
        }
    };
    let dimensions: Vec<DimensionView> = work.items.iter().filter(|item| item.kind == DIMENSION).map(of_dimension).collect();
    let report = |act: &case::Act| Report {
        name: work.action(&act.action).map_or(act.action.clone(), |action| action.name.clone()),
        by: format!("{} · {}（{}）", act.on, act.actor_name, act.post),
        lines: case::printed(work.action(&act.action), &act.fields),
        files: crate::case::pages::files_of(act, &base),
    };
    let until = entry.valid_until.map_or_else(String::new, |until| format!("，有效到 {until}"));
    let mut case = CaseView::new(&work, visit.actor(), &Variables::default(), visit.today(), &base);
    // What it is judged by stands on the page itself, with its evidence.
    case.open_items.retain(|item| !dimensions.iter().any(|dimension| dimension.name == item.text));
    case.closed_items.retain(|item| !dimensions.iter().any(|dimension| dimension.name == item.text));
    let page = EntryPage {
        layout: layout(&visit, &entry, &work).crumb(work.case.title.clone(), ""),
        title: work.case.title.clone(),
        organisation: Link::new(visit.app.directory().name_of(entry.organisation), format!("/organisations/{}", entry.organisation)),
        standing: format!("{}{until}", entry.standing(visit.today()).words()),
        case,
        n_open: work.items.iter().filter(|item| item.kind == DIMENSION && item.closed_in.is_none()).count(),
        dimensions,
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
    let base = entry.address();
    let layout = layout(&visit, &entry, &work).crumb(work.case.title.clone(), base.clone());
    show_form(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action)
}

/// `POST /selections/entries/{id}/actions/{action}`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn do_action(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let (entry, work) = seen(&visit, id).await?;
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
            show_again(ActionPlace { visit: &visit, work: &work, variables: &Variables::default(), base: &base, layout }, &action, &sent, error)
        }
    }
}
