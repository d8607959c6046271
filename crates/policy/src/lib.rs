//! Policy packs (制度包): what the documents prescribe, as data.
//!
//! For: reading, checking, dating and layering the TOML files of `policies/`.
//! In: the text of the files, by layer. Out: a [`Pack`] of typed definitions, or every problem with file and line.
//! Does not know: databases, HTTP, the clock.

mod definitions;
mod expression;
mod period;
mod value;

pub use definitions::*;
pub use expression::{Expression, ExpressionError, Lookup, Operand};
pub use period::{Per, Period};
pub use value::{Comparator, Ratio, Target, parse_ratio, print_rounded};
