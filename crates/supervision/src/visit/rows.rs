//! Rows of visits and tags: SQL in, model out.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{organisation_tag, research_visit};
use store::{OrgId, PersonId, Tx, execute, insert_all, query};

use super::NewVisit;

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    pub id: i64,
    pub organisation: OrgId,
    pub office: OrgId,
    pub person: PersonId,
    pub name: String,
    pub visited_on: Date,
    pub advice: String,
    pub promises: String,
    /// It brought a question or advice.
    pub is_counted: bool,
    /// Places that should have been visited before.
    pub n_first_left: i64,
    pub n_questions: i64,
}

/// A place that comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub id: i64,
    pub organisation: OrgId,
    pub tag: String,
    pub reason: String,
    pub from: Date,
}

/// Visits under a condition over `v`, newest first.
pub(super) async fn visits<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Visited>> {
    let sql = format!(
        "select v.id, v.organisation_id, v.office_id, v.person_id, p.name, v.visited_on, v.advice, v.promises, v.is_counted, v.n_first_left, (select count(*) from problem q where q.origin = 'research_visit' and q.origin_id = v.id) as n_questions from research_visit v join person p on p.id = v.person_id where {condition} order by v.visited_on desc, v.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Visited> {
        Ok(Visited {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            office: row.try_get("", "office_id")?,
            person: row.try_get("", "person_id")?,
            name: row.try_get("", "name")?,
            visited_on: row.try_get::<String>("", "visited_on")?.parse()?,
            advice: row.try_get("", "advice")?,
            promises: row.try_get("", "promises")?,
            is_counted: row.try_get("", "is_counted")?,
            n_first_left: row.try_get("", "n_first_left")?,
            n_questions: row.try_get("", "n_questions")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// Where an office's cadres were in a year until a day, and when last; only visits that count.
pub(super) async fn visited_by<C: ConnectionTrait>(connection: &C, office: OrgId, year: i16, until: Date) -> anyhow::Result<HashMap<OrgId, Date>> {
    let sql = "select organisation_id, max(visited_on) from research_visit where office_id = $1 and is_counted and visited_on >= $2 and visited_on <= $3 group by organisation_id";
    let rows = query(connection, sql, [office.into(), format!("{year}-01-01").into(), until.to_string().into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<String>(1)?.parse()?))).collect()
}

/// The tags that hold on a day.
pub(super) async fn tags<C: ConnectionTrait>(connection: &C, on: Date) -> anyhow::Result<Vec<Tag>> {
    let sql = "select id, organisation_id, tag, reason, from_on from organisation_tag where from_on <= $1 and (until_on is null or until_on > $1) order by organisation_id, id";
    let read = |row: &QueryResult| -> anyhow::Result<Tag> {
        Ok(Tag {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            tag: row.try_get("", "tag")?,
            reason: row.try_get("", "reason")?,
            from: row.try_get::<String>("", "from_on")?.parse()?,
        })
    };
    query(connection, sql, [on.to_string().into()]).await?.iter().map(read).collect()
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: i64,
    office: OrgId,
    person: PersonId,
    new: &NewVisit,
    is_counted: bool,
    n_first_left: i64,
) -> anyhow::Result<()> {
    let row = research_visit::ActiveModel {
        id: Set(id),
        organisation_id: Set(new.organisation),
        office_id: Set(office),
        person_id: Set(person),
        visited_on: Set(new.visited_on.to_string()),
        advice: Set(new.advice.clone()),
        promises: Set(new.promises.clone()),
        is_counted: Set(is_counted),
        n_first_left: Set(n_first_left),
        recorded_at: Set(tx.at_text()),
    };
    Ok(insert_all::<research_visit::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn insert_tag(tx: &mut Tx, id: i64, organisation: OrgId, office: OrgId, tag: &str, reason: &str) -> anyhow::Result<()> {
    let row = organisation_tag::ActiveModel {
        id: Set(id),
        organisation_id: Set(organisation),
        tag: Set(tag.to_owned()),
        reason: Set(reason.to_owned()),
        office_id: Set(office),
        from_on: Set(tx.today().to_string()),
        until_on: Set(None),
        tagged_by: Set(tx.actor_id()),
        ended_by: Set(None),
    };
    Ok(insert_all::<organisation_tag::Entity, _, _>(tx.connection(), vec![row]).await?)
}

pub(super) async fn end_tag(tx: &Tx, id: i64) -> anyhow::Result<()> {
    let sql = "update organisation_tag set until_on = $2, ended_by = $3 where id = $1";
    execute(tx.connection(), sql, [id.into(), tx.today().to_string().into(), tx.actor_id().into()]).await?;
    Ok(())
}
