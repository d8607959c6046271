//! Who sees a table: the office that asks, whoever stands between and those below, each unit its own.

use policy::Capability;
use sea_orm::ConnectionTrait;
use store::{Actor, OrgId};

use super::{AskedTable, AskedUnit, rows};
use crate::app::App;

/// Organisations at which somebody's posts stand, for a capability; a post over one case is none.
pub(super) fn places_of(actor: &Actor, capability: Capability) -> Vec<OrgId> {
    let mut places: Vec<OrgId> =
        actor.grants_with(capability).filter(|grant| grant.set.case_id.is_none()).filter_map(|grant| grant.set.root).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The fields to which somebody's office at a place is narrowed; `None`: he has no office there.
pub(super) fn fields_at(actor: &Actor, place: OrgId) -> Option<Vec<String>> {
    let at = actor.grants_with(Capability::AskTables).filter(|grant| grant.set.case_id.is_none() && grant.set.root == Some(place));
    at.map(|grant| grant.set.fields.clone()).min_by_key(Vec::len)
}

/// Whether somebody acts for the office that asks: a line body for its own tables only, never for those of the office beside it.
pub(super) fn is_office(actor: &Actor, table: &AskedTable) -> bool {
    let own = &table.units.office_fields;
    actor.grants_with(Capability::AskTables).any(|grant| {
        let set = &grant.set;
        let is_as_wide = set.fields.is_empty() || (!own.is_empty() && own.iter().all(|field| set.fields.contains(field)));
        set.case_id.is_none() && set.root == Some(table.organisation) && is_as_wide
    })
}

/// A table of one's own office.
pub(super) async fn own<C: ConnectionTrait>(connection: &C, actor: &Actor, id: i64) -> anyhow::Result<Option<AskedTable>> {
    let found = rows::tables(connection, "t.id = $1", vec![id.into()]).await?.into_iter().next();
    Ok(found.filter(|table| is_office(actor, table)))
}

/// An issued table with the units that somebody sees of it; `None` where he sees none and did not issue it.
pub(super) async fn seen<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    actor: &Actor,
    id: i64,
) -> anyhow::Result<Option<(AskedTable, Vec<AskedUnit>)>> {
    let Some(table) = rows::tables(connection, "t.id = $1", vec![id.into()]).await?.into_iter().next() else { return Ok(None) };
    let is_own = is_office(actor, &table);
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
    if places.is_empty() {
        return Ok(None);
    }
    let list = places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut own = rows::units(connection, &format!("u.table_id = $1 and u.organisation_id in ({list})"), vec![id.into()]).await?;
    own.retain(|unit| organisation.is_none_or(|id| id == unit.organisation));
    // Of several of one's own, the one that has not answered yet.
    own.sort_by_key(|unit| unit.answered_on.is_some());
    Ok(own.into_iter().next().map(|unit| (table, unit)))
}
