//! RFC 4180 files with a header row.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::fields::{Field, Fields, RawArticle};
use super::open::{Bytes, LONGEST_LINE, cut_off, not_utf8, unreadable};
use super::rejected::Fault;
use super::{Article, ArticleReader, RejectedKind};

/// A last row behind every file. A quotation mark that is never closed swallows it, which the csv
/// crate would not report: it takes the end of the file for the end of the quotation.
const END: &[u8] = b"\0end of newstance input\0";
const NEVER_CLOSED: &str = "opens a quotation mark that is never closed, and the rest of the file \
                            is part of it; close the mark, or double it if it is text";

/// Reads `.csv`; rows of another width than the header's are refused one by one.
pub(super) struct CsvReader {
    reader: Reader<Box<dyn Read + Send>>,
    /// Bytes that the next row may still take.
    room: Arc<AtomicU64>,
    /// What the csv crate's line numbers lack: it takes a row to start between the two bytes of the
    /// CRLF before it.
    lines_behind: u64,
    fields: Fields,
    columns: [Option<usize>; 6],
    width: usize,
    row: ByteRecord,
    broken: bool,
}

impl CsvReader {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// Where the header cannot be read or no column can be the text.
    pub fn new(mut bytes: Bytes, fields: Fields) -> Result<Self, Fault> {
        let start = bytes.fill_buf().map_err(unreadable)?;
        let delimiter = delimiter(start);
        let lines_behind = u64::from(has_crlf(start));
        let room = Arc::new(AtomicU64::new(LONGEST_LINE as u64));
        let limited = Limited {
            bytes,
            room: Arc::clone(&room),
        };
        let with_end = limited.chain(&b"\n"[..]).chain(END);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(Box::new(with_end) as Box<dyn Read + Send>);
        let header = reader
            .byte_headers()
            .map_err(|error| unreadable(error.into()))?;
        match ending(header) {
            None => {}
            Some(Ending::Whole) => {
                return Err(Fault::new(
                    RejectedKind::NoText,
                    "no text: the file is blank",
                ));
            }
            Some(Ending::InQuotes) => {
                let reason = format!("the header {NEVER_CLOSED}");
                return Err(Fault::new(RejectedKind::Syntax, reason));
            }
        }
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let columns = Field::ALL.map(|field| fields.map.position(field, &names));
        if columns[Field::Text as usize].is_none() {
            let reason = format!(
                "no column holds the text: the header has {}; map the right one to text",
                names.join(", ")
            );
            return Err(Fault::new(RejectedKind::Field, reason));
        }
        for field in Field::ALL {
            if let (Some(name), None) = (fields.map.mapped(field), columns[field as usize]) {
                let reason = format!(
                    "{} is mapped to {name:?}, which is no column: the header has {}",
                    field.name(),
                    names.join(", ")
                );
                return Err(Fault::new(RejectedKind::Field, reason));
            }
        }
        Ok(Self {
            reader,
            room,
            lines_behind,
            fields,
            columns,
            width: names.len(),
            row: ByteRecord::new(),
            broken: false,
        })
    }

    fn parse(&self, line: u64) -> Result<Article, Fault> {
        if self.row.len() != self.width {
            let reason = format!(
                "{} fields, but the header has {}; check the quotation marks of this row",
                self.row.len(),
                self.width
            );
            return Err(Fault::new(RejectedKind::Syntax, reason));
        }
        let mut raw = RawArticle::default();
        for field in Field::ALL {
            let Some(column) = self.columns[field as usize] else {
                continue;
            };
            let value = &self.row[column];
            let value = std::str::from_utf8(value)
                .map_err(|error| not_utf8(value, error).in_field(field.name()))?;
            raw.set(field, value.to_owned());
        }
        self.fields.article(line, raw)
    }
}

impl ArticleReader for CsvReader {
    fn next_record(&mut self) -> Option<(u64, Result<Article, Fault>)> {
        if self.broken {
            return None;
        }
        self.room.store(LONGEST_LINE as u64, Ordering::Relaxed);
        let read = self.reader.read_byte_record(&mut self.row);
        let line = match self.row.position() {
            Some(position) => position.line(),
            None => self.reader.position().line(),
        } + self.lines_behind;
        match read {
            Ok(true) => match ending(&self.row) {
                None => Some((line, self.parse(line))),
                Some(Ending::Whole) => None,
                Some(Ending::InQuotes) => {
                    let reason = format!("the row {NEVER_CLOSED}");
                    Some((line, Err(Fault::new(RejectedKind::Syntax, reason))))
                }
            },
            Ok(false) => None,
            Err(error) => {
                self.broken = matches!(error.kind(), ErrorKind::Io(_));
                Some((line, Err(cut_off(error.into()))))
            }
        }
    }
}

/// How a file ended.
enum Ending {
    Whole,
    InQuotes,
}

/// Whether a row is or holds the last one.
fn ending(row: &ByteRecord) -> Option<Ending> {
    let last = row.iter().next_back()?;
    if !last.ends_with(END) {
        return None;
    }
    let alone = row.len() == 1 && last.len() == END.len();
    Some(if alone {
        Ending::Whole
    } else {
        Ending::InQuotes
    })
}

/// Fails if a row takes more room than any article does, so that an open quotation mark cannot
/// fill the memory with the rest of the corpus.
struct Limited {
    bytes: Bytes,
    room: Arc<AtomicU64>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        let room = self.room.load(Ordering::Relaxed);
        match room.checked_sub(read as u64) {
            Some(left) => self.room.store(left, Ordering::Relaxed),
            None => {
                return Err(io::Error::other(format!(
                    "a row of more than {} MiB: is a quotation mark in it never closed?",
                    LONGEST_LINE >> 20
                )));
            }
        }
        Ok(read)
    }
}

/// Whether the first line ends in CRLF.
fn has_crlf(start: &[u8]) -> bool {
    let line_feed = start.iter().position(|&byte| byte == b'\n');
    line_feed.is_some_and(|at| start[..at].ends_with(b"\r"))
}

/// The most frequent of comma, semicolon and tab in the header line.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|&byte| byte == b'\n').next().unwrap_or(start);
    let count = |delimiter: u8| header.iter().filter(|&&byte| byte == delimiter).count();
    let mut best = b',';
    for candidate in [b';', b'\t'] {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_delimiter() {
        assert_eq!(delimiter(b"id,title,text\n;;;;;;;;"), b',');
        assert_eq!(delimiter(b"id;title;text\n"), b';');
        assert_eq!(delimiter(b"id\ttitle, short\ttext"), b'\t');
        assert_eq!(delimiter(b"text"), b',');
    }
}
