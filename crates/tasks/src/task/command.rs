//! `jishi directive`: the reader alone, without a database.

use std::path::Path;

use anyhow::{Context as _, bail};

/// The tasks of a file: as `directive-tasks/1` JSON, or a line each. Offsets count the characters of the text that was read: of a
/// .txt the file's own, line ends included, so that `span` is the text from `start` to `end`.
///
/// # Errors
/// A sentence when the file cannot be read.
pub fn read(path: &Path, json: bool) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("无法读取 {}", path.display()))?;
    let name = path.to_string_lossy().to_lowercase();
    let text = if name.ends_with(".docx") {
        office::document::read_text(&bytes).map_err(|error| anyhow::anyhow!("{}：{error}", path.display()))?
    } else if let Ok(text) = String::from_utf8(bytes.clone()) {
        // As it stands: decoding would unify the line ends and move the offsets.
        text
    } else {
        office::document::decode_text(&bytes).map_err(|error| anyhow::anyhow!("{}：{error}", path.display()))?
    };
    if text.contains('\0') {
        bail!("{}：这不是文本文件，请另存为 .txt 或 .docx", path.display());
    }
    let read = directive::read(&text);
    if json {
        return Ok(serde_json::to_string_pretty(&read)?);
    }
    let line = |task: &directive::Task| {
        let quantity = task.quantity.as_ref().map(|quantity| super::quantity::Target::of(quantity).words());
        let parts = [Some(task.action.clone()), Some(task.units.join("、")), quantity, task.frequency.clone(), task.deadline.clone()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("　")
    };
    Ok(read.tasks.iter().map(line).collect::<Vec<_>>().join("\n"))
}
