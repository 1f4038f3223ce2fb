//! Rows of CSV.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use ::csv::{Reader, ReaderBuilder, StringRecord};

use super::{Columns, RowReader, WRONG_COLUMNS, refuse};
use crate::error::{Error, Result};
use crate::report::files::{BOM, CsvDialect};
use crate::report::row::{Cell, Column, Kind};

/// The rows of a CSV file.
pub(super) struct CsvRows {
    reader: Reader<File>,
    dialect: CsvDialect,
    record: StringRecord,
    own: &'static [Column],
    wanted: Vec<bool>,
    /// Decimal points where the file has commas.
    figures: Vec<String>,
    path: PathBuf,
}

impl CsvRows {
    pub fn open(path: PathBuf, dialect: CsvDialect, columns: &Columns) -> Result<Self> {
        let mut file = File::open(&path).map_err(Error::io(&path))?;
        if dialect.spreadsheet {
            let mut mark = [0; BOM.len()];
            file.read_exact(&mut mark).map_err(Error::io(&path))?;
        }
        let mut rows = Self {
            reader: ReaderBuilder::new()
                .delimiter(dialect.delimiter.byte())
                .from_reader(file),
            dialect,
            record: StringRecord::new(),
            own: columns.own,
            wanted: columns.wanted.clone(),
            figures: vec![String::new(); columns.own.len()],
            path,
        };
        let header = rows.reader.headers().cloned();
        let header = header.map_err(|error| refuse(rows.place(), &error.to_string()))?;
        let names = header.iter().map(|name| dialect.unescaped(name));
        match names.eq(columns.names()) {
            true => Ok(rows),
            false => Err(refuse(rows.place(), WRONG_COLUMNS)),
        }
    }
}

impl RowReader for CsvRows {
    fn next(&mut self) -> Result<Option<Vec<Cell<'_>>>> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(refuse(self.place(), &error.to_string())),
        }
        if self.dialect.has_decimal_commas() {
            for ((figure, column), written) in
                self.figures.iter_mut().zip(self.own).zip(&self.record)
            {
                if column.kind == Kind::Figure {
                    *figure = written.replace(',', ".");
                }
            }
        }
        let mut cells = Vec::with_capacity(self.record.len());
        for (place, written) in self.record.iter().enumerate() {
            let Some(column) = self.own.get(place) else {
                cells.push(Cell::Text(self.dialect.unescaped(written)));
                continue;
            };
            let cell = match column.kind {
                Kind::Text if !self.wanted[place] => Some(Cell::Empty),
                Kind::Text => Some(Cell::Text(self.dialect.unescaped(written))),
                Kind::Figure if self.dialect.has_decimal_commas() => {
                    Cell::parse(column.kind, &self.figures[place])
                }
                kind => Cell::parse(kind, written),
            };
            let cell = cell.ok_or_else(|| {
                let problem = format!("{} has {written:?}", column.name);
                refuse(self.place(), &problem)
            })?;
            cells.push(cell);
        }
        Ok(Some(cells))
    }

    fn place(&self) -> String {
        let path = self.path.display();
        match self.record.position() {
            Some(position) => format!("{path}:{}", position.line()),
            None => path.to_string(),
        }
    }
}
