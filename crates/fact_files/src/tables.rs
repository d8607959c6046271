//! The tables that are written, with the names that they and their columns have in the database: the same SQL runs on both.

use std::fmt::Write;

/// One table of the folder.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [Column],
    /// Whether it lies in one folder for each year: `event/year=2025/`.
    pub by_year: bool,
}

/// One column.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub is_optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// 64 bits, in the smallest unit.
    Number,
    /// Days since 1970-01-01.
    Day,
    Text,
}

/// One value of a row that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    Number(i64),
    Day(i32),
    Text(&'a str),
    None,
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Number, is_optional: false }
}

const fn day(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Day, is_optional: false }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, is_optional: false }
}

const fn optional(column: Column) -> Column {
    Column { is_optional: true, ..column }
}

/// What happened; by organisation, then day.
pub static EVENT: Table = Table {
    name: "event",
    columns: &[
        number("organisation_id"),
        day("day"),
        text("kind"),
        number("quantity"),
        number("subject_id"),
        number("flags"),
        text("source"),
        number("source_id"),
        optional(day("makes_up")),
    ],
    by_year: true,
};

/// What held from one day until another; by organisation.
pub static SPAN: Table = Table {
    name: "span",
    columns: &[
        number("organisation_id"),
        text("kind"),
        day("from_on"),
        optional(day("until_on")),
        number("quantity"),
        number("subject_id"),
        text("source"),
        number("source_id"),
    ],
    by_year: false,
};

/// What each organisation was from one day until another, as it is known today.
pub static ORGANISATION: Table = Table {
    name: "organisation",
    columns: &[
        number("organisation_id"),
        text("code"),
        text("name"),
        text("kind"),
        text("level"),
        text("field"),
        optional(number("parent_id")),
        optional(text("region_code")),
        day("from_on"),
        optional(day("until_on")),
    ],
    by_year: false,
};

/// Who stood above whom on which days; every organisation above itself with depth 0.
pub static ORGANISATION_PATH: Table = Table {
    name: "organisation_path",
    columns: &[number("ancestor_id"), number("descendant_id"), number("depth"), day("from_on"), optional(day("until_on"))],
    by_year: false,
};

/// Which organisation a member belonged to on which days, by number only.
pub static AFFILIATION: Table = Table {
    name: "affiliation",
    columns: &[number("member_id"), number("organisation_id"), day("from_on"), optional(day("until_on"))],
    by_year: false,
};

impl Table {
    /// Its schema as Parquet writes it.
    pub(crate) fn message(&self) -> String {
        let mut text = format!("message {} {{\n", self.name);
        for Column { name, kind, is_optional } in self.columns {
            let repetition = if *is_optional { "optional" } else { "required" };
            let (physical, logical) = match kind {
                ColumnKind::Number => ("int64", ""),
                ColumnKind::Day => ("int32", " (date)"),
                ColumnKind::Text => ("binary", " (utf8)"),
            };
            writeln!(text, "  {repetition} {physical} {name}{logical};").expect("writing to a string succeeds");
        }
        text.push('}');
        text
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column.name == name).expect("a column of this table")
    }
}
