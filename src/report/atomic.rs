//! Files that appear under their name whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Table;
use crate::error::{Error, Result};

/// A file written as `NAME.partial` and renamed when it is complete.
///
/// Dropped before that, it is removed; a killed run leaves the partial file, which the next run
/// writes over.
pub(super) struct AtomicFile {
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
}

/// A complete file that waits for its name.
#[must_use = "it has no name yet"]
pub(super) struct Complete {
    partial: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    pub fn create(directory: &Path, name: &str) -> Result<Self> {
        let partial = directory.join(format!("{name}.partial"));
        let file = File::create(&partial).map_err(Error::io(&partial))?;
        Ok(Self {
            file: Some(BufWriter::with_capacity(1 << 16, file)),
            path: directory.join(name),
            partial,
        })
    }

    /// Writes what is left to the disk.
    pub fn complete(mut self) -> Result<Complete> {
        let Some(file) = self.file.take() else {
            unreachable!("a file is completed once");
        };
        let complete = Complete {
            partial: self.partial.clone(),
            path: self.path.clone(),
        };
        let synced = file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all());
        synced.map_err(Error::io(&self.path))?;
        Ok(complete)
    }
}

impl Complete {
    /// Gives the file its name, which may replace another file.
    pub fn publish(self) -> Result<()> {
        fs::rename(&self.partial, &self.path).map_err(Error::io(&self.path))
    }
}

impl Drop for Complete {
    fn drop(&mut self) {
        // Published, it is no longer there; else the error that matters is another.
        let _ = fs::remove_file(&self.partial);
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(std::io::Error::other("the file is finished")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Nobody is left to hear of a failure, and the next run writes over the file.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// A table as CSV: RFC 4180, with a header even without rows.
pub(super) struct CsvFile<R> {
    writer: csv::Writer<AtomicFile>,
    path: PathBuf,
    row: PhantomData<fn(R)>,
}

/// The name of a table's file.
pub(super) fn csv_name<R: Table>() -> String {
    format!("{}.csv", R::NAME)
}

impl<R: Table + Serialize> CsvFile<R> {
    pub fn create(directory: &Path) -> Result<Self> {
        Self::with_columns(directory, &[])
    }

    /// A table with further columns behind its own.
    pub fn with_columns(directory: &Path, further: &[String]) -> Result<Self> {
        let name = csv_name::<R>();
        let path = directory.join(&name);
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .terminator(csv::Terminator::CRLF)
            .from_writer(AtomicFile::create(directory, &name)?);
        let own = R::COLUMNS.iter().map(|column| column.name);
        let header = own.chain(further.iter().map(String::as_str));
        writer.write_record(header).map_err(to_io(&path))?;
        Ok(Self {
            writer,
            path,
            row: PhantomData,
        })
    }

    /// Adds a row, of whatever lifetime.
    pub fn write(&mut self, row: &(impl Table + Serialize)) -> Result<()> {
        self.writer.serialize(row).map_err(to_io(&self.path))
    }

    /// Adds a row with the values of further columns.
    pub fn write_with(&mut self, row: &(impl Table + Serialize), further: &[String]) -> Result<()> {
        self.writer
            .serialize((row, further))
            .map_err(to_io(&self.path))
    }

    pub fn complete(self) -> Result<Complete> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| Error::io(&self.path)(std::io::Error::other(error.to_string())))?;
        file.complete()
    }
}

fn to_io(path: &Path) -> impl FnOnce(csv::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::io(&path)(error.into())
}

#[cfg(test)]
mod tests {
    use super::super::RejectedRow;
    use super::*;
    use crate::corpus::RejectedKind;

    fn file(folder: &Path) -> CsvFile<RejectedRow<'static>> {
        let mut file = CsvFile::<RejectedRow>::create(folder).unwrap();
        let row = RejectedRow {
            input: "a \"b\", c".into(),
            place: "line 3".into(),
            kind: RejectedKind::NoText,
            reason: "".into(),
        };
        file.write(&row).unwrap();
        file
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let path = folder.path().join("rejected.csv");
        drop(file(folder.path()));
        assert_eq!(count(), 0);
        drop(file(folder.path()).complete().unwrap());
        assert_eq!(count(), 0);

        let complete = file(folder.path()).complete().unwrap();
        assert!(!path.exists());
        complete.publish().unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let expected = "input,place,kind,reason\r\n\"a \"\"b\"\", c\",line 3,no-text,\r\n";
        assert_eq!(written, expected);
        assert_eq!(count(), 1);
    }
}
