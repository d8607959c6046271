//! A `where` put together from what a list asks for, with its parameters in order.

use sea_orm::Value;

/// Conditions joined by `and`.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Condition {
    /// Adds a condition without parameters.
    #[must_use]
    pub fn and(mut self, part: impl Into<String>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Adds a condition with one parameter; each `?` in it stands for that parameter.
    #[must_use]
    pub fn and_with(mut self, part: &str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self.parts.push(part.replace('?', &format!("${}", self.values.len())));
        self
    }

    /// The text after `where`.
    #[must_use]
    pub fn sql(&self) -> String {
        if self.parts.is_empty() { "true".to_owned() } else { self.parts.join(" and ") }
    }

    /// The parameters, to be given with [`Self::sql`].
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        self.values.clone()
    }
}

/// What people typed, as the pattern of a `like` that finds it anywhere.
#[must_use]
pub fn anywhere(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !['%', '_', '\\'].contains(c)).collect();
    format!("%{}%", plain.to_lowercase())
}
