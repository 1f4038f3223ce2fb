//! A file of a folder that only this run writes into.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that was not there before.
pub(in super::super) struct NewFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl NewFile {
    pub fn create(directory: &Path, name: &str) -> Result<Self> {
        let path = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        Ok(Self {
            file: BufWriter::with_capacity(1 << 16, file.map_err(Error::io(&path))?),
            path,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what is left to the disk.
    pub fn complete(self) -> Result<()> {
        let file = self.file.into_inner().map_err(IntoInnerError::into_error);
        file.and_then(|file| file.sync_all())
            .map_err(Error::io(&self.path))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
