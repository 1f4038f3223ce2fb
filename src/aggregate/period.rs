//! Days, weeks, months and years.

use std::fmt;
use std::iter::successors;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use super::Days;

/// How long the periods of a timeline are; longer ones are greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// A day.
    Day,
    /// A week from Monday on (ISO 8601).
    Week,
    /// A month of the calendar.
    #[default]
    Month,
    /// A year of the calendar.
    Year,
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first day of the period that a day is in.
    pub fn start(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                let days = date.weekday().since(Weekday::Monday);
                date.saturating_sub(i64::from(days).days())
            }
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        }
    }

    /// The first day of the period behind one.
    pub fn next(self, start: Date) -> Date {
        let length: Span = match self {
            Self::Day => 1.day(),
            Self::Week => 7.days(),
            Self::Month => 1.month(),
            Self::Year => 1.year(),
        };
        start.saturating_add(length)
    }

    /// The first days of the periods that some days are in.
    pub(crate) fn starts(self, days: Days) -> impl Iterator<Item = Date> {
        let next = move |start: &Date| Some(self.next(*start)).filter(|next| *next <= days.last);
        successors(Some(self.start(days.first)), next)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_start_and_follow_one_another() {
        let friday = date(2024, 2, 2);
        for (period, start, next) in [
            (Period::Day, friday, date(2024, 2, 3)),
            (Period::Week, date(2024, 1, 29), date(2024, 2, 5)),
            (Period::Month, date(2024, 2, 1), date(2024, 3, 1)),
            (Period::Year, date(2024, 1, 1), date(2025, 1, 1)),
        ] {
            assert_eq!((period.start(friday), period.next(start)), (start, next));
        }
        assert_eq!(Period::Week.start(date(2024, 1, 29)), date(2024, 1, 29));
    }
}
