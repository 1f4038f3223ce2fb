//! RFC 4180 files with a header row.

mod dialect;
mod rows;

use std::io::{BufRead, BufReader};

use hashbrown::HashMap;

use super::{ArticleReader, Read as Record};
use crate::corpus::RejectedKind;
use crate::corpus::encoding::text_of;
use crate::corpus::field_names::{Field, same_name};
use crate::corpus::fields::Fields;
use crate::corpus::open::{Bytes, LONGEST_LINE, cut_off, unreadable};
use crate::corpus::rejected::{Fault, Place};
use dialect::{Doubled, delimiter, is_escaped};
use rows::{Doubt, Next, Rows};

/// Reads `.csv`; rows of another width than the header's are refused one by one.
pub(super) struct CsvReader {
    rows: Rows,
    fields: Fields,
    /// The names of the columns.
    names: Vec<String>,
    /// The column of each name that is looked for, if there is one.
    columns: HashMap<String, usize>,
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
        let mut line = 1;
        // Excel writes which delimiter it takes.
        if let Some(first) = start.split_inclusive(|&byte| byte == b'\n').next()
            && first.trim_ascii().len() <= 5
            && first.starts_with(b"sep=")
        {
            let length = first.len();
            bytes.consume(length);
            line = 2;
            start = bytes.fill_buf().map_err(unreadable)?;
        }
        let delimiter = delimiter(start);
        let escaped = is_escaped(start, delimiter);
        if escaped {
            bytes = Box::new(BufReader::new(Doubled::new(bytes)));
        }
        let mut rows = Rows::new(bytes, delimiter, line);
        match rows.read(None).map_err(unreadable)? {
            Next::Row => {}
            Next::End => {
                return Err(Fault::new(
                    RejectedKind::NoText,
                    "no text: the file is blank",
                ));
            }
            Next::Broken(fault, _) => return Err(broken("the header", &fault, None)),
        }
        let names: Vec<String> = rows
            .fields()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        check_header(&names, &fields)?;
        let kept = fields.map.kept().iter();
        let sought = Field::ALL
            .into_iter()
            .flat_map(|field| fields.map.candidates(field));
        let columns = sought
            .chain(kept.clone().map(String::as_str))
            .filter_map(|name| Some((name.to_owned(), column(&names, name)?)))
            .collect();
        let unknown = kept.filter(|name| column(&names, name).is_none());
        let notices = unknown.map(|name| super::record::not_kept(name)).collect();
        Ok(Self {
            rows,
            fields,
            names,
            columns,
            notices,
            broken: false,
        })
    }

    fn parse(&self, place: Place) -> Record {
        let mut undecoded = None;
        let mut raw = self.fields.raw(|field, name| {
            let value = self.rows.field(*self.columns.get(name)?);
            let decoded = text_of(value, &self.fields.encodings);
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
        let mut found = self.fields.article(place, raw)?;
        if let Some(doubt) = self.rows.doubt() {
            let why = match doubt {
                Doubt::Swallowed(line) => {
                    format!("line {line}, which is part of it, looks like a row")
                }
                Doubt::Stray => {
                    "it goes over lines and has a quotation mark within a field".to_owned()
                }
            };
            let reason = format!(
                "the row was read as it is, but {why}; check that each mark is closed, and doubled if it is text"
            );
            found.notices.push(Fault::new(RejectedKind::Syntax, reason));
        }
        Ok(found)
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
        let next = match self.rows.read(Some(self.names.len())) {
            Ok(next) => next,
            Err(error) => {
                self.broken = true;
                return Some((Place::Line(self.rows.line()), Err(cut_off(error))));
            }
        };
        let place = Place::Line(self.rows.line());
        let read = match next {
            Next::End => return None,
            Next::Row => self.parse(place),
            Next::Broken(rows::Fault::Width, resumed) => {
                let reason = format!(
                    "{} fields, but the header has {}{}; check the quotation marks of this row",
                    self.rows.width(),
                    self.names.len(),
                    goes_on(resumed)
                );
                Err(Fault::new(RejectedKind::Syntax, reason))
            }
            Next::Broken(fault, resumed) => Err(broken("the row", &fault, resumed)),
        };
        Some((place, read))
    }
}

/// Where reading goes on within a broken row.
fn goes_on(resumed: Option<u64>) -> String {
    resumed.map_or(String::new(), |line| {
        format!(" (reading goes on at line {line}, from where on all are rows)")
    })
}

fn broken(what: &str, fault: &rows::Fault, resumed: Option<u64>) -> Fault {
    let goes_on = goes_on(resumed);
    let (kind, reason) = match fault {
        rows::Fault::TooLong(bytes) => (
            RejectedKind::TooLong,
            format!(
                "{what} has {} MiB, and no more than {} are read{goes_on}; split it, or close its quotation mark",
                bytes >> 20,
                LONGEST_LINE >> 20,
            ),
        ),
        rows::Fault::NeverClosed if resumed.is_none() => (
            RejectedKind::Syntax,
            format!(
                "{what} opens a quotation mark that is never closed, and the rest of the file is part of it; \
                 close the mark, or double it if it is text"
            ),
        ),
        rows::Fault::NeverClosed | rows::Fault::Stray | rows::Fault::Width => (
            RejectedKind::Syntax,
            format!(
                "{what} opens a quotation mark that is never closed{goes_on}; close the mark, or double it if it is text"
            ),
        ),
    };
    Fault::new(kind, reason)
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
