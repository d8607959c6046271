//! Writing a visit down.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::{OrgId, Refusal};

use crate::http::action::Form;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::pairs;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field};
use crate::http::visit::{Answer, Visit};
use crate::problem::types;
use crate::visit::{NewVisit, Question, record as record_visit};

/// Questions of one form.
const N_QUESTIONS: usize = 3;
/// Days that are proposed to answer a question.
const SETTING_DAYS: &str = "problem_days";

struct QuestionView {
    n: usize,
    text: Field,
    types: Vec<Choice>,
    kind: Field,
    owner: Field,
    due_on: Field,
}

#[derive(Template)]
#[template(path = "pages/visit_new.html")]
struct NewPage {
    layout: Layout,
    problems: Vec<String>,
    organisation: Field,
    organisation_name: String,
    visited_on: Field,
    questions: Vec<QuestionView>,
    advice: Field,
    promises: Field,
    is_answered: bool,
}

/// `GET /visits/new`.
///
/// # Errors
/// When the template fails.
pub async fn show(visit: Visit) -> Answer {
    let asked = pairs(&visit.query).into_iter().find(|(name, _)| name == "organisation").and_then(|(_, id)| id.parse::<OrgId>().ok());
    let asked = asked.filter(|id| visit.app.directory().is_visible(&visit.scope(policy::Capability::RecordVisits), *id));
    let days = visit.pack().whole(SETTING_DAYS, visit.today()).unwrap_or_default();
    let due = visit.today().checked_add(jiff::Span::new().days(days)).unwrap_or(visit.today());
    let owner = asked.and_then(|id| visit.app.directory().org(id).and_then(|org| org.secretary.clone()));
    let owner = owner.map(|name| format!("书记 {name}")).unwrap_or_default();
    let mut prefilled =
        vec![("organisation".to_owned(), asked.map(|id| id.to_string()).unwrap_or_default()), ("visited_on".to_owned(), visit.today().to_string())];
    for n in 1..=N_QUESTIONS {
        prefilled.push((format!("owner_{n}"), owner.clone()));
        prefilled.push((format!("due_on_{n}"), due.to_string()));
    }
    visit.page(&page(&visit, &Form::prefilled(prefilled), Vec::new(), false))
}

fn page(visit: &Visit, form: &Form, problems: Vec<String>, is_answered: bool) -> NewPage {
    let pack = visit.pack();
    let name = form.text("organisation").parse().ok().map(|id: OrgId| named(visit, id)).unwrap_or_default();
    let question = |n: usize| {
        let kind = format!("kind_{n}");
        QuestionView {
            n,
            text: form.field(&format!("text_{n}"), "什么问题").optional(),
            types: form.choices(&kind, types(&pack).iter().map(|value| (value.as_str(), value.as_str()))),
            kind: form.field(&kind, "类型").optional(),
            owner: form.field(&format!("owner_{n}"), "责任人").optional(),
            due_on: form.field(&format!("due_on_{n}"), "整改时限").optional(),
        }
    };
    NewPage {
        layout: visit.layout("记走访").crumb("走访调研", "/visits").crumb("记走访", ""),
        problems,
        organisation: form.field("organisation", "走访了哪里"),
        organisation_name: name,
        visited_on: form.field("visited_on", "哪一天"),
        questions: (1..=N_QUESTIONS).map(question).collect(),
        advice: form.field("advice", "当面提的意见建议").optional(),
        promises: form.field("promises", "答应办的事").optional().hint("答应了什么、什么时候办"),
        is_answered,
    }
}

fn again(visit: &Visit, form: &Form, problems: Vec<String>) -> Answer {
    let page: Response = visit.page(&page(visit, form, problems, true))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /visits/new`.
///
/// # Errors
/// When the database refuses.
pub async fn record(visit: Visit, sent: Submitted) -> Answer {
    let mut form = Form::new(sent.clone());
    let mut new = NewVisit {
        organisation: form.required("organisation", "请选走访的单位").parse().unwrap_or_default(),
        visited_on: form.required_day("visited_on"),
        questions: Vec::new(),
        advice: form.text("advice").to_owned(),
        promises: form.text("promises").to_owned(),
    };
    for n in 1..=N_QUESTIONS {
        let text = form.text(&format!("text_{n}")).to_owned();
        if text.is_empty() {
            continue;
        }
        let kind = form.required(&format!("kind_{n}"), "请选类型");
        let owner = form.required(&format!("owner_{n}"), "请写责任人，没有责任人的不能登记");
        let due_on = form.required_day(&format!("due_on_{n}"));
        new.questions.push(Question { text, kind, owner, due_on });
    }
    if !form.is_right() {
        return again(&visit, &form, vec!["还有没有写全的，请看下面标出的各栏。".to_owned()]);
    }
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, "/visits?of=mine").await? {
        return Ok(visit.see(&before, "这次走访已经记过了，没有重复记录。"));
    }
    let (is_counted, n) = (!new.questions.is_empty() || !new.advice.is_empty(), new.questions.len());
    match record_visit(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => {
            let said = match (is_counted, n) {
                (false, _) => "记下了。没有问题也没有意见的走访只有您自己看得到，不计数。".to_owned(),
                (true, 0) => "记下了。".to_owned(),
                (true, n) => format!("记下了，{n} 个问题列入问题台账。"),
            };
            Ok(visit.done(tx.commit().await?, &format!("/visits/{id}"), &said))
        }
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            again(&visit, &form, vec![refusal.0])
        }
    }
}

/// The name of a place within reach; of others nothing is said.
fn named(visit: &Visit, id: OrgId) -> String {
    let directory = visit.app.directory();
    directory.visible(&visit.scope(policy::Capability::RecordVisits), id).map_or_else(String::new, |org| org.name.clone())
}
