//! The few words of XML that every part shares: attributes, text with its references, relationships.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::ReadError;
use crate::package::OverBudget;

/// The value of the attribute with this local name, unescaped; `None` when absent or ill-formed.
pub(crate) fn attribute<'a>(element: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let found = element.attributes().with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok()
}

/// Whether a boolean attribute (`1`, `true`, `on`) is set; an absent one counts as `absent`.
pub(crate) fn flag(element: &BytesStart<'_>, name: &str, absent: bool) -> bool {
    attribute(element, name).map_or(absent, |value| matches!(value.as_ref(), "1" | "true" | "on"))
}

/// Appends the text an event stands for: text, CDATA, or a character reference.
pub(crate) fn push_text(event: &Event<'_>, text: &mut String) {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(reference) => push_reference(reference, text),
        _ => {}
    }
}

fn push_reference(reference: &BytesRef<'_>, text: &mut String) {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        text.push(character);
    } else if let Some(known) = quick_xml::escape::resolve_predefined_entity(reference) {
        text.push_str(known);
    }
}

/// Turns an XML error into ours, telling an exhausted budget from damage.
pub(crate) fn error(part: &str, error: &quick_xml::Error) -> ReadError {
    if let quick_xml::Error::Io(io) = error
        && let Some(over) = OverBudget::of(io)
    {
        return over.into();
    }
    ReadError::broken(part, error)
}

/// Calls `each` with every event of a part until it ends.
///
/// # Errors
/// `Broken` when the XML is damaged or ends with elements open; whatever `each` returns.
pub(crate) fn for_each_event<R: BufRead>(part: &str, source: R, mut each: impl FnMut(&Event<'_>) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    let mut depth = 0_u64;
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|why| error(part, &why))?;
        match event {
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(ReadError::broken(part, "the part ends within an element")),
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        each(&event)?;
        buffer.clear();
    }
}

/// One line of a `.rels` part.
#[derive(Debug, Clone)]
pub(crate) struct Relationship {
    pub id: String,
    /// The last word of the type's address: `worksheet`, `comments`, `officeDocument`.
    pub kind: String,
    /// The path of the target from the package's root, without a leading slash.
    pub target: String,
}

/// Reads the relationships of `owner` (a part's path; empty for the package itself).
///
/// # Errors
/// `Broken` when the XML is damaged.
pub(crate) fn relationships(owner: &str, rels: &[u8]) -> Result<Vec<Relationship>, ReadError> {
    let mut found = Vec::new();
    for_each_event(&rels_path(owner), rels, |event| {
        let (Event::Start(element) | Event::Empty(element)) = event else {
            return Ok(());
        };
        if element.local_name().as_ref() != "Relationship" {
            return Ok(());
        }
        let value = |name| attribute(element, name).unwrap_or_default().into_owned();
        if value("TargetMode") != "External" {
            let address = value("Type");
            let kind = address.rsplit('/').next().unwrap_or_default().to_owned();
            found.push(Relationship { id: value("Id"), kind, target: resolve(owner, &value("Target")) });
        }
        Ok(())
    })?;
    Ok(found)
}

/// Where a part's relationships are kept: `xl/workbook.xml` → `xl/_rels/workbook.xml.rels`.
pub(crate) fn rels_path(owner: &str) -> String {
    let (folder, name) = owner.rsplit_once('/').unwrap_or(("", owner));
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}_rels/{name}.rels")
}

/// A relationship's target as a path from the root: `..` is followed, a leading slash means the root.
fn resolve(owner: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> = match (target.starts_with('/'), owner.rsplit_once('/')) {
        (false, Some((folder, _))) => folder.split('/').collect(),
        _ => Vec::new(),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_paths_from_the_root() {
        assert_eq!(resolve("xl/workbook.xml", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/workbook.xml", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/worksheets/sheet1.xml", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(rels_path(""), "_rels/.rels");
        assert_eq!(rels_path("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
    }

    #[test]
    fn a_part_that_ends_early_is_broken() {
        let seen = for_each_event("x", "<a><b/>".as_bytes(), |_| Ok(()));
        assert!(matches!(seen, Err(ReadError::Broken { .. })));
    }
}
