//! How much a task asks for, exactly: thousandths of the unit, so that parts add up without rounding.

use directive::{Comparator, QuantityValue};

/// How a number binds, as people say it, with the sign that is stored.
pub const COMPARATORS: [(&str, &str, Comparator); 3] =
    [(">=", "不少于", Comparator::AtLeast), ("<=", "不超过", Comparator::AtMost), ("=", "等于", Comparator::Equal)];

/// Units whose numbers hold for each unit by itself: hours, rounds, days, shares. Other numbers are counts that may be divided.
const HOLD_FOR_EACH: [&str; 17] = ["%", "比例", "倍", "学时", "课时", "小时", "分钟", "天", "周", "月", "次", "场", "期", "轮", "遍", "节", "分"];

/// A target: `>= 10 个`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub comparator: Comparator,
    /// Thousandths; `None` for what arithmetic would lose: a range, a ratio, a masked number.
    pub milli: Option<i64>,
    /// The number as the text has it, when it is not one number: `1—2`, `1:30`.
    pub text: String,
    pub unit: String,
}

impl Target {
    /// What the reader of directives found.
    #[must_use]
    pub fn of(quantity: &directive::Quantity) -> Self {
        let (milli, text) = match &quantity.value {
            QuantityValue::Number(number) => (parse(&number.to_string()), String::new()),
            QuantityValue::Range(from, to) => (None, format!("{from}—{to}")),
            QuantityValue::Text(text) => (None, text.clone()),
        };
        Self { comparator: quantity.comparator, milli, text, unit: quantity.unit.clone() }
    }

    /// A share: it cannot be divided among units, each must reach it.
    #[must_use]
    pub fn is_share(&self) -> bool {
        self.milli.is_none() || ["%", "比例", "倍"].contains(&self.unit.as_str())
    }

    /// Whether a number of this unit usually holds for each unit by itself; the officer may decide otherwise, except for shares.
    #[must_use]
    pub fn usually_holds_for_each(&self) -> bool {
        self.is_share() || HOLD_FOR_EACH.contains(&self.unit.as_str())
    }

    /// The number alone: `10`, `1—2`.
    #[must_use]
    pub fn number(&self) -> String {
        self.milli.map_or_else(|| self.text.clone(), printed)
    }

    /// The same target with another number.
    #[must_use]
    pub fn with(&self, milli: Option<i64>) -> Self {
        Self { milli: milli.or(self.milli), ..self.clone() }
    }

    /// As people say it: 不少于 10 个, 100%.
    #[must_use]
    pub fn words(&self) -> String {
        let sign = match self.comparator {
            Comparator::AtLeast => "不少于 ",
            Comparator::AtMost => "不超过 ",
            Comparator::Equal => "",
        };
        format!("{sign}{}", amount(&self.number(), &self.unit))
    }

    /// Whether `milli` reaches it.
    #[must_use]
    pub fn is_reached_by(&self, milli: i64) -> bool {
        let Some(wanted) = self.milli else { return false };
        match self.comparator {
            Comparator::AtLeast => milli >= wanted,
            Comparator::AtMost => milli <= wanted,
            Comparator::Equal => milli == wanted,
        }
    }
}

/// A number with its unit: 100%, 10 个.
#[must_use]
pub fn amount(number: &str, unit: &str) -> String {
    if unit == "%" || unit.is_empty() { format!("{number}{unit}") } else { format!("{number} {unit}") }
}

/// Thousandths as people write them: 12.5.
#[must_use]
pub fn printed(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, rest) = (milli.unsigned_abs() / 1000, milli.unsigned_abs() % 1000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:03}").trim_end_matches('0').to_owned()
}

/// A number typed by a person, in thousandths; full-width digits and thousands separators are taken.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ',' | '，' | ' '))
        .map(|c| match c {
            '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
            '．' => '.',
            other => other,
        })
        .collect();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !is_digits(whole) || !is_digits(rest) || rest.len() > 3 {
        return None;
    }
    let rest = format!("{rest:0<3}");
    Some(whole.parse::<i64>().ok()? * 1000 + rest.parse::<i64>().ok()?)
}

/// Divides a whole by weights so that whole units add up exactly: the largest remainders get what is left over.
#[must_use]
pub fn divided(whole_milli: i64, weights: &[u64]) -> Vec<i64> {
    let total: u64 = weights.iter().sum();
    if total == 0 || whole_milli % 1000 != 0 {
        return vec![0; weights.len()];
    }
    let n = u64::try_from(whole_milli / 1000).unwrap_or_default();
    let mut shares: Vec<(usize, u64, u64)> = weights.iter().enumerate().map(|(i, weight)| (i, n * weight / total, n * weight % total)).collect();
    let left = n - shares.iter().map(|share| share.1).sum::<u64>();
    shares.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    for share in shares.iter_mut().take(usize::try_from(left).unwrap_or_default()) {
        share.1 += 1;
    }
    shares.sort_by_key(|share| share.0);
    shares.into_iter().map(|share| i64::try_from(share.1).unwrap_or(i64::MAX / 1000) * 1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(["10", "１２．５", "1,200", "0.125"].map(parse), [Some(10_000), Some(12_500), Some(1_200_000), Some(125)]);
        assert_eq!(["", "十", "-3", "1.2345", "1e3", "9999999999999"].map(parse), [None; 6]);
        assert_eq!([10_000, 12_500, 125, 1_200_000].map(printed), ["10", "12.5", "0.125", "1200"]);
    }

    #[test]
    fn a_whole_is_divided_to_the_last_one() {
        assert_eq!(divided(10_000, &[1, 1, 1]), [4_000, 3_000, 3_000]);
        assert_eq!(divided(7_000, &[10, 30, 60]), [1_000, 2_000, 4_000]);
        assert_eq!(divided(0, &[1, 2]), [0, 0]);
        assert_eq!(divided(12_500, &[1, 1]), [0, 0], "halves are for a person to divide");
        assert_eq!(divided(5_000, &[0, 0]), [0, 0]);
    }

    #[test]
    fn targets_speak() {
        let target = |comparator, milli, unit: &str| Target { comparator, milli, text: "1—2".into(), unit: unit.into() };
        assert_eq!(target(Comparator::AtLeast, Some(24_000), "学时").words(), "不少于 24 学时");
        assert_eq!(target(Comparator::Equal, Some(100_000), "%").words(), "100%");
        assert_eq!(target(Comparator::Equal, None, "名").words(), "1—2 名");
        assert!(target(Comparator::AtMost, Some(5_000), "个").is_reached_by(5_000));
        assert!(!target(Comparator::AtLeast, Some(5_000), "个").is_reached_by(4_999));
    }
}
