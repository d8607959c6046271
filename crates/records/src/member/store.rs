//! Rows of members. Affiliation is never rewritten: a row that changes is superseded and written anew.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use store::entities::{affiliation, member, member_exemption, member_mobile};
use store::{OrgId, Tx, execute, insert_all, query};

use super::facts::{Belongs, Record, SOURCE, facts_of};
use crate::organisation::{day, listed, supersede};

/// Numbers that fit into one statement.
const AT_ONCE: usize = 500;

/// Numbers of members by the blind index of their identity number.
pub(super) async fn ids_of_indexes(tx: &Tx, indexes: &[String]) -> anyhow::Result<HashMap<String, i64>> {
    let mut found = HashMap::new();
    for chunk in indexes.chunks(AT_ONCE) {
        let places = (1..=chunk.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let values: Vec<sea_orm::Value> = chunk.iter().map(|index| index.clone().into()).collect();
        for row in query(tx.connection(), format!("select id_number_index, id from member where id_number_index in ({places})"), values).await? {
            found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(found)
}

/// Members by number.
pub(super) async fn members(tx: &Tx, ids: &[i64]) -> anyhow::Result<HashMap<i64, member::Model>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = member::Entity::find().filter(member::Column::Id.is_in(chunk.iter().copied())).all(tx.connection()).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// Puts rows in place of those with the same numbers.
pub(super) async fn replace_members(tx: &Tx, rows: Vec<member::Model>) -> anyhow::Result<()> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    for chunk in ids.chunks(AT_ONCE) {
        execute(tx.connection(), format!("delete from member where id in ({})", listed(chunk)), []).await?;
    }
    let rows = rows.into_iter().map(|row| row.into_active_model()).collect();
    insert_all::<member::Entity, _, _>(tx.connection(), rows).await?;
    Ok(())
}

/// Affiliations that were not superseded, by first day.
pub(super) async fn affiliations(tx: &Tx, members: &[i64]) -> anyhow::Result<HashMap<i64, Vec<affiliation::Model>>> {
    use affiliation::Column;
    let mut found: HashMap<i64, Vec<affiliation::Model>> = HashMap::new();
    for chunk in members.chunks(AT_ONCE) {
        let rows = affiliation::Entity::find()
            .filter(Column::MemberId.is_in(chunk.iter().copied()))
            .filter(Column::SupersededIn.is_null())
            .order_by_asc(Column::FromOn)
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        for row in rows {
            found.entry(row.member_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Spans of living elsewhere, by first day.
pub(super) async fn mobiles(tx: &Tx, members: &[i64]) -> anyhow::Result<HashMap<i64, Vec<member_mobile::Model>>> {
    use member_mobile::Column;
    let mut found: HashMap<i64, Vec<member_mobile::Model>> = HashMap::new();
    for chunk in members.chunks(AT_ONCE) {
        let rows = member_mobile::Entity::find()
            .filter(Column::MemberId.is_in(chunk.iter().copied()))
            .order_by_asc(Column::FromOn)
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        for row in rows {
            found.entry(row.member_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Moves members to branches: what holds now ends on the day, and holds at the new branch from it. A row that began on or
/// after the day is corrected as a whole, so that nobody is ever in none or in two.
pub(super) async fn move_affiliations(tx: &mut Tx, moves: &[(i64, OrgId, Date)], reason: &str, source: &str) -> anyhow::Result<()> {
    let ids: Vec<i64> = moves.iter().map(|(member, ..)| *member).collect();
    let old = affiliations(tx, &ids).await?;
    let no = tx.pending_no("affiliation");
    let mut row_ids = tx.next_ids(moves.len() * 2).await?.into_iter();
    let mut next = || row_ids.next().expect("two numbers were taken for each member");
    let (mut gone, mut fresh) = (Vec::new(), Vec::new());
    for (member_id, to, on) in moves {
        let Some(now) = old.get(member_id).and_then(|rows| rows.last()).filter(|row| row.until_on.is_none()) else { continue };
        gone.push(now.id);
        let mut from = *on;
        if day(&now.from_on)? < *on {
            let mut closed = new_affiliation(next(), *member_id, now.organisation_id, &now.reason, &now.source, day(&now.from_on)?, no);
            closed.until_on = Set(Some(on.to_string()));
            fresh.push(closed);
        } else {
            from = day(&now.from_on)?;
        }
        fresh.push(new_affiliation(next(), *member_id, *to, reason, source, from, no));
    }
    supersede(tx, "affiliation", &gone).await?;
    insert_all::<affiliation::Entity, _, _>(tx.connection(), fresh).await?;
    carry_exemptions(tx, moves).await
}

/// Exemptions go along to the new branch: what was approved holds there from the day, and no longer where it was.
async fn carry_exemptions(tx: &mut Tx, moves: &[(i64, OrgId, Date)]) -> anyhow::Result<()> {
    use member_exemption::Column;
    let today = tx.today().to_string();
    let home: HashMap<i64, (OrgId, Date)> = moves.iter().map(|(member, to, on)| (*member, (*to, *on))).collect();
    let ids: Vec<i64> = home.keys().copied().collect();
    let mut open = Vec::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = member_exemption::Entity::find()
            .filter(Column::MemberId.is_in(chunk.iter().copied()))
            .filter(Column::DeclinedAt.is_null())
            .order_by_asc(Column::Id)
            .all(tx.connection())
            .await?;
        open.extend(rows.into_iter().filter(|row| row.until_on.as_ref().is_none_or(|until| *until > today)));
    }
    let numbers = tx.next_ids(open.len()).await?;
    let mut fresh = Vec::new();
    for (mut row, id) in open.into_iter().zip(numbers) {
        let (to, on) = home[&row.member_id];
        let until = on.to_string().max(row.from_on.clone());
        execute(tx.connection(), "update member_exemption set until_on = $2 where id = $1", [row.id.into(), until.clone().into()]).await?;
        (row.id, row.organisation_id, row.from_on) = (id, to, until);
        fresh.push(row.into_active_model());
    }
    insert_all::<member_exemption::Entity, _, _>(tx.connection(), fresh).await?;
    Ok(())
}

pub(super) fn new_affiliation(id: i64, member: i64, org: OrgId, reason: &str, source: &str, from: Date, no: i64) -> affiliation::ActiveModel {
    affiliation::ActiveModel {
        id: Set(id),
        member_id: Set(member),
        organisation_id: Set(org),
        reason: Set(reason.to_owned()),
        source: Set(source.to_owned()),
        from_on: Set(from.to_string()),
        until_on: Set(None),
        recorded_in: Set(no),
        superseded_in: Set(None),
    }
}

/// Derives the facts of these members anew from their rows.
pub(super) async fn refresh_facts(tx: &mut Tx, ids: &[i64]) -> anyhow::Result<()> {
    let facts = derive_facts(tx, ids).await?;
    crate::facts::replace(tx, SOURCE, facts).await?;
    Ok(())
}

/// The facts of these members as they follow from their rows; nothing is written.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, crate::facts::Facts)>> {
    let (rows, belongs, mobiles) = (members(tx, ids).await?, affiliations(tx, ids).await?, mobiles(tx, ids).await?);
    let mut facts = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = rows.get(id) else { continue };
        let record = Record {
            id: *id,
            full_on: row.full_on.as_deref().map(day).transpose()?,
            belongs: belongs.get(id).into_iter().flatten().map(belongs_of).collect::<anyhow::Result<_>>()?,
            mobile: mobiles
                .get(id)
                .into_iter()
                .flatten()
                .map(|row| Ok((day(&row.from_on)?, row.until_on.as_deref().map(day).transpose()?)))
                .collect::<anyhow::Result<_>>()?,
        };
        facts.push((*id, facts_of(&record)));
    }
    Ok(facts)
}

fn belongs_of(row: &affiliation::Model) -> anyhow::Result<Belongs> {
    Ok(Belongs { organisation: row.organisation_id, from: day(&row.from_on)?, until: row.until_on.as_deref().map(day).transpose()? })
}
