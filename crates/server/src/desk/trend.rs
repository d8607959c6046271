//! The share held on time over the last twelve closed months: the same cells as the matrix, by the month they end in.

use jiff::civil::Date;
use policy::{Per, Period};
use serde_json::json;

use crate::duty::{Selection, Tally};

/// Months and what was owed and held in them, oldest first.
pub(super) struct Trend {
    pub months: Vec<(Period, Tally)>,
}

impl Trend {
    /// From the cells of this year and of the one before.
    pub(super) fn of(now: &Selection<'_>, before: &Selection<'_>, today: Date) -> Self {
        let mut months = Vec::with_capacity(12);
        let mut month = Period::containing(today, Per::Month).previous();
        for _ in 0..12 {
            let of_year = if month.year == today.year() { now } else { before };
            months.push((month, of_year.month(month.from())));
            month = month.previous();
        }
        months.reverse();
        Self { months }
    }

    /// The newest month in which something was owed.
    pub(super) fn last(&self) -> Option<&(Period, Tally)> {
        self.months.iter().rev().find(|(_, tally)| tally.n_required() > 0)
    }

    /// Whether there is a line to draw.
    pub(super) fn is_drawn(&self) -> bool {
        self.months.iter().filter(|(_, tally)| tally.n_required() > 0).count() > 1
    }

    /// The chart's option.
    pub(super) fn chart(&self, name: &str) -> String {
        let share = |tally: &Tally| tally.permille().map(|n| f64::from(n) / 10.0);
        let labels: Vec<String> = self
            .months
            .iter()
            .enumerate()
            .map(|(at, (month, _))| if at + 1 == self.months.len() { format!("{}月", month.ordinal) } else { month.ordinal.to_string() })
            .collect();
        let values: Vec<Option<f64>> = self.months.iter().map(|(_, tally)| share(tally)).collect();
        let least = self.months.iter().filter_map(|(_, tally)| tally.permille()).min().unwrap_or(1000);
        let min = (least / 100).saturating_sub(1) * 10;
        json!({
            "grid": { "left": 38, "right": 18, "top": 10, "bottom": 22 },
            "xAxis": { "type": "category", "boundaryGap": false, "data": labels, "axisLabel": { "interval": 0 } },
            "yAxis": { "min": min, "max": 100, "axisLabel": { "formatter": "{value}%" }, "splitNumber": 3 },
            "tooltip": { "trigger": "axis" },
            "series": [{ "type": "line", "name": name, "data": values }]
        })
        .to_string()
    }

    /// The figures behind the line: month, share, counts.
    pub(super) fn table(&self) -> Vec<(String, String, String)> {
        self.months
            .iter()
            .map(|(month, tally)| (month.label(), tally.share(), format!("应办 {}，按时 {}", tally.n_required(), tally.n_on_time())))
            .collect()
    }
}
