//! Exact numbers: weights, targets, shares. Never floating point.

use std::fmt;
use std::str::FromStr;

use num_traits::{CheckedDiv, Signed};
use serde::{Deserialize, Deserializer, de};

/// An exact fraction. Scores, shares and points are kept so until they are printed.
pub type Ratio = num_rational::Ratio<i128>;

/// Reads `80`, `0.5`, `80%`, `2/3` exactly.
///
/// # Errors
/// The text itself when it is no such number.
pub fn parse_ratio(text: &str) -> Result<Ratio, String> {
    let bad = || format!("“{text}”不是数字，请写成 80、0.5、80% 或 2/3");
    let (above, below) = match text.trim().split_once('/') {
        Some((above, below)) => (above, Some(below)),
        None => (text.trim(), None),
    };
    let above = decimal(above).ok_or_else(bad)?;
    match below {
        None => Ok(above),
        Some(below) => decimal(below).and_then(|below| above.checked_div(&below)).ok_or_else(bad),
    }
}

/// `-0.5` or `80%`, with at most 18 decimals.
fn decimal(text: &str) -> Option<Ratio> {
    let text = text.trim();
    let (number, unit) = text.strip_suffix('%').map_or((text, 1), |percent| (percent, 100));
    let (sign, digits) = number.strip_prefix('-').map_or((1, number), |rest| (-1, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let both = format!("{whole}{decimals}");
    if both.is_empty() || !both.bytes().all(|b| b.is_ascii_digit()) || decimals.len() > 18 {
        return None;
    }
    let numerator: i128 = both.parse().ok()?;
    let places = u32::try_from(decimals.len()).ok()?;
    Some(Ratio::new(sign * numerator, unit * 10_i128.pow(places)))
}

/// Prints a fraction with `places` decimals (at most 18), halves away from zero (四舍五入). Numbers too large for that are printed as a fraction.
#[must_use]
pub fn print_rounded(value: Ratio, places: u32) -> String {
    let places = places.min(18);
    let unit = 10_i128.pow(places);
    let below = *value.denom();
    let halves = value.numer().checked_abs().and_then(|n| n.checked_mul(2)?.checked_mul(unit)?.checked_add(below));
    let (Some(halves), Some(twice)) = (halves, below.checked_mul(2)) else { return value.to_string() };
    let rounded = halves / twice;
    let sign = if value.is_negative() && rounded != 0 { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{rounded}");
    }
    format!("{sign}{}.{:0width$}", rounded / unit, rounded % unit, width = places as usize)
}

/// How a value is held against a target. 以上 and 以下 include the figure itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    Equal,
}

/// A target such as `>= 1`, `>= 80%`, `<= 0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub comparator: Comparator,
    pub value: Ratio,
}

impl Target {
    /// Whether `value` reaches this target.
    #[must_use]
    pub fn is_met_by(&self, value: Ratio) -> bool {
        // Asked millions of times in a city, mostly of whole numbers; the library divides to compare.
        let order = if value.denom() == self.value.denom() {
            value.numer().cmp(self.value.numer())
        } else {
            match (value.numer().checked_mul(*self.value.denom()), self.value.numer().checked_mul(*value.denom())) {
                (Some(ours), Some(target)) => ours.cmp(&target),
                _ => value.cmp(&self.value),
            }
        };
        match self.comparator {
            Comparator::AtLeast => order.is_ge(),
            Comparator::MoreThan => order.is_gt(),
            Comparator::AtMost => order.is_le(),
            Comparator::LessThan => order.is_lt(),
            Comparator::Equal => order.is_eq(),
        }
    }
}

impl Comparator {
    /// As a pack writes it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::MoreThan => ">",
            Self::AtMost => "<=",
            Self::LessThan => "<",
            Self::Equal => "=",
        }
    }
}

impl Target {
    /// Whether it asks at least as much as another one of the same comparison.
    #[must_use]
    pub fn asks_no_less_than(&self, other: &Self) -> bool {
        self.comparator == other.comparator
            && match self.comparator {
                Comparator::AtLeast | Comparator::MoreThan => self.value >= other.value,
                Comparator::AtMost | Comparator::LessThan => self.value <= other.value,
                Comparator::Equal => self.value == other.value,
            }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let signs = [
            (">=", Comparator::AtLeast),
            ("<=", Comparator::AtMost),
            (">", Comparator::MoreThan),
            ("<", Comparator::LessThan),
            ("=", Comparator::Equal),
        ];
        for (sign, comparator) in signs {
            if let Some(rest) = text.strip_prefix(sign) {
                return Ok(Self { comparator, value: bounded(parse_ratio(rest)?)? });
            }
        }
        Err(format!("目标值“{text}”缺少比较符，请写成 \">= 1\" 或 \"<= 80%\""))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.comparator {
            Comparator::AtLeast => "≥",
            Comparator::MoreThan => "＞",
            Comparator::AtMost => "≤",
            Comparator::LessThan => "＜",
            Comparator::Equal => "＝",
        };
        if self.value.is_integer() {
            write!(f, "{sign} {}", self.value.to_integer())
        } else {
            let percent = self.value * Ratio::from_integer(100);
            let places = if percent.is_integer() { 0 } else { 1 };
            write!(f, "{sign} {}%", print_rounded(percent, places))
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

/// A number in a pack: TOML integer, float as written with few decimals, or text such as `"10%"`, `"2/3"`.
pub(crate) fn ratio<'de, D: Deserializer<'de>>(input: D) -> Result<Ratio, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "应是数字，如 80、0.5、\"80%\"、\"2/3\"")]
    enum Written {
        Whole(i64),
        Decimal(f64),
        Text(String),
    }
    let number = match Written::deserialize(input)? {
        Written::Whole(n) => Ok(Ratio::from_integer(i128::from(n))),
        Written::Decimal(x) => parse_ratio(&x.to_string()),
        Written::Text(text) => parse_ratio(&text),
    };
    number.and_then(bounded).map_err(de::Error::custom)
}

/// Refuses numbers that no rule needs and whose sums could outgrow 128 bits: beyond 10¹², or finer than a millionth.
fn bounded(number: Ratio) -> Result<Ratio, String> {
    const LARGEST: i128 = 1_000_000_000_000;
    const FINEST: i128 = 1_000_000;
    if number.numer().abs() > LARGEST || *number.denom() > FINEST {
        return Err(format!("“{number}”太大或者小数太多，请用不超过 {LARGEST} 的数，最多 6 位小数"));
    }
    Ok(number)
}

/// [`ratio`] for optional keys.
pub(crate) fn optional_ratio<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Ratio>, D::Error> {
    ratio(input).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(parse_ratio("80%"), Ok(Ratio::new(4, 5)));
        assert_eq!(parse_ratio("2/3"), Ok(Ratio::new(2, 3)));
        assert_eq!(parse_ratio("-0.25"), Ok(Ratio::new(-1, 4)));
        assert!(parse_ratio("八成").is_err());
        assert!(parse_ratio("1/0").is_err());
        assert!(parse_ratio("1/2/3").is_err());
        assert!(parse_ratio("50%%").is_err());
    }

    #[test]
    fn halves_round_up() {
        assert_eq!(print_rounded(Ratio::new(5, 1000), 2), "0.01");
        assert_eq!(print_rounded(Ratio::new(50, 3), 2), "16.67");
        assert_eq!(print_rounded(Ratio::new(-5, 1000), 2), "-0.01");
        assert_eq!(print_rounded(Ratio::new(1, 3), 0), "0");
        assert_eq!(print_rounded(Ratio::from_integer(i128::MAX), 2), i128::MAX.to_string());
    }

    #[test]
    fn a_target_includes_its_figure() {
        let target: Target = ">= 80%".parse().expect("a target");
        assert!(target.is_met_by(Ratio::new(4, 5)));
        assert!(!target.is_met_by(Ratio::new(79, 100)));
        assert!("80%".parse::<Target>().is_err());
        assert!(">= 1/170141183460469231731687303715884105727".parse::<Target>().is_err());
    }
}
