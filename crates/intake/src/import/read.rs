//! First step: the sheets of a file, recognised, into staging.

use std::ops::ControlFlow;

use office::sheet::{Limits, Row, Workbook};
use policy::Pack;

use super::model::{Layout, StagedRow, staged};
use super::recognise::{HEADER_WITHIN, Recogniser};

/// Reads every visible sheet of which the kind is known.
///
/// # Errors
/// A sentence for whoever sent the file: it is broken, encrypted, huge, or no sheet has the headings of a kind.
pub fn read(pack: &Pack, bytes: &[u8]) -> Result<Vec<(Layout, Vec<StagedRow>)>, String> {
    let mut workbook = Workbook::open(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let recogniser = Recogniser::new(pack);
    let mut known = Vec::new();
    let mut nearest = None;
    for (index, sheet) in workbook.sheets().to_vec().into_iter().enumerate() {
        if sheet.is_hidden {
            continue;
        }
        match read_sheet(&mut workbook, index, &sheet.name, &recogniser)? {
            Ok(sheet) => known.push(sheet),
            Err(Some(near)) if nearest.is_none() => nearest = Some(near.sentence(&sheet.name)),
            Err(_) => {}
        }
    }
    if known.is_empty() {
        let names = pack.workbooks.values().map(|workbook| format!("“{}”", workbook.name)).collect::<Vec<_>>().join("");
        return Err(
            nearest.unwrap_or_else(|| format!("认不出这是哪一种表：前 {HEADER_WITHIN} 行里没有找到表头。能导入的有{names}，请下载空白模板填写。"))
        );
    }
    Ok(known)
}

type Sheet = Result<(Layout, Vec<StagedRow>), Option<super::recognise::Nearest>>;

fn read_sheet(workbook: &mut Workbook<'_>, index: usize, name: &str, recogniser: &Recogniser<'_>) -> Result<Sheet, String> {
    let mut first: Vec<Row> = Vec::new();
    let mut layout: Option<Layout> = None;
    let mut rows: Vec<StagedRow> = Vec::new();
    let mut nearest = None;
    let read = workbook.for_each_row(index, |row| {
        if let Some(layout) = &layout {
            rows.extend(stage(layout, &row));
            return ControlFlow::Continue(());
        }
        first.push(row);
        match recogniser.layout(name, &first) {
            Ok(found) => layout = Some(found),
            Err(near) => {
                nearest = near;
                if first.len() >= HEADER_WITHIN {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    read.map_err(|error| error.to_string())?;
    Ok(layout.map(|layout| (layout, rows)).ok_or(nearest))
}

/// The recognised cells of a row; nothing when all are empty.
fn stage(layout: &Layout, row: &Row) -> Option<StagedRow> {
    let cells: Vec<String> = layout.places.iter().map(|place| row.cells.get(place.column as usize).map(staged).unwrap_or_default()).collect();
    cells.iter().any(|cell| !cell.is_empty()).then_some(StagedRow(row.number, cells))
}
