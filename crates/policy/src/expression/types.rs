//! Which type an expression has, given the types of its names.

use serde::Serialize;

use super::{Expression, ExpressionError, Function, Kind, Node, Operand, Operator};

/// What kind of value something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Number,
    Text,
    Truth,
}

impl Type {
    /// 数字, 文字, 是否.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "数字",
            Self::Text => "文字",
            Self::Truth => "是否",
        }
    }
}

impl Operand {
    /// Its type.
    #[must_use]
    pub fn type_of(&self) -> Type {
        match self {
            Self::Number(_) => Type::Number,
            Self::Text(_) => Type::Text,
            Self::Truth(_) => Type::Truth,
        }
    }
}

impl Expression {
    /// The type of the whole, when every name is known and every part fits.
    ///
    /// # Errors
    /// The first part that does not fit; for an unknown name it is named in [`ExpressionError::unknown`].
    pub fn check(&self, type_of: &dyn Fn(&str) -> Option<Type>) -> Result<Type, ExpressionError> {
        check(&self.tree, type_of)
    }
}

fn check(node: &Node, type_of: &dyn Fn(&str) -> Option<Type>) -> Result<Type, ExpressionError> {
    match &node.kind {
        Kind::Number(_) => Ok(Type::Number),
        Kind::Text(_) => Ok(Type::Text),
        Kind::Truth(_) => Ok(Type::Truth),
        Kind::Name(name) => type_of(name)
            .ok_or_else(|| ExpressionError {
                unknown: Some(name.clone()), ..ExpressionError::new(node.at, format!("没有“{name}”这个名称"))
            }),
        Kind::Not(inner) => demand(inner, Type::Truth, type_of),
        Kind::Negative(inner) => demand(inner, Type::Number, type_of),
        Kind::Operation { operator, left, right } => operation(node, *operator, left, right, type_of),
        Kind::Among { value, list, .. } => {
            let wanted = check(value, type_of)?;
            for item in list {
                demand(item, wanted, type_of)?;
            }
            Ok(Type::Truth)
        }
        Kind::Call { function, arguments } => {
            for argument in arguments {
                demand(argument, Type::Number, type_of)?;
            }
            if *function == Function::Round {
                places_of(arguments)?;
            }
            Ok(Type::Number)
        }
    }
}

fn operation(node: &Node, operator: Operator, left: &Node, right: &Node, type_of: &dyn Fn(&str) -> Option<Type>) -> Result<Type, ExpressionError> {
    match operator {
        Operator::And | Operator::Or => {
            demand(left, Type::Truth, type_of)?;
            demand(right, Type::Truth, type_of)
        }
        Operator::Equal | Operator::NotEqual => {
            let (a, b) = (check(left, type_of)?, check(right, type_of)?);
            if a == b {
                return Ok(Type::Truth);
            }
            Err(ExpressionError::new(node.at, format!("不能拿{}与{}比较", a.label(), b.label())))
        }
        Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
            demand(left, Type::Number, type_of)?;
            demand(right, Type::Number, type_of)?;
            Ok(Type::Truth)
        }
        Operator::Plus | Operator::Minus | Operator::Times | Operator::Over => {
            demand(left, Type::Number, type_of)?;
            demand(right, Type::Number, type_of)
        }
    }
}

fn demand(node: &Node, wanted: Type, type_of: &dyn Fn(&str) -> Option<Type>) -> Result<Type, ExpressionError> {
    let found = check(node, type_of)?;
    if found == wanted {
        return Ok(found);
    }
    Err(ExpressionError::new(node.at, format!("“{node}”是{}，这里要的是{}", found.label(), wanted.label())))
}

/// The places of a `round`, written as a number from 0 to 6.
fn places_of(arguments: &[Node]) -> Result<u32, ExpressionError> {
    const PLACES_MAX: i128 = 6;
    match arguments.get(1).map(|node| (&node.kind, node.at)) {
        Some((Kind::Number(n), _)) if n.is_integer() && (0..=PLACES_MAX).contains(n.numer()) => Ok(u32::try_from(*n.numer()).unwrap_or(0)),
        other => Err(ExpressionError::new(other.map_or(0, |(_, at)| at), format!("小数位数请直接写 0 到 {PLACES_MAX} 的整数"))),
    }
}
