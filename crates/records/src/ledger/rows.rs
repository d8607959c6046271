//! Rows of ledgers.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, QueryResult};
use store::{OrgId, Scope, Tx, query};

use super::facts_of;
use crate::facts::Facts;

/// A row with its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub ledger: String,
    pub pack_version: String,
    /// Who keeps it.
    pub organisation: OrgId,
    pub about: OrgId,
    pub held_on: Date,
    pub quantity: i64,
    pub fields: BTreeMap<String, String>,
    pub entered_at: String,
    pub entered_by: String,
    pub withdrawn_reason: Option<String>,
}

impl Row {
    /// What stands in a field.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.fields.get(key).map_or("", String::as_str)
    }

    /// Its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/ledgers/{}/rows/{}", self.ledger, self.id)
    }
}

const ROW: &str = "select r.id, r.ledger, r.pack_version, r.organisation_id, r.about_id, r.held_on, r.quantity, r.body, r.entered_at, r.withdrawn_reason, coalesce(p.name, '') as entered_by from ledger_row r left join person p on p.id = r.entered_by";

fn read(row: &QueryResult) -> anyhow::Result<Row> {
    let body: BTreeMap<String, serde_json::Value> = serde_json::from_str(&row.try_get::<String>("", "body")?)?;
    let text = |value: serde_json::Value| if let serde_json::Value::String(text) = value { text } else { value.to_string() };
    Ok(Row {
        id: row.try_get("", "id")?,
        ledger: row.try_get("", "ledger")?,
        pack_version: row.try_get("", "pack_version")?,
        organisation: row.try_get("", "organisation_id")?,
        about: row.try_get("", "about_id")?,
        held_on: row.try_get::<String>("", "held_on")?.parse()?,
        quantity: row.try_get("", "quantity")?,
        fields: body.into_iter().map(|(key, value)| (key, text(value))).collect(),
        entered_at: row.try_get("", "entered_at")?,
        entered_by: row.try_get("", "entered_by")?,
        withdrawn_reason: row.try_get("", "withdrawn_reason")?,
    })
}

/// One row.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: i64) -> anyhow::Result<Option<Row>> {
    query(connection, format!("{ROW} where r.id = $1"), [id.into()]).await?.first().map(read).transpose()
}

/// Rows of a ledger in a year that somebody sees, whoever keeps them or whom they are about; the newest first.
pub(super) async fn of_year<C: ConnectionTrait>(connection: &C, scope: &Scope, ledger: &str, year: i16) -> anyhow::Result<Vec<Row>> {
    let (keeper, about) = (scope.sql("r.organisation_id"), scope.sql("r.about_id"));
    let sql =
        format!("{ROW} where r.ledger = $1 and r.held_on >= $2 and r.held_on < $3 and ({keeper} or {about}) order by r.held_on desc, r.id desc");
    let values = [ledger.into(), format!("{year}-01-01").into(), format!("{}-01-01", year + 1).into()];
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// How many rows that stand somebody sees of each ledger, since a day.
pub(super) async fn numbers<C: ConnectionTrait>(connection: &C, scope: &Scope, since: Date) -> anyhow::Result<BTreeMap<String, i64>> {
    let (keeper, about) = (scope.sql("r.organisation_id"), scope.sql("r.about_id"));
    let sql = format!(
        "select r.ledger, count(*) from ledger_row r where r.held_on >= $1 and r.withdrawn_at is null and ({keeper} or {about}) group by r.ledger"
    );
    let rows = query(connection, sql, [since.to_string().into()]).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Facts of rows, anew.
pub async fn derive_facts(tx: &Tx, ids: &[i64]) -> anyhow::Result<Vec<(i64, Facts)>> {
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut all = Vec::new();
    for row in query(tx.connection(), format!("{ROW} where r.id in ({list})"), []).await? {
        let row = read(&row)?;
        let facts = if row.withdrawn_reason.is_some() { Facts::default() } else { facts_of(&row.ledger, row.about, row.held_on, row.quantity) };
        all.push((row.id, facts));
    }
    Ok(all)
}
