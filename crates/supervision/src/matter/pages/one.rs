//! One matter: what it says, how far it is, who may do what now.

use std::sync::Arc;

use askama::Template;
use axum::response::IntoResponse;
use policy::{Matter, Pack};
use store::Refusal;

use super::status;
use crate::case::pages::{ActionPlace, CaseView, show_again};
use crate::case::{CaseAtWork, Variables};
use crate::http::failure::Failure;
use crate::http::layout::Layout;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Link, Status};
use crate::http::visit::{Answer, Visit};
use crate::matter::model::Row;
use crate::matter::{acts, address, see};

#[derive(Template)]
#[template(path = "pages/matter.html")]
struct MatterPage {
    layout: Layout,
    title: String,
    organisation: Link,
    kind: String,
    status: Status,
    facts: Vec<(String, String)>,
    skipped: String,
    case: CaseView,
}

/// A matter as it is found: the row, its case, and the pack.
struct Found {
    it: Row,
    work: CaseAtWork,
    variables: Variables,
    pack: Arc<Pack>,
    base: String,
}

impl Found {
    fn matter(&self) -> Result<&Matter, Failure> {
        self.pack.matters.get(&self.it.matter).ok_or(Failure::NotFound)
    }

    fn layout(&self, visit: &Visit) -> Result<Layout, Failure> {
        let matter = self.matter()?;
        let title = self.title()?;
        Ok(visit
            .layout(title.clone())
            .crumb("督办事项", "/matters")
            .crumb(matter.name.clone(), format!("/matters/{}", self.it.matter))
            .crumb(title, self.base.clone()))
    }

    fn title(&self) -> Result<String, Failure> {
        Ok(if self.it.number.is_empty() { self.matter()?.kind_name(&self.it.kind).to_owned() } else { self.it.number.clone() })
    }
}

async fn found(visit: &Visit, id: i64) -> Result<Found, Failure> {
    let reader = visit.app.store().reader();
    let it = see::find(reader, &visit.app, visit.actor(), id).await?.ok_or(Failure::NotFound)?;
    let work = CaseAtWork::read(&visit.app, it.case_id).await?.ok_or(Failure::NotFound)?;
    let pack = visit.pack();
    let matter = pack.matters.get(&it.matter).ok_or(Failure::NotFound)?;
    let variables = acts::variables(reader, matter, &it, visit.today()).await?;
    Ok(Found { base: address(id), it, work, variables, pack })
}

/// `GET /matters/items/{id}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let found = found(&visit, id).await?;
    let (it, matter) = (&found.it, found.matter()?);
    let (organisation, issuer) = {
        let directory = visit.app.directory();
        (directory.name_of(it.organisation).to_owned(), directory.name_of(it.issuer).to_owned())
    };
    let mut facts: Vec<(String, String)> = vec![("由谁办理".to_owned(), issuer), ("日期".to_owned(), it.opened_on.to_string())];
    facts.extend(matter.fields.iter().map(|field| (field.name.clone(), it.text(&field.key).to_owned())).filter(|(_, text)| !text.is_empty()));
    if let Some(due) = it.due_on.filter(|due| matter.due.as_ref().is_some_and(|key| it.text(key) != due.to_string())) {
        facts.push(("现在的时限".to_owned(), due.to_string()));
    }
    if it.n_returned > 0 {
        facts.push(("退回重办".to_owned(), format!("{} 次", it.n_returned)));
    }
    let page = MatterPage {
        layout: found.layout(&visit)?,
        title: it.title.clone(),
        organisation: Link::new(organisation, format!("/organisations/{}", it.organisation)),
        kind: found.title()?,
        status: status(&found.pack, matter, it, visit.today(), found.pack.soon_days(visit.today())),
        facts,
        skipped: it.skipped.clone(),
        case: CaseView::new(&found.work, visit.actor(), &found.variables, visit.today(), &found.base),
    };
    visit.page(&page)
}

/// `GET /matters/items/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when the stage has no such action.
pub async fn show_action(visit: Visit, Path((id, action)): Path<(i64, String)>) -> Answer {
    let found = found(&visit, id).await?;
    let layout = found.layout(&visit)?;
    let place = ActionPlace { visit: &visit, work: &found.work, variables: &found.variables, base: &found.base, layout };
    crate::case::pages::show_action(place, &action)
}

/// `POST /matters/items/{id}/actions/{action}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is out of reach.
pub async fn act(visit: Visit, Path((id, action)): Path<(i64, String)>, sent: Submitted) -> Answer {
    let found = found(&visit, id).await?;
    let name = found.work.action(&action).map(|action| action.name.clone()).ok_or(Failure::NotFound)?;
    let mut tx = visit.begin().await?;
    if let Some(before) = sent.taken_before(&tx, &found.base).await? {
        return Ok(visit.see(&before, "这一步已经办过了。"));
    }
    match acts::act(&visit.app, &mut tx, visit.actor(), id, &action, sent.fields()).await {
        Ok(_) => {
            let commit = tx.commit().await?;
            Ok(visit.done(commit, &found.base, &format!("已经办了“{name}”。")))
        }
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let layout = found.layout(&visit)?;
            let place = ActionPlace { visit: &visit, work: &found.work, variables: &found.variables, base: &found.base, layout };
            show_again(place, &action, &sent, error)
        }
        Err(error) => Ok(Failure::from(error).into_response()),
    }
}

/// `GET /matters/items/{id}/files/{file}`.
///
/// # Errors
/// [`Failure::NotFound`] when it is attached to no act of the matter.
pub async fn file(visit: Visit, Path((id, file)): Path<(i64, i64)>) -> Answer {
    let found = found(&visit, id).await?;
    crate::case::pages::file(&visit, &found.work, file).await
}
