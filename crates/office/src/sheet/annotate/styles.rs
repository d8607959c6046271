//! The workbook's styles: for every style of a marked cell one that differs from it only in the fill.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::registry::{Dialect, Registry};
use super::{Changes, Package};
use crate::error::ReadError;
use crate::sheet::read::Contents;
use crate::xml;
use crate::xml_edit::{Edits, Step, prefix_of, tag_with, walk};

/// The red Excel itself uses for bad values.
const FILL: &str = "FFFFC7CE";
/// What comes after `fills` and after `cellXfs` in a style sheet.
const AFTER_FILLS: [&str; 8] = ["borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst"];
const AFTER_CELL_STYLES: [&str; 5] = ["cellStyles", "dxfs", "tableStyles", "colors", "extLst"];

/// A list in the style sheet that is added to.
#[derive(Debug, Default)]
struct Section {
    /// The start tag (or the whole element when it is empty).
    tag: Option<(BytesStart<'static>, Range<usize>, bool)>,
    /// Where its end tag begins.
    end: usize,
    n_items: u32,
    /// Where the list belongs if there is none.
    missing_at: Option<usize>,
}

/// The style sheet and the styles added to it.
pub(super) struct Styles {
    path: String,
    text: String,
    is_new: bool,
    prefix: String,
    fills: Section,
    cell_styles: Section,
    /// The bytes of each cell style.
    ranges: Vec<Range<usize>>,
    /// Styles of marked cells and the number of what is derived from them, in the order of these numbers.
    marked: HashMap<u32, u32>,
    order: Vec<u32>,
}

impl Styles {
    pub(super) fn open(package: &mut Package<'_>, contents: &Contents) -> Result<Self, ReadError> {
        let path = contents.styles.clone().unwrap_or_else(|| "xl/styles.xml".to_owned());
        let text = package.text_part(&path)?;
        let is_new = text.is_none();
        let text = text.unwrap_or_else(|| {
            let main = Dialect::TRANSITIONAL.main;
            format!(
                r#"<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs></styleSheet>"#
            )
        });
        let mut styles = Self {
            path,
            text: String::new(),
            is_new,
            prefix: String::new(),
            fills: Section::default(),
            cell_styles: Section::default(),
            ranges: Vec::new(),
            marked: HashMap::new(),
            order: Vec::new(),
        };
        walk(&styles.path.clone(), &text, |step| {
            styles.take_in(&step);
            Ok(())
        })?;
        styles.text = text;
        Ok(styles)
    }

    fn take_in(&mut self, step: &Step<'_>) {
        match &step.event {
            Event::Start(element) | Event::Empty(element) => {
                let is_empty = matches!(step.event, Event::Empty(_));
                let name = element.local_name();
                if step.depth == 0 {
                    self.prefix = prefix_of(element);
                }
                if step.depth == 1 {
                    self.open_section(name.as_ref(), element, &step.range, is_empty);
                }
                if step.depth == 2 && name.as_ref() == "fill" {
                    self.fills.n_items += 1;
                }
                if step.depth == 2 && name.as_ref() == "xf" && self.is_in_cell_styles() {
                    self.ranges.push(step.range.clone());
                    self.cell_styles.n_items += 1;
                }
            }
            Event::End(element) => match (step.depth, element.local_name().as_ref()) {
                (0, _) => {
                    self.fills.missing_at.get_or_insert(step.range.start);
                    self.cell_styles.missing_at.get_or_insert(step.range.start);
                }
                (1, "fills") => self.fills.end = step.range.start,
                (1, "cellXfs") => self.cell_styles.end = step.range.start,
                (2, "xf") if self.is_in_cell_styles() => {
                    if let Some(range) = self.ranges.last_mut() {
                        range.end = step.range.end;
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn open_section(&mut self, name: &str, element: &BytesStart<'_>, range: &Range<usize>, is_empty: bool) {
        let tag = (element.to_owned(), range.clone(), is_empty);
        match name {
            "fills" => self.fills.tag = Some(tag),
            "cellXfs" => self.cell_styles.tag = Some(tag),
            _ => {}
        }
        if AFTER_FILLS.contains(&name) {
            self.fills.missing_at.get_or_insert(range.start);
        }
        if AFTER_CELL_STYLES.contains(&name) {
            self.cell_styles.missing_at.get_or_insert(range.start);
        }
    }

    fn is_in_cell_styles(&self) -> bool {
        self.cell_styles.end == 0 && self.cell_styles.tag.as_ref().is_some_and(|(_, _, is_empty)| !is_empty)
    }

    /// The style for a marked cell whose style was `style`.
    pub(super) fn marked(&mut self, style: u32) -> u32 {
        // A list that is made anew begins with the style every cell has.
        let n_before = self.cell_styles.n_items.max(1);
        let n_marked = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        *self.marked.entry(style).or_insert_with(|| {
            self.order.push(style);
            n_before + n_marked
        })
    }

    /// Hands over the style sheet with its new styles, and makes it known if there was none.
    pub(super) fn close(
        self,
        contents: &Contents,
        package: &mut Package<'_>,
        registry: &mut Registry,
        changes: &mut Changes,
    ) -> Result<(), ReadError> {
        if self.is_new {
            let mut rels = registry.relationships_of(package, &contents.workbook)?;
            rels.add(&Dialect::TRANSITIONAL, "styles", &self.path);
            rels.close(changes);
            registry.add_override(&self.path, "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml");
        }
        let prefix = &self.prefix;
        let mut edits = Edits::default();
        let fill = format!(
            r#"<{prefix}fill><{prefix}patternFill patternType="solid"><{prefix}fgColor rgb="{FILL}"/><{prefix}bgColor indexed="64"/></{prefix}patternFill></{prefix}fill>"#
        );
        // The first two fills are fixed by the format: none, and a grey pattern.
        let fixed = ["none", "gray125"].map(|pattern| format!(r#"<{prefix}fill><{prefix}patternFill patternType="{pattern}"/></{prefix}fill>"#));
        let n_missing = 2_u32.saturating_sub(self.fills.n_items);
        let fills = fixed[2 - n_missing as usize..].concat() + &fill;
        let fill_id = self.fills.n_items + n_missing;
        self.fills.append(&mut edits, prefix, "fills", &fills, fill_id + 1);

        let mut derived = String::new();
        if self.ranges.is_empty() {
            derived += &format!("<{prefix}xf/>");
        }
        for style in &self.order {
            derived += &self.derived(*style, fill_id)?;
        }
        let n_styles = self.cell_styles.n_items.max(1) + u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.cell_styles.append(&mut edits, prefix, "cellXfs", &derived, n_styles);
        changes.0.insert(self.path, edits.apply(&self.text).into_bytes());
        Ok(())
    }

    /// The XML of a style with the fill in place of its own; of the first style when there is no such one.
    fn derived(&self, style: u32, fill_id: u32) -> Result<String, ReadError> {
        let changes = [("fillId", Some(fill_id.to_string())), ("applyFill", Some("1".to_owned()))];
        let Some(range) = self.ranges.get(style as usize).or(self.ranges.first()) else {
            return Ok(tag_with(&BytesStart::new(format!("{}xf", self.prefix)), &changes, true));
        };
        let original = &self.text[range.clone()];
        let mut reader = Reader::from_str(original);
        let event = reader.read_event().map_err(|why| xml::error(&self.path, &why))?;
        let rest = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Event::Empty(element) => Ok(tag_with(&element, &changes, true)),
            Event::Start(element) => Ok(tag_with(&element, &changes, false) + &original[rest..]),
            _ => Err(ReadError::broken(&self.path, "a cell style does not begin with its tag")),
        }
    }
}

impl Section {
    /// Adds items to the list and sets its count.
    fn append(&self, edits: &mut Edits, prefix: &str, name: &str, items: &str, count: u32) {
        let count = [("count", Some(count.to_string()))];
        match &self.tag {
            Some((element, range, true)) => {
                let tag = tag_with(element, &count, false);
                edits.replace(range.clone(), format!("{tag}{items}</{prefix}{name}>"));
            }
            Some((element, range, false)) => {
                edits.replace(range.clone(), tag_with(element, &count, false));
                edits.insert(self.end, items.to_owned());
            }
            None => {
                let tag = tag_with(&BytesStart::new(format!("{prefix}{name}")), &count, false);
                edits.insert(self.missing_at.unwrap_or_default(), format!("{tag}{items}</{prefix}{name}>"));
            }
        }
    }
}
