//! The distribution of scores as a drawing: one square per branch, two points a column; thresholds and quota are named.

/// Drawn by `parts/histogram.html`, in units of a 320 × 190 picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    pub bars: Vec<Bar>,
    pub lines: Vec<Line>,
    pub ticks: Vec<(i64, String)>,
    pub levels: Vec<(i64, String)>,
    /// 得分分布：60—62 分 3 个 …
    pub speaks: String,
    pub median: String,
}

#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    /// `s5` … `s1`, after the star that most of the column have.
    pub class: String,
    pub speaks: String,
}

#[derive(Debug, Clone)]
pub(super) struct Line {
    pub x: i64,
    pub label: String,
    pub is_quota: bool,
    /// Text at the left of the line, where it would run out of the picture.
    pub at_end: bool,
}

const LEFT: i64 = 26;
const RIGHT: i64 = 312;
const TOP: i64 = 36;
const BOTTOM: i64 = 168;
/// Points in a column.
const STEP: i64 = 2;

impl Histogram {
    /// Scores in millionths with their stars; thresholds as points and label; the quota's edge.
    pub fn new(scores: &[(i64, u8)], thresholds: &[(i64, String)], edge: Option<(i64, String)>) -> Self {
        if scores.is_empty() {
            return Self::default();
        }
        let points = |micro: i64| micro / 1_000_000;
        let mut sorted: Vec<i64> = scores.iter().map(|(micro, _)| *micro).collect();
        sorted.sort_unstable();
        let least = points(sorted[0]).min(90) / 10 * 10;
        let x = |micro: i64| LEFT + (micro - least * 1_000_000).max(0) * (RIGHT - LEFT) / ((100 - least) * 1_000_000);
        let n_columns = ((100 - least) / STEP).max(1);
        let mut columns: Vec<[usize; 6]> = vec![[0; 6]; usize::try_from(n_columns).unwrap_or(1)];
        for (micro, star) in scores {
            let at = ((points(*micro) - least) / STEP).clamp(0, n_columns - 1);
            columns[usize::try_from(at).unwrap_or_default()][usize::from((*star).min(5))] += 1;
        }
        let tallest = i64::try_from(columns.iter().map(|column| column.iter().sum::<usize>()).max().unwrap_or(1)).unwrap_or(1).max(4);
        let y = |n: i64| BOTTOM - n * (BOTTOM - TOP) / tallest;
        let mut bars = Vec::new();
        let mut words = Vec::new();
        for (i, column) in (0_i64..).zip(&columns) {
            let from = least + i * STEP;
            let (left, right) = (x(from * 1_000_000), x((from + STEP) * 1_000_000));
            let total: usize = column.iter().sum();
            if total == 0 {
                continue;
            }
            let speaks = format!("{from}—{} 分 {total} 个", from + STEP);
            words.push(speaks.clone());
            let mut below = 0_i64;
            for (star, n) in column.iter().enumerate().filter(|(_, n)| **n > 0) {
                let n = i64::try_from(*n).unwrap_or_default();
                let (bottom, top) = (y(below), y(below + n));
                bars.push(Bar {
                    x: left + 1,
                    y: top,
                    width: (right - left - 1).max(1),
                    height: (bottom - top).max(1),
                    class: format!("s{star}"),
                    speaks: speaks.clone(),
                });
                below += n;
            }
        }
        let mut lines: Vec<Line> = thresholds
            .iter()
            .filter(|(at, _)| *at > least)
            .map(|(at, label)| Line { x: x(at * 1_000_000), label: label.clone(), is_quota: false, at_end: false })
            .collect();
        if let Some((micro, label)) = edge {
            lines.push(Line { x: x(micro), label, is_quota: true, at_end: x(micro) > 200 });
        }
        let tick_step = if 100 - least > 60 { 20 } else { 10 };
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2 };
        Self {
            bars,
            lines,
            ticks: (0..=(100 - least) / tick_step).map(|n| least + n * tick_step).map(|at| (x(at * 1_000_000), at.to_string())).collect(),
            levels: [tallest / 2, tallest].into_iter().filter(|n| *n > 0).map(|n| (y(n), n.to_string())).collect(),
            speaks: format!("得分分布：{}", words.join("，")),
            median: crate::evaluation::brief::printed(median),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_stands_in_one_column() {
        let scores = [(86_650_000, 4), (87_990_000, 5), (100_000_000, 5), (41_000_000, 1)];
        let drawn = Histogram::new(&scores, &[(85, "五星".to_owned())], Some((87_990_000, "名额线 87.99".to_owned())));
        assert_eq!(drawn.bars.len(), 4);
        assert!(drawn.speaks.contains("86—88 分 2 个") && drawn.speaks.contains("98—100 分 1 个"), "{}", drawn.speaks);
        assert!(drawn.bars.iter().all(|bar| bar.x >= LEFT && bar.x + bar.width <= RIGHT + 1 && bar.y >= TOP - 1));
        assert_eq!(drawn.median, "87.32");
        assert!(Histogram::new(&[], &[], None).bars.is_empty());
    }
}
