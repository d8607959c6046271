//! Contests (擂台比武、互比互学): who takes part once in how many years, through which rounds, how judges' scores become ranks.

use serde::{Deserialize, Serialize};

use super::{Cite, Key, Scale};

/// A contest through rounds of rising levels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contest {
    pub name: String,
    /// Who takes part, in words: 乡镇（街道）组织委员.
    pub who: String,
    /// Level of the organisations that each send one; `branch`: branches.
    pub level: Key,
    /// Kinds of these organisations; none: all of the level.
    #[serde(default)]
    pub kinds: Vec<Key>,
    #[serde(default)]
    pub fields: Vec<Key>,
    /// Everybody takes part once in so many years, counted from `since`.
    pub years: u16,
    pub since: i16,
    /// From the lowest up.
    #[serde(rename = "round")]
    pub rounds: Vec<ContestRound>,
    /// So many of the highest and as many of the lowest scores of each are dropped.
    pub trim: u32,
    pub judges_min: u32,
    pub scale: Scale,
    /// What decides between equal scores, in this order; still equal: the same rank.
    #[serde(default)]
    pub ties: Vec<TieBreak>,
    /// Of which the evidence tells the figures of the year.
    #[serde(default)]
    pub indicators: Vec<Key>,
    /// Steps of a round, with `subject = "contest"`.
    pub procedure: Key,
    pub cite: Cite,
}

/// One round: every office of the level holds its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestRound {
    /// Level of the office that holds it.
    pub level: Key,
    /// How many go up to the next round; of the last round none.
    #[serde(default)]
    pub up: u32,
}

/// What decides between equal scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TieBreak {
    /// The mean of all scores, nothing dropped.
    MeanOfAll,
    /// The lowest single score.
    Lowest,
    /// The highest single score.
    Highest,
}

impl TieBreak {
    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::MeanOfAll => "全部评委的平均分",
            Self::Lowest => "最低的一个评分",
            Self::Highest => "最高的一个评分",
        }
    }
}

impl Contest {
    /// First and last year of the period in which a year lies.
    #[must_use]
    pub fn period_of(&self, year: i16) -> (i16, i16) {
        let years = i16::try_from(self.years.max(1)).unwrap_or(i16::MAX);
        let first = year - (year - self.since).rem_euclid(years);
        (first, first + years - 1)
    }
}
