//! One JSON object a line.

use super::record::{Unseen, articles_in, parse};
use super::{ArticleReader, Read};
use crate::corpus::fields::Fields;
use crate::corpus::open::{Bytes, Line, cut_off, next_line, too_long};
use crate::corpus::rejected::Place;

/// Reads `.jsonl`; blank lines are skipped.
pub(super) struct JsonlReader {
    bytes: Bytes,
    fields: Fields,
    unseen: Unseen,
    line_number: u64,
    line: Vec<u8>,
    /// Articles of the line, if it has several, the last first.
    pending: Vec<serde_json::Value>,
    broken: bool,
}

impl JsonlReader {
    pub fn new(bytes: Bytes, fields: Fields) -> Self {
        Self {
            unseen: Unseen::new(&fields),
            bytes,
            fields,
            line_number: 0,
            line: Vec::new(),
            pending: Vec::new(),
            broken: false,
        }
    }

    fn read(&mut self) -> Option<Read> {
        if self.pending.is_empty() {
            match parse(&self.line, &self.fields) {
                Ok(value) => self.pending = articles_in(value, &self.fields),
                Err(fault) => return Some(Err(fault)),
            }
            self.pending.reverse();
        }
        let place = Place::Line(self.line_number);
        let value = self.pending.pop()?;
        Some(self.unseen.article(&value, place, &self.fields))
    }
}

impl ArticleReader for JsonlReader {
    fn next_record(&mut self) -> Option<(Place, Read)> {
        loop {
            if self.pending.is_empty() {
                if self.broken {
                    return None;
                }
                self.line_number += 1;
                let place = Place::Line(self.line_number);
                match next_line(&mut self.bytes, &mut self.line) {
                    Ok(Line::End) => {
                        return Some((Place::File, Err(self.unseen.fault(&self.fields)?)));
                    }
                    Ok(Line::Whole) if self.line.iter().all(u8::is_ascii_whitespace) => continue,
                    Ok(Line::Whole) => {}
                    Ok(Line::TooLong) => return Some((place, Err(too_long("a line")))),
                    Err(error) => {
                        self.broken = true;
                        return Some((place, Err(cut_off(error))));
                    }
                }
            }
            if let Some(read) = self.read() {
                return Some((Place::Line(self.line_number), read));
            }
        }
    }
}
