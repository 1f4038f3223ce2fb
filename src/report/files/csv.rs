//! Tables as CSV.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use ::csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use serde::{Deserialize, Serialize};

use super::{Cell, Kind, NewFile, RowFile};
use crate::error::{Error, Result};

/// What stands between the values of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// RFC 4180's.
    #[default]
    Comma,
    /// Where the comma is the decimal mark; figures are written so.
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    /// As a byte of the file.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// How CSV is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvDialect {
    /// For spreadsheets, which open a file on a double click: with a byte order mark, so that they take it for UTF-8, and no text
    /// that they would compute.
    pub spreadsheet: bool,
    /// What stands between values.
    pub delimiter: Delimiter,
}

/// The byte order mark in UTF-8.
pub(crate) const BOM: &str = "\u{feff}";
/// What marks a cell as text in a spreadsheet.
const TEXT_MARK: char = '\'';

impl CsvDialect {
    /// A text as it is written: a spreadsheet takes what opens with one of these for a formula or a command (OWASP, "CSV
    /// Injection").
    pub(crate) fn escaped<'a>(self, text: &'a str) -> Cow<'a, str> {
        match self.spreadsheet && is_marked(text) {
            true => Cow::Owned(format!("{TEXT_MARK}{text}")),
            false => Cow::Borrowed(text),
        }
    }

    /// A text that [`CsvDialect::escaped`] wrote.
    pub(crate) fn unescaped(self, text: &str) -> &str {
        match text.strip_prefix(TEXT_MARK) {
            Some(rest) if self.spreadsheet && is_marked(rest) => rest,
            _ => text,
        }
    }

    /// Whether figures have a comma where others have a point.
    pub(in super::super) fn has_decimal_commas(self) -> bool {
        self.delimiter == Delimiter::Semicolon
    }
}

fn is_marked(text: &str) -> bool {
    text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', TEXT_MARK, '＝', '＋', '－', '＠',
    ])
}

/// Writes rows as CSV: RFC 4180.
pub(in super::super) struct CsvWriter<W: Write> {
    writer: Writer<W>,
    dialect: CsvDialect,
    path: PathBuf,
    /// The value at hand, kept for its memory.
    value: String,
}

impl<W: Write> CsvWriter<W> {
    /// Writes to a file of this name.
    pub fn new(out: W, dialect: CsvDialect, path: &Path) -> Self {
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .delimiter(dialect.delimiter.byte())
            .from_writer(out);
        Self {
            writer,
            dialect,
            path: path.to_owned(),
            value: String::new(),
        }
    }

    /// Writes the header row.
    pub fn header(&mut self, columns: &[(&str, Kind)]) -> Result<()> {
        let names: Vec<Cell> = columns.iter().map(|&(name, _)| Cell::Text(name)).collect();
        self.write(&names)
    }

    /// Writes a row.
    pub fn write(&mut self, cells: &[Cell]) -> Result<()> {
        let mut written = Ok(());
        for cell in cells {
            written = written.and_then(|()| match cell {
                Cell::Text(text) => self.writer.write_field(&*self.dialect.escaped(text)),
                other => {
                    self.value.clear();
                    let _ = write!(self.value, "{other}");
                    if self.dialect.has_decimal_commas() && matches!(other, Cell::Figure(_)) {
                        self.value = self.value.replace('.', ",");
                    }
                    self.writer.write_field(&self.value)
                }
            });
        }
        let ended = written.and_then(|()| self.writer.write_record(None::<&[u8]>));
        ended.map_err(|error| Error::io(&self.path)(io_error(error)))
    }

    /// Hands all rows on to the output.
    pub fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::io(&self.path))
    }

    pub fn get_ref(&self) -> &W {
        self.writer.get_ref()
    }

    /// Gives the output back.
    pub fn into_inner(self) -> Result<W> {
        let inner = self.writer.into_inner();
        inner.map_err(|error| Error::io(&self.path)(error.into_error()))
    }
}

/// What the system said, if it was the system.
pub(crate) fn io_error(error: ::csv::Error) -> std::io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(io) => io,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// A table as a CSV file, with a header even without rows.
pub(super) struct CsvFile(CsvWriter<NewFile>);

impl CsvFile {
    pub fn new(mut file: NewFile, dialect: CsvDialect, columns: &[(&str, Kind)]) -> Result<Self> {
        let path = file.path().to_owned();
        if dialect.spreadsheet {
            file.write_all(BOM.as_bytes()).map_err(Error::io(&path))?;
        }
        let mut table = CsvWriter::new(file, dialect, &path);
        table.header(columns)?;
        Ok(Self(table))
    }
}

impl RowFile for CsvFile {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.0.write(cells)
    }

    fn complete(self: Box<Self>) -> Result<()> {
        self.0.into_inner()?.complete()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_text_and_can_be_read_back() {
        let sheet = CsvDialect {
            spreadsheet: true,
            ..CsvDialect::default()
        };
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "'tis",
        ] {
            let written = sheet.escaped(text);
            assert_eq!(written, format!("'{text}"));
            assert_eq!(sheet.unescaped(&written), text);
            assert_eq!(CsvDialect::default().escaped(text), text);
        }
        assert_eq!(sheet.escaped("a=1"), "a=1");
        assert_eq!(sheet.unescaped("a=1"), "a=1");
    }
}
