//! What is wrong in the files of a pack, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// A place in a file, counted from 1; columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pack must not be used.
    Error,
    /// Worth knowing; the pack may be used.
    Note,
}

impl Severity {
    /// 错误 or 提示.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Error => "错误",
            Self::Note => "提示",
        }
    }
}

/// One thing that is wrong or worth knowing, with its place and a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub severity: Severity,
    pub message: String,
}

impl Problem {
    /// An error at a place.
    #[must_use]
    pub fn error(place: &Place, message: impl Into<String>) -> Self {
        Self::new(place, Severity::Error, message.into())
    }

    /// A note at a place.
    #[must_use]
    pub fn note(place: &Place, message: impl Into<String>) -> Self {
        Self::new(place, Severity::Note, message.into())
    }

    fn new(place: &Place, severity: Severity, message: String) -> Self {
        Self { file: place.file.clone(), line: place.line, column: place.column, severity, message }
    }

    /// Whether the pack must not be used because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{} {}：{}", self.file, self.line, self.column, self.severity.label(), self.message)
    }
}
