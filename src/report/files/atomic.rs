//! Files that appear under their name whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// A file written as `NAME.partial` and renamed when it is complete.
///
/// Dropped before that, it is removed; a killed run leaves the partial file, which the next run
/// writes over.
pub(crate) struct AtomicFile {
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
}

/// A complete file that waits for its name.
#[must_use = "it has no name yet"]
pub(crate) struct Complete {
    partial: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    pub fn create(directory: &Path, name: &str) -> Result<Self> {
        let partial = directory.join(format!("{name}.partial"));
        let file = File::create(&partial).map_err(Error::io(&directory.join(name)))?;
        Ok(Self {
            file: Some(BufWriter::with_capacity(1 << 16, file)),
            path: directory.join(name),
            partial,
        })
    }

    /// A file at a path, whose folder is made if need be.
    pub fn at(path: &Path) -> Result<Self> {
        let Some(name) = path.file_name() else {
            let problem = "this is no name of a file";
            return Err(Error::new(
                ErrorKind::Output,
                path.display().to_string(),
                problem,
                "",
            ));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        Self::create(folder, &name.to_string_lossy())
    }

    /// Writes what is left to the disk and gives the file its name.
    pub fn publish(self) -> Result<()> {
        self.complete()?.publish()
    }

    /// The name that it will have.
    pub fn path(&self) -> &Path {
        &self.path
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let path = folder.path().join("a.csv");
        let file = || {
            let mut file = AtomicFile::create(folder.path(), "a.csv").unwrap();
            file.write_all(b"a\r\n").unwrap();
            file
        };
        drop(file());
        assert_eq!(count(), 0);
        drop(file().complete().unwrap());
        assert_eq!(count(), 0);

        let complete = file().complete().unwrap();
        assert!(!path.exists());
        complete.publish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\r\n");
        assert_eq!(count(), 1);
    }
}
