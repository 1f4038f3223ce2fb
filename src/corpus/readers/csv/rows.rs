//! Rows of a table as RFC 4180 has them, one at a time, and where the next one begins if a row is broken.
//!
//! A quotation mark that is never closed, or that a text has and its writer did not double, makes one row of several. The csv
//! crate gives that row and goes on behind it; here its lines are looked at again (`resume`), so that it costs no row beside it.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{memchr, memchr_iter};

use crate::corpus::open::{Bytes, LONGEST_LINE};

/// Rows that must follow one another, each with as many fields as the header, before a row of more than [`LONGEST_LINE`] is left for
/// them: a text of that size may hold a line that looks like a row.
const SURE: usize = 8;

/// What [`Rows::read`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A row, as wide as it should be.
    Row,
    /// A row that cannot be read, with the line within it at which reading goes on; behind it if there is none.
    Broken(Fault, Option<u64>),
    /// There are no more rows.
    End,
}

/// What is wrong with a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It has other fields than it should.
    Width,
    /// It opens a quotation mark that the file never closes.
    NeverClosed,
    /// It has a mark where none may be, and its last lines are rows.
    Stray,
    /// It has so many bytes, more than [`LONGEST_LINE`]; no field of it is held.
    TooLong(u64),
}

/// Why a row may not be what it seems to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// This line of it looks like a row by itself.
    Swallowed(u64),
    /// It goes over lines, and has a mark where none may be.
    Stray,
}

/// A table's rows. Of a row no more than [`LONGEST_LINE`] bytes are held.
pub(super) struct Rows {
    bytes: Bytes,
    /// Bytes in front of those, from a place on: lines that a broken row had taken.
    again: Vec<u8>,
    again_from: usize,
    core: Reader,
    delimiter: u8,
    /// The last row as the file has it, with the line break before it.
    raw: Vec<u8>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    width: usize,
    /// Whether the last row goes over lines, and whether it has a mark where none may be then.
    goes_over_lines: bool,
    is_stray: bool,
    /// The line on which the last row starts, from 1, and that on which what is behind it does.
    line: u64,
    next_line: u64,
}

impl Rows {
    /// The rows of a file from a line on.
    pub fn new(bytes: Bytes, delimiter: u8, line: u64) -> Self {
        Self {
            bytes,
            again: Vec::new(),
            again_from: 0,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            raw: Vec::new(),
            fields: vec![0; 1 << 12],
            ends: vec![0; 1 << 6],
            width: 0,
            goes_over_lines: false,
            is_stray: false,
            line,
            next_line: line,
        }
    }

    /// The line on which the last row starts, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The number of the last row's fields.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The fields of the last row.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.width).map(|at| self.field(at))
    }

    /// A field of the last row.
    ///
    /// # Panics
    ///
    /// If it has no such field.
    pub fn field(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.fields[start..self.ends[at]]
    }

    /// Why the last row, which goes over lines, may hold others: the mark that closes a field may be missing.
    pub fn doubt(&self) -> Option<Doubt> {
        if !self.goes_over_lines {
            return None;
        }
        if self.is_stray {
            return Some(Doubt::Stray);
        }
        let row = trim_line_breaks(&self.raw);
        let numbered = |row: &[u8]| {
            let number = row.iter().take_while(|it| it.is_ascii_digit()).count();
            let next = row.get(number);
            number > 0 && next.is_none_or(|&next| next == self.delimiter)
        };
        if !numbered(row) {
            return None;
        }
        let is_row = |it: Scanned| it.width == self.width && it.line_breaks == 0;
        let mut from = 0;
        while let Some(line) = next_line(row, from) {
            from = line;
            if numbered(&row[line..]) && scan(&row[line..], self.delimiter).is_some_and(is_row) {
                return Some(Doubt::Swallowed(self.line + line_feeds(&row[..line])));
            }
        }
        None
    }

    /// Reads the next row, which should have `width` fields, if that is known.
    pub fn read(&mut self, width: Option<usize>) -> io::Result<Next> {
        self.raw.clear();
        (self.line, self.width) = (self.next_line, 0);
        let (mut written, mut bytes) = (0, 0_u64);
        let mut is_held = true;
        loop {
            let is_again = self.again_from < self.again.len();
            let input = match is_again {
                true => &self.again[self.again_from..],
                false => self.bytes.fill_buf()?,
            };
            let at_end = input.is_empty();
            let (result, read, wrote, ended) = self.core.read_record(
                input,
                &mut self.fields[written..],
                &mut self.ends[self.width..],
            );
            self.next_line += line_feeds(&input[..read]);
            bytes += read as u64;
            if is_held {
                self.raw.extend_from_slice(&input[..read]);
            }
            match is_again {
                true => self.again_from += read,
                false => self.bytes.consume(read),
            }
            written += wrote;
            self.width += ended;
            if is_held && self.raw.len() > LONGEST_LINE {
                if let Some(line) = self.resume(width, Upto::Sure) {
                    self.width = 0;
                    return Ok(Next::Broken(Fault::TooLong(bytes), Some(line)));
                }
                // The rest is read to where the row ends, and not held.
                is_held = false;
                self.raw = Vec::new();
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if is_held => {
                    self.fields.resize(2 * self.fields.len(), 0)
                }
                ReadRecordResult::OutputFull => written = 0,
                ReadRecordResult::OutputEndsFull if is_held => {
                    self.ends.resize(2 * self.ends.len(), 0)
                }
                ReadRecordResult::OutputEndsFull => self.width = 0,
                ReadRecordResult::End => return Ok(Next::End),
                ReadRecordResult::Record => {
                    let row = trim_line_breaks(&self.raw);
                    self.line += line_feeds(&self.raw[..self.raw.len() - row.len()]);
                    if !is_held {
                        self.width = 0;
                        return Ok(Next::Broken(Fault::TooLong(bytes), None));
                    }
                    return Ok(self.judged(width, at_end));
                }
            }
        }
    }

    /// What the last row is.
    fn judged(&mut self, width: Option<usize>, at_end: bool) -> Next {
        let row = trim_line_breaks(&self.raw);
        self.goes_over_lines = next_line(row, 0).is_some();
        self.is_stray = self.goes_over_lines && scan(row, self.delimiter).is_none();
        if at_end && is_open(row, self.delimiter) {
            return Next::Broken(Fault::NeverClosed, self.resume(width, Upto::End));
        }
        if width.is_some_and(|width| width != self.width) {
            return Next::Broken(Fault::Width, self.resume(width, Upto::End));
        }
        if self.is_stray
            && let Some(line) = self.resume(width, Upto::End)
        {
            return Next::Broken(Fault::Stray, Some(line));
        }
        Next::Row
    }

    /// Goes back to the first line within the last row from which on all are rows, each of the right width and with marks where RFC
    /// 4180 has them. Gives the line.
    fn resume(&mut self, width: Option<usize>, upto: Upto) -> Option<u64> {
        // Each line is a row of one field.
        let width = width.filter(|&width| width > 1)?;
        let first = self.raw.len() - trim_line_breaks(&self.raw).len();
        let mut from = next_line(&self.raw, first)?;
        loop {
            match rows_from(&self.raw[from..], width, self.delimiter, upto) {
                Ok(()) => break,
                // Rows up to there lead there, too.
                Err(broken) => from = next_line(&self.raw, from + broken)?,
            }
        }
        let mut again = self.raw.split_off(from);
        self.next_line -= line_feeds(&again);
        again.extend_from_slice(&self.again[self.again_from..]);
        (self.again, self.again_from) = (again, 0);
        self.core.reset();
        Some(self.next_line)
    }
}

/// How far lines must be rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Upto {
    /// To the end, behind which the last one may go on.
    End,
    /// [`SURE`] of them.
    Sure,
}

/// Checks that all that follows is rows of a width. Gives where the first that is none begins.
fn rows_from(bytes: &[u8], width: usize, delimiter: u8, upto: Upto) -> Result<(), usize> {
    let (mut from, mut rows) = (0, 0);
    loop {
        if upto == Upto::Sure && rows == SURE {
            return Ok(());
        }
        let rest = trim_line_breaks(&bytes[from..]);
        from = bytes.len() - rest.len();
        if rest.is_empty() && upto == Upto::End && rows > 0 {
            return Ok(());
        }
        match scan(rest, delimiter) {
            Some(row) if row.width == width => from += row.end,
            None if upto == Upto::End && rows > 0 && is_open(rest, delimiter) => return Ok(()),
            _ => return Err(from),
        }
        rows += 1;
    }
}

/// Where a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a field.
    Start,
    /// In a field without marks around it.
    Plain,
    /// Between the marks of a field.
    Quoted,
    /// Behind a mark between them: the closing one, or the first of two.
    Mark,
    /// In a field that has a mark where none may be.
    Stray,
}

impl State {
    /// As csv-core goes on.
    fn next(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Mark,
            (Self::Quoted, _) | (Self::Mark, b'"') => Self::Quoted,
            (_, b'\r' | b'\n') => Self::Start,
            (_, byte) if byte == delimiter => Self::Start,
            (Self::Start, b'"') => Self::Quoted,
            (Self::Mark | Self::Stray, _) | (Self::Plain, b'"') => Self::Stray,
            (Self::Start | Self::Plain, _) => Self::Plain,
        }
    }
}

/// A row that has marks only where RFC 4180 has them.
struct Scanned {
    width: usize,
    /// Behind its last byte.
    end: usize,
    /// Within its fields.
    line_breaks: usize,
}

/// The row at the start of these bytes.
fn scan(bytes: &[u8], delimiter: u8) -> Option<Scanned> {
    let (mut state, mut width, mut line_breaks) = (State::Start, 1, 0);
    let mut at = 0;
    while at < bytes.len() {
        if state == State::Quoted {
            // Texts of many lines stand between marks.
            let end = memchr(b'"', &bytes[at..])?;
            line_breaks += memchr_iter(b'\n', &bytes[at..at + end]).count();
            at += end;
        }
        let byte = bytes[at];
        state = state.next(byte, delimiter);
        match byte {
            _ if state == State::Stray => return None,
            b'\r' | b'\n' => {
                return Some(Scanned {
                    width,
                    end: at,
                    line_breaks,
                });
            }
            byte => width += usize::from(byte == delimiter),
        }
        at += 1;
    }
    let end = bytes.len();
    (state != State::Quoted).then_some(Scanned {
        width,
        end,
        line_breaks,
    })
}

/// Whether a field is still open behind these bytes.
fn is_open(bytes: &[u8], delimiter: u8) -> bool {
    let end = bytes
        .iter()
        .fold(State::Start, |state, &byte| state.next(byte, delimiter));
    end == State::Quoted
}

/// Where the line behind a place begins, if it has anything.
fn next_line(bytes: &[u8], from: usize) -> Option<usize> {
    let line_feed = memchr(b'\n', &bytes[from..])?;
    Some(from + line_feed + 1).filter(|&line| line < bytes.len())
}

fn trim_line_breaks(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a text, with the line of each row and its fields.
    fn read(text: &str, width: usize) -> Vec<(u64, Next, Vec<String>)> {
        let mut rows = Rows::new(Box::new(io::Cursor::new(text.to_owned())), b',', 1);
        let mut found = Vec::new();
        loop {
            let next = rows.read(Some(width)).unwrap();
            if next == Next::End {
                return found;
            }
            let fields = rows
                .fields()
                .map(|it| String::from_utf8_lossy(it).into_owned());
            found.push((rows.line(), next, fields.collect()));
        }
    }

    fn lines_of_rows(text: &str, width: usize) -> Vec<u64> {
        let rows = read(text, width).into_iter();
        rows.filter(|(_, next, _)| *next == Next::Row)
            .map(|(line, ..)| line)
            .collect()
    }

    #[test]
    fn rows_start_where_they_do_whatever_ends_a_line() {
        let text = "1,a\n\n2,\"b\nc\"\n3,\"\"\"d\"\"\"";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            assert_eq!(lines_of_rows(&text, 2), [1, 3, 5], "{text:?}");
            assert_eq!(read(&text, 2)[2].2, ["3", "\"d\""]);
        }
    }

    #[test]
    fn a_mark_never_closed_costs_its_row_alone() {
        let text =
            "1,\"Never closed.\nMore of it, of that width,\n and more.\n2,b\n3,\"c\nd\"\n4,e";
        let found = read(text, 2);
        assert_eq!(found[0].1, Next::Broken(Fault::Stray, Some(4)));
        assert_eq!(lines_of_rows(text, 2), [4, 5, 7]);
        let found = read("1,\"Never closed.\n2,b\n3,c\n", 2);
        assert_eq!(found[0].1, Next::Broken(Fault::NeverClosed, Some(2)));
        assert_eq!(found.len(), 3);
        // Nothing behind it is known to be a row.
        for (text, width) in [
            ("1,\"Never closed.\n2,b\n3,c,d\n", 2),
            ("\"Never closed.\nb\nc\n", 1),
        ] {
            let found = read(text, width);
            assert_eq!(found[0].1, Next::Broken(Fault::NeverClosed, None));
        }
    }

    #[test]
    fn a_row_that_took_the_next_one_gives_it_back() {
        let text = "1,\"a,x\n2,\"b\",y\n3,c,z\n";
        let found = read(text, 3);
        assert_eq!(found[0].1, Next::Broken(Fault::Stray, Some(2)));
        assert_eq!(lines_of_rows(text, 3), [2, 3]);
        let text = "1,a,\"x\n2,\"b, c\",y\n3,c,z\n";
        let found = read(text, 3);
        assert_eq!(found[0].1, Next::Broken(Fault::Width, Some(2)));
        assert_eq!(lines_of_rows(text, 3), [2, 3]);
    }

    #[test]
    fn a_row_that_may_be_several_is_told() {
        let doubt = |text: &str| {
            let mut rows = Rows::new(Box::new(io::Cursor::new(text.to_owned())), b',', 7);
            assert_eq!(rows.read(Some(2)).unwrap(), Next::Row);
            rows.doubt()
        };
        let swallowed = doubt("1,\"a\n2,b.\n3,c.\"\n4,d\n");
        assert_eq!(swallowed, Some(Doubt::Swallowed(8)));
        assert_eq!(doubt("1,\"A text,\nover lines, is\nno row.\"\n"), None);
        assert_eq!(doubt("a,\"b\n2,c.\nd\"\n"), None);
        assert_eq!(doubt("1,\"Never closed.\n2,\"b\nc\"\n"), Some(Doubt::Stray));
        assert_eq!(doubt("1,a \"mark\" on a line\n"), None);
    }

    #[test]
    fn a_row_too_long_costs_itself_alone() {
        let long = "x".repeat(LONGEST_LINE);
        for text in [
            format!("1,\"{long}\nmore\"\n2,b\n"),
            format!("1,{long}\n2,b\n"),
        ] {
            let found = read(&text, 2);
            let is_told = matches!(found[0].1, Next::Broken(Fault::TooLong(_), None));
            assert!(is_told, "{:?}", found[0].1);
            assert_eq!(found[1].2, ["2", "b"]);
        }
        // A mark that is never closed before that many rows.
        let rows = "2,b\n".repeat(LONGEST_LINE / 4);
        let found = read(&format!("1,\"Never closed.\n{rows}"), 2);
        assert!(matches!(
            found[0].1,
            Next::Broken(Fault::TooLong(_), Some(2))
        ));
        assert_eq!(found.len(), 1 + LONGEST_LINE / 4);
    }
}
