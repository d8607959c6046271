//! What is done about a matter, and what follows.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use policy::{Effect, Matter};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Actor, Refusal, Tx};

use super::facts::facts_of;
use super::model::Row;
use super::{SUBJECT, address, rows, see};
use crate::app::App;
use crate::case::{self, Done, Variables};
use crate::notice::{self, To};

/// The kinds of notices while it goes on.
pub(super) const MOVED: &str = "matter.moved";

/// Does one step of a matter.
///
/// # Errors
/// [`Refusal`] as the procedure says; out of reach is not found.
pub async fn act(app: &App, tx: &mut Tx, actor: &Actor, id: i64, action: &str, fields: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Done> {
    tx.lock("matter", id).await?;
    let found = see::find(tx.connection(), app, actor, id).await?;
    let it = found.ok_or_else(|| Refusal("没有找到这件事。".to_owned()))?;
    let pack = app.pack();
    let matter = pack.matters.get(&it.matter).ok_or_else(|| anyhow::anyhow!("the pack has no matter {}", it.matter))?;
    let variables = variables(tx.connection(), matter, &it, tx.today()).await?;
    let done = case::act(app, tx, actor, it.case_id, action, fields, &variables).await?;
    let acts = case::acts_of(tx.connection(), it.case_id).await?;
    let first_due = matter.due.as_ref().and_then(|key| it.text(key).parse().ok());
    let after = it.after(&acts, done.is_closed, first_due, tx.today());
    let after = Row { stage: done.to.clone().unwrap_or_else(|| it.stage.clone()), ..after };
    if after.extended_on != it.extended_on
        && let Some(key) = &matter.extension_days_max
        && let Some(wrong) = it.wrong_extension(after.due_on, pack.whole(key, tx.today()), tx.today())
    {
        return Err(Refusal(wrong).into());
    }
    rows::update(tx, &after).await?;
    crate::facts::replace(tx, SUBJECT, vec![(id, facts_of(&pack, &after))]).await?;
    tx.changed(SUBJECT, id, Some(it.organisation));
    let is_ended = after.closed_on.is_some() && it.closed_on.is_none();
    if is_ended {
        let told_at = if matter.is_told(&after.kind, &after.stage) { it.organisation } else { it.issuer };
        tx.record("matter.close", SUBJECT, id, Some(told_at), json!({ "matter": it.matter, "late": after.is_late }));
    }
    let href = address(id);
    if done.to.is_some() {
        notice::settle(tx, To::Organisation(it.organisation), super::open::OPENED, &href).await?;
        for to in [it.organisation, it.issuer] {
            notice::settle(tx, To::Organisation(to), MOVED, &href).await?;
        }
    }
    let name = pack.procedures.get(&matter.procedure).and_then(|it| it.stages.iter().flat_map(|stage| &stage.actions).find(|it| it.key == action));
    let text =
        format!("{} · {} · {}", if it.number.is_empty() { &matter.name } else { &it.number }, name.map_or("", |it| it.name.as_str()), it.title);
    for effect in &done.effects {
        match effect {
            Effect::NoticeSuperior => notice::send(tx, To::Organisation(it.issuer), MOVED, &text, &href).await?,
            Effect::NoticeOrganisation => notice::send(tx, To::Organisation(it.organisation), MOVED, &text, &href).await?,
            _ => anyhow::bail!("the effect {effect:?} is not one of a matter"),
        };
    }
    Ok(done)
}

/// What the steps may ask: whether what the matter stands beside is still open there, how far its deadline is, and of which kind it is.
pub(super) async fn variables<C: ConnectionTrait>(connection: &C, matter: &Matter, it: &Row, on: Date) -> anyhow::Result<Variables> {
    let n = match &matter.while_open {
        Some(procedure) => rows::n_cases(connection, procedure, &matter.over_at, it.organisation).await?,
        None => 0,
    };
    let due_in_days = it.due_on.map_or(0, |due| i64::from((due - on).get_days()));
    Ok(of_kind(matter, &it.kind, Variables::default().with("open_there", n).with("due_in_days", due_in_days)))
}

/// Of which kind it is, beside what is known.
fn of_kind(matter: &Matter, own: &str, known: Variables) -> Variables {
    matter.kinds.iter().fold(known, |variables, kind| variables.with(&format!("is_{}", kind.key), i64::from(kind.key == own)))
}

/// What is known of matters, by their numbers, without asking what they stand beside.
///
/// # Errors
/// When the database cannot be read.
pub async fn kinds_of(app: &App, ids: &[i64]) -> anyhow::Result<HashMap<i64, Variables>> {
    let pack = app.pack();
    let mut known = HashMap::new();
    for chunk in ids.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for it in rows::rows_where(app.store().reader(), &format!("m.id in ({list})"), Vec::new()).await? {
            if let Some(matter) = pack.matters.get(&it.matter) {
                known.insert(it.id, of_kind(matter, &it.kind, Variables::unknown()));
            }
        }
    }
    Ok(known)
}
