//! The register of responsibility (责任体系): who holds first responsibility at a committee, which member covers which field, what it owes.
//!
//! For: offices of committees, those above them. In: which member covers which field, from a day on. Out: spans that nobody overwrites,
//! gaps on desks, what a task's unit answers for. Does not know: who is in a committee (its post holdings say so), how an answer is
//! found ([`crate::answerable`]).

mod charges;
mod pages;
mod rows;
mod waits;

use jiff::civil::Date;
use policy::{Capability, OrganisationRole};
use serde_json::json;
use store::{Actor, OrgId, Refusal, Tx};

use crate::app::App;

pub use charges::charges;
pub use pages::routes;
pub use rows::members;
pub use waits::waiting_items;

/// Says from which day on a member of a committee covers a field; whoever covered it before ends that day. Without a name nobody does.
///
/// # Errors
/// [`Refusal`] out of reach, of anybody who is not in the committee that day, or of a day before the last change.
#[expect(clippy::too_many_arguments, reason = "what one form asks, beside the three of every operation")]
pub async fn cover(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrgId,
    field: &str,
    name: &str,
    from: Date,
    source: &str,
) -> anyhow::Result<()> {
    let refuse = |sentence: String| Err(Refusal(sentence).into());
    let scope = actor.scope(Capability::KeepResponsibility);
    let committee = app.directory().visible(&scope, organisation).filter(|org| org.role == OrganisationRole::Committee).cloned();
    let Some(committee) = committee else { return refuse("没有找到这个党委（党工委）。".to_owned()) };
    let pack = app.pack();
    let Some(called) = pack.fields.get(field).map(|field| field.name.clone()) else { return refuse("请选领域。".to_owned()) };
    if source.trim().is_empty() {
        return refuse("请写依据，例如：班子成员分工的文件。".to_owned());
    }
    if from > tx.today() {
        return refuse(format!("请写从哪一天起分管，不晚于今天（{}）。", tx.today()));
    }
    tx.lock("organisation", organisation).await?;
    let open = rows::open(tx.connection(), organisation, field).await?;
    if let Some(open) = &open {
        if open.name == name {
            return refuse(format!("{called}领域已经由{name}分管。"));
        }
        if from < open.from {
            return refuse(format!("{}从 {} 起分管，新的分工请写这一天或者以后。", open.name, open.from));
        }
    }
    let held = rows::history(tx.connection(), organisation).await?.into_iter().filter(|span| span.field == field && !span.is_superseded);
    if let Some(until) = held.filter_map(|span| span.until).max().filter(|until| from < *until) {
        return refuse(format!("{called}领域的分工登记到 {until}，新的分工请写这一天或者以后。"));
    }
    if name.is_empty() && open.is_none() {
        return refuse(format!("{called}领域还没有人分管，请选班子成员。"));
    }
    if !name.is_empty() && !rows::members(tx.connection(), organisation, from).await?.iter().any(|(_, member)| member == name) {
        return refuse(format!("{name} {from} 不在{}的班子里，请先登记班子。", committee.name));
    }
    let id = rows::supersede(tx, organisation, field, name, from, source.trim(), open).await?;
    let operation = if name.is_empty() { "responsibility.uncover" } else { "responsibility.cover" };
    tx.record(operation, "field_cover", id, Some(organisation), json!({ "field": called, "on": from.to_string() }));
    tx.changed("responsibility", organisation, Some(organisation));
    Ok(())
}
