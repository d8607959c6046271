//! Policy packs (制度包): what the documents prescribe, as data.
//!
//! For: reading, checking, dating and layering the TOML files of `policies/`.
//! In: the text of the files, by layer. Out: a [`Pack`] of typed definitions, or every problem with file and line.
//! Does not know: databases, HTTP, the clock.
//!
#![doc = include_str!("../README.md")]

mod cases;
mod check;
mod definitions;
mod difference;
mod explain;
mod expression;
mod facts;
mod nearest;
mod period;
mod problem;
mod reading;
mod value;
mod writing;

pub(crate) use cases::CaseFile;
pub use cases::{Arithmetic, Case, Expected, ExpectedOutcome, Given};
pub use check::{check, table_name};
pub use definitions::*;
pub use difference::{Difference, DifferenceKind, ValueDifference, differences};
pub use explain::{
    Explanation, Source, Use, also_named, approval, ballot_rule, contest_rule, explain, expression_words, how_scored, rating_rules, source,
    weight_change,
};
pub use expression::{Expression, ExpressionError, Function, Kind, Lookup, Missing, Node, Operand, Operator, Type};
pub use facts::{FLAGS, FactKind, FactShape, fact_kinds};
pub use period::{Per, Period};
pub use problem::{Place, Problem, Severity};
pub use reading::{Entry, LayerInfo, Overridden, Reading, SourceFile, layer_files, layer_text, read, sm3_of};
pub use value::{Comparator, Ratio, Target, parse_ratio, print_rounded};
pub use writing::entry_text;
