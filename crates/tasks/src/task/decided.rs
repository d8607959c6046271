//! What a meeting decided becomes tasks: a directive whose items were checked by whoever wrote them, handed down at once.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::Capability;
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use super::issue::{Issued, issue_as};
use super::model::{Issuer, ItemState, Part, PartsKind};
use super::reading::{NewItem, SCOPES};
use super::store as rows;
use crate::app::App;
use crate::burden::{self, Cost, Wish};

/// One decision: who does what by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub text: String,
    pub units: Vec<OrgId>,
    pub owner: String,
    pub due_on: Date,
    /// What it is on the list of what may be asked of communities; empty where no unit stands under one.
    pub permitted: String,
}

/// What an approval is about that is asked for the decisions of a committee's meeting.
const DECIDED: &str = "task_decided";

/// The number under which the decisions of a day are allowed: of these alone, word for word.
fn subject_of(organisation: OrgId, held_on: Date, decisions: &[Decision]) -> i64 {
    burden::subject_of(&format!("{organisation}/{held_on}/{decisions:?}"))
}

/// What handing these decisions down takes of the units.
///
/// # Errors
/// When the database cannot be read.
pub async fn cost_of_decisions<C: ConnectionTrait>(connection: &C, app: &App, decisions: &[Decision], on: Date) -> anyhow::Result<Cost> {
    let mut each: BTreeMap<OrgId, u64> = BTreeMap::new();
    for unit in decisions.iter().flat_map(|decision| &decision.units) {
        *each.entry(*unit).or_default() += 1;
    }
    burden::cost(connection, &app.pack(), on, burden::TASK, &each.into_iter().collect::<Vec<_>>()).await
}

/// Asks for an approval of decisions that take more than the ceiling.
///
/// # Errors
/// [`Refusal`] of whoever does not hand down for this unit, when none is needed or no reason is given.
pub async fn ask_decisions_approval(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    held_on: Date,
    decisions: &[Decision],
    reason: &str,
) -> anyhow::Result<i64> {
    issuer_of(actor, organisation)?;
    let cost = cost_of_decisions(tx.connection(), app, decisions, tx.today()).await?;
    let title = format!("{}专题研究党建的决定（{held_on}）", app.directory().name_of(organisation));
    let subject = subject_of(organisation, held_on, decisions);
    burden::ask(tx, &Wish { kind: DECIDED, subject, organisation, title: &title }, reason, &cost).await
}

fn issuer_of(actor: &Actor, organisation: OrgId) -> Result<Issuer, Refusal> {
    let issuer = Issuer { organisation, fields: Vec::new() };
    if issuer.is_acted_for_by(actor, Capability::IssueTasks) {
        Ok(issuer)
    } else {
        Err(Refusal("会议的决定由这个党委自己的办事机构下发。".to_owned()))
    }
}

/// Hands decisions down as tasks; answers with the directive that keeps their words, and the wholes in the same order.
///
/// # Errors
/// [`Refusal`] of whoever does not hand down for this unit, and for what [`super::issue()`] refuses.
pub async fn decide(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    title: &str,
    held_on: Date,
    decisions: &[Decision],
) -> anyhow::Result<(i64, Vec<i64>)> {
    let issuer = issuer_of(actor, organisation)?;
    let text: String = decisions.iter().map(|decision| decision.text.as_str()).collect::<Vec<_>>().join("\n");
    let body = app.directory().name_of(organisation).to_owned();
    let row = rows::DirectiveRow {
        issuer: &issuer,
        title,
        source_body: &body,
        issued_on: Some(held_on),
        file_name: "",
        text: &text,
        scope: SCOPES[0].to_owned(),
        year: Some(held_on.year()),
        is_year_asked: false,
    };
    let directive = rows::insert_directive(tx, row).await?;
    let mut start = 0;
    let mut items = Vec::with_capacity(decisions.len());
    for decision in decisions {
        let n = decision.text.chars().count();
        let level = decision.units.first().and_then(|unit| app.directory().org(*unit).map(|org| org.level.clone()));
        items.push(NewItem {
            place: Some((start, start + n)),
            span: decision.text.clone(),
            action: decision.text.chars().take(N_ACTION).collect(),
            target: None,
            frequency: None,
            deadline: None,
            due_on: Some(decision.due_on),
            is_due_asked: false,
            units: String::new(),
            scope: SCOPES[0].to_owned(),
            owner: decision.owner.clone(),
            owner_level: level,
        });
        start += n + 1;
    }
    rows::insert_items(tx, directive, 1, &items).await?;
    tx.record("directive.create", "directive", directive, Some(organisation), json!({ "items": items.len() }));
    let mut issued = Vec::with_capacity(decisions.len());
    for (mut item, decision) in rows::items_of(tx.connection(), directive).await?.into_iter().zip(decisions) {
        item.measure = "由交办单位对照会议决定核验".to_owned();
        item.state = ItemState::Checked;
        rows::update_item(tx, &item).await?;
        let parts = decision.units.iter().map(|unit| Part {
            organisation: *unit,
            quantity_milli: None,
            due_on: decision.due_on,
            owner: decision.owner.clone(),
            owner_level: app.directory().org(*unit).map(|org| org.level.clone()),
        });
        issued.push(Issued { item_id: item.id, kind: PartsKind::Each, parts: parts.collect(), permitted: decision.permitted.clone() });
    }
    let wholes = issue_as(app, tx, actor, directive, issued, (DECIDED, subject_of(organisation, held_on, decisions))).await?;
    Ok((directive, wholes))
}

/// Characters of what is to be done, as the lists show it.
const N_ACTION: usize = 200;
