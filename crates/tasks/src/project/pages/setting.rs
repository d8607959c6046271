//! Beginning: a project that is proposed, a whole that is set.

use axum::response::{IntoResponse, Redirect};
use policy::{Capability, Project as Kind};
use store::{OrgId, Refusal};

use crate::burden;
use crate::http::action::{ActionPage, Control, Form};
use crate::http::failure::Failure;
use crate::http::path::Path;
use crate::http::submitted::Submitted;
use crate::http::view::{Choice, Field, Link};
use crate::http::visit::{Answer, Visit};
use crate::project::{NewProject, NewWhole, decider, see, wholes};

/// The visitor's organisations that carry projects of a kind.
pub(super) fn carriers(visit: &Visit, kind: &Kind) -> Vec<(OrgId, String)> {
    if kind.shared.is_some() {
        return Vec::new();
    }
    let directory = visit.app.directory();
    let own = see::places_of(visit.actor(), Capability::WorkOnProjects).into_iter().filter_map(|id| directory.org(id));
    let carries = own.filter(|org| kind.is_carried_at(&org.level) && decider(&directory, kind, org.id).is_some());
    carries.map(|org| (org.id, org.name.clone())).collect()
}

/// The visitor's organisation that sets wholes of a kind.
pub(super) fn setter(visit: &Visit, kind: &Kind) -> Option<OrgId> {
    let sharing = kind.shared.as_ref()?;
    let directory = visit.app.directory();
    let own = see::places_of(visit.actor(), Capability::DecideProjects).into_iter();
    own.filter_map(|id| directory.org(id)).find(|org| org.level == sharing.by).map(|org| org.id)
}

fn kind_named<'a>(pack: &'a policy::Pack, key: &str) -> Result<&'a Kind, Failure> {
    pack.projects.get(key).ok_or(Failure::NotFound)
}

fn new_page(visit: &Visit, key: &str, kind: &Kind, form: &Form) -> Result<ActionPage, Failure> {
    let own = carriers(visit, kind);
    let Some((only, _)) = own.first() else {
        return Err(Failure::Refused(format!("“{}”不由您的单位申报，看得到、不能报。", kind.name)));
    };
    let title = format!("申报{}", kind.name);
    let crumbs = visit.layout(title.clone()).crumb("项目推进", "/projects").crumb(kind.name.clone(), format!("/projects/{key}")).crumb("申报", "");
    let now = if form.text("organisation").is_empty() { only.to_string() } else { form.text("organisation").to_owned() };
    let choice = |(id, name): &(OrgId, String)| Choice { value: id.to_string(), label: name.clone(), selected: id.to_string() == now };
    let mut page = ActionPage::new(crumbs, title, "先写名称；目标、节点、时限在下一步填。", Link::new(kind.name.clone(), format!("/projects/{key}")))
        .button("下一步")
        .with(Control::Input(form.field("name", "项目名称").hint("看得出办什么事，如：建好三个村的便民服务点"), "text"))
        .with(Control::Select(form.field("organisation", "承担单位"), own.iter().map(choice).collect()));
    if kind.served {
        let served = form.text("served").parse::<OrgId>().ok();
        let name = served.map_or_else(String::new, |id| {
            let directory = visit.app.directory();
            directory.visible(&visit.scope(policy::Capability::WorkOnProjects), id).map_or_else(String::new, |org| org.name.clone())
        });
        let field = form.field("served", "受益的党组织").hint("项目办给哪个村（社区），验收时听它的意见");
        page = page.with(Control::Choose(field, name, "/choose/organisations"));
    }
    Ok(page)
}

/// `GET /projects/{key}/new`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such kind; a refusal for whoever carries none.
pub async fn show_new(visit: Visit, Path(key): Path<String>) -> Answer {
    let pack = visit.pack();
    new_page(&visit, &key, kind_named(&pack, &key)?, &Form::default())?.answer(&visit)
}

/// `POST /projects/{key}/new`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn propose(visit: Visit, Path(key): Path<String>, sent: Submitted) -> Answer {
    let pack = visit.pack();
    let kind = kind_named(&pack, &key)?;
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &format!("/projects/{key}")).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    let new = NewProject {
        kind: key.clone(),
        organisation: sent.text("organisation").parse().unwrap_or_default(),
        name: sent.text("name").to_owned(),
        served: sent.text("served").parse().ok(),
    };
    match crate::project::propose(&visit.app, &mut tx, visit.actor(), new).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/projects/entries/{id}"), "已建立，请填写目标、节点和时限后提交。")),
        Err(error) => new_page(&visit, &key, kind, &Form::new(sent))?.refused(&visit, error),
    }
}

/// Name of the field for a unit's part.
fn part_of(unit: OrgId) -> String {
    format!("part-{unit}")
}

async fn set_page(visit: &Visit, key: &str, kind: &Kind, form: &Form, ticked: Option<&Submitted>) -> Result<ActionPage, Failure> {
    let sharing = kind.shared.as_ref().ok_or(Failure::NotFound)?;
    let Some(own) = setter(visit, kind) else {
        return Err(Failure::Refused(format!("“{}”不由您的单位定。", kind.name)));
    };
    let title = format!("定一项{}", sharing.word);
    let crumbs =
        visit.layout(title.clone()).crumb("项目推进", "/projects").crumb(kind.name.clone(), format!("/projects/{key}")).crumb(title.clone(), "");
    let units: Vec<(OrgId, String)> = {
        let directory = visit.app.directory();
        wholes::units_of(&directory, kind, own).into_iter().map(|id| (id, directory.called(id).to_owned())).collect()
    };
    let mut page = ActionPage::new(crumbs, title, kind.note.clone().unwrap_or_default(), Link::new(kind.name.clone(), format!("/projects/{key}")))
        .button("定下并分到各单位")
        .with(Control::Input(form.field("name", "名称").hint("照文件写，系统不替您起名"), "text"))
        .with(Control::Input(form.field("due_on", "完成时限"), "date"));
    if sharing.count.is_some() {
        page = page
            .with(Control::Input(form.field("quantity", "全部要办的数量"), "number"))
            .with(Control::Input(form.field("unit", "计量单位").hint("如：处、个、户"), "text"));
        for (id, name) in &units {
            page = page.with(Control::Input(form.field(&part_of(*id), name).hint("没有的填 0").optional(), "number"));
        }
        page = page.note("各单位的数合计要等于全部要办的数量，差多少会告诉您。");
    } else {
        let is_ticked = |id: &OrgId| ticked.is_none_or(|sent| sent.all("units").contains(&id.to_string()));
        let check = |(id, name): &(OrgId, String)| (Choice { value: id.to_string(), label: name.clone(), selected: is_ticked(id) }, String::new());
        page = page.with(Control::Checks(Field::new("units", "这一批的单位", ""), units.iter().map(check).collect()));
        for part in &kind.parts {
            let deliverable = part.deliverable.as_ref().map_or_else(String::new, |it| format!("，交{}", it.words()));
            page = page.note(format!("必做：{}，{} 天内{deliverable}", part.name, part.days));
        }
    }
    let ids: Vec<OrgId> = units.iter().map(|(id, _)| *id).filter(|id| ticked.is_none_or(|sent| takes_part(sent, sharing, *id))).collect();
    let cost = wholes::cost_of(visit.app.store().reader(), &visit.app, kind, &ids, visit.today()).await?;
    for (what, words) in cost.lines() {
        page = page.note(format!("占用基层时间，{what}：{words}"));
    }
    if form.has_problem("reason") {
        page = page.with(Control::Text(form.field("reason", "非办不可的理由").hint("写了理由，再点一次就先报请批准；批准以后再定")));
    }
    Ok(page)
}

fn takes_part(sent: &Submitted, sharing: &policy::Sharing, unit: OrgId) -> bool {
    match sharing.count {
        Some(_) => sent.text(&part_of(unit)).parse::<i64>().is_ok_and(|n| n > 0),
        None => sent.all("units").contains(&unit.to_string()),
    }
}

/// Above the ceiling nothing is set: with a reason an approval is asked for. Says what was done, or what is to be done.
async fn ask_approval(visit: &Visit, new: &NewWhole, reason: &str, refused: anyhow::Error) -> Result<String, Failure> {
    if reason.is_empty() {
        return Ok(refused.to_string());
    }
    let mut tx = visit.begin().await?;
    match wholes::ask_approval(&visit.app, &mut tx, visit.actor(), new, reason).await {
        Ok(_) => {
            tx.commit().await?;
            Ok("还没有定下：已经报请批准，批准以后再点一次，填的内容留在这里".to_owned())
        }
        Err(error) => Ok(error.downcast::<Refusal>().map_err(Failure::from)?.0),
    }
}

/// `GET /projects/{key}/set`
///
/// # Errors
/// [`Failure::NotFound`] when the pack has no such kind; a refusal for whoever does not set it.
pub async fn show_set(visit: Visit, Path(key): Path<String>) -> Answer {
    let pack = visit.pack();
    let year_end = jiff::civil::date(visit.today().year(), 12, 31).to_string();
    let form = Form::prefilled([("due_on", year_end)]);
    set_page(&visit, &key, kind_named(&pack, &key)?, &form, None).await?.answer(&visit)
}

/// `POST /projects/{key}/set`
///
/// # Errors
/// Unexpected ones; a refusal shows the form again.
pub async fn set(visit: Visit, Path(key): Path<String>, sent: Submitted) -> Answer {
    let pack = visit.pack();
    let kind = kind_named(&pack, &key)?;
    let own = setter(&visit, kind).unwrap_or_default();
    let units = wholes::units_of(&visit.app.directory(), kind, own);
    let is_counted = kind.shared.as_ref().is_some_and(|sharing| sharing.count.is_some());
    let parts: Vec<(OrgId, Option<i64>)> = if is_counted {
        units.into_iter().map(|id| (id, Some(sent.text(&part_of(id)).parse().unwrap_or_default()))).collect()
    } else {
        sent.all("units").iter().filter_map(|id| Some((id.parse().ok()?, None))).collect()
    };
    let new = NewWhole {
        kind: key.clone(),
        organisation: own,
        name: sent.text("name").to_owned(),
        unit: sent.text("unit").to_owned(),
        quantity: sent.text("quantity").parse().ok(),
        due_on: sent.text("due_on").parse().ok(),
        parts,
    };
    let mut tx = visit.begin().await?;
    if let Some(answer) = sent.taken_before(&tx, &format!("/projects/{key}")).await? {
        return Ok(Redirect::to(&answer).into_response());
    }
    match crate::project::set(&visit.app, &mut tx, visit.actor(), new.clone()).await {
        Ok(id) => Ok(visit.done(tx.commit().await?, &format!("/projects/wholes/{id}"), "已定下，各单位收到了消息。")),
        Err(error) if error.is::<Refusal>() => {
            drop(tx);
            let cost = wholes::cost_of(visit.app.store().reader(), &visit.app, kind, &wholes::carriers(&new), visit.today()).await?;
            let mut form = Form::new(sent.clone());
            if !burden::is_for_the_ceiling(&error, &cost) {
                return set_page(&visit, &key, kind, &form, Some(&sent)).await?.refused(&visit, error);
            }
            form.problem("reason", ask_approval(&visit, &new, sent.text("reason"), error).await?);
            set_page(&visit, &key, kind, &form, Some(&sent)).await?.answer(&visit)
        }
        Err(error) => Err(error.into()),
    }
}
