//! The scoring rules of the directive guideline: greedy matching by overlap, then attributes among the matched.

use std::collections::BTreeSet;

use serde_json::Value;

/// The four scored fields.
pub const ATTRIBUTES: [&str; 4] = ["quantity", "deadline", "frequency", "scope"];

/// Counts over one document, or summed over many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Annotated tasks.
    pub gold: usize,
    /// Predicted tasks.
    pub predicted: usize,
    /// Pairs that overlap by half or more.
    pub matched: usize,
    /// Matched pairs that agree, per attribute.
    pub agreeing: [usize; 4],
    /// Matched pairs whose gold has a value, per attribute.
    pub valued: [usize; 4],
    /// Of those, the ones that agree.
    pub valued_agreeing: [usize; 4],
    /// Matched pairs whose gold names who is to do it.
    pub named: usize,
    /// Of those, the ones that name the same units, in whatever order.
    pub named_agreeing: usize,
}

impl Counts {
    /// Harmonic mean of precision and recall, 0–1; 1 for nothing asked and nothing found.
    pub fn f1(&self) -> f64 {
        if self.gold + self.predicted == 0 { 1.0 } else { 2.0 * self.matched as f64 / (self.gold + self.predicted) as f64 }
    }

    /// Share of right values where gold has one, 0–1, in the order of [`ATTRIBUTES`]; 1 where gold has none.
    pub fn accuracy_when_set(&self) -> [f64; 4] {
        std::array::from_fn(|i| if self.valued[i] == 0 { 1.0 } else { self.valued_agreeing[i] as f64 / self.valued[i] as f64 })
    }

    /// Share of right units where gold names any, 0–1; 1 where it names none. The guideline does not score them.
    pub fn units_when_named(&self) -> f64 {
        if self.named == 0 { 1.0 } else { self.named_agreeing as f64 / self.named as f64 }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self { gold, predicted, matched, agreeing, valued, valued_agreeing, named, named_agreeing } = other;
        self.gold += gold;
        self.predicted += predicted;
        self.matched += matched;
        self.named += named;
        self.named_agreeing += named_agreeing;
        for i in 0..4 {
            self.agreeing[i] += agreeing[i];
            self.valued[i] += valued[i];
            self.valued_agreeing[i] += valued_agreeing[i];
        }
    }
}

/// Scores a prediction against gold, both `directive-tasks/1` JSON.
pub fn score(gold: &Value, predicted: &Value) -> Counts {
    let none = Vec::new();
    let tasks = |document: &'_ Value| document["tasks"].as_array().cloned().unwrap_or_else(|| none.clone());
    let (gold, predicted) = (tasks(gold), tasks(predicted));
    let mut counts = Counts { gold: gold.len(), predicted: predicted.len(), ..Counts::default() };
    for (g, p) in pairs(&gold, &predicted) {
        counts.matched += 1;
        let names = units(&gold[g]);
        counts.named += usize::from(!names.is_empty());
        counts.named_agreeing += usize::from(!names.is_empty() && names == units(&predicted[p]));
        for (i, attribute) in ATTRIBUTES.iter().enumerate() {
            let agrees = agrees(attribute, &gold[g], &predicted[p]);
            let is_set = !gold[g][attribute].is_null();
            counts.agreeing[i] += usize::from(agrees);
            counts.valued[i] += usize::from(is_set);
            counts.valued_agreeing[i] += usize::from(is_set && agrees);
        }
    }
    counts
}

fn units(task: &Value) -> BTreeSet<String> {
    task["units"].as_array().into_iter().flatten().filter_map(plain).collect()
}

fn range(task: &Value) -> (u64, u64) {
    (task["start"].as_u64().unwrap_or(0), task["end"].as_u64().unwrap_or(0))
}

/// One to one, best overlap first; equal overlap goes to the pair with more equal attributes, then to text order.
fn pairs(gold: &[Value], predicted: &[Value]) -> Vec<(usize, usize)> {
    struct Pair {
        shared: u64,
        joint: u64,
        n_equal: usize,
        at: (usize, usize),
    }
    let mut all = Vec::new();
    for (i, g) in gold.iter().enumerate() {
        for (j, p) in predicted.iter().enumerate() {
            let ((a, b), (c, d)) = (range(g), range(p));
            let shared = b.min(d).saturating_sub(a.max(c));
            let joint = b.max(d) - a.min(c);
            if shared * 2 >= joint && shared > 0 {
                let n_equal = ATTRIBUTES.iter().filter(|attribute| agrees(attribute, g, p)).count();
                all.push(Pair { shared, joint, n_equal, at: (i, j) });
            }
        }
    }
    // shared/joint compared by cross multiplication, so that equal overlaps are exactly equal.
    all.sort_by(|a, b| (b.shared * a.joint).cmp(&(a.shared * b.joint)).then(b.n_equal.cmp(&a.n_equal)).then(a.at.cmp(&b.at)));
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for pair in all {
        if chosen.iter().all(|c| c.0 != pair.at.0 && c.1 != pair.at.1) {
            chosen.push(pair.at);
        }
    }
    chosen
}

fn agrees(attribute: &str, gold: &Value, predicted: &Value) -> bool {
    if attribute != "quantity" {
        return plain(&gold[attribute]) == plain(&predicted[attribute]);
    }
    let said = quantity(&predicted["quantity"]);
    let others = gold["quantity_alt"].as_array().into_iter().flatten();
    std::iter::once(&gold["quantity"]).chain(others).any(|q| quantity(q) == said)
}

/// Text without spaces; absent and empty are one.
fn plain(value: &Value) -> Option<String> {
    let text: String = value.as_str()?.split_whitespace().collect();
    Some(text).filter(|t| !t.is_empty())
}

fn quantity(value: &Value) -> Option<(String, String, String)> {
    if value.is_null() {
        return None;
    }
    let comparator = plain(&value["comparator"]).unwrap_or_default().replace('≥', ">=").replace('≤', "<=");
    Some((comparator, number(&value["value"]), plain(&value["unit"]).unwrap_or_default().replace('％', "%")))
}

/// 5 and 5.0 and "5" are one value.
fn number(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(number).collect::<Vec<_>>().join("-"),
        Value::String(text) => text.parse::<f64>().map_or_else(|_| text.replace('：', ":"), |n| n.to_string()),
        other => other.as_f64().map(|n| n.to_string()).unwrap_or_default(),
    }
}
