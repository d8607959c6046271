//! A layer: a folder of files under one `layer.toml`, and the text under which it is kept.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use super::SourceFile;

/// A layer as it was read. `text` is its canonical text, `sm3` the fingerprint of that text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerInfo {
    pub id: String,
    pub title: String,
    pub order: i64,
    pub version: String,
    /// Whether its values may be invented for the demo.
    pub example: bool,
    pub effective_from: Option<Date>,
    pub n_entries: usize,
    pub n_cases: usize,
    pub sm3: String,
    #[serde(skip)]
    pub text: String,
}

/// The file `layer.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerFile {
    pub layer: LayerHead,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerHead {
    pub title: String,
    pub order: i64,
    pub version: String,
    #[serde(default)]
    pub example: bool,
    #[serde(default)]
    pub effective_from: Option<Date>,
}

/// The files of one layer as one text: sorted by path, each after a line with its path and length in bytes;
/// line ends are `\n`, no byte order mark. [`layer_files`] turns it back.
#[must_use]
pub fn layer_text(files: &[SourceFile], layer: &str) -> String {
    let mut files: Vec<(&str, String)> = files.iter().filter(|f| f.layer == layer).map(|f| (f.path.as_str(), plain(&f.text))).collect();
    files.sort();
    files.iter().map(|(path, text)| format!("{} {path}\n{text}\n", text.len())).collect()
}

/// The files that a canonical text was made of. Empty when it is none.
#[must_use]
pub fn layer_files(layer: &str, text: &str) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut rest = text;
    while let Some((head, after)) = rest.split_once('\n') {
        let Some((length, path)) = head.split_once(' ') else { return Vec::new() };
        let Some((body, next)) = length.parse().ok().and_then(|n: usize| after.split_at_checked(n)) else { return Vec::new() };
        files.push(SourceFile { layer: layer.to_owned(), path: path.to_owned(), text: body.to_owned() });
        rest = next.strip_prefix('\n').unwrap_or(next);
    }
    files
}

/// SM3 of a text, in lower-case hexadecimal.
#[must_use]
pub fn sm3_of(text: &str) -> String {
    Sm3::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file's text without byte order mark and with `\n` only.
pub(super) fn plain(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}
