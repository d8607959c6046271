//! Cells as offices write them → values. Pure; what a value means is decided in `check`.

use jiff::civil::{Date, date};
use office::sheet::Cell;
use policy::ColumnKind;

use crate::member::{is_valid_id_number, masked_id_number, masked_telephone};

/// The first day of Excel's calendar as this house counts it.
const EPOCH: Date = date(1899, 12, 30);
/// 31 December 9999.
const SERIAL_MAX: i64 = 2_958_465;

/// Why a cell is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayFault {
    /// There is no such day: 2 月 30 日.
    Impossible,
    /// Only a year or a month.
    Incomplete,
    /// Not a date in any spelling known here.
    Unreadable,
}

/// Why a cell is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityFault {
    /// The spreadsheet made a number of it: its last digits are lost.
    LostDigits,
    /// Not 18 characters but so many.
    Length(usize),
    /// Something else than digits and a final X.
    Characters,
    /// Its birthday is no day of the calendar.
    Birthday,
    /// The last character does not follow from the others (GB 11643).
    Checksum,
}

/// Full-width digits, letters and signs as half-width ones; every kind of space as a plain one; nothing that cannot be seen.
#[must_use]
pub fn narrow(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect()
}

/// What a cell says, trimmed. Numbers keep the digits of the file.
#[must_use]
pub fn text(cell: &Cell) -> String {
    let invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Error(text) => text.trim_matches(invisible).to_owned(),
        Cell::Number { text, .. } => text.strip_suffix(".0").unwrap_or(text).to_owned(),
        Cell::Date(days) => of_serial(*days).map_or_else(|| days.to_string(), |day| day.to_string()),
        Cell::Bool(is) => if *is { "是" } else { "否" }.to_owned(),
    }
}

/// Whether a cell of an optional column only says that there is nothing: 无, —, /.
#[must_use]
pub fn is_nothing(text: &str) -> bool {
    matches!(narrow(text).trim(), "" | "-" | "--" | "—" | "——" | "/" | "\\" | "无" | "暂无" | "空" | "未填")
}

/// A code: no spaces, half-width, capitals.
#[must_use]
pub fn code(cell: &Cell) -> String {
    narrow(&text(cell)).chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect()
}

/// A person's name: the spaces that make two characters as wide as three are taken out.
#[must_use]
pub fn person_name(cell: &Cell) -> String {
    let text = text(cell);
    if text.chars().any(|c| c.is_ascii_alphabetic()) { text } else { text.chars().filter(|c| !c.is_whitespace()).collect() }
}

/// A day in any spelling that offices use, or nothing for an empty cell.
///
/// # Errors
/// [`DayFault`].
pub fn day(cell: &Cell) -> Result<Option<Date>, DayFault> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Date(days) => of_serial(*days).map(Some).ok_or(DayFault::Impossible),
        Cell::Number { value, text } => {
            if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
                return of_parts(&text[..4], &text[4..6], &text[6..]).map(Some);
            }
            // 2025 and 2025.06 are a year and a month, not days of 1905.
            if (1800.0..2200.0).contains(value) {
                return Err(DayFault::Incomplete);
            }
            of_serial(*value).map(Some).ok_or(DayFault::Impossible)
        }
        Cell::Text(text) => of_text(text),
        Cell::Bool(_) | Cell::Error(_) => Err(DayFault::Unreadable),
    }
}

fn of_text(text: &str) -> Result<Option<Date>, DayFault> {
    if is_nothing(text) {
        return Ok(None);
    }
    let narrowed = narrow(text);
    let narrowed = narrowed.trim();
    // A time of day says nothing about the day.
    let days = match narrowed.split_once(['T', ':']) {
        Some((before, _)) => before.rsplit_once(' ').map_or(before, |(day, _)| day),
        None => narrowed,
    };
    let parts: Vec<&str> = days.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    if days.chars().any(|c| {
        !c.is_ascii_digit()
            && !matches!(c, ' ' | '-' | '/' | '.' | '_' | '\\' | ',' | '\u{3001}' | '\u{3002}' | '\u{b7}' | '\u{2014}' | '年' | '月' | '日' | '号')
    }) {
        return Err(DayFault::Unreadable);
    }
    match parts[..] {
        [year, month, day] if year.len() == 4 => of_parts(year, month, day).map(Some),
        [whole] if whole.len() == 8 => of_parts(&whole[..4], &whole[4..6], &whole[6..]).map(Some),
        [serial] if serial.len() == 5 => of_serial(serial.parse().unwrap_or_default()).map(Some).ok_or(DayFault::Impossible),
        [year, _] if year.len() == 4 => Err(DayFault::Incomplete),
        [whole] if whole.len() == 4 || whole.len() == 6 => Err(DayFault::Incomplete),
        _ => Err(DayFault::Unreadable),
    }
}

fn of_parts(year: &str, month: &str, day: &str) -> Result<Date, DayFault> {
    if month.len() > 2 || day.len() > 2 {
        return Err(DayFault::Unreadable);
    }
    let parts = (year.parse(), month.parse(), day.parse());
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Err(DayFault::Unreadable) };
    Date::new(year, month, day).map_err(|_| DayFault::Impossible)
}

/// The day of a spreadsheet's number.
#[must_use]
pub fn of_serial(days: f64) -> Option<Date> {
    #[expect(clippy::cast_possible_truncation, reason = "checked against the calendar's end below")]
    let whole = if days.is_finite() && days.abs() < 1e9 { days.floor() as i64 } else { return None };
    if !(1..=SERIAL_MAX).contains(&whole) {
        return None;
    }
    // Excel believes in 29 February 1900: before it, its numbers are one less.
    let whole = if whole < 60 { whole + 1 } else { whole };
    EPOCH.checked_add(jiff::Span::new().try_days(whole).ok()?).ok()
}

/// An exact decimal from the digits that the file holds: `units` ÷ 10^`places`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    /// Reads `22.84`, `-0.5`, `1,234.5`, `84.20999999999999`, `1E-3`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = narrow(text).chars().filter(|c| !matches!(c, ' ' | ',')).collect();
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok().filter(|e| e.abs() <= 20)?),
            None => (text.as_str(), 0),
        };
        let (is_negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let n_digits = whole.len() + fraction.len();
        if n_digits == 0 || n_digits > 24 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let mut places = i32::try_from(fraction.len()).ok()? - exponent;
        while places < 0 {
            units = units.checked_mul(10)?;
            places += 1;
        }
        Some(Self { units: if is_negative { -units } else { units }, places: u32::try_from(places).ok()? })
    }

    /// So many of a smaller unit, rounded to the nearest, halves away from zero.
    #[must_use]
    pub fn times(self, unit: i64) -> Option<i64> {
        let scale = 10_i128.checked_pow(self.places)?;
        let product = self.units.checked_mul(i128::from(unit))?;
        let rounded = (product.abs().checked_add(scale / 2)?) / scale;
        i64::try_from(if product < 0 { -rounded } else { rounded }).ok()
    }

    /// The whole number that it is.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        let scale = 10_i128.checked_pow(self.places)?;
        (self.units % scale == 0).then(|| i64::try_from(self.units / scale).ok()).flatten()
    }
}

/// A number in a cell, with its unit behind it or not; nothing for an empty cell.
///
/// # Errors
/// When it is none.
pub fn decimal(cell: &Cell, units: &[&str]) -> Result<Option<Decimal>, ()> {
    match cell {
        Cell::Number { text, .. } => Decimal::parse(text).map(Some).ok_or(()),
        Cell::Date(_) | Cell::Bool(_) | Cell::Error(_) => Err(()),
        Cell::Empty => Ok(None),
        Cell::Text(text) if is_nothing(text) => Ok(None),
        Cell::Text(text) => {
            let narrowed = narrow(text);
            let number = narrowed.trim();
            let number = units.iter().find_map(|unit| number.strip_suffix(unit)).unwrap_or(number);
            Decimal::parse(number).map(Some).ok_or(())
        }
    }
}

/// A whole number; nothing for an empty cell.
///
/// # Errors
/// When it is none.
pub fn whole(cell: &Cell) -> Result<Option<i64>, ()> {
    decimal(cell, &["人", "名", "次", "年度", "年", "个"])?.map(|number| number.whole().ok_or(())).transpose()
}

/// Hours as minutes, rounded; nothing for an empty cell.
///
/// # Errors
/// When it is neither hours nor minutes.
pub fn minutes(cell: &Cell) -> Result<Option<i64>, ()> {
    let times = |number: Option<Decimal>, unit| number.map(|number| number.times(unit).ok_or(())).transpose();
    if let Cell::Text(text) = cell {
        let narrowed = narrow(text);
        let part = |text: &str, unit| times(decimal(&Cell::Text(text.to_owned()), &[])?, unit);
        if let Some(of_minutes) = narrowed.trim().strip_suffix("分钟").or_else(|| narrowed.trim().strip_suffix('分')) {
            return match of_minutes.split_once("小时").or_else(|| of_minutes.split_once('时')) {
                Some((hours, rest)) => Ok(Some(part(hours, 60)?.unwrap_or(0) + part(rest, 1)?.unwrap_or(0))),
                None => part(of_minutes, 1),
            };
        }
    }
    times(decimal(cell, &["个小时", "小时", "个学时", "学时", "课时", "时", "h", "H"])?, 60)
}

/// 万元 as fen, rounded; nothing for an empty cell.
///
/// # Errors
/// When it is no amount.
pub fn fen(cell: &Cell) -> Result<Option<i64>, ()> {
    decimal(cell, &["万元", "万"])?.map(|number| number.times(1_000_000).ok_or(())).transpose()
}

/// An identity number of 18 characters.
///
/// # Errors
/// [`IdentityFault`]. Codes of divisions are not checked: there are more than any list knows.
pub fn identity(cell: &Cell) -> Result<String, IdentityFault> {
    if let Cell::Number { text, .. } = cell
        && text.bytes().filter(u8::is_ascii_digit).count() > 15
    {
        return Err(IdentityFault::LostDigits);
    }
    let number: String = code(cell).chars().filter(|c| !matches!(c, '\'' | '`' | '\u{2018}' | '\u{2019}')).collect();
    let n = number.chars().count();
    if n != 18 {
        return Err(IdentityFault::Length(n));
    }
    let (digits, last) = number.split_at(number.char_indices().next_back().map_or(0, |(at, _)| at));
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(last, "X") && !last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdentityFault::Characters);
    }
    if born_of(&number).is_none() {
        return Err(IdentityFault::Birthday);
    }
    if is_valid_id_number(&number) { Ok(number) } else { Err(IdentityFault::Checksum) }
}

/// The birthday in an identity number.
#[must_use]
pub fn born_of(number: &str) -> Option<Date> {
    of_parts(number.get(6..10)?, number.get(10..12)?, number.get(12..14)?).ok()
}

/// The sex that an identity number states: odd for men.
#[must_use]
pub fn sex_of(number: &str) -> Option<&'static str> {
    let digit = number.as_bytes().get(16).filter(|b| b.is_ascii_digit())?;
    Some(if digit % 2 == 1 { "男" } else { "女" })
}

/// A telephone number, and whether it looks like one; nothing for an empty cell.
#[must_use]
pub fn telephone(cell: &Cell) -> Option<(String, bool)> {
    let written = text(cell);
    if is_nothing(&written) {
        return None;
    }
    let narrowed = code(cell);
    let digits: String = narrowed.chars().filter(char::is_ascii_digit).collect();
    let is_plain = narrowed.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')'));
    let mobile = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&digits);
    if is_plain && mobile.len() == 11 && mobile.starts_with('1') {
        return Some((mobile.to_owned(), true));
    }
    let is_usual = is_plain && (7..=12).contains(&digits.len()) && !digits.starts_with('1');
    Some((narrowed, is_usual))
}

/// 是 or 否 in the spellings of offices; nothing for an empty cell.
///
/// # Errors
/// When it is neither.
pub fn yes_no(cell: &Cell) -> Result<Option<bool>, ()> {
    match narrow(&text(cell)).trim() {
        "是" | "√" | "✓" | "Y" | "y" | "1" | "有" => Ok(Some(true)),
        "否" | "×" | "N" | "n" | "0" | "不是" => Ok(Some(false)),
        other if is_nothing(other) => Ok(None),
        _ => Err(()),
    }
}

/// A value as a report may show it: identity and telephone numbers masked, wherever they were typed.
#[must_use]
pub fn masked(kind: ColumnKind, value: &str) -> String {
    match kind {
        ColumnKind::IdentityNumber => masked_id_number(value),
        ColumnKind::Telephone => masked_telephone(value),
        _ => mask_runs(value),
    }
}

/// Masks runs of digits that may be an identity or a telephone number, in a value or a sentence.
#[must_use]
pub fn mask_runs(value: &str) -> String {
    let digit = |c: char| matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{ff38}' | '\u{ff58}');
    let narrowed: Vec<char> = value.chars().map(|c| if digit(c) { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c }).collect();
    let mut out = String::with_capacity(value.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let masked = match run.len() {
            // The code of an organisation: P and a division code, and three digits more for a group.
            _ if out.ends_with('P') => std::mem::take(run),
            11 if run.starts_with('1') => masked_telephone(run),
            15 | 17.. => masked_id_number(run),
            _ => std::mem::take(run),
        };
        out.push_str(&masked);
        run.clear();
    };
    for c in narrowed {
        if c.is_ascii_digit() || (matches!(c, 'X' | 'x') && run.len() == 17) {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn number(text: &str) -> Cell {
        Cell::Number { value: text.parse().expect("a number"), text: text.to_owned() }
    }

    #[test]
    fn days_are_read_in_every_spelling() {
        for text in [
            "2025-06-09",
            "2025/6/9",
            "2025.06.09",
            "2025年6月9日",
            "20250609",
            " ２０２５．６．９ ",
            "2025-6-9 08:30",
            "2025-06-09T08:30:00",
            "2025年06月09号",
            "45817",
        ] {
            assert_eq!(day(&said(text)), Ok(Some(date(2025, 6, 9))), "{text}");
        }
        assert_eq!(day(&number("20250609")), Ok(Some(date(2025, 6, 9))));
        assert_eq!(day(&number("45817")), Ok(Some(date(2025, 6, 9))));
        assert_eq!(day(&Cell::Date(45817.75)), Ok(Some(date(2025, 6, 9))));
        assert_eq!(day(&said("　")), Ok(None));
        assert_eq!(day(&said("无")), Ok(None));
    }

    #[test]
    fn days_that_are_none_say_why() {
        for text in ["2025-02-30", "2025年13月1日", "20250230", "2025.0.1"] {
            assert_eq!(day(&said(text)), Err(DayFault::Impossible), "{text}");
        }
        for text in ["2025年6月", "2025.06", "2025", "202506"] {
            assert_eq!(day(&said(text)), Err(DayFault::Incomplete), "{text}");
        }
        for text in ["去年", "9/6/2025", "25.6.9", "六月九日"] {
            assert_eq!(day(&said(text)), Err(DayFault::Unreadable), "{text}");
        }
        assert_eq!(day(&number("2025.06")), Err(DayFault::Incomplete));
        assert_eq!(day(&Cell::Date(-3.0)), Err(DayFault::Impossible));
        // Excel shows its first day as 1 January 1900.
        assert_eq!(day(&Cell::Date(1.0)), Ok(Some(date(1900, 1, 1))));
        assert_eq!(day(&Cell::Date(61.0)), Ok(Some(date(1900, 3, 1))));
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(fen(&number("84.20999999999999")), Ok(Some(84_210_000)));
        assert_eq!(fen(&number("22.84")), Ok(Some(22_840_000)));
        assert_eq!(fen(&said("1,234.5万元")), Ok(Some(1_234_500_000)));
        assert_eq!(fen(&number("1E-3")), Ok(Some(1_000)));
        assert_eq!(fen(&said("-0.00000050")), Ok(Some(-1)));
        assert_eq!(fen(&said("22.84元")), Err(()));
        assert_eq!(whole(&said("３５人")), Ok(Some(35)));
        assert_eq!(whole(&number("35.5")), Err(()));
        assert_eq!(minutes(&number("0.5")), Ok(Some(30)));
        assert_eq!(minutes(&number("1.33")), Ok(Some(80)));
        assert_eq!(minutes(&said("90分钟")), Ok(Some(90)));
        assert_eq!(minutes(&said("1小时30分")), Ok(Some(90)));
        assert_eq!(minutes(&said("2 学时")), Ok(Some(120)));
        assert_eq!(minutes(&said("半天")), Err(()));
    }

    #[test]
    fn identity_numbers_say_what_is_wrong() {
        assert_eq!(identity(&said(" 99010119940716179x ")), Ok("99010119940716179X".to_owned()));
        assert_eq!(identity(&said("９９０１０１１９９２１２２８８９９３")), Ok("990101199212288993".to_owned()));
        assert_eq!(identity(&said("990101199704228480")), Err(IdentityFault::Checksum));
        assert_eq!(identity(&said("990101199702308480")), Err(IdentityFault::Birthday));
        assert_eq!(identity(&said("990101970422848")), Err(IdentityFault::Length(15)));
        assert_eq!(identity(&said("99010119970422848四")), Err(IdentityFault::Characters));
        assert_eq!(identity(&number("990101199212288000")), Err(IdentityFault::LostDigits));
        assert_eq!(identity(&Cell::Empty), Err(IdentityFault::Length(0)));
    }

    #[test]
    fn telephones_are_brought_into_one_form() {
        assert_eq!(telephone(&said("１９９００２６４６１６")), Some(("19900264616".to_owned(), true)));
        assert_eq!(telephone(&said("+86 199-0026-4616")), Some(("19900264616".to_owned(), true)));
        assert_eq!(telephone(&said("0570-3051234")), Some(("0570-3051234".to_owned(), true)));
        assert_eq!(telephone(&said("1990026461")), Some(("1990026461".to_owned(), false)));
        assert_eq!(telephone(&said("无")), None);
    }

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        assert_eq!(masked(ColumnKind::IdentityNumber, "990101199212288993"), "990101********8993");
        assert_eq!(masked(ColumnKind::Text, "马春和990101199212288993"), "马春和990101********8993");
        assert_eq!(masked(ColumnKind::Text, "99010119940716179x"), "990101********179x");
        assert_eq!(masked(ColumnKind::Text, "电话１９９００２６４６１６。"), "电话199****4616。");
        assert_eq!(masked(ColumnKind::OrganisationCode, "P330802005001001"), "P330802005001001");
        assert_eq!(masked(ColumnKind::Text, "330802005001"), "330802005001");
        assert_eq!(masked(ColumnKind::Date, "2025-02-30"), "2025-02-30");
    }

    #[test]
    fn names_lose_the_spaces_that_only_fill() {
        assert_eq!(person_name(&said("马　和")), "马和");
        assert_eq!(person_name(&said(" 沈宁俊\u{3000}")), "沈宁俊");
        assert_eq!(person_name(&said("Anna Lee")), "Anna Lee");
    }
}
