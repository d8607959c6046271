//! From the text of files to a [`Pack`]: every entry typed, layers merged, every problem reported at once.

mod deserializer;
mod fault;
mod layer;
mod merge;
mod syntax;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use layer::{LayerInfo, layer_files, layer_text, sm3_of};
pub use merge::read;

use crate::{Case, Pack, Place, Problem};

/// A file of a pack, as whoever reads the disk or the database hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Folder of the layer: `national`.
    pub layer: String,
    /// Path as it is shown to people, relative to `policies/`: `national/duties/theme_day.toml`.
    pub path: String,
    pub text: String,
}

/// What reading gives: the merged pack and all that is known about how it came to be.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// All layers merged. Entries with an error are left out.
    pub pack: Pack,
    /// In the order of files and lines.
    pub problems: Vec<Problem>,
    /// Place of every entry in force: `indicator.general_meeting`.
    pub origins: BTreeMap<String, Place>,
    pub overridden: Vec<Overridden>,
    /// From the lowest to the highest.
    pub layers: Vec<LayerInfo>,
    pub cases: Vec<Case>,
    /// Every entry in force as it is written, by `table.key`.
    pub entries: BTreeMap<String, Entry>,
    /// Entries that refer to an entry, by its name.
    pub(crate) users: BTreeMap<String, BTreeSet<String>>,
    /// Entries left out because of errors, and whether whole files are missing; references to them are no news.
    pub(crate) left_out: BTreeMap<String, Entry>,
    pub(crate) is_incomplete: bool,
}

impl Reading {
    /// Whether the pack may be used as far as reading goes; [`crate::check`] says the rest.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }

    /// Place of a value inside an entry (`scheme.five_star`, `section.0.items.1`), or of the nearest thing around it.
    #[must_use]
    pub fn place(&self, entry: &str, path: &str) -> Place {
        let nowhere = Place { file: entry.to_owned(), line: 1, column: 1 };
        self.entries.get(entry).or_else(|| self.left_out.get(entry)).map_or(nowhere, |e| e.place_of(path))
    }

    /// An entry as it is written, also when it was left out because of errors.
    #[must_use]
    pub fn written(&self, entry: &str) -> Option<&Entry> {
        self.entries.get(entry).or_else(|| self.left_out.get(entry))
    }

    /// Entries of the pack in force whose values are invented for the demo.
    #[must_use]
    pub fn count_examples(&self) -> usize {
        self.entries.values().filter(|e| e.value["cite"]["doc"] == "example").count()
    }
}

/// One entry as it is written, with the places of everything in it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `indicator`.
    pub table: String,
    /// `general_meeting`.
    pub key: String,
    pub layer: String,
    pub place: Place,
    pub value: Value,
    pub(crate) places: BTreeMap<String, Place>,
}

impl Entry {
    /// `indicator.general_meeting`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}.{}", self.table, self.key)
    }

    /// The path of what stands at a line and column, the innermost of several: the way back from a problem to the value.
    #[must_use]
    pub fn path_at(&self, line: u32, column: u32) -> Option<&str> {
        let here = self.places.iter().filter(|(_, place)| (place.line, place.column) == (line, column));
        here.map(|(path, _)| path.as_str()).max_by_key(|path| path.len())
    }

    /// Place of the value at `path`, or of the nearest thing around it.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return self.place.clone(),
            }
        }
    }
}

/// An entry of a lower layer that a higher one replaces as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// `indicator.general_meeting`.
    pub entry: String,
    pub layer: String,
    pub place: Place,
    pub by_layer: String,
    pub by: Place,
    /// As it was written below.
    pub value: Value,
}

#[cfg(test)]
mod tests;
