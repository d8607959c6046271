//! Opening a matter: who may, about whom, what is asked, how it is numbered.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::Matter;
use serde_json::{Value as Json, json};
use store::{Actor, OrgId, Refusal, Tx};

use super::facts::facts_of;
use super::model::{Row, numbered};
use super::{SUBJECT, address, rows};
use crate::app::App;
use crate::burden;
use crate::case::{self, NewCase};
use crate::directory::{Directory, OrgNode};
use crate::notice::{self, To};

/// The kind of notice to whom it is about.
pub(super) const OPENED: &str = "matter.opened";

/// A matter as it is handed in.
#[derive(Debug, Clone, Default)]
pub struct NewMatter {
    pub matter: String,
    /// Key of the kind; empty where the matter has none.
    pub kind: String,
    pub organisation: OrgId,
    /// Why the kind before it is left out.
    pub skipped: String,
    /// Which entry of the list of what may be asked, where the organisation stands under one.
    pub permitted: String,
    /// The pack's fields by key.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Opens a matter; gives its number in the database.
///
/// # Errors
/// [`Refusal`] out of reach, for an organisation or an office that the pack does not mean, where what it stands beside is not
/// open, or with everything that is wrong in the form.
pub async fn open(app: &App, tx: &mut Tx, actor: &Actor, new: NewMatter) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(matter) = pack.matters.get(&new.matter) else { return refuse("制度包里没有这一项。".to_owned()) };
    let (org, issuer) = {
        let directory = app.directory();
        let org = directory.visible(&actor.scope(matter.opened_by), new.organisation);
        let Some(org) = org else { return refuse("没有找到这个党组织，请在您管的党组织里选。".to_owned()) };
        if !matter.about.is_empty() && !matter.about.contains(&org.level) {
            return refuse(format!("“{}”不对{}这一级。", matter.name, org.name));
        }
        let Some(issuer) = office_of(&directory, actor, matter, org) else {
            return refuse(format!("“{}”由{}的上级{}，您的岗位不在它上面。", matter.name, org.name, matter.verb));
        };
        (org.clone(), issuer)
    };
    let mut problems = Vec::new();
    if !matter.kinds.is_empty() && matter.kind(&new.kind).is_none() {
        problems.push("请选是哪一种".to_owned());
    }
    let skipped = new.skipped.trim().to_owned();
    let before = matter.kind(&new.kind).and_then(|kind| kind.follows.as_deref());
    if let Some(before) = before
        && rows::n_at(tx.connection(), &new.matter, Some(before), org.id, true).await? == 0
        && skipped.is_empty()
    {
        problems.push(format!("{}没有办结过“{}”，越过它要写明理由", org.name, matter.kind_name(before)));
    }
    if let Some(beside) = &matter.while_open {
        let name = pack.procedures.get(beside).map_or("", |procedure| procedure.name.as_str());
        if rows::n_cases(tx.connection(), beside, &matter.over_at, org.id).await? == 0 {
            return refuse(format!("{}没有在办的“{name}”，不用{}。", org.name, matter.verb));
        }
        if rows::n_at(tx.connection(), &new.matter, None, org.id, false).await? > 0 {
            return refuse(format!("{}已经有一件“{}”在办，办结以前不另立。", org.name, matter.name));
        }
    }
    let filled = case::read_form(&matter.fields, &new.fields, &[], &case::Known::default(), tx.today());
    let filled = match filled {
        Ok(filled) => filled.values,
        Err(wrong) => {
            problems.extend(wrong);
            Json::Null
        }
    };
    let text = |key: &str| filled.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let due_on = matter.due.as_ref().and_then(|key| text(key).parse::<Date>().ok());
    if due_on.is_some_and(|day| day < tx.today()) {
        problems.push(format!("时限不能早于今天（{}）", tx.today()));
    }
    if !problems.is_empty() {
        return refuse(format!("{}。", problems.join("；")));
    }
    if burden::is_slip(matter) {
        burden::check_permitted(app, tx, &[org.id], &new.permitted).await?;
    }
    // One office numbers one after the other.
    tx.lock("organisation", issuer).await?;
    let (today, kind_name) = (tx.today(), matter.kind_name(&new.kind).to_owned());
    let n = rows::n_of_year(tx.connection(), &new.matter, &new.kind, issuer, today.year()).await? + 1;
    let number = matter.number.as_ref().map_or_else(String::new, |pattern| numbered(pattern, &kind_name, today.year(), n));
    let (id, title) = (tx.next_id().await?, text(&matter.title));
    let new_case = NewCase {
        procedure: matter.procedure.clone(),
        subject_kind: SUBJECT,
        subject_id: id,
        organisation: org.id,
        issuer: Some(issuer),
        title: format!("{}：{title}", org.name),
        due_on,
        items: Vec::new(),
    };
    let case_id = case::open(app, tx, new_case).await?;
    let it = Row {
        id,
        matter: new.matter.clone(),
        kind: new.kind,
        pack_version: app.policies().version(),
        organisation: org.id,
        issuer,
        case_id,
        number: number.clone(),
        title: title.clone(),
        fields: BTreeMap::new(),
        skipped: if before.is_some() { skipped } else { String::new() },
        opened_on: today,
        opened_by: tx.actor_id(),
        due_on,
        n_returned: 0,
        is_late: false,
        closed_on: None,
        extended_on: None,
        stage: pack.procedures.get(&matter.procedure).and_then(|it| it.stages.first()).map_or_else(String::new, |stage| stage.key.clone()),
        stage_since: today,
    };
    rows::insert(tx, &it, filled.to_string()).await?;
    crate::facts::replace(tx, SUBJECT, vec![(id, facts_of(&pack, &it))]).await?;
    // What is withheld from an organisation is not told of it in the audit either.
    let is_told = matter.is_told(&it.kind, &it.stage);
    let told_at = if is_told { org.id } else { issuer };
    tx.record("matter.open", SUBJECT, id, Some(told_at), json!({ "matter": new.matter, "kind": it.kind, "permitted": new.permitted }));
    tx.changed(SUBJECT, id, Some(org.id));
    if is_told {
        let by = app.directory().name_of(issuer).to_owned();
        let called = if number.is_empty() { kind_name } else { number };
        notice::send(tx, To::Organisation(org.id), OPENED, &format!("{by} · {called} · {title}"), &address(id)).await?;
    }
    Ok(id)
}

/// The nearest office above an organisation at which somebody may open one.
pub(super) fn office_of(directory: &Directory, actor: &Actor, matter: &Matter, org: &OrgNode) -> Option<OrgId> {
    let stands = |id: &OrgId| {
        let is_of_level = matter.levels.is_empty() || directory.org(*id).is_some_and(|above| matter.levels.contains(&above.level));
        is_of_level && actor.grants_with(matter.opened_by).any(|grant| grant.set.everything || grant.set.root == Some(*id))
    };
    org.superiors.iter().copied().find(stands)
}
