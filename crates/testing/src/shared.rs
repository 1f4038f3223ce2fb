//! Data that is not part of the repository.

use std::env;
use std::path::{Path, PathBuf};

/// A folder of `../shared/data`, or `None` with a message if it is absent.
///
/// # Panics
///
/// If it is absent and `CI` is set: there, no test may be skipped.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let path = root.join(folder);
    if path.exists() {
        return Some(path);
    }
    assert!(env::var_os("CI").is_none(), "{} is absent", path.display());
    println!("skipped: {} is absent", path.display());
    None
}
