//! One problem: what it is, how it is put right, who may do what now, what became of it for whoever raised it.

use askama::Template;
use axum::response::IntoResponse;
use store::{Refusal, query};

use super::status;
use crate::answerable::{Covers, line_of};
use crate::case::pages::{ActionPlace, CaseView, show_again};
use crate::case::{CaseAtWork, CaseFile};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Status};
use crate::http::visit::{Answer, Visit};
use crate::problem::acts::{self, variables};
use crate::problem::model::Problem;
use crate::problem::self_check::unit_address;
use crate::problem::{rows, see};

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage {
    layout: Layout,
    title: String,
    organisation: Link,
    status: Status,
    facts: Vec<(&'static str, String)>,
    /// The one before, and those that came after.
    before: Option<Link>,
    after: Vec<Link>,
    /// Where it is put right, when it was found in a procedure about more.
    elsewhere: Option<Link>,
    /// What was fed back, of which this is a part.
    feedback: Option<Link>,
    is_own: bool,
    /// Whoever only raised it sees what becomes of it, not who does what.
    is_only_raiser: bool,
    answer: String,
    case: CaseView,
}

/// `GET /problems/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let it = seen(&visit, id).await?;
    let reader = visit.app.store().reader();
    let work = at_work(&visit, &it).await?;
    let today = visit.today();
    let is_only_raiser = !visit.app.directory().is_visible(&see::reach(visit.actor()), it.organisation);
    let before = match it.recurs {
        Some(before) => rows::problem(reader, before).await?.map(|old| Link::new(format!("{} 销号的", day(&old)), old.address())),
        None => None,
    };
    let after = rows::recurred(reader, id).await?;
    let feedback = match it.origin_id.filter(|_| it.origin == crate::problem::FEEDBACK) {
        Some(id) => crate::problem::feedback::seen(reader, visit.actor(), Some(id)).await?.into_iter().next(),
        None => None,
    };
    let elsewhere = if it.is_own { None } else { Some(Link::new(it.source.clone(), place_of(&work.case))) };
    let raiser = raiser_of(&visit, &it).await?;
    let answer = work.acts.iter().rev().find_map(|act| act.fields.get("answer").and_then(|text| text.as_str())).unwrap_or_default().to_owned();
    let case = if it.is_own { CaseView::new(&work, visit.actor(), &variables(&it), today, &it.address()) } else { CaseView::default() };
    let organisation = visit.app.directory().name_of(it.organisation).to_owned();
    let page = ProblemPage {
        layout: layout_of(&visit, &it),
        title: it.text.clone(),
        organisation: Link::new(organisation, format!("/organisations/{}", it.organisation)),
        status: status(&it, today, &visit.pack()),
        facts: facts(&visit, &it, &raiser, answerable_of(&visit, &it).await?),
        before,
        after: after.iter().map(|new| Link::new(format!("{} 又登记的", new.raised_on), new.address())).collect(),
        elsewhere,
        feedback: feedback.map(|it| Link::new(format!("看{}反馈的原话和其他问题", it.source_body), format!("/problems/feedback/{}", it.id))),
        is_own: it.is_own,
        is_only_raiser,
        answer,
        case,
    };
    visit.page(&page)
}

fn day(it: &Problem) -> String {
    it.closed_on.map_or_else(String::new, |day| day.to_string())
}

/// Who raised it, for those who are told.
async fn raiser_of(visit: &Visit, it: &Problem) -> anyhow::Result<String> {
    if !it.is_own || !see::may_see_raiser(&visit.app, visit.actor(), it) {
        return Ok(String::new());
    }
    if !it.raiser.is_empty() {
        return Ok(format!("{}（没有账号，销号时写明怎样答复的）", it.raiser));
    }
    let Some(person) = it.raised_by else { return Ok(String::new()) };
    let rows = query(visit.app.store().reader(), "select name from person where id = $1", [person.into()]).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// The level and the person that answer for it; of what is overdue, the level where it stops.
async fn answerable_of(visit: &Visit, it: &Problem) -> anyhow::Result<String> {
    let (app, pack, on) = (&visit.app, visit.pack(), visit.today());
    let line = line_of(&app.directory(), it.organisation);
    let covers = Covers::on(app.store().reader(), Some(&line), on).await?;
    let directory = app.directory();
    let found = covers.answerable(&directory, it.organisation, None);
    let said = found.map_or_else(|| "责任空档，还没有登记第一责任人".to_owned(), |who| who.words(&pack, &directory));
    if it.closed_on.is_some() || it.due_on >= on {
        return Ok(said);
    }
    let place = if it.is_handed_in { it.issuer } else { it.organisation };
    let level = directory.org(place).and_then(|org| pack.levels.get(&org.level)).map_or("", |level| level.name.as_str());
    Ok(format!("{said}；已逾期，停在{level}一级"))
}

fn facts(visit: &Visit, it: &Problem, raiser: &str, answerable: String) -> Vec<(&'static str, String)> {
    let directory = visit.app.directory();
    let rows = [
        ("类型", it.kind.clone()),
        ("来源", it.source.clone()),
        ("依据", it.basis.clone()),
        ("责任人", it.owner.clone()),
        ("责任", answerable),
        ("交办和核验", directory.name_of(it.issuer).to_owned()),
        ("登记", it.raised_on.to_string()),
        ("整改时限", it.due_on.to_string()),
        ("提出人", raiser.to_owned()),
    ];
    rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Where the case of another procedure is worked on.
fn place_of(case: &CaseFile) -> String {
    match case.subject_kind.as_str() {
        "selection" => format!("/selections/entries/{}", case.subject_id),
        "self_check" => unit_address(case.id),
        _ => format!("/rectifications/{}", case.id),
    }
}

async fn seen(visit: &Visit, id: i64) -> Result<Problem, Failure> {
    see::find(visit.app.store().reader(), &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)
}

async fn at_work(visit: &Visit, it: &Problem) -> Result<CaseAtWork, Failure> {
    CaseAtWork::read(&visit.app, it.case_id).await?.ok_or(Failure::NotFound)
}

fn layout_of(visit: &Visit, it: &Problem) -> Layout {
    visit.layout(it.title()).crumb("问题台账", "/problems").crumb(it.title(), it.address())
}

/// `GET /problems/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let it = seen(&visit, id).await?;
    if !it.is_own {
        return Err(Failure::NotFound);
    }
    let work = at_work(&visit, &it).await?;
    let (base, variables) = (it.address(), variables(&it));
    let place = ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout: layout_of(&visit, &it) };
    crate::case::pages::show_action(place, &action)
}

/// `POST /problems/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn act(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let it = seen(&visit, id).await?;
    let work = at_work(&visit, &it).await?;
    let base = it.address();
    let name = work.action(&action).map(|action| action.name.clone()).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &base).await? {
        return Ok(visit.see(&before, "这一步已经办过了。"));
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &base, &format!("已经办了“{name}”。")))
        }
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let variables = variables(&it);
            let place = ActionPlace { visit: &visit, work: &work, variables: &variables, base: &base, layout: layout_of(&visit, &it) };
            show_again(place, &action, &sent, error)
        }
        Err(error) => Ok(Failure::from(error).into_response()),
    }
}

/// `GET /problems/{id}/files/{file}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the problem.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let it = seen(&visit, id).await?;
    if !it.is_own || !visit.app.directory().is_visible(&see::reach(visit.actor()), it.organisation) {
        return Err(Failure::NotFound);
    }
    crate::case::pages::file(&visit, &at_work(&visit, &it).await?, file).await
}
