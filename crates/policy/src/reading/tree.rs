//! A TOML file as a plain tree whose every node knows where it stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml_edit::{Document, InlineTable, Item, Table, TomlError, Value as Toml};

use crate::Place;

/// A value and the byte offset of what introduces it: its key, or its own start inside a list.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub at: usize,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Truth(bool),
    /// A date written without quotes.
    Day(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// Reads a file.
    pub(crate) fn parse(text: &str) -> Result<Self, TomlError> {
        let document = Document::parse(text)?;
        Ok(Self { at: 0, content: table(document.as_table()) })
    }

    /// A table that holds one node under a name.
    pub(crate) fn wrapping(key: &str, inner: Node) -> Self {
        Self { at: inner.at, content: Content::Table(vec![(key.to_owned(), inner)]) }
    }

    /// The same without places, for comparing and showing.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            Content::Text(text) | Content::Day(text) => Value::String(text.clone()),
            Content::Whole(n) => Value::from(*n),
            Content::Decimal(x) => Value::from(*x),
            Content::Truth(truth) => Value::Bool(*truth),
            Content::List(nodes) => Value::Array(nodes.iter().map(Node::value).collect()),
            Content::Table(entries) => Value::Object(entries.iter().map(|(k, n)| (k.clone(), n.value())).collect::<Map<_, _>>()),
        }
    }

    /// Collects the place of every node below, by path: `target.0.is`.
    pub(crate) fn places(&self, path: &str, lines: &Lines, into: &mut BTreeMap<String, Place>) {
        into.insert(path.to_owned(), lines.place(self.at));
        match &self.content {
            Content::List(nodes) => nodes.iter().enumerate().for_each(|(i, n)| n.places(&join(path, &i.to_string()), lines, into)),
            Content::Table(entries) => entries.iter().for_each(|(k, n)| n.places(&join(path, k), lines, into)),
            _ => {}
        }
    }
}

/// `a` and `b` as `a.b`; nothing before the first.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn table(table: &Table) -> Content {
    let entries = table.iter().filter_map(|(key, value)| {
        let at = table.key(key).and_then(toml_edit::Key::span).or_else(|| value.span()).map_or(0, |span| span.start);
        Some((key.to_owned(), Node { at, content: item(value)? }))
    });
    Content::Table(entries.collect())
}

fn inline_table(table: &InlineTable) -> Content {
    let entries = table.iter().map(|(key, value)| {
        let at = table.key(key).and_then(toml_edit::Key::span).or_else(|| value.span()).map_or(0, |span| span.start);
        (key.to_owned(), Node { at, content: plain(value) })
    });
    Content::Table(entries.collect())
}

fn item(item: &Item) -> Option<Content> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(plain(value)),
        Item::Table(inner) => Some(table(inner)),
        Item::ArrayOfTables(tables) => {
            let nodes = tables.iter().map(|t| Node { at: t.span().map_or(0, |span| span.start), content: table(t) });
            Some(Content::List(nodes.collect()))
        }
    }
}

fn plain(value: &Toml) -> Content {
    match value {
        Toml::String(text) => Content::Text(text.value().clone()),
        Toml::Integer(n) => Content::Whole(*n.value()),
        Toml::Float(x) => Content::Decimal(*x.value()),
        Toml::Boolean(truth) => Content::Truth(*truth.value()),
        Toml::Datetime(day) => Content::Day(day.value().to_string()),
        Toml::Array(values) => {
            let nodes = values.iter().map(|v| Node { at: v.span().map_or(0, |span| span.start), content: plain(v) });
            Content::List(nodes.collect())
        }
        Toml::InlineTable(inner) => inline_table(inner),
    }
}

/// Where the lines of a file begin, to turn byte offsets into places.
pub(crate) struct Lines<'a> {
    file: &'a str,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)).collect();
        Self { file, text, starts }
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[line - 1];
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
        Place { file: self.file.to_owned(), line: count(line), column: count(column) }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
