//! Rows of who covers what: SQL in, model out. A row is never changed but for what supersedes it.

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult};
use store::entities::field_cover;
use store::{OrgId, Tx, execute, insert_all, query};

use crate::directory::optional_day;

/// A field that somebody covers, or covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub id: i64,
    pub field: String,
    pub name: String,
    pub from: Date,
    pub until: Option<Date>,
    pub source: String,
    /// Something later took its place: it stays to be read, and holds no more.
    pub is_superseded: bool,
}

fn read(row: &QueryResult) -> anyhow::Result<Span> {
    Ok(Span {
        id: row.try_get("", "id")?,
        field: row.try_get("", "field")?,
        name: row.try_get("", "name")?,
        from: row.try_get::<String>("", "from_on")?.parse()?,
        until: optional_day(row, "until_on")?,
        source: row.try_get("", "source")?,
        is_superseded: row.try_get::<Option<i64>>("", "superseded_by")?.is_some(),
    })
}

/// Everything ever written down about a committee, newest first.
pub(super) async fn history<C: ConnectionTrait>(connection: &C, organisation: OrgId) -> anyhow::Result<Vec<Span>> {
    let sql =
        "select id, field, name, from_on, until_on, source, superseded_by from field_cover where organisation_id = $1 order by from_on desc, id desc";
    query(connection, sql, [organisation.into()]).await?.iter().map(read).collect()
}

/// Who covers a field until further notice.
pub(super) async fn open<C: ConnectionTrait>(connection: &C, organisation: OrgId, field: &str) -> anyhow::Result<Option<Span>> {
    let sql = "select id, field, name, from_on, until_on, source, superseded_by from field_cover where organisation_id = $1 and field = $2 and until_on is null and superseded_by is null";
    query(connection, sql, [organisation.into(), field.into()]).await?.first().map(read).transpose()
}

/// Who is in a committee on a day: post and name, in the order of being written down.
pub async fn members<C: ConnectionTrait>(connection: &C, organisation: OrgId, on: Date) -> anyhow::Result<Vec<(String, String)>> {
    let sql = "select post, name from post_holding where organisation_id = $1 and superseded_in is null and from_on <= $2 and (until_on is null or until_on > $2) order by id";
    let rows = query(connection, sql, [organisation.into(), on.to_string().into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Puts a new span in: the open one is superseded by the same one with its end, or wholly where it would not have held for a day.
pub(super) async fn supersede(
    tx: &mut Tx,
    organisation: OrgId,
    field: &str,
    name: &str,
    from: Date,
    source: &str,
    open: Option<Span>,
) -> anyhow::Result<i64> {
    let ids = tx.next_ids(2).await?;
    let (at, by) = (tx.at_text(), tx.actor_id());
    let row = |id: i64, name: &str, from: Date, until: Option<Date>, source: &str| field_cover::ActiveModel {
        id: Set(id),
        organisation_id: Set(organisation),
        field: Set(field.to_owned()),
        name: Set(name.to_owned()),
        from_on: Set(from.to_string()),
        until_on: Set(until.map(|day| day.to_string())),
        source: Set(source.to_owned()),
        recorded_by: Set(by),
        recorded_at: Set(at.clone()),
        superseded_by: Set(None),
    };
    let (ended, new) = (ids[0], ids[1]);
    let mut rows = Vec::new();
    if let Some(open) = &open {
        let held = open.from < from || name.is_empty();
        let takes_over = if held { ended } else { new };
        execute(tx.connection(), "update field_cover set superseded_by = $2 where id = $1", [open.id.into(), takes_over.into()]).await?;
        if held {
            rows.push(row(ended, &open.name, open.from, Some(from), &open.source));
        }
    }
    if !name.is_empty() {
        rows.push(row(new, name, from, None, source));
    }
    let id = if name.is_empty() { ended } else { new };
    insert_all::<field_cover::Entity, _, _>(tx.connection(), rows).await?;
    Ok(id)
}
