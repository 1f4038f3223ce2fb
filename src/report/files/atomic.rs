//! A file that appears under its name whole or not at all.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::error::{Error, ErrorKind, Result};

/// A file that is written under a name of its own, which nobody can guess, and gets its name when it is published. Dropped before that, it
/// is removed.
pub(crate) struct AtomicFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicFile {
    /// A file at a path, whose folder is made if need be.
    pub fn at(path: &Path) -> Result<Self> {
        if path.file_name().is_none() {
            let problem = "this is no name of a file";
            return Err(Error::new(
                ErrorKind::Output,
                path.display().to_string(),
                problem,
                "",
            ));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let mut builder = Builder::new();
        builder.prefix(".newstance-");
        // As any file: what the user's mask leaves of it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(Error::io(path))?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 16, file),
            path: path.to_owned(),
        })
    }

    /// Writes what is left to the disk and gives the file its name, which may replace another file.
    pub fn publish(self) -> Result<()> {
        let Self { file, path } = self;
        let file = file
            .into_inner()
            .map_err(|error| Error::io(&path)(error.into_error()))?;
        file.as_file().sync_all().map_err(Error::io(&path))?;
        file.persist(&path)
            .map_err(|error| Error::io(&path)(error.error))?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let path = folder.path().join("a.html");
        let file = || {
            let mut file = AtomicFile::at(&path).unwrap();
            file.write_all(b"whole").unwrap();
            file
        };
        drop(file());
        assert_eq!(count(), 0);
        let written = file();
        assert!(!path.exists());
        written.publish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(count(), 1);
        assert!(AtomicFile::at(Path::new("/")).is_err());
    }
}
