//! The one expression language of packs (Decisions 8): typed, total, no loops, one parser.
//!
//! ```text
//! full_members >= 7 and field in ["village", "community"]
//! round(meetings / max(months, 1), 2) * 80%
//! ```
//!
//! Numbers are exact. Division by zero and numbers beyond 128 bits give [`Missing`], never a crash.

mod evaluate;
mod parse;
mod print;
mod types;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

pub use evaluate::{Lookup, Missing};
pub use types::Type;

use crate::Ratio;

/// A condition or arithmetic, kept with its text. Two are equal when they say the same, however they are spaced.
#[derive(Debug, Clone)]
pub struct Expression {
    pub text: String,
    pub tree: Node,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl Eq for Expression {}

impl Expression {
    /// The names it uses, each once, in the order of the text.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.tree.walk(&mut |node| {
            if let Kind::Name(name) = &node.kind
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        });
        names
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self { text: text.to_owned(), tree: parse::parse(text)? })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(|e: ExpressionError| de::Error::custom(e))
    }
}

/// A part of an expression and the character at which it stands. Where it stands is no part of what it says.
#[derive(Debug, Clone)]
pub struct Node {
    /// Counted in characters from 0.
    pub at: usize,
    pub kind: Kind,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for Node {}

impl Node {
    /// Visits this part and all parts below, from left to right.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Node)) {
        visit(self);
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) | Kind::Truth(_) | Kind::Name(_) => {}
            Kind::Not(inner) | Kind::Negative(inner) | Kind::Among { value: inner, .. } => inner.walk(visit),
            Kind::Operation { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            Kind::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.walk(visit)),
        }
    }
}

/// What a part of an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Number(Ratio),
    Text(String),
    Truth(bool),
    Name(String),
    Not(Box<Node>),
    Negative(Box<Node>),
    Operation {
        operator: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// `field in ["village", "community"]`, `not in` when `excluded`.
    Among {
        value: Box<Node>,
        list: Vec<Node>,
        excluded: bool,
    },
    Call {
        function: Function,
        arguments: Vec<Node>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    Times,
    Over,
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
        }
    }

    /// How strongly it binds: `or` least.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual | Self::Less | Self::AtMost | Self::More | Self::AtLeast => strength::COMPARISON,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Over => 6,
        }
    }
}

/// How strongly what is no operator binds.
pub(crate) mod strength {
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARISON: u8 = 4;
    pub(crate) const NEGATIVE: u8 = 7;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Min,
    Max,
    Ceil,
    Floor,
    /// `round(x, places)`, halves away from zero.
    Round,
}

impl Function {
    pub(crate) const ALL: [Self; 5] = [Self::Min, Self::Max, Self::Ceil, Self::Floor, Self::Round];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Ceil => "ceil",
            Self::Floor => "floor",
            Self::Round => "round",
        }
    }

    /// Number of arguments: exactly, or at least for `min` and `max`.
    pub(crate) fn takes(self, n: usize) -> bool {
        match self {
            Self::Min | Self::Max => n >= 2,
            Self::Ceil | Self::Floor => n == 1,
            Self::Round => n == 2,
        }
    }
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
    /// Counted in characters from 0.
    pub at: usize,
    pub message: String,
    /// The name that is not known, so that whoever knows the names can suggest one.
    pub unknown: Option<String>,
}

impl ExpressionError {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), unknown: None }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 个字符处：{}", self.at + 1, self.message)
    }
}

impl std::error::Error for ExpressionError {}

#[cfg(test)]
mod tests;
