//! Merged areas: a mark within one belongs to its first cell, the only one that is seen.

use quick_xml::events::Event;

use super::Messages;
use crate::error::ReadError;
use crate::sheet::reference::CellRef;
use crate::xml;
use crate::xml_edit::walk;

/// The messages, those within merged areas moved to the first cell of the area.
///
/// # Errors
/// `Broken` when the XML of the areas is damaged.
pub(super) fn to_first_cells<'m>(part: &str, sheet: &str, messages: Messages<'m>) -> Result<Messages<'m>, ReadError> {
    let areas = merged_areas(part, sheet)?;
    let mut moved = Messages::new();
    for (cell, texts) in messages {
        let within =
            |(first, last): &&(CellRef, CellRef)| (first.row..=last.row).contains(&cell.row) && (first.column..=last.column).contains(&cell.column);
        let place = areas.iter().find(within).map_or(cell, |(first, _)| *first);
        let known = moved.entry(place).or_default();
        known.extend(texts);
    }
    Ok(moved)
}

/// First and last cell of every merged area. They stand behind the rows, so only the end of the part is walked.
fn merged_areas(part: &str, sheet: &str) -> Result<Vec<(CellRef, CellRef)>, ReadError> {
    let Some(rows_end) = sheet.rfind("sheetData") else {
        return Ok(Vec::new());
    };
    let tail = &sheet[rows_end..];
    let Some(begin) = tail.find("mergeCells").and_then(|at| tail[..at].rfind('<')) else {
        return Ok(Vec::new());
    };
    let areas_end = tail.rfind("mergeCells").and_then(|at| Some(at + tail[at..].find('>')? + 1));
    let Some(areas) = areas_end.and_then(|end| tail.get(begin..end)) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    walk(part, areas, |step| {
        if let Event::Start(element) | Event::Empty(element) = &step.event
            && let Some(area) = xml::attribute(element, "ref")
            && let Some((first, last)) = area.split_once(':')
            && let (Ok(first), Ok(last)) = (first.parse(), last.parse())
        {
            found.push((first, last));
        }
        Ok(())
    })?;
    Ok(found)
}
