//! RFC 4180 files with a header row.

use std::io::BufRead;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::fields::{Field, Fields, RawArticle};
use super::open::{Bytes, not_utf8};
use super::{Article, ArticleReader};

/// Reads `.csv`; rows of another width than the header's are refused one by one.
pub(super) struct CsvReader {
    reader: Reader<Bytes>,
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
    pub fn new(mut bytes: Bytes, fields: Fields) -> Result<Self, String> {
        let delimiter = delimiter(bytes.fill_buf().map_err(|error| error.to_string())?);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(bytes);
        let header = reader.byte_headers().map_err(|error| error.to_string())?;
        let names: Vec<String> = header
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let columns = Field::ALL.map(|field| fields.map.position(field, &names));
        if columns[Field::Text as usize].is_none() {
            return Err(format!(
                "no column holds the text: the header has {}; name it with --map text=COLUMN",
                names.join(", ")
            ));
        }
        Ok(Self {
            reader,
            fields,
            columns,
            width: names.len(),
            row: ByteRecord::new(),
            broken: false,
        })
    }

    fn parse(&self, line: u64) -> Result<Article, String> {
        if self.row.len() != self.width {
            return Err(format!(
                "{} fields where the header has {}; check the quotes of this row",
                self.row.len(),
                self.width
            ));
        }
        let mut raw = RawArticle::default();
        for field in Field::ALL {
            let Some(column) = self.columns[field as usize] else {
                continue;
            };
            let value = &self.row[column];
            let value = std::str::from_utf8(value)
                .map_err(|error| format!("{}: {}", field.name(), not_utf8(value, error)))?;
            raw.set(field, value.to_owned());
        }
        self.fields.article(line, raw)
    }
}

impl ArticleReader for CsvReader {
    fn next_record(&mut self) -> Option<(u64, Result<Article, String>)> {
        if self.broken {
            return None;
        }
        let read = self.reader.read_byte_record(&mut self.row);
        let line = match self.row.position() {
            Some(position) => position.line(),
            None => self.reader.position().line(),
        };
        match read {
            Ok(true) => Some((line, self.parse(line))),
            Ok(false) => None,
            Err(error) => {
                self.broken = matches!(error.kind(), ErrorKind::Io(_));
                Some((line, Err(format!("cannot read this row: {error}"))))
            }
        }
    }
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
