//! Days from one to another.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Period;

/// Days from one to another, both among them.
///
/// ```
/// use newstance::aggregate::Days;
///
/// let september: Days = "2020-09".parse().unwrap();
/// assert_eq!(september.to_string(), "2020-09-01..2020-09-30");
/// assert_eq!("2020-09-01..2020-09".parse(), Ok(september));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first of them.
    pub first: Date,
    /// The last.
    pub last: Date,
}

impl Days {
    /// From the first to the last of some days and one more.
    pub(crate) fn with(known: Option<Self>, day: Date) -> Self {
        let known = known.unwrap_or(Self {
            first: day,
            last: day,
        });
        Self {
            first: known.first.min(day),
            last: known.last.max(day),
        }
    }

    /// Whether a day is one of them.
    pub fn contains(&self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// A year, a month or a day.
    fn of_period(text: &str) -> Option<Self> {
        let (day, period) = match text.len() {
            4 => (format!("{text}-01-01"), Period::Year),
            7 => (format!("{text}-01"), Period::Month),
            _ => (text.to_owned(), Period::Day),
        };
        let first: Date = day.parse().ok()?;
        let last = period.next(first).saturating_sub(1.day());
        Some(Self { first, last })
    }
}

impl FromStr for Days {
    type Err = String;

    /// Reads a year (2020), a month (2020-09), a day (2020-09-07), or two of these with `..` between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let whole = Self::of_period(first.trim()).zip(Self::of_period(last.trim()));
        match whole {
            Some((first, last)) if first.first <= last.last => Ok(Self {
                first: first.first,
                last: last.last,
            }),
            Some(_) => Err(format!("{text:?} ends before it begins")),
            None => Err(format!(
                "{text:?} is no year (2020), month (2020-09), day (2020-09-07) or two of them with .. between"
            )),
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_months_days_and_ranges() {
        for (text, days) in [
            ("2020", "2020-01-01..2020-12-31"),
            ("2020-02", "2020-02-01..2020-02-29"),
            ("2020-02-28", "2020-02-28..2020-02-28"),
            ("2019-12..2020", "2019-12-01..2020-12-31"),
            ("2020-09-07..2020-09-13", "2020-09-07..2020-09-13"),
        ] {
            assert_eq!(text.parse::<Days>().unwrap().to_string(), days);
        }
        for text in [
            "",
            "2020-13",
            "20",
            "2021..2020",
            "2020-9",
            "..",
            "September",
        ] {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
        let days: Days = "2020-02".parse().unwrap();
        assert!(days.contains("2020-02-29".parse().unwrap()));
        assert!(!days.contains("2020-03-01".parse().unwrap()));
    }
}
