//! The drawing of a sheet's comments: one hidden box per comment, in VML, which is not always well-formed XML and is
//! therefore only added to at its end.

use std::collections::BTreeSet;

use super::comments::NewComment;
use crate::error::ReadError;
use crate::sheet::reference::COLUMNS_MAX;

const HEAD: &str = r#"<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>"#;
const SHAPE_TYPE: &str = r##"<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"##;
const NAMESPACES: &str =
    r#"xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel""#;

/// Adds a box for each comment to the drawing (`original`, or none so far).
///
/// # Errors
/// `Broken` when the drawing does not end as one.
pub(super) fn add(part: &str, original: Option<String>, comments: &[NewComment]) -> Result<String, ReadError> {
    let mut drawing = original.unwrap_or_else(|| HEAD.to_owned());
    if comments.is_empty() {
        return Ok(drawing);
    }
    let end = drawing.rfind("</xml>").ok_or_else(|| ReadError::broken(part, "the drawing has no end"))?;
    let mut added = String::new();
    if !drawing.contains("\"_x0000_t202\"") {
        // Prefixes may mean anything in a drawing by others, so they are declared again.
        added += &SHAPE_TYPE.replacen("<v:shapetype", &format!("<v:shapetype {NAMESPACES}"), 1);
    }
    let first_id = last_shape_id(&drawing) + 1;
    for (id, comment) in (first_id..).zip(comments) {
        added += &shape(id, comment);
    }
    drawing.insert_str(end, &added);
    let last_id = first_id + u32::try_from(comments.len()).unwrap_or(u32::MAX) - 1;
    reserve_ids(&mut drawing, first_id, last_id);
    Ok(drawing)
}

/// Writes the blocks of 1024 numbers that the boxes use into the drawing's list of blocks.
fn reserve_ids(drawing: &mut String, first_id: u32, last_id: u32) {
    let Some(tag) = drawing.find("<o:idmap") else {
        return;
    };
    let Some(data) = drawing[tag..].find("data=\"").map(|at| tag + at + "data=\"".len()) else {
        return;
    };
    let Some(end) = drawing[data..].find('"').map(|at| data + at) else {
        return;
    };
    let mut blocks: BTreeSet<u32> = drawing[data..end].split(',').filter_map(|it| it.trim().parse().ok()).collect();
    blocks.extend(first_id / 1024..=last_id / 1024);
    let blocks: Vec<String> = blocks.iter().map(u32::to_string).collect();
    drawing.replace_range(data..end, &blocks.join(","));
}

/// The greatest number in `_x0000_s1025`; 1024 when there is none.
fn last_shape_id(drawing: &str) -> u32 {
    let pieces = drawing.split("_x0000_s").skip(1);
    let ids = pieces.filter_map(|piece| {
        let n_digits = piece.bytes().take_while(u8::is_ascii_digit).count().min(9);
        piece[..n_digits].parse::<u32>().ok()
    });
    ids.fold(1024, u32::max)
}

fn shape(id: u32, NewComment { cell, message }: &NewComment) -> String {
    let (row, column) = (cell.row - 1, cell.column);
    // The box stands right of its cell (left of it at the sheet's edge), tall enough for the text at some
    // fourteen characters a line.
    let n_lines: usize = message.lines().map(|line| line.chars().count() / 14 + 1).sum();
    let n_rows = u32::try_from(n_lines).unwrap_or(u32::MAX).clamp(3, 15) + 1;
    let left = if column + 4 < COLUMNS_MAX { column + 1 } else { column.saturating_sub(4) };
    let top = row.saturating_sub(1);
    let anchor = format!("{left}, 15, {top}, 10, {}, 15, {}, 4", left + 3, top + n_rows);
    format!(
        r##"<v:shape {NAMESPACES} id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:80pt;margin-top:5pt;width:144pt;height:{}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"##,
        n_rows * 15
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::reference::CellRef;

    #[test]
    fn boxes_are_numbered_on_and_their_blocks_reserved() {
        let comment = |row| NewComment { cell: CellRef { row, column: 1 }, message: "不对".into() };
        let comments: Vec<_> = (1..=1500).map(comment).collect();
        let drawing = add("d", None, &comments).expect("drawn");
        assert!(drawing.contains(r#"data="1,2""#) && drawing.contains("_x0000_s2524\""));
        let drawing = add("d", Some(drawing), &comments[..1]).expect("drawn");
        assert!(drawing.contains("_x0000_s2525\"") && drawing.ends_with("</v:shape></xml>"));
        assert_eq!(drawing.matches("<v:shapetype").count(), 1);
        assert!(matches!(add("d", Some("<xml>".into()), &comments), Err(ReadError::Broken { .. })));
    }
}
