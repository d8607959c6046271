//! How a figure looks: in a cell, in a file, to a drawing. Pure.

use assessment::GroupFigure;
use office::sheet::{Column, ColumnKind, Value};
use policy::Ratio;

use super::choices::{Offer, Printed};
use crate::http::view::grouped;

/// A figure in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// 92.5%, 1,204; a dash where there is nothing.
    pub(super) text: String,
    /// What a share is made of, and what is in doubt: 126/138，另 6 待佐证.
    pub(super) note: String,
    /// Nothing is counted here.
    pub(super) is_nothing: bool,
}

/// A figure; `None`: judged over longer periods.
pub(super) fn said(figure: Option<&GroupFigure>, offer: &Offer) -> Said {
    let dash = |note: String| Said { text: "—".to_owned(), note, is_nothing: true };
    let Some(figure) = figure else { return dash(String::new()) };
    match offer.printed {
        Printed::Whole => Said { text: whole(figure.above), note: String::new(), is_nothing: figure.above == Ratio::from_integer(0) },
        Printed::Money => Said { text: money(figure.above), note: String::new(), is_nothing: figure.above == Ratio::from_integer(0) },
        Printed::Share => {
            let unknown = (figure.n_unknown > 0).then(|| format!("待佐证 {}", grouped(figure.n_unknown.into())));
            let Some(permille) = permille(figure) else { return dash(unknown.unwrap_or_default()) };
            let below = figure.below.unwrap_or_default();
            let late = (figure.n_late > 0).then(|| format!("补办 {}", grouped(figure.n_late.into())));
            let parts: Vec<String> = [Some(format!("{}/{}", whole(figure.above), whole(below))), late, unknown].into_iter().flatten().collect();
            Said { text: share(permille), note: parts.join("，"), is_nothing: false }
        }
    }
}

/// Thousandths, rounded down, so that 100% says that nothing is missing; `None`: nothing was judged.
fn permille(figure: &GroupFigure) -> Option<i64> {
    let value = figure.value().filter(|_| figure.below != Some(Ratio::from_integer(0)))?;
    i64::try_from((value * Ratio::from_integer(1000)).floor().to_integer()).ok()
}

fn share(permille: i64) -> String {
    if permille % 1000 == 0 { format!("{}%", permille / 10) } else { format!("{}.{}%", permille / 10, permille % 10) }
}

/// A whole number with its thousands apart; of a fraction two places.
fn whole(value: Ratio) -> String {
    if !value.is_integer() {
        return policy::print_rounded(value, 2);
    }
    let sign = if *value.numer() < 0 { "-" } else { "" };
    format!("{sign}{}", u64::try_from(value.numer().unsigned_abs()).map_or_else(|_| value.to_string(), grouped))
}

fn money(fen: Ratio) -> String {
    let fen = fen.to_integer();
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let yuan = u64::try_from(yuan).map_or_else(|_| yuan.to_string(), grouped);
    if rest == 0 { format!("{sign}{yuan}") } else { format!("{sign}{yuan}.{rest:02}") }
}

/// For drawing alone: what is printed is exact.
pub(super) fn drawn(figure: Option<&GroupFigure>, offer: &Offer) -> Option<f64> {
    let figure = figure?;
    let number = |value: Ratio| value.to_integer() as f64;
    match offer.printed {
        Printed::Whole => Some(number(figure.above)),
        Printed::Money => Some(number(figure.above) / 100.0),
        Printed::Share => permille(figure).map(|n| n as f64 / 10.0),
    }
}

/// Columns of a file for one figure: a share with what it is made of.
pub(super) fn heads(offer: &Offer, column: &str) -> Vec<Column> {
    let named = |what: &str| format!("{} {column}{what}", offer.name);
    match offer.printed {
        Printed::Whole => vec![Column::new(format!("{}（{}）", named(""), offer.unit), ColumnKind::Integer)],
        Printed::Money => vec![Column::new(format!("{}（元）", named("")), ColumnKind::Decimal { places: 2 })],
        Printed::Share => vec![
            Column::new(named("（%）"), ColumnKind::Decimal { places: 1 }),
            Column::new(named(" 分子"), ColumnKind::Integer),
            Column::new(named(" 分母"), ColumnKind::Integer),
            Column::new(named(" 待佐证"), ColumnKind::Integer),
        ],
    }
}

/// What stands in them.
pub(super) fn cells(figure: Option<&GroupFigure>, offer: &Offer) -> Vec<Value> {
    let integer = |value: Ratio| i64::try_from(value.to_integer()).map_or(Value::Empty, Value::Integer);
    match (offer.printed, figure) {
        (Printed::Share, None) => vec![Value::Empty, Value::Empty, Value::Empty, Value::Empty],
        (_, None) => vec![Value::Empty],
        (Printed::Whole, Some(figure)) => vec![integer(figure.above)],
        (Printed::Money, Some(figure)) => {
            vec![i64::try_from(figure.above.to_integer()).map_or(Value::Empty, |units| Value::Decimal { units, places: 2 })]
        }
        (Printed::Share, Some(figure)) => vec![
            permille(figure).map_or(Value::Empty, |units| Value::Decimal { units, places: 1 }),
            integer(figure.above),
            integer(figure.below.unwrap_or_default()),
            Value::Integer(figure.n_unknown.into()),
        ],
    }
}
