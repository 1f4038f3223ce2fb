//! RFC 4180 files with a header row.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::{ArticleReader, Read as Record};
use crate::corpus::RejectedKind;
use crate::corpus::encoding::text_of;
use crate::corpus::field_names::{Field, same_name};
use crate::corpus::fields::Fields;
use crate::corpus::open::{Bytes, LONGEST_LINE, cut_off, unreadable};
use crate::corpus::rejected::{Fault, Place};

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
    /// The names of the columns.
    names: Vec<String>,
    row: ByteRecord,
    /// What is to be told of the header.
    notices: Vec<Fault>,
    broken: bool,
}

impl CsvReader {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// Where the header cannot be read or no column can be the text.
    pub fn new(mut bytes: Bytes, fields: Fields) -> Result<Self, Fault> {
        let mut start = bytes.fill_buf().map_err(unreadable)?;
        // Excel writes which delimiter it takes.
        if let Some(line) = start.split_inclusive(|&byte| byte == b'\n').next()
            && line.trim_ascii().len() <= 5
            && line.starts_with(b"sep=")
        {
            let length = line.len();
            bytes.consume(length);
            start = bytes.fill_buf().map_err(unreadable)?;
        }
        let delimiter = delimiter(start);
        let escaped = is_escaped(start, delimiter);
        let lines_behind = u64::from(has_crlf(start));
        let room = Arc::new(AtomicU64::new(LONGEST_LINE as u64));
        let limited = Limited {
            bytes,
            room: Arc::clone(&room),
        };
        let limited: Box<dyn Read + Send> = match escaped {
            true => Box::new(Doubled::new(limited)),
            false => Box::new(limited),
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
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        check_header(&names, &fields)?;
        let kept = fields.map.kept().iter();
        let unknown = kept.filter(|name| column(&names, name).is_none());
        let notices = unknown.map(|name| super::record::not_kept(name)).collect();
        Ok(Self {
            reader,
            room,
            lines_behind,
            fields,
            names,
            row: ByteRecord::new(),
            notices,
            broken: false,
        })
    }

    fn parse(&self, place: Place) -> Record {
        if self.row.len() != self.names.len() {
            let reason = format!(
                "{} fields, but the header has {}; check the quotation marks of this row",
                self.row.len(),
                self.names.len()
            );
            return Err(Fault::new(RejectedKind::Syntax, reason));
        }
        let mut undecoded = None;
        let mut raw = self.fields.raw(|field, name| {
            let decoded = text_of(
                &self.row[column(&self.names, name)?],
                &self.fields.encodings,
            );
            decoded
                .map_err(|fault| undecoded = Some(fault.in_field(field.name())))
                .ok()
        });
        if let Some(fault) = undecoded {
            return Err(fault);
        }
        if !raw.has(Field::Text) {
            raw.names.clone_from(&self.names);
        }
        self.fields.article(place, raw)
    }
}

/// The column of a name.
fn column(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|column| same_name(column, name))
}

/// Whether a header has a column for the text, and all that the map names.
fn check_header(names: &[String], fields: &Fields) -> Result<(), Fault> {
    let map = &fields.map;
    let has = |name: &str| column(names, name).is_some();
    for field in Field::ALL {
        if let Some(name) = map.mapped(field).filter(|name| !has(name)) {
            let reason = format!(
                "{} is mapped to {name:?}, which is no column: the header has {}",
                field.name(),
                names.join(", ")
            );
            return Err(Fault::new(RejectedKind::Field, reason));
        }
    }
    if map.candidates(Field::Text).any(has) {
        return Ok(());
    }
    let is_record_id = |name: &str| {
        let (day, number) = name.split_once('-').unwrap_or_default();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        day.len() == 14 && digits(day) && !number.is_empty() && names.len() > 10
    };
    let reason = if names.first().is_some_and(|name| is_record_id(name)) {
        "GDELT's knowledge graph, which holds addresses and codes but no text; fetch the articles first".to_owned()
    } else if map.candidates(Field::Url).any(has) && map.candidates(Field::Title).any(has) {
        format!(
            "a list of links without texts: the header has {}; fetch the articles first, or map the column that holds the text to text",
            names.join(", ")
        )
    } else {
        format!(
            "no column holds the text: the header has {}; map the right one to text",
            names.join(", ")
        )
    };
    Err(Fault::new(RejectedKind::Field, reason))
}

impl ArticleReader for CsvReader {
    fn next_record(&mut self) -> Option<(Place, Record)> {
        if let Some(notice) = self.notices.pop() {
            return Some((Place::File, Err(notice)));
        }
        if self.broken {
            return None;
        }
        self.room.store(LONGEST_LINE as u64, Ordering::Relaxed);
        let read = self.reader.read_byte_record(&mut self.row);
        let line = match self.row.position() {
            Some(position) => position.line(),
            None => self.reader.position().line(),
        } + self.lines_behind;
        let line = Place::Line(line);
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

/// Marks that have a backslash before them as doubled marks, which the csv crate reads without touching other backslashes.
struct Doubled<R> {
    inner: R,
    /// A backslash whose next byte is still to come.
    open: bool,
    /// Bytes that wait to be taken.
    ready: VecDeque<u8>,
}

impl<R: Read> Doubled<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            open: false,
            ready: VecDeque::new(),
        }
    }

    fn take(&mut self, byte: u8) {
        match (std::mem::take(&mut self.open), byte) {
            (true, b'"') => self.ready.extend(*b"\"\""),
            (true, byte) => self.ready.extend([b'\\', byte]),
            (false, b'\\') => self.open = true,
            (false, byte) => self.ready.push_back(byte),
        }
    }
}

impl<R: Read> Read for Doubled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut chunk = [0; 1 << 13];
        while self.ready.is_empty() {
            let read = self.inner.read(&mut chunk)?;
            if read == 0 {
                if std::mem::take(&mut self.open) {
                    self.ready.push_back(b'\\');
                }
                break;
            }
            chunk[..read].iter().for_each(|&byte| self.take(byte));
        }
        self.ready.read(buffer)
    }
}

/// Whether a text is a table: its first line has names of fields between tabs, one of them that of the text.
pub(super) fn is_tab_separated(start: &[u8], fields: &Fields) -> bool {
    let line = start
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let names: Vec<&str> = line
        .trim()
        .split('\t')
        .map(|name| name.trim_matches('"'))
        .collect();
    names.len() > 1
        && names.iter().all(|name| !name.is_empty() && name.len() < 40)
        && names.iter().any(|name| fields.map.may_be_text(name))
}

/// Whether the first line ends in CRLF.
fn has_crlf(start: &[u8]) -> bool {
    let line_feed = start.iter().position(|&byte| byte == b'\n');
    line_feed.is_some_and(|at| start[..at].ends_with(b"\r"))
}

/// The most frequent of comma, semicolon, tab and bar in the header line, outside of quotation marks.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) =
                    counts.iter_mut().find(|(delimiter, _)| *delimiter == byte)
                {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let (delimiter, _) = counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .unwrap_or_default();
    delimiter
}

/// Whether marks inside quotations have a backslash before them (as MySQL and Python's csv write them), and are not doubled.
fn is_escaped(start: &[u8], delimiter: u8) -> bool {
    // A backslash may end a text, too: what follows the mark tells.
    let goes_on = |window: &&[u8]| {
        window.starts_with(b"\\\"") && ![delimiter, b'\n', b'\r', b'"'].contains(&window[2])
    };
    let escaped = start.windows(3).filter(goes_on).count();
    let doubled = start
        .windows(4)
        .filter(|window| {
            &window[1..3] == b"\"\""
                && window[0] != b'\\'
                && ![delimiter, b'\n'].contains(&window[0])
                && window[3] != delimiter
        })
        .count();
    escaped > doubled
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
        assert_eq!(delimiter(b"id;\"text, cut, at 5,000\";url"), b';');
        assert_eq!(delimiter(b"id|date|text\n"), b'|');
    }

    #[test]
    fn escaped_marks_are_doubled_across_reads() {
        let text = b"a \\\"b\\\" \\n c:\\\\\" d\\";
        let mut doubled = Vec::new();
        for byte_by_byte in [false, true] {
            doubled.clear();
            let mut reader = Doubled::new(&text[..]);
            let mut one = [0];
            while byte_by_byte && reader.read(&mut one).unwrap() > 0 {
                doubled.push(one[0]);
            }
            reader.read_to_end(&mut doubled).unwrap();
            assert_eq!(doubled, b"a \"\"b\"\" \\n c:\\\\\" d\\");
        }
    }

    #[test]
    fn backslashes_escape_if_marks_are_not_doubled() {
        assert!(is_escaped(
            b"id,text\n1,\"He said \\\"no\\\", twice.\"\n",
            b','
        ));
        assert!(!is_escaped(
            b"id,text\n1,\"He said \"\"no\"\", twice.\"\n",
            b','
        ));
        assert!(!is_escaped(b"id,path,text\n1,\"C:\\\",\"x\"\n", b','));
    }
}
