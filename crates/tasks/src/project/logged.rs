//! Projects that a secretary leads, for the log.

use policy::Pack;
use sea_orm::{ConnectionTrait, QueryResult};
use store::query;

use crate::duty_log::{LogLine, Secretary, bounds};

/// Projects of the secretary's own organisation that were approved in a year, of kinds that the carrier's secretary leads.
///
/// # Errors
/// When the database cannot be read.
pub async fn logged<C: ConnectionTrait>(connection: &C, pack: &Pack, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<LogLine>> {
    let sql = "select id, project, name, approved_on from project where organisation_id = $3 and approved_on >= $1 and approved_on <= $2 order by approved_on, id";
    let [from, until] = bounds(year);
    let read = |row: &QueryResult| -> anyhow::Result<Option<LogLine>> {
        let key: String = row.try_get("", "project")?;
        let Some(kind) = pack.projects.get(&key).filter(|kind| kind.led_by_secretary) else { return Ok(None) };
        let (id, name): (i64, String) = (row.try_get("", "id")?, row.try_get("", "name")?);
        let on = row.try_get::<String>("", "approved_on")?.parse()?;
        Ok(Some(LogLine::of(on, "领办项目", format!("{name}（{}）", kind.name), format!("/projects/entries/{id}"))))
    };
    let rows = query(connection, sql, [from, until, secretary.organisation.into()]).await?;
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}
