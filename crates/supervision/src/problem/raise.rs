//! Entering problems: each gets a case of its own, an owner, a deadline and somebody above who verifies.

use std::collections::HashMap;

use policy::{Capability, OrganisationRole};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::facts::{SOURCE, facts_of};
use super::form::RaiseForm;
use super::model::{Problem, issuer_of, shortened};
use super::{ITEM, PROCEDURE, rows, see};
use crate::app::App;
use crate::case::{self, NewCase, NewItem};
use crate::directory::Directory;
use crate::notice::{self, To};

/// The kind of notice to the unit.
pub(super) const RAISED: &str = "problem.raised";

/// Enters one problem.
///
/// # Errors
/// As [`raise_all`].
pub async fn raise(app: &App, tx: &mut Tx, actor: &Actor, form: RaiseForm) -> anyhow::Result<i64> {
    Ok(raise_all(app, tx, actor, vec![form]).await?[0])
}

/// Enters problems in a few statements; their numbers in the same order.
///
/// # Errors
/// [`Refusal`] when an organisation is out of reach or has nobody above, or when the same is being put right already.
pub async fn raise_all(app: &App, tx: &mut Tx, actor: &Actor, forms: Vec<RaiseForm>) -> anyhow::Result<Vec<i64>> {
    let placed = placed(app, actor, forms)?;
    enter(app, tx, placed, &see::places_of(actor, Capability::WorkOnProblems)).await
}

/// Enters problems that an office's inspection or one of its cadres found, wherever they are below it: it hands them over and verifies.
/// Whoever calls has seen to it that they were found there.
///
/// # Errors
/// As [`raise_all`].
pub async fn raise_found(app: &App, tx: &mut Tx, office: OrgId, forms: Vec<RaiseForm>) -> anyhow::Result<Vec<i64>> {
    let placed = {
        let directory = app.directory();
        let place = |form: RaiseForm| {
            let name = directory.name_of(form.organisation).to_owned();
            let issuer = issuer(&directory, form.organisation, &[office]).ok_or_else(|| nobody_above(&name))?;
            Ok((form, issuer, name))
        };
        forms.into_iter().map(place).collect::<Result<Vec<_>, Refusal>>()?
    };
    enter(app, tx, placed, &[]).await
}

/// A problem about to be entered, who hands it over, and what its organisation is called.
type Placed = (RaiseForm, OrgId, String);

fn nobody_above(name: &str) -> Refusal {
    Refusal(format!("{name}上面没有党组织来核验，它的问题由上级登记，不在本平台办理。"))
}

/// `own`: organisations that need not be told, because whoever enters it works on it.
async fn enter(app: &App, tx: &mut Tx, placed: Vec<Placed>, own: &[OrgId]) -> anyhow::Result<Vec<i64>> {
    for (form, _, name) in &placed {
        let sql = "select 1 from problem where organisation_id = $1 and text = $2 and closed_on is null";
        if !query(tx.connection(), sql, [form.organisation.into(), form.text.clone().into()]).await?.is_empty() {
            return Err(Refusal(format!("{name}的这个问题已经登记，正在整改，不用再登记。")).into());
        }
    }
    let ids = tx.next_ids(placed.len()).await?;
    let cases = placed.iter().zip(&ids).map(|((form, issuer, name), id)| NewCase {
        procedure: form.procedure.clone().unwrap_or_else(|| PROCEDURE.to_owned()),
        subject_kind: PROCEDURE,
        subject_id: *id,
        organisation: form.organisation,
        issuer: Some(*issuer),
        title: format!("{name}：{}", shortened(&form.text, 30)),
        due_on: Some(form.due_on),
        items: vec![NewItem { kind: ITEM.to_owned(), text: form.text.clone(), owner: Some(form.owner.clone()), due_on: Some(form.due_on) }],
    });
    let cases = case::open_all(app, tx, cases.collect()).await?;
    let items: HashMap<i64, i64> =
        case::items_of_all(tx.connection(), &cases).await?.into_iter().filter(|item| item.kind == ITEM).map(|item| (item.case_id, item.id)).collect();
    let mut problems = Vec::with_capacity(placed.len());
    for (((form, issuer, _), id), case_id) in placed.into_iter().zip(&ids).zip(cases) {
        let recurs = rows::closed_before(tx.connection(), form.organisation, &form.kind).await?;
        let (origin, origin_id) = form.origin.map_or_else(|| (String::new(), None), |(origin, id)| (origin, Some(id)));
        problems.push(Problem {
            id: *id,
            organisation: form.organisation,
            issuer,
            case_id,
            case_item: *items.get(&case_id).ok_or_else(|| anyhow::anyhow!("case {case_id} has no item"))?,
            is_own: true,
            source: form.source,
            kind: form.kind,
            text: form.text,
            basis: form.basis,
            owner: form.owner,
            due_on: form.due_on,
            raised_on: tx.today(),
            raised_by: tx.actor_id(),
            raiser: form.raiser,
            recurs,
            origin,
            origin_id,
            is_handed_in: false,
            closed_on: None,
            is_late: false,
            is_dismissed: false,
            step: None,
        });
    }
    rows::insert(tx, &problems).await?;
    crate::facts::insert(tx, SOURCE, problems.iter().map(|it| (it.id, facts_of(it))).collect()).await?;
    for it in &problems {
        tx.record("problem.raise", "problem", it.id, Some(it.organisation), json!({ "source": it.source }));
        // Whoever enters his own unit's problem knows of it.
        if !own.contains(&it.organisation) {
            let text = format!("有一个问题要整改：{}，时限 {}", it.title(), it.due_on);
            notice::send(tx, To::Organisation(it.organisation), RAISED, &text, &it.address()).await?;
        }
    }
    Ok(ids)
}

/// Each form with who hands it over, and what its organisation is called.
fn placed(app: &App, actor: &Actor, forms: Vec<RaiseForm>) -> Result<Vec<Placed>, Refusal> {
    let scope = actor.scope(Capability::RaiseProblems);
    let places = see::places_of(actor, Capability::RaiseProblems);
    let directory = app.directory();
    let place = |form: RaiseForm| {
        let org = directory.visible(&scope, form.organisation).ok_or_else(|| Refusal("没有找到这个党组织，请在您管的党组织里选。".to_owned()))?;
        let issuer = issuer(&directory, org.id, &places).ok_or_else(|| nobody_above(&org.name))?;
        Ok((form, issuer, org.name.clone()))
    };
    forms.into_iter().map(place).collect()
}

/// Who hands a problem of an organisation over, found by somebody with these places.
pub(super) fn issuer(directory: &Directory, organisation: OrgId, places: &[OrgId]) -> Option<OrgId> {
    let org = directory.org(organisation)?;
    let is_committee = |id: &OrgId| directory.org(*id).is_some_and(|above| above.role == OrganisationRole::Committee);
    let committees: Vec<OrgId> = org.superiors.iter().copied().filter(is_committee).collect();
    let offices: Vec<OrgId> = places.iter().copied().filter(|place| committees.contains(place)).collect();
    issuer_of(organisation, &org.superiors, &committees, &offices)
}
