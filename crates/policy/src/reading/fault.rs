//! What serde says when a value does not fit, in Chinese and with the path of the value.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::nearest::suggestion;

/// A value that does not fit, or a key that is missing.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What is wrong, to be read after the key: “应是整数”.
    pub message: String,
    /// Path of the value, once known.
    pub path: Option<String>,
    /// The key that the table at `path` lacks.
    pub lacks: Option<&'static str>,
}

impl Fault {
    pub(crate) fn new(message: String) -> Self {
        Self { message, path: None, lacks: None }
    }

    /// The same at this path, unless a deeper one is known.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("应是{}，现在是{}", wanted(&expected.to_string()), seen(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("应是{}，现在是{}，超出了范围", wanted(&expected.to_string()), seen(found)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("不能是“{variant}”{}", suggestion(variant, expected.iter().copied())))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { message: format!("缺少“{field}”，请补上"), path: None, lacks: Some(field) }
    }
}

/// What serde expects, in words.
fn wanted(expected: &str) -> String {
    let words = match expected {
        "a string" | "string" => "文字（写在引号里）",
        "a boolean" => "是否（true 或 false）",
        "u8" => "0–255 的整数",
        "u32" | "usize" | "u64" => "不小于 0 的整数",
        "i64" | "i32" => "整数",
        "a sequence" => "列表（写成 [ … ]）",
        "a map" => "表（写成 { 键 = 值 } 或 [表头]）",
        "a date string" => "日期（如 2025-01-31）",
        other if other.starts_with("struct ") => "表（写成 { 键 = 值 } 或 [表头]）",
        other if other.starts_with("enum ") => "可选的一个词（写在引号里）",
        other => other,
    };
    words.to_owned()
}

fn seen(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => format!("是否值 {truth}"),
        Unexpected::Unsigned(n) => format!("整数 {n}"),
        Unexpected::Signed(n) => format!("整数 {n}"),
        Unexpected::Float(x) => format!("小数 {x}"),
        Unexpected::Str(text) => format!("文字“{text}”"),
        Unexpected::Seq => "列表".to_owned(),
        Unexpected::Map => "表".to_owned(),
        other => other.to_string(),
    }
}
