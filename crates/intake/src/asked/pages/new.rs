//! Composing a table: a workbook with its heading row, headings line by line, or columns picked from what the product knows.

use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::StatusCode;
use policy::{Capability, Key};
use store::{OrgId, Refusal};

use crate::asked::known::{recognise, source as known_source};
use crate::asked::{NewTable, create as compose, headings_of, see};
use crate::http::action::Form;
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::list::encoded;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field};
use crate::http::visit::{Answer, Visit};

/// Largest workbook that is taken.
const BYTES_MAX: usize = 8 << 20;

#[derive(Template)]
#[template(path = "pages/asked_table_new.html")]
struct NewPage {
    layout: Layout,
    problems: Vec<String>,
    title: Field,
    headings: Field,
    purpose: Field,
    due_on: Field,
    office: Field,
    offices: Vec<Choice>,
    /// Columns that the product fills, to be picked.
    known: Vec<(Choice, String)>,
}

fn page(visit: &Visit, form: &Form, picked: &[Key], problems: Vec<String>) -> NewPage {
    let places = see::places_of(visit.actor(), Capability::AskTables);
    let pack = visit.pack();
    let offices = {
        let directory = visit.app.directory();
        form.choices("office", places.iter().map(|id| (id.to_string(), directory.name_of(*id).to_owned())))
    };
    NewPage {
        layout: visit.layout("新报表").crumb("报表", "/tables").crumb("新报表", ""),
        problems,
        title: form.field("title", "表的名称").optional().hint("传了文件可以不写，用表上面的那一行"),
        headings: form.field("headings", "要下面填的，一行写一个栏目").optional(),
        purpose: form.field("purpose", "做什么用").hint("填的人看得到"),
        due_on: form.field("due_on", "截止日期"),
        office: form.field("office", "发表的单位"),
        offices: offices.into_iter().filter(|choice| !choice.value.is_empty()).collect(),
        known: {
            let choice = |(key, column): (&Key, &policy::KnownColumn)| {
                let choice = Choice { value: key.clone(), label: column.name.clone(), selected: picked.contains(key) };
                (choice, known_source(&pack, key))
            };
            pack.columns.iter().map(choice).collect()
        },
    }
}

/// `GET /tables/new`.
///
/// # Errors
/// When the template fails.
pub async fn show(visit: Visit) -> Answer {
    visit.page(&page(&visit, &Form::default(), &[], Vec::new()))
}

fn again(visit: &Visit, form: &Form, picked: &[Key], problems: Vec<String>) -> Answer {
    let mut response = visit.page(&page(visit, form, picked, problems))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// `POST /tables/new`.
///
/// # Errors
/// Unexpected ones; a file that cannot be read is said on the form.
pub async fn create(visit: Visit, request: Request) -> Answer {
    let (sent, bytes) = match take(&visit, request).await {
        Ok(taken) => taken,
        Err(sentence) => return again(&visit, &Form::default(), &[], vec![sentence]),
    };
    let mut form = Form::new(sent.clone());
    let picked = sent.all("pick");
    let (mut heading, mut headings) = (Vec::new(), form.text("headings").lines().map(str::to_owned).collect::<Vec<_>>());
    let has_file = !bytes.is_empty();
    if !bytes.is_empty() {
        let read = tokio::task::spawn_blocking(move || headings_of(&bytes)).await.map_err(anyhow::Error::from)?;
        match read {
            Ok((above, found)) => (heading, headings) = (above, found),
            Err(sentence) => return again(&visit, &form, picked, vec![sentence]),
        }
    }
    // What is picked stands first; under a workbook's own headings it stands last.
    let names: Vec<String> = {
        let pack = visit.pack();
        let is_there = |key: &Key| headings.iter().any(|heading| recognise(&pack, heading).as_ref() == Some(key));
        picked.iter().filter(|key| !is_there(key)).filter_map(|key| Some(pack.columns.get(key)?.name.clone())).collect()
    };
    let at = if has_file { headings.len() } else { 0 };
    headings.splice(at..at, names);
    let title = form.filled("title").or_else(|| heading.first().cloned()).unwrap_or_default();
    let due_on = form.required_day("due_on");
    if title.is_empty() {
        form.problem("title", "请写表的名称");
    }
    if !form.is_right() {
        return again(&visit, &form, picked, vec!["还有没有写全的，请看下面标出的各栏。".to_owned()]);
    }
    let own = see::places_of(visit.actor(), Capability::AskTables);
    let organisation = form.text("office").parse::<OrgId>().ok().or(own.first().copied()).unwrap_or_default();
    let new = NewTable { organisation, title, purpose: form.text("purpose").to_owned(), due_on, heading, headings };
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, "/tables").await? {
        return Ok(visit.see(&before, "这张表已经建过了。"));
    }
    match compose(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/tables/{id}"), "栏目认好了，请核对，再选发给谁。")),
        Err(error) => {
            drop(tx);
            let refusal = error.downcast::<Refusal>().map_err(Failure::from)?;
            again(&visit, &form, picked, vec![refusal.0])
        }
    }
}

/// The fields and the file's bytes.
async fn take(visit: &Visit, mut request: Request) -> Result<(Submitted, Vec<u8>), String> {
    let unreadable = |_| format!("没有传完整，或者文件超过 {} MB。只要表头，可以删去下面的数据再传。", BYTES_MAX >> 20);
    DefaultBodyLimit::max(BYTES_MAX).apply(&mut request);
    let mut parts = Multipart::from_request(request, &visit.app).await.map_err(|_| "没有收到填写的内容，请再提交一次。".to_owned())?;
    let (mut fields, mut bytes) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            bytes = part.bytes().await.map_err(unreadable)?.to_vec();
        } else {
            fields.push(format!("{}={}", encoded(&name), encoded(&part.text().await.map_err(unreadable)?.replace("\r\n", "\n"))));
        }
    }
    Ok((Submitted::parse(&fields.join("&")), bytes))
}
