//! SQL text and many rows at once.

use sea_orm::sea_query::{Alias, Expr, InsertStatement};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, ExecResult, QueryResult, Value};

use crate::database::with_backend;
use crate::{StoreError, statement};

/// Rows of a question written as SQL text.
///
/// # Errors
/// When the database refuses it.
pub async fn query<C: ConnectionTrait>(
    connection: &C,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    connection.query_all_raw(with_backend(connection, statement(sql, values))).await
}

/// A change written as SQL text.
///
/// # Errors
/// When the database refuses it.
pub async fn execute<C: ConnectionTrait>(
    connection: &C,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<ExecResult, StoreError> {
    connection.execute_raw(with_backend(connection, statement(sql, values))).await
}

/// Inserts many rows of one entity, as many per statement as both databases take parameters.
///
/// # Errors
/// When a row breaks a constraint; the transaction is then to be given up.
pub async fn insert_all<E, A, C>(connection: &C, rows: Vec<A>) -> Result<(), StoreError>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
    C: ConnectionTrait,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut columns: Vec<String> = Vec::new();
        let mut insert = InsertStatement::new();
        insert.into_table(Alias::new(E::default().table_name().to_owned()));
        let mut taken = 0;
        for row in rows.by_ref() {
            let (names, values) = set_columns::<A>(&row);
            if taken == 0 {
                insert.columns(names.iter().map(Alias::new));
                columns = names;
            } else {
                debug_assert_eq!(columns, names, "rows of one bulk insert set the same columns");
            }
            insert.values_panic(values.into_iter().map(Expr::value));
            taken += 1;
            if (taken + 1) * columns.len() > 30_000 || taken == 2000 {
                break;
            }
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}

fn set_columns<A: ActiveModelTrait>(row: &A) -> (Vec<String>, Vec<Value>) {
    use sea_orm::{ActiveValue, IdenStatic, Iterable};
    let mut names = Vec::new();
    let mut values = Vec::new();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.get(column) {
            names.push(column.as_str().to_owned());
            values.push(value);
        }
    }
    (names, values)
}
