//! Projects that begin by themselves: a case of another procedure was opened, or what it is about came back.

use policy::Pack;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{OrgId, Tx, query};

use super::propose::{Draft, open_all};
use super::{Project, decider};
use crate::app::App;
use crate::case::{self, Act, CaseFile, NewCase};
use crate::notice::{self, To};

/// The kind of notice to whoever carries it.
const LISTED: &str = "project.listed";

/// Cases were opened: those of a procedure that opens projects become one each.
///
/// # Errors
/// When the database refuses.
pub async fn follow_opened(app: &App, tx: &mut Tx, new: &[NewCase], ids: &[i64]) -> anyhow::Result<()> {
    let pack = app.pack();
    let mut drafts = Vec::new();
    for (case, id) in new.iter().zip(ids) {
        drafts.extend(drafts_of(app, &pack, &case.procedure, *id, case.organisation));
    }
    begin(app, tx, drafts).await
}

/// What a case is about changed: one that was struck off and came back is a project again.
///
/// # Errors
/// When the database refuses.
pub async fn follow(app: &App, tx: &mut Tx, case: &CaseFile) -> anyhow::Result<()> {
    let pack = app.pack();
    let drafts = drafts_of(app, &pack, &case.procedure, case.id, case.organisation);
    if drafts.is_empty() || is_struck_off(&case::acts_of(tx.connection(), case.id).await?) {
        return Ok(());
    }
    let open = query(tx.connection(), "select project from project where origin_case_id = $1 and closed_on is null", [case.id.into()]).await?;
    let mut known = Vec::with_capacity(open.len());
    for row in &open {
        known.push(row.try_get_by_index::<String>(0)?);
    }
    begin(app, tx, drafts.into_iter().filter(|draft| !known.contains(&draft.kind)).collect()).await
}

/// The projects that a case of a procedure at an organisation stands for.
fn drafts_of(app: &App, pack: &Pack, procedure: &str, case: i64, organisation: OrgId) -> Vec<Draft> {
    let opens = pack.projects.iter().filter_map(|(key, kind)| Some((key, kind, kind.opened_by.as_ref().filter(|by| by.procedure == procedure)?)));
    let directory = app.directory();
    let mut drafts = Vec::new();
    for (key, kind, by) in opens {
        let Some(org) = directory.org(organisation).filter(|org| by.fields.is_empty() || by.fields.contains(&org.field)) else { continue };
        let carrier = org.superiors.iter().copied().find(|above| directory.org(*above).is_some_and(|above| kind.is_carried_at(&above.level)));
        let Some((carrier, issuer)) = carrier.and_then(|carrier| Some((carrier, decider(&directory, kind, carrier)?))) else { continue };
        let name = format!("{}整顿提升", org.name.trim_end_matches("党支部").trim_end_matches("党总支"));
        drafts.push(Draft { served: kind.served.then_some(org.id), origin_case: Some(case), ..Draft::new(key, carrier, issuer, name) });
    }
    drafts
}

async fn begin(app: &App, tx: &mut Tx, drafts: Vec<Draft>) -> anyhow::Result<()> {
    for it in open_all(app, tx, drafts).await? {
        tx.record("project.follow", "project", it.id, Some(it.organisation), json!({ "project": it.kind }));
        let text = format!("“{}”直接列为领办项目，请填写目标、节点和时限", it.name);
        notice::send(tx, To::Organisation(it.organisation), LISTED, &text, &it.address()).await?;
    }
    Ok(())
}

/// Whether what a case is about was struck off, and has not come back since.
fn is_struck_off(acts: &[Act]) -> bool {
    let turns = acts.iter().filter(|act| ["close_out", "reopen"].contains(&act.kind.as_str()));
    turns.max_by_key(|act| act.id).is_some_and(|act| act.kind == "close_out")
}

/// Whether the case from which a project came is still open.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn origin_is_open<C: ConnectionTrait>(connection: &C, it: &Project) -> anyhow::Result<bool> {
    match it.origin_case {
        None => Ok(false),
        Some(case) => Ok(!is_struck_off(&case::acts_of(connection, case).await?)),
    }
}
