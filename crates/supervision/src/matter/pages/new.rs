//! Opening a matter.

use policy::Matter;
use store::OrgId;

use super::met;
use crate::burden;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::list::pairs;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::Link;
use crate::http::visit::{Answer, Visit};
use crate::matter::{NewMatter, address};

async fn page(visit: &Visit, key: &str, matter: &Matter, form: &Form) -> anyhow::Result<ActionPage> {
    let list = format!("/matters/{key}");
    let layout =
        visit.layout(matter.verb.clone()).crumb("督办事项", "/matters").crumb(matter.name.clone(), list.clone()).crumb(matter.verb.clone(), "");
    let mut page = ActionPage::new(layout, matter.verb.clone(), matter.note.clone().unwrap_or_default(), Link::new("先不办", list));
    let organisation = form.text("organisation").parse::<OrgId>().ok();
    let (known, name) = {
        let directory = visit.app.directory();
        let seen = organisation.and_then(|id| directory.visible(&visit.scope(matter.opened_by), id));
        (seen.map(|org| org.id), seen.map_or_else(String::new, |org| org.name.clone()))
    };
    page = page.with(Control::Choose(form.field("organisation", "哪个党组织"), name, "/choose/organisations"));
    if !matter.kinds.is_empty() {
        let kinds = form.choices("kind", matter.kinds.iter().map(|kind| (kind.key.as_str(), kind.name.as_str())));
        page = page.with(Control::Select(form.field("kind", "哪一种"), kinds));
    }
    page = page.with_fields(form, &matter.fields);
    for kind in matter.kinds.iter().filter(|kind| kind.follows.is_some()) {
        let before = matter.kind_name(kind.follows.as_deref().unwrap_or_default());
        page = page.note(format!("“{}”以前要先有办结的“{before}”；越过的，写明理由。", kind.name));
    }
    if matter.kinds.iter().any(|kind| kind.follows.is_some()) {
        page = page.with(Control::Text(form.field("skipped", "越过前一步的理由").optional().hint("前一步已经办结的不填")));
    }
    if burden::is_slip(matter) {
        page = asked(visit, page, form, known).await?;
    }
    if matter.is_withheld {
        page = page.note("只有经办单位和对口机关看得到，当事的党组织看不到。");
    }
    let told_later = matter.kinds.iter().filter(|kind| !kind.untold_at.is_empty());
    for kind in told_later {
        page = page.note(format!("“{}”在有了决定以前，当事的党组织看不到。", kind.name));
    }
    Ok(page)
}

/// What it takes of the organisation, and which entry of its list it is, where it stands under one.
async fn asked(visit: &Visit, mut page: ActionPage, form: &Form, known: Option<OrgId>) -> anyhow::Result<ActionPage> {
    let (reader, today) = (visit.app.store().reader(), visit.today());
    let Some(organisation) = known else {
        let each = burden::cost_of_drawn(&visit.pack(), today, burden::TASK, 1, 1);
        return Ok(page.note(format!("占用基层时间：一张大约 {}。", burden::time_words(each.minutes))));
    };
    let offered = burden::permitted_choices(reader, &visit.app, &[organisation], form.text("permitted"), today).await?;
    if !offered.is_empty() {
        let field = form.field("permitted", "准入清单里的哪一项").hint("发给社区的，要在清单里；没有的，先报请列入");
        page = page.with(Control::Select(field, offered));
    }
    let cost = burden::cost(reader, &visit.pack(), today, burden::TASK, &[(organisation, 1)]).await?;
    for (what, words) in cost.lines() {
        page = page.note(format!("占用基层时间，{what}：{words}"));
    }
    Ok(page)
}

/// `GET /matters/{key}/new`.
///
/// # Errors
/// [`Failure::NotFound`] for what the visitor has nothing to do with; a refusal for whoever only reads it.
pub async fn show(visit: Visit, Path(key): Path<String>) -> Answer {
    let pack = visit.pack();
    let matter = allowed(&visit, &pack, &key)?;
    page(&visit, &key, matter, &Form::prefilled(pairs(&visit.query))).await?.answer(&visit)
}

fn allowed<'a>(visit: &Visit, pack: &'a policy::Pack, key: &str) -> Result<&'a Matter, Failure> {
    let matter = met(visit, pack, key)?;
    if visit.actor().may(matter.opened_by) {
        return Ok(matter);
    }
    Err(Failure::Refused(format!("“{}”由上级{}，您可以看，不能{}。", matter.name, matter.verb, matter.verb)))
}

/// `POST /matters/{key}/new`.
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn open(visit: Visit, Path(key): Path<String>, sent: Submitted) -> Answer {
    let pack = visit.pack();
    let matter = allowed(&visit, &pack, &key)?;
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &format!("/matters/{key}")).await? {
        return Ok(visit.see(&answer, "已经办过了。"));
    }
    let new = NewMatter {
        matter: key.clone(),
        kind: sent.text("kind").to_owned(),
        organisation: sent.text("organisation").parse().unwrap_or_default(),
        skipped: sent.text("skipped").to_owned(),
        permitted: sent.text("permitted").to_owned(),
        fields: sent.fields().clone(),
    };
    match crate::matter::open(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &address(id), &format!("已{}。", matter.verb))),
        Err(error) => {
            drop(tx);
            page(&visit, &key, matter, &Form::new(sent)).await?.refused(&visit, error)
        }
    }
}
