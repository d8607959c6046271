//! Procedures at work (程序): cases that go through the stages of a pack.
//!
//! For: rectification, publication, tasks, lists: whatever has stages, actors, required parts and intervals.
//! In: an actor, an action of the pack, a filled form. Out: an act on record, items opened and closed, the next stage, effects.
//! Does not know: what a case is about; the primitive that opens it carries out the effects.

mod exemptions;
mod form;
mod model;
pub mod pages;
mod rows;
mod scores;
mod work;

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Action, Effect, FormFieldKind};
use serde_json::{Value as Json, json};
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;
use crate::burden;
use crate::files;

pub use exemptions::{Exempt, exemptions};
pub use form::{Filled, Known, NewItem, read as read_form};
pub use model::{Act, CaseFile, Item, Offer, Place, Situation, Variables, deadline, is_named, was_late};
pub use rows::{acts_of, acts_of_all, awaited_cases, cases_of, close_items, find, items_of, items_of_all, open_again, open_cases, reached};
pub use scores::{ScoreLine, ScoreRow, own_scores, reasons};
pub use work::CaseAtWork;

/// A case to be opened.
#[derive(Debug, Clone)]
pub struct NewCase {
    pub procedure: String,
    pub subject_kind: &'static str,
    pub subject_id: i64,
    /// The organisation the case is about: `self` of the pack's actor rules.
    pub organisation: OrgId,
    /// `issuer` of the pack's actor rules.
    pub issuer: Option<OrgId>,
    pub title: String,
    /// The case's own deadline, for stages without one.
    pub due_on: Option<Date>,
    /// Items that are open from the start: the conditions by which an organisation was listed.
    pub items: Vec<NewItem>,
}

/// Opens a case at the first stage of its procedure. The caller has checked that the actor may.
///
/// # Errors
/// When the pack has no such procedure.
pub async fn open(app: &App, tx: &mut Tx, new: NewCase) -> anyhow::Result<i64> {
    Ok(open_all(app, tx, vec![new]).await?[0])
}

/// Opens many cases in a few statements; their numbers in the same order.
///
/// # Errors
/// As [`open`].
pub async fn open_all(app: &App, tx: &mut Tx, new: Vec<NewCase>) -> anyhow::Result<Vec<i64>> {
    let policies = app.policies();
    let mut opened = Vec::with_capacity(new.len());
    for case in &new {
        let procedure = policies.pack.procedures.get(&case.procedure).ok_or_else(|| anyhow::anyhow!("no procedure {}", case.procedure))?;
        let first = procedure.stages.first().ok_or_else(|| anyhow::anyhow!("procedure {} has no stage", case.procedure))?;
        opened.push((case, first.key.as_str()));
    }
    let ids = rows::insert_all(tx, &opened, &policies.version()).await?;
    for (case, id) in new.iter().zip(&ids) {
        rows::insert_items(tx, *id, 0, &case.items).await?;
        let told_at = told_at(&policies.pack, &case.procedure, case.organisation, case.issuer);
        tx.record("case.open", "case_file", *id, Some(told_at), json!({ "procedure": case.procedure, "subject": case.subject_id }));
        tx.changed("case", *id, Some(case.organisation));
    }
    (app.rooms().follow_opened)(app, tx, &new, &ids).await?;
    Ok(ids)
}

/// What an act gave: effects for the primitive to carry out in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub act_id: i64,
    pub effects: Vec<Effect>,
    pub to: Option<String>,
    pub is_closed: bool,
}

/// Does one action of a case: checks who, when, what is required, and writes it. The record is locked first.
///
/// # Errors
/// [`Refusal`] with the sentence that says who may, from when, or what is missing.
pub async fn act(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    case_id: i64,
    action: &str,
    fields: &BTreeMap<String, Vec<String>>,
    variables: &Variables,
) -> anyhow::Result<Done> {
    tx.lock("case_file", case_id).await?;
    let case = rows::find(tx.connection(), case_id).await?.ok_or_else(|| Refusal("没有找到这件事。".to_owned()))?;
    let pack = app.policies_of(&case.pack_version).await?;
    let procedure = pack.procedures.get(&case.procedure).ok_or_else(|| anyhow::anyhow!("no procedure {}", case.procedure))?;
    let acts = rows::acts_of(tx.connection(), case_id).await?;
    let items = rows::items_of(tx.connection(), case_id).await?;
    let place = Place::of(&app.directory(), &case, procedure);
    let at = Situation { procedure, case: &case, acts: &acts, items: &items, place: &place, variables, actor, on: tx.today() };
    let rule = allowed(&at, action)?;
    let asked = at.fields_of(rule);
    let mut filled = form::read(&asked, fields, &items, &form::Known { scores: variables.scores(), missing: &at.missing() }, tx.today())
        .map_err(|problems| Refusal(problems.join("；")))?;
    if let Some(own) = items.iter().find(|item| filled.closes.contains(&item.id) && item.is_owned_by(&actor.name)) {
        let sentence = format!("“{}”的责任人写的是{}，要由别人核实办结。只是同名的，也请换一位办理。", own.text, actor.name);
        return Err(Refusal(sentence).into());
    }
    for field in asked.iter().filter(|field| field.kind == FormFieldKind::File) {
        let Some(value) = filled.values.get_mut(&field.key) else { continue };
        let file = files::received(app, actor.person_id, value.as_str().unwrap_or_default())?;
        *value = json!({ "file": files::attach(tx, &file).await?, "name": file.name });
    }
    let act_id = rows::insert_act(tx, &case, rule, &filled, actor, at.organisation_of(rule)).await?;
    if actor.grants.iter().any(|grant| grant.set.root == Some(case.organisation)) {
        let n_typed = filled.values.as_object().map_or(0, |values| values.len()) + filled.items.len();
        burden::note(tx, case.organisation, "case_act", act_id, i64::try_from(n_typed)?).await?;
    }
    rows::insert_items(tx, case_id, act_id, &filled.items).await?;
    rows::close_items(tx, case_id, act_id, &filled.closes).await?;
    if !filled.items.is_empty() || !filled.closes.is_empty() {
        (app.rooms().follow_items)(app, tx, &case).await?;
    }
    let to = rule.to.clone();
    let mut is_closed = case.closed_at.is_some();
    if let Some(to) = &to {
        is_closed = procedure.stages.iter().any(|stage| stage.key == *to && stage.closes);
        rows::enter(tx, &case, to, is_closed, filled.due_on).await?;
    }
    tx.record(
        &format!("case.{}", rule.key),
        "case_file",
        case_id,
        Some(told_at(&pack, &case.procedure, case.organisation, case.issuer)),
        json!({ "procedure": case.procedure, "from": case.stage, "to": to, "fields": filled.values.as_object().map(|m| m.keys().cloned().collect::<Vec<_>>()) }),
    );
    tx.changed("case", case_id, Some(case.organisation));
    Ok(Done { act_id, effects: rule.effects.clone(), to, is_closed })
}

/// Where the audit tells of a case: at the organisation it is about, or, withheld from it, at the office that handles it.
fn told_at(pack: &policy::Pack, procedure: &str, organisation: OrgId, issuer: Option<OrgId>) -> OrgId {
    let is_withheld = pack.matters.values().any(|matter| matter.is_withheld && matter.procedure == procedure);
    issuer.filter(|_| is_withheld).unwrap_or(organisation)
}

/// Brings cases to the closing stage that follows from where they stand, by the act of somebody that decides about all of
/// them at once: each keeps a step of its own, done by that person.
///
/// # Errors
/// When the pack lacks the way, or the database refuses.
pub async fn close_all(app: &App, tx: &mut Tx, actor: &Actor, cases: &[&CaseFile]) -> anyhow::Result<()> {
    for case in cases {
        let pack = app.policies_of(&case.pack_version).await?;
        let procedure = pack.procedures.get(&case.procedure).ok_or_else(|| anyhow::anyhow!("no procedure {}", case.procedure))?;
        let is_end = |action: &&Action| {
            !action.kind.is_backward() && procedure.stages.iter().any(|stage| stage.closes && Some(&stage.key) == action.to.as_ref())
        };
        let stage = procedure.stages.iter().find(|stage| stage.key == case.stage);
        let Some(rule) = stage.and_then(|stage| stage.actions.iter().find(is_end)) else { continue };
        let filled = Filled { values: json!({}), items: Vec::new(), closes: Vec::new(), due_on: None };
        rows::insert_act(tx, case, rule, &filled, actor, None).await?;
        rows::enter(tx, case, rule.to.as_deref().unwrap_or_default(), true, None).await?;
        tx.record(
            &format!("case.{}", rule.key),
            "case_file",
            case.id,
            Some(case.organisation),
            json!({ "procedure": case.procedure, "from": case.stage }),
        );
        tx.changed("case", case.id, Some(case.organisation));
    }
    Ok(())
}

fn allowed<'a>(at: &Situation<'a>, action: &str) -> Result<&'a Action, Refusal> {
    let offer =
        at.offers().into_iter().find(|offer| offer.action.key == action).ok_or_else(|| Refusal("现在不在这一步，请刷新看最新的进展。".to_owned()))?;
    match offer.refused {
        None => Ok(offer.action),
        Some(sentence) => Err(Refusal(sentence)),
    }
}

/// The number and name of the file that a value of an act stands for.
#[must_use]
pub fn attached(value: &Json) -> Option<(i64, &str)> {
    Some((value.get("file")?.as_i64()?, value.get("name")?.as_str()?))
}

/// The fields of an act as name and printed value, in the order of the form.
#[must_use]
pub fn printed(action: Option<&Action>, values: &Json) -> Vec<(String, String)> {
    let Some(map) = values.as_object() else { return Vec::new() };
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        // Who was exempted stands in the result, for whoever sees the unit.
        Json::Array(rows) if rows.iter().any(|row| row.get("exempt_because").is_some()) => format!("{} 个，逐个写明了原因", rows.len()),
        Json::Array(rows) => rows
            .iter()
            .map(|row| match row {
                Json::String(text) => text.clone(),
                Json::Object(row) => {
                    let part = |key: &str| row.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
                    [part("text"), part("owner"), part("due_on")].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("，")
                }
                other => other.to_string(),
            })
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("；"),
        Json::Null => String::new(),
        Json::Object(_) => attached(value).map(|(_, name)| name.to_owned()).unwrap_or_default(),
        other => other.to_string(),
    };
    match action {
        Some(action) => {
            action.fields.iter().filter_map(|field| Some((field.name.clone(), text(map.get(&field.key)?)))).filter(|(_, v)| !v.is_empty()).collect()
        }
        None => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
    }
}
