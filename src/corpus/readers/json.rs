//! JSON files: one object, many, an array of them, or an envelope around such an array.

use std::io::{self, BufRead};

use serde_json::Value;

use super::record::{Unseen, articles_in, parse};
use super::{ArticleReader, Read};
use crate::corpus::RejectedKind;
use crate::corpus::fields::Fields;
use crate::corpus::open::{Bytes, LONGEST_LINE, cut_off, too_long};
use crate::corpus::rejected::{Fault, Place};

/// Reads `.json`. Of an array no more than one element is held in memory.
pub(super) struct JsonReader {
    values: Values,
    fields: Fields,
    unseen: Unseen,
    /// Articles of the last value that are still to come, the last first.
    pending: Vec<Value>,
    record: u64,
    done: bool,
}

impl JsonReader {
    pub fn new(bytes: Bytes, fields: Fields) -> Self {
        Self {
            values: Values::new(bytes),
            unseen: Unseen::new(&fields),
            fields,
            pending: Vec::new(),
            record: 0,
            done: false,
        }
    }

    fn end(&mut self) -> Option<(Place, Read)> {
        self.done = true;
        Some((Place::File, Err(self.unseen.fault(&self.fields)?)))
    }
}

impl ArticleReader for JsonReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        if self.pending.is_empty() {
            if self.done {
                return self.end();
            }
            let value = match self.values.next() {
                Ok(Some(text)) => parse(&text, &self.fields),
                Ok(None) => return self.end(),
                Err((fault, goes_on)) => {
                    self.done = !goes_on;
                    Err(fault)
                }
            };
            match value {
                Ok(value) => self.pending = articles_in(value, &self.fields),
                Err(fault) => {
                    self.record += 1;
                    return Some((Place::Record(self.record), Err(fault)));
                }
            }
            self.pending.reverse();
        }
        self.record += 1;
        let place = Place::Record(self.record);
        let value = self.pending.pop()?;
        Some((place, self.unseen.article(&value, place, &self.fields)))
    }
}

/// The values of a file: those of its outermost array, else all that follow one another.
struct Values {
    bytes: Bytes,
    begun: bool,
    in_array: bool,
}

/// Where a scan is in a value.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Scan {
    /// Takes the next byte of a value in; whether it is the last.
    fn ends(&mut self, byte: u8) -> bool {
        self.begun = true;
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.depth == 0 && !self.in_string && matches!(byte, b'}' | b']' | b'"')
    }
}

impl Values {
    fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            begun: false,
            in_array: false,
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, (Fault, bool)> {
        loop {
            let buffer = self.bytes.fill_buf().map_err(lost)?;
            let Some(&byte) = buffer.first() else {
                return Ok(None);
            };
            let separator = byte.is_ascii_whitespace() || self.in_array && byte == b',';
            if !separator {
                return Ok(Some(byte));
            }
            self.bytes.consume(1);
        }
    }

    /// The bytes of the next value; whether more may follow a fault.
    fn next(&mut self) -> Result<Option<Vec<u8>>, (Fault, bool)> {
        let first = self.peek()?;
        if !self.begun {
            self.begun = true;
            if first == Some(b'[') {
                self.in_array = true;
                self.bytes.consume(1);
                return self.next();
            }
        }
        match first {
            None if self.in_array => {
                let reason = "the file ends inside an array; what follows is lost";
                return Err((Fault::new(RejectedKind::Unreadable, reason), false));
            }
            None => return Ok(None),
            Some(b']') if self.in_array => return Ok(None),
            Some(b'{' | b'[') => {}
            Some(_) => {
                let reason = "not JSON: an object or an array of objects is wanted";
                return Err((Fault::new(RejectedKind::Syntax, reason), false));
            }
        }
        let mut value = Vec::new();
        let mut scan = Scan::default();
        let mut size = 0;
        loop {
            let buffer = self.bytes.fill_buf().map_err(lost)?;
            if buffer.is_empty() {
                let reason = "the file ends inside a record, or a quotation mark or bracket in it is never closed";
                return Err((Fault::new(RejectedKind::Unreadable, reason), false));
            }
            let end = buffer.iter().position(|&byte| scan.ends(byte));
            let used = end.map_or(buffer.len(), |end| end + 1);
            size += used;
            if size <= LONGEST_LINE {
                value.extend_from_slice(&buffer[..used]);
            }
            self.bytes.consume(used);
            if end.is_some() {
                break;
            }
        }
        match size <= LONGEST_LINE {
            true => Ok(Some(value)),
            false => Err((too_long("a record"), true)),
        }
    }
}

fn lost(error: io::Error) -> (Fault, bool) {
    (cut_off(error), false)
}
