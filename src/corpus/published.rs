//! When an article was published.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::dates::{Dated, dated};

/// The first weekly newspaper is of 1605; anything before it is a broken field.
const FIRST_YEAR: i16 = 1605;
/// A fixed bound, not today's date, so that the same input always gives the same output.
const LAST_YEAR: i16 = 2099;

/// When an article was published, as precisely as its record says.
///
/// [`fmt::Display`] writes ISO 8601: `2025-08-15` if the record has only a day, `2025-08-15T21:30:00` if it has a time,
/// and `2025-08-15T21:30:00-04:00` if it has an offset (`Z` for UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Published {
    date: Date,
    time: Option<DateTime>,
    offset: Option<Offset>,
}

impl Published {
    /// Reads a date in any of the forms that agencies, newspapers, spreadsheets and programs write: ISO 8601, RFC 3339,
    /// RFC 2822, `Sept. 15, 2025`, `Friday 15 August 2025`, `15-Aug-2025`, `Aug 13, 2025 at 5:03pm EDT`, `20250815T122400+0200`,
    /// `15.08.2025`, Unix seconds to nanoseconds; `08/15/2025` and `15/08/2025` as well, since they can mean one day only.
    ///
    /// # Errors
    ///
    /// The reason, for `rejected.csv`: not a date, no day, or a year outside 1605 to 2099. Dates like 03/04/2025 are refused,
    /// because they mean two days.
    pub fn parse(field: &str) -> Result<Self, String> {
        match Self::read(field)? {
            Dated::One(published, _) => Ok(published),
            Dated::Either { .. } => Err(format!(
                "{:?} may mean two days; write it as 2025-08-15",
                field.trim()
            )),
            Dated::NoDay => Err(no_day(field)),
        }
    }

    /// What a field says of the date, which may be either of two days.
    pub(super) fn read(field: &str) -> Result<Dated, String> {
        let field = field.trim();
        let dated = dated(field).ok_or_else(|| {
            format!(
                "cannot read the date {field:?}; write it as 2025-08-15 or 2025-08-15T21:30:00Z"
            )
        })?;
        let year = match dated {
            Dated::One(published, _) => published.date.year(),
            Dated::Either { day_first, .. } => day_first.date.year(),
            Dated::NoDay => return Err(no_day(field)),
        };
        if (FIRST_YEAR..=LAST_YEAR).contains(&year) {
            Ok(dated)
        } else {
            Err(format!(
                "absurd date {field:?}: the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}"
            ))
        }
    }

    /// The calendar day, where it was published.
    pub fn date(&self) -> Date {
        self.date
    }

    /// A day without a time.
    pub fn on(date: Date) -> Self {
        Self {
            date,
            time: None,
            offset: None,
        }
    }

    /// A day and a time, with its distance from UTC if that is known.
    pub(super) fn at(time: DateTime, offset: Option<Offset>) -> Self {
        Self {
            date: time.date(),
            time: Some(time),
            offset,
        }
    }

    /// An instant, in UTC.
    pub(super) fn instant(instant: Timestamp) -> Self {
        Self::at(Offset::UTC.to_datetime(instant), Some(Offset::UTC))
    }
}

fn no_day(field: &str) -> String {
    format!(
        "the date {:?} names no day; write it as 2025-08-15",
        field.trim()
    )
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(time) = self.time else {
            return write!(f, "{}", self.date);
        };
        write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S"))?;
        match self.offset {
            None => Ok(()),
            Some(Offset::UTC) => f.write_str("Z"),
            Some(offset) => {
                let minutes = offset.seconds() / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_forms() {
        let cases = [
            ("2025-08-15", "2025-08-15"),
            (" 2025/08/15 ", "2025-08-15"),
            ("20250815", "2025-08-15"),
            ("August 15, 2025", "2025-08-15"),
            ("Friday, August 15, 2025", "2025-08-15"),
            ("15 Aug 2025", "2025-08-15"),
            ("Aug 15 2025", "2025-08-15"),
            ("Fri, 15 Aug 2025", "2025-08-15"),
            ("15.08.2025", "2025-08-15"),
            ("03.04.2025", "2025-04-03"),
            ("08/15/2025", "2025-08-15"),
            ("15/08/2025", "2025-08-15"),
            ("08/08/2025", "2025-08-08"),
            ("15 August 2025 21:30", "2025-08-15T21:30:00"),
            ("August 15, 2025 9:30 PM", "2025-08-15T21:30:00"),
            ("2025-08-15 21:30:00", "2025-08-15T21:30:00"),
            ("2025-08-15T21:30", "2025-08-15T21:30:00"),
            ("2025-08-15T21:30:00Z", "2025-08-15T21:30:00Z"),
            ("2025-08-15T23:30:00.250-08:00", "2025-08-15T23:30:00-08:00"),
            (
                "2025-08-15T23:30:00-04:00[America/New_York]",
                "2025-08-15T23:30:00-04:00",
            ),
            (
                "Fri, 15 Aug 2025 21:30:00 +0200",
                "2025-08-15T21:30:00+02:00",
            ),
            ("Fri, 15 Aug 2025 21:30:00 GMT", "2025-08-15T21:30:00Z"),
            ("2025-08-15T21:30:00+0200", "2025-08-15T21:30:00+02:00"),
            ("2025-08-15Z", "2025-08-15"),
            ("1755293400", "2025-08-15T21:30:00Z"),
            ("1755293400.5", "2025-08-15T21:30:00Z"),
            ("1755293400000", "2025-08-15T21:30:00Z"),
            ("1755293400000000", "2025-08-15T21:30:00Z"),
            ("1755293400000000000", "2025-08-15T21:30:00Z"),
        ];
        check(&cases);
    }

    #[test]
    fn reads_what_newspapers_and_archives_print() {
        check(&[
            ("Sept. 5, 2024", "2024-09-05"),
            ("Thursday 5 September 2024", "2024-09-05"),
            ("Thursday September 5 2024", "2024-09-05"),
            ("5 September, 2024", "2024-09-05"),
            ("5th September 2024", "2024-09-05"),
            ("September 5th, 2024", "2024-09-05"),
            ("the 5th of September 2024", "2024-09-05"),
            ("5. September 2024", "2024-09-05"),
            ("5-Sep-2024", "2024-09-05"),
            ("05-Sep-24", "2024-09-05"),
            ("5SEP2024", "2024-09-05"),
            ("2024 Sep 5", "2024-09-05"),
            ("2024-Sep-05", "2024-09-05"),
            ("September 5, 2024 Thursday", "2024-09-05"),
            ("Thu Sep 05 2024", "2024-09-05"),
            ("13/9/24", "2024-09-13"),
            ("9/13/24", "2024-09-13"),
            ("13-09-2024", "2024-09-13"),
            ("Published: 5 September 2024", "2024-09-05"),
            ("Updated Sep 5, 2024", "2024-09-05"),
            ("2024.09.05", "2024-09-05"),
            ("31 Dec 99", "1999-12-31"),
            ("16. August 2025 Samstag", "2025-08-16"),
            ("Samstag, 1. März 2025", "2025-03-01"),
            ("jeudi 5 décembre 2024", "2024-12-05"),
            ("15 de agosto de 2025", "2025-08-15"),
            ("5 mei 2024", "2024-05-05"),
        ]);
    }

    #[test]
    fn reads_times_with_their_zones() {
        check(&[
            ("Sep 5, 2024 at 5:03pm EDT", "2024-09-05T17:03:00-04:00"),
            ("Sept. 5, 2024, 5:03 p.m. ET", "2024-09-05T17:03:00"),
            ("Sept. 5, 2024 5 p.m.", "2024-09-05T17:00:00"),
            ("12:15 am, September 5, 2024", "2024-09-05T00:15:00"),
            ("17:03 BST, 5 September 2024", "2024-09-05T17:03:00+01:00"),
            ("Thu 5 Sep 2024 17.03 pm BST", "2024-09-05T17:03:00+01:00"),
            ("Thu, 05 Sep 2024 17:03 EDT", "2024-09-05T17:03:00-04:00"),
            ("09/15/2024 02:55PM CT", "2024-09-15T14:55:00"),
            ("15/09/2024 12:24", "2024-09-15T12:24:00"),
            ("09/15/2024 12:24:00", "2024-09-15T12:24:00"),
            ("9/15/2024 2:55:10 PM", "2024-09-15T14:55:10"),
            ("2024-09-05 12:24:00 UTC", "2024-09-05T12:24:00Z"),
            ("2024-09-05 12:24:00.000000 UTC", "2024-09-05T12:24:00Z"),
            ("2024-09-05 12:24:00+00:00", "2024-09-05T12:24:00Z"),
            ("2024-09-05 12:24:00.123456", "2024-09-05T12:24:00"),
            ("2024-09-05 12:24:00 +0530", "2024-09-05T12:24:00+05:30"),
            ("2024-09-05 12:24 GMT+2", "2024-09-05T12:24:00+02:00"),
            ("20240905122400", "2024-09-05T12:24:00"),
            ("20240905T122400Z", "2024-09-05T12:24:00Z"),
            ("20240905T122400+0200", "2024-09-05T12:24:00+02:00"),
            ("20240905T122400-0400", "2024-09-05T12:24:00-04:00"),
            ("20240905 1224", "2024-09-05T12:24:00"),
            ("Thu Sep  5 12:24:00 2024", "2024-09-05T12:24:00"),
            ("Thu Sep 05 12:24:00 +0000 2024", "2024-09-05T12:24:00Z"),
            (
                "Thu Sep 05 2024 12:24:00 GMT+0200 (Central European Summer Time)",
                "2024-09-05T12:24:00+02:00",
            ),
            ("5 September 2024 | 12:24", "2024-09-05T12:24:00"),
            ("2024/09/05 12:24:00", "2024-09-05T12:24:00"),
            ("05.09.2024, 12:24 Uhr", "2024-09-05T12:24:00"),
            ("05.09.2024 12h24", "2024-09-05T12:24:00"),
        ]);
    }

    fn check(cases: &[(&str, &str)]) {
        let mut wrong = Vec::new();
        for (field, expected) in cases {
            let read = Published::parse(field).map(|published| published.to_string());
            if read.as_deref() != Ok(expected) {
                wrong.push(format!("{field}: {read:?}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn refuses_what_is_no_date_or_absurd() {
        for (field, reason) in [
            ("soon", "cannot read"),
            ("2025-02-30", "cannot read"),
            ("20251345", "cannot read"),
            ("25:61 5 May 2024", "cannot read"),
            ("32 May 2024", "cannot read"),
            ("03/04/2025", "two days"),
            ("03-04-2025 12:30", "two days"),
            ("2025-08", "names no day"),
            ("Aug 2025", "names no day"),
            ("2025", "names no day"),
            ("12 apples 2024", "cannot read"),
            ("1066-10-14", "absurd"),
            ("9999-01-01", "absurd"),
        ] {
            let found = Published::parse(field).unwrap_err();
            assert!(found.contains(reason), "{field}: {found}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_place() {
        let published = Published::parse("2025-08-31T22:00:00-04:00").unwrap();
        assert_eq!(published.date().to_string(), "2025-08-31");
        assert_eq!(published.to_string(), "2025-08-31T22:00:00-04:00");
    }
}
