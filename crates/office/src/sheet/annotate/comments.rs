//! The comments of a sheet: what they say. Where they are drawn is in `drawing`.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::Messages;
use super::registry::Dialect;
use crate::error::ReadError;
use crate::sheet::reference::CellRef;
use crate::xml;
use crate::xml_edit::{Edits, Step, escaped, prefix_of, tag_with, walk};

/// Who says what is wrong.
const AUTHOR: &str = "导入检查";

/// The comments part with the messages in it.
pub(super) struct Comments {
    pub text: String,
    /// Cells that had no comment so far, and how many characters and lines theirs has.
    pub new_cells: Vec<NewComment>,
}

/// A comment that must be drawn.
pub(super) struct NewComment {
    pub cell: CellRef,
    pub message: String,
}

/// Walks through existing comments; remembers where to add.
#[derive(Default)]
struct Editor {
    edits: Edits,
    prefix: String,
    n_authors: usize,
    authors: Option<Place>,
    list: Option<Place>,
    /// The comment at hand, if it is on a marked cell: its message still to be added.
    message: Option<String>,
    plain_text: bool,
}

/// A list to be added to: before its end tag, or in place of the empty element.
enum Place {
    BeforeEnd(usize),
    InsteadOf(BytesStart<'static>, Range<usize>),
}

/// Adds the messages to the comments (`original`, or none so far). A cell that has a comment keeps it; the message
/// is added below.
///
/// # Errors
/// `Broken` when the XML is damaged.
pub(super) fn add(part: &str, original: Option<String>, messages: &Messages<'_>, dialect: &Dialect) -> Result<Comments, ReadError> {
    let original = original.unwrap_or_else(|| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<comments xmlns=\"{}\"><authors></authors><commentList></commentList></comments>",
            dialect.main
        )
    });
    let mut editor = Editor::default();
    let mut left: Messages<'_> = messages.clone();
    walk(part, &original, |step| {
        editor.take_in(step, &mut left);
        Ok(())
    })?;
    let prefix = editor.prefix.clone();
    let author = format!("<{prefix}author>{AUTHOR}</{prefix}author>");
    let mut list = String::new();
    let mut new_cells = Vec::new();
    for (cell, texts) in left {
        let message = joined(&texts);
        let run = run(&prefix, &message);
        list += &format!(r#"<{prefix}comment ref="{cell}" authorId="{}"><{prefix}text>{run}</{prefix}text></{prefix}comment>"#, editor.n_authors);
        new_cells.push(NewComment { cell, message });
    }
    let (Some(authors), Some(comments)) = (editor.authors.take(), editor.list.take()) else {
        return Err(ReadError::broken(part, "there is no list of comments"));
    };
    authors.put(&mut editor.edits, author);
    comments.put(&mut editor.edits, list);
    Ok(Comments { text: editor.edits.apply(&original), new_cells })
}

/// Several messages as a numbered list.
fn joined(texts: &[&str]) -> String {
    match texts {
        [text] => (*text).to_owned(),
        texts => {
            let lines: Vec<String> = texts.iter().zip(1..).map(|(text, number)| format!("{number}. {text}")).collect();
            lines.join("\n")
        }
    }
}

/// A run of text in the small font of comments.
fn run(p: &str, message: &str) -> String {
    format!(
        r#"<{p}r><{p}rPr><{p}sz val="9"/><{p}color indexed="81"/><{p}rFont val="宋体"/><{p}family val="3"/><{p}charset val="134"/></{p}rPr><{p}t xml:space="preserve">{}</{p}t></{p}r>"#,
        escaped(message)
    )
}

impl Place {
    fn put(self, edits: &mut Edits, items: String) {
        match self {
            Self::BeforeEnd(at) => edits.insert(at, items),
            Self::InsteadOf(element, range) => {
                let tag = tag_with(&element, &[], false);
                edits.replace(range, format!("{tag}{items}</{}>", element.name().as_ref()));
            }
        }
    }
}

impl Editor {
    fn take_in(&mut self, step: Step<'_>, left: &mut Messages<'_>) {
        match &step.event {
            Event::Start(element) | Event::Empty(element) => {
                let is_empty = matches!(step.event, Event::Empty(_));
                let instead = || is_empty.then(|| Place::InsteadOf(element.to_owned(), step.range.clone()));
                match (step.depth, element.local_name().as_ref()) {
                    (0, _) => self.prefix = prefix_of(element),
                    (1, "authors") => self.authors = instead(),
                    (1, "commentList") => self.list = instead(),
                    (2, "author") => self.n_authors += 1,
                    (2, "comment") if !is_empty => {
                        let cell = xml::attribute(element, "ref").and_then(|cell| cell.parse::<CellRef>().ok());
                        let texts = cell.and_then(|cell| left.remove(&cell));
                        self.message = texts.map(|texts| format!("\n【{AUTHOR}】{}", joined(&texts)));
                    }
                    (3, "text") if is_empty => {
                        if let Some(message) = self.message.take() {
                            let run = run(&self.prefix, message.trim_start());
                            let place = Place::InsteadOf(element.to_owned(), step.range.clone());
                            place.put(&mut self.edits, run);
                        }
                    }
                    // Plain text must become a run before a run can follow it.
                    (4, "t") if self.message.is_some() && !is_empty => {
                        self.plain_text = true;
                        self.edits.insert(step.range.start, format!("<{}r>", self.prefix));
                    }
                    (4, "rPh" | "phoneticPr") => self.add_message(step.range.start),
                    _ => {}
                }
            }
            Event::End(element) => match (step.depth, element.local_name().as_ref()) {
                (1, "authors") => self.authors = Some(Place::BeforeEnd(step.range.start)),
                (1, "commentList") => self.list = Some(Place::BeforeEnd(step.range.start)),
                (2, "comment") => self.message = None,
                (3, "text") => self.add_message(step.range.start),
                (4, "t") if std::mem::take(&mut self.plain_text) => {
                    self.edits.insert(step.range.end, format!("</{}r>", self.prefix));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn add_message(&mut self, at: usize) {
        if let Some(message) = self.message.take() {
            self.edits.insert(at, run(&self.prefix, &message));
        }
    }
}
