//! One fact as a row: an event, or a span.

use std::ops::BitOr;

use jiff::civil::Date;

/// Marks of an event; several may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// Held after the period it is meant for.
    pub const LATE: Self = Self(1);
    /// Looked at by the superior and found right.
    pub const VERIFIED: Self = Self(1 << 1);
    /// Given back by the superior; counts nothing until it is handed in again.
    pub const RETURNED: Self = Self(1 << 2);
    /// Accepted by the superior as made up for [`Event::makes_up`].
    pub const ACCEPTED: Self = Self(1 << 3);
    /// Came from a workbook, not from a branch that recorded it.
    pub const IMPORTED: Self = Self(1 << 4);
    /// Has head counts without names.
    pub const WITHOUT_NAMES: Self = Self(1 << 5);

    /// The flag that packs call `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "late" => Self::LATE,
            "verified" => Self::VERIFIED,
            "returned" => Self::RETURNED,
            "accepted" => Self::ACCEPTED,
            "imported" => Self::IMPORTED,
            "without_names" => Self::WITHOUT_NAMES,
            _ => return None,
        })
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// `activity.general_meeting`, `village.operating_income`.
    pub kind: &'a str,
    pub on: Date,
    /// In the kind's smallest unit: heads, minutes, fen.
    pub quantity: i64,
    /// Person or unit; 0: none.
    pub subject: i64,
    pub flags: Flags,
    /// The record it follows from.
    pub source: i64,
    /// A day of the earlier period that this makes up, once accepted.
    pub makes_up: Option<Date>,
}

/// Something held on the days `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    /// `member.full`, `coverage.activity`.
    pub kind: &'a str,
    pub from: Date,
    pub until: Option<Date>,
    pub quantity: i64,
    pub subject: i64,
    pub source: i64,
}
