//! Ledgers (台账): rows of the fields that a pack invents, kept by offices or organisations, and what is read off them.
//!
//! For: whatever a document wants written down item by item and no other record says: what was put into which field, for a start.
//! In: a form of the pack. Out: rows that nobody changes (a wrong one is withdrawn with a reason), facts `ledger.KEY`, lists, the
//! balance over fields. Does not know: which ledgers there are.

mod balance;
mod pages;
mod rows;

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Capability, Ledger};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use store::entities::ledger_row;
use store::{Actor, OrgId, Refusal, Tx, execute, insert_all};

use crate::app::App;
use crate::facts::{EventFact, Facts, replace};
use crate::http::route::{Door, Needs, Routes};
use frame::case;

pub use balance::{Gap, Question, gaps_for, questions_of};
pub use rows::derive_facts;

/// The source of these facts; the record is the row.
const SOURCE: &str = "ledger";

/// Routes of ledgers.
#[must_use]
pub fn routes(routes: Routes) -> Routes {
    let view = Needs::May(Capability::ViewLedgers);
    let keep = Needs::May(Capability::KeepLedgers);
    routes
        .get("/ledgers", view, Door::Both, pages::all)
        .get("/ledgers/{key}", view, Door::Both, pages::list)
        .get("/ledgers/{key}/new", keep, Door::Both, pages::show_new)
        .post("/ledgers/{key}/new", keep, Door::Both, pages::enter)
        .get("/ledgers/{key}/rows/{id}", view, Door::Both, pages::show)
        .get("/ledgers/{key}/rows/{id}/withdraw", keep, Door::Both, pages::show_withdraw)
        .post("/ledgers/{key}/rows/{id}/withdraw", keep, Door::Both, pages::withdraw)
        .get("/balances/{key}", view, Door::Both, balance::show)
}

/// A row as it is handed in.
#[derive(Debug, Clone)]
pub struct NewRow {
    pub ledger: String,
    /// Who keeps it.
    pub organisation: OrgId,
    /// Whom it is about; the keeper where the ledger has no organisations below.
    pub about: Option<OrgId>,
    /// The pack's fields by key.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Enters a row. Gives its number.
///
/// # Errors
/// [`Refusal`] out of reach, for a ledger that this organisation does not keep, or with everything that is wrong in the form.
pub async fn enter(app: &App, tx: &mut Tx, actor: &Actor, new: NewRow) -> anyhow::Result<i64> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let pack = app.pack();
    let Some(ledger) = pack.ledgers.get(&new.ledger) else { return refuse("制度包里没有这本台账。".to_owned()) };
    let about = {
        let directory = app.directory();
        let Some(keeper) = directory.visible(&actor.scope(Capability::KeepLedgers), new.organisation) else {
            return refuse("没有找到记台账的党组织，请选您任职的党组织。".to_owned());
        };
        if !is_kept_by(ledger, &keeper.level) {
            return refuse(format!("“{}”不由{}记。", ledger.name, keeper.name));
        }
        let about = if ledger.about_below { new.about } else { Some(keeper.id) };
        let Some(about) = about else { return refuse("请选是对哪个党组织的。".to_owned()) };
        if ledger.about_below && !directory.subtree(keeper.id).any(|org| org.id == about && org.id != keeper.id) {
            return refuse(format!("请选{}下面的党组织。", keeper.name));
        }
        about
    };
    let filled = case::read_form(&ledger.fields, &new.fields, &[], &case::Known::default(), tx.today())
        .map_err(|problems| Refusal(format!("{}。", problems.join("；"))))?
        .values;
    let text = |key: &str| filled.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let held_on: Date = text(&ledger.on).parse()?;
    let quantity = ledger.quantity.as_ref().map_or(1, |key| text(key).parse().unwrap_or_default());
    let id = tx.next_id().await?;
    let row = ledger_row::ActiveModel {
        id: Set(id),
        ledger: Set(new.ledger.clone()),
        pack_version: Set(app.policies().version()),
        organisation_id: Set(new.organisation),
        about_id: Set(about),
        held_on: Set(held_on.to_string()),
        quantity: Set(quantity),
        body: Set(filled.to_string()),
        entered_by: Set(tx.actor_id()),
        entered_at: Set(tx.at_text()),
        withdrawn_at: Set(None),
        withdrawn_reason: Set(None),
    };
    insert_all::<ledger_row::Entity, _, _>(tx.connection(), vec![row]).await?;
    replace(tx, SOURCE, vec![(id, facts_of(&new.ledger, about, held_on, quantity))]).await?;
    tx.record("ledger.enter", "ledger_row", id, Some(new.organisation), json!({ "ledger": new.ledger }));
    tx.changed(SOURCE, id, Some(about));
    Ok(id)
}

/// Takes a wrong row back, with the reason; it stays on record.
///
/// # Errors
/// [`Refusal`] out of reach, without a reason, or when it is withdrawn already.
pub async fn withdraw(app: &App, tx: &mut Tx, actor: &Actor, id: i64, reason: &str) -> anyhow::Result<()> {
    tx.lock("ledger_row", id).await?;
    let row = rows::find(tx.connection(), id).await?;
    let row = row.filter(|row| app.directory().is_visible(&actor.scope(Capability::KeepLedgers), row.organisation));
    let row = row.ok_or_else(|| Refusal("没有找到这一条。".to_owned()))?;
    if row.withdrawn_reason.is_some() {
        return Err(Refusal("这一条已经撤回。".to_owned()).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal("请写明撤回的原因，会留在台账里。".to_owned()).into());
    }
    let values = [id.into(), tx.at_text().into(), reason.trim().into()];
    execute(tx.connection(), "update ledger_row set withdrawn_at = $2, withdrawn_reason = $3 where id = $1", values).await?;
    replace(tx, SOURCE, vec![(id, Facts::default())]).await?;
    tx.record("ledger.withdraw", "ledger_row", id, Some(row.organisation), json!({ "ledger": row.ledger }));
    tx.changed(SOURCE, id, Some(row.about));
    Ok(())
}

/// Whether organisations of a level keep it.
pub(crate) fn is_kept_by(ledger: &Ledger, level: &str) -> bool {
    ledger.levels.is_empty() || ledger.levels.iter().any(|own| own == level)
}

/// One event on the day of the row, at the organisation that it is about.
fn facts_of(ledger: &str, about: OrgId, day: Date, quantity: i64) -> Facts {
    let event = EventFact { organisation: about, day, kind: format!("ledger.{ledger}"), quantity, subject: 0, flags: 0, makes_up: None };
    Facts { events: vec![event], spans: Vec::new() }
}
