//! Rows of tables: SQL in, model out.

use jiff::civil::Date;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use store::entities::{asked_answer, asked_column, asked_table, asked_unit};
use store::{OrgId, Tx, execute, insert_all, query};

use super::{AnswerKind, Answered, AskedColumn, AskedTable, AskedUnit};
use crate::directory::optional_day;

/// Tables under a condition over `t`, the newest first.
pub(super) async fn tables<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<AskedTable>> {
    let sql = format!(
        "select t.id, t.organisation_id, t.title, t.purpose, t.heading, t.units, t.permitted, t.due_on, t.created_on, t.issued_on, t.closed_on, t.close_reason from asked_table t where {condition} order by t.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<AskedTable> {
        Ok(AskedTable {
            id: row.try_get("", "id")?,
            organisation: row.try_get("", "organisation_id")?,
            title: row.try_get("", "title")?,
            purpose: row.try_get("", "purpose")?,
            heading: serde_json::from_str(&row.try_get::<String>("", "heading")?)?,
            units: serde_json::from_str(&row.try_get::<String>("", "units")?)?,
            permitted: row.try_get("", "permitted")?,
            due_on: row.try_get::<String>("", "due_on")?.parse()?,
            created_on: row.try_get::<String>("", "created_on")?.parse()?,
            issued_on: optional_day(row, "issued_on")?,
            closed_on: optional_day(row, "closed_on")?,
            close_reason: row.try_get("", "close_reason")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// The columns of a table, in their order.
pub(super) async fn columns<C: ConnectionTrait>(connection: &C, table: i64) -> anyhow::Result<Vec<AskedColumn>> {
    let sql = "select id, position, heading, heading_key, known, kind from asked_column where table_id = $1 order by position";
    let read = |row: &QueryResult| -> anyhow::Result<AskedColumn> {
        Ok(AskedColumn {
            id: row.try_get("", "id")?,
            position: row.try_get("", "position")?,
            heading: row.try_get("", "heading")?,
            key: row.try_get("", "heading_key")?,
            known: row.try_get("", "known")?,
            kind: AnswerKind::read(&row.try_get::<String>("", "kind")?),
        })
    };
    query(connection, sql, [table.into()]).await?.iter().map(read).collect()
}

/// Units under a condition over `u`.
pub(super) async fn units<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<AskedUnit>> {
    let sql = format!(
        "select u.id, u.table_id, u.organisation_id, u.n_asked, u.n_typed, u.answered_on, u.is_late, u.returned from asked_unit u where {condition} order by u.table_id, u.id"
    );
    let read = |row: &QueryResult| -> anyhow::Result<AskedUnit> {
        Ok(AskedUnit {
            id: row.try_get("", "id")?,
            table: row.try_get("", "table_id")?,
            organisation: row.try_get("", "organisation_id")?,
            n_asked: row.try_get("", "n_asked")?,
            n_typed: row.try_get("", "n_typed")?,
            answered_on: optional_day(row, "answered_on")?,
            is_late: row.try_get("", "is_late")?,
            returned: row.try_get("", "returned")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

/// Answers under a condition over `a`, the newest first.
pub(super) async fn answers<C: ConnectionTrait>(connection: &C, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Answered>> {
    let sql = format!(
        "select a.table_id, a.column_id, a.organisation_id, a.heading_key, a.value, a.answered_on, a.from_table_id from asked_answer a where {condition} order by a.answered_on desc, a.id desc"
    );
    let read = |row: &QueryResult| -> anyhow::Result<Answered> {
        Ok(Answered {
            table: row.try_get("", "table_id")?,
            column: row.try_get("", "column_id")?,
            organisation: row.try_get("", "organisation_id")?,
            key: row.try_get("", "heading_key")?,
            value: row.try_get("", "value")?,
            answered_on: row.try_get::<String>("", "answered_on")?.parse()?,
            from_table: row.try_get("", "from_table_id")?,
        })
    };
    query(connection, sql, values).await?.iter().map(read).collect()
}

pub(super) async fn insert_table(tx: &Tx, table: &AskedTable) -> anyhow::Result<()> {
    let row = asked_table::ActiveModel {
        id: Set(table.id),
        organisation_id: Set(table.organisation),
        title: Set(table.title.clone()),
        purpose: Set(table.purpose.clone()),
        heading: Set(serde_json::to_string(&table.heading)?),
        units: Set(serde_json::to_string(&table.units)?),
        permitted: Set(table.permitted.clone()),
        due_on: Set(table.due_on.to_string()),
        created_on: Set(table.created_on.to_string()),
        created_by: Set(tx.actor_id()),
        issued_on: Set(None),
        closed_on: Set(None),
        close_reason: Set(String::new()),
    };
    Ok(insert_all::<asked_table::Entity, _, _>(tx.connection(), vec![row]).await?)
}

/// Puts these columns in the place of those of a draft.
pub(super) async fn put_columns(tx: &mut Tx, table: i64, columns: &[AskedColumn]) -> anyhow::Result<()> {
    execute(tx.connection(), "delete from asked_column where table_id = $1", [table.into()]).await?;
    let ids = tx.next_ids(columns.len()).await?;
    let row = |(column, id): (&AskedColumn, i64)| asked_column::ActiveModel {
        id: Set(id),
        table_id: Set(table),
        position: Set(column.position),
        heading: Set(column.heading.clone()),
        heading_key: Set(column.key.clone()),
        known: Set(column.known.clone()),
        kind: Set(column.kind.word().to_owned()),
    };
    Ok(insert_all::<asked_column::Entity, _, _>(tx.connection(), columns.iter().zip(ids).map(row).collect()).await?)
}

pub(super) async fn update_draft(tx: &Tx, table: &AskedTable) -> anyhow::Result<()> {
    let sql = "update asked_table set title = $2, purpose = $3, units = $4, permitted = $5, due_on = $6 where id = $1";
    let values = [
        table.id.into(),
        table.title.clone().into(),
        table.purpose.clone().into(),
        serde_json::to_string(&table.units)?.into(),
        table.permitted.clone().into(),
        table.due_on.to_string().into(),
    ];
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

pub(super) async fn delete_draft(tx: &Tx, table: i64) -> anyhow::Result<()> {
    for sql in ["delete from asked_column where table_id = $1", "delete from asked_table where id = $1 and issued_on is null"] {
        execute(tx.connection(), sql, [table.into()]).await?;
    }
    Ok(())
}

pub(super) async fn insert_units(tx: &Tx, units: &[AskedUnit]) -> anyhow::Result<()> {
    let row = |unit: &AskedUnit| asked_unit::ActiveModel {
        id: Set(unit.id),
        table_id: Set(unit.table),
        organisation_id: Set(unit.organisation),
        n_asked: Set(unit.n_asked),
        n_typed: Set(unit.n_typed),
        answered_on: Set(unit.answered_on.map(|day| day.to_string())),
        answered_by: Set(None),
        is_late: Set(unit.is_late),
        returned: Set(unit.returned.clone()),
    };
    Ok(insert_all::<asked_unit::Entity, _, _>(tx.connection(), units.iter().map(row).collect()).await?)
}

pub(super) async fn insert_answers(tx: &mut Tx, answers: &[Answered]) -> anyhow::Result<()> {
    let ids = tx.next_ids(answers.len()).await?;
    let row = |(answer, id): (&Answered, i64)| asked_answer::ActiveModel {
        id: Set(id),
        table_id: Set(answer.table),
        column_id: Set(answer.column),
        organisation_id: Set(answer.organisation),
        heading_key: Set(answer.key.clone()),
        value: Set(answer.value.clone()),
        answered_on: Set(answer.answered_on.to_string()),
        from_table_id: Set(answer.from_table),
    };
    Ok(insert_all::<asked_answer::Entity, _, _>(tx.connection(), answers.iter().zip(ids).map(row).collect()).await?)
}

/// Takes a unit's own answers out, to be put in anew; what came from another table stays.
pub(super) async fn delete_typed(tx: &Tx, table: i64, organisation: OrgId) -> anyhow::Result<()> {
    let sql = "delete from asked_answer where table_id = $1 and organisation_id = $2 and from_table_id is null";
    execute(tx.connection(), sql, [table.into(), organisation.into()]).await?;
    Ok(())
}

/// Takes out what came from another table in these columns: the unit says otherwise now.
pub(super) async fn delete_copied(tx: &Tx, table: i64, organisation: OrgId, columns: &[i64]) -> anyhow::Result<()> {
    for column in columns {
        let sql = "delete from asked_answer where table_id = $1 and organisation_id = $2 and column_id = $3 and from_table_id is not null";
        execute(tx.connection(), sql, [table.into(), organisation.into(), (*column).into()]).await?;
    }
    Ok(())
}

pub(super) async fn update_unit(tx: &Tx, unit: &AskedUnit) -> anyhow::Result<()> {
    let sql = "update asked_unit set n_typed = $2, answered_on = $3, answered_by = $4, is_late = $5, returned = $6 where id = $1";
    let values = [
        unit.id.into(),
        unit.n_typed.into(),
        unit.answered_on.map(|day| day.to_string()).into(),
        tx.actor_id().into(),
        unit.is_late.into(),
        unit.returned.clone().into(),
    ];
    execute(tx.connection(), sql, values).await?;
    Ok(())
}

pub(super) async fn mark(tx: &Tx, table: i64, column: &str, on: Date, reason: &str) -> anyhow::Result<()> {
    let sql = format!("update asked_table set {column} = $2, close_reason = $3 where id = $1");
    execute(tx.connection(), sql, [table.into(), on.to_string().into(), reason.into()]).await?;
    Ok(())
}
