//! Files that are read whole, from places that are not trusted.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// The bytes of a regular file. A pipe or a device would be waited for, or has no end.
///
/// # Errors
///
/// [`ErrorKind::Io`] if it cannot be read, is no file, or has more bytes than `most`.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let refuse = |problem: String, remedy: &str| {
        Err(Error::new(
            ErrorKind::Io,
            path.display().to_string(),
            problem,
            remedy,
        ))
    };
    let about = fs::metadata(path).map_err(Error::io(path))?;
    if about.is_dir() {
        return refuse("this is a folder, not a file".to_owned(), "");
    }
    if !about.is_file() {
        return refuse("this is a pipe or a device".to_owned(), "give a file");
    }
    let file = File::open(path).map_err(Error::io(path))?;
    let mut bytes = Vec::new();
    let mut bounded = file.take(most + 1);
    bounded.read_to_end(&mut bytes).map_err(Error::io(path))?;
    match bytes.len() as u64 > most {
        true => refuse(
            format!("this file has more than {} MiB", most >> 20),
            "give the right file",
        ),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_some_length_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, vec![b'a'; 2 << 20]).unwrap();
        assert_eq!(read(&path, 2 << 20).unwrap().len(), 2 << 20);
        let message = |path: &Path| read(path, 1 << 20).unwrap_err().to_string();
        assert!(message(&path).contains("more than 1 MiB"));
        assert!(message(folder.path()).contains("a folder"));
        assert!(message(&folder.path().join("b")).contains("no such file"));
        #[cfg(unix)]
        assert!(message(Path::new("/dev/zero")).contains("a pipe or a device"));
    }
}
