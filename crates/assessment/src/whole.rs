//! Expressions over whole numbers: what nearly all formulas of a scheme are, computed without fractions.
//! What does not fit here, or overflows, is left to the exact way.

use policy::{Expression, Function, Kind, Node, Operator};

use crate::formula::Source;
use crate::subject::Subject;

/// A number made of measures by whole steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whole {
    Measure(usize),
    Number(i64),
    Plus(Box<Self>, Box<Self>),
    Minus(Box<Self>, Box<Self>),
    Times(Box<Self>, Box<Self>),
    /// Divided by a positive number, rounded down.
    Floor(Box<Self>, i64),
}

/// A condition over such numbers and over what a subject is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Compare(Operator, Whole, Whole),
    /// Whether what a subject is has, or has not, one of these words.
    Among(Source, Vec<String>, bool),
    Both(Box<Self>, Box<Self>),
    Either(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

/// What a name of an expression stands for.
pub(crate) type Names<'n> = dyn Fn(&str) -> Option<Source> + 'n;

impl Whole {
    /// The expression, when it is nothing but whole numbers.
    pub(crate) fn of(expression: &Expression, names: &Names<'_>) -> Option<Self> {
        Self::of_node(&expression.tree, names)
    }

    fn of_node(node: &Node, names: &Names<'_>) -> Option<Self> {
        let of = |node: &Node| Self::of_node(node, names).map(Box::new);
        Some(match &node.kind {
            Kind::Number(number) if number.is_integer() => Self::Number(i64::try_from(*number.numer()).ok()?),
            Kind::Name(name) => match names(name)? {
                Source::Measure(number) => Self::Measure(number),
                _ => return None,
            },
            Kind::Operation { operator: Operator::Plus, left, right } => Self::Plus(of(left)?, of(right)?),
            Kind::Operation { operator: Operator::Minus, left, right } => Self::Minus(of(left)?, of(right)?),
            Kind::Operation { operator: Operator::Times, left, right } => Self::Times(of(left)?, of(right)?),
            Kind::Call { function: Function::Floor, arguments } => match arguments.as_slice() {
                [Node { kind: Kind::Operation { operator: Operator::Over, left, right }, .. }] => match of(right)?.as_ref() {
                    Self::Number(divisor) if *divisor > 0 => Self::Floor(of(left)?, *divisor),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Its value; `None`: it does not fit 64 bits.
    pub(crate) fn value(&self, reading: &impl Fn(usize) -> i64) -> Option<i64> {
        match self {
            Self::Measure(number) => Some(reading(*number)),
            Self::Number(number) => Some(*number),
            Self::Plus(a, b) => a.value(reading)?.checked_add(b.value(reading)?),
            Self::Minus(a, b) => a.value(reading)?.checked_sub(b.value(reading)?),
            Self::Times(a, b) => a.value(reading)?.checked_mul(b.value(reading)?),
            Self::Floor(a, divisor) => Some(a.value(reading)?.div_euclid(*divisor)),
        }
    }
}

impl Test {
    /// The condition, when it asks for nothing but whole numbers and words.
    pub(crate) fn of(expression: &Expression, names: &Names<'_>) -> Option<Self> {
        Self::of_node(&expression.tree, names)
    }

    fn of_node(node: &Node, names: &Names<'_>) -> Option<Self> {
        let test = |node: &Node| Self::of_node(node, names).map(Box::new);
        Some(match &node.kind {
            Kind::Not(inner) => Self::Not(test(inner)?),
            Kind::Operation { operator: Operator::And, left, right } => Self::Both(test(left)?, test(right)?),
            Kind::Operation { operator: Operator::Or, left, right } => Self::Either(test(left)?, test(right)?),
            Kind::Operation { operator: operator @ (Operator::Equal | Operator::NotEqual), left, right } => match (word(left, names), &right.kind) {
                (Some(source), Kind::Text(text)) => Self::Among(source, vec![text.clone()], *operator == Operator::Equal),
                _ => Self::Compare(*operator, Whole::of_node(left, names)?, Whole::of_node(right, names)?),
            },
            Kind::Operation { operator: operator @ (Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast), left, right } => {
                Self::Compare(*operator, Whole::of_node(left, names)?, Whole::of_node(right, names)?)
            }
            Kind::Among { value, list, excluded } => {
                let words = list.iter().map(|item| if let Kind::Text(text) = &item.kind { Some(text.clone()) } else { None });
                Self::Among(word(value, names)?, words.collect::<Option<_>>()?, !*excluded)
            }
            _ => return None,
        })
    }

    /// Whether it holds; `None`: a number does not fit 64 bits.
    pub(crate) fn holds(&self, reading: &impl Fn(usize) -> i64, subject: &Subject) -> Option<bool> {
        Some(match self {
            Self::Compare(operator, a, b) => {
                let order = a.value(reading)?.cmp(&b.value(reading)?);
                match operator {
                    Operator::Less => order.is_lt(),
                    Operator::AtMost => order.is_le(),
                    Operator::More => order.is_gt(),
                    Operator::AtLeast => order.is_ge(),
                    Operator::NotEqual => order.is_ne(),
                    _ => order.is_eq(),
                }
            }
            Self::Among(source, words, wanted) => words.iter().any(|word| word == source.word_of(subject)) == *wanted,
            Self::Both(a, b) => a.holds(reading, subject)? && b.holds(reading, subject)?,
            Self::Either(a, b) => a.holds(reading, subject)? || b.holds(reading, subject)?,
            Self::Not(inner) => !inner.holds(reading, subject)?,
        })
    }
}

/// A name that stands for what a subject is.
fn word(node: &Node, names: &Names<'_>) -> Option<Source> {
    let Kind::Name(name) = &node.kind else { return None };
    names(name).filter(|source| !matches!(source, Source::Measure(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Operand, Ratio};

    fn names(name: &str) -> Option<Source> {
        Some(match name {
            "a" => Source::Measure(0),
            "b" => Source::Measure(1),
            "field" => Source::Field,
            _ => return None,
        })
    }

    fn subject() -> Subject {
        let text = |text: &str| text.to_owned();
        let from = jiff::civil::date(2020, 1, 1);
        let (kind, field, level) = (text("branch"), text("rural"), text("branch"));
        Subject { id: 1, code: text("A"), name: text("甲"), kind, field, level, from, until: None, go_live: None, superiors: Vec::new() }
    }

    #[test]
    fn whole_steps_agree_with_the_exact_way() {
        let subject = subject();
        let figures = [-250, -100, -1, 0, 1, 3, 99, 100, 101, i64::MAX];
        let texts = [
            "a",
            "a - b",
            "a + 2 * b",
            "floor(a / 100)",
            "floor((a - b) / 7)",
            "a >= 1 or b >= 7",
            "a < b and not (a == 3)",
            "a + b >= 1",
            "a != b",
            "field == \"rural\" and a > 0",
            "field != \"rural\"",
            "field in [\"school\", \"rural\"]",
            "field not in [\"school\"]",
        ];
        for text in texts {
            let expression: Expression = text.parse().expect("an expression");
            let (whole, test) = (Whole::of(&expression, &names), Test::of(&expression, &names));
            assert_ne!(whole.is_some(), test.is_some(), "{text}");
            for a in figures {
                for b in figures {
                    let reading = |number: usize| [a, b][number];
                    let lookup = |name: &str| match names(name)? {
                        Source::Measure(number) => Some(Operand::Number(Ratio::from_integer(i128::from(reading(number))))),
                        other => Some(Operand::Text(other.word_of(&subject).to_owned())),
                    };
                    let exact = expression.evaluate(&lookup).expect("computable");
                    // What does not fit 64 bits is said so, never wrapped.
                    if let Some(value) = whole.as_ref().and_then(|whole| whole.value(&reading)) {
                        assert_eq!(Operand::Number(Ratio::from_integer(i128::from(value))), exact, "{text} of {a}, {b}");
                    }
                    if let Some(holds) = test.as_ref().and_then(|test| test.holds(&reading, &subject)) {
                        assert_eq!(Operand::Truth(holds), exact, "{text} of {a}, {b}");
                    }
                    let is_small = a.abs() < 1_000 && b.abs() < 1_000;
                    let is_known = whole.as_ref().is_some_and(|w| w.value(&reading).is_some())
                        || test.as_ref().is_some_and(|t| t.holds(&reading, &subject).is_some());
                    assert!(is_known || !is_small, "{text} of {a}, {b}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_whole_is_left_to_the_exact_way() {
        for text in ["a / b", "a / 2", "a * 1/2", "floor(a / b)", "max(a, b)", "a / 2 >= 1", "\"rural\" == field"] {
            let expression: Expression = text.parse().expect("an expression");
            assert_eq!((Whole::of(&expression, &names), Test::of(&expression, &names)), (None, None), "{text}");
        }
    }
}
