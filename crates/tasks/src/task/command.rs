//! `jishi directive`: the reader alone, without a database.

use std::path::Path;

use anyhow::{Context as _, bail};
use directive::Change;

/// The tasks of a file: as `directive-tasks/1` JSON, or a line each. Offsets count the characters of the text that was read: of a
/// .txt the file's own, line ends included, so that `span` is the text from `start` to `end`.
///
/// # Errors
/// A sentence when the file cannot be read.
pub fn read(path: &Path, json: bool) -> anyhow::Result<String> {
    let read = directive::read(&text_of(path)?);
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

/// An earlier directive beside a later one: as `directive-comparison/1` JSON, or a line for each demand that changed.
///
/// # Errors
/// A sentence when either file cannot be read.
pub fn compare(later: &Path, earlier: &Path, json: bool) -> anyhow::Result<String> {
    let (earlier, later) = (directive::read(&text_of(earlier)?), directive::read(&text_of(later)?));
    if json {
        return Ok(serde_json::to_string_pretty(&directive::comparison_json(&earlier, &later))?);
    }
    let found = directive::compare(&earlier, &later);
    let word = |change| match change {
        Change::Same => "未变",
        Change::Tightened => "收紧",
        Change::Loosened => "放宽",
        Change::Altered => "调整",
    };
    let pairs = found.pairs.iter().map(|pair| {
        let values = pair.attributes.iter().map(|a| format!("{} → {}", a.earlier.as_deref().unwrap_or("—"), a.later.as_deref().unwrap_or("—")));
        format!("{}　{}　{}", word(pair.change), later.tasks[pair.later].span, values.collect::<Vec<_>>().join("，"))
    });
    let new = found.new.iter().map(|&i| format!("新增　{}", later.tasks[i].span));
    let dropped = found.dropped.iter().map(|&i| format!("不再要求　{}", earlier.tasks[i].span));
    Ok(pairs.chain(new).chain(dropped).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n"))
}

/// The text of a file. Of a .txt in UTF-8 as it stands: decoding would unify the line ends and move the offsets.
fn text_of(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("无法读取 {}", path.display()))?;
    let name = path.to_string_lossy().to_lowercase();
    let is_named = [".docx", ".html", ".htm", ".pdf"].iter().any(|ending| name.ends_with(ending)) || bytes.starts_with(b"%PDF-");
    let text = match String::from_utf8(bytes) {
        Ok(text) if !is_named => text,
        Ok(text) => read_any(path, &name, text.as_bytes())?,
        Err(error) => {
            let bytes = error.into_bytes();
            // A text file need not be called .txt.
            if is_named { read_any(path, &name, &bytes)? } else { read_any(path, "text.txt", &bytes)? }
        }
    };
    if text.contains('\0') {
        bail!("{}：这不是文本文件，请另存为 .txt 或 .docx", path.display());
    }
    Ok(text)
}

fn read_any(path: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<String> {
    office::document::read_any(name, bytes).map_err(|error| anyhow::anyhow!("{}：{error}", path.display()))
}
