//! Tables as JSON Lines.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::{Cell, Kind, NewFile, RowFile};
use crate::error::{Error, Result};

/// A table as JSON Lines: an object a row, with numbers as numbers and null for no figure.
pub(super) struct JsonLinesFile {
    file: NewFile,
    names: Vec<String>,
}

impl JsonLinesFile {
    pub fn new(file: NewFile, columns: &[(&str, Kind)]) -> Self {
        Self {
            file,
            names: columns.iter().map(|&(name, _)| name.to_owned()).collect(),
        }
    }
}

impl RowFile for JsonLinesFile {
    fn write(&mut self, cells: &[Cell]) -> Result<()> {
        let names = self.names.iter().map(String::as_str);
        let written = write_line(&mut self.file, names, cells);
        written.map_err(|error| Error::io(self.file.path())(error))
    }

    fn complete(self: Box<Self>) -> Result<()> {
        self.file.complete()
    }
}

/// Writes one row as a line.
pub(in super::super) fn write_line<'a>(
    mut out: impl Write,
    names: impl Iterator<Item = &'a str>,
    cells: &[Cell],
) -> io::Result<()> {
    let values = cells.iter().map(|cell| match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(*text),
        Cell::Count(count) => Value::from(*count),
        Cell::Figure(figure) => Value::from(figure.as_f64()),
        Cell::Flag(flag) => Value::from(*flag),
        Cell::Day(day) => Value::from(day.to_string()),
    });
    let row: Map<String, Value> = names.map(str::to_owned).zip(values).collect();
    serde_json::to_writer(&mut out, &row)?;
    out.write_all(b"\n")
}
