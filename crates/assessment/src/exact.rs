//! Arithmetic that is exact or says that it cannot be: overflow is `None`, never a wrapped figure.

use std::cmp::Ordering;

use jiff::Span;
use jiff::civil::Date;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, Zero};
use policy::Ratio;

/// A whole number as a fraction.
pub(crate) fn whole(n: i64) -> Ratio {
    Ratio::from_integer(i128::from(n))
}

/// Numerators and denominators that fit 64 bits, as nearly all do: products of them cannot overflow 128.
fn small(a: Ratio, b: Ratio) -> Option<[i128; 4]> {
    let parts = [*a.numer(), *a.denom(), *b.numer(), *b.denom()];
    parts.iter().all(|part| i64::try_from(*part).is_ok()).then_some(parts)
}

/// `above ÷ below` in lowest terms, with 64-bit steps where both fit; `below` is not zero.
fn reduced(above: i128, below: i128) -> Ratio {
    let (Ok(n), Ok(d)) = (u64::try_from(above.unsigned_abs()), u64::try_from(below.unsigned_abs())) else {
        return Ratio::new(above, below);
    };
    let (mut a, mut b) = (n, d);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let sign = if (above < 0) == (below < 0) { 1 } else { -1 };
    Ratio::new_raw(sign * i128::from(n / a), i128::from(d / a))
}

/// The sum, or `None` on overflow.
pub(crate) fn add(a: Ratio, b: Ratio) -> Option<Ratio> {
    // Most figures are whole or nothing, and need no divisor.
    if (*a.denom(), *b.denom()) == (1, 1) {
        return a.numer().checked_add(b.numer()).map(Ratio::from_integer);
    }
    if a.is_zero() {
        return Some(b);
    }
    if b.is_zero() {
        return Some(a);
    }
    match small(a, b) {
        Some([an, ad, bn, bd]) if ad == bd => Some(reduced(an + bn, ad)),
        Some([an, ad, bn, bd]) => Some(reduced((an * bd).checked_add(bn * ad)?, ad * bd)),
        None => a.checked_add(&b),
    }
}

/// A sum that is brought to lowest terms once, at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sum {
    /// Over a common denominator, while 64 bits are enough.
    Small { above: i64, below: i64 },
    /// Beyond; `None`: it does not fit at all.
    Large(Option<Ratio>),
}

impl Default for Sum {
    fn default() -> Self {
        Self::Small { above: 0, below: 1 }
    }
}

impl Sum {
    pub(crate) fn add(&mut self, value: Ratio) {
        if value.is_zero() {
            return;
        }
        *self = match *self {
            Self::Small { above, below } => {
                added(above, below, value).unwrap_or_else(|| Self::Large(add(reduced(above.into(), below.into()), value)))
            }
            Self::Large(sum) => Self::Large(sum.and_then(|sum| add(sum, value))),
        };
    }

    /// The sum, or `None` on overflow.
    pub(crate) fn value(self) -> Option<Ratio> {
        match self {
            Self::Small { above: 0, .. } => Some(Ratio::zero()),
            Self::Small { above, below } => Some(reduced(above.into(), below.into())),
            Self::Large(sum) => sum,
        }
    }
}

/// `above ÷ below` and `value` over a common denominator; `None` when 64 bits are not enough.
fn added(above: i64, below: i64, value: Ratio) -> Option<Sum> {
    let (n, d) = (i64::try_from(*value.numer()).ok()?, i64::try_from(*value.denom()).ok()?);
    if below == d {
        return Some(Sum::Small { above: above.checked_add(n)?, below });
    }
    if d == 1 {
        return Some(Sum::Small { above: above.checked_add(n.checked_mul(below)?)?, below });
    }
    if below % d == 0 {
        return Some(Sum::Small { above: above.checked_add(n.checked_mul(below / d)?)?, below });
    }
    let common = below.checked_mul(d)?;
    Some(Sum::Small { above: above.checked_mul(d)?.checked_add(n.checked_mul(below)?)?, below: common })
}

/// The product, or `None` on overflow.
pub(crate) fn multiply(a: Ratio, b: Ratio) -> Option<Ratio> {
    if (*a.denom(), *b.denom()) == (1, 1) {
        return a.numer().checked_mul(b.numer()).map(Ratio::from_integer);
    }
    match small(a, b) {
        Some([an, ad, bn, bd]) => Some(reduced(an * bn, ad * bd)),
        None => a.checked_mul(&b),
    }
}

/// The quotient, or `None` on overflow or when `b` is zero.
pub(crate) fn divide(a: Ratio, b: Ratio) -> Option<Ratio> {
    if b.is_zero() {
        return None;
    }
    match small(a, b) {
        Some([an, ad, bn, bd]) => Some(reduced(an * bd, ad * bn)),
        None => a.checked_div(&b),
    }
}

/// `weight × above ÷ below` for counts; `below` is positive.
pub(crate) fn share_of(weight: Ratio, above: i64, below: i64) -> Option<Ratio> {
    if above == below {
        return Some(weight);
    }
    if above == 0 {
        return Some(Ratio::zero());
    }
    divide(multiply(weight, whole(above))?, whole(below))
}

/// Whether two fractions in lowest terms are one; the library would divide to find out.
pub(crate) fn same(a: Ratio, b: Ratio) -> bool {
    a.numer() == b.numer() && a.denom() == b.denom()
}

/// Order of two fractions; by products where these fit, which is much quicker than by divisions.
pub(crate) fn compare(a: &Ratio, b: &Ratio) -> Ordering {
    if let Some([an, ad, bn, bd]) = small(*a, *b) {
        return (an * bd).cmp(&(bn * ad));
    }
    match (a.numer().checked_mul(b.denom()), b.numer().checked_mul(a.denom())) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => a.cmp(b),
    }
}

/// ceil(`share` × `n`) for a share of at least 0.
pub(crate) fn ceil_of(share: Ratio, n: usize) -> usize {
    let product = share * Ratio::from_integer(n as i128);
    usize::try_from(product.ceil().to_integer()).unwrap_or(0)
}

/// A fraction as the two integers that people see; `None` when one does not fit.
pub(crate) fn as_pair(value: Ratio) -> Option<(i64, i64)> {
    Some((i64::try_from(*value.numer()).ok()?, i64::try_from(*value.denom()).ok()?))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
#[must_use]
pub fn day_number(day: Date) -> i32 {
    let (month, year) = (i32::from(day.month()), i32::from(day.year()));
    // March-based years put the leap day last: 153 days in five months from March.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(day.day()) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    // 719 468 days from 0000-03-01 to 1970-01-01.
    era * 146_097 + day_of_era - 719_468
}

/// The day of a number that [`day_number`] gave.
#[must_use]
pub fn date_of(number: i32) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    epoch.saturating_add(Span::new().days(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn days_are_numbered_as_the_calendar_does() {
        let epoch = date(1970, 1, 1);
        for n in (-200_000..80_000).step_by(37) {
            let day = epoch.checked_add(n.days()).expect("within the calendar");
            assert_eq!(day_number(day), n);
            assert_eq!(date_of(n), day);
        }
    }

    #[test]
    fn quick_steps_agree_with_the_library() {
        let some = [-7, -1, 0, 1, 3, 12, 1440, 1_000_003, i64::MAX];
        let fractions: Vec<Ratio> = some.iter().flat_map(|n| [1, 4, 12, 999_983].map(|d| Ratio::new(i128::from(*n), d))).collect();
        for &a in &fractions {
            for &b in &fractions {
                assert_eq!(add(a, b), a.checked_add(&b), "{a} + {b}");
                assert_eq!(multiply(a, b), a.checked_mul(&b), "{a} * {b}");
                assert_eq!(divide(a, b), if b.is_zero() { None } else { a.checked_div(&b) }, "{a} / {b}");
            }
        }
    }

    #[test]
    fn a_running_sum_agrees_with_sums_step_by_step() {
        let big = Ratio::new(i128::from(i64::MAX) - 1, 7);
        let lists: [&[Ratio]; 4] = [
            &[whole(3), Ratio::new(7, 12), Ratio::new(5, 8), Ratio::new(-7, 12), Ratio::new(1, 3)],
            &[Ratio::new(1, 1_000_003), Ratio::new(1, 999_983), Ratio::new(1, 999_979), Ratio::new(1, 999_961)],
            &[big, big, Ratio::new(2, 9), -big],
            &[Ratio::new(i128::MAX, 3), Ratio::new(1, 2), whole(1)],
        ];
        for list in lists {
            let mut sum = Sum::default();
            list.iter().for_each(|value| sum.add(*value));
            assert_eq!(sum.value(), list.iter().try_fold(whole(0), |sum, value| add(sum, *value)), "{list:?}");
        }
    }

    #[test]
    fn overflow_is_none_and_order_survives_it() {
        let big = Ratio::new(i128::MAX, 3);
        assert_eq!(add(big, Ratio::new(1, 2)), None);
        assert_eq!(multiply(big, Ratio::new(7, 5)), None);
        assert_eq!(divide(whole(1), whole(0)), None);
        assert_eq!(compare(&big, &Ratio::new(i128::MAX - 1, 3)), Ordering::Greater);
    }

    #[test]
    fn floors_round_up() {
        let tenth = Ratio::new(1, 10);
        assert_eq!((ceil_of(tenth, 20), ceil_of(tenth, 21), ceil_of(tenth, 0)), (2, 3, 0));
    }
}
