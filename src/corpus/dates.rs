//! Dates as agencies, newspapers, spreadsheets and programs write them.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use regex::{Captures, Regex};

use super::Published;

/// Which number of `03/04/2025` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// What a date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated {
    /// One day; if it is of a form that could mean two, the order by which it means one.
    One(Published, Option<Order>),
    /// `03/04/2025`: one of two days, by the order that other dates of the file tell.
    Either {
        day_first: Published,
        month_first: Published,
    },
    /// A month or a year, no day.
    NoDay,
}

/// Months by their names in English, German, French, Spanish, Italian, Dutch and Portuguese, without accents: archives print dates in
/// the language of whoever exports them. Three letters are enough of any.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "januar", "janvier", "enero", "gennaio", "janeiro",
    ],
    &[
        "february",
        "februar",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
    ],
    &[
        "march", "marz", "maerz", "mars", "marzo", "maart", "marco", "mrz",
    ],
    &["april", "avril", "abril"],
    &["may", "mai", "mayo", "maggio", "mei", "maio"],
    &["june", "juni", "juin", "giugno", "junho"],
    &["july", "juli", "juillet", "luglio", "julho"],
    &["august", "aout", "agosto", "augustus"],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
    ],
    &["october", "oktober", "octobre", "ottobre", "outubro"],
    &["november", "novembre", "noviembre"],
    &[
        "december",
        "dezember",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
    ],
];

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that the tests compile")
}

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($pattern));)*
    };
}

const MONTH: &str = r"\p{L}{3,12}\.?";

patterns! {
    // A time of day with its zone, wherever it stands.
    CLOCK = r"(?ix)
        (?: (?<h>\d{1,2}) : (?<m>\d{2}) (?: : (?<s>\d{2}) (?: [.,]\d+ )? )? \s* (?<half>[ap]\.?\s?m\b\.?)?
          | (?<h12>\d{1,2}) (?: [.:] (?<m12>\d{2}) )? \s* (?<half12>[ap]\.?\s?m\b\.?)
          | \b (?<hour>\d{1,2}) h (?<minute>\d{2}) \b )
        \s* (?<zone> (?:\(?(?:utc|gmt|z)\b\)?)? \s* [+-]\d{1,2}(?: :?\d{2} )? \b
                   | \(? (?-i: Z | [A-Z]{2,5} ) \b \)? )?
        (?: \s* (?: \( [^)]* \) | \[ [^\]]* \] ) )?";
    // YYYYMMDD and HHMMSS, by a T or a blank, or in one.
    COMPACT = r"(?ix) ^ (?<date>\d{8}) (?: [t\s]? (?<h>\d{2}) (?<m>\d{2}) (?<s>\d{2})? (?: [.,]\d+ )? )?
        \s* (?<zone> z | [+-]\d{2}:?(?:\d{2})? )? $";
    // What stands around dates and says nothing of the day.
    NOISE = r"(?ix) \b (?: mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun )(?:day)? \b \.?
        | \b (?: montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag ) \b
        | \b (?: published | updated | posted | created | modified | date | on | at | of | the | from | de | den | del | le | am | uhr | hrs | hours ) \b :?
        | [,|] | \s [–—-] \s";
    ORDINAL = r"(?i)(\d)(?:st|nd|rd|th)\b";
    YEAR_FIRST = r"(?x) ^ (?<y>\d{4}) [-/.\s] (?<m>\d{1,2}) [-/.\s] (?<d>\d{1,2}) (?: z | [+-]\d{2}:\d{2} )? $";
    NUMBERS = r"(?x) ^ (?<a>\d{1,2}) (?<mark>[-/.\s]) (?<b>\d{1,2}) [-/.\s] (?<y>\d{4}|\d{2}) $";
    DAY_MONTH = &format!(r"^(?<d>\d{{1,2}})[-/.\s]*(?<m>{MONTH})[-/.\s]*(?<y>\d{{4}}|'?\d{{2}})$");
    MONTH_DAY = &format!(r"^(?<m>{MONTH})[-/.\s]*(?<d>\d{{1,2}})[-/.\s]+(?<y>\d{{4}}|'\d{{2}})$");
    YEAR_MONTH_DAY = &format!(r"^(?<y>\d{{4}})[-/.\s]*(?<m>{MONTH})[-/.\s]*(?<d>\d{{1,2}})$");
    NO_DAY = &format!(r"^(?:\d{{4}}(?:[-/.\s]\d{{1,2}})?|\d{{1,2}}/\d{{4}}|{MONTH}\s*\d{{4}}|\d{{4}}\s*{MONTH})$");
}

/// What a field says of the date; `None` if it can't be read.
pub(super) fn dated(field: &str) -> Option<Dated> {
    let field = field.trim();
    if let Some(instant) = instant(field) {
        return Some(Dated::One(Published::instant(instant), None));
    }
    if let Some(found) = COMPACT.captures(field) {
        return compact(&found);
    }
    let (clock, day) = match CLOCK.captures(field) {
        Some(found) => {
            let whole = found.get(0)?.range();
            let rest = format!("{} {}", &field[..whole.start], &field[whole.end..]);
            (Some(clock(&found)?), rest)
        }
        None => (None, field.to_owned()),
    };
    let day = day.trim_end().to_lowercase();
    // "2025-08-15T", without its time.
    let day = match day.strip_suffix('t') {
        Some(date) if date.ends_with(|char: char| char.is_ascii_digit()) => date,
        _ => &day,
    };
    let day = NOISE.replace_all(day, " ");
    let day = ORDINAL.replace_all(&day, "$1");
    let day = day.split_whitespace().collect::<Vec<_>>().join(" ");
    let day = day.trim_matches(['-', '–', '—', '.', ' ', '/', ':']);
    let at = |date: Date| match clock {
        Some((time, offset)) => Published::at(date.to_datetime(time), offset),
        None => Published::on(date),
    };
    let found = days(day)?;
    Some(match found {
        Days::One(date, order) => Dated::One(at(date), order),
        Days::Either(day_first, month_first) => Dated::Either {
            day_first: at(day_first),
            month_first: at(month_first),
        },
        Days::No => Dated::NoDay,
    })
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their length.
fn instant(field: &str) -> Option<Timestamp> {
    let (whole, fraction) = field.split_once('.').unwrap_or((field, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        16 => Timestamp::from_microsecond(number).ok(),
        19 => Timestamp::from_nanosecond(i128::from(number)).ok(),
        _ => None,
    }
}

fn compact(found: &Captures) -> Option<Dated> {
    let date = Date::strptime("%Y%m%d", &found["date"]).ok()?;
    let number = |name: &str| {
        found
            .name(name)
            .map_or(Some(0), |it| it.as_str().parse().ok())
    };
    let published = match found.name("h") {
        Some(_) => {
            let time = Time::new(number("h")?, number("m")?, number("s")?, 0).ok()?;
            let offset = found.name("zone").and_then(|zone| offset(zone.as_str()));
            Published::at(date.to_datetime(time), offset)
        }
        None => Published::on(date),
    };
    Some(Dated::One(published, None))
}

/// A time of day with its distance from UTC.
fn clock(found: &Captures) -> Option<(Time, Option<Offset>)> {
    let part = |names: [&str; 2]| names.iter().find_map(|name| found.name(name));
    let number = |names: [&str; 2]| part(names).map_or(Some(0), |it| it.as_str().parse().ok());
    let mut hour: i8 = match found.name("hour") {
        Some(hour) => hour.as_str().parse().ok()?,
        None => number(["h", "h12"])?,
    };
    let minute = match found.name("minute") {
        Some(minute) => minute.as_str().parse().ok()?,
        None => number(["m", "m12"])?,
    };
    if let Some(half) = part(["half", "half12"]) {
        let afternoon = half.as_str().starts_with(['p', 'P']);
        hour = match (hour, afternoon) {
            (12, false) => 0,
            (1..=11, true) => hour + 12,
            _ => hour,
        };
    }
    let second = number(["s", "s"])?;
    // A leap second is the second before.
    let time = Time::new(hour, minute, i8::min(second, 59), 0).ok()?;
    let zone = found.name("zone").map(|zone| zone.as_str());
    Some((time, zone.and_then(offset)))
}

/// The distance of a zone from UTC: `Z`, `+02:00`, `GMT+2`, `EDT`. Of names that change with the season, and of others, none.
fn offset(zone: &str) -> Option<Offset> {
    let zone = zone.trim().trim_matches(['(', ')']).to_uppercase();
    let named = match &*zone {
        "Z" | "UTC" | "GMT" | "WET" => Some(0),
        "EST" | "CDT" => Some(-5),
        "EDT" | "AST" => Some(-4),
        "CST" | "MDT" => Some(-6),
        "MST" | "PDT" => Some(-7),
        "PST" | "AKDT" => Some(-8),
        "AKST" => Some(-9),
        "HST" => Some(-10),
        "BST" | "CET" | "WEST" => Some(1),
        "CEST" | "EET" => Some(2),
        "EEST" | "MSK" => Some(3),
        "AEST" => Some(10),
        "AEDT" => Some(11),
        _ => None,
    };
    if let Some(hours) = named {
        return Some(Offset::constant(hours));
    }
    let signed = zone.trim_start_matches(|char: char| char.is_ascii_alphabetic() || char == ' ');
    let (sign, digits) = match signed.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, signed.strip_prefix('+')?),
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(digits.len().min(2))?;
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

enum Days {
    One(Date, Option<Order>),
    /// Day first, month first.
    Either(Date, Date),
    No,
}

fn days(day: &str) -> Option<Days> {
    let number = |found: &Captures, name: &str| -> Option<i8> { found[name].parse().ok() };
    if let Some(found) = YEAR_FIRST.captures(day) {
        let date = Date::new(
            year(&found["y"])?,
            number(&found, "m")?,
            number(&found, "d")?,
        );
        return Some(Days::One(date.ok()?, None));
    }
    for named in [&DAY_MONTH, &MONTH_DAY, &YEAR_MONTH_DAY] {
        if let Some(found) = named.captures(day) {
            let date = Date::new(
                year(&found["y"])?,
                month(&found["m"])?,
                number(&found, "d")?,
            );
            return Some(Days::One(date.ok()?, None));
        }
    }
    if let Some(found) = NUMBERS.captures(day) {
        let (a, b) = (number(&found, "a")?, number(&found, "b")?);
        let year = year(&found["y"])?;
        let day_first = Date::new(year, b, a).ok();
        // Where stops part the numbers, the day comes first.
        let month_first = Date::new(year, a, b).ok().filter(|_| &found["mark"] != ".");
        return match (day_first, month_first) {
            (Some(one), Some(other)) if one != other => Some(Days::Either(one, other)),
            (Some(one), Some(_)) => Some(Days::One(one, None)),
            (Some(one), None) if &found["mark"] == "." => Some(Days::One(one, None)),
            (Some(one), None) => Some(Days::One(one, Some(Order::DayFirst))),
            (None, Some(other)) => Some(Days::One(other, Some(Order::MonthFirst))),
            (None, None) => None,
        };
    }
    NO_DAY.is_match(day).then_some(Days::No)
}

fn month(name: &str) -> Option<i8> {
    let name: String = name
        .trim_end_matches('.')
        .chars()
        .map(|char| match char {
            'ä' => 'a',
            'é' => 'e',
            'û' => 'u',
            'ç' => 'c',
            other => other,
        })
        .collect();
    let is = |full: &&str| full.starts_with(&name);
    let at = MONTHS.iter().position(|names| names.iter().any(is))?;
    i8::try_from(at + 1).ok()
}

/// A year of four digits, or of two: those up to 69 are of this century, as POSIX has it.
fn year(digits: &str) -> Option<i16> {
    let digits = digits.trim_start_matches('\'');
    let year: i16 = digits.parse().ok()?;
    Some(match digits.len() {
        2 if year < 70 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    })
}
