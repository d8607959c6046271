//! The known word that someone probably meant.

/// The known word nearest to `word`, when it is near enough to be a slip of the hand.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let (distance, best) = known.into_iter().map(|k| (distance(word, k), k)).min()?;
    (distance <= limit).then_some(best)
}

/// “是否想写 X？”, or the known words when they are few, or those that come nearest.
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    const FEW: usize = 12;
    const NEAR: usize = 5;
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if let Some(best) = nearest(word, known.iter().copied()) {
        return format!("，是否想写“{best}”？");
    }
    match known.len() {
        0 => "，请先定义它".to_owned(),
        n if n <= FEW => format!("，可用的有：{}", known.join("、")),
        n => {
            known.sort_by_key(|other| distance(word, other));
            format!("，可用的有 {n} 个，较接近的：{}", known[..NEAR].join("、"))
        }
    }
}

/// Edit distance with swaps of neighbours, over characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["target", "per", "applies_when"];
        assert_eq!(nearest("tagret", known), Some("target"));
        assert_eq!(nearest("aplies_when", known), Some("applies_when"));
        assert_eq!(nearest("quota", known), None);
    }
}
