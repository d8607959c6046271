//! Facts, organisations and paths into a folder of Parquet files (docs/事实文件.md), a block of organisations at a time.

use std::path::Path;

use assessment::day_number;
use fact_files::{AFFILIATION, Cell, ColumnKind, EVENT, FolderWriter, Manifest, ORGANISATION, ORGANISATION_PATH, SPAN, Table};
use jiff::civil::Date;
use sea_orm::QueryResult;
use store::query;

use crate::app::App;

/// Organisations whose rows are read at once.
const ORGANISATIONS_AT_ONCE: usize = 200;

/// Writes all facts as they are now. Rows are sorted by all of their columns, so that the same facts give the same bytes.
///
/// # Errors
/// When the folder is not empty or cannot be written, or the database cannot be read.
pub async fn export(app: &App, dir: &Path) -> anyhow::Result<Manifest> {
    let mut folder = FolderWriter::create(dir)?;
    // Whatever is committed meanwhile may be in it or not: it is named as of the commit that is surely in it.
    let commit = app.store().head().await?;
    for year in years(app).await? {
        let (from, until) = (format!("{year}-01-01"), format!("{}-01-01", year + 1));
        write(app, &mut folder, &EVENT, Some(year), "organisation_id", &format!("day >= '{from}' and day < '{until}'")).await?;
    }
    write(app, &mut folder, &SPAN, None, "organisation_id", "").await?;
    write(app, &mut folder, &ORGANISATION, None, "organisation_id", "superseded_in is null").await?;
    write(app, &mut folder, &ORGANISATION_PATH, None, "ancestor_id", "").await?;
    write(app, &mut folder, &AFFILIATION, None, "organisation_id", "superseded_in is null").await?;
    folder.finish(commit)
}

/// Years in which something happened. Days are text, so that the first and the last are found by the index.
async fn years(app: &App) -> anyhow::Result<Vec<i16>> {
    let rows = query(app.store().reader(), "select min(day), max(day) from event", []).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let day =
        |place: usize| -> anyhow::Result<Option<Date>> { Ok(row.try_get_by_index::<Option<String>>(place)?.map(|day| day.parse()).transpose()?) };
    Ok(day(0)?.zip(day(1)?).map_or_else(Vec::new, |(first, last)| (first.year()..=last.year()).collect()))
}

/// Where the rows of a table come from, and what their columns are called there.
fn source_of(table: &Table) -> (&'static str, Vec<String>) {
    let names = table.columns.iter().map(|column| column.name);
    if table.name == ORGANISATION.name {
        let own = |name: &str| if name == "code" { "o.code".to_owned() } else { format!("s.{name}") };
        return ("organisation_state s join organisation o on o.id = s.organisation_id", names.map(own).collect());
    }
    (table.name, names.map(str::to_owned).collect())
}

async fn write(app: &App, folder: &mut FolderWriter, table: &'static Table, year: Option<i16>, key: &str, only: &str) -> anyhow::Result<()> {
    let mut writer = folder.table(table, year)?;
    let (source, columns) = source_of(table);
    let key_column = columns[table.columns.iter().position(|column| column.name == key).unwrap_or_default()].clone();
    let and_only = if only.is_empty() { String::new() } else { format!(" and {only}") };
    let (list, order) = (columns.join(", "), order_of(table, key, &columns));
    let ids = query(app.store().reader(), "select id from organisation order by id", []).await?;
    let ids: Vec<i64> = ids.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    for some in ids.chunks(ORGANISATIONS_AT_ONCE) {
        let (first, last) = (some[0], some[some.len() - 1]);
        let sql = format!("select {list} from {source} where {key_column} >= $1 and {key_column} <= $2{and_only} order by {order}");
        let rows = query(app.store().reader(), sql, [first.into(), last.into()]).await?;
        let key_place = table.columns.iter().position(|column| column.name == key).unwrap_or_default();
        let mut before = None;
        for row in &rows {
            let of: i64 = row.try_get_by_index(key_place)?;
            if before.replace(of).is_some_and(|before| before != of) {
                writer.end_of_organisation()?;
            }
            push(&mut writer, table, row)?;
        }
        writer.end_of_organisation()?;
    }
    folder.close(writer)
}

/// The organisation first, then the columns as they stand.
fn order_of(table: &Table, key: &str, columns: &[String]) -> String {
    let mut order: Vec<String> = Vec::new();
    let places = table.columns.iter().enumerate();
    let (first, others): (Vec<_>, Vec<_>) = places.partition(|(_, column)| column.name == key);
    for (place, column) in first.into_iter().chain(others) {
        order.push(format!("{}{}", columns[place], if column.is_optional { " nulls last" } else { "" }));
    }
    order.join(", ")
}

fn push(writer: &mut fact_files::TableWriter, table: &Table, row: &QueryResult) -> anyhow::Result<()> {
    let mut numbers: Vec<Option<i64>> = Vec::with_capacity(table.columns.len());
    let mut texts: Vec<Option<String>> = Vec::with_capacity(table.columns.len());
    for (place, column) in table.columns.iter().enumerate() {
        let (number, text) = match column.kind {
            ColumnKind::Number => (row.try_get_by_index(place)?, None),
            ColumnKind::Day => {
                let day: Option<String> = row.try_get_by_index(place)?;
                (day.map(|day| Ok::<_, anyhow::Error>(i64::from(day_number(day.parse()?)))).transpose()?, None)
            }
            ColumnKind::Text => (None, row.try_get_by_index(place)?),
        };
        numbers.push(number);
        texts.push(text);
    }
    let cells: Vec<Cell<'_>> = table
        .columns
        .iter()
        .zip(numbers.iter().zip(&texts))
        .map(|(column, cell)| match (column.kind, cell) {
            (ColumnKind::Number, (Some(number), _)) => Cell::Number(*number),
            (ColumnKind::Day, (Some(day), _)) => Cell::Day(i32::try_from(*day).unwrap_or_default()),
            (ColumnKind::Text, (_, Some(text))) => Cell::Text(text),
            _ => Cell::None,
        })
        .collect();
    writer.push(&cells);
    Ok(())
}
