//! The one expression language of packs (Decisions 8): typed, total, no loops, one parser.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::Ratio;

/// A checked condition or arithmetic, kept with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    pub text: String,
}

/// What a name stands for, or what an expression gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    Number(Ratio),
    Text(String),
    Truth(bool),
}

/// Where an expression is wrong, in its own text, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    pub at: usize,
    pub message: String,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 个字符处：{}", self.at + 1, self.message)
    }
}

/// Gives names their values. `None`: there is no such name.
pub trait Lookup {
    fn operand(&self, name: &str) -> Option<Operand>;
}

impl<F: Fn(&str) -> Option<Operand>> Lookup for F {
    fn operand(&self, name: &str) -> Option<Operand> {
        self(name)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(|e: ExpressionError| de::Error::custom(e))
    }
}

impl std::str::FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self { text: text.to_owned() })
    }
}
