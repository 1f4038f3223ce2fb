//! Files of facts that grow by chunks, each of which is committed.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files::{CsvDialect, CsvWriter, TableFormat};
use super::journal::Committed;
use super::row::{Cell, Kind, Table};
use super::{DocumentRow, MentionRow, RejectedRow};
use crate::error::{Error, Result};

/// A file with its length and its hash so far.
struct Growing {
    file: BufWriter<File>,
    length: u64,
    hash: Sha256,
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A table as CSV that grows.
pub(super) struct GrowingTable {
    table: CsvWriter<Growing>,
    path: PathBuf,
}

impl GrowingTable {
    /// Begins the file of a table with further columns of texts behind its own.
    fn create<R: Table>(directory: &Path, further: &[String]) -> Result<Self> {
        let path = path_of::<R>(directory);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let growing = Growing {
            file: BufWriter::new(file.map_err(Error::io(&path))?),
            length: 0,
            hash: Sha256::new(),
        };
        let own = R::COLUMNS.iter().map(|it| (it.name, it.kind));
        let further = further.iter().map(|name| (&**name, Kind::Text));
        let columns: Vec<(&str, Kind)> = own.chain(further).collect();
        let mut table = CsvWriter::new(growing, CsvDialect::default(), &path);
        table.header(&columns)?;
        Ok(Self { table, path })
    }

    /// Goes on with a file behind so many bytes, if these are what they were; without it, what is behind them is lost.
    fn resume<R: Table>(directory: &Path, length: u64, hash: &str) -> Result<Option<Self>> {
        let path = path_of::<R>(directory);
        let io = || Error::io(&path);
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let mut file = opened.map_err(io())?;
        let mut so_far = Sha256::new();
        let copied = std::io::copy(&mut (&mut file).take(length), &mut so_far).map_err(io())?;
        if copied < length || format!("{:x}", so_far.clone().finalize()) != hash {
            return Ok(None);
        }
        file.set_len(length).map_err(io())?;
        file.seek(SeekFrom::End(0)).map_err(io())?;
        let growing = Growing {
            file: BufWriter::new(file),
            length,
            hash: so_far,
        };
        Ok(Some(Self {
            table: CsvWriter::new(growing, CsvDialect::default(), &path),
            path,
        }))
    }

    /// Adds a row: a value for each column.
    pub fn write(&mut self, cells: &[Cell]) -> Result<()> {
        self.table.write(cells)
    }

    /// Writes what was added to the disk: bytes of the file, and their hash.
    fn sync(&mut self) -> Result<(u64, String)> {
        self.table.flush()?;
        let growing = self.table.get_ref();
        let file = growing.file.get_ref();
        file.sync_data().map_err(Error::io(&self.path))?;
        Ok((
            growing.length,
            format!("{:x}", growing.hash.clone().finalize()),
        ))
    }
}

fn path_of<R: Table>(directory: &Path) -> PathBuf {
    directory.join(TableFormat::Csv.file_of(R::NAME))
}

/// The tables of facts of a run, and the records that it rejects.
pub(super) struct FactFiles {
    pub documents: GrowingTable,
    pub mentions: GrowingTable,
    pub rejected: GrowingTable,
}

impl FactFiles {
    /// The names of the files.
    pub fn names() -> [String; 3] {
        [DocumentRow::NAME, MentionRow::NAME, RejectedRow::NAME]
            .map(|table| TableFormat::Csv.file_of(table))
    }

    /// Begins the files; `kept` are further columns of documents.
    pub fn create(directory: &Path, kept: &[String]) -> Result<Self> {
        Ok(Self {
            documents: GrowingTable::create::<DocumentRow>(directory, kept)?,
            mentions: GrowingTable::create::<MentionRow>(directory, &[])?,
            rejected: GrowingTable::create::<RejectedRow>(directory, &[])?,
        })
    }

    /// Goes on with files behind a commit; `None` if they are not what was committed.
    pub fn resume(directory: &Path, committed: &Committed) -> Result<Option<Self>> {
        let [documents, mentions, rejected] = &committed.files[..] else {
            return Ok(None);
        };
        let documents = GrowingTable::resume::<DocumentRow>(directory, documents.0, &documents.1)?;
        let mentions = GrowingTable::resume::<MentionRow>(directory, mentions.0, &mentions.1)?;
        let rejected = GrowingTable::resume::<RejectedRow>(directory, rejected.0, &rejected.1)?;
        let all = documents.zip(mentions).zip(rejected);
        Ok(all.map(|((documents, mentions), rejected)| Self {
            documents,
            mentions,
            rejected,
        }))
    }

    /// Writes what was added to the disk: bytes of each file, and their hash.
    pub fn sync(&mut self) -> Result<Vec<(u64, String)>> {
        Ok(vec![
            self.documents.sync()?,
            self.mentions.sync()?,
            self.rejected.sync()?,
        ])
    }
}
