//! Places that come first: tagged by a superior, with a reason, from a day until another.

use store::{OrgId, Refusal};

use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::visit::rows::tags;
use crate::visit::{TAGS, end_tag, office_over, tag};

fn asked(visit: &Visit) -> Result<OrgId, Failure> {
    let id = pairs(&visit.query).into_iter().find(|(name, _)| name == "organisation").and_then(|(_, id)| id.parse::<OrgId>().ok());
    let id = id.filter(|id| office_over(&visit.app.directory(), visit.actor(), *id).is_some());
    id.ok_or(Failure::NotFound)
}

fn page(visit: &Visit, form: &Form, unit: &str) -> ActionPage {
    let layout = visit.layout("标注").crumb("走访调研", "/visits").crumb("应走访的单位", "/visits/plan").crumb("标注", "");
    let values = visit.pack().code_lists.get(TAGS).map(|list| list.values.clone()).unwrap_or_default();
    let choices = form.choices("tag", values.iter().map(|value| (value.as_str(), value.as_str())));
    ActionPage::new(layout, "标注", format!("{unit}：标注以后要先走访，撤去以前每年都排在最前面。"), Link::new("先不办", "/visits/plan"))
        .with(Control::Select(form.field("tag", "是哪一种"), choices))
        .with(Control::Text(form.field("reason", "为什么")))
}

/// `GET /visits/tags/new`.
///
/// # Errors
/// [`Failure::NotFound`] when the organisation does not stand below the visitor.
pub async fn new(visit: Visit) -> Answer {
    let id = asked(&visit)?;
    let name = visit.app.directory().name_of(id).to_owned();
    page(&visit, &Form::default(), &name).answer(&visit)
}

/// `POST /visits/tags/new`.
///
/// # Errors
/// [`Failure::NotFound`] when the organisation does not stand below the visitor.
pub async fn create(visit: Visit, sent: Submitted) -> Answer {
    let id = asked(&visit)?;
    let name = visit.app.directory().name_of(id).to_owned();
    let mut form = Form::new(sent);
    let (what, reason) = (form.required("tag", "请选标注"), form.required("reason", "请写为什么这样标注"));
    if !form.is_right() {
        return page(&visit, &form, &name).answer(&visit);
    }
    let mut tx = visit.begin().await?;
    match tag(&visit.app, &mut tx, visit.actor(), id, &what, &reason).await {
        Ok(_) => Ok(visit.done(tx.commit().await?, "/visits/plan", "已经标注，排在应走访的最前面。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            page(&visit, &form, &name).refused(&visit, error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /visits/tags/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`] when the tag is out of reach.
pub async fn show_end(visit: Visit, Path(id): Path<i64>) -> Answer {
    let all = tags(visit.app.store().reader(), visit.today()).await?;
    let it = all.into_iter().find(|tag| tag.id == id).ok_or(Failure::NotFound)?;
    let name = {
        let directory = visit.app.directory();
        office_over(&directory, visit.actor(), it.organisation).ok_or(Failure::NotFound)?;
        directory.name_of(it.organisation).to_owned()
    };
    let layout = visit.layout("撤去标注").crumb("走访调研", "/visits").crumb("应走访的单位", "/visits/plan").crumb("撤去标注", "");
    let lead = format!("{name}，{}：{} 起标注，{}", it.tag, it.from, it.reason);
    ActionPage::new(layout, "撤去标注", lead, Link::new("先不办", "/visits/plan")).answer(&visit)
}

/// `POST /visits/tags/{id}/end`.
///
/// # Errors
/// [`Failure::NotFound`] when the tag is out of reach.
pub async fn end(visit: Visit, Path(id): Path<i64>) -> Answer {
    let mut tx = visit.begin().await?;
    let done = end_tag(&visit.app, &mut tx, visit.actor(), id).await;
    match visit.or_back("/visits/plan", done)? {
        Ok(()) => Ok(visit.done(tx.commit().await?, "/visits/plan", "已经撤去标注，标注过的日子留在记录里。")),
        Err(refused) => Ok(refused),
    }
}
