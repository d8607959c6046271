//! Visits of cadres (走访调研): where they went, what they found, what they promised; which places come first, and which were not visited.
//!
//! For: cadres of offices, units that are visited. In: a visit with its questions and advice; tags that a superior sets.
//! Out: questions in the ledger of problems, coverage of what the pack says has to be visited.
//! Does not know: how a problem is closed, how a score follows.

mod logged;
mod pages;
mod rows;

use std::collections::HashSet;

use jiff::civil::Date;
use policy::{Capability, Pack, VisitScope};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;
use crate::directory::{Directory, OrgNode};
use crate::problem::{self, RaiseForm};

pub use logged::{logged, named};
pub use pages::routes;
pub use rows::{Tag, Visited};

/// What a problem says that it was found in.
pub const ORIGIN: &str = "research_visit";
/// The list of tags of places that come first.
pub const TAGS: &str = "visit_tag";

/// A question that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    pub kind: String,
    pub owner: String,
    pub due_on: Date,
}

/// A visit about to be written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVisit {
    pub organisation: OrgId,
    pub visited_on: Date,
    pub questions: Vec<Question>,
    pub advice: String,
    pub promises: String,
}

/// Where somebody's posts stand with which he visits.
#[must_use]
pub fn places_of(actor: &Actor) -> Vec<OrgId> {
    let mut places: Vec<OrgId> = actor.grants_with(Capability::RecordVisits).filter_map(|grant| grant.set.root).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The office of somebody that tags a place within his reach: his fields count, too.
fn office_over(directory: &Directory, actor: &Actor, organisation: OrgId) -> Option<OrgId> {
    directory.visible(&actor.scope(Capability::RecordVisits), organisation)?;
    office_for(directory, &places_of(actor), organisation)
}

/// The office for which somebody visits an organisation: the nearest of his places above it.
fn office_for(directory: &Directory, places: &[OrgId], organisation: OrgId) -> Option<OrgId> {
    directory.org(organisation)?.superiors.iter().find(|above| places.contains(above)).copied()
}

/// The units that cadres of an office have to come to under a scope of the pack.
pub fn units_of<'a>(directory: &'a Directory, office: OrgId, scope: &'a VisitScope) -> impl Iterator<Item = &'a OrgNode> {
    let is_by = directory.org(office).is_some_and(|org| org.level == scope.by);
    directory.subtree(office).filter(move |org| {
        let is_level = org.level == scope.level || (scope.level == "branch" && org.is_branch());
        is_by && is_level && org.id != office && org.until.is_none() && (scope.fields.is_empty() || scope.fields.contains(&org.field))
    })
}

/// Tagged units that an office's cadres have to come to and have not, this year until a day.
async fn first_left<C: sea_orm::ConnectionTrait>(connection: &C, app: &App, office: OrgId, on: Date) -> anyhow::Result<HashSet<OrgId>> {
    let tagged: HashSet<OrgId> = rows::tags(connection, on).await?.into_iter().map(|tag| tag.organisation).collect();
    let visited = rows::visited_by(connection, office, on.year(), on).await?;
    let pack = app.pack();
    let directory = app.directory();
    let wanted = pack.visit_scopes.values().flat_map(|scope| units_of(&directory, office, scope).map(|org| org.id).collect::<Vec<_>>());
    Ok(wanted.filter(|id| tagged.contains(id) && !visited.contains_key(id)).collect())
}

/// Writes a visit down: its questions go to the ledger, each with its owner.
///
/// # Errors
/// [`Refusal`] out of reach, of a day to come, or of a question without an owner.
pub async fn record(app: &App, tx: &mut Tx, actor: &Actor, new: NewVisit) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let person = actor.person_id.ok_or_else(|| Refusal("走访由本人记。".to_owned()))?;
    let scope = actor.scope(Capability::RecordVisits);
    let office = {
        let directory = app.directory();
        let org = directory.visible(&scope, new.organisation);
        org.and_then(|org| office_for(&directory, &places_of(actor), org.id))
    };
    let Some(office) = office else { return refuse("没有找到走访的单位，请在您单位下面的党组织里选。".to_owned()) };
    if new.visited_on > tx.today() || new.visited_on.year() < tx.today().year() - 1 {
        return refuse(format!("请写走访的那一天，不晚于今天（{}）。", tx.today()));
    }
    let pack = app.pack();
    for question in &new.questions {
        if question.text.chars().count() < N_QUESTION_MIN {
            return refuse("请把问题写清楚：什么事、差在哪里。".to_owned());
        }
        if question.owner.is_empty() {
            return refuse("每个问题请写责任人的职务和姓名，没有责任人的不能登记。".to_owned());
        }
        if question.due_on < tx.today() {
            return refuse(format!("整改时限不能早于今天（{}）。", tx.today()));
        }
        if !problem::types(&pack).contains(&question.kind) {
            return refuse("请选问题的类型。".to_owned());
        }
    }
    let left = first_left(tx.connection(), app, office, new.visited_on).await?;
    let n_left = if left.contains(&new.organisation) { 0 } else { left.len() };
    let id = tx.next_id().await?;
    let is_counted = !new.questions.is_empty() || !new.advice.is_empty();
    rows::insert(tx, id, office, person, &new, is_counted, i64::try_from(n_left)?).await?;
    tx.record("visit.record", ORIGIN, id, Some(office), json!({ "questions": new.questions.len() }));
    tx.changed("visit", id, None);
    if !new.questions.is_empty() {
        let source = source(&pack, tx.today());
        let form = |question: Question| RaiseForm {
            organisation: new.organisation,
            source: source.clone(),
            kind: question.kind,
            text: question.text,
            basis: format!("{} 走访", new.visited_on),
            owner: question.owner,
            due_on: question.due_on,
            raiser: String::new(),
            procedure: None,
            origin: Some((ORIGIN.to_owned(), id)),
        };
        problem::raise_found(app, tx, office, new.questions.iter().cloned().map(form).collect()).await?;
    }
    Ok(id)
}

/// Characters that a question has at least.
const N_QUESTION_MIN: usize = 6;

/// Where the ledger says that questions of visits come from.
fn source(pack: &Pack, on: Date) -> String {
    pack.text("problem_source_of_visits", on).unwrap_or_default().to_owned()
}

/// Tags a place that comes first, by its superior.
///
/// # Errors
/// [`Refusal`] of anybody but a superior, without a reason, or twice.
pub async fn tag(app: &App, tx: &mut Tx, actor: &Actor, organisation: OrgId, tag: &str, reason: &str) -> anyhow::Result<i64> {
    let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()).into());
    let office = {
        let directory = app.directory();
        office_over(&directory, actor, organisation)
    };
    let Some(office) = office else { return refuse("由上级党组织标注，请在您单位下面的党组织里选。") };
    if !app.pack().code_lists.get(TAGS).is_some_and(|list| list.values.iter().any(|known| known == tag)) {
        return refuse("请选标注。");
    }
    if reason.trim().is_empty() {
        return refuse("请写为什么这样标注。");
    }
    let open = rows::tags(tx.connection(), tx.today()).await?;
    if open.iter().any(|it| it.organisation == organisation && it.tag == tag) {
        return refuse("已经这样标注了。");
    }
    let id = tx.next_id().await?;
    rows::insert_tag(tx, id, organisation, office, tag, reason.trim()).await?;
    tx.record("visit.tag", "organisation_tag", id, Some(organisation), json!({ "tag": tag }));
    tx.changed("visit", id, None);
    Ok(id)
}

/// Takes a tag back from today on; the days on which it held stay.
///
/// # Errors
/// [`Refusal`] of anybody but a superior.
pub async fn end_tag(app: &App, tx: &mut Tx, actor: &Actor, id: i64) -> anyhow::Result<()> {
    let open = rows::tags(tx.connection(), tx.today()).await?;
    let it = open.into_iter().find(|it| it.id == id).ok_or_else(|| Refusal("没有找到这个标注。".to_owned()))?;
    let may = office_over(&app.directory(), actor, it.organisation).is_some();
    if !may {
        return Err(Refusal("没有找到这个标注。".to_owned()).into());
    }
    rows::end_tag(tx, id).await?;
    tx.record("visit.end_tag", "organisation_tag", id, Some(it.organisation), json!(null));
    tx.changed("visit", id, None);
    Ok(())
}
