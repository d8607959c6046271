//! Small multiples: for each figure one small chart per organisation of the level, all on one axis, in the order of their codes.
//!
//! Branches are not drawn beside each other: comparisons by name belong to an evaluation. Nothing here sorts by a figure.

use serde_json::json;

use super::choices::{Offer, Printed};
use super::pages::{behind, href_of};
use super::print::{drawn, said};
use super::question::{Across, Answered, ColumnOf, Question, RowOf};

/// Small charts on one page at most: more is no picture that anybody takes in.
const N_CHARTS_MAX: usize = 120;

/// One figure, drawn once for each organisation.
pub(super) struct Multiple {
    pub(super) name: String,
    /// What the axis of all of them runs to.
    pub(super) axis: String,
    pub(super) charts: Vec<SmallChart>,
    /// The same as a table: organisations, then columns.
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// One organisation's drawing.
pub(super) struct SmallChart {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) option: String,
    pub(super) speaks: String,
    /// The figure over all columns together: 92.5%.
    pub(super) whole: String,
}

/// The drawings of the rows shown, and what has to be said about those that are not drawn.
pub(super) fn multiples(question: &Question, answered: &Answered) -> (Vec<Multiple>, Vec<String>) {
    let rows: Vec<(usize, &RowOf)> = answered.rows.iter().enumerate().filter(|(_, row)| is_drawn(row)).collect();
    let mut notes = Vec::new();
    if answered.rows.iter().any(|row| row.is_branch) {
        notes.push("党支部之间不画对比图，请在表里看，或者把“每行”改成上面的一级。".to_owned());
    }
    let n_drawn = (N_CHARTS_MAX / rows.len().max(1)).max(1);
    if question.picks.len() > n_drawn && !rows.is_empty() {
        notes.push(format!("图太多看不过来，只画了前 {n_drawn} 个数；要看别的，请减少选的数。"));
    }
    let picks = question.picks.iter().enumerate().take(n_drawn);
    (picks.filter_map(|(pick, offer)| multiple(question, answered, &rows, pick, offer)).collect(), notes)
}

/// The office at the top is not one of its own parts; what stands under none of the level is no organisation.
fn is_drawn(row: &RowOf) -> bool {
    row.id.is_some() && !row.is_top && !row.is_branch
}

fn multiple(question: &Question, answered: &Answered, rows: &[(usize, &RowOf)], pick: usize, offer: &Offer) -> Option<Multiple> {
    let is_point = |(_, column): &(usize, &ColumnOf)| !column.is_whole || answered.columns.len() == 1;
    let points: Vec<(usize, &ColumnOf)> = answered.columns.iter().enumerate().filter(is_point).collect();
    let value = |row: usize, at: usize, column: &ColumnOf| drawn(answered.figure(Some(row), at, pick).filter(|_| !column.is_coming), offer);
    let values = rows.iter().flat_map(|(row, _)| points.iter().filter_map(|(at, column)| value(*row, *at, column)));
    let highest = values.fold(None, |highest: Option<f64>, value| Some(highest.map_or(value, |it| it.max(value))))?;
    let is_share = offer.printed == Printed::Share;
    let top = if is_share { 100.0 } else { round_up(highest) };
    let is_line = is_share && question.across != Across::Fields && points.len() > 1;
    let labels: Vec<&str> = points.iter().map(|(_, column)| column.label.as_str()).collect();
    let chart = |(row, of): &(usize, &RowOf)| {
        let data: Vec<serde_json::Value> = points
            .iter()
            .map(|(at, column)| match value(*row, *at, column) {
                Some(value) => json!({ "value": value, "href": behind(question, Some(of), column, offer) }),
                None => json!(null),
            })
            .collect();
        let whole = answered.columns.iter().position(|column| column.is_whole && !column.is_coming);
        let whole = whole.map_or_else(|| "—".to_owned(), |at| said(answered.figure(Some(*row), at, pick), offer).text);
        let mut series = json!({ "data": data });
        series["type"] = json!(if is_line { "line" } else { "bar" });
        SmallChart {
            name: of.name.clone(),
            href: href_of(question, of),
            option: json!({
                "grid": { "left": 4, "right": 12, "top": 8, "bottom": 2, "containLabel": true },
                "tooltip": { "trigger": "axis" },
                "xAxis": { "type": "category", "data": &labels },
                "yAxis": { "type": "value", "min": 0, "max": top, "interval": top / 2.0, "axisLabel": { "formatter": if is_share { "{value}%" } else { "{value}" } } },
                "series": [series],
            })
            .to_string(),
            speaks: format!("{}，{}：{whole}", of.name, offer.name),
            whole,
        }
    };
    let line = |(row, of): &(usize, &RowOf)| {
        let cell = |(at, column): (usize, &ColumnOf)| said(answered.figure(Some(*row), at, pick).filter(|_| !column.is_coming), offer).text;
        std::iter::once(of.name.clone()).chain(answered.columns.iter().enumerate().map(cell)).collect()
    };
    Some(Multiple {
        name: offer.name.clone(),
        axis: if is_share {
            "每个图都是 0 到 100%，按组织编码排列".to_owned()
        } else {
            format!("每个图都是 0 到 {top}，按组织编码排列")
        },
        charts: rows.iter().map(chart).collect(),
        heads: std::iter::once("党组织".to_owned()).chain(answered.columns.iter().map(|column| column.label.clone())).collect(),
        rows: rows.iter().map(line).collect(),
    })
}

/// The next of 2, 4, 10, 20, 40, 100 …: an axis that is halved into whole numbers.
fn round_up(highest: f64) -> f64 {
    let mut step = 1.0;
    loop {
        if let Some(top) = [2.0, 4.0, 10.0].map(|of| of * step).into_iter().find(|top| *top >= highest) {
            return top;
        }
        step *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn an_axis_ends_in_a_number_that_can_be_halved() {
        assert_eq!([0.0, 2.0, 3.0, 5.0, 11.0, 37.0, 41.0, 100.0, 1234.0].map(round_up), [2.0, 2.0, 4.0, 10.0, 20.0, 40.0, 100.0, 100.0, 2000.0]);
    }
}
