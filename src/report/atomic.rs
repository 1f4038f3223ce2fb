//! Files that appear under their name whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};

/// The name of a file until it is complete.
pub(super) fn partial_name(name: &str) -> String {
    format!("{name}.partial")
}

/// A file written as `NAME.partial` and renamed when it is complete.
///
/// Dropped before that, it is removed; a killed run leaves the partial file, which the next run
/// writes over.
pub(super) struct AtomicFile {
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    pub fn create(directory: &Path, name: &str) -> Result<Self> {
        let partial = directory.join(partial_name(name));
        let file = File::create(&partial).map_err(Error::io(&partial))?;
        Ok(Self {
            file: Some(BufWriter::with_capacity(1 << 16, file)),
            path: directory.join(name),
            partial,
        })
    }

    pub fn finish(mut self) -> Result<()> {
        if let Some(file) = self.file.take() {
            let written = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&self.partial, &self.path));
            if let Err(error) = written {
                // The error that matters is the one above.
                let _ = fs::remove_file(&self.partial);
                return Err(Error::io(&self.path)(error));
            }
        }
        Ok(())
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

/// A CSV file of rows of one type: RFC 4180, with a header even where there are no rows.
pub(super) struct CsvFile {
    writer: csv::Writer<AtomicFile>,
    path: PathBuf,
}

impl CsvFile {
    pub fn create(directory: &Path, name: &str, header: &[&str]) -> Result<Self> {
        let path = directory.join(name);
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .terminator(csv::Terminator::CRLF)
            .from_writer(AtomicFile::create(directory, name)?);
        writer.write_record(header).map_err(to_io(&path))?;
        Ok(Self { writer, path })
    }

    pub fn write(&mut self, row: impl Serialize) -> Result<()> {
        self.writer.serialize(row).map_err(to_io(&self.path))
    }

    pub fn finish(self) -> Result<()> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| Error::io(&self.path)(std::io::Error::other(error.to_string())))?;
        file.finish()
    }
}

fn to_io(path: &Path) -> impl FnOnce(csv::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Io {
        path,
        cause: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut file = CsvFile::create(folder.path(), "a.csv", &["x", "y"]).unwrap();
        file.write((1, "a \"b\", c")).unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut file = CsvFile::create(folder.path(), "a.csv", &["x", "y"]).unwrap();
        file.write((1, "a \"b\", c")).unwrap();
        file.finish().unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written, "x,y\r\n1,\"a \"\"b\"\", c\"\r\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
