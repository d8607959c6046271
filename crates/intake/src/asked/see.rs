//! Who sees a table: the office that asks, whoever stands between and those below, each unit its own.

use policy::Capability;
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId};

use super::{AskedTable, AskedUnit, rows};
use crate::app::App;

/// Organisations at which somebody's posts stand, for a capability.
pub(super) fn places_of(actor: &Actor, capability: Capability) -> Vec<OrgId> {
    let mut places: Vec<OrgId> = actor.grants_with(capability).filter_map(|grant| grant.set.root).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// A table of one's own office.
pub(super) async fn own<C: ConnectionTrait>(connection: &C, actor: &Actor, id: i64) -> anyhow::Result<Option<AskedTable>> {
    let found = rows::tables(connection, "t.id = $1", vec![id.into()]).await?.into_iter().next();
    Ok(found.filter(|table| places_of(actor, Capability::AskTables).contains(&table.organisation)))
}

/// An issued table with the units that somebody sees of it; `None` where he sees none and did not issue it.
pub(super) async fn seen<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    actor: &Actor,
    id: i64,
) -> anyhow::Result<Option<(AskedTable, Vec<AskedUnit>)>> {
    let Some(table) = rows::tables(connection, "t.id = $1", vec![id.into()]).await?.into_iter().next() else { return Ok(None) };
    let is_own = places_of(actor, Capability::AskTables).contains(&table.organisation);
    if table.is_draft() {
        return Ok(is_own.then(|| (table, Vec::new())));
    }
    let mut units = rows::units(connection, "u.table_id = $1", vec![id.into()]).await?;
    let scope = actor.scope(Capability::AskTables);
    let directory = app.directory();
    units.retain(|unit| directory.is_visible(&scope, unit.organisation));
    Ok((is_own || !units.is_empty()).then_some((table, units)))
}

/// One's own unit in an issued table.
pub(super) async fn asked<C: ConnectionTrait>(
    connection: &C,
    actor: &Actor,
    id: i64,
    organisation: Option<OrgId>,
) -> anyhow::Result<Option<(AskedTable, AskedUnit)>> {
    let Some(table) = rows::tables(connection, "t.id = $1", vec![id.into()]).await?.into_iter().find(|table| !table.is_draft()) else {
        return Ok(None);
    };
    let places = places_of(actor, Capability::AnswerTables);
    let units = rows::units(connection, "u.table_id = $1", vec![id.into()]).await?;
    let own = units.into_iter().find(|unit| places.contains(&unit.organisation) && organisation.is_none_or(|id| id == unit.organisation));
    Ok(own.map(|unit| (table, unit)))
}
