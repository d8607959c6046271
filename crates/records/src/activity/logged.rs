//! Meetings and other activities that a secretary led, for the log.

use policy::Pack;
use sea_orm::{ConnectionTrait, QueryResult};
use store::query;

use crate::duty_log::{LogLine, Secretary, bounds};

/// Records of a year of the secretary's own organisation that name him as the one who led; none that were given back.
///
/// # Errors
/// When the database cannot be read.
pub async fn logged<C: ConnectionTrait>(connection: &C, pack: &Pack, secretary: &Secretary, year: i16) -> anyhow::Result<Vec<LogLine>> {
    let sql = "select id, kind, held_on, topic from activity where organisation_id = $3 and host = $4 and returned_at is null and held_on >= $1 and held_on <= $2 order by held_on, id";
    let [from, until] = bounds(year);
    let read = |row: &QueryResult| -> anyhow::Result<LogLine> {
        let (id, kind): (i64, String) = (row.try_get("", "id")?, row.try_get("", "kind")?);
        let topic: String = row.try_get("", "topic")?;
        let name = pack.activities.get(&kind).map_or(kind.as_str(), |it| it.name.as_str());
        let what = if topic.is_empty() { name.to_owned() } else { format!("{name}：{topic}") };
        Ok(LogLine::of(row.try_get::<String>("", "held_on")?.parse()?, "主持组织生活", what, format!("/activities/{id}")))
    };
    let values = [from, until, secretary.organisation.into(), secretary.name.clone().into()];
    query(connection, sql, values).await?.iter().map(read).collect()
}
