//! One run owns an output folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Stays in the folder: whoever removes a lock file takes the lock from the next run, which may have
/// opened it already.
const NAME: &str = ".newstance.lock";

/// The right to write into a folder, until it is dropped or the process ends, however it ends.
pub(super) struct Lock(#[expect(dead_code, reason = "held until dropped")] File);

impl Lock {
    /// Takes the folder, or says that another run has it.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::new(
                ErrorKind::Locked,
                folder.display().to_string(),
                "another run writes into this folder now",
                "wait for it, or give another output folder",
            )),
            Err(TryLockError::Error(error)) => Err(Error::io(&path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let second = Lock::take(folder.path()).err().unwrap();
        assert_eq!(second.kind(), ErrorKind::Locked);
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
