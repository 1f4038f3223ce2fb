//! Tables as files, in one or several formats at once.

mod arrow;
mod atomic;
mod csv;
mod jsonl;
mod memory;
mod new_file;
mod parquet;
mod xlsx;

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use self::arrow::{BatchBuilder, data_type, kind_of, to_day};
pub(crate) use self::atomic::AtomicFile;
use self::csv::CsvFile;
pub(super) use self::csv::CsvWriter;
pub(crate) use self::csv::{BOM, io_error};
pub use self::csv::{CsvDialect, Delimiter};
use self::jsonl::JsonLinesFile;
pub(super) use self::jsonl::write_line;
pub(super) use self::memory::{Growing, MemoryTables};
pub(super) use self::new_file::NewFile;
use self::parquet::ParquetFile;
use self::xlsx::Workbook;
use super::row::{Cell, Column, Kind, Table};
use crate::error::Result;

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Apache Parquet: typed, compressed.
    Parquet,
    /// A JSON object a line.
    Jsonl,
    /// All tables as sheets of one workbook for Excel and LibreOffice.
    Xlsx,
}

impl TableFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Parquet, Self::Jsonl, Self::Xlsx];

    /// Its name: on the command line, and the extension of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The file of a table.
    pub(super) fn file_of(self, table: &str) -> String {
        match self {
            Self::Xlsx => xlsx::NAME.to_owned(),
            _ => format!("{table}.{}", self.name()),
        }
    }
}

/// How tables are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableOptions {
    /// In which formats, at least one.
    pub formats: Vec<TableFormat>,
    /// How CSV is written.
    pub csv: CsvDialect,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            formats: vec![TableFormat::Csv],
            csv: CsvDialect::default(),
        }
    }
}

impl TableOptions {
    /// The file of a table, in the first of the formats.
    pub fn file_of(&self, table: &str) -> String {
        let first = self.formats.first().copied();
        first.unwrap_or(TableFormat::Csv).file_of(table)
    }
}

/// Writes the rows of one table in one format.
trait RowFile: Send {
    /// Adds a row: a value for each column.
    fn write(&mut self, cells: &[Cell]) -> Result<()>;

    /// Writes what is left.
    fn complete(self: Box<Self>) -> Result<()>;
}

/// Tables in the making: of a folder, or in memory.
pub(super) struct Tables {
    directory: PathBuf,
    options: TableOptions,
    workbook: Option<Workbook>,
    memory: Option<MemoryTables>,
}

impl Tables {
    pub fn new(directory: &Path, options: &TableOptions) -> Self {
        let with_workbook = options.formats.contains(&TableFormat::Xlsx);
        Self {
            directory: directory.to_owned(),
            options: options.clone(),
            workbook: with_workbook.then(Workbook::default),
            memory: None,
        }
    }

    /// Tables that are kept in memory.
    pub fn in_memory(memory: &MemoryTables) -> Self {
        Self {
            directory: PathBuf::new(),
            options: TableOptions {
                formats: Vec::new(),
                ..TableOptions::default()
            },
            workbook: None,
            memory: Some(memory.clone()),
        }
    }

    /// The same in other formats.
    pub fn with_formats(mut self, formats: Vec<TableFormat>) -> Self {
        self.options.formats = formats;
        self
    }

    /// Whether there is a format at all.
    pub fn has_formats(&self) -> bool {
        !self.options.formats.is_empty()
    }

    /// Makes the files of a table.
    pub fn create<R: Table>(&self) -> Result<TableFile<R>> {
        self.with_columns(&[])
    }

    /// Makes the files of a table with further columns of texts behind its own.
    pub fn with_columns<R: Table>(&self, further: &[String]) -> Result<TableFile<R>> {
        let own = R::COLUMNS.iter().map(|it: &Column| (it.name, it.kind));
        let columns: Vec<(&str, Kind)> = own
            .chain(further.iter().map(|name| (&**name, Kind::Text)))
            .collect();
        let mut files: Vec<Box<dyn RowFile>> = Vec::with_capacity(self.options.formats.len());
        if let Some(memory) = &self.memory {
            files.push(Box::new(memory.table(R::NAME, &columns)));
        }
        for format in &self.options.formats {
            let name = format.file_of(R::NAME);
            let create = || NewFile::create(&self.directory, &name);
            let file: Box<dyn RowFile> = match format {
                TableFormat::Csv => Box::new(CsvFile::new(create()?, self.options.csv, &columns)?),
                TableFormat::Parquet => Box::new(ParquetFile::new(create()?, &columns)?),
                TableFormat::Jsonl => Box::new(JsonLinesFile::new(create()?, &columns)),
                TableFormat::Xlsx => {
                    let Some(workbook) = &self.workbook else {
                        unreachable!("there is a workbook if xlsx is asked for");
                    };
                    Box::new(workbook.sheet(R::NAME, &columns)?)
                }
            };
            files.push(file);
        }
        Ok(TableFile {
            files,
            row: PhantomData,
        })
    }

    /// Writes what several tables share, when all of them are complete.
    pub fn complete(self) -> Result<()> {
        match self.workbook {
            Some(workbook) => workbook.save(&self.directory),
            None => Ok(()),
        }
    }
}

/// The files of a table, one for each format.
pub(super) struct TableFile<R> {
    files: Vec<Box<dyn RowFile>>,
    row: PhantomData<fn(R)>,
}

impl<R: Table> TableFile<R> {
    /// Adds a row, of whatever lifetime.
    pub fn write(&mut self, row: &impl Table) -> Result<()> {
        self.write_cells(&row.cells())
    }

    /// Adds a row with the values of further columns.
    pub fn write_with(&mut self, row: &impl Table, further: &[String]) -> Result<()> {
        let mut cells = row.cells();
        cells.extend(further.iter().map(|value| Cell::Text(value)));
        self.write_cells(&cells)
    }

    fn write_cells(&mut self, cells: &[Cell]) -> Result<()> {
        self.files.iter_mut().try_for_each(|file| file.write(cells))
    }

    /// Writes what is left.
    pub fn complete(self) -> Result<()> {
        self.files.into_iter().try_for_each(RowFile::complete)
    }
}
