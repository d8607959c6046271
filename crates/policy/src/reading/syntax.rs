//! What is wrong with a file that is not TOML, in Chinese.

use toml_edit::TomlError;

use super::tree::Lines;
use crate::Problem;

/// One problem for a file that could not be read.
pub(super) fn problem(error: &TomlError, text: &str, lines: &Lines<'_>) -> Problem {
    let at = error.span().map_or(0, |span| span.start);
    let place = lines.place(at);
    if error.message().starts_with("duplicate key") {
        let line = text.lines().nth(place.line as usize - 1).unwrap_or_default().trim();
        let key = line.split('=').next().unwrap_or_default().trim();
        let first = text
            .lines()
            .take(place.line as usize - 1)
            .position(|l| l.trim() == line || (line.contains('=') && l.split('=').next().map(str::trim) == Some(key)));
        let other = first.map_or(String::new(), |i| format!("，第 {} 行已经写过", i + 1));
        return Problem::error(&place, format!("“{key}”重复{other}；请删去一处或合并"));
    }
    Problem::error(&place, format!("文件格式不对：{}", said(error.message())))
}

fn said(message: &str) -> String {
    let known = [
        ("string values must be quoted", "文字要写在引号里"),
        ("unclosed array", "列表没有写完，缺少“]”"),
        ("unclosed inline table", "“{”没有对应的“}”"),
        ("unclosed table", "表头没有写完，缺少“]”"),
        ("missing comma between array elements", "列表的两项之间缺少逗号"),
        ("missing comma between key-value pairs", "“{ }”里的两项之间缺少逗号"),
        ("missing assignment", "键后面缺少“=”"),
        ("key with no value", "键后面缺少“= 值”"),
        ("missing value", "“=”后面缺少值"),
        ("extra `=`", "多了一个“=”"),
        ("extra comma", "多了一个逗号"),
        ("invalid unquoted key", "键只能用英文字母、数字、下划线"),
        ("invalid basic string", "文字没有写完，缺少引号"),
        ("invalid literal string", "文字没有写完，缺少引号"),
        ("cannot recurse further", "嵌套太深"),
        ("unexpected content", "这里多了内容"),
        ("unexpected key or value", "这里多了内容，或前一行没有写完"),
    ];
    known
        .iter()
        .find(|(start, _)| message.starts_with(start))
        .map_or_else(|| format!("请检查引号、括号与逗号（{message}）"), |(_, words)| (*words).to_owned())
}
