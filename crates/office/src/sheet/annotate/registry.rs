//! What makes a part known in its package: content types, and relationships of the part that uses it.

use std::collections::HashSet;

use quick_xml::events::Event;

use super::Changes;
use crate::error::ReadError;
use crate::package::Package;
use crate::xml::{self, Relationship, rels_path};
use crate::xml_edit::{Edits, escaped, prefix_of, walk};

const CONTENT_TYPES: &str = "[Content_Types].xml";

/// The names a workbook uses: those of every office program, or the rare strict ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub main: &'static str,
    pub relationships: &'static str,
}

impl Dialect {
    pub(super) const TRANSITIONAL: Self = Self {
        main: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        relationships: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    };
    const STRICT: Self =
        Self { main: "http://purl.oclc.org/ooxml/spreadsheetml/main", relationships: "http://purl.oclc.org/ooxml/officeDocument/relationships" };

    /// The dialect of a sheet, by the name in its first lines.
    pub(super) fn of(sheet: &str) -> Self {
        let root_end = sheet.find("sheetData").unwrap_or(sheet.len());
        if sheet[..root_end].contains(Self::STRICT.main) { Self::STRICT } else { Self::TRANSITIONAL }
    }
}

/// The content types of a package and the paths it uses.
pub(super) struct Registry {
    text: String,
    prefix: String,
    end: usize,
    defaults: HashSet<String>,
    taken: HashSet<String>,
    added: String,
}

impl Registry {
    pub(super) fn open(package: &mut Package<'_>) -> Result<Self, ReadError> {
        let text = package.text_part(CONTENT_TYPES)?;
        let text = text.ok_or_else(|| ReadError::broken(CONTENT_TYPES, "the part is missing"))?;
        let (mut prefix, mut end, mut defaults) = (String::new(), None, HashSet::new());
        walk(CONTENT_TYPES, &text, |step| {
            match &step.event {
                Event::Start(element) if step.depth == 0 => prefix = prefix_of(element),
                Event::End(_) if step.depth == 0 => end = Some(step.range.start),
                Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "Default" => {
                    defaults.extend(xml::attribute(element, "Extension").map(|it| it.to_ascii_lowercase()));
                }
                _ => {}
            }
            Ok(())
        })?;
        let end = end.ok_or_else(|| ReadError::broken(CONTENT_TYPES, "there are no content types"))?;
        let taken = package.paths().map(str::to_owned).collect();
        Ok(Self { text, prefix, end, defaults, taken, added: String::new() })
    }

    /// A path that no part has: `stem`, a number, `extension`.
    pub(super) fn free_path(&mut self, stem: &str, extension: &str) -> String {
        let mut number = 1_u32;
        loop {
            let path = format!("{stem}{number}{extension}");
            if self.taken.insert(path.to_ascii_lowercase()) {
                return path;
            }
            number += 1;
        }
    }

    pub(super) fn add_default(&mut self, extension: &str, kind: &str) {
        if self.defaults.insert(extension.to_owned()) {
            self.added += &format!(r#"<{}Default Extension="{extension}" ContentType="{kind}"/>"#, self.prefix);
        }
    }

    pub(super) fn add_override(&mut self, path: &str, kind: &str) {
        self.added += &format!(r#"<{}Override PartName="/{}" ContentType="{kind}"/>"#, self.prefix, escaped(path));
    }

    pub(super) fn close(self, changes: &mut Changes) {
        if !self.added.is_empty() {
            let mut edits = Edits::default();
            edits.insert(self.end, self.added);
            changes.0.insert(CONTENT_TYPES.to_owned(), edits.apply(&self.text).into_bytes());
        }
    }

    /// The relationships of a part, to be added to.
    #[expect(clippy::unused_self, reason = "relationships are opened through the registry they are registered in")]
    pub(super) fn relationships_of(&self, package: &mut Package<'_>, owner: &str) -> Result<Relationships, ReadError> {
        let path = rels_path(owner);
        let text = package.text_part(&path)?.unwrap_or_else(|| {
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>"#
                .to_owned()
        });
        let known = xml::relationships(owner, text.as_bytes())?;
        let (mut prefix, mut tag, mut ids) = (String::new(), None, HashSet::new());
        walk(&path, &text, |step| {
            match &step.event {
                Event::Start(element) | Event::Empty(element) if step.depth == 0 => {
                    prefix = prefix_of(element);
                    tag = Some((step.range.clone(), matches!(step.event, Event::Empty(_))));
                }
                Event::Start(element) | Event::Empty(element) => {
                    ids.extend(xml::attribute(element, "Id").map(String::from));
                }
                _ => {}
            }
            Ok(())
        })?;
        let (root, is_empty) = tag.ok_or_else(|| ReadError::broken(&path, "there are no relationships"))?;
        Ok(Relationships { path, text, known, ids, prefix, root_end: root.end, is_empty, added: String::new() })
    }
}

/// The relationships of one part.
pub(super) struct Relationships {
    path: String,
    text: String,
    known: Vec<Relationship>,
    ids: HashSet<String>,
    prefix: String,
    /// Where the root's start tag ends.
    root_end: usize,
    is_empty: bool,
    added: String,
}

impl Relationships {
    pub(super) fn target_of(&self, id: &str) -> Option<String> {
        self.known.iter().find(|it| it.id == id).map(|it| it.target.clone())
    }

    pub(super) fn first_of(&self, kind: &str) -> Option<String> {
        self.known.iter().find(|it| it.kind == kind).map(|it| it.target.clone())
    }

    /// Adds a relationship to the part at `target` and gives its id.
    pub(super) fn add(&mut self, dialect: &Dialect, kind: &str, target: &str) -> String {
        let mut number = self.ids.len() + 1;
        let id = loop {
            let id = format!("rId{number}");
            if self.ids.insert(id.clone()) {
                break id;
            }
            number += 1;
        };
        self.added += &format!(r#"<{}Relationship Id="{id}" Type="{}/{kind}" Target="/{}"/>"#, self.prefix, dialect.relationships, escaped(target));
        id
    }

    pub(super) fn close(self, changes: &mut Changes) {
        if self.added.is_empty() {
            return;
        }
        let mut edits = Edits::default();
        if self.is_empty {
            // <Relationships …/> becomes <Relationships …>…</Relationships>.
            let slash = self.text[..self.root_end].rfind('/').unwrap_or(self.root_end);
            let closing = format!(">{}</{}Relationships>", self.added, self.prefix);
            edits.replace(slash..self.root_end, closing);
        } else {
            edits.insert(self.root_end, self.added);
        }
        changes.0.insert(self.path, edits.apply(&self.text).into_bytes());
    }
}
