//! Checks that a secretary went through himself, for the log; of what is unannounced only once the report is out.

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, QueryResult};
use store::{OrgId, query};

use crate::duty_log::{LogLine, Secretary, bounds};

/// Checks of a year, each with its unit.
///
/// # Errors
/// When the database cannot be read.
pub async fn logged<C: ConnectionTrait>(connection: &C, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<(OrgId, LogLine)>> {
    let sql = format!(
        "select i.id, i.title, t.id as target_id, t.organisation_id, t.handed_in_on from inspection_target t join inspection i on i.id = t.inspection_id where t.handed_in_by in ({}) and t.handed_in_on >= $1 and t.handed_in_on <= $2 and (i.mode <> 'unannounced' or i.report_on is not null) order by t.handed_in_on, t.id",
        secretary.accounts_sql()
    );
    let read = |row: &QueryResult| -> anyhow::Result<(OrgId, LogLine)> {
        let (inspection, target): (i64, i64) = (row.try_get("", "id")?, row.try_get("", "target_id")?);
        let unit: OrgId = row.try_get("", "organisation_id")?;
        let on: Date = row.try_get::<String>("", "handed_in_on")?.parse()?;
        let title: String = row.try_get("", "title")?;
        Ok((unit, LogLine::of(on, "督查", format!("检查了（{title}）"), format!("/inspections/{inspection}/units/{target}"))))
    };
    query(connection, sql, bounds(year)).await?.iter().map(read).collect()
}
