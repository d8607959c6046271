//! What single members took part in, from records with names.

use std::collections::HashMap;

use jiff::civil::Date;
use sea_orm::ConnectionTrait;
use store::{OrgId, query};

use super::model::{AbsenceKind, Activity, Attendance};
use super::roster::rosters;
use super::rows::{COLUMNS, read};

/// How a member stood to one activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub activity_id: i64,
    pub organisation: OrgId,
    pub kind: String,
    pub held_on: Date,
    pub topic: String,
    /// None: present.
    pub absence: Option<AbsenceKind>,
    pub minutes: i64,
}

/// The activities of branches on the days `[from, until)`, by member: everybody who was due by the roster of the day.
/// Records of head counts say nothing about single members and are left out, as are returned ones.
///
/// # Errors
/// When the database cannot be read.
pub async fn parts_of<C: ConnectionTrait>(
    connection: &C,
    pack: &policy::Pack,
    organisations: &[OrgId],
    from: Date,
    until: Date,
) -> anyhow::Result<HashMap<i64, Vec<Part>>> {
    let mut parts: HashMap<i64, Vec<Part>> = HashMap::new();
    if organisations.is_empty() {
        return Ok(parts);
    }
    let list = organisations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select {COLUMNS} from activity where organisation_id in ({list}) and held_on >= $1 and held_on < $2 and form = 'names' and returned_reason is null and not waits_for_consent order by held_on, id"
    );
    let rows = query(connection, sql, [from.to_string().into(), until.to_string().into()]).await?;
    let rosters = rosters(connection, organisations).await?;
    for row in &rows {
        let Activity { id, record, absences, .. } = read(row)?;
        let (Some(rule), Attendance::Names { .. }) = (pack.activities.get(&record.kind), &record.attendance) else { continue };
        for member in rosters.get(&record.organisation).map(|roster| roster.due(rule.roster, record.held_on)).unwrap_or_default() {
            let absence = absences.iter().find(|absence| absence.member_id == member).map(|absence| absence.kind);
            let minutes = if rule.counts_training_hours && absence.is_none() { record.minutes } else { 0 };
            let part = Part {
                activity_id: id,
                organisation: record.organisation,
                kind: record.kind.clone(),
                held_on: record.held_on,
                topic: record.topic.clone(),
                absence,
                minutes,
            };
            parts.entry(member).or_default().push(part);
        }
    }
    Ok(parts)
}

/// Names of members, by number: also of those who left.
///
/// # Errors
/// When the database cannot be read.
pub async fn names_of_members<C: ConnectionTrait>(connection: &C, members: &[i64]) -> anyhow::Result<HashMap<i64, String>> {
    let mut names = HashMap::new();
    for chunk in members.chunks(500) {
        let list = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for row in query(connection, format!("select id, name from member where id in ({list})"), []).await? {
            names.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(names)
}
