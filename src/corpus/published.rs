//! Publication dates in the forms that corpora hold them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The first weekly newspaper is of 1605; anything before it is a broken field.
const FIRST_YEAR: i16 = 1605;
/// A fixed bound, not today's date, so that the same input always gives the same output.
const LAST_YEAR: i16 = 2099;

/// When an article was published.
///
/// [`fmt::Display`] writes ISO 8601: `2025-08-15` if the record has only a day,
/// `2025-08-15T21:30:00` if it has a time, and `2025-08-15T21:30:00Z` (in UTC) if it has an
/// offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Published {
    date: Date,
    time: Option<DateTime>,
    utc: bool,
}

impl Published {
    /// Reads ISO 8601, RFC 3339, RFC 2822, `15 August 2025`, `August 15, 2025`, `20250815`,
    /// `2025/08/15`, `15.08.2025` and Unix seconds or milliseconds; `08/15/2025` and `15/08/2025`
    /// as well, since they can mean one day only.
    ///
    /// # Errors
    ///
    /// The reason, for `rejected.csv`: not a date, or a year outside 1605 to 2099. Dates like
    /// 03/04/2025 are refused, because they mean two days.
    pub fn parse(field: &str) -> Result<Self, String> {
        let field = field.trim();
        let published = parse_any(field).ok_or_else(|| {
            format!(
                "cannot read the date {field:?}; write it as 2025-08-15 or 2025-08-15T21:30:00Z"
            )
        })?;
        let year = published.date.year();
        if (FIRST_YEAR..=LAST_YEAR).contains(&year) {
            Ok(published)
        } else {
            Err(format!(
                "absurd date {field:?}: the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}"
            ))
        }
    }

    /// The calendar day.
    pub fn date(&self) -> Date {
        self.date
    }

    /// A day without a time.
    pub fn on(date: Date) -> Self {
        Self {
            date,
            time: None,
            utc: false,
        }
    }

    fn local(time: DateTime) -> Self {
        Self {
            date: time.date(),
            time: Some(time),
            utc: false,
        }
    }

    fn instant(instant: Timestamp) -> Self {
        let time = TimeZone::UTC.to_datetime(instant);
        Self {
            date: time.date(),
            time: Some(time),
            utc: true,
        }
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.time {
            None => write!(f, "{}", self.date),
            Some(time) => {
                let zone = if self.utc { "Z" } else { "" };
                write!(f, "{}{zone}", time.strftime("%Y-%m-%dT%H:%M:%S"))
            }
        }
    }
}

fn parse_any(field: &str) -> Option<Published> {
    if field.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_digits(field);
    }
    if let Ok(instant) = field.parse::<Timestamp>() {
        return Some(Published::instant(instant));
    }
    if let Ok(instant) = jiff::fmt::rfc2822::parse(field) {
        return Some(Published::instant(instant.timestamp()));
    }
    const DAYS: [&str; 13] = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d.%m.%Y",
        "%B %d %Y",
        "%b %d %Y",
        "%a, %d %b %Y",
        "%d %B %Y",
        "%d %b %Y",
        "%B %d, %Y",
        "%b %d, %Y",
        "%b. %d, %Y",
        "%A, %B %d, %Y",
        "%A, %d %B %Y",
    ];
    for format in DAYS {
        if let Ok(date) = Date::strptime(format, field) {
            return Some(Published::on(date));
        }
    }
    if let Some(date) = parse_slashes(field) {
        return Some(Published::on(date));
    }
    const OFFSET_TIMES: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z"];
    for format in OFFSET_TIMES {
        if let Ok(instant) = Timestamp::strptime(format, field) {
            return Some(Published::instant(instant));
        }
    }
    const TIMES: [&str; 7] = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%d %B %Y %H:%M",
        "%d %b %Y %H:%M",
        "%B %d, %Y %I:%M %p",
    ];
    for format in TIMES {
        if let Ok(time) = DateTime::strptime(format, field) {
            return Some(Published::local(time));
        }
    }
    field.parse::<DateTime>().ok().map(Published::local)
}

/// `08/15/2025` or `15/08/2025`, if only one order makes a day or both make the same.
fn parse_slashes(field: &str) -> Option<Date> {
    let month_first = Date::strptime("%m/%d/%Y", field).ok();
    let day_first = Date::strptime("%d/%m/%Y", field).ok();
    match (month_first, day_first) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// `YYYYMMDD`, Unix seconds or Unix milliseconds, recognized by their length.
fn parse_digits(field: &str) -> Option<Published> {
    match field.len() {
        8 => Date::strptime("%Y%m%d", field).ok().map(Published::on),
        9 | 10 => Timestamp::from_second(field.parse().ok()?)
            .ok()
            .map(Published::instant),
        12 | 13 => Timestamp::from_millisecond(field.parse().ok()?)
            .ok()
            .map(Published::instant),
        _ => None,
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
            ("08/15/2025", "2025-08-15"),
            ("15/08/2025", "2025-08-15"),
            ("08/08/2025", "2025-08-08"),
            ("15 August 2025 21:30", "2025-08-15T21:30:00"),
            ("August 15, 2025 9:30 PM", "2025-08-15T21:30:00"),
            ("2025-08-15 21:30:00", "2025-08-15T21:30:00"),
            ("2025-08-15T21:30:00", "2025-08-15T21:30:00"),
            ("2025-08-15T21:30:00Z", "2025-08-15T21:30:00Z"),
            ("2025-08-15T23:30:00.250-08:00", "2025-08-16T07:30:00Z"),
            ("Fri, 15 Aug 2025 21:30:00 +0200", "2025-08-15T19:30:00Z"),
            ("2025-08-15T21:30:00+0200", "2025-08-15T19:30:00Z"),
            ("1755293400", "2025-08-15T21:30:00Z"),
            ("1755293400000", "2025-08-15T21:30:00Z"),
        ];
        for (field, expected) in cases {
            let read = Published::parse(field).map(|published| published.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{field}");
        }
    }

    #[test]
    fn refuses_what_is_no_date_or_absurd() {
        for field in [
            "soon",
            "03/04/2025",
            "2025-02-30",
            "1066-10-14",
            "9999-01-01",
            "20251345",
        ] {
            assert!(Published::parse(field).is_err(), "{field}");
        }
        assert!(
            Published::parse("9999-01-01")
                .unwrap_err()
                .contains("absurd")
        );
    }
}
