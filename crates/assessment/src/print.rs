//! The published format of an evaluation: decimals as text, two places, halves up.

use policy::{Key, Ratio, print_rounded};
use serde::{Deserialize, Serialize};

use crate::fingerprint::fingerprint;
use crate::result::{Evaluation, ItemResult, Row};

/// `{"scheme","period","pack","fingerprint","rows"}`, as `jishi evaluate` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub scheme: Key,
    pub period: String,
    pub pack: String,
    pub fingerprint: String,
    pub rows: Vec<PrintedRow>,
}

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedRow {
    pub code: String,
    pub cohort: String,
    /// Two decimals; the lower end while an item is open.
    pub score: String,
    /// The upper end; only while an item is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_to: Option<String>,
    /// What bonus items added, within `score`; only where they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus: Option<String>,
    /// `null`: 暂不评定, or disqualified.
    pub star: Option<u8>,
    pub rank: Option<u32>,
    /// Keys of the items that took the star away; only where some did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disqualified_by: Vec<Key>,
    /// Percent of the applicable weight, two decimals.
    pub evidenced_weight: String,
    pub items: Vec<PrintedItem>,
}

/// One item of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedItem {
    pub indicator: Key,
    /// At most four decimals; absent when there is none.
    pub value: Option<String>,
    pub numerator: i64,
    pub denominator: i64,
    pub target: String,
    /// `met`, `not_met`, `not_applicable`, `not_evidenced`.
    pub outcome: String,
    /// The reason, for the last two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Two decimals; absent when not applicable.
    pub points: Option<String>,
}

/// A score or points as people see them: two decimals, halves up.
#[must_use]
pub fn decimal(value: Ratio) -> String {
    print_rounded(value, 2)
}

/// A value as people see it: whole, or with at most four decimals.
#[must_use]
pub fn plain(value: Ratio) -> String {
    if value.is_integer() {
        return value.to_integer().to_string();
    }
    print_rounded(value, 4).trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Evaluation {
    /// The published format.
    #[must_use]
    pub fn printed(&self) -> Printed {
        Printed {
            scheme: self.scheme.clone(),
            period: self.period.to_string(),
            pack: self.pack.clone(),
            fingerprint: fingerprint(self),
            rows: self.rows.iter().map(|row| self.printed_row(row)).collect(),
        }
    }

    fn printed_row(&self, row: &Row) -> PrintedRow {
        PrintedRow {
            code: row.code.clone(),
            cohort: row.cohort.clone(),
            score: decimal(row.score),
            score_to: row.is_open().then(|| decimal(row.score_to)),
            bonus: (row.bonus != Ratio::default()).then(|| decimal(row.bonus)),
            star: row.star,
            rank: row.rank,
            disqualified_by: row.vetoes.iter().filter(|veto| veto.star_at_most.is_none()).map(|veto| veto.item.clone()).collect(),
            evidenced_weight: decimal(row.evidenced_weight * Ratio::from_integer(100)),
            items: row.items.iter().map(|item| self.printed_item(item)).collect(),
        }
    }

    fn printed_item(&self, item: &ItemResult) -> PrintedItem {
        let definition = self.definition(item);
        PrintedItem {
            indicator: definition.key.clone(),
            value: item.value.map(plain),
            numerator: item.numerator,
            denominator: item.denominator,
            target: definition.target.clone(),
            outcome: item.outcome.key().to_owned(),
            reason: item.outcome.reason().map(str::to_owned),
            points: item.points.map(decimal),
        }
    }
}

/// Heading of the lines that [`Printed::lines`] gives, as in `expected-evaluation.csv`.
pub const LINE_HEADINGS: [&str; 10] = ["code", "cohort", "score", "star", "rank", "indicator", "numerator", "denominator", "outcome", "points"];

impl Printed {
    /// One line per organisation and item, for .csv and .xlsx.
    pub fn lines(&self) -> impl Iterator<Item = [String; 10]> + '_ {
        self.rows.iter().flat_map(|row| row.items.iter().map(move |item| row.line(item)))
    }
}

impl PrintedRow {
    fn line(&self, item: &PrintedItem) -> [String; 10] {
        let or_empty = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        [
            self.code.clone(),
            self.cohort.clone(),
            self.score.clone(),
            or_empty(self.star.map(u32::from)),
            or_empty(self.rank),
            item.indicator.clone(),
            item.numerator.to_string(),
            item.denominator.to_string(),
            item.outcome.clone(),
            item.points.clone().unwrap_or_default(),
        ]
    }
}
