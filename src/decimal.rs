//! Numbers with six digits behind the point, computed as whole numbers of millionths.
//!
//! Sums of whole numbers don't depend on their order, so neither do means. Every figure of a report is
//! such a number, and can be computed again from the printed figures below it.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number in millionths.
///
/// ```
/// use newstance::Millionths;
///
/// let third = Millionths::ratio(1, 3);
/// assert_eq!(third.to_string(), "0.333333");
/// assert_eq!("-0.5".parse::<Millionths>().unwrap() + third, Millionths(-166_667));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(pub i64);

/// Millionths of one.
const ONE: i64 = 1_000_000;

impl Millionths {
    /// The nearest number to a finite one below 9 · 10¹² in magnitude; halves go away from zero.
    pub fn from_f64(number: f64) -> Self {
        Self((number * ONE as f64).round() as i64)
    }

    /// As floating point.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// `part / whole`; `whole` is not 0.
    pub fn ratio(part: i64, whole: u64) -> Self {
        Self(divide(i128::from(part) * i128::from(ONE), whole))
    }

    /// The mean of so many numbers with this sum; `count` is not 0.
    pub fn mean(sum: Self, count: u64) -> Self {
        Self(divide(i128::from(sum.0), count))
    }
}

/// The nearest whole number to a quotient; halves go away from zero.
fn divide(sum: i128, count: u64) -> i64 {
    let count = i128::from(count);
    let half = (2 * sum.abs() + count) / (2 * count);
    (half * sum.signum()) as i64
}

impl Add for Millionths {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Millionths {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Millionths {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Millionths {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Millionths {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self(0), Add::add)
    }
}

/// Six digits behind the point; width and sign as for other numbers, precision cuts digits off by
/// rounding.
impl fmt::Display for Millionths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.precision().is_some() {
            return fmt::Display::fmt(&self.as_f64(), f);
        }
        let (whole, rest) = (
            self.0.unsigned_abs() / 1_000_000,
            self.0.unsigned_abs() % 1_000_000,
        );
        f.pad_integral(self.0 >= 0, "", &format!("{whole}.{rest:06}"))
    }
}

/// What is no number with at most six digits behind the point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDecimal(String);

impl fmt::Display for NotDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a number with at most six decimals", self.0)
    }
}

impl std::error::Error for NotDecimal {}

impl FromStr for Millionths {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let not_decimal = || NotDecimal(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(rest) || rest.len() > 6 {
            return Err(not_decimal());
        }
        let number: i64 = format!("{whole}{rest:0<6}")
            .parse()
            .map_err(|_| not_decimal())?;
        Ok(Self(if negative { -number } else { number }))
    }
}

impl Serialize for Millionths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millionths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let mean = |sum, count| Millionths::mean(Millionths(sum), count).0;
        assert_eq!(
            [mean(1, 2), mean(-1, 2), mean(3, 2), mean(-5, 2)],
            [1, -1, 2, -3]
        );
        assert_eq!(
            [mean(1, 3), mean(-1, 3), mean(2, 3), mean(-2, 3)],
            [0, 0, 1, -1]
        );
        assert_eq!(Millionths::ratio(2, 3).0, 666_667);
    }

    #[test]
    fn six_digits_and_no_negative_zero() {
        let cases = [
            (500_000, "0.500000"),
            (-1_000_000, "-1.000000"),
            (0, "0.000000"),
            (-7, "-0.000007"),
        ];
        for (number, text) in cases {
            assert_eq!(Millionths(number).to_string(), text);
        }
        assert_eq!(Millionths::from_f64(-1e-9).to_string(), "0.000000");
        assert_eq!(
            format!("{:+.3}|{:>+10}", Millionths(-166_667), Millionths(5)),
            "-0.167| +0.000005"
        );
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "1.0000001",
            "1e3",
            "NaN",
            "--1",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Millionths>().is_err(), "{text}");
        }
        assert_eq!("1".parse(), Ok(Millionths(ONE)));
    }

    proptest! {
        #[test]
        fn printed_numbers_are_read_back(number in -9_000_000_000_000i64..9_000_000_000_000) {
            prop_assert_eq!(Millionths(number).to_string().parse(), Ok(Millionths(number)));
        }
    }
}
