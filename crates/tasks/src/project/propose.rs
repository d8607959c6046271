//! Beginning a project: by whoever carries it, by what opens one of itself, by a whole that is shared out. One road for all.

use jiff::civil::Date;
use policy::Capability;
use serde_json::json;
use std::collections::BTreeMap;
use store::{Actor, OrgId, Refusal, Tx, query};

use super::facts::{SOURCE, facts_of};
use super::model::Project;
use super::{SUBJECT, decider, is_handed_in, rows};
use crate::app::App;
use crate::case::{self, NewCase, NewItem};

/// A project about to be proposed.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Key of its kind in the pack.
    pub kind: String,
    pub organisation: OrgId,
    pub name: String,
    /// Whom it serves, where the pack asks it.
    pub served: Option<OrgId>,
}

/// Characters that a name has at most, and at least.
const N_NAME_MAX: usize = 60;
const N_NAME_MIN: usize = 4;

/// A name as it may stand, or what is wrong with it.
pub(super) fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    match name.chars().count() {
        n if n < N_NAME_MIN => Err(Refusal(format!("请写名称，{N_NAME_MIN} 个字以上，看得出办什么事。"))),
        n if n > N_NAME_MAX => Err(Refusal(format!("名称请写在 {N_NAME_MAX} 个字以内，现在 {n} 个字。"))),
        _ => Ok(name.to_owned()),
    }
}

/// Begins a project; what it is about is filled in by the first step of its procedure.
///
/// # Errors
/// [`Refusal`]: out of reach, not carried at this level, without a name or whom it serves, or begun already.
pub async fn propose(app: &App, tx: &mut Tx, actor: &Actor, new: NewProject) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(kind) = pack.projects.get(&new.kind) else { return refuse("制度包里没有这类项目。".to_owned()) };
    if let Some(sharing) = &kind.shared {
        return refuse(format!("“{}”由上面定下{}再分到各单位，不用申报。", kind.name, sharing.word));
    }
    let name = checked_name(&new.name)?;
    let (organisation, issuer) = {
        let directory = app.directory();
        let stands =
            |id: OrgId| actor.grants_with(Capability::WorkOnProjects).any(|grant| grant.set.root == Some(id) || grant.set.named.contains(&id));
        let Some(org) = directory.visible(&actor.scope(Capability::WorkOnProjects), new.organisation).filter(|org| stands(org.id)) else {
            return refuse("没有找到承担项目的党组织，请选您任职的党组织。".to_owned());
        };
        if !kind.is_carried_at(&org.level) {
            return refuse(format!("“{}”不由{}承担。", kind.name, org.name));
        }
        let Some(issuer) = decider(&directory, kind, org.id) else {
            return refuse(format!("{}上面没有审批和验收的党组织，它的项目由上级登记，不在本平台办理。", org.name));
        };
        let is_below = |served: OrgId| directory.subtree(org.id).any(|below| below.id == served && below.id != org.id);
        match new.served {
            None if kind.served => return refuse("请选受益的党组织，验收时要听它的意见。".to_owned()),
            Some(served) if !is_below(served) => return refuse(format!("请在{}下面的党组织里选受益的党组织。", org.name)),
            _ => {}
        }
        (org.id, issuer)
    };
    let sql = "select 1 from project where project = $1 and organisation_id = $2 and name = $3 and closed_on is null";
    if !query(tx.connection(), sql, [new.kind.clone().into(), organisation.into(), name.clone().into()]).await?.is_empty() {
        return refuse(format!("“{name}”已经在办，不用再申报。"));
    }
    let served = new.served.filter(|_| kind.served);
    let draft = Draft { served, ..Draft::new(&new.kind, organisation, issuer, name) };
    let id = open_all(app, tx, vec![draft]).await?[0].id;
    tx.record("project.propose", "project", id, Some(organisation), json!({ "project": new.kind }));
    Ok(id)
}

/// What is needed to open one, from whatever side.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub kind: String,
    pub organisation: OrgId,
    pub issuer: OrgId,
    pub served: Option<OrgId>,
    pub origin_case: Option<i64>,
    pub whole: Option<i64>,
    pub name: String,
    pub quantity: Option<i64>,
    pub due_on: Option<Date>,
    /// It needs no approval: whoever approves set it himself.
    pub is_approved: bool,
    /// What is open from the beginning.
    pub items: Vec<NewItem>,
}

impl Draft {
    pub fn new(kind: &str, organisation: OrgId, issuer: OrgId, name: String) -> Self {
        Self {
            kind: kind.to_owned(),
            organisation,
            issuer,
            served: None,
            origin_case: None,
            whole: None,
            name,
            quantity: None,
            due_on: None,
            is_approved: false,
            items: Vec::new(),
        }
    }
}

/// Opens projects with their cases, in a few statements.
pub(super) async fn open_all(app: &App, tx: &mut Tx, drafts: Vec<Draft>) -> anyhow::Result<Vec<Project>> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let pack = app.pack();
    let procedure_of = |kind: &str| pack.projects.get(kind).map(|kind| kind.procedure.clone()).unwrap_or_default();
    let ids = tx.next_ids(drafts.len()).await?;
    let names: Vec<String> = {
        let directory = app.directory();
        drafts.iter().map(|draft| directory.called(draft.organisation).to_owned()).collect()
    };
    let cases = drafts.iter().zip(&ids).zip(&names).map(|((draft, id), unit)| NewCase {
        procedure: procedure_of(&draft.kind),
        subject_kind: SUBJECT,
        subject_id: *id,
        organisation: draft.organisation,
        issuer: Some(draft.issuer),
        title: format!("{unit}：{}", draft.name),
        due_on: draft.due_on,
        items: draft.items.clone(),
    });
    let cases = case::open_all(app, tx, cases.collect()).await?;
    let today = tx.today();
    let mut projects = Vec::with_capacity(drafts.len());
    for ((draft, id), case_id) in drafts.into_iter().zip(ids).zip(cases) {
        let procedure = pack.procedures.get(&procedure_of(&draft.kind));
        let first = procedure.and_then(|procedure| procedure.stages.first()).map(|stage| stage.key.clone()).unwrap_or_default();
        projects.push(Project {
            id,
            kind: draft.kind,
            organisation: draft.organisation,
            issuer: draft.issuer,
            served: draft.served,
            case_id,
            origin_case: draft.origin_case,
            whole: draft.whole,
            year: today.year(),
            name: draft.name,
            body: BTreeMap::new(),
            quantity: draft.quantity,
            n_done: 0,
            due_on: draft.due_on,
            proposed_on: today,
            approved_on: draft.is_approved.then_some(today),
            progress_on: None,
            opinion_on: None,
            accepted_on: None,
            closed_on: None,
            grade: String::new(),
            is_good: false,
            is_late: false,
            is_handed_in: procedure.is_some_and(|procedure| is_handed_in(procedure, &first)),
            is_reported: false,
            stage: first,
            stage_since: today,
        });
    }
    rows::insert(tx, &projects).await?;
    crate::facts::insert(tx, SOURCE, projects.iter().map(|it| (it.id, facts_of(it))).collect()).await?;
    Ok(projects)
}
