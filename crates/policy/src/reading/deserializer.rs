//! Turns a tree into typed definitions and reports everything that does not fit, not only the first.
//!
//! A value that does not fit is reported and replaced by a stand-in, then the entry is read again, until nothing new
//! is found. The known keys are those that serde knows of the types themselves.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::fault::Fault;
use super::tree::{Content, Node, join};
use crate::nearest::suggestion;

/// Texts that stand in for a value that is missing, until one is accepted: a text, a day, a period, a target.
const STAND_INS: [&str; 4] = ["1", "2000-01-01", "2000", ">= 1"];
/// More problems than this in one entry are not looked for.
const FAULTS_MAX: usize = 60;

/// Reads `node` as `T`. The value is there only when nothing was wrong; each problem is a path and a message.
pub(crate) fn typed<T: DeserializeOwned>(node: &Node) -> (Option<T>, Vec<(String, String)>) {
    let mut stand_ins: BTreeMap<String, usize> = BTreeMap::new();
    let mut problems: Vec<(String, String)> = Vec::new();
    let unknown = RefCell::new(BTreeSet::new());
    for _ in 0..FAULTS_MAX * STAND_INS.len() {
        let place = At { node, path: String::new(), notes: &Notes { stand_ins: &stand_ins, unknown: &unknown } };
        let fault = match T::deserialize(place) {
            Ok(value) => {
                problems.extend(unknown.into_inner());
                let sound = problems.is_empty();
                return (sound.then_some(value), problems);
            }
            Err(fault) => fault,
        };
        let path = fault.path.unwrap_or_default();
        let subject = fault.lacks.map_or_else(|| path.clone(), |key| join(&path, key));
        if let Some(tried) = stand_ins.get_mut(&subject) {
            *tried += 1;
            if *tried >= STAND_INS.len() {
                break;
            }
            continue;
        }
        let is_misspelt = fault.lacks.is_some_and(|key| unknown.borrow().iter().any(|(_, message)| message.ends_with(&format!("“{key}”？"))));
        if !is_misspelt {
            problems.push((path.clone(), said_of(&path, fault.lacks.is_some(), &fault.message)));
        }
        if subject.is_empty() {
            break;
        }
        stand_ins.insert(subject, 0);
    }
    problems.extend(unknown.into_inner());
    (None, problems)
}

/// “target”第 2 项应是……
fn said_of(path: &str, lacks: bool, message: &str) -> String {
    let mut steps = path.rsplit('.');
    let last = steps.next().unwrap_or_default();
    let name = match last.parse::<usize>() {
        Ok(n) => format!("“{}”第 {} 项", steps.next().unwrap_or_default(), n + 1),
        Err(_) => format!("“{last}”"),
    };
    match (path.is_empty(), lacks) {
        (true, _) => message.to_owned(),
        (false, true) => format!("{name}{message}"),
        (false, false) if message.starts_with('应') || message.starts_with('不') => format!("{name}{message}"),
        (false, false) => format!("{name}：{message}"),
    }
}

struct Notes<'a> {
    stand_ins: &'a BTreeMap<String, usize>,
    unknown: &'a RefCell<BTreeSet<(String, String)>>,
}

/// A node at its path.
struct At<'a> {
    node: &'a Node,
    path: String,
    notes: &'a Notes<'a>,
}

impl<'a> At<'a> {
    fn list<'de, V: Visitor<'de>>(&self, nodes: &'a [Node], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(List { nodes: nodes.iter().enumerate(), path: &self.path, notes: self.notes })
    }

    fn table<'de, V: Visitor<'de>>(&self, fields: Option<&'static [&'static str]>, visitor: V) -> Result<V::Value, Fault> {
        let Content::Table(entries) = &self.node.content else {
            return Err(self.unfit(&visitor));
        };
        let mut present: Vec<(&'a str, Option<&'a Node>)> = Vec::new();
        for (key, node) in entries {
            if let Some(fields) = fields
                && !fields.contains(&key.as_str())
            {
                let message = format!("不认识的键“{key}”{}", suggestion(key, fields.iter().copied()));
                self.notes.unknown.borrow_mut().insert((join(&self.path, key), message));
                continue;
            }
            present.push((key, Some(node)));
        }
        let is_first_look = self.notes.stand_ins.is_empty();
        for field in fields.filter(|_| !is_first_look).unwrap_or_default() {
            if !entries.iter().any(|(key, _)| key == field) && self.notes.stand_ins.contains_key(&join(&self.path, field)) {
                present.push((field, None));
            }
        }
        visitor.visit_map(Entries { entries: present.into_iter(), value: None, path: &self.path, notes: self.notes })
    }

    fn unfit(&self, expected: &dyn de::Expected) -> Fault {
        let found = match &self.node.content {
            Content::Text(text) | Content::Day(text) => de::Unexpected::Str(text),
            Content::Whole(n) => de::Unexpected::Signed(*n),
            Content::Decimal(x) => de::Unexpected::Float(*x),
            Content::Truth(truth) => de::Unexpected::Bool(*truth),
            Content::List(_) => de::Unexpected::Seq,
            Content::Table(_) => de::Unexpected::Map,
        };
        Fault::invalid_type(found, expected)
    }

    /// A text, and if the type refuses it in words that are not ours, what the type wanted.
    fn text<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let (Content::Text(text) | Content::Day(text)) = &self.node.content else {
            return Err(self.unfit(&visitor));
        };
        let wanted = Wanted(&visitor).to_string();
        visitor.visit_str(text).map_err(|fault: Fault| {
            let foreign = fault.path.is_none() && fault.message.is_ascii();
            if foreign { Fault::invalid_type(de::Unexpected::Str(text), &wanted.as_str()) } else { fault }
        })
    }
}

/// What a visitor says that it expects.
struct Wanted<'v, V>(&'v V);

impl<'de, V: Visitor<'de>> fmt::Display for Wanted<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let result = match &self.node.content {
            Content::Text(_) | Content::Day(_) => self.text(visitor),
            Content::Whole(n) => visitor.visit_i64(*n),
            Content::Decimal(x) => visitor.visit_f64(*x),
            Content::Truth(truth) => visitor.visit_bool(*truth),
            Content::List(nodes) => self.list(nodes, visitor),
            Content::Table(_) => self.table(None, visitor),
        };
        result.map_err(|fault| fault.at(&self.path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.table(Some(fields), visitor).map_err(|fault| fault.at(&self.path))
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        let result = match &self.node.content {
            Content::Text(text) => visitor.visit_enum(variant(text)),
            _ => Err(self.unfit(&visitor)),
        };
        result.map_err(|fault| fault.at(&self.path))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn variant(name: &str) -> StrDeserializer<'_, Fault> {
    name.into_deserializer()
}

struct List<'a> {
    nodes: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    path: &'a str,
    notes: &'a Notes<'a>,
}

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((i, node)) = self.nodes.next() else { return Ok(None) };
        value_at(Some(node), join(self.path, &i.to_string()), self.notes, seed).map(Some)
    }
}

struct Entries<'a, I> {
    entries: I,
    value: Option<(&'a str, Option<&'a Node>)>,
    path: &'a str,
    notes: &'a Notes<'a>,
}

impl<'de, 'a, I: Iterator<Item = (&'a str, Option<&'a Node>)>> MapAccess<'de> for Entries<'a, I> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.value = self.entries.next();
        self.value.map(|(key, _)| seed.deserialize(variant(key))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, node) = self.value.take().ok_or_else(|| Fault::new("键没有值".to_owned()))?;
        value_at(node, join(self.path, key), self.notes, seed)
    }
}

/// The value of a node, or its stand-in when it was found wanting before.
fn value_at<'de, S: DeserializeSeed<'de>>(node: Option<&Node>, path: String, notes: &Notes<'_>, seed: S) -> Result<S::Value, Fault> {
    let tried = notes.stand_ins.get(&path).copied();
    match (node, tried) {
        (Some(node), None) => seed.deserialize(At { node, path: path.clone(), notes }).map_err(|fault| fault.at(&path)),
        (_, tried) => {
            let text = STAND_INS.get(tried.unwrap_or(0)).copied().unwrap_or_default();
            let result = seed.deserialize(StandIn { text });
            result.map_err(|fault| Fault { path: Some(path), lacks: None, ..fault })
        }
    }
}

/// Something that fits nearly everywhere, so that reading can go on behind a problem.
#[derive(Clone, Copy)]
struct StandIn {
    text: &'static str,
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_i64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(false)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(de::value::SeqDeserializer::<_, Fault>::new(std::iter::empty::<i64>()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(de::value::MapDeserializer::<_, Fault>::new(std::iter::empty::<(&str, i64)>()))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(StandIns { fields: fields.iter(), stand_in: self })
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, variants: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_enum(variant(variants.first().copied().unwrap_or_default()))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct newtype_struct tuple tuple_struct identifier ignored_any
    }
}

struct StandIns {
    fields: std::slice::Iter<'static, &'static str>,
    stand_in: StandIn,
}

impl<'de> MapAccess<'de> for StandIns {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.fields.next().map(|field| seed.deserialize(variant(field))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.stand_in)
    }
}

impl<'de> IntoDeserializer<'de, Fault> for StandIn {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
