//! Files → layers → one pack.

use std::collections::{BTreeMap, BTreeSet};

use super::deserializer::typed;
use super::layer::{LayerFile, LayerHead, layer_text, plain, sm3_of};
use super::syntax;
use super::tree::{Content, Lines, Node};
use super::{Entry, LayerInfo, Overridden, Reading, SourceFile};
use crate::check::users;
use crate::{CaseFile, Pack, Place, Problem};

/// Reads files of any number of layers and merges them: the entry of a higher layer replaces the lower one's as a whole.
///
/// Every problem of every file is reported at once; an entry with an error is left out of the pack.
#[must_use]
pub fn read(files: &[SourceFile]) -> Reading {
    let mut reading = Reading::default();
    let mut entries: Vec<(Entry, Node)> = Vec::new();
    for file in files {
        foreign_text(file, &mut reading);
    }
    for layer in layers(files, &mut reading) {
        read_layer(files, layer, &mut entries, &mut reading);
    }
    let merged = merge(entries, &mut reading);
    reading.users = users(&reading.entries);
    // Every entry was typed on its own before, so all of them together are.
    let (pack, problems) = typed::<Pack>(&merged);
    reading.pack = pack.unwrap_or_default();
    reading.pack.end_earlier_versions();
    let place = Place { file: "policies".to_owned(), line: 1, column: 1 };
    reading.problems.extend(problems.into_iter().map(|(_, message)| Problem::error(&place, message)));
    reading.problems.sort();
    reading.problems.dedup();
    reading
}

/// Bytes that are not UTF-8 come as the character that stands for what cannot be read.
fn foreign_text(file: &SourceFile, reading: &mut Reading) {
    let unreadable = (1..).zip(file.text.lines()).find(|(_, text)| text.contains(char::REPLACEMENT_CHARACTER));
    if let Some((line, _)) = unreadable {
        let place = Place { file: file.path.clone(), line, column: 1 };
        reading.problems.push(Problem::error(&place, "这一行不是 UTF-8 文字，请用 UTF-8 编码另存文件"));
    }
}

/// The layers, from the lowest to the highest.
fn layers(files: &[SourceFile], reading: &mut Reading) -> Vec<LayerInfo> {
    let ids: BTreeSet<&str> = files.iter().map(|f| f.layer.as_str()).collect();
    let mut layers = Vec::new();
    let mut known = Vec::new();
    for id in ids {
        let head = layer_head(files, id, reading);
        known.extend(head.as_ref().map(|head| (head.order, id)));
        let head = head.unwrap_or_else(|| LayerHead { title: id.to_owned(), order: 0, version: String::new(), example: false, effective_from: None });
        let text = layer_text(files, id);
        layers.push(LayerInfo {
            id: id.to_owned(),
            title: head.title,
            order: head.order,
            version: head.version,
            example: head.example,
            effective_from: head.effective_from,
            n_entries: 0,
            n_cases: 0,
            sm3: sm3_of(&text),
            text,
        });
    }
    layers.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    known.sort_unstable();
    for pair in known.windows(2) {
        let ((order, a), (other, b)) = (pair[0], pair[1]);
        if order == other {
            let place = Place { file: format!("{b}/layer.toml"), line: 1, column: 1 };
            let message = format!("层“{a}”与“{b}”的 order 都是 {order}，无法确定谁覆盖谁，请改成不同的数");
            reading.problems.push(Problem::error(&place, message));
        }
    }
    layers
}

fn layer_head(files: &[SourceFile], id: &str, reading: &mut Reading) -> Option<LayerHead> {
    let Some(file) = files.iter().find(|f| f.layer == id && is_head(f)) else {
        let place = Place { file: format!("{id}/layer.toml"), line: 1, column: 1 };
        reading.problems.push(Problem::error(&place, "缺少 layer.toml，请写明 [layer] 的 title、order、version"));
        return None;
    };
    let text = plain(&file.text);
    let lines = Lines::new(&file.path, &text);
    let node = match Node::parse(&text) {
        Ok(node) => node,
        Err(error) => {
            reading.problems.push(syntax::problem(&error, &text, &lines));
            return None;
        }
    };
    let (head, problems) = typed::<LayerFile>(&node);
    report(&node, &lines, problems, reading);
    head.map(|file| file.layer)
}

fn is_head(file: &SourceFile) -> bool {
    file_name(file) == "layer.toml"
}

fn file_name(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

/// Reads all files of a layer; entries that are given twice in it are errors.
fn read_layer(files: &[SourceFile], mut layer: LayerInfo, entries: &mut Vec<(Entry, Node)>, reading: &mut Reading) {
    let mut own: BTreeMap<String, (Entry, Node)> = BTreeMap::new();
    let mut files: Vec<&SourceFile> = files.iter().filter(|f| f.layer == layer.id && !is_head(f)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let text = plain(&file.text);
        let lines = Lines::new(&file.path, &text);
        let node = match Node::parse(&text) {
            Ok(node) => node,
            Err(error) => {
                reading.problems.push(syntax::problem(&error, &text, &lines));
                reading.is_incomplete = true;
                continue;
            }
        };
        if file_name(file).ends_with(".cases.toml") {
            layer.n_cases += read_cases(&node, file, &lines, reading);
            continue;
        }
        for (entry, node) in file_entries(&node, &layer.id, &lines, reading) {
            match own.get(&entry.id()) {
                Some((first, _)) => {
                    let message = format!("“{}”在本层已经定义过（{}），请删去一处；要改上一层的值，请写在更高的层", entry.id(), first.place);
                    reading.problems.push(Problem::error(&entry.place, message));
                }
                None => {
                    own.insert(entry.id(), (entry, node));
                }
            }
        }
    }
    layer.n_entries = own.len();
    entries.extend(own.into_values());
    reading.layers.push(layer);
}

/// The cases of a file, each read on its own. Returns how many there are.
fn read_cases(node: &Node, file: &SourceFile, lines: &Lines<'_>, reading: &mut Reading) -> usize {
    let Content::Table(tables) = &node.content else { return 0 };
    let Some((_, Node { content: Content::List(cases), .. })) = tables.iter().find(|(key, _)| key == "case").filter(|_| tables.len() == 1) else {
        let (_, problems) = typed::<CaseFile>(node);
        report(node, lines, problems, reading);
        return 0;
    };
    for case in cases {
        let alone = Node::wrapping("case", Node { at: case.at, content: Content::List(vec![case.clone()]) });
        let (read, problems) = typed::<CaseFile>(&alone);
        report(&alone, lines, problems, reading);
        for mut case in read.into_iter().flat_map(|file| file.case) {
            case.layer.clone_from(&file.layer);
            case.place = Some(lines.place(alone.at));
            reading.cases.push(case);
        }
    }
    cases.len()
}

/// The entries of a file, typed each on its own so that one bad entry hides no other.
fn file_entries(node: &Node, layer: &str, lines: &Lines<'_>, reading: &mut Reading) -> Vec<(Entry, Node)> {
    let mut found = Vec::new();
    let Content::Table(tables) = &node.content else { return found };
    for (table, node) in tables {
        // Only the name of the table and that it is one.
        let empty = match &node.content {
            Content::Table(_) => Content::Table(Vec::new()),
            other => other.clone(),
        };
        let alone = Node::wrapping(table, Node { at: node.at, content: empty });
        let (_, problems) = typed::<Pack>(&alone);
        let is_known = problems.is_empty();
        report(&alone, lines, problems, reading);
        let Content::Table(entries) = &node.content else { continue };
        if !is_known {
            continue;
        }
        for (key, node) in entries {
            let place = lines.place(node.at);
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                reading.problems.push(Problem::error(&place, format!("条目名“{key}”请只用小写英文字母、数字和下划线")));
                continue;
            }
            let alone = Node::wrapping(table, Node::wrapping(key, node.clone()));
            let (pack, problems) = typed::<Pack>(&alone);
            report(&alone, lines, problems, reading);
            let mut places = BTreeMap::new();
            node.places("", lines, &mut places);
            let entry = Entry { table: table.clone(), key: key.clone(), layer: layer.to_owned(), place, value: node.value(), places };
            if pack.is_some() {
                found.push((entry, node.clone()));
            } else {
                reading.left_out.insert(entry.id(), entry);
            }
        }
    }
    found
}

fn report(node: &Node, lines: &Lines<'_>, problems: Vec<(String, String)>, reading: &mut Reading) {
    if problems.is_empty() {
        return;
    }
    let mut places = BTreeMap::new();
    node.places("", lines, &mut places);
    for (path, message) in problems {
        let mut path = path.as_str();
        while !places.contains_key(path) {
            path = path.rsplit_once('.').map_or("", |(around, _)| around);
        }
        reading.problems.push(Problem::error(&places[path], message));
    }
}

/// Lays the layers over each other, from the lowest to the highest.
fn merge(entries: Vec<(Entry, Node)>, reading: &mut Reading) -> Node {
    let mut tables: BTreeMap<String, BTreeMap<String, Node>> = BTreeMap::new();
    for (entry, node) in entries {
        let id = entry.id();
        tables.entry(entry.table.clone()).or_default().insert(entry.key.clone(), node);
        if let Some(below) = reading.entries.get(&id) {
            reading.overridden.push(Overridden {
                entry: id.clone(),
                layer: below.layer.clone(),
                place: below.place.clone(),
                by_layer: entry.layer.clone(),
                by: entry.place.clone(),
                value: below.value.clone(),
            });
        }
        reading.origins.insert(id.clone(), entry.place.clone());
        reading.entries.insert(id, entry);
    }
    let table = |entries: BTreeMap<String, Node>| Node { at: 0, content: Content::Table(entries.into_iter().collect()) };
    Node { at: 0, content: Content::Table(tables.into_iter().map(|(name, entries)| (name, table(entries))).collect()) }
}
