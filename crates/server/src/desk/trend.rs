//! The share held on time over the last twelve closed months: the same cells as the matrix, by the month they end in.

use jiff::civil::Date;
use policy::{Per, Period};
use serde_json::json;
use store::{OrgId, Scope};

use crate::app::App;
use crate::duty::{Countdown, Selection, Tally};

/// Months and what was owed and held in them, oldest first.
pub(super) struct Trend {
    pub months: Vec<(Period, Tally)>,
}

impl Trend {
    /// Over the branches of a scope below `top`.
    pub(super) async fn of(app: &App, scope: &Scope, top: Option<OrgId>, today: Date) -> anyhow::Result<Self> {
        let mut months = Vec::with_capacity(12);
        let mut month = Period::containing(today, Per::Month).previous();
        let countdown = Countdown::of(&app.pack(), today);
        let mut years: Vec<(i16, Vec<Period>)> = Vec::new();
        for _ in 0..12 {
            match years.last_mut().filter(|(year, _)| *year == month.year) {
                Some((_, of)) => of.push(month),
                None => years.push((month.year, vec![month])),
            }
            month = month.previous();
        }
        for (year, of) in years {
            let states = crate::duty::states_of_year(app, year, today).await?;
            let selection = Selection::new(&app.directory(), scope, &states, countdown, top, None, None);
            months.extend(of.into_iter().map(|month| (month, selection.month(month.from()))));
        }
        months.reverse();
        Ok(Self { months })
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
