//! An empty workbook of a kind, to be filled in: headings, drop-downs, notes, and the codes of the organisations in reach.

use office::sheet::{Column, ColumnKind as Shown, Table, Value, write_workbook};
use policy::{Capability, ColumnKind, Pack, Workbook, WorkbookColumn};
use store::{Actor, Refusal};

use crate::app::App;

/// The template of a kind of workbook: its name, and the file.
///
/// # Errors
/// [`Refusal`] when the pack has no such kind.
pub fn template(app: &App, actor: &Actor, kind: &str) -> anyhow::Result<(String, Vec<u8>)> {
    let pack = app.pack();
    let workbook = pack.workbooks.get(kind).ok_or_else(|| Refusal("没有这种模板。".to_owned()))?;
    let mut tables = vec![Table {
        name: workbook.name.clone(),
        title: None,
        columns: workbook.columns.iter().map(|column| shown(&pack, column)).collect(),
        rows: Vec::new(),
    }];
    if workbook.columns.iter().any(|column| column.kind == ColumnKind::OrganisationCode) {
        tables.push(codes(app, actor, workbook));
    }
    Ok((format!("{}（模板）.xlsx", workbook.name), write_workbook(&tables)?))
}

fn shown(pack: &Pack, column: &WorkbookColumn) -> Column {
    let (kind, width) = match column.kind {
        ColumnKind::Date => (Shown::Date, 13.0),
        ColumnKind::Whole => (Shown::Integer, 10.0),
        ColumnKind::Hours => (Shown::Decimal { places: 1 }, 10.0),
        ColumnKind::TenThousandYuan => (Shown::Decimal { places: 2 }, 14.0),
        ColumnKind::IdentityNumber => (Shown::Text, 22.0),
        ColumnKind::OrganisationCode => (Shown::Text, 20.0),
        ColumnKind::Telephone => (Shown::Text, 15.0),
        _ => (Shown::Text, if matches!(column.field.as_str(), "name" | "branch_name" | "topic" | "village_name") { 28.0 } else { 14.0 }),
    };
    let mut lines = vec![if column.required { "必填。" } else { "可不填。" }.to_owned()];
    lines.extend(column.note.clone().map(|note| format!("{note}。")));
    lines.extend(hint(column.kind).map(str::to_owned));
    if !column.aliases.is_empty() {
        lines.push(format!("也认：{}。", column.aliases.join("、")));
    }
    Column::new(&column.heading, kind).wide(width).noted(lines.join("\n")).choosing(choices(pack, column))
}

/// How a column is to be filled in.
fn hint(kind: ColumnKind) -> Option<&'static str> {
    match kind {
        ColumnKind::Date => Some("填到日，如 2025-06-09。"),
        ColumnKind::Hours => Some("以小时计，如 1.5。"),
        ColumnKind::TenThousandYuan => Some("以万元计，如 22.84。"),
        ColumnKind::IdentityNumber => Some("按文本填，末位的 X 大小写都可以。"),
        ColumnKind::OrganisationCode => Some("照“组织编码对照”一页填。"),
        ColumnKind::Degrees => Some("以度计，如 119.225853。"),
        _ => None,
    }
}

fn choices(pack: &Pack, column: &WorkbookColumn) -> Vec<String> {
    match column.kind {
        ColumnKind::ActivityKind => pack.activities.values().map(|kind| kind.name.clone()).collect(),
        ColumnKind::OrganisationKind => pack.organisation_kinds.values().map(|kind| kind.name.clone()).collect(),
        ColumnKind::Field => {
            let mut fields: Vec<_> = pack.fields.values().collect();
            fields.sort_by_key(|field| field.order);
            fields.into_iter().map(|field| field.name.clone()).collect()
        }
        ColumnKind::YesNo => vec!["是".to_owned(), "否".to_owned()],
        _ if column.field == "indicator" => pack.indicators.values().filter(|it| it.value.is_none()).map(|it| it.name.clone()).collect(),
        _ => column.code_list.as_ref().and_then(|key| pack.code_lists.get(key)).map(|list| list.values.clone()).unwrap_or_default(),
    }
}

/// Codes and names of the organisations that the importer reaches, to copy from.
fn codes(app: &App, actor: &Actor, workbook: &Workbook) -> Table {
    let scope = actor.scope(Capability::Import);
    let only_branches = workbook.primitive == "member";
    let directory = app.directory();
    let rows = directory.all(&scope).filter(|org| !only_branches || org.is_branch());
    let rows = rows.map(|org| {
        let superior = org.parent.map(|id| directory.name_of(id).to_owned()).unwrap_or_default();
        vec![Value::text(&org.code), Value::text(&org.name), Value::text(superior)]
    });
    Table {
        name: "组织编码对照".to_owned(),
        title: None,
        columns: vec![
            Column::new("编码", Shown::Text).wide(20.0),
            Column::new("党组织", Shown::Text).wide(40.0),
            Column::new("上级", Shown::Text).wide(36.0),
        ],
        rows: rows.collect(),
    }
}
