//! What an expression gives, or what is missing for it.

use std::fmt;

use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Signed, Zero};

use super::{Expression, Function, Kind, Node, Operand, Operator, Type};
use crate::Ratio;

/// Gives names their values. `None`: there is no such name, or nothing is known of it.
pub trait Lookup {
    fn operand(&self, name: &str) -> Option<Operand>;
}

impl<F: Fn(&str) -> Option<Operand>> Lookup for F {
    fn operand(&self, name: &str) -> Option<Operand> {
        self(name)
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is known of this name.
    Name(String),
    /// The divisor, as it is written, is 0.
    DivisionByZero(String),
    /// A number grew beyond 128 bits.
    TooLarge,
    /// A value is not of the type that is needed here; [`Expression::check`] finds this before.
    Unfit { part: String, wanted: Type },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "没有“{name}”的值"),
            Self::DivisionByZero(divisor) => write!(f, "“{divisor}”是 0，不能作除数"),
            Self::TooLarge => f.write_str("数值太大，算不出来"),
            Self::Unfit { part, wanted } => write!(f, "“{part}”不是{}", wanted.label()),
        }
    }
}

impl std::error::Error for Missing {}

impl Expression {
    /// What it gives. `and` and `or` stop at the first side that decides.
    ///
    /// # Errors
    /// What is missing: the value of a name, a divisor other than 0, room for a number.
    pub fn evaluate(&self, names: &(impl Lookup + ?Sized)) -> Result<Operand, Missing> {
        evaluate(&self.tree, names)
    }
}

fn evaluate(node: &Node, names: &(impl Lookup + ?Sized)) -> Result<Operand, Missing> {
    Ok(match &node.kind {
        Kind::Number(n) => Operand::Number(*n),
        Kind::Text(text) => Operand::Text(text.clone()),
        Kind::Truth(truth) => Operand::Truth(*truth),
        Kind::Name(name) => names.operand(name).ok_or_else(|| Missing::Name(name.clone()))?,
        Kind::Not(inner) => Operand::Truth(!truth(inner, names)?),
        Kind::Negative(inner) => {
            let zero = Ratio::zero();
            Operand::Number(zero.checked_sub(&number(inner, names)?).ok_or(Missing::TooLarge)?)
        }
        Kind::Operation { operator, left, right } => operation(*operator, left, right, names)?,
        Kind::Among { value, list, excluded } => {
            let value = evaluate(value, names)?;
            let mut is_among = false;
            for item in list {
                is_among = is_among || evaluate(item, names)? == value;
            }
            Operand::Truth(is_among != *excluded)
        }
        Kind::Call { function, arguments } => Operand::Number(call(*function, arguments, names)?),
    })
}

fn operation(operator: Operator, left: &Node, right: &Node, names: &(impl Lookup + ?Sized)) -> Result<Operand, Missing> {
    let truth_of = |is: bool| Ok(Operand::Truth(is));
    match operator {
        Operator::And => return truth_of(truth(left, names)? && truth(right, names)?),
        Operator::Or => return truth_of(truth(left, names)? || truth(right, names)?),
        Operator::Equal => return truth_of(evaluate(left, names)? == evaluate(right, names)?),
        Operator::NotEqual => return truth_of(evaluate(left, names)? != evaluate(right, names)?),
        _ => {}
    }
    let (a, b) = (number(left, names)?, number(right, names)?);
    let result = match operator {
        Operator::Less => return truth_of(a < b),
        Operator::AtMost => return truth_of(a <= b),
        Operator::More => return truth_of(a > b),
        Operator::AtLeast => return truth_of(a >= b),
        Operator::Plus => a.checked_add(&b),
        Operator::Minus => a.checked_sub(&b),
        Operator::Times => a.checked_mul(&b),
        Operator::Over if b.is_zero() => return Err(Missing::DivisionByZero(right.to_string())),
        _ => a.checked_div(&b),
    };
    result.map(Operand::Number).ok_or(Missing::TooLarge)
}

fn call(function: Function, arguments: &[Node], names: &(impl Lookup + ?Sized)) -> Result<Ratio, Missing> {
    let values = arguments.iter().map(|argument| number(argument, names)).collect::<Result<Vec<_>, _>>()?;
    let first = values.first().copied().ok_or(Missing::TooLarge)?;
    match function {
        Function::Min => Ok(values.into_iter().fold(first, Ratio::min)),
        Function::Max => Ok(values.into_iter().fold(first, Ratio::max)),
        Function::Floor => Ok(Ratio::from_integer(floor(first))),
        Function::Ceil => first.numer().checked_neg().map(|n| Ratio::from_integer(-n.div_euclid(*first.denom()))).ok_or(Missing::TooLarge),
        Function::Round => {
            let places = values.get(1).filter(|n| n.is_integer()).and_then(|n| u32::try_from(*n.numer()).ok());
            places.and_then(|places| rounded(first, places)).ok_or(Missing::TooLarge)
        }
    }
}

fn floor(n: Ratio) -> i128 {
    n.numer().div_euclid(*n.denom())
}

/// With this many decimals, halves away from zero (四舍五入).
fn rounded(n: Ratio, places: u32) -> Option<Ratio> {
    let unit = Ratio::from_integer(10_i128.checked_pow(places)?);
    let size = if n.is_negative() { Ratio::zero().checked_sub(&n)? } else { n };
    let whole = floor(size.checked_mul(&unit)?.checked_add(&Ratio::new(1, 2))?);
    let size = Ratio::from_integer(whole).checked_div(&unit)?;
    Some(if n.is_negative() { -size } else { size })
}

fn number(node: &Node, names: &(impl Lookup + ?Sized)) -> Result<Ratio, Missing> {
    match evaluate(node, names)? {
        Operand::Number(n) => Ok(n),
        _ => Err(unfit(node, Type::Number)),
    }
}

fn truth(node: &Node, names: &(impl Lookup + ?Sized)) -> Result<bool, Missing> {
    match evaluate(node, names)? {
        Operand::Truth(truth) => Ok(truth),
        _ => Err(unfit(node, Type::Truth)),
    }
}

fn unfit(node: &Node, wanted: Type) -> Missing {
    Missing::Unfit { part: node.to_string(), wanted }
}
