//! Rows of organisations. Spans are never rewritten: a row that changes is superseded and written anew.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use policy::{Capability, OrganisationRole, Pack};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use store::entities::{organisation_path, organisation_state, organisation_term, post_holding};
use store::{Actor, OrgId, Tx, execute, insert_all, query};

use super::facts::{Record, SOURCE, facts_of};
use super::model::{Holding, Stand, Term, paths_of};

/// Numbers that fit into one statement as text.
const AT_ONCE: usize = 500;

/// Which of these organisations the actor reaches with one of the capabilities, on the transaction's own rows
/// (what it has just created included).
///
/// # Errors
/// When the database refuses.
pub async fn within(tx: &Tx, actor: &Actor, capabilities: &[Capability], ids: &[OrgId]) -> anyhow::Result<HashSet<OrgId>> {
    let scopes: Vec<_> = capabilities.iter().map(|capability| actor.scope(*capability)).collect();
    if scopes.iter().any(store::Scope::is_everything) {
        return Ok(ids.iter().copied().collect());
    }
    let condition = scopes.iter().map(|scope| scope.sql("o.id")).collect::<Vec<_>>().join(" or ");
    let mut reached = HashSet::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = query(tx.connection(), format!("select o.id from organisation o where o.id in ({}) and ({condition})", listed(chunk)), []).await?;
        for row in rows {
            reached.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(reached)
}

/// Numbers as they stand between the brackets of an `in`.
pub fn listed(ids: &[i64]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A day of a row.
pub fn day(text: &str) -> anyhow::Result<Date> {
    text.parse().map_err(|e| anyhow::anyhow!("{text}: {e}"))
}

/// Numbers of organisations by code; codes that are not there are left out.
pub(super) async fn ids_of_codes(tx: &Tx, codes: &[&str]) -> anyhow::Result<HashMap<String, OrgId>> {
    let mut found = HashMap::new();
    for chunk in codes.chunks(AT_ONCE) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|code| (*code).into()).collect();
        for row in query(tx.connection(), format!("select code, id from organisation where code in ({places})"), values).await? {
            found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(found)
}

/// States that were not superseded, by organisation and first day.
pub(super) async fn states(tx: &Tx, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, Vec<organisation_state::Model>>> {
    use organisation_state::Column;
    let mut by_org: HashMap<OrgId, Vec<organisation_state::Model>> = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = organisation_state::Entity::find()
            .filter(Column::OrganisationId.is_in(chunk.iter().copied()))
            .filter(Column::SupersededIn.is_null())
            .order_by_asc(Column::FromOn)
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        for row in rows {
            by_org.entry(row.organisation_id).or_default().push(row);
        }
    }
    Ok(by_org)
}

/// Terms that were not superseded, by day of election.
pub(super) async fn terms(tx: &Tx, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, Vec<organisation_term::Model>>> {
    use organisation_term::Column;
    let mut by_org: HashMap<OrgId, Vec<organisation_term::Model>> = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = organisation_term::Entity::find()
            .filter(Column::OrganisationId.is_in(chunk.iter().copied()))
            .filter(Column::SupersededIn.is_null())
            .order_by_asc(Column::ElectedOn)
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        for row in rows {
            by_org.entry(row.organisation_id).or_default().push(row);
        }
    }
    Ok(by_org)
}

/// Posts held that were not superseded, by first day.
pub(super) async fn holdings(tx: &Tx, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, Vec<post_holding::Model>>> {
    use post_holding::Column;
    let mut by_org: HashMap<OrgId, Vec<post_holding::Model>> = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = post_holding::Entity::find()
            .filter(Column::OrganisationId.is_in(chunk.iter().copied()))
            .filter(Column::SupersededIn.is_null())
            .order_by_asc(Column::FromOn)
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        for row in rows {
            by_org.entry(row.organisation_id).or_default().push(row);
        }
    }
    Ok(by_org)
}

/// Marks rows as superseded by this commit; what holds instead is written by the caller.
pub async fn supersede(tx: &mut Tx, table: &'static str, ids: &[i64]) -> anyhow::Result<()> {
    let no = tx.pending_no(table);
    for chunk in ids.chunks(AT_ONCE) {
        execute(
            tx.connection(),
            format!("update {table} set superseded_in = $1 where id in ({}) and superseded_in is null", listed(chunk)),
            [no.into()],
        )
        .await?;
    }
    Ok(())
}

/// A state written anew: same content, the caller changes what differs.
pub(super) fn again(row: &organisation_state::Model, id: i64, recorded_in: i64) -> organisation_state::ActiveModel {
    let organisation_state::Model {
        id: _,
        organisation_id,
        name,
        pinyin,
        kind,
        level,
        field,
        parent_id,
        region_code,
        longitude,
        latitude,
        host_unit,
        source,
        from_on,
        until_on,
        recorded_in: _,
        superseded_in: _,
    } = row.clone();
    organisation_state::ActiveModel {
        id: Set(id),
        organisation_id: Set(organisation_id),
        name: Set(name),
        pinyin: Set(pinyin),
        kind: Set(kind),
        level: Set(level),
        field: Set(field),
        parent_id: Set(parent_id),
        region_code: Set(region_code),
        longitude: Set(longitude),
        latitude: Set(latitude),
        host_unit: Set(host_unit),
        source: Set(source),
        from_on: Set(from_on),
        until_on: Set(until_on),
        recorded_in: Set(recorded_in),
        superseded_in: Set(None),
    }
}

/// Writes the paths of these organisations, and of all that ever stood below them, anew from the spans.
pub(super) async fn rebuild_paths(tx: &mut Tx, ids: &[OrgId]) -> anyhow::Result<()> {
    let mut affected: BTreeSet<OrgId> = ids.iter().copied().collect();
    for chunk in ids.chunks(AT_ONCE) {
        let rows =
            query(tx.connection(), format!("select distinct descendant_id from organisation_path where ancestor_id in ({})", listed(chunk)), [])
                .await?;
        for row in rows {
            affected.insert(row.try_get_by_index(0)?);
        }
    }
    let affected: Vec<OrgId> = affected.into_iter().collect();
    let stands = stands_upward(tx, &affected).await?;
    for chunk in affected.chunks(AT_ONCE) {
        execute(tx.connection(), format!("delete from organisation_path where descendant_id in ({})", listed(chunk)), []).await?;
    }
    let rows = affected.iter().flat_map(|id| paths_of(*id, &stands).into_iter().map(|row| (*id, row)));
    let rows = rows.map(|(id, row)| organisation_path::ActiveModel {
        ancestor_id: Set(row.ancestor),
        descendant_id: Set(id),
        from_on: Set(row.from.to_string()),
        depth: Set(row.depth),
        until_on: Set(row.until.map(|day| day.to_string())),
    });
    insert_all::<organisation_path::Entity, _, _>(tx.connection(), rows.collect()).await?;
    Ok(())
}

/// Spans of these organisations and of all that ever stood above them.
async fn stands_upward(tx: &Tx, ids: &[OrgId]) -> anyhow::Result<HashMap<OrgId, Vec<Stand>>> {
    let mut stands: HashMap<OrgId, Vec<Stand>> = HashMap::new();
    let mut wanted: Vec<OrgId> = ids.to_vec();
    while !wanted.is_empty() {
        let found = states(tx, &wanted).await?;
        let mut above = BTreeSet::new();
        for (id, rows) in &found {
            above.extend(rows.iter().filter_map(|row| row.parent_id));
            stands.insert(*id, rows.iter().map(stand_of).collect::<anyhow::Result<_>>()?);
        }
        wanted = above.into_iter().filter(|id| !stands.contains_key(id)).collect();
    }
    Ok(stands)
}

fn stand_of(row: &organisation_state::Model) -> anyhow::Result<Stand> {
    Ok(Stand { from: day(&row.from_on)?, until: row.until_on.as_deref().map(day).transpose()?, parent: row.parent_id })
}

/// Derives the facts of these organisations anew from their rows.
///
/// # Errors
/// When the database refuses.
pub(super) async fn refresh_facts(tx: &mut Tx, pack: &Pack, ids: &[OrgId]) -> anyhow::Result<()> {
    let facts = records(tx, pack, ids).await?.iter().map(|record| (record.id, facts_of(record))).collect();
    crate::facts::replace(tx, SOURCE, facts).await?;
    Ok(())
}

/// The facts of these organisations as they follow from their rows; nothing is written.
pub async fn derive_facts(app: &crate::app::App, tx: &Tx, ids: &[OrgId]) -> anyhow::Result<Vec<(i64, crate::facts::Facts)>> {
    Ok(records(tx, &app.pack(), ids).await?.iter().map(|record| (record.id, facts_of(record))).collect())
}

async fn records(tx: &Tx, pack: &Pack, ids: &[OrgId]) -> anyhow::Result<Vec<Record>> {
    let (states, terms, holdings) = (states(tx, ids).await?, terms(tx, ids).await?, holdings(tx, ids).await?);
    let mut records = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(rows) = states.get(id) else { continue };
        let is_group = rows.last().and_then(|row| pack.organisation_kinds.get(&row.kind)).is_some_and(|kind| kind.role == OrganisationRole::Group);
        records.push(Record {
            id: *id,
            stands: rows.iter().map(stand_of).collect::<anyhow::Result<_>>()?,
            terms: terms.get(id).into_iter().flatten().map(term_of).collect::<anyhow::Result<_>>()?,
            holdings: holdings.get(id).into_iter().flatten().map(holding_of).collect::<anyhow::Result<_>>()?,
            is_group,
        });
    }
    Ok(records)
}

fn term_of(row: &organisation_term::Model) -> anyhow::Result<Term> {
    Ok(Term { elected_on: day(&row.elected_on)?, years: row.term_years, postponed_until: row.postponed_until.as_deref().map(day).transpose()? })
}

fn holding_of(row: &post_holding::Model) -> anyhow::Result<Holding> {
    Ok(Holding { post: row.post.clone(), from: day(&row.from_on)?, until: row.until_on.as_deref().map(day).transpose()? })
}
