//! What a member's record is, and what follows from its spans. No rows, no clock.

use jiff::civil::Date;
use store::OrgId;

/// A member as a roster states one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMember {
    pub name: String,
    pub sex: String,
    /// For the record page and the national form only; no rule, filter or figure may use it.
    pub ethnicity: String,
    /// 18 characters; the key of a member.
    pub id_number: String,
    pub born_on: Option<Date>,
    pub education: Option<String>,
    pub joined_on: Option<Date>,
    /// None: probationary.
    pub full_on: Option<Date>,
    /// In the words of the code list: 正式党员, 预备党员.
    pub category: String,
    pub branch: OrgId,
    pub occupation: Option<String>,
    pub telephone: Option<String>,
    pub is_mobile: bool,
    /// In the words of the code list: 正常, 停止党籍.
    pub status: String,
    /// Where it comes from, in words.
    pub source: String,
    /// Belongs to the branch from this day; none: since joining, as far as the branch goes back (a roster does not say).
    pub belongs_from: Option<Date>,
}

/// Ways to leave for good, in the words of the list of membership states.
///
/// Source: 党员教育管理工作条例 第二十四条; 党章 第九条.
pub const EXITS: [&str; 6] = ["已转出", "已除名", "自行脱党", "退党", "开除党籍", "死亡"];

/// An identity number as it is kept: no spaces, capital X.
#[must_use]
pub fn normal_id_number(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether the 18 characters are an identity number: digits, a day of the calendar, the right last character.
///
/// Source: GB 11643.
#[must_use]
pub fn is_valid_id_number(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const LAST: [u8; 11] = *b"10X98765432";
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) || born_of(text).is_none() {
        return false;
    }
    let sum: u32 = bytes[..17].iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    bytes[17] == LAST[(sum % 11) as usize]
}

/// The day of birth that an identity number states.
#[must_use]
pub fn born_of(id_number: &str) -> Option<Date> {
    let part = |from: usize, to: usize| id_number.get(from..to)?.parse::<i16>().ok();
    Date::new(part(6, 10)?, i8::try_from(part(10, 12)?).ok()?, i8::try_from(part(12, 14)?).ok()?).ok()
}

/// First six and last four characters of an identity number.
#[must_use]
pub fn masked_id_number(text: &str) -> String {
    mask(text, 6, 4)
}

/// First three and last four digits of a telephone number.
#[must_use]
pub fn masked_telephone(text: &str) -> String {
    mask(text, 3, 4)
}

fn mask(text: &str, first: usize, last: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let n = chars.len();
    if n <= first + last {
        return "*".repeat(n);
    }
    chars.iter().enumerate().map(|(i, c)| if i < first || i >= n - last { *c } else { '*' }).collect()
}

/// Full years between a birthday and a day.
#[must_use]
pub fn age_on(born: Date, on: Date) -> i16 {
    let years = on.year() - born.year();
    if (on.month(), on.day()) < (born.month(), born.day()) { years - 1 } else { years }
}

/// How a member came to belong somewhere, in words.
#[must_use]
pub fn affiliation_reason(key: &str) -> &str {
    match key {
        "roster" => "名册登记",
        "transfer" => "组织关系转接",
        "merge" => "党组织合并",
        "split" => "党组织拆分",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn identity_numbers_are_checked_to_the_last_character() {
        assert!(is_valid_id_number("990101194007299404"));
        for wrong in ["990101194007299405", "990101194013299404", "99010119400729940", "99010119400729940四"] {
            assert!(!is_valid_id_number(wrong), "{wrong}");
        }
        assert_eq!(normal_id_number(" 99010119400729 940x"), "99010119400729940X");
    }

    #[test]
    fn numbers_are_masked() {
        assert_eq!(masked_id_number("990101194007299404"), "990101********9404");
        assert_eq!(masked_telephone("19906926933"), "199****6933");
        assert_eq!(masked_telephone("8812"), "****");
    }

    #[test]
    fn age_counts_birthdays() {
        assert_eq!(age_on(date(1980, 2, 29), date(2026, 2, 28)), 45);
        assert_eq!(age_on(date(1980, 2, 29), date(2026, 3, 1)), 46);
    }
}
