//! Periods (周期): a month, a quarter, a half-year, a year; half-open days.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How often something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Month,
    Quarter,
    HalfYear,
    Year,
}

impl Per {
    /// Months in one period.
    #[must_use]
    pub fn months(self) -> i8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The word people use: 每月, 每季度, 每半年, 每年.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Month => "每月",
            Self::Quarter => "每季度",
            Self::HalfYear => "每半年",
            Self::Year => "每年",
        }
    }
}

/// One period. Written `2025`, `2025-H1`, `2025-Q3`, `2025-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    pub year: i16,
    pub per: Per,
    /// Which one of the year, from 1.
    pub ordinal: i8,
}

impl Period {
    /// The year as a period.
    #[must_use]
    pub fn year(year: i16) -> Self {
        Self { year, per: Per::Year, ordinal: 1 }
    }

    /// The month as a period; `month` from 1 to 12.
    #[must_use]
    pub fn month(year: i16, month: i8) -> Self {
        Self { year, per: Per::Month, ordinal: month }
    }

    /// The period of kind `per` that contains `day`.
    #[must_use]
    pub fn containing(day: Date, per: Per) -> Self {
        Self { year: day.year(), per, ordinal: (day.month() - 1) / per.months() + 1 }
    }

    /// First day.
    #[must_use]
    pub fn from(self) -> Date {
        Date::constant(self.year, (self.ordinal - 1) * self.per.months() + 1, 1)
    }

    /// First day after it.
    #[must_use]
    pub fn until(self) -> Date {
        self.next().from()
    }

    /// Last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.until().yesterday().expect("a period ends after the first day of the calendar")
    }

    /// The following period of the same kind.
    #[must_use]
    pub fn next(self) -> Self {
        if self.ordinal * self.per.months() == 12 {
            Self { year: self.year + 1, ordinal: 1, ..self }
        } else {
            Self { ordinal: self.ordinal + 1, ..self }
        }
    }

    /// The period before, of the same kind.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.ordinal == 1 {
            Self { year: self.year - 1, ordinal: 12 / self.per.months(), ..self }
        } else {
            Self { ordinal: self.ordinal - 1, ..self }
        }
    }

    /// Whether `day` lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from() <= day && day < self.until()
    }

    /// Its parts of kind `per`, in order; itself when `per` is its own kind. Empty when `per` is longer.
    #[must_use]
    pub fn parts(self, per: Per) -> Vec<Self> {
        let n = self.per.months() / per.months();
        let first = (self.ordinal - 1) * n;
        (1..=n).map(|i| Self { year: self.year, per, ordinal: first + i }).collect()
    }

    /// As people write it: 2025 年, 2025 年上半年, 2025 年第 3 季度, 2025 年 7 月.
    #[must_use]
    pub fn label(self) -> String {
        match self.per {
            Per::Year => format!("{} 年", self.year),
            Per::HalfYear => format!("{} 年{}半年", self.year, if self.ordinal == 1 { "上" } else { "下" }),
            Per::Quarter => format!("{} 年第 {} 季度", self.year, self.ordinal),
            Per::Month => format!("{} 年 {} 月", self.year, self.ordinal),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per {
            Per::Year => write!(f, "{}", self.year),
            Per::HalfYear => write!(f, "{}-H{}", self.year, self.ordinal),
            Per::Quarter => write!(f, "{}-Q{}", self.year, self.ordinal),
            Per::Month => write!(f, "{}-{:02}", self.year, self.ordinal),
        }
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("“{text}”不是期间，请写成 2025、2025-H1、2025-Q3 或 2025-07");
        let (year, rest) = text.split_once('-').unwrap_or((text, ""));
        if year.len() != 4 {
            return Err(bad());
        }
        let year: i16 = year.parse().map_err(|_| bad())?;
        let (per, ordinal) = match rest.as_bytes() {
            [] => (Per::Year, "1"),
            [b'H', ..] => (Per::HalfYear, &rest[1..]),
            [b'Q', ..] => (Per::Quarter, &rest[1..]),
            _ if rest.len() == 2 => (Per::Month, rest),
            _ => return Err(bad()),
        };
        let ordinal: i8 = ordinal.parse().map_err(|_| bad())?;
        if !(1900..=2200).contains(&year) || ordinal < 1 || ordinal > 12 / per.months() {
            return Err(bad());
        }
        Ok(Self { year, per, ordinal })
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_its_parts() {
        let year = Period::year(2025);
        assert_eq!(year.parts(Per::Quarter).iter().map(ToString::to_string).collect::<Vec<_>>(), ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]);
        assert_eq!(year.parts(Per::Month).len(), 12);
        let half: Period = "2025-H2".parse().expect("a period");
        assert_eq!(half.parts(Per::Month)[0].to_string(), "2025-07");
        assert_eq!(half.until().to_string(), "2026-01-01");
        assert!("2025-Q5".parse::<Period>().is_err());
    }
}
