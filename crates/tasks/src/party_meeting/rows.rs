//! Rows of meetings and their decisions: SQL in, model out.

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{party_meeting, party_meeting_decision};
use store::{OrgId, Tx, insert_all, query};

use super::NewMeeting;

/// A meeting of a committee on Party building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    pub id: i64,
    pub organisation: OrgId,
    pub held_on: Date,
    pub chair: String,
    pub agenda: String,
    pub n_decisions: i64,
}

/// Meetings `m` under a condition, newest first.
pub(super) async fn meetings<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Meeting>> {
    let sql = format!(
        "select m.id, m.organisation_id, m.held_on, m.chair, m.agenda, (select count(*) from party_meeting_decision d where d.party_meeting_id = m.id) as n from party_meeting m where {condition} order by m.held_on desc, m.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Meeting> {
        Ok(Meeting {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            held_on: row.try_get::<String>("", "held_on")?.parse()?,
            chair: row.try_get("", "chair")?,
            agenda: row.try_get("", "agenda")?,
            n_decisions: row.try_get("", "n")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// Meetings of a committee in a year that somebody chaired, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn chaired<C: ConnectionTrait>(connection: &C, organisation: OrgId, name: &str, year: i16) -> anyhow::Result<Vec<Meeting>> {
    let values = vec![organisation.into(), name.into(), format!("{year}-01-01").into(), format!("{year}-12-31").into()];
    meetings(connection, "m.organisation_id = $1 and m.chair = $2 and m.held_on >= $3 and m.held_on <= $4", values).await
}

/// What was decided, in order: the words and the task.
pub(super) async fn decisions<C: ConnectionTrait>(connection: &C, meeting: i64) -> anyhow::Result<Vec<(String, i64)>> {
    let sql = "select text, task_id from party_meeting_decision where party_meeting_id = $1 order by position";
    let rows = query(connection, sql, [meeting.into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The meeting that one of these tasks comes from.
pub(super) async fn of_tasks<C: ConnectionTrait>(connection: &C, tasks: &[i64]) -> anyhow::Result<Option<(i64, OrgId, Date)>> {
    let list = tasks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select m.id, m.organisation_id, m.held_on from party_meeting_decision d join party_meeting m on m.id = d.party_meeting_id where d.task_id in ({list}) order by m.id"
    );
    let rows = query(connection, sql, []).await?;
    rows.first().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index::<String>(2)?.parse()?))).transpose()
}

/// On which days some committees met, from a day until another.
pub(super) async fn days<C: ConnectionTrait>(connection: &C, committees: &[OrgId], from: Date, until: Date) -> anyhow::Result<Vec<(OrgId, Date)>> {
    if committees.is_empty() {
        return Ok(Vec::new());
    }
    let list = committees.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select organisation_id, held_on from party_meeting where organisation_id in ({list}) and held_on >= $1 and held_on <= $2 order by id"
    );
    let rows = query(connection, sql, [from.to_string().into(), until.to_string().into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<String>(1)?.parse()?))).collect()
}

/// Names of those who are in a committee on a day.
pub(super) async fn members<C: ConnectionTrait>(connection: &C, organisation: OrgId, on: Date) -> anyhow::Result<Vec<String>> {
    let found = crate::responsibility::members(connection, organisation, on).await?;
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

pub(super) async fn insert(tx: &mut Tx, id: i64, new: &NewMeeting, directive: i64, tasks: &[i64]) -> anyhow::Result<()> {
    let row = party_meeting::ActiveModel {
        id: Set(id),
        organisation_id: Set(new.organisation),
        held_on: Set(new.held_on.to_string()),
        chair: Set(new.chair.clone()),
        agenda: Set(new.agenda.trim().to_owned()),
        directive_id: Set(directive),
        recorded_by: Set(tx.actor_id()),
        recorded_at: Set(tx.at_text()),
    };
    insert_all::<party_meeting::Entity, _, _>(tx.connection(), vec![row]).await?;
    let ids = tx.next_ids(tasks.len()).await?;
    let rows = new.decisions.iter().zip(tasks).zip(ids).zip(1_i64..).map(|(((decision, task), own), position)| party_meeting_decision::ActiveModel {
        id: Set(own),
        party_meeting_id: Set(id),
        position: Set(position),
        text: Set(decision.text.clone()),
        task_id: Set(*task),
    });
    Ok(insert_all::<party_meeting_decision::Entity, _, _>(tx.connection(), rows.collect()).await?)
}
