//! Tree → text with as few parentheses as keep the meaning.

use std::fmt;

use super::{Kind, Node, strength};
use crate::Ratio;

/// Binds more strongly than anything: names, numbers, calls.
const ATOM: u8 = 9;

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(n) => f.write_str(&number(*n)),
            Kind::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Kind::Text(text) => write!(f, "\"{text}\""),
            Kind::Truth(truth) => write!(f, "{truth}"),
            Kind::Name(name) => f.write_str(name),
            Kind::Not(inner) => {
                f.write_str("not ")?;
                inner.print(strength::NOT, f)
            }
            Kind::Negative(inner) => {
                f.write_str("-")?;
                inner.print(strength::NEGATIVE, f)
            }
            Kind::Operation { operator, left, right } => {
                // A comparison takes no other comparison on either side.
                let own = operator.strength();
                left.print(own + u8::from(own == strength::COMPARISON), f)?;
                write!(f, " {} ", operator.sign())?;
                right.print(own + 1, f)
            }
            Kind::Among { value, list, excluded } => {
                value.print(strength::COMPARISON + 1, f)?;
                f.write_str(if *excluded { " not in [" } else { " in [" })?;
                commas(list, f)?;
                f.write_str("]")
            }
            Kind::Call { function, arguments } => {
                write!(f, "{}(", function.name())?;
                commas(arguments, f)?;
                f.write_str(")")
            }
        }
    }
}

impl Node {
    fn print(&self, least: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.strength() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }

    fn strength(&self) -> u8 {
        match &self.kind {
            Kind::Operation { operator, .. } => operator.strength(),
            Kind::Among { .. } => strength::COMPARISON,
            Kind::Not(_) => strength::NOT,
            Kind::Negative(_) => strength::NEGATIVE,
            _ => ATOM,
        }
    }
}

fn commas(nodes: &[Node], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, node) in nodes.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{node}")?;
    }
    Ok(())
}

/// A number as it can be read again: with all its decimals. What has no finite decimals is written as a division.
fn number(n: Ratio) -> String {
    const DECIMALS_MAX: u32 = 18;
    let (above, below) = (*n.numer(), *n.denom());
    for decimals in 0..=DECIMALS_MAX {
        let unit = 10_i128.pow(decimals);
        if unit % below == 0
            && let Some(digits) = above.checked_mul(unit / below)
        {
            if decimals == 0 {
                return digits.to_string();
            }
            return format!("{}.{:0width$}", digits / unit, (digits % unit).abs(), width = decimals as usize);
        }
    }
    format!("({above} / {below})")
}
